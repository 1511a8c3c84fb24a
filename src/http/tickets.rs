//! Tickets: short-lived addresses for what a browser fetches by itself (a video, a download) and so without a header.

use super::app::now_ms;
use super::problem::Problem;
use super::secret;
use crate::court::id::{HearingId, ParticipantId, PersonId, RecordingId, RequestId};
use crate::store::TokenHash;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// How long a ticket opens: as long as one may watch a recording in a day.
pub const VALID_MS: i64 = 8 * 3600 * 1000;
const TICKETS_MAX: usize = 4096;

/// By what right a ticket was asked for; it ends with that.
#[derive(Debug, Clone, Copy)]
pub enum Opener {
    /// A session or token of this hash.
    Holder(TokenHash),
    /// A release.
    Release(ByRelease),
}

/// A release that opens something.
#[derive(Debug, Clone, Copy)]
pub struct ByRelease {
    /// The request that was granted.
    pub request: RequestId,
    /// Unix milliseconds.
    pub ends_at: i64,
}

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
    /// By what right.
    pub opener: Opener,
    /// Cancelled when the right is taken away: what is being served ends.
    pub ended: CancellationToken,
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
        opener: Opener,
    ) -> Result<(String, i64), Problem> {
        self.give(recording, by, person, opener, None)
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
        self.give(recording, by, person, Opener::Holder(holder), Some(follower))
    }

    fn give(
        &self,
        recording: RecordingId,
        by: String,
        person: PersonId,
        opener: Opener,
        follows: Option<Follower>,
    ) -> Result<(String, i64), Problem> {
        let now = now_ms();
        let secret = secret::fresh::<16>().map_err(|e| Problem::internal(&e))?;
        let expires_at = match opener {
            Opener::Holder(_) => now + VALID_MS,
            Opener::Release(release) => release.ends_at.min(now + VALID_MS),
        };
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
                opener,
                ended: CancellationToken::new(),
                expires_at,
                follows,
            },
        );
        Ok((secret.text, expires_at))
    }

    /// Ends every ticket of a release, and what is being served by them.
    pub fn end_release(&self, request: RequestId) {
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        granted.retain(|_, grant| match grant.opener {
            Opener::Release(release) if release.request == request => {
                grant.ended.cancel();
                false
            }
            _ => true,
        });
    }

    /// Ends every ticket of a recording but those of the court itself, and what is being served by them: of releases, and of those
    /// who follow it at a hearing.
    pub fn end_others(&self, recording: RecordingId) {
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        granted.retain(|_, grant| {
            let is_court = matches!(grant.opener, Opener::Holder(_)) && grant.follows.is_none();
            let ends = grant.recording == recording && !is_court;
            if ends {
                grant.ended.cancel();
            }
            !ends
        });
    }

    /// Ends every ticket of a recording, and what is being served by them.
    pub fn end_recording(&self, recording: RecordingId) {
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        granted.retain(|_, grant| {
            if grant.recording == recording {
                grant.ended.cancel();
            }
            grant.recording != recording
        });
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
