//! Verifying a recording as it lies in the store, with the same code as `oyer verify`, and its chain of custody as it
//! lies in the database.

use super::Evidence;
use super::custody::members;
use super::error::{EvidenceError, blocking};
use crate::court::id::RecordingId;
use crate::folder::FolderBundle;
use crate::seal::custody::{self, CustodyAct};
use crate::seal::digest::Digest;
use crate::seal::timestamp::Timestamp;
use crate::seal::verify::{self, Check, CheckCode, Outcome, Verdict, VerificationReport};
use serde_json::{Value, json};
use time::OffsetDateTime;

impl Evidence {
    /// Verifies a sealed recording against this court's own roots. The chain of custody notes it before and after.
    pub async fn verify(
        &self,
        recording: RecordingId,
        by: &str,
    ) -> Result<VerificationReport, EvidenceError> {
        self.require_attached(recording).await?;
        let begun = self
            .begin_act(recording, CustodyAct::Verified, by, members([]))
            .await?;
        let verified = self.verify_now(recording).await;
        let outcome = match &verified {
            Ok(report) => members([("holds", json!(report.holds()))]),
            Err(why) => members([("why", json!(why.to_string()))]),
        };
        self.complete_act(recording, CustodyAct::Verified, by, begun, outcome)
            .await?;
        verified
    }

    async fn verify_now(&self, recording: RecordingId) -> Result<VerificationReport, EvidenceError> {
        let folder = self.sealed_dir(recording);
        let trust = self.trust().await?;
        let now = Timestamp::new(OffsetDateTime::now_utc());
        let mut report = blocking(move || {
            let bundle = FolderBundle::open(&folder).map_err(EvidenceError::io(&folder))?;
            Ok(verify::verify(&bundle, &trust, now))
        })
        .await?;
        let ledger = self.custody_text(recording).await?;
        let attached = self.store().evidence_of_recording(recording).await?;
        let attached = attached.map(|evidence| evidence.manifest_sha256);
        let check = check_ledger(&ledger, attached.as_deref(), report.manifest_sha256);
        if check.verdict == Verdict::Failed {
            report.outcome = Outcome::Failed;
        }
        // The stored form has no ledger, and the report says so in one line: here is what replaces it.
        match report.checks.iter_mut().find(|c| c.check == CheckCode::Custody) {
            Some(line) => *line = check,
            None => report.checks.push(check),
        }
        Ok(report)
    }
}

/// Whether the ledger of the database is unbroken, and speaks of the manifest that lies in the folder, as does the
/// case file.
fn check_ledger(ledger: &str, attached: Option<&str>, manifest: Option<Digest>) -> Check {
    let manifest = manifest.map(|digest| digest.to_string());
    let mut sealed = None;
    let read = custody::check(ledger.as_bytes(), |entry| {
        if entry.act == CustodyAct::Sealed {
            let digest = entry.detail.get("manifest_sha256").and_then(Value::as_str);
            sealed = digest.map(str::to_string);
        }
    });
    let (verdict, detail) = match read {
        Err(why) => (Verdict::Failed, why.to_string()),
        Ok(_) if manifest.is_none() || sealed != manifest => (
            Verdict::Failed,
            "it speaks of the sealing of another manifest".to_string(),
        ),
        Ok(_) if attached != manifest.as_deref() => (
            Verdict::Failed,
            "the case file has the digest of another manifest".to_string(),
        ),
        Ok(head) => (
            Verdict::Proved,
            format!(
                "{} entries, chained without a break, ending in {}",
                head.seq, head.hash
            ),
        ),
    };
    Check {
        verdict,
        check: CheckCode::Custody,
        what: CheckCode::Custody.title(),
        detail,
        file: None,
    }
}
