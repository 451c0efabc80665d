use crate::scope::Scope;
use flow::{Stage, State};
use kernel::{AccountId, Actor, AreaCode, CaseId, Moment, NOT_FOUND, Refusal, Region};
use store::{Cond, Filter, FromRow, Row, StoreError, Tx, binds};

/// A case as it stands: its state and what does not change with a move.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its region.
    pub region: Region,
    /// Its id.
    pub id: CaseId,
    /// Its number, for people.
    pub number: String,
    /// Through which channel it came.
    pub channel: String,
    /// The grid it lies in, if it has a point inside one.
    pub grid: Option<AreaCode>,
    /// Degrees east.
    pub lon: Option<f64>,
    /// Degrees north.
    pub lat: Option<f64>,
    /// The account that reported it, unless anonymous.
    pub reporter: Option<AccountId>,
    /// When the reporter saw it, if that was said.
    pub seen_at: Option<Moment>,
    /// Where it stands.
    pub state: State,
    /// The moment of reading.
    pub now: Moment,
}

/// The columns of [`Case`], in its order.
pub(crate) const COLUMNS: &str = "SELECT c.region, c.id, c.number, c.channel, c.grid, c.lon, c.lat, c.reporter, c.seen_at,
  c.stage, c.round, c.version, c.item, c.limit_hours, c.urgent, c.unit, c.handler, c.handled_by, c.verified, c.reported_at,
  c.filed_at, c.dispatched_at, c.accepted_at, c.submitted_at, c.closed_at, c.case_due, c.unit_due FROM cases c WHERE ";

impl FromRow for Case {
    fn from_row(r: &mut Row<'_>) -> Result<Case, StoreError> {
        Ok(Case {
            region: r.next()?,
            id: r.next()?,
            number: r.next()?,
            channel: r.next()?,
            grid: r.next()?,
            lon: r.next()?,
            lat: r.next()?,
            reporter: r.next()?,
            seen_at: r.next()?,
            state: State {
                stage: Stage::stored(r.next()?)
                    .ok_or_else(|| StoreError::Internal("unknown stage".into()))?,
                round: r.next()?,
                version: r.next()?,
                item: r.next()?,
                limit_hours: r.next()?,
                urgent: r.next()?,
                unit: r.next()?,
                handler: r.next()?,
                handled_by: r.next()?,
                verified: r.next()?,
                reported_at: r.next()?,
                filed_at: r.next()?,
                dispatched_at: r.next()?,
                accepted_at: r.next()?,
                submitted_at: r.next()?,
                closed_at: r.next()?,
                case_due: r.next()?,
                unit_due: r.next()?,
            },
            now: Moment(0),
        })
    }
}

impl Case {
    /// The case, if it exists and the scope allows it; the same refusal otherwise.
    pub async fn find(tx: &mut Tx, scope: &Scope, id: CaseId) -> Result<Case, Refusal> {
        let cond = Cond::All(vec![Cond::is("c.id = ?", [id]), scope.cond()]);
        let (sql, binds) = Filter::new(COLUMNS).cond(&cond).done();
        let found: Option<Case> = tx.maybe(sql, binds).await?;
        let now = tx.at();
        found.map(|c| Case { now, ..c }).ok_or_else(|| NOT_FOUND.refuse())
    }

    /// The scope of the transaction's actor and the case in it.
    pub async fn seen(tx: &mut Tx, region: Region, id: CaseId) -> Result<(Scope, Case), Refusal> {
        let actor: Actor = tx.actor().clone();
        let scope = Scope::of(&actor, region)?;
        let case = Case::find(tx, &scope, id).await?;
        Ok((scope, case))
    }

    /// Writes a new case's row.
    pub(crate) async fn insert(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let s = &self.state;
        let at = tx.at();
        tx.put(
            "INSERT INTO cases (region, id, number, channel, grid, lon, lat, reporter, seen_at, stage, round, version, item,
               urgent, verified, reported_at, act_by, updated_at, open)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
            binds![
                self.region, self.id, &self.number, &self.channel, self.grid, self.lon, self.lat, self.reporter, self.seen_at,
                s.stage.number(), s.round, s.version, s.item, s.urgent, s.verified, s.reported_at, s.act_by(), at, s.stage.open()
            ],
        )
        .await
    }

    /// Writes the state after a move. The event of the same step, whose key is the version, decides
    /// between two who moved at once.
    pub(crate) async fn update(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let s = &self.state;
        let at = tx.at();
        tx.put(
            "UPDATE cases SET stage = $3, round = $4, version = $5, item = $6, limit_hours = $7, urgent = $8, unit = $9,
               handler = $10, handled_by = $11, verified = $12, filed_at = $13, dispatched_at = $14, accepted_at = $15,
               submitted_at = $16, closed_at = $17, case_due = $18, unit_due = $19, act_by = $20, updated_at = $21, open = $22,
               grid = $23, lon = $24, lat = $25
             WHERE region = $1 AND id = $2",
            binds![
                self.region, self.id, s.stage.number(), s.round, s.version, s.item, s.limit_hours, s.urgent, s.unit, s.handler,
                s.handled_by, s.verified, s.filed_at, s.dispatched_at, s.accepted_at, s.submitted_at, s.closed_at, s.case_due,
                s.unit_due, s.act_by(), at, s.stage.open(), self.grid, self.lon, self.lat
            ],
        )
        .await
    }
}
