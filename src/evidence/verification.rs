//! Verifying a recording as it lies in the store, with the same code as `oyer verify`, and its chain of custody as it
//! lies in the database.
//!
//! All of a recording is read, which may be tens of gigabytes. So each verification is a task of its own: whoever asked
//! may hang up, and its outcome is entered all the same.

use super::Evidence;
use super::beside;
use super::custody::members;
use super::envelope::SealedSource;
use super::error::{EvidenceError, blocking};
use super::reseal;
use super::sealing::Bag;
use crate::court::id::RecordingId;
use crate::seal::custody::{self, CustodyAct};
use crate::seal::digest::Digest;
use crate::seal::source::{BundleSource, Entry};
use crate::seal::timestamp::Timestamp;
use crate::seal::verify::{
    self, Check, CheckCode, OneByOne, Outcome, Progress, Trust, Verdict, VerificationReport,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::timeout;
use tracing::Instrument;

/// Verifications that read at the same time: the disks belong to the hearings.
const AT_ONCE: usize = 2;
/// Most that may wait or run.
const UNDER_WAY_MAX: usize = 16;
/// Most whose outcome is kept for whoever asks for it later; the oldest gives way.
const KEPT_MAX: usize = 64;

/// Where the verification of a recording stands.
#[derive(Debug, Clone)]
pub enum Verification {
    /// It is under way, or waits for its turn.
    Running {
        /// 0 to 99.
        percent: u8,
    },
    /// It has ended with a verdict.
    Done(Arc<VerificationReport>),
}

/// The verifications that are under way, and the last outcome of each recording that was verified since the start.
pub(super) struct Verifications {
    jobs: Mutex<HashMap<RecordingId, Job>>,
    turn: Semaphore,
}

impl Default for Verifications {
    fn default() -> Self {
        Self {
            jobs: Mutex::default(),
            turn: Semaphore::new(AT_ONCE),
        }
    }
}

struct Job {
    begun_at: Instant,
    state: watch::Receiver<State>,
}

#[derive(Debug, Clone)]
enum State {
    Running(u8),
    Ended(Result<Arc<VerificationReport>, Arc<str>>),
}

impl Job {
    /// A task that ended without a word is under way no more.
    fn is_under_way(&self) -> bool {
        self.state.has_changed().is_ok() && matches!(*self.state.borrow(), State::Running(_))
    }
}

impl Verifications {
    fn with_jobs<T>(&self, change: impl FnOnce(&mut HashMap<RecordingId, Job>) -> T) -> T {
        // Nothing that runs under this lock can panic half-way through a change.
        change(&mut self.jobs.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Enters a verification; none when one of this recording is under way.
    fn enter(&self, recording: RecordingId) -> Result<Option<watch::Sender<State>>, EvidenceError> {
        self.with_jobs(|jobs| {
            if jobs.get(&recording).is_some_and(Job::is_under_way) {
                return Ok(None);
            }
            if jobs.values().filter(|job| job.is_under_way()).count() >= UNDER_WAY_MAX {
                return Err(EvidenceError::Busy(
                    "too many verifications are under way; try again later",
                ));
            }
            jobs.remove(&recording);
            while jobs.len() >= KEPT_MAX {
                let ended = jobs.iter().filter(|(_, job)| !job.is_under_way());
                let oldest = ended.min_by_key(|(_, job)| job.begun_at).map(|(id, _)| *id);
                let Some(oldest) = oldest else { break };
                jobs.remove(&oldest);
            }
            let (sender, state) = watch::channel(State::Running(0));
            let begun_at = Instant::now();
            jobs.insert(recording, Job { begun_at, state });
            Ok(Some(sender))
        })
    }

    fn state(&self, recording: RecordingId) -> Option<watch::Receiver<State>> {
        self.with_jobs(|jobs| jobs.get(&recording).map(|job| job.state.clone()))
    }
}

impl Evidence {
    /// Begins to verify a sealed recording against this court's own roots, unless that is under way. The chain of custody
    /// notes it before and after, also when nobody waits for the outcome any more.
    pub async fn start_verification(&self, recording: RecordingId, by: &str) -> Result<(), EvidenceError> {
        self.require_attached(recording).await?;
        let hearing = self.row(recording).await?.hearing_id;
        let Some(state) = self.inner.verifications.enter(recording)? else {
            return Ok(());
        };
        let (begun, begins) = oneshot::channel();
        let (evidence, by) = (self.clone(), by.to_string());
        let span = tracing::info_span!("verification", %hearing, %recording);
        let job = async move { evidence.run_verification(recording, &by, state, begun).await };
        tokio::spawn(job.instrument(span));
        begins.await.map_err(|_| EvidenceError::Task)?
    }

    /// Where the verification of a recording stands, once it has ended or `patience` is over; none when none was begun since
    /// the start of the server, or too many others were since.
    pub async fn verification(
        &self,
        recording: RecordingId,
        patience: Duration,
    ) -> Result<Option<Verification>, EvidenceError> {
        let Some(mut state) = self.inner.verifications.state(recording) else {
            return Ok(None);
        };
        let waited = timeout(patience, state.wait_for(|s| matches!(s, State::Ended(_)))).await;
        let broke_off = matches!(waited, Ok(Err(_)));
        drop(waited);
        let state = state.borrow().clone();
        match state {
            State::Ended(Ok(report)) => Ok(Some(Verification::Done(report))),
            State::Ended(Err(why)) => Err(EvidenceError::NotVerified(why)),
            State::Running(_) if broke_off => Err(EvidenceError::Task),
            State::Running(percent) => Ok(Some(Verification::Running { percent })),
        }
    }

    /// [`Evidence::start_verification`], and its outcome, however long it takes.
    pub async fn verify(
        &self,
        recording: RecordingId,
        by: &str,
    ) -> Result<Arc<VerificationReport>, EvidenceError> {
        self.start_verification(recording, by).await?;
        match self.verification(recording, Duration::MAX).await? {
            Some(Verification::Done(report)) => Ok(report),
            _ => Err(EvidenceError::Task),
        }
    }

    async fn run_verification(
        &self,
        recording: RecordingId,
        by: &str,
        state: watch::Sender<State>,
        begun: oneshot::Sender<Result<(), EvidenceError>>,
    ) {
        let opened = self
            .open_act(recording, CustodyAct::Verified, by, members([]))
            .await;
        let opened = match opened {
            Ok(open) => {
                // Whoever asked may have hung up.
                let _ = begun.send(Ok(()));
                open
            }
            Err(why) => {
                state.send_replace(State::Ended(Err(why.to_string().into())));
                let _ = begun.send(Err(why));
                return;
            }
        };
        let verified = self.verify_in_turn(recording, &state).await;
        let outcome = match &verified {
            Ok(report) => members([("holds", json!(report.holds()))]),
            Err(why) => members([("why", json!(why.to_string()))]),
        };
        let entered = opened.complete(outcome).await;
        if let Err(why) = &entered {
            tracing::error!(%why, "the end of a verification is missing in the chain of custody");
        }
        // A verdict that is not in the chain is given to nobody.
        let end = entered.and(verified);
        if let Err(why) = &end {
            tracing::warn!(%why, "not verified");
        }
        state.send_replace(State::Ended(
            end.map(Arc::new).map_err(|why| why.to_string().into()),
        ));
    }

    async fn verify_in_turn(
        &self,
        recording: RecordingId,
        state: &watch::Sender<State>,
    ) -> Result<VerificationReport, EvidenceError> {
        let turn = self.inner.verifications.turn.acquire().await;
        let _turn = turn.map_err(|_| EvidenceError::Cancelled)?;
        let state = state.clone();
        let trust = self.own_trust().await?;
        self.verify_now(recording, trust, None, move |progress| {
            let part = progress.bytes_done.saturating_mul(100) / progress.bytes_total.max(1);
            let percent = u8::try_from(part.min(99)).unwrap_or(99);
            state.send_if_modified(|state| match state {
                State::Running(before) if *before != percent => {
                    *before = percent;
                    true
                }
                _ => false,
            });
        })
        .await
    }

    /// The roots of this court, and those of its time-stamp authority. Not every recording has a proof of each: some were sealed
    /// before the court had a log or an authority, and of others the proof is still to come.
    pub(super) async fn own_trust(&self) -> Result<Trust, EvidenceError> {
        let trust = self.trust().await?.asking_for_nothing();
        Ok(match &self.inner.authority {
            Some(authority) => trust.with_time_roots(authority.roots_pem()?.as_bytes())?,
            None => trust,
        })
    }

    /// Reads and verifies; `bytes_per_second` bounds the reading.
    pub(super) async fn verify_now(
        &self,
        recording: RecordingId,
        trust: Trust,
        bytes_per_second: Option<u64>,
        observe: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<VerificationReport, EvidenceError> {
        let unchanging = self.inner.additions.reading(recording).await;
        let bag = self.bag(recording)?;
        let report = self
            .verify_bag(bag, recording, trust, bytes_per_second, observe)
            .await;
        drop(unchanging);
        report
    }

    /// The same of a folder of the recording, which nobody may add to meanwhile.
    pub(super) async fn verify_bag(
        &self,
        bag: Bag,
        recording: RecordingId,
        trust: Trust,
        bytes_per_second: Option<u64>,
        observe: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<VerificationReport, EvidenceError> {
        let now = Timestamp::new(OffsetDateTime::now_utc());
        let sealed = bag.root.clone();
        let copied = self
            .differing_from_copied(recording, &bag.root, bag.is_enclosed())
            .await?;
        let stop = Arc::new(AtomicBool::new(false));
        let _stops = StopsWhenDropped(stop.clone());
        let mut report = blocking(move || {
            let mut beside = beside::failures(&bag, &trust);
            beside.extend(copied);
            let folder = bag.root.clone();
            let folder = SealedSource::open(bag).map_err(EvidenceError::io(&folder))?;
            let pace = bytes_per_second.map(Pace::new);
            let bundle = Stoppable { folder, stop, pace };
            // One file after another: hearings need the processors more.
            let mut report = verify::verify_observed(&bundle, &trust, now, &OneByOne, &observe);
            let known: Vec<_> = report.failures().filter_map(|check| check.file.clone()).collect();
            beside.retain(|(file, _)| !known.contains(file));
            if !beside.is_empty() {
                report.outcome = Outcome::Failed;
                report.checks.extend(beside.into_iter().map(beside::failed));
            }
            match bundle.stop.load(Ordering::Relaxed) {
                true => Err(EvidenceError::Cancelled),
                false => Ok(report),
            }
        })
        .await?;
        let ledger = self.custody_text(recording).await?;
        let attached = self.store().evidence_of_recording(recording).await?;
        let attached = attached.map(|evidence| evidence.manifest_sha256);
        let mut check = check_ledger(&ledger, attached.as_deref(), report.manifest_sha256, |resealed| {
            reseal::missing(&sealed, resealed)
        });
        if check.verdict != Verdict::Failed
            && let Some(why) = self.custody_fault(recording, &ledger).await?
        {
            (check.verdict, check.detail) = (Verdict::Failed, why);
        }
        if check.verdict == Verdict::Failed {
            report.outcome = Outcome::Failed;
        }
        // The stored form has no ledger, and the report says so in one line: here is what replaces it.
        match report.checks.iter_mut().find(|c| c.check == CheckCode::Custody) {
            Some(line) => *line = check,
            None => report.checks.push(check),
        }
        Ok(report)
    }
}

/// A server that stops drops its tasks, and then waits for what reads files: that must not read on for minutes.
struct StopsWhenDropped(Arc<AtomicBool>);

impl Drop for StopsWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How fast a folder may be read.
struct Pace {
    begun: Instant,
    bytes_per_second: u64,
    bytes: AtomicU64,
}

impl Pace {
    fn new(bytes_per_second: u64) -> Self {
        Self {
            begun: Instant::now(),
            bytes_per_second: bytes_per_second.max(1),
            bytes: AtomicU64::new(0),
        }
    }

    /// So many bytes more were read: waits until they may have been.
    fn keep(&self, bytes: u64) {
        let bytes = self
            .bytes
            .fetch_add(bytes, Ordering::Relaxed)
            .saturating_add(bytes);
        let due = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64);
        // Short waits add up to long ones.
        if let Some(early) = due.checked_sub(self.begun.elapsed())
            && early > Duration::from_millis(10)
        {
            std::thread::sleep(early);
        }
    }
}

/// A folder that can no longer be read once it is told to stop, and not faster than it may be.
struct Stoppable {
    folder: SealedSource,
    stop: Arc<AtomicBool>,
    pace: Option<Pace>,
}

impl BundleSource for Stoppable {
    fn entries(&self) -> io::Result<Vec<Entry>> {
        self.folder.entries()
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        let file = self.folder.open(path)?;
        Ok(Box::new(StoppableFile(file, self)))
    }
}

struct StoppableFile<'a>(Box<dyn Read + 'a>, &'a Stoppable);

impl Read for StoppableFile<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.1.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("called off"));
        }
        let bytes = self.0.read(into)?;
        if let Some(pace) = &self.1.pace {
            pace.keep(bytes as u64);
        }
        Ok(bytes)
    }
}

/// Whether the ledger of the database is unbroken, and speaks of the manifest that lies in the folder, as does the
/// case file.
fn check_ledger(
    ledger: &str,
    attached: Option<&str>,
    manifest: Option<Digest>,
    missing: impl FnOnce(&[(String, String)]) -> Option<String>,
) -> Check {
    let manifest = manifest.map(|digest| digest.to_string());
    let mut sealed = None;
    let mut resealed = Vec::new();
    let read = custody::check(ledger.as_bytes(), |entry| {
        resealed.extend(custody::resealed(entry));
        if entry.act == CustodyAct::Sealed {
            let digest = entry.detail.get("manifest_sha256").and_then(Value::as_str);
            sealed = digest.map(str::to_string);
        }
    });
    let (verdict, detail) = match read {
        Err(why) => (Verdict::Failed, why.to_string()),
        Ok(_) if manifest.is_none() || sealed != manifest => (
            Verdict::Failed,
            "it speaks of the sealing of another manifest".to_string(),
        ),
        Ok(_) if attached != manifest.as_deref() => (
            Verdict::Failed,
            "the case file has the digest of another manifest".to_string(),
        ),
        Ok(head) => match missing(&resealed) {
            Some(why) => (Verdict::Failed, why),
            None => (
                Verdict::Proved,
                format!(
                    "{} entries, chained without a break, ending in {}",
                    head.seq, head.hash
                ),
            ),
        },
    };
    Check {
        verdict,
        check: CheckCode::Custody,
        what: CheckCode::Custody.title(),
        detail,
        file: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of one recording one verification runs at a time, and whoever asks meanwhile waits for the same outcome.
    #[test]
    fn who_asks_while_a_recording_is_verified_gets_the_outcome_of_that() {
        let all = Verifications::default();
        let recording = RecordingId(uuid::Uuid::now_v7());
        let running = all.enter(recording).unwrap().expect("the first begins one");
        let (one, other) = (all.state(recording).unwrap(), all.state(recording).unwrap());
        assert!(all.enter(recording).unwrap().is_none(), "the second does not");
        let report = Arc::new(VerificationReport {
            outcome: Outcome::Proved,
            recording: None,
            manifest_sha256: None,
            root_fingerprint: None,
            checks: Vec::new(),
        });
        running.send_replace(State::Ended(Ok(report.clone())));
        for state in [one, other] {
            let State::Ended(Ok(told)) = state.borrow().clone() else {
                panic!("no outcome");
            };
            assert!(Arc::ptr_eq(&told, &report));
        }
        let later = all.enter(recording).unwrap().expect("a later one begins anew");
        // A task that ended without a word is under way no more.
        drop(later);
        assert!(all.enter(recording).unwrap().is_some());
    }

    #[test]
    fn what_was_told_to_stop_reads_no_further() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("bagit.txt"), b"BagIt").unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let bag = Bag::new(dir.path().to_path_buf(), RecordingId(uuid::Uuid::now_v7()));
        let folder = SealedSource::open(bag).unwrap();
        let bundle = Stoppable {
            folder,
            stop: stop.clone(),
            pace: None,
        };
        let mut file = bundle.open("bagit.txt").unwrap();
        let mut two = [0; 2];
        file.read_exact(&mut two).unwrap();
        // As the server drops a task that waits for the reading.
        drop(StopsWhenDropped(stop));
        assert!(file.read(&mut two).is_err());
    }
}
