//! What else an area is called. Not dated: an old name is still what people say.

use kernel::{AreaCode, Checks, Region};
use std::collections::{BTreeSet, HashMap};
use store::{StoreError, Tx, binds};

/// Aliases an area can have.
pub(crate) const MOST: usize = 20;

/// The other names of every area of a region, by code, each in the order of the text.
pub(crate) async fn all(tx: &mut Tx, region: Region) -> Result<HashMap<AreaCode, Vec<String>>, StoreError> {
    let rows: Vec<(Option<AreaCode>, String)> = tx
        .all("SELECT code, alias FROM area_names WHERE region = $1 ORDER BY code, alias", binds![region])
        .await?;
    let mut by_code: HashMap<AreaCode, Vec<String>> = HashMap::new();
    for (code, alias) in rows {
        if let Some(code) = code {
            by_code.entry(code).or_default().push(alias);
        }
    }
    // The order of texts is the database's own affair.
    by_code.values_mut().for_each(|aliases| aliases.sort());
    Ok(by_code)
}

/// The other names of one area.
pub(crate) async fn of(tx: &mut Tx, code: AreaCode) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT alias FROM area_names WHERE region = $1 AND code = $2";
    let rows: Vec<(String,)> = tx.all(sql, binds![code.region(), code]).await?;
    let mut aliases: Vec<String> = rows.into_iter().map(|(alias,)| alias).collect();
    aliases.sort();
    Ok(aliases)
}

/// Without blanks around, doubles, or the name itself.
pub(crate) fn tidy(aliases: &[String], name: &str) -> Vec<String> {
    let all: BTreeSet<&str> = aliases.iter().map(|a| a.trim()).collect();
    all.into_iter().filter(|a| !a.is_empty() && *a != name.trim()).map(str::to_owned).collect()
}

pub(crate) fn check(checks: &mut Checks, field: &str, aliases: &[String]) {
    checks.hold(
        aliases.len() <= MOST,
        field,
        "area.too_many_aliases",
        "别名最多 20 个。",
        "An area has 20 aliases at the most.",
    );
    for (i, alias) in aliases.iter().enumerate() {
        checks.text(&format!("{field}.{i}"), alias, 1..=100);
    }
}

/// Writes the other names of an area.
pub(crate) async fn put(tx: &mut Tx, code: AreaCode, aliases: &[String]) -> Result<(), StoreError> {
    tx.put("DELETE FROM area_names WHERE region = $1 AND code = $2", binds![code.region(), code]).await?;
    for alias in aliases {
        tx.put(
            "INSERT INTO area_names (region, code, alias) VALUES ($1, $2, $3)",
            binds![code.region(), code, alias],
        )
        .await?;
    }
    Ok(())
}
