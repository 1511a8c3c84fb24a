//! One peer connection: its offers and answers, and the datagrams in and out.
//!
//! The WebRTC stack (`rtc`, sans I/O) is wrapped here with what it needs help for:
//! - DTLS that arrives before ICE has chosen a pair is held and fed in afterwards (it would be dropped, and the
//!   handshake would wait for a retransmission).
//! - A binding request with USE-CANDIDATE that arrives before our own check has succeeded is fed in again after it
//!   (it would stay unanswered).
//! - SRTP: the stack, as DTLS server, takes the client's first choice, and browsers put AES-CM first. So a connection
//!   begins with AES-GCM only, and is rebuilt with the same credentials, certificate and offer if the ClientHello,
//!   which is held anyway, does not offer it.
//! - A panic inside the stack ends one session, not the worker.

use super::connection::{Built, Profiles, Surroundings, add_candidate, add_tcp_candidate, build};
use super::error::NegotiationError;
use super::gate::Gate;
use super::negotiate::{self, CANDIDATES_MAX, Offer};
use super::place::Place;
use super::sdpfrag::{self, Fragment};
use super::srtp::{KeyTap, Opener, Sealer};
use super::stun::{self, ClientHello, Protocol as Wire};
use crate::rtp::feedback::{self, Feedback};
use crate::rtp::packet::Header;
use bytes::{Bytes, BytesMut};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::RTCPeerConnection;
use rtc::peer_connection::event::RTCPeerConnectionEvent;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::state::{RTCIceConnectionState, RTCPeerConnectionState};
use rtc::peer_connection::transport::{
    RTCDtlsTransport, RTCDtlsTransportState, RTCIceCandidateInit, RTCIceProtocol,
};
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext};
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

/// DTLS datagrams that are held before ICE is connected. A ClientHello is one or two, and comes again.
const HELD_MAX: usize = 8;

/// The stack failed in a way that ends the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken(pub(super) String);

/// What the stack has to tell.
#[derive(Debug)]
pub(super) enum Told {
    Connected,
    /// Lost or in doubt; it may come back.
    Interrupted,
    Failed,
    Closed,
}

/// A peer connection of either direction.
pub(super) struct Transport {
    pc: RTCPeerConnection,
    publishes: bool,
    surroundings: Surroundings,
    profiles: Profiles,
    hello: ClientHello,
    /// What may reach the stack.
    pub(super) gate: Gate,
    /// Candidates that came by PATCH since the last ICE restart.
    trickled: usize,
    offer: Offer,
    local_ufrag: String,
    local_pwd: String,
    keys: Arc<KeyTap>,
    sealer: Option<Sealer>,
    opener: Option<Opener>,
    /// Where media is sent: the far end of the pair that ICE has selected, or the way that media comes since.
    peer: Option<Place>,
    /// What ICE has selected when it was last asked.
    selected: Option<Place>,
    closed_by_peer: bool,
    ice_up: bool,
    connected: bool,
    held: Vec<(BytesMut, Place)>,
    /// The last binding request, to be fed in again.
    request: Option<(BytesMut, Place)>,
    replayed: bool,
    /// The tracks of the seats, in the order in which they were added: a rebuilt connection gets them again.
    tracks: Vec<MediaStreamTrack>,
    negotiated: bool,
}

impl Transport {
    /// A connection that waits for its first [`Transport::negotiate`].
    pub(super) fn new(
        publishes: bool,
        offer: Offer,
        surroundings: Surroundings,
        now: Instant,
    ) -> Result<Self, NegotiationError> {
        let Built { pc, keys } = guard(|| build(publishes, &surroundings, Profiles::GcmOnly, None, now))
            .map_err(|b| NegotiationError::Refused(b.0))?;
        Ok(Self {
            pc,
            publishes,
            surroundings,
            profiles: Profiles::Unknown,
            hello: ClientHello::default(),
            gate: Gate::new(now),
            trickled: 0,
            offer,
            local_ufrag: String::new(),
            local_pwd: String::new(),
            keys,
            sealer: None,
            opener: None,
            peer: None,
            selected: None,
            closed_by_peer: false,
            ice_up: false,
            connected: false,
            held: Vec::new(),
            request: None,
            replayed: false,
            tracks: Vec::new(),
            negotiated: false,
        })
    }

    /// Our ICE user fragment, by which the first datagrams are recognised.
    pub(super) fn local_ufrag(&self) -> &str {
        &self.local_ufrag
    }

    /// Our ICE password.
    pub(super) fn local_pwd(&self) -> &str {
        &self.local_pwd
    }

    /// True while media may be sent. It stays so through an ICE restart.
    pub(super) fn connected(&self) -> bool {
        self.connected
    }

    /// The offer in force.
    pub(super) fn offer(&self) -> &Offer {
        &self.offer
    }

    /// One round of offer and answer: the first, more seats, or an ICE restart. `tracks` are the seats to add, in
    /// m-line order. The order of the steps matters to the stack.
    pub(super) fn negotiate(
        &mut self,
        mut offer: Offer,
        tracks: Vec<MediaStreamTrack>,
        now: Instant,
    ) -> Result<String, NegotiationError> {
        let (gate, on_loopback) = (&mut self.gate, self.surroundings.on_loopback());
        offer.sift(|c| takes(c, on_loopback, gate, now));
        let mut added = tracks.clone();
        let fresh = !self.negotiated || offer.ufrag != self.offer.ufrag;
        let again = self.negotiated;
        let publishes = self.publishes;
        let candidates = &self.surroundings.candidates;
        let tcp_candidates = &self.surroundings.tcp_candidates;
        let pc = &mut self.pc;
        let sdp = guard(|| {
            pc.set_remote_description(now, RTCSessionDescription::offer(offer.sdp.clone())?)?;
            if fresh {
                for candidate in candidates {
                    add_candidate(pc, *candidate)?;
                }
                for (place, candidate) in tcp_candidates.iter().enumerate() {
                    add_tcp_candidate(pc, *candidate, place)?;
                }
            }
            for track in tracks {
                pc.add_track(track)?;
            }
            let answer = pc.create_answer(None)?;
            if publishes && again {
                // ICE restart of a publisher: the restart was applied by set_remote_description. Setting the local
                // description would reset the receivers and forget which SSRC has which rid, and a browser no longer
                // sends the rid. So the answer is taken and the offer rolled back.
                let sdp = answer.sdp.clone();
                pc.set_remote_description(now, RTCSessionDescription::rollback(None)?)?;
                Ok(sdp)
            } else {
                pc.set_local_description(now, answer)?;
                Ok(pc.local_description().map(|d| d.sdp).unwrap_or_default())
            }
        })
        .map_err(|b| NegotiationError::Refused(b.0))?;
        if let (Some(ufrag), Some(pwd)) = (
            negotiate::attribute(&sdp, "ice-ufrag"),
            negotiate::attribute(&sdp, "ice-pwd"),
        ) {
            self.local_ufrag = ufrag.to_string();
            self.local_pwd = pwd.to_string();
        } else {
            return Err(NegotiationError::Refused("the answer has no credentials".into()));
        }
        if fresh {
            self.trickled = 0;
            self.ice_up = false;
            self.request = None;
            self.replayed = false;
        }
        self.tracks.append(&mut added);
        self.offer = offer;
        self.negotiated = true;
        Ok(sdp)
    }

    /// A fragment came by PATCH: trickled candidates (the answer is empty) or an ICE restart.
    pub(super) fn patch(&mut self, fragment: &Fragment, now: Instant) -> Result<String, NegotiationError> {
        if fragment.ufrag.as_ref().is_none_or(|u| *u == self.offer.ufrag) {
            // Each is an address that the stack sends checks to.
            self.trickled += fragment.candidates.len();
            if self.trickled > CANDIDATES_MAX {
                return Err(NegotiationError::Full("candidates of one connection"));
            }
            let (gate, on_loopback) = (&mut self.gate, self.surroundings.on_loopback());
            let candidates = fragment.candidates.iter();
            let taken: Vec<_> = candidates.filter(|c| takes(c, on_loopback, gate, now)).collect();
            let pc = &mut self.pc;
            guard(|| {
                for candidate in taken {
                    let init = RTCIceCandidateInit {
                        candidate: format!("candidate:{candidate}"),
                        ..Default::default()
                    };
                    pc.add_remote_candidate(init)?;
                }
                Ok(())
            })
            .map_err(|b| NegotiationError::Malformed(b.0))?;
            return Ok(String::new());
        }
        let sdp = fragment.applied_to(&self.offer.sdp)?;
        let offer = if self.publishes {
            Offer::publish(&sdp)?
        } else {
            Offer::subscribe(&sdp)?
        };
        let answer = self.negotiate(offer, Vec::new(), now)?;
        Ok(sdpfrag::of_answer(&answer))
    }

    /// Takes a datagram from the wire.
    pub(super) fn receive(&mut self, datagram: &[u8], from: Place, now: Instant) -> Result<(), Broken> {
        if !self.gate.admits(datagram, now) {
            return Ok(());
        }
        if !self.connected && stun::protocol(datagram) == Wire::Dtls {
            if self.profiles == Profiles::Unknown {
                match self.hello.take(datagram) {
                    Some(true) => self.profiles = Profiles::GcmOnly,
                    Some(false) => self.rebuild(now)?,
                    None => {}
                }
            }
            if !self.ice_up || self.profiles == Profiles::Unknown {
                if self.held.len() < HELD_MAX {
                    self.held.push((BytesMut::from(datagram), from));
                }
                return Ok(());
            }
            self.feed_held(now)?;
        }
        self.feed(BytesMut::from(datagram), from, now)?;
        if self.connected && self.peer != Some(from) && stun::protocol(datagram) == Wire::Stun {
            // The peer may have moved: from now on media goes where ICE says, not at the next look.
            self.find_peer()?;
        }
        if self.connected && stun::protocol(datagram) == Wire::Dtls {
            // Since the handshake there is nothing else to say over DTLS than that it is over. The stack makes no event of it.
            let pc = &mut self.pc;
            let state = guard_panic(|| dtls(pc, |transport| transport.state()))?;
            self.closed_by_peer = state == Some(RTCDtlsTransportState::Closed);
        }
        if !self.ice_up {
            if stun::is_binding_request(datagram) {
                self.request = Some((BytesMut::from(datagram), from));
            } else if stun::is_binding_success(datagram)
                && !self.replayed
                && let Some((request, from)) = self.request.clone()
            {
                self.replayed = true;
                self.feed(request, from, now)?;
            }
        }
        Ok(())
    }

    /// Begins again with AES-CM as well: same ICE credentials, certificate, offer and seats, so that the answer which
    /// the peer has still holds. The last binding request is fed in again, so that ICE need not wait for the next.
    fn rebuild(&mut self, now: Instant) -> Result<(), Broken> {
        tracing::debug!("the peer does not offer AES-GCM; AES-CM is allowed");
        let credentials = (self.local_ufrag.clone(), self.local_pwd.clone());
        let (surroundings, publishes) = (&self.surroundings, self.publishes);
        let Built { pc, keys } =
            guard(|| build(publishes, surroundings, Profiles::Any, Some(credentials), now))?;
        self.pc = pc;
        self.keys = keys;
        self.profiles = Profiles::Any;
        self.negotiated = false;
        let request = self.request.take();
        let (offer, tracks) = (self.offer.clone(), std::mem::take(&mut self.tracks));
        self.negotiate(offer, tracks, now)
            .map_err(|e| Broken(e.to_string()))?;
        if let Some((datagram, from)) = request {
            self.request = Some((datagram.clone(), from));
            self.feed(datagram, from, now)?;
        }
        Ok(())
    }

    fn feed(&mut self, datagram: BytesMut, from: Place, now: Instant) -> Result<(), Broken> {
        let message = TaggedBytesMut {
            now,
            transport: TransportContext {
                local_addr: self.surroundings.local_for(from),
                peer_addr: from.address(),
                ecn: None,
                transport_protocol: from.protocol(),
            },
            message: datagram,
        };
        let pc = &mut self.pc;
        // An error is a datagram that the stack did not like: it is the sender's loss.
        guard_panic(|| {
            if let Err(error) = pc.handle_read(message) {
                tracing::trace!(%error, "datagram refused");
            }
        })
    }

    /// The time has come that [`Transport::next_timeout`] named.
    pub(super) fn timeout(&mut self, now: Instant) -> Result<(), Broken> {
        let pc = &mut self.pc;
        guard(|| pc.handle_timeout(now))
    }

    /// When the stack wants to be called again.
    pub(super) fn next_timeout(&mut self) -> Result<Option<Instant>, Broken> {
        let pc = &mut self.pc;
        guard_panic(|| pc.poll_timeout())
    }

    /// The packet in a datagram of media, decrypted. `None` if it is none, or not a true one.
    pub(super) fn open(&mut self, datagram: &[u8]) -> Option<(Header, Bytes)> {
        let header = Header::parse(datagram)?;
        Some((header, self.opener.as_mut()?.open(datagram, &header)?))
    }

    /// What a datagram of RTCP says. Nothing if it is not a true one.
    pub(super) fn open_rtcp(&mut self, datagram: &[u8], now: Instant) -> Vec<Feedback> {
        let plain = self.opener.as_mut().and_then(|opener| opener.open_rtcp(datagram));
        plain.map_or_else(Vec::new, |plain| feedback::read(&plain, now))
    }

    /// The next datagram to send, and where to.
    pub(super) fn next_datagram(&mut self) -> Result<Option<(BytesMut, Place)>, Broken> {
        let pc = &mut self.pc;
        guard_panic(|| {
            pc.poll_write().map(|tagged| {
                let to = Place::new(tagged.transport.transport_protocol, tagged.transport.peer_addr);
                (tagged.message, to)
            })
        })
    }

    /// The next event of interest.
    pub(super) fn next_event(&mut self, now: Instant) -> Result<Option<Told>, Broken> {
        loop {
            let pc = &mut self.pc;
            let Some(event) = guard_panic(|| pc.poll_event())? else {
                return Ok(None);
            };
            match event {
                RTCPeerConnectionEvent::OnIceConnectionStateChangeEvent(
                    RTCIceConnectionState::Connected | RTCIceConnectionState::Completed,
                ) if !self.ice_up => self.ice_connected(now)?,
                RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) => match state {
                    RTCPeerConnectionState::Connected => {
                        if self.sealer.is_none() {
                            let (sealer, opener) = self
                                .keys
                                .take()
                                .ok_or_else(|| Broken("the handshake gave no SRTP keys".into()))?;
                            (self.sealer, self.opener) = (Some(sealer), Some(opener));
                        }
                        self.find_peer()?;
                        self.connected = true;
                        return Ok(Some(Told::Connected));
                    }
                    RTCPeerConnectionState::Disconnected => return Ok(Some(Told::Interrupted)),
                    RTCPeerConnectionState::Failed => return Ok(Some(Told::Failed)),
                    RTCPeerConnectionState::Closed => return Ok(Some(Told::Closed)),
                    _ => {}
                },
                _ => {}
            }
        }
    }

    /// ICE has its pair: what was held is fed in.
    fn ice_connected(&mut self, now: Instant) -> Result<(), Broken> {
        self.ice_up = true;
        if self.profiles == Profiles::Unknown {
            return Ok(());
        }
        self.feed_held(now)
    }

    fn feed_held(&mut self, now: Instant) -> Result<(), Broken> {
        for (datagram, from) in std::mem::take(&mut self.held) {
            self.feed(datagram, from, now)?;
        }
        Ok(())
    }

    /// What encrypts media for the peer, once the handshake is done.
    pub(super) fn sealer(&mut self) -> Option<&mut Sealer> {
        self.sealer.as_mut()
    }

    /// Where media goes.
    pub(super) fn peer(&self) -> Option<Place> {
        self.peer
    }

    /// Media that is the peer's came from here. The stack, which is controlled, keeps the pair that was nominated first; a
    /// browser that has found UDP after TCP, or had to connect again, sends by what it has now, and is answered there.
    pub(super) fn heard_from(&mut self, from: Place) {
        let over_udp = |place: Option<Place>| place.is_some_and(Place::is_udp);
        if self.peer != Some(from) && !(from.is_udp() && over_udp(self.peer)) {
            self.peer = Some(from);
        }
    }

    /// A TCP connection has ended: nothing can be sent there any more.
    pub(super) fn lost(&mut self, place: Place) {
        if self.peer == Some(place) {
            self.peer = None;
        }
    }

    /// Asks ICE where media goes. What it has said before does not undo what was heard since.
    pub(super) fn find_peer(&mut self) -> Result<(), Broken> {
        let pc = &mut self.pc;
        let selected = guard_panic(|| {
            dtls(pc, |transport| {
                let pair = transport.ice_transport().get_selected_candidate_pair()?;
                let remote = pair.remote();
                let ip: IpAddr = remote.address.parse().ok()?;
                let address = SocketAddr::new(ip, remote.port);
                Some(match pair.local().protocol {
                    RTCIceProtocol::Tcp => Place::Tcp(address),
                    _ => Place::Udp(address),
                })
            })
        })?;
        let selected = selected.flatten();
        if selected.is_some() && selected != self.selected {
            self.selected = selected;
            self.peer = selected;
        }
        Ok(())
    }

    /// True once the peer has closed its DTLS association.
    pub(super) fn closed_by_peer(&self) -> bool {
        self.closed_by_peer
    }

    /// Closes the connection; the last datagrams are still to be fetched.
    pub(super) fn close(&mut self) {
        let pc = &mut self.pc;
        // It is over either way.
        let _ = guard(|| pc.close());
    }
}

/// True if the stack may send checks to a candidate. A peer whose candidate is left out is found by its own checks.
fn takes(candidate: &str, on_loopback: bool, gate: &mut Gate, now: Instant) -> bool {
    (on_loopback || !negotiate::is_loopback(candidate)) && gate.admits_candidate(now)
}

/// Looks at the DTLS transport, which all lines of a connection share. `None` before there is one.
fn dtls<T>(pc: &mut RTCPeerConnection, look: impl Fn(RTCDtlsTransport<'_>) -> T) -> Option<T> {
    let first = pc.get_transceivers().next()?;
    let transceiver = pc.rtp_transceiver(first)?;
    let (sender, receiver) = (transceiver.sender(), transceiver.receiver());
    if let Some(transport) = sender.and_then(|id| pc.rtp_sender(id)?.transport().map(&look)) {
        return Some(transport);
    }
    receiver.and_then(|id| pc.rtp_receiver(id)?.transport().map(&look))
}

/// Runs a call into the stack: its errors and its panics come back as [`Broken`].
fn guard<T>(call: impl FnOnce() -> Result<T, rtc::shared::error::Error>) -> Result<T, Broken> {
    guard_panic(call)?.map_err(|error| Broken(error.to_string()))
}

fn guard_panic<T>(call: impl FnOnce() -> T) -> Result<T, Broken> {
    // After a panic the session is ended and the connection dropped: a half-changed state is not used again.
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .map(|s| (*s).to_string())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        tracing::error!(panic = %text, "the WebRTC stack panicked; the session ends");
        Broken(format!("panic: {text}"))
    })
}
