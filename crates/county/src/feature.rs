//! The base map: what is drawn under the grids.

use crate::shape::{Pt, Vertex};
use serde::Serialize;

/// Something to draw.
#[derive(Clone, Debug, Serialize)]
pub struct Feature {
    /// "road", "building" or "water".
    pub kind: &'static str,
    /// Roads: "arterial" or "local"; buildings: "house", "estate" or "public"; water: "river", "lake", "brook".
    pub class: &'static str,
    /// Chinese name; of a building its address.
    pub name: String,
    /// A line, or a polygon when the last vertex repeats the first.
    pub points: Vec<Vertex>,
}

impl Feature {
    pub(crate) fn new(kind: &'static str, class: &'static str, name: &str, line: &[Pt]) -> Feature {
        let mut points: Vec<Vertex> = line.iter().map(|p| p.vertex()).collect();
        points.dedup();
        Feature { kind, class, name: name.to_owned(), points }
    }
}
