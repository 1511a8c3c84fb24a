//! Invitations: one link for one participant. The link's secret is kept as its hash only.

use super::{Store, StoreError, TokenHash, row};
use crate::court::id::{HearingId, InvitationId, ParticipantId};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Identifier.
    pub id: InvitationId,
    /// Whom it is for.
    pub participant: ParticipantId,
    /// To which hearing.
    pub hearing: HearingId,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds; from then on the link does not open.
    pub expires_at: i64,
    /// Unix milliseconds, once it was taken back.
    pub revoked_at: Option<i64>,
    /// When the link was opened last, Unix milliseconds.
    pub redeemed_at: Option<i64>,
    /// How often the link was opened.
    pub redemptions: u64,
}

impl Invitation {
    /// True when the link was not taken back and has not expired.
    pub fn is_open(&self, now: i64) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

const SELECT: &str = "SELECT i.id, i.participant_id, p.hearing_id, i.created_at, i.expires_at, i.revoked_at,
    i.redeemed_at, i.redemptions FROM invitations i JOIN participants p ON p.id = i.participant_id";

fn read(r: &AnyRow) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: row::id(r, "id")?,
        participant: row::id(r, "participant_id")?,
        hearing: row::id(r, "hearing_id")?,
        created_at: row::int(r, "created_at")?,
        expires_at: row::int(r, "expires_at")?,
        revoked_at: row::int_opt(r, "revoked_at")?,
        redeemed_at: row::int_opt(r, "redeemed_at")?,
        redemptions: row::count(r, "redemptions")?,
    })
}

impl Store {
    /// Keeps an invitation.
    pub async fn create_invitation(
        &self,
        id: InvitationId,
        participant: ParticipantId,
        secret_hash: &TokenHash,
        created_at: i64,
        expires_at: i64,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO invitations (id, participant_id, secret_hash, created_at, expires_at, redemptions)
             VALUES ($1, $2, $3, $4, $5, 0)",
        )
        .bind(id.to_string())
        .bind(participant.to_string())
        .bind(row::hash_text(secret_hash))
        .bind(created_at)
        .bind(expires_at)
        .execute(&self.pool)
        .await
        .map_err(|e| StoreError::of_insert(e, "this invitation exists"))?;
        Ok(())
    }

    /// The invitation with that secret, also when it is expired or revoked: the caller says which.
    pub async fn invitation_by_secret(
        &self,
        secret_hash: &TokenHash,
    ) -> Result<Option<Invitation>, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!("{SELECT} WHERE i.secret_hash = $1")))
            .bind(row::hash_text(secret_hash))
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The invitation of that identifier.
    pub async fn invitation(&self, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!("{SELECT} WHERE i.id = $1")))
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The invitations to a hearing, oldest first.
    pub async fn invitations(&self, hearing: HearingId) -> Result<Vec<Invitation>, StoreError> {
        let sql = format!("{SELECT} WHERE p.hearing_id = $1 ORDER BY i.created_at, i.id");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(hearing.to_string())
            .fetch_all(&self.pool)
            .await?;
        row::all(rows, read)
    }

    /// Takes an invitation back. The time of the first revocation stays.
    pub async fn revoke_invitation(&self, id: InvitationId, at: i64) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE invitations SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1")
            .bind(id.to_string())
            .bind(at)
            .execute(&self.pool)
            .await?;
        match done.rows_affected() {
            0 => Err(StoreError::NotFound("invitation")),
            _ => Ok(()),
        }
    }

    /// Notes that the link was opened.
    pub async fn note_redeemed(&self, id: InvitationId, at: i64) -> Result<(), StoreError> {
        let done = sqlx::query(
            "UPDATE invitations SET redeemed_at = $2, redemptions = redemptions + 1 WHERE id = $1",
        )
        .bind(id.to_string())
        .bind(at)
        .execute(&self.pool)
        .await?;
        match done.rows_affected() {
            0 => Err(StoreError::NotFound("invitation")),
            _ => Ok(()),
        }
    }
}
