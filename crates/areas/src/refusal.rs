//! Every way this room refuses.

use kernel::{Kind, Rule};

/// No area of this region holds the point.
pub const NOT_COVERED: Rule = Rule {
    kind: Kind::NotFound,
    code: "area.not_covered",
    zh: "该位置不在本区域任何网格、社区或街道的范围内。",
    en: "This point is in no grid, community or street of the region.",
};

/// The code is no area of the region in the path.
pub const OUTSIDE_REGION: Rule = Rule {
    kind: Kind::Invalid,
    code: "area.outside_region",
    zh: "代码 {code} 不是区域 {region} 内的街道、社区或网格。",
    en: "Code {code} is no street, community or grid of region {region}.",
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
