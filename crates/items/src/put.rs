use crate::{Item, OUTSIDE_REGION, find};
use audit::Note;
use axum::{Json, extract::State};
use calendar::{Limit, MonthDay};
use edge::{Body, Caller, House, PathOf, Problem};
use kernel::{Checks, ItemCode, Moment, Power, Refusal, Region};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{StoreError, Tx, Write, binds};
use utoipa::ToSchema;

/// What sort of matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum ItemKind {
    /// 部件: a thing that is broken
    #[serde(rename = "component")]
    Component,
    /// 事件: something that happens
    #[serde(rename = "event")]
    Event,
}

impl ItemKind {
    /// The fixed code.
    pub const fn code(self) -> &'static str {
        match self {
            ItemKind::Component => "component",
            ItemKind::Event => "event",
        }
    }
    /// By its code.
    pub fn parse(code: &str) -> Option<ItemKind> {
        [ItemKind::Component, ItemKind::Event].into_iter().find(|k| k.code() == code)
    }
}

/// What an item is.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutItemBody {
    /// Its name.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// A thing or a happening.
    pub kind: ItemKind,
    /// The name of its major class.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub major: String,
    /// The time limit, as "2wd" or "2工作日".
    pub limit: Limit,
    /// Other limits for parts of the year; they don't overlap.
    #[serde(default)]
    #[schema(max_items = 4)]
    pub seasons: Vec<SeasonLimit>,
    /// Danger to life or property: the clock runs day and night.
    pub urgent: bool,
    /// Residents may report it themselves.
    pub public: bool,
    /// On the published list of tasks a community takes on; others need its consent.
    #[serde(default)]
    pub community: bool,
    /// Taken out of the catalogue.
    #[serde(default)]
    pub retired: bool,
}

/// A limit for a part of the year ("15 working days in planting season"), both days included. It may run
/// over the year's end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeasonLimit {
    /// The first day, as "03-01".
    pub from: MonthDay,
    /// The last day.
    pub to: MonthDay,
    /// The limit for cases filed between them.
    pub limit: Limit,
}

impl SeasonLimit {
    /// Whether a day of the year lies in it.
    pub fn holds(&self, day: MonthDay) -> bool {
        if self.from <= self.to {
            self.from <= day && day <= self.to
        } else {
            self.from <= day || day <= self.to
        }
    }
}

impl PutItemBody {
    pub(crate) fn check(&self, checks: &mut Checks, at: &str) {
        checks.text(&format!("{at}name"), &self.name, 1..=100);
        checks.text(&format!("{at}major"), &self.major, 1..=100);
        checks.number(&format!("{at}seasons"), self.seasons.len() as i64, 0..=4);
        // Two stretches of a circle that share a day: one of them holds the other's first.
        let overlap = self
            .seasons
            .iter()
            .enumerate()
            .any(|(i, a)| self.seasons[i + 1..].iter().any(|b| a.holds(b.from) || b.holds(a.from)));
        checks.hold(
            !overlap,
            &format!("{at}seasons"),
            "item.seasons_overlap",
            "季节时限的日期不能重叠。",
            "Seasons must not overlap.",
        );
    }

    pub(crate) fn item(&self, code: ItemCode, from_at: Moment) -> Item {
        Item {
            code,
            name: self.name.trim().to_owned(),
            kind: self.kind,
            major: self.major.trim().to_owned(),
            limit: self.limit,
            seasons: self.seasons.clone(),
            community: self.community,
            urgent: self.urgent,
            public: self.public,
            retired: self.retired,
            from_at,
        }
    }
}

/// Makes, changes, retires or brings back an item. Catalogue stewards of the region. Put again unchanged,
/// nothing happens.
pub struct PutItem {
    /// In which region.
    pub region: Region,
    /// Which item; its code starts with the region's.
    pub code: ItemCode,
    /// What it is to be.
    pub is: PutItemBody,
}

impl Write for PutItem {
    type Out = Item;

    async fn run(&self, tx: &mut Tx) -> Result<Item, Refusal> {
        tx.actor().may(Power::EditItems, Some(self.region))?;
        let mut checks = Checks::new();
        self.is.check(&mut checks, "");
        checks.done()?;
        within(self.region, self.code)?;
        let was = find(tx, self.region, self.code).await?;
        let is = self.is.item(self.code, tx.at());
        match was {
            Some(was) if same(&was, &is) => Ok(was),
            was => {
                write(tx, self.region, &is).await?;
                let note = Note {
                    region: self.region,
                    action: "item.put",
                    object: format!("item/{}", self.code),
                    detail: json!({
                        "kind": is.kind, "limit": is.limit, "seasons": is.seasons, "community": is.community, "urgent": is.urgent,
                        "public": is.public, "retired": is.retired, "new": was.is_none(),
                    }),
                };
                audit::record(tx, note, None).await?;
                Ok(is)
            }
        }
    }
}

pub(crate) fn within(region: Region, code: ItemCode) -> Result<(), Refusal> {
    if code.region() == region {
        return Ok(());
    }
    Err(OUTSIDE_REGION.field("code").with("code", code).with("region", region))
}

/// Whether an item has stayed what it was.
pub(crate) fn same(was: &Item, is: &Item) -> bool {
    *was == Item { from_at: was.from_at, ..is.clone() }
}

pub(crate) async fn write(tx: &mut Tx, region: Region, is: &Item) -> Result<(), StoreError> {
    let seasons = serde_json::to_string(&is.seasons).map_err(|e| StoreError::Internal(e.to_string()))?;
    tx.put(
        "INSERT INTO items (region, code, name, kind, major, time_limit, urgent, public, retired, from_at, seasons, community)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (region, code) DO UPDATE SET name = excluded.name, kind = excluded.kind,
           major = excluded.major, time_limit = excluded.time_limit, urgent = excluded.urgent,
           public = excluded.public, retired = excluded.retired, from_at = excluded.from_at, seasons = excluded.seasons,
           community = excluded.community",
        binds![
            region,
            is.code,
            &is.name,
            is.kind.code(),
            &is.major,
            is.limit.code(),
            is.urgent,
            is.public,
            is.retired,
            is.from_at,
            seasons,
            is.community
        ],
    )
    .await
}

/// Make, change or retire an item of the catalogue. Catalogue stewards of the region.
#[utoipa::path(put, path = "/api/regions/{region}/items/{code}", operation_id = "put_item", tag = "items",
    params(("region" = Region, Path), ("code" = ItemCode, Path)), request_body = PutItemBody,
    responses((status = 200, body = Item)))]
pub(crate) async fn put_item(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, code)): PathOf<(Region, ItemCode)>,
    Body(is): Body<PutItemBody>,
) -> Result<Json<Item>, Problem> {
    Ok(Json(house.db().write(&actor, PutItem { region, code, is }).await?))
}
