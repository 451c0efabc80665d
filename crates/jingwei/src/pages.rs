//! The web pages inside the binary.

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use edge::Problem;
use kernel::NOT_FOUND;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
struct Web;

/// Which page an address belongs to: the office, the phones of grid workers, or the residents.
fn page_of(path: &str) -> &'static str {
    let starts = |prefix: &str| path == prefix || path.starts_with(&format!("{prefix}/"));
    if starts("/desk") {
        "desk/index.html"
    } else if starts("/field") {
        "field/index.html"
    } else {
        "index.html"
    }
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn file(path: &str) -> Option<Response> {
    let found = Web::get(path)?;
    // Built names carry a digest of their content, so they never change.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind_of(path))),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    Some((headers, found.data.into_owned()).into_response())
}

/// Whatever is no route: a file, a page, or nothing.
pub async fn fallback(request: Request) -> Response {
    let uri: &Uri = request.uri();
    let path = uri.path();
    let page = matches!(*request.method(), Method::GET | Method::HEAD)
        && !["/api/", "/health/", "/problems/"].iter().any(|p| path.starts_with(p));
    if !page {
        return Problem(NOT_FOUND.refuse()).into_response();
    }
    if let Some(response) = file(path.trim_start_matches('/')).filter(|_| path != "/") {
        return response;
    }
    // An address with a dot in its last part is a file that is not there, not a page.
    if path.rsplit('/').next().is_some_and(|last| last.contains('.')) {
        return Problem(NOT_FOUND.refuse()).into_response();
    }
    file(page_of(path)).unwrap_or_else(|| {
        let text = "The web pages are not part of this build; run `make web` before building. \
                    The API is at /api/openapi.json.";
        (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
    })
}
