//! First step: what was recorded, in words and numbers.

use super::Bag;
use crate::court::id::ParticipantId;
use crate::evidence::durable;
use crate::evidence::error::EvidenceError;
use crate::evidence::facts::CaseFacts;
use crate::recorder::{self, RecordingSummary, TrackSummary};
use crate::seal::bundle;
use crate::seal::digest::Digest;
use crate::seal::document::{
    CaseSummary, CourtLog, Ended, FragmentLedger, GapLedger, HearingSummary, SCHEMA, SealDocument, SealedBy,
    Segment, Track,
};
use crate::seal::ledger::CourtLogEntry;
use crate::seal::timestamp::Timestamp;
use std::io;
use std::path::Path;
use time::OffsetDateTime;

/// `seal.json` of a recording.
pub(super) fn document(
    summary: &RecordingSummary,
    facts: &CaseFacts,
    sealed_by: SealedBy,
    now: OffsetDateTime,
) -> Result<SealDocument, EvidenceError> {
    let mut tracks = summary
        .tracks
        .iter()
        .map(|track| track_of(track, facts))
        .collect::<Result<Vec<_>, _>>()?;
    tracks.sort_by(|a, b| a.file.cmp(&b.file));
    let head: Digest = summary
        .fragments
        .head_hex
        .parse()
        .map_err(|_| EvidenceError::Changed {
            file: bundle::FRAGMENTS.into(),
            why: "the head of its chain is not a digest".into(),
        })?;
    Ok(SealDocument {
        schema: SCHEMA.into(),
        recording: summary.recording,
        case: CaseSummary {
            id: facts.case.id.0,
            reference: facts.case.reference.clone(),
            title: facts.case.title.clone(),
        },
        hearing: HearingSummary {
            id: facts.hearing.id.0,
            title: facts.hearing.title.clone(),
            listed_for: Timestamp::new(of_unix_ms(facts.hearing.listed_for)),
        },
        ended: match summary.ended {
            recorder::Ended::Closed => Ended::Closed,
            recorder::Ended::Crash => Ended::Crash,
        },
        previous: facts.previous.clone(),
        segments: summary
            .segments
            .iter()
            .map(|segment| Segment {
                segment: segment.segment,
                started_at: segment.started_at.into(),
                ended_at: segment.ended_at.into(),
                duration_ms: segment.duration_ms,
            })
            .collect(),
        tracks,
        fragments: FragmentLedger {
            file: bundle::FRAGMENTS.into(),
            count: summary.fragments.count,
            head,
        },
        gaps: GapLedger {
            file: bundle::GAPS.into(),
            count: summary.gaps,
        },
        court_log: CourtLog {
            file: bundle::COURT_LOG.into(),
            entries: facts.court_log.len() as u64,
        },
        sealed_at: now.into(),
        sealed_by,
    })
}

fn track_of(track: &TrackSummary, facts: &CaseFacts) -> Result<Track, EvidenceError> {
    let person = facts
        .participant(ParticipantId(track.participant))
        .ok_or_else(|| EvidenceError::UnknownParticipant {
            file: track.file.clone(),
            participant: track.participant,
        })?;
    Ok(Track {
        file: track.file.clone(),
        participant: track.participant,
        name: person.name.clone(),
        role: person.role.name().into(),
        source: track.source.name().into(),
        codec: track.codec.name().into(),
        segment: track.segment,
        bytes: track.bytes,
        sha256: Digest(track.sha256),
        duration_ms: track.duration_ms,
        width: track.width,
        height: track.height,
        packets: track.packets,
        lost: track.lost,
        tail_bytes: track.tail_bytes,
    })
}

/// The last millisecond that a timestamp of the format can name: the year has four digits.
const LAST_MS: i64 = 253_402_300_799_999;

fn of_unix_ms(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms.clamp(0, LAST_MS)) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Writes `court-log.jsonl`, then `seal.json`.
pub(super) fn write(bag: &Bag, facts: &CaseFacts, document: &SealDocument) -> Result<(), EvidenceError> {
    let mut log = String::new();
    for line in &facts.court_log {
        if let Err(why) = serde_json::from_str::<CourtLogEntry>(line) {
            // Sealed as it stands: to hold back a recording for a line of its log would be worse.
            tracing::error!(recording = %document.recording, %why, "an entry of the court log is not in its form");
        }
        // A line feed inside JSON text can only be white space between its parts.
        log.push_str(&line.replace(['\n', '\r'], " "));
        log.push('\n');
    }
    bag.write(&bag.payload.join(bundle::COURT_LOG), log.as_bytes())?;
    let json = |source| EvidenceError::Json {
        what: bundle::SEAL_DOCUMENT.into(),
        source,
    };
    let bytes = document.to_bytes().map_err(json)?;
    // Everything after the commit point starts from these bytes: they must be readable before they count.
    SealDocument::parse(&bytes).map_err(json)?;
    // A commit point: with this file in place the recording is settled. A crash before it means that the recorder's
    // folder is read again at the next start; after it, that the later steps go on from this file.
    bag.write(&bag.payload.join(bundle::SEAL_DOCUMENT), &bytes)
}

/// The recorder's working notes are no evidence: all they say is in `seal.json` and `gaps.jsonl` by now. They are kept
/// apart, for whoever has to look into a failure.
pub(super) fn put_notes_away(bag: &Bag, notes: &Path) -> Result<(), EvidenceError> {
    let from = bag.payload.join("segments.jsonl");
    match std::fs::rename(&from, notes) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        // On another disk, also when there is nothing. What a crash leaves on both is put away again.
        Err(e) if e.kind() == io::ErrorKind::CrossesDevices => {
            if !durable::exists(&from)? {
                return Ok(());
            }
            let bytes = std::fs::read(&from).map_err(EvidenceError::io(&from))?;
            durable::write(notes, &notes.with_extension("new"), &bytes)?;
            std::fs::remove_file(&from).map_err(EvidenceError::io(&from))?;
        }
        moved => moved.map_err(EvidenceError::io(&from))?,
    }
    durable::sync_folder(&bag.payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_is_a_time_that_can_be_written_and_read() {
        for ms in [i64::MIN, -1, 0, 1_795_426_200_125, LAST_MS, i64::MAX] {
            let written = Timestamp::new(of_unix_ms(ms)).to_string();
            let read: Timestamp = written.parse().unwrap();
            assert_eq!(read.to_string(), written);
        }
    }
}
