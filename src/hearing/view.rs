//! The hearing as one participant may see it.

use super::live::Live;
use crate::court::capture::{HearingKind, Standing};
use crate::court::id::ParticipantId;
use crate::court::playback::FollowState;
use crate::court::policy;
use crate::court::role::Capability;
use crate::court::sitting::{Participant, Sitting};
use crate::court::state::ParticipantState;
use crate::wire::view::{
    Adjournment, CaptureView, HearingView, ParticipantView, PlaybackView, StepState, StepView, You,
};

/// What `viewer` may know at this moment; none when they do not belong to the hearing.
pub fn view(live: &Live, viewer: ParticipantId) -> Option<HearingView> {
    let sitting = &live.sitting;
    let viewer = sitting.participants.get(&viewer)?;
    let known = |ids: &[ParticipantId]| {
        ids.iter()
            .filter_map(|id| sitting.participants.get(id))
            .filter(|p| policy::may_know(viewer, p))
            .map(|p| p.id)
            .collect()
    };
    Some(HearingView {
        id: sitting.id,
        case_id: sitting.case_id,
        case_reference: sitting.case_reference.clone(),
        title: sitting.title.clone(),
        kind: kind(sitting),
        listed_for: sitting.listed_for,
        state: sitting.state,
        in_camera: sitting.in_camera,
        court_present: court_present(sitting),
        waiting: policy::sees_everyone(viewer).then(|| waiting(sitting)),
        participants: sitting
            .participants
            .values()
            .filter(|p| policy::may_know(viewer, p))
            .map(|p| participant(sitting, viewer, p))
            .collect(),
        recording: live.record.status,
        record_since: capture(sitting, viewer).and(live.record_since),
        capture: capture(sitting, viewer),
        playback: playback(sitting, viewer),
        record_on_resume: sitting.record_on_resume,
        record_failing: known(&live.record.failing),
        record_starting: known(&live.record.starting),
        log_waiting: match viewer.role.can(Capability::HandleEvidence) {
            true => live.log_waiting,
            false => 0,
        },
        sealed: if viewer.role.can(Capability::SeeCase) {
            live.sealed.clone()
        } else {
            Vec::new()
        },
        adjourned: adjourned(sitting, viewer),
        revision: live.revision,
    })
}

fn kind(sitting: &Sitting) -> HearingKind {
    match sitting.capture {
        Some(_) => HearingKind::Testimony,
        None => HearingKind::Hearing,
    }
}

/// How far the protocol has come, without those of whom the viewer may not know.
fn capture(sitting: &Sitting, viewer: &Participant) -> Option<CaptureView> {
    let capture = sitting.capture.as_ref()?;
    if !policy::may_follow_capture(sitting, viewer) {
        return None;
    }
    let may_know = |id: &ParticipantId| {
        let p = sitting.participants.get(id);
        p.is_some_and(|p| policy::may_know(viewer, p))
    };
    let steps = capture.steps(&sitting.participants).into_iter();
    let known = steps.filter(|step| step.counsel.is_none_or(|id| may_know(&id)));
    Some(CaptureView {
        witness: capture.witness.filter(may_know),
        witness_for: capture.witness_for,
        place: capture.place.clone(),
        steps: known
            .map(|step| {
                let (state, reason) = match capture.standing(step) {
                    Standing::Open => (StepState::Open, None),
                    Standing::Done => (StepState::Done, None),
                    Standing::LeftOut(reason) => (StepState::LeftOut, Some(reason)),
                };
                StepView {
                    step: step.step,
                    counsel: step.counsel,
                    state,
                    reason,
                }
            })
            .collect(),
        examining: capture.examining.filter(may_know),
        objections: capture
            .objections
            .iter()
            .filter(|o| may_know(&o.by))
            .cloned()
            .collect(),
    })
}

/// The recording that is shown, for those who may hear the court.
pub fn playback(sitting: &Sitting, viewer: &Participant) -> Option<PlaybackView> {
    let playback = sitting.playback.as_ref()?;
    if !policy::may_follow_playback(sitting, viewer) {
        return None;
    }
    let unseen = |p: &&Participant| {
        policy::may_follow_playback(sitting, p) && playback.says(p.id) != Some(FollowState::Following)
    };
    let exhibit = &playback.exhibit;
    Some(PlaybackView {
        recording: exhibit.recording,
        manifest_sha256: exhibit.manifest_sha256.clone(),
        title: exhibit.title.clone(),
        protocol: exhibit.protocol,
        parts: exhibit.parts.clone(),
        position_ms: playback.position_ms,
        at: playback.at,
        playing: playback.playing,
        unseen: viewer.role.can(Capability::PlayRecording).then(|| {
            sitting
                .participants
                .values()
                .filter(unseen)
                .map(|p| p.id)
                .collect()
        }),
    })
}

/// When it goes on concerns everybody who is still to come; why it was adjourned, only those who take part in the hearing.
fn adjourned(sitting: &Sitting, viewer: &Participant) -> Option<Adjournment> {
    let (reason, next) = sitting.adjourned.as_ref()?;
    policy::may_know_next(viewer).then(|| Adjournment {
        reason: policy::may_know_reason(sitting, viewer).then(|| reason.clone()),
        next: next.clone(),
    })
}

/// Who a participant is, for their own page.
pub fn you(p: &Participant) -> You {
    You {
        participant: p.id,
        name: p.name.clone(),
        role: p.role,
        capabilities: p.role.capabilities().to_vec(),
    }
}

fn court_present(sitting: &Sitting) -> bool {
    sitting
        .participants
        .values()
        .any(|p| p.role.is_court() && p.connected && p.state == ParticipantState::InHearing)
}

fn waiting(sitting: &Sitting) -> u32 {
    let n = sitting
        .participants
        .values()
        .filter(|p| p.state == ParticipantState::Waiting)
        .count();
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn participant(sitting: &Sitting, viewer: &Participant, p: &Participant) -> ParticipantView {
    // The court sees the whole list, the protected person those whom they may know of, and everybody whether they are on
    // it themselves, so that no tile lies to them.
    let told = |id: &ParticipantId| {
        viewer.role.can(Capability::Screening)
            || *id == viewer.id
            || viewer.id == p.id
                && sitting
                    .participants
                    .get(id)
                    .is_some_and(|other| policy::may_know(viewer, other))
    };
    // What may be wrong with a person's links is for the court to judge; nobody else is told of it, the person included.
    let court = viewer.role.is_court() && policy::sees_everyone(viewer);
    ParticipantView {
        id: p.id,
        name: p.name.clone(),
        role: p.role,
        state: p.state,
        room: p.room(),
        consultation: p.consultation,
        connected: p.connected,
        microphone: p.microphone,
        camera: p.camera,
        screen: p.screen,
        muted: p.muted,
        hand_raised: p.hand_raised,
        testimony: p.testimony,
        equipment_ok: p.equipment_ok,
        kept_from: p.kept_from.iter().copied().filter(told).collect(),
        link_declined_at: p.link_declined_at.filter(|_| court),
        seat_taken_over_at: p.seat_taken_over_at.filter(|_| court),
    }
}
