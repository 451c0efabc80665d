use crate::{Effect, Move, Rule, Rules, Stage, State, Step, state::Request};
use calendar::{Calendar, Left, Limit, LimitUnit, Run};
use kernel::{Moment, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The clocks of a case.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Clocks {
    /// The resident's: from filing, by the condition's limit; neither restarted nor paused by send-backs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<Run>,
    /// The unit's: runs while the unit has the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Run>,
    /// The desk's, while a desk has to act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desk: Option<Run>,
    /// Stopped clocks of units that had the case in this round.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<(UnitId, Run)>,
    /// When the system next has something to do by the clock: remind, escalate, resume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Moment>,
    /// An assisting unit's, on its way into the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub party: Option<Run>,
}

/// What clocks run by.
pub struct Setting<'a> {
    /// The rules that the case keeps.
    pub rules: &'a Rules,
    /// The calendar of a unit, or of the region.
    pub calendar: &'a (dyn Fn(Option<UnitId>) -> &'a Calendar + 'a),
}

/// A desk's limit; for urgent items the same amount round the clock.
fn desk(limit: Limit, urgent: bool) -> Limit {
    let unit = match limit.unit() {
        LimitUnit::WorkMinute => LimitUnit::Minute,
        LimitUnit::WorkHour => LimitUnit::UrgentHour,
        LimitUnit::WorkDay | LimitUnit::Day => LimitUnit::UrgentDay,
        unit => unit,
    };
    if urgent { Limit::of(limit.n(), unit) } else { limit }
}

/// Winds the clocks: writes into the step what its rule does to them. The step holds everything else
/// already. Pure: the same state, step, rules and calendar give the same clocks.
pub fn wind(state: Option<&State>, rule: &Rule, step: &mut Step, setting: &Setting<'_>) {
    let at = step.at;
    if let Some(s) = state.filter(|s| s.refuses(step)) {
        // The second refusal (or as the region's rules have it) goes to arbitration.
        step.drawn = s.side.refusals + 1 >= setting.rules.refusals;
    }
    let (before, urgent) = match state {
        Some(s) => (s.clocks.clone(), if step.make == Move::File { step.urgent } else { s.urgent }),
        None => (Clocks::default(), false),
    };
    let limit = if step.make == Move::File { step.limit } else { state.and_then(|s| s.limit) };
    let region = (setting.calendar)(None);
    let limits = &setting.rules.desk;
    let mut c = Clocks { party: None, ..before.clone() };
    let timed = |limit: Limit| Some(Run::start(region, at, desk(limit, urgent)));
    // The desk's part ends with any move that changes the stage; a row that goes on says so.
    if state.is_none_or(|s| s.stage != step.to) {
        c.desk = None;
    }
    for effect in rule.clocks {
        match effect {
            Effect::CaseStarts if c.case.is_none() => {
                c.case = limit.map(|l| Run::start(region, at, l));
            }
            Effect::CaseStarts => {}
            // The community is asked first; its clock starts when it has consented.
            Effect::UnitStarts if step.drawn => c.desk = timed(limits.consent),
            Effect::UnitStarts => {
                c.desk = None;
                let unit = step.unit.or_else(|| state.and_then(|s| s.unit));
                let calendar = (setting.calendar)(unit);
                let kept = c.kept.iter().position(|(u, _)| Some(*u) == unit).map(|i| c.kept.remove(i).1);
                c.unit = match kept {
                    Some(run) => Some(run.resume(calendar, at)),
                    None => limit.map(|l| Run::start(calendar, at, l)),
                };
            }
            Effect::UnitLeaves => {
                if let (Some(unit), Some(run)) = (state.and_then(|s| s.unit), c.unit.take()) {
                    c.kept.retain(|(u, _)| *u != unit);
                    c.kept.push((unit, run.pause((setting.calendar)(Some(unit)), at)));
                }
            }
            Effect::UnitAgain => {
                let (unit, submitted) = state.map_or((None, None), |s| (s.unit, s.submitted_at));
                if let (Some(run), Some(submitted)) = (c.unit.take(), submitted) {
                    let calendar = (setting.calendar)(unit);
                    c.unit = Some(run.pause(calendar, submitted).resume(calendar, at));
                }
            }
            Effect::DeskFile => c.desk = timed(limits.file),
            Effect::DeskCheck => c.desk = timed(limits.check),
            Effect::DeskDispatch => c.desk = timed(limits.dispatch),
            Effect::DeskVerify => c.desk = timed(limits.verify),
            Effect::DeskRefused if step.drawn => c.desk = timed(limits.arbitrate),
            Effect::DeskRefused => c.desk = timed(limits.dispatch),
            Effect::DeskDrawn if step.drawn => c.desk = timed(limits.call_back),
            Effect::DeskDrawn => {}
            Effect::DeskStops => c.desk = None,
            Effect::Granted => {
                let unit = (setting.calendar)(state.and_then(|s| s.unit));
                match state.and_then(|s| s.side.request) {
                    Some(Request::Extension(by)) => {
                        c.case = c.case.map(|r| r.extend(region, by));
                        c.unit = c.unit.map(|r| r.extend(unit, by));
                    }
                    Some(Request::Suspension(until)) => {
                        c.case = c.case.map(|r| r.suspend(region, at, until));
                        c.unit = c.unit.map(|r| r.suspend(unit, at, until));
                    }
                    None => {}
                }
            }
            Effect::Resumes => {
                let unit = (setting.calendar)(state.and_then(|s| s.unit));
                c.case = c.case.map(|r| r.resume(region, at));
                c.unit = c.unit.map(|r| r.resume(unit, at));
            }
            Effect::NewRound => c = Clocks::default(),
            Effect::AssistanceStarts => {
                c.party = step.limit.map(|l| Run::start((setting.calendar)(step.party), at, l));
            }
            Effect::Again => {
                let unit = (setting.calendar)(state.and_then(|s| s.unit));
                c.case = c.case.map(|r| r.again(region));
                c.unit = c.unit.map(|r| r.again(unit));
                c.desk = c.desk.map(|r| r.again(region));
            }
        }
    }
    // The alarm follows from the state that this step leads to.
    step.clocks = Some(c);
    let after = match state {
        Some(s) => s.after(step),
        None => State::first(step),
    };
    let alarm = alarm(state, &after, step, setting);
    let same = state.is_some_and(|s| {
        s.clocks.alarm == alarm
            && step.clocks.as_ref().is_some_and(|c| {
                c.party.is_none()
                    && Clocks { alarm: None, ..c.clone() } == Clocks { alarm: None, ..before.clone() }
            })
    });
    if same && !first_version(step) {
        // What moved no clock says nothing about them.
        step.clocks = None;
    } else if let Some(c) = &mut step.clocks {
        c.alarm = alarm;
    }
}

/// Moves whose event, without clocks, is read as one of the first version.
fn first_version(step: &Step) -> bool {
    matches!(step.make, Move::File | Move::Dispatch | Move::SendBack | Move::Reopen)
}

/// When the system next has something to do by the clock.
fn alarm(before: Option<&State>, s: &State, step: &Step, setting: &Setting<'_>) -> Option<Moment> {
    if !s.stage.open() {
        return None;
    }
    if let Some(until) = s.side.suspended_until {
        return Some(until);
    }
    let run = s.clock()?;
    let due = run.due?;
    let late = due.plus(1);
    let at = step.at;
    if step.make == Move::Remind {
        return Some(late);
    }
    if step.make == Move::Escalate {
        let climb = usize::try_from(s.side.level - 1).ok().and_then(|i| setting.rules.climb.get(i));
        return climb.map(|l| Run::start((setting.calendar)(None), at, *l)).and_then(|r| r.due);
    }
    // Nothing moved the deadline: the alarm that was set stays.
    if let Some(b) =
        before.filter(|b| b.due() == Some(due) && b.stage == s.stage && b.side.suspended_until.is_none())
    {
        return b.clocks.alarm;
    }
    if at >= due {
        return Some(late.max(at));
    }
    let unit = matches!(s.stage, Stage::Dispatched | Stage::Handling) && s.clocks.desk.is_none();
    if !unit {
        return Some(late);
    }
    // A reminder some hours ahead, or half of a shorter time.
    let left = due.since(at);
    let lead = (setting.rules.remind_hours * Moment::HOUR).min(left / 2);
    Some(due.plus(-lead).max(at.plus(1)))
}

/// A clock of plain hours that ends then.
fn plain(limit: Limit, due: Moment) -> Run {
    let ms = limit.n().saturating_mul(Moment::HOUR);
    Run {
        left: vec![Left::Elapsed(ms)],
        since: Some(due.plus(-ms)),
        due: Some(due),
        provisional: false,
        shifted: false,
    }
}

impl Clocks {
    /// The clocks of a row of the first version: plain hours, known by their ends.
    pub fn of_hours(limit: Option<Limit>, case_due: Option<Moment>, unit_due: Option<Moment>) -> Clocks {
        let run = |due: Option<Moment>| Some(plain(limit?, due?));
        Clocks { case: run(case_due), unit: run(unit_due), ..Clocks::default() }
    }

    /// The clocks as events of the first version tell them: plain hours from filing and from dispatch.
    pub(crate) fn of_the_first_version(&self, before: &State, step: &Step) -> Clocks {
        let limit = step.limit_hours.map(|h| Limit::of(h, LimitUnit::Hour)).or(before.limit);
        let run = || limit.map(|l| plain(l, step.at.plus(l.n().saturating_mul(Moment::HOUR))));
        let mut c = self.clone();
        match step.make {
            Move::File => c.case = c.case.or_else(run),
            Move::Dispatch => c.unit = run(),
            Move::SendBack if step.to == Stage::Filed => c.unit = None,
            Move::Reopen => c = Clocks { case: run(), ..Clocks::default() },
            _ => {}
        }
        c
    }
}
