use crate::{Book, book};
use axum::{Json, extract::State};
use calendar::{Day, Hours, Limit, Line, Run, deadline};
use edge::{Caller, House, Params, PathOf, Problem};
use jiff::civil::Date;
use kernel::{AccountId, Checks, Moment, NOT_FOUND, Power, Refusal, Region, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::{Read, Tx, binds};
use utoipa::{IntoParams, ToSchema};

/// A region's calendar, seen through one year.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalendarView {
    /// Whose.
    pub region: Region,
    /// Its IANA time zone.
    pub zone: String,
    /// The year shown.
    pub year: i16,
    /// Whether the holidays of that year are known.
    pub known: bool,
    /// Whether the region has stored a list of its own for that year, which it can drop.
    pub own: bool,
    /// Whether this program has a list of that year, which counts where the region has none of its own.
    pub built_in: bool,
    /// Its holidays and make-up days, by date.
    pub days: Vec<Day>,
    /// The region's working hours.
    pub hours: Hours,
    /// Whether the region has set them; else they are the usual ones.
    pub hours_own: bool,
    /// The years whose holidays are known.
    pub years: Vec<i16>,
    /// The last day of the last of them: deadlines that count past it are provisional.
    #[schema(value_type = Option<String>, format = Date)]
    pub end: Option<Date>,
}

pub(crate) fn calendar_view(book: &Book, year: i16) -> CalendarView {
    let cal = book.calendar(None);
    let found = book.years().iter().find(|y| y.year == year);
    CalendarView {
        region: book.region,
        zone: book.zone().to_owned(),
        year,
        known: found.is_some(),
        own: book.own_year(year),
        built_in: book.built_in_year(year),
        days: found.map(|y| y.days.clone()).unwrap_or_default(),
        hours: cal.hours().clone(),
        hours_own: book.own_hours(),
        years: cal.years().collect(),
        end: cal.end(),
    }
}

/// Which year.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CalendarQuery {
    /// The year to show; the present one when absent.
    #[param(minimum = 1970, maximum = 2200)]
    year: Option<i16>,
}

/// The holidays of a year and the working hours of a region. Its staff.
#[utoipa::path(get, path = "/api/regions/{region}/calendar", operation_id = "get_calendar", tag = "rules",
    params(("region" = Region, Path), CalendarQuery), responses((status = 200, body = CalendarView)))]
pub(crate) async fn get_calendar(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(q): Params<CalendarQuery>,
) -> Result<Json<CalendarView>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    if let Some(y) = q.year {
        let mut checks = Checks::new();
        checks.number("year", y.into(), 1970..=2200);
        checks.done()?;
    }
    let book = book(&house, region).await?;
    let year = q.year.unwrap_or_else(|| book.calendar(None).local(house.db().world().now()).year());
    Ok(Json(calendar_view(&book, year)))
}

/// What to compute.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeadlineQuery {
    /// When the clock starts, ms since 1970; now when absent.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 7258118400000i64)]
    start: Option<Moment>,
    /// The limit.
    #[param(value_type = Limit)]
    limit: Limit,
    /// Whose working hours; the region's when absent.
    #[param(value_type = Option<UnitId>)]
    unit: Option<UnitId>,
}

/// A deadline and how it comes about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeadlineView {
    /// When it is due; late is strictly after.
    pub due: Moment,
    /// The same by the region's clocks, RFC 3339.
    pub local: String,
    /// Whether it counts past the end of the calendar and will be computed again.
    pub provisional: bool,
    /// Whether the due local time does not exist and was shifted forward.
    pub shifted: bool,
    /// Day by day.
    pub explanation: Vec<Line>,
    /// In one Chinese sentence.
    pub zh: String,
    /// In one English sentence.
    pub en: String,
}

/// 2200-01-01T00:00:00Z.
const LATEST: i64 = 7_258_118_400_000;

/// Compute a deadline by a region's calendar. Its staff.
#[utoipa::path(get, path = "/api/regions/{region}/calendar/deadline", operation_id = "get_deadline", tag = "rules",
    params(("region" = Region, Path), DeadlineQuery), responses((status = 200, body = DeadlineView)))]
pub(crate) async fn get_deadline(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(q): Params<DeadlineQuery>,
) -> Result<Json<DeadlineView>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let start = q.start.unwrap_or_else(|| house.db().world().now());
    let mut checks = Checks::new();
    checks.number("start", start.0, 0..=LATEST);
    checks.done()?;
    let book = book(&house, region).await?;
    let cal = book.calendar(q.unit);
    let run = Run::start(cal, start, q.limit);
    // Without a history there is nothing to refuse.
    let why = deadline(cal, start, q.limit, &[]).map(|(_, why)| why).unwrap_or_default();
    let due = run.due.unwrap_or(start);
    Ok(Json(DeadlineView {
        due,
        local: cal.local(due).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string(),
        provisional: run.provisional,
        shifted: run.shifted,
        zh: why.zh(),
        en: why.en(),
        explanation: why.lines,
    }))
}

/// A stored version of a region's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 2.
    pub version: i64,
    /// Since when it was in force.
    pub from_at: Moment,
    /// Who made it; absent for the system itself.
    pub account: Option<AccountId>,
}

/// A stored version of a region's rules, with the name of whoever made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VersionView {
    /// Its number, from 2.
    pub version: i64,
    /// Since when it was in force.
    pub from_at: Moment,
    /// Who made it; absent for the system itself.
    pub account: Option<AccountId>,
    /// The present name of that account.
    pub account_name: Option<String>,
}

/// A region's rules.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RulesView {
    /// The version shown.
    pub version: i64,
    /// The version in force.
    pub current: i64,
    /// Its content.
    pub rules: flow::Rules,
    /// The stored versions, oldest first; version 1 is the program's own.
    pub versions: Vec<VersionView>,
}

/// What the accounts that made versions of a region's rules are called.
struct Names(Region);

impl Read for Names {
    type Out = HashMap<AccountId, String>;
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        let sql = "SELECT DISTINCT a.id, a.name FROM rule_versions v JOIN accounts a ON a.id = v.account WHERE v.region = $1";
        let rows: Vec<(AccountId, String)> = tx.all(sql, binds![self.0]).await?;
        Ok(rows.into_iter().collect())
    }
}

fn rules_view(book: &Book, version: i64, names: &HashMap<AccountId, String>) -> Option<RulesView> {
    let rules = book.known(version)?.clone();
    let named = |v: &Version| VersionView {
        version: v.version,
        from_at: v.from_at,
        account: v.account,
        account_name: v.account.and_then(|a| names.get(&a).cloned()),
    };
    Some(RulesView {
        version,
        current: book.version(),
        rules,
        versions: book.versions().map(named).collect(),
    })
}

/// Which version.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RulesQuery {
    /// The version to show; the one in force when absent.
    #[param(minimum = 1)]
    version: Option<i64>,
}

/// The rules of a region and their versions. Its staff.
#[utoipa::path(get, path = "/api/regions/{region}/rules", operation_id = "get_rules", tag = "rules",
    params(("region" = Region, Path), RulesQuery), responses((status = 200, body = RulesView)))]
pub(crate) async fn get_rules(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(q): Params<RulesQuery>,
) -> Result<Json<RulesView>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    if let Some(v) = q.version {
        let mut checks = Checks::new();
        checks.number("version", v, 1..=i64::MAX);
        checks.done()?;
    }
    let book = book(&house, region).await?;
    let names = house.db().read(&actor, Names(region)).await?;
    let view = rules_view(&book, q.version.unwrap_or_else(|| book.version()), &names);
    Ok(Json(view.ok_or_else(|| NOT_FOUND.refuse())?))
}
