//! From the tables of the ground to a [`World`]: everything a region's duties speak of, in one snapshot.

use crate::{row, row::DutyRow, spots::Spots, world::*};
use areas::RoleBook;
use kernel::{AreaCode, Moment, PlaceId, Refusal, Region, UnitId};
use space::Shape;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};
use store::{FromRow, Read, Row, StoreError, Tx, binds, from_row};

/// Which state of a region's ground: compared, never ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    created_at: Moment,
    base: i64,
    items: i64,
    pub(crate) duties: i64,
}
from_row!(Stamp { created_at, base, items, duties });

impl Stamp {
    /// Whether nothing but duties has changed.
    pub(crate) fn but_duties(&self, other: &Stamp) -> bool {
        Stamp { duties: 0, ..*self } == Stamp { duties: 0, ..*other }
    }
}

async fn stamp(tx: &mut Tx, region: Region) -> Result<Option<Stamp>, StoreError> {
    tx.maybe(
        "SELECT r.created_at, v.version, COALESCE(c.mark, 0), COALESCE(d.mark, 0)
         FROM regions r JOIN base_versions v ON v.region = r.code
         LEFT JOIN catalogue_marks c ON c.region = r.code
         LEFT JOIN duty_marks d ON d.region = r.code WHERE r.code = $1",
        binds![region],
    )
    .await
}

/// A region's ground as the tables hold it.
pub(crate) struct Stored {
    pub region: Region,
    pub stamp: Stamp,
    pub name: String,
    pub zone: String,
    pub areas: Vec<StoredArea>,
    pub places: Vec<StoredPlace>,
    pub parties: Parties,
    pub catalogue: Catalogue,
    pub duties: Vec<DutyRow>,
}

/// An area's row of one stretch of time.
pub(crate) struct StoredArea {
    pub code: AreaCode,
    pub name: String,
    pub shape: Option<Shape>,
    pub span: Span,
}

/// A named place.
pub(crate) struct StoredPlace {
    pub id: PlaceId,
    pub name: String,
    pub shape: Option<Shape>,
    pub span: Span,
}

fn shape(bytes: Option<Vec<u8>>, what: &str) -> Result<Option<Shape>, StoreError> {
    let read = bytes.map(|b| Shape::from_bytes(&b)).transpose();
    read.map_err(|_| StoreError::Internal(format!("a stored {what} has no readable shape")))
}

impl FromRow for StoredArea {
    fn from_row(row: &mut Row<'_>) -> Result<StoredArea, StoreError> {
        let code = row.next::<Option<AreaCode>>()?;
        let code = code.ok_or_else(|| StoreError::Internal("a stored area has no readable code".into()))?;
        Ok(StoredArea {
            code,
            name: row.next()?,
            shape: shape(row.next()?, "area")?,
            span: Span { from: row.next()?, until: row.next()? },
        })
    }
}

impl FromRow for StoredPlace {
    fn from_row(row: &mut Row<'_>) -> Result<StoredPlace, StoreError> {
        Ok(StoredPlace {
            id: row.next()?,
            name: row.next()?,
            shape: shape(row.next()?, "place")?,
            span: Span { from: row.next()?, until: row.next()? },
        })
    }
}

async fn ground(tx: &mut Tx, region: Region) -> Result<Option<Stored>, Refusal> {
    let Some(stamp) = stamp(tx, region).await? else { return Ok(None) };
    let (name, zone): (String, String) =
        tx.one("SELECT name, zone FROM regions WHERE code = $1", binds![region]).await?;
    let areas = tx
        .all(
            "SELECT code, name, shape, from_at, until_at FROM areas WHERE region = $1 ORDER BY code, from_at",
            binds![region],
        )
        .await?;
    let places = tx
        .all(
            "SELECT id, name, shape, from_at, until_at FROM places WHERE region = $1 ORDER BY id",
            binds![region],
        )
        .await?;
    let parties = parties(tx, region).await?;
    let catalogue = catalogue(tx, region).await?;
    let duties = row::all(tx, region).await?;
    Ok(Some(Stored { region, stamp, name, zone, areas, places, parties, catalogue, duties }))
}

async fn parties(tx: &mut Tx, region: Region) -> Result<Parties, StoreError> {
    let roles = RoleBook::load(tx, region).await?;
    type Unit = (UnitId, String, String, bool, Option<UnitId>);
    let units: Vec<Unit> = tx
        .all(
            "SELECT id, name, kind, closed, merged_into FROM units WHERE region = $1 ORDER BY id",
            binds![region],
        )
        .await?;
    let kinds: HashMap<UnitId, &str> = units.iter().map(|(id, _, kind, ..)| (*id, kind.as_str())).collect();
    let mut holders = Vec::new();
    for (at, rows) in roles.grounds() {
        let ground = match at {
            areas::Ground::Place(p) => Ground::Place(p),
            areas::Ground::Area(a) => Ground::Area(a),
        };
        for row in rows {
            let kind = kinds.get(&roles.now(row.unit)).copied();
            // Whoever works there holds what its kind holds, besides what it is named for.
            for role in roles.roles() {
                let named = role.code == row.role;
                if named || role.kind.is_some_and(|k| Some(k.code()) == kind) {
                    holders.push(HolderRow {
                        listed: !named,
                        unit: row.unit,
                        role: role.code.clone(),
                        ground,
                        span: Span { from: row.from_at, until: row.until_at },
                    });
                }
            }
        }
    }
    let named = |r: &areas::UnitRole| RoleRow { code: r.code.clone(), zh: r.zh.clone(), en: r.en.clone() };
    Ok(Parties {
        roles: roles.roles().iter().map(named).collect(),
        units: units
            .into_iter()
            .map(|(id, name, _, closed, merged_into)| UnitRow { id, name, closed, merged_into })
            .collect(),
        holders,
    })
}

/// What reading comes to.
pub(crate) enum Loaded {
    /// Nothing has changed.
    Same,
    /// Only duties of the region itself.
    Duties(Stamp, Vec<DutyRow>),
    /// The region, and those that its enclaves fall to.
    All(Box<Stored>, Vec<Stored>),
}

/// Reads what has changed since a state that is known: the region's own stamp and its neighbours'.
pub(crate) struct Load {
    pub region: Region,
    pub known: Option<(Stamp, BTreeMap<Region, Stamp>)>,
}

impl Read for Load {
    type Out = Loaded;

    async fn run(&self, tx: &mut Tx) -> Result<Loaded, Refusal> {
        let missing = || areas::REGION_MISSING.refuse().with("region", self.region);
        let now = stamp(tx, self.region).await?.ok_or_else(missing)?;
        if let Some((own, others)) = &self.known
            && now.but_duties(own)
        {
            let mut same = true;
            for (region, was) in others {
                same &= stamp(tx, *region).await?.as_ref() == Some(was);
            }
            if same && now == *own {
                return Ok(Loaded::Same);
            }
            let duties = row::all(tx, self.region).await?;
            if same && neighbours(&duties, self.region).iter().all(|r| others.contains_key(r)) {
                return Ok(Loaded::Duties(now, duties));
            }
        }
        let own = ground(tx, self.region).await?.ok_or_else(missing)?;
        let mut others = Vec::new();
        for region in neighbours(&own.duties, self.region) {
            others.extend(ground(tx, region).await?);
        }
        Ok(Loaded::All(Box::new(own), others))
    }
}

/// The regions that enclaves fall to.
fn neighbours(duties: &[DutyRow], own: Region) -> BTreeSet<Region> {
    let regions = duties.iter().filter_map(|d| match d.duty.answer {
        Answer::Region(r) if r != own => Some(r),
        _ => None,
    });
    regions.collect()
}

/// A share of a grid's land from which on a place is taken to fill it.
const WHOLE: f64 = 0.995;
/// Square metres that a place has to share with a grid to be in it: less is how two people drew one line.
const SHARED: f64 = 1.0;

impl Stored {
    /// The same world without cells, for questions about single spots.
    pub(crate) fn bare_world(&self) -> World {
        let areas = self.areas.iter().map(|a| AreaRow { code: a.code, name: a.name.clone(), span: a.span });
        let places = self.places.iter().map(|p| PlaceRow { id: p.id, name: p.name.clone(), span: p.span });
        let mut areas: Vec<AreaRow> = areas.filter(|a| a.code != AreaCode::from(self.region)).collect();
        areas.push(AreaRow { code: self.region.into(), name: self.name.clone(), span: Span::ALWAYS });
        World {
            region: self.region,
            name: self.name.clone(),
            zone: self.zone.clone(),
            land: Arc::new(Land { areas, places: places.collect(), cells: Vec::new() }),
            parties: Arc::new(self.parties.clone()),
            catalogue: Arc::new(self.catalogue.clone()),
            duties: self.duties.iter().map(|d| d.duty.clone()).collect(),
        }
    }

    /// The world of this ground. `others`: the maps of the regions that its enclaves fall to.
    pub(crate) fn world(&self, others: &[(Region, Spots)], now: Moment) -> World {
        let bare = self.bare_world();
        let land = Land { cells: self.cells(others, now), ..(*bare.land).clone() };
        World { land: Arc::new(land), ..bare }
    }

    /// The smallest areas, each while it has none inside it, and their parts in named places.
    fn cells(&self, others: &[(Region, Spots)], now: Moment) -> Vec<Cell> {
        let mut inside: HashMap<AreaCode, Vec<Span>> = HashMap::new();
        for a in &self.areas {
            if let Some(parent) = a.code.parent() {
                inside.entry(parent).or_default().push(a.span);
            }
        }
        let mut cells = Vec::new();
        let own = AreaCode::from(self.region);
        for a in self.areas.iter().filter(|a| a.code != own) {
            // What has ended is not checked any more.
            let Some(span) = a.span.and(Span { from: now, until: None }) else { continue };
            let spans = inside.get(&a.code).map_or_else(|| vec![span], |i| span.without(i));
            for span in spans {
                self.cells_of(a, span, others, &mut cells);
            }
        }
        if cells.is_empty() {
            // A region without any area inside it is one piece of land.
            let site = Site { abroad: Vec::new(), ..Site::of(own) };
            cells.push(Cell { site, span: Span::ALWAYS });
        }
        cells
    }

    fn cells_of(&self, area: &StoredArea, span: Span, others: &[(Region, Spots)], cells: &mut Vec<Cell>) {
        let abroad = |shape: Option<&Shape>| -> Vec<(Region, Site)> {
            let Some(shape) = shape.filter(|_| !others.is_empty()) else { return Vec::new() };
            let (lon, lat) = shape.inner_point().degrees();
            others.iter().map(|(region, spots)| (*region, spots.site(*region, lon, lat))).collect()
        };
        let mut filled: Vec<Span> = Vec::new();
        if let Some(shape) = &area.shape {
            let mut size = None;
            let mut here: Vec<(&StoredPlace, &Shape, Span)> = Vec::new();
            for place in &self.places {
                let (Some(span), Some(land)) = (place.span.and(span), &place.shape) else { continue };
                let shared = shared(shape, land);
                if shared < SHARED {
                    continue;
                }
                if shared >= WHOLE * *size.get_or_insert_with(|| shared_with_itself(shape)) {
                    filled.push(span);
                }
                here.push((place, land, span));
            }
            for (i, (place, land, span)) in here.iter().enumerate() {
                let mut with = |places: Vec<PlaceId>, span: Span| {
                    let site = Site { places, abroad: abroad(Some(shape)), ..Site::of(area.code) };
                    cells.push(Cell { site, span });
                };
                with(vec![place.id], *span);
                // Where two places lie over each other both are there.
                for (other, theirs, when) in &here[i + 1..] {
                    if let Some(span) = span.and(*when)
                        && shared(land, theirs) >= SHARED
                    {
                        with(vec![place.id, other.id], span);
                    }
                }
            }
        }
        for span in span.without(&filled) {
            let site = Site { abroad: abroad(area.shape.as_ref()), ..Site::of(area.code) };
            cells.push(Cell { site, span });
        }
    }
}

/// Square metres that two shapes share.
fn shared(a: &Shape, b: &Shape) -> f64 {
    let (x, y) = (a.bounds(), b.bounds());
    let apart = x.east < y.west || y.east < x.west || x.north < y.south || y.north < x.south;
    if apart { 0.0 } else { space::overlap(a, b).unwrap_or_default() }
}

fn shared_with_itself(a: &Shape) -> f64 {
    space::overlap(a, a).unwrap_or(f64::INFINITY)
}

/// The versions in force at some time, with the conditions that cases can be filed under.
async fn catalogue(tx: &mut Tx, region: Region) -> Result<Catalogue, Refusal> {
    let book = items::Book::load(tx, region).await?;
    let condition = |c: &items::Condition| ConditionRow {
        n: c.n,
        lead: c.lead.as_ref().map(|lead| match lead {
            items::Party::Unit(unit) => Lead::Unit(*unit),
            items::Party::Role(role) => Lead::Role(role.clone()),
        }),
    };
    let item = |i: &items::Item| ItemRow {
        code: i.code,
        name: i.name.clone(),
        major: i.major.clone(),
        domain: i.domain.clone(),
        conditions: i.conditions.iter().filter(|c| c.usable()).map(condition).collect(),
    };
    let version = |e: &items::Edition| {
        Some(VersionRow {
            version: e.catalogue.version,
            name: e.catalogue.name.clone(),
            span: Span { from: e.catalogue.from_at?, until: e.catalogue.until_at },
            items: e.items.values().filter(|i| !i.retired).map(item).collect(),
        })
    };
    Ok(Catalogue { versions: book.editions().iter().filter_map(version).collect() })
}
