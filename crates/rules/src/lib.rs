//! What a region settles for itself: its holidays, the working hours of its offices, and the rules of the
//! loop in numbered versions.
//!
//! * A region without a calendar of its own has the built-in holidays of mainland China, if its clocks show
//!   that time; what it stores wins year by year. Its hours are the usual ones until it sets others, and a
//!   unit may have its own.
//! * Version 1 of the rules is the program's own. A stored version (2, 3, …) never changes; the last one is
//!   in force, and a case keeps the version it was filed under.
//! * Everything a region needs to compute deadlines is one [`Book`], kept in memory and asked for again when
//!   a cheap statement says that something has changed: at once in the process that wrote it, within two
//!   seconds in others.
//! * Reading is for staff ([`kernel::Power::ReadBase`]), changing for catalogue stewards
//!   ([`kernel::Power::EditRules`]), each change with an audit line. After the calendar has changed, a job
//!   `cases.recalendar` has the provisional deadlines computed again.
#![forbid(unsafe_code)]

mod book;
mod drop_year;
mod find;
mod put_hours;
mod put_rules;
mod put_year;
mod refusal;
mod stored;

pub use book::{Book, book, book_of};
pub use drop_year::DropYear;
pub use find::{CalendarView, DeadlineView, RulesView, Version, VersionView};
pub use put_hours::{HoursView, PutHours};
pub use put_rules::{PutRules, RulesPut};
pub use put_year::{PutYear, PutYearBody, YearPut};
pub use refusal::{YEAR_BAD, ZONE_UNKNOWN};

use edge::House;
use store::{Migration, Table};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The tables of this room.
pub const TABLES: &[Table] = &[
    Table::reference("holiday_years"),
    Table::reference("working_hours"),
    Table::reference("rule_versions"),
    Table::reference("rule_marks"),
];

/// The schema of this room.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "rules/1-rules",
    sql: "
CREATE TABLE holiday_years (
  region {int} NOT NULL,
  year {int} NOT NULL,
  body TEXT NOT NULL,
  at {int} NOT NULL,
  account {uuid},
  PRIMARY KEY (region, year)
) {rows};

CREATE TABLE working_hours (
  region {int} NOT NULL,
  unit {uuid} NOT NULL,
  body TEXT NOT NULL,
  at {int} NOT NULL,
  account {uuid},
  PRIMARY KEY (region, unit)
) {rows};

CREATE TABLE rule_versions (
  region {int} NOT NULL,
  version {int} NOT NULL,
  from_at {int} NOT NULL,
  account {uuid},
  body TEXT NOT NULL,
  PRIMARY KEY (region, version)
) {rows};

CREATE TABLE rule_marks (
  region {int} NOT NULL PRIMARY KEY,
  mark {int} NOT NULL
) {rows};
",
}];

/// The routes of this room.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(find::get_calendar))
        .routes(routes!(find::get_deadline))
        .routes(routes!(put_year::put_calendar_year, drop_year::delete_calendar_year))
        .routes(routes!(put_hours::put_hours, put_hours::delete_hours))
        .routes(routes!(put_hours::get_unit_hours, put_hours::put_unit_hours, put_hours::delete_unit_hours))
        .routes(routes!(find::get_rules, put_rules::put_rules))
}
