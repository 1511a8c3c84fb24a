//! Pictures and sound that our own code makes, encodes, cuts into packets, and recognises again.

pub mod camera;
pub mod decode;
pub mod encode;
pub mod font;
pub mod look;
pub mod packetize;
pub mod picture;
pub mod tone;

/// A failure of FFmpeg in making or reading media.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The encoder or decoder is not part of the FFmpeg that is installed.
    #[error("FFmpeg here has no {0}; install a build with libvpx and libopus")]
    Missing(&'static str),
    /// FFmpeg refused.
    #[error("FFmpeg: {0}")]
    Ffmpeg(#[from] ffmpeg_next::Error),
    /// The thread that makes the media could not be started.
    #[error("the media thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}
