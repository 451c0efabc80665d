//! An area and its dated rows: each holds from a moment until another, half-open, and the rows of an area
//! follow each other without a gap.

use crate::{AreaKind, HISTORY_FIXED, when::written};
use kernel::{AreaCode, Moment, Refusal, Region};
use space::Shape;
use std::collections::HashMap;
use store::{FromRow, Row, StoreError, Tx, binds, from_row};

/// An area as it is at a moment.
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

impl Area {
    /// Whether nothing but the moment differs.
    pub(crate) fn same(&self, other: &Area) -> bool {
        self.name == other.name && self.kind == other.kind && self.shape == other.shape
    }
}

/// Every area of a region as it is at a moment, by code; the region itself first, where its boundary is known.
pub(crate) async fn all(tx: &mut Tx, region: Region, at: Moment) -> Result<Vec<Area>, StoreError> {
    tx.all(
        "SELECT code, name, kind, shape, from_at FROM areas
         WHERE region = $1 AND from_at <= $2 AND (until_at IS NULL OR until_at > $2) ORDER BY code",
        binds![region, at],
    )
    .await
}

/// One area as it is at a moment.
pub(crate) async fn one(tx: &mut Tx, code: AreaCode, at: Moment) -> Result<Option<Area>, StoreError> {
    tx.maybe(
        "SELECT code, name, kind, shape, from_at FROM areas
         WHERE region = $1 AND code = $2 AND from_at <= $3 AND (until_at IS NULL OR until_at > $3)",
        binds![code.region(), code, at],
    )
    .await
}

/// When the last row of an area begins, be it in the future.
pub(crate) async fn latest(tx: &mut Tx, code: AreaCode) -> Result<Option<Moment>, StoreError> {
    let found: Option<(Option<Moment>,)> = tx
        .maybe("SELECT max(from_at) FROM areas WHERE region = $1 AND code = $2", binds![code.region(), code])
        .await?;
    Ok(found.and_then(|(at,)| at))
}

/// When the last row of each area of a region begins, be it in the future.
pub(crate) async fn all_latest(tx: &mut Tx, region: Region) -> Result<HashMap<AreaCode, Moment>, StoreError> {
    let rows: Vec<(Option<AreaCode>, Moment)> = tx
        .all("SELECT code, max(from_at) FROM areas WHERE region = $1 GROUP BY code", binds![region])
        .await?;
    Ok(rows.into_iter().filter_map(|(code, at)| Some((code?, at))).collect())
}

/// For how long what a region is at a moment has been so, and until when it stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The last change at or before the moment.
    pub since: Option<Moment>,
    /// The first change after it.
    pub until: Option<Moment>,
}

impl Span {
    pub(crate) fn holds(&self, at: Moment) -> bool {
        self.since.is_none_or(|s| s <= at) && self.until.is_none_or(|u| at < u)
    }
}

struct Edges {
    begun: Option<Moment>,
    ended: Option<Moment>,
    begins: Option<Moment>,
    ends: Option<Moment>,
}
from_row!(Edges { begun, ended, begins, ends });

impl Span {
    fn of(e: Edges) -> Span {
        Span { since: e.begun.max(e.ended), until: [e.begins, e.ends].into_iter().flatten().min() }
    }

    fn and(self, other: Span) -> Span {
        let until = [self.until, other.until].into_iter().flatten().min();
        Span { since: self.since.max(other.since), until }
    }
}

/// The span of a region's areas and named places around a moment.
pub(crate) async fn span(tx: &mut Tx, region: Region, at: Moment) -> Result<Span, StoreError> {
    let areas: Edges = tx
        .one(
            "SELECT (SELECT max(from_at) FROM areas WHERE region = $1 AND from_at <= $2),
                    (SELECT max(until_at) FROM areas WHERE region = $1 AND until_at <= $2),
                    (SELECT min(from_at) FROM areas WHERE region = $1 AND from_at > $2),
                    (SELECT min(until_at) FROM areas WHERE region = $1 AND until_at > $2)",
            binds![region, at],
        )
        .await?;
    let places: Edges = tx
        .one(
            "SELECT (SELECT max(from_at) FROM places WHERE region = $1 AND from_at <= $2),
                    (SELECT max(until_at) FROM places WHERE region = $1 AND until_at <= $2),
                    (SELECT min(from_at) FROM places WHERE region = $1 AND from_at > $2),
                    (SELECT min(until_at) FROM places WHERE region = $1 AND until_at > $2)",
            binds![region, at],
        )
        .await?;
    Ok(Span::of(areas).and(Span::of(places)))
}

/// Whether an area exists now, a region included: one indexed statement, for rooms that take codes.
pub async fn area_exists(tx: &mut Tx, code: AreaCode) -> Result<bool, StoreError> {
    let at = tx.at();
    exists_at(tx, code, at).await
}

/// Whether an area exists at a moment, a region included.
pub(crate) async fn exists_at(tx: &mut Tx, code: AreaCode, at: Moment) -> Result<bool, StoreError> {
    if code.parent().is_none() {
        return crate::region_exists(tx, code.region()).await;
    }
    let found: Option<(i64,)> = tx
        .maybe(
            "SELECT code FROM areas
             WHERE region = $1 AND code = $2 AND from_at <= $3 AND (until_at IS NULL OR until_at > $3)",
            binds![code.region(), code, at],
        )
        .await?;
    Ok(found.is_some())
}

/// Refuses a change that would tell an area's past anew: one that takes effect before its last row begins,
/// or with it once it has begun. A row that has not begun yet may still be replaced.
pub(crate) fn dated(
    code: AreaCode,
    latest: Option<Moment>,
    from: Moment,
    now: Moment,
    zone: &str,
) -> Result<(), Refusal> {
    match latest {
        Some(last) if from < last || (from == last && last < now) => Err(HISTORY_FIXED
            .field("from_at")
            .with("code", code)
            .with("latest", written(last, zone))
            .with("from", written(from, zone))),
        _ => Ok(()),
    }
}

/// How a boundary came that was not in WGS-84 or CGCS2000.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Original {
    /// The coordinate system's code.
    pub crs: &'static str,
    /// The coordinates of a GeoJSON MultiPolygon, as they came.
    pub geometry: String,
}

/// What becomes of the original coordinates that are kept beside a boundary.
pub(crate) enum Kept<'a> {
    /// The boundary is new and came in our own coordinates.
    None,
    /// The boundary is new and came so.
    New(&'a Original),
    /// The boundary is that of the row that began at this moment.
    AsOf(Moment),
}

/// Writes what an area is from `is.from` on. The row before is closed and kept; one that begins at that very
/// moment was never true and is replaced. The caller has compared and asked [`dated`], and measures and
/// bumps afterwards.
pub(crate) async fn write(
    tx: &mut Tx,
    latest: Option<Moment>,
    is: &Area,
    kept: Kept<'_>,
) -> Result<(), StoreError> {
    let (region, from) = (is.code.region(), is.from);
    let bounds = is.shape.as_ref().map(Shape::bounds);
    let shape = is.shape.as_ref().map(Shape::to_bytes);
    let (west, south) = (bounds.map(|b| b.west), bounds.map(|b| b.south));
    let (east, north) = (bounds.map(|b| b.east), bounds.map(|b| b.north));
    let kind = is.kind.code();
    if latest == Some(from) {
        tx.put(
            "UPDATE areas SET name = $4, kind = $5, shape = $6, west = $7, south = $8, east = $9, north = $10
             WHERE region = $1 AND code = $2 AND from_at = $3",
            binds![region, is.code, from, &is.name, kind, shape, west, south, east, north],
        )
        .await?;
    } else {
        if latest.is_some() {
            tx.put(
                "UPDATE areas SET until_at = $3 WHERE region = $1 AND code = $2 AND until_at IS NULL",
                binds![region, is.code, from],
            )
            .await?;
        }
        tx.put(
            "INSERT INTO areas (region, code, name, kind, shape, west, south, east, north, from_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            binds![region, is.code, &is.name, kind, shape, west, south, east, north, from],
        )
        .await?;
    }
    match kept {
        Kept::AsOf(before) if before == from => Ok(()),
        Kept::AsOf(before) => {
            tx.put(
                "INSERT INTO area_originals (region, code, from_at, crs, geometry)
                 SELECT region, code, CAST($4 AS BIGINT), crs, geometry FROM area_originals
                 WHERE region = $1 AND code = $2 AND from_at = $3
                 ON CONFLICT (region, code, from_at) DO UPDATE SET crs = excluded.crs, geometry = excluded.geometry",
                binds![region, is.code, before, from],
            )
            .await
        }
        Kept::New(original) => {
            tx.put(
                "INSERT INTO area_originals (region, code, from_at, crs, geometry) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (region, code, from_at) DO UPDATE SET crs = excluded.crs, geometry = excluded.geometry",
                binds![region, is.code, from, original.crs, &original.geometry],
            )
            .await
        }
        Kept::None => {
            tx.put(
                "DELETE FROM area_originals WHERE region = $1 AND code = $2 AND from_at = $3",
                binds![region, is.code, from],
            )
            .await
        }
    }
}
