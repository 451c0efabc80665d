//! That a unit holds a role somewhere: written, ended, listed.

use crate::{
    AREA_MISSING, DATES_REVERSED, GROUND_ONE, OUTSIDE_REGION, Office, Offices, PLACE_MISSING, REGION_MISSING,
    UNIT_CLOSED, UNIT_MERGED, UNIT_MISSING, UnitPlace, area_exists, places, put_role, region, tenure, units,
};
use audit::Note;
use axum::{Json, extract::State};
use edge::{Body, Caller, House, Params, PathOf, Problem};
use kernel::{
    AreaCode, Checks, Moment, NOT_FOUND, Page, PlaceId, Power, Refusal, Region, UnitId, UnitPlaceId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use store::{StoreError, Tx, Write, binds};
use utoipa::{IntoParams, ToSchema};

/// Which unit holds which role where and when.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutUnitPlaceBody {
    /// Which unit.
    pub unit: UnitId,
    /// Which role, by its code; `serves` for a unit that only works there.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub role: String,
    /// In which area: this or `place`.
    #[serde(default)]
    pub area: Option<AreaCode>,
    /// In which named place: this or `area`.
    #[serde(default)]
    pub place: Option<PlaceId>,
    /// Since when; left out, as it was, or from now on.
    #[serde(default)]
    pub from_at: Option<Moment>,
    /// Until when, not included; left out, open.
    #[serde(default)]
    pub until_at: Option<Moment>,
    /// Why, by which contract or document.
    #[schema(max_length = 300, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    #[serde(default)]
    pub note: Option<String>,
}

/// Writes that a unit holds a role somewhere. Data stewards of the region. The unit is open, the role known, the
/// area or place exists; it ends after it begins. Two units may hold one role at one time and place: that is told
/// as a conflict, and asking who holds it answers both.
pub struct PutUnitPlace {
    /// In which region.
    pub region: Region,
    /// Which row.
    pub id: UnitPlaceId,
    /// What it is to be.
    pub is: PutUnitPlaceBody,
}

impl Write for PutUnitPlace {
    type Out = UnitPlace;

    async fn run(&self, tx: &mut Tx) -> Result<UnitPlace, Refusal> {
        tx.actor().may(Power::EditAreas, Some(self.region))?;
        let mut checks = Checks::new();
        checks.opt_text("note", self.is.note.as_deref(), 0..=300);
        checks.done()?;
        if !region::region_exists(tx, self.region).await? {
            return Err(REGION_MISSING.refuse().with("region", self.region));
        }
        let was = tenure::one(tx, self.region, self.id).await?;
        let is = self.row(was.as_ref(), tx.at());
        if was.as_ref() == Some(&is) {
            return Ok(is);
        }
        self.judge(tx, was.as_ref(), &is).await?;
        write(tx, self.region, &is).await?;
        region::bump(tx, self.region).await?;
        let detail = json!({
            "unit": is.unit, "role": is.role, "area": is.area, "place": is.place,
            "from_at": is.from_at, "until_at": is.until_at, "new": was.is_none(),
        });
        let object = format!("unit_place/{}", is.id);
        audit::record(tx, Note { region: self.region, action: "unit_place.put", object, detail }, None)
            .await?;
        Ok(is)
    }
}

impl PutUnitPlace {
    fn row(&self, was: Option<&UnitPlace>, now: Moment) -> UnitPlace {
        let PutUnitPlaceBody { unit, role, area, place, from_at, until_at, note } = &self.is;
        let note = note.as_deref().map(str::trim).filter(|n| !n.is_empty());
        UnitPlace {
            id: self.id,
            unit: *unit,
            role: role.clone(),
            area: *area,
            place: *place,
            from_at: from_at.or(was.map(|w| w.from_at)).unwrap_or(now),
            until_at: *until_at,
            note: note.map(str::to_owned),
        }
    }

    async fn judge(&self, tx: &mut Tx, was: Option<&UnitPlace>, is: &UnitPlace) -> Result<(), Refusal> {
        if is.area.is_some() == is.place.is_some() {
            return Err(GROUND_ONE.field("area"));
        }
        if is.until_at.is_some_and(|u| u <= is.from_at) {
            return Err(DATES_REVERSED.field("until_at"));
        }
        let Some(unit) = units::unit(tx, self.region, is.unit).await? else {
            return Err(UNIT_MISSING.field("unit").with("unit", is.unit));
        };
        if let Some(into) = unit.merged_into {
            let into = units::unit(tx, self.region, into).await?.map(|u| u.name).unwrap_or_default();
            return Err(UNIT_MERGED.field("unit").with("unit", unit.name).with("into", into));
        }
        if unit.closed && was.is_none_or(|w| w.unit != is.unit) {
            return Err(UNIT_CLOSED.field("unit").with("unit", unit.name));
        }
        put_role::known(tx, self.region, &is.role, "role").await?;
        if let Some(area) = is.area {
            if area.region() != self.region {
                return Err(OUTSIDE_REGION.field("area").with("code", area).with("region", self.region));
            }
            if !area_exists(tx, area).await? {
                return Err(AREA_MISSING.field("area").with("code", area));
            }
        }
        if let Some(place) = is.place
            && places::one(tx, self.region, place).await?.is_none()
        {
            return Err(PLACE_MISSING.field("place").with("place", place));
        }
        Ok(())
    }
}

async fn write(tx: &mut Tx, region: Region, is: &UnitPlace) -> Result<(), StoreError> {
    tx.put(
        "INSERT INTO unit_places (region, id, unit, role, area, place, from_at, until_at, note)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (region, id) DO UPDATE SET unit = excluded.unit, role = excluded.role, area = excluded.area,
           place = excluded.place, from_at = excluded.from_at, until_at = excluded.until_at, note = excluded.note",
        binds![
            region,
            is.id,
            is.unit,
            &is.role,
            is.area,
            is.place,
            is.from_at,
            is.until_at,
            is.note.clone()
        ],
    )
    .await
}

/// Ends that a unit holds a role somewhere, now; what had not begun never begins, what has ended stays so. Data
/// stewards of the region.
pub struct EndUnitPlace {
    /// In which region.
    pub region: Region,
    /// Which row.
    pub id: UnitPlaceId,
}

impl Write for EndUnitPlace {
    type Out = UnitPlace;

    async fn run(&self, tx: &mut Tx) -> Result<UnitPlace, Refusal> {
        tx.actor().may(Power::EditAreas, Some(self.region))?;
        let was = tenure::one(tx, self.region, self.id).await?;
        let mut is = was.ok_or_else(|| NOT_FOUND.refuse())?;
        let end = tx.at().max(is.from_at);
        if is.until_at.is_some_and(|u| u <= end) {
            return Ok(is);
        }
        is.until_at = Some(end);
        write(tx, self.region, &is).await?;
        region::bump(tx, self.region).await?;
        let detail = json!({ "unit": is.unit, "role": is.role, "until_at": is.until_at });
        let object = format!("unit_place/{}", is.id);
        audit::record(tx, Note { region: self.region, action: "unit_place.end", object, detail }, None)
            .await?;
        Ok(is)
    }
}

/// That a unit holds a role somewhere, with the names.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UnitPlaceView {
    /// The row itself.
    #[serde(flatten)]
    pub row: UnitPlace,
    /// The unit's name.
    pub unit_name: String,
    /// The place's name.
    pub place_name: Option<String>,
    /// Rows of other units that hold the same role there at the same time: who holds it is not clear then.
    pub conflicts: Vec<UnitPlaceId>,
}

/// Which rows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnitPlacesQuery {
    /// Only of this unit.
    unit: Option<UnitId>,
    /// Only of this role.
    #[param(max_length = 40)]
    role: Option<String>,
    /// Only in this area itself.
    area: Option<AreaCode>,
    /// Only in this named place.
    place: Option<PlaceId>,
    /// Those that have ended too.
    #[serde(default)]
    all: bool,
    /// Only those with conflicts.
    #[serde(default)]
    conflicts: bool,
}

impl UnitPlacesQuery {
    fn find(&self, office: &Office, now: Moment) -> Vec<UnitPlaceView> {
        let mut by_ground: HashMap<_, Vec<&UnitPlace>> = HashMap::new();
        for row in office.tenures() {
            by_ground.entry((row.ground(), &row.role)).or_default().push(row);
        }
        let takes = |row: &&UnitPlace| {
            self.unit.is_none_or(|u| u == row.unit)
                && self.role.as_ref().is_none_or(|r| *r == row.role)
                && self.area.is_none_or(|a| row.area == Some(a))
                && self.place.is_none_or(|p| row.place == Some(p))
                && (self.all || row.until_at.is_none_or(|u| u > now))
        };
        let view = |row: &UnitPlace| {
            let same = by_ground.get(&(row.ground(), &row.role)).into_iter().flatten();
            UnitPlaceView {
                unit_name: office.unit(row.unit).map(|u| u.name.clone()).unwrap_or_default(),
                place_name: row.place.and_then(|p| office.place(p)).map(|p| p.name.clone()),
                conflicts: same
                    .filter(|other| clash(office, row, other, now))
                    .map(|other| other.id)
                    .collect(),
                row: row.clone(),
            }
        };
        let found = office.tenures().iter().filter(takes).map(view);
        found.filter(|v| !self.conflicts || !v.conflicts.is_empty()).collect()
    }
}

/// Whether two rows of one role and ground name two open units at one time that is not past. Units that only serve
/// somewhere are no conflict: several may.
fn clash(office: &Office, a: &UnitPlace, b: &UnitPlace, now: Moment) -> bool {
    let past = |row: &UnitPlace| row.until_at.is_some_and(|u| u <= now);
    let open = |row: &UnitPlace| office.unit(row.unit).is_some_and(crate::Unit::open);
    let never = |row: &UnitPlace| row.until_at.is_some_and(|u| u <= row.from_at);
    let overlap = |a: &UnitPlace, b: &UnitPlace| a.until_at.is_none_or(|u| b.from_at < u);
    a.role != crate::SERVES
        && a.unit != b.unit
        && open(a)
        && open(b)
        && !past(a)
        && !past(b)
        && !never(a)
        && !never(b)
        && overlap(a, b)
        && overlap(b, a)
}

/// Which units hold which roles where, now and from a later date on; ended ones too if asked for. Staff of the
/// region.
#[utoipa::path(get, path = "/api/regions/{region}/unit-places", operation_id = "list_unit_places", tag = "areas",
    params(("region" = Region, Path), UnitPlacesQuery), responses((status = 200, body = Page<UnitPlaceView>)))]
pub(crate) async fn list_unit_places(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<UnitPlacesQuery>,
) -> Result<Json<Page<UnitPlaceView>>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let office = house.keep::<Offices>().of(house.db(), &actor, region).await?;
    Ok(Json(Page { items: query.find(&office, house.db().world().now()), next: None }))
}

/// One row of which unit holds which role where. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/unit-places/{id}", operation_id = "show_unit_place", tag = "areas",
    params(("region" = Region, Path), ("id" = UnitPlaceId, Path)), responses((status = 200, body = UnitPlace)))]
pub(crate) async fn show_unit_place(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, UnitPlaceId)>,
) -> Result<Json<UnitPlace>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let office = house.keep::<Offices>().of(house.db(), &actor, region).await?;
    let row = office.tenures().iter().find(|r| r.id == id).cloned();
    Ok(Json(row.ok_or_else(|| NOT_FOUND.refuse())?))
}

/// Have a unit hold a role somewhere, or change that. Data stewards of the region.
#[utoipa::path(put, path = "/api/regions/{region}/unit-places/{id}", operation_id = "put_unit_place", tag = "areas",
    params(("region" = Region, Path), ("id" = UnitPlaceId, Path)), request_body = PutUnitPlaceBody,
    responses((status = 200, body = UnitPlace)))]
pub(crate) async fn put_unit_place(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, UnitPlaceId)>,
    Body(is): Body<PutUnitPlaceBody>,
) -> Result<Json<UnitPlace>, Problem> {
    Ok(Json(house.db().write(&actor, PutUnitPlace { region, id, is }).await?))
}

/// End that a unit holds a role somewhere, now. The row stays on record. Data stewards of the region.
#[utoipa::path(delete, path = "/api/regions/{region}/unit-places/{id}", operation_id = "end_unit_place", tag = "areas",
    params(("region" = Region, Path), ("id" = UnitPlaceId, Path)), responses((status = 200, body = UnitPlace)))]
pub(crate) async fn end_unit_place(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, UnitPlaceId)>,
) -> Result<Json<UnitPlace>, Problem> {
    Ok(Json(house.db().write(&actor, EndUnitPlace { region, id }).await?))
}
