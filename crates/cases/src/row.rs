use crate::scope::Scope;
use calendar::Limit;
use flow::{Asks, Clocks, Side, Stage, State};
use kernel::{AccountId, Actor, AreaCode, CaseId, Moment, NOT_FOUND, Refusal, Region};
use store::{Cond, Filter, FromRow, Row, StoreError, Tx, Value, binds};

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
    /// Whether the reader has declared a conflict with the unit that has it.
    pub conflict: bool,
    /// Where it stands.
    pub state: State,
    /// The moment of reading.
    pub now: Moment,
    /// Its row is of the first version, whose clocks follow from its hours.
    pub of_hours: bool,
}

/// The columns of [`Case`], in its order; [`from_cases`] closes the list.
const COLUMNS: &str = "SELECT c.region, c.id, c.number, c.channel, c.grid, c.lon, c.lat, c.reporter, c.seen_at,
  c.stage, c.round, c.version, c.firm, c.item, c.catalogue, c.condition, c.time_limit, c.urgent, c.rules, c.unit, c.handler, c.checker, c.handled_by,
  c.verified, c.asks, c.sent_back, c.reported_at, c.filed_at, c.dispatched_at, c.accepted_at, c.submitted_at, c.closed_at,
  c.case_due, c.unit_due, c.clocks, c.side, ";

/// A question for whole cases, up to its condition.
pub(crate) fn from_cases() -> Filter {
    Filter::new(COLUMNS).text("FALSE FROM cases c WHERE ")
}

/// The same, with whether the actor has declared a conflict with the unit.
fn as_seen_by(actor: &Actor) -> Filter {
    match actor.account() {
        None => from_cases(),
        Some(account) => Filter::new(COLUMNS)
            .text("EXISTS (SELECT 1 FROM conflicts k WHERE k.region = c.region AND k.unit = c.unit AND k.account = ")
            .bind(account)
            .text(") FROM cases c WHERE "),
    }
}

fn broken(what: &str) -> StoreError {
    StoreError::Internal(format!("a stored case has no readable {what}"))
}

impl FromRow for Case {
    fn from_row(r: &mut Row<'_>) -> Result<Case, StoreError> {
        let (region, id, number, channel) = (r.next()?, r.next()?, r.next()?, r.next()?);
        let (grid, lon, lat, reporter, seen_at) = (r.next()?, r.next()?, r.next()?, r.next()?, r.next()?);
        let mut state = State {
            stage: Stage::stored(r.next()?).ok_or_else(|| broken("stage"))?,
            round: r.next()?,
            version: r.next()?,
            firm: r.next()?,
            item: r.next()?,
            catalogue: r.next()?,
            condition: r.next()?,
            limit: match r.next::<Option<String>>()? {
                Some(code) => Some(Limit::parse(&code).map_err(|_| broken("limit"))?),
                None => None,
            },
            urgent: r.next()?,
            rules: r.next()?,
            unit: r.next()?,
            handler: r.next()?,
            checker: r.next()?,
            handled_by: r.next()?,
            verified: r.next()?,
            asks: Asks::stored(r.next()?),
            sent_back: r.next()?,
            reported_at: r.next()?,
            filed_at: r.next()?,
            dispatched_at: r.next()?,
            accepted_at: r.next()?,
            submitted_at: r.next()?,
            closed_at: r.next()?,
            clocks: Clocks::default(),
            side: Side::default(),
        };
        let (case_due, unit_due): (Option<Moment>, Option<Moment>) = (r.next()?, r.next()?);
        let (clocks, side): (String, String) = (r.next()?, r.next()?);
        let of_hours = clocks.is_empty();
        state.clocks = match clocks.as_str() {
            "" => Clocks::of_hours(state.limit, case_due, unit_due),
            text => serde_json::from_str(text).map_err(|_| broken("clocks"))?,
        };
        if !side.is_empty() {
            state.side = serde_json::from_str(&side).map_err(|_| broken("side"))?;
        }
        let conflict = r.next()?;
        Ok(Case {
            region,
            id,
            number,
            channel,
            grid,
            lon,
            lat,
            reporter,
            seen_at,
            conflict,
            state,
            now: Moment(0),
            of_hours,
        })
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Internal(e.to_string()))
}

impl Case {
    /// The case, if it exists and the scope allows it; the same refusal otherwise.
    pub async fn find(tx: &mut Tx, scope: &Scope, id: CaseId) -> Result<Case, Refusal> {
        let cond = Cond::All(vec![Cond::is("c.id = ?", [id]), scope.cond()]);
        let (sql, binds) = as_seen_by(tx.actor()).cond(&cond).done();
        let found: Option<Case> = tx.maybe(sql, binds).await?;
        let now = tx.at();
        found.map(|c| Case { now, ..c }).ok_or_else(|| NOT_FOUND.refuse())
    }

    /// The case of this number or id, if the scope allows it.
    pub(crate) async fn named(tx: &mut Tx, scope: &Scope, name: &str) -> Result<Option<Case>, Refusal> {
        let name = name.trim();
        let which = match name.parse::<CaseId>() {
            Ok(id) => Cond::is("c.id = ?", [id]),
            Err(_) => Cond::is("c.number = ?", [name]),
        };
        let (sql, binds) = as_seen_by(tx.actor()).cond(&Cond::All(vec![which, scope.cond()])).done();
        Ok(tx.maybe(sql, binds).await?)
    }

    /// The scope of the transaction's actor and the case in it.
    pub async fn seen(tx: &mut Tx, region: Region, id: CaseId) -> Result<(Scope, Case), Refusal> {
        let actor: Actor = tx.actor().clone();
        let scope = Scope::of(&actor, region)?;
        let case = Case::find(tx, &scope, id).await?;
        Ok((scope, case))
    }

    /// The moment of a step made now: the machine's clock may have been set back, but a case's own time
    /// never runs backwards.
    pub(crate) fn no_earlier(&self, now: Moment) -> Moment {
        let s = &self.state;
        [s.filed_at, s.dispatched_at, s.accepted_at, s.submitted_at, s.closed_at]
            .into_iter()
            .flatten()
            .fold(now.max(s.reported_at), Moment::max)
    }

    fn side(&self) -> Result<String, StoreError> {
        if self.state.side == Side::default() { Ok(String::new()) } else { json(&self.state.side) }
    }

    /// Writes a new case's row.
    pub(crate) async fn insert(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let s = &self.state;
        let at = tx.at();
        tx.put(
            "INSERT INTO cases (region, id, number, channel, grid, lon, lat, reporter, seen_at, stage, round, version, item,
               urgent, verified, reported_at, act_by, updated_at, open, firm, rules, alarm_at, provisional, clocks)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)",
            binds![
                self.region, self.id, &self.number, &self.channel, self.grid, self.lon, self.lat, self.reporter, self.seen_at,
                s.stage.number(), s.round, s.version, s.item, s.urgent, s.verified, s.reported_at, s.act_by(), at, s.stage.open(),
                s.firm, s.rules, s.clocks.alarm, s.provisional(), json(&s.clocks)?
            ],
        )
        .await
    }

    /// What the columns hold that a move may change; clocks and side, being long, only where they are wanted.
    fn columns(&self) -> [(&'static str, Value); 31] {
        let s = &self.state;
        let (case_due, unit_due) = s.dues();
        [
            (", stage = ", s.stage.number().into()),
            (", round = ", s.round.into()),
            (", item = ", s.item.into()),
            (", catalogue = ", s.catalogue.into()),
            (", condition = ", s.condition.into()),
            (", time_limit = ", s.limit.map(|l| l.code()).into()),
            (", urgent = ", s.urgent.into()),
            (", unit = ", s.unit.into()),
            (", handler = ", s.handler.into()),
            (", handled_by = ", s.handled_by.into()),
            (", verified = ", s.verified.into()),
            (", filed_at = ", s.filed_at.into()),
            (", dispatched_at = ", s.dispatched_at.into()),
            (", accepted_at = ", s.accepted_at.into()),
            (", submitted_at = ", s.submitted_at.into()),
            (", closed_at = ", s.closed_at.into()),
            (", case_due = ", case_due.into()),
            (", unit_due = ", unit_due.into()),
            (", act_by = ", s.act_by().into()),
            (", open = ", s.stage.open().into()),
            (", grid = ", self.grid.into()),
            (", lon = ", self.lon.into()),
            (", lat = ", self.lat.into()),
            (", firm = ", s.firm.into()),
            (", rules = ", s.rules.into()),
            (", checker = ", s.checker.into()),
            (", asks = ", s.asks.map_or(0, |a| a.number()).into()),
            (", sent_back = ", s.sent_back.into()),
            (", urged = ", s.side.urged_until.is_some().into()),
            (", provisional = ", s.provisional().into()),
            (", alarm_at = ", s.clocks.alarm.into()),
        ]
    }

    /// Writes the state after a move. The event of the same step, whose key is the version, decides
    /// between two who moved at once.
    ///
    /// Only what the move changed is named: SQLite writes every index anew that has a named column, changed or
    /// not. `before` is the case as its row has it; without it everything is written.
    pub(crate) async fn update(&self, tx: &mut Tx, before: Option<&Case>) -> Result<(), StoreError> {
        let at = tx.at();
        let before = before.filter(|b| !b.of_hours);
        let was = before.map(Case::columns);
        // An alarm that had nothing to do was taken out of the row, though the clocks still tell it.
        let rung = before.is_some_and(|b| b.state.clocks.alarm.is_some_and(|a| a <= at));
        let mut filter = Filter::new("UPDATE cases SET version = ").bind(self.state.version);
        filter = filter.text(", updated_at = ").bind(at);
        for (i, (name, value)) in self.columns().into_iter().enumerate() {
            let same = was.as_ref().is_some_and(|w| w[i].1 == value);
            if !same || (rung && name == ", alarm_at = ") {
                filter = filter.text(name).bind(value);
            }
        }
        if before.is_none_or(|b| b.state.clocks != self.state.clocks) {
            filter = filter.text(", clocks = ").bind(json(&self.state.clocks)?);
        }
        if before.is_none_or(|b| b.state.side != self.state.side) {
            filter = filter.text(", side = ").bind(self.side()?);
        }
        filter = filter.text(" WHERE region = ").bind(self.region).text(" AND id = ").bind(self.id);
        let (sql, binds) = filter.done();
        tx.put(sql, binds).await
    }
}
