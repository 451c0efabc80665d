//! No bytes make a reader panic, run on or ask for memory out of proportion: noise, cut files, changed bytes.
#![allow(clippy::unwrap_used, reason = "tests")]

use gis::{
    Feature, Files, Format, Geometry, ReadOptions, Sheet, TableOptions, read_layer, read_table, write_csv,
    write_layer, write_xlsx,
};
use proptest::prelude::*;
use serde_json::json;

fn layer() -> (Vec<String>, Vec<Feature>) {
    let ring = vec![[116.1, 39.9], [116.2, 39.9], [116.2, 40.0], [116.1, 39.9]];
    let feature = |number: usize| Feature {
        number,
        line: None,
        id: Some(number.to_string()),
        properties: json!({"名称": "东华门街道", "code": number, "x": 0.5, "b": true})
            .as_object()
            .cloned()
            .unwrap(),
        geometry: Geometry::Polygon(vec![vec![ring.clone()], vec![ring.clone()]]),
    };
    (["名称", "code", "x", "b"].map(String::from).into(), (1..4).map(feature).collect())
}

type Written = Vec<(String, Vec<u8>)>;

/// Everything a reader can be given: one sound sample of each kind.
fn samples() -> Vec<(&'static str, Written)> {
    let (fields, features) = layer();
    let of = |format| write_layer(format, &fields, &features).unwrap();
    let wkt = "code,wkt\n1,\"SRID=4326;MULTIPOLYGON Z (((0 0 1, 1 0 1, 1 1 1, 0 0 1)), ((5 5 1, 6 5 1, 6 6 1, 5 5 1)))\"\n";
    let sheet = Sheet { name: "甲".into(), header: fields.clone(), rows: vec![fields.clone(); 3] };
    let mut merged = rust_xlsxwriter::Workbook::new();
    let page = merged.add_worksheet();
    page.merge_range(0, 0, 3, 3, "甲", &rust_xlsxwriter::Format::new()).unwrap();
    page.write_formula(5, 5, "=1+1").unwrap();
    vec![
        ("layer.geojson", of(Format::GeoJson)),
        ("layer.shp", of(Format::Shapefile)),
        ("layer.gpkg", of(Format::GeoPackage)),
        ("layer.csv", of(Format::Csv)),
        ("layer.csv", vec![("layer.csv".into(), wkt.into())]),
        ("t.csv", vec![("t.csv".into(), write_csv(&fields, &vec![fields.clone(); 3]))]),
        ("t.xlsx", vec![("t.xlsx".into(), write_xlsx(&[sheet]).unwrap())]),
        ("t.xlsx", vec![("t.xlsx".into(), merged.save_to_buffer().unwrap())]),
    ]
}

/// Reads by every reader; what it answers does not matter, that it answers does.
fn try_all(name: &str, files: &Files) {
    for encoding in [None, Some("gbk".to_owned())] {
        let options = ReadOptions { encoding: encoding.clone(), ..ReadOptions::default() };
        if let Ok(layer) = read_layer(name, files, &options) {
            assert!(layer.features.iter().enumerate().all(|(i, f)| f.number > i));
            for f in &layer.features {
                if let Geometry::Polygon(parts) = &f.geometry {
                    let _ = space::Shape::from_degrees(parts, space::Crs::Gcj02);
                }
            }
        }
        let bytes = files.get(name).unwrap_or_default();
        if let Ok(table) = read_table(name, bytes, &TableOptions { encoding, sheet: None }) {
            assert!(table.rows.iter().all(|r| r.cells.len() >= table.header.len()));
        }
    }
}

/// Bytes to change, as parts of the length and what to write there.
fn changes() -> impl Strategy<Value = Vec<(f64, u8)>> {
    let byte = prop_oneof![any::<u8>(), Just(0), Just(255), Just(b'"'), Just(b'('), Just(b'9')];
    prop::collection::vec((0.0f64..1.0, byte), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn changed_and_cut_files(changes in changes(), cut in prop_oneof![1 => Just(1.0), 1 => 0.0f64..1.0], which in 0usize..5) {
        for (name, mut written) in samples() {
            let n = written.len();
            let bytes = &mut written[which % n].1;
            for (at, byte) in &changes {
                let at = (bytes.len() as f64 * at) as usize;
                bytes[at] = *byte;
            }
            bytes.truncate((bytes.len() as f64 * cut) as usize);
            let mut files = Files::new();
            for (name, bytes) in &written {
                files.add(name, bytes.clone());
            }
            try_all(name, &files);
        }
    }

    #[test]
    fn noise(bytes in prop::collection::vec(any::<u8>(), 0..400), head in 0usize..6) {
        let heads: [&[u8]; 6] = [b"", b"SQLite format 3\0", b"PK\x03\x04", &[0, 0, 0x27, 0x0a], b"\xff\xfe", b"{\"type\":"];
        let bytes = [heads[head], &bytes].concat();
        for name in ["a.geojson", "a.json", "a.shp", "a.gpkg", "a.csv", "a.zip", "a.xlsx", "a.txt"] {
            let mut files = Files::one(name, bytes.clone());
            files.add("a.dbf", bytes.clone());
            files.add("a.cpg", bytes.clone());
            files.add("a.prj", bytes.clone());
            try_all(name, &files);
        }
    }

    #[test]
    fn wkt_of_any_words(text in "((SRID=|POLYGON|MULTI|POINT|Z|M|EMPTY|[(),;. 0-9e-]|界){0,20})") {
        let csv = format!("wkt\n\"{text}\"\n");
        try_all("a.csv", &Files::one("a.csv", csv.into_bytes()));
    }

    #[test]
    fn json_of_any_structure(text in r#"(\{"type":"(Feature|FeatureCollection|Polygon|MultiPolygon)",|"features":|"geometry":|"coordinates":|"properties":|[\[\]{},:]|null|NaN|-?[0-9]{1,3}|"x"){0,30}"#) {
        try_all("a.geojson", &Files::one("a.geojson", text.into_bytes()));
    }
}

/// Counts that claim more than there is: nothing is reserved for what is not there.
#[test]
fn counts_beyond_the_file() {
    let (fields, features) = layer();
    let written = write_layer(Format::Shapefile, &fields, &features).unwrap();
    for (ext, at) in [
        (".shp", 100 + 8 + 36),
        (".shp", 100 + 8 + 40),
        (".shp", 104),
        (".shp", 24),
        (".dbf", 4),
        (".dbf", 8),
        (".dbf", 10),
    ] {
        let mut files = Files::new();
        for (name, bytes) in &written {
            let mut bytes = bytes.clone();
            if name.ends_with(ext) {
                bytes[at..at + 4].copy_from_slice(&[0xff; 4]);
            }
            files.add(name, bytes);
        }
        try_all("layer.shp", &files);
    }
    let deep = "[".repeat(100_000);
    try_all("a.geojson", &Files::one("a.geojson", deep.into_bytes()));
}

/// A workbook with one change to its first sheet.
fn changed(old: &str, new: &str) -> Vec<u8> {
    use std::io::{Cursor, Read as _, Write as _};
    let mut book = rust_xlsxwriter::Workbook::new();
    let page = book.add_worksheet();
    page.merge_range(0, 0, 1, 1, "a", &rust_xlsxwriter::Format::new()).unwrap();
    page.write_string(2, 2, "b").unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(book.save_to_buffer().unwrap())).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut found = false;
    for i in 0..zip.len() {
        let mut file = zip.by_index(i).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        found |= text.contains(old);
        out.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(text.replace(old, new).as_bytes()).unwrap();
    }
    assert!(found, "{old}");
    out.finish().unwrap().into_inner()
}

/// Two cells at opposite corners of the sheet, and one merged over all of it.
#[test]
fn a_sheet_as_large_as_they_come() {
    let read = |bytes: &[u8]| read_table("x.xlsx", bytes, &TableOptions::default());
    assert_eq!(read(&changed("\"C3\"", "\"C3\"")).unwrap().rows.len(), 2);
    let far = read(&changed("r=\"C3\"", "r=\"C1048576\"")).unwrap();
    assert_eq!(far.rows.last().unwrap().line, 1_048_576);
    let f = read(&changed("r=\"C3\"", "r=\"XFD1048576\"")).unwrap_err();
    assert_eq!((f.code, f.at.as_deref()), ("gis.too_wide", Some("row 1048576")));
    let f = read(&changed("ref=\"A1:B2\"", "ref=\"A1:XFD1048576\"")).unwrap_err();
    assert_eq!(f.code, "gis.too_large");
}
