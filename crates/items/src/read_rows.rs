//! The rows of a table, read by a mapping: what is certain becomes items and conditions, what is not stays a draft
//! with its reason. Pure: the same for the command line, the wizard and the tests.

use crate::{Condition, Doubt, Evidence, Item, Layout, LeadRule, OtherParty, Party, SeasonLimit};
use areas::{RoleBook, UnitNames, normal};
use calendar::{BadLimit, Limit};
use gis::{Table, TableRow};
use kernel::{Checks, ItemCode, Refusal, Region, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// What a spelling is taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// A unit of the region.
    Unit(UnitId),
    /// A role.
    Role(String),
    /// A unit to be made, under this name.
    New(String),
    /// Nothing known: its rows stay in doubt.
    Unknown,
}

/// A spelling of the file, for people to review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpellingFound {
    /// As it stands in the file, or as the mapping reads it.
    pub spelling: String,
    /// How often.
    pub count: usize,
    /// What it is taken for.
    pub meaning: Meaning,
    /// The name of the unit or role.
    pub name: String,
    /// Other spellings of the file and units of the region that look like it.
    pub like: Vec<String>,
}

/// A row in doubt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Doubtful {
    /// Which record, from 1.
    pub record: i64,
    /// The physical line it begins on.
    pub line: i64,
    /// The item.
    pub code: ItemCode,
    /// Its name.
    pub name: String,
    /// The condition's number.
    pub n: i64,
    /// Why.
    pub doubts: Vec<Doubt>,
}

/// What was counted on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counted {
    /// Records of the table.
    pub records: usize,
    /// Items.
    pub items: usize,
    /// Conditions that are certain, by the word of their limit.
    pub limits: BTreeMap<String, usize>,
    /// Rows that name several parties without saying who leads.
    pub several: usize,
    /// Rows with at least one role.
    pub with_roles: usize,
    /// Rows with roles only.
    pub only_roles: usize,
}

/// A table that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// The items with their conditions, by code; units that are to be made stand in as ids made from `unmade`.
    pub items: Vec<Item>,
    /// The rows in doubt.
    pub doubtful: Vec<Doubtful>,
    /// Spellings.
    pub spellings: Vec<SpellingFound>,
    /// Figures.
    pub counted: Counted,
}

struct Reader<'a> {
    layout: &'a Layout,
    region: Region,
    units: &'a UnitNames,
    roles: &'a RoleBook,
    may_make: bool,
    at: BTreeMap<&'static str, usize>,
    spellings: BTreeMap<String, (usize, Meaning)>,
    counted: Counted,
}

/// Reads all rows. Refuses, naming columns and rows, what cannot be placed at all: a column that is not there, a row
/// without a kind, a code or a name. Everything else in doubt stays with its row. Units and roles that the region
/// does not know are made where `may_make`; else their rows are in doubt.
pub fn read_rows(
    layout: &Layout,
    region: Region,
    table: &Table,
    units: &UnitNames,
    roles: &RoleBook,
    may_make: bool,
) -> Result<Rows, Refusal> {
    let mut checks = Checks::new();
    let mut at = BTreeMap::new();
    for (field, column) in layout.columns.used() {
        match table.header.iter().position(|h| h == column) {
            Some(i) => {
                at.insert(field, i);
            }
            None => checks.fault(
                &format!("columns.{field}"),
                "import.no_column",
                format!("文件中没有“{column}”列。"),
                format!("The file has no column “{column}”."),
            ),
        }
    }
    for (code, role) in &layout.roles {
        let known = roles.role(code).is_some() || role.zh.is_some();
        checks.hold(
            known,
            &format!("roles.{code}"),
            "import.unknown_role",
            "本区域没有这个角色；要新建请给出中英文名。",
            "The region has no such role; to make it, give both names.",
        );
    }
    checks.done()?;
    let mut reader = Reader {
        layout,
        region,
        units,
        roles,
        may_make,
        at,
        spellings: BTreeMap::new(),
        counted: Counted::default(),
    };
    reader.run(table)
}

fn doubt(code: &str, field: &str, zh: String, en: String) -> Doubt {
    Doubt { code: code.into(), field: field.into(), zh, en }
}

impl Reader<'_> {
    fn cell<'r>(&self, row: &'r TableRow, field: &str) -> &'r str {
        self.at.get(field).and_then(|i| row.cells.get(*i)).map_or("", |c| c.trim())
    }

    fn run(&mut self, table: &Table) -> Result<Rows, Refusal> {
        let mut checks = Checks::new();
        let mut items: BTreeMap<ItemCode, Item> = BTreeMap::new();
        let mut doubtful = Vec::new();
        self.counted.records = table.rows.len();
        for row in &table.rows {
            let Some(head) = self.item(row, &mut checks) else { continue };
            let mut doubts = Vec::new();
            let item = items.entry(head.code).or_insert_with(|| head.clone());
            if (item.name.as_str(), item.major.as_str(), item.kind) != (&head.name, &head.major, head.kind) {
                doubts.push(doubt(
                    "import.code_of_another",
                    "name",
                    format!(
                        "代码 {} 前面已用于“{}”（{}），本行为“{}”（{}）。",
                        head.code, item.name, item.major, head.name, head.major
                    ),
                    format!(
                        "Code {} was “{}” ({}) before and is “{}” ({}) here.",
                        head.code, item.name, item.major, head.name, head.major
                    ),
                ));
            }
            let n = item.conditions.len() as i64 + 1;
            let condition = self.condition(row, n, doubts);
            if condition.draft {
                doubtful.push(Doubtful {
                    record: row.record as i64,
                    line: row.line as i64,
                    code: head.code,
                    name: head.name.clone(),
                    n,
                    doubts: condition.doubts.clone(),
                });
            } else if let Some(limit) = condition.limit {
                *self.counted.limits.entry(limit.unit().zh().to_owned()).or_default() += 1;
            }
            item.conditions.push(condition);
        }
        checks.done()?;
        self.counted.items = items.len();
        let spellings = self.spellings();
        Ok(Rows {
            items: items.into_values().collect(),
            doubtful,
            spellings,
            counted: std::mem::take(&mut self.counted),
        })
    }

    /// The item a row belongs to; notes what keeps it from being placed.
    fn item(&self, row: &TableRow, checks: &mut Checks) -> Option<Item> {
        let place = format!("line {} (record {})", row.line, row.record);
        let word = self.cell(row, "kind");
        let kind = self.layout.kind(word);
        if kind.is_none() {
            checks.fault(
                &format!("{place} {}", self.layout.columns.kind),
                "import.kind",
                format!("“{word}”既不是部件也不是事件的声明词。"),
                format!("“{word}” is declared for neither kind."),
            );
        }
        let mut digits = |field: &'static str, column: &str| {
            let text = self.cell(row, field);
            let n = text.parse::<u64>().ok().filter(|n| text.len() <= 2 && (1..=99).contains(n));
            if n.is_none() {
                checks.fault(
                    &format!("{place} {column}"),
                    "import.code",
                    format!("代码“{text}”应为一到两位数字。"),
                    format!("Code “{text}” should be one or two digits."),
                );
            }
            n
        };
        let major = digits("major_code", &self.layout.columns.major_code);
        let minor = digits("minor_code", &self.layout.columns.minor_code);
        for (field, column) in [("name", &self.layout.columns.name), ("major", &self.layout.columns.major)] {
            checks.text(&format!("{place} {column}"), self.cell(row, field), 1..=100);
        }
        let (kind, major, minor) = (kind?, major?, minor?);
        let shifted = major + self.layout.offset(kind);
        let code = (shifted <= 99)
            .then(|| ItemCode::new(self.region.get() as u64 * 10_000 + shifted * 100 + minor))
            .flatten();
        if code.is_none() {
            checks.fault(
                &format!("{place} {}", self.layout.columns.major_code),
                "import.offset",
                format!("大类代码 {major} 加偏移后超过99。"),
                format!("Major {major} with its offset is beyond 99."),
            );
        }
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Some(Item {
            version: 0,
            code: code?,
            name: one_line(self.cell(row, "name")),
            kind,
            major: one_line(self.cell(row, "major")),
            domain: some(self.cell(row, "domain")),
            community: self.layout.items.community,
            public: self.layout.items.public,
            local: self.layout.codes.local_from.is_some_and(|from| minor >= from),
            retired: false,
            synonyms: self.layout.pieces(self.cell(row, "synonyms")).into_iter().map(str::to_owned).collect(),
            printed: Some(format!("{major:02}{minor:02}")),
            conditions: Vec::new(),
        })
    }

    fn condition(&mut self, row: &TableRow, n: i64, mut doubts: Vec<Doubt>) -> Condition {
        let (limit, seasons) = self.limit(self.cell(row, "limit"), &mut doubts);
        let printed = self.cell(row, "parties").to_owned();
        let all = self.parties(&printed, "parties", &mut doubts);
        self.count(&printed, &all);
        let mut lead: Option<Party> = None;
        if self.at.contains_key("lead") {
            let text = self.cell(row, "lead").to_owned();
            let mut named = self.parties(&text, "lead", &mut doubts);
            if named.len() > 1 {
                doubts.push(doubt(
                    "import.several_leads",
                    &self.column("lead"),
                    format!("“{text}”列了不止一个主责单位。"),
                    format!("“{text}” names more than one lead."),
                ));
                named.clear();
            }
            lead = named.pop();
        }
        let mut others: Vec<Party> = all.into_iter().filter(|p| lead.as_ref() != Some(p)).collect();
        if lead.is_none() {
            let first = match self.layout.parties.lead {
                LeadRule::Only => others.len() == 1,
                LeadRule::First => !others.is_empty(),
                LeadRule::None => false,
            };
            if first {
                lead = Some(others.remove(0));
            }
        }
        let part = self.layout.other(lead.is_some());
        let supervise = self.cell(row, "supervisors").to_owned();
        let supervisors = self.parties(&supervise, "supervisors", &mut doubts);
        for (field, most) in [("filing", 1000), ("closing", 1000), ("basis", 1000)] {
            let length = self.cell(row, field).chars().count();
            if length > most {
                doubts.push(doubt(
                    "import.too_long",
                    &self.column(field),
                    format!("有 {length} 个字，最多 {most} 个。"),
                    format!("It has {length} characters, {most} at the most."),
                ));
            }
        }
        let draft = !doubts.is_empty();
        let kept = ["lead", "parties", "supervisors", "limit"];
        let printed = self
            .layout
            .columns
            .used()
            .into_iter()
            .filter(|(f, _)| draft || kept.contains(f))
            .map(|(f, column)| (column.to_owned(), self.cell(row, f).to_owned()))
            .collect();
        Condition {
            n,
            filing: self.cell(row, "filing").to_owned(),
            closing: self.cell(row, "closing").to_owned(),
            limit,
            seasons,
            urgent: limit.is_some_and(Limit::urgent),
            lead,
            parties: others.into_iter().map(|party| OtherParty { party, part }).collect(),
            supervisors,
            basis: self.cell(row, "basis").to_owned(),
            evidence: Evidence::default(),
            draft,
            doubts,
            record: Some(row.record as i64),
            line: Some(row.line as i64),
            printed,
        }
    }

    fn column(&self, field: &str) -> String {
        let used = self.layout.columns.used();
        used.iter().find(|(f, _)| *f == field).map_or(field, |(_, c)| c).to_owned()
    }

    /// The limit of a cell and those for parts of the year, which begin with a season's word; `；` between them.
    fn limit(&self, cell: &str, doubts: &mut Vec<Doubt>) -> (Option<Limit>, Vec<SeasonLimit>) {
        let (mut base, mut seasons) = (None, Vec::new());
        let column = self.layout.columns.limit.clone();
        let before = doubts.len();
        for piece in cell.split(['；', ';']).map(str::trim) {
            let season =
                self.layout.seasons.iter().find_map(|(w, s)| Some((s, piece.strip_prefix(w.as_str())?)));
            let text = season.map_or(piece, |(_, rest)| rest);
            match (read_limit(self.layout, text), season) {
                (Err((code, zh, en)), _) => doubts.push(doubt(code, &column, zh, en)),
                (Ok(limit), Some((s, _))) => seasons.push(SeasonLimit { from: s.from, to: s.to, limit }),
                (Ok(limit), None) if base.is_none() => base = Some(limit),
                (Ok(_), None) => doubts.push(doubt(
                    "import.two_limits",
                    &column,
                    format!("“{cell}”有两个时限。"),
                    format!("“{cell}” holds two limits."),
                )),
            }
        }
        if base.is_none() && doubts.len() == before {
            doubts.push(doubt(
                "import.no_limit",
                &column,
                format!("“{cell}”没有通常的时限。"),
                format!("“{cell}” holds no usual limit."),
            ));
        }
        if doubts.len() > before { (None, Vec::new()) } else { (base, seasons) }
    }

    /// The parties of a cell, each once, in their order.
    fn parties(&mut self, cell: &str, field: &str, doubts: &mut Vec<Doubt>) -> Vec<Party> {
        let mut out: Vec<Party> = Vec::new();
        let spellings: Vec<String> =
            self.layout.pieces(cell).into_iter().flat_map(|p| self.layout.spellings(p)).collect();
        for spelling in spellings {
            let meaning = self.meaning(&spelling);
            let key = normal(&spelling);
            let entry = self.spellings.entry(spelling.clone()).or_insert((0, meaning.clone()));
            entry.0 += 1;
            let party = match meaning {
                Meaning::Unit(id) => Party::Unit(id),
                Meaning::Role(code) => Party::Role(code),
                Meaning::New(_) => Party::Unit(stand_in(&key)),
                Meaning::Unknown => {
                    let many = self.units.all(&spelling).len() > 1;
                    let (zh, en) = if many {
                        (
                            format!("“{spelling}”可指多个单位。"),
                            format!("“{spelling}” could be several units."),
                        )
                    } else {
                        (format!("不认识单位“{spelling}”。"), format!("The unit “{spelling}” is not known."))
                    };
                    let code = if many { "import.unit_ambiguous" } else { "import.unit_unknown" };
                    doubts.push(doubt(code, &self.column(field), zh, en));
                    continue;
                }
            };
            if !out.contains(&party) {
                out.push(party);
            }
        }
        out
    }

    fn meaning(&self, spelling: &str) -> Meaning {
        // A role that the region does not know yet is made only for those who may.
        let known = |code: &&str| self.may_make || self.roles.role(code).is_some();
        if let Some(code) = self.layout.role(spelling).filter(known) {
            return Meaning::Role(code.to_owned());
        }
        if let Some(id) = self.units.get(spelling) {
            return Meaning::Unit(id);
        }
        if self.layout.parties.region_roles
            && let Some(role) = self.roles.role_by_word(spelling)
        {
            return Meaning::Role(role.code.clone());
        }
        let free = self.units.all(spelling).is_empty() && (1..=100).contains(&spelling.chars().count());
        if self.layout.parties.make_units && self.may_make && free {
            Meaning::New(one_line(spelling))
        } else {
            Meaning::Unknown
        }
    }

    fn count(&mut self, printed: &str, parties: &[Party]) {
        let pieces = self.layout.pieces(printed).len();
        let roles = parties.iter().filter(|p| matches!(p, Party::Role(_))).count();
        self.counted.several += usize::from(pieces > 1);
        self.counted.with_roles += usize::from(roles > 0);
        self.counted.only_roles += usize::from(roles > 0 && roles == parties.len());
    }

    fn spellings(&self) -> Vec<SpellingFound> {
        let name = |spelling: &str, meaning: &Meaning| match meaning {
            Meaning::Unit(id) => self.units.name(*id).unwrap_or(spelling).to_owned(),
            Meaning::Role(code) => {
                let own = self.layout.roles.get(code).and_then(|r| r.zh.clone());
                own.or_else(|| self.roles.role(code).map(|r| r.zh.clone())).unwrap_or_else(|| code.clone())
            }
            Meaning::New(name) => name.clone(),
            Meaning::Unknown => String::new(),
        };
        // Spellings that look alike, told by the same measure as the units' own list.
        let mut ids = BTreeMap::new();
        let mut units = Vec::new();
        for (spelling, (_, meaning)) in &self.spellings {
            if !matches!(meaning, Meaning::Role(_)) {
                let id = stand_in(&normal(spelling));
                if ids.insert(id, spelling.clone()).is_none() {
                    units.push(areas::Unit::new(id, spelling.clone(), self.layout.unit_kind(spelling)));
                }
            }
        }
        let mut like: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for pair in areas::alike(&units) {
            let (a, b) = (pair.a.name, pair.b.name);
            like.entry(a.clone()).or_default().insert(b.clone());
            like.entry(b).or_default().insert(a);
        }
        let mut all: Vec<SpellingFound> = self
            .spellings
            .iter()
            .map(|(spelling, (count, meaning))| SpellingFound {
                spelling: spelling.clone(),
                count: *count,
                name: name(spelling, meaning),
                meaning: meaning.clone(),
                like: like.remove(spelling).into_iter().flatten().collect(),
            })
            .collect();
        all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.spelling.cmp(&b.spelling)));
        all
    }
}

/// An id that stands in for a unit until it is made; made from its spelling alone, so that it never differs.
pub(crate) fn stand_in(key: &str) -> UnitId {
    let fnv = |seed: u64| key.bytes().fold(seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let bits = (u128::from(fnv(0xcbf2_9ce4_8422_2325)) << 64) | u128::from(fnv(0x9e37_79b9_7f4a_7c15));
    UnitId(kernel::Uuid::from_u128(bits))
}

/// A name without the line breaks and blanks that a table puts into it.
fn one_line(text: &str) -> String {
    let chinese = |c: Option<char>| c.is_some_and(|c| !c.is_ascii());
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() && !(chinese(out.chars().last()) && chinese(word.chars().next())) {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Reads a number and a declared word; what is wrong otherwise.
pub(crate) fn read_limit(layout: &Layout, text: &str) -> Result<Limit, (&'static str, String, String)> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '０'..='９' => char::from(b'0' + (c as u32 - '０' as u32) as u8),
            _ => c,
        })
        .collect();
    let shown: String = text.chars().take(40).collect();
    let number = |c: &char| c.is_ascii_digit() || "零一二两三四五六七八九十百.-".contains(*c);
    let split: usize = plain.chars().take_while(number).map(char::len_utf8).sum();
    let (n, word) = plain.split_at(split);
    let word = word.strip_prefix('个').unwrap_or(word);
    if n.is_empty() {
        return Err((
            "import.limit_number",
            format!("时限“{shown}”不以数字开头。"),
            format!("The limit “{shown}” does not begin with a number."),
        ));
    }
    let Some(unit) = layout.limit_unit(word) else {
        let tail = layout.limits.keys().filter(|k| word.starts_with(k.as_str())).max_by_key(|k| k.len());
        return Err(match tail {
            Some(known) => (
                "import.limit_tail",
                format!("时限“{shown}”在“{known}”之后还有文字。"),
                format!("The limit “{shown}” goes on after “{known}”."),
            ),
            None => (
                "import.limit_unit",
                format!("映射未声明时限单位“{word}”（“{shown}”）。"),
                format!("The mapping does not declare the limit word “{word}” (“{shown}”)."),
            ),
        });
    };
    Limit::parse(&format!("{n}{}", unit.zh())).map_err(|e: BadLimit| {
        let code = if matches!(e, BadLimit::Range(_)) { "import.limit_range" } else { "import.limit_number" };
        (code, format!("“{shown}”：{}", e.zh()), format!("“{shown}”: {}", e.en()))
    })
}

impl Rows {
    /// Puts the ids of units that were made in the place of those that stood in for them.
    pub fn settle(&mut self, made: &BTreeMap<UnitId, UnitId>) {
        let swap = |p: &mut Party| {
            if let Party::Unit(id) = p
                && let Some(now) = made.get(id)
            {
                *id = *now;
            }
        };
        for c in self.items.iter_mut().flat_map(|i| &mut i.conditions) {
            c.lead.iter_mut().for_each(swap);
            c.parties.iter_mut().for_each(|p| swap(&mut p.party));
            c.supervisors.iter_mut().for_each(swap);
        }
        for s in &mut self.spellings {
            if let Meaning::New(_) = s.meaning
                && let Some(id) = made.get(&stand_in(&normal(&s.spelling)))
            {
                s.meaning = Meaning::Unit(*id);
            }
        }
    }
}
