//! Files of others, read and written: GeoJSON, Shapefile, GeoPackage, CSV and XLSX.
#![forbid(unsafe_code)]
