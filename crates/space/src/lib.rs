//! Polygons and who holds a point: pure, exact.
//!
//! * Vertices are whole numbers of 1e-7 degree (about a centimetre); points asked about are not snapped.
//! * Whether a point is inside, outside or exactly on a border is decided without rounding error, so a
//!   partition of the land leaves no seam: every point of it is in exactly one area.
//! * A point on a border shared by several areas belongs to the one with the lowest code.
//! * What cannot be a polygon is refused with the part, ring and position at fault ([`Shape::from_degrees`]);
//!   a million vertices are judged in seconds.
//! * Boundaries in GCJ-02 and BD-09 are converted ([`Crs`]).
//! * Areas that overlap are found, with square metres ([`overlaps`]).
//!
//! Not looked for: shapes across the 180th meridian.
#![forbid(unsafe_code)]

mod bounds;
mod bytes;
mod crs;
mod degrees;
mod fault;
mod geojson;
mod locate;
mod overlap;
mod shape;
mod side;
mod valid;

pub use bounds::Bounds;
pub use bytes::BadBytes;
pub use crs::Crs;
pub use degrees::{Dropped, MOST_VERTICES};
pub use fault::{ShapeFault, Spot, Wrong};
pub use geojson::write_degrees;
pub use locate::Locator;
pub use overlap::{Overlap, overlap, overlaps};
pub use shape::Shape;
pub use side::{Point, Side};

/// A vertex: degrees east and north times 10⁷, rounded to whole numbers.
pub type Vertex = [i32; 2];

/// Units of a [`Vertex`] in one degree.
pub const UNITS: f64 = 1e7;
