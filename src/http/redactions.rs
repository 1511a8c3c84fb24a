//! Redaction: a judge orders it, the court carries it out.

use super::app::{App, now_ms};
use super::body::Body;
use super::caller::Caller;
use super::extract::Path;
use super::problem::Problem;
use super::recording_body::copy_body;
use super::recordings::allowed;
use crate::court::entry;
use crate::court::id::RecordingId;
use crate::court::redaction::{IntervalFault, RedactedInterval, RedactionKind};
use crate::court::role::Capability;
use crate::evidence::{self, RedactionFault};
use crate::seal::redaction::{Interval, Kind, RedactionDocument};
use crate::store::{self, Decided};
use crate::wire::api::AccessCopy;
use crate::wire::media::{Decision, Reason};
use crate::wire::redaction::{
    CarriedOut, NewRedactionOrder, RedactedCopy, RedactedFrom, RedactedPerson, RedactionOrder, Redactions,
};
use axum::extract::State;
use axum::http::StatusCode;
use uuid::Uuid;

/// The orders to redact a recording, and the redacted copies of it.
#[utoipa::path(get, path = "/recordings/{id}/redactions", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = Redactions)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<axum::Json<Redactions>, Problem> {
    allowed(&app, &caller, id, Capability::SeeCase).await?;
    redactions(&app, &caller, id).await.map(axum::Json)
}

/// Orders that intervals of a recording, or entries of its court log, are redacted. For a judge alone. In force at once: from then on
/// releases open the redacted copy, and nothing until that is made; what they serve of the original is cut off. It binds every
/// recording of the hearing that has anything of it. Reference and reason stand in the redacted copy.
#[utoipa::path(post, path = "/recordings/{id}/redactions", tag = "evidence", params(("id" = String, Path)), request_body = NewRedactionOrder,
    responses((status = 201, body = RedactionOrder), (status = 403), (status = 409), (status = 422)))]
pub async fn order(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
    body: Body,
) -> Result<(StatusCode, axum::Json<RedactionOrder>), Problem> {
    require_judge(&caller)?;
    allowed(&app, &caller, id, Capability::OrderRedaction).await?;
    app.limits.evidence_work(caller.person())?;
    let new: NewRedactionOrder = body.json().await?;
    let new = store::NewRedactionOrder {
        id: Uuid::now_v7(),
        recording: id,
        reference: entry::line("reference", &new.reference)?,
        intervals: new.intervals,
        log_entries: new.log_entries,
        person: caller.person(),
        ordered: decided(&caller, &new.reason)?,
    };
    let ordered = app.evidence.order_redaction(new).await;
    // Also when only the entry of its completion failed: the store may say that it is in force. What was refused is not.
    if !matches!(ordered, Ok(Err(_))) {
        end_in_hearing(&app, id).await?;
    }
    let order = ordered?.map_err(refused)?;
    Ok((StatusCode::CREATED, axum::Json(order_body(order))))
}

/// Lifts an order. For a judge alone.
#[utoipa::path(post, path = "/redactions/{id}/lift", tag = "evidence", params(("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = Redactions), (status = 403), (status = 409)))]
pub async fn lift(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    body: Body,
) -> Result<axum::Json<Redactions>, Problem> {
    require_judge(&caller)?;
    app.limits.evidence_work(caller.person())?;
    let order = app
        .store
        .redaction_order(id)
        .await?
        .ok_or_else(Problem::not_found)?;
    allowed(&app, &caller, order.recording, Capability::OrderRedaction).await?;
    let reason: Reason = body.json().await?;
    let lifted = app
        .evidence
        .lift_redaction(&order, &decided(&caller, &reason.reason)?)
        .await;
    end_in_hearing(&app, order.recording).await?;
    lifted?;
    redactions(&app, &caller, order.recording).await.map(axum::Json)
}

/// Makes the redacted copy that carries out every order in force.
#[utoipa::path(post, path = "/recordings/{id}/redacted-copy", tag = "evidence", params(("id" = String, Path)), responses((status = 202, body = AccessCopy), (status = 409)))]
pub async fn make(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<(StatusCode, axum::Json<AccessCopy>), Problem> {
    allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    app.limits.evidence_work(caller.person())?;
    let status = app.evidence.make_redacted_copy(id, &caller.named()).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(copy_body(status))))
}

/// Stops making the redacted copy. One that is made stays.
#[utoipa::path(delete, path = "/recordings/{id}/redacted-copy", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = Redactions)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<axum::Json<Redactions>, Problem> {
    allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    app.evidence.cancel_redacted_copy(id);
    redactions(&app, &caller, id).await.map(axum::Json)
}

/// Ends what others than the court opened of any recording of the hearing: the order may bind each of them. Whoever still may opens it
/// again.
async fn end_in_hearing(app: &App, recording: RecordingId) -> Result<(), Problem> {
    app.tickets.end_others(recording);
    let row = app
        .store
        .recording(recording)
        .await?
        .ok_or_else(Problem::not_found)?;
    for other in app.store.recordings_of_hearing(row.hearing_id).await? {
        app.tickets.end_others(other.id);
    }
    Ok(())
}

/// A judge of a hearing, and nobody for them: the court's staff enter no order.
fn require_judge(caller: &Caller) -> Result<(), Problem> {
    match caller {
        Caller::Participant(_) => caller.require(Capability::OrderRedaction),
        Caller::Staff { .. } => Err(Problem::forbidden()),
    }
}

fn refused(fault: RedactionFault) -> Problem {
    let why = match fault {
        RedactionFault::OfCopy => {
            "This is a redacted copy. An order is about the original, of which a further copy is made."
        }
        RedactionFault::TooMany => {
            "There are too many orders about this recording, or those in force in its hearing take out too much."
        }
        RedactionFault::NoEntry => {
            "An order names 100 entries of the court log at most, each one that the recording has."
        }
        RedactionFault::Interval(IntervalFault::Number) => "An order has 1 to 100 intervals.",
        RedactionFault::Interval(IntervalFault::Backwards) => "An interval ends after it begins.",
        RedactionFault::Interval(IntervalFault::Outside) => {
            "An interval lies inside one part of the recording."
        }
        RedactionFault::Interval(IntervalFault::CutOfOne) => {
            "A cut takes everybody out. Mute or cover a person instead."
        }
        RedactionFault::Interval(IntervalFault::NobodyThere) => {
            "In that part the recording has no such sound or picture of that person."
        }
    };
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "bad_redaction",
        "This cannot be ordered",
        why,
    )
}

fn decided(caller: &Caller, reason: &str) -> Result<Decided, Problem> {
    Ok(Decided {
        by: caller.named(),
        reason: entry::line("reason", reason)?,
        at: now_ms(),
    })
}

async fn redactions(app: &App, caller: &Caller, id: RecordingId) -> Result<Redactions, Problem> {
    let found: evidence::Redactions = app.evidence.redactions(id).await?;
    let in_force = found.orders.iter().any(store::RedactionOrder::is_in_force);
    let number = |id: &Uuid| {
        let order = found.orders.iter().find(|order| order.id == *id)?;
        i64::try_from(order.number).ok()
    };
    let copies = found.copies.iter().map(|copy| RedactedCopy {
        recording: copy.recording,
        orders: copy.orders.iter().filter_map(number).collect(),
        made_at: copy.made_at,
        current: found.current == Some(copy.recording),
    });
    Ok(Redactions {
        copies: copies.collect(),
        withheld: in_force && found.current.is_none(),
        making: copy_body(found.making),
        may_order: require_judge(caller).is_ok(),
        orders: found.orders.into_iter().map(order_body).collect(),
    })
}

fn order_body(order: store::RedactionOrder) -> RedactionOrder {
    let decision = |decided: Decided| Decision {
        by: decided.by,
        reason: decided.reason,
        at: decided.at,
    };
    RedactionOrder {
        id: order.id,
        number: i64::try_from(order.number).unwrap_or(i64::MAX),
        recording: order.recording,
        reference: order.reference,
        intervals: order.intervals,
        log_entries: order.log_entries,
        ordered: decision(order.ordered),
        lifted: order.lifted.map(decision),
    }
}

/// What a redacted copy says of itself.
pub(super) fn redacted_from(document: RedactionDocument) -> RedactedFrom {
    let interval = |i: &Interval| RedactedInterval {
        segment: i.segment,
        kind: match i.kind {
            Kind::Cut => RedactionKind::Cut,
            Kind::Mute => RedactionKind::Mute,
            Kind::Cover => RedactionKind::Cover,
        },
        participant: i.participant.map(Into::into),
        from_ms: i.from_ms,
        to_ms: i.to_ms,
    };
    let orders = document.orders.iter().map(|order| CarriedOut {
        reference: order.reference.clone(),
        reason: order.reason.clone(),
        ordered_by: order.ordered_by.clone(),
        about: order.about.map(Into::into),
        log_entries: order.log_entries.clone(),
        intervals: order.intervals.iter().map(interval).collect(),
    });
    let people = document.people.iter().map(|person| RedactedPerson {
        participant: person.participant.into(),
        name: person.name.clone(),
    });
    RedactedFrom {
        recording: document.derived_from.recording.into(),
        manifest_sha256: document.derived_from.manifest_sha256.to_string(),
        orders: orders.collect(),
        people: people.collect(),
        log_entries_left_out: i64::try_from(document.log_entries_left_out).unwrap_or(i64::MAX),
        margin_ms: i64::try_from(document.margin_ms).unwrap_or(i64::MAX),
    }
}
