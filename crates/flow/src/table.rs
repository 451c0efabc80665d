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
    /// Is the handler it was handed to.
    Handler,
    /// Reported it, or holds its tracking code.
    Reporter,
}

/// A condition besides stage and actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// Not by whoever handled it nor by anyone of the unit that did (FIELD.md §3.2).
    NotOwnWork,
    /// The result has been verified.
    Verified,
    /// The result has not been verified yet.
    Unverified,
    /// Within the time for reopening.
    InReopeningTime,
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
}

const fn row(make: Move, from: Stage, to: Stage, who: &'static [By], guards: &'static [Guard]) -> Rule {
    Rule { make, from: Some(from), to, who, guards }
}

const INTAKE: By = By::Place(Role::IntakeOperator);
const DISPATCHER: By = By::Place(Role::Dispatcher);
const SUPERVISOR: By = By::Place(Role::Supervisor);
const WORKER: By = By::Place(Role::GridWorker);
const OFFICER: By = By::Unit(Role::UnitOfficer);
const JUDGES: &[By] = &[DISPATCHER, SUPERVISOR, WORKER];

/// The table of the loop. Where two rows of one move fit, the first counts.
pub const TABLE: &[Rule] = &[
    Rule { make: Move::Report, from: None, to: Stage::Reported, who: &[], guards: &[] },
    row(Move::File, Stage::Reported, Stage::Filed, &[INTAKE], &[]),
    row(Move::Decline, Stage::Reported, Stage::Declined, &[INTAKE], &[]),
    row(Move::Dispatch, Stage::Filed, Stage::Dispatched, &[DISPATCHER], &[]),
    row(Move::Accept, Stage::Dispatched, Stage::Handling, &[OFFICER], &[]),
    row(Move::Hand, Stage::Handling, Stage::Handling, &[OFFICER], &[]),
    row(Move::Submit, Stage::Handling, Stage::Verifying, &[By::Handler, OFFICER], &[]),
    row(Move::Verify, Stage::Verifying, Stage::Verifying, JUDGES, &[Guard::Unverified, Guard::NotOwnWork]),
    row(Move::Rework, Stage::Verifying, Stage::Handling, JUDGES, &[Guard::NotOwnWork]),
    row(
        Move::Close,
        Stage::Verifying,
        Stage::Closed,
        &[DISPATCHER, SUPERVISOR],
        &[Guard::Verified, Guard::NotOwnWork],
    ),
    // A send-back goes to whoever sent it: the dispatcher's to intake, the unit's to the dispatcher,
    // the handler's to the unit.
    row(Move::SendBack, Stage::Filed, Stage::Reported, &[DISPATCHER], &[]),
    row(Move::SendBack, Stage::Dispatched, Stage::Filed, &[OFFICER], &[]),
    row(Move::SendBack, Stage::Handling, Stage::Filed, &[OFFICER], &[]),
    row(Move::SendBack, Stage::Handling, Stage::Handling, &[By::Handler], &[]),
    row(Move::Withdraw, Stage::Reported, Stage::Withdrawn, &[By::Reporter], &[]),
    row(Move::Withdraw, Stage::Filed, Stage::Withdrawn, &[By::Reporter], &[]),
    row(Move::Withdraw, Stage::Dispatched, Stage::Withdrawn, &[By::Reporter], &[]),
    row(Move::Withdraw, Stage::Handling, Stage::Withdrawn, &[By::Reporter], &[]),
    row(
        Move::Reopen,
        Stage::Closed,
        Stage::Filed,
        &[By::Reporter, DISPATCHER, SUPERVISOR],
        &[Guard::InReopeningTime],
    ),
];
