//! A second store beside what else happens: a disposal during a scrub, files beside the sealed data, copies that are not what they were.

use crate::courthouse::{Court, tool};
use crate::custody_acts;
use crate::disposal::{approved, assert_proved, certificate, document_of, verified};
use crate::second::{copied, copy_of, court, files, only, scrub, sealed, store_of, track};
use oyer::court::id::RecordingId;
use oyer::evidence::Vault;
use oyer::seal::disposal::CopyOutcome;
use oyer::seal::instructions::colons;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{self, Trust};
use oyer::seal::x509::Certificate;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A recording is disposed of when a scrub has just read another one.
async fn dispose_during_a_scrub(court: &Court) -> RecordingId {
    let first = sealed(court).await;
    let (recording, id) = approved(court).await;
    if court.folder.path().join("vault").exists() {
        court.evidence.enclose_waiting().await.unwrap();
    }
    let last = sealed(court).await;
    if court.folder.path().join("vault").exists() {
        court.evidence.enclose_waiting().await.unwrap();
    }
    court.evidence.copy_waiting().await.unwrap();
    let mut read = Vec::new();
    let scrubbed = court.evidence.scrub(None, |of, damaged| {
        assert!(damaged.is_none());
        read.push(of);
        if of == first {
            let disposal = court.evidence.carry_out_disposal(id, "O. Rahmonov (clerk)");
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(disposal)).unwrap();
        }
    });
    let scrubbed = scrubbed.await.unwrap();
    assert_eq!(read, [first, last], "the pass goes on");
    assert!(scrubbed.damaged.is_empty(), "{scrubbed:?}");
    recording
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_disposed_of_during_a_scrub_does_not_come_back() {
    for is_enclosed in [false, true] {
        let court = court().await;
        if is_enclosed {
            let vault = court.folder.path().join("vault");
            court.evidence.use_vault(Vault::open(&vault).unwrap());
        }
        let recording = dispose_during_a_scrub(&court).await;
        let id = recording.to_string();
        for root in [store_of(&court), court.folder.path().join("objects")] {
            let left = tool(
                &root,
                "find",
                &[".", "-path", &format!("*{id}*"), "-name", "*.webm"],
            )
            .unwrap();
            assert_eq!(left, "");
        }
        let acts = custody_acts(&court, recording).await;
        assert_eq!(
            acts.last().unwrap(),
            "disposed completed ok=true",
            "no alarm: {acts:?}"
        );
        let bundle = certificate(&court, recording).await;
        assert_proved(&verified(&court, &bundle));
        assert_eq!(
            document_of(&bundle).second_store.unwrap().outcome,
            CopyOutcome::Deleted
        );
    }
}

/// Changes one letter of a text, and not when it was written.
fn change_letter(path: &Path, at: impl Fn(&str) -> usize) {
    let mut content = fs::read(path).unwrap();
    let at = at(std::str::from_utf8(&content).unwrap());
    content[at] = match content[at] {
        b'A' => b'B',
        _ => b'A',
    };
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, content).unwrap();
    fs::File::open(path).unwrap().set_modified(modified).unwrap();
}

/// Each of these, with one letter changed, is what it was to whoever trusts roots of their own.
const BESIDE: [&str; 3] = [
    "seal/certs/root.pem",
    "bag-info.txt",
    "seal/certs/time-stamp-root.pem",
];

fn damage_beside(folder: &Path, file: &str) {
    // The last letters of a certificate are its signature, which nobody looks at in a root.
    change_letter(&folder.join(file), |text| match file {
        "bag-info.txt" => text.find("City").unwrap(),
        _ => text.trim_end().rfind('\n').unwrap() - 10,
    });
}

#[tokio::test]
async fn a_letter_changed_beside_the_data_is_an_alarm_without_a_second_store_and_is_not_handed_out() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    let published = Certificate::all_from_pem(&fs::read(court.root()).unwrap()).unwrap();
    for file in BESIDE {
        let path = court.sealed_dir(recording).join(file);
        let whole = fs::read(&path).unwrap();
        damage_beside(&court.sealed_dir(recording), file);
        let scrubbed = scrub(&court).await;
        assert!(
            only(&scrubbed).what.iter().any(|what| what.contains(file)),
            "{scrubbed:?}"
        );
        assert!(!court.evidence.verify(recording, "Clerk").await.unwrap().holds());
        if file == BESIDE[0] {
            let to = court.folder.path().join("out");
            court
                .evidence
                .export_folder(recording, "Clerk", &to)
                .await
                .unwrap();
            let how = fs::read_to_string(to.join("VERIFY.txt")).unwrap();
            assert!(how.contains(&colons(&published[0].fingerprint())), "{how}");
            assert_eq!(fs::read(to.join(file)).unwrap(), whole);
            let bundle = oyer::folder::FolderBundle::open(&to).unwrap();
            let trust = Trust::from_pem(&fs::read(court.root()).unwrap()).unwrap();
            let now = Timestamp::new(time::OffsetDateTime::now_utc());
            assert!(verify::verify(&bundle, &trust, now).holds());
        }
        fs::write(&path, whole).unwrap();
    }
}

#[tokio::test]
async fn a_letter_changed_beside_the_data_is_mended_and_changes_nothing_in_the_second_store() {
    let (court, recording) = copied().await;
    let (here, copy) = (court.sealed_dir(recording), copy_of(&court, recording));
    let whole = files(&here);
    for file in BESIDE {
        damage_beside(&here, file);
        let scrubbed = scrub(&court).await;
        let found = only(&scrubbed);
        assert!(found.is_mended() && found.mended_there.is_empty(), "{found:?}");
        assert_eq!(files(&here), whole, "{file}");
        assert_eq!(files(&copy), whole, "{file}");
        court.evidence.copy_waiting().await.unwrap();
    }
    // A stamp and its root that are both gone leave no trace in the seal.
    for file in [
        "seal/manifest-sha256.txt.p7s.tsr",
        "seal/certs/time-stamp-root.pem",
    ] {
        fs::remove_file(here.join(file)).unwrap();
    }
    court.evidence.copy_waiting().await.unwrap();
    assert!(only(&scrub(&court).await).is_mended());
    assert_eq!(files(&here), whole);
    court.evidence.copy_waiting().await.unwrap();
    // By a hand, which changes the time as well: the copy stays what it was.
    fs::write(here.join("bagit.txt"), "BagIt-Version: 9.9\n").unwrap();
    assert_eq!(court.evidence.copy_waiting().await.unwrap().waiting, 1);
    assert_eq!(files(&copy), whole);
    assert!(only(&scrub(&court).await).is_mended());
    assert_eq!(files(&here), whole);
}

#[tokio::test]
async fn a_copy_that_is_longer_than_it_was_is_not_read_to_its_end() {
    let (court, recording) = copied().await;
    let track = track(&court.sealed_dir(recording));
    let copy = copy_of(&court, recording).join(&track);
    let grow = || {
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o644)).unwrap();
        // Days to read, and nothing on the disk.
        let file = fs::OpenOptions::new().write(true).open(&copy).unwrap();
        file.set_len(1 << 43).unwrap();
    };
    grow();
    let scrubbed = scrub(&court).await;
    assert_eq!(scrubbed.second_unread, None);
    assert!(only(&scrubbed).is_mended(), "{scrubbed:?}");
    grow();
    fs::remove_file(court.sealed_dir(recording).join(&track)).unwrap();
    let scrubbed = scrub(&court).await;
    assert_eq!(scrubbed.second_unread, None);
    assert!(only(&scrubbed).mended.is_empty(), "{scrubbed:?}");
}
