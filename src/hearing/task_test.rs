//! The task, moved step by step instead of by its clock.

use super::*;
use crate::court::act::Act;
use crate::court::id::RecordingId;
use crate::court::refusal::Refusal;
use crate::court::role::Role;
use crate::hearing::OUTBOX;

use crate::hearing::live::{Publication, Subscription};
use crate::hearing::scene_test::{SESSION, Scene};
use crate::rtp::codec::Codec;
use crate::rtp::source::Source;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Does an act; none when the hearing does not answer.
async fn act(task: &mut Task, by: ParticipantId, act: Act) -> Option<Result<(), Refusal>> {
    let (reply, answer) = oneshot::channel();
    task.act(by, act, reply).await;
    answer.await.ok()
}

fn mark() -> Act {
    Act::Mark { text: "m".into() }
}

#[tokio::test]
async fn who_was_let_go_and_is_back_before_the_next_tick_is_not_taken_for_lost() {
    let scene = Scene::new().await;
    let (mut task, _inputs, _handle) = scene.assemble().await;
    let judge = scene.judge;
    // One that does not read: the second change finds its queue full.
    let (outbox, _unread) = mpsc::channel(1);
    task.connect(judge, SESSION, 1, outbox).await.unwrap();
    for up in [true, false] {
        act(&mut task, judge, Act::RaiseHand { up })
            .await
            .unwrap()
            .unwrap();
    }
    assert!(!task.audience.has(judge), "it was let go");
    let (outbox, _inbox) = mpsc::channel(OUTBOX);
    task.connect(judge, SESSION, 2, outbox).await.unwrap();
    task.tick().await;
    assert!(task.live.sitting.participants[&judge].connected, "it is back");

    // One that does not come back is lost at the next tick.
    let (outbox, _unread) = mpsc::channel(1);
    task.connect(judge, SESSION, 3, outbox).await.unwrap();
    for up in [true, false] {
        act(&mut task, judge, Act::RaiseHand { up })
            .await
            .unwrap()
            .unwrap();
    }
    task.tick().await;
    assert!(!task.live.sitting.participants[&judge].connected);
}

#[tokio::test]
async fn while_the_court_log_cannot_be_kept_only_that_is_done_which_ends_something() {
    let scene = Scene::new().await;
    let (mut task, _inputs, _handle) = scene.assemble().await;
    let judge = scene.judge;
    let (outbox, _inbox) = mpsc::channel(OUTBOX);
    task.connect(judge, SESSION, 1, outbox).await.unwrap();
    act(&mut task, judge, Act::Begin).await.unwrap().unwrap();
    scene.store.close().await;
    let mut marked = 0;
    while let Some(done) = act(&mut task, judge, mark()).await {
        done.unwrap();
        marked += 1;
        assert!(marked < 10_000, "without a bound");
    }
    assert!(
        marked >= 4_000,
        "a store that fails for a moment stops nobody: {marked}"
    );
    assert_eq!(act(&mut task, judge, Act::GoOnRecord).await, None);
    assert!(!task.live.sitting.on_record, "what is not answered is not done");
    assert_eq!(act(&mut task, judge, Act::Pause).await, Some(Ok(())));
    assert_eq!(task.live.sitting.state, HearingState::Paused);
}

#[tokio::test]
async fn a_hearing_sleeps_when_nobody_is_there_before_it_begins_and_not_once_it_has() {
    let scene = Scene::new().await;
    let (mut task, _inputs, _handle) = scene.assemble().await;
    let judge = scene.judge;
    let lingered = || Some(Instant::now().checked_sub(2 * LINGER).unwrap());
    let (outbox, _inbox) = mpsc::channel(OUTBOX);
    task.connect(judge, SESSION, 1, outbox).await.unwrap();
    task.idle_since = lingered();
    assert!(matches!(task.tick().await, Flow::GoOn), "somebody is here");
    task.audience.remove(judge, 1);
    assert!(matches!(task.tick().await, Flow::GoOn), "not at once");
    task.idle_since = lingered();
    assert!(matches!(task.tick().await, Flow::Stop));

    act(&mut task, judge, Act::Begin).await.unwrap().unwrap();
    task.idle_since = lingered();
    assert!(matches!(task.tick().await, Flow::GoOn), "the court is sitting");
}

#[tokio::test]
async fn the_recording_is_sealed_only_when_the_court_log_is_stored_to_its_end() {
    let scene = Scene::new().await;
    let (mut task, _inputs, _handle) = scene.assemble().await;
    let judge = scene.judge;
    let (outbox, _inbox) = mpsc::channel(OUTBOX);
    task.connect(judge, SESSION, 1, outbox).await.unwrap();
    act(&mut task, judge, Act::Begin).await.unwrap().unwrap();
    // The store fails before the sitting is closed: what the log says of that is not in it.
    scene.store.close().await;
    act(&mut task, judge, Act::Close).await.unwrap().unwrap();
    assert!(task.live.sitting.state.is_over());
    assert!(task.finish, "it waits");
    task.tick().await;
    assert!(task.finish, "for as long as the store does not take the log");
    task.saved = true;
    task.finish();
    assert!(!task.finish);
}

/// The judge on the record, with a microphone, who has been heard for a second.
async fn speaking(task: &mut Task, judge: ParticipantId) {
    let (outbox, _inbox) = mpsc::channel(OUTBOX);
    task.connect(judge, SESSION, 1, outbox).await.unwrap();
    for done in [Act::FinishCheck { passed: true }, Act::Begin] {
        act(task, judge, done).await.unwrap().unwrap();
    }
    let microphone = Publication {
        session: Uuid::now_v7(),
        opened_by: SESSION,
        tracks: BTreeMap::from([(Source::Microphone, Codec::Opus)]),
    };
    task.live.publications.insert(judge, microphone);
    heard(task, judge).await;
    act(task, judge, Act::GoOnRecord).await.unwrap().unwrap();
    heard(task, judge).await;
}

async fn heard(task: &mut Task, who: ParticipantId) {
    let from = Instant::now();
    let levels = RoomEvent::AudioLevels {
        from,
        to: from + Duration::from_secs(1),
        levels: vec![(who.0, 20)],
    };
    task.media(levels).await;
}

#[tokio::test]
async fn a_server_that_stops_ends_the_spells_of_speech_before_it_says_so() {
    let scene = Scene::new().await;
    let (mut task, _inputs, _handle) = scene.assemble().await;
    speaking(&mut task, scene.judge).await;
    let log = scene.log().await;
    let last = log.last().unwrap();
    assert_eq!(
        (last.kind.as_str(), last.segment, last.by.is_none()),
        ("speech_began", Some(1), true),
        "stored at once, and nothing of what was heard before the record: {log:?}"
    );
    assert_eq!(last.about.as_ref().unwrap().participant, scene.judge.0);
    task.shutdown().await;
    let log = scene.log().await;
    let kinds: Vec<&str> = log.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "entered",
            "opened",
            "began",
            "on_record",
            "speech_began",
            "speech_ended",
            "suspended"
        ]
    );
}

#[tokio::test]
async fn a_seal_waits_for_the_spells_of_speech_too() {
    let scene = Scene::new().await;
    let (mut task, _inputs, _handle) = scene.assemble().await;
    let judge = scene.judge;
    speaking(&mut task, judge).await;
    let marks = task.speech.cut(judge, Instant::now(), true);
    scene.store.close().await;
    task.note_speech(marks, OffsetDateTime::now_utc());
    task.keep_log().await;
    assert!(!task.saved);
    act(&mut task, judge, Act::Close).await.unwrap().unwrap();
    assert!(task.finish, "it waits");
}

#[tokio::test]
async fn a_hearing_that_is_over_stays_awake_until_all_of_it_is_sealed() {
    let scene = Scene::new().await;
    let (mut task, mut inputs, _handle) = scene.assemble().await;
    let judge = scene.judge;
    let lingered = || Some(Instant::now().checked_sub(2 * LINGER).unwrap());
    let (outbox, _inbox) = mpsc::channel(OUTBOX);
    task.connect(judge, SESSION, 1, outbox).await.unwrap();
    act(&mut task, judge, Act::FinishCheck { passed: true })
        .await
        .unwrap()
        .unwrap();
    act(&mut task, judge, Act::Begin).await.unwrap().unwrap();
    act(&mut task, judge, Act::GoOnRecord).await.unwrap().unwrap();
    // An earlier part was sealed, before a crash.
    task.live.sealed.push(RecordingId(uuid::Uuid::now_v7()));
    let reported = async |inputs: &mut Inputs, what: fn(&Report) -> bool| {
        let end = tokio::time::timeout(Duration::from_secs(60), async {
            while !what(&inputs.reports.recv().await.unwrap()) {}
        });
        end.await.expect("it is not reported");
    };
    reported(&mut inputs, |r| matches!(r, Report::Began { .. })).await;
    // Its place in the store of recordings is taken.
    let kept = scene.folder.path().join("objects");
    let recordings = scene.store.recordings_of_hearing(scene.hearing).await.unwrap();
    let place = kept.join("recordings").join(recordings[0].id.to_string());
    std::fs::create_dir_all(place.join("in the way")).unwrap();
    act(&mut task, judge, Act::Close).await.unwrap().unwrap();
    task.tick().await;
    let spool = scene.folder.path().join("spool");
    let signed = tokio::time::timeout(Duration::from_secs(60), async {
        while !walk(&spool)
            .iter()
            .any(|path| path.ends_with("manifest-sha256.txt.p7s"))
        {
            tokio::task::yield_now().await;
        }
    });
    signed.await.expect("it comes as far as the store");
    task.audience.remove(judge, 1);
    task.idle_since = lingered();
    assert!(matches!(task.tick().await, Flow::GoOn), "it is tried again");

    std::fs::remove_dir_all(&place).unwrap();
    reported(&mut inputs, |r| matches!(r, Report::Sealed { .. })).await;
    let end = tokio::time::timeout(Duration::from_secs(60), async {
        while !task.record.is_settled() {
            tokio::task::yield_now().await;
        }
    });
    end.await.expect("nothing is left to do");
    task.idle_since = lingered();
    assert!(matches!(task.tick().await, Flow::Stop));

    // One damaged byte in it later does not keep the court from opening the hearing, nor does a number come twice.
    let (earlier, segment) = (
        scene.store.recordings_of_hearing(scene.hearing).await.unwrap(),
        task.segment,
    );
    drop(task);
    let seal = walk(&kept).into_iter().find(|path| path.ends_with("seal.json"));
    let seal = seal.expect("a sealed recording has its seal");
    let mut bytes = std::fs::read(&seal).unwrap();
    bytes[0] = b'!';
    let mut permissions = std::fs::metadata(&seal).unwrap().permissions();
    #[allow(clippy::permissions_set_readonly_false)]
    permissions.set_readonly(false);
    std::fs::set_permissions(&seal, permissions).unwrap();
    std::fs::write(&seal, bytes).unwrap();
    assert_eq!((earlier.len(), segment), (1, 1));
    assert_eq!(scene.evidence.last_segment(scene.hearing).await.unwrap(), 1);
    let (task, _inputs, _handle) = scene.assemble().await;
    assert_eq!(task.segment, 1);
}

/// Every file below a folder.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}

#[tokio::test]
async fn a_state_that_the_store_has_is_not_written_again() {
    let scene = Scene::new().await;
    let (mut task, _inputs, _handle) = scene.assemble().await;
    let (outbox, _inbox) = mpsc::channel(OUTBOX);
    task.connect(scene.judge, SESSION, 1, outbox).await.unwrap();
    let kept = || async {
        scene
            .store
            .hearing_snapshot(scene.hearing)
            .await
            .unwrap()
            .unwrap()
    };
    let connected = kept().await;
    let state = task.live.sitting.state;
    scene
        .store
        .set_hearing_snapshot(scene.hearing, state, "somebody else's", 1)
        .await
        .unwrap();
    // Media that comes and goes is no state of the court's.
    task.changed().await;
    assert_eq!(kept().await, "somebody else's");
    act(&mut task, scene.judge, Act::RaiseHand { up: true })
        .await
        .unwrap()
        .unwrap();
    let raised = kept().await;
    assert_ne!(raised, "somebody else's");
    // There and back again is written both times.
    act(&mut task, scene.judge, Act::RaiseHand { up: false })
        .await
        .unwrap()
        .unwrap();
    assert_ne!(kept().await, raised);
    assert_eq!(kept().await, connected);
}

/// Before anything has come of a microphone the way from it is open to whoever may hear it, and to the record.
#[tokio::test]
async fn a_microphone_is_awaited_by_those_who_may_hear_it_and_by_nobody_else() {
    let scene = Scene::new().await;
    let judge = scene.judge;
    let counsel = scene.expect("D. Orlov", Role::DefenceCounsel).await;
    let (mut task, _inputs, _handle) = scene.assemble().await;
    for (id, session) in [(judge, SESSION), (counsel, [8; 32])] {
        let (outbox, _inbox) = mpsc::channel(OUTBOX);
        task.connect(id, session, 1, outbox).await.unwrap();
        let silent = Publication {
            session: Uuid::now_v7(),
            opened_by: session,
            tracks: BTreeMap::new(),
        };
        task.live.publications.insert(id, silent);
        let subscription = Subscription {
            session: Uuid::now_v7(),
            opened_by: session,
            seats: 4,
            paused: BTreeSet::new(),
            shows: Vec::new(),
        };
        task.live.subscriptions.insert(id, subscription);
    }
    let checked = Act::FinishCheck { passed: true };
    for (id, done) in [(judge, checked.clone()), (judge, Act::Begin), (counsel, checked)] {
        act(&mut task, id, done).await.unwrap().unwrap();
    }
    task.live.reseat();
    assert_eq!(task.live.routes(), [], "counsel waits outside");
    let admit = Act::Admit { participant: counsel };
    act(&mut task, judge, admit).await.unwrap().unwrap();
    let routes = task.live.routes();
    assert_eq!(routes.len(), 2, "each hears the other: {routes:?}");
    assert!(routes.iter().all(|r| r.track.source == Source::Microphone));
    assert_eq!(task.live.awaited_microphones(), [], "off the record");
    act(&mut task, judge, Act::GoOnRecord).await.unwrap().unwrap();
    let session_of = |id| task.live.publications[&id].session;
    let awaited = task.live.awaited_microphones();
    assert_eq!(awaited.len(), 2, "{awaited:?}");
    assert!(awaited.iter().any(|key| key.session == session_of(counsel)));
    let muted = Act::Mute {
        participant: counsel,
        muted: true,
    };
    act(&mut task, judge, muted).await.unwrap().unwrap();
    assert_eq!(task.live.routes().len(), 1);
    assert_eq!(task.live.awaited_microphones().len(), 1, "nobody who is muted");
}
