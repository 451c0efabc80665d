//! Files of others, read and written: GeoJSON, Shapefile, GeoPackage, CSV with WKT, XLSX; in any encoding.
//!
//! * Pure over bytes: the same for an upload and for a path ([`Files::from_path`] alone opens files).
//! * A file is taken whole or refused whole ([`FileFault`]); one feature's unusable geometry is told with the
//!   feature ([`GeometryFault`]) and the others are read on. What was left out or guessed is told ([`Note`]).
//! * Nothing is judged here: codes are the areas' business, geometry is that of `space`.
//! * No bytes make a reader panic or ask for memory out of proportion to the file.
#![forbid(unsafe_code)]

mod archive;
mod dbf;
mod delimited;
mod fault;
mod files;
mod geojson;
mod gpkg;
mod layer;
mod read;
mod shp;
mod table;
mod text;
mod wkb;
mod wkt;
mod write;
mod xlsx;

pub use archive::pack;
pub use fault::{FileFault, GeometryFault, Note};
pub use files::{Files, LARGEST};
pub use layer::{Feature, Geometry, Layer, ReadOptions, text_of};
pub use read::read_layer;
pub use table::{Sheet, Table, TableOptions, TableRow, read_table, write_csv, write_xlsx};
pub use write::{Format, Written, write_layer, write_named};

fn empty() -> FileFault {
    FileFault::new("gis.empty", "文件是空的。", "The file is empty.")
}
