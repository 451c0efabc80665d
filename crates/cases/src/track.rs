//! Following a case by its tracking code: stages, times and the unit; no people, no texts of others.

use crate::{
    Case,
    act::{Moved, Offer, offers},
    moves::{CallBack, Reopen, Withdraw},
    show::{EventView, history},
};
use axum::{Json, extract::State};
use calendar::Explanation;
use edge::{Body, Caller, House, Key, Limiter, PathOf, Problem};
use flow::{Move, Stage};
use kernel::{Actor, CaseId, Kind, Moment, NOT_FOUND, Refusal, Region, Rule, Who};
use rules::Book;
use serde::Serialize;
use std::sync::Arc;
use store::{Read, Tx, binds};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use vault::Vault;

const TOO_MANY_CODES: Rule = Rule {
    kind: Kind::TooMany,
    code: "track.too_many",
    zh: "查询过于频繁，请稍后再试。",
    en: "Too many look-ups. Please try again shortly.",
};

/// A case as whoever holds its tracking code sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrackView {
    /// Its number.
    pub number: String,
    /// Its region.
    pub region: Region,
    /// The region's name.
    pub region_name: Option<String>,
    /// The region's time zone (IANA).
    pub zone: Option<String>,
    /// Its stage.
    pub stage: Stage,
    /// Its round.
    pub round: i64,
    /// Its version.
    pub version: i64,
    /// The item.
    pub item_name: Option<String>,
    /// The unit that has it.
    pub unit_name: Option<String>,
    /// When it came in.
    pub reported_at: Moment,
    /// Until when it should be done.
    pub due_at: Option<Moment>,
    /// Whether that goes past the end of the holiday calendar, and is computed again when the next year is known.
    pub provisional: bool,
    /// How that deadline comes about.
    pub explanation: Option<Explanation>,
    /// Suspended until then.
    pub suspended_until: Option<Moment>,
    /// The case it goes on in.
    pub merged_into: Option<MergedInto>,
    /// When it ended.
    pub closed_at: Option<Moment>,
    /// The steps so far.
    pub steps: Vec<TrackStep>,
    /// What the reporter can do now.
    pub moves: Vec<Offer>,
    /// When and for what the desk looked at the reporter's telephone number.
    pub contact_reads: Vec<ContactRead>,
}

/// The case that another goes on in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MergedInto {
    /// Its number.
    pub number: String,
    /// Its stage.
    pub stage: Stage,
}

/// A grant says until when it suspends: what was asked for just before.
fn with_dates(mut steps: Vec<EventView>) -> Vec<EventView> {
    let mut asked = None;
    for e in &mut steps {
        match e.make {
            Move::RequestSuspension => asked = e.until,
            Move::RequestExtension => asked = None,
            Move::Grant => e.until = asked.take(),
            _ => {}
        }
    }
    steps
}

/// Whether a move is the reporter's business: what moves the case or its deadline, not what the house does
/// within itself (reminders, reviews, ratings, who stands aside).
fn told_to_reporters(make: Move) -> bool {
    use Move::*;
    matches!(
        make,
        Report
            | File
            | Decline
            | Dispatch
            | Arbitrate
            | Accept
            | Submit
            | Verify
            | Rework
            | Close
            | SendBack
            | Withdraw
            | Reopen
            | AskCheck
            | AnswerCheck
            | CallBack
            | Grant
            | Resume
            | Merge
            | Unmerge
            | Recalendar
            | RefuseConsent
    )
}

/// A step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrackStep {
    /// The move.
    #[serde(rename = "move")]
    pub make: Move,
    /// The stage it led to.
    pub stage: Stage,
    /// When.
    pub at: Moment,
    /// The unit that was asked.
    pub unit_name: Option<String>,
    /// What the desk or the unit told the reporter: the reason of declining, and where else to go.
    pub told: Option<String>,
    /// Where else to go.
    pub pointer: Option<String>,
    /// The resident's deadline after it, where it moved.
    pub due_at: Option<Moment>,
    /// Suspended until then, by a suspension that was granted.
    pub until: Option<Moment>,
}

/// A look at the reporter's telephone number.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactRead {
    /// When.
    pub at: Moment,
    /// What for.
    pub purpose: String,
}

struct Find(String);
impl Read for Find {
    type Out = (Region, CaseId);
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<(Region, CaseId), Refusal> {
        let index = tx.vault().index("tracking", &self.0);
        let found =
            tx.maybe("SELECT region, case_id FROM tracking_codes WHERE code = $1", binds![index]).await?;
        found.ok_or_else(|| NOT_FOUND.refuse())
    }
}

struct Lookups(Limiter);

/// The actor who holds this tracking code, and the case. A wrong code is told like any absent thing.
pub async fn tracked(house: &House, actor: &Actor, typed: &str) -> Result<(Actor, Region, CaseId), Refusal> {
    let limiter = house.keep_with(|| Lookups(Limiter::new(60, 60_000)));
    if !limiter.0.take(house.db().world().now(), actor.address) {
        return Err(TOO_MANY_CODES.refuse());
    }
    let code = Vault::tidy_tracking_code(typed).ok_or_else(|| NOT_FOUND.refuse())?;
    let (region, case) = house.db().read(actor, Find(code)).await?;
    Ok((Actor { who: Who::Tracking(region, case), ..actor.clone() }, region, case))
}

struct Track {
    region: Region,
    case: CaseId,
    book: Arc<Book>,
}

impl Read for Track {
    type Out = TrackView;
    async fn run(&self, tx: &mut Tx) -> Result<TrackView, Refusal> {
        let actor = tx.actor().clone();
        let (scope, case) = Case::seen(tx, self.region, self.case).await?;
        let steps = history(tx, &case).await?;
        let place: Option<(String, String)> =
            tx.maybe("SELECT name, zone FROM regions WHERE code = $1", binds![case.region]).await?;
        let s = &case.state;
        let item_name = match s.item {
            Some(item) => items::name_of(tx, case.region, item).await?,
            None => None,
        };
        let contact_reads: Vec<(Moment, String)> = tx
            .all(
                "SELECT at, purpose FROM contact_reads WHERE region = $1 AND case_id = $2 ORDER BY at",
                binds![case.region, case.id],
            )
            .await?;
        let unit_name = steps.iter().rev().find(|e| e.unit.is_some()).and_then(|e| e.unit_name.clone());
        let moves = offers(s, &scope.stand(&actor, &case), self.book.rules(s.rules));
        let due = s.clocks.case.as_ref();
        // Of the case this one went into: where it stands, never what it says.
        let merged_into: Option<(String, i64)> = match s.side.merged_into {
            Some(other) => {
                tx.maybe(
                    "SELECT number, stage FROM cases WHERE region = $1 AND id = $2",
                    binds![case.region, other],
                )
                .await?
            }
            None => None,
        };
        let merged_into =
            merged_into.and_then(|(number, stage)| Some(MergedInto { number, stage: Stage::stored(stage)? }));
        let (region_name, zone) = place.unzip();
        Ok(TrackView {
            number: case.number,
            region: case.region,
            region_name,
            zone,
            stage: s.stage,
            round: s.round,
            version: s.version,
            item_name,
            unit_name: unit_name.filter(|_| s.unit.is_some()),
            reported_at: s.reported_at,
            due_at: due.and_then(|r| r.due),
            provisional: due.is_some_and(|r| r.provisional),
            explanation: due.map(|r| r.explain(self.book.calendar(None))),
            suspended_until: s.side.suspended_until,
            merged_into,
            closed_at: s.closed_at,
            steps: with_dates(steps)
                .into_iter()
                .filter(|e| told_to_reporters(e.make))
                .map(|e| {
                    // The only texts meant for the reporter are the reasons of declining.
                    let told = (e.make == Move::Decline).then_some(e.note).flatten();
                    let pointer = (e.make == Move::Decline).then_some(e.clause).flatten();
                    TrackStep {
                        make: e.make,
                        stage: e.to,
                        at: e.at,
                        unit_name: e.unit_name,
                        told,
                        pointer,
                        due_at: e.case_due_at,
                        until: e.until,
                    }
                })
                .collect(),
            moves,
            contact_reads: contact_reads
                .into_iter()
                .map(|(at, purpose)| ContactRead { at, purpose })
                .collect(),
        })
    }
}

/// Follow a case by its tracking code; anyone who holds it may.
#[utoipa::path(get, path = "/api/track/{code}", operation_id = "track_case", tag = "track",
    params(("code" = String, Path, description = "As on the receipt; case and hyphens don't matter")),
    responses((status = 200, body = TrackView)))]
pub(crate) async fn track(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(code): PathOf<String>,
) -> Result<Json<TrackView>, Problem> {
    let (actor, region, case) = tracked(&house, &actor, &code).await?;
    let book = rules::book(&house, region).await?;
    Ok(Json(house.db().read(&actor, Track { region, case, book }).await?))
}

/// Take a report back, by its tracking code.
#[utoipa::path(post, path = "/api/track/{code}/withdraw", operation_id = "track_withdraw", tag = "track",
    params(("code" = String, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    request_body = Withdraw, responses((status = 200, body = Moved)))]
pub(crate) async fn withdraw(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(code): PathOf<String>,
    Key(key): Key,
    Body(input): Body<Withdraw>,
) -> Result<Json<Moved>, Problem> {
    let (actor, region, case) = tracked(&house, &actor, &code).await?;
    crate::act::act(&house, &actor, (region, case), key, input).await.map(Json)
}

/// Reopen a closed case, by its tracking code, within the time for it.
#[utoipa::path(post, path = "/api/track/{code}/reopen", operation_id = "track_reopen", tag = "track",
    params(("code" = String, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    request_body = Reopen, responses((status = 200, body = Moved)))]
pub(crate) async fn reopen(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(code): PathOf<String>,
    Key(key): Key,
    Body(input): Body<Reopen>,
) -> Result<Json<Moved>, Problem> {
    let (actor, region, case) = tracked(&house, &actor, &code).await?;
    crate::act::act(&house, &actor, (region, case), key, input).await.map(Json)
}

/// Answer the call-back of a drawn case, by its tracking code.
#[utoipa::path(post, path = "/api/track/{code}/call-back", operation_id = "track_call_back", tag = "track",
    params(("code" = String, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    request_body = CallBack, responses((status = 200, body = Moved)))]
pub(crate) async fn call_back(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(code): PathOf<String>,
    Key(key): Key,
    Body(input): Body<CallBack>,
) -> Result<Json<Moved>, Problem> {
    let (actor, region, case) = tracked(&house, &actor, &code).await?;
    crate::act::act(&house, &actor, (region, case), key, input).await.map(Json)
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(track))
        .routes(routes!(withdraw))
        .routes(routes!(reopen))
        .routes(routes!(call_back))
}
