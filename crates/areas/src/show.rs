//! One area with its history, and the tree that leads to it.

use crate::{AREA_MISSING, AreaKind, AreaView, Located, Maps, When};
use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{AreaCode, Moment, Page, Refusal, Region};
use serde::{Deserialize, Serialize};
use store::{Read, Tx, binds, from_row};
use utoipa::{IntoParams, ToSchema};

/// An area in the tree.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct AreaNode {
    /// The area.
    #[serde(flatten)]
    area: AreaView,
    /// How many areas are directly inside it.
    children: usize,
}

/// Which part of the tree.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TreeQuery {
    /// The areas directly inside this one; the region's own when left out.
    parent: Option<AreaCode>,
    /// As things were at this day or moment, or will be; now when left out.
    #[param(inline)]
    at: Option<When>,
}

/// One step of the tree: the areas directly inside another, by code, with how many are inside each. Anyone.
#[utoipa::path(get, path = "/api/regions/{region}/areas/tree", operation_id = "area_tree", tag = "areas",
    params(("region" = Region, Path), TreeQuery), responses((status = 200, body = Page<AreaNode>)))]
pub(crate) async fn area_tree(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<TreeQuery>,
) -> Result<Json<Page<AreaNode>>, Problem> {
    let base = house.keep::<Maps>().at(house.db(), &actor, region, query.at).await?;
    let parent = query.parent.unwrap_or(region.into());
    let inside = base.areas().filter(|a| a.parent == Some(parent));
    let items = inside.map(|a| AreaNode { area: a.clone(), children: base.inside(a.code) }).collect();
    Ok(Json(Page { items, next: None }))
}

/// What an area was for a while.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AreaRow {
    /// Its name then.
    pub name: String,
    /// Its kind then.
    pub kind: AreaKind,
    /// Whether its boundary was known.
    pub bounded: bool,
    /// The coordinate system the boundary came in, where it was neither WGS-84 nor CGCS2000; what came is kept.
    pub original: Option<String>,
    /// Since when.
    pub from_at: Moment,
    /// Until when, not included; open when null.
    pub until_at: Option<Moment>,
}

/// An area with its history.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct AreaDetail {
    /// The area as it is at the date asked for.
    #[serde(flatten)]
    area: AreaView,
    /// How many areas are directly inside it.
    children: usize,
    /// The areas that hold it and itself, by name.
    located: Located,
    /// West, south, east, north of its boundary in degrees.
    bounds: Option<[f64; 4]>,
    /// A point inside its boundary: longitude and latitude.
    inner_point: Option<[f64; 2]>,
    /// Every row of it, the oldest first; future ones too.
    history: Vec<AreaRow>,
}

struct Past {
    name: String,
    kind: String,
    west: Option<i64>,
    original: Option<String>,
    from_at: Moment,
    until_at: Option<Moment>,
}
from_row!(Past { name, kind, west, original, from_at, until_at });

/// Every row of an area, the oldest first.
pub struct HistoryOf(pub AreaCode);

impl Read for HistoryOf {
    type Out = Vec<AreaRow>;
    const SINGLE: bool = true;

    async fn run(&self, tx: &mut Tx) -> Result<Vec<AreaRow>, Refusal> {
        let rows: Vec<Past> = tx
            .all(
                "SELECT a.name, a.kind, a.west, o.crs, a.from_at, a.until_at FROM areas a
                 LEFT JOIN area_originals o ON o.region = a.region AND o.code = a.code AND o.from_at = a.from_at
                 WHERE a.region = $1 AND a.code = $2 ORDER BY a.from_at",
                binds![self.0.region(), self.0],
            )
            .await?;
        let told = |p: Past| -> Result<AreaRow, Refusal> {
            Ok(AreaRow {
                name: p.name,
                kind: AreaKind::stored(&p.kind)?,
                bounded: p.west.is_some(),
                original: p.original,
                from_at: p.from_at,
                until_at: p.until_at,
            })
        };
        rows.into_iter().map(told).collect()
    }
}

/// At which date.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AtQuery {
    /// As things were at this day or moment, or will be; now when left out.
    #[param(inline)]
    at: Option<When>,
}

/// One area, the region itself among them: what it is, what holds it, and every row of its history. Anyone.
#[utoipa::path(get, path = "/api/regions/{region}/areas/{code}", operation_id = "show_area", tag = "areas",
    params(("region" = Region, Path), ("code" = AreaCode, Path), AtQuery),
    responses((status = 200, body = AreaDetail)))]
pub(crate) async fn show_area(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, code)): PathOf<(Region, AreaCode)>,
    Params(query): Params<AtQuery>,
) -> Result<Json<AreaDetail>, Problem> {
    let base = house.keep::<Maps>().at(house.db(), &actor, region, query.at).await?;
    let area = base.area(code).cloned().ok_or_else(|| AREA_MISSING.refuse().with("code", code))?;
    let history = house.db().read(&actor, HistoryOf(code)).await?;
    let shape = base.shape(code);
    let inner = shape.map(|s| s.inner_point().degrees());
    Ok(Json(AreaDetail {
        children: base.inside(code),
        located: base.located(code),
        bounds: shape.map(|s| s.bounds().degrees()),
        inner_point: inner.map(|(lon, lat)| [lon, lat]),
        history,
        area,
    }))
}
