//! What the check finds, over HTTP: counts by area and class, and the findings by page.

use crate::{Counts, Finding, OUTSIDE_REGION, Remark, check::Sort, shelf, world::ItemClass};
use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{AreaCode, Checks, Cursor, ItemCode, Level, Moment, Page, Power, Refusal, Region};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::{IntoParams, ToSchema};

/// What a check came to, and where: the areas directly inside one, by class.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DutyCheck)]
pub struct CheckSummary {
    /// From when on every date was looked at.
    pub from: Moment,
    /// Pairs of smallest area and condition that were asked.
    pub pairs: usize,
    /// Pairs with something wrong at some date.
    pub pairs_at_fault: usize,
    /// The same by sort.
    pub counts: Counts,
    /// Duties that name what is not there.
    pub duties_at_fault: usize,
    /// Findings: a thing wrong in a whole area counts once.
    pub findings: usize,
    /// How long asking took, in milliseconds; after an edit only what it touches is asked again.
    pub took_ms: f64,
    /// The area looked into.
    pub area: AreaCode,
    /// Its name.
    pub area_name: String,
    /// The classes with something wrong, by code.
    pub classes: Vec<ClassName>,
    /// The areas directly inside it that have something wrong, by code.
    pub areas: Vec<AreaCounts>,
    /// Duties that repeat another; nothing is wrong with that.
    pub remarks: Vec<Remark>,
}

/// A class by name.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DutyClass)]
pub struct ClassName {
    /// Its code.
    pub code: ItemClass,
    /// Its name.
    pub name: String,
}

/// An area's counts by class.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DutyAreaCounts)]
pub struct AreaCounts {
    /// Which area.
    pub code: AreaCode,
    /// Its name.
    pub name: String,
    /// Whether there are areas inside it to look into.
    pub inside: bool,
    /// Counts of each class with something wrong, in the order of `classes`.
    pub counts: Vec<Counts>,
}

/// Which area to look into.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CheckQuery {
    /// The area; the region when left out.
    area: Option<AreaCode>,
}

fn own(region: Region, area: Option<AreaCode>) -> Result<AreaCode, Refusal> {
    let area = area.unwrap_or(region.into());
    if area.region() != region {
        return Err(OUTSIDE_REGION.field("area").with("code", area).with("region", region));
    }
    Ok(area)
}

/// Whether somebody answers everywhere, for everything, at every date from now on. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/duties/check", operation_id = "check_duties", tag = "duties",
    params(("region" = Region, Path), CheckQuery), responses((status = 200, body = CheckSummary)))]
pub(crate) async fn check_duties(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(q): Params<CheckQuery>,
) -> Result<Json<CheckSummary>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let area = own(region, q.area)?;
    let checked = shelf::checked(&house, region).await?;
    Ok(Json(summary(&checked, area)))
}

/// The counts of the areas directly inside one; of itself, where nothing is inside.
fn summary(checked: &shelf::Checked, area: AreaCode) -> CheckSummary {
    let (report, book) = (&checked.report, checked.matrix.book());
    let next = match area.level() {
        Level::Region => Level::Street,
        Level::Street => Level::Community,
        _ => Level::Grid,
    };
    let within = |a: &AreaCode| *a == area || a.at(area.level()) == Some(area);
    let mut codes: BTreeSet<AreaCode> =
        report.matrix.keys().map(|k| k.0).filter(|a| within(a) && a.level() == next && *a != area).collect();
    if codes.is_empty() {
        codes.extend(report.matrix.keys().map(|k| k.0).filter(|a| *a == area));
    }
    let classes: BTreeSet<ItemClass> =
        report.matrix.keys().filter(|(a, _)| codes.contains(a)).map(|k| k.1).collect();
    let name = |a| crate::words::area_name(book, a, report.from);
    let has_more: BTreeSet<AreaCode> = report.matrix.keys().filter_map(|k| k.0.parent()).collect();
    let areas = codes.iter().map(|a| AreaCounts {
        code: *a,
        name: name(*a),
        inside: *a != area && has_more.contains(a),
        counts: classes.iter().map(|c| report.matrix.get(&(*a, *c)).copied().unwrap_or_default()).collect(),
    });
    let classes_named = classes
        .iter()
        .map(|c| ClassName { code: *c, name: book.class_name(*c).unwrap_or_default().to_owned() });
    CheckSummary {
        from: report.from,
        pairs: report.pairs,
        pairs_at_fault: report.pairs_at_fault,
        counts: report.counts,
        duties_at_fault: report.duties_at_fault,
        findings: report.findings.len(),
        took_ms: checked.took_ms,
        area,
        area_name: name(area),
        classes: classes_named.collect(),
        areas: areas.collect(),
        remarks: report.remarks.clone(),
    }
}

/// Which findings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindingsQuery {
    /// That concern this area: inside it, or of an area that holds it.
    area: Option<AreaCode>,
    /// Of this class.
    class: Option<ItemClass>,
    /// Of this item.
    item: Option<ItemCode>,
    /// Of this sort.
    #[param(inline)]
    sort: Option<Sort>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// What the check found, by area, item and date: a thing wrong in a whole area is one finding. Staff of the
/// region.
#[utoipa::path(get, path = "/api/regions/{region}/duties/findings", operation_id = "list_duty_findings",
    tag = "duties", params(("region" = Region, Path), FindingsQuery),
    responses((status = 200, body = Page<Finding>)))]
pub(crate) async fn list_findings(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(q): Params<FindingsQuery>,
) -> Result<Json<Page<Finding>>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let mut checks = Checks::new();
    let limit = q.limit.unwrap_or(50);
    checks.number("limit", limit, 1..=200);
    checks.done()?;
    let area = own(region, q.area)?;
    let after = q.cursor.as_deref().map(Cursor::parse).transpose()?.map_or(-1, |c| c.key);
    let checked = shelf::checked(&house, region).await?;
    let wanted = |f: &Finding| {
        (f.area.at(area.level()) == Some(area) || area.at(f.area.level()) == Some(f.area))
            && q.class.is_none_or(|c| f.class == Some(c))
            && q.item.is_none_or(|i| f.item == Some(i))
            && q.sort.is_none_or(|s| f.sort == s)
    };
    let all = checked.report.findings.iter().enumerate();
    let from = all.skip(usize::try_from(after + 1).unwrap_or_default());
    let some: Vec<(usize, &Finding)> = from.filter(|(_, f)| wanted(f)).take(limit as usize + 1).collect();
    let page = Page::cut(some, limit as usize, |(n, _)| Cursor { key: *n as i64, id: 0 });
    let items = page.items.into_iter().map(|(_, f)| f.clone()).collect();
    Ok(Json(Page { items, next: page.next }))
}

/// What a whole check came to, for the command line.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    /// Which region.
    pub region: Region,
    /// Its name.
    pub name: String,
    /// From when on every date was looked at.
    pub from: Moment,
    /// Pairs asked.
    pub pairs: usize,
    /// Pairs with something wrong.
    pub pairs_at_fault: usize,
    /// The same by sort.
    pub counts: Counts,
    /// Duties that name what is not there.
    pub duties_at_fault: usize,
    /// How long asking took.
    pub took_ms: f64,
    /// Findings by sort.
    pub findings_by_sort: BTreeMap<Sort, usize>,
    /// Every finding.
    pub findings: Vec<Finding>,
    /// Duties that repeat another.
    pub remarks: Vec<Remark>,
}

/// Checks a region whole. Those with [`Power::ReadBase`] there.
pub async fn check(house: &House, actor: &kernel::Actor, region: Region) -> Result<Checked, Refusal> {
    actor.may(Power::ReadBase, Some(region))?;
    let checked = shelf::checked(house, region).await?;
    let report = &checked.report;
    let mut by = BTreeMap::new();
    for f in &report.findings {
        *by.entry(f.sort).or_default() += 1;
    }
    Ok(Checked {
        region,
        name: checked.matrix.book().world().name.clone(),
        from: report.from,
        pairs: report.pairs,
        pairs_at_fault: report.pairs_at_fault,
        counts: report.counts,
        duties_at_fault: report.duties_at_fault,
        took_ms: checked.took_ms,
        findings_by_sort: by,
        findings: report.findings.clone(),
        remarks: report.remarks.clone(),
    })
}
