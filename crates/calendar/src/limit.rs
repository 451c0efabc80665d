//! Time limits: a number and a unit.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt, str::FromStr};
use utoipa::{PartialSchema, ToSchema};

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LimitUnit {
    /// 分钟 (`m`): minutes, round the clock.
    Minute,
    /// 小时 (`h`): hours, round the clock.
    Hour,
    /// 天、自然日 (`d`): calendar days, the same local time so many days later.
    Day,
    /// 工作分钟 (`wm`): minutes of working time.
    WorkMinute,
    /// 工作时 (`wh`): hours of working time.
    WorkHour,
    /// 工作日 (`wd`): working days of [`Hours::day_minutes`](crate::Hours::day_minutes) each.
    WorkDay,
    /// 紧急工作时 (`uh`): hours, round the clock.
    UrgentHour,
    /// 紧急工作日 (`ud`): 24 hours each, round the clock.
    UrgentDay,
}

use LimitUnit::*;

impl LimitUnit {
    /// Every unit.
    pub const ALL: [LimitUnit; 8] = [Minute, Hour, Day, WorkMinute, WorkHour, WorkDay, UrgentHour, UrgentDay];

    /// Its code.
    pub const fn code(self) -> &'static str {
        match self {
            Minute => "m",
            Hour => "h",
            Day => "d",
            WorkMinute => "wm",
            WorkHour => "wh",
            WorkDay => "wd",
            UrgentHour => "uh",
            UrgentDay => "ud",
        }
    }

    /// Its Chinese name.
    pub const fn zh(self) -> &'static str {
        match self {
            Minute => "分钟",
            Hour => "小时",
            Day => "天",
            WorkMinute => "工作分钟",
            WorkHour => "工作时",
            WorkDay => "工作日",
            UrgentHour => "紧急工作时",
            UrgentDay => "紧急工作日",
        }
    }

    /// Its English name in the singular.
    pub const fn en(self) -> &'static str {
        match self {
            Minute => "minute",
            Hour => "hour",
            Day => "day",
            WorkMinute => "working minute",
            WorkHour => "working hour",
            WorkDay => "working day",
            UrgentHour => "urgent hour",
            UrgentDay => "urgent day",
        }
    }

    /// The longest limit in this unit: 731 days, or as much in the others (a working day taken as 8 hours).
    pub const fn most(self) -> i64 {
        match self {
            Minute => 1_052_640,
            Hour | UrgentHour => 17_544,
            Day | WorkDay | UrgentDay => 731,
            WorkMinute => 350_880,
            WorkHour => 5_848,
        }
    }
}

/// A time limit, at least 1 and at most 731 days of its sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit {
    n: i64,
    unit: LimitUnit,
}

/// Why a text is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadLimit {
    /// No number at its beginning.
    NoNumber(String),
    /// No unit that we know after the number.
    Unit(String),
    /// A unit that we know, and then more.
    Trailing(String),
    /// Zero, negative or too long.
    Range(LimitUnit),
}

impl BadLimit {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            BadLimit::NoNumber(_) => "limit.number",
            BadLimit::Unit(_) => "limit.unit",
            BadLimit::Trailing(_) => "limit.trailing",
            BadLimit::Range(_) => "limit.range",
        }
    }

    /// Chinese text.
    pub fn zh(&self) -> String {
        match self {
            BadLimit::NoNumber(t) => format!("时限“{t}”应以数字开头，如“2工作日”。"),
            BadLimit::Unit(t) => format!(
                "时限单位“{t}”无法识别；可用：分钟、小时、天、工作分钟、工作时、工作日、紧急工作时、紧急工作日。"
            ),
            BadLimit::Trailing(t) => format!("时限之后有多余文字“{t}”。"),
            BadLimit::Range(u) => format!("时限应为1至{}{}。", u.most(), u.zh()),
        }
    }

    /// English text.
    pub fn en(&self) -> String {
        match self {
            BadLimit::NoNumber(t) => format!("The limit “{t}” has to begin with a number, as in “2wd”."),
            BadLimit::Unit(t) => format!("“{t}” is no unit of time; takes m, h, d, wm, wh, wd, uh or ud."),
            BadLimit::Trailing(t) => format!("There is more text after the limit: “{t}”."),
            BadLimit::Range(u) => format!("A limit takes 1 to {} {}s.", u.most(), u.en()),
        }
    }
}

impl fmt::Display for BadLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en())
    }
}

impl std::error::Error for BadLimit {}

// Every way people write a unit, blanks taken out and letters small.
const NAMES: &[(&str, LimitUnit)] = &[
    ("m", Minute),
    ("分钟", Minute),
    ("分", Minute),
    ("minute", Minute),
    ("minutes", Minute),
    ("h", Hour),
    ("小时", Hour),
    ("时", Hour),
    ("hour", Hour),
    ("hours", Hour),
    ("d", Day),
    ("天", Day),
    ("日", Day),
    ("自然日", Day),
    ("日历日", Day),
    ("day", Day),
    ("days", Day),
    ("wm", WorkMinute),
    ("工作分钟", WorkMinute),
    ("workingminute", WorkMinute),
    ("workingminutes", WorkMinute),
    ("wh", WorkHour),
    ("工作时", WorkHour),
    ("工作小时", WorkHour),
    ("workinghour", WorkHour),
    ("workinghours", WorkHour),
    ("wd", WorkDay),
    ("工作日", WorkDay),
    ("工作天", WorkDay),
    ("workingday", WorkDay),
    ("workingdays", WorkDay),
    ("uh", UrgentHour),
    ("紧急工作时", UrgentHour),
    ("紧急工作小时", UrgentHour),
    ("紧急小时", UrgentHour),
    ("urgenthour", UrgentHour),
    ("urgenthours", UrgentHour),
    ("ud", UrgentDay),
    ("紧急工作日", UrgentDay),
    ("紧急日", UrgentDay),
    ("urgentday", UrgentDay),
    ("urgentdays", UrgentDay),
];

// A Chinese numeral below 1,000: 一, 十五, 二十, 一百零五.
fn numeral(text: &[char]) -> Option<i64> {
    let (mut sum, mut digit) = (0, None);
    for &c in text {
        match c {
            '零' if digit.is_none() && sum > 0 => {}
            '十' | '百' => {
                let unit = if c == '十' { 10 } else { 100 };
                // The larger unit comes first, and a hundred needs its digit.
                if sum % (unit * 10) != 0 || (c == '百' && (digit.is_none() || sum > 0)) {
                    return None;
                }
                sum += digit.take().unwrap_or(1) * unit;
            }
            _ if digit.is_some() => return None,
            '两' => digit = Some(2),
            _ => {
                let at = "一二三四五六七八九".chars().position(|d| d == c)?;
                digit = Some(at as i64 + 1);
            }
        }
    }
    Some(sum + digit.unwrap_or(0))
}

impl Limit {
    /// So many of a unit; refuses zero, negative and overlong ones.
    pub fn new(n: i64, unit: LimitUnit) -> Result<Limit, BadLimit> {
        if (1..=unit.most()).contains(&n) { Ok(Limit { n, unit }) } else { Err(BadLimit::Range(unit)) }
    }

    /// For constants: a number out of range is brought to the nearer end of it.
    pub const fn of(n: i64, unit: LimitUnit) -> Limit {
        let most = unit.most();
        let n = if n < 1 {
            1
        } else if n > most {
            most
        } else {
            n
        };
        Limit { n, unit }
    }

    /// Reads `2wd`, `2工作日`, `２ 个工作日`, `两小时`, `30分钟`, `2 working days`. A bare number and
    /// anything after the unit are refused.
    pub fn parse(text: &str) -> Result<Limit, BadLimit> {
        let plain: Vec<char> = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| match c {
                '０'..='９' => char::from(b'0' + (c as u32 - '０' as u32) as u8),
                _ => c.to_ascii_lowercase(),
            })
            .collect();
        let shown = || text.trim().chars().take(40).collect::<String>();
        if plain.starts_with(&['半']) {
            let unit: String = plain[1..].iter().collect();
            return match unit.strip_prefix('个').unwrap_or(&unit) {
                "小时" => Limit::new(30, Minute),
                _ => Err(BadLimit::Unit(shown())),
            };
        }
        let negative = matches!(plain.first(), Some('-' | '－' | '−'));
        let body = &plain[usize::from(negative)..];
        let ascii = body.iter().take_while(|c| c.is_ascii_digit()).count();
        let (n, rest) = if ascii > 0 {
            let number = body[..ascii].iter().collect::<String>().parse::<i64>();
            (number.unwrap_or(i64::MAX), &body[ascii..])
        } else {
            let len = body.iter().take_while(|c| "零一二两三四五六七八九十百".contains(**c)).count();
            match numeral(&body[..len]) {
                Some(n) if len > 0 => (n, &body[len..]),
                _ => return Err(BadLimit::NoNumber(shown())),
            }
        };
        let rest: String = rest.iter().collect();
        let name = rest.strip_prefix('个').unwrap_or(&rest);
        match NAMES.iter().find(|(known, _)| *known == name) {
            Some((_, unit)) => Limit::new(if negative { -n } else { n }, *unit),
            None => {
                // The longest known unit that it begins with, if any: what follows is too much.
                let known = NAMES
                    .iter()
                    .map(|(k, _)| *k)
                    .filter(|k| !k.is_ascii() && name.starts_with(k))
                    .max_by_key(|k| k.len());
                Err(match known {
                    Some(k) => BadLimit::Trailing(name[k.len()..].chars().take(40).collect()),
                    None => BadLimit::Unit(name.chars().take(40).collect()),
                })
            }
        }
    }

    /// How many.
    pub const fn n(self) -> i64 {
        self.n
    }

    /// Of what.
    pub const fn unit(self) -> LimitUnit {
        self.unit
    }

    /// The code, `2wd`.
    pub fn code(self) -> String {
        format!("{}{}", self.n, self.unit.code())
    }

    /// In Chinese, `2工作日`.
    pub fn zh(self) -> String {
        format!("{}{}", self.n, self.unit.zh())
    }

    /// In English, `2 working days`.
    pub fn en(self) -> String {
        format!("{} {}{}", self.n, self.unit.en(), if self.n == 1 { "" } else { "s" })
    }

    /// Whether it is an urgent one: nights and holidays count.
    pub fn urgent(self) -> bool {
        matches!(self.unit, UrgentHour | UrgentDay)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code())
    }
}

impl FromStr for Limit {
    type Err = BadLimit;
    fn from_str(s: &str) -> Result<Limit, BadLimit> {
        Limit::parse(s)
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(d)?;
        Limit::parse(&text).map_err(D::Error::custom)
    }
}

// A regular expression for the numbers from 1 to `most`.
fn up_to(most: i64) -> String {
    let digits: Vec<u32> = most.to_string().chars().filter_map(|c| c.to_digit(10)).collect();
    let len = digits.len();
    let rest = |n: usize| if n == 0 { String::new() } else { format!("[0-9]{{{n}}}") };
    let mut ways = Vec::new();
    if len > 1 {
        ways.push(format!("[1-9][0-9]{{0,{}}}", len - 2));
    }
    let mut head = String::new();
    for (i, &d) in digits.iter().enumerate() {
        let low = u32::from(i == 0);
        if d > low {
            ways.push(format!("{head}[{low}-{}]{}", d - 1, rest(len - i - 1)));
        }
        head.push_str(&d.to_string());
    }
    ways.push(head);
    format!("({})", ways.join("|"))
}

impl PartialSchema for Limit {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let ways: Vec<String> =
            LimitUnit::ALL.iter().map(|u| format!("{}({}|{})", up_to(u.most()), u.code(), u.zh())).collect();
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(format!("^({})$", ways.join("|"))))
            .description(Some(
                "Time limit: a number and m, h, d (round the clock), wm, wh, wd (working time), uh or ud (urgent); at most 731 days",
            ))
            .examples(["2wd", "4h", "15wm"])
            .into()
    }
}

impl ToSchema for Limit {}
