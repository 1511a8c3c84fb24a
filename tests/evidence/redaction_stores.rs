//! Redaction of recordings that are kept in other ways: in envelopes, with the tables in PostgreSQL, and as a film that is too large
//! for one file.

use crate::courthouse::{Court, check_with_other_tools, tool};
use crate::redaction::{
    JUDGE, PLAIN, RATE, contrast, decided, film_of, interval, made, recorded, released, released_film, sound,
    tone, try_order,
};
use crate::{custody_acts, enclosed, postgres};
use oyer::court::id::RecordingId;
use oyer::court::redaction::RedactionKind;
use oyer::evidence::{AccessCopyStatus, HandedOut};
use oyer::folder::FolderBundle;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{CheckCode, Outcome, Trust, Verdict, verify};
use std::fs;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// Hands a copy out and has it verified; gives the folder of its payload.
async fn handed_out_and_proved(court: &Court, derivative: RecordingId) -> PathBuf {
    let bundle = court.folder.path().join(format!("bundle-{derivative}"));
    court
        .evidence
        .export_folder(derivative, "Clerk", &bundle)
        .await
        .unwrap();
    let trust = Trust::from_pem(&fs::read(court.root()).unwrap()).unwrap();
    let source = FolderBundle::open(&bundle).unwrap();
    let report = verify(&source, &trust, Timestamp::new(OffsetDateTime::now_utc()));
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    let derived = report.checks.iter().find(|c| c.check == CheckCode::Derived);
    assert_eq!(derived.unwrap().verdict, Verdict::Proved);
    check_with_other_tools(&bundle, &court.root(), "manifest-sha256.txt").unwrap();
    let verifier = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings-schema/verify.py");
    let root = court.root();
    let arguments = [verifier.to_str().unwrap(), ".", "--trust", root.to_str().unwrap()];
    let said = tool(&bundle, "python3", &arguments).unwrap();
    assert!(said.contains("\"proved\""), "{said}");
    bundle.join("data").join(derivative.to_string())
}

/// The witness is mute from second 1 to 2, the judge covered from 2 to 3; the rest is there.
fn assert_taken_out(film: &Path) {
    let sound = sound(film);
    assert!(sound.len().abs_diff(8 * RATE) < RATE / 10, "{}", sound.len());
    let muted = tone(&sound, 880.0, 1_000, 2_000);
    assert!(muted.iter().all(|a| *a < 0.002), "{muted:?}");
    for (hertz, from, to) in [(440.0, 1_000, 2_000), (880.0, 2_500, 3_700)] {
        let heard = tone(&sound, hertz, from, to);
        assert!(heard.iter().all(|a| *a > 0.02), "{hertz}: {heard:?}");
    }
    assert!(contrast(film, JUDGE, 2_000, 3_000).iter().all(|c| *c <= PLAIN));
    assert!(contrast(film, JUDGE, 3_400, 3_900).iter().all(|c| *c > 100));
}

async fn ordered(court: &Court, recording: RecordingId) {
    let mute = interval(RedactionKind::Mute, Some(court.witness), 1_000, 2_000);
    let cover = interval(RedactionKind::Cover, Some(court.judge), 2_000, 3_000);
    try_order(court, recording, "R 1", vec![mute, cover])
        .await
        .unwrap();
}

fn is_enclosed(court: &Court, recording: RecordingId) -> bool {
    let folder = court.folder.path().join("objects/enclosed");
    folder.join(recording.to_string()).is_dir() && !court.sealed_dir(recording).exists()
}

#[tokio::test]
async fn a_recording_in_envelopes_is_redacted_and_its_copy_goes_into_envelopes() {
    let court = Court::new().await;
    enclosed::use_vault(&court);
    let recording = recorded(&court).await;
    court.evidence.enclose_waiting().await.unwrap();
    assert!(is_enclosed(&court, recording));
    ordered(&court, recording).await;
    let derivative = made(&court, recording).await;
    court.evidence.enclose_waiting().await.unwrap();
    assert!(is_enclosed(&court, derivative));
    let acts = custody_acts(&court, derivative).await;
    assert_eq!(acts[..3], ["derived", "sealed", "attached"]);
    assert!(
        acts.contains(&"enclosed completed ok=true".to_owned()),
        "{acts:?}"
    );

    let payload = handed_out_and_proved(&court, derivative).await;
    assert_taken_out(&payload.join("film-001.mp4"));
    // What others are given is made out of the envelope of the copy, after a restart as well.
    let court = court.restarted().await;
    enclosed::use_vault(&court);
    let release = released(&court, recording).await;
    court
        .evidence
        .open_release(&release, "Elena Sokolova")
        .await
        .unwrap();
    assert_eq!(released_film(&court, &release).await, AccessCopyStatus::Done);
    let film = format!("access/release-{}-{derivative}.mp4", release.id);
    let sound = sound(&court.folder.path().join(film));
    let muted = tone(&sound, 880.0, 1_000, 2_000);
    assert!(muted.iter().all(|a| *a < 0.002), "{muted:?}");
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redaction_works_with_its_tables_in_postgresql() {
    let Some(database) = postgres::fresh_database().await else {
        eprintln!("SKIPPED: no OYER_TEST_POSTGRES and no /usr/lib/postgresql/15/bin");
        return;
    };
    let court = Court::on_database(&database.url).await;
    let recording = recorded(&court).await;
    let release = released(&court, recording).await;
    ordered(&court, recording).await;
    let withheld = HandedOut::Withheld {
        references: vec!["R 1".into()],
    };
    assert_eq!(court.evidence.handed_out(recording).await.unwrap(), withheld);
    let derivative = made(&court, recording).await;
    let handed_out = court.evidence.handed_out(recording).await.unwrap();
    assert_eq!(handed_out.recording(), Some(derivative));
    let payload = handed_out_and_proved(&court, derivative).await;
    assert_taken_out(&payload.join("film-001.mp4"));
    court
        .evidence
        .open_release(&release, "Elena Sokolova")
        .await
        .unwrap();
    assert_eq!(released_film(&court, &release).await, AccessCopyStatus::Done);
    // A further order, and both lifted again: the original is handed out as before.
    let cut = interval(RedactionKind::Cut, None, 4_000, 5_000);
    let second = try_order(&court, recording, "R 2", vec![cut]).await.unwrap();
    assert_eq!(second.number, 2);
    assert_eq!(
        court.evidence.handed_out(recording).await.unwrap().recording(),
        None
    );
    for order in court.evidence.redactions(recording).await.unwrap().orders {
        court
            .evidence
            .lift_redaction(&order, &decided("N. Karimova (judge)"))
            .await
            .unwrap();
    }
    let handed_out = court.evidence.handed_out(recording).await.unwrap();
    assert_eq!(handed_out, HandedOut::Original(recording));
    court.store.close().await;
}

#[tokio::test]
async fn a_film_that_is_too_large_for_one_file_is_sealed_in_pieces() {
    let court = Court::new().await;
    let recording = recorded(&court).await;
    // As if a gigabyte were some hundred kilobytes.
    court.evidence.split_redacted_films(100 << 10);
    ordered(&court, recording).await;
    let derivative = made(&court, recording).await;
    let payload = handed_out_and_proved(&court, derivative).await;
    let redaction = court.evidence.redaction(derivative).await.unwrap().unwrap();
    let films: Vec<_> = redaction.films.iter().map(|film| film.file.as_str()).collect();
    assert!(films.len() > 1, "{films:?}");
    for (film, number) in films.iter().zip(1..) {
        assert_eq!(*film, format!("film-{number:03}.mp4"));
    }
    // One after another they are the whole: nothing is missing, and what was taken out is in none of them.
    assert_eq!(film_of(&court, derivative).file_name().unwrap(), "film-001.mp4");
    let pieces: Vec<f32> = films.iter().flat_map(|film| sound(&payload.join(film))).collect();
    assert!(pieces.len().abs_diff(8 * RATE) < RATE / 10, "{}", pieces.len());
    let copy = court.folder.path().join(format!("access/{derivative}.mp4"));
    assert_taken_out(&copy);
    // The copy for watching can be made again out of the pieces alone.
    fs::remove_file(&copy).unwrap();
    let court = court.restarted().await;
    let release = released(&court, recording).await;
    court
        .evidence
        .open_release(&release, "Elena Sokolova")
        .await
        .unwrap();
    assert_eq!(released_film(&court, &release).await, AccessCopyStatus::Done);
    let film = format!("access/release-{}-{derivative}.mp4", release.id);
    let sound = sound(&court.folder.path().join(film));
    assert!(sound.len().abs_diff(8 * RATE) < RATE / 5, "{}", sound.len());
    let muted = tone(&sound, 880.0, 1_100, 1_900);
    assert!(muted.iter().all(|a| *a < 0.002), "{muted:?}");
}
