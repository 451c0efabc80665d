//! What the system does by the clock: reminds before a deadline, escalates after it, resumes what was suspended;
//! and computes deadlines again when the calendar of another year is known.
//!
//! A case knows when it next needs one of these (`alarm_at`, from [`flow::wind`]); a pass takes those that are due,
//! a few in each transaction so that nobody waits behind it. Each is a step of the case like any other.

use crate::{
    Case,
    act::{moves_a_clock, put_down},
    row::from_cases,
};
use edge::House;
use flow::{By, Move, Rule, Stage, Step, TABLE};
use futures_util::future::BoxFuture;
use jobs::Taken;
use kernel::{Actor, CaseId, Moment, Refusal, Region, Uuid};
use rules::Book;
use std::sync::Arc;
use store::{Cond, Db, Read, Tx, Write, binds};

/// The job that computes provisional deadlines again.
pub const RECALENDAR: &str = "cases.recalendar";

/// Cases in one transaction: few, so that a request never waits long behind them.
const FEW: i64 = 25;

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rung {
    /// Reminders.
    pub reminded: i64,
    /// Escalations.
    pub escalated: i64,
    /// Suspensions that ended.
    pub resumed: i64,
}

impl Rung {
    /// All together.
    pub fn all(self) -> i64 {
        self.reminded + self.escalated + self.resumed
    }
}

fn own(make: Move, stage: Stage) -> Option<&'static Rule> {
    TABLE.iter().find(|r| r.make == make && r.from == Some(stage) && r.who.contains(&By::System))
}

/// What the clock asks of this case now, and as of when.
fn wanted(case: &Case, now: Moment) -> Option<(Move, Moment)> {
    let s = &case.state;
    if let Some(until) = s.side.suspended_until {
        // It runs again from the date it was suspended to, however late the machine notices.
        return (until <= now).then_some((Move::Resume, until));
    }
    match s.due() {
        Some(due) if now > due => Some((Move::Escalate, now)),
        Some(_) => Some((Move::Remind, now)),
        None => None,
    }
}

struct Ring {
    region: Region,
    book: Arc<Book>,
    most: i64,
}

impl Write for Ring {
    type Out = Rung;

    async fn run(&self, tx: &mut Tx) -> Result<Rung, Refusal> {
        let now = tx.at();
        let mut filter = from_cases().cond(&Cond::All(vec![
            Cond::is("c.region = ?", [self.region]),
            Cond::is("c.alarm_at <= ?", [now]),
        ]));
        filter = filter.text(" ORDER BY c.alarm_at LIMIT ").bind(self.most);
        if tx.on_postgres() {
            // Another server may be at it, or a person moving one of them right now.
            filter = filter.text(" FOR UPDATE SKIP LOCKED");
        }
        let (sql, binds) = filter.done();
        let cases: Vec<Case> = tx.all(sql, binds).await?;
        let mut rung = Rung::default();
        for case in cases {
            let case = Case { now, ..case };
            let found = wanted(&case, now).and_then(|(m, at)| Some((m, at, own(m, case.state.stage)?)));
            let Some((make, at, rule)) = found else {
                // Nothing to do in this stage: no alarm either.
                tx.put(
                    "UPDATE cases SET alarm_at = NULL WHERE region = $1 AND id = $2",
                    binds![case.region, case.id],
                )
                .await?;
                continue;
            };
            let step = Step::new(make, rule.to, at, None);
            put_down(tx, &case.clone(), case, rule, step, Some(By::System.code()), &self.book).await?;
            match make {
                Move::Remind => rung.reminded += 1,
                Move::Resume => rung.resumed += 1,
                _ => rung.escalated += 1,
            }
        }
        Ok(rung)
    }
}

struct Due;

impl Read for Due {
    type Out = Vec<(Region,)>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Vec<(Region,)>, Refusal> {
        let now = tx.at();
        Ok(tx
            .all(
                "SELECT r.code FROM regions r WHERE EXISTS
                   (SELECT 1 FROM cases c WHERE c.region = r.code AND c.alarm_at <= $1) ORDER BY r.code",
                binds![now],
            )
            .await?)
    }
}

/// One round through all regions: does a little of what is due in each; says what it did. Called again until
/// it does nothing.
pub async fn ring(house: &House) -> Result<Rung, Refusal> {
    let system = Actor::system("clock");
    let mut rung = Rung::default();
    for (region,) in house.db().read(&system, Due).await? {
        let book = rules::book(house, region).await?;
        let done = house.db().write(&system, Ring { region, book, most: FEW }).await?;
        rung.reminded += done.reminded;
        rung.escalated += done.escalated;
        rung.resumed += done.resumed;
    }
    Ok(rung)
}

struct Again {
    region: Region,
    after: Uuid,
    book: Arc<Book>,
}

impl Write for Again {
    type Out = Option<CaseId>;

    async fn run(&self, tx: &mut Tx) -> Result<Option<CaseId>, Refusal> {
        let now = tx.at();
        let (sql, binds) = from_cases()
            .cond(&Cond::All(vec![
                Cond::is("c.region = ?", [self.region]),
                Cond::is::<i64>("c.provisional", []),
                Cond::is("c.id > ?", [self.after]),
            ]))
            .text(" ORDER BY c.id LIMIT ")
            .bind(FEW)
            .done();
        let cases: Vec<Case> = tx.all(sql, binds).await?;
        let last = cases.last().map(|c| c.id);
        for case in cases {
            let Some(rule) = own(Move::Recalendar, case.state.stage) else { continue };
            let at = case.no_earlier(now);
            let step = Step::new(Move::Recalendar, rule.to, at, None);
            // A deadline that stays as provisional as it was is no news.
            if moves_a_clock(&case, rule, step.clone(), &self.book) {
                put_down(tx, &case.clone(), case, rule, step, Some(By::System.code()), &self.book).await?;
            }
        }
        Ok(last)
    }
}

/// Computes every provisional deadline of a region again; each change is a step of its case, told to those
/// concerned.
pub async fn recalendar(db: &Db, region: Region) -> Result<(), Refusal> {
    let book = rules::book_of(db, region).await?;
    let mut after = Uuid::nil();
    while let Some(last) =
        db.write(&Actor::system("calendar"), Again { region, after, book: book.clone() }).await?
    {
        after = last.0;
    }
    Ok(())
}

pub(crate) fn recalendar_job(taken: Taken) -> BoxFuture<'static, Result<(), Refusal>> {
    Box::pin(async move {
        recalendar(&taken.db, taken.job.region).await?;
        taken.done("calendar").await
    })
}
