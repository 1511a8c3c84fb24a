//! The TypeScript twin of the wire types, for the web client. Written by `oyer` developers with
//! `OYER_WRITE_WIRE=1 cargo test --lib wire::typescript`; without the variable the test fails on drift.

use super::{PROTOCOL_VERSION, api, condition, media, message, redaction, retention, view};
use crate::court::{act, capture, custody, id, playback, role, state};
use crate::rtp::source::Source;
use std::collections::BTreeMap;
use std::fmt::Write;
use ts_rs::{Config, TS};

/// Every wire type as one TypeScript module.
pub fn module() -> String {
    let config = Config::default();
    let mut types = BTreeMap::new();
    macro_rules! collect {
        ($($t:ty),* $(,)?) => { $( types.insert(<$t>::ident(&config), (<$t>::docs(), <$t>::decl(&config))); )* };
    }
    collect!(
        id::CaseId,
        id::HearingId,
        id::PersonId,
        id::ParticipantId,
        id::InvitationId,
        id::RecordingId,
        id::RequestId,
        role::Role,
        role::Capability,
        state::HearingState,
        state::Room,
        state::ParticipantState,
        state::Testimony,
        state::RecordingState,
        act::Act,
        act::Oath,
        custody::ReleaseForm,
        custody::RequestState,
        custody::RetentionClass,
        custody::DisposalState,
        capture::HearingKind,
        capture::WitnessFor,
        capture::Step,
        capture::Ruling,
        capture::Objection,
        playback::PlayedPart,
        playback::FollowState,
        playback::Protocol,
        Source,
        view::HearingView,
        view::Adjournment,
        view::CaptureView,
        view::PlaybackView,
        view::StepView,
        view::StepState,
        view::ParticipantView,
        view::RecordingStatus,
        view::Seat,
        view::You,
        message::ClientMessage,
        message::ServerMessage,
        message::Quality,
        message::ShownPicture,
        message::ByeReason,
        api::Problem,
        api::RedeemRequest,
        api::Session,
        api::Me,
        api::NewCase,
        api::Case,
        api::CaseFile,
        api::NewHearing,
        api::Hearing,
        api::NewPerson,
        api::Person,
        api::NewParticipant,
        api::Participant,
        api::NewInvitation,
        api::Invitation,
        api::InvitationState,
        api::IssuedInvitation,
        api::Court,
        api::IceServer,
        api::HearingNow,
        api::Evidence,
        api::Recording,
        api::Segment,
        api::RecordedTrack,
        api::Receipt,
        api::Gap,
        api::LogEntry,
        api::CustodyEntry,
        api::CustodyPhase,
        api::CustodyOutcome,
        api::PlayedAt,
        api::Verification,
        api::VerificationProgress,
        api::VerificationCheck,
        api::Ticket,
        api::PlayedNow,
        api::KeptPicture,
        api::AccessCopy,
        api::SecondStoreCopy,
        api::NewAnnotation,
        api::Annotation,
        media::RecordedHearing,
        media::NewMediaRequest,
        media::Decision,
        media::MediaRequest,
        media::GrantRequest,
        media::Reason,
        media::ReleaseLink,
        media::OpenRelease,
        media::OpenedRelease,
        media::Release,
        media::Playback,
        crate::court::redaction::RedactionKind,
        crate::court::redaction::RedactedInterval,
        redaction::NewRedactionOrder,
        redaction::RedactionOrder,
        redaction::RedactedCopy,
        redaction::Redactions,
        redaction::RedactedFrom,
        redaction::RedactedPerson,
        redaction::CarriedOut,
        redaction::ReleasedRedacted,
        retention::SetRetention,
        retention::RetentionRule,
        retention::LegalHold,
        retention::Disposal,
        retention::Retention,
        retention::CopyOutcome,
        retention::DestroyedCopy,
        retention::DisposedRecording,
        crate::court::condition::SealStage,
        crate::court::condition::SealFault,
        crate::court::condition::CopyStage,
        crate::court::condition::CopyFault,
        crate::court::condition::EncryptFault,
        condition::SealHindered,
        condition::Damage,
        condition::CopyHindered,
        condition::EncryptHindered,
        condition::CopyCondition,
        condition::RecordingCondition,
        condition::Alarms,
    );
    let mut out =
        String::from("// Generated from src/wire by `cargo test --lib wire::typescript`. Do not edit.\n\n");
    let _ = writeln!(out, "export const PROTOCOL_VERSION = {PROTOCOL_VERSION};\n");
    for (docs, decl) in types.into_values() {
        if let Some(docs) = docs {
            out.push_str(&docs);
        }
        let _ = writeln!(out, "export {decl}\n");
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_web_client_has_the_same_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/web-client/src/core/wire.ts");
        let expected = super::module();
        if std::env::var_os("OYER_WRITE_WIRE").is_some() {
            std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
            std::fs::write(path, &expected).unwrap();
        }
        let found = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            found == expected,
            "web-client/src/core/wire.ts has drifted from src/wire: run OYER_WRITE_WIRE=1 cargo test --lib wire::typescript"
        );
    }
}
