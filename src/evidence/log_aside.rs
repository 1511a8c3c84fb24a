//! Entries of a court log that the store does not take, kept on the disk until it does: `<data>/log-aside/<hearing>.jsonl`.
//!
//! The hearing goes on while its store hangs, and its entries wait in memory. A server that is killed then finds them here at its next
//! start, and enters them before anything is sealed. Adding an entry again changes nothing, so that neither a file that was not removed
//! in time nor a line that is there twice does any harm; a line that a crash cut off was never said to be kept.

use super::Evidence;
use super::durable;
use super::error::{EvidenceError, blocking};
use crate::court::id::HearingId;
use crate::store::StoreError;
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The ending of a file that waits.
const WAITS: &str = "jsonl";
/// Of one with something that the store has otherwise: it is kept for people to look at.
const REFUSED: &str = "refused";

/// An entry that waits for the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Number within the hearing.
    pub seq: i64,
    /// Unix milliseconds.
    pub at: i64,
    /// The entry as JSON, byte for byte as the store is to have it.
    pub entry: String,
}

impl Evidence {
    fn log_aside(&self, hearing: HearingId) -> PathBuf {
        self.inner
            .data
            .join("log-aside")
            .join(format!("{hearing}.{WAITS}"))
    }

    /// Keeps entries aside; when this succeeds they are on the disk.
    pub async fn keep_log_aside(&self, hearing: HearingId, lines: Vec<LogLine>) -> Result<(), EvidenceError> {
        let path = self.log_aside(hearing);
        blocking(move || append(&path, &lines)).await
    }

    /// The store has all of it.
    pub async fn forget_log_aside(&self, hearing: HearingId) -> Result<(), EvidenceError> {
        let path = self.log_aside(hearing);
        blocking(move || match fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(EvidenceError::io(&path)(why)),
            _ => Ok(()),
        })
        .await
    }

    /// At a start, before anything is sealed: what an earlier run could not store goes into the court logs. What the store has
    /// otherwise is not touched; the file is then kept, under another name.
    pub(super) async fn take_in_logs(&self) -> Result<(), EvidenceError> {
        let folder = self.inner.data.join("log-aside");
        let files = blocking(move || waiting(&folder)).await?;
        for (hearing, path) in files {
            let read = path.clone();
            let lines = blocking(move || parse(&read)).await?;
            // Of another database than this one nothing is taken in.
            let is_ours = self.store().hearing(hearing).await?.is_some();
            let (mut taken, mut refused) = (0_usize, if is_ours { 0 } else { lines.len() });
            for line in lines.iter().filter(|_| is_ours) {
                let entered = self.store().append_log(hearing, line.seq, line.at, &line.entry);
                match entered.await {
                    Ok(()) => taken += 1,
                    Err(StoreError::Conflict(_)) => refused += 1,
                    Err(why) => return Err(why.into()),
                }
            }
            tracing::warn!(%hearing, taken, refused, "entries of a court log that an earlier run could not store were taken in");
            if refused > 0 {
                tracing::error!(%hearing, refused, "the store has other entries of these numbers: what was kept aside stays in log-aside");
            }
            blocking(move || {
                let done = match refused {
                    0 => fs::remove_file(&path),
                    _ => fs::rename(&path, path.with_extension(REFUSED)),
                };
                done.map_err(EvidenceError::io(&path))
            })
            .await?;
        }
        Ok(())
    }
}

fn append(path: &Path, lines: &[LogLine]) -> Result<(), EvidenceError> {
    let mut text = Vec::new();
    if !durable::exists(path)? {
        durable::create_folder(path.parent().unwrap_or(Path::new(".")))?;
    } else {
        // What a crash cut off ends here, and not in the middle of the next line.
        text.push(b'\n');
    }
    for line in lines {
        let line = serde_json::to_vec(line).map_err(|source| EvidenceError::Json {
            what: "court log".into(),
            source,
        })?;
        text.extend_from_slice(&line);
        text.push(b'\n');
    }
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .map_err(EvidenceError::io(path))?;
    file.write_all(&text)
        .and_then(|()| file.sync_all())
        .map_err(EvidenceError::io(path))?;
    durable::sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// The files that wait, by hearing. Others are left alone.
fn waiting(folder: &Path) -> Result<Vec<(HearingId, PathBuf)>, EvidenceError> {
    if !durable::exists(folder)? {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(EvidenceError::io(folder))? {
        let path = entry.map_err(EvidenceError::io(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.and_then(|name| name.strip_suffix(WAITS)?.strip_suffix('.'));
        if let Some(hearing) = name.and_then(|name| name.parse().ok()) {
            found.push((hearing, path));
        }
    }
    Ok(found)
}

/// The lines of a file; what a crash cut off is none.
fn parse(path: &Path) -> Result<Vec<LogLine>, EvidenceError> {
    let text = fs::read(path).map_err(EvidenceError::io(path))?;
    let lines = text.split(|byte| *byte == b'\n');
    Ok(lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_aside_is_read_back_but_for_what_a_crash_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let hearing = HearingId(uuid::Uuid::now_v7());
        let path = dir.path().join("log-aside").join(format!("{hearing}.{WAITS}"));
        let line = |seq: i64| LogLine {
            seq,
            at: 5,
            entry: format!("{{\"kind\":\"marker\",\"text\":\"{seq} \u{2028}\"}}"),
        };
        assert!(waiting(&dir.path().join("log-aside")).unwrap().is_empty());
        append(&path, &[line(1), line(2)]).unwrap();
        let whole = fs::read(&path).unwrap();
        for torn in 0..=whole.len() {
            fs::write(&path, &whole[..torn]).unwrap();
            append(&path, &[line(2), line(3)]).unwrap();
            let read = parse(&path).unwrap();
            let mut expected = [line(1), line(2), line(2), line(3)].to_vec();
            if torn < whole.len() - 1 {
                expected.remove(1);
            }
            if torn < whole.len() / 2 - 1 {
                expected.remove(0);
            }
            assert_eq!(read, expected, "torn at {torn}");
        }
        fs::write(dir.path().join("log-aside/other.txt"), "").unwrap();
        fs::write(dir.path().join(format!("log-aside/{hearing}.{REFUSED}")), "").unwrap();
        assert_eq!(waiting(&dir.path().join("log-aside")).unwrap(), [(hearing, path)]);
    }
}
