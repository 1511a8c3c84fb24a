//! Disposals: a recording is destroyed when its time is over, on the proposal of one person and the approval of another.
//!
//! What must never happen is kept from happening here, in the same transaction as the step itself: not before the date, not by another
//! rule than the one in force, not while a hold is in force, not by one person alone.

use super::media_requests::{Decided, changed};
use super::retention::{one_by_one, require_no_hold, require_rule};
use super::{Store, StoreError, row};
use crate::court::custody::DisposalState;
use crate::court::id::{CaseId, PersonId, RecordingId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Transaction};
use uuid::Uuid;

/// A disposal to be proposed.
#[derive(Debug, Clone)]
pub struct NewDisposal {
    /// Identifier.
    pub id: Uuid,
    /// The case.
    pub case: CaseId,
    /// What is to be destroyed.
    pub recording: RecordingId,
    /// By which rule, as JSON.
    pub rule: String,
    /// From when on the rule allows it, in Unix milliseconds.
    pub due_at: i64,
    /// Who proposes it.
    pub person: PersonId,
    /// The same, as the chain of custody names them; why; when.
    pub proposed: Decided,
}

/// A disposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposal {
    /// Identifier.
    pub id: Uuid,
    /// The case.
    pub case: CaseId,
    /// What is to be destroyed, or was.
    pub recording: RecordingId,
    /// By which rule, as JSON.
    pub rule: String,
    /// From when on the rule allows it, in Unix milliseconds.
    pub due_at: i64,
    /// Who proposed it.
    pub person: PersonId,
    /// The same, as the chain of custody names them; why; when.
    pub proposed: Decided,
    /// Where it stands.
    pub state: DisposalState,
    /// Who approved or rejected it.
    pub decided: Option<Decided>,
    /// When it was done, in Unix milliseconds.
    pub done_at: Option<i64>,
}

const DISPOSAL: &str =
    "SELECT id, case_id, recording_id, rule, due_at, person_id, proposed_by, reason, proposed_at, state,
    decided_by, decision, decided_at, done_at FROM disposals";

fn read(r: &AnyRow) -> Result<Disposal, StoreError> {
    let decided = match row::text_opt(r, "decided_by")? {
        None => None,
        Some(by) => Some(Decided {
            by,
            reason: row::text(r, "decision")?,
            at: row::int(r, "decided_at")?,
        }),
    };
    Ok(Disposal {
        id: row::id(r, "id")?,
        case: row::id(r, "case_id")?,
        recording: row::id(r, "recording_id")?,
        rule: row::text(r, "rule")?,
        due_at: row::int(r, "due_at")?,
        person: row::id(r, "person_id")?,
        proposed: Decided {
            by: row::text(r, "proposed_by")?,
            reason: row::text(r, "reason")?,
            at: row::int(r, "proposed_at")?,
        },
        state: row::named(r, "state", DisposalState::from_name)?,
        decided,
        done_at: row::int_opt(r, "done_at")?,
    })
}

/// The disposal, read inside the transaction that is about to change it, with the case locked.
async fn locked(transaction: &mut Transaction<'static, Any>, id: Uuid) -> Result<Disposal, StoreError> {
    let sql = || AssertSqlSafe(format!("{DISPOSAL} WHERE id = $1"));
    let case = sqlx::query("UPDATE disposals SET state = state WHERE id = $1 RETURNING case_id")
        .bind(id.to_string())
        .fetch_optional(&mut **transaction)
        .await?
        .ok_or(StoreError::NotFound("disposal"))?;
    one_by_one(transaction, row::id(&case, "case_id")?).await?;
    let row = sqlx::query(sql())
        .bind(id.to_string())
        .fetch_one(&mut **transaction)
        .await?;
    read(&row)
}

impl Store {
    /// Proposes a disposal: when its date has come by the rule in force, while no hold is in force, and no other of the same recording is under way.
    pub async fn propose_disposal(&self, new: &NewDisposal) -> Result<(), StoreError> {
        if new.due_at > new.proposed.at {
            return Err(StoreError::Conflict("it is kept until a later day"));
        }
        let mut transaction = self.pool.begin().await?;
        one_by_one(&mut transaction, new.case).await?;
        require_rule(&mut transaction, new.case, &new.rule).await?;
        require_no_hold(&mut transaction, new.case).await?;
        sqlx::query(
            "INSERT INTO disposals (id, case_id, recording_id, rule, due_at, person_id, proposed_by, reason, proposed_at, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'proposed')",
        )
        .bind(new.id.to_string())
        .bind(new.case.to_string())
        .bind(new.recording.to_string())
        .bind(new.rule.clone())
        .bind(new.due_at)
        .bind(new.person.to_string())
        .bind(new.proposed.by.clone())
        .bind(new.proposed.reason.clone())
        .bind(new.proposed.at)
        .execute(&mut *transaction)
        .await
        .map_err(|e| StoreError::of_insert(e, "a disposal of this recording is under way"))?;
        transaction.commit().await?;
        Ok(())
    }

    /// Approves a disposal that another person proposed. Somebody of the same name is taken for the same person: the court may
    /// have entered one twice.
    pub async fn approve_disposal(
        &self,
        id: Uuid,
        person: PersonId,
        decided: &Decided,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let disposal = locked(&mut transaction, id).await?;
        if disposal.state != DisposalState::Proposed {
            return Err(StoreError::Conflict("it does not wait for an approval"));
        }
        let names = sqlx::query("SELECT name FROM persons WHERE id = $1 OR id = $2")
            .bind(disposal.person.to_string())
            .bind(person.to_string())
            .fetch_all(&mut *transaction)
            .await?;
        let names = row::all(names, |r| row::text(r, "name"))?;
        let [one, other] = names.as_slice() else {
            return Err(StoreError::Conflict(SECOND_PERSON));
        };
        if disposal.person == person || one.to_lowercase() == other.to_lowercase() {
            return Err(StoreError::Conflict(SECOND_PERSON));
        }
        if disposal.due_at > decided.at {
            return Err(StoreError::Conflict("it is kept until a later day"));
        }
        require_rule(&mut transaction, disposal.case, &disposal.rule).await?;
        require_no_hold(&mut transaction, disposal.case).await?;
        let done = sqlx::query(
            "UPDATE disposals SET state = 'approved', decider_id = $2, decided_by = $3, decision = $4, decided_at = $5
             WHERE id = $1 AND state = 'proposed' AND person_id <> $2",
        )
        .bind(id.to_string())
        .bind(person.to_string())
        .bind(decided.by.clone())
        .bind(decided.reason.clone())
        .bind(decided.at)
        .execute(&mut *transaction)
        .await?;
        changed(done.rows_affected(), SECOND_PERSON)?;
        transaction.commit().await?;
        Ok(())
    }

    /// Turns a disposal down, or takes it back, as long as nothing is destroyed.
    pub async fn reject_disposal(
        &self,
        id: Uuid,
        person: PersonId,
        decided: &Decided,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(
            "UPDATE disposals SET state = 'rejected', decider_id = $2, decided_by = $3, decision = $4, decided_at = $5
             WHERE id = $1 AND state IN ('proposed', 'approved')",
        )
        .bind(id.to_string())
        .bind(person.to_string())
        .bind(decided.by.clone())
        .bind(decided.reason.clone())
        .bind(decided.at)
        .execute(&self.pool)
        .await?;
        changed(done.rows_affected(), "it cannot be rejected any more")
    }

    /// The point of no return: an approved disposal is carried out from here on. Not before its date, and not while a hold is in
    /// force; one that is set from now on comes too late for this recording.
    pub async fn begin_disposal(&self, id: Uuid, now: i64) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let disposal = locked(&mut transaction, id).await?;
        if disposal.state != DisposalState::Approved {
            return Err(StoreError::Conflict("it is not approved"));
        }
        if disposal.due_at > now {
            return Err(StoreError::Conflict("it is kept until a later day"));
        }
        require_rule(&mut transaction, disposal.case, &disposal.rule).await?;
        require_no_hold(&mut transaction, disposal.case).await?;
        let done = sqlx::query(
            "UPDATE disposals SET state = 'carrying_out'
             WHERE id = $1 AND state = 'approved' AND decider_id <> person_id AND due_at <= $2",
        )
        .bind(id.to_string())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        changed(done.rows_affected(), "it is not approved")?;
        transaction.commit().await?;
        Ok(())
    }

    /// The disposal is done: the recording is disposed of.
    pub async fn finish_disposal(&self, id: Uuid, now: i64) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let disposal = locked(&mut transaction, id).await?;
        if disposal.state != DisposalState::CarryingOut {
            return Err(StoreError::Conflict("it is not being carried out"));
        }
        sqlx::query("UPDATE disposals SET state = 'done', done_at = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("UPDATE recordings SET state = 'disposed' WHERE id = $1 AND state = 'attached'")
            .bind(disposal.recording.to_string())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The disposal of that identifier.
    pub async fn disposal(&self, id: Uuid) -> Result<Option<Disposal>, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!("{DISPOSAL} WHERE id = $1")))
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The disposals of a case, newest first, also those that were rejected.
    pub async fn disposals(&self, case: CaseId) -> Result<Vec<Disposal>, StoreError> {
        let sql = format!("{DISPOSAL} WHERE case_id = $1 ORDER BY proposed_at DESC, id DESC");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(case.to_string())
            .fetch_all(&self.pool)
            .await?;
        row::all(rows, read)
    }

    /// The disposals that were begun and not finished: a crash fell into them.
    pub async fn disposals_under_way(&self) -> Result<Vec<Disposal>, StoreError> {
        let sql = format!("{DISPOSAL} WHERE state = 'carrying_out' ORDER BY proposed_at, id");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&self.pool).await?;
        row::all(rows, read)
    }
}

const SECOND_PERSON: &str = "a second person has to approve it";
