//! The court log of a hearing: entries are only ever added.

use super::{Store, StoreError, row};
use crate::court::id::HearingId;
use sqlx::any::AnyRow;

/// An entry of the court log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourtLogRow {
    /// Number within the hearing, from 1.
    pub seq: i64,
    /// Unix milliseconds.
    pub at: i64,
    /// The entry as JSON.
    pub json: String,
}

fn read(r: &AnyRow) -> Result<CourtLogRow, StoreError> {
    Ok(CourtLogRow {
        seq: row::int(r, "seq")?,
        at: row::int(r, "at")?,
        json: row::text(r, "entry")?,
    })
}

impl Store {
    /// Adds an entry. Adding the very same entry again changes nothing, so that a write whose answer was lost can be
    /// repeated; a number that another entry has is a [`StoreError::Conflict`].
    pub async fn append_log(
        &self,
        hearing: HearingId,
        seq: i64,
        at: i64,
        json: &str,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(
            "INSERT INTO court_log (hearing_id, seq, at, entry) VALUES ($1, $2, $3, $4)
             ON CONFLICT (hearing_id, seq) DO NOTHING",
        )
        .bind(hearing.to_string())
        .bind(seq)
        .bind(at)
        .bind(json.to_string())
        .execute(&self.pool)
        .await
        .map_err(|e| StoreError::of_insert(e, "the court log has an entry of this number"))?;
        if done.rows_affected() == 1 {
            return Ok(());
        }
        let kept = sqlx::query("SELECT seq, at, entry FROM court_log WHERE hearing_id = $1 AND seq = $2")
            .bind(hearing.to_string())
            .bind(seq)
            .fetch_one(&self.pool)
            .await?;
        let kept = read(&kept)?;
        match kept.at == at && kept.json == json {
            true => Ok(()),
            false => Err(StoreError::Conflict(
                "the court log has another entry of this number",
            )),
        }
    }

    /// The number of the last entry of a hearing's log; none when there is no entry.
    pub async fn last_log_seq(&self, hearing: HearingId) -> Result<Option<i64>, StoreError> {
        let row = sqlx::query("SELECT seq FROM court_log WHERE hearing_id = $1 ORDER BY seq DESC LIMIT 1")
            .bind(hearing.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|r| row::int(&r, "seq")).transpose()
    }

    /// The whole log of a hearing, in order.
    pub async fn log(&self, hearing: HearingId) -> Result<Vec<CourtLogRow>, StoreError> {
        let rows = sqlx::query("SELECT seq, at, entry FROM court_log WHERE hearing_id = $1 ORDER BY seq")
            .bind(hearing.to_string())
            .fetch_all(&self.pool)
            .await?;
        row::all(rows, read)
    }
}
