//! Which areas hold a point.

use crate::{Maps, NOT_COVERED, NOT_COVERED_ANYWHERE, When, maps};
use axum::{
    Json,
    extract::{DefaultBodyLimit, State},
};
use edge::{Body, Caller, House, Params, PathOf, Problem};
use kernel::{Actor, AreaCode, Checks, Level, LonLat, Refusal, Region};
use serde::{Deserialize, Serialize};
use store::Db;
use utoipa::{
    IntoParams, ToSchema,
    openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// A region by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RegionName {
    /// Its code.
    pub code: Region,
    /// Its name.
    pub name: String,
}

/// An area by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AreaName {
    /// Its code.
    pub code: AreaCode,
    /// Its name.
    pub name: String,
}

/// Where something is, level by level; null below the smallest area known there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Located {
    /// The region.
    pub region: RegionName,
    /// The street, town or township.
    pub street: Option<AreaName>,
    /// The community or village.
    pub community: Option<AreaName>,
    /// The grid.
    pub grid: Option<AreaName>,
}

impl Located {
    /// The code of the smallest area known there.
    pub fn code(&self) -> AreaCode {
        let smallest = self.grid.as_ref().or(self.community.as_ref()).or(self.street.as_ref());
        smallest.map_or(self.region.code.into(), |a| a.code)
    }
}

/// The areas that hold a point (degrees): the smallest known, and its parents by its code. Refuses a point
/// off the globe (422) and one that no area holds (404 `area.not_covered`).
pub async fn locate(
    db: &Db,
    actor: &Actor,
    maps: &Maps,
    region: Region,
    lon: f64,
    lat: f64,
) -> Result<Located, Refusal> {
    let mut checks = Checks::new();
    checks.point(Some(lon), Some(lat));
    checks.done()?;
    let base = maps.of(db, actor, region).await?;
    let code = base.at(lon, lat).ok_or_else(|| NOT_COVERED.refuse())?;
    Ok(base.located(code))
}

/// The grid that holds a point; none where no grid does.
pub async fn grid_at(
    house: &House,
    actor: &Actor,
    region: Region,
    point: LonLat,
) -> Result<Option<AreaCode>, Refusal> {
    let base = house.keep::<Maps>().of(house.db(), actor, region).await?;
    Ok(base.at(point.lon, point.lat).filter(|c| c.level() == Level::Grid))
}

/// Refuses a region that has not been set up: one cheap statement.
pub async fn known(house: &House, actor: &Actor, region: Region) -> Result<(), Refusal> {
    maps::stamp(house.db(), actor, region).await.map(drop)
}

/// An area and those that hold it, by name, as they are called now; levels that don't exist are absent.
pub async fn names(
    db: &Db,
    actor: &Actor,
    maps: &Maps,
    region: Region,
    code: AreaCode,
) -> Result<Located, Refusal> {
    Ok(maps.of(db, actor, region).await?.located(code))
}

/// The region's IANA time zone.
pub async fn zone_of(db: &Db, actor: &Actor, maps: &Maps, region: Region) -> Result<String, Refusal> {
    Ok(maps.of(db, actor, region).await?.zone().to_owned())
}

/// A point in degrees, CGCS2000 (≈ WGS-84).
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LocateQuery {
    /// Degrees east.
    #[param(minimum = -180, maximum = 180)]
    lon: f64,
    /// Degrees north.
    #[param(minimum = -90, maximum = 90)]
    lat: f64,
    /// As things were at this day or moment, or will be; now when left out.
    #[param(inline)]
    at: Option<When>,
}

impl LocateQuery {
    fn check(&self) -> Result<(), Refusal> {
        let mut checks = Checks::new();
        checks.point(Some(self.lon), Some(self.lat));
        checks.done()
    }
}

/// The grid, community and street of a region that hold a point. On a shared border the lowest code wins.
/// Anyone.
#[utoipa::path(get, path = "/api/regions/{region}/locate", operation_id = "locate", tag = "areas",
    params(("region" = Region, Path), LocateQuery), responses((status = 200, body = Located)))]
pub(crate) async fn locate_point(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<LocateQuery>,
) -> Result<Json<Located>, Problem> {
    query.check()?;
    let base = house.keep::<Maps>().at(house.db(), &actor, region, query.at).await?;
    let code = base.at(query.lon, query.lat).ok_or_else(|| NOT_COVERED.refuse())?;
    Ok(Json(base.located(code)))
}

/// The grid, community, street and region that hold a point, whatever the region. The smallest level decides;
/// of several areas of it the lowest code wins, and the larger ones follow from its code. Anyone.
#[utoipa::path(get, path = "/api/locate", operation_id = "locate_anywhere", tag = "areas",
    params(LocateQuery), responses((status = 200, body = Located)))]
pub(crate) async fn locate_anywhere(
    State(house): State<House>,
    Caller(actor): Caller,
    Params(query): Params<LocateQuery>,
) -> Result<Json<Located>, Problem> {
    query.check()?;
    let all = house.keep::<Maps>().everywhere(house.db(), &actor, query.at).await?;
    let found = all.at(query.lon, query.lat).and_then(|code| all.located(code));
    Ok(Json(found.ok_or_else(|| NOT_COVERED_ANYWHERE.refuse())?))
}

/// Points of one question at the most.
const POINTS: usize = 100_000;
/// Bytes of such a question at the most.
const BYTES: usize = 8 * 1024 * 1024;

/// Up to 100,000 pairs of a longitude and a latitude.
fn points() -> Schema {
    let degrees =
        |most: f64| ObjectBuilder::new().schema_type(Type::Number).minimum(Some(-most)).maximum(Some(most));
    let point = ArrayBuilder::new()
        .prefix_items([degrees(180.0), degrees(90.0)])
        .min_items(Some(2))
        .max_items(Some(2));
    ArrayBuilder::new().items(point).max_items(Some(POINTS)).into()
}

/// Many points at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocateBody {
    /// Longitude and latitude of each, in degrees, CGCS2000 (≈ WGS-84).
    #[schema(schema_with = points)]
    points: Vec<[f64; 2]>,
    /// As things were at this day or moment, or will be; now when left out.
    at: Option<When>,
}

/// The code of the smallest area that holds each point.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LocatedCodes {
    /// One for each point, in their order; null where no area holds it.
    codes: Vec<Option<AreaCode>>,
}

/// The smallest areas that hold up to 100,000 points, whatever their region: their codes, of which the larger
/// areas' are the first digits. A question only; nothing is kept. Anyone.
#[utoipa::path(post, path = "/api/locate", operation_id = "locate_many", tag = "areas",
    request_body = LocateBody, responses((status = 200, body = LocatedCodes)))]
pub(crate) async fn locate_many(
    State(house): State<House>,
    Caller(actor): Caller,
    Body(asked): Body<LocateBody>,
) -> Result<Json<LocatedCodes>, Problem> {
    let mut checks = Checks::new();
    if asked.points.len() > POINTS {
        let (zh, en) = ("一次最多 100000 个点。", "Takes 100,000 points at a time.");
        checks.fault("points", "area.too_many_points", zh, en);
    }
    let off = asked.points.iter().enumerate().filter(|(_, [lon, lat])| LonLat::new(*lon, *lat).is_none());
    for (i, _) in off.take(100) {
        let (zh, en) = ("经纬度超出范围。", "Not a point on the globe.");
        checks.fault(&format!("points.{i}"), "point.off_globe", zh, en);
    }
    checks.done()?;
    let all = house.keep::<Maps>().everywhere(house.db(), &actor, asked.at).await?;
    let found = tokio::task::spawn_blocking(move || all.many(&asked.points)).await;
    let codes = found.map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
    Ok(Json(LocatedCodes { codes }))
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(locate_anywhere, locate_many))
        .layer(DefaultBodyLimit::max(BYTES))
        .routes(routes!(locate_point))
}
