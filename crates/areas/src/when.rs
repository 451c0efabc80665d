use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::Moment;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt, str::FromStr};

/// A moment, or a day as a region counts it: `1772413200000` (milliseconds UTC) or `2026-03-02`. A day means
/// its first moment in the region's time zone; where midnight does not exist, the first moment after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Moment(Moment),
    /// A day.
    Day(Date),
}

/// What is neither a day nor milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoDate;

impl fmt::Display for NoDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("takes a day such as 2026-03-02, or milliseconds since 1970")
    }
}

impl std::error::Error for NoDate {}

/// Milliseconds that a calendar of ours can hold: the years 1–9999.
const YEARS: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_214_400_000;

impl FromStr for When {
    type Err = NoDate;
    fn from_str(s: &str) -> Result<When, NoDate> {
        let s = s.trim();
        if s.len() == 10 && s.as_bytes()[4] == b'-' {
            return s.parse().map(When::Day).map_err(|_| NoDate);
        }
        let ms: i64 = s.parse().map_err(|_| NoDate)?;
        YEARS.contains(&ms).then_some(When::Moment(Moment(ms))).ok_or(NoDate)
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            When::Moment(at) => at.0.fmt(f),
            When::Day(day) => day.fmt(f),
        }
    }
}

impl When {
    /// The moment meant in a time zone. A zone we do not know counts as UTC.
    pub fn moment(self, zone: &str) -> Moment {
        match self {
            When::Moment(at) => at,
            When::Day(day) => {
                let first = day.to_zoned(known(zone)).map(|z| z.timestamp().as_millisecond());
                Moment(first.unwrap_or_default())
            }
        }
    }
}

fn known(zone: &str) -> TimeZone {
    jiff::tz::TimeZoneDatabase::bundled().get(zone).unwrap_or(TimeZone::UTC)
}

/// A moment as people of a zone write it, for messages: the day alone where it is a day's first moment.
pub(crate) fn written(at: Moment, zone: &str) -> String {
    let Ok(stamp) = Timestamp::from_millisecond(at.0) else { return at.0.to_string() };
    let local = stamp.to_zoned(known(zone)).datetime();
    if local.time() == jiff::civil::Time::midnight() {
        return local.date().to_string();
    }
    local.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<When, D::Error> {
        let text = Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(D::Error::custom)
    }
}

// Written out: one string of two forms.
impl utoipa::PartialSchema for When {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^([0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])|-?[0-9]{1,13})$"))
            .description(Some("A day of the region such as 2026-03-02, or milliseconds since 1970"))
            .into()
    }
}
impl utoipa::ToSchema for When {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_the_region_is() {
        let day: When = "2026-03-02".parse().unwrap();
        assert_eq!(day.moment("Asia/Shanghai"), Moment(1_772_380_800_000));
        assert_eq!(written(day.moment("Asia/Shanghai"), "Asia/Shanghai"), "2026-03-02");
        assert_eq!("1772413200000".parse::<When>().unwrap().moment("UTC"), Moment(1_772_413_200_000));
        assert_eq!(written(Moment(1_772_413_200_000), "Asia/Shanghai"), "2026-03-02 09:00:00");
        // Midnight of this day did not exist in São Paulo: clocks went from 0 to 1.
        let gap: When = "2018-11-04".parse().unwrap();
        assert_eq!(gap.moment("America/Sao_Paulo"), Moment(1_541_300_400_000));
    }

    #[test]
    fn other_texts_are_no_dates() {
        for bad in
            ["", "2026-02-30", "2026-3-2", "02.03.2026", "1e12", "9999999999999999", "tomorrow", "2026/03/02"]
        {
            assert_eq!(bad.parse::<When>(), Err(NoDate), "{bad}");
        }
    }
}
