//! Copies for watching: what is to be seen in them, and when.

use crate::courthouse::{Court, Tape, check_with_other_tools, tool};
use crate::{custody_acts, eventually};
use oyer::court::id::{ParticipantId, RecordingId};
use oyer::evidence::EvidenceError;
use std::fs;
use std::path::Path;
use time::OffsetDateTime;

/// Which of the pure colours a place of the picture has at a time: red, green, blue above half or not.
fn colour(file: &Path, at: &str, x: u32, y: u32) -> [bool; 3] {
    let crop = format!("crop=8:8:{x}:{y},scale=1:1,format=rgb24");
    let done = std::process::Command::new("ffmpeg")
        .args(["-loglevel", "error", "-nostdin", "-ss", at, "-i"])
        .arg(file)
        .args(["-frames:v", "1", "-vf", &crop, "-f", "rawvideo", "-"])
        .output()
        .unwrap();
    assert_eq!(done.stdout.len(), 3, "{}", String::from_utf8_lossy(&done.stderr));
    [done.stdout[0] > 100, done.stdout[1] > 100, done.stdout[2] > 100]
}

const RED: [bool; 3] = [true, false, false];

const BLUE: [bool; 3] = [false, false, true];

const NOTHING: [bool; 3] = [false, false, false];

#[tokio::test]
async fn an_access_copy_shows_everybody_in_time() {
    use oyer::evidence::AccessCopyStatus::*;
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    let early = court.evidence.start_access_copy(recording, "Clerk").await;
    assert!(matches!(early, Err(EvidenceError::NotSealed(_))));
    court.evidence.seal(recording, summary).await.unwrap();
    assert_eq!(court.evidence.access_copy(recording), None);
    assert!(matches!(
        court
            .evidence
            .start_access_copy(recording, "Clerk")
            .await
            .unwrap(),
        Running { .. }
    ));
    assert!(matches!(
        court
            .evidence
            .start_access_copy(recording, "Clerk")
            .await
            .unwrap(),
        Running { .. }
    ));
    let end = eventually(async || match court.evidence.access_copy(recording) {
        Running { .. } => Option::None,
        end => Some(end),
    });
    assert_eq!(end.await, Done);

    let file = court
        .folder
        .path()
        .join("access")
        .join(format!("{recording}.mp4"));
    let probe = [
        "-v",
        "error",
        "-show_entries",
        "stream=codec_name,width,height:format=duration",
        "-of",
        "csv=p=0",
        file.to_str().unwrap(),
    ];
    let probed = tool(court.folder.path(), "ffprobe", &probe).unwrap();
    let lines: Vec<_> = probed.lines().collect();
    assert_eq!(lines[..2], ["h264,1280,720", "aac"]);
    let seconds: f64 = lines[2].parse().unwrap();
    assert!((seconds - 4.0).abs() < 0.2, "{seconds}");
    tool(
        court.folder.path(),
        "ffmpeg",
        &[
            "-v",
            "error",
            "-xerror",
            "-nostdin",
            "-i",
            file.to_str().unwrap(),
            "-f",
            "null",
            "-",
        ],
    )
    .unwrap();
    let (left, right, middle) = (320, 960, 340);
    assert_eq!(colour(&file, "1.0", left, middle), RED);
    assert_eq!(colour(&file, "1.0", right, middle), BLUE);
    assert_eq!(colour(&file, "2.2", right, middle), BLUE);
    assert_eq!(colour(&file, "3.2", left, middle), RED);
    assert_eq!(
        colour(&file, "3.2", right, middle),
        NOTHING,
        "a declared gap shows no picture"
    );

    let opened = court.evidence.open_access_copy(recording).await.unwrap().unwrap();
    assert_eq!(opened.bytes(), fs::metadata(&file).unwrap().len());
    let acts = custody_acts(&court, recording).await;
    assert_eq!(acts[3..], ["access_copy begun", "access_copy completed ok=true"]);
    let court = court.restarted().await;
    assert_eq!(court.evidence.access_copy(recording), Done);
    check_with_other_tools(&court.sealed_dir(recording), &court.root(), "manifest-sha256.txt").unwrap();
}

async fn record_turning(court: &Court, seconds: u64) -> RecordingId {
    let (recording, dir) = court
        .evidence
        .begin_recording(court.hearing, OffsetDateTime::now_utc())
        .await
        .unwrap();
    let mut tape = Tape::new(recording, &dir);
    tape.segment(1, seconds * 1000);
    let whose: ParticipantId = court.witness;
    tape.turning_picture(1, "witness-1-camera", whose, "blue");
    court.evidence.seal(recording, tape.finish()).await.unwrap();
    recording
}

/// Has the copy for watching made; gives its file.
async fn copy_of(court: &Court, recording: RecordingId) -> std::path::PathBuf {
    use oyer::evidence::AccessCopyStatus::*;
    court
        .evidence
        .start_access_copy(recording, "Clerk")
        .await
        .unwrap();
    let end = eventually(async || match court.evidence.access_copy(recording) {
        Running { .. } => Option::None,
        end => Some(end),
    });
    assert_eq!(end.await, Done);
    court
        .folder
        .path()
        .join("access")
        .join(format!("{recording}.mp4"))
}

#[tokio::test]
async fn a_screen_stands_as_long_as_it_stood_and_no_longer() {
    let court = Court::new().await;
    let (recording, dir) = court
        .evidence
        .begin_recording(court.hearing, OffsetDateTime::now_utc())
        .await
        .unwrap();
    let mut tape = Tape::new(recording, &dir);
    tape.segment(1, 6_000);
    let whose: ParticipantId = court.witness;
    tape.still_screen(1, "witness-1-screen", whose, "blue", 4_000);
    court.evidence.seal(recording, tape.finish()).await.unwrap();
    let file = copy_of(&court, recording).await;
    for (at, shown) in [("0.5", BLUE), ("3.5", BLUE), ("4.5", NOTHING)] {
        assert_eq!(colour(&file, at, 640, 340), shown, "{at}");
    }
}

#[tokio::test]
async fn a_picture_may_change_its_size_on_the_way() {
    let court = Court::new().await;
    let recording = record_turning(&court, 2).await;
    let file = copy_of(&court, recording).await;
    assert_eq!(
        colour(&file, "0.5", 200, 340),
        BLUE,
        "landscape reaches to the side"
    );
    assert_eq!(
        colour(&file, "1.5", 640, 340),
        BLUE,
        "portrait stands in the middle"
    );
    assert_eq!(colour(&file, "1.5", 200, 340), NOTHING, "and only there");
}

/// Files that begin late or break off, as reconnections and crashes leave them, are shown when and as far as they are.
#[tokio::test]
async fn late_and_torn_files_are_shown_in_time() {
    use oyer::evidence::AccessCopyStatus::*;
    let court = Court::new().await;
    let (recording, dir) = court
        .evidence
        .begin_recording(court.hearing, OffsetDateTime::now_utc())
        .await
        .unwrap();
    let mut tape = Tape::new(recording, &dir);
    tape.segment(1, 2_000);
    tape.late_picture(1, "judge-1-camera", court.judge, "red");
    tape.torn_picture(1, "witness-1-camera", court.witness);
    court.evidence.seal(recording, tape.finish()).await.unwrap();
    // What a crash left of an earlier attempt.
    let workshop = court
        .folder
        .path()
        .join("access")
        .join(format!("{recording}.partial"));
    fs::create_dir(&workshop).unwrap();
    fs::write(workshop.join("segment-001.mp4"), "half").unwrap();
    let court = court.restarted().await;
    court.evidence.recover_all().await.unwrap();
    assert!(!workshop.exists());

    court
        .evidence
        .start_access_copy(recording, "Clerk")
        .await
        .unwrap();
    let end = eventually(async || match court.evidence.access_copy(recording) {
        Running { .. } => Option::None,
        end => Some(end),
    });
    assert_eq!(end.await, Done);
    let file = court
        .folder
        .path()
        .join("access")
        .join(format!("{recording}.mp4"));
    assert_eq!(colour(&file, "0.6", 320, 340), NOTHING, "it had not begun");
    assert_eq!(colour(&file, "1.4", 320, 340), RED);
    assert_ne!(
        colour(&file, "0.6", 1100, 400),
        NOTHING,
        "what there is of a torn file is shown"
    );
    assert_eq!(
        colour(&file, "1.9", 1100, 400),
        NOTHING,
        "and what there is not is not"
    );
}

#[tokio::test]
async fn an_access_copy_can_be_called_off() {
    use oyer::evidence::AccessCopyStatus::*;
    let court = Court::new().await;
    // Far from done when its first hundredth is reported.
    let recording = record_turning(&court, 1200).await;
    court
        .evidence
        .start_access_copy(recording, "Clerk")
        .await
        .unwrap();
    eventually(async || match court.evidence.access_copy(recording) {
        Running { percent } if percent > 0 => Some(()),
        _ => Option::None,
    })
    .await;
    court.evidence.cancel_access_copy(recording).await;
    let end = eventually(async || match court.evidence.access_copy(recording) {
        Running { .. } => Option::None,
        end => Some(end),
    });
    assert_eq!(
        end.await,
        Failed {
            detail: "called off".into()
        }
    );
    let acts = custody_acts(&court, recording).await;
    assert_eq!(acts[3..], ["access_copy begun", "access_copy completed ok=false"]);
    assert!(
        court
            .evidence
            .open_access_copy(recording)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        matches!(
            court
                .evidence
                .start_access_copy(recording, "Clerk")
                .await
                .unwrap(),
            Running { .. }
        ),
        "it can be tried again"
    );
    court.evidence.cancel_access_copy(recording).await;
}

#[test]
fn a_copy_that_a_stop_of_the_server_broke_off_goes_on_where_it_was() {
    use oyer::evidence::AccessCopyStatus::*;
    use std::os::unix::fs::MetadataExt;
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let first_run = runtime();
    let (court, recording) = first_run.block_on(async {
        let court = Court::new().await;
        let begun = court
            .evidence
            .begin_recording(court.hearing, OffsetDateTime::now_utc());
        let (recording, dir) = begun.await.unwrap();
        let mut tape = Tape::new(recording, &dir);
        for (segment, ms) in [(1, 1_000), (2, 20_000)] {
            tape.segment(segment, ms);
            tape.picture(segment, "witness-1-camera", court.witness, "blue");
        }
        court.evidence.seal(recording, tape.finish()).await.unwrap();
        let asked = court.evidence.start_access_copy(recording, "Clerk");
        asked.await.unwrap();
        (court, recording)
    });
    let workshop = court
        .folder
        .path()
        .join("access")
        .join(format!("{recording}.partial"));
    let first_segment = workshop.join("segment-001.mp4");
    first_run.block_on(eventually(async || first_segment.is_file().then_some(())));
    // Everything that the server was doing ends here, in the middle of the second segment.
    first_run.shutdown_timeout(std::time::Duration::from_secs(10));
    let made = fs::metadata(&first_segment).unwrap();
    assert!(!workshop.join("segment-002.mp4").exists());

    runtime().block_on(async {
        let court = court.restarted().await;
        court.evidence.recover_all().await.unwrap();
        assert!(matches!(court.evidence.access_copy(recording), Running { .. }));
        let kept = fs::metadata(&first_segment).unwrap();
        assert_eq!((kept.ino(), kept.mtime_nsec()), (made.ino(), made.mtime_nsec()));
        let end = eventually(async || match court.evidence.access_copy(recording) {
            Running { .. } => Option::None,
            end => Some(end),
        });
        assert_eq!(end.await, Done);
        let file = workshop.with_extension("mp4");
        assert_eq!(colour(&file, "0.5", 640, 340), BLUE);
        assert_eq!(colour(&file, "2.0", 640, 340), BLUE);
        let acts = custody_acts(&court, recording).await;
        assert_eq!(acts[3..], ["access_copy begun", "access_copy completed ok=true"]);
        assert!(!workshop.exists());
        // A crash between the copy's name and the entry: the entry is completed, the copy stays as it is.
        let again = fs::metadata(&file).unwrap().ino();
        fs::create_dir(&workshop).unwrap();
        fs::write(workshop.join("asked.json"), r#"{"by":"Clerk","begun":4}"#).unwrap();
        let court = court.restarted().await;
        court.evidence.recover_all().await.unwrap();
        eventually(async || (court.evidence.access_copy(recording) == Done).then_some(())).await;
        assert_eq!(fs::metadata(&file).unwrap().ino(), again);
        let acts = custody_acts(&court, recording).await;
        assert_eq!(acts[5..], ["access_copy completed ok=true"]);
        // What cannot be gone on with is cleared away.
        fs::create_dir(&workshop).unwrap();
        fs::write(workshop.join("asked.json"), "{").unwrap();
        let court = court.restarted().await;
        court.evidence.recover_all().await.unwrap();
        assert!(!workshop.exists());
    });
}
