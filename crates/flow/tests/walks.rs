//! Random histories through the whole table: no dead ends, nobody judges their own work, clocks never run
//! backwards, what is offered is what is accepted, every state replays.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use calendar::{Calendar, Limit, LimitUnit, Run};
use flow::{
    Answers, Asks, By, Effect, Guard, Move, Request, Rules, Setting, Stage, Stand, State, Step, TABLE, Why,
    asks_of, check, open_moves, wind, work_of,
};
use kernel::{AccountId, CaseId, ItemCode, Moment, Role, UnitId, Uuid};
use std::collections::HashSet;

/// Numbers that look random and are the same each time (splitmix64).
struct Lot(u64);

impl Lot {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    fn yes(&mut self) -> bool {
        self.next() & 1 == 1
    }
}

fn account(n: usize) -> AccountId {
    AccountId(Uuid::from_u128(n as u128))
}

fn unit(n: usize) -> UnitId {
    UnitId(Uuid::from_u128(500 + n as u128))
}

/// People of every kind: 1–2 officers of unit 0, 3 of unit 1, 4 of unit 2, 13 dispatcher and officer of unit 0.
const PEOPLE: usize = 16;

fn stand(who: usize, s: &State, now: Moment) -> Stand {
    let place = |r| vec![By::Place(r)];
    let officer: Option<usize> = match who {
        1 | 2 | 13 => Some(0),
        3 => Some(1),
        4 => Some(2),
        _ => None,
    };
    let mut by = match who {
        5 => place(Role::IntakeOperator),
        6 | 7 => place(Role::Dispatcher),
        8 | 9 => place(Role::Supervisor),
        10 | 11 => place(Role::GridWorker),
        12 => vec![By::Reporter],
        13 => place(Role::Dispatcher),
        14 => place(Role::Analyst),
        _ => vec![],
    };
    let officer_of: Vec<UnitId> = officer.map(unit).into_iter().collect();
    let handler_of: Vec<UnitId> = if who == 0 { vec![unit(0), unit(1), unit(2)] } else { vec![] };
    for u in &officer_of {
        if s.unit == Some(*u) {
            by.push(By::Unit(Role::UnitOfficer));
        }
        if s.side.party(*u).is_some() || s.side.answerable == Some(*u) {
            by.push(By::Assisting(Role::UnitOfficer));
        }
    }
    if s.handler == Some(account(who)) {
        by.push(By::Handler);
    }
    if s.checker == Some(account(who)) {
        by.push(By::Checker);
    }
    // The last one is the system itself.
    if who == PEOPLE - 1 {
        let (officer_of, units) = (vec![], vec![]);
        return Stand { by: vec![By::System], account: None, officer_of, units, conflict: false, now };
    }
    let units = [officer_of.clone(), handler_of].concat();
    Stand { by, account: Some(account(who)), officer_of, units, conflict: false, now }
}

/// What the database room would put into the step.
fn shape(lot: &mut Lot, s: &State, by: &Stand, make: Move, to: Stage, now: Moment, rules: &Rules) -> Step {
    let mut step = Step::new(make, to, now, by.account);
    let limits = [
        Limit::of(2, LimitUnit::WorkDay),
        Limit::of(4, LimitUnit::WorkHour),
        Limit::of(5, LimitUnit::Day),
        Limit::of(2, LimitUnit::UrgentHour),
    ];
    match make {
        Move::File => {
            step.item = ItemCode::new(9_901_010_101);
            step.limit = Some(limits[lot.below(limits.len())]);
            step.urgent = lot.below(4) == 0;
            step.rules = Some(2);
        }
        Move::Dispatch => {
            step.unit = Some(unit(lot.below(3)));
            step.drawn = lot.below(5) == 0;
        }
        Move::Arbitrate => step.unit = Some(unit(lot.below(3))),
        Move::Hand => step.handler = Some(account(0)),
        Move::AskCheck => step.checker = Some(account(10)),
        Move::AnswerCheck | Move::ReviewAppeal | Move::DecideAppeal => step.yes = Some(lot.yes()),
        Move::Verify => step.drawn = rules.drawn(CaseId(Uuid::from_u128(lot.next() as u128)), s.round),
        Move::CallBack => {
            step.answers = Some(Answers { reached: true, resolved: Some(lot.yes()), satisfied: None })
        }
        Move::RequestExtension => step.limit = Some(limits[lot.below(3)]),
        Move::RequestSuspension => step.until = Some(now.plus((1 + lot.below(300) as i64) * Moment::DAY)),
        Move::Summon => {
            step.party = Some(unit(lot.below(3)));
            step.limit = Some(limits[0]);
            if step.party == s.unit || s.side.party(step.party.unwrap()).is_some_and(|p| p.done_at.is_none())
            {
                step.party = Some(unit(40 + lot.below(9)));
            }
        }
        Move::Respond => {
            step.party = by.party(s, |p| p.responded_at.is_none() && p.done_at.is_none()).map(|p| p.unit)
        }
        Move::Contribute => {
            step.party = by.party(s, |p| p.responded_at.is_some() && p.done_at.is_none()).map(|p| p.unit)
        }
        Move::Release => step.party = s.side.parties.iter().find(|p| p.done_at.is_none()).map(|p| p.unit),
        Move::Rate => {
            let (party, lead) = flow::rating(s, by).next().unwrap();
            step.party = Some(party);
            step.yes = Some(lead);
            step.stars = Some(1 + lot.below(5) as i64);
        }
        Move::Merge | Move::Link => step.other = Some(CaseId(Uuid::from_u128(9))),
        Move::Urge => step.until = Some(now.plus(Moment::DAY)),
        _ => {}
    }
    step
}

fn left(run: &Run) -> i64 {
    run.left
        .iter()
        .map(|l| match l {
            calendar::Left::Elapsed(ms) | calendar::Left::Working(ms) | calendar::Left::Days(ms) => *ms,
        })
        .min()
        .unwrap_or(0)
}

fn runs(s: &State) -> impl Iterator<Item = &Run> {
    let c = &s.clocks;
    [&c.case, &c.unit, &c.desk]
        .into_iter()
        .flatten()
        .chain(c.kept.iter().map(|(_, r)| r))
        .chain(s.side.parties.iter().map(|p| &p.clock))
}

fn walk(seed: u64, calendar: &Calendar, rules: &Rules, seen: &mut HashSet<(Move, Stage)>) {
    let mut lot = Lot(seed);
    let of = |_: Option<UnitId>| calendar;
    let setting = Setting { rules, calendar: &of };
    let mut now = Moment(1_767_225_600_000 + lot.below(200) as i64 * Moment::DAY / 2);
    let mut first = Step::new(Move::Report, Stage::Reported, now, Some(account(12)));
    wind(None, &TABLE[0], &mut first, &setting);
    let mut steps = vec![first];
    let mut state = State::replay(&steps).unwrap();
    for _ in 0..10 + lot.below(60) {
        // Mostly minutes and hours, now and then weeks; the machine's clock never carries a case backwards.
        now = now.plus(match lot.below(8) {
            0 => lot.below(20) as i64 * Moment::DAY,
            1 | 2 => lot.below(30) as i64 * Moment::HOUR,
            _ => lot.below(50) as i64 * 60_000,
        });
        let who = lot.below(PEOPLE);
        let by = stand(who, &state, now);
        let open = open_moves(&state, &by, rules);
        for m in Move::ALL {
            let accepted = check(&state, &by, rules, *m);
            assert_eq!(open.iter().any(|(o, _)| o == m), accepted.is_ok(), "{m:?}");
        }
        if open.is_empty() {
            continue;
        }
        // What carries the case on is tried more often than what stands beside it.
        let rare = |m: Move| {
            let joint = matches!(m, Move::Respond | Move::Contribute | Move::Rate);
            m.aside() && !joint || matches!(m, Move::Withdraw | Move::Merge | Move::Decline | Move::Reopen)
        };
        let (make, to) = open[lot.below(open.len())];
        if rare(make) && lot.below(6) > 0 {
            continue;
        }
        // The clock's own moves come when the clock says so.
        if make.by_itself() && state.clocks.alarm.is_none_or(|a| a > now) && make != Move::Recalendar {
            continue;
        }
        let rule = check(&state, &by, rules, make).unwrap();
        assert_eq!(rule.to, to);
        if matches!(
            make,
            Move::Verify
                | Move::Rework
                | Move::Close
                | Move::Grant
                | Move::Refuse
                | Move::ReviewAppeal
                | Move::DecideAppeal
        ) {
            assert!(
                state.handler != Some(account(who)) && state.handled_by != Some(account(who)),
                "own work"
            );
            assert!(!state.unit.is_some_and(|u| by.units.contains(&u)), "the unit judged its own work");
        }
        match make {
            Move::Close => assert!(state.verified && state.asks != Some(Asks::CallBack)),
            Move::Dispatch => {
                assert!(state.asks != Some(Asks::Arbitration), "a disputed case goes to arbitration")
            }
            Move::RequestExtension | Move::RequestSuspension => {
                assert!(
                    state.side.request.is_none() && !state.clocks.unit.as_ref().is_some_and(|r| r.late(now))
                );
                assert!(state.side.extensions < 2 || make == Move::RequestSuspension);
                assert!(state.side.suspensions == 0 || make == Move::RequestExtension);
            }
            Move::DecideAppeal => assert_ne!(state.side.appeal.unwrap().reviewer, by.account),
            Move::SendBack => assert!(!(state.side.ruled && to == Stage::Filed), "a ruling binds"),
            _ => {}
        }
        assert!(!state.side.recused.iter().any(|a| Some(*a) == by.account && !by.by.contains(&By::Reporter)));
        let mut step = shape(&mut lot, &state, &by, make, to, now, rules);
        wind(Some(&state), rule, &mut step, &setting);
        let next = state.after(&step);
        seen.insert((make, state.stage));
        steps.push(serde_json::from_str(&serde_json::to_string(&step).unwrap()).unwrap());
        assert_eq!(next.version, state.version + 1);
        assert_eq!(next.closed_at.is_some(), !next.stage.open(), "{make:?}");
        assert!(next.firm <= next.version && (make.aside() || next.firm == next.version));
        for run in runs(&next) {
            assert!(left(run) >= 0, "a clock below zero: {run:?}");
            if let (Some(since), Some(due)) = (run.since, run.due) {
                // Stopped late and run on, a clock keeps the due it missed; else nothing is due before it runs.
                assert!(due >= since || run.left.is_empty(), "{run:?}");
            }
        }
        // The resident's clock: never restarted, never paused by send-backs; moved by what is granted only.
        if next.round == state.round
            && state.clocks.case.is_some()
            && !matches!(make, Move::Grant | Move::Resume | Move::Recalendar)
        {
            assert_eq!(next.clocks.case, state.clocks.case, "{make:?} moved the case clock");
        }
        if matches!(state.side.request, Some(Request::Extension(_))) && make == Move::Grant {
            assert!(next.clocks.case.as_ref().unwrap().due > state.clocks.case.as_ref().unwrap().due);
            assert!(next.clocks.unit.as_ref().unwrap().due > state.clocks.unit.as_ref().unwrap().due);
        }
        // A send-back stops the unit's clock and starts the desk's; the same unit goes on, another starts anew.
        if make == Move::SendBack && to == Stage::Filed {
            assert!(next.unit.is_none() && next.clocks.unit.is_none() && next.clocks.desk.is_some());
            assert_eq!(
                next.side.answerable,
                state.side.answerable.or(state.unit),
                "first asked stays answerable"
            );
            let kept = &next.clocks.kept.iter().find(|(u, _)| Some(*u) == state.unit).unwrap().1;
            assert!(kept.since.is_none() || kept.left.is_empty());
        }
        if matches!(make, Move::Dispatch | Move::Arbitrate | Move::Consent)
            && next.asks != Some(Asks::Consent)
        {
            let had = state.clocks.kept.iter().find(|(u, _)| Some(*u) == next.unit);
            let run = next.clocks.unit.as_ref().unwrap();
            match had {
                Some((_, kept)) => assert_eq!(run.left, kept.left),
                None => assert_eq!(run, &Run::start(calendar, now, next.limit.unwrap())),
            }
        }
        // Where somebody has to act a deadline counts, and the system has it on its list unless it climbed to the top.
        if next.stage.open() {
            assert!(next.due().is_some() || next.side.suspended_until.is_some(), "{:?}", next.stage);
            assert!(next.clocks.alarm.is_some() || next.side.level == 3, "{make:?} {next:?}");
        } else {
            assert!(next.clocks.alarm.is_none());
        }
        state = next;
        assert_eq!(State::replay(&steps).unwrap(), state, "after {make:?}");
    }
    // No dead ends: from wherever it is, people can bring it to an end.
    let mut guard = 0;
    while state.stage.open() {
        guard += 1;
        assert!(guard < 40, "stuck in {:?} {:?}", state.stage, state.asks);
        now = now.plus(60_000);
        let wanted: &[Move] = match (state.stage, state.asks) {
            (Stage::Reported, _) => &[Move::File],
            (Stage::Filed, Some(Asks::Arbitration)) => &[Move::Arbitrate],
            (Stage::Filed, _) => &[Move::Dispatch],
            (Stage::Dispatched, Some(Asks::Consent)) => &[Move::Consent],
            (Stage::Dispatched, _) => &[Move::Accept],
            (Stage::Handling, _) if state.side.suspended_until.is_some() => &[Move::Resume],
            (Stage::Handling, _) => &[Move::Submit],
            (Stage::Verifying, Some(Asks::CallBack)) => &[Move::CallBack],
            (Stage::Verifying, _) if state.verified => &[Move::Close],
            (Stage::Verifying, _) => &[Move::Verify],
            other => panic!("{other:?}"),
        };
        // Somebody of the kind is always left: who stood aside has colleagues.
        let (by, make) = (0..PEOPLE)
            .map(|w| (w + 100, stand(w, &state, now)))
            .flat_map(|(w, by)| {
                wanted
                    .iter()
                    .map(move |m| (Stand { account: by.account.map(|_| account(w)), ..by.clone() }, *m))
            })
            .find(|(by, m)| check(&state, by, rules, *m).is_ok())
            .unwrap_or_else(|| panic!("nobody can {wanted:?} in {state:?}"));
        let rule = check(&state, &by, rules, make).unwrap();
        let mut step = shape(&mut lot, &state, &by, make, rule.to, now, rules);
        wind(Some(&state), rule, &mut step, &setting);
        state = state.after(&step);
    }
}

#[test]
fn a_hundred_thousand_histories_keep_the_rules() {
    let calendar = Calendar::mainland("Asia/Shanghai").unwrap();
    let rules = Rules { call_back_permille: 400, ..Rules::default() };
    let mut seen = HashSet::new();
    for seed in 0..100_000 {
        walk(seed, &calendar, &rules, &mut seen);
    }
    // Every row of the table was walked.
    for r in TABLE.iter().filter_map(|r| Some((r.make, r.from?))) {
        assert!(seen.contains(&r), "never walked: {r:?}");
    }
}

/// Every open stage has somebody with work to do, and a way to the end.
#[test]
fn there_are_no_dead_ends() {
    for stage in Stage::ALL.iter().filter(|s| s.open()) {
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
    assert_eq!(work_of(By::Place(Role::GridWorker)), [Verifying]);
    assert_eq!(work_of(By::Reporter), []);
    assert_eq!(work_of(By::Place(Role::Analyst)), []);
    assert_eq!(asks_of(By::Place(Role::Dispatcher)), [Asks::Extension, Asks::Suspension, Asks::Appeal]);
    assert_eq!(asks_of(By::Place(Role::Supervisor)), [Asks::Arbitration, Asks::Decision, Asks::CallBack]);
    assert_eq!(asks_of(By::Unit(Role::UnitOfficer)), [Asks::Consent]);
    assert_eq!(asks_of(By::Checker), [Asks::Check]);
    assert_eq!(asks_of(By::Place(Role::IntakeOperator)), [Asks::CallBack]);
}

#[test]
fn codes_are_unique_and_known() {
    let mut codes = HashSet::new();
    assert!(Move::ALL.iter().all(|m| codes.insert(m.code()) && Move::parse(m.code()) == Some(*m)));
    assert!(
        Stage::ALL
            .iter()
            .all(|s| Stage::parse(s.code()) == Some(*s) && Stage::stored(s.number()) == Some(*s))
    );
    assert!(Asks::ALL.iter().all(|s| Asks::stored(s.number()) == Some(*s)));
    // Every guard and effect is used by some row.
    for g in Guard::ALL {
        assert!(TABLE.iter().any(|r| r.guards.contains(g)), "{g:?}");
    }
    for e in Effect::ALL {
        assert!(TABLE.iter().any(|r| r.clocks.contains(e)), "{e:?}");
    }
}

/// The page in docs is the table.
#[test]
fn the_printed_table_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/flow.md");
    let printed = flow::print();
    if std::env::var_os("UPDATE_FLOW").is_some() {
        std::fs::write(path, &printed).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), printed, "renew with UPDATE_FLOW=1");
}

/// Events of the first version, which carry plain hours and no clocks, still lead to the same state.
#[test]
fn the_first_version_still_replays() {
    let at = |h: i64| Moment(h * Moment::HOUR);
    let step = |text: &str| serde_json::from_str::<Step>(text).unwrap();
    let unit = unit(1).0;
    let steps = [
        step(r#"{"move":"report","to":"reported","at":0}"#),
        step(r#"{"move":"file","to":"filed","at":3600000,"item":"9901010101","limit_hours":48}"#),
        step(&format!(r#"{{"move":"dispatch","to":"dispatched","at":7200000,"unit":"{unit}"}}"#)),
    ];
    let s = State::replay(&steps).unwrap();
    assert_eq!(s.dues(), (Some(at(49)), Some(at(50))));
    assert_eq!(s.limit, Some(Limit::of(48, LimitUnit::Hour)));
    assert_eq!(s.clocks, flow::Clocks::of_hours(s.limit, s.dues().0, s.dues().1));
}

fn filed(rules: &Rules, cal: &Calendar) -> (State, Moment) {
    let of = |_: Option<UnitId>| cal;
    let setting = Setting { rules, calendar: &of };
    // Friday 13 February 2026, 17:30 in Shanghai: the day before a make-up Saturday, then Spring Festival.
    let at = Moment(1_770_975_000_000);
    let mut first = Step::new(Move::Report, Stage::Reported, at, None);
    wind(None, &TABLE[0], &mut first, &setting);
    let mut s = State::first(&first);
    let mut step = Step::new(Move::File, Stage::Filed, at, Some(account(5)));
    step.limit = Some(Limit::of(2, LimitUnit::WorkDay));
    let rule = TABLE.iter().find(|r| r.make == Move::File).unwrap();
    wind(Some(&s), rule, &mut step, &setting);
    s = s.after(&step);
    (s, at)
}

/// Who may do what is decided with a reason that can be told.
#[test]
fn refusals_say_why() {
    let cal = Calendar::mainland("Asia/Shanghai").unwrap();
    let rules = Rules::default();
    let (s, at) = filed(&rules, &cal);
    let by = |role| Stand {
        by: vec![By::Place(role)],
        account: Some(account(6)),
        officer_of: vec![],
        units: vec![],
        conflict: false,
        now: at,
    };
    assert_eq!(check(&s, &by(Role::Supervisor), &rules, Move::Arbitrate), Err(Why::Guard(Guard::Disputed)));
    assert_eq!(check(&s, &by(Role::Analyst), &rules, Move::Dispatch), Err(Why::NotOpen));
    let mut aside = by(Role::Dispatcher);
    aside.conflict = true;
    assert_eq!(check(&s, &aside, &rules, Move::Dispatch), Err(Why::Recused));
    assert!(check(&s, &by(Role::Dispatcher), &rules, Move::Dispatch).is_ok());
}

/// The sample is the same for everybody who knows the seed, and of about the size that was settled.
#[test]
fn the_sample_can_be_drawn_again() {
    let rules = Rules::default();
    let case = |n: u128| CaseId(Uuid::from_u128(n * 0x0123_4567_89ab_cdef_0123));
    let drawn = (0..20_000).filter(|n| rules.drawn(case(*n), 1)).count();
    assert!((1_800..2_200).contains(&drawn), "{drawn} of 20,000 at a tenth");
    assert!((0..500).all(|n| rules.drawn(case(n), 1) == rules.clone().drawn(case(n), 1)));
    let other = Rules { sample_seed: 7, ..Rules::default() };
    assert!((0..500).any(|n| rules.drawn(case(n), 1) != other.drawn(case(n), 1)));
    assert!((0..500).all(|n| !Rules { call_back_permille: 0, ..Rules::default() }.drawn(case(n), 1)));
}
