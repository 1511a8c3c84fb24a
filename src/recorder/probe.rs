//! How far a file found on disk reaches, by FFmpeg's demuxer.

use crate::rtp::codec::Codec;
use ffmpeg_next as ff;
use std::path::Path;

/// What can be read of a track file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// End of the last packet, milliseconds.
    pub end_ms: u64,
    /// Media packets.
    pub packets: u64,
}

/// Reads the packets of a file. One whose header is not there yet holds nothing.
pub(super) fn probe(path: &Path, codec: Codec) -> Found {
    // An absolute path is never taken for an address.
    let Ok(path) = path.canonicalize() else {
        return Found::default();
    };
    let Ok(mut input) = ff::format::input(&path) else {
        return Found::default();
    };
    let mut found = Found::default();
    for (stream, packet) in input.packets() {
        let Some(at) = packet.pts() else { continue };
        let base = stream.time_base();
        let ms = |units: i64| {
            let denominator = i128::from(base.denominator().max(1));
            let ms = i128::from(units) * i128::from(base.numerator()) * 1000 / denominator;
            u64::try_from(ms).unwrap_or(0)
        };
        // The nominal rate of pictures in the header says nothing about the last one.
        let end = if codec.is_audio() {
            ms(at + packet.duration())
        } else {
            ms(at) + 33
        };
        found.end_ms = found.end_ms.max(end);
        found.packets += 1;
    }
    found
}
