//! The live hearing by REST: the same acts as by WebSocket, so that a script can run a hearing.

use super::app::App;
use super::body::Body;
use super::caller::Participant;
use super::extract::Path;
use super::problem::Problem;
use crate::court::act::Act;
use crate::court::id::HearingId;
use crate::court::id::RecordingId;
use crate::court::state::ParticipantState;
use crate::wire::api::{HearingNow, Receipt};
use axum::extract::State;
use axum::http::StatusCode;

/// The hearing as the caller may see it.
#[utoipa::path(get, path = "/hearings/{id}/state", tag = "hearings", params(("id" = String, Path)), responses((status = 200, body = HearingNow), (status = 403)))]
pub async fn state(
    State(app): State<App>,
    caller: Participant,
    Path(id): Path<HearingId>,
) -> Result<axum::Json<HearingNow>, Problem> {
    let hearing = caller
        .live(&app, id)
        .await?
        .view(caller.id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let own = hearing.participants.iter().find(|p| p.id == caller.id);
    if own.is_some_and(|p| p.state == ParticipantState::Removed) {
        return Err(Problem::removed());
    }
    let recording = hearing.recording;
    Ok(axum::Json(HearingNow { hearing, recording }))
}

/// Most recordings of one hearing of which there are receipts: the last ones.
const RECEIPTS_MAX: usize = 8;

/// The latest receipts of this hearing's recordings, for whoever is in its rooms: each says, signed by the court's log, how far a
/// recording had come. They are kept by those who get them, and fit no recording that was changed before that moment.
#[utoipa::path(get, path = "/hearings/{id}/receipts", tag = "hearings", params(("id" = String, Path)), responses((status = 200, body = Vec<Receipt>), (status = 403)))]
pub async fn receipts(
    State(app): State<App>,
    caller: Participant,
    Path(id): Path<HearingId>,
) -> Result<axum::Json<Vec<Receipt>>, Problem> {
    caller.in_hearing(id)?;
    caller.still_takes_part(&app).await?;
    let standing = app.hearings.standing(id, caller.id).await?;
    if !matches!(
        standing,
        Some(ParticipantState::InHearing | ParticipantState::InConsultation | ParticipantState::Retired)
    ) {
        return Ok(axum::Json(Vec::new()));
    }
    let recordings = app.store.recordings_of_hearing(id).await?;
    let last: Vec<RecordingId> = recordings
        .iter()
        .rev()
        .take(RECEIPTS_MAX)
        .map(|row| row.id)
        .collect();
    let receipts = app.evidence.receipts(&last).into_iter();
    Ok(axum::Json(
        receipts
            .map(|(recording, text)| Receipt { recording, text })
            .collect(),
    ))
}

/// Does an act. When the answer is 204, what the act allows and forbids is in force.
#[utoipa::path(post, path = "/hearings/{id}/acts", tag = "hearings", params(("id" = String, Path)), request_body = Act,
    responses((status = 204), (status = 403), (status = 409)))]
pub async fn act(
    State(app): State<App>,
    caller: Participant,
    Path(id): Path<HearingId>,
    body: Body,
) -> Result<StatusCode, Problem> {
    caller.in_hearing(id)?;
    let act: Act = body.json().await?;
    caller.live(&app, id).await?.act(caller.id, act).await??;
    Ok(StatusCode::NO_CONTENT)
}
