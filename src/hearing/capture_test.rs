//! Testimony recorded in advance, by the task that owns the hearing: what of it is written, and who is told.

use super::command::OUTBOX;
use super::scene_test::{SESSION, Scene};
use super::task::Task;
use crate::court::act::{Act, Oath};
use crate::court::capture::{HearingKind, Step, WitnessFor};
use crate::court::id::ParticipantId;
use crate::court::refusal::Refusal;
use crate::court::role::Role;
use crate::wire::view::{HearingView, StepState};
use tokio::sync::{mpsc, oneshot};

async fn act(task: &mut Task, by: ParticipantId, act: Act) -> Result<(), Refusal> {
    let (reply, answer) = oneshot::channel();
    task.act(by, act, reply).await;
    answer.await.unwrap()
}

fn view(task: &Task, of: ParticipantId) -> HearingView {
    super::view::view(&task.live, of).unwrap()
}

#[tokio::test]
async fn each_step_is_in_the_court_log_at_its_time_and_shown_to_those_in_the_room() {
    let scene = Scene::of(HearingKind::Testimony).await;
    let witness = scene.expect("A. Rahimova", Role::Witness).await;
    let counsel = scene.expect("B. Tursunov", Role::DefenceCounsel).await;
    let observer = scene.expect("C. Saidov", Role::Observer).await;
    let support = scene.expect("D. Umarov", Role::SupportOfficer).await;
    let (mut task, _inputs, _handle) = scene.assemble().await;
    let judge = scene.judge;
    let mut outboxes = Vec::new();
    for (n, id) in [judge, witness, counsel, observer, support]
        .into_iter()
        .enumerate()
    {
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        outboxes.push(inbox);
        task.connect(id, SESSION, n as u64, outbox).await.unwrap();
        act(&mut task, id, Act::FinishCheck { passed: true })
            .await
            .unwrap();
    }
    for step in [
        Act::Begin,
        Act::Admit { participant: counsel },
        Act::GoOnRecord,
        Act::StateOpening {
            witness,
            witness_for: WitnessFor::Defence,
            place: "Courtroom 4".into(),
        },
    ] {
        act(&mut task, judge, step).await.unwrap();
    }
    assert!(view(&task, judge).record_since.is_some(), "the clock of the page");
    for id in [judge, counsel] {
        let capture = view(&task, id).capture.unwrap();
        assert_eq!(capture.place.as_deref(), Some("Courtroom 4"));
    }
    // Whoever waits, and whoever hears nothing, learns what kind of hearing it is and no more.
    for id in [witness, observer, support] {
        let view = view(&task, id);
        assert_eq!(view.kind, HearingKind::Testimony);
        assert_eq!((view.capture, view.record_since), (None, None));
    }
    act(&mut task, judge, Act::Call { participant: witness })
        .await
        .unwrap();
    assert!(view(&task, witness).capture.is_some(), "in the room now");
    act(
        &mut task,
        judge,
        Act::Swear {
            participant: witness,
            form: Oath::Affirmation,
        },
    )
    .await
    .unwrap();
    act(
        &mut task,
        judge,
        Act::Examine {
            participant: counsel,
            on: true,
        },
    )
    .await
    .unwrap();
    act(&mut task, counsel, Act::Object).await.unwrap();
    assert_eq!(act(&mut task, judge, Act::Close).await, Err(Refusal::StepsOpen));
    let open: Vec<_> = view(&task, judge).capture.unwrap().steps;
    for step in open.into_iter().filter(|s| s.state == StepState::Open) {
        let leave_out = Act::LeaveOut {
            step: step.step,
            counsel: step.counsel,
            reason: "agreed by all".into(),
        };
        if step.step != Step::Examination {
            act(&mut task, judge, leave_out).await.unwrap();
        }
    }
    // The examination that runs ends with the session.
    act(&mut task, judge, Act::Close).await.unwrap();
    assert_eq!(view(&task, judge).record_since, None);

    let log = scene.log().await;
    let of = |kind: &str| {
        log.iter()
            .find(|e| e.kind == kind)
            .unwrap_or_else(|| panic!("{kind}"))
    };
    for kind in [
        "opening_stated",
        "witness_of_defence",
        "called",
        "affirmed",
        "examination_began",
        "examination_ended",
        "objection",
        "objection_unruled",
        "identity_left_out",
        "testimony_complete",
    ] {
        let entry = of(kind);
        assert_eq!(
            (entry.segment, entry.media_ms.is_some()),
            (Some(1), true),
            "{kind}"
        );
    }
    assert_eq!(of("objection").by.as_ref().unwrap().name, "B. Tursunov");
    assert_eq!(of("identity_left_out").text.as_deref(), Some("agreed by all"));
    let left = "present (left out), witness_room (left out), identity (left out), closing (left out), release (left out)";
    assert_eq!(of("testimony_complete").text.as_deref(), Some(left));
    assert_eq!(
        of("testimony_complete").about.as_ref().unwrap().name,
        "A. Rahimova"
    );
}

#[tokio::test]
async fn a_hearing_of_another_kind_has_no_protocol() {
    let scene = Scene::new().await;
    let (mut task, _inputs, _handle) = scene.assemble().await;
    let (outbox, _inbox) = mpsc::channel(OUTBOX);
    task.connect(scene.judge, SESSION, 1, outbox).await.unwrap();
    act(&mut task, scene.judge, Act::Begin).await.unwrap();
    let seen = view(&task, scene.judge);
    assert_eq!((seen.kind, seen.capture), (HearingKind::Hearing, None));
    assert_eq!(
        act(&mut task, scene.judge, Act::StatePresent).await,
        Err(Refusal::NotTestimony)
    );
}
