use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use kernel::{Kind, Lang, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

/// A refusal on its way out. [`tell`] writes it as RFC 9457 problem+json in the reader's language.
#[derive(Debug, Clone)]
pub struct Problem(pub Refusal);

impl From<Refusal> for Problem {
    fn from(r: Refusal) -> Problem {
        Problem(r)
    }
}

impl From<store::StoreError> for Problem {
    fn from(e: store::StoreError) -> Problem {
        Problem(e.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.kind().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// problem+json (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// A URI that names the kind of problem: `/problems/` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short text in the reader's language.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The text with its particulars.
    pub detail: String,
    /// The stable code.
    pub code: String,
    /// The fields at fault.
    pub errors: Vec<FieldProblem>,
    /// The moves open to the caller, where a move was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_moves: Option<Vec<String>>,
    /// The version the resource has now, where a stale one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_version: Option<i64>,
}

/// One field at fault.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Its name.
    pub field: String,
    /// The stable code of the reason.
    pub code: String,
    /// The reason in the reader's language.
    pub detail: String,
}

/// The language a request asks for: the first of `zh` and `en` in Accept-Language; Chinese when silent.
pub fn language(headers: &HeaderMap) -> Lang {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    for part in asked.split(',') {
        let tag = part.trim().split([';', '-', '_']).next().unwrap_or_default();
        if tag.eq_ignore_ascii_case("zh") {
            return Lang::Zh;
        }
        if tag.eq_ignore_ascii_case("en") {
            return Lang::En;
        }
    }
    Lang::Zh
}

fn body(refusal: &Refusal, lang: Lang) -> ProblemBody {
    let detail = refusal.text(lang);
    let errors = refusal.fields().iter().map(|f| FieldProblem {
        field: f.field.clone(),
        code: f.code.into(),
        detail: if lang == Lang::Zh { f.zh.clone() } else { f.en.clone() },
    });
    ProblemBody {
        kind: format!("/problems/{}", refusal.code()),
        title: detail.split(['。', '.', ';', ';']).next().unwrap_or_default().to_owned(),
        status: refusal.kind().status(),
        code: refusal.code().into(),
        errors: errors.collect(),
        allowed_moves: refusal.allowed().map(|m| m.iter().map(|m| (*m).to_owned()).collect()),
        current_version: refusal.param("version").and_then(|v| v.parse().ok()),
        detail,
    }
}

/// The outermost layer: writes refusals in the reader's language and logs those that are our fault.
pub async fn tell(request: Request, next: Next) -> Response {
    let lang = language(request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    let Some(Problem(refusal)) = response.extensions_mut().remove::<Problem>() else { return response };
    // Given by the layer that settled the caller, further in.
    let id =
        response.headers().get("x-request-id").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    match refusal.kind() {
        Kind::Internal => tracing::error!(id, %method, path, problem = ?refusal, "internal error"),
        Kind::Unavailable | Kind::Full => {
            tracing::warn!(id, %method, path, problem = ?refusal, "unavailable")
        }
        _ => tracing::debug!(id, %method, path, code = refusal.code(), "refused"),
    }
    let (mut parts, _) = response.into_parts();
    let text = serde_json::to_vec(&body(&refusal, lang)).unwrap_or_default();
    let headers = &mut parts.headers;
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    headers.insert(
        header::CONTENT_LANGUAGE,
        HeaderValue::from_static(if lang == Lang::Zh { "zh" } else { "en" }),
    );
    if matches!(refusal.kind(), Kind::Unavailable | Kind::TooMany) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    Response::from_parts(parts, text.into())
}
