//! The handlers of a unit, for whoever hands cases to them.

use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{AccountId, NOT_FOUND, Refusal, Region, Role, TokenScope, UnitId, Who};
use serde::{Deserialize, Serialize};
use store::{Read, Tx, binds, from_row};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// A handler.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandlerRow {
    /// The account.
    pub id: AccountId,
    /// The person's name.
    pub name: String,
}
from_row!(HandlerRow { id, name });

/// Handlers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Handlers {
    /// By name.
    pub items: Vec<HandlerRow>,
}

/// Of which unit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HandlersOf {
    /// The unit.
    pub unit: UnitId,
}

struct Find {
    region: Region,
    unit: UnitId,
}

impl Read for Find {
    type Out = Vec<HandlerRow>;
    async fn run(&self, tx: &mut Tx) -> Result<Vec<HandlerRow>, Refusal> {
        let actor = tx.actor();
        let officer = actor.posts(self.region, &[Role::UnitOfficer]).any(|p| p.unit == Some(self.unit));
        let desk = actor.posts(self.region, &[Role::Dispatcher, Role::Supervisor]).next().is_some();
        if !(officer || desk || matches!(actor.who, Who::System(_))) {
            actor.signed_in()?;
            return Err(NOT_FOUND.refuse());
        }
        // Who hands cases over has to know to whom.
        actor.token_may(TokenScope::MoveCases).or_else(|_| actor.token_may(TokenScope::ReadBase))?;
        let at = tx.at();
        Ok(tx
            .all(
                "SELECT DISTINCT a.id, a.name FROM posts p JOIN accounts a ON a.id = p.account
                 WHERE p.region = $1 AND p.role = 'handler' AND p.unit = $2 AND NOT a.disabled
                   AND p.from_at <= $3 AND (p.until_at IS NULL OR p.until_at > $3) ORDER BY a.name, a.id LIMIT 500",
                binds![self.region, self.unit, at],
            )
            .await?)
    }
}

/// Handlers of a unit now; its officers, dispatchers and supervisors.
#[utoipa::path(get, path = "/api/regions/{region}/handlers", operation_id = "list_handlers", tag = "accounts",
    params(("region" = Region, Path), HandlersOf), responses((status = 200, body = Handlers)))]
pub(crate) async fn list(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(q): Params<HandlersOf>,
) -> Result<Json<Handlers>, Problem> {
    let items = house.db().read(&actor, Find { region, unit: q.unit }).await?;
    Ok(Json(Handlers { items }))
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(list))
}
