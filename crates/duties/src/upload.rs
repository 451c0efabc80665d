//! The import over HTTP: the file is the body, what it is called stands in the query.

use crate::{
    FILE_TOO_LARGE, NOT_A_FILE,
    import::{DutyImport, ImportDuties, import_duties},
};
use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest as _, Request, State},
    http::header,
};
use edge::{Caller, House, Params, PathOf, Problem};
use gis::{Table, TableOptions, read_table};
use kernel::{Checks, Power, Refusal, Region};
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Bytes of a file at the most.
const BYTES: usize = 16 * 1024 * 1024;
/// Files read at a time: each may take several times its size.
static TURNS: Semaphore = Semaphore::const_new(1);

/// What the file is.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// The file's name; its ending says the format: .csv or .xlsx.
    #[param(min_length = 1, max_length = 200)]
    file: String,
    /// The encoding of its text, where it does not tell.
    #[param(max_length = 40)]
    encoding: Option<String>,
    /// Which sheet; the first when left out.
    #[param(max_length = 100)]
    sheet: Option<String>,
    /// Only say what it would do.
    #[serde(default)]
    dry_run: bool,
}

async fn read(request: Request, house: &House, query: &ImportQuery) -> Result<Table, Refusal> {
    // A form of a foreign page cannot send this type unasked.
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/octet-stream") {
        return Err(NOT_A_FILE.refuse());
    }
    let mut checks = Checks::new();
    checks.text("file", &query.file, 1..=200);
    checks.opt_text("encoding", query.encoding.as_deref(), 1..=40);
    checks.opt_text("sheet", query.sheet.as_deref(), 1..=100);
    checks.done()?;
    let broken = |e: &dyn std::fmt::Display| store::rules::INTERNAL.refuse().because(e);
    let body = Bytes::from_request(request, house).await.map_err(|_| FILE_TOO_LARGE.refuse())?;
    let options = TableOptions { encoding: query.encoding.clone(), sheet: query.sheet.clone() };
    let name = query.file.clone();
    let _turn = TURNS.acquire().await.map_err(|e| broken(&e))?;
    let work = move || read_table(&name, &body, &options).map_err(areas::file_refused);
    tokio::task::spawn_blocking(work).await.map_err(|e| broken(&e))?
}

/// Import duties from a table: the file is the body, 16 MB at the most. Every row is judged first; all of them
/// are written or none, and the answer names each row that does not hold. Sent again, it changes nothing. With
/// `dry_run` the answer says what would become of each row. Data stewards of the region.
#[utoipa::path(post, path = "/api/regions/{region}/duties/import", operation_id = "import_duties", tag = "duties",
    params(("region" = Region, Path), ImportQuery),
    request_body(content((Vec<u8> = "application/octet-stream"))),
    responses((status = 200, body = DutyImport)))]
pub(crate) async fn import(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<ImportQuery>,
    request: Request,
) -> Result<Json<DutyImport>, Problem> {
    actor.may(Power::EditDuties, Some(region))?;
    let table = read(request, &house, &query).await?;
    let source = query.file.trim().to_owned();
    let import = ImportDuties { region, table, source, dry_run: query.dry_run };
    let out = import_duties(&house, &actor, import).await?;
    if !query.dry_run && out.refused > 0 {
        return Err(out.refusal().into());
    }
    Ok(Json(out))
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(import)).layer(DefaultBodyLimit::max(BYTES))
}
