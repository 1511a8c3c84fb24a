//! The condition of evidence, for those who handle it: whether each recording is sealed, whole and in the second store, and what
//! needs somebody.

use super::app::App;
use super::caller::Caller;
use super::extract::Path;
use super::problem::Problem;
use super::recordings;
use crate::court::condition::{CopyFault, CopyStage};
use crate::court::id::{CaseId, RecordingId};
use crate::court::role::Capability;
use crate::evidence::{SecondCopy, SecondState, Trouble};
use crate::store;
use crate::store::recordings::Recording;
use crate::wire::condition::{
    Alarms, CopyCondition, CopyHindered, Damage, EncryptHindered, RecordingCondition, SealHindered,
};
use axum::extract::State;

/// How many recordings an answer names that need somebody.
const NAMED_MAX: usize = 20;

/// The condition of a recording.
#[utoipa::path(get, path = "/recordings/{id}/condition", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = RecordingCondition), (status = 404)))]
pub async fn of_recording(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<axum::Json<RecordingCondition>, Problem> {
    recordings::allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    let row = app.store.recording(id).await?.ok_or_else(Problem::not_found)?;
    Ok(axum::Json(body(&app, &row).await?))
}

/// The condition of every recording of a case, those that are not sealed yet first.
#[utoipa::path(get, path = "/cases/{id}/conditions", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = [RecordingCondition]), (status = 404)))]
pub async fn of_case(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CaseId>,
) -> Result<axum::Json<Vec<RecordingCondition>>, Problem> {
    caller
        .require_in_case(&app, id, Capability::HandleEvidence)
        .await?;
    app.store.case(id).await?.ok_or_else(Problem::not_found)?;
    let mut rows = app.evidence.unattached(Some(id)).await?;
    for evidence in app.store.evidence_of_case(id).await? {
        rows.extend(app.store.recording(evidence.recording_id).await?);
    }
    let mut conditions: Vec<RecordingCondition> = Vec::new();
    for row in rows {
        // A recording gets its place in the case file a moment before its state says so.
        if conditions.iter().all(|known| known.recording != row.id) {
            conditions.push(body(&app, &row).await?);
        }
    }
    Ok(axum::Json(conditions))
}

/// What needs somebody: of the case of the caller's link, or for staff of all.
#[utoipa::path(get, path = "/alarms", tag = "evidence", responses((status = 200, body = Alarms)))]
pub async fn alarms(State(app): State<App>, caller: Caller) -> Result<axum::Json<Alarms>, Problem> {
    caller.require(Capability::HandleEvidence)?;
    let own = match &caller {
        Caller::Staff { .. } => None,
        Caller::Participant(participant) => Some(participant.case(&app).await?),
    };
    let mut alarms = Alarms {
        recordings: Vec::new(),
        count: 0,
        second_store: app.evidence.second_store_trouble().map(hindered),
    };
    for row in app.evidence.suspects().await? {
        let hearing = app.store.hearing(row.hearing_id).await?;
        if hearing.is_none_or(|hearing| own.is_some_and(|own| hearing.case_id != own)) {
            continue;
        }
        if !app.evidence.condition(&row).await?.needs_somebody {
            continue;
        }
        alarms.count += 1;
        if alarms.recordings.len() < NAMED_MAX {
            alarms.recordings.push(body(&app, &row).await?);
        }
    }
    Ok(axum::Json(alarms))
}

async fn body(app: &App, row: &Recording) -> Result<RecordingCondition, Problem> {
    let hearing = app.store.hearing(row.hearing_id).await?;
    let hearing = hearing.ok_or_else(Problem::not_found)?;
    let case: store::Case = app
        .store
        .case(hearing.case_id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let found = app.evidence.condition(row).await?;
    let is_sealed = row.state == crate::court::state::RecordingState::Attached;
    Ok(RecordingCondition {
        recording: row.id,
        hearing: hearing.id,
        title: hearing.title,
        case_id: case.id,
        case_reference: case.reference,
        started_at: row.started_at,
        stage: found.stage,
        hindered: found.hindered.map(|trouble| SealHindered {
            since: trouble.since,
            why: trouble.why,
            by_itself: trouble.by_itself,
        }),
        damage: found.damage.map(|damage| Damage {
            found_at: damage.found_at,
            well_at: damage.well_at,
        }),
        copy: is_sealed.then(|| copy(found.copy, found.copy_hindered)),
        unencrypted: found.unencrypted.map(|trouble| EncryptHindered {
            since: trouble.since,
            why: trouble.why,
        }),
        needs_somebody: found.needs_somebody,
    })
}

fn copy(copy: Option<SecondCopy>, trouble: Option<Trouble<CopyFault>>) -> CopyCondition {
    CopyCondition {
        stage: match copy.map(|copy| copy.state) {
            None => CopyStage::None,
            Some(SecondState::Waiting) => CopyStage::Waiting,
            Some(SecondState::Kept) => CopyStage::Kept,
            Some(SecondState::Damaged) => CopyStage::Differs,
        },
        verified_at: copy
            .and_then(|copy| copy.verified_at)
            .map(|seconds| seconds.saturating_mul(1000)),
        hindered: trouble.map(hindered),
    }
}

fn hindered(trouble: Trouble<CopyFault>) -> CopyHindered {
    CopyHindered {
        since: trouble.since,
        why: trouble.why,
    }
}
