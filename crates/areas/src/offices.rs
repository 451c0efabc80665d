//! Units, roles and named places that are read often, kept in memory by region and version.

use crate::{
    Base, REGION_MISSING, RoleBook, Spot, Unit, UnitNames,
    maps::{self, Stamp},
    places::{Index, Place},
    roles,
    search::{self, Word},
    tenure, units,
};
use kernel::{Actor, AreaCode, Moment, PlaceId, Refusal, Region, UnitId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use store::{Db, Read, Tx, rules};

/// Regions kept at once; when there are more, all are read anew.
const KEPT: usize = 64;

type Slot = Arc<tokio::sync::Mutex<Option<Arc<Office>>>>;

/// A cache of units, roles and places by region. Kept with `house.keep::<Offices>()`. It asks nobody whether
/// they may: whoever answers from it does.
#[derive(Default)]
pub struct Offices(Mutex<HashMap<Region, Slot>>);

impl Offices {
    /// The region's units, roles and places as they are now; refuses a region that has not been set up. One
    /// cheap statement, when nothing has changed.
    pub async fn of(&self, db: &Db, actor: &Actor, region: Region) -> Result<Arc<Office>, Refusal> {
        let now = maps::stamp(db, actor, region).await?;
        let slot = self.slot(region);
        let mut kept = slot.lock().await;
        if let Some(office) = kept.as_ref().filter(|o| o.stamp == now) {
            return Ok(office.clone());
        }
        let rows = db.read(actor, ReadOffice(region)).await?;
        // Reading thousands of names and boundaries takes a while: not on the threads that answer others.
        let built = tokio::task::spawn_blocking(move || Arc::new(Office::new(rows))).await;
        let office = built.map_err(|e| rules::INTERNAL.refuse().because(e))?;
        *kept = Some(office.clone());
        Ok(office)
    }

    fn slot(&self, region: Region) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if !slots.contains_key(&region) && slots.len() >= KEPT {
            slots.clear();
        }
        slots.entry(region).or_default().clone()
    }
}

struct Rows {
    stamp: Stamp,
    units: Vec<Unit>,
    roles: Vec<crate::UnitRole>,
    tenures: Vec<crate::UnitPlace>,
    places: Vec<Place>,
}

struct ReadOffice(Region);
impl Read for ReadOffice {
    type Out = Rows;
    async fn run(&self, tx: &mut Tx) -> Result<Rows, Refusal> {
        let stamp = maps::stamp_of(tx, self.0).await?;
        let stamp = stamp.ok_or_else(|| REGION_MISSING.refuse().with("region", self.0))?;
        Ok(Rows {
            stamp,
            units: units::all(tx, self.0).await?,
            roles: roles::all(tx, self.0).await?,
            tenures: tenure::all(tx, self.0).await?,
            places: crate::places::all(tx, self.0).await?,
        })
    }
}

/// A region's units, roles and named places at one version.
pub struct Office {
    stamp: Stamp,
    units: Vec<Unit>,
    words: Vec<Vec<Word>>,
    at: HashMap<UnitId, usize>,
    names: UnitNames,
    tenures: Vec<crate::UnitPlace>,
    book: RoleBook,
    places: Index,
}

impl Office {
    fn new(rows: Rows) -> Office {
        let Rows { stamp, units, roles, tenures, places } = rows;
        let words = |u: &Unit| {
            let names = std::iter::once(&u.name).chain(&u.aliases);
            names.map(|n| search::word(n)).collect::<Vec<Word>>()
        };
        Office {
            stamp,
            words: units.iter().map(words).collect(),
            at: units.iter().enumerate().map(|(i, u)| (u.id, i)).collect(),
            names: UnitNames::new(&units),
            book: RoleBook::new(&units, roles, tenures.clone()),
            tenures,
            places: Index::new(places),
            units,
        }
    }

    /// The units by name, closed and merged ones included.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    pub(crate) fn words(&self) -> &[Vec<Word>] {
        &self.words
    }

    /// A unit by its id.
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.at.get(&id).map(|i| &self.units[*i])
    }

    /// The units by how they are written.
    pub fn names(&self) -> &UnitNames {
        &self.names
    }

    /// Who holds which role where.
    pub fn book(&self) -> &RoleBook {
        &self.book
    }

    /// Which units hold which roles where, ended rows included, the oldest first.
    pub fn tenures(&self) -> &[crate::UnitPlace] {
        &self.tenures
    }

    /// The named places, by name, ended ones included.
    pub fn places(&self) -> &[Place] {
        self.places.all()
    }

    /// A named place by its id.
    pub fn place(&self, id: PlaceId) -> Option<&Place> {
        self.places.one(id)
    }

    /// The named places that hold a point (degrees) at a moment, borders included, by id.
    pub fn places_at(&self, lon: f64, lat: f64, at: Moment) -> Vec<PlaceId> {
        self.places.at(lon, lat, at)
    }

    /// What a point lies in at the moment `base` is of: its named places, then its areas from the smallest to the
    /// region. `None` where no area of the region holds it.
    pub fn spot(&self, base: &Base, lon: f64, lat: f64, at: Moment) -> Option<Spot> {
        let smallest: AreaCode = base.at(lon, lat)?;
        Some(Spot { places: self.places_at(lon, lat, at), ..Spot::of(smallest) })
    }
}
