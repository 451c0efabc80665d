//! Every way this room refuses.

use kernel::{Kind, Rule};

/// The list of holidays does not hold.
pub const YEAR_BAD: Rule = Rule { kind: Kind::Invalid, code: "calendar.bad_year", zh: "{zh}", en: "{en}" };

/// The region's time zone is none that this program knows.
pub const ZONE_UNKNOWN: Rule = Rule {
    kind: Kind::Conflict,
    code: "calendar.zone_unknown",
    zh: "区域 {region} 的日历无法建立：{zh}",
    en: "The calendar of region {region} cannot be made: {en}",
};
