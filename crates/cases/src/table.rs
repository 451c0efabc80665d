//! The table of the loop, for screens and programs.

use axum::Json;
use edge::{House, Problem};
use flow::{Move, Rule, Stage, TABLE};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// A code and its names.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Named {
    /// The stable code.
    pub code: &'static str,
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
    /// For a stage: whether the case still asks for something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
}

/// Stages, moves, and who may move from where to where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlowTable {
    /// The stages.
    pub stages: Vec<Named>,
    /// The moves.
    pub moves: Vec<Named>,
    /// The rows of the table.
    pub rules: Vec<Rule>,
}

/// The loop as a table: the server decides by it, and screens may show it.
#[utoipa::path(get, path = "/api/flow", operation_id = "flow_table", tag = "cases",
    responses((status = 200, body = FlowTable)))]
pub(crate) async fn flow() -> Result<Json<FlowTable>, Problem> {
    let stage = |s: &Stage| Named { code: s.code(), zh: s.zh(), en: s.en(), open: Some(s.open()) };
    let make = |m: &Move| Named { code: m.code(), zh: m.zh(), en: m.en(), open: None };
    Ok(Json(FlowTable {
        stages: Stage::ALL.iter().map(stage).collect(),
        moves: Move::ALL.iter().map(make).collect(),
        rules: TABLE.to_vec(),
    }))
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(flow))
}
