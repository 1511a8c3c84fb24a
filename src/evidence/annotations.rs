//! Notes that somebody makes at a moment of a recording after it was sealed. Nothing of what is sealed is touched: a note is an
//! entry of the chain of custody, which is chained by hashes and signed when a bundle is handed out.

use super::Evidence;
use super::error::EvidenceError;
use crate::court::id::RecordingId;
use crate::seal::custody::{CustodyAct, CustodyEntry};
use serde_json::{Map, Value, json};

/// Longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 500;

/// A note at a moment of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Which segment.
    pub segment: u32,
    /// Milliseconds from the segment's start.
    pub at_ms: u64,
    /// The note.
    pub text: String,
}

/// Why a note cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnnotationError {
    /// There is nothing in it, or too much.
    #[error("a note has 1 to {NOTE_CHARS_MAX} characters")]
    Length,
    /// It has characters that are no text.
    #[error("a note is a line of text")]
    NotText,
    /// The recording has no such moment.
    #[error("the recording has no such moment")]
    NoMoment,
}

impl Annotation {
    /// The note that an entry of the chain of custody holds.
    pub fn of(entry: &CustodyEntry) -> Option<Self> {
        if entry.act != CustodyAct::Annotated {
            return None;
        }
        let text = |member: &str| entry.detail.get(member).and_then(Value::as_str);
        Some(Self {
            segment: text("segment")?.parse().ok()?,
            at_ms: text("media_ms")?.parse().ok()?,
            text: text("text")?.to_owned(),
        })
    }

    fn detail(&self) -> Map<String, Value> {
        super::custody::members([
            ("segment", json!(self.segment.to_string())),
            ("media_ms", json!(self.at_ms.to_string())),
            ("text", json!(self.text)),
        ])
    }
}

impl Evidence {
    /// Adds a note to a sealed recording; gives the number of its entry. Nobody changes or removes it: who was wrong adds
    /// another.
    pub async fn annotate(
        &self,
        recording: RecordingId,
        by: &str,
        note: Annotation,
    ) -> Result<Result<u64, AnnotationError>, EvidenceError> {
        let described = self
            .describe(recording)
            .await?
            .ok_or(EvidenceError::NotFound("recording"))?;
        let text = note.text.trim();
        let why = if text.is_empty() || text.chars().count() > NOTE_CHARS_MAX {
            Some(AnnotationError::Length)
        } else if text.chars().any(char::is_control) {
            Some(AnnotationError::NotText)
        } else {
            let segments = &described.seal.segments;
            let has = segments
                .iter()
                .any(|s| s.segment == note.segment && note.at_ms <= s.duration_ms);
            (!has).then_some(AnnotationError::NoMoment)
        };
        if let Some(why) = why {
            return Ok(Err(why));
        }
        let note = Annotation {
            text: text.to_owned(),
            ..note
        };
        let seq = self
            .append_custody(recording, CustodyAct::Annotated, by, note.detail())
            .await?;
        Ok(Ok(seq))
    }
}
