//! Accept (接收): the unit takes it on.

use crate::act::{Input, Moved, act};
use axum::{Json, extract::State};
use edge::{Body, Caller, House, Key, PathOf, Problem};
use flow::Move;
use kernel::{CaseId, Checks, Region};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Accept (接收): the unit takes it on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// A remark for those who come after.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

impl Input for Accept {
    const MOVE: Move = Move::Accept;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.opt_text("note", self.note.as_deref(), 0..=1000);
    }

    fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

/// Accept (接收): the unit takes it on.
#[utoipa::path(post, path = "/api/regions/{region}/cases/{case}/accept", operation_id = "accept_case", tag = "cases",
    params(("region" = Region, Path), ("case" = CaseId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    request_body = Accept, responses((status = 200, body = Moved)))]
pub(super) async fn accept(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(of): PathOf<(Region, CaseId)>,
    Key(key): Key,
    Body(input): Body<Accept>,
) -> Result<Json<Moved>, Problem> {
    act(&house, &actor, of, key, input).await.map(Json)
}
