//! Random histories: the table has no dead ends, nobody judges their own work, every state replays.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use flow::{By, Guard, Move, Stage, Stand, State, Step, TABLE, check, open_moves, work_of};
use kernel::{AccountId, ItemCode, Moment, Role, UnitId, Uuid};
use proptest::prelude::*;
use std::collections::HashSet;

const REOPENING: i64 = 15 * Moment::DAY;

fn account(n: u128) -> AccountId {
    AccountId(Uuid::from_u128(n))
}

/// Thirteen people of every kind, one of them (9) both dispatcher and officer of the unit.
fn stand(who: u128, state: &State, now: Moment) -> Stand {
    let mut by = match who {
        0 => vec![By::Place(Role::IntakeOperator)],
        1 => vec![By::Place(Role::Dispatcher)],
        2 => vec![By::Place(Role::Supervisor)],
        3 => vec![By::Place(Role::GridWorker)],
        4 | 5 => vec![By::Unit(Role::UnitOfficer)],
        6 | 7 => vec![By::Unit(Role::Handler)],
        8 => vec![By::Reporter],
        9 => vec![By::Place(Role::Dispatcher), By::Unit(Role::UnitOfficer)],
        10 => vec![By::Place(Role::Analyst)],
        _ => vec![],
    };
    if state.handler == Some(account(who)) {
        by.push(By::Handler);
    }
    let of_unit = state.unit.is_some() && by.iter().any(|b| matches!(b, By::Unit(_)));
    Stand { by, account: Some(account(who)), of_unit, now, reopening: REOPENING }
}

fn step(make: Move, to: Stage, at: Moment, by: u128) -> Step {
    Step {
        make,
        to,
        at,
        by: Some(account(by)),
        item: (make == Move::File).then(|| ItemCode::new(9_901_010_101).unwrap()),
        limit_hours: (make == Move::File).then_some(48),
        urgent: false,
        unit: (make == Move::Dispatch).then_some(UnitId(Uuid::from_u128(77))),
        handler: (make == Move::Hand).then_some(account(6)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn walks_keep_the_rules(choices in proptest::collection::vec((0u128..12, any::<u8>(), 0i64..40), 1..40)) {
        let mut steps = vec![step(Move::Report, Stage::Reported, Moment(0), 8)];
        let mut state = State::replay(&steps).unwrap();
        let mut now = Moment(0);
        for (who, pick, hours) in choices {
            now = now.plus(hours * Moment::HOUR);
            let s = stand(who, &state, now);
            let open = open_moves(&state, &s);
            // What is offered is what is accepted, and nothing else is.
            for m in Move::ALL {
                let accepted = check(&state, &s, *m).is_ok();
                prop_assert_eq!(open.iter().any(|(o, _)| o == m), accepted);
            }
            if open.is_empty() { continue }
            let (make, to) = open[pick as usize % open.len()];
            if matches!(make, Move::Verify | Move::Rework | Move::Close) {
                prop_assert!(state.handler != Some(account(who)) && state.handled_by != Some(account(who)));
                prop_assert!(!s.of_unit, "the unit judged its own work");
            }
            if make == Move::Close { prop_assert!(state.verified) }
            let taken = step(make, to, now, who);
            let next = state.after(&taken);
            steps.push(taken);
            prop_assert_eq!(State::replay(&steps).unwrap(), next.clone());
            prop_assert_eq!(next.version, state.version + 1);
            // The resident's clock is never moved within a round.
            if next.round == state.round && state.case_due.is_some() {
                prop_assert_eq!(next.case_due, state.case_due);
            }
            prop_assert_eq!(next.closed_at.is_some(), !next.stage.open());
            // An event's data survives its way through the log.
            let json = serde_json::to_string(steps.last().unwrap()).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Step>(&json).unwrap(), steps.last().unwrap());
            state = next;
        }
    }
}

/// Every open stage has somebody with work to do, and a way to the end.
#[test]
fn there_are_no_dead_ends() {
    for stage in Stage::ALL.iter().filter(|s| s.open()) {
        assert!(
            TABLE.iter().any(|r| r.from == Some(*stage) && r.make != Move::Withdraw && !r.who.is_empty()),
            "{stage:?}"
        );
        let mut reached: HashSet<Stage> = HashSet::from([*stage]);
        while let Some(next) = TABLE
            .iter()
            .find(|r| r.from.is_some_and(|f| reached.contains(&f)) && !reached.contains(&r.to))
            .map(|r| r.to)
        {
            reached.insert(next);
        }
        assert!(reached.contains(&Stage::Closed), "{stage:?} never closes");
    }
}

#[test]
fn worklists_follow_from_the_table() {
    use Stage::*;
    assert_eq!(work_of(By::Place(Role::IntakeOperator)), [Reported]);
    assert_eq!(work_of(By::Place(Role::Dispatcher)), [Filed, Verifying]);
    assert_eq!(work_of(By::Unit(Role::UnitOfficer)), [Dispatched, Handling]);
    assert_eq!(work_of(By::Handler), [Handling]);
    assert_eq!(work_of(By::Reporter), []);
    assert_eq!(work_of(By::Place(Role::Analyst)), []);
}

/// Closed cases may be reopened until the last millisecond of the time for it, and not after.
#[test]
fn reopening_ends_in_time() {
    let mut s = State::first(&step(Move::Report, Stage::Reported, Moment(0), 8));
    for (m, to) in [
        (Move::File, Stage::Filed),
        (Move::Dispatch, Stage::Dispatched),
        (Move::Accept, Stage::Handling),
        (Move::Submit, Stage::Verifying),
        (Move::Verify, Stage::Verifying),
        (Move::Close, Stage::Closed),
    ] {
        s = s.after(&step(m, to, Moment(1000), 1));
    }
    let at = |ms| stand(8, &s, Moment(ms));
    assert!(check(&s, &at(1000 + REOPENING), Move::Reopen).is_ok());
    assert_eq!(check(&s, &at(1001 + REOPENING), Move::Reopen), Err(flow::Why::TooLate));
    assert!(TABLE.iter().any(|r| r.guards.contains(&Guard::InReopeningTime)));
}
