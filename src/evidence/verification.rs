//! Verifying a recording as it lies in the store, with the same code as `oyer verify`.

use super::Evidence;
use super::custody::members;
use super::error::EvidenceError;
use super::error::blocking;
use crate::court::id::RecordingId;
use crate::folder::FolderBundle;
use crate::seal::custody::CustodyAct;
use crate::seal::timestamp::Timestamp;
use crate::seal::verify::{self, Trust, VerificationReport};
use serde_json::json;
use time::OffsetDateTime;

impl Evidence {
    /// Verifies a sealed recording against this court's own root. The chain of custody notes it before and after.
    pub async fn verify(
        &self,
        recording: RecordingId,
        by: &str,
    ) -> Result<VerificationReport, EvidenceError> {
        self.require_attached(recording).await?;
        let begun = self
            .begin_act(recording, CustodyAct::Verified, by, members([]))
            .await?;
        let folder = self.sealed_dir(recording);
        let pem = self.root_pem()?;
        let now = Timestamp::new(OffsetDateTime::now_utc());
        let report = blocking(move || {
            let trust = Trust::from_pem(pem.as_bytes())?;
            let bundle = FolderBundle::open(&folder).map_err(EvidenceError::io(&folder))?;
            Ok(verify::verify(&bundle, &trust, now))
        })
        .await?;
        let outcome = members([("holds", json!(report.holds()))]);
        self.complete_act(recording, CustodyAct::Verified, by, begun, outcome)
            .await?;
        Ok(report)
    }
}
