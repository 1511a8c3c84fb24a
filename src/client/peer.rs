//! A WebRTC connection to the server, made by one HTTP exchange: what WHIP and WHEP have in common.

use super::api::{Api, ApiError};
use super::interceptors::{KeyFrameRequests, RtxUnwrap};
use super::runtime::RoomyRuntime;
use crate::rtp::codec::Codec;
use rtc::interceptor::{NackGeneratorBuilder, NackResponderBuilder, ReceiverReportBuilder, Slot};
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpHeaderExtensionCapability, RtpCodecKind,
};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use webrtc::media_stream::track_remote::TrackRemote;
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder,
    RTCIceGatheringState, RTCPeerConnectionState, RTCSessionDescription, Registry, SettingEngineBuilder,
};

/// Payload types that this client offers.
pub const OPUS_PAYLOAD_TYPE: u8 = 111;
/// VP8.
pub const VP8_PAYLOAD_TYPE: u8 = 96;
/// RTX of VP8.
pub const RTX_PAYLOAD_TYPE: u8 = 97;
/// VP9, with its RTX one above.
pub const VP9_PAYLOAD_TYPE: u8 = 98;
/// H.264, with its RTX one above.
pub const H264_PAYLOAD_TYPE: u8 = 102;
/// Codecs of pictures, as this client prefers them.
pub const PICTURES: [Codec; 3] = [Codec::Vp8, Codec::Vp9, Codec::H264];
/// RFC 6464.
pub const AUDIO_LEVEL_URI: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

const GATHER_WITHIN: Duration = Duration::from_secs(3);
const CONNECT_WITHIN: Duration = Duration::from_secs(15);

/// Why a media connection did not come about or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The `webrtc` crate refused.
    #[error("WebRTC: {0}")]
    WebRtc(#[from] webrtc::error::Error),
    /// The server refused the offer.
    #[error("the server did not take the offer: {0}")]
    Api(#[from] ApiError),
    /// No candidates in time.
    #[error("no local candidates within {0:?}")]
    Gathering(Duration),
    /// ICE or DTLS did not come up.
    #[error("the media connection did not come up: {0}")]
    NotConnected(String),
    /// Media could not be made or read.
    #[error(transparent)]
    Media(#[from] super::media::MediaError),
}

/// A connection with the server.
pub struct Peer {
    pc: Arc<dyn PeerConnection>,
    states: watch::Receiver<RTCPeerConnectionState>,
    gathered: watch::Receiver<bool>,
    location: Option<String>,
}

struct Events {
    states: watch::Sender<RTCPeerConnectionState>,
    gathered: watch::Sender<bool>,
    tracks: mpsc::Sender<Arc<dyn TrackRemote>>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Events {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.gathered.send_replace(true);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.states.send_replace(state);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        if self.tracks.send(track).await.is_err() {
            tracing::debug!("a track came after the subscription had ended");
        }
    }
}

/// Remote tracks, as they open. There are at most two a seat.
pub type Tracks = mpsc::Receiver<Arc<dyn TrackRemote>>;

impl Peer {
    /// A connection that is not yet negotiated. `local` is the address to send from, `pictures` are the codecs to offer;
    /// `key_frame` is called when the server asks for a key frame.
    pub async fn new(
        local: IpAddr,
        pictures: &[Codec],
        key_frame: impl Fn() + Send + Sync + 'static,
    ) -> Result<(Peer, Tracks), PeerError> {
        let mut media = MediaEngine::default();
        register_codecs(&mut media, pictures)?;
        let registry = Registry::new()
            .with(
                Slot::Custom(10),
                RtxUnwrap::new(PICTURES.map(payload_type).map(|pt| (pt + 1, pt))),
            )
            .with(Slot::NackResponder, NackResponderBuilder::new().build())
            .with(
                Slot::NackGenerator,
                NackGeneratorBuilder::new().with_max_nacks_per_packet(10).build(),
            )
            .with(Slot::ReceiverReport, ReceiverReportBuilder::new().build())
            .with(Slot::Custom(20_000), KeyFrameRequests::new(key_frame));
        let (states_tx, states) = watch::channel(RTCPeerConnectionState::New);
        let (gathered_tx, gathered) = watch::channel(false);
        let (tracks_tx, tracks) = mpsc::channel(256);
        let pc = PeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::default().build())
            .with_media_engine(media)
            .with_interceptor_registry(registry)
            .with_setting_engine(
                SettingEngineBuilder::new()
                    .with_include_loopback_candidate(local.is_loopback())
                    .build(),
            )
            .with_handler(Arc::new(Events {
                states: states_tx,
                gathered: gathered_tx,
                tracks: tracks_tx,
            }))
            .with_runtime(RoomyRuntime::shared())
            .with_udp_addrs(vec![std::net::SocketAddr::new(local, 0)])
            .build()
            .await?;
        let peer = Peer {
            pc: Arc::new(pc),
            states,
            gathered,
            location: None,
        };
        Ok((peer, tracks))
    }

    /// The connection itself.
    pub fn connection(&self) -> &Arc<dyn PeerConnection> {
        &self.pc
    }

    /// Offers to the server at this path and takes its answer. Gives the answer's SDP and the moment of the POST.
    pub async fn negotiate(&mut self, api: &Api, path: &str) -> Result<(String, Instant), PeerError> {
        let offer = self.pc.create_offer(None).await?;
        self.pc.set_local_description(offer).await?;
        tokio::time::timeout(GATHER_WITHIN, self.gathered.wait_for(|done| *done))
            .await
            .map_err(|_| PeerError::Gathering(GATHER_WITHIN))?
            .map_err(|_| PeerError::NotConnected("the connection was closed".into()))?;
        let local = self.pc.local_description().await;
        let sdp = local
            .ok_or_else(|| PeerError::NotConnected("no local description".into()))?
            .sdp;
        let posted = Instant::now();
        let (location, answer) = api.offer(path, sdp).await?;
        self.location = Some(location);
        self.pc
            .set_remote_description(RTCSessionDescription::answer(answer.clone())?)
            .await?;
        Ok((answer, posted))
    }

    /// Waits until media can flow.
    pub async fn connected(&mut self) -> Result<(), PeerError> {
        use RTCPeerConnectionState as State;
        let settled = |state: &State| matches!(state, State::Connected | State::Failed | State::Closed);
        let state = tokio::time::timeout(CONNECT_WITHIN, self.states.wait_for(settled))
            .await
            .map_err(|_| PeerError::NotConnected(format!("not within {CONNECT_WITHIN:?}")))?
            .map(|state| *state)
            .unwrap_or(State::Closed);
        match state {
            State::Connected => Ok(()),
            other => Err(PeerError::NotConnected(other.to_string())),
        }
    }

    /// Where the connection stands.
    pub fn state(&self) -> RTCPeerConnectionState {
        *self.states.borrow()
    }

    /// Ends the session at the server (DELETE on its Location) and the connection. A session that the server ended
    /// before is no error.
    pub async fn close(mut self, api: &Api) -> Result<(), PeerError> {
        let ended = match self.location.take() {
            Some(location) => api.end_media_session(&location).await,
            None => Ok(()),
        };
        self.pc.close().await?;
        Ok(ended?)
    }
}

/// The payload type under which this client offers a codec.
pub fn payload_type(codec: Codec) -> u8 {
    match codec {
        Codec::Opus => OPUS_PAYLOAD_TYPE,
        Codec::Vp8 => VP8_PAYLOAD_TYPE,
        Codec::Vp9 => VP9_PAYLOAD_TYPE,
        Codec::H264 => H264_PAYLOAD_TYPE,
    }
}

/// Sound, these codecs of pictures, and the one header extension that this client offers.
pub(super) fn register_codecs(
    media: &mut MediaEngine,
    pictures: &[Codec],
) -> Result<(), webrtc::error::Error> {
    let feedback = |typ: &str, parameter: &str| RTCPFeedback {
        typ: typ.to_owned(),
        parameter: parameter.to_owned(),
    };
    media.register_codec(
        RTCRtpCodecParameters {
            rtp_codec: opus(),
            payload_type: OPUS_PAYLOAD_TYPE,
        },
        RtpCodecKind::Audio,
    )?;
    for picture in pictures {
        let payload_type = payload_type(*picture);
        let mut video = video(*picture);
        video.rtcp_feedback = vec![
            feedback("ccm", "fir"),
            feedback("nack", ""),
            feedback("nack", "pli"),
        ];
        media.register_codec(
            RTCRtpCodecParameters {
                rtp_codec: video,
                payload_type,
            },
            RtpCodecKind::Video,
        )?;
        media.register_codec(
            RTCRtpCodecParameters {
                rtp_codec: RTCRtpCodec {
                    mime_type: "video/rtx".to_owned(),
                    clock_rate: 90_000,
                    channels: 0,
                    sdp_fmtp_line: format!("apt={payload_type}"),
                    rtcp_feedback: vec![],
                },
                payload_type: payload_type + 1,
            },
            RtpCodecKind::Video,
        )?;
    }
    media.register_header_extension(
        RTCRtpHeaderExtensionCapability {
            uri: AUDIO_LEVEL_URI.to_owned(),
        },
        RtpCodecKind::Audio,
        None,
    )?;
    Ok(())
}

/// Opus as this client offers it.
pub fn opus() -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: "audio/opus".to_owned(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: "minptime=10;useinbandfec=1".to_owned(),
        rtcp_feedback: vec![],
    }
}

/// A codec of pictures as this client offers it.
pub fn video(codec: Codec) -> RTCRtpCodec {
    let fmtp = match codec {
        Codec::Vp9 => "profile-id=0",
        Codec::H264 => "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        Codec::Vp8 | Codec::Opus => "",
    };
    RTCRtpCodec {
        mime_type: format!("video/{}", codec.name().to_ascii_uppercase()),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: fmtp.to_owned(),
        rtcp_feedback: vec![],
    }
}
