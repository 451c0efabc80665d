//! The roads: arterials between the seats and out of the county, lanes from every grid to them, and the
//! streets of the three towns.

use crate::areas::{Land, seats};
use crate::feature::Feature;
use crate::names::Namer;
use crate::partition::Claim;
use crate::rng::Rng;
use crate::shape::{Pt, contains_vertex, height, wave, width};
use crate::water::{Water, north_bank};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// A road in metres.
pub(crate) struct Road {
    pub class: &'static str,
    pub name: String,
    pub line: Vec<Pt>,
}

impl Road {
    pub fn length(&self) -> f64 {
        self.line.windows(2).map(|s| s[0].distance(s[1])).sum()
    }

    /// The point `along` metres from its start, with the direction there; none past its end.
    pub fn at(&self, along: f64) -> Option<(Pt, (f64, f64))> {
        let mut left = along;
        for s in self.line.windows(2) {
            let d = s[0].distance(s[1]);
            if left <= d && d > 0.0 {
                return Some((s[0].towards(s[1], left / d), s[0].direction(s[1])));
            }
            left -= d;
        }
        None
    }

    pub fn feature(&self) -> Feature {
        Feature::new("road", self.class, &self.name, &self.line)
    }
}

/// A path over the mesh that is one road.
struct Path {
    class: &'static str,
    name: String,
    nodes: Vec<usize>,
}

/// Roads on the mesh: nodes are cells, links join neighbouring cells.
struct Network<'a> {
    land: &'a Land,
    dry: Vec<bool>,
    links: BTreeSet<(usize, usize)>,
    nodes: BTreeSet<usize>,
    paths: Vec<Path>,
}

/// Builds all roads, arterials first.
pub(crate) fn build(land: &Land, water: &Water, namer: &mut Namer, rng: &mut Rng) -> Vec<Road> {
    let mut net = Network {
        land,
        dry: land.mesh.cells.iter().map(|c| water.distance_to_lake(c.centre) > 150.0).collect(),
        links: BTreeSet::new(),
        nodes: BTreeSet::new(),
        paths: Vec::new(),
    };
    net.arterials();
    net.lanes(namer, rng);
    let mut roads = net.draw();
    town_streets(&mut roads, land, water, namer, rng);
    village_lanes(&mut roads, land, water, namer, rng);
    roads
}

fn link(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

impl Network<'_> {
    fn cell_near(&self, p: Pt) -> usize {
        let gap = |i: &usize| self.land.mesh.cells[*i].centre.distance(p);
        let dry = (0..self.dry.len()).filter(|&i| self.dry[i]);
        dry.min_by(|a, b| gap(a).total_cmp(&gap(b))).unwrap_or(0)
    }

    fn arterials(&mut self) {
        let at = |x: f64, y: f64| Pt { x: width() * x, y: height() * y };
        let [seat, north, south] = seats().map(|s| s.0);
        let (bridge, wharf) = (at(0.50, 0.50), at(0.72, 0.62));
        let routes: [(&str, &[Pt]); 8] = [
            ("云桥大道", &[at(0.0, 0.66), at(0.30, 0.63), seat, wharf, at(1.0, 0.55)]),
            ("环湖公路", &[at(0.46, 1.0), at(0.50, 0.75), seat, bridge, at(0.47, 0.36), at(0.52, 0.0)]),
            ("云梁公路", &[wharf, north, at(0.95, 1.0)]),
            ("云柳公路", &[at(0.47, 0.40), south, at(0.24, 0.0)]),
            ("滨江南路", &[at(0.0, 0.38), at(0.25, 0.46), bridge, at(0.70, 0.47), at(1.0, 0.30)]),
            ("石梁大道", &[at(0.50, 0.76), north, at(1.0, 0.72)]),
            ("柳塘大道", &[at(0.0, 0.30), south, at(0.52, 0.14), at(0.86, 0.12)]),
            ("东环公路", &[wharf, at(0.71, 0.46), at(0.72, 0.30), at(0.72, 0.10)]),
        ];
        for (name, stops) in routes {
            let stops: Vec<usize> = stops.iter().map(|&p| self.cell_near(p)).collect();
            let mut route = vec![stops[0]];
            for pair in stops.windows(2) {
                let piece = self.shortest(pair[0], &|cell| cell == pair[1]);
                for cell in piece.into_iter().skip(1) {
                    // Back the way it came: the stop was off the way, so the road passes by it.
                    if route.len() >= 2 && route[route.len() - 2] == cell {
                        route.pop();
                    } else {
                        route.push(cell);
                    }
                }
            }
            self.add("arterial", name, &route);
        }
    }

    /// One lane from each grid (in random order) to the nearest road there is.
    fn lanes(&mut self, namer: &mut Namer, rng: &mut Rng) {
        let mut ends: Vec<usize> = self.land.grids.iter().map(|g| self.cell_near(Pt::of(g.point))).collect();
        rng.shuffle(&mut ends);
        for from in ends {
            let path = self.shortest(from, &|cell| self.nodes.contains(&cell));
            let name = namer.name(rng, &["路", "公路", "路", "村道"]);
            self.add("local", &name, &path);
        }
    }

    /// The cheapest path from a cell to the first one that `arrived` accepts; roads that exist are cheap,
    /// new bridges dear. Empty when there is none.
    fn shortest(&self, from: usize, arrived: &dyn Fn(usize) -> bool) -> Vec<usize> {
        let mut came: BTreeMap<usize, usize> = BTreeMap::new();
        let mut cost: BTreeMap<usize, f64> = BTreeMap::from([(from, 0.0)]);
        let mut heap = BinaryHeap::from([Claim { cost: 0.0, cell: from, part: 0 }]);
        while let Some(Claim { cost: so_far, cell, .. }) = heap.pop() {
            if arrived(cell) {
                let mut path = vec![cell];
                while let Some(&before) = path.last().and_then(|last| came.get(last)) {
                    path.push(before);
                }
                path.reverse();
                return path;
            }
            if so_far > cost[&cell] {
                continue;
            }
            for next in self.land.mesh.cells[cell].around().filter(|&n| self.dry[n]) {
                let total = so_far + self.toll(cell, next);
                if cost.get(&next).is_none_or(|&c| total < c) {
                    cost.insert(next, total);
                    came.insert(next, cell);
                    heap.push(Claim { cost: total, cell: next, part: 0 });
                }
            }
        }
        Vec::new()
    }

    fn toll(&self, a: usize, b: usize) -> f64 {
        let (p, q) = (self.land.mesh.cells[a].centre, self.land.mesh.cells[b].centre);
        if self.links.contains(&link(a, b)) {
            return p.distance(q) * 0.45;
        }
        // Hills nobody sees: long waves in the cost make the roads wind.
        let hill = 1.0 + 0.5 * wave(p.x / 3_900.0 + p.y / 9_000.0) * wave(p.y / 3_300.0 - p.x / 12_000.0);
        let bridge = if north_bank(p) == north_bank(q) { 0.0 } else { 2_500.0 };
        p.distance(q) * hill + bridge
    }

    /// Adds the stretches of the route that are not roads yet.
    fn add(&mut self, class: &'static str, name: &str, route: &[usize]) {
        let mut run: Vec<usize> = Vec::new();
        for pair in route.windows(2) {
            if self.links.insert(link(pair[0], pair[1])) {
                if run.is_empty() {
                    run.push(pair[0]);
                }
                run.push(pair[1]);
            } else if !run.is_empty() {
                let nodes = std::mem::take(&mut run);
                self.paths.push(Path { class, name: name.to_owned(), nodes });
            }
        }
        if !run.is_empty() {
            self.paths.push(Path { class, name: name.to_owned(), nodes: run });
        }
        self.nodes.extend(route);
    }

    /// Straightens the network as a whole, so that roads still meet where they met, and bends each road
    /// smoothly through its nodes.
    fn draw(&self) -> Vec<Road> {
        let mut beside: BTreeMap<usize, [Vec<usize>; 2]> = BTreeMap::new();
        for path in &self.paths {
            for pair in path.nodes.windows(2) {
                let rank = usize::from(path.class == "local");
                beside.entry(pair[0]).or_default()[rank].push(pair[1]);
                beside.entry(pair[1]).or_default()[rank].push(pair[0]);
            }
        }
        let mut at: BTreeMap<usize, Pt> =
            beside.keys().map(|&cell| (cell, self.land.mesh.cells[cell].centre)).collect();
        for _ in 0..3 {
            let before = at.clone();
            for (cell, [arterial, local]) in &beside {
                let next = if arterial.len() >= 2 { arterial } else { local };
                if next.len() >= 2 && arterial.len() != 1 {
                    let n = next.len() as f64;
                    let sum = next.iter().fold((0.0, 0.0), |s, c| (s.0 + before[c].x, s.1 + before[c].y));
                    at.insert(*cell, before[cell].towards(Pt { x: sum.0 / n, y: sum.1 / n }, 0.5));
                }
            }
        }
        let road = |p: &Path| {
            let mut nodes: Vec<Pt> = p.nodes.iter().map(|c| at[c]).collect();
            if p.class == "arterial" {
                self.run_out(p, &mut nodes);
            }
            Road { class: p.class, name: p.name.clone(), line: through(&nodes) }
        };
        self.paths.iter().map(road).collect()
    }

    /// Arterials that end in a cell at the county's border go on to the border itself.
    fn run_out(&self, path: &Path, nodes: &mut Vec<Pt>) {
        let exit = |cell: usize| {
            let cell = &self.land.mesh.cells[cell];
            let open = cell.edges().find(|(_, _, across)| across.is_none());
            open.map(|(corner, _, _)| cell.centre.towards(self.land.mesh.corners[corner], 0.9))
        };
        if let Some(p) = path.nodes.last().and_then(|&c| exit(c)) {
            nodes.push(p);
        }
        if let Some(p) = path.nodes.first().and_then(|&c| exit(c)) {
            nodes.insert(0, p);
        }
    }
}

/// A Catmull–Rom curve through the nodes, four pieces to each stretch.
fn through(nodes: &[Pt]) -> Vec<Pt> {
    let n = nodes.len();
    let mut line = Vec::with_capacity(n * 4);
    for i in 0..n.saturating_sub(1) {
        let [a, b, c, d] = [nodes[i.saturating_sub(1)], nodes[i], nodes[i + 1], nodes[(i + 2).min(n - 1)]];
        for k in 0..4 {
            let t = f64::from(k) / 4.0;
            let mix = |a: f64, b: f64, c: f64, d: f64| {
                let (l, q, u) = (c - a, 2.0 * a - 5.0 * b + 4.0 * c - d, 3.0 * (b - c) + d - a);
                b + 0.5 * t * (l + t * (q + t * u))
            };
            line.push(Pt { x: mix(a.x, b.x, c.x, d.x), y: mix(a.y, b.y, c.y, d.y) });
        }
    }
    line.extend(nodes.last());
    line
}

/// The streets of the towns: two families of lines at right angles, bent a little, thinning out outwards;
/// most of them stop at the water.
fn town_streets(roads: &mut Vec<Road>, land: &Land, water: &Water, namer: &mut Namer, rng: &mut Rng) {
    let plans = [
        (240.0, 8_i32, 1_900.0, (0.974_6, 0.224)),
        (190.0, 4, 780.0, (0.9165, -0.4)),
        (190.0, 4, 820.0, (0.866, 0.5)),
    ];
    for ((middle, _, _), (spacing, lines, reach, direction)) in seats().into_iter().zip(plans) {
        for across in [false, true] {
            let direction = if across { (-direction.1, direction.0) } else { direction };
            for k in -lines..=lines {
                let share = 1.0 - f64::from(k * k) / f64::from((lines + 2) * (lines + 2));
                let (back, forth) =
                    (reach * share * (0.65 + 0.35 * rng.unit()), reach * share * (0.65 + 0.35 * rng.unit()));
                let offset = (f64::from(k) + rng.swing() * 0.16) * spacing;
                let phase = rng.unit();
                let steps = ((back + forth) / 50.0) as usize;
                let points = (0..=steps).map(|i| {
                    let along = -back + i as f64 * 50.0;
                    middle.moved(direction, along, offset + 14.0 * wave(along / 1_400.0 + phase))
                });
                let bridge = across && k.rem_euclid(4) == 1;
                let name = namer.name(rng, &["路", "路", "街", "大街"]);
                cut(roads, land, water, &points.collect::<Vec<_>>(), bridge, &name);
            }
        }
    }
}

/// Two crossing lanes in the middle of each grid outside the towns.
fn village_lanes(roads: &mut Vec<Road>, land: &Land, water: &Water, namer: &mut Namer, rng: &mut Rng) {
    for grid in &land.grids {
        let middle = Pt::of(grid.point);
        if seats().iter().any(|(seat, _, radius)| middle.distance(*seat) < radius * 0.55) {
            continue;
        }
        let turn = rng.unit() * 0.25;
        let direction = (wave(turn + 0.25), wave(turn));
        let crossing = [direction, (-direction.1, direction.0)];
        for (direction, offset) in crossing.into_iter().zip([rng.swing() * 60.0, rng.swing() * 60.0]) {
            let half = 130.0 + 170.0 * rng.unit();
            let phase = rng.unit();
            let points = (0..=10).map(|i| {
                let along = half * (f64::from(i) / 5.0 - 1.0);
                middle.moved(direction, along, offset + 18.0 * wave(along / 500.0 + phase))
            });
            let name = namer.name(rng, &["巷", "弄", "路"]);
            cut(roads, land, water, &points.collect::<Vec<_>>(), false, &name);
        }
    }
}

/// Keeps the stretches of a line that lie in the county and, unless it is a bridge, on dry land.
fn cut(roads: &mut Vec<Road>, land: &Land, water: &Water, points: &[Pt], bridge: bool, name: &str) {
    let good =
        |p: &Pt| contains_vertex(&land.region.rings, p.vertex()) && (bridge || water.distance(*p) > 25.0);
    let stretches = points.split(|p| !good(p)).filter(|stretch| stretch.len() >= 4);
    roads.extend(stretches.map(|s| Road { class: "local", name: name.to_owned(), line: s.to_vec() }));
}
