//! The sound of a made-up person: a steady tone, with a short beep at the start of each second, and the ear that
//! tells whose tone it is.

use super::look::LOOKS;
use super::picture::FLASH;
use std::f32::consts::TAU;

/// Samples a second.
pub const RATE: u32 = 48_000;
/// Samples in one Opus frame of 20 ms.
pub const FRAME_SAMPLES: usize = 960;
/// Pitch of the beep in Hz.
pub const BEEP_HZ: u32 = 1_800;

const TONE_LEVEL: f32 = 0.15;
const BEEP_LEVEL: f32 = 0.5;

/// Fills `samples` with the sound from sample number `first` on, counted from the start.
pub fn fill(samples: &mut [i16], tone_hz: u32, first: u64) {
    let beep_samples = FLASH.as_millis() as u64 * u64::from(RATE) / 1000;
    for (i, sample) in samples.iter_mut().enumerate() {
        let in_second = (first + i as u64) % u64::from(RATE);
        let (hz, level) = if in_second < beep_samples {
            (BEEP_HZ, BEEP_LEVEL)
        } else {
            (tone_hz, TONE_LEVEL)
        };
        // Whole numbers of Hz: a second holds whole periods, so the phase may restart with it.
        let phase = TAU * (u64::from(hz) * in_second % u64::from(RATE)) as f32 / RATE as f32;
        *sample = (phase.sin() * level * f32::from(i16::MAX)) as i16;
    }
}

/// What a stretch of sound holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Somebody's tone, in Hz.
    Tone(u32),
    /// The beep.
    Beep,
}

/// The pitch, among those of the looks and the beep, that holds most of the sound's energy; none for silence or noise.
pub fn listen(samples: &[f32]) -> Option<Heard> {
    let energy: f32 = samples.iter().map(|s| s * s).sum();
    if samples.len() < FRAME_SAMPLES / 2 || energy / (samples.len() as f32) < 1e-5 {
        return None;
    }
    let tones = LOOKS.iter().map(|look| (look.tone_hz, Heard::Tone(look.tone_hz)));
    let (power, heard) = tones
        .chain([(BEEP_HZ, Heard::Beep)])
        .map(|(hz, heard)| (goertzel(samples, hz), heard))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    // A pure tone of this pitch has power = energy * n / 2.
    (power > 0.6 * energy * samples.len() as f32 / 2.0).then_some(heard)
}

/// Whose pitch is heard; none for the beep, silence or noise.
pub fn hear(samples: &[f32]) -> Option<u32> {
    match listen(samples)? {
        Heard::Tone(hz) => Some(hz),
        Heard::Beep => None,
    }
}

/// Power of one frequency in the samples.
fn goertzel(samples: &[f32], hz: u32) -> f32 {
    let coefficient = 2.0 * (TAU * hz as f32 / RATE as f32).cos();
    let (mut one, mut two) = (0.0_f32, 0.0_f32);
    for sample in samples {
        (one, two) = (sample + coefficient * one - two, one);
    }
    one * one + two * two - coefficient * one * two
}

/// The level of a frame as RFC 6464 writes it: 0 is the loudest, 127 is silence, in -dBov.
pub fn level_dbov(samples: &[i16]) -> u8 {
    let sum: f32 = samples
        .iter()
        .map(|s| (f32::from(*s) / f32::from(i16::MAX)).powi(2))
        .sum();
    let mean = sum / samples.len().max(1) as f32;
    if mean <= 0.0 {
        return 127;
    }
    (-10.0 * mean.log10()).round().clamp(0.0, 127.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(hz: u32, number: u64) -> Vec<f32> {
        let mut samples = vec![0; FRAME_SAMPLES];
        fill(&mut samples, hz, number * FRAME_SAMPLES as u64);
        samples.iter().map(|s| f32::from(*s) / 32768.0).collect()
    }

    #[test]
    fn each_tone_is_heard_as_itself_and_the_beep_as_nobody() {
        for look in LOOKS {
            for number in 5..50 {
                assert_eq!(hear(&frame(look.tone_hz, number)), Some(look.tone_hz));
            }
            for number in 0..5 {
                assert_eq!(listen(&frame(look.tone_hz, number)), Some(Heard::Beep));
                assert_eq!(hear(&frame(look.tone_hz, number)), None);
            }
        }
        assert_eq!(hear(&[0.0; FRAME_SAMPLES]), None);
    }

    #[test]
    fn levels_follow_rfc_6464() {
        assert_eq!(level_dbov(&[0; 960]), 127);
        assert_eq!(level_dbov(&[i16::MAX; 960]), 0);
        let mut samples = vec![0; FRAME_SAMPLES];
        fill(&mut samples, 300, 10 * FRAME_SAMPLES as u64);
        // 0.15 of full scale, as a sine: 20 log10(0.15) - 3 dB.
        assert!((19..=20).contains(&level_dbov(&samples)));
    }
}
