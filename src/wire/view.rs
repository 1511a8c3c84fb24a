//! What one participant may know of a hearing at this moment.

use crate::court::capture::{HearingKind, Objection, Step, WitnessFor};
use crate::court::id::{CaseId, HearingId, ParticipantId, RecordingId};
use crate::court::playback::{PlayedPart, Protocol};
use crate::court::role::{Capability, Role};
use crate::court::state::{HearingState, ParticipantState, Room, Testimony};
use crate::rtp::source::Source;
use serde::{Deserialize, Serialize};

/// The hearing as one participant may see it. Sent whole on every change: it replaces what was known before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct HearingView {
    /// The hearing.
    pub id: HearingId,
    /// Its case.
    pub case_id: CaseId,
    /// The case's reference, as the court writes it.
    pub case_reference: String,
    /// The hearing's title.
    pub title: String,
    /// What kind of hearing it is.
    pub kind: HearingKind,
    /// When it is listed for, in unix milliseconds.
    #[ts(type = "number")]
    pub listed_for: i64,
    /// Where it stands.
    pub state: HearingState,
    /// True when closed to the public.
    pub in_camera: bool,
    /// True when somebody of the court (judge, panel member, clerk) is in the hearing room.
    pub court_present: bool,
    /// How many other people wait; only for those who may see everyone.
    pub waiting: Option<u32>,
    /// The participants that the viewer may know of, the viewer included.
    pub participants: Vec<ParticipantView>,
    /// Whether the record runs.
    pub recording: RecordingStatus,
    /// When the running part of the record began, in unix milliseconds by the server's clock; none off the record, and for those
    /// who may not follow the protocol of a hearing that records testimony in advance.
    #[ts(type = "number | null")]
    pub record_since: Option<i64>,
    /// How far the protocol of testimony recorded in advance has come; for the court and for those in the room.
    pub capture: Option<CaptureView>,
    /// The recording that is shown to the hearing; for those who may hear the court.
    pub playback: Option<PlaybackView>,
    /// True while the hearing is paused or suspended and `resume` goes on the record again by itself.
    pub record_on_resume: bool,
    /// Whose sound or picture is not being recorded though it should be; those whom the viewer may know of.
    pub record_failing: Vec<ParticipantId>,
    /// Who has just begun to send, and of whom the writer has not yet confirmed all; those whom the viewer may know of.
    pub record_starting: Vec<ParticipantId>,
    /// How many entries of the court log are not stored, because the store does not take them.
    /// For those who handle evidence; 0 for all others.
    pub log_waiting: u32,
    /// Recordings of this hearing that were sealed; only for those who may see the case.
    pub sealed: Vec<RecordingId>,
    /// Reason and next date of an adjournment; for those whose part in the hearing is not over.
    pub adjourned: Option<Adjournment>,
    /// Rises with every change; a client drops a view older than the one it has.
    pub revision: u32,
}

/// The protocol of testimony that is recorded in advance, as the viewer may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct CaptureView {
    /// Whose testimony is recorded, once that was said.
    pub witness: Option<ParticipantId>,
    /// Whose witness, as it was said in the opening.
    pub witness_for: Option<WitnessFor>,
    /// Where, as it was said in the opening.
    pub place: Option<String>,
    /// The steps, in their order.
    pub steps: Vec<StepView>,
    /// Who asks the witness now.
    pub examining: Option<ParticipantId>,
    /// Objections, in their order.
    pub objections: Vec<Objection>,
}

/// A step of the protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct StepView {
    /// Which.
    pub step: Step,
    /// Of an examination: by whom; none where no counsel is on the list.
    pub counsel: Option<ParticipantId>,
    /// How it stands.
    pub state: StepState,
    /// Why it is left out.
    pub reason: Option<String>,
}

/// How a step of the protocol stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum StepState {
    /// Neither taken nor left out: the hearing is not closed like that.
    Open,
    /// Taken.
    Done,
    /// Left out, for a stated reason.
    LeftOut,
}

/// A recording of testimony that is shown to the hearing. Everybody's page plays it for itself, held to this clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct PlaybackView {
    /// The recording.
    pub recording: RecordingId,
    /// Hex SHA-256 of its signed manifest.
    pub manifest_sha256: String,
    /// Title of the hearing at which it was made.
    pub title: String,
    /// How far its protocol was gone through.
    pub protocol: Protocol,
    /// Its parts, one after the other.
    pub parts: Vec<PlayedPart>,
    /// Where it stood at `at`, in milliseconds from the beginning of the whole.
    #[ts(type = "number")]
    pub position_ms: u64,
    /// Unix milliseconds by the server's clock.
    #[ts(type = "number")]
    pub at: i64,
    /// It runs: at a later moment it stands by so much further on.
    pub playing: bool,
    /// Who may follow it and whose page does not say that it does; for those who may play it, and none for anybody else.
    pub unseen: Option<Vec<ParticipantId>>,
}

/// Why a hearing was adjourned, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct Adjournment {
    /// The reason given; only for those who take part in the hearing.
    pub reason: Option<String>,
    /// RFC 3339 date-time of the next sitting, if it is fixed.
    pub next: Option<String>,
}

/// A participant as another may see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct ParticipantView {
    /// The participant.
    pub id: ParticipantId,
    /// Name, as the court wrote it.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Where they stand.
    pub state: ParticipantState,
    /// In which room; none before they come and after they go.
    pub room: Option<Room>,
    /// Which consultation room, from 1: those with the same number are together. None outside of one.
    pub consultation: Option<u16>,
    /// False while their connection is lost (their seat is kept).
    pub connected: bool,
    /// Own microphone switched on.
    pub microphone: bool,
    /// Own camera switched on.
    pub camera: bool,
    /// Screen shared.
    pub screen: bool,
    /// Silenced by the court.
    pub muted: bool,
    /// Hand up.
    pub hand_raised: bool,
    /// Where a witness or expert stands.
    pub testimony: Option<Testimony>,
    /// True when the equipment check passed; none when it was not done.
    pub equipment_ok: Option<bool>,
    /// Those from whom the person's picture is kept (they hear the person), as far as the viewer may know. The viewer's own
    /// id in it: the court hid this picture from you.
    pub kept_from: Vec<ParticipantId>,
    /// When somebody who had opened a link of this person last said that it is not they, in unix milliseconds. For the court
    /// alone, and none for anybody else.
    #[ts(type = "number | null")]
    pub link_declined_at: Option<i64>,
    /// When the person's place was last taken over while they were connected: they, or somebody else with a link of theirs,
    /// came in from another device or page, by a session of its own. Unix milliseconds; for the court alone.
    #[ts(type = "number | null")]
    pub seat_taken_over_at: Option<i64>,
}

/// Whether the record runs, as confirmed by the writer of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum RecordingStatus {
    /// Off the record: nothing is written.
    Off,
    /// Ordered, but the writer has not yet confirmed all that should be recorded.
    Starting,
    /// On the record, and the writer runs, but nobody's sound or picture is there to be recorded.
    NothingToRecord,
    /// On the record, and the writer confirms everybody's sound and picture, save of those who have just begun to send.
    Recording,
    /// On the record by order, but the writer does not confirm all of it: what is said now may be lost.
    Failing,
}

/// Who sits in which seat of the receiver's subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct Seat {
    /// Index of the seat: its stream's id is `seatN`.
    pub seat: u16,
    /// Whom the seat shows.
    pub participant: ParticipantId,
    /// Which picture the seat shows: camera or screen.
    pub source: Source,
    /// True when sound goes through.
    pub audio: bool,
    /// True when the picture goes through.
    pub video: bool,
    /// True while the picture is kept back because the receiver's connection does not carry it; it comes back by itself.
    pub paused: bool,
    /// True when there is a picture that may be seen, in a codec that the receiver's connection has not negotiated: it is not
    /// sent, and `video` is false.
    pub undecodable: bool,
}

/// Who the receiver of a welcome is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct You {
    /// The participant.
    pub participant: ParticipantId,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// What the role may do.
    pub capabilities: Vec<Capability>,
}
