//! Lists and counts of cases, by one filter and one scope.

use crate::{Scope, scope::Arm};
use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use flow::{Asks, Stage};
use kernel::{
    AccountId, Actor, AreaCode, CaseId, Checks, Cursor, ItemCode, Moment, Page, Refusal, Region, UnitId, Uuid,
};
use serde::{Deserialize, Serialize};
use store::{Cond, Filter, FromRow, Read, Row, StoreError, Tx, binds};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Which cases, of those the caller may see.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// `all` that the caller may see (the default), or one of the worklists.
    #[serde(default)]
    #[param(inline)]
    pub view: View,
    /// Only in this stage.
    #[param(inline)]
    pub stage: Option<Stage>,
    /// Only the one of this number.
    #[param(min_length = 1, max_length = 40)]
    pub number: Option<String>,
    /// Only those that wait for this decision.
    #[param(inline)]
    pub asks: Option<Asks>,
    /// Only those being urged (true).
    pub urged: Option<bool>,
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Everything in scope.
    #[default]
    All,
    /// What waits for the caller: the work of their stages and the decisions that are theirs.
    Todo,
    /// What was handed to the caller in person, checks on the spot among them.
    Mine,
    /// What the caller's units have to accept or to do, assistance among it.
    Unit,
    /// Results the caller may verify.
    Verify,
    /// Requests, refusals, appeals and call-backs the caller has to decide or make.
    Decide,
    /// What came back to the caller: refused, or returned for rework.
    SentBack,
    /// Late by the deadline that counts.
    Overdue,
    /// Due within a day.
    DueSoon,
    /// Being urged.
    Urged,
}

impl View {
    /// The worklists, in the order of the screen.
    pub const LISTS: [View; 9] = [
        View::Todo,
        View::Mine,
        View::Unit,
        View::Verify,
        View::Decide,
        View::SentBack,
        View::Overdue,
        View::DueSoon,
        View::Urged,
    ];
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
    /// What it waits to have decided.
    pub asks: Option<Asks>,
    /// Whether it came to where it is by being sent back.
    pub sent_back: bool,
    /// Whether it is being urged.
    pub urged: bool,
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
            asks: Asks::stored(r.next()?),
            sent_back: r.next()?,
            urged: r.next()?,
            act_by: r.next()?,
            overdue: false,
        };
        // While somebody has to act, their clock counts; afterwards the resident's.
        if row.open {
            row.due_at = Some(row.act_by);
        }
        Ok(row)
    }
}

const LIST: &str = "SELECT c.id, c.number, c.stage, c.round, c.version, c.urgent, c.channel, t.title, t.place, c.item, c.grid,
  c.lon, c.lat, c.unit, c.handler, c.reported_at, c.filed_at, c.case_due, c.open, c.asks, c.sent_back, c.urged, c.act_by ";
const FROM: &str = "FROM cases c LEFT JOIN case_texts t ON t.region = c.region AND t.case_id = c.id WHERE ";
// CROSS: begin with the parties, which are few, whatever the order asked for.
const FROM_PARTIES: &str = "FROM case_parties p CROSS JOIN cases c
  LEFT JOIN case_texts t ON t.region = c.region AND t.case_id = c.id WHERE c.region = p.region AND c.id = p.case_id AND ";
const COUNT: &str = " + (SELECT count(*) FROM (SELECT 1 AS one FROM cases c WHERE ";
const COUNT_PARTIES: &str = " + (SELECT count(*) FROM (SELECT 1 AS one FROM case_parties p CROSS JOIN cases c
  WHERE c.region = p.region AND c.id = p.case_id AND ";

impl ListQuery {
    fn sort(&self) -> Sort {
        self.sort.unwrap_or(if self.view == View::All { Sort::Newest } else { Sort::Due })
    }

    fn limit(&self) -> i64 {
        self.limit.unwrap_or(50)
    }

    fn check(&self, region: Region) -> Result<(), Refusal> {
        let mut c = Checks::new();
        c.number("limit", self.limit(), 1..=200);
        c.opt_text("number", self.number.as_deref(), 1..=40);
        let here = self.area.is_none_or(|a| a.region() == region);
        c.hold(here, "area", "area.other_region", "该区域不在本县区内。", "This area is in another region.");
        c.done()?;
        self.cursor.as_deref().map_or(Ok(()), |c| Cursor::parse(c).map(drop))
    }

    /// What is asked for, in parts that an index can walk each. A case may be found by several of them.
    fn arms(&self, actor: &Actor, region: Region, now: Moment) -> Result<Vec<Arm>, Refusal> {
        let scope = Scope::of(actor, region)?;
        let arms = match self.view {
            View::All | View::Overdue | View::DueSoon | View::Urged => scope.arms(),
            View::Todo | View::SentBack => scope.work(),
            View::Mine => scope.mine(),
            View::Unit => scope.of_units(),
            View::Verify => scope.to_verify(actor),
            View::Decide => scope.to_decide(),
        };
        let filter = self.filter(now);
        // What is sent back or urged is found by an index of its own.
        let few = matches!(self.view, View::SentBack | View::Urged);
        let with = |a: Arm| Arm {
            cond: Cond::All([vec![a.cond], filter.clone()].concat()),
            few: a.few || few,
            parties: a.parties,
        };
        Ok(arms.into_iter().map(with).collect())
    }

    fn filter(&self, now: Moment) -> Vec<Cond> {
        let mut all = Vec::new();
        match self.view {
            View::Overdue => all.push(Cond::is("c.open AND c.act_by < ?", [now])),
            View::DueSoon => {
                all.push(Cond::Is(
                    "c.open AND c.act_by >= ? AND c.act_by <= ?",
                    binds![now, now.plus(Moment::DAY)],
                ));
            }
            View::SentBack => all.push(Cond::is::<i64>("c.sent_back", [])),
            View::Urged => all.push(Cond::is::<i64>("c.urged", [])),
            _ => {}
        }
        if let Some(n) = &self.number {
            all.push(Cond::Is("c.number = ?", binds![n.trim()]));
        }
        if let Some(a) = self.asks {
            all.push(Cond::Is("c.asks = ? AND c.asks <> 0", binds![a.number()]));
        }
        match self.urged {
            Some(true) => all.push(Cond::is::<i64>("c.urged", [])),
            Some(false) => all.push(Cond::is::<i64>("NOT c.urged", [])),
            None => {}
        }
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
            // An appeal waits for its decision on a closed case.
            None if self.sort() == Sort::Due && self.view != View::Decide => {
                all.push(Cond::is::<i64>("c.open", []))
            }
            None => {}
        }
        match self.overdue {
            Some(true) => all.push(Cond::is("c.open AND c.act_by < ?", [now])),
            Some(false) => all.push(Cond::is("(NOT c.open OR c.act_by >= ?)", [now])),
            None => {}
        }
        all
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
        let arms = q.arms(tx.actor(), self.region, now)?;
        let cursor = q.cursor.as_deref().map(Cursor::parse).transpose()?;
        if arms.is_empty() {
            return Ok(Page { items: Vec::new(), next: None });
        }
        // One statement, and so one snapshot: each part in its order by its index, put together.
        let many = arms.len() > 1;
        let mut filter = Filter::new("");
        for (i, arm) in arms.iter().enumerate() {
            filter = filter.text(if i == 0 { "SELECT * FROM (" } else { " UNION ALL SELECT * FROM (" });
            filter = filter.text(LIST).text(if arm.parties { FROM_PARTIES } else { FROM }).cond(&arm.cond);
            if let Some(c) = &cursor {
                filter = filter.text(match sort {
                    Sort::Due => " AND (c.act_by, c.id) > (",
                    Sort::Newest => " AND (c.reported_at, c.id) < (",
                });
                filter = filter.bind(c.key).text(", ").bind(Uuid::from_u128(c.id)).text(")");
            }
            // A sum has no index: few cases are found first and put in order then.
            filter = filter.text(match (sort, arm.few) {
                (Sort::Due, false) => " ORDER BY c.act_by, c.id LIMIT ",
                (Sort::Due, true) => " ORDER BY c.act_by + 0, c.id LIMIT ",
                (Sort::Newest, false) => " ORDER BY c.reported_at DESC, c.id DESC LIMIT ",
                (Sort::Newest, true) => " ORDER BY c.reported_at + 0 DESC, c.id DESC LIMIT ",
            });
            filter = filter.bind(limit + 1).text(") AS part");
        }
        let (sql, binds) = filter.done();
        let mut rows: Vec<CaseRow> = tx.all(sql, binds).await?;
        if many {
            // Each part is in order; all of them are put in order again, each case once.
            match sort {
                Sort::Due => rows.sort_by_key(|r| (r.act_by, r.id)),
                Sort::Newest => rows.sort_by_key(|r| std::cmp::Reverse((r.reported_at, r.id))),
            }
            rows.dedup_by_key(|r| r.id);
            rows.truncate(limit as usize + 1);
        }
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
        let arms = self.query.arms(tx.actor(), self.region, tx.at())?;
        let mut filter = Filter::new("SELECT 0");
        for (i, arm) in arms.iter().enumerate() {
            // What an earlier part has counted is not counted again.
            let others = arms[..i].iter().map(|a| Cond::Not(Box::new(a.cond.clone())));
            let cond = Cond::All([arm.cond.clone()].into_iter().chain(others).collect());
            filter = filter.text(if arm.parties { COUNT_PARTIES } else { COUNT }).cond(&cond);
            filter = filter.text(" LIMIT ").bind(BOUND + 1).text(") AS part)");
        }
        let (sql, binds) = filter.done();
        let (n,): (i64,) = tx.one(sql, binds).await?;
        Ok(Count { count: n.min(BOUND), exact: n <= BOUND })
    }
}

/// A worklist and how much it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Worklist {
    /// Which.
    pub view: View,
    /// How many, at most 10,000.
    pub count: i64,
    /// False when there are more than that.
    pub exact: bool,
}

/// The caller's worklists with their counts, all of one moment.
pub struct Worklists(pub Region);

impl Read for Worklists {
    type Out = Vec<Worklist>;
    async fn run(&self, tx: &mut Tx) -> Result<Vec<Worklist>, Refusal> {
        let mut lists = Vec::with_capacity(View::LISTS.len());
        for view in View::LISTS {
            let query = ListQuery { view, ..ListQuery::default() };
            let Count { count, exact } = CountCases { region: self.0, query }.run(tx).await?;
            lists.push(Worklist { view, count, exact });
        }
        Ok(lists)
    }
}

/// The caller's worklists, counted in one snapshot.
#[utoipa::path(get, path = "/api/regions/{region}/cases/worklists", operation_id = "worklists", tag = "cases",
    params(("region" = Region, Path)), responses((status = 200, body = Page<Worklist>)))]
pub(crate) async fn worklists(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
) -> Result<Json<Page<Worklist>>, Problem> {
    signed_in(&actor)?;
    Ok(Json(Page { items: house.db().read(&actor, Worklists(region)).await?, next: None }))
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
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(count)).routes(routes!(worklists))
}
