//! Scrubbing: everything that is kept is read again and verified, so that a disk that loses bits, or a hand that changes them, is
//! noticed while there is a backup to restore from, and not when a court asks for the recording.
//!
//! A finding is an alarm, also where it was mended from the second store (`second`): an error in the log, `oyer_recordings_damaged`
//! among the metrics, and an entry in the chain of custody. A recording that is as it was sealed leaves no entry: the chain is of those who had it.
//! Only after an alarm it has one more, which says that every proof holds again: by the chain alone it is known, also after a restart, which
//! recordings are damaged (`condition`).

use super::Evidence;
use super::condition::About;
use super::custody::{SERVER, members};
use super::durable;
use super::error::{EvidenceError, blocking};
use super::second::Mended;
use crate::court::id::{HearingId, RecordingId};
use crate::court::state::RecordingState;
use crate::seal::custody::CustodyAct;
use crate::seal::verify::Trust;
use crate::store::recordings::Recording;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
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
        found: impl FnMut(RecordingId, Option<&Damaged>),
    ) -> Result<Scrubbed, EvidenceError> {
        self.scrub_after(bytes_per_second, None, found).await
    }

    /// The same, and goes on where an earlier one of these was broken off.
    pub async fn scrub_on(
        &self,
        bytes_per_second: Option<u64>,
        found: impl FnMut(RecordingId, Option<&Damaged>),
    ) -> Result<Scrubbed, EvidenceError> {
        let place = self.reached();
        let scrubbed = self.scrub_after(bytes_per_second, Some(&place), found).await?;
        blocking(move || match std::fs::remove_file(&place) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(EvidenceError::io(&place)(e)),
            _ => Ok(()),
        })
        .await?;
        Ok(scrubbed)
    }

    /// `place`: the file that says how far an earlier pass has come.
    async fn scrub_after(
        &self,
        bytes_per_second: Option<u64>,
        place: Option<&Path>,
        mut found: impl FnMut(RecordingId, Option<&Damaged>),
    ) -> Result<Scrubbed, EvidenceError> {
        let mut kept = self
            .store()
            .recordings_in_states(&[RecordingState::Attached])
            .await?;
        if let Some(place) = place {
            let place = place.to_path_buf();
            let reached = blocking(move || Ok(Reached::read(&place))).await?;
            kept.retain(|row| reached.is_none_or(|reached| reached < Reached::at(row)));
        }
        // Without these nothing can be said of any recording.
        let trust = self.own_trust().await?;
        let known = self.known_damaged().await?;
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
            if damaged.what.is_empty() && known.contains(&row.id) {
                // Restored by hand, or mended by a pass that was broken off.
                self.end_alarm(row.id).await?;
            }
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
                        if damaged.left.is_empty() {
                            self.end_alarm(row.id).await?;
                        }
                    }
                    Err(why) => {
                        tracing::error!(recording = %row.id, %why, "a damaged recording could not be mended from the second store");
                        if matches!(why, EvidenceError::Second(_)) {
                            self.note_copying(About::Reading, Some(&why)).await;
                        }
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
                        if matches!(why, EvidenceError::Second(_)) {
                            self.note_copying(About::Reading, Some(&why)).await;
                        }
                        scrubbed.second_unread = Some(why.to_string());
                    }
                }
            }
            if let Some(place) = place {
                let (place, reached) = (place.to_path_buf(), Reached::at(&row));
                // A pass that cannot note how far it came begins anew, no more.
                if let Err(why) = blocking(move || reached.write(&place)).await {
                    tracing::warn!(%why, "how far the scrub has come could not be noted");
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
        if scrubbed.second_unread.is_none() {
            self.note_copying(About::Reading, None).await;
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
    pub(super) async fn is_being_disposed_of(&self, recording: RecordingId) -> Result<bool, EvidenceError> {
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
        if self.is_gone_or_going(*recording).await? {
            return Ok(false);
        }
        // What a check says may quote the court log: it is shown by `oyer scrub` and `oyer verify`, not here.
        tracing::error!(%hearing, %recording, failed = what.len(), "a sealed recording is NOT as it was sealed: it is to be mended from the second store, or restored from a backup");
        self.enter_outcome(*recording, false).await
    }

    async fn end_alarm(&self, recording: RecordingId) -> Result<(), EvidenceError> {
        tracing::info!(%recording, "a recording that was damaged is as it was sealed again");
        self.enter_outcome(recording, true).await.map(drop)
    }

    /// False when the recording was disposed of meanwhile.
    async fn enter_outcome(&self, recording: RecordingId, holds: bool) -> Result<bool, EvidenceError> {
        // A disposal takes nothing away while this is held.
        let _unchanging = self.inner.additions.reading(recording).await;
        if self.is_gone_or_going(recording).await? {
            return Ok(false);
        }
        let open = self
            .open_act(recording, CustodyAct::Verified, SERVER, members([]))
            .await?;
        let outcome = members([("holds", json!(holds))]);
        open.complete(outcome).await?;
        Ok(true)
    }

    /// Scrubs once a day, for as long as the server runs. When the last pass ended is kept, so that a server that is started every
    /// morning scrubs as well; and a pass that a stop breaks off goes on after it.
    pub async fn keep_scrubbed(self) {
        let mut damaged = self.count_damaged().await;
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
            let tell = |id, found: Option<&Damaged>| {
                // What was known before is counted until the pass has come to it and finds it well.
                match found {
                    Some(_) => damaged.insert(id),
                    None => damaged.remove(&id),
                };
                metrics::gauge!("oyer_recordings_damaged").set(damaged.len() as f64);
            };
            let mut mended = BTreeSet::new();
            match self.scrub_on(Some(GENTLY), tell).await {
                Ok(scrubbed) => {
                    // What was mended in this pass is an alarm until the next.
                    mended = scrubbed.damaged.iter().map(|found| found.recording).collect();
                    let unread = scrubbed.second_unread.is_some();
                    metrics::gauge!("oyer_second_store_unread").set(f64::from(u8::from(unread)));
                    tracing::info!(
                        recordings = scrubbed.recordings,
                        damaged = scrubbed.damaged.len(),
                        "recordings were scrubbed"
                    );
                    let path = self.last_pass();
                    if let Err(error) = blocking(move || note(&path)).await {
                        tracing::error!(%error, "that recordings were scrubbed could not be noted");
                    }
                }
                Err(error) => tracing::error!(%error, "recordings could not be scrubbed"),
            }
            let left = self.count_not_mended().await;
            damaged = left.union(&mended).copied().collect();
            metrics::gauge!("oyer_recordings_not_mended").set(left.len() as f64);
        }
    }

    /// What an earlier run of the server found, for the metrics: an alarm is not over because the server was started.
    async fn count_damaged(&self) -> BTreeSet<RecordingId> {
        let damaged = self.count_not_mended().await;
        metrics::gauge!("oyer_recordings_damaged").set(damaged.len() as f64);
        metrics::gauge!("oyer_recordings_not_mended").set(damaged.len() as f64);
        damaged
    }

    /// Recordings that are damaged and not mended, here or in the second store.
    async fn count_not_mended(&self) -> BTreeSet<RecordingId> {
        let found = async {
            let mut damaged = self.known_damaged().await?;
            damaged.extend(self.differing_there().await?);
            Ok::<_, EvidenceError>(damaged)
        };
        found.await.unwrap_or_else(|error| {
            tracing::error!(%error, "which recordings are damaged cannot be read");
            BTreeSet::new()
        })
    }

    fn reached(&self) -> PathBuf {
        self.inner.data.join("notes/scrubbing")
    }

    fn last_pass(&self) -> PathBuf {
        self.inner.data.join("notes/scrubbed")
    }
}

/// How far a pass has come, in the order in which recordings are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Reached {
    started_at: i64,
    recording: RecordingId,
}

impl Reached {
    fn at(row: &Recording) -> Reached {
        Reached {
            started_at: row.started_at,
            recording: row.id,
        }
    }

    /// None where there is none, or it cannot be understood: then all is read.
    fn read(place: &Path) -> Option<Reached> {
        serde_json::from_slice(&std::fs::read(place).ok()?).ok()
    }

    fn write(self, place: &Path) -> Result<(), EvidenceError> {
        let text = serde_json::to_vec(&self).map_err(|source| EvidenceError::Json {
            what: "how far the scrub has come".into(),
            source,
        })?;
        durable::write(place, &place.with_extension("partial"), &text)
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
