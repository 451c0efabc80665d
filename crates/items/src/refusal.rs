//! Every way this room refuses.

use kernel::{Kind, Rule};

/// The code is another region's.
pub const OUTSIDE_REGION: Rule = Rule {
    kind: Kind::Invalid,
    code: "item.outside_region",
    zh: "事项代码 {code} 应以区域代码 {region} 开头。",
    en: "Item code {code} has to start with the code of the region, {region}.",
};

/// The version is settled.
pub const NOT_DRAFT: Rule = Rule {
    kind: Kind::Conflict,
    code: "catalogue.not_draft",
    zh: "第 {version_number} 版事项清单已定稿，不能再改；请另建草稿。",
    en: "Version {version_number} of the catalogue is settled and never changes; make a draft from it.",
};

/// Nothing in it can be filed.
pub const NOTHING_USABLE: Rule = Rule {
    kind: Kind::Conflict,
    code: "catalogue.nothing_usable",
    zh: "第 {version_number} 版事项清单中没有一个可立案的事项，不能生效。",
    en: "No item of version {version_number} can be filed; it cannot come into force.",
};

/// It would begin before today.
pub const IN_THE_PAST: Rule = Rule {
    kind: Kind::Invalid,
    code: "catalogue.in_the_past",
    zh: "生效日期不能早于今天（{today}）。",
    en: "It cannot come into force before today ({today}).",
};

/// Another begins on that day.
pub const SAME_DAY: Rule = Rule {
    kind: Kind::Conflict,
    code: "catalogue.same_day",
    zh: "第 {other} 版事项清单也在 {day} 生效；请换一天。",
    en: "Version {other} of the catalogue begins on {day} as well; choose another day.",
};

/// The item has several conditions, and none was named.
pub const CONDITION_NEEDED: Rule = Rule {
    kind: Kind::Invalid,
    code: "item.condition_needed",
    zh: "事项“{item}”有多个立案条件，请选定一个：{conditions}",
    en: "Item “{item}” has several filing conditions; name one: {conditions}",
};

/// The item has no such condition, or it is a draft.
pub const CONDITION_UNKNOWN: Rule = Rule {
    kind: Kind::Invalid,
    code: "item.condition_unknown",
    zh: "事项“{item}”没有可用的第 {n} 个立案条件；可用：{conditions}",
    en: "Item “{item}” has no usable condition {n}; there are: {conditions}",
};

/// Every condition of the item is in doubt.
pub const CONDITION_NONE: Rule = Rule {
    kind: Kind::Conflict,
    code: "item.no_condition",
    zh: "事项“{item}”的立案条件都还存疑，暂不能立案。",
    en: "Every filing condition of item “{item}” is still in doubt; it cannot be filed.",
};

/// A catalogue came at the very moment another began.
pub const SAME_MOMENT: Rule = Rule {
    kind: Kind::Conflict,
    code: "catalogue.same_moment",
    zh: "另一版事项清单恰在此刻生效，请稍后再试。",
    en: "Another version of the catalogue began at this very moment; try again.",
};

/// A party that the region does not know.
pub const UNKNOWN_PARTY: Rule = Rule {
    kind: Kind::Invalid,
    code: "item.unknown_party",
    zh: "没有这个单位或单位角色，请先在“单位”中建立。",
    en: "There is no such unit or unit role; make it under “Units” first.",
};

/// A pair of a mapping names an item that its version does not have.
pub const NO_SUCH_PAIR: Rule = Rule {
    kind: Kind::Invalid,
    code: "item.mapping_unknown",
    zh: "该版本没有事项 {code}。",
    en: "That version has no item {code}.",
};
