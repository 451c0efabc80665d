//! The log of what was sent: to whom or which robot, when, how it ended. System administrators read it; it
//! holds no address and no word of a report.

use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{AccountId, Actor, CaseId, Checks, Cursor, Moment, Page, Power, Refusal, Region, Uuid};
use serde::{Deserialize, Serialize};
use store::{Cond, Db, Filter, FromRow, Read, Row, StoreError, Tx, Write, binds};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Days after which notices and deliveries are forgotten.
pub const KEEP_DAYS: i64 = 180;
/// Rows forgotten in one transaction.
const SWEPT: i64 = 500;

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It waits: for its time, or for the next try.
    Pending,
    /// It was sent.
    Sent,
    /// It could not be sent, for good.
    Failed,
    /// It was not to be sent any more: muted, switched off, account disabled.
    Suppressed,
}

impl DeliveryState {
    const fn code(self) -> &'static str {
        match self {
            DeliveryState::Pending => "pending",
            DeliveryState::Sent => "sent",
            DeliveryState::Failed => "failed",
            DeliveryState::Suppressed => "suppressed",
        }
    }

    fn parse(code: &str) -> Option<DeliveryState> {
        use DeliveryState::*;
        [Pending, Sent, Failed, Suppressed].into_iter().find(|s| s.code() == code)
    }
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DeliveryRow {
    /// Its id.
    pub id: Uuid,
    /// Deliveries of one batch went in one message.
    pub batch: Uuid,
    /// `mail`, `dingtalk`, `wecom` or `feishu`.
    pub channel: String,
    /// To which account.
    pub account: Option<AccountId>,
    /// Whose account that is.
    pub account_name: Option<String>,
    /// Through which robot.
    pub robot: Option<Uuid>,
    /// The robot's name, while it is kept.
    pub robot_name: Option<String>,
    /// The case.
    pub case: Option<CaseId>,
    /// Its number.
    pub number: Option<String>,
    /// The code of the move; `test` for a robot being tried out.
    pub kind: String,
    /// How it stands.
    pub state: DeliveryState,
    /// When it was made, ms UTC.
    pub at: Moment,
    /// When it was to be sent, ms UTC.
    pub run_at: Moment,
    /// When it was sent, or came to nothing, ms UTC.
    pub done_at: Option<Moment>,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it was not sent: a code, and after `: ` what the other side said, if it said something.
    pub error: Option<String>,
}

impl FromRow for DeliveryRow {
    fn from_row(r: &mut Row<'_>) -> Result<DeliveryRow, StoreError> {
        Ok(DeliveryRow {
            id: r.next()?,
            batch: r.next()?,
            channel: r.next()?,
            account: r.next()?,
            account_name: r.next()?,
            robot: r.next()?,
            robot_name: r.next()?,
            case: r.next()?,
            number: r.next()?,
            kind: r.next()?,
            state: DeliveryState::parse(&r.next::<String>()?)
                .ok_or_else(|| StoreError::Internal("a delivery in no state we know".into()))?,
            at: r.next()?,
            run_at: r.next()?,
            done_at: r.next()?,
            attempts: r.next()?,
            error: r.next()?,
        })
    }
}

/// Which deliveries.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// Only those that stand so.
    #[param(inline)]
    pub state: Option<DeliveryState>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// The `next` of the page before.
    #[param(pattern = "^[0-9a-f]{48}$")]
    pub cursor: Option<String>,
}

/// The deliveries of a region, latest first.
pub struct FindDeliveries {
    /// The region.
    pub region: Region,
    /// Which.
    pub query: DeliveryQuery,
}

impl Read for FindDeliveries {
    type Out = Page<DeliveryRow>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Page<DeliveryRow>, Refusal> {
        tx.actor().may(Power::ManageNotices, Some(self.region))?;
        let q = &self.query;
        let limit = q.limit.unwrap_or(50);
        let mut c = Checks::new();
        c.number("limit", limit, 1..=200);
        c.done()?;
        let mut all = vec![Cond::is("d.region = ?", [self.region])];
        if let Some(state) = q.state {
            all.push(Cond::is("d.state = ?", [state.code()]));
        }
        if let Some(cursor) = &q.cursor {
            let c = Cursor::parse(cursor)?;
            let id = Uuid::from_u128(c.id);
            all.push(Cond::Is("d.at <= ? AND (d.at < ? OR d.id < ?)", binds![c.key, c.key, id]));
        }
        let (sql, binds) = Filter::new(
            "SELECT d.id, d.batch, d.channel, d.account, a.name, d.robot, r.name, d.case_id, d.number, d.kind, d.state, d.at, d.run_at,
               d.done_at, d.attempts, d.error
             FROM deliveries d LEFT JOIN robots r ON r.region = d.region AND r.id = d.robot
             LEFT JOIN accounts a ON a.id = d.account WHERE ",
        )
        .cond(&Cond::All(all))
        .text(" ORDER BY d.at DESC, d.id DESC LIMIT ")
        .bind(limit + 1)
        .done();
        let rows: Vec<DeliveryRow> = tx.all(sql, binds).await?;
        Ok(Page::cut(rows, limit as usize, |d| Cursor { key: d.at.0, id: d.id.as_u128() }))
    }
}

/// What was sent, and what is to be; system administrators.
#[utoipa::path(get, path = "/api/regions/{region}/deliveries", operation_id = "list_deliveries", tag = "notices",
    params(("region" = Region, Path), DeliveryQuery), responses((status = 200, body = Page<DeliveryRow>)))]
pub(crate) async fn list(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<DeliveryQuery>,
) -> Result<Json<Page<DeliveryRow>>, Problem> {
    Ok(Json(house.db().read(&actor, FindDeliveries { region, query }).await?))
}

struct Forget(Region);

impl Write for Forget {
    type Out = u64;
    async fn run(&self, tx: &mut Tx) -> Result<u64, Refusal> {
        let before = tx.at().plus(-KEEP_DAYS * Moment::DAY);
        let sql = "DELETE FROM deliveries WHERE region = $1 AND id IN (SELECT id FROM deliveries
                     WHERE region = $1 AND at < $2 AND state <> 'pending' ORDER BY at LIMIT $3)";
        let deliveries = tx.run(sql, binds![self.0, before, SWEPT]).await?;
        let sql = "DELETE FROM notices WHERE region = $1 AND id IN (SELECT id FROM notices
                     WHERE region = $1 AND at < $2 ORDER BY at LIMIT $3)";
        let notices = tx.run(sql, binds![self.0, before, SWEPT]).await?;
        Ok(deliveries + notices)
    }
}

/// Forgets notices, and deliveries that are over, after [`KEEP_DAYS`]; says how many.
pub async fn sweep(db: &Db) -> Result<u64, Refusal> {
    let me = Actor::system("sweep");
    let mut gone = 0;
    for (region,) in db.ask::<(Region,)>(&me, "SELECT code FROM regions ORDER BY code", binds![]).await? {
        loop {
            let n = db.write(&me, Forget(region)).await?;
            gone += n;
            if n == 0 {
                break;
            }
        }
    }
    Ok(gone)
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(list))
}
