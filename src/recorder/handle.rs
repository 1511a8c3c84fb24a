//! The caller's end of a recorder.

use super::command::{Command, Progress, RecorderConfig, RecorderError, RecorderEvent, Reply, TrackSpec};
use super::summary::{RecordingSummary, SegmentSummary};
use super::tap::TapSink;
use super::worker::Worker;
use std::thread::Thread;
use std::time::Instant;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Commands that may wait for the thread; a caller beyond that waits its turn.
const COMMANDS_MAX: usize = 32;

/// One recording being written, by a thread of its own.
///
/// When it is dropped without [`Recorder::finish`], the thread ends the running segment and closes the files in good
/// order by itself: evidence does not depend on the caller's manners.
#[derive(Debug)]
pub struct Recorder {
    commands: mpsc::Sender<Command>,
    thread: Thread,
}

impl Recorder {
    /// Makes the folder and the ledgers and starts the thread. `events` must be drained: a `Confirmed` that finds it
    /// full is dropped, a failure is offered again until it is taken.
    pub fn start(
        config: RecorderConfig,
        events: mpsc::Sender<RecorderEvent>,
    ) -> Result<Recorder, RecorderError> {
        let (commands, inbox) = mpsc::channel(COMMANDS_MAX);
        let dir = config.dir.clone();
        let worker = Worker::new(config, inbox, events)?;
        // What the thread says bears the caller's marks: which hearing it is about is not the recorder's knowledge.
        let span = tracing::Span::current();
        let handle = std::thread::Builder::new()
            .name("recorder".into())
            .spawn(move || span.in_scope(|| worker.run()))
            .map_err(|e| RecorderError::io(dir, e))?;
        let thread = handle.thread().clone();
        Ok(Recorder { commands, thread })
    }

    /// Goes on record: media time 0 of the new segment is `at`, its wall clock `wall`. Gives the segment's number.
    pub async fn begin_segment(&self, at: Instant, wall: OffsetDateTime) -> Result<u32, RecorderError> {
        self.ask(|reply| Command::BeginSegment { at, wall, reply }).await
    }

    /// Opens a track in the running segment. What goes into the sink is recorded until the track is closed or the
    /// segment ends. While the disk refuses, the track is tried again with back-off.
    pub async fn open_track(&self, spec: TrackSpec) -> Result<TapSink, RecorderError> {
        let since = None;
        self.ask(|reply| Command::OpenTrack { spec, since, reply }).await
    }

    /// As [`Recorder::open_track`], for a track that belongs to the record since an instant in the past: what is missing
    /// of it since then is our own outage.
    pub async fn open_track_late(&self, spec: TrackSpec, since: Instant) -> Result<TapSink, RecorderError> {
        let since = Some(since);
        self.ask(|reply| Command::OpenTrack { spec, since, reply }).await
    }

    /// The publication ended at `at`. Nothing happens when the track is not open.
    pub async fn close_track(&self, track: Uuid, at: Instant) {
        self.tell(Command::CloseTrack { track, at }).await;
    }

    /// From `at` on the absence of media in this track is (or is no longer) the participant's or the court's choice.
    pub async fn set_muted(&self, track: Uuid, muted: bool, at: Instant) {
        self.tell(Command::SetMuted { track, muted, at }).await;
    }

    /// Goes off record at `at`. Whatever the taps handed over before is written first.
    pub async fn end_segment(&self, at: Instant) -> Result<SegmentSummary, RecorderError> {
        self.ask(|reply| Command::EndSegment { at, reply }).await
    }

    /// How far the record has come; everything handed over before has been taken in when this returns.
    pub async fn progress(&self) -> Result<Progress, RecorderError> {
        self.ask(|reply| Command::Progress { reply }).await
    }

    /// Closes the recording (ending a running segment now) and ends the thread.
    pub async fn finish(self) -> Result<RecordingSummary, RecorderError> {
        self.ask(|reply| Command::Finish { reply }).await
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, RecorderError> {
        let (reply, answer) = oneshot::channel();
        self.tell(command(reply)).await;
        answer.await.map_err(|_| RecorderError::Gone)?
    }

    /// A thread that is gone drops the command, and with it the reply: `ask` then sees `Gone`.
    async fn tell(&self, command: Command) {
        let _ = self.commands.send(command).await;
        self.thread.unpark();
    }
}
