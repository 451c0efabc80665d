//! Decline (不予受理): not a matter of ours; says why and where to go instead.

use crate::act::Input;
use flow::Move;
use kernel::Checks;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Decline (不予受理): not a matter of ours; says why and where to go instead.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decline {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
    /// Where to go instead; the reporter is shown it.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub pointer: Option<String>,
}

impl Input for Decline {
    const MOVE: Move = Move::Decline;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.text("reason", &self.reason, 1..=1000);
        checks.opt_text("pointer", self.pointer.as_deref(), 0..=200);
    }

    fn note(&self) -> Option<&str> {
        Some(&self.reason)
    }

    fn clause(&self) -> Option<&str> {
        self.pointer.as_deref().filter(|p| !p.trim().is_empty())
    }
}

door! {
    /// Decline (不予受理): not a matter of ours; says why and where to go instead.
    decline: Decline, "/api/regions/{region}/cases/{case}/decline", "decline_case"
}
