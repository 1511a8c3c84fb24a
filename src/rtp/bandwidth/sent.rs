//! What was sent, and what the receiver's reports say became of it.

use crate::rtp::clock::Micros;
use crate::rtp::sequence::nearest;
use std::collections::VecDeque;

/// Packets that are remembered: some seconds of the heaviest load.
const SENT_MAX: usize = 8192;
/// The receiver's clock begins again after this: the reference time has 24 bits of 64 ms.
pub(super) const CLOCK_WRAP: Micros = (1 << 24) * 64_000;
/// How much later a packet that overtook another may have been sent, before the other is called lost.
const OVERTAKEN_MAX: Micros = 200_000;

/// One report of transport-wide feedback: the packets from `base` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Number of the first.
    pub base: u16,
    /// For each, when it arrived, on the receiver's clock; `None` if it had not.
    pub arrivals: Box<[Option<Micros>]>,
}

/// A packet that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) sent: Micros,
    /// On the receiver's clock.
    pub(super) arrived: Micros,
    pub(super) bytes: usize,
}

#[derive(Debug, Clone, Copy)]
struct Sent {
    at: Micros,
    bytes: u16,
    fate: Fate,
}

/// What is known of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// No report spoke of it. Reports are lost as packets are, and that is no loss of what they would have spoken of.
    Unknown,
    /// A report said that it had not arrived.
    Missing,
    /// So it was, and then it was sent once more: what arrives now is the other.
    Lost,
    /// It was sent once more before anything was known: which of the two arrives nobody can tell.
    Twice,
    Arrived,
}

/// The packets sent, by number.
#[derive(Debug, Default)]
pub(super) struct SentLog {
    packets: VecDeque<Sent>,
    /// Number of the first packet in the list.
    first: i64,
    /// How many of the list have been judged: arrived or lost.
    judged: usize,
    /// When the newest packet was sent that has arrived.
    newest: Option<Micros>,
    /// The last arrival on the receiver's clock, counted on where that begins again.
    arrived: Option<Micros>,
}

impl SentLog {
    /// Takes note of a packet; gives its number.
    pub(super) fn sent(&mut self, at: Micros, bytes: usize) -> u16 {
        if self.packets.len() == SENT_MAX {
            self.packets.pop_front();
            self.first += 1;
            self.judged = self.judged.saturating_sub(1);
        }
        let number = self.first + self.packets.len() as i64;
        self.packets.push_back(Sent {
            at,
            // No datagram is longer.
            bytes: u16::try_from(bytes).unwrap_or(u16::MAX),
            fate: Fate::Unknown,
        });
        number as u16
    }

    /// A packet is sent once more under its number.
    pub(super) fn sent_again(&mut self, number: u16) {
        let next = self.first + self.packets.len() as i64;
        let index = usize::try_from(nearest(next, number) - self.first);
        if let Some(sent) = index.ok().and_then(|i| self.packets.get_mut(i)) {
            sent.fate = match sent.fate {
                Fate::Unknown => Fate::Twice,
                Fate::Missing => Fate::Lost,
                known => known,
            };
        }
    }

    /// Takes note of a report; gives the packets that it is the first to tell of.
    pub(super) fn reported(&mut self, report: &Report) -> Vec<Arrival> {
        let next = self.first + self.packets.len() as i64;
        // The number nearest to what was sent last.
        let base = nearest(next, report.base);
        let mut fresh = Vec::with_capacity(report.arrivals.len());
        for (i, arrived) in report.arrivals.iter().enumerate() {
            let Ok(index) = usize::try_from(base + i as i64 - self.first) else {
                continue;
            };
            let Some(sent) = self.packets.get_mut(index) else {
                continue;
            };
            let open = matches!(sent.fate, Fate::Unknown | Fate::Missing);
            let Some(arrived) = arrived.filter(|_| open) else {
                if sent.fate == Fate::Unknown {
                    sent.fate = Fate::Missing;
                }
                continue;
            };
            let arrived = self.counted_on(arrived);
            let Some(sent) = self.packets.get_mut(index) else {
                continue;
            };
            sent.fate = Fate::Arrived;
            self.newest = Some(self.newest.map_or(sent.at, |n| n.max(sent.at)));
            fresh.push(Arrival {
                sent: sent.at,
                arrived,
                bytes: usize::from(sent.bytes),
            });
        }
        fresh
    }

    /// A time of the receiver's clock as the one nearest to the last.
    fn counted_on(&mut self, arrived: Micros) -> Micros {
        let last = self.arrived.unwrap_or(arrived);
        let turns = (last - arrived + CLOCK_WRAP / 2).div_euclid(CLOCK_WRAP);
        let at = arrived + turns * CLOCK_WRAP;
        // A receiver that turns its clock with every report comes to an end of the numbers some day; then it begins anew.
        let at = if at.abs() > 1 << 60 { arrived } else { at };
        self.arrived = Some(at);
        at
    }

    /// Judges what has become due: packets, and how many of them are lost.
    pub(super) fn judge(&mut self) -> (u32, u32) {
        let Some(newest) = self.newest else {
            return (0, 0);
        };
        let (mut all, mut lost) = (0, 0);
        while let Some(sent) = self.packets.get(self.judged) {
            if sent.at > newest - OVERTAKEN_MAX {
                break;
            }
            all += u32::from(!matches!(sent.fate, Fate::Unknown | Fate::Twice));
            lost += u32::from(matches!(sent.fate, Fate::Missing | Fate::Lost));
            self.judged += 1;
        }
        // What is judged is kept for a while only so that a late report of it is recognised.
        while self.judged > SENT_MAX / 16 {
            self.packets.pop_front();
            self.first += 1;
            self.judged -= 1;
        }
        (all, lost)
    }

    /// Packets sent before `at` are not judged any more, whatever became of them.
    pub(super) fn forgive(&mut self, at: Micros) {
        while self.packets.get(self.judged).is_some_and(|sent| sent.at < at) {
            self.judged += 1;
        }
    }

    /// When the newest packet was sent that is known to have arrived.
    pub(super) fn newest(&self) -> Option<Micros> {
        self.newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(base: u16, arrivals: &[Option<Micros>]) -> Report {
        Report {
            base,
            arrivals: arrivals.into(),
        }
    }

    #[test]
    fn arrivals_are_joined_with_what_was_sent_once_and_the_rest_is_lost_in_time() {
        let mut log = SentLog::default();
        for i in 0..4 {
            assert_eq!(log.sent(i * 10_000, 100 + i as usize), i as u16);
        }
        let first = log.reported(&report(0, &[Some(5), None, Some(9)]));
        assert_eq!(
            first.iter().map(|a| (a.sent, a.bytes)).collect::<Vec<_>>(),
            [(0, 100), (20_000, 102)]
        );
        assert_eq!(log.judge(), (0, 0), "one may still be overtaken");
        assert_eq!(
            log.reported(&report(1, &[Some(12), Some(9)])).len(),
            1,
            "late, and told once"
        );
        log.sent(230_000, 100);
        log.reported(&report(3, &[None, Some(300)]));
        assert_eq!(
            log.judge(),
            (4, 1),
            "all but the newest are due; the fourth never came"
        );
        assert_eq!(log.judge(), (0, 0));
    }

    #[test]
    fn numbers_wrap_and_strange_reports_are_ignored() {
        let mut log = SentLog::default();
        for i in 0..200_000i64 {
            let number = log.sent(i * 1000, 1);
            assert_eq!(number, i as u16);
            assert_eq!(log.reported(&report(number, &[Some(i)])).len(), 1);
            log.judge();
        }
        assert!(log.packets.len() <= SENT_MAX);
        let never_sent = log.reported(&report(200_000u32 as u16, &[Some(1); 20_000]));
        assert!(never_sent.is_empty(), "{}", never_sent.len());
        assert!(
            log.reported(&report((200_000u32 as u16).wrapping_sub(9000), &[Some(1)]))
                .is_empty()
        );
    }
}
