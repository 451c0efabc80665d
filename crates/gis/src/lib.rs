//! Files of others, read and written: GeoJSON, Shapefile, GeoPackage, CSV with WKT, XLSX; in any encoding.
//!
//! * Pure over bytes: the same for an upload and for a path ([`Files::from_path`] alone opens files).
//! * A file is taken whole or refused whole ([`FileFault`]); one feature's unusable geometry is told with the
//!   feature ([`GeometryFault`]) and the others are read on. What was left out or guessed is told ([`Note`]).
//! * Nothing is judged here: codes are the areas' business, geometry is that of `space`.
//! * No bytes make a reader panic or ask for memory out of proportion to the file.
#![forbid(unsafe_code)]

mod fault;
mod files;
mod layer;

pub use fault::{FileFault, GeometryFault, Note};
pub use files::{Files, LARGEST};
pub use layer::{Feature, Geometry, Layer, ReadOptions, text_of};
