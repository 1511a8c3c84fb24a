//! Acts: what people do in a hearing. The same acts come in by WebSocket and by REST.

use super::capture::{Ruling, Step, WitnessFor};
use super::id::{ParticipantId, RecordingId};
use super::role::Capability;
use super::state::Room;
use crate::rtp::source::Source;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;

/// How a witness binds themselves to the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Oath {
    /// Swears on a sacred text.
    Oath,
    /// Affirms.
    Affirmation,
}

/// One act of one participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export_to = "wire.ts")]
pub enum Act {
    // What anyone does for themselves.
    /// The equipment check is done (or skipped): on to the waiting room.
    FinishCheck {
        /// True when sound and picture came back through the server.
        passed: bool,
    },
    /// Go back to the equipment check (not while in the hearing room).
    #[serde(deserialize_with = "nothing_more")]
    CheckEquipment,
    /// Own microphone or camera switched on or off.
    SetSource {
        /// Which one.
        source: Source,
        /// True when it sends.
        on: bool,
    },
    /// Raise the hand, or take it down.
    RaiseHand {
        /// True: up.
        up: bool,
    },
    /// Leave the hearing; the link lets the person come back.
    #[serde(deserialize_with = "nothing_more")]
    Leave,

    // Who is where.
    /// Let a waiting person into the hearing room.
    Admit {
        /// Whom.
        participant: ParticipantId,
    },
    /// Send a person back to the waiting room.
    SendToWaiting {
        /// Whom.
        participant: ParticipantId,
    },
    /// End a person's part in the hearing; they may go.
    Dismiss {
        /// Whom.
        participant: ParticipantId,
    },
    /// Put a person out; their link no longer opens until they are readmitted.
    Remove {
        /// Whom.
        participant: ParticipantId,
        /// Why, for the court log.
        reason: String,
    },
    /// Move a person into a room (consultation or retiring room, and back).
    Move {
        /// Whom.
        participant: ParticipantId,
        /// Where to.
        room: Room,
        /// For the consultation room alone: the person whom they join in theirs. Without it they get an empty one, so that
        /// nobody comes upon a private word by mistake.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        with: Option<ParticipantId>,
    },
    /// Silence somebody's microphone for everyone, or let them speak again.
    Mute {
        /// Whom.
        participant: ParticipantId,
        /// True: silenced.
        muted: bool,
    },

    // Testimony.
    /// Call a witness or expert into the hearing room.
    Call {
        /// Whom.
        participant: ParticipantId,
    },
    /// The witness's identity was checked.
    Identify {
        /// Whom.
        participant: ParticipantId,
    },
    /// The witness swears or affirms.
    Swear {
        /// Whom.
        participant: ParticipantId,
        /// In which form.
        form: Oath,
    },
    /// The witness is released: the testimony is over, and they leave the room.
    Release {
        /// Whom.
        participant: ParticipantId,
    },

    // Testimony recorded in advance: only in a hearing of that kind, and on the record.
    /// The opening was said on camera: operator, date, place, case, witness, whose witness.
    StateOpening {
        /// Whose testimony is recorded.
        witness: ParticipantId,
        /// Whose witness.
        witness_for: WitnessFor,
        /// Where.
        place: String,
    },
    /// Everybody present has said who they are.
    #[serde(deserialize_with = "nothing_more")]
    StatePresent,
    /// It was said who else is in the room with the witness.
    StateWitnessRoom {
        /// Who.
        others: String,
    },
    /// Somebody begins to ask the witness, or has ended.
    Examine {
        /// Who asks.
        participant: ParticipantId,
        /// True: begins. Whoever asked until now has ended.
        on: bool,
    },
    /// Counsel objects.
    #[serde(deserialize_with = "nothing_more")]
    Object,
    /// What becomes of an objection.
    Rule {
        /// Its number.
        objection: u32,
        /// What.
        ruling: Ruling,
    },
    /// The closing was said on camera, with whom the recording is now kept.
    StateClosing {
        /// In whose custody it goes.
        custody: String,
    },
    /// A step is left out.
    LeaveOut {
        /// Which.
        step: Step,
        /// Of an examination: whose.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        counsel: Option<ParticipantId>,
        /// Why, for the court log.
        reason: String,
    },

    // Testimony that was recorded in advance, played at this hearing.
    /// Show a sealed recording of testimony of the same case to everybody who may hear the court. It stands at its beginning.
    ShowRecording {
        /// Which.
        recording: RecordingId,
    },
    /// Let it run.
    #[serde(deserialize_with = "nothing_more")]
    PlayRecording,
    /// Let it stand.
    #[serde(deserialize_with = "nothing_more")]
    PauseRecording,
    /// Go to another place in it.
    SeekRecording {
        /// Milliseconds from its beginning.
        position_ms: u32,
    },
    /// Show it no longer.
    #[serde(deserialize_with = "nothing_more")]
    PutAwayRecording,

    // The sitting.
    /// Open the rooms. Nobody is heard yet.
    #[serde(deserialize_with = "nothing_more")]
    Open,
    /// Begin the sitting.
    #[serde(deserialize_with = "nothing_more")]
    Begin,
    /// The court's choice to interrupt; the record stops.
    #[serde(deserialize_with = "nothing_more")]
    Pause,
    /// A technical interruption; the record stops.
    Suspend {
        /// Why, for the court log.
        reason: String,
    },
    /// Go on after a pause or a suspension.
    #[serde(deserialize_with = "nothing_more")]
    Resume,
    /// End the sitting for now, with a reason and, if known, the next date.
    Adjourn {
        /// Why.
        reason: String,
        /// RFC 3339 date-time of the next sitting, if it is fixed.
        next: Option<String>,
    },
    /// End the hearing for good: the recording is sealed.
    #[serde(deserialize_with = "nothing_more")]
    Close,
    /// Go on the record.
    #[serde(deserialize_with = "nothing_more")]
    GoOnRecord,
    /// Go off the record.
    #[serde(deserialize_with = "nothing_more")]
    GoOffRecord,
    /// Close the hearing to the public, or open it again.
    InCamera {
        /// True: closed to the public.
        on: bool,
    },
    /// Keep a protected person's picture from others (a special measure): they hear the person and do not see them.
    Screening {
        /// Whose picture.
        participant: ParticipantId,
        /// From whom, all of them; an empty list shows the person to everyone again.
        from: BTreeSet<ParticipantId>,
    },
    /// Put a marker into the court log.
    Mark {
        /// What it says.
        text: String,
    },
}

/// An act that says nothing but its name. Of such a one serde takes any field, whatever `deny_unknown_fields` says.
fn nothing_more<'de, D: Deserializer<'de>>(act: D) -> Result<(), D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    Nothing::deserialize(act).map(|Nothing {}| ())
}

/// The longest text that an act may carry, in characters.
pub const TEXT_CHARS_MAX: usize = 500;

impl Act {
    /// The act's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Act::FinishCheck { .. } => "finish_check",
            Act::CheckEquipment => "check_equipment",
            Act::SetSource { .. } => "set_source",
            Act::RaiseHand { .. } => "raise_hand",
            Act::Leave => "leave",
            Act::Admit { .. } => "admit",
            Act::SendToWaiting { .. } => "send_to_waiting",
            Act::Dismiss { .. } => "dismiss",
            Act::Remove { .. } => "remove",
            Act::Move { .. } => "move",
            Act::Mute { .. } => "mute",
            Act::Call { .. } => "call",
            Act::Identify { .. } => "identify",
            Act::Swear { .. } => "swear",
            Act::Release { .. } => "release",
            Act::StateOpening { .. } => "state_opening",
            Act::StatePresent => "state_present",
            Act::StateWitnessRoom { .. } => "state_witness_room",
            Act::Examine { .. } => "examine",
            Act::Object => "object",
            Act::Rule { .. } => "rule",
            Act::StateClosing { .. } => "state_closing",
            Act::LeaveOut { .. } => "leave_out",
            Act::ShowRecording { .. } => "show_recording",
            Act::PlayRecording => "play_recording",
            Act::PauseRecording => "pause_recording",
            Act::SeekRecording { .. } => "seek_recording",
            Act::PutAwayRecording => "put_away_recording",
            Act::Open => "open",
            Act::Begin => "begin",
            Act::Pause => "pause",
            Act::Suspend { .. } => "suspend",
            Act::Resume => "resume",
            Act::Adjourn { .. } => "adjourn",
            Act::Close => "close",
            Act::GoOnRecord => "go_on_record",
            Act::GoOffRecord => "go_off_record",
            Act::InCamera { .. } => "in_camera",
            Act::Screening { .. } => "screening",
            Act::Mark { .. } => "mark",
        }
    }

    /// Whom the act is about, if anybody but the one who acts.
    pub fn about(&self) -> Option<ParticipantId> {
        match self {
            Act::Admit { participant }
            | Act::SendToWaiting { participant }
            | Act::Dismiss { participant }
            | Act::Remove { participant, .. }
            | Act::Move { participant, .. }
            | Act::Mute { participant, .. }
            | Act::Call { participant }
            | Act::Identify { participant }
            | Act::Swear { participant, .. }
            | Act::Release { participant }
            | Act::StateOpening {
                witness: participant, ..
            }
            | Act::Examine { participant, .. }
            | Act::Screening { participant, .. } => Some(*participant),
            _ => None,
        }
    }

    /// True for what makes less be heard, seen or recorded. It can be done whatever else fails.
    pub fn ends_something(&self) -> bool {
        matches!(
            self,
            Act::Leave
                | Act::Pause
                | Act::Suspend { .. }
                | Act::Adjourn { .. }
                | Act::Close
                | Act::GoOffRecord
                | Act::PauseRecording
                | Act::PutAwayRecording
                | Act::Remove { .. }
                | Act::Mute { muted: true, .. }
                | Act::InCamera { on: true }
        )
    }

    /// The capability that the act needs; none for what anyone does for themselves.
    pub fn needs(&self) -> Option<Capability> {
        match self {
            Act::FinishCheck { .. } | Act::CheckEquipment | Act::Leave => None,
            Act::SetSource {
                source: Source::Screen,
                on: true,
            } => Some(Capability::ShareScreen),
            Act::SetSource { .. } => None,
            Act::RaiseHand { .. } => Some(Capability::RaiseHand),
            Act::Admit { .. } | Act::SendToWaiting { .. } | Act::Dismiss { .. } | Act::Move { .. } => {
                Some(Capability::Admit)
            }
            Act::Remove { .. } => Some(Capability::Remove),
            Act::Mute { .. } => Some(Capability::Mute),
            Act::Call { .. } | Act::Identify { .. } | Act::Swear { .. } | Act::Release { .. } => {
                Some(Capability::Examine)
            }
            Act::StateOpening { .. }
            | Act::StatePresent
            | Act::StateWitnessRoom { .. }
            | Act::Examine { .. }
            | Act::StateClosing { .. }
            | Act::LeaveOut { .. }
            | Act::Rule {
                ruling: Ruling::Reserved,
                ..
            } => Some(Capability::CaptureTestimony),
            Act::ShowRecording { .. }
            | Act::PlayRecording
            | Act::PauseRecording
            | Act::SeekRecording { .. }
            | Act::PutAwayRecording => Some(Capability::PlayRecording),
            Act::Object
            | Act::Rule {
                ruling: Ruling::Withdrawn,
                ..
            } => Some(Capability::Object),
            Act::Rule {
                ruling: Ruling::Sustained | Ruling::Overruled,
                ..
            } => Some(Capability::Rule),
            Act::Open
            | Act::Begin
            | Act::Pause
            | Act::Suspend { .. }
            | Act::Resume
            | Act::Adjourn { .. }
            | Act::Close => Some(Capability::Preside),
            Act::GoOnRecord | Act::GoOffRecord => Some(Capability::Record),
            Act::InCamera { .. } => Some(Capability::InCamera),
            Act::Screening { .. } => Some(Capability::Screening),
            Act::Mark { .. } => Some(Capability::Mark),
        }
    }

    /// The free text that the act carries, if any.
    pub fn text(&self) -> Option<&str> {
        match self {
            Act::Remove { reason, .. }
            | Act::Suspend { reason }
            | Act::Adjourn { reason, .. }
            | Act::LeaveOut { reason, .. } => Some(reason),
            Act::StateOpening { place: text, .. }
            | Act::StateWitnessRoom { others: text }
            | Act::StateClosing { custody: text } => Some(text),
            Act::Mark { text } => Some(text),
            _ => None,
        }
    }
}
