//! Every way this room refuses.

use kernel::{Kind, Rule};

const fn invalid(code: &'static str, zh: &'static str, en: &'static str) -> Rule {
    Rule { kind: Kind::Invalid, code, zh, en }
}

/// A duty stands on one area or one place.
pub const ONE_GROUND: Rule = invalid(
    "duty.one_ground",
    "区域（area）和地点（place）填且只填一个。",
    "Give an area or a place: one of them, not both.",
);
/// A duty is about one item, class or domain.
pub const ONE_SUBJECT: Rule = invalid(
    "duty.one_subject",
    "事项（item）、大类（class）、责任领域（domain）填且只填一个。",
    "Give an item, a class or a domain: exactly one of them.",
);
/// A duty has one answer.
pub const ONE_ANSWER: Rule = invalid(
    "duty.one_answer",
    "单位（unit）、角色（role）、区域（to_region）填且只填一个。",
    "Give a unit, a role or a region: exactly one of them.",
);
/// It would end before it begins.
pub const DATES_REVERSED: Rule = invalid(
    "duty.dates_reversed",
    "止日（until）应晚于起日（from）。",
    "The end (until) has to come after the beginning (from).",
);
/// The code belongs to another region.
pub const OUTSIDE_REGION: Rule = invalid(
    "duty.outside_region",
    "{code} 不属于区域 {region}。",
    "{code} does not belong to region {region}.",
);
/// No such area.
pub const AREA_MISSING: Rule =
    invalid("duty.area_missing", "没有区域「{area}」，请先建立。", "There is no area {area}; make it first.");
/// No such place.
pub const PLACE_MISSING: Rule =
    invalid("duty.place_missing", "没有地点「{place}」，请先建立。", "There is no place {place}; make it first.");
/// No such unit.
pub const UNIT_MISSING: Rule =
    invalid("duty.unit_missing", "没有单位「{unit}」，请先建立。", "There is no unit {unit}; make it first.");
/// A closed unit answers for nothing.
pub const UNIT_CLOSED: Rule = invalid(
    "duty.unit_closed",
    "单位「{unit}」已停用或已并入其他单位，请另选单位。",
    "Unit {unit} has been closed or merged into another; choose another unit.",
);
/// No such role.
pub const ROLE_MISSING: Rule =
    invalid("duty.role_missing", "没有角色「{role}」，请先建立。", "There is no role {role}; make it first.");
/// No such region.
pub const REGION_MISSING: Rule = invalid(
    "duty.region_missing",
    "本平台没有区域 {to}，无法作为飞地去向。",
    "Region {to} is not kept on this platform; an enclave cannot fall to it.",
);
/// A region cannot be its own enclave.
pub const REGION_ITSELF: Rule = invalid(
    "duty.region_itself",
    "飞地应归另一个区域，不能归本区域自己。",
    "An enclave falls to another region, not to its own.",
);
/// No area of the region holds the spot: nothing to explain.
pub const SPOT_HALF: Rule = invalid(
    "duty.spot",
    "请给出经纬度（lon、lat），或给出区域代码（area）：二者选一。",
    "Give a point (lon and lat) or an area: one of them.",
);
/// The file has no such columns.
pub const COLUMNS: Rule = invalid(
    "duty.columns",
    "表头不完整：{why}。",
    "The header is not complete: {why}.",
);
/// Nothing to import.
pub const FILE_EMPTY: Rule = invalid("duty.file_empty", "文件没有数据行。", "The file has no rows.");
/// Rows at the most.
pub const FILE_TOO_LONG: Rule = invalid(
    "duty.file_too_long",
    "文件有 {n} 行，超过一次导入的上限 {most} 行，请拆分。",
    "The file has {n} rows, more than the {most} of one import; split it.",
);
