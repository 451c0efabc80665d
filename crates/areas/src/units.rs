use crate::UnitKind;
use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{Page, Power, Refusal, Region, UnitId};
use serde::{Deserialize, Serialize};
use store::{FromRow, Read, Row, StoreError, Tx, binds};
use utoipa::{IntoParams, ToSchema};

/// A unit that can be given cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// Its name.
    pub name: String,
    /// What sort.
    pub kind: UnitKind,
    /// Closed units get no new cases.
    pub closed: bool,
}

impl FromRow for Unit {
    fn from_row(row: &mut Row<'_>) -> Result<Unit, StoreError> {
        let (id, name) = (row.next()?, row.next()?);
        Ok(Unit { id, name, kind: UnitKind::stored(&row.next::<String>()?)?, closed: row.next()? })
    }
}

/// A unit of a region, closed ones included: one indexed statement, for rooms that take unit ids.
pub async fn unit(tx: &mut Tx, region: Region, id: UnitId) -> Result<Option<Unit>, StoreError> {
    tx.maybe("SELECT id, name, kind, closed FROM units WHERE region = $1 AND id = $2", binds![region, id])
        .await
}

/// The units of a region, by name. Those with [`Power::ReadBase`] there.
pub struct FindUnits {
    /// Of which region.
    pub region: Region,
    /// Closed ones too.
    pub all: bool,
}

impl Read for FindUnits {
    type Out = Vec<Unit>;
    const SINGLE: bool = true;

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Unit>, Refusal> {
        tx.actor().may(Power::ReadBase, Some(self.region))?;
        let sql = "SELECT id, name, kind, closed FROM units WHERE region = $1 AND (NOT closed OR $2) ORDER BY name, id";
        Ok(tx.all(sql, binds![self.region, self.all]).await?)
    }
}

/// Which units.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnitsQuery {
    /// Closed units too.
    #[serde(default)]
    all: bool,
}

/// The units of a region that can be given cases. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/units", operation_id = "list_units", tag = "areas",
    params(("region" = Region, Path), UnitsQuery), responses((status = 200, body = Page<Unit>)))]
pub(crate) async fn list_units(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<UnitsQuery>,
) -> Result<Json<Page<Unit>>, Problem> {
    let items = house.db().read(&actor, FindUnits { region, all: query.all }).await?;
    Ok(Json(Page { items, next: None }))
}
