//! The whole map at once: every cell of land × every condition in force, at every date from today at which
//! anything changes. Exactly one unit has to answer; everything else is a finding.
//!
//! A pair's answer changes only where a duty for it, a holder of a role it comes to, the cell or the version
//! of the catalogue begins or ends: those dates are the pair's own, and between two of them one question
//! settles all. A matrix knows which duties it was made of; after an edit only the pairs that the changed
//! duties are about are asked again.

use crate::{
    book::{DutyBook, Held},
    resolve::{Answered, Ask, Candidate, Conflict, Hole, Outcome, Silent, Why, held, rank, translated},
    world::*,
};
use kernel::{AreaCode, DutyId, ItemCode, Moment, UnitId};
use serde::Serialize;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};
use utoipa::ToSchema;

/// What is wrong with a pair.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Problem {
    /// Nobody answers.
    Hole(Hole),
    /// Several do.
    Conflict(Conflict),
}

/// The sorts of findings.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = DutyFindingSort)]
pub enum Sort {
    /// Nobody answers.
    Hole,
    /// Several of equal rank do.
    Conflict,
    /// The unit that is named has been closed or is missing.
    UnitGone,
    /// A duty names an item, class or domain that is not in the catalogue in force.
    ItemGone,
    /// A duty stands on an area or place that is not there.
    GroundGone,
}

impl Problem {
    /// Which sort it is.
    pub fn sort(&self) -> Sort {
        match self {
            Problem::Hole(Hole { why: Why::UnitClosed { .. } | Why::UnitMissing { .. }, .. }) => {
                Sort::UnitGone
            }
            Problem::Hole(_) => Sort::Hole,
            Problem::Conflict(_) => Sort::Conflict,
        }
    }
}

/// A condition in force in some stretch of time from the day of the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which item.
    pub item: ItemCode,
    /// Which condition.
    pub condition: i64,
    /// By which version.
    pub version: i64,
    /// While it is in force, cut at the day of the check.
    pub span: Span,
    at: (u32, u32, u32),
    subjects: [Option<u32>; 3],
}

/// A stretch of time in which something is wrong with a cell's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Found {
    /// Which row.
    pub row: u32,
    /// When.
    pub span: Span,
    /// What: a place in [`Matrix::problems`].
    pub problem: u32,
}

/// What is wrong with a duty itself, whether or not it decides anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyFault {
    /// Which duty.
    pub duty: DutyId,
    /// What is wrong; absent where it only repeats another.
    pub sort: Option<Sort>,
    /// Which duty it repeats.
    pub repeats: Option<DutyId>,
    /// When.
    pub span: Span,
}

/// Every pair's findings.
#[derive(Clone)]
pub struct Matrix {
    book: Arc<DutyBook>,
    from: Moment,
    rows: Arc<Vec<Row>>,
    found: Vec<Arc<Vec<Found>>>,
    problems: Problems,
    pairs: usize,
}

#[derive(Clone, Default)]
struct Problems {
    all: Vec<Problem>,
    by: HashMap<Problem, u32>,
}

impl Problems {
    fn of(&mut self, problem: Problem) -> u32 {
        if let Some(n) = self.by.get(&problem) {
            return *n;
        }
        let n = self.all.len() as u32;
        self.all.push(problem.clone());
        self.by.insert(problem, n);
        n
    }
}

impl Matrix {
    /// Asks every pair, from a moment on.
    pub fn new(book: Arc<DutyBook>, from: Moment) -> Matrix {
        let rows = Arc::new(rows(&book, from));
        let mut problems = Problems::default();
        let mut walk = Walk::new(&book, &rows, from);
        let cells = &book.world().land.cells;
        let mut found = Vec::with_capacity(cells.len());
        let mut pairs = 0;
        for cell in cells {
            let mut list = Vec::new();
            if walk.enter(cell) {
                for row in 0..rows.len() {
                    pairs += usize::from(walk.pair(row as u32, &mut problems, &mut list));
                }
            }
            found.push(Arc::new(list));
        }
        Matrix { book, from, rows, found, problems, pairs }
    }

    /// The matrix of a book that differs from this one's in a few duties: only the pairs they are about are
    /// asked again. A book that differs in more is checked whole.
    pub fn after(&self, book: Arc<DutyBook>) -> Matrix {
        if !self.book.same_but_duties(&book) {
            return Matrix::new(book, self.from);
        }
        let changed = changed(self.book.duties(), book.duties());
        let rows = rows(&book, self.from);
        let mut next = Matrix { book: book.clone(), ..self.clone() };
        // Which rows each touched cell has to be asked about again.
        let mut touched: HashMap<u32, BTreeSet<u32>> = HashMap::new();
        let mut by_subject: HashMap<&Subject, Vec<u32>> = HashMap::new();
        for duty in &changed {
            let about =
                by_subject.entry(&duty.subject).or_insert_with(|| about(&next.book, &rows, &duty.subject));
            for cell in next.book.land().cells.get(&duty.ground).into_iter().flatten() {
                touched.entry(*cell).or_default().extend(about.iter().copied());
            }
        }
        {
            let mut walk = Walk::new(&book, &rows, self.from);
            for (cell, again) in touched {
                let at = &book.world().land.cells[cell as usize];
                if again.is_empty() || !walk.enter(at) {
                    continue;
                }
                let was = &self.found[cell as usize];
                let mut list: Vec<Found> = was.iter().filter(|f| !again.contains(&f.row)).copied().collect();
                for row in again {
                    walk.pair(row, &mut next.problems, &mut list);
                }
                list.sort_unstable();
                next.found[cell as usize] = Arc::new(list);
            }
        }
        next.rows = Arc::new(rows);
        next
    }

    /// The book it was made of.
    pub fn book(&self) -> &Arc<DutyBook> {
        &self.book
    }

    /// From when on.
    pub fn from(&self) -> Moment {
        self.from
    }

    /// The rows, by version, item, condition.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How many pairs were asked.
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// What is wrong, cell by cell as they stand in the world.
    pub fn found(&self) -> impl Iterator<Item = &[Found]> {
        self.found.iter().map(|f| f.as_slice())
    }

    /// The problems found, each once; some may have gone since.
    pub fn problem(&self, n: u32) -> &Problem {
        &self.problems.all[n as usize]
    }
}

/// The duties that one list has and the other has not, or has differently: both versions of each.
fn changed<'a>(was: &'a [Duty], is: &'a [Duty]) -> Vec<&'a Duty> {
    let (mut a, mut b) = (was.iter().peekable(), is.iter().peekable());
    let mut out = Vec::new();
    loop {
        match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if x.id == y.id => {
                if x != y {
                    out.extend([*x, *y]);
                }
                a.next();
                b.next();
            }
            (Some(x), y) if y.is_none_or(|y| x.id < y.id) => {
                out.push(*x);
                a.next();
            }
            (_, Some(y)) => {
                out.push(*y);
                b.next();
            }
            _ => return out,
        }
    }
}

fn rows(book: &DutyBook, from: Moment) -> Vec<Row> {
    let now = Span { from, until: None };
    let mut rows = Vec::new();
    for (v, version) in book.world().catalogue.versions.iter().enumerate() {
        let Some(span) = version.span.and(now) else { continue };
        for (i, item) in version.items.iter().enumerate() {
            let subjects = [
                book.subject(&Subject::Item(item.code)),
                book.subject(&Subject::Class(ItemClass::of(item.code))),
                item.domain.as_ref().and_then(|d| book.subject(&Subject::Domain(d.clone()))),
            ];
            for (c, condition) in item.conditions.iter().enumerate() {
                rows.push(Row {
                    item: item.code,
                    condition: condition.n,
                    version: version.version,
                    span,
                    at: (v as u32, i as u32, c as u32),
                    subjects,
                });
            }
        }
    }
    rows
}

fn about(book: &DutyBook, rows: &[Row], subject: &Subject) -> Vec<u32> {
    let versions = &book.world().catalogue.versions;
    let fits = |r: &Row| match subject {
        Subject::Item(code) => r.item == *code,
        Subject::Class(class) => ItemClass::of(r.item) == *class,
        Subject::Domain(d) => {
            versions[r.at.0 as usize].items[r.at.1 as usize].domain.as_ref().is_some_and(|x| x == d)
        }
    };
    rows.iter().enumerate().filter(|(_, r)| fits(r)).map(|(i, _)| i as u32).collect()
}

/// One cell after another, with everything of the present cell at hand.
struct Walk<'a> {
    book: &'a DutyBook,
    rows: &'a [Row],
    from: Moment,
    cell: Option<(&'a Cell, Span)>,
    /// Duties of the cell by subject: where a subject's chain begins, valid if its mark is this cell's.
    heads: Vec<(u32, u32)>,
    chain: Vec<(Candidate, u32)>,
    mark: u32,
    /// Who holds each role in this cell, from when on.
    roles: Vec<Option<Vec<(Moment, Held)>>>,
    /// What a unit as lead comes to.
    leads: HashMap<UnitId, Option<Problem>>,
    candidates: Vec<Candidate>,
}

const NONE: u32 = u32::MAX;

impl<'a> Walk<'a> {
    fn new(book: &'a DutyBook, rows: &'a [Row], from: Moment) -> Walk<'a> {
        Walk {
            book,
            rows,
            from,
            cell: None,
            heads: vec![(0, NONE); book.subjects()],
            chain: Vec::new(),
            mark: 0,
            roles: vec![None; book.roles()],
            leads: HashMap::new(),
            candidates: Vec::new(),
        }
    }

    /// Goes into a cell; false when it is gone by the day of the check.
    fn enter(&mut self, cell: &'a Cell) -> bool {
        let Some(span) = cell.span.and(Span { from: self.from, until: None }) else { return false };
        self.cell = Some((cell, span));
        self.mark += 1;
        self.chain.clear();
        self.roles.iter_mut().for_each(|r| *r = None);
        for ground in cell.site.grounds() {
            let tier = ground.tier();
            for duty in self.book.on(ground) {
                let d = &self.book.duties()[*duty as usize];
                if d.span.and(span).is_none() {
                    continue;
                }
                let candidate = Candidate { rank: rank(tier, &d.subject), duty: *duty };
                let head = &mut self.heads[self.book.subject_of(*duty) as usize];
                if head.0 != self.mark {
                    *head = (self.mark, NONE);
                }
                self.chain.push((candidate, head.1));
                head.1 = self.chain.len() as u32 - 1;
            }
        }
        true
    }

    /// Asks about one row; whether the cell and the row are ever there together.
    fn pair(&mut self, row: u32, problems: &mut Problems, out: &mut Vec<Found>) -> bool {
        let Some((cell, span)) = self.cell else { return false };
        let r = &self.rows[row as usize];
        let Some(span) = r.span.and(span) else { return false };
        self.candidates.clear();
        for subject in r.subjects.into_iter().flatten() {
            let (mark, mut at) = self.heads[subject as usize];
            while mark == self.mark && at != NONE {
                let (candidate, next) = self.chain[at as usize];
                self.candidates.push(candidate);
                at = next;
            }
        }
        let version = &self.book.world().catalogue.versions[r.at.0 as usize];
        let lead = version.items[r.at.1 as usize].conditions[r.at.2 as usize].lead.as_ref();
        if self.candidates.is_empty() {
            self.lead_alone(cell, row, span, lead, problems, out);
        } else {
            self.candidates.sort_unstable();
            self.duties(cell, row, span, lead, problems, out);
        }
        true
    }

    /// No duty is about the pair: the catalogue's lead stands for all the time.
    fn lead_alone(
        &mut self,
        cell: &'a Cell,
        row: u32,
        span: Span,
        lead: Option<&Lead>,
        problems: &mut Problems,
        out: &mut Vec<Found>,
    ) {
        let ask = self.ask(cell, row, span.from);
        match lead {
            None => push(out, row, span, Some(problems.of(of(ask.lead(Ok(None), &mut Silent))))),
            Some(Lead::Unit(unit)) => {
                let known =
                    self.leads.entry(*unit).or_insert_with(|| problem(ask.unit(*unit, None, &mut Silent)));
                push(out, row, span, known.clone().map(|p| problems.of(p)));
            }
            Some(lead @ Lead::Role(role)) => {
                let Some(index) = self.book.role_index(role) else {
                    push(out, row, span, Some(problems.of(of(ask.lead(Ok(Some(lead)), &mut Silent)))));
                    return;
                };
                let book = self.book;
                let steps = steps(&mut self.roles, book, cell, self.from, index);
                for (i, (from, held)) in steps.iter().enumerate() {
                    let until = steps.get(i + 1).map(|(next, _)| *next);
                    let Some(part) = span.and(Span { from: *from, until }) else { continue };
                    if !matches!(held, Held::Unit(_)) {
                        let found = problem(ask.holder(role, held.clone(), None));
                        push(out, row, part, found.map(|p| problems.of(p)));
                    }
                }
            }
        }
    }

    /// Duties are about the pair: asked at each date at which something changes for it.
    fn duties(
        &mut self,
        cell: &'a Cell,
        row: u32,
        span: Span,
        lead: Option<&Lead>,
        problems: &mut Problems,
        out: &mut Vec<Found>,
    ) {
        let book = self.book;
        let mut edges: Vec<Moment> = Vec::new();
        for c in &self.candidates {
            let duty = &book.duties()[c.duty as usize];
            edges.push(duty.span.from);
            edges.extend(duty.span.until);
            match &duty.answer {
                Answer::Unit(_) => {}
                Answer::Role(role) => {
                    if let Some(index) = book.role_index(role) {
                        edges.extend(
                            steps(&mut self.roles, book, cell, self.from, index).iter().map(|(at, _)| *at),
                        );
                    }
                }
                Answer::Region(to) => {
                    let item = translated(self.rows[row as usize].item, *to);
                    if let Some(other) = book.neighbour(*to) {
                        let own = Site::of((*to).into());
                        let site = cell.site.abroad.iter().find(|(r, _)| r == to).map_or(&own, |(_, s)| s);
                        abroad(other, site, item, &mut edges);
                    }
                }
            }
        }
        if let Some(Lead::Role(role)) = lead
            && let Some(index) = book.role_index(role)
        {
            edges.extend(steps(&mut self.roles, book, cell, self.from, index).iter().map(|(at, _)| *at));
        }
        edges.retain(|e| *e > span.from && span.holds(*e));
        edges.push(span.from);
        edges.sort_unstable();
        edges.dedup();
        let roles = &self.roles;
        let known = |index: usize, at: Moment| match &roles[index] {
            Some(steps) => {
                let i = steps.partition_point(|(from, _)| *from <= at);
                i.checked_sub(1).map_or(Held::Nobody, |i| steps[i].1.clone())
            }
            None => held(book, &cell.site, index, at),
        };
        for (i, at) in edges.iter().enumerate() {
            let ask = Ask { held: Some(&known), ..self.ask(cell, row, *at) };
            let outcome =
                ask.decide(&self.candidates, &mut Silent).unwrap_or_else(|| ask.lead(Ok(lead), &mut Silent));
            let until = edges.get(i + 1).copied().or(span.until);
            let part = Span { from: *at, until };
            push(out, row, part, problem(outcome).map(|p| problems.of(p)));
        }
    }

    fn ask(&self, cell: &'a Cell, row: u32, at: Moment) -> Ask<'a> {
        let r = &self.rows[row as usize];
        Ask {
            book: self.book,
            site: &cell.site,
            item: r.item,
            condition: Some(r.condition),
            at,
            hop: true,
            held: None,
        }
    }
}

/// Who holds a role in a cell, from when on: found out once for each cell.
fn steps<'r>(
    roles: &'r mut [Option<Vec<(Moment, Held)>>],
    book: &DutyBook,
    cell: &Cell,
    from: Moment,
    role: usize,
) -> &'r [(Moment, Held)] {
    roles[role].get_or_insert_with(|| {
        let mut edges = vec![from];
        for ground in cell.site.grounds() {
            for row in book.holders(ground, role) {
                edges.extend(
                    [Some(row.span.from), row.span.until].into_iter().flatten().filter(|e| *e > from),
                );
            }
        }
        edges.sort_unstable();
        edges.dedup();
        let mut steps: Vec<(Moment, Held)> = Vec::with_capacity(edges.len());
        for at in edges {
            let now = held(book, &cell.site, role, at);
            if steps.last().is_none_or(|(_, was)| *was != now) {
                steps.push((at, now));
            }
        }
        steps
    })
}

/// The dates at which anything may change for a matter in another region's book.
fn abroad(book: &DutyBook, site: &Site, item: ItemCode, edges: &mut Vec<Moment>) {
    let mut add = |span: Span| {
        edges.push(span.from);
        edges.extend(span.until);
    };
    for version in &book.world().catalogue.versions {
        add(version.span);
    }
    for ground in site.grounds() {
        for duty in book.on(ground) {
            let duty = &book.duties()[*duty as usize];
            let about = match &duty.subject {
                Subject::Item(code) => *code == item,
                Subject::Class(class) => *class == ItemClass::of(item),
                Subject::Domain(_) => true,
            };
            if about {
                add(duty.span);
            }
        }
        for role in 0..book.roles() {
            for row in book.holders(ground, role) {
                add(row.span);
            }
        }
    }
}

fn problem(outcome: Outcome) -> Option<Problem> {
    match outcome {
        Outcome::Unit(Answered { .. }) => None,
        Outcome::Hole(h) => Some(Problem::Hole(h)),
        Outcome::Conflict(c) => Some(Problem::Conflict(c)),
    }
}

/// A hole that is known to be one.
fn of(outcome: Outcome) -> Problem {
    match outcome {
        Outcome::Hole(h) => Problem::Hole(h),
        Outcome::Conflict(c) => Problem::Conflict(c),
        Outcome::Unit(a) => {
            Problem::Hole(Hole { region: a.region, duty: a.duty, why: Why::UnitMissing { unit: a.unit } })
        }
    }
}

/// Adds a stretch, joined to the one before it where that goes on.
fn push(out: &mut Vec<Found>, row: u32, span: Span, problem: Option<u32>) {
    let Some(problem) = problem else { return };
    if let Some(last) = out.last_mut()
        && last.row == row
        && last.problem == problem
        && last.span.until == Some(span.from)
    {
        last.span.until = span.until;
        return;
    }
    out.push(Found { row, span, problem });
}

/// What is wrong with the duties themselves from a moment on, by duty: an item, class or domain that a
/// version in force has not; an area or place that is not there; a unit that is gone; and, as a remark,
/// duties that repeat another.
pub fn duty_faults(book: &DutyBook, from: Moment) -> Vec<DutyFault> {
    let now = Span { from, until: None };
    let known: Vec<(Span, HashSet<Subject>)> = book
        .world()
        .catalogue
        .versions
        .iter()
        .filter_map(|v| {
            let subjects = v.items.iter().flat_map(|i| {
                let domain = i.domain.clone().map(Subject::Domain);
                [Some(Subject::Item(i.code)), Some(Subject::Class(ItemClass::of(i.code))), domain]
            });
            Some((v.span.and(now)?, subjects.flatten().collect()))
        })
        .collect();
    let mut out = Vec::new();
    let mut seen: HashMap<(Ground, &Subject, &Answer), Vec<&Duty>> = HashMap::new();
    for duty in book.duties() {
        let Some(span) = duty.span.and(now) else { continue };
        let mut fault = |sort, span| {
            out.push(DutyFault { duty: duty.id, sort: Some(sort), repeats: None, span });
        };
        for (version, subjects) in &known {
            if let Some(part) = version.and(span)
                && !subjects.contains(&duty.subject)
            {
                fault(Sort::ItemGone, part);
            }
        }
        for part in span.without(&ground_spans(book, duty.ground)) {
            fault(Sort::GroundGone, part);
        }
        if let Answer::Unit(unit) = duty.answer
            && !matches!(book.end(unit), crate::book::End::Open(_))
        {
            fault(Sort::UnitGone, span);
        }
        let same = seen.entry((duty.ground, &duty.subject, &duty.answer)).or_default();
        if let Some((other, part)) = same.iter().find_map(|o| Some((o.id, o.span.and(span)?))) {
            out.push(DutyFault { duty: duty.id, sort: None, repeats: Some(other), span: part });
        }
        same.push(duty);
    }
    out
}

fn ground_spans(book: &DutyBook, ground: Ground) -> Vec<Span> {
    match ground {
        Ground::Place(p) => book.place(p).map(|p| p.span).into_iter().collect(),
        Ground::Area(a) if a == AreaCode::from(book.region()) => vec![Span::ALWAYS],
        Ground::Area(a) => book.area_spans(a).collect(),
    }
}
