//! Send back (退单): to whoever sent it, with a reason and, where a unit refuses, the clause it stands on.

use crate::act::{Input, Moved, act};
use axum::{Json, extract::State};
use edge::{Body, Caller, House, Key, PathOf, Problem};
use flow::Move;
use kernel::{CaseId, Checks, Region};
use serde::{Deserialize, Serialize};
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

    fn note(&self) -> Option<&str> {
        Some(&self.reason)
    }

    fn clause(&self) -> Option<&str> {
        self.clause.as_deref()
    }
}

/// Send back (退单): to whoever sent it, with a reason and, where a unit refuses, the clause it stands on.
#[utoipa::path(post, path = "/api/regions/{region}/cases/{case}/send-back", operation_id = "send_back_case", tag = "cases",
    params(("region" = Region, Path), ("case" = CaseId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    request_body = SendBack, responses((status = 200, body = Moved)))]
pub(super) async fn send_back(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(of): PathOf<(Region, CaseId)>,
    Key(key): Key,
    Body(input): Body<SendBack>,
) -> Result<Json<Moved>, Problem> {
    act(&house, &actor, of, key, input).await.map(Json)
}
