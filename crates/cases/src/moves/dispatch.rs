//! Dispatch (派遣): asks a unit to handle it; the unit clock starts.

use crate::{
    Case,
    act::{Input, Scene},
    units,
};
use areas::UnitKind;
use flow::{Move, Step};
use kernel::{Checks, Refusal, UnitId};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Dispatch (派遣): asks a unit to handle it; the unit clock starts.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dispatch {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// The unit.
    pub unit: UnitId,
    /// A remark for those who come after.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

impl Input for Dispatch {
    const MOVE: Move = Move::Dispatch;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.opt_text("note", self.note.as_deref(), 0..=1000);
    }

    async fn shape(
        &self,
        tx: &mut Tx,
        case: &mut Case,
        step: &mut Step,
        _: &Scene<'_>,
    ) -> Result<(), Refusal> {
        // What is not on the published list is not pushed onto a community: it is asked first.
        if units::ask(tx, case, self.unit, step).await? == UnitKind::Community {
            let item = match case.state.item {
                Some(code) => items::find(tx, case.region, code).await?,
                None => None,
            };
            step.drawn = !item.is_some_and(|i| i.community);
        }
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

door! {
    /// Dispatch (派遣): asks a unit to handle it; the unit clock starts.
    dispatch: Dispatch, "/api/regions/{region}/cases/{case}/dispatch", "dispatch_case"
}
