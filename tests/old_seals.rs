//! Seals of many years, under keys that were renewed and roots that came to their end, and the reseals that keep them
//! provable. The clock is an argument everywhere.
#![cfg(feature = "server")]

#[path = "../examples/make_vectors/media.rs"]
#[allow(dead_code)]
mod media;
#[path = "../examples/make_vectors/recipe.rs"]
#[allow(dead_code)]
mod recipe;

use oyer::evidence::key::{self, KeyError, KeyPlace, SealKey};
use oyer::folder::FolderBundle;
use oyer::seal::bundle;
use oyer::seal::digest::Digest;
use oyer::seal::source::{BundleSource, EntryKind, MemoryBundle};
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{CheckCode, Outcome, Trust, Verdict, VerificationReport, verify};
use recipe::{resealed, stamped};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const START: OffsetDateTime = datetime!(2026-02-01 09:00 UTC);
const YEAR: Duration = Duration::days(365);

/// The keys of a house, at any time.
struct House {
    folder: PathBuf,
    name: &'static str,
    roots: String,
}

impl House {
    fn new(above: &Path, name: &'static str) -> Self {
        let folder = above.join(name);
        let roots = String::new();
        Self { folder, name, roots }
    }

    /// The key at `now`: renewed, and under a new root where the old one comes to its end.
    fn key(&mut self, now: OffsetDateTime) -> SealKey {
        let key = match SealKey::open(&self.folder, self.name, now) {
            Err(KeyError::RootEnds) => {
                let old = key::new_root(&self.folder, self.name, now, &KeyPlace::File).unwrap();
                assert!(old.join("root.key").exists());
                SealKey::open(&self.folder, self.name, now).unwrap().0
            }
            opened => opened.unwrap().0,
        };
        let root = key.root().to_pem().unwrap();
        if !self.roots.contains(&root) {
            self.roots.push_str(&root);
        }
        key
    }
}

/// What is sealed: a recording in the stored form, as it is before that.
fn unsealed() -> MemoryBundle {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings-schema/vectors/good/stored");
    let mut bag = MemoryBundle::new();
    for entry in FolderBundle::open(&folder).unwrap().entries().unwrap() {
        if entry.kind == EntryKind::File && !entry.path.starts_with("seal/") {
            let content = fs::read(folder.join(&entry.path)).unwrap();
            bag.insert(entry.path, content);
        }
    }
    bag
}

fn sealed(key: &SealKey, now: OffsetDateTime) -> MemoryBundle {
    let mut bag = unsealed();
    let manifest = Digest::of(bag.get(bundle::MANIFEST).unwrap());
    bag.insert(
        bundle::MANIFEST_SIGNATURE,
        key.sign(manifest, now.into()).unwrap(),
    );
    bag.insert(bundle::ROOT_CERTIFICATE, key.root().to_pem().unwrap());
    bag.insert(bundle::SEAL_CERTIFICATE, key.certificate().to_pem().unwrap());
    bag
}

fn judged(
    bag: &MemoryBundle,
    courts: &House,
    authority: Option<&House>,
    now: OffsetDateTime,
) -> VerificationReport {
    let mut trust = Trust::from_pem(courts.roots.as_bytes())
        .unwrap()
        .with_stored_form();
    if let Some(authority) = authority {
        trust = trust.with_time_roots(authority.roots.as_bytes()).unwrap();
    }
    verify(bag, &trust, Timestamp::new(now))
}

/// What the proof rests on by then.
fn lasting(report: &VerificationReport) -> Option<(Verdict, String)> {
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    let mut lines = report.checks.iter().filter(|c| c.check == CheckCode::Lasting);
    let line = lines.next().map(|c| (c.verdict, c.detail.clone()));
    assert!(lines.next().is_none());
    line
}

#[test]
fn seals_of_thirteen_years_stay_provable_under_keys_and_roots_that_have_ended() {
    let dir = tempfile::tempdir().unwrap();
    let mut court = House::new(dir.path(), "Court");
    let mut bags = Vec::new();
    let mut certificates = BTreeSet::new();
    for half in 0..27 {
        let now = START + YEAR / 2 * half;
        if half == 5 {
            // An operator rotates the keys before it is time.
            court.key(now);
            key::rotate(&court.folder, court.name, now, &KeyPlace::File).unwrap();
        }
        let key = court.key(now);
        certificates.insert(key.certificate().fingerprint());
        bags.push((now, stamped(sealed(&key, now), &key, now)));
    }
    assert_eq!(
        court.roots.matches("BEGIN").count(),
        2,
        "a root is valid for ten years"
    );
    assert!(certificates.len() >= 6, "{}", certificates.len());
    let now = START + YEAR * 14;
    let newest_alone = House {
        roots: court.key(now).root().to_pem().unwrap(),
        folder: court.folder.clone(),
        name: court.name,
    };
    for (at, bag) in &bags {
        let line = lasting(&judged(bag, &court, None, now));
        // Of those whose certificates have run out it is said; nothing of them fails.
        if *at < now - YEAR * 4 {
            let (verdict, detail) = line.unwrap();
            assert_eq!(verdict, Verdict::NotChecked);
            assert!(detail.contains("ran out"), "{detail}");
        }
        // A verifier who was given the last root alone knows nobody of the years before.
        let report = judged(bag, &newest_alone, None, now);
        let of_old_root = *at < START + YEAR * 9;
        let failed = report.failures().any(|c| c.check == CheckCode::Signer);
        assert!(!of_old_root || failed, "{at}");
    }
}

#[test]
fn a_reseal_in_time_carries_a_proof_on_and_one_too_late_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut court = House::new(dir.path(), "Court");
    let mut authority = House::new(dir.path(), "Authority");
    let first = {
        let key = court.key(START);
        stamped(sealed(&key, START), &authority.key(START), START)
    };
    let (mut in_time, mut too_late, mut unstamped) = (first.clone(), None, None);
    for number in 1..=8 {
        let now = START + YEAR * number;
        let (key, stamper) = (court.key(now), authority.key(now));
        let every_file = number % 2 == 0;
        if number == 5 {
            too_late = Some(resealed(first.clone(), 1, [&key, &stamper], true, now, |_| ()));
            unstamped = Some(sealed(&key, now));
        }
        in_time = resealed(in_time, number, [&key, &stamper], every_file, now, |_| ());
    }
    let now = START + YEAR * 8 + YEAR / 4;
    let report = judged(&in_time, &court, Some(&authority), now);
    let (verdict, detail) = lasting(&report).unwrap();
    assert_eq!(verdict, Verdict::Trusted, "{detail}");
    for said in [
        "the oldest proof is the time-stamp of the seal, of 2026-02-01",
        "ran out at 2029-",
        "the newest is reseal-008, of 2034-",
    ] {
        assert!(detail.contains(said), "{detail}");
    }
    // Years later the newest has run out as well.
    let (verdict, detail) = lasting(&judged(&in_time, &court, Some(&authority), START + YEAR * 12)).unwrap();
    assert_eq!(verdict, Verdict::NotChecked);
    assert!(
        detail.contains("the certificate of reseal-008 ran out"),
        "{detail}"
    );

    // Nothing was added before the first certificate ran out, and then somebody noticed.
    let (verdict, detail) = lasting(&judged(&first, &court, Some(&authority), now)).unwrap();
    assert_eq!(verdict, Verdict::NotChecked);
    assert!(detail.contains("ran out at 2029-"), "{detail}");
    let late = START + YEAR * 5;
    let (verdict, detail) = lasting(&judged(&too_late.unwrap(), &court, Some(&authority), late)).unwrap();
    assert_eq!(verdict, Verdict::NotChecked);
    assert!(
        detail.contains("reseal-001 came when the certificate of the time-stamp of the seal had run out"),
        "{detail}"
    );

    // Without a stamp the seal's own certificate is what lasts.
    let unstamped = unstamped.unwrap();
    assert!(lasting(&judged(&unstamped, &court, None, START + YEAR * 6)).is_none());
    let (_, detail) = lasting(&judged(&unstamped, &court, None, START + YEAR * 9)).unwrap();
    assert!(detail.starts_with("the signature of the seal"), "{detail}");
}
