//! Cases.

use super::{Store, StoreError, row};
use crate::court::id::CaseId;
use sqlx::any::AnyRow;

/// A case to be made.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// Identifier.
    pub id: CaseId,
    /// As the court writes it; unique.
    pub reference: String,
    /// Title.
    pub title: String,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Identifier.
    pub id: CaseId,
    /// As the court writes it; unique.
    pub reference: String,
    /// Title.
    pub title: String,
    /// Unix milliseconds.
    pub created_at: i64,
}

fn read(r: &AnyRow) -> Result<Case, StoreError> {
    Ok(Case {
        id: row::id(r, "id")?,
        reference: row::text(r, "reference")?,
        title: row::text(r, "title")?,
        created_at: row::int(r, "created_at")?,
    })
}

impl Store {
    /// Makes a case. A reference that is taken is a [`StoreError::Conflict`].
    pub async fn create_case(&self, case: NewCase) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO cases (id, reference, title, created_at) VALUES ($1, $2, $3, $4)")
            .bind(case.id.to_string())
            .bind(case.reference)
            .bind(case.title)
            .bind(case.created_at)
            .execute(&self.pool)
            .await
            .map_err(|e| StoreError::of_insert(e, "a case with this reference exists"))?;
        Ok(())
    }

    /// The case of that identifier.
    pub async fn case(&self, id: CaseId) -> Result<Option<Case>, StoreError> {
        let row = sqlx::query("SELECT id, reference, title, created_at FROM cases WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Cases, newest first: at most `limit` of those older than `before`.
    pub async fn cases(&self, before: Option<CaseId>, limit: u32) -> Result<Vec<Case>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, reference, title, created_at FROM cases WHERE id < $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(older_than(before))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        row::all(rows, read)
    }
}

/// Identifiers rise with time (UUID version 7), as text as well.
fn older_than(before: Option<CaseId>) -> String {
    before.map_or_else(|| uuid::Uuid::max().to_string(), |id| id.to_string())
}
