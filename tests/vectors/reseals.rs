//! What is found, and said, of reseals.

use super::*;

/// Every file of a bundle that was handed out with its reseals: none of their bytes is loose.
#[test]
fn one_flipped_byte_in_any_file_of_a_reseal_is_noticed_and_named() {
    let trust = trust();
    let original = vectors_folder().join("good/resealed");
    for file in files(&original).into_iter().filter(|f| f.starts_with("reseal-")) {
        let damaged = copy("good/resealed");
        let path = damaged.path().join(&file);
        let bytes = fs::read(&path).unwrap();
        for at in (0..bytes.len())
            .step_by((bytes.len() / 30).max(1))
            .chain([bytes.len() - 1])
        {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x01;
            fs::write(&path, &flipped).unwrap();
            let report = verify_folder(damaged.path(), &trust);
            let mut failed = report.failures();
            let named = failed.any(|c| c.file.as_deref() == Some(file.as_str()));
            assert!(named, "byte {at} of {file}: {:?}", failures(&report));
        }
    }
}

/// What a reseal says, and what the whole rests on when certificates have run out.
#[test]
fn a_reseal_says_what_it_covers_and_when_and_what_the_proof_rests_on() {
    let said = |vector: &str, check: CheckCode, trust: &Trust| -> Vec<(Verdict, String)> {
        let report = verify_folder(&vectors_folder().join(vector), trust);
        let lines = report.checks.into_iter().filter(|c| c.check == check);
        lines.map(|c| (c.verdict, c.detail)).collect()
    };
    let lines = said("good/resealed", CheckCode::Reseal, &trust());
    let verdicts: Vec<Verdict> = lines.iter().map(|(verdict, _)| *verdict).collect();
    use Verdict::{NotChecked, Proved, Trusted};
    assert_eq!(verdicts, [Proved, Trusted, Trusted, Proved, Trusted, Trusted]);
    assert!(
        lines[0]
            .1
            .contains("reseal-001 covers the seal, its time-stamp, and through the seal's list"),
        "{lines:?}"
    );
    assert!(
        lines[3]
            .1
            .contains("reseal-001 and each of the 10 files, all by SHA-512"),
        "{lines:?}"
    );
    assert!(
        lines[5]
            .1
            .starts_with("when reseal-002 was made: 2026-01-15T11:30:00.000Z, by your trust"),
        "{lines:?}"
    );
    let lasting = said("good/resealed", CheckCode::Lasting, &trust());
    assert_eq!(lasting.len(), 1);
    assert_eq!(lasting[0].0, Trusted, "{lasting:?}");

    // By the court's own service, or without a root for time: the court's word, or nobody's.
    for (vector, trust) in [("good/resealed-later", trust()), ("good/resealed", Trust::none())] {
        let lasting = said(vector, CheckCode::Lasting, &trust);
        assert_eq!(lasting[0].0, NotChecked, "{lasting:?}");
    }
    assert!(said("good/closed", CheckCode::Lasting, &trust()).is_empty());
    assert!(said("good/closed", CheckCode::Reseal, &trust()).is_empty());
}
