//! A subscription: seats, each with an audio and a video output that one track at a time is forwarded to.

use super::SEATS_MAX;
use super::error::NegotiationError;
use super::formats::Format;
use super::keyframes::Pleas;
use super::publish::Packet;
use super::resend::{Allowance, Resend, Sent};
use super::room::Kind;
use super::sound::Sound;
use super::way::Way;
use crate::rtp::clock::Capture;
use crate::rtp::codec::Codec;
use crate::rtp::layers::{Choice, Shown};
use crate::rtp::rewrite::{Outgoing, Rewriter, Seed};
use ring::rand::{SecureRandom, SystemRandom};
use rtc::media_stream::MediaStreamTrack;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodingParameters, RTCRtpEncodingParameters, RTCRtpRtxParameters, RtpCodecKind,
};
use std::time::{Duration, Instant};

/// Between the sender reports of one output.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// A stream of a publication: slot of the session, track, layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct StreamRef {
    pub(super) session: usize,
    pub(super) track: usize,
    pub(super) layer: usize,
}

/// One line of a subscriber's offer.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) seat: u16,
    pub(super) kind: Kind,
    pub(super) ssrc: u32,
    /// The codecs that were negotiated for it.
    pub(super) formats: Vec<Format>,
    /// The payload type of the codec that is being forwarded, or was last.
    pub(super) payload_type: Option<u8>,
    pub(super) rewriter: Rewriter,
    /// The track the table sends here: session slot and track.
    pub(super) routed: Option<(usize, usize)>,
    /// The stream that is being forwarded.
    pub(super) current: Option<StreamRef>,
    /// The stream that will be, from its next key frame on.
    pub(super) wanted: Option<StreamRef>,
    /// What was chosen for it: a layer, or why there is none.
    pub(super) choice: Choice,
    /// What can be sent again.
    pub(super) resend: Resend,
    /// The same of sound, and what goes along with it.
    pub(super) sound: Sound,
    /// Key frames that the receiver asks for.
    pub(super) pleas: Pleas,
    pub(super) packets: u32,
    pub(super) octets: u32,
    reported: Option<Instant>,
}

/// What became of a packet at an output.
pub(super) enum Passed {
    No,
    /// To be sent under these numbers; `switched` if it is the first of its stream.
    Packet {
        outgoing: Outgoing,
        payload_type: u8,
        switched: bool,
    },
}

impl Output {
    /// Changes what the table sends here. What is no longer routed stops at once; a new video stream waits for its key
    /// frame, with the old one gone already unless it is the same track.
    pub(super) fn route(&mut self, track: Option<(usize, usize)>) {
        if self.routed != track {
            self.routed = track;
            self.resend.forget();
            self.sound.forget();
            self.stop();
        }
    }

    /// This layer of the track, or nothing of it, from now on: what goes stops at once, what comes waits for its key
    /// frame, and until then the layer before goes on.
    pub(super) fn choose(&mut self, choice: Choice) {
        match choice {
            Choice::Layer(layer) => self.want(layer),
            Choice::Nothing | Choice::Paused => self.stop(),
        }
        self.choice = choice;
    }

    fn stop(&mut self) {
        self.choice = Choice::Nothing;
        self.current = None;
        self.wanted = None;
        self.rewriter.release();
    }

    fn want(&mut self, layer: usize) {
        let Some((session, track)) = self.routed else {
            return;
        };
        let stream = StreamRef {
            session,
            track,
            layer,
        };
        self.wanted = (self.current != Some(stream)).then_some(stream);
    }

    /// How the receiver takes a codec; `None` if it does not.
    pub(super) fn format(&self, codec: Codec) -> Option<Format> {
        self.formats.iter().find(|f| f.codec == codec).copied()
    }

    /// What was sent of a picture may be sent again: as a retransmission, or else as it was, to the bit. `numbered`: its header
    /// has a number of the way to the receiver, which would be another one now, and AES-GCM must never be used twice under
    /// one packet index for different bytes (RFC 7714, section 8.1).
    pub(super) fn may_repeat(&self, numbered: bool) -> bool {
        self.resend.payload_type.is_some() || !numbered
    }

    /// After a reconnection the receiver needs a key frame again.
    pub(super) fn restart(&mut self) {
        if self.kind == Kind::Video && self.wanted.is_none() {
            self.wanted = self.current;
        }
    }

    /// Offers a packet of a stream to this output.
    pub(super) fn offer(&mut self, from: StreamRef, packet: &Packet, capture: Capture) -> Passed {
        let mut switched = false;
        if self.wanted == Some(from) && packet.starts && !packet.payload.is_empty() {
            let Some(format) = self.format(packet.codec) else {
                return Passed::No;
            };
            if self.payload_type.replace(format.payload_type) != Some(format.payload_type) {
                // Under its number nothing but the very same bytes may ever be sent, and they had another type.
                self.resend.forget();
                self.sound.forget();
            }
            self.resend.payload_type = format.repair;
            self.rewriter.switch(&packet.incoming, capture);
            self.current = self.wanted.take();
            self.reported = None;
            switched = true;
        }
        if self.current != Some(from) {
            return Passed::No;
        }
        let Some(payload_type) = self.payload_type else {
            return Passed::No;
        };
        let Some(outgoing) = self.rewriter.forward(&packet.incoming, capture) else {
            return Passed::No;
        };
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(packet.payload.len() as u32);
        if self.kind == Kind::Video {
            if packet.starts {
                self.pleas.answered();
            }
            let sent = Sent {
                outgoing,
                // A track has a handful of layers.
                layer: from.layer as u8,
                ssrc: packet.ssrc,
                original: packet.incoming.sequence,
            };
            self.resend.keep(sent, packet.arrival);
        }
        Passed::Packet {
            outgoing,
            payload_type,
            switched,
        }
    }

    /// True if a sender report is due; it is then taken as sent.
    pub(super) fn report_due(&mut self, now: Instant) -> bool {
        let due = self
            .reported
            .is_none_or(|at| now.saturating_duration_since(at) >= REPORT_INTERVAL);
        if due {
            self.reported = Some(now);
        }
        due
    }
}

/// SSRCs of one receiver that are told of the way at one time: browsers use one for sound and one for pictures.
const ASKED_MAX: usize = 8;

/// A receiver asks how long the way and back is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// The SSRC that asks, and the middle of its NTP time.
    pub(super) ssrc: u32,
    pub(super) ntp: u32,
    pub(super) arrival: Instant,
}

/// The outputs of one subscribe session.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) outputs: Vec<Output>,
    /// How large the receiver shows the seats that it has spoken of.
    shown: Vec<(u16, Shown)>,
    /// The way to the receiver, if it reports on it.
    pub(super) way: Option<Box<Way>>,
    /// What may be sent again of pictures, and of sound: pictures never take from it what sound needs.
    pub(super) again: Allowance,
    pub(super) sound_again: Allowance,
    /// What the receiver asked to be told of its way and back (RFC 3611, section 4.4).
    pub(super) asked: Vec<Asked>,
    /// Seats whose picture is paused, as told to the room's owner.
    pub(super) paused: Vec<u16>,
    /// Loss that the receiver reported since it was last asked for: sum in 256ths, and number of reports.
    lost: (u32, u32),
    random: SystemRandom,
}

impl Subscription {
    pub(super) fn new() -> Self {
        Self {
            outputs: Vec::new(),
            shown: Vec::new(),
            way: None,
            again: Allowance::default(),
            sound_again: Allowance::default(),
            asked: Vec::new(),
            paused: Vec::new(),
            lost: (0, 0),
            random: SystemRandom::new(),
        }
    }

    /// Makes the outputs that an offer with so many lines needs beyond those that are there, and their tracks in the
    /// order in which the stack must get them: all audio, then all video, each in m-line order.
    pub(super) fn grow(
        &self,
        audio: usize,
        video: usize,
    ) -> Result<(Vec<Output>, Vec<MediaStreamTrack>), NegotiationError> {
        let mut outputs = Vec::new();
        let mut tracks = Vec::new();
        for (kind, lines) in [(Kind::Audio, audio), (Kind::Video, video)] {
            let have = self.outputs.iter().filter(|o| o.kind == kind).count();
            if lines < have {
                return Err(NegotiationError::Unsupported(
                    "fewer seats than before; lines stay once they are there".into(),
                ));
            }
            for seat in have..lines {
                let mut random = [0u8; 16];
                self.random
                    .fill(&mut random)
                    .map_err(|_| NegotiationError::Refused("no randomness".into()))?;
                let word = |i: usize| u32::from_be_bytes(random[i..i + 4].try_into().unwrap_or([1; 4]));
                let (ssrc, rtx) = (word(0) | 1, word(0) & !1 ^ 0x8000_0000);
                outputs.push(Output {
                    seat: seat as u16,
                    kind,
                    ssrc,
                    formats: Vec::new(),
                    payload_type: None,
                    rewriter: Rewriter::new(
                        // All pictures have one clock rate.
                        if kind == Kind::Audio {
                            Codec::Opus
                        } else {
                            Codec::Vp8
                        },
                        Seed {
                            // The lower half, so that a receiver's guess of the roll-over counter starts at 0.
                            sequence: word(4) as u16 >> 1,
                            timestamp: word(8) >> 1,
                            picture_id: word(12) as u16 >> 2,
                            tl0_pic_idx: word(12) as u8,
                        },
                    ),
                    routed: None,
                    current: None,
                    wanted: None,
                    choice: Choice::Nothing,
                    // As above.
                    resend: Resend::new(rtx, word(4) as u16 >> 1),
                    sound: Sound::default(),
                    pleas: Pleas::default(),
                    packets: 0,
                    octets: 0,
                    reported: None,
                });
                tracks.push(track(seat, kind, ssrc, rtx));
            }
        }
        Ok((outputs, tracks))
    }

    /// Takes note of how large the seats are shown; replaces what was said before.
    pub(super) fn show(&mut self, mut shown: Vec<(u16, Shown)>) {
        shown.truncate(SEATS_MAX);
        self.shown = shown;
    }

    /// How large a seat is shown.
    pub(super) fn shown(&self, seat: u16) -> Shown {
        let said = self.shown.iter().rev().find(|(s, _)| *s == seat);
        said.map_or(Shown::WHOLE, |(_, shown)| *shown)
    }

    /// Codecs in which every seat can show pictures.
    pub(super) fn shows(&self) -> Vec<Codec> {
        let mut pictures = self.outputs.iter().filter(|o| o.kind == Kind::Video);
        let Some(first) = pictures.next() else {
            return Vec::new();
        };
        let mut codecs: Vec<Codec> = first.formats.iter().map(|f| f.codec).collect();
        for output in pictures {
            codecs.retain(|codec| output.format(*codec).is_some());
        }
        codecs
    }

    /// Seats whose picture the connection does not carry.
    pub(super) fn paused_seats(&self) -> Vec<u16> {
        self.outputs
            .iter()
            .filter(|o| o.choice == Choice::Paused)
            .map(|o| o.seat)
            .collect()
    }

    /// Takes note that the receiver asks; what it asked last counts.
    pub(super) fn ask(&mut self, asked: Asked) {
        self.asked.retain(|a| a.ssrc != asked.ssrc);
        if self.asked.len() < ASKED_MAX {
            self.asked.push(asked);
        }
    }

    /// Takes note of a receiver report.
    pub(super) fn reported(&mut self, fraction_lost: u8) {
        self.lost = (
            self.lost.0.saturating_add(fraction_lost.into()),
            self.lost.1.saturating_add(1),
        );
    }

    /// Mean loss reported since the last call, in thousandths.
    pub(super) fn take_loss(&mut self) -> Option<u16> {
        let (sum, reports) = std::mem::take(&mut self.lost);
        // Wider than it is kept: a flood of reports must not overflow it.
        (reports > 0).then(|| (u64::from(sum) * 1000 / (u64::from(reports) * 256)) as u16)
    }
}

fn track(seat: usize, kind: Kind, ssrc: u32, rtx: u32) -> MediaStreamTrack {
    let (name, codec_kind) = match kind {
        Kind::Audio => ("a", RtpCodecKind::Audio),
        Kind::Video => ("v", RtpCodecKind::Video),
    };
    MediaStreamTrack::new(
        format!("seat{seat}"),
        format!("seat{seat}-{name}"),
        "seat".into(),
        codec_kind,
        vec![RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters {
                ssrc: Some(ssrc),
                rtx: (kind == Kind::Video).then_some(RTCRtpRtxParameters { ssrc: rtx }),
                ..Default::default()
            },
            // No codec is named: the answer then lists all that were negotiated.
            ..Default::default()
        }],
    )
}

#[cfg(test)]
#[path = "subscribe_test.rs"]
mod tests;
