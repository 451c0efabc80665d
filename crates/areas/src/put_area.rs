use crate::{
    Area, AreaKind, AreaView, KIND_MISFIT, OUTSIDE_REGION, PARENT_MISSING, REGION_MISSING, When, alias,
    area::{self, Kept},
    region,
};
use audit::Note;
use axum::{Json, extract::State};
use edge::{Body, Caller, House, PathOf, Problem};
use kernel::{AreaCode, Checks, Power, Refusal, Region};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use space::Shape;
use store::{Tx, Write};
use utoipa::{
    ToSchema,
    openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type},
};

/// Up to 20 other names.
fn aliases() -> Schema {
    let name = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(100)).pattern(Some(
        r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
    ));
    ArrayBuilder::new().items(name).max_items(Some(alias::MOST)).into()
}

/// What an area is from now on.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutAreaBody {
    /// Its name.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// Its kind, one of its level; left out, it stays or is told by the code.
    pub kind: Option<AreaKind>,
    /// A GeoJSON Polygon or MultiPolygon in CGCS2000 (≈ WGS-84); left out, the boundary stays.
    #[schema(value_type = Option<Object>)]
    pub geometry: Option<Value>,
    /// What else it is called, at once and whatever the date; left out, the aliases stay.
    #[schema(schema_with = aliases)]
    pub aliases: Option<Vec<String>>,
    /// From when on it is so: a day of the region or a moment, be it in the future; now when left out. Not
    /// before the area's last change takes effect.
    #[schema(inline)]
    pub from_at: Option<When>,
}

/// Makes or changes an area. Data stewards of the region. Its parent has to exist by then. What it was before
/// stays on record with the moment it ended; put again unchanged, nothing happens.
pub struct PutArea {
    /// In which region.
    pub region: Region,
    /// Which area.
    pub code: AreaCode,
    /// What it is to be.
    pub is: PutAreaBody,
}

/// Refuses a code that is no street, community or grid of the region.
pub(crate) fn within(region: Region, code: AreaCode) -> Result<AreaCode, Refusal> {
    match code.parent() {
        Some(parent) if code.region() == region => Ok(parent),
        _ => Err(OUTSIDE_REGION.field("code").with("code", code).with("region", region)),
    }
}

impl Write for PutArea {
    type Out = AreaView;

    async fn run(&self, tx: &mut Tx) -> Result<AreaView, Refusal> {
        tx.actor().may(Power::EditAreas, Some(self.region))?;
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
        if let Some(aliases) = &self.is.aliases {
            alias::check(&mut checks, "aliases", aliases);
        }
        checks.done()?;
        let parent = within(self.region, self.code)?;
        let region = region::region_row(tx, self.region).await?;
        let region = region.ok_or_else(|| REGION_MISSING.refuse().with("region", self.region))?;
        let now = tx.at();
        let from = self.is.from_at.map_or(now, |w| w.moment(&region.zone));
        if !area::exists_at(tx, parent, from).await? {
            return Err(PARENT_MISSING.field("code").with("parent", parent));
        }
        let was = area::one(tx, self.code, from).await?;
        let kind = self.is.kind.or(was.as_ref().map(|w| w.kind)).unwrap_or(AreaKind::of(self.code));
        if !kind.fits(self.code.level()) {
            return Err(KIND_MISFIT.field("kind").with("kind", kind.code()));
        }
        let redrawn = shape.is_some();
        let shape = shape.or(was.as_ref().and_then(|w| w.shape.clone()));
        let is = Area { code: self.code, name: self.is.name.trim().to_owned(), kind, shape, from };
        let known = alias::of(tx, self.code).await?;
        let aliases = self.is.aliases.as_ref().map_or_else(|| known.clone(), |a| alias::tidy(a, &is.name));
        let same = was.as_ref().is_some_and(|w| w.same(&is));
        if !same {
            let latest = area::latest(tx, self.code).await?;
            area::dated(self.code, latest, from, now, &region.zone)?;
            let kept = match &was {
                Some(w) if !redrawn => Kept::AsOf(w.from),
                _ => Kept::None,
            };
            area::write(tx, latest, &is, kept).await?;
            if redrawn {
                region::measure(tx, self.region).await?;
            }
        }
        if aliases != known {
            alias::put(tx, self.code, &aliases).await?;
        }
        if !same || aliases != known {
            region::bump(tx, self.region).await?;
            let vertices = is.shape.as_ref().filter(|_| redrawn).map(Shape::size);
            let note = Note {
                region: self.region,
                action: "area.put",
                object: format!("area/{}", self.code),
                detail: json!({ "kind": kind.code(), "new": was.is_none(), "vertices": vertices,
                    "aliases": aliases.len(), "from_at": from }),
            };
            audit::record(tx, note, None).await?;
        }
        Ok(AreaView::of(&is, aliases))
    }
}

/// Make or change a street, community or grid. Data stewards of the region.
#[utoipa::path(put, path = "/api/regions/{region}/areas/{code}", operation_id = "put_area", tag = "areas",
    params(("region" = Region, Path), ("code" = AreaCode, Path)), request_body = PutAreaBody,
    responses((status = 200, body = AreaView)))]
pub(crate) async fn put_area(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, code)): PathOf<(Region, AreaCode)>,
    Body(is): Body<PutAreaBody>,
) -> Result<Json<AreaView>, Problem> {
    Ok(Json(house.db().write(&actor, PutArea { region, code, is }).await?))
}
