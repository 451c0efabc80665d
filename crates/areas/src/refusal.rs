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

/// The land changed again and again while an import was being judged.
pub const IMPORT_STALE: Rule = Rule {
    kind: Kind::Conflict,
    code: "area.import_stale",
    zh: "导入期间这些区域被他人修改，请重试。",
    en: "Somebody else changed these areas during the import; try again.",
};

/// Features of the file were refused; the fields say which.
pub const IMPORT_REFUSED: Rule = Rule {
    kind: Kind::Invalid,
    code: "area.import_refused",
    zh: "{n} 个要素不符合要求，没有导入任何内容。",
    en: "{n} features do not hold; nothing was imported.",
};

/// Regions are set up by whoever runs the installation.
pub const REGION_BY_COMMAND: Rule = Rule {
    kind: Kind::Invalid,
    code: "area.region_by_command",
    zh: "区县只能由系统运维人员用命令行导入：jingwei areas import --level region。",
    en: "Regions are imported by the command line only: jingwei areas import --level region.",
};

/// A field the mapping names is not in the file.
pub const FIELD_MISSING: Rule = Rule {
    kind: Kind::Invalid,
    code: "area.field_missing",
    zh: "文件中没有字段“{field}”；有：{fields}。",
    en: "The file has no field “{field}”; it has: {fields}.",
};

/// The file holds nothing.
pub const FILE_EMPTY: Rule = Rule {
    kind: Kind::Invalid,
    code: "area.file_empty",
    zh: "文件中没有要素。",
    en: "There are no features in the file.",
};

/// The file holds more than can be taken at once.
pub const FILE_TOO_LONG: Rule = Rule {
    kind: Kind::Invalid,
    code: "area.file_too_long",
    zh: "文件有 {n} 个要素，一次最多 200000 个，请拆分。",
    en: "The file has {n} features; takes 200,000 at a time: split it.",
};

/// The file says that its positions are in a coordinate system we do not read.
pub const CRS_REFUSED: Rule = Rule {
    kind: Kind::Invalid,
    code: "area.crs_refused",
    zh: "文件的坐标系是“{named}”；只接受经纬度坐标（WGS-84、CGCS2000、GCJ-02、BD-09），请转换后再导入。",
    en: "The file is in “{named}”; takes longitude and latitude (WGS-84, CGCS2000, GCJ-02, BD-09) only: convert it first.",
};

/// Nothing to export.
pub const NO_AREAS: Rule = Rule {
    kind: Kind::NotFound,
    code: "area.none_of_level",
    zh: "这一级没有任何区域。",
    en: "There are no areas of this level.",
};

/// No such unit in the region.
pub const UNIT_MISSING: Rule = Rule {
    kind: Kind::Invalid,
    code: "unit.missing",
    zh: "区域内没有单位 {unit}。",
    en: "There is no unit {unit} in the region.",
};

/// The unit above does not exist.
pub const UNIT_PARENT_MISSING: Rule = Rule {
    kind: Kind::Invalid,
    code: "unit.parent_missing",
    zh: "上级单位 {parent} 在本区域不存在。",
    en: "There is no unit {parent} in this region to belong to.",
};

/// A unit cannot be above itself.
pub const UNIT_CYCLE: Rule = Rule {
    kind: Kind::Invalid,
    code: "unit.cycle",
    zh: "上下级关系成环：{chain}。请先调整其中一个单位的上级。",
    en: "The units would be above one another in a circle: {chain}. First change the parent of one of them.",
};

/// The unit has been closed.
pub const UNIT_CLOSED: Rule = Rule {
    kind: Kind::Invalid,
    code: "unit.closed",
    zh: "单位“{unit}”已停用，请选择其他单位或先恢复它。",
    en: "The unit “{unit}” is closed; choose another one or open it again first.",
};

/// The unit has been merged into another.
pub const UNIT_MERGED: Rule = Rule {
    kind: Kind::Conflict,
    code: "unit.merged",
    zh: "单位“{unit}”已并入“{into}”，请改用后者，或先撤销合并。",
    en: "The unit “{unit}” has been merged into “{into}”; use that one, or undo the merge first.",
};

/// The spelling means another unit.
pub const UNIT_SPELLING_TAKEN: Rule = Rule {
    kind: Kind::Conflict,
    code: "unit.spelling_taken",
    zh: "“{spelling}”已是单位“{unit}”的名称或别名；一个写法只能指一个单位。若两者是同一单位，请合并。",
    en: "“{spelling}” is already a name of the unit “{unit}”; one spelling means one unit. If both are the same, merge them.",
};

/// A unit merged into itself.
pub const MERGE_SELF: Rule = Rule {
    kind: Kind::Invalid,
    code: "unit.merge_self",
    zh: "“{unit}”不能并入自己，请选择另一个单位。",
    en: "“{unit}” cannot be merged into itself; choose another unit.",
};

/// The merge has been undone already.
pub const MERGE_DONE: Rule = Rule {
    kind: Kind::Conflict,
    code: "unit.merge_undone",
    zh: "这次合并已经撤销。",
    en: "This merge has been undone already.",
};

/// What the unit was merged into has been merged since.
pub const MERGE_LATER: Rule = Rule {
    kind: Kind::Conflict,
    code: "unit.merge_later",
    zh: "“{into}”后来又并入了“{later}”，请先撤销那次合并。",
    en: "“{into}” has since been merged into “{later}”; undo that merge first.",
};

/// A spelling cannot be given back.
pub const MERGE_SPELLING: Rule = Rule {
    kind: Kind::Conflict,
    code: "unit.merge_spelling",
    zh: "写法“{spelling}”现在是单位“{unit}”的，无法还给原单位。请先改掉它再撤销。",
    en: "The spelling “{spelling}” now belongs to the unit “{unit}” and cannot be given back. Change that first.",
};

/// What was moved by a merge has been changed since.
pub const MERGE_CHANGED: Rule = Rule {
    kind: Kind::Conflict,
    code: "unit.merge_changed",
    zh: "合并之后又改动了“{what}”（上级单位或承担的角色），无法原样还原。请先把它改回，再撤销。",
    en: "“{what}” was changed after the merge (its parent, or a role it took over), so things cannot be put back as they were. Change that back first.",
};

/// No such role in the region.
pub const ROLE_MISSING: Rule = Rule {
    kind: Kind::Invalid,
    code: "unit_role.missing",
    zh: "没有单位角色“{role}”。",
    en: "There is no unit role “{role}”.",
};

/// Not a role's code.
pub const ROLE_CODE_BAD: Rule = Rule {
    kind: Kind::Invalid,
    code: "unit_role.bad_code",
    zh: "角色代码“{role}”不符合要求：小写字母开头，只含小写字母、数字和下划线，最长 40。",
    en: "“{role}” cannot be a role's code: lower-case letters, digits and underscores, a letter first, 40 at the most.",
};

/// A word that means another role.
pub const ROLE_WORD_TAKEN: Rule = Rule {
    kind: Kind::Conflict,
    code: "unit_role.word_taken",
    zh: "写法“{word}”已用于角色“{role}”；一个写法只能指一个角色。",
    en: "The word “{word}” already means the role “{role}”; one word means one role.",
};

/// It ends before it begins.
pub const DATES_REVERSED: Rule = Rule {
    kind: Kind::Invalid,
    code: "unit_place.dates_reversed",
    zh: "结束时间应晚于开始时间。",
    en: "It has to end after it begins.",
};

/// An area or a place, one of them.
pub const GROUND_ONE: Rule = Rule {
    kind: Kind::Invalid,
    code: "unit_place.one_ground",
    zh: "区域和地点必须二选一。",
    en: "Takes either an area or a place.",
};

/// No such named place in the region.
pub const PLACE_MISSING: Rule = Rule {
    kind: Kind::Invalid,
    code: "place.missing",
    zh: "区域内没有地点 {place}。",
    en: "There is no place {place} in the region.",
};

/// The table lacks a column that is needed.
pub const COLUMN_MISSING: Rule = Rule {
    kind: Kind::Invalid,
    code: "unit.column_missing",
    zh: "表格缺少“{column}”列；现有：{columns}。",
    en: "The table has no column “{column}”; it has: {columns}.",
};
