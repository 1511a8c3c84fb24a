//! Publishing by WHIP: microphone, camera and screen, on fixed lines, negotiated once. The screen is a still document: a
//! page of it is sent once, and again where a key frame is asked for, and nothing between.

use super::api::Api;
use super::media::camera::{Camera, FrameKind, MediaFrame};
use super::media::encode::PictureEncoder;
use super::media::look::Look;
use super::media::packetize::Packetizer;
use super::peer::{AUDIO_LEVEL_URI, Peer, PeerError, opus, video};
use crate::court::id::HearingId;
use crate::rtp::codec::Codec;
use crate::rtp::source::Source;
use bytes::Bytes;
use rtc::media_stream::MediaStreamTrack;
use rtc::rtcp::sender_report::SenderReport;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit, RtpTransceiver};

/// A running publication.
pub struct Publisher {
    peer: Peer,
    camera: Camera,
    switches: Arc<Switches>,
    pump: tokio::task::JoinHandle<()>,
    /// From the POST until media could flow.
    pub joined_in: Duration,
}

#[derive(Default)]
struct Switches {
    microphone: AtomicBool,
    camera: AtomicBool,
    screen: Mutex<Option<Page>>,
    screen_key: AtomicBool,
    packets: AtomicU64,
    pauses: Mutex<Vec<Pause>>,
}

/// A page of a document on a shared screen: which, and what it looks like.
type Page = (u64, Look);

/// A time in which nothing of a source was sent although it was on: the computer did not keep up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Of what.
    pub source: Source,
    /// The last packet before it.
    pub from: Instant,
    /// The first packet after it.
    pub to: Instant,
}

/// Several frames of either kind.
const PAUSE_MIN: Duration = Duration::from_millis(100);
/// Pauses that are remembered.
const PAUSES_MAX: usize = 4_096;

impl Publisher {
    /// Publishes the person of this look to a hearing, and returns when media flows.
    pub async fn start(api: &Api, hearing: HearingId, look: Look, title: &str) -> Result<Self, PeerError> {
        Self::start_in(Codec::Vp8, api, hearing, look, title).await
    }

    /// Publishes pictures in this codec, and offers no other.
    pub async fn start_in(
        codec: Codec,
        api: &Api,
        hearing: HearingId,
        look: Look,
        title: &str,
    ) -> Result<Self, PeerError> {
        let (camera, frames) = Camera::start(codec, look, title)?;
        let asked = camera.clone();
        let switches = Arc::new(Switches {
            microphone: AtomicBool::new(true),
            camera: AtomicBool::new(true),
            ..Switches::default()
        });
        let told = Arc::clone(&switches);
        let key_frame = move || {
            asked.request_key_frame();
            told.screen_key.store(true, Ordering::Relaxed);
        };
        let (mut peer, _no_tracks) = Peer::new(api.local_address(), &[codec], key_frame).await?;
        let stream = format!("oyer-{}", random_u32());
        let microphone = add_track(&peer, &stream, Source::Microphone, codec).await?;
        let picture = add_track(&peer, &stream, Source::Camera, codec).await?;
        let screen = add_track(&peer, &stream, Source::Screen, codec).await?;
        let (_, posted) = peer.negotiate(api, &format!("/hearings/{hearing}/whip")).await?;
        peer.connected().await?;
        let joined_in = posted.elapsed();
        camera.request_key_frame();
        let pump = Pump {
            microphone: Outgoing::new(microphone).await?,
            picture: Outgoing::new(picture).await?,
            packetizer: Packetizer::starting_at(codec, random_u32() as u16),
            screen: Screen {
                line: Outgoing::new(screen).await?,
                packetizer: Packetizer::starting_at(codec, random_u32() as u16),
                codec,
                shown: None,
            },
            camera: camera.clone(),
            switches: Arc::clone(&switches),
            sent: [None; 2],
        };
        Ok(Self {
            peer,
            camera,
            switches,
            pump: tokio::spawn(pump.run(frames)),
            joined_in,
        })
    }

    /// Switches microphone or camera on or off, or the screen off. Off means that nothing is sent.
    pub fn set_source(&self, source: Source, on: bool) {
        match source {
            Source::Microphone => self.switches.microphone.store(on, Ordering::Relaxed),
            Source::Camera => {
                self.camera.request_key_frame();
                self.switches.camera.store(on, Ordering::Relaxed);
            }
            Source::Screen if !on => self.show(None),
            Source::Screen => {}
        }
    }

    /// Shares a page that looks like this, and keeps it as it is until another one is shown.
    pub fn show_page(&self, look: Look) {
        self.show(Some(look));
    }

    fn show(&self, look: Option<Look>) {
        let mut page = self
            .switches
            .screen
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *page = look.map(|look| (page.map_or(1, |(number, _)| number + 1), look));
    }

    /// Packets sent so far.
    pub fn packets(&self) -> u64 {
        self.switches.packets.load(Ordering::Relaxed)
    }

    /// Times in which this computer did not keep up.
    pub fn pauses(&self) -> Vec<Pause> {
        self.switches
            .pauses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// When the clock in the picture stood at zero.
    pub fn clock_started(&self) -> Instant {
        self.camera.started()
    }

    /// Stops sending and ends the session.
    pub async fn close(self, api: &Api) -> Result<(), PeerError> {
        self.pump.abort();
        self.peer.close(api).await
    }

    /// Stops sending without a word, as a computer does whose network is gone.
    pub async fn vanish(self) -> Result<(), PeerError> {
        self.pump.abort();
        Ok(self.peer.connection().close().await?)
    }
}

type Line = (
    Arc<TrackLocalStaticRTP>,
    Arc<dyn RtpTransceiver>,
    u32,
    RTCRtpCodec,
);

async fn add_track(peer: &Peer, stream: &str, source: Source, picture: Codec) -> Result<Line, PeerError> {
    let ssrc = random_u32();
    let (kind, codec) = if source.is_audio() {
        (RtpCodecKind::Audio, opus())
    } else {
        (RtpCodecKind::Video, video(picture))
    };
    let track = Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new(
        stream.to_owned(),
        format!("{stream}-{}", source.name()),
        source.name().to_owned(),
        kind,
        vec![RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters {
                ssrc: Some(ssrc),
                ..Default::default()
            },
            codec: codec.clone(),
            ..Default::default()
        }],
    )));
    let transceiver = peer
        .connection()
        .add_transceiver_from_track(
            Arc::clone(&track) as Arc<dyn TrackLocal>,
            Some(RTCRtpTransceiverInit {
                direction: RTCRtpTransceiverDirection::Sendonly,
                streams: vec![stream.to_owned()],
                send_encodings: vec![],
            }),
        )
        .await?;
    Ok((track, transceiver, ssrc, codec))
}

/// One outgoing stream.
struct Outgoing {
    track: Arc<TrackLocalStaticRTP>,
    ssrc: u32,
    clock_rate: u32,
    payload_type: u8,
    audio_level: Option<u8>,
    sequence: u16,
    timestamp_base: u32,
    packets: u32,
    octets: u32,
    reported: Option<Instant>,
}

impl Outgoing {
    /// After negotiation: with the payload type and extension ids that were agreed.
    async fn new((track, transceiver, ssrc, codec): Line) -> Result<Self, PeerError> {
        let refused = || PeerError::NotConnected(format!("the server refused {}", codec.mime_type));
        let sender = transceiver.sender().await?.ok_or_else(refused)?;
        let parameters = sender.get_parameters().await?.rtp_parameters;
        let agreed = parameters
            .codecs
            .iter()
            .find(|agreed| agreed.rtp_codec.mime_type.eq_ignore_ascii_case(&codec.mime_type))
            .ok_or_else(refused)?;
        let audio_level = parameters
            .header_extensions
            .iter()
            .find(|extension| extension.uri == AUDIO_LEVEL_URI)
            .and_then(|extension| u8::try_from(extension.id).ok());
        Ok(Self {
            track,
            ssrc,
            clock_rate: codec.clock_rate,
            payload_type: agreed.payload_type,
            audio_level,
            sequence: random_u32() as u16,
            timestamp_base: random_u32(),
            packets: 0,
            octets: 0,
            reported: None,
        })
    }

    fn timestamp(&self, captured: Duration) -> u32 {
        let ticks = captured.as_nanos() * u128::from(self.clock_rate) / 1_000_000_000;
        self.timestamp_base.wrapping_add(ticks as u32)
    }

    async fn send(
        &mut self,
        captured: Duration,
        payload: Bytes,
        marker: bool,
        level: Option<u8>,
    ) -> Result<(), PeerError> {
        let mut header = rtc::rtp::Header {
            version: 2,
            marker,
            payload_type: self.payload_type,
            sequence_number: self.sequence,
            timestamp: self.timestamp(captured),
            ssrc: self.ssrc,
            ..Default::default()
        };
        if let (Some(id), Some(level)) = (self.audio_level, level) {
            // RFC 6464: voice activity bit, then -dBov.
            let voice = if level < 60 { 0x80 } else { 0 };
            header.set_extension(id, Bytes::copy_from_slice(&[voice | (level & 0x7f)]))?;
        }
        self.sequence = self.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload.len() as u32);
        Ok(self.track.write_rtp(rtc::rtp::Packet { header, payload }).await?)
    }

    /// A sender report each second (RFC 3550, 6.4.1), from the camera's one clock, so that sound and picture of it
    /// can be put together exactly.
    async fn report(&mut self, camera: &Camera) -> Result<(), PeerError> {
        let now = Instant::now();
        if self
            .reported
            .is_some_and(|at| now.duration_since(at) < Duration::from_secs(1))
        {
            return Ok(());
        }
        self.reported = Some(now);
        let elapsed = now.duration_since(camera.started());
        let report = SenderReport {
            ssrc: self.ssrc,
            ntp_time: ntp(camera.started_wall() + elapsed),
            rtp_time: self.timestamp(elapsed),
            packet_count: self.packets,
            octet_count: self.octets,
            ..Default::default()
        };
        Ok(self.track.write_rtcp(vec![Box::new(report)]).await?)
    }
}

/// Carries frames from the camera to the connection.
struct Pump {
    microphone: Outgoing,
    picture: Outgoing,
    packetizer: Packetizer,
    screen: Screen,
    camera: Camera,
    switches: Arc<Switches>,
    /// When sound and picture were last sent; none while switched off.
    sent: [Option<Instant>; 2],
}

impl Pump {
    /// Notes that a source is sent now, or that it is off.
    fn note(&mut self, source: Source, on: bool) {
        let sent = &mut self.sent[usize::from(source == Source::Camera)];
        let to = Instant::now();
        let before = std::mem::replace(sent, on.then_some(to));
        if let (true, Some(from)) = (on, before)
            && to - from >= PAUSE_MIN
        {
            let mut pauses = self
                .switches
                .pauses
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if pauses.len() < PAUSES_MAX {
                pauses.push(Pause { source, from, to });
            }
        }
    }

    async fn run(mut self, mut frames: mpsc::Receiver<MediaFrame>) {
        while let Some(frame) = frames.recv().await {
            if let Err(error) = self.frame(frame).await {
                tracing::debug!(%error, "the publication stops");
                return;
            }
        }
    }

    async fn frame(&mut self, frame: MediaFrame) -> Result<(), PeerError> {
        match frame.kind {
            FrameKind::Sound { level } => {
                let on = self.switches.microphone.load(Ordering::Relaxed);
                self.note(Source::Microphone, on);
                if on {
                    self.microphone
                        .send(frame.captured, frame.data, false, Some(level))
                        .await?;
                    self.microphone.report(&self.camera).await?;
                    self.switches.packets.fetch_add(1, Ordering::Relaxed);
                }
                self.screen.look(&self.switches, &self.camera).await?;
            }
            FrameKind::Picture => {
                let payloads = self.packetizer.frame(&frame.data);
                let on = self.switches.camera.load(Ordering::Relaxed);
                self.note(Source::Camera, on);
                if on {
                    let last = payloads.len().saturating_sub(1);
                    for (index, payload) in payloads.into_iter().enumerate() {
                        self.picture
                            .send(frame.captured, payload, index == last, None)
                            .await?;
                        self.switches.packets.fetch_add(1, Ordering::Relaxed);
                    }
                    self.picture.report(&self.camera).await?;
                }
            }
        }
        Ok(())
    }
}

/// A shared screen.
struct Screen {
    line: Outgoing,
    packetizer: Packetizer,
    codec: Codec,
    shown: Option<Shown>,
}

/// The page that is shown, and its encoder.
struct Shown {
    page: Page,
    encoder: PictureEncoder,
    frames: u64,
}

impl Screen {
    /// Sends the page if it is another one, or if a key frame of it is asked for. A browser's encoder follows a first
    /// picture up with a better one; so does this.
    async fn look(&mut self, switches: &Switches, camera: &Camera) -> Result<(), PeerError> {
        let page = *switches.screen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(page) = page else {
            self.shown = None;
            return Ok(());
        };
        let asked = switches.screen_key.swap(false, Ordering::Relaxed);
        let same = self.shown.as_ref().is_some_and(|shown| shown.page == page);
        if same && !asked {
            return Ok(());
        }
        let mut shown = match self.shown.take() {
            Some(shown) if same => shown,
            _ => Shown {
                page,
                encoder: PictureEncoder::new(self.codec, page.1, "DOCUMENT")?,
                frames: 0,
            },
        };
        for key in [true, false] {
            let at = Duration::from_secs(shown.page.0);
            let encoded = shown.encoder.encode_still(at, shown.frames, key)?;
            shown.frames += 1;
            let captured = camera.started().elapsed();
            let payloads = encoded
                .map(|data| self.packetizer.frame(&data))
                .unwrap_or_default();
            let last = payloads.len().saturating_sub(1);
            for (index, payload) in payloads.into_iter().enumerate() {
                self.line.send(captured, payload, index == last, None).await?;
                switches.packets.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.line.report(camera).await?;
        self.shown = Some(shown);
        Ok(())
    }
}

/// An NTP timestamp (RFC 5905, section 6).
fn ntp(wall: SystemTime) -> u64 {
    const FROM_1900_TO_1970: u64 = 2_208_988_800;
    let since = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
    let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
    ((since.as_secs() + FROM_1900_TO_1970) << 32) | fraction
}

/// Random bits for an SSRC and the like (RFC 3550, section 8).
fn random_u32() -> u32 {
    uuid::Uuid::new_v4().as_u128() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ntp_time_is_exact() {
        let wall = UNIX_EPOCH + Duration::from_millis(1_500);
        assert_eq!(ntp(wall), ((2_208_988_801_u64) << 32) | (1 << 31));
    }
}
