//! Rate the cooperation (互评): after closing, the lead unit rates each unit that responded, and each of them the lead. Units rate units; nobody rates a person.

use crate::{
    Case,
    act::{Input, Scene},
    refusal::UNKNOWN_PARTY,
};
use flow::{Move, Step};
use kernel::{Checks, Refusal, UnitId};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// Rate the cooperation (互评): after closing, the lead unit rates each unit that responded, and each of them the lead. Units rate units; nobody rates a person.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// The unit that is rated.
    pub unit: UnitId,
    /// 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    pub stars: i64,
    /// A remark for those who come after.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

impl Input for Rate {
    const MOVE: Move = Move::Rate;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.opt_text("note", self.note.as_deref(), 0..=1000);
        checks.number("stars", self.stars, 1..=5);
    }

    async fn shape(
        &self,
        _tx: &mut Tx,
        case: &mut Case,
        step: &mut Step,
        scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        // The lead names the unit that assisted; a unit that assisted names the lead.
        let open = flow::rating(&case.state, scene.stand).find(|(party, lead)| {
            if *lead { *party == self.unit } else { case.state.unit == Some(self.unit) }
        });
        let Some((party, lead)) = open else { return Err(UNKNOWN_PARTY.field("unit")) };
        step.party = Some(party);
        step.yes = Some(lead);
        step.stars = Some(self.stars);
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

door! {
    /// Rate the cooperation (互评): after closing, the lead unit rates each unit that responded, and each of them the lead. Units rate units; nobody rates a person.
    rate: Rate, "/api/regions/{region}/cases/{case}/rate", "rate_case"
}
