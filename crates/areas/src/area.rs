//! An area and its dated rows.

use crate::AreaKind;
use kernel::{AreaCode, Moment, Region};
use space::Shape;
use store::{FromRow, Row, StoreError, Tx, binds};

/// An area as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Its code.
    pub code: AreaCode,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: AreaKind,
    /// Its boundary, where it is known.
    pub shape: Option<Shape>,
    /// Since when it has been so.
    pub from: Moment,
}

impl FromRow for Area {
    fn from_row(row: &mut Row<'_>) -> Result<Area, StoreError> {
        let broken = |what: &str| StoreError::Internal(format!("a stored area has no readable {what}"));
        let code = row.next::<Option<AreaCode>>()?.ok_or_else(|| broken("code"))?;
        let (name, kind) = (row.next()?, AreaKind::stored(&row.next::<String>()?)?);
        let shape = row.next::<Option<Vec<u8>>>()?.map(|b| Shape::from_bytes(&b));
        let shape = shape.transpose().map_err(|_| broken("shape"))?;
        Ok(Area { code, name, kind, shape, from: row.next()? })
    }
}

/// Every area of a region as it is now, by code.
pub(crate) async fn all(tx: &mut Tx, region: Region) -> Result<Vec<Area>, StoreError> {
    tx.all(
        "SELECT code, name, kind, shape, from_at FROM areas WHERE region = $1 AND until_at IS NULL ORDER BY code",
        binds![region],
    )
    .await
}

/// One area as it is now.
pub(crate) async fn one(tx: &mut Tx, code: AreaCode) -> Result<Option<Area>, StoreError> {
    tx.maybe(
        "SELECT code, name, kind, shape, from_at FROM areas WHERE region = $1 AND code = $2 AND until_at IS NULL",
        binds![code.region(), code],
    )
    .await
}

/// Whether an area exists now, a region included: one indexed statement, for rooms that take codes.
pub async fn area_exists(tx: &mut Tx, code: AreaCode) -> Result<bool, StoreError> {
    if code.parent().is_none() {
        return crate::region_exists(tx, code.region()).await;
    }
    let found: Option<(i64,)> = tx
        .maybe(
            "SELECT code FROM areas WHERE region = $1 AND code = $2 AND until_at IS NULL",
            binds![code.region(), code],
        )
        .await?;
    Ok(found.is_some())
}

/// Writes what an area is from now on. The row of before is closed and kept; one that began at this very
/// moment was never true and is replaced. The caller has compared and measures and bumps afterwards.
pub(crate) async fn write(tx: &mut Tx, was: Option<&Area>, is: &Area) -> Result<(), StoreError> {
    let (region, at) = (is.code.region(), tx.at());
    let bounds = is.shape.as_ref().map(Shape::bounds);
    let shape = is.shape.as_ref().map(Shape::to_bytes);
    let (west, south) = (bounds.map(|b| b.west), bounds.map(|b| b.south));
    let (east, north) = (bounds.map(|b| b.east), bounds.map(|b| b.north));
    let kind = is.kind.code();
    if let Some(was) = was.filter(|w| w.from >= at) {
        return tx
            .put(
                "UPDATE areas SET name = $4, kind = $5, shape = $6, west = $7, south = $8, east = $9, north = $10
                 WHERE region = $1 AND code = $2 AND from_at = $3",
                binds![region, is.code, was.from, &is.name, kind, shape, west, south, east, north],
            )
            .await;
    }
    if was.is_some() {
        tx.put(
            "UPDATE areas SET until_at = $3 WHERE region = $1 AND code = $2 AND until_at IS NULL",
            binds![region, is.code, at],
        )
        .await?;
    }
    tx.put(
        "INSERT INTO areas (region, code, name, kind, shape, west, south, east, north, from_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        binds![region, is.code, &is.name, kind, shape, west, south, east, north, at],
    )
    .await
}
