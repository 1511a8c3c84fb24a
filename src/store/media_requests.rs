//! Requests for recordings and what became of them. A granted request is a release.

use super::{Store, StoreError, TokenHash, row};
use crate::court::custody::{ReleaseForm, RequestState};
use crate::court::id::{PersonId, RecordingId, RequestId};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

/// A request to be entered.
#[derive(Debug, Clone)]
pub struct NewMediaRequest {
    /// Identifier.
    pub id: RequestId,
    /// What is asked for.
    pub recording: RecordingId,
    /// In which form.
    pub form: ReleaseForm,
    /// Who asks, or enters it for somebody else.
    pub person: PersonId,
    /// The same, as the chain of custody names them.
    pub requested_by: String,
    /// True when they ask for themselves.
    pub for_self: bool,
    /// Whom it is to be released to.
    pub released_to: String,
    /// Why.
    pub reason: String,
    /// Unix milliseconds.
    pub requested_at: i64,
}

/// An act of the court on a request: who, why, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Who, as the chain of custody names them.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Unix milliseconds.
    pub at: i64,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRequest {
    /// Identifier.
    pub id: RequestId,
    /// What people call it; counted through the whole court, from 1.
    pub number: u64,
    /// What is asked for.
    pub recording: RecordingId,
    /// In which form.
    pub form: ReleaseForm,
    /// Who asked, or entered it for somebody else.
    pub person: PersonId,
    /// The same, as the chain of custody names them.
    pub requested_by: String,
    /// True when they asked for themselves.
    pub for_self: bool,
    /// Whom it is released to, or is to be.
    pub released_to: String,
    /// Why it is asked for.
    pub reason: String,
    /// Unix milliseconds.
    pub requested_at: i64,
    /// Where it stands.
    pub state: RequestState,
    /// Who granted or refused it.
    pub decided: Option<Decided>,
    /// Unix milliseconds; of a release.
    pub expires_at: Option<i64>,
    /// Who took the release back.
    pub withdrawn: Option<Decided>,
}

impl MediaRequest {
    /// True for a release that opens what it is of, at a time in Unix milliseconds.
    pub fn opens(&self, now: i64) -> bool {
        self.state == RequestState::Granted && self.expires_at.is_some_and(|end| end > now)
    }
}

const REQUEST: &str =
    "SELECT id, number, recording_id, form, person_id, requested_by, for_self, released_to, reason,
    requested_at, state, decided_by, decision, decided_at, expires_at, withdrawn_by, withdrawal, withdrawn_at
    FROM media_requests";

/// Two requests at once may take the same number; the second takes the next.
const NUMBER_TRIES: usize = 8;

fn decided(
    r: &AnyRow,
    by: &'static str,
    reason: &'static str,
    at: &'static str,
) -> Result<Option<Decided>, StoreError> {
    let Some(by) = row::text_opt(r, by)? else {
        return Ok(None);
    };
    Ok(Some(Decided {
        by,
        reason: row::text(r, reason)?,
        at: row::int(r, at)?,
    }))
}

fn read(r: &AnyRow) -> Result<MediaRequest, StoreError> {
    Ok(MediaRequest {
        id: row::id(r, "id")?,
        number: row::count(r, "number")?,
        recording: row::id(r, "recording_id")?,
        form: row::named(r, "form", ReleaseForm::from_name)?,
        person: row::id(r, "person_id")?,
        requested_by: row::text(r, "requested_by")?,
        for_self: row::flag(r, "for_self")?,
        released_to: row::text(r, "released_to")?,
        reason: row::text(r, "reason")?,
        requested_at: row::int(r, "requested_at")?,
        state: row::named(r, "state", RequestState::from_name)?,
        decided: decided(r, "decided_by", "decision", "decided_at")?,
        expires_at: row::int_opt(r, "expires_at")?,
        withdrawn: decided(r, "withdrawn_by", "withdrawal", "withdrawn_at")?,
    })
}

impl Store {
    /// Enters a request and gives it its number.
    pub async fn create_media_request(&self, new: &NewMediaRequest) -> Result<MediaRequest, StoreError> {
        for _ in 0..NUMBER_TRIES {
            let entered = sqlx::query(
                "INSERT INTO media_requests (id, number, recording_id, form, person_id, requested_by, for_self,
                     released_to, reason, requested_at, state)
                 VALUES ($1, (SELECT COALESCE(MAX(number), 0) + 1 FROM media_requests), $2, $3, $4, $5, $6, $7, $8, $9, $10)
                 ON CONFLICT (number) DO NOTHING",
            )
            .bind(new.id.to_string())
            .bind(new.recording.to_string())
            .bind(new.form.name().to_string())
            .bind(new.person.to_string())
            .bind(new.requested_by.clone())
            .bind(i64::from(new.for_self))
            .bind(new.released_to.clone())
            .bind(new.reason.clone())
            .bind(new.requested_at)
            .bind(RequestState::Pending.name().to_string())
            .execute(&self.pool)
            .await
            .map_err(|e| StoreError::of_insert(e, "this request exists"))?;
            if entered.rows_affected() == 1 {
                let request = self.media_request(new.id).await?;
                return request.ok_or(StoreError::NotFound("request"));
            }
        }
        Err(StoreError::Conflict("too many requests were entered at once"))
    }

    /// The request of that identifier.
    pub async fn media_request(&self, id: RequestId) -> Result<Option<MediaRequest>, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!("{REQUEST} WHERE id = $1")))
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The release that the link with this secret opens, whether its time is over or not.
    pub async fn release_by_secret(&self, secret: &TokenHash) -> Result<Option<MediaRequest>, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!("{REQUEST} WHERE secret_hash = $1")))
            .bind(row::hash_text(secret))
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The requests for a recording, newest first.
    pub async fn media_requests(&self, recording: RecordingId) -> Result<Vec<MediaRequest>, StoreError> {
        let sql = format!("{REQUEST} WHERE recording_id = $1 ORDER BY number DESC");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(recording.to_string())
            .fetch_all(&self.pool)
            .await?;
        row::all(rows, read)
    }

    /// Grants a request that is pending: from now on it is a release.
    pub async fn grant_media_request(
        &self,
        id: RequestId,
        decided: &Decided,
        expires_at: i64,
        secret: &TokenHash,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(
            "UPDATE media_requests SET state = 'granted', decided_by = $2, decision = $3, decided_at = $4,
                 expires_at = $5, secret_hash = $6 WHERE id = $1 AND state = 'pending'",
        )
        .bind(id.to_string())
        .bind(decided.by.clone())
        .bind(decided.reason.clone())
        .bind(decided.at)
        .bind(expires_at)
        .bind(row::hash_text(secret))
        .execute(&self.pool)
        .await?;
        changed(
            done.rows_affected(),
            "somebody has decided about this request already",
        )
    }

    /// Refuses a request that is pending.
    pub async fn refuse_media_request(&self, id: RequestId, decided: &Decided) -> Result<(), StoreError> {
        let done = sqlx::query(
            "UPDATE media_requests SET state = 'refused', decided_by = $2, decision = $3, decided_at = $4
             WHERE id = $1 AND state = 'pending'",
        )
        .bind(id.to_string())
        .bind(decided.by.clone())
        .bind(decided.reason.clone())
        .bind(decided.at)
        .execute(&self.pool)
        .await?;
        changed(
            done.rows_affected(),
            "somebody has decided about this request already",
        )
    }

    /// Takes a release back: it opens nothing any more, nor does its link.
    pub async fn withdraw_release(&self, id: RequestId, withdrawn: &Decided) -> Result<(), StoreError> {
        let done = sqlx::query(
            "UPDATE media_requests SET state = 'withdrawn', withdrawn_by = $2, withdrawal = $3, withdrawn_at = $4,
                 secret_hash = NULL WHERE id = $1 AND state = 'granted'",
        )
        .bind(id.to_string())
        .bind(withdrawn.by.clone())
        .bind(withdrawn.reason.clone())
        .bind(withdrawn.at)
        .execute(&self.pool)
        .await?;
        changed(done.rows_affected(), "it is not released")
    }

    /// Gives a release another link; the one before opens nothing any more.
    pub async fn renew_release_link(&self, id: RequestId, secret: &TokenHash) -> Result<(), StoreError> {
        let done =
            sqlx::query("UPDATE media_requests SET secret_hash = $2 WHERE id = $1 AND state = 'granted'")
                .bind(id.to_string())
                .bind(row::hash_text(secret))
                .execute(&self.pool)
                .await?;
        changed(done.rows_affected(), "it is not released")
    }
}

/// One row was changed, or its state did not allow it.
pub(super) fn changed(rows: u64, otherwise: &'static str) -> Result<(), StoreError> {
    match rows {
        1 => Ok(()),
        _ => Err(StoreError::Conflict(otherwise)),
    }
}
