//! Regions and the version of their base data.

use kernel::{Moment, Refusal, Region};
use store::{StoreError, Tx, binds, from_row};

/// A region's name and time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionRow {
    /// Its name.
    pub name: String,
    /// Its IANA time zone.
    pub zone: String,
    /// When it was set up.
    pub created_at: Moment,
}
from_row!(RegionRow { name, zone, created_at });

/// The region, if it has been set up: one indexed statement.
pub async fn region_row(tx: &mut Tx, region: Region) -> Result<Option<RegionRow>, StoreError> {
    tx.maybe("SELECT name, zone, created_at FROM regions WHERE code = $1", binds![region]).await
}

/// Whether the region has been set up.
pub async fn region_exists(tx: &mut Tx, region: Region) -> Result<bool, StoreError> {
    Ok(region_row(tx, region).await?.is_some())
}

/// Whoever changes base data moves the region's version on, so that every cache, in this process and others,
/// knows. Base data change rarely: a counter is harmless here.
pub(crate) async fn bump(tx: &mut Tx, region: Region) -> Result<(), StoreError> {
    tx.put(
        "INSERT INTO base_versions (region, version) VALUES ($1, 1)
         ON CONFLICT (region) DO UPDATE SET version = base_versions.version + 1",
        binds![region],
    )
    .await
}

/// Writes a region's name and zone; says whether anything changed.
pub(crate) async fn put(tx: &mut Tx, region: Region, name: &str, zone: &str) -> Result<bool, Refusal> {
    let was = region_row(tx, region).await?;
    if was.is_some_and(|r| r.name == name && r.zone == zone) {
        return Ok(false);
    }
    let at = tx.at();
    tx.put(
        "INSERT INTO regions (code, name, zone, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (code) DO UPDATE SET name = excluded.name, zone = excluded.zone",
        binds![region, name, zone, at],
    )
    .await?;
    bump(tx, region).await?;
    Ok(true)
}

/// Computes the region's box again from its present areas and those to come.
pub(crate) async fn measure(tx: &mut Tx, region: Region) -> Result<(), StoreError> {
    let at = tx.at();
    tx.put(
        "UPDATE regions SET
           west = (SELECT min(west) FROM areas WHERE region = $1 AND (until_at IS NULL OR until_at > $2)),
           south = (SELECT min(south) FROM areas WHERE region = $1 AND (until_at IS NULL OR until_at > $2)),
           east = (SELECT max(east) FROM areas WHERE region = $1 AND (until_at IS NULL OR until_at > $2)),
           north = (SELECT max(north) FROM areas WHERE region = $1 AND (until_at IS NULL OR until_at > $2))
         WHERE code = $1",
        binds![region, at],
    )
    .await
}

/// The zone's name as the tz database writes it; `None` when it knows none.
pub(crate) fn zone_name(zone: &str) -> Option<String> {
    let found = jiff::tz::TimeZoneDatabase::bundled().get(zone).ok()?;
    found.iana_name().map(str::to_owned)
}
