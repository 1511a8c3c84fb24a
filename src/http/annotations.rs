//! Notes on sealed recordings.

use super::app::App;
use super::body::Body;
use super::caller::Caller;
use super::extract::Path;
use super::problem::Problem;
use super::recordings::allowed;
use crate::court::id::RecordingId;
use crate::court::role::Capability;
use crate::evidence::{self, AnnotationError};
use crate::wire::api::NewAnnotation;
use axum::extract::State;
use axum::http::StatusCode;

/// Adds a note at a moment of a sealed recording. It is an entry of the chain of custody, and stays.
#[utoipa::path(post, path = "/recordings/{id}/annotations", tag = "evidence", params(("id" = String, Path)),
    request_body = NewAnnotation, responses((status = 201), (status = 422), (status = 404)))]
pub async fn annotate(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
    body: Body,
) -> Result<StatusCode, Problem> {
    allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    app.limits.evidence_work(caller.person())?;
    let NewAnnotation {
        segment,
        media_ms,
        text,
    } = body.json().await?;
    let note = evidence::Annotation {
        segment,
        at_ms: u64::try_from(media_ms).unwrap_or(u64::MAX),
        text,
    };
    match app.evidence.annotate(id, &caller.named(), note).await? {
        Ok(_) => Ok(StatusCode::CREATED),
        Err(why) => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_annotation",
            "This note cannot be made",
            match why {
                AnnotationError::Length => "A note has 1 to 500 characters.",
                AnnotationError::NotText => "A note is one line of text.",
                AnnotationError::NoMoment => "The recording has no such moment.",
            },
        )),
    }
}
