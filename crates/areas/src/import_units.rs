//! Units from a table and into one: every row is judged first, then all are written, or none.

use crate::{
    Became, COLUMN_MISSING, FILE_EMPTY, FILE_TOO_LONG, Message, PutUnitBody, REGION_MISSING, UNIT_CLOSED,
    UNIT_CYCLE, UNIT_PARENT_MISSING, UNIT_SPELLING_TAKEN, Unit, UnitKind, Weight, normal, region,
    register::Register,
};
use audit::Note;
use gis::{Table, TableRow};
use kernel::{Checks, Lang, Power, Refusal, Region, UnitId, Uuid};
use serde::Serialize;
use serde_json::json;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use store::{Read, Tx, Write};
use utoipa::ToSchema;
use vault::sha256;

/// Rows of a table at the most.
const MOST: usize = 20_000;

/// The columns, as they are exported, and how else they may be called.
const COLUMNS: [(&str, &[&str]); 10] = [
    ("id", &["编号", "标识"]),
    ("name", &["名称", "单位名称", "单位"]),
    ("kind", &["类型", "单位类型", "性质"]),
    ("parent", &["上级", "上级单位", "主管单位"]),
    ("phone", &["电话", "办公电话", "联系电话"]),
    ("email", &["邮箱", "电子邮箱"]),
    ("address", &["地址", "办公地址"]),
    ("aliases", &["别名", "曾用名", "其他写法"]),
    ("closed", &["停用", "已停用", "是否停用"]),
    ("note", &["备注", "说明"]),
];

/// Kinds as tables in Chinese name them.
const KINDS: [(UnitKind, &[&str]); 8] = [
    (UnitKind::Department, &["部门", "职能部门", "政府部门", "事业单位"]),
    (UnitKind::StreetOffice, &["街道", "街道办事处", "镇政府", "乡镇", "街道（镇）"]),
    (UnitKind::PropertyCompany, &["物业", "物业公司", "物业服务企业"]),
    (UnitKind::Utility, &["公用企业", "水电气热通信企业", "公共服务企业"]),
    (UnitKind::Association, &["协会", "社会组织"]),
    (UnitKind::Community, &["社区", "村", "居委会", "村委会", "居民委员会", "村民委员会"]),
    (UnitKind::OwnersBody, &["业委会", "业主委员会", "业主大会"]),
    (UnitKind::Enterprise, &["企业", "其他企业", "公司"]),
];

/// The id that a unit gets when only its name is known: always the same for one region and spelling (a UUID of
/// version 8, of the SHA-256 of both).
pub fn unit_id(region: Region, name: &str) -> UnitId {
    UnitId(derived(&format!("unit/{region}/{}", normal(name))))
}

/// A UUID of version 8 (RFC 9562) made of a text.
pub(crate) fn derived(text: &str) -> Uuid {
    let digest = sha256(text.as_bytes());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Uuid::from_bytes(bytes)
}

/// Imports units from a table: all rows, or none when one is refused. Data stewards of the region.
///
/// A row means the unit of its `id`; without one the unit that is called so; else a new one, whose id follows
/// from its name. A column that is not there leaves what is known; an empty cell empties it. A row that names an
/// alias of a unit changes nothing and says so. Told twice, the second changes nothing.
pub struct ImportUnits {
    /// Into which region.
    pub region: Region,
    /// The table.
    pub table: Arc<Table>,
    /// Only say what it would do.
    pub dry_run: bool,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = UnitRowOutcome)]
pub struct RowOutcome {
    /// Which record, from 1; the header does not count.
    pub record: usize,
    /// The physical line, or the row of the sheet.
    pub line: usize,
    /// The unit it means.
    pub id: Option<UnitId>,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub outcome: Became,
    /// What there is to say about it.
    pub messages: Vec<Message>,
}

/// What an import of units did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UnitsOutcome {
    /// Whether it was only tried.
    pub dry_run: bool,
    /// Whether anything was written: all of it, or nothing.
    pub written: bool,
    /// Units that were not there before.
    pub new: usize,
    /// Units that are different.
    pub changed: usize,
    /// Rows that changed nothing.
    pub unchanged: usize,
    /// Rows refused; with one, nothing is written.
    pub refused: usize,
    /// What there is to say about the file as a whole.
    pub notes: Vec<Message>,
    /// Every row, in the order of the file.
    pub rows: Vec<RowOutcome>,
}

struct Line {
    outcome: RowOutcome,
    /// What the unit is to be; absent where the row changes nothing or cannot be read.
    is: Option<Unit>,
    /// The parent as the row names it.
    parent: Option<String>,
}

impl Line {
    fn refuse(&mut self, refusal: &Refusal) {
        let told = refusal.fields();
        if told.is_empty() {
            let (zh, en) = (refusal.text(Lang::Zh), refusal.text(Lang::En));
            self.outcome.messages.push(Message::fault(refusal.code(), zh, en));
        }
        for f in told {
            let (zh, en) = (format!("“{}”：{}", f.field, f.zh), format!("{}: {}", f.field, f.en));
            self.outcome.messages.push(Message::fault(f.code, zh, en));
        }
    }

    fn note(&mut self, code: &'static str, zh: String, en: String) {
        self.outcome.messages.push(Message::new(Weight::Note, code, zh, en));
    }

    fn refused(&self) -> bool {
        self.outcome.messages.iter().any(|m| m.weight == Weight::Fault)
    }
}

/// Which column of the table holds what.
struct Columns(HashMap<&'static str, usize>);

impl Columns {
    fn of(table: &Table) -> Result<(Columns, Vec<Message>), Refusal> {
        let (mut found, mut notes) = (HashMap::new(), Vec::new());
        for (i, title) in table.header.iter().enumerate() {
            let asked = normal(title);
            let column = COLUMNS
                .iter()
                .find(|(code, words)| *code == asked || words.iter().any(|w| normal(w) == asked));
            match column {
                Some((code, _)) if found.contains_key(code) => {
                    let (zh, en) =
                        (format!("“{title}”列重复。"), format!("There are two columns for “{code}”."));
                    let mut checks = Checks::new();
                    checks.fault(title, "unit.column_twice", zh, en);
                    checks.done()?;
                }
                Some((code, _)) => {
                    found.insert(*code, i);
                }
                None if title.is_empty() => {}
                None => {
                    let (zh, en) = (
                        format!("不认识“{title}”列，未读取。"),
                        format!("Column “{title}” is not known and was not read."),
                    );
                    notes.push(Message::new(Weight::Note, "unit.column_unknown", zh, en));
                }
            }
        }
        if !found.contains_key("name") {
            let there = table.header.join("、");
            return Err(COLUMN_MISSING.field("name").with("column", "name").with("columns", there));
        }
        Ok((Columns(found), notes))
    }

    fn cell<'a>(&self, row: &'a TableRow, column: &str) -> Option<&'a str> {
        let i = self.0.get(column)?;
        Some(row.cells.get(*i).map_or("", |c| c.trim()))
    }
}

fn yes_or_no(text: &str) -> Option<bool> {
    match normal(text).as_str() {
        "" | "0" | "否" | "no" | "n" | "false" | "启用" | "正常" => Some(false),
        "1" | "是" | "yes" | "y" | "true" | "停用" | "已停用" | "closed" => Some(true),
        _ => None,
    }
}

fn kind_of(text: &str) -> Option<UnitKind> {
    let asked = normal(text);
    let named = KINDS.iter().find(|(k, words)| k.code() == asked || words.iter().any(|w| normal(w) == asked));
    named.map(|(k, _)| *k)
}

impl ImportUnits {
    fn read(&self, register: &Register) -> Result<(Vec<Line>, Vec<Message>), Refusal> {
        if self.table.rows.is_empty() {
            return Err(FILE_EMPTY.refuse());
        }
        if self.table.rows.len() > MOST {
            return Err(FILE_TOO_LONG.refuse().with("n", self.table.rows.len()));
        }
        let (columns, mut notes) = Columns::of(&self.table)?;
        notes.splice(0..0, self.table.notes.iter().cloned().map(Message::from));
        let lines = self.table.rows.iter().map(|row| self.line(&columns, row, register));
        Ok((lines.collect(), notes))
    }

    fn line(&self, columns: &Columns, row: &TableRow, register: &Register) -> Line {
        let name = columns.cell(row, "name").unwrap_or_default();
        let outcome = RowOutcome {
            record: row.record,
            line: row.line,
            id: None,
            name: name.to_owned(),
            outcome: Became::Unchanged,
            messages: Vec::new(),
        };
        let mut line = Line { outcome, is: None, parent: None };
        let given = columns.cell(row, "id").unwrap_or_default();
        let id = if given.is_empty() {
            register.owner(name).map_or_else(|| unit_id(self.region, name), |u| u.id)
        } else if let Ok(id) = given.parse() {
            id
        } else {
            let (zh, en) =
                (format!("“id”：“{given}”不是编号（UUID）。"), format!("id: “{given}” is no id (UUID)."));
            line.outcome.messages.push(Message::fault("unit.bad_id", zh, en));
            return line;
        };
        line.outcome.id = Some(id);
        let was = register.unit(id);
        if let Some(was) = was {
            if let Some(into) = was.merged_into {
                let into = register.name(into);
                let zh = format!("“{}”已并入“{into}”，此行不改动任何内容。", was.name);
                let en = format!("“{}” has been merged into “{into}”; this row changes nothing.", was.name);
                line.note("unit.merged", zh, en);
                return line;
            }
            if given.is_empty() && normal(&was.name) != normal(name) {
                let zh = format!("“{name}”是“{}”的别名，此行不改动任何内容。", was.name);
                let en = format!("“{name}” is an alias of “{}”; this row changes nothing.", was.name);
                line.note("unit.alias", zh, en);
                return line;
            }
        }
        self.fill(&mut line, columns, row, was);
        line
    }

    /// What the unit is to be, by the columns that are there.
    fn fill(&self, line: &mut Line, columns: &Columns, row: &TableRow, was: Option<&Unit>) {
        let Some(id) = line.outcome.id else { return };
        let known = |f: fn(&Unit) -> Option<String>| was.and_then(f);
        let text = |column: &str, old: Option<String>| columns.cell(row, column).map(str::to_owned).or(old);
        let mut checks = Checks::new();
        let kind = match columns.cell(row, "kind").filter(|c| !c.is_empty()) {
            Some(cell) => kind_of(cell).or_else(|| {
                let all: Vec<&str> = KINDS.iter().map(|(k, _)| k.code()).collect();
                let zh = format!("没有类型“{cell}”；可用：{}。", all.join("、"));
                let en = format!("There is no kind “{cell}”; takes {}.", all.join(", "));
                checks.fault("kind", "unit.bad_kind", zh, en);
                None
            }),
            None => was.map(|w| w.kind).or_else(|| {
                checks.fault("kind", "unit.no_kind", "新单位必须写明类型。", "A new unit needs a kind.");
                None
            }),
        };
        let closed = match columns.cell(row, "closed") {
            Some(cell) => yes_or_no(cell).unwrap_or_else(|| {
                let zh = format!("“{cell}”应为 是 或 否。");
                checks.fault("closed", "unit.bad_closed", zh, format!("“{cell}” has to be yes or no."));
                false
            }),
            None => was.is_some_and(|w| w.closed),
        };
        let aliases = match columns.cell(row, "aliases") {
            Some(cell) => {
                let all = cell.split([';', '；', '|', '\n']).map(str::trim);
                all.filter(|a| !a.is_empty()).map(str::to_owned).collect()
            }
            None => was.map(|w| w.aliases.clone()).unwrap_or_default(),
        };
        let body = PutUnitBody {
            name: line.outcome.name.clone(),
            kind: kind.unwrap_or(UnitKind::Department),
            closed,
            parent: was.and_then(|w| w.parent),
            phone: text("phone", known(|u| u.phone.clone())),
            email: text("email", known(|u| u.email.clone())),
            address: text("address", known(|u| u.address.clone())),
            note: text("note", known(|u| u.note.clone())),
            aliases,
        };
        body.check(&mut checks);
        if let Err(refusal) = checks.done() {
            line.refuse(&refusal);
            return;
        }
        line.parent = columns.cell(row, "parent").map(str::to_owned);
        line.is = Some(body.unit(id));
    }
}

/// Units that stand in the file twice: neither row is taken.
fn twice(lines: &mut [Line]) {
    let mut first: HashMap<UnitId, usize> = HashMap::new();
    for i in 0..lines.len() {
        let Some(id) = lines[i].is.as_ref().map(|u| u.id) else { continue };
        let Some(&other) = first.get(&id) else {
            first.insert(id, i);
            continue;
        };
        let (a, b) = (lines[other].outcome.record, lines[i].outcome.record);
        let say = |n: usize| {
            let zh = format!("同一个单位在文件中出现多次，另见第 {n} 条。");
            Message::fault(
                "unit.twice",
                zh,
                format!("This unit stands in the file more than once, also at record {n}."),
            )
        };
        lines[i].outcome.messages.push(say(a));
        if !lines[other].outcome.messages.iter().any(|m| m.code == "unit.twice") {
            lines[other].outcome.messages.push(say(b));
        }
    }
}

/// The parents that rows name, among the units of the file and those there.
fn parents(lines: &mut [Line], register: &Register) {
    let mut by_name: HashMap<String, UnitId> = HashMap::new();
    for unit in lines.iter().filter_map(|l| l.is.as_ref()) {
        for text in std::iter::once(&unit.name).chain(&unit.aliases) {
            by_name.entry(normal(text)).or_insert(unit.id);
        }
    }
    let in_file: HashMap<UnitId, ()> = lines.iter().filter_map(|l| Some((l.is.as_ref()?.id, ()))).collect();
    for line in lines.iter_mut() {
        let (Some(text), Some(is)) = (line.parent.clone(), line.is.as_mut()) else { continue };
        if text.is_empty() {
            is.parent = None;
            continue;
        }
        let by_id = text.parse().ok().filter(|id| in_file.contains_key(id) || register.unit(*id).is_some());
        let named = || by_name.get(&normal(&text)).copied().or(register.owner(&text).map(|u| u.id));
        match by_id.or_else(named) {
            Some(parent) => is.parent = Some(parent),
            None => line.refuse(&UNIT_PARENT_MISSING.field("parent").with("parent", format!("“{text}”"))),
        }
    }
}

/// Judges the units as they all are to be: the order of rows never matters.
fn together(lines: &mut [Line], register: &Register) {
    let mut units: BTreeMap<UnitId, Unit> = register.units().map(|u| (u.id, u.clone())).collect();
    for unit in lines.iter().filter_map(|l| l.is.clone()) {
        units.insert(unit.id, unit);
    }
    let mut owners: HashMap<String, Vec<UnitId>> = HashMap::new();
    for unit in units.values().filter(|u| u.merged_into.is_none()) {
        for text in std::iter::once(&unit.name).chain(&unit.aliases) {
            let all = owners.entry(normal(text)).or_default();
            if !all.contains(&unit.id) {
                all.push(unit.id);
            }
        }
    }
    let name = |id: UnitId| units.get(&id).map_or_else(|| id.to_string(), |u| u.name.clone());
    for line in lines.iter_mut() {
        let Some(is) = line.is.clone() else { continue };
        if register.unit(is.id) == Some(&is) {
            continue;
        }
        for (i, text) in std::iter::once(&is.name).chain(&is.aliases).enumerate() {
            let others = owners.get(&normal(text)).into_iter().flatten();
            if let Some(other) = others.copied().find(|u| *u != is.id) {
                let field = if i == 0 { "name" } else { "aliases" };
                let refusal = UNIT_SPELLING_TAKEN.field(field).with("spelling", text);
                line.refuse(&refusal.with("unit", name(other)));
            }
        }
        let Some(parent) = is.parent else { continue };
        let moved = register.unit(is.id).and_then(|w| w.parent) != Some(parent);
        if moved && units.get(&parent).is_some_and(|p| !p.open()) {
            line.refuse(&UNIT_CLOSED.field("parent").with("unit", name(parent)));
        }
        let mut chain = vec![is.id];
        let mut at = Some(parent);
        while let Some(next) = at {
            chain.push(next);
            if chain[..chain.len() - 1].contains(&next) {
                break;
            }
            at = units.get(&next).and_then(|u| u.parent);
        }
        if at == Some(is.id) {
            let chain: Vec<String> = chain.into_iter().map(name).collect();
            line.refuse(&UNIT_CYCLE.field("parent").with("chain", chain.join(" → ")));
        }
    }
}

impl Write for ImportUnits {
    type Out = UnitsOutcome;

    async fn run(&self, tx: &mut Tx) -> Result<UnitsOutcome, Refusal> {
        tx.actor().may(Power::EditAreas, Some(self.region))?;
        if !region::region_exists(tx, self.region).await? {
            return Err(REGION_MISSING.refuse().with("region", self.region));
        }
        let mut register = Register::load(tx, self.region).await?;
        let (mut lines, notes) = self.read(&register)?;
        twice(&mut lines);
        parents(&mut lines, &register);
        together(&mut lines, &register);
        for line in &mut lines {
            line.outcome.outcome = match &line.is {
                _ if line.refused() => Became::Refused,
                Some(is) if register.unit(is.id).is_none() => Became::New,
                Some(is) if register.unit(is.id) != Some(is) => Became::Changed,
                _ => Became::Unchanged,
            };
        }
        let count = |became| lines.iter().filter(|l| l.outcome.outcome == became).count();
        let (new, changed, refused) = (count(Became::New), count(Became::Changed), count(Became::Refused));
        let written = !self.dry_run && refused == 0 && new + changed > 0;
        if written {
            self.write(tx, &mut register, &lines, (new, changed)).await?;
        }
        Ok(UnitsOutcome {
            dry_run: self.dry_run,
            written,
            new,
            changed,
            unchanged: count(Became::Unchanged),
            refused,
            notes,
            rows: lines.into_iter().map(|l| l.outcome).collect(),
        })
    }
}

impl ImportUnits {
    async fn write(
        &self,
        tx: &mut Tx,
        register: &mut Register,
        lines: &[Line],
        (new, changed): (usize, usize),
    ) -> Result<(), Refusal> {
        let become_: Vec<&Unit> = lines
            .iter()
            .filter(|l| matches!(l.outcome.outcome, Became::New | Became::Changed))
            .filter_map(|l| l.is.as_ref())
            .collect();
        // A spelling that goes from one unit to another is given up before it is taken.
        for is in &become_ {
            register.drop_spellings(tx, is).await?;
        }
        for is in become_ {
            register.write(tx, is.clone()).await?;
        }
        region::bump(tx, self.region).await?;
        let note = Note {
            region: self.region,
            action: "unit.import",
            object: format!("region/{}", self.region),
            detail: json!({ "rows": lines.len(), "new": new, "changed": changed }),
        };
        audit::record(tx, note, None).await?;
        Ok(())
    }
}

/// The units of a region as a table: what [`ImportUnits`] reads, merged ones left out. Those with
/// [`Power::ReadBase`] there.
pub struct ExportUnits {
    /// Of which region.
    pub region: Region,
}

impl Read for ExportUnits {
    type Out = (Vec<String>, Vec<Vec<String>>);

    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        tx.actor().may(Power::ReadBase, Some(self.region))?;
        if !region::region_exists(tx, self.region).await? {
            return Err(REGION_MISSING.refuse().with("region", self.region));
        }
        let units = crate::units::all(tx, self.region).await?;
        let names: HashMap<UnitId, &str> = units.iter().map(|u| (u.id, u.name.as_str())).collect();
        let text = |t: &Option<String>| t.clone().unwrap_or_default();
        let row = |u: &Unit| {
            vec![
                u.id.to_string(),
                u.name.clone(),
                u.kind.code().to_owned(),
                u.parent.and_then(|p| names.get(&p)).map_or_else(String::new, |n| (*n).to_owned()),
                text(&u.phone),
                text(&u.email),
                text(&u.address),
                u.aliases.join(";"),
                if u.closed { "yes" } else { "no" }.to_owned(),
                text(&u.note),
            ]
        };
        let header = COLUMNS.iter().map(|(code, _)| (*code).to_owned()).collect();
        Ok((header, units.iter().filter(|u| u.merged_into.is_none()).map(row).collect()))
    }
}
