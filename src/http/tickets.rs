//! Tickets: short-lived addresses for what a browser fetches by itself (a video, a download) and so without a header.

use super::app::now_ms;
use super::problem::Problem;
use super::secret;
use crate::court::id::{HearingId, ParticipantId, PersonId, RecordingId};
use crate::store::TokenHash;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long a ticket opens: as long as one may watch a recording in a day.
pub const VALID_MS: i64 = 8 * 3600 * 1000;
const TICKETS_MAX: usize = 4096;

/// Whoever follows a recording that is shown to a hearing. Their ticket opens its tracks and nothing else, and only while the
/// court shows it and they may hear the court.
#[derive(Debug, Clone, Copy)]
pub struct Follower {
    /// The hearing.
    pub hearing: HearingId,
    /// Who.
    pub participant: ParticipantId,
}

/// What a ticket opens.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The recording.
    pub recording: RecordingId,
    /// Who asked, for the chain of custody.
    pub by: String,
    /// The same person, for what they may ask for in a short time.
    pub person: PersonId,
    /// Hash of the session or token that asked: the ticket ends with it.
    pub holder: TokenHash,
    /// Unix milliseconds.
    pub expires_at: i64,
    /// For a recording that is shown to a hearing.
    pub follows: Option<Follower>,
}

/// The tickets given out. A restart ends them all.
#[derive(Default)]
pub struct Tickets {
    granted: Mutex<HashMap<TokenHash, Grant>>,
}

impl Tickets {
    /// Gives out a ticket: its secret and when it ends.
    pub fn grant(
        &self,
        recording: RecordingId,
        by: String,
        person: PersonId,
        holder: TokenHash,
    ) -> Result<(String, i64), Problem> {
        self.give(recording, by, person, holder, None)
    }

    /// Gives out a ticket to somebody who follows a recording at a hearing.
    pub fn grant_following(
        &self,
        recording: RecordingId,
        by: String,
        person: PersonId,
        holder: TokenHash,
        follower: Follower,
    ) -> Result<(String, i64), Problem> {
        self.give(recording, by, person, holder, Some(follower))
    }

    fn give(
        &self,
        recording: RecordingId,
        by: String,
        person: PersonId,
        holder: TokenHash,
        follows: Option<Follower>,
    ) -> Result<(String, i64), Problem> {
        let now = now_ms();
        let secret = secret::fresh::<16>().map_err(|e| Problem::internal(&e))?;
        let expires_at = now + VALID_MS;
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        if granted.len() >= TICKETS_MAX {
            granted.retain(|_, g| g.expires_at > now);
        }
        if granted.len() >= TICKETS_MAX
            && let Some(oldest) = granted.iter().min_by_key(|(_, g)| g.expires_at).map(|(k, _)| *k)
        {
            granted.remove(&oldest);
        }
        granted.insert(
            secret.hash,
            Grant {
                recording,
                by,
                person,
                holder,
                expires_at,
                follows,
            },
        );
        Ok((secret.text, expires_at))
    }

    /// What the ticket opens.
    pub fn open(&self, text: &str) -> Result<Grant, Problem> {
        let granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        granted
            .get(&secret::hash(text))
            .filter(|g| g.expires_at > now_ms())
            .cloned()
            .ok_or_else(Problem::not_found)
    }
}
