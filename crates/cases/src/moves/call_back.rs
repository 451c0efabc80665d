//! Call back (回访): asks the reporter of a drawn case, by somebody outside the unit; the reporter may also answer on the tracking page.

use crate::{
    Case,
    act::{Input, Scene},
};
use flow::{Answers, Move, Step};
use kernel::{Checks, Refusal};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Call back (回访): asks the reporter of a drawn case, by somebody outside the unit; the reporter may also answer on the tracking page.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallBack {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Whether the reporter could be reached.
    pub reached: bool,
    /// Whether the matter is resolved; asked if reached.
    #[serde(default)]
    pub resolved: Option<bool>,
    /// Whether the reporter is satisfied; asked if reached.
    #[serde(default)]
    pub satisfied: Option<bool>,
    /// A remark for those who come after.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

impl Input for CallBack {
    const MOVE: Move = Move::CallBack;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.opt_text("note", self.note.as_deref(), 0..=1000);
        let told = self.resolved.is_some() && self.satisfied.is_some();
        let fits = if self.reached { told } else { self.resolved.is_none() && self.satisfied.is_none() };
        checks.hold(
            fits,
            "resolved",
            "case.answers",
            "联系上时须记录是否解决、是否满意；未联系上则不填。",
            "If the reporter was reached, say whether it is resolved and whether they are satisfied; else neither.",
        );
    }

    async fn shape(
        &self,
        _tx: &mut Tx,
        _case: &mut Case,
        step: &mut Step,
        _scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        let CallBack { reached, resolved, satisfied, .. } = *self;
        step.answers = Some(Answers { reached, resolved, satisfied });
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

door! {
    /// Call back (回访): asks the reporter of a drawn case, by somebody outside the unit; the reporter may also answer on the tracking page.
    call_back: CallBack, "/api/regions/{region}/cases/{case}/call-back", "call_back_case"
}
