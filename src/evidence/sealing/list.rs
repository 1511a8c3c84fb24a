//! Second step: the manifest, and what makes the folder a bag (RFC 8493).

use super::Bag;
use crate::evidence::durable;
use crate::evidence::error::EvidenceError;
use crate::seal::bundle::{self, BagInfo};
use crate::seal::digest;
use crate::seal::document::SealDocument;
use crate::seal::manifest::Manifest;
use std::collections::BTreeMap;
use std::fs::File;

/// Writes `manifest-sha256.txt`, `bag-info.txt` and `bagit.txt`.
pub(super) fn write(bag: &Bag) -> Result<(), EvidenceError> {
    let document = bag.document()?;
    let (manifest, bytes) = manifest(bag, &document)?;
    let info = bundle::bag_info(&BagInfo {
        organisation: &document.sealed_by.organisation,
        case_reference: &document.case.reference,
        hearing_title: &document.hearing.title,
        recording: document.recording,
        bagged_at: document.sealed_at,
        payload_bytes: bytes,
        payload_files: manifest.len() as u64,
        software: &document.sealed_by.software,
    });
    bag.write(&bag.root.join(bundle::BAGIT), bundle::BAGIT_TEXT.as_bytes())?;
    bag.write(&bag.root.join(bundle::BAG_INFO), info.as_bytes())?;
    bag.write(&bag.root.join(bundle::MANIFEST), manifest.to_string().as_bytes())
}

/// The manifest of everything below `data/`, and how many bytes that is.
fn manifest(bag: &Bag, document: &SealDocument) -> Result<(Manifest, u64), EvidenceError> {
    let mut tracks: BTreeMap<String, _> = document
        .tracks
        .iter()
        .map(|track| (bundle::payload_path(document.recording, &track.file), track))
        .collect();
    let mut manifest = Manifest::new();
    let mut bytes: u64 = 0;
    for file in durable::walk(&bag.root.join("data"))? {
        if file.is_folder {
            continue;
        }
        let path = format!("data/{}", file.path);
        bytes = bytes.saturating_add(file.bytes);
        let digest = match tracks.remove(&path) {
            Some(track) if track.bytes == file.bytes => track.sha256,
            Some(track) => {
                return Err(EvidenceError::Changed {
                    why: format!("it has {} bytes and was written with {}", file.bytes, track.bytes),
                    file: path,
                });
            }
            // Small: ledgers, log and seal.json. And what nobody expected, which is sealed as found.
            None => {
                File::open(&file.full)
                    .and_then(digest::of_stream)
                    .map_err(EvidenceError::io(&file.full))?
                    .0
            }
        };
        manifest.insert(&path, digest)?;
    }
    match tracks.into_keys().next() {
        Some(file) => Err(EvidenceError::Changed {
            file,
            why: "it was written and is gone".into(),
        }),
        None => Ok((manifest, bytes)),
    }
}
