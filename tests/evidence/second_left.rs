//! What a crash leaves in a folder that is a second store: files half written, folders half deleted.

use crate::disposal::approved;
use crate::second::{copied, court, store_of};
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_disposal_takes_what_crashes_left_of_the_recording_in_the_second_store() {
    let court = court().await;
    let (recording, id) = approved(&court).await;
    court.evidence.copy_waiting().await.unwrap();
    let partial = store_of(&court).join("partial");
    // A copy that was cut off, and a deletion.
    fs::write(partial.join(format!("recordings.{recording}.half")), b"of a file").unwrap();
    let locked = partial.join(format!("enclosed.{recording}.old/data"));
    fs::create_dir_all(&locked).unwrap();
    fs::write(locked.join("track"), b"sound").unwrap();
    let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o555);
    fs::set_permissions(&locked, mode).unwrap();
    fs::write(partial.join("recordings.another.half"), b"of a file").unwrap();
    court
        .evidence
        .carry_out_disposal(id, "O. Rahmonov (clerk)")
        .await
        .unwrap();
    assert_eq!(names(&partial), ["recordings.another.half"]);
    let rows = court.store.custody(recording).await.unwrap();
    assert!(rows.last().unwrap().line.contains(r#""second_store":"deleted""#));
}

#[tokio::test]
async fn what_has_lain_half_written_for_days_is_deleted_at_a_start() {
    let (court, _) = copied().await;
    let partial = store_of(&court).join("partial");
    for name in ["old", "new"] {
        fs::write(partial.join(name), b"half a file").unwrap();
    }
    let then = SystemTime::now() - Duration::from_secs(25 * 3600);
    File::options()
        .write(true)
        .open(partial.join("old"))
        .unwrap()
        .set_modified(then)
        .unwrap();
    // It has been looked for already.
    court.evidence.copy_waiting().await.unwrap();
    assert_eq!(names(&partial), ["new", "old"]);
    let store = store_of(&court);
    let court = court.restarted().await;
    let place = oyer::evidence::SecondPlace::Folder(store);
    court.evidence.use_second_store(place).unwrap();
    court.evidence.copy_waiting().await.unwrap();
    assert_eq!(names(&partial), ["new"]);
}
