//! What a peer, or whoever forges its address, may make the WebRTC stack remember.
//!
//! The stack keeps every handshake fragment until its message is whole, and every record of an epoch to come; and it
//! puts fragments together by recursion. None of this has a bound of its own, and most of it happens before anything is
//! authenticated. So what would grow is counted here, and what is beyond any honest peer is dropped, as the network might
//! have dropped it. Media never reaches the stack.

use super::stun::{self, Protocol};
use std::time::{Duration, Instant};

/// DTLS datagrams: a handshake has about ten, and no data channel is offered.
const DTLS: Rate = Rate {
    at_once: 128,
    each: Duration::from_millis(200),
};
/// Handshake fragments in the clear: some ten, and their repetitions within the patience for a connection.
const FRAGMENTS_MAX: u32 = 512;
/// Encrypted handshake records: `Finished`, and its repetitions.
const FINISHED_MAX: u32 = 32;
/// Longest of them: 24 bytes, and at most as much again of nonce, tag or padding, and then some.
const FINISHED_BYTES_MAX: usize = 128;
/// New addresses of a peer. Each costs connectivity checks toward it. A phone on its way has one each few minutes.
const ADDRESSES: Rate = Rate {
    at_once: 32,
    each: Duration::from_secs(30),
};

/// Candidates that a peer names: each is an address that the stack sends checks to. A browser names about ten, again with
/// each restart.
const CANDIDATES: Rate = Rate {
    at_once: 128,
    each: Duration::from_secs(1),
};

/// So many at once, and one more each such time.
#[derive(Debug, Clone, Copy)]
struct Rate {
    at_once: u32,
    each: Duration,
}

/// How many may still come.
#[derive(Debug)]
struct Allowance {
    rate: Rate,
    left: u32,
    since: Instant,
}

impl Allowance {
    fn new(rate: Rate, now: Instant) -> Self {
        Self {
            rate,
            left: rate.at_once,
            since: now,
        }
    }

    /// Takes one, if there is one.
    fn take(&mut self, now: Instant) -> bool {
        while self.left < self.rate.at_once && now.saturating_duration_since(self.since) >= self.rate.each {
            self.left += 1;
            self.since += self.rate.each;
        }
        if self.left == self.rate.at_once {
            self.since = now;
        }
        let some = self.left > 0;
        self.left -= u32::from(some);
        some
    }
}

/// The gate before one connection.
#[derive(Debug)]
pub(super) struct Gate {
    dtls: Allowance,
    fragments: u32,
    finished: u32,
    new_addresses: Allowance,
    candidates: Allowance,
}

impl Gate {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            dtls: Allowance::new(DTLS, now),
            fragments: 0,
            finished: 0,
            new_addresses: Allowance::new(ADDRESSES, now),
            candidates: Allowance::new(CANDIDATES, now),
        }
    }

    /// True if the stack may see this datagram.
    pub(super) fn admits(&mut self, datagram: &[u8], now: Instant) -> bool {
        match stun::protocol(datagram) {
            Protocol::Stun => true,
            Protocol::Dtls => self.dtls.take(now) && self.admits_records(datagram),
            Protocol::Media | Protocol::Other => false,
        }
    }

    /// True if the peer may be known by one more address.
    pub(super) fn admits_address(&mut self, now: Instant) -> bool {
        self.new_addresses.take(now)
    }

    /// True if the peer may name one more candidate.
    pub(super) fn admits_candidate(&mut self, now: Instant) -> bool {
        self.candidates.take(now)
    }

    /// Records: type, version, epoch, sequence number, length (RFC 6347, section 4.1).
    fn admits_records(&mut self, mut records: &[u8]) -> bool {
        while let [kind, _, _, e0, e1, _, _, _, _, _, _, l0, l1, rest @ ..] = records {
            let length = usize::from(u16::from_be_bytes([*l0, *l1]));
            let Some((record, after)) = rest.split_at_checked(length) else {
                return false;
            };
            const HANDSHAKE: u8 = 22;
            let admitted = match (*kind, [*e0, *e1]) {
                (HANDSHAKE, [0, 0]) => self.admits_fragments(record),
                (HANDSHAKE, _) => {
                    self.finished += 1;
                    self.finished <= FINISHED_MAX && record.len() <= FINISHED_BYTES_MAX
                }
                _ => true,
            };
            if !admitted {
                return false;
            }
            records = after;
        }
        records.is_empty()
    }

    /// Fragments: type, length of the message, its number, offset and length of the fragment (RFC 6347, section 4.2.2).
    /// They are walked as the stack does, which takes everything up to the length of the message for the fragment.
    fn admits_fragments(&mut self, mut record: &[u8]) -> bool {
        while let [_, n0, n1, n2, _, _, o0, o1, o2, f0, f1, f2, rest @ ..] = record {
            let number = |a: u8, b: u8, c: u8| u32::from_be_bytes([0, a, b, c]) as usize;
            let (whole, offset, length) = (
                number(*n0, *n1, *n2),
                number(*o0, *o1, *o2),
                number(*f0, *f1, *f2),
            );
            self.fragments += 1;
            let honest = length <= rest.len() && offset + length <= whole && (length > 0 || whole == 0);
            if !honest || self.fragments > FRAGMENTS_MAX {
                return false;
            }
            record = rest.get(whole..).unwrap_or_default();
        }
        record.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, epoch: u16, body: &[u8]) -> Vec<u8> {
        let mut datagram = vec![kind, 0xfe, 0xfd];
        datagram.extend(epoch.to_be_bytes());
        datagram.extend([0; 6]);
        datagram.extend((body.len() as u16).to_be_bytes());
        datagram.extend(body);
        datagram
    }

    fn fragment(whole: u32, offset: u32, length: u32, body: &[u8]) -> Vec<u8> {
        let mut fragment = vec![11];
        fragment.extend(&whole.to_be_bytes()[1..]);
        fragment.extend([0, 0]);
        fragment.extend(&offset.to_be_bytes()[1..]);
        fragment.extend(&length.to_be_bytes()[1..]);
        fragment.extend(body);
        fragment
    }

    #[test]
    fn an_honest_handshake_passes_with_its_repetitions() {
        let now = Instant::now();
        let mut gate = Gate::new(now);
        for second in 0..30 {
            let now = now + Duration::from_secs(second);
            let first = record(22, 0, &fragment(1500, 0, 1000, &[1; 1000]));
            let rest = record(22, 0, &fragment(1500, 1000, 500, &[1; 500]));
            assert!(gate.admits(&first, now) && gate.admits(&rest, now));
            // One datagram with several messages, the change of cipher and what is encrypted after it.
            let mut flight = record(
                22,
                0,
                &[fragment(4, 0, 4, &[1; 4]), fragment(0, 0, 0, &[])].concat(),
            );
            flight.extend(record(20, 0, &[1]));
            flight.extend(record(22, 1, &[9; 48]));
            assert!(gate.admits(&flight, now), "{second}");
        }
    }

    #[test]
    fn fragments_that_cost_nothing_to_send_are_refused() {
        let now = Instant::now();
        for (body, what) in [
            (fragment(0, 0, 1, &[]), "says a byte that is not there"),
            (fragment(9, 3, 0, &[]), "of no byte"),
            (fragment(9, 5, 5, &[1; 5]), "ends behind its message"),
            (fragment(9, 0, 9, &[1; 8]), "cut short"),
            (vec![1; 5], "no fragment"),
        ] {
            assert!(!Gate::new(now).admits(&record(22, 0, &body), now), "{what}");
        }
        let mut cut = record(22, 0, &fragment(4, 0, 4, &[1; 4]));
        cut.pop();
        assert!(!Gate::new(now).admits(&cut, now), "a record cut short");
        assert!(
            !Gate::new(now).admits(&record(22, 1, &[0; 400]), now),
            "no Finished"
        );
    }

    #[test]
    fn a_flood_of_handshakes_ends() {
        let now = Instant::now();
        let mut gate = Gate::new(now);
        let one = record(22, 0, &fragment(1_000_000, 7, 1, &[1]));
        let admitted = (0..10_000u64)
            .filter(|i| gate.admits(&one, now + Duration::from_millis(200 * i)))
            .count();
        assert_eq!(admitted, FRAGMENTS_MAX as usize);
        let mut gate = Gate::new(now);
        let sealed = record(22, 1, &[7; 60]);
        let admitted = (0..10_000u64)
            .filter(|i| gate.admits(&sealed, now + Duration::from_millis(200 * i)))
            .count();
        assert_eq!(admitted, FINISHED_MAX as usize);
        // What is neither, all at once and then over an hour.
        let mut gate = Gate::new(now);
        let alert = record(21, 1, &[7; 30]);
        assert_eq!((0..10_000).filter(|_| gate.admits(&alert, now)).count(), 128);
        assert!(gate.admits(&alert, now + Duration::from_secs(1)));
    }

    #[test]
    fn addresses_are_few() {
        let now = Instant::now();
        let mut gate = Gate::new(now);
        assert_eq!((0..1000).filter(|_| gate.admits_address(now)).count(), 32);
        assert!(gate.admits_address(now + Duration::from_secs(31)));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(mut bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let now = Instant::now();
            Gate::new(now).admits(&bytes, now);
            if bytes.len() > 13 {
                bytes[0] = 22;
                let body = bytes.len() - 13;
                bytes[3..5].fill(0);
                bytes[11..13].copy_from_slice(&(body as u16).to_be_bytes());
            }
            Gate::new(now).admits(&bytes, now);
        }
    }
}
