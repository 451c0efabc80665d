//! Second review of an appeal (申诉复审): by a supervisor who is not the first reviewer; upheld, the overdue mark is lifted and the fact stays.

use crate::{
    Case,
    act::{Input, Scene},
};
use flow::{Move, Step};
use kernel::{Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Second review of an appeal (申诉复审): by a supervisor who is not the first reviewer; upheld, the overdue mark is lifted and the fact stays.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideAppeal {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Whether the appeal is upheld.
    pub upheld: bool,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl Input for DecideAppeal {
    const MOVE: Move = Move::DecideAppeal;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.text("reason", &self.reason, 1..=1000);
    }

    async fn shape(
        &self,
        _tx: &mut Tx,
        _case: &mut Case,
        step: &mut Step,
        _scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        step.yes = Some(self.upheld);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        Some(&self.reason)
    }
}

door! {
    /// Second review of an appeal (申诉复审): by a supervisor who is not the first reviewer; upheld, the overdue mark is lifted and the fact stays.
    decide_appeal: DecideAppeal, "/api/regions/{region}/cases/{case}/decide-appeal", "decide_appeal_case"
}
