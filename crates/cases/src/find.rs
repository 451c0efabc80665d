//! Lists and counts of cases, by one filter and one scope.

use crate::Scope;
use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use flow::Stage;
use kernel::{
    AccountId, Actor, AreaCode, CaseId, Checks, Cursor, ItemCode, Moment, Page, Refusal, Region, UnitId, Uuid,
};
use serde::{Deserialize, Serialize};
use store::{Cond, Filter, FromRow, Read, Row, StoreError, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Which cases, of those the caller may see.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// `all` that the caller may see (the default), or `todo`: those that wait for the caller.
    #[serde(default)]
    #[param(inline)]
    pub view: View,
    /// Only in this stage.
    #[param(inline)]
    pub stage: Option<Stage>,
    /// Only of this item.
    pub item: Option<ItemCode>,
    /// Only with this unit.
    pub unit: Option<UnitId>,
    /// Only in this area.
    pub area: Option<AreaCode>,
    /// Only open (true) or ended (false).
    pub open: Option<bool>,
    /// Only late ones (true).
    pub overdue: Option<bool>,
    /// `due` (open cases, most pressing first) or `newest`; `due` for `todo`, else `newest`.
    #[param(inline)]
    pub sort: Option<Sort>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// The `next` of the page before.
    #[param(pattern = "^[0-9a-f]{48}$")]
    pub cursor: Option<String>,
}

/// A view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Everything in scope.
    #[default]
    All,
    /// What waits for the caller.
    Todo,
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// By the deadline that counts.
    Due,
    /// By the time of report, latest first.
    Newest,
}

/// A case in a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CaseRow {
    /// The case.
    pub id: CaseId,
    /// Its number.
    pub number: String,
    /// Its stage.
    pub stage: Stage,
    /// Its round.
    pub round: i64,
    /// Its version.
    pub version: i64,
    /// Whether it is urgent.
    pub urgent: bool,
    /// Through which channel it came.
    pub channel: String,
    /// The first words of the report.
    pub title: String,
    /// Where, in words.
    pub place: Option<String>,
    /// The item.
    pub item: Option<ItemCode>,
    /// The grid.
    pub grid: Option<AreaCode>,
    /// Degrees east.
    pub lon: Option<f64>,
    /// Degrees north.
    pub lat: Option<f64>,
    /// The unit.
    pub unit: Option<UnitId>,
    /// The handler.
    pub handler: Option<AccountId>,
    /// When it came in.
    pub reported_at: Moment,
    /// When it was filed.
    pub filed_at: Option<Moment>,
    /// The deadline that counts now.
    pub due_at: Option<Moment>,
    /// Whether that deadline has passed.
    pub overdue: bool,
    /// Whether it still asks for something.
    pub open: bool,
    #[serde(skip)]
    act_by: Moment,
}

impl FromRow for CaseRow {
    fn from_row(r: &mut Row<'_>) -> Result<CaseRow, StoreError> {
        let mut row = CaseRow {
            id: r.next()?,
            number: r.next()?,
            stage: Stage::stored(r.next()?).ok_or_else(|| StoreError::Internal("unknown stage".into()))?,
            round: r.next()?,
            version: r.next()?,
            urgent: r.next()?,
            channel: r.next()?,
            title: r.next::<Option<String>>()?.unwrap_or_default(),
            place: r.next()?,
            item: r.next()?,
            grid: r.next()?,
            lon: r.next()?,
            lat: r.next()?,
            unit: r.next()?,
            handler: r.next()?,
            reported_at: r.next()?,
            filed_at: r.next()?,
            due_at: r.next()?,
            open: r.next()?,
            act_by: r.next()?,
            overdue: false,
        };
        // While a unit works at it, its clock counts; else the resident's.
        if matches!(row.stage, Stage::Dispatched | Stage::Handling) {
            row.due_at = Some(row.act_by);
        }
        Ok(row)
    }
}

const LIST: &str = "SELECT c.id, c.number, c.stage, c.round, c.version, c.urgent, c.channel, t.title, t.place, c.item, c.grid,
  c.lon, c.lat, c.unit, c.handler, c.reported_at, c.filed_at, c.case_due, c.open, c.act_by
  FROM cases c LEFT JOIN case_texts t ON t.region = c.region AND t.case_id = c.id WHERE ";

impl ListQuery {
    fn sort(&self) -> Sort {
        self.sort.unwrap_or(if self.view == View::Todo { Sort::Due } else { Sort::Newest })
    }

    fn limit(&self) -> i64 {
        self.limit.unwrap_or(50)
    }

    fn check(&self, region: Region) -> Result<(), Refusal> {
        let mut c = Checks::new();
        c.number("limit", self.limit(), 1..=200);
        let here = self.area.is_none_or(|a| a.region() == region);
        c.hold(here, "area", "area.other_region", "该区域不在本县区内。", "This area is in another region.");
        c.done()?;
        self.cursor.as_deref().map_or(Ok(()), |c| Cursor::parse(c).map(drop))
    }

    fn cond(&self, actor: &Actor, region: Region, now: Moment) -> Result<Cond, Refusal> {
        let scope = Scope::of(actor, region)?;
        let mut all = vec![match self.view {
            View::All => scope.cond(),
            View::Todo => scope.work(),
        }];
        if let Some(s) = self.stage {
            all.push(Cond::is("c.stage = ?", [s.number()]));
        }
        if let Some(i) = self.item {
            all.push(Cond::is("c.item = ?", [i]));
        }
        if let Some(u) = self.unit {
            all.push(Cond::is("c.unit = ?", [u]));
        }
        if let Some(a) = self.area {
            let (low, high) = a.grids();
            all.push(Cond::is("c.grid BETWEEN ? AND ?", [low, high]));
        }
        // Work lists are over open cases only: that is what their indexes hold.
        match self.open {
            Some(false) => all.push(Cond::is::<i64>("NOT c.open", [])),
            Some(true) => all.push(Cond::is::<i64>("c.open", [])),
            None if self.sort() == Sort::Due => all.push(Cond::is::<i64>("c.open", [])),
            None => {}
        }
        match self.overdue {
            Some(true) => all.push(Cond::is("c.open AND c.case_due IS NOT NULL AND c.act_by < ?", [now])),
            Some(false) => all.push(Cond::is("(NOT c.open OR c.case_due IS NULL OR c.act_by >= ?)", [now])),
            None => {}
        }
        Ok(Cond::All(all))
    }
}

/// A page of the cases that the actor may see.
pub struct FindCases {
    /// The region.
    pub region: Region,
    /// Which.
    pub query: ListQuery,
}

impl Read for FindCases {
    type Out = Page<CaseRow>;
    const SINGLE: bool = true;

    async fn run(&self, tx: &mut Tx) -> Result<Page<CaseRow>, Refusal> {
        let q = &self.query;
        q.check(self.region)?;
        let (sort, limit, now) = (q.sort(), q.limit(), tx.at());
        let cond = q.cond(tx.actor(), self.region, now)?;
        let mut filter = Filter::new(LIST).cond(&cond);
        if let Some(cursor) = &q.cursor {
            let c = Cursor::parse(cursor)?;
            filter = filter.text(match sort {
                Sort::Due => " AND (c.act_by, c.id) > (",
                Sort::Newest => " AND (c.reported_at, c.id) < (",
            });
            filter = filter.bind(c.key).text(", ").bind(Uuid::from_u128(c.id)).text(")");
        }
        let order = match sort {
            Sort::Due => " ORDER BY c.act_by, c.id LIMIT ",
            Sort::Newest => " ORDER BY c.reported_at DESC, c.id DESC LIMIT ",
        };
        let (sql, binds) = filter.text(order).bind(limit + 1).done();
        let mut rows: Vec<CaseRow> = tx.all(sql, binds).await?;
        for row in &mut rows {
            row.overdue = row.open && row.due_at.is_some_and(|d| now > d);
        }
        Ok(Page::cut(rows, limit as usize, |last| Cursor {
            key: if sort == Sort::Due { last.act_by.0 } else { last.reported_at.0 },
            id: last.id.0.as_u128(),
        }))
    }
}

/// How many cases a filter finds: exact up to [`BOUND`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Count {
    /// How many, at most 10,000.
    pub count: i64,
    /// False when there are more than that.
    pub exact: bool,
}

/// Counted exactly up to here; beyond it "10,000+".
pub const BOUND: i64 = 10_000;

/// Counts what [`FindCases`] would list.
pub struct CountCases {
    /// The region.
    pub region: Region,
    /// Which.
    pub query: ListQuery,
}

impl Read for CountCases {
    type Out = Count;
    const SINGLE: bool = true;

    async fn run(&self, tx: &mut Tx) -> Result<Count, Refusal> {
        self.query.check(self.region)?;
        let cond = self.query.cond(tx.actor(), self.region, tx.at())?;
        let filter = Filter::new("SELECT count(*) FROM (SELECT 1 AS one FROM cases c WHERE ").cond(&cond);
        let (sql, binds) = filter.text(" LIMIT ").bind(BOUND + 1).text(") AS found").done();
        let (n,): (i64,) = tx.one(sql, binds).await?;
        Ok(Count { count: n.min(BOUND), exact: n <= BOUND })
    }
}

fn signed_in(actor: &Actor) -> Result<(), Refusal> {
    actor.signed_in().map(drop)
}

/// Cases that the caller may see, page by page.
#[utoipa::path(get, path = "/api/regions/{region}/cases", operation_id = "list_cases", tag = "cases",
    params(("region" = Region, Path), ListQuery), responses((status = 200, body = Page<CaseRow>)))]
pub(crate) async fn list(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<ListQuery>,
) -> Result<Json<Page<CaseRow>>, Problem> {
    signed_in(&actor)?;
    Ok(Json(house.db().read(&actor, FindCases { region, query }).await?))
}

/// How many cases the same filter finds.
#[utoipa::path(get, path = "/api/regions/{region}/cases/count", operation_id = "count_cases", tag = "cases",
    params(("region" = Region, Path), ListQuery), responses((status = 200, body = Count)))]
pub(crate) async fn count(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<ListQuery>,
) -> Result<Json<Count>, Problem> {
    signed_in(&actor)?;
    Ok(Json(house.db().read(&actor, CountCases { region, query }).await?))
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(count))
}
