//! A house with this room in it, and people.

use access::{LoadAccounts, NewAccount, NewPost};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::Request,
    middleware::{from_fn, from_fn_with_state},
    routing::get,
};
use edge::{Caller, House, Settings};
use kernel::{AccountId, Actor, Moment, PostId, Region, Role, Uuid};
use serde_json::{Value, json};
use std::net::SocketAddr;
use store::testing::{On, START, TestDb};
use tokio::sync::OnceCell;
use tower::ServiceExt as _;

pub const A: u32 = 990101;
pub const B: u32 = 990202;
pub const RIGHT: &str = "correct horse";
pub const WRONG: &str = "wrong wrong wrong";
pub const MINUTE: i64 = 60_000;

pub fn region(n: u32) -> Region {
    Region::new(n).unwrap()
}
pub fn account(n: u128) -> AccountId {
    AccountId(Uuid::from_u128(n))
}
pub fn system() -> Actor {
    Actor::system("test")
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    /// `Set-Cookie`, whole.
    pub set: Option<String>,
    pub request: Option<String>,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
    /// The pair a browser sends back.
    pub fn cookie(&self) -> String {
        self.set.as_deref().unwrap_or_default().split(';').next().unwrap_or_default().to_owned()
    }
}

pub struct Home {
    pub t: TestDb,
    pub house: House,
    app: Router,
}

pub async fn start(on: On) -> Home {
    start_with(on, Settings { sign_ins_per_minute: 1000, ..Settings::default() }).await
}

pub async fn start_with(on: On, settings: Settings) -> Home {
    let t = TestDb::new(on, &[audit::MIGRATIONS, once::MIGRATIONS, access::MIGRATIONS].concat()).await;
    let house = House::new(t.db.clone(), settings);
    let (routes, _) = access::routes().split_for_parts();
    let address = get(|Caller(actor): Caller| async move { axum::Json(actor.address) });
    let app = routes
        .route("/test/address", address)
        .layer(from_fn_with_state(house.clone(), access::layer))
        .layer(from_fn(edge::tell))
        .with_state(house.clone());
    Home { t, house, app }
}

static HASH: OnceCell<String> = OnceCell::const_new();

impl Home {
    /// Sends a request with these headers; a null body is none.
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        self.ask_from(None, method, path, headers, body).await
    }

    pub async fn ask_from(
        &self,
        from: Option<&str>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        let mut r = Request::builder().method(method).uri(path).header("accept-language", "en");
        for (name, value) in headers {
            r = r.header(*name, *value);
        }
        if let Some(ip) = from {
            r = r.extension(ConnectInfo(SocketAddr::new(ip.parse().unwrap(), 4000)));
        }
        let r = match body {
            Value::Null => r.body(Body::empty()),
            json => r.header("content-type", "application/json").body(Body::from(json.to_string())),
        };
        let a = self.app.clone().oneshot(r.unwrap()).await.unwrap();
        let header = |name: &str| a.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        let (status, set, request) = (a.status().as_u16(), header("set-cookie"), header("x-request-id"));
        let bytes = to_bytes(a.into_body(), 1 << 20).await.unwrap();
        Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null), set, request }
    }

    pub async fn get(&self, cookie: &str, path: &str) -> Answer {
        self.ask("GET", path, &[("cookie", cookie)], Value::Null).await
    }

    pub async fn send(&self, cookie: &str, method: &str, path: &str, body: Value) -> Answer {
        self.ask(method, path, &[("cookie", cookie)], body).await
    }

    pub async fn sign_in(&self, name: &str, password: &str) -> Answer {
        self.ask("POST", "/api/session", &[], json!({ "username": name, "password": password })).await
    }

    /// Signs in and gives the cookie.
    pub async fn enter(&self, name: &str) -> String {
        let a = self.sign_in(name, RIGHT).await;
        assert_eq!(a.status, 200, "{a:?}");
        a.cookie()
    }

    pub async fn bearer(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        self.ask(method, path, &[("authorization", &format!("Bearer {token}"))], body).await
    }

    /// An account of the password [`RIGHT`] with posts since ever.
    pub async fn person(&self, n: u128, name: &str, posts: &[(Role, u32)]) {
        let dated: Vec<_> = posts.iter().map(|(role, r)| (*role, *r, Moment(0), None)).collect();
        self.person_dated(n, name, &dated).await;
    }

    pub async fn person_dated(&self, n: u128, name: &str, posts: &[(Role, u32, Moment, Option<Moment>)]) {
        let world = self.t.db.world();
        let hash = HASH.get_or_init(|| async { access::hash_password(world, RIGHT).await.unwrap() }).await;
        let accounts = vec![NewAccount {
            id: account(n),
            username: name.into(),
            name: name.into(),
            password: Some(hash.clone()),
        }];
        let post = |(i, (role, r, from, until)): (usize, &(Role, u32, Moment, Option<Moment>))| NewPost {
            id: PostId(Uuid::from_u128(n * 100 + i as u128)),
            account: account(n),
            role: *role,
            region: region(*r),
            unit: None,
            area: None,
            from: *from,
            until: *until,
        };
        let posts = posts.iter().enumerate().map(post).collect();
        self.t.db.write(&system(), LoadAccounts { accounts, posts }).await.unwrap();
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        self.t.db.ask::<(i64,)>(&system(), sql, vec![]).await.unwrap()[0].0
    }
}

/// So long after the start of the test.
pub fn after(ms: i64) -> Moment {
    START.plus(ms)
}
