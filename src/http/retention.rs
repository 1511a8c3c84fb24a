//! How long recordings are kept: rules, legal holds, and disposal by two persons.

use super::app::{App, now_ms};
use super::body::Body;
use super::caller::Caller;
use super::extract::Path;
use super::problem::Problem;
use super::recording_body::{custody_body, evidence_body};
use super::{cases, recordings};
use crate::court::custody::{RetentionClass, SENTENCE_MONTHS_MAX};
use crate::court::entry;
use crate::court::id::{CaseId, RecordingId};
use crate::court::role::Capability;
use crate::seal::digest::Digest;
use crate::seal::disposal;
use crate::store::{self, Decided};
use crate::wire::media::{Decision, Reason};
use crate::wire::retention::{
    CopyOutcome, DestroyedCopy, Disposal, DisposedRecording, LegalHold, Retention, RetentionRule,
    SetRetention,
};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use time::format_description::FormatItem;
use time::macros::format_description;
use time::{Date, OffsetDateTime, Time};
use uuid::Uuid;

const DAY: &[FormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// How long the recordings of a case are kept, by which rule, and what stands against it.
#[utoipa::path(get, path = "/cases/{id}/retention", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = Retention)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CaseId>,
) -> Result<axum::Json<Retention>, Problem> {
    in_case(&app, &caller, id, Capability::SeeCase).await?;
    retention(&app, &caller, id).await.map(axum::Json)
}

/// Says how a case was decided, and so how long its recordings are kept.
#[utoipa::path(put, path = "/cases/{id}/retention", tag = "evidence", params(("id" = String, Path)), request_body = SetRetention,
    responses((status = 200, body = Retention), (status = 409)))]
pub async fn set(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CaseId>,
    body: Body,
) -> Result<axum::Json<Retention>, Problem> {
    in_case(&app, &caller, id, Capability::SetRetention).await?;
    app.limits.evidence_work(caller.person())?;
    let new: SetRetention = body.json().await?;
    let set = store::Retention {
        case: id,
        class: new.class,
        decided_on: decided_on(&new.decided_on)?,
        sentence_months: sentence(&new)?,
        set_by: caller.named(),
        set_at: now_ms(),
    };
    app.evidence.set_retention(&set).await?;
    retention(&app, &caller, id).await.map(axum::Json)
}

/// Puts a case under a legal hold: none of its recordings is disposed of until every hold is lifted.
#[utoipa::path(post, path = "/cases/{id}/holds", tag = "evidence", params(("id" = String, Path)), request_body = Reason,
    responses((status = 201, body = Retention)))]
pub async fn hold(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CaseId>,
    body: Body,
) -> Result<(StatusCode, axum::Json<Retention>), Problem> {
    in_case(&app, &caller, id, Capability::HoldEvidence).await?;
    app.limits.evidence_work(caller.person())?;
    let set = decided(&caller, body).await?;
    app.evidence.hold(Uuid::now_v7(), id, &set).await?;
    let body = retention(&app, &caller, id).await?;
    Ok((StatusCode::CREATED, axum::Json(body)))
}

/// Lifts a legal hold.
#[utoipa::path(post, path = "/holds/{id}/lift", tag = "evidence", params(("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = Retention), (status = 409)))]
pub async fn lift(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    body: Body,
) -> Result<axum::Json<Retention>, Problem> {
    caller.require(Capability::HoldEvidence)?;
    app.limits.evidence_work(caller.person())?;
    let hold = app.store.legal_hold(id).await?.ok_or_else(Problem::not_found)?;
    in_case(&app, &caller, hold.case, Capability::HoldEvidence).await?;
    let lifted = decided(&caller, body).await?;
    app.evidence.lift_hold(id, hold.case, &lifted).await?;
    retention(&app, &caller, hold.case).await.map(axum::Json)
}

/// Proposes to dispose of a recording whose time is over. Another person has to approve it.
#[utoipa::path(post, path = "/recordings/{id}/disposals", tag = "evidence", params(("id" = String, Path)), request_body = Reason,
    responses((status = 201, body = Retention), (status = 409)))]
pub async fn propose(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
    body: Body,
) -> Result<(StatusCode, axum::Json<Retention>), Problem> {
    let case = recordings::allowed(&app, &caller, id, Capability::Dispose)
        .await?
        .id;
    app.limits.evidence_work(caller.person())?;
    let proposed = decided(&caller, body).await?;
    let kept = app.evidence.kept_by(case).await?.ok_or_else(|| {
        Problem::new(
            StatusCode::CONFLICT,
            "no_retention_rule",
            "It is kept without end",
            "Nobody has said how the case was decided: until then its recordings are kept.",
        )
    })?;
    let rule = serde_json::to_string(&kept.rule).map_err(|e| Problem::internal(&e))?;
    let new = store::NewDisposal {
        id: Uuid::now_v7(),
        case,
        recording: id,
        rule,
        due_at: kept.due_at,
        person: caller.person(),
        proposed,
    };
    app.evidence.propose_disposal(&new).await?;
    let body = retention(&app, &caller, case).await?;
    Ok((StatusCode::CREATED, axum::Json(body)))
}

/// Approves a disposal that another person proposed. Nothing is destroyed yet.
#[utoipa::path(post, path = "/disposals/{id}/approve", tag = "evidence", params(("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = Retention), (status = 409)))]
pub async fn approve(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    body: Body,
) -> Result<axum::Json<Retention>, Problem> {
    decide(&app, &caller, id, body, true).await
}

/// Turns a disposal down, or takes it back, as long as nothing is destroyed.
#[utoipa::path(post, path = "/disposals/{id}/reject", tag = "evidence", params(("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = Retention), (status = 409)))]
pub async fn reject(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    body: Body,
) -> Result<axum::Json<Retention>, Problem> {
    decide(&app, &caller, id, body, false).await
}

/// Carries an approved disposal out: the recording's files are destroyed, and a certificate takes their place. There is no way back.
#[utoipa::path(post, path = "/disposals/{id}/carry-out", tag = "evidence", params(("id" = String, Path)),
    responses((status = 200, body = Retention), (status = 409)))]
pub async fn carry_out(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Retention>, Problem> {
    let of = disposal_for(&app, &caller, id).await?;
    if app.hearings.is_shown(of.recording).await {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "busy",
            "Shown at a hearing",
            "The recording is shown at a hearing at this moment. Put it away there first.",
        ));
    }
    let row = app.store.recording(of.recording).await?;
    let derived_from = row.ok_or_else(Problem::not_found)?.derived_from;
    // Whoever asked may hang up: what was begun is ended all the same.
    let (app_, by) = (app.clone(), caller.named());
    let done = tokio::spawn(async move {
        let end_tickets = || end_tickets(&app_, of.recording, derived_from);
        let done = app_.evidence.carry_out_disposal_with(id, &by, end_tickets).await;
        // One may have been given out meanwhile.
        end_tickets();
        done
    });
    done.await.map_err(|e| Problem::internal(&e))??;
    retention(&app, &caller, of.case).await.map(axum::Json)
}

/// Ends what serves a recording that is destroyed. What releases open is asked for by the original, also where it is a redacted copy
/// of it that is handed out.
fn end_tickets(app: &App, recording: RecordingId, derived_from: Option<RecordingId>) {
    app.tickets.end_recording(recording);
    if let Some(original) = derived_from {
        app.tickets.end_others(original);
    }
}

/// What is left of a recording that was disposed of.
#[utoipa::path(get, path = "/recordings/{id}/disposal", tag = "evidence", params(("id" = String, Path)),
    responses((status = 200, body = DisposedRecording), (status = 404)))]
pub async fn disposed(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<axum::Json<DisposedRecording>, Problem> {
    let case = recordings::allowed(&app, &caller, id, Capability::SeeCase).await?;
    let evidence = app.store.evidence_of_recording(id).await?;
    let evidence = evidence.ok_or_else(Problem::not_found)?;
    let certificate = app.evidence.disposal_certificate(id).await?;
    let certificate = certificate.ok_or_else(Problem::not_found)?;
    let document = certificate.document;
    let text = certificate
        .files
        .iter()
        .find(|(path, _)| path == disposal::DOCUMENT)
        .map_or(&[][..], |(_, content)| content);
    let custody = app.store.custody(id).await?;
    let custody = custody
        .iter()
        .map(|row| serde_json::from_str(&row.line))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| Problem::internal(&e))?;
    Ok(axum::Json(DisposedRecording {
        evidence: evidence_body(evidence),
        case: cases::case_body(case),
        proposed_by: document.proposed.by,
        approved_by: document.approved.by,
        kept_until: document.rule.kept_until,
        files: i64::try_from(document.files).unwrap_or(i64::MAX),
        bytes: i64::try_from(document.bytes).unwrap_or(i64::MAX),
        issued_at: document.issued_at.to_string(),
        certificate_sha256: Digest::of(text).to_string(),
        second_store: document.second_store.map(|copy| DestroyedCopy {
            outcome: match copy.outcome {
                disposal::CopyOutcome::Deleted => CopyOutcome::Deleted,
                disposal::CopyOutcome::Locked => CopyOutcome::Locked,
                disposal::CopyOutcome::NotDeleted => CopyOutcome::NotDeleted,
            },
            locked_until: copy.locked_until.map(|until| until.to_string()),
        }),
        custody: custody.iter().map(custody_body).collect(),
    }))
}

/// The certificate of a disposal as a tar file, with the chain of custody: `oyer verify` verifies it, offline.
#[utoipa::path(get, path = "/recordings/{id}/disposal/certificate.tar", tag = "evidence", params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/x-tar"), (status = 404)))]
pub async fn certificate(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<Response, Problem> {
    recordings::allowed(&app, &caller, id, Capability::SeeCase).await?;
    app.limits.evidence_work(caller.person())?;
    let tar = app
        .evidence
        .disposal_tar(id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let mut response = tar.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-tar"),
    );
    let name = format!("attachment; filename=\"disposal-{id}.tar\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The certificate of a disposal as a PDF, for people. It proves nothing by itself: that does the tar file.
#[utoipa::path(get, path = "/recordings/{id}/disposal/certificate.pdf", tag = "evidence", params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf"), (status = 404)))]
pub async fn certificate_pdf(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<Response, Problem> {
    recordings::allowed(&app, &caller, id, Capability::SeeCase).await?;
    app.limits.evidence_work(caller.person())?;
    let pdf = app.evidence.disposal_pdf(id).await?;
    let mut response = pdf.ok_or_else(Problem::not_found)?.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    let name = format!("attachment; filename=\"disposal-{id}.pdf\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The caller may do this in this case, and the case exists.
async fn in_case(app: &App, caller: &Caller, id: CaseId, capability: Capability) -> Result<(), Problem> {
    caller.require(capability)?;
    caller.require_in_case(app, id, capability).await?;
    app.store.case(id).await?.ok_or_else(Problem::not_found)?;
    Ok(())
}

/// A disposal about which the caller may decide.
async fn disposal_for(app: &App, caller: &Caller, id: Uuid) -> Result<store::Disposal, Problem> {
    caller.require(Capability::Dispose)?;
    app.limits.evidence_work(caller.person())?;
    let of = app.store.disposal(id).await?.ok_or_else(Problem::not_found)?;
    in_case(app, caller, of.case, Capability::Dispose).await?;
    Ok(of)
}

async fn decide(
    app: &App,
    caller: &Caller,
    id: Uuid,
    body: Body,
    approves: bool,
) -> Result<axum::Json<Retention>, Problem> {
    let of = disposal_for(app, caller, id).await?;
    let decided = decided(caller, body).await?;
    app.evidence
        .decide_disposal(&of, caller.person(), &decided, approves)
        .await?;
    retention(app, caller, of.case).await.map(axum::Json)
}

async fn decided(caller: &Caller, body: Body) -> Result<Decided, Problem> {
    let reason: Reason = body.json().await?;
    Ok(Decided {
        by: caller.named(),
        reason: entry::line("reason", &reason.reason)?,
        at: now_ms(),
    })
}

/// Midnight in UTC of a day that is not to come, in Unix milliseconds.
fn decided_on(text: &str) -> Result<i64, Problem> {
    let day = Date::parse(text, DAY).ok();
    let today = OffsetDateTime::now_utc().date();
    // A day later: a court may be ahead of UTC.
    let day = day.filter(|day| day.year() >= 1900 && Some(*day) <= today.next_day());
    let day = day.ok_or_else(|| {
        Problem::bad_request("`decided_on` must be a day such as 2026-11-28, not one that is to come.")
    })?;
    Ok(day.with_time(Time::MIDNIGHT).assume_utc().unix_timestamp() * 1000)
}

fn sentence(new: &SetRetention) -> Result<Option<u32>, Problem> {
    match (new.class, new.sentence_months) {
        (RetentionClass::Custodial, Some(months)) if (1..=SENTENCE_MONTHS_MAX).contains(&months) => {
            Ok(Some(months))
        }
        (RetentionClass::Custodial, _) => Err(Problem::bad_request(
            "`sentence_months` must be from 1 to 1200 for a custodial sentence.",
        )),
        (_, None) => Ok(None),
        (_, Some(_)) => Err(Problem::bad_request(
            "`sentence_months` is for a custodial sentence alone.",
        )),
    }
}

async fn retention(app: &App, caller: &Caller, case: CaseId) -> Result<Retention, Problem> {
    let set = app.store.retention(case).await?;
    let kept = app.evidence.kept_by(case).await?;
    let rule = set.zip(kept).map(|(set, kept)| RetentionRule {
        class: set.class,
        decided_on: kept.rule.decided_on,
        sentence_months: set.sentence_months,
        kept_until: kept.rule.kept_until,
        due: kept.due_at <= now_ms(),
        set_by: set.set_by,
        set_at: set.set_at,
    });
    let holds: Vec<LegalHold> = app
        .store
        .legal_holds(case)
        .await?
        .into_iter()
        .map(|hold| LegalHold {
            id: hold.id,
            set: decision(hold.set),
            lifted: hold.lifted.map(decision),
        })
        .collect();
    let disposals = app.store.disposals(case).await?;
    Ok(Retention {
        rule,
        held: holds.iter().any(|hold| hold.lifted.is_none()),
        holds,
        disposals: disposals
            .into_iter()
            .map(|of| Disposal {
                id: of.id,
                recording: of.recording,
                state: of.state,
                own: of.person == caller.person(),
                proposed: decision(of.proposed),
                decided: of.decided.map(decision),
                done_at: of.done_at,
            })
            .collect(),
    })
}

fn decision(decided: Decided) -> Decision {
    Decision {
        by: decided.by,
        reason: decided.reason,
        at: decided.at,
    }
}
