//! Lists of regions and areas: public.

use crate::{Area, AreaKind, Maps, REGION_MISSING, When};
use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{AreaCode, Level, Page, Refusal, Region};
use serde::{Deserialize, Serialize};
use space::Bounds;
use store::{FromRow, Row, StoreError, Tx, binds};
use utoipa::{IntoParams, ToSchema};

/// A region as everyone sees it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RegionView {
    /// Its code.
    pub code: Region,
    /// Its name.
    pub name: String,
    /// Its IANA time zone.
    pub zone: String,
    /// West, south, east, north of its areas in degrees; null while none has a boundary.
    pub bounds: Option<[f64; 4]>,
}

impl FromRow for RegionView {
    fn from_row(row: &mut Row<'_>) -> Result<RegionView, StoreError> {
        let (code, name, zone) = (row.next()?, row.next()?, row.next()?);
        let mut edge = || row.next::<Option<i64>>().map(|n| n.and_then(|n| i32::try_from(n).ok()));
        let bounds = match (edge()?, edge()?, edge()?, edge()?) {
            (Some(west), Some(south), Some(east), Some(north)) => {
                Some(Bounds { west, south, east, north }.degrees())
            }
            _ => None,
        };
        Ok(RegionView { code, name, zone, bounds })
    }
}

/// One region inside a transaction.
pub(crate) async fn region(tx: &mut Tx, region: Region) -> Result<RegionView, Refusal> {
    let sql = "SELECT code, name, zone, west, south, east, north FROM regions WHERE code = $1";
    let found = tx.maybe(sql, binds![region]).await?;
    found.ok_or_else(|| REGION_MISSING.refuse().with("region", region))
}

/// The regions of this installation, by code. Anyone.
#[utoipa::path(get, path = "/api/regions", operation_id = "list_regions", tag = "areas",
    responses((status = 200, body = Page<RegionView>)))]
pub(crate) async fn list_regions(
    State(house): State<House>,
    Caller(actor): Caller,
) -> Result<Json<Page<RegionView>>, Problem> {
    let sql = "SELECT code, name, zone, west, south, east, north FROM regions ORDER BY code";
    let items = house.db().ask(&actor, sql, binds![]).await?;
    Ok(Json(Page { items, next: None }))
}

/// An area as everyone sees it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AreaView {
    /// Its code.
    pub code: AreaCode,
    /// Its name.
    pub name: String,
    /// Its level, as its code tells.
    pub level: Level,
    /// The next larger area.
    pub parent: Option<AreaCode>,
    /// Its kind.
    pub kind: AreaKind,
    /// What else it is called.
    pub aliases: Vec<String>,
    /// Whether its boundary is known.
    pub bounded: bool,
}

impl AreaView {
    pub(crate) fn of(area: &Area, aliases: Vec<String>) -> AreaView {
        AreaView {
            name: area.name.clone(),
            kind: area.kind,
            aliases,
            bounded: area.shape.is_some(),
            ..AreaView::bare(area.code)
        }
    }

    /// What the code alone tells.
    pub(crate) fn bare(code: AreaCode) -> AreaView {
        AreaView {
            code,
            name: String::new(),
            level: code.level(),
            parent: code.parent(),
            kind: AreaKind::of(code),
            aliases: Vec::new(),
            bounded: false,
        }
    }
}

/// The level asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// The region itself.
    Region,
    /// Streets, towns, townships.
    Street,
    /// Communities and villages.
    Community,
    /// Grids.
    Grid,
}

impl Asked {
    /// Its code.
    pub fn code(self) -> &'static str {
        match self {
            Asked::Region => "region",
            Asked::Street => "street",
            Asked::Community => "community",
            Asked::Grid => "grid",
        }
    }

    /// The level.
    pub fn level(self) -> Level {
        match self {
            Asked::Region => Level::Region,
            Asked::Street => Level::Street,
            Asked::Community => Level::Community,
            Asked::Grid => Level::Grid,
        }
    }
}

/// Which areas: of a level, inside an area, or both; as of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AreasQuery {
    /// Only of this level; the region itself is listed only when asked for so.
    #[param(inline)]
    pub level: Option<Asked>,
    /// Only inside this area, however deep.
    pub parent: Option<AreaCode>,
    /// As things were at this day or moment, or will be; now when left out.
    #[param(inline)]
    pub at: Option<When>,
}

/// Which areas of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Which {
    pub level: Option<Level>,
    pub parent: Option<AreaCode>,
}

impl AreasQuery {
    pub(crate) fn which(&self) -> Which {
        Which { level: self.level.map(Asked::level), parent: self.parent }
    }
}

impl Which {
    pub(crate) fn takes(&self, code: AreaCode) -> bool {
        self.level.map_or(code.level() != Level::Region, |l| l == code.level())
            && self.parent.is_none_or(|p| code != p && code.at(p.level()) == Some(p))
    }
}

/// The areas of a region, by code: streets, then communities, then grids. Anyone.
#[utoipa::path(get, path = "/api/regions/{region}/areas", operation_id = "list_areas", tag = "areas",
    params(("region" = Region, Path), AreasQuery), responses((status = 200, body = Page<AreaView>)))]
pub(crate) async fn list_areas(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<AreasQuery>,
) -> Result<Json<Page<AreaView>>, Problem> {
    let base = house.keep::<Maps>().at(house.db(), &actor, region, query.at).await?;
    let which = query.which();
    let all = std::iter::once(base.whole()).chain(base.areas());
    Ok(Json(Page { items: all.filter(|a| which.takes(a.code)).cloned().collect(), next: None }))
}
