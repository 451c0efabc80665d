use crate::{ItemKind, SeasonLimit};
use axum::{Json, extract::State};
use calendar::{Limit, MonthDay};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{ItemCode, Moment, Page, Power, Refusal, Region};
use serde::{Deserialize, Serialize};
use store::{FromRow, Read, Row, StoreError, Tx, binds};
use utoipa::{IntoParams, ToSchema};

/// A kind of matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Item {
    /// Its code: region, major and minor class.
    pub code: ItemCode,
    /// Its name.
    pub name: String,
    /// A thing or a happening.
    pub kind: ItemKind,
    /// The name of its major class.
    pub major: String,
    /// The time limit.
    pub limit: Limit,
    /// Other limits for parts of the year.
    pub seasons: Vec<SeasonLimit>,
    /// On the published list of tasks a community takes on; others need its consent.
    pub community: bool,
    /// Danger to life or property: the clock runs day and night.
    pub urgent: bool,
    /// Residents may report it themselves.
    pub public: bool,
    /// Taken out of the catalogue; only old cases have it.
    pub retired: bool,
    /// Since when it has stood so.
    pub from_at: Moment,
}

impl FromRow for Item {
    fn from_row(row: &mut Row<'_>) -> Result<Item, StoreError> {
        let broken = |what: &str| StoreError::Internal(format!("a stored item has no readable {what}"));
        Ok(Item {
            code: row.next::<Option<ItemCode>>()?.ok_or_else(|| broken("code"))?,
            name: row.next()?,
            kind: ItemKind::parse(&row.next::<String>()?).ok_or_else(|| broken("kind"))?,
            major: row.next()?,
            limit: Limit::parse(&row.next::<String>()?).map_err(|_| broken("limit"))?,
            seasons: serde_json::from_str(&row.next::<String>()?).map_err(|_| broken("seasons"))?,
            community: row.next()?,
            urgent: row.next()?,
            public: row.next()?,
            retired: row.next()?,
            from_at: row.next()?,
        })
    }
}

impl Item {
    /// The limit for a case filed on this day of the year.
    pub fn limit_on(&self, day: MonthDay) -> Limit {
        self.seasons.iter().find(|s| s.holds(day)).map_or(self.limit, |s| s.limit)
    }
}

/// An item of a region, retired ones included: one indexed statement, for whoever files a case.
pub async fn find(tx: &mut Tx, region: Region, code: ItemCode) -> Result<Option<Item>, StoreError> {
    tx.maybe(
        "SELECT code, name, kind, major, time_limit, seasons, community, urgent, public, retired, from_at FROM items
         WHERE region = $1 AND code = $2",
        binds![region, code],
    )
    .await
}

/// The catalogue of a region, by code: what residents may report, or everything for those with
/// [`Power::ReadBase`] there. Retired items only when asked for, and only to the latter.
pub struct FindItems {
    /// Of which region.
    pub region: Region,
    /// Retired ones too.
    pub all: bool,
}

impl Read for FindItems {
    type Out = Vec<Item>;
    const SINGLE: bool = true;

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Item>, Refusal> {
        let power = tx.actor().may(Power::ReadBase, Some(self.region));
        if self.all {
            power.clone()?;
        }
        Ok(tx
            .all(
                "SELECT code, name, kind, major, time_limit, seasons, community, urgent, public, retired, from_at FROM items
                 WHERE region = $1 AND (NOT retired OR $2) AND (public OR $3) ORDER BY code",
                binds![self.region, self.all, power.is_ok()],
            )
            .await?)
    }
}

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemsQuery {
    /// Retired items too; for staff of the region.
    #[serde(default)]
    all: bool,
}

/// The item catalogue of a region. Anyone sees what residents may report; staff of the region see all.
#[utoipa::path(get, path = "/api/regions/{region}/items", operation_id = "list_items", tag = "items",
    params(("region" = Region, Path), ItemsQuery), responses((status = 200, body = Page<Item>)))]
pub(crate) async fn list_items(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<ItemsQuery>,
) -> Result<Json<Page<Item>>, Problem> {
    let items = house.db().read(&actor, FindItems { region, all: query.all }).await?;
    Ok(Json(Page { items, next: None }))
}
