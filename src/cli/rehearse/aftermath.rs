//! After the closing: sealed, attached, exported, verified, by a process that knows nothing of the server.

use super::course::{Course, millis};
use super::hearing::Held;
use super::progress::Progress;
use super::report::Report;
use super::{RehearseError, films, gaps, io};
use crate::client::api::Api;
use crate::court::id::RecordingId;
use crate::court::state::RecordingState;
use crate::wire::api::Recording;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Command;

const ATTACHED_WITHIN: Duration = Duration::from_secs(30);
const POLL_EVERY: Duration = Duration::from_millis(20);
/// How far the sealed times may be from what the acts and the segments say.
const TIME_TOLERANCE_MS: i64 = 200;

/// Waits for the evidence, fetches it, and has it verified.
pub async fn examine(
    held: &Held,
    server: &Api,
    out: &Path,
    progress: &Progress,
    report: &mut Report,
) -> Result<(), RehearseError> {
    progress.step("the recording is sealed and attached to the case");
    let recordings = attached(held).await?;
    report.sealed_in = Some(held.closed.elapsed());
    report.recordings = recordings.clone();
    progress.found(&format!("{} recording attached", recordings.len()));

    let trust = out.join("seal-root.pem");
    let root = server.seal_root().await?;
    std::fs::write(&trust, root).map_err(io(format!("{}", trust.display())))?;
    report.trust = Some(trust.clone());

    let mut verified = !recordings.is_empty();
    let mut segments = Vec::new();
    for (index, recording) in recordings.iter().enumerate() {
        let facts = held.clerk.recording(*recording).await?;
        report.on_record_ms += facts.evidence.duration_ms;
        segments.extend(facts.segments.iter().map(|segment| segment.duration_ms));
        check_times(&facts, report);
        check_gaps(&facts, &held.course, report);
        progress.step("the server verifies");
        verified &= server_verifies(held, *recording, report).await?;
        progress.step("the bundle is fetched");
        let bundle = fetch(held, *recording, out, index).await?;
        progress.step("oyer verify examines the bundle");
        verified &= bundle_verifies(&bundle, &trust, report).await?;
        progress.step("every sealed file is decoded");
        if check_films(&bundle, &facts, &held.course, report).await? {
            progress
                .found("each file shows its person and lets them be heard, and nothing from off the record");
        }
        report.bundle.get_or_insert(bundle);
    }
    check_lengths(&segments, &held.course, report);
    report.verified = verified;
    if verified {
        progress.found("the bundle verifies against the root alone");
    }
    Ok(())
}

/// The recordings of the hearing, once all of them are attached.
async fn attached(held: &Held) -> Result<Vec<RecordingId>, RehearseError> {
    let deadline = held.closed + ATTACHED_WITHIN;
    while Instant::now() < deadline {
        let case = held.clerk.case(held.case).await?;
        let ours = || case.evidence.iter().filter(|e| e.hearing == held.hearing);
        if ours().next().is_some() && ours().all(|e| e.state == RecordingState::Attached) {
            return Ok(ours().map(|e| e.recording).collect());
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
    Err(RehearseError::Late(
        "attaching the recording",
        ATTACHED_WITHIN.as_secs(),
    ))
}

/// A second on record is in a track file or in the gap ledger: each track, with what is declared missing at its end,
/// reaches the end of its segment.
fn check_times(recording: &Recording, report: &mut Report) {
    if recording.evidence.interrupted {
        report.fail("the recording is marked interrupted");
    }
    for track in &recording.tracks {
        let Some(segment) = recording.segments.iter().find(|s| s.segment == track.segment) else {
            report.fail(format!("{} belongs to no segment", track.file));
            continue;
        };
        let declared = recording.gaps.iter().filter(|gap| gap.file == track.file);
        let end = declared.map(|gap| gap.to_ms).chain([track.duration_ms]).max();
        let end = end.unwrap_or_default();
        if (end - segment.duration_ms).abs() > TIME_TOLERANCE_MS {
            report.fail(format!(
                "{} reaches {end} ms of a segment of {} ms, and no gap says why",
                track.file, segment.duration_ms
            ));
        }
    }
}

/// The segments are as long as the record ran, by the rehearsal's own clock.
fn check_lengths(segments: &[i64], course: &Course, report: &mut Report) {
    if segments.len() != course.stretches.len() {
        let (sealed, ours) = (segments.len(), course.stretches.len());
        report.fail(format!(
            "the record ran {ours} times, and {sealed} segments are sealed"
        ));
    }
    for (index, (length, stretch)) in segments.iter().zip(&course.stretches).enumerate() {
        let off = stretch.deviation(millis(*length));
        if off > millis(TIME_TOLERANCE_MS) {
            report.fail(format!(
                "segment {} has {length} ms, {} ms off the time on record",
                index + 1,
                off.as_millis()
            ));
        }
    }
}

/// Every declared gap was provoked. The first of each file and cause stands for the others.
fn check_gaps(recording: &Recording, course: &Course, report: &mut Report) {
    let lost_somewhere = report.packets_lost > 0;
    let mut told = Vec::new();
    for gap in &recording.gaps {
        let about = (gap.file.as_str(), gap.cause.as_str());
        let objection = gaps::objection(
            gap,
            course,
            &recording.tracks,
            &recording.segments,
            lost_somewhere,
        );
        if let Some(objection) = objection
            && !told.contains(&about)
        {
            told.push(about);
            report.fail(format!(
                "{}: a gap from {} to {} ms is declared as {}: {objection}",
                gap.file, gap.from_ms, gap.to_ms, gap.cause
            ));
        }
    }
}

/// Decodes the sealed files. True if nothing is wrong with them.
async fn check_films(
    bundle: &Path,
    recording: &Recording,
    course: &Course,
    report: &mut Report,
) -> Result<bool, RehearseError> {
    // The payload's folder has the recording's id for its name.
    let folder = bundle.join("data").join(recording.evidence.recording.to_string());
    let (tracks, course) = (recording.tracks.clone(), course.clone());
    let faults = tokio::task::spawn_blocking(move || films::faults(&folder, &tracks, &course))
        .await
        .map_err(|e| RehearseError::Stage(format!("decoding the sealed files: {e}")))??;
    let well = faults.is_empty();
    for fault in faults {
        report.fail(fault);
    }
    Ok(well)
}

async fn server_verifies(
    held: &Held,
    recording: RecordingId,
    report: &mut Report,
) -> Result<bool, RehearseError> {
    let verification = held.clerk.verify(recording).await?;
    if !verification.ok {
        for check in verification.checks.iter().filter(|c| c.verdict == "failed") {
            report.fail(format!(
                "the server's verification: {}: {}",
                check.what, check.detail
            ));
        }
        report.fail("the server does not verify its own recording");
    }
    Ok(verification.ok)
}

/// Downloads and unpacks a bundle. Gives its folder.
async fn fetch(
    held: &Held,
    recording: RecordingId,
    out: &Path,
    index: usize,
) -> Result<PathBuf, RehearseError> {
    let name = match index {
        0 => "bundle".to_owned(),
        _ => format!("bundle-{}", index + 1),
    };
    let (folder, tar) = (out.join(&name), out.join(format!("{name}.tar")));
    held.clerk.download_bundle(recording, &tar).await?;
    tokio::task::spawn_blocking(move || unpack(&tar, &folder))
        .await
        .map_err(|e| RehearseError::Stage(format!("unpacking the bundle: {e}")))?
}

/// Unpacks; the bundle is the folder that holds bagit.txt, at the top or one below. The tar crate refuses paths that
/// lead outside.
fn unpack(tar: &Path, folder: &Path) -> Result<PathBuf, RehearseError> {
    let file = std::fs::File::open(tar).map_err(io(format!("{}", tar.display())))?;
    std::fs::create_dir(folder).map_err(io(format!("{}", folder.display())))?;
    tar::Archive::new(file)
        .unpack(folder)
        .map_err(io(format!("unpacking {}", tar.display())))?;
    if folder.join("bagit.txt").exists() {
        return Ok(folder.to_path_buf());
    }
    let entries = std::fs::read_dir(folder).map_err(io(format!("{}", folder.display())))?;
    let below = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.join("bagit.txt").exists());
    below.ok_or_else(|| RehearseError::Stage(format!("{} holds no bagit.txt", tar.display())))
}

/// Runs `oyer verify` in a process of its own.
async fn bundle_verifies(bundle: &Path, trust: &Path, report: &mut Report) -> Result<bool, RehearseError> {
    let program = std::env::current_exe().map_err(io("finding the oyer program"))?;
    let output = Command::new(&program)
        .arg("verify")
        .arg(bundle)
        .arg("--trust")
        .arg(trust)
        .arg("--json")
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(io("running oyer verify"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        report.fail(format!("oyer verify: {} {said} {errors}", output.status));
    }
    Ok(output.status.success())
}
