//! Imports over HTTP: the file is the body, what it means stands in the query.

use crate::{
    IMPORT_REFUSED, ImportAreas, ImportOutcome, Mapping, Maps, When,
    export::CrsCode,
    find::Asked,
    import::{Message, file_refused, import_areas},
};
use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest as _, Request, State},
    http::header,
};
use edge::{Caller, House, Params, Problem};
use gis::{Files, Layer, ReadOptions, read_layer};
use kernel::{Checks, Kind, Power, Refusal, Rule};
use serde::{Deserialize, Serialize};
use space::Crs;
use std::sync::Arc;
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Bytes of a file at the most.
const BYTES: usize = 64 * 1024 * 1024;
/// Files read at a time: each may take several times its size.
static TURNS: Semaphore = Semaphore::const_new(1);
/// Rows shown of a file.
const ROWS: usize = 8;

const TOO_LARGE: Rule = Rule {
    kind: Kind::TooLarge,
    code: "area.file_too_large",
    zh: "文件超过 64 MB，请拆分，或用命令行导入。",
    en: "The file is over 64 MB: split it, or import it by the command line.",
};

/// How a file is to be read.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PreviewQuery {
    /// The file's name; its ending says the format: .geojson, .json, .zip (a Shapefile), .gpkg, .csv.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    file: String,
    /// The encoding of its text, where it does not tell.
    #[param(max_length = 40)]
    encoding: Option<String>,
    /// Which layer of a GeoPackage.
    #[param(max_length = 200)]
    layer: Option<String>,
}

/// What a file holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AreaImportPreview)]
pub(crate) struct Preview {
    /// The names of its properties.
    fields: Vec<String>,
    /// How many features it has.
    features: usize,
    /// The coordinate system as the file names it.
    crs: Option<String>,
    /// The properties of the first few.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<serde_json::Value>,
    /// What was done to read it.
    notes: Vec<Message>,
}

const NOT_A_FILE: Rule = Rule {
    kind: Kind::Unsupported,
    code: "area.not_a_file",
    zh: "请求体应为文件本身（Content-Type: application/octet-stream）。",
    en: "The body has to be the file itself (Content-Type: application/octet-stream).",
};

async fn read(request: Request, house: &House, query: &PreviewQuery) -> Result<Layer, Refusal> {
    // A form of a foreign page cannot send this type unasked.
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/octet-stream") {
        return Err(NOT_A_FILE.refuse());
    }
    let mut checks = Checks::new();
    checks.text("file", &query.file, 1..=200);
    checks.opt_text("encoding", query.encoding.as_deref(), 1..=40);
    checks.opt_text("layer", query.layer.as_deref(), 1..=200);
    checks.done()?;
    let broken = |e: &dyn std::fmt::Display| store::rules::INTERNAL.refuse().because(e);
    let body = Bytes::from_request(request, house).await.map_err(|_| TOO_LARGE.refuse())?;
    let options =
        ReadOptions { encoding: query.encoding.clone(), layer: query.layer.clone(), wkt_field: None };
    let name = query.file.clone();
    let _turn = TURNS.acquire().await.map_err(|e| broken(&e))?;
    let work = move || read_layer(&name, &Files::one(&name, body.to_vec()), &options).map_err(file_refused);
    tokio::task::spawn_blocking(work).await.map_err(|e| broken(&e))?
}

/// Look into a file of boundaries before it is imported: its fields and first rows. The file is the body,
/// 64 MB at the most; nothing is kept. Data stewards.
#[utoipa::path(post, path = "/api/areas/import/preview", operation_id = "preview_areas", tag = "areas",
    params(PreviewQuery), request_body(content((Vec<u8> = "application/octet-stream"))),
    responses((status = 200, body = Preview)))]
pub(crate) async fn preview_areas(
    State(house): State<House>,
    Caller(actor): Caller,
    Params(query): Params<PreviewQuery>,
    request: Request,
) -> Result<Json<Preview>, Problem> {
    actor.may(Power::EditAreas, None)?;
    let layer = read(request, &house, &query).await?;
    Ok(Json(Preview {
        features: layer.features.len(),
        crs: layer.crs,
        rows: layer.features.iter().take(ROWS).map(|f| f.properties.clone().into()).collect(),
        notes: layer.notes.into_iter().map(Message::from).collect(),
        fields: layer.fields,
    }))
}

/// What the file means.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// The file's name; its ending says the format: .geojson, .json, .zip (a Shapefile), .gpkg, .csv.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    file: String,
    /// The level of its areas.
    #[param(inline)]
    level: Asked,
    /// The field of the code: the whole one, or its last one to three digits.
    #[param(min_length = 1, max_length = 100)]
    code: String,
    /// The field of the name.
    #[param(min_length = 1, max_length = 100)]
    name: String,
    /// The field of the parent's code; left out, the parent follows from a whole code, else from the position.
    #[param(max_length = 100)]
    parent_code: Option<String>,
    /// The field of other names.
    #[param(max_length = 100)]
    alias: Option<String>,
    /// The coordinate system of its positions; WGS-84 when left out.
    #[param(inline)]
    crs: Option<CrsCode>,
    /// The encoding of its text, where it does not tell.
    #[param(max_length = 40)]
    encoding: Option<String>,
    /// Which layer of a GeoPackage.
    #[param(max_length = 200)]
    layer: Option<String>,
    /// From when on it holds; now when left out.
    #[param(inline)]
    effective: Option<When>,
    /// Only say what it would do.
    #[serde(default)]
    dry_run: bool,
}

/// Import boundaries of streets, communities or grids: the file is the body, 64 MB at the most. All of it is
/// written or nothing: one feature that does not hold refuses the import, and the answer names every one. Sent
/// again, it changes nothing. With `dry_run` the answer says what would become of each feature, the refused
/// ones among them. Data stewards, into their regions.
#[utoipa::path(post, path = "/api/areas/import", operation_id = "import_areas", tag = "areas",
    params(ImportQuery), request_body(content((Vec<u8> = "application/octet-stream"))),
    responses((status = 200, body = ImportOutcome)))]
pub(crate) async fn import(
    State(house): State<House>,
    Caller(actor): Caller,
    Params(query): Params<ImportQuery>,
    request: Request,
) -> Result<Json<ImportOutcome>, Problem> {
    actor.may(Power::EditAreas, None)?;
    let preview = PreviewQuery {
        file: query.file.clone(),
        encoding: query.encoding.clone(),
        layer: query.layer.clone(),
    };
    let layer = Arc::new(read(request, &house, &preview).await?);
    let import = ImportAreas {
        layer,
        mapping: Mapping {
            level: query.level.level(),
            code: query.code,
            name: query.name,
            parent: query.parent_code,
            alias: query.alias,
            crs: query.crs.map_or(Crs::Wgs84, CrsCode::crs),
        },
        effective: query.effective,
        zone: None,
        dry_run: query.dry_run,
    };
    let maps = house.keep::<Maps>();
    let outcome = import_areas(house.db(), &actor, &maps, import, Arc::new(|_, _| {})).await?;
    if !query.dry_run && outcome.refused > 0 {
        let refusal = IMPORT_REFUSED.refuse().with("n", outcome.refused).faults(outcome.faults());
        return Err(refusal.into());
    }
    Ok(Json(outcome))
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(import))
        .routes(routes!(preview_areas))
        .layer(DefaultBodyLimit::max(BYTES))
}
