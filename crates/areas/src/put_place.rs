//! Named places: listed, shown, drawn.

use crate::{DATES_REVERSED, Offices, Place, PlaceClass, REGION_MISSING, places, region, search};
use audit::Note;
use axum::{Json, extract::State};
use edge::{Body, Caller, House, Params, PathOf, Problem};
use kernel::{Checks, Moment, NOT_FOUND, Page, PlaceId, Power, Refusal, Region};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use space::Shape;
use store::{StoreError, Tx, Write, binds};
use utoipa::{IntoParams, ToSchema};

/// What a named place is: all of it.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPlaceBody {
    /// Its name.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// What sort.
    pub class: PlaceClass,
    /// A GeoJSON Polygon or MultiPolygon in CGCS2000 (≈ WGS-84); left out, the boundary stays. A new place has one.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    pub geometry: Option<Value>,
    /// Since when; left out, as it was, or from now on.
    #[serde(default)]
    pub from_at: Option<Moment>,
    /// Until when, not included; left out, open.
    #[serde(default)]
    pub until_at: Option<Moment>,
}

/// Makes, changes or ends a named place. Data stewards of the region. Places are never deleted.
pub struct PutPlace {
    /// In which region.
    pub region: Region,
    /// Which place.
    pub id: PlaceId,
    /// What it is to be.
    pub is: PutPlaceBody,
}

impl Write for PutPlace {
    type Out = PlaceView;

    async fn run(&self, tx: &mut Tx) -> Result<PlaceView, Refusal> {
        tx.actor().may(Power::EditAreas, Some(self.region))?;
        let drawn = self.check()?;
        if !region::region_exists(tx, self.region).await? {
            return Err(REGION_MISSING.refuse().with("region", self.region));
        }
        let was = places::one(tx, self.region, self.id).await?;
        let Some(shape) = drawn.or(was.as_ref().map(|w| w.shape.clone())) else {
            let mut checks = Checks::new();
            checks.fault(
                "geometry",
                "place.no_boundary",
                "新地点必须画出边界。",
                "A new place needs a boundary.",
            );
            checks.done()?;
            return Err(NOT_FOUND.refuse());
        };
        let is = Place {
            id: self.id,
            name: self.is.name.trim().to_owned(),
            class: self.is.class,
            shape,
            from_at: self.is.from_at.or(was.as_ref().map(|w| w.from_at)).unwrap_or(tx.at()),
            until_at: self.is.until_at,
        };
        if is.until_at.is_some_and(|u| u <= is.from_at) {
            return Err(DATES_REVERSED.field("until_at"));
        }
        if was.as_ref() != Some(&is) {
            write(tx, self.region, &is).await?;
            region::bump(tx, self.region).await?;
            let detail = json!({
                "class": is.class, "new": was.is_none(), "vertices": is.shape.size(),
                "from_at": is.from_at, "until_at": is.until_at,
            });
            let object = format!("place/{}", is.id);
            audit::record(tx, Note { region: self.region, action: "place.put", object, detail }, None)
                .await?;
        }
        Ok(PlaceView::of(&is, true))
    }
}

impl PutPlace {
    fn check(&self) -> Result<Option<Shape>, Refusal> {
        let mut checks = Checks::new();
        checks.text("name", &self.is.name, 1..=100);
        let shape = match self.is.geometry.as_ref().map(Shape::from_geojson) {
            Some(Err(fault)) => {
                checks.fault("geometry", fault.code(), fault.zh(), fault.en());
                None
            }
            Some(Ok(shape)) => Some(shape),
            None => None,
        };
        checks.done()?;
        Ok(shape)
    }
}

pub(crate) async fn write(tx: &mut Tx, region: Region, is: &Place) -> Result<(), StoreError> {
    let b = is.shape.bounds();
    tx.put(
        "INSERT INTO places (region, id, name, class, shape, west, south, east, north, from_at, until_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (region, id) DO UPDATE SET name = excluded.name, class = excluded.class, shape = excluded.shape,
           west = excluded.west, south = excluded.south, east = excluded.east, north = excluded.north,
           from_at = excluded.from_at, until_at = excluded.until_at",
        binds![
            region,
            is.id,
            &is.name,
            is.class.code(),
            is.shape.to_bytes(),
            b.west,
            b.south,
            b.east,
            b.north,
            is.from_at,
            is.until_at
        ],
    )
    .await
}

/// A named place as everyone sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlaceView {
    /// Its id.
    pub id: PlaceId,
    /// Its name.
    pub name: String,
    /// What sort.
    pub class: PlaceClass,
    /// West, south, east, north in degrees.
    pub bounds: [f64; 4],
    /// Since when.
    pub from_at: Moment,
    /// Until when, not included; open when absent.
    pub until_at: Option<Moment>,
    /// Its boundary as GeoJSON; left out in lists.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geometry: Option<Value>,
}

impl PlaceView {
    fn of(place: &Place, drawn: bool) -> PlaceView {
        PlaceView {
            id: place.id,
            name: place.name.clone(),
            class: place.class,
            bounds: place.shape.bounds().degrees(),
            from_at: place.from_at,
            until_at: place.until_at,
            geometry: drawn.then(|| place.shape.to_geojson()),
        }
    }
}

/// Which places.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlacesQuery {
    /// Part of a name, pinyin or initials.
    #[param(min_length = 1, max_length = 100)]
    q: Option<String>,
    /// Only of this sort.
    class: Option<PlaceClass>,
    /// Those that have ended too.
    #[serde(default)]
    all: bool,
    /// With their boundaries.
    #[serde(default)]
    geometry: bool,
}

/// The named places of a region, by name. Anyone.
#[utoipa::path(get, path = "/api/regions/{region}/places", operation_id = "list_places", tag = "areas",
    params(("region" = Region, Path), PlacesQuery), responses((status = 200, body = Page<PlaceView>)))]
pub(crate) async fn list_places(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<PlacesQuery>,
) -> Result<Json<Page<PlaceView>>, Problem> {
    let mut checks = Checks::new();
    checks.opt_text("q", query.q.as_deref(), 1..=100);
    checks.done()?;
    let office = house.keep::<Offices>().of(house.db(), &actor, region).await?;
    let now = house.db().world().now();
    let asked = query.q.as_deref().map(search::Asked::new);
    let fits = |name: &str| match &asked {
        None => true,
        Some(asked) => asked.as_ref().is_some_and(|a| search::word(name).fit(a).is_some()),
    };
    let takes = |p: &&Place| {
        query.class.is_none_or(|c| c == p.class)
            && (query.all || p.until_at.is_none_or(|u| u > now))
            && fits(&p.name)
    };
    let items = office.places().iter().filter(takes).map(|p| PlaceView::of(p, query.geometry)).collect();
    Ok(Json(Page { items, next: None }))
}

/// A named place with its boundary. Anyone.
#[utoipa::path(get, path = "/api/regions/{region}/places/{id}", operation_id = "show_place", tag = "areas",
    params(("region" = Region, Path), ("id" = PlaceId, Path)), responses((status = 200, body = PlaceView)))]
pub(crate) async fn show_place(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, PlaceId)>,
) -> Result<Json<PlaceView>, Problem> {
    let office = house.keep::<Offices>().of(house.db(), &actor, region).await?;
    let place = office.place(id).ok_or_else(|| NOT_FOUND.refuse())?;
    Ok(Json(PlaceView::of(place, true)))
}

/// Make, change or end a named place. Data stewards of the region.
#[utoipa::path(put, path = "/api/regions/{region}/places/{id}", operation_id = "put_place", tag = "areas",
    params(("region" = Region, Path), ("id" = PlaceId, Path)), request_body = PutPlaceBody,
    responses((status = 200, body = PlaceView)))]
pub(crate) async fn put_place(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, PlaceId)>,
    Body(is): Body<PutPlaceBody>,
) -> Result<Json<PlaceView>, Problem> {
    Ok(Json(house.db().write(&actor, PutPlace { region, id, is }).await?))
}
