//! Released copies: the mark that is seen in every picture, and what stays of a release that is over.

use crate::courthouse::Court;
use crate::{custody_acts, eventually};
use oyer::court::custody::ReleaseForm;
use oyer::court::id::{RecordingId, RequestId};
use oyer::evidence::AccessCopyStatus;
use oyer::store::{Decided, MediaRequest, NewMediaRequest};
use std::path::{Path, PathBuf};
use std::process::Command;
use uuid::Uuid;

const LATER: i64 = 4_000_000_000_000;

fn decided() -> Decided {
    Decided {
        by: "N. Karimova (judge)".into(),
        reason: "Counsel of record".into(),
        at: 5,
    }
}

/// A request by the witness, for somebody of that name, that was granted.
async fn released(court: &Court, recording: RecordingId, name: &str, secret: u8) -> MediaRequest {
    let asker = court.store.participant(court.witness).await.unwrap().unwrap();
    let new = NewMediaRequest {
        id: RequestId(Uuid::now_v7()),
        recording,
        form: ReleaseForm::AccessCopy,
        person: asker.person_id,
        requested_by: "Clerk".into(),
        for_self: false,
        released_to: name.into(),
        reason: "To prepare".into(),
        requested_at: 4,
    };
    let request = court.evidence.request_media(&new).await.unwrap();
    let (decided, secret) = (decided(), [secret; 32]);
    let release = court.evidence.release(&request, &decided, LATER, &secret);
    release.await.unwrap()
}

async fn copy_of(court: &Court, release: &MediaRequest) -> PathBuf {
    let end = eventually(
        async || match court.evidence.release_copy(release).await.unwrap() {
            AccessCopyStatus::Running { .. } => None,
            end => Some(end),
        },
    );
    assert_eq!(end.await, AccessCopyStatus::Done);
    file_of(court, release)
}

fn file_of(court: &Court, release: &MediaRequest) -> PathBuf {
    let name = format!("release-{}-{}.mp4", release.id, release.recording);
    court.folder.path().join("access").join(name)
}

/// A third of a picture in grey, by rows from the top.
fn third(file: &Path, at: &str, row: u32) -> Vec<u8> {
    let crop = format!("crop=1280:240:0:{},format=gray", row * 240);
    let done = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-nostdin", "-ss", at, "-i"])
        .arg(file)
        .args(["-frames:v", "1", "-vf", &crop, "-f", "rawvideo", "-"])
        .output()
        .unwrap();
    assert_eq!(
        done.stdout.len(),
        1280 * 240,
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    done.stdout
}

/// Pixels that are clearly another shade.
fn differing(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).filter(|(a, b)| a.abs_diff(**b) > 40).count()
}

#[tokio::test]
async fn a_released_copy_bears_the_name_of_whom_it_is_for_over_every_picture() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    court
        .evidence
        .start_access_copy(recording, "Clerk")
        .await
        .unwrap();
    let plain = court
        .folder
        .path()
        .join("access")
        .join(format!("{recording}.mp4"));
    let one = released(&court, recording, "Elena Sokolova", 1).await;
    let other = released(&court, recording, "': x=0 %{pts}", 2).await;
    let (one_file, other_file) = (copy_of(&court, &one).await, copy_of(&court, &other).await);
    // In the first part, in the second, and in a third of the picture each: no strip can be cut off without it.
    for at in ["0.2", "1.8", "2.4", "3.8"] {
        for row in 0..3 {
            let (bare, marked) = (third(&plain, at, row), third(&one_file, at, row));
            let another = third(&other_file, at, row);
            assert!(differing(&bare, &marked) > 500, "no mark at {at}, third {row}");
            assert!(
                differing(&marked, &another) > 200,
                "the mark is the same at {at}, third {row}"
            );
        }
    }
    let acts = custody_acts(&court, recording).await;
    assert_eq!(
        acts.iter()
            .filter(|a| *a == "access_copy completed ok=true")
            .count(),
        3,
        "{acts:?}"
    );
}

#[tokio::test]
async fn nothing_stays_of_a_copy_whose_release_is_over() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let withdrawn = released(&court, recording, "Elena Sokolova", 1).await;
    // Whether it was made by then or not.
    court
        .evidence
        .withdraw_release(&withdrawn, &decided())
        .await
        .unwrap();
    let early = released(&court, recording, "Botir Aliyev", 2).await;
    copy_of(&court, &early).await;
    court.evidence.withdraw_release(&early, &decided()).await.unwrap();
    let kept = released(&court, recording, "Madina Qodirova", 3).await;
    copy_of(&court, &kept).await;
    // Its time runs out; the start of the server, and each day, sees to it.
    let expired = released(&court, recording, "Sergey Kim", 4).await;
    copy_of(&court, &expired).await;
    std::fs::rename(file_of(&court, &expired), file_of(&court, &withdrawn)).unwrap();
    court.evidence.recover_all().await.unwrap();
    assert!(file_of(&court, &kept).exists());
    for over in [&withdrawn, &early] {
        assert!(!file_of(&court, over).exists());
        let row = court.store.media_request(over.id).await.unwrap().unwrap();
        assert!(court.evidence.open_release_copy(&row).await.unwrap().is_none());
    }
}
