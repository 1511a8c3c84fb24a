//! A small court for tests of evidence: a case, a hearing, three people, and a recording made with the FFmpeg command
//! line, laid out as the recorder lays it out.

use oyer::court::id::{CaseId, HearingId, ParticipantId, PersonId, RecordingId};
use oyer::court::role::Role;
use oyer::evidence::Evidence;
use oyer::recorder::tap::{TapMessage, TapPacket};
use oyer::recorder::{
    Ended, FragmentsSummary, Recorder, RecorderConfig, RecordingSummary, SegmentSummary, TrackSpec,
    TrackSummary,
};
use oyer::rtp::codec::Codec;
use oyer::rtp::source::Source;
use oyer::seal::digest::Digest;
use oyer::seal::ledger::{self, CourtLogEntry, Gap, GapCause, Person};
use oyer::seal::timestamp::Timestamp;
use oyer::store::Store;
use oyer::store::cases::NewCase;
use oyer::store::hearings::NewHearing;
use oyer::store::people::NewParticipant;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

pub const ORGANISATION: &str = "Tashkent City Court";
const START: OffsetDateTime = datetime!(2026-11-23 09:30:00.125 UTC);

/// A court with one hearing, in a folder of its own.
pub struct Court {
    pub folder: tempfile::TempDir,
    pub store: Store,
    pub evidence: Evidence,
    pub case: CaseId,
    pub hearing: HearingId,
    pub judge: ParticipantId,
    pub witness: ParticipantId,
}

impl Drop for Court {
    /// Sealed folders are read-only; the temporary folder could not be removed by an unprivileged user.
    fn drop(&mut self) {
        let status = Command::new("chmod")
            .args(["-R", "u+w"])
            .arg(self.folder.path())
            .status();
        assert!(status.is_ok_and(|s| s.success()));
    }
}

impl Court {
    pub async fn new() -> Court {
        let folder = tempfile::tempdir().unwrap();
        let (store, evidence) = open(folder.path()).await;
        Self::with(folder, store, evidence).await
    }

    /// A court whose tables are in the database at `url`.
    pub async fn on_database(url: &str) -> Court {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(url).await.unwrap();
        let now = OffsetDateTime::now_utc();
        let (evidence, _) = Evidence::open(store.clone(), folder.path(), ORGANISATION, now).unwrap();
        Self::with(folder, store, evidence).await
    }

    async fn with(folder: tempfile::TempDir, store: Store, evidence: Evidence) -> Court {
        let court = Court {
            folder,
            store,
            evidence,
            case: Uuid::now_v7().into(),
            hearing: Uuid::now_v7().into(),
            judge: Uuid::now_v7().into(),
            witness: Uuid::now_v7().into(),
        };
        let case = NewCase {
            id: court.case,
            reference: "1-1001/2026".into(),
            title: "State v. Example".into(),
            created_at: 1,
        };
        court.store.create_case(case).await.unwrap();
        let hearing = NewHearing {
            id: court.hearing,
            case_id: court.case,
            title: "Examination of a witness".into(),
            listed_for: 1_795_426_200_000,
            created_at: 2,
        };
        court.store.create_hearing(hearing).await.unwrap();
        for (id, role, name) in [
            (court.judge, Role::Judge, "N. Karimova"),
            (court.witness, Role::Witness, "O‘. Rahimov <b>"),
        ] {
            let person = PersonId(Uuid::now_v7());
            court.store.create_person(person, name, 3).await.unwrap();
            let participant = NewParticipant {
                id,
                hearing_id: court.hearing,
                person_id: person,
                role,
                name: name.into(),
            };
            court.store.add_participant(participant).await.unwrap();
        }
        for (seq, kind) in [(1, "on_record"), (2, "sworn"), (3, "off_record")] {
            let entry = CourtLogEntry {
                seq,
                at: Timestamp::new(START + time::Duration::seconds(seq as i64)),
                segment: Some(1),
                media_ms: Some(seq * 1000),
                kind: kind.into(),
                by: Some(Person {
                    participant: court.judge.0,
                    name: "N. Karimova".into(),
                    role: "judge".into(),
                }),
                about: None,
                text: None,
            };
            let line = ledger::line(&entry).unwrap();
            let appended = court
                .store
                .append_log(court.hearing, seq as i64, 4, line.trim_end());
            appended.await.unwrap();
        }
        court
    }

    /// The same court after a restart of the server.
    pub async fn restarted(mut self) -> Court {
        self.store.close().await;
        (self.store, self.evidence) = open(self.folder.path()).await;
        self
    }

    pub fn sealed_dir(&self, recording: RecordingId) -> PathBuf {
        let recordings = self.folder.path().join("objects/recordings");
        recordings.join(recording.to_string())
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("keys/root.pem")
    }

    /// A recording of two segments of two seconds: red judge and blue witness, both with sound.
    pub async fn record(&self) -> (RecordingId, RecordingSummary) {
        let (recording, dir) = self.evidence.begin_recording(self.hearing, START).await.unwrap();
        let mut tape = Tape::new(recording, &dir);
        for segment in [1, 2] {
            tape.segment(segment, 2_000);
            tape.picture(segment, "judge-1-camera", self.judge, "red");
            tape.picture(segment, "witness-1-camera", self.witness, "blue");
            tape.sound(segment, "judge-1-microphone", self.judge, 440);
            tape.sound(segment, "witness-1-microphone", self.witness, 880);
        }
        tape.gap("segment-002/witness-1-camera.webm", self.witness, 500, 2_000);
        (recording, tape.finish())
    }
}

pub async fn open(folder: &Path) -> (Store, Evidence) {
    let store = Store::open_embedded(folder).await.unwrap();
    let now = OffsetDateTime::now_utc();
    let (evidence, _) = Evidence::open(store.clone(), folder, ORGANISATION, now).unwrap();
    (store, evidence)
}

/// The folder of a recorder, written by hand.
pub struct Tape {
    dir: PathBuf,
    summary: RecordingSummary,
    fragments: String,
    gaps: String,
    head: Digest,
}

impl Tape {
    pub fn new(recording: RecordingId, dir: &Path) -> Tape {
        fs::create_dir_all(dir).unwrap();
        fs::write(dir.join("segments.jsonl"), "working notes\n").unwrap();
        Tape {
            dir: dir.to_path_buf(),
            summary: RecordingSummary {
                recording: recording.0,
                segments: Vec::new(),
                tracks: Vec::new(),
                fragments: FragmentsSummary {
                    count: 0,
                    head_hex: String::new(),
                },
                gaps: 0,
                ended: Ended::Closed,
            },
            fragments: "seq\tfile\toffset\tbytes\tsha256\tchain\n".into(),
            gaps: String::new(),
            head: Digest::ZERO,
        }
    }

    pub fn segment(&mut self, segment: u32, duration_ms: u64) {
        fs::create_dir(self.dir.join(format!("segment-{segment:03}"))).unwrap();
        let started_at = START + time::Duration::minutes(10 * i64::from(segment));
        self.summary.segments.push(SegmentSummary {
            segment,
            started_at,
            ended_at: started_at + time::Duration::milliseconds(duration_ms as i64),
            duration_ms,
        });
    }

    fn path(&self, segment: u32, name: &str) -> (String, PathBuf) {
        let file = format!("segment-{segment:03}/{name}.webm");
        let path = self.dir.join(&file);
        (file, path)
    }

    pub fn picture(&mut self, segment: u32, name: &str, whose: ParticipantId, colour: &str) {
        let (file, path) = self.path(segment, name);
        let source = format!("color=c={colour}:s=320x180:r=15:d=2");
        ffmpeg(
            &["-f", "lavfi", "-i", &source, "-c:v", "libvpx", "-b:v", "200k"],
            &path,
        );
        self.enter(file, whose, Source::Camera, Codec::Vp8, segment);
    }

    /// A picture in which everything moves, for so many seconds.
    pub fn moving(&mut self, segment: u32, name: &str, whose: ParticipantId, seconds: u32) {
        let (file, path) = self.path(segment, name);
        let source = format!("testsrc2=s=320x180:r=15:d={seconds}");
        ffmpeg(
            &["-f", "lavfi", "-i", &source, "-c:v", "libvpx", "-b:v", "400k"],
            &path,
        );
        self.enter(file, whose, Source::Camera, Codec::Vp8, segment);
        self.lasts(u64::from(seconds) * 1000);
    }

    /// A tone for so many seconds.
    pub fn tone(&mut self, segment: u32, name: &str, whose: ParticipantId, hertz: u32, seconds: u32) {
        let (file, path) = self.path(segment, name);
        let source = format!("sine=frequency={hertz}:duration={seconds}:sample_rate=48000");
        ffmpeg(&["-f", "lavfi", "-i", &source, "-c:a", "libopus"], &path);
        self.enter(file, whose, Source::Microphone, Codec::Opus, segment);
        self.lasts(u64::from(seconds) * 1000);
    }

    fn lasts(&mut self, duration_ms: u64) {
        if let Some(track) = self.summary.tracks.last_mut() {
            track.duration_ms = duration_ms;
        }
    }

    /// A shared screen that stands still: one picture at the beginning, which stands for `stands_ms`.
    pub fn still_screen(
        &mut self,
        segment: u32,
        name: &str,
        whose: ParticipantId,
        colour: &str,
        stands_ms: u64,
    ) {
        let (file, path) = self.path(segment, name);
        let source = format!("color=c={colour}:s=320x180:r=15:d=0.06");
        ffmpeg(
            &["-f", "lavfi", "-i", &source, "-c:v", "libvpx", "-b:v", "200k"],
            &path,
        );
        self.enter(file, whose, Source::Screen, Codec::Vp8, segment);
        if let Some(track) = self.summary.tracks.last_mut() {
            track.duration_ms = stands_ms;
        }
    }

    /// A picture that changes from a small landscape format to a portrait one in the middle.
    pub fn turning_picture(&mut self, segment: u32, name: &str, whose: ParticipantId, colour: &str) {
        let (file, path) = self.path(segment, name);
        let aside = tempfile::tempdir().unwrap();
        let mut list = String::new();
        for (n, size) in ["320x180", "180x320"].iter().enumerate() {
            let part = aside.path().join(format!("{n}.webm"));
            let source = format!("color=c={colour}:s={size}:r=15:d=1");
            ffmpeg(
                &["-f", "lavfi", "-i", &source, "-c:v", "libvpx", "-b:v", "200k"],
                &part,
            );
            list.push_str(&format!("file '{}'\n", part.display()));
        }
        let list_path = aside.path().join("list.txt");
        fs::write(&list_path, list).unwrap();
        ffmpeg(
            &[
                "-f",
                "concat",
                "-safe",
                "0",
                "-i",
                list_path.to_str().unwrap(),
                "-c",
                "copy",
            ],
            &path,
        );
        self.enter(file, whose, Source::Camera, Codec::Vp8, segment);
    }

    /// A picture whose first frame comes a second after the segment began.
    pub fn late_picture(&mut self, segment: u32, name: &str, whose: ParticipantId, colour: &str) {
        let (file, path) = self.path(segment, name);
        let source = format!("color=c={colour}:s=320x180:r=15:d=1");
        let late = ["-output_ts_offset", "1"];
        let encode = ["-f", "lavfi", "-i", &source, "-c:v", "libvpx", "-b:v", "200k"];
        ffmpeg(&[&encode[..], &late[..]].concat(), &path);
        self.enter(file, whose, Source::Camera, Codec::Vp8, segment);
    }

    /// A picture of whose file the last third was never written.
    pub fn torn_picture(&mut self, segment: u32, name: &str, whose: ParticipantId) {
        let (file, path) = self.path(segment, name);
        let source = "testsrc2=s=320x180:r=15:d=2";
        ffmpeg(
            &[
                "-f",
                "lavfi",
                "-i",
                source,
                "-c:v",
                "libvpx",
                "-b:v",
                "400k",
                "-cluster_time_limit",
                "200",
            ],
            &path,
        );
        let content = fs::read(&path).unwrap();
        fs::write(&path, &content[..content.len() * 2 / 3]).unwrap();
        self.enter(file, whose, Source::Camera, Codec::Vp8, segment);
    }

    pub fn sound(&mut self, segment: u32, name: &str, whose: ParticipantId, hertz: u32) {
        let (file, path) = self.path(segment, name);
        let source = format!("sine=frequency={hertz}:duration=2:sample_rate=48000");
        ffmpeg(
            &["-f", "lavfi", "-i", &source, "-c:a", "libopus", "-b:a", "32k"],
            &path,
        );
        self.enter(file, whose, Source::Microphone, Codec::Opus, segment);
    }

    /// Enters a file that is there, as one fragment.
    pub fn enter(&mut self, file: String, whose: ParticipantId, source: Source, codec: Codec, segment: u32) {
        let content = fs::read(self.dir.join(&file)).unwrap();
        self.enter_with(
            file,
            whose,
            source,
            codec,
            segment,
            Digest::of(&content),
            content.len() as u64,
        );
    }

    #[allow(clippy::too_many_arguments)]
    pub fn enter_with(
        &mut self,
        file: String,
        whose: ParticipantId,
        source: Source,
        codec: Codec,
        segment: u32,
        sha256: Digest,
        bytes: u64,
    ) {
        self.head = self.head.chain(&sha256.0);
        let seq = self.summary.fragments.count;
        self.fragments
            .push_str(&format!("{seq}\t{file}\t0\t{bytes}\t{sha256}\t{}\n", self.head));
        self.summary.fragments.count += 1;
        self.summary.tracks.push(TrackSummary {
            file,
            track: Uuid::now_v7(),
            participant: whose.0,
            source,
            codec,
            segment,
            bytes,
            sha256: sha256.0,
            offset_ms: 0,
            duration_ms: 2_000,
            width: (!source.is_audio()).then_some(320),
            height: (!source.is_audio()).then_some(180),
            packets: 100,
            lost: 0,
            tail_bytes: 0,
        });
    }

    pub fn gap(&mut self, file: &str, whose: ParticipantId, from_ms: u64, to_ms: u64) {
        let gap = Gap {
            segment: 2,
            file: file.into(),
            participant: whose.0,
            source: "camera".into(),
            from_ms,
            to_ms,
            cause: GapCause::Muted,
        };
        self.gaps.push_str(&ledger::line(&gap).unwrap());
        self.summary.gaps += 1;
    }

    pub fn finish(mut self) -> RecordingSummary {
        self.summary.fragments.head_hex = self.head.to_string();
        fs::write(self.dir.join("fragments.tsv"), self.fragments).unwrap();
        fs::write(self.dir.join("gaps.jsonl"), self.gaps).unwrap();
        self.summary
    }
}

/// Makes a file with FFmpeg. The same file is made once only in a process.
pub fn ffmpeg(arguments: &[&str], output: &Path) {
    static MADE: Mutex<BTreeMap<String, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let key = arguments.join(" ");
    let mut made = MADE.lock().unwrap();
    if let Some(content) = made.get(&key) {
        fs::write(output, content).unwrap();
        return;
    }
    let done = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostdin", "-loglevel", "error"])
        .args(arguments)
        .arg(output)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    made.insert(key, fs::read(output).unwrap());
}

/// Runs a tool of somebody else in `folder`; its output, or what it complained about.
pub fn tool(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let done = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match done.status.success() {
        true => Ok(text(&done.stdout)),
        false => Err(text(&done.stdout) + &text(&done.stderr)),
    }
}

/// What a stranger does with a sealed folder: `sha256sum` and `openssl`.
pub fn check_with_other_tools(bag: &Path, root: &Path, list: &str) -> Result<(), String> {
    tool(bag, "sha256sum", &["--check", "--strict", "--quiet", list])?;
    let signature = format!("seal/{list}.p7s");
    let arguments = [
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        &signature,
        "-content",
        list,
        "-CAfile",
        root.to_str().unwrap(),
        // Else every authority that this computer trusts is believed as well.
        "-no-CApath",
        "-no-CAstore",
        "-purpose",
        "any",
        "-out",
        "/dev/null",
    ];
    tool(bag, "openssl", &arguments).map(drop)
}

/// Records five seconds of sound with the real recorder, and leaves its folder as it was in the middle of them: that is
/// what remains of it when the process is killed.
pub async fn cut_off_recording(court: &Court, recording: RecordingId, dir: &Path) {
    let (events, mut heard) = tokio::sync::mpsc::channel(64);
    let drained = tokio::spawn(async move { while heard.recv().await.is_some() {} });
    let config = RecorderConfig {
        recording: recording.0,
        dir: dir.to_path_buf(),
        first_segment: 1,
        cutoff: Default::default(),
    };
    let recorder = Recorder::start(config, events).unwrap();
    // The past: all packets are due already, so that nothing here waits for a clock.
    let begin = Instant::now() - Duration::from_secs(10);
    recorder
        .begin_segment(begin, OffsetDateTime::now_utc())
        .await
        .unwrap();
    let track = TrackSpec {
        track: Uuid::now_v7(),
        participant: court.judge.0,
        label: "judge-1".into(),
        source: Source::Microphone,
        codec: Codec::Opus,
    };
    let sink = recorder.open_track(track).await.unwrap();
    for n in 0..250u16 {
        let sent = sink.send(TapMessage::Packet(TapPacket {
            arrival: begin + Duration::from_millis(20 * u64::from(n)),
            ssrc: 7,
            sequence: n,
            timestamp: 960 * u32::from(n),
            marker: n == 0,
            codec: Codec::Opus,
            payload: bytes::Bytes::from_static(&[0xf8, 0xff, 0xfe]),
        }));
        assert!(sent);
    }
    recorder.progress().await.unwrap();
    let killed = dir.with_extension("killed");
    tool(
        Path::new("/"),
        "cp",
        &["-a", dir.to_str().unwrap(), killed.to_str().unwrap()],
    )
    .unwrap();
    recorder.finish().await.unwrap();
    drained.await.unwrap();
    fs::remove_dir_all(dir).unwrap();
    fs::rename(killed, dir).unwrap();
}
