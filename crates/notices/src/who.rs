//! Who is told: what the flow table names, found among the posts held now.

use flow::Tell;
use kernel::{AccountId, AreaCode, Region, Role, UnitId, Uuid};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use store::from_row;

/// As many of each kind are told at the most, the longest-standing posts first.
pub(crate) const MOST: usize = 50;

/// The roles that can be told.
pub(crate) const ROLES: &[Role] = &[
    Role::GridWorker,
    Role::IntakeOperator,
    Role::Dispatcher,
    Role::UnitOfficer,
    Role::Handler,
    Role::Supervisor,
];

/// A post held now by an account that is not disabled.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub account: AccountId,
    pub role: String,
    pub unit: Option<UnitId>,
    pub area: Option<AreaCode>,
}
from_row!(Held { account, role, unit, area });

/// What decides who is told of an event.
#[derive(Debug, Clone)]
pub(crate) struct Matter {
    pub region: Region,
    pub grid: Option<AreaCode>,
    pub unit: Option<UnitId>,
    pub handler: Option<AccountId>,
    pub reporter: Option<AccountId>,
    /// The unit still answerable, for the steps that tell it.
    pub answerable: Option<UnitId>,
    /// The event's data.
    pub data: Json,
}

/// Whether an area, or the whole region where none is named, holds a grid.
pub(crate) fn covers(area: Option<AreaCode>, region: Region, grid: Option<AreaCode>) -> bool {
    match (area, grid) {
        (None, _) => true,
        (Some(a), None) => a == AreaCode::from(region),
        (Some(a), Some(g)) => {
            let (low, high) = a.grids();
            (low..=high).contains(&g.get())
        }
    }
}

impl Matter {
    fn named(&self, key: &str) -> Option<Uuid> {
        self.data.get(key)?.as_str().and_then(|t| Uuid::try_parse(t).ok())
    }

    /// The unit the step names, or else the one that has the case.
    pub fn unit_of_step(&self) -> Option<UnitId> {
        self.named("unit").map(UnitId).or(self.unit)
    }

    fn place(&self, posts: &[Held], role: Role) -> Vec<AccountId> {
        let here = posts.iter().filter(|p| p.role == role.code());
        here.filter(|p| {
            // A grid worker's post names the grids; without an area it is nowhere, as in the cases room.
            (role != Role::GridWorker || p.area.is_some()) && covers(p.area, self.region, self.grid)
        })
        .map(|p| p.account)
        .collect()
    }

    fn officers(&self, posts: &[Held], unit: Option<UnitId>) -> Vec<AccountId> {
        let officer = |p: &&Held| p.role == Role::UnitOfficer.code() && unit.is_some() && p.unit == unit;
        posts.iter().filter(officer).map(|p| p.account).collect()
    }

    /// The one account, while it holds any post here.
    fn one(&self, posts: &[Held], account: Option<AccountId>) -> Vec<AccountId> {
        account.filter(|a| posts.iter().any(|p| p.account == *a)).into_iter().collect()
    }

    fn of(&self, tell: Tell, posts: &[Held]) -> Vec<AccountId> {
        let found = match tell {
            // Settled by the caller: whoever reports needs no post.
            Tell::Reporter => Vec::new(),
            Tell::Intake => self.place(posts, Role::IntakeOperator),
            Tell::Dispatchers => self.place(posts, Role::Dispatcher),
            Tell::Supervisors => self.place(posts, Role::Supervisor),
            Tell::Judges => {
                let mut both = self.place(posts, Role::GridWorker);
                both.extend(self.place(posts, Role::Dispatcher));
                both
            }
            // A step about an assisting unit names it; the unit that has the case stays the same.
            Tell::Officers if self.named("party").is_some() => self.officers(posts, self.unit),
            Tell::Officers => self.officers(posts, self.unit_of_step()),
            Tell::Assisting => {
                let party = self.named("party").or_else(|| self.named("unit")).map(UnitId);
                self.officers(posts, party)
            }
            Tell::Answerable => self.officers(posts, self.answerable),
            Tell::Handler => self.one(posts, self.named("handler").map(AccountId).or(self.handler)),
            Tell::Checker => self.one(posts, self.named("checker").map(AccountId)),
        };
        let mut kept: Vec<AccountId> = Vec::new();
        for account in found {
            if kept.len() < MOST && !kept.contains(&account) {
                kept.push(account);
            }
        }
        kept
    }

    /// Everybody who is told, with whether they may be told outside the application as well: whoever only
    /// reported the case is told in it and nowhere else. Never the one who acted.
    pub fn everybody(
        &self,
        tells: &[Tell],
        posts: &[Held],
        reporters: &[AccountId],
        actor: Option<AccountId>,
    ) -> BTreeMap<AccountId, bool> {
        let mut all = BTreeMap::new();
        for tell in tells {
            for account in self.of(*tell, posts) {
                all.insert(account, true);
            }
        }
        if tells.contains(&Tell::Reporter)
            && let Some(reporter) = self.reporter.filter(|r| reporters.contains(r))
        {
            all.entry(reporter).or_insert(false);
        }
        if let Some(actor) = actor {
            all.remove(&actor);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn region() -> Region {
        Region::new(990_101).unwrap()
    }
    fn area(code: u64) -> Option<AreaCode> {
        AreaCode::new(code)
    }
    fn account(n: u128) -> AccountId {
        AccountId(Uuid::from_u128(n))
    }
    fn unit(n: u128) -> UnitId {
        UnitId(Uuid::from_u128(n))
    }
    fn held(n: u128, role: Role, u: Option<UnitId>, a: Option<AreaCode>) -> Held {
        Held { account: account(n), role: role.code().into(), unit: u, area: a }
    }
    fn matter(data: Json) -> Matter {
        let grid = area(990_101_001_001_001);
        Matter {
            region: region(),
            grid,
            unit: Some(unit(7)),
            handler: None,
            reporter: Some(account(99)),
            answerable: Some(unit(9)),
            data,
        }
    }

    #[test]
    fn places_reach_whom_they_cover() {
        let posts = [
            held(1, Role::Dispatcher, None, None),
            held(2, Role::Dispatcher, None, area(990_101_001)),
            held(3, Role::Dispatcher, None, area(990_101_002)),
            held(4, Role::GridWorker, None, area(990_101_001_001_001)),
            held(5, Role::GridWorker, None, None),
            held(6, Role::Supervisor, None, None),
        ];
        let told = |tells: &[Tell], actor| -> Vec<u128> {
            let m = matter(json!({}));
            m.everybody(tells, &posts, &[], actor).into_keys().map(|a| a.0.as_u128()).collect()
        };
        assert_eq!(told(&[Tell::Dispatchers], None), [1, 2]);
        assert_eq!(told(&[Tell::Judges], None), [1, 2, 4]);
        assert_eq!(told(&[Tell::Judges, Tell::Supervisors], Some(account(1))), [2, 4, 6]);
        // A case without a grid is the whole region's alone.
        let nowhere = Matter { grid: None, ..matter(json!({})) };
        let all = nowhere.everybody(&[Tell::Judges], &posts, &[], None);
        assert_eq!(all.into_keys().collect::<Vec<_>>(), [account(1)]);
    }

    #[test]
    fn units_are_those_the_step_names() {
        let posts = [
            held(1, Role::UnitOfficer, Some(unit(7)), None),
            held(2, Role::UnitOfficer, Some(unit(8)), None),
            held(3, Role::UnitOfficer, Some(unit(9)), None),
            held(4, Role::Handler, Some(unit(7)), None),
        ];
        let told = |tell, data: Json| -> Vec<AccountId> {
            matter(data).everybody(&[tell], &posts, &[], None).into_keys().collect()
        };
        assert_eq!(told(Tell::Officers, json!({})), [account(1)]);
        assert_eq!(told(Tell::Officers, json!({"unit": unit(8)})), [account(2)]);
        assert_eq!(told(Tell::Officers, json!({"party": unit(8)})), [account(1)]);
        assert_eq!(told(Tell::Assisting, json!({"party": unit(8)})), [account(2)]);
        assert_eq!(told(Tell::Assisting, json!({"unit": unit(9)})), [account(3)]);
        assert_eq!(told(Tell::Answerable, json!({})), [account(3)]);
        assert_eq!(told(Tell::Handler, json!({"handler": account(4)})), [account(4)]);
        // No post here, nothing told.
        assert_eq!(told(Tell::Handler, json!({"handler": account(44)})), []);
    }

    #[test]
    fn the_reporter_is_told_in_the_application_only() {
        let told = |reporters: &[AccountId], actor| {
            matter(json!({})).everybody(&[Tell::Reporter], &[], reporters, actor)
        };
        assert_eq!(told(&[account(99)], None), BTreeMap::from([(account(99), false)]));
        assert!(told(&[], None).is_empty());
        assert!(told(&[account(99)], Some(account(99))).is_empty());
    }

    #[test]
    fn no_more_than_fifty_of_a_kind() {
        let posts: Vec<Held> = (0..90).map(|n| held(n, Role::Dispatcher, None, None)).collect();
        let told = matter(json!({})).everybody(&[Tell::Dispatchers], &posts, &[], None);
        assert_eq!(told.into_keys().collect::<Vec<_>>(), (0..50).map(account).collect::<Vec<_>>());
    }
}
