//! Time-stamps over seals.
//!
//! The built-in service stamps while a recording is sealed. An authority is asked afterwards, so that no seal waits for a
//! network: the recording is evidence already, and the stamp is added to its folder when it comes, with an entry in the
//! chain of custody. Nothing that is there is touched by that. What waits for a stamp can be seen in the folders
//! themselves, so that a restart goes on where a crash left off.

use super::authority::Stamp;
use super::custody::{SERVER, members};
use super::error::{EvidenceError, blocking};
use super::key::SealKey;
use super::sealing::Bag;
use super::{Evidence, durable};
use crate::court::id::RecordingId;
use crate::court::state::RecordingState;
use crate::seal::bundle;
use crate::seal::custody::CustodyAct;
use crate::seal::digest::Digest;
use crate::seal::instructions::StampSummary;
use crate::seal::stamp;
use crate::seal::timestamp::Timestamp;
use crate::seal::x509::Certificate;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::time::Duration;
use time::OffsetDateTime;

/// How long the first pause is after an authority failed; each further one is twice as long.
const PAUSE_FIRST: Duration = Duration::from_secs(30);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(3600);

/// The folders to which a stamp is added.
const FOLDERS: [&str; 2] = ["seal/certs", "seal"];

/// What a pass over the recordings that wait for a stamp came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamping {
    /// Stamped in this pass.
    pub stamped: usize,
    /// Still without a stamp.
    pub waiting: usize,
}

impl Evidence {
    /// Asks the authority, if there is one, to stamp every sealed recording that has no stamp, oldest first. When the
    /// authority fails, the others are not tried: they wait for the next pass.
    pub async fn stamp_waiting(&self) -> Result<Stamping, EvidenceError> {
        let waiting = match &self.inner.authority {
            None => Vec::new(),
            Some(_) => self.waiting().await?,
        };
        let mut outcome = Stamping {
            stamped: 0,
            waiting: waiting.len(),
        };
        for recording in waiting {
            match self.stamp_late(recording).await {
                Ok(()) => {
                    outcome.stamped += 1;
                    outcome.waiting -= 1;
                }
                Err(why) => {
                    tracing::warn!(%recording, waiting = outcome.waiting, %why,
                        "a sealed recording has no time-stamp yet; it will be tried again");
                    if matches!(why, EvidenceError::Authority(_)) {
                        break;
                    }
                }
            }
        }
        metrics::gauge!("oyer_time_stamps_waiting").set(outcome.waiting as f64);
        Ok(outcome)
    }

    /// Keeps asking the authority for as long as the server runs: at once for what is sealed, and after a failure again
    /// with growing pauses. Ends at once when there is no authority.
    pub async fn keep_stamped(self) {
        if self.inner.authority.is_none() {
            return;
        }
        let mut pause = PAUSE_FIRST;
        loop {
            match self.stamp_waiting().await {
                Ok(Stamping { waiting: 0, .. }) => {
                    pause = PAUSE_FIRST;
                    self.inner.to_stamp.notified().await;
                    continue;
                }
                Ok(_) => {}
                Err(why) => tracing::error!(%why, "what waits for a time-stamp cannot be found out"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// The recordings that are part of their case and have no stamp, or one that is not entered yet.
    async fn waiting(&self) -> Result<Vec<RecordingId>, EvidenceError> {
        let attached = self
            .store()
            .recordings_in_states(&[RecordingState::Attached])
            .await?;
        let evidence = self.clone();
        blocking(move || {
            let mut waiting = Vec::new();
            for recording in attached {
                let root = evidence.sealed_dir(recording.id);
                if !durable::exists(&root.join(bundle::TIME_STAMP))?
                    || durable::is_writable(&root.join("seal"))?
                {
                    waiting.push(recording.id);
                }
            }
            Ok(waiting)
        })
        .await
    }

    async fn stamp_late(&self, recording: RecordingId) -> Result<(), EvidenceError> {
        let Some(authority) = &self.inner.authority else {
            return Ok(());
        };
        let root = self.sealed_dir(recording);
        let path = root.join(bundle::MANIFEST_SIGNATURE);
        let signature = blocking(move || fs::read(&path).map_err(EvidenceError::io(&path))).await?;
        let is_there = root.join(bundle::TIME_STAMP);
        let new = match blocking(move || durable::exists(&is_there)).await? {
            // A crash fell between the stamp and what follows it here.
            true => None,
            false => Some(authority.stamp(&signature).await?),
        };

        let _alone = self.inner.additions.adding(recording).await;
        let aside = self.inner.data.join("notes").join(format!("{recording}.stamp"));
        let folder = root.clone();
        let answer = blocking(move || {
            if let Some(new) = new {
                put(&folder, &aside, &new)?;
            }
            let path = folder.join(bundle::TIME_STAMP);
            fs::read(&path).map_err(EvidenceError::io(&path))
        })
        .await?;
        let stamped = stamp::verify(&answer, &signature)?;
        let sha256 = Digest::of(&answer).to_string();
        if !self.custody_text(recording).await?.contains(&sha256) {
            let detail = members([
                ("stamped_at", json!(stamped.at)),
                ("authority", json!(stamped.certificate.subject())),
                ("sha256", json!(sha256)),
            ]);
            self.append_custody(recording, CustodyAct::TimeStamped, SERVER, detail)
                .await?;
        }
        // The commit point: a folder that is locked again waits for nothing.
        blocking(move || {
            for folder in FOLDERS {
                durable::lock_folder(&root.join(folder))?;
            }
            Ok(())
        })
        .await
    }
}

/// Adds a stamp and its root to a sealed folder. Each file is there whole or not at all; the stamp comes last.
fn put(root: &Path, aside: &Path, new: &Stamp) -> Result<(), EvidenceError> {
    for folder in FOLDERS {
        durable::unlock_folder(&root.join(folder))?;
    }
    durable::write_locked(
        &root.join(bundle::TIME_STAMP_ROOT),
        aside,
        new.root.to_pem()?.as_bytes(),
    )?;
    durable::write_locked(&root.join(bundle::TIME_STAMP), aside, &new.answer)
}

/// Writes the stamp of the built-in service beside the signature; one that is there and good stays. With an authority
/// there is none, unless a crash left half of one; nor is there under a root that is not ours.
pub(super) fn write_own(bag: &Bag, key: &SealKey, has_authority: bool) -> Result<(), EvidenceError> {
    let root = bag.root.join(bundle::TIME_STAMP_ROOT);
    if !key.stamps() || has_authority && !durable::exists(&root)? {
        return Ok(());
    }
    let path = bag.root.join(bundle::MANIFEST_SIGNATURE);
    let signature = fs::read(&path).map_err(EvidenceError::io(&path))?;
    let path = bag.root.join(bundle::TIME_STAMP);
    if durable::exists(&path)? {
        let answer = fs::read(&path).map_err(EvidenceError::io(&path))?;
        if stamp::verify(&answer, &signature).is_ok() {
            return Ok(());
        }
    }
    bag.write(&root, key.root().to_pem()?.as_bytes())?;
    let at = Timestamp::new(OffsetDateTime::now_utc());
    bag.write(&path, &key.stamp(Digest::of(&signature), at)?)?;
    durable::sync_folder(&bag.root)
}

/// What there is to say about the stamp of a sealed folder, whose seal is `signature` under `seal_root`.
pub(super) fn summary(
    bag: &Bag,
    signature: &[u8],
    seal_root: &Certificate,
) -> Result<Option<StampSummary>, EvidenceError> {
    let path = bag.root.join(bundle::TIME_STAMP);
    if !durable::exists(&path)? {
        return Ok(None);
    }
    let answer = fs::read(&path).map_err(EvidenceError::io(&path))?;
    let stamped = stamp::verify(&answer, signature)?;
    let path = bag.root.join(bundle::TIME_STAMP_ROOT);
    let enclosed = Certificate::all_from_pem(&fs::read(&path).map_err(EvidenceError::io(&path))?)?;
    let root = stamped.root(&enclosed)?;
    Ok(Some(StampSummary {
        at: stamped.at,
        by: stamped.certificate.subject(),
        root_fingerprint: root.fingerprint(),
        ours: root == seal_root,
    }))
}
