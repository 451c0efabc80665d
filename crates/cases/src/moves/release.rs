//! Release an assisting unit (解除协办): its part is no longer needed.

use crate::{
    Case,
    act::{Input, Scene},
    refusal::UNKNOWN_PARTY,
};
use flow::{Move, Step};
use kernel::{Checks, Refusal, UnitId};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Release an assisting unit (解除协办): its part is no longer needed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// The assisting unit.
    pub unit: UnitId,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl Input for Release {
    const MOVE: Move = Move::Release;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.text("reason", &self.reason, 1..=1000);
    }

    async fn shape(
        &self,
        _tx: &mut Tx,
        case: &mut Case,
        step: &mut Step,
        _scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        if case.state.side.party(self.unit).is_none_or(|p| p.done_at.is_some()) {
            return Err(UNKNOWN_PARTY.field("unit"));
        }
        step.party = Some(self.unit);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        Some(&self.reason)
    }
}

door! {
    /// Release an assisting unit (解除协办): its part is no longer needed.
    release: Release, "/api/regions/{region}/cases/{case}/release", "release_case"
}
