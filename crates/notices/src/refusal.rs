use kernel::{Kind, Rule};

/// The address is no mail address.
pub const BAD_MAIL: Rule = Rule {
    kind: Kind::Invalid,
    code: "notices.bad_mail",
    zh: "邮箱地址格式不正确。",
    en: "This is not a mail address.",
};

/// A time of day is not `HH:MM`.
pub const BAD_TIME: Rule = Rule {
    kind: Kind::Invalid,
    code: "notices.bad_time",
    zh: "时间应为 00:00 到 23:59。",
    en: "A time of day is 00:00 to 23:59.",
};

/// The address is no web address a robot can have.
pub const BAD_URL: Rule = Rule {
    kind: Kind::Invalid,
    code: "notices.bad_url",
    zh: "机器人地址应为 http:// 或 https:// 开头的完整网址，不含账号和空格。",
    en: "A robot's address is a whole http:// or https:// address, without a user name and without blanks.",
};

/// The secret holds what no secret holds.
pub const BAD_SECRET: Rule = Rule {
    kind: Kind::Invalid,
    code: "notices.bad_secret",
    zh: "密钥只能是可见的英文字符，不超过 200 个。",
    en: "A secret takes visible ASCII characters, 200 at the most.",
};

/// The area lies in another region.
pub const OTHER_REGION: Rule = Rule {
    kind: Kind::Invalid,
    code: "notices.other_region",
    zh: "该区域不在本县区内。",
    en: "This area is in another region.",
};

/// No such unit in this region.
pub const UNIT_UNKNOWN: Rule = Rule {
    kind: Kind::Invalid,
    code: "notices.unit_unknown",
    zh: "本县区没有这个单位。",
    en: "This region has no such unit.",
};

/// The robot has no address yet.
pub const NO_ADDRESS: Rule = Rule {
    kind: Kind::Conflict,
    code: "notices.no_address",
    zh: "该机器人尚未填写地址。",
    en: "This robot has no address yet.",
};

/// A region has robots enough.
pub const TOO_MANY_ROBOTS: Rule = Rule {
    kind: Kind::Conflict,
    code: "notices.too_many_robots",
    zh: "每个县区最多 50 个机器人，请先删除不用的。",
    en: "A region has 50 robots at the most; delete one that is not used first.",
};

/// Every way this room refuses a request.
pub const RULES: &[Rule] =
    &[BAD_MAIL, BAD_TIME, BAD_URL, BAD_SECRET, OTHER_REGION, UNIT_UNKNOWN, NO_ADDRESS, TOO_MANY_ROBOTS];
