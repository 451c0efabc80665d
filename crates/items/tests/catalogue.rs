//! What the catalogue promises, on both databases, through its routes and commands.
#![allow(clippy::unwrap_used, reason = "tests")]

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use calendar::{Limit, LimitUnit, MonthDay};
use edge::{Caller, House, Settings, tell};
use items::{
    Condition, Item, ItemKind, LoadItems, NewItem, Party, PutConditionBody, PutItemBody, file_under, find,
    find_condition,
};
use kernel::{AccountId, Actor, ItemCode, Moment, Person, Post, PostId, Refusal, Region, Role, Uuid, Who};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{
    Migration, Read, Tx, binds, both,
    testing::{START, TestDb},
};
use tower::ServiceExt;

fn region() -> Region {
    Region::new(990_101).unwrap()
}

fn code(n: u64) -> ItemCode {
    ItemCode::new(9_901_010_000 + n).unwrap()
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

fn migrations() -> Vec<Migration> {
    [audit::MIGRATIONS, once::MIGRATIONS, areas::MIGRATIONS, items::MIGRATIONS].concat()
}

async fn make(on: store::testing::On) -> (TestDb, House) {
    let t = TestDb::new(on, &migrations()).await;
    let base = areas::LoadBase {
        regions: vec![areas::NewRegion {
            code: region(),
            name: "云桥县".into(),
            zone: "Asia/Shanghai".into(),
        }],
        ..areas::LoadBase::default()
    };
    t.db.write(&Actor::system("test"), base).await.unwrap();
    let house = House::new(t.db.clone(), Settings::default());
    (t, house)
}

async fn ask(house: &House, actor: &Actor, method: &str, path: &str, body: Value) -> (u16, Value) {
    let app: Router = Router::from(items::routes())
        .layer(axum::Extension(Caller(actor.clone())))
        .layer(axum::middleware::from_fn(tell))
        .with_state(house.clone());
    let path = format!("/api/regions/990101/{path}");
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header("idempotency-key", house.db().world().uuid().to_string());
    let response = app.oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn names(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap()).collect()
}

fn plain(name: &str, limit: &str) -> NewItem {
    let is = PutItemBody { public: true, ..PutItemBody::new(name, ItemKind::Event, "市容环境") };
    NewItem::new(is, Limit::parse(limit).unwrap(), false)
}

struct Find(ItemCode);
impl Read for Find {
    type Out = Option<Item>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        Ok(find(tx, region(), self.0).await?)
    }
}

struct Choose(ItemCode, Option<i64>);
impl Read for Choose {
    type Out = Option<Condition>;
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        let found = find_condition(tx, region(), self.0, self.1).await;
        // Filing asks by a shorter way: it is told the same, refusals too.
        let day = MonthDay { month: 3, day: 2 };
        let short = file_under(tx, region(), self.0, self.1, day).await;
        match (&found, &short) {
            (Ok(found), Ok(short)) => {
                let of = |i: &Item, c: &Condition| (i.version, c.n, c.limit_on(day), c.urgent);
                let short = short.as_ref().map(|u| (u.version, u.n, Some(u.limit), u.urgent));
                assert_eq!(found.as_ref().map(|(i, c)| of(i, c)), short);
            }
            (Err(a), Err(b)) => assert_eq!(format!("{a:?}"), format!("{b:?}")),
            _ => panic!("{found:?} {short:?}"),
        }
        Ok(found?.map(|(_, c)| c))
    }
}

both! {
    /// A database from before there were versions: everything is version 1, from the oldest item on.
    async fn the_single_list_becomes_version_1(on) {
        let all = migrations();
        let older: Vec<Migration> = all.iter().filter(|m| m.name != "items/3-versions").copied().collect();
        let t = TestDb::new(on, &older).await;
        let system = Actor::system("test");
        let sql = "INSERT INTO items (region, code, name, kind, major, time_limit, seasons, urgent, public, retired, community, from_at)
            VALUES ($1, $2, $3, 'component', '公用设施', $4, $5, $6, $7, $8, $7, $9)";
        let season = r#"[{"from":"03-01","to":"05-31","limit":"15wd"}]"#;
        for (r, c, name, limit, seasons, urgent, retired, at) in [
            (990_101, 9_901_010_101i64, "路灯", "2wd", season, false, false, 5000i64),
            (990_101, 9_901_010_102, "井盖", "4uh", "[]", true, false, 3000),
            (990_101, 9_901_010_103, "旧事项", "48h", "[]", false, true, 9000),
            (990_102, 9_901_020_101, "路灯", "1d", "[]", false, false, 7000),
        ] {
            t.db.tell(&system, sql, binds![r, c, name, limit, seasons, urgent, true, retired, at]).await.unwrap();
        }
        t.db.migrate(&all, &|_, _, _| {}).await.unwrap();
        let book = t.db.read(&system, items::ReadBook(region())).await.unwrap();
        assert_eq!(book.editions().len(), 1);
        let first = &book.editions()[0];
        assert_eq!((first.catalogue.version, first.catalogue.from_at, first.catalogue.until_at), (1, Some(Moment(3000)), None));
        let told: Vec<_> = first.items.values().map(|i| {
            let c = &i.conditions[0];
            (i.name.as_str(), i.retired, i.community, i.conditions.len(), c.n, c.limit.unwrap().code(), c.urgent, c.draft, c.seasons.len())
        }).collect();
        assert_eq!(told, [
            ("路灯", false, true, 1, 1, "2wd".to_owned(), false, false, 1),
            ("井盖", false, true, 1, 1, "4uh".to_owned(), true, false, 0),
            ("旧事项", true, true, 1, 1, "48h".to_owned(), false, false, 0),
        ]);
        let other = t.db.read(&system, items::ReadBook(Region::new(990_102).unwrap())).await.unwrap();
        assert_eq!(other.version_at(Moment(7000)).unwrap().from_at, Some(Moment(7000)));
        assert!(other.version_at(Moment(6999)).is_none());
        // And it is filed under as before.
        let lamp = t.db.read(&system, Choose(code(101), None)).await.unwrap().unwrap();
        assert_eq!(lamp.limit_on(calendar::MonthDay::new(4, 1).unwrap()).unwrap().code(), "15wd");
        assert_eq!(lamp.limit_on(calendar::MonthDay::new(6, 1).unwrap()).unwrap().code(), "2wd");
        assert_eq!(t.db.read(&system, Choose(code(103), None)).await.unwrap(), None);
    }

    async fn residents_see_what_they_may_report_and_staff_see_all(on) {
        let (t, house) = make(on).await;
        let item = |name: &str, public, retired| {
            let is = PutItemBody { public, retired, ..PutItemBody::new(name, ItemKind::Event, "市容环境") };
            NewItem::new(is, Limit::of(8, LimitUnit::WorkHour), true)
        };
        let load = LoadItems {
            region: region(),
            items: vec![(code(603), item("旧", true, true)), (code(601), item("开放", true, false)), (code(602), item("内部", false, false))],
        };
        assert_eq!(t.db.write(&staff(Role::CatalogueSteward), load.clone()).await.unwrap_err().code(), "not_found");
        let system = Actor::system("demo");
        assert_eq!(t.db.write(&system, load.clone()).await.unwrap(), 3);
        assert_eq!(t.db.write(&system, load).await.unwrap(), 0);
        let other = LoadItems { region: region(), items: vec![(ItemCode::new(9_901_020_101).unwrap(), item("外县", true, false))] };
        assert_eq!(t.db.write(&system, other).await.unwrap_err().code(), "item.outside_region");

        let anyone = Actor::of(Who::Anonymous);
        assert_eq!(names(&ask(&house, &anyone, "GET", "items", json!(null)).await.1), ["开放"]);
        assert_eq!(names(&ask(&house, &staff(Role::Resident), "GET", "items", json!(null)).await.1), ["开放"]);
        let worker = staff(Role::GridWorker);
        assert_eq!(names(&ask(&house, &worker, "GET", "items", json!(null)).await.1), ["开放", "内部"]);
        assert_eq!(names(&ask(&house, &worker, "GET", "items?all=true", json!(null)).await.1), ["开放", "内部", "旧"]);
        for (path, alone, resident) in [("items?all=true", 401, 404), ("items?version=1", 401, 404)] {
            assert_eq!(ask(&house, &anyone, "GET", path, json!(null)).await.0, alone);
            assert_eq!(ask(&house, &staff(Role::Resident), "GET", path, json!(null)).await.0, resident);
        }
        assert_eq!(ask(&house, &worker, "GET", "items?version=2", json!(null)).await.0, 404);
        assert_eq!(ask(&house, &worker, "GET", "items?version=1&at=2026-03-02", json!(null)).await.0, 422);
        assert_eq!(ask(&house, &worker, "GET", "items?al=true", json!(null)).await.0, 422);
        // Before it began there was none.
        assert_eq!(names(&ask(&house, &worker, "GET", "items?at=2026-03-02", json!(null)).await.1), Vec::<&str>::new());
        assert_eq!(names(&ask(&house, &worker, "GET", "items?at=2026-03-03", json!(null)).await.1), ["开放", "内部"]);

        // Whoever files a case finds retired items too, and decides.
        let found = t.db.read(&system, Find(code(603))).await.unwrap().unwrap();
        assert!(found.retired && !found.usable() && found.conditions[0].limit.unwrap().code() == "8wh");
        assert_eq!(t.db.read(&system, Find(code(604))).await.unwrap(), None);
    }

    /// With several conditions one has to be named; the refusal lists them.
    async fn a_case_is_filed_under_one_condition(on) {
        let (t, _house) = make(on).await;
        let mut cover = plain("井盖", "2h");
        cover.conditions[0].filing = "缺失".into();
        let lead = Some(Party::Role("owner".into()));
        cover.conditions.push(PutConditionBody { filing: "破损".into(), lead: lead.clone(), ..PutConditionBody::new(Limit::parse("2d").unwrap()) });
        let mut load = LoadItems { region: region(), items: vec![(code(101), cover), (code(102), plain("路灯", "1d"))] };
        let system = Actor::system("test");
        t.db.write(&system, load.clone()).await.unwrap();
        assert_eq!(t.db.read(&system, Choose(code(102), None)).await.unwrap().unwrap().n, 1);
        let refused = t.db.read(&system, Choose(code(101), None)).await.unwrap_err();
        assert_eq!((refused.code(), refused.param("conditions"), refused.fields()[0].field.as_str()), ("item.condition_needed", Some("1 缺失；2 破损"), "condition"));
        assert_eq!(t.db.read(&system, Choose(code(101), Some(2))).await.unwrap().unwrap().lead, lead);
        assert_eq!(t.db.read(&system, Choose(code(101), Some(3))).await.unwrap_err().code(), "item.condition_unknown");
        assert_eq!(t.db.read(&system, Choose(code(103), None)).await.unwrap(), None);

        // A later load is a later version; the first keeps what it said.
        t.clock.advance(1000);
        load.items.truncate(1);
        load.items[0].1.conditions.truncate(1);
        assert_eq!(t.db.write(&system, load).await.unwrap(), 1);
        let book = t.db.read(&system, items::ReadBook(region())).await.unwrap();
        assert_eq!(book.changes_after(Moment(START.0)), [Moment(START.0 + 1000)]);
        let counts = |at: i64| {
            let e = book.edition_at(Moment(START.0 + at)).unwrap();
            (e.catalogue.version, e.items[&code(101)].conditions.len(), e.items.len())
        };
        assert_eq!((counts(999), counts(1000)), ((1, 2, 2), (2, 1, 2)));
        assert_eq!(t.db.read(&system, Choose(code(101), None)).await.unwrap().unwrap().filing, "缺失");
    }

    async fn search_finds_names_synonyms_codes_and_conditions(on) {
        let (t, house) = make(on).await;
        let mut lamp = plain("路灯", "1d");
        lamp.is.synonyms = vec!["街灯".into()];
        lamp.is.printed = Some("0137".into());
        lamp.conditions[0].filing = "单盏不亮".into();
        let load = LoadItems { region: region(), items: vec![(code(137), lamp), (code(601), plain("占道经营", "4h"))] };
        t.db.write(&Actor::system("test"), load).await.unwrap();
        let worker = staff(Role::GridWorker);
        for (q, hits) in [
            ("%E8%A1%97%E7%81%AF", vec!["路灯"]), ("%E4%B8%8D%E4%BA%AE", vec!["路灯"]), ("9901010137", vec!["路灯"]),
            ("%E5%B8%82%E5%AE%B9", vec!["路灯", "占道经营"]), ("%E5%B8%82%E5%AE%B9+%E5%8D%A0%E9%81%93", vec!["占道经营"]),
            ("0137", vec!["路灯"]), ("%E4%BA%95%E7%9B%96", vec![]), ("", vec!["路灯", "占道经营"]),
        ] {
            let (status, answer) = ask(&house, &worker, "GET", &format!("items?q={q}"), json!(null)).await;
            assert_eq!((status, names(&answer)), (200, hits), "{q}");
        }
    }
}
