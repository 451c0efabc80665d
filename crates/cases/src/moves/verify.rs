//! Verify (核查通过): somebody other than the handler found it done.

use crate::act::{Input, Moved, act};
use axum::{Json, extract::State};
use edge::{Body, Caller, House, Key, PathOf, Problem};
use flow::Move;
use kernel::{AttachmentId, CaseId, Checks, Region};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Verify (核查通过): somebody other than the handler found it done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// A remark for those who come after.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
    /// Pictures uploaded before.
    #[serde(default)]
    #[schema(max_items = 6)]
    pub attachments: Vec<AttachmentId>,
}

impl Input for Verify {
    const MOVE: Move = Move::Verify;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.opt_text("note", self.note.as_deref(), 0..=1000);
        checks.number("attachments", self.attachments.len() as i64, 0..=6);
    }

    fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    fn attachments(&self) -> &[AttachmentId] {
        &self.attachments
    }
}

/// Verify (核查通过): somebody other than the handler found it done.
#[utoipa::path(post, path = "/api/regions/{region}/cases/{case}/verify", operation_id = "verify_case", tag = "cases",
    params(("region" = Region, Path), ("case" = CaseId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    request_body = Verify, responses((status = 200, body = Moved)))]
pub(super) async fn verify(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(of): PathOf<(Region, CaseId)>,
    Key(key): Key,
    Body(input): Body<Verify>,
) -> Result<Json<Moved>, Problem> {
    act(&house, &actor, of, key, input).await.map(Json)
}
