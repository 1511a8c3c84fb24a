//! Hearings, and the durable state of the live ones.

use super::{Store, StoreError, row, text};
use crate::court::capture::HearingKind;
use crate::court::id::{CaseId, HearingId};
use crate::court::state::HearingState;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

/// A hearing to be listed.
#[derive(Debug, Clone)]
pub struct NewHearing {
    /// Identifier.
    pub id: HearingId,
    /// Its case.
    pub case_id: CaseId,
    /// Title.
    pub title: String,
    /// Unix milliseconds.
    pub listed_for: i64,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// A hearing of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hearing {
    /// Identifier.
    pub id: HearingId,
    /// Its case.
    pub case_id: CaseId,
    /// Title.
    pub title: String,
    /// Unix milliseconds.
    pub listed_for: i64,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Where it stands.
    pub state: HearingState,
    /// What kind of hearing it is.
    pub kind: HearingKind,
}

const COLUMNS: &str = "id, case_id, title, listed_for, created_at, state, kind";

fn read(r: &AnyRow) -> Result<Hearing, StoreError> {
    Ok(Hearing {
        id: row::id(r, "id")?,
        case_id: row::id(r, "case_id")?,
        title: row::text(r, "title")?,
        listed_for: row::int(r, "listed_for")?,
        created_at: row::int(r, "created_at")?,
        state: row::named(r, "state", HearingState::from_name)?,
        kind: row::named(r, "kind", HearingKind::from_name)?,
    })
}

impl Store {
    /// Lists a hearing like any other.
    pub async fn create_hearing(&self, hearing: NewHearing) -> Result<(), StoreError> {
        self.create_hearing_of(hearing, HearingKind::Hearing).await
    }

    /// Lists a hearing of a kind.
    pub async fn create_hearing_of(&self, hearing: NewHearing, kind: HearingKind) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO hearings (id, case_id, title, listed_for, created_at, state, kind) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(hearing.id.to_string())
        .bind(hearing.case_id.to_string())
        .bind(hearing.title)
        .bind(hearing.listed_for)
        .bind(hearing.created_at)
        .bind(HearingState::Listed.name().to_string())
        .bind(kind.name().to_string())
        .execute(&self.pool)
        .await
        .map_err(|e| StoreError::of_insert(e, "this hearing exists"))?;
        Ok(())
    }

    /// The hearing of that identifier.
    pub async fn hearing(&self, id: HearingId) -> Result<Option<Hearing>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM hearings WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The hearings of a case, newest first.
    pub async fn hearings_of_case(&self, case: CaseId) -> Result<Vec<Hearing>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM hearings WHERE case_id = $1 ORDER BY listed_for DESC, id DESC");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(case.to_string())
            .fetch_all(&self.pool)
            .await?;
        row::all(rows, read)
    }

    /// The hearings in one of the states, oldest first.
    pub async fn hearings_in_states(&self, states: &[HearingState]) -> Result<Vec<Hearing>, StoreError> {
        if states.is_empty() {
            return Ok(Vec::new());
        }
        let list = text::placeholders(1, states.len());
        let sql = format!("SELECT {COLUMNS} FROM hearings WHERE state IN ({list}) ORDER BY created_at, id");
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for state in states {
            query = query.bind(state.name().to_string());
        }
        row::all(query.fetch_all(&self.pool).await?, read)
    }

    /// Keeps where the hearing stands and everything that its task needs to go on after a restart.
    pub async fn set_hearing_snapshot(
        &self,
        id: HearingId,
        state: HearingState,
        snapshot_json: &str,
        at: i64,
    ) -> Result<(), StoreError> {
        let done =
            sqlx::query("UPDATE hearings SET state = $2, snapshot = $3, snapshot_at = $4 WHERE id = $1")
                .bind(id.to_string())
                .bind(state.name().to_string())
                .bind(snapshot_json.to_string())
                .bind(at)
                .execute(&self.pool)
                .await?;
        match done.rows_affected() {
            0 => Err(StoreError::NotFound("hearing")),
            _ => Ok(()),
        }
    }

    /// What [`Store::set_hearing_snapshot`] kept last; none for a hearing that was never live.
    pub async fn hearing_snapshot(&self, id: HearingId) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT snapshot FROM hearings WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        match row {
            None => Err(StoreError::NotFound("hearing")),
            Some(r) => row::text_opt(&r, "snapshot"),
        }
    }
}
