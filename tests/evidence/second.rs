//! A second store: what is copied to it, what is mended from it and in it, and what becomes of it when it fails or the recording is
//! disposed of.

use crate::courthouse::{Court, tool};
use crate::disposal::{approved, assert_proved, certificate, verified};
use crate::{custody_acts, eventually};
use oyer::court::id::RecordingId;
use oyer::evidence::{
    Damaged, EvidenceError, Patience, Scrubbed, SecondPlace, SecondState, StoreFault, Vault,
};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// So short that a test of a store that hangs is short.
const SHORT: Patience = Patience {
    each: Duration::from_millis(300),
    bytes_per_second: 1 << 10,
};

pub(crate) fn store_of(court: &Court) -> PathBuf {
    court.folder.path().join("second")
}

fn use_second(court: &Court) {
    let place = SecondPlace::Folder(store_of(court));
    court.evidence.use_second_store(place).unwrap();
}

/// A court with a second store, in which nothing is yet.
pub(crate) async fn court() -> Court {
    let court = Court::new().await;
    fs::create_dir(store_of(&court)).unwrap();
    use_second(&court);
    court
}

pub(crate) async fn sealed(court: &Court) -> RecordingId {
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    recording
}

/// A court whose one recording is in both stores.
pub(crate) async fn copied() -> (Court, RecordingId) {
    let court = court().await;
    let recording = sealed(&court).await;
    let pass = court.evidence.copy_waiting().await.unwrap();
    assert!(pass.files > 10 && pass.waiting == 0, "{pass:?}");
    (court, recording)
}

pub(crate) fn copy_of(court: &Court, recording: RecordingId) -> PathBuf {
    store_of(court).join("recordings").join(recording.to_string())
}

pub(crate) fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let listed = tool(root, "find", &[".", "-type", "f"]).unwrap();
    let read = |line: &str| (line.to_owned(), fs::read(root.join(line)).unwrap());
    listed.lines().map(read).collect()
}

/// The path, in the recording, of a track.
pub(crate) fn track(root: &Path) -> String {
    let all = files(root);
    let tracks = all.keys().find(|path| path.ends_with("judge-1-camera.webm"));
    tracks.unwrap().trim_start_matches("./").to_owned()
}

pub(crate) fn flip(path: &Path) {
    let mut content = fs::read(path).unwrap();
    let at = content.len() / 2;
    content[at] ^= 1;
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o444)).unwrap();
    // A disk that loses a bit says nothing of it.
    fs::File::open(path).unwrap().set_modified(modified).unwrap();
}

pub(crate) async fn scrub(court: &Court) -> Scrubbed {
    court.evidence.scrub(None, |_, _| ()).await.unwrap()
}

pub(crate) fn only(scrubbed: &Scrubbed) -> &Damaged {
    assert_eq!(scrubbed.damaged.len(), 1, "{scrubbed:?}");
    &scrubbed.damaged[0]
}

pub(crate) async fn state(court: &Court, recording: RecordingId) -> SecondState {
    let copy = court.evidence.second_copy(recording).await.unwrap();
    copy.unwrap().state
}

fn damaged_folders(court: &Court, recording: RecordingId) -> Vec<PathBuf> {
    let folder = court
        .folder
        .path()
        .join("objects/damaged")
        .join(recording.to_string());
    match fs::read_dir(folder) {
        Ok(found) => found.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => Vec::new(),
    }
}

#[tokio::test]
async fn what_is_sealed_is_copied_once_whole_and_read_only() {
    let court = court().await;
    let recording = sealed(&court).await;
    assert_eq!(state(&court, recording).await, SecondState::Waiting);
    court.evidence.copy_waiting().await.unwrap();
    assert_eq!(
        files(&copy_of(&court, recording)),
        files(&court.sealed_dir(recording))
    );
    let writable = tool(&copy_of(&court, recording), "find", &[".", "-perm", "/222"]).unwrap();
    assert_eq!(writable, "", "nothing of it can be written");
    assert_eq!(fs::read_dir(store_of(&court).join("partial")).unwrap().count(), 0);
    assert_eq!(state(&court, recording).await, SecondState::Kept);
    let again = court.evidence.copy_waiting().await.unwrap();
    assert_eq!((again.files, again.waiting), (0, 0));

    // What is added later follows, and nothing else is written again.
    let inode = |path: &str| fs::metadata(copy_of(&court, recording).join(path)).unwrap().ino();
    let before = inode("manifest-sha256.txt");
    court.evidence.reseal(recording, "Clerk", false).await.unwrap();
    assert_eq!(state(&court, recording).await, SecondState::Waiting);
    let court = court.restarted().await;
    use_second(&court);
    assert_eq!(
        state(&court, recording).await,
        SecondState::Waiting,
        "a start forgets nothing"
    );
    assert!(court.evidence.copy_waiting().await.unwrap().files > 0);
    assert_eq!(
        files(&copy_of(&court, recording)),
        files(&court.sealed_dir(recording))
    );
    assert_eq!(
        fs::metadata(copy_of(&court, recording).join("manifest-sha256.txt"))
            .unwrap()
            .ino(),
        before
    );
    assert_eq!(state(&court, recording).await, SecondState::Kept);
    assert!(scrub(&court).await.damaged.is_empty());
}

#[tokio::test]
async fn the_server_copies_in_the_background_at_the_seal() {
    let court = court().await;
    let copies = tokio::spawn(court.evidence.clone().keep_copied());
    // The first pass is over, so it is the seal that wakes it.
    eventually(async || store_of(&court).join("oyer-second-store").exists().then_some(())).await;
    let recording = sealed(&court).await;
    eventually(async || (state(&court, recording).await == SecondState::Kept).then_some(())).await;
    copies.abort();
}

#[tokio::test]
async fn a_flipped_bit_here_is_mended_from_the_second_store() {
    let (court, recording) = copied().await;
    let whole = files(&court.sealed_dir(recording));
    let track = track(&court.sealed_dir(recording));
    flip(&court.sealed_dir(recording).join(&track));
    let acts = custody_acts(&court, recording).await.len();
    let scrubbed = scrub(&court).await;
    let found = only(&scrubbed);
    assert!(!found.what.is_empty() && found.is_mended(), "{found:?}");
    assert_eq!(
        found.mended.iter().map(|file| &file.path).collect::<Vec<_>>(),
        [&track]
    );
    assert_eq!(files(&court.sealed_dir(recording)), whole);
    // The damaged file is kept, with all that was beside it.
    let damaged = damaged_folders(&court, recording);
    assert_eq!(damaged.len(), 1);
    assert_ne!(
        fs::read(damaged[0].join(&track)).unwrap(),
        whole[&format!("./{track}")]
    );
    assert_eq!(
        custody_acts(&court, recording).await[acts..],
        [
            "verified begun",
            "verified completed",
            "repaired begun",
            "repaired completed ok=true",
            // The alarm is over, and the chain says so.
            "verified begun",
            "verified completed"
        ]
    );
    let row = court.store.recording(recording).await.unwrap().unwrap();
    let damage = court.evidence.condition(&row).await.unwrap().damage.unwrap();
    assert!(
        damage.well_at.is_some_and(|well| well >= damage.found_at),
        "{damage:?}"
    );
    let writable = tool(&court.sealed_dir(recording), "find", &[".", "-perm", "/222"]).unwrap();
    assert_eq!(writable, "");
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert!(report.holds());
    // What was put back is compared with the second store once more, and then all is as before.
    court.evidence.copy_waiting().await.unwrap();
    assert_eq!(state(&court, recording).await, SecondState::Kept);
    assert!(scrub(&court).await.damaged.is_empty());
}

#[tokio::test]
async fn whatever_is_missing_here_comes_back() {
    let (court, recording) = copied().await;
    let whole = files(&court.sealed_dir(recording));
    let sealed = court.sealed_dir(recording);
    let track = track(&sealed);
    let one_by_one: [&[&str]; 4] = [
        &[&track],
        &["manifest-sha256.txt"],
        &["seal/manifest-sha256.txt.p7s", "bagit.txt"],
        &["manifest-sha256.txt", "seal/manifest-sha256.txt.p7s", &track],
    ];
    for gone in one_by_one {
        for path in gone {
            fs::remove_file(sealed.join(path)).unwrap();
        }
        let scrubbed = scrub(&court).await;
        assert!(only(&scrubbed).is_mended(), "{gone:?}: {scrubbed:?}");
        assert_eq!(files(&sealed), whole, "{gone:?}");
    }
    fs::rename(&sealed, court.folder.path().join("elsewhere")).unwrap();
    let scrubbed = scrub(&court).await;
    assert!(only(&scrubbed).is_mended(), "{scrubbed:?}");
    assert_eq!(files(&sealed), whole);
}

#[tokio::test]
async fn a_flipped_bit_and_a_lost_file_in_the_second_store_are_mended_from_here() {
    let (court, recording) = copied().await;
    let whole = files(&court.sealed_dir(recording));
    let (copy, track) = (copy_of(&court, recording), track(&court.sealed_dir(recording)));
    flip(&copy.join(&track));
    fs::remove_file(copy.join("bagit.txt")).unwrap();
    let acts = custody_acts(&court, recording).await.len();
    let scrubbed = scrub(&court).await;
    let found = only(&scrubbed);
    assert!(found.what.is_empty() && found.is_mended(), "{found:?}");
    assert_eq!(found.mended_there.len(), 2);
    assert_eq!(files(&copy), whole);
    let aside = tool(&store_of(&court).join("damaged"), "find", &[".", "-type", "f"]).unwrap();
    assert_eq!(aside.lines().count(), 1, "the damaged file is kept: {aside}");
    assert_eq!(
        custody_acts(&court, recording).await[acts..],
        ["repaired begun", "repaired completed ok=true"].repeat(2)
    );
    assert!(damaged_folders(&court, recording).is_empty());
    assert!(scrub(&court).await.damaged.is_empty());
}

#[tokio::test]
async fn different_files_damaged_in_either_are_mended_both_ways() {
    let (court, recording) = copied().await;
    let whole = files(&court.sealed_dir(recording));
    let track = track(&court.sealed_dir(recording));
    flip(&court.sealed_dir(recording).join(&track));
    flip(&copy_of(&court, recording).join("bagit.txt"));
    let scrubbed = scrub(&court).await;
    assert!(only(&scrubbed).is_mended(), "{scrubbed:?}");
    assert_eq!(only(&scrubbed).mended_there.len(), 1);
    assert_eq!(files(&court.sealed_dir(recording)), whole);
    assert_eq!(files(&copy_of(&court, recording)), whole);
}

#[tokio::test]
async fn what_is_damaged_in_both_is_an_alarm_and_is_not_touched() {
    let (court, recording) = copied().await;
    let track = track(&court.sealed_dir(recording));
    flip(&court.sealed_dir(recording).join(&track));
    flip(&copy_of(&court, recording).join(&track));
    let here = files(&court.sealed_dir(recording));
    let there = files(&store_of(&court));
    let scrubbed = scrub(&court).await;
    let found = only(&scrubbed);
    assert!(!found.is_mended() && found.mended.is_empty(), "{found:?}");
    assert_eq!(files(&court.sealed_dir(recording)), here);
    assert_eq!(files(&store_of(&court)), there);
    assert!(damaged_folders(&court, recording).is_empty());

    // Half a repair, where one file of two can be mended.
    fs::remove_file(court.sealed_dir(recording).join("bagit.txt")).unwrap();
    let scrubbed = scrub(&court).await;
    assert!(!only(&scrubbed).is_mended());
    assert!(
        court.sealed_dir(recording).join("bagit.txt").exists(),
        "what can be mended is"
    );
    assert_eq!(files(&court.sealed_dir(recording)), here);
}

#[tokio::test]
async fn a_file_in_the_second_store_that_cannot_be_read_is_damage_and_holds_up_no_other() {
    let (court, recording) = copied().await;
    let other = sealed(&court).await;
    court.evidence.copy_waiting().await.unwrap();
    let whole = files(&court.sealed_dir(recording));
    // Reading a folder is an error of the disk, as reading a bad sector is.
    let copy = copy_of(&court, recording);
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(copy.join("bagit.txt")).unwrap();
    fs::create_dir(copy.join("bagit.txt")).unwrap();
    flip(&copy_of(&court, other).join(track(&court.sealed_dir(other))));
    let scrubbed = scrub(&court).await;
    assert_eq!(scrubbed.second_unread, None);
    assert_eq!(scrubbed.damaged.len(), 2, "{scrubbed:?}");
    assert!(scrubbed.damaged.iter().all(Damaged::is_mended), "{scrubbed:?}");
    assert_eq!(files(&copy), whole);
    assert_eq!(state(&court, recording).await, SecondState::Kept);
}

#[tokio::test]
async fn nothing_that_was_not_sealed_comes_from_the_second_store() {
    let (court, recording) = copied().await;
    let (here, copy) = (court.sealed_dir(recording), copy_of(&court, recording));
    // Whoever has the second store in hand writes what they like, with a list that fits it.
    let track = track(&here);
    fs::remove_file(copy.join(&track)).unwrap();
    fs::write(copy.join(&track), b"forged").unwrap();
    let forged = tool(&copy, "sha256sum", &[&track]).unwrap();
    let list = fs::read_to_string(copy.join("manifest-sha256.txt")).unwrap();
    let list: String = list
        .lines()
        .map(|line| match line.ends_with(&track) {
            true => format!("{}  {track}\n", &forged[..64]),
            false => format!("{line}\n"),
        })
        .collect();
    fs::remove_file(copy.join("manifest-sha256.txt")).unwrap();
    fs::write(copy.join("manifest-sha256.txt"), list).unwrap();
    for gone in [track.as_str(), "manifest-sha256.txt"] {
        fs::remove_file(here.join(gone)).unwrap();
    }
    let before = files(&here);
    let scrubbed = scrub(&court).await;
    assert!(!only(&scrubbed).is_mended());
    assert_eq!(files(&here), before);
}

#[tokio::test]
async fn a_store_that_is_not_there_stops_neither_seal_nor_scrub() {
    let (court, recording) = copied().await;
    let other = sealed(&court).await;
    // As of a disk that is not mounted: an empty folder, which must not be filled.
    fs::rename(store_of(&court), court.folder.path().join("away")).unwrap();
    fs::create_dir(store_of(&court)).unwrap();
    let failed = court.evidence.copy_waiting().await;
    assert!(
        matches!(failed, Err(EvidenceError::Second(StoreFault::Another(_)))),
        "{failed:?}"
    );
    assert_eq!(fs::read_dir(store_of(&court)).unwrap().count(), 0);
    let track = track(&court.sealed_dir(recording));
    flip(&court.sealed_dir(recording).join(&track));
    let scrubbed = scrub(&court).await;
    assert_eq!(scrubbed.recordings, 2);
    assert!(scrubbed.second_unread.is_some() && !only(&scrubbed).is_mended());
    assert!(damaged_folders(&court, recording).is_empty());

    // It is back, and everything is made up for.
    fs::remove_dir(store_of(&court)).unwrap();
    fs::rename(court.folder.path().join("away"), store_of(&court)).unwrap();
    assert!(only(&scrub(&court).await).is_mended());
    court.evidence.copy_waiting().await.unwrap();
    assert_eq!(state(&court, other).await, SecondState::Kept);
}

#[tokio::test]
async fn a_store_that_hangs_is_given_up_in_time() {
    let court = Court::new().await;
    fs::create_dir(store_of(&court)).unwrap();
    // Whoever opens it waits for somebody who writes to it, for ever: as a network disk that is gone.
    let marker = store_of(&court).join("oyer-second-store");
    assert!(Command::new("mkfifo").arg(&marker).status().unwrap().success());
    let place = SecondPlace::Folder(store_of(&court));
    court.evidence.use_second_store_with(place, SHORT).unwrap();
    let recording = sealed(&court).await;
    // More often than there are threads: also when all of them hang.
    for _ in 0..6 {
        let begun = Instant::now();
        let failed = court.evidence.copy_waiting().await;
        assert!(
            matches!(failed, Err(EvidenceError::Second(StoreFault::TooSlow(_)))),
            "{failed:?}"
        );
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    let scrubbed = scrub(&court).await;
    assert!(scrubbed.damaged.is_empty() && scrubbed.second_unread.is_some());
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert!(report.holds());
    // Lets the threads go.
    fs::write(&marker, b"").unwrap();
}

/// A disk of its own of so many bytes.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn new(at: PathBuf, size: &str) -> SmallDisk {
        fs::create_dir_all(&at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(&at)
            .status();
        assert!(
            mounted.unwrap().success(),
            "a small disk needs the right to mount"
        );
        SmallDisk(at)
    }

    fn grow(&self, size: &str) {
        let grown = Command::new("mount")
            .args(["-o", &format!("remount,size={size}")])
            .arg(&self.0)
            .status();
        assert!(grown.unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_second_store_takes_no_half_files_and_goes_on_when_there_is_room() {
    let court = Court::new().await;
    let disk = SmallDisk::new(store_of(&court), "64k");
    use_second(&court);
    let recording = sealed(&court).await;
    let failed = court.evidence.copy_waiting().await;
    assert!(
        matches!(failed, Err(EvidenceError::Second(StoreFault::Io { .. }))),
        "{failed:?}"
    );
    let here = files(&court.sealed_dir(recording));
    for (path, content) in files(&copy_of(&court, recording)) {
        assert_eq!(content, here[&path], "{path}");
    }
    assert_eq!(fs::read_dir(store_of(&court).join("partial")).unwrap().count(), 0);
    disk.grow("64m");
    court.evidence.copy_waiting().await.unwrap();
    assert_eq!(files(&copy_of(&court, recording)), here);
    assert_eq!(state(&court, recording).await, SecondState::Kept);
}

#[tokio::test]
async fn a_crash_in_the_middle_of_a_repair_loses_nothing() {
    let (court, recording) = copied().await;
    let whole = files(&court.sealed_dir(recording));
    let sealed = court.sealed_dir(recording);
    let track = track(&sealed);
    flip(&sealed.join(&track));
    let damaged = fs::read(sealed.join(&track)).unwrap();
    // Cut off while the new folder was put together.
    let repairs = court.folder.path().join("objects/repairs");
    let partial = repairs.join(format!("{recording}.partial/data"));
    fs::create_dir_all(&partial).unwrap();
    fs::write(partial.join("half"), b"of a file").unwrap();
    // Cut off after the change of places: the damaged folder lies where the new one was made.
    let ready = repairs.join(format!("{recording}.ready"));
    fs::create_dir_all(&ready).unwrap();
    fs::write(ready.join("of an earlier repair"), b"damaged").unwrap();
    let court = court.restarted().await;
    use_second(&court);
    assert!(only(&scrub(&court).await).is_mended());
    assert_eq!(files(&sealed), whole);
    let kept = damaged_folders(&court, recording);
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(
        kept.iter()
            .any(|folder| folder.join("of an earlier repair").exists())
    );
    assert!(
        kept.iter()
            .any(|folder| fs::read(folder.join(&track)).is_ok_and(|bytes| bytes == damaged))
    );
    let left = fs::read_dir(&repairs)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["lock"]);
}

#[tokio::test]
async fn encrypted_recordings_are_copied_as_they_lie_and_mended() {
    let court = court().await;
    let recording = sealed(&court).await;
    // Copied in clear before the court began to encrypt.
    court.evidence.copy_waiting().await.unwrap();
    assert!(copy_of(&court, recording).exists());
    let vault = court.folder.path().join("vault");
    court.evidence.use_vault(Vault::open(&vault).unwrap());
    assert_eq!(
        court.evidence.copy_waiting().await.unwrap().waiting,
        1,
        "it waits for the encryption"
    );
    court.evidence.enclose_waiting().await.unwrap();
    court.evidence.copy_waiting().await.unwrap();
    assert!(
        !copy_of(&court, recording).exists(),
        "nothing is left of it in clear"
    );
    let enclosed = court
        .folder
        .path()
        .join("objects/enclosed")
        .join(recording.to_string());
    let copy = store_of(&court).join("enclosed").join(recording.to_string());
    let whole = files(&enclosed);
    assert_eq!(files(&copy), whole);
    assert_eq!(state(&court, recording).await, SecondState::Kept);

    let track = track(&enclosed);
    flip(&enclosed.join(&track));
    flip(&copy.join("bagit.txt"));
    assert!(only(&scrub(&court).await).is_mended());
    assert_eq!(files(&enclosed), whole);
    assert_eq!(files(&copy), whole);
    fs::rename(&enclosed, court.folder.path().join("elsewhere")).unwrap();
    assert!(only(&scrub(&court).await).is_mended());
    assert_eq!(files(&enclosed), whole);
}

#[tokio::test]
async fn a_disposal_reaches_the_second_store() {
    let court = court().await;
    let (recording, id) = approved(&court).await;
    court.evidence.copy_waiting().await.unwrap();
    // What was damaged once is of the recording as well.
    let track = track(&court.sealed_dir(recording));
    flip(&court.sealed_dir(recording).join(&track));
    flip(&copy_of(&court, recording).join("bagit.txt"));
    scrub(&court).await;
    assert_eq!(damaged_folders(&court, recording).len(), 1);
    court
        .evidence
        .carry_out_disposal(id, "O. Rahmonov (clerk)")
        .await
        .unwrap();
    for root in [store_of(&court), court.folder.path().join("objects")] {
        let left = tool(&root, "find", &[".", "-name", "*.webm"]).unwrap();
        assert_eq!(left, "");
    }
    assert!(
        !store_of(&court)
            .join("damaged")
            .join(recording.to_string())
            .exists()
    );
    assert_proved(&verified(&court, &certificate(&court, recording).await));
    let rows = court.store.custody(recording).await.unwrap();
    assert!(rows.last().unwrap().line.contains(r#""second_store":"deleted""#));
}

#[tokio::test]
async fn a_disposal_is_made_good_in_a_store_that_was_away() {
    let court = court().await;
    let (recording, id) = approved(&court).await;
    court.evidence.copy_waiting().await.unwrap();
    let away = court.folder.path().join("away");
    fs::rename(store_of(&court), &away).unwrap();
    court
        .evidence
        .carry_out_disposal(id, "O. Rahmonov (clerk)")
        .await
        .unwrap();
    let rows = court.store.custody(recording).await.unwrap();
    assert!(
        rows.last()
            .unwrap()
            .line
            .contains(r#""second_store":"not_reached""#)
    );
    let court = court.restarted().await;
    use_second(&court);
    assert!(court.evidence.copy_waiting().await.is_err());
    fs::rename(&away, store_of(&court)).unwrap();
    let pass = court.evidence.copy_waiting().await.unwrap();
    assert_eq!(pass.waiting, 0);
    assert!(!copy_of(&court, recording).exists());
    assert_eq!(
        custody_acts(&court, recording).await.last().unwrap(),
        "copy_removed"
    );
    assert_proved(&verified(&court, &certificate(&court, recording).await));
}
