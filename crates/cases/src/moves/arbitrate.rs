//! Arbitrate (裁决): after the second refusal a supervisor rules which unit answers; it cannot refuse. The ruling is proposed as a change to the map of duties.

use crate::{
    Case,
    act::{Input, Scene},
    units,
};
use flow::{Move, Step};
use kernel::{Checks, Refusal, UnitId};
use serde::{Deserialize, Serialize};
use store::{Tx, binds};
use utoipa::ToSchema;

/// Arbitrate (裁决): after the second refusal a supervisor rules which unit answers; it cannot refuse. The ruling is proposed as a change to the map of duties.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Arbitrate {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// The unit.
    pub unit: UnitId,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
    /// The clause of the catalogue the ruling stands on.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    pub clause: Option<String>,
}

impl Input for Arbitrate {
    const MOVE: Move = Move::Arbitrate;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.text("reason", &self.reason, 1..=1000);
    }

    async fn shape(
        &self,
        tx: &mut Tx,
        case: &mut Case,
        step: &mut Step,
        _scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        units::ask(tx, case, self.unit, step).await?;
        let id = tx.world().uuid();
        tx.put(
            "INSERT INTO duty_proposals (region, id, case_id, item, grid, unit, account, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            binds![case.region, id, case.id, case.state.item, case.grid, self.unit, step.by, step.at],
        )
        .await?;
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        Some(&self.reason)
    }

    fn clause(&self) -> Option<&str> {
        self.clause.as_deref()
    }
}

door! {
    /// Arbitrate (裁决): after the second refusal a supervisor rules which unit answers; it cannot refuse. The ruling is proposed as a change to the map of duties.
    arbitrate: Arbitrate, "/api/regions/{region}/cases/{case}/arbitrate", "arbitrate_case"
}
