use crate::{
    Version, ZONE_UNKNOWN,
    stored::{self, All, ReadAll, ReadStamp, Stamp},
};
use calendar::{BadCalendar, Calendar, Hours, Year};
use edge::House;
use kernel::{Actor, Moment, Refusal, Region, UnitId};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};
use store::{Db, rules};

/// The settings of a region at one moment. Never changes; a later one takes its place.
pub struct Book {
    /// Whose.
    pub region: Region,
    stamp: Stamp,
    years: Vec<Year>,
    own_years: Vec<i16>,
    own_hours: bool,
    calendar: Calendar,
    units: HashMap<UnitId, Calendar>,
    usual: flow::Rules,
    versions: BTreeMap<i64, (Version, flow::Rules)>,
}

impl Book {
    fn new(region: Region, all: All, reopen_days: i64) -> Result<Book, Refusal> {
        let zone = all.stamp.zone.clone();
        let bad = |e: BadCalendar| {
            ZONE_UNKNOWN.refuse().with("region", region).with("zh", e.zh()).with("en", e.en()).because(&e)
        };
        let make = |hours: &Hours| Calendar::new(&zone, hours, &all.years).map_err(bad);
        let (mut own, mut own_hours, mut units) = (Hours::default(), false, HashMap::new());
        for (unit, hours) in &all.hours {
            if *unit == stored::REGION {
                own.clone_from(hours);
                own_hours = true;
            } else {
                units.insert(*unit, make(hours)?);
            }
        }
        let calendar = make(&own)?;
        let mut versions = BTreeMap::new();
        for s in all.versions {
            let is = Version { version: s.version, from_at: s.from_at, account: s.account };
            versions.insert(s.version, (is, stored::rules(&s.body)?));
        }
        let usual = flow::Rules { reopen_days, ..flow::Rules::default() };
        let (stamp, years, own_years) = (all.stamp, all.years, all.own);
        Ok(Book { region, stamp, years, own_years, own_hours, calendar, units, usual, versions })
    }

    /// The calendar a unit works by: its own hours if it has any, else the region's.
    pub fn calendar(&self, unit: Option<UnitId>) -> &Calendar {
        unit.and_then(|u| self.units.get(&u)).unwrap_or(&self.calendar)
    }

    /// Whether a unit has hours of its own.
    pub fn has_hours(&self, unit: UnitId) -> bool {
        self.units.contains_key(&unit)
    }

    /// The years whose holidays are known, in order.
    pub fn years(&self) -> &[Year] {
        &self.years
    }

    /// Whether the region has stored a list of its own for that year.
    pub fn own_year(&self, year: i16) -> bool {
        self.own_years.contains(&year)
    }

    /// Whether this program has a list of that year for regions with such clocks.
    pub fn built_in_year(&self, year: i16) -> bool {
        stored::built_in(self.zone()).iter().any(|y| y.year == year)
    }

    /// Whether the region has set working hours of its own.
    pub fn own_hours(&self) -> bool {
        self.own_hours
    }

    /// The region's IANA time zone.
    pub fn zone(&self) -> &str {
        &self.stamp.zone
    }

    /// The rules in force.
    pub fn current(&self) -> &flow::Rules {
        self.versions.last_key_value().map_or(&self.usual, |(_, (_, r))| r)
    }

    /// The rules of a version; those in force where it is unknown.
    pub fn rules(&self, version: i64) -> &flow::Rules {
        self.known(version).unwrap_or_else(|| self.current())
    }

    /// The rules of a version, if it exists.
    pub fn known(&self, version: i64) -> Option<&flow::Rules> {
        if version == 1 { Some(&self.usual) } else { self.versions.get(&version).map(|(_, r)| r) }
    }

    /// The version in force.
    pub fn version(&self) -> i64 {
        self.versions.last_key_value().map_or(1, |(v, _)| *v)
    }

    /// The stored versions, oldest first. Version 1 is the program's own and is not among them.
    pub fn versions(&self) -> impl Iterator<Item = &Version> {
        self.versions.values().map(|(v, _)| v)
    }
}

/// How long a book is trusted without asking, in ms.
const TRUST: i64 = 2_000;

/// The books kept, by region.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    books: HashMap<Region, (Arc<Book>, Moment)>,
    // Counts the writes of this process: what was read before one is not kept after it.
    writes: u64,
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn put(&self, book: &Arc<Book>, at: Moment, writes: u64) {
        let mut inner = self.lock();
        if inner.writes == writes {
            inner.books.insert(book.region, (book.clone(), at));
        }
    }
}

/// After a write of this process: the next question is answered from the database.
pub(crate) fn forget(house: &House, region: Region) {
    let shelf = house.keep::<Shelf>();
    let mut inner = shelf.lock();
    inner.writes += 1;
    inner.books.remove(&region);
}

/// The region's book, from memory where it is still true. Refuses a region that has not been set up.
pub async fn book(house: &House, region: Region) -> Result<Arc<Book>, Refusal> {
    let shelf = house.keep::<Shelf>();
    let now = house.db().world().now();
    let (kept, writes) = {
        let inner = shelf.lock();
        (inner.books.get(&region).cloned(), inner.writes)
    };
    if let Some((book, at)) = kept {
        if (0..TRUST).contains(&now.since(at)) {
            return Ok(book);
        }
        if house.db().read(&Actor::system("rules"), ReadStamp(region)).await? == book.stamp {
            shelf.put(&book, now, writes);
            return Ok(book);
        }
    }
    let book = read(house.db(), region, house.settings().reopen_days).await?;
    shelf.put(&book, now, writes);
    Ok(book)
}

/// The region's book, read from the database: for the command line and tests.
pub async fn book_of(db: &Db, region: Region) -> Result<Arc<Book>, Refusal> {
    read(db, region, flow::Rules::default().reopen_days).await
}

/// Version 1, the program's own, takes the time for reopening from the installation's settings.
async fn read(db: &Db, region: Region, reopen_days: i64) -> Result<Arc<Book>, Refusal> {
    let all = db.read(&Actor::system("rules"), ReadAll(region)).await?;
    // Many units with hours of their own take a while to compile: not on the threads that answer others.
    let made = tokio::task::spawn_blocking(move || Book::new(region, all, reopen_days).map(Arc::new)).await;
    made.map_err(|e| rules::INTERNAL.refuse().because(e))?
}
