//! What the duties of a region promise, on both databases, through their routes and commands.
#![allow(clippy::unwrap_used, reason = "tests")]

use areas::{LoadBase, NewArea, NewRegion, NewUnit, UnitKind};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use edge::{Caller, House, Settings, tell};
use kernel::{AccountId, Actor, AreaCode, Moment, Person, Post, PostId, Region, Role, UnitId, Uuid, Who};
use serde_json::{Value, json};
use space::Shape;
use std::sync::Arc;
use store::{binds, both, testing::TestDb};
use tower::ServiceExt;

const START: i64 = store::testing::START.0;
const DAY: i64 = 86_400_000;

fn region(code: u32) -> Region {
    Region::new(code).unwrap()
}

fn person(role: Role) -> Actor {
    let post = Post {
        id: PostId(Uuid::from_u128(1)),
        role,
        region: region(990_101),
        unit: None,
        area: None,
        from: Moment(0),
        until: None,
    };
    let account = AccountId(Uuid::from_u128(2));
    Actor::of(Who::Person(Arc::new(Person { account, session: None, token: None, posts: vec![post] })))
}

fn steward() -> Actor {
    person(Role::DataSteward)
}

/// `x` to `to` thousandths of a degree east of 120, ten of them high.
fn strip(x: i32, to: i32) -> Shape {
    let at = |x: i32, y: i32| json!([120.0 + f64::from(x) / 1000.0, 30.0 + f64::from(y) / 1000.0]);
    let ring = json!([at(x, 0), at(to, 0), at(to, 10), at(x, 10), at(x, 0)]);
    Shape::from_geojson(&json!({"type": "Polygon", "coordinates": [ring]})).unwrap()
}

fn area(code: u64, name: &str, shape: Option<Shape>) -> NewArea {
    NewArea { code: AreaCode::new(code).unwrap(), name: name.into(), kind: None, shape }
}

fn unit_id(n: u128) -> UnitId {
    UnitId(Uuid::from_u128(n))
}

const PLACE: Uuid = Uuid::from_u128(77);

/// A street with two communities: 甲 has grids from 0 to 10 and 10 to 20, 乙 one from 20 to 30; an estate from 5
/// to 15. Its catalogue changes in thirty days. Beside it a region of one street.
async fn county(t: &TestDb) {
    let system = Actor::system("test");
    let unit = |n, name: &str, kind, code| NewUnit {
        region: region(code),
        id: unit_id(n),
        name: name.to_owned(),
        kind,
    };
    let load = LoadBase {
        regions: [(990_101, "望桥县"), (990_102, "邻县")]
            .map(|(code, name)| NewRegion {
                code: region(code),
                name: name.into(),
                zone: "Asia/Shanghai".into(),
            })
            .to_vec(),
        areas: vec![
            area(990_101_001, "桥头街道", Some(strip(0, 30))),
            area(990_101_001_001, "甲社区", Some(strip(0, 20))),
            area(990_101_001_002, "乙社区", Some(strip(20, 30))),
            area(990_101_001_001_001, "甲一", Some(strip(0, 10))),
            area(990_101_001_001_002, "甲二", Some(strip(10, 20))),
            area(990_101_001_002_001, "乙一", Some(strip(20, 30))),
            area(990_102_001, "邻街道", Some(strip(40, 50))),
        ],
        units: vec![
            unit(1, "城管局", UnitKind::Department, 990_101),
            unit(2, "桥头街道办事处", UnitKind::StreetOffice, 990_101),
            unit(3, "锦绣物业", UnitKind::PropertyCompany, 990_101),
            unit(4, "老城管", UnitKind::Department, 990_101),
            unit(9, "邻县环卫所", UnitKind::Department, 990_102),
        ],
        ..LoadBase::default()
    };
    t.db.write(&system, load).await.unwrap();
    let say = async |sql: &'static str, binds: Vec<store::Value>| {
        t.db.tell(&system, sql, binds).await.unwrap();
    };
    // The land has long been as it is.
    say("UPDATE areas SET from_at = 0", binds![]).await;
    say("UPDATE units SET closed = TRUE WHERE region = $1 AND id = $2", binds![990_101i64, unit_id(4)]).await;
    let estate = strip(5, 15);
    let b = estate.bounds();
    say(
        "INSERT INTO places (region, id, name, class, shape, west, south, east, north, from_at)
         VALUES ($1, $2, '锦绣苑', 'estate', $3, $4, $5, $6, $7, 0)",
        binds![
            990_101i64,
            PLACE,
            estate.to_bytes(),
            i64::from(b.west),
            i64::from(b.south),
            i64::from(b.east),
            i64::from(b.north)
        ],
    )
    .await;
    let holds = "INSERT INTO unit_places (region, id, unit, role, area, place, from_at) VALUES ($1, $2, $3, $4, $5, $6, 0)";
    let none: Option<Uuid> = None;
    say(holds, binds![990_101i64, Uuid::from_u128(1), unit_id(2), "street_office", 990_101_001i64, none])
        .await;
    let none: Option<i64> = None;
    say(holds, binds![990_101i64, Uuid::from_u128(2), unit_id(3), "property_company", none, PLACE]).await;
    catalogue(t, 990_101, 1, 0, Some(START + 30 * DAY)).await;
    catalogue(t, 990_101, 2, START + 30 * DAY, None).await;
    catalogue(t, 990_102, 1, 0, None).await;
    let unit = |n| format!("{{\"unit\":\"{}\"}}", unit_id(n));
    let role = |r: &str| Some(format!("{{\"role\":\"{r}\"}}"));
    for v in [1, 2] {
        item(t, 990_101, v, 101, "暴露垃圾", Some("环卫"), &[Some(unit(1))]).await;
        item(
            t,
            990_101,
            v,
            102,
            "楼道堆物",
            Some("物业"),
            &[role("property_company"), role("street_office")],
        )
        .await;
    }
    item(t, 990_101, 1, 201, "路灯", None, &[None]).await;
    item(t, 990_101, 2, 202, "景观灯", None, &[role("street_office")]).await;
    item(t, 990_102, 1, 101, "暴露垃圾", Some("环卫"), &[Some(unit(9))]).await;
    say("UPDATE base_versions SET version = version + 1", binds![]).await;
}

async fn catalogue(t: &TestDb, region: i64, version: i64, from: i64, until: Option<i64>) {
    let sql =
        "INSERT INTO catalogues (region, version, name, state, from_at, until_at, source, note, made_at)
               VALUES ($1, $2, '清单', 'in_force', $3, $4, '', '', 0)";
    t.db.tell(&Actor::system("test"), sql, binds![region, version, from, until]).await.unwrap();
}

async fn item(
    t: &TestDb,
    region: i64,
    version: i64,
    code: i64,
    name: &str,
    domain: Option<&str>,
    leads: &[Option<String>],
) {
    let (me, code) = (Actor::system("test"), region * 10_000 + code);
    let major = if code % 1000 < 200 { "市容环境" } else { "公用设施" };
    let sql = "INSERT INTO items (region, version, code, name, kind, major, domain, community, public, local, retired,
                 synonyms) VALUES ($1, $2, $3, $4, 'event', $5, $6, FALSE, TRUE, FALSE, FALSE, '[]')";
    t.db.tell(&me, sql, binds![region, version, code, name, major, domain]).await.unwrap();
    for (n, lead) in leads.iter().enumerate() {
        let sql = "INSERT INTO conditions (region, version, code, n, filing, closing, time_limit, seasons, urgent, lead,
                     parties, supervisors, basis, evidence, printed)
                   VALUES ($1, $2, $3, $4, '', '', '1d', '[]', FALSE, $5, '[]', '[]', '', '{}', '{}')";
        t.db.tell(&me, sql, binds![region, version, code, n as i64 + 1, lead.clone()]).await.unwrap();
    }
}

async fn make(on: store::testing::On) -> (TestDb, House) {
    let rooms = [audit::MIGRATIONS, areas::MIGRATIONS, items::MIGRATIONS, duties::MIGRATIONS];
    let t = TestDb::new(on, &rooms.concat()).await;
    county(&t).await;
    let house = House::new(t.db.clone(), Settings::default());
    (t, house)
}

async fn send(
    house: &House,
    actor: &Actor,
    method: &str,
    path: &str,
    kind: &str,
    body: Vec<u8>,
) -> (u16, Vec<u8>) {
    let app: Router = Router::from(duties::routes())
        .layer(axum::Extension(Caller(actor.clone())))
        .layer(axum::middleware::from_fn(tell))
        .with_state(house.clone());
    let request = Request::builder().method(method).uri(path).header("content-type", kind);
    let response = app.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    (status, to_bytes(response.into_body(), 1 << 22).await.unwrap().to_vec())
}

async fn ask(house: &House, actor: &Actor, method: &str, path: &str, body: Value) -> (u16, Value) {
    let path = format!("/api/regions/990101/duties{path}");
    let (status, bytes) =
        send(house, actor, method, &path, "application/json", body.to_string().into_bytes()).await;
    (status, serde_json::from_slice(&bytes).unwrap())
}

fn id(n: u128) -> String {
    format!("/{}", Uuid::from_u128(n))
}

fn code(answer: &Value) -> &str {
    answer["code"].as_str().unwrap_or_default()
}

fn field(answer: &Value) -> (&str, &str) {
    let e = &answer["errors"][0];
    (e["field"].as_str().unwrap_or_default(), e["code"].as_str().unwrap_or_default())
}

async fn put(house: &House, n: u128, body: Value) -> Value {
    let (status, answer) = ask(house, &steward(), "PUT", &id(n), body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn explain(house: &House, query: &str) -> Value {
    let (status, answer) = ask(house, &steward(), "GET", &format!("/explain?{query}"), json!({})).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// Each finding in a line: sort, area, item, condition, days until it ends.
async fn findings(house: &House, query: &str) -> Vec<String> {
    let (status, answer) = ask(house, &steward(), "GET", &format!("/findings{query}"), json!({})).await;
    assert_eq!(status, 200, "{answer}");
    let days = |m: &Value| m.as_i64().map_or("-".to_owned(), |m| ((m - START) / DAY).to_string());
    let line = |f: &Value| {
        let places = f["places"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap());
        let places: Vec<&str> = places.collect();
        format!(
            "{} {}{} {} {} {}..{}",
            f["sort"].as_str().unwrap(),
            f["area"].as_str().unwrap(),
            places.join(""),
            f["item"].as_str().unwrap_or("-"),
            f["condition"],
            days(&f["from"]),
            days(&f["until"]),
        )
    };
    answer["items"].as_array().unwrap().iter().map(line).collect()
}

async fn rows(t: &TestDb, sql: &'static str) -> i64 {
    let found: Vec<(i64,)> = t.db.ask(&Actor::system("test"), sql, binds![]).await.unwrap();
    found[0].0
}

fn unit(n: u128) -> String {
    unit_id(n).to_string()
}

both! {
    async fn data_stewards_change_duties_and_staff_see_them(on) {
        let (t, house) = make(on).await;
        let body = json!({"area": "990101001", "item": "9901010201", "unit": unit(1)});
        assert_eq!(ask(&house, &Actor::of(Who::Anonymous), "PUT", &id(1), body.clone()).await.0, 401);
        for role in Role::ALL.iter().filter(|r| **r != Role::DataSteward) {
            assert_eq!(ask(&house, &person(*role), "PUT", &id(1), body.clone()).await.0, 404, "{role:?}");
        }
        assert_eq!(rows(&t, "SELECT count(*) FROM duties").await, 0);
        put(&house, 1, body).await;
        for role in Role::ALL {
            let seen = kernel::Power::ReadBase.roles().contains(role);
            for path in ["", "/check", "/findings", &id(1), "/export?format=csv", "/explain?area=990101001&item=9901010201"] {
                let path = format!("/api/regions/990101/duties{path}");
                let status = send(&house, &person(*role), "GET", &path, "application/json", Vec::new()).await.0;
                assert_eq!(status, if seen { 200 } else { 404 }, "{role:?} {path}");
            }
        }
    }

    async fn what_does_not_hold_is_named_and_nothing_is_written(on) {
        let (t, house) = make(on).await;
        let good = json!({"area": "990101001", "item": "9901010101", "unit": unit(1)});
        let with = |change: Value| {
            let mut body = good.clone();
            for (k, v) in change.as_object().unwrap() {
                body[k] = v.clone();
            }
            body
        };
        for (body, at, why) in [
            (with(json!({"place": PLACE})), "area", "duty.one_ground"),
            (with(json!({"area": null})), "area", "duty.one_ground"),
            (with(json!({"class": "99010101"})), "item", "duty.one_subject"),
            (with(json!({"item": null})), "item", "duty.one_subject"),
            (with(json!({"item": null, "domain": "  "})), "domain", "text.length"),
            (with(json!({"role": "owner"})), "unit", "duty.one_answer"),
            (with(json!({"unit": null})), "unit", "duty.one_answer"),
            (with(json!({"from": "2026-05-01", "until": "2026-05-01"})), "until", "duty.dates_reversed"),
            (with(json!({"area": "990102001"})), "area", "duty.outside_region"),
            (with(json!({"area": "990101002"})), "area", "duty.area_missing"),
            (with(json!({"area": null, "place": Uuid::from_u128(5)})), "place", "duty.place_missing"),
            (with(json!({"item": "9901020101"})), "item", "duty.outside_region"),
            (with(json!({"item": null, "class": "99010201"})), "class", "duty.outside_region"),
            (with(json!({"unit": unit(8)})), "unit", "duty.unit_missing"),
            (with(json!({"unit": unit(4)})), "unit", "duty.unit_closed"),
            (with(json!({"unit": null, "role": "emperor"})), "role", "duty.role_missing"),
            (with(json!({"unit": null, "to_region": "990103"})), "to_region", "duty.region_missing"),
            (with(json!({"unit": null, "to_region": "990101"})), "to_region", "duty.region_itself"),
            (with(json!({"basis": "字".repeat(501)})), "basis", "text.length"),
        ] {
            let (status, answer) = ask(&house, &steward(), "PUT", &id(1), body.clone()).await;
            assert_eq!((status, field(&answer)), (422, (at, why)), "{body} {answer}");
        }
        assert_eq!(rows(&t, "SELECT count(*) FROM duties").await, 0);
        assert_eq!(rows(&t, "SELECT count(*) FROM audit_lines WHERE action = 'duty.put'").await, 0);
        let elsewhere = "/api/regions/990109/duties";
        let nowhere = send(&house, &Actor::system("test"), "GET", elsewhere, "application/json", Vec::new()).await;
        assert_eq!(nowhere.0, 404);
    }

    async fn a_duty_put_again_is_the_same_and_its_changes_are_kept(on) {
        let (t, house) = make(on).await;
        let body = json!({"area": "990101001001", "item": "9901010101", "unit": unit(2), "from": "2026-01-01", "basis": "三定方案"});
        let first = put(&house, 1, body.clone()).await;
        t.clock.advance(1000);
        assert_eq!(put(&house, 1, body.clone()).await, first);
        assert_eq!(rows(&t, "SELECT count(*) FROM duty_versions").await, 0);
        assert_eq!(rows(&t, "SELECT count(*) FROM audit_lines WHERE action = 'duty.put'").await, 1);
        assert_eq!(first["duty"]["ground_name"], "甲社区");
        assert_eq!(first["duty"]["subject_name"], "暴露垃圾");
        assert_eq!(first["duty"]["answer_zh"], "桥头街道办事处");
        // Ended: it stays in the list, and in the past it still answers.
        let ended = json!({"area": "990101001001", "item": "9901010101", "unit": unit(2), "until": "2026-02-01"});
        put(&house, 1, ended).await;
        let (_, history) = ask(&house, &steward(), "GET", &id(1), json!({})).await;
        assert_eq!(history["duty"]["from"], first["duty"]["from"], "it keeps its beginning");
        assert_eq!(history["versions"][0]["duty"]["basis"], "三定方案");
        assert_eq!(history["versions"][0]["duty"]["until"], Value::Null);
        let at = "lon=120.001&lat=30.005&item=9901010101";
        assert_eq!(explain(&house, &format!("{at}&at=2026-01-15")).await["unit_name"], "桥头街道办事处");
        assert_eq!(explain(&house, at).await["unit_name"], "城管局");
        assert_eq!(ask(&house, &steward(), "GET", &id(2), json!({})).await.0, 404);
    }

    async fn lists_are_filtered_before_they_are_cut(on) {
        let (t, house) = make(on).await;
        put(&house, 1, json!({"area": "990101", "domain": "环卫", "unit": unit(1)})).await;
        put(&house, 2, json!({"area": "990101001001001", "item": "9901010101", "unit": unit(2)})).await;
        put(&house, 3, json!({"area": "990101001002", "class": "99010102", "role": "street_office", "from": "2026-06-01"})).await;
        put(&house, 4, json!({"place": PLACE, "item": "9901010102", "unit": unit(3), "from": "2025-01-01", "until": "2026-01-01"})).await;
        let ids = async |query: &str| {
            let (status, answer) = ask(&house, &steward(), "GET", query, json!({})).await;
            assert_eq!(status, 200, "{answer}");
            let items = answer["items"].as_array().unwrap().iter();
            let n = |d: &Value| d["id"].as_str().unwrap().parse::<Uuid>().unwrap().as_u128();
            (items.map(n).collect::<Vec<u128>>(), answer["next"].as_str().map(str::to_owned))
        };
        assert_eq!(ids("").await.0, [1, 2, 3, 4]);
        assert_eq!(ids("?area=990101001001").await.0, [2, 4], "places lie where their cells are");
        assert_eq!(ids("?item=9901010101").await.0, [1, 2], "by itself, its class or its domain");
        assert_eq!(ids(&format!("?unit={}", unit(2))).await.0, [2]);
        assert_eq!(ids("?state=future").await.0, [3]);
        assert_eq!(ids("?state=ended").await.0, [4]);
        assert_eq!(ids("?at=2025-06-01").await.0, [4]);
        assert_eq!(ids("?q=%E7%89%A9%E4%B8%9A").await.0, [4], "物业: in the unit's name");
        assert_eq!(ids("?q=9901010101%20%E8%A1%97%E9%81%93").await.0, [2]);
        let (first, next) = ids("?state=current&limit=1").await;
        let (second, end) = ids(&format!("?state=current&limit=1&cursor={}", next.unwrap())).await;
        assert_eq!((first, second, end), (vec![1], vec![2], None));
        for bad in ["?limit=0", "?area=990102", "?cursor=x", "?state=never", "?colour=red"] {
            assert_eq!(ask(&house, &steward(), "GET", bad, json!({})).await.0, 422, "{bad}");
        }
        drop(t);
    }

    async fn the_answer_comes_with_every_rule_considered(on) {
        let (_t, house) = make(on).await;
        let spot = "lon=120.007&lat=30.005";
        // Without a duty: the catalogue's role at the place.
        let a = explain(&house, &format!("{spot}&item=9901010102&condition=1")).await;
        assert_eq!((&a["answer"]["outcome"], &a["unit_name"]), (&json!("unit"), &json!("锦绣物业")));
        assert_eq!(a["grounds"][0], json!({"tier": "place", "id": PLACE, "name": "锦绣苑"}));
        assert_eq!(a["chain"].as_array().unwrap().last().unwrap()["zh"], "角色「物业公司」在地点「锦绣苑」由单位「锦绣物业」承担。");
        // Which condition is not said, and they differ.
        let a = explain(&house, &format!("{spot}&item=9901010102")).await;
        assert_eq!((&a["answer"]["outcome"], &a["answer"]["why"]["reason"]), (&json!("hole"), &json!("condition_open")));
        // The place decides before the item.
        put(&house, 1, json!({"area": "990101001001001", "item": "9901010102", "unit": unit(1)})).await;
        put(&house, 2, json!({"place": PLACE, "domain": "物业", "role": "street_office"})).await;
        let a = explain(&house, &format!("{spot}&item=9901010102&condition=1")).await;
        assert_eq!(a["unit_name"], "桥头街道办事处");
        assert_eq!(a["duties"][0]["id"], Uuid::from_u128(2).to_string());
        let told: Vec<(&str, &str)> = a["chain"].as_array().unwrap().iter()
            .map(|c| (c["kind"].as_str().unwrap(), c["verdict"].as_str().unwrap())).collect();
        assert_eq!(told, [("duty", "taken"), ("role", "taken"), ("duty", "passed"), ("catalogue", "passed")]);
        // Beside the estate the grid's duty decides.
        assert_eq!(explain(&house, "lon=120.001&lat=30.005&item=9901010102&condition=1").await["unit_name"], "城管局");
        // Two of one rank: told, not settled.
        let noted = put(&house, 3, json!({"place": PLACE, "domain": "物业", "unit": unit(1)})).await;
        assert_eq!(noted["notes"][0]["code"], "duty.conflict");
        let a = explain(&house, &format!("{spot}&item=9901010102&condition=1")).await;
        assert_eq!(a["answer"]["outcome"], "conflict");
        assert_eq!(a["duties"].as_array().unwrap().len(), 2);
        // A point that no area holds, and one that is no point.
        let a = explain(&house, "lon=121&lat=31&item=9901010102").await;
        assert_eq!((&a["answer"]["why"]["reason"], &a["chain"]), (&json!("not_covered"), &json!([])));
        for (bad, why) in [
            ("lon=120&item=9901010102", "point.half"),
            ("lon=200&lat=30&item=9901010102", "point.off_globe"),
            ("item=9901010102", "duty.spot"),
            ("lon=120&lat=30&area=990101&item=9901010102", "duty.spot"),
            ("area=990102&item=9901010102", "duty.outside_region"),
            ("area=990101&item=9901020102", "duty.outside_region"),
            ("area=990101&item=12", "request.field"),
            ("area=990101&item=9901010102&at=soon", "request.field"),
        ] {
            let (status, answer) = ask(&house, &steward(), "GET", &format!("/explain?{bad}"), json!({})).await;
            assert_eq!((status, field(&answer).1), (422, why), "{bad} {answer}");
        }
    }

    async fn an_enclave_goes_on_in_the_other_region(on) {
        let (t, house) = make(on).await;
        let spot = "lon=120.025&lat=30.005&item=9901010101";
        put(&house, 1, json!({"area": "990101001002", "domain": "环卫", "to_region": "990102"})).await;
        let a = explain(&house, spot).await;
        assert_eq!((&a["unit_name"], &a["answer"]["region"]), (&json!("邻县环卫所"), &json!("990102")));
        assert_eq!(a["answer"]["enclave"], Uuid::from_u128(1).to_string());
        assert!(a["chain"].as_array().unwrap().iter().any(|c| c["region"] == "990102" && c["verdict"] == "taken"));
        // What changes there is known here at once.
        let me = Actor::system("test");
        let sql = "UPDATE units SET closed = TRUE WHERE region = 990102";
        t.db.tell(&me, sql, binds![]).await.unwrap();
        t.db.tell(&me, "UPDATE base_versions SET version = version + 1 WHERE region = 990102", binds![]).await.unwrap();
        let a = explain(&house, spot).await;
        assert_eq!((&a["answer"]["why"]["reason"], &a["answer"]["region"]), (&json!("unit_closed"), &json!("990102")));
        assert_eq!(findings(&house, "?item=9901010101").await, ["unit_gone 990101001002 9901010101 1 0..-"]);
    }

    async fn the_check_finds_holes_and_follows_edits(on) {
        let (t, house) = make(on).await;
        // Nobody leads 路灯 while it is in the catalogue; outside the estate there is no property company.
        assert_eq!(findings(&house, "").await, [
            "hole 990101 9901010102 1 0..-",
            "hole 990101 9901010201 1 0..30",
        ]);
        let (_, before) = ask(&house, &steward(), "GET", "/check", json!({})).await;
        // Three grids and the estate in two of them, four conditions in each of two versions.
        assert_eq!((&before["pairs"], &before["findings"]), (&json!(5 * (4 + 4)), &json!(2)));
        assert_eq!(before["areas"][0]["counts"][1], json!({"hole": 3, "conflict": 0, "unit_gone": 0}));
        put(&house, 1, json!({"area": "990101", "class": "99010102", "unit": unit(1)})).await;
        assert_eq!(findings(&house, "").await, ["hole 990101 9901010102 1 0..-"]);
        put(&house, 2, json!({"area": "990101001001", "item": "9901010102", "role": "street_office"})).await;
        assert_eq!(findings(&house, "").await, ["hole 990101001002 9901010102 1 0..-"]);
        // A duty that ends leaves a hole from that day on.
        put(&house, 2, json!({"area": "990101001001", "item": "9901010102", "role": "street_office", "until": "2026-03-12"})).await;
        assert_eq!(findings(&house, "").await, [
            "hole 990101001001 9901010102 1 9..-",
            "hole 990101001002 9901010102 1 0..-",
        ]);
        put(&house, 3, json!({"area": "990101001002", "item": "9901010102", "unit": unit(2)})).await;
        put(&house, 4, json!({"area": "990101001002", "item": "9901010102", "unit": unit(1)})).await;
        put(&house, 5, json!({"area": "990101", "item": "9901010199", "unit": unit(1)})).await;
        assert_eq!(findings(&house, "").await, [
            "item_gone 990101 9901010199 null 0..30",
            "item_gone 990101 9901010199 null 30..-",
            "hole 990101001001 9901010102 1 9..-",
            "conflict 990101001002 9901010102 1 0..-",
            "conflict 990101001002 9901010102 2 0..-",
        ]);
        // A unit that is closed afterwards.
        t.db.tell(&Actor::system("test"), "UPDATE units SET closed = TRUE WHERE region = 990101 AND id = $1", binds![unit_id(1)]).await.unwrap();
        t.db.tell(&Actor::system("test"), "UPDATE base_versions SET version = version + 1", binds![]).await.unwrap();
        let gone = findings(&house, "?sort=unit_gone&area=990101001001001").await;
        assert_eq!(gone, [
            "unit_gone 990101 9901010101 1 0..-",
            "unit_gone 990101 9901010199 null 0..-",
            "unit_gone 990101 9901010201 1 0..30",
            "unit_gone 990101 9901010202 1 30..-",
        ]);
        // The list by page is the list.
        let (_, page) = ask(&house, &steward(), "GET", "/findings?limit=2", json!({})).await;
        let next = page["next"].as_str().unwrap();
        assert_eq!(findings(&house, &format!("?cursor={next}")).await, findings(&house, "").await[2..]);
        // Into a street, then a community.
        let (_, inner) = ask(&house, &steward(), "GET", "/check?area=990101001", json!({})).await;
        assert_eq!(inner["areas"].as_array().unwrap().len(), 2);
        assert_eq!(inner["areas"][0]["inside"], true);
        assert_eq!(ask(&house, &steward(), "GET", "/check?area=990102", json!({})).await.0, 422);
    }

    async fn tables_go_in_and_out(on) {
        let (t, house) = make(on).await;
        let import = async |csv: &str, query: &str| {
            let path = format!("/api/regions/990101/duties/import?file=duties.csv{query}");
            let kind = "application/octet-stream";
            let (status, bytes) = send(&house, &steward(), "POST", &path, kind, csv.as_bytes().to_vec()).await;
            (status, serde_json::from_slice::<Value>(&bytes).unwrap())
        };
        let csv = "区域,地点,事项,大类,责任领域,单位,角色,归属区域,起日,止日,依据\n\
                   甲社区,,暴露垃圾,,,城管局,,,2026-01-01,,三定方案\n\
                   990101001002,,9901010102,,,,属地街道,,2026年3月1日,2027/1/1,\n\
                   ,锦绣苑,,,物业,锦绣物业,,,,,\n\
                   桥头街道/乙社区/乙一,,,市容环境,,,,邻县,2026-03-01,,\n";
        let (status, tried) = import(csv, "&dry_run=true").await;
        assert_eq!((status, &tried["new"], &tried["refused"], &tried["written"]), (200, &json!(4), &json!(0), &json!(false)), "{tried}");
        assert_eq!(rows(&t, "SELECT count(*) FROM duties").await, 0);
        let (_, done) = import(csv, "").await;
        assert_eq!((&done["new"], &done["written"]), (&json!(4), &json!(true)));
        assert_eq!(done["outcomes"][0]["zh"], "社区「甲社区」：事项「暴露垃圾」(9901010101) → 单位「城管局」");
        t.clock.advance(3_600_000);
        let (_, again) = import(csv, "").await;
        assert_eq!((&again["unchanged"], &again["written"]), (&json!(4), &json!(false)), "{again}");
        // What is exported says the same.
        let path = "/api/regions/990101/duties/export?format=csv";
        let (_, bytes) = send(&house, &steward(), "GET", path, "application/json", Vec::new()).await;
        let out = String::from_utf8(bytes).unwrap();
        let (_, same) = import(&out, "").await;
        assert_eq!(same["unchanged"], 4, "{out} {same}");
        // An end written into the file ends the duty.
        let ended = csv.replace("2026-01-01,,三定方案", "2026-01-01,2026-06-01,三定方案");
        let (_, changed) = import(&ended, "").await;
        assert_eq!((&changed["changed"], &changed["unchanged"]), (&json!(1), &json!(3)));
        assert_eq!(rows(&t, "SELECT count(*) FROM duty_versions").await, 1);
        assert_eq!(rows(&t, "SELECT count(*) FROM audit_lines WHERE action = 'duty.put'").await, 5);
    }

    async fn a_row_that_does_not_hold_stops_the_import_and_is_named(on) {
        let (t, house) = make(on).await;
        let import = async |csv: &str, query: &str| {
            let path = format!("/api/regions/990101/duties/import?file=duties.csv{query}");
            let (status, bytes) =
                send(&house, &steward(), "POST", &path, "application/octet-stream", csv.as_bytes().to_vec()).await;
            (status, serde_json::from_slice::<Value>(&bytes).unwrap())
        };
        let head = "id,area,place,item,class,domain,unit,role,region,from,until\n";
        let good = ",甲社区,,暴露垃圾,,,城管局,,,2026-01-01,\n";
        for (row, at, why) in [
            (",丙社区,,暴露垃圾,,,城管局,,,,", "area", "duty.area_missing"),
            (",甲社区,锦绣苑,暴露垃圾,,,城管局,,,,", "area", "duty.one_ground"),
            (",,,暴露垃圾,,,城管局,,,,", "area", "duty.one_ground"),
            (",甲社区,,暴露垃圾,市容环境,,城管局,,,,", "item", "duty.one_subject"),
            (",甲社区,,,,,城管局,,,,", "item", "duty.one_subject"),
            (",甲社区,,暴露的垃圾,,,城管局,,,,", "item", "duty.item_missing"),
            (",甲社区,,,市容,,城管局,,,,", "class", "duty.class_missing"),
            (",甲社区,,暴露垃圾,,,城管委,,,,", "unit", "duty.unit_missing"),
            (",甲社区,,暴露垃圾,,,老城管,,,,", "unit", "duty.unit_closed"),
            (",甲社区,,暴露垃圾,,,,皇帝,,,", "role", "duty.role_missing"),
            (",甲社区,,暴露垃圾,,,,,火星,,", "region", "duty.region_missing"),
            (",甲社区,,暴露垃圾,,,,,,,", "unit", "duty.one_answer"),
            (",甲社区,,暴露垃圾,,,城管局,,,2026-02-30,", "from", "duty.date_unreadable"),
            (",甲社区,,暴露垃圾,,,城管局,,,2026-05-01,2026-04-01", "until", "duty.dates_reversed"),
            ("7,甲社区,,暴露垃圾,,,城管局,,,,", "id", "duty.id_unreadable"),
            (",甲社区,,9901020101,,,城管局,,,,", "area", "duty.outside_region"),
            (",甲社区,,暴露垃圾,,,城管局,,,2026-01-01,", "", "duty.row_twice"),
        ] {
            let csv = format!("{head}{good}{row}\n");
            let (status, tried) = import(&csv, "&dry_run=true").await;
            assert_eq!((status, &tried["refused"]), (200, &json!(1)), "{row}");
            let told = &tried["outcomes"][1];
            assert_eq!((&told["line"], &told["outcome"]), (&json!(3), &json!("refused")), "{row}");
            let m = &told["messages"][0];
            assert_eq!((m["column"].as_str().unwrap(), m["code"].as_str().unwrap()), (at, why), "{row}");
            let (status, refused) = import(&csv, "").await;
            assert_eq!((status, code(&refused)), (422, "duty.import_refused"), "{row}");
            assert_eq!(field(&refused).0, format!("rows.2.{at}"), "{row}");
        }
        assert_eq!(rows(&t, "SELECT count(*) FROM duties").await, 0);
        // Rules of one rank that differ are taken, and told.
        let two = format!("{head}{good},甲社区,,暴露垃圾,,,,属地街道,,2026-01-01,\n");
        let (_, tried) = import(&two, "").await;
        assert_eq!((&tried["written"], &tried["warnings"]), (&json!(true), &json!(2)));
        assert_eq!(tried["outcomes"][0]["messages"][0]["code"], "duty.conflict");
        for (csv, why) in [
            ("", "gis.empty"),
            (head, "duty.file_empty"),
            ("area,item\n甲社区,暴露垃圾\n", "duty.columns"),
            ("area,区域,item,unit\n甲社区,,暴露垃圾,城管局\n", "duty.columns"),
        ] {
            let (status, answer) = import(csv, "").await;
            assert_eq!((status, code(&answer)), (422, why), "{csv}");
        }
        let path = "/api/regions/990101/duties/import?file=duties.csv";
        assert_eq!(send(&house, &steward(), "POST", path, "text/csv", good.into()).await.0, 415);
        let clerk = person(Role::Dispatcher);
        assert_eq!(send(&house, &clerk, "POST", path, "application/octet-stream", good.into()).await.0, 404);
    }
}
