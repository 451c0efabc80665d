//! Under which condition a case is filed.

use crate::{CONDITION_NEEDED, CONDITION_NONE, CONDITION_UNKNOWN, Condition, Item, find};
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

/// The condition meant by `n`, by the same rule.
pub fn choose(item: &Item, n: Option<i64>) -> Result<&Condition, Refusal> {
    let good: Vec<&Condition> = item.good().collect();
    let listed = || good.iter().map(|c| shown(c)).collect::<Vec<_>>().join("；");
    match (good.as_slice(), n) {
        ([], _) => Err(CONDITION_NONE.field("condition").with("item", &item.name)),
        ([one], None) => Ok(one),
        (_, None) => {
            Err(CONDITION_NEEDED.field("condition").with("item", &item.name).with("conditions", listed()))
        }
        (all, Some(n)) => all.iter().find(|c| c.n == n).copied().ok_or_else(|| {
            CONDITION_UNKNOWN
                .field("condition")
                .with("item", &item.name)
                .with("n", n)
                .with("conditions", listed())
        }),
    }
}

fn shown(c: &Condition) -> String {
    let text: String = c.filing.chars().take(30).collect();
    format!("{} {text}", c.n)
}
