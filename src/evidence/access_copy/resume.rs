//! Copies that a stop or a crash broke off: what is in a workshop says who asked for what, and the next start goes on from there.

use super::super::Evidence;
use super::super::error::{EvidenceError, blocking};
use super::{ASKED, Asked, CopyOf, JOBS_MAX, Job, OF_REDACTION, OF_RELEASE, Running, clear};
use crate::court::id::RecordingId;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

impl Evidence {
    /// Goes on with the copies that a stop or a crash broke off. Nothing of them was ever shown to anybody.
    pub(in crate::evidence) async fn resume_copies(&self) -> Result<(), EvidenceError> {
        let folder = self.inner.data.join("access");
        let broken_off = blocking(move || {
            let mut found = Vec::new();
            for entry in fs::read_dir(&folder).map_err(EvidenceError::io(&folder))? {
                let path = entry.map_err(EvidenceError::io(&folder))?.path();
                if path.extension().is_some_and(|e| e == "partial") {
                    match asked_in(&path) {
                        Some(asked) if found.len() < JOBS_MAX => found.push(asked),
                        _ => clear(&path)?,
                    }
                }
            }
            Ok(found)
        })
        .await?;
        for (copy, asked) in broken_off {
            let Ok(row) = self.row(copy.recording()).await else {
                let workshop = self.workshop(copy);
                blocking(move || clear(&workshop)).await?;
                continue;
            };
            let running = Running::default();
            let job = Job::Running(running.clone());
            self.inner.copies.with_jobs(|jobs| jobs.insert(copy, job));
            let ended = running.ended.clone().drop_guard();
            self.spawn_job(row.hearing_id, copy, asked, running, ended);
        }
        Ok(())
    }

    /// True when the act that entry `begun` opened is the making of a copy which is under way, or which the next start goes on with.
    pub(in crate::evidence) async fn copy_goes_on(
        &self,
        recording: RecordingId,
        begun: u64,
    ) -> Result<bool, EvidenceError> {
        let of_recording = |jobs: &mut HashMap<CopyOf, Job>| {
            let copies = jobs.keys().copied();
            copies.filter(|copy| copy.recording() == recording).collect()
        };
        let copies: Vec<CopyOf> = self.inner.copies.with_jobs(of_recording);
        let workshops: Vec<PathBuf> = copies.into_iter().map(|copy| self.workshop(copy)).collect();
        blocking(move || {
            let mut asked = workshops.iter().filter_map(|workshop| asked_in(workshop));
            Ok(asked.any(|(_, asked)| asked.begun == begun))
        })
        .await
    }
}

/// Who asked for the copy that is made in this workshop; none when it cannot be gone on with.
fn asked_in(workshop: &Path) -> Option<(CopyOf, Asked)> {
    let name = workshop.file_stem()?.to_str()?;
    let text = fs::read(workshop.join(ASKED)).ok()?;
    let asked: Asked = serde_json::from_slice(&text).ok()?;
    let copy = match (&asked.release, &asked.redacting) {
        (None, None) => CopyOf::Court(name.parse().ok()?),
        (None, Some(redacting)) => CopyOf::Redacted(redacting.original),
        (Some(release), None) => CopyOf::Release(release.recording, release.request),
        (Some(_), Some(_)) => return None,
    };
    let is_its_own = match copy {
        CopyOf::Court(_) => true,
        CopyOf::Release(from, request) => name == format!("{OF_RELEASE}{request}-{from}"),
        CopyOf::Redacted(original) => name == format!("{OF_REDACTION}{original}"),
    };
    is_its_own.then_some((copy, asked))
}
