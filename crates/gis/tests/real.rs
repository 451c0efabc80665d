//! Real files, where `JINGWEI_DATA` has them.
#![allow(clippy::unwrap_used, reason = "tests")]

use gis::{Files, Format, ReadOptions, TableOptions, read_layer, read_table, text_of, write_layer};
use space::{Crs, Shape};
use std::path::{Path, PathBuf};

fn path(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("JINGWEI_DATA") else {
        eprintln!("SKIPPED: JINGWEI_DATA is not set; {name} was not tried");
        return None;
    };
    let path = Path::new(&folder).join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {} is missing", path.display());
        return None;
    }
    Some(path)
}

/// All of Beijing's subdistricts through every format come out as the same shapes.
#[test]
fn subdistricts_survive_every_format() {
    let Some(path) = path("beijing/subdistricts.geojson") else { return };
    let (name, files) = Files::from_path(&path).unwrap();
    let layer = read_layer(&name, &files, &ReadOptions::default()).unwrap();
    assert_eq!(layer.features.len(), 343);
    assert_eq!(layer.fields[0], "Name");
    let shapes = |layer: &gis::Layer| -> Vec<(String, Shape)> {
        let one = |f: &gis::Feature| {
            let gis::Geometry::Polygon(parts) = &f.geometry else { panic!("{}", f.number) };
            (text_of(&f.properties["code"]), Shape::from_degrees(parts, Crs::Wgs84).unwrap().0)
        };
        layer.features.iter().map(one).collect()
    };
    let was = shapes(&layer);
    assert!(was.iter().all(|(code, _)| code.len() == 12));
    for (format, name) in [
        (Format::GeoJson, "layer.geojson"),
        (Format::GeoPackage, "layer.gpkg"),
        (Format::Shapefile, "layer.shp"),
        (Format::Csv, "layer.csv"),
    ] {
        let mut files = Files::new();
        for (name, bytes) in write_layer(format, &layer.fields, &layer.features).unwrap() {
            files.add(&name, bytes);
        }
        let back = read_layer(name, &files, &ReadOptions::default()).unwrap();
        assert_eq!(shapes(&back).len(), 343);
        for (a, b) in shapes(&back).iter().zip(&was) {
            assert_eq!(a, b, "{format:?}");
        }
        for (a, b) in back.features.iter().zip(&layer.features) {
            assert_eq!(text_of(&a.properties["Name"]), text_of(&b.properties["Name"]));
        }
    }
}

#[test]
fn a_real_catalogue_keeps_its_lines() {
    let Some(path) = path("standards/yuncheng_items.csv") else { return };
    let bytes = std::fs::read(path).unwrap();
    let table = read_table("yuncheng_items.csv", &bytes, &TableOptions::default()).unwrap();
    assert_eq!(table.rows.len(), 519);
    let lines = bytes.iter().filter(|b| **b == b'\n').count();
    let last = table.rows.last().unwrap();
    assert_eq!(last.record, 519);
    assert!(last.line > 519 && last.line <= lines, "{} {lines}", last.line);
    let text = String::from_utf8(bytes).unwrap();
    let physical: Vec<&str> = text.lines().collect();
    for row in &table.rows {
        assert!(
            physical[row.line - 1]
                .trim_start_matches('"')
                .starts_with(row.cells[0].lines().next().unwrap_or(""))
        );
    }
    assert!(table.notes.is_empty(), "{:?}", table.notes);
}

#[test]
fn buildings_are_a_layer() {
    let Some(path) = path("jianye/buildings.geojson") else { return };
    let (name, files) = Files::from_path(&path).unwrap();
    let layer = read_layer(&name, &files, &ReadOptions::default()).unwrap();
    assert_eq!(layer.features.len(), 5284);
    let mut bad = Vec::new();
    for f in &layer.features {
        if let gis::Geometry::Polygon(parts) = &f.geometry
            && let Err(e) = Shape::from_degrees(parts, Crs::Wgs84)
        {
            bad.push((f.number, e.en()));
        }
    }
    eprintln!("refused: {bad:?}");
    assert_eq!(bad.len(), 2);
}
