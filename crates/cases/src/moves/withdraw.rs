//! Withdraw (撤回): the reporter takes the report back before there is a result.

use crate::act::{Input, Moved, act};
use axum::{Json, extract::State};
use edge::{Body, Caller, House, Key, PathOf, Problem};
use flow::Move;
use kernel::{CaseId, Checks, Region};
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

/// Withdraw (撤回): the reporter takes the report back before there is a result.
#[utoipa::path(post, path = "/api/regions/{region}/cases/{case}/withdraw", operation_id = "withdraw_case", tag = "cases",
    params(("region" = Region, Path), ("case" = CaseId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    request_body = Withdraw, responses((status = 200, body = Moved)))]
pub(super) async fn withdraw(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(of): PathOf<(Region, CaseId)>,
    Key(key): Key,
    Body(input): Body<Withdraw>,
) -> Result<Json<Moved>, Problem> {
    act(&house, &actor, of, key, input).await.map(Json)
}
