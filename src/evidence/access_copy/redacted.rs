//! A redacted copy: the film without what was ordered to be taken out, sealed as a recording of its own. The original is read and
//! otherwise left as it is.

use super::film::Film;
use super::{CopyOf, ffmpeg, graph, put_into_place};
use crate::court::id::RecordingId;
use crate::evidence::custody::members;
use crate::evidence::durable;
use crate::evidence::error::{EvidenceError, blocking};
use crate::evidence::reading::lines_of;
use crate::evidence::sealing::{Bag, on_record_ms, remove_folder, unix_ms};
use crate::evidence::{Evidence, SOFTWARE};
use crate::seal::bundle;
use crate::seal::digest::{self, Digest};
use crate::seal::document::{CourtLog, Ended, FragmentLedger, GapLedger, SealDocument, SealedBy};
use crate::seal::fragments;
use crate::seal::ledger::{self, CourtLogEntry, Person};
use crate::seal::redaction::{
    self, MARGIN_MS, Order, Original, RedactionDocument, film_name, redacted_entry,
};
use crate::seal::timestamp::Timestamp;
use crate::store::people::Participant;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use uuid::Uuid;

/// A film that is larger is split, for a bundle may have no file of more than a gibibyte that is no track.
const FILM_BYTES_MAX: u64 = 900 << 20;
/// About how large the pieces are then: 400 MiB. At the rate of pictures and sound that [`graph`] allows, one that is twice as large fits.
const PIECE_OF_MAX: (u64, u64) = (4, 9);

/// What is taken out of which recording, and what the copy will be called. Kept in the workshop: a restart makes the same copy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::evidence) struct Redacting {
    /// The recording.
    pub original: RecordingId,
    /// The recording that the copy will be.
    pub derivative: RecordingId,
    /// The identifiers of the orders.
    pub ids: Vec<Uuid>,
    /// The same orders.
    pub orders: Vec<Order>,
}

impl Redacting {
    /// What the chain of custody of the original says of it.
    pub(super) fn detail(&self) -> Map<String, Value> {
        let numbers: Vec<String> = self.orders.iter().map(|order| order.number.to_string()).collect();
        members([
            ("derivative", json!(self.derivative.to_string())),
            ("orders", json!(numbers)),
        ])
    }
}

impl Evidence {
    /// Splits films of redacted copies that are larger than this, in place of those over 900 MiB, which is also the most that may be
    /// set. To be called once, before any is made; later calls change nothing.
    pub fn split_redacted_films(&self, over_bytes: u64) {
        let _ = self.inner.films_split_over.set(over_bytes.min(FILM_BYTES_MAX));
    }

    /// Makes the film, and of it a recording that is sealed and attached to the case. Gives the digest of its manifest, and the size
    /// of the film.
    pub(super) async fn make_redacted(
        &self,
        film: &Film<'_>,
        redacting: &Redacting,
        by: &str,
    ) -> Result<(Digest, u64), EvidenceError> {
        let derivative = redacting.derivative;
        // Sealing was begun, and broken off before its end was entered.
        if self.store().recording(derivative).await?.is_none() {
            let made = self.fill(film, redacting, by).await;
            if made.is_err() && self.store().recording(derivative).await?.is_none() {
                let left = self.spool_dir(derivative);
                blocking(move || remove_folder(&left)).await?;
            }
            made?;
        }
        let sealed = self.finish_sealing(derivative).await?;
        let (whole, copy) = (
            film.workshop.join("whole.mp4"),
            self.copy_path(CopyOf::Court(derivative)),
        );
        let bytes = blocking(move || {
            // What was sealed is the same film: whoever watches the copy need not have it made anew.
            if whole.is_file() {
                put_into_place(&whole, &copy)?;
            }
            match fs::metadata(&copy) {
                Ok(meta) => Ok(meta.len()),
                Err(_) => Ok(0),
            }
        })
        .await?;
        Ok((sealed.manifest_sha256, bytes))
    }

    fn films_split_over(&self) -> u64 {
        let set = self.inner.films_split_over.get().copied();
        set.unwrap_or(FILM_BYTES_MAX)
    }

    /// Writes the folder that is to be sealed, and its row.
    async fn fill(&self, film: &Film<'_>, redacting: &Redacting, by: &str) -> Result<(), EvidenceError> {
        let whole = self.film(film).await?;
        let original = self.row(redacting.original).await?;
        let bag = self.bag(redacting.original)?;
        let document = blocking(move || bag.document()).await?;
        // An order about another recording of the hearing may name people of whom this one has nothing.
        let in_court = self.store().participants(original.hearing_id).await?;
        let films = split(film, &whole, on_record_ms(&document), self.films_split_over()).await?;
        let spool = self.spool_dir(redacting.derivative);
        let (bag, to) = (
            self.bag(redacting.original)?,
            Bag::new(spool, redacting.derivative),
        );
        let now = OffsetDateTime::now_utc();
        let (redacting_, by, organisation) =
            (redacting.clone(), by.to_owned(), self.inner.organisation.clone());
        blocking(move || {
            let by = By {
                person: by,
                organisation,
                at: Timestamp::new(now),
            };
            write(&bag, &to, &redacting_, &films, &in_court, by)
        })
        .await?;
        self.store()
            .create_derivative(redacting.derivative, &original, &redacting.ids, unix_ms(now))
            .await?;
        Ok(())
    }
}

/// The films to be sealed: the whole, or pieces of it where that would be too large.
async fn split(
    film: &Film<'_>,
    whole: &Path,
    length_ms: u64,
    over_bytes: u64,
) -> Result<Vec<PathBuf>, EvidenceError> {
    let bytes = fs::metadata(whole).map_err(EvidenceError::io(whole))?.len();
    if bytes <= over_bytes {
        return Ok(vec![whole.to_path_buf()]);
    }
    let (part, of) = PIECE_OF_MAX;
    let pieces = bytes.div_ceil((over_bytes / of * part).max(1));
    let arguments = graph::split("whole.mp4", length_ms / 1000 / pieces, "film-%03d.mp4");
    ffmpeg::run(film.workshop, &[], &arguments, length_ms, film.cancel, |_| ()).await?;
    let pieces = (1..).map(|number| film.workshop.join(film_name(number)));
    let pieces: Vec<PathBuf> = pieces.take_while(|path| path.is_file()).collect();
    for piece in &pieces {
        let bytes = fs::metadata(piece).map_err(EvidenceError::io(piece))?.len();
        if bytes > bundle::PAYLOAD_BYTES_MAX {
            return Err(EvidenceError::Ffmpeg(
                "a piece of the film is too large to be sealed".into(),
            ));
        }
    }
    Ok(pieces)
}

/// Who makes a copy, and when.
struct By {
    person: String,
    organisation: String,
    at: Timestamp,
}

/// Writes everything that is to be sealed below `data/`, `seal.json` last: with it in place the copy is settled.
fn write(
    original: &Bag,
    to: &Bag,
    redacting: &Redacting,
    films: &[PathBuf],
    in_court: &[Participant],
    by: By,
) -> Result<(), EvidenceError> {
    // What an earlier attempt left.
    remove_folder(&to.root)?;
    durable::create_folder_for_good(&to.payload, 3)?;
    let of = original.document()?;
    let mut listed = Vec::new();
    for (film, number) in films.iter().zip(1..) {
        listed.push(take(film, &to.payload, number)?);
    }
    let log = lines_of::<CourtLogEntry>(original, bundle::COURT_LOG)?;
    let left: Vec<CourtLogEntry> = log
        .iter()
        .filter_map(|entry| redacted_entry(entry, &redacting.orders))
        .zip(1..)
        // A log has no hole in its numbers.
        .map(|(entry, seq)| CourtLogEntry { seq, ..entry })
        .collect();
    let not_json = |what: &'static str| {
        move |source| EvidenceError::Json {
            what: what.into(),
            source,
        }
    };
    let redaction = RedactionDocument {
        schema: redaction::SCHEMA.into(),
        kind: redaction::KIND.into(),
        recording: redacting.derivative.0,
        derived_from: Original {
            recording: of.recording,
            manifest_sha256: Digest::of(&original.manifest()?),
            sealed_at: of.sealed_at,
        },
        orders: redacting.orders.clone(),
        people: people(&of, &redacting.orders, in_court),
        margin_ms: MARGIN_MS,
        log_entries_left_out: log.len().saturating_sub(left.len()) as u64,
        films: listed,
        made_by: by.person,
        made_at: by.at,
    };
    let document = SealDocument {
        recording: redacting.derivative.0,
        ended: Ended::Closed,
        previous: None,
        tracks: Vec::new(),
        fragments: FragmentLedger {
            file: bundle::FRAGMENTS.into(),
            count: 0,
            head: Digest::ZERO,
        },
        gaps: GapLedger {
            file: bundle::GAPS.into(),
            count: 0,
        },
        court_log: CourtLog {
            file: bundle::COURT_LOG.into(),
            entries: left.len() as u64,
        },
        sealed_at: by.at,
        sealed_by: SealedBy {
            software: SOFTWARE.into(),
            organisation: by.organisation,
        },
        ..of
    };
    let lines = left.iter().map(ledger::line).collect::<Result<String, _>>();
    let files = [
        (
            bundle::COURT_LOG,
            lines.map_err(not_json(bundle::COURT_LOG))?.into_bytes(),
        ),
        (bundle::GAPS, Vec::new()),
        (bundle::FRAGMENTS, format!("{}\n", fragments::HEADER).into_bytes()),
        (
            bundle::REDACTION,
            redaction.to_bytes().map_err(not_json(bundle::REDACTION))?,
        ),
        (
            bundle::SEAL_DOCUMENT,
            document.to_bytes().map_err(not_json(bundle::SEAL_DOCUMENT))?,
        ),
    ];
    for (name, content) in files {
        to.write(&to.payload.join(name), &content)?;
    }
    Ok(())
}

/// Whoever is named in an interval, as the sealed recording calls them; as the court lists them where it has nothing of them.
fn people(of: &SealDocument, orders: &[Order], listed: &[Participant]) -> Vec<Person> {
    let intervals = orders.iter().flat_map(|order| &order.intervals);
    let named: BTreeSet<Uuid> = intervals.filter_map(|interval| interval.participant).collect();
    let sealed = |id: Uuid| {
        let track = of.tracks.iter().find(|track| track.participant == id)?;
        Some((track.name.clone(), track.role.clone()))
    };
    let in_court = |id: Uuid| {
        let listed = listed.iter().find(|listed| listed.id.0 == id)?;
        Some((listed.name.clone(), listed.role.name().to_owned()))
    };
    let person = |participant: Uuid| {
        let (name, role) = sealed(participant).or_else(|| in_court(participant))?;
        Some(Person {
            participant,
            name,
            role,
        })
    };
    named.into_iter().filter_map(person).collect()
}

/// Copies a film to where it is sealed: the workshop may be on another disk.
fn take(film: &Path, payload: &Path, number: usize) -> Result<redaction::Film, EvidenceError> {
    let file = film_name(number);
    let to = payload.join(&file);
    fs::copy(film, &to).map_err(EvidenceError::io(&to))?;
    let kept = File::open(&to).and_then(|kept| kept.sync_all().map(|()| kept));
    let (sha256, bytes) = kept.and_then(digest::of_stream).map_err(EvidenceError::io(&to))?;
    durable::sync_folder(payload)?;
    Ok(redaction::Film { file, bytes, sha256 })
}
