//! Four hundred invented accounts. Names are common ones put together by chance.

use crate::areas::Area;
use crate::rng::Rng;
use crate::units::Unit;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A person with an account.
#[derive(Clone, Debug, Serialize)]
pub struct Staff {
    /// ASCII letters and digits, unique in the county.
    pub username: String,
    /// Chinese name.
    pub name: String,
    /// Role code, one of [`ROLES`].
    pub role: &'static str,
    /// Officers and handlers: index into `County::units`.
    pub unit: Option<usize>,
    /// Grid workers: code of their grid; street dispatchers: code of their street. None, with no unit either:
    /// the whole county.
    pub area: Option<u64>,
}

/// The thirteen roles.
pub const ROLES: [&str; 13] = [
    "grid_worker",
    "unit_officer",
    "handler",
    "intake_operator",
    "dispatcher",
    "supervisor",
    "analyst",
    "catalogue_steward",
    "data_steward",
    "system_administrator",
    "security_administrator",
    "auditor",
    "resident",
];

/// How many hold each role that has neither unit nor grid, besides the street dispatchers.
const COUNTY_WIDE: [(&str, usize); 10] = [
    ("intake_operator", 8),
    ("dispatcher", 4),
    ("supervisor", 6),
    ("analyst", 3),
    ("catalogue_steward", 2),
    ("data_steward", 2),
    ("system_administrator", 2),
    ("security_administrator", 2),
    ("auditor", 2),
    ("resident", 7),
];

const FAMILY: [(&str, &str); 40] = [
    ("王", "wang"),
    ("李", "li"),
    ("张", "zhang"),
    ("刘", "liu"),
    ("陈", "chen"),
    ("杨", "yang"),
    ("赵", "zhao"),
    ("黄", "huang"),
    ("周", "zhou"),
    ("吴", "wu"),
    ("徐", "xu"),
    ("孙", "sun"),
    ("胡", "hu"),
    ("朱", "zhu"),
    ("高", "gao"),
    ("林", "lin"),
    ("何", "he"),
    ("郭", "guo"),
    ("马", "ma"),
    ("罗", "luo"),
    ("梁", "liang"),
    ("宋", "song"),
    ("郑", "zheng"),
    ("谢", "xie"),
    ("韩", "han"),
    ("唐", "tang"),
    ("冯", "feng"),
    ("于", "yu"),
    ("董", "dong"),
    ("程", "cheng"),
    ("曹", "cao"),
    ("袁", "yuan"),
    ("邓", "deng"),
    ("许", "xu"),
    ("傅", "fu"),
    ("沈", "shen"),
    ("曾", "zeng"),
    ("彭", "peng"),
    ("吕", "lv"),
    ("苏", "su"),
];

const GIVEN: [(&str, &str); 48] = [
    ("伟", "wei"),
    ("芳", "fang"),
    ("敏", "min"),
    ("静", "jing"),
    ("丽", "li"),
    ("强", "qiang"),
    ("磊", "lei"),
    ("洋", "yang"),
    ("勇", "yong"),
    ("杰", "jie"),
    ("娟", "juan"),
    ("涛", "tao"),
    ("明", "ming"),
    ("超", "chao"),
    ("霞", "xia"),
    ("平", "ping"),
    ("刚", "gang"),
    ("玲", "ling"),
    ("辉", "hui"),
    ("鹏", "peng"),
    ("华", "hua"),
    ("红", "hong"),
    ("玉", "yu"),
    ("萍", "ping"),
    ("波", "bo"),
    ("宁", "ning"),
    ("琴", "qin"),
    ("云", "yun"),
    ("帆", "fan"),
    ("雪", "xue"),
    ("晨", "chen"),
    ("倩", "qian"),
    ("浩", "hao"),
    ("佳", "jia"),
    ("欣", "xin"),
    ("怡", "yi"),
    ("文", "wen"),
    ("建", "jian"),
    ("志", "zhi"),
    ("春", "chun"),
    ("晓", "xiao"),
    ("海", "hai"),
    ("思", "si"),
    ("雨", "yu"),
    ("子", "zi"),
    ("嘉", "jia"),
    ("梦", "meng"),
    ("俊", "jun"),
];

/// Hires everybody and says who guides a newcomer: per role of [`ROLES`] the index of its first account, whose
/// username is the role code without the underscore.
pub(crate) fn hire(
    grids: &[Area],
    streets: &[Area],
    units: &[Unit],
    busiest: &[usize],
    rng: &mut Rng,
) -> (Vec<Staff>, Vec<usize>) {
    let mut posts: Vec<(&'static str, Option<usize>, Option<u64>)> = Vec::new();
    // The guided grid worker stands in the busiest grid; then one per grid, then a second in the busy ones.
    let guided_grid = busiest.first().copied().unwrap_or(0);
    let others = (0..grids.len()).filter(|&g| g != guided_grid);
    let second = busiest.iter().copied().take(20);
    let everyone = std::iter::once(guided_grid).chain(others).chain(second);
    posts.extend(everyone.map(|g| ("grid_worker", None, Some(grids[g].code))));
    let unit_posts = |role: &'static str, count: &dyn Fn(&Unit) -> usize| {
        let each = units.iter().enumerate().flat_map(|(i, u)| std::iter::repeat_n(i, count(u)));
        each.map(|i| (role, Some(i), None)).collect::<Vec<_>>()
    };
    posts.extend(unit_posts("unit_officer", &|u| if u.kind == "street_office" { 2 } else { 1 }));
    // Ten more handlers where most of the work goes: the first ten departments.
    let busy = |u: &Unit| units[..10].iter().any(|b| b.name == u.name);
    posts.extend(unit_posts("handler", &|u| if busy(u) { 4 } else { 3 }));
    for (role, count) in COUNTY_WIDE {
        posts.extend(std::iter::repeat_n((role, None, None), count));
        if role == "dispatcher" {
            posts.extend(streets.iter().flat_map(|s| [(role, None, Some(s.code)); 2]));
        }
    }
    name_all(posts, rng)
}

fn name_all(
    posts: Vec<(&'static str, Option<usize>, Option<u64>)>,
    rng: &mut Rng,
) -> (Vec<Staff>, Vec<usize>) {
    let mut names = BTreeSet::new();
    let mut usernames: BTreeMap<String, u32> = BTreeMap::new();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let mut staff = Vec::with_capacity(posts.len());
    for (role, unit, area) in posts {
        let (name, pinyin) = loop {
            let (family, one, two) = (rng.pick(&FAMILY), rng.pick(&GIVEN), rng.pick(&GIVEN));
            let short = rng.chance(0.15) || one == two;
            let name = if short {
                format!("{}{}", family.0, one.0)
            } else {
                format!("{}{}{}", family.0, one.0, two.0)
            };
            let pinyin = if short {
                format!("{}{}", family.1, one.1)
            } else {
                format!("{}{}{}", family.1, one.1, two.1)
            };
            if names.insert(name.clone()) {
                break (name, pinyin);
            }
        };
        let username = if first.contains_key(role) {
            let used = usernames.entry(pinyin.clone()).or_insert(0);
            *used += 1;
            if *used == 1 { pinyin } else { format!("{pinyin}{used}") }
        } else {
            first.insert(role, staff.len());
            role.replace('_', "")
        };
        staff.push(Staff { username, name, role, unit, area });
    }
    let guided = ROLES.iter().filter_map(|role| first.get(role).copied()).collect();
    (staff, guided)
}
