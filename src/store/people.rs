//! Persons, their tokens for scripts, and participants: a person in one role at one hearing.

use super::{Store, StoreError, TokenHash, row};
use crate::court::id::{HearingId, ParticipantId, PersonId};
use crate::court::role::Role;
use sqlx::any::AnyRow;
use uuid::Uuid;

/// A person as the court knows them, across hearings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Identifier.
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// A participant to be added to a hearing.
#[derive(Debug, Clone)]
pub struct NewParticipant {
    /// Identifier.
    pub id: ParticipantId,
    /// The hearing.
    pub hearing_id: HearingId,
    /// The person.
    pub person_id: PersonId,
    /// In which capacity.
    pub role: Role,
    /// Name, as the court writes it in this hearing.
    pub name: String,
}

/// A person in one role at one hearing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Identifier.
    pub id: ParticipantId,
    /// The hearing.
    pub hearing_id: HearingId,
    /// The person.
    pub person_id: PersonId,
    /// In which capacity.
    pub role: Role,
    /// Name, as the court writes it in this hearing.
    pub name: String,
}

fn read_person(r: &AnyRow) -> Result<Person, StoreError> {
    Ok(Person {
        id: row::id(r, "id")?,
        name: row::text(r, "name")?,
        created_at: row::int(r, "created_at")?,
    })
}

fn read_participant(r: &AnyRow) -> Result<Participant, StoreError> {
    Ok(Participant {
        id: row::id(r, "id")?,
        hearing_id: row::id(r, "hearing_id")?,
        person_id: row::id(r, "person_id")?,
        role: row::named(r, "role", Role::from_name)?,
        name: row::text(r, "name")?,
    })
}

/// A token of a member of staff; its secret is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffToken {
    /// Identifier.
    pub id: Uuid,
    /// Of whom.
    pub name: String,
    /// Unix milliseconds.
    pub expires_at: i64,
    /// When it was taken back, in unix milliseconds.
    pub revoked_at: Option<i64>,
}

impl Store {
    /// Makes a person.
    pub async fn create_person(&self, id: PersonId, name: &str, created_at: i64) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO persons (id, name, created_at) VALUES ($1, $2, $3)")
            .bind(id.to_string())
            .bind(name.to_string())
            .bind(created_at)
            .execute(&self.pool)
            .await
            .map_err(|e| StoreError::of_insert(e, "this person exists"))?;
        Ok(())
    }

    /// The person of that identifier.
    pub async fn person(&self, id: PersonId) -> Result<Option<Person>, StoreError> {
        let row = sqlx::query("SELECT id, name, created_at FROM persons WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read_person).transpose()
    }

    /// Every person, by name.
    pub async fn persons(&self) -> Result<Vec<Person>, StoreError> {
        let rows = sqlx::query("SELECT id, name, created_at FROM persons ORDER BY name, id")
            .fetch_all(&self.pool)
            .await?;
        row::all(rows, read_person)
    }

    /// Keeps the hash of a token by which a script or an operator acts as the person until `expires_at`.
    pub async fn create_staff_token(
        &self,
        id: Uuid,
        person: PersonId,
        token_hash: &TokenHash,
        expires_at: i64,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO staff_tokens (id, person_id, token_hash, expires_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(id.to_string())
        .bind(person.to_string())
        .bind(row::hash_text(token_hash))
        .bind(expires_at)
        .execute(&self.pool)
        .await
        .map_err(|e| StoreError::of_insert(e, "this token exists"))?;
        Ok(())
    }

    /// Who acts by the token, if it is neither expired nor revoked.
    pub async fn staff_by_token(
        &self,
        token_hash: &TokenHash,
        now: i64,
    ) -> Result<Option<Person>, StoreError> {
        let row = sqlx::query(
            "SELECT p.id, p.name, p.created_at FROM staff_tokens t JOIN persons p ON p.id = t.person_id
             WHERE t.token_hash = $1 AND t.expires_at > $2 AND t.revoked_at IS NULL",
        )
        .bind(row::hash_text(token_hash))
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(read_person).transpose()
    }

    /// The tokens of staff, the newest first.
    pub async fn staff_tokens(&self) -> Result<Vec<StaffToken>, StoreError> {
        let rows = sqlx::query(
            "SELECT t.id, p.name, t.expires_at, t.revoked_at FROM staff_tokens t JOIN persons p ON p.id = t.person_id
             ORDER BY t.id DESC",
        )
        .fetch_all(&self.pool)
        .await?;
        row::all(rows, |r| {
            Ok(StaffToken {
                id: row::id(r, "id")?,
                name: row::text(r, "name")?,
                expires_at: row::int(r, "expires_at")?,
                revoked_at: row::int_opt(r, "revoked_at")?,
            })
        })
    }

    /// Takes a token back. The time of the first revocation stays.
    pub async fn revoke_staff_token(&self, id: Uuid, at: i64) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE staff_tokens SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1")
            .bind(id.to_string())
            .bind(at)
            .execute(&self.pool)
            .await?;
        match done.rows_affected() {
            0 => Err(StoreError::NotFound("staff token")),
            _ => Ok(()),
        }
    }

    /// Puts a person into a hearing in one role.
    pub async fn add_participant(&self, participant: NewParticipant) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO participants (id, hearing_id, person_id, role, name) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(participant.id.to_string())
        .bind(participant.hearing_id.to_string())
        .bind(participant.person_id.to_string())
        .bind(participant.role.name().to_string())
        .bind(participant.name)
        .execute(&self.pool)
        .await
        .map_err(|e| StoreError::of_insert(e, "this person takes part in this role already"))?;
        Ok(())
    }

    /// The participants of a hearing, in the order in which they were added.
    pub async fn participants(&self, hearing: HearingId) -> Result<Vec<Participant>, StoreError> {
        // Identifiers are UUIDs of version 7: their order is the order of making.
        let rows = sqlx::query(
            "SELECT id, hearing_id, person_id, role, name FROM participants WHERE hearing_id = $1 ORDER BY id",
        )
        .bind(hearing.to_string())
        .fetch_all(&self.pool)
        .await?;
        row::all(rows, read_participant)
    }

    /// The participant of that identifier.
    pub async fn participant(&self, id: ParticipantId) -> Result<Option<Participant>, StoreError> {
        let row = sqlx::query("SELECT id, hearing_id, person_id, role, name FROM participants WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read_participant).transpose()
    }
}
