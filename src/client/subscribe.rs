//! Subscribing by WHEP: seats, each one line of sound and one of picture; what arrives is counted and recognised.

use super::api::Api;
use super::media::decode::{PictureDecoder, SoundDecoder};
use super::media::look::Look;
use super::peer::{PICTURES, Peer, PeerError, Tracks, payload_type};
use super::reception::{Reception, SeatReception, SeatWindow, Strays};
use crate::court::id::HearingId;
use crate::rtp::codec::Codec;
use crate::rtp::depacketize::{Depacketizer, Frame};
use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};

/// A running subscription.
pub struct Subscriber {
    peer: Peer,
    arrivals: Arc<Arrivals>,
    listener: tokio::task::JoinHandle<()>,
    posted: Instant,
}

struct Arrivals {
    reception: Mutex<Reception>,
    /// Rung at every packet.
    bell: Notify,
}

impl Arrivals {
    /// Plain counters: a panic in another thread leaves them usable.
    fn lock(&self) -> MutexGuard<'_, Reception> {
        self.reception.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is said of the seats must hold for so long: several packets of every stream, and longer than packets that were
/// on their way take on a computer that is not overloaded.
const WINDOW: Duration = Duration::from_millis(800);
/// How often the seats are looked at while nothing comes.
const LOOK_EVERY: Duration = Duration::from_millis(50);

impl Subscriber {
    /// Subscribes to a hearing with this many seats, and returns when media could flow.
    pub async fn start(api: &Api, hearing: HearingId, seats: usize) -> Result<Self, PeerError> {
        Self::start_with(&PICTURES, api, hearing, seats).await
    }

    /// Subscribes with these codecs of pictures, and no others.
    pub async fn start_with(
        pictures: &[Codec],
        api: &Api,
        hearing: HearingId,
        seats: usize,
    ) -> Result<Self, PeerError> {
        let (mut peer, tracks) = Peer::new(api.local_address(), pictures, || {}).await?;
        for _ in 0..seats {
            for kind in [RtpCodecKind::Audio, RtpCodecKind::Video] {
                peer.connection()
                    .add_transceiver_from_kind(
                        kind,
                        Some(RTCRtpTransceiverInit {
                            direction: RTCRtpTransceiverDirection::Recvonly,
                            streams: vec![],
                            send_encodings: vec![],
                        }),
                    )
                    .await?;
            }
        }
        let arrivals = Arc::new(Arrivals {
            reception: Mutex::new(Reception::new(seats)),
            bell: Notify::new(),
        });
        let listener = tokio::spawn(listen(tracks, Arc::clone(&arrivals)));
        let (_, posted) = peer.negotiate(api, &format!("/hearings/{hearing}/whep")).await?;
        peer.connected().await?;
        Ok(Self {
            peer,
            arrivals,
            listener,
            posted,
        })
    }

    /// What arrived so far, by seat.
    pub fn seats(&self) -> Vec<SeatReception> {
        self.arrivals.lock().seats.clone()
    }

    /// From the POST to the first packet of media, once there was one.
    pub fn joined_in(&self) -> Option<Duration> {
        let reception = self.arrivals.lock();
        let first = reception
            .seats
            .iter()
            .flat_map(|seat| [seat.audio.first_at, seat.video.first_at])
            .flatten()
            .min()?;
        Some(first.saturating_duration_since(self.posted))
    }

    /// Packets received, in all seats.
    pub fn packets(&self) -> u64 {
        let seats = &self.arrivals.lock().seats;
        seats.iter().map(|s| s.audio.packets() + s.video.packets()).sum()
    }

    /// Packets lost, in all seats.
    pub fn lost(&self) -> u64 {
        let seats = &self.arrivals.lock().seats;
        seats.iter().map(|s| s.audio.lost() + s.video.lost()).sum()
    }

    /// From now on only these may be seen or heard. Whatever else comes is kept as a stray, for good.
    pub fn permit(&self, people: &[Look]) {
        self.arrivals.lock().permit(people, Instant::now());
    }

    /// What came that was not permitted.
    pub fn strays(&self) -> Strays {
        self.arrivals.lock().strays().clone()
    }

    /// Waits until the seats have been as asked for over a whole stretch of time that lies after this call. The error
    /// is what the latest stretch brought.
    ///
    /// While this computer stands still nothing is read, and that nothing comes proves nothing: both times count only
    /// as far as it was awake.
    pub async fn settles(
        &self,
        within: Duration,
        is_so: impl Fn(&[SeatWindow]) -> bool,
    ) -> Result<(), Vec<SeatWindow>> {
        let mut looked = Instant::now();
        let mut awake = Duration::ZERO;
        // When was how much of the time spent awake; the first entry is where the stretch begins.
        let mut stretch = VecDeque::from([(looked, awake)]);
        loop {
            // What was may leave the stretch without anything new coming in.
            let _ = tokio::time::timeout(LOOK_EVERY, self.arrivals.bell.notified()).await;
            let now = Instant::now();
            awake += (now - looked).min(2 * LOOK_EVERY);
            looked = now;
            stretch.push_back((now, awake));
            while stretch.get(1).is_some_and(|(_, then)| awake - *then >= WINDOW) {
                stretch.pop_front();
            }
            let Some((begins, then)) = stretch.front() else {
                continue;
            };
            let window = self.arrivals.lock().window(*begins);
            if awake - *then >= WINDOW && is_so(&window) {
                return Ok(());
            }
            if awake > within {
                return Err(window);
            }
        }
    }

    /// Ends the session.
    pub async fn close(self, api: &Api) -> Result<(), PeerError> {
        self.listener.abort();
        self.peer.close(api).await
    }

    /// Goes away without a word.
    pub async fn vanish(self) -> Result<(), PeerError> {
        self.listener.abort();
        Ok(self.peer.connection().close().await?)
    }
}

async fn listen(mut tracks: Tracks, arrivals: Arc<Arrivals>) {
    let mut readers = tokio::task::JoinSet::new();
    while let Some(track) = tracks.recv().await {
        readers.spawn(read_track(track, Arc::clone(&arrivals)));
    }
}

async fn read_track(track: Arc<dyn TrackRemote>, arrivals: Arc<Arrivals>) {
    let stream = track.stream_id().await;
    let Some(seat) = stream.strip_prefix("seat").and_then(|n| n.parse::<usize>().ok()) else {
        tracing::warn!(%stream, "a track that belongs to no seat");
        return;
    };
    let is_audio = track.kind().await == RtpCodecKind::Audio;
    let mut senses = match Senses::new(is_audio) {
        Ok(senses) => senses,
        Err(error) => {
            tracing::error!(%error, "what arrives cannot be recognised");
            return;
        }
    };
    while let Some(event) = track.poll().await {
        let TrackRemoteEvent::OnRtpPacket(packet) = event else {
            continue;
        };
        let at = Instant::now();
        if arrivals.lock().packet(seat, is_audio, &packet, at)
            && let Some(look) = senses.recognise(&packet)
        {
            arrivals.lock().recognise(seat, is_audio, look, at);
        }
        arrivals.bell.notify_waiters();
    }
}

/// Tells from the packets of one stream who is seen or heard. Of pictures only key frames are looked at: a seat changes
/// hands only with one, so the frames up to the next show the same person.
enum Senses {
    Ears(Box<SoundDecoder>),
    Eyes(Box<Eyes>),
}

/// The pictures of a seat, in whatever codec they come.
#[derive(Default)]
struct Eyes {
    sight: Option<Sight>,
    shown: Option<Look>,
}

/// The pictures of one codec.
struct Sight {
    codec: Codec,
    decoder: PictureDecoder,
    depacketizer: Depacketizer,
    next_sequence: Option<u16>,
    frames: Vec<Frame>,
}

impl Senses {
    fn new(is_audio: bool) -> Result<Self, super::media::MediaError> {
        Ok(if is_audio {
            Self::Ears(Box::new(SoundDecoder::new()?))
        } else {
            Self::Eyes(Box::default())
        })
    }

    /// A frame that does not decode shows nobody.
    fn recognise(&mut self, packet: &rtc::rtp::Packet) -> Option<Look> {
        match self {
            Self::Ears(decoder) => match decoder.tone(&packet.payload) {
                Ok(tone) => tone.and_then(Look::by_tone),
                Err(error) => {
                    tracing::debug!(%error, "a packet of sound that does not decode");
                    None
                }
            },
            Self::Eyes(eyes) => eyes.recognise(packet),
        }
    }
}

impl Eyes {
    /// Whom the seat shows, if this packet completes a frame.
    fn recognise(&mut self, packet: &rtc::rtp::Packet) -> Option<Look> {
        let codec = PICTURES
            .into_iter()
            .find(|codec| payload_type(*codec) == packet.header.payload_type)?;
        if self.sight.as_ref().is_none_or(|sight| sight.codec != codec) {
            self.sight = Sight::new(codec)
                .inspect_err(|error| tracing::error!(%error, "what arrives cannot be recognised"))
                .ok();
        }
        let sight = self.sight.as_mut()?;
        if !sight.take(packet) {
            return None;
        }
        for frame in std::mem::take(&mut sight.frames) {
            if frame.key {
                self.shown = match sight.decoder.look(&frame.data) {
                    Ok(shown) => shown.and_then(|shown| Look::by_colour(shown.background)),
                    Err(error) => {
                        tracing::debug!(%error, "a key frame that does not decode");
                        None
                    }
                };
            }
        }
        self.shown
    }
}

impl Sight {
    fn new(codec: Codec) -> Result<Self, super::media::MediaError> {
        Ok(Self {
            codec,
            decoder: PictureDecoder::new(codec)?,
            depacketizer: Depacketizer::new(codec),
            next_sequence: None,
            frames: Vec::new(),
        })
    }

    /// Takes a packet; true if it completes a frame. A frame with a hole is given up, and those that refer to it.
    fn take(&mut self, packet: &rtc::rtp::Packet) -> bool {
        let header = &packet.header;
        let ahead = self
            .next_sequence
            .map_or(0, |next| header.sequence_number.wrapping_sub(next));
        if ahead > u16::MAX / 2 {
            return false; // late: its frame is given up already
        }
        if ahead > 0 {
            self.depacketizer.lost();
        }
        self.next_sequence = Some(header.sequence_number.wrapping_add(1));
        self.depacketizer.push(
            i64::from(header.timestamp),
            0,
            header.marker,
            &packet.payload,
            &mut self.frames,
        );
        !self.frames.is_empty()
    }
}
