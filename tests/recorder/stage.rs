//! A recording on a time of its own: packets with arrival times are played into a real recorder as fast as it takes
//! them, and what it wrote is examined with programs that are not ours.

use bytes::Bytes;
use oyer::recorder::tap::{TapMessage, TapPacket, TapSink};
use oyer::recorder::{
    Cutoff, Ended, Gap, Recorder, RecorderConfig, RecorderError, RecorderEvent, RecordingSummary, TrackSpec,
};
use oyer::rtp::{codec::Codec, source::Source};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use uuid::Uuid;

/// A recorder, its folder and its clock.
pub struct Stage {
    pub recorder: Recorder,
    pub events: mpsc::Receiver<RecorderEvent>,
    pub base: Instant,
    pub dir: tempfile::TempDir,
    pub cutoff: Cutoff,
    script: Vec<(i64, TapSink, TapMessage)>,
}

impl Stage {
    pub async fn new() -> Stage {
        Stage::within(tempfile::tempdir().unwrap()).unwrap_or_else(|(error, _)| panic!("{error}"))
    }

    /// A stage in this folder, which comes back if the recorder cannot begin in it.
    pub fn within(dir: tempfile::TempDir) -> Result<Stage, (RecorderError, tempfile::TempDir)> {
        let (sender, events) = mpsc::channel(100_000);
        let cutoff = Cutoff::default();
        let config = RecorderConfig {
            recording: Uuid::now_v7(),
            dir: dir.path().join("recording"),
            first_segment: 1,
            cutoff: cutoff.clone(),
        };
        let recorder = match Recorder::start(config, sender) {
            Ok(recorder) => recorder,
            Err(error) => return Err((error, dir)),
        };
        // Far ahead of the real clock: only the packets tell the time.
        let base = Instant::now() + Duration::from_secs(3600);
        Ok(Stage {
            recorder,
            events,
            base,
            dir,
            cutoff,
            script: Vec::new(),
        })
    }

    pub fn folder(&self) -> PathBuf {
        self.dir.path().join("recording")
    }

    /// The instant of a time on this stage's clock.
    pub fn at(&self, us: i64) -> Instant {
        self.base + Duration::from_micros(us as u64)
    }

    pub async fn begin(&self, us: i64) -> u32 {
        self.recorder
            .begin_segment(self.at(us), OffsetDateTime::now_utc())
            .await
            .unwrap()
    }

    pub async fn end(&self, us: i64) {
        self.recorder.end_segment(self.at(us)).await.unwrap();
    }

    pub async fn open(&self, participant: Uuid, source: Source, codec: Codec) -> TapSink {
        let spec = TrackSpec {
            track: Uuid::now_v7(),
            participant,
            label: "witness-1".into(),
            source,
            codec,
        };
        self.recorder.open_track(spec).await.unwrap()
    }

    /// Enters packets into the script.
    pub fn add(&mut self, sink: &TapSink, packets: impl IntoIterator<Item = (i64, TapPacket)>) {
        for (arrival_us, mut packet) in packets {
            packet.arrival = self.at(arrival_us);
            self.script
                .push((arrival_us, sink.clone(), TapMessage::Packet(packet)));
        }
    }

    /// Enters any message into the script.
    pub fn script(&mut self, us: i64, sink: &TapSink, message: TapMessage) {
        self.script.push((us, sink.clone(), message));
    }

    pub fn add_report(&mut self, sink: &TapSink, us: i64, ssrc: u32, ntp: u64, rtp: u32) {
        let arrival = self.at(us);
        self.script.push((
            us,
            sink.clone(),
            TapMessage::SenderReport {
                ssrc,
                ntp,
                rtp,
                arrival,
            },
        ));
    }

    /// Plays the script in order of arrival.
    pub async fn play(&mut self) {
        self.script.sort_by_key(|(at, ..)| *at);
        for (n, (_, sink, message)) in std::mem::take(&mut self.script).into_iter().enumerate() {
            if n % 1000 == 0 {
                self.recorder.progress().await.unwrap();
            }
            assert!(sink.send(message));
        }
        self.recorder.progress().await.unwrap();
    }
}

/// Numbers that look random and come again from the same seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % sides) as i64
    }
}

/// Turns encoded media into the packets of one SSRC.
#[derive(Clone)]
pub struct Sender {
    pub ssrc: u32,
    pub codec: Codec,
    pub sequence: u16,
    pub timestamp: u32,
    pub picture: u16,
}

impl Sender {
    pub fn new(codec: Codec, ssrc: u32) -> Sender {
        // Both wrap early.
        Sender {
            ssrc,
            codec,
            sequence: 65_500,
            timestamp: u32::MAX - 40_000,
            picture: 32_760,
        }
    }

    pub fn timestamp_at(&self, us: i64) -> u32 {
        self.timestamp
            .wrapping_add((us * i64::from(self.codec.clock_rate()) / 1_000_000) as u32)
    }

    /// Packets of a frame captured at `us`, `delay_us` under way.
    pub fn send(&mut self, us: i64, delay_us: i64, data: &[u8]) -> Vec<(i64, TapPacket)> {
        let payloads = match self.codec {
            Codec::Vp8 => super::media::vp8_payloads(data, self.picture),
            Codec::Vp9 => super::media::vp9_payloads(data, self.picture),
            Codec::H264 => super::media::h264_payloads(data),
            _ => vec![data.to_vec()],
        };
        self.picture = self.picture.wrapping_add(1);
        let last = payloads.len() - 1;
        let mut packets = Vec::new();
        for (n, payload) in payloads.into_iter().enumerate() {
            let packet = TapPacket {
                arrival: Instant::now(),
                ssrc: self.ssrc,
                sequence: self.sequence,
                timestamp: self.timestamp_at(us),
                marker: n == last,
                codec: self.codec,
                payload: Bytes::from(payload),
            };
            self.sequence = self.sequence.wrapping_add(1);
            packets.push((us + delay_us + n as i64 * 200, packet));
        }
        packets
    }
}

/// A program's standard output; it must succeed and say nothing on standard error.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "{program} {arguments:?}: {said}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Times of a file's packets in seconds, by ffprobe: begin and end.
pub fn packets(file: &Path) -> Vec<(f64, f64)> {
    let file = file.to_str().unwrap();
    let text = run(
        "ffprobe",
        &[
            "-v",
            "error",
            "-show_entries",
            "packet=pts_time,duration_time",
            "-of",
            "csv=p=0",
            file,
        ],
    );
    let number = |text: Option<&str>| text.and_then(|t| t.trim().parse::<f64>().ok());
    text.lines()
        .map(|line| {
            let mut fields = line.split(',');
            let at = number(fields.next()).unwrap();
            (at, at + number(fields.next()).unwrap_or(0.0))
        })
        .collect()
}

/// Sizes of a file's packets, by ffprobe.
pub fn sizes(file: &Path) -> Vec<usize> {
    let file = file.to_str().unwrap();
    let arguments = [
        "-v",
        "error",
        "-show_entries",
        "packet=size",
        "-of",
        "csv=p=0",
        file,
    ];
    run("ffprobe", &arguments)
        .lines()
        .map(|line| line.trim_matches(',').parse().unwrap())
        .collect()
}

/// A full decode by the ffmpeg program, without any complaint.
pub fn decode(file: &Path) {
    run(
        "ffmpeg",
        &[
            "-v",
            "error",
            "-xerror",
            "-i",
            file.to_str().unwrap(),
            "-f",
            "null",
            "-",
        ],
    );
}

/// As [`decode`], of a file that a kill may have cut off: the kernel cuts a write short for a process that is killed.
fn plays(file: &Path) {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-xerror", "-i"])
        .arg(file)
        .args(["-f", "null", "-"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let cut_off = said.lines().count() == 1 && said.contains("File ended prematurely");
    assert!(
        output.status.success() && (said.is_empty() || cut_off),
        "{}: {said}",
        file.display()
    );
}

/// The gap ledger. A torn line is passed over, as the schema says.
pub fn gaps(dir: &Path) -> Vec<Gap> {
    let text = std::fs::read_to_string(dir.join("gaps.jsonl")).unwrap();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// The bytes begin a file or, in it, a cluster (WebM) or a movie fragment (MP4).
fn on_boundary(part: &[u8]) -> bool {
    let element = [[0x1F, 0x43, 0xB6, 0x75], [0x1A, 0x45, 0xDF, 0xA3]];
    element.iter().any(|id| part.starts_with(id)) || [b"ftyp", b"moof"].iter().any(|b| part[4..8] == b[..])
}

/// Everything that must hold of any recording: hashes, ledger, chain, decoding.
pub fn examine(dir: &Path, summary: &RecordingSummary) {
    let ledger = std::fs::read_to_string(dir.join("fragments.tsv")).unwrap();
    let mut lines = ledger.lines();
    assert_eq!(lines.next(), Some("seq\tfile\toffset\tbytes\tsha256\tchain"));
    let mut chain = [0u8; 32];
    let mut covered: HashMap<String, u64> = HashMap::new();
    let mut count = 0;
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        let (offset, bytes): (u64, u64) = (fields[2].parse().unwrap(), fields[3].parse().unwrap());
        assert_eq!(fields[0].parse::<u64>().unwrap(), count);
        let end = covered.entry(fields[1].to_owned()).or_default();
        assert_eq!(*end, offset, "{line}");
        *end += bytes;
        let file = std::fs::read(dir.join(fields[1])).unwrap();
        let part = &file[offset as usize..(offset + bytes) as usize];
        assert!(on_boundary(part), "{line}: begins with {:02x?}", &part[..8]);
        let sha256 = Sha256::digest(part);
        assert_eq!(hex::encode(sha256), fields[4]);
        chain = Sha256::new()
            .chain_update(chain)
            .chain_update(sha256)
            .finalize()
            .into();
        assert_eq!(hex::encode(chain), fields[5]);
        count += 1;
    }
    assert_eq!(
        (summary.fragments.count, &summary.fragments.head_hex),
        (count, &hex::encode(chain))
    );
    assert_eq!(summary.gaps as usize, gaps(dir).len());
    for track in &summary.tracks {
        let path = dir.join(&track.file);
        let sum = run("sha256sum", &[path.to_str().unwrap()]);
        assert_eq!(sum.split(' ').next(), Some(hex::encode(track.sha256).as_str()));
        let length = std::fs::metadata(&path).unwrap().len();
        let covered = covered.get(&track.file).copied().unwrap_or(0);
        assert_eq!((track.bytes, covered + track.tail_bytes), (length, length));
        if track.duration_ms == 0 {
            // A head, and no medium in it: there is nothing to be played.
            assert!(media_of(&path).is_empty(), "{track:?}");
            continue;
        }
        match summary.ended {
            Ended::Closed => decode(&path),
            Ended::Crash => plays(&path),
        }
        let end = packets(&path).last().unwrap().1;
        let said = track.duration_ms as f64 / 1000.0;
        let segment = summary
            .segments
            .iter()
            .find(|s| s.segment == track.segment)
            .unwrap();
        assert!(
            track.duration_ms <= segment.duration_ms,
            "{track:?} ends after {segment:?}"
        );
        assert!(
            (end - said).abs() < 0.05,
            "{}: ends at {end}, summary says {said}",
            track.file
        );
    }
}

/// Every millisecond on record is in a file's media or in the gap ledger, but for 40 at most: the length of two packets.
pub fn assert_whole(dir: &Path, summary: &RecordingSummary) {
    let gaps = gaps(dir);
    for track in &summary.tracks {
        let segment = summary
            .segments
            .iter()
            .find(|s| s.segment == track.segment)
            .unwrap();
        let mut covered = vec![false; segment.duration_ms as usize];
        let mut cover = |from: f64, to: f64| {
            let end = covered.len();
            let [from, to] = [from, to].map(|ms| (ms.round() as usize).min(end));
            covered[from..to.max(from)].fill(true);
        };
        for gap in gaps.iter().filter(|g| g.file == track.file) {
            cover(gap.from_ms as f64, gap.to_ms as f64);
        }
        let media = media_of(&dir.join(&track.file));
        for (n, (at, size)) in media.iter().enumerate() {
            if track.source.is_audio() {
                // Three bytes are filled silence.
                if *size != 3 {
                    cover(*at, at + 20.0);
                }
            } else {
                // A picture stands until the next, a camera's for half a second at most; the last for the length of a
                // frame.
                let next = media.get(n + 1).map_or(at + 33.0, |(next, _)| *next);
                let still = track.source == Source::Screen;
                cover(*at, if still { next } else { next.min(at + 500.0) });
            }
        }
        let holes: Vec<usize> = (0..covered.len()).filter(|ms| !covered[*ms]).collect();
        assert!(
            holes.len() <= 40,
            "{}: {} ms of {} are neither media nor gap: {:?}..{:?}; {:#?}",
            track.file,
            holes.len(),
            covered.len(),
            holes.first(),
            holes.last(),
            gaps.iter().filter(|g| g.file == track.file).collect::<Vec<_>>()
        );
    }
}

/// Time in milliseconds and size of each packet, by ffprobe. A file may be cut off.
fn media_of(file: &Path) -> Vec<(f64, usize)> {
    let arguments = [
        "-v",
        "quiet",
        "-show_entries",
        "packet=pts_time,size",
        "-of",
        "csv=p=0",
    ];
    let output = Command::new("ffprobe")
        .args(arguments)
        .arg(file)
        .output()
        .unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(',');
            Some((
                fields.next()?.parse::<f64>().ok()? * 1000.0,
                fields.next()?.trim().parse().ok()?,
            ))
        })
        .collect()
}
