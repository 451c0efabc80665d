//! The state of every case computed again from its events, and compared with the row.

use crate::{Case, parties, row::from_cases};
use flow::{State, Step};
use futures_util::future::BoxFuture;
use jobs::Taken;
use kernel::{Actor, CaseId, Moment, Refusal, Region, Uuid};
use store::{Cond, Db, Read, Tx, Write, binds};

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

/// What lists are sorted and filtered by: columns that follow from the state.
type Shown = (Option<Moment>, Option<Moment>, Moment, Option<Moment>, bool, bool, bool);

fn shown(s: &State) -> Shown {
    let (case_due, unit_due) = s.dues();
    let urged = s.side.urged_until.is_some();
    (case_due, unit_due, s.act_by(), s.clocks.alarm, s.stage.open(), urged, s.provisional())
}

struct Chunk {
    region: Region,
    after: Uuid,
}

const CHUNK: i64 = 500;

impl Read for Chunk {
    type Out = (Vec<Case>, Vec<(Uuid, String)>, Vec<Shown>);
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        let cond =
            Cond::All(vec![Cond::is("c.region = ?", [self.region]), Cond::is("c.id > ?", [self.after])]);
        let (sql, binds) = from_cases().cond(&cond).text(" ORDER BY c.id LIMIT ").bind(CHUNK).done();
        let cases: Vec<Case> = tx.all(sql, binds).await?;
        let Some(last) = cases.last().map(|c| c.id) else { return Ok((cases, Vec::new(), Vec::new())) };
        let events = tx
            .all(
                "SELECT stream, data FROM events WHERE region = $1 AND stream > $2 AND stream <= $3 ORDER BY stream, n",
                binds![self.region, self.after, last],
            )
            .await?;
        let shown = tx
            .all(
                "SELECT case_due, unit_due, act_by, alarm_at, open, urged, provisional FROM cases
                 WHERE region = $1 AND id > $2 AND id <= $3 ORDER BY id",
                binds![self.region, self.after, last],
            )
            .await?;
        Ok((cases, events, shown))
    }
}

/// Writes every row of the first version anew from its events. A row that somebody has moved since is of the
/// present version already.
struct Refold {
    region: Region,
    after: Uuid,
}

impl Write for Refold {
    type Out = Option<CaseId>;
    async fn run(&self, tx: &mut Tx) -> Result<Option<CaseId>, Refusal> {
        let (sql, binds) = from_cases()
            .cond(&Cond::All(vec![
                Cond::is("c.region = ?", [self.region]),
                Cond::is("c.id > ?", [self.after]),
                Cond::is::<i64>("c.clocks = ''", []),
            ]))
            .text(" ORDER BY c.id LIMIT ")
            .bind(FEW)
            .done();
        let cases: Vec<Case> = tx.all(sql, binds).await?;
        let last = cases.last().map(|c| c.id);
        for case in cases {
            let events: Vec<(String,)> = tx
                .all(
                    "SELECT data FROM events WHERE region = $1 AND stream = $2 ORDER BY n",
                    binds![case.region, case.id],
                )
                .await?;
            let steps: Result<Vec<Step>, _> =
                events.iter().map(|(data,)| serde_json::from_str(data)).collect();
            let steps = steps.map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
            if let Some(state) = State::replay(&steps) {
                parties::follow(tx, &case, &state).await?;
                Case { state, ..case }.update(tx, None).await?;
            }
        }
        Ok(last)
    }
}

/// Cases in one transaction.
const FEW: i64 = 50;

/// The job that brings rows of the first version up to date, left by the migration.
pub(crate) fn refold_job(taken: Taken) -> BoxFuture<'static, Result<(), Refusal>> {
    Box::pin(async move {
        let (region, mut after) = (taken.job.region, Uuid::nil());
        while let Some(last) = taken.db.write(&Actor::system("refold"), Refold { region, after }).await? {
            after = last.0;
        }
        taken.done("refold").await
    })
}

/// Walks a region; says how many cases it looked at and which differ.
pub async fn recompute(db: &Db, region: Region) -> Result<(i64, Vec<Difference>), Refusal> {
    let system = Actor::system("recompute");
    let (mut after, mut seen, mut differing) = (Uuid::nil(), 0, Vec::new());
    loop {
        let (cases, events, columns) = db.read(&system, Chunk { region, after }).await?;
        let Some(last) = cases.last() else { return Ok((seen, differing)) };
        after = last.id.0;
        seen += cases.len() as i64;
        let mut events = events.iter().peekable();
        for (case, columns) in cases.iter().zip(&columns) {
            let mut steps: Vec<Step> = Vec::new();
            while let Some((_, data)) = events.next_if(|(stream, _)| *stream == case.id.0) {
                steps.push(
                    serde_json::from_str(data).map_err(|e| store::rules::INTERNAL.refuse().because(e))?,
                );
            }
            let folded = State::replay(&steps);
            if folded.as_ref() != Some(&case.state) || folded.as_ref().map(shown).as_ref() != Some(columns) {
                let (row, events) = (format!("{:?} {columns:?}", case.state), format!("{folded:?}"));
                differing.push(Difference { case: case.id, row, events });
            }
        }
    }
}
