//! Who answers for a matter at a spot, and why: pure, the same for a dispatcher's question and for the check.
//!
//! 1. Named places decide before the grid, the grid before the community, the street, the region; at one
//!    level a duty for the item before one for its class before one for its domain. The first rank with a
//!    duty in force decides.
//! 2. Duties of that rank that come to different answers are a conflict. The same answer twice is none.
//! 3. Without a duty the catalogue's lead of the condition answers.
//! 4. A role is whoever holds it there: at the smallest level where somebody does. A unit merged into
//!    another is the other; a closed unit answers for nothing. An enclave is asked again in the other
//!    region's book, once.
//! 5. What is left is a hole, with its reason.

use crate::{
    book::{DutyBook, End, Held},
    words,
    world::*,
};
use kernel::{DutyId, ItemCode, Moment, Region, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

/// What a question comes to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[schema(as = DutyOutcome)]
pub enum Outcome {
    /// One unit answers.
    Unit(Answered),
    /// Nobody does.
    Hole(Hole),
    /// Several do, and nothing says which.
    Conflict(Conflict),
}

/// The unit that answers, and what led to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(as = DutyAnswer)]
pub struct Answered {
    /// The region whose unit it is; another than asked for an enclave.
    pub region: Region,
    /// Which unit.
    pub unit: UnitId,
    /// The duty that names it; the catalogue does when absent.
    pub duty: Option<DutyId>,
    /// The role it holds there, where a role was named.
    pub role: Option<String>,
    /// The unit that was named, where it has been merged into this one.
    pub named: Option<UnitId>,
    /// The duty that sent the matter into the other region.
    pub enclave: Option<DutyId>,
}

/// Why nobody answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(as = DutyHole)]
pub struct Hole {
    /// In whose book the hole is.
    pub region: Region,
    /// The duty that led there; the catalogue did when absent.
    pub duty: Option<DutyId>,
    /// The reason.
    pub why: Why,
}

/// The reasons of holes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[schema(as = DutyHoleReason)]
pub enum Why {
    /// No area holds the spot.
    NotCovered,
    /// No duty, and no catalogue is in force.
    NoCatalogue,
    /// No duty, and the item is not in the catalogue in force.
    ItemGone,
    /// No duty, and the item has no such condition in use.
    ConditionGone {
        /// Which one.
        condition: Option<i64>,
    },
    /// No duty, and the item's conditions have different leads: name the condition.
    ConditionOpen,
    /// No duty, and the catalogue names no lead.
    NoLead,
    /// Nobody holds the role there.
    RoleNobody {
        /// Which role.
        role: String,
    },
    /// There is no such role.
    RoleUnknown {
        /// Which role.
        role: String,
    },
    /// The unit has been closed.
    UnitClosed {
        /// Which unit, merges followed.
        unit: UnitId,
    },
    /// There is no such unit (any more).
    UnitMissing {
        /// Which unit, merges followed.
        unit: UnitId,
    },
    /// The matter falls to a region that is not kept here.
    RegionUnknown {
        /// Which region.
        to: Region,
    },
    /// The other region would send the matter on; an enclave is followed once.
    EnclaveAgain {
        /// To which region.
        to: Region,
    },
}

/// Several answers of the same rank.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(as = DutyConflict)]
pub struct Conflict {
    /// In whose book.
    pub region: Region,
    /// The level where they collide.
    pub tier: Tier,
    /// The role that several hold there; the duties collide themselves when absent.
    pub role: Option<String>,
    /// The sides.
    pub sides: Vec<Side>,
}

/// One side of a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = DutySide)]
pub struct Side {
    /// The duty, where duties collide.
    pub duty: Option<DutyId>,
    /// The unit it comes to, if it comes to one.
    pub unit: Option<UnitId>,
}

/// What sort of thing was considered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DutyStepKind)]
pub enum StepKind {
    /// A level without any duty for the matter.
    Level,
    /// A duty.
    Duty,
    /// The catalogue's lead.
    Catalogue,
    /// Who holds a role there.
    Role,
    /// What has become of a unit.
    Unit,
    /// The way into another region's book.
    Enclave,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DutyVerdict)]
pub enum Verdict {
    /// It decides.
    Taken,
    /// It says the same as the one that decides.
    Same,
    /// It collides with another of its rank.
    Collides,
    /// It is not in force at that time.
    NotNow,
    /// Another goes before it.
    Passed,
    /// Nothing there.
    Nothing,
}

/// One step of the chain.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DutyStep)]
pub struct Considered {
    /// In whose book.
    pub region: Region,
    /// What was considered.
    pub kind: StepKind,
    /// What became of it.
    pub verdict: Verdict,
    /// At which level it stands.
    pub tier: Option<Tier>,
    /// Which duty.
    pub duty: Option<DutyId>,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// The answer and the chain that led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    /// What it comes to.
    pub outcome: Outcome,
    /// Everything considered, in order.
    pub chain: Vec<Considered>,
}

/// Who answers for a matter at a site at a time, with the chain.
pub fn resolve(book: &DutyBook, site: &Site, matter: Matter, at: Moment) -> Resolution {
    let mut chain = Vec::new();
    let outcome = ask(book, site, matter, at, true, &mut chain);
    Resolution { outcome, chain }
}

/// The same without the chain.
pub fn outcome(book: &DutyBook, site: &Site, matter: Matter, at: Moment) -> Outcome {
    ask(book, site, matter, at, true, &mut Silent)
}

/// Takes down what is considered, or doesn't.
pub(crate) trait Log {
    /// Whether anybody reads it.
    const ON: bool;
    fn say(&mut self, step: impl FnOnce() -> Considered);
}

/// Doesn't.
pub(crate) struct Silent;

impl Log for Silent {
    const ON: bool = false;
    fn say(&mut self, _: impl FnOnce() -> Considered) {}
}

impl Log for Vec<Considered> {
    const ON: bool = true;
    fn say(&mut self, step: impl FnOnce() -> Considered) {
        self.push(step());
    }
}

/// A duty for the matter at the spot. `rank` is level × 3 + subject: the lower decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    pub(crate) rank: u8,
    pub(crate) duty: u32,
}

pub(crate) const fn rank(tier: Tier, subject: &Subject) -> u8 {
    let subject = match subject {
        Subject::Item(_) => 0,
        Subject::Class(_) => 1,
        Subject::Domain(_) => 2,
    };
    tier as u8 * 3 + subject
}

/// A question while it is being answered.
pub(crate) struct Ask<'a> {
    pub(crate) book: &'a DutyBook,
    pub(crate) site: &'a Site,
    pub(crate) item: ItemCode,
    pub(crate) condition: Option<i64>,
    pub(crate) at: Moment,
    /// Whether an enclave may still be followed.
    pub(crate) hop: bool,
    /// Who holds the roles here, where that has been found out already.
    pub(crate) held: Option<&'a dyn Fn(usize, Moment) -> Held>,
}

fn ask<L: Log>(book: &DutyBook, site: &Site, matter: Matter, at: Moment, hop: bool, log: &mut L) -> Outcome {
    let Matter { item: code, condition, version } = matter;
    let ask = Ask { book, site, item: code, condition, at, hop, held: None };
    if site.areas.is_empty() && site.places.is_empty() {
        return ask.hole(None, Why::NotCovered);
    }
    let version = version.map_or_else(|| book.version_at(at), |n| book.version(n));
    let item = version.and_then(|v| book.item(v, code));
    let candidates = ask.candidates(item.and_then(|i| i.domain.as_deref()));
    let lead = lead(version, item, condition);
    if let Some(decided) = ask.decide(&candidates, log) {
        log.say(|| words::catalogue(&ask, version, item, &lead, Verdict::Passed));
        return decided;
    }
    log.say(|| words::catalogue(&ask, version, item, &lead, Verdict::Taken));
    ask.lead(lead, log)
}

/// The lead that a catalogue names for a condition.
fn lead<'a>(
    version: Option<&VersionRow>,
    item: Option<&'a ItemRow>,
    condition: Option<i64>,
) -> Result<Option<&'a Lead>, Why> {
    version.ok_or(Why::NoCatalogue)?;
    let conditions = &item.ok_or(Why::ItemGone)?.conditions;
    match condition {
        Some(n) => {
            let found = conditions.iter().find(|c| c.n == n);
            found.map(|c| c.lead.as_ref()).ok_or(Why::ConditionGone { condition })
        }
        None => {
            let first = conditions.first().ok_or(Why::ConditionGone { condition })?;
            let one = conditions.iter().all(|c| c.lead == first.lead);
            if one { Ok(first.lead.as_ref()) } else { Err(Why::ConditionOpen) }
        }
    }
}

impl<'a> Ask<'a> {
    /// The duties of the site's grounds for the matter, in force or not, the ones that decide first in front.
    fn candidates(&self, domain: Option<&str>) -> Vec<Candidate> {
        let mut subjects = vec![Subject::Item(self.item), Subject::Class(ItemClass::of(self.item))];
        subjects.extend(domain.map(|d| Subject::Domain(d.to_owned())));
        let mut found = Vec::new();
        for ground in self.site.grounds() {
            for subject in &subjects {
                let rank = rank(ground.tier(), subject);
                let duties = self.book.about(ground, subject);
                found.extend(duties.iter().map(|d| Candidate { rank, duty: *d }));
            }
        }
        found.sort_unstable();
        found
    }

    /// What the duties say; nothing when none is in force. `candidates` are sorted.
    pub(crate) fn decide<L: Log>(&self, candidates: &[Candidate], log: &mut L) -> Option<Outcome> {
        let duty = |c: &Candidate| &self.book.duties()[c.duty as usize];
        let mut valid = candidates.iter().filter(|c| duty(c).span.holds(self.at));
        let Some(first) = valid.next() else {
            self.tell_rest(candidates, None, false, log);
            return None;
        };
        let mut best = vec![duty(first)];
        best.extend(valid.take_while(|c| c.rank == first.rank).map(duty));
        self.tell_rest(candidates, Some(first.rank), false, log);
        let mut outcomes: Vec<(&Duty, Outcome)> = Vec::with_capacity(best.len());
        if let [only] = best.as_slice() {
            log.say(|| words::duty(self, only, Verdict::Taken));
            let outcome = self.answer(&only.answer, Some(only.id), log);
            self.tell_rest(candidates, Some(first.rank), true, log);
            return Some(outcome);
        }
        for d in best {
            outcomes.push((d, self.answer(&d.answer, Some(d.id), &mut Silent)));
        }
        let same = outcomes.iter().all(|(d, o)| self.same(d, o, &outcomes[0]));
        let decided = if same {
            for (i, (d, _)) in outcomes.iter().enumerate() {
                log.say(|| words::duty(self, d, if i == 0 { Verdict::Taken } else { Verdict::Same }));
            }
            // Once more, for the chain.
            self.answer(&outcomes[0].0.answer, Some(outcomes[0].0.id), log)
        } else {
            for (d, _) in &outcomes {
                log.say(|| words::duty(self, d, Verdict::Collides));
            }
            let mut sides: Vec<Side> = outcomes
                .iter()
                .map(|(d, o)| Side {
                    duty: Some(d.id),
                    unit: if let Outcome::Unit(a) = o { Some(a.unit) } else { None },
                })
                .collect();
            sides.sort();
            let tier = outcomes[0].0.ground.tier();
            Outcome::Conflict(Conflict { region: self.book.region(), tier, role: None, sides })
        };
        self.tell_rest(candidates, Some(first.rank), true, log);
        Some(decided)
    }

    /// Whether two duties come to the same: the same unit, or else the same words.
    fn same(&self, duty: &Duty, outcome: &Outcome, other: &(&Duty, Outcome)) -> bool {
        match (outcome, &other.1) {
            (Outcome::Unit(a), Outcome::Unit(b)) => a.region == b.region && a.unit == b.unit,
            (Outcome::Unit(_), _) | (_, Outcome::Unit(_)) => false,
            _ => duty.answer == other.0.answer,
        }
    }

    /// The part of the chain before or after the duties that decide (of rank `best`).
    fn tell_rest<L: Log>(&self, candidates: &[Candidate], best: Option<u8>, after: bool, log: &mut L) {
        if !L::ON {
            return;
        }
        for ground in self.site.grounds() {
            let tier = ground.tier();
            let mut here = false;
            for c in candidates {
                let duty = &self.book.duties()[c.duty as usize];
                if duty.ground != ground {
                    continue;
                }
                here = true;
                let valid = duty.span.holds(self.at);
                // Those that decide are told between the two parts.
                let told = match best {
                    Some(best) if c.rank == best && valid => continue,
                    Some(best) if c.rank <= best => !after,
                    Some(_) => after,
                    None => true,
                };
                if told {
                    let verdict = if valid { Verdict::Passed } else { Verdict::NotNow };
                    log.say(|| words::duty(self, duty, verdict));
                }
            }
            let before = best.is_none_or(|b| (tier as u8) < b / 3);
            if !here && before && !after {
                log.say(|| words::nothing(self, ground));
            }
        }
    }

    /// What an answer comes to here.
    fn answer<L: Log>(&self, answer: &Answer, duty: Option<DutyId>, log: &mut L) -> Outcome {
        match answer {
            Answer::Unit(unit) => self.unit(*unit, duty, log),
            Answer::Role(role) => self.role(role, duty, log),
            Answer::Region(to) => self.enclave(*to, duty, log),
        }
    }

    /// What the catalogue's lead comes to here.
    pub(crate) fn lead<L: Log>(&self, lead: Result<Option<&Lead>, Why>, log: &mut L) -> Outcome {
        match lead {
            Err(why) => self.hole(None, why),
            Ok(None) => self.hole(None, Why::NoLead),
            Ok(Some(Lead::Unit(unit))) => self.unit(*unit, None, log),
            Ok(Some(Lead::Role(role))) => self.role(role, None, log),
        }
    }

    pub(crate) fn hole(&self, duty: Option<DutyId>, why: Why) -> Outcome {
        Outcome::Hole(Hole { region: self.book.region(), duty, why })
    }

    pub(crate) fn unit<L: Log>(&self, unit: UnitId, duty: Option<DutyId>, log: &mut L) -> Outcome {
        let end = self.book.end(unit);
        if end != End::Open(unit) {
            log.say(|| words::unit(self, unit, end));
        }
        match end {
            End::Open(to) => Outcome::Unit(Answered {
                region: self.book.region(),
                unit: to,
                duty,
                role: None,
                named: (to != unit).then_some(unit),
                enclave: None,
            }),
            End::Closed(unit) => self.hole(duty, Why::UnitClosed { unit }),
            End::Missing(unit) => self.hole(duty, Why::UnitMissing { unit }),
        }
    }

    fn role<L: Log>(&self, role: &str, duty: Option<DutyId>, log: &mut L) -> Outcome {
        let Some(index) = self.book.role_index(role) else {
            return self.hole(duty, Why::RoleUnknown { role: role.to_owned() });
        };
        let held = match self.held {
            Some(known) => known(index, self.at),
            None => held(self.book, self.site, index, self.at),
        };
        log.say(|| words::role(self, index, &held));
        self.holder(role, held, duty)
    }

    /// What the holder of a role comes to.
    pub(crate) fn holder(&self, role: &str, held: Held, duty: Option<DutyId>) -> Outcome {
        match held {
            Held::Unit(unit) => Outcome::Unit(Answered {
                region: self.book.region(),
                unit,
                duty,
                role: Some(role.to_owned()),
                named: None,
                enclave: None,
            }),
            Held::Nobody => self.hole(duty, Why::RoleNobody { role: role.to_owned() }),
            Held::Several(tier, units) => Outcome::Conflict(Conflict {
                region: self.book.region(),
                tier,
                role: Some(role.to_owned()),
                sides: units.into_iter().map(|u| Side { duty, unit: Some(u) }).collect(),
            }),
        }
    }

    /// The matter goes on in the other region's book, at what holds the spot there.
    fn enclave<L: Log>(&self, to: Region, duty: Option<DutyId>, log: &mut L) -> Outcome {
        if !self.hop || to == self.book.region() {
            return self.hole(duty, Why::EnclaveAgain { to });
        }
        let Some(other) = self.book.neighbour(to) else {
            return self.hole(duty, Why::RegionUnknown { to });
        };
        log.say(|| words::enclave(self, other));
        let own = Site::of(to.into());
        let site = self.site.abroad.iter().find(|(r, _)| *r == to).map_or(&own, |(_, s)| s);
        let matter = Matter { item: translated(self.item, to), condition: self.condition, version: None };
        let mut there = Vec::new();
        let mut outcome = ask(other, site, matter, self.at, false, &mut there);
        for step in there {
            log.say(|| step);
        }
        if let Outcome::Unit(a) = &mut outcome {
            a.enclave = duty;
        }
        outcome
    }
}

/// The same class and kind of matter under another region's code.
pub(crate) fn translated(item: ItemCode, to: Region) -> ItemCode {
    let code = to.get() * 10_000 + item.get() % 10_000;
    u64::try_from(code).ok().and_then(ItemCode::new).unwrap_or(item)
}

/// Who holds a role at a site: whoever does at the smallest level where an open unit does. At one level units
/// named for the role come before those that are only listed there. As [`areas::RoleBook`] has it.
pub(crate) fn held(book: &DutyBook, site: &Site, role: usize, at: Moment) -> Held {
    for tier in Tier::ALL {
        let (mut named, mut listed) = (Vec::new(), Vec::new());
        for ground in site.grounds().filter(|g| g.tier() == tier) {
            for row in book.holders(ground, role).filter(|h| h.span.holds(at)) {
                if let End::Open(unit) = book.end(row.unit) {
                    let units = if row.listed { &mut listed } else { &mut named };
                    units.push(unit);
                }
            }
        }
        let mut units = if named.is_empty() { listed } else { named };
        units.sort_unstable();
        units.dedup();
        match units.as_slice() {
            [] => {}
            [one] => return Held::Unit(*one),
            _ => return Held::Several(tier, units),
        }
    }
    Held::Nobody
}
