//! The streams that a publisher sends on, as they were negotiated.

use super::super::peer::{self, AUDIO_LEVEL_URI, opus};
use super::FleetError;
use super::source::{LAYERS, Made, Stream, stamp};
use crate::rtp::codec::Codec;
use bytes::Bytes;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::RTCPeerConnection;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodingParameters, RTCRtpEncodingParameters, RTCRtpRtxParameters, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpSenderId, RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use std::time::Duration;

const RID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
const MID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
/// Packets of a layer that say which it is: a browser does so until a report comes back.
const NAMED: u16 = 100;
/// A voice at -30 dBov (RFC 6464).
const LEVEL: u8 = 0x80 | 30;

/// One media line and its streams.
#[derive(Debug)]
pub(super) struct Line {
    sender: RTCRtpSenderId,
    ssrcs: Vec<u32>,
    mid: Bytes,
    payload_type: u8,
    mid_extension: Option<u8>,
    rid_extension: Option<u8>,
    level_extension: Option<u8>,
}

impl Line {
    /// Adds a line with so many layers to an offer; `layers` is 1 but for simulcast.
    pub(super) fn add(
        pc: &mut RTCPeerConnection,
        kind: RtpCodecKind,
        layers: usize,
    ) -> Result<Self, FleetError> {
        let video = kind == RtpCodecKind::Video;
        let ssrcs: Vec<u32> = (0..layers).map(|_| random()).collect();
        let encodings = ssrcs
            .iter()
            .zip(LAYERS)
            .map(|(ssrc, layer)| RTCRtpEncodingParameters {
                rtp_coding_parameters: RTCRtpCodingParameters {
                    rid: if layers > 1 {
                        layer.rid.to_owned()
                    } else {
                        String::new()
                    },
                    ssrc: Some(*ssrc),
                    rtx: (video && layers == 1).then(|| RTCRtpRtxParameters { ssrc: random() }),
                    ..Default::default()
                },
                codec: if video { peer::video(Codec::Vp8) } else { opus() },
                ..Default::default()
            })
            .collect();
        let name = format!("load-{kind}");
        let track = MediaStreamTrack::new("load".to_owned(), name.clone(), name, kind, encodings);
        let init = RTCRtpTransceiverInit {
            direction: RTCRtpTransceiverDirection::Sendonly,
            ..Default::default()
        };
        let transceiver = pc.add_transceiver_from_track(track, Some(init))?;
        let sender = pc
            .rtp_transceiver(transceiver)
            .and_then(|t| t.sender())
            .ok_or(rtc::shared::error::Error::ErrRTPSenderNotExisted)?;
        Ok(Self {
            sender,
            ssrcs,
            mid: Bytes::new(),
            payload_type: 0,
            mid_extension: None,
            rid_extension: None,
            level_extension: None,
        })
    }

    /// Learns from the answer which payload type and which extensions were agreed.
    pub(super) fn agreed(&mut self, pc: &mut RTCPeerConnection) -> Result<(), FleetError> {
        let transceivers: Vec<_> = pc.get_transceivers().collect();
        let mid = transceivers.into_iter().find_map(|id| {
            let transceiver = pc.rtp_transceiver(id)?;
            (transceiver.sender() == Some(self.sender)).then(|| transceiver.mid().clone())?
        });
        self.mid = Bytes::from(mid.unwrap_or_default());
        let mut sender = pc
            .rtp_sender(self.sender)
            .ok_or(rtc::shared::error::Error::ErrRTPSenderNotExisted)?;
        let parameters = &sender.get_parameters().rtp_parameters;
        self.payload_type = parameters
            .codecs
            .first()
            .ok_or(rtc::shared::error::Error::ErrCodecNotFound)?
            .payload_type;
        let extension = |uri| {
            let found = parameters.header_extensions.iter().find(|e| e.uri == uri)?;
            u8::try_from(found.id).ok()
        };
        self.mid_extension = extension(MID_URI);
        self.rid_extension = extension(RID_URI);
        self.level_extension = extension(AUDIO_LEVEL_URI);
        Ok(())
    }

    /// The packet as it is sent at `now`.
    pub(super) fn packet(&self, made: Made, now: Duration) -> Result<rtc::rtp::Packet, FleetError> {
        let layer = match made.stream {
            Stream::Sound => 0,
            Stream::Picture(layer) => layer,
        };
        let mut header = rtc::rtp::Header {
            version: 2,
            marker: made.marker,
            payload_type: self.payload_type,
            sequence_number: made.sequence,
            timestamp: made.timestamp,
            ssrc: self.ssrcs.get(layer).copied().unwrap_or_default(),
            ..Default::default()
        };
        if made.stream == Stream::Sound {
            if let Some(id) = self.level_extension {
                header.set_extension(id, Bytes::from_static(&[LEVEL]))?;
            }
        } else if self.ssrcs.len() > 1 && made.sequence <= NAMED {
            let rid = LAYERS.get(layer).map_or("", |l| l.rid);
            for (id, value) in [
                (self.mid_extension, self.mid.clone()),
                (self.rid_extension, Bytes::from_static(rid.as_bytes())),
            ] {
                if let Some(id) = id {
                    header.set_extension(id, value)?;
                }
            }
        }
        Ok(rtc::rtp::Packet {
            header,
            payload: stamp(made.payload, now),
        })
    }
}

/// Random bits for an SSRC (RFC 3550, section 8).
fn random() -> u32 {
    uuid::Uuid::new_v4().as_u128() as u32
}
