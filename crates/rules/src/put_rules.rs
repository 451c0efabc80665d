use crate::{book, stored};
use audit::Note;
use axum::{Json, extract::State};
use edge::{Body, Caller, House, PathOf, Problem};
use kernel::{Checks, Power, Refusal, Region};
use serde::Serialize;
use serde_json::json;
use store::{StoreError, Tx, Write, binds};
use utoipa::ToSchema;

/// The version now in force.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RulesPut {
    /// Its number.
    pub version: i64,
    /// Its content.
    pub rules: flow::Rules,
}

/// Makes a new version of a region's rules; the same rules again make none. Stewards of the rules.
pub struct PutRules {
    /// Of which region.
    pub region: Region,
    /// All of them.
    pub rules: flow::Rules,
}

async fn last(tx: &mut Tx, region: Region) -> Result<(i64, flow::Rules), StoreError> {
    let row: Option<(i64, String)> = tx
        .maybe(
            "SELECT version, body FROM rule_versions WHERE region = $1 ORDER BY version DESC LIMIT 1",
            binds![region],
        )
        .await?;
    match row {
        Some((version, body)) => Ok((version, stored::rules(&body)?)),
        None => Ok((1, flow::Rules::default())),
    }
}

impl Write for PutRules {
    type Out = RulesPut;

    async fn run(&self, tx: &mut Tx) -> Result<RulesPut, Refusal> {
        tx.actor().may(Power::EditRules, Some(self.region))?;
        let mut checks = Checks::new();
        self.rules.check(&mut checks);
        checks.done()?;
        stored::stamp(tx, self.region).await?;
        let (version, rules) = last(tx, self.region).await?;
        if rules == self.rules {
            return Ok(RulesPut { version, rules });
        }
        // The mark first: two who write at once take turns on its row, and the second counts from the first.
        stored::bump(tx, self.region).await?;
        let version = last(tx, self.region).await?.0 + 1;
        let (at, account) = (tx.at(), tx.actor().account());
        let body =
            serde_json::to_string(&self.rules).map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
        tx.put(
            "INSERT INTO rule_versions (region, version, from_at, account, body) VALUES ($1, $2, $3, $4, $5)",
            binds![self.region, version, at, account, body],
        )
        .await?;
        let note = Note {
            region: self.region,
            action: "rules.put",
            object: format!("rules/{version}"),
            detail: json!({ "version": version }),
        };
        audit::record(tx, note, None).await?;
        Ok(RulesPut { version, rules: self.rules.clone() })
    }
}

/// Set the rules of a region: a new version, in force at once for what is filed from now on. Stewards of the rules.
#[utoipa::path(put, path = "/api/regions/{region}/rules", operation_id = "put_rules", tag = "rules",
    params(("region" = Region, Path)), request_body = flow::Rules, responses((status = 200, body = RulesPut)))]
pub(crate) async fn put_rules(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Body(rules): Body<flow::Rules>,
) -> Result<Json<RulesPut>, Problem> {
    let answer = house.db().write(&actor, PutRules { region, rules }).await?;
    book::forget(&house, region);
    Ok(Json(answer))
}
