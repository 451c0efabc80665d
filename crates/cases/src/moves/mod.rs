//! One file per move.

/// The door of a move: its route and handler.
macro_rules! door {
    ($(#[$doc:meta])* $name:ident: $input:ident, $path:tt, $operation:tt) => {
        $(#[$doc])*
        #[utoipa::path(post, path = $path, operation_id = $operation, tag = "cases",
            params(("region" = kernel::Region, Path), ("case" = kernel::CaseId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
            request_body = $input, responses((status = 200, body = crate::act::Moved)))]
        pub(super) async fn $name(
            axum::extract::State(house): axum::extract::State<edge::House>,
            edge::Caller(actor): edge::Caller,
            edge::PathOf(of): edge::PathOf<(kernel::Region, kernel::CaseId)>,
            edge::Key(key): edge::Key,
            edge::Body(input): edge::Body<$input>,
        ) -> Result<axum::Json<crate::act::Moved>, edge::Problem> {
            crate::act::act(&house, &actor, of, key, input).await.map(axum::Json)
        }
    };
}

/// A move that asks for nothing but a remark, which may be left out.
macro_rules! noted {
    ($(#[$doc:meta])* $name:ident: $input:ident, $path:tt, $operation:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $input {
            /// The version of the case you were looking at.
            #[schema(minimum = 1)]
            pub version: i64,
            /// A remark for those who come after.
            #[serde(default)]
            #[schema(max_length = 1000)]
            pub note: Option<String>,
        }

        impl crate::act::Input for $input {
            const MOVE: flow::Move = flow::Move::$input;
            fn version(&self) -> i64 {
                self.version
            }
            fn check(&self, checks: &mut kernel::Checks) {
                checks.opt_text("note", self.note.as_deref(), 0..=1000);
            }
            fn note(&self) -> Option<&str> {
                self.note.as_deref()
            }
        }

        door! { $(#[$doc])* $name: $input, $path, $operation }
    };
}

/// A move that asks for nothing but a reason.
macro_rules! reasoned {
    ($(#[$doc:meta])* $name:ident: $input:ident, $path:tt, $operation:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $input {
            /// The version of the case you were looking at.
            #[schema(minimum = 1)]
            pub version: i64,
            /// Why.
            #[schema(min_length = 1, max_length = 1000)]
            pub reason: String,
        }

        impl crate::act::Input for $input {
            const MOVE: flow::Move = flow::Move::$input;
            fn version(&self) -> i64 {
                self.version
            }
            fn check(&self, checks: &mut kernel::Checks) {
                checks.text("reason", &self.reason, 1..=1000);
            }
            fn note(&self) -> Option<&str> {
                Some(&self.reason)
            }
        }

        door! { $(#[$doc])* $name: $input, $path, $operation }
    };
}

/// A review of an appeal: upheld or not, with a reason.
macro_rules! reviewed {
    ($(#[$doc:meta])* $name:ident: $input:ident, $path:tt, $operation:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $input {
            /// The version of the case you were looking at.
            #[schema(minimum = 1)]
            pub version: i64,
            /// Whether the appeal is upheld.
            pub upheld: bool,
            /// Why.
            #[schema(min_length = 1, max_length = 1000)]
            pub reason: String,
        }

        impl crate::act::Input for $input {
            const MOVE: flow::Move = flow::Move::$input;
            fn version(&self) -> i64 {
                self.version
            }
            fn check(&self, checks: &mut kernel::Checks) {
                checks.text("reason", &self.reason, 1..=1000);
            }
            async fn shape(
                &self,
                _: &mut store::Tx,
                _: &mut crate::Case,
                step: &mut flow::Step,
                _: &crate::act::Scene<'_>,
            ) -> Result<(), kernel::Refusal> {
                step.yes = Some(self.upheld);
                Ok(())
            }
            fn note(&self) -> Option<&str> {
                Some(&self.reason)
            }
        }

        door! { $(#[$doc])* $name: $input, $path, $operation }
    };
}

mod accept;
mod answer_check;
mod appeal;
mod arbitrate;
mod ask_check;
mod call_back;
mod close;
mod consent;
mod contribute;
mod decide_appeal;
mod decline;
mod dispatch;
mod file;
mod grant;
mod hand;
mod lift_urge;
mod link;
mod merge;
mod rate;
mod recuse;
mod refuse;
mod refuse_consent;
mod release;
mod reopen;
mod request_extension;
mod request_suspension;
mod respond;
mod resume;
mod review_appeal;
mod rework;
mod send_back;
mod submit;
mod summon;
mod unlink;
mod unmerge;
mod urge;
mod verify;
mod withdraw;

pub use accept::Accept;
pub use answer_check::AnswerCheck;
pub use appeal::Appeal;
pub use arbitrate::Arbitrate;
pub use ask_check::AskCheck;
pub use call_back::CallBack;
pub use close::Close;
pub use consent::Consent;
pub use contribute::Contribute;
pub use decide_appeal::DecideAppeal;
pub use decline::Decline;
pub use dispatch::Dispatch;
pub use file::File;
pub use grant::Grant;
pub use hand::Hand;
pub use lift_urge::LiftUrge;
pub use link::Link;
pub use merge::Merge;
pub use rate::Rate;
pub use recuse::Recuse;
pub use refuse::Refuse;
pub use refuse_consent::RefuseConsent;
pub use release::Release;
pub use reopen::Reopen;
pub use request_extension::RequestExtension;
pub use request_suspension::RequestSuspension;
pub use respond::Respond;
pub use resume::Resume;
pub use review_appeal::ReviewAppeal;
pub use rework::Rework;
pub use send_back::SendBack;
pub use submit::Submit;
pub use summon::Summon;
pub use unlink::Unlink;
pub use unmerge::Unmerge;
pub use urge::Urge;
pub use verify::Verify;
pub use withdraw::Withdraw;

use edge::House;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(accept::accept))
        .routes(routes!(answer_check::answer_check))
        .routes(routes!(appeal::appeal))
        .routes(routes!(arbitrate::arbitrate))
        .routes(routes!(ask_check::ask_check))
        .routes(routes!(call_back::call_back))
        .routes(routes!(close::close))
        .routes(routes!(consent::consent))
        .routes(routes!(contribute::contribute))
        .routes(routes!(decide_appeal::decide_appeal))
        .routes(routes!(decline::decline))
        .routes(routes!(dispatch::dispatch))
        .routes(routes!(file::file))
        .routes(routes!(grant::grant))
        .routes(routes!(hand::hand))
        .routes(routes!(lift_urge::lift_urge))
        .routes(routes!(link::link))
        .routes(routes!(merge::merge))
        .routes(routes!(rate::rate))
        .routes(routes!(recuse::recuse))
        .routes(routes!(refuse::refuse))
        .routes(routes!(refuse_consent::refuse_consent))
        .routes(routes!(release::release))
        .routes(routes!(reopen::reopen))
        .routes(routes!(request_extension::request_extension))
        .routes(routes!(request_suspension::request_suspension))
        .routes(routes!(respond::respond))
        .routes(routes!(resume::resume))
        .routes(routes!(review_appeal::review_appeal))
        .routes(routes!(rework::rework))
        .routes(routes!(send_back::send_back))
        .routes(routes!(submit::submit))
        .routes(routes!(summon::summon))
        .routes(routes!(unlink::unlink))
        .routes(routes!(unmerge::unmerge))
        .routes(routes!(urge::urge))
        .routes(routes!(verify::verify))
        .routes(routes!(withdraw::withdraw))
}
