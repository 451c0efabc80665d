//! One case, whole: state, texts, history, evidence, and the moves open to whoever looks.

use crate::{
    Case,
    act::{Offer, offers},
    contact::{self, Contact},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use edge::{Caller, House, PathOf, Problem};
use flow::{Move, Stage, Step};
use kernel::{
    AccountId, Actor, AreaCode, AttachmentId, CaseId, ItemCode, Level, Moment, Refusal, Region, UnitId,
};
use serde::Serialize;
use std::collections::HashMap;
use store::{Read, Tx, binds};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// A case as somebody who may see it sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseView {
    /// The case.
    pub id: CaseId,
    /// Its region.
    pub region: Region,
    /// Its number.
    pub number: String,
    /// Its stage.
    pub stage: Stage,
    /// Its round.
    pub round: i64,
    /// Its version: give it back with a move.
    pub version: i64,
    /// Whether it is urgent.
    pub urgent: bool,
    /// Through which channel it came.
    pub channel: String,
    /// The first words.
    pub title: String,
    /// The report.
    pub text: String,
    /// Where, in words.
    pub place: Option<String>,
    /// The item.
    pub item: Option<ItemCode>,
    /// The grid.
    pub grid: Option<AreaCode>,
    /// Degrees east.
    pub lon: Option<f64>,
    /// Degrees north.
    pub lat: Option<f64>,
    /// The unit.
    pub unit: Option<UnitId>,
    /// The handler.
    pub handler: Option<AccountId>,
    /// Whether the result has been verified.
    pub verified: bool,
    /// When it came in.
    pub reported_at: Moment,
    /// When the reporter saw it.
    pub seen_at: Option<Moment>,
    /// When it was filed.
    pub filed_at: Option<Moment>,
    /// When the result was submitted.
    pub submitted_at: Option<Moment>,
    /// When it ended.
    pub closed_at: Option<Moment>,
    /// The deadline that counts now.
    pub due_at: Option<Moment>,
    /// The resident's deadline: the case clock.
    pub case_due_at: Option<Moment>,
    /// The unit's deadline: the unit clock.
    pub unit_due_at: Option<Moment>,
    /// Whether the deadline that counts has passed.
    pub overdue: bool,
    /// Whether it still asks for something.
    pub open: bool,
    /// Names of what is named by code or id.
    pub names: Names,
    /// The reporter's contact; only for those who may reveal it.
    pub contact: Option<Contact>,
    /// Pictures.
    pub attachments: Vec<Picture>,
    /// The moves open to the caller.
    pub moves: Vec<Offer>,
    /// What happened.
    pub events: Vec<EventView>,
}

/// Names.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Names {
    /// The unit's.
    pub unit: Option<String>,
    /// The handler's.
    pub handler: Option<String>,
    /// The item's.
    pub item: Option<String>,
    /// The street's.
    pub street: Option<String>,
    /// The community's.
    pub community: Option<String>,
    /// The grid's.
    pub grid: Option<String>,
}

/// A picture of a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Picture {
    /// The attachment.
    pub id: AttachmentId,
    /// Pixels across.
    pub width: i64,
    /// Pixels down.
    pub height: i64,
    /// The step it came with.
    pub n: i64,
}

/// Who made a move.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct By {
    /// The person's name; reporters have none here.
    pub name: Option<String>,
    /// The role it was done in.
    pub role: Option<String>,
}

/// One step of the history.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventView {
    /// Which step.
    pub n: i64,
    /// When.
    pub at: Moment,
    /// The move.
    #[serde(rename = "move")]
    pub make: Move,
    /// From which stage.
    pub from: Option<Stage>,
    /// To which stage.
    pub to: Stage,
    /// In which round.
    pub round: i64,
    /// By whom.
    pub actor: By,
    /// The unit it was dispatched to.
    pub unit: Option<UnitId>,
    /// Its name.
    pub unit_name: Option<String>,
    /// The handler it was handed to.
    pub handler: Option<AccountId>,
    /// The handler's name.
    pub handler_name: Option<String>,
    /// What was said.
    pub note: Option<String>,
    /// The clause it stands on, or where else to go.
    pub clause: Option<String>,
    /// Pictures it brought.
    pub attachments: Vec<AttachmentId>,
}

type EventRow =
    (i64, Moment, Option<AccountId>, Option<String>, String, Option<String>, Option<String>, Option<String>);

/// The history of a case, oldest first. Reporters are never named: their identity lives apart.
pub(crate) async fn history(tx: &mut Tx, case: &Case) -> Result<Vec<EventView>, Refusal> {
    let rows: Vec<EventRow> = tx
        .all(
            "SELECT e.n, e.at, e.account, e.role, e.data, a.name, k.note, k.clause
             FROM events e
             LEFT JOIN accounts a ON a.id = e.account
             LEFT JOIN case_notes k ON k.region = e.region AND k.case_id = e.stream AND k.n = e.n
             WHERE e.region = $1 AND e.stream = $2 ORDER BY e.n",
            binds![case.region, case.id],
        )
        .await?;
    let units: HashMap<UnitId, String> = tx
        .all::<(UnitId, String)>(
            "SELECT u.id, u.name FROM units u WHERE u.region = $1 AND u.id IN
               (SELECT c.unit FROM cases c WHERE c.region = $1 AND c.id = $2)",
            binds![case.region, case.id],
        )
        .await?
        .into_iter()
        .collect();
    let mut events: Vec<EventView> = Vec::with_capacity(rows.len());
    let mut round = 1;
    let mut from = None;
    for (n, at, _, role, data, name, note, clause) in rows {
        let step: Step =
            serde_json::from_str(&data).map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
        round += i64::from(step.make == Move::Reopen);
        let reporter = role.as_deref() == Some("reporter");
        events.push(EventView {
            n,
            at,
            make: step.make,
            from,
            to: step.to,
            round,
            actor: By { name: name.filter(|_| !reporter), role },
            unit: step.unit,
            unit_name: step.unit.and_then(|u| units.get(&u).cloned()),
            handler: step.handler,
            handler_name: None,
            note,
            clause,
            attachments: Vec::new(),
        });
        from = Some(step.to);
    }
    for e in &mut events {
        if let (Some(unit), None) = (e.unit, &e.unit_name) {
            let sql = "SELECT name FROM units WHERE region = $1 AND id = $2";
            e.unit_name = tx.maybe::<(String,)>(sql, binds![case.region, unit]).await?.map(|r| r.0);
        }
        if let Some(handler) = e.handler {
            e.handler_name = account_name(tx, handler).await?;
        }
    }
    Ok(events)
}

async fn account_name(tx: &mut Tx, account: AccountId) -> Result<Option<String>, Refusal> {
    Ok(tx.maybe::<(String,)>("SELECT name FROM accounts WHERE id = $1", binds![account]).await?.map(|r| r.0))
}

async fn area_name(tx: &mut Tx, case: &Case, level: Level) -> Result<Option<String>, Refusal> {
    let Some(code) = case.grid.and_then(|g| g.at(level)) else { return Ok(None) };
    let sql = "SELECT name FROM areas WHERE region = $1 AND code = $2 ORDER BY from_at DESC LIMIT 1";
    Ok(tx.maybe::<(String,)>(sql, binds![case.region, code]).await?.map(|r| r.0))
}

/// The case, if the actor may see it.
pub struct ShowCase {
    /// The region.
    pub region: Region,
    /// The case.
    pub case: CaseId,
    /// How long after closing it may be reopened, ms.
    pub reopening: i64,
}

impl Read for ShowCase {
    type Out = CaseView;

    async fn run(&self, tx: &mut Tx) -> Result<CaseView, Refusal> {
        let actor: Actor = tx.actor().clone();
        let (scope, case) = Case::seen(tx, self.region, self.case).await?;
        let texts: Option<(String, Option<String>, String)> = tx
            .maybe(
                "SELECT title, place, text FROM case_texts WHERE region = $1 AND case_id = $2",
                binds![case.region, case.id],
            )
            .await?;
        let (title, place, text) = texts.unwrap_or_default();
        let mut events = history(tx, &case).await?;
        let pictures = attachments::of_case(tx, case.region, case.id).await?;
        let attachments: Vec<Picture> = pictures
            .into_iter()
            .map(|p| Picture { id: p.id, width: p.width, height: p.height, n: p.n })
            .collect();
        for e in &mut events {
            e.attachments = attachments.iter().filter(|p| p.n == e.n).map(|p| p.id).collect();
        }
        let s = &case.state;
        let mut names = Names {
            street: area_name(tx, &case, Level::Street).await?,
            community: area_name(tx, &case, Level::Community).await?,
            grid: area_name(tx, &case, Level::Grid).await?,
            ..Names::default()
        };
        if let Some(unit) = s.unit {
            let sql = "SELECT name FROM units WHERE region = $1 AND id = $2";
            names.unit = tx.maybe::<(String,)>(sql, binds![case.region, unit]).await?.map(|r| r.0);
        }
        if let Some(handler) = s.handler {
            names.handler = account_name(tx, handler).await?;
        }
        if let Some(item) = s.item {
            let sql = "SELECT name FROM items WHERE region = $1 AND code = $2";
            names.item = tx.maybe::<(String,)>(sql, binds![case.region, item]).await?.map(|r| r.0);
        }
        let contact = contact::shown(tx, &case).await?;
        let moves = if actor.token_may(kernel::TokenScope::MoveCases).is_ok() {
            offers(s, &scope.stand(&actor, &case, self.reopening))
        } else {
            Vec::new()
        };
        let due_at = s.due();
        Ok(CaseView {
            id: case.id,
            region: case.region,
            stage: s.stage,
            round: s.round,
            version: s.version,
            urgent: s.urgent,
            item: s.item,
            unit: s.unit,
            handler: s.handler,
            verified: s.verified,
            reported_at: s.reported_at,
            filed_at: s.filed_at,
            submitted_at: s.submitted_at,
            closed_at: s.closed_at,
            due_at,
            case_due_at: s.case_due,
            unit_due_at: s.unit_due,
            overdue: s.stage.open() && due_at.is_some_and(|d| case.now > d),
            open: s.stage.open(),
            number: case.number,
            channel: case.channel,
            grid: case.grid,
            lon: case.lon,
            lat: case.lat,
            seen_at: case.seen_at,
            title,
            text,
            place,
            names,
            contact,
            attachments,
            moves,
            events,
        })
    }
}

/// A case with its history and the moves open to the caller.
#[utoipa::path(get, path = "/api/regions/{region}/cases/{case}", operation_id = "show_case", tag = "cases",
    params(("region" = Region, Path), ("case" = CaseId, Path)),
    responses((status = 200, body = CaseView), (status = 304, description = "It has not changed")))]
pub(crate) async fn show(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, case)): PathOf<(Region, CaseId)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    actor.signed_in()?;
    let reopening = house.settings().reopen_days * Moment::DAY;
    let view = house.db().read(&actor, ShowCase { region, case, reopening }).await?;
    let body = serde_json::to_vec(&view).map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
    // The tag covers everything shown: moves and lateness change with time and posts, not only by moves.
    let digest = vault::sha256(&body);
    let tag = format!("\"{}-{}\"", view.version, vault::hex(&digest[..8]));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|v| v == tag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    };
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// The history of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct Events {
    /// Oldest first.
    pub items: Vec<EventView>,
}

struct History {
    region: Region,
    case: CaseId,
}
impl Read for History {
    type Out = Vec<EventView>;
    async fn run(&self, tx: &mut Tx) -> Result<Vec<EventView>, Refusal> {
        let (_, case) = Case::seen(tx, self.region, self.case).await?;
        history(tx, &case).await
    }
}

/// What happened to a case, oldest first.
#[utoipa::path(get, path = "/api/regions/{region}/cases/{case}/events", operation_id = "case_events", tag = "cases",
    params(("region" = Region, Path), ("case" = CaseId, Path)), responses((status = 200, body = Events)))]
pub(crate) async fn events(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, case)): PathOf<(Region, CaseId)>,
) -> Result<Json<Events>, Problem> {
    actor.signed_in()?;
    let items = house.db().read(&actor, History { region, case }).await?;
    Ok(Json(Events { items }))
}

/// A picture may be seen by whoever may see its case, and by whoever uploaded it while it has none.
struct MayLook {
    region: Region,
    id: AttachmentId,
}
impl Read for MayLook {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let row: Option<(Option<CaseId>, Option<AccountId>)> = tx
            .maybe(
                "SELECT linked_case, uploader FROM attachments WHERE region = $1 AND id = $2",
                binds![self.region, self.id],
            )
            .await?;
        match row {
            Some((Some(case), _)) => Case::seen(tx, self.region, case).await.map(drop),
            Some((None, Some(up))) if tx.actor().account() == Some(up) => Ok(()),
            _ => Err(kernel::NOT_FOUND.refuse()),
        }
    }
}

/// A picture of a case.
#[utoipa::path(get, path = "/api/regions/{region}/attachments/{id}", operation_id = "get_attachment", tag = "attachments",
    params(("region" = Region, Path), ("id" = AttachmentId, Path)),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>)))]
pub(crate) async fn picture(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, AttachmentId)>,
) -> Result<Response, Problem> {
    actor.signed_in()?;
    house.db().read(&actor, MayLook { region, id }).await?;
    attachments::serve(&house, region, id, false).await
}

/// A small copy of a picture of a case.
#[utoipa::path(get, path = "/api/regions/{region}/attachments/{id}/thumbnail", operation_id = "get_thumbnail", tag = "attachments",
    params(("region" = Region, Path), ("id" = AttachmentId, Path)),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>)))]
pub(crate) async fn thumbnail(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, AttachmentId)>,
) -> Result<Response, Problem> {
    actor.signed_in()?;
    house.db().read(&actor, MayLook { region, id }).await?;
    attachments::serve(&house, region, id, true).await
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(events))
        .routes(routes!(picture))
        .routes(routes!(thumbnail))
}
