//! By which rule the recordings of a case are kept, and legal holds.

use super::media_requests::{Decided, changed};
use super::{Store, StoreError, row};
use crate::court::custody::RetentionClass;
use crate::court::id::CaseId;
use serde::Deserialize;
use sqlx::any::AnyRow;
use sqlx::{Any, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

/// The rule of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// The case.
    pub case: CaseId,
    /// How it was decided.
    pub class: RetentionClass,
    /// Day of the decision: midnight in UTC, in Unix milliseconds.
    pub decided_on: i64,
    /// Of a custodial sentence.
    pub sentence_months: Option<u32>,
    /// Who said so, as the chain of custody names them.
    pub set_by: String,
    /// Unix milliseconds.
    pub set_at: i64,
}

/// A legal hold of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalHold {
    /// Identifier.
    pub id: Uuid,
    /// The case.
    pub case: CaseId,
    /// Who set it, why, when.
    pub set: Decided,
    /// Who lifted it; none while it is in force.
    pub lifted: Option<Decided>,
}

fn read(r: &AnyRow) -> Result<Retention, StoreError> {
    let months = row::int_opt(r, "sentence_months")?;
    Ok(Retention {
        case: row::id(r, "case_id")?,
        class: row::named(r, "class", RetentionClass::from_name)?,
        decided_on: row::int(r, "decided_on")?,
        sentence_months: months
            .map(u32::try_from)
            .transpose()
            .map_err(|_| StoreError::Corrupt {
                column: "sentence_months",
                value: months.unwrap_or_default().to_string(),
            })?,
        set_by: row::text(r, "set_by")?,
        set_at: row::int(r, "set_at")?,
    })
}

fn read_hold(r: &AnyRow) -> Result<LegalHold, StoreError> {
    let lifted = match row::text_opt(r, "lifted_by")? {
        None => None,
        Some(by) => Some(Decided {
            by,
            reason: row::text(r, "lifting")?,
            at: row::int(r, "lifted_at")?,
        }),
    };
    Ok(LegalHold {
        id: row::id(r, "id")?,
        case: row::id(r, "case_id")?,
        set: Decided {
            by: row::text(r, "set_by")?,
            reason: row::text(r, "reason")?,
            at: row::int(r, "set_at")?,
        },
        lifted,
    })
}

/// Makes everything about the keeping of a case's recordings happen in one order: a hold that is set and a disposal that begins at
/// the same time must see each other. SQLite has one writer anyway; in PostgreSQL this locks the row.
pub(super) async fn one_by_one(
    transaction: &mut Transaction<'static, Any>,
    case: CaseId,
) -> Result<(), StoreError> {
    let locked = sqlx::query("UPDATE cases SET reference = reference WHERE id = $1")
        .bind(case.to_string())
        .execute(&mut **transaction)
        .await?;
    match locked.rows_affected() {
        1 => Ok(()),
        _ => Err(StoreError::NotFound("case")),
    }
}

/// An error while a hold is in force.
pub(super) async fn require_no_hold(
    transaction: &mut Transaction<'static, Any>,
    case: CaseId,
) -> Result<(), StoreError> {
    let held = sqlx::query("SELECT id FROM legal_holds WHERE case_id = $1 AND lifted_at IS NULL LIMIT 1")
        .bind(case.to_string())
        .fetch_optional(&mut **transaction)
        .await?;
    match held {
        None => Ok(()),
        Some(_) => Err(StoreError::Conflict("the case is under a legal hold")),
    }
}

/// What of the rule of a disposal comes from here; the rest is worked out of it.
#[derive(Deserialize)]
struct WorkedOut {
    class: String,
    decided_on: String,
    sentence_months: Option<u32>,
}

/// An error unless the rule by which something is to be destroyed, as JSON, is the one that is set: somebody may have set another
/// since it was worked out.
pub(super) async fn require_rule(
    transaction: &mut Transaction<'static, Any>,
    case: CaseId,
    rule: &str,
) -> Result<(), StoreError> {
    let set = sqlx::query(
        "SELECT case_id, class, decided_on, sentence_months, set_by, set_at FROM retention WHERE case_id = $1",
    )
    .bind(case.to_string())
    .fetch_optional(&mut **transaction)
    .await?;
    let set = set.as_ref().map(read).transpose()?;
    let rule: WorkedOut = serde_json::from_str(rule).map_err(|_| StoreError::Corrupt {
        column: "rule",
        value: rule.to_owned(),
    })?;
    let is_set = |set: &Retention| {
        rule.class == set.class.name()
            && Some(rule.decided_on.as_str()) == set.decided_day().as_deref()
            && rule.sentence_months == set.sentence_months
    };
    match set.is_some_and(|set| is_set(&set)) {
        true => Ok(()),
        false => Err(StoreError::Conflict(OTHER_RULE)),
    }
}

/// Why nothing is destroyed by a rule that is not in force.
pub const OTHER_RULE: &str = "the recordings are kept by another rule now; reject it, and propose it by that";

impl Retention {
    /// The day of the decision as `2026-11-28`; none where it is no day of the calendar.
    pub fn decided_day(&self) -> Option<String> {
        let at = OffsetDateTime::from_unix_timestamp(self.decided_on.div_euclid(1000)).ok()?;
        let (date, month) = (at.date(), u8::from(at.month()));
        // Of four digits each year, days sort as text.
        Some(format!("{:04}-{month:02}-{:02}", date.year(), date.day()))
    }
}

impl Store {
    /// The rule of a case; none while nobody has said how it was decided.
    pub async fn retention(&self, case: CaseId) -> Result<Option<Retention>, StoreError> {
        let row = sqlx::query(
            "SELECT case_id, class, decided_on, sentence_months, set_by, set_at FROM retention WHERE case_id = $1",
        )
        .bind(case.to_string())
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// Every case that has a rule.
    pub async fn retentions(&self) -> Result<Vec<Retention>, StoreError> {
        let rows = sqlx::query(
            "SELECT case_id, class, decided_on, sentence_months, set_by, set_at FROM retention ORDER BY set_at, case_id",
        )
        .fetch_all(&self.pool)
        .await?;
        row::all(rows, read)
    }

    /// Sets the rule of a case. A [`StoreError::Conflict`] while a disposal by another rule is under way.
    pub async fn set_retention(&self, new: &Retention) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        one_by_one(&mut transaction, new.case).await?;
        let under_way = sqlx::query(
            "SELECT id FROM disposals WHERE case_id = $1 AND state IN ('proposed', 'approved', 'carrying_out') LIMIT 1",
        )
        .bind(new.case.to_string())
        .fetch_optional(&mut *transaction)
        .await?;
        if under_way.is_some() {
            return Err(StoreError::Conflict(
                "a disposal by the rule that is set now is under way; reject it first",
            ));
        }
        sqlx::query(
            "INSERT INTO retention (case_id, class, decided_on, sentence_months, set_by, set_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (case_id) DO UPDATE SET class = $2, decided_on = $3, sentence_months = $4, set_by = $5, set_at = $6",
        )
        .bind(new.case.to_string())
        .bind(new.class.name().to_string())
        .bind(new.decided_on)
        .bind(new.sentence_months.map(i64::from))
        .bind(new.set_by.clone())
        .bind(new.set_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Puts a case under a hold.
    pub async fn hold(&self, id: Uuid, case: CaseId, set: &Decided) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        one_by_one(&mut transaction, case).await?;
        sqlx::query(
            "INSERT INTO legal_holds (id, case_id, reason, set_by, set_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id.to_string())
        .bind(case.to_string())
        .bind(set.reason.clone())
        .bind(set.by.clone())
        .bind(set.at)
        .execute(&mut *transaction)
        .await
        .map_err(|e| StoreError::of_insert(e, "this hold exists"))?;
        transaction.commit().await?;
        Ok(())
    }

    /// The hold of that identifier.
    pub async fn legal_hold(&self, id: Uuid) -> Result<Option<LegalHold>, StoreError> {
        let row = sqlx::query(
            "SELECT id, case_id, reason, set_by, set_at, lifted_by, lifting, lifted_at FROM legal_holds WHERE id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(read_hold).transpose()
    }

    /// The holds of a case, newest first, also those that were lifted.
    pub async fn legal_holds(&self, case: CaseId) -> Result<Vec<LegalHold>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, case_id, reason, set_by, set_at, lifted_by, lifting, lifted_at FROM legal_holds
             WHERE case_id = $1 ORDER BY set_at DESC, id DESC",
        )
        .bind(case.to_string())
        .fetch_all(&self.pool)
        .await?;
        row::all(rows, read_hold)
    }

    /// Lifts a hold that is in force.
    pub async fn lift_hold(&self, id: Uuid, lifted: &Decided) -> Result<(), StoreError> {
        let done = sqlx::query(
            "UPDATE legal_holds SET lifted_by = $2, lifting = $3, lifted_at = $4 WHERE id = $1 AND lifted_at IS NULL",
        )
        .bind(id.to_string())
        .bind(lifted.by.clone())
        .bind(lifted.reason.clone())
        .bind(lifted.at)
        .execute(&self.pool)
        .await?;
        changed(done.rows_affected(), "this hold is not in force")
    }
}
