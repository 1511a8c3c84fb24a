//! When was it captured: a publisher's RTP and NTP clocks placed on the server's clock.
//!
//! Server time is a count of microseconds from an instant of the caller's choice. Until the publisher's sender reports
//! are known, capture is taken to be arrival less the least delay seen; after that the publisher's own clock rules, so
//! that sound and picture of one person stay together.
//!
//! The recorder has a clock of its own, [`super::timeline::Timeline`], and the two are not one on purpose. Forwarding needs
//! a map that can be turned round (the RTP timestamp of an instant, for sender reports) and that never moves under media
//! on its way to a player, which would hear every correction; an error that stays constant harms nobody there. A file is
//! read years later beside others: there the map has to follow what is known better, through clocks that drift or are set
//! and senders that sleep, and nobody asks it backwards. What both do with numbers is here once.

/// Microseconds on the server's clock.
pub type Micros = i64;

/// Seconds from 1900 (NTP, RFC 5905) to 1970.
const NTP_EPOCH_SECONDS: u64 = 2_208_988_800;

/// A 32.32 fixed-point NTP timestamp in microseconds since 1900.
pub fn ntp_to_micros(ntp: u64) -> i64 {
    let seconds = (ntp >> 32) as i64;
    let fraction = (ntp & 0xffff_ffff) as i64;
    seconds * 1_000_000 + ((fraction * 1_000_000) >> 32)
}

/// Microseconds since 1970 as a 32.32 fixed-point NTP timestamp.
pub fn unix_micros_to_ntp(micros: u64) -> u64 {
    let seconds = micros / 1_000_000 + NTP_EPOCH_SECONDS;
    let fraction = ((micros % 1_000_000) << 32) / 1_000_000;
    seconds << 32 | fraction
}

/// Ticks of a clock of `rate` Hz in a span of microseconds, rounded to the nearest.
pub fn ticks(micros: i64, rate: u32) -> i64 {
    let product = i128::from(micros) * i128::from(rate);
    (product + if product >= 0 { 500_000 } else { -500_000 }).div_euclid(1_000_000) as i64
}

/// Microseconds that `ticks` of a clock of `rate` Hz take.
pub fn micros(ticks: i64, rate: u32) -> i64 {
    (i128::from(ticks) * 1_000_000 / i128::from(rate.max(1))) as i64
}

/// The clock of one RTP stream.
#[derive(Debug, Clone, Copy)]
pub struct StreamClock {
    rate: u32,
    /// Server time less media time at the least delay seen: where media time 0 lies if that packet took no time.
    least_offset: Option<Micros>,
    /// From the last sender report: the publisher's NTP clock in microseconds, and the extended RTP timestamp.
    report: Option<(i64, i64)>,
}

/// Where a timestamp falls on the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    /// Server time.
    pub at: Micros,
    /// True if it follows from sender reports, false if from arrival times.
    pub exact: bool,
}

impl StreamClock {
    /// A clock of `rate` Hz of which nothing is known yet.
    pub fn new(rate: u32) -> Self {
        Self {
            rate,
            least_offset: None,
            report: None,
        }
    }

    /// Takes note of a packet's arrival. After the publisher's clock is known only the first one counts: the offset
    /// must not move under media that already flows.
    pub fn arrived(&mut self, timestamp: i64, at: Micros, publisher_known: bool) {
        let offset = at - micros(timestamp, self.rate);
        self.least_offset = Some(match self.least_offset {
            None => offset,
            Some(least) if publisher_known => least,
            Some(least) => least.min(offset),
        });
    }

    /// Takes note of a sender report.
    pub fn reported(&mut self, ntp: u64, timestamp: i64) {
        self.report = Some((ntp_to_micros(ntp), timestamp));
    }

    /// The publisher's NTP clock relative to the server's, if both a report and a packet of this stream are known.
    pub fn publisher_offset(&self) -> Option<PublisherOffset> {
        let (ntp, timestamp) = self.report?;
        let arrival = self.least_offset? + micros(timestamp, self.rate);
        Some(PublisherOffset(arrival - ntp))
    }

    /// When the sample of an extended timestamp was captured.
    pub fn capture(&self, timestamp: i64, publisher: Option<PublisherOffset>) -> Option<Capture> {
        if let (Some(PublisherOffset(offset)), Some((ntp, reported))) = (publisher, self.report) {
            return Some(Capture {
                at: ntp + micros(timestamp - reported, self.rate) + offset,
                exact: true,
            });
        }
        Some(Capture {
            at: self.least_offset? + micros(timestamp, self.rate),
            exact: false,
        })
    }

    /// The extended timestamp of the sample that is captured at `at`: [`StreamClock::capture`] turned round.
    pub fn timestamp_at(&self, at: Micros, publisher: Option<PublisherOffset>, exact: bool) -> Option<i64> {
        if exact && let (Some(PublisherOffset(offset)), Some((ntp, reported))) = (publisher, self.report) {
            return Some(reported + ticks(at - offset - ntp, self.rate));
        }
        Some(ticks(at - self.least_offset?, self.rate))
    }
}

/// Server time less a publisher's NTP time, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublisherOffset(i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ntp_there_and_back() {
        let unix = 1_800_000_000_250_000u64;
        let ntp = unix_micros_to_ntp(unix);
        let back = ntp_to_micros(ntp) - (NTP_EPOCH_SECONDS as i64) * 1_000_000;
        assert!((back - unix as i64).abs() <= 1, "{back}");
    }

    #[test]
    fn ticks_round_to_the_nearest() {
        assert_eq!(ticks(1_000_000, 90_000), 90_000);
        assert_eq!(ticks(11, 90_000), 1);
        assert_eq!(ticks(5, 90_000), 0);
        assert_eq!(micros(960, 48_000), 20_000);
    }

    #[test]
    fn arrival_rules_until_the_reports_come_and_then_lips_follow_sound() {
        // Sound: 20 ms packets, captured from server time 1 s on, 30 to 50 ms on the way.
        let mut audio = StreamClock::new(48_000);
        for (i, delay) in [50, 30, 40].into_iter().enumerate() {
            audio.arrived(
                960 * i as i64,
                1_000_000 + 20_000 * i as i64 + delay * 1000,
                false,
            );
        }
        assert_eq!(
            audio.capture(0, None),
            Some(Capture {
                at: 1_030_000,
                exact: false
            })
        );
        // The same person's picture takes 200 ms more (encoding), same capture clock.
        let mut video = StreamClock::new(90_000);
        video.arrived(500_000, 1_230_000, false);
        assert_eq!(video.capture(500_000, None).map(|c| c.at), Some(1_230_000));

        let ntp = |seconds: u64| seconds << 32;
        audio.reported(ntp(7), 0);
        video.reported(ntp(7), 500_000);
        let publisher = audio.publisher_offset();
        assert!(publisher.is_some());
        let (a, v) = (audio.capture(0, publisher), video.capture(500_000, publisher));
        assert_eq!(a, v, "both were captured at the publisher's 7 s");
        assert_eq!(
            v,
            Some(Capture {
                at: 1_030_000,
                exact: true
            })
        );
        assert_eq!(video.timestamp_at(1_130_000, publisher, true), Some(509_000));
        assert_eq!(audio.timestamp_at(1_130_000, publisher, false), Some(4_800));
    }

    #[test]
    fn nothing_known_says_nothing() {
        let clock = StreamClock::new(90_000);
        assert_eq!(clock.capture(5, None), None);
        assert_eq!(clock.publisher_offset(), None);
    }
}
