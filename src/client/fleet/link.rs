//! One connection of the fleet: the `rtc` core, a socket, and either a source or a reception.

use super::super::interceptors::{KeyFrameRequests, RtxUnwrap};
use super::super::peer::{RTX_PAYLOAD_TYPE, VP8_PAYLOAD_TYPE, register_codecs};
use super::line::Line;
use super::reception::Reception;
use super::source::{LAYERS, Made, Source, Stream};
use super::{Counts, FleetError, Phase, Shared};
use crate::rtp::codec::Codec;
use bytes::BytesMut;
use rtc::interceptor::{
    NackGeneratorBuilder, NackResponderBuilder, ReceiverReportBuilder, Registry, SenderReportBuilder, Slot,
};
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::interceptor_registry::{
    configure_simulcast_extension_headers, configure_twcc_receiver_only,
};
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::event::RTCPeerConnectionEvent;
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::state::RTCPeerConnectionState;
use rtc::peer_connection::transport::{CandidateConfig, CandidateHostConfig, RTCIceCandidate};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::{oneshot, watch};

/// Between two rounds of connectivity checks: the 200 ms of the stack would be most of what a join takes.
const CHECK_EVERY: Duration = Duration::from_millis(5);
const CHECKS_MAX: u16 = 1000;
/// Datagrams taken before anything else is looked at.
const DATAGRAMS_PER_ROUND: usize = 64;
const DATAGRAM_MAX: usize = 2048;
/// Bytes that may wait in a socket. The system gives less where its limit is lower.
const SOCKET_BYTES: usize = 2 << 20;

/// What a connection is for.
pub(super) enum Role {
    /// Publishes, as this publisher.
    Publish { publisher: u32 },
    /// Receives; tells when the first packet came.
    Subscribe {
        seats: usize,
        first: oneshot::Sender<Duration>,
    },
}

enum Media {
    Out {
        source: Option<Source>,
        publisher: u32,
        sound: Line,
        picture: Line,
        asked: Arc<AtomicBool>,
    },
    In {
        reception: Reception,
        first: Option<oneshot::Sender<Duration>>,
    },
}

/// A connection.
pub(super) struct Link {
    pc: RTCPeerConnection,
    socket: std::net::UdpSocket,
    local: SocketAddr,
    media: Media,
    /// Kept for its memory.
    made: Vec<Made>,
    shared: Arc<Shared>,
    counts: Counts,
    phase: Phase,
    dice: Dice,
    connected: bool,
    ended: bool,
}

impl Link {
    pub(super) fn new(address: IpAddr, role: Role, shared: Arc<Shared>) -> Result<Self, FleetError> {
        let socket = std::net::UdpSocket::bind((address, 0))?;
        socket.set_nonblocking(true)?;
        // Less than what was asked for still works; it only loses packets sooner.
        let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(SOCKET_BYTES);
        let local = socket.local_addr()?;
        let asked = Arc::new(AtomicBool::new(false));
        let mut pc = build(address.is_loopback(), Arc::clone(&asked))?;
        let media = match role {
            Role::Publish { publisher } => {
                let layers = if shared.load.simulcast { LAYERS.len() } else { 1 };
                Media::Out {
                    source: None,
                    publisher,
                    sound: Line::add(&mut pc, RtpCodecKind::Audio, 1)?,
                    picture: Line::add(&mut pc, RtpCodecKind::Video, layers)?,
                    asked,
                }
            }
            Role::Subscribe { seats, first } => {
                for kind in (0..seats).flat_map(|_| [RtpCodecKind::Audio, RtpCodecKind::Video]) {
                    let init = RTCRtpTransceiverInit {
                        direction: RTCRtpTransceiverDirection::Recvonly,
                        ..Default::default()
                    };
                    pc.add_transceiver_from_kind(kind, Some(init))?;
                }
                Media::In {
                    reception: Reception::default(),
                    first: Some(first),
                }
            }
        };
        let candidate = CandidateHostConfig {
            base_config: CandidateConfig {
                network: "udp".into(),
                address: local.ip().to_string(),
                port: local.port(),
                component: 1,
                ..Default::default()
            },
            ..Default::default()
        };
        pc.add_local_candidate(RTCIceCandidate::from(&candidate.new_candidate_host()?).to_json()?)?;
        Ok(Self {
            pc,
            socket,
            local,
            media,
            made: Vec::new(),
            dice: Dice::new(shared.load.loss, u64::from(local.port())),
            shared,
            counts: Counts::default(),
            phase: Phase::Warm,
            connected: false,
            ended: false,
        })
    }

    /// The offer, with its candidate in it.
    pub(super) fn offer(&mut self) -> Result<String, FleetError> {
        let offer = self.pc.create_offer(None)?;
        self.pc.set_local_description(Instant::now(), offer)?;
        let offer = self.pc.local_description();
        Ok(offer.map(|o| o.sdp).unwrap_or_default())
    }

    pub(super) fn answer(&mut self, sdp: String) -> Result<(), FleetError> {
        let answer = RTCSessionDescription::answer(sdp)?;
        self.pc.set_remote_description(Instant::now(), answer)?;
        if let Media::Out { sound, picture, .. } = &mut self.media {
            sound.agreed(&mut self.pc)?;
            picture.agreed(&mut self.pc)?;
        }
        Ok(())
    }

    /// Runs until the fleet is over. A connection that fails has counted until then; what it misses is missing.
    pub(super) async fn run(
        mut self,
        connected: oneshot::Sender<()>,
        mut phases: watch::Receiver<Phase>,
    ) -> Counts {
        let mut connected = Some(connected);
        if let Err(error) = self.serve(&mut connected, &mut phases).await {
            tracing::warn!(%error, "a connection of the fleet ended");
        }
        if let Media::In { reception, .. } = &self.media {
            reception.conclude(&mut self.counts);
        }
        self.counts
    }

    async fn serve(
        &mut self,
        connected: &mut Option<oneshot::Sender<()>>,
        phases: &mut watch::Receiver<Phase>,
    ) -> Result<(), FleetError> {
        let socket = UdpSocket::from_std(self.socket.try_clone()?)?;
        let mut buffer = [0; DATAGRAM_MAX];
        let alarm = tokio::time::sleep(Duration::ZERO);
        tokio::pin!(alarm);
        let mut set_for = None;
        loop {
            self.pump(&socket);
            if self.connected
                && let Some(connected) = connected.take()
            {
                // Whoever waited may have given up.
                let _ = connected.send(());
            }
            if self.ended {
                return Ok(());
            }
            let due = self.due();
            if set_for != Some(due) {
                set_for = Some(due);
                alarm.as_mut().reset(due.into());
            }
            tokio::select! {
                biased;
                phase = phases.changed() => {
                    let phase = phase.map_or(Phase::Over, |()| *phases.borrow_and_update());
                    if phase == Phase::Over {
                        return Ok(());
                    }
                    self.enter(phase);
                }
                readable = socket.readable() => {
                    readable?;
                    self.receive(&socket, &mut buffer);
                }
                () = &mut alarm => set_for = None,
            }
            let now = Instant::now();
            if self.pc.poll_timeout().is_some_and(|at| at <= now) {
                self.pc.handle_timeout(now)?;
            }
            self.publish(&socket, now)?;
        }
    }

    fn enter(&mut self, phase: Phase) {
        if phase == Phase::Measure {
            self.counts = Counts::default();
            if let Media::In { reception, .. } = &mut self.media {
                reception.restart();
            }
        }
        self.phase = phase;
    }

    /// When there is something to do though nothing arrives.
    fn due(&mut self) -> Instant {
        let stack = self.pc.poll_timeout();
        let source = match &self.media {
            Media::Out {
                source: Some(source), ..
            } if self.phase < Phase::Drain => Some(self.shared.epoch + source.due()),
            _ => None,
        };
        let next = stack.into_iter().chain(source).min();
        next.unwrap_or_else(|| Instant::now() + Duration::from_secs(1))
    }

    fn receive(&mut self, socket: &UdpSocket, buffer: &mut [u8]) {
        for _ in 0..DATAGRAMS_PER_ROUND {
            // An error is the end of what waits, or an old ICMP message; the stack's own patience decides.
            let Ok((length, from)) = socket.try_recv_from(buffer) else {
                return;
            };
            let Some(datagram) = buffer.get(..length) else {
                continue;
            };
            let at = self.shared.now();
            if is_rtp(datagram)
                && let Media::In { first, .. } = &mut self.media
            {
                if let Some(first) = first.take() {
                    // Whoever asked may have given up.
                    let _ = first.send(at);
                }
                if self.phase <= Phase::Measure {
                    self.counts.received += 1;
                    self.counts.bytes += length as u64;
                }
            }
            if is_media(datagram) && self.dice.lost() {
                self.counts.dropped += 1;
                continue;
            }
            let message = TaggedBytesMut {
                now: self.shared.epoch + at,
                transport: TransportContext {
                    local_addr: self.local,
                    peer_addr: from,
                    ecn: None,
                    transport_protocol: TransportProtocol::UDP,
                },
                message: BytesMut::from(datagram),
            };
            // A datagram that the stack does not like is its sender's loss.
            if let Err(error) = self.pc.handle_read(message) {
                tracing::trace!(%error, "datagram refused");
            }
        }
    }

    /// Takes from the stack what it has: packets, events, datagrams.
    fn pump(&mut self, socket: &UdpSocket) {
        while let Some(message) = self.pc.poll_read() {
            let Media::In { reception, .. } = &mut self.media else {
                continue;
            };
            if let RTCMessage::RtpPacket(_, packet) = message.message {
                let arrival = message.now.saturating_duration_since(self.shared.epoch);
                if let Some(publisher) = reception.take(&packet, arrival, &mut self.counts) {
                    self.shared.arrived(publisher, arrival);
                }
            }
        }
        while let Some(event) = self.pc.poll_event() {
            if let RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) = event {
                match state {
                    RTCPeerConnectionState::Connected if !self.connected => self.begin(),
                    RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed => self.ended = true,
                    _ => {}
                }
            }
        }
        while let Some(datagram) = self.pc.poll_write() {
            if is_media(&datagram.message) && self.dice.lost() {
                self.counts.dropped += 1;
                continue;
            }
            // A full socket loses the datagram, as a network would.
            let _ = socket.try_send_to(&datagram.message, datagram.transport.peer_addr);
        }
    }

    fn begin(&mut self) {
        self.connected = true;
        if let Media::Out {
            source, publisher, ..
        } = &mut self.media
        {
            let load = self.shared.load;
            *source = Some(Source::new(
                *publisher,
                load.kbps,
                load.simulcast,
                self.shared.now(),
            ));
        }
    }

    fn publish(&mut self, socket: &UdpSocket, now: Instant) -> Result<(), FleetError> {
        let Media::Out {
            source: Some(source),
            asked,
            ..
        } = &mut self.media
        else {
            return Ok(());
        };
        if self.phase >= Phase::Drain {
            return Ok(());
        }
        if asked.swap(false, Ordering::Relaxed) {
            source.want_key_frame();
        }
        let mut made = std::mem::take(&mut self.made);
        source.make(now.saturating_duration_since(self.shared.epoch), &mut made);
        for made in made.drain(..) {
            let Media::Out { sound, picture, .. } = &self.media else {
                return Ok(());
            };
            let line = if made.stream == Stream::Sound {
                sound
            } else {
                picture
            };
            let packet = line.packet(made, self.shared.now())?;
            self.counts.sent += 1;
            self.pc.handle_write(TaggedRTCMessage {
                now,
                message: RTCMessage::RtpPacket(String::new(), packet),
            })?;
            // Each at once: what waits for the rest of its picture would look like time in the server.
            self.pump(socket);
        }
        self.made = made;
        Ok(())
    }
}

fn build(loopback: bool, asked: Arc<AtomicBool>) -> Result<RTCPeerConnection, FleetError> {
    let mut media = MediaEngine::default();
    register_codecs(&mut media, &[Codec::Vp8])?;
    configure_simulcast_extension_headers(&mut media)?;
    let registry = configure_twcc_receiver_only(Registry::new(), &mut media)?
        .with(
            Slot::Custom(10),
            RtxUnwrap::new([(RTX_PAYLOAD_TYPE, VP8_PAYLOAD_TYPE)]),
        )
        .with(
            Slot::NackResponder,
            NackResponderBuilder::new().with_size(512).build(),
        )
        .with(
            Slot::NackGenerator,
            NackGeneratorBuilder::new().with_max_nacks_per_packet(10).build(),
        )
        .with(Slot::ReceiverReport, ReceiverReportBuilder::new().build())
        .with(Slot::SenderReport, SenderReportBuilder::new().build())
        .with(
            Slot::Custom(20_000),
            KeyFrameRequests::new(move || asked.store(true, Ordering::Relaxed)),
        );
    let settings = SettingEngineBuilder::new()
        .with_include_loopback_candidate(loopback)
        .with_ice_connection_attempts(Some(CHECK_EVERY), Some(CHECKS_MAX))
        .build();
    Ok(RTCPeerConnectionBuilder::new()
        .with_configuration(RTCConfigurationBuilder::new().build())
        .with_setting_engine(settings)
        .with_media_engine(media)
        .with_interceptor_registry(registry)
        .build(Instant::now())?)
}

/// SRTP or SRTCP (RFC 7983).
fn is_media(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| (128..192).contains(first))
}

/// SRTP without SRTCP (RFC 5761).
fn is_rtp(datagram: &[u8]) -> bool {
    is_media(datagram) && datagram.get(1).is_some_and(|second| !(192..224).contains(second))
}

/// Decides which packets are lost; the same ones for the same seed (xorshift64).
struct Dice {
    loss: u64,
    state: u64,
}

impl Dice {
    fn new(loss: f64, seed: u64) -> Self {
        Self {
            loss: (loss.clamp(0.0, 1.0) * (1u64 << 32) as f64) as u64,
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        }
    }

    fn lost(&mut self) -> bool {
        if self.loss == 0 {
            return false;
        }
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 32) < self.loss
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dice_lose_as_much_as_they_should() {
        let mut dice = Dice::new(0.05, 7);
        let lost = (0..100_000).filter(|_| dice.lost()).count();
        assert!((4_700..5_300).contains(&lost), "{lost}");
        assert!(!(0..1000).any(|_| Dice::new(0.0, 7).lost()));
    }

    #[test]
    fn kinds_of_datagrams_are_told_apart() {
        assert!(is_rtp(&[0x80, 96 | 0x80]) && is_rtp(&[0x80, 111]));
        assert!(!is_rtp(&[0x80, 200]) && is_media(&[0x80, 200]));
        assert!(!is_media(&[22, 254]) && !is_media(&[0, 1]) && !is_media(&[]));
    }
}
