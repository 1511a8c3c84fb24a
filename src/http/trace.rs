//! The span around each request: every line that is logged below it carries the hearing that it is about.
//!
//! A span holds identifiers and the pattern of the route only: an address may hold a ticket, a body may hold a name.

use crate::court::id::{HearingId, RecordingId};
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing::field::{Empty, display};
use tracing::{Instrument, Span};

/// Runs the request in its span.
pub async fn in_span(request: Request, next: Next) -> Response {
    // At the level of errors, so that an error line has it whatever level is logged.
    let span = tracing::error_span!(
        "request",
        method = %request.method(),
        route = Empty,
        hearing = Empty,
        recording = Empty,
    );
    if let Some(route) = request.extensions().get::<MatchedPath>() {
        span.record("route", route.as_str());
    }
    let path = request.uri().path();
    if let Some(id) = id_after(path, "/api/v1/hearings/") {
        span.record("hearing", display(HearingId(id)));
    }
    if let Some(id) = id_after(path, "/api/v1/recordings/") {
        span.record("recording", display(RecordingId(id)));
    }
    next.run(request).instrument(span).await
}

/// Notes which hearing the request is about, when the path does not say so.
pub fn about_hearing(id: HearingId) {
    Span::current().record("hearing", display(id));
}

/// Notes which recording the request is about, when the path does not say so.
pub fn about_recording(id: RecordingId) {
    Span::current().record("recording", display(id));
}

fn id_after(path: &str, prefix: &str) -> Option<uuid::Uuid> {
    path.strip_prefix(prefix)?.split('/').next()?.parse().ok()
}
