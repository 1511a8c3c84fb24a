//! Why an act was not done.

/// Why an act was refused. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The role does not include it.
    #[error("Your role in this hearing does not allow this.")]
    NotPermitted,
    /// No such participant in this hearing.
    #[error("This hearing has no such participant.")]
    UnknownParticipant,
    /// The hearing is not in a state in which this is possible.
    #[error("This is not possible in the present state of the hearing.")]
    WrongState,
    /// The participant is not where the act needs them.
    #[error("The person is not in the place that this needs; look where they are now.")]
    WrongPlace,
    /// A witness or expert is called, not admitted.
    #[error("A witness or expert is called into the room, not admitted.")]
    CallInstead,
    /// Only a witness or expert testifies.
    #[error("Only a witness or an expert testifies.")]
    NotAWitness,
    /// The room is not for that role.
    #[error("This room is not open to a person in that role.")]
    RoomNotAllowed,
    /// The other side is in that consultation room.
    #[error("The other side of the case is in that consultation room. Give this person one of their own.")]
    OtherSide,
    /// Nobody's picture is kept from the court, nor from themselves.
    #[error("A person's picture cannot be kept from the court, nor from the person.")]
    CourtSees,
    /// Only at a hearing that records testimony in advance.
    #[error("This is a step of testimony recorded in advance, and this hearing is of another kind.")]
    NotTestimony,
    /// A step of the protocol belongs on the record.
    #[error("This belongs on the record. Go on the record first.")]
    OffRecord,
    /// Another witness's testimony is recorded here.
    #[error("The testimony of another witness is recorded here. Each witness has a session of their own.")]
    OneWitness,
    /// A step of the protocol is open.
    #[error("A step is still open. Take it, or say why it is left out.")]
    StepsOpen,
    /// No such objection.
    #[error("There is no objection with this number.")]
    NoObjection,
    /// No sealed recording of testimony of this case.
    #[error("This is no sealed recording of testimony of this case.")]
    NoSuchRecording,
    /// No recording is shown.
    #[error("No recording is shown at this hearing.")]
    NothingShown,
    /// The text is empty, too long, or not one printable line.
    #[error("A text of 1 to 500 printable characters in one line is needed.")]
    BadText,
    /// The date is no RFC 3339 date-time.
    #[error("The next date is not a date and time as in RFC 3339.")]
    BadDate,
}

impl Refusal {
    /// Stable code, for programs and for the page's catalogue.
    pub fn code(self) -> &'static str {
        match self {
            Refusal::NotPermitted => "not_permitted",
            Refusal::UnknownParticipant => "unknown_participant",
            Refusal::WrongState => "wrong_state",
            Refusal::WrongPlace => "wrong_place",
            Refusal::CallInstead => "call_instead",
            Refusal::NotAWitness => "not_a_witness",
            Refusal::RoomNotAllowed => "room_not_allowed",
            Refusal::OtherSide => "other_side",
            Refusal::CourtSees => "court_sees",
            Refusal::NotTestimony => "not_testimony",
            Refusal::OffRecord => "off_record",
            Refusal::OneWitness => "one_witness",
            Refusal::StepsOpen => "steps_open",
            Refusal::NoObjection => "no_objection",
            Refusal::NoSuchRecording => "no_such_recording",
            Refusal::NothingShown => "nothing_shown",
            Refusal::BadText => "bad_text",
            Refusal::BadDate => "bad_date",
        }
    }
}
