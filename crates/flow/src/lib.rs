//! The loop of a case, as data and pure functions: stages, moves, who may make them, what they change.
//!
//! [`TABLE`] is the whole of it. The database room asks [`open_moves`] and [`check`] and writes down
//! what [`State::after`] says; the browser is sent the same table. Nobody else knows the rules.
#![forbid(unsafe_code)]

mod state;
mod table;

pub use state::{State, Step};
pub use table::{By, Guard, Move, Rule, Stage, TABLE};

use kernel::{AccountId, Moment};

/// How an actor stands to one case at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Stand {
    /// Every way the actor is related to it.
    pub by: Vec<By>,
    /// The account, if a person acts.
    pub account: Option<AccountId>,
    /// Whether the actor belongs to the unit that holds the case.
    pub of_unit: bool,
    /// The moment.
    pub now: Moment,
    /// How long after closing a case may be reopened, ms.
    pub reopening: i64,
}

/// Why a move is not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Not from this stage, or not by this actor.
    NotOpen,
    /// Whoever handled it, or belongs to the unit that did, may not judge the result.
    OwnWork,
    /// The result has not been verified yet.
    NotVerified,
    /// The time for reopening is over.
    TooLate,
}

fn guard(g: Guard, state: &State, stand: &Stand) -> Result<(), Why> {
    match g {
        Guard::NotOwnWork => {
            let own = stand.account.is_some_and(|a| state.handler == Some(a) || state.handled_by == Some(a));
            if own || stand.of_unit { Err(Why::OwnWork) } else { Ok(()) }
        }
        Guard::Verified if !state.verified => Err(Why::NotVerified),
        Guard::Unverified if state.verified => Err(Why::NotOpen),
        Guard::InReopeningTime => match state.closed_at {
            Some(closed) if stand.now <= closed.plus(stand.reopening) => Ok(()),
            _ => Err(Why::TooLate),
        },
        Guard::Verified | Guard::Unverified => Ok(()),
    }
}

/// The rule by which `wanted` is open to this actor now, or why it is not.
pub fn check(state: &State, stand: &Stand, wanted: Move) -> Result<&'static Rule, Why> {
    let mut why = Why::NotOpen;
    for rule in TABLE.iter().filter(|r| r.make == wanted && r.from == Some(state.stage)) {
        if !rule.who.iter().any(|w| stand.by.contains(w)) {
            continue;
        }
        match rule.guards.iter().try_for_each(|g| guard(*g, state, stand)) {
            Ok(()) => return Ok(rule),
            Err(w) => why = w,
        }
    }
    Err(why)
}

/// Every move open to this actor now, in the order of the table, each with the stage it leads to.
pub fn open_moves(state: &State, stand: &Stand) -> Vec<(Move, Stage)> {
    Move::ALL.iter().filter_map(|m| check(state, stand, *m).ok().map(|rule| (*m, rule.to))).collect()
}

/// The stages in which somebody who stands so has work to do: what a worklist shows.
pub fn work_of(by: By) -> Vec<Stage> {
    let side = [Move::Withdraw, Move::Reopen, Move::Report];
    Stage::ALL
        .iter()
        .copied()
        .filter(|s| {
            TABLE.iter().any(|r| r.from == Some(*s) && r.who.contains(&by) && !side.contains(&r.make))
        })
        .collect()
}
