//! The web client, built into the binary. Works without a request to any other host.

use super::problem::Problem;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "web-client/dist"]
#[allow_missing = true]
struct Files;

/// The page that verifies a bundle without us. It is kept and opened from a disk: as a page of this server it would be
/// trusted for what the server says of it, and the policy below would stop its script, which stands in the file itself.
const VERIFIER: &str = "verify.html";

/// The policy for every page of ours: nothing from elsewhere, nothing inline.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
media-src 'self' blob: mediastream:; connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A file of the page, or its entry for a path that the page routes by itself. For any other path the same entry, which then
/// says that nothing is here, with the status that says so too. Below `/api` nothing is the page's.
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
        if path == VERIFIER {
            let saved = HeaderValue::from_static("attachment; filename=\"oyer-verify.html\"");
            response.headers_mut().insert(header::CONTENT_DISPOSITION, saved);
        }
        return response;
    }
    if path.starts_with("assets/") {
        return Problem::not_found().into_response();
    }
    match Files::get("index.html") {
        Some(index) => (
            if is_page(path) { StatusCode::OK } else { StatusCode::NOT_FOUND },
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

/// True for the paths that name a page: the same as in `web-client/src/app/route.ts`.
fn is_page(path: &str) -> bool {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let is_id = |part: &str| part.len() == 36 && part.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => true,
        (Some("join" | "hearing" | "recordings" | "release"), None, _) => true,
        (Some("case" | "recording"), Some(id), None) => is_id(id),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_verifier_is_handed_out_to_be_kept() {
        let response = serve(Method::GET, Uri::from_static("/verify.html")).await;
        if Files::get(VERIFIER).is_none() {
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
            return; // built without a web client
        }
        let saved = &response.headers()[header::CONTENT_DISPOSITION];
        assert_eq!(saved, "attachment; filename=\"oyer-verify.html\"");
        let page = serve(Method::GET, Uri::from_static("/")).await;
        assert!(page.headers().get(header::CONTENT_DISPOSITION).is_none());
    }

    #[test]
    fn the_pages_are_those_that_the_page_knows() {
        let id = "0193a5d2-0000-7000-8000-00000000000A";
        for page in [
            "",
            "join",
            "hearing/",
            "recordings",
            "release",
            &format!("case/{id}"),
            &format!("recording/{id}/"),
        ] {
            assert!(is_page(page), "{page}");
        }
        for none in [
            "joint",
            "hearing/x",
            "case",
            "case/1",
            &format!("case/{id}/x"),
            &format!("cases/{id}"),
            ".env",
            "admin.php",
        ] {
            assert!(!is_page(none), "{none}");
        }
        // The page's own table: its words and no others.
        let route = include_str!("../../web-client/src/app/route.ts");
        let mut words: Vec<&str> = route
            .split("page: \"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(
            words,
            [
                "case",
                "hearing",
                "home",
                "join",
                "recording",
                "recordings",
                "release",
                "unknown"
            ]
        );
    }
}
