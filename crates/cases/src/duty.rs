//! Who answers for a case, by the map of duties (责任), and why: shown on the case page, proposed to whoever
//! dispatches.

use crate::{Case, refusal::NO_ITEM};
use axum::{Json, extract::State};
use duties::{Explanation, Where, world::Matter};
use edge::{Caller, House, PathOf, Problem};
use kernel::{AreaCode, CaseId, LonLat, Power, Refusal, Region};
use store::{Read, Tx};
use utoipa_axum::{router::OpenApiRouter, routes};

struct Seen {
    region: Region,
    case: CaseId,
}

impl Read for Seen {
    type Out = Case;
    async fn run(&self, tx: &mut Tx) -> Result<Case, Refusal> {
        Case::seen(tx, self.region, self.case).await.map(|(_, case)| case)
    }
}

/// Where a case lies for the map of duties: its point, else its grid, else somewhere in the region.
fn spot(case: &Case) -> Where {
    match (case.lon.zip(case.lat).and_then(|(lon, lat)| LonLat::new(lon, lat)), case.grid) {
        (Some(point), _) => Where::Point(point),
        (None, Some(grid)) => Where::Area(grid),
        (None, None) => Where::Area(AreaCode::from(case.region)),
    }
}

/// Who answers for this case now, and every rule considered on the way. By the condition and the version of
/// the catalogue it was filed under; before filing by the item it was reported as. Staff of the region who
/// may see the case; a case without an item yet is refused (409).
#[utoipa::path(get, path = "/api/regions/{region}/cases/{case}/duty", operation_id = "explain_case_duty", tag = "cases",
    params(("region" = Region, Path), ("case" = CaseId, Path)), responses((status = 200, body = Explanation)))]
pub(crate) async fn duty(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, case)): PathOf<(Region, CaseId)>,
) -> Result<Json<Explanation>, Problem> {
    actor.signed_in()?;
    let case = house.db().read(&actor, Seen { region, case }).await?;
    actor.may(Power::ReadBase, Some(region))?;
    let state = &case.state;
    let item = state.item.ok_or_else(|| NO_ITEM.refuse())?;
    let matter = Matter { item, condition: state.condition, version: state.catalogue };
    Ok(Json(duties::explain(&house, &actor, region, spot(&case), matter, None).await?))
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(duty))
}
