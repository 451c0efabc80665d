//! Duties from a table: every row is judged first, then all of them are written in one transaction, or none.
//! What a file says again changes nothing: a row without an id has one that follows from what it says.

use crate::{
    COLUMNS, DutyRow, FILE_EMPTY, FILE_TOO_LONG, IMPORT_REFUSED,
    names::{Names, bare},
    put::{self, DutyNote},
    row, shelf,
    world::*,
};
use edge::House;
use gis::{Note, Table};
use kernel::{Actor, DutyId, Fault, Moment, Power, Refusal, Region, Rule, Uuid};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use store::{Tx, Write};
use utoipa::ToSchema;

/// Rows of a file at the most.
const MOST: usize = 20_000;

/// The columns of the layout, with the words they are known by. The first is what the export writes.
const COLUMN: &[(&str, &[&str])] = &[
    ("id", &["id", "编号"]),
    ("area", &["area", "区域", "区域代码", "网格", "社区", "街道"]),
    ("area_name", &["area_name", "区域名称"]),
    ("place", &["place", "地点"]),
    ("place_name", &["place_name", "地点名称"]),
    ("item", &["item", "事项", "小类", "事项代码"]),
    ("item_name", &["item_name", "事项名称"]),
    ("class", &["class", "大类", "大类代码"]),
    ("class_name", &["class_name", "大类名称"]),
    ("domain", &["domain", "责任领域", "领域"]),
    ("unit", &["unit", "单位", "责任单位"]),
    ("unit_name", &["unit_name", "单位名称"]),
    ("role", &["role", "角色"]),
    ("region", &["region", "to_region", "归属区域", "飞地归属"]),
    ("from", &["from", "起", "起日", "生效日期"]),
    ("until", &["until", "止", "止日", "失效日期"]),
    ("basis", &["basis", "依据"]),
    ("note", &["note", "备注"]),
];

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DutyRowBecame)]
pub enum RowBecame {
    /// A duty that was not there before.
    New,
    /// A duty that is different now.
    Changed,
    /// A duty that is as it was.
    Unchanged,
    /// Nothing: it was refused, and so the whole import.
    Refused,
}

/// Something said about a row.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DutyRowMessage)]
pub struct RowMessage {
    /// Whether it refuses the row; else it is worth a look.
    pub fault: bool,
    /// The column it is about, as the layout calls it; empty for the row.
    pub column: String,
    /// A stable code.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A row and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DutyRowOutcome)]
pub struct RowOutcome {
    /// Which row after the header, from 1.
    pub record: usize,
    /// In which line of the file (row of the sheet) it begins.
    pub line: usize,
    /// The duty, where it could be read.
    pub id: Option<DutyId>,
    /// What it says, in Chinese.
    pub zh: String,
    /// What it says, in English.
    pub en: String,
    /// What became of it.
    pub outcome: RowBecame,
    /// What there is to say about it.
    pub messages: Vec<RowMessage>,
}

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DutyImport {
    /// Whether it was only tried.
    pub dry_run: bool,
    /// Whether anything was written: all of it, or nothing.
    pub written: bool,
    /// Rows of the file.
    pub rows: usize,
    /// Duties that were not there before.
    pub new: usize,
    /// Duties that are different.
    pub changed: usize,
    /// Duties that are as they were.
    pub unchanged: usize,
    /// Rows refused; with one, nothing is written.
    pub refused: usize,
    /// Rows taken that somebody should look at.
    pub warnings: usize,
    /// What there is to say about the file as a whole.
    pub notes: Vec<RowMessage>,
    /// Every row, in the order of the file.
    pub outcomes: Vec<RowOutcome>,
}

impl DutyImport {
    /// The faults as fields of a refusal, a thousand at the most.
    pub(crate) fn refusal(&self) -> Refusal {
        let faults = self.outcomes.iter().flat_map(|o| {
            o.messages.iter().filter(|m| m.fault).map(|m| Fault {
                field: format!("rows.{}.{}", o.record, m.column),
                code: "duty.row",
                zh: format!("第 {} 行：{}", o.line, m.zh),
                en: format!("Line {}: {}", o.line, m.en),
            })
        });
        IMPORT_REFUSED.refuse().with("n", self.refused).faults(faults.take(1000).collect())
    }
}

/// An import of duties. Stewards of the region's data.
pub struct ImportDuties {
    /// Into which region.
    pub region: Region,
    /// The rows.
    pub table: Table,
    /// The file's name, kept as the duties' source.
    pub source: String,
    /// Only say what it would do.
    pub dry_run: bool,
}

/// Where each column of the layout is.
struct Columns(HashMap<&'static str, usize>);

impl Columns {
    /// Finds them in a header; answers the headings that mean nothing, too.
    fn find(header: &[String]) -> Result<(Columns, Vec<String>), Refusal> {
        let (mut found, mut unknown) = (HashMap::new(), Vec::new());
        for (i, heading) in header.iter().enumerate() {
            let word = heading.trim().trim_start_matches('\u{feff}').to_lowercase();
            let known = COLUMN.iter().find(|(_, words)| words.contains(&word.as_str()));
            match known {
                Some((name, _)) => {
                    if found.insert(*name, i).is_some() {
                        return Err(columns(
                            &format!("“{name}” 出现两次"),
                            &format!("the column {name} is there twice"),
                        ));
                    }
                }
                None if word.is_empty() => {}
                None => unknown.push(heading.trim().to_owned()),
            }
        }
        for (any, zh) in [
            (&["area", "place"][..], "区域（area）或地点（place）"),
            (&["item", "class", "domain"], "事项（item）、大类（class）或责任领域（domain）"),
            (&["unit", "role", "region"], "单位（unit）、角色（role）或归属区域（region）"),
        ] {
            if !any.iter().any(|c| found.contains_key(c)) {
                return Err(columns(&format!("缺少{zh}列"), &format!("no column {}", any.join(", "))));
            }
        }
        Ok((Columns(found), unknown))
    }

    fn get<'a>(&self, cells: &'a [String], column: &str) -> &'a str {
        self.0.get(column).and_then(|i| cells.get(*i)).map_or("", |c| bare(c))
    }
}

fn columns(zh: &str, en: &str) -> Refusal {
    let told = Fault { field: "file".into(), code: COLUMNS.code, zh: zh.to_owned(), en: en.to_owned() };
    COLUMNS.refuse().with("zh", zh).with("en", en).faults(vec![told])
}

/// A row that is being judged.
struct Judged {
    record: usize,
    line: usize,
    duty: Option<DutyRow>,
    told: (String, String),
    messages: Vec<RowMessage>,
}

impl Judged {
    fn refuse(&mut self, column: &str, rule: &Rule, with: &[(&'static str, &str)]) {
        let mut refusal = rule.field(column);
        for (name, value) in with {
            refusal = refusal.with(name, value);
        }
        self.take(column, &refusal);
    }

    fn take(&mut self, column: &str, refusal: &Refusal) {
        let f = put::fault(refusal);
        let (column, code) = (column.to_owned(), f.code.to_owned());
        self.messages.push(RowMessage { fault: true, column, code, zh: f.zh, en: f.en });
    }

    fn note(&mut self, note: DutyNote) {
        let DutyNote { code, zh, en, .. } = note;
        self.messages.push(RowMessage { fault: false, column: String::new(), code: code.to_owned(), zh, en });
    }
}

/// Judges the rows and, if none is refused and it is no dry run, writes them.
pub async fn import_duties(
    house: &House,
    actor: &Actor,
    import: ImportDuties,
) -> Result<DutyImport, Refusal> {
    actor.may(Power::EditDuties, Some(import.region))?;
    let ImportDuties { region, table, source, dry_run } = import;
    if table.rows.is_empty() {
        return Err(FILE_EMPTY.field("file"));
    }
    if table.rows.len() > MOST {
        return Err(FILE_TOO_LONG.field("file").with("n", table.rows.len()).with("most", MOST));
    }
    let (columns, unknown) = Columns::find(&table.header)?;
    let kept = shelf::kept(house, region).await?;
    let names = Names::load(house, region, kept.book.clone()).await?;
    let now = house.db().world().now();
    let work = move || {
        let mut judged = judge(&table, &columns, &names, &source, now);
        let known: HashMap<DutyId, &DutyRow> = kept.rows.iter().map(|r| (r.duty.id, r)).collect();
        twice(&mut judged);
        // What the rows and the duties that are there say together.
        let mut all: BTreeMap<DutyId, Duty> = kept.rows.iter().map(|r| (r.duty.id, r.duty.clone())).collect();
        for j in &mut judged {
            if let Some(duty) = &mut j.duty
                && let Some(was) = known.get(&duty.duty.id)
            {
                open_since(duty, was);
            }
            all.extend(j.duty.iter().map(|r| (r.duty.id, r.duty.clone())));
        }
        let book = kept.book.with_duties(all.into_values().collect());
        for j in &mut judged {
            if let Some(duty) = j.duty.as_ref().map(|r| r.duty.clone()) {
                for note in put::notes(&book, &duty, now) {
                    j.note(note);
                }
            }
        }
        let mut out = outcome(&judged, &known, dry_run);
        out.notes.extend(table.notes.into_iter().map(of_file));
        out.notes.extend(unknown.into_iter().map(ignored));
        let rows: Vec<DutyRow> = judged.into_iter().filter_map(|j| j.duty).collect();
        (out, rows)
    };
    let done = tokio::task::spawn_blocking(work).await;
    let (mut out, rows) = done.map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
    if dry_run || out.refused > 0 || out.new + out.changed == 0 {
        return Ok(out);
    }
    house.db().write(actor, WriteDuties { region, rows }).await?;
    out.written = true;
    Ok(out)
}

/// A row that names no beginning goes on since it began, when it is there already.
fn open_since(duty: &mut DutyRow, was: &DutyRow) {
    if duty.duty.span.from == UNSAID {
        duty.duty.span.from = was.duty.span.from;
    }
}

/// The beginning of a row that names none, until it is known whether the duty is there already.
const UNSAID: Moment = Moment(i64::MIN);

fn judge(table: &Table, columns: &Columns, names: &Names, source: &str, now: Moment) -> Vec<Judged> {
    let row = |r: &gis::TableRow| {
        let mut j = Judged {
            record: r.record,
            line: r.line,
            duty: None,
            told: Default::default(),
            messages: Vec::new(),
        };
        let get = |column| columns.get(&r.cells, column);
        let parts = (ground(&mut j, names, &get), subject(&mut j, names, &get), answer(&mut j, names, &get));
        let span = span(&mut j, names, &get);
        let id = id(&mut j, get("id"));
        for (column, most) in [("basis", 500), ("note", 500)] {
            if get(column).chars().count() > most {
                let (zh, en) = (format!("不得超过 {most} 个字。"), format!("Takes {most} characters."));
                let (column, code) = (column.to_owned(), "text.length".to_owned());
                j.messages.push(RowMessage { fault: true, column, code, zh, en });
            }
        }
        if let (Some(ground), Some(subject), Some(answer)) = parts {
            let (from, until) = span.unwrap_or((None, None));
            let id = id.unwrap_or_else(|| derived(names.region, &ground, &subject, &answer, from));
            let from = from.unwrap_or(UNSAID);
            j.told = told(names, &ground, &subject, &answer, now);
            if let Err(e) = put::within(names.region, &ground, &subject, &answer) {
                j.take("area", &e);
            }
            let basis = get("basis").to_owned();
            let duty = Duty { id, ground, subject, answer, span: Span { from, until }, basis };
            if span.is_some() && j.messages.iter().all(|m| !m.fault) {
                let (source, note) = (source.to_owned(), get("note").to_owned());
                j.duty = Some(DutyRow { duty, source, note, changed_at: now, account: None });
            }
        }
        j
    };
    table.rows.iter().map(row).collect()
}

fn ground<'a>(j: &mut Judged, names: &Names, get: &impl Fn(&'static str) -> &'a str) -> Option<Ground> {
    match (get("area"), get("place")) {
        (area, "") if !area.is_empty() => {
            names.area(area).map_err(|e| j.take("area", &e)).ok().map(Ground::Area)
        }
        ("", place) if !place.is_empty() => {
            names.place(place).map_err(|e| j.take("place", &e)).ok().map(Ground::Place)
        }
        _ => {
            j.refuse("area", &crate::ONE_GROUND, &[]);
            None
        }
    }
}

fn subject<'a>(j: &mut Judged, names: &Names, get: &impl Fn(&'static str) -> &'a str) -> Option<Subject> {
    match (get("item"), get("class"), get("domain")) {
        (item, "", "") if !item.is_empty() => {
            names.item(item).map_err(|e| j.take("item", &e)).ok().map(Subject::Item)
        }
        ("", class, "") if !class.is_empty() => {
            names.class(class).map_err(|e| j.take("class", &e)).ok().map(Subject::Class)
        }
        ("", "", domain) if !domain.is_empty() && domain.chars().count() <= 60 => {
            Some(Subject::Domain(domain.to_owned()))
        }
        _ => {
            j.refuse("item", &crate::ONE_SUBJECT, &[]);
            None
        }
    }
}

fn answer<'a>(j: &mut Judged, names: &Names, get: &impl Fn(&'static str) -> &'a str) -> Option<Answer> {
    match (get("unit"), get("role"), get("region")) {
        (unit, "", "") if !unit.is_empty() => {
            names.unit(unit).map_err(|e| j.take("unit", &e)).ok().map(Answer::Unit)
        }
        ("", role, "") if !role.is_empty() => {
            names.role(role).map_err(|e| j.take("role", &e)).ok().map(Answer::Role)
        }
        ("", "", region) if !region.is_empty() => {
            names.region_named(region).map_err(|e| j.take("region", &e)).ok().map(Answer::Region)
        }
        _ => {
            j.refuse("unit", &crate::ONE_ANSWER, &[]);
            None
        }
    }
}

type Dates = (Option<Moment>, Option<Moment>);

fn span<'a>(j: &mut Judged, names: &Names, get: &impl Fn(&'static str) -> &'a str) -> Option<Dates> {
    let mut ok = true;
    let mut one = |column: &'static str| match get(column) {
        "" => None,
        text => match names.date(text) {
            Some(at) => Some(at),
            None => {
                j.refuse(column, &crate::DATE_UNREADABLE, &[("text", text)]);
                ok = false;
                None
            }
        },
    };
    let (from, until) = (one("from"), one("until"));
    if let (Some(f), Some(u)) = (from, until)
        && u <= f
    {
        j.refuse("until", &crate::DATES_REVERSED, &[]);
        ok = false;
    }
    ok.then_some((from, until))
}

fn id(j: &mut Judged, text: &str) -> Option<DutyId> {
    if text.is_empty() {
        return None;
    }
    match Uuid::try_parse(text) {
        Ok(id) => Some(DutyId(id)),
        Err(_) => {
            j.refuse("id", &crate::ID_UNREADABLE, &[("text", text)]);
            None
        }
    }
}

/// The id of a row that names none: from everything it says but its end, so that a file which ends a duty finds
/// it, and the same file twice is the same duties.
fn derived(
    region: Region,
    ground: &Ground,
    subject: &Subject,
    answer: &Answer,
    from: Option<Moment>,
) -> DutyId {
    let from = from.map_or(String::new(), |f| f.0.to_string());
    let says = format!("{region}\n{ground:?}\n{subject:?}\n{answer:?}\n{from}");
    let hash = vault::sha256(says.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    DutyId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

fn told(names: &Names, ground: &Ground, subject: &Subject, answer: &Answer, now: Moment) -> (String, String) {
    let book = &names.book;
    let (gz, ge) = crate::words::ground(book, *ground, now);
    let (sz, se) = crate::words::subject(book, subject);
    let (az, ae) = match answer {
        Answer::Region(r) => names.region_words(*r),
        other => crate::words::answer(book, other),
    };
    (format!("{gz}：{sz} → {az}"), format!("{ge}: {se} → {ae}"))
}

/// Refuses rows that are the same duty as one before them.
fn twice(judged: &mut [Judged]) {
    let mut seen: HashMap<DutyId, usize> = HashMap::new();
    for j in judged {
        let Some(id) = j.duty.as_ref().map(|d| d.duty.id) else { continue };
        match seen.get(&id) {
            Some(line) => {
                j.refuse("", &crate::ROW_TWICE, &[("line", &line.to_string())]);
                j.duty = None;
            }
            None => {
                seen.insert(id, j.line);
            }
        }
    }
}

fn outcome(judged: &[Judged], known: &HashMap<DutyId, &DutyRow>, dry_run: bool) -> DutyImport {
    let mut out = DutyImport {
        dry_run,
        written: false,
        rows: judged.len(),
        new: 0,
        changed: 0,
        unchanged: 0,
        refused: 0,
        warnings: 0,
        notes: Vec::new(),
        outcomes: Vec::new(),
    };
    for j in judged {
        let became = match &j.duty {
            None => RowBecame::Refused,
            Some(d) => match known.get(&d.duty.id) {
                None => RowBecame::New,
                Some(was) if was.same(d) => RowBecame::Unchanged,
                Some(_) => RowBecame::Changed,
            },
        };
        *match became {
            RowBecame::New => &mut out.new,
            RowBecame::Changed => &mut out.changed,
            RowBecame::Unchanged => &mut out.unchanged,
            RowBecame::Refused => &mut out.refused,
        } += 1;
        if became != RowBecame::Refused && !j.messages.is_empty() {
            out.warnings += 1;
        }
        out.outcomes.push(RowOutcome {
            record: j.record,
            line: j.line,
            id: j.duty.as_ref().map(|d| d.duty.id),
            zh: j.told.0.clone(),
            en: j.told.1.clone(),
            outcome: became,
            messages: j.messages.clone(),
        });
    }
    out
}

fn of_file(note: Note) -> RowMessage {
    let at = note.at.map(|at| format!("{at}: ")).unwrap_or_default();
    RowMessage {
        fault: false,
        column: String::new(),
        code: note.code.to_owned(),
        zh: format!("{at}{}", note.zh),
        en: format!("{at}{}", note.en),
    }
}

fn ignored(column: String) -> RowMessage {
    RowMessage {
        fault: false,
        code: "duty.column_ignored".to_owned(),
        zh: format!("未识别的列“{column}”已忽略。"),
        en: format!("The column “{column}” means nothing here and was left out."),
        column,
    }
}

/// Writes duties that were judged: what they speak of is asked for once more, in the same transaction.
struct WriteDuties {
    region: Region,
    rows: Vec<DutyRow>,
}

impl Write for WriteDuties {
    type Out = ();

    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        tx.actor().may(Power::EditDuties, Some(self.region))?;
        put::zone(tx, self.region).await?;
        let there: HashMap<DutyId, DutyRow> =
            row::all(tx, self.region).await?.into_iter().map(|r| (r.duty.id, r)).collect();
        let (at, account) = (tx.at(), tx.actor().account());
        for row in &self.rows {
            let was = there.get(&row.duty.id);
            let mut is = DutyRow { changed_at: at, account, ..row.clone() };
            if is.duty.span.from == UNSAID {
                is.duty.span.from = was.map_or(at, |w| w.duty.span.from);
            }
            if is.duty.span.until.is_some_and(|u| u <= is.duty.span.from) {
                return Err(crate::DATES_REVERSED.field("until"));
            }
            if was.is_some_and(|w| w.same(&is)) {
                continue;
            }
            if let Some(was) = was {
                is.source.clone_from(&was.source);
            }
            put::there(tx, self.region, was.map(|w| &w.duty), &is.duty).await?;
            row::write(tx, self.region, was, &is).await?;
            audit::record(tx, put::note(self.region, was, &is), None).await?;
        }
        row::bump(tx, self.region).await?;
        Ok(())
    }
}
