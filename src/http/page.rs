//! The web client, built into the binary. Works without a request to any other host.

use super::problem::Problem;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "web-client/dist"]
#[allow_missing = true]
struct Files;

/// The policy for every page of ours: nothing from elsewhere, nothing inline.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
media-src 'self' blob: mediastream:; connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A file of the page, or its entry for every path that the page routes by itself. Below `/api` nothing is the page's.
pub async fn serve(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return Problem::not_found().into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return Problem::method_not_allowed()
            .with_header(header::ALLOW, HeaderValue::from_static("GET,HEAD"))
            .into_response();
    }
    if let Some(file) = Files::get(path).filter(|_| !path.is_empty()) {
        let mime = mime_guess::from_path(path).first_or_octet_stream();
        let caching = if path.starts_with("assets/") {
            HeaderValue::from_static("public, max-age=31536000, immutable")
        } else {
            HeaderValue::from_static("no-cache")
        };
        let mut response = file.data.into_response();
        if let Ok(mime) = HeaderValue::from_str(mime.as_ref()) {
            response.headers_mut().insert(header::CONTENT_TYPE, mime);
        }
        response.headers_mut().insert(header::CACHE_CONTROL, caching);
        return response;
    }
    if path.starts_with("assets/") {
        return Problem::not_found().into_response();
    }
    match Files::get("index.html") {
        Some(index) => (
            [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")],
            index.data,
        )
            .into_response(),
        None => (
            StatusCode::NOT_FOUND,
            "This build has no web client. Build it: ./scripts/build, or npm ci && npm run build in web-client.",
        )
            .into_response(),
    }
}
