//! Every way this room refuses a request.

use kernel::{Kind, Rule};

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident: $kind:ident $code:literal $zh:literal $en:literal);+ $(;)?) => {
        $($(#[$doc])* pub const $name: Rule = Rule { kind: Kind::$kind, code: $code, zh: $zh, en: $en };)+
        /// All of them, for the documentation.
        pub const RULES: &[Rule] = &[$($name),+];
    };
}

refusals! {
    /// Somebody else has moved the case since the reader saw it.
    VERSION_STALE: Conflict "case.version_stale"
        "案件在您查看之后已有变动（现为第 {version} 版：{what}），请刷新后再操作。"
        "The case has changed since you looked (now version {version}: {what}). Refresh and try again.";
    /// The move is not open to this actor in this stage.
    MOVE_NOT_OPEN: Conflict "case.move_not_open"
        "现在不能进行“{move_zh}”：案件处于“{stage_zh}”。可以进行：{allowed_zh}。"
        "You cannot {move_en} now: the case is {stage_en}. Open to you: {allowed_en}.";
    /// Nobody judges their own work.
    OWN_WORK: Conflict "case.own_work"
        "处置人员及其单位不能核查或结案自己的工作，请由他人进行。"
        "Whoever handled a case, or belongs to the unit that did, cannot verify or close it. Someone else has to.";
    /// Closing needs a verified result.
    NOT_VERIFIED: Conflict "case.not_verified"
        "处置结果尚未核查通过，不能结案。"
        "The result has not been verified yet, so the case cannot be closed.";
    /// Who stood aside takes no part.
    RECUSED: Conflict "case.recused"
        "您已就此案或相关单位声明回避，不能办理。"
        "You have recused yourself from this case, or declared a conflict with its unit.";
    /// Requests come before the deadline.
    OVERDUE: Conflict "case.overdue"
        "已超过处置期限，不能再申请延期或挂账。"
        "The deadline has passed; an extension or suspension has to be asked for before it.";
    /// One request at a time.
    PENDING: Conflict "case.pending"
        "已有一项申请待批，请等待批复。"
        "A request is already waiting for an answer.";
    /// No extension is left.
    NO_EXTENSION_LEFT: Conflict "case.no_extension_left"
        "延期次数已用完。"
        "No extension is left.";
    /// Suspended once at the most.
    SUSPENDED_BEFORE: Conflict "case.suspended_before"
        "本案已挂账过一次，不能再次挂账。"
        "The case was suspended before; it can be suspended only once.";
    /// A condition of the table does not hold.
    CONDITION: Conflict "case.condition"
        "现在不能进行“{move_zh}”，须满足：{condition}。"
        "You cannot {move_en} now. It takes: {condition_en}.";
    /// Too few pictures.
    PICTURES_NEEDED: Invalid "case.pictures_needed"
        "本地规定至少附 {least} 张照片。"
        "The region's rules ask for at least {least} picture(s).";
    /// A refusal stands on a clause.
    CLAUSE_NEEDED: Invalid "case.clause_needed"
        "责任单位退单须注明所依据的条款。"
        "A unit that refuses a case names the clause it stands on.";
    /// Not a date that can be.
    BAD_DATE: Invalid "case.bad_date"
        "日期须在此刻之后、{days} 天之内。"
        "The date has to lie ahead, within {days} days.";
    /// Too long an extension.
    TOO_LONG: Invalid "case.too_long"
        "申请的时间过长。"
        "That is too long.";
    /// No grid worker can be found.
    NO_WORKER: Invalid "case.no_worker"
        "找不到可核实的网格员，请指定一位。"
        "No grid worker could be found for this place; name one.";
    /// The other case cannot be that.
    BAD_OTHER: Invalid "case.bad_other"
        "所指案件不存在、是本案自身、或不能并入。"
        "The other case does not exist, is this one, or cannot take it in.";
    /// The unit assists already, or is the lead.
    ASSISTS_ALREADY: Invalid "case.assists_already"
        "该单位已是本案的责任单位或协办单位。"
        "This unit has the case or assists already.";
    /// Enough units assist.
    ENOUGH_UNITS: Invalid "case.enough_units"
        "协办单位已达上限。"
        "No more units can assist.";
    /// Not a unit of this cooperation.
    UNKNOWN_PARTY: Invalid "case.unknown_party"
        "该单位不是本案可操作的协办单位。"
        "This unit does not take part in a way that allows this.";
    /// The time for reopening is over.
    TOO_LATE_TO_REOPEN: Conflict "case.too_late_to_reopen"
        "已超过重新打开的期限，请重新上报。"
        "The time for reopening is over; please report the matter anew.";
    /// The item is not in the catalogue, or not open to the public.
    UNKNOWN_ITEM: Invalid "case.unknown_item"
        "事项不在清单中。"
        "This item is not in the catalogue.";
    /// The item has several conditions, and none was chosen.
    CONDITION_NEEDED: Invalid "case.condition_needed"
        "该事项有多个立案条件，请选择其一：{conditions}。"
        "This item has several filing conditions; choose one: {conditions}.";
    /// No such condition, or one that is still doubtful.
    UNKNOWN_CONDITION: Invalid "case.unknown_condition"
        "该事项没有可用的第 {condition} 号立案条件。"
        "This item has no usable condition number {condition}.";
    /// Who answers depends on the item.
    NO_ITEM: Conflict "case.no_item"
        "案件还没有归入事项，立案时选定事项后才能判定责任单位。"
        "The case has no item yet; who answers for it can be told once one is chosen, at filing.";
    /// A ruling's proposal is settled once.
    PROPOSAL_SETTLED: Conflict "case.proposal_settled"
        "这条裁决建议已经处理过了。"
        "This proposal has been settled already.";
    /// The unit does not exist or is closed.
    UNKNOWN_UNIT: Invalid "case.unknown_unit"
        "责任单位不存在或已停用。"
        "This unit does not exist or is closed.";
    /// The account holds no handler's post in the unit.
    UNKNOWN_HANDLER: Invalid "case.unknown_handler"
        "此人不是本单位的处置人员。"
        "This person is not a handler of the unit.";
    /// A telephone number nobody could call.
    BAD_TELEPHONE: Invalid "case.bad_telephone"
        "电话号码应为 5–20 位数字，可含 + 和 -。"
        "A telephone number has 5 to 20 digits, with + and - allowed.";
    /// The case was reported under this id already, with another content.
    ID_TAKEN: Conflict "case.id_taken"
        "此编号已用于另一件上报。"
        "This id was used for another report.";
    /// Only a desk may say through which channel somebody else's report came.
    CHANNEL_NOT_YOURS: Invalid "case.channel_not_yours"
        "只有受理员可以登记电话或窗口来件，网格员登记巡查来件。"
        "Only the intake desk enters reports by telephone or counter; only grid workers their own rounds.";
    /// Too many anonymous reports from one address.
    TOO_MANY_REPORTS: TooMany "case.too_many_reports"
        "来自此网络的匿名上报过多，请稍后再试，或致电受理台。"
        "Too many anonymous reports from this network. Please try again later or call the desk.";
    /// No telephone number is on file.
    NO_CONTACT: NotFound "case.no_contact"
        "此案件没有留存电话。"
        "No telephone number is on file for this case."
}
