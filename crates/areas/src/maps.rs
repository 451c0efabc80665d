//! What is read often, kept in memory by region and version.

use crate::{AreaName, AreaView, FeatureKind, Located, REGION_MISSING, RegionName, area, find::AreasQuery};
use axum::body::Bytes;
use kernel::{Actor, AreaCode, Level, Moment, Refusal, Region};
use space::Locator;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};
use store::{Db, Read, Tx, binds, from_row, rules};

/// Regions kept at once; the one unused longest makes room.
const KEPT: usize = 64;

/// A cache of base data: for each region what its present version holds. Kept with `house.keep::<Maps>()`.
#[derive(Default)]
pub struct Maps(Mutex<Shelf>);

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
    base: tokio::sync::Mutex<Option<Arc<Base>>>,
    map: tokio::sync::Mutex<Option<(Stamp, Bytes)>>,
}

/// Which state of which region's data: compared, never ordered. The moment the region was set up is part
/// of it, so that a database made anew is not mistaken for the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    created_at: Moment,
    version: i64,
}
from_row!(Stamp { created_at, version });

const STAMP: &str = "SELECT r.created_at, v.version FROM regions r JOIN base_versions v ON v.region = r.code WHERE r.code = $1";

impl Stamp {
    /// The entity tag of what was made of this state.
    pub(crate) fn tag(&self) -> String {
        format!("W/\"{}-{}\"", self.created_at.0, self.version)
    }
}

impl Maps {
    /// The region's base data as they are now; refuses a region that has not been set up. One cheap
    /// statement, when nothing has changed.
    pub async fn of(&self, db: &Db, actor: &Actor, region: Region) -> Result<Arc<Base>, Refusal> {
        let now = stamp(db, actor, region).await?;
        let slot = self.slot(region);
        let mut kept = slot.base.lock().await;
        if let Some(base) = kept.as_ref().filter(|b| b.stamp == now) {
            return Ok(base.clone());
        }
        let rows = db.read(actor, ReadBase(region)).await?;
        // Tens of thousands of areas take a while to sort: not on the threads that answer others.
        let built = tokio::task::spawn_blocking(move || Arc::new(Base::new(region, rows))).await;
        let base = built.map_err(|e| rules::INTERNAL.refuse().because(e))?;
        *kept = Some(base.clone());
        Ok(base)
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
        let mut shelf = lock(&self.0);
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

fn missing(region: Region) -> Refusal {
    REGION_MISSING.refuse().with("region", region)
}

struct Rows {
    stamp: Stamp,
    region: crate::RegionRow,
    areas: Vec<crate::Area>,
}

struct ReadBase(Region);
impl Read for ReadBase {
    type Out = Rows;
    async fn run(&self, tx: &mut Tx) -> Result<Rows, Refusal> {
        let stamp = tx.maybe(STAMP, binds![self.0]).await?.ok_or_else(|| missing(self.0))?;
        let region = crate::region_row(tx, self.0).await?.ok_or_else(|| missing(self.0))?;
        Ok(Rows { stamp, region, areas: area::all(tx, self.0).await? })
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

/// A region's base data at one version.
pub struct Base {
    stamp: Stamp,
    region: Region,
    name: String,
    zone: String,
    areas: Vec<AreaView>,
    /// Grids, communities, streets: the smallest first.
    locators: [Locator; 3],
    geometry: Mutex<HashMap<AreasQuery, Bytes>>,
}

impl Base {
    fn new(region: Region, rows: Rows) -> Base {
        let views = rows.areas.iter().map(AreaView::of).collect();
        let mut shapes = [Vec::new(), Vec::new(), Vec::new()];
        for area in rows.areas {
            let of_level = match area.code.level() {
                Level::Grid => &mut shapes[0],
                Level::Community => &mut shapes[1],
                _ => &mut shapes[2],
            };
            of_level.extend(area.shape.map(|s| (area.code, s)));
        }
        Base {
            stamp: rows.stamp,
            region,
            name: rows.region.name,
            zone: rows.region.zone,
            areas: views,
            locators: shapes.map(Locator::new),
            geometry: Mutex::default(),
        }
    }

    pub(crate) fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// The region's name.
    pub fn region_name(&self) -> &str {
        &self.name
    }

    /// The region's IANA time zone.
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// The areas, by code.
    pub fn areas(&self) -> impl Iterator<Item = &AreaView> {
        self.areas.iter()
    }

    /// An area by its code.
    pub fn area(&self, code: AreaCode) -> Option<&AreaView> {
        self.areas.binary_search_by_key(&code, |a| a.code).ok().map(|i| &self.areas[i])
    }

    /// The name of an area, the region included.
    pub fn name_of(&self, code: AreaCode) -> Option<&str> {
        if code == AreaCode::from(self.region) {
            return Some(&self.name);
        }
        self.area(code).map(|a| a.name.as_str())
    }

    /// The smallest area that holds a point: a grid, else a community, else a street. Of several that do,
    /// borders included, the one with the lowest code.
    pub fn at(&self, lon: f64, lat: f64) -> Option<AreaCode> {
        self.locators.iter().find_map(|l| l.locate(lon, lat))
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

    /// The boundaries asked for as GeoJSON; built once for each question about an area that exists.
    pub(crate) fn geometry(&self, query: AreasQuery) -> Bytes {
        if let Some(kept) = lock(&self.geometry).get(&query) {
            return kept.clone();
        }
        let mut text = Collection::new();
        for (code, shape) in self.locators.iter().rev().flat_map(Locator::areas) {
            let Some(area) = self.area(*code).filter(|_| query.takes(*code)) else { continue };
            let properties = serde_json::json!({
                "code": area.code, "name": area.name, "level": area.level, "kind": area.kind,
            });
            text.add(&code.to_string(), &properties, |out| shape.write_geojson(out));
        }
        let bytes = text.done();
        if query.parent.is_none_or(|p| self.name_of(p).is_some()) {
            lock(&self.geometry).insert(query, bytes.clone());
        }
        bytes
    }
}
