//! Duties (责任): who answers for which matters where, and since when.
//!
//! * A duty is (place or area) × (item, item class or duty domain) → a unit, a role, or another region, dated.
//!   [`resolve`] tells what a question comes to and why; [`Matrix`] asks every cell of land about every
//!   condition at every date from today.
//! * A duty is never deleted: it ends. What it was before a change stays in its history.
//! * Staff of the region ([`kernel::Power::ReadBase`]) see the duties, data stewards
//!   ([`kernel::Power::EditDuties`]) change them.
//! * Everything that a region's questions need is one [`DutyBook`], kept in memory: one cheap statement says
//!   whether it is still true. After a change of duties only they are read again, and only the pairs they are
//!   about are checked again.
#![forbid(unsafe_code)]

mod book;
pub mod check;
mod explain;
mod export;
mod find;
mod find_check;
mod import;
mod load;
mod names;
mod put;
mod refusal;
mod report;
mod resolve;
mod row;
mod shelf;
mod spots;
mod upload;
mod words;
pub mod world;

pub use book::DutyBook;
pub use check::Matrix;
pub use explain::{Explanation, GroundName, Where, explain};
pub use export::{TableFormat, export_duties};
pub use find::{DutyHistory, DutyVersion};
pub use find_check::{AreaCounts, CheckSummary, Checked, ClassName, check};
pub use import::{DutyImport, ImportDuties, RowBecame, RowMessage, RowOutcome, import_duties};
pub use put::{DutyNote, DutyPut, PutDuty, PutDutyBody};
pub use refusal::*;
pub use report::{Counts, Finding, PlaceRef, Remark, Report};
pub use resolve::{
    Answered, Conflict, Considered, Hole, Outcome, Resolution, Side, StepKind, Verdict, Why, outcome, resolve,
};
pub use row::{DutyRow, DutyView};
pub use shelf::book;
pub use words::outcome as outcome_in_words;

use edge::House;
use store::{Migration, Table};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The tables of this room.
pub const TABLES: &[Table] =
    &[Table::reference("duties"), Table::reference("duty_versions"), Table::reference("duty_marks")];

/// The schema of this room.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "duties/1-duties",
    sql: "
CREATE TABLE duties (
  region {int} NOT NULL,
  id {uuid} NOT NULL,
  area {int},
  place {uuid},
  item {int},
  class {int},
  domain TEXT,
  unit {uuid},
  role TEXT,
  to_region {int},
  from_at {int} NOT NULL,
  until_at {int},
  basis TEXT NOT NULL,
  source TEXT NOT NULL,
  note TEXT NOT NULL,
  changed_at {int} NOT NULL,
  account {uuid},
  PRIMARY KEY (region, id)
) {rows};

CREATE TABLE duty_versions (
  region {int} NOT NULL,
  id {uuid} NOT NULL,
  until_at {int} NOT NULL,
  at {int} NOT NULL,
  account {uuid},
  body TEXT NOT NULL,
  PRIMARY KEY (region, id, until_at)
) {rows};

CREATE TABLE duty_marks (
  region {int} NOT NULL PRIMARY KEY,
  mark {int} NOT NULL
) {rows};
",
}];

/// The routes of this room.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(find::list_duties))
        .routes(routes!(explain::explain_duty))
        .routes(routes!(find_check::check_duties))
        .routes(routes!(find_check::list_findings))
        .routes(routes!(export::export))
        .merge(upload::routes())
        .routes(routes!(find::get_duty, put::put_duty))
}
