//! Posts: who holds which role, where, from when until when.

use crate::{account::mine, layer::changed, refusal::*};
use axum::{extract::State, http::StatusCode};
use edge::{Body, Caller, House, PathOf, Problem};
use kernel::{AccountId, AreaCode, Moment, NOT_FOUND, PostId, Power, Refusal, Region, Role, UnitId};
use serde::{Deserialize, Serialize};
use store::{Tx, Write, binds};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// A post to be held.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// Its id.
    pub id: PostId,
    /// By which account.
    pub account: AccountId,
    /// In which role.
    pub role: Role,
    /// In which region.
    pub region: Region,
    /// For which unit: unit officers and handlers.
    pub unit: Option<UnitId>,
    /// For which area, where it is less than the region.
    pub area: Option<AreaCode>,
    /// Since when.
    pub from: Moment,
    /// Until when, not included.
    pub until: Option<Moment>,
}

impl NewPost {
    fn check(&self) -> Result<(), Refusal> {
        let by_unit = matches!(self.role, Role::UnitOfficer | Role::Handler);
        let by_area = matches!(
            self.role,
            Role::GridWorker | Role::IntakeOperator | Role::Dispatcher | Role::Supervisor | Role::Analyst
        );
        if by_unit && self.unit.is_none() {
            return Err(UNIT_NEEDED.field("unit"));
        }
        if self.role == Role::GridWorker && self.area.is_none() {
            return Err(AREA_NEEDED.field("area"));
        }
        if !by_unit && self.unit.is_some() {
            return Err(NOT_NARROWED.field("unit"));
        }
        if self.area.is_some_and(|a| !by_area || a.region() != self.region) {
            return Err(NOT_NARROWED.field("area"));
        }
        if self.until.is_some_and(|u| u <= self.from) {
            return Err(DATES_REVERSED.field("until_at"));
        }
        Ok(())
    }
}

pub(crate) async fn insert(tx: &mut Tx, p: &NewPost) -> Result<(), Refusal> {
    tx.put(
        "INSERT INTO posts (id, account, role, region, unit, area, from_at, until_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (id) DO UPDATE SET role = excluded.role, region = excluded.region, unit = excluded.unit,
           area = excluded.area, from_at = excluded.from_at, until_at = excluded.until_at",
        binds![p.id, p.account, p.role.code(), p.region, p.unit, p.area, p.from, p.until],
    )
    .await?;
    let detail = serde_json::json!({ "post": p.id, "role": p.role, "unit": p.unit, "area": p.area,
        "from_at": p.from, "until_at": p.until });
    let object = format!("account/{}", p.account);
    Ok(audit::record(tx, audit::Note { region: p.region, action: "access.post_given", object, detail }, None)
        .await?)
}

/// Gives a post, or changes one of the same id that has not ended. Nobody gives themselves posts, and nobody
/// gives one to an account beyond their reach.
pub struct PutPost(pub NewPost);

impl Write for PutPost {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        give(tx, &self.0, false).await
    }
}

/// The same for a request that may leave the beginning open: a new post begins now, a known one keeps its.
struct PutPostFrom {
    post: NewPost,
    open: bool,
}

impl Write for PutPostFrom {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        give(tx, &self.post, self.open).await
    }
}

type Kept = (AccountId, String, Region, Option<UnitId>, Option<AreaCode>, Moment, Option<Moment>);

async fn give(tx: &mut Tx, post: &NewPost, keep_from: bool) -> Result<(), Refusal> {
    tx.actor().may(Power::ManageAccounts, Some(post.region))?;
    if tx.actor().account() == Some(post.account) {
        return Err(NOT_FOR_YOURSELF.refuse());
    }
    mine(tx, post.account).await?;
    let sql = "SELECT account, role, region, unit, area, from_at, until_at FROM posts WHERE id = $1";
    let old: Option<Kept> = tx.maybe(sql, binds![post.id]).await?;
    let mut p = post.clone();
    if let (Some(old), true) = (&old, keep_from) {
        p.from = old.5;
    }
    p.check()?;
    if let Some((account, role, region, unit, area, from, until)) = old {
        if account != p.account {
            return Err(POST_TAKEN.refuse());
        }
        tx.actor().may(Power::ManageAccounts, Some(region))?;
        if (&*role, region, unit, area, from, until)
            == (p.role.code(), p.region, p.unit, p.area, p.from, p.until)
        {
            return Ok(());
        }
        // Who held which role where is history once it is over.
        if until.is_some_and(|u| u <= tx.at()) {
            return Err(POST_ENDED.refuse());
        }
    }
    insert(tx, &p).await
}

/// Ends a post now; the record of it stays.
pub struct EndPost {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub post: PostId,
}

impl Write for EndPost {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        tx.actor().may(Power::ManageAccounts, None)?;
        let sql = "SELECT region FROM posts WHERE id = $1 AND account = $2";
        let row: Option<(Region,)> = tx.maybe(sql, binds![self.post, self.account]).await?;
        let region = row.ok_or_else(|| NOT_FOUND.refuse())?.0;
        tx.actor().may(Power::ManageAccounts, Some(region))?;
        if tx.actor().account() == Some(self.account) {
            return Err(NOT_FOR_YOURSELF.refuse());
        }
        let at = tx.at();
        let sql = "UPDATE posts SET until_at = $1 WHERE id = $2 AND (until_at IS NULL OR until_at > $1)";
        if tx.run(sql, binds![at, self.post]).await? == 0 {
            return Ok(());
        }
        let detail = serde_json::json!({ "post": self.post });
        let object = format!("account/{}", self.account);
        Ok(audit::record(tx, audit::Note { region, action: "access.post_ended", object, detail }, None)
            .await?)
    }
}

/// A post.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostRequest {
    /// The role.
    pub role: Role,
    /// The region.
    pub region: Region,
    /// The unit, for unit officers and handlers.
    #[serde(default)]
    pub unit: Option<UnitId>,
    /// The area; needed for grid workers.
    #[serde(default)]
    pub area: Option<AreaCode>,
    /// Since when, ms UTC; when absent, now, or as before for a post already given.
    #[serde(default)]
    pub from_at: Option<Moment>,
    /// Until when, ms UTC.
    #[serde(default)]
    pub until_at: Option<Moment>,
}

/// Give an account a post, or change it. It counts at once.
#[utoipa::path(put, path = "/api/accounts/{account}/posts/{post}", operation_id = "put_post", tag = "accounts",
    params(("account" = AccountId, Path), ("post" = PostId, Path)), request_body = PostRequest,
    responses((status = 204, description = "Given")))]
pub(crate) async fn put(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((account, id)): PathOf<(AccountId, PostId)>,
    Body(r): Body<PostRequest>,
) -> Result<StatusCode, Problem> {
    let from = r.from_at.unwrap_or_else(|| house.db().world().now());
    let post = NewPost {
        id,
        account,
        role: r.role,
        region: r.region,
        unit: r.unit,
        area: r.area,
        from,
        until: r.until_at,
    };
    house.db().write(&actor, PutPostFrom { post, open: r.from_at.is_none() }).await?;
    changed(&house, account);
    Ok(StatusCode::NO_CONTENT)
}

/// End a post now.
#[utoipa::path(delete, path = "/api/accounts/{account}/posts/{post}", operation_id = "end_post", tag = "accounts",
    params(("account" = AccountId, Path), ("post" = PostId, Path)), responses((status = 204, description = "Ended")))]
pub(crate) async fn end(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((account, post)): PathOf<(AccountId, PostId)>,
) -> Result<StatusCode, Problem> {
    house.db().write(&actor, EndPost { account, post }).await?;
    changed(&house, account);
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(put, end))
}
