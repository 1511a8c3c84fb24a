//! Encoders for live use: VP8, VP9, H.264 and Opus, from FFmpeg's libvpx, libx264 and libopus.

use super::MediaError;
use super::look::Look;
use super::picture::{Canvas, HEIGHT, WIDTH};
use super::tone;
use crate::rtp::codec::Codec;
use bytes::Bytes;
use ffmpeg_next as ff;
use std::time::Duration;

/// Pictures a second.
pub const FPS: u64 = 25;
/// A key frame at least this often, asked for or not.
const KEY_FRAME_EVERY: u32 = 2 * FPS as u32;
const VIDEO_BITS_PER_SECOND: usize = 500_000;
const AUDIO_BITS_PER_SECOND: usize = 32_000;

/// Draws and encodes the pictures of one person.
pub struct PictureEncoder {
    encoder: ff::encoder::video::Encoder,
    look: Look,
    title: String,
}

impl PictureEncoder {
    /// For this look; the title is drawn on top, in capitals.
    pub fn new(codec: Codec, look: Look, title: &str) -> Result<Self, MediaError> {
        let (name, missing) = match codec {
            Codec::Vp9 => ("libvpx-vp9", "VP9 encoder"),
            Codec::H264 => ("libx264", "H.264 encoder"),
            Codec::Vp8 | Codec::Opus => ("libvpx", "VP8 encoder"),
        };
        let found = ff::encoder::find_by_name(name).ok_or(MediaError::Missing(missing))?;
        let mut video = ff::codec::Context::new_with_codec(found).encoder().video()?;
        video.set_width(WIDTH as u32);
        video.set_height(HEIGHT as u32);
        video.set_format(ff::format::Pixel::YUV420P);
        video.set_time_base(ff::Rational(1, FPS as i32));
        video.set_frame_rate(Some(ff::Rational(FPS as i32, 1)));
        video.set_bit_rate(VIDEO_BITS_PER_SECOND);
        video.set_gop(KEY_FRAME_EVERY);
        let mut options = ff::Dictionary::new();
        options.set("threads", "1");
        let settings: &[(&str, &str)] = match codec {
            // A picture that is asked for is one that a decoder can start with, and parameter sets go before each.
            Codec::H264 => &[
                ("preset", "ultrafast"),
                ("tune", "zerolatency"),
                ("profile", "baseline"),
                ("forced-idr", "1"),
            ],
            _ => &[
                ("deadline", "realtime"),
                ("cpu-used", "8"),
                ("lag-in-frames", "0"),
                ("auto-alt-ref", "0"),
            ],
        };
        for (name, value) in settings {
            options.set(name, value);
        }
        Ok(Self {
            encoder: video.open_as_with(found, options)?,
            look,
            title: title.to_owned(),
        })
    }

    /// Draws and encodes frame number `frame`, which shows `elapsed` since the start.
    pub fn encode(&mut self, elapsed: Duration, frame: u64, key: bool) -> Result<Option<Bytes>, MediaError> {
        self.encode_as(elapsed, frame, frame, key)
    }

    fn encode_as(
        &mut self,
        elapsed: Duration,
        frame: u64,
        number: u64,
        key: bool,
    ) -> Result<Option<Bytes>, MediaError> {
        let mut picture = ff::frame::Video::new(ff::format::Pixel::YUV420P, WIDTH as u32, HEIGHT as u32);
        self.draw(&mut picture, elapsed, frame);
        picture.set_pts(Some(number as i64));
        if key {
            picture.set_kind(ff::picture::Type::I);
        }
        self.encoder.send_frame(&picture)?;
        drain(&mut self.encoder)
    }

    /// The same for a picture that stays: all but `number`, which orders it, is drawn as at `elapsed` always.
    pub fn encode_still(
        &mut self,
        elapsed: Duration,
        number: u64,
        key: bool,
    ) -> Result<Option<Bytes>, MediaError> {
        self.encode_as(elapsed, 0, number, key)
    }

    fn draw(&self, picture: &mut ff::frame::Video, elapsed: Duration, frame: u64) {
        let (y_stride, chroma_stride) = (picture.stride(0), picture.stride(1));
        let mut planes = [const { Vec::new() }; 3];
        for (index, plane) in planes.iter_mut().enumerate() {
            *plane = vec![0; picture.data(index).len()];
        }
        let [y, u, v] = &mut planes;
        let mut canvas = Canvas {
            y,
            y_stride,
            u,
            v,
            chroma_stride,
        };
        canvas.draw(self.look, &self.title, elapsed, frame);
        for (index, plane) in planes.iter().enumerate() {
            picture.data_mut(index).copy_from_slice(plane);
        }
    }
}

/// Makes and encodes the sound of one person.
pub struct SoundEncoder {
    encoder: ff::encoder::audio::Encoder,
    tone_hz: u32,
}

/// One encoded frame of sound.
pub struct SoundFrame {
    /// The Opus packet.
    pub data: Bytes,
    /// How loud it is, in -dBov (RFC 6464).
    pub level: u8,
}

impl SoundEncoder {
    /// For this look's tone.
    pub fn new(look: Look) -> Result<Self, MediaError> {
        let codec = ff::encoder::find_by_name("libopus").ok_or(MediaError::Missing("libopus encoder"))?;
        let mut audio = ff::codec::Context::new_with_codec(codec).encoder().audio()?;
        audio.set_rate(tone::RATE as i32);
        audio.set_format(ff::format::Sample::I16(ff::format::sample::Type::Packed));
        audio.set_channel_layout(ff::ChannelLayout::MONO);
        audio.set_channels(1);
        audio.set_time_base(ff::Rational(1, tone::RATE as i32));
        audio.set_bit_rate(AUDIO_BITS_PER_SECOND);
        let mut options = ff::Dictionary::new();
        options.set("frame_duration", "20");
        options.set("application", "audio");
        Ok(Self {
            encoder: audio.open_as_with(codec, options)?,
            tone_hz: look.tone_hz,
        })
    }

    /// Encodes the 20 ms of sound number `frame`.
    pub fn encode(&mut self, frame: u64) -> Result<Option<SoundFrame>, MediaError> {
        let first = frame * tone::FRAME_SAMPLES as u64;
        let mut samples = [0_i16; tone::FRAME_SAMPLES];
        tone::fill(&mut samples, self.tone_hz, first);
        let mut sound = ff::frame::Audio::new(
            ff::format::Sample::I16(ff::format::sample::Type::Packed),
            tone::FRAME_SAMPLES,
            ff::ChannelLayout::MONO,
        );
        sound.set_rate(tone::RATE);
        sound.set_pts(Some(first as i64));
        for (bytes, sample) in sound.data_mut(0).chunks_exact_mut(2).zip(samples) {
            bytes.copy_from_slice(&sample.to_ne_bytes());
        }
        self.encoder.send_frame(&sound)?;
        let level = tone::level_dbov(&samples);
        Ok(drain(&mut self.encoder)?.map(|data| SoundFrame { data, level }))
    }
}

/// The packet that one frame gave, if the encoder does not hold it back.
fn drain(encoder: &mut ff::encoder::Encoder) -> Result<Option<Bytes>, MediaError> {
    let mut packet = ff::Packet::empty();
    match encoder.receive_packet(&mut packet) {
        Ok(()) => Ok(packet.data().map(Bytes::copy_from_slice)),
        Err(ff::Error::Other { errno }) if errno == ff::error::EAGAIN => Ok(None),
        Err(error) => Err(error.into()),
    }
}
