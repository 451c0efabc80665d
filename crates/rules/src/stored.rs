//! What the tables hold of one region.

use calendar::{Hours, Year, mainland};
use kernel::{AccountId, Moment, Refusal, Region, UnitId, Uuid};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use store::{Read, StoreError, Tx, binds, from_row};

/// Which state of a region's settings: compared, never ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub zone: String,
    created_at: Moment,
    mark: i64,
}
from_row!(Stamp { zone, created_at, mark });

/// A stored version of the rules.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub version: i64,
    pub from_at: Moment,
    pub account: Option<AccountId>,
    pub body: String,
}
from_row!(Stored { version, from_at, account, body });

/// The row of the region itself in `working_hours`.
pub(crate) const REGION: UnitId = UnitId(Uuid::nil());

pub(crate) fn json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|e| StoreError::Internal(format!("a stored setting cannot be read: {e}")))
}

/// The cheap question.
pub(crate) struct ReadStamp(pub Region);

impl Read for ReadStamp {
    type Out = Stamp;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Stamp, Refusal> {
        stamp(tx, self.0).await
    }
}

pub(crate) async fn stamp(tx: &mut Tx, region: Region) -> Result<Stamp, Refusal> {
    let found = tx
        .maybe(
            "SELECT r.zone, r.created_at, COALESCE(m.mark, 0) FROM regions r
             LEFT JOIN rule_marks m ON m.region = r.code WHERE r.code = $1",
            binds![region],
        )
        .await?;
    found.ok_or_else(|| areas::REGION_MISSING.refuse().with("region", region))
}

/// Tells every cache that something has changed.
pub(crate) async fn bump(tx: &mut Tx, region: Region) -> Result<(), StoreError> {
    tx.put(
        "INSERT INTO rule_marks (region, mark) VALUES ($1, 1)
         ON CONFLICT (region) DO UPDATE SET mark = rule_marks.mark + 1",
        binds![region],
    )
    .await
}

/// After a change of the calendar: every cache, and the deadlines that were provisional.
pub(crate) async fn changed(tx: &mut Tx, region: Region) -> Result<(), StoreError> {
    bump(tx, region).await?;
    let at = tx.at();
    jobs::enqueue(tx, region, "cases.recalendar", "calendar", &Json::Object(Default::default()), at).await
}

/// The years this program knows for a region with such clocks.
pub(crate) fn built_in(zone: &str) -> &'static [Year] {
    let here = matches!(zone, "Asia/Shanghai" | "Asia/Urumqi" | "Asia/Chongqing" | "Asia/Harbin" | "PRC");
    if here { mainland() } else { &[] }
}

/// The years in force: the built-in ones where the zone is mainland China's, and over them the stored.
pub(crate) fn years(zone: &str, stored: &[String]) -> Result<Vec<Year>, StoreError> {
    let built_in = built_in(zone);
    let mut years: BTreeMap<i16, Year> = built_in.iter().map(|y| (y.year, y.clone())).collect();
    for body in stored {
        let y: Year = json(body)?;
        years.insert(y.year, y);
    }
    Ok(years.into_values().collect())
}

pub(crate) async fn years_of(tx: &mut Tx, region: Region, zone: &str) -> Result<Vec<Year>, StoreError> {
    let rows: Vec<(String,)> =
        tx.all("SELECT body FROM holiday_years WHERE region = $1 ORDER BY year", binds![region]).await?;
    years(zone, &rows.into_iter().map(|r| r.0).collect::<Vec<_>>())
}

pub(crate) async fn hours_of(tx: &mut Tx, region: Region, unit: UnitId) -> Result<Option<Hours>, StoreError> {
    let row: Option<(String,)> = tx
        .maybe("SELECT body FROM working_hours WHERE region = $1 AND unit = $2", binds![region, unit])
        .await?;
    row.map(|(body,)| json(&body)).transpose()
}

/// The rules of a stored version. What it does not say, because it is older than that setting, is as usual.
pub(crate) fn rules(body: &str) -> Result<flow::Rules, StoreError> {
    fn over(base: &mut Json, top: Json) {
        match (base, top) {
            (Json::Object(base), Json::Object(top)) => {
                for (name, value) in top {
                    // A setting that is no more is left out.
                    if let Some(b) = base.get_mut(&name) {
                        over(b, value);
                    }
                }
            }
            (base, top) => *base = top,
        }
    }
    let unreadable = |e: serde_json::Error| StoreError::Internal(format!("stored rules cannot be read: {e}"));
    let mut all = serde_json::to_value(flow::Rules::default()).map_err(unreadable)?;
    over(&mut all, json(body)?);
    serde_json::from_value(all).map_err(unreadable)
}

/// Everything of a region.
pub(crate) struct ReadAll(pub Region);

pub(crate) struct All {
    pub stamp: Stamp,
    pub years: Vec<Year>,
    /// Those among them that the region has stored.
    pub own: Vec<i16>,
    pub hours: Vec<(UnitId, Hours)>,
    pub versions: Vec<Stored>,
}

impl Read for ReadAll {
    type Out = All;
    async fn run(&self, tx: &mut Tx) -> Result<All, Refusal> {
        let stamp = stamp(tx, self.0).await?;
        let years = years_of(tx, self.0, &stamp.zone).await?;
        let own: Vec<(i64,)> =
            tx.all("SELECT year FROM holiday_years WHERE region = $1", binds![self.0]).await?;
        let own = own.into_iter().filter_map(|(y,)| i16::try_from(y).ok()).collect();
        let rows: Vec<(UnitId, String)> =
            tx.all("SELECT unit, body FROM working_hours WHERE region = $1", binds![self.0]).await?;
        let hours =
            rows.into_iter().map(|(u, body)| Ok((u, json(&body)?))).collect::<Result<_, StoreError>>()?;
        let versions = tx
            .all(
                "SELECT version, from_at, account, body FROM rule_versions WHERE region = $1 ORDER BY version",
                binds![self.0],
            )
            .await?;
        Ok(All { stamp, years, own, hours, versions })
    }
}
