//! The histories of cases: a weighted walk over the moves, and the moments at which they are made.

use crate::rng::Rng;
use serde::Serialize;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Asia/Shanghai has kept UTC+8 without summer time since 1991.
const ZONE: i64 = 8 * HOUR;

/// One move of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// "file", "decline", "withdraw", "dispatch", "accept", "send_back", "hand", "submit", "rework", "verify",
    /// "close" or "reopen".
    pub move_code: &'static str,
    /// When, in milliseconds UTC.
    pub at_ms: i64,
}

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Stage {
    /// Reported, not yet looked at.
    Reported,
    /// Found to be a matter of ours.
    Filed,
    /// Given to a unit.
    Dispatched,
    /// Accepted by the unit, no handler yet.
    Accepted,
    /// In a handler's hands.
    Handling,
    /// The result waits to be checked.
    Verifying,
    /// Checked and found good.
    Verified,
    /// Closed; can be reopened.
    Closed,
    /// Not a matter of ours; final.
    Declined,
    /// Taken back by the reporter; final.
    Withdrawn,
}

/// The stage after a move, or none when the move is not allowed there.
pub fn after(stage: Stage, move_code: &str) -> Option<Stage> {
    use Stage::*;
    Some(match (stage, move_code) {
        (Reported, "file") => Filed,
        (Reported, "decline") => Declined,
        (Reported | Filed, "withdraw") => Withdrawn,
        (Filed, "dispatch") => Dispatched,
        (Dispatched, "accept") => Accepted,
        (Dispatched | Accepted, "send_back") => Filed,
        (Accepted, "hand") => Handling,
        (Handling, "submit") => Verifying,
        (Verifying, "rework") => Handling,
        (Verifying, "verify") => Verified,
        (Verified, "close") => Closed,
        (Closed, "reopen") => Filed,
        _ => return None,
    })
}

/// The walk of one round from filed to closed, with each step's share of the round's time.
fn round(rng: &mut Rng, detours: bool) -> Vec<(&'static str, f64)> {
    let mut stage = Stage::Filed;
    let mut walk = Vec::new();
    let (mut refused, mut redone) = (0, 0);
    while stage != Stage::Closed {
        let refuse = detours && refused < 1 && rng.chance(0.06);
        let (next, share) = match stage {
            Stage::Filed => ("dispatch", 0.03),
            Stage::Dispatched if refuse => ("send_back", 0.12),
            Stage::Dispatched => ("accept", 0.08),
            Stage::Accepted if refuse => ("send_back", 0.15),
            Stage::Accepted => ("hand", 0.08),
            Stage::Handling => ("submit", if redone > 0 { 0.3 } else { 1.0 }),
            Stage::Verifying if detours && redone < 2 && rng.chance(0.07) => ("rework", 0.06),
            Stage::Verifying => ("verify", 0.07),
            _ => ("close", 0.03),
        };
        refused += i32::from(next == "send_back");
        redone += i32::from(next == "rework");
        walk.push((next, share * (0.3 + rng.unit() + rng.unit())));
        let Some(reached) = after(stage, next) else { break };
        stage = reached;
    }
    walk
}

/// How long a round takes, as a share of the limit: about 12 % take longer than the limit, most of those not
/// by much.
fn pace(rng: &mut Rng) -> f64 {
    if rng.chance(0.12) {
        let u = rng.unit();
        1.04 + 1.6 * u * u
    } else {
        0.10 + 0.82 * (rng.unit() * 0.65 + rng.unit() * 0.35)
    }
}

/// See [`crate::County::history`].
pub(crate) fn history(rng: &mut Rng, reported_at_ms: i64, now_ms: i64, limit_hours: i64) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let limit = limit_hours.max(1) * HOUR;
    let mut at = reported_at_ms
        + rng.range(MINUTE, 25 * MINUTE)
        + if rng.chance(0.1) { rng.range(0, 8 * HOUR) } else { 0 };
    let end = rng.unit();
    if end < 0.05 {
        let (move_code, wait) =
            if end < 0.035 { ("decline", 0) } else { ("withdraw", rng.range(0, 3 * HOUR)) };
        return until(now_ms, vec![Step { move_code, at_ms: at + wait }]);
    }
    steps.push(Step { move_code: "file", at_ms: at });
    if rng.chance(0.012) {
        steps.push(Step { move_code: "withdraw", at_ms: at + rng.range(10 * MINUTE, 20 * HOUR) });
        return until(now_ms, steps);
    }
    let mut rounds = 1 + usize::from(rng.chance(0.045));
    // A few cases lie somewhere and nobody moves them: the reason why there is supervision.
    let stalled = if rng.chance(0.025) { Some(rng.below(7)) } else { None };
    while rounds > 0 {
        let (mut walk, time) = (round(rng, true), pace(rng) * limit as f64);
        let whole: f64 = walk.iter().map(|w| w.1).sum();
        if let Some(left) = stalled {
            walk.truncate(left);
            rounds = 1;
        }
        for (move_code, share) in walk {
            let due = at + (share / whole * time) as i64;
            let last = steps.last().map_or(reported_at_ms, |s| s.at_ms);
            steps.push(Step {
                move_code,
                at_ms: if limit >= DAY { by_day(rng, due, last) } else { due.max(last) },
            });
            at = due;
        }
        rounds -= 1;
        if rounds > 0 {
            at = at.max(steps.last().map_or(at, |s| s.at_ms)) + rng.range(6 * HOUR, 9 * DAY);
            steps.push(Step { move_code: "reopen", at_ms: at });
        }
    }
    until(now_ms, steps)
}

/// People work by day: what would fall between 20:00 and 07:30 is done in the afternoon before, but not
/// before the step that precedes it. Moving back keeps a case that was in time in time.
fn by_day(rng: &mut Rng, due: i64, last: i64) -> i64 {
    let of_day = (due + ZONE).rem_euclid(DAY);
    let night = !(7 * HOUR + 30 * MINUTE..20 * HOUR).contains(&of_day);
    if !night {
        return due.max(last);
    }
    let midnight = due - of_day - if of_day < 12 * HOUR { DAY } else { 0 };
    let afternoon = midnight + 14 * HOUR + rng.range(0, 5 * HOUR);
    // When even that lies before the step before, both are done within the hour, or as late as planned.
    afternoon.max(last + rng.range(2 * MINUTE, 40 * MINUTE).min((due - last).max(0)))
}

fn until(now_ms: i64, mut steps: Vec<Step>) -> Vec<Step> {
    let done = steps.iter().take_while(|s| s.at_ms <= now_ms).count();
    steps.truncate(done);
    steps
}

/// See [`crate::County::moments`].
pub(crate) fn moments(rng: &mut Rng, n: usize, now_ms: i64, days: u32) -> Vec<i64> {
    /// Share of reports by hour of the day, midnight first.
    const HOURS: [f64; 24] = [
        0.06, 0.04, 0.03, 0.02, 0.03, 0.08, 0.25, 0.55, 0.90, 1.00, 0.95, 0.75, 0.50, 0.60, 0.85, 0.90, 0.88,
        0.75, 0.62, 0.60, 0.52, 0.38, 0.22, 0.11,
    ];
    let span = i64::from(days.max(1)) * DAY;
    // Each day of the window gets a mood of its own: rain, holidays, a storm now and then.
    let moods: Vec<f64> =
        (0..=days).map(|_| if rng.chance(0.04) { 1.0 } else { 0.55 + 0.2 * rng.unit() }).collect();
    let mut moments = Vec::with_capacity(n);
    while moments.len() < n {
        let at = now_ms - rng.range(0, span);
        let local = at + ZONE;
        let weekday = (local.div_euclid(DAY) + 4).rem_euclid(7);
        let week = if weekday == 0 || weekday == 6 { 0.7 } else { 1.0 };
        let mood = moods[((now_ms - at) / DAY) as usize];
        let hour = local.rem_euclid(DAY) as f64 / HOUR as f64;
        let (h, part) = (hour as usize, hour - hour.floor());
        let rhythm = HOURS[h] * (1.0 - part) + HOURS[(h + 1) % 24] * part;
        if rng.chance(rhythm * week * mood) {
            moments.push(at);
        }
    }
    moments.sort_unstable();
    moments
}
