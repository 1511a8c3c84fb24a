//! Bundles from an enemy: whatever is done to a good one, the verifier notices and does not panic.

use oyer::folder::FolderBundle;
use oyer::seal::bundle;
use oyer::seal::digest::Digest;
use oyer::seal::source::{BundleSource, Entry, EntryKind, MemoryBundle};
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{CheckCode, Outcome, Trust, VerificationReport, verify};
use proptest::prelude::*;
use proptest::sample::Index;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use time::macros::datetime;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings-schema/vectors")
}

fn load(vector: &str) -> MemoryBundle {
    let folder = vectors().join(vector);
    let mut bag = MemoryBundle::new();
    for entry in FolderBundle::open(&folder).unwrap().entries().unwrap() {
        if entry.kind == EntryKind::File {
            let content = fs::read(folder.join(&entry.path)).unwrap();
            bag.insert(entry.path, content);
        }
    }
    bag
}

static GOOD: LazyLock<[MemoryBundle; 2]> = LazyLock::new(|| [load("good/closed"), load("good/interrupted")]);

static TRUST: LazyLock<Trust> = LazyLock::new(|| {
    let pem = fs::read(vectors().join("keys/TEST-ONLY-court/root.pem")).unwrap();
    Trust::from_pem(&pem).unwrap()
});

fn check(bag: &dyn BundleSource) -> VerificationReport {
    verify(bag, &TRUST, Timestamp::new(datetime!(2026-02-01 00:00 UTC)))
}

#[derive(Debug, Clone)]
enum Damage {
    Flip(Index, u8),
    Truncate(Index),
    Insert(Index, Vec<u8>),
    RemoveLine(Index),
    RepeatLine(Index),
    SwapLines(Index, Index),
    ReplaceNumber(Index, &'static str),
    Rename(String),
    Remove,
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<Index>;
    prop_oneof![
        (index(), 0u8..8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        index().prop_map(Damage::Truncate),
        (index(), prop::collection::vec(any::<u8>(), 1..64)).prop_map(|(at, b)| Damage::Insert(at, b)),
        index().prop_map(Damage::RemoveLine),
        index().prop_map(Damage::RepeatLine),
        (index(), index()).prop_map(|(a, b)| Damage::SwapLines(a, b)),
        (index(), prop::sample::select(NUMBERS)).prop_map(|(at, n)| Damage::ReplaceNumber(at, n)),
        "[a-zA-Z0-9./\\\\\u{e9}_-]{1,40}".prop_map(Damage::Rename),
        Just(Damage::Remove),
    ]
}

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "-1",
    "1e9999",
    "",
    "99999999999999999999999999999999999999",
];

/// Applies the damage to one file; false when it left everything as it was.
fn apply(bag: &mut MemoryBundle, file: &str, damage: &Damage) -> bool {
    let Some(before) = bag.get(file).map(<[u8]>::to_vec) else {
        return false;
    };
    let mut content = before.clone();
    let lines = || -> Vec<Vec<u8>> {
        before
            .split_inclusive(|b| *b == b'\n')
            .map(<[u8]>::to_vec)
            .collect()
    };
    match damage {
        Damage::Flip(at, bit) if !content.is_empty() => {
            let at = at.index(content.len());
            content[at] ^= 1 << bit;
        }
        Damage::Flip(..) => return false,
        Damage::Truncate(at) => content.truncate(at.index(content.len() + 1)),
        Damage::Insert(at, bytes) => {
            let at = at.index(content.len() + 1);
            content.splice(at..at, bytes.iter().copied());
        }
        Damage::RemoveLine(at) | Damage::RepeatLine(at) if !content.is_empty() => {
            let mut lines = lines();
            let at = at.index(lines.len());
            match damage {
                Damage::RemoveLine(_) => drop(lines.remove(at)),
                _ => lines.insert(at, lines[at].clone()),
            }
            content = lines.concat();
        }
        Damage::SwapLines(a, b) if !content.is_empty() => {
            let mut lines = lines();
            let (a, b) = (a.index(lines.len()), b.index(lines.len()));
            lines.swap(a, b);
            content = lines.concat();
        }
        Damage::RemoveLine(_) | Damage::RepeatLine(_) | Damage::SwapLines(..) => return false,
        Damage::ReplaceNumber(at, number) => {
            let starts: Vec<usize> = (0..content.len())
                .filter(|&i| content[i].is_ascii_digit() && (i == 0 || !content[i - 1].is_ascii_digit()))
                .collect();
            if starts.is_empty() {
                return false;
            }
            let start = starts[at.index(starts.len())];
            let digits = content[start..].iter().take_while(|b| b.is_ascii_digit()).count();
            content.splice(start..start + digits, number.bytes());
        }
        Damage::Rename(name) => {
            bag.remove(file);
            bag.insert(name.clone(), content);
            return name != file;
        }
        Damage::Remove => {
            bag.remove(file);
            return true;
        }
    }
    let changed = content != before;
    bag.insert(file, content);
    changed
}

/// Writes a manifest that fits the payload again, so that the checks behind the digests are reached.
fn rehash(bag: &mut MemoryBundle) {
    let payload = bag.iter().filter(|(path, _)| path.starts_with(bundle::DATA));
    let manifest: String = payload
        .map(|(path, content)| format!("{}  {path}\n", Digest::of(content)))
        .collect();
    bag.insert(bundle::MANIFEST, manifest);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_damage_is_noticed(
        which in 0usize..2,
        file in any::<Index>(),
        damages in prop::collection::vec(damage(), 1..4),
        rehashed in any::<bool>(),
    ) {
        let mut bag = GOOD[which].clone();
        let files: Vec<String> = bag.iter().map(|(path, _)| path.to_owned()).collect();
        let file = &files[file.index(files.len())];
        for damage in &damages {
            apply(&mut bag, file, damage);
        }
        if rehashed {
            rehash(&mut bag);
        }
        let changed = !bag.iter().eq(GOOD[which].iter());
        let report = check(&bag);
        let expected = if changed { Outcome::Failed } else { Outcome::Proved };
        prop_assert_eq!(report.outcome, expected, "{}: {:?}", file, damages);
        prop_assert!(report.failures().all(|c| c.file.is_some()));
    }

    #[test]
    fn garbage_is_no_bundle(files in prop::collection::btree_map("[a-z./]{0,12}", prop::collection::vec(any::<u8>(), 0..64), 0..8)) {
        let mut bag = MemoryBundle::new();
        for (path, content) in files {
            bag.insert(path, content);
        }
        prop_assert_eq!(check(&bag).outcome, Outcome::Failed);
    }

    #[test]
    fn no_signature_file_brings_the_parser_down(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bag = GOOD[0].clone();
        bag.insert(bundle::MANIFEST_SIGNATURE, bytes.clone());
        bag.insert(bundle::ROOT_CERTIFICATE, bytes);
        prop_assert_eq!(check(&bag).outcome, Outcome::Failed);
    }
}

#[test]
fn the_untouched_ones_are_good() {
    for bag in GOOD.iter() {
        assert_eq!(check(bag).outcome, Outcome::Proved);
    }
}

#[test]
fn every_bit_of_a_signature_file_counts() {
    for path in [bundle::MANIFEST_SIGNATURE, bundle::TAG_MANIFEST_SIGNATURE] {
        let mut bag = GOOD[0].clone();
        let length = bag.get(path).unwrap().len();
        for at in 0..length {
            // One bit of each byte in turn: enough to reach every field.
            let bit = 1 << (at % 8);
            bag.get_mut(path).unwrap()[at] ^= bit;
            let report = check(&bag);
            assert!(
                report.failures().any(|c| c.file.as_deref() == Some(path)),
                "byte {at} of {path}"
            );
            bag.get_mut(path).unwrap()[at] ^= bit;
        }
    }
}

#[test]
fn names_that_only_an_enemy_uses() {
    let entry = |path: &str, kind| Entry {
        path: path.into(),
        kind,
        bytes: 0,
    };
    for (path, kind) in [
        ("../outside", EntryKind::File),
        ("/etc/passwd", EntryKind::File),
        ("data\\x", EntryKind::File),
        ("data/e\u{301}", EntryKind::File),
        ("data/\u{1b}[2J", EntryKind::Folder),
        ("BAGIT.TXT", EntryKind::File),
        ("bagit.txt", EntryKind::File),
        ("data/pipe", EntryKind::Other),
        ("data/link", EntryKind::Symlink),
        ("", EntryKind::File),
    ] {
        let mut bag = GOOD[0].clone();
        bag.insert_entry(entry(path, kind));
        let report = check(&bag);
        let named = report.failures().find(|c| c.check == CheckCode::Names);
        let file = named.unwrap_or_else(|| panic!("{path:?}")).file.clone().unwrap();
        assert!(!file.contains('\u{1b}'), "{file:?}");
    }
}

/// A bundle with one file that has no end, or that cannot be read.
struct Endless<'a> {
    good: &'a MemoryBundle,
    broken: &'a str,
    fails: bool,
}

impl BundleSource for Endless<'_> {
    fn entries(&self) -> io::Result<Vec<Entry>> {
        self.good.entries()
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        match (path == self.broken, self.fails) {
            (true, true) => Err(io::Error::other("the disk is broken")),
            (true, false) => Ok(Box::new(io::repeat(b'x'))),
            _ => self.good.open(path),
        }
    }
}

#[test]
fn endless_files_end_and_unreadable_files_are_named() {
    let good = &GOOD[0];
    for (path, _) in good.iter() {
        let fails = Endless {
            good,
            broken: path,
            fails: true,
        };
        let report = check(&fails);
        assert!(
            report.failures().any(|c| c.file.as_deref() == Some(path)),
            "{path}"
        );
    }
    for (path, _) in good.iter() {
        let endless = Endless {
            good,
            broken: path,
            fails: false,
        };
        let report = check(&endless);
        assert!(
            report.failures().any(|c| c.file.as_deref() == Some(path)),
            "{path}"
        );
    }
}
