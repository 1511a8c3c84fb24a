//! How much one person or one address may ask for.
//!
//! Token buckets: so many at once, and so many a second after that. A participant has one bucket for everything that
//! they ask, by WebSocket, REST, WHIP or WHEP, so that a second connection brings no second budget, and one for coming.

use super::problem::Problem;
use crate::court::id::{ParticipantId, PersonId};
use axum::http::StatusCode;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a participant may ask of the server: far above what a page does.
const REQUESTS: Rate = Rate {
    burst: 50.0,
    per_second: 20.0,
};
/// Connections opened for a participant, and links declined: each writes into the court log, which a verifier reads to its
/// end. A phone on a bad network comes back every few seconds.
const COMINGS: Rate = Rate {
    burst: 60.0,
    per_second: 1.0,
};
/// What staff, or a script of theirs, may ask: listing a week's hearings of a court in a minute.
const STAFF: Rate = Rate {
    burst: 200.0,
    per_second: 50.0,
};
/// Tickets, bundles, verifications and access copies: each writes into the chain of custody, and some read a whole recording.
const EVIDENCE: Rate = Rate {
    burst: 20.0,
    per_second: 0.5,
};
/// Stretches that a page tells it has played; each is an entry of the chain of custody. Somebody who looks for a moment jumps often.
const PLAYBACKS: Rate = Rate {
    burst: 120.0,
    per_second: 1.0,
};
/// Links opened from one address, right or wrong: bounds what a flood costs, far above a court building at nine o'clock.
const LINKS: Rate = Rate {
    burst: 300.0,
    per_second: 10.0,
};
/// Wrong links from one address. Guessing 128 bits is hopeless at any rate; this ends a scan.
const WRONG_LINKS: Rate = Rate {
    burst: 40.0,
    per_second: 0.5,
};
/// Buckets that are kept before those that are full again are forgotten.
const BUCKETS_MAX: usize = 10_000;

/// The limits in force.
pub struct Limits {
    requests: Buckets<ParticipantId>,
    comings: Buckets<ParticipantId>,
    staff: Buckets<PersonId>,
    evidence: Buckets<PersonId>,
    playbacks: Buckets<PersonId>,
    links: Buckets<IpAddr>,
    wrong_links: Buckets<IpAddr>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: Buckets::new(REQUESTS),
            comings: Buckets::new(COMINGS),
            staff: Buckets::new(STAFF),
            evidence: Buckets::new(EVIDENCE),
            playbacks: Buckets::new(PLAYBACKS),
            links: Buckets::new(LINKS),
            wrong_links: Buckets::new(WRONG_LINKS),
        }
    }
}

impl Limits {
    /// One more request or message of this participant.
    pub fn request(&self, of: ParticipantId) -> Result<(), Problem> {
        self.requests
            .take(of, Instant::now())
            .map_err(|wait| too_many(wait, "You asked for too much in a short time."))
    }

    /// This participant connects once more, or somebody says that their link is not theirs.
    pub fn coming(&self, of: ParticipantId) -> Result<(), Problem> {
        self.comings
            .take(of, Instant::now())
            .map_err(|wait| too_many(wait, "Somebody came and went too often in a short time."))
    }

    /// One more request of this member of staff.
    pub fn staff_request(&self, of: PersonId) -> Result<(), Problem> {
        self.staff
            .take(of, Instant::now())
            .map_err(|wait| too_many(wait, "You asked for too much in a short time."))
    }

    /// One more ticket, verification or copy for this person.
    pub fn evidence_work(&self, of: PersonId) -> Result<(), Problem> {
        self.evidence
            .take(of, Instant::now())
            .map_err(|wait| too_many(wait, "You asked for too many recordings in a short time."))
    }

    /// One more stretch that this person's page has played.
    pub fn playback(&self, of: PersonId) -> Result<(), Problem> {
        self.playbacks
            .take(of, Instant::now())
            .map_err(|wait| too_many(wait, "You asked for too much in a short time."))
    }

    /// One more link that is opened from this address.
    pub fn link_opened(&self, from: IpAddr) -> Result<(), Problem> {
        self.links
            .take(network(from), Instant::now())
            .map_err(|wait| too_many(wait, "Too many links were opened from this address."))
    }

    /// The link was a wrong one.
    pub fn link_wrong(&self, from: IpAddr) -> Result<(), Problem> {
        self.wrong_links
            .take(network(from), Instant::now())
            .map_err(|wait| too_many(wait, "Too many wrong links were opened from this address."))
    }
}

fn too_many(wait: Duration, what: &str) -> Problem {
    let seconds = wait.as_secs() + 1;
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_requests",
        "Too many requests",
        format!("{what} Nothing was done; try again in {seconds} s."),
    )
    .retry_after(seconds)
}

/// Whoever has one IPv6 address has the 2^64 of its network.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

/// How fast a bucket fills, and how much it holds.
#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: f64,
    per_second: f64,
}

struct Bucket {
    left: f64,
    at: Instant,
}

/// A bucket for each key.
struct Buckets<K> {
    rate: Rate,
    of: Mutex<HashMap<K, Bucket>>,
}

impl<K: Eq + Hash + Copy> Buckets<K> {
    fn new(rate: Rate) -> Self {
        Self {
            rate,
            of: Mutex::new(HashMap::new()),
        }
    }

    /// Takes one, or says how long it is until there is one.
    fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let Rate { burst, per_second } = self.rate;
        let fill = |b: &Bucket| {
            let seconds = now.saturating_duration_since(b.at).as_secs_f64();
            (b.left + seconds * per_second).min(burst)
        };
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if of.len() >= BUCKETS_MAX && !of.contains_key(&key) {
            of.retain(|_, b| fill(b) < burst);
            // All in use: whoever is nearest to a full bucket loses least.
            if of.len() >= BUCKETS_MAX
                && let Some(fullest) = of.iter().max_by(|a, b| fill(a.1).total_cmp(&fill(b.1)))
            {
                let fullest = *fullest.0;
                of.remove(&fullest);
            }
        }
        let bucket = of.entry(key).or_insert(Bucket { left: burst, at: now });
        bucket.left = fill(bucket);
        bucket.at = bucket.at.max(now);
        if bucket.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.left) / per_second));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Rate = Rate {
        burst: 3.0,
        per_second: 0.5,
    };

    #[test]
    fn a_bucket_gives_its_burst_and_then_as_fast_as_it_fills() {
        let buckets = Buckets::new(SLOW);
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(buckets.take("a", start), Ok(()));
        }
        assert_eq!(buckets.take("a", start), Err(Duration::from_secs(2)));
        assert_eq!(buckets.take("b", start), Ok(()), "another's bucket is another's");
        let later = start + Duration::from_secs(2);
        assert_eq!(buckets.take("a", later), Ok(()));
        assert!(buckets.take("a", later).is_err());
        let much_later = start + Duration::from_secs(3600);
        for _ in 0..3 {
            assert_eq!(buckets.take("a", much_later), Ok(()), "never more than the burst");
        }
        assert!(buckets.take("a", much_later).is_err());
    }

    #[test]
    fn a_clock_that_stands_still_or_goes_back_fills_nothing() {
        let buckets = Buckets::new(SLOW);
        let now = Instant::now() + Duration::from_secs(10);
        for _ in 0..3 {
            buckets.take("a", now).unwrap();
        }
        assert!(buckets.take("a", now - Duration::from_secs(5)).is_err());
    }

    #[test]
    fn the_number_of_buckets_is_bounded_and_the_emptiest_stay() {
        let buckets = Buckets::new(SLOW);
        let now = Instant::now();
        for _ in 0..3 {
            buckets.take(0, now).unwrap();
        }
        for key in 1..BUCKETS_MAX + 100 {
            buckets.take(key, now).unwrap();
        }
        assert!(buckets.of.lock().unwrap().len() <= BUCKETS_MAX);
        assert!(buckets.take(0, now).is_err(), "nobody escapes by being forgotten");
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:2:ffff::4"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:1:3::3"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
