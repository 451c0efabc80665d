//! Under which condition a case is filed.

use crate::{
    CONDITION_NEEDED, CONDITION_NONE, CONDITION_UNKNOWN, Condition, Item, SeasonLimit, find, stored,
};
use calendar::{Limit, MonthDay};
use kernel::{ItemCode, Refusal, Region};
use store::Tx;

/// The item and the condition a case is filed under, from the version in force. With exactly one usable
/// condition that one is taken; with several, one has to be named: otherwise the refusal lists them. A draft
/// condition is never taken. `None`: there is no such item in force, or it is retired.
pub async fn find_condition(
    tx: &mut Tx,
    region: Region,
    code: ItemCode,
    n: Option<i64>,
) -> Result<Option<(Item, Condition)>, Refusal> {
    let Some(item) = find(tx, region, code).await?.filter(|i| !i.retired) else { return Ok(None) };
    let condition = choose(&item, n)?.clone();
    Ok(Some((item, condition)))
}

/// What filing a case takes from the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileUnder {
    /// The version in force.
    pub version: i64,
    /// The condition's number.
    pub n: i64,
    /// Its limit on that day.
    pub limit: Limit,
    /// Danger to life or property.
    pub urgent: bool,
}

/// The same choice as [`find_condition`], reading no more than filing needs: this is asked for every case.
pub async fn file_under(
    tx: &mut Tx,
    region: Region,
    code: ItemCode,
    n: Option<i64>,
    day: MonthDay,
) -> Result<Option<FileUnder>, Refusal> {
    let rows = stored::to_file(tx, region, code).await?;
    let Some(first) = rows.first().filter(|r| !r.retired) else { return Ok(None) };
    let good: Vec<&stored::ToFile> = rows.iter().filter(|r| r.n.is_some() && r.limit.is_some()).collect();
    let listed: Vec<(i64, &str)> =
        good.iter().map(|r| (r.n.unwrap_or_default(), r.filing.as_str())).collect();
    let row = good[pick(&first.name, &listed, n)?];
    let season = row.seasons.iter().find(|s: &&SeasonLimit| s.holds(day)).map(|s| s.limit);
    Ok(season.or(row.limit).map(|limit| FileUnder {
        version: row.version,
        n: row.n.unwrap_or_default(),
        limit,
        urgent: row.urgent,
    }))
}

/// The condition meant by `n`, by the same rule.
pub fn choose(item: &Item, n: Option<i64>) -> Result<&Condition, Refusal> {
    let good: Vec<&Condition> = item.good().collect();
    let listed: Vec<(i64, &str)> = good.iter().map(|c| (c.n, c.filing.as_str())).collect();
    Ok(good[pick(&item.name, &listed, n)?])
}

/// Which of the usable conditions, each by number and filing condition, is meant by `n`.
fn pick(item: &str, good: &[(i64, &str)], n: Option<i64>) -> Result<usize, Refusal> {
    let listed = || good.iter().map(|c| shown(c)).collect::<Vec<_>>().join("；");
    match (good, n) {
        ([], _) => Err(CONDITION_NONE.field("condition").with("item", item)),
        ([_], None) => Ok(0),
        (_, None) => Err(CONDITION_NEEDED.field("condition").with("item", item).with("conditions", listed())),
        (all, Some(n)) => all.iter().position(|c| c.0 == n).ok_or_else(|| {
            CONDITION_UNKNOWN.field("condition").with("item", item).with("n", n).with("conditions", listed())
        }),
    }
}

fn shown((n, filing): &(i64, &str)) -> String {
    let text: String = filing.chars().take(30).collect();
    format!("{n} {text}")
}
