//! What was played, into the chain of custody: a store that fails stops nobody who stops something, and is caught up with.

use super::command::OUTBOX;
use super::played::{Entry, Played};
use super::scene_test::{SESSION, Scene};
use super::task::Task;
use crate::court::act::Act;
use crate::court::id::{ParticipantId, RecordingId};
use crate::court::playback::{Exhibit, FollowState, PlayedPart, Protocol};
use crate::court::refusal::Refusal;
use crate::court::role::Role;
use crate::court::state::RecordingState;
use crate::evidence::PlayedEvent;
use crate::wire::message::ServerMessage;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

fn exhibit(duration_ms: u64) -> Exhibit {
    Exhibit {
        recording: RecordingId(Uuid::now_v7()),
        manifest_sha256: "00".into(),
        title: "Testimony".into(),
        parts: vec![PlayedPart {
            segment: 1,
            duration_ms,
        }],
        court_only: BTreeSet::from(["segment-001/witness-1-camera.webm".to_owned()]),
        closed: false,
        protocol: Protocol::Complete,
    }
}

/// Does an act; none when the hearing does not answer.
async fn act(
    task: &mut Task,
    by: ParticipantId,
    act: Act,
    shown: Option<Exhibit>,
) -> Option<Result<(), Refusal>> {
    let (reply, answer) = oneshot::channel();
    task.act_with(by, act, shown, reply).await;
    answer.await.ok()
}

async fn done(task: &mut Task, by: ParticipantId, the: Act) {
    act(task, by, the, None).await.unwrap().unwrap();
}

/// A hearing in session with the judge and counsel in the room and a witness outside, to whom this recording is shown.
async fn showing(
    scene: &Scene,
    shown: &Exhibit,
) -> (
    Task,
    ParticipantId,
    ParticipantId,
    Vec<mpsc::Receiver<ServerMessage>>,
) {
    let witness = scene.expect("A. Rahimova", Role::Witness).await;
    let counsel = scene.expect("B. Tursunov", Role::DefenceCounsel).await;
    let (mut task, _inputs, _handle) = scene.assemble().await;
    let mut inboxes = Vec::new();
    for (n, id) in [scene.judge, witness, counsel].into_iter().enumerate() {
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        inboxes.push(inbox);
        task.connect(id, SESSION, n as u64, outbox).await.unwrap();
        done(&mut task, id, Act::FinishCheck { passed: true }).await;
    }
    done(&mut task, scene.judge, Act::Begin).await;
    done(&mut task, scene.judge, Act::Admit { participant: counsel }).await;
    let show = Act::ShowRecording {
        recording: shown.recording,
    };
    let answer = act(&mut task, scene.judge, show, Some(shown.clone())).await;
    answer.unwrap().unwrap();
    (task, witness, counsel, inboxes)
}

#[tokio::test]
async fn each_is_given_what_they_may_follow_and_it_ends_by_itself() {
    let scene = Scene::new().await;
    let shown = exhibit(1);
    let (mut task, witness, counsel, mut inboxes) = showing(&scene, &shown).await;
    let judge = scene.judge;
    assert!(task.following(witness).is_none(), "who waits outside");
    assert_eq!(task.shown(), Some(shown.recording));
    assert!(task.following(judge).unwrap().hidden.is_empty());
    assert_eq!(task.following(counsel).unwrap().hidden, shown.court_only);
    // What the witness's page was told holds nothing of it either.
    while let Ok(message) = inboxes[1].try_recv() {
        let text = serde_json::to_string(&message).unwrap();
        assert!(!text.contains(&shown.recording.to_string()), "{text}");
    }
    task.follows(counsel, shown.recording, FollowState::Following);
    task.follows(counsel, RecordingId(Uuid::now_v7()), FollowState::Failed);
    assert_eq!(task.following(judge).unwrap().view.unseen, Some(vec![judge]));
    done(&mut task, judge, Act::PlayRecording).await;
    // Its only millisecond passes.
    while task.following(judge).unwrap().view.playing {
        tokio::time::sleep(Duration::from_millis(1)).await;
        task.playback_through().await;
    }
    done(&mut task, judge, Act::PutAwayRecording).await;
    assert!(task.following(judge).is_none() && task.shown().is_none());
    let log = scene.log().await;
    let played: Vec<&str> = log
        .iter()
        .map(|e| e.kind.as_str())
        .filter(|kind| kind.starts_with("playback_"))
        .collect();
    assert_eq!(
        played,
        [
            "playback_shown",
            "playback_began",
            "playback_reached_end",
            "playback_put_away"
        ]
    );
}

#[tokio::test]
async fn while_the_chain_of_custody_cannot_be_kept_nothing_more_is_played_and_everything_can_be_stopped() {
    let scene = Scene::new().await;
    let shown = exhibit(3_600_000);
    let (mut task, ..) = showing(&scene, &shown).await;
    let judge = scene.judge;
    scene.store.close().await;
    let mut played = 0;
    while act(&mut task, judge, Act::PlayRecording, None).await.is_some() {
        done(&mut task, judge, Act::PauseRecording).await;
        played += 1;
        assert!(played < 1_000, "without a bound");
    }
    assert!(
        played > 50,
        "a store that fails for a moment stops nobody: {played}"
    );
    let seek = Act::SeekRecording { position_ms: 5 };
    assert_eq!(act(&mut task, judge, seek, None).await, None);
    done(&mut task, judge, Act::PutAwayRecording).await;
    done(&mut task, judge, Act::Mark { text: "m".into() }).await;
}

#[tokio::test]
async fn what_waits_is_not_waited_for_without_end() {
    let scene = Scene::new().await;
    let played = Played::start(scene.evidence.clone());
    assert!(played.flush(Duration::from_secs(5)).await, "nothing waits");
    let entry = || Entry {
        recording: RecordingId(Uuid::now_v7()),
        by: "oyer".into(),
        event: PlayedEvent {
            hearing: scene.hearing,
            kind: "playback_began".into(),
            entry: Some(1),
            text: None,
        },
    };
    // Of a recording that is gone there is nothing to enter it into, today and tomorrow; nor of one that is destroyed, whose chain of
    // custody is at its end.
    played.enter(entry());
    assert!(played.flush(Duration::from_secs(5)).await);
    let destroyed = RecordingId(Uuid::now_v7());
    let row = scene
        .store
        .create_recording(destroyed, scene.hearing, RecordingState::Disposed, 1, None);
    row.await.unwrap();
    played.enter(Entry {
        recording: destroyed,
        ..entry()
    });
    assert!(played.flush(Duration::from_secs(30)).await);
    scene.store.close().await;
    played.enter(entry());
    assert!(!played.flush(Duration::from_millis(50)).await);
}
