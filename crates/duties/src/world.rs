//! What the core reasons about: plain data, whoever read it. [`crate::DutyBook`] is made of it.

use kernel::{AreaCode, DutyId, ItemCode, Level, Moment, PlaceId, Region, UnitId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};
use utoipa::{PartialSchema, ToSchema};

/// A stretch of time, the end not included; open when absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first moment in it.
    pub from: Moment,
    /// The first moment after it.
    pub until: Option<Moment>,
}

impl Span {
    /// All time.
    pub const ALWAYS: Span = Span { from: Moment(i64::MIN), until: None };

    /// Whether a moment lies in it.
    pub fn holds(&self, at: Moment) -> bool {
        self.from <= at && self.until.is_none_or(|u| at < u)
    }

    /// What two stretches share.
    pub fn and(self, other: Span) -> Option<Span> {
        let from = self.from.max(other.from);
        let until = match (self.until, other.until) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        until.is_none_or(|u| from < u).then_some(Span { from, until })
    }

    /// The parts of it in which none of the others holds.
    pub fn without(self, others: &[Span]) -> Vec<Span> {
        let mut others: Vec<Span> = others.iter().filter_map(|o| o.and(self)).collect();
        others.sort();
        let mut gaps = Vec::new();
        let mut at = Some(self.from);
        for o in others {
            let Some(open) = at else { break };
            if open < o.from {
                gaps.push(Span { from: open, until: Some(o.from) });
            }
            at = o.until.map(|u| u.max(open));
        }
        if let Some(open) = at
            && self.until.is_none_or(|u| open < u)
        {
            gaps.push(Span { from: open, until: self.until });
        }
        gaps
    }
}

/// A major class of items: 6 digits region, 2 digits class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemClass(u32);

impl ItemClass {
    /// From its number; `None` unless it has 8 digits.
    pub fn new(code: u32) -> Option<ItemClass> {
        (10_000_000..=99_999_999).contains(&code).then_some(ItemClass(code))
    }
    /// The class of an item.
    pub fn of(item: ItemCode) -> ItemClass {
        // Ten digits without the last two are eight.
        ItemClass((item.get() / 100) as u32)
    }
    /// The stored number.
    pub fn get(self) -> i64 {
        i64::from(self.0)
    }
    /// The region whose catalogue it stands in.
    pub fn region(self) -> Region {
        Region::stored(i64::from(self.0 / 100))
    }
}

impl fmt::Display for ItemClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ItemClass {
    type Err = &'static str;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let eight = s.len() == 8 && s.bytes().all(|b| b.is_ascii_digit());
        eight.then(|| s.parse().ok()).flatten().and_then(ItemClass::new).ok_or("not a class code of 8 digits")
    }
}

impl Serialize for ItemClass {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ItemClass {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

impl PartialSchema for ItemClass {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[1-9][0-9]{7}$"))
            .description(Some("Item class: 6 digits region, 2 major class"))
            .into()
    }
}
impl ToSchema for ItemClass {}

/// Where a duty or a role is held: in a named place or in an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ground {
    /// An estate, a road, a market.
    Place(PlaceId),
    /// A grid, community, street or region.
    Area(AreaCode),
}

impl Ground {
    /// How small it is; the smaller decides.
    pub fn tier(self) -> Tier {
        match self {
            Ground::Place(_) => Tier::Place,
            Ground::Area(a) => match a.level() {
                Level::Grid => Tier::Grid,
                Level::Community => Tier::Community,
                Level::Street => Tier::Street,
                Level::Region => Tier::Region,
            },
        }
    }
}

/// The levels at which rules stand, the one that decides first in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DutyTier)]
pub enum Tier {
    /// A named place.
    Place,
    /// 网格
    Grid,
    /// 社区/村
    Community,
    /// 街道/镇/乡
    Street,
    /// 县/区
    Region,
}

impl Tier {
    /// All, the one that decides first in front.
    pub const ALL: [Tier; 5] = [Tier::Place, Tier::Grid, Tier::Community, Tier::Street, Tier::Region];
}

/// Which matters a duty is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// One item.
    Item(ItemCode),
    /// All items of a major class.
    Class(ItemClass),
    /// All items of a duty domain of the catalogue.
    Domain(String),
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answer {
    /// A unit.
    Unit(UnitId),
    /// Whoever holds a role at the place.
    Role(String),
    /// Another region: these matters fall to a neighbour (enclave).
    Region(Region),
}

/// Who answers for which matters where, and when.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Duty {
    /// Which.
    pub id: DutyId,
    /// Where.
    pub ground: Ground,
    /// Which matters.
    pub subject: Subject,
    /// Who answers.
    pub answer: Answer,
    /// When.
    pub span: Span,
    /// What it stands on, or empty.
    pub basis: String,
}

/// An area by name, as it stands in this stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaRow {
    /// Its code.
    pub code: AreaCode,
    /// Its name.
    pub name: String,
    /// When.
    pub span: Span,
}

/// A named place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceRow {
    /// Which.
    pub id: PlaceId,
    /// Its name.
    pub name: String,
    /// When it is there.
    pub span: Span,
}

/// What holds a spot. Other regions' view of the same spot stands beside it, for enclaves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Site {
    /// The named places there.
    pub places: Vec<PlaceId>,
    /// The areas there: smallest first, region last. Empty when no area holds the spot.
    pub areas: Vec<AreaCode>,
    /// What holds the spot in other regions' maps.
    pub abroad: Vec<(Region, Site)>,
}

impl Site {
    /// The areas by the code of the smallest, no places.
    pub fn of(area: AreaCode) -> Site {
        let mut areas = vec![area];
        let mut next = area.parent();
        while let Some(a) = next {
            areas.push(a);
            next = a.parent();
        }
        Site { areas, ..Site::default() }
    }

    /// All grounds there, those that decide first in front.
    pub fn grounds(&self) -> impl Iterator<Item = Ground> + '_ {
        self.places.iter().map(|p| Ground::Place(*p)).chain(self.areas.iter().map(|a| Ground::Area(*a)))
    }
}

/// A piece of land where every spot has the same answers: a smallest area, or the part of it in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What holds it; the first area is the one it is told under.
    pub site: Site,
    /// When it is there.
    pub span: Span,
}

/// The land.
#[derive(Debug, Clone, Default)]
pub struct Land {
    /// The areas by name, the region among them.
    pub areas: Vec<AreaRow>,
    /// The named places.
    pub places: Vec<PlaceRow>,
    /// What the check walks over.
    pub cells: Vec<Cell>,
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRow {
    /// Which.
    pub id: UnitId,
    /// Its name.
    pub name: String,
    /// Closed units answer for nothing.
    pub closed: bool,
    /// The unit that took its place.
    pub merged_into: Option<UnitId>,
}

/// A role by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRow {
    /// Its code.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A unit holds a role somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderRow {
    /// It is not named for this role, but works there and is of the role's kind: it holds the role unless a
    /// unit of the same level is named for it.
    pub listed: bool,
    /// Which unit.
    pub unit: UnitId,
    /// Which role.
    pub role: String,
    /// Where.
    pub ground: Ground,
    /// When.
    pub span: Span,
}

/// The units and what they are called by their relation to a place.
#[derive(Debug, Clone, Default)]
pub struct Parties {
    /// The units, closed ones too.
    pub units: Vec<UnitRow>,
    /// The roles.
    pub roles: Vec<RoleRow>,
    /// Who holds which role where.
    pub holders: Vec<HolderRow>,
}

/// Who leads by the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lead {
    /// A unit.
    Unit(UnitId),
    /// Whoever holds a role at the place.
    Role(String),
}

/// A condition that matters can be filed under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionRow {
    /// Its number in the item.
    pub n: i64,
    /// Who leads, when the catalogue names somebody.
    pub lead: Option<Lead>,
}

/// An item of a catalogue, with the conditions in use (no drafts).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRow {
    /// Its code.
    pub code: ItemCode,
    /// Its name.
    pub name: String,
    /// The name of its major class.
    pub major: String,
    /// Its duty domain.
    pub domain: Option<String>,
    /// Its conditions.
    pub conditions: Vec<ConditionRow>,
}

/// A version of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// When it is in force.
    pub span: Span,
    /// Its items.
    pub items: Vec<ItemRow>,
}

/// The versions of the catalogue that are, were or will be in force.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// In any order; their times don't overlap.
    pub versions: Vec<VersionRow>,
}

/// A region as far as duties go.
#[derive(Debug, Clone)]
pub struct World {
    /// Which.
    pub region: Region,
    /// Its name.
    pub name: String,
    /// Its IANA time zone.
    pub zone: String,
    /// Land.
    pub land: Arc<Land>,
    /// Units.
    pub parties: Arc<Parties>,
    /// Matters.
    pub catalogue: Arc<Catalogue>,
    /// Who answers for what where.
    pub duties: Vec<Duty>,
}

/// A matter somebody has to answer for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matter {
    /// Which item.
    pub item: ItemCode,
    /// Filed under which condition; when absent, whoever leads all of the item's conditions.
    pub condition: Option<i64>,
    /// By which version of the catalogue; when absent, the one in force.
    pub version: Option<i64>,
}
