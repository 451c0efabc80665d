//! What the tables hold: reading and writing whole versions, items and conditions.

use crate::{
    Catalogue, Condition, Item, ItemKind, OtherParty, Party, SeasonLimit,
    catalogue::{DRAFT, IN_FORCE},
};
use calendar::Limit;
use kernel::{ItemCode, Moment, Region};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use store::{FromRow, Row, StoreError, Tx, binds};

fn broken(what: &str) -> StoreError {
    StoreError::Internal(format!("a stored item has no readable {what}"))
}

fn json<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| broken(what))
}

fn text(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Internal(e.to_string()))
}

// An item without its conditions, in the order of the SELECTs below.
fn item(row: &mut Row<'_>) -> Result<Item, StoreError> {
    Ok(Item {
        version: row.next()?,
        code: row.next::<Option<ItemCode>>()?.ok_or_else(|| broken("code"))?,
        name: row.next()?,
        kind: ItemKind::parse(&row.next::<String>()?).ok_or_else(|| broken("kind"))?,
        major: row.next()?,
        domain: row.next()?,
        community: row.next()?,
        public: row.next()?,
        local: row.next()?,
        retired: row.next()?,
        synonyms: json(&row.next::<String>()?, "synonyms")?,
        printed: row.next()?,
        conditions: Vec::new(),
    })
}

// A condition; none where a LEFT JOIN found none.
fn condition(row: &mut Row<'_>) -> Result<Option<Condition>, StoreError> {
    let Some(n) = row.next::<Option<i64>>()? else { return Ok(None) };
    let (filing, closing) = (row.next()?, row.next()?);
    let limit = row.next::<Option<String>>()?.map(|l| Limit::parse(&l)).transpose();
    let seasons = json(&row.next::<String>()?, "seasons")?;
    let urgent = row.next()?;
    let lead: Option<Party> = row.next::<Option<String>>()?.map(|l| json(&l, "lead")).transpose()?;
    let parties: Vec<OtherParty> = json(&row.next::<String>()?, "parties")?;
    let supervisors = json(&row.next::<String>()?, "supervisors")?;
    let basis = row.next()?;
    let evidence = json(&row.next::<String>()?, "evidence")?;
    let doubts = row.next::<Option<String>>()?.map(|d| json(&d, "doubts")).transpose()?;
    let (record, line) = (row.next()?, row.next()?);
    let printed: BTreeMap<String, String> = json(&row.next::<String>()?, "printed text")?;
    Ok(Some(Condition {
        n,
        filing,
        closing,
        limit: limit.map_err(|_| broken("limit"))?,
        seasons,
        urgent,
        lead,
        parties,
        supervisors,
        basis,
        evidence,
        draft: doubts.is_some(),
        doubts: doubts.unwrap_or_default(),
        record,
        line,
        printed,
    }))
}

struct ItemRow(Item);
impl FromRow for ItemRow {
    fn from_row(row: &mut Row<'_>) -> Result<ItemRow, StoreError> {
        item(row).map(ItemRow)
    }
}

struct ConditionRow(i64, ItemCode, Condition);
impl FromRow for ConditionRow {
    fn from_row(row: &mut Row<'_>) -> Result<ConditionRow, StoreError> {
        let version = row.next()?;
        let code = row.next::<Option<ItemCode>>()?.ok_or_else(|| broken("code"))?;
        Ok(ConditionRow(version, code, condition(row)?.ok_or_else(|| broken("condition"))?))
    }
}

struct Both(Item, Option<Condition>);
impl FromRow for Both {
    fn from_row(row: &mut Row<'_>) -> Result<Both, StoreError> {
        Ok(Both(item(row)?, condition(row)?))
    }
}

fn joined(rows: Vec<Both>) -> Option<Item> {
    let mut rows = rows.into_iter();
    let Both(mut item, first) = rows.next()?;
    item.conditions.extend(first);
    item.conditions.extend(rows.filter_map(|Both(_, c)| c));
    Some(item)
}

/// The version in force at the transaction's moment.
pub(crate) async fn in_force(tx: &mut Tx, region: Region) -> Result<Option<Catalogue>, StoreError> {
    let at = tx.at();
    in_force_at(tx, region, at).await
}

pub(crate) async fn in_force_at(
    tx: &mut Tx,
    region: Region,
    at: Moment,
) -> Result<Option<Catalogue>, StoreError> {
    tx.maybe(
        "SELECT version, name, state, from_at, until_at, source, note, made_at FROM catalogues
         WHERE region = $1 AND state = 'in_force' AND from_at <= $2 AND (until_at IS NULL OR until_at > $2)
         ORDER BY from_at DESC LIMIT 1",
        binds![region, at],
    )
    .await
}

/// Every version, by number.
pub(crate) async fn catalogues(tx: &mut Tx, region: Region) -> Result<Vec<Catalogue>, StoreError> {
    tx.all(
        "SELECT version, name, state, from_at, until_at, source, note, made_at FROM catalogues
         WHERE region = $1 ORDER BY version",
        binds![region],
    )
    .await
}

/// One version.
pub(crate) async fn catalogue(
    tx: &mut Tx,
    region: Region,
    version: i64,
) -> Result<Option<Catalogue>, StoreError> {
    tx.maybe(
        "SELECT version, name, state, from_at, until_at, source, note, made_at FROM catalogues
         WHERE region = $1 AND version = $2",
        binds![region, version],
    )
    .await
}

/// An item in the version in force at the transaction's moment, retired ones included, with its conditions:
/// one indexed statement, for whoever files a case.
pub async fn find(tx: &mut Tx, region: Region, code: ItemCode) -> Result<Option<Item>, StoreError> {
    let at = tx.at();
    let rows = tx
        .all(
            "SELECT i.version, i.code, i.name, i.kind, i.major, i.domain, i.community, i.public, i.local, i.retired,
               i.synonyms, i.printed, c.n, c.filing, c.closing, c.time_limit, c.seasons, c.urgent, c.lead, c.parties,
               c.supervisors, c.basis, c.evidence, c.doubt, c.record, c.line, c.printed
             FROM catalogues k JOIN items i ON i.region = k.region AND i.version = k.version
             LEFT JOIN conditions c ON c.region = i.region AND c.version = i.version AND c.code = i.code
             WHERE k.region = $1 AND i.code = $2 AND k.state = 'in_force' AND k.from_at <= $3
               AND (k.until_at IS NULL OR k.until_at > $3)
             ORDER BY i.version, c.n",
            binds![region, code, at],
        )
        .await?;
    Ok(joined(rows))
}

/// A condition as filing asks for it; an item without any gives one row without a number.
pub(crate) struct ToFile {
    pub version: i64,
    pub name: String,
    pub retired: bool,
    pub n: Option<i64>,
    pub filing: String,
    pub limit: Option<Limit>,
    pub seasons: Vec<SeasonLimit>,
    pub urgent: bool,
}

impl FromRow for ToFile {
    fn from_row(row: &mut Row<'_>) -> Result<ToFile, StoreError> {
        let (version, name, retired, n) = (row.next()?, row.next()?, row.next()?, row.next()?);
        let filing: Option<String> = row.next()?;
        let limit: Option<String> = row.next()?;
        let seasons: Option<String> = row.next()?;
        let urgent: Option<bool> = row.next()?;
        Ok(ToFile {
            version,
            name,
            retired,
            n,
            filing: filing.unwrap_or_default(),
            limit: limit.map(|l| Limit::parse(&l)).transpose().map_err(|_| broken("limit"))?,
            seasons: match seasons.as_deref() {
                None | Some("[]") => Vec::new(),
                Some(text) => serde_json::from_str(text).map_err(|_| broken("seasons"))?,
            },
            urgent: urgent.unwrap_or_default(),
        })
    }
}

/// An item in the version in force, with its conditions that are no drafts: one indexed statement, for filing.
pub(crate) async fn to_file(tx: &mut Tx, region: Region, code: ItemCode) -> Result<Vec<ToFile>, StoreError> {
    let at = tx.at();
    tx.all(
        "SELECT i.version, i.name, i.retired, c.n, c.filing, c.time_limit, c.seasons, c.urgent
         FROM catalogues k JOIN items i ON i.region = k.region AND i.version = k.version
         LEFT JOIN conditions c ON c.region = i.region AND c.version = i.version AND c.code = i.code AND c.doubt IS NULL
         WHERE k.region = $1 AND i.code = $2 AND k.state = 'in_force' AND k.from_at <= $3
           AND (k.until_at IS NULL OR k.until_at > $3)
         ORDER BY i.version, c.n",
        binds![region, code, at],
    )
    .await
}

/// What an item is called, in the latest version that has begun and has it: for cases whose item is no longer in
/// the catalogue.
pub async fn name_of(tx: &mut Tx, region: Region, code: ItemCode) -> Result<Option<String>, StoreError> {
    let at = tx.at();
    let row: Option<(String,)> = tx
        .maybe(
            "SELECT i.name FROM items i JOIN catalogues k ON k.region = i.region AND k.version = i.version
             WHERE i.region = $1 AND i.code = $2 AND k.state = 'in_force' AND k.from_at <= $3
             ORDER BY k.from_at DESC LIMIT 1",
            binds![region, code, at],
        )
        .await?;
    Ok(row.map(|r| r.0))
}

/// An item in a version, with its conditions.
pub async fn find_in(
    tx: &mut Tx,
    region: Region,
    version: i64,
    code: ItemCode,
) -> Result<Option<Item>, StoreError> {
    let rows = tx
        .all(
            "SELECT i.version, i.code, i.name, i.kind, i.major, i.domain, i.community, i.public, i.local, i.retired,
               i.synonyms, i.printed, c.n, c.filing, c.closing, c.time_limit, c.seasons, c.urgent, c.lead, c.parties,
               c.supervisors, c.basis, c.evidence, c.doubt, c.record, c.line, c.printed
             FROM items i
             LEFT JOIN conditions c ON c.region = i.region AND c.version = i.version AND c.code = i.code
             WHERE i.region = $1 AND i.version = $2 AND i.code = $3 ORDER BY c.n",
            binds![region, version, code],
        )
        .await?;
    Ok(joined(rows))
}

/// Every item of a version, by code, with its conditions.
pub(crate) async fn items(tx: &mut Tx, region: Region, version: i64) -> Result<Vec<Item>, StoreError> {
    let items: Vec<ItemRow> = tx
        .all(
            "SELECT version, code, name, kind, major, domain, community, public, local, retired, synonyms, printed
             FROM items WHERE region = $1 AND version = $2 ORDER BY code",
            binds![region, version],
        )
        .await?;
    let conditions: Vec<ConditionRow> = tx
        .all(
            "SELECT version, code, n, filing, closing, time_limit, seasons, urgent, lead, parties, supervisors, basis,
               evidence, doubt, record, line, printed
             FROM conditions WHERE region = $1 AND version = $2 ORDER BY code, n",
            binds![region, version],
        )
        .await?;
    Ok(together(items, conditions))
}

/// Every item of every version that is no draft, by version and code.
pub(crate) async fn settled(tx: &mut Tx, region: Region) -> Result<Vec<Item>, StoreError> {
    let items: Vec<ItemRow> = tx
        .all(
            "SELECT i.version, i.code, i.name, i.kind, i.major, i.domain, i.community, i.public, i.local, i.retired,
               i.synonyms, i.printed
             FROM items i JOIN catalogues k ON k.region = i.region AND k.version = i.version
             WHERE i.region = $1 AND k.state = 'in_force' ORDER BY i.version, i.code",
            binds![region],
        )
        .await?;
    let conditions: Vec<ConditionRow> = tx
        .all(
            "SELECT c.version, c.code, c.n, c.filing, c.closing, c.time_limit, c.seasons, c.urgent, c.lead, c.parties,
               c.supervisors, c.basis, c.evidence, c.doubt, c.record, c.line, c.printed
             FROM conditions c JOIN catalogues k ON k.region = c.region AND k.version = c.version
             WHERE c.region = $1 AND k.state = 'in_force' ORDER BY c.version, c.code, c.n",
            binds![region],
        )
        .await?;
    Ok(together(items, conditions))
}

// Both lists come in the order of version and code.
fn together(items: Vec<ItemRow>, conditions: Vec<ConditionRow>) -> Vec<Item> {
    let mut items: Vec<Item> = items.into_iter().map(|r| r.0).collect();
    let mut at = 0;
    for ConditionRow(version, code, condition) in conditions {
        while items.get(at).is_some_and(|i| (i.version, i.code) < (version, code)) {
            at += 1;
        }
        if let Some(item) = items.get_mut(at).filter(|i| (i.version, i.code) == (version, code)) {
            item.conditions.push(condition);
        }
    }
    items
}

/// The number the next version gets.
pub(crate) async fn next_version(tx: &mut Tx, region: Region) -> Result<i64, StoreError> {
    let (last,): (Option<i64>,) =
        tx.one("SELECT MAX(version) FROM catalogues WHERE region = $1", binds![region]).await?;
    Ok(last.unwrap_or(0) + 1)
}

pub(crate) async fn put_catalogue(tx: &mut Tx, region: Region, is: &Catalogue) -> Result<(), StoreError> {
    let state = if is.draft() { DRAFT } else { IN_FORCE };
    tx.put(
        "INSERT INTO catalogues (region, version, name, state, from_at, until_at, source, note, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (region, version) DO UPDATE SET name = excluded.name, state = excluded.state,
           from_at = excluded.from_at, until_at = excluded.until_at, source = excluded.source, note = excluded.note",
        binds![
            region,
            is.version,
            &is.name,
            state,
            is.from_at,
            is.until_at,
            &is.source,
            &is.note,
            is.made_at
        ],
    )
    .await
}

/// Writes an item, its conditions aside.
pub(crate) async fn put_item(tx: &mut Tx, region: Region, is: &Item) -> Result<(), StoreError> {
    let synonyms = text(&is.synonyms)?;
    tx.put(
        "INSERT INTO items (region, version, code, name, kind, major, domain, community, public, local, retired,
           synonyms, printed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (region, version, code) DO UPDATE SET name = excluded.name, kind = excluded.kind,
           major = excluded.major, domain = excluded.domain, community = excluded.community,
           public = excluded.public, local = excluded.local, retired = excluded.retired,
           synonyms = excluded.synonyms, printed = excluded.printed",
        binds![
            region,
            is.version,
            is.code,
            &is.name,
            is.kind.code(),
            &is.major,
            is.domain.clone(),
            is.community,
            is.public,
            is.local,
            is.retired,
            synonyms,
            is.printed.clone()
        ],
    )
    .await
}

/// Writes a condition.
pub(crate) async fn put_condition(
    tx: &mut Tx,
    region: Region,
    version: i64,
    code: ItemCode,
    is: &Condition,
) -> Result<(), StoreError> {
    let lead = is.lead.as_ref().map(text).transpose()?;
    let doubt = is.draft.then(|| text(&is.doubts)).transpose()?;
    tx.put(
        "INSERT INTO conditions (region, version, code, n, filing, closing, time_limit, seasons, urgent, lead, parties,
           supervisors, basis, evidence, doubt, record, line, printed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         ON CONFLICT (region, version, code, n) DO UPDATE SET filing = excluded.filing, closing = excluded.closing,
           time_limit = excluded.time_limit, seasons = excluded.seasons, urgent = excluded.urgent,
           lead = excluded.lead, parties = excluded.parties, supervisors = excluded.supervisors,
           basis = excluded.basis, evidence = excluded.evidence, doubt = excluded.doubt,
           record = excluded.record, line = excluded.line, printed = excluded.printed",
        binds![
            region,
            version,
            code,
            is.n,
            &is.filing,
            &is.closing,
            is.limit.map(Limit::code),
            text(&is.seasons)?,
            is.urgent,
            lead,
            text(&is.parties)?,
            text(&is.supervisors)?,
            &is.basis,
            text(&is.evidence)?,
            doubt,
            is.record,
            is.line,
            text(&is.printed)?
        ],
    )
    .await
}

/// Writes an item with all its conditions into a version where it is not yet.
pub(crate) async fn add(tx: &mut Tx, region: Region, is: &Item) -> Result<(), StoreError> {
    put_item(tx, region, is).await?;
    for c in &is.conditions {
        put_condition(tx, region, is.version, is.code, c).await?;
    }
    Ok(())
}

pub(crate) async fn drop_condition(
    tx: &mut Tx,
    region: Region,
    version: i64,
    code: ItemCode,
    n: i64,
) -> Result<u64, StoreError> {
    tx.run(
        "DELETE FROM conditions WHERE region = $1 AND version = $2 AND code = $3 AND n = $4",
        binds![region, version, code, n],
    )
    .await
}

pub(crate) async fn drop_item(
    tx: &mut Tx,
    region: Region,
    version: i64,
    code: ItemCode,
) -> Result<u64, StoreError> {
    tx.put(
        "DELETE FROM conditions WHERE region = $1 AND version = $2 AND code = $3",
        binds![region, version, code],
    )
    .await?;
    tx.run(
        "DELETE FROM items WHERE region = $1 AND version = $2 AND code = $3",
        binds![region, version, code],
    )
    .await
}

/// Empties a version.
pub(crate) async fn clear(tx: &mut Tx, region: Region, version: i64) -> Result<(), StoreError> {
    tx.put("DELETE FROM conditions WHERE region = $1 AND version = $2", binds![region, version]).await?;
    tx.put("DELETE FROM items WHERE region = $1 AND version = $2", binds![region, version]).await
}

/// Tells every cache that what is in force has changed.
pub(crate) async fn bump(tx: &mut Tx, region: Region) -> Result<(), StoreError> {
    tx.put(
        "INSERT INTO catalogue_marks (region, mark) VALUES ($1, 1)
         ON CONFLICT (region) DO UPDATE SET mark = catalogue_marks.mark + 1",
        binds![region],
    )
    .await
}

/// Which state of the catalogues in force: compared, never ordered.
pub(crate) async fn mark(tx: &mut Tx, region: Region) -> Result<i64, StoreError> {
    let row: Option<(i64,)> =
        tx.maybe("SELECT mark FROM catalogue_marks WHERE region = $1", binds![region]).await?;
    Ok(row.map_or(0, |r| r.0))
}

/// Lets every settled version end where the next begins, and tells every cache.
pub(crate) async fn chain(tx: &mut Tx, region: Region) -> Result<(), StoreError> {
    let mut settled = catalogues(tx, region).await?;
    settled.retain(|c| !c.draft());
    settled.sort_by_key(|c| (c.from_at, c.version));
    let next: Vec<Option<Moment>> = settled.iter().skip(1).map(|c| c.from_at).chain([None]).collect();
    for (is, until_at) in settled.into_iter().zip(next) {
        if is.until_at != until_at {
            put_catalogue(tx, region, &Catalogue { until_at, ..is }).await?;
        }
    }
    bump(tx, region).await
}
