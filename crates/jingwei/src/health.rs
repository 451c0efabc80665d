//! Health and metrics.

use axum::{
    Json,
    extract::{MatchedPath, Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use edge::{Caller, House, Problem};
use kernel::{Actor, Power};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use std::sync::OnceLock;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

static METRICS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

fn recorder() -> Option<&'static PrometheusHandle> {
    let install = || PrometheusBuilder::new().install_recorder().ok();
    METRICS.get_or_init(install).as_ref()
}

/// How the process is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: &'static str,
    /// The program's version.
    pub version: &'static str,
}

const OK: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

/// The process lives.
#[utoipa::path(get, path = "/health/live", operation_id = "health_live", tag = "health",
    responses((status = 200, body = Health)))]
pub async fn live() -> Json<Health> {
    Json(OK)
}

/// The process can do its work: the database answers.
#[utoipa::path(get, path = "/health/ready", operation_id = "health_ready", tag = "health",
    responses((status = 200, body = Health)))]
pub async fn ready(State(house): State<House>) -> Result<Json<Health>, Problem> {
    house
        .db()
        .ask::<(i64,)>(&Actor::system("health"), "SELECT audit_position FROM sequencer WHERE id = 1", vec![])
        .await?;
    Ok(Json(OK))
}

/// Metrics in the Prometheus text format; system administrators and tokens with `metrics:read`.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "health",
    responses((status = 200, content_type = "text/plain", body = String)))]
pub async fn show(State(house): State<House>, Caller(actor): Caller) -> Result<Response, Problem> {
    actor.may(Power::ReadMetrics, None)?;
    let (writes, reads) = house.db().counts();
    metrics::counter!("jingwei_db_writes_total").absolute(writes);
    metrics::counter!("jingwei_db_reads_total").absolute(reads);
    let (waiting, due, dead) = jobs::counts(house.db()).await?;
    metrics::gauge!("jingwei_jobs_waiting").set(waiting as f64);
    metrics::gauge!("jingwei_jobs_due").set(due as f64);
    metrics::gauge!("jingwei_jobs_set_aside").set(dead as f64);
    let status = house.db().read(&Actor::system("metrics"), audit::StatusOf).await?;
    metrics::gauge!("jingwei_audit_sealed").set(status.sealed as f64);
    metrics::gauge!("jingwei_audit_unsealed").set(status.unsealed as f64);
    metrics::gauge!("jingwei_audit_oldest_unsealed_seconds")
        .set(status.oldest_unsealed_ms.unwrap_or(0) as f64 / 1000.0);
    let text = recorder().map(PrometheusHandle::render).unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// Measures every request by route, never by address or id.
pub async fn measure(request: Request, next: Next) -> Response {
    recorder();
    let start = tokio::time::Instant::now();
    let route =
        request.extensions().get::<MatchedPath>().map_or("other".to_owned(), |p| p.as_str().to_owned());
    let method = request.method().as_str().to_owned();
    let response = next.run(request).await;
    let labels = [("method", method), ("route", route), ("status", response.status().as_u16().to_string())];
    metrics::histogram!("jingwei_http_seconds", &labels).record(start.elapsed().as_secs_f64());
    response
}

/// The routes.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(live)).routes(routes!(ready)).routes(routes!(show))
}
