//! Mark as a duplicate (标记重复): a mark with a link, not a stage; both cases go on.

use crate::{
    Case,
    act::{Input, Scene},
    refusal::BAD_OTHER,
};
use flow::{Move, Step};
use kernel::{Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Mark as a duplicate (标记重复): a mark with a link, not a stage; both cases go on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// The other case: its id, or its number.
    #[schema(min_length = 1, max_length = 40)]
    pub into: String,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl Input for Link {
    const MOVE: Move = Move::Link;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.text("reason", &self.reason, 1..=1000);
        checks.text("into", &self.into, 1..=40);
    }

    async fn shape(
        &self,
        tx: &mut Tx,
        case: &mut Case,
        step: &mut Step,
        scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        let other = Case::named(tx, scene.scope, &self.into).await?.filter(|o| o.id != case.id);
        let Some(other) = other else { return Err(BAD_OTHER.field("into")) };
        step.other = Some(other.id);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        Some(&self.reason)
    }
}

door! {
    /// Mark as a duplicate (标记重复): a mark with a link, not a stage; both cases go on.
    link: Link, "/api/regions/{region}/cases/{case}/link", "link_case"
}
