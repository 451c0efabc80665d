use crate::{Point, UNITS, Vertex};

/// The smallest box around something, borders included; in units of 1e-7 degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Smallest longitude.
    pub west: i32,
    /// Smallest latitude.
    pub south: i32,
    /// Largest longitude.
    pub east: i32,
    /// Largest latitude.
    pub north: i32,
}

impl Bounds {
    /// Around vertices; `None` around none.
    pub fn around(vertices: impl IntoIterator<Item = Vertex>) -> Option<Bounds> {
        vertices
            .into_iter()
            .map(|[x, y]| Bounds { west: x, south: y, east: x, north: y })
            .reduce(Bounds::with)
    }

    /// Around this box and another.
    pub fn with(self, other: Bounds) -> Bounds {
        Bounds {
            west: self.west.min(other.west),
            south: self.south.min(other.south),
            east: self.east.max(other.east),
            north: self.north.max(other.north),
        }
    }

    /// Whether a point is in the box or on its edge.
    pub fn holds(&self, p: Point) -> bool {
        p.x >= f64::from(self.west)
            && p.x <= f64::from(self.east)
            && p.y >= f64::from(self.south)
            && p.y <= f64::from(self.north)
    }

    /// West, south, east, north in degrees, as GeoJSON's `bbox` has them.
    pub fn degrees(&self) -> [f64; 4] {
        [self.west, self.south, self.east, self.north].map(|n| f64::from(n) / UNITS)
    }
}
