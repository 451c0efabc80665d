//! Hand in the assistance (协办完成): the assisting unit says what it has done.

use crate::{
    Case,
    act::{Input, Scene},
};
use flow::{Move, Party, Step};
use kernel::{AttachmentId, Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Hand in the assistance (协办完成): the assisting unit says what it has done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contribute {
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

impl Input for Contribute {
    const MOVE: Move = Move::Contribute;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.text("result", &self.result, 1..=1000);
    }

    async fn shape(
        &self,
        _tx: &mut Tx,
        case: &mut Case,
        step: &mut Step,
        scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        let responded = |p: &Party| p.responded_at.is_some() && p.done_at.is_none();
        step.party = scene.stand.party(&case.state, responded).map(|p| p.unit);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        Some(&self.result)
    }

    fn attachments(&self) -> &[AttachmentId] {
        &self.attachments
    }
}

door! {
    /// Hand in the assistance (协办完成): the assisting unit says what it has done.
    contribute: Contribute, "/api/regions/{region}/cases/{case}/contribute", "contribute_case"
}
