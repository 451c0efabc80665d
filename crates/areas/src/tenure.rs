//! Which unit holds which role where, from when until when: the rows.

use kernel::{AreaCode, Moment, PlaceId, Region, UnitId, UnitPlaceId};
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError, Tx, binds};
use utoipa::ToSchema;

/// Where a role is held: in a named place or in an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RoleGround)]
pub enum Ground {
    /// An estate, a road, a market.
    Place(PlaceId),
    /// A grid, community, street or region.
    Area(AreaCode),
}

/// A unit holds a role in an area or in a named place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitPlace {
    /// Its id.
    pub id: UnitPlaceId,
    /// Which unit.
    pub unit: UnitId,
    /// Which role, by its code.
    pub role: String,
    /// In which area; absent where it is a place.
    pub area: Option<AreaCode>,
    /// In which named place; absent where it is an area.
    pub place: Option<PlaceId>,
    /// Since when.
    pub from_at: Moment,
    /// Until when, not included; open when absent.
    pub until_at: Option<Moment>,
    /// Why, by which contract or document.
    pub note: Option<String>,
}

impl FromRow for UnitPlace {
    fn from_row(row: &mut Row<'_>) -> Result<UnitPlace, StoreError> {
        Ok(UnitPlace {
            id: row.next()?,
            unit: row.next()?,
            role: row.next()?,
            area: row.next()?,
            place: row.next()?,
            from_at: row.next()?,
            until_at: row.next()?,
            note: row.next()?,
        })
    }
}

impl UnitPlace {
    /// Where; `None` only for a damaged row.
    pub fn ground(&self) -> Option<Ground> {
        self.place.map(Ground::Place).or(self.area.map(Ground::Area))
    }

    /// Whether it is so at a moment.
    pub fn holds(&self, at: Moment) -> bool {
        self.from_at <= at && self.until_at.is_none_or(|u| at < u)
    }
}

/// Every row of a region, ended ones included.
pub(crate) async fn all(tx: &mut Tx, region: Region) -> Result<Vec<UnitPlace>, StoreError> {
    let sql = "SELECT id, unit, role, area, place, from_at, until_at, note FROM unit_places
               WHERE region = $1 ORDER BY from_at, id";
    tx.all(sql, binds![region]).await
}

pub(crate) async fn one(
    tx: &mut Tx,
    region: Region,
    id: UnitPlaceId,
) -> Result<Option<UnitPlace>, StoreError> {
    let sql = "SELECT id, unit, role, area, place, from_at, until_at, note FROM unit_places
               WHERE region = $1 AND id = $2";
    tx.maybe(sql, binds![region, id]).await
}
