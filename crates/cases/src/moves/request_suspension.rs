//! Request a suspension (申请挂账): until a date within a year, once; before the deadline, with a reason; the dispatcher answers.

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

/// Request a suspension (申请挂账): until a date within a year, once; before the deadline, with a reason; the dispatcher answers.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestSuspension {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Until when, ms UTC; then it resumes by itself.
    pub until: Moment,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl Input for RequestSuspension {
    const MOVE: Move = Move::RequestSuspension;

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
        scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        let days = scene.rules.suspension_days;
        if self.until <= step.at || self.until > step.at.plus(days * Moment::DAY) {
            return Err(BAD_DATE.field("until").with("days", days));
        }
        step.until = Some(self.until);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        Some(&self.reason)
    }
}

door! {
    /// Request a suspension (申请挂账): until a date within a year, once; before the deadline, with a reason; the dispatcher answers.
    request_suspension: RequestSuspension, "/api/regions/{region}/cases/{case}/request-suspension", "request_suspension_case"
}
