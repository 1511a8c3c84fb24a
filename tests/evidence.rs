//! From the recorder's folder to evidence, with outside tools as judges, and a crash after every step.
#![cfg(feature = "server")]

mod courthouse;

use courthouse::{Court, Tape, check_with_other_tools, tool};
use oyer::court::id::{ParticipantId, RecordingId};
use oyer::court::state::RecordingState;
use oyer::evidence::{EvidenceError, Step};
use oyer::recorder::Ended;
use oyer::rtp::codec::Codec;
use oyer::rtp::source::Source;
use oyer::seal::bundle;
use oyer::seal::custody;
use oyer::seal::digest::Digest;
use oyer::seal::verify::{CheckCode, Outcome};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use uuid::Uuid;

/// Acts of the ledger in order, after its chain was checked.
async fn custody_acts(court: &Court, recording: RecordingId) -> Vec<String> {
    let rows = court.store.custody(recording).await.unwrap();
    let text: String = rows.into_iter().map(|row| row.line + "\n").collect();
    let mut acts = Vec::new();
    custody::check(text.as_bytes(), |entry| {
        let stage = entry
            .detail
            .get("stage")
            .and_then(|s| s.as_str())
            .unwrap_or_default();
        let ok = entry
            .detail
            .get("ok")
            .map(|ok| format!(" ok={ok}"))
            .unwrap_or_default();
        acts.push(format!("{} {stage}{ok}", entry.act.name()).trim().to_string());
    })
    .unwrap();
    acts
}

/// Everything that has to be true of a recording that is part of its case.
async fn assert_attached(court: &Court, recording: RecordingId, interrupted: bool) {
    let bag = court.sealed_dir(recording);
    check_with_other_tools(&bag, &court.root(), "manifest-sha256.txt").unwrap();
    let sealed = tool(&bag, "cut", &["-c67-", "manifest-sha256.txt"]).unwrap();
    let found = tool(&bag, "sh", &["-c", "find data -type f | LC_ALL=C sort"]).unwrap();
    assert_eq!(sealed, found, "every file below data/ is listed, and no other");
    let tags = tool(
        &bag,
        "sh",
        &["-c", "find . -type f -not -path './data/*' | LC_ALL=C sort"],
    )
    .unwrap();
    let tags: Vec<_> = tags.lines().map(|l| l.trim_start_matches("./")).collect();
    let mut expected = bundle::STORED_TAG_FILES.to_vec();
    expected.sort_unstable();
    assert_eq!(tags, expected);
    let writable = tool(&bag, "find", &[".", "-perm", "/222"]).unwrap();
    assert_eq!(writable, "", "nothing in a sealed folder can be written");
    assert!(
        !court
            .folder
            .path()
            .join("spool")
            .join(recording.to_string())
            .exists()
    );

    let row = court.store.recording(recording).await.unwrap().unwrap();
    assert_eq!(
        (row.state, row.interrupted),
        (RecordingState::Attached, interrupted)
    );
    let manifest = Digest::of(&fs::read(bag.join("manifest-sha256.txt")).unwrap());
    let evidence = court.evidence.list_case(court.case).await.unwrap();
    let mine: Vec<_> = evidence.iter().filter(|e| e.recording_id == recording).collect();
    assert_eq!(mine.len(), 1);
    assert_eq!(mine[0].manifest_sha256, manifest.to_string());
    assert_eq!(mine[0].duration_ms, 4_000);
    assert_eq!(
        custody_acts(court, recording).await,
        ["recorded", "sealed", "attached"]
    );
}

#[tokio::test]
async fn a_recording_is_sealed_and_part_of_its_case() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    let begun = Instant::now();
    let sealed = court.evidence.seal(recording, summary.clone()).await.unwrap();
    eprintln!("sealed in {:?}", begun.elapsed());
    assert_attached(&court, recording, false).await;

    let again = court.evidence.seal(recording, summary).await.unwrap();
    assert_eq!(again.manifest_sha256, sealed.manifest_sha256);
    assert_attached(&court, recording, false).await;

    let described = court.evidence.describe(recording).await.unwrap().unwrap();
    assert_eq!(described.seal.tracks.len(), 8);
    assert_eq!(described.seal.tracks[1].name, "N. Karimova");
    assert_eq!(
        (described.gaps.len(), described.log.len(), described.custody.len()),
        (1, 3, 3)
    );
    assert_eq!(described.seal.court_log.entries, 3);
    assert_eq!(court.evidence.last_segment(court.hearing).await.unwrap(), 2);

    let file = "segment-001/judge-1-camera.webm";
    let (_, bytes) = court.evidence.open_track(recording, file).await.unwrap().unwrap();
    assert_eq!(
        bytes,
        described
            .seal
            .tracks
            .iter()
            .find(|t| t.file == file)
            .unwrap()
            .bytes
    );
    for other in [
        "seal.json",
        "../../../../keys/root.key",
        "",
        "segment-001/none.webm",
    ] {
        assert!(
            court
                .evidence
                .open_track(recording, other)
                .await
                .unwrap()
                .is_none(),
            "{other}"
        );
    }
    assert!(
        court
            .evidence
            .describe(Uuid::now_v7().into())
            .await
            .unwrap()
            .is_none()
    );
    court.evidence.note_viewed(recording, "Clerk").await.unwrap();
    assert_eq!(custody_acts(&court, recording).await.last().unwrap(), "viewed");
}

#[tokio::test]
async fn the_next_recording_names_the_one_before() {
    let court = Court::new().await;
    let (first, summary) = court.record().await;
    let sealed = court.evidence.seal(first, summary).await.unwrap();
    let (second, summary) = court.record().await;
    let next = court.evidence.seal(second, summary).await.unwrap();
    let previous = next.document.previous.unwrap();
    assert_eq!(previous.recording, first.0);
    assert_eq!(previous.manifest_sha256, sealed.manifest_sha256);
    assert_attached(&court, second, false).await;
}

/// A crash after each step, with the half-written file that a crash inside the next step leaves.
#[tokio::test]
async fn what_a_crash_cut_off_is_finished_at_the_next_start() {
    for done in 1..=Step::ALL.len() {
        for interrupted in [false, true] {
            let court = Court::new().await;
            let (recording, mut summary) = court.record().await;
            if interrupted {
                summary.ended = Ended::Crash;
            }
            for step in &Step::ALL[..done] {
                court
                    .evidence
                    .run_step(recording, *step, Some(summary.clone()))
                    .await
                    .unwrap();
            }
            let spool = court.folder.path().join("spool").join(recording.to_string());
            if spool.exists() {
                fs::write(spool.join("partial"), "half a fi").unwrap();
            }
            let court = court.restarted().await;
            let left = usize::from(done < Step::ALL.len());
            assert_eq!(
                court.evidence.recover_all().await.unwrap(),
                left,
                "after {:?}",
                Step::ALL[done - 1]
            );
            assert_attached(&court, recording, interrupted).await;
            assert_eq!(court.evidence.recover_all().await.unwrap(), 0);
        }
    }
}

/// A crash inside the last step: every state in which its statements can leave the store.
#[tokio::test]
async fn half_an_attachment_is_finished_at_the_next_start() {
    let states: [&[&str]; 6] = [
        &[
            "UPDATE recordings SET state = 'closed', custody_entries = 0",
            "DELETE FROM evidence",
            "DELETE FROM custody",
        ],
        &[
            "UPDATE recordings SET state = 'sealed', custody_entries = 0",
            "DELETE FROM evidence",
            "DELETE FROM custody",
        ],
        &[
            "UPDATE recordings SET state = 'sealed', custody_entries = 1",
            "DELETE FROM evidence",
            "DELETE FROM custody WHERE seq > 1",
        ],
        &[
            "UPDATE recordings SET state = 'sealed', custody_entries = 2",
            "DELETE FROM evidence",
            "DELETE FROM custody WHERE seq > 2",
        ],
        &[
            "UPDATE recordings SET state = 'sealed', custody_entries = 2",
            "DELETE FROM custody WHERE seq > 2",
        ],
        &["UPDATE recordings SET state = 'sealed'"],
    ];
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let url = format!("sqlite://{}/oyer.sqlite", court.folder.path().display());
    for statements in states {
        let pool = sqlx::AnyPool::connect(&url).await.unwrap();
        for statement in statements {
            sqlx::query(*statement).execute(&pool).await.unwrap();
        }
        pool.close().await;
        // The move into the store may have been the last thing that happened: its folder is not locked yet.
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(court.sealed_dir(recording), open).unwrap();
        assert_eq!(court.evidence.recover_all().await.unwrap(), 1);
        assert_attached(&court, recording, false).await;
    }
}

/// What `kill -9` leaves in the recorder's folder is sealed as found.
#[tokio::test]
async fn a_recording_cut_off_in_the_middle_is_sealed_as_found() {
    let court = Court::new().await;
    let (recording, dir) = court
        .evidence
        .begin_recording(court.hearing, OffsetDateTime::now_utc())
        .await
        .unwrap();
    courthouse::cut_off_recording(&court, recording, &dir).await;
    let court = court.restarted().await;
    assert_eq!(court.evidence.recover_all().await.unwrap(), 1);
    let bag = court.sealed_dir(recording);
    check_with_other_tools(&bag, &court.root(), "manifest-sha256.txt").unwrap();
    let row = court.store.recording(recording).await.unwrap().unwrap();
    assert_eq!((row.state, row.interrupted), (RecordingState::Attached, true));
    let described = court.evidence.describe(recording).await.unwrap().unwrap();
    assert_eq!(described.seal.ended, oyer::seal::document::Ended::Crash);
    assert_eq!(described.seal.tracks.len(), 1);
    assert!(
        described.seal.tracks[0].duration_ms >= 2_000,
        "{:?}",
        described.seal.tracks[0]
    );
    assert!(
        bag.join("data")
            .join(recording.to_string())
            .join("segment-001/judge-1-microphone.webm")
            .is_file()
    );
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
}

#[tokio::test]
async fn verifying_is_entered_and_notices_a_changed_file_and_a_changed_ledger() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    let early = court.evidence.verify(recording, "Clerk").await;
    assert!(matches!(early, Err(EvidenceError::NotSealed(_))));
    court.evidence.seal(recording, summary).await.unwrap();
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    let custody = report
        .checks
        .iter()
        .find(|c| c.check == CheckCode::Custody)
        .unwrap();
    assert!(custody.detail.starts_with("4 entries"), "{custody:?}");
    let acts = custody_acts(&court, recording).await;
    assert_eq!(acts[3..], ["verified begun", "verified completed"]);

    let file = court
        .sealed_dir(recording)
        .join("data")
        .join(recording.to_string())
        .join("segment-001/judge-1-camera.webm");
    let good = fs::read(&file).unwrap();
    let mut bad = good.clone();
    bad[200] ^= 1;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&file, bad).unwrap();
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert!(
        report
            .failures()
            .all(|c| c.file.as_ref().unwrap().ends_with("judge-1-camera.webm"))
    );
    assert_eq!(report.outcome, Outcome::Failed);
    fs::write(&file, good).unwrap();

    let url = format!("sqlite://{}/oyer.sqlite", court.folder.path().display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    let forged = "UPDATE custody SET line = REPLACE(line, 'Clerk', 'Usher') WHERE seq = 4";
    sqlx::query(forged).execute(&pool).await.unwrap();
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    let failed: Vec<_> = report.failures().map(|c| c.check).collect();
    assert_eq!(failed, [CheckCode::Custody]);
    assert_eq!(report.outcome, Outcome::Failed);
}

#[tokio::test]
async fn what_cannot_be_recovered_does_not_hold_up_the_rest() {
    let court = Court::new().await;
    let (lost, summary) = court.record().await;
    drop(summary);
    fs::remove_dir_all(court.folder.path().join("spool").join(lost.to_string())).unwrap();
    let (good, summary) = court.record().await;
    court
        .evidence
        .run_step(good, Step::Settle, Some(summary))
        .await
        .unwrap();
    let court = court.restarted().await;
    assert_eq!(court.evidence.recover_all().await.unwrap(), 1);
    assert_attached(&court, good, false).await;
    let missing = court.evidence.recover_recording(lost).await;
    assert!(
        matches!(missing, Err(EvidenceError::FolderMissing(id)) if id == lost),
        "{missing:?}"
    );
}

#[tokio::test]
async fn a_file_that_changed_before_sealing_is_not_sealed() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    let file = court
        .evidence
        .recorder_dir(recording)
        .join("segment-001/judge-1-camera.webm");
    let mut content = fs::read(&file).unwrap();
    content.pop();
    fs::write(&file, content).unwrap();
    let sealed = court.evidence.seal(recording, summary).await;
    assert!(
        matches!(&sealed, Err(EvidenceError::Changed { file, .. }) if file.ends_with("judge-1-camera.webm"))
    );
    assert!(!court.sealed_dir(recording).exists());

    let (recording, mut summary) = court.record().await;
    summary.tracks[0].participant = Uuid::now_v7();
    let sealed = court.evidence.seal(recording, summary).await;
    assert!(matches!(sealed, Err(EvidenceError::UnknownParticipant { .. })));
}

/// Eight hours of eight tracks are some 100 GB. Their bytes are not read again: a file of this size takes minutes to read.
#[tokio::test]
async fn sealing_takes_no_longer_for_a_long_hearing() {
    const BYTES: u64 = 100 << 30;
    let court = Court::new().await;
    let (recording, dir) = court
        .evidence
        .begin_recording(court.hearing, OffsetDateTime::now_utc())
        .await
        .unwrap();
    let mut tape = Tape::new(recording, &dir);
    tape.segment(1, 8 * 3_600_000);
    let file = "segment-001/judge-1-camera.webm".to_string();
    fs::File::create_new(dir.join(&file))
        .unwrap()
        .set_len(BYTES)
        .unwrap();
    tape.enter_with(
        file,
        court.judge,
        Source::Camera,
        Codec::Vp8,
        1,
        Digest::ZERO,
        BYTES,
    );
    let begun = Instant::now();
    court.evidence.seal(recording, tape.finish()).await.unwrap();
    let took = begun.elapsed();
    eprintln!("sealed {BYTES} bytes in {took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

/// What a stranger does with a bundle that was handed out.
fn check_bundle(folder: &Path, root: &Path) {
    for list in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        check_with_other_tools(folder, root, list).unwrap();
    }
    let how = fs::read_to_string(folder.join("VERIFY.txt")).unwrap();
    let openssl = |pem: &Path| {
        tool(
            folder,
            "openssl",
            &[
                "x509",
                "-in",
                pem.to_str().unwrap(),
                "-noout",
                "-fingerprint",
                "-sha256",
            ],
        )
    };
    let fingerprint = openssl(root).unwrap();
    assert!(
        how.contains(fingerprint.trim().split_once('=').unwrap().1),
        "{how}"
    );
    let page = fs::read_to_string(folder.join("certificate.html")).unwrap();
    assert!(page.contains("O‘. Rahimov &lt;b&gt;"), "names are escaped");
    let tags = fs::read_to_string(folder.join("tagmanifest-sha256.txt")).unwrap();
    for file in [
        "custody.jsonl",
        "certificate.html",
        "VERIFY.txt",
        "seal/certs/root.pem",
        "seal/manifest-sha256.txt.p7s",
    ] {
        assert!(tags.contains(&format!("  {file}\n")), "{file}");
    }
    let ledger = fs::File::open(folder.join("custody.jsonl")).unwrap();
    let mut last = None;
    custody::check(std::io::BufReader::new(ledger), |entry| {
        last = Some(entry.clone())
    })
    .unwrap();
    let last = last.unwrap();
    assert_eq!(
        (last.act.name(), last.by.as_str()),
        ("exported", "Clerk D. Yusupova"),
        "it says that it was handed out"
    );
}

#[tokio::test]
async fn a_bundle_is_handed_out_as_a_folder_and_never_overwrites() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("deep/bundle");
    let early = court.evidence.export_folder(recording, "Clerk", &to).await;
    assert!(matches!(early, Err(EvidenceError::NotSealed(_))));
    court.evidence.seal(recording, summary).await.unwrap();

    court
        .evidence
        .export_folder(recording, "Clerk D. Yusupova", &to)
        .await
        .unwrap();
    check_bundle(&to, &court.root());
    let left: Vec<_> = fs::read_dir(to.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is left beside it");
    let expected = [
        "recorded",
        "sealed",
        "attached",
        "exported begun",
        "exported completed ok=true",
    ];
    assert_eq!(custody_acts(&court, recording).await, expected);

    let before = fs::metadata(to.join("VERIFY.txt")).unwrap().modified().unwrap();
    let again = court.evidence.export_folder(recording, "Clerk", &to).await;
    assert!(matches!(again, Err(EvidenceError::Exists(path)) if path == to));
    assert_eq!(
        fs::metadata(to.join("VERIFY.txt")).unwrap().modified().unwrap(),
        before
    );

    let file = to
        .join("data")
        .join(recording.to_string())
        .join("segment-001/judge-1-camera.webm");
    let mut content = fs::read(&file).unwrap();
    content[100] ^= 1;
    fs::write(&file, content).unwrap();
    assert!(check_with_other_tools(&to, &court.root(), "manifest-sha256.txt").is_err());
}

#[tokio::test]
async fn a_bundle_is_handed_out_as_a_tar_file() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let mut pieces = court
        .evidence
        .export_tar(recording, "Clerk D. Yusupova")
        .await
        .unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut tar = Vec::new();
    while let Some(piece) = pieces.recv().await {
        let piece = piece.unwrap();
        assert!(piece.len() <= 64 * 1024);
        tar.extend_from_slice(&piece);
    }
    fs::write(out.path().join("bundle.tar"), tar).unwrap();
    tool(out.path(), "tar", &["xf", "bundle.tar"]).unwrap();
    check_bundle(&out.path().join(recording.to_string()), &court.root());
}

#[tokio::test]
async fn a_download_that_broke_off_is_in_the_ledger() {
    let court = Court::new().await;
    let (recording, dir) = court
        .evidence
        .begin_recording(court.hearing, OffsetDateTime::now_utc())
        .await
        .unwrap();
    let mut tape = Tape::new(recording, &dir);
    tape.segment(1, 2_000);
    let file = "segment-001/judge-1-camera.webm".to_string();
    fs::File::create_new(dir.join(&file))
        .unwrap()
        .set_len(64 << 20)
        .unwrap();
    tape.enter(file, court.judge, Source::Camera, Codec::Vp8, 1);
    court.evidence.seal(recording, tape.finish()).await.unwrap();

    let mut pieces = court.evidence.export_tar(recording, "Clerk").await.unwrap();
    pieces.recv().await.unwrap().unwrap();
    drop(pieces);
    let ledger = eventually(async || {
        let acts = custody_acts(&court, recording).await;
        (acts.len() == 5).then_some(acts)
    });
    assert_eq!(ledger.await.last().unwrap(), "exported completed ok=false");
}

/// Asks until there is an answer; fails after half a minute.
async fn eventually<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

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

    let (_, bytes) = court.evidence.open_access_copy(recording).await.unwrap().unwrap();
    assert_eq!(bytes, fs::metadata(&file).unwrap().len());
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

#[tokio::test]
async fn a_picture_may_change_its_size_on_the_way() {
    use oyer::evidence::AccessCopyStatus::*;
    let court = Court::new().await;
    let recording = record_turning(&court, 2).await;
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
