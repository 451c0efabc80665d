//! Working hours: a week, seasons with weeks of their own, and single days.

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, collections::BTreeMap, fmt};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ArrayBuilder, ObjectBuilder, Schema, Type},
    },
};

/// A shift, in minutes after local midnight. `to` past 1440 runs into the next day and belongs to
/// the day it begins on. Written `{"from": "08:00", "to": "12:00"}`; an end at or before the
/// beginning is of the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Its first minute, below 1440.
    pub from: u16,
    /// Its end, exclusive; after `from` and at most 24 hours after it.
    pub to: u16,
}

const DAY: u16 = 1440;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clocks<'a> {
    #[serde(borrow)]
    from: Cow<'a, str>,
    #[serde(borrow)]
    to: Cow<'a, str>,
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn minutes(text: &str) -> Option<u16> {
    let b = text.as_bytes();
    if b.len() != 5 || b[2] != b':' || !text.chars().all(|c| c.is_ascii_digit() || c == ':') {
        return None;
    }
    let (h, m): (u16, u16) = (text[..2].parse().ok()?, text[3..].parse().ok()?);
    (h < 24 && m < 60 || (h, m) == (24, 0)).then_some(h * 60 + m)
}

impl Span {
    /// From two clock times, `Span::of("22:00", "06:00")`; `None` if they are none.
    pub fn of(from: &str, to: &str) -> Option<Span> {
        let (from, to) = (minutes(from)?, minutes(to)?);
        if from >= DAY {
            return None;
        }
        Some(Span { from, to: if to <= from { to + DAY } else { to } })
    }

    /// Whether it keeps to the bounds of its fields.
    pub fn holds(self) -> bool {
        self.from < DAY && self.from < self.to && self.to <= self.from + DAY
    }

    /// As people write it, `22:00–06:00`.
    pub fn text(self) -> String {
        format!("{}–{}", clock(self.from), self.end())
    }

    fn end(self) -> String {
        clock(if self.to > DAY { self.to - DAY } else { self.to })
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        Clocks { from: clock(self.from).into(), to: self.end().into() }.serialize(s)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let c = Clocks::deserialize(d)?;
        Span::of(&c.from, &c.to)
            .ok_or_else(|| D::Error::custom("a shift is written {\"from\": \"08:00\", \"to\": \"12:00\"}"))
    }
}

impl PartialSchema for Span {
    fn schema() -> RefOr<Schema> {
        let time =
            |pattern: &str| ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).build();
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "A shift by the wall clock; an end at or before its beginning is of the next day",
            ))
            .property("from", time("^([01][0-9]|2[0-3]):[0-5][0-9]$"))
            .required("from")
            .property("to", time("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"))
            .required("to")
            .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::FreeForm(false)))
            .into()
    }
}

impl ToSchema for Span {}

/// A day of the year without its year, written `MM-DD`; 29 February is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MonthDay {
    /// 1–12.
    pub month: i8,
    /// 1–31.
    pub day: i8,
}

impl MonthDay {
    /// `None` if no year has such a day.
    pub fn new(month: i8, day: i8) -> Option<MonthDay> {
        Date::new(2024, month, day).ok().map(|_| MonthDay { month, day })
    }

    fn of(date: Date) -> MonthDay {
        MonthDay { month: date.month(), day: date.day() }
    }

    // In a leap year, where every one of them exists.
    fn date(self) -> Option<Date> {
        Date::new(2024, self.month, self.day).ok()
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl Serialize for MonthDay {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MonthDay {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(d)?;
        let b = text.as_bytes();
        let two = |i: usize| -> Option<i8> {
            let (a, b) = (*b.get(i)?, *b.get(i + 1)?);
            (a.is_ascii_digit() && b.is_ascii_digit()).then(|| ((a - b'0') * 10 + (b - b'0')) as i8)
        };
        (b.len() == 5 && b[2] == b'-')
            .then(|| MonthDay::new(two(0)?, two(3)?))
            .flatten()
            .ok_or_else(|| D::Error::custom("a day of the year is written MM-DD"))
    }
}

impl PartialSchema for MonthDay {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))$"))
            .description(Some("Day of the year, MM-DD"))
            .into()
    }
}

impl ToSchema for MonthDay {}

/// A part of the year with a week of its own; may run over the year's end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Season {
    /// What people call it, such as 夏令作息.
    #[schema(
        min_length = 1,
        max_length = 40,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// Its first day.
    pub from: MonthDay,
    /// Its last day.
    pub to: MonthDay,
    /// The shifts of the week's days, Monday first.
    #[schema(schema_with = week_schema)]
    pub week: [Vec<Span>; 7],
}

impl Season {
    fn covers(&self, date: Date) -> bool {
        let d = MonthDay::of(date);
        if self.from <= self.to { (self.from..=self.to).contains(&d) } else { d >= self.from || d <= self.to }
    }
}

/// When people work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The shifts of the week's days, Monday first.
    #[schema(schema_with = week_schema)]
    pub week: [Vec<Span>; 7],
    /// Parts of the year with other weeks.
    #[serde(default)]
    #[schema(max_items = 12)]
    pub seasons: Vec<Season>,
    /// Single days with other hours, such as half days; they win over everything else.
    #[serde(default)]
    #[schema(schema_with = days_schema)]
    pub days: BTreeMap<Date, Vec<Span>>,
    /// Whether public holidays are worked too.
    #[serde(default)]
    pub on_holidays: bool,
    /// How many working minutes one working day is, 60–1440.
    #[serde(default = "eight_hours")]
    #[schema(minimum = 60, maximum = 1440)]
    pub day_minutes: u32,
}

const SHIFTS: usize = 12;

fn shifts_schema() -> ArrayBuilder {
    ArrayBuilder::new().items(Span::schema()).max_items(Some(SHIFTS))
}

fn week_schema() -> RefOr<Schema> {
    ArrayBuilder::new()
        .items(shifts_schema())
        .min_items(Some(7))
        .max_items(Some(7))
        .description(Some("The shifts of the week's days, Monday first"))
        .into()
}

fn days_schema() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(Schema::from(shifts_schema().build())))
        .property_names(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some(
                    "^(19[7-9][0-9]|20[0-9]{2}|21[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$",
                ))
                .build(),
        ))
        .description(Some("Shifts of single days by date, YYYY-MM-DD; they win over everything else"))
        .into()
}

fn eight_hours() -> u32 {
    480
}

impl Default for Hours {
    /// 08:00–12:00 and 14:00–18:00 from Monday to Friday; a working day is 8 hours.
    fn default() -> Hours {
        let day = vec![Span { from: 480, to: 720 }, Span { from: 840, to: 1080 }];
        let mut week: [Vec<Span>; 7] = Default::default();
        week[..5].fill(day);
        Hours { week, seasons: Vec::new(), days: BTreeMap::new(), on_holidays: false, day_minutes: 480 }
    }
}

/// One thing that does not hold in working hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadHours {
    /// Where, as a path into the JSON form: `seasons.0.week.6`.
    pub field: String,
    /// Stable code.
    pub code: &'static str,
    /// Chinese text.
    pub zh: String,
    /// English text.
    pub en: String,
}

impl fmt::Display for BadHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.en)
    }
}

impl std::error::Error for BadHours {}

/// Names of the week's days, Monday first.
pub(crate) const WEEKDAY: [(&str, &str); 7] = [
    ("周一", "Mon"),
    ("周二", "Tue"),
    ("周三", "Wed"),
    ("周四", "Thu"),
    ("周五", "Fri"),
    ("周六", "Sat"),
    ("周日", "Sun"),
];

pub(crate) fn weekday(date: Date) -> usize {
    date.weekday().to_monday_zero_offset() as usize
}

// Two shifts of the same midnight that overlap.
fn clash(spans: &[(i32, i32)]) -> bool {
    let mut sorted = spans.to_vec();
    sorted.sort();
    sorted.windows(2).any(|w| w[1].0 < w[0].1)
}

fn at(spans: &[Span], midnight: i32) -> Vec<(i32, i32)> {
    spans.iter().map(|s| (midnight + i32::from(s.from), midnight + i32::from(s.to))).collect()
}

// What the first day's night shifts do to the second day.
fn runs_into(first: &[Span], second: &[Span]) -> bool {
    let night = at(first, -i32::from(DAY));
    let day = at(second, 0);
    night.iter().any(|n| day.iter().any(|d| d.0 < n.1 && n.0 < d.1))
}

impl Hours {
    /// The week in force on a date.
    pub(crate) fn week_on(&self, date: Date) -> (&[Vec<Span>; 7], Option<&Season>) {
        match self.seasons.iter().find(|s| s.covers(date)) {
            Some(s) => (&s.week, Some(s)),
            None => (&self.week, None),
        }
    }

    // Without any holidays.
    fn plain(&self, date: Date) -> &[Span] {
        match self.days.get(&date) {
            Some(d) => d,
            None => &self.week_on(date).0[weekday(date)],
        }
    }

    /// Everything that does not hold: no working time at all, impossible or overlapping shifts
    /// (a night shift into the next day too, also from Sunday to Monday, from season to season and
    /// around single days), overlapping seasons, too many of something, a working day out of bounds.
    pub fn check(&self) -> Result<(), Vec<BadHours>> {
        let mut bad = Vec::new();
        let mut fault =
            |field: String, code, zh: String, en: String| bad.push(BadHours { field, code, zh, en });
        if !(60..=1440).contains(&self.day_minutes) {
            fault(
                "day_minutes".into(),
                "hours.day_minutes",
                "1个工作日应为60–1440分钟。".into(),
                "A working day takes 60–1440 minutes.".into(),
            );
        }
        if self.seasons.len() > 12 {
            fault(
                "seasons".into(),
                "hours.too_many",
                "作息季不超过12个。".into(),
                "At most 12 seasons.".into(),
            );
        }
        if self.days.len() > 1000 {
            fault(
                "days".into(),
                "hours.too_many",
                "单列日期不超过1000天。".into(),
                "At most 1,000 single days.".into(),
            );
        }
        let weeks: Vec<(String, &[Vec<Span>; 7])> = std::iter::once(("week".to_owned(), &self.week))
            .chain(self.seasons.iter().enumerate().map(|(i, s)| (format!("seasons.{i}.week"), &s.week)))
            .collect();
        let days = weeks
            .iter()
            .flat_map(|(f, w)| w.iter().enumerate().map(move |(i, d)| (format!("{f}.{i}"), d)))
            .chain(self.days.iter().map(|(date, d)| (format!("days.{date}"), d)));
        for (field, spans) in days {
            if spans.len() > SHIFTS {
                fault(
                    field,
                    "hours.too_many",
                    format!("一天不超过{SHIFTS}个班次。"),
                    format!("At most {SHIFTS} shifts a day."),
                );
            } else if let Some(s) = spans.iter().find(|s| !s.holds()) {
                fault(
                    field,
                    "hours.impossible",
                    format!("班次{}至{}分钟不成立。", s.from, s.to),
                    format!("A shift from minute {} to minute {} is impossible.", s.from, s.to),
                );
            } else if clash(&at(spans, 0)) {
                fault(field, "hours.overlap", "班次重叠。".into(), "Shifts overlap.".into());
            }
        }
        for (i, s) in self.seasons.iter().enumerate() {
            if !(1..=40).contains(&s.name.trim().chars().count()) || s.name.chars().any(char::is_control) {
                let field = format!("seasons.{i}.name");
                fault(
                    field,
                    "hours.name",
                    "名称应为1–40个字。".into(),
                    "A name takes 1–40 characters.".into(),
                );
            }
            for (field, d) in [("from", s.from), ("to", s.to)] {
                if d.date().is_none() {
                    fault(
                        format!("seasons.{i}.{field}"),
                        "hours.impossible",
                        format!("没有{d}这一天。"),
                        format!("There is no {d}."),
                    );
                }
            }
        }
        if !bad.is_empty() {
            return Err(bad);
        }

        // From here on every shift and date holds by itself; what is left is how they meet.
        let mut fault =
            |field: String, code, zh: String, en: String| bad.push(BadHours { field, code, zh, en });
        if weeks.iter().all(|(_, w)| w.iter().all(Vec::is_empty)) {
            let (zh, en) = ("一周里没有任何工作时间。", "There is no working time in any week.");
            fault("week".into(), "hours.none", zh.into(), en.into());
        }
        let night =
            |zh: &str, en: &str| (format!("夜班与{zh}的班次重叠。"), format!("A night shift overlaps {en}."));
        for (field, week) in &weeks {
            for (d, today) in week.iter().enumerate() {
                let next = (d + 1) % 7;
                if runs_into(today, &week[next]) {
                    let (zh, en) = night(WEEKDAY[next].0, WEEKDAY[next].1);
                    fault(format!("{field}.{d}"), "hours.overlap", zh, en);
                }
            }
        }
        for (i, s) in self.seasons.iter().enumerate() {
            for (j, other) in self.seasons.iter().enumerate().skip(i + 1) {
                let inside = |a: &Season, d: MonthDay| d.date().is_some_and(|d| a.covers(d));
                if inside(s, other.from) || inside(s, other.to) || inside(other, s.from) {
                    fault(
                        format!("seasons.{j}"),
                        "hours.seasons_overlap",
                        format!("“{}”与“{}”的日期重叠。", s.name, other.name),
                        format!("“{}” and “{}” overlap.", s.name, other.name),
                    );
                }
            }
            // The week day on which a season begins or ends changes from year to year: all of them have to fit.
            let edges = [
                s.from.date().and_then(|d| d.checked_sub(1.day()).ok()).map(|d| (self.week_on(d).0, &s.week)),
                s.to.date().and_then(|d| d.checked_add(1.day()).ok()).map(|d| (&s.week, self.week_on(d).0)),
            ];
            for (before, after) in edges.into_iter().flatten() {
                if (0..7).any(|d| runs_into(&before[d], &after[(d + 1) % 7])) {
                    let (zh, en) = night("另一作息季", "the other season's hours");
                    fault(format!("seasons.{i}"), "hours.overlap", zh, en);
                }
            }
        }
        for (date, spans) in &self.days {
            let near = |d: Result<Date, jiff::Error>| d.ok().map(|d| self.plain(d)).unwrap_or(&[]);
            let before = near(date.checked_sub(1.day()));
            let after = near(date.checked_add(1.day()));
            if runs_into(before, spans) || runs_into(spans, after) {
                let (zh, en) = night("相邻日期", "the day beside it");
                fault(format!("days.{date}"), "hours.overlap", zh, en);
            }
        }
        if bad.is_empty() { Ok(()) } else { Err(bad) }
    }
}
