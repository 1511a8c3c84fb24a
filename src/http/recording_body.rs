//! A sealed recording as it goes over the wire.

use super::cases;
use crate::court::id::ParticipantId;
use crate::court::role::Role;
use crate::evidence::{self, AccessCopyStatus, Described};
use crate::rtp::source::Source;
use crate::seal::digest::Digest;
use crate::seal::{custody, document, ledger};
use crate::store;
use crate::wire::api::{
    AccessCopy, Annotation, CustodyEntry, CustodyOutcome, CustodyPhase, Evidence, Gap, LogEntry, PlayedAt,
    RecordedTrack, Recording, Segment,
};
use crate::wire::media::Playback;
use crate::wire::redaction::RedactedFrom;

/// A recording with its log, its gaps and its chain of custody.
pub(super) fn recording(
    found: Described,
    case: store::Case,
    redacted: Option<RedactedFrom>,
    root: Digest,
) -> Recording {
    Recording {
        evidence: evidence_body(found.evidence),
        case: cases::case_body(case),
        segments: found.seal.segments.iter().map(segment_body).collect(),
        tracks: found.seal.tracks.iter().filter_map(track_body).collect(),
        gaps: found.gaps.iter().map(gap_body).collect(),
        log: found.log.iter().map(log_body).collect(),
        annotations: annotations(&found.custody),
        redacted,
        custody: found.custody.iter().map(custody_body).collect(),
        root_fingerprint: root.to_string(),
    }
}

fn annotations(custody: &[custody::CustodyEntry]) -> Vec<Annotation> {
    let mut notes: Vec<_> = custody
        .iter()
        .filter_map(|entry| {
            let note = evidence::Annotation::of(entry)?;
            Some(Annotation {
                seq: int(entry.seq),
                at: entry.at.to_string(),
                by: entry.by.clone(),
                segment: note.segment,
                media_ms: int(note.at_ms),
                text: note.text,
            })
        })
        .collect();
    notes.sort_by_key(|note| (note.segment, note.media_ms, note.seq));
    notes
}

pub(super) fn evidence_body(row: store::Evidence) -> Evidence {
    Evidence {
        recording: row.recording_id,
        hearing: row.hearing_id,
        title: row.title,
        sealed_at: row.sealed_at,
        manifest_sha256: row.manifest_sha256,
        state: row.state,
        interrupted: row.interrupted,
        duration_ms: row.duration_ms,
        derived_from: row.derived_from,
    }
}

fn segment_body(s: &document::Segment) -> Segment {
    Segment {
        segment: s.segment,
        started_at: s.started_at.to_string(),
        ended_at: s.ended_at.to_string(),
        duration_ms: int(s.duration_ms),
    }
}

pub(super) fn track_body(t: &document::Track) -> Option<RecordedTrack> {
    let source = [Source::Microphone, Source::Camera, Source::Screen]
        .into_iter()
        .find(|s| s.name() == t.source)?;
    Some(RecordedTrack {
        file: t.file.clone(),
        participant: ParticipantId(t.participant),
        name: t.name.clone(),
        role: Role::from_name(&t.role)?,
        source,
        codec: t.codec.clone(),
        segment: t.segment,
        bytes: int(t.bytes),
        sha256: t.sha256.to_string(),
        duration_ms: int(t.duration_ms),
    })
}

pub(super) fn gap_body(g: &ledger::Gap) -> Gap {
    Gap {
        segment: g.segment,
        file: g.file.clone(),
        from_ms: int(g.from_ms),
        to_ms: int(g.to_ms),
        cause: g.cause.name().to_owned(),
    }
}

fn log_body(e: &ledger::CourtLogEntry) -> LogEntry {
    LogEntry {
        seq: int(e.seq),
        at: e.at.to_string(),
        segment: e.segment,
        media_ms: e.media_ms.map(int),
        kind: e.kind.clone(),
        by: e.by.as_ref().map(|p| p.name.clone()),
        about: e.about.as_ref().map(|p| p.name.clone()),
        participant: e.about.as_ref().map(|p| ParticipantId(p.participant)),
        text: e.text.clone(),
    }
}

pub(super) fn custody_body(e: &custody::CustodyEntry) -> CustodyEntry {
    let (phase, opened_by, outcome) = match evidence::custody_phase(e) {
        None => (None, None, None),
        Some(evidence::CustodyPhase::Opened) => (Some(CustodyPhase::Opened), None, None),
        Some(evidence::CustodyPhase::Completed { opened_by, ending }) => {
            let outcome = match ending {
                evidence::CustodyEnding::Succeeded => CustodyOutcome::Succeeded,
                evidence::CustodyEnding::Failed => CustodyOutcome::Failed,
                evidence::CustodyEnding::Unknown => CustodyOutcome::Unknown,
            };
            (Some(CustodyPhase::Completed), Some(int(opened_by)), Some(outcome))
        }
    };
    CustodyEntry {
        seq: int(e.seq),
        at: e.at.to_string(),
        act: e.act.name().to_owned(),
        by: e.by.clone(),
        phase,
        opened_by,
        outcome,
        request: number(e, "request").map(int),
        to: text(e, "to").map(str::to_owned),
        played: played(e),
        at_hearing: at_hearing(e),
        hash: e.hash.to_string(),
    }
}

fn text<'a>(e: &'a custody::CustodyEntry, member: &str) -> Option<&'a str> {
    e.detail.get(member)?.as_str()
}

fn number(e: &custody::CustodyEntry, member: &str) -> Option<u64> {
    text(e, member)?.parse().ok()
}

fn played(e: &custody::CustodyEntry) -> Option<Playback> {
    if e.act != custody::CustodyAct::Played {
        return None;
    }
    Some(Playback {
        segment: number(e, "segment").and_then(|n| u32::try_from(n).ok()),
        from_ms: number(e, "from_ms")?,
        to_ms: number(e, "to_ms")?,
    })
}

/// A view that was the showing of the recording to a hearing.
fn at_hearing(e: &custody::CustodyEntry) -> Option<PlayedAt> {
    if e.act != custody::CustodyAct::Viewed {
        return None;
    }
    Some(PlayedAt {
        hearing: text(e, "hearing")?.parse().ok()?,
        kind: text(e, "played")?.to_owned(),
        what: text(e, "what").map(str::to_owned),
    })
}

pub(super) fn copy_body(status: AccessCopyStatus) -> AccessCopy {
    let (state, percent, detail) = match status {
        AccessCopyStatus::None => ("none", None, None),
        AccessCopyStatus::Running { percent } => ("running", Some(percent), None),
        AccessCopyStatus::Done => ("done", Some(100), None),
        AccessCopyStatus::Failed { detail } => ("failed", None, Some(detail)),
    };
    AccessCopy {
        state: state.to_owned(),
        percent,
        detail,
    }
}

fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn viewed(detail: Value) -> CustodyEntry {
        let entry = json!({
            "seq": "5", "at": "2026-11-23T10:00:00.000Z", "act": "viewed", "by": "N. Karimova (judge)", "detail": detail,
            "prev": "0".repeat(64), "hash": "0".repeat(64),
        });
        custody_body(&serde_json::from_value(entry).expect("an entry"))
    }

    #[test]
    fn a_recording_that_was_played_at_a_hearing_says_at_which_and_what_is_in_its_log() {
        let hearing = "019a0000-0000-7000-8000-000000000001";
        let what = "recording=x manifest_sha256=y from=1/0 to=1/6100 shown_to=Zarina Karimova";
        let shown = viewed(json!({
            "hearing": hearing, "played": "playback_stopped", "court_log_entry": "9", "what": what,
        }));
        let at = shown.at_hearing.expect("it was played");
        assert_eq!(at.hearing.to_string(), hearing);
        assert_eq!(at.kind, "playback_stopped");
        assert_eq!(at.what.as_deref(), Some(what));
    }

    #[test]
    fn a_view_by_one_person_was_no_playing_at_a_hearing() {
        assert!(viewed(json!({})).at_hearing.is_none());
        assert!(
            viewed(json!({"hearing": "no", "played": "playback_began"}))
                .at_hearing
                .is_none()
        );
    }
}
