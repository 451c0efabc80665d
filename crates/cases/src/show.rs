//! One case, whole: state, texts, history, evidence, and the moves open to whoever looks.

use crate::{
    Case, Scope,
    act::{Offer, offers},
    contact::{self, Contact},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use calendar::{Explanation, Limit, Run};
use edge::{Caller, House, PathOf, Problem};
use flow::{Answers, Appealed, Asks, Move, Request, Stage, Step};
use kernel::{
    AccountId, Actor, AreaCode, AttachmentId, CaseId, ItemCode, Level, Moment, Refusal, Region, UnitId,
};
use rules::Book;
use serde::Serialize;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
use store::{Cond, Filter, Read, Tx, binds};
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
    /// The version of the catalogue it was filed by.
    pub catalogue: Option<i64>,
    /// The condition it was filed under, as that version has it.
    pub condition: Option<FiledUnder>,
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
    /// The clocks, and how their deadlines come about.
    pub clocks: Vec<ClockView>,
    /// Whether the deadline that counts has passed.
    pub overdue: bool,
    /// What it waits to have decided.
    pub asks: Option<Asks>,
    /// Whether it came to where it is by being sent back.
    pub sent_back: bool,
    /// What stands beside the stages.
    pub side: SideView,
    /// The version of the region's rules that it keeps.
    pub rules: i64,
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

/// The condition a case was filed under.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FiledUnder {
    /// Its number within the item.
    pub n: i64,
    /// When a case is filed under it (立案条件); empty where the item's name says it all.
    pub filing: String,
    /// When it may be closed (结案条件).
    pub closing: String,
    /// The legal basis.
    pub basis: String,
}

/// What its item is called and the condition it stands on: by the version of the catalogue that the case keeps,
/// whatever the catalogue has become since.
async fn filed_under(tx: &mut Tx, case: &Case) -> Result<(Option<String>, Option<FiledUnder>), Refusal> {
    let s = &case.state;
    let Some(item) = s.item else { return Ok((None, None)) };
    let kept = match s.catalogue {
        Some(version) => items::find_in(tx, case.region, version, item).await?,
        None => None,
    };
    let Some(kept) = kept else { return Ok((items::name_of(tx, case.region, item).await?, None)) };
    let condition = s.condition.and_then(|n| kept.condition(n)).map(|c| FiledUnder {
        n: c.n,
        filing: c.filing.clone(),
        closing: c.closing.clone(),
        basis: c.basis.clone(),
    });
    Ok((Some(kept.name), condition))
}

/// Which clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// The resident's, from filing.
    Case,
    /// The unit's.
    Unit,
    /// The desk's.
    Desk,
    /// An assisting unit's.
    Party,
}

/// A clock as it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClockView {
    /// Which.
    pub clock: ClockKind,
    /// The unit it belongs to.
    pub unit: Option<UnitId>,
    /// Its name.
    pub unit_name: Option<String>,
    /// Since when it runs with what is left; absent while it is stopped; ahead of now while suspended.
    pub since: Option<Moment>,
    /// When it is used up.
    pub due_at: Option<Moment>,
    /// Whether it is the one that counts now.
    pub counts: bool,
    /// Whether it is late: strictly after its due.
    pub late: bool,
    /// Whether it counts days past the end of the holiday calendar: it is computed again when the next year is known.
    pub provisional: bool,
    /// How its due comes about.
    pub explanation: Explanation,
}

/// An assisting unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartyView {
    /// The unit.
    pub unit: UnitId,
    /// Its name.
    pub name: Option<String>,
    /// When it was summoned.
    pub asked_at: Moment,
    /// When it responded.
    pub responded_at: Option<Moment>,
    /// When it handed in its part, or was released.
    pub done_at: Option<Moment>,
    /// Whether it was released.
    pub released: bool,
    /// How the lead unit rated it.
    pub rated: Option<i64>,
    /// How it rated the lead unit.
    pub rates: Option<i64>,
}

/// Another case that this one is linked to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LinkView {
    /// `merged` or `duplicate`.
    pub kind: String,
    /// Whether this case points at the other (else the other at this).
    pub outward: bool,
    /// The other case.
    pub case: CaseId,
    /// Its number.
    pub number: String,
    /// Its stage.
    pub stage: Stage,
}

/// What stands beside the stages.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct SideView {
    /// The unit answerable until another accepts (首接负责).
    pub answerable: Option<UnitId>,
    /// Its name.
    pub answerable_name: Option<String>,
    /// Refusals in this round.
    pub refusals: i64,
    /// Whether the unit has it by a ruling.
    pub ruled: bool,
    /// The request that waits.
    pub request: Option<Request>,
    /// Extensions granted.
    pub extensions: i64,
    /// Suspended until then.
    pub suspended_until: Option<Moment>,
    /// Units that assist.
    pub parties: Vec<PartyView>,
    /// Whether the check on the spot found the matter there.
    pub found: Option<bool>,
    /// What the reporter answered when called back.
    pub answers: Option<Answers>,
    /// Urged until then.
    pub urged_until: Option<Moment>,
    /// How far it has climbed, 0 to 3.
    pub level: i64,
    /// Links to other cases that the reader may see.
    pub links: Vec<LinkView>,
    /// The appeal.
    pub appeal: Option<Appealed>,
    /// The unit submitted late in this round: a fact.
    pub unit_late: bool,
    /// It was closed late in this round: a fact.
    pub case_late: bool,
    /// Whether the overdue mark stands: late, and no appeal upheld.
    pub marked_late: bool,
    /// Whether the reader has stood aside or declared a conflict with the unit.
    pub recused: bool,
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
    /// The assisting unit concerned.
    pub party: Option<UnitId>,
    /// Its name.
    pub party_name: Option<String>,
    /// Until when: a suspension, an urging.
    pub until: Option<Moment>,
    /// The limit: of the item, of an extension, of an assisting unit.
    #[schema(value_type = Option<String>)]
    pub limit: Option<Limit>,
    /// The other case: merged into, or a duplicate of.
    pub other: Option<CaseId>,
    /// Its number, if the reader may see it.
    pub other_number: Option<String>,
    /// The outcome of a check or a review; of a rating, whether the lead gave it.
    pub yes: Option<bool>,
    /// What the reporter answered.
    pub answers: Option<Answers>,
    /// A rating, 1 to 5.
    pub stars: Option<i64>,
    /// The resident's deadline after it, where it moved a clock.
    pub case_due_at: Option<Moment>,
    /// The unit's deadline after it, where it moved a clock.
    pub unit_due_at: Option<Moment>,
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
    let mut events: Vec<EventView> = Vec::with_capacity(rows.len());
    let mut round = 1;
    let mut from = None;
    let mut steps = Vec::with_capacity(rows.len());
    for row in rows {
        let step: Step =
            serde_json::from_str(&row.4).map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
        steps.push((row, step));
    }
    let (mut named, mut people) = (BTreeSet::new(), BTreeSet::new());
    for (_, s) in &steps {
        named.extend(s.unit.into_iter().chain(s.party));
        people.extend(s.handler.into_iter().chain(s.checker));
    }
    let units = unit_names(tx, case.region, named).await?;
    let people = account_names(tx, people).await?;
    for ((n, at, _, role, _, name, note, clause), step) in steps {
        round += i64::from(step.make == Move::Reopen);
        let reporter = role.as_deref() == Some("reporter");
        let handler = step.handler.or(step.checker);
        let due = |r: Option<&Run>| r.and_then(|r| r.due);
        let clocks = step.clocks.as_ref();
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
            handler,
            handler_name: handler.and_then(|h| people.get(&h).cloned()),
            note,
            clause,
            attachments: Vec::new(),
            party: step.party,
            party_name: step.party.and_then(|u| units.get(&u).cloned()),
            until: step.until,
            other: step.other,
            other_number: None,
            limit: step.limit,
            yes: step.yes,
            answers: step.answers,
            stars: step.stars,
            case_due_at: due(clocks.and_then(|c| c.case.as_ref())),
            unit_due_at: due(clocks.and_then(|c| c.unit.as_ref())),
        });
        from = Some(step.to);
    }
    Ok(events)
}

/// The names of these units, asked at once.
async fn unit_names(
    tx: &mut Tx,
    region: Region,
    ids: BTreeSet<UnitId>,
) -> Result<HashMap<UnitId, String>, Refusal> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let cond = Cond::All(vec![
        Cond::is("u.region = ?", [region]),
        Cond::In("u.id", ids.into_iter().map(Into::into).collect()),
    ]);
    let (sql, binds) = Filter::new("SELECT u.id, u.name FROM units u WHERE ").cond(&cond).done();
    Ok(tx.all::<(UnitId, String)>(sql, binds).await?.into_iter().collect())
}

/// The names of these accounts, asked at once.
async fn account_names(tx: &mut Tx, ids: BTreeSet<AccountId>) -> Result<HashMap<AccountId, String>, Refusal> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let cond = Cond::In("a.id", ids.into_iter().map(Into::into).collect());
    let (sql, binds) = Filter::new("SELECT a.id, a.name FROM accounts a WHERE ").cond(&cond).done();
    Ok(tx.all::<(AccountId, String)>(sql, binds).await?.into_iter().collect())
}

/// The numbers of the other cases that a history names, of those that the scope allows.
async fn numbers(
    tx: &mut Tx,
    scope: &Scope,
    events: &[EventView],
) -> Result<HashMap<CaseId, String>, Refusal> {
    let ids: BTreeSet<CaseId> = events.iter().filter_map(|e| e.other).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let cond = Cond::All(vec![Cond::In("c.id", ids.into_iter().map(Into::into).collect()), scope.cond()]);
    let (sql, binds) = Filter::new("SELECT c.id, c.number FROM cases c WHERE ").cond(&cond).done();
    Ok(tx.all::<(CaseId, String)>(sql, binds).await?.into_iter().collect())
}

/// The cases linked to this one that the scope allows, either way round.
async fn links(tx: &mut Tx, scope: &Scope, case: &Case) -> Result<Vec<LinkView>, Refusal> {
    let mut all = Vec::new();
    for (outward, text) in [
        (
            true,
            "SELECT l.kind, c.id, c.number, c.stage FROM case_links l
           JOIN cases c ON c.region = l.region AND c.id = l.other WHERE l.region = ",
        ),
        (
            false,
            "SELECT l.kind, c.id, c.number, c.stage FROM case_links l
           JOIN cases c ON c.region = l.region AND c.id = l.case_id WHERE l.region = ",
        ),
    ] {
        let filter = Filter::new(text).bind(case.region);
        let filter = filter.text(if outward { " AND l.case_id = " } else { " AND l.other = " }).bind(case.id);
        let (sql, binds) =
            filter.text(" AND ").cond(&scope.cond()).text(" ORDER BY c.number LIMIT 200").done();
        let rows: Vec<(String, CaseId, String, i64)> = tx.all(sql, binds).await?;
        all.extend(rows.into_iter().filter_map(|(kind, case, number, stage)| {
            Some(LinkView { kind, outward, case, number, stage: Stage::stored(stage)? })
        }));
    }
    Ok(all)
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
    /// The region's rules and calendars.
    pub book: Arc<Book>,
}

impl ShowCase {
    fn clocks(&self, case: &Case, units: &HashMap<UnitId, String>) -> Vec<ClockView> {
        let s = &case.state;
        let counts = s.clock();
        let view = |clock, unit: Option<UnitId>, run: &Run, stopped_at: Option<Moment>| ClockView {
            clock,
            unit,
            unit_name: unit.and_then(|u| units.get(&u).cloned()),
            since: run.since,
            due_at: run.due,
            counts: counts.is_some_and(|r| std::ptr::eq(r, run)),
            late: run.late(stopped_at.unwrap_or(case.now)),
            provisional: run.provisional,
            explanation: run.explain(self.book.calendar(unit)),
        };
        let c = &s.clocks;
        let mut all = Vec::new();
        // What is done is late or not by when it was done.
        all.extend(c.case.as_ref().map(|r| view(ClockKind::Case, None, r, s.closed_at)));
        all.extend(c.unit.as_ref().map(|r| view(ClockKind::Unit, s.unit, r, s.submitted_at.or(s.closed_at))));
        all.extend(c.desk.as_ref().map(|r| view(ClockKind::Desk, None, r, s.closed_at)));
        all.extend(s.side.parties.iter().map(|p| view(ClockKind::Party, Some(p.unit), &p.clock, p.done_at)));
        all
    }
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
        let seen = numbers(tx, &scope, &events).await?;
        for e in &mut events {
            e.other_number = e.other.and_then(|o| seen.get(&o).cloned());
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
        let (item_name, condition) = filed_under(tx, &case).await?;
        names.item = item_name;
        let contact = contact::shown(tx, &case).await?;
        let moves = if actor.token_may(kernel::TokenScope::MoveCases).is_ok() {
            offers(s, &scope.stand(&actor, &case), self.book.rules(s.rules))
        } else {
            Vec::new()
        };
        let due_at = if s.stage.open() { s.due() } else { s.dues().0 };
        let parties = &s.side.parties;
        let named = parties.iter().map(|p| p.unit).chain(s.side.answerable).chain(s.unit).collect();
        let units = unit_names(tx, case.region, named).await?;
        let clocks = self.clocks(&case, &units);
        let side = SideView {
            answerable: s.side.answerable,
            answerable_name: s.side.answerable.and_then(|u| units.get(&u).cloned()),
            refusals: s.side.refusals,
            ruled: s.side.ruled,
            request: s.side.request,
            extensions: s.side.extensions,
            suspended_until: s.side.suspended_until,
            parties: parties
                .iter()
                .map(|p| PartyView {
                    unit: p.unit,
                    name: units.get(&p.unit).cloned(),
                    asked_at: p.asked_at,
                    responded_at: p.responded_at,
                    done_at: p.done_at,
                    released: p.released,
                    rated: p.rated,
                    rates: p.rates,
                })
                .collect(),
            found: s.side.found,
            answers: s.side.answers,
            urged_until: s.side.urged_until,
            level: s.side.level,
            links: links(tx, &scope, &case).await?,
            appeal: s.side.appeal,
            unit_late: s.side.unit_late,
            case_late: s.side.case_late,
            marked_late: s.marked_late(),
            recused: case.conflict || actor.account().is_some_and(|a| s.side.recused.contains(&a)),
        };
        Ok(CaseView {
            clocks,
            side,
            asks: s.asks,
            sent_back: s.sent_back,
            rules: s.rules,
            id: case.id,
            region: case.region,
            stage: s.stage,
            round: s.round,
            version: s.version,
            urgent: s.urgent,
            item: s.item,
            catalogue: s.catalogue,
            condition,
            unit: s.unit,
            handler: s.handler,
            verified: s.verified,
            reported_at: s.reported_at,
            filed_at: s.filed_at,
            submitted_at: s.submitted_at,
            closed_at: s.closed_at,
            due_at,
            case_due_at: s.dues().0,
            unit_due_at: s.dues().1,
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
    let book = rules::book(&house, region).await?;
    let view = house.db().read(&actor, ShowCase { region, case, book }).await?;
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
