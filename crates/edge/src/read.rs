use crate::Problem;
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::{header, request::Parts},
};
use kernel::{Actor, Fault, Kind, MALFORMED, NOT_FOUND, Refusal, Rule, Uuid};
use serde::de::DeserializeOwned;

const NOT_JSON: Rule = Rule {
    kind: Kind::Unsupported,
    code: "request.not_json",
    zh: "请求体应为 JSON(Content-Type: application/json)。",
    en: "The body has to be JSON (Content-Type: application/json).",
};

const TOO_LARGE: Rule = Rule {
    kind: Kind::TooLarge,
    code: "request.too_large",
    zh: "请求体过大。",
    en: "The body is too large.",
};

const WRONG_FIELD: Rule = Rule {
    kind: Kind::Invalid,
    code: "request.field",
    zh: "字段 {field} 不符合要求：{why}",
    en: "Field {field} does not hold: {why}",
};

const KEY_MISSING: Rule = Rule {
    kind: Kind::Invalid,
    code: "idempotency.key_missing",
    zh: "请在 Idempotency-Key 头中给出一个 UUID,以便重试不会重复执行。",
    en: "Give a UUID in the header Idempotency-Key, so that a retry does not do it twice.",
};

/// The id of a request; joins its log and audit lines, and goes out as `X-Request-Id`.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(pub Uuid);

/// Who calls: settled by the access room's layer before any handler runs.
#[derive(Debug, Clone)]
pub struct Caller(pub Actor);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Caller, Problem> {
        // Denied by default: a route without the access layer has no caller, and no answer.
        parts.extensions.get::<Caller>().cloned().ok_or_else(|| {
            Problem(
                store::rules::INTERNAL.refuse().because("this route was assembled without the access layer"),
            )
        })
    }
}

fn wrong<E: std::fmt::Display>(e: serde_path_to_error::Error<E>) -> Refusal {
    let path = e.path().to_string();
    let why = e.inner().to_string();
    // serde names an unknown field in the message, not in the path.
    let field = match why.strip_prefix("unknown field `").or_else(|| why.strip_prefix("missing field `")) {
        Some(rest) => rest.split('`').next().unwrap_or_default().to_owned(),
        None => path,
    };
    let code = if why.starts_with("unknown field") {
        "request.unknown_field"
    } else if why.starts_with("missing field") {
        "request.missing_field"
    } else {
        "request.field"
    };
    let fault = Fault { field: field.clone(), code, zh: why.clone(), en: why.clone() };
    WRONG_FIELD.refuse().with("field", field).with("why", why).faults(vec![fault])
}

/// A JSON body, read strictly: the content type has to say so, unknown fields and wrong types are named.
#[derive(Debug, Clone)]
pub struct Body<T>(pub T);

impl<S: Sync + Send, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Body<T>, Problem> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Problem(NOT_JSON.refuse()));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|e| {
            let too_large = e.into_response_status() == 413;
            Problem(if too_large { TOO_LARGE.refuse() } else { MALFORMED.refuse().with("why", "body") })
        })?;
        // A list of values would be read as an object's fields in their order; every body of ours is an object.
        if bytes.trim_ascii_start().first().is_some_and(|b| *b == b'[') {
            return Err(Problem(MALFORMED.refuse().with("why", "a list instead of an object")));
        }
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let value = match serde_path_to_error::deserialize(&mut json) {
            Ok(value) => value,
            Err(e) if e.inner().is_syntax() || e.inner().is_eof() => {
                return Err(Problem(MALFORMED.refuse().with("why", e.inner())));
            }
            Err(e) if e.inner().to_string().starts_with("invalid type: floating point") => {
                return whole_numbers(&bytes).ok_or_else(|| Problem(wrong(e)));
            }
            Err(e) => return Err(Problem(wrong(e))),
        };
        json.end().map_err(|e| Problem(MALFORMED.refuse().with("why", e)))?;
        Ok(Body(value))
    }
}

/// JSON Schema counts 3.0 as an integer; read so, where that is what stood in the way.
fn whole_numbers<T: DeserializeOwned>(bytes: &[u8]) -> Option<Body<T>> {
    fn tidy(v: &mut serde_json::Value) {
        match v {
            serde_json::Value::Number(n) => {
                // Up to 2^53 a float names one integer.
                let whole = n
                    .as_f64()
                    .filter(|f| n.is_f64() && f.fract() == 0.0 && f.abs() <= 9_007_199_254_740_992.0);
                if let Some(f) = whole {
                    *v = (f as i64).into();
                }
            }
            serde_json::Value::Array(all) => all.iter_mut().for_each(tidy),
            serde_json::Value::Object(all) => all.values_mut().for_each(tidy),
            _ => {}
        }
    }
    let mut value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    tidy(&mut value);
    serde_json::from_value(value).ok().map(Body)
}

trait IntoStatus {
    fn into_response_status(self) -> u16;
}
impl IntoStatus for axum::extract::rejection::BytesRejection {
    fn into_response_status(self) -> u16 {
        self.status().as_u16()
    }
}

/// The query string, read strictly.
#[derive(Debug, Clone)]
pub struct Params<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Params<T>, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let de = serde_urlencoded::Deserializer::new(form_pairs(query));
        serde_path_to_error::deserialize(de).map(Params).map_err(|e| Problem(wrong(e)))
    }
}

fn form_pairs(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

/// The parameters of the path. One that cannot be read names nothing that exists: 404.
#[derive(Debug, Clone, Copy)]
pub struct PathOf<T>(pub T);

impl<S: Sync + Send, T: DeserializeOwned + Send> FromRequestParts<S> for PathOf<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PathOf<T>, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(t)) => Ok(PathOf(t)),
            Err(_) => Err(Problem(NOT_FOUND.refuse())),
        }
    }
}

/// The `Idempotency-Key` of a write.
#[derive(Debug, Clone, Copy)]
pub struct Key(pub Uuid);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Key, Problem> {
        let key = parts.headers.get("idempotency-key").and_then(|v| v.to_str().ok());
        let key = key.and_then(|k| Uuid::try_parse(k.trim()).ok());
        key.map(Key).ok_or_else(|| Problem(KEY_MISSING.field("Idempotency-Key")))
    }
}
