//! Units that are asked for something.

use crate::{Case, refusal::UNKNOWN_UNIT};
use areas::UnitKind;
use flow::Step;
use kernel::{Refusal, UnitId};
use store::{Tx, binds};

/// Names the unit in the step, if it exists and is open; says what kind it is.
pub(crate) async fn ask(
    tx: &mut Tx,
    case: &Case,
    unit: UnitId,
    step: &mut Step,
) -> Result<UnitKind, Refusal> {
    let kind: Option<(String,)> = tx
        .maybe(
            "SELECT kind FROM units WHERE region = $1 AND id = $2 AND NOT closed",
            binds![case.region, unit],
        )
        .await?;
    let Some(kind) = kind.and_then(|(k,)| UnitKind::parse(&k)) else {
        return Err(UNKNOWN_UNIT.field("unit"));
    };
    step.unit = Some(unit);
    Ok(kind)
}
