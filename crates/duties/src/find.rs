use crate::{
    DutyRow, OUTSIDE_REGION,
    row::{DutyView, Kept as Was, Parts},
    shelf::{self, Kept},
    world::*,
};
use areas::When;
use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{
    AccountId, AreaCode, Checks, Cursor, DutyId, ItemCode, Moment, NOT_FOUND, Page, PlaceId, Power, Refusal,
    Region, UnitId,
};
use serde::{Deserialize, Serialize};
use store::{Read, StoreError, Tx, binds};
use utoipa::{IntoParams, ToSchema};

/// In which state of its time a duty is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DutyInTime)]
pub(crate) enum InTime {
    /// In force.
    Current,
    /// Not yet.
    Future,
    /// No more.
    Ended,
}

/// Which duties.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DutiesQuery {
    /// That stand on this area or inside it.
    area: Option<AreaCode>,
    /// That stand on this place.
    place: Option<PlaceId>,
    /// That are about this item: by itself, by its class, by its domain.
    item: Option<ItemCode>,
    /// That name this unit.
    unit: Option<UnitId>,
    /// That name this role.
    #[param(min_length = 1, max_length = 60)]
    role: Option<String>,
    /// That are in force at this day of the region or moment.
    at: Option<When>,
    /// That are in this state now.
    #[param(inline)]
    state: Option<InTime>,
    /// That have all these words in the names of what they speak of, in basis or note.
    #[param(max_length = 100)]
    q: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

impl DutiesQuery {
    fn takes(&self, kept: &Kept, row: &DutyRow, now: Moment, words: &[String]) -> bool {
        let (duty, book) = (&row.duty, &kept.book);
        let zone = &book.world().zone;
        let area = self.area.is_none_or(|asked| match duty.ground {
            Ground::Area(a) => a.at(asked.level()) == Some(asked),
            Ground::Place(_) => {
                let cells = book.land().cells.get(&duty.ground).into_iter().flatten();
                let areas = cells.filter_map(|c| book.world().land.cells[*c as usize].site.areas.first());
                asked == AreaCode::from(book.region())
                    || areas.into_iter().any(|a| a.at(asked.level()) == Some(asked))
            }
        });
        let item = self.item.is_none_or(|asked| match &duty.subject {
            Subject::Item(i) => *i == asked,
            Subject::Class(c) => *c == ItemClass::of(asked),
            Subject::Domain(d) => {
                let version = book.version_at(self.at.map_or(now, |w| w.moment(zone)));
                let item = version.and_then(|v| book.item(v, asked));
                item.is_some_and(|i| i.domain.as_ref() == Some(d))
            }
        });
        let state = self.state.is_none_or(|s| match s {
            InTime::Current => duty.span.holds(now),
            InTime::Future => now < duty.span.from,
            InTime::Ended => duty.span.until.is_some_and(|u| u <= now),
        });
        let parts = Parts::of(duty);
        area && item
            && state
            && self.place.is_none_or(|p| parts.place == Some(p))
            && self.unit.is_none_or(|u| parts.unit == Some(u))
            && self.role.as_ref().is_none_or(|r| parts.role.as_ref() == Some(r))
            && self.at.is_none_or(|w| duty.span.holds(w.moment(zone)))
            && (words.is_empty() || spoken(&DutyView::of(book, row), words))
    }
}

fn spoken(view: &DutyView, words: &[String]) -> bool {
    let item = view.item.map(|i| i.to_string()).or(view.class.map(|c| c.to_string()));
    let area = view.area.map(|a| a.to_string());
    let text = [
        view.ground_name.as_str(),
        &view.subject_name,
        &view.answer_zh,
        &view.answer_en,
        &view.basis,
        &view.note,
        item.as_deref().unwrap_or_default(),
        area.as_deref().unwrap_or_default(),
    ]
    .join("\n")
    .to_lowercase();
    words.iter().all(|w| text.contains(w))
}

/// Where a duty stands in the list: by area, places at the end.
pub(crate) fn place_in_list(row: &DutyRow) -> (i64, u128) {
    let key = match row.duty.ground {
        // As long as a grid's code: an area comes before what is inside it.
        Ground::Area(a) => a.grids().0,
        Ground::Place(_) => i64::MAX,
    };
    (key, row.duty.id.0.as_u128())
}

/// The duties of a region, by area, those on places at the end. Ended ones too, unless asked otherwise: a duty
/// is never deleted. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/duties", operation_id = "list_duties", tag = "duties",
    params(("region" = Region, Path), DutiesQuery), responses((status = 200, body = Page<DutyView>)))]
pub(crate) async fn list_duties(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(q): Params<DutiesQuery>,
) -> Result<Json<Page<DutyView>>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let mut checks = Checks::new();
    let limit = q.limit.unwrap_or(50);
    checks.number("limit", limit, 1..=200);
    checks.opt_text("q", q.q.as_deref(), 0..=100);
    checks.opt_text("role", q.role.as_deref(), 1..=60);
    checks.done()?;
    if let Some(area) = q.area.filter(|a| a.region() != region) {
        return Err(OUTSIDE_REGION.field("area").with("code", area).with("region", region).into());
    }
    let after = q.cursor.as_deref().map(Cursor::parse).transpose()?.map(|c| (c.key, c.id));
    let kept = shelf::kept(&house, region).await?;
    Ok(Json(page(&kept, &q, after, limit as usize, house.db().world().now())))
}

fn page(
    kept: &Kept,
    q: &DutiesQuery,
    after: Option<(i64, u128)>,
    limit: usize,
    now: Moment,
) -> Page<DutyView> {
    let words: Vec<String> = q.q.iter().flat_map(|q| q.split_whitespace()).map(str::to_lowercase).collect();
    let mut found: Vec<&DutyRow> = kept
        .rows
        .iter()
        .filter(|r| after.is_none_or(|a| a < place_in_list(r)) && q.takes(kept, r, now, &words))
        .collect();
    found.sort_by_key(|r| place_in_list(r));
    let cut = Page::cut(found, limit, |last| {
        let (key, id) = place_in_list(last);
        Cursor { key, id }
    });
    Page { items: cut.items.into_iter().map(|r| DutyView::of(&kept.book, r)).collect(), next: cut.next }
}

/// What a duty was before a change.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DutyVersion {
    /// What it was.
    pub duty: DutyView,
    /// Who wrote it so; the system when absent.
    pub account: Option<AccountId>,
    /// When it became something else.
    pub replaced_at: Moment,
}

/// A duty with everything it has been.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DutyHistory {
    /// What it is.
    pub duty: DutyView,
    /// What it was, the latest first.
    pub versions: Vec<DutyVersion>,
}

struct History(Region, DutyId);
type Version = (Moment, Moment, Option<AccountId>, String);

impl Read for History {
    type Out = Vec<Version>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Vec<Version>, Refusal> {
        Ok(tx
            .all(
                "SELECT until_at, at, account, body FROM duty_versions WHERE region = $1 AND id = $2
                 ORDER BY until_at DESC",
                binds![self.0, self.1.0],
            )
            .await?)
    }
}

/// A duty and what it was before each change. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/duties/{id}", operation_id = "get_duty", tag = "duties",
    params(("region" = Region, Path), ("id" = DutyId, Path)), responses((status = 200, body = DutyHistory)))]
pub(crate) async fn get_duty(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, DutyId)>,
) -> Result<Json<DutyHistory>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let kept = shelf::kept(&house, region).await?;
    let row = kept.rows.iter().find(|r| r.duty.id == id).ok_or_else(|| NOT_FOUND.refuse())?;
    let was = house.db().read(&actor, History(region, id)).await?;
    let versions: Result<Vec<DutyVersion>, StoreError> = was
        .into_iter()
        .map(|(replaced_at, at, account, body)| {
            let was: Was = serde_json::from_str(&body)
                .map_err(|e| StoreError::Internal(format!("a version of a duty cannot be read: {e}")))?;
            let row = was.row(id, at, account)?;
            Ok(DutyVersion { duty: DutyView::of(&kept.book, &row), account, replaced_at })
        })
        .collect();
    Ok(Json(DutyHistory { duty: DutyView::of(&kept.book, row), versions: versions.map_err(Refusal::from)? }))
}
