//! Cases (案件): the loop on the database.
//!
//! Each move is a file in `moves/`: what it asks for, what it checks, what it puts down. All of them are
//! carried out by [`Act`]: find the case in the actor's scope, compare the version, ask the flow table,
//! write the new state, the event, the texts and the audit line in one transaction.
//!
//! The row in `cases` is the fold of the case's events ([`flow::State`]); texts, notes and the reporter's
//! telephone stand in tables of their own, so that correcting or forgetting them never touches history.
#![forbid(unsafe_code)]

mod act;
mod alarm;
mod conflict;
mod contact;
mod duty;
mod feed;
mod find;
pub mod moves;
mod nearest;
mod number;
mod parties;
mod proposals;
mod recompute;
mod refusal;
mod report;
mod row;
mod scope;
mod show;
mod table;
mod track;
mod units;

pub use act::{Act, Input, Moved};
pub use alarm::{RECALENDAR, Rung, recalendar, ring};
pub use contact::{Forget, Reveal, forget_job};
pub use find::{CaseRow, Count, CountCases, FindCases, ListQuery};
pub use recompute::{Difference, recompute};
pub use refusal::RULES;
pub use report::{Channel, Report, ReportRequest, Reported};
pub use row::Case;
pub use scope::{Arm, Scope};
pub use show::{CaseView, ShowCase};
pub use track::{TrackView, tracked};

use edge::House;
use jobs::Workers;
use store::{Migration, Table};
use utoipa_axum::router::OpenApiRouter;

/// The tables of this room.
pub const TABLES: &[Table] = &[
    Table::distributed("cases"),
    Table::distributed("case_texts"),
    Table::distributed("case_notes"),
    Table::distributed("contacts"),
    Table::distributed("contact_reads"),
    Table::distributed("case_parties"),
    Table::distributed("case_links"),
    Table::distributed("conflicts"),
    Table::distributed("duty_proposals"),
    Table::distributed("number_blocks"),
    Table::directory("tracking_codes"),
];

/// The schema of this room.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "cases/1-loop", sql: include_str!("schema.sql") },
    Migration { name: "cases/2-rules", sql: include_str!("rules.sql") },
    Migration { name: "cases/3-narrow", sql: include_str!("narrow.sql") },
    // The version of the catalogue and the condition a case was filed under; rulings taken up by the map of duties.
    Migration {
        name: "cases/4-ground",
        sql: "
ALTER TABLE cases ADD COLUMN catalogue {int};
ALTER TABLE cases ADD COLUMN condition {int};
ALTER TABLE duty_proposals ADD COLUMN duty {uuid};
ALTER TABLE duty_proposals ADD COLUMN settled_at {int};
",
    },
];

/// The routes of this room.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .merge(report::routes())
        .merge(find::routes())
        .merge(show::routes())
        .merge(moves::routes())
        .merge(contact::routes())
        .merge(track::routes())
        .merge(feed::routes())
        .merge(table::routes())
        .merge(conflict::routes())
        .merge(proposals::routes())
        .merge(duty::routes())
}

/// The jobs of this room.
pub fn workers(workers: Workers) -> Workers {
    workers
        .with(contact::FORGET, forget_job)
        .with(RECALENDAR, alarm::recalendar_job)
        .with("cases.refold", recompute::refold_job)
}
