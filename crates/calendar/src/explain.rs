//! How a due comes about, told day by day in both languages.

use crate::{
    hours::{WEEKDAY, weekday},
    limit::Limit,
    run::{Left, Leg, Run, Turn},
    table::{Calendar, Sort},
};
use jiff::{ToSpan, civil::Date};
use kernel::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a line of an explanation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The beginning, with the limit.
    Start,
    /// Working time of usual days.
    Working,
    /// A single day with hours of its own.
    HalfDay,
    /// A make-up working day.
    MakeUp,
    /// Public holidays.
    Holiday,
    /// Days of the weekend.
    Weekend,
    /// Other days, or the rest of one, without working time.
    Closed,
    /// Time round the clock.
    Elapsed,
    /// Calendar days.
    Days,
    /// Stopped.
    Stopped,
    /// Runs on.
    Resumed,
    /// Begins anew.
    Restarted,
    /// Given more time.
    Extended,
    /// Stopped until a date.
    Suspended,
    /// A year whose holidays are not known.
    Unknown,
    /// Counted past the calendar's end.
    Provisional,
    /// A local time that does not exist.
    Shifted,
    /// The end.
    Due,
}

/// One line of an explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ExplanationLine)]
pub struct Line {
    /// What it is about.
    pub what: What,
    /// The first day it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// The last day it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Date>,
    /// How many minutes of the limit are used up here.
    pub minutes: i64,
    /// The holiday's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The line in Chinese.
    pub zh: String,
    /// The line in English.
    pub en: String,
}

/// How a due comes about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// In the order of time.
    pub lines: Vec<Line>,
}

impl Explanation {
    /// One readable Chinese sentence.
    pub fn zh(&self) -> String {
        self.join(|l| &l.zh, "：", "；", "。")
    }

    /// One readable English sentence.
    pub fn en(&self) -> String {
        self.join(|l| &l.en, ": ", "; ", ".")
    }

    fn join(&self, text: impl Fn(&Line) -> &str, first: &str, then: &str, last: &str) -> String {
        let mut out = String::new();
        for (i, l) in self.lines.iter().enumerate() {
            out.push_str(match i {
                0 => "",
                1 if self.lines[0].what == What::Start => first,
                _ => then,
            });
            out.push_str(text(l));
        }
        if !out.is_empty() {
            out.push_str(last);
        }
        out
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn month(d: Date) -> &'static str {
    MONTHS.get(d.month() as usize - 1).copied().unwrap_or("")
}

/// The holidays' English names; others keep their own.
fn english(name: &str) -> String {
    let one = |n: &str| {
        match n {
            "元旦" => "New Year's Day",
            "春节" => "Spring Festival",
            "清明节" => "Qingming",
            "劳动节" => "Labour Day",
            "端午节" => "Dragon Boat Festival",
            "中秋节" => "Mid-Autumn Festival",
            "国庆节" => "National Day",
            other => other,
        }
        .to_owned()
    };
    name.split('、').map(one).collect::<Vec<_>>().join(" and ")
}

// Minutes of a stretch, rounded to the nearest.
fn minutes(ms: i64) -> i64 {
    (ms + 30_000).div_euclid(60_000)
}

fn amount(ms: i64) -> (String, String) {
    let m = minutes(ms);
    if m == 0 && ms > 0 {
        ("不足1分钟".into(), "less than a minute".into())
    } else if m % 60 == 0 && m > 0 {
        (format!("{}小时", m / 60), format!("{} h", m / 60))
    } else if m % 30 == 0 && m > 0 {
        (format!("{}.5小时", m / 60), format!("{}.5 h", m / 60))
    } else if m < 60 {
        (format!("{m}分钟"), format!("{m} min"))
    } else {
        (format!("{}小时{}分钟", m / 60, m % 60), format!("{} h {} min", m / 60, m % 60))
    }
}

// Full days in a row, and the days without working time after them.
struct Row {
    from: Date,
    to: Date,
    n: i64,
    ms: i64,
    gaps: bool,
    rest: Option<(Date, Date)>,
}

// Of one day: its shifts' ms altogether, those used up, and from when to when.
#[derive(Default)]
struct Worked {
    total: i64,
    used: i64,
    parts: Vec<(i64, i64)>,
}

/// Writes the lines down.
pub(crate) struct Teller<'a> {
    cal: &'a Calendar,
    lines: Vec<Line>,
    // The year of the date told last; a date of another one says its year.
    year: i16,
    shifted: bool,
}

impl<'a> Teller<'a> {
    pub fn new(cal: &'a Calendar) -> Teller<'a> {
        Teller { cal, lines: Vec::new(), year: i16::MIN, shifted: false }
    }

    fn line(
        &mut self,
        what: What,
        days: Option<(Date, Date)>,
        minutes: i64,
        name: &str,
        zh: String,
        en: String,
    ) {
        let (from, to) = days.unzip();
        self.lines.push(Line { what, from, to, minutes, name: name.to_owned(), zh, en });
    }

    // Date, weekday and time in full.
    fn when(&mut self, at: i64) -> (Date, String, String) {
        let z = self.cal.local(Moment(at));
        let (zh, en) = WEEKDAY[weekday(z.date())];
        let time = match (z.second(), z.subsec_nanosecond()) {
            (0, 0) => z.strftime("%H:%M").to_string(),
            // Nobody reads thousandths; the due itself keeps them.
            _ => z.strftime("%H:%M:%S").to_string(),
        };
        self.year = z.year();
        (z.date(), format!("{} {zh} {time}", z.date()), format!("{en} {} {time}", z.date()))
    }

    fn year_of(&mut self, d: Date) -> (String, String) {
        if d.year() == self.year {
            return (String::new(), String::new());
        }
        self.year = d.year();
        (format!("{}年", d.year()), format!(" {}", d.year()))
    }

    fn range(&mut self, from: Date, to: Date) -> (String, String) {
        let (y, year) = self.year_of(from);
        let (first, last) = (format!("{y}{}月{}日", from.month(), from.day()), format!("{}日", to.day()));
        if from == to {
            return (first, format!("{} {}{year}", from.day(), month(from)));
        }
        if from.first_of_month() == to.first_of_month() {
            return (format!("{first}–{last}"), format!("{}–{} {}{year}", from.day(), to.day(), month(to)));
        }
        let (y2, year2) = self.year_of(to);
        (
            format!("{first}–{y2}{}月{last}", to.month()),
            format!("{} {}{year}–{} {}{year2}", from.day(), month(from), to.day(), month(to)),
        )
    }

    pub fn start(&mut self, at: Moment, limit: Limit) {
        let (d, zh, en) = self.when(at.0);
        let (zh, en) = (format!("自{zh}起{}", limit.zh()), format!("From {en}, {}", limit.en()));
        self.line(What::Start, Some((d, d)), 0, "", zh, en);
    }

    pub fn left(&mut self, since: Moment, left: &[Left]) {
        let (d, zh, en) = self.when(since.0);
        let (l, m) = remaining(left);
        self.line(What::Start, Some((d, d)), 0, "", format!("自{zh}起{l}"), format!("From {en}, {m}"));
    }

    pub fn stopped(&mut self, left: &[Left]) {
        if left.is_empty() {
            self.line(What::Stopped, None, 0, "", "时限已用完".into(), "the limit is used up".into());
            return;
        }
        let (l, m) = remaining(left);
        self.line(What::Stopped, None, 0, "", format!("计时停止，尚余{l}"), format!("stopped, {m} left"));
    }

    pub fn turn(&mut self, turn: &Turn) {
        let (d, zh, en) = self.when(turn.at().0);
        let day = Some((d, d));
        match turn {
            Turn::Pause { .. } => {
                self.line(What::Stopped, day, 0, "", format!("{zh}停止计时"), format!("stopped {en}"))
            }
            Turn::Resume { .. } => {
                self.line(What::Resumed, day, 0, "", format!("{zh}继续计时"), format!("runs on {en}"));
            }
            Turn::Restart { limit, .. } => self.line(
                What::Restarted,
                day,
                0,
                "",
                format!("{zh}重新计时{}", limit.zh()),
                format!("begins anew {en} with {}", limit.en()),
            ),
            Turn::Extend { limit, .. } => self.line(
                What::Extended,
                day,
                0,
                "",
                format!("{zh}延期{}", limit.zh()),
                format!("extended {en} by {}", limit.en()),
            ),
            Turn::Suspend { until, .. } => {
                let (last, until_zh, until_en) = self.when(until.0);
                let (zh, en) = (format!("{zh}挂账至{until_zh}"), format!("suspended {en} until {until_en}"));
                self.line(What::Suspended, Some((d, last)), 0, "", zh, en);
            }
        }
    }

    /// What `left` uses up from `since`, or only until `stop`.
    pub fn legs(&mut self, left: &[Left], since: i64, stop: Option<i64>) {
        let mut t = since;
        for l in left {
            if stop.is_some_and(|s| s <= t) {
                return;
            }
            let leg = Leg::new(self.cal, *l, t);
            let end = stop.map_or(leg.to, |s| s.min(leg.to));
            let days = Some((self.cal.local(Moment(t)).date(), self.cal.local(Moment(end)).date()));
            match leg.left {
                Left::Days(n) if end == leg.to => {
                    let s = if n == 1 { "" } else { "s" };
                    let (zh, en) = (
                        format!("{n}个自然日后的同一时刻"),
                        format!("the same time {n} calendar day{s} later"),
                    );
                    self.line(What::Days, days, minutes(end - t), "", zh, en);
                }
                Left::Elapsed(_) | Left::Days(_) => {
                    let (zh, en) = amount(end - t);
                    let (zh, en) = (format!("昼夜连续计{zh}"), format!("{en} round the clock"));
                    self.line(What::Elapsed, days, minutes(end - t), "", zh, en);
                }
                Left::Working(_) => self.working(t, end, &leg),
            }
            self.shifted = leg.shifted && end == leg.to;
            t = leg.to;
        }
    }

    fn weekend(&mut self, (from, to): (Date, Date)) {
        let mut d = from;
        let mut weekend = true;
        while d <= to {
            weekend &= weekday(d) >= 5;
            let Ok(next) = d.checked_add(1.day()) else { break };
            d = next;
        }
        let (zh, en) = self.range(from, to);
        if weekend {
            self.line(What::Weekend, Some((from, to)), 0, "", format!("{zh}周末"), format!("{en} weekend"));
        } else {
            self.line(
                What::Closed,
                Some((from, to)),
                0,
                "",
                format!("{zh}不上班"),
                format!("{en} no working hours"),
            );
        }
    }

    fn row(&mut self, row: Option<Row>) {
        let Some(r) = row else { return };
        if r.n > 0 {
            let (zh, en) = self.range(r.from, r.to);
            let (a, b) = amount(r.ms);
            let (zh, en) = if r.n == 1 {
                let (w, d) = WEEKDAY[weekday(r.from)];
                (format!("{zh}（{w}）计{a}"), format!("{en} ({d}) {b}"))
            } else {
                let (gap, but) = if r.gaps {
                    ("（其间休息日不计）", " (days of rest not counted)")
                } else {
                    ("", "")
                };
                (format!("{zh}上班{}天计{a}{gap}", r.n), format!("{en} {} days worked, {b}{but}", r.n))
            };
            self.line(What::Working, Some((r.from, r.to)), minutes(r.ms), "", zh, en);
        }
        if let Some(rest) = r.rest {
            self.weekend(rest);
        }
    }

    fn holiday(&mut self, run: Option<(Date, Date, String)>) {
        let Some((from, to, name)) = run else { return };
        let (zh, en) = self.range(from, to);
        let (zh, en) = (format!("{zh}{name}放假"), format!("{en} {} holiday", english(&name)));
        self.line(What::Holiday, Some((from, to)), 0, &name, zh, en);
    }

    fn working(&mut self, t: i64, end: i64, leg: &Leg) {
        let mut by_day: BTreeMap<Date, Worked> = BTreeMap::new();
        for s in self.cal.shifts(t.saturating_sub(3 * Moment::DAY), end.saturating_add(3 * Moment::DAY)) {
            let day = by_day.entry(s.date).or_default();
            day.total += s.to - s.from;
            let (from, to) = (s.from.max(t), s.to.min(end));
            if from < to {
                day.used += to - from;
                day.parts.push((from, to));
            }
        }
        let counted: Vec<Date> = by_day.iter().filter(|(_, d)| d.used > 0).map(|(d, _)| *d).collect();
        let (Some(&first), Some(&last)) = (counted.first(), counted.last()) else { return };
        let begin = self.cal.local(Moment(t)).date();
        let (mut row, mut off): (Option<Row>, Option<(Date, Date, String)>) = (None, None);
        let mut date = begin.min(first);
        while date <= last {
            let Worked { total, used, parts } = by_day.remove(&date).unwrap_or_default();
            let (sort, _) = self.cal.day(date);
            let plain = matches!(sort, Sort::Plain(_));
            if let Sort::Holiday(name) = sort {
                self.row(row.take());
                match &mut off {
                    Some(o) if o.2 == name => o.1 = date,
                    _ => {
                        let done = off.replace((date, date, name.to_owned()));
                        self.holiday(done);
                    }
                }
            } else {
                let done = off.take();
                self.holiday(done);
                if plain && used > 0 && used == total {
                    let r =
                        row.get_or_insert(Row { from: date, to: date, n: 0, ms: 0, gaps: false, rest: None });
                    if r.n == 0 && r.rest.is_some() {
                        // A rest before any full day is a line of its own.
                        let r = row.replace(Row {
                            from: date,
                            to: date,
                            n: 1,
                            ms: used,
                            gaps: false,
                            rest: None,
                        });
                        self.row(r);
                    } else {
                        r.gaps |= r.rest.take().is_some();
                        (r.to, r.n, r.ms) = (date, r.n + 1, r.ms + used);
                    }
                } else if plain && total == 0 {
                    let r =
                        row.get_or_insert(Row { from: date, to: date, n: 0, ms: 0, gaps: false, rest: None });
                    r.rest = Some((r.rest.map_or(date, |(from, _)| from), date));
                } else {
                    let done = row.take();
                    self.row(done);
                    self.single(date, sort, total, used, &parts, t);
                }
            }
            let Ok(next) = date.checked_add(1.day()) else { break };
            date = next;
        }
        self.row(row);
        self.holiday(off);
        let unknown = |y: &i16| !self.cal.knows(*y) && self.cal.end().is_none_or(|e| *y < e.year());
        let years: Vec<i16> = (begin.year()..=last.year()).filter(unknown).collect();
        if let (Some(a), Some(b)) = (years.first(), years.last()) {
            let range = if a == b { a.to_string() } else { format!("{a}–{b}") };
            let (zh, en) = (
                format!("{range}年没有节假日资料，按平常各周计"),
                format!("no holidays are known for {range}"),
            );
            self.line(What::Unknown, None, 0, "", zh, en);
        }
        if leg.provisional(self.cal)
            && end == leg.to
            && let Some(e) = self.cal.end()
        {
            let zh = format!("节假日安排只到{e}，此后按平常各周推算，到期时间是暂定的");
            let en = format!("holidays are known until {e} only and the due is provisional");
            self.line(What::Provisional, None, 0, "", zh, en);
        }
    }

    // A day that is told by itself.
    fn single(&mut self, date: Date, sort: Sort, total: i64, used: i64, parts: &[(i64, i64)], t: i64) {
        let (zh, en) = self.range(date, date);
        let (w, d) = WEEKDAY[weekday(date)];
        let days = Some((date, date));
        if used == 0 {
            if total > 0 && date == self.cal.local(Moment(t)).date() {
                let time = self.cal.local(Moment(t)).strftime("%H:%M").to_string();
                let (zh, en) =
                    (format!("{zh}（{w}）{time}已下班"), format!("{en} ({d}) {time} is after hours"));
                self.line(What::Closed, days, 0, "", zh, en);
            } else if total == 0 {
                self.line(
                    What::Closed,
                    days,
                    0,
                    "",
                    format!("{zh}（{w}）不上班"),
                    format!("{en} ({d}) no working hours"),
                );
            }
            return;
        }
        let (a, b) = amount(used);
        let times = if used == total {
            String::new()
        } else {
            let clock = |ms: i64| self.cal.local(Moment(ms)).strftime("%H:%M").to_string();
            parts.iter().map(|(x, y)| format!("{}–{}", clock(*x), clock(*y))).collect::<Vec<_>>().join("、")
        };
        let en_times =
            if times.is_empty() { String::new() } else { format!("{} ", times.replace('、', ", ")) };
        let (what, name, note, note_en) = match sort {
            Sort::MakeUp(name) => (
                What::MakeUp,
                name.to_owned(),
                format!("，{name}调休上班"),
                format!(", make-up day of {}", english(name)),
            ),
            Sort::Single => (
                What::HalfDay,
                String::new(),
                "，当日另定工作时间".to_owned(),
                ", hours of its own".to_owned(),
            ),
            _ => (What::Working, String::new(), String::new(), String::new()),
        };
        let (zh, en) =
            (format!("{zh}（{w}{note}）{times}计{a}"), format!("{en} ({d}{note_en}) {en_times}{b}"));
        self.line(what, days, minutes(used), &name, zh, en);
    }

    /// The last lines.
    pub fn end(mut self, run: &Run) -> Explanation {
        if self.shifted && run.shifted {
            let (zh, en) = (
                "当地没有这一时刻（时钟调整），顺延到其后",
                "that local time does not exist (the clocks change) and is shifted forward",
            );
            self.line(What::Shifted, None, 0, "", zh.into(), en.into());
        }
        if let Some(due) = run.due {
            let (d, zh, en) = self.when(due.0);
            self.line(What::Due, Some((d, d)), 0, "", format!("到期时间{zh}"), format!("due {en}"));
        }
        Explanation { lines: self.lines }
    }
}

fn remaining(left: &[Left]) -> (String, String) {
    let one = |l: &Left| match l {
        Left::Elapsed(ms) => {
            let (zh, en) = amount(*ms);
            (format!("连续{zh}"), format!("{en} round the clock"))
        }
        Left::Days(n) => (format!("{n}天"), format!("{n} calendar day{}", if *n == 1 { "" } else { "s" })),
        Left::Working(ms) => {
            let (zh, en) = amount(*ms);
            (format!("工作时间{zh}"), format!("{en} of working time"))
        }
    };
    let (zh, en): (Vec<_>, Vec<_>) = left.iter().map(one).unzip();
    (zh.join("加"), en.join(" plus "))
}
