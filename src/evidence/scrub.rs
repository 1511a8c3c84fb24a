//! Scrubbing: everything that is kept is read again and verified, so that a disk that loses bits, or a hand that changes them, is
//! noticed while there is a backup to restore from, and not when a court asks for the recording.
//!
//! A finding is an alarm, also where it was mended from the second store (`second`): an error in the log, `oyer_recordings_damaged`
//! among the metrics, and an entry in the chain of custody. A recording that is as it was sealed leaves no entry: the chain is of those who had it.

use super::Evidence;
use super::custody::{SERVER, members};
use super::durable;
use super::error::{EvidenceError, blocking};
use super::second::Mended;
use crate::court::id::{HearingId, RecordingId};
use crate::court::state::RecordingState;
use crate::seal::custody::CustodyAct;
use crate::seal::verify::Trust;
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A pass begins so long after the last one ended.
const EVERY: Duration = Duration::from_secs(24 * 3600);
/// How often the server looks whether it is time.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// What failed is examined once more after this, before an alarm is raised.
const AGAIN_AFTER: Duration = Duration::from_secs(2);
/// What a pass beside hearings reads at most in a second.
const GENTLY: u64 = 50 << 20;

/// What a pass found.
#[derive(Debug, Default)]
pub struct Scrubbed {
    /// Recordings that were read.
    pub recordings: u64,
    /// Those that are not as they were sealed.
    pub damaged: Vec<Damaged>,
    /// Why the second store, or some of it, was not read; none when it was, or none is configured.
    pub second_unread: Option<String>,
}

/// A recording that is not as it was sealed.
#[derive(Debug)]
pub struct Damaged {
    /// Of this hearing.
    pub hearing: HearingId,
    /// The recording.
    pub recording: RecordingId,
    /// What failed here, and where: a line for each check.
    pub what: Vec<String>,
    /// What of that is left after the second store's files took the place of damaged ones: nothing where it is mended.
    pub left: Vec<String>,
    /// Files that were put back here from the second store.
    pub mended: Vec<Mended>,
    /// Files that were damaged or missing in the second store, and were put back from here.
    pub mended_there: Vec<Mended>,
    /// Files that are damaged in the second store, and why they could not be put back.
    pub left_there: Vec<String>,
}

impl Damaged {
    /// True when everything is as it was sealed again, in both stores.
    pub fn is_mended(&self) -> bool {
        self.left.is_empty() && self.left_there.is_empty()
    }
}

impl Evidence {
    /// Reads and verifies every recording that is kept, one after another, and tells `found` of each whether it is as it was sealed.
    /// `bytes_per_second` bounds the reading. A recording that is not there, or of which a file cannot be read, is damaged; what says
    /// nothing of a recording, such as a store that does not answer, ends the pass.
    pub async fn scrub(
        &self,
        bytes_per_second: Option<u64>,
        mut found: impl FnMut(RecordingId, Option<&Damaged>),
    ) -> Result<Scrubbed, EvidenceError> {
        let kept = self
            .store()
            .recordings_in_states(&[RecordingState::Attached])
            .await?;
        // Without these nothing can be said of any recording.
        let trust = self.own_trust().await?;
        let mut scrubbed = Scrubbed::default();
        for row in kept {
            // It may be disposed of at any moment of the pass.
            if self.is_gone_or_going(row.id).await? {
                continue;
            }
            let Some(mut what) = self.examine(row.id, &trust, bytes_per_second).await? else {
                continue;
            };
            if !what.is_empty() {
                // A time-stamp may just have been put beside the seal by another process, or a file could not be opened for once.
                tokio::time::sleep(AGAIN_AFTER).await;
                match self.examine(row.id, &trust, bytes_per_second).await? {
                    Some(again) => what = again,
                    None => continue,
                }
            }
            scrubbed.recordings += 1;
            let mut damaged = Damaged {
                hearing: row.hearing_id,
                recording: row.id,
                left: what.clone(),
                what,
                mended: Vec::new(),
                mended_there: Vec::new(),
                left_there: Vec::new(),
            };
            if !damaged.what.is_empty() {
                if !self.raise_alarm(&damaged).await? {
                    continue;
                }
                match self.mend_here(row.id, trust.clone(), &damaged.what).await {
                    Ok(mended) if mended.is_empty() => {}
                    Ok(mended) => {
                        match self.examine(row.id, &trust, bytes_per_second).await? {
                            Some(left) => damaged.left = left,
                            None => continue,
                        }
                        damaged.mended = mended;
                        tracing::warn!(recording = %row.id, files = damaged.mended.len(), left = damaged.left.len(),
                            "a damaged recording was mended from the second store");
                    }
                    Err(why) => {
                        tracing::error!(recording = %row.id, %why, "a damaged recording could not be mended from the second store");
                        scrubbed.second_unread.get_or_insert(why.to_string());
                    }
                }
            }
            // What is damaged here says nothing of the copy; and a store that did not answer once is not waited for at each recording.
            if damaged.left.is_empty() && scrubbed.second_unread.is_none() {
                match self.scrub_second(row.id).await {
                    Ok((mended, left)) => {
                        damaged.mended_there = mended;
                        damaged.left_there = left;
                    }
                    Err(why) => {
                        tracing::error!(%why, "the second store could not be read");
                        scrubbed.second_unread = Some(why.to_string());
                    }
                }
            }
            let is_well =
                damaged.what.is_empty() && damaged.mended_there.is_empty() && damaged.left_there.is_empty();
            if is_well {
                found(row.id, None);
                continue;
            }
            found(row.id, Some(&damaged));
            scrubbed.damaged.push(damaged);
        }
        Ok(scrubbed)
    }

    /// What is not as it was sealed: a line for each check that failed; none when it is disposed of by now. An error says nothing of
    /// the recording.
    async fn examine(
        &self,
        recording: RecordingId,
        trust: &Trust,
        bytes_per_second: Option<u64>,
    ) -> Result<Option<Vec<String>>, EvidenceError> {
        let verified = self
            .verify_now(recording, trust.clone(), bytes_per_second, |_| ())
            .await;
        let found: Vec<String> = match &verified {
            Ok(report) => report
                .failures()
                .map(|check| match &check.file {
                    Some(file) => format!("{}: {file}: {}", check.what, check.detail),
                    None => format!("{}: {}", check.what, check.detail),
                })
                .collect(),
            Err(error) => vec![error.to_string()],
        };
        // Asked after it was read: whatever a disposal took away was taken after it had begun.
        if !found.is_empty() && self.is_gone_or_going(recording).await? {
            return Ok(None);
        }
        match verified {
            Ok(_) => Ok(Some(found)),
            Err(EvidenceError::Io { .. }) if self.is_missing(recording).await? => Ok(Some(found)),
            Err(error) => Err(error),
        }
    }

    /// True when the recording is disposed of, or a disposal of it is under way: then it is no loss that it is not there, and nothing
    /// of it is put anywhere.
    pub(super) async fn is_gone_or_going(&self, recording: RecordingId) -> Result<bool, EvidenceError> {
        // In this order: one that ends between the two questions is found by the second.
        Ok(self.is_being_disposed_of(recording).await?
            || self.row(recording).await?.state != RecordingState::Attached)
    }

    /// True while a disposal of the recording is carried out.
    async fn is_being_disposed_of(&self, recording: RecordingId) -> Result<bool, EvidenceError> {
        let under_way = self.store().disposals_under_way().await?;
        Ok(under_way.iter().any(|disposal| disposal.recording == recording))
    }

    async fn is_missing(&self, recording: RecordingId) -> Result<bool, EvidenceError> {
        let folder = self.sealed_dir(recording);
        blocking(move || Ok(!durable::exists(&folder)?)).await
    }

    /// False when the recording was disposed of meanwhile: of that there is no alarm.
    async fn raise_alarm(&self, damaged: &Damaged) -> Result<bool, EvidenceError> {
        let Damaged {
            hearing,
            recording,
            what,
            ..
        } = damaged;
        // A disposal takes nothing away while this is held.
        let _unchanging = self.inner.additions.reading(*recording).await;
        if self.is_gone_or_going(*recording).await? {
            return Ok(false);
        }
        // What a check says may quote the court log: it is shown by `oyer scrub` and `oyer verify`, not here.
        tracing::error!(%hearing, %recording, failed = what.len(), "a sealed recording is NOT as it was sealed: it is to be mended from the second store, or restored from a backup");
        let begun = self
            .begin_act(*recording, CustodyAct::Verified, SERVER, members([]))
            .await?;
        let outcome = members([("holds", json!(false))]);
        self.complete_act(*recording, CustodyAct::Verified, SERVER, begun, outcome)
            .await?;
        Ok(true)
    }

    /// Scrubs once a day, for as long as the server runs. When the last pass ended is kept, so that a server that is started every
    /// morning scrubs as well.
    pub async fn keep_scrubbed(self) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            let path = self.last_pass();
            match blocking(move || is_due(&path, SystemTime::now())).await {
                Ok(false) => continue,
                Ok(true) => {}
                Err(error) => {
                    tracing::error!(%error, "whether recordings are to be scrubbed is not known");
                    continue;
                }
            }
            if let Err(error) = self.remove_ended_copies().await {
                tracing::error!(%error, "copies of releases that are over could not be removed");
            }
            let mut found = 0;
            let tell = |_, damaged: Option<&Damaged>| {
                found += u32::from(damaged.is_some());
                if damaged.is_some() {
                    metrics::gauge!("oyer_recordings_damaged").set(f64::from(found));
                }
            };
            match self.scrub(Some(GENTLY), tell).await {
                Ok(scrubbed) => {
                    let damaged = scrubbed.damaged.len();
                    metrics::gauge!("oyer_recordings_damaged").set(damaged as f64);
                    let left = scrubbed.damaged.iter().filter(|damaged| !damaged.is_mended());
                    metrics::gauge!("oyer_recordings_not_mended").set(left.count() as f64);
                    let unread = scrubbed.second_unread.is_some();
                    metrics::gauge!("oyer_second_store_unread").set(f64::from(u8::from(unread)));
                    tracing::info!(
                        recordings = scrubbed.recordings,
                        damaged,
                        "recordings were scrubbed"
                    );
                    let path = self.last_pass();
                    if let Err(error) = blocking(move || note(&path)).await {
                        tracing::error!(%error, "that recordings were scrubbed could not be noted");
                    }
                }
                Err(error) => tracing::error!(%error, "recordings could not be scrubbed"),
            }
        }
    }

    fn last_pass(&self) -> PathBuf {
        self.inner.data.join("notes/scrubbed")
    }
}

/// True when the last pass, of which the file's age tells, is old enough. The first one is so long after the first look.
fn is_due(last_pass: &Path, now: SystemTime) -> Result<bool, EvidenceError> {
    match std::fs::metadata(last_pass).and_then(|file| file.modified()) {
        // A clock that was set back must not put the next pass off for years.
        Ok(ended) => Ok(now.duration_since(ended).map_or(true, |age| age >= EVERY)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => note(last_pass).map(|()| false),
        Err(e) => Err(EvidenceError::io(last_pass)(e)),
    }
}

fn note(last_pass: &Path) -> Result<(), EvidenceError> {
    durable::write(last_pass, &last_pass.with_extension("partial"), b"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_after_the_last_pass_it_is_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("scrubbed");
        let now = SystemTime::now();
        assert!(!is_due(&path, now).unwrap(), "it begins with the first look");
        assert!(!is_due(&path, now + EVERY / 2).unwrap());
        let later = now + EVERY + Duration::from_secs(60);
        assert!(is_due(&path, later).unwrap());
        assert!(is_due(&path, later).unwrap(), "until it was done");
        note(&path).unwrap();
        assert!(!is_due(&path, SystemTime::now()).unwrap());
        let set_back = now - Duration::from_secs(3600);
        assert!(is_due(&path, set_back).unwrap());
    }
}
