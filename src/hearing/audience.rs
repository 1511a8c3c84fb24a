//! The signalling connections of a hearing: who is told what. A client that does not read is let go; it comes back
//! and gets everything anew.

use super::live::Live;
use super::view;
use crate::court::id::ParticipantId;
use crate::court::policy;
use crate::rtp::source::Source;
use crate::store::TokenHash;
use crate::wire::message::{ByeReason, Quality, ServerMessage};
use crate::wire::view::{HearingView, Seat};
use std::collections::BTreeMap;
use tokio::sync::mpsc;

struct Connection {
    id: u64,
    /// The session that it was opened by.
    opened_by: TokenHash,
    outbox: mpsc::Sender<ServerMessage>,
    view: Option<HearingView>,
    seats: Option<Vec<Seat>>,
    speaking: Vec<ParticipantId>,
}

/// Everybody who is connected.
#[derive(Default)]
pub(super) struct Audience {
    connections: BTreeMap<ParticipantId, Connection>,
    qualities: BTreeMap<ParticipantId, Quality>,
    stuck: Vec<ParticipantId>,
}

impl Audience {
    /// Adds a connection; the participant's older one is told and let go.
    pub fn add(
        &mut self,
        participant: ParticipantId,
        opened_by: TokenHash,
        id: u64,
        outbox: mpsc::Sender<ServerMessage>,
    ) {
        let fresh = Connection {
            id,
            opened_by,
            outbox,
            view: None,
            seats: None,
            speaking: Vec::new(),
        };
        if let Some(old) = self.connections.insert(participant, fresh) {
            // A full queue belongs to a client that does not read; the closed channel tells it enough.
            let _ = old.outbox.try_send(ServerMessage::Bye {
                reason: ByeReason::OpenedElsewhere,
            });
        }
    }

    /// Removes a connection, unless a newer one has taken its place.
    pub fn remove(&mut self, participant: ParticipantId, id: u64) -> bool {
        let ours = self.connections.get(&participant).is_some_and(|c| c.id == id);
        if ours {
            self.connections.remove(&participant);
        }
        ours
    }

    /// True when the participant has a connection.
    pub fn has(&self, participant: ParticipantId) -> bool {
        self.connections.contains_key(&participant)
    }

    /// The session by which the participant is connected.
    pub fn session_of(&self, participant: ParticipantId) -> Option<TokenHash> {
        self.connections.get(&participant).map(|c| c.opened_by)
    }

    /// Everybody who is connected, and by which session.
    pub fn sessions(&self) -> impl Iterator<Item = (ParticipantId, TokenHash)> {
        self.connections.iter().map(|(id, c)| (*id, c.opened_by))
    }

    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// Says goodbye to one participant.
    pub fn bye(&mut self, participant: ParticipantId, reason: ByeReason) {
        if let Some(c) = self.connections.remove(&participant) {
            // As above: a client that does not read sees the connection close.
            let _ = c.outbox.try_send(ServerMessage::Bye { reason });
        }
    }

    /// Says goodbye to everybody.
    pub fn bye_all(&mut self, reason: ByeReason) {
        let all: Vec<_> = self.connections.keys().copied().collect();
        for participant in all {
            self.bye(participant, reason);
        }
    }

    /// Notes what the welcome has told already.
    pub fn sent(&mut self, participant: ParticipantId, view: &HearingView, seats: &[Seat]) {
        if let Some(c) = self.connections.get_mut(&participant) {
            c.view = Some(view.clone());
            c.seats = Some(seats.to_vec());
        }
    }

    /// Tells everybody what changed for them.
    pub fn tell(&mut self, live: &Live) {
        self.each(|participant, c| {
            let Some(mut now) = view::view(live, participant) else {
                return Vec::new();
            };
            let mut messages = Vec::new();
            let revision = now.revision;
            if let Some(before) = &c.view {
                now.revision = before.revision;
            }
            if c.view.as_ref() != Some(&now) {
                now.revision = revision;
                c.view = Some(now.clone());
                messages.push(ServerMessage::Hearing { hearing: now });
            }
            let seats = live.seats(participant);
            if c.seats.as_ref() != Some(&seats) {
                c.seats = Some(seats.clone());
                messages.push(ServerMessage::Seats { seats });
            }
            messages
        });
    }

    /// Tells everybody who speaks, among those whom they hear.
    pub fn speaking(&mut self, live: &Live, speaking: &[ParticipantId]) {
        let sitting = &live.sitting;
        self.each(|participant, c| {
            let Some(receiver) = sitting.participants.get(&participant) else {
                return Vec::new();
            };
            let heard: Vec<_> = speaking
                .iter()
                .filter(|s| {
                    sitting.participants.get(s).is_some_and(|s| {
                        policy::passes(sitting, s, receiver, Source::Microphone)
                            // One's own mark, where others hear one: the page shows that one is heard.
                            || s.id == receiver.id && policy::is_heard(sitting, s)
                    })
                })
                .copied()
                .collect();
            if c.speaking == heard {
                return Vec::new();
            }
            c.speaking = heard.clone();
            vec![ServerMessage::Speaking { participants: heard }]
        });
    }

    /// Tells those who may know of a participant how their connection is, when it changed.
    pub fn quality(&mut self, live: &Live, of: ParticipantId, quality: Quality) {
        if self.qualities.insert(of, quality) == Some(quality) {
            return;
        }
        let Some(other) = live.sitting.participants.get(&of) else {
            return;
        };
        self.each(
            |participant, _| match live.sitting.participants.get(&participant) {
                Some(viewer) if policy::may_know(viewer, other) => {
                    vec![ServerMessage::PeerQuality {
                        participant: of,
                        quality,
                    }]
                }
                _ => Vec::new(),
            },
        );
    }

    /// Those who were let go because they did not read; the hearing marks them as disconnected.
    pub fn take_stuck(&mut self) -> Vec<ParticipantId> {
        std::mem::take(&mut self.stuck)
    }

    fn each(&mut self, mut messages: impl FnMut(ParticipantId, &mut Connection) -> Vec<ServerMessage>) {
        let mut stuck = Vec::new();
        for (participant, c) in &mut self.connections {
            for message in messages(*participant, c) {
                if c.outbox.try_send(message).is_err() {
                    stuck.push(*participant);
                    break;
                }
            }
        }
        for participant in stuck {
            self.connections.remove(&participant);
            self.stuck.push(participant);
        }
    }
}
