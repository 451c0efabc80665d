//! The demonstration county: 云桥县, Yunqiao County, region code 990101, invented from a seed.
//!
//! Nothing in it is real. No province has the number 99, so no code can be mistaken for a real place's;
//! names of places, units and people are put together by chance; telephone numbers come from a range no
//! operator has given out. It lies at 120.20–120.50° E, 30.10–30.35° N only because a map has to lie somewhere.
//!
//! What it promises: the same seed gives the same county on every machine; grids partition communities,
//! communities streets, streets the county, exactly, vertex for vertex; every matter lies in the grid it names;
//! every history keeps to the moves of [`after`]. No I/O, no clock, no chance but the [`Rng`] passed in.
//! Reports speak of places and things: none characterises a person.

#![forbid(unsafe_code)]

mod areas;
mod borders;
mod buildings;
mod feature;
mod items;
mod matters;
mod mesh;
mod names;
mod partition;
mod phrases;
mod plot;
mod rng;
mod roads;
mod shape;
mod staff;
mod units;
mod water;

pub use areas::{Area, REGION, Region, reading_order};
pub use buildings::{BUILDINGS, Place};
pub use feature::Feature;
pub use items::Item;
pub use matters::{Matter, Notes};
pub use plot::{Stage, Step, after};
pub use rng::Rng;
pub use shape::{NORTH_EAST, Ring, SOUTH_WEST, Vertex, contains, contains_vertex, doubled_area};
pub use staff::{ROLES, Staff};
pub use units::Unit;

use serde::Serialize;

/// The seed of the county shown in demonstrations and in the handbook.
pub const SEED: u64 = 990_101;

/// The whole county.
#[derive(Clone, Debug, Serialize)]
pub struct County {
    /// The county itself.
    pub region: Region,
    /// Four, by code.
    pub streets: Vec<Area>,
    /// Twenty, by code.
    pub communities: Vec<Area>,
    /// Two hundred, by code.
    pub grids: Vec<Area>,
    /// The base map: water, then roads, then buildings.
    pub features: Vec<Feature>,
    /// Addresses: every building, then spots on the roads. Every grid has some.
    pub places: Vec<Place>,
    /// Thirty; the first is the one guided accounts belong to.
    pub units: Vec<Unit>,
    /// The catalogue, by code.
    pub items: Vec<Item>,
    /// Four hundred accounts.
    pub staff: Vec<Staff>,
    /// Indices into `staff`: one account per role, in the order of [`ROLES`], for guided tours. The username is
    /// the role code without the underscore; the unit officer and the handler belong to the same unit.
    pub guided: Vec<usize>,
    /// Running totals of the places' weights, by which matters are spread.
    #[serde(skip)]
    pub place_totals: Vec<u64>,
    /// Running totals of the items' weights.
    #[serde(skip)]
    pub item_totals: Vec<u64>,
}

impl County {
    /// Invents the county of `seed`. [`SEED`] is the one the documents show.
    pub fn generate(seed: u64) -> County {
        let land = areas::lay_out(seed);
        let water = water::fill(&land, &mut Rng::branch(seed, "water"));
        let mut namer = names::Namer::new();
        let roads = roads::build(&land, &water, &mut namer, &mut Rng::branch(seed, "roads"));
        let (buildings, places) =
            buildings::build(&land, &water, &roads, &mut namer, &mut Rng::branch(seed, "buildings"));
        let areas::Land { region, streets, communities, grids, .. } = land;
        let (place_totals, of_grid) = matters::heat(&places, grids.len(), &mut Rng::branch(seed, "heat"));
        let mut busiest: Vec<usize> = (0..grids.len()).collect();
        busiest.sort_by_key(|&g| (std::cmp::Reverse(of_grid[g]), g));
        let units = units::all(&streets, &communities);
        let (staff, guided) =
            staff::hire(&grids, &streets, &units, &busiest, &mut Rng::branch(seed, "staff"));
        let items = items::all();
        let mut features = water.features();
        features.extend(roads.iter().map(roads::Road::feature));
        features.extend(buildings);
        let item_totals = matters::totals(items.iter().map(|i| i.weight));
        County {
            region,
            streets,
            communities,
            grids,
            features,
            places,
            units,
            items,
            staff,
            guided,
            place_totals,
            item_totals,
        }
    }

    /// A report made at `at_ms` (milliseconds UTC; the words fit the hour of the day there). More come from the
    /// town than from the hamlets, and some grids have several times as many as others.
    pub fn matter(&self, rng: &mut Rng, at_ms: i64) -> Matter {
        matters::matter(self, rng, at_ms)
    }

    /// The moves of a case reported at `reported_at_ms` with a limit of `limit_hours` (plain hours from filing
    /// to closing), as far as they are made by `now_ms` (inclusive): only moves [`after`] allows, in order of
    /// time, never before the report. About 12 % of the rounds take longer than the limit; some cases are
    /// declined, withdrawn, sent back, reworked or reopened; a few stop half-way for good.
    pub fn history(&self, rng: &mut Rng, reported_at_ms: i64, now_ms: i64, limit_hours: i64) -> Vec<Step> {
        plot::history(rng, reported_at_ms, now_ms, limit_hours)
    }

    /// `n` moments of the last `days` days up to `now_ms` at which reports come in, ascending, milliseconds UTC:
    /// most between eight and six, few at night, fewer at weekends, some days much busier than others.
    pub fn moments(&self, rng: &mut Rng, n: usize, now_ms: i64, days: u32) -> Vec<i64> {
        plot::moments(rng, n, now_ms, days)
    }
}
