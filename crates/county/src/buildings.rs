//! About four thousand buildings along the roads, their addresses, and the places matters are reported from.

use crate::areas::{Area, Land, density};
use crate::feature::Feature;
use crate::names::{DEDICATED, Namer};
use crate::rng::Rng;
use crate::roads::Road;
use crate::shape::{Pt, Vertex, contains_vertex};
use crate::water::Water;
use serde::Serialize;
use std::collections::BTreeMap;

/// How many buildings the county has.
pub const BUILDINGS: usize = 4_000;

/// A spot that has an address: a building, or a point of a road.
#[derive(Clone, Debug, Serialize)]
pub struct Place {
    /// What people call it: 望桥路12号, 锦园小区3幢, 春晖路与文昌街路口附近.
    pub text: String,
    /// Where it is: the building's middle, or the road's.
    pub point: Vertex,
    /// Index into `County::grids`.
    pub grid: usize,
    /// True for a building people live in or work at; false for a spot on a road.
    pub indoors: bool,
}

/// A building before it is drawn.
struct Lot {
    road: usize,
    number: usize,
    along: f64,
    left: bool,
    middle: Pt,
    direction: (f64, f64),
    half: (f64, f64),
    urban: f64,
}

impl Lot {
    fn reach(&self) -> f64 {
        (self.half.0 * self.half.0 + self.half.1 * self.half.1).sqrt()
    }

    fn corners(&self) -> [Pt; 5] {
        let (a, b) = self.half;
        [(-a, -b), (a, -b), (a, b), (-a, b), (-a, -b)].map(|(x, y)| self.middle.moved(self.direction, x, y))
    }
}

/// The buildings as features, and the places (all buildings, then spots on roads).
pub(crate) fn build(
    land: &Land,
    water: &Water,
    roads: &[Road],
    namer: &mut Namer,
    rng: &mut Rng,
) -> (Vec<Feature>, Vec<Place>) {
    let finder = Finder::new(&land.grids);
    let lots = lots(&finder, water, roads, rng);
    let mut names = estates(&lots, namer, rng);
    let mut features = Vec::with_capacity(lots.len());
    let mut places = Vec::with_capacity(lots.len() * 2);
    for (lot, name) in lots.iter().zip(&mut names) {
        let corners = lot.corners();
        let (class, text) = match name.take() {
            Some(estate) => ("estate", estate),
            None => ("house", format!("{}{}号", roads[lot.road].name, lot.number)),
        };
        let Some(grid) = finder.find(lot.middle.vertex()) else { continue };
        features.push(Feature::new("building", class, &text, &corners));
        places.push(Place { text, point: lot.middle.vertex(), grid, indoors: true });
    }
    name_public(&land.grids, &mut features, &mut places);
    places.extend(spots(&finder, roads, rng));
    places.extend(piers(&land.grids, &places));
    (features, places)
}

/// Candidates along every road, then the best settled of those that overlap nothing.
fn lots(finder: &Finder, water: &Water, roads: &[Road], rng: &mut Rng) -> Vec<Lot> {
    let mut candidates = Vec::new();
    for (index, road) in roads.iter().enumerate() {
        let (length, mut along) = (road.length(), 12.0);
        let mut numbers = [1, 2];
        while along < length - 10.0 {
            let Some((p, direction)) = road.at(along) else { break };
            let urban = density(p);
            for (left, number) in [true, false].into_iter().zip(&mut numbers) {
                let half = (6.0 + 9.0 * rng.unit() + urban.min(12.0) * 0.35, 5.0 + 3.5 * rng.unit());
                let setback =
                    9.0 + half.1 + 5.0 * rng.unit() + if road.class == "arterial" { 8.0 } else { 0.0 };
                let middle = p.moved(direction, rng.swing() * 4.0, if left { setback } else { -setback });
                if rng.chance(wish(road, urban)) {
                    candidates.push(Lot {
                        road: index,
                        number: *number,
                        along,
                        left,
                        middle,
                        direction,
                        half,
                        urban,
                    });
                }
                *number += 2;
            }
            along += 30.0 + 14.0 * rng.unit();
        }
    }
    rng.shuffle(&mut candidates);
    let mut taken: Vec<Lot> = Vec::with_capacity(BUILDINGS);
    let mut ground = Ground::new(roads);
    for lot in candidates {
        if taken.len() == BUILDINGS {
            break;
        }
        let inside = |p: &Pt| finder.find(p.vertex()).is_some();
        if ground.free(&lot, &taken) && water.distance(lot.middle) > 22.0 && lot.corners().iter().all(inside)
        {
            ground.squares.entry(Ground::square(lot.middle)).or_default().push(taken.len());
            taken.push(lot);
        }
    }
    taken.sort_by(|a, b| (a.road, a.left).cmp(&(b.road, b.left)).then(a.along.total_cmp(&b.along)));
    taken
}

/// How likely a lot is built on: towns and the lanes of the hamlets are, the open road is not.
fn wish(road: &Road, urban: f64) -> f64 {
    let hamlet = road.class == "local" && road.length() < 700.0;
    match (road.class, hamlet) {
        ("arterial", _) => (urban - 2.5) * 0.08,
        (_, true) => 0.42 + 0.03 * urban,
        _ => 0.015 + (urban - 1.6) * 0.075,
    }
}

/// Where roads and buildings are, by squares of 100 m.
struct Ground {
    roads: BTreeMap<(i64, i64), Vec<(Pt, Pt)>>,
    squares: BTreeMap<(i64, i64), Vec<usize>>,
}

impl Ground {
    fn square(p: Pt) -> (i64, i64) {
        ((p.x / 100.0).floor() as i64, (p.y / 100.0).floor() as i64)
    }

    fn around(p: Pt) -> impl Iterator<Item = (i64, i64)> {
        let (x, y) = Ground::square(p);
        (-1..=1).flat_map(move |dx| (-1..=1).map(move |dy| (x + dx, y + dy)))
    }

    fn new(roads: &[Road]) -> Ground {
        let mut squares: BTreeMap<(i64, i64), Vec<(Pt, Pt)>> = BTreeMap::new();
        for s in roads.iter().flat_map(|r| r.line.windows(2)) {
            let steps = (s[0].distance(s[1]) / 80.0).ceil().max(1.0) as usize;
            let hit: std::collections::BTreeSet<_> =
                (0..=steps).map(|i| Ground::square(s[0].towards(s[1], i as f64 / steps as f64))).collect();
            hit.into_iter().for_each(|q| squares.entry(q).or_default().push((s[0], s[1])));
        }
        Ground { roads: squares, squares: BTreeMap::new() }
    }

    /// True when the lot keeps clear of every road and of the buildings there are.
    fn free(&self, lot: &Lot, taken: &[Lot]) -> bool {
        let clear = |other: &usize| {
            let other = &taken[*other];
            lot.middle.distance(other.middle) > (lot.reach() + other.reach()) * 0.92
        };
        Ground::around(lot.middle).all(|square| {
            self.squares.get(&square).is_none_or(|there| there.iter().all(clear))
                && self.roads.get(&square).is_none_or(|segments| {
                    segments.iter().all(|(a, b)| lot.middle.distance_to_segment(*a, *b) > lot.half.1 + 6.0)
                })
        })
    }
}

/// Groups rows of town buildings on one side of a road into estates with numbered buildings.
fn estates(lots: &[Lot], namer: &mut Namer, rng: &mut Rng) -> Vec<Option<String>> {
    let mut names = vec![None; lots.len()];
    let mut i = 0;
    while i < lots.len() {
        let same = |l: &Lot| (l.road, l.left) == (lots[i].road, lots[i].left);
        let row = lots[i..].iter().take_while(|l| same(l)).count();
        let size = row.min(5 + rng.below(6));
        if size >= 5 && lots[i].urban > 4.0 && rng.chance(0.6) {
            let estate = namer.name(rng, &["花苑", "家园", "小区", "新村", "公寓", "名庭"]);
            for (k, name) in names[i..i + size].iter_mut().enumerate() {
                *name = Some(format!("{estate}{}幢", k + 1));
            }
        }
        i += size.max(1);
    }
    names
}

/// The largest building of a dedicated grid is the one the grid is named after.
fn name_public(grids: &[Area], features: &mut [Feature], places: &mut [Place]) {
    for (index, grid) in grids.iter().enumerate().filter(|(_, g)| g.theme.is_some()) {
        let Some((_, name, _)) = DEDICATED.iter().find(|d| grid.name.starts_with(d.1)) else { continue };
        let size = |i: &usize| crate::shape::doubled_area(&features[*i].points);
        let largest = (0..places.len()).filter(|&i| places[i].grid == index).max_by_key(size);
        if let Some(i) = largest {
            features[i].class = "public";
            features[i].name = (*name).to_owned();
            places[i].text = (*name).to_owned();
        }
    }
}

/// Spots on the roads, every 250 m or so: crossings where another road is near, otherwise the middle of nowhere.
fn spots(finder: &Finder, roads: &[Road], rng: &mut Rng) -> Vec<Place> {
    const WHERE: [&str; 8] =
        ["公交站旁", "桥头", "中段路边", "路口东侧", "路口西侧", "农田旁", "健身广场旁", "停车场入口"];
    let mut ends: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
    for (i, road) in roads.iter().enumerate() {
        for p in &road.line {
            ends.entry(Ground::square(*p)).or_default().push(i);
        }
    }
    let mut places = Vec::new();
    for (index, road) in roads.iter().enumerate() {
        let mut along = road.length().min(250.0) / 2.0;
        while let Some((p, _)) = road.at(along) {
            let others = ends.get(&Ground::square(p)).into_iter().flatten();
            let text = match others.copied().find(|&o| roads[o].name != roads[index].name) {
                Some(other) => format!("{}与{}路口附近", road.name, roads[other].name),
                None => format!("{}{}", road.name, rng.pick(&WHERE)),
            };
            if let Some(grid) = finder.find(p.vertex()) {
                places.push(Place { text, point: p.vertex(), grid, indoors: false });
            }
            along += 220.0 + 80.0 * rng.unit();
        }
    }
    places
}

/// A grid that no road reaches lies in the lake: matters there are reported from the boats' pier.
fn piers(grids: &[Area], places: &[Place]) -> Vec<Place> {
    let reached: std::collections::BTreeSet<usize> = places.iter().map(|p| p.grid).collect();
    let empty = grids.iter().enumerate().filter(|(grid, _)| !reached.contains(grid));
    let pier = |(grid, area): (usize, &Area)| Place {
        text: "望湖游船码头".to_owned(),
        point: area.point,
        grid,
        indoors: false,
    };
    empty.map(pier).collect()
}

/// Finds the grid of a point, bounding boxes first.
pub(crate) struct Finder<'a> {
    grids: &'a [Area],
    boxes: Vec<[i32; 4]>,
}

impl<'a> Finder<'a> {
    pub fn new(grids: &'a [Area]) -> Self {
        let bounds = |g: &Area| {
            g.rings.iter().flatten().fold([i32::MAX, i32::MAX, i32::MIN, i32::MIN], |b, v| {
                [b[0].min(v[0]), b[1].min(v[1]), b[2].max(v[0]), b[3].max(v[1])]
            })
        };
        Finder { grids, boxes: grids.iter().map(bounds).collect() }
    }

    pub fn find(&self, v: Vertex) -> Option<usize> {
        let near = |b: &[i32; 4]| b[0] <= v[0] && v[0] <= b[2] && b[1] <= v[1] && v[1] <= b[3];
        let mut candidates = (0..self.grids.len()).filter(|&i| near(&self.boxes[i]));
        candidates.find(|&i| contains_vertex(&self.grids[i].rings, v))
    }
}
