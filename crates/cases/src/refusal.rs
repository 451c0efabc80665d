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
        "案件在您查看之后已有变动(现为第 {version} 版：{what}),请刷新后再操作。"
        "The case has changed since you looked (now version {version}: {what}). Refresh and try again.";
    /// The move is not open to this actor in this stage.
    MOVE_NOT_OPEN: Conflict "case.move_not_open"
        "现在不能进行“{move}”：案件处于“{stage}”。可以进行：{allowed}。"
        "You cannot {move} now: the case is {stage}. Open to you: {allowed}.";
    /// Nobody judges their own work.
    OWN_WORK: Conflict "case.own_work"
        "处置人员及其单位不能核查或结案自己的工作，请由他人进行。"
        "Whoever handled a case, or belongs to the unit that did, cannot verify or close it. Someone else has to.";
    /// Closing needs a verified result.
    NOT_VERIFIED: Conflict "case.not_verified"
        "处置结果尚未核查通过，不能结案。"
        "The result has not been verified yet, so the case cannot be closed.";
    /// The time for reopening is over.
    TOO_LATE_TO_REOPEN: Conflict "case.too_late_to_reopen"
        "已超过重新打开的期限，请重新上报。"
        "The time for reopening is over; please report the matter anew.";
    /// The item is not in the catalogue, or not open to the public.
    UNKNOWN_ITEM: Invalid "case.unknown_item"
        "事项不在清单中。"
        "This item is not in the catalogue.";
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
