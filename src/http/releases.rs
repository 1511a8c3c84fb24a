//! Releases in the hands of the person whom they are for, and what is played of recordings.

use super::app::{App, now_ms};
use super::body::Body;
use super::caller::Caller;
use super::extract::{ClientAddress, Path};
use super::problem::Problem;
use super::recording_body::copy_body;
use super::tickets::{ByRelease, Opener};
use super::{downloads, recordings, secret};
use crate::court::custody::ReleaseForm;
use crate::court::id::RecordingId;
use crate::court::role::Capability;
use crate::evidence::{HandedOut, Stretch};
use crate::store;
use crate::wire::media::{OpenRelease, OpenedRelease, Playback, Release};
use crate::wire::redaction::ReleasedRedacted;
use axum::extract::State;
use axum::http::StatusCode;

/// A stretch lies within this many milliseconds: no recording is a hundred days long.
const STRETCH_MS_MAX: u64 = 100 * 24 * 3600 * 1000;

/// Opens a release by its link. Entered into the chain of custody.
#[utoipa::path(post, path = "/releases/open", tag = "evidence", security(()), request_body = OpenRelease,
    responses((status = 200, body = OpenedRelease), (status = 404), (status = 410), (status = 429)))]
pub async fn open(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    body: Body,
) -> Result<axum::Json<OpenedRelease>, Problem> {
    app.limits.link_opened(from)?;
    let wanted: OpenRelease = body.json().await?;
    let found = app
        .store
        .release_by_secret(&secret::hash(wanted.secret.trim()))
        .await?;
    let Some(request) = found else {
        app.limits.link_wrong(from)?;
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "release_unknown",
            "This link opens nothing",
            "The link is not known, or the court has withdrawn the release. Ask the court.",
        ));
    };
    app.limits.evidence_work(request.person)?;
    let by = format!(
        "{} (by the link of request {})",
        request.released_to, request.number
    );
    opened(&app, request, by).await.map(axum::Json)
}

/// Opens a release: `by` is entered into the chain of custody, and a ticket is given out.
pub(super) async fn opened(
    app: &App,
    request: store::MediaRequest,
    by: String,
) -> Result<OpenedRelease, Problem> {
    let now = now_ms();
    if !request.opens(now) {
        return Err(Problem::new(
            StatusCode::GONE,
            "release_over",
            "This release is over",
            "Its time is over, or the court has withdrawn it. Ask the court.",
        ));
    }
    app.evidence.open_release(&request, &by).await?;
    let opener = Opener::Release(ByRelease {
        request: request.id,
        ends_at: request.expires_at.unwrap_or(now),
    });
    let (secret, expires_at) = app.tickets.grant(request.recording, by, request.person, opener)?;
    Ok(OpenedRelease {
        base: format!("/api/v1/tickets/{secret}"),
        expires_at,
        release: release_body(app, request).await?,
    })
}

/// How a release stands, by ticket: its copy may still be in the making. The ticket in the address is the permission.
#[utoipa::path(get, path = "/tickets/{ticket}/release", tag = "evidence", security(()), params(("ticket" = String, Path, description = "the ticket: whoever has it may fetch, until it ends")),
    responses((status = 200, body = Release), (status = 404)))]
pub async fn release(
    State(app): State<App>,
    Path(ticket): Path<String>,
) -> Result<axum::Json<Release>, Problem> {
    let (_, request) = downloads::released_by(&app, &ticket).await?;
    Ok(axum::Json(release_body(&app, request).await?))
}

/// Notes a stretch of a released copy that was played, by ticket.
#[utoipa::path(post, path = "/tickets/{ticket}/playbacks", tag = "evidence", security(()), request_body = Playback, params(("ticket" = String, Path, description = "the ticket: whoever has it may fetch, until it ends")),
    responses((status = 204), (status = 404), (status = 429)))]
pub async fn played_release(
    State(app): State<App>,
    Path(ticket): Path<String>,
    body: Body,
) -> Result<StatusCode, Problem> {
    let (grant, request) = downloads::released_by(&app, &ticket).await?;
    app.limits.playback(grant.person)?;
    let stretch = stretch(body.json().await?)?;
    // What was played is what is handed out.
    let handed_out = app.evidence.handed_out(request.recording).await?;
    let recording = handed_out.recording().ok_or_else(Problem::redaction_pending)?;
    app.evidence
        .note_stretch(recording, &grant.by, Some(request.number), stretch)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Notes a stretch of the sealed tracks that was played by whoever may handle evidence.
#[utoipa::path(post, path = "/recordings/{id}/playbacks", tag = "evidence", params(("id" = String, Path)), request_body = Playback,
    responses((status = 204), (status = 409)))]
pub async fn played(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
    body: Body,
) -> Result<StatusCode, Problem> {
    recordings::allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    app.limits.playback(caller.person())?;
    let stretch = stretch(body.json().await?)?;
    app.evidence
        .note_stretch(id, &caller.named(), None, stretch)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn stretch(played: Playback) -> Result<Stretch, Problem> {
    let Playback {
        segment,
        from_ms,
        to_ms,
    } = played;
    if from_ms >= to_ms || to_ms > STRETCH_MS_MAX {
        return Err(Problem::bad_request(
            "`to_ms` must lie after `from_ms`, within a hundred days.",
        ));
    }
    Ok(Stretch {
        segment,
        from_ms,
        to_ms,
    })
}

async fn release_body(app: &App, request: store::MediaRequest) -> Result<Release, Problem> {
    let evidence = app.store.evidence_of_recording(request.recording).await?;
    let evidence = evidence.ok_or_else(Problem::not_found)?;
    let case = app.store.case(evidence.case_id).await?;
    let copy = match request.form {
        ReleaseForm::AccessCopy => Some(copy_body(app.evidence.release_copy(&request).await?)),
        ReleaseForm::Bundle => None,
    };
    let redacted = match app.evidence.handed_out(request.recording).await? {
        HandedOut::Original(_) => None,
        HandedOut::Redacted { references, .. } => Some(ReleasedRedacted {
            references,
            ready: true,
        }),
        HandedOut::Withheld { references } => Some(ReleasedRedacted {
            references,
            ready: false,
        }),
    };
    Ok(Release {
        number: i64::try_from(request.number).unwrap_or(i64::MAX),
        form: request.form,
        title: evidence.title,
        case_reference: case.ok_or_else(Problem::not_found)?.reference,
        released_to: request.released_to,
        expires_at: request.expires_at.unwrap_or_default(),
        duration_ms: evidence.duration_ms,
        copy,
        redacted,
    })
}
