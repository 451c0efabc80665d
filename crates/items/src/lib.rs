//! The item catalogue (事项清单): the kinds of matter a region takes, each with its conditions: when a case is
//! filed and closed, the time limit, who answers, who supervises, on what basis.
//!
//! * A catalogue is a version of the dictionary: draft → in force from a date → retired when the next begins.
//!   Drafts are edited; what is, was or will be in force never changes. A case keeps version and condition.
//! * What an import cannot read for certain stays a *draft condition* with its reason and source line: listed,
//!   never guessed, never used for filing. It keeps no item from being used whose other conditions are good.
//! * Residents see the items they may report themselves; staff with [`kernel::Power::ReadBase`] see them all.
//!   Catalogue stewards ([`kernel::Power::EditItems`]) change drafts and put them in force.
//! * Everything that is read often is one [`Book`], kept in memory by region.
#![forbid(unsafe_code)]

mod book;
mod catalogue;
mod compare;
mod condition;
mod export;
mod find;
mod find_condition;
mod import;
mod import_http;
mod item;
mod layout;
mod load;
mod mapping;
mod party;
mod put_in_force;
mod put_item;
mod read_rows;
mod refusal;
mod stored;
mod versions;

pub use book::{Book, Edition, ReadBook, book};
pub use catalogue::{Catalogue, Standing};
pub use compare::{CompareCatalogues, Comparison, FieldChange, ItemChange, ItemDiff};
pub use condition::{Condition, Doubt, Evidence, PutConditionBody, SeasonLimit};
pub use export::{ExportItems, NOT_EXPRESSIBLE, SheetFormat, Written, write_rows};
pub use find::{FindItems, Which};
pub use find_condition::{FileUnder, choose, file_under, find_condition};
pub use import::{
    FILE_BAD, FILE_EMPTY, FILE_LONG, FileNote, ImportItems, ItemsImported, RowBecame, RowOutcome, table_of,
};
pub use import_http::{ImportItemsBody, NOT_BASE64};
pub use item::{Item, ItemKind, NewItem, PutItemBody};
pub use layout::{
    Codes, Columns, Defaults, Kinds, Layout, LeadRule, MAPPING_BAD, Parties, RoleWords, Season,
};
pub use load::LoadItems;
pub use mapping::{FindMappings, Likeness, MappedItem, Mappings, PairBody, PutMappings, PutMappingsBody};
pub use party::{OtherParty, Part, Party};
pub use put_in_force::{PutInForce, PutInForceBody};
pub use put_item::{DropCondition, DropItem, PutCondition, PutItem};
pub use read_rows::{Counted, Doubtful, Meaning, Rows, SpellingFound, read_rows};
pub use refusal::*;
pub use stored::{find, find_in, name_of};

pub use versions::{CatalogueView, DiscardCatalogue, FindCatalogues, MakeCatalogue, MakeCatalogueBody};

use edge::House;
use store::{Migration, Table};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The tables of this room.
pub const TABLES: &[Table] = &[
    Table::reference("catalogues"),
    Table::reference("items"),
    Table::reference("conditions"),
    Table::reference("item_mappings"),
    Table::reference("catalogue_marks"),
];

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
    // Versions of the catalogue, several conditions to an item. What there was is version 1, in force from its
    // oldest item on.
    Migration { name: "items/3-versions", sql: VERSIONS },
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

const VERSIONS: &str = "
CREATE TABLE catalogues (
  region {int} NOT NULL,
  version {int} NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  from_at {int},
  until_at {int},
  source TEXT NOT NULL,
  note TEXT NOT NULL,
  made_at {int} NOT NULL,
  PRIMARY KEY (region, version)
) {rows};

CREATE TABLE conditions (
  region {int} NOT NULL,
  version {int} NOT NULL,
  code {int} NOT NULL,
  n {int} NOT NULL,
  filing TEXT NOT NULL,
  closing TEXT NOT NULL,
  time_limit TEXT,
  seasons TEXT NOT NULL,
  urgent {bool} NOT NULL,
  lead TEXT,
  parties TEXT NOT NULL,
  supervisors TEXT NOT NULL,
  basis TEXT NOT NULL,
  evidence TEXT NOT NULL,
  doubt TEXT,
  record {int},
  line {int},
  printed TEXT NOT NULL,
  PRIMARY KEY (region, version, code, n)
) {rows};

CREATE TABLE item_mappings (
  region {int} NOT NULL,
  from_version {int} NOT NULL,
  from_code {int} NOT NULL,
  to_version {int} NOT NULL,
  to_code {int} NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (region, from_version, from_code, to_version, to_code)
) {rows};

CREATE TABLE catalogue_marks (
  region {int} NOT NULL PRIMARY KEY,
  mark {int} NOT NULL
) {rows};

ALTER TABLE items RENAME TO items_before;

CREATE TABLE items (
  region {int} NOT NULL,
  version {int} NOT NULL,
  code {int} NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  major TEXT NOT NULL,
  domain TEXT,
  community {bool} NOT NULL,
  public {bool} NOT NULL,
  local {bool} NOT NULL,
  retired {bool} NOT NULL,
  synonyms TEXT NOT NULL,
  printed TEXT,
  PRIMARY KEY (region, version, code)
) {rows};

INSERT INTO catalogues (region, version, name, state, from_at, until_at, source, note, made_at)
SELECT region, 1, '事项清单', 'in_force', MIN(from_at), NULL, '', '', MIN(from_at) FROM items_before GROUP BY region;

INSERT INTO items (region, version, code, name, kind, major, domain, community, public, local, retired, synonyms, printed)
SELECT region, 1, code, name, kind, major, NULL, community, public, FALSE, retired, '[]', NULL FROM items_before;

INSERT INTO conditions (region, version, code, n, filing, closing, time_limit, seasons, urgent, lead, parties, supervisors,
  basis, evidence, doubt, record, line, printed)
SELECT region, 1, code, 1, '', '', time_limit, seasons, urgent, NULL, '[]', '[]', '', '{\"photos\":0,\"texts\":[]}', NULL, NULL, NULL, '{}'
FROM items_before;

DROP TABLE items_before;
";

/// The routes of this room.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(find::list_items))
        .routes(routes!(versions::list_catalogues, versions::make_catalogue))
        .routes(routes!(compare::compare_catalogues))
        .routes(routes!(versions::discard_catalogue))
        .merge(mapping::mapping_routes())
        .routes(routes!(export::export_items))
        .routes(routes!(put_in_force::put_in_force))
        .merge(import_http::import_routes())
        .routes(routes!(put_item::put_item, put_item::drop_item))
        .routes(routes!(put_item::put_condition, put_item::drop_condition))
}
