//! How much the way to a receiver carries, from its transport-wide feedback (draft-holmer-rmcat-transport-wide-cc).
//!
//! Three signs say that it is too much: packets wait ([`queue`]), packets are lost, reports stop. The estimate then falls
//! to what was delivered. It rises by itself only a little beyond what is really sent; more than that must be proven by
//! a probe, for which copies of recent packets are sent on top. Pure: the caller brings the time and sends the copies.

mod queue;
mod sent;
#[cfg(test)]
mod simulation;

pub use sent::Report;

use super::clock::Micros;
use super::layers::Budget;
use super::meter::Meter;
use queue::QueueWatch;
use sent::SentLog;
use std::collections::VecDeque;

/// What is believed of a way of which nothing is known.
const AT_FIRST: f64 = 2_500_000.0;
const LEAST: f64 = 30_000.0;
const MOST: f64 = 50_000_000.0;
/// Waiting for longer than this is a queue of our making.
const WAITING_MAX: Micros = 60_000;
/// Waiting for less long is a stall (a receiver whose processor was busy, a radio that looked for its neighbours): all that
/// was held up comes at once, and the way carries what it did. A queue stays.
const STALL_MAX: Micros = 150_000;
/// Waiting for less than this is none.
const WAITING_NONE: Micros = 30_000;
/// A wait that stays so long although less is sent, and all of it arrives, is no queue of ours: the way became longer.
const NOT_OURS_AFTER: Micros = 2_000_000;
/// What of the rate delivered is sent on when packets wait: less than it, so that the queue drains.
const KEPT: f64 = 0.85;
/// So near to what was carried when packets began to wait the estimate may be.
const NEAR: f64 = 0.95;
/// How long what was carried then is believed to be all.
const CEILING_FOR: Micros = 10_000_000;
/// Growth a second while all is well.
const GROWTH: f64 = 0.08;
/// Loss above this, beyond what lowering the rate does not cure, lowers the rate.
const LOSS_MAX: f64 = 0.1;
/// Judged packets that a share of losses needs.
const JUDGED_MIN: u32 = 20;
/// Without a report for so long, although packets are sent, the way is taken to be blocked.
const SILENCE_MAX: Micros = 1_200_000;
/// How far beyond the estimate a probe goes at least, if so much is wanted.
const PROBE_BEYOND: f64 = 300_000.0;
/// If a probe finds out that it was too much, the queue that it made is about this long, in seconds: sound bears it.
const PROBE_QUEUE: f64 = 0.1;
/// Bits beyond the estimate that a probe needs to be seen at all.
const PROBE_BITS_MIN: f64 = 32_000.0;
/// A probe that finds less than this is taken to have found the limit.
const WORTH: f64 = 1.1;
const PROBE_FOR_MIN: Micros = 100_000;
const PROBE_FOR_MAX: Micros = 400_000;
const PROBE_AGAIN: Micros = 300_000;
const PROBE_AGAIN_MAX: Micros = 5_000_000;
/// Arrivals that are remembered: half a second of the most that is sent. A receiver that gives all of them one time would
/// have them kept for ever.
const DELIVERED_MAX: usize = 2048;

#[derive(Debug, Clone, Copy)]
struct Probe {
    from: Micros,
    until: Micros,
    /// Bits a second, media and copies together.
    rate: f64,
    /// Of the packets sent within it: bytes that arrived, and the first and the last arrival.
    delivered: u64,
    arrivals: Option<(Micros, Micros)>,
}

#[derive(Debug, Clone, Copy)]
struct Lowered {
    at: Micros,
    loss: f64,
    from: f64,
}

/// Packets wait.
#[derive(Debug, Clone, Copy)]
struct Queued {
    since: Micros,
    longest: Micros,
    /// The estimate before.
    from: f64,
}

/// The way to one receiver.
#[derive(Debug)]
pub struct Bandwidth {
    log: SentLog,
    queue: QueueWatch,
    waiting: Option<Micros>,
    queued: Option<Queued>,
    estimate: f64,
    /// The way has shown that it carries no more.
    proven: bool,
    rtt: Micros,
    /// Media sent, copies left out.
    media: Meter,
    /// Arrived lately, on the receiver's clock: when, and bytes.
    delivered: VecDeque<(Micros, usize)>,
    /// Judged lately: when, packets, lost.
    judged: VecDeque<(Micros, u32, u32)>,
    /// Loss that lowering the rate did not cure.
    innocent: f64,
    lowered: Option<Lowered>,
    /// When packets last began to wait, and what was carried then.
    ceiling: Option<(Micros, f64)>,
    changed: Micros,
    reported: Option<Micros>,
    /// When the first packet since the last report was sent.
    unanswered: Option<Micros>,
    blocked: bool,
    probe: Option<Probe>,
    probe_next: Micros,
    probe_pause: Micros,
}

impl Default for Bandwidth {
    fn default() -> Self {
        Self {
            log: SentLog::default(),
            queue: QueueWatch::default(),
            waiting: None,
            queued: None,
            estimate: AT_FIRST,
            proven: false,
            rtt: 100_000,
            media: Meter::default(),
            delivered: VecDeque::new(),
            judged: VecDeque::new(),
            innocent: 0.0,
            lowered: None,
            ceiling: None,
            changed: 0,
            reported: None,
            unanswered: None,
            blocked: false,
            probe: None,
            probe_next: 0,
            probe_pause: PROBE_AGAIN,
        }
    }
}

impl Bandwidth {
    /// A packet is sent, of the media or a copy made for a probe; gives its transport-wide number.
    pub fn sent(&mut self, at: Micros, bytes: usize, copy: bool) -> u16 {
        if !copy {
            self.media.add(at, bytes);
        }
        self.unanswered.get_or_insert(at);
        self.log.sent(at, bytes)
    }

    /// A packet is sent once more under the number that it has: when that one arrives tells nothing of the way.
    pub fn sent_again(&mut self, number: u16) {
        self.log.sent_again(number);
    }

    /// What video and sound together may cost.
    pub fn budget(&self, at: Micros) -> Budget {
        // A receiver that offers to report and does not: nothing is known, so nothing is held back.
        let silent =
            self.reported.is_none() && self.unanswered.is_some_and(|since| at - since > 2 * SILENCE_MAX);
        Budget {
            bits: match (self.blocked, silent) {
                (true, _) => 0,
                (false, true) => MOST as u64,
                (false, false) => self.estimate as u64,
            },
            // Until the first report nothing is known at all.
            proven: self.proven && self.reported.is_some(),
        }
    }

    /// Round-trip time, the receiver's wait before it reports included.
    pub fn rtt(&self) -> Micros {
        self.rtt
    }

    /// Share of packets lost lately, if there were enough of them.
    pub fn loss(&self) -> Option<f64> {
        let (all, lost) = self.judgements();
        (all >= JUDGED_MIN).then(|| f64::from(lost) / f64::from(all))
    }

    /// Packets judged lately, and how many of them are lost.
    fn judgements(&self) -> (u32, u32) {
        self.judged
            .iter()
            .fold((0, 0), |(all, lost), (_, a, l)| (all + a, lost + l))
    }

    /// A report came.
    pub fn reported(&mut self, at: Micros, report: &Report) {
        let arrivals = self.log.reported(report);
        if arrivals.is_empty() {
            return;
        }
        if let Some(newest) = self.log.newest() {
            self.rtt += (at - newest - self.rtt) / 8;
        }
        self.reported = Some(at);
        self.unanswered = None;
        if std::mem::take(&mut self.blocked) {
            // What was there before may be elsewhere now; what is left of the old queue says nothing.
            self.queue.forget();
            self.delivered.clear();
            self.judged.clear();
            self.log.forgive(self.log.newest().unwrap_or(at));
            self.change(at, self.estimate / 2.0);
        }
        for arrival in &arrivals {
            self.queue.arrived(arrival.sent, arrival.arrived);
            if self.delivered.len() == DELIVERED_MAX {
                self.delivered.pop_front();
            }
            self.delivered.push_back((arrival.arrived, arrival.bytes));
            if let Some(probe) = &mut self.probe
                && (probe.from..=probe.until).contains(&arrival.sent)
            {
                // The first opens the span and is no part of it.
                if probe.arrivals.is_some() {
                    probe.delivered += arrival.bytes as u64;
                }
                let (first, last) = probe.arrivals.unwrap_or((arrival.arrived, arrival.arrived));
                probe.arrivals = Some((first.min(arrival.arrived), last.max(arrival.arrived)));
            }
        }
        let newest = self.delivered.iter().map(|d| d.0).max().unwrap_or(0);
        self.delivered.retain(|(arrived, _)| *arrived > newest - 500_000);
        let (all, lost) = self.log.judge();
        self.judged.push_back((at, all, lost));
        self.judged.retain(|(then, ..)| *then > at - 1_000_000);
        let before = self.waiting;
        self.waiting = self.queue.waiting();
        self.adapt(at, before);
    }

    /// Bits a second that arrived in the last half second.
    fn delivered_rate(&self) -> Option<f64> {
        let (first, last) = (
            self.delivered.front()?.0,
            self.delivered.iter().map(|d| d.0).max()?,
        );
        let bytes: usize = self.delivered.iter().map(|d| d.1).sum();
        let span = (last - first).max(200_000);
        Some(bytes as f64 * 8e6 / span as f64)
    }

    fn adapt(&mut self, at: Micros, before: Option<Micros>) {
        let waiting = self.waiting.unwrap_or(0);
        let stays = self.queued.is_some_and(|q| at - q.since >= STALL_MAX);
        let over = stays && waiting > WAITING_MAX && before.is_some_and(|b| waiting + 10_000 >= b);
        if waiting <= WAITING_MAX {
            self.queued = None;
        } else {
            let from = self.estimate;
            let queued = self.queued.get_or_insert(Queued {
                since: at,
                longest: waiting,
                from,
            });
            queued.longest = queued.longest.max(waiting);
            let Queued { since, longest, from } = *queued;
            let arrives = self.loss().unwrap_or(0.0) <= self.innocent + LOSS_MAX;
            if at - since > NOT_OURS_AFTER + self.rtt && waiting > longest * 4 / 5 && arrives {
                self.queued = None;
                self.queue.forget();
                self.ceiling = None;
                self.probe = None;
                return self.change(at, from);
            }
        }
        if let Some(probe) = self.probe {
            if over {
                self.probe_failed(at, probe);
            } else if at > probe.until + self.rtt {
                self.probe_ended(at, probe);
            }
            if over || at <= probe.until {
                return;
            }
        }
        let settled = at - self.changed > self.rtt + 200_000;
        if over {
            if settled || !self.proven {
                self.proven = true;
                // The deeper the queue, the further below: it must drain before sound suffers.
                let kept = if waiting > 4 * WAITING_MAX { 0.6 } else { KEPT };
                let delivered = self.delivered_rate().unwrap_or(self.estimate);
                self.ceiling = Some((at, delivered));
                self.change(at, (kept * delivered).min(self.estimate));
                self.put_off(at);
            }
        } else if self.loses(at) {
            self.put_off(at);
        } else if waiting < WAITING_NONE && settled {
            let past = (at - self.changed).min(1_000_000) as f64 / 1e6;
            let most = self.delivered_rate().unwrap_or(0.0) * 1.1 + 10_000.0;
            let ceiling = self
                .ceiling
                .filter(|(then, _)| at - then < CEILING_FOR)
                .map_or(MOST, |(_, carried)| NEAR * carried);
            let grown = (self.estimate * (1.0 + GROWTH * past)).min(most).min(ceiling);
            if grown > self.estimate {
                self.change(at, grown);
            }
        }
    }

    /// Lowers the rate if packets are lost, unless that was seen not to help. True if too much is lost.
    fn loses(&mut self, at: Micros) -> bool {
        let Some(loss) = self.loss() else {
            return false;
        };
        if loss < self.innocent {
            self.innocent = self.innocent.min(loss + 0.05);
        }
        let (all, lost) = self.judgements();
        let bearable = (self.innocent + LOSS_MAX) * f64::from(all);
        // Of few packets a share like that is lost by chance.
        if f64::from(lost) <= bearable + 2.0 * bearable.sqrt() {
            return false;
        }
        // The window must have seen what the last lowering did.
        let due = self.lowered.is_none_or(|l| at - l.at > 1_200_000 + self.rtt);
        if !due {
            return true;
        }
        match self.lowered.take() {
            Some(l) if at - l.at < 3_000_000 && loss > 0.75 * l.loss => {
                // It did not help: the way loses packets whatever is sent.
                self.innocent = loss;
                self.change(at, l.from);
            }
            _ => {
                self.proven = true;
                self.lowered = Some(Lowered {
                    at,
                    loss,
                    from: self.estimate,
                });
                // Of what was believed beyond what is sent nothing is known; what is sent is lowered once that is reached.
                let sent = self.delivered_rate().unwrap_or(self.estimate) / (1.0 - loss).max(0.2);
                self.change(at, self.estimate.min(1.3 * sent) * (1.0 - 0.5 * loss));
            }
        }
        true
    }

    fn change(&mut self, at: Micros, estimate: f64) {
        self.estimate = estimate.clamp(LEAST, MOST);
        self.changed = at;
    }

    fn put_off(&mut self, at: Micros) {
        self.probe_next = self.probe_next.max(at + 1_000_000);
    }

    fn probe_failed(&mut self, at: Micros, probe: Probe) {
        self.probe = None;
        self.proven = true;
        self.probe_pause = (self.probe_pause * 2).min(PROBE_AGAIN_MAX);
        self.probe_next = at + self.probe_pause;
        // What was sent before the probe was carried; the queue that the probe made drains by itself.
        let delivered = self.delivered_rate().map_or(0.0, |d| d * KEPT);
        self.change(
            at,
            delivered.min(probe.rate).max(self.estimate.min(0.9 * probe.rate)),
        );
    }

    fn probe_ended(&mut self, at: Micros, probe: Probe) {
        self.probe = None;
        let span = probe.arrivals.map_or(0, |(first, last)| last - first);
        let loss = self.loss().unwrap_or(0.0);
        // What is lost by chance would have been carried.
        let carried =
            probe.delivered as f64 * 8e6 / span.max(PROBE_FOR_MIN / 2) as f64 / (1.0 - loss).max(0.5);
        let found = (NEAR * carried).min(probe.rate);
        if loss > self.innocent + LOSS_MAX || found < WORTH * self.estimate {
            self.probe_pause = (self.probe_pause * 2).min(PROBE_AGAIN_MAX);
        } else {
            self.probe_pause = PROBE_AGAIN;
            self.ceiling = None;
            self.change(at, found);
        }
        self.probe_next = at + self.probe_pause;
    }

    /// The regular look, each `past` microseconds. `wanted` is what the receiver would be sent if the way carried it.
    /// Gives how many bytes of copies are to be sent now.
    pub fn tick(&mut self, at: Micros, past: Micros, wanted: Option<u64>) -> usize {
        if let Some(since) = self.unanswered
            && self.reported.is_some()
            && at - since > SILENCE_MAX + 2 * self.rtt
            && !self.blocked
        {
            self.blocked = true;
            self.proven = true;
            self.probe = None;
        }
        if self.blocked || self.reported.is_none() {
            return 0;
        }
        let media = self.media.bits_per_second(at) as f64;
        if self.probe.is_none() {
            let Some(wanted) = wanted.map(|w| w as f64).filter(|w| *w > self.estimate) else {
                return 0;
            };
            if at < self.probe_next || self.waiting.is_some_and(|w| w > WAITING_NONE) {
                return 0;
            }
            let rate = (1.1 * wanted).min((1.6 * self.estimate).max(self.estimate + PROBE_BEYOND));
            let bits = (PROBE_QUEUE * self.estimate).max(PROBE_BITS_MIN);
            let lasts = (bits / (rate - self.estimate) * 1e6) as Micros;
            self.probe = Some(Probe {
                from: at,
                until: at + lasts.clamp(PROBE_FOR_MIN, PROBE_FOR_MAX),
                rate,
                delivered: 0,
                arrivals: None,
            });
        }
        match self.probe {
            Some(probe) if at < probe.until => ((probe.rate - media).max(0.0) * past as f64 / 8e6) as usize,
            Some(probe) if at > probe.until + SILENCE_MAX => {
                self.probe_failed(at, probe);
                0
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reports that say for every packet that it arrived at the same time, or at any.
    #[test]
    fn reports_that_lie_about_time_cost_no_memory_and_no_sound() {
        for spread in [0, 1, 999_999_999_937] {
            let mut bandwidth = Bandwidth::default();
            for n in 0..6_000i64 {
                let at = n * 1000;
                let base = bandwidth.sent(at, 1200, false);
                let arrived = (n * spread).rem_euclid(1 << 40);
                bandwidth.reported(
                    at + 500,
                    &Report {
                        base,
                        arrivals: [Some(arrived)].into(),
                    },
                );
                let wanted = Some(5_000_000);
                if n % 50 == 0 {
                    bandwidth.tick(at + 600, 50_000, wanted);
                }
                assert!(bandwidth.delivered.len() <= DELIVERED_MAX);
                assert!(bandwidth.judged.len() <= 2000);
                assert!(bandwidth.budget(at).bits >= LEAST as u64);
            }
        }
    }

    /// The receiver's reference time has 24 bits of 64 ms: it begins again after twelve days of the receiver's clock.
    #[test]
    fn the_receivers_clock_may_begin_again_while_it_is_watched() {
        let mut bandwidth = Bandwidth::default();
        let wrap = sent::CLOCK_WRAP;
        for n in 0..600i64 {
            let at = n * 10_000;
            let base = bandwidth.sent(at, 1250, false);
            let arrived = (wrap - 3_000_000 + at + 20_000).rem_euclid(wrap);
            bandwidth.reported(
                at + 40_000,
                &Report {
                    base,
                    arrivals: [Some(arrived)].into(),
                },
            );
        }
        let rate = bandwidth.delivered_rate().unwrap();
        assert!((900_000.0..1_100_000.0).contains(&rate), "{rate}");
        assert!(bandwidth.waiting.unwrap() < 1000);
        assert!(bandwidth.budget(6_000_000).bits > 1_000_000);
    }

    #[test]
    fn a_receiver_that_never_reports_is_held_back_from_nothing() {
        let mut bandwidth = Bandwidth::default();
        bandwidth.sent(0, 1000, false);
        assert_eq!(bandwidth.budget(100_000).bits, AT_FIRST as u64);
        assert_eq!(
            bandwidth.tick(3_000_000, 50_000, Some(9_000_000)),
            0,
            "nor probed"
        );
        let later = bandwidth.budget(3_000_000);
        assert_eq!((later.bits, later.proven), (MOST as u64, false));
    }
}
