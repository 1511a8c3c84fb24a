//! Bodies about recordings: as evidence, with their log and chain of custody, verified, played and handed out.

use super::super::redaction::RedactedFrom;
use super::super::view::PlaybackView;
use super::Case;
use crate::court::id::{HearingId, ParticipantId, RecordingId};
use crate::court::role::Role;
use crate::court::state::RecordingState;
use crate::rtp::source::Source;
use serde::{Deserialize, Serialize};

macro_rules! body {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
        #[ts(export_to = "wire.ts")]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),* }
    };
}

body!(
    /// A piece of electronic evidence: one sealed recording.
    Evidence {
        /// The recording.
        recording: RecordingId,
        /// Its hearing.
        hearing: HearingId,
        /// Title of the hearing.
        title: String,
        /// Unix milliseconds.
        #[ts(type = "number")]
        sealed_at: i64,
        /// Hex SHA-256 of the signed manifest.
        manifest_sha256: String,
        /// Where it stands.
        state: RecordingState,
        /// True when a failure cut it off and it was sealed as found.
        interrupted: bool,
        /// Milliseconds on record.
        #[ts(type = "number")]
        duration_ms: i64,
        /// Of a redacted copy: the recording that it was made from.
        derived_from: Option<RecordingId>,
    }
);
body!(
    /// `GET /recordings/{id}`
    Recording {
        /// As in the case file.
        evidence: Evidence,
        /// The case.
        case: Case,
        /// On-record intervals.
        segments: Vec<Segment>,
        /// Track files.
        tracks: Vec<RecordedTrack>,
        /// What is missing or filled, and why.
        gaps: Vec<Gap>,
        /// Court log, in order.
        log: Vec<LogEntry>,
        /// Chain of custody, in order.
        custody: Vec<CustodyEntry>,
        /// Notes that were made after the seal, in the order of their moments.
        annotations: Vec<Annotation>,
        /// Of a redacted copy: what was taken out; null for every other recording.
        redacted: Option<RedactedFrom>,
        /// Fingerprint (SHA-256, hex) of the root certificate of the seal.
        root_fingerprint: String,
    }
);
body!(
    /// `POST /recordings/{id}/annotations`: a note at a moment of a sealed recording.
    NewAnnotation {
        /// From 1.
        segment: u32,
        /// Milliseconds from the segment's start.
        #[ts(type = "number")]
        media_ms: i64,
        /// One line of 1 to 500 characters.
        text: String,
    }
);
body!(
    /// A note at a moment of a sealed recording. It lies in the chain of custody.
    Annotation {
        /// Number of its entry in the chain of custody.
        #[ts(type = "number")]
        seq: i64,
        /// RFC 3339.
        at: String,
        /// Who made it.
        by: String,
        /// From 1.
        segment: u32,
        /// Milliseconds from the segment's start.
        #[ts(type = "number")]
        media_ms: i64,
        /// The note.
        text: String,
    }
);
body!(
    /// An interval on record.
    Segment {
        /// From 1.
        segment: u32,
        /// RFC 3339.
        started_at: String,
        /// RFC 3339.
        ended_at: String,
        /// Milliseconds.
        #[ts(type = "number")]
        duration_ms: i64,
    }
);
body!(
    /// A track file of a recording.
    RecordedTrack {
        /// Path inside the recording.
        file: String,
        /// Whose.
        participant: ParticipantId,
        /// Name.
        name: String,
        /// Role.
        role: Role,
        /// What it shows.
        source: Source,
        /// Codec name.
        codec: String,
        /// Of which segment.
        segment: u32,
        /// Size.
        #[ts(type = "number")]
        bytes: i64,
        /// Hex SHA-256.
        sha256: String,
        /// Milliseconds on the segment's timeline, from its start.
        #[ts(type = "number")]
        duration_ms: i64,
    }
);
body!(
    /// What somebody who takes part is shown of the transparency log: that a recording had come so far at that time.
    Receipt {
        /// The recording.
        recording: RecordingId,
        /// The receipt as a file: recordings-schema/README.md, section 5.4.
        text: String,
    }
);
body!(
    /// A gap.
    Gap {
        /// Of which segment.
        segment: u32,
        /// In which track file.
        file: String,
        /// Milliseconds from the segment's start.
        #[ts(type = "number")]
        from_ms: i64,
        /// Milliseconds from the segment's start.
        #[ts(type = "number")]
        to_ms: i64,
        /// muted, lost, stalled, outage, late_key_frame, not_started, ended.
        cause: String,
    }
);
body!(
    /// An entry of the court log.
    LogEntry {
        /// From 1.
        #[ts(type = "number")]
        seq: i64,
        /// RFC 3339.
        at: String,
        /// The segment that ran, if any.
        segment: Option<u32>,
        /// Milliseconds from that segment's start.
        #[ts(type = "number | null")]
        media_ms: Option<i64>,
        /// What happened: a stable word, such as `on_record` or `sworn`.
        kind: String,
        /// Who did it.
        by: Option<String>,
        /// Whom it concerns.
        about: Option<String>,
        /// The same person as in the tracks: names may be alike.
        participant: Option<ParticipantId>,
        /// Free text.
        text: Option<String>,
    }
);
/// Which end of an act that takes time an entry of the chain of custody tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum CustodyPhase {
    /// Written before the act began. Without an entry that completes it, the act was cut off or is under way.
    Opened,
    /// Written when the act was over, with its outcome.
    Completed,
}

/// How an act in the chain of custody ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum CustodyOutcome {
    /// It was done; a verification found every proof to hold.
    Succeeded,
    /// It was not done to its end; a verification found a fault.
    Failed,
    /// Nobody knows: the server stopped before its outcome was entered, or a verification broke off.
    Unknown,
}

body!(
    /// An entry of the chain of custody.
    CustodyEntry {
        /// From 1.
        #[ts(type = "number")]
        seq: i64,
        /// RFC 3339.
        at: String,
        /// A stable word, such as `viewed` or `released`; all are in recordings-schema/custody-entry.schema.json.
        act: String,
        /// Who.
        by: String,
        /// For an act that takes time, which has two entries: which of them this is. Null for an act of one entry.
        phase: Option<CustodyPhase>,
        /// In a completed entry: number of the entry that opened the act.
        #[ts(type = "number | null")]
        opened_by: Option<i64>,
        /// In a completed entry: how the act ended.
        outcome: Option<CustodyOutcome>,
        /// Number of the request that it was about, or by whose release it was done.
        #[ts(type = "number | null")]
        request: Option<i64>,
        /// Whom the recording was asked for, released to, or refused.
        to: Option<String>,
        /// What was played.
        played: Option<crate::wire::media::Playback>,
        /// Of a recording that was played at a hearing: what was done there.
        at_hearing: Option<PlayedAt>,
        /// Hex hash of the entry.
        hash: String,
    }
);
body!(
    /// What was done with a recording at a hearing at which it was played, as the court log of that hearing has it.
    PlayedAt {
        /// Which hearing.
        hearing: HearingId,
        /// A word of the court log, such as `playback_stopped`.
        kind: String,
        /// The text of the court log's entry: from where to where, and for whom (docs/protocol.md).
        what: Option<String>,
    }
);
body!(
    /// `POST /recordings/{id}/verify`
    Verification {
        /// True when every proof holds.
        ok: bool,
        /// One line a check.
        checks: Vec<VerificationCheck>,
    }
);
body!(
    /// The same, and `GET`, while it is under way.
    VerificationProgress {
        /// How much of the recording has been read: 0 to 99.
        percent: u8,
    }
);
body!(
    /// One check of a verification.
    VerificationCheck {
        /// proved, trusted, not_checked, failed.
        verdict: String,
        /// Which check: a stable word, such as `payload_digests` (recordings-schema/README.md, section 11).
        check: String,
        /// What was checked, in English.
        what: String,
        /// What was found.
        detail: String,
        /// The file concerned.
        file: Option<String>,
    }
);
body!(
    /// `POST /recordings/{id}/tickets`: a short-lived address for what a browser fetches by itself.
    Ticket {
        /// Base path: `<base>/bundle.tar`, `<base>/access.mp4`, `<base>/track/<file>`.
        base: String,
        /// Unix milliseconds.
        #[ts(type = "number")]
        expires_at: i64,
    }
);
body!(
    /// A picture that only the court sees.
    KeptPicture {
        /// Whose.
        participant: ParticipantId,
        /// Part of the record.
        segment: u32,
    }
);
body!(
    /// `GET /hearings/{id}/playback`: what a page needs to follow the recording that is shown to the hearing.
    PlayedNow {
        /// The recording, where it stands, and whether it runs.
        playback: PlaybackView,
        /// Track files that the caller may have.
        tracks: Vec<RecordedTrack>,
        /// Its other track files: pictures that only the court sees, because they were kept from somebody when it was recorded.
        hidden: Vec<String>,
        /// Whose pictures these are: who is not among them had no camera, and nothing is kept.
        kept: Vec<KeptPicture>,
        /// What is missing or filled, and why; of the same tracks.
        gaps: Vec<Gap>,
        /// Where the tracks are to be had, for as long as the caller may follow.
        ticket: Ticket,
        /// When the request came, in unix milliseconds by the server's clock.
        #[ts(type = "number")]
        received_at: i64,
        /// When the answer went.
        #[ts(type = "number")]
        sent_at: i64,
    }
);
body!(
    /// `GET|POST|DELETE /recordings/{id}/access-copy`
    AccessCopy {
        /// none, running, done, failed.
        state: String,
        /// Per cent, while it runs.
        percent: Option<u8>,
        /// Why it failed.
        detail: Option<String>,
    }
);

body!(
    /// What is known of a recording's copy in the second store. By the notes of the last copying or reading; the store is not asked.
    SecondStoreCopy {
        /// `none` (no second store is configured), `waiting` (something of it is not copied yet), `kept` (all of it was written
        /// there, read back and found the same), `damaged` (something of it there is damaged and could not be mended).
        state: String,
        /// When it was last found as it should be there, in Unix milliseconds.
        #[ts(type = "number | null")]
        verified_at: Option<i64>,
        /// Until then the store deletes nothing of it, in Unix milliseconds.
        #[ts(type = "number | null")]
        locked_until: Option<i64>,
    }
);
