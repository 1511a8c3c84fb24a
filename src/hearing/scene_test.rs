//! What tests of a live hearing stand on.

use super::task::{Inputs, Task};
use crate::court::act::Act;
use crate::court::capture::HearingKind;
use crate::court::id::{CaseId, HearingId, ParticipantId, PersonId};
use crate::court::role::Role;
use crate::evidence::Evidence;
use crate::hearing::{HearingHandle, Hearings};
use crate::seal::ledger::CourtLogEntry;
use crate::sfu::{Engine, EngineConfig};
use crate::store::{NewCase, NewHearing, NewParticipant, Store, TokenHash};
use crate::wire::view::RecordingStatus;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// The session of whoever connects.
pub(super) const SESSION: TokenHash = [7; 32];

/// A store with one hearing and its judge, in a folder of its own.
pub(super) struct Scene {
    pub store: Store,
    pub evidence: Evidence,
    pub hearing: HearingId,
    pub judge: ParticipantId,
    pub folder: tempfile::TempDir,
    /// Its workers end with it.
    engine: Engine,
}

impl Scene {
    pub async fn new() -> Self {
        Self::of(HearingKind::Hearing).await
    }

    pub async fn of(kind: HearingKind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_embedded(folder.path()).await.unwrap();
        let now = OffsetDateTime::now_utc();
        let (evidence, _) = Evidence::open(store.clone(), folder.path(), "Court", now).unwrap();
        let (case_id, hearing) = (CaseId(Uuid::now_v7()), HearingId(Uuid::now_v7()));
        let case = NewCase {
            id: case_id,
            reference: "1".into(),
            title: "Case".into(),
            created_at: 1,
        };
        store.create_case(case).await.unwrap();
        let listed = NewHearing {
            id: hearing,
            case_id,
            title: "Hearing".into(),
            listed_for: 1,
            created_at: 1,
        };
        store.create_hearing_of(listed, kind).await.unwrap();
        let (judge, person_id) = (ParticipantId(Uuid::now_v7()), PersonId(Uuid::now_v7()));
        store.create_person(person_id, "N. Karimova", 1).await.unwrap();
        let participant = NewParticipant {
            id: judge,
            hearing_id: hearing,
            person_id,
            role: Role::Judge,
            name: "N. Karimova".into(),
        };
        store.add_participant(participant).await.unwrap();
        Self {
            store,
            evidence,
            hearing,
            judge,
            folder,
            engine: Engine::start(EngineConfig::default()).unwrap(),
        }
    }

    /// Another view of the same evidence, with a second folder for recordings.
    pub fn evidence_with_second_spool(&self, folder: &std::path::Path) -> Evidence {
        let now = OffsetDateTime::now_utc();
        let (evidence, _) = Evidence::open(self.store.clone(), self.folder.path(), "Court", now).unwrap();
        evidence.with_second_spool(folder).unwrap()
    }

    /// One more person on the hearing's list, before it comes to life.
    pub async fn expect(&self, name: &str, role: Role) -> ParticipantId {
        let (id, person_id) = (ParticipantId(Uuid::now_v7()), PersonId(Uuid::now_v7()));
        self.store.create_person(person_id, name, 1).await.unwrap();
        let participant = NewParticipant {
            id,
            hearing_id: self.hearing,
            person_id,
            role,
            name: name.into(),
        };
        self.store.add_participant(participant).await.unwrap();
        id
    }

    /// The hearing's task before it runs.
    pub async fn assemble(&self) -> (Task, Inputs, HearingHandle) {
        let hearings = Hearings::new(self.engine.clone(), self.store.clone(), self.evidence.clone());
        hearings.assemble(self.hearing).await.unwrap()
    }

    pub async fn log(&self) -> Vec<CourtLogEntry> {
        let rows = self.store.log(self.hearing).await.unwrap();
        rows.iter()
            .map(|row| serde_json::from_str(&row.json).unwrap())
            .collect()
    }

    pub async fn act(&self, handle: &HearingHandle, act: Act) {
        handle.act(self.judge, act).await.unwrap().unwrap();
    }

    /// Ends when the page is shown this.
    pub async fn shows(&self, handle: &HearingHandle, status: RecordingStatus) {
        loop {
            let view = handle.view(self.judge).await.unwrap().unwrap();
            if view.recording == status {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
