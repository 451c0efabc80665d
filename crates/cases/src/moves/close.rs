//! Close (结案): the verified case is done.

use crate::act::{Input, Moved, act};
use axum::{Json, extract::State};
use edge::{Body, Caller, House, Key, PathOf, Problem};
use flow::Move;
use kernel::{CaseId, Checks, Region};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Close (结案): the verified case is done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// A remark for those who come after.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

impl Input for Close {
    const MOVE: Move = Move::Close;

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

/// Close (结案): the verified case is done.
#[utoipa::path(post, path = "/api/regions/{region}/cases/{case}/close", operation_id = "close_case", tag = "cases",
    params(("region" = Region, Path), ("case" = CaseId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    request_body = Close, responses((status = 200, body = Moved)))]
pub(super) async fn close(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(of): PathOf<(Region, CaseId)>,
    Key(key): Key,
    Body(input): Body<Close>,
) -> Result<Json<Moved>, Problem> {
    act(&house, &actor, of, key, input).await.map(Json)
}
