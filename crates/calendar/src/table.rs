//! The compiled calendar: every shift as an interval of instants with the sum of all before it.

use crate::{
    hours::{BadHours, Hours, Season, Span, weekday},
    year::{BadYear, Year, mainland},
};
use jiff::{
    Timestamp, ToSpan, Zoned,
    civil::{Date, DateTime},
    tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase},
};
use kernel::Moment;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Why a calendar cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadCalendar {
    /// No time zone of that name.
    Zone(String),
    /// The working hours do not hold.
    Hours(Vec<BadHours>),
    /// A year's list does not hold.
    Year(BadYear),
    /// A year given twice.
    YearTwice(i16),
}

impl BadCalendar {
    /// Chinese text.
    pub fn zh(&self) -> String {
        match self {
            BadCalendar::Zone(z) => format!("没有时区“{z}”。"),
            BadCalendar::Hours(h) => h.iter().map(|b| b.zh.as_str()).collect(),
            BadCalendar::Year(y) => y.zh(),
            BadCalendar::YearTwice(y) => format!("{y}年给了两次。"),
        }
    }

    /// English text.
    pub fn en(&self) -> String {
        match self {
            BadCalendar::Zone(z) => format!("There is no time zone “{z}”."),
            BadCalendar::Hours(h) => h.iter().map(|b| b.en.as_str()).collect::<Vec<_>>().join(" "),
            BadCalendar::Year(y) => y.en(),
            BadCalendar::YearTwice(y) => format!("The year {y} is given twice."),
        }
    }
}

impl fmt::Display for BadCalendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en())
    }
}

impl std::error::Error for BadCalendar {}

/// One shift, or its part on one side of a clock change: instants in ms, the working ms of the
/// chunk before it, and the day it belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shift {
    pub from: i64,
    pub to: i64,
    before: i64,
    pub date: Date,
}

// Shifts of one stretch of time, clipped to it.
struct Chunk {
    from: i64,
    to: i64,
    shifts: Vec<Shift>,
    // For every UTC day of the stretch, the first shift that ends after its midnight.
    index: Vec<u32>,
    total: i64,
}

impl Chunk {
    // Position of the first shift that ends after `at`.
    fn next(&self, at: i64) -> usize {
        let day = ((at - self.from) / Moment::DAY).clamp(0, self.index.len() as i64 - 1) as usize;
        let mut i = self.index.get(day).map_or(0, |i| *i as usize);
        while self.shifts.get(i).is_some_and(|s| s.to <= at) {
            i += 1;
        }
        i
    }

    // Working ms of the chunk up to `at`.
    fn until(&self, at: i64) -> i64 {
        match self.shifts.get(self.next(at)) {
            Some(s) => s.before + (at - s.from).max(0),
            None => self.total,
        }
    }

    // The earliest instant by which the chunk has had `sum` working ms; 0 < sum <= total.
    fn at(&self, sum: i64) -> i64 {
        let i = self.shifts.partition_point(|s| s.before < sum).saturating_sub(1);
        self.shifts.get(i).map_or(self.to, |s| s.from + (sum - s.before))
    }
}

/// What a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort<'a> {
    /// By the week.
    Plain(Option<&'a Season>),
    /// Hours of its own.
    Single,
    /// A public holiday that is not worked.
    Holiday(&'a str),
    /// A make-up working day.
    MakeUp(&'a str),
}

/// Holidays, working hours and a time zone, ready to count with.
pub struct Calendar {
    zone: String,
    tz: TimeZone,
    hours: Hours,
    named: BTreeMap<Date, (bool, String)>,
    loaded: BTreeSet<i16>,
    end: Option<(Date, i64)>,
    main: Chunk,
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calendar({}, years {:?})", self.zone, self.loaded)
    }
}

// 1970-01-01 and 2201-01-01, UTC.
const FIRST: i64 = 0;
const LAST: i64 = 7_289_654_400_000;

// The earliest of two readings, and shifted forward over a gap.
fn instant(tz: &TimeZone, t: DateTime) -> (i64, bool) {
    let amb = tz.to_ambiguous_timestamp(t);
    let (offset, gap) = match amb.offset() {
        AmbiguousOffset::Unambiguous { offset } => (offset, false),
        AmbiguousOffset::Gap { before, .. } => (before, true),
        AmbiguousOffset::Fold { before, .. } => (before, false),
    };
    let ms = offset.to_timestamp(t).map(|t| t.as_millisecond()).unwrap_or(LAST);
    (ms, gap)
}

fn stamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

impl Calendar {
    /// Compiles a calendar. Years that are not given have no holidays.
    pub fn new(zone: &str, hours: &Hours, years: &[Year]) -> Result<Calendar, BadCalendar> {
        let tz = TimeZoneDatabase::bundled()
            .get(zone)
            .map_err(|_| BadCalendar::Zone(zone.chars().take(64).collect()))?;
        hours.check().map_err(BadCalendar::Hours)?;
        let (mut named, mut loaded) = (BTreeMap::new(), BTreeSet::new());
        for y in years {
            y.check().map_err(BadCalendar::Year)?;
            if !loaded.insert(y.year) {
                return Err(BadCalendar::YearTwice(y.year));
            }
            named.extend(y.days.iter().map(|d| (d.date, (d.off, d.name.clone()))));
        }
        let end = loaded.last().and_then(|y| Date::new(*y, 12, 31).ok()).map(|d| {
            let midnight = d.checked_add(1.day()).unwrap_or(d).at(0, 0, 0, 0);
            (d, instant(&tz, midnight).0)
        });
        let from = loaded.first().map_or(2024, |y| y - 1).clamp(1970, 2200);
        let to = loaded.last().map_or(2032, |y| y.saturating_add(6)).clamp(from, 2200);
        let mut cal = Calendar {
            zone: zone.to_owned(),
            tz,
            hours: hours.clone(),
            named,
            loaded,
            end,
            main: Chunk { from: 0, to: 0, shifts: Vec::new(), index: Vec::new(), total: 0 },
        };
        cal.main = cal.chunk(from, to);
        Ok(cal)
    }

    /// The built-in holidays of mainland China with the usual hours, read in a zone.
    pub fn mainland(zone: &str) -> Result<Calendar, BadCalendar> {
        Calendar::new(zone, &Hours::default(), mainland())
    }

    /// The zone's name.
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// The working hours it counts by.
    pub fn hours(&self) -> &Hours {
        &self.hours
    }

    /// The years whose holidays it knows.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.loaded.iter().copied()
    }

    /// The last day of the last year whose holidays it knows.
    pub fn end(&self) -> Option<Date> {
        self.end.map(|(d, _)| d)
    }

    /// Whether an instant lies after the calendar's end.
    pub(crate) fn past_end(&self, ms: i64) -> bool {
        self.end.is_some_and(|(_, end)| ms > end)
    }

    pub(crate) fn knows(&self, year: i16) -> bool {
        self.loaded.contains(&year)
    }

    /// A moment by the wall clock of the zone.
    pub fn local(&self, at: Moment) -> Zoned {
        stamp(at.0).to_zoned(self.tz.clone())
    }

    /// The moment at which the wall clock shows `t`: the first of two, and where the clock jumps
    /// over `t`, as much later as it jumps (`true`).
    pub fn moment(&self, t: DateTime) -> (Moment, bool) {
        let (ms, gap) = instant(&self.tz, t);
        (Moment(ms), gap)
    }

    /// The same local time `n` days later, and whether the clock jumped over it.
    pub(crate) fn days_later(&self, at: i64, n: i64) -> (i64, bool) {
        let t = self.local(Moment(at)).datetime();
        match t.checked_add(n.days()) {
            Ok(t) => instant(&self.tz, t),
            Err(_) => (at.saturating_add(n.saturating_mul(Moment::DAY)), false),
        }
    }

    /// What a day is, and its shifts.
    pub(crate) fn day(&self, date: Date) -> (Sort<'_>, &[Span]) {
        if let Some(own) = self.hours.days.get(&date) {
            return (Sort::Single, own);
        }
        let (week, season) = self.hours.week_on(date);
        let own = &week[weekday(date)];
        match self.named.get(&date) {
            Some((true, name)) if !self.hours.on_holidays => (Sort::Holiday(name), &[]),
            Some((false, name)) => {
                let like =
                    if own.is_empty() { week.iter().find(|d| !d.is_empty()).unwrap_or(own) } else { own };
                (Sort::MakeUp(name), like)
            }
            _ => (Sort::Plain(season), own),
        }
    }

    // The zone's offsets from `from` to `to`: the instant from which each is in force, in ms.
    fn offsets(&self, from: i64, to: i64) -> Vec<(i64, Offset)> {
        let mut list = vec![(from, self.tz.to_offset(stamp(from)))];
        for t in self.tz.following(stamp(from)) {
            let ms = t.timestamp().as_millisecond();
            if ms >= to {
                break;
            }
            list.push((ms, t.offset()));
        }
        list
    }

    // The shifts that lie between two instants, clipped to them, in order and disjoint.
    fn between(&self, from: i64, to: i64) -> Vec<Shift> {
        // Two days of margin: the widest offset and a night shift.
        let offsets = self.offsets(from.saturating_sub(3 * Moment::DAY), to.saturating_add(3 * Moment::DAY));
        let mut raw: Vec<(i64, i64, Date)> = Vec::new();
        let first = self.local(Moment(from)).date();
        let last = self.local(Moment(to)).date();
        let mut date = first.checked_sub(1.day()).unwrap_or(first);
        let mut day_ms = date
            .at(0, 0, 0, 0)
            .since(Date::constant(1970, 1, 1).at(0, 0, 0, 0))
            .map_or(0, |s| i64::from(s.get_days()) * Moment::DAY);
        let mut segment = 0;
        while date <= last {
            // Offsets that ended before this local day began cannot matter any more.
            while offsets.get(segment + 1).is_some_and(|(at, _)| *at < day_ms - 2 * Moment::DAY) {
                segment += 1;
            }
            for s in self.day(date).1 {
                let (a, b) = (day_ms + i64::from(s.from) * 60_000, day_ms + i64::from(s.to) * 60_000);
                for (i, (begin, offset)) in offsets.iter().enumerate().skip(segment) {
                    let shift = i64::from(offset.seconds()) * 1000;
                    let end = offsets.get(i + 1).map_or(i64::MAX, |n| n.0);
                    if *begin > b + 2 * Moment::DAY {
                        break;
                    }
                    let (x, y) = ((a - shift).max(*begin).max(from), (b - shift).min(end).min(to));
                    if x < y {
                        raw.push((x, y, date));
                    }
                }
            }
            let Ok(next) = date.checked_add(1.day()) else { break };
            date = next;
            day_ms += Moment::DAY;
        }
        raw.sort_by_key(|r| (r.0, r.1));
        let (mut list, mut sum): (Vec<Shift>, i64) = (Vec::with_capacity(raw.len()), 0);
        for (from, to, date) in raw {
            // A make-up day may borrow hours that a night shift runs into: time counts once.
            let from = list.last().map_or(from, |l| from.max(l.to));
            if from < to {
                list.push(Shift { from, to, before: sum, date });
                sum += to - from;
            }
        }
        list
    }

    // The shifts of UTC years.
    fn chunk(&self, from: i16, to: i16) -> Chunk {
        let midnight = |y: i16| {
            Date::new(y, 1, 1)
                .ok()
                .and_then(|d| d.to_zoned(TimeZone::UTC).ok())
                .map_or(LAST, |z| z.timestamp().as_millisecond())
        };
        let (from, to) = (midnight(from), midnight(to.saturating_add(1)));
        let shifts = self.between(from, to);
        let total = shifts.last().map_or(0, |s| s.before + (s.to - s.from));
        let mut index = Vec::with_capacity(((to - from) / Moment::DAY) as usize);
        let (mut i, mut at) = (0, from);
        while at < to {
            while shifts.get(i).is_some_and(|s| s.to <= at) {
                i += 1;
            }
            index.push(i as u32);
            at += Moment::DAY;
        }
        Chunk { from, to, shifts, index, total }
    }

    // Runs `f` on the chunk of `at`: the compiled one, or that of one year made for the purpose.
    fn on_chunk<T>(&self, at: i64, f: impl FnOnce(&Chunk) -> T) -> T {
        if (self.main.from..self.main.to).contains(&at) {
            f(&self.main)
        } else {
            let year = stamp(at).to_zoned(TimeZone::UTC).year();
            f(&self.chunk(year, year))
        }
    }

    /// The earliest moment by which `need` working ms have passed since `at`. Where the hours run
    /// out of time before 2201, the end of 2200 (never before `at`).
    pub(crate) fn advance(&self, at: i64, need: i64) -> i64 {
        if need <= 0 {
            return at;
        }
        let mut t = at.max(FIRST);
        let mut need = need;
        while t < LAST {
            let step = self.on_chunk(t, |c| {
                let had = c.until(t);
                if c.total - had >= need { Ok(c.at(had + need)) } else { Err((c.total - had, c.to)) }
            });
            match step {
                Ok(due) => return due,
                Err((passed, next)) => {
                    need -= passed;
                    t = next;
                }
            }
        }
        at.max(LAST)
    }

    /// Working ms between two moments.
    pub(crate) fn worked(&self, from: i64, to: i64) -> i64 {
        let (mut t, to) = (from.max(FIRST), to.min(LAST));
        let mut sum = 0;
        while t < to {
            let (n, next) = self.on_chunk(t, |c| (c.until(to.min(c.to)) - c.until(t), c.to));
            sum += n;
            t = next;
        }
        sum
    }

    /// The shifts between two moments, clipped to them; for explanations.
    pub(crate) fn shifts(&self, from: i64, to: i64) -> Vec<Shift> {
        if from >= to { Vec::new() } else { self.between(from.max(FIRST), to.min(LAST)) }
    }
}
