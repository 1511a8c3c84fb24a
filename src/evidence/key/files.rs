//! The files of the key folder: private ones that nobody else may read, written whole or not at all.

use super::{KeyError, Use};
use crate::seal::x509::Certificate;
use rcgen::KeyPair;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// True when there is a root of our own.
pub(super) fn holds_root(folder: &Path) -> Result<bool, KeyError> {
    folder.join("root.pem").try_exists().map_err(at(folder))
}

/// The numbers of the files of that use, in order.
pub(super) fn numbers(folder: &Path, for_use: Use) -> Result<Vec<u32>, KeyError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let name = entry.map_err(at(folder))?.file_name();
        numbers.extend(name.to_str().and_then(|name| {
            let rest = name.strip_prefix(for_use.name())?.strip_prefix('-')?;
            rest.strip_suffix(".pem")?.parse::<u32>().ok()
        }));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The highest number among the files of that use.
pub(super) fn newest(folder: &Path, for_use: Use) -> Result<Option<u32>, KeyError> {
    Ok(numbers(folder, for_use)?.pop())
}

/// The only certificate of a file.
pub(super) fn one_certificate(path: &Path) -> Result<Certificate, KeyError> {
    let pem = fs::read(path).map_err(at(path))?;
    let mut all = Certificate::all_from_pem(&pem).map_err(|e| content(path, e.to_string()))?;
    match all.len() {
        1 => Ok(all.remove(0)),
        _ => Err(content(path, "more than one certificate")),
    }
}

/// The private key of a PEM file that may hold certificates as well.
pub(super) fn private_key(pem: &str) -> Result<KeyPair, String> {
    let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|e| e.to_string())?;
    KeyPair::from_pkcs8_der_and_sign_algo(&key, &rcgen::PKCS_ECDSA_P256_SHA256).map_err(|e| e.to_string())
}

/// The text of a file that nobody but its owner may read.
pub(super) fn read_private(path: &Path) -> Result<String, KeyError> {
    let mode = fs::metadata(path).map_err(at(path))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    fs::read_to_string(path).map_err(at(path))
}

/// Writes a file that nobody but its owner may read, and sees it onto the disk.
pub(super) fn write_private(path: &Path, text: &str) -> Result<(), KeyError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(at(path))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(at(path))
}

/// Puts a new file into the folder in one step: `write` makes it aside. A crash leaves it whole or not there.
pub(super) fn put(
    folder: &Path,
    to: &Path,
    write: impl FnOnce(&Path) -> Result<(), KeyError>,
) -> Result<(), KeyError> {
    let aside = to.with_extension("partial");
    if aside.exists() {
        fs::remove_file(&aside).map_err(at(&aside))?;
    }
    write(&aside)?;
    fs::rename(&aside, to).map_err(at(to))?;
    sync_folder(folder)
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), KeyError> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(at(folder))
}

/// For `map_err`: an error of that file.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> KeyError + '_ {
    move |error| KeyError::File {
        path: path.to_owned(),
        error,
    }
}

/// That file does not hold what it should.
pub(super) fn content(path: &Path, why: impl Into<String>) -> KeyError {
    KeyError::Content {
        path: path.to_owned(),
        why: why.into(),
    }
}
