use crate::{Shape, UNITS, Vertex};
use robust::{Coord, orient2d};

/// A point asked about, in units of 1e-7 degree, not snapped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// East.
    pub x: f64,
    /// North.
    pub y: f64,
}

impl Point {
    /// From degrees.
    pub fn of(lon: f64, lat: f64) -> Point {
        Point { x: lon * UNITS, y: lat * UNITS }
    }

    /// Longitude and latitude in degrees.
    pub fn degrees(self) -> (f64, f64) {
        (self.x / UNITS, self.y / UNITS)
    }
}

impl From<Vertex> for Point {
    fn from([x, y]: Vertex) -> Point {
        Point { x: x.into(), y: y.into() }
    }
}

/// Where a point is with regard to a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// In its interior.
    Inside,
    /// Exactly on its border, a hole's included.
    Border,
    /// Neither.
    Outside,
}

impl Shape {
    /// Where a point is, decided exactly. Inside a hole is outside.
    pub fn side(&self, p: Point) -> Side {
        if !self.bounds().holds(p) {
            return Side::Outside;
        }
        let mut side = Side::Outside;
        for part in self.parts() {
            match of_part(part, p) {
                Side::Inside => return Side::Inside,
                Side::Border => side = Side::Border,
                Side::Outside => {}
            }
        }
        side
    }

    /// Whether a point is in the shape or on its border.
    pub fn covers(&self, p: Point) -> bool {
        self.side(p) != Side::Outside
    }
}

/// Even-odd over the rings of one part: a ray to the east crosses an odd number of edges from inside.
fn of_part<'a>(rings: impl Iterator<Item = &'a [Vertex]>, p: Point) -> Side {
    let mut inside = false;
    for ring in rings {
        let Some(&last) = ring.last() else { continue };
        let mut a = last;
        for &b in ring {
            match edge(a, b, p) {
                Met::On => return Side::Border,
                Met::Crossed => inside = !inside,
                Met::Not => {}
            }
            a = b;
        }
    }
    if inside { Side::Inside } else { Side::Outside }
}

pub(crate) enum Met {
    Not,
    Crossed,
    On,
}

pub(crate) fn edge(a: Vertex, b: Vertex, p: Point) -> Met {
    let (low, high) = if a[1] <= b[1] { (a, b) } else { (b, a) };
    if p.y < f64::from(low[1]) || p.y > f64::from(high[1]) {
        return Met::Not;
    }
    let (west, east) = (f64::from(a[0].min(b[0])), f64::from(a[0].max(b[0])));
    if p.x > east {
        return Met::Not;
    }
    // Half-open in y: a ray through a vertex crosses one of the two edges that meet there if they go on
    // in the same direction, and both or none if they turn back.
    let straddles = p.y < f64::from(high[1]);
    if p.x < west {
        return if straddles { Met::Crossed } else { Met::Not };
    }
    let c = |v: Vertex| Coord { x: f64::from(v[0]), y: f64::from(v[1]) };
    let turn = orient2d(c(low), c(high), Coord { x: p.x, y: p.y });
    if turn == 0.0 {
        // In the edge's box and on its line.
        Met::On
    } else if turn > 0.0 && straddles {
        Met::Crossed
    } else {
        Met::Not
    }
}
