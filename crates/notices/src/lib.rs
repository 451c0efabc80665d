//! Notices (通知): who is told what, by which channel.
//!
//! * A move pays nothing for its notices: [`tell`] follows the events in the order of their positions, with a
//!   cursor of its own for each region. A question settles who is told; a short transaction writes the rows
//!   people see in the application, what is to be delivered by mail or by robot, and the jobs that do it. The
//!   cursor moves in the same transaction and only from where it was read, so that every event is told once in
//!   effect, however many processes run. Past events that tell nobody it is moved now and then only: after a
//!   stop they are looked at again.
//! * Which move tells whom is [`flow::tells`]; who that is at this moment is read from the posts. The actor is
//!   never told of their own move, and nobody whose account is disabled is told anything.
//! * Nothing but codes leaves this room: the move, the case's number and stage, the item's name, the deadline.
//!   Never the words, the place, the notes, the name or the telephone of a report, by no channel: complainants
//!   are shielded from those they complain about, and robots speak to whole groups.
//! * A delivery is sent at least once, under an id that stays the same, and becomes `sent`, `failed` or
//!   `suppressed` once ([`jobs::Taken::finish`]).
//! * What happened more than a day ago makes no notices: histories are imported in silence.
#![forbid(unsafe_code)]

mod deliver;
mod hours;
mod list;
mod log;
mod mail;
mod pass;
mod preferences;
mod refusal;
mod robot;
mod robots;
mod who;
mod words;

pub use hours::{Quiet, TimeOfDay};
pub use list::{CountUnread, FindNotices, MarkRead, NoticeRow, ReadRequest, UnreadCount};
pub use log::{DeliveryRow, DeliveryState, FindDeliveries, KEEP_DAYS, sweep};
pub use mail::{Smtp, check_from, check_public_url};
pub use pass::{start, tell};
pub use preferences::{Preferences, PreferencesRequest, PutPreferences};
pub use refusal::RULES;
pub use robots::{PutRobot, RobotKind, RobotRequest, RobotView};

use edge::House;
use jobs::Workers;
use store::{Migration, Table};
use utoipa_axum::router::OpenApiRouter;

/// The tables of this room.
pub const TABLES: &[Table] = &[
    Table::distributed("notices"),
    Table::distributed("notice_cursors"),
    Table::distributed("robots"),
    Table::distributed("deliveries"),
    Table::directory("notice_preferences"),
];

/// The schema of this room.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "notices/1-notices",
        sql: "
-- What somebody was told: codes only, never a word of the report.
CREATE TABLE notices (
  region {int} NOT NULL,
  id {uuid} NOT NULL,
  account {uuid} NOT NULL,
  case_id {uuid} NOT NULL,
  n {int} NOT NULL,
  kind TEXT NOT NULL,
  number TEXT NOT NULL,
  stage {int} NOT NULL,
  item {int},
  due_at {int},
  urgent {bool} NOT NULL,
  moved_at {int} NOT NULL,
  at {int} NOT NULL,
  read_at {int},
  PRIMARY KEY (region, id)
) {rows};
-- Told once of each step.
CREATE UNIQUE INDEX notices_once ON notices (region, account, case_id, n);
CREATE INDEX notices_list ON notices (region, account, at, id);
CREATE INDEX notices_unread ON notices (region, account, at, id) WHERE read_at IS NULL;
CREATE INDEX notices_old ON notices (region, at);

-- How far the events of a region have been told.
CREATE TABLE notice_cursors (
  region {int} NOT NULL PRIMARY KEY,
  position {int} NOT NULL
) {rows};

-- How somebody wants to be told; the address is sealed.
CREATE TABLE notice_preferences (
  account {uuid} NOT NULL PRIMARY KEY,
  mail {bytes},
  mail_on {bool} NOT NULL,
  quiet_from {int},
  quiet_to {int},
  digest_at {int},
  muted TEXT NOT NULL,
  updated_at {int} NOT NULL
) {rows};

-- Group robots; their address and secret are credentials and sealed.
CREATE TABLE robots (
  region {int} NOT NULL,
  id {uuid} NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  url {bytes},
  url_shown TEXT,
  secret {bytes},
  unit {uuid},
  area {int},
  kinds TEXT NOT NULL,
  quiet_from {int},
  quiet_to {int},
  enabled {bool} NOT NULL,
  updated_at {int} NOT NULL,
  PRIMARY KEY (region, id)
) {rows};

-- What was sent, or is to be. Deliveries of one batch go in one message.
CREATE TABLE deliveries (
  region {int} NOT NULL,
  id {uuid} NOT NULL,
  batch {uuid} NOT NULL,
  channel TEXT NOT NULL,
  account {uuid},
  robot {uuid},
  case_id {uuid},
  number TEXT,
  kind TEXT NOT NULL,
  stage {int},
  item {int},
  due_at {int},
  urgent {bool} NOT NULL,
  state TEXT NOT NULL,
  at {int} NOT NULL,
  run_at {int} NOT NULL,
  done_at {int},
  attempts {int} NOT NULL,
  error TEXT,
  PRIMARY KEY (region, id)
) {rows};
CREATE INDEX deliveries_batch ON deliveries (region, batch);
CREATE INDEX deliveries_list ON deliveries (region, at, id);
CREATE INDEX deliveries_state ON deliveries (region, state, at, id);
",
    },
    Migration {
        name: "notices/2-since",
        sql: "
-- Since when a robot listens, to what it listens to now.
ALTER TABLE robots ADD COLUMN since {int} NOT NULL DEFAULT 0;
",
    },
];

/// The routes of this room.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .merge(list::routes())
        .merge(preferences::routes())
        .merge(robots::routes())
        .merge(log::routes())
}

/// The jobs of this room.
pub fn workers(workers: Workers, house: &House) -> Workers {
    let house = house.clone();
    workers.with(deliver::SEND, move |taken| deliver::send_job(house.clone(), taken))
}
