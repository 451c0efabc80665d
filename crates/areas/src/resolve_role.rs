//! Who holds a role at a point, and why.

use crate::{AreaName, Considered, Held, Maps, NOT_COVERED, Offices, ROLE_MISSING, Spot, UnitRole, When};
use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{Checks, Moment, PlaceId, Power, Region, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which role, where and when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResolveQuery {
    /// The role by its code.
    #[param(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    role: String,
    /// Degrees east.
    #[param(minimum = -180, maximum = 180)]
    lon: f64,
    /// Degrees north.
    #[param(minimum = -90, maximum = 90)]
    lat: f64,
    /// As things were at this day or moment, or will be; now when left out.
    #[param(inline)]
    at: Option<When>,
}

/// A unit by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct UnitName {
    id: UnitId,
    name: String,
}

/// A named place by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PlaceName {
    id: PlaceId,
    name: String,
}

/// Who holds the role, and what was looked at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoleResolved)]
pub(crate) struct Resolved {
    /// The role asked for.
    role: UnitRole,
    /// The moment it is about.
    at: Moment,
    /// What the point lies in.
    spot: Spot,
    /// Who holds it.
    held: Held,
    /// What was looked at, the smallest ground first.
    considered: Vec<Considered>,
    /// The names of the units above.
    units: Vec<UnitName>,
    /// The names of the areas above.
    areas: Vec<AreaName>,
    /// The names of the places above.
    places: Vec<PlaceName>,
}

/// Which unit holds a role at a point, and what was looked at to find it: named places first, then the grid, the
/// community, the street, the region. Nobody and several are answers too. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/roles/resolve", operation_id = "resolve_role", tag = "areas",
    params(("region" = Region, Path), ResolveQuery), responses((status = 200, body = Resolved)))]
pub(crate) async fn resolve_role(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<ResolveQuery>,
) -> Result<Json<Resolved>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let mut checks = Checks::new();
    checks.point(Some(query.lon), Some(query.lat));
    checks.done()?;
    let base = house.keep::<Maps>().at(house.db(), &actor, region, query.at).await?;
    let office = house.keep::<Offices>().of(house.db(), &actor, region).await?;
    let at = query.at.map_or_else(|| house.db().world().now(), |w| w.moment(base.zone()));
    let role = office.book().role(&query.role).cloned();
    let role = role.ok_or_else(|| ROLE_MISSING.field("role").with("role", &query.role))?;
    let spot = office.spot(&base, query.lon, query.lat, at).ok_or_else(|| NOT_COVERED.refuse())?;
    let answer = office.book().holder(&role.code, &spot, at);
    let mut ids: Vec<UnitId> = answer.considered.iter().flat_map(|c| [c.unit, c.answers]).collect();
    ids.sort_unstable();
    ids.dedup();
    let named = |id: UnitId| Some(UnitName { id, name: office.unit(id)?.name.clone() });
    let area = |code| Some(AreaName { code, name: base.name_of(code)?.to_owned() });
    let place = |id: PlaceId| Some(PlaceName { id, name: office.place(id)?.name.clone() });
    Ok(Json(Resolved {
        role,
        at,
        held: answer.held,
        considered: answer.considered,
        units: ids.into_iter().filter_map(named).collect(),
        areas: spot.areas.iter().copied().filter_map(area).collect(),
        places: spot.places.iter().copied().filter_map(place).collect(),
        spot,
    }))
}
