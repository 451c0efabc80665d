//! Merge (并案): the case goes on as part of another one; its reporter is told and can follow that one.

use crate::{
    Case,
    act::{Input, Scene},
    refusal::BAD_OTHER,
};
use flow::{Move, Step};
use kernel::{Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::{Tx, binds};
use utoipa::ToSchema;

/// Merge (并案): the case goes on as part of another one; its reporter is told and can follow that one.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Merge {
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

impl Input for Merge {
    const MOVE: Move = Move::Merge;

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
        // An ended case takes nothing in, and one that is part of another neither: no chains, no rings.
        let held: Option<(i64,)> = tx
            .maybe(
                "SELECT 1 FROM case_links WHERE region = $1 AND other = $2 AND kind = 'merged'",
                binds![case.region, case.id],
            )
            .await?;
        if !other.state.stage.open() || held.is_some() {
            return Err(BAD_OTHER.field("into"));
        }
        step.other = Some(other.id);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        Some(&self.reason)
    }
}

door! {
    /// Merge (并案): the case goes on as part of another one; its reporter is told and can follow that one.
    merge: Merge, "/api/regions/{region}/cases/{case}/merge", "merge_case"
}
