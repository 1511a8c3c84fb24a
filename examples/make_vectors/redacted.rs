//! A redacted copy: a recording of its own that has a film in the place of tracks.

use super::recipe::{Recording, SEALED, stamped};
use super::{CLOSED, Out, closed};
use oyer::seal::bundle;
use oyer::seal::custody::{self, CustodyAct, CustodyEntry, Head, NewEntry};
use oyer::seal::digest::Digest;
use oyer::seal::document::Ended;
use oyer::seal::ledger::{self, CourtLogEntry};
use oyer::seal::redaction::{
    Film, Interval, KIND, Kind, MARGIN_MS, Order, Original, RedactionDocument, SCHEMA, film_name,
    redacted_entry,
};
use oyer::seal::source::MemoryBundle;
use oyer::seal::verify::CheckCode::*;
use serde_json::{Map, Value};
use std::process::Command;
use time::ext::NumericalDuration;
use uuid::{Uuid, uuid};

const COPY: Uuid = uuid!("01930000-0000-7000-8000-0000000000a4");

pub fn put(out: &mut Out) {
    let original = stamped(closed().seal(&out.key, |m| m), &out.key, SEALED);
    let original = Digest::of(original.get(bundle::MANIFEST).expect("a manifest"));
    let sealed = |out: &Out, recording: &Recording| {
        let bag = stamped(recording.seal(&out.key, |m| m), &out.key, SEALED);
        recording.export(bag, &out.key, |chain| derived(&chain, original))
    };
    let bag = sealed(out, &copy(original));
    out.put(
        "good/redacted",
        "a redacted copy of good/closed: the witness is mute for a second, in which the court log has an entry less",
        &bag,
        &[],
    );
    let mut changed: MemoryBundle = bag.clone();
    let film = bundle::payload_path(COPY, &film_name(1));
    let content = changed.get_mut(&film).expect("the film");
    let middle = content.len() / 2;
    content[middle] ^= 1;
    out.put(
        "bad/redacted-flipped-byte-in-film",
        "one bit of the film of a redacted copy",
        &changed,
        &[(PayloadDigests, &film)],
    );
}

fn copy(original: Digest) -> Recording {
    let of = closed();
    let mut copy = Recording::new(COPY, Ended::Closed, &[1, 2], &[]);
    let witness = of.document.tracks.iter().find(|track| track.role == "witness");
    let witness = witness.expect("a witness");
    let orders = vec![Order {
        number: 7,
        reference: "R-7/2026".into(),
        reason: "To protect a test witness".into(),
        ordered_by: "Judge Test (not a judge)".into(),
        ordered_at: (SEALED - 1.hours()).into(),
        about: None,
        intervals: vec![Interval {
            segment: 1,
            kind: Kind::Mute,
            participant: Some(witness.participant),
            from_ms: 700,
            to_ms: 1_700,
        }],
        log_entries: Vec::new(),
    }];
    let mut entries = 0;
    let mut left_out = 0;
    copy.edit(bundle::COURT_LOG, |log| {
        let mut kept = String::new();
        for line in log.lines() {
            let entry: CourtLogEntry = serde_json::from_str(line).expect("an entry");
            let Some(entry) = redacted_entry(&entry, &orders) else {
                left_out += 1;
                continue;
            };
            entries += 1;
            let entry = CourtLogEntry {
                seq: entries,
                ..entry
            };
            kept.push_str(&ledger::line(&entry).expect("a line"));
        }
        kept
    });
    copy.document.court_log.entries = entries;
    let film = film();
    let redaction = RedactionDocument {
        schema: SCHEMA.into(),
        kind: KIND.into(),
        recording: COPY,
        derived_from: Original {
            recording: CLOSED,
            manifest_sha256: original,
            sealed_at: of.document.sealed_at,
        },
        orders,
        people: vec![ledger::Person {
            participant: witness.participant,
            name: witness.name.clone(),
            role: witness.role.clone(),
        }],
        margin_ms: MARGIN_MS,
        log_entries_left_out: left_out,
        films: vec![Film {
            file: film_name(1),
            bytes: film.len() as u64,
            sha256: Digest::of(&film),
        }],
        made_by: "Clerk Test (not a clerk)".into(),
        made_at: SEALED.into(),
    };
    copy.payload.insert(film_name(1), film);
    let redaction = redaction.to_bytes().expect("plain JSON");
    copy.payload.insert(bundle::REDACTION.into(), redaction);
    copy
}

/// The chain of custody of a copy begins with what it was derived from.
fn derived(chain: &str, original: Digest) -> String {
    let mut head = Head::EMPTY;
    let mut text = String::new();
    for line in chain.lines() {
        let entry: CustodyEntry = serde_json::from_str(line).expect("an entry");
        let (act, detail) = match entry.act {
            CustodyAct::Recorded => {
                let members = [
                    ("derived_from", Value::from(CLOSED.to_string())),
                    ("original_manifest_sha256", original.to_string().into()),
                    ("references", "R-7/2026".into()),
                ];
                let members = members.map(|(name, value)| (name.to_owned(), value));
                (CustodyAct::Derived, Map::from_iter(members))
            }
            act => (act, entry.detail),
        };
        let new = NewEntry {
            at: entry.at,
            act,
            by: &entry.by,
            detail,
        };
        let (line, next) = custody::append(head, &new).expect("a line");
        text.push_str(&line);
        head = next;
    }
    text
}

/// Six seconds of a plain picture and a tone that is silent for a while, as MP4; the same bytes each time.
fn film() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("film.mp4");
    let sound = "sine=frequency=440:duration=6,volume=volume=0:enable='between(t,0.5,1.9)'";
    let picture = "color=teal:size=64x48:rate=5:duration=6";
    let done = Command::new("ffmpeg")
        .args([
            "-v", "error", "-nostdin", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound,
        ])
        .args([
            "-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-pix_fmt", "yuv420p",
        ])
        .args([
            "-c:a",
            "aac",
            "-b:a",
            "16k",
            "-ac",
            "1",
            "-fflags",
            "+bitexact",
            "-flags",
            "+bitexact",
        ])
        .args(["-map_metadata", "-1", "-movflags", "+faststart"])
        .arg(&to)
        .status()
        .expect("ffmpeg runs");
    assert!(done.success());
    std::fs::read(to).expect("a film")
}
