use crate::{Asks, Clocks, Move, Stage};
use calendar::{Limit, LimitUnit, Run};
use kernel::{AccountId, CaseId, ItemCode, Moment, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the reporter answered when called back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Answers {
    /// Whether anybody could be reached.
    pub reached: bool,
    /// Whether the matter is resolved, if reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<bool>,
    /// Whether the reporter is satisfied, if reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satisfied: Option<bool>,
}

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
    /// The version of the catalogue it was filed by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<i64>,
    /// The condition of the item it was filed under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<i64>,
    /// The limit: of the condition when filed, of the extension asked for, of an assisting unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// The item's limit in hours, as events of the first version told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_hours: Option<i64>,
    /// Whether the item is urgent, when filed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub urgent: bool,
    /// The version of the region's rules that the case keeps, when reported or filed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<i64>,
    /// The unit it was dispatched to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// The assisting unit concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<UnitId>,
    /// The handler it was handed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler: Option<AccountId>,
    /// The grid worker asked to look on the spot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checker: Option<AccountId>,
    /// The other case: merged into, or a duplicate of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<CaseId>,
    /// Until when: a suspension, an urging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// The outcome of a check or of a review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yes: Option<bool>,
    /// What the reporter answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Answers>,
    /// A rating of a unit by a unit, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stars: Option<i64>,
    /// Verified: drawn for a call-back. Dispatched: the community is asked first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drawn: bool,
    /// The clocks after it, where it moved them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clocks: Option<Clocks>,
}

impl Step {
    /// A bare step.
    pub fn new(make: Move, to: Stage, at: Moment, by: Option<AccountId>) -> Step {
        Step {
            make,
            to,
            at,
            by,
            item: None,
            catalogue: None,
            condition: None,
            limit: None,
            limit_hours: None,
            urgent: false,
            rules: None,
            unit: None,
            party: None,
            handler: None,
            checker: None,
            other: None,
            until: None,
            yes: None,
            answers: None,
            stars: None,
            drawn: false,
            clocks: None,
        }
    }
}

/// A request that waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Longer by this much.
    #[schema(value_type = String)]
    Extension(Limit),
    /// Suspended until then.
    Suspension(Moment),
}

/// A unit that assists, and its part of the work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Party {
    /// The unit.
    pub unit: UnitId,
    /// When it was summoned.
    pub asked_at: Moment,
    /// Its own clock.
    pub clock: Run,
    /// When it responded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responded_at: Option<Moment>,
    /// When it handed in its part, or was released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Moment>,
    /// Whether it was released instead of having handed in its part.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub released: bool,
    /// How the lead unit rated it, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rated: Option<i64>,
    /// How it rated the lead unit, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates: Option<i64>,
}

/// An appeal against an overdue mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Appealed {
    /// When it was made.
    pub at: Moment,
    /// What the first review found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<bool>,
    /// Who gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<AccountId>,
    /// What the second review decided: upheld, and the mark is lifted; the fact stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upheld: Option<bool>,
}

/// What most cases have none of: kept together, out of the way of lists.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Side {
    /// The unit answerable to the resident until another accepts (首接负责), where it is not the one asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answerable: Option<UnitId>,
    /// Refusals by units in this round.
    #[serde(skip_serializing_if = "is_zero")]
    pub refusals: i64,
    /// The unit has it by a ruling.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ruled: bool,
    /// The request that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// Extensions granted in this round.
    #[serde(skip_serializing_if = "is_zero")]
    pub extensions: i64,
    /// Suspensions granted in this round.
    #[serde(skip_serializing_if = "is_zero")]
    pub suspensions: i64,
    /// Suspended until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended_until: Option<Moment>,
    /// Units that assist.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<Party>,
    /// What the check on the spot found: the matter is there, or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<bool>,
    /// What the reporter answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<Answers>,
    /// Being urged, until this date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urged_until: Option<Moment>,
    /// How far it has climbed in this round: 0 to 3.
    #[serde(skip_serializing_if = "is_zero")]
    pub level: i64,
    /// Marked as a duplicate of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<CaseId>,
    /// Merged into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<CaseId>,
    /// The stage it had when it was merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_from: Option<Stage>,
    /// The appeal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appeal: Option<Appealed>,
    /// Who has recused themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recused: Vec<AccountId>,
    /// The unit submitted after its deadline, in this round: a fact that stays.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unit_late: bool,
    /// It was closed after the resident's deadline, in this round.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub case_late: bool,
}

fn is_zero(n: &i64) -> bool {
    *n == 0
}

impl Side {
    /// The assisting unit's part.
    pub fn party(&self, unit: UnitId) -> Option<&Party> {
        self.parties.iter().find(|p| p.unit == unit)
    }

    fn party_mut(&mut self, unit: Option<UnitId>) -> Option<&mut Party> {
        self.parties.iter_mut().find(|p| Some(p.unit) == unit)
    }
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
    /// The version since which nothing happened but what leaves decisions as they are ([`Move::aside`]).
    pub firm: i64,
    /// The item.
    pub item: Option<ItemCode>,
    /// The version of the catalogue it was filed by, and keeps.
    pub catalogue: Option<i64>,
    /// The condition of the item it was filed under.
    pub condition: Option<i64>,
    /// The condition's limit, as it was when filed.
    pub limit: Option<Limit>,
    /// Whether it is urgent.
    pub urgent: bool,
    /// The version of the region's rules it keeps.
    pub rules: i64,
    /// The unit that has the case: asked, and neither sent back nor gone with an earlier round.
    pub unit: Option<UnitId>,
    /// The handler it was handed to.
    pub handler: Option<AccountId>,
    /// The grid worker who looks on the spot.
    pub checker: Option<AccountId>,
    /// Who submitted the result.
    pub handled_by: Option<AccountId>,
    /// Whether the result has been verified.
    pub verified: bool,
    /// What it waits to have decided.
    pub asks: Option<Asks>,
    /// Whether it came to where it is by being sent back.
    pub sent_back: bool,
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
    /// When it ended: closed, declined, withdrawn or merged.
    pub closed_at: Option<Moment>,
    /// The clocks.
    pub clocks: Clocks,
    /// The rest.
    pub side: Side,
}

impl State {
    /// The state after the first step.
    pub fn first(step: &Step) -> State {
        State {
            stage: step.to,
            round: 1,
            version: 1,
            firm: 1,
            item: step.item,
            catalogue: None,
            condition: None,
            limit: None,
            urgent: false,
            rules: step.rules.unwrap_or(1),
            unit: None,
            handler: None,
            checker: None,
            handled_by: None,
            verified: false,
            asks: None,
            sent_back: false,
            reported_at: step.at,
            filed_at: None,
            dispatched_at: None,
            accepted_at: None,
            submitted_at: None,
            closed_at: None,
            clocks: step.clocks.clone().unwrap_or_default(),
            side: Side::default(),
        }
    }

    /// Whether this step is a unit's refusal of the case.
    pub fn refuses(&self, step: &Step) -> bool {
        step.make == Move::SendBack
            && step.to == Stage::Filed
            && matches!(self.stage, Stage::Dispatched | Stage::Handling)
    }

    /// The state after one more step.
    pub fn after(&self, step: &Step) -> State {
        let mut s = State { stage: step.to, version: self.version + 1, ..self.clone() };
        let at = step.at;
        if !step.make.aside() {
            s.firm = s.version;
            s.sent_back = matches!(step.make, Move::SendBack | Move::Rework | Move::RefuseConsent);
        }
        let climb = |level: i64| (level + 1).min(3);
        match step.make {
            Move::Report | Move::Remind | Move::Recalendar => {}
            Move::File => {
                s.item = step.item;
                s.catalogue = step.catalogue;
                s.condition = step.condition;
                s.limit = step.limit.or(step.limit_hours.map(|h| Limit::of(h, LimitUnit::Hour)));
                s.urgent = step.urgent;
                s.rules = step.rules.unwrap_or(s.rules);
                s.filed_at = Some(at);
                s.checker = None;
                s.asks = None;
            }
            Move::AskCheck => {
                s.checker = step.checker;
                s.asks = Some(Asks::Check);
            }
            Move::AnswerCheck => {
                s.checker = None;
                s.asks = None;
                s.side.found = step.yes;
            }
            Move::Dispatch | Move::Arbitrate => {
                s.unit = step.unit;
                s.dispatched_at = Some(at);
                s.accepted_at = None;
                s.handler = None;
                s.asks = step.drawn.then_some(Asks::Consent);
                s.side.ruled = step.make == Move::Arbitrate;
                // The first asked stays answerable until another accepts; asked again, it is simply the one.
                if s.side.answerable == s.unit {
                    s.side.answerable = None;
                }
            }
            Move::Consent => s.asks = None,
            Move::Accept => {
                s.accepted_at = Some(at);
                s.side.answerable = None;
            }
            Move::Hand => s.handler = step.handler,
            Move::Submit => {
                s.submitted_at = Some(at);
                s.handled_by = step.by;
                s.verified = false;
                s.asks = None;
                s.side.request = None;
                s.side.answers = None;
                s.side.unit_late |= self.clocks.unit.as_ref().is_some_and(|r| r.late(at));
            }
            Move::Verify => {
                s.verified = true;
                s.asks = step.drawn.then_some(Asks::CallBack);
            }
            Move::CallBack => {
                s.asks = None;
                s.side.answers = step.answers;
            }
            Move::Rework => {
                s.verified = false;
                s.submitted_at = None;
                s.asks = None;
            }
            Move::SendBack | Move::RefuseConsent => {
                s.handler = None;
                s.asks = None;
                s.side.request = None;
                if matches!(self.stage, Stage::Dispatched | Stage::Handling) && step.to == Stage::Filed {
                    s.side.refusals += i64::from(self.refuses(step));
                    if step.drawn {
                        s.asks = Some(Asks::Arbitration);
                    }
                    s.side.level = if self.refuses(step) { climb(s.side.level) } else { s.side.level };
                    // Whoever was answerable before stays so; else it is the unit that refuses.
                    s.side.answerable = s.side.answerable.or(self.unit);
                    s.unit = None;
                    s.accepted_at = None;
                    s.side.ruled = false;
                }
                if step.to == Stage::Reported {
                    s.side.refusals = 0;
                }
            }
            Move::RequestExtension => {
                s.asks = Some(Asks::Extension);
                s.side.request = step.limit.map(Request::Extension);
            }
            Move::RequestSuspension => {
                s.asks = Some(Asks::Suspension);
                s.side.request = step.until.map(Request::Suspension);
            }
            Move::Grant => {
                match self.side.request {
                    Some(Request::Extension(_)) => s.side.extensions += 1,
                    Some(Request::Suspension(until)) => {
                        s.side.suspensions += 1;
                        s.side.suspended_until = Some(until);
                    }
                    None => {}
                }
                s.asks = None;
                s.side.request = None;
            }
            Move::Refuse => {
                s.asks = None;
                s.side.request = None;
            }
            Move::Resume => s.side.suspended_until = None,
            Move::Summon => {
                let clock = step.clocks.as_ref().and_then(|c| c.party.clone());
                if let (Some(unit), Some(clock)) = (step.party, clock) {
                    s.side.parties.retain(|p| p.unit != unit);
                    s.side.parties.push(Party {
                        unit,
                        asked_at: at,
                        clock,
                        responded_at: None,
                        done_at: None,
                        released: false,
                        rated: None,
                        rates: None,
                    });
                }
            }
            Move::Respond => {
                if let Some(p) = s.side.party_mut(step.party) {
                    p.responded_at = Some(at);
                }
            }
            Move::Contribute | Move::Release => {
                if let Some(p) = s.side.party_mut(step.party) {
                    p.done_at = Some(at);
                    p.released = step.make == Move::Release;
                }
            }
            Move::Rate => {
                // By the lead unit about the other, or by the other about the lead unit.
                let by_lead = step.yes == Some(true);
                if let Some(p) = s.side.party_mut(step.party) {
                    if by_lead { p.rated = step.stars } else { p.rates = step.stars }
                }
            }
            Move::Merge => {
                s.side.merged_from = Some(self.stage);
                s.side.merged_into = step.other;
                s.asks = None;
                s.checker = None;
                s.closed_at = Some(at);
            }
            Move::Unmerge => {
                s.side.merged_from = None;
                s.side.merged_into = None;
                s.closed_at = None;
            }
            Move::Link => s.side.duplicate_of = step.other,
            Move::Unlink => s.side.duplicate_of = None,
            Move::Urge => s.side.urged_until = step.until,
            Move::LiftUrge => s.side.urged_until = None,
            Move::Escalate => s.side.level = climb(s.side.level),
            Move::Close | Move::Decline | Move::Withdraw => {
                s.closed_at = Some(at);
                s.asks = None;
                s.checker = None;
                s.side.request = None;
                s.side.urged_until = None;
                s.side.case_late =
                    step.make == Move::Close && self.clocks.case.as_ref().is_some_and(|r| r.late(at));
                for p in s.side.parties.iter_mut().filter(|p| p.done_at.is_none()) {
                    p.done_at = Some(at);
                    p.released = true;
                }
            }
            Move::Appeal => {
                s.asks = Some(Asks::Appeal);
                s.side.appeal = Some(Appealed { at, first: None, reviewer: None, upheld: None });
            }
            Move::ReviewAppeal => {
                s.asks = Some(Asks::Decision);
                if let Some(a) = &mut s.side.appeal {
                    a.first = step.yes;
                    a.reviewer = step.by;
                }
            }
            Move::DecideAppeal => {
                s.asks = None;
                if let Some(a) = &mut s.side.appeal {
                    a.upheld = step.yes;
                }
            }
            Move::Recuse => {
                if let Some(by) = step.by {
                    s.side.recused.push(by);
                    s.handler = s.handler.filter(|h| *h != by);
                    s.checker = s.checker.filter(|c| *c != by);
                }
            }
            Move::Reopen => {
                s.round += 1;
                s.filed_at = Some(at);
                s.rules = step.rules.unwrap_or(s.rules);
                s.side = Side {
                    // The last unit stays answerable until another accepts; who stood aside stays aside.
                    answerable: self.unit,
                    recused: self.side.recused.clone(),
                    duplicate_of: self.side.duplicate_of,
                    level: 1,
                    ..Side::default()
                };
                s.unit = None;
                s.dispatched_at = None;
                s.accepted_at = None;
                s.submitted_at = None;
                s.closed_at = None;
                s.verified = false;
                s.handler = None;
                s.handled_by = None;
                s.asks = None;
            }
        }
        match (&step.clocks, step.limit_hours) {
            (Some(clocks), _) => s.clocks = Clocks { party: None, ..clocks.clone() },
            // Events of the first version carry no clocks: plain hours from filing and from dispatch.
            (None, _) => s.clocks = self.clocks.of_the_first_version(self, step),
        }
        s
    }

    /// The state that a whole history leads to; `None` for an empty one.
    pub fn replay<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Option<State> {
        let mut steps = steps.into_iter();
        let first = State::first(steps.next()?);
        Some(steps.fold(first, |s, step| s.after(step)))
    }

    /// The clock that counts now: the unit's while a unit works at it, a desk's while a desk does.
    pub fn clock(&self) -> Option<&Run> {
        if !self.stage.open() {
            return None;
        }
        let c = &self.clocks;
        match self.stage {
            Stage::Dispatched | Stage::Handling => c.desk.as_ref().or(c.unit.as_ref()),
            _ => c.desk.as_ref(),
        }
        .or(c.case.as_ref())
    }

    /// The deadline that counts now.
    pub fn due(&self) -> Option<Moment> {
        self.clock().and_then(|r| r.due)
    }

    /// The resident's deadline and the unit's.
    pub fn dues(&self) -> (Option<Moment>, Option<Moment>) {
        let due = |r: &Option<Run>| r.as_ref().and_then(|r| r.due);
        (due(&self.clocks.case), due(&self.clocks.unit))
    }

    /// What worklists are ordered by: the deadline that counts, or when it came in.
    pub fn act_by(&self) -> Moment {
        self.due().unwrap_or(self.reported_at)
    }

    /// Whether any deadline was computed past the end of the holiday calendar.
    pub fn provisional(&self) -> bool {
        let c = &self.clocks;
        self.stage.open() && [&c.case, &c.unit, &c.desk].into_iter().flatten().any(|r| r.provisional)
    }

    /// Whether the overdue mark of this round stands: the unit was late and no appeal has lifted it.
    pub fn marked_late(&self) -> bool {
        self.side.unit_late && self.side.appeal.is_none_or(|a| a.upheld != Some(true))
    }
}
