//! Invitations and sessions: a link with a secret, for one person and one hearing.

use super::app::{App, now_ms};
use super::body::Body;
use super::caller::{Caller, Participant};
use super::extract::{ClientAddress, Path};
use super::problem::Problem;
use super::secret;
use crate::court::id::{HearingId, InvitationId, ParticipantId};
use crate::court::role::Capability;
use crate::store::Hearing as HearingRow;
use crate::wire::api::{Invitation, Me, NewInvitation, RedeemRequest, Session};
use axum::extract::State;
use axum::http::StatusCode;

/// How long a session lasts without its link being opened again.
const SESSION_MS: i64 = 24 * 3600 * 1000;
const INVITATION_SECONDS_MAX: u32 = 90 * 24 * 3600;

/// Opens a link.
#[utoipa::path(post, path = "/invitations/redeem", tag = "people", security(()), request_body = RedeemRequest,
    responses((status = 200, body = Session), (status = 404), (status = 410), (status = 429)))]
pub async fn redeem(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    body: Body,
) -> Result<axum::Json<Session>, Problem> {
    app.limits.link_opened(from)?;
    let request: RedeemRequest = body.json().await?;
    let now = now_ms();
    let known = app
        .store
        .invitation_by_secret(&secret::hash(request.secret.trim()))
        .await?;
    let Some(invitation) = known else {
        // Only wrong links are counted closely: a building full of people with right ones shares one address.
        app.limits.link_wrong(from)?;
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "invitation_unknown",
            "This link opens nothing",
            "The link is not known. Check that it is complete, or ask the court for a new one.",
        ));
    };
    if invitation.revoked_at.is_some() {
        return Err(Problem::new(
            StatusCode::GONE,
            "invitation_revoked",
            "This link was withdrawn",
            "The court has withdrawn this link. Ask the court for a new one.",
        ));
    }
    if invitation.expires_at <= now {
        return Err(Problem::new(
            StatusCode::GONE,
            "invitation_expired",
            "This link has expired",
            "The link is no longer valid. Ask the court for a new one.",
        ));
    }
    let session = secret::fresh::<32>().map_err(|e| Problem::internal(&e))?;
    let expires_at = now + SESSION_MS;
    app.store
        .create_session(
            &session.hash,
            invitation.participant,
            invitation.id,
            now,
            expires_at,
        )
        .await?;
    app.store.note_redeemed(invitation.id, now).await?;
    let participant = Participant::of_session(&app, &session.text).await?;
    let me = describe(&app, &participant).await?;
    Ok(axum::Json(Session {
        session: session.text,
        expires_at,
        me,
    }))
}

/// Who am I?
#[utoipa::path(get, path = "/me", tag = "people", responses((status = 200, body = Me), (status = 401)))]
pub async fn me(State(app): State<App>, caller: Participant) -> Result<axum::Json<Me>, Problem> {
    Ok(axum::Json(describe(&app, &caller).await?))
}

/// Ends the session.
#[utoipa::path(delete, path = "/session", tag = "people", responses((status = 204)))]
pub async fn end_session(State(app): State<App>, caller: Participant) -> Result<StatusCode, Problem> {
    app.store.end_session(&caller.session_hash).await?;
    if let Some(live) = app.hearings.if_live(caller.hearing) {
        live.end_access(caller.id).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A new link for a participant.
#[utoipa::path(post, path = "/participants/{id}/invitations", tag = "people", params(("id" = String, Path)), request_body = NewInvitation,
    responses((status = 201, body = Invitation), (status = 403)))]
pub async fn invite(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ParticipantId>,
    body: Body,
) -> Result<(StatusCode, axum::Json<Invitation>), Problem> {
    caller.require(Capability::Invite)?;
    let participant = app.store.participant(id).await?.ok_or_else(Problem::not_found)?;
    hearing_for(&app, &caller, participant.hearing_id, Capability::Invite).await?;
    let new: NewInvitation = body.json().await?;
    if new.valid_seconds == 0 || new.valid_seconds > INVITATION_SECONDS_MAX {
        return Err(Problem::bad_request(
            "A link may be valid for 1 second to 90 days.",
        ));
    }
    let invitation = create(&app, id, i64::from(new.valid_seconds) * 1000)
        .await
        .map_err(|e| Problem::internal(&e))?;
    Ok((StatusCode::CREATED, axum::Json(invitation)))
}

/// Makes an invitation; the link is shown once.
pub async fn create(
    app: &App,
    participant: ParticipantId,
    valid_ms: i64,
) -> Result<Invitation, Box<dyn std::error::Error + Send + Sync>> {
    let now = now_ms();
    let secret = secret::fresh::<16>()?;
    let id = InvitationId(uuid::Uuid::now_v7());
    let expires_at = now + valid_ms;
    app.store
        .create_invitation(id, participant, &secret.hash, now, expires_at)
        .await?;
    Ok(Invitation {
        id,
        participant,
        link: format!("{}/join#{}", app.base_url, secret.text),
        expires_at,
    })
}

/// Withdraws a link: its sessions and connections end now.
#[utoipa::path(delete, path = "/invitations/{id}", tag = "people", params(("id" = String, Path)), responses((status = 204), (status = 404)))]
pub async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<InvitationId>,
) -> Result<StatusCode, Problem> {
    caller.require(Capability::Invite)?;
    let invitation = app.store.invitation(id).await?.ok_or_else(Problem::not_found)?;
    let participant = app
        .store
        .participant(invitation.participant)
        .await?
        .ok_or_else(Problem::not_found)?;
    let hearing = hearing_for(&app, &caller, participant.hearing_id, Capability::Invite).await?;
    app.store.revoke_invitation(id, now_ms()).await?;
    app.store.end_sessions_of_invitation(id).await?;
    if let Some(live) = app.hearings.if_live(hearing.id) {
        live.end_access(participant.id).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn hearing_of(app: &App, id: HearingId) -> Result<HearingRow, Problem> {
    app.store.hearing(id).await?.ok_or_else(Problem::not_found)
}

/// The hearing, for a caller who may do this in its case. First what the role allows anywhere: whoever may not is told the
/// same of a hearing that is there and of one that is not.
pub(super) async fn hearing_for(
    app: &App,
    caller: &Caller,
    id: HearingId,
    capability: Capability,
) -> Result<HearingRow, Problem> {
    caller.require(capability)?;
    let hearing = hearing_of(app, id).await?;
    caller.require_in_case(app, hearing.case_id, capability).await?;
    Ok(hearing)
}

async fn describe(app: &App, p: &Participant) -> Result<Me, Problem> {
    let hearing = hearing_of(app, p.hearing).await?;
    let case = app
        .store
        .case(hearing.case_id)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(Me {
        participant: p.id,
        name: p.name.clone(),
        role: p.role,
        capabilities: p.role.capabilities().to_vec(),
        hearing: hearing.id,
        hearing_title: hearing.title,
        hearing_state: hearing.state,
        listed_for: hearing.listed_for,
        case: case.id,
        case_reference: case.reference,
        case_title: p.role.can(Capability::SeeCase).then_some(case.title),
    })
}
