//! Group robots of a region, set up by system administrators. Their address and secret are credentials: sealed
//! when stored, shown masked, never logged.

use crate::{
    hours::Quiet,
    refusal::*,
    robot::{self, URL, good_url, masked},
    words::ROBOT_TEST,
};
use axum::{Json, extract::State, http::StatusCode};
use edge::{Body, Caller, House, PathOf, Problem};
use flow::Move;
use kernel::{AreaCode, Checks, Moment, NOT_FOUND, Power, Refusal, Region, UnitId, Uuid};
use serde::{Deserialize, Serialize};
use store::{FromRow, Read, Row, StoreError, Tx, Write, binds};
use utoipa::{
    ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Schema, SchemaType, Type},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};
use vault::Vault;

/// Robots of a region at the most.
const MOST: i64 = 50;

/// Whose robots they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum RobotKind {
    /// 钉钉
    #[serde(rename = "dingtalk")]
    DingTalk,
    /// 企业微信
    #[serde(rename = "wecom")]
    WeCom,
    /// 飞书
    #[serde(rename = "feishu")]
    Feishu,
}

impl RobotKind {
    /// The stored code.
    pub const fn code(self) -> &'static str {
        match self {
            RobotKind::DingTalk => "dingtalk",
            RobotKind::WeCom => "wecom",
            RobotKind::Feishu => "feishu",
        }
    }

    /// By its code.
    pub fn parse(code: &str) -> Option<RobotKind> {
        [RobotKind::DingTalk, RobotKind::WeCom, RobotKind::Feishu].into_iter().find(|k| k.code() == code)
    }
}

/// Moves as they are stored: their codes with blanks between.
pub(crate) fn codes(kinds: &[Move]) -> String {
    let mut all: Vec<&str> = kinds.iter().map(|k| k.code()).collect();
    all.sort_unstable();
    all.dedup();
    all.join(" ")
}

/// And read back; moves nobody knows any more are left out.
pub(crate) fn kinds(codes: &str) -> Vec<Move> {
    codes.split_whitespace().filter_map(Move::parse).collect()
}

fn context(region: Region, id: Uuid, what: &str) -> String {
    format!("robots/{region}/{id}/{what}")
}

/// Address and secret, opened; `None` when they were sealed under another key.
pub(crate) fn open(
    vault: &Vault,
    region: Region,
    id: Uuid,
    url: &[u8],
    secret: Option<&[u8]>,
) -> Option<(String, Option<String>)> {
    let url = String::from_utf8(vault.open(&context(region, id, "url"), url).ok()?).ok()?;
    let secret = match secret {
        None => None,
        Some(s) => Some(String::from_utf8(vault.open(&context(region, id, "secret"), s).ok()?).ok()?),
    };
    Some((url, secret))
}

/// A robot.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RobotView {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Whose it is.
    pub kind: RobotKind,
    /// Its address, masked.
    pub url_shown: Option<String>,
    /// Whether a secret is kept.
    pub has_secret: bool,
    /// It tells of this unit's cases only.
    pub unit: Option<UnitId>,
    /// It tells of cases in this area only.
    pub area: Option<AreaCode>,
    /// It tells of these moves only; empty for all.
    pub kinds: Vec<Move>,
    /// Hours in which it keeps silent, but for urgent cases.
    pub quiet: Option<Quiet>,
    /// Whether it is switched on.
    pub enabled: bool,
    /// When it was last changed, ms UTC.
    pub updated_at: Moment,
}

impl FromRow for RobotView {
    fn from_row(r: &mut Row<'_>) -> Result<RobotView, StoreError> {
        Ok(RobotView {
            id: r.next()?,
            name: r.next()?,
            kind: RobotKind::parse(&r.next::<String>()?)
                .ok_or_else(|| StoreError::Internal("a robot of no kind we know".into()))?,
            url_shown: r.next()?,
            has_secret: r.next()?,
            unit: r.next()?,
            area: r.next()?,
            kinds: kinds(&r.next::<String>()?),
            quiet: Quiet::stored(r.next()?, r.next()?),
            enabled: r.next()?,
            updated_at: r.next()?,
        })
    }
}

/// The robots of a region.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Robots {
    /// By name.
    pub items: Vec<RobotView>,
}

struct FindRobots(Region, Option<Uuid>);

impl Read for FindRobots {
    type Out = Vec<RobotView>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Vec<RobotView>, Refusal> {
        tx.actor().may(Power::ManageNotices, Some(self.0))?;
        let sql = "SELECT id, name, kind, url_shown, secret IS NOT NULL, unit, area, kinds, quiet_from, quiet_to, enabled,
                     updated_at FROM robots WHERE region = $1 AND ($2 OR id = $3) ORDER BY name, id";
        Ok(tx.all(sql, binds![self.0, self.1.is_none(), self.1.unwrap_or_default()]).await?)
    }
}

fn optional(pattern: &'static str, what: &'static str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .pattern(Some(pattern))
        .description(Some(what))
        .into()
}

fn url_schema() -> RefOr<Schema> {
    optional(URL, "Its webhook address; absent keeps the one there is. Without one it tells nothing.")
}

fn secret_schema() -> RefOr<Schema> {
    optional(
        "^[!-~]{0,200}$",
        "The secret it is signed with (DingTalk, Feishu); absent keeps the one there is, an empty one takes it away.",
    )
}

/// A robot to be kept.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RobotRequest {
    /// What people call it.
    #[schema(min_length = 1, max_length = 60)]
    pub name: String,
    /// Whose it is.
    pub kind: RobotKind,
    /// Its webhook address; absent keeps the one there is. Without one it tells nothing.
    #[serde(default)]
    #[schema(schema_with = url_schema)]
    pub url: Option<String>,
    /// The secret it is signed with (DingTalk, Feishu); absent keeps the one there is, an empty one takes it away.
    #[serde(default)]
    #[schema(schema_with = secret_schema)]
    pub secret: Option<String>,
    /// Only cases of this unit.
    #[serde(default)]
    pub unit: Option<UnitId>,
    /// Only cases in this area.
    #[serde(default)]
    pub area: Option<AreaCode>,
    /// Only these moves; empty for all.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub kinds: Vec<Move>,
    /// Hours in which it keeps silent; urgent cases break through.
    #[serde(default)]
    pub quiet: Option<Quiet>,
    /// Switched on.
    pub enabled: bool,
}

/// Unit, area, moves, and since when it listens to those.
type Listens = (Option<UnitId>, Option<AreaCode>, String, Moment);

/// Sets up a robot or changes it.
pub struct PutRobot {
    /// The region.
    pub region: Region,
    /// Its id, made by the client.
    pub id: Uuid,
    /// What it is to be.
    pub request: RobotRequest,
}

impl PutRobot {
    fn check(&self) -> Result<(), Refusal> {
        let r = &self.request;
        let mut c = Checks::new();
        c.text("name", &r.name, 1..=60);
        let mut hold = |ok: bool, field, rule: &kernel::Rule| c.hold(ok, field, rule.code, rule.zh, rule.en);
        hold(r.url.as_deref().is_none_or(good_url), "url", &BAD_URL);
        let visible = |s: &str| s.len() <= 200 && s.bytes().all(|b| b.is_ascii_graphic());
        hold(r.secret.as_deref().is_none_or(visible), "secret", &BAD_SECRET);
        hold(r.area.is_none_or(|a| a.region() == self.region), "area", &OTHER_REGION);
        c.number("kinds", r.kinds.len() as i64, 0..=64);
        c.done()
    }
}

impl Write for PutRobot {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        tx.actor().may(Power::ManageNotices, Some(self.region))?;
        self.check()?;
        let (region, id, r) = (self.region, self.id, &self.request);
        if let Some(unit) = r.unit {
            let sql = "SELECT 1 FROM units WHERE region = $1 AND id = $2";
            let known: Option<(i64,)> = tx.maybe(sql, binds![region, unit]).await?;
            known.ok_or_else(|| UNIT_UNKNOWN.field("unit"))?;
        }
        let sql = "SELECT count(*), count(CASE WHEN id = $2 THEN 1 END) FROM robots WHERE region = $1";
        let (all, this): (i64, i64) = tx.one(sql, binds![region, id]).await?;
        if this == 0 && all >= MOST {
            return Err(TOO_MANY_ROBOTS.refuse());
        }
        let at = tx.at();
        let listens = codes(&r.kinds);
        let sql = "SELECT unit, area, kinds, since FROM robots
                   WHERE region = $1 AND id = $2 AND enabled AND url IS NOT NULL";
        let was: Option<Listens> = tx.maybe(sql, binds![region, id]).await?;
        // Whoever begins to listen, or to listen to something else, does so from now on.
        let since = was.filter(|w| (w.0, w.1, &w.2) == (r.unit, r.area, &listens)).map_or(at, |w| w.3);
        let (from, to) = (r.quiet.map(|q| q.from.minutes()), r.quiet.map(|q| q.to.minutes()));
        tx.put(
            "INSERT INTO robots (region, id, name, kind, unit, area, kinds, quiet_from, quiet_to, enabled, updated_at, since)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (region, id) DO UPDATE SET name = excluded.name, kind = excluded.kind, unit = excluded.unit,
               area = excluded.area, kinds = excluded.kinds, quiet_from = excluded.quiet_from,
               quiet_to = excluded.quiet_to, enabled = excluded.enabled, updated_at = excluded.updated_at,
               since = excluded.since",
            binds![
                region, id, r.name.trim(), r.kind.code(), r.unit, r.area, listens, from, to, r.enabled, at, since
            ],
        )
        .await?;
        if let Some(url) = &r.url {
            let sealed = tx.vault().seal(tx.world(), &context(region, id, "url"), url.as_bytes());
            let sql = "UPDATE robots SET url = $1, url_shown = $2 WHERE region = $3 AND id = $4";
            tx.put(sql, binds![sealed, masked(url), region, id]).await?;
        }
        if let Some(secret) = &r.secret {
            let sealed = (!secret.is_empty())
                .then(|| tx.vault().seal(tx.world(), &context(region, id, "secret"), secret.as_bytes()));
            tx.put("UPDATE robots SET secret = $1 WHERE region = $2 AND id = $3", binds![sealed, region, id])
                .await?;
        }
        let detail = serde_json::json!({
            "kind": r.kind, "unit": r.unit, "area": r.area, "kinds": r.kinds, "enabled": r.enabled,
            "new_address": r.url.is_some(), "new_secret": r.secret.is_some(),
        });
        note(tx, region, "notices.robot_put", id, detail).await
    }
}

async fn note(
    tx: &mut Tx,
    region: Region,
    action: &'static str,
    id: Uuid,
    detail: serde_json::Value,
) -> Result<(), Refusal> {
    let note = audit::Note { region, action, object: format!("robot/{id}"), detail };
    Ok(audit::record(tx, note, None).await?)
}

struct DeleteRobot(Region, Uuid);

impl Write for DeleteRobot {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        tx.actor().may(Power::ManageNotices, Some(self.0))?;
        let gone = tx.run("DELETE FROM robots WHERE region = $1 AND id = $2", binds![self.0, self.1]).await?;
        if gone == 0 {
            return Err(NOT_FOUND.refuse());
        }
        note(tx, self.0, "notices.robot_deleted", self.1, serde_json::json!({})).await
    }
}

/// Kind, address and secret as they are stored.
type Stored = (String, Option<Vec<u8>>, Option<Vec<u8>>);

/// What a test needs.
struct Secrets(Region, Uuid);

impl Read for Secrets {
    type Out = (RobotKind, String, Option<String>);
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        tx.actor().may(Power::ManageNotices, Some(self.0))?;
        let sql = "SELECT kind, url, secret FROM robots WHERE region = $1 AND id = $2";
        let row: Option<Stored> = tx.maybe(sql, binds![self.0, self.1]).await?;
        let (kind, url, secret) = row.ok_or_else(|| NOT_FOUND.refuse())?;
        let broken = |why: &str| store::rules::INTERNAL.refuse().because(why);
        let kind = RobotKind::parse(&kind).ok_or_else(|| broken("a robot of no kind we know"))?;
        let url = url.ok_or_else(|| NO_ADDRESS.refuse())?;
        let (url, secret) = open(tx.vault(), self.0, self.1, &url, secret.as_deref())
            .ok_or_else(|| broken("a robot's address cannot be opened"))?;
        Ok((kind, url, secret))
    }
}

/// How a test went, as a line in the log of deliveries.
struct Tested {
    region: Region,
    robot: Uuid,
    kind: RobotKind,
    error: Option<String>,
}

impl Write for Tested {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let (id, at) = (tx.world().uuid(), tx.at());
        let state = if self.error.is_none() { "sent" } else { "failed" };
        tx.put(
            "INSERT INTO deliveries (region, id, batch, channel, robot, kind, urgent, state, at, run_at, done_at, attempts, error)
             VALUES ($1, $2, $2, $3, $4, 'test', $5, $6, $7, $7, $7, 1, $8)",
            binds![self.region, id, self.kind.code(), self.robot, false, state, at, self.error.clone()],
        )
        .await?;
        let detail = serde_json::json!({ "sent": self.error.is_none() });
        note(tx, self.region, "notices.robot_tested", self.robot, detail).await
    }
}

/// The answer to a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RobotTested {
    /// Whether the robot took it.
    pub sent: bool,
    /// Why not: a code, as in the log of deliveries.
    pub error: Option<String>,
}

/// The robots of a region; system administrators.
#[utoipa::path(get, path = "/api/regions/{region}/robots", operation_id = "list_robots", tag = "notices",
    params(("region" = Region, Path)), responses((status = 200, body = Robots)))]
pub(crate) async fn list(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
) -> Result<Json<Robots>, Problem> {
    Ok(Json(Robots { items: house.db().read(&actor, FindRobots(region, None)).await? }))
}

async fn one(
    house: &House,
    actor: &kernel::Actor,
    region: Region,
    id: Uuid,
) -> Result<Json<RobotView>, Problem> {
    let found = house.db().read(actor, FindRobots(region, Some(id))).await?;
    found.into_iter().next().map(Json).ok_or_else(|| NOT_FOUND.refuse().into())
}

/// A robot; system administrators.
#[utoipa::path(get, path = "/api/regions/{region}/robots/{robot}", operation_id = "show_robot", tag = "notices",
    params(("region" = Region, Path), ("robot" = Uuid, Path)), responses((status = 200, body = RobotView)))]
pub(crate) async fn show(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, Uuid)>,
) -> Result<Json<RobotView>, Problem> {
    one(&house, &actor, region, id).await
}

/// Set up a robot or change it; system administrators.
#[utoipa::path(put, path = "/api/regions/{region}/robots/{robot}", operation_id = "put_robot", tag = "notices",
    params(("region" = Region, Path), ("robot" = Uuid, Path)), request_body = RobotRequest,
    responses((status = 200, body = RobotView)))]
pub(crate) async fn put(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, Uuid)>,
    Body(request): Body<RobotRequest>,
) -> Result<Json<RobotView>, Problem> {
    house.db().write(&actor, PutRobot { region, id, request }).await?;
    one(&house, &actor, region, id).await
}

/// Delete a robot; what it has sent stays in the log. System administrators.
#[utoipa::path(delete, path = "/api/regions/{region}/robots/{robot}", operation_id = "delete_robot", tag = "notices",
    params(("region" = Region, Path), ("robot" = Uuid, Path)), responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, Uuid)>,
) -> Result<StatusCode, Problem> {
    house.db().write(&actor, DeleteRobot(region, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have a robot say that it is being tried out; waits for its answer, ten seconds at the most. System
/// administrators.
#[utoipa::path(post, path = "/api/regions/{region}/robots/{robot}/test", operation_id = "test_robot", tag = "notices",
    params(("region" = Region, Path), ("robot" = Uuid, Path)), responses((status = 200, body = RobotTested)))]
pub(crate) async fn test(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, Uuid)>,
) -> Result<Json<RobotTested>, Problem> {
    let db = house.db();
    let (kind, url, secret) = db.read(&actor, Secrets(region, id)).await?;
    let message = robot::Message {
        kind,
        url,
        secret,
        id: db.world().uuid().to_string(),
        at: db.world().now(),
        text: ROBOT_TEST.to_owned(),
    };
    let error = match tokio::task::spawn_blocking(move || robot::send(&message)).await {
        Ok(Ok(())) => None,
        Ok(Err(e)) => Some(e.why),
        Err(_) => Some("broke_down".to_owned()),
    };
    db.write(&actor, Tested { region, robot: id, kind, error: error.clone() }).await?;
    Ok(Json(RobotTested { sent: error.is_none(), error }))
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show, put, delete)).routes(routes!(test))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_stored_by_their_codes() {
        assert_eq!(codes(&[Move::Submit, Move::Close, Move::Submit]), "close submit");
        assert_eq!(kinds("close submit abolished"), [Move::Close, Move::Submit]);
        assert_eq!(kinds(""), []);
    }
}
