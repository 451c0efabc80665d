//! Upload and download.

use crate::{NOT_AN_IMAGE, TOO_LARGE, TOO_MANY, files, picture, sweep};
use axum::extract::FromRequest as _;
use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use edge::{Caller, House, Limiter, Params, PathOf, Problem};
use futures_util::future::BoxFuture;
use jobs::Taken;
use kernel::{AccountId, Actor, AttachmentId, Moment, NOT_FOUND, Refusal, Region, TokenScope};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use store::{Read, Tx, Write, binds};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use vault::{hex, sha256};

/// The job that makes a thumbnail.
pub(crate) const THUMBNAIL: &str = "attachments.thumbnail";
/// Bytes of an upload at the most.
const BYTES: usize = 10 * 1024 * 1024;
/// Pictures decoded at a time: each may take a third of a gigabyte.
static TURNS: Semaphore = Semaphore::const_new(1);

async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let broken = |e: &dyn std::fmt::Display| store::rules::INTERNAL.refuse().because(e);
    let _turn = TURNS.acquire().await.map_err(|e| broken(&e))?;
    tokio::task::spawn_blocking(work).await.map_err(|e| broken(&e))?
}

/// A picture that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Uploaded {
    /// The attachment.
    pub id: AttachmentId,
    /// Pixels across, turned upright.
    pub width: i64,
    /// Pixels down.
    pub height: i64,
    /// Bytes kept.
    pub bytes: i64,
}

/// Which id.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// The attachment's id, made by the client.
    pub id: AttachmentId,
}

/// Whoever reports or moves cases may add pictures to them.
fn may_upload(actor: &Actor) -> Result<(), Refusal> {
    actor.token_may(TokenScope::Report).or_else(|_| actor.token_may(TokenScope::MoveCases))
}

/// The answer to an upload that was kept before: the same bytes, sent by the same person under the same id.
async fn before(
    tx: &mut Tx,
    region: Region,
    id: AttachmentId,
    source: [u8; 32],
) -> Result<Option<Uploaded>, Refusal> {
    type Row = (Vec<u8>, Option<AccountId>, i64, i64, i64);
    let sql = "SELECT source, uploader, width, height, bytes FROM attachments WHERE region = $1 AND id = $2";
    let row: Option<Row> = tx.maybe(sql, binds![region, id]).await?;
    let Some((first, uploader, width, height, bytes)) = row else { return Ok(None) };
    if first != source || uploader != tx.actor().account() {
        return Err(once::KEY_REUSED.field("id"));
    }
    Ok(Some(Uploaded { id, width, height, bytes }))
}

struct Before {
    region: Region,
    id: AttachmentId,
    source: [u8; 32],
}
impl Read for Before {
    type Out = Option<Uploaded>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Option<Uploaded>, Refusal> {
        may_upload(tx.actor())?;
        before(tx, self.region, self.id, self.source).await
    }
}

/// Idempotent by its row: as long as the row is there a retry gets its answer; once it was swept, a retry
/// keeps the picture again.
struct Keep {
    region: Region,
    id: AttachmentId,
    source: [u8; 32],
    hash: [u8; 32],
    width: i64,
    height: i64,
    bytes: i64,
}

impl Write for Keep {
    type Out = Uploaded;
    async fn run(&self, tx: &mut Tx) -> Result<Uploaded, Refusal> {
        may_upload(tx.actor())?;
        if let Some(known) = before(tx, self.region, self.id, self.source).await? {
            return Ok(known);
        }
        let (at, uploader) = (tx.at(), tx.actor().account());
        let new = tx
            .run(
                "INSERT INTO attachments (region, id, hash, source, width, height, bytes, uploader, at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (region, id) DO NOTHING",
                binds![
                    self.region,
                    self.id,
                    self.hash,
                    self.source,
                    self.width,
                    self.height,
                    self.bytes,
                    uploader,
                    at
                ],
            )
            .await?;
        if new == 0 {
            // The same upload came twice at once, and the other was first.
            let known = before(tx, self.region, self.id, self.source).await?;
            return known.ok_or_else(|| {
                store::rules::INTERNAL.refuse().because("an upload that neither is nor is not")
            });
        }
        let key = hex(&self.hash);
        jobs::enqueue(tx, self.region, THUMBNAIL, &key, &serde_json::json!({}), at).await?;
        sweep::later(tx, self.region).await?;
        let note = audit::Note {
            region: self.region,
            action: "attachment.upload",
            object: format!("attachment/{}", self.id),
            detail: serde_json::json!({ "sha256": key, "bytes": self.bytes }),
        };
        audit::record(tx, note, None).await?;
        Ok(Uploaded { id: self.id, width: self.width, height: self.height, bytes: self.bytes })
    }
}

struct Uploads(Limiter);

fn file(path: &Path, jpeg: &[u8], unique: &str) -> Result<(), Refusal> {
    files::keep(path, jpeg, unique).map_err(|e| match e.kind() {
        std::io::ErrorKind::StorageFull => store::rules::FULL.refuse().because(e),
        _ => store::rules::INTERNAL.refuse().because(e),
    })
}

/// Upload a picture (JPEG or PNG, 10 MB at the most). It is turned upright, made small enough and stripped
/// of everything else; unused, it is forgotten after a day or two.
#[utoipa::path(post, path = "/api/regions/{region}/attachments", operation_id = "upload_attachment", tag = "attachments",
    params(("region" = Region, Path), UploadQuery),
    request_body(content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"))),
    responses((status = 201, body = Uploaded)))]
pub(crate) async fn upload(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(q): Params<UploadQuery>,
    request: Request,
) -> Result<(StatusCode, Json<Uploaded>), Problem> {
    areas::known(&house, &actor, region).await?;
    may_upload(&actor)?;
    if actor.person().is_none() {
        let limiter = house.keep_with(|| Uploads(Limiter::new(120, Moment::HOUR)));
        if !limiter.0.take(house.db().world().now(), actor.address) {
            return Err(TOO_MANY.refuse().into());
        }
    }
    let body = Bytes::from_request(request, &house).await.map_err(|_| TOO_LARGE.refuse())?;
    if body.is_empty() {
        return Err(NOT_AN_IMAGE.refuse().into());
    }
    let source = sha256(&body);
    if let Some(known) = house.db().read(&actor, Before { region, id: q.id, source }).await? {
        return Ok((StatusCode::CREATED, Json(known)));
    }
    let (root, unique) = (house.settings().files.clone(), house.db().world().uuid().to_string());
    let (keep, jpeg, path) = in_turn(move || {
        let kept = picture::renew(&body)?;
        let hash = sha256(&kept.jpeg);
        let path = files::path(&root, &hash);
        // The file comes first: a row always has its file; a file without a row harms nobody.
        file(&path, &kept.jpeg, &unique)?;
        let (width, height, bytes) = (kept.width.into(), kept.height.into(), kept.jpeg.len() as i64);
        Ok((Keep { region, id: q.id, source, hash, width, height, bytes }, kept.jpeg, path))
    })
    .await?;
    let kept = house.db().write(&actor, keep).await?;
    // Should a sweep of the same bytes have taken the file away between: now that there is a row, it will not.
    if !tokio::fs::try_exists(&path).await.unwrap_or(false) {
        let unique = house.db().world().uuid().to_string();
        in_turn(move || file(&path, &jpeg, &unique)).await?;
    }
    Ok((StatusCode::CREATED, Json(kept)))
}

struct Hash {
    region: Region,
    id: AttachmentId,
}
impl Read for Hash {
    type Out = Vec<u8>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Vec<u8>, Refusal> {
        let sql = "SELECT hash FROM attachments WHERE region = $1 AND id = $2";
        let row: Option<(Vec<u8>,)> = tx.maybe(sql, binds![self.region, self.id]).await?;
        row.map(|r| r.0).ok_or_else(|| NOT_FOUND.refuse())
    }
}

/// Serves a picture to somebody who may see it: the caller has made sure of that.
pub async fn serve(
    house: &House,
    region: Region,
    id: AttachmentId,
    small: bool,
) -> Result<Response, Problem> {
    let hash = house.db().read(&Actor::system("pictures"), Hash { region, id }).await?;
    let root = house.settings().files.clone();
    let tag = format!("\"{}{}\"", hex(&hash[..8.min(hash.len())]), if small { "-t" } else { "" });
    let small_path = files::thumbnail_path(&root, &hash);
    let bytes = match tokio::fs::read(if small { small_path } else { files::path(&root, &hash) }).await {
        Ok(bytes) => bytes,
        Err(_) => {
            // The job has not come to it yet.
            let jpeg = tokio::fs::read(files::path(&root, &hash)).await;
            let jpeg = jpeg.map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
            if small { in_turn(move || picture::thumbnail(&jpeg)).await? } else { jpeg }
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=86400, immutable")),
        (header::ETAG, HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""))),
    ];
    Ok((headers, bytes).into_response())
}

pub(crate) fn thumbnail_job(root: PathBuf, taken: Taken) -> BoxFuture<'static, Result<(), Refusal>> {
    Box::pin(async move {
        let broken = |e: &dyn std::fmt::Display| store::rules::INTERNAL.refuse().because(e);
        let hash = vault::unhex(&taken.job.key).ok_or_else(|| broken(&"no digest"))?;
        let unique = taken.job.id.to_string();
        let work = move || {
            let jpeg = match std::fs::read(files::path(&root, &hash)) {
                Ok(jpeg) => jpeg,
                // Swept meanwhile: there is nothing left to do.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
                Err(e) => return Err(store::rules::INTERNAL.refuse().because(e)),
            };
            let small = picture::thumbnail(&jpeg)?;
            files::keep(&files::thumbnail_path(&root, &hash), &small, &unique)
                .map_err(|e| store::rules::INTERNAL.refuse().because(e))
        };
        in_turn(work).await?;
        taken.done("thumbnail").await
    })
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::max(BYTES))
}
