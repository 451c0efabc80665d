//! Dispatch (派遣): asks a unit to handle it; the unit clock starts.

use crate::{
    Case,
    act::{Input, Moved, act},
    refusal::UNKNOWN_UNIT,
};
use axum::{Json, extract::State};
use edge::{Body, Caller, House, Key, PathOf, Problem};
use flow::{Move, Step};
use kernel::{CaseId, Checks, Refusal, Region, UnitId};
use serde::{Deserialize, Serialize};
use store::{Tx, binds};
use utoipa::ToSchema;

/// Dispatch (派遣): asks a unit to handle it; the unit clock starts.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dispatch {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// The unit.
    pub unit: UnitId,
    /// A remark for those who come after.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

impl Input for Dispatch {
    const MOVE: Move = Move::Dispatch;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.opt_text("note", self.note.as_deref(), 0..=1000);
    }

    async fn shape(&self, tx: &mut Tx, case: &mut Case, step: &mut Step) -> Result<(), Refusal> {
        let open: Option<(i64,)> = tx
            .maybe(
                "SELECT 1 FROM units WHERE region = $1 AND id = $2 AND NOT closed",
                binds![case.region, self.unit],
            )
            .await?;
        if open.is_none() {
            return Err(UNKNOWN_UNIT.field("unit"));
        }
        step.unit = Some(self.unit);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

/// Dispatch (派遣): asks a unit to handle it; the unit clock starts.
#[utoipa::path(post, path = "/api/regions/{region}/cases/{case}/dispatch", operation_id = "dispatch_case", tag = "cases",
    params(("region" = Region, Path), ("case" = CaseId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    request_body = Dispatch, responses((status = 200, body = Moved)))]
pub(super) async fn dispatch(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(of): PathOf<(Region, CaseId)>,
    Key(key): Key,
    Body(input): Body<Dispatch>,
) -> Result<Json<Moved>, Problem> {
    act(&house, &actor, of, key, input).await.map(Json)
}
