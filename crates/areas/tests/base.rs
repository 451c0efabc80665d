//! What the land promises, on both databases, through its routes and commands.
#![allow(clippy::unwrap_used, reason = "tests")]

use areas::{AreaKind, FeatureKind, LoadBase, Maps, NewArea, NewFeature, NewRegion, NewUnit, UnitKind};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use edge::{Caller, House, Settings, tell};
use kernel::{
    AccountId, Actor, AreaCode, Moment, Person, Post, PostId, Refusal, Region, Role, UnitId, Uuid, Who,
};
use serde_json::{Value, json};
use space::Shape;
use std::sync::Arc;
use store::{Read, Tx, binds, both, testing::TestDb};
use tower::ServiceExt;

fn region() -> Region {
    Region::new(990_101).unwrap()
}

fn staff(role: Role) -> Actor {
    let post = Post {
        id: PostId(Uuid::from_u128(1)),
        role,
        region: region(),
        unit: None,
        area: None,
        from: Moment(0),
        until: None,
    };
    let account = AccountId(Uuid::from_u128(2));
    Actor::of(Who::Person(Arc::new(Person { account, session: None, token: None, posts: vec![post] })))
}

fn anyone() -> Actor {
    Actor::of(Who::Anonymous)
}

fn system() -> Actor {
    Actor::system("test")
}

/// A square of `size` thousandths of a degree.
fn square(x: i32, y: i32, size: i32) -> Value {
    let at =
        |dx: i32, dy: i32| json!([120.0 + f64::from(x + dx) / 1000.0, 30.0 + f64::from(y + dy) / 1000.0]);
    json!({"type": "Polygon", "coordinates": [[at(0, 0), at(size, 0), at(size, size), at(0, size), at(0, 0)]]})
}

fn area(code: u64, name: &str, geometry: Option<Value>) -> NewArea {
    let shape = geometry.map(|g| Shape::from_geojson(&g).unwrap());
    NewArea { code: AreaCode::new(code).unwrap(), name: name.into(), kind: None, shape }
}

/// A street with two communities; the first has two grids side by side, the second a border and no grids.
fn county() -> LoadBase {
    LoadBase {
        regions: vec![NewRegion { code: region(), name: "云桥县".into(), zone: "Asia/Shanghai".into() }],
        areas: vec![
            area(990_101_001_001_002, "第二网格", Some(square(10, 0, 10))),
            area(990_101_001_001_001, "第一网格", Some(square(0, 0, 10))),
            area(990_101_001_001, "望桥社区", None),
            area(990_101_001_200, "山后村", Some(square(20, 0, 10))),
            area(990_101_001, "望桥街道", None),
        ],
        units: vec![NewUnit {
            region: region(),
            id: UnitId(Uuid::from_u128(7)),
            name: "住建局".into(),
            kind: UnitKind::Department,
        }],
        features: vec![NewFeature {
            region: region(),
            id: 1,
            kind: FeatureKind::Road,
            class: "local".into(),
            name: "望\"桥\"路".into(),
            geometry: json!({"type": "LineString", "coordinates": [[120.0, 30.0], [120.01, 30.0]]}),
        }],
    }
}

async fn make(on: store::testing::On) -> (TestDb, House) {
    let t = TestDb::new(on, &[audit::MIGRATIONS, areas::MIGRATIONS].concat()).await;
    let house = House::new(t.db.clone(), Settings::default());
    (t, house)
}

struct Answer {
    status: u16,
    etag: Option<String>,
    body: Value,
}

async fn send(
    house: &House,
    actor: &Actor,
    method: &str,
    path: &str,
    tag: Option<&str>,
    body: Value,
) -> Answer {
    let app: Router = Router::from(areas::routes())
        .layer(axum::Extension(Caller(actor.clone())))
        .layer(axum::middleware::from_fn(tell))
        .with_state(house.clone());
    let mut request = Request::builder().method(method).uri(format!("/api/regions{path}"));
    request = request.header("content-type", "application/json");
    if let Some(tag) = tag {
        request = request.header("if-none-match", tag);
    }
    let response = app.oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let etag = response.headers().get("etag").map(|v| v.to_str().unwrap().to_owned());
    let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
    Answer { status, etag, body: serde_json::from_slice(&bytes).unwrap_or_default() }
}

async fn get(house: &House, actor: &Actor, path: &str) -> (u16, Value) {
    let a = send(house, actor, "GET", path, None, json!(null)).await;
    (a.status, a.body)
}

async fn put(house: &House, actor: &Actor, path: &str, body: Value) -> (u16, Value) {
    let a = send(house, actor, "PUT", path, None, body).await;
    (a.status, a.body)
}

fn codes(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|i| i["code"].as_str().unwrap()).collect()
}

struct Unit(u128);
impl Read for Unit {
    type Out = Option<areas::Unit>;
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        Ok(areas::unit(tx, region(), UnitId(Uuid::from_u128(self.0))).await?)
    }
}

struct Exists(u64);
impl Read for Exists {
    type Out = bool;
    async fn run(&self, tx: &mut Tx) -> Result<bool, Refusal> {
        Ok(areas::area_exists(tx, AreaCode::new(self.0).unwrap()).await?)
    }
}

both! {
    /// The system loads all or nothing; loading again changes nothing.
    async fn a_base_is_loaded_once(on) {
        let (t, house) = make(on).await;
        assert_eq!(t.db.write(&staff(Role::DataSteward), county()).await.unwrap_err().code(), "not_found");
        let mut orphan = county();
        orphan.areas.remove(4);
        assert_eq!(t.db.write(&system(), orphan).await.unwrap_err().code(), "area.parent_missing");
        assert_eq!(get(&house, &anyone(), "").await, (200, json!({"items": [], "next": null})));

        let done = t.db.write(&system(), county()).await.unwrap();
        assert_eq!((done.regions, done.areas, done.units, done.features), (1, 5, 1, 1));
        let (_, first) = get(&house, &anyone(), "").await;
        assert_eq!(first["items"], json!([
            {"code": "990101", "name": "云桥县", "zone": "Asia/Shanghai", "bounds": [120.0, 30.0, 120.03, 30.01]}
        ]));
        t.clock.advance(1000);
        assert_eq!(t.db.write(&system(), county()).await.unwrap(), areas::Loaded::default());
        for (code, there) in [(990_101, true), (990_101_001, true), (990_101_002, false), (990_102, false)] {
            assert_eq!(t.db.read(&system(), Exists(code)).await.unwrap(), there, "{code}");
        }
    }

    async fn anyone_reads_the_land_and_only_staff_the_units(on) {
        let (t, house) = make(on).await;
        t.db.write(&system(), county()).await.unwrap();
        let (_, all) = get(&house, &anyone(), "/990101/areas").await;
        assert_eq!(codes(&all), ["990101001", "990101001001", "990101001200", "990101001001001", "990101001001002"]);
        assert_eq!(all["items"][1], json!({
            "code": "990101001001", "name": "望桥社区", "level": "community", "parent": "990101001", "kind": "community",
            "aliases": [], "bounded": false
        }));
        let (_, some) = get(&house, &anyone(), "/990101/areas?level=grid&parent=990101001").await;
        assert_eq!(codes(&some), ["990101001001001", "990101001001002"]);
        assert_eq!(codes(&get(&house, &anyone(), "/990101/areas?parent=990101001200").await.1), Vec::<&str>::new());
        assert_eq!(get(&house, &anyone(), "/990101/areas?level=galaxy").await.0, 422);
        assert_eq!(get(&house, &anyone(), "/990102/areas").await.0, 404);

        let (status, map) = get(&house, &anyone(), "/990101/map").await;
        assert_eq!((status, &map["features"][0]["properties"]),
            (200, &json!({"kind": "road", "class": "local", "name": "望\"桥\"路"})));

        assert_eq!(get(&house, &anyone(), "/990101/units").await.0, 401);
        assert_eq!(get(&house, &staff(Role::Resident), "/990101/units").await.0, 404);
        let (status, units) = get(&house, &staff(Role::Dispatcher), "/990101/units").await;
        assert_eq!((status, &units["items"][0]["name"], &units["items"][0]["kind"]), (200, &json!("住建局"), &json!("department")));
    }

    async fn a_point_is_located_level_by_level(on) {
        let (t, house) = make(on).await;
        t.db.write(&system(), county()).await.unwrap();
        let at = |lon: f64, lat: f64| format!("/990101/locate?lon={lon}&lat={lat}");
        let (status, found) = get(&house, &anyone(), &at(120.015, 30.005)).await;
        assert_eq!((status, found), (200, json!({
            "region": {"code": "990101", "name": "云桥县"},
            "street": {"code": "990101001", "name": "望桥街道"},
            "community": {"code": "990101001001", "name": "望桥社区"},
            "grid": {"code": "990101001001002", "name": "第二网格"},
        })));
        // Exactly between two grids: the lower code.
        assert_eq!(get(&house, &anyone(), &at(120.01, 30.005)).await.1["grid"]["code"], "990101001001001");
        // A village without grids.
        let (_, village) = get(&house, &anyone(), &at(120.025, 30.005)).await;
        assert_eq!((&village["community"]["name"], &village["grid"]), (&json!("山后村"), &json!(null)));
        let (status, none) = get(&house, &anyone(), &at(121.0, 30.005)).await;
        assert_eq!((status, &none["code"]), (404, &json!("area.not_covered")));
        for bad in ["?lon=181&lat=0", "?lon=NaN&lat=0", "?lon=1", "?lon=1&lat=1&alt=1", "?lon=x&lat=1"] {
            assert_eq!(get(&house, &anyone(), &format!("/990101/locate{bad}")).await.0, 422, "{bad}");
        }

        let maps = house.keep::<Maps>();
        let found = areas::locate(house.db(), &anyone(), &maps, region(), 120.005, 30.005).await.unwrap();
        assert_eq!(found.code().get(), 990_101_001_001_001);
        assert_eq!(areas::zone_of(house.db(), &anyone(), &maps, region()).await.unwrap(), "Asia/Shanghai");
        let point = kernel::LonLat::new(120.025, 30.005).unwrap();
        assert_eq!(areas::grid_at(&house, &anyone(), region(), point).await.unwrap(), None);
        assert!(areas::known(&house, &anyone(), region()).await.is_ok());
        let unknown = areas::known(&house, &anyone(), Region::new(990_102).unwrap()).await;
        assert_eq!(unknown.unwrap_err().code(), "region.missing");
    }

    /// A client that has the boundaries is told so, until they change.
    async fn geometry_is_sent_once_for_each_version(on) {
        let (t, house) = make(on).await;
        t.db.write(&system(), county()).await.unwrap();
        let path = "/990101/areas/geometry?level=grid";
        let first = send(&house, &anyone(), "GET", path, None, json!(null)).await;
        assert_eq!((first.status, first.body["features"].as_array().unwrap().len()), (200, 2));
        assert_eq!(first.body["features"][0]["properties"], json!({
            "code": "990101001001001", "name": "第一网格", "level": "grid", "kind": "general"
        }));
        let shape = Shape::from_geojson(&first.body["features"][1]["geometry"]).unwrap();
        assert_eq!(shape, Shape::from_geojson(&square(10, 0, 10)).unwrap());
        let tag = first.etag.unwrap();
        let map_tag = send(&house, &anyone(), "GET", "/990101/map", None, json!(null)).await.etag.unwrap();
        for (path, tag) in [(path, &tag), ("/990101/map", &map_tag)] {
            let again = send(&house, &anyone(), "GET", path, Some(&format!("\"x\", {tag}")), json!(null)).await;
            assert_eq!((again.status, again.body), (304, json!(null)));
        }
        t.clock.advance(1000);
        let body = json!({"name": "第一网格", "geometry": square(0, 0, 9)});
        assert_eq!(put(&house, &staff(Role::DataSteward), "/990101/areas/990101001001001", body).await.0, 200);
        let changed = send(&house, &anyone(), "GET", path, Some(&tag), json!(null)).await;
        assert_eq!(changed.status, 200);
        assert_ne!(changed.etag.unwrap(), tag);
        assert_eq!(get(&house, &anyone(), "/990101/locate?lon=120.0095&lat=30.005").await.0, 404);
        let nowhere = get(&house, &anyone(), "/990101/areas/geometry?parent=990101009").await;
        assert_eq!(nowhere, (200, json!({"type": "FeatureCollection", "features": []})));
    }

    /// What an area was stays on record, with the moment it ended; a name alone leaves the border.
    async fn boundaries_are_dated(on) {
        let (t, house) = make(on).await;
        t.db.write(&system(), county()).await.unwrap();
        let steward = staff(Role::DataSteward);
        let path = "/990101/areas/990101001001001";
        t.clock.advance(1000);
        for geometry in [square(0, 0, 5), square(-5, 0, 5)] {
            // Twice at one moment: the border that held for no time leaves no row.
            let body = json!({"name": "第一网格", "kind": "dedicated", "geometry": geometry});
            assert_eq!(put(&house, &steward, path, body).await.1["kind"], "dedicated");
        }
        assert_eq!(get(&house, &anyone(), "").await.1["items"][0]["bounds"][0], json!(119.995));
        t.clock.advance(1000);
        assert_eq!(put(&house, &steward, path, json!({"name": "新名网格"})).await.1["kind"], "dedicated");
        t.clock.advance(1000);
        assert_eq!(put(&house, &steward, path, json!({"name": "新名网格"})).await.0, 200);
        let rows: Vec<(String, String, Moment, Option<Moment>)> = t.db.ask(&system(),
            "SELECT name, kind, from_at, until_at FROM areas WHERE region = $1 AND code = $2 ORDER BY from_at",
            binds![region(), 990_101_001_001_001i64]).await.unwrap();
        let start = store::testing::START;
        let row = |name: &str, kind: &str, from: i64, until: Option<i64>| {
            (name.to_owned(), kind.to_owned(), start.plus(from), until.map(|ms| start.plus(ms)))
        };
        assert_eq!(rows, [
            row("第一网格", "general", 0, Some(1000)),
            row("第一网格", "dedicated", 1000, Some(2000)),
            row("新名网格", "dedicated", 2000, None),
        ]);
        let (_, found) = get(&house, &anyone(), "/990101/locate?lon=119.997&lat=30.002").await;
        assert_eq!(found["grid"]["name"], "新名网格");
        let lines: Vec<(String,)> = t.db.ask(&system(), "SELECT object FROM audit_lines WHERE action = 'area.put'", binds![]).await.unwrap();
        assert_eq!(lines.len(), 3);
    }

    async fn stewards_change_areas_and_nobody_else(on) {
        let (t, house) = make(on).await;
        t.db.write(&system(), county()).await.unwrap();
        let unit = "/990101/units/00000000-0000-0000-0000-000000000009";
        for (path, body) in [
            ("/990101", json!({"name": "甲", "zone": "Asia/Shanghai"})),
            ("/990101/areas/990101002", json!({"name": "甲"})),
            (unit, json!({"name": "甲", "kind": "utility"})),
        ] {
            assert_eq!(put(&house, &anyone(), path, body.clone()).await.0, 401);
            for role in Role::ALL.iter().filter(|r| **r != Role::DataSteward) {
                assert_eq!(put(&house, &staff(*role), path, body.clone()).await.0, 404, "{role:?}");
            }
            let other = path.replacen("/990101", "/990102", 1);
            assert_eq!(put(&house, &staff(Role::DataSteward), &other, body.clone()).await.0, 404);
            assert_eq!(put(&house, &staff(Role::DataSteward), path, body).await.0, 200);
        }
        assert_eq!(t.db.read(&system(), Unit(9)).await.unwrap().unwrap().kind, UnitKind::Utility);
        let closed = json!({"name": "甲", "kind": "utility", "closed": true});
        assert_eq!(put(&house, &staff(Role::DataSteward), unit, closed).await.0, 200);
        let dispatcher = staff(Role::Dispatcher);
        let count = |a: (u16, Value)| a.1["items"].as_array().unwrap().len();
        assert_eq!(count(get(&house, &dispatcher, "/990101/units").await), 1);
        assert_eq!(count(get(&house, &dispatcher, "/990101/units?all=true").await), 2);
    }

    async fn bad_areas_are_refused_and_named(on) {
        let (t, house) = make(on).await;
        t.db.write(&system(), county()).await.unwrap();
        let steward = staff(Role::DataSteward);
        let open = json!({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]});
        for (path, body, code, field) in [
            ("areas/990102001", json!({"name": "甲"}), "area.outside_region", "code"),
            ("areas/990101", json!({"name": "甲"}), "area.outside_region", "code"),
            ("areas/990101009001", json!({"name": "甲"}), "area.parent_missing", "code"),
            ("areas/990101001001009", json!({"name": "甲", "kind": "town"}), "area.kind_misfit", "kind"),
            ("areas/990101001", json!({"name": " "}), "text.length", "name"),
            ("areas/990101001", json!({"name": "甲", "geometry": open}), "shape.ring_open", "geometry"),
            ("areas/990101001", json!({"name": "甲", "geometry": 3}), "shape.not_a_polygon", "geometry"),
            ("areas/990101001", json!({"name": "甲", "colour": 1}), "request.unknown_field", "colour"),
            ("units/00000000-0000-0000-0000-000000000009", json!({"name": "甲", "kind": "club"}), "request.field", "kind"),
        ] {
            let (status, answer) = put(&house, &steward, &format!("/990101/{path}"), body).await;
            let fault = &answer["errors"][0];
            assert_eq!((status, &fault["code"], &fault["field"]), (422, &json!(code), &json!(field)), "{answer}");
        }
        assert_eq!(put(&house, &steward, "/990101/areas/99", json!({"name": "甲"})).await.0, 404);
        for zone in ["Asia/Yunqiao", "UTC+8", ""] {
            let (status, answer) = put(&house, &steward, "/990101", json!({"name": "甲", "zone": zone})).await;
            assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!("zone")), "{answer}");
        }
        // The zone is kept as the tz database writes it.
        let (_, renamed) = put(&house, &steward, "/990101", json!({"name": "云桥县", "zone": "asia/urumqi"})).await;
        assert_eq!(renamed["zone"], "Asia/Urumqi");
    }
}

#[test]
fn a_code_tells_its_kind() {
    let of = |code| AreaKind::of(AreaCode::new(code).unwrap());
    assert_eq!(of(990_101_099), AreaKind::Subdistrict);
    assert_eq!(of(990_101_100), AreaKind::Town);
    assert_eq!(of(990_101_200), AreaKind::Township);
    assert_eq!(of(990_101_400), AreaKind::Other);
    assert_eq!(of(990_101_400_199), AreaKind::Community);
    assert_eq!(of(990_101_400_200), AreaKind::Village);
    assert_eq!(of(990_101_400_200_500), AreaKind::General);
}
