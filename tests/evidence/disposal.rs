//! Disposal: two persons, a date, no hold; what stays, and what anybody can verify of it.

use crate::courthouse::Court;
use crate::custody_acts;
use oyer::court::custody::{DisposalState, RetentionClass};
use oyer::court::id::{PersonId, RecordingId};
use oyer::court::state::RecordingState;
use oyer::evidence::key::SealKey;
use oyer::evidence::{Annotation, EvidenceError};
use oyer::seal::bundle;
use oyer::seal::digest::Digest;
use oyer::seal::disposal::{self, DisposalDocument};
use oyer::seal::source::MemoryBundle;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{CheckCode, Outcome, Trust, Verdict, VerificationReport, verify_disposal};
use oyer::store::{Decided, NewDisposal, Retention, StoreError};
use std::fs;
use std::path::PathBuf;
use time::OffsetDateTime;
use uuid::Uuid;

const DAY_MS: i64 = 24 * 3600 * 1000;

fn now_ms() -> i64 {
    i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap()
}

fn decided(by: &str) -> Decided {
    Decided {
        by: by.into(),
        reason: "Its time is over".into(),
        at: now_ms(),
    }
}

/// Decided so many days ago, with an acquittal: recordings are kept for a year.
async fn acquitted(court: &Court, days: i64) {
    let day = (now_ms() / DAY_MS - days) * DAY_MS;
    let retention = Retention {
        case: court.case,
        class: RetentionClass::Acquittal,
        decided_on: day,
        sentence_months: None,
        set_by: "Clerk".into(),
        set_at: now_ms(),
    };
    court.evidence.set_retention(&retention).await.unwrap();
}

async fn proposal(court: &Court, recording: RecordingId) -> NewDisposal {
    let kept = court.evidence.kept_by(court.case).await.unwrap().unwrap();
    let judge = court.store.participant(court.judge).await.unwrap().unwrap();
    NewDisposal {
        id: Uuid::now_v7(),
        case: court.case,
        recording,
        rule: serde_json::to_string(&kept.rule).unwrap(),
        due_at: kept.due_at,
        person: judge.person_id,
        proposed: decided("N. Karimova (judge)"),
    }
}

pub async fn second_person(court: &Court) -> PersonId {
    let person = PersonId(Uuid::now_v7());
    court.store.create_person(person, "O. Rahmonov", 9).await.unwrap();
    person
}

/// A sealed recording whose disposal is approved.
pub async fn approved(court: &Court) -> (RecordingId, Uuid) {
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    acquitted(court, 400).await;
    let new = proposal(court, recording).await;
    court.evidence.propose_disposal(&new).await.unwrap();
    let of = court.store.disposal(new.id).await.unwrap().unwrap();
    let second = second_person(court).await;
    let decided = decided("O. Rahmonov (clerk)");
    court
        .evidence
        .decide_disposal(&of, second, &decided, true)
        .await
        .unwrap();
    (recording, new.id)
}

pub async fn certificate(court: &Court, recording: RecordingId) -> MemoryBundle {
    let found = court
        .evidence
        .disposal_certificate(recording)
        .await
        .unwrap()
        .unwrap();
    let mut bundle = MemoryBundle::new();
    for (path, content) in found.files {
        bundle.insert(path, content);
    }
    bundle
}

pub fn verified(court: &Court, bundle: &MemoryBundle) -> VerificationReport {
    let trust = Trust::from_pem(&fs::read(court.root()).unwrap()).unwrap();
    verify_disposal(bundle, &trust, Timestamp::new(OffsetDateTime::now_utc()))
}

pub fn assert_proved(report: &VerificationReport) {
    let failures: Vec<_> = report.failures().collect();
    assert_eq!(report.outcome, Outcome::Proved, "{failures:?}");
}

fn is_conflict<T: std::fmt::Debug>(result: Result<T, EvidenceError>) {
    assert!(
        matches!(result, Err(EvidenceError::Store(StoreError::Conflict(_)))),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_recording_is_destroyed_by_two_persons_and_its_certificate_can_be_verified() {
    let court = Court::new().await;
    let (recording, id) = approved(&court).await;
    let manifest = Digest::of(&fs::read(court.sealed_dir(recording).join("manifest-sha256.txt")).unwrap());
    court
        .evidence
        .start_access_copy(recording, "Clerk")
        .await
        .unwrap();
    court
        .evidence
        .carry_out_disposal(id, "O. Rahmonov (clerk)")
        .await
        .unwrap();

    assert!(!court.sealed_dir(recording).exists());
    let left = fs::read_dir(court.folder.path().join("objects/disposals")).unwrap();
    assert_eq!(left.count(), 1, "the certificate, and nothing else");
    assert!(
        !court
            .folder
            .path()
            .join(format!("access/{recording}.mp4"))
            .exists()
    );
    let row = court.store.recording(recording).await.unwrap().unwrap();
    assert_eq!(row.state, RecordingState::Disposed);
    let done = court.store.disposal(id).await.unwrap().unwrap();
    assert_eq!(done.state, DisposalState::Done);
    assert!(done.done_at.is_some());
    for refused in [
        court.evidence.describe(recording).await.map(drop),
        court.evidence.open_track(recording, "x").await.map(drop),
        court.evidence.export_tar(recording, "Clerk").await.map(drop),
        court.evidence.start_verification(recording, "Clerk").await,
        court
            .evidence
            .propose_disposal(&proposal(&court, recording).await)
            .await,
    ] {
        assert!(matches!(refused, Err(EvidenceError::Disposed(_))), "{refused:?}");
    }
    let acts = custody_acts(&court, recording).await;
    assert!(
        acts.contains(&"disposed completed ok=true".to_string()),
        "{acts:?}"
    );

    let bundle = certificate(&court, recording).await;
    let report = verified(&court, &bundle);
    assert_proved(&report);
    assert_eq!(
        (report.recording, report.manifest_sha256),
        (Some(recording.0), Some(manifest))
    );
    let document = DisposalDocument::parse(bundle.get(disposal::DOCUMENT).unwrap()).unwrap();
    assert_eq!(document.proposed.by, "N. Karimova (judge)");
    assert_eq!(document.approved.by, "O. Rahmonov (clerk)");
    assert_eq!(document.rule.class, "acquittal");
    assert!(document.files > 8 && document.bytes > 1000, "{document:?}");
    // Without a trusted root it is intact, and whose it is stays open.
    let now = Timestamp::new(OffsetDateTime::now_utc());
    let open = verify_disposal(&bundle, &Trust::none(), now);
    assert_eq!(open.outcome, Outcome::SignerNotChecked);

    // As it lies on the disk after a restart, and as a stranger's tar makes it.
    let court = court.restarted().await;
    assert_eq!(court.evidence.recover_all().await.unwrap(), 0);
    assert_proved(&verified(&court, &certificate(&court, recording).await));
    assert_eq!(court.evidence.scrub(None, |_, _| ()).await.unwrap().recordings, 0);
}

#[tokio::test]
async fn every_change_of_a_certificate_is_found() {
    let court = Court::new().await;
    let (recording, id) = approved(&court).await;
    court
        .evidence
        .carry_out_disposal(id, "O. Rahmonov (clerk)")
        .await
        .unwrap();
    let whole = certificate(&court, recording).await;
    assert_proved(&verified(&court, &whole));
    let paths: Vec<String> = whole.iter().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(paths.len(), 12, "{paths:?}");
    for path in &paths {
        let content = whole.get(path).unwrap();
        for at in [0, content.len() / 2, content.len() - 2] {
            let mut changed = whole.clone();
            changed.get_mut(path).unwrap()[at] ^= 1;
            // A PEM file may be written in more than one way, and what it says is compared.
            let same = path.ends_with(".pem") && verified(&court, &changed).outcome == Outcome::Proved;
            assert!(
                same || verified(&court, &changed).outcome == Outcome::Failed,
                "{path} at {at}"
            );
        }
        let mut without = whole.clone();
        without.remove(path);
        assert_eq!(
            verified(&court, &without).outcome,
            Outcome::Failed,
            "without {path}"
        );
    }
    let mut more = whole.clone();
    more.insert("note.txt", b"kept elsewhere".to_vec());
    assert_eq!(verified(&court, &more).outcome, Outcome::Failed);
    // A chain that ends before the disposal.
    let mut shorter = whole.clone();
    let custody = String::from_utf8(whole.get("custody.jsonl").unwrap().to_vec()).unwrap();
    let lines: Vec<&str> = custody.lines().collect();
    let cut: String = lines[..lines.len() - 1]
        .iter()
        .map(|l| format!("{l}\n"))
        .collect();
    shorter.insert("custody.jsonl", cut);
    assert_eq!(verified(&court, &shorter).outcome, Outcome::Failed);

    // What the court itself might sign, and must not.
    let keys = court.folder.path().join("keys");
    let (key, _) = SealKey::open(&keys, crate::courthouse::ORGANISATION, OffsetDateTime::now_utc()).unwrap();
    let document = DisposalDocument::parse(whole.get(disposal::DOCUMENT).unwrap()).unwrap();
    let one_person = |d: &mut DisposalDocument| d.approved.by = d.proposed.by.clone();
    let too_early = |d: &mut DisposalDocument| d.rule.kept_until = "2999-01-01".into();
    let other_manifest = |d: &mut DisposalDocument| d.manifest_sha256 = Digest::ZERO;
    type Change = fn(&mut DisposalDocument);
    let changes: [(&str, Change); 3] = [
        ("one person", one_person),
        ("too early", too_early),
        ("another recording", other_manifest),
    ];
    for (what, change) in changes {
        let mut changed = document.clone();
        change(&mut changed);
        let text = serde_json::to_vec(&changed).unwrap();
        let now = Timestamp::new(OffsetDateTime::now_utc());
        let signature = key.sign(Digest::of(&text), now).unwrap();
        let mut bundle = whole.clone();
        bundle.insert(
            disposal::TIME_STAMP,
            key.stamp(Digest::of(&signature), now).unwrap(),
        );
        bundle.insert(disposal::SIGNATURE, signature);
        bundle.insert(disposal::DOCUMENT, text);
        let report = verified(&court, &bundle);
        let found = report.failures().any(|c| c.check == CheckCode::Disposal);
        assert!(found, "{what}: {:?}", report.checks);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_certificate_names_reseals_and_notes_and_keeps_the_proof_of_the_log() {
    let court = Court::new().await;
    let (recording, id) = approved(&court).await;
    court.evidence.log_pass().await;
    let resealed = court
        .evidence
        .reseal(recording, "Archivist", false)
        .await
        .unwrap();
    let note = Annotation {
        segment: 1,
        at_ms: 500,
        text: "Look here".into(),
    };
    let noted = court
        .evidence
        .annotate(recording, "Judge", note)
        .await
        .unwrap()
        .unwrap();
    court
        .evidence
        .carry_out_disposal(id, "O. Rahmonov (clerk)")
        .await
        .unwrap();
    let bundle = certificate(&court, recording).await;
    let document = DisposalDocument::parse(bundle.get(disposal::DOCUMENT).unwrap()).unwrap();
    let reseals: Vec<_> = document.reseals.iter().map(|r| r.folder.as_str()).collect();
    assert_eq!(reseals, [resealed.reseal.as_str()]);
    let notes: Vec<_> = document.annotations.iter().map(|n| n.entry).collect();
    assert_eq!(notes, [noted]);

    // The seal was in the log, which can be proved without the recording.
    let log = court.evidence.log_key().await.unwrap();
    let trust = Trust::from_pem(&fs::read(court.root()).unwrap()).unwrap();
    let trust = trust.with_log_keys(vec![log]);
    let judged =
        |bundle: &MemoryBundle| verify_disposal(bundle, &trust, Timestamp::new(OffsetDateTime::now_utc()));
    let report = judged(&bundle);
    assert_proved(&report);
    let in_log = |report: &VerificationReport| {
        let of = report
            .checks
            .iter()
            .find(|c| c.check == CheckCode::TransparencyLog);
        of.map(|c| c.verdict)
    };
    assert_eq!(in_log(&report), Some(Verdict::Proved));
    let mut other = bundle.clone();
    let proof = String::from_utf8(bundle.get(bundle::LOG_PROOF).unwrap().to_vec()).unwrap();
    other.insert(bundle::LOG_PROOF, proof.replacen("index ", "index 1", 1));
    assert_eq!(in_log(&judged(&other)), Some(Verdict::Failed));

    // A certificate that leaves one out, signed by the court itself.
    let keys = court.folder.path().join("keys");
    let (key, _) = SealKey::open(&keys, crate::courthouse::ORGANISATION, OffsetDateTime::now_utc()).unwrap();
    for change in [
        |d: &mut DisposalDocument| d.annotations.clear(),
        |d: &mut DisposalDocument| d.reseals.clear(),
        |d: &mut DisposalDocument| d.reseals[0].stamped_sha512 = "0".repeat(128),
    ] {
        let mut changed = document.clone();
        change(&mut changed);
        let text = serde_json::to_vec(&changed).unwrap();
        let now = Timestamp::new(OffsetDateTime::now_utc());
        let signature = key.sign(Digest::of(&text), now).unwrap();
        let mut bundle = bundle.clone();
        bundle.insert(
            disposal::TIME_STAMP,
            key.stamp(Digest::of(&signature), now).unwrap(),
        );
        bundle.insert(disposal::SIGNATURE, signature);
        bundle.insert(disposal::DOCUMENT, text);
        let report = judged(&bundle);
        let named = report
            .failures()
            .any(|c| c.detail.contains("other reseals or notes"));
        assert!(named, "{:?}", report.checks);
    }

    // For people: the same as a PDF.
    let pdf = court.evidence.disposal_pdf(recording).await.unwrap().unwrap();
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join("c.pdf"), pdf).unwrap();
    let text = crate::courthouse::tool(out.path(), "pdftotext", &["-layout", "c.pdf", "-"]).unwrap();
    for said in [
        "Certificate of disposal",
        "N. Karimova (judge)",
        "reseal-001",
        "Look here",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[tokio::test]
async fn nothing_is_destroyed_before_its_date_under_a_hold_or_by_one_person() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    assert!(
        court.evidence.kept_by(court.case).await.unwrap().is_none(),
        "kept without end"
    );
    // 365 days are at most a year, and the last day counts.
    acquitted(&court, 365).await;
    is_conflict(
        court
            .evidence
            .propose_disposal(&proposal(&court, recording).await)
            .await,
    );
    acquitted(&court, 400).await;
    let hold = Uuid::now_v7();
    court
        .evidence
        .hold(hold, court.case, &decided("Judge"))
        .await
        .unwrap();
    is_conflict(
        court
            .evidence
            .propose_disposal(&proposal(&court, recording).await)
            .await,
    );
    court
        .evidence
        .lift_hold(hold, court.case, &decided("Judge"))
        .await
        .unwrap();

    let new = proposal(&court, recording).await;
    court.evidence.propose_disposal(&new).await.unwrap();
    let again = proposal(&court, recording).await;
    is_conflict(court.evidence.propose_disposal(&again).await);
    let of = court.store.disposal(new.id).await.unwrap().unwrap();
    let clerk = decided("Clerk");
    is_conflict(
        court
            .evidence
            .decide_disposal(&of, new.person, &clerk, true)
            .await,
    );
    // Entered twice, it is the same person all the same.
    let twin = PersonId(Uuid::now_v7());
    court.store.create_person(twin, "n. karimova", 9).await.unwrap();
    is_conflict(court.evidence.decide_disposal(&of, twin, &clerk, true).await);
    is_conflict(court.evidence.carry_out_disposal(of.id, "Clerk").await);
    let second = second_person(&court).await;
    let hold = Uuid::now_v7();
    court
        .evidence
        .hold(hold, court.case, &decided("Judge"))
        .await
        .unwrap();
    is_conflict(court.evidence.decide_disposal(&of, second, &clerk, true).await);
    court
        .evidence
        .lift_hold(hold, court.case, &decided("Judge"))
        .await
        .unwrap();
    court
        .evidence
        .decide_disposal(&of, second, &clerk, true)
        .await
        .unwrap();

    // A hold stops what is approved, and a rule cannot be changed under it.
    let hold = Uuid::now_v7();
    court
        .evidence
        .hold(hold, court.case, &decided("Judge"))
        .await
        .unwrap();
    is_conflict(court.evidence.carry_out_disposal(of.id, "Clerk").await);
    assert!(court.sealed_dir(recording).exists());
    is_conflict(
        court
            .evidence
            .lift_hold(Uuid::now_v7(), court.case, &decided("Judge"))
            .await,
    );
    let rule = Retention {
        case: court.case,
        class: RetentionClass::Life,
        decided_on: 0,
        sentence_months: None,
        set_by: "Clerk".into(),
        set_at: now_ms(),
    };
    is_conflict(court.evidence.set_retention(&rule).await);
    court
        .evidence
        .decide_disposal(&of, second, &clerk, false)
        .await
        .unwrap();
    court.evidence.set_retention(&rule).await.unwrap();
    court
        .evidence
        .lift_hold(hold, court.case, &decided("Judge"))
        .await
        .unwrap();
    is_conflict(court.evidence.carry_out_disposal(of.id, "Clerk").await);
    assert!(court.evidence.verify(recording, "Clerk").await.unwrap().holds());
    let acts = custody_acts(&court, recording).await;
    for act in [
        "held completed ok=true",
        "hold_lifted completed ok=true",
        "retention_set completed ok=true",
    ] {
        assert!(acts.iter().any(|a| a == act), "{act}: {acts:?}");
    }
    assert!(acts.contains(&"disposed completed ok=false".to_string()));
}

/// Whatever stands in the way at each step: the next start ends what was begun, and the certificate is whole.
#[tokio::test]
async fn a_disposal_that_was_cut_off_is_ended_by_the_next_start() {
    // Before anything is destroyed; while the folder is taken away; when all is gone and the certificate is written.
    let obstacles = [
        ("partial", false),
        ("destroying-clear/something", true),
        ("partial/disposal.json.p7s/something", true),
    ];
    for (n, (obstacle, is_folder)) in obstacles.into_iter().enumerate() {
        let court = Court::new().await;
        let (recording, id) = approved(&court).await;
        let disposals: PathBuf = court.folder.path().join("objects/disposals");
        let path = disposals.join(format!("{recording}.{obstacle}"));
        match is_folder {
            true => fs::create_dir_all(&path).unwrap(),
            false => fs::write(&path, "in the way").unwrap(),
        }
        let failed = court.evidence.carry_out_disposal(id, "O. Rahmonov (clerk)").await;
        assert!(failed.is_err(), "{n}");
        let of = court.store.disposal(id).await.unwrap().unwrap();
        assert_eq!(of.state, DisposalState::CarryingOut);
        assert_eq!(court.sealed_dir(recording).exists(), n < 2, "{n}");
        // It is not taken for a loss, and a hold comes too late for it.
        assert_eq!(
            court.evidence.scrub(None, |_, _| ()).await.unwrap().damaged.len(),
            0
        );
        court
            .evidence
            .hold(Uuid::now_v7(), court.case, &decided("Judge"))
            .await
            .unwrap();
        match is_folder {
            true => fs::remove_dir_all(&path).unwrap(),
            false => fs::remove_file(&path).unwrap(),
        }
        if n == 1 {
            fs::remove_dir(disposals.join(format!("{recording}.destroying-clear"))).unwrap();
        }
        if n == 2 {
            fs::remove_dir(disposals.join(format!("{recording}.partial/disposal.json.p7s"))).unwrap();
        }
        let court = court.restarted().await;
        court.evidence.recover_all().await.unwrap();
        let row = court.store.recording(recording).await.unwrap().unwrap();
        assert_eq!(row.state, RecordingState::Disposed, "{n}");
        assert!(!court.sealed_dir(recording).exists());
        assert_eq!(fs::read_dir(&disposals).unwrap().count(), 1);
        assert_proved(&verified(&court, &certificate(&court, recording).await));
    }
}
