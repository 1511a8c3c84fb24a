//! The record as the hearing sees it: what it reports, and what every screen may therefore claim.

use super::super::record::{Order, Report};
use super::Task;
use crate::wire::view::RecordingStatus;
use std::time::{Duration, Instant};

/// Without a confirmation for this long the record counts as failing (COURT.md: alarmed in less than 2 s).
const CONFIRMATION_MAX: Duration = Duration::from_millis(1_800);

impl Task {
    pub(super) async fn report(&mut self, report: Report) {
        match report {
            Report::Began { segment } => {
                // Sinks of an earlier segment lead nowhere any more.
                self.sinks.clear();
                if self.running.is_some_and(|(n, _)| n == segment) {
                    self.order_tracks(Instant::now());
                }
            }
            Report::Open { key, sink } => {
                self.sinks.insert(key, sink);
                self.enforce(Instant::now()).await;
            }
            Report::NeedKeyFrame { key } => self.room.request_key_frame(key).await,
            Report::Confirmed { at } => {
                if self.running.is_some_and(|(_, start)| at >= start) {
                    self.confirmed = Some(at);
                    self.recording_status().await;
                }
            }
            Report::Failed => {
                self.record_failed = true;
                self.recording_status().await;
            }
            Report::Sealed { recording } => {
                self.live.sealed.push(recording);
                self.changed().await;
            }
        }
    }

    pub(super) fn order_tracks(&mut self, at: Instant) {
        let tracks = self.live.recorded_tracks();
        if !self.record.order(Order::Tracks { tracks, at }) {
            self.record_failed = true;
        }
    }

    pub(super) fn status(&self, now: Instant) -> RecordingStatus {
        let Some((_, start)) = self.running else {
            return RecordingStatus::Off;
        };
        let last = self.confirmed.unwrap_or(start);
        let late = now.saturating_duration_since(last) > CONFIRMATION_MAX;
        match (self.record_failed || late, self.confirmed) {
            (true, _) => RecordingStatus::Failing,
            (false, Some(_)) => RecordingStatus::Recording,
            (false, None) => RecordingStatus::Starting,
        }
    }

    pub(super) async fn recording_status(&mut self) {
        let status = self.status(Instant::now());
        if status != self.live.recording {
            self.live.recording = status;
            self.live.revision = self.live.revision.wrapping_add(1);
            self.audience.tell(&self.live);
        }
    }
}
