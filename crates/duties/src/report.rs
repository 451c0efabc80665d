//! What a matrix says to people: one finding for each thing wrong, told for the largest area that is wholly
//! concerned, and counts of pairs by area and class.

use crate::{
    DutyBook, Matrix,
    check::{DutyFault, Found, Problem, Sort, duty_faults},
    words,
    world::*,
};
use kernel::{AreaCode, DutyId, ItemCode, Level, Moment, PlaceId};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use utoipa::ToSchema;

/// Something wrong on the map of duties.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DutyFinding)]
pub struct Finding {
    /// Which sort.
    pub sort: Sort,
    /// The area wholly concerned, the largest one that is; for a place the smallest that holds it.
    pub area: AreaCode,
    /// Its name.
    pub area_name: String,
    /// Only in these places, when not empty.
    pub places: Vec<PlaceRef>,
    /// Which item; all that the duty speaks of when absent.
    pub item: Option<ItemCode>,
    /// Its name.
    pub item_name: Option<String>,
    /// Its class; none where a duty of a whole domain is at fault.
    pub class: Option<ItemClass>,
    /// Under which condition.
    pub condition: Option<i64>,
    /// Since when; not before the check's own moment.
    pub from: Moment,
    /// Until when, not included; open when absent.
    pub until: Option<Moment>,
    /// The duty that leads there.
    pub duty: Option<DutyId>,
    /// How many smallest areas (or parts of them in a place) are concerned.
    pub cells: usize,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
}

/// A place by name.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DutyPlace)]
pub struct PlaceRef {
    /// Its id.
    pub id: PlaceId,
    /// Its name.
    pub name: String,
}

/// A duty that says what another says already.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DutyRemark)]
pub struct Remark {
    /// Which duty.
    pub duty: DutyId,
    /// Which one it repeats.
    pub repeats: DutyId,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// How many pairs of each sort are concerned. A pair with findings of two sorts counts in both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DutyCounts)]
pub struct Counts {
    /// Nobody answers.
    pub hole: usize,
    /// Several of equal rank do.
    pub conflict: usize,
    /// The unit named is gone.
    pub unit_gone: usize,
}

impl Counts {
    fn add(&mut self, sort: Sort) {
        match sort {
            Sort::Hole => self.hole += 1,
            Sort::Conflict => self.conflict += 1,
            _ => self.unit_gone += 1,
        }
    }
}

/// What a check came to.
#[derive(Debug, Clone)]
pub struct Report {
    /// From when on it holds.
    pub from: Moment,
    /// Pairs of cell and condition that were asked.
    pub pairs: usize,
    /// Pairs with something wrong.
    pub pairs_at_fault: usize,
    /// The same by sort.
    pub counts: Counts,
    /// Duties that name an item, class or domain that is not in force, or stand on land that is not there.
    pub duties_at_fault: usize,
    /// Every finding: by area, item, condition, date.
    pub findings: Vec<Finding>,
    /// Duties that repeat another.
    pub remarks: Vec<Remark>,
    /// Pairs with something wrong, by area (of every level) and class.
    pub matrix: BTreeMap<(AreaCode, ItemClass), Counts>,
}

type Key = (ItemCode, i64, Span, u32);

impl Report {
    /// What a matrix says.
    pub fn new(matrix: &Matrix) -> Report {
        let book = matrix.book();
        let cells = &book.world().land.cells;
        let told: Vec<Vec<Key>> = matrix.found().map(|f| joined(matrix, f)).collect();
        let base: HashMap<AreaCode, usize> = cells
            .iter()
            .enumerate()
            .filter(|(_, c)| c.site.places.is_empty())
            .filter_map(|(i, c)| Some((*c.site.areas.first()?, i)))
            .collect();
        let mut report = Report {
            from: matrix.from(),
            pairs: matrix.pairs(),
            pairs_at_fault: 0,
            counts: Counts::default(),
            duties_at_fault: 0,
            findings: Vec::new(),
            remarks: Vec::new(),
            matrix: BTreeMap::new(),
        };
        let mut by: HashMap<(Key, &[PlaceId]), Vec<AreaCode>> = HashMap::new();
        for (cell, keys) in cells.iter().zip(&told) {
            let Some(area) = cell.site.areas.first() else { continue };
            let places = cell.site.places.as_slice();
            // What holds for the grid anyway is not told again for a place in it.
            let grid: HashSet<&Key> = match base.get(area) {
                Some(i) if !places.is_empty() => told[*i].iter().collect(),
                _ => HashSet::new(),
            };
            let own: Vec<&Key> = keys.iter().filter(|k| !grid.contains(k)).collect();
            report.count(matrix, cell, &own);
            for key in own {
                by.entry((*key, places)).or_default().push(*area);
            }
        }
        let sizes = sizes(cells);
        for ((key, places), areas) in by {
            let n = areas.len();
            let whole = if places.is_empty() { whole(areas, &sizes) } else { vec![(common(&areas), n)] };
            for (area, cells) in whole {
                report.findings.push(finding(matrix, key, area, places, cells));
            }
        }
        report.faults(book);
        report.findings.sort_by(|a, b| {
            let key = |f: &Finding| (f.area, f.item, f.condition, f.from, f.sort, f.duty);
            key(a).cmp(&key(b)).then_with(|| a.zh.cmp(&b.zh))
        });
        report
    }

    /// Whether nothing is wrong.
    pub fn clean(&self) -> bool {
        self.findings.is_empty()
    }

    fn count(&mut self, matrix: &Matrix, cell: &Cell, keys: &[&Key]) {
        let mut sorts: Vec<(ItemCode, i64, Sort)> =
            keys.iter().map(|k| (k.0, k.1, matrix.problem(k.3).sort())).collect();
        sorts.sort_unstable();
        sorts.dedup();
        let mut last = None;
        for (item, condition, sort) in sorts {
            if last.replace((item, condition)) != Some((item, condition)) {
                self.pairs_at_fault += 1;
            }
            self.counts.add(sort);
            for area in &cell.site.areas {
                self.matrix.entry((*area, ItemClass::of(item))).or_default().add(sort);
            }
        }
    }

    /// What is wrong with duties themselves, where no pair has told it already.
    fn faults(&mut self, book: &DutyBook) {
        let told: HashSet<DutyId> = self.findings.iter().filter_map(|f| f.duty).collect();
        let mut at_fault = HashSet::new();
        for fault in duty_faults(book, self.from) {
            let Some(duty) = book.duty(fault.duty) else { continue };
            if let Some(repeats) = fault.repeats {
                let (zh, en) = repetition(book, duty, self.from);
                self.remarks.push(Remark { duty: duty.id, repeats, zh, en });
                continue;
            }
            let Some(sort) = fault.sort else { continue };
            if sort == Sort::UnitGone && told.contains(&duty.id) {
                continue;
            }
            at_fault.insert(duty.id);
            self.findings.push(duty_finding(book, duty, &fault, sort));
        }
        self.duties_at_fault = at_fault.len();
    }
}

/// A cell's findings by item and condition: what goes on from one version of the catalogue to the next is one.
fn joined(matrix: &Matrix, found: &[Found]) -> Vec<Key> {
    let mut all: Vec<(ItemCode, i64, u32, Span)> = found
        .iter()
        .map(|f| {
            let row = &matrix.rows()[f.row as usize];
            (row.item, row.condition, f.problem, f.span)
        })
        .collect();
    all.sort_unstable();
    let mut out: Vec<Key> = Vec::with_capacity(all.len());
    for (item, condition, problem, span) in all {
        if let Some(last) = out.last_mut()
            && (last.0, last.1, last.3) == (item, condition, problem)
            && last.2.until == Some(span.from)
        {
            last.2.until = span.until;
            continue;
        }
        out.push((item, condition, span, problem));
    }
    out
}

/// How many cells without a place each area has.
fn sizes(cells: &[Cell]) -> HashMap<AreaCode, usize> {
    let mut sizes = HashMap::new();
    for cell in cells.iter().filter(|c| c.site.places.is_empty()) {
        for area in &cell.site.areas {
            *sizes.entry(*area).or_default() += 1;
        }
    }
    sizes
}

/// The largest areas that consist of nothing but these, and how many of these each has.
fn whole(areas: Vec<AreaCode>, sizes: &HashMap<AreaCode, usize>) -> Vec<(AreaCode, usize)> {
    let mut now: BTreeMap<AreaCode, usize> = BTreeMap::new();
    for a in areas {
        *now.entry(a).or_default() += 1;
    }
    for level in [Level::Grid, Level::Community, Level::Street] {
        let mut up: BTreeMap<AreaCode, usize> = BTreeMap::new();
        for (area, n) in now.iter().filter(|(a, _)| a.level() == level) {
            if let Some(parent) = area.parent() {
                *up.entry(parent).or_default() += n;
            }
        }
        for (parent, n) in up {
            if sizes.get(&parent) == Some(&n) {
                now.retain(|a, _| a.at(parent.level()) != Some(parent));
                now.insert(parent, n);
            }
        }
    }
    now.into_iter().collect()
}

/// The smallest area that holds all of these.
fn common(areas: &[AreaCode]) -> AreaCode {
    let mut at = areas[0];
    while !areas.iter().all(|a| a.at(at.level()) == Some(at)) {
        match at.parent() {
            Some(up) => at = up,
            None => break,
        }
    }
    at
}

fn finding(matrix: &Matrix, key: Key, area: AreaCode, places: &[PlaceId], cells: usize) -> Finding {
    let book = matrix.book();
    let (item, condition, span, problem) = key;
    let problem = matrix.problem(problem);
    let (zh, en) = match problem {
        Problem::Hole(h) => words::hole(book, h),
        Problem::Conflict(c) => words::conflict(book, c),
    };
    let duty = match problem {
        Problem::Hole(h) if h.region == book.region() => h.duty,
        Problem::Hole(_) => None,
        Problem::Conflict(c) => c.sides.iter().find_map(|s| s.duty),
    };
    let places = places.iter().map(|p| place(book, *p)).collect();
    Finding {
        sort: problem.sort(),
        area,
        area_name: words::area_name(book, area, span.from),
        places,
        item: Some(item),
        item_name: book.item_name(item).map(str::to_owned),
        class: Some(ItemClass::of(item)),
        condition: Some(condition),
        from: span.from,
        until: span.until,
        duty,
        cells,
        zh,
        en,
    }
}

fn place(book: &DutyBook, id: PlaceId) -> PlaceRef {
    PlaceRef { id, name: book.place(id).map_or_else(|| id.to_string(), |p| p.name.clone()) }
}

fn duty_finding(book: &DutyBook, duty: &Duty, fault: &DutyFault, sort: Sort) -> Finding {
    let (gz, ge) = words::ground(book, duty.ground, fault.span.from);
    let (sz, se) = words::subject(book, &duty.subject);
    let (az, ae) = words::answer(book, &duty.answer);
    let (zh, en) = match sort {
        Sort::ItemGone => (
            format!("责任条目（{gz}：{sz}）所指的{sz}不在生效的事项清单中。"),
            format!("The duty at {ge} names {se}, which is not in the catalogue in force."),
        ),
        Sort::GroundGone => (
            format!("责任条目所在的{gz}已不存在（{sz}）。"),
            format!("The duty for {se} stands on {ge}, which is not there."),
        ),
        _ => (
            format!("责任条目（{gz}：{sz}）指定的{az}已停用或不存在。"),
            format!("The duty at {ge} for {se} names {ae}, which has been closed or is missing."),
        ),
    };
    let (area, places) = match duty.ground {
        Ground::Area(a) => (a, Vec::new()),
        Ground::Place(p) => {
            let cells = &book.world().land.cells;
            let at = book.land().cells.get(&duty.ground).into_iter().flatten();
            let areas: Vec<AreaCode> =
                at.filter_map(|c| cells[*c as usize].site.areas.first().copied()).collect();
            let area = if areas.is_empty() { book.region().into() } else { common(&areas) };
            (area, vec![place(book, p)])
        }
    };
    let item = if let Subject::Item(code) = duty.subject { Some(code) } else { None };
    Finding {
        sort,
        area,
        area_name: words::area_name(book, area, fault.span.from),
        places,
        item,
        item_name: item.and_then(|i| book.item_name(i)).map(str::to_owned),
        class: match duty.subject {
            Subject::Item(code) => Some(ItemClass::of(code)),
            Subject::Class(class) => Some(class),
            Subject::Domain(_) => None,
        },
        condition: None,
        from: fault.span.from,
        until: fault.span.until,
        duty: Some(duty.id),
        cells: 0,
        zh,
        en,
    }
}

fn repetition(book: &DutyBook, duty: &Duty, at: Moment) -> (String, String) {
    let (gz, ge) = words::ground(book, duty.ground, at);
    let (sz, se) = words::subject(book, &duty.subject);
    let (az, ae) = words::answer(book, &duty.answer);
    (format!("重复的责任条目：{gz}：{sz} → {az}。"), format!("Said twice: {ge}: {se} → {ae}."))
}
