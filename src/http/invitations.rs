//! Invitations and sessions: a link with a secret, for one person and one hearing.

use super::app::{App, now_ms};
use super::body::Body;
use super::caller::{Caller, Participant};
use super::extract::{ClientAddress, Path};
use super::problem::Problem;
use super::{secret, watch};
use crate::court::id::{HearingId, InvitationId, ParticipantId};
use crate::court::role::Capability;
use crate::court::state::ParticipantState;
use crate::store::{Hearing as HearingRow, Invitation as InvitationRow};
use crate::wire::api::{
    Invitation, InvitationState, IssuedInvitation, Me, NewInvitation, RedeemRequest, Session,
};
use axum::extract::State;
use axum::http::StatusCode;

/// How long a session lasts without its link being opened again.
const SESSION_MS: i64 = 24 * 3600 * 1000;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// How many days after its hearing a link opens if nobody says otherwise, whoever makes it: hearings are put off by days.
pub const VALID_DAYS: i64 = 7;
/// How many days after its hearing a link may open.
pub const VALID_DAYS_MAX: i64 = 90;

/// Opens a link.
#[utoipa::path(post, path = "/invitations/redeem", tag = "people", security(()), request_body = RedeemRequest,
    responses((status = 200, body = Session), (status = 403), (status = 404), (status = 410), (status = 429)))]
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
    let invited = app.store.participant(invitation.participant).await?;
    let invited = invited.ok_or_else(Problem::not_found)?;
    let standing = app.hearings.standing(invited.hearing_id, invited.id).await?;
    if standing == Some(ParticipantState::Removed) {
        return Err(Problem::removed());
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
        expires_at: expires_at.min(invitation.expires_at),
        me,
    }))
}

/// Who am I?
#[utoipa::path(get, path = "/me", tag = "people", responses((status = 200, body = Me), (status = 401)))]
pub async fn me(State(app): State<App>, caller: Participant) -> Result<axum::Json<Me>, Problem> {
    Ok(axum::Json(describe(&app, &caller).await?))
}

/// "This is not me": whoever opened the link says that it is not for them. The session ends, with the connection and the media
/// that it opened, and the court learns of it. What another session of the same person opened stays.
#[utoipa::path(delete, path = "/session", tag = "people", responses((status = 204), (status = 429)))]
pub async fn end_session(State(app): State<App>, caller: Participant) -> Result<StatusCode, Problem> {
    app.limits.coming(caller.id)?;
    // First the court: a session that has ended could not be asked again.
    let told = match caller.live(&app, caller.hearing).await {
        Ok(live) => live
            .decline_link(caller.id, caller.session_hash)
            .await
            .map_err(Problem::from),
        Err(why) => Err(why),
    };
    app.store.end_session(&caller.session_hash).await?;
    told.map(|()| StatusCode::NO_CONTENT)
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
    let hearing = hearing_for(&app, &caller, participant.hearing_id, Capability::Invite).await?;
    caller.require_over_bench(&hearing, participant.role)?;
    let new: NewInvitation = body.json().await?;
    // Counted from the hearing: a link that dies before the day it is for helps nobody.
    let now = now_ms();
    let from_hearing_ms = (hearing.listed_for - now).max(0);
    let valid_ms = match new.valid_seconds {
        None => from_hearing_ms + VALID_DAYS * DAY_MS,
        Some(seconds) => i64::from(seconds) * 1000,
    };
    if valid_ms == 0 || valid_ms > from_hearing_ms + VALID_DAYS_MAX * DAY_MS {
        return Err(Problem::bad_request(
            "A link may be valid from 1 second on, until 90 days after its hearing, or after now if that is later.",
        ));
    }
    let invitation = create(&app, id, valid_ms)
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

/// The invitations that were made to a hearing, oldest first; never their secrets.
#[utoipa::path(get, path = "/hearings/{id}/invitations", tag = "people", params(("id" = String, Path)), responses((status = 200, body = [IssuedInvitation])))]
pub async fn issued(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<HearingId>,
) -> Result<axum::Json<Vec<IssuedInvitation>>, Problem> {
    hearing_for(&app, &caller, id, Capability::Invite).await?;
    let now = now_ms();
    let all = app.store.invitations(id).await?;
    Ok(axum::Json(
        all.into_iter().map(|row| issued_body(&row, now)).collect(),
    ))
}

fn issued_body(row: &InvitationRow, now: i64) -> IssuedInvitation {
    let state = if row.revoked_at.is_some() {
        InvitationState::Revoked
    } else if !row.is_open(now) {
        InvitationState::Expired
    } else if row.redeemed_at.is_some() {
        InvitationState::Used
    } else {
        InvitationState::Unused
    };
    IssuedInvitation {
        id: row.id,
        participant: row.participant,
        state,
        created_at: row.created_at,
        expires_at: row.expires_at,
        redeemed_at: row.redeemed_at,
    }
}

/// Withdraws a link: its sessions and connections end now. Whoever came by another link stays.
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
    caller.require_over_bench(&hearing, participant.role)?;
    let now = now_ms();
    app.store.revoke_invitation(id, now).await?;
    app.store.end_sessions_of_invitation(id).await?;
    // Whoever is here by another link stays here.
    if let Some(live) = app.hearings.if_live(hearing.id) {
        watch::end_what_outlived_its_session(&app, &live).await;
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
