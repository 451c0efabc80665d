//! What units, their roles and named places promise, on both databases, through the routes.
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
use store::{
    binds, both,
    testing::{START, TestDb},
};
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

/// A square of `size` thousandths of a degree.
fn square(x: i32, y: i32, size: i32) -> Value {
    let at =
        |dx: i32, dy: i32| json!([120.0 + f64::from(x + dx) / 1000.0, 30.0 + f64::from(y + dy) / 1000.0]);
    json!({"type": "Polygon", "coordinates": [[at(0, 0), at(size, 0), at(size, size), at(0, size), at(0, 0)]]})
}

struct Test {
    t: TestDb,
    house: House,
    key: std::sync::atomic::AtomicU64,
}

/// A street with a community of two grids side by side, and two units.
async fn make(on: store::testing::On) -> Test {
    let t = TestDb::new(on, &[audit::MIGRATIONS, once::MIGRATIONS, areas::MIGRATIONS].concat()).await;
    let area = |code: u64, name: &str, g: Option<Value>| NewArea {
        code: AreaCode::new(code).unwrap(),
        name: name.into(),
        kind: None,
        shape: g.map(|g| Shape::from_geojson(&g).unwrap()),
    };
    let unit = |n: u128, name: &str| NewUnit {
        region: region(),
        id: UnitId(Uuid::from_u128(n)),
        name: name.into(),
        kind: UnitKind::Department,
    };
    let base = LoadBase {
        regions: vec![NewRegion { code: region(), name: "云桥县".into(), zone: "Asia/Shanghai".into() }],
        areas: vec![
            area(990_101_001, "望桥街道", None),
            area(990_101_001_001, "望桥社区", None),
            area(990_101_001_001_001, "第一网格", Some(square(0, 0, 10))),
            area(990_101_001_001_002, "第二网格", Some(square(10, 0, 10))),
        ],
        units: vec![unit(1, "住建局"), unit(2, "水务局")],
        features: vec![],
    };
    t.db.write(&Actor::system("test"), base).await.unwrap();
    let house = House::new(t.db.clone(), Settings::default());
    Test { t, house, key: 1.into() }
}

fn id(n: u128) -> String {
    Uuid::from_u128(n).to_string()
}

impl Test {
    async fn send(&self, actor: &Actor, method: &str, path: &str, body: Value) -> (u16, Value) {
        let app: Router = Router::from(areas::routes())
            .layer(axum::Extension(Caller(actor.clone())))
            .layer(axum::middleware::from_fn(tell))
            .with_state(self.house.clone());
        let key = self.key.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/regions/990101{path}"))
            .header("content-type", "application/json")
            .header("accept-language", "en")
            .header("idempotency-key", id(key.into()));
        let response = app.oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(&staff(Role::Dispatcher), "GET", path, json!(null)).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn put(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(&staff(Role::DataSteward), "PUT", path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(&staff(Role::DataSteward), "POST", path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// The code, the field at fault and the text of a refusal; nothing may have been written.
    async fn refused(&self, method: &str, path: &str, body: Value) -> (String, String, String) {
        let before = self.rows().await;
        let (status, answer) = self.send(&staff(Role::DataSteward), method, path, body).await;
        assert!((400..500).contains(&status), "{path}: {status} {answer}");
        assert_eq!(self.rows().await, before, "{path} wrote something");
        let fault = &answer["errors"][0];
        let code = fault["code"].as_str().or(answer["code"].as_str()).unwrap_or_default().to_owned();
        let detail = answer["detail"].as_str().unwrap_or_default().to_owned();
        (code, fault["field"].as_str().unwrap_or_default().to_owned(), detail)
    }

    /// Everything that refusals must leave alone.
    async fn rows(&self) -> Vec<(i64,)> {
        let mut rows: Vec<(i64,)> = Vec::new();
        for sql in [
            "SELECT version FROM base_versions WHERE region = $1",
            "SELECT count(*) FROM units WHERE region = $1",
            "SELECT count(*) FROM unit_names WHERE region = $1",
            "SELECT count(*) FROM unit_merges WHERE region = $1",
            "SELECT count(*) FROM unit_places WHERE region = $1",
        ] {
            let found: Vec<(i64,)> =
                self.t.db.ask(&Actor::system("test"), sql, binds![region()]).await.unwrap();
            rows.extend(found);
        }
        rows
    }
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap()).collect()
}

fn department(name: &str) -> Value {
    json!({"name": name, "kind": "department"})
}

both! {
    /// What is put is read back whole, twice put is once, and what is left out is empty.
    async fn a_unit_is_what_was_put(on) {
        let t = make(on).await;
        let whole = json!({
            "name": "云桥县住房和城乡建设局", "kind": "department", "closed": false, "parent": id(2),
            "phone": "0359-2222222转801", "email": "zjj@yunqiao.gov.cn", "address": "人民路 1 号", "note": "一楼大厅",
            "aliases": ["住建局", "建设局"],
        });
        let path = format!("/units/{}", id(1));
        let put = t.put(&path, whole.clone()).await;
        let mut told = whole.clone();
        told["id"] = json!(id(1));
        told["merged_into"] = json!(null);
        told["aliases"] = json!(["住建局", "建设局"]);
        assert_eq!(put, told);
        assert_eq!(t.get(&path).await, told);
        let before = t.rows().await;
        t.put(&path, whole).await;
        assert_eq!(t.rows().await, before, "put again");

        t.put(&path, department("住建局")).await;
        let bare = t.get(&path).await;
        assert_eq!((&bare["phone"], &bare["parent"], &bare["aliases"]), (&json!(null), &json!(null), &json!([])));
        // A spelling given up is free for others.
        t.put(&format!("/units/{}", id(3)), department("建设局")).await;

        let (status, _) = t.send(&staff(Role::Resident), "GET", &path, json!(null)).await;
        assert_eq!(status, 404);
        let (status, _) = t.send(&Actor::of(Who::Anonymous), "GET", &path, json!(null)).await;
        assert_eq!(status, 401);
        for (actor, expected) in [(Role::Dispatcher, 404), (Role::Resident, 404)] {
            let (status, _) = t.send(&staff(actor), "PUT", &path, department("住建局")).await;
            assert_eq!(status, expected, "{actor:?}");
        }
    }

    /// Each thing that cannot be is refused with its field, and nothing is written.
    async fn units_that_cannot_be_are_refused(on) {
        let t = make(on).await;
        t.put(&format!("/units/{}", id(3)), json!({"name": "园林科", "kind": "department", "parent": id(1)})).await;
        t.put(&format!("/units/{}", id(4)), json!({"name": "绿化队", "kind": "department", "parent": id(3)})).await;
        t.put(&format!("/units/{}", id(5)), json!({"name": "旧公司", "kind": "utility", "closed": true, "aliases": ["老公司"]})).await;
        let first = format!("/units/{}", id(1));
        let with = |more: Value| {
            let mut body = department("住建局");
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        for (more, code, field) in [
            (json!({"parent": id(4)}), "unit.cycle", "parent"),
            (json!({"parent": id(1)}), "unit.cycle", "parent"),
            (json!({"parent": id(99)}), "unit.parent_missing", "parent"),
            (json!({"parent": id(5)}), "unit.closed", "parent"),
            (json!({"phone": "二二二"}), "unit.bad_phone", "phone"),
            (json!({"email": "zjj@"}), "unit.bad_email", "email"),
            (json!({"aliases": ["水 务 局"]}), "unit.spelling_taken", "aliases.0"),
            (json!({"aliases": ["城建局", "老公司"]}), "unit.spelling_taken", "aliases.1"),
            (json!({"name": "水务局\u{3000}"}), "unit.spelling_taken", "name"),
            (json!({"name": "“”"}), "text.signs_only", "name"),
            (json!({"kind": "club"}), "request.field", "kind"),
            (json!({"boss": "张三"}), "request.unknown_field", "boss"),
        ] {
            let (got, at, detail) = t.refused("PUT", &first, with(more.clone())).await;
            assert_eq!((got.as_str(), at.as_str()), (code, field), "{more} {detail}");
        }
        let (_, _, detail) = t.refused("PUT", &first, with(json!({"parent": id(4)}))).await;
        assert!(detail.contains("住建局 → 绿化队 → 园林科 → 住建局"), "{detail}");
        let (_, _, detail) = t.refused("PUT", &first, with(json!({"aliases": ["水务局"]}))).await;
        assert!(detail.contains("“水务局” is already a name of the unit “水务局”"), "{detail}");
    }

    /// Searching goes by name, alias, pinyin and initials; pages neither repeat nor leave out.
    async fn units_are_found_and_paged(on) {
        let t = make(on).await;
        t.put(&format!("/units/{}", id(1)), json!({"name": "住建局", "kind": "department", "aliases": ["城乡建设局"]})).await;
        for n in 10..20 {
            let body = json!({"name": format!("安居物业{n}"), "kind": "property_company", "parent": id(1), "closed": n == 19});
            t.put(&format!("/units/{}", id(n)), body).await;
        }
        for (query, expected) in [
            ("q=%E5%9F%8E%E4%B9%A1", vec!["住建局"]),
            ("q=zhujian", vec!["住建局"]),
            ("q=swj", vec!["水务局"]),
            ("q=cxjsj", vec!["住建局"]),
            ("q=%E3%80%82", vec![]),
            ("kind=department", vec!["住建局", "水务局"]),
            ("closed=true", vec!["安居物业19"]),
        ] {
            assert_eq!(names(&t.get(&format!("/units?{query}")).await), expected, "{query}");
        }
        assert_eq!(names(&t.get(&format!("/units?parent={}", id(1))).await).len(), 9);
        assert_eq!(names(&t.get(&format!("/units?parent={}&all=true", id(1))).await).len(), 10);

        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = t.get(&format!("/units?all=true&limit=5{cursor}")).await;
            seen.extend(names(&page).iter().map(|n| (*n).to_owned()));
            // While somebody pages, a unit already seen is renamed and a new one comes in front.
            if cursor.is_empty() {
                t.put(&format!("/units/{}", id(10)), json!({"name": "阿居物业", "kind": "property_company"})).await;
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let again = seen.iter().position(|n| n == "阿居物业");
        let mut rest = seen.clone();
        if let Some(at) = again { rest.remove(at); }
        rest.dedup();
        assert_eq!(rest.len(), 12, "{seen:?}");
        for query in ["cursor=zz", "limit=0", "limit=5000", "kind=club"] {
            let (status, _) = t.send(&staff(Role::Dispatcher), "GET", &format!("/units?{query}"), json!(null)).await;
            assert_eq!(status, 422, "{query}");
        }
    }

    /// Everything goes over to the other unit; undone, everything is as it was.
    async fn a_merge_is_undone_exactly(on) {
        let t = make(on).await;
        t.put(&format!("/units/{}", id(1)), json!({"name": "节水中心", "kind": "department", "aliases": ["节约用水中心"], "phone": "12345"})).await;
        t.put(&format!("/units/{}", id(3)), json!({"name": "节水一科", "kind": "department", "parent": id(1)})).await;
        t.put(&format!("/unit-places/{}", id(50)), json!({"unit": id(1), "role": "owner", "area": "990101001"})).await;
        let state = async || (t.get("/units?all=true").await, t.get("/unit-places?all=true").await);
        let before = state().await;

        let path = format!("/units/{}/merge", id(1));
        let merge = t.post(&path, json!({"into": id(2)})).await;
        assert_eq!((&merge["unit_name"], &merge["into_name"]), (&json!("节水中心"), &json!("水务局")));
        assert_eq!((&merge["places"], &merge["children"], &merge["spellings"]), (&json!(1), &json!(1), &json!(["节水中心", "节约用水中心"])));
        let gone = t.get(&format!("/units/{}", id(1))).await;
        assert_eq!((&gone["closed"], &gone["merged_into"], &gone["phone"]), (&json!(true), &json!(id(2)), &json!("12345")));
        let stays = t.get(&format!("/units/{}", id(2))).await;
        assert_eq!(stays["aliases"], json!(["节水中心", "节约用水中心"]));
        assert_eq!(t.get(&format!("/units/{}", id(3))).await["parent"], json!(id(2)));
        assert_eq!(t.get("/unit-places").await["items"][0]["unit_name"], "水务局");

        // Merged is merged: no change, no parent, no second merge.
        for (method, path, body, code) in [
            ("PUT", format!("/units/{}", id(1)), department("节水中心"), "unit.merged"),
            ("PUT", format!("/units/{}", id(3)), json!({"name": "节水一科", "kind": "department", "parent": id(1)}), "unit.merged"),
            ("PUT", format!("/unit-places/{}", id(51)), json!({"unit": id(1), "role": "owner", "area": "990101001"}), "unit.merged"),
            ("POST", format!("/units/{}/merge", id(1)), json!({"into": id(3)}), "unit.merged"),
            ("POST", format!("/units/{}/merge", id(3)), json!({"into": id(1)}), "unit.merged"),
            ("POST", format!("/units/{}/merge", id(2)), json!({"into": id(2)}), "unit.merge_self"),
            ("POST", format!("/units/{}/merge", id(2)), json!({"into": id(3)}), "unit.cycle"),
            ("POST", format!("/units/{}/merge", id(2)), json!({"into": id(77)}), "unit.missing"),
        ] {
            assert_eq!(t.refused(method, &path, body).await.0, code, "{path}");
        }
        // The names it had mean the other unit now.
        assert_eq!(t.refused("PUT", &format!("/units/{}", id(9)), department("节约用水中心")).await.0, "unit.spelling_taken");

        let undo = format!("/units/{}/merges/{}/undo", id(1), merge["id"].as_str().unwrap());
        let undone = t.post(&undo, json!(null)).await;
        assert_eq!(undone["undone_at"], json!(START.0));
        assert_eq!(state().await, before);
        assert_eq!(t.refused("POST", &undo, json!(null)).await.0, "unit.merge_undone");
        let listed = t.get("/unit-merges").await;
        assert_eq!((listed["items"].as_array().unwrap().len(), &listed["items"][0]["undone_at"]), (1, &json!(START.0)));
        let (status, _) = t.send(&staff(Role::Dispatcher), "POST", &path, json!({"into": id(2)})).await;
        assert_eq!(status, 404);
    }

    /// Chains are flattened and come apart in the order in which they were made, the last first.
    async fn chains_of_merges_answer_by_the_last(on) {
        let t = make(on).await;
        t.put(&format!("/units/{}", id(3)), department("供水中心")).await;
        let first = t.post(&format!("/units/{}/merge", id(1)), json!({"into": id(2)})).await;
        t.t.clock.advance(1000);
        let second = t.post(&format!("/units/{}/merge", id(2)), json!({"into": id(3)})).await;
        let into = async |n: u128| t.get(&format!("/units/{}", id(n))).await["merged_into"].clone();
        assert_eq!((into(1).await, into(2).await), (json!(id(3)), json!(id(3))));
        assert_eq!(t.get(&format!("/units/{}", id(3))).await["aliases"], json!(["住建局", "水务局"]));

        let undo = |n: u128, merge: &Value| format!("/units/{}/merges/{}/undo", id(n), merge["id"].as_str().unwrap());
        let (code, _, detail) = t.refused("POST", &undo(1, &first), json!(null)).await;
        assert_eq!(code, "unit.merge_later", "{detail}");
        t.post(&undo(2, &second), json!(null)).await;
        assert_eq!((into(1).await, into(2).await), (json!(id(2)), json!(null)));
        assert_eq!(t.get(&format!("/units/{}", id(2))).await["aliases"], json!(["住建局"]));
        t.post(&undo(1, &first), json!(null)).await;
        assert_eq!((into(1).await, into(2).await), (json!(null), json!(null)));
        assert_eq!(t.get(&format!("/units/{}", id(1))).await["closed"], json!(false));
        // Under another unit there is no such merge.
        assert_eq!(t.refused("POST", &undo(2, &first), json!(null)).await.0, "not_found");
    }

    /// What happened since can make an undo impossible; the refusal says what.
    async fn an_undo_that_cannot_be_exact_is_refused(on) {
        let t = make(on).await;
        t.put(&format!("/units/{}", id(3)), json!({"name": "一科", "kind": "department", "parent": id(1)})).await;
        t.put(&format!("/unit-places/{}", id(50)), json!({"unit": id(1), "role": "owner", "area": "990101001"})).await;
        let merge = t.post(&format!("/units/{}/merge", id(1)), json!({"into": id(2)})).await;
        let undo = format!("/units/{}/merges/{}/undo", id(1), merge["id"].as_str().unwrap());

        // The other unit took the name for its own.
        t.put(&format!("/units/{}", id(2)), json!({"name": "住建局", "kind": "department", "aliases": ["水务局"]})).await;
        let (code, _, detail) = t.refused("POST", &undo, json!(null)).await;
        assert!(code == "unit.merge_spelling" && detail.contains("住建局"), "{code} {detail}");
        // It gave the name up, and a third took it.
        t.put(&format!("/units/{}", id(2)), department("水务局")).await;
        t.put(&format!("/units/{}", id(4)), department("住建局")).await;
        assert_eq!(t.refused("POST", &undo, json!(null)).await.0, "unit.merge_spelling");
        t.put(&format!("/units/{}", id(4)), department("城建局")).await;
        // Somebody moved the unit below elsewhere.
        t.put(&format!("/units/{}", id(3)), json!({"name": "一科", "kind": "department", "parent": id(4)})).await;
        let (code, _, detail) = t.refused("POST", &undo, json!(null)).await;
        assert!(code == "unit.merge_changed" && detail.contains("一科"), "{code} {detail}");
        t.put(&format!("/units/{}", id(3)), json!({"name": "一科", "kind": "department", "parent": id(2)})).await;
        // Somebody gave the role to a third.
        t.put(&format!("/unit-places/{}", id(50)), json!({"unit": id(4), "role": "owner", "area": "990101001"})).await;
        assert_eq!(t.refused("POST", &undo, json!(null)).await.0, "unit.merge_changed");
        t.put(&format!("/unit-places/{}", id(50)), json!({"unit": id(2), "role": "owner", "area": "990101001"})).await;
        t.post(&undo, json!(null)).await;
        assert_eq!(t.get(&format!("/units/{}", id(1))).await["name"], "住建局");
        assert_eq!(t.get(&format!("/unit-places/{}", id(50))).await["unit"], json!(id(1)));
    }

    /// A retry gets the first answer, and there is one merge.
    async fn a_merge_asked_for_twice_happens_once(on) {
        let t = make(on).await;
        let path = format!("/units/{}/merge", id(1));
        t.key.store(500, std::sync::atomic::Ordering::Relaxed);
        let first = t.post(&path, json!({"into": id(2)})).await;
        t.key.store(500, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(t.post(&path, json!({"into": id(2)})).await, first);
        assert_eq!(t.get("/unit-merges").await["items"].as_array().unwrap().len(), 1);
    }

    /// Roles are known from the beginning, can be changed, and one word means one role.
    async fn roles_are_known_and_can_be_changed(on) {
        let t = make(on).await;
        let codes = |list: &Value| -> Vec<String> {
            list["items"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap().to_owned()).collect()
        };
        let all = codes(&t.get("/unit-roles").await);
        for code in ["owner", "property_company", "street_office", "community", "owners_body", "police_station", "enforcement"] {
            assert!(all.contains(&code.to_owned()), "{code}");
        }
        let owner = json!({"zh": "权属单位", "en": "Owner", "words": ["产权单位", "产权单位 ", "所有者"], "kind": null});
        let put = t.put("/unit-roles/owner", owner.clone()).await;
        assert_eq!(put["words"], json!(["产权单位", "所有者"]));
        assert_eq!(t.get("/unit-roles/owner").await, put);
        let before = t.rows().await;
        t.put("/unit-roles/owner", owner).await;
        assert_eq!(t.rows().await, before, "put again");
        t.put("/unit-roles/market_operator", json!({"zh": "市场开办方", "en": "Market operator", "words": [], "kind": "enterprise"})).await;
        assert_eq!(codes(&t.get("/unit-roles").await).len(), all.len() + 1);
        for (code, body, expected, field) in [
            ("Owner", json!({"zh": "甲", "en": "A"}), "unit_role.bad_code", "code"),
            ("nine", json!({"zh": "物业", "en": "A"}), "unit_role.word_taken", "zh"),
            ("nine", json!({"zh": "甲", "en": "A", "words": ["乙", "派 出 所"]}), "unit_role.word_taken", "words.1"),
            ("nine", json!({"zh": " ", "en": "A"}), "text.length", "zh"),
        ] {
            let (got, at, _) = t.refused("PUT", &format!("/unit-roles/{code}"), body).await;
            assert_eq!((got.as_str(), at.as_str()), (expected, field), "{code}");
        }
    }

    /// Who holds a role at a point: the estate before the community, from its date on, with the reasons.
    async fn a_role_is_resolved_at_a_point_and_date(on) {
        let t = make(on).await;
        for (n, name) in [(10, "安居物业"), (11, "锦园物业"), (12, "宜家物业")] {
            t.put(&format!("/units/{}", id(n)), json!({"name": name, "kind": "property_company"})).await;
        }
        let place = json!({"name": "锦园小区", "class": "estate", "geometry": square(5, 2, 10)});
        t.put(&format!("/places/{}", id(80)), place.clone()).await;
        t.put(&format!("/unit-places/{}", id(60)), json!({"unit": id(10), "role": "serves", "area": "990101001001"})).await;
        let later = START.0 + Moment::DAY;
        t.put(&format!("/unit-places/{}", id(61)), json!({"unit": id(11), "role": "property_company", "place": id(80), "until_at": later})).await;
        t.put(&format!("/unit-places/{}", id(62)), json!({"unit": id(12), "role": "property_company", "place": id(80), "from_at": later})).await;

        let ask = async |lon: f64, at: &str| t.get(&format!("/roles/resolve?role=property_company&lon={lon}&lat=30.005{at}")).await;
        let inside = ask(120.008, "").await;
        assert_eq!((&inside["held"]["unit"], &inside["role"]["code"]), (&json!(id(11)), &json!("property_company")));
        assert_eq!(inside["spot"]["places"], json!([id(80)]));
        assert_eq!(inside["spot"]["areas"], json!(["990101001001001", "990101001001", "990101001", "990101"]));
        let verdicts: Vec<&str> = inside["considered"].as_array().unwrap().iter().map(|c| c["verdict"].as_str().unwrap()).collect();
        assert_eq!(verdicts, ["holds", "out_of_date", "larger"]);
        assert!(inside["units"].as_array().unwrap().contains(&json!({"id": id(11), "name": "锦园物业"})));
        assert_eq!(inside["places"], json!([{"id": id(80), "name": "锦园小区"}]));
        // Over the border of the grids the estate goes on; outside it the community's company holds the role.
        assert_eq!(ask(120.012, "").await["held"]["unit"], json!(id(11)));
        assert_eq!(ask(120.018, "").await["held"]["unit"], json!(id(10)));
        assert_eq!(ask(120.008, &format!("&at={later}")).await["held"]["unit"], json!(id(12)));
        assert_eq!(t.get("/roles/resolve?role=owner&lon=120.008&lat=30.005").await["held"], json!("nobody"));

        // Two at once: told as both, in the list as a conflict.
        assert_eq!(t.get("/unit-places?conflicts=true").await["items"], json!([]));
        t.put(&format!("/unit-places/{}", id(63)), json!({"unit": id(10), "role": "property_company", "place": id(80)})).await;
        assert_eq!(ask(120.008, "").await["held"]["several"], json!([id(10), id(11)]));
        let clashes = t.get(&format!("/unit-places?conflicts=true&place={}", id(80))).await;
        assert_eq!(clashes["items"].as_array().unwrap().len(), 3, "{clashes}");
        assert_eq!(clashes["items"][0]["place_name"], "锦园小区");
        let (status, ended) = t.send(&staff(Role::DataSteward), "DELETE", &format!("/unit-places/{}", id(63)), json!(null)).await;
        assert_eq!((status, &ended["until_at"]), (200, &json!(START.0)));
        assert_eq!(ask(120.008, "").await["held"]["unit"], json!(id(11)));

        // Merged and closed units.
        t.post(&format!("/units/{}/merge", id(11)), json!({"into": id(12)})).await;
        assert_eq!(ask(120.008, "").await["held"]["unit"], json!(id(12)));
        t.put(&format!("/units/{}", id(12)), json!({"name": "宜家物业", "kind": "property_company", "closed": true, "aliases": ["锦园物业"]})).await;
        let answer = ask(120.008, "").await;
        assert_eq!((&answer["held"]["unit"], &answer["considered"][0]["verdict"]), (&json!(id(10)), &json!("closed")));

        // The place ends, and with it what is held there.
        let mut ended = place;
        ended["until_at"] = json!(later);
        t.put(&format!("/places/{}", id(80)), ended).await;
        assert_eq!(ask(120.008, &format!("&at={later}")).await["spot"]["places"], json!([]));

        for (query, status, code) in [
            ("role=king&lon=120.008&lat=30.005", 422, "unit_role.missing"),
            ("role=owner&lon=121&lat=30.005", 404, "area.not_covered"),
            ("role=owner&lon=220&lat=30.005", 422, "request.invalid"),
            ("role=owner&lon=120&lat=30&at=tomorrow", 422, "request.field"),
        ] {
            let (got, body) = t.send(&staff(Role::Dispatcher), "GET", &format!("/roles/resolve?{query}"), json!(null)).await;
            let told = body["errors"][0]["code"].as_str().filter(|c| *c == code).or(body["code"].as_str());
            assert_eq!((got, told), (status, Some(code)), "{query} {body}");
        }
    }

    /// What is held somewhere needs an open unit, a known role, one ground that exists, and dates in order.
    async fn what_cannot_be_held_is_refused(on) {
        let t = make(on).await;
        t.put(&format!("/units/{}", id(5)), json!({"name": "旧公司", "kind": "utility", "closed": true})).await;
        let path = format!("/unit-places/{}", id(60));
        for (body, code, field) in [
            (json!({"unit": id(1), "role": "owner"}), "unit_place.one_ground", "area"),
            (json!({"unit": id(1), "role": "owner", "area": "990101001", "place": id(80)}), "unit_place.one_ground", "area"),
            (json!({"unit": id(1), "role": "king", "area": "990101001"}), "unit_role.missing", "role"),
            (json!({"unit": id(99), "role": "owner", "area": "990101001"}), "unit.missing", "unit"),
            (json!({"unit": id(5), "role": "owner", "area": "990101001"}), "unit.closed", "unit"),
            (json!({"unit": id(1), "role": "owner", "area": "990101002"}), "area.missing", "area"),
            (json!({"unit": id(1), "role": "owner", "area": "990102001"}), "area.outside_region", "area"),
            (json!({"unit": id(1), "role": "owner", "place": id(80)}), "place.missing", "place"),
            (json!({"unit": id(1), "role": "owner", "area": "990101001", "from_at": 5, "until_at": 5}), "unit_place.dates_reversed", "until_at"),
            (json!({"unit": id(1), "role": "owner", "area": "990101001", "until_at": 5}), "unit_place.dates_reversed", "until_at"),
        ] {
            let (got, at, _) = t.refused("PUT", &path, body.clone()).await;
            assert_eq!((got.as_str(), at.as_str()), (code, field), "{body}");
        }
        assert_eq!(t.refused("DELETE", &path, json!(null)).await.0, "not_found");
        let place = format!("/places/{}", id(80));
        for (body, code) in [
            (json!({"name": "甲", "class": "estate"}), "place.no_boundary"),
            (json!({"name": "甲", "class": "castle", "geometry": square(0, 0, 1)}), "request.field"),
            (json!({"name": "甲", "class": "estate", "geometry": square(0, 0, 0)}), "shape.ring_without_area"),
            (json!({"name": "甲", "class": "estate", "geometry": square(0, 0, 1), "from_at": 9, "until_at": 8}), "unit_place.dates_reversed"),
        ] {
            assert_eq!(t.refused("PUT", &place, body.clone()).await.0, code, "{body}");
        }
    }

    /// Places are public, found by name and pinyin; a change without a boundary keeps it.
    async fn places_are_listed_for_anyone(on) {
        let t = make(on).await;
        t.put(&format!("/places/{}", id(80)), json!({"name": "锦园小区", "class": "estate", "geometry": square(5, 2, 10)})).await;
        t.put(&format!("/places/{}", id(81)), json!({"name": "望桥市场", "class": "market", "geometry": square(0, 0, 2), "until_at": START.0 + 1000})).await;
        let renamed = t.put(&format!("/places/{}", id(80)), json!({"name": "锦园新村", "class": "estate"})).await;
        assert_eq!(renamed["geometry"]["type"], "Polygon");
        let anyone = Actor::of(Who::Anonymous);
        let list = async |query: &str| {
            let (status, body) = t.send(&anyone, "GET", &format!("/places{query}"), json!(null)).await;
            assert_eq!(status, 200, "{body}");
            body
        };
        assert_eq!(names(&list("").await), ["望桥市场", "锦园新村"]);
        assert_eq!(list("").await["items"][0].get("geometry"), None);
        assert_eq!(names(&list("?q=jinyuan").await), ["锦园新村"]);
        assert_eq!(names(&list("?class=market&geometry=true").await), ["望桥市场"]);
        t.t.clock.advance(1000);
        assert_eq!(names(&list("").await), ["锦园新村"]);
        assert_eq!(names(&list("?all=true").await).len(), 2);
        let (status, one) = t.send(&anyone, "GET", &format!("/places/{}", id(80)), json!(null)).await;
        assert_eq!((status, &one["bounds"]), (200, &json!([120.005, 30.002, 120.015, 30.012])));
        let (status, _) = t.send(&anyone, "PUT", &format!("/places/{}", id(80)), json!({"name": "甲", "class": "estate"})).await;
        assert_eq!(status, 401);
    }

    /// Real spellings of one city: they come up for review, and merged they mean one unit.
    async fn spellings_of_one_unit_come_up_for_review(on) {
        let t = make(on).await;
        for (n, name) in [(10, "运城市节约用水中心"), (11, "运城市城市节约用水中心"), (12, "运城市节约用水服务中心"), (13, "运城市公交公司")] {
            t.put(&format!("/units/{}", id(n)), department(name)).await;
        }
        let pairs = async || t.get("/units/alike").await["items"].as_array().unwrap().len();
        let found = t.get("/units/alike").await;
        assert_eq!((pairs().await, &found["items"][0]["why"]), (3, &json!("filler_words")), "{found}");
        t.post(&format!("/units/{}/merge", id(11)), json!({"into": id(10)})).await;
        assert_eq!(pairs().await, 1, "one pair, though the unit left has three spellings");
        t.post(&format!("/units/{}/merge", id(12)), json!({"into": id(10)})).await;
        assert_eq!(pairs().await, 0);
    }
}
