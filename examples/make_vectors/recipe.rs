//! Building a bundle step by step, with a place to tamper between the steps.

use oyer::evidence::key::SealKey;
use oyer::seal::bundle::{self, BagInfo};
use oyer::seal::certificate::{self, SealCertificate};
use oyer::seal::custody::{self, CustodyAct, Head, NewEntry};
use oyer::seal::digest::{Digest, Digest512};
use oyer::seal::document::*;
use oyer::seal::fragments::{self, Fragment};
use oyer::seal::instructions::{self, Instructions, LogSummary, StampSummary};
use oyer::seal::ledger::{self, CourtLogEntry, Gap, GapCause, Person};
use oyer::seal::manifest::{Manifest, Manifest512};
use oyer::seal::reseal::{self, Certificates, Number, RESEALS_MAX, ResealSummary, Unstamped};
use oyer::seal::source::MemoryBundle;
use oyer::seal::stamp;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::tlog::InclusionProof;
use oyer::seal::x509::Certificate;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use time::ext::NumericalDuration;
use time::macros::datetime;
use uuid::{Uuid, uuid};

const ORGANISATION: &str = "Test Court (not a court)";
const SOFTWARE: &str = "oyer/0.1.0";
pub const ON_RECORD: OffsetDateTime = datetime!(2026-01-15 09:00 UTC);
pub const SEALED: OffsetDateTime = datetime!(2026-01-15 09:30 UTC);
const EXPORTED: OffsetDateTime = datetime!(2026-01-16 12:00 UTC);
const WITNESS: Uuid = uuid!("01930000-0000-7000-8000-000000000011");
const JUDGE: Uuid = uuid!("01930000-0000-7000-8000-000000000012");

/// The files of a recording, relative to its folder, before they are sealed.
pub type Payload = BTreeMap<String, Vec<u8>>;

/// A track to be recorded.
pub struct Take {
    pub segment: u32,
    pub label: &'static str,
    pub source: &'static str,
    pub content: Vec<u8>,
    /// Bytes at the end that were found after a failure.
    pub tail: usize,
}

/// A recording that is about to be sealed.
pub struct Recording {
    pub document: SealDocument,
    pub payload: Payload,
}

impl Recording {
    /// Puts tracks into files and writes the ledgers about them.
    pub fn new(id: Uuid, ended: Ended, segments: &[u32], takes: &[Take]) -> Self {
        let mut payload = Payload::new();
        let mut tracks: Vec<Track> = takes.iter().map(|take| track(take, &mut payload)).collect();
        tracks.sort_by(|a, b| a.file.cmp(&b.file));
        let (fragments_tsv, count, head) = fragment_ledger(takes);
        let gaps = gaps(&tracks);
        let log = court_log(segments);
        payload.insert(bundle::FRAGMENTS.into(), fragments_tsv.into_bytes());
        payload.insert(bundle::GAPS.into(), gaps.concat().into_bytes());
        payload.insert(bundle::COURT_LOG.into(), log.concat().into_bytes());
        let document = SealDocument {
            schema: SCHEMA.into(),
            recording: id,
            case: CaseSummary {
                id: uuid!("01930000-0000-7000-8000-000000000001"),
                reference: "T-1/2026".into(),
                title: "Test v. Vector".into(),
            },
            hearing: HearingSummary {
                id: uuid!("01930000-0000-7000-8000-000000000002"),
                title: "Testimony of a test witness".into(),
                listed_for: ON_RECORD.into(),
            },
            ended,
            previous: None,
            segments: segments
                .iter()
                .map(|&segment| Segment {
                    segment,
                    started_at: started(segment).into(),
                    ended_at: (started(segment) + 3.seconds()).into(),
                    duration_ms: 3000,
                })
                .collect(),
            tracks,
            fragments: FragmentLedger {
                file: bundle::FRAGMENTS.into(),
                count,
                head,
            },
            gaps: GapLedger {
                file: bundle::GAPS.into(),
                count: gaps.len() as u64,
            },
            court_log: CourtLog {
                file: bundle::COURT_LOG.into(),
                entries: log.len() as u64,
            },
            sealed_at: SEALED.into(),
            sealed_by: SealedBy {
                software: SOFTWARE.into(),
                organisation: ORGANISATION.into(),
            },
        };
        Self { document, payload }
    }

    /// The text of a file of the payload, to be tampered with.
    pub fn edit(&mut self, file: &str, edit: impl FnOnce(String) -> String) {
        let text = String::from_utf8(self.payload.remove(file).unwrap()).unwrap();
        self.payload.insert(file.into(), edit(text).into_bytes());
    }

    /// Manifest and seal: the stored form. `tamper` may alter the manifest before it is signed.
    pub fn seal(&self, key: &SealKey, tamper: impl FnOnce(String) -> String) -> MemoryBundle {
        let mut payload = self.payload.clone();
        payload.insert(bundle::SEAL_DOCUMENT.into(), self.document.to_bytes().unwrap());
        let id = self.document.recording;
        let mut bag = MemoryBundle::new();
        let mut manifest = Manifest::new();
        for (file, content) in &payload {
            let path = bundle::payload_path(id, file);
            manifest.insert(&path, Digest::of(content)).unwrap();
            bag.insert(path, content.clone());
        }
        let manifest = tamper(manifest.to_string());
        let signature = key.sign(Digest::of(manifest.as_bytes()), SEALED.into()).unwrap();
        bag.insert(bundle::BAGIT, bundle::BAGIT_TEXT);
        let info = bundle::bag_info(&BagInfo {
            organisation: ORGANISATION,
            case_reference: &self.document.case.reference,
            hearing_title: &self.document.hearing.title,
            recording: id,
            bagged_at: SEALED.into(),
            payload_bytes: payload.values().map(|c| c.len() as u64).sum(),
            payload_files: payload.len() as u64,
            software: SOFTWARE,
        });
        bag.insert(bundle::BAG_INFO, info);
        bag.insert(bundle::MANIFEST, manifest);
        bag.insert(bundle::MANIFEST_SIGNATURE, signature);
        bag.insert(bundle::ROOT_CERTIFICATE, key.root().to_pem().unwrap());
        bag.insert(bundle::SEAL_CERTIFICATE, key.certificate().to_pem().unwrap());
        bag
    }

    /// The exported form. `tamper` may alter the chain of custody before the tag manifest is signed.
    pub fn export(
        &self,
        mut bag: MemoryBundle,
        key: &SealKey,
        tamper: impl FnOnce(String) -> String,
    ) -> MemoryBundle {
        let manifest_sha256 = Digest::of(bag.get(bundle::MANIFEST).unwrap());
        bag.insert(bundle::CUSTODY, tamper(chain_of_custody(manifest_sha256)));
        let stamp = stamp_summary(&bag, key);
        let log = log_summary(&bag);
        let page = certificate::html(&SealCertificate {
            document: &self.document,
            manifest_sha256,
            seal: key.certificate(),
            root: key.root(),
            gaps: self.document.gaps.count,
            exported_at: EXPORTED.into(),
            stamp: stamp.as_ref(),
            log: log.as_ref(),
            redaction: None,
        });
        bag.insert(bundle::CERTIFICATE, page);
        let text = instructions::text(&Instructions {
            recording: self.document.recording,
            organisation: ORGANISATION,
            manifest_sha256,
            root_fingerprint: key.root().fingerprint(),
            sealed_at: SEALED.into(),
            exported_at: EXPORTED.into(),
            later_root: None,
            stamp,
            log,
            reseals: (1..=RESEALS_MAX)
                .map_while(|n| ResealSummary::of(Number(n), key.root(), |path| Some(bag.get(path)?.to_vec())))
                .collect(),
        });
        bag.insert(bundle::INSTRUCTIONS, text);
        sign_tags(&mut bag, key);
        bag
    }

    /// Sealed, stamped by the court's own service and exported, without any tampering.
    pub fn good(&self, key: &SealKey) -> MemoryBundle {
        self.export(stamped(self.seal(key, |m| m), key, SEALED), key, |c| c)
    }
}

/// With a time-stamp over the seal by the service of `by`.
pub fn stamped(mut bag: MemoryBundle, by: &SealKey, at: OffsetDateTime) -> MemoryBundle {
    let signature = Digest::of(bag.get(bundle::MANIFEST_SIGNATURE).unwrap());
    bag.insert(bundle::TIME_STAMP, by.stamp(signature, at.into()).unwrap());
    bag.insert(bundle::TIME_STAMP_ROOT, by.root().to_pem().unwrap());
    bag
}

fn log_summary(bag: &MemoryBundle) -> Option<LogSummary> {
    let proof = InclusionProof::parse(bag.get(bundle::LOG_PROOF)?).ok()?;
    Some(LogSummary {
        origin: proof.checkpoint.origin().to_owned(),
        entry: proof.index,
    })
}

/// With a reseal by `key`, stamped by the service of `by`. `tamper` may alter the list before it is signed.
pub fn resealed(
    mut bag: MemoryBundle,
    number: u32,
    [key, by]: [&SealKey; 2],
    every_file: bool,
    at: OffsetDateTime,
    tamper: impl FnOnce(&mut Vec<(String, Digest512)>),
) -> MemoryBundle {
    let number = Number(number);
    let mut covered: Vec<_> = bag
        .iter()
        .filter(|(path, _)| reseal::covers(number, path) || every_file && path.starts_with(bundle::DATA))
        .map(|(path, content)| (path.to_owned(), Digest512::of(content)))
        .collect();
    tamper(&mut covered);
    let mut list = Manifest512::new();
    for (path, digest) in covered {
        list.insert(&path, digest).unwrap();
    }
    let certificates = Certificates {
        root: key.root().to_pem().unwrap(),
        seal: key.certificate().to_pem().unwrap(),
    };
    let sign = |list| Ok::<_, Box<dyn std::error::Error>>(key.sign(list, at.into())?);
    let unstamped = Unstamped::new(number, &list, certificates, sign).unwrap();
    let answer = by.stamp(Digest512::of(unstamped.to_stamp()), at.into()).unwrap();
    for (path, content) in unstamped.with_stamp(answer, by.root().to_pem().unwrap()) {
        bag.insert(path, content);
    }
    bag
}

/// A chain of custody that tells of the reseals in `bag` as well.
pub fn with_reseals(text: String, bag: &MemoryBundle) -> String {
    let mut head = custody::check(text.as_bytes(), |_| ()).unwrap();
    let mut text = text;
    for number in (1..=RESEALS_MAX).map(Number) {
        let Some(stamped) = bag.get(&number.stamped()) else {
            break;
        };
        let detail = serde_json::json!({
            "ok": true,
            "reseal": number.to_string(),
            "stamped_sha512": Digest512::of(stamped).to_string(),
            "stage": "completed",
        });
        let entry = |detail: Value| NewEntry {
            at: (SEALED + i64::from(number.0).hours()).into(),
            act: CustodyAct::Resealed,
            by: "Clerk Test (not a clerk)",
            detail: detail.as_object().unwrap().clone(),
        };
        let mut enter = |detail| {
            let (line, next) = custody::append(head, &entry(detail)).unwrap();
            text.push_str(&line);
            head = next;
            head.seq
        };
        let begun = enter(serde_json::json!({"every_file": number.0 > 1, "stage": "begun"}));
        let mut detail = detail;
        detail["begun"] = begun.to_string().into();
        enter(detail);
    }
    text
}

fn stamp_summary(bag: &MemoryBundle, key: &SealKey) -> Option<StampSummary> {
    let root = Certificate::all_from_pem(bag.get(bundle::TIME_STAMP_ROOT)?)
        .unwrap()
        .remove(0);
    let signature = bag.get(bundle::MANIFEST_SIGNATURE)?;
    // A stamp that does not hold is described nowhere.
    let stamped = stamp::verify(bag.get(bundle::TIME_STAMP)?, signature).ok()?;
    Some(StampSummary {
        at: stamped.at,
        by: stamped.certificate.subject(),
        root_fingerprint: root.fingerprint(),
        ours: root == *key.root(),
    })
}

fn sign_tags(bag: &mut MemoryBundle, key: &SealKey) {
    let mut tags = Manifest::new();
    for (path, content) in bag.iter().filter(|(path, _)| !path.starts_with(bundle::DATA)) {
        tags.insert(path, Digest::of(content)).unwrap();
    }
    let tags = tags.to_string();
    let signature = key.sign(Digest::of(tags.as_bytes()), EXPORTED.into()).unwrap();
    bag.insert(bundle::TAG_MANIFEST, tags);
    bag.insert(bundle::TAG_MANIFEST_SIGNATURE, signature);
}

fn started(segment: u32) -> OffsetDateTime {
    ON_RECORD + (10 * (i64::from(segment) - 1)).minutes()
}

fn file(take: &Take) -> String {
    let folder = bundle::segment_folder(take.segment);
    format!("{folder}{}-{}.webm", take.label, take.source)
}

fn person(label: &str) -> Person {
    let (participant, name, role) = match label {
        "judge-1" => (JUDGE, "Judge Test", "judge"),
        _ => (WITNESS, "Witness Test", "witness"),
    };
    Person {
        participant,
        name: name.into(),
        role: role.into(),
    }
}

fn track(take: &Take, payload: &mut Payload) -> Track {
    let person = person(take.label);
    let sound = take.source == "microphone";
    let track = Track {
        file: file(take),
        participant: person.participant,
        name: person.name,
        role: person.role,
        source: take.source.into(),
        codec: if sound { "opus" } else { "vp8" }.into(),
        segment: take.segment,
        bytes: take.content.len() as u64,
        sha256: Digest::of(&take.content),
        duration_ms: 3000,
        width: (!sound).then_some(64),
        height: (!sound).then_some(48),
        packets: 150,
        lost: 2,
        tail_bytes: take.tail as u64,
    };
    payload.insert(track.file.clone(), take.content.clone());
    track
}

fn fragment_ledger(takes: &[Take]) -> (String, u64, Digest) {
    // In the order of writing: what was captured, then the tails that were found after a failure.
    let mut pieces = Vec::new();
    for take in takes {
        let covered = &take.content[..take.content.len() - take.tail];
        let mut offset = 0;
        for bytes in super::media::fragments(covered) {
            pieces.push((take, offset..offset + bytes));
            offset += bytes;
        }
    }
    for take in takes.iter().filter(|take| take.tail > 0) {
        pieces.push((take, take.content.len() - take.tail..take.content.len()));
    }
    let mut text = format!("{}\n", fragments::HEADER);
    let (mut seq, mut chain) = (0, Digest::ZERO);
    for (take, range) in pieces {
        let sha256 = Digest::of(&take.content[range.clone()]);
        chain = fragments::link(&chain, &sha256);
        let fragment = Fragment {
            seq,
            file: file(take),
            offset: range.start as u64,
            bytes: range.len() as u64,
            sha256,
            chain,
        };
        text.push_str(&format!("{fragment}\n"));
        seq += 1;
    }
    (text, seq, chain)
}

fn gaps(tracks: &[Track]) -> Vec<String> {
    let sound = tracks.iter().filter(|t| t.source == "microphone");
    sound
        .map(|track| {
            ledger::line(&Gap {
                segment: track.segment,
                file: track.file.clone(),
                participant: track.participant,
                source: track.source.clone(),
                from_ms: 1200,
                to_ms: 1260,
                cause: GapCause::Lost,
            })
            .unwrap()
        })
        .collect()
}

fn court_log(segments: &[u32]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut enter = |at: OffsetDateTime, place: Option<(u32, u64)>, kind: &str, by, about| {
        let entry = CourtLogEntry {
            seq: lines.len() as u64 + 1,
            at: at.into(),
            segment: place.map(|p| p.0),
            media_ms: place.map(|p| p.1),
            kind: kind.into(),
            by,
            about,
            text: None,
        };
        lines.push(ledger::line(&entry).unwrap());
    };
    let judge = || Some(person("judge-1"));
    let witness = || Some(person("witness-1"));
    enter(ON_RECORD - 5.minutes(), None, "opened", judge(), None);
    for &segment in segments {
        let start = started(segment);
        enter(start, Some((segment, 0)), "on_record", judge(), None);
        enter(
            start + 1.seconds(),
            Some((segment, 1000)),
            "sworn",
            judge(),
            witness(),
        );
        enter(
            start + 3.seconds(),
            Some((segment, 3000)),
            "off_record",
            judge(),
            None,
        );
    }
    lines
}

/// A chain of custody with an entry more, whose `detail` is this text.
pub fn with_entry(chain: String, detail: &str) -> String {
    let head = custody::check(chain.as_bytes(), |_| ()).unwrap();
    let (seq, at, prev) = (head.seq + 1, Timestamp::new(EXPORTED), head.hash);
    let text = format!(
        r#"{{"seq":"{seq}","at":"{at}","act":"viewed","by":"Clerk Test","detail":{detail},"prev":"{prev}"}}"#
    );
    let hash = Digest::of(&[&prev.0[..], text.as_bytes()].concat());
    let line = text.strip_suffix('}').unwrap();
    format!("{chain}{line},\"hash\":\"{hash}\"}}\n")
}

fn chain_of_custody(manifest_sha256: Digest) -> String {
    let sealed = Map::from_iter([("manifest_sha256".into(), Value::from(manifest_sha256.to_string()))]);
    let mut head = Head::EMPTY;
    let mut text = String::new();
    for (at, act, by, detail) in [
        (SEALED, CustodyAct::Recorded, "oyer", Map::new()),
        (SEALED, CustodyAct::Sealed, "oyer", sealed),
        (SEALED, CustodyAct::Attached, "oyer", Map::new()),
        (EXPORTED - 1.hours(), CustodyAct::Viewed, "Clerk Test", Map::new()),
        (EXPORTED, CustodyAct::Exported, "Clerk Test", Map::new()),
    ] {
        let entry = NewEntry {
            at: Timestamp::new(at),
            act,
            by,
            detail,
        };
        let (line, next) = custody::append(head, &entry).unwrap();
        text.push_str(&line);
        head = next;
    }
    text
}
