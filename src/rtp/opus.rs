//! What an Opus packet tells without being decoded (RFC 6716, section 3.1).

/// Samples per second of the Opus clock in RTP and files.
pub const RATE: i64 = 48_000;
/// Samples of the frame that the recorder fills absences with.
pub const SILENCE_SAMPLES: i64 = 960;
/// 20 ms of silence, encoded (CELT, full band, mono).
pub const SILENCE: [u8; 3] = [0xF8, 0xFF, 0xFE];

/// Duration in samples at 48 kHz: 120 to 5760. `None` when the packet is not Opus.
pub fn samples(packet: &[u8]) -> Option<i64> {
    let toc = *packet.first()?;
    let config = toc >> 3;
    let frame = match config {
        0..=11 => [480, 960, 1920, 2880][usize::from(config & 3)],
        12..=15 => [480, 960][usize::from(config & 1)],
        _ => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => i64::from(*packet.get(1)? & 0x3F),
    };
    let samples = frame * frames;
    (1..=5760).contains(&samples).then_some(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_follow_the_table() {
        assert_eq!(samples(&SILENCE), Some(SILENCE_SAMPLES));
        assert_eq!(samples(&[0x78]), Some(960)); // hybrid, 20 ms
        assert_eq!(samples(&[0x18]), Some(2880)); // SILK, 60 ms
        assert_eq!(samples(&[0xE0]), Some(120)); // CELT, 2.5 ms
        assert_eq!(samples(&[0xFB, 0x06]), Some(5760)); // six frames of 20 ms
        assert_eq!(samples(&[0xFB, 0x07]), None); // longer than 120 ms
        assert_eq!(samples(&[0xFB, 0x00]), None);
        assert_eq!(samples(&[0xFB]), None);
        assert_eq!(samples(&[]), None);
    }
}
