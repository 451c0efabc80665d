//! The roof of Jingwei: the rooms put together into one program.
#![forbid(unsafe_code)]

pub mod ambient;
pub mod areas;
pub mod audit_verify;
pub mod backup;
pub mod calendar;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod duties;
pub mod exit;
pub mod health;
pub mod http;
pub mod items;
pub mod pages;
pub mod people;
pub mod progress;
pub mod serve;
pub mod units;

use jobs::Workers;
use store::{Migration, Table};

/// Every table of every room.
pub fn tables() -> Vec<Table> {
    let mut all = vec![Table::local("migrations"), Table::local("installation")];
    for room in [
        audit::TABLES,
        jobs::TABLES,
        once::TABLES,
        ::areas::TABLES,
        rules::TABLES,
        ::items::TABLES,
        ::duties::TABLES,
        access::TABLES,
        attachments::TABLES,
        cases::TABLES,
        notices::TABLES,
    ] {
        all.extend_from_slice(room);
    }
    all
}

const INSTALLATION: &[Migration] = &[Migration {
    name: "jingwei/1-installation",
    sql: "CREATE TABLE installation (id {int} NOT NULL PRIMARY KEY, key_fingerprint {bytes} NOT NULL, made_at {int} NOT NULL) {rows}",
}];

/// Every migration of every room, in the order in which they build on each other.
pub fn migrations() -> Vec<Migration> {
    [
        audit::MIGRATIONS,
        jobs::MIGRATIONS,
        once::MIGRATIONS,
        ::areas::MIGRATIONS,
        rules::MIGRATIONS,
        ::items::MIGRATIONS,
        ::duties::MIGRATIONS,
        access::MIGRATIONS,
        attachments::MIGRATIONS,
        cases::MIGRATIONS,
        notices::MIGRATIONS,
        INSTALLATION,
    ]
    .concat()
}

/// The jobs of every room.
pub fn workers(house: &edge::House) -> Workers {
    notices::workers(attachments::workers(cases::workers(Workers::new()), house), house)
}
