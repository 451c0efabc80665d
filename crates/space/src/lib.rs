//! Polygons and who holds a point: pure, exact.
//!
//! * Vertices are whole numbers of 1e-7 degree (about a centimetre); points asked about are not snapped.
//! * Whether a point is inside, outside or exactly on a border is decided without rounding error, so a
//!   partition of the land leaves no seam: every point of it is in exactly one area.
//! * A point on a border shared by several areas belongs to the one with the lowest code.
//! * What cannot be a polygon is refused with the part, ring and position at fault.
//!
//! Not looked for yet: rings that cross themselves or each other, holes outside their exterior, shapes
//! across the 180th meridian.
#![forbid(unsafe_code)]

mod bounds;
mod bytes;
mod fault;
mod geojson;
mod locate;
mod shape;
mod side;

pub use bounds::Bounds;
pub use bytes::BadBytes;
pub use fault::{ShapeFault, Wrong};
pub use geojson::write_degrees;
pub use locate::Locator;
pub use shape::Shape;
pub use side::{Point, Side};

/// A vertex: degrees east and north times 10⁷, rounded to whole numbers.
pub type Vertex = [i32; 2];

/// Units of a [`Vertex`] in one degree.
pub const UNITS: f64 = 1e7;
