//! The units of a region as they are about to be: what every change of a unit is judged by and written through.

use crate::{
    UNIT_CLOSED, UNIT_CYCLE, UNIT_MERGED, UNIT_PARENT_MISSING, UNIT_SPELLING_TAKEN, Unit, normal,
    spelling::{self, Spelling},
    units,
};
use kernel::{Refusal, Region, UnitId};
use std::collections::HashMap;
use store::{StoreError, Tx, binds};

/// The region's units and spellings, loaded once for a change. Whoever loads it holds the region's units until
/// the transaction ends, so that two changes cannot both take one spelling or close a circle.
pub(crate) struct Register {
    region: Region,
    units: HashMap<UnitId, Unit>,
    spellings: HashMap<String, Spelling>,
}

impl Register {
    pub(crate) async fn load(tx: &mut Tx, region: Region) -> Result<Register, StoreError> {
        // Takes the row's lock on PostgreSQL; SQLite has one writer anyway.
        tx.put("UPDATE base_versions SET version = version WHERE region = $1", binds![region]).await?;
        let units = units::all(tx, region).await?.into_iter().map(|u| (u.id, u)).collect();
        let spellings = spelling::all(tx, region).await?.into_iter().map(|s| (s.spelling.clone(), s));
        let mut register = Register { region, units, spellings: spellings.collect() };
        register.add_unwritten();
        Ok(register)
    }

    /// Units named before spellings were kept: the first by id owns the spelling.
    fn add_unwritten(&mut self) {
        let mut named: Vec<&Unit> = self.units.values().filter(|u| u.merged_into.is_none()).collect();
        named.sort_by_key(|u| u.id);
        for unit in named {
            let spelling = normal(&unit.name);
            self.spellings.entry(spelling.clone()).or_insert_with(|| Spelling {
                spelling,
                shown: unit.name.clone(),
                unit: unit.id,
                via: "name".into(),
            });
        }
    }

    pub(crate) fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(&id)
    }

    pub(crate) fn units(&self) -> impl Iterator<Item = &Unit> {
        self.units.values()
    }

    /// Whose spelling a text is.
    pub(crate) fn owner(&self, text: &str) -> Option<&Unit> {
        self.spellings.get(&normal(text)).and_then(|s| self.units.get(&s.unit))
    }

    pub(crate) fn name(&self, id: UnitId) -> String {
        self.units.get(&id).map_or_else(|| id.to_string(), |u| u.name.clone())
    }

    /// The unit, if it is there and was not merged away; refuses otherwise.
    pub(crate) fn own(&self, id: UnitId) -> Result<&Unit, Refusal> {
        let unit = self.units.get(&id).ok_or_else(|| kernel::NOT_FOUND.refuse())?;
        self.unmerged(unit)?;
        Ok(unit)
    }

    fn unmerged(&self, unit: &Unit) -> Result<(), Refusal> {
        match unit.merged_into {
            Some(into) => Err(UNIT_MERGED.refuse().with("unit", &unit.name).with("into", self.name(into))),
            None => Ok(()),
        }
    }

    /// Those above a unit, the nearest first; ends where a damaged tree goes round.
    pub(crate) fn above(&self, id: UnitId) -> Vec<UnitId> {
        let mut above = Vec::new();
        let mut at = self.units.get(&id).and_then(|u| u.parent);
        while let Some(parent) = at {
            if above.contains(&parent) {
                break;
            }
            above.push(parent);
            at = self.units.get(&parent).and_then(|u| u.parent);
        }
        above
    }

    /// Refuses a unit that may not be so. `field` names it where several are judged; empty for one alone.
    pub(crate) fn judge(&self, is: &Unit, field: &str) -> Result<(), Refusal> {
        let at = |name: &str| if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
        let was = self.units.get(&is.id);
        if let Some(was) = was {
            self.unmerged(was)?;
        }
        if let Some(parent) = is.parent
            && was.and_then(|w| w.parent) != Some(parent)
        {
            self.judge_parent(is, parent, &at("parent"))?;
        }
        let had: Vec<String> = was.map(spellings_of).unwrap_or_default();
        for (i, text) in std::iter::once(&is.name).chain(&is.aliases).enumerate() {
            let spelling = normal(text);
            let Some(owner) = self.spellings.get(&spelling).filter(|s| s.unit != is.id) else { continue };
            if had.contains(&spelling) {
                continue;
            }
            let field = if i == 0 { at("name") } else { at(&format!("aliases.{}", i - 1)) };
            let refusal = UNIT_SPELLING_TAKEN.field(field).with("spelling", text);
            return Err(refusal.with("unit", self.name(owner.unit)));
        }
        Ok(())
    }

    fn judge_parent(&self, is: &Unit, parent: UnitId, field: &str) -> Result<(), Refusal> {
        if parent != is.id {
            let Some(above) = self.units.get(&parent) else {
                return Err(UNIT_PARENT_MISSING.field(field).with("parent", parent));
            };
            if let Some(into) = above.merged_into {
                let refusal = UNIT_MERGED.field(field).with("unit", &above.name);
                return Err(refusal.with("into", self.name(into)));
            }
            if above.closed {
                return Err(UNIT_CLOSED.field(field).with("unit", &above.name));
            }
        }
        let mut chain = vec![parent];
        chain.extend(self.above(parent));
        if let Some(end) = chain.iter().position(|u| *u == is.id) {
            let names = chain[..end].iter().rev().map(|u| self.name(*u));
            // Each belongs to the next: the unit, its new parent and so on, round to the unit itself.
            let mut names: Vec<String> = names.collect();
            names.push(is.name.clone());
            names.insert(0, is.name.clone());
            names.reverse();
            return Err(UNIT_CYCLE.field(field).with("chain", names.join(" → ")));
        }
        Ok(())
    }

    /// Judges and writes a unit; says whether anything changed.
    pub(crate) async fn put(&mut self, tx: &mut Tx, is: Unit, field: &str) -> Result<bool, Refusal> {
        if self.units.get(&is.id) == Some(&is) {
            return Ok(false);
        }
        self.judge(&is, field)?;
        self.write(tx, is).await?;
        Ok(true)
    }

    /// Writes a unit as it is; its spellings only where they changed.
    pub(crate) async fn write(&mut self, tx: &mut Tx, is: Unit) -> Result<(), StoreError> {
        tx.put(
            "INSERT INTO units (region, id, name, kind, closed, parent, phone, email, address, note, merged_into)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (region, id) DO UPDATE SET name = excluded.name, kind = excluded.kind,
               closed = excluded.closed, parent = excluded.parent, phone = excluded.phone, email = excluded.email,
               address = excluded.address, note = excluded.note, merged_into = excluded.merged_into",
            binds![
                self.region,
                is.id,
                &is.name,
                is.kind.code(),
                is.closed,
                is.parent,
                is.phone.clone(),
                is.email.clone(),
                is.address.clone(),
                is.note.clone(),
                is.merged_into
            ],
        )
        .await?;
        if is.merged_into.is_none() {
            self.write_spellings(tx, &is).await?;
        }
        self.units.insert(is.id, is);
        Ok(())
    }

    /// Takes away the spellings that a unit is to have no more.
    pub(crate) async fn drop_spellings(&mut self, tx: &mut Tx, is: &Unit) -> Result<(), StoreError> {
        let region = self.region;
        let wanted = spellings_of(is);
        let gone: Vec<String> = self
            .spellings
            .values()
            .filter(|s| s.unit == is.id && !wanted.contains(&s.spelling))
            .map(|s| s.spelling.clone())
            .collect();
        for spelling in gone {
            self.spellings.remove(&spelling);
            let sql = "DELETE FROM unit_names WHERE region = $1 AND spelling = $2";
            tx.put(sql, binds![region, spelling]).await?;
        }
        Ok(())
    }

    async fn write_spellings(&mut self, tx: &mut Tx, is: &Unit) -> Result<(), StoreError> {
        self.drop_spellings(tx, is).await?;
        for (i, shown) in std::iter::once(&is.name).chain(&is.aliases).enumerate() {
            let spelling = normal(shown);
            let via = match self.spellings.get(&spelling) {
                // A name given twice before the rule stays with the first.
                Some(s) if s.unit != is.id => continue,
                _ if i == 0 => "name",
                Some(s) if s.via == "merge" => "merge",
                _ => "alias",
            };
            self.put_spelling(tx, Spelling { spelling, shown: shown.clone(), unit: is.id, via: via.into() })
                .await?;
        }
        Ok(())
    }

    /// Gives a spelling to a unit, whoever had it.
    pub(crate) async fn put_spelling(&mut self, tx: &mut Tx, s: Spelling) -> Result<(), StoreError> {
        tx.put(
            "INSERT INTO unit_names (region, spelling, shown, unit, via) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (region, spelling) DO UPDATE SET shown = excluded.shown, unit = excluded.unit, via = excluded.via",
            binds![self.region, &s.spelling, &s.shown, s.unit, &s.via],
        )
        .await?;
        self.spellings.insert(s.spelling.clone(), s);
        Ok(())
    }

    /// The spellings that mean a unit.
    pub(crate) fn spellings(&self, of: UnitId) -> Vec<Spelling> {
        let mut own: Vec<Spelling> = self.spellings.values().filter(|s| s.unit == of).cloned().collect();
        own.sort_by(|a, b| a.shown.cmp(&b.shown));
        own
    }

    /// What a spelling means.
    pub(crate) fn spelling(&self, normalised: &str) -> Option<&Spelling> {
        self.spellings.get(normalised)
    }
}

/// How a unit is written, as compared; its name first.
fn spellings_of(unit: &Unit) -> Vec<String> {
    std::iter::once(&unit.name).chain(&unit.aliases).map(|t| normal(t)).collect()
}
