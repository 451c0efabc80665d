//! Which areas hold a point.

use crate::{Maps, NOT_COVERED, maps};
use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{Actor, AreaCode, Checks, Level, LonLat, Refusal, Region};
use serde::{Deserialize, Serialize};
use store::Db;
use utoipa::{IntoParams, ToSchema};

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
}

/// The grid, community and street that hold a point. On a shared border the lowest code wins. Anyone.
#[utoipa::path(get, path = "/api/regions/{region}/locate", operation_id = "locate", tag = "areas",
    params(("region" = Region, Path), LocateQuery), responses((status = 200, body = Located)))]
pub(crate) async fn locate_point(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<LocateQuery>,
) -> Result<Json<Located>, Problem> {
    let maps = house.keep::<Maps>();
    Ok(Json(locate(house.db(), &actor, &maps, region, query.lon, query.lat).await?))
}
