//! File (立案): the report is a matter of ours, under this item, from which it takes its time limit.

use crate::{
    Case,
    act::{Input, Moved, Scene, act},
    refusal::UNKNOWN_ITEM,
};
use axum::{Json, extract::State};
use calendar::MonthDay;
use edge::{Body, Caller, House, Key, PathOf, Problem};
use flow::{Move, Step};
use kernel::{AreaCode, CaseId, Checks, ItemCode, Refusal, Region};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

/// File (立案): the report is a matter of ours, under this item, from which it takes its time limit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The version of the case you were looking at.
    #[schema(minimum = 1)]
    pub version: i64,
    /// The item of the catalogue.
    pub item: ItemCode,
    /// Which of its filing conditions holds (立案条件), by number. To be named where it has several.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub condition: Option<i64>,
    /// Degrees east, if the desk found the place.
    #[serde(default)]
    pub lon: Option<f64>,
    /// Degrees north.
    #[serde(default)]
    pub lat: Option<f64>,
    /// The grid of that point, found by the server.
    #[serde(skip)]
    pub grid: Option<AreaCode>,
    /// A remark for those who come after.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

impl Input for File {
    const MOVE: Move = Move::File;

    fn version(&self) -> i64 {
        self.version
    }

    fn check(&self, checks: &mut Checks) {
        checks.opt_text("note", self.note.as_deref(), 0..=1000);
        checks.point(self.lon, self.lat);
    }

    async fn shape(
        &self,
        tx: &mut Tx,
        case: &mut Case,
        step: &mut Step,
        scene: &Scene<'_>,
    ) -> Result<(), Refusal> {
        let today = scene.book.calendar(None).local(step.at).date();
        let day = MonthDay { month: today.month(), day: today.day() };
        let found = items::file_under(tx, case.region, self.item, self.condition, day).await?;
        let Some(under) = found else { return Err(UNKNOWN_ITEM.field("item")) };
        step.item = Some(self.item);
        // From here on the case keeps this version of the catalogue and this condition of it.
        step.catalogue = Some(under.version);
        step.condition = Some(under.n);
        step.limit = Some(under.limit);
        step.urgent = under.urgent;
        // From here on the case keeps the rules that are in force now.
        step.rules = Some(scene.book.version());
        if let (Some(lon), Some(lat)) = (self.lon, self.lat) {
            case.lon = Some(lon);
            case.lat = Some(lat);
            case.grid = self.grid;
        }
        Ok(())
    }

    fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

/// File (立案): the report is a matter of ours, under this item, from which it takes its time limit.
#[utoipa::path(post, path = "/api/regions/{region}/cases/{case}/file", operation_id = "file_case", tag = "cases",
    params(("region" = Region, Path), ("case" = CaseId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    request_body = File, responses((status = 200, body = Moved)))]
pub(super) async fn file(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(of): PathOf<(Region, CaseId)>,
    Key(key): Key,
    Body(mut input): Body<File>,
) -> Result<Json<Moved>, Problem> {
    input.grid = crate::report::grid_of(&house, &actor, of.0, input.lon, input.lat).await?;
    act(&house, &actor, of, key, input).await.map(Json)
}
