use kernel::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $n:literal, $code:literal, $zh:literal, $en:literal);+ $(;)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant),+ }
        // Written out: the codes come in as macro parameters, which the derive cannot read.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($code),+]))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}

        impl $name {
            /// Every one.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The stable code.
            pub const fn code(self) -> &'static str { match self { $($name::$variant => $code),+ } }
            /// The number stored.
            pub const fn number(self) -> i64 { match self { $($name::$variant => $n),+ } }
            /// By the number stored.
            pub fn stored(n: i64) -> Option<$name> { match n { $($n => Some($name::$variant),)+ _ => None } }
            /// By its code.
            pub fn parse(code: &str) -> Option<$name> { match code { $($code => Some($name::$variant),)+ _ => None } }
            /// Chinese name.
            pub const fn zh(self) -> &'static str { match self { $($name::$variant => $zh),+ } }
            /// English name.
            pub const fn en(self) -> &'static str { match self { $($name::$variant => $en),+ } }
        }
    };
}

coded! {
    /// An outer stage of a case (FIELD.md §3).
    Stage {
        /// A report has come in.
        Reported = 1, "reported", "待受理", "reported";
        /// It is a matter of ours: filed under an item.
        Filed = 2, "filed", "待派遣", "filed";
        /// A unit has been asked.
        Dispatched = 3, "dispatched", "待接收", "dispatched";
        /// The unit has accepted and is at it.
        Handling = 4, "handling", "处置中", "handling";
        /// A result is there and is being verified by somebody else.
        Verifying = 5, "verifying", "待核查", "verifying";
        /// Done.
        Closed = 6, "closed", "已结案", "closed";
        /// Not a matter of ours.
        Declined = 7, "declined", "不予受理", "declined";
        /// Taken back by its reporter.
        Withdrawn = 8, "withdrawn", "已撤回", "withdrawn";
        /// Goes on as part of another case.
        Merged = 9, "merged", "已并案", "merged";
    }
}

impl Stage {
    /// Whether the case still asks for something.
    pub const fn open(self) -> bool {
        matches!(
            self,
            Stage::Reported | Stage::Filed | Stage::Dispatched | Stage::Handling | Stage::Verifying
        )
    }
}

coded! {
    /// A move: what somebody does to a case.
    Move {
        /// 上报
        Report = 1, "report", "上报", "report";
        /// 立案
        File = 2, "file", "立案", "file";
        /// 不予受理
        Decline = 3, "decline", "不予受理", "decline";
        /// 派遣
        Dispatch = 4, "dispatch", "派遣", "dispatch";
        /// 接收
        Accept = 5, "accept", "接收", "accept";
        /// 交办
        Hand = 6, "hand", "交办", "hand to a handler";
        /// 提交结果
        Submit = 7, "submit", "提交处置结果", "submit the result";
        /// 核查通过
        Verify = 8, "verify", "核查通过", "verify";
        /// 退回重办
        Rework = 9, "rework", "核查不通过，返工", "return for rework";
        /// 结案
        Close = 10, "close", "结案", "close";
        /// 退单
        SendBack = 11, "send_back", "退单", "send back";
        /// 撤回
        Withdraw = 12, "withdraw", "撤回", "withdraw";
        /// 重新打开
        Reopen = 13, "reopen", "重新打开", "reopen";
        /// 请求现场核实
        AskCheck = 14, "ask_check", "请求现场核实", "ask for an on-the-spot check";
        /// 现场核实反馈
        AnswerCheck = 15, "answer_check", "反馈现场核实", "answer the on-the-spot check";
        /// 回访
        CallBack = 16, "call_back", "回访", "call back";
        /// 申请延期
        RequestExtension = 17, "request_extension", "申请延期", "request an extension";
        /// 申请挂账
        RequestSuspension = 18, "request_suspension", "申请挂账", "request a suspension";
        /// 批准申请
        Grant = 19, "grant", "批准申请", "grant the request";
        /// 驳回申请
        Refuse = 20, "refuse", "驳回申请", "refuse the request";
        /// 恢复计时
        Resume = 21, "resume", "恢复办理", "resume";
        /// 裁决
        Arbitrate = 22, "arbitrate", "裁决", "arbitrate";
        /// 吹哨 / 请求协办
        Summon = 23, "summon", "请求协办（吹哨）", "summon an assisting unit";
        /// 报到
        Respond = 24, "respond", "响应协办（报到）", "respond to the summons";
        /// 协办完成
        Contribute = 25, "contribute", "反馈协办结果", "hand in the assistance";
        /// 解除协办
        Release = 26, "release", "解除协办", "release an assisting unit";
        /// 互评
        Rate = 27, "rate", "协办互评", "rate the cooperation";
        /// 并案
        Merge = 28, "merge", "并案", "merge into another case";
        /// 撤销并案
        Unmerge = 29, "unmerge", "撤销并案", "unmerge";
        /// 标记重复
        Link = 30, "link", "标记重复", "mark as a duplicate";
        /// 取消重复标记
        Unlink = 31, "unlink", "取消重复标记", "unmark the duplicate";
        /// 督办
        Urge = 32, "urge", "督办", "urge";
        /// 解除督办
        LiftUrge = 33, "lift_urge", "解除督办", "lift the urging";
        /// 到期提醒
        Remind = 34, "remind", "到期提醒", "remind";
        /// 自动升级
        Escalate = 35, "escalate", "自动升级", "escalate";
        /// 重算期限
        Recalendar = 36, "recalendar", "重算期限", "compute deadlines again";
        /// 超时申诉
        Appeal = 37, "appeal", "超时申诉", "appeal against the overdue mark";
        /// 申诉初审
        ReviewAppeal = 38, "review_appeal", "申诉初审", "first review of the appeal";
        /// 申诉复审
        DecideAppeal = 39, "decide_appeal", "申诉复审", "second review of the appeal";
        /// 回避
        Recuse = 40, "recuse", "申请回避", "recuse oneself";
        /// 同意承接
        Consent = 41, "consent", "同意承接", "consent to the task";
        /// 不同意承接
        RefuseConsent = 42, "refuse_consent", "不同意承接", "refuse the task";
    }
}

impl Move {
    /// Whether the move leaves what others are deciding about as it is: a screen that was drawn before it
    /// is not stale.
    pub const fn aside(self) -> bool {
        use Move::*;
        matches!(
            self,
            Remind
                | Escalate
                | Recalendar
                | Urge
                | LiftUrge
                | Rate
                | Link
                | Unlink
                | Recuse
                | Respond
                | Contribute
        )
    }

    /// Whether only the system makes it.
    pub const fn by_itself(self) -> bool {
        matches!(self, Move::Remind | Move::Escalate | Move::Recalendar)
    }

    /// What it asks of the one who makes it, in the order of the form. A unit that refuses a case stands
    /// on a clause of the catalogue; nobody else is asked for one.
    pub fn fields(self, from: Stage, to: Stage) -> &'static [Field] {
        use FieldKind::*;
        const NOTE: Field = opt("note", Text);
        const REASON: Field = must("reason", Text);
        const PICTURES: Field = opt("attachments", Pictures);
        match self {
            Move::File => {
                const { &[must("item", Item), opt("condition", Condition), NOTE, opt("point", Point)] }
            }
            Move::Decline => const { &[REASON, opt("pointer", Line)] },
            Move::Dispatch => const { &[must("unit", Unit), NOTE] },
            Move::Accept | Move::Close | Move::Consent | Move::Resume | Move::Respond => const { &[NOTE] },
            Move::Hand => const { &[must("handler", Handler), NOTE] },
            Move::Submit => const { &[must("result", Text), PICTURES] },
            Move::Verify => const { &[NOTE, PICTURES] },
            Move::SendBack if matches!((from, to), (Stage::Dispatched | Stage::Handling, Stage::Filed)) => {
                const { &[REASON, must("clause", Line)] }
            }
            Move::SendBack
            | Move::Rework
            | Move::Reopen
            | Move::Refuse
            | Move::RefuseConsent
            | Move::Appeal
            | Move::Recuse
            | Move::LiftUrge
            | Move::Unmerge
            | Move::Unlink => const { &[REASON] },
            Move::Withdraw => const { &[opt("reason", Text)] },
            Move::AskCheck => const { &[must("question", Text), opt("checker", Checker)] },
            Move::AnswerCheck => const { &[must("found", YesNo), must("note", Text), PICTURES] },
            Move::CallBack => {
                const { &[must("reached", YesNo), opt("resolved", YesNo), opt("satisfied", YesNo), NOTE] }
            }
            Move::RequestExtension => const { &[must("by", Limit), REASON] },
            Move::RequestSuspension => const { &[must("until", Date), REASON] },
            Move::Grant => const { &[NOTE] },
            Move::Arbitrate => const { &[must("unit", Unit), REASON, opt("clause", Line)] },
            Move::Summon => const { &[must("unit", Unit), must("limit", Limit), REASON] },
            Move::Contribute => const { &[must("result", Text), PICTURES] },
            Move::Release => const { &[must("unit", Party), REASON] },
            Move::Rate => const { &[must("unit", Party), must("stars", Stars), NOTE] },
            Move::Merge | Move::Link => const { &[must("into", Case), REASON] },
            Move::Urge => const { &[must("until", Date), REASON] },
            Move::ReviewAppeal | Move::DecideAppeal => const { &[must("upheld", YesNo), REASON] },
            Move::Report | Move::Remind | Move::Escalate | Move::Recalendar => const { &[] },
        }
    }
}

/// What kind of answer a field takes; the browser draws it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A line.
    Line,
    /// Several lines.
    Text,
    /// An item of the catalogue.
    Item,
    /// A filing condition of the item chosen; to be answered where the item has several.
    Condition,
    /// A unit.
    Unit,
    /// An assisting unit of this case, or its lead.
    Party,
    /// A handler of the unit that has the case.
    Handler,
    /// A grid worker, the nearest when empty.
    Checker,
    /// A point on the map: fields `lon` and `lat`.
    Point,
    /// Pictures.
    Pictures,
    /// Yes or no.
    YesNo,
    /// A time limit, as "2工作日".
    Limit,
    /// A day and hour.
    Date,
    /// Another case, by its number.
    Case,
    /// 1 to 5.
    Stars,
}

/// A field of a move's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Field {
    /// Its name in the request.
    pub name: &'static str,
    /// What it takes.
    pub kind: FieldKind,
    /// Whether it must be answered.
    pub required: bool,
}

const fn must(name: &'static str, kind: FieldKind) -> Field {
    Field { name, kind, required: true }
}

const fn opt(name: &'static str, kind: FieldKind) -> Field {
    Field { name, kind, required: false }
}

coded! {
    /// What a case waits to have decided, besides its stage.
    Asks {
        /// An extension was requested.
        Extension = 1, "extension", "延期待批", "extension requested";
        /// A suspension was requested.
        Suspension = 2, "suspension", "挂账待批", "suspension requested";
        /// Two units refused it: a ruling is due.
        Arbitration = 3, "arbitration", "待裁决", "awaiting a ruling";
        /// An appeal waits for its first review.
        Appeal = 4, "appeal", "申诉待初审", "appeal awaiting its first review";
        /// An appeal waits for its second review.
        Decision = 5, "decision", "申诉待复审", "appeal awaiting its second review";
        /// The reporter is to be called back.
        CallBack = 6, "call_back", "待回访", "to be called back";
        /// A grid worker is to look on the spot.
        Check = 7, "check", "待现场核实", "to be checked on the spot";
        /// A community is asked whether it takes a task outside the list.
        Consent = 8, "consent", "待社区同意", "awaiting the community's consent";
    }
}

/// A way of standing to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "as", content = "role")]
pub enum By {
    /// Holds this role for the place of the case.
    Place(Role),
    /// Holds this role in the unit that has the case.
    Unit(Role),
    /// Holds this role in a unit that assists.
    Assisting(Role),
    /// Is the handler it was handed to.
    Handler,
    /// Is the grid worker asked to look on the spot.
    Checker,
    /// Reported it, or holds its tracking code.
    Reporter,
    /// The system itself.
    System,
}

impl By {
    /// The code under which an event names it.
    pub const fn code(self) -> &'static str {
        match self {
            By::Place(r) | By::Unit(r) => r.code(),
            By::Assisting(_) => "assisting",
            By::Handler => "handler",
            By::Checker => "checker",
            By::Reporter => "reporter",
            By::System => "system",
        }
    }
}

coded! {
    /// A condition besides stage and actor.
    Guard {
        /// Not by whoever handled it nor by anyone of a unit that did (FIELD.md §3.2).
        NotOwnWork = 1, "not_own_work", "须由处置人员及其单位以外的人进行", "by somebody outside the unit that handled it";
        /// The result has been verified.
        Verified = 2, "verified", "处置结果已核查通过", "the result has been verified";
        /// The result has not been verified yet.
        Unverified = 3, "unverified", "处置结果尚未核查", "the result has not been verified yet";
        /// Within the time for reopening.
        InReopeningTime = 4, "in_reopening_time", "仍在可重新打开的期限内", "within the time for reopening";
        /// Its clocks are not suspended.
        NotSuspended = 5, "not_suspended", "未在挂账中", "its clocks are not suspended";
        /// Its clocks are suspended.
        Suspended = 6, "suspended", "正在挂账中", "its clocks are suspended";
        /// Before the unit's deadline.
        InTime = 7, "in_time", "责任单位尚未超时", "before the unit’s deadline";
        /// No request is pending.
        NothingPending = 8, "nothing_pending", "没有待批的申请", "no request is pending";
        /// A request is pending.
        Pending = 9, "pending", "有待批的申请", "a request is pending";
        /// Fewer extensions were granted than the rules allow.
        ExtensionsLeft = 10, "extensions_left", "延期次数未用完", "an extension is left";
        /// It was never suspended.
        NeverSuspended = 11, "never_suspended", "本轮未挂过账", "it was not suspended before";
        /// It waits for a ruling.
        Disputed = 12, "disputed", "正在等待裁决", "it awaits a ruling";
        /// It does not wait for a ruling.
        Undisputed = 13, "undisputed", "不在等待裁决", "it does not await a ruling";
        /// The unit did not get it by a ruling.
        NotRuled = 14, "not_ruled", "不是裁决指定的单位", "the unit did not get it by a ruling";
        /// The community has consented, or need not be asked.
        Consented = 15, "consented", "社区已同意承接，或无须征求同意", "the community has consented or need not be asked";
        /// The community is being asked.
        ConsentAsked = 16, "consent_asked", "正在征求社区同意", "the community is being asked";
        /// A check on the spot is asked for.
        CheckAsked = 17, "check_asked", "已请求现场核实", "a check on the spot is asked for";
        /// No check on the spot is asked for.
        NoCheckAsked = 18, "no_check_asked", "没有进行中的现场核实", "no check on the spot is asked for";
        /// The call-back that was drawn has been made, or none was drawn.
        CalledBack = 19, "called_back", "抽中的回访已完成", "the call-back that was drawn has been made";
        /// A call-back was drawn and has not been made.
        CallBackDrawn = 20, "call_back_drawn", "已抽中回访且尚未回访", "a call-back was drawn and not yet made";
        /// The actor's unit is summoned and has not responded.
        Summoned = 21, "summoned", "本单位被请求协办且尚未响应", "the actor’s unit is summoned and has not responded";
        /// The actor's unit has responded and not handed in its part.
        Responded = 22, "responded", "本单位已响应且尚未反馈", "the actor’s unit has responded and not handed in its part";
        /// Some assisting unit is still at it.
        Assisted = 23, "assisted", "有协办单位尚未完成", "an assisting unit is still at it";
        /// The actor's unit has a cooperation to rate.
        Ratable = 24, "ratable", "有可评价的协办", "there is a cooperation to rate";
        /// It was merged before it was filed.
        MergedAsReport = 25, "merged_as_report", "并案前尚未立案", "it was merged before it was filed";
        /// It was merged after it was filed.
        MergedAsFiled = 26, "merged_as_filed", "并案前已立案", "it was merged after it was filed";
        /// It is marked as a duplicate.
        Linked = 27, "linked", "已标记重复", "it is marked as a duplicate";
        /// It is not marked as a duplicate.
        NotLinked = 28, "not_linked", "未标记重复", "it is not marked as a duplicate";
        /// It is being urged.
        Urged = 29, "urged", "正在督办", "it is being urged";
        /// The unit was late, and has not appealed.
        Appealable = 30, "appealable", "本轮处置超时且未申诉过", "the unit was late and has not appealed";
        /// An appeal waits for its first review.
        AppealAsked = 31, "appeal_asked", "申诉等待初审", "an appeal awaits its first review";
        /// An appeal waits for its second review.
        AppealReviewed = 32, "appeal_reviewed", "申诉等待复审", "an appeal awaits its second review";
        /// Not by whoever gave the first review.
        NotFirstReviewer = 33, "not_first_reviewer", "不是初审人", "not by the first reviewer";
    }
}

coded! {
    /// What a move does to the clocks (FIELD.md §3.5).
    Effect {
        /// The resident's clock starts, unless it runs already.
        CaseStarts = 1, "case_starts", "案件时钟开始", "the case clock starts";
        /// The unit's clock starts; for a unit that had the case in this round, it goes on.
        UnitStarts = 2, "unit_starts", "单位时钟开始（原单位则继续）", "the unit clock starts (goes on for a unit that had it)";
        /// The unit's clock stops, and is kept in case the unit gets it again.
        UnitLeaves = 3, "unit_leaves", "单位时钟停止并保留", "the unit clock stops and is kept";
        /// The unit's clock goes on from where the result was submitted.
        UnitAgain = 4, "unit_again", "单位时钟自提交处继续", "the unit clock goes on from the submission";
        /// The desk's clock for filing starts.
        DeskFile = 5, "desk_file", "受理台时钟：立案", "desk clock: filing";
        /// The desk's clock for a check on the spot starts.
        DeskCheck = 6, "desk_check", "时钟：现场核实", "desk clock: check on the spot";
        /// The desk's clock for dispatch starts.
        DeskDispatch = 7, "desk_dispatch", "派遣台时钟：派遣", "desk clock: dispatch";
        /// The desk's clock for verification starts.
        DeskVerify = 8, "desk_verify", "时钟：核查", "desk clock: verification";
        /// After a refusal: the clock for dispatch, or for arbitration if it was the last allowed.
        DeskRefused = 9, "desk_refused", "时钟：派遣，满次数则为裁决", "desk clock: dispatch, or arbitration after the last refusal allowed";
        /// If the case was drawn: the clock for the call-back.
        DeskDrawn = 10, "desk_drawn", "抽中则为回访时钟", "desk clock: call-back, if drawn";
        /// No desk's clock runs.
        DeskStops = 11, "desk_stops", "台席时钟停止", "desk clock stops";
        /// Both clocks move by what was asked: longer, or stopped until a date.
        Granted = 12, "granted", "两个时钟按所批延长或挂起", "both clocks move by what is granted";
        /// Both clocks run again.
        Resumes = 13, "resumes", "两个时钟恢复", "both clocks run again";
        /// A new round: all clocks anew, the old ones stay in the history.
        NewRound = 14, "new_round", "新一轮，全部时钟重新开始", "a new round: all clocks anew";
        /// The assisting unit's own clock starts.
        AssistanceStarts = 15, "assistance_starts", "协办单位时钟开始", "the assisting unit’s clock starts";
        /// Every clock is computed again with the calendar as it is now.
        Again = 16, "again", "按现行日历重算", "computed again with the present calendar";
    }
}

coded! {
    /// Who is told of a move.
    Tell {
        /// Whoever reported it.
        Reporter = 1, "reporter", "上报人", "the reporter";
        /// The intake desk of the place.
        Intake = 2, "intake", "受理员", "the intake desk";
        /// The dispatchers of the place.
        Dispatchers = 3, "dispatchers", "派遣员", "the dispatchers";
        /// The supervisors of the place.
        Supervisors = 4, "supervisors", "督查员", "the supervisors";
        /// The officers of the unit that has the case.
        Officers = 5, "officers", "责任单位", "the unit’s officers";
        /// The handler.
        Handler = 6, "handler", "处置人员", "the handler";
        /// The officers of the assisting unit.
        Assisting = 7, "assisting", "协办单位", "the assisting unit";
        /// Those who may verify: grid workers and dispatchers of the place.
        Judges = 8, "judges", "核查人员", "those who may verify";
        /// The grid worker asked to look on the spot.
        Checker = 9, "checker", "核实网格员", "the grid worker asked";
        /// The officers of the unit that is still answerable (首接负责).
        Answerable = 10, "answerable", "首接单位", "the unit still answerable";
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Rule {
    /// The move.
    #[serde(rename = "move")]
    pub make: Move,
    /// From this stage; absent for the first move.
    pub from: Option<Stage>,
    /// To this stage.
    pub to: Stage,
    /// By any of these.
    #[schema(value_type = Vec<By>)]
    pub who: &'static [By],
    /// If all of these hold.
    #[schema(value_type = Vec<Guard>)]
    pub guards: &'static [Guard],
    /// What it does to the clocks.
    #[schema(value_type = Vec<Effect>)]
    pub clocks: &'static [Effect],
    /// Who is told.
    #[schema(value_type = Vec<Tell>)]
    pub tells: &'static [Tell],
}

const INTAKE: By = By::Place(Role::IntakeOperator);
const DISPATCHER: By = By::Place(Role::Dispatcher);
const SUPERVISOR: By = By::Place(Role::Supervisor);
const WORKER: By = By::Place(Role::GridWorker);
const OFFICER: By = By::Unit(Role::UnitOfficer);
const ASSISTING: By = By::Assisting(Role::UnitOfficer);
const JUDGES: &[By] = &[DISPATCHER, SUPERVISOR, WORKER];
const STAFF: &[By] = &[INTAKE, DISPATCHER, SUPERVISOR, WORKER, OFFICER, By::Handler];
const SYSTEM: &[By] = &[By::System];

const fn row(
    make: Move,
    from: Stage,
    to: Stage,
    who: &'static [By],
    guards: &'static [Guard],
    clocks: &'static [Effect],
    tells: &'static [Tell],
) -> Rule {
    Rule { make, from: Some(from), to, who, guards, clocks, tells }
}

use Effect as E;
use Guard as G;
use Move as M;
use Stage as S;
use Tell as T;

/// The table of the loop. Where two rows of one move fit, the first counts. Notices go to those named or
/// concerned, and up where something went wrong; a desk's everyday work is told by its worklist.
pub const TABLE: &[Rule] = &[
    Rule {
        make: M::Report,
        from: None,
        to: S::Reported,
        who: &[],
        guards: &[],
        clocks: &[E::DeskFile],
        tells: &[],
    },
    // Reported: checked on the spot if need be, then filed, declined, or merged into a case that exists.
    row(M::AskCheck, S::Reported, S::Reported, &[INTAKE], &[G::NoCheckAsked], &[E::DeskCheck], &[T::Checker]),
    row(
        M::AnswerCheck,
        S::Reported,
        S::Reported,
        &[By::Checker, WORKER],
        &[G::CheckAsked],
        &[E::DeskFile],
        &[T::Intake],
    ),
    row(M::File, S::Reported, S::Filed, &[INTAKE], &[], &[E::CaseStarts, E::DeskDispatch], &[T::Reporter]),
    row(M::Decline, S::Reported, S::Declined, &[INTAKE], &[], &[E::DeskStops], &[T::Reporter]),
    row(M::Merge, S::Reported, S::Merged, &[INTAKE, DISPATCHER], &[], &[E::DeskStops], &[T::Reporter]),
    row(
        M::Merge,
        S::Filed,
        S::Merged,
        &[INTAKE, DISPATCHER],
        &[G::Undisputed],
        &[E::DeskStops],
        &[T::Reporter],
    ),
    row(
        M::Unmerge,
        S::Merged,
        S::Reported,
        &[INTAKE, DISPATCHER],
        &[G::MergedAsReport],
        &[E::DeskFile],
        &[T::Intake, T::Reporter],
    ),
    row(
        M::Unmerge,
        S::Merged,
        S::Filed,
        &[INTAKE, DISPATCHER],
        &[G::MergedAsFiled],
        &[E::DeskDispatch],
        &[T::Dispatchers, T::Reporter],
    ),
    // Filed: dispatched, or ruled on when units refused it twice.
    row(
        M::Dispatch,
        S::Filed,
        S::Dispatched,
        &[DISPATCHER],
        &[G::Undisputed],
        &[E::UnitStarts],
        &[T::Officers, T::Reporter],
    ),
    row(
        M::Arbitrate,
        S::Filed,
        S::Dispatched,
        &[SUPERVISOR],
        &[G::Disputed],
        &[E::UnitStarts],
        &[T::Officers, T::Dispatchers, T::Answerable],
    ),
    // Dispatched: a community consents to what is not on the list; the unit accepts or refuses.
    row(
        M::Consent,
        S::Dispatched,
        S::Dispatched,
        &[OFFICER],
        &[G::ConsentAsked],
        &[E::UnitStarts],
        &[T::Dispatchers],
    ),
    row(
        M::RefuseConsent,
        S::Dispatched,
        S::Filed,
        &[OFFICER],
        &[G::ConsentAsked],
        &[E::UnitLeaves, E::DeskDispatch],
        &[T::Dispatchers],
    ),
    row(M::Accept, S::Dispatched, S::Handling, &[OFFICER], &[G::Consented], &[], &[T::Answerable]),
    // Handling.
    row(M::Hand, S::Handling, S::Handling, &[OFFICER], &[G::NotSuspended], &[], &[T::Handler]),
    row(
        M::Submit,
        S::Handling,
        S::Verifying,
        &[By::Handler, OFFICER],
        &[G::NotSuspended],
        &[E::DeskVerify],
        &[],
    ),
    row(
        M::RequestExtension,
        S::Handling,
        S::Handling,
        &[OFFICER],
        &[G::NotSuspended, G::NothingPending, G::InTime, G::ExtensionsLeft],
        &[],
        &[T::Dispatchers],
    ),
    row(
        M::RequestSuspension,
        S::Handling,
        S::Handling,
        &[OFFICER],
        &[G::NotSuspended, G::NothingPending, G::InTime, G::NeverSuspended],
        &[],
        &[T::Dispatchers],
    ),
    row(
        M::Grant,
        S::Handling,
        S::Handling,
        &[DISPATCHER],
        &[G::Pending, G::NotOwnWork],
        &[E::Granted],
        &[T::Officers, T::Handler, T::Reporter],
    ),
    row(
        M::Refuse,
        S::Handling,
        S::Handling,
        &[DISPATCHER],
        &[G::Pending, G::NotOwnWork],
        &[],
        &[T::Officers],
    ),
    row(
        M::Resume,
        S::Handling,
        S::Handling,
        &[OFFICER, DISPATCHER, By::System],
        &[G::Suspended],
        &[E::Resumes],
        &[T::Officers, T::Handler],
    ),
    row(
        M::Summon,
        S::Handling,
        S::Handling,
        &[OFFICER, DISPATCHER],
        &[G::NotSuspended],
        &[E::AssistanceStarts],
        &[T::Assisting],
    ),
    row(M::Respond, S::Handling, S::Handling, &[ASSISTING], &[G::Summoned], &[], &[T::Officers]),
    row(M::Respond, S::Verifying, S::Verifying, &[ASSISTING], &[G::Summoned], &[], &[T::Officers]),
    row(M::Contribute, S::Handling, S::Handling, &[ASSISTING], &[G::Responded], &[], &[T::Officers]),
    row(M::Contribute, S::Verifying, S::Verifying, &[ASSISTING], &[G::Responded], &[], &[T::Officers]),
    row(M::Release, S::Handling, S::Handling, &[OFFICER, DISPATCHER], &[G::Assisted], &[], &[T::Assisting]),
    // A send-back goes to whoever sent it: the dispatcher's to intake, the unit's to the dispatcher,
    // the handler's to the unit. A unit that has it by a ruling keeps it.
    row(M::SendBack, S::Filed, S::Reported, &[DISPATCHER], &[G::Undisputed], &[E::DeskFile], &[T::Intake]),
    row(M::SendBack, S::Filed, S::Reported, &[SUPERVISOR], &[G::Disputed], &[E::DeskFile], &[T::Intake]),
    row(
        M::SendBack,
        S::Dispatched,
        S::Filed,
        &[OFFICER],
        &[G::NotRuled, G::Consented],
        &[E::UnitLeaves, E::DeskRefused],
        &[T::Dispatchers, T::Supervisors],
    ),
    row(
        M::SendBack,
        S::Handling,
        S::Filed,
        &[OFFICER],
        &[G::NotRuled, G::NotSuspended],
        &[E::UnitLeaves, E::DeskRefused],
        &[T::Dispatchers, T::Supervisors],
    ),
    row(M::SendBack, S::Handling, S::Handling, &[By::Handler], &[G::NotSuspended], &[], &[T::Officers]),
    // Verifying: by somebody else; a drawn case is called back before it is closed.
    row(M::Verify, S::Verifying, S::Verifying, JUDGES, &[G::Unverified, G::NotOwnWork], &[E::DeskDrawn], &[]),
    row(
        M::CallBack,
        S::Verifying,
        S::Verifying,
        &[INTAKE, SUPERVISOR, By::Reporter],
        &[G::CallBackDrawn, G::NotOwnWork],
        &[E::DeskVerify],
        &[],
    ),
    row(
        M::Rework,
        S::Verifying,
        S::Handling,
        JUDGES,
        &[G::NotOwnWork],
        &[E::UnitAgain],
        &[T::Officers, T::Handler],
    ),
    row(
        M::Close,
        S::Verifying,
        S::Closed,
        &[DISPATCHER, SUPERVISOR],
        &[G::Verified, G::NotOwnWork, G::CalledBack],
        &[E::DeskStops],
        &[T::Reporter, T::Officers],
    ),
    // Closed: reopened in time, rated by those who worked together, appealed against once.
    row(
        M::Reopen,
        S::Closed,
        S::Filed,
        &[By::Reporter, DISPATCHER, SUPERVISOR],
        &[G::InReopeningTime],
        &[E::NewRound, E::CaseStarts, E::DeskDispatch],
        &[T::Dispatchers, T::Supervisors, T::Answerable],
    ),
    row(
        M::Rate,
        S::Closed,
        S::Closed,
        &[OFFICER, ASSISTING],
        &[G::Ratable],
        &[],
        &[T::Officers, T::Assisting],
    ),
    row(M::Appeal, S::Closed, S::Closed, &[OFFICER], &[G::Appealable], &[], &[T::Dispatchers]),
    row(
        M::ReviewAppeal,
        S::Closed,
        S::Closed,
        &[DISPATCHER],
        &[G::AppealAsked, G::NotOwnWork],
        &[],
        &[T::Supervisors],
    ),
    row(
        M::DecideAppeal,
        S::Closed,
        S::Closed,
        &[SUPERVISOR],
        &[G::AppealReviewed, G::NotOwnWork, G::NotFirstReviewer],
        &[],
        &[T::Officers, T::Dispatchers],
    ),
    // The reporter takes it back.
    row(M::Withdraw, S::Reported, S::Withdrawn, &[By::Reporter], &[], &[E::DeskStops], &[T::Intake]),
    row(M::Withdraw, S::Filed, S::Withdrawn, &[By::Reporter], &[], &[E::DeskStops], &[T::Dispatchers]),
    row(
        M::Withdraw,
        S::Dispatched,
        S::Withdrawn,
        &[By::Reporter],
        &[],
        &[E::DeskStops],
        &[T::Dispatchers, T::Officers],
    ),
    row(
        M::Withdraw,
        S::Handling,
        S::Withdrawn,
        &[By::Reporter],
        &[],
        &[E::DeskStops],
        &[T::Dispatchers, T::Officers, T::Handler],
    ),
    // Marks beside the stages.
    row(M::Link, S::Reported, S::Reported, &[INTAKE, DISPATCHER], &[G::NotLinked], &[], &[]),
    row(M::Link, S::Filed, S::Filed, &[INTAKE, DISPATCHER], &[G::NotLinked], &[], &[]),
    row(M::Link, S::Dispatched, S::Dispatched, &[INTAKE, DISPATCHER], &[G::NotLinked], &[], &[]),
    row(M::Link, S::Handling, S::Handling, &[INTAKE, DISPATCHER], &[G::NotLinked], &[], &[]),
    row(M::Unlink, S::Reported, S::Reported, &[INTAKE, DISPATCHER], &[G::Linked], &[], &[]),
    row(M::Unlink, S::Filed, S::Filed, &[INTAKE, DISPATCHER], &[G::Linked], &[], &[]),
    row(M::Unlink, S::Dispatched, S::Dispatched, &[INTAKE, DISPATCHER], &[G::Linked], &[], &[]),
    row(M::Unlink, S::Handling, S::Handling, &[INTAKE, DISPATCHER], &[G::Linked], &[], &[]),
    urge(M::Urge, S::Reported, &[], &[T::Intake]),
    urge(M::Urge, S::Filed, &[], &[T::Dispatchers]),
    urge(M::Urge, S::Dispatched, &[], &[T::Officers]),
    urge(M::Urge, S::Handling, &[], &[T::Officers, T::Handler]),
    urge(M::Urge, S::Verifying, &[], &[T::Judges]),
    urge(M::LiftUrge, S::Reported, &[G::Urged], &[]),
    urge(M::LiftUrge, S::Filed, &[G::Urged], &[]),
    urge(M::LiftUrge, S::Dispatched, &[G::Urged], &[]),
    urge(M::LiftUrge, S::Handling, &[G::Urged], &[]),
    urge(M::LiftUrge, S::Verifying, &[G::Urged], &[]),
    row(M::Recuse, S::Reported, S::Reported, STAFF, &[], &[], &[T::Intake]),
    row(M::Recuse, S::Filed, S::Filed, STAFF, &[], &[], &[T::Dispatchers]),
    row(M::Recuse, S::Dispatched, S::Dispatched, STAFF, &[], &[], &[T::Officers, T::Dispatchers]),
    row(M::Recuse, S::Handling, S::Handling, STAFF, &[], &[], &[T::Officers, T::Dispatchers]),
    row(M::Recuse, S::Verifying, S::Verifying, STAFF, &[], &[], &[T::Dispatchers]),
    row(M::Recuse, S::Closed, S::Closed, STAFF, &[], &[], &[]),
    // The system's own.
    own(M::Remind, S::Dispatched, &[], &[T::Officers]),
    own(M::Remind, S::Handling, &[], &[T::Officers, T::Handler]),
    own(M::Escalate, S::Reported, &[], &[T::Intake, T::Supervisors]),
    own(M::Escalate, S::Filed, &[], &[T::Dispatchers, T::Supervisors]),
    own(M::Escalate, S::Dispatched, &[], &[T::Officers, T::Dispatchers, T::Supervisors]),
    own(M::Escalate, S::Handling, &[], &[T::Officers, T::Handler, T::Dispatchers, T::Supervisors]),
    own(M::Escalate, S::Verifying, &[], &[T::Judges, T::Supervisors]),
    own(M::Recalendar, S::Reported, &[E::Again], &[T::Intake]),
    own(M::Recalendar, S::Filed, &[E::Again], &[T::Dispatchers, T::Reporter]),
    own(M::Recalendar, S::Dispatched, &[E::Again], &[T::Officers, T::Reporter]),
    own(M::Recalendar, S::Handling, &[E::Again], &[T::Officers, T::Handler, T::Reporter]),
    own(M::Recalendar, S::Verifying, &[E::Again], &[T::Judges, T::Reporter]),
];

const fn urge(make: Move, at: Stage, guards: &'static [Guard], tells: &'static [Tell]) -> Rule {
    row(make, at, at, &[SUPERVISOR], guards, &[], tells)
}

const fn own(make: Move, at: Stage, clocks: &'static [Effect], tells: &'static [Tell]) -> Rule {
    row(make, at, at, SYSTEM, &[], clocks, tells)
}

/// Who is told of a move between two stages.
pub fn tells(make: Move, from: Option<Stage>, to: Stage) -> &'static [Tell] {
    TABLE.iter().find(|r| r.make == make && r.from == from && r.to == to).map_or(&[], |r| r.tells)
}
