//! The catalogues of a region in memory: every version that is, was or will be in force.

use crate::{Catalogue, Item, stored};
use edge::House;
use kernel::{Actor, ItemCode, Moment, Refusal, Region};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};
use store::{Read, Tx};

/// A version with its items.
#[derive(Debug, Clone)]
pub struct Edition {
    /// The version.
    pub catalogue: Catalogue,
    /// Its items by code.
    pub items: BTreeMap<ItemCode, Item>,
}

/// The catalogues of a region that are no drafts. Never changes; a later one takes its place.
#[derive(Debug, Clone)]
pub struct Book {
    /// Whose.
    pub region: Region,
    mark: i64,
    // The oldest beginning first.
    editions: Vec<Edition>,
}

impl Book {
    /// Reads it. Two statements and the mark; hundreds of items are small.
    pub async fn load(tx: &mut Tx, region: Region) -> Result<Book, Refusal> {
        let mark = stored::mark(tx, region).await?;
        let mut catalogues = stored::catalogues(tx, region).await?;
        catalogues.retain(|c| !c.draft());
        catalogues.sort_by_key(|c| (c.from_at, c.version));
        let mut of: HashMap<i64, BTreeMap<ItemCode, Item>> = HashMap::new();
        for item in stored::settled(tx, region).await? {
            of.entry(item.version).or_default().insert(item.code, item);
        }
        let edition = |catalogue: Catalogue| {
            let items = of.remove(&catalogue.version).unwrap_or_default();
            Edition { catalogue, items }
        };
        Ok(Book { region, mark, editions: catalogues.into_iter().map(edition).collect() })
    }

    /// A book of these editions, for whoever reasons without a database.
    pub fn of(region: Region, mut editions: Vec<Edition>) -> Book {
        editions.sort_by_key(|e| (e.catalogue.from_at, e.catalogue.version));
        Book { region, mark: 0, editions }
    }

    /// The versions with their items, the oldest beginning first.
    pub fn editions(&self) -> &[Edition] {
        &self.editions
    }

    /// The version in force at a moment, with its items.
    pub fn edition_at(&self, at: Moment) -> Option<&Edition> {
        self.editions.iter().rev().find(|e| e.catalogue.holds(at))
    }

    /// The version in force at a moment.
    pub fn version_at(&self, at: Moment) -> Option<&Catalogue> {
        self.edition_at(at).map(|e| &e.catalogue)
    }

    /// A version by its number; none if it is a draft.
    pub fn edition(&self, version: i64) -> Option<&Edition> {
        self.editions.iter().find(|e| e.catalogue.version == version)
    }

    /// An item as it stood at a moment, retired ones included.
    pub fn item_at(&self, code: ItemCode, at: Moment) -> Option<&Item> {
        self.edition_at(at)?.items.get(&code)
    }

    /// An item in a version.
    pub fn item(&self, version: i64, code: ItemCode) -> Option<&Item> {
        self.edition(version)?.items.get(&code)
    }

    /// The moments after `at` at which another version begins (or the last ends), in order.
    pub fn changes_after(&self, at: Moment) -> Vec<Moment> {
        let mut all: Vec<Moment> = self
            .editions
            .iter()
            .flat_map(|e| [e.catalogue.from_at, e.catalogue.until_at])
            .flatten()
            .filter(|m| *m > at)
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// Which state of the catalogues this is: compared, never ordered.
    pub fn mark(&self) -> i64 {
        self.mark
    }
}

/// How long a book is trusted without asking, in ms.
const TRUST: i64 = 2_000;

/// The books kept, by region.
#[derive(Default)]
struct Shelf(Mutex<Inner>);

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

struct ReadMark(Region);
impl Read for ReadMark {
    type Out = i64;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<i64, Refusal> {
        Ok(stored::mark(tx, self.0).await?)
    }
}

/// Reads the book in a snapshot: for the command line and tests.
pub struct ReadBook(
    /// Of which region.
    pub Region,
);
impl Read for ReadBook {
    type Out = Book;
    async fn run(&self, tx: &mut Tx) -> Result<Book, Refusal> {
        Book::load(tx, self.0).await
    }
}

/// The region's book, from memory where it is still true; empty where the region has no catalogue.
/// It asks nobody whether they may: whoever answers from it does.
pub async fn book(house: &House, _actor: &Actor, region: Region) -> Result<Arc<Book>, Refusal> {
    let shelf = house.keep::<Shelf>();
    let now = house.db().world().now();
    let me = Actor::system("items");
    let (kept, writes) = {
        let inner = shelf.lock();
        (inner.books.get(&region).cloned(), inner.writes)
    };
    if let Some((book, at)) = kept {
        if (0..TRUST).contains(&now.since(at)) {
            return Ok(book);
        }
        if house.db().read(&me, ReadMark(region)).await? == book.mark {
            shelf.put(&book, now, writes);
            return Ok(book);
        }
    }
    let book = Arc::new(house.db().read(&me, ReadBook(region)).await?);
    shelf.put(&book, now, writes);
    Ok(book)
}
