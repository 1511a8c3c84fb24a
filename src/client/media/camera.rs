//! One person's camera and microphone: a thread that makes pictures and sound in real time.

use super::MediaError;
use super::encode::{FPS, PictureEncoder, SoundEncoder};
use super::look::Look;
use super::tone::{FRAME_SAMPLES, RATE};
use crate::rtp::codec::Codec;
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc;

/// One encoded frame.
#[derive(Debug, Clone)]
pub struct MediaFrame {
    /// When it was captured, from the camera's start: the same clock for picture and sound.
    pub captured: Duration,
    /// What it is.
    pub kind: FrameKind,
    /// The encoded bytes.
    pub data: Bytes,
}

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// 20 ms of Opus.
    Sound {
        /// -dBov, as RFC 6464 has it.
        level: u8,
    },
    /// A picture.
    Picture,
}

/// The handle of a running camera. The thread ends when the receiver of its frames is dropped.
#[derive(Clone)]
pub struct Camera {
    started: Instant,
    started_wall: SystemTime,
    key_frame: Arc<AtomicBool>,
}

/// Two seconds of frames. A sender that lags further holds the camera up, which then skips pictures.
const FRAMES_QUEUED_MAX: usize = 150;

impl Camera {
    /// Starts making pictures in this codec, and sound.
    pub fn start(
        codec: Codec,
        look: Look,
        title: &str,
    ) -> Result<(Camera, mpsc::Receiver<MediaFrame>), MediaError> {
        let (frames, receiver) = mpsc::channel(FRAMES_QUEUED_MAX);
        let studio = Studio {
            picture: PictureEncoder::new(codec, look, title)?,
            sound: SoundEncoder::new(look)?,
            camera: Camera {
                started: Instant::now(),
                started_wall: SystemTime::now(),
                key_frame: Arc::new(AtomicBool::new(true)),
            },
            frames,
        };
        let camera = studio.camera.clone();
        std::thread::Builder::new()
            .name(format!("camera-{}", look.name))
            .spawn(move || studio.run())?;
        Ok((camera, receiver))
    }

    /// Asks for a key frame as the next picture.
    pub fn request_key_frame(&self) {
        self.key_frame.store(true, Ordering::Relaxed);
    }

    /// When the camera's clock stood at zero.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// The same moment on the wall clock.
    pub fn started_wall(&self) -> SystemTime {
        self.started_wall
    }
}

struct Studio {
    picture: PictureEncoder,
    sound: SoundEncoder,
    camera: Camera,
    frames: mpsc::Sender<MediaFrame>,
}

impl Studio {
    fn run(mut self) {
        let picture_every = Duration::from_micros(1_000_000 / FPS);
        let sound_every = Duration::from_micros(1_000_000 * FRAME_SAMPLES as u64 / u64::from(RATE));
        let (mut pictures, mut sounds) = (0_u64, 0_u64);
        loop {
            let picture_due = picture_every * pictures as u32;
            // A frame of sound is complete when its 20 ms are over.
            let sound_due = sound_every * (sounds as u32 + 1);
            let due = picture_due.min(sound_due);
            let elapsed = self.camera.started.elapsed();
            if let Some(wait) = due.checked_sub(elapsed) {
                std::thread::sleep(wait);
            }
            let made = if sound_due <= picture_due {
                sounds += 1;
                self.make_sound(sounds - 1, sound_every * (sounds as u32 - 1))
            } else {
                // A computer that cannot keep up skips pictures, never sound.
                let late = elapsed.saturating_sub(picture_due).as_micros() / picture_every.as_micros();
                pictures += late as u64 + 1;
                self.make_picture(pictures - 1, picture_every * (pictures as u32 - 1))
            };
            match made {
                // Where nobody takes frames it waits: then it is late, and skips pictures before they are encoded. One
                // thrown away afterwards would be missing to those that refer to it.
                Ok(Some(frame)) => {
                    if self.frames.blocking_send(frame).is_err() {
                        return;
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "the test camera stops");
                    return;
                }
            }
        }
    }

    fn make_sound(&mut self, number: u64, captured: Duration) -> Result<Option<MediaFrame>, MediaError> {
        Ok(self.sound.encode(number)?.map(|sound| MediaFrame {
            captured,
            kind: FrameKind::Sound { level: sound.level },
            data: sound.data,
        }))
    }

    fn make_picture(&mut self, number: u64, captured: Duration) -> Result<Option<MediaFrame>, MediaError> {
        let key = self.camera.key_frame.swap(false, Ordering::Relaxed);
        Ok(self
            .picture
            .encode(captured, number, key)?
            .map(|data| MediaFrame {
                captured,
                kind: FrameKind::Picture,
                data,
            }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::vp8::is_key_frame;

    /// Nobody takes a frame for longer than the queue holds: sound comes whole all the same, and every picture that
    /// comes can be decoded.
    #[tokio::test]
    async fn a_sender_that_stands_still_gets_every_sound_and_no_picture_that_lacks_another() {
        let look = super::super::look::LOOKS[0];
        let (camera, mut frames) = Camera::start(Codec::Vp8, look, "JUDGE").unwrap();
        let mut decoder = super::super::decode::PictureDecoder::new(Codec::Vp8).unwrap();
        let full = async {
            while frames.len() < FRAMES_QUEUED_MAX {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        full.await;
        // Behind by more than a picture: some are skipped now.
        let late = camera.started().elapsed() + Duration::from_millis(200);
        tokio::time::sleep_until((camera.started() + late).into()).await;
        let (mut sounds, mut clocks) = (Vec::new(), Vec::new());
        while sounds
            .last()
            .is_none_or(|last| *last < late + Duration::from_secs(1))
        {
            let frame = frames.recv().await.unwrap();
            match frame.kind {
                FrameKind::Sound { .. } => sounds.push(frame.captured),
                FrameKind::Picture => {
                    let shown = decoder.look(&frame.data).unwrap().unwrap();
                    clocks.push((shown.clock.unwrap(), frame.captured));
                }
            }
        }
        let every = Duration::from_millis(20);
        assert!(sounds.windows(2).all(|w| w[1] - w[0] == every), "{sounds:?}");
        let off = |(shown, captured): &(Duration, Duration)| shown.abs_diff(*captured);
        assert!(
            clocks.iter().all(|c| off(c) <= Duration::from_millis(40)),
            "{clocks:?}"
        );
        let skipped = clocks
            .windows(2)
            .any(|w| w[1].1 - w[0].1 > Duration::from_millis(100));
        assert!(skipped, "{clocks:?}");
    }

    #[tokio::test]
    async fn a_camera_keeps_time_and_answers_a_request_for_a_key_frame() {
        let (camera, mut frames) = Camera::start(Codec::Vp8, super::super::look::LOOKS[0], "JUDGE").unwrap();
        let (mut pictures, mut sounds) = (Vec::new(), Vec::new());
        while sounds.len() < 60 {
            let frame = frames.recv().await.unwrap();
            match frame.kind {
                FrameKind::Picture => {
                    pictures.push((frame.captured, is_key_frame(&frame.data)));
                    if pictures.len() == 10 {
                        camera.request_key_frame();
                    }
                }
                FrameKind::Sound { .. } => sounds.push(frame.captured),
            }
        }
        let elapsed = camera.started().elapsed();
        assert!(
            elapsed >= Duration::from_millis(1200),
            "1.2 s of sound took {elapsed:?}"
        );
        assert!(
            sounds
                .windows(2)
                .all(|w| w[1] - w[0] == Duration::from_millis(20))
        );
        assert!(pictures.windows(2).all(|w| w[1].0 > w[0].0));
        assert!(pictures[0].1);
        assert!(pictures[1..10].iter().all(|p| !p.1));
        assert!(
            pictures[10..13].iter().any(|p| p.1),
            "the key frame that was asked for"
        );
    }
}
