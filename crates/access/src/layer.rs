//! The caller of every request.

use crate::{refusal::*, session};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use edge::{Caller, House, Problem, RequestId};
use kernel::{
    AccountId, Actor, AreaCode, Moment, Person, Post, PostId, Refusal, Region, Role, SessionId, TokenId,
    TokenScope, UnitId, Who,
};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};
use store::{Read, Tx, binds};
use vault::sha256;

/// The cookie of a session.
pub(crate) const COOKIE: &str = "jingwei_session";
/// What every token starts with.
pub(crate) const PREFIX: &str = "jw_";
/// How long this process believes what it has read about a session or token, ms.
const BELIEVE: i64 = 1000;

/// What this process knows about sessions and tokens, by the digest of their secret.
#[derive(Default)]
pub(crate) struct Known(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// How often something was forgotten: what was read before that is not believed after it.
    changes: u64,
    people: HashMap<[u8; 32], (Moment, Arc<Person>)>,
}

impl Known {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// The person, or the number to hand to [`Known::put`] after having asked the database.
    fn get(&self, secret: &[u8; 32], now: Moment) -> Result<Arc<Person>, u64> {
        let all = self.inner();
        let known = all.people.get(secret).filter(|(at, _)| (0..BELIEVE).contains(&now.since(*at)));
        known.map(|(_, p)| p.clone()).ok_or(all.changes)
    }

    fn put(&self, secret: [u8; 32], now: Moment, person: &Arc<Person>, changes: u64) {
        let mut all = self.inner();
        if all.people.len() > 10_000 {
            all.people.retain(|_, (at, _)| now.since(*at) < BELIEVE);
        }
        if all.changes == changes {
            all.people.insert(secret, (now, person.clone()));
        }
    }

    /// Forgets an account's sessions and tokens: something about it has changed.
    pub(crate) fn drop_account(&self, account: AccountId) {
        let mut all = self.inner();
        all.changes += 1;
        all.people.retain(|_, (_, p)| p.account != account);
    }
}

/// Forgets what is known about an account in this process.
pub(crate) fn changed(house: &House, account: AccountId) {
    house.keep::<Known>().drop_account(account);
}

type PostRow = (PostId, String, Region, Option<UnitId>, Option<AreaCode>, Moment, Option<Moment>);

async fn posts_of(tx: &mut Tx, account: AccountId) -> Result<Vec<Post>, Refusal> {
    let at = tx.at();
    let rows: Vec<PostRow> = tx
        .all(
            "SELECT id, role, region, unit, area, from_at, until_at FROM posts
             WHERE account = $1 AND from_at <= $2 AND (until_at IS NULL OR until_at > $2)",
            binds![account, at],
        )
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, role, region, unit, area, from, until)| {
            Some(Post { id, role: Role::parse(&role)?, region, unit, area, from, until })
        })
        .collect())
}

struct BySession {
    secret: [u8; 32],
    idle: i64,
}

impl Read for BySession {
    type Out = Option<(Person, Moment)>;
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        let at = tx.at();
        let row: Option<(SessionId, AccountId, Moment)> = tx
            .maybe(
                "SELECT s.id, s.account, s.seen_at FROM sessions s JOIN accounts a ON a.id = s.account
                 WHERE s.secret = $1 AND s.ends_at > $2 AND s.seen_at > $3 AND NOT a.disabled",
                binds![self.secret, at, at.plus(-self.idle)],
            )
            .await?;
        let Some((session, account, seen)) = row else { return Ok(None) };
        let posts = posts_of(tx, account).await?;
        Ok(Some((Person { account, session: Some(session), token: None, posts }, seen)))
    }
}

struct ByToken([u8; 32]);

impl Read for ByToken {
    type Out = Option<Person>;
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        let at = tx.at();
        let row: Option<(TokenId, AccountId, String)> = tx
            .maybe(
                "SELECT t.id, t.account, t.scopes FROM tokens t JOIN accounts a ON a.id = t.account
                 WHERE t.secret = $1 AND NOT t.revoked AND t.expires_at > $2 AND NOT a.disabled",
                binds![self.0, at],
            )
            .await?;
        let Some((token, account, scopes)) = row else { return Ok(None) };
        let scopes: Vec<TokenScope> = serde_json::from_str(&scopes).unwrap_or_default();
        let posts = posts_of(tx, account).await?;
        Ok(Some(Person { account, session: None, token: Some((token, scopes)), posts }))
    }
}

/// How long a session may lie idle, ms.
pub(crate) fn idle(house: &House) -> i64 {
    house.settings().session_idle_minutes.saturating_mul(60_000)
}

async fn by_session(house: &House, system: &Actor, secret: [u8; 32]) -> Result<Option<Arc<Person>>, Refusal> {
    let (known, now) = (house.keep::<Known>(), house.db().world().now());
    let changes = match known.get(&secret, now) {
        Ok(person) => return Ok(Some(person)),
        Err(changes) => changes,
    };
    let idle = idle(house);
    let Some((person, seen)) = house.db().read(system, BySession { secret, idle }).await? else {
        return Ok(None);
    };
    // Not with every request, but often enough that one in use is not taken for idle.
    if now.since(seen) >= (idle / 4).clamp(5_000, 60_000) {
        let sql = "UPDATE sessions SET seen_at = $1 WHERE secret = $2 AND seen_at < $1";
        house.db().tell(system, sql, binds![now, secret]).await?;
    }
    let person = Arc::new(person);
    known.put(secret, now, &person, changes);
    Ok(Some(person))
}

async fn by_token(house: &House, system: &Actor, secret: [u8; 32]) -> Result<Option<Arc<Person>>, Refusal> {
    let (known, now) = (house.keep::<Known>(), house.db().world().now());
    let changes = match known.get(&secret, now) {
        Ok(person) => return Ok(Some(person)),
        Err(changes) => changes,
    };
    let Some(person) = house.db().read(system, ByToken(secret)).await? else { return Ok(None) };
    let person = Arc::new(person);
    known.put(secret, now, &person, changes);
    Ok(Some(person))
}

/// The same person with the posts of this moment, or nothing when the session or token has ended or the
/// session lies idle: for connections that last, which do not count as use.
pub async fn refresh(house: &House, actor: &Actor) -> Option<Actor> {
    struct Again(Arc<Person>, i64);
    impl Read for Again {
        type Out = Option<Vec<Post>>;
        async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
            let at = tx.at();
            let alive: Option<(i64,)> = match (&self.0.session, &self.0.token) {
                (Some(s), _) => {
                    let sql = "SELECT 1 FROM sessions s JOIN accounts a ON a.id = s.account
                               WHERE s.id = $1 AND s.ends_at > $2 AND s.seen_at > $3 AND NOT a.disabled";
                    tx.maybe(sql, binds![*s, at, at.plus(-self.1)]).await?
                }
                (None, Some((t, _))) => {
                    let sql = "SELECT 1 FROM tokens t JOIN accounts a ON a.id = t.account
                               WHERE t.id = $1 AND NOT t.revoked AND t.expires_at > $2 AND NOT a.disabled";
                    tx.maybe(sql, binds![*t, at]).await?
                }
                (None, None) => Some((1,)),
            };
            match alive {
                Some(_) => Ok(Some(posts_of(tx, self.0.account).await?)),
                None => Ok(None),
            }
        }
    }
    let Who::Person(person) = &actor.who else { return None };
    let posts =
        house.db().read(&Actor::system("sessions"), Again(person.clone(), idle(house))).await.ok()??;
    Some(Actor { who: Who::Person(Arc::new(Person { posts, ..(**person).clone() })), ..actor.clone() })
}

/// The secret of the session cookie.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, secret)| secret.to_owned())
}

/// Whether a browser says that another site made this request.
fn cross_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if text("sec-fetch-site").is_some_and(|s| s != "same-origin" && s != "none") {
        return true;
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, h)| h != host),
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// Settles the caller: session cookie, bearer token, or the anonymous resident.
pub async fn layer(State(house): State<House>, mut request: Request, next: Next) -> Response {
    let id = house.db().world().uuid();
    request.extensions_mut().insert(RequestId(id));
    // An IPv4 address that came mapped into IPv6 is the IPv4 address.
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_canonical());
    let nobody = Actor { who: Who::Anonymous, request: id, address: peer };
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let mut response = match settle(&house, &method, &headers, nobody).await {
        Ok(actor) => {
            request.extensions_mut().insert(Caller(actor));
            next.run(request).await
        }
        Err(refused) => Problem(refused).into_response(),
    };
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

async fn settle(
    house: &House,
    method: &Method,
    headers: &HeaderMap,
    nobody: Actor,
) -> Result<Actor, Refusal> {
    let system = Actor { who: Who::System("sessions"), ..nobody.clone() };
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token = value.to_str().ok().and_then(|v| v.strip_prefix("Bearer ")).map(str::trim);
        let token = token.filter(|t| t.starts_with(PREFIX)).ok_or_else(|| BAD_TOKEN.refuse())?;
        let person =
            by_token(house, &system, sha256(token.as_bytes())).await?.ok_or_else(|| BAD_TOKEN.refuse())?;
        return Ok(Actor { who: Who::Person(person), ..nobody });
    }
    let Some(secret) = cookie(headers) else { return Ok(nobody) };
    if !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) && cross_site(headers) {
        return Err(CROSS_SITE.refuse());
    }
    match by_session(house, &system, session::digest(&secret)).await? {
        Some(person) => Ok(Actor { who: Who::Person(person), ..nobody }),
        None => Ok(nobody),
    }
}
