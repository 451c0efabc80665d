//! What is read often, kept in memory by region, version and the span of time for which it holds.

use crate::{
    AreaHit, AreaKind, AreaName, AreaView, FeatureKind, Located, REGION_MISSING, RegionName, Spot, When,
    alias,
    area::{self, Span},
    find::Which,
    places::{self, Place},
    search::{Index, Rank},
};
use axum::body::Bytes;
use kernel::{Actor, AreaCode, Level, Moment, Refusal, Region};
use space::{Locator, Point, Shape};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock},
};
use store::{Db, Read, Tx, binds, from_row, rules};

/// Regions kept at once; the one unused longest makes room.
const KEPT: usize = 64;
/// States of one region kept at once: the present one and those asked for by date.
const STATES: usize = 3;

/// A cache of base data: for each region what its present version holds, now and at dates asked for. Kept
/// with `house.keep::<Maps>()`.
#[derive(Default)]
pub struct Maps {
    shelf: Mutex<Shelf>,
    everywhere: tokio::sync::Mutex<Vec<Arc<Everywhere>>>,
}

#[derive(Default)]
struct Shelf {
    tick: u64,
    slots: HashMap<Region, Arc<Slot>>,
    used: HashMap<Region, u64>,
}

/// One region's place. Its locks are held while something is built, so that many who ask for the same
/// thing at once wait for one build.
#[derive(Default)]
struct Slot {
    /// The one asked for last at the end.
    bases: tokio::sync::Mutex<Vec<Arc<Base>>>,
    map: tokio::sync::Mutex<Option<(Stamp, Bytes)>>,
}

/// Which version of which region's data: compared, never ordered. The moment the region was set up is part
/// of it, so that a database made anew is not mistaken for the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    created_at: Moment,
    version: i64,
}
from_row!(Stamp { created_at, version });

/// A region's version and time zone.
struct State {
    region: Region,
    created_at: Moment,
    version: i64,
    zone: String,
}
from_row!(State { region, created_at, version, zone });

impl State {
    fn stamp(&self) -> Stamp {
        Stamp { created_at: self.created_at, version: self.version }
    }
}

const STATE: &str = "SELECT r.code, r.created_at, v.version, r.zone FROM regions r JOIN base_versions v ON v.region = r.code WHERE r.code = $1";
const STATES_OF_ALL: &str = "SELECT r.code, r.created_at, v.version, r.zone FROM regions r JOIN base_versions v ON v.region = r.code ORDER BY r.code";
const STAMP: &str = "SELECT r.created_at, v.version FROM regions r JOIN base_versions v ON v.region = r.code WHERE r.code = $1";

impl Stamp {
    /// The entity tag of what was made of this version, whatever the date.
    pub(crate) fn tag(&self) -> String {
        format!("W/\"{}-{}\"", self.created_at.0, self.version)
    }
}

impl Maps {
    /// The region's base data as they are now; refuses a region that has not been set up. One cheap
    /// statement, when nothing has changed. What was set for a date comes true at that date, by itself.
    pub async fn of(&self, db: &Db, actor: &Actor, region: Region) -> Result<Arc<Base>, Refusal> {
        self.at(db, actor, region, None).await
    }

    /// The region's base data as they are at a day of the region or a moment, future ones among them; now
    /// when left out.
    pub async fn at(
        &self,
        db: &Db,
        actor: &Actor,
        region: Region,
        when: Option<When>,
    ) -> Result<Arc<Base>, Refusal> {
        let found: Vec<State> = db.ask(actor, STATE, binds![region]).await?;
        let state = found.into_iter().next().ok_or_else(|| missing(region))?;
        let at = moment(db, when, &state.zone);
        self.known_at(db, actor, &state, at).await
    }

    async fn known_at(
        &self,
        db: &Db,
        actor: &Actor,
        state: &State,
        at: Moment,
    ) -> Result<Arc<Base>, Refusal> {
        let (region, stamp) = (state.region, state.stamp());
        let slot = self.slot(region);
        let mut kept = slot.bases.lock().await;
        if let Some(i) = kept.iter().position(|b| b.stamp == stamp && b.span.holds(at)) {
            let base = kept.remove(i);
            kept.push(base.clone());
            return Ok(base);
        }
        let rows = db.read(actor, ReadBase(region, at)).await?;
        // Tens of thousands of areas take a while to sort: not on the threads that answer others.
        let built = tokio::task::spawn_blocking(move || Arc::new(Base::new(region, rows))).await;
        let base = built.map_err(|e| rules::INTERNAL.refuse().because(e))?;
        kept.retain(|b| b.stamp == base.stamp);
        if kept.len() >= STATES {
            kept.remove(0);
        }
        kept.push(base.clone());
        Ok(base)
    }

    /// All regions at once, for questions that name none.
    pub async fn everywhere(
        &self,
        db: &Db,
        actor: &Actor,
        when: Option<When>,
    ) -> Result<Arc<Everywhere>, Refusal> {
        let states: Vec<State> = db.ask(actor, STATES_OF_ALL, binds![]).await?;
        let moments: Vec<Moment> = states.iter().map(|s| moment(db, when, &s.zone)).collect();
        let mut kept = self.everywhere.lock().await;
        let fits = |base: &Base, state: &State, at: Moment| {
            base.region == state.region && base.stamp == state.stamp() && base.span.holds(at)
        };
        let whole = |all: &Arc<Everywhere>| {
            all.0.len() == states.len()
                && all.0.iter().zip(&states).zip(&moments).all(|((b, s), at)| fits(b, s, *at))
        };
        if let Some(i) = kept.iter().position(whole) {
            let all = kept.remove(i);
            kept.push(all.clone());
            return Ok(all);
        }
        let mut bases = Vec::with_capacity(states.len());
        for (state, at) in states.iter().zip(&moments) {
            let same = kept.iter().flat_map(|all| &all.0).find(|b| fits(b, state, *at)).cloned();
            bases.push(match same {
                Some(base) => base,
                None => self.known_at(db, actor, state, *at).await?,
            });
        }
        let all = Arc::new(Everywhere(bases));
        if kept.len() >= 2 {
            kept.remove(0);
        }
        kept.push(all.clone());
        Ok(all)
    }

    /// The base map as GeoJSON, and the stamp of what it shows.
    pub(crate) async fn map(
        &self,
        db: &Db,
        actor: &Actor,
        region: Region,
        now: Stamp,
    ) -> Result<(Stamp, Bytes), Refusal> {
        let slot = self.slot(region);
        let mut kept = slot.map.lock().await;
        if let Some((stamp, bytes)) = kept.as_ref().filter(|(stamp, _)| *stamp == now) {
            return Ok((*stamp, bytes.clone()));
        }
        let made = db.read(actor, ReadMap(region)).await?;
        *kept = Some(made.clone());
        Ok(made)
    }

    fn slot(&self, region: Region) -> Arc<Slot> {
        let mut shelf = lock(&self.shelf);
        shelf.tick += 1;
        let tick = shelf.tick;
        if !shelf.slots.contains_key(&region) && shelf.slots.len() >= KEPT {
            let oldest = shelf.used.iter().min_by_key(|(_, tick)| **tick).map(|(region, _)| *region);
            if let Some(oldest) = oldest {
                shelf.slots.remove(&oldest);
                shelf.used.remove(&oldest);
            }
        }
        shelf.used.insert(region, tick);
        shelf.slots.entry(region).or_default().clone()
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(|e| e.into_inner())
}

/// The state a region is in.
pub(crate) async fn stamp(db: &Db, actor: &Actor, region: Region) -> Result<Stamp, Refusal> {
    let found: Vec<Stamp> = db.ask(actor, STAMP, binds![region]).await?;
    found.into_iter().next().ok_or_else(|| missing(region))
}

/// The state a region is in, inside a transaction; `None` while it has not been set up.
pub(crate) async fn stamp_of(tx: &mut Tx, region: Region) -> Result<Option<Stamp>, Refusal> {
    Ok(tx.maybe(STAMP, binds![region]).await?)
}

fn missing(region: Region) -> Refusal {
    REGION_MISSING.refuse().with("region", region)
}

/// The moment meant; now when left out.
fn moment(db: &Db, when: Option<When>, zone: &str) -> Moment {
    when.map_or_else(|| db.world().now(), |w| w.moment(zone))
}

struct Rows {
    stamp: Stamp,
    span: Span,
    region: crate::RegionRow,
    areas: Vec<crate::Area>,
    aliases: HashMap<AreaCode, Vec<String>>,
    places: Vec<Place>,
    at: Moment,
}

struct ReadBase(Region, Moment);
impl Read for ReadBase {
    type Out = Rows;
    async fn run(&self, tx: &mut Tx) -> Result<Rows, Refusal> {
        let stamp = tx.maybe(STAMP, binds![self.0]).await?.ok_or_else(|| missing(self.0))?;
        let region = crate::region_row(tx, self.0).await?.ok_or_else(|| missing(self.0))?;
        let span = area::span(tx, self.0, self.1).await?;
        let areas = area::all(tx, self.0, self.1).await?;
        let aliases = alias::all(tx, self.0).await?;
        let places = places::all(tx, self.0).await?;
        Ok(Rows { stamp, span, region, areas, aliases, places, at: self.1 })
    }
}

struct FeatureRow {
    id: i64,
    kind: String,
    class: String,
    name: String,
    geometry: String,
}
from_row!(FeatureRow { id, kind, class, name, geometry });

struct ReadMap(Region);
impl Read for ReadMap {
    type Out = (Stamp, Bytes);
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        let stamp = tx.maybe(STAMP, binds![self.0]).await?.ok_or_else(|| missing(self.0))?;
        let sql = "SELECT id, kind, class, name, geometry FROM map_features WHERE region = $1 ORDER BY id";
        let rows: Vec<FeatureRow> = tx.all(sql, binds![self.0]).await?;
        let mut text = Collection::new();
        for row in rows {
            FeatureKind::stored(&row.kind)?;
            let properties = serde_json::json!({ "kind": row.kind, "class": row.class, "name": row.name });
            text.add(&row.id.to_string(), &properties, |out| out.push_str(&row.geometry));
        }
        Ok((stamp, text.done()))
    }
}

/// The text of a GeoJSON FeatureCollection, feature by feature.
struct Collection(String, bool);

impl Collection {
    fn new() -> Collection {
        Collection(r#"{"type":"FeatureCollection","features":["#.to_owned(), false)
    }
    fn add(&mut self, id: &str, properties: &serde_json::Value, geometry: impl FnOnce(&mut String)) {
        if self.1 {
            self.0.push(',');
        }
        self.1 = true;
        // Ids are digits; properties are escaped by serde_json.
        self.0.push_str(&format!(r#"{{"type":"Feature","id":"{id}","properties":{properties},"geometry":"#));
        geometry(&mut self.0);
        self.0.push('}');
    }
    fn done(mut self) -> Bytes {
        self.0.push_str("]}");
        self.0.into()
    }
}

/// A region's base data at one version, for the span of time in which none of it changes.
pub struct Base {
    stamp: Stamp,
    span: Span,
    region: Region,
    name: String,
    zone: String,
    /// The region itself, as an area.
    whole: AreaView,
    areas: Vec<AreaView>,
    /// Grids, communities, streets, the region: the smallest first.
    locators: [Locator; 4],
    places: places::Index,
    at: Moment,
    inside: OnceLock<HashMap<AreaCode, usize>>,
    index: OnceLock<Index>,
    geometry: Mutex<HashMap<Which, Bytes>>,
}

impl Base {
    fn new(region: Region, mut rows: Rows) -> Base {
        let own = AreaCode::from(region);
        let mut aliases = |code| rows.aliases.remove(&code).unwrap_or_default();
        let mut whole = AreaView {
            name: rows.region.name.clone(),
            kind: AreaKind::of(own),
            aliases: aliases(own),
            ..AreaView::bare(own)
        };
        let mut areas = Vec::with_capacity(rows.areas.len());
        let mut shapes = [const { Vec::new() }; 4];
        for area in rows.areas {
            let view = AreaView::of(&area, aliases(area.code));
            let of_level = match area.code.level() {
                Level::Grid => &mut shapes[0],
                Level::Community => &mut shapes[1],
                Level::Street => &mut shapes[2],
                Level::Region => &mut shapes[3],
            };
            of_level.extend(area.shape.map(|s| (area.code, s)));
            if area.code == own {
                (whole.kind, whole.bounded) = (view.kind, view.bounded);
            } else {
                areas.push(view);
            }
        }
        Base {
            stamp: rows.stamp,
            span: rows.span,
            region,
            name: rows.region.name,
            zone: rows.region.zone,
            whole,
            areas,
            locators: shapes.map(Locator::new),
            places: places::Index::new(rows.places),
            at: rows.at,
            inside: OnceLock::new(),
            index: OnceLock::new(),
            geometry: Mutex::default(),
        }
    }

    pub(crate) fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// The entity tag of what was made of this state: the version and since when it has been so.
    pub(crate) fn tag(&self) -> String {
        let Stamp { created_at, version } = self.stamp;
        format!("W/\"{}-{version}-{}\"", created_at.0, self.span.since.map_or(0, |s| s.0))
    }

    /// Which region.
    pub fn region(&self) -> Region {
        self.region
    }

    /// The region's name.
    pub fn region_name(&self) -> &str {
        &self.name
    }

    /// The region's IANA time zone.
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// The areas inside the region, by code.
    pub fn areas(&self) -> impl Iterator<Item = &AreaView> {
        self.areas.iter()
    }

    /// The region itself, as an area.
    pub fn whole(&self) -> &AreaView {
        &self.whole
    }

    /// An area by its code, the region included.
    pub fn area(&self, code: AreaCode) -> Option<&AreaView> {
        if code == self.whole.code {
            return Some(&self.whole);
        }
        self.areas.binary_search_by_key(&code, |a| a.code).ok().map(|i| &self.areas[i])
    }

    /// The name of an area, the region included.
    pub fn name_of(&self, code: AreaCode) -> Option<&str> {
        self.area(code).map(|a| a.name.as_str())
    }

    /// How many areas are directly inside this one.
    pub fn inside(&self, code: AreaCode) -> usize {
        let counted = self.inside.get_or_init(|| {
            let mut counts: HashMap<AreaCode, usize> = HashMap::new();
            for parent in self.areas.iter().filter_map(|a| a.parent) {
                *counts.entry(parent).or_default() += 1;
            }
            counts
        });
        counted.get(&code).copied().unwrap_or_default()
    }

    /// The boundary of an area.
    pub fn shape(&self, code: AreaCode) -> Option<&Shape> {
        let all = self.shapes(code.level());
        all.binary_search_by_key(&code, |(c, _)| *c).ok().map(|i| &all[i].1)
    }

    /// The boundaries of a level, by code.
    pub fn shapes(&self, level: Level) -> &[(AreaCode, Shape)] {
        self.locators[step(level)].areas()
    }

    fn locator(&self, level: Level) -> &Locator {
        &self.locators[step(level)]
    }

    /// The smallest area that holds a point: a grid, else a community, a street, the region. Of several of a
    /// level that do, borders included, the one with the lowest code.
    pub fn at(&self, lon: f64, lat: f64) -> Option<AreaCode> {
        self.locators.iter().find_map(|l| l.locate(lon, lat))
    }

    /// What a point lies in: the named places, and the smallest area with all those that hold it, the region
    /// last; the region alone where no area of it holds the point.
    pub fn spot(&self, lon: f64, lat: f64) -> Spot {
        let area = self.at(lon, lat).unwrap_or(self.region.into());
        Spot { places: self.places.at(lon, lat, self.at), ..Spot::of(area) }
    }

    /// An area with all those that hold it, by name.
    pub fn located(&self, code: AreaCode) -> Located {
        let named = |level| {
            let area = self.area(code.at(level)?)?;
            Some(AreaName { code: area.code, name: area.name.clone() })
        };
        Located {
            region: RegionName { code: self.region, name: self.name.clone() },
            street: named(Level::Street),
            community: named(Level::Community),
            grid: named(Level::Grid),
        }
    }

    /// The names, ready to be searched; made when first asked for.
    pub(crate) fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let all = std::iter::once(&self.whole).chain(&self.areas);
            Index::new(all.map(|a| (a.code, a.name.as_str(), a.aliases.as_slice())))
        })
    }

    pub(crate) fn hit(&self, rank: &Rank) -> Option<AreaHit> {
        let area = self.area(rank.code)?;
        let above = [Level::Region, Level::Street, Level::Community].into_iter();
        let within = above.filter(|l| *l < area.level).filter_map(|l| self.area(area.code.at(l)?));
        Some(AreaHit {
            code: area.code,
            name: area.name.clone(),
            alias: rank.word.checked_sub(1).and_then(|i| area.aliases.get(i)).cloned(),
            level: area.level,
            kind: area.kind,
            within: within.map(|a| AreaName { code: a.code, name: a.name.clone() }).collect(),
        })
    }

    /// The boundaries asked for as GeoJSON; built once for each question about an area that exists.
    pub(crate) fn geometry(&self, which: Which) -> Bytes {
        if let Some(kept) = lock(&self.geometry).get(&which) {
            return kept.clone();
        }
        let mut text = Collection::new();
        for (code, shape) in self.locators.iter().rev().flat_map(Locator::areas) {
            let Some(area) = self.area(*code).filter(|_| which.takes(*code)) else { continue };
            let properties = serde_json::json!({
                "code": area.code, "name": area.name, "level": area.level, "kind": area.kind,
            });
            text.add(&code.to_string(), &properties, |out| shape.write_geojson(out));
        }
        let bytes = text.done();
        if which.parent.is_none_or(|p| self.name_of(p).is_some()) {
            lock(&self.geometry).insert(which, bytes.clone());
        }
        bytes
    }
}

/// The place of a level among the locators.
fn step(level: Level) -> usize {
    match level {
        Level::Grid => 0,
        Level::Community => 1,
        Level::Street => 2,
        Level::Region => 3,
    }
}

/// All regions, each as it is at the moment asked for, by code.
pub struct Everywhere(Vec<Arc<Base>>);

impl Everywhere {
    /// The regions, by code.
    pub fn regions(&self) -> impl Iterator<Item = &Base> {
        self.0.iter().map(Arc::as_ref)
    }

    /// A region.
    pub fn region(&self, region: Region) -> Option<&Base> {
        self.0.binary_search_by_key(&region, |b| b.region).ok().map(|i| &*self.0[i])
    }

    /// The smallest area that holds a point, whatever its region; of several of a level, borders included,
    /// the one with the lowest code.
    pub fn at(&self, lon: f64, lat: f64) -> Option<AreaCode> {
        [Level::Grid, Level::Community, Level::Street, Level::Region]
            .into_iter()
            .find_map(|level| self.of_level(level, lon, lat))
    }

    /// The area of one level that holds a point; of several the one with the lowest code.
    pub fn of_level(&self, level: Level, lon: f64, lat: f64) -> Option<AreaCode> {
        // Codes of a level sort as those of their regions do.
        self.0.iter().find_map(|b| b.locator(level).locate(lon, lat))
    }

    /// [`Everywhere::at`] of each of many points.
    pub fn many(&self, points: &[[f64; 2]]) -> Vec<Option<AreaCode>> {
        let mut found = vec![None; points.len()];
        let mut left: Vec<usize> = (0..points.len()).collect();
        for level in [Level::Grid, Level::Community, Level::Street, Level::Region] {
            for base in &self.0 {
                let locator = base.locator(level);
                let Some(bounds) = locator.bounds() else { continue };
                // Those that the box may hold, asked together; the others go on to the next region.
                let near: Vec<usize> = left
                    .iter()
                    .copied()
                    .filter(|i| found[*i].is_none() && bounds.holds(Point::of(points[*i][0], points[*i][1])))
                    .collect();
                let asked: Vec<[f64; 2]> = near.iter().map(|i| points[*i]).collect();
                for (i, code) in near.into_iter().zip(locator.locate_many(&asked)) {
                    found[i] = code;
                }
            }
            left.retain(|i| found[*i].is_none());
        }
        found
    }

    /// An area with all those that hold it, by name.
    pub fn located(&self, code: AreaCode) -> Option<Located> {
        self.region(code.region()).map(|b| b.located(code))
    }
}
