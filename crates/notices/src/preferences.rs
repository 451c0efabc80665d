//! How somebody wants to be told: their own choice, nobody else's.

use crate::{
    hours::{Quiet, TimeOfDay},
    list::own,
    mail::{ADDRESS, good_address},
    refusal::BAD_MAIL,
    robots,
};
use axum::{Json, extract::State};
use edge::{Body, Caller, House, Problem};
use flow::Move;
use kernel::{AccountId, Checks, Refusal, Region};
use serde::{Deserialize, Serialize};
use store::{Read, Tx, Write, binds, from_row};
use utoipa::{
    ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Schema, SchemaType, Type},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The context an address is sealed in.
pub(crate) fn sealed(account: AccountId) -> String {
    format!("notice_preferences/{account}/mail")
}

fn address_schema() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .pattern(Some(ADDRESS))
        .description(Some("Your mail address"))
        .into()
}

/// How you want to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferencesRequest {
    /// Your mail address.
    #[serde(default)]
    #[schema(schema_with = address_schema)]
    pub mail: Option<String>,
    /// Send notices to it.
    #[serde(default)]
    pub mail_on: bool,
    /// Hours without mail; urgent cases break through.
    #[serde(default)]
    pub quiet: Option<Quiet>,
    /// One mail a day at this time, instead of at once; urgent cases come at once.
    #[serde(default)]
    pub digest: Option<TimeOfDay>,
    /// Moves that make no mail and count as read in the application.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub muted: Vec<Move>,
}

/// How you are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Preferences {
    /// Your mail address.
    pub mail: Option<String>,
    /// Whether notices are sent to it.
    pub mail_on: bool,
    /// Hours without mail.
    pub quiet: Option<Quiet>,
    /// When the day's mail comes; absent for at once.
    pub digest: Option<TimeOfDay>,
    /// Moves that make no mail and count as read.
    pub muted: Vec<Move>,
    /// Whether this installation can send mail at all.
    pub mail_available: bool,
}

struct Row {
    mail: Option<Vec<u8>>,
    mail_on: bool,
    quiet_from: Option<i64>,
    quiet_to: Option<i64>,
    digest_at: Option<i64>,
    muted: String,
}
from_row!(Row { mail, mail_on, quiet_from, quiet_to, digest_at, muted });

/// One's own preferences; nothing chosen yet is no mail.
struct Own {
    mail_available: bool,
}

impl Read for Own {
    type Out = Preferences;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Preferences, Refusal> {
        let account = own(tx.actor())?;
        let sql = "SELECT mail, mail_on, quiet_from, quiet_to, digest_at, muted FROM notice_preferences WHERE account = $1";
        let row: Option<Row> = tx.maybe(sql, binds![account]).await?;
        let mail_available = self.mail_available;
        let Some(row) = row else {
            return Ok(Preferences {
                mail: None,
                mail_on: false,
                quiet: None,
                digest: None,
                muted: Vec::new(),
                mail_available,
            });
        };
        let mail = match row.mail {
            None => None,
            Some(sealed_mail) => {
                let plain = tx.vault().open(&sealed(account), &sealed_mail);
                let plain = plain.map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
                String::from_utf8(plain).ok()
            }
        };
        Ok(Preferences {
            mail,
            mail_on: row.mail_on,
            quiet: Quiet::stored(row.quiet_from, row.quiet_to),
            digest: row.digest_at.and_then(TimeOfDay::new),
            muted: robots::kinds(&row.muted),
            mail_available,
        })
    }
}

/// Sets one's own preferences. The address is sealed; the audit log holds that they changed, not to what.
pub struct PutPreferences(pub PreferencesRequest);

impl Write for PutPreferences {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let account = own(tx.actor())?;
        let r = &self.0;
        let mut c = Checks::new();
        if r.mail.as_deref().is_some_and(|m| !good_address(m)) {
            c.fault("mail", BAD_MAIL.code, BAD_MAIL.zh, BAD_MAIL.en);
        }
        c.number("muted", r.muted.len() as i64, 0..=64);
        c.done()?;
        let at = tx.at();
        let mail = r.mail.as_ref().map(|m| tx.vault().seal(tx.world(), &sealed(account), m.as_bytes()));
        let (from, to) = (r.quiet.map(|q| q.from.minutes()), r.quiet.map(|q| q.to.minutes()));
        tx.put(
            "INSERT INTO notice_preferences (account, mail, mail_on, quiet_from, quiet_to, digest_at, muted, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (account) DO UPDATE SET mail = excluded.mail, mail_on = excluded.mail_on,
               quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, digest_at = excluded.digest_at,
               muted = excluded.muted, updated_at = excluded.updated_at",
            binds![
                account, mail, r.mail_on, from, to, r.digest.map(TimeOfDay::minutes), robots::codes(&r.muted), at
            ],
        )
        .await?;
        let note = audit::Note {
            region: Region::NONE,
            action: "notices.preferences_put",
            object: format!("account/{account}"),
            detail: serde_json::json!({ "mail": r.mail.is_some() && r.mail_on }),
        };
        Ok(audit::record(tx, note, None).await?)
    }
}

fn available(house: &House) -> bool {
    house.settings().smtp_url.is_some() && house.settings().mail_from.is_some()
}

/// How you are told.
#[utoipa::path(get, path = "/api/notices/preferences", operation_id = "show_notice_preferences", tag = "notices",
    responses((status = 200, body = Preferences)))]
pub(crate) async fn show(
    State(house): State<House>,
    Caller(actor): Caller,
) -> Result<Json<Preferences>, Problem> {
    Ok(Json(house.db().read(&actor, Own { mail_available: available(&house) }).await?))
}

/// Choose how you are told. What is left out is switched off.
#[utoipa::path(put, path = "/api/notices/preferences", operation_id = "put_notice_preferences", tag = "notices",
    request_body = PreferencesRequest, responses((status = 200, body = Preferences)))]
pub(crate) async fn put(
    State(house): State<House>,
    Caller(actor): Caller,
    Body(request): Body<PreferencesRequest>,
) -> Result<Json<Preferences>, Problem> {
    house.db().write(&actor, PutPreferences(request)).await?;
    Ok(Json(house.db().read(&actor, Own { mail_available: available(&house) }).await?))
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(show, put))
}
