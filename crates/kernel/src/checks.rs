//! Checks at the edge: every fault of a request is told at once, not one by one.

use crate::refusal::{Fault, Kind, Refusal, Rule};
use crate::{LonLat, Moment};
use std::ops::RangeInclusive;

const INVALID: Rule = Rule {
    kind: Kind::Invalid,
    code: "request.invalid",
    zh: "有 {n} 处填写不符合要求。",
    en: "{n} field(s) do not hold.",
};

/// Collects the faults of a request; [`Checks::done`] refuses if there were any.
#[derive(Default)]
pub struct Checks(Vec<Fault>);

impl Checks {
    /// Nothing found so far.
    pub fn new() -> Checks {
        Checks::default()
    }

    /// Notes a fault.
    pub fn fault(&mut self, field: &str, code: &'static str, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push(Fault { field: field.into(), code, zh: zh.into(), en: en.into() });
    }

    /// A condition that has to hold.
    pub fn hold(&mut self, ok: bool, field: &str, code: &'static str, zh: &str, en: &str) {
        if !ok {
            self.fault(field, code, zh, en);
        }
    }

    /// A text of so many characters (Unicode scalar values, ends trimmed), without control
    /// characters other than line feed, carriage return and tab.
    pub fn text(&mut self, field: &str, text: &str, chars: RangeInclusive<usize>) {
        let n = text.trim().chars().count();
        if !chars.contains(&n) {
            let (min, max) = (chars.start(), chars.end());
            self.fault(
                field,
                "text.length",
                format!("应为 {min}–{max} 个字，现为 {n} 个。"),
                format!("Takes {min}–{max} characters, has {n}."),
            );
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.fault(field, "text.control_characters", "含有控制字符。", "Contains control characters.");
        }
    }

    /// The same for a text that may be absent.
    pub fn opt_text(&mut self, field: &str, text: Option<&str>, chars: RangeInclusive<usize>) {
        if let Some(t) = text {
            self.text(field, t, chars);
        }
    }

    /// A whole number within bounds.
    pub fn number(&mut self, field: &str, n: i64, range: RangeInclusive<i64>) {
        if !range.contains(&n) {
            let (min, max) = (range.start(), range.end());
            self.fault(
                field,
                "number.range",
                format!("应在 {min} 到 {max} 之间。"),
                format!("Has to be from {min} to {max}."),
            );
        }
    }

    /// Longitude and latitude: both or neither, on the globe.
    pub fn point(&mut self, lon: Option<f64>, lat: Option<f64>) -> Option<LonLat> {
        match (lon, lat) {
            (None, None) => None,
            (Some(lon), Some(lat)) => {
                let point = LonLat::new(lon, lat);
                if point.is_none() {
                    self.fault("lon", "point.off_globe", "经纬度超出范围。", "Not a point on the globe.");
                }
                point
            }
            (Some(_), None) => {
                self.fault("lat", "point.half", "有经度而无纬度。", "A longitude without a latitude.");
                None
            }
            (None, Some(_)) => {
                self.fault("lon", "point.half", "有纬度而无经度。", "A latitude without a longitude.");
                None
            }
        }
    }

    /// A moment that a client gives for something past: not before `now − back`, not after `now + ahead` (ms).
    pub fn past(&mut self, field: &str, at: Moment, now: Moment, back: i64, ahead: i64) {
        if at < now.plus(-back) || at > now.plus(ahead) {
            self.fault(
                field,
                "moment.range",
                "时间不合理：太早或在将来。",
                "Not a plausible time: too long ago, or in the future.",
            );
        }
    }

    /// Refuses with every fault noted, if any.
    pub fn done(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Ok(());
        }
        let n = self.0.len();
        Err(INVALID.refuse().with("n", n).faults(self.0))
    }
}
