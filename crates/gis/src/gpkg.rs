//! GeoPackage: an SQLite database, read and written in memory.

use crate::{Feature, FileFault, Geometry, GeometryFault, Layer, Note, layer, text_of, wkb};
use rusqlite::{
    Connection, Error, ErrorCode, OptionalExtension,
    config::DbConfig,
    params, params_from_iter,
    types::{Value as Cell, ValueRef},
};
use serde_json::{Map, Number, Value};

const MAIN: &str = "main";

pub(crate) fn read(bytes: &[u8], wanted: Option<&str>) -> Result<Layer, FileFault> {
    let mut notes = Vec::new();
    let mut bytes = bytes.to_vec();
    // A write-ahead log beside the file is not part of it; without one SQLite wants to be told so.
    if let Some(modes @ [2, 2]) = bytes.get_mut(18..20) {
        modes.fill(1);
        notes.push(Note::new(
            "gis.write_ahead_log",
            "文件曾以 WAL 方式打开;若旁边还有 -wal 文件,其中的改动没有读取。",
            "The file was open with a write-ahead log; what still stands in a -wal file beside it was not read.",
        ));
    }
    let db = open(&bytes)?;
    let (table, geometry, srs) = choose(&db, wanted)?;
    let crs = crs(&db, srs).map_err(damaged)?;
    let mut out = features(&db, &table, &geometry).map_err(damaged)?;
    out.notes.splice(0..0, notes);
    out.crs = crs;
    Ok(out)
}

fn damaged(e: Error) -> FileFault {
    FileFault::new(
        "gis.bad_geopackage",
        format!("GeoPackage 损坏、不完整或过于复杂:{e}。"),
        format!("The GeoPackage is damaged, cut off or too involved: {e}."),
    )
}

/// The database of somebody else: read only, nothing in it is trusted, and it may not compute for long.
fn open(bytes: &[u8]) -> Result<Connection, FileFault> {
    let open = || -> rusqlite::Result<Connection> {
        let mut db = Connection::open_in_memory()?;
        db.deserialize_read_exact(MAIN, bytes, bytes.len(), true)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        let mut rounds = 0;
        db.progress_handler(
            100_000,
            Some(move || {
                rounds += 1;
                rounds > 5_000
            }),
        )?;
        Ok(db)
    };
    open().map_err(damaged)
}

/// Table, geometry column and coordinate system of the layer.
fn choose(db: &Connection, wanted: Option<&str>) -> Result<(String, String, i64), FileFault> {
    const LAYERS: &str = "SELECT g.table_name, g.column_name, g.srs_id FROM gpkg_geometry_columns g
        JOIN gpkg_contents c ON c.table_name = g.table_name WHERE c.data_type = 'features' ORDER BY 1 LIMIT 1000";
    let layers = || -> rusqlite::Result<Vec<(String, String, i64)>> {
        let mut statement = db.prepare(LAYERS)?;
        statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?.collect()
    };
    let layers = layers().map_err(|e| match e.sqlite_error_code() {
        Some(ErrorCode::Unknown) => FileFault::new(
            "gis.not_a_geopackage",
            "是 SQLite 数据库,但不是 GeoPackage。",
            "This is an SQLite database but no GeoPackage.",
        ),
        _ => damaged(e),
    })?;
    let names = layers.iter().map(|l| l.0.as_str()).collect::<Vec<_>>().join(", ");
    let found = match (wanted, layers.len()) {
        (_, 0) => {
            return Err(FileFault::new(
                "gis.no_layer",
                "GeoPackage 中没有矢量图层。",
                "The GeoPackage has no layer of features.",
            ));
        }
        (Some(wanted), _) => layers.into_iter().find(|l| l.0 == wanted),
        (None, 1) => layers.into_iter().next(),
        (None, _) => None,
    };
    found.ok_or_else(|| match wanted {
        Some(wanted) => crate::read::no_such_layer(wanted, &names),
        None => crate::read::several_layers(&names),
    })
}

fn crs(db: &Connection, srs: i64) -> rusqlite::Result<Option<String>> {
    const SRS: &str =
        "SELECT organization, organization_coordsys_id, srs_name FROM gpkg_spatial_ref_sys WHERE srs_id = $1";
    let found = db
        .query_row(SRS, [srs], |r| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?, r.get::<_, String>(2)?)));
    Ok(match found.optional()? {
        Some((_, id, _)) if id <= 0 => None,
        Some((organization, id, _)) if organization.eq_ignore_ascii_case("epsg") => {
            Some(format!("EPSG:{id}"))
        }
        Some((_, _, name)) => Some(name),
        None => None,
    })
}

/// An identifier as SQL: the only way a name from a file or a caller gets into a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn features(db: &Connection, table: &str, geometry: &str) -> rusqlite::Result<Layer> {
    const COLUMNS: &str = "SELECT name, upper(type), pk FROM pragma_table_info($1)";
    let mut statement = db.prepare(COLUMNS)?;
    let columns = statement
        .query_map([table], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get::<_, i64>(2)?)))?;
    let columns = columns.collect::<rusqlite::Result<Vec<_>>>()?;
    let keys = columns.iter().filter(|c| c.2 > 0).count();
    let is_key = |c: &(String, String, i64)| keys == 1 && c.2 > 0 && c.1 == "INTEGER";
    let is_geometry = |c: &(String, String, i64)| c.0.eq_ignore_ascii_case(geometry);
    let fields = columns.iter().filter(|c| !is_key(c) && !is_geometry(c)).map(|c| c.0.clone()).collect();
    let mut out = Layer { fields, ..Layer::default() };
    let (mut heights, mut blobs) = (Vec::new(), Vec::new());
    let mut statement = db.prepare(&format!("SELECT * FROM {}", quoted(table)))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let number = out.features.len() + 1;
        let mut f =
            Feature { number, line: None, id: None, properties: Map::new(), geometry: Geometry::None };
        for (i, c) in columns.iter().enumerate() {
            let cell = row.get_ref(i)?;
            if is_geometry(c) {
                let (read, deep) = blob(cell);
                f.geometry = read;
                heights.extend(deep.then_some(number));
            } else if is_key(c) {
                f.id = Some(text_of(&value(cell, "")));
            } else {
                if matches!(cell, ValueRef::Blob(_)) {
                    blobs.push(number);
                }
                f.properties.insert(c.0.clone(), value(cell, &c.1));
            }
        }
        out.features.push(f);
    }
    out.notes.extend(layer::heights(&heights));
    if let Some(first) = blobs.first() {
        let note = Note::new(
            "gis.binary_values",
            "二进制的属性值不读取,按空值处理。",
            "Binary values are not read; they were taken as null.",
        );
        out.notes.push(note.at(format!("feature {first}")));
    }
    Ok(out)
}

fn value(cell: ValueRef<'_>, declared: &str) -> Value {
    match cell {
        ValueRef::Null | ValueRef::Blob(_) => Value::Null,
        ValueRef::Integer(n) if declared == "BOOLEAN" => (n != 0).into(),
        ValueRef::Integer(n) => n.into(),
        ValueRef::Real(n) => Number::from_f64(n).map_or(Value::Null, Value::Number),
        ValueRef::Text(t) => String::from_utf8_lossy(t).into_owned().into(),
    }
}

/// A geometry in the form of the GeoPackage: a header before the WKB.
fn blob(cell: ValueRef<'_>) -> (Geometry, bool) {
    let bad = || {
        let fault = GeometryFault::new(
            "geometry.bad_header",
            "不是 GeoPackage 的几何数据。",
            "this is no geometry of a GeoPackage.",
        );
        (Geometry::Fault(fault), false)
    };
    let bytes = match cell {
        ValueRef::Null => return (Geometry::None, false),
        ValueRef::Blob(bytes) => bytes,
        _ => return bad(),
    };
    let Some(&[b'G', b'P', _, flags]) = bytes.get(..4) else { return bad() };
    let envelope = match flags >> 1 & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return bad(),
    };
    match bytes.get(8 + envelope..) {
        // An empty geometry.
        _ if flags & 0x10 != 0 => (Geometry::None, false),
        Some(rest) => wkb::read(rest),
        None => bad(),
    }
}

/// One layer in CGCS2000, with its types told from the values.
pub(crate) fn write(
    name: &str,
    fields: &[String],
    features: &[Feature],
    notes: &mut Vec<Note>,
) -> Result<Vec<u8>, FileFault> {
    if let Some(f) = features.iter().find(|f| matches!(f.geometry, Geometry::Fault(_))) {
        return Err(crate::write::unwritable(f.number));
    }
    build(name, fields, features, notes).map_err(|e| {
        FileFault::new(
            "gis.not_written",
            format!("无法写出 GeoPackage:{e}。"),
            format!("The GeoPackage could not be written: {e}."),
        )
    })
}

const SCHEMA: &str = "
PRAGMA application_id = 0x47504B47;
PRAGMA user_version = 10300;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
  srs_id INTEGER REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL UNIQUE, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL REFERENCES gpkg_spatial_ref_sys(srs_id),
  z TINYINT NOT NULL, m TINYINT NOT NULL, PRIMARY KEY (table_name, column_name),
  FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name));
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic', 0, 'NONE', 0, 'undefined', NULL);
";

fn build(
    name: &str,
    fields: &[String],
    features: &[Feature],
    notes: &mut Vec<Note>,
) -> rusqlite::Result<Vec<u8>> {
    let mut db = Connection::open_in_memory()?;
    db.execute_batch(SCHEMA)?;
    const SRS: &str = "INSERT INTO gpkg_spatial_ref_sys VALUES ($1, $2, 'EPSG', $2, $3, NULL)";
    db.execute(SRS, params!["WGS 84", 4326, crate::write::WGS84])?;
    db.execute(SRS, params!["China Geodetic Coordinate System 2000", 4490, crate::write::CGCS2000])?;
    let columns = columns(fields, features, notes);
    let unused = |base: &str| {
        let taken = |n: &str| columns.iter().any(|c| c.0.eq_ignore_ascii_case(n));
        let mut name = base.to_owned();
        while taken(&name) {
            name.push('_');
        }
        name
    };
    let (key, geometry) = (unused("fid"), unused("geom"));
    let kind = match features.iter().all(|f| matches!(f.geometry, Geometry::None | Geometry::Polygon(_))) {
        true => "MULTIPOLYGON",
        false => "GEOMETRY",
    };
    let defined: String = columns.iter().map(|(n, kind, _)| format!(", {} {kind}", quoted(n))).collect();
    db.execute_batch(&format!(
        "CREATE TABLE {} ({} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {} {kind}{defined})",
        quoted(name),
        quoted(&key),
        quoted(&geometry)
    ))?;
    // When the file was written is nobody's business; a moment has to stand here.
    const CONTENTS: &str = "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, min_x, min_y, max_x, max_y, srs_id)
        VALUES ($1, 'features', $1, '2000-01-01T00:00:00.000Z', $2, $3, $4, $5, 4490)";
    let [w, s, e, n] = crate::write::bounds(features).map_or([None; 4], |b| b.map(Some));
    db.execute(CONTENTS, params![name, w, s, e, n])?;
    const COLUMN: &str = "INSERT INTO gpkg_geometry_columns VALUES ($1, $2, $3, 4490, 0, 0)";
    db.execute(COLUMN, params![name, geometry, kind])?;
    let places: String = (0..columns.len()).map(|i| format!(", ${}", i + 2)).collect();
    let tx = db.transaction()?;
    {
        let mut insert = tx.prepare(&format!("INSERT INTO {} VALUES (NULL, $1{places})", quoted(name)))?;
        for f in features {
            let properties = columns.iter().map(|(_, kind, field)| {
                let value = f.properties.get(field.as_str()).unwrap_or(&Value::Null);
                match (value, *kind) {
                    (Value::Null, _) => Cell::Null,
                    (Value::Bool(b), "BOOLEAN") => Cell::Integer(i64::from(*b)),
                    (Value::Number(n), "INTEGER") => n.as_i64().map_or(Cell::Null, Cell::Integer),
                    (Value::Number(n), "REAL") => n.as_f64().map_or(Cell::Null, Cell::Real),
                    (other, _) => Cell::Text(text_of(other)),
                }
            });
            let shape = packed(&f.geometry).map_or(Cell::Null, Cell::Blob);
            insert.execute(params_from_iter(std::iter::once(shape).chain(properties)))?;
        }
    }
    tx.commit()?;
    Ok(db.serialize(MAIN)?.to_vec())
}

/// Name and type of each column, and the field it holds.
fn columns<'a>(
    fields: &'a [String],
    features: &[Feature],
    notes: &mut Vec<Note>,
) -> Vec<(String, &'static str, &'a String)> {
    let mut out: Vec<(String, &'static str, &String)> = Vec::new();
    for field in fields {
        let all = || features.iter().filter_map(|f| f.properties.get(field)).filter(|v| !v.is_null());
        let kind = match all().next() {
            Some(_) if all().all(Value::is_boolean) => "BOOLEAN",
            Some(_) if all().all(Value::is_i64) => "INTEGER",
            Some(_) if all().all(Value::is_number) => "REAL",
            _ => "TEXT",
        };
        // To SQLite names that differ in case only are the same.
        let taken = |n: &str| out.iter().any(|c| c.0.eq_ignore_ascii_case(n));
        let mut name = if field.is_empty() { "_".to_owned() } else { field.clone() };
        while taken(&name) {
            name.push('_');
        }
        if name != *field {
            notes.push(Note::new(
                "gis.field_renamed",
                format!("字段“{field}”写为“{name}”。"),
                format!("The field “{field}” is written as “{name}”."),
            ));
        }
        out.push((name, kind, field));
    }
    out
}

/// Header without an envelope, in little-endian, and the WKB; polygons always as multi-polygons, as declared.
fn packed(geometry: &Geometry) -> Option<Vec<u8>> {
    let wkb = wkb::write(geometry)?;
    let mut out = vec![b'G', b'P', 0, 1];
    out.extend(4490i32.to_le_bytes());
    if wkb.get(1) == Some(&3) {
        out.extend([1, 6, 0, 0, 0, 1, 0, 0, 0]);
    }
    out.extend(wkb);
    Some(out)
}
