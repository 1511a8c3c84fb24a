//! Orders to redact recordings, and the redacted copies that carry them out.

use super::media_requests::{Decided, changed};
use super::recordings::Recording;
use super::{Store, StoreError, row};
use crate::court::id::{HearingId, PersonId, RecordingId};
use crate::court::redaction::{IN_FORCE_MAX, ORDERS_MAX, RedactedInterval};
use crate::court::state::RecordingState;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use uuid::Uuid;

/// An order to be entered.
#[derive(Debug, Clone)]
pub struct NewRedactionOrder {
    /// Identifier.
    pub id: Uuid,
    /// What is redacted.
    pub recording: RecordingId,
    /// As the court files the order.
    pub reference: String,
    /// What is taken out, in order.
    pub intervals: Vec<RedactedInterval>,
    /// Entries of the court log that are taken out as well, by their numbers, in order.
    pub log_entries: Vec<u64>,
    /// Who ordered it.
    pub person: PersonId,
    /// The same, as the chain of custody names them; why; when.
    pub ordered: Decided,
}

/// An order to redact a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactionOrder {
    /// Identifier.
    pub id: Uuid,
    /// What people call it; counted through the whole court, from 1.
    pub number: u64,
    /// What is redacted.
    pub recording: RecordingId,
    /// As the court files the order.
    pub reference: String,
    /// What is taken out, in order.
    pub intervals: Vec<RedactedInterval>,
    /// Entries of the court log that are taken out as well, by their numbers, in order.
    pub log_entries: Vec<u64>,
    /// Who ordered it, why, when.
    pub ordered: Decided,
    /// Who lifted it; none while it is in force.
    pub lifted: Option<Decided>,
}

impl RedactionOrder {
    /// True until it is lifted.
    pub fn is_in_force(&self) -> bool {
        self.lifted.is_none()
    }

    /// How much it takes out: its intervals, and the entries of the court log that it names.
    pub fn takes_out(&self) -> usize {
        self.intervals.len() + self.log_entries.len()
    }
}

/// A redacted copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derivative {
    /// The recording that it is.
    pub recording: RecordingId,
    /// Where that stands.
    pub state: RecordingState,
    /// The orders that it carries out.
    pub orders: Vec<Uuid>,
    /// When it was begun, in Unix milliseconds.
    pub made_at: i64,
}

const ORDER: &str =
    "SELECT id, number, recording_id, reference, intervals, log_entries, ordered_by, reason, ordered_at, lifted_by, lifting,
    lifted_at FROM redaction_orders";

/// Why a further order is not entered.
pub const TOO_MANY_ORDERS: &str = "the orders about this hearing are too many";

/// Orders about the recording `$1` and about the others of its hearing.
const OF_SAME_HEARING: &str = "recording_id IN (SELECT id FROM recordings
    WHERE hearing_id = (SELECT hearing_id FROM recordings WHERE id = $1))";

/// Two orders at once may take the same number; the second takes the next.
const NUMBER_TRIES: usize = 8;

fn read(r: &AnyRow) -> Result<RedactionOrder, StoreError> {
    let text = row::text(r, "intervals")?;
    let intervals = serde_json::from_str(&text).map_err(|_| StoreError::Corrupt {
        column: "intervals",
        value: text,
    })?;
    let log_entries = match row::text_opt(r, "log_entries")? {
        None => Vec::new(),
        Some(text) => serde_json::from_str(&text).map_err(|_| StoreError::Corrupt {
            column: "log_entries",
            value: text,
        })?,
    };
    let lifted = match row::text_opt(r, "lifted_by")? {
        None => None,
        Some(by) => Some(Decided {
            by,
            reason: row::text(r, "lifting")?,
            at: row::int(r, "lifted_at")?,
        }),
    };
    Ok(RedactionOrder {
        id: row::id(r, "id")?,
        number: row::count(r, "number")?,
        recording: row::id(r, "recording_id")?,
        reference: row::text(r, "reference")?,
        intervals,
        log_entries,
        ordered: Decided {
            by: row::text(r, "ordered_by")?,
            reason: row::text(r, "reason")?,
            at: row::int(r, "ordered_at")?,
        },
        lifted,
    })
}

fn read_derivative(r: &AnyRow) -> Result<Derivative, StoreError> {
    let listed = row::text(r, "carries_out")?;
    let orders = listed.split(',').map(str::parse).collect::<Result<_, _>>();
    Ok(Derivative {
        recording: row::id(r, "id")?,
        state: row::named(r, "state", RecordingState::from_name)?,
        orders: orders.map_err(|_| StoreError::Corrupt {
            column: "carries_out",
            value: listed,
        })?,
        made_at: row::int(r, "started_at")?,
    })
}

impl Store {
    /// Enters an order and gives it its number. From now on it is in force. A [`StoreError::Conflict`] with [`TOO_MANY_ORDERS`] when
    /// there are too many of them already: orders about recordings of one hearing are entered one after another.
    pub async fn create_redaction_order(
        &self,
        new: &NewRedactionOrder,
    ) -> Result<RedactionOrder, StoreError> {
        let corrupt = |column| {
            move |_| StoreError::Corrupt {
                column,
                value: String::new(),
            }
        };
        let intervals = serde_json::to_string(&new.intervals).map_err(corrupt("intervals"))?;
        let log_entries = match new.log_entries.as_slice() {
            [] => None,
            entries => Some(serde_json::to_string(entries).map_err(corrupt("log_entries"))?),
        };
        let mut transaction = self.pool.begin().await?;
        // SQLite has one writer anyway; in PostgreSQL this locks the row.
        let locked = sqlx::query(
            "UPDATE hearings SET title = title WHERE id = (SELECT hearing_id FROM recordings WHERE id = $1)",
        )
        .bind(new.recording.to_string())
        .execute(&mut *transaction)
        .await?;
        if locked.rows_affected() != 1 {
            return Err(StoreError::NotFound("recording"));
        }
        let sql = format!("{ORDER} WHERE {OF_SAME_HEARING} ORDER BY number");
        let orders = sqlx::query(AssertSqlSafe(sql))
            .bind(new.recording.to_string())
            .fetch_all(&mut *transaction)
            .await?;
        let orders = row::all(orders, read)?;
        let about = orders.iter().filter(|order| order.recording == new.recording);
        let in_force = orders.iter().filter(|order| order.is_in_force());
        let taken: usize = in_force.map(RedactionOrder::takes_out).sum();
        if about.count() >= ORDERS_MAX || taken + new.intervals.len() + new.log_entries.len() > IN_FORCE_MAX {
            return Err(StoreError::Conflict(TOO_MANY_ORDERS));
        }
        for _ in 0..NUMBER_TRIES {
            let entered = sqlx::query(
                "INSERT INTO redaction_orders (id, number, recording_id, reference, intervals, log_entries, person_id, ordered_by,
                     reason, ordered_at)
                 VALUES ($1, (SELECT COALESCE(MAX(number), 0) + 1 FROM redaction_orders), $2, $3, $4, $5, $6, $7, $8, $9)
                 ON CONFLICT (number) DO NOTHING",
            )
            .bind(new.id.to_string())
            .bind(new.recording.to_string())
            .bind(new.reference.clone())
            .bind(intervals.clone())
            .bind(log_entries.clone())
            .bind(new.person.to_string())
            .bind(new.ordered.by.clone())
            .bind(new.ordered.reason.clone())
            .bind(new.ordered.at)
            .execute(&mut *transaction)
            .await
            .map_err(|e| StoreError::of_insert(e, "this order exists"))?;
            if entered.rows_affected() == 1 {
                transaction.commit().await?;
                let order = self.redaction_order(new.id).await?;
                return order.ok_or(StoreError::NotFound("order"));
            }
        }
        Err(StoreError::Conflict("too many orders were entered at once"))
    }

    /// The order of that identifier.
    pub async fn redaction_order(&self, id: Uuid) -> Result<Option<RedactionOrder>, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!("{ORDER} WHERE id = $1")))
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The orders about a recording and about the others of its hearing, oldest first, those that were lifted among them.
    pub async fn redaction_orders_of_hearing(
        &self,
        recording: RecordingId,
    ) -> Result<Vec<RedactionOrder>, StoreError> {
        let sql = format!("{ORDER} WHERE {OF_SAME_HEARING} ORDER BY number");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(recording.to_string())
            .fetch_all(&self.pool)
            .await?;
        row::all(rows, read)
    }

    /// The recordings of every hearing about which there is an order.
    pub async fn recordings_beside_redacted(&self) -> Result<Vec<RecordingId>, StoreError> {
        let rows = sqlx::query(
            "SELECT id FROM recordings WHERE hearing_id IN
                 (SELECT about.hearing_id FROM redaction_orders AS orders JOIN recordings AS about ON about.id = orders.recording_id)
             ORDER BY id",
        )
        .fetch_all(&self.pool)
        .await?;
        row::all(rows, |r| row::id(r, "id"))
    }

    /// Lifts an order that is in force.
    pub async fn lift_redaction_order(&self, id: Uuid, lifted: &Decided) -> Result<(), StoreError> {
        let done = sqlx::query(
            "UPDATE redaction_orders SET lifted_by = $2, lifting = $3, lifted_at = $4 WHERE id = $1 AND lifted_by IS NULL",
        )
        .bind(id.to_string())
        .bind(lifted.by.clone())
        .bind(lifted.reason.clone())
        .bind(lifted.at)
        .execute(&self.pool)
        .await?;
        changed(done.rows_affected(), "this order was lifted already")
    }

    /// Makes the row of a redacted copy, of which everything is written and nothing is sealed. `made_at` in Unix milliseconds.
    pub async fn create_derivative(
        &self,
        id: RecordingId,
        original: &Recording,
        orders: &[Uuid],
        made_at: i64,
    ) -> Result<(), StoreError> {
        let hearing: HearingId = original.hearing_id;
        let orders: Vec<String> = orders.iter().map(Uuid::to_string).collect();
        sqlx::query(
            "INSERT INTO recordings (id, hearing_id, state, interrupted, started_at, custody_entries, derived_from, carries_out)
             VALUES ($1, $2, $3, 0, $4, 0, $5, $6)",
        )
        .bind(id.to_string())
        .bind(hearing.to_string())
        .bind(RecordingState::Closed.name().to_string())
        .bind(made_at)
        .bind(original.id.to_string())
        .bind(orders.join(","))
        .execute(&self.pool)
        .await
        .map_err(|e| StoreError::of_insert(e, "this recording exists"))?;
        Ok(())
    }

    /// The redacted copies of a recording, newest first.
    pub async fn derivatives(&self, original: RecordingId) -> Result<Vec<Derivative>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, state, carries_out, started_at FROM recordings WHERE derived_from = $1 ORDER BY started_at DESC, id DESC",
        )
        .bind(original.to_string())
        .fetch_all(&self.pool)
        .await?;
        row::all(rows, read_derivative)
    }
}
