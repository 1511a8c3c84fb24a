//! Small WebRTC clients on the `webrtc` crate: one that publishes made-up packets, one that watches its seats.

use bytes::Bytes;
use rtc::interceptor::{Interceptor, Packet, Registry, Slot, StreamInfo, TaggedPacket};
use rtc::media_stream::MediaStreamTrack;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder,
    RTCIceGatheringState, RTCPeerConnectionState, RTCSessionDescription, SettingEngineBuilder,
    SrtpProtectionProfile, configure_nack, configure_rtcp_reports, configure_simulcast_extension_headers,
};

pub const PATIENCE: Duration = Duration::from_secs(10);

/// Which packets a client loses: every tenth picture packet of that direction, the first time it is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Loses {
    Nothing,
    Inbound,
    Outbound,
}

/// The link nearest to the wire: loses packets.
struct Loss {
    loses: Loses,
    seen: std::collections::HashSet<(u32, u16)>,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl Loss {
    fn lost(&mut self, m: &TaggedPacket) -> bool {
        match &m.message.packet {
            Packet::Rtp(p) => {
                p.header.payload_type == 120
                    && p.header.sequence_number % 10 == 0
                    && self.seen.insert((p.header.ssrc, p.header.sequence_number))
            }
            _ => false,
        }
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Loss {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;
    fn handle_read(&mut self, m: TaggedPacket) -> Result<(), Error> {
        if self.loses != Loses::Inbound || !self.lost(&m) {
            self.inbound.push_back(m);
        }
        Ok(())
    }
    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }
    fn handle_write(&mut self, mut m: TaggedPacket) -> Result<(), Error> {
        // A contributing source goes out as the SSRC: the stack's senders write none but their own.
        if let Packet::Rtp(p) = &mut m.message.packet
            && let Some(ssrc) = p.header.csrc.pop()
        {
            p.header.ssrc = ssrc;
        }
        if self.loses != Loses::Outbound || !self.lost(&m) {
            self.outbound.push_back(m);
        }
        Ok(())
    }
    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
    }
}

impl Interceptor for Loss {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

/// Reports every PLI that comes in, by media SSRC.
struct PliTap {
    seen: mpsc::UnboundedSender<u32>,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for PliTap {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;
    fn handle_read(&mut self, m: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(packets) = &m.message.packet {
            for packet in packets {
                if let Some(pli) = packet.as_any().downcast_ref::<PictureLossIndication>() {
                    let _ = self.seen.send(pli.media_ssrc);
                }
            }
        }
        self.inbound.push_back(m);
        Ok(())
    }
    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }
    fn handle_write(&mut self, m: TaggedPacket) -> Result<(), Error> {
        self.outbound.push_back(m);
        Ok(())
    }
    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
    }
}

impl Interceptor for PliTap {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

struct Handler {
    gathered: mpsc::UnboundedSender<()>,
    states: mpsc::UnboundedSender<RTCPeerConnectionState>,
    packets: mpsc::UnboundedSender<Received>,
    tracks: mpsc::UnboundedSender<Arc<dyn TrackRemote>>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            let _ = self.gathered.send(());
        }
    }
    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let _ = self.states.send(state);
    }
    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let seat = track.stream_id().await;
        let video = track.kind().await == RtpCodecKind::Video;
        let packets = self.packets.clone();
        let _ = self.tracks.send(track.clone());
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event {
                    let received = Received {
                        seat: seat.clone(),
                        video,
                        packet,
                    };
                    if packets.send(received).is_err() {
                        return;
                    }
                }
            }
        });
    }
}

/// A packet that reached a seat.
pub struct Received {
    pub seat: String,
    pub video: bool,
    pub packet: rtc::rtp::Packet,
}

/// A peer connection with what it reports.
pub struct Client {
    pub pc: Arc<dyn PeerConnection>,
    pub states: mpsc::UnboundedReceiver<RTCPeerConnectionState>,
    pub packets: mpsc::UnboundedReceiver<Received>,
    pub plis: mpsc::UnboundedReceiver<u32>,
    pub tracks: mpsc::UnboundedReceiver<Arc<dyn TrackRemote>>,
    gathered: mpsc::UnboundedReceiver<()>,
}

fn codec(mime: &str, rate: u32, channels: u16, fmtp: &str, pt: u8) -> RTCRtpCodecParameters {
    RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec {
            mime_type: mime.into(),
            clock_rate: rate,
            channels,
            sdp_fmtp_line: fmtp.into(),
            rtcp_feedback: vec![],
        },
        payload_type: pt,
    }
}

impl Client {
    pub async fn new(profiles: Option<Vec<SrtpProtectionProfile>>, loses: Loses) -> Self {
        // Other payload types than the server's own, so that mapping is exercised.
        let mut media = MediaEngine::default();
        media
            .register_codec(codec("audio/opus", 48_000, 2, "", 109), RtpCodecKind::Audio)
            .unwrap();
        media
            .register_codec(codec("video/VP8", 90_000, 0, "", 120), RtpCodecKind::Video)
            .unwrap();
        media
            .register_codec(codec("video/rtx", 90_000, 0, "apt=120", 121), RtpCodecKind::Video)
            .unwrap();
        configure_simulcast_extension_headers(&mut media).unwrap();
        let (pli_tx, plis) = mpsc::unbounded_channel();
        let registry = configure_rtcp_reports(configure_nack(Registry::new(), &mut media))
            .with(
                Slot::Custom(10),
                Loss {
                    loses,
                    seen: Default::default(),
                    inbound: VecDeque::new(),
                    outbound: VecDeque::new(),
                },
            )
            .with(
                Slot::Custom(20_000),
                PliTap {
                    seen: pli_tx,
                    inbound: VecDeque::new(),
                    outbound: VecDeque::new(),
                },
            );
        let (gathered_tx, gathered) = mpsc::unbounded_channel();
        let (states_tx, states) = mpsc::unbounded_channel();
        let (packets_tx, packets) = mpsc::unbounded_channel();
        let (tracks_tx, tracks) = mpsc::unbounded_channel();
        let mut settings = SettingEngineBuilder::new()
            .with_include_loopback_candidate(true)
            // The stack checks every 200 ms, which would be all that a join takes.
            .with_ice_connection_attempts(Some(Duration::from_millis(20)), Some(100));
        if let Some(profiles) = profiles {
            settings = settings.with_srtp_protection_profiles(profiles);
        }
        let pc = PeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::default().build())
            .with_media_engine(media)
            .with_setting_engine(settings.build())
            .with_interceptor_registry(registry)
            .with_handler(Arc::new(Handler {
                gathered: gathered_tx,
                states: states_tx,
                packets: packets_tx,
                tracks: tracks_tx,
            }))
            .with_udp_addrs(vec!["127.0.0.1:0"])
            .build()
            .await
            .unwrap();
        Self {
            pc: Arc::new(pc),
            states,
            packets,
            plis,
            tracks,
            gathered,
        }
    }

    pub async fn offer(&mut self) -> String {
        let offer = self.pc.create_offer(None).await.unwrap();
        self.pc.set_local_description(offer).await.unwrap();
        tokio::time::timeout(PATIENCE, self.gathered.recv())
            .await
            .expect("gathering ends");
        self.pc.local_description().await.unwrap().sdp
    }

    pub async fn answer(&self, sdp: String) {
        self.pc
            .set_remote_description(RTCSessionDescription::answer(sdp).unwrap())
            .await
            .unwrap();
    }

    pub async fn connected(&mut self) {
        let wait = async {
            while let Some(state) = self.states.recv().await {
                if state == RTCPeerConnectionState::Connected {
                    return;
                }
            }
            panic!("the connection went away");
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("connected");
    }

    /// The next packet at a seat and kind; others are passed over.
    pub async fn packet_at(&mut self, seat: &str, video: bool) -> Received {
        let wait = async {
            loop {
                let received = self.packets.recv().await.expect("the client lives");
                if received.seat == seat && received.video == video {
                    return received;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .unwrap_or_else(|_| panic!("no packet at {seat} video={video}"))
    }

    /// Asks for a key frame on every video track so far, as a decoder does that has lost its way.
    #[allow(dead_code)] // Not every test that has this client has such a receiver.
    pub async fn ask_for_key_frames(&mut self) {
        while let Ok(track) = self.tracks.try_recv() {
            for media_ssrc in track.ssrcs().await {
                let pli = PictureLossIndication {
                    sender_ssrc: 0,
                    media_ssrc,
                };
                track.write_rtcp(vec![Box::new(pli)]).await.unwrap();
            }
        }
    }

    /// Adds seats: an audio and a video line each.
    pub async fn add_seats(&self, seats: usize) {
        for _ in 0..seats {
            for kind in [RtpCodecKind::Audio, RtpCodecKind::Video] {
                self.pc
                    .add_transceiver_from_kind(
                        kind,
                        Some(RTCRtpTransceiverInit {
                            direction: RTCRtpTransceiverDirection::Recvonly,
                            ..Default::default()
                        }),
                    )
                    .await
                    .unwrap();
            }
        }
    }
}

/// A client that sends sound and pictures of its own making.
pub struct Publisher {
    pub client: Client,
    audio: Arc<TrackLocalStaticRTP>,
    pub video: Arc<TrackLocalStaticRTP>,
    /// Marks the payloads, so that a receiver can tell whose they are.
    pub mark: u8,
    pub video_ssrc: u32,
    sequence: u16,
    frame: u16,
    sent: u32,
}

impl Publisher {
    pub async fn new(mark: u8, loses: Loses) -> Self {
        let client = Client::new(None, loses).await;
        let (audio_ssrc, video_ssrc) = (1000 + u32::from(mark), 2000 + u32::from(mark));
        let track = |kind, mime: &str, rate, channels, ssrc| {
            Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new(
                "publication".into(),
                format!("{mime}-{ssrc}"),
                "label".into(),
                kind,
                vec![RTCRtpEncodingParameters {
                    rtp_coding_parameters: RTCRtpCodingParameters {
                        ssrc: Some(ssrc),
                        ..Default::default()
                    },
                    codec: RTCRtpCodec {
                        mime_type: mime.into(),
                        clock_rate: rate,
                        channels,
                        ..Default::default()
                    },
                    ..Default::default()
                }],
            )))
        };
        let audio = track(RtpCodecKind::Audio, "audio/opus", 48_000, 2, audio_ssrc);
        let video = track(RtpCodecKind::Video, "video/VP8", 90_000, 0, video_ssrc);
        for track in [&audio, &video] {
            let init = RTCRtpTransceiverInit {
                direction: RTCRtpTransceiverDirection::Sendonly,
                ..Default::default()
            };
            client
                .pc
                .add_transceiver_from_track(track.clone() as Arc<dyn TrackLocal>, Some(init))
                .await
                .unwrap();
        }
        Self {
            client,
            audio,
            video,
            mark,
            video_ssrc,
            sequence: 65_500,
            frame: 32_760,
            sent: 0,
        }
    }

    /// Sends one sound packet and one picture of two packets.
    pub async fn send(&mut self, key_frame: bool) {
        self.sequence = self.sequence.wrapping_add(2);
        self.frame = (self.frame + 1) & 0x7fff;
        let header = |ssrc, pt, sequence, timestamp, marker| rtc::rtp::Header {
            version: 2,
            ssrc,
            payload_type: pt,
            sequence_number: sequence,
            timestamp,
            marker,
            ..Default::default()
        };
        self.sent += 1;
        // Both timestamps wrap after eight pictures.
        let frame = self.sent;
        self.audio
            .write_rtp(rtc::rtp::Packet {
                header: header(
                    1000 + u32::from(self.mark),
                    109,
                    (frame as u16).wrapping_sub(10),
                    frame.wrapping_mul(960).wrapping_sub(8 * 960),
                    false,
                ),
                payload: Bytes::from(vec![self.mark; 40]),
            })
            .await
            .unwrap();
        for part in 0..2u16 {
            // Descriptor with a 15-bit picture id; partition 0 starts in the first packet.
            let mut payload = vec![0x80 | if part == 0 { 0x10 } else { 0 }, 0x80];
            payload.extend((self.frame | 0x8000).to_be_bytes());
            if part == 0 {
                payload.push(u8::from(!key_frame));
                payload.extend([0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00]);
            }
            payload.extend([self.mark; 100]);
            self.video
                .write_rtp(rtc::rtp::Packet {
                    header: header(
                        self.video_ssrc,
                        120,
                        self.sequence.wrapping_add(part),
                        frame.wrapping_mul(1800).wrapping_sub(8 * 1800),
                        part == 1,
                    ),
                    payload: Bytes::from(payload),
                })
                .await
                .unwrap();
        }
    }
}

/// Whose payload it is: the mark at its end.
pub fn mark(received: &Received) -> u8 {
    *received.packet.payload.last().expect("not empty")
}
