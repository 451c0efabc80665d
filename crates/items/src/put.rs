use crate::{Item, OUTSIDE_REGION, find};
use audit::Note;
use axum::{Json, extract::State};
use edge::{Body, Caller, House, PathOf, Problem};
use kernel::{Checks, ItemCode, Moment, Power, Refusal, Region};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{StoreError, Tx, Write, binds};
use utoipa::ToSchema;

/// The longest time limit: two years of hours.
pub const LONGEST_LIMIT: i64 = 2 * 8760;

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
    /// Hours from filing to closing.
    #[schema(minimum = 1, maximum = 17520)]
    pub limit_hours: i64,
    /// Danger to life or property: the clock runs day and night.
    pub urgent: bool,
    /// Residents may report it themselves.
    pub public: bool,
    /// Taken out of the catalogue.
    #[serde(default)]
    pub retired: bool,
}

impl PutItemBody {
    pub(crate) fn check(&self, checks: &mut Checks, at: &str) {
        checks.text(&format!("{at}name"), &self.name, 1..=100);
        checks.text(&format!("{at}major"), &self.major, 1..=100);
        checks.number(&format!("{at}limit_hours"), self.limit_hours, 1..=LONGEST_LIMIT);
    }

    pub(crate) fn item(&self, code: ItemCode, from_at: Moment) -> Item {
        Item {
            code,
            name: self.name.trim().to_owned(),
            kind: self.kind,
            major: self.major.trim().to_owned(),
            limit_hours: self.limit_hours,
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
                        "kind": is.kind, "limit_hours": is.limit_hours, "urgent": is.urgent,
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
    tx.put(
        "INSERT INTO items (region, code, name, kind, major, limit_hours, urgent, public, retired, from_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (region, code) DO UPDATE SET name = excluded.name, kind = excluded.kind,
           major = excluded.major, limit_hours = excluded.limit_hours, urgent = excluded.urgent,
           public = excluded.public, retired = excluded.retired, from_at = excluded.from_at",
        binds![
            region,
            is.code,
            &is.name,
            is.kind.code(),
            &is.major,
            is.limit_hours,
            is.urgent,
            is.public,
            is.retired,
            is.from_at
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
