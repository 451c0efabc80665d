//! The item catalogue (事项清单): the kinds of matter a region takes, each with its time limit.
//!
//! * Residents see the items they may report themselves; staff with [`kernel::Power::ReadBase`] see them all.
//! * Catalogue stewards change them. An item is never deleted: it is retired, and stays for its old cases.
//! * A case keeps the limit it was filed with; a change here moves no deadline.
#![forbid(unsafe_code)]

mod find;
mod load;
mod put;
mod refusal;

pub use find::{FindItems, Item, find};
pub use load::LoadItems;
pub use put::{ItemKind, PutItem, PutItemBody, SeasonLimit};
pub use refusal::OUTSIDE_REGION;

use edge::House;
use store::{Migration, Table};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The tables of this room.
pub const TABLES: &[Table] = &[Table::reference("items")];

/// The schema of this room.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "items/1-catalogue", sql: CATALOGUE },
    // Limits of every kind instead of plain hours, limits by season, the published list of communities.
    Migration {
        name: "items/2-limits",
        sql: "
ALTER TABLE items ADD COLUMN time_limit TEXT NOT NULL DEFAULT '1d';
ALTER TABLE items ADD COLUMN seasons TEXT NOT NULL DEFAULT '[]';
ALTER TABLE items ADD COLUMN community {bool} NOT NULL DEFAULT FALSE;
UPDATE items SET time_limit = CAST(limit_hours AS TEXT) || 'h';
ALTER TABLE items DROP COLUMN limit_hours;
",
    },
];

const CATALOGUE: &str = "
CREATE TABLE items (
  region {int} NOT NULL,
  code {int} NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  major TEXT NOT NULL,
  limit_hours {int} NOT NULL,
  urgent {bool} NOT NULL,
  public {bool} NOT NULL,
  retired {bool} NOT NULL,
  from_at {int} NOT NULL,
  PRIMARY KEY (region, code)
) {rows};
";

/// The routes of this room.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(find::list_items)).routes(routes!(put::put_item))
}
