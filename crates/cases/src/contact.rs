//! The reporter's telephone number: sealed, apart from the case, found by a blind index, masked; revealed
//! to the intake desk for a purpose that is written down and shown to the reporter; forgotten in time.

use crate::{
    Case,
    refusal::{NO_CONTACT, RECUSED},
};
use axum::{Json, extract::State};
use edge::{Body, Caller, House, PathOf, Problem};
use futures_util::future::BoxFuture;
use jobs::Taken;
use kernel::{CaseId, Power, Refusal, Region};
use serde::{Deserialize, Serialize};
use store::{StoreError, Tx, Write, binds};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The job that forgets a contact.
pub(crate) const FORGET: &str = "cases.forget_contact";

fn context(region: Region, case: CaseId) -> String {
    format!("contacts/{region}/{case}")
}

/// An optional +, then 5 to 20 digits with single spaces or hyphens between (the pattern of the request).
/// Digits with the leading + kept; `None` when it cannot be a telephone number.
pub(crate) fn tidy(typed: &str) -> Option<String> {
    let (plus, rest) = match typed.strip_prefix('+') {
        Some(rest) => ("+", rest),
        None => ("", typed),
    };
    let digits: String = rest.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let separated = rest.split([' ', '-']).all(|part| !part.is_empty());
    let ok = separated && (5..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    ok.then(|| format!("{plus}{digits}"))
}

/// The first three and last two digits; short numbers show the last only.
fn masked(telephone: &str) -> String {
    let n = telephone.len();
    let (head, tail) = if n >= 9 { (3, 2) } else { (0, 1) };
    format!("{}{}{}", &telephone[..head], "*".repeat(n - head - tail), &telephone[n - tail..])
}

/// Seals a number for a case.
pub(crate) async fn keep(
    tx: &mut Tx,
    region: Region,
    case: CaseId,
    telephone: &str,
) -> Result<(), StoreError> {
    let sealed = tx.vault().seal(tx.world(), &context(region, case), telephone.as_bytes());
    let index = tx.vault().index("telephone", telephone);
    let at = tx.at();
    tx.put(
        "INSERT INTO contacts (region, case_id, telephone, telephone_index, at) VALUES ($1, $2, $3, $4, $5)",
        binds![region, case, sealed, index, at],
    )
    .await
}

async fn open(tx: &mut Tx, region: Region, case: CaseId) -> Result<Option<String>, Refusal> {
    let sealed: Option<(Vec<u8>,)> = tx
        .maybe("SELECT telephone FROM contacts WHERE region = $1 AND case_id = $2", binds![region, case])
        .await?;
    let Some((sealed,)) = sealed else { return Ok(None) };
    let plain = tx.vault().open(&context(region, case), &sealed);
    let plain = plain.map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
    Ok(Some(String::from_utf8_lossy(&plain).into_owned()))
}

/// What the intake desk sees of a contact before revealing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Contact {
    /// Whether a telephone number is on file.
    pub on_file: bool,
    /// The number with most digits hidden.
    pub masked: Option<String>,
}

/// For those who may reveal it, the masked number; nothing at all for everybody else.
pub(crate) async fn shown(tx: &mut Tx, case: &Case) -> Result<Option<Contact>, Refusal> {
    if tx.actor().may(Power::RevealContact, Some(case.region)).is_err() || aside(tx, case) {
        return Ok(None);
    }
    let number = open(tx, case.region, case.id).await?;
    Ok(Some(Contact { on_file: number.is_some(), masked: number.as_deref().map(masked) }))
}

/// Whether a telephone number is on file.
pub(crate) async fn on_file(tx: &mut Tx, case: &Case) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = tx
        .maybe("SELECT 1 FROM contacts WHERE region = $1 AND case_id = $2", binds![case.region, case.id])
        .await?;
    Ok(found.is_some())
}

/// Whether the actor has stood aside from the case or declared a conflict with its unit: then nobody tells
/// them who complained.
fn aside(tx: &Tx, case: &Case) -> bool {
    case.conflict || tx.actor().account().is_some_and(|a| case.state.side.recused.contains(&a))
}

/// Puts the job into the queue that forgets the contact, `after` ms from now.
pub(crate) async fn forget_later(tx: &mut Tx, case: &Case, after: i64) -> Result<(), Refusal> {
    if on_file(tx, case).await? {
        let at = tx.at().plus(after);
        jobs::enqueue(tx, case.region, FORGET, &case.id.to_string(), &serde_json::json!({}), at).await?;
    }
    Ok(())
}

/// Takes that job out again: the case has been reopened.
pub(crate) async fn keep_on(tx: &mut Tx, case: &Case) -> Result<(), Refusal> {
    Ok(jobs::cancel(tx, case.region, FORGET, &case.id.to_string()).await?)
}

/// Forgets a contact whose case has been over long enough.
pub struct Forget {
    /// The region.
    pub region: Region,
    /// The case.
    pub case: CaseId,
}

impl Write for Forget {
    type Out = bool;
    async fn run(&self, tx: &mut Tx) -> Result<bool, Refusal> {
        let gone = tx
            .run(
                "DELETE FROM contacts WHERE region = $1 AND case_id = $2 AND EXISTS
                   (SELECT 1 FROM cases c WHERE c.region = $1 AND c.id = $2 AND NOT c.open)",
                binds![self.region, self.case],
            )
            .await?;
        if gone == 0 {
            return Ok(false);
        }
        let note = audit::Note {
            region: self.region,
            action: "case.contact_forgotten",
            object: format!("case/{}", self.case),
            detail: serde_json::json!({}),
        };
        audit::record(tx, note, None).await?;
        Ok(true)
    }
}

/// Does the job.
pub fn forget_job(taken: Taken) -> BoxFuture<'static, Result<(), Refusal>> {
    Box::pin(async move {
        let case = taken.job.key.parse().map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
        let region = taken.job.region;
        taken.finish("forget contact", Forget { region, case }).await.map(drop)
    })
}

/// What a number may be revealed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// 核实情况: to ask what is unclear.
    Clarify,
    /// 回访: to call back about the result.
    CallBack,
    /// 紧急危险: life or property is in danger.
    Danger,
    /// 更正: the reporter asked for a correction.
    Correction,
}

impl Purpose {
    const fn code(self) -> &'static str {
        match self {
            Purpose::Clarify => "clarify",
            Purpose::CallBack => "call_back",
            Purpose::Danger => "danger",
            Purpose::Correction => "correction",
        }
    }
}

/// A purpose.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevealRequest {
    /// What for.
    pub purpose: Purpose,
}

/// A revealed number.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Revealed {
    /// The telephone number.
    pub telephone: String,
}

/// Reveals a number to the intake desk; leaves an audit line, and a line the reporter can read.
pub struct Reveal {
    /// The region.
    pub region: Region,
    /// The case.
    pub case: CaseId,
    /// What for.
    pub purpose: Purpose,
}

impl Write for Reveal {
    type Out = String;
    async fn run(&self, tx: &mut Tx) -> Result<String, Refusal> {
        tx.actor().may(Power::RevealContact, Some(self.region))?;
        let (_, case) = Case::seen(tx, self.region, self.case).await?;
        if aside(tx, &case) {
            return Err(RECUSED.refuse());
        }
        let number = open(tx, self.region, self.case).await?.ok_or_else(|| NO_CONTACT.refuse())?;
        let (at, account) = (tx.at(), tx.actor().signed_in()?.account);
        tx.put(
            "INSERT INTO contact_reads (region, case_id, at, account, purpose) VALUES ($1, $2, $3, $4, $5)",
            binds![self.region, self.case, at, account, self.purpose.code()],
        )
        .await?;
        let note = audit::Note {
            region: self.region,
            action: "case.contact_revealed",
            object: format!("case/{}", case.id),
            detail: serde_json::json!({ "purpose": self.purpose.code() }),
        };
        audit::record(tx, note, None).await?;
        Ok(number)
    }
}

/// Reveal the reporter's telephone number. Intake operators only; the purpose and the time are audited and
/// shown to the reporter.
#[utoipa::path(post, path = "/api/regions/{region}/cases/{case}/contact/reveal", operation_id = "reveal_contact", tag = "cases",
    params(("region" = Region, Path), ("case" = CaseId, Path)), request_body = RevealRequest,
    responses((status = 200, body = Revealed)))]
pub(crate) async fn reveal(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, case)): PathOf<(Region, CaseId)>,
    Body(request): Body<RevealRequest>,
) -> Result<Json<Revealed>, Problem> {
    let telephone = house.db().write(&actor, Reveal { region, case, purpose: request.purpose }).await?;
    Ok(Json(Revealed { telephone }))
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(reveal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_tidied_and_masked() {
        assert_eq!(tidy("138-0013 8000").as_deref(), Some("13800138000"));
        assert_eq!(tidy("+86 13800138000").as_deref(), Some("+8613800138000"));
        for bad in [
            "",
            "1234",
            "138--0013",
            " 13800",
            "abcde",
            "138001380001380013800",
            "１３８００１３８０００",
            "+",
        ] {
            assert_eq!(tidy(bad), None, "{bad}");
        }
        assert_eq!(masked("13800138000"), "138******00");
        assert_eq!(masked("12345"), "****5");
    }
}
