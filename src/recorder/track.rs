//! One track of a running segment: its streams, its file, its gaps.

use super::audio::{Grid, Plan, to_us};
use super::command::TrackSpec;
use super::gap::{Cause, Gap, Mutes};
use super::journal::Note;
use super::mux::{Format, PICTURES_APART_US};
use super::stream::{Out, Stream, Unit};
use super::tap::{TapMessage, TapPacket};
use super::track_file::{Books, Closed, TrackFile, WriteError};
use crate::rtp::depacketize::Frame;
use crate::rtp::jitter::Inserted;
use crate::rtp::opus;
use crate::rtp::source::Source;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// SSRCs of one track that are followed at a time.
const STREAMS_MAX: usize = 4;
/// Silence is written this far behind the clock when it is known why nothing comes...
const KNOWN_US: i64 = 1_200_000;
/// ...and this far otherwise: a burst after a stall of the network still finds its place free.
const UNKNOWN_US: i64 = 3_000_000;
/// Pictures that are missing for longer are noted before the gap ends.
const LASTING_US: i64 = 2_000_000;
/// A picture that stands longer is a gap. A shared screen is sent slowly while nothing moves on it.
pub(super) const STALL_US: i64 = 500_000;
const SCREEN_STALL_US: i64 = 2_500_000;
/// At the very end, so much is under way.
const UNDER_WAY_US: i64 = 500_000;
/// A stream that was quiet for so long is not asked for key frames.
const RECENT_US: i64 = 1_000_000;
/// Back-off of requests for key frames.
const REQUEST_FIRST_US: i64 = 300_000;
const REQUEST_LAST_US: i64 = 5_000_000;
/// Duration written with a video frame when there is no better guess.
const FRAME_US: i64 = 33_333;

pub(super) struct Track {
    pub spec: TrackSpec,
    /// Path below the recording's folder.
    pub name: String,
    dir: PathBuf,
    segment: u32,
    dropped: Arc<AtomicU64>,
    dropped_seen: u64,
    streams: Vec<Stream>,
    /// SSRC whose pictures are being written.
    active: Option<u32>,
    file: Option<TrackFile>,
    grid: Grid,
    mutes: Mutes,
    /// Where the open gap of a sound track begins.
    gap_us: Option<i64>,
    /// A lasting gap was noted.
    gap_noted: bool,
    /// Last picture written.
    picture_us: Option<i64>,
    first_arrival_us: Option<i64>,
    ended_us: Option<i64>,
    last_us: i64,
    failed: bool,
    /// Since the last sound or picture that was written: packets lost or too late, and drops of our own queue.
    lost_since: u64,
    outage_since: bool,
    request_us: i64,
    request_wait_us: i64,
    pub packets: u64,
    pub lost: u64,
}

impl Track {
    pub(super) fn open(
        spec: TrackSpec,
        name: String,
        dir: &Path,
        segment: u32,
        at_us: i64,
        dropped: Arc<AtomicU64>,
        books: &mut Books,
    ) -> Result<Track, WriteError> {
        books.note(&Note::track_opened(segment, &spec, &name, at_us / 1000))?;
        let file = match spec.source.is_audio() {
            true => {
                let format = Format {
                    codec: spec.codec,
                    size: None,
                    parameters: None,
                };
                Some(TrackFile::create(dir, &name, &format, books)?)
            }
            // The header needs the size of the first picture.
            false => None,
        };
        Ok(Track {
            spec,
            name,
            dir: dir.to_owned(),
            segment,
            dropped,
            dropped_seen: 0,
            streams: Vec::new(),
            active: None,
            file,
            grid: Grid::default(),
            mutes: Mutes::default(),
            gap_us: None,
            gap_noted: false,
            picture_us: None,
            first_arrival_us: None,
            ended_us: None,
            last_us: at_us,
            failed: false,
            lost_since: 0,
            outage_since: false,
            request_us: at_us,
            request_wait_us: REQUEST_FIRST_US,
            packets: 0,
            lost: 0,
        })
    }

    /// Takes in what the tap delivered. Times are microseconds since the segment began; what arrived before is not
    /// on record.
    pub(super) fn take(&mut self, message: TapMessage, since: impl Fn(std::time::Instant) -> i64) {
        match message {
            TapMessage::Packet(packet) => {
                let arrival_us = since(packet.arrival);
                if arrival_us >= 0 && packet.codec == self.spec.codec && self.ended_us.is_none() {
                    self.last_us = arrival_us;
                    self.packet(packet, arrival_us);
                }
            }
            TapMessage::SenderReport {
                ssrc,
                ntp,
                rtp,
                arrival,
            } => {
                let arrival_us = since(arrival);
                if let Some(stream) = self.streams.iter_mut().find(|s| s.ssrc == ssrc) {
                    stream.report(ntp, rtp, arrival_us);
                }
            }
            TapMessage::Ended => _ = self.ended_us.get_or_insert(self.last_us),
        }
    }

    fn packet(&mut self, packet: TapPacket, arrival_us: i64) {
        self.first_arrival_us.get_or_insert(arrival_us);
        let at = match self.streams.iter().position(|s| s.ssrc == packet.ssrc) {
            Some(at) => at,
            None => {
                if self.streams.len() >= STREAMS_MAX {
                    let idle = self
                        .streams
                        .iter()
                        .enumerate()
                        .min_by_key(|(_, s)| s.last_arrival_us());
                    if let Some(idle) = idle.map(|(at, _)| at) {
                        self.streams.remove(idle);
                    }
                }
                self.streams.push(Stream::new(packet.ssrc, self.spec.codec));
                self.streams.len() - 1
            }
        };
        if let Some(stream) = self.streams.get_mut(at)
            && stream.insert(packet, arrival_us) == Inserted::Held
        {
            self.packets += 1;
        }
    }

    /// Writes everything that is due at `now_us`; with `end_us`, everything there is, and nothing from then on.
    pub(super) fn pump(
        &mut self,
        now_us: i64,
        end_us: Option<i64>,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        if self.failed {
            return Ok(());
        }
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > self.dropped_seen {
            self.dropped_seen = dropped;
            self.outage_since = true;
        }
        let mut out = Vec::new();
        for at in 0..self.streams.len() {
            let Some(stream) = self.streams.get_mut(at) else {
                break;
            };
            let ssrc = stream.ssrc;
            stream.pull(if end_us.is_some() { i64::MAX } else { now_us }, &mut out);
            for step in out.drain(..) {
                match step {
                    Out::Lost(count) => {
                        self.lost += count;
                        self.lost_since += count;
                    }
                    Out::Sound(unit, at_us) => self.sound(ssrc, &unit, at_us, end_us, books)?,
                    Out::Picture(frame, at_us) => self.picture(ssrc, frame, at_us, end_us, books)?,
                }
            }
        }
        match end_us {
            Some(end_us) => self.to_the_end(end_us, books)?,
            None => self.keep_up(now_us, books)?,
        }
        match &mut self.file {
            Some(file) => file.cut_if_due(books),
            None => Ok(()),
        }
    }

    fn sound(
        &mut self,
        ssrc: u32,
        unit: &Unit,
        at_us: i64,
        end_us: Option<i64>,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        let Some(samples) = opus::samples(&unit.payload) else {
            self.lost_since += 1;
            return Ok(());
        };
        let Plan::Write { silence } = self.grid.plan(ssrc, unit.timestamp, at_us) else {
            self.left_out(samples, books)?;
            return Ok(());
        };
        let at = self.grid.next() + silence * opus::SILENCE_SAMPLES;
        if end_us.is_some_and(|end_us| to_us(at) >= end_us) {
            return Ok(());
        }
        self.silence_to(to_us(at))?;
        self.close_gap(self.grid.next_us(), samples, books)?;
        let from_us = self.grid.next_us();
        self.grid.packet(ssrc, unit.timestamp, samples);
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write(&unit.payload, from_us, self.grid.next_us() - from_us, true)?;
        (self.lost_since, self.outage_since) = (0, false);
        Ok(())
    }

    /// A packet that came when its place was filled. In an open gap it counts as lost there; else (the sender's clock
    /// runs fast) it is declared here.
    fn left_out(&mut self, samples: i64, books: &mut Books) -> Result<(), WriteError> {
        self.lost += 1;
        if self.gap_us.is_some() {
            self.lost_since += 1;
            return Ok(());
        }
        let to_us = self.grid.next_us();
        self.declare(
            to_us - to_us.min(super::audio::to_us(samples)),
            to_us,
            Cause::Lost,
            books,
        )
    }

    fn silence_to(&mut self, to_us: i64) -> Result<(), WriteError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        while self.grid.next_us() + super::audio::to_us(opus::SILENCE_SAMPLES) <= to_us {
            let from_us = self.grid.next_us();
            self.gap_us.get_or_insert(from_us);
            self.grid.silence();
            file.write(&opus::SILENCE, from_us, self.grid.next_us() - from_us, true)?;
        }
        Ok(())
    }

    /// Sound comes again at `to_us`; `samples` is the length of its packets.
    fn close_gap(&mut self, to_us: i64, samples: i64, books: &mut Books) -> Result<(), WriteError> {
        let Some(from_us) = self.gap_us.take() else {
            return Ok(());
        };
        self.gap_noted = false;
        // Packets lost explain a gap as long as they were; a longer one began with the sender.
        let explained =
            self.lost_since.min(1 << 20) as i64 * super::audio::to_us(samples) * 2 >= to_us - from_us;
        let cause = match self.cause(self.lost_since) {
            Cause::Lost if !explained => Cause::Stalled,
            cause => cause,
        };
        self.declare(from_us, to_us, cause, books)
    }

    /// Why nothing comes, leaving muting aside.
    fn cause(&self, lost: u64) -> Cause {
        if self.first_arrival_us.is_none() || self.spec.source.is_audio() && !self.grid.has_packet() {
            Cause::NotStarted
        } else if self.outage_since {
            Cause::Outage
        } else if lost > 0 {
            Cause::Lost
        } else {
            Cause::Stalled
        }
    }

    fn picture(
        &mut self,
        ssrc: u32,
        frame: Frame,
        at_us: i64,
        end_us: Option<i64>,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        if self.active != Some(ssrc) && !frame.key {
            return Ok(());
        }
        let at_us = match self.picture_us {
            Some(last) if self.active == Some(ssrc) => apart(last, at_us),
            // Pictures of another layer that are older than what was written.
            Some(last) if at_us <= last => return Ok(()),
            _ => at_us.max(0),
        };
        if end_us.is_some_and(|end_us| at_us >= end_us) {
            return Ok(());
        }
        if self.file.is_none() {
            let parameters = self
                .streams
                .iter()
                .find(|s| s.ssrc == ssrc)
                .and_then(|s| s.parameters());
            let format = Format {
                codec: self.spec.codec,
                size: frame.size,
                parameters,
            };
            self.file = Some(TrackFile::create(&self.dir, &self.name, &format, books)?);
        }
        self.picture_gap(at_us, books)?;
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write(&frame.data, at_us, FRAME_US, frame.key)?;
        self.active = Some(ssrc);
        self.picture_us = Some(at_us);
        (self.lost_since, self.outage_since) = (0, false);
        if frame.key {
            self.request_wait_us = REQUEST_FIRST_US;
        }
        Ok(())
    }

    /// Declares what was not to be seen before the picture at `at_us`.
    fn picture_gap(&mut self, at_us: i64, books: &mut Books) -> Result<(), WriteError> {
        self.gap_noted = false;
        match self.picture_us {
            None => self.lead_in(at_us, books),
            Some(last) => {
                let lost = self.lost_since > 0 || self.outage_since;
                if at_us - last > self.stall_us() || lost && at_us - last > FRAME_US * 3 {
                    let cause = self.cause(self.lost_since);
                    self.declare(last, at_us, cause, books)?;
                }
                Ok(())
            }
        }
    }

    /// From the segment's start to the first picture, or to its end: first nothing came, then no key frame.
    fn lead_in(&mut self, to_us: i64, books: &mut Books) -> Result<(), WriteError> {
        let came_us = self.first_arrival_us.unwrap_or(to_us).clamp(0, to_us.max(0));
        self.declare(0, came_us, Cause::NotStarted, books)?;
        self.declare(came_us, to_us, Cause::LateKeyFrame, books)
    }

    fn stall_us(&self) -> i64 {
        if self.spec.source == Source::Screen {
            SCREEN_STALL_US
        } else {
            STALL_US
        }
    }

    /// Fills up silence behind the clock and notes gaps that last.
    fn keep_up(&mut self, now_us: i64, books: &mut Books) -> Result<(), WriteError> {
        if self.spec.source.is_audio() {
            let known = self.ended_us.is_some() || self.mutes.muted() || self.first_arrival_us.is_none();
            self.silence_to(now_us - if known { KNOWN_US } else { UNKNOWN_US })?;
            // Silence is in the file now that no line of the gap ledger speaks of yet.
            if let Some(from_us) = self.gap_us
                && !std::mem::replace(&mut self.gap_noted, true)
            {
                self.note_gap(from_us, self.cause(0), books)?;
            }
            return Ok(());
        }
        let from_us = self.picture_us.unwrap_or(0);
        if !self.gap_noted && now_us - from_us > LASTING_US + self.stall_us() {
            self.gap_noted = true;
            let cause = match (self.picture_us, self.first_arrival_us) {
                (None, Some(_)) => Cause::LateKeyFrame,
                _ => self.cause(self.lost_since),
            };
            self.note_gap(from_us, cause, books)?;
        }
        Ok(())
    }

    fn to_the_end(&mut self, end_us: i64, books: &mut Books) -> Result<(), WriteError> {
        if self.spec.source.is_audio() {
            self.silence_to(end_us)?;
            let to_us = self.grid.next_us();
            let Some(from_us) = self.gap_us.take() else {
                return Ok(());
            };
            return self.declare_rest(from_us, to_us, books);
        }
        match self.picture_us {
            None => self.lead_in(end_us, books),
            Some(last) if end_us - last > self.stall_us() => self.declare_rest(last, end_us, books),
            Some(_) => Ok(()),
        }
    }

    /// Declares what is missing at the end of the segment. After the end of the publication, and when it is so short
    /// that it was still under way, the cause is the end itself.
    fn declare_rest(&mut self, from_us: i64, to_us: i64, books: &mut Books) -> Result<(), WriteError> {
        let cause = match self.cause(self.lost_since) {
            Cause::Stalled if to_us - from_us < UNDER_WAY_US => Cause::Ended,
            cause => cause,
        };
        match self.ended_us.map(|ended_us| ended_us.clamp(from_us, to_us)) {
            None => self.declare(from_us, to_us, cause, books),
            Some(ended_us) if ended_us - from_us < UNDER_WAY_US => {
                self.declare(from_us, to_us, Cause::Ended, books)
            }
            Some(ended_us) => {
                self.declare(from_us, ended_us, cause, books)?;
                self.declare(ended_us, to_us, Cause::Ended, books)
            }
        }
    }

    fn declare(
        &mut self,
        from_us: i64,
        to_us: i64,
        otherwise: Cause,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        if to_us <= from_us {
            return Ok(());
        }
        for (from_us, to_us, cause) in self.mutes.split(from_us, to_us, otherwise) {
            let gap = Gap {
                segment: self.segment,
                file: self.name.clone(),
                participant: self.spec.participant,
                source: self.spec.source,
                from_ms: to_ms(from_us),
                to_ms: to_ms(to_us),
                cause,
            };
            books
                .ledger
                .gap(&gap)
                .map_err(|e| WriteError::disk(super::ledger::GAPS, e))?;
        }
        Ok(())
    }

    fn note_gap(&mut self, from_us: i64, cause: Cause, books: &mut Books) -> Result<(), WriteError> {
        let cause = if self.mutes.muted() { Cause::Muted } else { cause };
        books.note(&Note::GapOpened {
            file: self.name.clone(),
            from_ms: to_ms(from_us),
            cause,
        })
    }

    pub(super) fn set_muted(&mut self, muted: bool, at_us: i64, books: &mut Books) -> Result<(), WriteError> {
        self.mutes.set(muted, at_us);
        if !muted {
            self.streams.iter_mut().for_each(|s| s.timeline.resume());
        }
        books.note(&Note::Muted {
            file: self.name.clone(),
            muted,
            at_ms: at_us / 1000,
        })
    }

    /// The publication ended at `at_us`: what arrived before is written, nothing after.
    pub(super) fn close(&mut self, at_us: i64, books: &mut Books) -> Result<(), WriteError> {
        self.ended_us.get_or_insert(at_us);
        books.note(&Note::TrackClosed {
            file: self.name.clone(),
            at_ms: at_us / 1000,
        })
    }

    /// Whether to ask for a key frame now; a yes counts as asking.
    pub(super) fn ask_key_frame(&mut self, now_us: i64) -> bool {
        let asking = !self.spec.source.is_audio() && self.ended_us.is_none() && !self.failed;
        if !asking || now_us < self.request_us {
            return false;
        }
        let wanted = match self.streams.is_empty() {
            true => self.picture_us.is_none(),
            false => self
                .streams
                .iter()
                .any(|s| now_us - s.last_arrival_us() < RECENT_US && s.wants_key_frame(now_us)),
        };
        if wanted {
            self.request_us = now_us + self.request_wait_us;
            self.request_wait_us = (self.request_wait_us * 2).min(REQUEST_LAST_US);
        }
        wanted
    }

    /// Sender's clock against ours, for the other tracks of the participant.
    pub(super) fn clock_offset_us(&self) -> Option<i64> {
        let stream = self.streams.iter().max_by_key(|s| s.last_arrival_us())?;
        stream.timeline.clock_offset_us()
    }

    pub(super) fn share_clock(&mut self, clock_us: Option<i64>) {
        self.streams
            .iter_mut()
            .for_each(|s| s.timeline.share_clock(clock_us));
    }

    /// Completes the file. `None` when there is none.
    pub(super) fn finish(&mut self, books: &mut Books) -> Result<Option<Closed>, WriteError> {
        let Some(file) = &mut self.file else {
            return Ok(None);
        };
        let closed = if self.failed {
            file.closed()
        } else {
            file.finish(books)?
        };
        books.note(&Note::FileEnded {
            file: self.name.clone(),
            duration_ms: to_ms(closed.end_us),
            packets: self.packets,
            lost: self.lost,
        })?;
        Ok(Some(closed))
    }

    /// Gives the track up; its file stays as it is. What cannot be entered for a failing disk is left to recovery.
    pub(super) fn fail(&mut self, books: &mut Books) -> Result<(), WriteError> {
        if std::mem::replace(&mut self.failed, true) {
            return Ok(());
        }
        match &mut self.file {
            Some(file) => file.abandon(books).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Declares the rest of a failed track at the end of its segment.
    pub(super) fn declare_failed(&mut self, end_us: i64, books: &mut Books) -> Result<(), WriteError> {
        let from_us = self.file.as_ref().map_or(0, TrackFile::written_us);
        self.outage_since = true;
        self.declare(from_us, end_us, Cause::Outage, books)
    }

    pub(super) fn failed(&self) -> bool {
        self.failed
    }

    /// What the file holds as it stands; for a track whose end could not be written in order.
    pub(super) fn as_found(&self) -> Option<Closed> {
        self.file.as_ref().map(TrackFile::closed)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.file.as_ref().map_or(0, TrackFile::bytes)
    }

    pub(super) fn written_us(&self) -> i64 {
        self.file.as_ref().map_or(0, TrackFile::written_us)
    }
}

/// Keeps pictures apart from each other. A camera that is faster than that is let off now and then, as it would fall
/// behind the sound.
fn apart(last_us: i64, at_us: i64) -> i64 {
    const BEHIND_US: i64 = 100_000;
    let apart_us = at_us.max(last_us + PICTURES_APART_US);
    if apart_us - at_us > BEHIND_US {
        at_us.max(last_us + 1000)
    } else {
        apart_us
    }
}

pub(super) fn to_ms(us: i64) -> u64 {
    u64::try_from(us).unwrap_or(0).saturating_add(500) / 1000
}
