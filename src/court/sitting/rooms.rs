//! Who goes where, who testifies, and who is kept from whose picture.

use super::super::id::ParticipantId;
use super::super::refusal::Refusal;
use super::super::role::Role;
use super::super::state::{HearingState, ParticipantState, Room, Testimony};
use super::{Facts, Sitting};
use std::collections::BTreeSet;

impl Sitting {
    pub(super) fn screening(
        &mut self,
        id: ParticipantId,
        from: &BTreeSet<ParticipantId>,
        facts: &mut Facts,
    ) -> Result<(), Refusal> {
        let mut names = Vec::new();
        for other in from {
            let other = self.participant(*other)?;
            if other.id == id || other.role.is_court() {
                // The court sees whom it hears.
                return Err(Refusal::CourtSees);
            }
            names.push(other.name.as_str());
        }
        let text = (!names.is_empty()).then(|| names.join(", "));
        let p = self.participant_mut(id)?;
        if p.kept_from != *from {
            p.kept_from.clone_from(from);
            facts.about(if text.is_some() { "screened" } else { "unscreened" }, id, text);
        }
        Ok(())
    }

    pub(super) fn finish_check(
        &mut self,
        actor: ParticipantId,
        passed: bool,
        facts: &mut Facts,
    ) -> Result<(), Refusal> {
        let p = self.participant_mut(actor)?;
        p.equipment_ok = Some(passed);
        if p.state != ParticipantState::CheckingEquipment {
            return Ok(());
        }
        if !p.role.is_court() {
            p.state = ParticipantState::Waiting;
            return Ok(());
        }
        // The court needs nobody's leave to enter its own room.
        p.state = ParticipantState::InHearing;
        facts.about("entered", actor, None);
        self.open(facts)
    }

    pub(super) fn admit(&mut self, id: ParticipantId, facts: &mut Facts) -> Result<(), Refusal> {
        let in_camera = self.in_camera;
        let p = self.participant_mut(id)?;
        if p.state == ParticipantState::InHearing {
            return Ok(());
        }
        if p.role.is_sequestered() {
            return Err(Refusal::CallInstead);
        }
        if p.role.is_public() && in_camera || p.role == Role::SupportOfficer {
            return Err(Refusal::RoomNotAllowed);
        }
        if p.state != ParticipantState::Waiting {
            return Err(Refusal::WrongPlace);
        }
        p.state = ParticipantState::InHearing;
        p.hand_raised = false;
        facts.about("admitted", id, None);
        self.open(facts)
    }

    pub(super) fn move_to(
        &mut self,
        id: ParticipantId,
        room: Room,
        facts: &mut Facts,
    ) -> Result<(), Refusal> {
        let p = self.participant_mut(id)?;
        if p.room() == Some(room) {
            return Ok(());
        }
        if !p.is_here() {
            return Err(Refusal::WrongPlace);
        }
        let (state, kind) = match room {
            Room::HearingRoom => (ParticipantState::InHearing, "returned"),
            Room::WaitingRoom => (ParticipantState::Waiting, "sent_to_waiting"),
            Room::RetiringRoom if matches!(p.role, Role::Judge | Role::PanelMember) => {
                (ParticipantState::Retired, "retired")
            }
            Room::ConsultationRoom | Room::RetiringRoom => return Err(Refusal::RoomNotAllowed),
        };
        if state == ParticipantState::Waiting {
            // As by `send_to_waiting`: testimony that was under way is over.
            p.leave(state);
        } else {
            p.state = state;
            p.consultation = None;
            p.hand_raised = false;
        }
        facts.about(kind, id, None);
        Ok(())
    }

    /// Into a consultation room: that of somebody who is named, or an empty one. Each is closed to all others, and never
    /// holds both sides of the case.
    pub(super) fn consult(
        &mut self,
        id: ParticipantId,
        with: Option<ParticipantId>,
        facts: &mut Facts,
    ) -> Result<(), Refusal> {
        let p = self.participant(id)?;
        let (now, side) = (p.consultation, p.role.side());
        if !p.is_here() {
            return Err(Refusal::WrongPlace);
        }
        if !p.role.may_consult() {
            return Err(Refusal::RoomNotAllowed);
        }
        let number = match with {
            // Named after themselves, or somebody who is in no consultation now: the page is a step behind.
            Some(with) => match self.participant(with)?.consultation {
                Some(number) if with != id => number,
                _ => return Err(Refusal::WrongPlace),
            },
            None => match now {
                Some(number) => number,
                None => self.empty_consultation(),
            },
        };
        if now == Some(number) {
            return Ok(());
        }
        let there = || {
            self.participants
                .values()
                .filter(|o| o.consultation == Some(number))
        };
        if side.is_some() && there().any(|o| o.role.side().is_some_and(|s| Some(s) != side)) {
            return Err(Refusal::OtherSide);
        }
        let names: Vec<&str> = there().map(|o| o.name.as_str()).collect();
        let text = (!names.is_empty()).then(|| names.join(", "));
        let p = self.participant_mut(id)?;
        p.state = ParticipantState::InConsultation;
        p.consultation = Some(number);
        p.hand_raised = false;
        facts.about("to_consultation", id, text);
        Ok(())
    }

    /// The lowest number that no consultation room has.
    fn empty_consultation(&self) -> u16 {
        let used: BTreeSet<u16> = self
            .participants
            .values()
            .filter_map(|p| p.consultation)
            .collect();
        // There are never more rooms than people.
        (1..=u16::MAX).find(|n| !used.contains(n)).unwrap_or(u16::MAX)
    }

    pub(super) fn call(&mut self, id: ParticipantId, facts: &mut Facts) -> Result<(), Refusal> {
        let in_session = self.state == HearingState::InSession;
        let p = self.participant_mut(id)?;
        if !p.role.is_sequestered() {
            return Err(Refusal::NotAWitness);
        }
        if p.state == ParticipantState::InHearing {
            return Ok(());
        }
        if !in_session {
            return Err(Refusal::WrongState);
        }
        if p.state != ParticipantState::Waiting {
            return Err(Refusal::WrongPlace);
        }
        p.state = ParticipantState::InHearing;
        p.testimony = Some(Testimony::Called);
        p.hand_raised = false;
        facts.about("called", id, None);
        Ok(())
    }

    pub(super) fn testify(
        &mut self,
        id: ParticipantId,
        to: Testimony,
        kind: &'static str,
        facts: &mut Facts,
    ) -> Result<(), Refusal> {
        let p = self.participant_mut(id)?;
        let Some(now) = p.testimony else {
            return Err(if p.role.is_sequestered() {
                Refusal::WrongPlace
            } else {
                Refusal::NotAWitness
            });
        };
        if now == to {
            return Ok(());
        }
        // Some courts check the identity after the oath, so only a released witness stays as they are.
        if now == Testimony::Released || p.state != ParticipantState::InHearing {
            return Err(Refusal::WrongPlace);
        }
        if !(now.is_bound() && to == Testimony::Identified) {
            p.testimony = Some(to);
        }
        facts.about(kind, id, None);
        Ok(())
    }
}
