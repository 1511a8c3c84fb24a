//! The codecs that Oyer forwards and records.

/// A codec of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// RFC 7587.
    Opus,
    /// RFC 7741.
    Vp8,
    /// RFC 9628.
    Vp9,
    /// RFC 6184.
    H264,
}

impl Codec {
    /// From an SDP encoding name or mime subtype, case ignored (RFC 8866, section 6.6).
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.rsplit('/').next()?;
        [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::H264]
            .into_iter()
            .find(|c| c.name().eq_ignore_ascii_case(name))
    }

    /// The encoding name as registered with IANA, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Opus => "opus",
            Codec::Vp8 => "vp8",
            Codec::Vp9 => "vp9",
            Codec::H264 => "h264",
        }
    }

    /// RTP clock rate in Hz.
    pub fn clock_rate(self) -> u32 {
        match self {
            Codec::Opus => 48_000,
            Codec::Vp8 | Codec::Vp9 | Codec::H264 => 90_000,
        }
    }

    /// True for sound, false for pictures.
    pub fn is_audio(self) -> bool {
        matches!(self, Codec::Opus)
    }
}
