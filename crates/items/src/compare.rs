//! Two versions of a catalogue side by side.

use crate::{CatalogueView, Condition, Item, Part, Party, stored, versions};
use areas::normal;
use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{ItemCode, NOT_FOUND, Power, Refusal, Region, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{Read, Tx, binds};
use utoipa::{IntoParams, ToSchema};

/// What became of an item from one version to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemChange {
    /// Only the second has it.
    Added,
    /// Only the first has it.
    Removed,
    /// Both have it, and they differ.
    Changed,
}

/// A field that differs; absent on the side that has nothing there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldChange {
    /// Which field, such as `name` or `limit`; `condition` for a condition that one side lacks.
    pub field: &'static str,
    /// Of which condition, by its number in the second version, or in the first where the second lacks it.
    pub condition: Option<i64>,
    /// What the first version says.
    pub a: Option<String>,
    /// What the second says.
    pub b: Option<String>,
}

/// An item that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemDiff {
    /// Its code.
    pub code: ItemCode,
    /// Its name, in the second version where it has one.
    pub name: String,
    /// What became of it.
    pub change: ItemChange,
    /// What differs.
    pub fields: Vec<FieldChange>,
}

/// Two versions and what differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Comparison {
    /// The first.
    pub a: CatalogueView,
    /// The second.
    pub b: CatalogueView,
    /// The items that differ, by code.
    pub items: Vec<ItemDiff>,
    /// How many are the same in both.
    pub same: i64,
}

/// How parties are called: units by id, roles by code.
#[derive(Debug, Default)]
pub(crate) struct Called {
    units: HashMap<UnitId, String>,
    roles: HashMap<String, String>,
}

impl Called {
    pub(crate) async fn load(tx: &mut Tx, region: Region) -> Result<Called, Refusal> {
        let units: Vec<(UnitId, String)> =
            tx.all("SELECT id, name FROM units WHERE region = $1", binds![region]).await?;
        let roles: Vec<(String, String)> =
            tx.all("SELECT code, zh FROM unit_roles WHERE region = $1", binds![region]).await?;
        Ok(Called { units: units.into_iter().collect(), roles: roles.into_iter().collect() })
    }

    fn party(&self, party: &Party) -> String {
        match party {
            Party::Unit(id) => self.units.get(id).cloned().unwrap_or_else(|| id.to_string()),
            Party::Role(code) => self.roles.get(code).cloned().unwrap_or_else(|| code.clone()),
        }
    }

    fn parties<'a>(&self, all: impl Iterator<Item = &'a Party>) -> String {
        all.map(|p| self.party(p)).collect::<Vec<_>>().join("、")
    }
}

/// The text of a field, as people read it; empty where there is nothing.
type Told = Vec<(&'static str, String)>;

fn yes(b: bool) -> String {
    if b { "是 yes".to_owned() } else { String::new() }
}

fn item_fields(i: &Item) -> Told {
    vec![
        ("name", i.name.clone()),
        ("kind", i.kind.code().to_owned()),
        ("major", i.major.clone()),
        ("domain", i.domain.clone().unwrap_or_default()),
        ("community", yes(i.community)),
        ("public", yes(i.public)),
        ("local", yes(i.local)),
        ("retired", yes(i.retired)),
        ("synonyms", i.synonyms.join("、")),
        ("printed", i.printed.clone().unwrap_or_default()),
    ]
}

fn condition_fields(c: &Condition, called: &Called) -> Told {
    let of = |part: Part| called.parties(c.parties.iter().filter(move |p| p.part == part).map(|p| &p.party));
    let season = |s: &crate::SeasonLimit| format!("{}–{} {}", s.from, s.to, s.limit.zh());
    vec![
        ("filing", c.filing.clone()),
        ("closing", c.closing.clone()),
        ("limit", c.limit.map(|l| l.zh()).unwrap_or_default()),
        ("seasons", c.seasons.iter().map(season).collect::<Vec<_>>().join("；")),
        ("urgent", yes(c.urgent)),
        ("lead", c.lead.as_ref().map(|p| called.party(p)).unwrap_or_default()),
        ("assisting", of(Part::Assisting)),
        ("candidates", of(Part::Candidate)),
        ("supervisors", called.parties(c.supervisors.iter())),
        ("basis", c.basis.clone()),
        ("photos", if c.evidence.photos > 0 { c.evidence.photos.to_string() } else { String::new() }),
        ("texts", c.evidence.texts.join("、")),
        ("draft", yes(c.draft)),
    ]
}

fn differing(out: &mut Vec<FieldChange>, condition: Option<i64>, a: Told, b: Told) {
    let some = |s: String| if s.is_empty() { None } else { Some(s) };
    for ((field, a), (_, b)) in a.into_iter().zip(b) {
        if a != b {
            out.push(FieldChange { field, condition, a: some(a), b: some(b) });
        }
    }
}

/// Which condition of the second version is which of the first: first those that say the same, then the rest
/// by their number. A version that only renumbers its conditions changes nothing.
fn pair<'a>(a: &'a Item, b: &'a Item) -> Vec<(Option<&'a Condition>, Option<&'a Condition>)> {
    let mut left: BTreeMap<i64, &Condition> = a.conditions.iter().map(|c| (c.n, c)).collect();
    let mut pairs: Vec<(Option<&Condition>, Option<&Condition>)> = Vec::new();
    let mut rest = Vec::new();
    for c in &b.conditions {
        let text = normal(&c.filing);
        let same = left.values().find(|o| normal(&o.filing) == text).map(|o| o.n);
        match same.and_then(|n| left.remove(&n)) {
            Some(o) => pairs.push((Some(o), Some(c))),
            None => rest.push(c),
        }
    }
    for c in rest {
        pairs.push((left.remove(&c.n), Some(c)));
    }
    pairs.extend(left.into_values().map(|c| (Some(c), None)));
    pairs.sort_by_key(|(a, b)| b.or(*a).map(|c| c.n));
    pairs
}

/// What differs between two lists of items, by code. Both are in the order of their codes.
fn compare(a: &[Item], b: &[Item], called: &Called) -> (Vec<ItemDiff>, i64) {
    let first: BTreeMap<ItemCode, &Item> = a.iter().map(|i| (i.code, i)).collect();
    let second: BTreeMap<ItemCode, &Item> = b.iter().map(|i| (i.code, i)).collect();
    let codes: BTreeSet<ItemCode> = first.keys().chain(second.keys()).copied().collect();
    let (mut diffs, mut same) = (Vec::new(), 0);
    for code in codes {
        let (change, name, fields) = match (first.get(&code), second.get(&code)) {
            (Some(a), Some(b)) => {
                let mut fields = Vec::new();
                differing(&mut fields, None, item_fields(a), item_fields(b));
                for (x, y) in pair(a, b) {
                    let whole = |c: &Condition| {
                        Some(if c.filing.is_empty() { format!("{}", c.n) } else { c.filing.clone() })
                    };
                    let n = y.or(x).map(|c| c.n);
                    match (x, y) {
                        (Some(x), Some(y)) => {
                            differing(
                                &mut fields,
                                n,
                                condition_fields(x, called),
                                condition_fields(y, called),
                            );
                        }
                        (x, y) => fields.push(FieldChange {
                            field: "condition",
                            condition: n,
                            a: x.and_then(whole),
                            b: y.and_then(whole),
                        }),
                    }
                }
                if fields.is_empty() {
                    same += 1;
                    continue;
                }
                (ItemChange::Changed, &b.name, fields)
            }
            (None, Some(b)) => (ItemChange::Added, &b.name, Vec::new()),
            (Some(a), None) => (ItemChange::Removed, &a.name, Vec::new()),
            (None, None) => continue,
        };
        diffs.push(ItemDiff { code, name: name.clone(), change, fields });
    }
    (diffs, same)
}

/// Two versions of the catalogue compared, field by field. Those with [`Power::ReadBase`].
pub struct CompareCatalogues {
    /// Of which region.
    pub region: Region,
    /// The first version.
    pub a: i64,
    /// The second.
    pub b: i64,
}

impl Read for CompareCatalogues {
    type Out = Comparison;

    async fn run(&self, tx: &mut Tx) -> Result<Comparison, Refusal> {
        tx.actor().may(Power::ReadBase, Some(self.region))?;
        let mut sides = Vec::with_capacity(2);
        for (field, version) in [("a", self.a), ("b", self.b)] {
            let found = stored::catalogue(tx, self.region, version).await?;
            let catalogue = found.ok_or_else(|| NOT_FOUND.field(field))?;
            let view = versions::view(tx, self.region, catalogue).await?;
            sides.push((view, stored::items(tx, self.region, version).await?));
        }
        let called = Called::load(tx, self.region).await?;
        let (Some((b, second)), Some((a, first))) = (sides.pop(), sides.pop()) else {
            return Err(NOT_FOUND.refuse());
        };
        let (items, same) = compare(&first, &second, &called);
        Ok(Comparison { a, b, items, same })
    }
}

/// Which two.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CompareQuery {
    /// The first version.
    #[param(minimum = 1)]
    a: i64,
    /// The second version.
    #[param(minimum = 1)]
    b: i64,
}

/// Two versions of the catalogue side by side: items added, removed and changed, field by field. Staff of the
/// region.
#[utoipa::path(get, path = "/api/regions/{region}/catalogues/compare", operation_id = "compare_catalogues",
    tag = "items", params(("region" = Region, Path), CompareQuery),
    responses((status = 200, body = Comparison)))]
pub(crate) async fn compare_catalogues(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(CompareQuery { a, b }): Params<CompareQuery>,
) -> Result<Json<Comparison>, Problem> {
    Ok(Json(house.db().read(&actor, CompareCatalogues { region, a, b }).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Evidence, ItemKind};
    use calendar::Limit;

    fn condition(n: i64, filing: &str, limit: &str) -> Condition {
        Condition {
            n,
            filing: filing.into(),
            closing: "修复".into(),
            limit: Limit::parse(limit).ok(),
            seasons: Vec::new(),
            urgent: false,
            lead: None,
            parties: Vec::new(),
            supervisors: Vec::new(),
            basis: String::new(),
            evidence: Evidence::default(),
            draft: false,
            doubts: Vec::new(),
            record: None,
            line: None,
            printed: BTreeMap::new(),
        }
    }

    fn item(code: u64, name: &str, conditions: Vec<Condition>) -> Item {
        Item {
            version: 1,
            code: ItemCode::new(code).unwrap(),
            name: name.into(),
            kind: ItemKind::Component,
            major: "公用设施".into(),
            domain: None,
            community: false,
            public: true,
            local: false,
            retired: false,
            synonyms: Vec::new(),
            printed: None,
            conditions,
        }
    }

    #[test]
    fn what_differs_is_named_and_renumbering_changes_nothing() {
        let a = [
            item(9901010101, "井盖", vec![condition(1, "缺失", "2uh"), condition(2, "破损", "4h")]),
            item(9901010102, "路灯", vec![condition(1, "不亮", "2wd")]),
            item(9901010103, "雨篦", vec![condition(1, "堵塞", "1wd")]),
        ];
        let b = [
            item(9901010101, "井盖", vec![condition(1, "破损", "4h"), condition(2, "缺失", "1uh")]),
            item(9901010102, "路灯", vec![condition(1, "不亮", "2wd")]),
            item(9901010104, "座椅", vec![condition(1, "损坏", "5wd")]),
        ];
        let (diffs, same) = compare(&a, &b, &Called::default());
        assert_eq!(same, 1);
        let told: Vec<_> = diffs.iter().map(|d| (d.name.as_str(), d.change)).collect();
        assert_eq!(
            told,
            [("井盖", ItemChange::Changed), ("雨篦", ItemChange::Removed), ("座椅", ItemChange::Added)]
        );
        let limit = FieldChange {
            field: "limit",
            condition: Some(2),
            a: Some("2紧急工作时".into()),
            b: Some("1紧急工作时".into()),
        };
        assert_eq!(diffs[0].fields, [limit]);
        // Compared with itself nothing differs.
        assert_eq!(compare(&a, &a, &Called::default()), (Vec::new(), 3));
    }
}
