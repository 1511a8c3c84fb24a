//! Redacted copies: what is taken out is nowhere in them, they are sealed as recordings of their own, and others than the court are
//! handed nothing else.

use crate::courthouse::{Court, Tape, check_with_other_tools, tool};
use crate::{custody_acts, eventually};
use oyer::court::custody::ReleaseForm;
use oyer::court::id::{ParticipantId, PersonId, RecordingId, RequestId};
use oyer::court::redaction::{IntervalFault, RedactedInterval, RedactionKind};
use oyer::evidence::{AccessCopyStatus, EvidenceError, HandedOut, RedactionFault};
use oyer::folder::FolderBundle;
use oyer::seal::ledger::CourtLogEntry;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{CheckCode, Outcome, Trust, Verdict, verify};
use oyer::store::{Decided, MediaRequest, NewMediaRequest, NewRedactionOrder, RedactionOrder};
use std::f64::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use time::OffsetDateTime;
use uuid::Uuid;

const LATER: i64 = 4_000_000_000_000;
pub const RATE: usize = 48_000;

pub fn decided(by: &str) -> Decided {
    Decided {
        by: by.into(),
        reason: "To protect a person".into(),
        at: 5,
    }
}

/// A recording of six seconds and one of two: judge and witness, both with a picture that moves and a tone of their own.
pub async fn recorded(court: &Court) -> RecordingId {
    let now = OffsetDateTime::now_utc();
    let begun = court.evidence.begin_recording(court.hearing, now).await;
    let (recording, dir) = begun.unwrap();
    let mut tape = Tape::new(recording, &dir);
    for (segment, seconds) in [(1, 6), (2, 2)] {
        tape.segment(segment, u64::from(seconds) * 1000);
        tape.moving(segment, "judge-1-camera", court.judge, seconds);
        tape.moving(segment, "witness-1-camera", court.witness, seconds);
        tape.tone(segment, "judge-1-microphone", court.judge, 440, seconds);
        tape.tone(segment, "witness-1-microphone", court.witness, 880, seconds);
    }
    court.evidence.seal(recording, tape.finish()).await.unwrap();
    recording
}

pub fn interval(
    kind: RedactionKind,
    participant: Option<ParticipantId>,
    from_ms: u64,
    to_ms: u64,
) -> RedactedInterval {
    RedactedInterval {
        segment: 1,
        kind,
        participant,
        from_ms,
        to_ms,
    }
}

pub async fn try_order(
    court: &Court,
    recording: RecordingId,
    reference: &str,
    intervals: Vec<RedactedInterval>,
) -> Result<RedactionOrder, RedactionFault> {
    let judge = court.store.participant(court.judge).await.unwrap().unwrap();
    let person: PersonId = judge.person_id;
    let new = NewRedactionOrder {
        id: Uuid::now_v7(),
        recording,
        reference: reference.into(),
        intervals,
        log_entries: Vec::new(),
        person,
        ordered: decided("N. Karimova (judge)"),
    };
    court.evidence.order_redaction(new).await.unwrap()
}

/// Has the copy made that carries out what is in force; gives the recording that it is.
pub async fn made(court: &Court, recording: RecordingId) -> RecordingId {
    court
        .evidence
        .make_redacted_copy(recording, "Clerk")
        .await
        .unwrap();
    let end = eventually(async || {
        let found = court.evidence.redactions(recording).await.unwrap();
        match found.making {
            AccessCopyStatus::Running { .. } => None,
            _ => Some(found),
        }
    });
    let found = end.await;
    assert_eq!(found.making, AccessCopyStatus::Done);
    found.current.unwrap()
}

pub fn film_of(court: &Court, derivative: RecordingId) -> PathBuf {
    let payload = court
        .sealed_dir(derivative)
        .join("data")
        .join(derivative.to_string());
    payload.join("film-001.mp4")
}

/// The sound of a film: one channel of 48 000 samples a second.
pub fn sound(film: &Path) -> Vec<f32> {
    let done = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-nostdin", "-i"])
        .arg(film)
        .args(["-vn", "-ac", "1", "-ar", "48000", "-f", "f32le", "-"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let samples = done.stdout.chunks_exact(4);
    samples
        .map(|s| f32::from_le_bytes([s[0], s[1], s[2], s[3]]))
        .collect()
}

/// How strong a tone is in each piece of 25 ms from `from_ms` to `to_ms`: its amplitude.
pub fn tone(sound: &[f32], hertz: f64, from_ms: usize, to_ms: usize) -> Vec<f64> {
    let piece = RATE / 40;
    let stretch = &sound[from_ms * RATE / 1000..to_ms * RATE / 1000];
    stretch
        .chunks_exact(piece)
        .map(|samples| {
            let (mut cos, mut sin) = (0.0, 0.0);
            for (n, sample) in samples.iter().enumerate() {
                let angle = TAU * hertz * n as f64 / RATE as f64;
                cos += f64::from(*sample) * angle.cos();
                sin += f64::from(*sample) * angle.sin();
            }
            2.0 * (cos * cos + sin * sin).sqrt() / piece as f64
        })
        .collect()
}

/// The difference between the lightest and the darkest pixel of a rectangle, in each frame from `from_ms` on.
pub fn contrast(film: &Path, rectangle: &str, from_ms: u32, to_ms: u32) -> Vec<u8> {
    let [width, height, ..] = *rectangle
        .split(':')
        .map(|n| n.parse::<usize>().unwrap())
        .collect::<Vec<_>>()
    else {
        panic!("no rectangle: {rectangle}");
    };
    // By number, not by time: every frame that begins within.
    let (first, last) = (from_ms.div_ceil(40), (to_ms - 1) / 40);
    let filters = format!("select='between(n,{first},{last})',crop={rectangle},format=gray");
    let done = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-nostdin", "-i"])
        .arg(film)
        .args(["-vf", &filters, "-vsync", "passthrough", "-f", "rawvideo", "-"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let frames: Vec<u8> = done
        .stdout
        .chunks_exact(width * height)
        .map(|frame| frame.iter().max().unwrap() - frame.iter().min().unwrap())
        .collect();
    assert_eq!(frames.len() as u32, last - first + 1);
    frames
}

/// The tiles of judge and witness above their names (coding lets the neighbour's picture run some pixels across the edge), and the part of the picture above the text of a card.
pub const JUDGE: &str = "620:600:0:0";
pub const WITNESS: &str = "620:600:660:0";
const ABOVE_CARD: &str = "1280:320:0:0";
/// Of the first tile, what lies between two rows of the mark.
const BETWEEN_MARKS: &str = "620:80:0:220";
/// What is left of contrast by coding a plain area.
pub const PLAIN: u8 = 4;

#[tokio::test]
async fn what_is_taken_out_is_nowhere_in_the_copy() {
    let court = Court::new().await;
    let recording = recorded(&court).await;
    let sealed = tool(
        &court.sealed_dir(recording),
        "sh",
        &["-c", "find . -type f | sort | xargs sha256sum"],
    );
    let sealed = sealed.unwrap();
    use RedactionKind::*;
    let mute = interval(Mute, Some(court.witness), 1_000, 2_013);
    let cover = interval(Cover, Some(court.judge), 1_507, 2_491);
    let cut = interval(Cut, None, 4_011, 5_003);
    try_order(&court, recording, "1-1001/2026-R", vec![mute, cover])
        .await
        .unwrap();
    try_order(&court, recording, "A':x=0,B", vec![cut]).await.unwrap();
    let derivative = made(&court, recording).await;
    let film = film_of(&court, derivative);

    let sound = sound(&film);
    assert!(
        sound.len().abs_diff(8 * RATE) < RATE / 10,
        "clocks stay equal: {}",
        sound.len()
    );
    let strong = |tone: &[f64]| tone.iter().all(|a| *a > 0.02);
    let gone = |tone: &[f64]| tone.iter().all(|a| *a < 0.002);
    // The witness is silent, the judge is not.
    assert!(
        gone(&tone(&sound, 880.0, 1_000, 2_025)),
        "{:?}",
        tone(&sound, 880.0, 800, 2_200)
    );
    assert!(strong(&tone(&sound, 440.0, 1_000, 2_025)));
    assert!(strong(&tone(&sound, 880.0, 300, 700)) && strong(&tone(&sound, 880.0, 2_400, 3_700)));
    // What is cut is silence, sample by sample.
    let loudest = |from: usize, to: usize| {
        let stretch = &sound[from * RATE / 1000..to * RATE / 1000];
        stretch.iter().fold(0f32, |max, s| max.max(s.abs()))
    };
    assert!(loudest(4_011, 5_003) < 0.0005, "{}", loudest(4_011, 5_003));
    assert!(loudest(5_300, 5_900) > 0.05 && loudest(6_300, 7_900) > 0.05);

    let plain = |contrasts: Vec<u8>| contrasts.iter().all(|c| *c <= PLAIN);
    let seen = |contrasts: Vec<u8>| contrasts.iter().all(|c| *c > 100);
    // From the frame before to the frame after.
    assert!(plain(contrast(&film, JUDGE, 1_460, 2_531)));
    assert!(seen(contrast(&film, WITNESS, 1_460, 2_531)));
    assert!(seen(contrast(&film, JUDGE, 400, 1_280)) && seen(contrast(&film, JUDGE, 2_800, 3_760)));
    assert!(plain(contrast(&film, ABOVE_CARD, 3_960, 5_043)));
    assert!(
        seen(contrast(&film, ABOVE_CARD, 5_280, 5_900)) && seen(contrast(&film, ABOVE_CARD, 6_280, 7_900))
    );

    // Nothing was written into the original's folder, and nothing of it was changed.
    let after = tool(
        &court.sealed_dir(recording),
        "sh",
        &["-c", "find . -type f | sort | xargs sha256sum"],
    );
    assert_eq!(after.unwrap(), sealed);
    check_with_other_tools(
        &court.sealed_dir(derivative),
        &court.root(),
        "manifest-sha256.txt",
    )
    .unwrap();

    // What was sworn at second 2 lies in what was muted. That the record ran stays, without a word.
    let log = fs::read_to_string(film.with_file_name("court-log.jsonl")).unwrap();
    let entries: Vec<CourtLogEntry> = log.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let kinds: Vec<_> = entries.iter().map(|e| (e.seq, e.kind.as_str())).collect();
    assert_eq!(kinds, [(1, "on_record"), (2, "off_record")]);
    let tags = tool(
        Path::new("/"),
        "ffprobe",
        &[
            "-v",
            "error",
            "-show_entries",
            "format_tags",
            "-of",
            "csv=p=0",
            film.to_str().unwrap(),
        ],
    );
    let tags = tags.unwrap();
    assert!(!tags.contains("2026") && !tags.contains("Karimova"), "{tags}");
}

#[tokio::test]
async fn a_redacted_copy_is_a_recording_that_says_what_it_was_made_from() {
    let court = Court::new().await;
    let recording = recorded(&court).await;
    let cover = interval(RedactionKind::Cover, None, 0, 6_000);
    let order = try_order(&court, recording, "1-1001/2026-R", vec![cover])
        .await
        .unwrap();
    assert_eq!(order.number, 1);
    let derivative = made(&court, recording).await;

    assert_eq!(
        custody_acts(&court, recording).await[3..],
        [
            "redaction_ordered begun",
            "redaction_ordered completed ok=true",
            "redacted begun",
            "redacted completed ok=true"
        ]
    );
    assert_eq!(
        custody_acts(&court, derivative).await,
        ["derived", "sealed", "attached"]
    );
    let original = court.evidence.describe(recording).await.unwrap().unwrap();
    let copy = court.evidence.describe(derivative).await.unwrap().unwrap();
    assert_eq!(copy.evidence.derived_from, Some(recording));
    assert_eq!(copy.custody[0].detail["derived_from"], recording.to_string());
    assert_eq!(
        copy.custody[0].detail["original_manifest_sha256"],
        original.evidence.manifest_sha256
    );
    let completed = original.custody.last().unwrap();
    assert_eq!(completed.detail["derivative"], derivative.to_string());
    assert_eq!(completed.detail["manifest_sha256"], copy.evidence.manifest_sha256);
    // The hearing has one recording, which the next one would continue.
    assert_eq!(
        court
            .store
            .recordings_of_hearing(court.hearing)
            .await
            .unwrap()
            .len(),
        1
    );

    // A stranger's verifier, with the bundle alone.
    let bundle = court.folder.path().join("bundle");
    court
        .evidence
        .export_folder(derivative, "Clerk", &bundle)
        .await
        .unwrap();
    let trust = Trust::from_pem(&fs::read(court.root()).unwrap()).unwrap();
    let source = FolderBundle::open(&bundle).unwrap();
    let report = verify(&source, &trust, Timestamp::new(OffsetDateTime::now_utc()));
    let failures: Vec<_> = report.failures().collect();
    assert_eq!((report.outcome, failures), (Outcome::Proved, vec![]));
    let lines: Vec<_> = report
        .checks
        .iter()
        .filter(|c| c.check == CheckCode::Derived)
        .map(|c| (c.verdict, c.detail.as_str()))
        .collect();
    assert_eq!(
        lines.iter().map(|l| l.0).collect::<Vec<_>>(),
        [Verdict::Proved, Verdict::Trusted, Verdict::NotChecked]
    );
    assert!(lines[1].1.contains("1-1001/2026-R") && lines[1].1.contains("N. Karimova (judge)"));
    assert!(lines[2].1.contains(&recording.to_string()));
    assert!(lines[2].1.contains(&original.evidence.manifest_sha256));
    let unknown = report
        .checks
        .iter()
        .filter(|c| c.detail.contains("says nothing of its meaning"));
    assert_eq!(unknown.count(), 0);
    let verifier = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings-schema/verify.py");
    let said = tool(
        &bundle,
        "python3",
        &[
            verifier.to_str().unwrap(),
            ".",
            "--trust",
            court.root().to_str().unwrap(),
        ],
    );
    assert!(
        said.as_ref().is_ok_and(|said| said.contains("\"proved\"")),
        "{said:?}"
    );

    // A film that is another is found, and named.
    let film = bundle
        .join("data")
        .join(derivative.to_string())
        .join("film-001.mp4");
    tool(&bundle, "chmod", &["-R", "u+w", "."]).unwrap();
    let mut content = fs::read(&film).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(&film, content).unwrap();
    let report = verify(&source, &trust, Timestamp::new(OffsetDateTime::now_utc()));
    let named: Vec<_> = report.failures().filter_map(|c| c.file.clone()).collect();
    assert_eq!(named, [format!("data/{derivative}/film-001.mp4")]);
}

#[tokio::test]
async fn what_cannot_be_ordered_is_refused_and_changes_nothing() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let outside = try_order(
        &court,
        recording,
        "R",
        vec![interval(RedactionKind::Cut, None, 0, 2_001)],
    )
    .await;
    assert_eq!(outside, Err(RedactionFault::Interval(IntervalFault::Outside)));
    let nobody = interval(RedactionKind::Mute, Some(ParticipantId(Uuid::now_v7())), 0, 1);
    let nobody = try_order(&court, recording, "R", vec![nobody]).await;
    assert_eq!(nobody, Err(RedactionFault::Interval(IntervalFault::NobodyThere)));
    let handed_out = court.evidence.handed_out(recording).await.unwrap();
    assert_eq!(handed_out, HandedOut::Original(recording));
    let nothing = court.evidence.make_redacted_copy(recording, "Clerk").await;
    assert!(matches!(nothing, Err(EvidenceError::Busy(_))));
    assert_eq!(custody_acts(&court, recording).await.len(), 3);
    // As many as there may be, and one more. Each order may have touching intervals, which are one.
    let apart = |n: u64| interval(RedactionKind::Cut, None, n * 15, n * 15 + 5);
    for _ in 0..3 {
        try_order(&court, recording, "R", (0..100).map(apart).collect())
            .await
            .unwrap();
    }
    let more = try_order(&court, recording, "R", vec![apart(0)]).await;
    assert_eq!(more, Err(RedactionFault::TooMany));
}

pub async fn released(court: &Court, recording: RecordingId) -> MediaRequest {
    let asker = court.store.participant(court.witness).await.unwrap().unwrap();
    let new = NewMediaRequest {
        id: RequestId(Uuid::now_v7()),
        recording,
        form: ReleaseForm::AccessCopy,
        person: asker.person_id,
        requested_by: "Clerk".into(),
        for_self: false,
        released_to: "Elena Sokolova".into(),
        reason: "To prepare".into(),
        requested_at: 4,
    };
    let request = court.evidence.request_media(&new).await.unwrap();
    let decided = decided("Clerk");
    let release = court.evidence.release(&request, &decided, LATER, &[7; 32]);
    release.await.unwrap()
}

pub async fn released_film(court: &Court, release: &MediaRequest) -> AccessCopyStatus {
    eventually(async || {
        let stands = court.evidence.release_copy(release).await.unwrap();
        (!matches!(stands, AccessCopyStatus::Running { .. })).then_some(stands)
    })
    .await
}

#[tokio::test]
async fn others_than_the_court_are_handed_the_redacted_copy_and_nothing_until_it_is_there() {
    let court = Court::new().await;
    let recording = recorded(&court).await;
    let release = released(&court, recording).await;
    assert_eq!(released_film(&court, &release).await, AccessCopyStatus::Done);
    let access = court.folder.path().join("access");
    let of_original = access.join(format!("release-{}-{recording}.mp4", release.id));
    assert!(of_original.is_file());

    let cover = interval(RedactionKind::Cover, Some(court.judge), 1_000, 2_000);
    let order = try_order(&court, recording, "R 1", vec![cover]).await.unwrap();
    assert!(!of_original.exists());
    let withheld = HandedOut::Withheld {
        references: vec!["R 1".into()],
    };
    assert_eq!(court.evidence.handed_out(recording).await.unwrap(), withheld);
    court
        .evidence
        .open_release(&release, "Elena Sokolova")
        .await
        .unwrap();
    assert_eq!(released_film(&court, &release).await, AccessCopyStatus::None);
    assert!(
        court
            .evidence
            .open_release_copy(&release)
            .await
            .unwrap()
            .is_none()
    );
    // The court may watch the original as before, and it is not shown at a hearing.
    assert!(
        court
            .evidence
            .open_track(recording, "segment-001/judge-1-camera.webm")
            .await
            .unwrap()
            .is_some()
    );

    let derivative = made(&court, recording).await;
    let handed_out = court.evidence.handed_out(recording).await.unwrap();
    assert_eq!(handed_out.recording(), Some(derivative));
    court
        .evidence
        .open_release(&release, "Elena Sokolova")
        .await
        .unwrap();
    assert_eq!(released_film(&court, &release).await, AccessCopyStatus::Done);
    let film = access.join(format!("release-{}-{derivative}.mp4", release.id));
    assert!(
        court
            .evidence
            .open_release_copy(&release)
            .await
            .unwrap()
            .is_some()
    );
    // The mark is written over what was covered; between its rows there is nothing.
    let covered = contrast(&film, BETWEEN_MARKS, 1_000, 2_000);
    assert!(covered.iter().all(|c| *c <= 12), "{covered:?}");
    assert!(
        contrast(&film, BETWEEN_MARKS, 3_000, 3_400)
            .iter()
            .all(|c| *c > 60)
    );
    assert!(
        custody_acts(&court, derivative)
            .await
            .contains(&"viewed".to_string())
    );
    assert!(
        !custody_acts(&court, recording)
            .await
            .contains(&"viewed".to_string())
    );
    assert!(!of_original.exists());

    // Nobody asks for the copy itself, orders about it, or takes it for the original.
    let again = try_order(&court, derivative, "R", vec![cover]).await;
    assert_eq!(again, Err(RedactionFault::OfCopy));
    // A further order: the copy before leaves too much in.
    let more = interval(RedactionKind::Mute, None, 3_000, 4_000);
    try_order(&court, recording, "R 2", vec![more]).await.unwrap();
    assert_eq!(
        court.evidence.handed_out(recording).await.unwrap().recording(),
        None
    );
    assert!(
        court
            .evidence
            .open_release_copy(&release)
            .await
            .unwrap()
            .is_none()
    );
    assert!(!film.exists());
    let second = made(&court, recording).await;
    assert_ne!(second, derivative);
    // One order is lifted; the copy of both hides more than is ordered, and the first leaves in what is ordered.
    court
        .evidence
        .lift_redaction(&order, &decided("N. Karimova (judge)"))
        .await
        .unwrap();
    assert_eq!(
        court.evidence.handed_out(recording).await.unwrap().recording(),
        None
    );
    assert!(
        court
            .evidence
            .lift_redaction(&order, &decided("J"))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_copy_whose_making_broke_off_is_the_same_copy_after_a_restart() {
    let court = Court::new().await;
    let recording = recorded(&court).await;
    let cut = interval(RedactionKind::Cut, None, 1_000, 2_000);
    try_order(&court, recording, "R 1", vec![cut]).await.unwrap();
    let workshop = court
        .folder
        .path()
        .join("access")
        .join(format!("redaction-{recording}.partial"));
    court
        .evidence
        .make_redacted_copy(recording, "Clerk")
        .await
        .unwrap();
    let asked = fs::read(workshop.join("asked.json")).unwrap();
    // An order that comes while the copy is made is not carried out by it.
    let cover = interval(RedactionKind::Cover, None, 3_000, 3_500);
    let late = try_order(&court, recording, "R 2", vec![cover]).await.unwrap();
    let end = eventually(async || {
        let found = court.evidence.redactions(recording).await.unwrap();
        (!matches!(found.making, AccessCopyStatus::Running { .. })).then_some(found)
    });
    let found = end.await;
    assert_eq!((found.copies.len(), found.current), (1, None));
    let derivative = found.copies[0].recording;
    court.evidence.lift_redaction(&late, &decided("J")).await.unwrap();
    let sealed = fs::read(court.sealed_dir(derivative).join("manifest-sha256.txt")).unwrap();

    // Killed after the seal, before the end was entered.
    fs::create_dir(&workshop).unwrap();
    fs::write(workshop.join("asked.json"), &asked).unwrap();
    let court = court.restarted().await;
    court.evidence.recover_all().await.unwrap();
    eventually(async || (!workshop.exists()).then_some(())).await;
    let found = court.evidence.redactions(recording).await.unwrap();
    assert_eq!((found.copies.len(), found.current), (1, Some(derivative)));
    let again = fs::read(court.sealed_dir(derivative).join("manifest-sha256.txt")).unwrap();
    assert_eq!(again, sealed);
    // Called off: nothing of it stays.
    let more = interval(RedactionKind::Mute, None, 0, 6_000);
    try_order(&court, recording, "R 3", vec![more]).await.unwrap();
    court
        .evidence
        .make_redacted_copy(recording, "Clerk")
        .await
        .unwrap();
    court.evidence.cancel_redacted_copy(recording);
    eventually(async || (!workshop.exists()).then_some(())).await;
    let found = court.evidence.redactions(recording).await.unwrap();
    assert_eq!((found.copies.len(), found.current), (1, None));
    let spool = fs::read_dir(court.folder.path().join("spool")).unwrap();
    assert_eq!(spool.filter(|e| e.as_ref().unwrap().path().is_dir()).count(), 0);
}
