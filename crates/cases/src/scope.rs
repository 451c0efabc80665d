//! Which cases an actor may see: one scope, a yes/no and a condition of SQL (Rule 2). Lists, counts, the
//! feed, single cases and pictures all go through it.

use crate::Case;
use flow::{By, Stage, Stand, asks_of, work_of};
use kernel::{AccountId, Actor, AreaCode, CaseId, Post, Refusal, Region, Role, TokenScope, UnitId, Who};
use store::{Cond, binds};

/// One way to see cases.
#[derive(Debug, Clone, PartialEq)]
enum Way {
    /// All of the region.
    Region,
    /// Those in an area.
    Area(AreaCode),
    /// Those with a unit.
    Unit(UnitId),
    /// Those handed to the account while it works for the unit.
    Handed(AccountId, UnitId),
    /// Those a unit assists with, or is still answerable for (首接负责).
    Concerned(UnitId),
    /// Those a grid worker is asked to check on the spot.
    Checking(AccountId),
    /// Those the account reported.
    Reported(AccountId),
    /// One, by its tracking code.
    One(CaseId),
}

/// The cases of one region that an actor may see. Deny is the default: no way, no case.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    region: Region,
    ways: Vec<(Way, Option<By>)>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    /// Which cases.
    pub cond: Cond,
    /// Few at any time: better found first and then put in order than looked for in the order of all.
    pub few: bool,
    /// Found by way of `case_parties p`: units that assist, or are still answerable.
    pub parties: bool,
}

/// Roles that see the cases of their area, or of the region when the post names none.
const BY_PLACE: &[Role] =
    &[Role::IntakeOperator, Role::Dispatcher, Role::Supervisor, Role::Analyst, Role::GridWorker];

fn ways_of(post: &Post, account: AccountId, ways: &mut Vec<(Way, Option<By>)>) {
    match post.role {
        // A grid worker's post names the grids; without an area it would be everywhere, so it is nowhere.
        Role::GridWorker => {
            ways.extend(post.area.map(|a| (Way::Area(a), Some(By::Place(Role::GridWorker)))));
            let checking = (Way::Checking(account), Some(By::Checker));
            if !ways.contains(&checking) {
                ways.push(checking);
            }
        }
        role if BY_PLACE.contains(&role) => {
            ways.push((post.area.map_or(Way::Region, Way::Area), Some(By::Place(role))));
        }
        Role::UnitOfficer => {
            let Some(u) = post.unit else { return };
            ways.push((Way::Unit(u), Some(By::Unit(Role::UnitOfficer))));
            ways.push((Way::Concerned(u), Some(By::Assisting(Role::UnitOfficer))));
        }
        Role::Handler => ways.extend(post.unit.map(|u| (Way::Handed(account, u), Some(By::Handler)))),
        _ => {}
    }
}

impl Scope {
    /// The actor's scope in a region; a token needs the scope to read cases.
    pub fn of(actor: &Actor, region: Region) -> Result<Scope, Refusal> {
        actor.token_may(TokenScope::ReadCases)?;
        Ok(Scope::bare(actor, region))
    }

    fn bare(actor: &Actor, region: Region) -> Scope {
        let mut ways = Vec::new();
        match &actor.who {
            Who::System(_) => ways.push((Way::Region, Some(By::System))),
            Who::Tracking(r, case) if *r == region => ways.push((Way::One(*case), Some(By::Reporter))),
            Who::Person(p) => {
                for post in p.posts.iter().filter(|post| post.region == region) {
                    ways_of(post, p.account, &mut ways);
                }
                ways.push((Way::Reported(p.account), Some(By::Reporter)));
            }
            Who::Tracking(..) | Who::Anonymous | Who::SignIn => {}
        }
        Scope { region, ways }
    }

    /// Whether the actor may see this case.
    pub fn allows(&self, case: &Case) -> bool {
        case.region == self.region && self.ways.iter().any(|(w, _)| w.holds(case))
    }

    /// The same as a condition on `cases c`.
    pub fn cond(&self) -> Cond {
        Cond::All(vec![Cond::is("c.region = ?", [self.region]), any(self.ways.iter().map(|(w, _)| w.cond()))])
    }

    /// The scope as conditions of which each can be walked by an index: lists ask them one by one and put the
    /// answers together. A case may be found by several.
    pub fn arms(&self) -> Vec<Arm> {
        let here = |of: Cond| Cond::All(vec![Cond::is("c.region = ?", [self.region]), of]);
        let own = self.ways.iter().filter(|(w, _)| !w.concerned()).map(|(w, _)| w.cond());
        let concerned = self.ways.iter().filter_map(|(w, _)| match w {
            Way::Concerned(u) => Some(Cond::Is(PARTY, binds![self.region, *u])),
            _ => None,
        });
        [(any(own), false), (any(concerned), true)]
            .into_iter()
            .filter(|(c, _)| *c != Cond::Any(Vec::new()))
            .map(|(c, parties)| Arm { cond: here(c), few: parties, parties })
            .collect()
    }

    /// The open cases on which the actor has work to do, or something to decide, as such arms.
    pub fn work(&self) -> Vec<Arm> {
        let open = || Cond::is::<i64>("c.open", []);
        let by_stage = self.where_(|w, by| {
            let stages: Vec<_> = work_of(by).iter().map(|s| s.number().into()).collect();
            (!stages.is_empty() && !w.concerned()).then_some(Cond::In("c.stage", stages))
        });
        // What waits in those stages is in the list already.
        let by_asks = self.where_(|w, by| {
            let stages = work_of(by);
            let asks: Vec<_> = asks_of(by)
                .into_iter()
                .filter(|a| flow::stages_of(*a).any(|s| s.open() && !stages.contains(&s)))
                .map(|a| a.number().into())
                .collect();
            (!asks.is_empty() && !w.concerned())
                .then(|| Cond::All(vec![Cond::is::<i64>("c.asks <> 0", []), Cond::In("c.asks", asks)]))
        });
        let waiting = self.where_(|w, _| match w {
            Way::Concerned(u) => Some(Cond::Is(WAITING, binds![self.region, *u])),
            _ => None,
        });
        let arm =
            |c: Option<Cond>, few, parties| c.map(|c| Arm { cond: Cond::All(vec![open(), c]), few, parties });
        [arm(by_stage, false, false), arm(by_asks, true, false), arm(waiting, true, true)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The ways for which `pick` has a condition, each with it; none at all if there are none.
    fn where_(&self, pick: impl Fn(&Way, By) -> Option<Cond>) -> Option<Cond> {
        let of: Vec<Cond> = self
            .ways
            .iter()
            .filter_map(|(w, by)| {
                let waits = pick(w, (*by)?)?;
                Some(match w {
                    // The condition says it itself.
                    Way::Concerned(_) | Way::Region => waits,
                    w => Cond::All(vec![w.cond(), waits]),
                })
            })
            .collect();
        let here = Cond::is("c.region = ?", [self.region]);
        (!of.is_empty()).then(|| Cond::All(vec![here, any(of.into_iter())]))
    }

    /// What was handed to the actor in person.
    pub fn mine(&self) -> Vec<Arm> {
        let handed = self.where_(|_, by| {
            (by == By::Handler).then(|| Cond::is("c.open AND c.stage = ?", [Stage::Handling.number()]))
        });
        let checks = self.where_(|_, by| (by == By::Checker).then(|| Cond::is::<i64>("c.open", [])));
        handed.into_iter().chain(checks).map(|cond| Arm { cond, few: false, parties: false }).collect()
    }

    /// What the actor's units have to accept or do, assistance among it.
    pub fn of_units(&self) -> Vec<Arm> {
        let own = self.where_(|_, by| {
            let stages = [Stage::Dispatched, Stage::Handling].map(|s| s.number().into());
            (by == By::Unit(Role::UnitOfficer))
                .then(|| Cond::All(vec![Cond::is::<i64>("c.open", []), Cond::In("c.stage", stages.into())]))
        });
        let waiting = self.where_(|w, _| match w {
            Way::Concerned(u) => Some(Cond::All(vec![
                Cond::is::<i64>("c.open", []),
                Cond::Is(WAITING, binds![self.region, *u]),
            ])),
            _ => None,
        });
        let own = own.map(|cond| Arm { cond, few: false, parties: false });
        own.into_iter().chain(waiting.map(|cond| Arm { cond, few: true, parties: true })).collect()
    }

    /// Results that the actor may verify: not their own, not of a unit of theirs.
    pub fn to_verify(&self, actor: &Actor) -> Vec<Arm> {
        let own = [Role::UnitOfficer, Role::Handler];
        let units: Vec<_> = actor.posts(self.region, &own).filter_map(|p| p.unit).map(Into::into).collect();
        let judged = self.where_(|_, by| {
            let judges = flow::TABLE.iter().any(|r| r.make == flow::Move::Verify && r.who.contains(&by));
            judges.then(|| Cond::is("c.open AND NOT c.verified AND c.stage = ?", [Stage::Verifying.number()]))
        });
        let Some(judged) = judged else { return Vec::new() };
        let mut all = vec![judged];
        if !units.is_empty() {
            all.push(Cond::Not(Box::new(Cond::In("c.unit", units))));
        }
        if let Some(me) = actor.account() {
            all.push(Cond::is("(c.handled_by IS NULL OR c.handled_by <> ?)", [me]));
        }
        vec![Arm { cond: Cond::All(all), few: false, parties: false }]
    }

    /// What waits for a decision of the actor; an appeal does so on a closed case.
    pub fn to_decide(&self) -> Vec<Arm> {
        let asked = self.where_(|w, by| {
            let asks: Vec<_> = asks_of(by).iter().map(|a| a.number().into()).collect();
            (!asks.is_empty() && !w.concerned())
                .then(|| Cond::All(vec![Cond::is::<i64>("c.asks <> 0", []), Cond::In("c.asks", asks)]))
        });
        asked.into_iter().map(|cond| Arm { cond, few: true, parties: false }).collect()
    }

    /// How the actor stands to a case it may see.
    pub fn stand(&self, actor: &Actor, case: &Case) -> Stand {
        let mut by: Vec<By> =
            self.ways.iter().filter(|(w, _)| w.holds(case)).filter_map(|(_, by)| *by).collect();
        by.dedup();
        let of = |roles: &'static [Role]| actor.posts(self.region, roles).filter_map(|p| p.unit).collect();
        Stand {
            by,
            account: actor.account(),
            officer_of: of(&[Role::UnitOfficer]),
            units: of(&[Role::UnitOfficer, Role::Handler]),
            conflict: case.conflict,
            now: case.now,
        }
    }
}

/// Asked of one case: by its key, without a list of all others.
const CONCERNED: &str =
    "EXISTS (SELECT 1 FROM case_parties p WHERE p.region = c.region AND p.case_id = c.id AND p.unit = ?)";
/// Asked of a list, which begins with the parties then ([`Arm::parties`]).
const PARTY: &str = "p.region = ? AND p.unit = ?";
const WAITING: &str = "p.region = ? AND p.unit = ? AND p.waits";

fn any(conds: impl Iterator<Item = Cond>) -> Cond {
    let mut list: Vec<Cond> = Vec::new();
    for c in conds {
        if c == Cond::Always {
            return c;
        }
        if !list.contains(&c) {
            list.push(c);
        }
    }
    match list.len() {
        1 => list.remove(0),
        _ => Cond::Any(list),
    }
}

impl Way {
    fn concerned(&self) -> bool {
        matches!(self, Way::Concerned(_))
    }

    fn holds(&self, case: &Case) -> bool {
        match self {
            Way::Region => true,
            Way::Area(area) => case.grid.is_some_and(|g| {
                let (low, high) = area.grids();
                (low..=high).contains(&g.get())
            }),
            Way::Unit(u) => case.state.unit == Some(*u),
            Way::Handed(a, u) => case.state.handler == Some(*a) && case.state.unit == Some(*u),
            Way::Concerned(u) => {
                let side = &case.state.side;
                side.answerable == Some(*u) || side.party(*u).is_some()
            }
            Way::Checking(a) => case.state.checker == Some(*a),
            Way::Reported(a) => case.reporter == Some(*a),
            Way::One(id) => case.id == *id,
        }
    }

    fn cond(&self) -> Cond {
        match self {
            Way::Region => Cond::Always,
            Way::Area(area) => {
                let (low, high) = area.grids();
                match area.level() {
                    kernel::Level::Grid => Cond::is("c.grid = ?", [low]),
                    _ => Cond::is("c.grid BETWEEN ? AND ?", [low, high]),
                }
            }
            Way::Unit(u) => Cond::is("c.unit = ?", [*u]),
            Way::Handed(a, u) => Cond::Is("c.handler = ? AND c.unit = ?", binds![*a, *u]),
            Way::Concerned(u) => Cond::is(CONCERNED, [*u]),
            Way::Checking(a) => Cond::is("c.checker = ?", [*a]),
            Way::Reported(a) => Cond::is("c.reporter = ?", [*a]),
            Way::One(id) => Cond::is("c.id = ?", [*id]),
        }
    }
}
