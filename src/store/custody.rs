//! The chain of custody: hash-chained lines, one ledger a recording, only ever added to.

use super::{Store, StoreError, row};
use crate::court::id::RecordingId;
use sqlx::any::AnyRow;

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustodyRow {
    /// Number within the recording, from 1.
    pub seq: u64,
    /// The line, byte for byte as it was hashed, without its line feed.
    pub line: String,
}

/// Which end of an act that takes time a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActEnd {
    /// None: the act is this one line.
    Only,
    /// The act is about to begin; it is open from then on.
    Opens,
    /// The act that this line opened is over.
    Closes(u64),
    /// The same, unless it is over already: then nothing is entered, and [`ACT_IS_OVER`] is the conflict.
    ClosesIfOpen(u64),
}

/// Nothing is entered twice about the end of an act.
pub const ACT_IS_OVER: &str = "the outcome of the act is in the ledger";

fn read(r: &AnyRow) -> Result<CustodyRow, StoreError> {
    Ok(CustodyRow {
        seq: row::count(r, "seq")?,
        line: row::text(r, "line")?,
    })
}

impl Store {
    /// Adds a line. `make` gets the number of the new line and the last line there is, and returns the new one;
    /// when it refuses, nothing is written and the refusal comes back as [`StoreError::Refused`].
    ///
    /// Two appends at once cannot fork the chain: raising the recording's counter first makes the second one wait
    /// until the first is committed, in SQLite (one writer) as in PostgreSQL (row lock).
    pub async fn append_custody<F>(&self, recording: RecordingId, make: F) -> Result<CustodyRow, StoreError>
    where
        F: FnOnce(u64, Option<&str>) -> Result<String, String>,
    {
        self.append_custody_end(recording, ActEnd::Only, make).await
    }

    /// The same for an end of an act. Which acts are open is kept in the transaction of the line that opens or closes them.
    pub async fn append_custody_end<F>(
        &self,
        recording: RecordingId,
        end: ActEnd,
        make: F,
    ) -> Result<CustodyRow, StoreError>
    where
        F: FnOnce(u64, Option<&str>) -> Result<String, String>,
    {
        let mut transaction = self.pool.begin().await?;
        let counted = sqlx::query(
            "UPDATE recordings SET custody_entries = custody_entries + 1 WHERE id = $1 RETURNING custody_entries",
        )
        .bind(recording.to_string())
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(StoreError::NotFound("recording"))?;
        let seq = row::int(&counted, "custody_entries")?;
        let last =
            sqlx::query("SELECT seq, line FROM custody WHERE recording_id = $1 ORDER BY seq DESC LIMIT 1")
                .bind(recording.to_string())
                .fetch_optional(&mut *transaction)
                .await?;
        let last = last.as_ref().map(read).transpose()?;
        let new = CustodyRow {
            seq: row::count(&counted, "custody_entries")?,
            line: String::new(),
        };
        if last.as_ref().map_or(0, |l| l.seq) + 1 != new.seq {
            return Err(StoreError::Corrupt {
                column: "custody_entries",
                value: seq.to_string(),
            });
        }
        let line = make(new.seq, last.as_ref().map(|l| l.line.as_str())).map_err(StoreError::Refused)?;
        sqlx::query("INSERT INTO custody (recording_id, seq, line) VALUES ($1, $2, $3)")
            .bind(recording.to_string())
            .bind(seq)
            .bind(line.clone())
            .execute(&mut *transaction)
            .await
            .map_err(|e| StoreError::of_insert(e, "the ledger has a line of this number"))?;
        match end {
            ActEnd::Only => {}
            ActEnd::Opens => {
                sqlx::query(
                    "INSERT INTO open_acts (recording_id, seq) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                )
                .bind(recording.to_string())
                .bind(seq)
                .execute(&mut *transaction)
                .await?;
            }
            ActEnd::Closes(opened_by) | ActEnd::ClosesIfOpen(opened_by) => {
                let closed = sqlx::query("DELETE FROM open_acts WHERE recording_id = $1 AND seq = $2")
                    .bind(recording.to_string())
                    .bind(i64::try_from(opened_by).unwrap_or(i64::MAX))
                    .execute(&mut *transaction)
                    .await?
                    .rows_affected();
                if closed == 0 && matches!(end, ActEnd::ClosesIfOpen(_)) {
                    return Err(StoreError::Conflict(ACT_IS_OVER));
                }
            }
        }
        // The commit point: from here on the entry is part of the chain; before it, there is no trace of it.
        transaction.commit().await?;
        Ok(CustodyRow { line, ..new })
    }

    /// The acts that have begun and whose outcome is not entered: the recording, and the number of the line that opened each.
    pub async fn open_acts(&self) -> Result<Vec<(RecordingId, u64)>, StoreError> {
        let rows = sqlx::query("SELECT recording_id, seq FROM open_acts ORDER BY recording_id, seq")
            .fetch_all(&self.pool)
            .await?;
        row::all(rows, |r| Ok((row::id(r, "recording_id")?, row::count(r, "seq")?)))
    }

    /// Whether a recording's ledger has begun.
    pub async fn has_custody(&self, recording: RecordingId) -> Result<bool, StoreError> {
        let found = sqlx::query("SELECT seq FROM custody WHERE recording_id = $1 LIMIT 1")
            .bind(recording.to_string())
            .fetch_optional(&self.pool)
            .await?;
        Ok(found.is_some())
    }

    /// The recordings whose ledger has begun.
    pub async fn recordings_with_custody(&self) -> Result<Vec<RecordingId>, StoreError> {
        let rows = sqlx::query("SELECT recording_id FROM custody WHERE seq = 1 ORDER BY recording_id")
            .fetch_all(&self.pool)
            .await?;
        row::all(rows, |r| row::id(r, "recording_id"))
    }

    /// Recordings in whose ledger a verification stands that failed, at whatever time. For each of them the ledger itself says how it
    /// is now.
    pub async fn recordings_once_damaged(&self) -> Result<Vec<RecordingId>, StoreError> {
        // In the words of the index.
        let rows = sqlx::query(
            "SELECT DISTINCT recording_id FROM custody WHERE line LIKE '%\"holds\":false%' ORDER BY recording_id",
        )
        .fetch_all(&self.pool)
        .await?;
        row::all(rows, |r| row::id(r, "recording_id"))
    }

    /// The whole ledger of a recording, in order.
    pub async fn custody(&self, recording: RecordingId) -> Result<Vec<CustodyRow>, StoreError> {
        let rows = sqlx::query("SELECT seq, line FROM custody WHERE recording_id = $1 ORDER BY seq")
            .bind(recording.to_string())
            .fetch_all(&self.pool)
            .await?;
        row::all(rows, read)
    }
}
