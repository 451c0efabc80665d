//! Every way this room refuses.

use kernel::{Kind, Rule};

/// The code is another region's.
pub const OUTSIDE_REGION: Rule = Rule {
    kind: Kind::Invalid,
    code: "item.outside_region",
    zh: "事项代码 {code} 应以区域代码 {region} 开头。",
    en: "Item code {code} has to start with the code of the region, {region}.",
};
