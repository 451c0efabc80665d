//! Report (上报): a matter comes in, from a resident, a grid worker, the intake desk or a program.

use crate::{Case, act::write_down, contact, number, refusal::*};
use axum::{Json, extract::State, http::StatusCode};
use edge::{Body, Caller, House, Limiter, PathOf, Problem};
use flow::{Move, Setting, Stage, Step, TABLE, wind};
use kernel::{
    Actor, AreaCode, AttachmentId, CaseId, Checks, ItemCode, Moment, Power, Refusal, Region, Role,
    TokenScope, Who,
};
use rules::Book;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{Tx, Write, binds};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Through which channel a report came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The public form or another program.
    Web,
    /// A call to the desk.
    Telephone,
    /// A grid worker's own round.
    Worker,
    /// The counter of an office.
    Counter,
}

impl Channel {
    /// The stored code.
    pub const fn code(self) -> &'static str {
        match self {
            Channel::Web => "web",
            Channel::Telephone => "telephone",
            Channel::Worker => "worker",
            Channel::Counter => "counter",
        }
    }
}

/// A report.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportRequest {
    /// The case's id, a UUID made by whoever reports; sent again, it is the same report.
    pub id: CaseId,
    /// What the matter is, in the reporter's words.
    #[schema(min_length = 1, max_length = 4000)]
    pub text: String,
    /// Where it is, in words.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub place: Option<String>,
    /// Degrees east, CGCS2000 or WGS-84.
    #[serde(default)]
    #[schema(minimum = -180, maximum = 180)]
    pub lon: Option<f64>,
    /// Degrees north.
    #[serde(default)]
    #[schema(minimum = -90, maximum = 90)]
    pub lat: Option<f64>,
    /// The item, if the reporter chose one.
    #[serde(default)]
    pub item: Option<ItemCode>,
    /// A telephone number for questions; only the intake desk can reveal it.
    #[serde(default)]
    #[schema(pattern = "^\\+?[0-9]([ -]?[0-9]){4,19}$")]
    pub telephone: Option<String>,
    /// Through which channel it came; `web` when absent, `worker` for grid workers.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// Pictures uploaded before.
    #[serde(default)]
    #[schema(max_items = 6)]
    pub attachments: Vec<AttachmentId>,
    /// When it was seen, ms UTC; for reports written where there was no signal.
    #[serde(default)]
    pub seen_at: Option<Moment>,
}

/// The receipt of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reported {
    /// The case.
    pub id: CaseId,
    /// Its number, for people.
    pub number: String,
    /// The code with which anyone can follow it.
    pub tracking_code: String,
    /// Its stage.
    pub stage: Stage,
    /// Its version.
    pub version: i64,
    /// When it came in, ms UTC.
    pub reported_at: Moment,
}

/// A report with what the server found out about it.
pub struct Report {
    /// The region.
    pub region: Region,
    /// What was reported.
    pub request: ReportRequest,
    /// The number it is to bear.
    pub number: String,
    /// The grid its point lies in.
    pub grid: Option<AreaCode>,
    /// The region's rules and calendars.
    pub book: Arc<Book>,
}

/// Longest ago and farthest ahead that a report may have been seen.
const SEEN_BACK: i64 = 30 * Moment::DAY;
const SEEN_AHEAD: i64 = 5 * 60_000;

impl ReportRequest {
    fn check(&self, now: Moment) -> Result<(), Refusal> {
        let mut c = Checks::new();
        c.text("text", &self.text, 1..=4000);
        c.opt_text("place", self.place.as_deref(), 0..=200);
        c.point(self.lon, self.lat);
        c.number("attachments", self.attachments.len() as i64, 0..=6);
        if let Some(at) = self.seen_at {
            c.past("seen_at", at, now, SEEN_BACK, SEEN_AHEAD);
        }
        if self.telephone.as_deref().is_some_and(|t| contact::tidy(t).is_none()) {
            c.fault("telephone", BAD_TELEPHONE.code, BAD_TELEPHONE.zh, BAD_TELEPHONE.en);
        }
        c.done()
    }

    fn channel(&self, actor: &Actor, region: Region) -> Result<Channel, Refusal> {
        let worker = actor.posts(region, &[Role::GridWorker]).next().is_some();
        let desk = actor.may(Power::ReportForOthers, Some(region)).is_ok();
        match self.channel {
            None => Ok(if worker { Channel::Worker } else { Channel::Web }),
            Some(c @ (Channel::Telephone | Channel::Counter)) if desk => Ok(c),
            Some(Channel::Worker) if worker => Ok(Channel::Worker),
            Some(Channel::Web) => Ok(Channel::Web),
            Some(_) => Err(CHANNEL_NOT_YOURS.field("channel")),
        }
    }
}

impl Write for Report {
    type Out = Reported;

    async fn run(&self, tx: &mut Tx) -> Result<Reported, Refusal> {
        let actor: Actor = tx.actor().clone();
        actor.token_may(TokenScope::Report)?;
        let (r, region, at) = (&self.request, self.region, tx.at());
        r.check(at)?;
        let channel = r.channel(&actor, region)?;
        if let Some(code) = r.item {
            let staff =
                actor.may(Power::ReadBase, Some(region)).is_ok() || matches!(actor.who, Who::System(_));
            let item = items::find(tx, region, code).await?;
            if item.is_none_or(|i| !i.usable() || !(staff || i.public)) {
                return Err(UNKNOWN_ITEM.field("item"));
            }
        }
        let mut step = Step::new(Move::Report, Stage::Reported, at, actor.account());
        step.item = r.item;
        step.rules = Some(self.book.version());
        let calendar = |unit| self.book.calendar(unit);
        wind(None, &TABLE[0], &mut step, &Setting { rules: self.book.current(), calendar: &calendar });
        let case = Case {
            region,
            id: r.id,
            number: self.number.clone(),
            channel: channel.code().to_owned(),
            grid: self.grid,
            lon: r.lon,
            lat: r.lat,
            reporter: actor.account(),
            seen_at: r.seen_at,
            conflict: false,
            state: flow::State::first(&step),
            now: at,
            of_hours: false,
        };
        case.insert(tx).await?;
        let text = r.text.trim();
        let place = r.place.as_deref().map(str::trim).filter(|p| !p.is_empty());
        tx.put(
            "INSERT INTO case_texts (region, case_id, title, place, text) VALUES ($1, $2, $3, $4, $5)",
            binds![region, r.id, title(text), place, text],
        )
        .await?;
        let code = tx.vault().tracking_code(region, r.id);
        let index = tx.vault().index("tracking", &code);
        tx.put(
            "INSERT INTO tracking_codes (code, region, case_id) VALUES ($1, $2, $3)",
            binds![index, region, r.id],
        )
        .await?;
        if let Some(telephone) = r.telephone.as_deref().and_then(contact::tidy) {
            contact::keep(tx, region, r.id, &telephone).await?;
        }
        attachments::link(tx, region, &r.attachments, r.id, 1, Move::Report.code()).await?;
        write_down(tx, &case, &step, Some("reporter")).await?;
        Ok(Reported {
            id: r.id,
            number: case.number,
            tracking_code: code,
            stage: Stage::Reported,
            version: 1,
            reported_at: at,
        })
    }
}

/// The first line, 40 characters at the most: what lists show.
fn title(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    if line.chars().count() <= 40 {
        return line.to_owned();
    }
    line.chars().take(39).chain(['…']).collect()
}

/// The grid a point lies in; none outside all grids.
pub(crate) async fn grid_of(
    house: &House,
    actor: &Actor,
    region: Region,
    lon: Option<f64>,
    lat: Option<f64>,
) -> Result<Option<AreaCode>, Refusal> {
    let (Some(lon), Some(lat)) = (lon, lat) else { return Ok(None) };
    let Some(point) = kernel::LonLat::new(lon, lat) else { return Ok(None) };
    areas::grid_at(house, actor, region, point).await
}

struct Reports(Limiter);

/// Report a matter. Anyone may; whoever holds the tracking code in the answer can follow it. Sent again
/// with the same id and content, it gets the first answer.
#[utoipa::path(post, path = "/api/regions/{region}/cases", operation_id = "report_case", tag = "cases",
    params(("region" = Region, Path)), request_body = ReportRequest,
    responses((status = 201, body = Reported)))]
pub(crate) async fn report(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Body(request): Body<ReportRequest>,
) -> Result<(StatusCode, Json<Reported>), Problem> {
    let now = house.db().world().now();
    request.check(now)?;
    areas::known(&house, &actor, region).await?;
    if actor.person().is_none() {
        let per_hour = house.settings().anonymous_reports_per_hour;
        let limiter = house.keep_with(|| Reports(Limiter::new(per_hour, Moment::HOUR)));
        if !limiter.0.take(now, actor.address) {
            return Err(TOO_MANY_REPORTS.refuse().into());
        }
    }
    let grid = grid_of(&house, &actor, region, request.lon, request.lat).await?;
    let number = number::next(&house, region).await?;
    let book = rules::book(&house, region).await?;
    let key = request.id.0;
    let report = Report { region, request: request.clone(), number, grid, book };
    let done = house.db().write(&actor, once::Once::new(region, key, &request, report)).await;
    match done {
        Ok(receipt) => Ok((StatusCode::CREATED, Json(receipt))),
        // The id is somebody else's report, or a number already given out.
        Err(r) if r.code() == store::rules::CONSTRAINT.code => Err(ID_TAKEN.field("id").into()),
        Err(r) => Err(r.into()),
    }
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(report))
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn titles_are_the_first_line_cut_by_characters() {
        assert_eq!(title("路灯不亮\n已经三天"), "路灯不亮");
        let long = "井".repeat(50);
        assert_eq!(title(&long).chars().count(), 40);
        assert!(title(&long).ends_with('…'));
    }
}
