//! Units that look like one: proposals for people to review, never acted upon.

use crate::{Offices, Unit, UnitKind, normal};
use axum::{Json, extract::State};
use edge::{Caller, House, PathOf, Problem};
use kernel::{Page, Power, Region, UnitId};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap, HashSet};
use utoipa::ToSchema;

/// Why two units look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AlikeReason)]
pub enum Why {
    /// The same but for the city or county in front of one of them.
    Prefix,
    /// The same but for words such as 服务, 管理, 城市, 有限责任.
    FillerWords,
    /// One is the other with something in front or in between.
    Contains,
    /// A character or two differ.
    Characters,
    /// Most pairs of neighbouring characters are shared.
    Wording,
}

/// One side of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlikeUnit {
    /// Its id.
    pub id: UnitId,
    /// Its name.
    pub name: String,
    /// What sort.
    pub kind: UnitKind,
    /// The spelling that looks like the other's: its name or an alias.
    pub spelling: String,
}

/// Two units that look like one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Alike {
    /// One.
    pub a: AlikeUnit,
    /// The other.
    pub b: AlikeUnit,
    /// Why.
    pub why: Why,
    /// How much, from 1 to 100.
    pub likeness: u8,
}

/// Pairs told at the most.
const MOST: usize = 500;
/// Words that say little about which unit it is.
const FILLERS: [&str; 21] = [
    "有限责任公司",
    "股份有限公司",
    "有限公司",
    "集团公司",
    "分公司",
    "公司",
    "集团",
    "服务",
    "管理",
    "城市",
    "中心",
    "综合",
    "市",
    "县",
    "区",
    "各",
    "属地",
    "所属",
    "相关",
    "及",
    "的",
];
/// Characters that tell the first from the second of a kind.
const COUNTERS: &str = "一二三四五六七八九十0123456789东西南北中上下前后左右甲乙丙丁大小新老";

/// A name taken apart for comparison.
struct Form {
    shown: String,
    /// As compared.
    whole: Vec<char>,
    /// The city, county or district in front: 运城市, 盐湖区.
    prefix: Vec<char>,
    /// Without it.
    rest: Vec<char>,
    /// The rest without filler words.
    core: String,
    bigrams: HashSet<[char; 2]>,
}

impl Form {
    fn of(shown: &str) -> Form {
        let whole: Vec<char> = normal(shown).chars().collect();
        let cut = prefix(&whole);
        let rest: Vec<char> = whole[cut..].to_vec();
        let mut core: String = rest.iter().collect();
        for filler in FILLERS {
            core = core.replace(filler, "");
        }
        let bigrams = rest.windows(2).map(|w| [w[0], w[1]]).collect();
        Form { shown: shown.to_owned(), prefix: whole[..cut].to_vec(), rest, core, bigrams, whole }
    }

    /// Why and how much two names look alike.
    fn like(&self, other: &Form) -> Option<(Why, u8)> {
        // Two bureaus of two named cities or counties are two.
        let apart = !self.prefix.is_empty() && !other.prefix.is_empty() && self.prefix != other.prefix;
        if apart && !shifted(&self.whole, &other.whole) {
            return None;
        }
        if self.rest == other.rest {
            return Some((Why::Prefix, 98));
        }
        if counted_apart(&self.rest, &other.rest) {
            return None;
        }
        if self.core.chars().count() >= 2 && self.core == other.core {
            return Some((Why::FillerWords, 94));
        }
        let (short, long) = if self.rest.len() <= other.rest.len() { (self, other) } else { (other, self) };
        // One that begins with the other's name is an office of it, not the same.
        if long.rest.starts_with(&short.rest) {
            return None;
        }
        if short.rest.len() >= 4 && long.rest.windows(short.rest.len()).any(|w| w == short.rest) {
            return Some((Why::Contains, 88));
        }
        if short.rest.len() >= 4 && begins_and_ends(&short.rest, &long.rest) {
            return Some((Why::Contains, 86));
        }
        // In a short name one character changed makes another unit: 电信公司, 电力公司.
        let most = if short.whole.len() >= 9 { 2 } else { 1 };
        let changed = short.whole.len() == long.whole.len() && short.whole.len() < 7;
        let distance = distance(&self.whole, &other.whole, most).filter(|_| !changed);
        if short.whole.len() >= 4
            && let Some(d) = distance
        {
            return Some((Why::Characters, if d == 1 { 84 } else { 78 }));
        }
        let shared = self.bigrams.intersection(&other.bigrams).count();
        let dice = 200 * shared / (self.bigrams.len() + other.bigrams.len()).max(1);
        (dice >= 72 && short.rest.len() >= 4)
            .then(|| (Why::Wording, u8::try_from(dice).unwrap_or(100).min(75)))
    }
}

/// Where the name itself begins, after the city and county in front; at 0 when it has none or nothing would be
/// left.
fn prefix(name: &[char]) -> usize {
    let mut cut = 0;
    for (ends, longest) in [('市', 5), ('县', 5), ('区', 5)] {
        let rest = &name[cut..];
        let at = rest.iter().take(longest).position(|c| *c == ends);
        if let Some(at) = at.filter(|at| *at >= 1 && rest.len() - at > 2) {
            // 城市管理局, 小区物业, 社区卫生站, 市区: no names of cities and counties.
            let word: String = rest[..=at].iter().collect();
            let zone = ["小区", "社区", "市区", "园区", "片区", "辖区", "城区", "街区", "地区"];
            if word != "城市" && !zone.iter().any(|w| word.ends_with(w)) {
                cut += at + 1;
            }
        }
    }
    cut
}

/// Whether one name is the other with characters left out around the place where the prefix ends, so that the
/// prefix was read differently: 运城市市政… and 运城市政….
fn shifted(a: &[char], b: &[char]) -> bool {
    distance(a, b, 1).is_some()
}

/// Whether all that differs is which one of a kind: 第一中队 and 第二中队, 东城 and 西城.
fn counted_apart(a: &[char], b: &[char]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let differ: Vec<(char, char)> = a.iter().zip(b).filter(|(x, y)| x != y).map(|(x, y)| (*x, *y)).collect();
    !differ.is_empty() && differ.iter().all(|(x, y)| COUNTERS.contains(*x) && COUNTERS.contains(*y))
}

/// Whether the longer name is the shorter one with one run of up to four characters put in.
fn begins_and_ends(short: &[char], long: &[char]) -> bool {
    let more = long.len() - short.len();
    if more == 0 || more > 4 {
        return false;
    }
    let front = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let back = short.iter().rev().zip(long.iter().rev()).take_while(|(a, b)| a == b).count();
    front >= 2 && back >= 2 && front + back >= short.len()
}

/// The number of characters to put in, leave out or change, when it is `most` or less (Levenshtein).
fn distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
        if row.iter().all(|d| *d > most) {
            return None;
        }
    }
    row.last().copied().filter(|d| *d <= most)
}

/// The open units that look alike, the likest pairs first. Only units that share two neighbouring characters of
/// a spelling (or have the same core) are compared, so that a city's thousand units take no time.
pub fn alike(units: &[Unit]) -> Vec<Alike> {
    let open: Vec<&Unit> = units.iter().filter(|u| u.open()).collect();
    let mut forms: Vec<(usize, Form)> = Vec::new();
    for (i, unit) in open.iter().enumerate() {
        forms.extend(std::iter::once(&unit.name).chain(&unit.aliases).map(|text| (i, Form::of(text))));
    }
    let mut by_bigram: HashMap<[char; 2], Vec<usize>> = HashMap::new();
    for (n, (_, form)) in forms.iter().enumerate() {
        for bigram in &form.bigrams {
            by_bigram.entry(*bigram).or_default().push(n);
        }
    }
    let mut best: HashMap<(usize, usize), (u8, Why, usize, usize)> = HashMap::new();
    let mut shared = vec![0usize; forms.len()];
    for (n, (i, form)) in forms.iter().enumerate() {
        shared[n + 1..].fill(0);
        for other in form.bigrams.iter().filter_map(|b| by_bigram.get(b)).flatten() {
            shared[*other] += 1;
        }
        for m in n + 1..forms.len() {
            let (j, other) = &forms[m];
            // Names that share less than a third of their pairs are not alike by any of the reasons.
            if i == j || shared[m] == 0 || 3 * shared[m] < form.bigrams.len().min(other.bigrams.len()) {
                continue;
            }
            if let Some((why, likeness)) = form.like(other) {
                let (key, ends) = if i < j { ((*i, *j), (n, m)) } else { ((*j, *i), (m, n)) };
                let found = best.entry(key).or_insert((likeness, why, ends.0, ends.1));
                if (likeness, std::cmp::Reverse((why, ends)))
                    > (found.0, std::cmp::Reverse((found.1, (found.2, found.3))))
                {
                    *found = (likeness, why, ends.0, ends.1);
                }
            }
        }
    }
    let side = |i: usize, n: usize| AlikeUnit {
        id: open[i].id,
        name: open[i].name.clone(),
        kind: open[i].kind,
        spelling: forms[n].1.shown.clone(),
    };
    let mut pairs: Vec<Alike> = best
        .into_iter()
        .map(|((i, j), (likeness, why, n, m))| Alike { a: side(i, n), b: side(j, m), why, likeness })
        .collect();
    pairs.sort_by(|x, y| {
        let key =
            |p: &Alike| (std::cmp::Reverse(p.likeness), p.a.name.clone(), p.b.name.clone(), p.a.id, p.b.id);
        key(x).cmp(&key(y))
    });
    pairs
}

/// Units that look like one, with the reason: the 500 likest pairs of open units. Nothing is merged by itself.
/// Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/units/alike", operation_id = "alike_units", tag = "areas",
    params(("region" = Region, Path)), responses((status = 200, body = Page<Alike>)))]
pub(crate) async fn alike_units(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
) -> Result<Json<Page<Alike>>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let office = house.keep::<Offices>().of(house.db(), &actor, region).await?;
    let found = tokio::task::spawn_blocking(move || alike(office.units())).await;
    let mut items = found.map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
    items.truncate(MOST);
    Ok(Json(Page { items, next: None }))
}

/// Groups of units that pairs hang together, for lists that people review as a whole.
pub fn groups(pairs: &[Alike]) -> Vec<BTreeSet<UnitId>> {
    let mut groups: Vec<BTreeSet<UnitId>> = Vec::new();
    for pair in pairs {
        let mut joined: BTreeSet<UnitId> = [pair.a.id, pair.b.id].into();
        groups.retain(|g| {
            let touches = !g.is_disjoint(&joined);
            if touches {
                joined.extend(g);
            }
            !touches
        });
        groups.push(joined);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Uuid;

    fn pairs(names: &[&str]) -> Vec<(String, String, Why)> {
        let unit =
            |(i, n): (usize, &&str)| Unit::new(UnitId(Uuid::from_u128(i as u128)), *n, UnitKind::Department);
        let units: Vec<Unit> = names.iter().enumerate().map(unit).collect();
        alike(&units).into_iter().map(|p| (p.a.name, p.b.name, p.why)).collect()
    }

    fn why(a: &str, b: &str) -> Option<Why> {
        pairs(&[a, b]).first().map(|p| p.2)
    }

    #[test]
    fn spellings_of_one_unit_are_proposed_with_the_reason() {
        for (a, b, reason) in [
            ("运城市节约用水中心", "运城市城市节约用水中心", Why::FillerWords),
            ("运城市节约用水中心", "运城市节约用水服务中心", Why::FillerWords),
            ("市政公用服务中心", "运城市市政公用服务中心", Why::Prefix),
            ("运城市政公用服务中心", "运城市市政公用服务中心", Why::FillerWords),
            ("中国联合网络通信公司", "中国联和网络通信公司", Why::Characters),
            ("电力公司", "运城市电力公司", Why::Prefix),
            ("运城市市容环卫中心", "运城市市容环卫服务中心", Why::FillerWords),
            ("市容秩序科", "运城市城市管理局市容秩序科", Why::Contains),
            ("运城市集中供热供气服务中心", "运城市城市集中供热供气服务中心", Why::FillerWords),
            ("运城市供热供气服务中心", "运城市集中供热供气服务中心", Why::Contains),
            ("望桥安居物业公司", "望桥安居物业服务有限公司", Why::FillerWords),
        ] {
            assert_eq!(why(a, b), Some(reason), "{a} {b}");
        }
    }

    #[test]
    fn units_that_are_two_are_left_alone() {
        for (a, b) in [
            ("执法一中队", "执法二中队"),
            ("东城街道办事处", "西城街道办事处"),
            ("运城市水务局", "临汾市水务局"),
            ("运城市水务局", "运城市林业局"),
            ("运城市城市管理局", "运城市城市管理局园林管理科"),
            ("联通公司", "移动公司"),
            ("电信公司", "电力公司"),
            ("属地供气企业", "属地供水企业"),
            ("运城市排水服务中心", "运城市园林绿化服务中心"),
        ] {
            assert_eq!(why(a, b), None, "{a} {b}");
        }
    }

    #[test]
    fn an_alias_speaks_for_its_unit_and_closed_units_are_not_proposed() {
        let unit = |n: u128, name: &str| Unit::new(UnitId(Uuid::from_u128(n)), name, UnitKind::Department);
        let mut a = unit(1, "住房和城乡建设局");
        a.aliases = vec!["运城市住建局".into()];
        let mut b = unit(2, "住建局");
        assert_eq!(alike(&[a.clone(), b.clone()])[0].a.spelling, "运城市住建局");
        b.closed = true;
        assert!(alike(&[a, b]).is_empty());
    }

    #[test]
    fn pairs_that_hang_together_are_one_group() {
        let names =
            ["运城市节约用水中心", "运城市城市节约用水中心", "运城市节约用水服务中心", "运城市林业局"];
        let units: Vec<Unit> = names
            .iter()
            .enumerate()
            .map(|(i, n)| Unit::new(UnitId(Uuid::from_u128(i as u128)), *n, UnitKind::Department))
            .collect();
        let groups = groups(&alike(&units));
        assert_eq!(groups.iter().map(BTreeSet::len).collect::<Vec<_>>(), [3]);
    }
}
