//! What a pass over all sealed recordings finds.

use crate::courthouse::Court;
use crate::custody_acts;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// A recording that was sealed and attached.
async fn sealed(court: &Court) -> oyer::court::id::RecordingId {
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    recording
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scrub_names_what_is_not_as_it_was_sealed_and_leaves_the_rest_alone() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    let pass = async |pace| {
        let mut found = Vec::new();
        let tell = |id, damaged: Option<&oyer::evidence::Damaged>| found.push((id, damaged.is_some()));
        let scrubbed = court.evidence.scrub(pace, tell).await.unwrap();
        assert_eq!(scrubbed.recordings, 1);
        (scrubbed, found)
    };
    let before = custody_acts(&court, recording).await;
    let (good, found) = pass(None).await;
    assert!(good.damaged.is_empty(), "{good:?}");
    assert_eq!(found, [(recording, false)]);
    assert_eq!(custody_acts(&court, recording).await, before, "nobody had it");

    // A disk that loses a bit asks nobody for permission.
    let data = court
        .sealed_dir(recording)
        .join("data")
        .join(recording.to_string());
    let segment = fs::read_dir(&data)
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| p.is_dir())
        .unwrap();
    let track = fs::read_dir(&segment).unwrap().next().unwrap().unwrap().path();
    fs::set_permissions(&track, fs::Permissions::from_mode(0o644)).unwrap();
    let mut content = fs::read(&track).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(&track, &content).unwrap();
    let (bad, found) = pass(Some(1 << 30)).await;
    assert_eq!(found, [(recording, true)]);
    let name = track.file_name().unwrap().to_str().unwrap();
    assert!(
        bad.damaged[0].what.iter().any(|what| what.contains(name)),
        "{bad:?}"
    );
    assert_eq!(bad.damaged[0].recording, recording);
    let acts = custody_acts(&court, recording).await;
    assert_eq!(acts.len(), before.len() + 2, "{acts:?}");
    assert!(
        acts.ends_with(&["verified begun".into(), "verified completed".into()]),
        "{acts:?}"
    );

    // The whole folder is gone: that is damage too, and no reason to stop.
    fs::rename(court.sealed_dir(recording), court.folder.path().join("elsewhere")).unwrap();
    let (gone, _) = pass(None).await;
    assert_eq!(gone.damaged.len(), 1, "{gone:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_that_is_broken_off_goes_on_after_a_restart() {
    let court = Court::new().await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(sealed(&court).await);
    }
    let broken_off = async |court: &Court| {
        let (told, mut first) = tokio::sync::mpsc::unbounded_channel();
        let pass = court.evidence.scrub_on(None, move |id, _| told.send(id).unwrap());
        tokio::select! {
            biased;
            id = first.recv() => id.unwrap(),
            done = pass => panic!("it was not broken off: {done:?}"),
        }
    };
    assert_eq!(broken_off(&court).await, all[0]);
    let court = court.restarted().await;
    let pass = async |court: &Court| {
        let mut read = Vec::new();
        let tell = |id, _: Option<&oyer::evidence::Damaged>| read.push(id);
        court.evidence.scrub_on(None, tell).await.unwrap();
        read
    };
    assert_eq!(pass(&court).await, all[1..]);
    // The next one is of all.
    assert_eq!(pass(&court).await, all);
    // What is said of how far it came cannot be understood: all is read.
    assert_eq!(broken_off(&court).await, all[0]);
    fs::write(court.folder.path().join("notes/scrubbing"), "{").unwrap();
    assert_eq!(pass(&court).await, all);
}
