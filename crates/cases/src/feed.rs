//! The feed: moves of the cases within one's scope, in the order of their positions; as pages and as
//! server-sent events.

use crate::Scope;
use audit::Sequencer;
use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use edge::{Caller, House, Params, PathOf, Problem};
use flow::{Move, Stage};
use futures_util::stream;
use kernel::{Actor, CaseId, Checks, Moment, Refusal, Region};
use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, convert::Infallible, time::Duration};
use store::{Filter, FromRow, Read, Row, StoreError, Tx, binds};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// A move in the feed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FeedItem {
    /// Its position: ask for what comes after it.
    pub position: i64,
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: String,
    /// Which step of the case.
    pub n: i64,
    /// The move.
    #[serde(rename = "move")]
    pub make: Move,
    /// The stage the case has now.
    pub stage: Stage,
    /// When the move was made.
    pub at: Moment,
}

impl FromRow for FeedItem {
    fn from_row(r: &mut Row<'_>) -> Result<FeedItem, StoreError> {
        let unknown = || StoreError::Internal("an event of no kind we know".into());
        Ok(FeedItem {
            position: r.next()?,
            case: r.next()?,
            number: r.next()?,
            n: r.next()?,
            make: Move::parse(&r.next::<String>()?).ok_or_else(unknown)?,
            stage: Stage::stored(r.next()?).ok_or_else(unknown)?,
            at: r.next()?,
        })
    }
}

/// A stretch of the feed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Feed {
    /// What happened, in order.
    pub items: Vec<FeedItem>,
    /// Ask for what comes after this; moves out of your scope are passed over.
    pub after: i64,
}

/// From where.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// After this position; 0 for the beginning, absent for now.
    #[param(minimum = 0)]
    pub after: Option<i64>,
    /// At most so many.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
}

/// Reads a stretch of the feed.
struct ReadFeed {
    region: Region,
    after: Option<i64>,
    limit: i64,
}

impl Read for ReadFeed {
    type Out = Feed;
    async fn run(&self, tx: &mut Tx) -> Result<Feed, Refusal> {
        let mut c = Checks::new();
        c.number("limit", self.limit, 1..=1000);
        c.number("after", self.after.unwrap_or(0), 0..=i64::MAX);
        c.done()?;
        let scope = Scope::of(tx.actor(), self.region)?;
        let (end,): (i64,) = tx.one("SELECT event_position FROM sequencer WHERE id = 1", binds![]).await?;
        let Some(after) = self.after else { return Ok(Feed { items: Vec::new(), after: end }) };
        if after >= end {
            return Ok(Feed { items: Vec::new(), after });
        }
        let (sql, binds) = Filter::new(
            "SELECT e.position, e.stream, c.number, e.n, e.kind, c.stage, e.at
             FROM events e JOIN cases c ON c.region = e.region AND c.id = e.stream WHERE e.region = ",
        )
        .bind(self.region)
        .text(" AND e.position > ")
        .bind(after)
        .text(" AND e.position <= ")
        .bind(end)
        .text(" AND ")
        .cond(&scope.cond())
        .text(" ORDER BY e.position LIMIT ")
        .bind(self.limit)
        .done();
        let items: Vec<FeedItem> = tx.all(sql, binds).await?;
        let full = items.len() as i64 == self.limit;
        let after = items.last().filter(|_| full).map_or(end, |i| i.position);
        Ok(Feed { items, after })
    }
}

/// What happened to the cases you may see, after a position. Nothing committed is ever missed: positions
/// are given after the commit.
#[utoipa::path(get, path = "/api/regions/{region}/feed", operation_id = "read_feed", tag = "feed",
    params(("region" = Region, Path), FeedQuery), responses((status = 200, body = Feed)))]
pub(crate) async fn feed(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(q): Params<FeedQuery>,
) -> Result<Json<Feed>, Problem> {
    actor.signed_in()?;
    let read = ReadFeed { region, after: q.after, limit: q.limit.unwrap_or(200) };
    Ok(Json(house.db().read(&actor, read).await?))
}

/// From where the stream starts.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// After this position; the header Last-Event-ID counts more; absent for now.
    #[param(minimum = 0)]
    pub after: Option<i64>,
}

struct Following {
    house: House,
    actor: Actor,
    region: Region,
    after: Option<i64>,
    ready: VecDeque<FeedItem>,
    position: tokio::sync::watch::Receiver<i64>,
    first: bool,
}

/// The same as server-sent events: `id` is the position, `event` is `case`, `data` the move as JSON. When
/// the connection breaks, the browser comes back with Last-Event-ID and misses nothing.
#[utoipa::path(get, path = "/api/regions/{region}/feed/stream", operation_id = "stream_feed", tag = "feed",
    params(("region" = Region, Path), StreamQuery),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub(crate) async fn follow(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(q): Params<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    actor.signed_in()?;
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    let after: Option<i64> = last.or(q.after);
    // Asked now, so that what cannot be followed is refused before the stream begins.
    let start = house.db().read(&actor, ReadFeed { region, after, limit: 200 }).await?;
    let sequencer = house.keep_with(|| Option::<Sequencer>::None);
    let Some(sequencer) = sequencer.as_ref() else {
        return Err(store::rules::UNAVAILABLE.refuse().because("no sequencer runs in this process").into());
    };
    let state = Following {
        position: sequencer.position(),
        house,
        actor,
        region,
        after: Some(start.after),
        ready: start.items.into(),
        first: true,
    };
    let stream = stream::unfold(state, |mut s| async move {
        loop {
            if std::mem::take(&mut s.first) {
                let at = s.ready.front().map_or(s.after.unwrap_or(0), |i| i.position - 1);
                let hello = Event::default().id(at.to_string()).event("ready").data("{}");
                return Some((Ok::<_, Infallible>(hello), s));
            }
            if let Some(item) = s.ready.pop_front() {
                let data = serde_json::to_string(&item).unwrap_or_default();
                let event = Event::default().id(item.position.to_string()).event("case").data(data);
                return Some((Ok(event), s));
            }
            let known = *s.position.borrow_and_update();
            if known <= s.after.unwrap_or(0) && s.position.changed().await.is_err() {
                return None;
            }
            // Several moves at once are read together.
            tokio::time::sleep(Duration::from_millis(50)).await;
            // Posts may have ended since: the scope is settled anew by whoever the session is now.
            let actor = access::refresh(&s.house, &s.actor).await?;
            s.actor = actor;
            let read = ReadFeed { region: s.region, after: s.after, limit: 200 };
            match s.house.db().read(&s.actor, read).await {
                Ok(feed) => {
                    s.after = Some(feed.after);
                    s.ready = feed.items.into();
                }
                Err(_) => return None,
            }
        }
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response())
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(feed)).routes(routes!(follow))
}
