//! Subscribing by WHEP: seats, each one line of sound and one of picture; what arrives is counted and recognised.

use super::api::Api;
use super::media::decode::{PictureDecoder, SoundDecoder};
use super::media::look::Look;
use super::media::packetize::{Vp8Assembler, is_key_frame};
use super::peer::{Peer, PeerError, Tracks};
use super::reception::SeatReception;
use crate::court::id::HearingId;
use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};

/// A running subscription.
pub struct Subscriber {
    peer: Peer,
    seats: Seats,
    listener: tokio::task::JoinHandle<()>,
    posted: Instant,
}

type Seats = Arc<Mutex<Vec<SeatReception>>>;

impl Subscriber {
    /// Subscribes to a hearing with this many seats, and returns when media could flow.
    pub async fn start(api: &Api, hearing: HearingId, seats: usize) -> Result<Self, PeerError> {
        let (mut peer, tracks) = Peer::new(api.local_address(), || {}).await?;
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
        let receptions: Seats = Arc::new(Mutex::new(vec![SeatReception::default(); seats]));
        let listener = tokio::spawn(listen(tracks, Arc::clone(&receptions)));
        let (_, posted) = peer.negotiate(api, &format!("/hearings/{hearing}/whep")).await?;
        peer.connected().await?;
        Ok(Self {
            peer,
            seats: receptions,
            listener,
            posted,
        })
    }

    /// What arrived so far, by seat.
    pub fn seats(&self) -> Vec<SeatReception> {
        locked(&self.seats).clone()
    }

    /// From the POST to the first packet of media, once there was one.
    pub fn joined_in(&self) -> Option<Duration> {
        let seats = locked(&self.seats);
        let first = seats
            .iter()
            .flat_map(|seat| [seat.audio.first_at, seat.video.first_at])
            .flatten()
            .min()?;
        Some(first.saturating_duration_since(self.posted))
    }

    /// Packets received, in all seats.
    pub fn packets(&self) -> u64 {
        let seats = locked(&self.seats);
        seats.iter().map(|s| s.audio.packets() + s.video.packets()).sum()
    }

    /// Packets lost, in all seats.
    pub fn lost(&self) -> u64 {
        let seats = locked(&self.seats);
        seats.iter().map(|s| s.audio.lost() + s.video.lost()).sum()
    }

    /// Who was seen, and who was heard, since a moment; each look once, in the order of the seats.
    pub fn witnessed_since(&self, since: Instant) -> (Vec<Look>, Vec<Look>) {
        let seats = locked(&self.seats);
        (
            seats
                .iter()
                .filter_map(|seat| seat.video.recognised_since(since))
                .collect(),
            seats
                .iter()
                .filter_map(|seat| seat.audio.recognised_since(since))
                .collect(),
        )
    }

    /// Everybody who was ever seen or heard.
    pub fn ever(&self) -> Vec<Look> {
        let seats = locked(&self.seats);
        let mut ever = Vec::new();
        for look in seats
            .iter()
            .flat_map(|s| s.audio.ever.iter().chain(&s.video.ever))
        {
            if !ever.contains(look) {
                ever.push(*look);
            }
        }
        ever
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

/// Plain counters: a panic in another thread leaves them usable.
fn locked(seats: &Seats) -> MutexGuard<'_, Vec<SeatReception>> {
    seats.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn listen(mut tracks: Tracks, seats: Seats) {
    let mut readers = tokio::task::JoinSet::new();
    while let Some(track) = tracks.recv().await {
        readers.spawn(read_track(track, Arc::clone(&seats)));
    }
}

async fn read_track(track: Arc<dyn TrackRemote>, seats: Seats) {
    let stream = track.stream_id().await;
    let Some(seat) = stream.strip_prefix("seat").and_then(|n| n.parse::<usize>().ok()) else {
        tracing::warn!(%stream, "a track that belongs to no seat");
        return;
    };
    let is_audio = track.kind().await == RtpCodecKind::Audio;
    let mut eyes = match Senses::new(is_audio) {
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
        let header = &packet.header;
        let new = with_stream(&seats, seat, is_audio, |stream| {
            stream.packet(header.sequence_number, header.timestamp, packet.payload.len(), at)
        });
        if new != Some(true) {
            continue;
        }
        if let Some(look) = eyes.recognise(&packet) {
            with_stream(&seats, seat, is_audio, |stream| stream.recognise(look, at));
        }
    }
}

fn with_stream<T>(
    seats: &Seats,
    seat: usize,
    is_audio: bool,
    act: impl FnOnce(&mut super::reception::StreamReception) -> T,
) -> Option<T> {
    let mut seats = locked(seats);
    let seat = seats.get_mut(seat)?;
    Some(act(if is_audio {
        &mut seat.audio
    } else {
        &mut seat.video
    }))
}

/// Tells from the packets of one stream who is seen or heard. Of pictures only key frames are looked at.
enum Senses {
    Ears(Box<SoundDecoder>),
    Eyes(Box<PictureDecoder>, Vp8Assembler),
}

impl Senses {
    fn new(is_audio: bool) -> Result<Self, super::media::MediaError> {
        Ok(if is_audio {
            Self::Ears(Box::new(SoundDecoder::new()?))
        } else {
            Self::Eyes(Box::new(PictureDecoder::new()?), Vp8Assembler::default())
        })
    }

    /// A frame that does not decode shows nobody.
    fn recognise(&mut self, packet: &rtc::rtp::Packet) -> Option<Look> {
        let header = &packet.header;
        match self {
            Self::Ears(decoder) => match decoder.tone(&packet.payload) {
                Ok(tone) => tone.and_then(Look::by_tone),
                Err(error) => {
                    tracing::debug!(%error, "a packet of sound that does not decode");
                    None
                }
            },
            Self::Eyes(decoder, assembler) => {
                let frame = assembler.push(
                    header.sequence_number,
                    header.timestamp,
                    header.marker,
                    &packet.payload,
                )?;
                if !is_key_frame(&frame) {
                    return None;
                }
                match decoder.background(&frame) {
                    Ok(colour) => colour.and_then(Look::by_colour),
                    Err(error) => {
                        tracing::debug!(%error, "a key frame that does not decode");
                        None
                    }
                }
            }
        }
    }
}
