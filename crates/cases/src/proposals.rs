//! What rulings propose for the map of duties (责任): who answers for which item where. The map takes them up;
//! until then they can be read here.

use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{
    AreaCode, CaseId, Checks, Cursor, ItemCode, Moment, Page, Power, Refusal, Region, UnitId, Uuid,
};
use serde::{Deserialize, Serialize};
use store::{Filter, Read, Tx, from_row};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// A change that a ruling proposes.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DutyProposal {
    /// Its id.
    pub id: Uuid,
    /// The case that was ruled on.
    pub case_id: CaseId,
    /// For this item.
    pub item: Option<ItemCode>,
    /// In this grid.
    pub grid: Option<AreaCode>,
    /// This unit answers.
    pub unit: UnitId,
    /// Its name.
    pub unit_name: String,
    /// When it was ruled.
    pub at: Moment,
}
from_row!(DutyProposal { id, case_id, item, grid, unit, unit_name, at });

/// Which.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProposalsQuery {
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// The `next` of the page before.
    #[param(pattern = "^[0-9a-f]{48}$")]
    cursor: Option<String>,
}

struct Proposals {
    region: Region,
    query: ProposalsQuery,
}

impl Read for Proposals {
    type Out = Page<DutyProposal>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Page<DutyProposal>, Refusal> {
        tx.actor().may(Power::ReadBase, Some(self.region))?;
        let limit = self.query.limit.unwrap_or(50);
        let mut checks = Checks::new();
        checks.number("limit", limit, 1..=200);
        checks.done()?;
        let mut filter = Filter::new(
            "SELECT d.id, d.case_id, d.item, d.grid, d.unit, u.name, d.at FROM duty_proposals d
             JOIN units u ON u.region = d.region AND u.id = d.unit WHERE d.region = ",
        )
        .bind(self.region);
        if let Some(cursor) = &self.query.cursor {
            let c = Cursor::parse(cursor)?;
            filter = filter
                .text(" AND (d.at, d.id) < (")
                .bind(c.key)
                .text(", ")
                .bind(Uuid::from_u128(c.id))
                .text(")");
        }
        let (sql, binds) = filter.text(" ORDER BY d.at DESC, d.id DESC LIMIT ").bind(limit + 1).done();
        let rows: Vec<DutyProposal> = tx.all(sql, binds).await?;
        Ok(Page::cut(rows, limit as usize, |last| Cursor { key: last.at.0, id: last.id.as_u128() }))
    }
}

/// What rulings propose for the map of duties, latest first. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/duty-proposals", operation_id = "list_duty_proposals", tag = "cases",
    params(("region" = Region, Path), ProposalsQuery), responses((status = 200, body = Page<DutyProposal>)))]
pub(crate) async fn list(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<ProposalsQuery>,
) -> Result<Json<Page<DutyProposal>>, Problem> {
    Ok(Json(house.db().read(&actor, Proposals { region, query }).await?))
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(list))
}
