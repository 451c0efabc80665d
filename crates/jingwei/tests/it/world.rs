//! A small county with people of every role, signed in as they would be.

use access::{LoadAccounts, MakeToken, NewAccount, NewPost, NewToken};
use areas::{LoadBase, NewArea, NewRegion, NewUnit, UnitKind};
use audit::{Head, Sequencer};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, Response},
};
use calendar::{Limit, LimitUnit};
use edge::{House, Settings};
use items::{ItemKind, LoadItems, NewItem, PutItemBody};
use kernel::{
    AccountId, Actor, AreaCode, ItemCode, Moment, PostId, Region, Role, TokenId, TokenScope, UnitId, Uuid,
};
use serde_json::{Value, json};
use space::Shape;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use store::testing::{On, TestDb};
use tokio::sync::OnceCell;
use tower::ServiceExt;

pub const R1: &str = "990101";
pub const R2: &str = "990102";
pub const U1: u128 = 0xa1;
pub const U2: u128 = 0xa2;
/// A residents' committee.
pub const U3: u128 = 0xa3;
pub const U9: u128 = 0xa9;
/// Public; 24 h.
pub const LAMP: &str = "9901010101";
/// Public; 72 h.
pub const WASTE: &str = "9901010102";
/// Public, urgent; 2 h.
pub const COVER: &str = "9901010103";
/// Not public.
pub const INNER: &str = "9901010104";
/// Retired.
pub const OLD: &str = "9901010105";
pub const PASSWORD: &str = "correct-horse-27";
pub const TELEPHONE: &str = "13800138000";
pub const DAY: i64 = Moment::DAY;

const G11: u64 = 990_101_001_001_001;
const G12: u64 = 990_101_001_001_002;
const C2: u64 = 990_101_001_002;

/// Name, role, region, unit, area. Those without a role are residents without posts.
type Cast = (&'static str, Option<Role>, u32, Option<u128>, Option<u64>);
#[rustfmt::skip]
pub const CAST: &[Cast] = &[
    ("resident", Some(Role::Resident), 990_101, None, None),
    ("neighbour", None, 990_101, None, None),
    ("worker", Some(Role::GridWorker), 990_101, None, Some(G11)),
    ("worker.other", Some(Role::GridWorker), 990_101, None, Some(G12)),
    ("intake", Some(Role::IntakeOperator), 990_101, None, None),
    ("dispatcher", Some(Role::Dispatcher), 990_101, None, None),
    ("dispatcher.two", Some(Role::Dispatcher), 990_101, None, None),
    ("dispatcher.area", Some(Role::Dispatcher), 990_101, None, Some(C2)),
    ("dispatcher.r2", Some(Role::Dispatcher), 990_102, None, None),
    ("officer", Some(Role::UnitOfficer), 990_101, Some(U1), None),
    ("officer.u2", Some(Role::UnitOfficer), 990_101, Some(U2), None),
    ("officer.u3", Some(Role::UnitOfficer), 990_101, Some(U3), None),
    ("handler", Some(Role::Handler), 990_101, Some(U1), None),
    ("handler.two", Some(Role::Handler), 990_101, Some(U1), None),
    ("handler.u2", Some(Role::Handler), 990_101, Some(U2), None),
    ("supervisor", Some(Role::Supervisor), 990_101, None, None),
    ("analyst", Some(Role::Analyst), 990_101, None, None),
    ("steward", Some(Role::CatalogueSteward), 990_101, None, None),
    ("data", Some(Role::DataSteward), 990_101, None, None),
    ("system", Some(Role::SystemAdministrator), 990_101, None, None),
    ("security", Some(Role::SecurityAdministrator), 990_101, None, None),
    ("auditor", Some(Role::Auditor), 990_101, None, None),
    // Looked after by the security administrator of the other region.
    ("security.r2", Some(Role::SecurityAdministrator), 990_102, None, None),
];

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub json: Value,
    pub text: String,
    pub headers: HeaderMap,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// A refusal in the form everything is refused in.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.json["status"], status);
        assert_eq!(self.json["type"], format!("/problems/{code}"));
        assert!(self.json["title"].is_string() && self.json["detail"].is_string(), "{}", self.text);
        assert!(self.json["errors"].is_array(), "{}", self.text);
    }

    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.json
    }
}

/// A case as its makers know it.
#[derive(Debug, Clone)]
pub struct Case {
    pub id: Uuid,
    pub code: String,
    pub version: i64,
}

/// The county and the program that serves it.
pub struct World {
    pub t: TestDb,
    pub house: House,
    pub app: Router,
    pub accounts: HashMap<&'static str, AccountId>,
    cookies: Mutex<HashMap<String, String>>,
    tokens: HashMap<&'static str, String>,
    _dir: tempfile::TempDir,
}

pub fn r1() -> Region {
    R1.parse().unwrap()
}

pub fn unit(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// The point in the middle of a grid, counted from 0 in the order of their codes.
pub fn inside(grid: i32) -> (f64, f64) {
    (120.005 + 0.01 * f64::from(grid), 30.005)
}

pub fn square(x: i32, y: i32) -> Value {
    let at =
        |dx: i32, dy: i32| json!([120.0 + f64::from(x + dx) / 1000.0, 30.0 + f64::from(y + dy) / 1000.0]);
    json!({"type": "Polygon", "coordinates": [[at(0, 0), at(10, 0), at(10, 10), at(0, 10), at(0, 0)]]})
}

fn land(region: u64, y: i32) -> Vec<NewArea> {
    let street = region * 1000 + 1;
    let area = |code: u64, name: &str, shape: Option<Value>| NewArea {
        code: AreaCode::new(code).unwrap(),
        name: name.into(),
        kind: None,
        shape: shape.map(|g| Shape::from_geojson(&g).unwrap()),
    };
    let mut all = vec![
        area(street, "望桥街道", None),
        area(street * 1000 + 1, "望桥社区", None),
        area(street * 1000 + 2, "山前社区", None),
    ];
    for n in 0..4u64 {
        let code = (street * 1000 + 1 + n / 2) * 1000 + 1 + n % 2;
        all.push(area(code, &format!("第{}网格", n + 1), Some(square(10 * n as i32, y))));
    }
    all
}

fn item(name: &str, hours: i64, urgent: bool, public: bool, retired: bool) -> NewItem {
    let is = PutItemBody { public, retired, ..PutItemBody::new(name, ItemKind::Component, "公用设施") };
    NewItem::new(is, Limit::of(hours, LimitUnit::Hour), urgent)
}

/// A request's password, hashed once for all tests.
static HASH: OnceCell<String> = OnceCell::const_new();

fn settings(dir: &tempfile::TempDir) -> Settings {
    let files = dir.path().join("files");
    std::fs::create_dir_all(&files).unwrap();
    Settings { files, session_hours: 24 * 400, session_idle_minutes: 60 * 24 * 400, ..Settings::default() }
}

/// The program over a database, as `jingwei serve` puts it together.
pub fn serve(db: &store::Db, dir: &tempfile::TempDir) -> (House, Router) {
    let house = House::new(db.clone(), settings(dir));
    let sequencer = Sequencer::start(db.clone(), Arc::new(Head::at(dir.path().join("head"))));
    house.keep_with(|| Some(sequencer));
    (house.clone(), jingwei::http::app(house))
}

impl World {
    pub async fn new(on: On) -> World {
        let t = TestDb::new(on, &jingwei::migrations()).await;
        let me = Actor::system("test");
        let dir = tempfile::tempdir().unwrap();
        let region = |code: u32| Region::new(code).unwrap();
        let new_unit = |r: u32, id: u128, name: &str| NewUnit {
            region: region(r),
            id: UnitId(unit(id)),
            name: name.into(),
            kind: if id == U3 { UnitKind::Community } else { UnitKind::Department },
        };
        let base = LoadBase {
            regions: [(990_101, "云桥县"), (990_102, "云山县")]
                .map(|(code, name)| NewRegion {
                    code: region(code),
                    name: name.into(),
                    zone: "Asia/Shanghai".into(),
                })
                .into(),
            areas: [land(990_101, 0), land(990_102, 50)].concat(),
            units: vec![
                new_unit(990_101, U1, "住建局"),
                new_unit(990_101, U2, "水务局"),
                new_unit(990_101, U3, "望桥社区居委会"),
                new_unit(990_102, U9, "外县住建局"),
            ],
            features: Vec::new(),
        };
        t.db.write(&me, base).await.unwrap();
        let code = |c: &str| c.parse::<ItemCode>().unwrap();
        let items = vec![
            (code(LAMP), item("路灯", 24, false, true, false)),
            (code(WASTE), item("垃圾", 72, false, true, false)),
            (code(COVER), item("井盖", 2, true, true, false)),
            (code(INNER), item("内部事项", 48, false, false, false)),
            (code(OLD), item("旧事项", 48, false, true, true)),
        ];
        t.db.write(&me, LoadItems { region: region(990_101), items }).await.unwrap();
        let other = vec![(code("9901020101"), item("路灯", 24, false, true, false))];
        t.db.write(&me, LoadItems { region: region(990_102), items: other }).await.unwrap();
        // Nobody is drawn for a call-back unless a test says so.
        for r in [990_101, 990_102] {
            let rules = flow::Rules { call_back_permille: 0, ..flow::Rules::default() };
            t.db.write(&me, rules::PutRules { region: region(r), rules }).await.unwrap();
        }
        let hash =
            HASH.get_or_init(|| async { access::hash_password(t.db.world(), PASSWORD).await.unwrap() }).await;
        let (mut accounts, mut posts, mut by_name) = (Vec::new(), Vec::new(), HashMap::new());
        for (i, (name, role, r, u, a)) in CAST.iter().enumerate() {
            let id = AccountId(Uuid::from_u128(0x1000 + i as u128));
            by_name.insert(*name, id);
            accounts.push(NewAccount {
                id,
                username: (*name).into(),
                name: format!("名 {name}"),
                password: Some(hash.clone()),
            });
            let Some(role) = *role else { continue };
            posts.push(NewPost {
                id: PostId(Uuid::from_u128(0x2000 + i as u128)),
                account: id,
                role,
                region: region(*r),
                unit: u.map(|u| UnitId(unit(u))),
                area: a.and_then(AreaCode::new),
                from: Moment(t.db.world().now().0 - DAY),
                until: None,
            });
        }
        t.db.write(&me, LoadAccounts { accounts, posts }).await.unwrap();
        let mut tokens = HashMap::new();
        for (name, account, scope) in [
            ("token", "dispatcher", TokenScope::ReadMetrics),
            ("token.read", "dispatcher", TokenScope::ReadCases),
            ("token.report", "neighbour", TokenScope::Report),
        ] {
            let secret = NewToken::secret(t.db.world());
            let token = NewToken {
                id: TokenId(t.db.world().uuid()),
                account: by_name[account],
                name: name.into(),
                scopes: vec![scope],
                days: 366,
                secret: secret.clone(),
            };
            t.db.write(&me, MakeToken(token)).await.unwrap();
            tokens.insert(name, secret);
        }
        let (house, app) = serve(&t.db, &dir);
        World { t, house, app, accounts: by_name, cookies: Mutex::default(), tokens, _dir: dir }
    }

    pub fn uuid(&self) -> Uuid {
        self.t.db.world().uuid()
    }

    pub fn now(&self) -> i64 {
        self.t.db.world().now().0
    }

    /// Forgets a session, so that the next call signs in anew.
    pub fn forget(&self, actor: &str) {
        self.cookies.lock().unwrap().remove(actor);
    }

    /// The cookie of an actor, who signs in when first needed.
    pub async fn cookie(&self, actor: &str) -> String {
        if let Some(c) = self.cookies.lock().unwrap().get(actor) {
            return c.clone();
        }
        let body = json!({"username": actor, "password": PASSWORD}).to_string();
        let request =
            Request::post("/api/session").header("content-type", "application/json").body(Body::from(body));
        let response = self.app.clone().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), 200, "sign-in of {actor}");
        let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        self.cookies.lock().unwrap().insert(actor.into(), cookie.clone());
        cookie
    }

    /// A request as `actor` would send it, answered with whatever comes back, streams included.
    pub async fn raw(
        &self,
        app: &Router,
        actor: &str,
        method: &str,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(path).header("accept-language", "en");
        if let Some(token) = self.tokens.get(actor) {
            request = request.header("authorization", format!("Bearer {token}"));
        } else if actor != "anonymous" {
            request = request.header("cookie", self.cookie(actor).await);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        app.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()
    }

    pub async fn read(response: Response<Body>) -> Answer {
        let (parts, body) = response.into_parts();
        let stream =
            parts.headers.get("content-type").is_some_and(|v| v.as_bytes().starts_with(b"text/event-stream"));
        let bytes = if stream { Vec::new().into() } else { to_bytes(body, 16 << 20).await.unwrap() };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), json, text, headers: parts.headers }
    }

    pub async fn call(
        &self,
        actor: &str,
        method: &str,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut all = headers.to_vec();
        let body = if body.is_null() {
            Vec::new()
        } else {
            all.push(("content-type", "application/json"));
            body.to_string().into_bytes()
        };
        World::read(self.raw(&self.app, actor, method, path, body, &all).await).await
    }

    pub async fn get(&self, actor: &str, path: &str) -> Answer {
        self.call(actor, "GET", path, Value::Null, &[]).await
    }

    /// A report of the lamp in the first grid; `with` changes fields.
    pub fn report_body(&self, with: Value) -> Value {
        let (lon, lat) = inside(0);
        let mut body = json!({"id": self.uuid(), "text": "路灯不亮\n已经三天", "place": "望桥路 3 号", "lon": lon, "lat": lat});
        if let (Some(b), Some(w)) = (body.as_object_mut(), with.as_object()) {
            for (k, v) in w {
                b.insert(k.clone(), v.clone());
            }
        }
        body
    }

    pub async fn report(&self, actor: &str, with: Value) -> Case {
        let body = self.report_body(with);
        let done = self.call(actor, "POST", &format!("/api/regions/{R1}/cases"), body, &[]).await.ok();
        Case {
            id: done["id"].as_str().unwrap().parse().unwrap(),
            code: done["tracking_code"].as_str().unwrap().into(),
            version: done["version"].as_i64().unwrap(),
        }
    }

    pub fn path(case: &Case) -> String {
        format!("/api/regions/{R1}/cases/{}", case.id)
    }

    /// Tries a move with the version the case has.
    pub async fn attempt(&self, actor: &str, case: &Case, verb: &str, mut body: Value) -> Answer {
        if body.get("version").is_none() {
            body["version"] = case.version.into();
        }
        let key = self.uuid().to_string();
        let path = format!("{}/{verb}", World::path(case));
        self.call(actor, "POST", &path, body, &[("idempotency-key", &key)]).await
    }

    /// Makes a move that has to succeed.
    #[track_caller]
    pub fn go<'a>(
        &'a self,
        actor: &'a str,
        case: &'a mut Case,
        verb: &'a str,
        body: Value,
    ) -> impl Future<Output = Value> + 'a {
        let at = std::panic::Location::caller();
        async move {
            let answer = self.attempt(actor, case, verb, body).await;
            assert_eq!(answer.status, 200, "{actor} {verb} at {at}: {}", answer.text);
            case.version = answer.json["version"].as_i64().unwrap();
            answer.json
        }
    }

    /// Leads a case on to a stage by the right people: `reported`, `filed`, `dispatched`, `handling`,
    /// `handed`, `verifying`, `verified` or `closed`.
    pub async fn lead(&self, case: &mut Case, stage: &str) {
        let handler = self.accounts["handler"];
        let steps: [(&str, &str, &str, Value); 7] = [
            ("filed", "intake", "file", json!({"item": LAMP})),
            ("dispatched", "dispatcher", "dispatch", json!({"unit": unit(U1)})),
            ("handling", "officer", "accept", json!({})),
            ("handed", "officer", "hand", json!({"handler": handler})),
            ("verifying", "handler", "submit", json!({"result": "已修好"})),
            ("verified", "dispatcher", "verify", json!({})),
            ("closed", "dispatcher", "close", json!({})),
        ];
        let already = case.version as usize - 1;
        if stage == "reported" {
            return;
        }
        for (reached, actor, verb, body) in steps.into_iter().skip(already) {
            self.go(actor, case, verb, body).await;
            if reached == stage {
                return;
            }
        }
    }

    /// A new case by the resident, led on to a stage.
    pub async fn at(&self, stage: &str) -> Case {
        let mut case = self.report("resident", json!({"telephone": TELEPHONE})).await;
        self.lead(&mut case, stage).await;
        case
    }

    /// Puts a new version of the catalogue in force, from tomorrow, in which street lamps have this limit and
    /// stand on the published list of communities or not; tomorrow comes.
    pub async fn relist(&self, limit: &str, community: bool) {
        let key = self.uuid().to_string();
        let catalogues = format!("/api/regions/{R1}/catalogues");
        let body = json!({"name": "新版清单", "from": 1});
        let made = self.call("steward", "POST", &catalogues, body, &[("idempotency-key", &key)]).await.ok();
        let draft = format!("{catalogues}/{}", made["version"]);
        let lamp = format!("{draft}/items/{LAMP}");
        let body = json!({"name": "路灯", "kind": "component", "major": "公用设施", "public": true, "community": community});
        self.call("steward", "PUT", &lamp, body, &[]).await.ok();
        let body = json!({"limit": limit});
        self.call("steward", "PUT", &format!("{lamp}/conditions/1"), body, &[]).await.ok();
        self.call("steward", "PUT", &format!("{draft}/in-force"), json!({"from": "2026-03-03"}), &[])
            .await
            .ok();
        self.t.clock.advance(DAY);
    }

    /// An answer to every field of a move's form.
    pub fn form(&self, fields: &Value, case: &Case) -> Value {
        let mut body = json!({"version": case.version});
        for field in fields.as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            body[name] = match field["kind"].as_str().unwrap() {
                "line" | "text" => "理由充分".into(),
                "item" => LAMP.into(),
                "unit" => {
                    json!(unit(if name == "unit" && fields.as_array().unwrap().len() == 3 { U2 } else { U1 }))
                }
                "party" => json!(unit(U2)),
                "handler" => json!(self.accounts["handler"]),
                "yes_no" => true.into(),
                "limit" => "2工作日".into(),
                "date" => (self.now() + 9 * DAY).into(),
                "case" => json!(Uuid::nil()),
                "stars" => 4.into(),
                _ => continue,
            };
        }
        body
    }

    /// A new case led to somewhere beside the straight way.
    pub async fn reach(&self, stage: &str) -> Case {
        let reason = json!({"reason": "理由充分"});
        let refusal = json!({"reason": "非我单位职责", "clause": "三定方案"});
        let summons = json!({"unit": unit(U2), "limit": "1工作日", "reason": "需配合"});
        let from = match stage {
            "checking" | "merged" => "reported",
            "linked" | "urged" | "requested" | "suspended" => "handed",
            "summoned" | "responded" | "joint" => "handling",
            "disputed" | "asked" => "filed",
            "drawn" => "verifying",
            "late" | "appealed" | "reviewed" => "handed",
            plain => return self.at(plain).await,
        };
        let mut c = self.at(from).await;
        let c_ = &mut c;
        match stage {
            "checking" => drop(self.go("intake", c_, "ask-check", json!({"question": "在哪里"})).await),
            "merged" | "linked" => {
                let other = self.at("filed").await;
                let verb = if stage == "merged" { "merge" } else { "link" };
                self.go("intake", c_, verb, json!({"into": other.id, "reason": "同一件事"})).await;
            }
            "urged" => {
                let body = json!({"until": self.now() + DAY, "reason": "群众关切"});
                self.go("supervisor", c_, "urge", body).await;
            }
            "requested" | "suspended" => {
                let body = json!({"until": self.now() + 9 * DAY, "reason": "等待配件"});
                self.go("officer", c_, "request-suspension", body).await;
                if stage == "suspended" {
                    self.go("dispatcher", c_, "grant", json!({})).await;
                }
            }
            "summoned" | "responded" | "joint" => {
                self.go("officer", c_, "summon", summons).await;
                if stage != "summoned" {
                    self.go("officer.u2", c_, "respond", json!({})).await;
                }
                if stage == "joint" {
                    self.go("officer.u2", c_, "contribute", json!({"result": "已配合"})).await;
                    self.go("officer", c_, "submit", json!({"result": "已修好"})).await;
                    self.go("dispatcher", c_, "verify", json!({})).await;
                    self.go("dispatcher", c_, "close", json!({})).await;
                }
            }
            "disputed" => {
                for (u, officer) in [(U1, "officer"), (U2, "officer.u2")] {
                    self.go("dispatcher", c_, "dispatch", json!({"unit": unit(u)})).await;
                    self.go(officer, c_, "send-back", refusal.clone()).await;
                }
            }
            "asked" => drop(self.go("dispatcher", c_, "dispatch", json!({"unit": unit(U3)})).await),
            "drawn" => {
                let rules = flow::Rules { call_back_permille: 1000, ..flow::Rules::default() };
                self.rules(rules).await;
                // Filed under those rules, and led on again.
                c = self.at("verified").await;
                self.rules(flow::Rules { call_back_permille: 0, ..flow::Rules::default() }).await;
            }
            _ => {
                self.t.clock.advance(9 * DAY);
                self.go("handler", c_, "submit", json!({"result": "已修好"})).await;
                self.go("dispatcher", c_, "verify", json!({})).await;
                self.go("dispatcher", c_, "close", json!({})).await;
                if stage != "late" {
                    self.go("officer", c_, "appeal", reason.clone()).await;
                }
                if stage == "reviewed" {
                    let body = json!({"upheld": true, "reason": "属实"});
                    self.go("dispatcher", c_, "review-appeal", body).await;
                }
            }
        }
        c
    }

    /// Settles the region's rules, as its steward would.
    pub async fn rules(&self, rules: flow::Rules) {
        self.call("steward", "PUT", &format!("/api/regions/{R1}/rules"), json!(rules), &[]).await.ok();
    }

    pub async fn show(&self, actor: &str, case: &Case) -> Answer {
        self.get(actor, &World::path(case)).await
    }

    /// A number out of the database.
    pub async fn number(&self, sql: &'static str) -> i64 {
        self.t.db.ask::<(i64,)>(&Actor::system("test"), sql, vec![]).await.unwrap()[0].0
    }

    /// Puts the log in order, as the sequencer would shortly.
    pub async fn settle(&self) {
        audit::sequence(&self.t.db, None).await.unwrap();
    }
}

/// Moves beside the work: marks, help and second thoughts that most stages offer.
pub const BESIDE: &[&str] = &[
    "withdraw",
    "reopen",
    "ask_check",
    "merge",
    "unmerge",
    "link",
    "unlink",
    "urge",
    "lift_urge",
    "recuse",
    "resume",
    "summon",
    "release",
    "appeal",
    "request_extension",
    "request_suspension",
    "rate",
];

/// The codes of the moves in an answer that carry the work on.
pub fn work(v: &Value) -> Vec<&str> {
    moves(v).into_iter().filter(|m| !BESIDE.contains(m)).collect()
}

/// The codes of the moves in an answer.
pub fn moves(v: &Value) -> Vec<&str> {
    v["moves"].as_array().unwrap().iter().map(|m| m["move"].as_str().unwrap()).collect()
}
