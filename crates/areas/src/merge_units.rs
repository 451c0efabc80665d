//! Two units that are one: merged, told, and taken apart again.

use crate::{
    MERGE_CHANGED, MERGE_DONE, MERGE_LATER, MERGE_SELF, MERGE_SPELLING, UNIT_CLOSED, UNIT_CYCLE, UNIT_MERGED,
    Unit, normal, region, register::Register, spelling::Spelling,
};
use audit::Note;
use axum::{Json, extract::State};
use edge::{Body, Caller, House, Key, PathOf, Problem};
use kernel::{AccountId, MergeId, Moment, NOT_FOUND, Page, Power, Refusal, Region, UnitId, UnitPlaceId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use store::{FromRow, Read, Row, StoreError, Tx, Write, binds, rules};
use utoipa::ToSchema;

/// What a merge moved, so that it can be moved back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Moved {
    /// Whether the unit was closed before.
    closed: bool,
    spellings: Vec<MovedSpelling>,
    /// What it held where.
    places: Vec<UnitPlaceId>,
    /// The units that belonged to it.
    children: Vec<UnitId>,
    /// The units merged into it before.
    merged: Vec<UnitId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct MovedSpelling {
    spelling: String,
    shown: String,
    via: String,
    /// Whether it was the other's name as well: names given before one spelling meant one unit.
    #[serde(default)]
    shared: bool,
}

/// The merging of one unit into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = UnitMerge)]
pub struct Merge {
    /// Its id.
    pub id: MergeId,
    /// The unit that was merged away.
    pub unit: UnitId,
    /// Its name.
    pub unit_name: String,
    /// The unit it was merged into.
    pub into: UnitId,
    /// Its name.
    pub into_name: String,
    /// When.
    pub at: Moment,
    /// By whom; absent for the command line.
    pub account: Option<AccountId>,
    /// The spellings that went over.
    pub spellings: Vec<String>,
    /// How many roles it held somewhere went over.
    pub places: usize,
    /// How many units that belonged to it went over.
    pub children: usize,
    /// When it was undone.
    pub undone_at: Option<Moment>,
}

struct Stored {
    id: MergeId,
    unit: UnitId,
    into: UnitId,
    at: Moment,
    account: Option<AccountId>,
    moved: Moved,
    undone_at: Option<Moment>,
}

impl FromRow for Stored {
    fn from_row(row: &mut Row<'_>) -> Result<Stored, StoreError> {
        let (id, unit, into, at, account) = (row.next()?, row.next()?, row.next()?, row.next()?, row.next()?);
        let moved: String = row.next()?;
        let moved = serde_json::from_str(&moved)
            .map_err(|e| StoreError::Internal(format!("a stored merge cannot be read: {e}")))?;
        Ok(Stored { id, unit, into, at, account, moved, undone_at: row.next()? })
    }
}

impl Stored {
    fn told(&self, name: impl Fn(UnitId) -> String) -> Merge {
        Merge {
            id: self.id,
            unit: self.unit,
            unit_name: name(self.unit),
            into: self.into,
            into_name: name(self.into),
            at: self.at,
            account: self.account,
            spellings: self.moved.spellings.iter().map(|s| s.shown.clone()).collect(),
            places: self.moved.places.len(),
            children: self.moved.children.len(),
            undone_at: self.undone_at,
        }
    }
}

/// Into which unit.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UnitMergeBody)]
pub struct MergeBody {
    /// The unit that stays.
    pub into: UnitId,
}

/// Merges a unit into another, which answers for it from now on. Data stewards of the region.
///
/// Its spellings, the roles it holds somewhere, the units that belong to it and those merged into it before go
/// over; it is closed. Cases keep the unit they were given to; new work goes to the other. Not into itself, nor
/// into a unit that is closed or merged, nor into one that belongs to it.
pub struct MergeUnit {
    /// In which region.
    pub region: Region,
    /// Which unit goes.
    pub unit: UnitId,
    /// Which stays.
    pub into: UnitId,
}

impl Write for MergeUnit {
    type Out = Merge;

    async fn run(&self, tx: &mut Tx) -> Result<Merge, Refusal> {
        tx.actor().may(Power::EditAreas, Some(self.region))?;
        let mut register = Register::load(tx, self.region).await?;
        let (unit, into) = self.judge(&register)?;
        let moved = self.move_over(tx, &mut register, &into).await?;
        register
            .write(tx, Unit { closed: true, merged_into: Some(into.id), aliases: Vec::new(), ..unit.clone() })
            .await?;
        let merge = Stored {
            id: MergeId(tx.world().uuid()),
            unit: unit.id,
            into: into.id,
            at: tx.at(),
            account: tx.actor().account(),
            moved,
            undone_at: None,
        };
        let text = serde_json::to_string(&merge.moved).map_err(|e| rules::INTERNAL.refuse().because(e))?;
        tx.put(
            "INSERT INTO unit_merges (region, id, unit, into_unit, at, account, moved) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            binds![self.region, merge.id, unit.id, into.id, merge.at, merge.account, text],
        )
        .await?;
        region::bump(tx, self.region).await?;
        let detail = json!({
            "into": into.id, "merge": merge.id, "spellings": merge.moved.spellings.len(),
            "places": merge.moved.places.len(), "children": merge.moved.children.len(),
        });
        let object = format!("unit/{}", unit.id);
        audit::record(tx, Note { region: self.region, action: "unit.merge", object, detail }, None).await?;
        Ok(merge.told(|id| register.name(id)))
    }
}

impl MergeUnit {
    fn judge(&self, register: &Register) -> Result<(Unit, Unit), Refusal> {
        let unit = register.own(self.unit)?.clone();
        if self.into == self.unit {
            return Err(MERGE_SELF.field("into").with("unit", &unit.name));
        }
        let Some(into) = register.unit(self.into).cloned() else {
            return Err(crate::UNIT_MISSING.field("into").with("unit", self.into));
        };
        if let Some(gone) = into.merged_into {
            let refusal = UNIT_MERGED.field("into").with("unit", &into.name);
            return Err(refusal.with("into", register.name(gone)));
        }
        if into.closed {
            return Err(UNIT_CLOSED.field("into").with("unit", &into.name));
        }
        let mut chain = vec![into.id];
        chain.extend(register.above(into.id));
        if let Some(end) = chain.iter().position(|u| *u == unit.id) {
            let names: Vec<String> = chain[..=end].iter().map(|u| register.name(*u)).collect();
            return Err(UNIT_CYCLE.field("into").with("chain", names.join(" → ")));
        }
        Ok((unit, into))
    }

    async fn move_over(
        &self,
        tx: &mut Tx,
        register: &mut Register,
        into: &Unit,
    ) -> Result<Moved, StoreError> {
        let (region, unit) = (self.region, self.unit);
        let mut moved = Moved { closed: register.unit(unit).is_some_and(|u| u.closed), ..Moved::default() };
        let own = normal(&into.name);
        for Spelling { spelling, shown, via, .. } in register.spellings(unit) {
            let shared = spelling == own;
            let now = if shared { "name" } else { "merge" };
            let (spelling_, shown_) = (spelling.clone(), shown.clone());
            let row = Spelling { spelling: spelling_, shown: shown_, unit: into.id, via: now.into() };
            register.put_spelling(tx, row).await?;
            moved.spellings.push(MovedSpelling { spelling, shown, via, shared });
        }
        let sql = "SELECT id FROM unit_places WHERE region = $1 AND unit = $2 ORDER BY id";
        let rows: Vec<(UnitPlaceId,)> = tx.all(sql, binds![region, unit]).await?;
        moved.places = rows.into_iter().map(|(id,)| id).collect();
        tx.put(
            "UPDATE unit_places SET unit = $3 WHERE region = $1 AND unit = $2",
            binds![region, unit, into.id],
        )
        .await?;
        moved.children = register.units().filter(|u| u.parent == Some(unit)).map(|u| u.id).collect();
        moved.merged = register.units().filter(|u| u.merged_into == Some(unit)).map(|u| u.id).collect();
        moved.children.sort_unstable();
        moved.merged.sort_unstable();
        tx.put(
            "UPDATE units SET parent = $3 WHERE region = $1 AND parent = $2",
            binds![region, unit, into.id],
        )
        .await?;
        tx.put(
            "UPDATE units SET merged_into = $3 WHERE region = $1 AND merged_into = $2",
            binds![region, unit, into.id],
        )
        .await?;
        Ok(moved)
    }
}

/// Takes a merge apart again: the spellings, the roles held, the units below and those merged before are given
/// back, and the unit is open or closed as it was. Data stewards of the region. Refused, with the reason, when
/// something that happened since makes that impossible; nothing is changed then.
pub struct UndoMerge {
    /// In which region.
    pub region: Region,
    /// The unit that was merged away.
    pub unit: UnitId,
    /// Which merge.
    pub merge: MergeId,
}

impl Write for UndoMerge {
    type Out = Merge;

    async fn run(&self, tx: &mut Tx) -> Result<Merge, Refusal> {
        tx.actor().may(Power::EditAreas, Some(self.region))?;
        let mut register = Register::load(tx, self.region).await?;
        let sql = "SELECT id, unit, into_unit, at, account, moved, undone_at FROM unit_merges WHERE region = $1 AND id = $2";
        let found: Option<Stored> = tx.maybe(sql, binds![self.region, self.merge]).await?;
        let mut merge = found.filter(|m| m.unit == self.unit).ok_or_else(|| NOT_FOUND.refuse())?;
        self.judge(tx, &register, &merge).await?;
        self.give_back(tx, &mut register, &merge).await?;
        let (at, account) = (tx.at(), tx.actor().account());
        merge.undone_at = Some(at);
        tx.put(
            "UPDATE unit_merges SET undone_at = $3, undone_account = $4 WHERE region = $1 AND id = $2",
            binds![self.region, self.merge, at, account],
        )
        .await?;
        region::bump(tx, self.region).await?;
        let detail = json!({ "into": merge.into, "merge": merge.id });
        let object = format!("unit/{}", merge.unit);
        audit::record(tx, Note { region: self.region, action: "unit.merge_undone", object, detail }, None)
            .await?;
        Ok(merge.told(|id| register.name(id)))
    }
}

impl UndoMerge {
    async fn judge(&self, tx: &mut Tx, register: &Register, merge: &Stored) -> Result<(), Refusal> {
        if merge.undone_at.is_some() {
            return Err(MERGE_DONE.refuse());
        }
        let (unit, into) = (register.unit(merge.unit), register.unit(merge.into));
        let (Some(unit), Some(into)) = (unit, into) else { return Err(NOT_FOUND.refuse()) };
        if let Some(later) = into.merged_into {
            let refusal = MERGE_LATER.refuse().with("into", &into.name);
            return Err(refusal.with("later", register.name(later)));
        }
        for s in &merge.moved.spellings {
            let Some(now) = register.spelling(&s.spelling) else { continue };
            if now.unit != into.id || (now.via == "name" && !s.shared) {
                let refusal = MERGE_SPELLING.refuse().with("spelling", &s.shown);
                return Err(refusal.with("unit", register.name(now.unit)));
            }
        }
        let changed = |what: String| Err(MERGE_CHANGED.refuse().with("what", what));
        for child in &merge.moved.children {
            match register.unit(*child) {
                Some(c) if c.parent != Some(into.id) => return changed(c.name.clone()),
                _ => {}
            }
        }
        let mut held: HashMap<UnitPlaceId, UnitId> = HashMap::new();
        let sql = "SELECT id, unit FROM unit_places WHERE region = $1 AND unit <> $2";
        let rows: Vec<(UnitPlaceId, UnitId)> = tx.all(sql, binds![self.region, into.id]).await?;
        held.extend(rows);
        if let Some(holder) = merge.moved.places.iter().find_map(|id| held.get(id)) {
            return changed(register.name(*holder));
        }
        // The way up from the unit must not come through those that belong to it.
        let above: Vec<UnitId> = unit.parent.into_iter().chain(register.above(unit.id)).collect();
        if let Some(child) = merge.moved.children.iter().find(|c| above.contains(c)) {
            let chain = [merge.unit, *child, merge.unit].map(|u| register.name(u)).join(" → ");
            return Err(UNIT_CYCLE.refuse().with("chain", chain));
        }
        Ok(())
    }

    async fn give_back(
        &self,
        tx: &mut Tx,
        register: &mut Register,
        merge: &Stored,
    ) -> Result<(), StoreError> {
        let (region, unit) = (self.region, merge.unit);
        for s in &merge.moved.spellings {
            let MovedSpelling { spelling, shown, via, .. } = s.clone();
            register.put_spelling(tx, Spelling { spelling, shown, unit, via }).await?;
        }
        for id in &merge.moved.places {
            let sql = "UPDATE unit_places SET unit = $3 WHERE region = $1 AND id = $2";
            tx.put(sql, binds![region, *id, unit]).await?;
        }
        for child in &merge.moved.children {
            let sql = "UPDATE units SET parent = $3 WHERE region = $1 AND id = $2";
            tx.put(sql, binds![region, *child, unit]).await?;
        }
        for before in &merge.moved.merged {
            let sql = "UPDATE units SET merged_into = $3 WHERE region = $1 AND id = $2";
            tx.put(sql, binds![region, *before, unit]).await?;
        }
        let sql = "UPDATE units SET closed = $3, merged_into = NULL WHERE region = $1 AND id = $2";
        tx.put(sql, binds![region, unit, merge.moved.closed]).await
    }
}

/// The merges of a region, the latest first. Those with [`Power::ReadBase`] there.
pub struct FindMerges {
    /// Of which region.
    pub region: Region,
}

impl Read for FindMerges {
    type Out = Vec<Merge>;

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Merge>, Refusal> {
        tx.actor().may(Power::ReadBase, Some(self.region))?;
        let sql = "SELECT id, unit, into_unit, at, account, moved, undone_at FROM unit_merges
                   WHERE region = $1 ORDER BY at DESC, id DESC";
        let merges: Vec<Stored> = tx.all(sql, binds![self.region]).await?;
        let sql = "SELECT id, name FROM units WHERE region = $1";
        let rows: Vec<(UnitId, String)> = tx.all(sql, binds![self.region]).await?;
        let names: HashMap<UnitId, String> = rows.into_iter().collect();
        let name = |id: UnitId| names.get(&id).cloned().unwrap_or_else(|| id.to_string());
        Ok(merges.iter().map(|m| m.told(name)).collect())
    }
}

/// Merge a unit into another, which answers for it from now on: its spellings, the roles it holds, and the units
/// below it go over, and it is closed. Cases keep the unit they were given to; new work goes to the other. Data
/// stewards of the region.
#[utoipa::path(post, path = "/api/regions/{region}/units/{id}/merge", operation_id = "merge_unit", tag = "areas",
    params(("region" = Region, Path), ("id" = UnitId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    request_body = MergeBody, responses((status = 200, body = Merge)))]
pub(crate) async fn merge_unit(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, unit)): PathOf<(Region, UnitId)>,
    Key(key): Key,
    Body(MergeBody { into }): Body<MergeBody>,
) -> Result<Json<Merge>, Problem> {
    let work = MergeUnit { region, unit, into };
    Ok(Json(house.db().write(&actor, once::Once::new(region, key, &(unit, into), work)).await?))
}

/// Undo a merge: everything goes back to where it was. Refused with the reason when something that happened
/// since makes that impossible. Data stewards of the region.
#[utoipa::path(post, path = "/api/regions/{region}/units/{id}/merges/{merge}/undo", operation_id = "undo_merge",
    tag = "areas", params(("region" = Region, Path), ("id" = UnitId, Path), ("merge" = MergeId, Path),
        ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = Merge)))]
pub(crate) async fn undo_merge(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, unit, merge)): PathOf<(Region, UnitId, MergeId)>,
    Key(key): Key,
) -> Result<Json<Merge>, Problem> {
    let work = UndoMerge { region, unit, merge };
    Ok(Json(house.db().write(&actor, once::Once::new(region, key, &(unit, merge), work)).await?))
}

/// The merges of units of a region, the latest first, undone ones among them. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/unit-merges", operation_id = "list_merges", tag = "areas",
    params(("region" = Region, Path)), responses((status = 200, body = Page<Merge>)))]
pub(crate) async fn list_merges(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
) -> Result<Json<Page<Merge>>, Problem> {
    Ok(Json(Page { items: house.db().read(&actor, FindMerges { region }).await?, next: None }))
}
