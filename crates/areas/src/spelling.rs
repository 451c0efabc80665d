//! How a unit is written: one spelling means one unit.

use crate::{Unit, units};
use kernel::{Region, UnitId};
use std::collections::HashMap;
use store::{StoreError, Tx, binds, from_row};
use unicode_normalization::UnicodeNormalization as _;

/// Spellings a unit can have besides its name.
pub(crate) const MOST: usize = 200;

/// A name as it is compared: compatibility forms and letter case folded (NFKC), blanks and invisible characters
/// left out, brackets of all sorts made one sort, quotes left out. 市 and 县 in front stay: they tell units apart.
pub fn normal(name: &str) -> String {
    let one = |c: char| match c {
        '【' | '〔' | '[' | '{' | '〖' | '『' | '「' | '〈' | '<' | '《' => Some('('),
        '】' | '〕' | ']' | '}' | '〗' | '』' | '」' | '〉' | '>' | '》' => Some(')'),
        '“' | '”' | '"' | '‘' | '’' | '\'' => None,
        '•' | '・' | '‧' | '·' | '.' => Some('·'),
        '—' | '–' | '‐' | '‑' | '−' | '―' | '-' => Some('-'),
        // Zero-width characters and marks of direction come along from word processors.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => None,
        c if c.is_whitespace() || c.is_control() => None,
        c => Some(c),
    };
    name.nfkc().flat_map(char::to_lowercase).filter_map(one).collect()
}

/// A spelling as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spelling {
    /// As compared.
    pub spelling: String,
    /// As written.
    pub shown: String,
    /// Whose.
    pub unit: UnitId,
    /// `name`, `alias`, or `merge` when it came with a unit merged into this one.
    pub via: String,
}
from_row!(Spelling { spelling, shown, unit, via });

pub(crate) async fn all(tx: &mut Tx, region: Region) -> Result<Vec<Spelling>, StoreError> {
    let sql = "SELECT spelling, shown, unit, via FROM unit_names WHERE region = $1";
    let mut rows: Vec<Spelling> = tx.all(sql, binds![region]).await?;
    // The order of texts is the database's own affair.
    rows.sort_by(|a, b| a.shown.cmp(&b.shown));
    Ok(rows)
}

pub(crate) async fn of(tx: &mut Tx, region: Region, unit: UnitId) -> Result<Vec<Spelling>, StoreError> {
    let sql = "SELECT spelling, shown, unit, via FROM unit_names WHERE region = $1 AND unit = $2";
    let mut rows: Vec<Spelling> = tx.all(sql, binds![region, unit]).await?;
    rows.sort_by(|a, b| a.shown.cmp(&b.shown));
    Ok(rows)
}

/// The units of a region by how they are written.
#[derive(Debug, Clone, Default)]
pub struct UnitNames {
    by_spelling: HashMap<String, Vec<UnitId>>,
    merged: HashMap<UnitId, UnitId>,
    names: HashMap<UnitId, String>,
}

impl UnitNames {
    pub(crate) fn new(units: &[Unit]) -> UnitNames {
        let mut names = UnitNames::default();
        for unit in units {
            names.names.insert(unit.id, unit.name.clone());
            match unit.merged_into {
                // Its spellings have gone over to the other.
                Some(into) => {
                    names.merged.insert(unit.id, into);
                }
                None => {
                    for text in std::iter::once(&unit.name).chain(&unit.aliases) {
                        names.add(text, unit.id);
                    }
                }
            }
        }
        names
    }

    fn add(&mut self, text: &str, unit: UnitId) {
        let whose = self.by_spelling.entry(normal(text)).or_default();
        if !whose.contains(&unit) {
            whose.push(unit);
        }
    }

    /// The unit written so, by name or alias; one that was merged is answered by what it was merged into.
    /// `None` when nobody is written so, or (names given before this rule) more than one.
    pub fn get(&self, text: &str) -> Option<UnitId> {
        match self.all(text) {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// Every unit written so: more than one only where units had the same name before the rule.
    pub fn all(&self, text: &str) -> &[UnitId] {
        self.by_spelling.get(&normal(text)).map_or(&[], Vec::as_slice)
    }

    /// What became of a unit: itself, or what it was merged into.
    pub fn now(&self, unit: UnitId) -> UnitId {
        // Merging flattens chains; a damaged chain ends all the same.
        let mut at = unit;
        for _ in 0..self.merged.len() {
            match self.merged.get(&at) {
                Some(into) => at = *into,
                None => break,
            }
        }
        at
    }

    /// The name of a unit.
    pub fn name(&self, unit: UnitId) -> Option<&str> {
        self.names.get(&unit).map(String::as_str)
    }

    /// Notes a unit made in the same transaction, so that its spelling is known from here on.
    pub fn made(&mut self, unit: UnitId, name: &str) {
        self.names.insert(unit, name.to_owned());
        self.add(name, unit);
    }
}

/// The units of a region by how they are written, closed ones among them.
pub async fn units_by_spelling(tx: &mut Tx, region: Region) -> Result<UnitNames, StoreError> {
    Ok(UnitNames::new(&units::all(tx, region).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unit_written_in_many_ways_is_one_spelling() {
        let is = normal("运城市城市管理局(执法支队)");
        for same in [
            "运城市城市管理局（执法支队）",
            " 运城市 城市管理局【执法支队】",
            "运城市城市管理局\u{3000}〔执法支队〕\u{200b}",
            "\u{feff}运城市城市管理局［执法支队］",
        ] {
            assert_eq!(normal(same), is, "{same}");
        }
        assert_eq!(normal("ＡＢＣ物业“一部”"), normal("abc物业一部"));
        assert_eq!(normal("国网•运城"), normal("国网·运城"));
    }

    #[test]
    fn the_prefix_of_city_and_county_tells_units_apart() {
        assert_ne!(normal("运城市水务局"), normal("水务局"));
        assert_ne!(normal("盐湖区水务局"), normal("运城市水务局"));
    }
}
