//! Who holds a role at a spot: pure, over rows that are loaded once.

use crate::{Ground, Unit, UnitKind, UnitPlace, UnitRole, roles, tenure, units};
use kernel::{AreaCode, Moment, PlaceId, Region, UnitId, UnitPlaceId};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use store::{StoreError, Tx};
use utoipa::ToSchema;

/// What a point lies in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
#[schema(as = RoleSpot)]
pub struct Spot {
    /// The named places that hold it; all of one rank.
    pub places: Vec<PlaceId>,
    /// The areas that hold it, the smallest first, the region last.
    pub areas: Vec<AreaCode>,
}

impl Spot {
    /// The spot that an area is as a whole: the area and those that hold it, no named place.
    pub fn of(area: AreaCode) -> Spot {
        Spot { places: Vec::new(), areas: std::iter::successors(Some(area), |a| a.parent()).collect() }
    }
}

/// Who holds a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RoleHeld)]
pub enum Held {
    /// This unit.
    Unit(UnitId),
    /// No unit.
    Nobody,
    /// Several of the same rank: a conflict, which nobody may settle silently.
    Several(Vec<UnitId>),
}

/// Why a row counted or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RoleVerdict)]
pub enum Verdict {
    /// It names the holder.
    Holds,
    /// Something smaller has a holder.
    Larger,
    /// Here a unit is named for this very role; this one is only listed.
    Listed,
    /// The unit is closed.
    Closed,
    /// It is not so at this date.
    OutOfDate,
}

/// A row that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RoleConsidered)]
pub struct Considered {
    /// Which row.
    pub id: UnitPlaceId,
    /// Where it says so.
    #[serde(flatten)]
    pub ground: Ground,
    /// The unit it names.
    pub unit: UnitId,
    /// The unit that answers for it now: another one when it was merged.
    pub answers: UnitId,
    /// The role it names; another than the one asked for where only the unit's kind speaks for it.
    pub role: String,
    /// Since when.
    pub from_at: Moment,
    /// Until when.
    pub until_at: Option<Moment>,
    /// Why it counted or not.
    pub verdict: Verdict,
}

/// Who holds a role at a spot, and what was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RoleHolder)]
pub struct Holder {
    /// Who.
    pub held: Held,
    /// What was looked at: the smallest ground first.
    pub considered: Vec<Considered>,
}

struct Known {
    kind: UnitKind,
    closed: bool,
    merged_into: Option<UnitId>,
}

/// The roles of a region and who holds them where.
///
/// Named places come first and are of one rank, then the areas from the smallest to the region. The first ground
/// with a holder decides. On one ground a unit named for the role comes before one that is merely listed there
/// and has the role's kind. Units merged away are answered by what they were merged into; closed units hold
/// nothing. Several different units of the same rank are told as several, never settled.
pub struct RoleBook {
    units: HashMap<UnitId, Known>,
    roles: Vec<UnitRole>,
    rows: HashMap<Ground, Vec<UnitPlace>>,
}

impl RoleBook {
    /// From a region's rows: three statements.
    pub async fn load(tx: &mut Tx, region: Region) -> Result<RoleBook, StoreError> {
        let units = units::all(tx, region).await?;
        let roles = roles::all(tx, region).await?;
        Ok(RoleBook::new(&units, roles, tenure::all(tx, region).await?))
    }

    /// From loaded rows, in any order.
    pub fn new(units: &[Unit], roles: Vec<UnitRole>, rows: Vec<UnitPlace>) -> RoleBook {
        let known = |u: &Unit| (u.id, Known { kind: u.kind, closed: u.closed, merged_into: u.merged_into });
        let mut by_ground: HashMap<Ground, Vec<UnitPlace>> = HashMap::new();
        for row in rows {
            if let Some(ground) = row.ground() {
                by_ground.entry(ground).or_default().push(row);
            }
        }
        // So that the order in which rows came never shows.
        by_ground.values_mut().for_each(|rows| rows.sort_by_key(|r| (r.from_at, r.id)));
        RoleBook { units: units.iter().map(known).collect(), roles, rows: by_ground }
    }

    /// The roles, by code.
    pub fn roles(&self) -> &[UnitRole] {
        &self.roles
    }

    /// A role by its code.
    pub fn role(&self, code: &str) -> Option<&UnitRole> {
        self.roles.iter().find(|r| r.code == code)
    }

    /// The role that is written so, by its name or one of its words.
    pub fn role_by_word(&self, text: &str) -> Option<&UnitRole> {
        roles::by_word(&self.roles, text)
    }

    /// The unit that answers for a unit now: itself, or what it was merged into.
    pub fn now(&self, unit: UnitId) -> UnitId {
        let mut at = unit;
        // Merging flattens chains; a damaged chain ends all the same.
        for _ in 0..self.units.len() {
            match self.units.get(&at).and_then(|u| u.merged_into) {
                Some(into) => at = into,
                None => break,
            }
        }
        at
    }

    /// The unit that takes new work in a unit's name: what [`RoleBook::now`] answers, unless that one is closed
    /// or not known.
    pub fn takes_work(&self, unit: UnitId) -> Option<UnitId> {
        let now = self.now(unit);
        self.units.get(&now).is_some_and(|u| !u.closed).then_some(now)
    }

    /// Every moment at which some row begins or ends.
    pub fn changes(&self) -> BTreeSet<Moment> {
        let rows = self.rows.values().flatten();
        rows.flat_map(|r| [Some(r.from_at), r.until_at]).flatten().collect()
    }

    /// Every ground on which some role is held, with its rows.
    pub fn grounds(&self) -> impl Iterator<Item = (Ground, &[UnitPlace])> {
        self.rows.iter().map(|(ground, rows)| (*ground, rows.as_slice()))
    }

    /// Who holds a role at a spot and moment, and what was looked at.
    pub fn holder(&self, role: &str, spot: &Spot, at: Moment) -> Holder {
        let kind = self.role(role).and_then(|r| r.kind);
        let places: Vec<Ground> = spot.places.iter().copied().map(Ground::Place).collect();
        let areas = spot.areas.iter().map(|a| vec![Ground::Area(*a)]);
        let (mut considered, mut held) = (Vec::new(), Held::Nobody);
        for tier in std::iter::once(places).chain(areas) {
            let mut seen = self.look(role, kind, &tier, at, held != Held::Nobody);
            let holders: BTreeSet<UnitId> =
                seen.iter().filter(|c| c.verdict == Verdict::Holds).map(|c| c.answers).collect();
            match holders.len() {
                0 => {}
                1 => held = holders.first().map_or(Held::Nobody, |u| Held::Unit(*u)),
                _ => held = Held::Several(holders.into_iter().collect()),
            }
            considered.append(&mut seen);
        }
        Holder { held, considered }
    }

    /// The rows of grounds of one rank that speak for the role, judged.
    fn look(
        &self,
        role: &str,
        kind: Option<UnitKind>,
        grounds: &[Ground],
        at: Moment,
        decided: bool,
    ) -> Vec<Considered> {
        let mut seen = Vec::new();
        for ground in grounds {
            for row in self.rows.get(ground).into_iter().flatten() {
                let answers = self.now(row.unit);
                let Some(unit) = self.units.get(&answers) else { continue };
                if row.role != role && kind != Some(unit.kind) {
                    continue;
                }
                let verdict = match () {
                    () if !row.holds(at) => Verdict::OutOfDate,
                    () if unit.closed => Verdict::Closed,
                    () if decided => Verdict::Larger,
                    () => Verdict::Holds,
                };
                seen.push(Considered {
                    id: row.id,
                    ground: *ground,
                    unit: row.unit,
                    answers,
                    role: row.role.clone(),
                    from_at: row.from_at,
                    until_at: row.until_at,
                    verdict,
                });
            }
        }
        let named = |c: &Considered| c.verdict == Verdict::Holds && c.role == role;
        if seen.iter().any(named) {
            for c in seen.iter_mut().filter(|c| c.verdict == Verdict::Holds && c.role != role) {
                c.verdict = Verdict::Listed;
            }
        }
        seen
    }
}
