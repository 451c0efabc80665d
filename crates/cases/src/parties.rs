//! Units concerned with a case besides the one that has it, and its links to other cases: small tables that
//! follow from the state, so that lists and scopes can ask them.

use crate::Case;
use flow::State;
use kernel::UnitId;
use store::{StoreError, Tx, binds};

/// Each concerned unit, as what, and whether something waits for it.
fn concerned(s: &State) -> Vec<(UnitId, &'static str, bool)> {
    let side = &s.side;
    let mut all: Vec<_> =
        side.parties.iter().map(|p| (p.unit, "assisting", s.stage.open() && p.done_at.is_none())).collect();
    if let Some(unit) = side.answerable.filter(|u| side.party(*u).is_none()) {
        all.push((unit, "answerable", false));
    }
    all
}

/// Writes what a step changed.
pub(crate) async fn follow(tx: &mut Tx, case: &Case, after: &State) -> Result<(), StoreError> {
    let (was, is) = (concerned(&case.state), concerned(after));
    for (unit, part, waits) in is.iter().filter(|p| !was.contains(p)) {
        tx.put(
            "INSERT INTO case_parties (region, case_id, unit, part, waits) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (region, case_id, unit) DO UPDATE SET part = excluded.part, waits = excluded.waits",
            binds![case.region, case.id, *unit, *part, *waits],
        )
        .await?;
    }
    for (unit, ..) in was.iter().filter(|(u, ..)| !is.iter().any(|(i, ..)| i == u)) {
        tx.put(
            "DELETE FROM case_parties WHERE region = $1 AND case_id = $2 AND unit = $3",
            binds![case.region, case.id, *unit],
        )
        .await?;
    }
    let links = |s: &State| [("merged", s.side.merged_into), ("duplicate", s.side.duplicate_of)];
    for ((kind, was), (_, is)) in links(&case.state).into_iter().zip(links(after)) {
        match (was, is) {
            (was, is) if was == is => {}
            (_, Some(other)) => {
                tx.put(
                    "INSERT INTO case_links (region, case_id, kind, other) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (region, case_id, kind) DO UPDATE SET other = excluded.other",
                    binds![case.region, case.id, kind, other],
                )
                .await?;
            }
            (_, None) => {
                tx.put(
                    "DELETE FROM case_links WHERE region = $1 AND case_id = $2 AND kind = $3",
                    binds![case.region, case.id, kind],
                )
                .await?;
            }
        }
    }
    Ok(())
}
