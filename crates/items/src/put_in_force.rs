//! In force (生效): a draft is settled and begins on a day.

use crate::{
    Catalogue, CatalogueView, IN_THE_PAST, Item, NOT_DRAFT, NOTHING_USABLE, SAME_DAY, book, stored,
    versions::{tell, view},
};
use axum::{Json, extract::State};
use edge::{Body, Caller, House, PathOf, Problem};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::{Moment, NOT_FOUND, Power, Refusal, Region};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Tx, Write, binds};
use utoipa::ToSchema;

/// From when on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutInForceBody {
    /// The day, in the region's time zone: today (from this moment) or later (from its first moment).
    #[schema(value_type = String, format = Date)]
    pub from: Date,
}

/// Settles a draft: from that day it is in force, and the one before is retired. It never changes again. Refused
/// while no item of it can be filed, for a day in the past, and for a day on which another version begins. Put
/// again with the same day, nothing happens. Catalogue stewards of the region.
pub struct PutInForce {
    /// In which region.
    pub region: Region,
    /// Which version.
    pub version: i64,
    /// The first day.
    pub from: Date,
}

impl Write for PutInForce {
    type Out = CatalogueView;

    async fn run(&self, tx: &mut Tx) -> Result<CatalogueView, Refusal> {
        let (region, version) = (self.region, self.version);
        tx.actor().may(Power::EditItems, Some(region))?;
        let all = stored::catalogues(tx, region).await?;
        let found = all.iter().find(|c| c.version == version).cloned();
        let was = found.ok_or_else(|| NOT_FOUND.refuse())?;
        let zone = zone(tx, region).await?;
        let day = |at: Moment| local(&zone, at);
        if let Some(from) = was.from_at {
            if day(from) == self.from {
                return view(tx, region, was).await;
            }
            return Err(NOT_DRAFT.refuse().with("version_number", version));
        }
        let (now, today) = (tx.at(), day(tx.at()));
        if self.from < today {
            return Err(IN_THE_PAST.field("from").with("today", today));
        }
        let taken = all.iter().find(|c| c.from_at.is_some_and(|f| day(f) == self.from));
        if let Some(other) = taken {
            return Err(SAME_DAY.field("from").with("other", other.version).with("day", self.from));
        }
        if !stored::items(tx, region, version).await?.iter().any(Item::usable) {
            return Err(NOTHING_USABLE.refuse().with("version_number", version));
        }
        // What was filed earlier today stays filed under what was in force then.
        let from_at = if self.from == today { now } else { first(&zone, self.from) };
        let is = Catalogue { from_at: Some(from_at), ..was };
        stored::put_catalogue(tx, region, &is).await?;
        stored::chain(tx, region).await?;
        tell(tx, region, "catalogue.in_force", version, json!({ "from": self.from.to_string() })).await?;
        let is = stored::catalogue(tx, region, version).await?.unwrap_or(is);
        view(tx, region, is).await
    }
}

async fn zone(tx: &mut Tx, region: Region) -> Result<TimeZone, Refusal> {
    let row: Option<(String,)> = tx.maybe("SELECT zone FROM regions WHERE code = $1", binds![region]).await?;
    let (name,) = row.ok_or_else(|| areas::REGION_MISSING.refuse().with("region", region))?;
    Ok(jiff::tz::TimeZoneDatabase::bundled().get(&name).unwrap_or(TimeZone::UTC))
}

fn local(zone: &TimeZone, at: Moment) -> Date {
    let stamp = Timestamp::from_millisecond(at.0).unwrap_or_default();
    stamp.to_zoned(zone.clone()).date()
}

/// The first moment of a day; where midnight does not exist, the first after it.
fn first(zone: &TimeZone, day: Date) -> Moment {
    let start = day.to_zoned(zone.clone()).and_then(|z| z.start_of_day());
    Moment(start.map(|z| z.timestamp().as_millisecond()).unwrap_or_default())
}

/// Put a draft of the item catalogue in force from a day on; the version before is retired. Catalogue stewards.
#[utoipa::path(put, path = "/api/regions/{region}/catalogues/{version}/in-force", operation_id = "put_catalogue_in_force",
    tag = "items", params(("region" = Region, Path), ("version" = i64, Path, minimum = 1)),
    request_body = PutInForceBody, responses((status = 200, body = CatalogueView)))]
pub(crate) async fn put_in_force(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, version)): PathOf<(Region, i64)>,
    Body(is): Body<PutInForceBody>,
) -> Result<Json<CatalogueView>, Problem> {
    let done = house.db().write(&actor, PutInForce { region, version, from: is.from }).await;
    book::forget(&house, region);
    Ok(Json(done?))
}
