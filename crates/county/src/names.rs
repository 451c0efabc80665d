//! Invented names of places. None is meant to be a real one.

use crate::rng::Rng;
use std::collections::BTreeSet;

/// A street: kind, Chinese name, English name, where its seat lies (shares of the frame), and the numbers of
/// grids of its communities, town first.
pub(crate) struct StreetPlan {
    pub kind: &'static str,
    pub name: &'static str,
    pub name_en: &'static str,
    pub seat: (f64, f64),
    pub grids: &'static [usize],
    /// Names of its communities (residents' committees), Chinese and English, town first.
    pub communities: &'static [(&'static str, &'static str)],
    /// Names of its villages, used once the communities' names are given out.
    pub villages: &'static [(&'static str, &'static str)],
}

/// Four streets, 20 communities, 200 grids.
pub(crate) const STREETS: [StreetPlan; 4] = [
    StreetPlan {
        kind: "subdistrict",
        name: "城关街道",
        name_en: "Chengguan Subdistrict",
        seat: (0.44, 0.62),
        grids: &[12, 12, 11, 11, 9, 8],
        communities: &[
            ("望桥社区", "Wangqiao Community"),
            ("文昌社区", "Wenchang Community"),
            ("北渡社区", "Beidu Community"),
            ("锦园社区", "Jinyuan Community"),
        ],
        villages: &[("青枫村", "Qingfeng Village"), ("茶亭村", "Chating Village")],
    },
    StreetPlan {
        kind: "subdistrict",
        name: "云溪街道",
        name_en: "Yunxi Subdistrict",
        seat: (0.60, 0.54),
        grids: &[12, 11, 10, 9, 9],
        communities: &[
            ("听涛社区", "Tingtao Community"),
            ("春晖社区", "Chunhui Community"),
            ("新湾社区", "Xinwan Community"),
        ],
        villages: &[("稻香村", "Daoxiang Village"), ("白鹭村", "Bailu Village")],
    },
    StreetPlan {
        kind: "town",
        name: "石梁镇",
        name_en: "Shiliang Town",
        seat: (0.77, 0.79),
        grids: &[10, 10, 9, 9, 9],
        communities: &[("石梁社区", "Shiliang Community")],
        villages: &[
            ("竹溪村", "Zhuxi Village"),
            ("梅岭村", "Meiling Village"),
            ("上坞村", "Shangwu Village"),
            ("金坪村", "Jinping Village"),
        ],
    },
    StreetPlan {
        kind: "town",
        name: "柳塘镇",
        name_en: "Liutang Town",
        seat: (0.35, 0.25),
        grids: &[11, 10, 9, 9],
        communities: &[("柳塘社区", "Liutang Community")],
        villages: &[("沙洲村", "Shazhou Village"), ("下湾村", "Xiawan Village"), ("荷浦村", "Hepu Village")],
    },
];

/// What a dedicated grid is made for: theme, Chinese name, English name; in the order they are given out.
pub(crate) const DEDICATED: [(&str, &str, &str); 10] = [
    ("hospital", "云桥县人民医院", "Yunqiao People's Hospital"),
    ("market", "望桥农贸市场", "Wangqiao Market"),
    ("campus", "云桥县实验中学", "Yunqiao Experimental School"),
    ("campus", "云溪职业学校", "Yunxi Vocational School"),
    ("market", "云桥建材市场", "Yunqiao Building Materials Market"),
    ("hospital", "云桥县中医院", "Yunqiao Hospital of Chinese Medicine"),
    ("campus", "文昌小学", "Wenchang Primary School"),
    ("market", "石梁集贸市场", "Shiliang Market"),
    ("tower", "云桥商务大厦", "Yunqiao Tower"),
    ("campus", "柳塘中心学校", "Liutang Central School"),
];

/// The numeral used in grids' names: 一 … 九十九.
pub(crate) fn numeral(n: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let tens = match n / 10 {
        0 => String::new(),
        1 => "十".to_owned(),
        t => format!("{}十", DIGITS[t % 10]),
    };
    format!("{tens}{}", DIGITS[n % 10])
}

/// Gives out names for roads and estates, none twice.
pub(crate) struct Namer {
    given: BTreeSet<String>,
}

const FIRST: [&str; 36] = [
    "望", "云", "文", "锦", "桃", "柳", "青", "竹", "梅", "白", "沙", "金", "银", "春", "秋", "晓", "晴",
    "南", "北", "东", "西", "新", "兴", "和", "安", "永", "清", "长", "星", "月", "松", "兰", "荷", "枫",
    "翠", "碧",
];
const SECOND: [&str; 30] = [
    "桥", "昌", "园", "溪", "塘", "湾", "岭", "渡", "洲", "泉", "亭", "堤", "圃", "苑", "山", "石", "林",
    "浦", "畈", "坞", "台", "门", "港", "泽", "源", "坪", "华", "阳", "香", "塔",
];

impl Namer {
    pub fn new() -> Self {
        Namer { given: BTreeSet::new() }
    }

    /// A new name ending in one of `endings`, such as 路 or 巷.
    pub fn name(&mut self, rng: &mut Rng, endings: &[&str]) -> String {
        loop {
            let (first, second) = (rng.pick(&FIRST), rng.pick(&SECOND));
            let name = format!("{first}{second}{}", rng.pick(endings));
            if self.given.insert(name.clone()) {
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_read_as_written() {
        assert_eq!([1, 10, 12, 20, 21].map(numeral), ["一", "十", "十二", "二十", "二十一"]);
    }

    #[test]
    fn the_plan_has_the_promised_numbers() {
        let communities: usize = STREETS.iter().map(|s| s.grids.len()).sum();
        let grids: usize = STREETS.iter().flat_map(|s| s.grids).sum();
        assert_eq!((communities, grids), (20, 200));
        assert!(STREETS.iter().all(|s| s.communities.len() + s.villages.len() == s.grids.len()));
    }
}
