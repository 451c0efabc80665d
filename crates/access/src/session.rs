//! Sign-in, sign-out, and one's own sessions.

use crate::{
    account::{OwnPassword, good_username},
    layer::{COOKIE, changed},
    password::{check_password, hash_password, matches},
    refusal::*,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use edge::{Body, Caller, House, Limiter, PathOf, Problem};
use kernel::{
    AccountId, Actor, AreaCode, Moment, NOT_FOUND, PostId, Refusal, Region, Role, SessionId, UnitId, Who,
};
use serde::{Deserialize, Serialize};
use store::{Read, Tx, Write, binds, from_row};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use vault::{hex, sha256};

/// Failures in a row until the account is locked, and for how long.
const FAILURES: i64 = 5;
const LOCK: i64 = 15 * 60_000;

/// What the database keeps of a session's secret.
pub(crate) fn digest(secret: &str) -> [u8; 32] {
    sha256(secret.as_bytes())
}

/// Name and password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The username.
    #[schema(max_length = 100)]
    pub username: String,
    /// The password.
    #[schema(max_length = 200)]
    pub password: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    /// The account.
    pub account: Me,
    /// The posts held now.
    pub posts: Vec<MyPost>,
    /// When the session ends whatever happens; absent for tokens.
    pub expires_at: Option<Moment>,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    pub id: AccountId,
    /// Its username.
    pub username: String,
    /// The person's name.
    pub name: String,
}

/// A post held now.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyPost {
    /// The post.
    pub id: PostId,
    /// The role.
    pub role: Role,
    /// The region.
    pub region: Region,
    /// The unit.
    pub unit: Option<UnitId>,
    /// The unit's name.
    pub unit_name: Option<String>,
    /// The area.
    pub area: Option<AreaCode>,
    /// Since when.
    pub from_at: Moment,
    /// Until when.
    pub until_at: Option<Moment>,
}

struct Account {
    id: AccountId,
    password: Option<String>,
    disabled: bool,
}
from_row!(Account { id, password, disabled });

struct Look(String);
impl Read for Look {
    type Out = Option<Account>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Option<Account>, Refusal> {
        let sql = "SELECT id, password, disabled FROM accounts WHERE username = $1";
        Ok(tx.maybe(sql, binds![&self.0]).await?)
    }
}

fn note(action: &'static str, account: AccountId) -> audit::Note {
    let object = format!("account/{account}");
    audit::Note { region: Region::NONE, action, object, detail: serde_json::json!({}) }
}

/// A wrong password, of an account or of nobody known: counted, unless the account is locked already, and
/// written down the same way, so that the answer takes as long.
struct Failed(Option<AccountId>);
impl Write for Failed {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let (at, until) = (tx.at(), tx.at().plus(LOCK));
        let account = self.0.unwrap_or(AccountId(uuid::Uuid::nil()));
        tx.put(
            "UPDATE accounts SET locked_until = CASE WHEN failures + 1 >= $2 THEN $3 ELSE locked_until END,
               failures = CASE WHEN failures + 1 >= $2 THEN 0 ELSE failures + 1 END
             WHERE id = $1 AND (locked_until IS NULL OR locked_until <= $4)",
            binds![account, FAILURES, until, at],
        )
        .await?;
        let mut note = note("access.sign_in_failed", account);
        if self.0.is_none() {
            note.object = "account/unknown".into();
        }
        Ok(audit::record(tx, note, None).await?)
    }
}

/// Forgets an account's failures if its password is still the one that was compared and it is neither
/// locked nor disabled; refuses otherwise, a locked one with [`LOCKED`].
pub(crate) async fn open_account(tx: &mut Tx, account: AccountId, password: &str) -> Result<(), Refusal> {
    let at = tx.at();
    let open = tx
        .run(
            "UPDATE accounts SET failures = 0, locked_until = NULL
             WHERE id = $1 AND password = $2 AND NOT disabled AND (locked_until IS NULL OR locked_until <= $3)",
            binds![account, password, at],
        )
        .await?;
    if open == 1 {
        return Ok(());
    }
    let locked: Option<(Moment,)> = tx
        .maybe(
            "SELECT locked_until FROM accounts WHERE id = $1 AND password = $2 AND NOT disabled AND locked_until > $3",
            binds![account, password, at],
        )
        .await?;
    Err(match locked {
        Some((until,)) => LOCKED.refuse().with("minutes", (until.since(at) + 59_999) / 60_000),
        None => BAD_CREDENTIALS.refuse(),
    })
}

struct Begin {
    account: AccountId,
    /// The hash the password was compared with.
    password: String,
    secret: [u8; 32],
    ends_at: Moment,
    agent: Option<String>,
}
impl Write for Begin {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let (id, at) = (tx.world().uuid(), tx.at());
        let address = tx.actor().address.map(|a| a.to_string());
        open_account(tx, self.account, &self.password).await?;
        tx.put("DELETE FROM sessions WHERE account = $1 AND ends_at < $2", binds![self.account, at]).await?;
        tx.put(
            "INSERT INTO sessions (id, account, secret, created_at, seen_at, ends_at, address, agent)
             VALUES ($1, $2, $3, $4, $4, $5, $6, $7)",
            binds![id, self.account, self.secret, at, self.ends_at, address, self.agent.as_deref()],
        )
        .await?;
        Ok(audit::record(tx, note("access.sign_in", self.account), None).await?)
    }
}

struct Tries(Limiter);

/// Sign in; the answer sets the session's cookie. Five wrong passwords in a row lock the account for a
/// quarter of an hour. Only the right password is told of the lock (423); with any other, a locked account
/// answers 401 like an unknown one.
#[utoipa::path(post, path = "/api/session", operation_id = "sign_in", tag = "session", request_body = SignIn,
    responses((status = 200, body = Session)))]
pub(crate) async fn sign_in(
    State(house): State<House>,
    Caller(caller): Caller,
    headers: HeaderMap,
    Body(request): Body<SignIn>,
) -> Result<Response, Problem> {
    let world = house.db().world().clone();
    let now = world.now();
    let per_minute = house.settings().sign_ins_per_minute;
    if !house.keep_with(|| Tries(Limiter::new(per_minute, 60_000))).0.take(now, caller.address) {
        return Err(TOO_MANY_SIGN_INS.refuse().into());
    }
    let actor = Actor { who: Who::SignIn, ..caller };
    let username = request.username.trim().to_lowercase();
    // What cannot be a username is nobody's, and is not shown to the database.
    let account =
        if good_username(&username) { house.db().read(&actor, Look(username)).await? } else { None };
    let kept = account.as_ref().filter(|a| !a.disabled).and_then(|a| a.password.clone());
    let right = matches(kept.clone(), &request.password).await?;
    let (account, password) = match (account, kept) {
        (Some(a), Some(kept)) if right => (a.id, kept),
        (account, _) => {
            house.db().write(&actor, Failed(account.map(|a| a.id))).await?;
            return Err(BAD_CREDENTIALS.refuse().into());
        }
    };
    let secret = hex(&world.bytes::<32>());
    let hours = house.settings().session_hours;
    let ends_at = now.plus(hours * Moment::HOUR);
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok());
    let agent = agent.map(|a| a.chars().take(200).collect());
    house.db().write(&actor, Begin { account, password, secret: digest(&secret), ends_at, agent }).await?;
    let session = house.db().read(&actor, WhoIs(account, None)).await?;
    let secure = if house.settings().secure_cookies { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={secret}; HttpOnly; SameSite=Strict; Path=/; Max-Age={}{secure}", hours * 3600);
    let mut response = Json(session).into_response();
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// Who an account is, with its posts of now.
struct WhoIs(AccountId, Option<SessionId>);
impl Read for WhoIs {
    type Out = Session;
    async fn run(&self, tx: &mut Tx) -> Result<Session, Refusal> {
        let at = tx.at();
        let me: Option<(String, String)> =
            tx.maybe("SELECT username, name FROM accounts WHERE id = $1", binds![self.0]).await?;
        let (username, name) = me.ok_or_else(|| NOT_FOUND.refuse())?;
        type Row = (PostId, String, Region, Option<UnitId>, Option<AreaCode>, Moment, Option<Moment>);
        let rows: Vec<Row> = tx
            .all(
                "SELECT id, role, region, unit, area, from_at, until_at FROM posts
                 WHERE account = $1 AND from_at <= $2 AND (until_at IS NULL OR until_at > $2) ORDER BY region, role, from_at",
                binds![self.0, at],
            )
            .await?;
        let mut posts = Vec::new();
        for (id, role, region, unit, area, from_at, until_at) in rows {
            let Some(role) = Role::parse(&role) else { continue };
            let unit_name = match unit {
                Some(u) => tx
                    .maybe::<(String,)>(
                        "SELECT name FROM units WHERE region = $1 AND id = $2",
                        binds![region, u],
                    )
                    .await?
                    .map(|r| r.0),
                None => None,
            };
            posts.push(MyPost { id, role, region, unit, unit_name, area, from_at, until_at });
        }
        let expires_at = match self.1 {
            Some(s) => tx
                .maybe::<(Moment,)>("SELECT ends_at FROM sessions WHERE id = $1", binds![s])
                .await?
                .map(|r| r.0),
            None => None,
        };
        Ok(Session { account: Me { id: self.0, username, name }, posts, expires_at })
    }
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/session", operation_id = "show_session", tag = "session",
    responses((status = 200, body = Session)))]
pub(crate) async fn show(
    State(house): State<House>,
    Caller(actor): Caller,
) -> Result<Json<Session>, Problem> {
    let person = actor.signed_in()?;
    Ok(Json(house.db().read(&actor, WhoIs(person.account, person.session)).await?))
}

/// The account and session of somebody signed in. What belongs to sessions is nothing for programs: a token
/// is answered as if it were not there.
pub(crate) fn session_of(actor: &Actor) -> Result<(AccountId, SessionId), Refusal> {
    let person = actor.signed_in()?;
    match (person.session, &person.token) {
        (Some(session), None) => Ok((person.account, session)),
        _ => Err(NOT_FOUND.refuse()),
    }
}

/// Ends sessions of one account: one, or all but one.
pub(crate) struct End {
    pub account: AccountId,
    pub only: Option<SessionId>,
    pub but: Option<SessionId>,
}
impl Write for End {
    type Out = u64;
    async fn run(&self, tx: &mut Tx) -> Result<u64, Refusal> {
        let gone = match self.only {
            Some(s) => {
                tx.run("DELETE FROM sessions WHERE account = $1 AND id = $2", binds![self.account, s]).await?
            }
            None => {
                let but = self.but.map_or(uuid::Uuid::nil(), |s| s.0);
                tx.run("DELETE FROM sessions WHERE account = $1 AND id <> $2", binds![self.account, but])
                    .await?
            }
        };
        if gone > 0 {
            audit::record(tx, note("access.session_ended", self.account), None).await?;
        }
        Ok(gone)
    }
}

/// Sign out.
#[utoipa::path(delete, path = "/api/session", operation_id = "sign_out", tag = "session",
    responses((status = 204, description = "Signed out")))]
pub(crate) async fn sign_out(State(house): State<House>, Caller(actor): Caller) -> Result<Response, Problem> {
    let (account, session) = session_of(&actor)?;
    house.db().write(&actor, End { account, only: Some(session), but: None }).await?;
    changed(&house, account);
    let cookie = HeaderValue::from_static("jingwei_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// The old and the new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The old one.
    #[schema(max_length = 200)]
    pub old: String,
    /// The new one, 10 to 128 characters.
    #[schema(min_length = 10, max_length = 128)]
    pub new: String,
}

/// Change one's own password; every other session of the account ends. Wrong old passwords count and lock
/// as in signing in.
#[utoipa::path(post, path = "/api/session/password", operation_id = "change_password", tag = "session",
    request_body = ChangePassword, responses((status = 204, description = "Changed")))]
pub(crate) async fn change_password(
    State(house): State<House>,
    Caller(actor): Caller,
    Body(request): Body<ChangePassword>,
) -> Result<StatusCode, Problem> {
    let (account, session) = session_of(&actor)?;
    let me = house.db().read(&actor, WhoIs(account, None)).await?;
    let username = me.account.username;
    check_password(&username, &request.new).map_err(|_| BAD_PASSWORD.field("new"))?;
    let kept = house.db().read(&actor, Look(username)).await?.and_then(|a| a.password);
    let right = matches(kept.clone(), &request.old).await?;
    let Some(old) = kept.filter(|_| right) else {
        house.db().write(&actor, Failed(Some(account))).await?;
        return Err(WRONG_OLD_PASSWORD.field("old").into());
    };
    let hash = hash_password(house.db().world(), &request.new).await?;
    house.db().write(&actor, OwnPassword { account, old, hash, but: session }).await?;
    changed(&house, account);
    Ok(StatusCode::NO_CONTENT)
}

/// One of one's own sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionRow {
    /// The session.
    pub id: SessionId,
    /// Since when.
    pub created_at: Moment,
    /// Last seen, to the minute.
    pub seen_at: Moment,
    /// When it ends.
    pub ends_at: Moment,
    /// From which address.
    pub address: Option<String>,
    /// With which browser.
    pub agent: Option<String>,
}
from_row!(SessionRow { id, created_at, seen_at, ends_at, address, agent });

/// One's own sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    /// Latest first.
    pub items: Vec<SessionRow>,
}

/// One's own sessions.
#[utoipa::path(get, path = "/api/sessions", operation_id = "list_sessions", tag = "session",
    responses((status = 200, body = Sessions)))]
pub(crate) async fn list(
    State(house): State<House>,
    Caller(actor): Caller,
) -> Result<Json<Sessions>, Problem> {
    let (account, _) = session_of(&actor)?;
    let now = house.db().world().now();
    let sql = "SELECT id, created_at, seen_at, ends_at, address, agent FROM sessions
               WHERE account = $1 AND ends_at > $2 AND seen_at > $3 ORDER BY created_at DESC LIMIT 200";
    let used_since = now.plus(-crate::layer::idle(&house));
    Ok(Json(Sessions { items: house.db().ask(&actor, sql, binds![account, now, used_since]).await? }))
}

/// End one of one's own sessions.
#[utoipa::path(delete, path = "/api/sessions/{session}", operation_id = "end_session", tag = "session",
    params(("session" = SessionId, Path)), responses((status = 204, description = "Ended")))]
pub(crate) async fn end(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(session): PathOf<SessionId>,
) -> Result<StatusCode, Problem> {
    let (account, _) = session_of(&actor)?;
    let gone = house.db().write(&actor, End { account, only: Some(session), but: None }).await?;
    changed(&house, account);
    if gone == 0 { Err(NOT_FOUND.refuse().into()) } else { Ok(StatusCode::NO_CONTENT) }
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, show, sign_out))
        .routes(routes!(change_password))
        .routes(routes!(list))
        .routes(routes!(end))
}
