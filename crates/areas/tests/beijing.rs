//! Real boundaries: 343 subdistricts of Beijing with holes, parts, gaps and overlaps, where `JINGWEI_DATA` has them.
#![allow(clippy::unwrap_used, reason = "tests")]

use areas::{LoadBase, Maps, NewArea, NewRegion};
use kernel::{Actor, AreaCode, Region, Who};
use serde_json::Value;
use space::{Point, Shape, Side};
use std::{collections::BTreeMap, path::Path};
use store::{both, testing::TestDb};

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

fn code(feature: &Value) -> u64 {
    feature["properties"]["code"].as_u64().unwrap()
}

fn name(feature: &Value) -> String {
    feature["properties"]["Name"].as_str().unwrap().to_owned()
}

/// The rings without area of one district are found; all the others are read.
#[test]
fn districts_are_read_strictly() {
    let Some(districts) = features("districts.geojson") else { return };
    assert_eq!(districts.len(), 16);
    let faults: Vec<_> = districts
        .iter()
        .filter_map(|d| Shape::from_geojson(&d["geometry"]).err().map(|f| (name(d), f.en())))
        .collect();
    assert_eq!(faults, [("丰台区".to_owned(), "part 4, ring 1: the ring encloses nothing.".to_owned())]);
}

both! {
    /// Each subdistrict's inner point is located in it, or in one with a lower code that overlaps it there.
    async fn subdistricts_locate_themselves(on) {
        let Some(districts) = features("districts.geojson") else { return };
        let Some(streets) = features("subdistricts.geojson") else { return };
        let regions = districts.iter().map(|d| NewRegion {
            code: Region::new((code(d) / 1_000_000) as u32).unwrap(),
            name: name(d),
            zone: "Asia/Shanghai".into(),
        });
        // Twelve digits padded with zeros, of which nine say the street.
        let areas: Vec<NewArea> = streets.iter().map(|s| NewArea {
            code: AreaCode::new(code(s) / 1000).unwrap(),
            name: name(s),
            kind: None,
            shape: Some(Shape::from_geojson(&s["geometry"]).unwrap()),
        }).collect();
        assert!(streets.iter().all(|s| code(s).is_multiple_of(1000)));
        let t = TestDb::new(on, &[audit::MIGRATIONS, areas::MIGRATIONS].concat()).await;
        let load = LoadBase { regions: regions.collect(), areas: areas.clone(), ..LoadBase::default() };
        let done = t.db.write(&Actor::system("test"), load).await.unwrap();
        assert_eq!((done.regions, done.areas), (16, 343));

        let anyone = Actor::of(Who::Anonymous);
        let maps = Maps::default();
        let mut shapes: BTreeMap<AreaCode, Shape> = BTreeMap::new();
        let (mut own, mut lower) = (0, 0);
        for area in &areas {
            shapes.insert(area.code, area.shape.clone().unwrap());
        }
        for (code, shape) in &shapes {
            let p = shape.inner_point();
            assert_eq!(shape.side(p), Side::Inside, "{code}");
            let (lon, lat) = p.degrees();
            let found = areas::locate(&t.db, &anyone, &maps, code.region(), lon, lat).await.unwrap();
            if found.code() == *code {
                own += 1;
            } else {
                assert!(found.code() < *code && shapes[&found.code()].covers(Point::of(lon, lat)), "{code}");
                lower += 1;
            }
            assert!(found.street.is_some() && found.community.is_none() && found.grid.is_none());
        }
        eprintln!("of 343 subdistricts, {own} inner points lie in their own, {lower} in a lower code that overlaps");
        assert_eq!((own, lower), (343, 0));
    }
}
