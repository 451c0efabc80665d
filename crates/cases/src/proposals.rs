//! What rulings propose for the map of duties (责任): who answers for which item where. Data stewards take a
//! proposal up, which makes a duty, or dismiss it; either is done once.

use crate::refusal::PROPOSAL_SETTLED;
use audit::Note;
use axum::{Json, extract::State};
use duties::{PutDuty, PutDutyBody};
use edge::{Caller, House, Key, Params, PathOf, Problem};
use kernel::{
    AreaCode, CaseId, Checks, Cursor, DutyId, ItemCode, Moment, NOT_FOUND, Page, Power, Refusal, Region,
    UnitId, Uuid,
};
use once::Once;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Filter, Read, Tx, Write, binds, from_row};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// A change that a ruling proposes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
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
    /// The number of the case.
    pub number: String,
    /// The duty it became, if it was taken up.
    pub duty: Option<DutyId>,
    /// When it was taken up or dismissed.
    pub settled_at: Option<Moment>,
    /// The item's name, as the latest version that has it calls it.
    pub item_name: Option<String>,
    /// The grid's name.
    pub grid_name: Option<String>,
}
from_row!(DutyProposal {
    id,
    case_id,
    item,
    grid,
    unit,
    unit_name,
    at,
    number,
    duty,
    settled_at,
    item_name,
    grid_name
});

const PROPOSALS: &str =
    "SELECT d.id, d.case_id, d.item, d.grid, d.unit, u.name, d.at, c.number, d.duty, d.settled_at,
    (SELECT i.name FROM items i WHERE i.region = d.region AND i.code = d.item ORDER BY i.version DESC LIMIT 1),
    (SELECT a.name FROM areas a WHERE a.region = d.region AND a.code = d.grid ORDER BY a.from_at DESC LIMIT 1)
  FROM duty_proposals d
  JOIN units u ON u.region = d.region AND u.id = d.unit
  JOIN cases c ON c.region = d.region AND c.id = d.case_id
  WHERE d.region = ";

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
    /// Only those that wait to be taken up or dismissed.
    #[serde(default)]
    open: bool,
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
        let mut filter = Filter::new(PROPOSALS).bind(self.region);
        if self.query.open {
            filter = filter.text(" AND d.settled_at IS NULL");
        }
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

/// Takes a proposal up (a duty from now on, in its grid or else the whole region, for its item) or dismisses it.
struct Settle {
    region: Region,
    id: Uuid,
    adopt: bool,
}

impl Write for Settle {
    type Out = DutyProposal;

    async fn run(&self, tx: &mut Tx) -> Result<DutyProposal, Refusal> {
        tx.actor().may(Power::EditDuties, Some(self.region))?;
        let (sql, binds) = Filter::new(PROPOSALS).bind(self.region).text(" AND d.id = ").bind(self.id).done();
        let found: Option<DutyProposal> = tx.maybe(sql, binds).await?;
        let was = found.ok_or_else(|| NOT_FOUND.refuse())?;
        if was.settled_at.is_some() {
            return Err(PROPOSAL_SETTLED.refuse());
        }
        // The duty has the proposal's own id: taken up twice at once, it is still one duty.
        let duty = self.adopt.then_some(DutyId(self.id));
        if let Some(id) = duty {
            let is = PutDutyBody {
                area: Some(was.grid.unwrap_or_else(|| AreaCode::from(self.region))),
                item: was.item,
                unit: Some(was.unit),
                basis: format!("裁决 {}", was.number),
                ..PutDutyBody::default()
            };
            PutDuty { region: self.region, id, is }.run(tx).await?;
        }
        let at = tx.at();
        tx.put(
            "UPDATE duty_proposals SET duty = $3, settled_at = $4 WHERE region = $1 AND id = $2",
            binds![self.region, self.id, duty.map(|d| d.0), at],
        )
        .await?;
        let note = Note {
            region: self.region,
            action: if self.adopt { "proposal.adopt" } else { "proposal.dismiss" },
            object: format!("proposal/{}", self.id),
            detail: json!({ "case": was.case_id, "duty": duty }),
        };
        audit::record(tx, note, None).await?;
        Ok(DutyProposal { duty, settled_at: Some(at), ..was })
    }
}

async fn settle(
    house: &House,
    actor: &kernel::Actor,
    (region, id): (Region, Uuid),
    key: Uuid,
    adopt: bool,
) -> Result<Json<DutyProposal>, Problem> {
    actor.signed_in()?;
    let once = Once::new(region, key, &(id, adopt), Settle { region, id, adopt });
    Ok(Json(house.db().write(actor, once).await?))
}

/// Take a ruling's proposal up: it becomes a duty from now on. Data stewards of the region; once.
#[utoipa::path(post, path = "/api/regions/{region}/duty-proposals/{id}/adopt", operation_id = "adopt_duty_proposal",
    tag = "cases", params(("region" = Region, Path), ("id" = Uuid, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = DutyProposal)))]
pub(crate) async fn adopt(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(of): PathOf<(Region, Uuid)>,
    Key(key): Key,
) -> Result<Json<DutyProposal>, Problem> {
    settle(&house, &actor, of, key, true).await
}

/// Dismiss a ruling's proposal: no duty comes of it. Data stewards of the region; once.
#[utoipa::path(post, path = "/api/regions/{region}/duty-proposals/{id}/dismiss", operation_id = "dismiss_duty_proposal",
    tag = "cases", params(("region" = Region, Path), ("id" = Uuid, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = DutyProposal)))]
pub(crate) async fn dismiss(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(of): PathOf<(Region, Uuid)>,
    Key(key): Key,
) -> Result<Json<DutyProposal>, Problem> {
    settle(&house, &actor, of, key, false).await
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(adopt)).routes(routes!(dismiss))
}
