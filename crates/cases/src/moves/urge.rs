//! Urge (督办): a supervisor marks a case, sets a date, and sees it until it is done. Urged again, the date is the new one.

use crate::{
    Case,
    act::{Input, Scene},
    refusal::BAD_DATE,
};
use flow::{Move, Step};
use kernel::{Checks, Moment, Refusal};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Urge (督办): a supervisor marks a case, sets a date, and sees it until it is done. Urged again, the date is the new one.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Urge {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Until when, ms UTC.
    pub until: Moment,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl Input for Urge {
    const MOVE: Move = Move::Urge;

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
        if self.until <= step.at || self.until > step.at.plus(366 * Moment::DAY) {
            return Err(BAD_DATE.field("until").with("days", 366));
        }
        step.until = Some(self.until);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        Some(&self.reason)
    }
}

door! {
    /// Urge (督办): a supervisor marks a case, sets a date, and sees it until it is done. Urged again, the date is the new one.
    urge: Urge, "/api/regions/{region}/cases/{case}/urge", "urge_case"
}
