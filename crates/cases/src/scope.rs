//! Which cases an actor may see: one scope, a yes/no and a condition of SQL (Rule 2). Lists, counts, the
//! feed, single cases and pictures all go through it.

use crate::Case;
use flow::{By, Stand, work_of};
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

/// Roles that see the cases of their area, or of the region when the post names none.
const BY_PLACE: &[Role] =
    &[Role::IntakeOperator, Role::Dispatcher, Role::Supervisor, Role::Analyst, Role::GridWorker];

fn way_of(post: &Post, account: AccountId) -> Option<(Way, Option<By>)> {
    match post.role {
        // A grid worker's post names the grids; without an area it would be everywhere, so it is nowhere.
        Role::GridWorker => post.area.map(|a| (Way::Area(a), Some(By::Place(Role::GridWorker)))),
        role if BY_PLACE.contains(&role) => {
            Some((post.area.map_or(Way::Region, Way::Area), Some(By::Place(role))))
        }
        Role::UnitOfficer => post.unit.map(|u| (Way::Unit(u), Some(By::Unit(Role::UnitOfficer)))),
        Role::Handler => post.unit.map(|u| (Way::Handed(account, u), Some(By::Handler))),
        _ => None,
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
            Who::System(_) => ways.push((Way::Region, None)),
            Who::Tracking(r, case) if *r == region => ways.push((Way::One(*case), Some(By::Reporter))),
            Who::Person(p) => {
                ways.extend(
                    p.posts
                        .iter()
                        .filter(|post| post.region == region)
                        .filter_map(|post| way_of(post, p.account)),
                );
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

    /// The open cases on which the actor has work to do.
    pub fn work(&self) -> Cond {
        let todo = self.ways.iter().filter_map(|(w, by)| {
            let stages = work_of((*by)?);
            if stages.is_empty() {
                return None;
            }
            let stages = stages.iter().map(|s| s.number().into()).collect();
            Some(match w.cond() {
                Cond::Always => Cond::In("c.stage", stages),
                c => Cond::All(vec![c, Cond::In("c.stage", stages)]),
            })
        });
        Cond::All(vec![Cond::is("c.region = ?", [self.region]), Cond::is::<i64>("c.open", []), any(todo)])
    }

    /// How the actor stands to a case it may see.
    pub fn stand(&self, actor: &Actor, case: &Case, reopening: i64) -> Stand {
        let mut by: Vec<By> =
            self.ways.iter().filter(|(w, _)| w.holds(case)).filter_map(|(_, by)| *by).collect();
        by.dedup();
        let unit = case.state.unit;
        let roles = [Role::UnitOfficer, Role::Handler];
        let of_unit = unit.is_some() && actor.posts(self.region, &roles).any(|p| p.unit == unit);
        Stand { by, account: actor.account(), of_unit, now: case.now, reopening }
    }
}

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
    fn holds(&self, case: &Case) -> bool {
        match self {
            Way::Region => true,
            Way::Area(area) => case.grid.is_some_and(|g| {
                let (low, high) = area.grids();
                (low..=high).contains(&g.get())
            }),
            Way::Unit(u) => case.state.unit == Some(*u),
            Way::Handed(a, u) => case.state.handler == Some(*a) && case.state.unit == Some(*u),
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
            Way::Reported(a) => Cond::is("c.reporter = ?", [*a]),
            Way::One(id) => Cond::is("c.id = ?", [*id]),
        }
    }
}
