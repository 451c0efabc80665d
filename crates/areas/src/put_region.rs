use crate::{RegionView, ZONE_UNKNOWN, find, region};
use audit::Note;
use axum::{Json, extract::State};
use edge::{Body, Caller, House, PathOf, Problem};
use kernel::{Checks, Power, Refusal, Region};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Tx, Write};
use utoipa::ToSchema;

/// A region's name and time zone.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutRegionBody {
    /// Its name.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// Its IANA time zone, such as Asia/Shanghai.
    #[schema(min_length = 1, max_length = 60, pattern = "^[A-Za-z]", example = "Asia/Shanghai")]
    pub zone: String,
}

/// Sets a region up, or changes its name or time zone. The system, and data stewards of the region.
pub struct PutRegion {
    /// Which.
    pub region: Region,
    /// What it is to be.
    pub is: PutRegionBody,
}

impl Write for PutRegion {
    type Out = RegionView;

    async fn run(&self, tx: &mut Tx) -> Result<RegionView, Refusal> {
        tx.actor().may(Power::EditAreas, Some(self.region))?;
        let mut checks = Checks::new();
        checks.text("name", &self.is.name, 1..=100);
        checks.text("zone", &self.is.zone, 1..=60);
        checks.done()?;
        let zone = region::zone_name(&self.is.zone);
        let zone = zone.ok_or_else(|| ZONE_UNKNOWN.field("zone").with("zone", &self.is.zone))?;
        if region::put(tx, self.region, self.is.name.trim(), &zone).await? {
            let note = Note {
                region: self.region,
                action: "region.put",
                object: format!("region/{}", self.region),
                detail: json!({ "zone": zone }),
            };
            audit::record(tx, note, None).await?;
        }
        find::region(tx, self.region).await
    }
}

/// Change a region's name or time zone. Its data stewards.
#[utoipa::path(put, path = "/api/regions/{region}", operation_id = "put_region", tag = "areas",
    params(("region" = Region, Path)), request_body = PutRegionBody,
    responses((status = 200, body = RegionView)))]
pub(crate) async fn put_region(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Body(is): Body<PutRegionBody>,
) -> Result<Json<RegionView>, Problem> {
    Ok(Json(house.db().write(&actor, PutRegion { region, is }).await?))
}
