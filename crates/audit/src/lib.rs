//! What happened: append-only events, the tamper-evident audit log, and the one sequencer of both.
//!
//! A room that changes something calls [`record`] once, in its own transaction, with the audit line
//! and, where the change is part of a history, the event. Nothing else writes these tables.
//!
//! On PostgreSQL positions are given after the commit by [`sequence`], so that no reader of a feed can miss a
//! transaction that committed late, and sealing never stalls a write. On SQLite, whose one writer commits in the
//! order in which it writes, [`record`] gives them at once, and a row is written only once.
#![forbid(unsafe_code)]

mod find;
mod head;
mod record;
mod sequence;
mod verify;

pub use find::{FeedEvent, FindLines, Line, ReadFeed, Status, StatusOf};
pub use head::Head;
pub use record::{Event, Note, record};
pub use sequence::{Sequencer, sequence};
pub use verify::{Bad, Verified, verify};

use store::{Migration, Table};

/// The tables of this room.
pub const TABLES: &[Table] =
    &[Table::distributed("events"), Table::distributed("audit_lines"), Table::local("sequencer")];

/// The schema of this room.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "audit/1-log",
    sql: "
CREATE TABLE events (
  region {int} NOT NULL,
  stream {uuid} NOT NULL,
  n {int} NOT NULL,
  at {int} NOT NULL,
  kind TEXT NOT NULL,
  account {uuid},
  role TEXT,
  data TEXT NOT NULL,
  position {int},
  PRIMARY KEY (region, stream, n)
) {clustered};
CREATE INDEX events_waiting ON events (region, stream, n) WHERE position IS NULL;
CREATE INDEX events_position ON events (region, position) WHERE position IS NOT NULL;

CREATE TABLE audit_lines (
  region {int} NOT NULL,
  at {int} NOT NULL,
  actor_kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL,
  request {uuid} NOT NULL,
  address TEXT,
  mac {bytes} NOT NULL,
  position {int},
  seal {bytes},
  {serial}
) {rows};
CREATE INDEX audit_lines_waiting ON audit_lines (region, id) WHERE position IS NULL;
CREATE INDEX audit_lines_position ON audit_lines (position) WHERE position IS NOT NULL;

CREATE TABLE sequencer (
  id {int} NOT NULL PRIMARY KEY,
  event_position {int} NOT NULL,
  audit_position {int} NOT NULL,
  seal {bytes} NOT NULL
) {rows};
INSERT INTO sequencer (id, event_position, audit_position, seal) VALUES (1, 0, 0, {empty});
",
}];
