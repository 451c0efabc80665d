//! Hand to a handler (交办): names the person of the unit who does it.

use crate::{
    Case,
    act::{Input, Scene},
    refusal::UNKNOWN_HANDLER,
};
use flow::{Move, Step};
use kernel::{AccountId, Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::{Tx, binds};
use utoipa::ToSchema;

/// Hand to a handler (交办): names the person of the unit who does it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hand {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// An account with a handler's post in the unit.
    pub handler: AccountId,
    /// A remark for those who come after.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

impl Input for Hand {
    const MOVE: Move = Move::Hand;

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
        _: &Scene<'_>,
    ) -> Result<(), Refusal> {
        let at = tx.at();
        let post: Option<(i64,)> = tx
            .maybe(
                "SELECT 1 FROM posts p JOIN accounts a ON a.id = p.account
                 WHERE p.region = $1 AND p.role = 'handler' AND p.unit = $2 AND p.account = $3 AND NOT a.disabled
                   AND p.from_at <= $4 AND (p.until_at IS NULL OR p.until_at > $4)",
                binds![case.region, case.state.unit, self.handler, at],
            )
            .await?;
        if post.is_none() {
            return Err(UNKNOWN_HANDLER.field("handler"));
        }
        step.handler = Some(self.handler);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

door! {
    /// Hand to a handler (交办): names the person of the unit who does it.
    hand: Hand, "/api/regions/{region}/cases/{case}/hand", "hand_case"
}
