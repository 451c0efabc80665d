//! Submit the result (提交处置结果): says what was done, with evidence where the item asks for it.

use crate::{
    Case,
    act::{Input, Scene, evidence},
};
use flow::{Move, Step};
use kernel::{AttachmentId, Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Submit the result (提交处置结果): says what was done, with evidence where the item asks for it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// What was done.
    #[schema(min_length = 1, max_length = 1000)]
    pub result: String,
    /// Pictures uploaded before.
    #[serde(default)]
    #[schema(max_items = 6)]
    pub attachments: Vec<AttachmentId>,
}

impl Input for Submit {
    const MOVE: Move = Move::Submit;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.text("result", &self.result, 1..=1000);
    }

    async fn shape(
        &self,
        _tx: &mut Tx,
        _case: &mut Case,
        _step: &mut Step,
        scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        evidence(self.attachments.len(), scene.rules.submit_pictures)
    }

    fn note(&self) -> Option<&str> {
        Some(&self.result)
    }

    fn attachments(&self) -> &[AttachmentId] {
        &self.attachments
    }
}

door! {
    /// Submit the result (提交处置结果): says what was done, with evidence where the item asks for it.
    submit: Submit, "/api/regions/{region}/cases/{case}/submit", "submit_case"
}
