//! Import over HTTP: the file and its mapping in one body, for the desk's wizard and for programs.

use crate::{ImportItems, ItemsImported, Layout, book, import::table_of};
use axum::{
    Json,
    extract::{DefaultBodyLimit, State},
};
use edge::{Body, Caller, House, Key, PathOf, Problem};
use jiff::civil::Date;
use kernel::{Kind, Power, Region, Rule};
use once::Once;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Bytes of a body: a file of 12 MB in base64, and its mapping.
const BYTES: usize = 17 << 20;

/// The content is no base64.
pub const NOT_BASE64: Rule = Rule {
    kind: Kind::Invalid,
    code: "import.not_base64",
    zh: "文件内容应为 Base64 编码。",
    en: "The file's content has to be base64.",
};

/// A table and how it is written.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportItemsBody {
    /// The file's name; its ending says the format: .csv or .xlsx.
    #[schema(min_length = 1, max_length = 200)]
    pub file: String,
    /// The file in base64.
    #[schema(content_encoding = "base64")]
    pub content: String,
    /// The mapping, as TOML (docs/catalogue.md).
    #[schema(max_length = 100000)]
    pub mapping: String,
    /// Refill this draft; a new one when left out.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub version: Option<i64>,
    /// Put it in force from this day on.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub in_force: Option<Date>,
    /// Only say what it would do.
    #[serde(default)]
    pub dry_run: bool,
}

/// Import a city's table into a draft of the item catalogue. All of it becomes one draft or nothing does: a column
/// that is not there or a row that cannot be placed refuses the import and is named. What is in doubt about a row
/// leaves its condition a draft, listed with record, line and reason. Sent again, it changes nothing. Catalogue
/// stewards of the region; units and roles are made only for those who may edit units too.
#[utoipa::path(post, path = "/api/regions/{region}/catalogues/import", operation_id = "import_items", tag = "items",
    params(("region" = Region, Path), ("Idempotency-Key" = uuid::Uuid, Header)), request_body = ImportItemsBody,
    responses((status = 200, body = ItemsImported)))]
pub(crate) async fn import_items(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Key(key): Key,
    Body(is): Body<ImportItemsBody>,
) -> Result<Json<ItemsImported>, Problem> {
    actor.may(Power::EditItems, Some(region))?;
    areas::known(&house, &actor, region).await?;
    let request = is.clone();
    // Reading a workbook takes a while: not on the threads that answer others.
    let read = tokio::task::spawn_blocking(move || {
        let layout = Layout::parse(&is.mapping)?;
        let bytes = base64(&is.content).ok_or_else(|| NOT_BASE64.field("content"))?;
        let table = table_of(&layout, &is.file, &bytes)?;
        let work = ImportItems {
            region,
            layout: Arc::new(layout),
            table: Arc::new(table),
            version: is.version,
            in_force: is.in_force,
            dry_run: is.dry_run,
        };
        Ok::<_, kernel::Refusal>(work)
    });
    let work = read.await.map_err(|e| store::rules::INTERNAL.refuse().because(e))??;
    // A trial writes nothing, and its answer is not kept.
    let done = if request.dry_run {
        house.db().write(&actor, work).await
    } else {
        house.db().write(&actor, Once::new(region, key, &(region, &request), work)).await
    };
    book::forget(&house, region);
    Ok(Json(done?))
}

/// Standard base64 with padding, line breaks allowed; `None` for anything else.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).ok()
}

pub(crate) fn import_routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(import_items)).layer(DefaultBodyLimit::max(BYTES))
}
