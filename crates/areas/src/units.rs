use crate::{UnitKind, spelling};
use kernel::{Power, Refusal, Region, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::{FromRow, Read, Row, StoreError, Tx, binds};
use utoipa::ToSchema;

/// A unit that can be given cases. The contacts are those of its office, never of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// Its name.
    pub name: String,
    /// What sort.
    pub kind: UnitKind,
    /// Closed units get no new cases.
    pub closed: bool,
    /// The unit it belongs to.
    pub parent: Option<UnitId>,
    /// The telephone of its office.
    pub phone: Option<String>,
    /// The mail address of its office.
    pub email: Option<String>,
    /// Where its office is.
    pub address: Option<String>,
    /// Anything else worth knowing about it.
    pub note: Option<String>,
    /// The unit that answers for it since it was merged.
    pub merged_into: Option<UnitId>,
    /// How else it is written; each spelling means one unit of the region.
    pub aliases: Vec<String>,
}

impl Unit {
    /// A unit of which only this is known.
    pub fn new(id: UnitId, name: impl Into<String>, kind: UnitKind) -> Unit {
        Unit {
            id,
            name: name.into(),
            kind,
            closed: false,
            parent: None,
            phone: None,
            email: None,
            address: None,
            note: None,
            merged_into: None,
            aliases: Vec::new(),
        }
    }

    /// Whether it can be given new work.
    pub fn open(&self) -> bool {
        !self.closed && self.merged_into.is_none()
    }
}

impl FromRow for Unit {
    fn from_row(row: &mut Row<'_>) -> Result<Unit, StoreError> {
        let (id, name) = (row.next()?, row.next()?);
        Ok(Unit {
            id,
            name,
            kind: UnitKind::stored(&row.next::<String>()?)?,
            closed: row.next()?,
            parent: row.next()?,
            phone: row.next()?,
            email: row.next()?,
            address: row.next()?,
            note: row.next()?,
            merged_into: row.next()?,
            aliases: Vec::new(),
        })
    }
}

/// A unit of a region, closed ones included: for rooms that take unit ids.
pub async fn unit(tx: &mut Tx, region: Region, id: UnitId) -> Result<Option<Unit>, StoreError> {
    let sql = "SELECT id, name, kind, closed, parent, phone, email, address, note, merged_into FROM units
               WHERE region = $1 AND id = $2";
    let Some(mut unit): Option<Unit> = tx.maybe(sql, binds![region, id]).await? else { return Ok(None) };
    unit.aliases = aliases(spelling::of(tx, region, id).await?);
    Ok(Some(unit))
}

fn aliases(rows: Vec<spelling::Spelling>) -> Vec<String> {
    rows.into_iter().filter(|s| s.via != "name").map(|s| s.shown).collect()
}

/// Every unit of a region, closed and merged ones included, by name.
pub(crate) async fn all(tx: &mut Tx, region: Region) -> Result<Vec<Unit>, StoreError> {
    let sql = "SELECT id, name, kind, closed, parent, phone, email, address, note, merged_into FROM units
               WHERE region = $1";
    let mut units: Vec<Unit> = tx.all(sql, binds![region]).await?;
    let mut by_unit: HashMap<UnitId, Vec<spelling::Spelling>> = HashMap::new();
    for row in spelling::all(tx, region).await? {
        by_unit.entry(row.unit).or_default().push(row);
    }
    for unit in &mut units {
        unit.aliases = by_unit.remove(&unit.id).map(aliases).unwrap_or_default();
    }
    units.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Ok(units)
}

/// The units of a region, by name. Those with [`Power::ReadBase`] there.
pub struct FindUnits {
    /// Of which region.
    pub region: Region,
    /// Closed ones too.
    pub all: bool,
}

impl Read for FindUnits {
    type Out = Vec<Unit>;

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Unit>, Refusal> {
        tx.actor().may(Power::ReadBase, Some(self.region))?;
        let mut units = all(tx, self.region).await?;
        units.retain(|u| self.all || !u.closed);
        Ok(units)
    }
}
