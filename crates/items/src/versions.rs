//! The versions of a catalogue: listed, made as drafts, discarded.

use crate::{Catalogue, Item, NOT_DRAFT, Standing, stored};
use audit::Note;
use axum::{Json, extract::State, http::StatusCode};
use edge::{Body, Caller, House, Key, PathOf, Problem};
use kernel::{Checks, Moment, NOT_FOUND, Page, Power, Refusal, Region};
use once::Once;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Read, Tx, Write, binds};
use utoipa::ToSchema;

/// A version with what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatalogueView {
    /// The version.
    #[serde(flatten)]
    pub catalogue: Catalogue,
    /// Where it stands now.
    pub standing: Standing,
    /// Items in it.
    pub items: i64,
    /// Conditions in it.
    pub conditions: i64,
    /// Conditions still in doubt.
    pub drafts: i64,
}

pub(crate) async fn view(
    tx: &mut Tx,
    region: Region,
    catalogue: Catalogue,
) -> Result<CatalogueView, Refusal> {
    let (items,): (i64,) = tx
        .one(
            "SELECT COUNT(*) FROM items WHERE region = $1 AND version = $2",
            binds![region, catalogue.version],
        )
        .await?;
    let (conditions, drafts): (i64, i64) = tx
        .one(
            "SELECT COUNT(*), COUNT(doubt) FROM conditions WHERE region = $1 AND version = $2",
            binds![region, catalogue.version],
        )
        .await?;
    let standing = catalogue.standing(tx.at());
    Ok(CatalogueView { catalogue, standing, items, conditions, drafts })
}

/// The versions of a region's catalogue, the newest first. For those with [`Power::ReadBase`].
pub struct FindCatalogues(
    /// Of which region.
    pub Region,
);

impl Read for FindCatalogues {
    type Out = Vec<CatalogueView>;
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        tx.actor().may(Power::ReadBase, Some(self.0))?;
        let mut out = Vec::new();
        for c in stored::catalogues(tx, self.0).await?.into_iter().rev() {
            out.push(view(tx, self.0, c).await?);
        }
        Ok(out)
    }
}

/// A new draft.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeCatalogueBody {
    /// Its name, such as "事项清单（2026年版）".
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// Copy this version; empty when left out.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub from: Option<i64>,
    /// Where it comes from: the notice, the standard.
    #[serde(default)]
    #[schema(max_length = 200, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub source: String,
    /// A remark.
    #[serde(default)]
    #[schema(max_length = 1000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub note: String,
}

/// Makes a draft, empty or as a copy of any version. Catalogue stewards of the region.
pub struct MakeCatalogue {
    /// In which region.
    pub region: Region,
    /// What it is to be.
    pub is: MakeCatalogueBody,
}

impl Write for MakeCatalogue {
    type Out = CatalogueView;

    async fn run(&self, tx: &mut Tx) -> Result<CatalogueView, Refusal> {
        tx.actor().may(Power::EditItems, Some(self.region))?;
        let mut checks = Checks::new();
        checks.text("name", &self.is.name, 1..=100);
        checks.text("source", &self.is.source, 0..=200);
        checks.text("note", &self.is.note, 0..=1000);
        checks.done()?;
        let version = stored::next_version(tx, self.region).await?;
        let copied = match self.is.from {
            None => Vec::new(),
            Some(from) => {
                if stored::catalogue(tx, self.region, from).await?.is_none() {
                    return Err(NOT_FOUND.field("from"));
                }
                stored::items(tx, self.region, from).await?
            }
        };
        let is = draft(version, &self.is.name, &self.is.source, &self.is.note, tx.at());
        stored::put_catalogue(tx, self.region, &is).await?;
        for item in copied {
            stored::add(tx, self.region, &Item { version, ..item }).await?;
        }
        let detail = json!({ "name": is.name, "from": self.is.from });
        tell(tx, self.region, "catalogue.make", version, detail).await?;
        view(tx, self.region, is).await
    }
}

pub(crate) fn draft(version: i64, name: &str, source: &str, note: &str, made_at: Moment) -> Catalogue {
    Catalogue {
        version,
        name: name.trim().to_owned(),
        from_at: None,
        until_at: None,
        source: source.trim().to_owned(),
        note: note.trim().to_owned(),
        made_at,
    }
}

pub(crate) async fn tell(
    tx: &mut Tx,
    region: Region,
    action: &'static str,
    version: i64,
    detail: serde_json::Value,
) -> Result<(), Refusal> {
    let note = Note { region, action, object: format!("catalogue/{version}"), detail };
    Ok(audit::record(tx, note, None).await?)
}

/// The draft, for those who may edit it; refuses a version that is settled.
pub(crate) async fn editable(tx: &mut Tx, region: Region, version: i64) -> Result<Catalogue, Refusal> {
    tx.actor().may(Power::EditItems, Some(region))?;
    let found = stored::catalogue(tx, region, version).await?.ok_or_else(|| NOT_FOUND.refuse())?;
    if found.draft() { Ok(found) } else { Err(NOT_DRAFT.refuse().with("version_number", version)) }
}

/// Discards a draft with all that is in it. Catalogue stewards of the region.
pub struct DiscardCatalogue {
    /// In which region.
    pub region: Region,
    /// Which.
    pub version: i64,
}

impl Write for DiscardCatalogue {
    type Out = ();

    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let was = editable(tx, self.region, self.version).await?;
        stored::clear(tx, self.region, self.version).await?;
        tx.put(
            "DELETE FROM item_mappings WHERE region = $1 AND (from_version = $2 OR to_version = $2)",
            binds![self.region, self.version],
        )
        .await?;
        tx.put(
            "DELETE FROM catalogues WHERE region = $1 AND version = $2",
            binds![self.region, self.version],
        )
        .await?;
        tell(tx, self.region, "catalogue.discard", self.version, json!({ "name": was.name })).await
    }
}

/// The versions of the item catalogue, the newest first. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/catalogues", operation_id = "list_catalogues", tag = "items",
    params(("region" = Region, Path)), responses((status = 200, body = Page<CatalogueView>)))]
pub(crate) async fn list_catalogues(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
) -> Result<Json<Page<CatalogueView>>, Problem> {
    let items = house.db().read(&actor, FindCatalogues(region)).await?;
    Ok(Json(Page { items, next: None }))
}

/// Make a draft of the item catalogue, empty or as a copy of a version. Catalogue stewards of the region.
#[utoipa::path(post, path = "/api/regions/{region}/catalogues", operation_id = "make_catalogue", tag = "items",
    params(("region" = Region, Path), ("Idempotency-Key" = uuid::Uuid, Header)), request_body = MakeCatalogueBody,
    responses((status = 201, body = CatalogueView)))]
pub(crate) async fn make_catalogue(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Key(key): Key,
    Body(is): Body<MakeCatalogueBody>,
) -> Result<(StatusCode, Json<CatalogueView>), Problem> {
    areas::known(&house, &actor, region).await?;
    let work = MakeCatalogue { region, is: is.clone() };
    let made = house.db().write(&actor, Once::new(region, key, &(region, is), work)).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Discard a draft of the item catalogue. Catalogue stewards of the region.
#[utoipa::path(delete, path = "/api/regions/{region}/catalogues/{version}", operation_id = "discard_catalogue",
    tag = "items", params(("region" = Region, Path), ("version" = i64, Path, minimum = 1)),
    responses((status = 204)))]
pub(crate) async fn discard_catalogue(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, version)): PathOf<(Region, i64)>,
) -> Result<StatusCode, Problem> {
    house.db().write(&actor, DiscardCatalogue { region, version }).await?;
    Ok(StatusCode::NO_CONTENT)
}
