//! Every single change to the disk that an act on evidence makes fails once: not carried out, and carried out with an error all
//! the same. Nothing panics, nothing is lost or entered twice, and what is tried again ends whole: in the same process, and
//! after a restart.

use crate::courthouse::Court;
use crate::disk::{self, Fault, Files};
use crate::{assert_kept, custody_acts, disposal, enclosed};
use oyer::court::id::RecordingId;
use oyer::evidence::EvidenceError;
use oyer::recorder::RecordingSummary;
use oyer::seal::verify::Outcome;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The most changes that an act may make; beyond, the test would not end.
const CHANGES_MAX: usize = 2_000;

/// An act on evidence, which may be tried again.
trait Act: Sized {
    /// Up to the act.
    async fn prepare(court: &Court) -> Self;
    /// What a server does at its start, before it tries again.
    async fn start(&self, _court: &Court) {}
    async fn act(&self, court: &Court) -> Result<(), EvidenceError>;
    /// Everything that has to be true once the act has succeeded.
    async fn holds(&self, court: &Court, after: &str);
}

async fn each_change_fails_once<A: Act>(files: Files, fault: Fault) -> usize {
    let mut calls: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for nth in 0..CHANGES_MAX {
        let court = Court::new().await;
        let it = A::prepare(&court).await;
        disk::fail(court.folder.path(), files, fault, nth);
        let first = it.act(&court).await;
        let fired = disk::end();
        let after = match &fired {
            Some(call) => format!("{call} ({fault:?}, {nth}; {:?})", first.as_ref().err()),
            None => "no failure".into(),
        };
        let court = match nth % 2 {
            0 => court,
            _ => {
                let court = court.restarted().await;
                it.start(&court).await;
                court
            }
        };
        it.act(&court)
            .await
            .unwrap_or_else(|why| panic!("not made up for after {after}: {why}"));
        // What an act does not wait for is made up for by what runs beside it.
        court.evidence.log_pass().await;
        it.holds(&court, &after).await;
        let Some(call) = fired else {
            assert!(first.is_ok(), "{first:?}");
            eprintln!(
                "{files:?}, {fault:?}: {nth} changes, by kind (failures, acts that succeeded all the same):"
            );
            for (kind, (count, went_on)) in &calls {
                eprintln!("  {kind}: {count}, {went_on}");
            }
            return nth;
        };
        let kind = call.split(' ').next().unwrap_or_default().to_owned();
        let counted = calls.entry(kind).or_default();
        counted.0 += 1;
        counted.1 += usize::from(first.is_ok());
    }
    panic!("more than {CHANGES_MAX} changes");
}

async fn assert_proved(court: &Court, recording: RecordingId, after: &str) {
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "after {after}: {report:#?}");
}

/// From the recorder's folder to the case.
struct Seal(RecordingId, RecordingSummary);

impl Act for Seal {
    async fn prepare(court: &Court) -> Self {
        let (recording, summary) = court.record().await;
        Seal(recording, summary)
    }

    async fn act(&self, court: &Court) -> Result<(), EvidenceError> {
        court.evidence.seal(self.0, self.1.clone()).await.map(|_| ())
    }

    async fn holds(&self, court: &Court, after: &str) {
        assert_kept(court, self.0, false).await;
        let acts = custody_acts(court, self.0).await;
        // Where the log took the seal later, that is an entry of its own.
        let acts = acts.strip_suffix(&["logged".to_owned()]).unwrap_or(&acts);
        assert_eq!(acts, ["recorded", "sealed", "attached"], "after {after}");
        assert_proved(court, self.0, after).await;
    }
}

/// Into envelopes at rest.
struct Enclose(RecordingId);

impl Act for Enclose {
    async fn prepare(court: &Court) -> Self {
        enclosed::use_vault(court);
        let (recording, summary) = court.record().await;
        court.evidence.seal(recording, summary).await.unwrap();
        Enclose(recording)
    }

    async fn start(&self, court: &Court) {
        enclosed::use_vault(court);
        court.evidence.recover_all().await.unwrap();
    }

    async fn act(&self, court: &Court) -> Result<(), EvidenceError> {
        court.evidence.enclose_waiting().await.map(|_| ())
    }

    async fn holds(&self, court: &Court, after: &str) {
        let objects = court.folder.path().join("objects");
        for (folder, count) in [("recordings", 0), ("enclosed", 1)] {
            let found = std::fs::read_dir(objects.join(folder)).unwrap().count();
            assert_eq!(found, count, "{folder} after {after}");
        }
        let acts = custody_acts(court, self.0).await;
        let entered = acts.iter().filter(|act| *act == "enclosed completed ok=true");
        assert_eq!(entered.count(), 1, "after {after}: {acts:?}");
        assert_proved(court, self.0, after).await;
    }
}

/// The destruction of a recording.
struct Dispose(RecordingId, Uuid);

impl Act for Dispose {
    async fn prepare(court: &Court) -> Self {
        let (recording, id) = disposal::approved(court).await;
        Dispose(recording, id)
    }

    async fn start(&self, court: &Court) {
        court.evidence.recover_all().await.unwrap();
    }

    async fn act(&self, court: &Court) -> Result<(), EvidenceError> {
        match court
            .evidence
            .carry_out_disposal(self.1, "O. Rahmonov (clerk)")
            .await
        {
            // It was, to its end.
            Err(EvidenceError::Store(oyer::store::StoreError::Conflict(_)))
                if !court.sealed_dir(self.0).exists() =>
            {
                Ok(())
            }
            done => done,
        }
    }

    async fn holds(&self, court: &Court, after: &str) {
        assert!(!court.sealed_dir(self.0).exists(), "after {after}");
        let left = std::fs::read_dir(court.folder.path().join("objects/disposals")).unwrap();
        assert_eq!(
            left.count(),
            1,
            "the certificate, and nothing else, after {after}"
        );
        let certificate = disposal::certificate(court, self.0).await;
        let report = disposal::verified(court, &certificate);
        assert_eq!(report.outcome, Outcome::Proved, "after {after}: {report:#?}");
        let acts = custody_acts(court, self.0).await;
        let entered = acts.iter().filter(|act| *act == "disposed completed ok=true");
        assert_eq!(entered.count(), 1, "after {after}: {acts:?}");
    }
}

/// A later proof.
struct Reseal(RecordingId);

impl Act for Reseal {
    async fn prepare(court: &Court) -> Self {
        let (recording, summary) = court.record().await;
        court.evidence.seal(recording, summary).await.unwrap();
        Reseal(recording)
    }

    async fn act(&self, court: &Court) -> Result<(), EvidenceError> {
        court.evidence.reseal(self.0, "Archivist", true).await.map(|_| ())
    }

    async fn holds(&self, court: &Court, after: &str) {
        assert_proved(court, self.0, after).await;
        let writable =
            crate::courthouse::tool(&court.sealed_dir(self.0), "find", &[".", "-perm", "/222"]).unwrap();
        assert_eq!(writable, "", "after {after}");
    }
}

/// A test for each act, for whose files, and for how they fail; with the least number of changes there must have been.
macro_rules! tests {
    ($($name:ident: $act:ident, $files:ident, $fault:ident, $least:literal;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let changes = each_change_fails_once::<$act>(Files::$files, Fault::$fault).await;
            assert!(changes >= $least, "{changes}");
        }
    )*};
}

tests! {
    a_seal_whose_files_cannot_be_written: Seal, Folders, Refused, 100;
    a_seal_whose_files_are_written_with_an_error: Seal, Folders, CarriedOut, 100;
    a_seal_whose_rows_cannot_be_written: Seal, Database, Refused, 20;
    a_seal_whose_rows_are_written_with_an_error: Seal, Database, CarriedOut, 20;
    envelopes_that_cannot_be_written: Enclose, Folders, Refused, 50;
    envelopes_that_are_written_with_an_error: Enclose, Folders, CarriedOut, 50;
    envelopes_whose_rows_are_written_with_an_error: Enclose, Database, CarriedOut, 5;
    a_disposal_that_cannot_be_written: Dispose, Folders, Refused, 20;
    a_disposal_that_is_written_with_an_error: Dispose, Folders, CarriedOut, 20;
    a_disposal_whose_rows_cannot_be_written: Dispose, Database, Refused, 10;
    a_disposal_whose_rows_are_written_with_an_error: Dispose, Database, CarriedOut, 10;
    a_reseal_that_cannot_be_written: Reseal, Folders, Refused, 10;
    a_reseal_that_is_written_with_an_error: Reseal, Folders, CarriedOut, 10;
}
