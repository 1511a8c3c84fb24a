//! WHIP (RFC 9725) and WHEP: publish and subscribe sessions over HTTP.

use super::app::{App, now_ms};
use super::body::{Body, SDP, SDP_FRAGMENT};
use super::caller::Participant;
use super::extract::Path;
use super::problem::Problem;
use crate::court::id::HearingId;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

/// Opens a publish session.
#[utoipa::path(post, path = "/hearings/{id}/whip", tag = "media", params(("id" = String, Path)), request_body(content = String, content_type = "application/sdp"),
    responses((status = 201, body = String, content_type = "application/sdp", headers(("Location" = String))), (status = 422)))]
pub async fn whip(
    State(app): State<App>,
    caller: Participant,
    Path(id): Path<HearingId>,
    body: Body,
) -> Result<Response, Problem> {
    caller.in_hearing(id)?;
    let offer = body.offer().await?;
    let live = caller.live(&app, id).await?;
    let answer = live.publish(caller.id, caller.session_hash, offer).await?;
    created(
        &app,
        format!("/api/v1/hearings/{id}/whip/{}", answer.session),
        answer.session,
        answer.sdp,
    )
}

/// Opens a subscribe session.
#[utoipa::path(post, path = "/hearings/{id}/whep", tag = "media", params(("id" = String, Path)), request_body(content = String, content_type = "application/sdp"),
    responses((status = 201, body = String, content_type = "application/sdp", headers(("Location" = String))), (status = 422)))]
pub async fn whep(
    State(app): State<App>,
    caller: Participant,
    Path(id): Path<HearingId>,
    body: Body,
) -> Result<Response, Problem> {
    caller.in_hearing(id)?;
    let offer = body.offer().await?;
    let live = caller.live(&app, id).await?;
    let answer = live.subscribe(caller.id, caller.session_hash, offer).await?;
    created(
        &app,
        format!("/api/v1/hearings/{id}/whep/{}", answer.session),
        answer.session,
        answer.sdp,
    )
}

/// A further offer of a subscribe session that needs more seats.
#[utoipa::path(post, path = "/hearings/{id}/whep/{session}", tag = "media", params(("id" = String, Path), ("session" = String, Path)), request_body(content = String, content_type = "application/sdp"),
    responses((status = 200, body = String, content_type = "application/sdp")))]
pub async fn more_seats(
    State(app): State<App>,
    caller: Participant,
    Path((id, session)): Path<(HearingId, Uuid)>,
    body: Body,
) -> Result<Response, Problem> {
    caller.in_hearing(id)?;
    let offer = body.offer().await?;
    let answer = app
        .hearings
        .get(id)
        .await?
        .renegotiate(caller.id, session, offer)
        .await?;
    Ok(([(header::CONTENT_TYPE, SDP)], answer.sdp).into_response())
}

/// Restarts ICE of a publish session, or takes trickled candidates (RFC 9725, section 4.3).
#[utoipa::path(patch, path = "/hearings/{id}/whip/{session}", tag = "media", params(("id" = String, Path), ("session" = String, Path)),
    request_body(content = String, content_type = "application/trickle-ice-sdpfrag"), responses((status = 200, body = String, content_type = "application/trickle-ice-sdpfrag"), (status = 204)))]
pub async fn restart_whip(
    State(app): State<App>,
    caller: Participant,
    Path((id, session)): Path<(HearingId, Uuid)>,
    body: Body,
) -> Result<Response, Problem> {
    restart(app, caller, id, session, body).await
}

/// Restarts ICE of a subscribe session, or takes trickled candidates.
#[utoipa::path(patch, path = "/hearings/{id}/whep/{session}", tag = "media", params(("id" = String, Path), ("session" = String, Path)),
    request_body(content = String, content_type = "application/trickle-ice-sdpfrag"), responses((status = 200, body = String, content_type = "application/trickle-ice-sdpfrag"), (status = 204)))]
pub async fn restart_whep(
    State(app): State<App>,
    caller: Participant,
    Path((id, session)): Path<(HearingId, Uuid)>,
    body: Body,
) -> Result<Response, Problem> {
    restart(app, caller, id, session, body).await
}

/// Ends a publish session.
#[utoipa::path(delete, path = "/hearings/{id}/whip/{session}", tag = "media", params(("id" = String, Path), ("session" = String, Path)),
    responses((status = 200), (status = 404)))]
pub async fn end_whip(
    State(app): State<App>,
    caller: Participant,
    Path((id, session)): Path<(HearingId, Uuid)>,
) -> Result<StatusCode, Problem> {
    end(app, caller, id, session).await
}

/// Ends a subscribe session.
#[utoipa::path(delete, path = "/hearings/{id}/whep/{session}", tag = "media", params(("id" = String, Path), ("session" = String, Path)),
    responses((status = 200), (status = 404)))]
pub async fn end_whep(
    State(app): State<App>,
    caller: Participant,
    Path((id, session)): Path<(HearingId, Uuid)>,
) -> Result<StatusCode, Problem> {
    end(app, caller, id, session).await
}

async fn restart(
    app: App,
    caller: Participant,
    id: HearingId,
    session: Uuid,
    body: Body,
) -> Result<Response, Problem> {
    caller.in_hearing(id)?;
    let fragment = body.fragment().await?;
    let answer = app
        .hearings
        .get(id)
        .await?
        .restart_ice(caller.id, session, fragment)
        .await?;
    if answer.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let mut response = ([(header::CONTENT_TYPE, SDP_FRAGMENT)], answer).into_response();
    response.headers_mut().insert(header::ETAG, etag(session)?);
    Ok(response)
}

async fn end(app: App, caller: Participant, id: HearingId, session: Uuid) -> Result<StatusCode, Problem> {
    caller.in_hearing(id)?;
    app.hearings
        .get(id)
        .await?
        .end_session(caller.id, session)
        .await?;
    Ok(StatusCode::OK)
}

fn created(app: &App, location: String, session: Uuid, sdp: String) -> Result<Response, Problem> {
    let mut response = (StatusCode::CREATED, [(header::CONTENT_TYPE, SDP)], sdp).into_response();
    let location = HeaderValue::from_str(&location).map_err(|e| Problem::internal(&e))?;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location);
    headers.insert(header::ETAG, etag(session)?);
    headers.insert("accept-patch", HeaderValue::from_static(SDP_FRAGMENT));
    if let Some(link) = app.relay.as_ref().and_then(|relay| relay.link(now_ms())) {
        headers.insert(header::LINK, link);
    }
    Ok(response)
}

/// One entity tag for the life of the session: RFC 9725 lets an ICE restart use `If-Match: *`, and we need no more.
fn etag(session: Uuid) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(&format!("\"{session}\"")).map_err(|e| Problem::internal(&e))
}
