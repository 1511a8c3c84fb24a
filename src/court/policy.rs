//! Who may see and hear whom. A pure, total function; what goes through the SFU and into the recorder follows from
//! here and from nowhere else.

use super::id::ParticipantId;
use super::role::{Capability, Role};
use super::sitting::{Participant, Sitting};
use super::state::{HearingState, ParticipantState, Testimony};
use crate::rtp::source::Source;

/// What goes from one participant to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Nothing.
    Nothing,
    /// Sound alone: the person is screened from the receiver.
    Audio,
    /// Sound and pictures.
    AudioVideo,
}

/// What may go from `from` to `to` at this moment.
pub fn flow(sitting: &Sitting, from: &Participant, to: &Participant) -> Flow {
    let flow = exchange(sitting, from, to);
    if flow == Flow::AudioVideo && from.kept_from.contains(&to.id) {
        return Flow::Audio;
    }
    flow
}

/// What goes between two people by their rooms and roles, before special measures.
fn exchange(sitting: &Sitting, from: &Participant, to: &Participant) -> Flow {
    if !from.role.can(Capability::Publish) {
        return Flow::Nothing;
    }
    if from.id == to.id {
        // The equipment check goes through the real server and back to its owner alone.
        return if from.state == ParticipantState::CheckingEquipment {
            Flow::AudioVideo
        } else {
            Flow::Nothing
        };
    }
    match (from.state, to.state) {
        (ParticipantState::InHearing, ParticipantState::InHearing)
            if sitting.state == HearingState::InSession
                && may_attend(sitting, from)
                && may_attend(sitting, to) =>
        {
            Flow::AudioVideo
        }
        (ParticipantState::InConsultation, ParticipantState::InConsultation)
            if !sitting.state.is_over() && consult_together(from, to) =>
        {
            Flow::AudioVideo
        }
        (ParticipantState::Retired, ParticipantState::Retired) if !sitting.state.is_over() => {
            Flow::AudioVideo
        }
        _ => Flow::Nothing,
    }
}

/// True when a track of `from` goes to `to` at this moment: the flow allows it, and it is switched on and not silenced.
pub fn passes(sitting: &Sitting, from: &Participant, to: &Participant, source: Source) -> bool {
    let allowed = match flow(sitting, from, to) {
        Flow::Nothing => false,
        Flow::Audio => source == Source::Microphone,
        Flow::AudioVideo => true,
    };
    allowed && may_send(from, source)
}

/// True when a track of `from` goes into the record at this moment. The recorder is a row of this table like anyone.
pub fn recorded(sitting: &Sitting, from: &Participant, source: Source) -> bool {
    sitting.on_record
        && sitting.state == HearingState::InSession
        && from.state == ParticipantState::InHearing
        && from.role.can(Capability::Publish)
        && may_attend(sitting, from)
        && may_send(from, source)
}

/// True when others may hear the participant's microphone at this moment, wherever they are.
pub fn is_heard(sitting: &Sitting, from: &Participant) -> bool {
    from.role.can(Capability::Publish)
        && may_send(from, Source::Microphone)
        && match from.state {
            ParticipantState::InHearing => {
                sitting.state == HearingState::InSession && may_attend(sitting, from)
            }
            ParticipantState::InConsultation | ParticipantState::Retired => !sitting.state.is_over(),
            _ => false,
        }
}

/// True when `viewer` may know that `other` takes part, and where they are.
pub fn may_know(viewer: &Participant, other: &Participant) -> bool {
    if viewer.id == other.id {
        return true;
    }
    if sees_everyone(viewer) {
        return true;
    }
    match viewer.state {
        ParticipantState::InHearing => other.state == ParticipantState::InHearing,
        ParticipantState::InConsultation => {
            other.state == ParticipantState::InConsultation && consult_together(viewer, other)
        }
        _ => false,
    }
}

/// True when `viewer` may know when an adjourned hearing goes on: everybody whose part in it is not over.
pub fn may_know_next(viewer: &Participant) -> bool {
    !is_out(viewer)
}

/// True when the viewer's role sees everybody, and their part is not over: whoever was put out sees nobody any more.
pub fn sees_everyone(viewer: &Participant) -> bool {
    viewer.role.can(Capability::SeeEveryone) && !is_out(viewer)
}

fn is_out(p: &Participant) -> bool {
    matches!(p.state, ParticipantState::Dismissed | ParticipantState::Removed)
}

/// True when `viewer` may know why the hearing was adjourned. A witness who has not been called must not learn from it
/// what others have said, and those who were never let in have not heard it.
pub fn may_know_reason(sitting: &Sitting, viewer: &Participant) -> bool {
    let came_in = matches!(
        viewer.state,
        ParticipantState::InHearing | ParticipantState::InConsultation | ParticipantState::Retired
    );
    may_know_next(viewer) && (viewer.role.is_court() || came_in && may_attend(sitting, viewer))
}

/// True when `viewer` may follow the protocol of testimony that is recorded in advance: the court, and whoever is in the room
/// and hears it.
pub fn may_follow_capture(sitting: &Sitting, viewer: &Participant) -> bool {
    let court = viewer.role.is_court() && !is_out(viewer);
    court || viewer.state == ParticipantState::InHearing && may_attend(sitting, viewer)
}

/// True when `viewer` may follow a recording that is shown to the hearing: whoever may hear the court at this moment, and
/// nobody else. A witness who waits, whoever is in another room, and everybody while the hearing stands still get nothing of it.
pub fn may_follow_playback(sitting: &Sitting, viewer: &Participant) -> bool {
    sitting.playback.is_some()
        && sitting.state == HearingState::InSession
        && viewer.state == ParticipantState::InHearing
        && may_attend(sitting, viewer)
}

/// The same consultation room, and not both sides of the case in it.
fn consult_together(a: &Participant, b: &Participant) -> bool {
    let opposed = a.role.side().zip(b.role.side()).is_some_and(|(a, b)| a != b);
    a.consultation.is_some() && a.consultation == b.consultation && !opposed
}

/// May this participant be in the hearing room's exchange at all?
fn may_attend(sitting: &Sitting, p: &Participant) -> bool {
    if p.role == Role::SupportOfficer || (p.role.is_public() && sitting.in_camera) {
        return false;
    }
    // Whoever testifies hears nothing before the call and nothing after the release.
    !p.role.is_sequestered()
        || matches!(
            p.testimony,
            Some(Testimony::Called | Testimony::Identified | Testimony::Sworn | Testimony::Affirmed)
        )
}

fn may_send(from: &Participant, source: Source) -> bool {
    from.sends(source) && (source != Source::Screen || from.role.can(Capability::ShareScreen))
}

/// Every allowed pair `(from, to, source)`, in a fixed order.
pub fn table(sitting: &Sitting) -> Vec<(ParticipantId, ParticipantId, Source)> {
    let mut rows = Vec::new();
    for to in sitting.participants.values() {
        for from in sitting.participants.values() {
            for source in [Source::Microphone, Source::Camera, Source::Screen] {
                if passes(sitting, from, to, source) {
                    rows.push((from.id, to.id, source));
                }
            }
        }
    }
    rows
}
