//! What was received, decoded and recognised: whose picture is it, whose tone.

use super::MediaError;
use super::look::Rgb;
use super::picture::{self, HEIGHT, PROBE, WIDTH};
use super::tone::{self, Heard};
use crate::rtp::codec::Codec;
use ffmpeg_next as ff;
use std::time::Duration;

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The background, averaged over the part where nothing is drawn.
    pub background: Rgb,
    /// What the clock says, when it can be read.
    pub clock: Option<Duration>,
}

/// Decodes pictures.
pub struct PictureDecoder(ff::decoder::Video);

impl PictureDecoder {
    /// A fresh decoder for this codec.
    pub fn new(codec: Codec) -> Result<Self, MediaError> {
        let (id, missing) = match codec {
            Codec::Vp9 => (ff::codec::Id::VP9, "VP9 decoder"),
            Codec::H264 => (ff::codec::Id::H264, "H.264 decoder"),
            Codec::Vp8 | Codec::Opus => (ff::codec::Id::VP8, "VP8 decoder"),
        };
        let codec = ff::decoder::find(id).ok_or(MediaError::Missing(missing))?;
        let opened = ff::codec::Context::new_with_codec(codec)
            .decoder()
            .open_as(codec)?;
        Ok(Self(opened.video()?))
    }

    /// What the test picture in this frame shows, at any size. None when the frame shows nothing.
    pub fn look(&mut self, frame: &[u8]) -> Result<Option<Shown>, MediaError> {
        self.0.send_packet(&ff::Packet::copy(frame))?;
        let mut picture = ff::frame::Video::empty();
        let mut shown = None;
        loop {
            match self.0.receive_frame(&mut picture) {
                Ok(()) => shown = examine(&picture),
                Err(ff::Error::Other { errno }) if errno == ff::error::EAGAIN => return Ok(shown),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn examine(picture: &ff::frame::Video) -> Option<Shown> {
    if picture.format() != ff::format::Pixel::YUV420P {
        return None;
    }
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (x, y, w, h) = PROBE;
    let (x, w) = (x * width / WIDTH, w * width / WIDTH);
    let (y, h) = (y * height / HEIGHT, h * height / HEIGHT);
    let luma = mean(picture.data(0), picture.stride(0), x, y, w, h)?;
    let u = mean(picture.data(1), picture.stride(1), x / 2, y / 2, w / 2, h / 2)?;
    let v = mean(picture.data(2), picture.stride(2), x / 2, y / 2, w / 2, h / 2)?;
    Some(Shown {
        background: Rgb::from_yuv(luma, u, v),
        clock: picture::read_clock(|x, y| {
            let (x, y) = (x * width / WIDTH, y * height / HEIGHT);
            picture.data(0).get(y * picture.stride(0) + x).copied()
        }),
    })
}

fn mean(plane: &[u8], stride: usize, x: usize, y: usize, width: usize, height: usize) -> Option<u8> {
    let mut sum = 0_u64;
    for row in y..y + height {
        let line = plane.get(row * stride + x..row * stride + x + width)?;
        sum += line.iter().map(|v| u64::from(*v)).sum::<u64>();
    }
    let count = (width * height) as u64;
    (count > 0).then(|| (sum / count) as u8)
}

/// Decodes Opus.
pub struct SoundDecoder(ff::decoder::Audio);

impl SoundDecoder {
    /// A fresh decoder.
    pub fn new() -> Result<Self, MediaError> {
        let codec = ff::decoder::find_by_name("libopus")
            .or_else(|| ff::decoder::find(ff::codec::Id::OPUS))
            .ok_or(MediaError::Missing("Opus decoder"))?;
        let mut context = ff::codec::Context::new_with_codec(codec);
        // SAFETY: the context was just allocated and is not open; libopus needs rate and channels without a header.
        unsafe {
            (*context.as_mut_ptr()).sample_rate = tone::RATE as i32;
            ff::ffi::av_channel_layout_default(&mut (*context.as_mut_ptr()).ch_layout, 1);
        }
        Ok(Self(context.decoder().open_as(codec)?.audio()?))
    }

    /// The pitch of the person's tone in this packet, when one is heard.
    pub fn tone(&mut self, packet: &[u8]) -> Result<Option<u32>, MediaError> {
        Ok(match self.listen(packet)? {
            Some(Heard::Tone(hz)) => Some(hz),
            _ => None,
        })
    }

    /// What is heard in this packet.
    pub fn listen(&mut self, packet: &[u8]) -> Result<Option<Heard>, MediaError> {
        self.0.send_packet(&ff::Packet::copy(packet))?;
        let mut sound = ff::frame::Audio::empty();
        let mut heard = None;
        loop {
            match self.0.receive_frame(&mut sound) {
                Ok(()) => heard = tone::listen(&samples(&sound)),
                Err(ff::Error::Other { errno }) if errno == ff::error::EAGAIN => return Ok(heard),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The first channel, whatever the decoder's sample format.
fn samples(sound: &ff::frame::Audio) -> Vec<f32> {
    use ff::format::Sample;
    use ff::format::sample::Type;
    let count = sound.samples();
    let channels = if sound.is_packed() {
        usize::from(sound.channels()).max(1)
    } else {
        1
    };
    match sound.format() {
        Sample::I16(Type::Packed) => sound
            .data(0)
            .chunks_exact(2 * channels)
            .take(count)
            .map(|b| f32::from(i16::from_ne_bytes([b[0], b[1]])) / 32_768.0)
            .collect(),
        Sample::F32(_) => sound
            .data(0)
            .chunks_exact(4 * channels)
            .take(count)
            .map(|b| f32::from_ne_bytes([b[0], b[1], b[2], b[3]]))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::encode::{PictureEncoder, SoundEncoder};
    use super::super::look::{LOOKS, Look};
    use super::*;
    use crate::rtp::vp8::is_key_frame;
    use std::time::Duration;

    #[test]
    fn pictures_are_recognised_after_encoding_and_key_frames_come_when_asked() {
        for look in LOOKS {
            let mut encoder = PictureEncoder::new(Codec::Vp8, look, "WITNESS").unwrap();
            let mut decoder = PictureDecoder::new(Codec::Vp8).unwrap();
            for frame in 0..30 {
                let asked = frame == 17;
                let data = encoder
                    .encode(Duration::from_millis(frame * 40), frame, asked)
                    .unwrap()
                    .expect("a live encoder holds nothing back");
                assert_eq!(is_key_frame(&data), frame == 0 || asked, "frame {frame}");
                let shown = decoder.look(&data).unwrap().unwrap();
                assert_eq!(Look::by_colour(shown.background), Some(look), "{shown:?}");
                assert_eq!(shown.clock, Some(Duration::from_millis(frame * 40)));
            }
        }
    }

    #[test]
    fn tones_are_recognised_after_encoding() {
        for look in LOOKS {
            let mut encoder = SoundEncoder::new(look).unwrap();
            let mut decoder = SoundDecoder::new().unwrap();
            let mut heard = Vec::new();
            for frame in 0..100 {
                let sound = encoder.encode(frame).unwrap().unwrap();
                assert!(sound.level < 30);
                heard.extend(decoder.tone(&sound.data).unwrap());
            }
            assert!(heard.len() > 70, "heard {} frames of {look:?}", heard.len());
            assert!(heard.iter().all(|hz| *hz == look.tone_hz));
        }
    }

    #[test]
    fn rubbish_is_an_error_and_not_a_crash() {
        let mut decoder = PictureDecoder::new(Codec::Vp8).unwrap();
        for length in 1..64 {
            let rubbish: Vec<u8> = (0..length).map(|i| (i * 37) as u8).collect();
            let _ = decoder.look(&rubbish);
        }
        let mut ear = SoundDecoder::new().unwrap();
        let _ = ear.tone(&[0xff; 40]);
    }
}
