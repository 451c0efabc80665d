use crate::{
    Area, AreaKind, FeatureKind, KIND_MISFIT, PARENT_MISSING, REGION_MISSING, Unit, UnitKind, ZONE_UNKNOWN,
    area::{self, Kept},
    put_area, region,
    register::Register,
};
use audit::Note;
use kernel::{AreaCode, Checks, NOT_FOUND, Refusal, Region, UnitId, Who};
use serde_json::{Value, json};
use space::Shape;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{Tx, Write, binds};

/// A region to load.
#[derive(Debug, Clone)]
pub struct NewRegion {
    /// Its code.
    pub code: Region,
    /// Its name.
    pub name: String,
    /// Its IANA time zone.
    pub zone: String,
}

/// An area to load.
#[derive(Debug, Clone)]
pub struct NewArea {
    /// Its code, which tells its region, level and parent.
    pub code: AreaCode,
    /// Its name.
    pub name: String,
    /// Its kind; told by the code when absent.
    pub kind: Option<AreaKind>,
    /// Its boundary; a boundary already known stays when absent.
    pub shape: Option<Shape>,
}

/// A unit to load.
#[derive(Debug, Clone)]
pub struct NewUnit {
    /// In which region.
    pub region: Region,
    /// Its id.
    pub id: UnitId,
    /// Its name.
    pub name: String,
    /// What sort.
    pub kind: UnitKind,
}

/// Something of the base map to load.
#[derive(Debug, Clone)]
pub struct NewFeature {
    /// In which region.
    pub region: Region,
    /// Its number, unique in the region.
    pub id: i64,
    /// What it is.
    pub kind: FeatureKind,
    /// Finer: arterial, estate, river …
    pub class: String,
    /// Its name, or empty.
    pub name: String,
    /// Its GeoJSON geometry, of any type.
    pub geometry: Value,
}

/// Loads base data in one transaction: all of it or nothing. The system only (demonstration, import). What
/// is there already is brought to what is given, nothing is taken away; loaded twice, the second changes nothing.
#[derive(Debug, Clone, Default)]
pub struct LoadBase {
    /// Regions.
    pub regions: Vec<NewRegion>,
    /// Areas of these regions or of ones already there, in any order.
    pub areas: Vec<NewArea>,
    /// Units.
    pub units: Vec<NewUnit>,
    /// The base map.
    pub features: Vec<NewFeature>,
}

/// What a load changed, of each sort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Regions set up or changed.
    pub regions: usize,
    /// Areas made or changed.
    pub areas: usize,
    /// Units made or changed.
    pub units: usize,
    /// Map features written.
    pub features: usize,
}

impl Write for LoadBase {
    type Out = Loaded;

    async fn run(&self, tx: &mut Tx) -> Result<Loaded, Refusal> {
        if !matches!(tx.actor().who, Who::System(_)) {
            return Err(NOT_FOUND.refuse());
        }
        self.check()?;
        let mut changed: BTreeMap<Region, Loaded> = BTreeMap::new();
        for r in &self.regions {
            let zone =
                region::zone_name(&r.zone).ok_or_else(|| ZONE_UNKNOWN.refuse().with("zone", &r.zone))?;
            changed.entry(r.code).or_default().regions +=
                usize::from(region::put(tx, r.code, r.name.trim(), &zone).await?);
        }
        for region in self.touched() {
            if !region::region_exists(tx, region).await? {
                return Err(REGION_MISSING.refuse().with("region", region));
            }
            let count = changed.entry(region).or_default();
            count.areas = self.areas_of(tx, region).await?;
            count.units = self.units_of(tx, region).await?;
            count.features = self.features_of(tx, region).await?;
        }
        let mut all = Loaded::default();
        for (region, n) in changed {
            if n == Loaded::default() {
                continue;
            }
            region::bump(tx, region).await?;
            let detail =
                json!({ "regions": n.regions, "areas": n.areas, "units": n.units, "features": n.features });
            let note = Note { region, action: "region.load", object: format!("region/{region}"), detail };
            audit::record(tx, note, None).await?;
            all.regions += n.regions;
            all.areas += n.areas;
            all.units += n.units;
            all.features += n.features;
        }
        Ok(all)
    }
}

impl LoadBase {
    /// The regions of everything but the regions.
    fn touched(&self) -> BTreeSet<Region> {
        let areas = self.areas.iter().map(|a| a.code.region());
        let units = self.units.iter().map(|u| u.region);
        areas.chain(units).chain(self.features.iter().map(|f| f.region)).collect()
    }

    fn check(&self) -> Result<(), Refusal> {
        let mut checks = Checks::new();
        for r in &self.regions {
            checks.text(&format!("regions.{}.name", r.code), &r.name, 1..=100);
        }
        for a in &self.areas {
            checks.text(&format!("areas.{}.name", a.code), &a.name, 1..=100);
        }
        for u in &self.units {
            checks.text(&format!("units.{}.name", u.id), &u.name, 1..=100);
        }
        for f in &self.features {
            checks.text(&format!("features.{}.name", f.id), &f.name, 0..=200);
            checks.text(&format!("features.{}.class", f.id), &f.class, 0..=60);
        }
        checks.done()
    }

    async fn areas_of(&self, tx: &mut Tx, region: Region) -> Result<usize, Refusal> {
        let mut new: Vec<&NewArea> = self.areas.iter().filter(|a| a.code.region() == region).collect();
        if new.is_empty() {
            return Ok(0);
        }
        // Shorter codes are smaller numbers: parents come first.
        new.sort_by_key(|a| a.code);
        let at = tx.at();
        let zone = region::region_row(tx, region).await?.map(|r| r.zone).unwrap_or_default();
        let mut there: HashMap<AreaCode, Area> =
            area::all(tx, region, at).await?.into_iter().map(|a| (a.code, a)).collect();
        let latest = area::all_latest(tx, region).await?;
        let mut n = 0;
        for a in new {
            let parent = put_area::within(region, a.code)?;
            if parent != AreaCode::from(region) && !there.contains_key(&parent) {
                return Err(PARENT_MISSING.field(format!("areas.{}", a.code)).with("parent", parent));
            }
            let was = there.get(&a.code);
            let kind = a.kind.or(was.map(|w| w.kind)).unwrap_or(AreaKind::of(a.code));
            if !kind.fits(a.code.level()) {
                return Err(KIND_MISFIT.field(format!("areas.{}", a.code)).with("kind", kind.code()));
            }
            let shape = a.shape.clone().or(was.and_then(|w| w.shape.clone()));
            let is = Area { code: a.code, name: a.name.trim().to_owned(), kind, shape, from: at };
            if was.is_some_and(|w| w.same(&is)) {
                continue;
            }
            let last = latest.get(&a.code).copied();
            area::dated(a.code, last, at, at, &zone)?;
            let kept = match was {
                Some(w) if a.shape.is_none() => Kept::AsOf(w.from),
                _ => Kept::None,
            };
            area::write(tx, last, &is, kept).await?;
            there.insert(a.code, is);
            n += 1;
        }
        if n > 0 {
            region::measure(tx, region).await?;
        }
        Ok(n)
    }

    async fn units_of(&self, tx: &mut Tx, region: Region) -> Result<usize, Refusal> {
        if !self.units.iter().any(|u| u.region == region) {
            return Ok(0);
        }
        let mut register = Register::load(tx, region).await?;
        let mut n = 0;
        for u in self.units.iter().filter(|u| u.region == region) {
            let name = u.name.trim().to_owned();
            let is = match register.unit(u.id) {
                Some(was) => Unit { name, kind: u.kind, ..was.clone() },
                None => Unit::new(u.id, name, u.kind),
            };
            let field = format!("units.{}", u.id);
            n += usize::from(register.put(tx, is, &field).await?);
        }
        Ok(n)
    }

    async fn features_of(&self, tx: &mut Tx, region: Region) -> Result<usize, Refusal> {
        let new: Vec<&NewFeature> = self.features.iter().filter(|f| f.region == region).collect();
        if new.is_empty() {
            return Ok(0);
        }
        let sql = "SELECT id, kind, class, name, geometry FROM map_features WHERE region = $1";
        let rows: Vec<(i64, String, String, String, String)> = tx.all(sql, binds![region]).await?;
        let there: HashMap<i64, _> = rows.into_iter().map(|(id, k, c, n, g)| (id, (k, c, n, g))).collect();
        let mut n = 0;
        for f in new {
            let is = (f.kind.code().to_owned(), f.class.clone(), f.name.clone(), f.geometry.to_string());
            if there.get(&f.id) == Some(&is) {
                continue;
            }
            let (kind, class, name, geometry) = is;
            tx.put(
                "INSERT INTO map_features (region, id, kind, class, name, geometry) VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (region, id) DO UPDATE SET kind = excluded.kind, class = excluded.class,
                   name = excluded.name, geometry = excluded.geometry",
                binds![region, f.id, kind, class, name, geometry],
            )
            .await?;
            n += 1;
        }
        Ok(n)
    }
}
