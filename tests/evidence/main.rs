//! From the recorder's folder to evidence, with outside tools as judges, and a crash after every step.
#![cfg(feature = "server")]

mod access_copy;
mod acts;
mod annotations;
mod beside;
mod bucket;
mod bucket_parts;
mod bucket_tls;
mod cosigning;
mod courthouse;
mod disk;
mod disposal;
mod disposal_log;
mod enclosed;
mod endings;
mod ends;
mod export;
mod faults;
mod hearing_orders;
mod hostile;
mod keys;
mod logging;
#[path = "../store/postgres.rs"]
mod postgres;
mod recovery;
mod redaction;
mod redaction_stores;
mod releases;
mod reseal;
mod scrub;
mod sealing;
mod second;
mod second_left;
mod stamping;
mod token;

use courthouse::{Court, check_with_other_tools, tool};
use oyer::court::id::RecordingId;
use oyer::court::state::RecordingState;
use oyer::seal::digest::Digest;
use oyer::seal::{bundle, custody};
use std::fs;
use std::time::{Duration, Instant};

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
    assert_kept(court, recording, interrupted).await;
    assert_eq!(
        custody_acts(court, recording).await,
        ["recorded", "sealed", "attached"]
    );
}

/// The same but for its chain of custody.
async fn assert_kept(court: &Court, recording: RecordingId, interrupted: bool) {
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
    let mut expected = [bundle::STORED_TAG_FILES, &bundle::OPTIONAL_TAG_FILES.concat()].concat();
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
