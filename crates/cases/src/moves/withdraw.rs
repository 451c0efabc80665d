//! Withdraw (撤回): the reporter takes the report back before there is a result.

use crate::act::Input;
use flow::Move;
use kernel::Checks;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Withdraw (撤回): the reporter takes the report back before there is a result.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Why, if the reporter wants to say.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
}

impl Input for Withdraw {
    const MOVE: Move = Move::Withdraw;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.opt_text("reason", self.reason.as_deref(), 0..=1000);
    }

    fn note(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

door! {
    /// Withdraw (撤回): the reporter takes the report back before there is a result.
    withdraw: Withdraw, "/api/regions/{region}/cases/{case}/withdraw", "withdraw_case"
}
