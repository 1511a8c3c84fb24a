//! The roots under which this court has ever sealed. A root comes to its end and another follows; what was sealed under
//! the earlier one stays trusted: `<data>/roots/<fingerprint>.pem` keeps each, apart from the keys; and so `<id>.vkey` each key
//! of its transparency log.

use super::durable;
use super::error::{EvidenceError, blocking};
use crate::seal::tlog::VerifierKey;
use crate::seal::verify::Trust;
use crate::seal::x509::Certificate;
use std::fs;
use std::path::Path;

/// Keeps a root. One that is there stays as it is.
pub(super) fn keep(folder: &Path, root: &Certificate) -> Result<(), EvidenceError> {
    durable::create_folder(folder)?;
    let path = folder.join(format!("{}.pem", root.fingerprint()));
    if durable::exists(&path)? {
        return Ok(());
    }
    durable::write(&path, &path.with_extension("partial"), root.to_pem()?.as_bytes())
}

/// Keeps the key of a log. One that is there stays as it is.
pub(super) fn keep_log_key(folder: &Path, key: &VerifierKey) -> Result<(), EvidenceError> {
    let path = folder.join(format!("{}.vkey", hex::encode(key.id())));
    if durable::exists(&path)? {
        return Ok(());
    }
    durable::write(
        &path,
        &path.with_extension("partial"),
        format!("{key}\n").as_bytes(),
    )
}

/// The keys of all logs that this court has had; what is no key is said and passed over.
fn log_keys(folder: &Path) -> Result<Vec<VerifierKey>, EvidenceError> {
    let mut keys = Vec::new();
    for entry in fs::read_dir(folder).map_err(EvidenceError::io(folder))? {
        let path = entry.map_err(EvidenceError::io(folder))?.path();
        if path.extension().is_some_and(|e| e == "vkey") {
            let text = fs::read_to_string(&path).map_err(EvidenceError::io(&path))?;
            match VerifierKey::all_from_text(&text) {
                Ok(found) => keys.extend(found),
                Err((line, why)) => {
                    tracing::error!(path = %path.display(), line, %why, "a key of the log is none")
                }
            }
        }
    }
    Ok(keys)
}

/// All of them, in one PEM text.
pub(super) fn all_pem(folder: &Path) -> Result<String, EvidenceError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(EvidenceError::io(folder))? {
        let path = entry.map_err(EvidenceError::io(folder))?.path();
        if path.extension().is_some_and(|e| e == "pem") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut pem = String::new();
    for path in paths {
        pem.push_str(&fs::read_to_string(&path).map_err(EvidenceError::io(&path))?);
        pem.push('\n');
    }
    Ok(pem)
}

impl super::Evidence {
    /// Every root that the court of that data folder has sealed under, in no order that means anything.
    pub fn roots_of(data: &Path) -> Result<Vec<Certificate>, EvidenceError> {
        Ok(Certificate::all_from_pem(
            all_pem(&data.join("roots"))?.as_bytes(),
        )?)
    }

    /// Trust in every root that this court has sealed under, every log that it has kept, and the cosigners that it asks.
    pub(super) async fn trust(&self) -> Result<Trust, EvidenceError> {
        let folder = self.inner.data.join("roots");
        let cosigners = self.cosigner_keys();
        blocking(move || {
            let trust = Trust::from_pem(all_pem(&folder)?.as_bytes())?;
            Ok(trust.with_log_keys(log_keys(&folder)?).with_log_keys(cosigners))
        })
        .await
    }
}
