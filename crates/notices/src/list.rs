//! What somebody was told: their own notices, in the application. People only; a program's token finds nothing.

use crate::{pass::zone_of, words::Fact};
use axum::{Json, extract::State};
use edge::{Body, Caller, House, Params, PathOf, Problem};
use flow::{Move, Stage};
use kernel::{
    AccountId, Actor, CaseId, Checks, Cursor, ItemCode, Moment, NOT_FOUND, Page, Refusal, Region, Uuid,
};
use serde::{Deserialize, Serialize};
use store::{Cond, Filter, FromRow, Read, Row, StoreError, Tx, Write, binds};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Unread notices are counted up to here.
const COUNTED: i64 = 10_000;

/// The account of a person who is signed in.
pub(crate) fn own(actor: &Actor) -> Result<AccountId, Refusal> {
    let person = actor.signed_in()?;
    if person.token.is_some() {
        return Err(NOT_FOUND.refuse());
    }
    Ok(person.account)
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NoticeRow {
    /// Its id.
    pub id: Uuid,
    /// The move that was made.
    pub kind: Move,
    /// The case.
    pub case: CaseId,
    /// The case's number.
    pub number: String,
    /// The stage the move led to.
    pub stage: Stage,
    /// The item.
    pub item: Option<ItemCode>,
    /// The item's name.
    pub item_name: Option<String>,
    /// The deadline that counted when you were told, ms UTC.
    pub due_at: Option<Moment>,
    /// Whether the case is urgent.
    pub urgent: bool,
    /// When the move was made, ms UTC.
    pub moved_at: Moment,
    /// When you were told, ms UTC.
    pub at: Moment,
    /// When you read it, ms UTC.
    pub read_at: Option<Moment>,
    /// The notice in Chinese.
    pub zh: String,
    /// The notice in English.
    pub en: String,
}

impl FromRow for NoticeRow {
    fn from_row(r: &mut Row<'_>) -> Result<NoticeRow, StoreError> {
        let unknown = || StoreError::Internal("a notice of no kind we know".into());
        Ok(NoticeRow {
            id: r.next()?,
            kind: Move::parse(&r.next::<String>()?).ok_or_else(unknown)?,
            case: r.next()?,
            number: r.next()?,
            stage: Stage::stored(r.next()?).ok_or_else(unknown)?,
            item: r.next()?,
            item_name: r.next()?,
            due_at: r.next()?,
            urgent: r.next()?,
            moved_at: r.next()?,
            at: r.next()?,
            read_at: r.next()?,
            zh: String::new(),
            en: String::new(),
        })
    }
}

/// Which of one's notices.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NoticeQuery {
    /// Only unread (true) or read ones (false).
    pub unread: Option<bool>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// The `next` of the page before.
    #[param(pattern = "^[0-9a-f]{48}$")]
    pub cursor: Option<String>,
}

/// One's own notices in a region, latest first.
pub struct FindNotices {
    /// The region.
    pub region: Region,
    /// Which.
    pub query: NoticeQuery,
}

impl Read for FindNotices {
    type Out = Page<NoticeRow>;
    async fn run(&self, tx: &mut Tx) -> Result<Page<NoticeRow>, Refusal> {
        let account = own(tx.actor())?;
        let q = &self.query;
        let limit = q.limit.unwrap_or(50);
        let mut c = Checks::new();
        c.number("limit", limit, 1..=200);
        c.done()?;
        let mut all = vec![Cond::Is("n.region = ? AND n.account = ?", binds![self.region, account])];
        match q.unread {
            Some(true) => all.push(Cond::is::<i64>("n.read_at IS NULL", [])),
            Some(false) => all.push(Cond::is::<i64>("n.read_at IS NOT NULL", [])),
            None => {}
        }
        if let Some(cursor) = &q.cursor {
            let c = Cursor::parse(cursor)?;
            let id = Uuid::from_u128(c.id);
            all.push(Cond::Is("n.at <= ? AND (n.at < ? OR n.id < ?)", binds![c.key, c.key, id]));
        }
        let (sql, binds) = Filter::new(
            "SELECT n.id, n.kind, n.case_id, n.number, n.stage, n.item,
               (SELECT i.name FROM items i JOIN catalogues k ON k.region = i.region AND k.version = i.version
                WHERE i.region = n.region AND i.code = n.item AND k.state = 'in_force' ORDER BY k.from_at DESC LIMIT 1),
               n.due_at, n.urgent, n.moved_at, n.at, n.read_at
             FROM notices n WHERE ",
        )
        .cond(&Cond::All(all))
        .text(" ORDER BY n.at DESC, n.id DESC LIMIT ")
        .bind(limit + 1)
        .done();
        let mut rows: Vec<NoticeRow> = tx.all(sql, binds).await?;
        let zone = zone_of(tx, self.region).await?;
        for row in &mut rows {
            let fact = Fact {
                kind: row.kind.code().to_owned(),
                case: Some(row.case),
                number: row.number.clone(),
                stage: Some(row.stage),
                item: row.item_name.clone(),
                due: row.due_at,
                urgent: row.urgent,
            };
            (row.zh, row.en) = (fact.zh(&zone), fact.en(&zone));
        }
        Ok(Page::cut(rows, limit as usize, |n| Cursor { key: n.at.0, id: n.id.as_u128() }))
    }
}

/// How many are unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnreadCount {
    /// So many, 10,000 at the most.
    pub unread: i64,
    /// There are more than that.
    pub more: bool,
}

/// Counts one's own unread notices in a region.
pub struct CountUnread(pub Region);

impl Read for CountUnread {
    type Out = UnreadCount;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<UnreadCount, Refusal> {
        let account = own(tx.actor())?;
        let sql = "SELECT count(*) FROM (SELECT 1 FROM notices WHERE region = $1 AND account = $2 AND read_at IS NULL
                   LIMIT $3) unread";
        let (n,): (i64,) = tx.one(sql, binds![self.0, account, COUNTED + 1]).await?;
        Ok(UnreadCount { unread: n.min(COUNTED), more: n > COUNTED })
    }
}

/// What has been read. With neither, nothing changes.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadRequest {
    /// These notices.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub ids: Vec<Uuid>,
    /// And all up to this moment (their `at`), ms UTC.
    #[serde(default)]
    pub until: Option<Moment>,
}

/// Marks one's own notices as read.
pub struct MarkRead {
    /// The region.
    pub region: Region,
    /// Which.
    pub request: ReadRequest,
}

impl Write for MarkRead {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let account = own(tx.actor())?;
        let r = &self.request;
        let mut c = Checks::new();
        c.number("ids", r.ids.len() as i64, 0..=200);
        c.done()?;
        let mut any = vec![Cond::In("id", r.ids.iter().map(|i| (*i).into()).collect())];
        if let Some(until) = r.until {
            any.push(Cond::is("at <= ?", [until]));
        }
        let at = tx.at();
        let (sql, binds) = Filter::new("UPDATE notices SET read_at = ")
            .bind(at)
            .text(" WHERE read_at IS NULL AND ")
            .cond(&Cond::Is("region = ? AND account = ?", binds![self.region, account]))
            .text(" AND ")
            .cond(&Cond::Any(any))
            .done();
        Ok(tx.put(sql, binds).await?)
    }
}

/// Your notices in a region, latest first.
#[utoipa::path(get, path = "/api/regions/{region}/notices", operation_id = "list_notices", tag = "notices",
    params(("region" = Region, Path), NoticeQuery), responses((status = 200, body = Page<NoticeRow>)))]
pub(crate) async fn list(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<NoticeQuery>,
) -> Result<Json<Page<NoticeRow>>, Problem> {
    Ok(Json(house.db().read(&actor, FindNotices { region, query }).await?))
}

/// How many of your notices in a region are unread.
#[utoipa::path(get, path = "/api/regions/{region}/notices/count", operation_id = "count_notices", tag = "notices",
    params(("region" = Region, Path)), responses((status = 200, body = UnreadCount)))]
pub(crate) async fn count(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
) -> Result<Json<UnreadCount>, Problem> {
    Ok(Json(house.db().read(&actor, CountUnread(region)).await?))
}

/// Mark notices of yours as read: some, or all up to a moment. Answers how many are still unread.
#[utoipa::path(post, path = "/api/regions/{region}/notices/read", operation_id = "read_notices", tag = "notices",
    params(("region" = Region, Path)), request_body = ReadRequest, responses((status = 200, body = UnreadCount)))]
pub(crate) async fn read(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Body(request): Body<ReadRequest>,
) -> Result<Json<UnreadCount>, Problem> {
    house.db().write(&actor, MarkRead { region, request }).await?;
    Ok(Json(house.db().read(&actor, CountUnread(region)).await?))
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(count)).routes(routes!(read))
}
