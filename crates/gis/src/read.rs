use crate::{
    Feature, FileFault, Files, Geometry, Layer, Note, ReadOptions, archive, dbf, delimited,
    files::{extension, stem},
    geojson, gpkg, layer, shp, text, wkt,
};
use serde_json::{Map, Value};

/// Reads a layer of features. `name` is the file meant, by whose extension the format is told: `.geojson` and
/// `.json`, `.shp` (with its `.dbf`, `.cpg` and `.prj` among the files), `.gpkg`, `.csv` with WKT in a
/// column, or a `.zip` that holds one of these.
///
/// Nothing is judged and nothing converted: codes, coordinate systems and geometry are the caller's business.
pub fn read_layer(name: &str, files: &Files, options: &ReadOptions) -> Result<Layer, FileFault> {
    let bytes = files.get(name).ok_or_else(|| {
        FileFault::new("gis.no_file", format!("没有文件“{name}”。"), format!("There is no file “{name}”."))
    })?;
    if bytes.is_empty() {
        return Err(crate::empty());
    }
    let (encoding, found) = (options.encoding.as_deref(), content(bytes));
    let wrong = |expected: Option<&str>| match found {
        other if other == expected => Ok(()),
        other => Err(wrong_extension(name, other.unwrap_or("text"))),
    };
    match extension(name).as_str() {
        "geojson" | "json" => wrong(None).and_then(|()| geojson::read(bytes, encoding)),
        "csv" => wrong(None).and_then(|()| csv(bytes, encoding, options.wkt_field.as_deref())),
        "gpkg" => wrong(Some("sqlite")).and_then(|()| gpkg::read(bytes, options.layer.as_deref())),
        "shp" => wrong(Some("shapefile")).and_then(|()| shapefile(name, bytes, files, encoding)),
        "zip" => wrong(Some("zip")).and_then(|()| unpacked(bytes, options)),
        "dbf" | "shx" | "cpg" | "prj" => Err(FileFault::new(
            "gis.shapefile_part",
            "请选择 .shp 文件;.dbf、.shx、.cpg、.prj 与它放在一起。",
            "Name the .shp file; .dbf, .shx, .cpg and .prj belong beside it.",
        )),
        _ => Err(FileFault::new(
            "gis.unknown_format",
            format!("不认识文件“{name}”的类型,可用 .geojson、.shp、.gpkg、.csv、.zip。"),
            format!("The type of “{name}” is not known; use .geojson, .shp, .gpkg, .csv or .zip."),
        )),
    }
}

/// What the first bytes give away; `None` for what may be text.
pub(crate) fn content(bytes: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"SQLite format 3\0") {
        Some("sqlite")
    } else if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        Some("zip")
    } else if starts(&[0, 0, 0x27, 0x0a]) {
        Some("shapefile")
    } else if starts(&[0xd0, 0xcf, 0x11, 0xe0]) {
        Some("xls")
    } else if starts(b"%PDF") {
        Some("pdf")
    } else if starts(&[0x1f, 0x8b]) || starts(b"7z\xbc\xaf") || starts(b"Rar!") {
        Some("archive")
    } else {
        None
    }
}

pub(crate) fn wrong_extension(name: &str, found: &str) -> FileFault {
    FileFault::new(
        "gis.wrong_extension",
        format!("文件“{name}”的内容与扩展名不符(内容像是 {found}),或文件开头已损坏。"),
        format!(
            "What “{name}” holds does not fit its extension (it looks like {found}), or its beginning is damaged."
        ),
    )
}

pub(crate) fn no_such_layer(wanted: &str, names: &str) -> FileFault {
    FileFault::new(
        "gis.no_such_layer",
        format!("没有图层“{wanted}”;现有:{names}。"),
        format!("There is no layer “{wanted}”; there are: {names}."),
    )
}

pub(crate) fn several_layers(names: &str) -> FileFault {
    FileFault::new(
        "gis.several_layers",
        format!("有多个图层,请指定其一:{names}。"),
        format!("There are several layers; name one of them: {names}."),
    )
}

/// The one layer of a zip, or the one named: a Shapefile by its stem, other files too; the layer of a single
/// GeoPackage by its name.
fn unpacked(bytes: &[u8], options: &ReadOptions) -> Result<Layer, FileFault> {
    let files = archive::unpack(bytes)?;
    let whole = |n: &&str| ["shp", "geojson", "json", "gpkg", "csv"].contains(&extension(n).as_str());
    let names: Vec<&str> = files.names().filter(whole).collect();
    let list = names.iter().map(|n| stem(n)).collect::<Vec<_>>().join(", ");
    let wanted = options.layer.as_deref();
    let named = |w: &str| names.iter().copied().find(|n| stem(n) == w || *n == w);
    match (&names[..], wanted) {
        ([], _) => Err(FileFault::new(
            "gis.no_layer",
            "压缩包中没有可读取的文件(.shp、.geojson、.gpkg、.csv)。",
            "The .zip holds no file that is read here (.shp, .geojson, .gpkg, .csv).",
        )),
        ([only], Some(w)) if extension(only) == "gpkg" && stem(only) != w => {
            read_layer(only, &files, options)
        }
        (_, Some(w)) => {
            let name = named(w).ok_or_else(|| no_such_layer(w, &list))?;
            read_layer(name, &files, &ReadOptions { layer: None, ..options.clone() })
        }
        ([only], None) => read_layer(only, &files, options),
        (_, None) => Err(several_layers(&list)),
    }
}

fn shapefile(name: &str, bytes: &[u8], files: &Files, encoding: Option<&str>) -> Result<Layer, FileFault> {
    let shapes = shp::read(bytes)?;
    let mut out = Layer { crs: files.sibling(name, "prj").and_then(prj), ..Layer::default() };
    let table = match files.sibling(name, "dbf") {
        Some(bytes) => Some(dbf::read(bytes, encoding, files.sibling(name, "cpg"))?),
        None => {
            out.notes.push(Note::new(
                "gis.no_dbf",
                "没有同名的 .dbf 文件,因此没有属性。",
                "There is no .dbf beside it, so that there are no properties.",
            ));
            None
        }
    };
    let mut records = match table {
        Some(table) => {
            if table.records.len() != shapes.len() {
                let (a, b) = (shapes.len(), table.records.len());
                return Err(FileFault::new(
                    "gis.records_differ",
                    format!(".shp 有 {a} 条记录,.dbf 有 {b} 条,两者不配套或不完整。"),
                    format!(
                        "The .shp has {a} records and the .dbf {b}: they do not belong together or one is cut off."
                    ),
                ));
            }
            out.fields = table.fields;
            out.notes.extend(table.notes);
            table.records
        }
        None => vec![Some(Map::new()); shapes.len()],
    };
    let (mut heights, mut deleted) = (Vec::new(), Vec::new());
    for (i, ((geometry, deep), properties)) in shapes.into_iter().zip(records.drain(..)).enumerate() {
        let number = i + 1;
        let Some(properties) = properties else {
            deleted.push(number);
            continue;
        };
        heights.extend(deep.then_some(number));
        out.features.push(Feature { number, line: None, id: None, properties, geometry });
    }
    out.notes.extend(layer::heights(&heights));
    if let Some(first) = deleted.first() {
        let n = deleted.len();
        let note = Note::new(
            "gis.deleted_records",
            format!("{n} 条记录在 .dbf 中标记为已删除,未读取。"),
            format!("{n} records are marked as deleted in the .dbf and were not read."),
        );
        out.notes.push(note.at(format!("record {first}")));
    }
    Ok(out)
}

/// The name of the coordinate system in a `.prj`.
fn prj(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let name = text.split('"').nth(1)?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Names under which a column of WKT is found, whatever their case.
const WKT_FIELDS: [&str; 4] = ["wkt", "geometry", "geom", "the_geom"];

fn csv(bytes: &[u8], encoding: Option<&str>, wanted: Option<&str>) -> Result<Layer, FileFault> {
    let (text, note) = text::decode(bytes, encoding)?;
    let mut table = crate::Table { notes: note.into_iter().collect(), ..Default::default() };
    let records = delimited::records(&text, &mut table.notes)?;
    table.fill(records.into_iter().map(|r| (r.line, r.cells)), "line")?;
    let at = |name: &str| table.header.iter().position(|h| h.eq_ignore_ascii_case(name));
    let column = match wanted {
        Some(name) => at(name),
        None => WKT_FIELDS.into_iter().find_map(at),
    };
    let column = column.ok_or_else(|| {
        let list = table.header.join(", ");
        FileFault::new(
            "gis.no_wkt_column",
            format!("没有存放 WKT 的列,请指定其列名;现有的列:{list}。"),
            format!("No column holds WKT: name it. The columns are: {list}."),
        )
    })?;
    // Of columns with the same name the first counts; that there are several has been noted.
    let mut fields: Vec<(usize, String)> = Vec::new();
    for (i, name) in table.header.iter().enumerate() {
        if i != column && !name.is_empty() && !fields.iter().any(|(_, n)| n == name) {
            fields.push((i, name.clone()));
        }
    }
    let mut out = Layer { notes: table.notes, ..Layer::default() };
    let mut heights = Vec::new();
    for (i, row) in table.rows.into_iter().enumerate() {
        let (geometry, deep) = wkt::read(&row.cells[column]);
        heights.extend(deep.then_some(i + 1));
        out.crs = out.crs.or_else(|| wkt::srid(&row.cells[column]));
        let value = |cell: &str| if cell.is_empty() { Value::Null } else { cell.into() };
        let properties = fields.iter().map(|(i, name)| (name.clone(), value(&row.cells[*i]))).collect();
        let geometry = if row.cells[column].trim().is_empty() { Geometry::None } else { geometry };
        out.features.push(Feature { number: i + 1, line: Some(row.line), id: None, properties, geometry });
    }
    out.fields = fields.into_iter().map(|(_, name)| name).collect();
    out.notes.extend(layer::heights(&heights));
    Ok(out)
}
