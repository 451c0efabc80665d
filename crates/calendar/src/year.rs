//! The public holidays and make-up working days of a year.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, sync::LazyLock};
use utoipa::ToSchema;

/// One day that the holiday notice names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// The date.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Off (a holiday) or worked (a make-up day, 调休上班).
    pub off: bool,
    /// The holiday it belongs to.
    #[schema(
        min_length = 1,
        max_length = 40,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
}

/// The days that the notice of one year names, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// Which year.
    #[schema(minimum = 1970, maximum = 2200)]
    pub year: i16,
    /// Its holidays and make-up days.
    #[schema(max_items = 366)]
    pub days: Vec<Day>,
}

/// Why a list is not the holidays of a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadYear {
    /// Not the JSON form that we read.
    Form(String),
    /// A date that does not exist, such as 30 February or the 366th day of a common year.
    NoSuchDate(String),
    /// One day named twice.
    Twice(Date),
    /// A date of another year.
    OtherYear(Date, i16),
    /// A year before 1970 or after 2200.
    Range(i16),
    /// More days than a year has.
    TooMany(usize),
    /// A name that is empty or longer than 40 characters.
    Name(Date),
}

impl BadYear {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            BadYear::Form(_) => "calendar.form",
            BadYear::NoSuchDate(_) => "calendar.no_such_date",
            BadYear::Twice(_) => "calendar.day_twice",
            BadYear::OtherYear(..) => "calendar.other_year",
            BadYear::Range(_) => "calendar.year_range",
            BadYear::TooMany(_) => "calendar.too_many_days",
            BadYear::Name(_) => "calendar.name",
        }
    }

    /// Chinese text.
    pub fn zh(&self) -> String {
        match self {
            BadYear::Form(why) => format!("节假日文件无法读取：{why}"),
            BadYear::NoSuchDate(d) => format!("日期 {d} 不存在。"),
            BadYear::Twice(d) => format!("{d} 出现两次。"),
            BadYear::OtherYear(d, y) => format!("{d} 不属于{y}年。"),
            BadYear::Range(y) => format!("年份 {y} 不在1970至2200之间。"),
            BadYear::TooMany(n) => format!("一年没有{n}天。"),
            BadYear::Name(d) => format!("{d} 的名称应为1–40个字。"),
        }
    }

    /// English text.
    pub fn en(&self) -> String {
        match self {
            BadYear::Form(why) => format!("The holiday file cannot be read: {why}"),
            BadYear::NoSuchDate(d) => format!("There is no date {d}."),
            BadYear::Twice(d) => format!("{d} is listed twice."),
            BadYear::OtherYear(d, y) => format!("{d} does not belong to {y}."),
            BadYear::Range(y) => format!("The year {y} is not from 1970 to 2200."),
            BadYear::TooMany(n) => format!("A year does not have {n} days."),
            BadYear::Name(d) => format!("The name of {d} takes 1–40 characters."),
        }
    }
}

impl fmt::Display for BadYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en())
    }
}

impl std::error::Error for BadYear {}

#[derive(Deserialize)]
struct FileYear {
    year: i16,
    days: Vec<FileDay>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileDay {
    name: String,
    date: String,
    is_off_day: bool,
}

impl Year {
    /// Reads a file of the holiday-cn form (`{"year", "days": [{"name", "date", "isOffDay"}]}`).
    ///
    /// The first answer is the file's own year. A notice may also name days of the year before
    /// (31 December 2022 belongs to the notice of 2023): those follow as parts of their own year,
    /// which are no loaded year but are for [`Year::merge`].
    pub fn from_json(text: &str) -> Result<Vec<Year>, BadYear> {
        let file: FileYear = serde_json::from_str(text).map_err(|e| BadYear::Form(e.to_string()))?;
        let mut years = BTreeMap::from([(file.year, Vec::new())]);
        for d in file.days {
            let date: Date =
                d.date.parse().map_err(|_| BadYear::NoSuchDate(d.date.chars().take(40).collect()))?;
            if date.year() != file.year && date.year() != file.year.saturating_sub(1) {
                return Err(BadYear::OtherYear(date, file.year));
            }
            years.entry(date.year()).or_default().push(Day { date, off: d.is_off_day, name: d.name });
        }
        let mut list: Vec<Year> = years.into_iter().map(|(year, days)| Year { year, days }).collect();
        for y in &mut list {
            y.days.sort_by_key(|d| d.date);
            y.check()?;
        }
        list.sort_by_key(|y| y.year != file.year);
        Ok(list)
    }

    /// Puts the answers of several [`Year::from_json`] together: a year is loaded if some file is
    /// its own; days of it that other files name are added unless its own file names them.
    /// In the order of the years.
    pub fn merge(files: Vec<Vec<Year>>) -> Vec<Year> {
        let (mut own, mut parts) = (BTreeMap::new(), Vec::new());
        for file in files {
            let mut file = file.into_iter();
            if let Some(y) = file.next() {
                own.insert(y.year, y);
            }
            parts.extend(file);
        }
        for part in parts {
            if let Some(y) = own.get_mut(&part.year) {
                y.add(part.days);
            }
        }
        own.into_values().collect()
    }

    /// Adds days that this year does not name yet.
    pub fn add(&mut self, days: Vec<Day>) {
        for d in days {
            if d.date.year() == self.year && !self.days.iter().any(|h| h.date == d.date) {
                self.days.push(d);
            }
        }
        self.days.sort_by_key(|d| d.date);
    }

    /// That no day comes twice and every one belongs to this year.
    pub fn check(&self) -> Result<(), BadYear> {
        if !(1970..=2200).contains(&self.year) {
            return Err(BadYear::Range(self.year));
        }
        let mut seen = std::collections::BTreeSet::new();
        for d in &self.days {
            if d.date.year() != self.year {
                return Err(BadYear::OtherYear(d.date, self.year));
            }
            if !seen.insert(d.date) {
                return Err(BadYear::Twice(d.date));
            }
            if !(1..=40).contains(&d.name.trim().chars().count()) || d.name.chars().any(char::is_control) {
                return Err(BadYear::Name(d.date));
            }
        }
        if self.days.len() > 366 {
            return Err(BadYear::TooMany(self.days.len()));
        }
        Ok(())
    }
}

/// One difference between two lists of the same year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Named now, not before.
    Added {
        /// The day.
        day: Day,
    },
    /// Named before, not now.
    Removed {
        /// The day.
        day: Day,
    },
    /// Named in both, otherwise.
    Changed {
        /// As it was.
        was: Day,
        /// As it is.
        is: Day,
    },
}

impl Change {
    /// The date it is about.
    pub fn date(&self) -> Date {
        match self {
            Change::Added { day } | Change::Removed { day } => day.date,
            Change::Changed { is, .. } => is.date,
        }
    }
}

/// What changed from `was` to `is`, by date.
pub fn diff(was: &Year, is: &Year) -> Vec<Change> {
    let by_date = |y: &Year| y.days.iter().map(|d| (d.date, d.clone())).collect::<BTreeMap<_, _>>();
    let (was, is) = (by_date(was), by_date(is));
    let mut list: Vec<Change> = Vec::new();
    for (date, day) in &is {
        match was.get(date) {
            None => list.push(Change::Added { day: day.clone() }),
            Some(w) if w != day => list.push(Change::Changed { was: w.clone(), is: day.clone() }),
            Some(_) => {}
        }
    }
    for (date, day) in &was {
        if !is.contains_key(date) {
            list.push(Change::Removed { day: day.clone() });
        }
    }
    list.sort_by_key(Change::date);
    list
}

// One year a line: the year, then for every holiday its name and its days as MMDD with `-` for off
// and `+` for worked.
const MAINLAND: &str = include_str!("mainland.txt");

static YEARS: LazyLock<Vec<Year>> = LazyLock::new(|| {
    MAINLAND
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let year: i16 = words.next()?.parse().ok()?;
            let (mut name, mut days) = (String::new(), Vec::new());
            for w in words {
                let day = w.get(..4).and_then(|d| d.parse::<u16>().ok());
                match day {
                    Some(d) => days.push(Day {
                        date: Date::new(year, (d / 100) as i8, (d % 100) as i8).ok()?,
                        off: w.ends_with('-'),
                        name: name.clone(),
                    }),
                    None => name = w.to_owned(),
                }
            }
            days.sort_by_key(|d| d.date);
            Some(Year { year, days })
        })
        .collect()
});

/// The holidays of mainland China built into the program, 2018–2026, from the State Council's notices.
pub fn mainland() -> &'static [Year] {
    &YEARS
}
