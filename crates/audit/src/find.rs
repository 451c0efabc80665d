use kernel::{Checks, Moment, Page, Power, Refusal, Region, Uuid};
use serde::Serialize;
use store::{Cond, Filter, Read, Tx, binds, from_row};
use utoipa::ToSchema;

/// An audit line as auditors read it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Line {
    /// Its position in the sealed log; lines not yet sealed are not shown.
    pub position: i64,
    /// When, ms UTC.
    pub at: Moment,
    /// The region, or 000000 for the platform itself.
    pub region: Region,
    /// `person`, `token`, `system`, `anonymous`, `tracking` or `sign_in`.
    pub actor_kind: String,
    /// The account (and token), or the system's duty.
    pub actor: String,
    /// `room.verb`.
    pub action: String,
    /// `kind/id`.
    pub object: String,
    /// Codes and ids, JSON.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// Joins the lines of one request.
    pub request: Uuid,
    /// Network address, for actions of the access room.
    pub address: Option<String>,
}

impl store::FromRow for Line {
    fn from_row(r: &mut store::Row<'_>) -> Result<Line, store::StoreError> {
        Ok(Line {
            position: r.next()?,
            at: r.next()?,
            region: r.next()?,
            actor_kind: r.next()?,
            actor: r.next()?,
            action: r.next()?,
            object: r.next()?,
            detail: serde_json::from_str(&r.next::<String>()?).unwrap_or_default(),
            request: r.next()?,
            address: r.next()?,
        })
    }
}

/// Audit lines after a position, oldest first; auditors only, and only of the regions they audit
/// (the platform's own lines included).
pub struct FindLines {
    /// After this position.
    pub after: i64,
    /// At most so many, 1–1000.
    pub limit: i64,
    /// Only actions that start so.
    pub action: Option<String>,
    /// Only this object.
    pub object: Option<String>,
}

impl Read for FindLines {
    type Out = Page<Line>;
    const SINGLE: bool = true;

    async fn run(&self, tx: &mut Tx) -> Result<Page<Line>, Refusal> {
        tx.actor().may(Power::ReadAudit, None)?;
        let mut checks = Checks::new();
        checks.number("limit", self.limit, 1..=1000);
        checks.number("after", self.after, 0..=i64::MAX);
        checks.opt_text("action", self.action.as_deref(), 0..=60);
        checks.opt_text("object", self.object.as_deref(), 0..=120);
        checks.done()?;
        let mut regions = binds![Region::NONE];
        if let Some(p) = tx.actor().person() {
            regions.extend(
                p.posts
                    .iter()
                    .filter(|p| Power::ReadAudit.roles().contains(&p.role))
                    .map(|p| p.region.into()),
            );
        }
        let mut conds = vec![Cond::is("position > ?", [self.after]), Cond::In("region", regions)];
        if let Some(a) = self.action.as_deref().filter(|a| !a.is_empty()) {
            conds.push(Cond::is("action >= ?", [a.to_owned()]));
            conds.push(Cond::is("action < ?", [format!("{a}\u{10ffff}")]));
        }
        if let Some(o) = self.object.as_deref().filter(|o| !o.is_empty()) {
            conds.push(Cond::is("object = ?", [o.to_owned()]));
        }
        let (sql, binds) = Filter::new(
            "SELECT position, at, region, actor_kind, actor, action, object, detail, request, address FROM audit_lines WHERE ",
        )
        .cond(&Cond::All(conds))
        .text(" ORDER BY position LIMIT ")
        .bind(self.limit + 1)
        .done();
        let mut items: Vec<Line> = tx.all(sql, binds).await?;
        let more = items.len() as i64 > self.limit;
        items.truncate(self.limit as usize);
        let next = items.last().filter(|_| more).map(|l| l.position.to_string());
        Ok(Page { items, next })
    }
}

/// How far the log is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Status {
    /// Sealed lines.
    pub sealed: i64,
    /// Lines not yet sealed.
    pub unsealed: i64,
    /// How long the oldest of them has waited, ms.
    pub oldest_unsealed_ms: Option<i64>,
}

/// Asks for the [`Status`]; auditors and the system.
pub struct StatusOf;

impl Read for StatusOf {
    type Out = Status;
    async fn run(&self, tx: &mut Tx) -> Result<Status, Refusal> {
        tx.actor().may(Power::ReadAudit, None)?;
        let (sealed,): (i64,) = tx.one("SELECT audit_position FROM sequencer WHERE id = 1", binds![]).await?;
        let (unsealed, oldest): (i64, Option<i64>) =
            tx.one("SELECT count(*), min(at) FROM audit_lines WHERE position IS NULL", binds![]).await?;
        let at = tx.at();
        Ok(Status { sealed, unsealed, oldest_unsealed_ms: oldest.map(|o| at.since(Moment(o))) })
    }
}

/// An event with its place in the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedEvent {
    /// Its position in the feed.
    pub position: i64,
    /// Whose history.
    pub stream: Uuid,
    /// Which step of it.
    pub n: i64,
    /// When.
    pub at: Moment,
    /// What.
    pub kind: String,
    /// Its data, JSON.
    pub data: String,
}
from_row!(FeedEvent { position, stream, n, at, kind, data });

/// Events of a region after a position, in order; the caller filters them by its own scope.
pub struct ReadFeed {
    /// Which region.
    pub region: Region,
    /// After this position.
    pub after: i64,
    /// At most so many.
    pub limit: i64,
}

impl Read for ReadFeed {
    type Out = Vec<FeedEvent>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Vec<FeedEvent>, Refusal> {
        Ok(tx
            .all(
                "SELECT position, stream, n, at, kind, data FROM events WHERE region = $1 AND position > $2 ORDER BY position LIMIT $3",
                binds![self.region, self.after, self.limit],
            )
            .await?)
    }
}
