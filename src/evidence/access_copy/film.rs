//! The film of a recording: segment after segment, then put together. Of a redacted copy, from the films that were sealed.

use super::graph::{self, Segment};
use super::mark::Mark;
use super::veil::Veil;
use super::{clear, ffmpeg, put_into_place, remove};
use crate::court::id::RecordingId;
use crate::evidence::Evidence;
use crate::evidence::envelope::Fifo;
use crate::evidence::error::{EvidenceError, blocking};
use crate::evidence::reading::lines_of;
use crate::evidence::sealing::{Bag, on_record_ms};
use crate::seal::bundle;
use crate::seal::ledger::Gap;
use crate::seal::redaction::Order;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use tokio_util::sync::CancellationToken;

/// Folder of the pipes in the workshop.
const PIPES: &str = "pipes";
/// The segment that is being made; a complete one has its own name.
const PART: &str = "part.mp4";
/// All of it.
const WHOLE: &str = "whole.mp4";

/// A film to be made.
pub(super) struct Film<'a> {
    /// Of what.
    pub recording: RecordingId,
    /// Where.
    pub workshop: &'a Path,
    /// What is written over every picture.
    pub mark: Option<&'a Mark>,
    /// What is taken out.
    pub orders: &'a [Order],
    /// How far it has come.
    pub percent: &'a AtomicU8,
    /// Calls it off.
    pub cancel: &'a CancellationToken,
}

impl Film<'_> {
    /// The last hundredth is for putting the parts together.
    fn tell(&self, done_ms: u64, total_ms: u64) {
        let part = done_ms.saturating_mul(99) / total_ms.max(1);
        let percent = u8::try_from(part.min(99)).unwrap_or(99);
        self.percent.store(percent, Ordering::Relaxed);
    }
}

impl Evidence {
    /// Makes the film in its workshop, from where an earlier attempt left it, and says where it lies.
    pub(super) async fn film(&self, film: &Film<'_>) -> Result<PathBuf, EvidenceError> {
        if film.mark.is_some() && graph::font().is_none() {
            // Nothing is released without its mark.
            return Err(EvidenceError::Ffmpeg(
                "there is no font on this machine to write the mark with".into(),
            ));
        }
        let bag = self.bag(film.recording)?;
        let redaction = blocking(move || bag.redaction()).await?;
        let (parts, total_ms) = match redaction {
            None => self.film_segments(film).await?,
            Some(redaction) => {
                let films = redaction.films.into_iter().map(|film| film.file).collect();
                self.film_films(film, films).await?
            }
        };
        if parts.is_empty() {
            return Err(EvidenceError::Ffmpeg("there is nothing on record".into()));
        }
        let (workshop, whole) = (film.workshop, film.workshop.join(WHOLE));
        remove(&whole)?;
        let path = workshop.join("list.txt");
        let list: String = parts.iter().map(|part| format!("file '{part}'\n")).collect();
        tokio::fs::write(&path, list)
            .await
            .map_err(EvidenceError::io(&path))?;
        let arguments = graph::join("list.txt", WHOLE);
        ffmpeg::run(workshop, &[], &arguments, total_ms, film.cancel, |_| ()).await?;
        Ok(whole)
    }

    /// The segments of a recording, each as a film.
    async fn film_segments(&self, film: &Film<'_>) -> Result<(Vec<String>, u64), EvidenceError> {
        let bag = self.bag(film.recording)?;
        let (document, gaps) =
            blocking(move || Ok((bag.document()?, lines_of::<Gap>(&bag, bundle::GAPS)?))).await?;
        let total_ms = on_record_ms(&document).max(1);
        let (mut done_ms, mut parts) = (0, Vec::new());
        for listed in &document.segments {
            // Asked for each part anew: it may be put into envelopes meanwhile.
            let bag = self.bag(film.recording)?;
            let payload = payload_of(&bag, film.workshop);
            let veil = Veil::new(film.orders, listed.segment);
            let segment = Segment::new(&document, listed, &gaps, &payload, veil);
            if segment.is_too_short() {
                continue;
            }
            let texts = segment.texts().into_iter().chain(film.mark.map(Mark::text));
            for (name, text) in texts {
                let path = film.workshop.join(name);
                tokio::fs::write(&path, text)
                    .await
                    .map_err(EvidenceError::io(&path))?;
            }
            let tracks = document
                .tracks
                .iter()
                .filter(|track| track.segment == listed.segment);
            let part = Part {
                bag,
                payload: &payload,
                files: tracks.map(|track| track.file.clone()).collect(),
                arguments: segment.arguments(graph::font(), film.mark, PART),
                output: format!("segment-{:03}.mp4", listed.segment),
                length_ms: listed.duration_ms,
                done_ms,
                total_ms,
            };
            parts.push(part.output.clone());
            part.make(film).await?;
            done_ms += listed.duration_ms;
        }
        Ok((parts, total_ms))
    }

    /// The films that were sealed, with the mark if there is one.
    async fn film_films(
        &self,
        film: &Film<'_>,
        films: Vec<String>,
    ) -> Result<(Vec<String>, u64), EvidenceError> {
        let bag = self.bag(film.recording)?;
        let document = blocking(move || bag.document()).await?;
        let total_ms = on_record_ms(&document).max(1);
        if let Some((name, text)) = film.mark.map(Mark::text) {
            let path = film.workshop.join(name);
            tokio::fs::write(&path, text)
                .await
                .map_err(EvidenceError::io(&path))?;
        }
        let count = films.len() as u64;
        let mut parts = Vec::new();
        for (number, file) in (0u64..).zip(films) {
            let bag = self.bag(film.recording)?;
            let payload = payload_of(&bag, film.workshop);
            let part = Part {
                bag,
                payload: &payload,
                arguments: graph::again(&payload.join(&file), graph::font(), film.mark, PART),
                output: file.clone(),
                files: vec![file],
                // How long each is is not known before it is read: together they are as long as the recording.
                length_ms: total_ms,
                done_ms: total_ms * number / count.max(1),
                total_ms,
            };
            parts.push(part.output.clone());
            part.make(film).await?;
        }
        Ok((parts, total_ms))
    }
}

/// A part of a film.
struct Part<'a> {
    bag: Bag,
    /// Where FFmpeg reads.
    payload: &'a Path,
    /// What it reads.
    files: Vec<String>,
    arguments: Vec<String>,
    output: String,
    length_ms: u64,
    done_ms: u64,
    total_ms: u64,
}

impl Part<'_> {
    /// Makes it, unless an earlier attempt did.
    async fn make(self, film: &Film<'_>) -> Result<(), EvidenceError> {
        let (complete, part) = (film.workshop.join(&self.output), film.workshop.join(PART));
        if complete.is_file() {
            return Ok(());
        }
        remove(&part)?;
        let observe = |out_ms: u64| film.tell(self.done_ms + out_ms.min(self.length_ms), self.total_ms);
        let (bag, files, dir) = (self.bag, self.files, self.payload.to_path_buf());
        let pipes = blocking(move || match bag.is_enclosed() {
            true => pipes(&bag, &files, &dir),
            false => Ok(Vec::new()),
        })
        .await?;
        let run = ffmpeg::run(
            film.workshop,
            &[self.payload],
            &self.arguments,
            self.length_ms,
            film.cancel,
            observe,
        )
        .await;
        blocking(move || {
            // Their writers end with the reader.
            drop(pipes);
            run?;
            put_into_place(&part, &complete)
        })
        .await
    }
}

fn payload_of(bag: &Bag, workshop: &Path) -> PathBuf {
    match bag.is_enclosed() {
        true => workshop.join(PIPES),
        false => bag.payload.clone(),
    }
}

/// A pipe for each file of a part: what lies in envelopes comes to FFmpeg without coming onto the disk in clear. (The copy itself
/// lies in clear.)
fn pipes(bag: &Bag, files: &[String], folder: &Path) -> Result<Vec<Fifo>, EvidenceError> {
    // A crash may have left some.
    clear(folder)?;
    files
        .iter()
        .map(|file| Fifo::new(folder.join(file), bag.payload_file(file)?.0))
        .collect()
}
