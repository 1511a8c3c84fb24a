//! Sessions: what an opened link gives. The token is kept as its hash only.

use super::{Store, StoreError, TokenHash, row};
use crate::court::id::{HearingId, InvitationId, ParticipantId};
use sqlx::any::AnyRow;

/// A session that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub participant: ParticipantId,
    /// At which hearing.
    pub hearing: HearingId,
    /// By which link.
    pub invitation: InvitationId,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
}

fn read(r: &AnyRow) -> Result<Session, StoreError> {
    Ok(Session {
        participant: row::id(r, "participant_id")?,
        hearing: row::id(r, "hearing_id")?,
        invitation: row::id(r, "invitation_id")?,
        created_at: row::int(r, "created_at")?,
        expires_at: row::int(r, "expires_at")?,
    })
}

impl Store {
    /// Keeps a session.
    pub async fn create_session(
        &self,
        token_hash: &TokenHash,
        participant: ParticipantId,
        invitation: InvitationId,
        created_at: i64,
        expires_at: i64,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO sessions (token_hash, participant_id, invitation_id, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(row::hash_text(token_hash))
        .bind(participant.to_string())
        .bind(invitation.to_string())
        .bind(created_at)
        .bind(expires_at)
        .execute(&self.pool)
        .await
        .map_err(|e| StoreError::of_insert(e, "this session exists"))?;
        Ok(())
    }

    /// The session of that token, unless it has expired, was ended, or its invitation was taken back.
    pub async fn session(&self, token_hash: &TokenHash, now: i64) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query(
            "SELECT s.participant_id, p.hearing_id, s.invitation_id, s.created_at, s.expires_at FROM sessions s
             JOIN participants p ON p.id = s.participant_id
             JOIN invitations i ON i.id = s.invitation_id
             WHERE s.token_hash = $1 AND s.expires_at > $2 AND i.revoked_at IS NULL",
        )
        .bind(row::hash_text(token_hash))
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// Ends a session; one that is not there is ended already.
    pub async fn end_session(&self, token_hash: &TokenHash) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE token_hash = $1")
            .bind(row::hash_text(token_hash))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends every session that came from the invitation, and says how many there were.
    pub async fn end_sessions_of_invitation(&self, invitation: InvitationId) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM sessions WHERE invitation_id = $1")
            .bind(invitation.to_string())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }

    /// Removes the sessions that have expired, and says how many there were.
    pub async fn purge_expired_sessions(&self, now: i64) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
            .bind(now)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}
