//! One track of a running segment: its streams, its file, its gaps.

use super::append::Fragment;
use super::audio::{Grid, Plan, to_us};
use super::command::TrackSpec;
use super::gap::{Cause, Mutes};
use super::journal::Note;
use super::mux::{Format, PICTURES_APART_US};
use super::stream::{Out, Stream, Unit};
use super::tap::{TapMessage, TapPacket};
use super::track_file::{Books, Closed, TrackFile, WriteError};
use crate::rtp::clock::micros;
use crate::rtp::depacketize::Frame;
use crate::rtp::jitter::Inserted;
use crate::rtp::opus;
use crate::rtp::source::Source;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

mod failing;
mod gaps;
mod proof;
mod spacing;
mod still;

use failing::{Backoff, Standing};
use proof::Proof;
use spacing::Spacing;
use still::Still;

/// SSRCs of one track that are followed at a time.
const STREAMS_MAX: usize = 4;
/// Silence is written this far behind the clock when it is known why nothing comes...
const KNOWN_US: i64 = 1_200_000;
/// ...and this far otherwise: a burst after a stall of the network still finds its place free.
const UNKNOWN_US: i64 = 3_000_000;
/// Pictures that are missing for longer are noted before the gap ends.
const LASTING_US: i64 = 2_000_000;
/// A camera's picture that stands longer is a gap. A shared screen stands while nothing moves on it.
pub(super) const STALL_US: i64 = 500_000;
/// A last picture that is older than this at the end does not stand for the rest: the rest is declared. It is shown for
/// a while itself.
pub(super) const TAIL_US: i64 = FRAME_US + 40_000;
/// When nothing follows for so long, what waits for a next picture in the muxer goes to the file without it.
const IDLE_US: i64 = 300_000;
/// At the very end, so much is under way.
const UNDER_WAY_US: i64 = 500_000;
/// A stream that was quiet for so long is not asked for key frames.
const RECENT_US: i64 = 1_000_000;
/// Back-off of requests for key frames.
const REQUEST_FIRST_US: i64 = 300_000;
const REQUEST_LAST_US: i64 = 5_000_000;
/// Pictures are never further ahead of the timeline than that, whatever is sent. The timeline itself goes back by less.
const AHEAD_MAX_US: i64 = 4_000_000;
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
    spacing: Spacing,
    still: Still,
    /// Pictures that the muxer had been given when it was last looked at, and since when there are no more.
    muxed: (u64, i64),
    first_arrival_us: Option<i64>,
    ended_us: Option<i64>,
    /// The tap has just ended; it may come back.
    tap_ended: bool,
    /// It ended after the last sound or picture.
    untapped: bool,
    standing: Standing,
    backoff: Backoff,
    /// Its place in the record began here.
    wanted_us: i64,
    /// The journal knows of it.
    noted: bool,
    /// When it could not be written, through our own fault: before this file began.
    outage_us: Option<(i64, i64)>,
    /// Stretches that are declared and reach beyond what is in the file.
    declared: Vec<(i64, i64)>,
    /// Nothing is written beyond this time: the segment ends here, or is about to.
    limit_us: Option<i64>,
    proof: Proof,
    /// Since the last sound or picture that was written: packets lost or too late, and drops of our own queue.
    lost_since: u64,
    outage_since: bool,
    request_us: i64,
    request_wait_us: i64,
    pub packets: u64,
    pub lost: u64,
}

impl Track {
    /// A track that is to be written since `wanted_us`; [`Track::begin`] begins to write it.
    pub(super) fn new(
        spec: TrackSpec,
        name: String,
        dir: &Path,
        segment: u32,
        wanted_us: i64,
        dropped: Arc<AtomicU64>,
    ) -> Track {
        Track {
            spec,
            name,
            dir: dir.to_owned(),
            segment,
            dropped,
            dropped_seen: 0,
            streams: Vec::new(),
            active: None,
            file: None,
            grid: Grid::default(),
            mutes: Mutes::default(),
            gap_us: None,
            gap_noted: false,
            picture_us: None,
            spacing: Spacing::default(),
            still: Still::default(),
            muxed: (0, 0),
            first_arrival_us: None,
            ended_us: None,
            tap_ended: false,
            untapped: false,
            standing: Standing::Written,
            backoff: Backoff::default(),
            wanted_us,
            noted: false,
            outage_us: None,
            declared: Vec::new(),
            limit_us: None,
            proof: Proof::default(),
            lost_since: 0,
            outage_since: false,
            request_us: wanted_us,
            request_wait_us: REQUEST_FIRST_US,
            packets: 0,
            lost: 0,
        }
    }

    fn opened_note(&self, at_us: i64) -> Note {
        Note::track_opened(self.segment, &self.spec, &self.name, at_us / 1000)
    }

    fn format(&self, picture: Option<(u32, &Frame)>) -> Format {
        let parameters = picture.and_then(|(ssrc, _)| {
            let stream = self.streams.iter().find(|s| s.ssrc == ssrc)?;
            stream.parameters()
        });
        Format {
            codec: self.spec.codec,
            size: picture.and_then(|(_, frame)| frame.size),
            parameters,
        }
    }

    /// Nothing is to be written beyond this time.
    pub(super) fn limit(&mut self, limit_us: Option<i64>) {
        self.limit_us = limit_us;
    }

    /// The arrival of the newest media in the file, if what comes is written as it comes.
    pub(super) fn confirmed(&self, now_us: i64) -> Option<i64> {
        self.proof.confirmed(now_us).filter(|_| !self.failed())
    }

    /// Takes in what the tap delivered. Times are microseconds since the segment began; what arrived before is not
    /// on record.
    pub(super) fn take(&mut self, message: TapMessage, since: impl Fn(std::time::Instant) -> i64) {
        match message {
            TapMessage::Packet(packet) => {
                let arrival_us = since(packet.arrival);
                if arrival_us >= 0 && self.ended_us.is_none() && !self.failed() {
                    self.packet(packet, arrival_us);
                }
            }
            TapMessage::SenderReport {
                ssrc,
                ntp,
                rtp,
                arrival,
            } => {
                if self.failed() {
                    return;
                }
                let arrival_us = since(arrival);
                self.still.heard(arrival_us);
                if let Some(stream) = self.stream(ssrc) {
                    stream.report(ntp, rtp, arrival_us);
                }
            }
            TapMessage::Heard { arrival } => self.still.heard(since(arrival)),
            // It is on record since it was wanted here, whatever came before.
            TapMessage::NoKeyFrame { since: from } => {
                if self.ended_us.is_none() && !self.failed() {
                    self.first_arrival_us
                        .get_or_insert(since(from).max(self.wanted_us));
                }
            }
            TapMessage::Ended => self.tap_ended = true,
        }
    }

    fn packet(&mut self, packet: TapPacket, arrival_us: i64) {
        self.still.heard(arrival_us);
        // Padding is never written; another codec cannot be, which is worth an alarm.
        if !packet.payload.is_empty() {
            self.proof.came(arrival_us);
        }
        if packet.codec != self.spec.codec {
            return;
        }
        self.first_arrival_us.get_or_insert(arrival_us);
        if let Some(stream) = self.stream(packet.ssrc)
            && stream.insert(packet, arrival_us) == Inserted::Held
        {
            self.packets += 1;
        }
    }

    /// The stream of an SSRC, a new one in the place of the one that was quiet for longest if there are too many.
    fn stream(&mut self, ssrc: u32) -> Option<&mut Stream> {
        if let Some(at) = self.streams.iter().position(|s| s.ssrc == ssrc) {
            return self.streams.get_mut(at);
        }
        if self.streams.len() >= STREAMS_MAX {
            let quiet = self
                .streams
                .iter()
                .enumerate()
                .min_by_key(|(_, s)| s.last_arrival_us());
            if let Some((at, _)) = quiet {
                self.streams.remove(at);
            }
        }
        self.streams.push(Stream::new(ssrc, self.spec.codec));
        self.streams.last_mut()
    }

    /// Writes everything that is due at `now_us`, but nothing beyond the limit; with `end_us`, everything there is, and
    /// nothing from then on.
    pub(super) fn pump(
        &mut self,
        now_us: i64,
        end_us: Option<i64>,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        if self.failed() {
            return Ok(());
        }
        self.limit_us = end_us.or(self.limit_us);
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > self.dropped_seen {
            self.dropped_seen = dropped;
            self.outage_since = true;
            self.proof.dropped(now_us);
        }
        let tap_ended = std::mem::take(&mut self.tap_ended);
        let everything = end_us.is_some() || tap_ended;
        // Once another source flows, the one before has nothing to wait for, and comes first.
        self.streams.sort_by_key(Stream::last_arrival_us);
        let mut out = Vec::new();
        for at in 0..self.streams.len() {
            let last = at + 1 == self.streams.len();
            let Some(stream) = self.streams.get_mut(at) else {
                break;
            };
            let ssrc = stream.ssrc;
            stream.pull(if everything || !last { i64::MAX } else { now_us }, &mut out);
            for step in out.drain(..) {
                match step {
                    Out::Lost(count) => {
                        self.lost += count;
                        self.lost_since += count;
                    }
                    Out::Sound(unit, at_us) => self.sound(ssrc, &unit, at_us, books)?,
                    Out::Picture(frame, at_us) => self.picture(ssrc, frame, at_us, books)?,
                }
            }
        }
        if tap_ended {
            // What comes after an interruption of the tap does not follow on what came before: that is no loss.
            self.streams.clear();
            self.untapped = true;
            self.still
                .untapped(end_us.map_or(now_us, |end_us| now_us.min(end_us)));
        }
        match end_us {
            Some(end_us) => self.wind_up(end_us, books),
            None => self.keep_up(
                self.limit_us.map_or(now_us, |limit_us| now_us.min(limit_us)),
                books,
            ),
        }
    }

    fn sound(&mut self, ssrc: u32, unit: &Unit, at_us: i64, books: &mut Books) -> Result<(), WriteError> {
        let Some(samples) = opus::samples(&unit.payload) else {
            self.lost_since += 1;
            return Ok(());
        };
        // Captured before the record began.
        if at_us + super::audio::to_us(samples) <= 0 {
            return Ok(());
        }
        let Plan::Write { silence } = self.grid.plan(ssrc, unit.timestamp, at_us) else {
            self.left_out(samples, books)?;
            return Ok(());
        };
        let at = self.grid.next() + silence * opus::SILENCE_SAMPLES;
        if self.is_beyond(to_us(at)) {
            return Ok(());
        }
        self.silence_to(to_us(at))?;
        self.close_gap(self.grid.next_us(), samples, books)?;
        let from_us = self.grid.next_us();
        self.grid.packet(ssrc, unit.timestamp, samples);
        let Some(file) = &mut self.file else { return Ok(()) };
        let flushed = file.write(&unit.payload, from_us, self.grid.next_us() - from_us, true)?;
        self.proof.handed(Some(unit.arrival_us), flushed);
        self.came();
        Ok(())
    }

    fn silence_to(&mut self, to_us: i64) -> Result<(), WriteError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        while self.grid.next_us() + super::audio::to_us(opus::SILENCE_SAMPLES) <= to_us {
            let from_us = self.grid.next_us();
            self.gap_us.get_or_insert(from_us);
            self.grid.silence();
            let flushed = file.write(&opus::SILENCE, from_us, self.grid.next_us() - from_us, true)?;
            self.proof.handed(None, flushed);
        }
        Ok(())
    }

    fn is_beyond(&self, at_us: i64) -> bool {
        self.limit_us.is_some_and(|limit_us| at_us >= limit_us)
    }

    /// Sound or pictures were written: what is missing from now on has causes of its own.
    fn came(&mut self) {
        (self.lost_since, self.outage_since, self.untapped) = (0, false, false);
        self.still.came();
    }

    fn picture(&mut self, ssrc: u32, frame: Frame, at_us: i64, books: &mut Books) -> Result<(), WriteError> {
        if self.active != Some(ssrc) && !frame.key {
            return Ok(());
        }
        let belongs_us = at_us;
        let captured_us = micros(frame.timestamp, self.spec.codec.clock_rate());
        let at_us = match self.picture_us {
            Some(last) if self.active == Some(ssrc) => self.spacing.place(last, at_us, captured_us),
            // Pictures of another layer that are older than what was written.
            Some(last) if at_us <= last => return Ok(()),
            last => {
                self.spacing = Spacing::new(captured_us);
                // Nor may the first of another layer share a step with the last of the one before.
                at_us.max(last.map_or(0, |last| last + PICTURES_APART_US))
            }
        };
        if self.is_beyond(at_us) {
            return Ok(());
        }
        if at_us.saturating_sub(belongs_us.max(0)) > AHEAD_MAX_US {
            // More pictures than there are milliseconds: no camera. It has to begin anew.
            self.active = None;
            return Ok(());
        }
        if self.file.is_none() {
            let format = self.format(Some((ssrc, &frame)));
            self.file = Some(TrackFile::create(&self.dir, &self.name, &format, books)?);
        }
        self.picture_gap(at_us, books)?;
        if self.spec.source == Source::Screen {
            self.still.picture(&frame);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        let flushed = file.write(&frame.data, at_us, FRAME_US, frame.key)?;
        self.proof.handed(Some(frame.arrival_us), flushed);
        self.active = Some(ssrc);
        self.picture_us = Some(at_us);
        self.came();
        if frame.key {
            self.request_wait_us = REQUEST_FIRST_US;
        }
        Ok(())
    }

    /// Fills up silence behind the clock and notes gaps that last.
    fn keep_up(&mut self, now_us: i64, books: &mut Books) -> Result<(), WriteError> {
        if self.spec.source.is_audio() {
            let known = self.ended_us.is_some() || self.untapped || self.mutes.muted() || self.packets == 0;
            // Packets that wait for a missing one keep their place.
            let known = known && self.streams.iter().all(Stream::is_idle);
            self.silence_to(now_us - if known { KNOWN_US } else { UNKNOWN_US })?;
            // Silence is in the file now that no line of the gap ledger speaks of yet.
            if let Some(from_us) = self.gap_us
                && !std::mem::replace(&mut self.gap_noted, true)
            {
                self.note_gap(from_us, self.cause(0), books)?;
            }
            return Ok(());
        }
        self.flush_idle(now_us)?;
        if let Some(last_us) = self.picture_us
            && self.may_stand_still()
        {
            return self.watch_still(last_us, now_us, books);
        }
        let from_us = self.picture_us.unwrap_or(0);
        if !self.gap_noted && now_us - from_us > LASTING_US + STALL_US {
            self.gap_noted = true;
            let cause = match (self.picture_us, self.first_arrival_us) {
                (None, Some(_)) => Cause::LateKeyFrame,
                _ => self.cause(self.lost_since),
            };
            self.note_gap(from_us, cause, books)?;
        }
        Ok(())
    }

    /// The last picture before a pause waits for no next one.
    fn flush_idle(&mut self, now_us: i64) -> Result<(), WriteError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        if file.frames() != self.muxed.0 {
            self.muxed = (file.frames(), now_us);
        } else if file.is_pending() && now_us - self.muxed.1 >= IDLE_US {
            file.flush()?;
            self.proof.flushed();
        }
        Ok(())
    }

    fn wind_up(&mut self, end_us: i64, books: &mut Books) -> Result<(), WriteError> {
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
            Some(last) if self.may_stand_still() => self.wind_up_still(last, end_us, books),
            Some(last) if end_us - last > TAIL_US => self.declare_rest(last, end_us, books),
            Some(_) => Ok(()),
        }
    }

    pub(super) fn set_muted(&mut self, muted: bool, at_us: i64, books: &mut Books) -> Result<(), WriteError> {
        self.mutes.set(muted, at_us);
        // Its packets may outrun the news of the change, so both changes count.
        self.streams
            .iter_mut()
            .for_each(|s| s.timeline.expect_pause(at_us));
        books.note(&Note::Muted {
            file: self.name.clone(),
            muted,
            at_ms: at_us / 1000,
        })
    }

    /// The publication ended at `at_us`: what arrived before is written, nothing after.
    pub(super) fn close(&mut self, at_us: i64, books: &mut Books) -> Result<(), WriteError> {
        self.ended_us.get_or_insert(at_us);
        // Nobody says any more whether it would be muted: from here on its end is why it holds nothing.
        self.mutes.set(false, at_us);
        books.note(&Note::TrackClosed {
            file: self.name.clone(),
            at_ms: at_us / 1000,
        })
    }

    /// Whether to ask for a key frame now; a yes counts as asking.
    pub(super) fn ask_key_frame(&mut self, now_us: i64) -> bool {
        let asking = !self.spec.source.is_audio() && self.ended_us.is_none() && !self.failed();
        if !asking || now_us < self.request_us {
            return false;
        }
        let mut recent = self
            .streams
            .iter()
            .filter(|s| now_us - s.last_arrival_us() < RECENT_US)
            .peekable();
        let wanted = match recent.peek() {
            None => self.picture_us.is_none(),
            Some(_) => recent.any(|s| s.wants_key_frame(now_us)),
        };
        let wanted = wanted || self.still_wants_key_frame(now_us);
        if wanted {
            self.request_us = now_us + self.request_wait_us;
            self.request_wait_us = (self.request_wait_us * 2).min(REQUEST_LAST_US);
        }
        wanted
    }

    /// Sender's clock against ours, for the other tracks of the participant.
    pub(super) fn clock_offset_us(&self, now_us: i64) -> Option<i64> {
        let stream = self.streams.iter().max_by_key(|s| s.last_arrival_us())?;
        stream.timeline.clock_offset_us(now_us)
    }

    pub(super) fn share_clock(&mut self, clock_us: Option<i64>) {
        self.streams
            .iter_mut()
            .for_each(|s| s.timeline.share_clock(clock_us));
    }

    /// Completes the file of a segment that ends at `end_us`. `None` when there is none.
    pub(super) fn finish(&mut self, end_us: i64, books: &mut Books) -> Result<Option<Closed>, WriteError> {
        let failed = self.failed();
        let Some(file) = &mut self.file else {
            return Ok(None);
        };
        let closed = if failed {
            file.closed()
        } else {
            file.finish(books)?
        }
        .up_to(self.still.stood_us)
        .within(end_us);
        books.note(&Note::FileEnded {
            file: self.name.clone(),
            duration_ms: to_ms(closed.end_us),
            packets: self.packets,
            lost: self.lost,
        })?;
        Ok(Some(closed))
    }

    /// What the file holds as it stands; for a track whose end could not be written in order.
    pub(super) fn as_found(&self, end_us: i64) -> Option<Closed> {
        self.file.as_ref().map(|file| file.closed().within(end_us))
    }

    /// A fragment of its file is due.
    pub(super) fn fragment_is_due(&mut self, now_us: i64) -> bool {
        let failed = self.failed();
        let file = self.file.as_mut().filter(|_| !failed);
        file.is_some_and(|file| file.is_due(now_us))
    }

    /// Cuts a fragment that is due, or has enough to be cut with another's. It is still to be entered.
    pub(super) fn cut(&mut self, now_us: i64) -> Result<Option<Fragment>, WriteError> {
        let failed = self.failed();
        let Some(file) = self.file.as_mut().filter(|_| !failed) else {
            return Ok(None);
        };
        match file.is_due(now_us) || file.may_be_cut() {
            true => file.cut_at(now_us),
            false => Ok(None),
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.file.as_ref().map_or(0, TrackFile::bytes)
    }

    pub(super) fn written_us(&self) -> i64 {
        self.file.as_ref().map_or(0, TrackFile::written_us)
    }
}

pub(super) fn to_ms(us: i64) -> u64 {
    u64::try_from(us).unwrap_or(0).saturating_add(500) / 1000
}
