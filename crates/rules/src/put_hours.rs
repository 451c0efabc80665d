use crate::{book, stored};
use audit::Note;
use axum::{Json, extract::State};
use calendar::Hours;
use edge::{Body, Caller, House, PathOf, Problem};
use kernel::{Checks, NOT_FOUND, Power, Refusal, Region, UnitId};
use serde::Serialize;
use serde_json::json;
use store::{Read, Tx, Write, binds};
use utoipa::ToSchema;

/// The hours a unit or a region works.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoursView {
    /// The unit; absent for the region.
    pub unit: Option<UnitId>,
    /// Whether they were set for it, or are those of the region (for a region: the usual ones).
    pub own: bool,
    /// The hours.
    pub hours: Hours,
}

async fn unit_exists(tx: &mut Tx, region: Region, unit: Option<UnitId>) -> Result<(), Refusal> {
    match unit {
        Some(u) if areas::unit(tx, region, u).await?.is_none() => Err(NOT_FOUND.refuse()),
        _ => Ok(()),
    }
}

/// The hours in force for a unit, or for the region.
async fn view(tx: &mut Tx, region: Region, unit: Option<UnitId>) -> Result<HoursView, Refusal> {
    if let Some(u) = unit
        && let Some(hours) = stored::hours_of(tx, region, u).await?
    {
        return Ok(HoursView { unit, own: true, hours });
    }
    let regions = stored::hours_of(tx, region, stored::REGION).await?;
    Ok(HoursView { unit, own: unit.is_none() && regions.is_some(), hours: regions.unwrap_or_default() })
}

/// Sets the working hours of a region or of a unit, or (without hours) takes them back. Stewards of the rules.
pub struct PutHours {
    /// In which region.
    pub region: Region,
    /// Of which unit; the region's own when absent.
    pub unit: Option<UnitId>,
    /// The hours; absent to go by the region's again, or, for a region, by the usual ones.
    pub hours: Option<Hours>,
}

impl Write for PutHours {
    type Out = HoursView;

    async fn run(&self, tx: &mut Tx) -> Result<HoursView, Refusal> {
        tx.actor().may(Power::EditRules, Some(self.region))?;
        if let Some(Err(bad)) = self.hours.as_ref().map(Hours::check) {
            let mut checks = Checks::new();
            for b in bad {
                checks.fault(&b.field, b.code, b.zh, b.en);
            }
            checks.done()?;
        }
        stored::stamp(tx, self.region).await?;
        unit_exists(tx, self.region, self.unit).await?;
        let row = self.unit.unwrap_or(stored::REGION);
        if stored::hours_of(tx, self.region, row).await? == self.hours {
            return view(tx, self.region, self.unit).await;
        }
        match &self.hours {
            Some(hours) => {
                let (at, account) = (tx.at(), tx.actor().account());
                let body =
                    serde_json::to_string(hours).map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
                tx.put(
                    "INSERT INTO working_hours (region, unit, body, at, account) VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT (region, unit) DO UPDATE SET body = excluded.body, at = excluded.at, account = excluded.account",
                    binds![self.region, row, body, at, account],
                )
                .await?;
            }
            None => {
                tx.put("DELETE FROM working_hours WHERE region = $1 AND unit = $2", binds![self.region, row])
                    .await?;
            }
        }
        stored::changed(tx, self.region).await?;
        let note = Note {
            region: self.region,
            action: "calendar.put_hours",
            object: match self.unit {
                Some(u) => format!("unit/{u}"),
                None => format!("region/{}", self.region),
            },
            detail: json!({ "own": self.hours.is_some() }),
        };
        audit::record(tx, note, None).await?;
        view(tx, self.region, self.unit).await
    }
}

struct FindHours {
    region: Region,
    unit: UnitId,
}

impl Read for FindHours {
    type Out = HoursView;
    async fn run(&self, tx: &mut Tx) -> Result<HoursView, Refusal> {
        tx.actor().may(Power::ReadBase, Some(self.region))?;
        unit_exists(tx, self.region, Some(self.unit)).await?;
        view(tx, self.region, Some(self.unit)).await
    }
}

async fn write(house: &House, actor: &kernel::Actor, put: PutHours) -> Result<Json<HoursView>, Problem> {
    let region = put.region;
    let answer = house.db().write(actor, put).await?;
    book::forget(house, region);
    Ok(Json(answer))
}

/// Set the working hours of a region. Stewards of the rules.
#[utoipa::path(put, path = "/api/regions/{region}/hours", operation_id = "put_hours", tag = "rules",
    params(("region" = Region, Path)), request_body = Hours, responses((status = 200, body = HoursView)))]
pub(crate) async fn put_hours(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Body(hours): Body<Hours>,
) -> Result<Json<HoursView>, Problem> {
    write(&house, &actor, PutHours { region, unit: None, hours: Some(hours) }).await
}

/// Have a region work the usual hours again. Stewards of the rules.
#[utoipa::path(delete, path = "/api/regions/{region}/hours", operation_id = "delete_hours", tag = "rules",
    params(("region" = Region, Path)), responses((status = 200, body = HoursView)))]
pub(crate) async fn delete_hours(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
) -> Result<Json<HoursView>, Problem> {
    write(&house, &actor, PutHours { region, unit: None, hours: None }).await
}

/// The working hours of a unit. The region's staff.
#[utoipa::path(get, path = "/api/regions/{region}/units/{unit}/hours", operation_id = "get_unit_hours", tag = "rules",
    params(("region" = Region, Path), ("unit" = UnitId, Path)), responses((status = 200, body = HoursView)))]
pub(crate) async fn get_unit_hours(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, unit)): PathOf<(Region, UnitId)>,
) -> Result<Json<HoursView>, Problem> {
    Ok(Json(house.db().read(&actor, FindHours { region, unit }).await?))
}

/// Set the working hours of a unit. Stewards of the rules.
#[utoipa::path(put, path = "/api/regions/{region}/units/{unit}/hours", operation_id = "put_unit_hours", tag = "rules",
    params(("region" = Region, Path), ("unit" = UnitId, Path)), request_body = Hours,
    responses((status = 200, body = HoursView)))]
pub(crate) async fn put_unit_hours(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, unit)): PathOf<(Region, UnitId)>,
    Body(hours): Body<Hours>,
) -> Result<Json<HoursView>, Problem> {
    write(&house, &actor, PutHours { region, unit: Some(unit), hours: Some(hours) }).await
}

/// Have a unit work the region's hours again. Stewards of the rules.
#[utoipa::path(delete, path = "/api/regions/{region}/units/{unit}/hours", operation_id = "delete_unit_hours",
    tag = "rules", params(("region" = Region, Path), ("unit" = UnitId, Path)),
    responses((status = 200, body = HoursView)))]
pub(crate) async fn delete_unit_hours(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, unit)): PathOf<(Region, UnitId)>,
) -> Result<Json<HoursView>, Problem> {
    write(&house, &actor, PutHours { region, unit: Some(unit), hours: None }).await
}
