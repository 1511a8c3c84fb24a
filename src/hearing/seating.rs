//! Who sits in which seat of whose subscription. Pure: a seat stays with its person as long as they may be seen or
//! heard, so that nobody's picture jumps when somebody else comes or goes.

use crate::court::id::ParticipantId;
use crate::court::policy::{self, Flow};
use crate::court::sitting::Sitting;
use crate::rtp::source::Source;
use crate::wire::view::Seat;
use std::collections::{BTreeMap, BTreeSet};

/// Most seats of one subscription.
pub const SEATS_MAX: u16 = 64;

/// The seats of one receiver: whose picture (camera or screen) sits where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seating {
    taken: BTreeMap<(ParticipantId, Source), u16>,
}

impl Seating {
    /// Takes away the seats of those who may no longer be seen, and seats those who may be.
    pub fn update(&mut self, sitting: &Sitting, to: ParticipantId) {
        let Some(receiver) = sitting.participants.get(&to) else {
            self.taken.clear();
            return;
        };
        let mut wanted = BTreeSet::new();
        for from in sitting.participants.values() {
            if policy::flow(sitting, from, receiver) != Flow::Nothing {
                wanted.insert((from.id, Source::Camera));
                if policy::passes(sitting, from, receiver, Source::Screen) {
                    wanted.insert((from.id, Source::Screen));
                }
            }
        }
        self.taken.retain(|who, _| wanted.contains(who));
        let mut used: BTreeSet<u16> = self.taken.values().copied().collect();
        for who in wanted {
            if self.taken.contains_key(&who) {
                continue;
            }
            let Some(free) = (0..SEATS_MAX).find(|s| !used.contains(s)) else {
                break;
            };
            used.insert(free);
            self.taken.insert(who, free);
        }
    }

    /// The seats as the receiver is told; `has` says whether a track exists. What the connection does not carry, and
    /// what it has not negotiated, is not known here.
    pub fn seats(
        &self,
        sitting: &Sitting,
        to: ParticipantId,
        has: impl Fn(ParticipantId, Source) -> bool,
    ) -> Vec<Seat> {
        let Some(receiver) = sitting.participants.get(&to) else {
            return Vec::new();
        };
        let mut seats: Vec<Seat> = self
            .taken
            .iter()
            .filter_map(|((from, picture), seat)| {
                let sender = sitting.participants.get(from)?;
                let goes = |source| has(*from, source) && policy::passes(sitting, sender, receiver, source);
                Some(Seat {
                    seat: *seat,
                    participant: *from,
                    source: *picture,
                    audio: *picture == Source::Camera && goes(Source::Microphone),
                    video: goes(*picture),
                    paused: false,
                    undecodable: false,
                })
            })
            .collect();
        seats.sort_by_key(|s| s.seat);
        seats
    }
}
