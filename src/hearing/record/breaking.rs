//! A record that breaks off: its recorder stops, or its disk refuses or hangs. The segment goes on in another recording, on the same
//! timeline, and what was written is left to end and to be sealed by itself.

use super::driver::{Current, Driver, Segment};
use super::leaving::{Last, is_noted};
use super::{Order, Report};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long the disk may go on refusing before the record goes on on another one, if there is one.
const DISK_PATIENCE: Duration = Duration::from_secs(1);
/// The recorder gives its word every half second. Without it for so long its disk hangs.
const SILENT_MAX: Duration = Duration::from_millis(2_500);
/// That we ourselves stood still for as long is no reason: the word may come now.
const LAST_WORD: Duration = Duration::from_millis(500);

impl Driver {
    /// When another disk is looked for.
    pub(super) fn gives_up_on_disk(&self) -> Option<tokio::time::Instant> {
        self.running?;
        let refused = self.failing.map(|since| since + DISK_PATIENCE);
        let silent = self.heard.map(|at| at + SILENT_MAX);
        refused.into_iter().chain(silent).min().map(Into::into)
    }

    /// The disk goes on refusing or does not answer: if recordings may be written on another one, the segment goes on there.
    pub(super) async fn go_elsewhere(&mut self) {
        let refuses = self.failing.is_some_and(|since| since.elapsed() >= DISK_PATIENCE);
        let Some(current) = self.current.as_mut() else {
            self.heard = None;
            return;
        };
        if !refuses {
            match timeout(LAST_WORD, current.events.recv()).await {
                Ok(Some(event)) => return self.event(event).await,
                Ok(None) => return self.restart().await,
                Err(_) => {}
            }
        }
        let recording = current.id;
        if self.patience.goes_elsewhere(recording) {
            tracing::warn!(%recording, refuses, "the disk of the record fails: the record goes on on another one");
            self.break_off().await;
            return;
        }
        let now = Some(Instant::now());
        self.failing = self.failing.and(now);
        self.heard = now;
        if !refuses {
            self.silent().await;
        }
    }

    /// The disk does not answer, and there is no other: what is known is said once.
    async fn silent(&mut self) {
        if !std::mem::replace(&mut self.is_silent, true) {
            self.failed("the disk of the record does not answer".into()).await;
        }
    }

    /// Leaves the current recording as it is. The segment goes on in another one, before anything else.
    pub(super) async fn break_off(&mut self) {
        let at = Instant::now();
        let Some(segment) = self.running.take() else {
            return;
        };
        let (noted, is_noted) = oneshot::channel();
        self.report(Report::BrokenOff { noted }).await;
        self.leave(Some(at), Some(is_noted));
        self.begin_again(segment);
        // At once; not so if it breaks off again and again.
        match self.has_run {
            true => self.retry.done(),
            false => self.retry.failed(),
        }
    }

    /// Has the current recorder end by itself, its segment `at`.
    pub(super) fn leave(&mut self, at: Option<Instant>, noted: Option<oneshot::Receiver<()>>) {
        self.opened.clear();
        self.running = None;
        self.heard = None;
        let is_full = self.failing.take().is_some();
        let Some(Current { id, recorder, .. }) = self.current.take() else {
            return;
        };
        let last = Last {
            recording: id,
            recorder,
            at,
            is_full,
            noted,
        };
        self.leaving.leave(last, self.evidence.clone());
    }

    /// The recorder's thread ended without being asked to: what it wrote is sealed as found on the disk, by the same code as after
    /// a crash.
    pub(super) async fn restart(&mut self) {
        self.failed("the recorder stopped".into()).await;
        let (noted, is_in_log) = oneshot::channel();
        self.report(Report::BrokenOff { noted }).await;
        let segment = self.running.take();
        self.opened.clear();
        self.heard = None;
        let is_full = self.failing.take().is_some();
        if let Some(Current { id, .. }) = self.current.take() {
            let evidence = self.evidence.clone();
            self.leaving.add(id, async move {
                if is_full {
                    evidence.release_reserve_of(id).await;
                }
                is_noted(is_in_log).await;
                None
            });
        }
        if let Some(segment) = segment {
            self.begin_again(segment);
            // Not at once: what ended the thread may do so again.
            self.retry.failed();
        }
    }

    /// The segment goes on, before anything else.
    fn begin_again(&mut self, segment: Segment) {
        let tracks = std::mem::take(&mut self.tracks);
        self.backlog.push_front(Order::Tracks {
            tracks,
            at: Instant::now(),
        });
        let Segment { number, at, wall } = segment;
        let segment = number;
        self.backlog.push_front(Order::Begin { segment, at, wall });
    }
}
