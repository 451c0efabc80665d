//! Import: a city's table becomes a draft of the catalogue.

use crate::{
    CatalogueView, Condition, Counted, Doubt, Doubtful, Item, Layout, Meaning, PutInForce, SpellingFound,
    read_rows::{read_rows, stand_in},
    stored,
    versions::{draft, editable, tell, view},
};
use areas::{PutRole, PutRoleBody, PutUnit, PutUnitBody, normal};
use gis::{FileFault, Table, TableOptions, read_table};
use jiff::civil::Date;
use kernel::{ItemCode, Kind, NOT_FOUND, Power, Refusal, Region, Rule, UnitId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use store::{Tx, Write};
use utoipa::ToSchema;

/// The file cannot be read as a table.
pub const FILE_BAD: Rule = Rule {
    kind: Kind::Invalid,
    code: "import.file",
    zh: "文件无法读取：{zh}",
    en: "The file cannot be read: {en}",
};

/// The table has no rows.
pub const FILE_EMPTY: Rule = Rule {
    kind: Kind::Invalid,
    code: "import.empty",
    zh: "文件中没有一行事项。",
    en: "The file has no rows.",
};

/// Records an import takes.
const MOST: usize = 20_000;

/// There are too many rows.
pub const FILE_LONG: Rule = Rule {
    kind: Kind::Invalid,
    code: "import.too_many_rows",
    zh: "文件有 {n} 行，最多 20000 行。",
    en: "The file has {n} rows, 20,000 at the most.",
};

/// Imports a table: all of it becomes one draft, in one transaction, or nothing does. What is in doubt about a row
/// leaves its condition a draft. With a version, that draft is refilled; otherwise a new one is made, unless some
/// version holds the same already: told twice, the second changes nothing. Catalogue stewards of the region; units
/// and roles are made only for those who may edit units too (for others the rows of unknown units stay in doubt).
#[derive(Clone)]
pub struct ImportItems {
    /// Into which region.
    pub region: Region,
    /// How the table is written.
    pub layout: Arc<Layout>,
    /// The table.
    pub table: Arc<Table>,
    /// Refill this draft.
    pub version: Option<i64>,
    /// Put it in force from this day on.
    pub in_force: Option<Date>,
    /// Only say what it would do.
    pub dry_run: bool,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowBecame {
    /// A condition that was not there.
    New,
    /// A condition that was different.
    Changed,
    /// The same as before.
    Unchanged,
    /// In doubt: a draft condition.
    Draft,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowOutcome {
    /// Which record, from 1.
    pub record: i64,
    /// The physical line it begins on.
    pub line: i64,
    /// Its item.
    pub code: ItemCode,
    /// The item's name.
    pub name: String,
    /// The condition's number.
    pub n: i64,
    /// What became of it, beside the version refilled or in force.
    pub became: RowBecame,
    /// Why it is a draft.
    pub doubts: Vec<Doubt>,
}

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ItemsImported {
    /// The version that holds it; absent in a trial.
    pub catalogue: Option<CatalogueView>,
    /// Whether anything was written.
    pub written: bool,
    /// Figures.
    pub counted: Counted,
    /// Rows in doubt, kept as draft conditions.
    pub doubtful: Vec<Doubtful>,
    /// How units are written, what each spelling is taken for, and what looks like it.
    pub spellings: Vec<SpellingFound>,
    /// Units made, or to be made.
    pub units_made: Vec<String>,
    /// What was done to read the file.
    pub notes: Vec<FileNote>,
    /// Every row.
    pub rows: Vec<RowOutcome>,
}

/// Something worth telling about how the file was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileNote {
    /// Stable code.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Where.
    pub at: Option<String>,
}

/// Reads a file as the layout says; refuses what is no table, by place.
pub fn table_of(layout: &Layout, name: &str, bytes: &[u8]) -> Result<Table, Refusal> {
    let options = TableOptions { encoding: layout.encoding.clone(), sheet: layout.sheet.clone() };
    read_table(name, bytes, &options).map_err(|f: FileFault| {
        let at = f.at.as_deref().map(|a| format!(" ({a})")).unwrap_or_default();
        FILE_BAD.field("file").with("zh", format!("{}{at}", f.zh)).with("en", format!("{}{at}", f.en))
    })
}

impl Write for ImportItems {
    type Out = ItemsImported;

    async fn run(&self, tx: &mut Tx) -> Result<ItemsImported, Refusal> {
        let (region, layout) = (self.region, &*self.layout);
        tx.actor().may(Power::EditItems, Some(region))?;
        match self.table.rows.len() {
            0 => return Err(FILE_EMPTY.field("file")),
            n if n > MOST => return Err(FILE_LONG.field("file").with("n", n)),
            _ => {}
        }
        if let Some(version) = self.version {
            editable(tx, region, version).await?;
        }
        let may_make = tx.actor().may(Power::EditAreas, Some(region)).is_ok();
        let units = areas::units_by_spelling(tx, region).await?;
        let roles = areas::RoleBook::load(tx, region).await?;
        let mut rows = read_rows(layout, region, &self.table, &units, &roles, may_make)?;
        let mut new: BTreeMap<UnitId, String> = BTreeMap::new();
        for s in &rows.spellings {
            if let Meaning::New(name) = &s.meaning {
                new.entry(stand_in(&normal(&s.spelling))).or_insert_with(|| name.clone());
            }
        }
        let mut units_made: Vec<String> = new.values().cloned().collect();
        units_made.sort();
        let base = match self.version {
            Some(v) => Some(v),
            None => stored::in_force(tx, region).await?.map(|c| c.version),
        };
        if !self.dry_run {
            let made = self.make(tx, &roles, new).await?;
            rows.settle(&made);
        }
        let before = match base {
            Some(v) => stored::items(tx, region, v).await?,
            None => Vec::new(),
        };
        let outcome = told(&before, &rows.items);
        let mut out = ItemsImported {
            catalogue: None,
            written: false,
            counted: rows.counted,
            doubtful: rows.doubtful,
            spellings: rows.spellings,
            units_made,
            notes: self.notes(),
            rows: outcome,
        };
        if self.dry_run {
            return Ok(out);
        }
        let (version, written) = self.keep(tx, rows.items).await?;
        out.written = written;
        if let Some(from) = self.in_force {
            let put = PutInForce { region, version, from };
            out.catalogue = Some(put.run(tx).await?);
        } else {
            let is = stored::catalogue(tx, region, version).await?.ok_or_else(|| NOT_FOUND.refuse())?;
            out.catalogue = Some(view(tx, region, is).await?);
        }
        Ok(out)
    }
}

impl ImportItems {
    fn notes(&self) -> Vec<FileNote> {
        let note = |n: &gis::Note| FileNote {
            code: n.code.to_owned(),
            zh: n.zh.clone(),
            en: n.en.clone(),
            at: n.at.clone(),
        };
        self.table.notes.iter().map(note).collect()
    }

    /// Makes the roles and units that are missing; answers which id took the place of which stand-in.
    async fn make(
        &self,
        tx: &mut Tx,
        roles: &areas::RoleBook,
        new: BTreeMap<UnitId, String>,
    ) -> Result<BTreeMap<UnitId, UnitId>, Refusal> {
        // Roles belong to those who may edit units; the rows of others' unknown roles are in doubt.
        let may_make = tx.actor().may(Power::EditAreas, Some(self.region)).is_ok();
        for (code, role) in self.layout.roles.iter().filter(|_| may_make) {
            if let (None, Some(zh), Some(en)) = (roles.role(code), &role.zh, &role.en) {
                let words = role.words.iter().filter(|w| normal(w) != normal(zh)).cloned().collect();
                let is = PutRoleBody { zh: zh.clone(), en: en.clone(), words, kind: None };
                PutRole { region: self.region, code: code.clone(), is }.run(tx).await?;
            }
        }
        let mut made = BTreeMap::new();
        for (stand_in, name) in new {
            let id = UnitId(tx.world().uuid());
            let is = PutUnitBody::new(name.clone(), self.layout.unit_kind(&name));
            PutUnit { region: self.region, id, is }.run(tx).await?;
            made.insert(stand_in, id);
        }
        Ok(made)
    }

    /// Writes the items into the draft named or a new one; finds the version that holds the same already.
    async fn keep(&self, tx: &mut Tx, items: Vec<Item>) -> Result<(i64, bool), Refusal> {
        let region = self.region;
        let known: Vec<i64> = match self.version {
            Some(v) => vec![v],
            None => stored::catalogues(tx, region).await?.iter().rev().map(|c| c.version).collect(),
        };
        for version in known {
            let there = stored::items(tx, region, version).await?;
            if there.len() == items.len() && there.iter().zip(&items).all(|(a, b)| same_item(a, b)) {
                return Ok((version, false));
            }
        }
        let version = match self.version {
            Some(v) => {
                stored::clear(tx, region, v).await?;
                v
            }
            None => {
                let v = stored::next_version(tx, region).await?;
                let is = draft(v, &self.layout.name, &self.layout.source, "", tx.at());
                stored::put_catalogue(tx, region, &is).await?;
                v
            }
        };
        let n = items.len();
        for item in items {
            stored::add(tx, region, &Item { version, ..item }).await?;
        }
        let detail = json!({ "items": n, "records": self.table.rows.len(), "name": self.layout.name });
        tell(tx, region, "catalogue.import", version, detail).await?;
        Ok((version, true))
    }
}

/// What becomes of each row beside what there was.
fn told(before: &[Item], now: &[Item]) -> Vec<RowOutcome> {
    let was: HashMap<ItemCode, &Item> = before.iter().map(|i| (i.code, i)).collect();
    let mut rows: Vec<RowOutcome> = Vec::new();
    for item in now {
        for c in &item.conditions {
            let there = was.get(&item.code).and_then(|i| i.condition(c.n));
            let became = match there {
                _ if c.draft => RowBecame::Draft,
                None => RowBecame::New,
                Some(w) if same(w, c) => RowBecame::Unchanged,
                Some(_) => RowBecame::Changed,
            };
            rows.push(RowOutcome {
                record: c.record.unwrap_or_default(),
                line: c.line.unwrap_or_default(),
                code: item.code,
                name: item.name.clone(),
                n: c.n,
                became,
                doubts: c.doubts.clone(),
            });
        }
    }
    rows.sort_by_key(|r| r.record);
    rows
}

/// Whether two items say the same, whatever version, record and line they came from.
fn same_item(a: &Item, b: &Item) -> bool {
    let bare = |i: &Item| Item { version: 0, conditions: Vec::new(), ..i.clone() };
    bare(a) == bare(b)
        && a.conditions.len() == b.conditions.len()
        && a.conditions.iter().zip(&b.conditions).all(|(a, b)| same(a, b))
}

/// Whether two conditions say the same, wherever they came from.
fn same(a: &Condition, b: &Condition) -> bool {
    let bare = |c: &Condition| Condition { record: None, line: None, printed: BTreeMap::new(), ..c.clone() };
    bare(a) == bare(b)
}
