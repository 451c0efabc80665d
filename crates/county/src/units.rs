//! The thirty units that can be given a case.

use crate::areas::Area;
use serde::Serialize;

/// A responsible unit.
#[derive(Clone, Debug, Serialize)]
pub struct Unit {
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// "department", "street_office", "property_company", "utility" or "association".
    pub kind: &'static str,
    /// Majors it answers for: digits 7 and 8 of the 10-digit item codes (1–5 components, 6–11 events). Empty
    /// for units that are asked only through single items or through their relation to a place.
    pub majors: Vec<u8>,
    /// Street offices: code of their street. Property companies: code of the community they mostly work in.
    pub area: Option<u64>,
}

/// Indices of the units that items name.
pub(crate) mod index {
    pub const ENFORCEMENT: usize = 0;
    pub const HOUSING: usize = 1;
    pub const TRANSPORT: usize = 2;
    pub const TRAFFIC: usize = 3;
    pub const ENVIRONMENT: usize = 4;
    pub const MARKET: usize = 5;
    pub const FIRE: usize = 6;
    pub const WATER: usize = 7;
    pub const PARKS: usize = 8;
    pub const SANITATION: usize = 9;
    pub const MUNICIPAL: usize = 10;
    pub const FARMING: usize = 12;
    pub const HEALTH: usize = 13;
    pub const LAND: usize = 14;
    pub const STREETS: usize = 15;
    pub const POWER: usize = 19;
    pub const TAP_WATER: usize = 20;
    pub const GAS: usize = 21;
    pub const TELECOM: usize = 22;
    pub const DRAINAGE: usize = 23;
    pub const PROPERTY: usize = 24;
    pub const ASSOCIATION: usize = 29;
}

type Plan = (&'static str, &'static str, &'static str, &'static [u8]);

const DEPARTMENTS: [Plan; 15] = [
    ("云桥县综合行政执法局", "Administrative Enforcement Bureau", "department", &[6, 7, 9]),
    ("云桥县住房和城乡建设局", "Housing and Construction Bureau", "department", &[8]),
    ("云桥县交通运输局", "Transport Bureau", "department", &[2]),
    ("云桥县公安局交通警察大队", "Traffic Police Brigade", "department", &[]),
    ("云桥县生态环境局", "Environment Bureau", "department", &[]),
    ("云桥县市场监督管理局", "Market Regulation Bureau", "department", &[]),
    ("云桥县消防救援大队", "Fire and Rescue Brigade", "department", &[]),
    ("云桥县水利局", "Water Bureau", "department", &[]),
    ("云桥县园林绿化中心", "Parks and Greenery Centre", "department", &[4]),
    ("云桥县环境卫生中心", "Sanitation Centre", "department", &[3]),
    ("云桥县市政设施中心", "Municipal Works Centre", "department", &[1, 5]),
    ("云桥县应急管理局", "Emergency Management Bureau", "department", &[10]),
    ("云桥县农业农村局", "Agriculture Bureau", "department", &[]),
    ("云桥县卫生健康局", "Health Bureau", "department", &[]),
    ("云桥县自然资源局", "Natural Resources Bureau", "department", &[]),
];

const COMPANIES: [Plan; 11] = [
    ("云桥供电公司", "Yunqiao Power Company", "utility", &[]),
    ("云桥自来水公司", "Yunqiao Water Company", "utility", &[]),
    ("云桥燃气公司", "Yunqiao Gas Company", "utility", &[]),
    ("云桥通信管线公司", "Yunqiao Telecom Lines Company", "utility", &[]),
    ("云桥排水公司", "Yunqiao Drainage Company", "utility", &[]),
    ("望桥安居物业公司", "Wangqiao Anju Property Company", "property_company", &[]),
    ("锦园物业公司", "Jinyuan Property Company", "property_company", &[]),
    ("听涛物业公司", "Tingtao Property Company", "property_company", &[]),
    ("石梁宜家物业公司", "Shiliang Yijia Property Company", "property_company", &[]),
    ("柳塘和顺物业公司", "Liutang Heshun Property Company", "property_company", &[]),
    ("云桥县物业行业协会", "Yunqiao Property Managers' Association", "association", &[]),
];

/// Home communities of the property companies, in their order.
const HOMES: [&str; 5] = ["望桥社区", "锦园社区", "听涛社区", "石梁社区", "柳塘社区"];

/// Departments first, then the street offices in the order of the streets, then companies and the association.
/// Every street office answers for major 11, what nobody else answers for.
pub(crate) fn all(streets: &[Area], communities: &[Area]) -> Vec<Unit> {
    let unit = |plan: &Plan| Unit {
        name: plan.0.to_owned(),
        name_en: plan.1.to_owned(),
        kind: plan.2,
        majors: plan.3.to_vec(),
        area: None,
    };
    let mut units: Vec<Unit> = DEPARTMENTS.iter().map(unit).collect();
    for street in streets {
        let office = if street.kind == "town" { "人民政府" } else { "办事处" };
        units.push(Unit {
            name: format!("{}{office}", street.name),
            name_en: format!("{} Office", street.name_en),
            kind: "street_office",
            majors: vec![11],
            area: Some(street.code),
        });
    }
    units.extend(COMPANIES.iter().map(unit));
    for (unit, home) in units[index::PROPERTY..index::ASSOCIATION].iter_mut().zip(HOMES) {
        unit.area = communities.iter().find(|c| c.name == home).map(|c| c.code);
    }
    units
}
