//! Recordings and where they stand, and the rows that make them evidence of a case.

use super::{Store, StoreError, row, text};
use crate::court::id::{CaseId, HearingId, RecordingId};
use crate::court::state::RecordingState;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use uuid::Uuid;

/// A recording of a hearing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Identifier.
    pub id: RecordingId,
    /// Its hearing.
    pub hearing_id: HearingId,
    /// Where it stands.
    pub state: RecordingState,
    /// True when a failure cut it off: it is sealed as found. Stays true in every later state.
    pub interrupted: bool,
    /// Unix milliseconds.
    pub started_at: i64,
    /// The recording of the same hearing that this one continues.
    pub previous: Option<RecordingId>,
    /// Of a redacted copy: the recording that it was made from.
    pub derived_from: Option<RecordingId>,
}

/// A recording to be attached to its case as electronic evidence.
#[derive(Debug, Clone)]
pub struct NewEvidence {
    /// Identifier.
    pub id: Uuid,
    /// The case.
    pub case_id: CaseId,
    /// The hearing.
    pub hearing_id: HearingId,
    /// The recording.
    pub recording_id: RecordingId,
    /// SHA-256 of the signed manifest, hexadecimal.
    pub manifest_sha256: String,
    /// Unix milliseconds.
    pub sealed_at: i64,
    /// Title of the hearing.
    pub title: String,
    /// Milliseconds on record.
    pub duration_ms: i64,
}

/// A piece of electronic evidence: one sealed recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Identifier.
    pub id: Uuid,
    /// The case.
    pub case_id: CaseId,
    /// The hearing.
    pub hearing_id: HearingId,
    /// The recording.
    pub recording_id: RecordingId,
    /// SHA-256 of the signed manifest, hexadecimal.
    pub manifest_sha256: String,
    /// Unix milliseconds.
    pub sealed_at: i64,
    /// Title of the hearing.
    pub title: String,
    /// Milliseconds on record.
    pub duration_ms: i64,
    /// Where the recording stands.
    pub state: RecordingState,
    /// True when a failure cut the recording off.
    pub interrupted: bool,
    /// Of a redacted copy: the recording that it was made from.
    pub derived_from: Option<RecordingId>,
}

const RECORDING: &str =
    "SELECT id, hearing_id, state, interrupted, started_at, previous_id, derived_from FROM recordings";

const EVIDENCE: &str =
    "SELECT e.id, e.case_id, e.hearing_id, e.recording_id, e.manifest_sha256, e.sealed_at, e.title,
    e.duration_ms, r.state, r.interrupted, r.derived_from FROM evidence e JOIN recordings r ON r.id = e.recording_id";

fn read(r: &AnyRow) -> Result<Recording, StoreError> {
    Ok(Recording {
        id: row::id(r, "id")?,
        hearing_id: row::id(r, "hearing_id")?,
        state: row::named(r, "state", RecordingState::from_name)?,
        interrupted: row::flag(r, "interrupted")?,
        started_at: row::int(r, "started_at")?,
        previous: row::id_opt(r, "previous_id")?,
        derived_from: row::id_opt(r, "derived_from")?,
    })
}

fn read_evidence(r: &AnyRow) -> Result<Evidence, StoreError> {
    Ok(Evidence {
        id: row::id(r, "id")?,
        case_id: row::id(r, "case_id")?,
        hearing_id: row::id(r, "hearing_id")?,
        recording_id: row::id(r, "recording_id")?,
        manifest_sha256: row::text(r, "manifest_sha256")?,
        sealed_at: row::int(r, "sealed_at")?,
        title: row::text(r, "title")?,
        duration_ms: row::int(r, "duration_ms")?,
        state: row::named(r, "state", RecordingState::from_name)?,
        interrupted: row::flag(r, "interrupted")?,
        derived_from: row::id_opt(r, "derived_from")?,
    })
}

/// The states from which a recording may go to `to`. There is no way back.
fn before(to: RecordingState) -> &'static [RecordingState] {
    use RecordingState::*;
    match to {
        Capturing => &[],
        Closed | Interrupted => &[Capturing],
        Sealed => &[Closed, Interrupted],
        Attached => &[Sealed],
        // Only with the row of its disposal: see `disposals`.
        Disposed => &[],
    }
}

impl Store {
    /// Makes the row of a recording that starts, in state `state` (normally capturing).
    pub async fn create_recording(
        &self,
        id: RecordingId,
        hearing: HearingId,
        state: RecordingState,
        started_at: i64,
        previous: Option<RecordingId>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO recordings (id, hearing_id, state, interrupted, started_at, previous_id, custody_entries)
             VALUES ($1, $2, $3, $4, $5, $6, 0)",
        )
        .bind(id.to_string())
        .bind(hearing.to_string())
        .bind(state.name().to_string())
        .bind(i64::from(state == RecordingState::Interrupted))
        .bind(started_at)
        .bind(previous.map(|p| p.to_string()))
        .execute(&self.pool)
        .await
        .map_err(|e| StoreError::of_insert(e, "this recording exists"))?;
        Ok(())
    }

    /// Moves a recording on to `state`. Saying where it stands already changes nothing; a step back or over a state
    /// is a [`StoreError::Conflict`].
    pub async fn set_recording_state(
        &self,
        id: RecordingId,
        state: RecordingState,
    ) -> Result<(), StoreError> {
        let from = before(state);
        if !from.is_empty() {
            let list = text::placeholders(4, from.len());
            let sql = format!(
                "UPDATE recordings SET state = $2, interrupted = CASE WHEN $3 = 1 THEN 1 ELSE interrupted END
                 WHERE id = $1 AND state IN ({list})"
            );
            let mut query = sqlx::query(AssertSqlSafe(sql))
                .bind(id.to_string())
                .bind(state.name().to_string())
                .bind(i64::from(state == RecordingState::Interrupted));
            for state in from {
                query = query.bind(state.name().to_string());
            }
            if query.execute(&self.pool).await?.rows_affected() == 1 {
                return Ok(());
            }
        }
        match self.recording(id).await? {
            None => Err(StoreError::NotFound("recording")),
            Some(recording) if recording.state == state => Ok(()),
            Some(_) => Err(StoreError::Conflict(
                "a recording goes on from state to state, never back",
            )),
        }
    }

    /// The recording of that identifier.
    pub async fn recording(&self, id: RecordingId) -> Result<Option<Recording>, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!("{RECORDING} WHERE id = $1")))
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// What was recorded at a hearing, oldest first. Redacted copies are not among them.
    pub async fn recordings_of_hearing(&self, hearing: HearingId) -> Result<Vec<Recording>, StoreError> {
        let sql =
            format!("{RECORDING} WHERE hearing_id = $1 AND derived_from IS NULL ORDER BY started_at, id");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(hearing.to_string())
            .fetch_all(&self.pool)
            .await?;
        row::all(rows, read)
    }

    /// The recordings in one of the states, oldest first.
    pub async fn recordings_in_states(
        &self,
        states: &[RecordingState],
    ) -> Result<Vec<Recording>, StoreError> {
        if states.is_empty() {
            return Ok(Vec::new());
        }
        let list = text::placeholders(1, states.len());
        let sql = format!("{RECORDING} WHERE state IN ({list}) ORDER BY started_at, id");
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for state in states {
            query = query.bind(state.name().to_string());
        }
        row::all(query.fetch_all(&self.pool).await?, read)
    }

    /// Attaches a recording to its case. Doing it again with the same manifest changes nothing; with another one it
    /// is a [`StoreError::Conflict`].
    pub async fn attach_evidence(&self, evidence: NewEvidence) -> Result<(), StoreError> {
        let recording = evidence.recording_id;
        let manifest = evidence.manifest_sha256.clone();
        let done = sqlx::query(
            "INSERT INTO evidence (id, case_id, hearing_id, recording_id, manifest_sha256, sealed_at, title, duration_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (recording_id) DO NOTHING",
        )
        .bind(evidence.id.to_string())
        .bind(evidence.case_id.to_string())
        .bind(evidence.hearing_id.to_string())
        .bind(evidence.recording_id.to_string())
        .bind(evidence.manifest_sha256)
        .bind(evidence.sealed_at)
        .bind(evidence.title)
        .bind(evidence.duration_ms)
        .execute(&self.pool)
        .await
        .map_err(|e| StoreError::of_insert(e, "this evidence exists"))?;
        if done.rows_affected() == 1 {
            return Ok(());
        }
        match self.evidence_of_recording(recording).await? {
            Some(kept) if kept.manifest_sha256 == manifest => Ok(()),
            _ => Err(StoreError::Conflict(
                "the recording is attached under another manifest",
            )),
        }
    }

    /// The evidence of a case, newest first.
    pub async fn evidence_of_case(&self, case: CaseId) -> Result<Vec<Evidence>, StoreError> {
        let sql = format!("{EVIDENCE} WHERE e.case_id = $1 ORDER BY e.sealed_at DESC, e.id DESC");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(case.to_string())
            .fetch_all(&self.pool)
            .await?;
        row::all(rows, read_evidence)
    }

    /// The evidence that the recording is, once it is attached.
    pub async fn evidence_of_recording(
        &self,
        recording: RecordingId,
    ) -> Result<Option<Evidence>, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!("{EVIDENCE} WHERE e.recording_id = $1")))
            .bind(recording.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read_evidence).transpose()
    }
}
