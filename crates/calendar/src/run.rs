//! Clocks: a limit that runs, stops, runs on, is extended or suspended.

use crate::{
    explain::{Explanation, Teller},
    limit::{Limit, LimitUnit},
    table::Calendar,
};
use kernel::Moment;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// One leg of what is left of a clock; several are used up in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Left {
    /// So many ms, round the clock.
    #[serde(rename = "e")]
    Elapsed(i64),
    /// So many calendar days: the same local time as many days later.
    #[serde(rename = "d")]
    Days(i64),
    /// So many ms of working time.
    #[serde(rename = "w")]
    Working(i64),
}

impl Left {
    pub(crate) fn of(cal: &Calendar, limit: Limit) -> Left {
        let n = limit.n();
        match limit.unit() {
            LimitUnit::Minute => Left::Elapsed(n * 60_000),
            LimitUnit::Hour | LimitUnit::UrgentHour => Left::Elapsed(n * Moment::HOUR),
            LimitUnit::UrgentDay => Left::Elapsed(n * Moment::DAY),
            LimitUnit::Day => Left::Days(n),
            LimitUnit::WorkMinute => Left::Working(n * 60_000),
            LimitUnit::WorkHour => Left::Working(n * Moment::HOUR),
            LimitUnit::WorkDay => Left::Working(n * i64::from(cal.hours().day_minutes) * 60_000),
        }
    }
}

/// A clock, running or stopped.
///
/// While it runs, `due` is when everything left is used up, counted from `since`. A stopped clock
/// has no `due`, unless it was stopped after it: then it keeps that due for good, has nothing left,
/// and running on changes nothing. An extension granted to such a clock is counted from where it
/// runs on (if it has, from then).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Run {
    /// What is left at `since` (or, stopped, altogether), in the order in which it is used up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Left>,
    /// Since when it runs; absent while it is stopped; in the future while it is suspended until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Moment>,
    /// When it is used up. Late is strictly after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Moment>,
    /// Whether working time past the calendar's end was counted: [`Run::again`] once more is known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// Whether the due local time does not exist (a clock change) and was shifted forward.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shifted: bool,
}

/// How one leg is used up.
pub(crate) struct Leg {
    pub left: Left,
    pub from: i64,
    pub to: i64,
    pub shifted: bool,
}

impl Leg {
    pub fn new(cal: &Calendar, left: Left, from: i64) -> Leg {
        let (to, shifted) = match left {
            Left::Elapsed(ms) => (from.saturating_add(ms), false),
            Left::Days(n) => cal.days_later(from, n),
            Left::Working(ms) => (cal.advance(from, ms), false),
        };
        Leg { left, from, to: to.max(from), shifted }
    }

    pub fn provisional(&self, cal: &Calendar) -> bool {
        matches!(self.left, Left::Working(ms) if ms > 0) && cal.past_end(self.to)
    }
}

impl Run {
    /// A limit that begins to run at `at`.
    pub fn start(cal: &Calendar, at: Moment, limit: Limit) -> Run {
        Run::from(cal, vec![Left::of(cal, limit)], at)
    }

    fn from(cal: &Calendar, left: Vec<Left>, since: Moment) -> Run {
        let (mut at, mut provisional, mut shifted) = (since.0, false, false);
        for l in &left {
            let leg = Leg::new(cal, *l, at);
            provisional |= leg.provisional(cal);
            shifted = leg.shifted;
            at = leg.to;
        }
        Run { left, since: Some(since), due: Some(Moment(at)), provisional, shifted }
    }

    // Stopped (or resumed) after its due.
    fn spent(&self) -> bool {
        self.left.is_empty() && self.due.is_some()
    }

    /// Stopped at `at`; what was used up until then is gone. A stopped clock stays as it is; one
    /// suspended until later has used up nothing.
    pub fn pause(&self, cal: &Calendar, at: Moment) -> Run {
        let Some(since) = self.since else { return self.clone() };
        if self.spent() || self.due.is_some_and(|due| at > due) {
            return Run { left: Vec::new(), since: None, ..self.clone() };
        }
        let (mut left, mut t) = (Vec::new(), since.0);
        for l in &self.left {
            if t >= at.0 {
                left.push(*l);
                continue;
            }
            let leg = Leg::new(cal, *l, t);
            t = leg.to;
            if at.0 < leg.to {
                left.push(match *l {
                    Left::Working(ms) => Left::Working(ms - cal.worked(leg.from, at.0)),
                    Left::Elapsed(_) | Left::Days(_) => Left::Elapsed(leg.to - at.0),
                });
            }
        }
        Run { left, since: None, due: None, provisional: false, shifted: false }
    }

    /// Runs on from `at`. A running clock stays as it is; a suspended one runs on early.
    pub fn resume(&self, cal: &Calendar, at: Moment) -> Run {
        if self.since.is_some_and(|s| s <= at) {
            return self.clone();
        }
        if self.spent() {
            return Run { since: Some(at), ..self.clone() };
        }
        Run::from(cal, self.left.clone(), at)
    }

    /// Has this much more, used up after what is left.
    pub fn extend(&self, cal: &Calendar, limit: Limit) -> Run {
        let mut left = self.left.clone();
        left.push(Left::of(cal, limit));
        match self.since {
            Some(since) => Run::from(cal, left, since),
            None => Run { left, since: None, due: None, provisional: false, shifted: false },
        }
    }

    /// Stopped at `at`, and runs on by itself from `until`.
    pub fn suspend(&self, cal: &Calendar, at: Moment, until: Moment) -> Run {
        let stopped = self.pause(cal, at);
        if stopped.spent() {
            return Run { since: Some(until), ..stopped };
        }
        Run::from(cal, stopped.left, until)
    }

    /// Computed again under a calendar that has changed. What was used up before `since` stays so.
    pub fn again(&self, cal: &Calendar) -> Run {
        match self.since {
            Some(since) if !self.spent() => Run::from(cal, self.left.clone(), since),
            _ => self.clone(),
        }
    }

    /// Whether it is late at `now`: strictly after its due.
    pub fn late(&self, now: Moment) -> bool {
        self.due.is_some_and(|due| now > due)
    }

    /// How its due comes about.
    pub fn explain(&self, cal: &Calendar) -> Explanation {
        let mut t = Teller::new(cal);
        match self.since {
            Some(since) if !self.spent() => {
                t.left(since, &self.left);
                t.legs(&self.left, since.0, None);
            }
            _ => t.stopped(&self.left),
        }
        t.end(self)
    }
}

/// One turn in the history of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "turn", rename_all = "snake_case")]
pub enum Turn {
    /// Stopped.
    Pause {
        /// When.
        at: Moment,
    },
    /// Runs on.
    Resume {
        /// When.
        at: Moment,
    },
    /// Begins anew: given to another unit, or a new round.
    Restart {
        /// When.
        at: Moment,
        /// With which limit.
        limit: Limit,
    },
    /// Given more time.
    Extend {
        /// When.
        at: Moment,
        /// How much more.
        limit: Limit,
    },
    /// Stopped until a moment, from which it runs on by itself.
    Suspend {
        /// When.
        at: Moment,
        /// Until when, at most 366 days later.
        until: Moment,
    },
}

impl Turn {
    /// When it happened.
    pub fn at(&self) -> Moment {
        match *self {
            Turn::Pause { at }
            | Turn::Resume { at }
            | Turn::Restart { at, .. }
            | Turn::Extend { at, .. }
            | Turn::Suspend { at, .. } => at,
        }
    }
}

/// The longest suspension.
const SUSPENSION: i64 = 366 * Moment::DAY;

/// Why a history cannot have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadHistory {
    /// Which entry, from 0.
    pub entry: usize,
    /// Stable code.
    pub code: &'static str,
    /// Chinese text.
    pub zh: String,
    /// English text.
    pub en: String,
}

impl fmt::Display for BadHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

impl std::error::Error for BadHistory {}

/// The clock after a whole history, and how its due comes about. Refuses entries out of order,
/// stopping a clock that is stopped or suspended, resuming one that runs, and a suspension into
/// the past or of more than 366 days.
pub fn deadline(
    cal: &Calendar,
    start: Moment,
    limit: Limit,
    history: &[Turn],
) -> Result<(Run, Explanation), BadHistory> {
    let mut told = Teller::new(cal);
    told.start(start, limit);
    let mut run = Run::start(cal, start, limit);
    let mut before = start;
    for (entry, turn) in history.iter().enumerate() {
        let at = turn.at();
        let bad = |code, zh: &str, en: &str| BadHistory {
            entry,
            code,
            zh: format!("第{}项：{zh}", entry + 1),
            en: format!("Entry {}: {en}", entry + 1),
        };
        if at < before {
            return Err(bad("history.order", "时间早于前一项。", "it lies before the one ahead of it."));
        }
        before = at;
        let runs = run.since.is_some_and(|s| s <= at);
        if matches!(turn, Turn::Pause { .. } | Turn::Suspend { .. }) && !runs {
            return Err(bad("history.stopped", "时钟已经停止。", "the clock is stopped already."));
        }
        if matches!(turn, Turn::Resume { .. }) && runs {
            return Err(bad("history.running", "时钟已经在走。", "the clock runs already."));
        }
        if let Turn::Suspend { at, until } = turn {
            if until <= at {
                return Err(bad(
                    "history.past",
                    "挂账期限不晚于挂账时间。",
                    "it is suspended until before it is.",
                ));
            }
            if until.since(*at) > SUSPENSION {
                return Err(bad(
                    "history.long",
                    "挂账超过366天。",
                    "it is suspended for more than 366 days.",
                ));
            }
        }
        if matches!(turn, Turn::Pause { .. } | Turn::Suspend { .. })
            && let Some(since) = run.since
        {
            told.legs(&run.left, since.0, Some(at.0));
        }
        told.turn(turn);
        run = match *turn {
            Turn::Pause { at } => run.pause(cal, at),
            Turn::Resume { at } => run.resume(cal, at),
            Turn::Restart { at, limit } => Run::start(cal, at, limit),
            Turn::Extend { limit, .. } => run.extend(cal, limit),
            Turn::Suspend { at, until } => run.suspend(cal, at, until),
        };
    }
    match run.since {
        Some(since) if !run.spent() => told.legs(&run.left, since.0, None),
        _ => told.stopped(&run.left),
    }
    let explanation = told.end(&run);
    Ok((run, explanation))
}
