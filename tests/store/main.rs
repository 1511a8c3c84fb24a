//! Every function of the store against SQLite, and against PostgreSQL where there is one.
#![cfg(feature = "server")]

mod court;
mod custody;
mod postgres;
mod recordings;
mod redactions;

use oyer::court::id::{CaseId, HearingId, ParticipantId, PersonId};
use oyer::court::role::Role;
use oyer::store::{NewCase, NewHearing, NewParticipant, Store};
use std::future::Future;
use uuid::Uuid;

/// Runs `test` on a fresh database of each kind. Each kind is a run of its own, so a failure says which one it was.
async fn on_each_database<F, R>(test: F)
where
    F: Fn(Store) -> R,
    R: Future<Output = ()>,
{
    let data = tempfile::tempdir().unwrap();
    eprintln!("store test on SQLite");
    test(Store::open_embedded(data.path()).await.unwrap()).await;
    match postgres::fresh_database().await {
        Some(database) => {
            eprintln!("store test on PostgreSQL");
            let store = Store::open(&database.url).await.unwrap();
            test(store.clone()).await;
            store.close().await;
        }
        None => eprintln!("SKIPPED on PostgreSQL: no OYER_TEST_POSTGRES and no /usr/lib/postgresql/15/bin"),
    }
}

fn id<T: From<Uuid>>() -> T {
    T::from(Uuid::now_v7())
}

struct Ground {
    case: CaseId,
    hearing: HearingId,
    judge: PersonId,
    participant: ParticipantId,
}

async fn ground(store: &Store) -> Ground {
    let ground = Ground {
        case: id(),
        hearing: id(),
        judge: id(),
        participant: id(),
    };
    let case = NewCase {
        id: ground.case,
        reference: format!("1-10/{}", ground.case),
        title: "Case".into(),
        created_at: 1_000,
    };
    store.create_case(case).await.unwrap();
    store
        .create_person(ground.judge, "N. Karimova", 1_001)
        .await
        .unwrap();
    let hearing = NewHearing {
        id: ground.hearing,
        case_id: ground.case,
        title: "Hearing".into(),
        listed_for: 2_000,
        created_at: 1_002,
    };
    store.create_hearing(hearing).await.unwrap();
    let participant = NewParticipant {
        id: ground.participant,
        hearing_id: ground.hearing,
        person_id: ground.judge,
        role: Role::Judge,
        name: "Judge Karimova".into(),
    };
    store.add_participant(participant).await.unwrap();
    ground
}
