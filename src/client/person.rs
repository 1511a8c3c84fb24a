//! One person of a rehearsed hearing, with their link, their page and their camera, all of it without a browser.

use super::api::{Api, ApiError};
use super::media::look::{LOOKS, Look};
use super::peer::PeerError;
use super::publish::Publisher;
use super::reception::SeatWindow;
use super::socket::{Socket, SocketError};
use super::subscribe::Subscriber;
use crate::court::act::Act;
use crate::court::id::{HearingId, ParticipantId};
use crate::court::role::Role;
use crate::court::state::{HearingState, ParticipantState};
use crate::wire::api::Me;
use std::time::Duration;

/// Seats that a client asks for at first.
pub const SEATS: usize = 8;

/// Why a person could not go on.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// The API.
    #[error("{0}: {1}")]
    Api(String, #[source] ApiError),
    /// The hearing's socket.
    #[error("{0}: {1}")]
    Socket(String, #[source] SocketError),
    /// A media connection.
    #[error("{0}: {1}")]
    Peer(String, #[source] PeerError),
    /// What should have been seen or heard was not.
    #[error(
        "{who} should see and hear {expected:?} and nobody else; after {within:?} {who} sees {seen:?}, hears {heard:?}, \
         packets {}", if *.packets { "come" } else { "do not come" }
    )]
    NotWitnessed {
        /// Who looked.
        who: String,
        /// Names of the looks expected.
        expected: Vec<&'static str>,
        /// Names of the looks seen.
        seen: Vec<&'static str>,
        /// Names of the looks heard.
        heard: Vec<&'static str>,
        /// True when anything came.
        packets: bool,
        /// How long was waited.
        within: Duration,
    },
    /// The hearing is over: nobody comes in any more.
    #[error("the hearing of this link is {}; a demo server lists a fresh one when it is started again", .0.name())]
    Over(HearingState),
    /// The link has no secret.
    #[error("a link has no secret after #; is it whole?")]
    Link,
}

/// A person who came by a link.
pub struct Person {
    /// Who, as the server says.
    pub me: Me,
    /// What they look and sound like.
    pub look: Look,
    /// The API with their session.
    pub api: Api,
    /// The hearing's socket.
    pub socket: Socket,
    /// Their camera and microphone.
    pub publisher: Publisher,
    /// What they see and hear.
    pub subscriber: Subscriber,
}

/// The look of a role in a rehearsal: no two of the usual cast alike.
pub fn look_of(role: Role) -> Look {
    let index = match role {
        Role::Judge | Role::PanelMember => 0,
        Role::Clerk => 1,
        Role::Witness | Role::Expert | Role::Victim => 2,
        Role::DefenceCounsel | Role::Accused => 3,
        Role::Prosecutor => 4,
        _ => 5,
    };
    LOOKS[index]
}

impl Person {
    /// Redeems the link, connects the socket, publishes and subscribes.
    pub async fn arrive(server: &Api, link: &str) -> Result<Self, PersonError> {
        let (api, me) = Self::redeem(server, link).await?;
        if me.hearing_state.is_over() {
            return Err(PersonError::Over(me.hearing_state));
        }
        Self::connect(api, me).await
    }

    /// Redeems the link: the API as this person, and who they are.
    pub async fn redeem(server: &Api, link: &str) -> Result<(Api, Me), PersonError> {
        let secret = link.rsplit_once('#').map(|(_, secret)| secret);
        let secret = secret.filter(|s| !s.is_empty()).ok_or(PersonError::Link)?;
        let session = server
            .redeem(secret)
            .await
            .map_err(|e| PersonError::Api("opening a link".to_owned(), e))?;
        Ok((server.with_session(&session.session), session.me))
    }

    /// With a session that is there already: as after a lost connection.
    pub async fn connect(api: Api, me: Me) -> Result<Self, PersonError> {
        let who = me.role.name();
        let look = look_of(me.role);
        let peer = |what: &str| {
            let what = format!("{who}, {what}");
            move |error| PersonError::Peer(what, error)
        };
        let socket = Socket::connect(&api, me.hearing)
            .await
            .map_err(|e| PersonError::Socket(format!("{who}, connecting"), e))?;
        let title = who.replace('_', " ");
        let publisher = Publisher::start(&api, me.hearing, look, &title)
            .await
            .map_err(peer("publishing"))?;
        let subscriber = Subscriber::start(&api, me.hearing, SEATS)
            .await
            .map_err(peer("subscribing"))?;
        Ok(Self {
            me,
            look,
            api,
            socket,
            publisher,
            subscriber,
        })
    }

    /// A short name for messages.
    pub fn name(&self) -> &'static str {
        self.me.role.name()
    }

    /// The participant.
    pub fn id(&self) -> ParticipantId {
        self.me.participant
    }

    /// The hearing.
    pub fn hearing(&self) -> HearingId {
        self.me.hearing
    }

    /// Acts over the socket.
    pub async fn act(&self, act: Act) -> Result<(), PersonError> {
        let what = format!("{}, {act:?}", self.name());
        self.socket
            .act(act)
            .await
            .map_err(|e| PersonError::Socket(what, e))
    }

    /// Where this person stands, as they are told.
    pub fn state(&self) -> Option<ParticipantState> {
        let hearing = self.socket.hearing();
        hearing
            .participants
            .iter()
            .find(|p| p.id == self.id())
            .map(|p| p.state)
    }

    /// Waits until this person is told that they stand there.
    pub async fn is_in(&self, states: &[ParticipantState], within: Duration) -> Result<(), PersonError> {
        let id = self.id();
        self.socket
            .hearing_where(&format!("being in {states:?}"), within, |hearing| {
                hearing
                    .participants
                    .iter()
                    .any(|p| p.id == id && states.contains(&p.state))
            })
            .await
            .map(drop)
            .map_err(|e| PersonError::Socket(self.name().to_owned(), e))
    }

    /// Waits until exactly these are both seen and heard, each in one seat, and nobody else: recognised by colour and
    /// by pitch, over a whole stretch of time after this call. With nobody expected not a packet may come in it.
    pub async fn witnesses(&self, expected: &[Look], within: Duration) -> Result<(), PersonError> {
        let settled = self.subscriber.settles(within, |seats| {
            let (seen, heard) = gathered(seats);
            same(&seen, expected)
                && same(&heard, expected)
                && (!expected.is_empty() || seats.iter().all(|seat| !seat.active))
        });
        settled.await.map_err(|seats| {
            let (seen, heard) = gathered(&seats);
            PersonError::NotWitnessed {
                who: self.name().to_owned(),
                expected: names(expected),
                seen: names(&seen),
                heard: names(&heard),
                packets: seats.iter().any(|seat| seat.active),
                within,
            }
        })
    }

    /// Leaves the media sessions in good order. The socket closes with it. After the server's goodbye there is nothing
    /// left to end there.
    pub async fn go(self) -> Result<(), PersonError> {
        if self.socket.bye().is_some() {
            return self.vanish().await.map(drop);
        }
        let who = self.name();
        let failed = |error| PersonError::Peer(format!("{who}, leaving"), error);
        self.subscriber.close(&self.api).await.map_err(failed)?;
        self.publisher.close(&self.api).await.map_err(failed)
    }

    /// Goes without a word, as when a cable is pulled; the session stays good for coming back.
    pub async fn vanish(self) -> Result<(Api, Me), PersonError> {
        let who = self.me.role.name();
        let failed = |error| PersonError::Peer(format!("{who}, vanishing"), error);
        self.subscriber.vanish().await.map_err(failed)?;
        self.publisher.vanish().await.map_err(failed)?;
        Ok((self.api, self.me))
    }
}

/// Who was seen and who was heard, in all seats.
fn gathered(seats: &[SeatWindow]) -> (Vec<Look>, Vec<Look>) {
    (
        seats.iter().flat_map(|seat| seat.seen.iter().copied()).collect(),
        seats.iter().flat_map(|seat| seat.heard.iter().copied()).collect(),
    )
}

/// Names of looks, for messages.
pub fn names(looks: &[Look]) -> Vec<&'static str> {
    looks.iter().map(|look| look.name).collect()
}

/// True when both hold the same looks, each once, in any order.
fn same(a: &[Look], b: &[Look]) -> bool {
    a.len() == b.len() && a.iter().all(|look| b.contains(look)) && b.iter().all(|look| a.contains(look))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_cast_looks_different() {
        let cast = [
            Role::Judge,
            Role::Clerk,
            Role::Witness,
            Role::DefenceCounsel,
            Role::Prosecutor,
        ];
        for (i, a) in cast.iter().enumerate() {
            for b in &cast[i + 1..] {
                assert_ne!(look_of(*a), look_of(*b));
            }
        }
        assert!(same(&[LOOKS[0], LOOKS[1]], &[LOOKS[1], LOOKS[0]]));
        assert!(!same(&[LOOKS[0], LOOKS[0]], &[LOOKS[0], LOOKS[1]]));
    }
}
