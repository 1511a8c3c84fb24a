//! How a peer connection is made: codecs, extensions, SRTP profiles, certificate, candidates.

use super::negotiate::{AUDIO_LEVEL_URI, TRANSPORT_CC_URI};
use super::place::Place;
use super::srtp::KeyTap;
use rtc::dtls::extension::extension_use_srtp::SrtpProtectionProfile as Srtp;
use rtc::peer_connection::certificate::RTCCertificate;
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::interceptor_registry::configure_simulcast_extension_headers;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::transport::{
    CandidateConfig, CandidateHostConfig, RTCDtlsRole, RTCIceCandidate, RTCIceCandidateInit,
};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpHeaderExtensionCapability, RtpCodecKind,
};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// What a worker gives to each of its transports.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    /// Addresses to advertise, with the worker's port. Never empty.
    pub(super) candidates: Vec<SocketAddr>,
    /// Addresses to advertise for TCP. Empty if there is none.
    pub(super) tcp_candidates: Vec<SocketAddr>,
    pub(super) certificate: RTCCertificate,
}

impl Surroundings {
    /// True if peers on this machine are served over its loopback.
    pub(super) fn on_loopback(&self) -> bool {
        self.candidates.iter().any(|c| c.ip().is_loopback())
    }

    /// The candidate that a packet to or from `remote` is taken to use: the first of its family, and loopback if that is
    /// where it comes from.
    pub(super) fn local_for(&self, remote: Place) -> SocketAddr {
        let candidates = match remote {
            Place::Udp(_) => &self.candidates,
            Place::Tcp(_) => &self.tcp_candidates,
        };
        let remote = remote.address();
        let family = || candidates.iter().filter(|c| c.is_ipv4() == remote.is_ipv4());
        family()
            .find(|c| c.ip().is_loopback() == remote.ip().is_loopback())
            .or(family().next())
            .or(candidates.first())
            .copied()
            .unwrap_or(remote)
    }
}

/// What is known of the SRTP profiles that the peer offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profiles {
    /// The connection allows AES-GCM only; the ClientHello has not been seen whole.
    Unknown,
    /// The peer offers it.
    GcmOnly,
    /// The peer does not; the connection was rebuilt.
    Any,
}

pub(super) fn add_candidate(
    pc: &mut RTCPeerConnection,
    at: SocketAddr,
) -> Result<(), rtc::shared::error::Error> {
    let candidate = CandidateHostConfig {
        base_config: CandidateConfig {
            network: "udp".into(),
            address: at.ip().to_string(),
            port: at.port(),
            component: 1,
            ..Default::default()
        },
        ..Default::default()
    }
    .new_candidate_host()?;
    pc.add_local_candidate(RTCIceCandidate::from(&candidate).to_json()?)
}

/// A TCP candidate that waits to be connected to (RFC 6544, section 4.5). `place` is its place among those of TCP.
pub(super) fn add_tcp_candidate(
    pc: &mut RTCPeerConnection,
    at: SocketAddr,
    place: usize,
) -> Result<(), rtc::shared::error::Error> {
    // RFC 6544, section 4.2: 126 for a host, direction 4 for passive, and another preference for each address. All of
    // it lies below UDP's: a browser takes TCP where UDP does not come through.
    const DIRECTION_PASSIVE: u32 = 4;
    let other = 8191_u32.saturating_sub(u32::try_from(place).unwrap_or(u32::MAX));
    let priority = (126 << 24) | ((DIRECTION_PASSIVE << 13 | other) << 8) | 255;
    let foundation = 1000 + place;
    pc.add_local_candidate(RTCIceCandidateInit {
        candidate: format!(
            "candidate:{foundation} 1 tcp {priority} {} {} typ host tcptype passive",
            at.ip(),
            at.port()
        ),
        sdp_mid: Some(String::new()),
        sdp_mline_index: Some(0),
        ..Default::default()
    })
}

fn codec(
    mime_type: &str,
    clock_rate: u32,
    channels: u16,
    fmtp: &str,
    payload_type: u8,
    feedback: &[(&str, &str)],
) -> RTCRtpCodecParameters {
    RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec {
            mime_type: mime_type.into(),
            clock_rate,
            channels,
            sdp_fmtp_line: fmtp.into(),
            rtcp_feedback: feedback
                .iter()
                .map(|(typ, parameter)| RTCPFeedback {
                    typ: (*typ).into(),
                    parameter: (*parameter).into(),
                })
                .collect(),
        },
        payload_type,
    }
}

/// The codecs of pictures: name, parameters, and a payload type of ours, which the offer's replaces. Which of them an offer
/// may use is decided by `formats`.
const PICTURES: [(&str, &str, u8); 3] = [
    ("video/VP8", "", 96),
    ("video/VP9", "profile-id=0", 98),
    (
        "video/H264",
        "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        102,
    ),
];

/// A peer connection, and where its SRTP keys will come out.
pub(super) struct Built {
    pub(super) pc: RTCPeerConnection,
    pub(super) keys: Arc<KeyTap>,
}

/// A peer connection that speaks our codecs, with our links in its chain.
pub(super) fn build(
    publishes: bool,
    surroundings: &Surroundings,
    profiles: Profiles,
    credentials: Option<(String, String)>,
    now: Instant,
) -> Result<Built, rtc::shared::error::Error> {
    let mut media = MediaEngine::default();
    media.register_codec(
        codec(
            "audio/opus",
            48_000,
            2,
            "minptime=10;useinbandfec=1",
            111,
            &[("nack", ""), ("rrtr", "")],
        ),
        RtpCodecKind::Audio,
    )?;
    media.register_codec(
        codec("audio/red", 48_000, 2, "111/111", 63, &[]),
        RtpCodecKind::Audio,
    )?;
    for (name, fmtp, payload_type) in PICTURES {
        let feedback = &[("ccm", "fir"), ("nack", ""), ("nack", "pli"), ("rrtr", "")];
        media.register_codec(
            codec(name, 90_000, 0, fmtp, payload_type, feedback),
            RtpCodecKind::Video,
        )?;
        let repairs = format!("apt={payload_type}");
        media.register_codec(
            codec("video/rtx", 90_000, 0, &repairs, payload_type + 1, &[]),
            RtpCodecKind::Video,
        )?;
    }
    let keys = KeyTap::new().map_err(|e| rtc::shared::error::Error::Other(e.to_string()))?;
    if publishes {
        configure_simulcast_extension_headers(&mut media)?;
        media.register_header_extension(
            RTCRtpHeaderExtensionCapability {
                uri: AUDIO_LEVEL_URI.into(),
            },
            RtpCodecKind::Audio,
            None,
        )?;
    }
    for kind in [RtpCodecKind::Audio, RtpCodecKind::Video] {
        let feedback = RTCPFeedback {
            typ: "transport-cc".into(),
            parameter: String::new(),
        };
        media.register_feedback(feedback, kind);
        let capability = RTCRtpHeaderExtensionCapability {
            uri: TRANSPORT_CC_URI.into(),
        };
        media.register_header_extension(capability, kind, None)?;
    }
    let mut settings = SettingEngineBuilder::new()
        .with_crypto_provider(keys.clone())
        .with_answering_dtls_role(RTCDtlsRole::Server)
        .with_include_loopback_candidate(true);
    if profiles != Profiles::Any {
        settings = settings.with_srtp_protection_profiles(vec![Srtp::Srtp_Aead_Aes_128_Gcm]);
    } else {
        settings = settings.with_srtp_protection_profiles(vec![
            Srtp::Srtp_Aead_Aes_128_Gcm,
            Srtp::Srtp_Aes128_Cm_Hmac_Sha1_80,
        ]);
    }
    if let Some((ufrag, pwd)) = credentials {
        settings = settings.with_ice_credentials(ufrag, pwd);
    }
    let pc = RTCPeerConnectionBuilder::new()
        .with_configuration(
            RTCConfigurationBuilder::new()
                .with_certificates(vec![surroundings.certificate.clone()])
                .build(),
        )
        .with_setting_engine(settings.build())
        .with_media_engine(media)
        .build(now)?;
    Ok(Built { pc, keys })
}

/// A fresh certificate for a worker; each session's fingerprint is in its answer.
pub(super) fn certificate() -> Result<RTCCertificate, String> {
    let provider = rtc::crypto::default_provider().map_err(|e| e.to_string())?;
    let parameters = rcgen::CertificateParams::new(vec!["oyer".to_string()]).map_err(|e| e.to_string())?;
    RTCCertificate::generate(
        provider.crypto(),
        rtc::crypto::SignatureScheme::EcdsaP256Sha256,
        parameters,
    )
    .map_err(|e| e.to_string())
}
