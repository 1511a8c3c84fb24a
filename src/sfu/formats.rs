//! Which payload types of an offer are used: for each codec one, with its retransmissions. Whatever else is offered never
//! reaches the WebRTC stack.

use super::kind::Kind;
use crate::rtp::codec::Codec;

/// Codecs of pictures that are forwarded and recorded. VP8 comes first: every browser has it.
const PICTURES: [Codec; 3] = [Codec::Vp8, Codec::Vp9, Codec::H264];
/// Formats that one media line may list; there are no more payload types.
const FORMATS_MAX: usize = 128;

/// A codec as one media line takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) codec: Codec,
    pub(super) payload_type: u8,
    /// The payload type of its retransmissions (RFC 4588), if it was offered.
    pub(super) repair: Option<u8>,
}

/// Which codecs of pictures a line takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken([bool; PICTURES.len()]);

impl Taken {
    pub(super) fn of(formats: &[Format]) -> Self {
        Self(PICTURES.map(|codec| formats.iter().any(|f| f.codec == codec)))
    }

    pub(super) fn has(self, codec: Codec) -> bool {
        PICTURES.iter().zip(self.0).any(|(c, taken)| *c == codec && taken)
    }
}

/// What one media line says of its payload types, while it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Listed {
    formats: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    payload_type: u8,
    codec: Option<Codec>,
    parameters: Parameters,
}

/// What of the format parameters decides whether a codec is ours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Parameters {
    /// Of VP9; 0 if it is not said (RFC 9628, section 6).
    profile: u8,
    /// Of H.264; 0 if it is not said (RFC 6184, section 8.1).
    packetization_mode: u8,
    /// Of H.264: profile, constraints and level.
    profile_level: Option<u32>,
    /// The payload type that a retransmission repairs.
    repairs: Option<u8>,
}

impl Listed {
    /// Reads the value of an `m=` line.
    pub(super) fn of_media_line(media: &str) -> Self {
        let mut formats: Vec<Entry> = Vec::new();
        for payload_type in media
            .split_ascii_whitespace()
            .skip(3)
            .filter_map(|f| f.parse().ok())
        {
            if formats.len() < FORMATS_MAX && !formats.iter().any(|f| f.payload_type == payload_type) {
                formats.push(Entry {
                    payload_type,
                    codec: None,
                    parameters: Parameters::default(),
                });
            }
        }
        Self { formats }
    }

    fn entry(&mut self, payload_type: u8) -> Option<&mut Entry> {
        self.formats.iter_mut().find(|f| f.payload_type == payload_type)
    }

    /// Reads the value of an `a=rtpmap` line.
    pub(super) fn map(&mut self, value: &str) {
        if let Some((payload_type, encoding)) = value.split_once(' ')
            && let Ok(payload_type) = payload_type.parse()
            && let Some(codec) = encoding.split('/').next().and_then(Codec::from_name)
            && let Some(entry) = self.entry(payload_type)
        {
            entry.codec = Some(codec);
        }
    }

    /// Reads the value of an `a=fmtp` line.
    pub(super) fn parameters(&mut self, value: &str) {
        let Some((payload_type, parameters)) = value.split_once(' ') else {
            return;
        };
        let Some(entry) = payload_type.parse().ok().and_then(|pt| self.entry(pt)) else {
            return;
        };
        let known = &mut entry.parameters;
        for (name, value) in parameters.split(';').filter_map(|p| p.trim().split_once('=')) {
            match name.to_ascii_lowercase().as_str() {
                // What cannot be read is none of ours.
                "profile-id" => known.profile = value.parse().unwrap_or(u8::MAX),
                "packetization-mode" => known.packetization_mode = value.parse().unwrap_or(u8::MAX),
                "profile-level-id" => known.profile_level = u32::from_str_radix(value, 16).ok(),
                "apt" => known.repairs = value.parse().ok(),
                _ => {}
            }
        }
    }

    /// The codecs of this kind that are ours, in the order of the offer: of each the first payload type.
    pub(super) fn ours(&self, kind: Kind) -> Vec<Format> {
        let mut ours: Vec<Format> = Vec::new();
        for entry in &self.formats {
            if let Some(codec) = entry.codec
                && codec.is_audio() == (kind == Kind::Audio)
                && entry.parameters.fit(codec)
                && !ours.iter().any(|f| f.codec == codec)
            {
                let repair = self
                    .formats
                    .iter()
                    .find(|f| f.parameters.repairs == Some(entry.payload_type));
                ours.push(Format {
                    codec,
                    payload_type: entry.payload_type,
                    repair: repair.map(|f| f.payload_type),
                });
            }
        }
        ours
    }
}

impl Parameters {
    /// VP9 of profile 0; H.264 of the constrained baseline profile in packetization mode 1, which every browser speaks
    /// that speaks H.264 (RFC 7742, section 6.2).
    fn fit(&self, codec: Codec) -> bool {
        const BASELINE: u32 = 0x42;
        /// constraint_set1_flag.
        const CONSTRAINED: u32 = 0x40;
        match codec {
            Codec::Opus | Codec::Vp8 => true,
            Codec::Vp9 => self.profile == 0,
            Codec::H264 => {
                self.packetization_mode == 1
                    && self
                        .profile_level
                        .is_some_and(|id| id >> 16 == BASELINE && id >> 8 & CONSTRAINED != 0)
            }
        }
    }
}

/// The codec in which all pictures of a publication come: VP8 if every line has it, since everybody can show it; or else
/// what the first line prefers of those that all have. `None` if they have none in common.
pub(super) fn common<'a>(lines: impl Iterator<Item = &'a [Format]> + Clone) -> Option<Codec> {
    let everywhere = |codec: &Codec| {
        lines
            .clone()
            .all(|formats| formats.iter().any(|f| f.codec == *codec))
    };
    let preferred = lines.clone().next()?.iter().map(|f| f.codec);
    std::iter::once(Codec::Vp8).chain(preferred).find(everywhere)
}

/// The description with the payload types of each video line that are used, and no others. `lines` are the formats of all
/// media lines, in order.
pub(super) fn keep_only(sdp: &str, lines: &[(Kind, &[Format])]) -> String {
    let mut kept = String::with_capacity(sdp.len());
    let mut next = lines.iter();
    let mut used: Option<&[Format]> = None;
    for line in sdp.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            used = next
                .next()
                .and_then(|(kind, formats)| (*kind == Kind::Video).then_some(*formats));
            if let Some(formats) = used {
                let head = media.split_ascii_whitespace().take(3);
                let types = media
                    .split_ascii_whitespace()
                    .skip(3)
                    .filter(|f| f.parse().is_ok_and(|pt| uses(formats, pt)));
                kept.push_str("m=");
                kept.push_str(&head.chain(types).collect::<Vec<_>>().join(" "));
                kept.push_str("\r\n");
                continue;
            }
        } else if let Some(formats) = used
            && let Some(of) = payload_type_of(line)
            && !uses(formats, of)
        {
            continue;
        }
        kept.push_str(line);
        kept.push_str("\r\n");
    }
    kept
}

fn uses(formats: &[Format], payload_type: u8) -> bool {
    formats
        .iter()
        .any(|f| f.payload_type == payload_type || f.repair == Some(payload_type))
}

/// The payload type that an attribute is about.
fn payload_type_of(line: &str) -> Option<u8> {
    let (name, value) = line.strip_prefix("a=")?.split_once(':')?;
    matches!(name, "rtpmap" | "fmtp" | "rtcp-fb")
        .then(|| value.split(' ').next()?.parse().ok())
        .flatten()
}

/// The payload types that the media lines of an answer take, in order.
pub(super) fn answered(sdp: &str) -> Vec<Vec<u8>> {
    sdp.lines()
        .filter_map(|line| line.strip_prefix("m="))
        .map(|media| {
            media
                .split_ascii_whitespace()
                .skip(3)
                .filter_map(|f| f.parse().ok())
                .collect()
        })
        .collect()
}

/// Names of the picture codecs, for a refusal.
pub(super) fn picture_codecs() -> String {
    format!(
        "{}, {} (profile 0) or {} (constrained baseline, packetization-mode=1)",
        PICTURES[0].name(),
        PICTURES[1].name(),
        PICTURES[2].name()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(media: &str, attributes: &[(&str, &str)]) -> Listed {
        let mut listed = Listed::of_media_line(media);
        for (name, value) in attributes {
            match *name {
                "rtpmap" => listed.map(value),
                _ => listed.parameters(value),
            }
        }
        listed
    }

    #[test]
    fn of_a_browsers_list_one_payload_type_for_each_codec_is_used() {
        let chromium = listed(
            "video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 107 109 39 98 99 100",
            &[
                ("rtpmap", "96 VP8/90000"),
                ("fmtp", "97 apt=96"),
                ("rtpmap", "103 H264/90000"),
                (
                    "fmtp",
                    "103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
                ),
                ("fmtp", "104 apt=103"),
                ("rtpmap", "107 H264/90000"),
                (
                    "fmtp",
                    "107 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
                ),
                ("rtpmap", "109 h264/90000"),
                ("fmtp", "109 Packetization-Mode=1; profile-level-id=42E01F"),
                ("rtpmap", "39 AV1/90000"),
                ("rtpmap", "98 VP9/90000"),
                ("fmtp", "98 profile-id=2"),
                ("rtpmap", "99 VP9/90000"),
                ("fmtp", "100 apt=99"),
            ],
        );
        let format = |codec, payload_type, repair| Format {
            codec,
            payload_type,
            repair,
        };
        assert_eq!(
            chromium.ours(Kind::Video),
            [
                format(Codec::Vp8, 96, Some(97)),
                format(Codec::H264, 109, None),
                format(Codec::Vp9, 99, Some(100))
            ]
        );
        assert_eq!(chromium.ours(Kind::Audio), []);
    }

    #[test]
    fn pictures_of_one_publication_come_in_one_codec() {
        let format = |codec| Format {
            codec,
            payload_type: 96,
            repair: None,
        };
        let [vp8, vp9, h264] = PICTURES.map(format);
        let common = |lines: &[&[Format]]| common(lines.iter().copied());
        assert_eq!(common(&[&[h264, vp9, vp8], &[vp8]]), Some(Codec::Vp8));
        assert_eq!(common(&[&[h264, vp9]]), Some(Codec::H264));
        assert_eq!(common(&[&[h264, vp9], &[vp9, h264]]), Some(Codec::H264));
        assert_eq!(common(&[&[h264, vp8], &[vp9, h264]]), Some(Codec::H264));
        assert_eq!(common(&[&[vp9], &[h264]]), None);
        assert_eq!(common(&[]), None);
    }

    #[test]
    fn what_is_not_used_is_left_out_of_the_video_lines() {
        let sdp = "v=0\r\nm=audio 9 X 111 9\r\na=rtpmap:9 G722/8000\r\nm=video 9 X 96 98 99\r\na=rtpmap:96 VP8/90000\r\n\
                   a=rtcp-fb:96 nack\r\na=rtcp-fb:* nack\r\na=fmtp:99 apt=98\r\na=mid:96\r\n";
        let used = [Format {
            codec: Codec::Vp9,
            payload_type: 98,
            repair: Some(99),
        }];
        let kept = keep_only(sdp, &[(Kind::Audio, &[]), (Kind::Video, &used)]);
        assert_eq!(
            kept,
            "v=0\r\nm=audio 9 X 111 9\r\na=rtpmap:9 G722/8000\r\nm=video 9 X 98 99\r\na=rtcp-fb:* nack\r\n\
             a=fmtp:99 apt=98\r\na=mid:96\r\n"
        );
        assert_eq!(answered(&kept), [vec![111, 9], vec![98, 99]]);
    }
}
