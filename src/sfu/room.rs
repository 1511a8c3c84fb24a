//! The handle of a room: what the rest of the program may ask of the engine.

use super::command::{Command, Mailbox};
use super::error::{NegotiationError, RoomGone};
pub(super) use super::kind::Kind;
use crate::recorder::tap::TapSink;
use crate::rtp::layers::Shown;
use crate::rtp::source::Source;
use tokio::sync::oneshot;
use uuid::Uuid;

/// The answer to an offer, and the name of the session it made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The session.
    pub session: Uuid,
    /// The SDP answer.
    pub sdp: String,
}

/// One track of one publish session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrackKey {
    /// The publish session.
    pub session: Uuid,
    /// Which of its tracks.
    pub source: Source,
}

/// One line of the forwarding table: this track goes to that seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Route {
    /// The subscribe session.
    pub subscriber: Uuid,
    /// The seat: its n-th audio line and its n-th video line.
    pub seat: u16,
    /// Which of the two lines.
    pub kind: Kind,
    /// What goes there.
    pub track: TrackKey,
}

/// A copy of a track for the recorder. A tap is known by its sink's track id: with the same id in the next set it goes
/// on undisturbed, so a further recording of the same track needs a sink with another id.
#[derive(Debug, Clone)]
pub struct Tap {
    /// The track.
    pub track: TrackKey,
    /// Where its packets go. `None`: the recorder has no file for them yet; they are held for [`HELD_FOR`] and handed over
    /// when it has.
    ///
    /// [`HELD_FOR`]: crate::recorder::tap::HELD_FOR
    pub sink: Option<TapSink>,
}

/// A room of the engine. Cheap to clone; the room lives until [`Room::close`].
#[derive(Debug, Clone)]
pub struct Room {
    id: Uuid,
    mailbox: Mailbox,
}

impl Room {
    pub(super) fn new(id: Uuid, mailbox: Mailbox) -> Self {
        Self { id, mailbox }
    }

    /// The room's id, as given to [`super::Engine::open_room`].
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Opens a publish session for `peer` (WHIP, RFC 9725).
    pub async fn publish(&self, peer: Uuid, offer: String) -> Result<Answer, NegotiationError> {
        let room = self.id;
        self.ask(|reply| Command::Publish {
            room,
            peer,
            offer,
            reply,
        })
        .await?
    }

    /// Opens a subscribe session for `peer` (WHEP). Seat n is the n-th audio and the n-th video line of the offer.
    pub async fn subscribe(&self, peer: Uuid, offer: String) -> Result<Answer, NegotiationError> {
        let room = self.id;
        self.ask(|reply| Command::Subscribe {
            room,
            peer,
            offer,
            reply,
        })
        .await?
    }

    /// Takes a further offer of a subscribe session that needs more seats.
    pub async fn renegotiate(&self, session: Uuid, offer: String) -> Result<Answer, NegotiationError> {
        let room = self.id;
        self.ask(|reply| Command::Renegotiate {
            room,
            session,
            offer,
            reply,
        })
        .await?
    }

    /// Restarts ICE with the credentials of an sdpfrag (RFC 9725, section 4.3; RFC 8840) and gives the answering
    /// sdpfrag. With unchanged credentials it is trickle: the candidates are taken and the answer is empty.
    pub async fn restart_ice(&self, session: Uuid, sdpfrag: String) -> Result<String, NegotiationError> {
        let room = self.id;
        self.ask(|reply| Command::RestartIce {
            room,
            session,
            sdpfrag,
            reply,
        })
        .await?
    }

    /// Ends a session. An unknown session is no error: it has ended already.
    pub async fn end_session(&self, session: Uuid) {
        let room = self.id;
        // A worker that is gone has ended every session of its own.
        let _ = self
            .ask(|reply| Command::EndSession { room, session, reply })
            .await;
    }

    /// Replaces the whole forwarding table. When this returns the new table is in force: a packet that it does not
    /// allow is not sent any more. Routes of unknown sessions or seats are ignored.
    pub async fn set_routes(&self, routes: Vec<Route>) -> Result<(), RoomGone> {
        let room = self.id;
        self.ask(|reply| Command::SetRoutes { room, routes, reply })
            .await?
    }

    /// Says how large a subscriber shows the pictures of its seats; replaces what was said before. A seat that is not
    /// named is taken to be shown as large as can be. An unknown session is no error: it has ended already.
    pub async fn set_shown(&self, session: Uuid, shown: Vec<(u16, Shown)>) {
        let room = self.id;
        // Nobody looks at a room that is gone.
        let _ = self
            .ask(|reply| Command::SetShown {
                room,
                session,
                shown,
                reply,
            })
            .await;
    }

    /// Replaces the whole set of taps; a tap that is no longer in it gets `Ended`. In force when this returns.
    pub async fn set_taps(&self, taps: Vec<Tap>) -> Result<(), RoomGone> {
        let room = self.id;
        self.ask(|reply| Command::SetTaps { room, taps, reply }).await?
    }

    /// The source of a track was switched on or off: the picture that stands is of before, and no recorder gets it.
    pub async fn forget(&self, track: TrackKey) {
        let room = self.id;
        // A room that is gone has forgotten everything.
        let _ = self.ask(|reply| Command::Forget { room, track, reply }).await;
    }

    /// Asks the publisher of a track for a key frame; requests within 200 ms are one.
    pub async fn request_key_frame(&self, track: TrackKey) {
        let room = self.id;
        // Nobody waits for a key frame of a room that is gone.
        let _ = self
            .ask(|reply| Command::RequestKeyFrame { room, track, reply })
            .await;
    }

    /// Ends every session of the room and forgets it.
    pub async fn close(&self) {
        let room = self.id;
        // A worker that is gone has closed its rooms.
        let _ = self.ask(|reply| Command::CloseRoom { room, reply }).await;
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, RoomGone> {
        let (reply, answer) = oneshot::channel();
        self.mailbox.send(command(reply)).await?;
        answer.await.map_err(|_| RoomGone)
    }
}
