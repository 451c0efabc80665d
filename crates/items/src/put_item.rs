//! Items and conditions of a draft: put and taken out.

use crate::{
    Condition, Item, PutConditionBody, PutItemBody, UNKNOWN_PARTY,
    load::within,
    stored,
    versions::{editable, tell},
};
use axum::{Json, extract::State, http::StatusCode};
use edge::{Body, Caller, House, PathOf, Problem};
use kernel::{Checks, ItemCode, NOT_FOUND, Refusal, Region};
use serde_json::json;
use store::{Tx, Write};

/// Makes or changes an item of a draft; its conditions stay. Catalogue stewards. Put again, nothing happens.
pub struct PutItem {
    /// In which region.
    pub region: Region,
    /// In which draft.
    pub version: i64,
    /// Which item; its code starts with the region's.
    pub code: ItemCode,
    /// What it is to be.
    pub is: PutItemBody,
}

impl Write for PutItem {
    type Out = Item;

    async fn run(&self, tx: &mut Tx) -> Result<Item, Refusal> {
        let (region, version, code) = (self.region, self.version, self.code);
        editable(tx, region, version).await?;
        let mut checks = Checks::new();
        self.is.check(&mut checks, "");
        checks.done()?;
        within(region, code)?;
        let was = stored::find_in(tx, region, version, code).await?;
        let kept = was.as_ref().map(|w| w.conditions.clone()).unwrap_or_default();
        let is = self.is.item(version, code, kept);
        if was.as_ref() != Some(&is) {
            stored::put_item(tx, region, &is).await?;
            tell(tx, region, "item.put", version, json!({ "item": code, "new": was.is_none() })).await?;
        }
        Ok(is)
    }
}

/// Takes an item with its conditions out of a draft. Catalogue stewards.
pub struct DropItem {
    /// In which region.
    pub region: Region,
    /// In which draft.
    pub version: i64,
    /// Which item.
    pub code: ItemCode,
}

impl Write for DropItem {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        editable(tx, self.region, self.version).await?;
        if stored::drop_item(tx, self.region, self.version, self.code).await? == 0 {
            return Err(NOT_FOUND.refuse());
        }
        tell(tx, self.region, "item.drop", self.version, json!({ "item": self.code })).await
    }
}

/// Makes or changes a condition of a draft's item; what was in doubt about it is settled by this. Parties are
/// units of the region or roles it knows. Catalogue stewards. Put again, nothing happens.
pub struct PutCondition {
    /// In which region.
    pub region: Region,
    /// In which draft.
    pub version: i64,
    /// Of which item.
    pub code: ItemCode,
    /// Its number.
    pub n: i64,
    /// What it is to be.
    pub is: PutConditionBody,
}

impl Write for PutCondition {
    type Out = Condition;

    async fn run(&self, tx: &mut Tx) -> Result<Condition, Refusal> {
        let (region, version, code) = (self.region, self.version, self.code);
        editable(tx, region, version).await?;
        let mut checks = Checks::new();
        self.is.check(&mut checks, "");
        checks.done()?;
        let item = stored::find_in(tx, region, version, code).await?.ok_or_else(|| NOT_FOUND.refuse())?;
        let was = item.condition(self.n);
        let mut is = self.is.condition(self.n);
        if let Some(was) = was {
            // Where it came from stays on record.
            (is.record, is.line) = (was.record, was.line);
            is.printed.clone_from(&was.printed);
        }
        known(tx, region, &is).await?;
        if was != Some(&is) {
            stored::put_condition(tx, region, version, code, &is).await?;
            let detail = json!({ "item": code, "n": self.n, "limit": is.limit, "new": was.is_none() });
            tell(tx, region, "item.condition.put", version, detail).await?;
        }
        Ok(is)
    }
}

/// Whether every party is a unit of the region or a role it knows.
async fn known(tx: &mut Tx, region: Region, is: &Condition) -> Result<(), Refusal> {
    if is.named().next().is_none() {
        return Ok(());
    }
    let names = areas::units_by_spelling(tx, region).await?;
    let roles = areas::RoleBook::load(tx, region).await?;
    let fields = is
        .lead
        .iter()
        .map(|p| ("lead".to_owned(), p))
        .chain(is.parties.iter().enumerate().map(|(i, p)| (format!("parties[{i}]"), &p.party)))
        .chain(is.supervisors.iter().enumerate().map(|(i, p)| (format!("supervisors[{i}]"), p)));
    for (field, party) in fields {
        let ok = match party {
            crate::Party::Unit(id) => names.name(*id).is_some(),
            crate::Party::Role(code) => roles.role(code).is_some(),
        };
        if !ok {
            return Err(UNKNOWN_PARTY.field(field));
        }
    }
    Ok(())
}

/// Takes a condition out of a draft. Catalogue stewards.
pub struct DropCondition {
    /// In which region.
    pub region: Region,
    /// In which draft.
    pub version: i64,
    /// Of which item.
    pub code: ItemCode,
    /// Its number.
    pub n: i64,
}

impl Write for DropCondition {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        editable(tx, self.region, self.version).await?;
        if stored::drop_condition(tx, self.region, self.version, self.code, self.n).await? == 0 {
            return Err(NOT_FOUND.refuse());
        }
        let detail = json!({ "item": self.code, "n": self.n });
        tell(tx, self.region, "item.condition.drop", self.version, detail).await
    }
}

/// Make or change an item of a draft; its conditions stay. Catalogue stewards of the region.
#[utoipa::path(put, path = "/api/regions/{region}/catalogues/{version}/items/{code}", operation_id = "put_item",
    tag = "items",
    params(("region" = Region, Path), ("version" = i64, Path, minimum = 1), ("code" = ItemCode, Path)),
    request_body = PutItemBody, responses((status = 200, body = Item)))]
pub(crate) async fn put_item(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, version, code)): PathOf<(Region, i64, ItemCode)>,
    Body(is): Body<PutItemBody>,
) -> Result<Json<Item>, Problem> {
    Ok(Json(house.db().write(&actor, PutItem { region, version, code, is }).await?))
}

/// Take an item with its conditions out of a draft. Catalogue stewards of the region.
#[utoipa::path(delete, path = "/api/regions/{region}/catalogues/{version}/items/{code}", operation_id = "drop_item",
    tag = "items",
    params(("region" = Region, Path), ("version" = i64, Path, minimum = 1), ("code" = ItemCode, Path)),
    responses((status = 204)))]
pub(crate) async fn drop_item(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, version, code)): PathOf<(Region, i64, ItemCode)>,
) -> Result<StatusCode, Problem> {
    house.db().write(&actor, DropItem { region, version, code }).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn number(n: i64) -> Result<i64, Refusal> {
    if (1..=999).contains(&n) { Ok(n) } else { Err(NOT_FOUND.refuse()) }
}

/// Make or change a condition of a draft's item; what was in doubt about it is settled by this. Catalogue stewards.
#[utoipa::path(put, path = "/api/regions/{region}/catalogues/{version}/items/{code}/conditions/{n}",
    operation_id = "put_condition", tag = "items",
    params(("region" = Region, Path), ("version" = i64, Path, minimum = 1), ("code" = ItemCode, Path),
        ("n" = i64, Path, minimum = 1, maximum = 999)),
    request_body = PutConditionBody, responses((status = 200, body = Condition)))]
pub(crate) async fn put_condition(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, version, code, n)): PathOf<(Region, i64, ItemCode, i64)>,
    Body(is): Body<PutConditionBody>,
) -> Result<Json<Condition>, Problem> {
    let n = number(n)?;
    Ok(Json(house.db().write(&actor, PutCondition { region, version, code, n, is }).await?))
}

/// Take a condition out of a draft. Catalogue stewards of the region.
#[utoipa::path(delete, path = "/api/regions/{region}/catalogues/{version}/items/{code}/conditions/{n}",
    operation_id = "drop_condition", tag = "items",
    params(("region" = Region, Path), ("version" = i64, Path, minimum = 1), ("code" = ItemCode, Path),
        ("n" = i64, Path, minimum = 1, maximum = 999)),
    responses((status = 204)))]
pub(crate) async fn drop_condition(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, version, code, n)): PathOf<(Region, i64, ItemCode, i64)>,
) -> Result<StatusCode, Problem> {
    house.db().write(&actor, DropCondition { region, version, code, n }).await?;
    Ok(StatusCode::NO_CONTENT)
}
