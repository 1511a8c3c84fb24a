//! The span around each request: every line that is logged below it carries the hearing that it is about.
//!
//! A span holds identifiers and the pattern of the route only: an address may hold a ticket, a body may hold a name.

use crate::court::id::{HearingId, RecordingId};
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use std::cell::Cell;
use tracing::field::{Empty, display};
use tracing::{Instrument, Span};

tokio::task_local! {
    /// Whether the request's span has its hearing and its recording. Text lines would repeat what is recorded twice.
    static NOTED: (Cell<bool>, Cell<bool>);
}

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
    let hearing = id_after(path, "/api/v1/hearings/");
    if let Some(id) = hearing {
        span.record("hearing", display(HearingId(id)));
    }
    let recording = id_after(path, "/api/v1/recordings/");
    if let Some(id) = recording {
        span.record("recording", display(RecordingId(id)));
    }
    let noted = (Cell::new(hearing.is_some()), Cell::new(recording.is_some()));
    NOTED.scope(noted, next.run(request).instrument(span)).await
}

/// Notes which hearing the request is about, when the path does not say so.
pub fn about_hearing(id: HearingId) {
    if is_news(|noted| &noted.0) {
        Span::current().record("hearing", display(id));
    }
}

/// Notes which recording the request is about, when the path does not say so.
pub fn about_recording(id: RecordingId) {
    if is_news(|noted| &noted.1) {
        Span::current().record("recording", display(id));
    }
}

/// True the first time within a request, and never beyond one: what outlives a request, as a WebSocket does, was noted
/// by it.
fn is_news(of: impl FnOnce(&(Cell<bool>, Cell<bool>)) -> &Cell<bool>) -> bool {
    NOTED.try_with(|noted| !of(noted).replace(true)).unwrap_or(false)
}

fn id_after(path: &str, prefix: &str) -> Option<uuid::Uuid> {
    path.strip_prefix(prefix)?.split('/').next()?.parse().ok()
}
