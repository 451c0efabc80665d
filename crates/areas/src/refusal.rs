//! Every way this room refuses.

use kernel::{Kind, Rule};

/// No area of this region holds the point.
pub const NOT_COVERED: Rule = Rule {
    kind: Kind::NotFound,
    code: "area.not_covered",
    zh: "该位置不在本区域任何网格、社区或街道的范围内。",
    en: "This point is in no grid, community or street of the region.",
};

/// No area of any region holds the point.
pub const NOT_COVERED_ANYWHERE: Rule = Rule {
    kind: Kind::NotFound,
    code: "area.not_covered",
    zh: "该位置不在任何区域的范围内。",
    en: "This point is in no area of any region.",
};

/// The past of an area, once told, is not rewritten.
pub const HISTORY_FIXED: Rule = Rule {
    kind: Kind::Conflict,
    code: "area.history_fixed",
    zh: "{code} 最近一次变更自 {latest} 起生效，历史不再改写；新的生效日期须晚于该日期，而给出的是 {from}。",
    en: "The last change of {code} takes effect on {latest} and history is not rewritten; a new one has to take effect later, not on {from}.",
};

/// The code is no area of the region in the path.
pub const OUTSIDE_REGION: Rule = Rule {
    kind: Kind::Invalid,
    code: "area.outside_region",
    zh: "代码 {code} 不是区域 {region} 内的街道、社区或网格。",
    en: "Code {code} is no street, community or grid of region {region}.",
};

/// No such area at that date.
pub const AREA_MISSING: Rule = Rule {
    kind: Kind::NotFound,
    code: "area.missing",
    zh: "没有代码为 {code} 的区域，或在该日期尚不存在。",
    en: "There is no area {code}, or not at that date.",
};

/// The area that would hold this one does not exist.
pub const PARENT_MISSING: Rule = Rule {
    kind: Kind::Invalid,
    code: "area.parent_missing",
    zh: "上级 {parent} 不存在，请先建立上级。",
    en: "Its parent {parent} does not exist; make that first.",
};

/// A kind of another level.
pub const KIND_MISFIT: Rule = Rule {
    kind: Kind::Invalid,
    code: "area.kind_misfit",
    zh: "该层级不能使用类型 {kind}。",
    en: "An area of this level cannot be of kind {kind}.",
};

/// The region does not exist yet.
pub const REGION_MISSING: Rule = Rule {
    kind: Kind::NotFound,
    code: "region.missing",
    zh: "区域 {region} 尚未建立。",
    en: "Region {region} has not been set up.",
};

/// No such time zone.
pub const ZONE_UNKNOWN: Rule = Rule {
    kind: Kind::Invalid,
    code: "region.zone_unknown",
    zh: "没有名为“{zone}”的时区，应为 IANA 时区名，例如 Asia/Shanghai。",
    en: "There is no time zone “{zone}”; it has to be an IANA name such as Asia/Shanghai.",
};
