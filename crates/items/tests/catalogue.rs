//! What the catalogue promises, on both databases, through its routes and commands.
#![allow(clippy::unwrap_used, reason = "tests")]

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use calendar::{Limit, LimitUnit};
use edge::{Caller, House, Settings, tell};
use items::{ItemKind, LoadItems, PutItemBody, find};
use kernel::{AccountId, Actor, ItemCode, Moment, Person, Post, PostId, Refusal, Region, Role, Uuid, Who};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{Read, Tx, both, testing::TestDb};
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

async fn make(on: store::testing::On) -> (TestDb, House) {
    let t = TestDb::new(on, &[audit::MIGRATIONS, items::MIGRATIONS].concat()).await;
    let house = House::new(t.db.clone(), Settings::default());
    (t, house)
}

async fn ask(house: &House, actor: &Actor, method: &str, path: &str, body: Value) -> (u16, Value) {
    let app: Router = Router::from(items::routes())
        .layer(axum::Extension(Caller(actor.clone())))
        .layer(axum::middleware::from_fn(tell))
        .with_state(house.clone());
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let response = app.oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

fn lamp() -> Value {
    json!({"name": "路灯", "kind": "component", "major": "公用设施", "limit": "24h", "urgent": false, "public": true})
}

const ITEMS: &str = "/api/regions/990101/items";
const LAMP: &str = "/api/regions/990101/items/9901010103";

fn names(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap()).collect()
}

struct Find(i64);
impl Read for Find {
    type Out = Option<items::Item>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        Ok(find(tx, region(), ItemCode::new(self.0 as u64).unwrap()).await?)
    }
}

both! {
    async fn stewards_change_it_and_nobody_else(on) {
        let (t, house) = make(on).await;
        assert_eq!(ask(&house, &Actor::of(Who::Anonymous), "PUT", LAMP, lamp()).await.0, 401);
        for role in Role::ALL.iter().filter(|r| **r != Role::CatalogueSteward) {
            assert_eq!(ask(&house, &staff(*role), "PUT", LAMP, lamp()).await.0, 404, "{role:?}");
        }
        let steward = staff(Role::CatalogueSteward);
        let other = "/api/regions/990102/items/9901020103";
        assert_eq!(ask(&house, &steward, "PUT", other, lamp()).await.0, 404);

        let (status, first) = ask(&house, &steward, "PUT", LAMP, lamp()).await;
        assert_eq!((status, &first["code"], &first["retired"]), (200, &json!("9901010103"), &json!(false)));
        t.clock.advance(1000);
        // A retry changes nothing, and says so by the moment.
        assert_eq!(ask(&house, &steward, "PUT", LAMP, lamp()).await, (200, first.clone()));
        let lines: Vec<(String,)> =
            t.db.ask(&Actor::system("test"), "SELECT object FROM audit_lines", vec![]).await.unwrap();
        assert_eq!(lines, [("item/9901010103".to_owned(),)]);
    }

    async fn bad_input_is_named_field_by_field(on) {
        let (_t, house) = make(on).await;
        let steward = staff(Role::CatalogueSteward);
        let with = |field: &str, value: Value| { let mut b = lamp(); b[field] = value; b };
        let field = |answer: &Value| answer["errors"][0]["field"].as_str().unwrap_or_default().to_owned();
        for (name, value) in [
            ("limit", json!("0d")), ("limit", json!("732wd")), ("limit", json!(24)), ("limit", json!("1紧急工作时制止")),
            ("name", json!("  ")), ("name", json!("灯".repeat(101))), ("kind", json!("thing")),
            ("major", json!("")), ("surplus", json!(1)),
        ] {
            let (status, answer) = ask(&house, &steward, "PUT", LAMP, with(name, value)).await;
            assert_eq!((status, field(&answer)), (422, name.to_owned()), "{answer}");
        }
        let (status, answer) = ask(&house, &steward, "PUT", "/api/regions/990101/items/9901020103", lamp()).await;
        assert_eq!((status, &answer["code"]), (422, &json!("item.outside_region")));
        assert_eq!(ask(&house, &steward, "PUT", "/api/regions/990101/items/99", lamp()).await.0, 404);
        assert_eq!(names(&ask(&house, &steward, "GET", ITEMS, json!(null)).await.1), Vec::<&str>::new());
    }

    async fn residents_see_what_they_may_report_and_staff_see_all(on) {
        let (t, house) = make(on).await;
        let item = |name: &str, public, retired| PutItemBody {
            name: name.into(), kind: ItemKind::Event, major: "市容环境".into(), limit: Limit::of(8, LimitUnit::WorkHour), seasons: vec![], community: false,
            urgent: true, public, retired,
        };
        let code = |n: u64| ItemCode::new(9_901_010_600 + n).unwrap();
        let load = LoadItems {
            region: region(),
            items: vec![
                (code(3), item("旧", true, true)), (code(1), item("开放", true, false)), (code(2), item("内部", false, false)),
            ],
        };
        assert_eq!(t.db.write(&staff(Role::CatalogueSteward), load.clone()).await.unwrap_err().code(), "not_found");
        let system = Actor::system("demo");
        assert_eq!(t.db.write(&system, load.clone()).await.unwrap(), 3);
        assert_eq!(t.db.write(&system, load).await.unwrap(), 0);

        let anyone = Actor::of(Who::Anonymous);
        assert_eq!(names(&ask(&house, &anyone, "GET", ITEMS, json!(null)).await.1), ["开放"]);
        assert_eq!(names(&ask(&house, &staff(Role::Resident), "GET", ITEMS, json!(null)).await.1), ["开放"]);
        let worker = staff(Role::GridWorker);
        assert_eq!(names(&ask(&house, &worker, "GET", ITEMS, json!(null)).await.1), ["开放", "内部"]);
        let all = format!("{ITEMS}?all=true");
        assert_eq!(names(&ask(&house, &worker, "GET", &all, json!(null)).await.1), ["开放", "内部", "旧"]);
        assert_eq!(ask(&house, &anyone, "GET", &all, json!(null)).await.0, 401);
        assert_eq!(ask(&house, &staff(Role::Resident), "GET", &all, json!(null)).await.0, 404);
        assert_eq!(ask(&house, &worker, "GET", &format!("{ITEMS}?al=true"), json!(null)).await.0, 422);

        // Whoever files a case finds retired items too, and decides.
        let found = t.db.read(&system, Find(9_901_010_603)).await.unwrap().unwrap();
        assert!(found.retired && found.urgent && found.limit.code() == "8wh");
        assert_eq!(t.db.read(&system, Find(9_901_010_604)).await.unwrap(), None);
    }
}
