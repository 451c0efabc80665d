//! HTTP assembled: every room's routes, the layers around them, and the OpenAPI document.

use crate::{health, pages};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use edge::{House, Problem};
use kernel::{Kind, Rule};
use utoipa::openapi::{
    ContentBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
    info::InfoBuilder,
    schema::Schema,
    security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

const METHOD: Rule = Rule {
    kind: Kind::Method,
    code: "request.method",
    zh: "此地址不支持该请求方法。",
    en: "This address does not take that method.",
};

/// JSON bodies are small; pictures have their own limit.
const BODY: usize = 256 * 1024;

fn parts() -> (Router<House>, OpenApi) {
    OpenApiRouter::with_openapi(
        OpenApiBuilder::new()
            .info(
                InfoBuilder::new()
                    .title("Jingwei 经纬")
                    .version(env!("CARGO_PKG_VERSION"))
                    .description(Some(
                        "Community governance by grid. Times are milliseconds since 1970-01-01T00:00:00Z. Refusals are \
                         problem+json (RFC 9457) with a stable `code`; what you may not see answers 404.",
                    ))
                    .license(Some(utoipa::openapi::LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
                    .build(),
            )
            .build(),
    )
    .merge(access::routes())
    .merge(areas::routes())
    .merge(rules::routes())
    .merge(items::routes())
    .merge(duties::routes())
    .merge(attachments::routes())
    .merge(cases::routes())
    .merge(notices::routes())
    .merge(audit_routes::routes())
    .merge(health::routes())
    .split_for_parts()
}

/// The OpenAPI 3.1 document, with the refusals every route can answer.
pub fn openapi() -> OpenApi {
    let (_, mut doc) = parts();
    let components = doc.components.get_or_insert_default();
    components.schemas.insert(edge::ProblemBody::name().into(), edge::ProblemBody::schema());
    components.schemas.insert(edge::FieldProblem::name().into(), edge::FieldProblem::schema());
    components.security_schemes.insert(
        "cookie".into(),
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("jingwei_session"))).into(),
    );
    components
        .security_schemes
        .insert("token".into(), SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)).into());
    for name in [
        "ReportRequest",
        "File",
        "Decline",
        "Dispatch",
        "Accept",
        "Hand",
        "Submit",
        "Verify",
        "Rework",
        "Close",
        "SendBack",
        "Withdraw",
        "Reopen",
        "AccountRequest",
        "AccountChange",
        "TokenRequest",
        "RobotRequest",
    ] {
        if let Some(RefOr::T(schema)) = components.schemas.get_mut(name) {
            say_what_texts_take(schema);
        }
    }
    for (status, what) in REFUSALS {
        let schema = Ref::from_schema_name(edge::ProblemBody::name());
        let problem = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new().description(*what).content("application/problem+json", problem);
        components.responses.insert(format!("Refused{status}"), response.build().into());
    }
    doc.security = Some(vec![
        SecurityRequirement::new::<_, [&str; 0], &str>("cookie", []),
        SecurityRequirement::new::<_, [&str; 0], &str>("token", []),
        SecurityRequirement::default(),
    ]);
    for item in doc.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            for (status, _) in REFUSALS {
                let shared = RefOr::Ref(Ref::from_response_name(format!("Refused{status}")));
                operation.responses.responses.entry((*status).to_owned()).or_insert(shared);
            }
        }
    }
    doc
}

/// Texts take no control characters but line feed, carriage return and tab, and those that must not be
/// empty are not blank either; said in the schema, so that clients know before they send.
fn say_what_texts_take(schema: &mut Schema) {
    const TEXTS: &[&str] = &["text", "place", "reason", "note", "pointer", "clause", "result", "name"];
    const ANY: &str = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$";
    const SOME: &str = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$";
    let Schema::Object(object) = schema else { return };
    for (name, property) in &mut object.properties {
        if let RefOr::T(Schema::Object(text)) = property
            && TEXTS.contains(&name.as_str())
            && text.pattern.is_none()
        {
            let needed = text.min_length.is_some_and(|n| n > 0);
            text.pattern = Some(if needed { SOME } else { ANY }.to_owned());
        }
    }
}

const REFUSALS: &[(&str, &str)] = &[
    ("400", "The request cannot be read"),
    ("401", "Sign in first"),
    ("403", "You may see it but not do this"),
    ("404", "It does not exist, or you may not see it"),
    ("409", "It has changed, or its state does not allow this"),
    ("413", "Too large"),
    ("415", "Not a content type taken here"),
    ("422", "A field does not hold"),
    ("423", "Locked for a while"),
    ("429", "Too many requests"),
    ("500", "Our fault"),
    ("503", "The database cannot be used right now"),
    ("507", "The disk is full"),
];

mod audit_routes {
    //! The audit room has no routes of its own: reading the log needs callers, which stand above it.

    use audit::{FindLines, Line, Status, StatusOf};
    use axum::{Json, extract::State};
    use edge::{Caller, House, Params, Problem};
    use kernel::{Page, Power};
    use serde::Deserialize;
    use utoipa::IntoParams;
    use utoipa_axum::{router::OpenApiRouter, routes};

    #[derive(Debug, Clone, Deserialize, IntoParams)]
    #[serde(deny_unknown_fields)]
    #[into_params(parameter_in = Query)]
    pub struct LineQuery {
        /// After this position.
        #[param(minimum = 0)]
        after: Option<i64>,
        /// At most so many.
        #[param(minimum = 1, maximum = 1000)]
        limit: Option<i64>,
        /// Only actions that start so, for example `case.` or `access.sign_in`.
        #[param(max_length = 60)]
        action: Option<String>,
        /// Only this object, for example `case/0190…`.
        #[param(max_length = 120)]
        object: Option<String>,
    }

    /// The audit log, oldest first; auditors, of the regions they audit.
    #[utoipa::path(get, path = "/api/audit", operation_id = "audit_lines", tag = "audit", params(LineQuery),
        responses((status = 200, body = Page<Line>)))]
    pub async fn lines(
        State(house): State<House>,
        Caller(actor): Caller,
        Params(q): Params<LineQuery>,
    ) -> Result<Json<Page<Line>>, Problem> {
        actor.may(Power::ReadAudit, None)?;
        let (after, limit) = (q.after.unwrap_or(0), q.limit.unwrap_or(100));
        Ok(Json(
            house.db().read(&actor, FindLines { after, limit, action: q.action, object: q.object }).await?,
        ))
    }

    /// How far the audit log is sealed; auditors.
    #[utoipa::path(get, path = "/api/audit/status", operation_id = "audit_status", tag = "audit",
        responses((status = 200, body = Status)))]
    pub async fn status(State(house): State<House>, Caller(actor): Caller) -> Result<Json<Status>, Problem> {
        actor.may(Power::ReadAudit, None)?;
        Ok(Json(house.db().read(&actor, StatusOf).await?))
    }

    pub fn routes() -> OpenApiRouter<House> {
        OpenApiRouter::new().routes(routes!(lines)).routes(routes!(status))
    }
}

async fn headers(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let h = response.headers_mut();
    h.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    h.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    h.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    h.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    h.insert(
        "permissions-policy",
        HeaderValue::from_static("geolocation=(self), camera=(self), microphone=()"),
    );
    h.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
    );
    if api && !h.contains_key(header::CACHE_CONTROL) {
        h.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

async fn wrong_method() -> Problem {
    Problem(METHOD.refuse())
}

/// The whole of it.
pub fn app(house: House) -> Router {
    let (router, _) = parts();
    let document: axum::body::Bytes = openapi().to_pretty_json().unwrap_or_default().into();
    let serve_document = move || {
        let document = document.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], document) }
    };
    router
        .route("/api/openapi.json", get(serve_document))
        .layer(DefaultBodyLimit::max(BODY))
        .method_not_allowed_fallback(wrong_method)
        .fallback(pages::fallback)
        .layer(middleware::from_fn_with_state(house.clone(), access::layer))
        .layer(middleware::from_fn(edge::tell))
        .layer(middleware::from_fn(headers))
        .layer(middleware::from_fn(health::measure))
        .with_state(house)
}
