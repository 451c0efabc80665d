//! Verify (核查通过): somebody other than the handler found it done.

use crate::{
    Case,
    act::{Input, Scene, evidence},
    contact,
};
use flow::{Move, Step};
use kernel::{AttachmentId, Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Verify (核查通过): somebody other than the handler found it done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// A remark for those who come after.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
    /// Pictures uploaded before.
    #[serde(default)]
    #[schema(max_items = 6)]
    pub attachments: Vec<AttachmentId>,
}

impl Input for Verify {
    const MOVE: Move = Move::Verify;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.opt_text("note", self.note.as_deref(), 0..=1000);
    }

    async fn shape(
        &self,
        tx: &mut Tx,
        case: &mut Case,
        step: &mut Step,
        scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        evidence(self.attachments.len(), scene.rules.verify_pictures)?;
        // Drawn are only cases whose reporter can be asked.
        step.drawn = scene.rules.drawn(case.id, case.state.round)
            && (case.reporter.is_some() || contact::on_file(tx, case).await?);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    fn attachments(&self) -> &[AttachmentId] {
        &self.attachments
    }
}

door! {
    /// Verify (核查通过): somebody other than the handler found it done.
    verify: Verify, "/api/regions/{region}/cases/{case}/verify", "verify_case"
}
