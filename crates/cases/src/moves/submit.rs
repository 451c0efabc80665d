//! Submit the result (提交处置结果): says what was done, with evidence where the item asks for it.

use crate::act::{Input, Moved, act};
use axum::{Json, extract::State};
use edge::{Body, Caller, House, Key, PathOf, Problem};
use flow::Move;
use kernel::{AttachmentId, CaseId, Checks, Region};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Submit the result (提交处置结果): says what was done, with evidence where the item asks for it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// What was done.
    #[schema(min_length = 1, max_length = 1000)]
    pub result: String,
    /// Pictures uploaded before.
    #[serde(default)]
    #[schema(max_items = 6)]
    pub attachments: Vec<AttachmentId>,
}

impl Input for Submit {
    const MOVE: Move = Move::Submit;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.text("result", &self.result, 1..=1000);
        checks.number("attachments", self.attachments.len() as i64, 0..=6);
    }

    fn note(&self) -> Option<&str> {
        Some(&self.result)
    }

    fn attachments(&self) -> &[AttachmentId] {
        &self.attachments
    }
}

/// Submit the result (提交处置结果): says what was done, with evidence where the item asks for it.
#[utoipa::path(post, path = "/api/regions/{region}/cases/{case}/submit", operation_id = "submit_case", tag = "cases",
    params(("region" = Region, Path), ("case" = CaseId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    request_body = Submit, responses((status = 200, body = Moved)))]
pub(super) async fn submit(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(of): PathOf<(Region, CaseId)>,
    Key(key): Key,
    Body(input): Body<Submit>,
) -> Result<Json<Moved>, Problem> {
    act(&house, &actor, of, key, input).await.map(Json)
}
