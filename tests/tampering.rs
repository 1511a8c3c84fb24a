//! What catches which tampering: the table of docs/evidence.md, row by row. Each act is done first as anybody would do it,
//! and then with everything repaired that needs no key.
#![cfg(feature = "server")]

use oyer::evidence::key::SealKey;
use oyer::folder::FolderBundle;
use oyer::seal::bundle;
use oyer::seal::digest::{Digest, Digest512};
use oyer::seal::reseal::{FILES, Number};
use oyer::seal::source::{BundleSource, Entry, EntryKind, MemoryBundle};
use oyer::seal::timestamp::Timestamp;
use oyer::seal::tlog::{InclusionProof, Receipt, VerifierKey};
use oyer::seal::verify::{CheckCode, Outcome, Trust, Verdict, VerificationReport, verify};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::macros::datetime;

const SEALED: OffsetDateTime = datetime!(2026-01-15 09:30 UTC);
const LATER: OffsetDateTime = datetime!(2026-01-16 12:00 UTC);

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

/// Whom the verifier names besides the court.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    /// The authority of time-stamps.
    Time,
    /// The log and its cosigner.
    Log,
    Both,
    /// The authority, and another root as one of the court's.
    TimeAndOtherRoot,
}

fn pem(name: &str) -> Vec<u8> {
    fs::read(vectors().join("keys").join(name).join("root.pem")).unwrap()
}

fn report(bag: &MemoryBundle, named: Named) -> VerificationReport {
    let mut roots = pem("TEST-ONLY-court");
    if named == Named::TimeAndOtherRoot {
        roots.extend(pem("TEST-ONLY-stranger"));
    }
    let mut trust = Trust::from_pem(&roots).unwrap();
    if named != Named::Log {
        trust = trust.with_time_roots(&pem("TEST-ONLY-authority")).unwrap();
    }
    if matches!(named, Named::Log | Named::Both) {
        let keys = fs::read_to_string(vectors().join("keys/TEST-ONLY-log.txt")).unwrap();
        trust = trust.with_log_keys(VerifierKey::all_from_text(&keys).unwrap());
    }
    verify(bag, &trust, Timestamp::new(datetime!(2026-02-01 00:00 UTC)))
}

/// A private copy of test keys, as `SealKey` wants it.
fn key(name: &str) -> SealKey {
    let copy = tempfile::tempdir().unwrap();
    let folder = copy.path().join("keys");
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(vectors().join("keys").join(name)).unwrap() {
        let entry = entry.unwrap();
        let to = folder.join(entry.file_name());
        fs::copy(entry.path(), &to).unwrap();
        fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).unwrap();
    }
    SealKey::open(&folder, "Test", SEALED).unwrap().0
}

fn text(bag: &MemoryBundle, path: &str) -> String {
    String::from_utf8(bag.get(path).unwrap().to_vec()).unwrap()
}

/// The only file of the payload with that name.
fn payload(bag: &MemoryBundle, name: &str) -> String {
    let mut found = bag.iter().filter(|(path, _)| path.ends_with(name));
    let (path, _) = found.next().unwrap();
    assert!(found.next().is_none());
    path.to_owned()
}

const TRACK: &str = "segment-001/witness-1-camera.webm";

fn flip(bag: &mut MemoryBundle, name: &str) {
    let path = payload(bag, name);
    let content = bag.get_mut(&path).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
}

fn without_last_line(bag: &mut MemoryBundle, name: &str) {
    let path = payload(bag, name);
    let text = text(bag, &path);
    let end = text.trim_end().rfind('\n').map_or(0, |at| at + 1);
    bag.insert(path, &text[..end]);
}

/// Manifest and Payload-Oxum as the payload is now.
fn relist(bag: &mut MemoryBundle) {
    let payload: Vec<_> = bag
        .iter()
        .filter(|(path, _)| path.starts_with(bundle::DATA))
        .map(|(path, content)| (path.to_owned(), Digest::of(content), content.len()))
        .collect();
    let manifest: String = payload
        .iter()
        .map(|(path, digest, _)| format!("{digest}  {path}\n"))
        .collect();
    let bytes: usize = payload.iter().map(|(_, _, bytes)| bytes).sum();
    let oxum = format!("Payload-Oxum: {bytes}.{}\n", payload.len());
    let info: String = text(bag, bundle::BAG_INFO)
        .split_inclusive('\n')
        .map(|line| {
            if line.starts_with("Payload-Oxum") {
                &oxum
            } else {
                line
            }
        })
        .collect();
    bag.insert(bundle::MANIFEST, manifest);
    bag.insert(bundle::BAG_INFO, info);
}

/// The tag manifest as the tag files are now. It needs a signature that fits; the enemy has none.
fn retag(bag: &mut MemoryBundle) {
    let unlisted = [bundle::TAG_MANIFEST, bundle::TAG_MANIFEST_SIGNATURE];
    let tags: String = bag
        .iter()
        .filter(|(path, _)| !path.starts_with(bundle::DATA) && !unlisted.contains(path))
        .map(|(path, content)| format!("{}  {path}\n", Digest::of(content)))
        .collect();
    bag.insert(bundle::TAG_MANIFEST, tags);
}

/// The chain of custody with its hashes made anew: they need no key.
fn rechain(bag: &mut MemoryBundle, edit: impl Fn(&str) -> String) {
    let mut head = Digest::ZERO;
    let mut chained = String::new();
    for line in text(bag, bundle::CUSTODY).lines() {
        let (open, _) = line.rsplit_once(",\"prev\":\"").unwrap();
        let open = format!("{},\"prev\":\"{head}\"", edit(open));
        head = head.chain(format!("{open}}}").as_bytes());
        chained.push_str(&format!("{open},\"hash\":\"{head}\"}}\n"));
    }
    bag.insert(bundle::CUSTODY, chained);
}

/// What the holder of the seal key can do: everything is listed and signed anew, as of the same day.
fn seal_anew(bag: &mut MemoryBundle, key: &SealKey) {
    let before = Digest::of(bag.get(bundle::MANIFEST).unwrap()).to_string();
    relist(bag);
    let manifest = Digest::of(bag.get(bundle::MANIFEST).unwrap());
    bag.insert(
        bundle::MANIFEST_SIGNATURE,
        key.sign(manifest, SEALED.into()).unwrap(),
    );
    rechain(bag, |line| line.replace(&before, &manifest.to_string()));
    sign_tags(bag, key);
}

fn sign_tags(bag: &mut MemoryBundle, key: &SealKey) {
    retag(bag);
    let tags = Digest::of(bag.get(bundle::TAG_MANIFEST).unwrap());
    bag.insert(
        bundle::TAG_MANIFEST_SIGNATURE,
        key.sign(tags, LATER.into()).unwrap(),
    );
}

fn stamp(bag: &mut MemoryBundle, by: &SealKey) {
    let signature = Digest::of(bag.get(bundle::MANIFEST_SIGNATURE).unwrap());
    bag.insert(bundle::TIME_STAMP, by.stamp(signature, SEALED.into()).unwrap());
    bag.insert(bundle::TIME_STAMP_ROOT, by.root().to_pem().unwrap());
}

/// A gap less, and the seal document says so.
fn hide_gap(bag: &mut MemoryBundle) {
    let gaps = payload(bag, bundle::GAPS);
    let count = text(bag, &gaps).lines().count();
    without_last_line(bag, bundle::GAPS);
    let seal = payload(bag, bundle::SEAL_DOCUMENT);
    let document = text(bag, &seal);
    let (open, rest) = document.split_once("\"gaps\"").unwrap();
    let rest = rest.replacen(&format!("\"{count}\""), &format!("\"{}\"", count - 1), 1);
    bag.insert(seal, format!("{open}\"gaps\"{rest}"));
}

/// Everything that is sealed, of another recording of the same court.
fn other_recording(bag: &mut MemoryBundle) {
    let other = load("good/continued");
    let before: Vec<String> = bag.iter().map(|(path, _)| path.to_owned()).collect();
    for path in before.iter().filter(|path| path.starts_with(bundle::DATA)) {
        bag.remove(path);
    }
    for (path, content) in other.iter() {
        let sealed = [bundle::MANIFEST, bundle::MANIFEST_SIGNATURE, bundle::BAG_INFO].contains(&path);
        if sealed || path.starts_with(bundle::DATA) {
            bag.insert(path, content);
        }
    }
}

struct Row {
    /// What is tampered with.
    what: &'static str,
    /// How, and what of it is covered up.
    how: &'static str,
    bag: MemoryBundle,
    named: Named,
    caught_by: &'static [CheckCode],
}

fn rows() -> Vec<Row> {
    use CheckCode::*;
    let (court, stranger) = (key("TEST-ONLY-court"), key("TEST-ONLY-stranger"));
    let mut rows = Vec::new();
    let mut row = |what, how, tamper: &dyn Fn(&mut MemoryBundle), caught_by| {
        // Stamped by an authority that is not the court.
        let mut bag = load("good/interrupted");
        tamper(&mut bag);
        rows.push(Row {
            what,
            how,
            bag,
            named: Named::Time,
            caught_by,
        });
    };
    row(
        "media byte",
        "one bit of a track",
        &|bag| flip(bag, TRACK),
        &[PayloadDigests],
    );
    row(
        "media byte",
        "and the manifests made to fit",
        &|bag| {
            flip(bag, TRACK);
            relist(bag);
            retag(bag);
        },
        &[Seal, Tracks, Fragments, Custody],
    );
    row(
        "manifest",
        "the line of a track taken out",
        &|bag| {
            let lines = text(bag, bundle::MANIFEST);
            let kept: String = lines
                .split_inclusive('\n')
                .filter(|line| !line.contains(TRACK))
                .collect();
            bag.insert(bundle::MANIFEST, kept);
        },
        &[Seal, PayloadComplete, Tracks, TagFiles, Custody],
    );
    row(
        "log entry removed",
        "the last line of court-log.jsonl",
        &|bag| without_last_line(bag, bundle::COURT_LOG),
        &[Bag, PayloadDigests, CourtLog],
    );
    row(
        "log entry removed",
        "and the manifests made to fit",
        &|bag| {
            without_last_line(bag, bundle::COURT_LOG);
            relist(bag);
            retag(bag);
        },
        &[Seal, CourtLog, Custody],
    );
    let another_name = |line: &str| line.replace("Clerk Test", "Nobody");
    row(
        "custody entry changed",
        "another name",
        &|bag| bag.insert(bundle::CUSTODY, another_name(&text(bag, bundle::CUSTODY))),
        &[TagFiles, Custody],
    );
    row(
        "custody entry changed",
        "and its chain and the tag manifest made to fit",
        &|bag| {
            rechain(bag, another_name);
            retag(bag);
        },
        &[TagFiles],
    );
    row(
        "time-stamp swapped",
        "one over another seal",
        &|bag| {
            let other = load("good/closed");
            for path in [bundle::TIME_STAMP, bundle::TIME_STAMP_ROOT] {
                bag.insert(path, other.get(path).unwrap());
            }
        },
        &[TimeStamp, TagFiles],
    );
    row(
        "time-stamp swapped",
        "one over this seal by a stranger's service, and the tag manifest made to fit",
        &|bag| {
            stamp(bag, &stranger);
            retag(bag);
        },
        &[IndependentTime, TagFiles],
    );
    row(
        "certificate replaced",
        "seal.pem",
        &|bag| bag.insert(bundle::SEAL_CERTIFICATE, stranger.certificate().to_pem().unwrap()),
        &[Seal, TagFiles],
    );
    row(
        "certificate replaced",
        "all certificates, and everything signed anew with the stranger's key",
        &|bag| {
            bag.insert(bundle::SEAL_CERTIFICATE, stranger.certificate().to_pem().unwrap());
            bag.insert(bundle::ROOT_CERTIFICATE, stranger.root().to_pem().unwrap());
            seal_anew(bag, &stranger);
            stamp(bag, &stranger);
            sign_tags(bag, &stranger);
        },
        &[Signer, IndependentTime, TagFiles],
    );
    row(
        "recording replaced by another sealed one",
        "everything that is sealed",
        &other_recording,
        &[TimeStamp, TagFiles, Custody],
    );
    row(
        "recording replaced by another sealed one",
        "and the time-stamp taken out, and the tag manifest made to fit",
        &|bag| {
            other_recording(bag);
            bag.remove(bundle::TIME_STAMP);
            bag.remove(bundle::TIME_STAMP_ROOT);
            retag(bag);
        },
        &[IndependentTime, TagFiles, Custody],
    );
    row(
        "folder added",
        "one without a file in it",
        &|bag| {
            let path = "data/interview".to_owned();
            let (kind, bytes) = (EntryKind::Folder, 0);
            bag.insert_entry(Entry { path, kind, bytes });
        },
        &[Bag],
    );
    row(
        "gap hidden",
        "the last line of gaps.jsonl",
        &|bag| without_last_line(bag, bundle::GAPS),
        &[Bag, PayloadDigests, Gaps],
    );
    row(
        "gap hidden",
        "and seal.json and the manifests made to fit",
        &|bag| {
            hide_gap(bag);
            relist(bag);
            retag(bag);
        },
        &[Seal, Custody],
    );
    row(
        "gap hidden",
        "by the court itself, everything sealed anew with its key",
        &|bag| {
            hide_gap(bag);
            seal_anew(bag, &court);
        },
        &[TimeStamp],
    );
    row(
        "gap hidden",
        "and stamped by the court's own service as well",
        &|bag| {
            hide_gap(bag);
            seal_anew(bag, &court);
            stamp(bag, &court);
            sign_tags(bag, &court);
        },
        &[IndependentTime],
    );
    rows.push({
        // What is the stranger's elsewhere is a root of the court's own here, as after a change of roots.
        let mut bag = load("good/interrupted");
        hide_gap(&mut bag);
        seal_anew(&mut bag, &court);
        stamp(&mut bag, &stranger);
        sign_tags(&mut bag, &court);
        Row {
            what: "gap hidden",
            how: "and the stamp under the court's other root",
            bag,
            named: Named::TimeAndOtherRoot,
            caught_by: &[IndependentTime],
        }
    });
    rows.push({
        let mut bag = fully_proved();
        let exported = bundle::EXPORTED_TAG_FILES.iter().copied();
        let proofs = [bundle::TIME_STAMP, bundle::TIME_STAMP_ROOT, bundle::LOG_PROOF];
        for path in exported.chain(proofs) {
            assert!(bag.remove(path).is_some(), "{path}");
        }
        Row {
            what: "all proofs stripped",
            how: "the chain of custody, the signed list of tag files, the time-stamp, and the proof of the log",
            bag,
            named: Named::Both,
            caught_by: &[IndependentTime, TransparencyLog, Cosigners, Custody],
        }
    });
    let mut row = |what, how, tamper: &dyn Fn(&mut MemoryBundle), caught_by| {
        let mut bag = load("good/logged");
        tamper(&mut bag);
        rows.push(Row {
            what,
            how,
            bag,
            named: Named::Log,
            caught_by,
        });
    };
    row(
        "gap hidden",
        "by the court itself, everything sealed, stamped and handed out anew, of a recording in the log",
        &|bag| {
            hide_gap(bag);
            seal_anew(bag, &court);
            stamp(bag, &court);
            sign_tags(bag, &court);
        },
        &[TransparencyLog],
    );
    row(
        "proof of the log swapped",
        "one of another entry, and the tag manifest signed anew by the court",
        &|bag| {
            let other = load("bad/log-proof-of-another-entry");
            bag.insert(bundle::LOG_PROOF, other.get(bundle::LOG_PROOF).unwrap());
            sign_tags(bag, &court);
        },
        &[TransparencyLog],
    );
    row(
        "proof of the log swapped",
        "its head signed by a stranger, and the tag manifest signed anew by the court",
        &|bag| {
            let other = load("bad/log-head-of-a-stranger");
            let mut proof = InclusionProof::parse(bag.get(bundle::LOG_PROOF).unwrap()).unwrap();
            let theirs = InclusionProof::parse(other.get(bundle::LOG_PROOF).unwrap()).unwrap();
            proof.checkpoint = theirs.checkpoint;
            bag.insert(bundle::LOG_PROOF, proof.to_string());
            sign_tags(bag, &court);
        },
        &[TransparencyLog],
    );
    row(
        "proof of the log taken out",
        "from the bundle as it was handed out",
        &|bag| {
            bag.remove(bundle::LOG_PROOF);
        },
        &[TransparencyLog, Cosigners, TagFiles],
    );
    row(
        "proof of the log taken out",
        "and everything but the sealed form with it",
        &|bag| {
            bag.remove(bundle::LOG_PROOF);
            for path in bundle::EXPORTED_TAG_FILES {
                bag.remove(path);
            }
        },
        &[TransparencyLog, Cosigners, Custody],
    );
    row(
        "proof of the log taken out",
        "the cosignatures alone, and the tag manifest signed anew by the court",
        &|bag| {
            let proof = text(bag, bundle::LOG_PROOF);
            let kept = proof.split_inclusive('\n');
            let kept: String = kept.filter(|line| !line.contains("/cosigner ")).collect();
            assert_ne!(kept, proof);
            bag.insert(bundle::LOG_PROOF, kept);
            sign_tags(bag, &court);
        },
        &[Cosigners],
    );
    rows.extend(reseal_rows(&stranger));
    rows
}

/// A bundle that has everything: it is in the log, stamped by an authority, and handed out.
fn fully_proved() -> MemoryBundle {
    let mut bag = load("good/logged");
    stamp(&mut bag, &key("TEST-ONLY-authority"));
    sign_tags(&mut bag, &key("TEST-ONLY-court"));
    bag
}

/// Of a recording that was stamped by an authority and resealed twice.
fn reseal_rows(stranger: &SealKey) -> Vec<Row> {
    use CheckCode::*;
    let mut rows = Vec::new();
    let mut row = |what, how, tamper: &dyn Fn(&mut MemoryBundle), caught_by| {
        let mut bag = load("good/resealed");
        tamper(&mut bag);
        rows.push(Row {
            what,
            how,
            bag,
            named: Named::Time,
            caught_by,
        });
    };
    let files = |number: Number| FILES.map(|file| format!("{number}/{file}"));
    let remove_last = |bag: &mut MemoryBundle| {
        files(Number(2)).iter().for_each(|path| drop(bag.remove(path)));
    };
    row(
        "reseal removed",
        "the last one",
        &remove_last,
        &[TagFiles, Custody],
    );
    row(
        "reseal removed",
        "and the tag manifest and the chain of custody made to fit",
        &|bag| {
            remove_last(bag);
            let entries = text(bag, bundle::CUSTODY);
            let kept = entries.lines().filter(|line| !line.contains("reseal-002"));
            let kept: String = kept.map(|line| format!("{line}\n")).collect();
            bag.insert(bundle::CUSTODY, kept);
            rechain(bag, str::to_owned);
            retag(bag);
        },
        // An entry less, and the numbers no longer go on.
        &[TagFiles],
    );
    row(
        "reseals reordered",
        "the two change places, and the tag manifest made to fit",
        &|bag| {
            for (first, second) in files(Number(1)).iter().zip(&files(Number(2))) {
                let [one, two] = [first, second].map(|path| bag.get(path).unwrap().to_vec());
                bag.insert(first.clone(), two);
                bag.insert(second.clone(), one);
            }
            retag(bag);
        },
        &[TagFiles, Reseal, Custody],
    );
    row(
        "reseal altered",
        "a line of its list taken out, and the digests made to fit",
        &|bag| {
            let list = text(bag, &Number(2).list());
            let shorter: String = list.lines().skip(1).map(|line| format!("{line}\n")).collect();
            bag.insert(Number(2).list(), shorter.clone());
            let stamped = text(bag, &Number(2).stamped());
            let [before, after] = [&list, &shorter].map(|list| Digest512::of(list.as_bytes()).to_string());
            bag.insert(Number(2).stamped(), stamped.replace(&before, &after));
            retag(bag);
        },
        &[TagFiles, Reseal, Custody],
    );
    row(
        "reseal altered",
        "another time-stamp, of a stranger's service, and the tag manifest made to fit",
        &|bag| {
            let stamped = Digest512::of(bag.get(&Number(2).stamped()).unwrap());
            bag.insert(Number(2).stamp(), stranger.stamp(stamped, SEALED.into()).unwrap());
            bag.insert(Number(2).stamp_root(), stranger.root().to_pem().unwrap());
            retag(bag);
        },
        &[TagFiles],
    );
    row(
        "reseal over something else",
        "a media byte changed, and the manifests made to fit",
        &|bag| {
            flip(bag, TRACK);
            relist(bag);
            retag(bag);
        },
        &[Seal, Tracks, Fragments, Reseal, Custody],
    );
    row(
        "reseal over something else",
        "everything sealed anew by the court itself, and stamped by its own service",
        &|bag| {
            let court = key("TEST-ONLY-court");
            hide_gap(bag);
            seal_anew(bag, &court);
            stamp(bag, &court);
            sign_tags(bag, &court);
        },
        &[IndependentTime, Reseal],
    );
    rows
}

#[test]
fn each_tampering_is_caught_by_the_checks_of_the_table() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/evidence.md");
    let docs = fs::read_to_string(docs).unwrap();
    for (bag, named) in [
        (load("good/interrupted"), Named::Time),
        (load("good/logged"), Named::Log),
        (load("good/resealed"), Named::Time),
        (fully_proved(), Named::Both),
    ] {
        let report = report(&bag, named);
        assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    }
    let mut wrong = Vec::new();
    for row in rows() {
        let report = report(&row.bag, row.named);
        let expected = match report.failures().next() {
            Some(_) => Outcome::Failed,
            None => Outcome::ProofsMissing,
        };
        assert_eq!(report.outcome, expected, "{}, {}", row.what, row.how);
        let caught = report.failures().chain(report.missing());
        let caught: BTreeSet<&str> = caught.map(|c| c.check.name()).collect();
        let expected: BTreeSet<&str> = row.caught_by.iter().map(|c| c.name()).collect();
        if caught != expected {
            wrong.push(format!("{}, {}: caught by {caught:?}", row.what, row.how));
        }
        let checks: Vec<String> = row.caught_by.iter().map(|c| format!("`{}`", c.name())).collect();
        let line = format!("| {} | {} | {} |", row.what, row.how, checks.join(", "));
        if !docs.contains(&line) {
            wrong.push(format!("docs/evidence.md lacks: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The limits of the table: what no check within one bundle can catch, and what shows it all the same.
#[test]
fn what_the_court_itself_can_do_shows_elsewhere() {
    let independent_time = |report: &VerificationReport| {
        let line = report
            .checks
            .iter()
            .find(|c| c.check == CheckCode::IndependentTime);
        line.unwrap().verdict
    };
    let good = report(&load("good/interrupted"), Named::Time);
    assert_eq!(independent_time(&good), Verdict::Trusted);

    // Sealed anew and stamped anew by the court's own service: nobody else vouches for the time any more.
    let court = key("TEST-ONLY-court");
    let mut bag = load("good/interrupted");
    hide_gap(&mut bag);
    seal_anew(&mut bag, &court);
    stamp(&mut bag, &court);
    sign_tags(&mut bag, &court);
    let anew = report(&bag, Named::Time);
    assert_eq!(anew.outcome, Outcome::ProofsMissing, "{anew:#?}");
    assert_eq!(independent_time(&anew), Verdict::Missing);
    assert_ne!(anew.manifest_sha256, good.manifest_sha256);

    // The whole bundle of another recording: it is genuine, and says which recording it is.
    let other = report(&load("good/continued"), Named::Time);
    assert_eq!(other.outcome, Outcome::ProofsMissing);
    assert_eq!(other.failures().next(), None);
    assert_ne!(other.recording, good.recording);
}

/// The court has everything: the seal key, the log's key, its own time-stamp service. What somebody took home it has not.
#[test]
fn a_receipt_shows_what_the_court_itself_changed_and_sealed_and_logged_anew() {
    let receipt = fs::read(vectors().join("receipts/good.tlog-proof")).unwrap();
    let with_receipt = |bag: &MemoryBundle| {
        let pem = fs::read(vectors().join("keys/TEST-ONLY-court/root.pem")).unwrap();
        let trust = Trust::from_pem(&pem).unwrap();
        let trust = trust.with_receipt(Receipt::parse(&receipt).unwrap());
        let report = verify(bag, &trust, Timestamp::new(datetime!(2026-02-01 00:00 UTC)));
        report.failures().map(|c| c.check).collect::<Vec<_>>()
    };
    let mut bag = load("good/logged");
    assert_eq!(with_receipt(&bag), []);
    // One bit of the sound of the judge, in all ledgers and lists as if it had always been so.
    let court = key("TEST-ONLY-court");
    forge_track(&mut bag, "segment-001/judge-1-microphone.webm");
    bag.remove(bundle::LOG_PROOF);
    seal_anew(&mut bag, &court);
    stamp(&mut bag, &court);
    sign_tags(&mut bag, &court);
    let anew = report(&bag, Named::Log);
    assert_eq!(anew.failures().next(), None);
    assert!(
        anew.missing()
            .all(|c| matches!(c.check, CheckCode::TransparencyLog | CheckCode::Cosigners))
    );
    assert_eq!(with_receipt(&bag), [CheckCode::Receipt]);
}

/// A bit of a track, with the ledger of fragments and the seal document made to fit.
fn forge_track(bag: &mut MemoryBundle, name: &str) {
    let path = payload(bag, name);
    let before = Digest::of(bag.get(&path).unwrap()).to_string();
    // In its first fragment, of which the receipt speaks.
    bag.get_mut(&path).unwrap()[40] ^= 1;
    let content = bag.get(&path).unwrap().to_vec();
    let fragments = payload(bag, bundle::FRAGMENTS);
    let (mut lines, mut chain) = (String::new(), Digest::ZERO);
    for line in text(bag, &fragments).lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let Ok(offset) = columns[2].parse::<usize>() else {
            lines.push_str(&format!("{line}\n"));
            continue;
        };
        let bytes: usize = columns[3].parse().unwrap();
        let sha256 = match path.ends_with(columns[1]) {
            true => Digest::of(&content[offset..offset + bytes]),
            false => columns[4].parse().unwrap(),
        };
        chain = chain.chain(&sha256.0);
        lines.push_str(&format!("{}\t{sha256}\t{chain}\n", columns[..4].join("\t")));
    }
    let head = text(bag, &fragments)
        .lines()
        .last()
        .unwrap()
        .rsplit('\t')
        .next()
        .unwrap()
        .to_owned();
    bag.insert(fragments, lines);
    let seal = payload(bag, bundle::SEAL_DOCUMENT);
    let document = text(bag, &seal).replace(&head, &chain.to_string());
    bag.insert(seal, document.replace(&before, &Digest::of(&content).to_string()));
}
