//! Declared conflicts (利益冲突申报): whoever declares one with a unit takes no decision on its cases and is
//! never told who complained about it.

use crate::refusal::UNKNOWN_UNIT;
use axum::{Json, extract::State};
use edge::{Caller, House, PathOf, Problem};
use kernel::{Actor, Moment, Page, Power, Refusal, Region, UnitId};
use serde::Serialize;
use store::{Read, Tx, Write, binds, from_row};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// A conflict one has declared.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Conflict {
    /// With which unit.
    pub unit: UnitId,
    /// Its name.
    pub name: String,
    /// When it was declared.
    pub at: Moment,
}
from_row!(Conflict { unit, name, at });

struct Mine(Region);

impl Read for Mine {
    type Out = Vec<Conflict>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Vec<Conflict>, Refusal> {
        tx.actor().may(Power::ReadBase, Some(self.0))?;
        let me = tx.actor().account();
        Ok(tx
            .all(
                "SELECT k.unit, u.name, k.at FROM conflicts k JOIN units u ON u.region = k.region AND u.id = k.unit
                 WHERE k.region = $1 AND k.account = $2 ORDER BY u.name, k.unit",
                binds![self.0, me],
            )
            .await?)
    }
}

/// Declares a conflict of one's own with a unit, or takes it back. Staff of the region. Done again, nothing
/// changes.
struct Declare {
    region: Region,
    unit: UnitId,
    holds: bool,
}

impl Write for Declare {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let actor: Actor = tx.actor().clone();
        actor.may(Power::ReadBase, Some(self.region))?;
        let me = actor.signed_in()?.account;
        let unit: Option<(i64,)> = tx
            .maybe("SELECT 1 FROM units WHERE region = $1 AND id = $2", binds![self.region, self.unit])
            .await?;
        if unit.is_none() {
            return Err(UNKNOWN_UNIT.field("unit"));
        }
        let at = tx.at();
        let changed = if self.holds {
            tx.run(
                "INSERT INTO conflicts (region, account, unit, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                binds![self.region, me, self.unit, at],
            )
            .await?
        } else {
            tx.run(
                "DELETE FROM conflicts WHERE region = $1 AND account = $2 AND unit = $3",
                binds![self.region, me, self.unit],
            )
            .await?
        };
        if changed > 0 {
            let action = if self.holds { "conflict.declare" } else { "conflict.take_back" };
            let object = format!("unit/{}", self.unit);
            let note = audit::Note { region: self.region, action, object, detail: serde_json::json!({}) };
            audit::record(tx, note, None).await?;
        }
        Ok(())
    }
}

/// The conflicts that the caller has declared.
#[utoipa::path(get, path = "/api/regions/{region}/conflicts", operation_id = "list_conflicts", tag = "cases",
    params(("region" = Region, Path)), responses((status = 200, body = Page<Conflict>)))]
pub(crate) async fn list(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
) -> Result<Json<Page<Conflict>>, Problem> {
    Ok(Json(Page { items: house.db().read(&actor, Mine(region)).await?, next: None }))
}

/// Declare a conflict of one's own with a unit.
#[utoipa::path(put, path = "/api/regions/{region}/conflicts/{unit}", operation_id = "declare_conflict", tag = "cases",
    params(("region" = Region, Path), ("unit" = UnitId, Path)), responses((status = 204)))]
pub(crate) async fn declare(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, unit)): PathOf<(Region, UnitId)>,
) -> Result<axum::http::StatusCode, Problem> {
    house.db().write(&actor, Declare { region, unit, holds: true }).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Take back a declared conflict.
#[utoipa::path(delete, path = "/api/regions/{region}/conflicts/{unit}", operation_id = "take_back_conflict", tag = "cases",
    params(("region" = Region, Path), ("unit" = UnitId, Path)), responses((status = 204)))]
pub(crate) async fn take_back(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, unit)): PathOf<(Region, UnitId)>,
) -> Result<axum::http::StatusCode, Problem> {
    house.db().write(&actor, Declare { region, unit, holds: false }).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(declare, take_back))
}
