//! Respond (报到): a summoned unit takes up its part.

use crate::{
    Case,
    act::{Input, Scene},
};
use flow::{Move, Party, Step};
use kernel::{Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Respond (报到): a summoned unit takes up its part.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Respond {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// A remark for those who come after.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

impl Input for Respond {
    const MOVE: Move = Move::Respond;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.opt_text("note", self.note.as_deref(), 0..=1000);
    }

    async fn shape(
        &self,
        _: &mut Tx,
        case: &mut Case,
        step: &mut Step,
        scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        let asked = |p: &Party| p.responded_at.is_none() && p.done_at.is_none();
        step.party = scene.stand.party(&case.state, asked).map(|p| p.unit);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

door! {
    /// Respond (报到): a summoned unit takes up its part.
    respond: Respond, "/api/regions/{region}/cases/{case}/respond", "respond_case"
}
