use crate::{Feature, FileFault, Geometry, Note, dbf, delimited, geojson, gpkg, shp, text_of, wkt};
use serde_json::Value;

/// A format to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One `.geojson`.
    GeoJson,
    /// `.shp`, `.shx`, `.dbf`, `.cpg` (UTF-8) and `.prj`.
    Shapefile,
    /// One `.gpkg`.
    GeoPackage,
    /// One `.csv` with a column `wkt`.
    Csv,
}

impl Format {
    /// By a word people use: `geojson`, `shp`, `shapefile`, `gpkg`, `geopackage`, `csv`.
    pub fn parse(word: &str) -> Option<Format> {
        match word.to_ascii_lowercase().trim_start_matches('.') {
            "geojson" | "json" => Some(Format::GeoJson),
            "shp" | "shapefile" => Some(Format::Shapefile),
            "gpkg" | "geopackage" => Some(Format::GeoPackage),
            "csv" | "wkt" => Some(Format::Csv),
            _ => None,
        }
    }
}

/// Files written, by name, and what the format made us change.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Name and bytes of each.
    pub files: Vec<(String, Vec<u8>)>,
    /// Names and texts shortened, types changed.
    pub notes: Vec<Note>,
}

/// Writes features under the name `layer`; see [`write_named`].
pub fn write_layer(
    format: Format,
    fields: &[String],
    features: &[Feature],
) -> Result<Vec<(String, Vec<u8>)>, FileFault> {
    write_named("layer", format, fields, features).map(|w| w.files)
}

/// Writes features in CGCS2000: the properties named by `fields`, in that order. What is written and read again
/// is the same layer, as far as the format can tell things apart: a CSV knows only text and no feature
/// without any, a Shapefile neither empty texts nor long names, and none of them the ids of features but GeoJSON.
pub fn write_named(
    name: &str,
    format: Format,
    fields: &[String],
    features: &[Feature],
) -> Result<Written, FileFault> {
    if let Some(f) = features.iter().find(|f| matches!(f.geometry, Geometry::Fault(_))) {
        return Err(unwritable(f.number));
    }
    let mut notes = Vec::new();
    let file = |ext: &str, bytes: Vec<u8>| (format!("{name}.{ext}"), bytes);
    let files = match format {
        Format::GeoJson => vec![file("geojson", geojson::write(fields, features))],
        Format::Csv => vec![file("csv", csv(fields, features, &mut notes))],
        Format::GeoPackage => vec![file("gpkg", gpkg::write(name, fields, features, &mut notes)?)],
        Format::Shapefile => {
            let (shp, shx) = shp::write(features)?;
            let dbf = dbf::write(fields, features, &mut notes)?;
            vec![
                file("shp", shp),
                file("shx", shx),
                file("dbf", dbf),
                file("cpg", b"UTF-8".to_vec()),
                file("prj", PRJ.as_bytes().to_vec()),
            ]
        }
    };
    Ok(Written { files, notes })
}

pub(crate) fn unwritable(number: usize) -> FileFault {
    FileFault::new("gis.unwritable_geometry", "这个几何无法写出。", "This geometry cannot be written.")
        .at(format!("feature {number}"))
}

/// The geometry goes last: it is long, and people look at the beginning of lines.
fn csv(fields: &[String], features: &[Feature], notes: &mut Vec<Note>) -> Vec<u8> {
    let mut column = "wkt".to_owned();
    while fields.iter().any(|f| f.eq_ignore_ascii_case(&column)) {
        column.push('_');
    }
    if column != "wkt" {
        notes.push(Note::new(
            "gis.field_renamed",
            format!("已有字段“wkt”,几何写在“{column}”列。"),
            format!("There is a field “wkt”; the geometry is in the column “{column}”."),
        ));
    }
    let mut out = String::from("\u{feff}");
    delimited::write(&mut out, fields.iter().chain([&column]));
    for f in features {
        let value = |field| text_of(f.properties.get(field).unwrap_or(&Value::Null));
        delimited::write(&mut out, fields.iter().map(value).chain([wkt::write(&f.geometry)]));
    }
    out.into_bytes()
}

/// West, south, east, north of all polygons; `None` without any.
pub(crate) fn bounds(features: &[Feature]) -> Option<[f64; 4]> {
    let positions = features.iter().flat_map(|f| match &f.geometry {
        Geometry::Polygon(parts) => parts.iter().flatten().flatten().copied().collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    positions
        .map(|p| [p[0], p[1], p[0], p[1]])
        .reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
}

/// As ESRI writes it.
const PRJ: &str = r#"GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;

/// As EPSG defines them.
pub(crate) const CGCS2000: &str = r#"GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]]"#;
pub(crate) const WGS84: &str = r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]"#;
