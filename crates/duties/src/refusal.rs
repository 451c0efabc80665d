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
pub const PLACE_MISSING: Rule = invalid(
    "duty.place_missing",
    "没有地点「{place}」，请先建立。",
    "There is no place {place}; make it first.",
);
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
/// Neither a point nor an area, or both.
pub const SPOT_HALF: Rule = invalid(
    "duty.spot",
    "请给出经纬度（lon、lat），或给出区域代码（area）：二者选一。",
    "Give a point (lon and lat) or an area: one of them.",
);
/// The file has not the columns it needs.
pub const COLUMNS: Rule = invalid("duty.columns", "表头不完整：{zh}。", "The header does not do: {en}.");
/// Nothing to import.
pub const FILE_EMPTY: Rule = invalid("duty.file_empty", "文件没有数据行。", "The file has no rows.");
/// Rows at the most.
pub const FILE_TOO_LONG: Rule = invalid(
    "duty.file_too_long",
    "文件有 {n} 行，超过一次导入的上限 {most} 行，请拆分。",
    "The file has {n} rows, more than the {most} of one import; split it.",
);
/// Rows were refused, so nothing was written.
pub const IMPORT_REFUSED: Rule = invalid(
    "duty.import_refused",
    "有 {n} 行不符合要求，全部未写入。请按行修改后重试。",
    "{n} row(s) do not hold; nothing was written. Mend them and try again.",
);
/// The body is not a file.
pub const NOT_A_FILE: Rule = Rule {
    kind: Kind::Unsupported,
    code: "duty.not_a_file",
    zh: "请求体应为文件本身（Content-Type: application/octet-stream）。",
    en: "The body has to be the file itself (Content-Type: application/octet-stream).",
};
/// Bytes at the most.
pub const FILE_TOO_LARGE: Rule = Rule {
    kind: Kind::TooLarge,
    code: "duty.file_too_large",
    zh: "文件超过 16 MB，请拆分，或用命令行导入。",
    en: "The file is over 16 MB: split it, or import it by the command line.",
};
/// A name that several things have.
pub const NAME_OF_SEVERAL: Rule = invalid(
    "duty.name_of_several",
    "“{name}”不止一个（{codes}），请写代码，或写明上级：街道/社区/网格。",
    "Several are called “{name}” ({codes}): give the code, or the way to it: street/community/grid.",
);
/// No such item.
pub const ITEM_MISSING: Rule = invalid(
    "duty.item_missing",
    "生效的事项清单中没有名为「{item}」的事项，请写 10 位代码或准确的名称。",
    "The catalogue in force has no item “{item}”; give its 10-digit code or its exact name.",
);
/// No such class.
pub const CLASS_MISSING: Rule = invalid(
    "duty.class_missing",
    "生效的事项清单中没有名为「{class}」的大类，请写 8 位代码或准确的名称。",
    "The catalogue in force has no class “{class}”; give its 8-digit code or its exact name.",
);
/// Not a date.
pub const DATE_UNREADABLE: Rule = invalid(
    "duty.date_unreadable",
    "“{text}”不是日期，请写成 2026-03-01。",
    "“{text}” is not a date; write it as 2026-03-01.",
);
/// Not an id.
pub const ID_UNREADABLE: Rule = invalid(
    "duty.id_unreadable",
    "“{text}”不是编号（UUID）；新条目请留空。",
    "“{text}” is not an id (UUID); leave it empty for a new duty.",
);
/// The same duty twice in a file.
pub const ROW_TWICE: Rule = invalid(
    "duty.row_twice",
    "与第 {line} 行是同一条责任，请删去一行。",
    "The same duty stands in line {line}; take one of them out.",
);
