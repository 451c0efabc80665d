//! Area and item codes (FIELD.md §2): digits by position, read and written as strings.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt, str::FromStr};
use utoipa::{PartialSchema, ToSchema};

/// Why a code was not taken; the text is for developers, people see a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadCode;

impl fmt::Display for BadCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a code of the digits this place takes")
    }
}

impl std::error::Error for BadCode {}

fn digits(s: &str, lengths: &[usize]) -> Result<u64, BadCode> {
    if !lengths.contains(&s.len()) || s.starts_with('0') || !s.bytes().all(|b| b.is_ascii_digit()) {
        return Err(BadCode);
    }
    s.parse().map_err(|_| BadCode)
}

macro_rules! code {
    ($name:ident, $doc:literal, $pattern:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(D::Error::custom)
            }
        }
        impl PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some($pattern))
                    .description(Some($doc))
                    .into()
            }
        }
        impl ToSchema for $name {}
    };
}

/// A region (县/区): the 6-digit county-level code, the unit of tenancy and of sharding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(u32);

impl Region {
    /// Rows that belong to no region (accounts, sign-in): region 0, never a real code.
    pub const NONE: Region = Region(0);

    /// From its number; `None` outside 100000–999999.
    pub fn new(code: u32) -> Option<Region> {
        (100_000..=999_999).contains(&code).then_some(Region(code))
    }

    /// The number stored in the key of every distributed table.
    pub fn get(self) -> i64 {
        i64::from(self.0)
    }

    /// From the stored number; anything else than a code reads as [`Region::NONE`].
    pub fn stored(code: i64) -> Region {
        u32::try_from(code).ok().and_then(Region::new).unwrap_or(Region::NONE)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl FromStr for Region {
    type Err = BadCode;
    fn from_str(s: &str) -> Result<Self, BadCode> {
        digits(s, &[6]).and_then(|n| Region::new(n as u32).ok_or(BadCode))
    }
}

code!(Region, "Region code, 6 digits", "^[1-9][0-9]{5}$");

/// The level of an area, told by the length of its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 县/区, 6 digits.
    Region,
    /// 街道/镇/乡, 9 digits.
    Street,
    /// 社区/村, 12 digits.
    Community,
    /// 网格, 15 digits.
    Grid,
}

impl Level {
    /// Digits of a code at this level.
    pub const fn digits(self) -> u32 {
        match self {
            Level::Region => 6,
            Level::Street => 9,
            Level::Community => 12,
            Level::Grid => 15,
        }
    }
}

/// An area's code: 6, 9, 12 or 15 digits; the length is the level, a prefix is the parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AreaCode(u64);

impl AreaCode {
    /// From its number, as stored; `None` when the number of digits is no level's.
    pub fn new(code: u64) -> Option<AreaCode> {
        let ok = [6, 9, 12, 15].iter().any(|&d| (10u64.pow(d - 1)..10u64.pow(d)).contains(&code));
        ok.then_some(AreaCode(code))
    }

    /// The stored number.
    pub fn get(self) -> i64 {
        self.0 as i64
    }

    /// Which level this code is of.
    pub fn level(self) -> Level {
        match self.0.ilog10() + 1 {
            6 => Level::Region,
            9 => Level::Street,
            12 => Level::Community,
            _ => Level::Grid,
        }
    }

    /// The code of the area of `level` that holds this one; `None` when this one is larger.
    pub fn at(self, level: Level) -> Option<AreaCode> {
        let own = self.level().digits();
        (level.digits() <= own).then(|| AreaCode(self.0 / 10u64.pow(own - level.digits())))
    }

    /// The next larger area, `None` for a region.
    pub fn parent(self) -> Option<AreaCode> {
        match self.level() {
            Level::Region => None,
            Level::Street => self.at(Level::Region),
            Level::Community => self.at(Level::Street),
            Level::Grid => self.at(Level::Community),
        }
    }

    /// The region this area is in.
    pub fn region(self) -> Region {
        self.at(Level::Region).map_or(Region::NONE, |c| Region::stored(c.get()))
    }

    /// The lowest and highest 15-digit grid code inside this area, both included: an area as a
    /// range of one integer column, which an index can walk.
    pub fn grids(self) -> (i64, i64) {
        let scale = 10u64.pow(15 - self.level().digits());
        let low = self.0 * scale;
        (low as i64, (low + scale - 1) as i64)
    }
}

impl From<Region> for AreaCode {
    fn from(r: Region) -> AreaCode {
        AreaCode(u64::from(r.0))
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AreaCode {
    type Err = BadCode;
    fn from_str(s: &str) -> Result<Self, BadCode> {
        digits(s, &[6, 9, 12, 15]).map(AreaCode)
    }
}

code!(
    AreaCode,
    "Area code: 6 (region), 9 (street), 12 (community) or 15 (grid) digits",
    "^[1-9][0-9]{5}([0-9]{3}){0,3}$"
);

/// An item's code: 10 digits, 6 region + 2 major + 2 minor class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemCode(u64);

impl ItemCode {
    /// From its number; `None` unless it has 10 digits.
    pub fn new(code: u64) -> Option<ItemCode> {
        (1_000_000_000..=9_999_999_999).contains(&code).then_some(ItemCode(code))
    }
    /// The stored number.
    pub fn get(self) -> i64 {
        self.0 as i64
    }
    /// The region whose catalogue it stands in.
    pub fn region(self) -> Region {
        Region::stored((self.0 / 10_000) as i64)
    }
}

impl fmt::Display for ItemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ItemCode {
    type Err = BadCode;
    fn from_str(s: &str) -> Result<Self, BadCode> {
        digits(s, &[10]).map(ItemCode)
    }
}

code!(ItemCode, "Item code: 6 digits region, 2 major class, 2 minor class", "^[1-9][0-9]{9}$");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_grid_lies_in_the_range_of_each_of_its_parents(code in 100_000_000_000_000u64..1_000_000_000_000_000) {
            let grid = AreaCode::new(code).unwrap();
            let text = code.to_string();
            for (level, n) in [(Level::Region, 6), (Level::Street, 9), (Level::Community, 12), (Level::Grid, 15)] {
                let area = grid.at(level).unwrap();
                prop_assert_eq!(area.to_string(), &text[..n]);
                prop_assert_eq!(area.level(), level);
                let (low, high) = area.grids();
                prop_assert!(low <= grid.get() && grid.get() <= high);
                prop_assert_eq!(text[..n].parse::<AreaCode>(), Ok(area));
            }
        }
    }

    #[test]
    fn codes_of_other_lengths_are_refused() {
        for bad in
            ["", "1", "012345", "12345a", "1234567", "99010100100100", "９９０１０１", "+90101", " 990101"]
        {
            assert!(bad.parse::<AreaCode>().is_err(), "{bad}");
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }
}
