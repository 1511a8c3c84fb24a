//! New keys and a new root, by the operator's command, beside a court that is running.

use super::courthouse::{Court, tool};
use oyer::court::id::RecordingId;
use oyer::seal::verify::Outcome;
use std::fs;

async fn sealed_under(court: &Court) -> (RecordingId, String, String) {
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let certs = court.sealed_dir(recording).join("seal/certs");
    let read = |name: &str| fs::read_to_string(certs.join(name)).unwrap();
    (recording, read("seal.pem"), read("root.pem"))
}

fn oyer(court: &Court, command: &str) -> Result<String, String> {
    let data = court.folder.path().to_str().unwrap();
    let words: Vec<&str> = command.split(' ').chain(["--data", data]).collect();
    tool(court.folder.path(), env!("CARGO_BIN_EXE_oyer"), &words)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_rotated_and_a_root_is_made_anew_beside_a_court_that_runs() {
    let court = Court::new().await;
    let (first, seal_1, root_1) = sealed_under(&court).await;
    let listed = oyer(&court, "keys list").unwrap();
    for line in [
        "root.pem       root",
        "seal-001.pem   seals              newest",
        "time-001.pem   own time-stamps    newest",
    ] {
        assert!(listed.contains(line), "{listed}");
    }
    assert_eq!(listed.matches("\nroot ").count(), 1, "{listed}");

    let rotated = oyer(&court, "keys rotate").unwrap();
    assert!(
        rotated.contains("seal-002.pem") && rotated.contains("time-002.pem"),
        "{rotated}"
    );
    let listed = oyer(&court, "keys list").unwrap();
    assert!(
        listed.contains("seal-001.pem   seals              earlier"),
        "{listed}"
    );
    // Taken without a start.
    let (second, seal_2, root_2) = sealed_under(&court).await;
    assert_eq!(root_2, root_1);
    assert_ne!(seal_2, seal_1);
    assert_eq!(
        seal_2.trim(),
        fs::read_to_string(court.folder.path().join("keys/seal-002.pem"))
            .unwrap()
            .split("-----BEGIN PRIVATE")
            .next()
            .unwrap()
            .trim()
    );

    let made = oyer(&court, "keys new-root").unwrap();
    assert!(made.contains("Publish the fingerprint of the new root"), "{made}");
    let fingerprint = made.trim().rsplit(' ').next().unwrap();
    assert!(
        oyer(&court, "keys new-root").is_err(),
        "the old keys are not overwritten"
    );
    // A running court goes on under the root whose fingerprint it has published.
    let (third, _, root_3) = sealed_under(&court).await;
    assert_eq!(root_3, root_1);
    let court = court.restarted().await;
    let (fourth, _, root_4) = sealed_under(&court).await;
    assert_ne!(root_4, root_1);
    let listed = oyer(&court, "keys list").unwrap();
    assert!(
        listed.contains(fingerprint) && listed.matches("\nroot ").count() == 2,
        "{listed}"
    );
    for recording in [first, second, third, fourth] {
        let report = court.evidence.verify(recording, "Clerk").await.unwrap();
        assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    }
    // One of before is resealed under the new root, and by the command.
    let said = oyer(&court, &format!("reseal {first} --every-file --by Archivist")).unwrap();
    assert!(said.contains("reseal-001  stamped"), "{said}");
    let report = court.evidence.verify(first, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    let none = oyer(&court, "reseal --all-older-than 1").unwrap();
    assert!(none.contains("0 resealed, 0 not."), "{none}");
    let all = oyer(&court, "reseal --all-older-than 0").unwrap();
    assert!(all.contains("4 resealed, 0 not."), "{all}");
    let ending = oyer(&court, "reseal --all-ending-within 1000").unwrap();
    assert!(
        ending.contains("0 resealed, 0 not."),
        "certificates are valid for 1096 days: {ending}"
    );
    let ending = oyer(&court, "reseal --all-ending-within 1200").unwrap();
    assert!(ending.contains("4 resealed, 0 not."), "{ending}");
    assert!(oyer(&court, "reseal").is_err());
}
