//! Accounts, kept by security administrators and the command line.

use crate::{
    layer::changed,
    password::{check_password, hash_password},
    refusal::*,
    session::{End, open_account},
};
use axum::{Json, extract::State, http::StatusCode};
use edge::{Body, Caller, House, Params, PathOf, Problem};
use kernel::{
    AccountId, Actor, AreaCode, Checks, Cursor, Moment, NOT_FOUND, Page, PostId, Power, Refusal, Region,
    Role, SessionId, UnitId, Who,
};
use serde::{Deserialize, Serialize};
use store::{Cond, Filter, Read, Tx, Write, binds, from_row};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use vault::hex;

fn note(action: &'static str, account: AccountId) -> audit::Note {
    let object = format!("account/{account}");
    audit::Note { region: Region::NONE, action, object, detail: serde_json::json!({}) }
}

/// A new account, its password hashed already.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// Its username.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// The password's hash; without one nobody can sign in yet.
    pub password: Option<String>,
}

/// Creates an account without posts: it can sign in and do nothing yet.
pub struct CreateAccount(pub NewAccount);

pub(crate) fn good_username(name: &str) -> bool {
    (2..=40).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'))
}

async fn insert(tx: &mut Tx, a: &NewAccount) -> Result<(), Refusal> {
    let at = tx.at();
    tx.put(
        "INSERT INTO accounts (id, username, name, password, disabled, failures, created_at) VALUES ($1, $2, $3, $4, $5, 0, $6)",
        binds![a.id, &a.username, a.name.trim(), a.password.as_deref(), false, at],
    )
    .await?;
    Ok(audit::record(tx, note("access.account_created", a.id), None).await?)
}

impl Write for CreateAccount {
    type Out = AccountId;
    async fn run(&self, tx: &mut Tx) -> Result<AccountId, Refusal> {
        tx.actor().may(Power::ManageAccounts, None)?;
        let mut c = Checks::new();
        c.text("name", &self.0.name, 1..=60);
        if !good_username(&self.0.username) {
            c.fault("username", BAD_USERNAME.code, BAD_USERNAME.zh, BAD_USERNAME.en);
        }
        c.done()?;
        let sql = "SELECT 1 FROM accounts WHERE username = $1 OR id = $2";
        let taken: Option<(i64,)> = tx.maybe(sql, binds![&self.0.username, self.0.id]).await?;
        if taken.is_some() {
            return Err(USERNAME_TAKEN.field("username"));
        }
        insert(tx, &self.0).await?;
        Ok(self.0.id)
    }
}

/// Many accounts with their posts at once: the demo.
pub struct LoadAccounts {
    /// The accounts.
    pub accounts: Vec<NewAccount>,
    /// Their posts.
    pub posts: Vec<crate::NewPost>,
}

impl Write for LoadAccounts {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        if !matches!(tx.actor().who, Who::System(_)) {
            return Err(NOT_FOUND.refuse());
        }
        for a in &self.accounts {
            insert(tx, a).await?;
        }
        for p in &self.posts {
            crate::post::insert(tx, p).await?;
        }
        Ok(())
    }
}

/// A security administrator looks after accounts that hold a post in a region of theirs, or none yet.
pub(crate) async fn mine(tx: &mut Tx, account: AccountId) -> Result<(), Refusal> {
    tx.actor().may(Power::ManageAccounts, None)?;
    let cond = Cond::All(vec![Cond::is("a.id = ?", [account]), reach(tx.actor())]);
    let (sql, binds) = Filter::new("SELECT 1 FROM accounts a WHERE ").cond(&cond).done();
    let found: Option<(i64,)> = tx.maybe(sql, binds).await?;
    found.map(drop).ok_or_else(|| NOT_FOUND.refuse())
}

/// The same for what would let the administrator act as the account or shut it out: also, nobody does it
/// to themselves, and not to those who hold a post, now or later, where the administrator manages nothing.
async fn wholly_mine(tx: &mut Tx, account: AccountId) -> Result<(), Refusal> {
    mine(tx, account).await?;
    if tx.actor().account() == Some(account) {
        return Err(NOT_FOR_YOURSELF.refuse());
    }
    let Some(regions) = managed(tx.actor()) else { return Ok(()) };
    let (sql, values) = Filter::new("SELECT DISTINCT region FROM posts WHERE ")
        .cond(&Cond::is("account = ? AND (until_at IS NULL OR until_at > ?)", binds![account, tx.at()]))
        .done();
    let held: Vec<(Region,)> = tx.all(sql, values).await?;
    if held.iter().all(|(r,)| regions.contains(r)) { Ok(()) } else { Err(NOT_FOUND.refuse()) }
}

/// The regions whose accounts a person manages; absent for the system, which manages all.
fn managed(actor: &Actor) -> Option<Vec<Region>> {
    let person = match &actor.who {
        Who::System(_) => return None,
        Who::Person(person) => person,
        _ => return Some(Vec::new()),
    };
    Some(person.posts.iter().filter(|p| p.role == Role::SecurityAdministrator).map(|p| p.region).collect())
}

fn reach(actor: &Actor) -> Cond {
    let Some(regions) = managed(actor) else { return Cond::Always };
    let regions = regions.into_iter().map(Into::into).collect();
    Cond::Any(vec![
        Cond::All(vec![
            Cond::is::<i64>("EXISTS (SELECT 1 FROM posts p WHERE p.account = a.id", []),
            Cond::In("p.region", regions),
            Cond::is::<i64>("1=1)", []),
        ]),
        Cond::is::<i64>("NOT EXISTS (SELECT 1 FROM posts p WHERE p.account = a.id)", []),
    ])
}

/// Sets somebody's password to a hash and ends the account's sessions.
pub struct SetPassword {
    /// Whose.
    pub account: AccountId,
    /// The hash.
    pub hash: String,
}

impl Write for SetPassword {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        wholly_mine(tx, self.account).await?;
        tx.put(
            "UPDATE accounts SET password = $1, failures = 0, locked_until = NULL WHERE id = $2",
            binds![&self.hash, self.account],
        )
        .await?;
        tx.put("DELETE FROM sessions WHERE account = $1", binds![self.account]).await?;
        Ok(audit::record(tx, note("access.password_set", self.account), None).await?)
    }
}

/// One's own new password; ends one's other sessions. The old one was compared with `old` before this
/// transaction began, so it has to be the one still kept, and the account not locked meanwhile.
pub(crate) struct OwnPassword {
    pub account: AccountId,
    pub old: String,
    pub hash: String,
    pub but: SessionId,
}

impl Write for OwnPassword {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        if tx.actor().account() != Some(self.account) {
            return Err(NOT_FOUND.refuse());
        }
        open_account(tx, self.account, &self.old).await?;
        tx.put("UPDATE accounts SET password = $1 WHERE id = $2", binds![&self.hash, self.account]).await?;
        let end = End { account: self.account, only: None, but: Some(self.but) };
        end.run(tx).await?;
        Ok(audit::record(tx, note("access.password_changed", self.account), None).await?)
    }
}

/// Disables or enables an account; a disabled one cannot sign in and its sessions end.
pub struct SetDisabled {
    /// Which.
    pub account: AccountId,
    /// A new name, if it changes.
    pub name: Option<String>,
    /// Disabled or not, if it changes.
    pub disabled: Option<bool>,
}

impl Write for SetDisabled {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        wholly_mine(tx, self.account).await?;
        let mut c = Checks::new();
        c.opt_text("name", self.name.as_deref(), 1..=60);
        c.done()?;
        if let Some(name) = &self.name {
            tx.put("UPDATE accounts SET name = $1 WHERE id = $2", binds![name.trim(), self.account]).await?;
            audit::record(tx, note("access.account_renamed", self.account), None).await?;
        }
        if let Some(disabled) = self.disabled {
            tx.put("UPDATE accounts SET disabled = $1 WHERE id = $2", binds![disabled, self.account]).await?;
            if disabled {
                tx.put("DELETE FROM sessions WHERE account = $1", binds![self.account]).await?;
            }
            let action = if disabled { "access.account_disabled" } else { "access.account_enabled" };
            audit::record(tx, note(action, self.account), None).await?;
        }
        Ok(())
    }
}

/// Unlocks an account before its time.
pub struct Unlock(pub AccountId);

impl Write for Unlock {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        wholly_mine(tx, self.0).await?;
        tx.put("UPDATE accounts SET failures = 0, locked_until = NULL WHERE id = $1", binds![self.0]).await?;
        Ok(audit::record(tx, note("access.account_unlocked", self.0), None).await?)
    }
}

/// An account in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountRow {
    /// The account.
    pub id: AccountId,
    /// Its username.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Whether a password is set.
    pub has_password: bool,
    /// Until when it is locked.
    pub locked_until: Option<Moment>,
    /// When it was made.
    pub created_at: Moment,
    /// All its posts, past and to come included.
    pub posts: Vec<PostRow>,
}

/// A post of an account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PostRow {
    /// The post.
    pub id: PostId,
    /// The role.
    pub role: Role,
    /// The region.
    pub region: Region,
    /// The unit.
    pub unit: Option<UnitId>,
    /// The area.
    pub area: Option<AreaCode>,
    /// Since when.
    pub from_at: Moment,
    /// Until when.
    pub until_at: Option<Moment>,
}

struct Bare {
    id: AccountId,
    username: String,
    name: String,
    disabled: bool,
    has_password: bool,
    locked_until: Option<Moment>,
    created_at: Moment,
}
from_row!(Bare { id, username, name, disabled, has_password, locked_until, created_at });

/// Which accounts.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FindAccounts {
    /// Part of the username or the name.
    #[param(max_length = 60)]
    pub q: Option<String>,
    /// Only those with a post in this region.
    pub region: Option<Region>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// One account.
    #[serde(skip)]
    #[param(ignore)]
    pub only: Option<AccountId>,
}

const SELECT: &str =
    "SELECT a.id, a.username, a.name, a.disabled, a.password IS NOT NULL, a.locked_until, a.created_at
  FROM accounts a WHERE ";

impl Read for FindAccounts {
    type Out = Page<AccountRow>;
    async fn run(&self, tx: &mut Tx) -> Result<Page<AccountRow>, Refusal> {
        tx.actor().may(Power::ManageAccounts, None)?;
        let limit = self.limit.unwrap_or(50);
        let mut c = Checks::new();
        c.number("limit", limit, 1..=200);
        c.opt_text("q", self.q.as_deref(), 0..=60);
        c.done()?;
        let mut all = vec![reach(tx.actor())];
        if let Some(id) = self.only {
            all.push(Cond::is("a.id = ?", [id]));
        }
        if let Some(q) = self.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
            let escaped = q.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            let like = format!("%{escaped}%");
            all.push(Cond::Any(vec![
                Cond::is("lower(a.name) LIKE ? ESCAPE '\\'", [like.clone()]),
                Cond::is("a.username LIKE ? ESCAPE '\\'", [like]),
            ]));
        }
        if let Some(region) = self.region {
            all.push(Cond::is(
                "EXISTS (SELECT 1 FROM posts q WHERE q.account = a.id AND q.region = ?)",
                [region],
            ));
        }
        if let Some(cursor) = &self.cursor {
            let c = Cursor::parse(cursor)?;
            all.push(Cond::is("a.id > ?", [kernel::Uuid::from_u128(c.id)]));
        }
        let filter = Filter::new(SELECT).cond(&Cond::All(all)).text(" ORDER BY a.id LIMIT ").bind(limit + 1);
        let (sql, binds) = filter.done();
        let rows: Vec<Bare> = tx.all(sql, binds).await?;
        let page = Page::cut(rows, limit as usize, |a| Cursor { key: 0, id: a.id.0.as_u128() });
        let ids = page.items.iter().map(|a| a.id.into()).collect();
        let (sql, binds) =
            Filter::new("SELECT account, id, role, region, unit, area, from_at, until_at FROM posts WHERE ")
                .cond(&Cond::In("account", ids))
                .text(" ORDER BY from_at, id")
                .done();
        type Row =
            (AccountId, PostId, String, Region, Option<UnitId>, Option<AreaCode>, Moment, Option<Moment>);
        let posts: Vec<Row> = tx.all(sql, binds).await?;
        let items = page
            .items
            .into_iter()
            .map(|a| AccountRow {
                posts: posts
                    .iter()
                    .filter(|p| p.0 == a.id)
                    .filter_map(|p| {
                        let role = Role::parse(&p.2)?;
                        Some(PostRow {
                            id: p.1,
                            role,
                            region: p.3,
                            unit: p.4,
                            area: p.5,
                            from_at: p.6,
                            until_at: p.7,
                        })
                    })
                    .collect(),
                id: a.id,
                username: a.username,
                name: a.name,
                disabled: a.disabled,
                has_password: a.has_password,
                locked_until: a.locked_until,
                created_at: a.created_at,
            })
            .collect();
        Ok(Page { items, next: page.next })
    }
}

/// An account by its username: the command line.
pub async fn account_named(db: &store::Db, username: &str) -> Result<AccountId, Refusal> {
    let sql = "SELECT id FROM accounts WHERE username = $1";
    let rows: Vec<(AccountId,)> = db.ask(&Actor::system("accounts"), sql, binds![username]).await?;
    rows.first().map(|r| r.0).ok_or_else(|| NOT_FOUND.refuse())
}

/// Accounts, with their posts; security administrators, of their regions.
#[utoipa::path(get, path = "/api/accounts", operation_id = "list_accounts", tag = "accounts", params(FindAccounts),
    responses((status = 200, body = Page<AccountRow>)))]
pub(crate) async fn list(
    State(house): State<House>,
    Caller(actor): Caller,
    Params(q): Params<FindAccounts>,
) -> Result<Json<Page<AccountRow>>, Problem> {
    Ok(Json(house.db().read(&actor, q).await?))
}

async fn one(house: &House, actor: &Actor, account: AccountId) -> Result<Json<AccountRow>, Problem> {
    let find = FindAccounts { only: Some(account), ..FindAccounts::default() };
    let page = house.db().read(actor, find).await?;
    page.items.into_iter().next().map(Json).ok_or_else(|| NOT_FOUND.refuse().into())
}

/// One account.
#[utoipa::path(get, path = "/api/accounts/{account}", operation_id = "show_account", tag = "accounts",
    params(("account" = AccountId, Path)), responses((status = 200, body = AccountRow)))]
pub(crate) async fn show(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(account): PathOf<AccountId>,
) -> Result<Json<AccountRow>, Problem> {
    one(&house, &actor, account).await
}

/// A new account.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountRequest {
    /// Its id, made by the client.
    pub id: AccountId,
    /// 2 to 40 lower-case letters, digits or . _ -
    #[schema(pattern = "^[a-z0-9._-]{2,40}$")]
    pub username: String,
    /// The person's name.
    #[schema(min_length = 1, max_length = 60)]
    pub name: String,
    /// A first password; without one nobody can sign in yet.
    #[serde(default)]
    #[schema(min_length = 10, max_length = 128)]
    pub password: Option<String>,
}

/// Create an account. It holds no posts yet.
#[utoipa::path(post, path = "/api/accounts", operation_id = "create_account", tag = "accounts",
    request_body = AccountRequest, responses((status = 201, body = AccountRow)))]
pub(crate) async fn create(
    State(house): State<House>,
    Caller(actor): Caller,
    Body(r): Body<AccountRequest>,
) -> Result<(StatusCode, Json<AccountRow>), Problem> {
    actor.may(Power::ManageAccounts, None)?;
    let password = match &r.password {
        Some(p) => {
            check_password(&r.username, p)?;
            Some(hash_password(house.db().world(), p).await?)
        }
        None => None,
    };
    let create =
        CreateAccount(NewAccount { id: r.id, username: r.username.clone(), name: r.name.clone(), password });
    // What is kept of the request must not help to guess the password.
    let keyed = |p: &String| hex(&house.db().vault().index("password", &format!("{}\n{p}", r.id)));
    let asked = AccountRequest {
        id: r.id,
        username: r.username.clone(),
        name: r.name.clone(),
        password: r.password.as_ref().map(keyed),
    };
    house.db().write(&actor, once::Once::new(Region::NONE, r.id.0, &asked, create)).await?;
    Ok((StatusCode::CREATED, one(&house, &actor, r.id).await?))
}

/// What changes about an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// A new name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 60)]
    pub name: Option<String>,
    /// Disable (true) or enable (false) it.
    #[serde(default)]
    pub disabled: Option<bool>,
}

/// Rename, disable or enable an account.
#[utoipa::path(patch, path = "/api/accounts/{account}", operation_id = "change_account", tag = "accounts",
    params(("account" = AccountId, Path)), request_body = AccountChange, responses((status = 200, body = AccountRow)))]
pub(crate) async fn change(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(account): PathOf<AccountId>,
    Body(r): Body<AccountChange>,
) -> Result<Json<AccountRow>, Problem> {
    house.db().write(&actor, SetDisabled { account, name: r.name, disabled: r.disabled }).await?;
    changed(&house, account);
    one(&house, &actor, account).await
}

/// A password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    /// 10 to 128 characters.
    #[schema(min_length = 10, max_length = 128)]
    pub password: String,
}

/// Set somebody's password; the account's sessions end and it is unlocked.
#[utoipa::path(post, path = "/api/accounts/{account}/password", operation_id = "set_password", tag = "accounts",
    params(("account" = AccountId, Path)), request_body = PasswordRequest,
    responses((status = 204, description = "Set")))]
pub(crate) async fn set_password(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(account): PathOf<AccountId>,
    Body(r): Body<PasswordRequest>,
) -> Result<StatusCode, Problem> {
    let row = one(&house, &actor, account).await?;
    check_password(&row.username, &r.password)?;
    let hash = hash_password(house.db().world(), &r.password).await?;
    house.db().write(&actor, SetPassword { account, hash }).await?;
    changed(&house, account);
    Ok(StatusCode::NO_CONTENT)
}

/// Unlock an account before its time.
#[utoipa::path(post, path = "/api/accounts/{account}/unlock", operation_id = "unlock_account", tag = "accounts",
    params(("account" = AccountId, Path)), responses((status = 204, description = "Unlocked")))]
pub(crate) async fn unlock(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(account): PathOf<AccountId>,
) -> Result<StatusCode, Problem> {
    house.db().write(&actor, Unlock(account)).await?;
    Ok(StatusCode::NO_CONTENT)
}

struct EndAll(AccountId);
impl Write for EndAll {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        wholly_mine(tx, self.0).await?;
        End { account: self.0, only: None, but: None }.run(tx).await.map(drop)
    }
}

/// End every session of an account.
#[utoipa::path(delete, path = "/api/accounts/{account}/sessions", operation_id = "end_account_sessions", tag = "accounts",
    params(("account" = AccountId, Path)), responses((status = 204, description = "Ended")))]
pub(crate) async fn end_sessions(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(account): PathOf<AccountId>,
) -> Result<StatusCode, Problem> {
    house.db().write(&actor, EndAll(account)).await?;
    changed(&house, account);
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, change))
        .routes(routes!(set_password))
        .routes(routes!(unlock))
        .routes(routes!(end_sessions))
}
