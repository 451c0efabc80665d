//! The land: one region, four streets, twenty communities, two hundred grids.

use crate::borders::{self, Borders};
use crate::mesh::{self, Mesh};
use crate::names::{DEDICATED, STREETS, numeral};
use crate::partition::Ground;
use crate::rng::Rng;
use crate::shape::{Pt, Ring, Vertex, contains_vertex, doubled_area, height, width};
use crate::water;
use serde::Serialize;

/// Code of the region. No province has the number 99: the county cannot be taken for a real one.
pub const REGION: u32 = 990_101;

/// The county as a whole.
#[derive(Clone, Debug, Serialize)]
pub struct Region {
    /// Six digits: [`REGION`].
    pub code: u32,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// IANA name of the time zone.
    pub zone: String,
    /// Exterior first, counter-clockwise; then holes (the county has none).
    pub rings: Vec<Ring>,
}

/// A street, community or grid.
#[derive(Clone, Debug, Serialize)]
pub struct Area {
    /// 9 digits for a street, 12 for a community, 15 for a grid: the parent's code with three digits more.
    /// Subdistricts count from 001, towns from 100; residents' communities from 001, villages from 200.
    /// Grids count from 001, row by row (see [`reading_order`]).
    pub code: u64,
    /// Code of the area this one lies in: region, street or community.
    pub parent: u64,
    /// Streets: "subdistrict" or "town"; communities: "community" or "village"; grids: "general" or
    /// "dedicated".
    pub kind: &'static str,
    /// Dedicated grids: "campus", "market", "hospital" or "tower".
    pub theme: Option<&'static str>,
    /// Chinese name; of a grid without its community's: 第三网格.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Households, invented: 300–500 in most grids.
    pub households: u32,
    /// A point well inside.
    pub point: Vertex,
    /// Exterior first, counter-clockwise; then holes (none of these areas has one).
    pub rings: Vec<Ring>,
}

/// What the other parts of the county need to know of the land.
pub(crate) struct Land {
    pub mesh: Mesh,
    pub region: Region,
    pub streets: Vec<Area>,
    pub communities: Vec<Area>,
    pub grids: Vec<Area>,
}

/// How thickly settled a place is: 1 in the fields, about 20 in the middle of the county's seat.
pub(crate) fn density(p: Pt) -> f64 {
    seats().iter().fold(1.0, |sum, &(seat, weight, radius)| {
        let d = p.distance(seat) / radius;
        let fall = 1.0 + d * d;
        sum + weight / (fall * fall)
    })
}

/// The built-up places: middle, weight, radius in metres. The county's seat comes first.
pub(crate) fn seats() -> [(Pt, f64, f64); 3] {
    let at = |x: f64, y: f64| Pt { x: width() * x, y: height() * y };
    [
        (at(0.51, 0.585), 20.0, 2_600.0),
        (at(STREETS[2].seat.0, STREETS[2].seat.1), 8.0, 1_500.0),
        (at(STREETS[3].seat.0, STREETS[3].seat.1), 9.0, 1_500.0),
    ]
}

/// Lays out the land. Tries again with other numbers in the rare case that an area encloses another.
pub(crate) fn lay_out(seed: u64) -> Land {
    for attempt in 0..50_u64 {
        let mut rng = Rng::branch(seed.wrapping_add(attempt << 48), "areas");
        let land = attempt_at(&mut rng);
        let areas = || land.streets.iter().chain(&land.communities).chain(&land.grids);
        if areas().all(|a| a.rings.len() == 1) {
            return land;
        }
    }
    // Reached by no seed tried so far; holes are allowed by the form of the data.
    attempt_at(&mut Rng::branch(seed, "areas"))
}

/// Which street, community and grid (numbered over the county) each cell falls to.
struct Parts {
    street_of: Vec<usize>,
    community_of: Vec<usize>,
    grid_of: Vec<usize>,
}

fn attempt_at(rng: &mut Rng) -> Land {
    let mut mesh = mesh::lay(rng);
    let load: Vec<f64> = mesh.cells.iter().map(|c| density(c.centre)).collect();
    let bank: Vec<bool> = mesh.cells.iter().map(|c| water::north_bank(c.centre)).collect();
    let parts = divide(&Ground::new(&mesh, &load, &bank));
    let borders = borders::draw(&mut mesh, &parts.grid_of, rng);
    name_and_number(mesh, &parts, &borders, &load, rng)
}

fn divide(ground: &Ground) -> Parts {
    let count = ground.cells();
    let all: Vec<usize> = (0..count).collect();
    let sum = |list: &[usize]| list.iter().sum::<usize>() as f64;
    let shares: Vec<f64> = STREETS.iter().map(|s| sum(s.grids)).collect();
    let seats = STREETS.iter().map(|s| Pt { x: width() * s.seat.0, y: height() * s.seat.1 }).collect();
    let street_of = ground.divide(&all, &shares, seats, 30);
    let (mut community_of, mut grid_of) = (vec![0; count], vec![0; count]);
    let (mut communities, mut grids) = (0, 0);
    for (street, plan) in STREETS.iter().enumerate() {
        let cells: Vec<usize> = all.iter().copied().filter(|&c| street_of[c] == street).collect();
        let shares: Vec<f64> = plan.grids.iter().map(|&n| n as f64).collect();
        let found = ground.divide(&cells, &shares, ground.spread(&cells, shares.len()), 0);
        for (k, &n) in plan.grids.iter().enumerate() {
            let inside: Vec<usize> =
                cells.iter().zip(&found).filter(|(_, part)| **part == k).map(|(c, _)| *c).collect();
            inside.iter().for_each(|&c| community_of[c] = communities);
            let split = ground.divide(&inside, &vec![1.0; n], ground.spread(&inside, n), 0);
            inside.iter().zip(&split).for_each(|(&c, &g)| grid_of[c] = grids + g);
            communities += 1;
            grids += n;
        }
    }
    Parts { street_of, community_of, grid_of }
}

fn name_and_number(mesh: Mesh, parts: &Parts, borders: &Borders, load: &[f64], rng: &mut Rng) -> Land {
    let region = Region {
        code: REGION,
        name: "云桥县".to_owned(),
        name_en: "Yunqiao County".to_owned(),
        zone: "Asia/Shanghai".to_owned(),
        rings: borders.rings(&mesh, &vec![0; mesh.cells.len()], 1).swap_remove(0),
    };
    let mut streets = raw_areas(&mesh, borders, &parts.street_of, 4);
    let mut communities = raw_areas(&mesh, borders, &parts.community_of, 20);
    let mut grids = raw_areas(&mesh, borders, &parts.grid_of, 200);
    let mean_load = |of: &[usize], k: usize| {
        let (n, sum) =
            of.iter().zip(load).filter(|(o, _)| **o == k).fold((0.0, 0.0), |s, (_, w)| (s.0 + 1.0, s.1 + w));
        sum / f64::max(n, 1.0)
    };
    let (mut first_community, mut first_grid, mut sub, mut town) = (0, 0, 1, 100);
    for (street, plan) in streets.iter_mut().zip(&STREETS) {
        let count = if plan.kind == "subdistrict" { &mut sub } else { &mut town };
        street.code = u64::from(REGION) * 1000 + *count;
        *count += 1;
        street.parent = u64::from(REGION);
        (street.kind, street.name, street.name_en) = (plan.kind, plan.name.into(), plan.name_en.into());
        let members = first_community..first_community + plan.grids.len();
        // The most thickly settled get the communities' names, the rest are villages.
        let mut rank: Vec<usize> = members.clone().collect();
        rank.sort_by(|&a, &b| {
            mean_load(&parts.community_of, b).total_cmp(&mean_load(&parts.community_of, a))
        });
        for (place, &k) in rank.iter().enumerate() {
            let towns = plan.communities.len();
            let (kind, names, number) = match place.checked_sub(towns) {
                None => ("community", plan.communities[place], 1 + place as u64),
                Some(v) => ("village", plan.villages[v], 200 + v as u64),
            };
            let community = &mut communities[k];
            community.code = street.code * 1000 + number;
            community.parent = street.code;
            (community.kind, community.name, community.name_en) = (kind, names.0.into(), names.1.into());
        }
        for (k, &n) in members.zip(plan.grids) {
            number_grids(&mut grids[first_grid..first_grid + n], communities[k].code);
            first_grid += n;
        }
        first_community += plan.grids.len();
    }
    settle(&mut streets, &mut communities, &mut grids, rng);
    communities.sort_by_key(|a| a.code);
    grids.sort_by_key(|a| a.code);
    dedicate(&communities, &mut grids);
    Land { mesh, region, streets, communities, grids }
}

/// Areas with rings and point only, numbered as in `area_of`.
fn raw_areas(mesh: &Mesh, borders: &Borders, area_of: &[usize], count: usize) -> Vec<Area> {
    let rings = borders.rings(mesh, area_of, count);
    rings
        .into_iter()
        .enumerate()
        .map(|(k, rings)| Area {
            code: 0,
            parent: 0,
            kind: "general",
            theme: None,
            name: String::new(),
            name_en: String::new(),
            households: 0,
            point: inner_point(mesh, area_of, k, &rings),
            rings,
        })
        .collect()
}

/// The centre of the cell that lies deepest inside.
fn inner_point(mesh: &Mesh, area_of: &[usize], area: usize, rings: &[Ring]) -> Vertex {
    let depth = |v: Vertex| {
        let gap = |w: &Vertex| {
            let (dx, dy) = (i64::from(v[0] - w[0]), i64::from(v[1] - w[1]));
            dx * dx + dy * dy
        };
        if contains_vertex(rings, v) { rings.iter().flatten().map(gap).min().unwrap_or(0) } else { -1 }
    };
    let inside = mesh.cells.iter().zip(area_of).filter(|(_, a)| **a == area);
    let deepest = inside.map(|(cell, _)| cell.centre.vertex()).max_by_key(|v| depth(*v));
    deepest.unwrap_or([0, 0])
}

/// The order of numbering inside a community, west to east, then north to south: the community's height is
/// cut into ⌊√n⌋ rows as high as each other; rows count from the north; within a row the grid whose
/// `point` lies farther west comes first (then farther north). Returns indices into `points`.
pub fn reading_order(points: &[Vertex]) -> Vec<usize> {
    let rows = (1..).take_while(|r| r * r <= points.len() as i64).last().unwrap_or(1);
    let north = points.iter().map(|p| i64::from(p[1])).max().unwrap_or(0);
    let south = points.iter().map(|p| i64::from(p[1])).min().unwrap_or(0);
    let row = |p: &Vertex| ((north - i64::from(p[1])) * rows / (north - south + 1), p[0], -p[1]);
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_key(|&i| row(&points[i]));
    order
}

fn number_grids(grids: &mut [Area], community: u64) {
    let points: Vec<Vertex> = grids.iter().map(|g| g.point).collect();
    for (place, i) in reading_order(&points).into_iter().enumerate() {
        let grid = &mut grids[i];
        grid.code = community * 1000 + place as u64 + 1;
        grid.parent = community;
        grid.name = format!("第{}网格", numeral(place + 1));
        grid.name_en = format!("Grid {}", place + 1);
    }
}

/// Invents households: 300–500 for most grids, parents the sum of their children.
fn settle(streets: &mut [Area], communities: &mut [Area], grids: &mut [Area], rng: &mut Rng) {
    for grid in grids.iter_mut() {
        grid.households = (390 + rng.range(-60, 61) + rng.range(-60, 61)) as u32;
    }
    let total = |children: &[Area], code: u64| {
        children.iter().filter(|a| a.parent == code).map(|a| a.households).sum::<u32>()
    };
    communities.iter_mut().for_each(|c| c.households = total(grids, c.code));
    streets.iter_mut().for_each(|s| s.households = total(communities, s.code));
}

/// Gives each dedicated theme to the smallest general grid left of a community, communities taken in turn.
fn dedicate(communities: &[Area], grids: &mut [Area]) {
    let urban: Vec<u64> = communities.iter().filter(|c| c.kind == "community").map(|c| c.code).collect();
    // The market and the school of a town must lie there: the last two communities belong to the towns.
    let home = |k: usize| match k {
        7 => urban[urban.len() - 2],
        9 => urban[urban.len() - 1],
        k => urban[k % (urban.len() - 2)],
    };
    for (k, (theme, name, name_en)) in DEDICATED.iter().enumerate() {
        let code = home(k);
        let free = grids.iter_mut().filter(|g| g.parent == code && g.kind == "general");
        if let Some(grid) = free.min_by_key(|g| doubled_area(&g.rings[0])) {
            (grid.kind, grid.theme) = ("dedicated", Some(*theme));
            grid.name = format!("{name}网格");
            grid.name_en = format!("{name_en} Grid");
            grid.households = 0;
        }
    }
}
