//! Where a sender's media belong on our clock.
//!
//! `media time = RTP time + offset`. At first the offset is that of the first packets' arrival, the fastest of those that
//! came before one of them had to be placed. Then it follows what is
//! known better: the sender reports (RFC 3550, section 6.4.1), which put all tracks of a sender on one clock, or, while
//! there is none, the packets that were under way the shortest time. It moves slowly, so that nothing in a file
//! stutters; it jumps only when sender and receiver are plainly apart (the sender was asleep, or began anew). Why forwarding
//! has another clock: see [`super::clock`].

use super::clock::{micros, ntp_to_micros};
use std::collections::VecDeque;

/// A packet that claims to be sent this far in the future shows that the offset is wrong.
const EARLY_US: i64 = 500_000;
/// A packet that is later than this was not under way all that time: the sender's clock stood still.
const LATE_US: i64 = 3_000_000;
/// A sender report that puts a packet further into the future than this was itself late.
const FUTURE_US: i64 = 100_000;
/// Corrections greater than this are made at once.
const JUMP_US: i64 = 250_000;
/// After a pause that the sender chose, a packet that is later than this starts a new reckoning.
const RESUMED_LATE_US: i64 = 300_000;
/// A pause is at least this long.
const BREAK_US: i64 = 500_000;
/// The longest time between packets for which a correction builds up.
const SLEW_FOR_US: i64 = 1_000_000;
/// Speed of small corrections: microseconds per second.
const SLEW_US_PER_S: i64 = 20_000;
/// Delays are judged by the smallest of such a stretch of time.
const WINDOW_US: i64 = 5_000_000;
/// Sender reports that are remembered for the clock offset.
const REPORTS: usize = 16;
/// A sender clock that differs from the participant's other tracks by more than this is not theirs.
const SAME_CLOCK_US: i64 = 500_000;

/// Clocks drift apart, by a tenth of a millisecond a second and more: what was said of them is worth nothing after so long. And
/// after a break as long in its packets a stream is placed anew, at once: there is nothing that could stutter.
const STALE_US: i64 = 60_000_000;

/// So many reports in a row must say that the sender's clock was set back before it is believed: one was merely late.
const SET_BACK_REPORTS: u32 = 3;
/// A report that places media later than before by more than this says that they stood still. Or that the sender was busy
/// when it made the report, and catches up: what was moved for that would have to be moved back, and sound left out.
const BEHIND_US: i64 = 60_000;
/// So many in a row must say so.
const BEHIND_REPORTS: u32 = 2;

/// Smallest value of the last one to two windows.
#[derive(Debug, Clone, Default)]
struct Smallest {
    since_us: Option<i64>,
    current: Option<i64>,
    previous: Option<i64>,
}

impl Smallest {
    fn add(&mut self, at_us: i64, value: i64) {
        let since = *self.since_us.get_or_insert(at_us);
        if at_us - since >= WINDOW_US {
            self.previous = self.current.take();
            self.since_us = Some(at_us);
        }
        self.current = Some(self.current.map_or(value, |c| c.min(value)));
    }

    /// Known once a whole window has passed.
    fn get(&self) -> Option<i64> {
        let previous = self.previous?;
        Some(self.current.map_or(previous, |c| c.min(previous)))
    }

    /// The values are relative to something that moved by `by`.
    fn shift(&mut self, by: i64) {
        self.current = self.current.map(|v| v - by);
        self.previous = self.previous.map(|v| v - by);
    }
}

/// The last thing a sender said about its clocks.
#[derive(Debug, Clone, Copy)]
struct Report {
    ntp_us: i64,
    rtp_us: i64,
    arrival_us: i64,
}

/// Timeline of one SSRC. All times are microseconds; RTP timestamps are unwrapped.
#[derive(Debug, Clone)]
pub struct Timeline {
    rate: u32,
    offset_us: Option<i64>,
    fastest_us: Option<i64>,
    seen_us: i64,
    delays: Smallest,
    report: Option<Report>,
    /// By the recent reports, each with its arrival.
    clock_offsets: VecDeque<(i64, i64)>,
    late_reports: u32,
    behind_reports: u32,
    shared_clock: Option<i64>,
    pause_us: Option<i64>,
}

impl Timeline {
    /// A timeline for RTP timestamps that count `rate` per second.
    pub fn new(rate: u32) -> Self {
        Self {
            rate,
            offset_us: None,
            fastest_us: None,
            seen_us: 0,
            delays: Smallest::default(),
            report: None,
            clock_offsets: VecDeque::new(),
            late_reports: 0,
            behind_reports: 0,
            shared_clock: None,
            pause_us: None,
        }
    }

    /// Notes a packet when it arrives, in any order: until the first is placed, the fastest says where all begin.
    pub fn arrived(&mut self, timestamp: i64, arrival_us: i64) {
        if self.offset_us.is_none() {
            let offset = arrival_us - self.to_us(timestamp);
            self.fastest_us = Some(self.fastest_us.map_or(offset, |fastest| fastest.min(offset)));
        }
    }

    /// Learns from a packet in order and says where it belongs.
    pub fn place(&mut self, timestamp: i64, arrival_us: i64) -> i64 {
        let rtp_us = self.to_us(timestamp);
        let Some(mut offset) = self.offset_us else {
            // A report may have come before the first packet.
            let arrived = arrival_us - rtp_us;
            let fastest = self
                .fastest_us
                .filter(|fastest| (0..=LATE_US).contains(&(arrived - fastest)))
                .unwrap_or(arrived);
            let offset = self.reported_offset(rtp_us, rtp_us + fastest).unwrap_or(fastest);
            self.offset_us = Some(offset);
            self.seen_us = arrival_us;
            return rtp_us + offset;
        };
        if arrival_us - self.seen_us >= STALE_US {
            return match self.reported_offset(rtp_us, arrival_us) {
                Some(offset) => self.begin_anew(rtp_us, offset, arrival_us),
                None => self.anchor(rtp_us, arrival_us),
            };
        }
        let delay = arrival_us - (rtp_us + offset);
        let broke = arrival_us - self.seen_us >= BREAK_US;
        let resumed = broke
            && self
                .pause_us
                .take_if(|pause_us| *pause_us <= arrival_us)
                .is_some();
        if !(-EARLY_US..=LATE_US).contains(&delay) || resumed && delay > RESUMED_LATE_US {
            return self.anchor(rtp_us, arrival_us);
        }
        self.delays.add(arrival_us, delay);
        let wanted = self.reported_offset(rtp_us, arrival_us).or_else(|| {
            // Measured before the clock jumped it may be absurd.
            let delay = self.delays.get()?;
            (-EARLY_US..=LATE_US).contains(&delay).then_some(offset + delay)
        });
        if let Some(wanted) = wanted {
            let error = wanted - offset;
            let step = if error.abs() > JUMP_US {
                error
            } else {
                let limit = (arrival_us - self.seen_us).clamp(0, SLEW_FOR_US) * SLEW_US_PER_S / 1_000_000;
                error.clamp(-limit, limit)
            };
            offset += step;
            self.offset_us = Some(offset);
            self.delays.shift(step);
        }
        self.seen_us = self.seen_us.max(arrival_us);
        rtp_us + offset
    }

    /// Where a timestamp belongs, without learning from it; `None` before the first packet.
    pub fn at(&self, timestamp: i64) -> Option<i64> {
        Some(self.to_us(timestamp) + self.offset_us?)
    }

    /// The sender makes a pause of its own (it is muted, or was): its RTP clock may stand still meanwhile. This holds
    /// for the next break in its packets from `at_us` on.
    pub fn expect_pause(&mut self, at_us: i64) {
        self.pause_us = Some(self.pause_us.map_or(at_us, |earlier| earlier.min(at_us)));
    }

    /// Takes in a sender report: `ntp` in 32.32 fixed point, the RTP timestamp of the same instant, unwrapped.
    pub fn report(&mut self, ntp: u64, timestamp: i64, arrival_us: i64) {
        let ntp_us = ntp_to_micros(ntp);
        let clock = arrival_us - ntp_us;
        let apart = self.clock_offset_us(arrival_us).map_or(0, |known| clock - known);
        // A report cannot be early, so an earlier one knows better; a later one was on its way for longer, like the
        // packets around it, unless those after it say the same.
        if apart > SAME_CLOCK_US {
            self.late_reports += 1;
            if self.late_reports < SET_BACK_REPORTS {
                return;
            }
        }
        self.late_reports = 0;
        let told = Report {
            ntp_us,
            rtp_us: self.to_us(timestamp),
            arrival_us,
        };
        if self.says_behind(&told, clock) {
            self.behind_reports += 1;
            if self.behind_reports < BEHIND_REPORTS {
                return;
            }
        }
        self.behind_reports = 0;
        if apart.abs() > SAME_CLOCK_US {
            self.clock_offsets.clear();
        }
        if self.clock_offsets.len() == REPORTS {
            self.clock_offsets.pop_front();
        }
        self.clock_offsets.push_back((arrival_us, clock));
        self.report = Some(told);
    }

    /// By this report, which came by this clock, media belong later than by what is known.
    fn says_behind(&self, told: &Report, clock: i64) -> bool {
        let (Some(report), Some(known)) = (self.report, self.clock_offset_us(told.arrival_us)) else {
            return false;
        };
        let before = report.ntp_us + known - report.rtp_us;
        let now = told.ntp_us + clock.min(known) - told.rtp_us;
        now - before > BEHIND_US
    }

    /// Our clock less the sender's, by the fastest of the reports that are recent at `now_us`.
    pub fn clock_offset_us(&self, now_us: i64) -> Option<i64> {
        let recent = |(arrival_us, _): &&(i64, i64)| now_us.saturating_sub(*arrival_us) <= STALE_US;
        let recent = self.clock_offsets.iter().filter(recent);
        recent.map(|(_, clock)| *clock).min()
    }

    /// What the tracks of this participant agreed on as [`Self::clock_offset_us`].
    pub fn share_clock(&mut self, clock_us: Option<i64>) {
        self.shared_clock = clock_us;
    }

    fn begin_anew(&mut self, rtp_us: i64, offset_us: i64, arrival_us: i64) -> i64 {
        self.offset_us = Some(offset_us);
        self.seen_us = arrival_us;
        self.delays = Smallest::default();
        rtp_us + offset_us
    }

    fn anchor(&mut self, rtp_us: i64, arrival_us: i64) -> i64 {
        // Said before the clocks parted.
        self.report = None;
        self.clock_offsets.clear();
        (self.late_reports, self.behind_reports) = (0, 0);
        self.begin_anew(rtp_us, arrival_us - rtp_us, arrival_us)
    }

    /// The offset by sender reports, unless it is absurd for the packet at hand.
    fn reported_offset(&self, rtp_us: i64, arrival_us: i64) -> Option<i64> {
        let report = self.report?;
        let own = self.clock_offset_us(arrival_us)?;
        let clock = self
            .shared_clock
            .filter(|shared| (shared - own).abs() <= SAME_CLOCK_US)
            .unwrap_or(own);
        let offset = report.ntp_us + clock - report.rtp_us;
        let delay = arrival_us - (rtp_us + offset);
        // Nothing arrives before it was captured.
        let offset = if delay < -FUTURE_US {
            offset + delay
        } else {
            offset
        };
        (-EARLY_US..=LATE_US).contains(&delay).then_some(offset)
    }

    fn to_us(&self, timestamp: i64) -> i64 {
        micros(timestamp, self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000;

    fn ntp(us: i64) -> u64 {
        (((us / S) as u64) << 32) | ((((us % S) as u64) << 32) / S as u64)
    }

    #[test]
    fn jitter_of_the_network_does_not_move_the_media() {
        let mut timeline = Timeline::new(48_000);
        let mut worst = 0;
        for n in 0..3000i64 {
            let sent = n * 20_000;
            let jitter = (n * 7919 % 80) * 1000;
            let placed = timeline.place(n * 960, sent + 40_000 + jitter);
            worst = worst.max((placed - sent - 40_000).abs());
        }
        assert!(worst < 1000, "{worst}");
    }

    #[test]
    fn a_burst_at_the_beginning_is_placed_by_its_fastest_packet() {
        // Our own stall of 0.7 s: what was sent meanwhile comes at once.
        let arrival = |n: i64| (n * 20_000).max(700_000);
        let mut timeline = Timeline::new(48_000);
        (0..40).for_each(|n| timeline.arrived(n * 960, arrival(n)));
        for n in 0..100 {
            assert_eq!(timeline.place(n * 960, arrival(n)), n * 20_000);
        }
    }

    #[test]
    fn a_report_that_was_late_itself_puts_nothing_into_the_future() {
        let mut timeline = Timeline::new(48_000);
        timeline.report(ntp(3_900_000_000 * S), 0, 400_000);
        for n in 0..100 {
            assert_eq!(timeline.place(n * 960, n * 20_000), n * 20_000);
        }
    }

    /// Everything of 0.65 s arrives at once, a report among it: nothing moves, neither then nor afterwards.
    #[test]
    fn a_burst_with_a_report_in_it_keeps_its_places() {
        let mut timeline = Timeline::new(48_000);
        let epoch = 3_900_000_000 * S;
        for n in 0..1500i64 {
            let sent = n * 20_000;
            let stalled = (10 * S..10 * S + 650_000).contains(&sent);
            let arrival = if stalled { 10 * S + 650_000 } else { sent } + 5_000;
            if n % 50 == 10 {
                timeline.report(ntp(epoch + sent), n * 960, arrival);
            }
            let placed = timeline.place(n * 960, arrival);
            assert!((placed - sent - 5_000).abs() < 1_000, "{n}: {}", placed - sent);
        }
    }

    /// Plays 60 s of a sender whose media are behind by `behind(sent)`, with a report every 5 s; gives how far each packet is
    /// put from where it belongs if all of it was captured in step.
    fn play_behind(behind: impl Fn(i64) -> i64) -> Vec<i64> {
        let mut timeline = Timeline::new(48_000);
        let epoch = 3_900_000_000 * S;
        let mut off = Vec::new();
        for n in 0..3_000i64 {
            let captured = n * 20_000;
            let arrival = captured + behind(captured) + 5_000;
            if n % 250 == 10 {
                timeline.report(ntp(epoch + captured + behind(captured)), n * 960, arrival);
            }
            off.push(timeline.place(n * 960, arrival) - captured - 5_000);
        }
        off
    }

    #[test]
    fn a_busy_sender_that_catches_up_moves_nothing() {
        // It was behind by 0.24 s for 6 s, with one report in them.
        let behind = |sent| {
            if (32 * S..38 * S).contains(&sent) {
                240_000
            } else {
                0
            }
        };
        let off = play_behind(behind);
        assert!(off.iter().all(|us| us.abs() < 1_000), "{:?}", off.iter().max());
    }

    #[test]
    fn a_sender_whose_media_stood_still_is_followed_after_two_reports() {
        for stood in [100_000, 240_000, 700_000] {
            let off = play_behind(|sent| if sent >= 32 * S { stood } else { 0 });
            // The second is that of the packet 2,010.
            assert!(off[..2_010].iter().all(|us| us.abs() < 1_000), "{stood}");
            assert!((off[2_999] - stood).abs() < 1_000, "{stood}: {}", off[2_999]);
        }
    }

    #[test]
    fn a_sender_whose_clock_was_set_back_is_followed_after_a_while() {
        let mut timeline = Timeline::new(48_000);
        let epoch = 3_900_000_000 * S;
        for n in 0..1000i64 {
            let sent = n * 20_000;
            if n % 50 == 10 {
                let set_back = if n > 300 { 60 * S } else { 0 };
                timeline.report(ntp(epoch + sent - set_back), n * 960, sent);
            }
            assert!((timeline.place(n * 960, sent) - sent).abs() < 1_000, "{n}");
        }
        let clock = timeline.clock_offset_us(1000 * 20_000).unwrap();
        assert!((clock + epoch - 60 * S).abs() < 1_000, "{clock}");
    }

    #[test]
    fn an_unlucky_first_packet_is_corrected_slowly() {
        let mut timeline = Timeline::new(48_000);
        let mut last = i64::MIN;
        let mut placed = 0;
        for n in 0..2000i64 {
            let sent = n * 20_000;
            let late = if n == 0 { 200_000 } else { 0 };
            placed = timeline.place(n * 960, sent + late);
            assert!(placed > last);
            last = placed;
        }
        assert!((placed - 1999 * 20_000).abs() < 2000);
    }

    #[test]
    fn a_sender_clock_that_runs_fast_is_followed() {
        let mut timeline = Timeline::new(48_000);
        for n in 0..200_000i64 {
            let sent = n * 20_000 - n * 20_000 * 80 / 1_000_000;
            let placed = timeline.place(n * 960, sent + 30_000);
            assert!((placed - sent - 30_000).abs() < 5_000, "{n}: {}", placed - sent);
        }
    }

    #[test]
    fn reports_bring_sound_and_picture_together() {
        // The picture takes 120 ms longer from camera to us than the sound.
        let (mut sound, mut picture) = (Timeline::new(48_000), Timeline::new(90_000));
        let epoch = 3_900_000_000 * S;
        let (mut heard, mut seen) = (0, 0);
        for n in 0..1000i64 {
            let captured = n * 20_000;
            if n % 50 == 10 {
                sound.report(ntp(epoch + captured), n * 960 + 5, captured + 30_000);
                picture.report(ntp(epoch + captured), n * 1800 + 77, captured + 33_000);
            }
            let clock = [&sound, &picture]
                .iter()
                .filter_map(|t| t.clock_offset_us(captured))
                .min();
            sound.share_clock(clock);
            picture.share_clock(clock);
            heard = sound.place(n * 960 + 5, captured + 30_000);
            seen = picture.place(n * 1800 + 77, captured + 150_000);
        }
        assert!((heard - seen).abs() < 1000, "{}", heard - seen);
    }

    #[test]
    fn a_report_before_the_first_packet_places_it() {
        let mut timeline = Timeline::new(90_000);
        timeline.report(ntp(3_900_000_000 * S), 0, 20_000);
        assert_eq!(timeline.place(90_000, S + 150_000), S + 20_000);
        // One that cannot be true does not.
        let mut timeline = Timeline::new(90_000);
        timeline.report(ntp(3_900_000_000 * S), 0, 20_000);
        assert_eq!(timeline.place(90_000, 20 * S), 20 * S);
    }

    #[test]
    fn a_jump_of_the_timestamp_is_not_believed() {
        let mut timeline = Timeline::new(90_000);
        timeline.place(0, 0);
        assert_eq!(timeline.place(90_000 * 3600, 40_000), 40_000);
        assert_eq!(timeline.place(90_000 * 3600 + 3000, 73_333), 40_000 + 33_333);
    }

    #[test]
    fn a_sender_that_slept_comes_back_at_its_arrival() {
        let mut timeline = Timeline::new(48_000);
        timeline.place(0, 0);
        assert_eq!(timeline.place(960, 30 * S), 30 * S);
    }

    #[test]
    fn a_burst_after_a_short_stall_keeps_its_places() {
        let mut timeline = Timeline::new(48_000);
        for n in 0..300i64 {
            let sent = n * 20_000;
            let arrival = if (100..150).contains(&n) {
                150 * 20_000
            } else {
                sent
            };
            assert_eq!(timeline.place(n * 960, arrival), sent);
        }
    }

    #[test]
    fn after_a_pause_of_its_own_the_sender_starts_a_new_reckoning() {
        let mut timeline = Timeline::new(48_000);
        timeline.place(0, 0);
        timeline.expect_pause(500_000);
        assert_eq!(timeline.place(960, 2 * S), 2 * S);
    }

    #[test]
    fn numbers_from_outside_do_not_overflow() {
        let mut timeline = Timeline::new(90_000);
        for (ntp, ts, at) in [
            (u64::MAX, i64::from(u32::MAX), 0),
            (0, -1, 5),
            (1, i64::from(u32::MAX) << 16, 9),
        ] {
            timeline.report(ntp, ts, at);
            timeline.place(ts, at);
        }
    }
}
