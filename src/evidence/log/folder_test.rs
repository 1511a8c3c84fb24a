//! The log on a disk, also where it is cut off, fails, or is tampered with.

use super::*;
use crate::seal::digest::Digest;
use crate::seal::tlog::{Kind, check_consistency};
use std::os::unix::fs::PermissionsExt;

fn key(seed: u8) -> NoteKey {
    NoteKey::from_seed("court.example/log", Kind::Log, [seed; 32]).unwrap()
}

fn open(dir: &Path) -> Result<LogFolder, LogError> {
    LogFolder::open(dir.to_owned(), key(1))
}

fn leaf(number: u64) -> Leaf {
    Leaf::Manifest {
        sha256: Digest::of(&number.to_be_bytes()),
    }
}

fn leaves(from: u64, to: u64) -> Vec<Leaf> {
    (from..to).map(leaf).collect()
}

/// Every file below a folder, by path.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let found = durable::walk(dir).unwrap().into_iter().filter(|f| !f.is_folder);
    found.map(|f| (f.path, fs::read(&f.full).unwrap())).collect()
}

#[test]
fn it_grows_is_opened_again_and_proves_all_that_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let (mut size, mut heads) = (0, Vec::new());
    for step in [1, 1, 3, 250, 1, 1, 300, 1024] {
        let mut log = open(dir.path()).unwrap();
        assert_eq!(log.append(&leaves(size, size + step)).unwrap(), size);
        size += step;
        heads.push(log.head().unwrap().clone());
    }
    let log = open(dir.path()).unwrap();
    let head = log.head().unwrap();
    assert_eq!(head.size(), size);
    for index in [0, 1, 255, 256, 300, 511, 512, size - 1] {
        log.prove(&leaf(index), index, head).unwrap();
        let other = log.prove(&leaf(index + 1), index, head);
        assert!(matches!(other, Err(LogError::Damaged(_))));
    }
    for old in &heads {
        let proof = log.consistency(old.size(), head).unwrap();
        let (older, newer) = ((old.size(), old.root()), (head.size(), head.root()));
        assert_eq!(check_consistency(older, newer, &proof), Ok(()));
        // A head of before can still be proved from, although the tiles of then are full by now.
        log.prove(&leaf(0), 0, old).unwrap();
    }
    // What is full has no parts any more.
    assert!(dir.path().join("tile/0/000").is_file());
    assert!(!dir.path().join("tile/0/000.p").exists());
    assert!(!dir.path().join("tile/entries/000.p").exists());
}

#[test]
fn two_processes_append_to_one_log_and_not_to_a_fork() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut other) = (open(dir.path()).unwrap(), open(dir.path()).unwrap());
    assert_eq!(one.append(&leaves(0, 3)).unwrap(), 0);
    assert_eq!(other.append(&leaves(3, 4)).unwrap(), 3);
    assert_eq!(one.append(&leaves(4, 5)).unwrap(), 4);
    let head = one.head().unwrap();
    (0..5).for_each(|n| drop(one.prove(&leaf(n), n, head).unwrap()));
}

/// What a disk shows after a crash: each file is there as it was before or as it is after, in the order of writing.
#[test]
fn whenever_it_is_cut_off_no_head_that_was_shown_is_contradicted() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path()).unwrap();
    log.append(&leaves(0, 254)).unwrap();
    let before = files(dir.path());
    let shown = log.head().unwrap().clone();
    log.append(&leaves(254, 258)).unwrap();
    let new: Vec<_> = files(dir.path())
        .into_iter()
        .filter(|file| !before.contains(file))
        .collect();
    assert!(new.len() > 4, "{}", new.len());
    // Any of the new files may be there while the head is not.
    for subset in 0u32..1 << new.len() {
        let crashed = tempfile::tempdir().unwrap();
        let put = |(path, content): &(String, Vec<u8>)| {
            let full = crashed.path().join(path);
            fs::create_dir_all(full.parent().unwrap()).unwrap();
            fs::write(full, content).unwrap();
        };
        before.iter().for_each(put);
        let there = new.iter().enumerate().filter(|(n, _)| subset & (1 << n) != 0);
        let there: Vec<_> = there
            .map(|(_, file)| file)
            .filter(|(path, _)| path != CHECKPOINT)
            .collect();
        there.iter().for_each(|file| put(file));
        let mut log = open(crashed.path()).unwrap();
        assert_eq!(log.head().unwrap(), &shown);
        // Other entries than those that the crash took.
        log.append(&leaves(1000, 1010)).unwrap();
        let head = log.head().unwrap();
        let proof = log.consistency(shown.size(), head).unwrap();
        let (older, newer) = ((shown.size(), shown.root()), (head.size(), head.root()));
        assert_eq!(check_consistency(older, newer, &proof), Ok(()));
        for (index, n) in (0..254).chain(1000..1010).enumerate().step_by(23) {
            log.prove(&leaf(n), index as u64, head).unwrap();
        }
    }
}

/// A failed write fails twice: once not carried out, once carried out all the same.
#[test]
fn after_an_error_it_goes_on_from_what_is_on_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path()).unwrap();
    log.append(&leaves(0, 3)).unwrap();
    let shown = log.head().unwrap().clone();
    // Something in the way of the new tile.
    fs::create_dir_all(dir.path().join("tile/0/000.p/5/x")).unwrap();
    assert!(log.append(&leaves(3, 5)).is_err());
    drop(log);
    fs::remove_dir_all(dir.path().join("tile/0/000.p/5")).unwrap();
    let mut log = open(dir.path()).unwrap();
    assert_eq!(log.head(), Some(&shown));
    log.append(&leaves(7, 8)).unwrap();

    // The head came to lie on the disk although its writer was told that it did not: another process has it.
    let mut elsewhere = open(dir.path()).unwrap();
    elsewhere.append(&leaves(8, 9)).unwrap();
    let newer = elsewhere.head().unwrap().clone();
    assert_eq!(log.append(&leaves(9, 10)).unwrap(), newer.size());
    let proof = log.consistency(newer.size(), log.head().unwrap()).unwrap();
    let head = log.head().unwrap();
    let (older, newer) = ((newer.size(), newer.root()), (head.size(), head.root()));
    assert_eq!(check_consistency(older, newer, &proof), Ok(()));
}

#[test]
fn what_was_tampered_with_is_not_gone_on_from() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).unwrap().append(&leaves(0, 300)).unwrap();
    let head = fs::read(dir.path().join(CHECKPOINT)).unwrap();
    let refused = |why: &str| {
        let error = open(dir.path()).err().unwrap().to_string();
        assert!(error.contains(why), "{error}");
    };
    for path in ["tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"] {
        let path = dir.path().join(path);
        let good = fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[20] ^= 1;
        fs::write(&path, bad).unwrap();
        refused("");
        fs::write(&path, &good[..good.len() - 1]).unwrap();
        refused("");
        fs::write(&path, good).unwrap();
    }
    let text = String::from_utf8(head.clone()).unwrap();
    fs::write(dir.path().join(CHECKPOINT), text.replace("\n300\n", "\n299\n")).unwrap();
    refused("does not hold");
    fs::write(dir.path().join(CHECKPOINT), head).unwrap();
    let foreign = LogFolder::open(dir.path().to_owned(), key(2)).err().unwrap();
    assert!(
        foreign.to_string().contains("not signed with the key"),
        "{foreign}"
    );

    // A head that is gone, or shorter than one that was shown, is a fork to come.
    let mut log = open(dir.path()).unwrap();
    let older = log.head().unwrap().to_string();
    log.append(&leaves(300, 301)).unwrap();
    fs::write(dir.path().join(CHECKPOINT), older).unwrap();
    assert!(
        log.append(&leaves(301, 302))
            .unwrap_err()
            .to_string()
            .contains("shorter")
    );
    fs::remove_file(dir.path().join(CHECKPOINT)).unwrap();
    assert!(
        log.append(&leaves(301, 302))
            .unwrap_err()
            .to_string()
            .contains("gone")
    );
}

#[test]
fn only_what_the_head_covers_is_served_and_by_one_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path()).unwrap();
    log.append(&leaves(0, 300)).unwrap();
    let head = log.head().unwrap().clone();
    log.append(&leaves(300, 301)).unwrap();
    fs::set_permissions(dir.path().join("lock"), fs::Permissions::from_mode(0o600)).unwrap();
    let served = |path: &str| {
        served(dir.path(), &head, path)
            .unwrap()
            .map(|content| content.len())
    };
    assert_eq!(served("0/000"), Some(8192));
    assert_eq!(served("0/001.p/44"), Some(44 * 32));
    assert_eq!(served("1/000.p/1"), Some(32));
    assert!(served("entries/000").is_some_and(|bytes| bytes > 256 * 64));
    assert!(served("entries/001.p/44").is_some());
    for path in [
        "0/001.p/45",
        "entries/001.p/45",
        "0/001",
        "2/000.p/1",
        "0/0",
        "0/000.p/256",
        "0/000.p/0",
        "0/x000/000",
        "00/000",
        "8/000",
        "entries/../../checkpoint",
        "../checkpoint",
        "0/000/",
        "",
    ] {
        assert_eq!(served(path), None, "{path}");
    }
}
