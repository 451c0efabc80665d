use crate::{
    Bounds, Point, Shape, Vertex,
    side::{Met, edge},
};
use kernel::AreaCode;
use std::ops::Range;

/// Finds the area that holds a point. Where several do (shared borders, overlaps), the lowest code wins.
///
/// Made for tens of thousands of areas and millions of points. The land is cut into cells; a cell that no
/// border touches knows its areas. In the others the areas whose borders pass are asked, exactly, in the order
/// of their codes; each of them has its edges sorted into slabs from south to north, so that only those beside
/// the point are looked at.
#[derive(Debug, Clone, Default)]
pub struct Locator {
    areas: Vec<(AreaCode, Shape)>,
    slabs: Vec<Slabs>,
    grid: Option<Grid>,
}

impl Locator {
    /// Of these areas; codes may repeat.
    pub fn new(mut areas: Vec<(AreaCode, Shape)>) -> Locator {
        areas.sort_by_key(|(code, _)| *code);
        let slabs: Vec<_> = areas.iter().map(|(_, s)| Slabs::new(s)).collect();
        let bounds = areas.iter().map(|(_, s)| s.bounds()).reduce(Bounds::with);
        let grid = bounds.map(|b| Grid::new(b, &areas, &slabs));
        Locator { areas, slabs, grid }
    }

    /// The area that holds a point given in degrees, its borders included.
    pub fn locate(&self, lon: f64, lat: f64) -> Option<AreaCode> {
        self.at(Point::of(lon, lat))
    }

    /// The same for a point in units of 1e-7 degree.
    pub fn at(&self, p: Point) -> Option<AreaCode> {
        self.holders(p).next()
    }

    /// All areas that hold a point given in degrees, their borders included, by code.
    pub fn locate_all(&self, lon: f64, lat: f64) -> Vec<AreaCode> {
        self.holders(Point::of(lon, lat)).collect()
    }

    /// For each point, longitude and latitude in degrees, what [`Locator::locate`] answers.
    pub fn locate_many(&self, points: &[[f64; 2]]) -> Vec<Option<AreaCode>> {
        points.iter().map(|&[lon, lat]| self.locate(lon, lat)).collect()
    }

    /// The areas, by code.
    pub fn areas(&self) -> &[(AreaCode, Shape)] {
        &self.areas
    }

    /// The box around them all.
    pub fn bounds(&self) -> Option<Bounds> {
        self.grid.as_ref().map(|g| g.bounds)
    }

    fn holders(&self, p: Point) -> impl Iterator<Item = AreaCode> {
        let cell = self.grid.as_ref().map_or(&[][..], |g| g.bucket(p));
        let holds = move |c: &&Candidate| c.whole() || self.slabs[c.area()].covers(p);
        cell.iter().filter(holds).map(|c| self.areas[c.area()].0)
    }
}

/// An area to ask in a cell, or one that has the whole cell.
#[derive(Debug, Clone, Copy)]
struct Candidate(u32);

impl Candidate {
    fn area(self) -> usize {
        (self.0 >> 1) as usize
    }
    fn whole(self) -> bool {
        self.0 & 1 == 1
    }
}

/// The edges of a shape by slabs of equal height.
#[derive(Debug, Clone)]
struct Slabs {
    bounds: Bounds,
    per_unit: f64,
    /// Where each slab's edges start in `edges`; one more at the end.
    starts: Vec<u32>,
    /// In each slab by part.
    edges: Vec<Edge>,
}

#[derive(Debug, Clone, Copy)]
struct Edge {
    part: u32,
    a: Vertex,
    b: Vertex,
}

impl Slabs {
    fn new(shape: &Shape) -> Slabs {
        let bounds = shape.bounds();
        let mut all = Vec::with_capacity(shape.size());
        for (part, rings) in (0..).zip(shape.parts()) {
            for ring in rings {
                let before = ring.last().into_iter().chain(ring);
                all.extend(before.zip(ring).map(|(&a, &b)| Edge { part, a, b }));
            }
        }
        let height = f64::from(bounds.north) - f64::from(bounds.south);
        let rise: f64 = all.iter().map(|e| (f64::from(e.a[1]) - f64::from(e.b[1])).abs()).sum();
        // As many that edges which cross several take at most about twice the room.
        let most = (all.len() as f64 / 2.0).min(2.0 * all.len() as f64 * height / rise);
        let n = most.max(1.0) as usize;
        let mut slabs =
            Slabs { bounds, per_unit: n as f64 / height, starts: vec![0; n + 1], edges: Vec::new() };
        let range = |s: &Slabs, e: &Edge| {
            let (low, high) = (e.a[1].min(e.b[1]), e.a[1].max(e.b[1]));
            s.slab(low.into())..s.slab(high.into()) + 1
        };
        for e in &all {
            for i in range(&slabs, e) {
                slabs.starts[i + 1] += 1;
            }
        }
        for i in 1..=n {
            slabs.starts[i] += slabs.starts[i - 1];
        }
        let mut next = slabs.starts.clone();
        slabs.edges = vec![Edge { part: 0, a: [0, 0], b: [0, 0] }; slabs.starts[n] as usize];
        for e in &all {
            for i in range(&slabs, e) {
                slabs.edges[next[i] as usize] = *e;
                next[i] += 1;
            }
        }
        slabs
    }

    /// The same monotone formula serves edges and points, so that all edges a point is level with are in its
    /// slab.
    fn slab(&self, y: f64) -> usize {
        (((y - f64::from(self.bounds.south)) * self.per_unit) as usize).min(self.starts.len() - 2)
    }

    /// What [`Shape::covers`] answers.
    fn covers(&self, p: Point) -> bool {
        if !self.bounds.holds(p) {
            return false;
        }
        let slab = self.slab(p.y);
        let beside = &self.edges[self.starts[slab] as usize..self.starts[slab + 1] as usize];
        let (mut part, mut inside) = (0, false);
        for e in beside {
            if e.part != part {
                if inside {
                    return true;
                }
                part = e.part;
            }
            match edge(e.a, e.b, p) {
                Met::On => return true,
                Met::Crossed => inside = !inside,
                Met::Not => {}
            }
        }
        inside
    }
}

#[derive(Debug, Clone)]
struct Grid {
    bounds: Bounds,
    /// Cells from west to east, and from south to north.
    side: usize,
    /// Where each cell's candidates start in `of`; one more at the end.
    starts: Vec<u32>,
    /// By code within a cell.
    of: Vec<Candidate>,
}

/// More cells than this cost memory and gain nothing.
const MOST: f64 = 1_048_576.0;

impl Grid {
    fn new(bounds: Bounds, areas: &[(AreaCode, Shape)], slabs: &[Slabs]) -> Grid {
        let vertices: usize = areas.iter().map(|(_, s)| s.size()).sum();
        let cells = (16.0 * areas.len() as f64).max(vertices as f64 / 2.0).min(MOST);
        // Boxes that lie over each other many times must not multiply the work.
        let extent = |b: Bounds| {
            let (w, h) = (f64::from(b.east) - f64::from(b.west), f64::from(b.north) - f64::from(b.south));
            w * h
        };
        let layers: f64 = areas.iter().map(|(_, s)| extent(s.bounds()) / extent(bounds)).sum();
        let side = cells.min(16.0 * MOST / layers).sqrt().ceil() as usize;
        let mut grid = Grid { bounds, side, starts: vec![0; side * side + 1], of: Vec::new() };
        let mut found: Vec<(u32, Candidate)> = Vec::new();
        for (i, (_, shape)) in areas.iter().enumerate() {
            grid.lay(i as u32, shape, &slabs[i], &mut found);
        }
        for (cell, _) in &found {
            grid.starts[*cell as usize + 1] += 1;
        }
        for i in 1..grid.starts.len() {
            grid.starts[i] += grid.starts[i - 1];
        }
        grid.of = vec![Candidate(0); found.len()];
        let mut next = grid.starts.clone();
        for (cell, candidate) in found {
            grid.of[next[cell as usize] as usize] = candidate;
            next[cell as usize] += 1;
        }
        grid
    }

    /// Adds a shape to the cells it touches or fills.
    fn lay(&self, i: u32, shape: &Shape, slabs: &Slabs, found: &mut Vec<(u32, Candidate)>) {
        let b = shape.bounds();
        let (columns, rows) = (self.range(0, b.west, b.east), self.range(1, b.south, b.north));
        let wide = columns.len();
        let mut touched = vec![false; wide * rows.len()];
        for ring in shape.parts().flatten() {
            let Some(mut a) = ring.last().copied() else { continue };
            for &b in ring {
                for row in self.range(1, a[1].min(b[1]), a[1].max(b[1])) {
                    let span = self.crossed(row, a, b);
                    let from = (row - rows.start) * wide;
                    for column in span.start.max(columns.start)..span.end.min(columns.end) {
                        touched[from + column - columns.start] = true;
                    }
                }
                a = b;
            }
        }
        for row in rows.clone() {
            // Cells beside each other that no border touches are both inside or both outside.
            let mut whole = None;
            for column in columns.clone() {
                let cell = (row * self.side + column) as u32;
                if touched[(row - rows.start) * wide + column - columns.start] {
                    found.push((cell, Candidate(i << 1)));
                    whole = None;
                } else if *whole.get_or_insert_with(|| slabs.covers(self.middle(column, row))) {
                    found.push((cell, Candidate(i << 1 | 1)));
                }
            }
        }
    }

    /// Low end and extent along an axis, in units.
    fn axis(&self, axis: usize) -> (f64, f64) {
        let b = &self.bounds;
        let (low, high) = if axis == 0 { (b.west, b.east) } else { (b.south, b.north) };
        (f64::from(low), f64::from(high) - f64::from(low))
    }

    /// Column or row of an ordinate. Monotone; the same for borders and points.
    fn place(&self, axis: usize, v: f64) -> usize {
        let (low, extent) = self.axis(axis);
        (((v - low) / extent * self.side as f64) as usize).min(self.side - 1)
    }

    /// All columns or rows from one ordinate to another, and whatever rounding might add.
    fn range(&self, axis: usize, low: i32, high: i32) -> Range<usize> {
        self.place(axis, f64::from(low) - 1.0)..self.place(axis, f64::from(high) + 1.0) + 1
    }

    /// The columns that an edge passes in a row. A unit more on each side is a million times what rounding
    /// can do.
    fn crossed(&self, row: usize, a: Vertex, b: Vertex) -> Range<usize> {
        let (low, extent) = self.axis(1);
        let step = extent / self.side as f64;
        let (south, north) = (low + row as f64 * step - 1.0, low + (row + 1) as f64 * step + 1.0);
        let (a, b) = (a.map(f64::from), b.map(f64::from));
        let x = |y: f64| {
            let t = if a[1] == b[1] { 0.0 } else { ((y - a[1]) / (b[1] - a[1])).clamp(0.0, 1.0) };
            a[0] + t * (b[0] - a[0])
        };
        let (p, q) = if a[1] == b[1] { (a[0], b[0]) } else { (x(south), x(north)) };
        self.place(0, p.min(q) - 1.0)..self.place(0, p.max(q) + 1.0) + 1
    }

    fn middle(&self, column: usize, row: usize) -> Point {
        let at = |axis, n: usize| {
            let (low, extent) = self.axis(axis);
            low + (n as f64 + 0.5) * extent / self.side as f64
        };
        Point { x: at(0, column), y: at(1, row) }
    }

    fn bucket(&self, p: Point) -> &[Candidate] {
        if !self.bounds.holds(p) {
            return &[];
        }
        let cell = self.place(1, p.y) * self.side + self.place(0, p.x);
        &self.of[self.starts[cell] as usize..self.starts[cell + 1] as usize]
    }
}
