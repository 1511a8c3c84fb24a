//! After a crash: every recording that did not get to its case is brought there, by the code of the normal path.
//!
//! To be run at start, before anything is live. What was being captured is sealed as found, with `ended` = crash.

use super::Evidence;
use super::durable;
use super::error::{EvidenceError, blocking, blocking_within};
use super::sealing::unix_ms;
use crate::court::id::{HearingId, RecordingId};
use crate::court::state::RecordingState;
use crate::recorder::{self, Ended, RecorderError, SegmentSummary};
use crate::seal::ledger::CourtLogEntry;
use crate::seal::timestamp::Timestamp;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;
use time::OffsetDateTime;
use tracing::Instrument;

/// How long the first pause is before a recording that could not be sealed is tried again; each further one is twice as long.
const PAUSE_FIRST: Duration = Duration::from_secs(5);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// How long a disk that answers may take to say whether a folder is there.
const FOUND_WITHIN: Duration = Duration::from_secs(5);

/// Kind of the court-log entry that says where a failure cut the record off.
const RECORD_INTERRUPTED: &str = "interrupted";

impl Evidence {
    /// Finishes every recording that is not attached to its case, oldest first, and says how many there were.
    ///
    /// One that cannot be finished does not hold up the others or the start: it is logged, stays in its state, and is
    /// tried again at the next start; one that lacks its signature alone, or lies on a disk that does not answer, by
    /// [`Evidence::keep_sealed`] before that.
    pub async fn recover_all(&self) -> Result<usize, EvidenceError> {
        use RecordingState::*;
        self.adopt_custody().await?;
        self.take_in_logs().await?;
        self.resume_copies().await?;
        self.remove_ended_copies().await?;
        self.finish_disposals().await?;
        self.settle_open_acts().await?;
        self.clear_unbegun(&self.inner.spools.answering().await).await?;
        let unfinished = self
            .store()
            .recordings_in_states(&[Capturing, Closed, Interrupted, Sealed])
            .await?;
        let mut recovered = 0;
        for recording in unfinished {
            let (id, hearing, state) = (recording.id, recording.hearing_id, recording.state);
            if recording.derived_from.is_some_and(|of| self.is_redacting(of)) {
                // The copy that was gone on with above seals it.
                continue;
            }
            if !self.is_within_reach(id).await? {
                self.put_off(id, hearing, state).await;
                continue;
            }
            let span = tracing::info_span!("recovery", %hearing, recording = %id);
            let one = async {
                let found = self.recover_one(id, Some(hearing)).await;
                if state == Capturing
                    && let Err(why) = &found
                    && let Err(failed) = self.give_up(id, hearing, why).await
                {
                    tracing::error!(%failed, "the store still says that a lost recording is captured");
                }
                found
                    .inspect(|()| tracing::info!("what an earlier run left open is sealed as found"))
                    .inspect_err(|why| tracing::error!(%why, "a recording could not be recovered"))
            };
            match one.instrument(span).await {
                Ok(()) => recovered += 1,
                Err(why) if is_tried_again(&why) => self.left_open().push_back(id),
                Err(_) => {}
            }
        }
        self.note_all_bound().await?;
        Ok(recovered)
    }

    /// True when it is known where a recording lies that was begun in an earlier run, and its disk answers. Also when its folder
    /// is nowhere though all disks answer.
    async fn is_within_reach(&self, recording: RecordingId) -> Result<bool, EvidenceError> {
        let answering = self.inner.spools.answering().await;
        let all = answering.len() == self.inner.spools.count();
        let lies_in = move || {
            let has = |folder: &PathBuf| durable::exists(&folder.join(recording.to_string()));
            for folder in answering {
                if has(&folder)? {
                    return Ok(Some(folder));
                }
            }
            Ok(None)
        };
        let found = blocking_within(FOUND_WITHIN, lies_in).await;
        match found {
            Ok(Some(folder)) => self.inner.spools.found(recording, &folder),
            Err(EvidenceError::Hangs) => return Ok(false),
            Ok(None) => return Ok(all),
            Err(why) => return Err(why),
        }
        Ok(true)
    }

    /// A recording that lies on a disk that does not answer waits for it, and nobody waits for the recording.
    async fn put_off(&self, recording: RecordingId, hearing: HearingId, state: RecordingState) {
        tracing::error!(%hearing, %recording, "the disk of a recording does not answer: it is sealed when it does");
        let told = async {
            match state {
                RecordingState::Capturing => self.interrupted(recording, hearing).await,
                _ => Ok(()),
            }
        };
        if let Err(failed) = told.await {
            tracing::error!(%hearing, %recording, %failed, "the store still says that a recording is captured");
        }
        self.note_sealing(recording, Some(&EvidenceError::Hangs), true)
            .await;
        self.left_open().push_back(recording);
    }

    /// Keeps trying, for as long as the server runs, to seal what [`Evidence::recover_all`] found and could not: what the seal key
    /// refused to sign, as while its token is away, and what lies on a disk that does not answer. Ends when nothing is left. Of
    /// these recordings nothing is live.
    pub async fn keep_sealed(self) {
        let mut pause = PAUSE_FIRST;
        loop {
            let Some(recording) = self.left_open().front().copied() else {
                return;
            };
            tokio::time::sleep(pause).await;
            let sealed = match self.is_within_reach(recording).await {
                Ok(true) => self.recover_recording(recording).await,
                Ok(false) => Err(EvidenceError::Hangs),
                Err(why) => Err(why),
            };
            match sealed {
                Ok(()) => {
                    tracing::info!(%recording, "sealed and attached to the case");
                    self.left_open().pop_front();
                    pause = Duration::ZERO;
                }
                // It was said, and may last.
                Err(EvidenceError::Hangs) => {
                    self.left_open().rotate_left(1);
                    pause = PAUSE_FIRST;
                }
                Err(why) => {
                    tracing::error!(%recording, %why, "sealing failed; it is tried again");
                    // The others must not wait for one that fails for a reason of its own.
                    self.left_open().rotate_left(1);
                    pause = (pause * 2).clamp(PAUSE_FIRST, PAUSE_MAX);
                }
            }
        }
    }

    fn left_open(&self) -> std::sync::MutexGuard<'_, VecDeque<RecordingId>> {
        let left_open = self.inner.left_open.lock();
        left_open.unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Finishes one recording from wherever a failure left it. The court log stays as the hearing wrote it.
    pub async fn recover_recording(&self, recording: RecordingId) -> Result<(), EvidenceError> {
        self.recover_one(recording, None).await
    }

    /// `dead`: the hearing, when nothing of it lives that could write its log.
    async fn recover_one(
        &self,
        recording: RecordingId,
        dead: Option<HearingId>,
    ) -> Result<(), EvidenceError> {
        let recovered = self.try_to_recover(recording, dead).await;
        // At a start nothing else is tried again.
        let by_itself = dead.is_none() || recovered.as_ref().is_err_and(is_tried_again);
        self.note_sealing(recording, recovered.as_ref().err(), by_itself)
            .await;
        recovered
    }

    async fn try_to_recover(
        &self,
        recording: RecordingId,
        dead: Option<HearingId>,
    ) -> Result<(), EvidenceError> {
        if self.is_kept(recording).await? || self.is_settled(recording).await? {
            self.finish_sealing(recording).await?;
            return Ok(());
        }
        let (spool, dir) = (self.spool_dir(recording), self.recorder_dir(recording));
        let summary = blocking(move || {
            if !durable::exists(&spool)? {
                return Err(EvidenceError::FolderMissing(recording));
            }
            match recorder::recover(&dir) {
                // Cut off before the recorder noted that it began.
                Err(RecorderError::NoRecording(_)) => Ok(recorder::recover_unbegun(&dir, recording.0)?),
                found => Ok(found?),
            }
        })
        .await?;
        if let Some(hearing) = dead.filter(|_| summary.ended == Ended::Crash) {
            self.log_interruption(hearing, summary.segments.last()).await?;
        }
        self.seal(recording, summary).await?;
        Ok(())
    }

    /// Nothing is written any more, whatever has become of the files: the store and the court log must not speak as if
    /// the record went on. Where only the disk or the store refused, the next start will know more.
    async fn give_up(
        &self,
        recording: RecordingId,
        hearing: HearingId,
        why: &EvidenceError,
    ) -> Result<(), EvidenceError> {
        use EvidenceError::{FolderMissing, Recorder};
        use RecorderError::{NoRecording, StillWritten};
        if !matches!(why, FolderMissing(_) | Recorder(NoRecording(_) | StillWritten(_))) {
            return Ok(());
        }
        self.interrupted(recording, hearing).await
    }

    async fn interrupted(&self, recording: RecordingId, hearing: HearingId) -> Result<(), EvidenceError> {
        self.log_interruption(hearing, None).await?;
        self.store()
            .set_recording_state(recording, RecordingState::Interrupted)
            .await?;
        Ok(())
    }

    /// The court log must not end as if the record had gone on: it says when the record was cut off.
    async fn log_interruption(
        &self,
        hearing: HearingId,
        last: Option<&SegmentSummary>,
    ) -> Result<(), EvidenceError> {
        let log = self.store().log(hearing).await?;
        let last_seq = log.last().map_or(0, |last| last.seq).unsigned_abs();
        let log: Vec<CourtLogEntry> = log
            .iter()
            .filter_map(|row| serde_json::from_str(&row.json).ok())
            .collect();
        // A log never goes back to an earlier segment.
        let reached = log.iter().filter_map(|entry| entry.segment).max();
        let place = last.filter(|s| reached.is_none_or(|reached| reached <= s.segment));
        let entry = CourtLogEntry {
            seq: last_seq + 1,
            at: Timestamp::new(last.map_or_else(OffsetDateTime::now_utc, |s| s.ended_at)),
            segment: place.map(|s| s.segment),
            media_ms: place.map(|s| s.duration_ms),
            kind: RECORD_INTERRUPTED.into(),
            by: None,
            about: None,
            text: None,
        };
        // A start that was cut off itself may have entered it.
        let mut known = log.iter().filter(|known| known.kind == entry.kind);
        if known.any(|known| last.is_some() && known.at == entry.at) {
            return Ok(());
        }
        let json = serde_json::to_string(&entry).map_err(|source| EvidenceError::Json {
            what: "court log".into(),
            source,
        })?;
        let (seq, at) = (
            i64::try_from(entry.seq).unwrap_or(i64::MAX),
            unix_ms(entry.at.at()),
        );
        self.store().append_log(hearing, seq, at, &json).await?;
        Ok(())
    }

    /// The highest segment number of the hearing's sealed recordings and of its court log; 0 when there is none. A recording
    /// that cannot be read is left out, and an error logged: damaged evidence must not keep the court from sitting.
    pub async fn last_segment(&self, hearing: HearingId) -> Result<u32, EvidenceError> {
        let mut last = 0;
        for recording in self.store().recordings_of_hearing(hearing).await? {
            match self.segments_of(recording.id).await {
                Ok(segment) => last = last.max(segment),
                Err(error) => {
                    tracing::error!(recording = %recording.id, %error, "an earlier recording cannot be read: verify it");
                    // Every segment began with an entry.
                    let log = self.store().log(hearing).await?;
                    let logged = log
                        .iter()
                        .filter_map(|row| serde_json::from_str::<CourtLogEntry>(&row.json).ok());
                    last = last.max(logged.filter_map(|entry| entry.segment).max().unwrap_or(0));
                }
            }
        }
        Ok(last)
    }

    async fn segments_of(&self, recording: RecordingId) -> Result<u32, EvidenceError> {
        if !self.is_kept(recording).await? {
            return Ok(0);
        }
        let document = self.document(recording).await?;
        Ok(document.segments.iter().map(|s| s.segment).max().unwrap_or(0))
    }
}

/// What a server that runs tries again by itself: what lacks its signature alone, and what is still in a recorder's hands, as of a
/// process that has ended but for a thread that hangs.
fn is_tried_again(error: &EvidenceError) -> bool {
    use EvidenceError::{Key, Recorder, Sign};
    matches!(error, Key(_) | Sign(_) | Recorder(RecorderError::StillWritten(_)))
}
