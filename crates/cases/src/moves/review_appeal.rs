//! First review of an appeal (申诉初审): by a dispatcher outside the unit.

use crate::{
    Case,
    act::{Input, Scene},
};
use flow::{Move, Step};
use kernel::{Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// First review of an appeal (申诉初审): by a dispatcher outside the unit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewAppeal {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Whether the appeal is upheld.
    pub upheld: bool,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl Input for ReviewAppeal {
    const MOVE: Move = Move::ReviewAppeal;

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
    /// First review of an appeal (申诉初审): by a dispatcher outside the unit.
    review_appeal: ReviewAppeal, "/api/regions/{region}/cases/{case}/review-appeal", "review_appeal_case"
}
