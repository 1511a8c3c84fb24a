//! A session: one peer connection, and the publication or the subscription that it carries.

use super::event::{Direction, DownReason};
use super::outbox::{Line, Outbox, Span};
use super::place::Place;
use super::publish::Publication;
use super::subscribe::Subscription;
use super::transport::Transport;
use rtc::rtcp::Packet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long a session may take to connect.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// How long a lost connection is waited for. It counts as lost 5 s after the peer last consented to be sent to; 30 s after that
/// nothing more may be sent (RFC 7675, section 5.1).
const LOST_FOR: Duration = Duration::from_secs(24);
/// A session that was heard this lately keeps its address, whoever claims it.
const HEARD_WITHIN: Duration = Duration::from_secs(5);
/// Remote addresses by which a session is known at most; the oldest is forgotten.
const ADDRESSES_MAX: usize = 16;

/// What a session carries.
pub(super) enum Media {
    Publish(Publication),
    Subscribe(Subscription),
}

/// One session of a room.
pub(super) struct Session {
    pub(super) id: Uuid,
    pub(super) peer: Uuid,
    /// Slot of its room.
    pub(super) room: usize,
    pub(super) transport: Transport,
    pub(super) media: Media,
    /// Has been connected at least once.
    pub(super) up: bool,
    /// Since when it is not connected.
    pub(super) down_since: Option<Instant>,
    /// Where its datagrams come from. Its TCP connections know it by themselves.
    pub(super) addresses: Vec<SocketAddr>,
    /// Its entry in the worker's deadlines.
    pub(super) deadline: Option<Instant>,
    /// Media of this round for its peer, in order.
    pub(super) out: Vec<Span>,
    /// It has something to be read or sent; it is in the worker's list.
    pub(super) dirty: bool,
    /// The stack was given something and may have something to tell.
    pub(super) fed: bool,
    /// When media or RTCP last went out.
    pub(super) told_at: Option<Instant>,
    /// Media came.
    pub(super) heard: bool,
    /// When the last true packet of media or RTCP came.
    pub(super) heard_at: Option<Instant>,
    /// The stack was given something: it may have datagrams to send, and its timers may have changed.
    pub(super) stirred: bool,
    pub(super) ending: Option<DownReason>,
}

impl Session {
    pub(super) fn direction(&self) -> Direction {
        match self.media {
            Media::Publish(_) => Direction::Publish,
            Media::Subscribe(_) => Direction::Subscribe,
        }
    }

    /// Writes a packet for the peer into the outbox. False if it is dropped.
    pub(super) fn seal(&mut self, outbox: &mut Outbox, line: &Line<'_>) -> bool {
        let span = self
            .transport
            .sealer()
            .and_then(|sealer| outbox.seal(sealer, line));
        self.out.extend(span);
        span.is_some()
    }

    /// Writes RTCP for the peer into the outbox, as one datagram. False if it is dropped.
    pub(super) fn tell(&mut self, outbox: &mut Outbox, packets: &[Box<dyn Packet>]) -> bool {
        let plain = rtc::rtcp::packet::marshal(packets).ok();
        let span = plain.and_then(|plain| outbox.seal_rtcp(self.transport.sealer()?, &plain));
        self.out.extend(span);
        span.is_some()
    }

    pub(super) fn publication(&mut self) -> Option<&mut Publication> {
        match &mut self.media {
            Media::Publish(publication) => Some(publication),
            Media::Subscribe(_) => None,
        }
    }

    pub(super) fn subscription(&mut self) -> Option<&mut Subscription> {
        match &mut self.media {
            Media::Subscribe(subscription) => Some(subscription),
            Media::Publish(_) => None,
        }
    }

    /// Remembers an address; gives the one that is forgotten for it.
    pub(super) fn remember(&mut self, address: SocketAddr) -> Option<SocketAddr> {
        let forgotten = (self.addresses.len() >= ADDRESSES_MAX).then(|| self.addresses.remove(0));
        self.addresses.push(address);
        forgotten
    }

    /// True if its media comes from this address now.
    pub(super) fn is_heard_from(&self, address: SocketAddr, now: Instant) -> bool {
        let lately = |at| now.saturating_duration_since(at) < HEARD_WITHIN;
        self.transport.peer() == Some(Place::Udp(address)) && self.heard_at.is_some_and(lately)
    }

    /// Why the session is out of time, if it is.
    pub(super) fn overdue(&self, now: Instant) -> Option<DownReason> {
        overdue(self.down_since, self.up, now)
    }
}

fn overdue(down_since: Option<Instant>, was_up: bool, now: Instant) -> Option<DownReason> {
    let waited = now.saturating_duration_since(down_since?);
    let patience = if was_up { LOST_FOR } else { PATIENCE };
    (waited >= patience).then_some(if was_up {
        DownReason::Lost
    } else {
        DownReason::NeverConnected
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_before_a_peer_is_sent_to_without_its_consent() {
        let then = Instant::now();
        let after = |ms| then + Duration::from_millis(ms);
        assert_eq!(overdue(None, true, after(99_000)), None);
        assert_eq!(overdue(Some(then), false, after(29_999)), None);
        assert_eq!(
            overdue(Some(then), false, after(30_000)),
            Some(DownReason::NeverConnected)
        );
        assert_eq!(overdue(Some(then), true, after(23_999)), None);
        assert_eq!(overdue(Some(then), true, after(24_000)), Some(DownReason::Lost));
    }
}
