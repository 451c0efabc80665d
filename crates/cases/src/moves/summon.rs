//! Summon an assisting unit (吹哨、请求协办): the lead unit or the dispatcher asks another unit for its part, with a clock of its own.

use crate::{
    Case,
    act::{Input, Scene},
    refusal::{ASSISTS_ALREADY, ENOUGH_UNITS},
    units,
};
use calendar::Limit;
use flow::{Move, Step};
use kernel::{Checks, Refusal, UnitId};
use store::Tx;

/// Assisting units of a case at the most.
const MOST: usize = 20;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Summon an assisting unit (吹哨、请求协办): the lead unit or the dispatcher asks another unit for its part, with a clock of its own.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Summon {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// The unit.
    pub unit: UnitId,
    /// How long it has, as "2wd" or "2工作日".
    pub limit: Limit,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl Input for Summon {
    const MOVE: Move = Move::Summon;

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
        let side = &case.state.side;
        if case.state.unit == Some(self.unit) || side.party(self.unit).is_some_and(|p| p.done_at.is_none()) {
            return Err(ASSISTS_ALREADY.field("unit"));
        }
        if side.parties.len() >= MOST {
            return Err(ENOUGH_UNITS.field("unit"));
        }
        step.unit = None;
        step.party = Some(self.unit);
        step.limit = Some(self.limit);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        Some(&self.reason)
    }
}

door! {
    /// Summon an assisting unit (吹哨、请求协办): the lead unit or the dispatcher asks another unit for its part, with a clock of its own.
    summon: Summon, "/api/regions/{region}/cases/{case}/summon", "summon_case"
}
