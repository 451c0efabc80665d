//! Quiet hours and digests: when something may be sent, by the clock of the region.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time},
    tz::{TimeZone, TimeZoneDatabase},
};
use kernel::Moment;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::{PartialSchema, ToSchema};

/// A time of day by the clock of the region, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// From minutes after midnight; `None` from 1440 on.
    pub fn new(minutes: i64) -> Option<TimeOfDay> {
        u16::try_from(minutes).ok().filter(|m| *m < 1440).map(TimeOfDay)
    }

    /// Minutes after midnight.
    pub fn minutes(self) -> i64 {
        i64::from(self.0)
    }

    /// From `HH:MM`.
    pub fn parse(text: &str) -> Option<TimeOfDay> {
        let b = text.as_bytes();
        let digits = b.len() == 5
            && b[2] == b':'
            && [0, 1, 3, 4].iter().all(|&i| b.get(i).is_some_and(u8::is_ascii_digit));
        if !digits {
            return None;
        }
        let (h, m): (i64, i64) = (text.get(..2)?.parse().ok()?, text.get(3..)?.parse().ok()?);
        if h < 24 && m < 60 { TimeOfDay::new(h * 60 + m) } else { None }
    }

    fn time(self) -> Time {
        Time::new((self.0 / 60) as i8, (self.0 % 60) as i8, 0, 0).unwrap_or_default()
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<TimeOfDay, D::Error> {
        let text = String::deserialize(d)?;
        TimeOfDay::parse(&text).ok_or_else(|| D::Error::custom(crate::refusal::BAD_TIME.en))
    }
}

impl PartialSchema for TimeOfDay {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$"))
            .description(Some("Time of day by the clock of the region"))
            .into()
    }
}
impl ToSchema for TimeOfDay {}

/// Hours in which nothing is sent but what is urgent; past midnight when `to` comes before `from`, none at
/// all when they are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// From then on.
    pub from: TimeOfDay,
    /// Until then, not included.
    pub to: TimeOfDay,
}

impl Quiet {
    /// From the two columns it is stored in.
    pub(crate) fn stored(from: Option<i64>, to: Option<i64>) -> Option<Quiet> {
        Some(Quiet { from: TimeOfDay::new(from?)?, to: TimeOfDay::new(to?)? })
    }

    fn holds(self, at: TimeOfDay) -> bool {
        if self.from <= self.to { self.from <= at && at < self.to } else { at >= self.from || at < self.to }
    }
}

/// The zone by its name; that of mainland China when the name is unknown.
pub(crate) fn zone(name: &str) -> TimeZone {
    let known = TimeZoneDatabase::bundled();
    known.get(name).or_else(|_| known.get("Asia/Shanghai")).unwrap_or(TimeZone::UTC)
}

fn local(zone: &TimeZone, at: Moment) -> (Date, TimeOfDay) {
    let stamp = Timestamp::from_millisecond(at.0).unwrap_or_default();
    let there = zone.to_datetime(stamp);
    let minutes = i64::from(there.hour()) * 60 + i64::from(there.minute());
    (there.date(), TimeOfDay::new(minutes).unwrap_or(TimeOfDay(0)))
}

/// `YYYY-MM-DD HH:MM` by the clock of the region.
pub(crate) fn shown(zone: &TimeZone, at: Moment) -> String {
    let (date, time) = local(zone, at);
    format!("{date} {time}")
}

/// The first moment after `now` at which the clock shows `time`. A time that does not exist on a day shifts
/// forward; of one that comes twice, the first counts.
fn next(zone: &TimeZone, now: Moment, time: TimeOfDay) -> Moment {
    let (mut date, _) = local(zone, now);
    for _ in 0..3 {
        let there = zone.to_ambiguous_timestamp(date.to_datetime(time.time()));
        if let Ok(stamp) = there.compatible()
            && stamp.as_millisecond() > now.0
        {
            return Moment(stamp.as_millisecond());
        }
        date = date.checked_add(1.day()).unwrap_or(date);
    }
    now
}

/// Not before the quiet hours that `at` falls into are over.
fn after_quiet(zone: &TimeZone, at: Moment, quiet: Option<Quiet>) -> Moment {
    match quiet {
        Some(q) if q.holds(local(zone, at).1) => next(zone, at, q.to),
        _ => at,
    }
}

/// When something made `now` may be sent: urgent matters at once; the rest with the day's digest where there
/// is one, and never in quiet hours.
pub(crate) fn when(
    zone: &TimeZone,
    now: Moment,
    urgent: bool,
    quiet: Option<Quiet>,
    digest: Option<TimeOfDay>,
) -> Moment {
    if urgent {
        return now;
    }
    let wanted = digest.map_or(now, |time| next(zone, now, time));
    after_quiet(zone, wanted, quiet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Moment {
        Moment(text.parse::<Timestamp>().unwrap().as_millisecond())
    }
    fn t(text: &str) -> TimeOfDay {
        TimeOfDay::parse(text).unwrap()
    }
    fn q(from: &str, to: &str) -> Option<Quiet> {
        Some(Quiet { from: t(from), to: t(to) })
    }

    #[test]
    fn quiet_hours_hold_back_until_their_end() {
        let z = zone("Asia/Shanghai");
        let night = q("22:00", "07:30");
        let go = |now: &str, urgent| when(&z, at(now), urgent, night, None);
        // 23:00 in Shanghai: until 07:30 the next morning.
        assert_eq!(go("2026-03-02T15:00:00Z", false), at("2026-03-02T23:30:00Z"));
        // 05:00: the same morning. 07:30 is not quiet any more; 22:00 is.
        assert_eq!(go("2026-03-02T21:00:00Z", false), at("2026-03-02T23:30:00Z"));
        assert_eq!(go("2026-03-02T23:30:00Z", false), at("2026-03-02T23:30:00Z"));
        assert_eq!(go("2026-03-02T14:00:00Z", false), at("2026-03-02T23:30:00Z"));
        assert_eq!(go("2026-03-02T13:59:59Z", false), at("2026-03-02T13:59:59Z"));
        assert_eq!(go("2026-03-02T15:00:00Z", true), at("2026-03-02T15:00:00Z"));
        // Equal ends are no hours at all.
        assert_eq!(
            when(&z, at("2026-03-02T15:00:00Z"), false, q("23:00", "23:00"), None),
            at("2026-03-02T15:00:00Z")
        );
    }

    #[test]
    fn digests_wait_for_their_time_and_for_quiet_hours() {
        let z = zone("Asia/Shanghai");
        let now = at("2026-03-02T01:00:00Z"); // 09:00
        assert_eq!(when(&z, now, false, None, Some(t("17:00"))), at("2026-03-02T09:00:00Z"));
        assert_eq!(when(&z, now, false, None, Some(t("08:00"))), at("2026-03-03T00:00:00Z"));
        assert_eq!(when(&z, now, false, None, Some(t("09:00"))), at("2026-03-03T01:00:00Z"));
        assert_eq!(when(&z, now, false, q("16:00", "18:00"), Some(t("17:00"))), at("2026-03-02T10:00:00Z"));
        assert_eq!(when(&z, now, true, None, Some(t("17:00"))), now);
    }

    #[test]
    fn times_that_do_not_exist_shift_forward() {
        let z = zone("Europe/Berlin");
        // 02:30 on 2026-03-29 does not exist; it becomes 03:30 local, 01:30 UTC.
        let now = at("2026-03-28T20:00:00Z");
        assert_eq!(when(&z, now, false, None, Some(t("02:30"))), at("2026-03-29T01:30:00Z"));
    }

    proptest! {
        #[test]
        fn nothing_is_sent_in_quiet_hours_nor_before_it_is_made(
            now in 1_700_000_000_000i64..1_900_000_000_000, from in 0i64..1440, to in 0i64..1440, digest in proptest::option::of(0i64..1440),
        ) {
            let z = zone("Asia/Shanghai");
            let quiet = Quiet::stored(Some(from), Some(to)).unwrap();
            let sent = when(&z, Moment(now), false, Some(quiet), digest.and_then(TimeOfDay::new));
            prop_assert!(sent.0 >= now);
            prop_assert!(sent.0 - now <= 2 * Moment::DAY);
            prop_assert!(!quiet.holds(local(&z, sent).1));
        }

        #[test]
        fn times_are_read_as_they_are_written(m in 0i64..1440) {
            let time = TimeOfDay::new(m).unwrap();
            prop_assert_eq!(TimeOfDay::parse(&time.to_string()), Some(time));
        }

        #[test]
        fn other_texts_are_no_times(text in "\\PC{0,6}") {
            if let Some(time) = TimeOfDay::parse(&text) {
                prop_assert_eq!(time.to_string(), text);
            }
        }
    }
}
