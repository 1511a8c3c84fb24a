//! The sitting: a hearing's live run as a pure state machine. Acts go in, facts for the court log come out.
//!
//! An act that would change nothing succeeds and leaves no trace: pressing twice is harmless.

mod capture;
mod course;
mod playback;
mod rooms;

use super::act::{Act, Oath, TEXT_CHARS_MAX};
use super::capture::{Capture, Step};
use super::entry::is_printable_line;
use super::id::{CaseId, HearingId, ParticipantId};
use super::playback::{Exhibit, Playback};
use super::refusal::Refusal;
use super::role::Role;
use super::state::{HearingState, ParticipantState, Room, Testimony};
use crate::rtp::source::Source;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A participant of a sitting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Who.
    pub id: ParticipantId,
    /// Name, as the court wrote it.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Where they stand.
    pub state: ParticipantState,
    /// Which consultation room they are in, from 1; none outside of one. Each is a room of its own.
    #[serde(default)]
    pub consultation: Option<u16>,
    /// False while their connection is lost; the seat is kept.
    pub connected: bool,
    /// The court log says that their connection was lost, and does not yet say that it is back.
    #[serde(default)]
    pub lost: bool,
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
    /// Result of the equipment check.
    pub equipment_ok: Option<bool>,
    /// Those who hear this person and may not see them (screening, a special measure). It stays whatever they do.
    #[serde(default)]
    pub kept_from: BTreeSet<ParticipantId>,
    /// When somebody who had opened a link of this person last said that it is not they. Unix milliseconds.
    #[serde(default)]
    pub link_declined_at: Option<i64>,
    /// When their place was last taken over by another session while they were connected. Unix milliseconds.
    #[serde(default)]
    pub seat_taken_over_at: Option<i64>,
}

impl Participant {
    /// Somebody who was invited and has not come yet.
    pub fn invited(id: ParticipantId, name: String, role: Role) -> Self {
        let publishes = role.can(super::role::Capability::Publish);
        Self {
            id,
            name,
            role,
            state: ParticipantState::Invited,
            consultation: None,
            connected: false,
            lost: false,
            microphone: publishes,
            camera: publishes,
            screen: false,
            muted: false,
            hand_raised: false,
            testimony: None,
            equipment_ok: None,
            kept_from: BTreeSet::new(),
            link_declined_at: None,
            seat_taken_over_at: None,
        }
    }

    /// The room they are in; none before they come and after they go.
    pub fn room(&self) -> Option<Room> {
        match self.state {
            ParticipantState::Waiting => Some(Room::WaitingRoom),
            ParticipantState::InHearing => Some(Room::HearingRoom),
            ParticipantState::InConsultation => Some(Room::ConsultationRoom),
            ParticipantState::Retired => Some(Room::RetiringRoom),
            ParticipantState::Invited
            | ParticipantState::CheckingEquipment
            | ParticipantState::Dismissed
            | ParticipantState::Removed => None,
        }
    }

    /// True when the participant switched the source on and the court did not silence it.
    pub fn sends(&self, source: Source) -> bool {
        match source {
            Source::Microphone => self.microphone && !self.muted,
            Source::Camera => self.camera,
            Source::Screen => self.screen,
        }
    }

    fn is_here(&self) -> bool {
        self.room().is_some_and(|r| r != Room::WaitingRoom)
    }
}

/// A hearing's live run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitting {
    /// The hearing.
    pub id: HearingId,
    /// Its case.
    pub case_id: CaseId,
    /// The case's reference.
    pub case_reference: String,
    /// The hearing's title.
    pub title: String,
    /// Unix milliseconds.
    pub listed_for: i64,
    /// Where it stands.
    pub state: HearingState,
    /// Closed to the public.
    pub in_camera: bool,
    /// On the record by order.
    pub on_record: bool,
    /// The record ran when the sitting was interrupted, so it runs again when it goes on.
    pub record_on_resume: bool,
    /// Reason and next date of an adjournment.
    pub adjourned: Option<(String, Option<String>)>,
    /// The protocol of testimony that is recorded in advance; none in a hearing of another kind.
    #[serde(default)]
    pub capture: Option<Capture>,
    /// A recording that is shown to the hearing.
    #[serde(default)]
    pub playback: Option<Playback>,
    /// Everybody expected.
    pub participants: BTreeMap<ParticipantId, Participant>,
}

/// Something for the court log. The caller adds time and number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// A stable word.
    pub kind: &'static str,
    /// Who did it; none when it happened by itself.
    pub by: Option<ParticipantId>,
    /// Whom it concerns.
    pub about: Option<ParticipantId>,
    /// Free text.
    pub text: Option<String>,
}

/// What an act is done under, beside the sitting itself.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    /// Unix milliseconds.
    pub now: i64,
    /// The recording that the act would show, if there is such a sealed recording of testimony of this case.
    pub exhibit: Option<Exhibit>,
}

impl Sitting {
    /// A participant.
    pub fn participant(&self, id: ParticipantId) -> Result<&Participant, Refusal> {
        self.participants.get(&id).ok_or(Refusal::UnknownParticipant)
    }

    fn participant_mut(&mut self, id: ParticipantId) -> Result<&mut Participant, Refusal> {
        self.participants.get_mut(&id).ok_or(Refusal::UnknownParticipant)
    }

    /// A participant's signalling connection came up. True when anything changed.
    pub fn connect(&mut self, id: ParticipantId) -> Result<bool, Refusal> {
        let p = self.participant_mut(id)?;
        let before = p.clone();
        p.connected = true;
        if p.state == ParticipantState::Invited {
            p.state = ParticipantState::CheckingEquipment;
        }
        Ok(*p != before)
    }

    /// A participant's signalling connection was lost: the seat is kept. True when anything changed.
    pub fn disconnect(&mut self, id: ParticipantId) -> bool {
        match self.participants.get_mut(&id) {
            Some(p) => std::mem::replace(&mut p.connected, false),
            None => false,
        }
    }

    /// What the court log must say of a connection that was lost or came back: that somebody was cut off from a sitting
    /// that ran, and whenever it is, that they are back. To be asked after [`Sitting::connect`] and
    /// [`Sitting::disconnect`], unless the person went by an act, which is logged itself.
    pub fn presence(&mut self, id: ParticipantId) -> Option<Fact> {
        let runs = self.state == HearingState::InSession;
        let p = self.participants.get_mut(&id)?;
        let kind = match (p.connected, p.lost) {
            (false, false) if runs && p.is_here() => "disconnected",
            (true, true) => "reconnected",
            _ => return None,
        };
        p.lost = !p.connected;
        Some(by_itself(kind, id))
    }

    /// Somebody who had opened a link of this person said that it is not they. Nothing when the sitting is over: its log is
    /// closed. `now` in unix milliseconds.
    pub fn link_declined(&mut self, id: ParticipantId, now: i64) -> Option<Fact> {
        if self.state.is_over() {
            return None;
        }
        let p = self.participants.get_mut(&id)?;
        p.link_declined_at = Some(now);
        Some(by_itself("link_declined", id))
    }

    /// The place of this person, whose connection lived, was taken over by another session. Before they wait for the court
    /// it concerns nobody: people try one device and then another. `now` in unix milliseconds.
    pub fn seat_taken_over(&mut self, id: ParticipantId, now: i64) -> Option<Fact> {
        if self.state.is_over() {
            return None;
        }
        let p = self.participants.get_mut(&id)?;
        p.room()?;
        p.seat_taken_over_at = Some(now);
        Some(by_itself("seat_taken_over", id))
    }

    /// The server stopped or failed in mid-sitting: nobody is connected, and the sitting waits to be resumed.
    /// True when the sitting ran.
    pub fn interrupted_by_us(&mut self) -> bool {
        for p in self.participants.values_mut() {
            p.connected = false;
        }
        let ran = self.state == HearingState::InSession;
        if ran {
            self.state = HearingState::Suspended;
            self.record_on_resume = self.on_record;
        }
        self.on_record = false;
        // Where it stood is not known; the court shows it anew.
        self.playback = None;
        ran
    }

    /// Does an act that needs neither the time nor a recording, or refuses it and changes nothing.
    pub fn apply(&mut self, actor: ParticipantId, act: &Act) -> Result<Vec<Fact>, Refusal> {
        self.apply_under(actor, act, &Circumstances::default())
    }

    /// Does an act, or refuses it and changes nothing.
    pub fn apply_under(
        &mut self,
        actor: ParticipantId,
        act: &Act,
        circumstances: &Circumstances,
    ) -> Result<Vec<Fact>, Refusal> {
        let who = self.participant(actor)?;
        if let Some(capability) = act.needs()
            && !who.role.can(capability)
        {
            return Err(Refusal::NotPermitted);
        }
        if matches!(who.state, ParticipantState::Removed | ParticipantState::Dismissed) {
            return Err(Refusal::NotPermitted);
        }
        if let Act::Dismiss { participant }
        | Act::SendToWaiting { participant }
        | Act::Move { participant, .. }
        | Act::Mute { participant, .. }
        | Act::Remove { participant, .. } = act
            && *participant != actor
            && self.participant(*participant)?.role == Role::Judge
        {
            // Nobody silences or moves the judge but the judge.
            return Err(Refusal::NotPermitted);
        }
        if let Some(text) = act.text()
            && !is_printable_line(text, TEXT_CHARS_MAX)
        {
            return Err(Refusal::BadText);
        }
        if self.state.is_over() && !matches!(act, Act::Leave) {
            return Err(Refusal::WrongState);
        }
        let mut next = self.clone();
        let mut facts = Facts {
            by: actor,
            list: Vec::new(),
        };
        next.step(actor, act, circumstances, &mut facts)?;
        next.offer_playback();
        *self = next;
        Ok(facts.list)
    }

    fn step(
        &mut self,
        actor: ParticipantId,
        act: &Act,
        circumstances: &Circumstances,
        facts: &mut Facts,
    ) -> Result<(), Refusal> {
        let now = circumstances.now;
        match act {
            Act::FinishCheck { passed } => self.finish_check(actor, *passed, facts),
            Act::CheckEquipment => {
                let p = self.participant_mut(actor)?;
                if p.is_here() {
                    return Err(Refusal::WrongPlace);
                }
                p.state = ParticipantState::CheckingEquipment;
                Ok(())
            }
            Act::SetSource { source, on } => {
                let p = self.participant_mut(actor)?;
                if !p.role.can(super::role::Capability::Publish) && *on {
                    return Err(Refusal::NotPermitted);
                }
                match source {
                    Source::Microphone => p.microphone = *on,
                    Source::Camera => p.camera = *on,
                    Source::Screen => p.screen = *on,
                }
                Ok(())
            }
            Act::RaiseHand { up } => {
                self.participant_mut(actor)?.hand_raised = *up;
                Ok(())
            }
            Act::Leave => {
                let p = self.participant_mut(actor)?;
                let was_here = p.is_here();
                p.leave(ParticipantState::Invited);
                if was_here {
                    facts.about("left", actor, None);
                }
                Ok(())
            }
            Act::Admit { participant } => self.admit(*participant, facts),
            Act::SendToWaiting { participant } => {
                let p = self.participant_mut(*participant)?;
                if p.state != ParticipantState::Waiting {
                    if matches!(
                        p.state,
                        ParticipantState::Invited | ParticipantState::CheckingEquipment
                    ) {
                        return Err(Refusal::WrongPlace);
                    }
                    // Someone who was put out or dismissed comes back through the front door, and waits there.
                    p.leave(if p.connected {
                        ParticipantState::Waiting
                    } else {
                        ParticipantState::Invited
                    });
                    facts.about("sent_to_waiting", *participant, None);
                }
                Ok(())
            }
            Act::Dismiss { participant } => {
                let p = self.participant_mut(*participant)?;
                if p.state != ParticipantState::Dismissed {
                    p.leave(ParticipantState::Dismissed);
                    facts.about("dismissed", *participant, None);
                }
                Ok(())
            }
            Act::Remove { participant, reason } => {
                let p = self.participant_mut(*participant)?;
                if *participant == actor {
                    return Err(Refusal::NotPermitted);
                }
                if p.state != ParticipantState::Removed {
                    p.leave(ParticipantState::Removed);
                    facts.about("removed", *participant, Some(reason.clone()));
                }
                Ok(())
            }
            Act::Move {
                participant,
                room: Room::ConsultationRoom,
                with,
            } => self.consult(*participant, *with, facts),
            Act::Move { with: Some(_), .. } => Err(Refusal::RoomNotAllowed),
            Act::Move {
                participant,
                room,
                with: None,
            } => self.move_to(*participant, *room, facts),
            Act::Mute { participant, muted } => {
                let p = self.participant_mut(*participant)?;
                if p.muted != *muted {
                    p.muted = *muted;
                    facts.about(if *muted { "muted" } else { "unmuted" }, *participant, None);
                }
                Ok(())
            }
            Act::Call { participant } => {
                self.may_step(*participant)?;
                self.call(*participant, facts)?;
                self.stepped(Step::Call, *participant);
                Ok(())
            }
            Act::Identify { participant } => {
                self.may_step(*participant)?;
                self.testify(*participant, Testimony::Identified, "identified", facts)?;
                self.stepped(Step::Identity, *participant);
                Ok(())
            }
            Act::Swear { participant, form } => {
                let (bound, kind) = match form {
                    Oath::Oath => (Testimony::Sworn, "sworn"),
                    Oath::Affirmation => (Testimony::Affirmed, "affirmed"),
                };
                self.may_step(*participant)?;
                self.testify(*participant, bound, kind, facts)?;
                self.stepped(Step::Oath, *participant);
                Ok(())
            }
            Act::Release { participant } => {
                self.may_step(*participant)?;
                self.before_release(facts);
                self.testify(*participant, Testimony::Released, "released", facts)?;
                self.stepped(Step::Release, *participant);
                self.participant_mut(*participant)?
                    .leave(ParticipantState::Dismissed);
                Ok(())
            }
            Act::StateOpening {
                witness,
                witness_for,
                place,
            } => self.state_opening(*witness, *witness_for, place, facts),
            Act::StatePresent => self.state_present(facts),
            Act::StateWitnessRoom { others } => {
                self.state_step(Step::WitnessRoom, "witness_room_stated", others, facts)
            }
            Act::Examine { participant, on } => self.examine(*participant, *on, facts),
            Act::Object => self.object(actor, facts),
            Act::Rule { objection, ruling } => self.rule(actor, *objection, *ruling, facts),
            Act::StateClosing { custody } => self.state_step(Step::Closing, "closing_stated", custody, facts),
            Act::LeaveOut {
                step,
                counsel,
                reason,
            } => self.leave_out(*step, *counsel, reason, facts),
            Act::ShowRecording { .. } => self.show_recording(circumstances.exhibit.as_ref(), now, facts),
            Act::PlayRecording => self.play_recording(now, facts),
            Act::PauseRecording => {
                self.stop_playback("playback_stopped", now, facts);
                Ok(())
            }
            Act::SeekRecording { position_ms } => self.seek_recording(u64::from(*position_ms), now, facts),
            Act::PutAwayRecording => {
                self.put_away(now, facts);
                Ok(())
            }
            Act::Open => self.open(facts),
            Act::Begin => self.begin(facts),
            Act::Pause => {
                self.stop_playback("playback_stopped", now, facts);
                self.interrupt(HearingState::Paused, "paused", None, facts)
            }
            Act::Suspend { reason } => {
                self.stop_playback("playback_stopped", now, facts);
                self.interrupt(HearingState::Suspended, "suspended", Some(reason.clone()), facts)
            }
            Act::Resume => self.resume(facts),
            Act::Adjourn { reason, next } => {
                self.put_away(now, facts);
                self.adjourn(reason, next.as_deref(), facts)
            }
            Act::Close => {
                if self.state == HearingState::Listed {
                    // What was never opened cannot be over.
                    return Err(Refusal::WrongState);
                }
                self.complete_capture(facts)?;
                self.put_away(now, facts);
                self.stop_record(facts);
                self.state = HearingState::Closed;
                facts.note("closed", None);
                Ok(())
            }
            Act::GoOnRecord => {
                if self.state != HearingState::InSession {
                    return Err(Refusal::WrongState);
                }
                if !self.on_record {
                    self.on_record = true;
                    facts.note("on_record", None);
                }
                Ok(())
            }
            Act::GoOffRecord => {
                self.record_on_resume = false;
                self.stop_record(facts);
                Ok(())
            }
            Act::InCamera { on } => {
                if self.in_camera != *on {
                    self.in_camera = *on;
                    facts.note(if *on { "in_camera" } else { "in_public" }, None);
                    if *on {
                        for p in self.participants.values_mut() {
                            if p.role.is_public() && p.is_here() {
                                p.leave(ParticipantState::Waiting);
                                facts.about("sent_to_waiting", p.id, None);
                            }
                        }
                    }
                }
                Ok(())
            }
            Act::Screening { participant, from } => self.screening(*participant, from, facts),
            Act::Mark { text } => {
                facts.note("marker", Some(text.clone()));
                Ok(())
            }
        }
    }
}

impl Participant {
    fn leave(&mut self, to: ParticipantState) {
        self.state = to;
        self.consultation = None;
        self.lost = false;
        self.hand_raised = false;
        self.screen = false;
        if self.testimony.is_some_and(|t| t != Testimony::Released) {
            self.testimony = None;
        }
    }
}

/// A fact about somebody that nobody ordered.
fn by_itself(kind: &'static str, about: ParticipantId) -> Fact {
    Fact {
        kind,
        by: None,
        about: Some(about),
        text: None,
    }
}

struct Facts {
    by: ParticipantId,
    list: Vec<Fact>,
}

impl Facts {
    fn note(&mut self, kind: &'static str, text: Option<String>) {
        self.list.push(Fact {
            kind,
            by: Some(self.by),
            about: None,
            text,
        });
    }

    fn about(&mut self, kind: &'static str, about: ParticipantId, text: Option<String>) {
        self.list.push(Fact {
            kind,
            by: Some(self.by),
            about: Some(about),
            text,
        });
    }
}
