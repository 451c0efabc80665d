//! The land and who works on it: regions, streets, communities, grids with dated boundaries; the base map;
//! the responsible units.
//!
//! * An area's parent is told by its code and exists before it does.
//! * What an area was called and where its border ran at a time stays on record: a change closes the old row
//!   and opens a new one, and an area is never deleted.
//! * A change may take effect in the future; then it comes true by itself. *Now* and *at a date* are the same
//!   question everywhere, and the past is never told anew.
//! * Regions, areas, their geometry, the base map and locating are public; the units are for those with
//!   [`kernel::Power::ReadBase`]. Data stewards change what is theirs.
//! * Everything that is read often is kept in [`Maps`], by region and version: one cheap statement says
//!   whether it is still true.
#![forbid(unsafe_code)]

mod alias;
mod area;
mod find;
mod geometry;
mod kind;
mod load;
mod locate;
mod maps;
mod offices;
mod places;
mod put_area;
mod put_region;
mod put_unit;
mod refusal;
mod region;
mod register;
mod roles;
mod search;
mod show;
mod spelling;
mod spot;
mod tenure;
mod unit_list;
mod units;
mod when;

pub use area::{Area, area_exists};
pub use find::{AreaView, Asked, RegionView};
pub use kind::{AreaKind, FeatureKind, PlaceClass, UnitKind};
pub use load::{LoadBase, Loaded, NewArea, NewFeature, NewRegion, NewUnit};
pub use locate::{AreaName, Located, RegionName, grid_at, known, locate, names, zone_of};
pub use maps::{Base, Everywhere, Maps};
pub use offices::{Office, Offices};
pub use put_area::{PutArea, PutAreaBody};
pub use put_region::{PutRegion, PutRegionBody};
pub use put_unit::{PutUnit, PutUnitBody};
pub use refusal::{
    AREA_MISSING, HISTORY_FIXED, KIND_MISFIT, NOT_COVERED, NOT_COVERED_ANYWHERE, OUTSIDE_REGION,
    PARENT_MISSING, REGION_MISSING, UNIT_CLOSED, UNIT_CYCLE, UNIT_MERGED, UNIT_MISSING, UNIT_PARENT_MISSING,
    UNIT_SPELLING_TAKEN, ZONE_UNKNOWN,
};
pub use region::{RegionRow, region_exists, region_row};
pub use roles::{SERVES, UnitRole};
pub use search::AreaHit;
pub use show::{AreaRow, HistoryOf};
pub use spelling::{UnitNames, normal, units_by_spelling};
pub use spot::{Considered, Held, Holder, RoleBook, Spot, Verdict};
pub use tenure::{Ground, UnitPlace};
pub use units::{FindUnits, Unit, unit};
pub use when::{NoDate, When};

use edge::House;
use store::{Migration, Table};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The tables of this room.
pub const TABLES: &[Table] = &[
    Table::reference("regions"),
    Table::reference("areas"),
    Table::reference("area_originals"),
    Table::reference("area_names"),
    Table::reference("units"),
    Table::reference("unit_names"),
    Table::reference("unit_merges"),
    Table::reference("unit_roles"),
    Table::reference("unit_places"),
    Table::reference("places"),
    Table::reference("map_features"),
    Table::reference("base_versions"),
];

/// The schema of this room.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "areas/1-base",
        sql: "
CREATE TABLE regions (
  code {int} NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  zone TEXT NOT NULL,
  created_at {int} NOT NULL,
  west {int},
  south {int},
  east {int},
  north {int}
) {rows};

CREATE TABLE areas (
  region {int} NOT NULL,
  code {int} NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  shape {bytes},
  west {int},
  south {int},
  east {int},
  north {int},
  from_at {int} NOT NULL,
  until_at {int},
  PRIMARY KEY (region, code, from_at)
) {rows};
CREATE UNIQUE INDEX areas_current ON areas (region, code) WHERE until_at IS NULL;

CREATE TABLE units (
  region {int} NOT NULL,
  id {uuid} NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  closed {bool} NOT NULL,
  PRIMARY KEY (region, id)
) {rows};

CREATE TABLE map_features (
  region {int} NOT NULL,
  id {int} NOT NULL,
  kind TEXT NOT NULL,
  class TEXT NOT NULL,
  name TEXT NOT NULL,
  geometry TEXT NOT NULL,
  PRIMARY KEY (region, id)
) {rows};

CREATE TABLE base_versions (
  region {int} NOT NULL PRIMARY KEY,
  version {int} NOT NULL
) {rows};
",
    },
    DATED,
    UNITS,
];

/// What came in another coordinate system, other names, and the layers of the base map by name.
const DATED: Migration = Migration {
    name: "areas/2-dated",
    sql: "
CREATE TABLE area_originals (
  region {int} NOT NULL,
  code {int} NOT NULL,
  from_at {int} NOT NULL,
  crs TEXT NOT NULL,
  geometry TEXT NOT NULL,
  PRIMARY KEY (region, code, from_at)
) {rows};

CREATE TABLE area_names (
  region {int} NOT NULL,
  code {int} NOT NULL,
  alias TEXT NOT NULL,
  PRIMARY KEY (region, code, alias)
) {rows};

ALTER TABLE map_features ADD COLUMN layer TEXT NOT NULL DEFAULT '';
",
};

/// Units in full: their tree, contacts, spellings and merging; the roles they hold where; named places.
const UNITS: Migration = Migration {
    name: "areas/3-units",
    sql: "
ALTER TABLE units ADD COLUMN parent {uuid};
ALTER TABLE units ADD COLUMN phone TEXT;
ALTER TABLE units ADD COLUMN email TEXT;
ALTER TABLE units ADD COLUMN address TEXT;
ALTER TABLE units ADD COLUMN note TEXT;
ALTER TABLE units ADD COLUMN merged_into {uuid};

CREATE TABLE unit_names (
  region {int} NOT NULL,
  spelling TEXT NOT NULL,
  shown TEXT NOT NULL,
  unit {uuid} NOT NULL,
  via TEXT NOT NULL,
  PRIMARY KEY (region, spelling)
) {rows};
CREATE INDEX unit_names_unit ON unit_names (region, unit);

CREATE TABLE unit_merges (
  region {int} NOT NULL,
  id {uuid} NOT NULL,
  unit {uuid} NOT NULL,
  into_unit {uuid} NOT NULL,
  at {int} NOT NULL,
  account {uuid},
  moved TEXT NOT NULL,
  undone_at {int},
  undone_account {uuid},
  PRIMARY KEY (region, id)
) {rows};

CREATE TABLE unit_roles (
  region {int} NOT NULL,
  code TEXT NOT NULL,
  zh TEXT NOT NULL,
  en TEXT NOT NULL,
  words TEXT NOT NULL,
  kind TEXT,
  PRIMARY KEY (region, code)
) {rows};

CREATE TABLE unit_places (
  region {int} NOT NULL,
  id {uuid} NOT NULL,
  unit {uuid} NOT NULL,
  role TEXT NOT NULL,
  area {int},
  place {uuid},
  from_at {int} NOT NULL,
  until_at {int},
  note TEXT,
  PRIMARY KEY (region, id)
) {rows};

CREATE TABLE places (
  region {int} NOT NULL,
  id {uuid} NOT NULL,
  name TEXT NOT NULL,
  class TEXT NOT NULL,
  shape {bytes} NOT NULL,
  west {int} NOT NULL,
  south {int} NOT NULL,
  east {int} NOT NULL,
  north {int} NOT NULL,
  from_at {int} NOT NULL,
  until_at {int},
  PRIMARY KEY (region, id)
) {rows};
",
};

/// The routes of this room.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(find::list_regions))
        .routes(routes!(put_region::put_region))
        .routes(routes!(find::list_areas))
        .routes(routes!(geometry::area_geometry))
        .routes(routes!(show::area_tree))
        .routes(routes!(show::show_area, put_area::put_area))
        .routes(routes!(search::search_areas))
        .merge(locate::routes())
        .routes(routes!(geometry::base_map))
        .routes(routes!(unit_list::list_units))
        .routes(routes!(unit_list::show_unit, put_unit::put_unit))
}
