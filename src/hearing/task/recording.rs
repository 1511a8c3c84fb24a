//! The record as the hearing sees it: what it reports, and what every screen may therefore claim.

use super::super::live::RecordedTrack;
use super::super::proof::Claim;
use super::super::record::{Order, Report};
use super::Task;
use crate::court::sitting::Fact;
use crate::sfu::Tap;
use crate::wire::view::RecordingStatus;
use std::time::Instant;
use time::OffsetDateTime;

impl Task {
    /// Where the record takes from.
    pub(super) fn taps(&self, tracks: &[RecordedTrack]) -> Vec<Tap> {
        let flowing = tracks.iter().filter(|t| t.flowing).map(|t| t.key);
        let tap = |track| Tap {
            track,
            // Without one what is said from now on is held until the recorder is ready for it.
            sink: self.sinks.get(&track).cloned(),
        };
        flowing.chain(self.live.awaited_microphones()).map(tap).collect()
    }

    pub(super) async fn report(&mut self, report: Report) {
        match report {
            Report::Began { segment } => {
                // Sinks of an earlier segment lead nowhere any more.
                self.sinks.clear();
                if std::mem::take(&mut self.broken) {
                    self.note_record("record_restored");
                    self.keep().await;
                }
                if self.running.is_some_and(|(n, _)| n == segment) {
                    self.order_tracks(self.live.recorded_tracks(), Instant::now());
                }
            }
            Report::Open { key, sink } => {
                self.sinks.insert(key, sink);
                self.enforce(Instant::now()).await;
            }
            Report::NeedKeyFrame { key } => self.room.request_key_frame(key).await,
            Report::Confirmed { at, tracks } => {
                if self.running.is_some_and(|(_, start)| at >= start) {
                    self.proofs.confirmed(at, &tracks);
                    self.recording_status();
                }
            }
            Report::TrackFailed { key } => {
                self.proofs.track_failed(key);
                self.recording_status();
            }
            Report::Failed => {
                self.proofs.failed();
                self.recording_status();
            }
            Report::BrokenOff { noted } => {
                self.broken = true;
                self.follow_speech(&[], Instant::now(), OffsetDateTime::now_utc());
                self.note_record("record_failed");
                self.keep().await;
                self.proofs.failed();
                self.recording_status();
                // The record may have stopped waiting.
                let _ = noted.send(());
                // What is said from now on is held for the recorder that comes: the one before may never write it.
                self.sinks.clear();
                self.enforce(Instant::now()).await;
            }
            Report::Sealed { recording } => {
                self.live.sealed.push(recording);
                self.changed().await;
            }
        }
    }

    fn note_record(&mut self, kind: &'static str) {
        let fact = Fact {
            kind,
            by: None,
            about: None,
            text: None,
        };
        self.log(&[fact], Instant::now(), OffsetDateTime::now_utc());
    }

    pub(super) fn order_tracks(&mut self, tracks: Vec<RecordedTrack>, at: Instant) {
        self.order(Order::Tracks { tracks, at });
    }

    /// Gives an order to the record. One that it cannot take now is given again with the next tick.
    pub(super) fn order(&mut self, order: Order) {
        if !self.record.order(order) {
            tracing::error!("the record does not take orders now");
            self.proofs.failed();
        }
    }

    pub(super) fn claim(&mut self, now: Instant) -> Claim {
        let missing = match self.running {
            Some(_) => self.live.missing(),
            None => Default::default(),
        };
        self.missing.retain(|id, _| missing.contains(id));
        for id in missing {
            self.missing.entry(id).or_insert(now);
        }
        match self.running {
            None => Claim::of_all(RecordingStatus::Off),
            Some(_) if self.media_gone => Claim::of_all(RecordingStatus::Failing),
            Some((_, start)) => self.proofs.claim(start, now, &self.missing),
        }
    }

    pub(super) fn recording_status(&mut self) {
        let claim = self.claim(Instant::now());
        if claim != self.live.record {
            self.live.record = claim;
            self.live.revision = self.live.revision.wrapping_add(1);
            self.audience.tell(&self.live);
        }
    }

    /// How many entries of the court log the store has not taken, though it was asked.
    pub(super) fn log_waiting(&self) -> u32 {
        match self.saved {
            true => 0,
            false => u32::try_from(self.journal.waiting()).unwrap_or(u32::MAX),
        }
    }

    /// Tells the court when that has changed.
    pub(super) fn log_status(&mut self) {
        let waiting = self.log_waiting();
        if waiting != self.live.log_waiting {
            self.live.log_waiting = waiting;
            self.live.revision = self.live.revision.wrapping_add(1);
            self.audience.tell(&self.live);
        }
    }

    /// Writes into the court log that the sitting was interrupted, and not by the court.
    pub fn note_interruption(&mut self, why: &str) {
        let fact = Fact {
            kind: "suspended",
            by: None,
            about: None,
            text: Some(why.to_owned()),
        };
        self.log(&[fact], Instant::now(), OffsetDateTime::now_utc());
    }
}
