//! Why a unit answers for a matter at a spot: for dispatchers, the case page and `jingwei duties explain`.

use crate::{
    Considered, DutyBook, DutyRow, Outcome, SPOT_HALF, resolve, row::DutyView, shelf, words, world::*,
};
use areas::{Maps, Offices, When};
use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{Actor, AreaCode, Checks, ItemCode, LonLat, Moment, Power, Refusal, Region};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Where something is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Where {
    /// A point: named places count.
    Point(LonLat),
    /// A whole area, for a matter whose spot is not known: its places don't count.
    Area(AreaCode),
}

/// An area or place of the spot by name.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DutyGround)]
pub struct GroundName {
    /// Which level.
    pub tier: Tier,
    /// The area's code or the place's id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The answer to a question, with everything that led to it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DutyExplanation)]
pub struct Explanation {
    /// The region asked.
    pub region: Region,
    /// The moment asked about.
    pub at: Moment,
    /// What holds the spot: places, then areas, the smallest first.
    pub grounds: Vec<GroundName>,
    /// The item asked about.
    pub item: ItemCode,
    /// Its name in the catalogue that counts at that time.
    pub item_name: Option<String>,
    /// The condition asked about.
    pub condition: Option<i64>,
    /// What it comes to.
    pub answer: Outcome,
    /// The name of the unit that answers.
    pub unit_name: Option<String>,
    /// The same in a Chinese sentence.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// Everything considered, in order; the rule that decides is marked `taken`.
    pub chain: Vec<Considered>,
    /// The duties that the answer or conflict rests on.
    pub duties: Vec<DutyView>,
}

impl Explanation {
    /// The unit that answers, when it is one of the region asked.
    pub fn unit(&self) -> Option<kernel::UnitId> {
        match &self.answer {
            Outcome::Unit(a) if a.region == self.region => Some(a.unit),
            _ => None,
        }
    }
}

/// Who answers for a matter at a spot and time, and why. Those with [`Power::ReadBase`] in the region; rooms
/// that ask for somebody else pass the system.
pub async fn explain(
    house: &House,
    actor: &Actor,
    region: Region,
    spot: Where,
    matter: Matter,
    at: Option<Moment>,
) -> Result<Explanation, Refusal> {
    actor.may(Power::ReadBase, Some(region))?;
    let at = at.unwrap_or_else(|| house.db().world().now());
    let kept = shelf::kept(house, region).await?;
    let site = site(house, &kept.book, spot, at).await?;
    Ok(explained(&kept.book, &kept.rows, &site, matter, at))
}

/// The same, answered from a book that is at hand.
pub(crate) fn explained(
    book: &DutyBook,
    rows: &[DutyRow],
    site: &Site,
    matter: Matter,
    at: Moment,
) -> Explanation {
    let told = resolve(book, site, matter, at);
    let (zh, en) = words::outcome(book, &told.outcome);
    let grounds = site.grounds().map(|g| {
        let (id, name) = match g {
            Ground::Place(p) => (p.to_string(), book.place(p).map(|p| p.name.clone())),
            Ground::Area(a) => (a.to_string(), Some(words::area_name(book, a, at))),
        };
        GroundName { tier: g.tier(), name: name.unwrap_or_else(|| id.clone()), id }
    });
    let named: Vec<kernel::DutyId> = match &told.outcome {
        Outcome::Unit(a) => a.enclave.into_iter().chain(a.duty).collect(),
        Outcome::Hole(h) => h.duty.into_iter().collect(),
        Outcome::Conflict(c) => c.sides.iter().filter_map(|s| s.duty).collect(),
    };
    let mut duties: Vec<DutyView> = named
        .iter()
        .filter_map(|id| rows.binary_search_by_key(id, |r| r.duty.id).ok())
        .map(|i| DutyView::of(book, &rows[i]))
        .collect();
    duties.dedup_by_key(|d| d.id);
    let unit_name = match &told.outcome {
        Outcome::Unit(a) => {
            let whose = book.neighbour(a.region).map_or(book, |b| b);
            Some(words::unit_name(whose, a.unit))
        }
        _ => None,
    };
    let version = matter.version.map_or_else(|| book.version_at(at), |n| book.version(n));
    let item = version.and_then(|v| book.item(v, matter.item));
    Explanation {
        region: book.region(),
        at,
        grounds: grounds.collect(),
        item: matter.item,
        item_name: item.map(|i| i.name.clone()),
        condition: matter.condition,
        answer: told.outcome,
        unit_name,
        zh,
        en,
        chain: told.chain,
        duties,
    }
}

/// What holds a spot in the region's map at a time, and in the maps of the regions its enclaves fall to.
async fn site(house: &House, book: &DutyBook, spot: Where, at: Moment) -> Result<Site, Refusal> {
    let mut site = one_site(house, book.region(), spot, at).await?;
    if let Where::Point(_) = spot {
        for other in book.neighbours() {
            let mut there = one_site(house, other, spot, at).await?;
            if there.areas.is_empty() {
                there.areas.push(other.into());
            }
            site.abroad.push((other, there));
        }
    }
    Ok(site)
}

async fn one_site(house: &House, region: Region, spot: Where, at: Moment) -> Result<Site, Refusal> {
    match spot {
        Where::Area(area) => Ok(Site::of(area)),
        Where::Point(p) => {
            let maps = house.keep::<Maps>();
            let system = Actor::system("duties");
            let base = maps.at(house.db(), &system, region, Some(When::Moment(at))).await?;
            let office = house.keep::<Offices>().of(house.db(), &system, region).await?;
            let spot = office.spot(&base, p.lon, p.lat, at).unwrap_or_default();
            Ok(Site { places: spot.places, areas: spot.areas, abroad: Vec::new() })
        }
    }
}

/// A spot and a matter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExplainQuery {
    /// Degrees east, CGCS2000 (≈ WGS-84).
    #[param(minimum = -180, maximum = 180)]
    lon: Option<f64>,
    /// Degrees north.
    #[param(minimum = -90, maximum = 90)]
    lat: Option<f64>,
    /// An area instead of a point.
    area: Option<AreaCode>,
    /// Which item.
    item: ItemCode,
    /// Under which condition; when left out, whoever leads all of them.
    #[param(minimum = 1, maximum = 1000)]
    condition: Option<i64>,
    /// At which day of the region or moment; now when left out.
    at: Option<When>,
}

/// Who answers for a matter at a spot, and every rule that was considered. A hole and a conflict are answers
/// too, with their reasons. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/duties/explain", operation_id = "explain_duty", tag = "duties",
    params(("region" = Region, Path), ExplainQuery), responses((status = 200, body = Explanation)))]
pub(crate) async fn explain_duty(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(q): Params<ExplainQuery>,
) -> Result<Json<Explanation>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let mut checks = Checks::new();
    let point = checks.point(q.lon, q.lat);
    if let Some(n) = q.condition {
        checks.number("condition", n, 1..=1000);
    }
    checks.done()?;
    let spot = match (point, q.area) {
        (Some(p), None) => Where::Point(p),
        (None, Some(area)) if area.region() == region => Where::Area(area),
        (None, Some(area)) => {
            return Err(crate::OUTSIDE_REGION.field("area").with("code", area).with("region", region).into());
        }
        _ => return Err(SPOT_HALF.field("lon").into()),
    };
    if q.item.region() != region {
        return Err(crate::OUTSIDE_REGION.field("item").with("code", q.item).with("region", region).into());
    }
    let zone = shelf::kept(&house, region).await?.book.world().zone.clone();
    let matter = Matter { item: q.item, condition: q.condition, version: None };
    let at = q.at.map(|w| w.moment(&zone));
    Ok(Json(explain(&house, &actor, region, spot, matter, at).await?))
}
