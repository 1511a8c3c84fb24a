//! The chain of custody in the words of CASE and UCO, as JSON-LD: the terms that forensic tools exchange
//! (Cyber-investigation Analysis Standard Expression 1.4, <https://caseontology.org>).
//!
//! Each entry of the ledger is an investigative action on the exhibit; the exhibit is the sealed recording, with the
//! digests of its files. The graph is a translation: what proves is the bundle that it was made of.

use super::custody::CustodyEntry;
use super::digest::Digest;
use super::document::{SealDocument, Track};
use super::timestamp::Timestamp;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the graph is made of: a bundle that was verified.
#[derive(Debug, Clone, Copy)]
pub struct Exhibit<'a> {
    /// `seal.json`
    pub seal: &'a SealDocument,
    /// Digest of the signed manifest.
    pub manifest_sha256: Digest,
    /// The chain of custody, from its first entry on.
    pub custody: &'a [CustodyEntry],
}

/// The graph. The same exhibit gives the same graph, on every computer.
pub fn graph(exhibit: &Exhibit<'_>) -> Value {
    let Exhibit { seal, custody, .. } = exhibit;
    let names = Names::new(seal, custody);
    let mut objects = vec![organisation(seal), software(seal), manifest(exhibit)];
    objects.extend(names.persons());
    objects.extend(seal.tracks.iter().enumerate().map(|(i, track)| file(i, track)));
    objects.push(exhibit_record(seal));
    objects.extend(custody.iter().map(|entry| action(entry, &names)));
    let members: Vec<Value> = objects
        .iter()
        .filter_map(|object| Some(json!({ "@id": object.get("@id")? })))
        .collect();
    objects.push(json!({
        "@id": "kb:investigation",
        "@type": "investigation:Investigation",
        "uco-core:name": seal.case.reference,
        "uco-core:description": [seal.case.title],
        "uco-core:object": members,
    }));
    objects
        .iter_mut()
        .for_each(|object| identify(object, seal.recording));
    json!({
        "@context": {
            "kb": format!("urn:uuid:{}#", seal.recording),
            "investigation": "https://ontology.caseontology.org/case/investigation/",
            "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
            "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
            "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
            "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
            "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
            "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@graph": objects,
    })
}

/// The UUID of a name in the recording's namespace (version 5, RFC 9562 section 5.5). SHA-1 is what that version has; nothing
/// is proved by it.
fn named(recording: Uuid, name: &str) -> Uuid {
    let mut sha1 = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    sha1.update(recording.as_bytes());
    sha1.update(name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(sha1.finish().as_ref().split_at(16).0);
    uuid::Builder::from_sha1_bytes(bytes).into_uuid()
}

/// Gives every name in the graph a UUID at its end, as UCO wants it: one that follows from the recording and the name.
fn identify(value: &mut Value, recording: Uuid) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(id) if name == "@id" => {
                        let uuid = named(recording, id);
                        id.push_str(&format!("-{uuid}"));
                    }
                    other => identify(other, recording),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| identify(item, recording)),
        _ => {}
    }
}

const EXHIBIT: &str = "kb:exhibit";
const SOFTWARE: &str = "kb:software";
const MANIFEST: &str = "kb:manifest";

/// Who acted, each with a name in the graph.
struct Names<'a> {
    persons: BTreeMap<&'a str, usize>,
    software: &'a str,
}

impl<'a> Names<'a> {
    fn new(seal: &'a SealDocument, custody: &'a [CustodyEntry]) -> Self {
        // The ledger names the software without its version.
        let software = seal.sealed_by.software.split('/').next().unwrap_or_default();
        let mut persons = BTreeMap::new();
        for entry in custody.iter().filter(|entry| entry.by != software) {
            let next = persons.len() + 1;
            persons.entry(entry.by.as_str()).or_insert(next);
        }
        Self { persons, software }
    }

    fn persons(&self) -> impl Iterator<Item = Value> + '_ {
        self.persons.iter().map(|(name, number)| {
            json!({
                "@id": format!("kb:identity-{number}"),
                "@type": "uco-identity:Identity",
                "uco-core:name": name,
            })
        })
    }

    /// Performer and instrument: a person acts with the software; where none did, the court acted by it.
    fn performer(&self, by: &str) -> String {
        match self.persons.get(by) {
            Some(number) if by != self.software => format!("kb:identity-{number}"),
            _ => "kb:organisation".into(),
        }
    }
}

fn organisation(seal: &SealDocument) -> Value {
    json!({
        "@id": "kb:organisation",
        "@type": "uco-identity:Organization",
        "uco-core:name": seal.sealed_by.organisation,
    })
}

fn software(seal: &SealDocument) -> Value {
    let (name, version) = seal
        .sealed_by
        .software
        .split_once('/')
        .unwrap_or((seal.sealed_by.software.as_str(), ""));
    json!({
        "@id": SOFTWARE,
        "@type": "uco-tool:Tool",
        "uco-core:name": name,
        "uco-tool:version": version,
    })
}

/// The signed list of every file: its digest is that of the whole recording.
fn manifest(exhibit: &Exhibit<'_>) -> Value {
    json!({
        "@id": MANIFEST,
        "@type": "uco-observable:ObservableObject",
        "uco-core:description": ["The signed list of the digests of every file of the recording"],
        "uco-core:hasFacet": [
            {
                "@id": "kb:manifest-file",
                "@type": "uco-observable:FileFacet",
                "uco-observable:fileName": super::bundle::MANIFEST,
            },
            content("kb:manifest-content", exhibit.manifest_sha256),
        ],
    })
}

fn content(id: &str, sha256: Digest) -> Value {
    json!({
        "@id": id,
        "@type": "uco-observable:ContentDataFacet",
        "uco-observable:hash": {
            "@id": format!("{id}-hash"),
            "@type": "uco-types:Hash",
            "uco-types:hashMethod": "SHA256",
            "uco-types:hashValue": { "@type": "xsd:hexBinary", "@value": sha256.to_string() },
        },
    })
}

fn file(index: usize, track: &Track) -> Value {
    let name = track.file.rsplit('/').next().unwrap_or(&track.file);
    json!({
        "@id": format!("kb:track-{index}"),
        "@type": "uco-observable:ObservableObject",
        "uco-core:description": [format!("{} of {} ({})", track.source, track.name, track.role)],
        "uco-core:hasFacet": [
            {
                "@id": format!("kb:track-{index}-file"),
                "@type": "uco-observable:FileFacet",
                "uco-observable:fileName": name,
                "uco-observable:filePath": track.file,
                "uco-observable:sizeInBytes": { "@type": "xsd:integer", "@value": track.bytes.to_string() },
            },
            content(&format!("kb:track-{index}-content"), track.sha256),
        ],
    })
}

/// The exhibit: the recording with all that belongs to it.
fn exhibit_record(seal: &SealDocument) -> Value {
    let files = (0..seal.tracks.len()).map(|i| format!("kb:track-{i}"));
    let objects: Vec<Value> = std::iter::once(MANIFEST.to_owned())
        .chain(files)
        .map(|id| json!({ "@id": id }))
        .collect();
    json!({
        "@id": EXHIBIT,
        "@type": "investigation:ProvenanceRecord",
        "uco-core:name": seal.hearing.title,
        "uco-core:description": ["The sealed recording of a hearing"],
        "investigation:exhibitNumber": seal.recording.to_string(),
        "uco-core:object": objects,
    })
}

fn date_time(at: Timestamp) -> Value {
    json!({ "@type": "xsd:dateTime", "@value": at.to_string() })
}

fn action(entry: &CustodyEntry, names: &Names<'_>) -> Value {
    let mut said = vec![format!(
        "Entry {} of custody.jsonl, hash {}",
        entry.seq, entry.hash
    )];
    said.extend(entry.detail.iter().map(|(name, value)| match value {
        Value::String(text) => format!("{name}: {text}"),
        other => format!("{name}: {other}"),
    }));
    json!({
        "@id": format!("kb:entry-{}", entry.seq),
        "@type": "investigation:InvestigativeAction",
        "uco-core:name": entry.act.name(),
        "uco-core:description": said,
        "uco-action:startTime": date_time(entry.at),
        "uco-action:performer": { "@id": names.performer(&entry.by) },
        "uco-action:instrument": [{ "@id": SOFTWARE }],
        "uco-action:object": [{ "@id": EXHIBIT }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Python has it: `uuid.uuid5(recording, "kb:organisation")`.
    #[test]
    fn names_are_version_5_of_the_recordings_namespace() {
        let recording = Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00a1);
        let mut value = json!([{ "@id": "kb:organisation", "other": { "@id": "kb:organisation" } }]);
        identify(&mut value, recording);
        let name = "kb:organisation-75a4974d-ca3b-56ab-8bac-d22398615c32";
        assert_eq!(value, json!([{ "@id": name, "other": { "@id": name } }]));
    }
}
