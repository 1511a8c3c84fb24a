//! Following a recording of testimony that is shown to a hearing: what a page needs, for those who may hear the court.

use super::app::{App, now_ms};
use super::caller::Participant;
use super::extract::Path;
use super::problem::Problem;
use super::recording_body::{gap_body, track_body};
use super::tickets::Follower;
use crate::court::id::{HearingId, ParticipantId};
use crate::wire::api::{KeptPicture, PlayedNow, Ticket};
use axum::extract::State;

/// The recording that is shown to the hearing, with a ticket for its tracks. 404 while none is shown, and for whoever may not
/// hear the court at this moment. The ticket opens tracks and lists of this recording alone, and only while its holder may
/// follow: that is looked up at each use.
#[utoipa::path(get, path = "/hearings/{id}/playback", tag = "hearings", params(("id" = String, Path)),
    responses((status = 200, body = PlayedNow), (status = 404)))]
pub async fn playback(
    State(app): State<App>,
    caller: Participant,
    Path(id): Path<HearingId>,
) -> Result<axum::Json<PlayedNow>, Problem> {
    let received_at = now_ms();
    let live = caller.live(&app, id).await?;
    let shown = live.playback(caller.id).await?;
    let recording = shown.ok_or_else(Problem::not_found)?.view.recording;
    app.limits.evidence_work(caller.person)?;
    if app.evidence.handed_out(recording).await?.recording() != Some(recording) {
        // It was shown before a redaction of it was ordered.
        return Err(Problem::not_found());
    }
    let found = app
        .evidence
        .describe(recording)
        .await?
        .ok_or_else(Problem::not_found)?;
    // Reading takes a moment, in which the court may have stopped it, or sent somebody out.
    let following = live.playback(caller.id).await?;
    let following = following
        .filter(|f| f.view.recording == recording)
        .ok_or_else(Problem::not_found)?;
    let may = |file: &str| !following.hidden.contains(file);
    let hearing = id;
    let (secret, expires_at) = app.tickets.grant_following(
        recording,
        format!("{} ({})", caller.name, caller.role.name()),
        caller.person,
        caller.session_hash,
        Follower {
            hearing,
            participant: caller.id,
        },
    )?;
    let kept = found.seal.tracks.iter().filter(|t| !may(&t.file));
    let kept = kept.map(|t| KeptPicture {
        participant: ParticipantId(t.participant),
        segment: t.segment,
    });
    let tracks = found.seal.tracks.iter().filter(|t| may(&t.file));
    Ok(axum::Json(PlayedNow {
        tracks: tracks.filter_map(track_body).collect(),
        kept: kept.collect(),
        hidden: following.hidden.iter().cloned().collect(),
        gaps: found.gaps.iter().filter(|g| may(&g.file)).map(gap_body).collect(),
        playback: following.view,
        ticket: Ticket {
            base: format!("/api/v1/tickets/{secret}"),
            expires_at,
        },
        received_at,
        sent_at: now_ms(),
    }))
}
