use crate::{Move, Stage};
use kernel::{AccountId, ItemCode, Moment, UnitId};
use serde::{Deserialize, Serialize};

/// What one move put down: the data of its event. The state is computed from these alone (Rule 3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The move.
    #[serde(rename = "move")]
    pub make: Move,
    /// The stage it led to.
    pub to: Stage,
    /// When.
    pub at: Moment,
    /// By which account, if a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AccountId>,
    /// The item it was reported or filed under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    /// The item's limit in hours, when filed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_hours: Option<i64>,
    /// Whether the item is urgent, when filed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub urgent: bool,
    /// The unit it was dispatched to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// The handler it was handed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler: Option<AccountId>,
}

/// Where a case stands. Equal to the fold of its steps, always.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Its stage.
    pub stage: Stage,
    /// Which round: 1, and one more for each reopening.
    pub round: i64,
    /// Moves made so far; names the state a screen was looking at.
    pub version: i64,
    /// The item.
    pub item: Option<ItemCode>,
    /// The item's limit, hours.
    pub limit_hours: Option<i64>,
    /// Whether it is urgent.
    pub urgent: bool,
    /// The unit that has the case: asked, and neither sent back nor gone with an earlier round.
    pub unit: Option<UnitId>,
    /// The handler it was handed to.
    pub handler: Option<AccountId>,
    /// Who submitted the result.
    pub handled_by: Option<AccountId>,
    /// Whether the result has been verified.
    pub verified: bool,
    /// When it came in.
    pub reported_at: Moment,
    /// When it was filed (in this round).
    pub filed_at: Option<Moment>,
    /// When the unit was asked.
    pub dispatched_at: Option<Moment>,
    /// When the unit accepted.
    pub accepted_at: Option<Moment>,
    /// When the result was submitted.
    pub submitted_at: Option<Moment>,
    /// When it ended: closed, declined or withdrawn.
    pub closed_at: Option<Moment>,
    /// Until when the resident may expect it done: the case clock.
    pub case_due: Option<Moment>,
    /// Until when the unit has to be done: the unit clock; none while no unit holds the case.
    pub unit_due: Option<Moment>,
}

impl State {
    /// The state after the first step.
    pub fn first(step: &Step) -> State {
        State {
            stage: step.to,
            round: 1,
            version: 1,
            item: step.item,
            limit_hours: None,
            urgent: false,
            unit: None,
            handler: None,
            handled_by: None,
            verified: false,
            reported_at: step.at,
            filed_at: None,
            dispatched_at: None,
            accepted_at: None,
            submitted_at: None,
            closed_at: None,
            case_due: None,
            unit_due: None,
        }
    }

    /// The state after one more step.
    pub fn after(&self, step: &Step) -> State {
        let mut s = State { stage: step.to, version: self.version + 1, ..self.clone() };
        let at = step.at;
        let due = |hours: Option<i64>| hours.map(|h| at.plus(h.saturating_mul(Moment::HOUR)));
        match step.make {
            Move::Report => {}
            Move::File => {
                s.item = step.item;
                s.limit_hours = step.limit_hours;
                s.urgent = step.urgent;
                s.filed_at = Some(at);
                // Sent back to intake and filed again, the resident's clock is not started anew.
                s.case_due = self.case_due.or(due(step.limit_hours));
            }
            Move::Dispatch => {
                s.unit = step.unit;
                s.dispatched_at = Some(at);
                s.unit_due = due(self.limit_hours);
                s.accepted_at = None;
                s.handler = None;
            }
            Move::Accept => s.accepted_at = Some(at),
            Move::Hand => s.handler = step.handler,
            Move::Submit => {
                s.submitted_at = Some(at);
                s.handled_by = step.by;
                s.verified = false;
            }
            Move::Verify => s.verified = true,
            Move::Rework => {
                s.verified = false;
                s.submitted_at = None;
            }
            Move::SendBack => {
                s.handler = None;
                if step.to == Stage::Filed {
                    s.unit = None;
                    s.unit_due = None;
                    s.accepted_at = None;
                }
            }
            Move::Close | Move::Decline | Move::Withdraw => s.closed_at = Some(at),
            Move::Reopen => {
                s.round += 1;
                s.filed_at = Some(at);
                s.case_due = due(self.limit_hours);
                s.unit = None;
                s.unit_due = None;
                s.dispatched_at = None;
                s.accepted_at = None;
                s.submitted_at = None;
                s.closed_at = None;
                s.verified = false;
                s.handler = None;
                s.handled_by = None;
            }
        }
        s
    }

    /// The state that a whole history leads to; `None` for an empty one.
    pub fn replay<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Option<State> {
        let mut steps = steps.into_iter();
        let first = State::first(steps.next()?);
        Some(steps.fold(first, |s, step| s.after(step)))
    }

    /// The deadline that counts now: the unit's while a unit works at it, else the resident's.
    pub fn due(&self) -> Option<Moment> {
        match self.stage {
            Stage::Dispatched | Stage::Handling => self.unit_due.or(self.case_due),
            _ => self.case_due,
        }
    }

    /// What worklists are ordered by: the deadline that counts, or when it came in.
    pub fn act_by(&self) -> Moment {
        self.due().unwrap_or(self.reported_at)
    }
}
