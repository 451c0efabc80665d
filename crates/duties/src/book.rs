//! A world made ready for questions: everything found by what it is asked for.

use crate::world::*;
use jiff::tz::TimeZone;
use kernel::{AreaCode, DutyId, ItemCode, Moment, PlaceId, Region, UnitId};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// The duties of a region with what they speak of: land, units, roles, catalogue, and the books of the
/// regions its enclaves fall to. Never changes; a later one takes its place.
pub struct DutyBook {
    world: World,
    zone: TimeZone,
    land: Arc<LandIndex>,
    parties: Arc<PartiesIndex>,
    catalogue: Arc<CatalogueIndex>,
    /// Duties of a ground, by subject, then id.
    grounds: HashMap<Ground, Vec<u32>>,
    subjects: HashMap<Subject, u32>,
    subject_of: Vec<u32>,
    neighbours: BTreeMap<Region, Arc<DutyBook>>,
}

pub(crate) struct LandIndex {
    areas: HashMap<AreaCode, Vec<usize>>,
    places: HashMap<PlaceId, usize>,
    /// Cells that a ground is part of.
    pub(crate) cells: HashMap<Ground, Vec<u32>>,
}

pub(crate) struct PartiesIndex {
    units: HashMap<UnitId, usize>,
    ends: Vec<End>,
    roles: HashMap<String, usize>,
    holders: HashMap<Ground, Vec<(usize, usize)>>,
}

/// What a unit has come to, merges followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Open(UnitId),
    Closed(UnitId),
    Missing(UnitId),
}

pub(crate) struct CatalogueIndex {
    /// By number.
    versions: BTreeMap<i64, usize>,
    /// By the beginning.
    dated: Vec<usize>,
    items: Vec<HashMap<ItemCode, usize>>,
}

/// Who holds a role.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Held {
    Unit(UnitId),
    Nobody,
    Several(Tier, Vec<UnitId>),
}

impl DutyBook {
    /// The book of a world. `neighbours`: the books of regions that its enclaves fall to; one that is
    /// missing makes those matters a hole.
    pub fn new(world: World, neighbours: BTreeMap<Region, Arc<DutyBook>>) -> DutyBook {
        let zone = TimeZone::get(&world.zone).unwrap_or(TimeZone::UTC);
        let land = Arc::new(LandIndex::new(&world.land));
        let parties = Arc::new(PartiesIndex::new(&world.parties));
        let catalogue = Arc::new(CatalogueIndex::new(&world.catalogue));
        let book = DutyBook {
            world: World { duties: Vec::new(), ..world.clone() },
            zone,
            land,
            parties,
            catalogue,
            grounds: HashMap::new(),
            subjects: HashMap::new(),
            subject_of: Vec::new(),
            neighbours,
        };
        book.with_duties(world.duties)
    }

    /// The same region with other duties.
    pub fn with_duties(&self, mut duties: Vec<Duty>) -> DutyBook {
        duties.sort_by_key(|d| d.id);
        let mut subjects = self.subjects.clone();
        let mut subject_of = Vec::with_capacity(duties.len());
        let mut grounds: HashMap<Ground, Vec<u32>> = HashMap::new();
        for (i, d) in duties.iter().enumerate() {
            let next = subjects.len() as u32;
            let subject = match subjects.get(&d.subject) {
                Some(known) => *known,
                None => *subjects.entry(d.subject.clone()).or_insert(next),
            };
            subject_of.push(subject);
            grounds.entry(d.ground).or_default().push(i as u32);
        }
        for list in grounds.values_mut() {
            list.sort_by(|a, b| {
                let (a, b) = (&duties[*a as usize], &duties[*b as usize]);
                a.subject.cmp(&b.subject).then(a.id.cmp(&b.id))
            });
        }
        DutyBook {
            world: World { duties, ..self.world.clone() },
            zone: self.zone.clone(),
            land: self.land.clone(),
            parties: self.parties.clone(),
            catalogue: self.catalogue.clone(),
            grounds,
            subjects,
            subject_of,
            neighbours: self.neighbours.clone(),
        }
    }

    /// What it was made of.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Whose.
    pub fn region(&self) -> Region {
        self.world.region
    }

    /// The duties, by id.
    pub fn duties(&self) -> &[Duty] {
        &self.world.duties
    }

    /// A duty.
    pub fn duty(&self, id: DutyId) -> Option<&Duty> {
        self.world.duties.binary_search_by_key(&id, |d| d.id).ok().map(|i| &self.world.duties[i])
    }

    /// The book of a region that enclaves fall to.
    pub fn neighbour(&self, region: Region) -> Option<&Arc<DutyBook>> {
        self.neighbours.get(&region)
    }

    /// The regions whose books it has.
    pub fn neighbours(&self) -> impl Iterator<Item = Region> + '_ {
        self.neighbours.keys().copied()
    }

    /// Whether two books differ in nothing but duties.
    pub(crate) fn same_but_duties(&self, other: &DutyBook) -> bool {
        Arc::ptr_eq(&self.land, &other.land)
            && Arc::ptr_eq(&self.parties, &other.parties)
            && Arc::ptr_eq(&self.catalogue, &other.catalogue)
            && self.neighbours.len() == other.neighbours.len()
            && self
                .neighbours
                .iter()
                .zip(&other.neighbours)
                .all(|((a, x), (b, y))| a == b && Arc::ptr_eq(x, y))
    }

    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    pub(crate) fn land(&self) -> &LandIndex {
        &self.land
    }

    pub(crate) fn on(&self, ground: Ground) -> &[u32] {
        self.grounds.get(&ground).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn about(&self, ground: Ground, subject: &Subject) -> &[u32] {
        let all = self.on(ground);
        let of = |i: &u32| &self.world.duties[*i as usize].subject;
        let from = all.partition_point(|i| of(i) < subject);
        let to = all.partition_point(|i| of(i) <= subject);
        &all[from..to]
    }

    pub(crate) fn subject(&self, subject: &Subject) -> Option<u32> {
        self.subjects.get(subject).copied()
    }

    pub(crate) fn subjects(&self) -> usize {
        self.subjects.len()
    }

    pub(crate) fn subject_of(&self, duty: u32) -> u32 {
        self.subject_of[duty as usize]
    }

    /// The area's name at a time; its latest name where it is not there at that time.
    pub fn area_name(&self, code: AreaCode, at: Moment) -> Option<&str> {
        let rows = self.land.areas.get(&code)?;
        let row = rows.iter().map(|i| &self.world.land.areas[*i]);
        let held = row.clone().find(|r| r.span.holds(at));
        held.or_else(|| row.max_by_key(|r| r.span.from)).map(|r| r.name.as_str())
    }

    /// When an area is there.
    pub(crate) fn area_spans(&self, code: AreaCode) -> impl Iterator<Item = Span> + '_ {
        self.land.areas.get(&code).into_iter().flatten().map(|i| self.world.land.areas[*i].span)
    }

    /// A place.
    pub fn place(&self, id: PlaceId) -> Option<&PlaceRow> {
        self.land.places.get(&id).map(|i| &self.world.land.places[*i])
    }

    /// A unit.
    pub fn unit(&self, id: UnitId) -> Option<&UnitRow> {
        self.parties.units.get(&id).map(|i| &self.world.parties.units[*i])
    }

    pub(crate) fn end(&self, id: UnitId) -> End {
        self.parties.units.get(&id).map_or(End::Missing(id), |i| self.parties.ends[*i])
    }

    pub(crate) fn role_index(&self, code: &str) -> Option<usize> {
        self.parties.roles.get(code).copied()
    }

    pub(crate) fn roles(&self) -> usize {
        self.world.parties.roles.len()
    }

    /// A role.
    pub fn role(&self, code: &str) -> Option<&RoleRow> {
        self.role_index(code).map(|i| &self.world.parties.roles[i])
    }

    /// The rows of a role's holders on a ground, by unit.
    pub(crate) fn holders(&self, ground: Ground, role: usize) -> impl Iterator<Item = &HolderRow> {
        let all = self.parties.holders.get(&ground).map_or(&[][..], Vec::as_slice);
        all.iter().filter(move |(r, _)| *r == role).map(|(_, i)| &self.world.parties.holders[*i])
    }

    /// The version of the catalogue in force at a time.
    pub fn version_at(&self, at: Moment) -> Option<&VersionRow> {
        let all = &self.world.catalogue.versions;
        self.catalogue.dated.iter().map(|i| &all[*i]).rev().find(|v| v.span.holds(at))
    }

    /// A version of the catalogue.
    pub fn version(&self, number: i64) -> Option<&VersionRow> {
        self.catalogue.versions.get(&number).map(|i| &self.world.catalogue.versions[*i])
    }

    /// An item of a version.
    pub fn item(&self, version: &VersionRow, code: ItemCode) -> Option<&ItemRow> {
        let v = *self.catalogue.versions.get(&version.version)?;
        self.catalogue.items[v].get(&code).map(|i| &self.world.catalogue.versions[v].items[*i])
    }

    /// The name of an item in any version, the latest first.
    pub fn item_name(&self, code: ItemCode) -> Option<&str> {
        let all = &self.world.catalogue.versions;
        let mut found = self.catalogue.dated.iter().rev();
        found.find_map(|v| Some(all[*v].items[*self.catalogue.items[*v].get(&code)?].name.as_str()))
    }

    /// The name of a major class in any version, the latest first.
    pub fn class_name(&self, class: ItemClass) -> Option<&str> {
        let all = &self.world.catalogue.versions;
        let mut found = self.catalogue.dated.iter().rev();
        found.find_map(|v| {
            all[*v].items.iter().find(|i| ItemClass::of(i.code) == class).map(|i| i.major.as_str())
        })
    }
}

impl LandIndex {
    fn new(land: &Land) -> LandIndex {
        let mut areas: HashMap<AreaCode, Vec<usize>> = HashMap::new();
        for (i, a) in land.areas.iter().enumerate() {
            areas.entry(a.code).or_default().push(i);
        }
        let mut cells: HashMap<Ground, Vec<u32>> = HashMap::new();
        for (i, c) in land.cells.iter().enumerate() {
            for ground in c.site.grounds() {
                cells.entry(ground).or_default().push(i as u32);
            }
        }
        let places = land.places.iter().enumerate().map(|(i, p)| (p.id, i)).collect();
        LandIndex { areas, places, cells }
    }
}

impl PartiesIndex {
    fn new(parties: &Parties) -> PartiesIndex {
        let units: HashMap<UnitId, usize> =
            parties.units.iter().enumerate().map(|(i, u)| (u.id, i)).collect();
        let ends = parties.units.iter().map(|u| end(&parties.units, &units, u)).collect();
        let roles: HashMap<String, usize> =
            parties.roles.iter().enumerate().map(|(i, r)| (r.code.clone(), i)).collect();
        let mut holders: HashMap<Ground, Vec<(usize, usize)>> = HashMap::new();
        for (i, h) in parties.holders.iter().enumerate() {
            if let Some(role) = roles.get(&h.role) {
                holders.entry(h.ground).or_default().push((*role, i));
            }
        }
        for list in holders.values_mut() {
            list.sort_by_key(|(role, i)| (*role, parties.holders[*i].unit, parties.holders[*i].span));
        }
        PartiesIndex { units, ends, roles, holders }
    }
}

fn end(all: &[UnitRow], by: &HashMap<UnitId, usize>, unit: &UnitRow) -> End {
    let mut at = unit;
    for _ in 0..=all.len() {
        let Some(next) = at.merged_into else {
            return if at.closed { End::Closed(at.id) } else { End::Open(at.id) };
        };
        let Some(i) = by.get(&next) else { return End::Missing(next) };
        at = &all[*i];
    }
    // Merged in a circle: nobody is left.
    End::Missing(unit.id)
}

impl CatalogueIndex {
    fn new(catalogue: &Catalogue) -> CatalogueIndex {
        let all = &catalogue.versions;
        let mut dated: Vec<usize> = (0..all.len()).collect();
        dated.sort_by_key(|i| (all[*i].span.from, all[*i].version));
        CatalogueIndex {
            versions: all.iter().enumerate().map(|(i, v)| (v.version, i)).collect(),
            dated,
            items: all
                .iter()
                .map(|v| v.items.iter().enumerate().map(|(i, item)| (item.code, i)).collect())
                .collect(),
        }
    }
}
