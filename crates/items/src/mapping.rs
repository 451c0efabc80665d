//! Mappings between two versions of a catalogue: which item of one is which of the other. Dictionaries differ
//! by year and place; figures and duties follow a matter across them by these.

use crate::{Item, NO_SUCH_PAIR, stored, versions};
use areas::normal;
use axum::{
    Json,
    extract::{DefaultBodyLimit, State},
};
use edge::{Body, Caller, House, Params, PathOf, Problem};
use kernel::{Checks, ItemCode, NOT_FOUND, Power, Refusal, Region};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{Read, Tx, Write, binds};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Why a pair is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// The same code, and nearly the same name.
    SameCode,
    /// The same name.
    SameName,
    /// Names that share most of their pairs of characters.
    Similar,
}

/// An item of one version and the item of the other that it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MappedItem {
    /// The item of the first version.
    pub from_code: ItemCode,
    /// Its name.
    pub from_name: String,
    /// The item of the second version; absent where none is known or alike.
    pub to_code: Option<ItemCode>,
    /// Its name.
    pub to_name: Option<String>,
    /// A remark.
    pub note: String,
    /// Whether nobody has settled it yet: a proposal of the program.
    pub suggested: bool,
    /// Why it is proposed.
    pub reason: Option<Likeness>,
}

/// A pair as somebody settles it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PairBody {
    /// The item of the first version.
    pub from_code: ItemCode,
    /// The item of the second version.
    pub to_code: ItemCode,
    /// A remark.
    #[serde(default)]
    #[schema(max_length = 200, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub note: String,
}

/// Pairs between two versions, at the most.
const MOST: i64 = 2000;

/// Bytes of so many pairs with their remarks.
const BYTES: usize = 4 << 20;

/// All settled pairs between two versions.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutMappingsBody {
    /// The first version.
    #[schema(minimum = 1)]
    pub from: i64,
    /// The second version.
    #[schema(minimum = 1)]
    pub to: i64,
    /// The pairs; one item may have become several, and several one.
    #[schema(max_items = 2000)]
    pub pairs: Vec<PairBody>,
}

/// The pairs between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mappings {
    /// By the first version's codes: settled pairs, suggestions, and items that nothing is like.
    pub items: Vec<MappedItem>,
}

/// Share of pairs of neighbouring characters that two names have in common (Dice, 1945).
fn shared(a: &str, b: &str) -> f64 {
    let pairs = |s: &str| -> BTreeSet<[char; 2]> {
        let chars: Vec<char> = normal(s).chars().collect();
        chars.windows(2).map(|w| [w[0], w[1]]).collect()
    };
    let (a, b) = (pairs(a), pairs(b));
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    2.0 * a.intersection(&b).count() as f64 / (a.len() + b.len()) as f64
}

/// From here on two names are taken to be alike.
const ALIKE: f64 = 0.6;

/// The item of the other version that this one most likely is.
fn suggest<'a>(item: &Item, others: &'a [Item]) -> Option<(&'a Item, Likeness)> {
    let same_kind = || others.iter().filter(|o| o.kind == item.kind);
    let name = normal(&item.name);
    if let Some(o) = same_kind().find(|o| o.code == item.code && shared(&o.name, &item.name) >= ALIKE) {
        return Some((o, Likeness::SameCode));
    }
    let named: Vec<&Item> = same_kind().filter(|o| normal(&o.name) == name).collect();
    if let Some(o) = named.iter().find(|o| o.code == item.code).or(named.first()) {
        let reason = if o.code == item.code { Likeness::SameCode } else { Likeness::SameName };
        return Some((o, reason));
    }
    let best = same_kind()
        .map(|o| (shared(&o.name, &item.name), o))
        .filter(|(s, _)| *s >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.code.cmp(&a.1.code)))?;
    Some((best.1, Likeness::Similar))
}

type Settled = BTreeMap<ItemCode, Vec<(ItemCode, String)>>;

fn table(first: &[Item], second: &[Item], settled: &Settled) -> Vec<MappedItem> {
    let names: HashMap<ItemCode, &str> = second.iter().map(|i| (i.code, i.name.as_str())).collect();
    let mut out = Vec::with_capacity(first.len());
    for item in first {
        let row = |to: Option<ItemCode>, note: &str, suggested, reason| MappedItem {
            from_code: item.code,
            from_name: item.name.clone(),
            to_code: to,
            to_name: to.and_then(|c| names.get(&c).map(|n| (*n).to_owned())),
            note: note.to_owned(),
            suggested,
            reason,
        };
        match settled.get(&item.code) {
            Some(pairs) => out.extend(pairs.iter().map(|(to, note)| row(Some(*to), note, false, None))),
            None => {
                let found = suggest(item, second);
                out.push(row(found.map(|f| f.0.code), "", true, found.map(|f| f.1)));
            }
        }
    }
    out
}

/// The pairs between two versions, with suggestions for what nobody has settled. Those with [`Power::ReadBase`].
pub struct FindMappings {
    /// Of which region.
    pub region: Region,
    /// The first version.
    pub from: i64,
    /// The second version.
    pub to: i64,
}

async fn both(tx: &mut Tx, region: Region, from: i64, to: i64) -> Result<(Vec<Item>, Vec<Item>), Refusal> {
    for (field, version) in [("from", from), ("to", to)] {
        if stored::catalogue(tx, region, version).await?.is_none() {
            return Err(NOT_FOUND.field(field));
        }
    }
    Ok((stored::items(tx, region, from).await?, stored::items(tx, region, to).await?))
}

impl Read for FindMappings {
    type Out = Mappings;

    async fn run(&self, tx: &mut Tx) -> Result<Mappings, Refusal> {
        tx.actor().may(Power::ReadBase, Some(self.region))?;
        let (first, second) = both(tx, self.region, self.from, self.to).await?;
        let rows: Vec<(Option<ItemCode>, Option<ItemCode>, String)> = tx
            .all(
                "SELECT from_code, to_code, note FROM item_mappings
                 WHERE region = $1 AND from_version = $2 AND to_version = $3 ORDER BY from_code, to_code",
                binds![self.region, self.from, self.to],
            )
            .await?;
        let mut settled = Settled::new();
        for (from, to, note) in rows {
            if let (Some(from), Some(to)) = (from, to) {
                settled.entry(from).or_default().push((to, note));
            }
        }
        Ok(Mappings { items: table(&first, &second, &settled) })
    }
}

/// Settles all pairs between two versions: what was settled before and is not named is suggested again.
/// Catalogue stewards of the region. Put again unchanged, nothing happens.
pub struct PutMappings {
    /// Of which region.
    pub region: Region,
    /// The pairs.
    pub is: PutMappingsBody,
}

impl Write for PutMappings {
    type Out = Mappings;

    async fn run(&self, tx: &mut Tx) -> Result<Mappings, Refusal> {
        tx.actor().may(Power::EditItems, Some(self.region))?;
        let PutMappingsBody { from, to, pairs } = &self.is;
        let mut checks = Checks::new();
        checks.number("pairs", pairs.len() as i64, 0..=MOST);
        checks.hold(
            from != to,
            "to",
            "item.mapping_itself",
            "同一版本不需要对照。",
            "A version needs no mapping onto itself.",
        );
        for (i, p) in pairs.iter().enumerate() {
            checks.text(&format!("pairs.{i}.note"), &p.note, 0..=200);
        }
        checks.done()?;
        let (first, second) = both(tx, self.region, *from, *to).await?;
        let known = |items: &[Item]| -> BTreeSet<ItemCode> { items.iter().map(|i| i.code).collect() };
        let (there, here) = (known(&first), known(&second));
        let mut wanted: BTreeMap<(ItemCode, ItemCode), String> = BTreeMap::new();
        for (i, p) in pairs.iter().enumerate() {
            for (side, code, codes) in [("from_code", p.from_code, &there), ("to_code", p.to_code, &here)] {
                if !codes.contains(&code) {
                    return Err(NO_SUCH_PAIR.field(format!("pairs.{i}.{side}")).with("code", code));
                }
            }
            wanted.insert((p.from_code, p.to_code), p.note.trim().to_owned());
        }
        let rows: Vec<(Option<ItemCode>, Option<ItemCode>, String)> = tx
            .all(
                "SELECT from_code, to_code, note FROM item_mappings
                 WHERE region = $1 AND from_version = $2 AND to_version = $3",
                binds![self.region, *from, *to],
            )
            .await?;
        let before: BTreeMap<(ItemCode, ItemCode), String> =
            rows.into_iter().filter_map(|(a, b, note)| Some(((a?, b?), note))).collect();
        if before != wanted {
            tx.put(
                "DELETE FROM item_mappings WHERE region = $1 AND from_version = $2 AND to_version = $3",
                binds![self.region, *from, *to],
            )
            .await?;
            for ((a, b), note) in &wanted {
                tx.put(
                    "INSERT INTO item_mappings (region, from_version, from_code, to_version, to_code, note)
                     VALUES ($1, $2, $3, $4, $5, $6)",
                    binds![self.region, *from, *a, *to, *b, note],
                )
                .await?;
            }
            let detail = json!({ "to": to, "pairs": wanted.len() });
            versions::tell(tx, self.region, "catalogue.map", *from, detail).await?;
        }
        FindMappings { region: self.region, from: *from, to: *to }.run(tx).await
    }
}

/// Between which versions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MappingsQuery {
    /// The first version.
    #[param(minimum = 1)]
    from: i64,
    /// The second version.
    #[param(minimum = 1)]
    to: i64,
}

/// Which item of one version is which of another: settled pairs, and suggestions for the rest. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/item-mappings", operation_id = "find_mappings", tag = "items",
    params(("region" = Region, Path), MappingsQuery), responses((status = 200, body = Mappings)))]
pub(crate) async fn find_mappings(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(MappingsQuery { from, to }): Params<MappingsQuery>,
) -> Result<Json<Mappings>, Problem> {
    Ok(Json(house.db().read(&actor, FindMappings { region, from, to }).await?))
}

/// Settle which item of one version is which of another. Catalogue stewards of the region.
#[utoipa::path(put, path = "/api/regions/{region}/item-mappings", operation_id = "put_mappings", tag = "items",
    params(("region" = Region, Path)), request_body = PutMappingsBody,
    responses((status = 200, body = Mappings)))]
pub(crate) async fn put_mappings(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Body(is): Body<PutMappingsBody>,
) -> Result<Json<Mappings>, Problem> {
    Ok(Json(house.db().write(&actor, PutMappings { region, is }).await?))
}

pub(crate) fn mapping_routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(find_mappings, put_mappings)).layer(DefaultBodyLimit::max(BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_pairs_of_characters() {
        assert_eq!(shared("上水井盖", "上水井盖"), 1.0);
        assert!(shared("上水井盖", "污水井盖") >= ALIKE);
        assert!(shared("路灯", "公交站亭") < ALIKE);
        assert_eq!(shared("", "路灯"), 0.0);
    }
}
