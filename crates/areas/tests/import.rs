//! Boundaries from files: what is taken, what is refused and by which name, and that a refusal writes nothing.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use areas::{Became, ImportAreas};
use common::*;
use kernel::Level;
use serde_json::{Value, json};
use space::Crs;
use store::{binds, both, testing::TestDb};

/// Two regions side by side, each 100 wide, with their boundaries.
async fn regions(t: &TestDb) {
    let bytes = file(&[
        (json!({"code": 990_101_000_000u64, "name": "云桥县"}), square(0.0, 0.0, 100.0, 100.0)),
        (json!({"code": "990102", "name": "望山区"}), square(100.0, 0.0, 100.0, 100.0)),
    ]);
    let done = bring(t, &system(), import(Level::Region, bytes)).await.unwrap();
    assert_eq!((counts(&done), done.written), ([2, 0, 0, 0], true));
}

fn streets() -> Vec<u8> {
    file(&[
        (json!({"code": 990_101_001_000u64, "name": "东街道"}), square(0.0, 0.0, 50.0, 100.0)),
        (json!({"code": "990101100000", "name": "西镇"}), square(50.0, 0.0, 50.0, 100.0)),
        (json!({"code": "990102001", "name": "山前街道"}), square(100.0, 0.0, 100.0, 100.0)),
    ])
}

async fn rows(t: &TestDb) -> i64 {
    let n: Vec<(i64,)> = t.db.ask(&system(), "SELECT count(*) FROM areas", binds![]).await.unwrap();
    n[0].0
}

both! {
    /// Regions, then the streets of both in one go; told again, nothing changes and nothing is logged.
    async fn what_is_imported_twice_is_there_once(on) {
        let (t, house) = make(on).await;
        regions(&t).await;
        let (_, there) = get(&house, "/api/regions").await;
        assert_eq!(there["items"][0], json!({"code": "990101", "name": "云桥县", "zone": "Asia/Shanghai",
            "bounds": [120.0, 30.0, 120.1, 30.1]}));
        let done = bring(&t, &system(), import(Level::Street, streets())).await.unwrap();
        assert_eq!((counts(&done), done.overlaps.len()), ([3, 0, 0, 0], 0));
        assert_eq!(done.features[1].code.unwrap().get(), 990_101_100);
        let lines = "SELECT count(*) FROM audit_lines WHERE action = 'area.import'";
        let before: Vec<(i64,)> = t.db.ask(&system(), lines, binds![]).await.unwrap();
        assert_eq!(before[0].0, 4);
        t.clock.advance(1000);
        let again = bring(&t, &system(), import(Level::Street, streets())).await.unwrap();
        assert_eq!((counts(&again), again.written), ([0, 0, 3, 0], false));
        assert!(again.features.iter().all(|f| f.outcome == Became::Unchanged));
        let after: Vec<(i64,)> = t.db.ask(&system(), lines, binds![]).await.unwrap();
        assert_eq!((after, rows(&t).await), (before, 5));

        // Kinds follow from the codes; the region is in its list only when its level is asked for.
        let (_, list) = get(&house, "/api/regions/990101/areas").await;
        let kinds: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|a| &a["kind"]).collect();
        assert_eq!(kinds, ["subdistrict", "town"]);
        let (_, whole) = get(&house, "/api/regions/990101/areas?level=region").await;
        assert_eq!((&whole["items"][0]["kind"], &whole["items"][0]["bounded"]), (&json!("district"), &json!(true)));
        let (_, drawn) = get(&house, "/api/regions/990101/areas/geometry?level=region").await;
        assert_eq!(drawn["features"].as_array().unwrap().len(), 1);
        let (_, drawn) = get(&house, "/api/regions/990101/areas/geometry").await;
        assert_eq!(drawn["features"].as_array().unwrap().len(), 2);
    }

    /// A dry run says the same and writes nothing.
    async fn a_trial_writes_nothing(on) {
        let (t, _) = make(on).await;
        regions(&t).await;
        let tried = bring(&t, &system(), ImportAreas { dry_run: true, ..import(Level::Street, streets()) }).await.unwrap();
        assert_eq!((counts(&tried), tried.written, tried.dry_run, rows(&t).await), ([3, 0, 0, 0], false, true, 2));
        let done = bring(&t, &system(), import(Level::Street, streets())).await.unwrap();
        assert_eq!((done.features, done.written), (tried.features, true));
    }

    /// Every fault is named with its feature; one is enough to write nothing.
    async fn faults_are_named_and_nothing_is_written(on) {
        let (t, _) = make(on).await;
        regions(&t).await;
        let bow = json!({"type": "Polygon", "coordinates":
            [[[120.01, 30.01], [120.02, 30.02], [120.02, 30.01], [120.01, 30.02], [120.01, 30.01]]]});
        let open = json!({"type": "Polygon", "coordinates": [[[120.0, 30.0], [120.01, 30.0], [120.01, 30.01], [120.0, 30.01]]]});
        let turned = json!({"type": "Polygon", "coordinates":
            [[[30.0, 120.0], [30.0, 120.01], [30.01, 120.01], [30.0, 120.0]]]});
        let there = || square(10.0, 10.0, 5.0, 5.0);
        let cases = [
            (json!({"code": "1.10101E+11", "name": "甲"}), there(), vec!["area.code"]),
            (json!({"code": "990101", "name": "甲"}), there(), vec!["area.code"]),
            (json!({"code": null, "name": "甲"}), there(), vec!["area.code_missing"]),
            (json!({"code": "990101002", "name": ""}), there(), vec!["text.length"]),
            (json!({"code": "990103001", "name": "甲"}), there(), vec!["region.missing"]),
            (json!({"code": "990101003", "name": "甲"}), square(150.0, 0.0, 5.0, 5.0), vec!["area.outside_parent"]),
            (json!({"code": "990101004", "name": "甲"}), bow, vec!["shape.edges_cross"]),
            (json!({"code": "990101005", "name": "甲"}), open, vec!["shape.ring_open"]),
            (json!({"code": "990101006", "name": "甲"}), turned, vec!["area.swapped"]),
            (json!({"code": "990101007", "name": "甲"}), json!({"type": "Point", "coordinates": [120.0, 30.0]}), vec!["shape.not_a_polygon"]),
            (json!({"code": "990101008", "name": "甲"}), there(), vec!["area.code_twice"]),
            (json!({"code": "990101008000", "name": "乙"}), there(), vec!["area.code_twice"]),
            (json!({"code": "990101009", "name": "好"}), there(), vec![]),
        ];
        let bytes = file(&cases.iter().map(|(p, g, _)| (p.clone(), g.clone())).collect::<Vec<_>>());
        let done = bring(&t, &system(), import(Level::Street, bytes)).await.unwrap();
        let expected: Vec<Vec<&str>> = cases.iter().map(|(.., codes)| codes.clone()).collect();
        assert_eq!(said(&done), expected);
        assert_eq!((counts(&done), done.written, rows(&t).await), ([1, 0, 0, 12], false, 2));
        assert_eq!(done.features[6].messages[0].place.unwrap().map(|n| (n * 1000.0).round() / 1000.0), [120.015, 30.015]);
        // Communities need their street.
        let orphan = file(&[(json!({"code": "990101001001", "name": "社区"}), there())]);
        let done = bring(&t, &system(), import(Level::Community, orphan)).await.unwrap();
        assert_eq!(said(&done), [["area.parent_missing"]]);
        assert!(done.features[0].messages[0].zh.contains("990101001"), "{:?}", done.features[0].messages);
    }

    /// The last digits of a code and the position are enough; a parent's code decides before the position.
    async fn parents_are_found_by_code_or_by_position(on) {
        let (t, house) = make(on).await;
        regions(&t).await;
        bring(&t, &system(), import(Level::Street, streets())).await.unwrap();
        let bytes = file(&[
            (json!({"code": 1, "name": "东社区", "up": ""}), square(10.0, 10.0, 10.0, 10.0)),
            (json!({"code": "200", "name": "西村", "up": 990_101_100_000u64}), square(60.0, 10.0, 10.0, 10.0)),
            (json!({"code": "990102001007", "name": "山前社区", "up": "990102001"}), Value::Null),
        ]);
        let mut asked = import(Level::Community, bytes);
        asked.mapping.parent = Some("up".into());
        let done = bring(&t, &system(), asked).await.unwrap();
        let codes: Vec<i64> = done.features.iter().map(|f| f.code.unwrap().get()).collect();
        assert_eq!(codes, [990_101_001_001, 990_101_100_200, 990_102_001_007]);
        assert_eq!(said(&done), [vec!["area.parent_found"], vec![], vec!["area.no_boundary"]]);
        let (_, tree) = get(&house, "/api/regions/990101/areas/tree").await;
        let tree: Vec<(&Value, &Value)> = tree["items"].as_array().unwrap().iter().map(|a| (&a["name"], &a["children"])).collect();
        assert_eq!(tree, [(&json!("东街道"), &json!(1)), (&json!("西镇"), &json!(1))]);

        let wrong = file(&[
            (json!({"code": "990102001008", "name": "甲", "up": "990101001"}), Value::Null),
            (json!({"code": 9, "name": "乙", "up": null}), Value::Null),
            (json!({"code": 9, "name": "丙", "up": null}), square(300.0, 0.0, 1.0, 1.0)),
        ]);
        let mut asked = import(Level::Community, wrong);
        asked.mapping.parent = Some("up".into());
        let done = bring(&t, &system(), asked).await.unwrap();
        let faults: Vec<&str> = done.features.iter().flat_map(|f| &f.messages)
            .filter(|m| m.weight == areas::Weight::Fault).map(|m| m.code).collect();
        assert_eq!(faults, ["area.parent_differs", "area.parent_unknown", "area.parent_unknown"]);
    }

    /// What sticks out of its parent and what overlaps is taken and told, with its size and place.
    async fn overlaps_and_what_sticks_out_are_told(on) {
        let (t, _) = make(on).await;
        regions(&t).await;
        let bytes = file(&[
            (json!({"code": "990101001", "name": "甲"}), square(0.0, 0.0, 51.0, 100.0)),
            (json!({"code": "990101002", "name": "乙"}), square(50.0, 0.0, 51.0, 100.0)),
        ]);
        let done = bring(&t, &system(), import(Level::Street, bytes)).await.unwrap();
        assert_eq!((said(&done), done.written), (vec![vec![], vec!["area.sticks_out"]], true));
        // A strip of 0.001° × 0.1° at 30° N: about 96.5 m × 11.1 km.
        let about = |m: f64| (1_060_000.0..1_080_000.0).contains(&m);
        assert!(about(done.features[1].messages[0].square_metres.unwrap()), "{done:?}");
        let o = &done.overlaps[0];
        assert!(about(o.square_metres) && o.place[0] > 120.05 && o.place[0] < 120.051, "{o:?}");
        assert_eq!((o.a.get(), o.b_name.as_str(), done.warnings), (990_101_001, "乙", 2));
        // An area alone is compared with those already there.
        let bytes = file(&[(json!({"code": "990101003", "name": "丙"}), square(90.0, 0.0, 5.0, 5.0))]);
        let done = bring(&t, &system(), import(Level::Street, bytes)).await.unwrap();
        assert_eq!((done.overlaps.len(), done.overlaps[0].a.get(), done.overlaps[0].a_name.as_str()), (1, 990_101_002, "乙"));
    }

    /// An effective date may lie in the future; the past is not told anew, and what came in GCJ-02 is kept so.
    async fn changes_take_effect_at_their_date(on) {
        let (t, house) = make(on).await;
        regions(&t).await;
        bring(&t, &system(), import(Level::Street, streets())).await.unwrap();
        // START is 2026-03-02 09:00 in Shanghai.
        t.clock.advance(1000);
        let renamed = |name: &str, width: f64| {
            file(&[(json!({"code": "990101001", "name": name, "aka": "老东街; 东关"}), square(0.0, 0.0, width, 100.0))])
        };
        let later = |name: &str, width: f64, when: &str| {
            let mut asked = import(Level::Street, renamed(name, width));
            asked.effective = day(when);
            asked.mapping.alias = Some("aka".into());
            asked
        };
        let done = bring(&t, &system(), later("新东街道", 40.0, "2026-07-01")).await.unwrap();
        assert_eq!((counts(&done), done.effective.unwrap()), ([0, 1, 0, 0], day("2026-07-01").unwrap().moment("Asia/Shanghai")));
        let again = bring(&t, &system(), later("新东街道", 40.0, "2026-07-01")).await.unwrap();
        assert_eq!(counts(&again), [0, 0, 1, 0]);

        let name = |answer: (u16, Value)| answer.1["street"]["name"].clone();
        let point = "/api/locate?lon=120.045&lat=30.05";
        assert_eq!(name(get(&house, point).await), "东街道");
        assert_eq!(get(&house, &format!("{point}&at=2026-06-30")).await.1["street"]["code"], "990101001");
        // Then the strip is no street's any more, though the region's.
        let (status, then) = get(&house, &format!("{point}&at=2026-07-01")).await;
        assert_eq!((status, &then["region"]["code"], &then["street"]), (200, &json!("990101"), &json!(null)));
        let (_, list) = get(&house, "/api/regions/990101/areas?at=2026-07-01&level=street").await;
        assert_eq!((&list["items"][0]["name"], &list["items"][0]["aliases"]), (&json!("新东街道"), &json!(["东关", "老东街"])));
        assert_eq!(get(&house, "/api/regions/990101/areas?at=2026-02-01").await.1["items"], json!([]));
        assert_eq!(get(&house, "/api/regions/990101/areas?at=soon").await.0, 422);

        // A future row may be replaced, but nothing may be slipped in before it, or into the past.
        let done = bring(&t, &system(), later("新东街道", 44.0, "2026-07-01")).await.unwrap();
        assert_eq!(counts(&done), [0, 1, 0, 0]);
        for when in ["2026-06-01", "2026-03-01"] {
            let done = bring(&t, &system(), later("东一街道", 40.0, when)).await.unwrap();
            assert_eq!(said(&done), [["area.history_fixed"]]);
            let text = &done.features[0].messages[0].en;
            assert!(text.contains("990101001") && text.contains("2026-07-01") && text.contains(when), "{text}");
        }

        // The date comes, and nobody writes anything: the cache lets go of what was.
        let tag = |house: edge::House| async move {
            let (_, drawn) = get(&house, "/api/regions/990101/areas/geometry?level=street").await;
            drawn["features"][0]["properties"]["name"].clone()
        };
        assert_eq!(tag(house.clone()).await, "东街道");
        t.clock.set(day("2026-07-01").unwrap().moment("Asia/Shanghai"));
        assert_eq!(tag(house.clone()).await, "新东街道");
        assert_eq!(name(get(&house, "/api/locate?lon=120.0435&lat=30.05").await), "新东街道");
        assert_eq!(get(&house, point).await.1["street"], json!(null));
        let (_, shown) = get(&house, "/api/regions/990101/areas/990101001").await;
        let history: Vec<(&Value, &Value)> = shown["history"].as_array().unwrap().iter().map(|r| (&r["name"], &r["until_at"])).collect();
        let july = json!(day("2026-07-01").unwrap().moment("Asia/Shanghai"));
        assert_eq!(history, [(&json!("东街道"), &july), (&json!("新东街道"), &json!(null))]);
    }

    /// Boundaries in GCJ-02 are converted and kept as they came; a change of name keeps the original.
    async fn originals_of_other_coordinates_are_kept(on) {
        let (t, house) = make(on).await;
        regions(&t).await;
        let [x, y] = [120.02, 30.02];
        let corner = |dx: f64, dy: f64| Crs::Gcj02.from_wgs84([x + dx, y + dy]);
        let ring = [corner(0.0, 0.0), corner(0.01, 0.0), corner(0.01, 0.01), corner(0.0, 0.01), corner(0.0, 0.0)];
        let bytes = file(&[(json!({"code": "990101001", "name": "甲"}), json!({"type": "Polygon", "coordinates": [ring]}))]);
        let mut asked = import(Level::Street, bytes);
        asked.mapping.crs = Crs::Gcj02;
        bring(&t, &system(), asked.clone()).await.unwrap();
        assert_eq!(counts(&bring(&t, &system(), asked).await.unwrap()), [0, 0, 1, 0]);
        let (_, shown) = get(&house, "/api/regions/990101/areas/990101001").await;
        for (is, should) in shown["bounds"].as_array().unwrap().iter().zip([120.02, 30.02, 120.03, 30.03]) {
            assert!((is.as_f64().unwrap() - should).abs() < 2e-7, "{shown}");
        }
        t.clock.advance(1000);
        let renamed = file(&[(json!({"code": "990101001", "name": "乙"}), Value::Null)]);
        bring(&t, &system(), import(Level::Street, renamed)).await.unwrap();
        let (_, shown) = get(&house, "/api/regions/990101/areas/990101001").await;
        let originals: Vec<&Value> = shown["history"].as_array().unwrap().iter().map(|r| &r["original"]).collect();
        assert_eq!(originals, ["gcj02", "gcj02"]);
        let kept: Vec<(String,)> = t.db.ask(&system(), "SELECT geometry FROM area_originals ORDER BY from_at", binds![]).await.unwrap();
        let was: Vec<Vec<Vec<[f64; 2]>>> = serde_json::from_str(&kept[0].0).unwrap();
        assert!(was[0][0].iter().flatten().zip(ring.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-12), "{was:?}");
        assert_eq!(kept[0], kept[1]);
    }

    /// Over HTTP: stewards into their own regions, no regions, everything named in the refusal.
    async fn stewards_import_into_their_regions(on) {
        let (t, house) = make(on).await;
        regions(&t).await;
        let post = |actor, uri: &'static str, body: Vec<u8>| {
            let house = house.clone();
            async move { send(&house, &actor, "POST", uri, "application/octet-stream", body).await }
        };
        let uri = "/api/areas/import?file=s.geojson&level=street&code=code&name=name";
        assert_eq!(post(anyone(), uri, streets()).await.0, 401);
        let (status, refused) = post(steward(990_101), uri, streets()).await;
        assert_eq!((status, &refused["code"], rows(&t).await), (422, &json!("area.import_refused"), 2));
        assert_eq!((&refused["errors"][0]["code"], &refused["errors"][0]["field"]), (&json!("area.not_yours"), &json!("features.3 990102001")));
        let own = file(&[(json!({"code": "990101001", "name": "东街道"}), square(0.0, 0.0, 50.0, 100.0))]);
        let (status, tried) = post(steward(990_101), "/api/areas/import?file=s.geojson&level=street&code=code&name=name&dry_run=true", own.clone()).await;
        assert_eq!((status, &tried["new"], rows(&t).await), (200, &json!(1), 2));
        let (status, done) = post(steward(990_101), uri, own.clone()).await;
        assert_eq!((status, &done["written"], rows(&t).await), (200, &json!(true), 3));

        for (uri, code, field) in [
            ("/api/areas/import?file=s.geojson&level=region&code=code&name=name", "area.region_by_command", "level"),
            ("/api/areas/import?file=s.geojson&level=street&code=nr&name=name", "area.field_missing", "code"),
            ("/api/areas/import?file=s.geojson&level=street&code=code&name=name&alias=x", "area.field_missing", "alias"),
            ("/api/areas/import?file=s.geojson&level=street&code=code&name=name&crs=bj54", "request.field", "crs"),
        ] {
            let (status, refused) = post(steward(990_101), uri, own.clone()).await;
            assert_eq!((status, &refused["errors"][0]["code"], &refused["errors"][0]["field"]), (422, &json!(code), &json!(field)), "{refused}");
        }
        let form = send(&house, &steward(990_101), "POST", uri, "text/plain", own.clone()).await;
        assert_eq!((form.0, &form.1["code"]), (415, &json!("area.not_a_file")));
        let (status, seen) = post(steward(990_101), "/api/areas/import/preview?file=s.geojson", streets()).await;
        assert_eq!((status, &seen["fields"], &seen["features"], &seen["rows"][0]["name"]), (200, &json!(["code", "name"]), &json!(3), &json!("东街道")));
        assert_eq!(post(anyone(), "/api/areas/import/preview?file=s.geojson", streets()).await.0, 401);
    }

    /// Points over all regions: the smallest level decides, then the lowest code; parents follow from it.
    async fn points_are_located_over_all_regions(on) {
        let (t, house) = make(on).await;
        regions(&t).await;
        bring(&t, &system(), import(Level::Street, streets())).await.unwrap();
        // A community of the first region that reaches into the second.
        let bytes = file(&[(json!({"code": "990101001001", "name": "东社区"}), square(20.0, 0.0, 30.0, 30.0))]);
        bring(&t, &system(), import(Level::Community, bytes)).await.unwrap();
        let points = json!({"points": [[120.03, 30.01], [120.05, 30.05], [120.1, 30.05], [120.15, 30.05], [121.0, 30.0]]});
        let (status, many) = send(&house, &anyone(), "POST", "/api/locate", "application/json", points.to_string().into_bytes()).await;
        assert_eq!((status, many), (200, json!({"codes": ["990101001001", "990101001", "990101100", "990102001", null]})));
        let (_, one) = get(&house, "/api/locate?lon=120.15&lat=30.05").await;
        assert_eq!((&one["region"]["name"], &one["street"]["name"]), (&json!("望山区"), &json!("山前街道")));
        assert_eq!(get(&house, "/api/locate?lon=121&lat=30").await.1["code"], "area.not_covered");
        for (body, field) in [
            (json!({"points": [[120.0, 30.0], [181.0, 30.0]]}), "points.1"),
            (json!({"points": [[120.0]]}), "points[0]"),
            (json!({"points": [], "zone": 1}), "zone"),
        ] {
            let (status, refused) = send(&house, &anyone(), "POST", "/api/locate", "application/json", body.to_string().into_bytes()).await;
            assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!(field)), "{refused}");
        }
        let (_, hits) = get(&house, "/api/areas/search?q=shanqian").await;
        assert_eq!((&hits["items"][0]["code"], &hits["items"][0]["within"][0]["name"]), (&json!("990102001"), &json!("望山区")));
        assert_eq!(get(&house, "/api/areas/search?q=shanqian&region=990101").await.1["items"], json!([]));
        assert_eq!(get(&house, "/api/areas/search?q=").await.0, 422);
    }

    /// What is exported in any format and system comes back as it was.
    async fn an_export_can_be_imported_again(on) {
        let (t, house) = make(on).await;
        regions(&t).await;
        let mut asked = import(Level::Street, file(&[
            (json!({"code": "990101001", "name": "东\"街\"道,一", "aka": "东关、老街"}), square(0.0, 0.0, 50.0, 100.0)),
            (json!({"code": "990101100", "name": "=西镇", "aka": ""}), json!({"type": "MultiPolygon", "coordinates": [
                square(50.0, 0.0, 20.0, 20.0)["coordinates"], square(80.0, 50.0, 20.0, 50.0)["coordinates"]]})),
        ]));
        asked.mapping.alias = Some("aka".into());
        bring(&t, &system(), asked).await.unwrap();
        for (format, name) in [("geojson", "a.geojson"), ("shp", "a.zip"), ("gpkg", "a.gpkg"), ("csv", "a.csv")] {
            for crs in ["wgs84", "gcj02", "bd09"] {
                let uri = format!("/api/regions/990101/areas/export?level=street&format={format}&crs={crs}");
                let (status, bytes) = raw(&house, &anyone(), "GET", &uri, "application/json", Vec::new()).await;
                assert_eq!(status, 200, "{}", String::from_utf8_lossy(&bytes));
                let uri = format!("/api/areas/import?file={name}&level=street&code=code&name=name&parent_code=parent&alias=aliases&crs={crs}");
                let (status, back) = send(&house, &system(), "POST", &uri, "application/octet-stream", bytes).await;
                assert_eq!((status, &back["unchanged"], &back["changed"]), (200, &json!(2), &json!(0)), "{format} {crs}: {back}");
            }
        }
        assert_eq!(get(&house, "/api/regions/990101/areas/export?level=grid&format=csv").await.0, 404);
        let (_, then) = get(&house, "/api/regions/990101/areas/export?level=region&format=geojson&at=2026-03-03").await;
        assert_eq!((&then["features"][0]["properties"]["code"], &then["features"][0]["properties"]["kind"]), (&json!("990101"), &json!("district")));
    }

    /// Names, aliases and dates by hand: aliases count at once, a name from its date, and never into the past.
    async fn an_area_is_edited_from_a_date_on(on) {
        let (t, house) = make(on).await;
        regions(&t).await;
        bring(&t, &system(), import(Level::Street, streets())).await.unwrap();
        t.clock.advance(1000);
        let put = |body: Value| {
            let house = house.clone();
            async move {
                let uri = "/api/regions/990101/areas/990101001";
                send(&house, &steward(990_101), "PUT", uri, "application/json", body.to_string().into_bytes()).await
            }
        };
        let (status, is) = put(json!({"name": "东街道", "aliases": [" 东关 ", "东关", "东街道", "Dongjie"]})).await;
        assert_eq!((status, &is["aliases"]), (200, &json!(["Dongjie", "东关"])));
        let (_, hits) = get(&house, "/api/areas/search?q=dongguan").await;
        assert_eq!((&hits["items"][0]["code"], &hits["items"][0]["alias"]), (&json!("990101001"), &json!("东关")));

        let (status, is) = put(json!({"name": "新东街道", "from_at": "2026-05-01"})).await;
        assert_eq!((status, &is["name"], &is["aliases"]), (200, &json!("新东街道"), &json!(["Dongjie", "东关"])));
        let (_, shown) = get(&house, "/api/regions/990101/areas/990101001").await;
        assert_eq!((&shown["name"], shown["history"].as_array().unwrap().len()), (&json!("东街道"), 2));
        assert_eq!(get(&house, "/api/regions/990101/areas/990101001?at=2026-05-01").await.1["name"], "新东街道");
        let (status, refused) = put(json!({"name": "又一街道"})).await;
        assert_eq!((status, &refused["code"]), (409, &json!("area.history_fixed")));
        let text = refused["detail"].as_str().unwrap();
        assert!(text.contains("990101001") && text.contains("2026-05-01"), "{text}");
        // Aliases are not dated: they may change all the same.
        let (status, is) = put(json!({"name": "东街道", "aliases": []})).await;
        assert_eq!((status, &is["aliases"]), (200, &json!([])));

        for (body, field) in [
            (json!({"name": "东街道", "from_at": "May"}), "from_at"),
            (json!({"name": "东街道", "aliases": ["x".repeat(101)]}), "aliases.0"),
            (json!({"name": "东街道", "aliases": vec!["甲"; 21]}), "aliases"),
        ] {
            let (status, refused) = put(body).await;
            assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!(field)), "{refused}");
        }
        assert_eq!(get(&house, "/api/regions/990101/areas/990101009").await.0, 404);
        assert_eq!(get(&house, "/api/regions/990101/areas/990102001").await.0, 404);
    }

    /// A file that says it is in another coordinate system is refused by that system's name.
    async fn other_coordinate_systems_are_refused_by_name(on) {
        let (t, house) = make(on).await;
        regions(&t).await;
        let named = |crs: &str| {
            let mut all: Value = serde_json::from_slice(&streets()).unwrap();
            all["crs"] = json!({"type": "name", "properties": {"name": crs}});
            all.to_string().into_bytes()
        };
        let uri = "/api/areas/import?file=s.geojson&level=street&code=code&name=name";
        for crs in ["urn:ogc:def:crs:EPSG::3857", "EPSG:4549"] {
            let (status, refused) = send(&house, &system(), "POST", uri, "application/octet-stream", named(crs)).await;
            assert_eq!((status, &refused["code"]), (422, &json!("area.crs_refused")), "{refused}");
            assert!(refused["detail"].as_str().unwrap().contains(crs), "{refused}");
        }
        let (status, done) = send(&house, &system(), "POST", uri, "application/octet-stream", named("EPSG:4490")).await;
        assert_eq!((status, &done["new"]), (200, &json!(3)), "{done}");
        let broken = send(&house, &system(), "POST", uri, "application/octet-stream", b"{\"type\": ".to_vec()).await;
        assert_eq!((broken.0, &broken.1["errors"][0]["field"]), (422, &json!("file")), "{broken:?}");
        let (status, refused) = send(&house, &system(), "POST", "/api/areas/import/preview?file=s.docx", "application/octet-stream", b"x".to_vec()).await;
        assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!("file")), "{refused}");
    }
}
