//! Ask for an on-the-spot check (请求现场核实): before filing, by the grid worker named or the nearest to the place.

use crate::{
    Case,
    act::{Input, Scene},
    nearest,
    refusal::NO_WORKER,
};
use flow::{Move, Step};
use kernel::{AccountId, Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Ask for an on-the-spot check (请求现场核实): before filing, by the grid worker named or the nearest to the place.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskCheck {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// What to look at.
    #[schema(min_length = 1, max_length = 1000)]
    pub question: String,
    /// An account with a grid worker's post; the nearest to the place when absent.
    #[serde(default)]
    pub checker: Option<AccountId>,
}

impl Input for AskCheck {
    const MOVE: Move = Move::AskCheck;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.text("question", &self.question, 1..=1000);
    }

    async fn shape(
        &self,
        tx: &mut Tx,
        case: &mut Case,
        step: &mut Step,
        _scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        step.checker = Some(match self.checker {
            Some(account) if nearest::is_worker(tx, case.region, account).await? => account,
            Some(_) => return Err(NO_WORKER.field("checker")),
            None => nearest::worker(tx, case).await?.ok_or_else(|| NO_WORKER.field("checker"))?,
        });
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        Some(&self.question)
    }
}

door! {
    /// Ask for an on-the-spot check (请求现场核实): before filing, by the grid worker named or the nearest to the place.
    ask_check: AskCheck, "/api/regions/{region}/cases/{case}/ask-check", "ask_check_case"
}
