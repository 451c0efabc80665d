//! Request an extension (申请延期): before the deadline, with a reason; the dispatcher answers. A pending request stops no clock.

use crate::{
    Case,
    act::{Input, Scene},
};
use calendar::Limit;
use flow::{Move, Step};
use kernel::{Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Request an extension (申请延期): before the deadline, with a reason; the dispatcher answers. A pending request stops no clock.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestExtension {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// By how much, as "2wd" or "2工作日".
    pub by: Limit,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl Input for RequestExtension {
    const MOVE: Move = Move::RequestExtension;

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
        step.limit = Some(self.by);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        Some(&self.reason)
    }
}

door! {
    /// Request an extension (申请延期): before the deadline, with a reason; the dispatcher answers. A pending request stops no clock.
    request_extension: RequestExtension, "/api/regions/{region}/cases/{case}/request-extension", "request_extension_case"
}
