//! Sealed recordings: what the case file shows, verification, copies, and tickets for what a browser fetches.

use super::app::App;
use super::caller::Caller;
use super::extract::Path;
use super::problem::Problem;
use super::recording_body::{self, copy_body, evidence_body};
use super::tickets::Opener;
use super::{invitations, redactions, trace};
use crate::court::id::{CaseId, RecordingId};
use crate::court::role::Capability;
use crate::evidence::{self, EvidenceError, SecondState};
use crate::seal::verify::Check;
use crate::store;
use crate::wire::api::{
    AccessCopy, Evidence, Recording, SecondStoreCopy, Ticket, Verification, VerificationCheck,
    VerificationProgress,
};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;

impl From<EvidenceError> for Problem {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::NotFound(_) => Problem::not_found(),
            EvidenceError::NotSealed(_) => Problem::new(
                StatusCode::CONFLICT,
                "not_sealed",
                "Not sealed yet",
                "The recording is not sealed yet. Try again in a moment.",
            )
            .retry_after(2),
            EvidenceError::Disposed(_) => Problem::new(
                StatusCode::GONE,
                "disposed",
                "Disposed of",
                "The court has destroyed this recording when its time was over. Its certificate and its chain of custody are kept.",
            ),
            EvidenceError::Busy(why) => Problem::new(StatusCode::CONFLICT, "busy", "Already under way", why),
            EvidenceError::LogProof(why) => {
                tracing::error!(%why, "a disposal was refused: its certificate would lack the proof of the log");
                Problem::new(
                    StatusCode::CONFLICT,
                    "busy",
                    "Not yet",
                    "The certificate is to keep the proof that the recording is in the court's log, and that proof is not whole yet. Try again in a minute.",
                )
            }
            EvidenceError::Store(error) => error.into(),
            other => Problem::internal(&other),
        }
    }
}

/// The recording exists, and the caller's own role in its case includes the capability.
pub(super) async fn allowed(
    app: &App,
    caller: &Caller,
    id: RecordingId,
    capability: Capability,
) -> Result<store::Case, Problem> {
    // First what the role allows anywhere: whoever may not is told the same of what is there and of what is not.
    caller.require(capability)?;
    let recording = app.store.recording(id).await?.ok_or_else(Problem::not_found)?;
    trace::about_hearing(recording.hearing_id);
    let hearing = invitations::hearing_of(app, recording.hearing_id).await?;
    caller.require_in_case(app, hearing.case_id, capability).await?;
    app.store
        .case(hearing.case_id)
        .await?
        .ok_or_else(Problem::not_found)
}

pub(super) async fn evidence_of_case(app: &App, case: CaseId) -> Result<Vec<Evidence>, Problem> {
    Ok(app
        .store
        .evidence_of_case(case)
        .await?
        .into_iter()
        .map(evidence_body)
        .collect())
}

/// A sealed recording with its log, its gaps and its chain of custody.
#[utoipa::path(get, path = "/recordings/{id}", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = Recording), (status = 404)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<axum::Json<Recording>, Problem> {
    let case = allowed(&app, &caller, id, Capability::SeeCase).await?;
    let found = app.evidence.describe(id).await?.ok_or_else(Problem::not_found)?;
    let root = app.evidence.root_fingerprint();
    let redacted = app.evidence.redaction(id).await?.map(redactions::redacted_from);
    Ok(axum::Json(recording_body::recording(found, case, redacted, root)))
}

/// How long a request to verify waits for the verdict. A short recording is done by then; of a long one whoever asks is shown
/// how far it has come.
const VERDICT_WITHIN: Duration = Duration::from_secs(2);

/// Verifies the recording as it is stored, now. 200 with the verdict if that takes a moment only; 202 while all of a long
/// recording is being read: `GET` of the same path says how far it has come, and in the end the verdict. One verification of a
/// recording runs at a time; whoever asks meanwhile gets the outcome of that one. The chain of custody has beginning and
/// outcome, whoever still waits for it.
#[utoipa::path(post, path = "/recordings/{id}/verify", tag = "evidence", params(("id" = String, Path)),
    responses((status = 200, body = Verification), (status = 202, body = VerificationProgress), (status = 409)))]
pub async fn verify(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<Response, Problem> {
    allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    app.limits.evidence_work(caller.person())?;
    app.evidence.start_verification(id, &caller.named()).await?;
    let stands = app.evidence.verification(id, VERDICT_WITHIN).await?;
    stands.map(verification_body).ok_or_else(Problem::not_found)
}

/// How the verification of the recording stands: 200 with the verdict of the last one, 202 while it runs, 404 if none was asked
/// for since the server started.
#[utoipa::path(get, path = "/recordings/{id}/verify", tag = "evidence", params(("id" = String, Path)),
    responses((status = 200, body = Verification), (status = 202, body = VerificationProgress), (status = 404)))]
pub async fn verification(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<Response, Problem> {
    allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    let stands = app.evidence.verification(id, Duration::ZERO).await?;
    stands.map(verification_body).ok_or_else(Problem::not_found)
}

fn verification_body(stands: evidence::Verification) -> Response {
    let report = match stands {
        evidence::Verification::Running { percent } => {
            let body = axum::Json(VerificationProgress { percent });
            return (StatusCode::ACCEPTED, body).into_response();
        }
        evidence::Verification::Done(report) => report,
    };
    let check = |c: &Check| VerificationCheck {
        verdict: c.verdict.name().to_owned(),
        check: c.check.name().to_owned(),
        what: c.what.to_owned(),
        detail: c.detail.clone(),
        file: c.file.clone(),
    };
    axum::Json(Verification {
        ok: report.holds(),
        checks: report.checks.iter().map(check).collect(),
    })
    .into_response()
}

/// A short-lived address for playback and downloads. Asking for it is noted in the chain of custody.
#[utoipa::path(post, path = "/recordings/{id}/tickets", tag = "evidence", params(("id" = String, Path)), responses((status = 201, body = Ticket)))]
pub async fn ticket(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<(StatusCode, axum::Json<Ticket>), Problem> {
    allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    app.limits.evidence_work(caller.person())?;
    app.evidence.note_viewed(id, &caller.named()).await?;
    let (secret, expires_at) = app.tickets.grant(
        id,
        caller.named(),
        caller.person(),
        Opener::Holder(caller.holder()),
    )?;
    Ok((
        StatusCode::CREATED,
        axum::Json(Ticket {
            base: format!("/api/v1/tickets/{secret}"),
            expires_at,
        }),
    ))
}

/// Whether the recording is in the second store as well, by what was last read there.
#[utoipa::path(get, path = "/recordings/{id}/second-store", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = SecondStoreCopy)))]
pub async fn second_store(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<axum::Json<SecondStoreCopy>, Problem> {
    allowed(&app, &caller, id, Capability::SeeCase).await?;
    let ms = |seconds: i64| seconds.saturating_mul(1000);
    let copy = app.evidence.second_copy(id).await?;
    let state = match copy.map(|copy| copy.state) {
        None => "none",
        Some(SecondState::Waiting) => "waiting",
        Some(SecondState::Kept) => "kept",
        Some(SecondState::Damaged) => "damaged",
    };
    Ok(axum::Json(SecondStoreCopy {
        state: state.into(),
        verified_at: copy.and_then(|copy| copy.verified_at).map(ms),
        locked_until: copy.and_then(|copy| copy.locked_until).map(ms),
    }))
}

/// How the access copy stands.
#[utoipa::path(get, path = "/recordings/{id}/access-copy", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = AccessCopy)))]
pub async fn access_copy(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<axum::Json<AccessCopy>, Problem> {
    allowed(&app, &caller, id, Capability::SeeCase).await?;
    Ok(axum::Json(copy_body(app.evidence.access_copy(id))))
}

/// Makes the access copy: a film of all tracks, for watching. It is no evidence; the sealed tracks are.
#[utoipa::path(post, path = "/recordings/{id}/access-copy", tag = "evidence", params(("id" = String, Path)), responses((status = 202, body = AccessCopy)))]
pub async fn make_access_copy(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<(StatusCode, axum::Json<AccessCopy>), Problem> {
    allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    app.limits.evidence_work(caller.person())?;
    let status = app.evidence.start_access_copy(id, &caller.named()).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(copy_body(status))))
}

/// Stops making the access copy.
#[utoipa::path(delete, path = "/recordings/{id}/access-copy", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = AccessCopy)))]
pub async fn cancel_access_copy(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<axum::Json<AccessCopy>, Problem> {
    allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    app.evidence.cancel_access_copy(id).await;
    Ok(axum::Json(copy_body(app.evidence.access_copy(id))))
}

/// The root certificate of this court's seal, as PEM. Its fingerprint is what others compare.
#[utoipa::path(get, path = "/seal/root.pem", tag = "evidence", security(()), responses((status = 200, body = String, content_type = "application/x-pem-file")))]
pub async fn root(State(app): State<App>) -> Result<Response, Problem> {
    let pem = app.evidence.root_pem()?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response())
}
