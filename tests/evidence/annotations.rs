//! Notes on sealed recordings.

use crate::courthouse::{Court, check_with_other_tools};
use crate::custody_acts;
use oyer::evidence::{Annotation, AnnotationError, EvidenceError};
use std::fs;

#[tokio::test]
async fn a_note_lies_in_the_chain_of_custody_and_the_sealed_recording_stays_as_it_is() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    let note = |segment, at_ms, text: &str| Annotation {
        segment,
        at_ms,
        text: text.into(),
    };
    let annotate = |note| court.evidence.annotate(recording, "N. Karimova (judge)", note);
    let early = annotate(note(1, 0, "early")).await;
    assert!(matches!(early, Err(EvidenceError::NotFound(_))), "{early:?}");
    court.evidence.seal(recording, summary).await.unwrap();
    let manifest = court.sealed_dir(recording).join("manifest-sha256.txt");
    let sealed = fs::read(&manifest).unwrap();

    let first = note(2, 1_500, "“Corrects the date”, см. л. д. 14");
    assert_eq!(annotate(first.clone()).await.unwrap(), Ok(4));
    for (bad, why) in [
        (note(1, 0, ""), AnnotationError::Length),
        (note(1, 0, "  "), AnnotationError::Length),
        (note(1, 0, &"x".repeat(501)), AnnotationError::Length),
        (note(1, 0, "a\nb"), AnnotationError::NotText),
        (note(1, 0, "a\u{9f}b"), AnnotationError::NotText),
        (note(3, 0, "x"), AnnotationError::NoMoment),
        (note(1, u64::MAX, "x"), AnnotationError::NoMoment),
    ] {
        assert_eq!(annotate(bad.clone()).await.unwrap(), Err(why), "{bad:?}");
    }
    assert_eq!(annotate(note(1, 2_000, &"ж".repeat(500))).await.unwrap(), Ok(5));
    assert_eq!(
        custody_acts(&court, recording).await[3..],
        ["annotated", "annotated"]
    );
    let custody = court.evidence.describe(recording).await.unwrap().unwrap().custody;
    let found: Vec<_> = custody
        .iter()
        .filter_map(|e| Some((e.by.as_str(), Annotation::of(e)?)))
        .collect();
    assert_eq!(found[0], ("N. Karimova (judge)", first));
    assert_eq!(found.len(), 2);

    assert_eq!(fs::read(&manifest).unwrap(), sealed);
    check_with_other_tools(&court.sealed_dir(recording), &court.root(), "manifest-sha256.txt").unwrap();
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert!(report.holds(), "{report:?}");
}
