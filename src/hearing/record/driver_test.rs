//! A recorder that ends by itself, under a hearing that goes on.

use super::super::Record;
use super::*;
use crate::court::act::Act;
use crate::court::state::RecordingState;
use crate::hearing::OUTBOX;
use crate::hearing::scene_test::{SESSION, Scene};
use crate::wire::view::RecordingStatus;
use std::time::Duration;
use tokio::time::timeout;

/// The record does its work until the other has come about.
async fn meanwhile(driver: &mut Driver, orders: &mut mpsc::Receiver<Order>, what: impl Future<Output = ()>) {
    let end = timeout(Duration::from_secs(60), async {
        tokio::select! {
            () = driver.run(orders) => panic!("the record has ended"),
            () = what => {}
        }
    });
    end.await.expect("it did not come about");
}

#[tokio::test]
async fn a_recorder_that_ends_by_itself_is_in_the_court_log_and_the_record_goes_on_while_its_part_is_sealed()
{
    let scene = Scene::new().await;
    let (mut task, mut inputs, handle) = scene.assemble().await;
    let (reports, inbox) = mpsc::channel(256);
    let (record, mut driver, mut orders) = Record::new(scene.hearing, scene.evidence.clone(), reports);
    (task.record, inputs.reports) = (record, inbox);
    tokio::spawn(task.run(inputs));
    let (outbox, _inbox) = mpsc::channel(OUTBOX);
    handle
        .connect(scene.judge, SESSION, 1, outbox)
        .await
        .unwrap()
        .unwrap();
    scene.act(&handle, Act::FinishCheck { passed: true }).await;
    scene.act(&handle, Act::Begin).await;
    scene.act(&handle, Act::GoOnRecord).await;
    let runs = scene.shows(&handle, RecordingStatus::NothingToRecord);
    meanwhile(&mut driver, &mut orders, runs).await;

    // The recorder's thread ends, and with it its events. What is put in its place leads nowhere.
    let current = driver.current.take().unwrap();
    let first = current.id;
    current.recorder.finish().await.unwrap();
    // Its seal hangs, as under a token or a disk that does not answer: a pipe to which nobody writes yet.
    let notes = scene.evidence.recorder_dir(first).join("segments.jsonl");
    let (aside, content) = (notes.with_extension("aside"), std::fs::read(&notes).unwrap());
    std::fs::rename(&notes, &aside).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&notes).status();
    assert!(made.unwrap().success());
    let elsewhere = RecorderConfig {
        recording: Uuid::now_v7(),
        dir: scene.folder.path().join("elsewhere"),
        first_segment: 1,
        cutoff: Cutoff::default(),
    };
    driver.current = Some(Current {
        id: first,
        recorder: Recorder::start(elsewhere, mpsc::channel(1).0).unwrap(),
        events: current.events,
    });
    let goes_on = async {
        scene.shows(&handle, RecordingStatus::Failing).await;
        scene.shows(&handle, RecordingStatus::NothingToRecord).await;
    };
    // The record does not wait for it.
    meanwhile(&mut driver, &mut orders, goes_on).await;
    let attached = scene.store.recordings_in_states(&[RecordingState::Attached]);
    assert!(attached.await.unwrap().is_empty() && !driver.sealing.is_done());
    let mut pipe = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&notes)
        .unwrap();
    std::fs::rename(&aside, &notes).unwrap();
    std::io::Write::write_all(&mut pipe, &content).unwrap();
    drop(pipe);
    scene.act(&handle, Act::Close).await;
    let sealed = async {
        while scene
            .store
            .recordings_in_states(&[RecordingState::Attached])
            .await
            .unwrap()
            .len()
            < 2
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    meanwhile(&mut driver, &mut orders, sealed).await;

    let log = scene.log().await;
    let kinds: Vec<&str> = log.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "entered",
            "opened",
            "began",
            "on_record",
            "record_failed",
            "record_restored",
            "off_record",
            "closed"
        ]
    );
    for entry in &log[4..6] {
        assert!(
            entry.by.is_none() && entry.about.is_none() && entry.segment == Some(1),
            "{entry:?}"
        );
    }
    // The log that is sealed with the first part says how it ended; the second part names the first.
    let part = scene.evidence.describe(first).await.unwrap().unwrap();
    assert!(part.log.iter().any(|entry| entry.kind == "record_failed"));
    let recordings = scene.store.recordings_of_hearing(scene.hearing).await.unwrap();
    assert_eq!((recordings.len(), recordings[0].id), (2, first));
    assert_eq!(recordings[1].previous, Some(first));
}
