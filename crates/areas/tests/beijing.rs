//! Real boundaries, where `JINGWEI_DATA` has them: 16 districts and 343 subdistricts of Beijing with holes, parts,
//! gaps and overlaps; 5,284 buildings of Nanjing's Jianye district.
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(clippy::disallowed_methods, reason = "measurements are of the real clock")]

mod common;

use areas::{FeatureKind, ImportAreas, LayerMapping, Mapping, Maps, NewRegion, PutLayer, Weight};
use common::*;
use gis::{Files, Layer, ReadOptions, read_layer};
use kernel::{AreaCode, Level};
use space::{Crs, Shape};
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Instant};
use store::both;

fn real(name: &str) -> Option<Arc<Layer>> {
    let Some(folder) = std::env::var_os("JINGWEI_DATA") else {
        eprintln!("SKIPPED: JINGWEI_DATA is not set; {name} was not tried");
        return None;
    };
    let path = Path::new(&folder).join(name);
    let Ok((file, files)) = Files::from_path(&path) else {
        eprintln!("SKIPPED: {} cannot be read; it was not tried", path.display());
        return None;
    };
    Some(Arc::new(read_layer(&file, &files, &ReadOptions::default()).unwrap()))
}

fn beijing(layer: &Arc<Layer>, level: Level) -> ImportAreas {
    let parent = (level == Level::Street).then(|| "parentCode".to_owned());
    let mapping =
        Mapping { level, code: "code".into(), name: "Name".into(), parent, alias: None, crs: Crs::Wgs84 };
    ImportAreas { layer: layer.clone(), mapping, effective: None, zone: None, dry_run: false }
}

both! {
    /// All of it is imported, zero-area rings are dropped and told, each subdistrict's inner point is found in it
    /// and in its district, the overlaps are those the data have, and a second import changes nothing.
    async fn the_whole_of_beijing_is_imported(on) {
        let Some(districts) = real("beijing/districts.geojson") else { return };
        let Some(streets) = real("beijing/subdistricts.geojson") else { return };
        let (t, house) = make(on).await;
        let start = Instant::now();
        let done = bring(&t, &system(), beijing(&districts, Level::Region)).await.unwrap();
        assert_eq!((counts(&done), done.written), ([16, 0, 0, 0], true), "{:?}",
            done.features.iter().filter(|f| f.messages.iter().any(|m| m.weight == Weight::Fault)).collect::<Vec<_>>());
        let dropped: Vec<&str> = done.features.iter()
            .filter(|f| f.messages.iter().any(|m| m.code == "shape.dropped")).map(|f| f.name.as_str()).collect();
        assert_eq!(dropped, ["丰台区"]);
        eprintln!("16 districts in {:?}", start.elapsed());
        let start = Instant::now();
        let done = bring(&t, &system(), beijing(&streets, Level::Street)).await.unwrap();
        eprintln!("343 subdistricts in {:?}", start.elapsed());
        assert_eq!((counts(&done), done.written), ([343, 0, 0, 0], true), "{:?}",
            done.features.iter().filter(|f| f.messages.iter().any(|m| m.weight == Weight::Fault)).collect::<Vec<_>>());
        assert_eq!(done.overlaps.len(), 62);
        let hectares = done.overlaps.iter().map(|o| o.square_metres).sum::<f64>() / 10_000.0;
        assert!((4.4..4.6).contains(&hectares), "{hectares} ha");
        let out = done.features.iter().filter(|f| f.messages.iter().any(|m| m.code == "area.sticks_out")).count();
        eprintln!("{out} subdistricts stick out of their district by over 1 m²");

        t.clock.advance(1000);
        for (layer, level, n) in [(&districts, Level::Region, 16), (&streets, Level::Street, 343)] {
            let again = bring(&t, &system(), beijing(layer, level)).await.unwrap();
            assert_eq!((counts(&again), again.written), ([0, 0, n, 0], false));
        }

        let land = house.keep::<Maps>().everywhere(&t.db, &anyone(), None).await.unwrap();
        let shapes: BTreeMap<AreaCode, &Shape> =
            land.regions().flat_map(|b| b.shapes(Level::Street)).map(|(c, s)| (*c, s)).collect();
        assert_eq!(shapes.len(), 343);
        let points: Vec<[f64; 2]> = shapes.values().map(|s| { let (x, y) = s.inner_point().degrees(); [x, y] }).collect();
        let own: Vec<Option<AreaCode>> = shapes.keys().copied().map(Some).collect();
        assert_eq!(land.many(&points), own);
        for (code, [lon, lat]) in shapes.keys().zip(&points) {
            let found = land.located(land.at(*lon, *lat).unwrap()).unwrap();
            assert_eq!((Some(found.region.code.into()), found.street.map(|s| s.code)), (code.parent(), Some(*code)));
        }

        // As over HTTP: 100,000 points in one question.
        let many: Vec<[f64; 2]> = (0..100_000u32)
            .map(|i| {
                let f = |n: u32| f64::from(i.wrapping_mul(n) % 100_003) / 100_003.0;
                [115.5 + 1.9 * f(48_271), 39.5 + 1.5 * f(69_621)]
            })
            .collect();
        let body = serde_json::json!({ "points": many }).to_string().into_bytes();
        let start = Instant::now();
        let (status, found) = send(&house, &anyone(), "POST", "/api/locate", "application/json", body).await;
        let took = start.elapsed();
        let inside = found["codes"].as_array().unwrap().iter().filter(|c| !c.is_null()).count();
        assert_eq!(status, 200);
        assert!(inside > 40_000, "{inside}");
        eprintln!("100,000 points over HTTP in {took:?} (this build), {inside} of them inside");
    }

    /// Two invalid buildings are kept as drawn and told, the one drawn twice is kept once.
    async fn the_buildings_of_jianye_are_a_layer(on) {
        let Some(buildings) = real("jianye/buildings.geojson") else { return };
        let (t, house) = make(on).await;
        let region = region(320_105);
        let load = areas::LoadBase {
            regions: vec![NewRegion { code: region, name: "建邺区".into(), zone: "Asia/Shanghai".into() }],
            ..areas::LoadBase::default()
        };
        t.db.write(&system(), load).await.unwrap();
        let name = buildings.fields.first().cloned();
        let drawn = areas::draw(&buildings, &LayerMapping { name, class: None, crs: Crs::Wgs84 }).unwrap();
        let put = || PutLayer { region, name: "buildings".into(), kind: FeatureKind::Building, drawn: drawn.clone() };
        let done = t.db.write(&system(), put()).await.unwrap();
        let said = |code: &str| done.messages.iter().filter(|m| m.message.code == code).count();
        assert_eq!((done.features_read, done.kept, done.left_out, done.changed), (5284, 5283, 1, true), "{:?}", done.messages);
        assert_eq!((said("layer.invalid"), said("layer.duplicate")), (2, 1), "{:?}", done.messages);
        assert!(!t.db.write(&system(), put()).await.unwrap().changed);
        let (status, map) = get(&house, "/api/regions/320105/map").await;
        assert_eq!((status, map["features"].as_array().unwrap().len()), (200, 5283));
    }
}
