use crate::{Item, ItemKind, stored};
use areas::When;
use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{Moment, NOT_FOUND, Page, Power, Refusal, Region};
use serde::Deserialize;
use store::{Read, Tx};
use utoipa::IntoParams;

/// Which edition of the catalogue is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The one in force now.
    Now,
    /// The one in force at a moment.
    At(Moment),
    /// A version, drafts included; for those who may read the base data.
    Version(i64),
}

/// The catalogue of a region, by code: what residents may report, or everything for those with
/// [`Power::ReadBase`] there. Retired items only when asked for, and only to the latter.
pub struct FindItems {
    /// Of which region.
    pub region: Region,
    /// In which edition.
    pub which: Which,
    /// Retired ones too.
    pub all: bool,
    /// Only those in which this text occurs: name, major, synonyms, codes, conditions.
    pub q: Option<String>,
}

impl Read for FindItems {
    type Out = Vec<Item>;

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Item>, Refusal> {
        let power = tx.actor().may(Power::ReadBase, Some(self.region));
        if self.all || matches!(self.which, Which::Version(_)) {
            power.clone()?;
        }
        let catalogue = match self.which {
            Which::Now => stored::in_force(tx, self.region).await?,
            Which::At(at) => stored::in_force_at(tx, self.region, at).await?,
            Which::Version(v) => match stored::catalogue(tx, self.region, v).await? {
                None => return Err(NOT_FOUND.refuse()),
                found => found,
            },
        };
        let Some(catalogue) = catalogue else { return Ok(Vec::new()) };
        let staff = power.is_ok();
        let words = words(self.q.as_deref().unwrap_or_default());
        let mut items = stored::items(tx, self.region, catalogue.version).await?;
        items.retain(|i| (self.all || !i.retired) && (staff || (i.public && i.usable())) && holds(i, &words));
        if !staff {
            items.iter_mut().for_each(public);
        }
        Ok(items)
    }
}

/// What residents are told of an item: its draft conditions are none of theirs.
fn public(item: &mut Item) {
    item.conditions.retain(|c| !c.draft);
    for c in &mut item.conditions {
        (c.record, c.line) = (None, None);
        c.printed.clear();
    }
}

fn words(q: &str) -> Vec<String> {
    q.split_whitespace().map(areas::normal).filter(|w| !w.is_empty()).collect()
}

/// Whether every word occurs somewhere in the item.
fn holds(item: &Item, words: &[String]) -> bool {
    words.iter().all(|word| {
        let has = |text: &str| areas::normal(text).contains(word.as_str());
        has(&item.name)
            || has(&item.major)
            || has(&item.code.to_string())
            || item.printed.as_deref().is_some_and(has)
            || item.domain.as_deref().is_some_and(has)
            || item.synonyms.iter().any(|s| has(s))
            || item.conditions.iter().any(|c| has(&c.filing) || has(&c.closing))
            || matches!((item.kind, word.as_str()), (ItemKind::Component, "部件") | (ItemKind::Event, "事件"))
    })
}

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemsQuery {
    /// Retired items too; for staff of the region.
    #[serde(default)]
    all: bool,
    /// In this version, drafts included; for staff of the region.
    #[param(minimum = 1)]
    version: Option<i64>,
    /// As the catalogue was at this day or moment, or will be; now when left out.
    #[param(inline)]
    at: Option<When>,
    /// Only those in which all these words occur: name, major, domain, synonyms, codes, conditions.
    #[param(max_length = 100)]
    q: Option<String>,
}

/// The item catalogue of a region, with the conditions. Anyone sees what residents may report; staff of the
/// region see all.
#[utoipa::path(get, path = "/api/regions/{region}/items", operation_id = "list_items", tag = "items",
    params(("region" = Region, Path), ItemsQuery), responses((status = 200, body = Page<Item>)))]
pub(crate) async fn list_items(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<ItemsQuery>,
) -> Result<Json<Page<Item>>, Problem> {
    let mut checks = kernel::Checks::new();
    checks.opt_text("q", query.q.as_deref(), 0..=100);
    checks.hold(
        query.version.is_none() || query.at.is_none(),
        "at",
        "item.version_or_date",
        "版本和日期只能给一个。",
        "Give a version or a date, not both.",
    );
    checks.done()?;
    let which = match (query.version, query.at) {
        (Some(v), _) => Which::Version(v),
        (None, Some(when)) => Which::At(moment(&house, &actor, region, when).await?),
        (None, None) => Which::Now,
    };
    let items = house.db().read(&actor, FindItems { region, which, all: query.all, q: query.q }).await?;
    Ok(Json(Page { items, next: None }))
}

/// The moment meant in a region's time zone.
async fn moment(house: &House, actor: &kernel::Actor, region: Region, when: When) -> Result<Moment, Refusal> {
    let zone = areas::zone_of(house.db(), actor, &house.keep::<areas::Maps>(), region).await?;
    Ok(when.moment(&zone))
}
