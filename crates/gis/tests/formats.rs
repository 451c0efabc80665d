//! What is written is read again; what others write is read, and others read what we write.
#![allow(clippy::unwrap_used, reason = "tests")]

use gis::{
    Feature, Files, Format, Geometry, Layer, ReadOptions, read_layer, text_of, write_layer, write_named,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::io::Cursor;

type Ring = Vec<[f64; 2]>;

fn files(written: Vec<(String, Vec<u8>)>) -> Files {
    let mut files = Files::new();
    for (name, bytes) in written {
        files.add(&name, bytes);
    }
    files
}

fn read(name: &str, bytes: impl Into<Vec<u8>>) -> Layer {
    read_layer(name, &Files::one(name, bytes.into()), &ReadOptions::default()).unwrap()
}

fn codes(layer: &Layer) -> Vec<&str> {
    layer.notes.iter().map(|n| n.code).collect()
}

/// A closed square, counter-clockwise or against it; in units of 1e-7 degree.
fn square(x: i64, y: i64, side: i64, counter: bool) -> Ring {
    let mut ring = vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]];
    if !counter {
        ring.reverse();
    }
    ring.into_iter().map(|p| p.map(|n| n as f64 / 1e7)).collect()
}

fn feature(number: usize, properties: Value, geometry: Geometry) -> Feature {
    let properties = properties.as_object().cloned().unwrap();
    Feature { number, line: None, id: None, properties, geometry }
}

/// Squares with up to two holes, side by side, in parts.
fn polygon() -> impl Strategy<Value = Geometry> {
    let part = (-1_700_000_000i64..1_700_000_000, -800_000_000i64..800_000_000, 0usize..3);
    prop::collection::vec(part, 1..4).prop_map(|parts| {
        Geometry::Polygon(
            parts
                .into_iter()
                .map(|(x, y, holes)| {
                    let hole = |i: i64| square(x + 100 + i * 1000, y + 100, 500, false);
                    std::iter::once(square(x, y, 4000, true)).chain((0..holes as i64).map(hole)).collect()
                })
                .collect(),
        )
    })
}

/// A column of one kind, with gaps.
fn column(n: usize) -> impl Strategy<Value = Vec<Value>> {
    let text = "[一-龥a-zA-Z0-9,\"=+@'\n-]{0,20}[一-龥x]".prop_map(Value::from);
    let cell = prop_oneof![
        prop::collection::vec(prop_oneof![3 => text, 1 => Just(Value::Null)], n),
        prop::collection::vec((-999_999_999_999i64..999_999_999_999).prop_map(Value::from), n),
        prop::collection::vec((-999_999i32..999_999).prop_map(|i| json!(f64::from(i) / 1000.0)), n),
        prop::collection::vec(prop_oneof![Just(json!(true)), Just(json!(false)), Just(Value::Null)], n),
    ];
    cell.boxed()
}

fn layer() -> impl Strategy<Value = (Vec<String>, Vec<Feature>)> {
    let names = ["名称", "code", "区划代码", "面积m2", "Name_2"];
    (0usize..6, 0usize..names.len()).prop_flat_map(move |(n, k)| {
        let columns = prop::collection::vec(column(n), k);
        let shapes = prop::collection::vec(prop_oneof![5 => polygon(), 1 => Just(Geometry::None)], n);
        (columns, shapes).prop_map(move |(columns, shapes)| {
            let fields: Vec<String> = names[..k].iter().map(|n| n.to_string()).collect();
            let feature = |(i, geometry): (usize, Geometry)| {
                let properties: Map<String, Value> =
                    fields.iter().zip(&columns).map(|(f, c)| (f.clone(), c[i].clone())).collect();
                Feature { number: i + 1, line: None, id: Some(format!("编号{i}")), properties, geometry }
            };
            let features = shapes.into_iter().enumerate().map(feature).collect();
            (fields, features)
        })
    })
}

/// As near as JSON is read: the last bit of a number may differ.
fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-15 * a.abs()
}

fn same(a: &Geometry, b: &Geometry) -> bool {
    match (a, b) {
        (Geometry::Polygon(a), Geometry::Polygon(b)) => {
            let lengths = |g: &Vec<Vec<Ring>>| {
                g.iter().map(|p| p.iter().map(Vec::len).collect()).collect::<Vec<Vec<_>>>()
            };
            let numbers =
                |g: &Vec<Vec<Ring>>| g.iter().flatten().flatten().flatten().copied().collect::<Vec<f64>>();
            lengths(a) == lengths(b) && numbers(a).into_iter().zip(numbers(b)).all(|(a, b)| close(a, b))
        }
        (a, b) => a == b,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_is_read_again((fields, features) in layer()) {
        for (format, name) in [
            (Format::GeoJson, "layer.geojson"),
            (Format::GeoPackage, "layer.gpkg"),
            (Format::Shapefile, "layer.shp"),
            (Format::Csv, "layer.csv"),
        ] {
            // A line of a CSV without any text is none.
            let blank = |f: &Feature| f.geometry == Geometry::None && f.properties.values().all(Value::is_null);
            if format == Format::Csv && features.iter().any(blank) {
                continue;
            }
            let written = write_named("layer", format, &fields, &features).unwrap();
            let shortened: Vec<_> = written.notes.iter().filter(|n| n.code == "gis.field_renamed").collect();
            prop_assert_eq!(shortened.len(), usize::from(format == Format::Shapefile && fields.len() > 2), "{:?}", shortened);
            let back = read_layer(name, &files(written.files), &ReadOptions::default()).unwrap();
            prop_assert_eq!(back.features.len(), features.len());
            // GeoJSON of no feature names no fields; a Shapefile has short names and always some field.
            let short = |f: &String| if f == "区划代码" && format == Format::Shapefile { "区划代".to_owned() } else { f.clone() };
            if !features.is_empty() || format != Format::GeoJson {
                let expected: Vec<_> = fields.iter().map(short).collect();
                prop_assert!(back.fields == expected || fields.is_empty() && format == Format::Shapefile);
            }
            for (f, b) in features.iter().zip(&back.features) {
                prop_assert!(same(&f.geometry, &b.geometry), "{:?} {:?}", f.geometry, b.geometry);
                prop_assert_eq!(f.number, b.number);
                for field in &fields {
                    let (was, is) = (&f.properties[field], &b.properties[&short(field)]);
                    if format == Format::Csv {
                        prop_assert_eq!(text_of(was), text_of(is));
                    } else if was.is_f64() && !is.is_null() {
                        prop_assert!(close(was.as_f64().unwrap(), is.as_f64().unwrap()), "{} {}", was, is);
                    } else {
                        prop_assert_eq!(was, is, "{} {:?}", field, format);
                    }
                }
                if format == Format::GeoJson {
                    prop_assert_eq!(&f.id, &b.id);
                }
            }
        }
    }

    /// The crates `shapefile` and `dbase`: written by others, from the same papers.
    #[test]
    fn others_read_what_we_write((fields, features) in layer()) {
        let written = files(write_layer(Format::Shapefile, &fields, &features).unwrap());
        let get = |name| Cursor::new(written.get(name).unwrap().to_vec());
        let shapes = shapefile::ShapeReader::with_shx(get("layer.shp"), get("layer.shx")).unwrap();
        let utf8 = dbase::encoding::EncodingRs::from(encoding_rs::UTF_8);
        let mut table = dbase::ReaderBuilder::new().with_encoding(utf8).build(get("layer.dbf")).unwrap();
        let records = table.read().unwrap();
        let shapes = shapes.read().unwrap();
        prop_assert_eq!((shapes.len(), records.len()), (features.len(), features.len()));
        for ((shape, record), f) in shapes.iter().zip(records).zip(&features) {
            match (&f.geometry, shape) {
                (Geometry::None, shapefile::Shape::NullShape) => {}
                (Geometry::Polygon(parts), shapefile::Shape::Polygon(p)) => {
                    let (mut outer, mut inner) = (0, 0);
                    for ring in p.rings() {
                        match ring {
                            shapefile::PolygonRing::Outer(_) => outer += 1,
                            shapefile::PolygonRing::Inner(_) => inner += 1,
                        }
                    }
                    prop_assert_eq!(outer, parts.len());
                    prop_assert_eq!(inner, parts.iter().map(|p| p.len() - 1).sum::<usize>());
                }
                (ours, theirs) => prop_assert!(false, "{:?} {}", ours, theirs.shapetype()),
            }
            for field in fields.iter().filter(|f| f.len() <= 10) {
                match (&f.properties[field], record.get(field)) {
                    (Value::String(s), Some(dbase::FieldValue::Character(Some(t)))) => prop_assert_eq!(s.trim_start(), t.trim_start()),
                    (Value::Number(n), Some(dbase::FieldValue::Numeric(Some(m)))) => prop_assert_eq!(n.as_f64(), Some(*m)),
                    (Value::Bool(b), Some(dbase::FieldValue::Logical(Some(c)))) => prop_assert_eq!(b, c),
                    (Value::Null, Some(dbase::FieldValue::Character(None) | dbase::FieldValue::Logical(None))) => {}
                    other => prop_assert!(false, "{:?}", other),
                }
            }
        }
    }
}

#[test]
fn geojson_of_every_shape_of_document() {
    let geometry = json!({"type": "Polygon", "coordinates": [[[0, 0, 9], [1, 0, 9], [1, 1, 9], [0, 0, 9]]]});
    let ring = vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]];
    let feature = json!({"type": "Feature", "id": 7, "properties": {"zz": 110_101_001_000u64, "aa": "东华门"}, "geometry": geometry});
    let collection = json!({"type": "FeatureCollection", "features": [feature],
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}});
    for (document, crs, properties) in
        [(collection, Some("urn:ogc:def:crs:EPSG::4490"), 2), (feature, None, 2), (geometry, None, 0)]
    {
        let layer = read("x.json", document.to_string());
        assert_eq!(layer.crs.as_deref(), crs);
        assert_eq!(layer.features.len(), 1);
        let f = &layer.features[0];
        assert_eq!(f.geometry, Geometry::Polygon(vec![vec![ring.clone()]]));
        assert_eq!(f.properties.len(), properties);
        assert_eq!(codes(&layer), ["gis.heights_dropped"]);
        if properties == 2 {
            assert_eq!(f.id.as_deref(), Some("7"));
            assert_eq!(text_of(&f.properties["zz"]), "110101001000");
        }
    }
}

#[test]
fn fields_keep_the_order_of_the_file() {
    let text = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"乙":1,"甲":2},"geometry":null},
        {"type":"Feature","properties":{"丙":3,"甲":4},"geometry":null}]}"#;
    let layer = read("x.geojson", text);
    assert_eq!(layer.fields, ["乙", "甲", "丙"]);
    assert!(layer.features.iter().all(|f| f.geometry == Geometry::None));
}

#[test]
fn one_bad_geometry_is_told_with_its_feature_and_the_others_are_read() {
    let ok = json!({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]});
    let bad = [
        (
            json!({"type": "Polygon", "coordinates": [[[0, 0], [1, "0"], [1, 1], [0, 0]]]}),
            "geometry.not_a_number",
        ),
        (json!({"type": "Polygon", "coordinates": [[0, 0], [1, 1]]}), "geometry.misfit"),
        (json!({"type": "Polygon"}), "geometry.no_coordinates"),
        (json!({"type": "Polygone", "coordinates": []}), "geometry.unknown_type"),
        (json!({"type": "GeometryCollection", "geometries": [ok]}), "geometry.collection"),
        (json!("POLYGON"), "geometry.not_an_object"),
    ];
    let mut features: Vec<_> =
        bad.iter().map(|(g, _)| json!({"type": "Feature", "properties": {}, "geometry": g})).collect();
    features.push(json!(17));
    features.push(
        json!({"type": "Feature", "properties": null, "geometry": {"type": "Point", "coordinates": [1, 2]}}),
    );
    features.push(json!({"type": "Feature", "properties": {"a": 1}, "geometry": ok}));
    let layer = read("x.geojson", json!({"type": "FeatureCollection", "features": features}).to_string());
    let faults: Vec<_> = layer
        .features
        .iter()
        .filter_map(|f| if let Geometry::Fault(g) = &f.geometry { Some((f.number, g.code)) } else { None })
        .collect();
    let expected: Vec<_> = bad
        .iter()
        .map(|(_, code)| *code)
        .chain(["geometry.not_a_feature"])
        .enumerate()
        .map(|(i, c)| (i + 1, c))
        .collect();
    assert_eq!(faults, expected);
    let Geometry::Fault(first) = &layer.features[0].geometry else { panic!() };
    assert_eq!(first.zh, "第 1 部分,第 1 环,第 2 点:坐标应为两个数 [经度, 纬度]。");
    assert_eq!(
        first.en,
        "part 1, ring 1, position 2: a position has to be two numbers, [longitude, latitude]."
    );
    assert_eq!(
        layer.features[7].geometry,
        Geometry::Other(json!({"type": "Point", "coordinates": [1.0, 2.0]}))
    );
    assert!(matches!(layer.features[8].geometry, Geometry::Polygon(_)));
}

#[test]
fn nan_in_json_becomes_a_fault_of_its_feature() {
    let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"名":"NaN","数":NaN},
        "geometry":{"type":"Polygon","coordinates":[[[0,0],[NaN,0],[1,-Infinity],[0,0]]]}}]}"#;
    let layer = read("x.geojson", text);
    assert_eq!(codes(&layer), ["gis.nan_in_json"]);
    assert_eq!(layer.features[0].properties["名"], "NaN");
    assert_eq!(layer.features[0].properties["数"], Value::Null);
    let Geometry::Fault(fault) = &layer.features[0].geometry else { panic!() };
    assert_eq!(fault.code, "geometry.not_a_number");
}

fn fault(name: &str, bytes: &[u8]) -> (&'static str, Option<String>) {
    let fault = read_layer(name, &Files::one(name, bytes.to_vec()), &ReadOptions::default()).unwrap_err();
    assert!(!fault.zh.is_empty() && !fault.en.is_empty());
    (fault.code, fault.at)
}

#[test]
fn files_that_are_none_are_refused_with_the_place() {
    let features = [feature(1, json!({"名": "甲"}), Geometry::Polygon(vec![vec![square(0, 0, 9, true)]]))];
    let fields = ["名".to_owned()];
    let of = |format| write_layer(format, &fields, &features).unwrap();
    assert_eq!(fault("x.geojson", b"").0, "gis.empty");
    assert_eq!(fault("x.geojson", b" \n").0, "gis.empty");
    assert_eq!(fault("x.csv", b"\xef\xbb\xbf").0, "gis.empty");
    assert_eq!(
        fault("x.geojson", b"{\"type\":\n \"Feature\""),
        ("gis.truncated", Some("line 2, column 10".into()))
    );
    assert_eq!(fault("x.geojson", b"{\"type\":\n oops}"), ("gis.not_json", Some("line 2, column 2".into())));
    assert_eq!(fault("x.geojson", b"{\"type\": \"Topology\"}").0, "gis.not_geojson");
    assert_eq!(fault("x.geojson", b"[]").0, "gis.not_geojson");
    assert_eq!(fault("x.kml", b"<kml/>").0, "gis.unknown_format");
    assert_eq!(fault("x.dbf", b"abc").0, "gis.shapefile_part");
    assert_eq!(fault("x.csv", b"a,b\n1,2\n").0, "gis.no_wkt_column");
    assert_eq!(fault("x.csv", b"a,wkt\n1,\"POLYGON\n"), ("gis.quote_unclosed", Some("line 2".into())));
    let gpkg = of(Format::GeoPackage).remove(0).1;
    assert_eq!(fault("x.geojson", &gpkg).0, "gis.wrong_extension");
    assert_eq!(
        fault("x.gpkg", b"{\"type\": \"FeatureCollection\", \"features\": []}").0,
        "gis.wrong_extension"
    );
    assert_eq!(fault("x.gpkg", &gpkg[..gpkg.len() / 2]).0, "gis.bad_geopackage");
    let shp = of(Format::Shapefile);
    let only = |ext: &str| shp.iter().find(|(n, _)| n.ends_with(ext)).unwrap().1.clone();
    assert_eq!(fault("x.shp", &only(".shp")[..150]), ("gis.truncated", Some("record 1".into())));
    assert_eq!(fault("x.shp", &only(".shp")[..50]), ("gis.truncated", Some("byte 50".into())));
    let mut cut = files(shp.clone());
    cut.add("layer.dbf", only(".dbf")[..66].to_vec());
    let options = ReadOptions::default();
    let f = read_layer("layer.shp", &cut, &options).unwrap_err();
    assert_eq!((f.code, f.at.as_deref()), ("gis.truncated", Some("record 1")));
    let none = files(of(Format::Shapefile).into_iter().filter(|(n, _)| !n.ends_with(".dbf")).collect());
    assert_eq!(codes(&read_layer("layer.shp", &none, &options).unwrap()), ["gis.no_dbf"]);
    let two = write_layer(Format::Shapefile, &fields, &[features[0].clone(), features[0].clone()]).unwrap();
    cut.add("layer.dbf", two.into_iter().find(|(n, _)| n.ends_with(".dbf")).unwrap().1);
    assert_eq!(read_layer("layer.shp", &cut, &options).unwrap_err().code, "gis.records_differ");
    let mixed = [
        features[0].clone(),
        feature(2, json!({}), Geometry::Other(json!({"type": "Point", "coordinates": [1.0, 2.0]}))),
    ];
    let f = write_layer(Format::Shapefile, &fields, &mixed).unwrap_err();
    assert_eq!((f.code, f.at.as_deref()), ("gis.mixed_types", Some("feature 2")));
    assert_eq!(read_layer("y.shp", &cut, &options).unwrap_err().code, "gis.no_file");
}

#[test]
fn geojson_in_the_encodings_of_the_country() {
    let text = "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"名称\":\"东华门街道\"},\"geometry\":null}]}";
    let utf16 = |le: bool, bom: bool| -> Vec<u8> {
        let units = bom.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|u| if le { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
    };
    let gb = encoding_rs::GB18030.encode(text).0.into_owned();
    assert!(std::str::from_utf8(&gb).is_err());
    for (bytes, notes) in [
        (text.as_bytes().to_vec(), vec![]),
        ([b"\xef\xbb\xbf", text.as_bytes()].concat(), vec![]),
        (gb.clone(), vec!["gis.encoding_detected"]),
        (utf16(true, true), vec![]),
        (utf16(false, true), vec![]),
        (utf16(true, false), vec!["gis.encoding_detected"]),
        (utf16(false, false), vec!["gis.encoding_detected"]),
    ] {
        let layer = read("x.geojson", bytes);
        assert_eq!(layer.features[0].properties["名称"], "东华门街道");
        assert_eq!(codes(&layer), notes);
    }
    let named = |encoding: &str| {
        let options = ReadOptions { encoding: Some(encoding.into()), ..ReadOptions::default() };
        read_layer("x.geojson", &Files::one("x.geojson", gb.clone()), &options)
    };
    for name in ["gbk", "GB2312", "gb18030", "cp936", "936"] {
        assert_eq!(named(name).unwrap().features[0].properties["名称"], "东华门街道", "{name}");
    }
    let f = named("utf-8").unwrap_err();
    assert_eq!((f.code, f.at.as_deref()), ("gis.undecodable", Some("line 1, byte 74")));
    assert_eq!(named("klingon").unwrap_err().code, "gis.unknown_encoding");
}

/// A `.dbf` by hand, two text fields, as old desktop programs write it.
fn dbf(mark: u8, names: [&[u8]; 2], rows: &[[&[u8]; 2]]) -> Vec<u8> {
    let mut out = vec![3, 100, 1, 1];
    out.extend((rows.len() as u32).to_le_bytes());
    out.extend(97u16.to_le_bytes());
    out.extend(21u16.to_le_bytes());
    out.resize(32, 0);
    out[29] = mark;
    for name in names {
        let mut d = [0u8; 32];
        d[..name.len()].copy_from_slice(name);
        (d[11], d[16]) = (b'C', 10);
        out.extend(d);
    }
    out.push(0x0d);
    for row in rows {
        out.push(b' ');
        for cell in row {
            out.extend(cell.iter().copied().chain(std::iter::repeat(b' ')).take(10));
        }
    }
    out
}

#[test]
fn shapefiles_in_gbk_are_read_by_cpg_mark_name_or_detection() {
    let point = |n: usize| {
        feature(n, json!({}), Geometry::Other(json!({"type": "Point", "coordinates": [1.0, 2.0]})))
    };
    let points = [point(1), point(2)];
    let shp = write_layer(Format::Shapefile, &[], &points).unwrap().remove(0).1;
    let gb = |s: &str| encoding_rs::GB18030.encode(s).0.into_owned();
    let (name, code, a, b) = (gb("名称"), gb("代码"), gb("东华门街道"), gb("景山街道"));
    let rows: [[&[u8]; 2]; 2] = [[&a, b"110101001"], [&b, b"110101002"]];
    let read = |mark: u8, cpg: Option<&str>, encoding: Option<&str>| {
        let mut files = Files::one("街道.SHP", shp.clone());
        files.add("街道.dbf", dbf(mark, [&name, &code], &rows));
        if let Some(cpg) = cpg {
            files.add("街道.CPG", cpg.into());
        }
        read_layer(
            "街道.SHP",
            &files,
            &ReadOptions { encoding: encoding.map(str::to_owned), ..ReadOptions::default() },
        )
    };
    for (mark, cpg, encoding, noted) in [
        (0, Some("GBK"), None, false),
        (0, Some("936\r\n"), None, false),
        (0x4d, None, None, false),
        (0, None, Some("gb18030"), false),
        (0, Some("UTF-8"), Some("gbk"), false),
        (0, None, None, true),
        (0x57, None, None, true),
    ] {
        let layer = read(mark, cpg, encoding).unwrap();
        assert_eq!(layer.fields, ["名称", "代码"]);
        assert_eq!(layer.features[0].properties["名称"], "东华门街道");
        assert_eq!(layer.features[1].properties["代码"], "110101002");
        assert_eq!(codes(&layer).contains(&"gis.encoding_detected"), noted, "{mark:x} {cpg:?} {encoding:?}");
    }
    let f = read(0, Some("UTF-8"), None).unwrap_err();
    assert_eq!((f.code, f.at.as_deref()), ("gis.undecodable", Some("record 1")));
}

#[test]
fn a_character_cut_off_at_the_end_of_a_field_is_dropped_and_noted() {
    let points =
        [feature(1, json!({}), Geometry::Other(json!({"type": "Point", "coordinates": [1.0, 2.0]})))];
    let mut files = Files::one("a.shp", write_layer(Format::Shapefile, &[], &points).unwrap().remove(0).1);
    // Four characters of three bytes in a field of ten.
    files.add("a.dbf", dbf(0, [b"name", b"code"], &[["东华门街".as_bytes(), b"1"]]));
    files.add("a.cpg", b"UTF-8".to_vec());
    let layer = read_layer("a.shp", &files, &ReadOptions::default()).unwrap();
    assert_eq!(layer.features[0].properties["name"], "东华门");
    assert_eq!(codes(&layer), ["gis.text_cut"]);
}

#[test]
fn shapefile_records_marked_as_deleted_are_left_out() {
    let points: Vec<_> = (1..=2)
        .map(|n| {
            feature(
                n,
                json!({"n": n}),
                Geometry::Other(json!({"type": "Point", "coordinates": [n as f64, 2.0]})),
            )
        })
        .collect();
    let mut written = write_layer(Format::Shapefile, &["n".into()], &points).unwrap();
    let dbf = &mut written.iter_mut().find(|(n, _)| n.ends_with(".dbf")).unwrap().1;
    let at = dbf.len() - 1 - 2 * 2;
    dbf[at] = b'*';
    let layer = read_layer("layer.shp", &files(written), &ReadOptions::default()).unwrap();
    assert_eq!(layer.features.len(), 1);
    assert_eq!((layer.features[0].number, &layer.features[0].properties["n"]), (2, &json!(2)));
    assert_eq!(codes(&layer), ["gis.deleted_records"]);
}

/// Rings of a Shapefile in any direction and order: what lies in what is told by lying there.
#[test]
fn rings_become_parts_and_holes() {
    let (a, hole, island, b) = (
        square(0, 0, 100, true),
        square(10, 10, 50, false),
        square(20, 20, 5, true),
        square(200, 0, 50, true),
    );
    let expected =
        Geometry::Polygon(vec![vec![a.clone(), hole.clone()], vec![island.clone()], vec![b.clone()]]);
    let turned = |r: &Ring| r.iter().rev().copied().collect::<Ring>();
    for rings in [
        vec![turned(&a), turned(&hole), turned(&island), turned(&b)],
        vec![turned(&hole), turned(&a), turned(&island), turned(&b)],
        // The other way round, as some write it.
        vec![a.clone(), hole.clone(), island.clone(), b.clone()],
    ] {
        let mut content = 5u32.to_le_bytes().to_vec();
        content.resize(36, 0);
        content.extend(4u32.to_le_bytes());
        content.extend(20u32.to_le_bytes());
        content.extend([0u32, 5, 10, 15].iter().flat_map(|n| n.to_le_bytes()));
        content.extend(rings.iter().flatten().flatten().flat_map(|n| n.to_le_bytes()));
        let mut file = vec![0u8; 100];
        file[..4].copy_from_slice(&9994u32.to_be_bytes());
        file[28..32].copy_from_slice(&1000u32.to_le_bytes());
        file.extend(1u32.to_be_bytes());
        file.extend(((content.len() / 2) as u32).to_be_bytes());
        file.extend(content);
        let words = ((file.len() / 2) as u32).to_be_bytes();
        file[24..28].copy_from_slice(&words);
        let layer = read("x.shp", file);
        assert_eq!(layer.features[0].geometry, expected);
    }
}

#[test]
fn points_and_lines_survive_every_format() {
    let others = [
        json!({"type": "Point", "coordinates": [116.1, 39.9]}),
        json!({"type": "MultiPoint", "coordinates": [[116.1, 39.9], [116.2, 39.8]]}),
        json!({"type": "LineString", "coordinates": [[116.1, 39.9], [116.2, 39.8], [116.3, 39.8]]}),
        json!({"type": "MultiLineString", "coordinates": [[[116.1, 39.9], [116.2, 39.8]], [[1.0, 2.0], [3.0, 4.5]]]}),
    ];
    for other in others {
        let features = [feature(1, json!({"名": "甲"}), Geometry::Other(other))];
        for (format, name) in [
            (Format::GeoJson, "layer.geojson"),
            (Format::GeoPackage, "layer.gpkg"),
            (Format::Shapefile, "layer.shp"),
            (Format::Csv, "layer.csv"),
        ] {
            let written = files(write_layer(format, &["名".into()], &features).unwrap());
            let back = read_layer(name, &written, &ReadOptions::default()).unwrap();
            assert_eq!(back.features[0].geometry, features[0].geometry, "{format:?}");
        }
    }
}

#[test]
fn names_a_shapefile_cannot_hold_are_shortened_apart_and_told() {
    let fields: Vec<String> =
        ["street_code_old", "street_code_new", "街道名称拼音", "x"].map(String::from).into();
    let long = "很".repeat(100);
    let properties = json!({"street_code_old": 1, "street_code_new": 2, "街道名称拼音": long, "x": 0.1});
    let written =
        write_named("甲", Format::Shapefile, &fields, &[feature(1, properties, Geometry::None)]).unwrap();
    let told: Vec<_> = written.notes.iter().map(|n| n.code).collect();
    assert_eq!(told, ["gis.field_renamed", "gis.field_renamed", "gis.field_renamed", "gis.text_shortened"]);
    assert_eq!(written.notes[3].at.as_deref(), Some("feature 1"));
    let layer = read_layer("甲.shp", &files(written.files), &ReadOptions::default()).unwrap();
    assert_eq!(layer.fields, ["street_cod", "street_c_1", "街道名", "x"]);
    assert_eq!(layer.features[0].properties["街道名"], "很".repeat(84));
    assert_eq!(layer.crs.as_deref(), Some("GCS_China_Geodetic_Coordinate_System_2000"));
    assert_eq!(layer.crs.as_deref().and_then(space::Crs::parse), Some(space::Crs::Cgcs2000));
}

#[test]
fn a_geopackage_of_several_layers_asks_which() {
    let one = [feature(1, json!({"名": "甲"}), Geometry::Polygon(vec![vec![square(0, 0, 9, true)]]))];
    let bytes = write_named("街道", Format::GeoPackage, &["名".into()], &one).unwrap().files.remove(0).1;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.gpkg");
    std::fs::write(&path, &bytes).unwrap();
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; CREATE TABLE roads AS SELECT * FROM \"街道\";
         INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) VALUES ('roads', 'features', 'roads', '2020-01-01');
         INSERT INTO gpkg_geometry_columns VALUES ('roads', 'geom', 'GEOMETRY', 4326, 0, 0);",
    )
    .unwrap();
    drop(db);
    let (name, files) = Files::from_path(&path).unwrap();
    let read = |layer: Option<&str>| {
        read_layer(&name, &files, &ReadOptions { layer: layer.map(str::to_owned), ..ReadOptions::default() })
    };
    let f = read(None).unwrap_err();
    assert_eq!(
        (f.code, f.en.as_str()),
        ("gis.several_layers", "There are several layers; name one of them: roads, 街道.")
    );
    assert_eq!(read(Some("rivers")).unwrap_err().code, "gis.no_such_layer");
    let layer = read(Some("街道")).unwrap();
    assert_eq!(layer.features[0].geometry, one[0].geometry);
    assert_eq!(layer.crs.as_deref(), Some("EPSG:4490"));
    assert_eq!(codes(&layer), ["gis.write_ahead_log"]);
    assert_eq!(read(Some("roads")).unwrap().crs.as_deref(), Some("EPSG:4326"));
    let plain = folder.path().join("plain.gpkg");
    rusqlite::Connection::open(&plain).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let (name, files) = Files::from_path(&plain).unwrap();
    assert_eq!(read_layer(&name, &files, &ReadOptions::default()).unwrap_err().code, "gis.not_a_geopackage");
}

/// A view that never ends, where a table should be.
#[test]
fn a_geopackage_that_computes_for_ever_is_stopped() {
    let bytes = write_named("a", Format::GeoPackage, &[], &[]).unwrap().files.remove(0).1;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.gpkg");
    std::fs::write(&path, &bytes).unwrap();
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(
        "DROP TABLE a; CREATE VIEW a AS WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM n)
         SELECT max(fid) AS fid, NULL AS geom FROM n",
    )
    .unwrap();
    drop(db);
    assert_eq!(fault("x.gpkg", &std::fs::read(&path).unwrap()).0, "gis.bad_geopackage");
}

#[test]
fn csv_with_wkt_keeps_physical_lines() {
    let text = "code,名称,geom,备注\r\n110101001,\"东华门\n街道\",\"SRID=4490;POLYGON Z ((0 0 5, 1 0 5, 1 1 5, 0 0 5))\",a\r\n\
                110101002,景山,,b\r\n110101003,东四,\"POLYGON ((0 0, 1 0\",c\r\n110101004,朝阳门,\"MULTIPOLYGON EMPTY\",d\r\n";
    let layer = read("x.csv", text);
    assert_eq!(layer.fields, ["code", "名称", "备注"]);
    let lines: Vec<_> = layer.features.iter().map(|f| (f.number, f.line)).collect();
    assert_eq!(lines, [(1, Some(2)), (2, Some(4)), (3, Some(5)), (4, Some(6))]);
    assert_eq!(layer.crs.as_deref(), Some("EPSG:4490"));
    assert_eq!(codes(&layer), ["gis.heights_dropped"]);
    assert_eq!(layer.features[0].properties["名称"], "东华门\n街道");
    let ring = vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]];
    assert_eq!(layer.features[0].geometry, Geometry::Polygon(vec![vec![ring]]));
    assert_eq!(layer.features[1].geometry, Geometry::None);
    let Geometry::Fault(fault) = &layer.features[2].geometry else { panic!() };
    assert_eq!(fault.en, "WKT, character 19: “,” or “)” is missing; the text may be cut off.");
    assert_eq!(layer.features[3].geometry, Geometry::None);
    let options = ReadOptions { wkt_field: Some("备注".into()), ..ReadOptions::default() };
    let files = Files::one("x.csv", text.into());
    assert!(matches!(
        read_layer("x.csv", &files, &options).unwrap().features[0].geometry,
        Geometry::Fault(_)
    ));
}

fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_shapefile_in_a_zip_is_one_file() {
    let one = [feature(1, json!({"名": "甲"}), Geometry::Polygon(vec![vec![square(0, 0, 9, true)]]))];
    let of = |name: &str| write_named(name, Format::Shapefile, &["名".into()], &one).unwrap().files;
    let mut packed: Vec<_> = of("街道").into_iter().map(|(n, b)| (format!("数据/{n}"), b)).collect();
    packed.push(("__MACOSX/._街道.shp".into(), vec![1, 2, 3]));
    packed.push(("说明.txt".into(), b"x".to_vec()));
    let layer = read("x.zip", zip(&packed));
    assert_eq!(layer.features[0].geometry, one[0].geometry);
    assert_eq!(layer.features[0].properties["名"], "甲");
    packed.extend(of("社区"));
    let files = Files::one("x.zip", zip(&packed));
    let read = |layer: Option<&str>| {
        read_layer(
            "x.zip",
            &files,
            &ReadOptions { layer: layer.map(str::to_owned), ..ReadOptions::default() },
        )
    };
    assert_eq!(read(None).unwrap_err().code, "gis.several_layers");
    assert_eq!(read(Some("路")).unwrap_err().code, "gis.no_such_layer");
    assert_eq!(read(Some("社区")).unwrap().features.len(), 1);
    assert_eq!(fault("x.zip", &zip(&[("说明.txt".into(), b"x".to_vec())])).0, "gis.no_layer");
    let whole = zip(&packed);
    assert_eq!(fault("x.zip", &whole[..whole.len() / 2]).0, "gis.bad_zip");
}

#[test]
fn a_path_brings_the_files_beside_it() {
    let one = [feature(1, json!({"名": "甲"}), Geometry::None)];
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in write_named("街道", Format::Shapefile, &["名".into()], &one).unwrap().files {
        // Windows programs write extensions in capitals now and then.
        std::fs::write(folder.path().join(name.replace(".dbf", ".DBF")), bytes).unwrap();
    }
    std::fs::write(folder.path().join("别的.dbf"), b"x").unwrap();
    let (name, files) = Files::from_path(&folder.path().join("街道.shp")).unwrap();
    assert_eq!(files.names().count(), 5);
    let layer = read_layer(&name, &files, &ReadOptions::default()).unwrap();
    assert_eq!(layer.features[0].properties["名"], "甲");
    assert_eq!(Files::from_path(&folder.path().join("没有.shp")).unwrap_err().code, "gis.unreadable");
}
