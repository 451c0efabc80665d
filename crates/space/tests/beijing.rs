//! The real boundaries of Beijing, where `JINGWEI_DATA` has them: 16 districts and 343 subdistricts.
#![allow(clippy::unwrap_used, reason = "tests")]

use kernel::AreaCode;
use serde_json::Value;
use space::{Crs, Dropped, Locator, Shape, Side, overlaps};
use std::path::Path;

type Parts = Vec<Vec<Vec<[f64; 2]>>>;

fn features(name: &str) -> Option<Vec<Value>> {
    let Some(folder) = std::env::var_os("JINGWEI_DATA") else {
        eprintln!("SKIPPED: JINGWEI_DATA is not set; the boundaries of Beijing were not tried");
        return None;
    };
    let path = Path::new(&folder).join("beijing").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} cannot be read; the boundaries of Beijing were not tried", path.display());
        return None;
    };
    let mut collection: Value = serde_json::from_str(&text).unwrap();
    Some(collection["features"].as_array_mut().unwrap().drain(..).collect())
}

fn parts(geometry: &Value) -> Parts {
    let coordinates = geometry["coordinates"].clone();
    match geometry["type"].as_str() {
        Some("Polygon") => vec![serde_json::from_value(coordinates).unwrap()],
        _ => serde_json::from_value(coordinates).unwrap(),
    }
}

/// Streets by their 9 digits, districts by their 6.
fn read(name: &str, padding: u64) -> Option<Vec<(AreaCode, Shape, Vec<Dropped>)>> {
    let features = features(name)?;
    let one = |f: &Value| {
        let code = AreaCode::new(f["properties"]["code"].as_u64().unwrap() / padding).unwrap();
        let (shape, dropped) =
            Shape::from_degrees(&parts(&f["geometry"]), Crs::Wgs84).unwrap_or_else(|e| panic!("{code}: {e}"));
        (code, shape, dropped)
    };
    Some(features.iter().map(one).collect())
}

#[test]
fn all_are_read_and_what_encloses_nothing_is_told() {
    let Some(streets) = read("subdistricts.geojson", 1000) else { return };
    assert_eq!(streets.len(), 343);
    assert!(streets.iter().all(|(_, _, dropped)| dropped.is_empty()));
    let Some(districts) = read("districts.geojson", 1_000_000) else { return };
    assert_eq!(districts.len(), 16);
    for (code, _, dropped) in &districts {
        // The fourth and the seventh part of Fengtai have no area, the fifth a spike.
        let told: Vec<_> = dropped.iter().map(|d| (d.part, d.ring, d.position)).collect();
        let expected: &[_] = match code.get() {
            110_106 => &[(3, 0, None), (4, 0, Some(350)), (6, 0, None)],
            _ => &[],
        };
        assert_eq!(told, expected, "{code}");
    }
    // Beijing has 16,410 km².
    let all: f64 = districts.iter().map(|(_, s, _)| s.square_metres()).sum();
    assert!((all / 1e6 - 16_410.0).abs() < 50.0, "{all}");
}

#[test]
fn every_inner_point_is_found_in_its_own() {
    for (name, padding) in [("subdistricts.geojson", 1000), ("districts.geojson", 1_000_000)] {
        let Some(areas) = read(name, padding) else { return };
        let areas: Vec<_> = areas.into_iter().map(|(code, shape, _)| (code, shape)).collect();
        let locator = Locator::new(areas.clone());
        for (code, shape) in &areas {
            let p = shape.inner_point();
            assert_eq!(shape.side(p), Side::Inside, "{code}");
            assert_eq!(locator.at(p), Some(*code));
        }
    }
}

#[test]
fn overlaps_are_those_that_others_find() {
    let Some(areas) = read("subdistricts.geojson", 1000) else { return };
    let areas: Vec<_> = areas.into_iter().map(|(code, shape, _)| (code, shape)).collect();
    let found = overlaps(&areas);
    let large: Vec<_> = found.iter().filter(|o| o.square_metres > 1.0).collect();
    let hectares = found.iter().map(|o| o.square_metres).sum::<f64>() / 1e4;
    eprintln!("{} pairs overlap, {} of them over 1 m², {hectares:.2} ha in all", found.len(), large.len());
    assert_eq!((found.len(), large.len()), (67, 62));
    assert!((hectares - 4.5).abs() < 0.05);
    for o in large {
        let at = space::Point::of(o.at[0], o.at[1]);
        let within = |code| areas.iter().any(|(c, s)| *c == code && s.side(at) == Side::Inside);
        assert!(within(o.a) && within(o.b), "{} {} {:?}", o.a, o.b, o.at);
    }
    let Some(districts) = read("districts.geojson", 1_000_000) else { return };
    let districts: Vec<_> = districts.into_iter().map(|(code, shape, _)| (code, shape)).collect();
    let hectares = overlaps(&districts).iter().map(|o| o.square_metres).sum::<f64>() / 1e4;
    eprintln!("districts overlap by {hectares:.0} ha");
    assert!((hectares - 1060.0).abs() < 5.0);
}
