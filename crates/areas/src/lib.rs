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
mod alike;
mod area;
mod export;
mod find;
mod geometry;
mod import;
mod kind;
mod layer;
mod load;
mod locate;
mod maps;
mod merge_units;
mod offices;
mod places;
mod put_area;
mod put_place;
mod put_region;
mod put_role;
mod put_unit;
mod put_unit_place;
mod refusal;
mod region;
mod register;
mod resolve_role;
mod roles;
mod search;
mod show;
mod spelling;
mod spot;
mod tenure;
mod unit_list;
mod units;
mod upload;
mod when;

pub use alike::{Alike, AlikeUnit, Why, alike, groups};
pub use area::{Area, area_exists};
pub use export::{export, features};
pub use find::{AreaView, Asked, RegionView};
pub use import::{
    Became, FeatureOutcome, ImportAreas, ImportOutcome, Mapping, Message, OverlapFound, Progress, Weight,
    file_refused, import_areas,
};
pub use kind::{AreaKind, FeatureKind, PlaceClass, UnitKind};
pub use layer::{DrawnLayer, LayerMapping, LayerMessage, LayerOutcome, PutLayer, draw};
pub use load::{LoadBase, Loaded, NewArea, NewFeature, NewRegion, NewUnit};
pub use locate::{AreaName, Located, RegionName, grid_at, known, locate, names, zone_of};
pub use maps::{Base, Everywhere, Maps};
pub use merge_units::{FindMerges, Merge, MergeUnit, UndoMerge};
pub use offices::{Office, Offices};
pub use places::Place;
pub use put_area::{PutArea, PutAreaBody};
pub use put_place::{PutPlace, PutPlaceBody};
pub use put_region::{PutRegion, PutRegionBody};
pub use put_role::{PutRole, PutRoleBody};
pub use put_unit::{PutUnit, PutUnitBody};
pub use put_unit_place::{EndUnitPlace, PutUnitPlace, PutUnitPlaceBody, UnitPlaceView};
pub use refusal::{
    AREA_MISSING, CRS_REFUSED, DATES_REVERSED, FIELD_MISSING, FILE_EMPTY, FILE_TOO_LONG, GROUND_ONE,
    HISTORY_FIXED, IMPORT_REFUSED, IMPORT_STALE, KIND_MISFIT, MERGE_CHANGED, MERGE_DONE, MERGE_LATER,
    MERGE_SELF, MERGE_SPELLING, NO_AREAS, NOT_COVERED, NOT_COVERED_ANYWHERE, OUTSIDE_REGION, PARENT_MISSING,
    PLACE_MISSING, REGION_BY_COMMAND, REGION_MISSING, ROLE_CODE_BAD, ROLE_MISSING, ROLE_WORD_TAKEN,
    UNIT_CLOSED, UNIT_CYCLE, UNIT_MERGED, UNIT_MISSING, UNIT_PARENT_MISSING, UNIT_SPELLING_TAKEN,
    ZONE_UNKNOWN,
};
pub use region::{RegionRow, region_exists, region_row};
pub use roles::{SERVES, UnitRole};
pub use search::{AreaHit, search};
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
        .routes(routes!(export::export_areas))
        .merge(upload::routes())
        .merge(locate::routes())
        .routes(routes!(geometry::base_map))
        .routes(routes!(unit_list::list_units))
        .routes(routes!(alike::alike_units))
        .routes(routes!(merge_units::list_merges))
        .routes(routes!(merge_units::merge_unit))
        .routes(routes!(merge_units::undo_merge))
        .routes(routes!(put_role::list_roles))
        .routes(routes!(put_role::show_role, put_role::put_role))
        .routes(routes!(resolve_role::resolve_role))
        .routes(routes!(put_unit_place::list_unit_places))
        .routes(routes!(
            put_unit_place::show_unit_place,
            put_unit_place::put_unit_place,
            put_unit_place::end_unit_place
        ))
        .routes(routes!(put_place::list_places))
        .routes(routes!(put_place::show_place, put_place::put_place))
        .routes(routes!(unit_list::show_unit, put_unit::put_unit))
}
