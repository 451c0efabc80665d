use crate::{REGION_MISSING, Unit, UnitKind, region, unit};
use audit::Note;
use axum::{Json, extract::State};
use edge::{Body, Caller, House, PathOf, Problem};
use kernel::{Checks, Power, Refusal, Region, UnitId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Tx, Write, binds};
use utoipa::ToSchema;

/// What a unit is.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutUnitBody {
    /// Its name.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// What sort.
    pub kind: UnitKind,
    /// Closed units get no new cases; they stay for the old ones.
    #[serde(default)]
    pub closed: bool,
}

/// Makes, changes or closes a unit. Data stewards of the region. Units are never deleted.
pub struct PutUnit {
    /// In which region.
    pub region: Region,
    /// Which unit.
    pub id: UnitId,
    /// What it is to be.
    pub is: PutUnitBody,
}

impl Write for PutUnit {
    type Out = Unit;

    async fn run(&self, tx: &mut Tx) -> Result<Unit, Refusal> {
        tx.actor().may(Power::EditAreas, Some(self.region))?;
        let mut checks = Checks::new();
        checks.text("name", &self.is.name, 1..=100);
        checks.done()?;
        if !region::region_exists(tx, self.region).await? {
            return Err(REGION_MISSING.refuse().with("region", self.region));
        }
        let PutUnitBody { name, kind, closed } = &self.is;
        let is = Unit { id: self.id, name: name.trim().to_owned(), kind: *kind, closed: *closed };
        let was = unit(tx, self.region, self.id).await?;
        if was.as_ref() != Some(&is) {
            write(tx, self.region, &is).await?;
            region::bump(tx, self.region).await?;
            let note = Note {
                region: self.region,
                action: "unit.put",
                object: format!("unit/{}", self.id),
                detail: json!({ "kind": kind.code(), "closed": closed, "new": was.is_none() }),
            };
            audit::record(tx, note, None).await?;
        }
        Ok(is)
    }
}

pub(crate) async fn write(tx: &mut Tx, region: Region, is: &Unit) -> Result<(), store::StoreError> {
    tx.put(
        "INSERT INTO units (region, id, name, kind, closed) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (region, id) DO UPDATE SET name = excluded.name, kind = excluded.kind, closed = excluded.closed",
        binds![region, is.id, &is.name, is.kind.code(), is.closed],
    )
    .await
}

/// Make, change or close a unit. Data stewards of the region.
#[utoipa::path(put, path = "/api/regions/{region}/units/{id}", operation_id = "put_unit", tag = "areas",
    params(("region" = Region, Path), ("id" = UnitId, Path)), request_body = PutUnitBody,
    responses((status = 200, body = Unit)))]
pub(crate) async fn put_unit(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, UnitId)>,
    Body(is): Body<PutUnitBody>,
) -> Result<Json<Unit>, Problem> {
    Ok(Json(house.db().write(&actor, PutUnit { region, id, is }).await?))
}
