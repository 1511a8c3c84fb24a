//! The roots under which this court has ever sealed. A root comes to its end and another follows; what was sealed under
//! the earlier one stays trusted: `<data>/roots/<fingerprint>.pem` keeps each, apart from the keys.

use super::durable;
use super::error::{EvidenceError, blocking};
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

    /// Trust in every root that this court has sealed under.
    pub(super) async fn trust(&self) -> Result<Trust, EvidenceError> {
        let folder = self.inner.data.join("roots");
        blocking(move || Ok(Trust::from_pem(all_pem(&folder)?.as_bytes())?)).await
    }
}
