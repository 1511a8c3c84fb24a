//! Requests for recordings: who asks for what, and what the court decides.

use super::app::{App, now_ms};
use super::body::Body;
use super::caller::Caller;
use super::extract::Path;
use super::invitations::hearing_for;
use super::problem::Problem;
use super::recording_body::copy_body;
use super::{recordings, releases, secret};
use crate::court::custody::{ReleaseForm, RequestState};
use crate::court::entry;
use crate::court::id::{HearingId, RecordingId, RequestId};
use crate::court::role::Capability;
use crate::court::state::RecordingState;
use crate::store::{self, Decided};
use crate::wire::media::{
    Decision, GrantRequest, MediaRequest, NewMediaRequest, OpenedRelease, Reason, RecordedHearing,
    ReleaseLink,
};
use axum::extract::State;
use axum::http::StatusCode;
use uuid::Uuid;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// Longest time that a release opens.
const VALID_DAYS_MAX: u32 = 365;

/// The sealed recordings of a hearing that may be asked for.
#[utoipa::path(get, path = "/hearings/{id}/recordings", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = [RecordedHearing])))]
pub async fn of_hearing(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<HearingId>,
) -> Result<axum::Json<Vec<RecordedHearing>>, Problem> {
    let hearing = own_hearing(&app, &caller, id).await?;
    let evidence = app.store.evidence_of_case(hearing.case_id).await?;
    // What is asked for is the recording; what is handed out of it may be its redacted copy.
    let of_hearing = evidence
        .into_iter()
        .filter(|e| e.hearing_id == id && e.state == RecordingState::Attached && e.derived_from.is_none());
    let mut listed = Vec::new();
    for e in of_hearing {
        listed.push(RecordedHearing {
            recording: e.recording_id,
            title: e.title,
            sealed_at: e.sealed_at,
            duration_ms: e.duration_ms,
            redacted: app
                .evidence
                .handed_out(e.recording_id)
                .await?
                .references()
                .to_vec(),
        });
    }
    Ok(axum::Json(listed))
}

/// Asks for a recording of the own hearing; a clerk or staff enter what a named person asks for.
#[utoipa::path(post, path = "/recordings/{id}/requests", tag = "evidence", params(("id" = String, Path)), request_body = NewMediaRequest,
    responses((status = 201, body = MediaRequest), (status = 409)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
    body: Body,
) -> Result<(StatusCode, axum::Json<MediaRequest>), Problem> {
    may_ask(&app, &caller, id).await?;
    app.limits.evidence_work(caller.person())?;
    let new: NewMediaRequest = body.json().await?;
    let for_others = caller.require(Capability::ReleaseMedia).is_ok();
    let released_to = match (&caller, new.released_to) {
        (_, Some(name)) if for_others => entry::line("released_to", &name)?,
        (Caller::Participant(p), None) if !for_others => p.name.clone(),
        (_, None) => {
            return Err(Problem::bad_request(
                "`released_to` is missing: the court enters a request for a named person.",
            ));
        }
        (_, Some(_)) => {
            return Err(Problem::bad_request(
                "`released_to` is for the court: everybody else asks for themselves.",
            ));
        }
    };
    let new = store::NewMediaRequest {
        id: RequestId(Uuid::now_v7()),
        recording: id,
        form: new.form,
        person: caller.person(),
        requested_by: caller.named(),
        for_self: !for_others,
        released_to,
        reason: entry::line("reason", &new.reason)?,
        requested_at: now_ms(),
    };
    let request = app.evidence.request_media(&new).await?;
    Ok((
        StatusCode::CREATED,
        axum::Json(request_body(&app, &caller, request).await?),
    ))
}

/// The requests for a recording, newest first: for the court all, for everybody else their own.
#[utoipa::path(get, path = "/recordings/{id}/requests", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = [MediaRequest])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<axum::Json<Vec<MediaRequest>>, Problem> {
    let all = match caller.require(Capability::ReleaseMedia) {
        Ok(()) => {
            recordings::allowed(&app, &caller, id, Capability::ReleaseMedia).await?;
            true
        }
        Err(_) => {
            may_ask(&app, &caller, id).await?;
            false
        }
    };
    let requests = app.store.media_requests(id).await?;
    let seen = requests
        .into_iter()
        .filter(|request| all || request.person == caller.person());
    let mut bodies = Vec::new();
    for request in seen {
        bodies.push(request_body(&app, &caller, request).await?);
    }
    Ok(axum::Json(bodies))
}

/// Grants a request: the recording is released to the named person for some days. The link is to be given to that person.
#[utoipa::path(post, path = "/requests/{id}/grant", tag = "evidence", params(("id" = String, Path)), request_body = GrantRequest,
    responses((status = 200, body = ReleaseLink), (status = 409)))]
pub async fn grant(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RequestId>,
    body: Body,
) -> Result<axum::Json<ReleaseLink>, Problem> {
    let request = decidable(&app, &caller, id).await?;
    let grant: GrantRequest = body.json().await?;
    if !(1..=VALID_DAYS_MAX).contains(&grant.valid_days) {
        return Err(Problem::bad_request("`valid_days` must be from 1 to 365."));
    }
    let decided = decided(&caller, &grant.reason)?;
    if request.state != RequestState::Pending {
        return Err(already_decided());
    }
    let expires_at = decided.at + i64::from(grant.valid_days) * DAY_MS;
    let link = secret::fresh::<16>().map_err(|e| Problem::internal(&e))?;
    let granted = app
        .evidence
        .release(&request, &decided, expires_at, &link.hash)
        .await?;
    Ok(axum::Json(
        release_link(&app, &caller, granted, &link.text).await?,
    ))
}

/// Refuses a request.
#[utoipa::path(post, path = "/requests/{id}/refuse", tag = "evidence", params(("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = MediaRequest), (status = 409)))]
pub async fn refuse(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RequestId>,
    body: Body,
) -> Result<axum::Json<MediaRequest>, Problem> {
    let request = decidable(&app, &caller, id).await?;
    let reason: Reason = body.json().await?;
    let decided = decided(&caller, &reason.reason)?;
    if request.state != RequestState::Pending {
        return Err(already_decided());
    }
    let refused = app.evidence.refuse_request(&request, &decided).await?;
    Ok(axum::Json(request_body(&app, &caller, refused).await?))
}

/// Takes a release back, at once: its link and its addresses open nothing any more, and what they serve is cut off.
#[utoipa::path(post, path = "/requests/{id}/withdraw", tag = "evidence", params(("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = MediaRequest), (status = 409)))]
pub async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RequestId>,
    body: Body,
) -> Result<axum::Json<MediaRequest>, Problem> {
    let request = decidable(&app, &caller, id).await?;
    let reason: Reason = body.json().await?;
    let withdrawn = decided(&caller, &reason.reason)?;
    require_granted(&request)?;
    let done = app.evidence.withdraw_release(&request, &withdrawn).await;
    // Also when only the entry of its completion failed: the store may say that it is withdrawn.
    app.tickets.end_release(id);
    Ok(axum::Json(request_body(&app, &caller, done?).await?))
}

/// Another link for a release, in place of the one before, which opens nothing any more.
#[utoipa::path(post, path = "/requests/{id}/link", tag = "evidence", params(("id" = String, Path)),
    responses((status = 200, body = ReleaseLink), (status = 409)))]
pub async fn link(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RequestId>,
) -> Result<axum::Json<ReleaseLink>, Problem> {
    let request = decidable(&app, &caller, id).await?;
    require_granted(&request)?;
    let link = secret::fresh::<16>().map_err(|e| Problem::internal(&e))?;
    app.store.renew_release_link(id, &link.hash).await?;
    app.tickets.end_release(id);
    Ok(axum::Json(
        release_link(&app, &caller, request, &link.text).await?,
    ))
}

/// Opens a release for the person who asked for it, without its link. Entered into the chain of custody.
#[utoipa::path(post, path = "/requests/{id}/open", tag = "evidence", params(("id" = String, Path)),
    responses((status = 200, body = OpenedRelease), (status = 410)))]
pub async fn open(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RequestId>,
) -> Result<axum::Json<OpenedRelease>, Problem> {
    caller.require(Capability::RequestMedia)?;
    app.limits.evidence_work(caller.person())?;
    let request = app.store.media_request(id).await?;
    let request = request
        .filter(|request| is_own(&caller, request))
        .ok_or_else(Problem::not_found)?;
    may_ask(&app, &caller, request.recording).await?;
    let by = format!("{}, request {}", caller.named(), request.number);
    releases::opened(&app, request, by).await.map(axum::Json)
}

/// A hearing whose recordings the caller may ask for: a participant's own, no other.
async fn own_hearing(app: &App, caller: &Caller, id: HearingId) -> Result<store::Hearing, Problem> {
    let hearing = hearing_for(app, caller, id, Capability::RequestMedia).await?;
    match caller {
        Caller::Participant(p) if !p.role.can(Capability::SeeCase) => p.in_hearing(id)?,
        _ => {}
    }
    Ok(hearing)
}

/// The recording is of a hearing whose recordings the caller may ask for.
async fn may_ask(app: &App, caller: &Caller, id: RecordingId) -> Result<(), Problem> {
    caller.require(Capability::RequestMedia)?;
    let recording = app.store.recording(id).await?.ok_or_else(Problem::not_found)?;
    own_hearing(app, caller, recording.hearing_id).await?;
    Ok(())
}

/// A request about which the caller may decide.
async fn decidable(app: &App, caller: &Caller, id: RequestId) -> Result<store::MediaRequest, Problem> {
    caller.require(Capability::ReleaseMedia)?;
    app.limits.evidence_work(caller.person())?;
    let request = app
        .store
        .media_request(id)
        .await?
        .ok_or_else(Problem::not_found)?;
    recordings::allowed(app, caller, request.recording, Capability::ReleaseMedia).await?;
    Ok(request)
}

fn decided(caller: &Caller, reason: &str) -> Result<Decided, Problem> {
    Ok(Decided {
        by: caller.named(),
        reason: entry::line("reason", reason)?,
        at: now_ms(),
    })
}

fn already_decided() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "already_decided",
        "Already decided",
        "Somebody has decided about this request already. Look at it again.",
    )
}

fn require_granted(request: &store::MediaRequest) -> Result<(), Problem> {
    if request.state == RequestState::Granted {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::CONFLICT,
        "not_released",
        "Not released",
        "There is no release in force by this request. Look at it again.",
    ))
}

/// True when the caller asked for it themselves.
fn is_own(caller: &Caller, request: &store::MediaRequest) -> bool {
    request.for_self && request.person == caller.person()
}

async fn release_link(
    app: &App,
    caller: &Caller,
    request: store::MediaRequest,
    secret: &str,
) -> Result<ReleaseLink, Problem> {
    Ok(ReleaseLink {
        request: request_body(app, caller, request).await?,
        link: format!("{}/release#{secret}", app.base_url),
    })
}

async fn request_body(
    app: &App,
    caller: &Caller,
    request: store::MediaRequest,
) -> Result<MediaRequest, Problem> {
    let opens = request.opens(now_ms());
    let copy = match opens && request.form == ReleaseForm::AccessCopy {
        true => Some(copy_body(app.evidence.release_copy(&request).await?)),
        false => None,
    };
    let decision = |decided: Decided| Decision {
        by: decided.by,
        reason: decided.reason,
        at: decided.at,
    };
    Ok(MediaRequest {
        id: request.id,
        number: i64::try_from(request.number).unwrap_or(i64::MAX),
        recording: request.recording,
        form: request.form,
        own: is_own(caller, &request),
        requested_by: request.requested_by,
        released_to: request.released_to,
        reason: request.reason,
        requested_at: request.requested_at,
        state: request.state,
        decision: request.decided.map(decision),
        expires_at: request.expires_at,
        opens,
        withdrawal: request.withdrawn.map(decision),
        copy,
    })
}
