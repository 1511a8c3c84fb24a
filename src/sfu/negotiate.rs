//! Reading an offer before the WebRTC stack does: bounded, checked, and stripped of what must not reach it.

use super::error::NegotiationError;
use super::formats::{self, Format, Listed};
use super::kind::Kind;
use super::sdpfrag::ice_token;
use crate::rtp::codec::Codec;
use crate::rtp::source::Source;
use std::net::IpAddr;

/// Most seats that one subscriber may offer.
pub const SEATS_MAX: usize = 64;
/// Longest session description that is read, in bytes.
pub const SDP_BYTES_MAX: usize = 256 * 1024;
/// Lines that an offer may have. 64 seats of a browser that lists every codec make about 9,000.
const LINES_MAX: usize = 16_384;
/// Candidates that are taken of one description.
pub(super) const CANDIDATES_MAX: usize = 32;
/// Lines about SSRCs that are handed on: the stack looks through all of them for each. Three tracks have about thirty.
const SSRC_LINES_MAX: usize = 512;
/// Payload types of sound that are told apart when its protection against loss is read; browsers have about ten, on each of
/// the lines.
const SOUND_TYPES_MAX: usize = 1024;
/// Longest name of a media line, in bytes.
const MID_MAX: usize = 64;
/// SSRCs that are read of one description.
const SSRCS_MAX: usize = 64;
/// Extension of the audio level (RFC 6464).
pub(super) const AUDIO_LEVEL_URI: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
/// Extension of transport-wide feedback (draft-holmer-rmcat-transport-wide-cc).
pub(super) const TRANSPORT_CC_URI: &str =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const MID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
const RID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
const REPAIRED_RID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";

/// One media section of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) kind: Kind,
    pub(super) mid: String,
    /// Header extension id of the audio level, if offered.
    pub(super) audio_level: Option<u8>,
    /// Header extension id of transport-wide feedback, if offered.
    pub(super) transport_cc: Option<u8>,
    /// The codecs that are used of what it offers, in its order. Never empty.
    pub(super) formats: Vec<Format>,
}

/// A checked offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    /// The text to hand on.
    pub(super) sdp: String,
    pub(super) sections: Vec<Section>,
    pub(super) ufrag: String,
    pub(super) pwd: String,
    /// Payload types that are used, and their codecs.
    pub(super) codecs: Vec<(u8, Codec)>,
    /// Retransmission payload types and the payload types they repair (RFC 4588).
    pub(super) repairs: Vec<(u8, u8)>,
    /// SSRCs of retransmission and the SSRCs they repair (RFC 5576, FID).
    pub(super) repair_ssrcs: Vec<(u32, u32)>,
    /// SSRCs that the offer declares, and the place of their media section (RFC 5576).
    pub(super) ssrcs: Vec<(u32, usize)>,
    pub(super) mid_extension: Option<u8>,
    pub(super) rid_extension: Option<u8>,
    pub(super) repaired_rid_extension: Option<u8>,
    /// Payload type of sound with redundancy (RFC 2198), if it is of the Opus that is offered.
    pub(super) red: Option<u8>,
    /// Packets of sound can be asked for again.
    pub(super) sound_nack: bool,
}

impl Offer {
    /// Reads the offer of a publisher: one audio line at most, two video lines at most, all of them sending. Its pictures
    /// come in one codec.
    pub(super) fn publish(sdp: &str) -> Result<Self, NegotiationError> {
        let mut offer = Self::parse(sdp, &["sendonly", "sendrecv"])?;
        let (audio, video) = (offer.count(Kind::Audio), offer.count(Kind::Video));
        if audio > 1 || video > 2 {
            return Err(NegotiationError::Unsupported(format!(
                "a publication has one audio line and two video lines at most, not {audio} and {video}"
            )));
        }
        let pictures = offer.sections.iter().filter(|s| s.kind == Kind::Video);
        match formats::common(pictures.map(|s| s.formats.as_slice())) {
            Some(codec) => {
                for section in offer.sections.iter_mut().filter(|s| s.kind == Kind::Video) {
                    section.formats.retain(|f| f.codec == codec);
                }
            }
            None if video > 0 => {
                return Err(NegotiationError::Unsupported(
                    "video lines without a codec in common".into(),
                ));
            }
            None => {}
        }
        offer.settle();
        Ok(offer)
    }

    /// Reads the offer of a subscriber: receiving lines, each a seat of its kind.
    pub(super) fn subscribe(sdp: &str) -> Result<Self, NegotiationError> {
        let mut offer = Self::parse(sdp, &["recvonly", "sendrecv"])?;
        if offer.seats() > SEATS_MAX {
            return Err(NegotiationError::Full("seats of one subscriber"));
        }
        offer.settle();
        Ok(offer)
    }

    /// Lines of a kind.
    pub(super) fn count(&self, kind: Kind) -> usize {
        self.sections.iter().filter(|s| s.kind == kind).count()
    }

    /// Leaves out the candidates that are not to be taken.
    pub(super) fn sift(&mut self, mut takes: impl FnMut(&str) -> bool) {
        let mut sifted = String::with_capacity(self.sdp.len());
        for line in self.sdp.split_inclusive("\r\n") {
            if line
                .strip_prefix("a=candidate:")
                .is_none_or(|c| takes(c.trim_end()))
            {
                sifted.push_str(line);
            }
        }
        self.sdp = sifted;
    }

    /// The codec of a payload type.
    pub(super) fn codec(&self, payload_type: u8) -> Option<Codec> {
        self.codecs
            .iter()
            .find(|(pt, _)| *pt == payload_type)
            .map(|(_, codec)| *codec)
    }

    /// True if a picture is sent under this payload type, for the first time or again.
    pub(super) fn is_picture(&self, payload_type: u8) -> bool {
        let repaired = self.repairs.iter().find(|(repair, _)| *repair == payload_type);
        let payload_type = repaired.map_or(payload_type, |(_, of)| *of);
        self.codec(payload_type).is_some_and(|codec| !codec.is_audio())
    }

    /// Leaves out all payload types but those of the formats that are used.
    fn settle(&mut self) {
        let used = || self.sections.iter().flat_map(|s| &s.formats);
        let mut codecs: Vec<(u8, Codec)> = Vec::new();
        let mut repairs: Vec<(u8, u8)> = Vec::new();
        for format in used() {
            if !codecs.iter().any(|(pt, _)| *pt == format.payload_type) {
                codecs.push((format.payload_type, format.codec));
            }
            if let Some(repair) = format.repair
                && !repairs.iter().any(|(pt, _)| *pt == repair)
            {
                repairs.push((repair, format.payload_type));
            }
        }
        let lines: Vec<_> = self
            .sections
            .iter()
            .map(|s| (s.kind, s.formats.as_slice()))
            .collect();
        self.sdp = formats::keep_only(&self.sdp, &lines);
        (self.codecs, self.repairs) = (codecs, repairs);
    }

    /// The place of the n-th line of a kind among all lines.
    pub(super) fn place(&self, kind: Kind, nth: usize) -> Option<usize> {
        let mut places = (0..).zip(&self.sections).filter(|(_, s)| s.kind == kind);
        places.nth(nth).map(|(at, _)| at)
    }

    /// The formats of the n-th line of a kind.
    pub(super) fn formats(&self, kind: Kind, nth: usize) -> &[Format] {
        let line = self.place(kind, nth).and_then(|at| self.sections.get(at));
        line.map_or(&[], |s| &s.formats)
    }

    /// The extension id under which packets of a kind carry their transport-wide number, if the offer has it.
    pub(super) fn transport_cc(&self, kind: Kind) -> Option<u8> {
        self.sections
            .iter()
            .find(|s| s.kind == kind)
            .and_then(|s| s.transport_cc)
    }

    /// The extension id of transport-wide numbers. All lines of a connection that is one bundle use the same.
    pub(super) fn any_transport_cc(&self) -> Option<u8> {
        self.sections.iter().find_map(|s| s.transport_cc)
    }

    /// The extension id of the audio level.
    pub(super) fn audio_level(&self) -> Option<u8> {
        self.sections.iter().find_map(|s| s.audio_level)
    }

    /// The place of the only line of sound, or of pictures.
    pub(super) fn only(&self, audio: bool) -> Option<usize> {
        let mut all = (0..)
            .zip(&self.sections)
            .filter(|(_, s)| (s.kind == Kind::Audio) == audio);
        let (at, _) = all.next()?;
        all.next().is_none().then_some(at)
    }

    /// True if the sender of a source can be asked for its packets again.
    pub(super) fn nack(&self, source: Source) -> bool {
        !source.is_audio() || self.sound_nack
    }

    /// What a publisher's media line shows: the first audio line is the microphone, the first video line the camera,
    /// the second the screen.
    pub(super) fn source(&self, mid: &str) -> Option<Source> {
        let at = self.sections.iter().position(|s| s.mid == mid)?;
        let kind = self.sections.get(at)?.kind;
        let before = self.sections.iter().take(at).filter(|s| s.kind == kind).count();
        match (kind, before) {
            (Kind::Audio, 0) => Some(Source::Microphone),
            (Kind::Video, 0) => Some(Source::Camera),
            (Kind::Video, 1) => Some(Source::Screen),
            _ => None,
        }
    }

    /// Seats: the larger of the two counts.
    pub(super) fn seats(&self) -> usize {
        self.count(Kind::Audio).max(self.count(Kind::Video))
    }

    fn parse(sdp: &str, directions: &[&str]) -> Result<Self, NegotiationError> {
        let malformed = |what: &str| NegotiationError::Malformed(what.to_string());
        if sdp.len() > SDP_BYTES_MAX {
            return Err(NegotiationError::Full("size of a session description"));
        }
        if !sdp.starts_with("v=0") {
            return Err(malformed("it does not begin with v=0"));
        }
        let mut offer = Offer {
            sdp: String::with_capacity(sdp.len()),
            sections: Vec::new(),
            ufrag: String::new(),
            pwd: String::new(),
            codecs: Vec::new(),
            repairs: Vec::new(),
            repair_ssrcs: Vec::new(),
            ssrcs: Vec::new(),
            mid_extension: None,
            rid_extension: None,
            repaired_rid_extension: None,
            red: None,
            sound_nack: false,
        };
        let mut sound = Sound::default();
        let (mut candidates, mut ssrcs) = (0, 0);
        let mut fingerprint = false;
        let mut session_direction = None;
        let mut current_directions: Vec<Option<&str>> = Vec::new();
        let mut listed: Vec<Listed> = Vec::new();
        for (i, line) in sdp.lines().enumerate() {
            if i >= LINES_MAX {
                return Err(NegotiationError::Full("lines of a session description"));
            }
            let line = line.trim_end();
            if line.is_empty() {
                continue;
            }
            if !is_plain(line) || line.as_bytes().get(1) != Some(&b'=') {
                return Err(malformed("a line is not of the form x=value"));
            }
            if let Some(media) = line.strip_prefix("m=") {
                let kind = match media.split(' ').next() {
                    Some("audio") => Kind::Audio,
                    Some("video") => Kind::Video,
                    other => {
                        return Err(NegotiationError::Unsupported(format!(
                            "media of the kind {:?}",
                            other.unwrap_or("").chars().take(20).collect::<String>()
                        )));
                    }
                };
                if offer.sections.len() >= 2 * SEATS_MAX {
                    return Err(NegotiationError::Full("media lines"));
                }
                offer.sections.push(Section {
                    kind,
                    mid: String::new(),
                    audio_level: None,
                    transport_cc: None,
                    formats: Vec::new(),
                });
                listed.push(Listed::of_media_line(media));
                current_directions.push(session_direction);
            } else if let Some(attribute) = line.strip_prefix("a=") {
                let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
                match name {
                    "candidate" => {
                        candidates += 1;
                        if candidates > CANDIDATES_MAX || !usable_candidate(value) {
                            continue;
                        }
                    }
                    "ssrc" => {
                        ssrcs += 1;
                        if ssrcs > SSRC_LINES_MAX {
                            continue;
                        }
                        if let Some(Ok(ssrc)) = value.split(' ').next().map(str::parse)
                            && let Some(section) = offer.sections.len().checked_sub(1)
                            && !offer.ssrcs.iter().any(|(known, _)| *known == ssrc)
                            && offer.ssrcs.len() < SSRCS_MAX
                        {
                            offer.ssrcs.push((ssrc, section));
                        }
                    }
                    "ice-ufrag" => offer.ufrag = ice_token(value, 4)?,
                    "ice-pwd" => offer.pwd = ice_token(value, 22)?,
                    "fingerprint" => fingerprint = true,
                    "setup" if value == "passive" => {
                        return Err(NegotiationError::Unsupported(
                            "a DTLS server as a client (a=setup:passive)".into(),
                        ));
                    }
                    "mid" => {
                        if let Some(section) = offer.sections.last_mut() {
                            value.clone_into(&mut section.mid);
                        }
                    }
                    "sendonly" | "recvonly" | "sendrecv" | "inactive" => {
                        match current_directions.last_mut() {
                            Some(direction) => *direction = Some(name),
                            None => session_direction = Some(name),
                        }
                    }
                    "extmap" => offer.read_extension(value),
                    "rtcp-fb" if offer.in_sound() => sound.read_feedback(value),
                    "rtpmap" => {
                        if offer.in_sound() {
                            sound.read_map(value);
                        }
                        if let Some(listed) = listed.last_mut() {
                            listed.map(value);
                        }
                    }
                    "fmtp" => {
                        if offer.in_sound() {
                            sound.read_format(value);
                        }
                        if let Some(listed) = listed.last_mut() {
                            listed.parameters(value);
                        }
                    }
                    "ssrc-group" => {
                        let mut words = value.split_ascii_whitespace();
                        if words.next() == Some("FID")
                            && let (Some(Ok(ssrc)), Some(Ok(rtx))) =
                                (words.next().map(str::parse), words.next().map(str::parse))
                            && offer.repair_ssrcs.len() < CANDIDATES_MAX
                        {
                            offer.repair_ssrcs.push((rtx, ssrc));
                        }
                    }
                    _ => {}
                }
            }
            offer.sdp.push_str(line);
            offer.sdp.push_str("\r\n");
        }
        if offer.sections.is_empty() {
            return Err(malformed("it has no media line"));
        }
        if offer.ufrag.is_empty() || offer.pwd.is_empty() {
            return Err(malformed("it has no ICE credentials (RFC 8839)"));
        }
        if !fingerprint {
            return Err(malformed("it has no DTLS fingerprint"));
        }
        for (section, listed) in offer.sections.iter_mut().zip(listed) {
            section.formats = listed.ours(section.kind);
            if section.formats.is_empty() {
                return Err(NegotiationError::Unsupported(match section.kind {
                    Kind::Audio => format!("a media line without {}", Codec::Opus.name()),
                    Kind::Video => format!("a media line without {}", formats::picture_codecs()),
                }));
            }
        }
        let opus = |pt: u8| {
            let mut used = offer.sections.iter().flat_map(|s| &s.formats);
            used.any(|f| f.codec == Codec::Opus && f.payload_type == pt)
        };
        let (red, sound_nack) = (sound.red(opus), sound.nacks.iter().any(|pt| opus(*pt)));
        (offer.red, offer.sound_nack) = (red, sound_nack);
        let mut mids: Vec<&str> = offer.sections.iter().map(|s| s.mid.as_str()).collect();
        mids.sort_unstable();
        mids.dedup();
        if mids.len() != offer.sections.len() || mids.iter().any(|m| m.is_empty() || m.len() > MID_MAX) {
            return Err(malformed("each media line needs a mid of its own"));
        }
        if let Some(direction) = current_directions
            .iter()
            .map(|d| d.unwrap_or("sendrecv"))
            .find(|d| !directions.contains(d))
        {
            return Err(NegotiationError::Unsupported(format!(
                "a {direction} line; {} is expected",
                directions.first().unwrap_or(&"")
            )));
        }
        Ok(offer)
    }

    /// True while the last line that was begun is one of sound.
    fn in_sound(&self) -> bool {
        self.sections.last().is_some_and(|s| s.kind == Kind::Audio)
    }

    fn read_extension(&mut self, value: &str) {
        let mut words = value.split_ascii_whitespace();
        let (Some(id), Some(uri)) = (words.next(), words.next()) else {
            return;
        };
        let Some(Ok(id)) = id.split('/').next().map(str::parse::<u8>) else {
            return;
        };
        match uri {
            AUDIO_LEVEL_URI => {
                if let Some(section) = self.sections.last_mut() {
                    section.audio_level = Some(id);
                }
            }
            TRANSPORT_CC_URI => {
                if let Some(section) = self.sections.last_mut() {
                    section.transport_cc = Some(id);
                }
            }
            MID_URI => self.mid_extension = Some(id),
            RID_URI => self.rid_extension = Some(id),
            REPAIRED_RID_URI => self.repaired_rid_extension = Some(id),
            _ => {}
        }
    }
}

/// What an offer says of how sound is protected against loss.
#[derive(Default)]
struct Sound {
    /// Payload types of RED for 48 kHz and two channels, as Opus has it in SDP.
    reds: Vec<u8>,
    /// Payload types, and the one that all their blocks have.
    of: Vec<(u8, u8)>,
    /// Payload types of which packets can be asked for again.
    nacks: Vec<u8>,
}

impl Sound {
    fn read_map(&mut self, value: &str) {
        if let Some((pt, encoding)) = value.split_once(' ')
            && encoding.trim().eq_ignore_ascii_case("red/48000/2")
        {
            self.reds.extend(
                pt.parse::<u8>()
                    .ok()
                    .filter(|_| self.reds.len() < SOUND_TYPES_MAX),
            );
        }
    }

    /// RFC 2198, section 5: the payload types of primary and redundancy, parted by slashes.
    fn read_format(&mut self, value: &str) {
        let Some((pt, blocks)) = value.split_once(' ') else {
            return;
        };
        let mut blocks = blocks.trim().split('/').map(str::parse::<u8>);
        if let (Ok(pt), Some(Ok(first))) = (pt.parse(), blocks.next())
            && self.of.len() < SOUND_TYPES_MAX
            && blocks.all(|b| b == Ok(first))
        {
            self.of.push((pt, first));
        }
    }

    fn read_feedback(&mut self, value: &str) {
        if let Some((pt, "nack")) = value.trim().split_once(' ')
            && let Ok(pt) = pt.parse()
            && self.nacks.len() < SOUND_TYPES_MAX
        {
            self.nacks.push(pt);
        }
    }

    fn red(&self, opus: impl Fn(u8) -> bool) -> Option<u8> {
        let of_opus = |red: &&u8| self.of.iter().any(|(pt, of)| pt == *red && opus(*of));
        self.reds.iter().find(of_opus).copied()
    }
}

/// True for a UDP candidate of the first component with a literal address. Names (mDNS) would need look-ups, TCP is
/// not served; such a peer is found by its own checks.
pub(super) fn usable_candidate(value: &str) -> bool {
    let mut words = value.split_ascii_whitespace();
    let (_foundation, component, transport, _priority, address, port) = (
        words.next(),
        words.next(),
        words.next(),
        words.next(),
        words.next(),
        words.next(),
    );
    component == Some("1")
        && transport.is_some_and(|t| t.eq_ignore_ascii_case("udp"))
        && address.is_some_and(|a| {
            a.parse::<IpAddr>().is_ok_and(|ip| {
                let broadcast = matches!(ip.to_canonical(), IpAddr::V4(v4) if v4.is_broadcast());
                !ip.is_unspecified() && !ip.is_multicast() && !broadcast
            })
        })
        && port.is_some_and(|p| p.parse::<u16>().is_ok_and(|p| p != 0))
}

/// True for a candidate with an address of the machine itself: where the server is not on it, checks sent there would be
/// checks of whatever else runs beside it.
pub(super) fn is_loopback(candidate: &str) -> bool {
    let address = candidate.split_ascii_whitespace().nth(4);
    address
        .and_then(|a| a.parse::<IpAddr>().ok())
        .is_some_and(|ip| ip.to_canonical().is_loopback())
}

/// True for a line without control characters: they could make two lines of one for whoever reads it next.
pub(super) fn is_plain(line: &str) -> bool {
    !line.contains(|c: char| c.is_control() && c != '\t')
}

/// The value of the first `a=<name>:` line.
pub(super) fn attribute<'a>(sdp: &'a str, name: &str) -> Option<&'a str> {
    sdp.lines().find_map(|line| {
        line.strip_prefix("a=")?
            .strip_prefix(name)?
            .strip_prefix(':')
            .map(str::trim)
    })
}

#[cfg(test)]
#[path = "negotiate_test.rs"]
mod tests;
