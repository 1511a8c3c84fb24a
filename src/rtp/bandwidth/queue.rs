//! How long packets wait on their way: the delay above the least that was seen lately.
//!
//! A single packet's delay says little: networks jitter. The least of the last moment's packets is what even the
//! luckiest had to wait, and that is a queue.

use crate::rtp::clock::Micros;
use std::collections::VecDeque;

/// The moment that the luckiest packet is looked for in, on the sender's clock.
const MOMENT: Micros = 120_000;
/// Packets that a judgement needs.
const PACKETS_MIN: usize = 4;
const PACKETS_MAX: usize = 256;
/// The least delay is remembered for so long, in steps: clocks drift apart, and paths change.
const STEP: Micros = 3_000_000;
const STEPS: usize = 10;

/// Watches one direction of one path.
#[derive(Debug, Default)]
pub(super) struct QueueWatch {
    /// When sent, and the delay, by two clocks that do not agree: only differences mean something.
    recent: VecDeque<(Micros, Micros)>,
    /// Least delay of each step, the newest last.
    least: VecDeque<(Micros, Micros)>,
}

impl QueueWatch {
    /// Takes note of a packet that arrived.
    pub(super) fn arrived(&mut self, sent: Micros, arrived: Micros) {
        let delay = arrived - sent;
        if self.recent.len() == PACKETS_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back((sent, delay));
        let step = sent.div_euclid(STEP);
        match self.least.back_mut() {
            Some((at, least)) if *at >= step => *least = delay.min(*least),
            _ => {
                self.least.push_back((step, delay));
                if self.least.len() > STEPS {
                    self.least.pop_front();
                }
            }
        }
    }

    /// How long the packets of the last moment waited at least; `None` while there are too few.
    pub(super) fn waiting(&mut self) -> Option<Micros> {
        let newest = self.recent.iter().map(|(sent, _)| *sent).max()?;
        while self
            .recent
            .front()
            .is_some_and(|(sent, _)| *sent < newest - MOMENT)
        {
            self.recent.pop_front();
        }
        if self.recent.len() < PACKETS_MIN {
            return None;
        }
        let now = self.recent.iter().map(|(_, delay)| *delay).min()?;
        let base = self.least.iter().map(|(_, delay)| *delay).min()?;
        Some(now - base)
    }

    /// The path is another one, or what was taken for a queue does not go away whatever is done: what is seen from now
    /// on counts.
    pub(super) fn forget(&mut self) {
        self.recent.clear();
        self.least.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_is_no_queue_and_a_queue_is_one_under_jitter() {
        let mut watch = QueueWatch::default();
        let mut worst = 0;
        // 20 ms packets, 80 ms away give or take 20, the receiver's clock elsewhere and 200 ppm fast.
        let delay = |i: i64, queue: i64| 60_000 + (i * 7919 % 41) * 1000 + queue;
        for i in 0..3000 {
            let sent = i * 20_000;
            watch.arrived(sent, 55_000_000 + sent + sent / 5000 + delay(i, 0));
            worst = worst.max(watch.waiting().unwrap_or(0));
        }
        assert!(worst < 35_000, "{worst}");
        for i in 3000..3010 {
            let sent = i * 20_000;
            watch.arrived(sent, 55_000_000 + sent + sent / 5000 + delay(i, 100_000));
        }
        assert!(watch.waiting().unwrap() >= 100_000);
        watch.forget();
        assert_eq!(watch.waiting(), None);
    }
}
