//! Send back (退单): to whoever sent it, with a reason and, where a unit refuses, the clause it stands on.

use crate::{
    Case,
    act::{Input, Scene},
    refusal::CLAUSE_NEEDED,
};
use flow::{Move, Step};
use kernel::{Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Send back (退单): to whoever sent it, with a reason and, where a unit refuses, the clause it stands on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendBack {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
    /// The clause of the catalogue the refusal stands on.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    pub clause: Option<String>,
}

impl Input for SendBack {
    const MOVE: Move = Move::SendBack;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.text("reason", &self.reason, 1..=1000);
    }

    async fn shape(
        &self,
        _tx: &mut Tx,
        case: &mut Case,
        step: &mut Step,
        _: &Scene<'_>,
    ) -> Result<(), Refusal> {
        let clause = self.clause.as_deref().is_some_and(|c| !c.trim().is_empty());
        if case.state.refuses(step) && !clause {
            return Err(CLAUSE_NEEDED.field("clause"));
        }
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        Some(&self.reason)
    }

    fn clause(&self) -> Option<&str> {
        self.clause.as_deref()
    }
}

door! {
    /// Send back (退单): to whoever sent it, with a reason and, where a unit refuses, the clause it stands on.
    send_back: SendBack, "/api/regions/{region}/cases/{case}/send-back", "send_back_case"
}
