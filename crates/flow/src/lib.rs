//! The loop of a case, as data and pure functions: stages, moves, who may make them, what they do to the
//! clocks, who is told.
//!
//! [`TABLE`] is the whole of it. The database room asks [`open_moves`] and [`check`], winds the clocks with
//! [`wind`] and writes down what [`State::after`] says; the browser is sent the same table, and
//! `docs/flow.md` is printed from it. Nobody else knows the rules.
#![forbid(unsafe_code)]

mod clocks;
mod print;
mod rules;
mod state;
mod table;

pub use clocks::{Clocks, Setting, wind};
pub use print::print;
pub use rules::{DeskLimits, Rules};
pub use state::{Answers, Appealed, Party, Request, Side, State, Step};
pub use table::{Asks, By, Effect, Field, FieldKind, Guard, Move, Rule, Stage, TABLE, Tell, tells};

use kernel::{AccountId, Moment, UnitId};

/// How an actor stands to one case at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Stand {
    /// Every way the actor is related to it.
    pub by: Vec<By>,
    /// The account, if a person acts.
    pub account: Option<AccountId>,
    /// The units the actor is an officer of.
    pub officer_of: Vec<UnitId>,
    /// The units the actor belongs to, as an officer or a handler.
    pub units: Vec<UnitId>,
    /// Whether the actor has declared a conflict with a unit concerned.
    pub conflict: bool,
    /// The moment.
    pub now: Moment,
}

impl Stand {
    /// Whether the actor belongs to a unit that has, had in this round, or assists with the case.
    fn of_a_unit(&self, state: &State) -> bool {
        let side = &state.side;
        let assists = |u: &UnitId| side.parties.iter().any(|p| p.unit == *u && !p.released);
        self.units.iter().any(|u| state.unit == Some(*u) || assists(u))
    }

    /// The assisting unit of the actor for which `test` holds.
    pub fn party<'a>(&self, state: &'a State, test: impl Fn(&Party) -> bool) -> Option<&'a Party> {
        state.side.parties.iter().find(|p| self.officer_of.contains(&p.unit) && test(p))
    }
}

/// Why a move is not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Not from this stage, or not by this actor.
    NotOpen,
    /// Whoever handled it, or belongs to a unit that did, may not judge the result.
    OwnWork,
    /// The actor has stood aside, or has declared a conflict with the unit.
    Recused,
    /// A condition of the row does not hold.
    Guard(Guard),
}

/// Whether a guard holds.
fn holds(g: Guard, s: &State, stand: &Stand, rules: &Rules) -> bool {
    let side = &s.side;
    match g {
        Guard::NotOwnWork => {
            let own = stand.account.is_some_and(|a| s.handler == Some(a) || s.handled_by == Some(a));
            !own && !stand.of_a_unit(s)
        }
        Guard::Verified => s.verified,
        Guard::Unverified => !s.verified,
        Guard::InReopeningTime => {
            s.closed_at.is_some_and(|closed| stand.now <= closed.plus(rules.reopen_days * Moment::DAY))
        }
        Guard::NotSuspended => side.suspended_until.is_none(),
        Guard::Suspended => side.suspended_until.is_some(),
        Guard::InTime => !s.clocks.unit.as_ref().is_some_and(|r| r.late(stand.now)),
        Guard::NothingPending => side.request.is_none(),
        Guard::Pending => side.request.is_some(),
        Guard::ExtensionsLeft => side.extensions < rules.extensions,
        Guard::NeverSuspended => side.suspensions == 0,
        Guard::Disputed => s.asks == Some(Asks::Arbitration),
        Guard::Undisputed => s.asks != Some(Asks::Arbitration),
        Guard::NotRuled => !side.ruled,
        Guard::Consented => s.asks != Some(Asks::Consent),
        Guard::ConsentAsked => s.asks == Some(Asks::Consent),
        Guard::CheckAsked => s.asks == Some(Asks::Check),
        Guard::NoCheckAsked => s.asks != Some(Asks::Check),
        Guard::CalledBack => s.asks != Some(Asks::CallBack),
        Guard::CallBackDrawn => s.asks == Some(Asks::CallBack),
        Guard::Summoned => stand.party(s, |p| p.responded_at.is_none() && p.done_at.is_none()).is_some(),
        Guard::Responded => stand.party(s, |p| p.responded_at.is_some() && p.done_at.is_none()).is_some(),
        Guard::Assisted => side.parties.iter().any(|p| p.done_at.is_none()),
        Guard::Ratable => rating(s, stand).next().is_some(),
        Guard::MergedAsReport => side.merged_from == Some(Stage::Reported),
        Guard::MergedAsFiled => side.merged_from == Some(Stage::Filed),
        Guard::Linked => side.duplicate_of.is_some(),
        Guard::NotLinked => side.duplicate_of.is_none(),
        Guard::Urged => side.urged_until.is_some(),
        Guard::Appealable => side.unit_late && side.appeal.is_none(),
        Guard::AppealAsked => s.asks == Some(Asks::Appeal),
        Guard::AppealReviewed => s.asks == Some(Asks::Decision),
        Guard::NotFirstReviewer => {
            side.appeal.is_none_or(|a| a.reviewer.is_none() || a.reviewer != stand.account)
        }
    }
}

/// The cooperations this actor may still rate: with which assisting unit, and whether as the lead.
/// A unit that was released has nothing to rate and is not rated.
pub fn rating<'a>(s: &'a State, stand: &'a Stand) -> impl Iterator<Item = (UnitId, bool)> + 'a {
    let lead = s.unit.is_some_and(|u| stand.officer_of.contains(&u));
    let joint = s.side.parties.iter().filter(|p| p.responded_at.is_some() && !p.released);
    joint.flat_map(move |p| {
        let of = stand.officer_of.contains(&p.unit);
        let as_lead = (lead && p.rated.is_none()).then_some((p.unit, true));
        let as_party = (of && p.rates.is_none()).then_some((p.unit, false));
        [as_lead, as_party].into_iter().flatten()
    })
}

/// The rule by which `wanted` is open to this actor now, or why it is not.
pub fn check(state: &State, stand: &Stand, rules: &Rules, wanted: Move) -> Result<&'static Rule, Why> {
    judge(TABLE.iter().filter(|r| r.make == wanted && r.from == Some(state.stage)), state, stand, rules)
}

/// The first of a move's rows from the present stage by which this actor may make it, or why there is none.
fn judge(
    rows: impl Iterator<Item = &'static Rule>,
    state: &State,
    stand: &Stand,
    rules: &Rules,
) -> Result<&'static Rule, Why> {
    let mut why = Why::NotOpen;
    let aside = stand.conflict || stand.account.is_some_and(|a| state.side.recused.contains(&a));
    for rule in rows {
        let mut as_whom = rule.who.iter().filter(|w| stand.by.contains(w)).peekable();
        if as_whom.peek().is_none() {
            continue;
        }
        // Who stands aside acts on the case at the most as its reporter; what is declared once is enough.
        if aside && !as_whom.any(|w| *w == By::Reporter) {
            why = Why::Recused;
            continue;
        }
        match rule.guards.iter().find(|g| !holds(**g, state, stand, rules)) {
            None => return Ok(rule),
            Some(Guard::NotOwnWork) => why = Why::OwnWork,
            Some(g) => why = Why::Guard(*g),
        }
    }
    Err(why)
}

/// Every move open to this actor now, in the order of [`Move::ALL`], each with the stage it leads to.
pub fn open_moves(state: &State, stand: &Stand, rules: &Rules) -> Vec<(Move, Stage)> {
    // The table is walked once, not once for each move: this is asked after every move.
    let here: Vec<&'static Rule> = TABLE.iter().filter(|r| r.from == Some(state.stage)).collect();
    let open = |m: &Move| {
        let rows = here.iter().copied().filter(|r| r.make == *m);
        judge(rows, state, stand, rules).ok().map(|rule| (*m, rule.to))
    };
    Move::ALL.iter().filter_map(open).collect()
}

/// Moves that carry the work on; a worklist is made of stages and requests that wait for one of them.
fn carries_on(r: &Rule) -> bool {
    use Move::*;
    !matches!(
        r.make,
        Withdraw
            | Reopen
            | Report
            | Merge
            | Unmerge
            | AskCheck
            | Resume
            | Summon
            | Release
            | Appeal
            | RequestExtension
            | RequestSuspension
    ) && !r.make.aside()
        && !r.guards.iter().any(|g| asked_by(*g).is_some())
}

/// What a guard waits for.
fn asked_by(g: Guard) -> Option<&'static [Asks]> {
    Some(match g {
        Guard::Pending => &[Asks::Extension, Asks::Suspension],
        Guard::Disputed => &[Asks::Arbitration],
        Guard::ConsentAsked => &[Asks::Consent],
        Guard::CheckAsked => &[Asks::Check],
        Guard::CallBackDrawn => &[Asks::CallBack],
        Guard::AppealAsked => &[Asks::Appeal],
        Guard::AppealReviewed => &[Asks::Decision],
        _ => return None,
    })
}

/// The stages in which somebody who stands so has work to do: what a worklist shows.
pub fn work_of(by: By) -> Vec<Stage> {
    let waits = |s: &Stage| TABLE.iter().any(|r| r.from == Some(*s) && r.who.contains(&by) && carries_on(r));
    Stage::ALL.iter().copied().filter(|s| s.open() && waits(s)).collect()
}

/// The stages in which this can be asked: where a row waits for it.
pub fn stages_of(asks: Asks) -> impl Iterator<Item = Stage> {
    let waits = move |r: &&Rule| r.guards.iter().any(|g| asked_by(*g).is_some_and(|a| a.contains(&asks)));
    TABLE.iter().filter(waits).filter_map(|r| r.from)
}

/// What somebody who stands so has to decide.
pub fn asks_of(by: By) -> Vec<Asks> {
    let mut asks: Vec<Asks> = TABLE
        .iter()
        .filter(|r| r.who.contains(&by))
        .flat_map(|r| r.guards)
        .filter_map(|g| asked_by(*g))
        .flatten()
        .copied()
        .collect();
    asks.sort();
    asks.dedup();
    asks
}
