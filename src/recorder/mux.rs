//! FFmpeg's muxer between frames and bytes. It writes into memory and nowhere else: the file is not its business.

use crate::rtp::codec::Codec;
use ffmpeg_next as ff;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, Once, PoisonError};

/// WebM clusters of pictures are this long at most. They reach the file whole, so it bounds what a crash can take.
const CLUSTER_MS: u32 = 500;
/// Those of sound: of words less may be taken, and it is on the way for a while before it comes to us.
const SOUND_CLUSTER_MS: u32 = 250;

/// Nominal picture rate in the header of a WebM file, from which readers take the step of their time scale. Without it
/// they guess, say, 25; when pictures are then moved towards the sound, or catch up after a stall, two can fall on one
/// step, of which `ffmpeg` complains. It is far above what cameras send, so that none is moved that need not be.
///
/// MP4 has no place for it. There a reader that guesses the rate from the first pictures may still complain of pictures
/// that catch up (`ffmpeg` does, unless told `-enc_time_base -1`); their times are right all the same.
const PICTURES_PER_S: i32 = 100;
/// Pictures this far apart never fall on one step: a step, and what is lost by rounding to milliseconds.
pub(super) const PICTURES_APART_US: i64 = 11_000;

/// What the file's header has to know.
#[derive(Debug, Clone)]
pub(super) struct Format {
    pub codec: Codec,
    /// Width and height of the first picture.
    pub size: Option<(u32, u32)>,
    /// H.264 parameter sets, Annex B.
    pub parameters: Option<Vec<u8>>,
}

/// The extension of a file with this codec.
pub(super) fn extension(codec: Codec) -> &'static str {
    match codec {
        Codec::Opus | Codec::Vp8 | Codec::Vp9 => "webm",
        Codec::H264 => "mp4",
    }
}

/// FFmpeg refused.
#[derive(Debug, thiserror::Error)]
#[error("muxing {codec}: {source}")]
pub(super) struct MuxError {
    codec: &'static str,
    source: ff::Error,
}

#[derive(Debug, Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One file of one stream. Whatever a call returns ends on the boundary of a cluster or fragment.
pub(super) struct Mux {
    output: ff::format::context::Output,
    sink: Sink,
    codec: Codec,
    time_base: ff::Rational,
    /// Nothing has been written since the last [`Mux::flush`].
    flushed: bool,
}

const MICROSECONDS: ff::Rational = ff::Rational(1, 1_000_000);

impl Mux {
    /// Begins a file; its header comes with the first bytes.
    pub(super) fn open(format: &Format) -> Result<(Mux, Vec<u8>), MuxError> {
        static QUIET: Once = Once::new();
        QUIET.call_once(|| ff::util::log::set_level(ff::util::log::Level::Fatal));
        let codec = format.codec;
        let fail = |source| MuxError {
            codec: codec.name(),
            source,
        };
        let sink = Sink::default();
        let io = ff::format::context::StreamIo::from_write(sink.clone()).map_err(fail)?;
        let mut output = ff::format::output_to_stream(io, None, Some(extension(codec))).map_err(fail)?;
        {
            let mut stream = output.add_stream(ff::codec::Id::None).map_err(fail)?;
            describe(&mut stream, format).map_err(fail)?;
            let rate = if extension(codec) == "mp4" { 90_000 } else { 1000 };
            stream.set_time_base(ff::Rational(1, rate));
            if !codec.is_audio() {
                stream.set_avg_frame_rate(ff::Rational(PICTURES_PER_S, 1));
            }
        }
        let mut options = ff::Dictionary::new();
        match extension(codec) {
            "webm" => {
                let cluster_ms = if codec.is_audio() {
                    SOUND_CLUSTER_MS
                } else {
                    CLUSTER_MS
                };
                options.set("cluster_time_limit", &cluster_ms.to_string());
            }
            _ => {
                options.set(
                    "movflags",
                    "empty_moov+frag_keyframe+frag_discont+default_base_moof+skip_trailer",
                );
                options.set("frag_duration", "500000");
                // Else the first picture would be moved to time 0.
                options.set("avoid_negative_ts", "disabled");
            }
        }
        // SAFETY: the context is ours alone; `flags` is a plain bit set that callers may change before the header.
        unsafe { (*output.as_mut_ptr()).flags |= ff::ffi::AVFMT_FLAG_FLUSH_PACKETS };
        output.write_header_with(options).map_err(fail)?;
        let time_base = output
            .stream(0)
            .ok_or(ff::Error::StreamNotFound)
            .map_err(fail)?
            .time_base();
        let head = sink.take();
        Ok((
            Mux {
                output,
                sink,
                codec,
                time_base,
                flushed: false,
            },
            head,
        ))
    }

    /// Takes a frame in; gives the bytes that became due, often none.
    pub(super) fn write(
        &mut self,
        data: &[u8],
        at_us: i64,
        duration_us: i64,
        key: bool,
    ) -> Result<Vec<u8>, MuxError> {
        let mut packet = ff::Packet::copy(data);
        packet.set_pts(Some(at_us));
        packet.set_dts(Some(at_us));
        packet.set_duration(duration_us);
        packet.set_stream(0);
        packet.set_position(-1);
        if key {
            packet.set_flags(ff::codec::packet::Flags::KEY);
        }
        packet.rescale_ts(MICROSECONDS, self.time_base);
        if std::mem::take(&mut self.flushed) && extension(self.codec) == "mp4" {
            self.discontinue()?;
        }
        // Not write_interleaved: there is one stream, and the interleaver would hold seconds back.
        packet
            .write(&mut self.output)
            .map_err(|source| self.fail(source))?;
        Ok(self.sink.take())
    }

    /// Ends the cluster or fragment as it is; gives its bytes. Of sound a packet may stay behind.
    pub(super) fn flush(&mut self) -> Result<Vec<u8>, MuxError> {
        // SAFETY: the context is ours alone and its header is written; a null packet asks the muxer to give out what it
        // holds, which the muxers used here allow (`AVFMT_ALLOW_FLUSH`).
        let flushed = unsafe { ff::ffi::av_write_frame(self.output.as_mut_ptr(), std::ptr::null_mut()) };
        if flushed < 0 {
            return Err(self.fail(ff::Error::from(flushed)));
        }
        self.flushed = true;
        Ok(self.sink.take())
    }

    /// The next fragment begins at the time of its first picture. Else FFmpeg puts that one where by its stated duration the
    /// last picture before the flush ended: as much too early as the pause was long.
    fn discontinue(&mut self) -> Result<(), MuxError> {
        // SAFETY: the context is ours alone and its header is written; `movflags` is an option of its muxer, which looks at
        // this one anew with each packet. Both strings end with a zero and are only read.
        let set = unsafe {
            let muxer = (*self.output.as_mut_ptr()).priv_data;
            ff::ffi::av_opt_set(muxer, c"movflags".as_ptr(), c"+frag_discont".as_ptr(), 0)
        };
        if set < 0 {
            return Err(self.fail(ff::Error::from(set)));
        }
        Ok(())
    }

    /// Ends the file; gives its last bytes.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, MuxError> {
        self.output.write_trailer().map_err(|source| self.fail(source))?;
        Ok(self.sink.take())
    }

    fn fail(&self, source: ff::Error) -> MuxError {
        MuxError {
            codec: self.codec.name(),
            source,
        }
    }
}

/// Codec parameters by hand: there is no encoder and no input file to take them from.
fn describe(stream: &mut ff::format::stream::StreamMut<'_>, format: &Format) -> Result<(), ff::Error> {
    let id = match format.codec {
        Codec::Opus => ff::codec::Id::OPUS,
        Codec::Vp8 => ff::codec::Id::VP8,
        Codec::Vp9 => ff::codec::Id::VP9,
        Codec::H264 => ff::codec::Id::H264,
    };
    let extra = match format.codec {
        Codec::Opus => Some(opus_head().to_vec()),
        _ => format.parameters.clone(),
    };
    // SAFETY: the stream was just made and its `codecpar` is valid and ours alone until the header is written; the
    // extradata is allocated with FFmpeg's allocator and padding, as its owner frees it.
    unsafe {
        let parameters = (*stream.as_mut_ptr()).codecpar;
        (*parameters).codec_id = id.into();
        (*parameters).codec_tag = 0;
        if format.codec.is_audio() {
            (*parameters).codec_type = ff::ffi::AVMediaType::AVMEDIA_TYPE_AUDIO;
            (*parameters).sample_rate = 48_000;
            ff::ffi::av_channel_layout_default(&mut (*parameters).ch_layout, 2);
            (*parameters).frame_size = 960;
        } else {
            let (width, height) = format.size.unwrap_or((0, 0));
            (*parameters).codec_type = ff::ffi::AVMediaType::AVMEDIA_TYPE_VIDEO;
            (*parameters).width = width as i32;
            (*parameters).height = height as i32;
            // Without it VP9 gives an unreadable file while every call succeeds.
            (*parameters).format = ff::ffi::AVPixelFormat::AV_PIX_FMT_YUV420P as i32;
        }
        if let Some(extra) = extra {
            let padded = extra.len() + ff::ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize;
            let buffer = ff::ffi::av_mallocz(padded).cast::<u8>();
            if buffer.is_null() {
                return Err(ff::Error::Other { errno: libc::ENOMEM });
            }
            std::ptr::copy_nonoverlapping(extra.as_ptr(), buffer, extra.len());
            (*parameters).extradata = buffer;
            (*parameters).extradata_size = extra.len() as i32;
        }
    }
    Ok(())
}

/// RFC 7845, section 5.1. Two channels whatever the packets say (RFC 7587), and no pre-skip: the receiver of an RTP
/// stream plays its packets from the first on, at the time they were sent for.
fn opus_head() -> [u8; 19] {
    let mut head = [0; 19];
    head[..8].copy_from_slice(b"OpusHead");
    head[8] = 1;
    head[9] = 2;
    head[12..16].copy_from_slice(&48_000u32.to_le_bytes());
    head
}
