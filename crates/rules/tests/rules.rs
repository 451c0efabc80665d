//! What a region's own settings promise, on both databases, through routes and commands.
#![allow(clippy::unwrap_used, reason = "tests")]

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use calendar::{Limit, Run, Year, mainland};
use edge::{Caller, House, Settings, tell};
use kernel::{AccountId, Actor, Moment, Person, Post, PostId, Region, Role, UnitId, Uuid, Who};
use rules::{PutHours, PutRules, PutYear, book, book_of};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{binds, both, testing::TestDb};
use tower::ServiceExt;

const CALENDAR: &str = "/api/regions/990101/calendar";
const RULES: &str = "/api/regions/990101/rules";
const HOURS: &str = "/api/regions/990101/hours";
const UNIT: UnitId = UnitId(Uuid::from_u128(7));

fn region() -> Region {
    Region::new(990_101).unwrap()
}

fn unit_hours() -> String {
    format!("/api/regions/990101/units/{UNIT}/hours")
}

fn staff(role: Role) -> Actor {
    let id = PostId(Uuid::from_u128(1));
    let post = Post { id, role, region: region(), unit: None, area: None, from: Moment(0), until: None };
    let account = AccountId(Uuid::from_u128(2));
    Actor::of(Who::Person(Arc::new(Person { account, session: None, token: None, posts: vec![post] })))
}

fn me() -> Actor {
    Actor::system("test")
}

async fn put_region(t: &TestDb, code: u32, zone: &str) {
    let is = areas::PutRegionBody { name: "西湖区".into(), zone: zone.into() };
    t.db.write(&me(), areas::PutRegion { region: Region::new(code).unwrap(), is }).await.unwrap();
}

async fn make(on: store::testing::On) -> (TestDb, House) {
    let all = [audit::MIGRATIONS, jobs::MIGRATIONS, areas::MIGRATIONS, access::MIGRATIONS, rules::MIGRATIONS]
        .concat();
    let t = TestDb::new(on, &all).await;
    put_region(&t, 990_101, "Asia/Shanghai").await;
    let is = areas::PutUnitBody::new("城管局", areas::UnitKind::Department);
    t.db.write(&me(), areas::PutUnit { region: region(), id: UNIT, is }).await.unwrap();
    let house = House::new(t.db.clone(), Settings::default());
    (t, house)
}

async fn ask(house: &House, actor: &Actor, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let app: Router = Router::from(rules::routes())
        .layer(axum::Extension(Caller(actor.clone())))
        .layer(axum::middleware::from_fn(tell))
        .with_state(house.clone());
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let response = app.oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

async fn lines(t: &TestDb, action: &'static str) -> usize {
    let all: Vec<(String,)> = t.db.ask(&me(), "SELECT action FROM audit_lines", vec![]).await.unwrap();
    all.iter().filter(|(a,)| a == action).count()
}

async fn recalendars(t: &TestDb) -> usize {
    let all: Vec<(String, String)> = t.db.ask(&me(), "SELECT kind, key FROM jobs", vec![]).await.unwrap();
    all.iter().filter(|(k, key)| k == "cases.recalendar" && key == "calendar").count()
}

fn new_year() -> Value {
    json!({"days": [{"date": "2027-01-01", "off": true, "name": "元旦"}]})
}

fn morning() -> Value {
    let shift = json!([{"from": "08:00", "to": "12:00"}]);
    json!({"week": [shift, shift, shift, shift, shift, [], []], "day_minutes": 240})
}

fn rules_json() -> Value {
    serde_json::to_value(flow::Rules::default()).unwrap()
}

both! {
    async fn stewards_change_it_staff_read_it_and_nobody_else(on) {
        let (_t, house) = make(on).await;
        let year = format!("{CALENDAR}/2027");
        let unit = unit_hours();
        let writes = [
            ("PUT", year.as_str(), new_year()), ("PUT", HOURS, morning()), ("PUT", unit.as_str(), morning()),
            ("DELETE", unit.as_str(), json!(null)), ("DELETE", HOURS, json!(null)), ("DELETE", year.as_str(), json!(null)), ("PUT", RULES, rules_json()),
        ];
        let deadline = format!("{CALENDAR}/deadline?start=1772413200000&limit=2wd");
        let reads = [CALENDAR, unit.as_str(), deadline.as_str(), RULES];
        for (method, path, body) in &writes {
            assert_eq!(ask(&house, &Actor::of(Who::Anonymous), method, path, body).await.0, 401, "{path}");
            for role in Role::ALL.iter().filter(|r| **r != Role::CatalogueSteward) {
                assert_eq!(ask(&house, &staff(*role), method, path, body).await.0, 404, "{role:?} {path}");
            }
            let elsewhere = path.replace("990101", "990102");
            let steward = staff(Role::CatalogueSteward);
            assert_eq!(ask(&house, &steward, method, &elsewhere, body).await.0, 404, "{elsewhere}");
            let answer = ask(&house, &steward, method, path, body).await;
            assert_eq!(answer.0, 200, "{path} {}", answer.1);
        }
        for path in reads {
            assert_eq!(ask(&house, &Actor::of(Who::Anonymous), "GET", path, &json!(null)).await.0, 401);
            assert_eq!(ask(&house, &staff(Role::Resident), "GET", path, &json!(null)).await.0, 404);
            let answer = ask(&house, &staff(Role::Handler), "GET", path, &json!(null)).await;
            assert_eq!(answer.0, 200, "{path} {}", answer.1);
        }
    }

    async fn a_region_begins_with_the_built_in_calendar(on) {
        let (t, house) = make(on).await;
        let steward = staff(Role::CatalogueSteward);
        let (_, view) = ask(&house, &steward, "GET", &format!("{CALENDAR}?year=2026"), &json!(null)).await;
        assert_eq!(view["days"].as_array().unwrap().len(), 39);
        assert_eq!((&view["end"], &view["known"]), (&json!("2026-12-31"), &json!(true)));
        assert_eq!(view["years"], json!([2018, 2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026]));
        assert_eq!(view["hours"]["day_minutes"], 480);
        let (_, now) = ask(&house, &steward, "GET", CALENDAR, &json!(null)).await;
        assert_eq!(now["year"], 2026);
        let book = book_of(&t.db, region()).await.unwrap();
        assert_eq!((book.version(), book.current()), (1, &flow::Rules::default()));
        assert_eq!(book.calendar(Some(UNIT)).zone(), "Asia/Shanghai");
        // Elsewhere no holidays are assumed; a region that does not exist has no book.
        put_region(&t, 990_102, "America/New_York").await;
        let far = book_of(&t.db, Region::new(990_102).unwrap()).await.unwrap();
        assert_eq!((far.years().len(), far.calendar(None).end()), (0, None));
        let none = book_of(&t.db, Region::new(990_103).unwrap()).await.err().unwrap();
        assert_eq!(none.code(), "region.missing");
    }

    async fn a_year_is_tried_then_put_once(on) {
        let (t, house) = make(on).await;
        let steward = staff(Role::CatalogueSteward);
        let start = 1_798_624_800_000i64; // 2026-12-30 18:00 in Shanghai
        let due = format!("{CALENDAR}/deadline?start={start}&limit=2%E5%B7%A5%E4%BD%9C%E6%97%A5");
        let (_, before) = ask(&house, &steward, "GET", &due, &json!(null)).await;
        assert_eq!((&before["local"], &before["provisional"]), (&json!("2027-01-01T18:00:00+08:00"), &json!(true)));
        assert!(before["zh"].as_str().unwrap().starts_with("自2026-12-30 周三 18:00起2工作日："), "{before}");

        let year = format!("{CALENDAR}/2027");
        let (status, tried) = ask(&house, &steward, "PUT", &format!("{year}?dry_run=true"), &new_year()).await;
        assert_eq!((status, &tried["written"], &tried["known"]), (200, &json!(false), &json!(false)));
        assert_eq!(tried["changes"][0]["change"], "added");
        assert_eq!(ask(&house, &steward, "GET", &due, &json!(null)).await.1, before, "a dry run changes nothing");
        assert_eq!((lines(&t, "calendar.put_year").await, recalendars(&t).await), (0, 0));

        let (_, put) = ask(&house, &steward, "PUT", &year, &new_year()).await;
        assert_eq!((&put["written"], &put["changes"]), (&json!(true), &tried["changes"]));
        let (_, after) = ask(&house, &steward, "GET", &due, &json!(null)).await;
        assert_eq!((&after["local"], &after["provisional"]), (&json!("2027-01-04T18:00:00+08:00"), &json!(false)));
        assert_eq!((lines(&t, "calendar.put_year").await, recalendars(&t).await), (1, 1));
        let (_, again) = ask(&house, &steward, "PUT", &year, &new_year()).await;
        assert_eq!((&again["written"], &again["changes"]), (&json!(false), &json!([])));
        assert_eq!(lines(&t, "calendar.put_year").await, 1);

        // A built-in year that the region puts again, changed.
        let mut days = serde_json::to_value(&mainland().last().unwrap().days).unwrap();
        days.as_array_mut().unwrap().remove(0);
        let (_, put) = ask(&house, &steward, "PUT", &format!("{CALENDAR}/2026"), &json!({"days": days})).await;
        assert_eq!(put["changes"], json!([{"change": "removed", "day": {"date": "2026-01-01", "off": true, "name": "元旦"}}]));
        let (_, view) = ask(&house, &steward, "GET", &format!("{CALENDAR}?year=2026"), &json!(null)).await;
        assert_eq!(view["days"].as_array().unwrap().len(), 38);
    }

    async fn a_stored_year_gives_way_to_the_built_in_one_again(on) {
        let (t, house) = make(on).await;
        let steward = staff(Role::CatalogueSteward);
        let (of_2026, of_2027) = (format!("{CALENDAR}/2026"), format!("{CALENDAR}/2027"));
        let view = async |year: i16| ask(&house, &steward, "GET", &format!("{CALENDAR}?year={year}"), &json!(null)).await.1;
        let built_in = view(2026).await;
        assert_eq!((&built_in["own"], &built_in["built_in"]), (&json!(false), &json!(true)));
        // Nothing of its own is stored: there is nothing to drop.
        let (status, nothing) = ask(&house, &steward, "DELETE", &of_2026, &json!(null)).await;
        assert_eq!((status, &nothing["written"], &nothing["changes"]), (200, &json!(false), &json!([])));

        let mut days = built_in["days"].clone();
        days.as_array_mut().unwrap().remove(0);
        ask(&house, &steward, "PUT", &of_2026, &json!({"days": days})).await;
        ask(&house, &steward, "PUT", &of_2027, &new_year()).await;
        assert_eq!((&view(2026).await["own"], &view(2027).await["built_in"]), (&json!(true), &json!(false)));
        let before = recalendars(&t).await;
        let (_, tried) = ask(&house, &steward, "DELETE", &format!("{of_2026}?dry_run=true"), &json!(null)).await;
        assert_eq!(tried["written"], false);
        assert_eq!(tried["changes"], json!([{"change": "added", "day": {"date": "2026-01-01", "off": true, "name": "元旦"}}]));
        assert_eq!(view(2026).await["own"], true, "a dry run changes nothing");
        assert_eq!(lines(&t, "calendar.drop_year").await, 0);
        let (_, dropped) = ask(&house, &steward, "DELETE", &of_2026, &json!(null)).await;
        assert_eq!((&dropped["written"], &dropped["changes"]), (&json!(true), &tried["changes"]));
        assert_eq!((&view(2026).await["days"], &view(2026).await["own"]), (&built_in["days"], &json!(false)));

        // Where there is no built-in list the year is not known any more, and deadlines in it are provisional.
        let (_, dropped) = ask(&house, &steward, "DELETE", &of_2027, &json!(null)).await;
        assert_eq!((&dropped["known"], &dropped["changes"][0]["change"]), (&json!(true), &json!("removed")));
        let gone = view(2027).await;
        assert_eq!((&gone["known"], &gone["own"], &gone["end"]), (&json!(false), &json!(false), &json!("2026-12-31")));
        assert_eq!(lines(&t, "calendar.drop_year").await, 2);
        assert!(recalendars(&t).await >= before);
        ask(&house, &steward, "DELETE", &of_2027, &json!(null)).await;
        assert_eq!(lines(&t, "calendar.drop_year").await, 2, "a retry writes nothing");
        for (path, wanted) in [(format!("{CALENDAR}/1969"), 404), (format!("{CALENDAR}/2026?dry=1"), 422)] {
            assert_eq!(ask(&house, &steward, "DELETE", &path, &json!(null)).await.0, wanted, "{path}");
        }
    }

    async fn bad_calendars_are_refused_by_name(on) {
        let (_t, house) = make(on).await;
        let steward = staff(Role::CatalogueSteward);
        let day = |d: &str| json!({"date": d, "off": true, "name": "节"});
        let year = format!("{CALENDAR}/2027");
        for (days, zh) in [
            (json!([day("2027-01-01"), day("2027-01-01")]), "2027-01-01 出现两次。"),
            (json!([day("2028-01-01")]), "2028-01-01 不属于2027年。"),
        ] {
            let (status, answer) = ask(&house, &steward, "PUT", &year, &json!({"days": days})).await;
            assert_eq!((status, &answer["code"]), (422, &json!("calendar.bad_year")), "{answer}");
            assert!(answer.to_string().contains(zh), "{answer}");
        }
        assert_eq!(ask(&house, &steward, "PUT", &year, &json!({"days": [day("2027-02-29")]})).await.0, 422);
        assert_eq!(ask(&house, &steward, "PUT", &format!("{CALENDAR}/1969"), &new_year()).await.0, 404);
        assert_eq!(ask(&house, &steward, "GET", &format!("{CALENDAR}?year=1969"), &json!(null)).await.0, 422);

        let mut none = morning();
        none["week"] = json!([[], [], [], [], [], [], []]);
        let mut overlap = morning();
        overlap["week"][0] = json!([{"from": "08:00", "to": "12:00"}, {"from": "11:00", "to": "13:00"}]);
        for (hours, field, code) in [(none, "week", "hours.none"), (overlap, "week.0", "hours.overlap")] {
            for path in [HOURS.to_owned(), unit_hours()] {
                let (status, answer) = ask(&house, &steward, "PUT", &path, &hours).await;
                assert_eq!(status, 422);
                assert_eq!((&answer["errors"][0]["field"], &answer["errors"][0]["code"]), (&json!(field), &json!(code)));
            }
        }
        let nobody = format!("/api/regions/990101/units/{}/hours", Uuid::from_u128(99));
        assert_eq!(ask(&house, &steward, "PUT", &nobody, &morning()).await.0, 404);
        assert_eq!(ask(&house, &steward, "GET", &nobody, &json!(null)).await.0, 404);
        for limit in ["0wd", "2", "1%E7%B4%A7%E6%80%A5%E5%B7%A5%E4%BD%9C%E6%97%B6%E5%88%B6%E6%AD%A2", "1000000000d"] {
            let path = format!("{CALENDAR}/deadline?start=0&limit={limit}");
            assert_eq!(ask(&house, &steward, "GET", &path, &json!(null)).await.0, 422, "{limit}");
        }
        let late = format!("{CALENDAR}/deadline?start=7258118400001&limit=1d");
        assert_eq!(ask(&house, &steward, "GET", &late, &json!(null)).await.0, 422);
    }

    async fn a_unit_works_its_own_hours_until_they_are_taken_back(on) {
        let (t, house) = make(on).await;
        let steward = staff(Role::CatalogueSteward);
        let path = unit_hours();
        let start = Moment(1_772_409_600_000); // Monday 2026-03-02 08:00 in Shanghai
        let due = |book: &rules::Book, unit| {
            let cal = book.calendar(unit);
            let run = Run::start(cal, start, Limit::parse("5wh").unwrap());
            cal.local(run.due.unwrap()).strftime("%d %H:%M").to_string()
        };
        assert_eq!(due(&book(&house, region()).await.unwrap(), Some(UNIT)), "02 15:00");
        let (_, put) = ask(&house, &steward, "PUT", &path, &morning()).await;
        assert_eq!((&put["own"], &put["hours"]["day_minutes"]), (&json!(true), &json!(240)));
        let now = book(&house, region()).await.unwrap();
        assert_eq!((due(&now, Some(UNIT)).as_str(), due(&now, None).as_str()), ("03 09:00", "02 15:00"));
        assert!(now.has_hours(UNIT));
        // A retry writes nothing.
        ask(&house, &steward, "PUT", &path, &morning()).await;
        assert_eq!((lines(&t, "calendar.put_hours").await, recalendars(&t).await), (1, 1));
        let at = format!("{CALENDAR}/deadline?start={}&limit=5wh&unit={UNIT}", start.0);
        assert_eq!(ask(&house, &steward, "GET", &at, &json!(null)).await.1["local"], "2026-03-03T09:00:00+08:00");
        for _ in 0..2 {
            let (status, back) = ask(&house, &steward, "DELETE", &path, &json!(null)).await;
            assert_eq!((status, &back["own"], &back["hours"]["day_minutes"]), (200, &json!(false), &json!(480)));
        }
        assert_eq!(lines(&t, "calendar.put_hours").await, 2);
        assert_eq!(due(&book(&house, region()).await.unwrap(), Some(UNIT)), "02 15:00");
        // The region's own.
        ask(&house, &steward, "PUT", HOURS, &morning()).await;
        assert_eq!(due(&book(&house, region()).await.unwrap(), Some(UNIT)), "03 09:00");
        let (_, view) = ask(&house, &steward, "GET", &path, &json!(null)).await;
        assert_eq!((&view["own"], &view["hours"]["day_minutes"]), (&json!(false), &json!(240)));
        let (_, view) = ask(&house, &steward, "GET", CALENDAR, &json!(null)).await;
        assert_eq!((&view["hours_own"], &view["hours"]["day_minutes"]), (&json!(true), &json!(240)));
        // Dropped: the usual ones again.
        for _ in 0..2 {
            let (status, back) = ask(&house, &steward, "DELETE", HOURS, &json!(null)).await;
            assert_eq!((status, &back["own"], &back["hours"]["day_minutes"]), (200, &json!(false), &json!(480)));
        }
        assert_eq!(lines(&t, "calendar.put_hours").await, 4);
        assert_eq!(due(&book(&house, region()).await.unwrap(), Some(UNIT)), "02 15:00");
        let (_, view) = ask(&house, &steward, "GET", CALENDAR, &json!(null)).await;
        assert_eq!(view["hours_own"], false);
    }

    async fn versions_of_the_rules_never_change(on) {
        let (t, house) = make(on).await;
        let steward = staff(Role::CatalogueSteward);
        // The program's own rules are version 1 already.
        let (_, same) = ask(&house, &steward, "PUT", RULES, &rules_json()).await;
        assert_eq!(same["version"], 1);
        let mut two = rules_json();
        two["reopen_days"] = json!(30);
        two["desk"]["file"] = json!("30工作分钟");
        let (status, put) = ask(&house, &steward, "PUT", RULES, &two).await;
        assert_eq!((status, &put["version"], &put["rules"]["desk"]["file"]), (200, &json!(2), &json!("30wm")));
        assert_eq!(ask(&house, &steward, "PUT", RULES, &two).await.1["version"], 2);
        let mut three = two.clone();
        three["extensions"] = json!(1);
        t.clock.advance(1000);
        assert_eq!(ask(&house, &steward, "PUT", RULES, &three).await.1["version"], 3);
        assert_eq!(lines(&t, "rules.put").await, 2);
        let (_, view) = ask(&house, &steward, "GET", RULES, &json!(null)).await;
        assert_eq!((&view["version"], &view["current"], &view["rules"]["extensions"]), (&json!(3), &json!(3), &json!(1)));
        assert_eq!(view["versions"].as_array().unwrap().len(), 2);
        assert_eq!(view["versions"][0]["account_name"], json!(null), "nobody has that account any more");
        let sql = "INSERT INTO accounts (id, username, name, disabled, failures, created_at) VALUES ($1, 'steward', '许清单', $2, 0, 0)";
        t.db.tell(&me(), sql, binds![AccountId(Uuid::from_u128(2)), false]).await.unwrap();
        let (_, view) = ask(&house, &steward, "GET", RULES, &json!(null)).await;
        assert_eq!(view["versions"][1]["account_name"], "许清单");
        let (_, old) = ask(&house, &steward, "GET", &format!("{RULES}?version=2"), &json!(null)).await;
        assert_eq!((&old["version"], &old["rules"]["extensions"]), (&json!(2), &json!(2)));
        let (_, first) = ask(&house, &steward, "GET", &format!("{RULES}?version=1"), &json!(null)).await;
        assert_eq!(first["rules"], rules_json());
        assert_eq!(ask(&house, &steward, "GET", &format!("{RULES}?version=9"), &json!(null)).await.0, 404);
        assert_eq!(ask(&house, &steward, "GET", &format!("{RULES}?version=0"), &json!(null)).await.0, 422);
        let mut bad = rules_json();
        bad["extensions"] = json!(3);
        let (status, answer) = ask(&house, &steward, "PUT", RULES, &bad).await;
        assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!("extensions")));
        let b = book(&house, region()).await.unwrap();
        assert_eq!((b.version(), b.rules(2).extensions, b.rules(77).extensions, b.rules(1)), (3, 2, 1, &flow::Rules::default()));
        // Back to what it was: a new version again.
        assert_eq!(ask(&house, &steward, "PUT", RULES, &rules_json()).await.1["version"], 4);
    }

    async fn two_who_set_rules_at_once_make_two_versions(on) {
        let (t, _house) = make(on).await;
        let put = |n: i64| {
            let (db, rules) = (t.db.clone(), flow::Rules { reopen_days: n, ..flow::Rules::default() });
            async move { db.write(&me(), PutRules { region: region(), rules }).await.unwrap().version }
        };
        let tasks: Vec<_> = (100..108).map(|n| tokio::spawn(put(n))).collect();
        let mut versions = Vec::new();
        for task in tasks {
            versions.push(task.await.unwrap());
        }
        versions.sort();
        assert_eq!(versions, (2..10).collect::<Vec<_>>());
    }

    async fn another_process_is_noticed_within_two_seconds(on) {
        let (t, house) = make(on).await;
        let first = book(&house, region()).await.unwrap();
        // Written past this house, as another process would.
        let year = Year { year: 2027, days: Vec::new() };
        t.db.write(&me(), PutYear { region: region(), year, dry_run: false }).await.unwrap();
        assert!(Arc::ptr_eq(&first, &book(&house, region()).await.unwrap()));
        t.clock.advance(2_000);
        let second = book(&house, region()).await.unwrap();
        assert_eq!(second.years().last().unwrap().year, 2027);
        t.clock.advance(2_000);
        assert!(Arc::ptr_eq(&second, &book(&house, region()).await.unwrap()), "nothing has changed");
        // The region's zone is part of it.
        put_region(&t, 990_101, "Asia/Urumqi").await;
        t.clock.advance(2_000);
        assert_eq!(book(&house, region()).await.unwrap().zone(), "Asia/Urumqi");
        // So are hours.
        let hours = serde_json::from_value(morning()).unwrap();
        t.db.write(&me(), PutHours { region: region(), unit: None, hours: Some(hours) }).await.unwrap();
        t.clock.advance(2_000);
        assert_eq!(book(&house, region()).await.unwrap().calendar(None).hours().day_minutes, 240);
    }
}
