//! The state of every case computed again from its events, and compared with the row.

use crate::{Case, row::COLUMNS};
use flow::{State, Step};
use kernel::{Actor, CaseId, Refusal, Region, Uuid};
use store::{Cond, Db, Filter, Read, Tx, binds};

/// A case whose row is not what its events say.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The case.
    pub case: CaseId,
    /// What is in the row, as text for the log.
    pub row: String,
    /// What the events say.
    pub events: String,
}

struct Chunk {
    region: Region,
    after: Uuid,
}

const CHUNK: i64 = 500;

impl Read for Chunk {
    type Out = (Vec<Case>, Vec<(Uuid, String)>);
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        let cond =
            Cond::All(vec![Cond::is("c.region = ?", [self.region]), Cond::is("c.id > ?", [self.after])]);
        let (sql, binds) = Filter::new(COLUMNS).cond(&cond).text(" ORDER BY c.id LIMIT ").bind(CHUNK).done();
        let cases: Vec<Case> = tx.all(sql, binds).await?;
        let Some(last) = cases.last().map(|c| c.id) else { return Ok((cases, Vec::new())) };
        let events = tx
            .all(
                "SELECT stream, data FROM events WHERE region = $1 AND stream > $2 AND stream <= $3 ORDER BY stream, n",
                binds![self.region, self.after, last],
            )
            .await?;
        Ok((cases, events))
    }
}

/// Walks a region; says how many cases it looked at and which differ.
pub async fn recompute(db: &Db, region: Region) -> Result<(i64, Vec<Difference>), Refusal> {
    let system = Actor::system("recompute");
    let (mut after, mut seen, mut differing) = (Uuid::nil(), 0, Vec::new());
    loop {
        let (cases, events) = db.read(&system, Chunk { region, after }).await?;
        let Some(last) = cases.last() else { return Ok((seen, differing)) };
        after = last.id.0;
        seen += cases.len() as i64;
        let mut events = events.iter().peekable();
        for case in &cases {
            let mut steps: Vec<Step> = Vec::new();
            while let Some((_, data)) = events.next_if(|(stream, _)| *stream == case.id.0) {
                steps.push(
                    serde_json::from_str(data).map_err(|e| store::rules::INTERNAL.refuse().because(e))?,
                );
            }
            let folded = State::replay(&steps);
            if folded.as_ref() != Some(&case.state) {
                let (row, events) = (format!("{:?}", case.state), format!("{folded:?}"));
                differing.push(Difference { case: case.id, row, events });
            }
        }
    }
}
