//! Boundaries and the base map as GeoJSON: public, large, and served from memory with an ETag.

use crate::{Maps, find::AreasQuery, maps};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::Region;
use serde::Serialize;
use utoipa::ToSchema;

/// A GeoJSON FeatureCollection (RFC 7946).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeatureCollection {
    /// Always `FeatureCollection`.
    #[serde(rename = "type")]
    kind: String,
    /// Its features.
    #[schema(value_type = Vec<Object>)]
    features: Vec<serde_json::Value>,
}

/// Whether the client already has this state (If-None-Match, weak comparison).
fn has(headers: &HeaderMap, tag: &str) -> bool {
    let bare = |t: &str| t.trim().trim_start_matches("W/").to_owned();
    let sent = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
    sent.flat_map(|v| v.split(',')).any(|t| t.trim() == "*" || bare(t) == bare(tag))
}

fn headers(tag: String) -> [(HeaderName, String); 2] {
    // Anyone may keep it, but asks each time whether it is still true.
    [(header::ETAG, tag), (header::CACHE_CONTROL, "public, no-cache".to_owned())]
}

fn same(tag: String) -> Response {
    (StatusCode::NOT_MODIFIED, headers(tag)).into_response()
}

fn whole(tag: String, bytes: Bytes) -> Response {
    (headers(tag), [(header::CONTENT_TYPE, "application/geo+json")], bytes).into_response()
}

/// The boundaries of areas. Features have properties code, name, level, kind; areas without a boundary are
/// left out, and so is the region itself unless its level is asked for. Anyone.
#[utoipa::path(get, path = "/api/regions/{region}/areas/geometry", operation_id = "area_geometry", tag = "areas",
    params(("region" = Region, Path), AreasQuery),
    responses(
        (status = 200, body = FeatureCollection, content_type = "application/geo+json"),
        (status = 304, description = "Not changed since the ETag sent in If-None-Match")
    ))]
pub(crate) async fn area_geometry(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<AreasQuery>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let base = house.keep::<Maps>().at(house.db(), &actor, region, query.at).await?;
    let tag = base.tag();
    if has(&asked, &tag) {
        return Ok(same(tag));
    }
    let built = tokio::task::spawn_blocking(move || base.geometry(query.which())).await;
    let bytes = built.map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
    Ok(whole(tag, bytes))
}

/// The base map: roads, buildings and water. Features have properties kind, class, name. Anyone.
#[utoipa::path(get, path = "/api/regions/{region}/map", operation_id = "base_map", tag = "areas",
    params(("region" = Region, Path)),
    responses(
        (status = 200, body = FeatureCollection, content_type = "application/geo+json"),
        (status = 304, description = "Not changed since the ETag sent in If-None-Match")
    ))]
pub(crate) async fn base_map(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let now = maps::stamp(house.db(), &actor, region).await?;
    if has(&asked, &now.tag()) {
        return Ok(same(now.tag()));
    }
    let (stamp, bytes) = house.keep::<Maps>().map(house.db(), &actor, region, now).await?;
    Ok(whole(stamp.tag(), bytes))
}
