//! A county with staff, and cases whose steps are written as the cases room writes them.

use crate::stubs::{Post as MailServer, Web};
use audit::{Event, Note};
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{Method, StatusCode},
    middleware::{self, Next},
};
use edge::{Caller, Hidden, House, Settings};
use flow::Move;
use jobs::Workers;
use kernel::{
    AccountId, Actor, Moment, Person, Post, PostId, Refusal, Region, Role, TokenId, UnitId, Uuid, Who,
};
use serde_json::{Value as Json, json};
use std::{sync::Arc, time::Duration};
use store::{
    Tx, Write, binds,
    testing::{On, TestDb},
};
use tower::ServiceExt as _;

/// The reporter's words: nothing of them may ever leave.
pub const WORDS: [&str; 5] =
    ["楼下烧烤摊天天扰民", "幸福路二十八号", "店主威胁过我", "李四光", "13800138000"];
pub const PUBLIC: &str = "https://jingwei.example";
pub const FROM: &str = "经纬 <notice@county.example>";
pub const GRID: i64 = 990_101_001_001_001;
pub const LAMP: i64 = 9_901_010_101;

pub fn region() -> Region {
    Region::new(990_101).unwrap()
}
pub fn me() -> Actor {
    Actor::system("test")
}
pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}
pub fn account(n: u128) -> AccountId {
    AccountId(id(n))
}
pub fn unit(n: u128) -> UnitId {
    UnitId(id(n))
}

// The people of the county.
pub const INTAKE: u128 = 1;
pub const DISPATCHER: u128 = 2;
pub const OTHER_DISPATCHER: u128 = 3; // of a street where nothing happens
pub const OFFICER: u128 = 4;
pub const OFFICER2: u128 = 5; // of another unit
pub const HANDLER: u128 = 6;
pub const WORKER: u128 = 7;
pub const SUPERVISOR: u128 = 8;
pub const RESIDENT: u128 = 9;
pub const DISABLED: u128 = 10; // a dispatcher
pub const FORMER: u128 = 11; // was a dispatcher
pub const ADMIN: u128 = 12;
pub const U1: u128 = 101;
pub const U2: u128 = 102;

pub struct County {
    pub t: TestDb,
    pub house: House,
    pub web: Web,
    pub post: MailServer,
    next: std::sync::atomic::AtomicU64,
}

struct Step {
    case: u128,
    n: i64,
    make: Move,
    data: Json,
    note: bool,
}

impl Write for Step {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        if self.note {
            let sql = "INSERT INTO case_notes (region, case_id, n, note) VALUES ($1, $2, $3, $4)";
            tx.put(sql, binds![region(), id(self.case), self.n, WORDS[2]]).await?;
        }
        let note = Note {
            region: region(),
            action: "case.test",
            object: format!("case/{}", id(self.case)),
            detail: json!({}),
        };
        let event = Event {
            stream: id(self.case),
            n: self.n,
            kind: self.make.code(),
            role: None,
            data: self.data.to_string(),
        };
        Ok(audit::record(tx, note, Some(event)).await?)
    }
}

impl County {
    pub async fn new(on: On) -> County {
        let all = [
            audit::MIGRATIONS,
            jobs::MIGRATIONS,
            areas::MIGRATIONS,
            items::MIGRATIONS,
            access::MIGRATIONS,
            cases::MIGRATIONS,
            notices::MIGRATIONS,
        ];
        let t = TestDb::new(on, &all.concat()).await;
        let (web, post) = (Web::start().await, MailServer::start().await);
        let settings = Settings {
            smtp_url: Some(Hidden(format!("smtp://127.0.0.1:{}", post.port))),
            mail_from: Some(FROM.into()),
            public_url: Some(format!("{PUBLIC}/")),
            ..Settings::default()
        };
        let house = House::new(t.db.clone(), settings);
        let county = County { t, house, web, post, next: 0.into() };
        let now = county.now();
        let sql = "INSERT INTO regions (code, name, zone, created_at) VALUES ($1, 'x', 'Asia/Shanghai', $2)";
        county.sql(sql, binds![region(), now]).await;
        let lamp = items::PutItemBody {
            public: true,
            ..items::PutItemBody::new("路灯", items::ItemKind::Event, "x")
        };
        let lamp = items::NewItem::new(lamp, "1d".parse().unwrap(), false);
        let load = items::LoadItems {
            region: region(),
            items: vec![(kernel::ItemCode::new(LAMP as u64).unwrap(), lamp)],
        };
        county.t.db.write(&kernel::Actor::system("test"), load).await.unwrap();
        for u in [U1, U2] {
            let sql =
                "INSERT INTO units (region, id, name, kind, closed) VALUES ($1, $2, 'u', 'department', $3)";
            county.sql(sql, binds![region(), unit(u), false]).await;
        }
        use Role::*;
        let street = Some(990_101_009i64);
        for (who, role, u, area) in [
            (INTAKE, IntakeOperator, None, None),
            (DISPATCHER, Dispatcher, None, None),
            (OTHER_DISPATCHER, Dispatcher, None, street),
            (OFFICER, UnitOfficer, Some(U1), None),
            (OFFICER2, UnitOfficer, Some(U2), None),
            (HANDLER, Handler, Some(U1), None),
            (WORKER, GridWorker, None, Some(GRID)),
            (SUPERVISOR, Supervisor, None, None),
            (DISABLED, Dispatcher, None, None),
            (FORMER, Dispatcher, None, None),
            (ADMIN, SystemAdministrator, None, None),
        ] {
            county.account(who).await;
            county.give(who, role, u, area).await;
        }
        county.account(RESIDENT).await;
        county.disable(DISABLED).await;
        county.sql("UPDATE posts SET until_at = $1 WHERE account = $2", binds![now, account(FORMER)]).await;
        county
    }

    pub async fn sql(&self, sql: &'static str, values: Vec<store::Value>) {
        self.t.db.tell(&me(), sql, values).await.unwrap();
    }

    pub async fn account(&self, who: u128) {
        let sql = "INSERT INTO accounts (id, username, name, disabled, failures, created_at) VALUES ($1, $2, 'n', $3, 0, 0)";
        self.sql(sql, binds![account(who), format!("a{who}"), false]).await;
    }

    pub async fn give(&self, who: u128, role: Role, u: Option<u128>, area: Option<i64>) {
        let post = PostId(id(1000 + who));
        self.sql(
            "INSERT INTO posts (id, account, role, region, unit, area, from_at) VALUES ($1, $2, $3, $4, $5, $6, 0)",
            binds![post, account(who), role.code(), region(), u.map(unit), area],
        )
        .await;
    }

    pub async fn disable(&self, who: u128) {
        self.sql("UPDATE accounts SET disabled = $1 WHERE id = $2", binds![true, account(who)]).await;
    }

    pub fn now(&self) -> Moment {
        self.t.db.world().now()
    }

    pub fn advance(&self, minutes: i64) {
        self.t.clock.advance(minutes * 60_000);
    }

    /// A case of the resident's, with everything in it that must not be told.
    pub async fn case(&self, urgent: bool) -> u128 {
        let n = self.next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let case = 5000 + u128::from(n);
        let due = self.now().plus(Moment::DAY);
        self.sql(
            "INSERT INTO cases (region, id, number, stage, round, version, urgent, channel, item, grid, unit, verified, reporter,
               reported_at, act_by, updated_at, open)
             VALUES ($1, $2, $3, 1, 1, 1, $4, 'web', $5, $6, $7, $8, $9, $10, $11, $10, $12)",
            binds![
                region(),
                id(case),
                format!("99010126{n:06}"),
                urgent,
                LAMP,
                GRID,
                unit(U1),
                false,
                account(RESIDENT),
                self.now(),
                due,
                true
            ],
        )
        .await;
        self.sql(
            "INSERT INTO case_texts (region, case_id, title, place, text) VALUES ($1, $2, $3, $4, $5)",
            binds![region(), id(case), WORDS[0], WORDS[1], WORDS.join("，")],
        )
        .await;
        self.step(case, 1, Move::Report, RESIDENT, json!({"move": "report", "to": "reported"})).await;
        case
    }

    pub async fn step(&self, case: u128, n: i64, make: Move, actor: u128, data: Json) {
        let actor_of = if actor == 0 { me() } else { self.person(actor) };
        let mut data = data;
        data["at"] = json!(self.now());
        let step = Step { case, n, make, data, note: n > 1 };
        self.t.db.write(&actor_of, step).await.unwrap();
        self.t.clock.advance(1);
    }

    /// A case on its way to the first unit: filed and dispatched.
    pub async fn dispatched(&self, urgent: bool) -> u128 {
        let case = self.case(urgent).await;
        self.step(case, 2, Move::File, INTAKE, json!({"move": "file", "to": "filed"})).await;
        self.dispatch(case, 3).await;
        case
    }

    /// The same after a look on the spot: the grid worker was asked, intake was answered.
    pub async fn dispatched_after_a_check(&self, urgent: bool) -> u128 {
        let case = self.case(urgent).await;
        self.ask_check(case, 2).await;
        let answer = json!({"move": "answer_check", "to": "reported", "found": true});
        self.step(case, 3, Move::AnswerCheck, WORKER, answer).await;
        self.step(case, 4, Move::File, INTAKE, json!({"move": "file", "to": "filed"})).await;
        self.dispatch(case, 5).await;
        case
    }

    pub async fn ask_check(&self, case: u128, n: i64) {
        let data = json!({"move": "ask_check", "to": "reported", "checker": account(WORKER)});
        self.step(case, n, Move::AskCheck, INTAKE, data).await;
    }

    pub async fn hand(&self, case: u128, n: i64) {
        let data = json!({"move": "hand", "to": "handling", "handler": account(HANDLER)});
        self.step(case, n, Move::Hand, OFFICER, data).await;
    }

    /// From the unit's desk to verifying: accepted, handed out, more time asked for, done, and urged.
    pub async fn handled_and_urged(&self, case: u128, n: i64) {
        self.step(case, n, Move::Accept, OFFICER, json!({"move": "accept", "to": "handling"})).await;
        self.hand(case, n + 1).await;
        let request = json!({"move": "request_extension", "to": "handling"});
        self.step(case, n + 2, Move::RequestExtension, OFFICER, request).await;
        self.step(case, n + 3, Move::Submit, HANDLER, json!({"move": "submit", "to": "verifying"})).await;
        self.step(case, n + 4, Move::Urge, SUPERVISOR, json!({"move": "urge", "to": "verifying"})).await;
    }

    pub async fn dispatch(&self, case: u128, n: i64) {
        let data = json!({"move": "dispatch", "to": "dispatched", "unit": unit(U1)});
        self.step(case, n, Move::Dispatch, DISPATCHER, data).await;
    }

    /// Positions, notices.
    pub async fn tell(&self) -> usize {
        audit::sequence(&self.t.db, None).await.unwrap();
        notices::tell(&self.house).await.unwrap()
    }

    /// Another process over the same database, or this one after a restart.
    pub fn again(&self) -> House {
        House::new(self.t.db.clone(), self.house.settings().clone())
    }

    /// The same by another process.
    pub async fn tell_by(&self, house: &House) -> usize {
        audit::sequence(&self.t.db, None).await.unwrap();
        notices::tell(house).await.unwrap()
    }

    /// The stored cursor.
    pub async fn cursor(&self) -> i64 {
        self.number("SELECT position FROM notice_cursors", vec![]).await
    }

    pub fn workers(&self) -> Workers {
        notices::workers(Workers::new(), &self.house)
    }

    pub async fn number(&self, sql: &'static str, values: Vec<store::Value>) -> i64 {
        self.t.db.ask::<(i64,)>(&me(), sql, values).await.unwrap()[0].0
    }

    /// Sends what is due now and waits until it is done.
    pub async fn send(&self) {
        // Robots gather what they say for up to ten seconds.
        self.t.clock.advance(10_000);
        let workers = self.workers();
        for _ in 0..2000 {
            workers.once(&self.t.db).await.unwrap();
            let now = self.now();
            if self.number("SELECT count(*) FROM jobs WHERE run_at <= $1", binds![now]).await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the queue does not end");
    }

    /// (who, move) of everything in the application.
    pub async fn told(&self) -> Vec<(u128, String)> {
        let sql = "SELECT account, kind FROM notices ORDER BY kind, account";
        let rows: Vec<(Uuid, String)> = self.t.db.ask(&me(), sql, vec![]).await.unwrap();
        rows.into_iter().map(|(a, k)| (a.as_u128(), k)).collect()
    }

    /// (state, attempts, error) of every delivery, oldest first.
    pub async fn deliveries(&self) -> Vec<(String, i64, Option<String>)> {
        let sql = "SELECT state, attempts, error FROM deliveries ORDER BY at, id";
        self.t.db.ask(&me(), sql, vec![]).await.unwrap()
    }

    fn posts(&self, who: u128) -> Vec<Post> {
        if who != ADMIN {
            return Vec::new();
        }
        vec![Post {
            id: PostId(id(1000 + who)),
            role: Role::SystemAdministrator,
            region: region(),
            unit: None,
            area: None,
            from: Moment(0),
            until: None,
        }]
    }

    pub fn person(&self, who: u128) -> Actor {
        let person = Person { account: account(who), session: None, token: None, posts: self.posts(who) };
        Actor::of(Who::Person(Arc::new(person)))
    }

    pub fn token(&self, who: u128) -> Actor {
        let token = Some((TokenId(id(77)), kernel::TokenScope::ALL.to_vec()));
        let person = Person { account: account(who), session: None, token, posts: self.posts(who) };
        Actor::of(Who::Person(Arc::new(person)))
    }

    fn app(&self, actor: Actor) -> Router {
        let (router, _) = notices::routes().split_for_parts();
        router
            .layer(middleware::from_fn(move |mut request: Request, next: Next| {
                request.extensions_mut().insert(Caller(actor.clone()));
                next.run(request)
            }))
            .layer(middleware::from_fn(edge::tell))
            .with_state(self.house.clone())
    }

    pub async fn ask(
        &self,
        actor: Actor,
        method: Method,
        path: &str,
        body: Option<Json>,
    ) -> (StatusCode, Json) {
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |b| Body::from(b.to_string()));
        let answer = self.app(actor).oneshot(request.body(body).unwrap()).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Json::Null))
    }

    pub async fn get(&self, who: u128, path: &str) -> (StatusCode, Json) {
        self.ask(self.person(who), Method::GET, path, None).await
    }

    pub async fn put(&self, who: u128, path: &str, body: Json) -> (StatusCode, Json) {
        self.ask(self.person(who), Method::PUT, path, Some(body)).await
    }

    pub async fn prefer(&self, who: u128, body: Json) {
        let mut all = json!({"mail": format!("a{who}@county.example"), "mail_on": true});
        all.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let (status, said) = self.put(who, "/api/notices/preferences", all).await;
        assert_eq!(status, 200, "{said}");
    }

    pub async fn robot(&self, n: u128, body: Json) {
        let mut all = json!({"name": "群", "kind": "wecom", "enabled": true, "url": self.web.url("/cgi-bin/webhook/send?key=0123456789abcdef")});
        all.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let (status, said) = self.put(ADMIN, &robot_path(n), all).await;
        assert_eq!(status, 200, "{said}");
    }
}

pub fn robot_path(n: u128) -> String {
    format!("/api/regions/990101/robots/{}", id(n))
}
