//! Answer the on-the-spot check (反馈现场核实): the matter is there, or it is not; what was seen.

use crate::{
    Case,
    act::{Input, Scene},
};
use flow::{Move, Step};
use kernel::{AttachmentId, Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Answer the on-the-spot check (反馈现场核实): the matter is there, or it is not; what was seen.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerCheck {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Whether the matter is there.
    pub found: bool,
    /// What was seen.
    #[schema(min_length = 1, max_length = 1000)]
    pub note: String,
    /// Pictures uploaded before.
    #[serde(default)]
    #[schema(max_items = 6)]
    pub attachments: Vec<AttachmentId>,
}

impl Input for AnswerCheck {
    const MOVE: Move = Move::AnswerCheck;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.text("note", &self.note, 1..=1000);
    }

    async fn shape(
        &self,
        _tx: &mut Tx,
        _case: &mut Case,
        step: &mut Step,
        _scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        step.yes = Some(self.found);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        Some(&self.note)
    }

    fn attachments(&self) -> &[AttachmentId] {
        &self.attachments
    }
}

door! {
    /// Answer the on-the-spot check (反馈现场核实): the matter is there, or it is not; what was seen.
    answer_check: AnswerCheck, "/api/regions/{region}/cases/{case}/answer-check", "answer_check_case"
}
