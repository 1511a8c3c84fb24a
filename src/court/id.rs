//! Identifiers. Each kind is a type of its own, so that a participant is never taken for a person.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[derive(serde::Serialize, serde::Deserialize, ts_rs::TS, utoipa::ToSchema)]
        #[serde(transparent)]
        #[ts(type = "string", export_to = "wire.ts")]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(
    /// A case: the dispute or charge.
    CaseId
);
id!(
    /// A hearing of a case.
    HearingId
);
id!(
    /// A person as the court knows them, across hearings.
    PersonId
);
id!(
    /// A person in one role at one hearing.
    ParticipantId
);
id!(
    /// An invitation: one link for one participant.
    InvitationId
);
id!(
    /// A recording of a hearing: what is sealed as one.
    RecordingId
);
id!(
    /// A request for a recording; once it is granted, the release.
    RequestId
);
