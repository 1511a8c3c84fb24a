//! New keys before the old ones come to their end, and a new root; and what there is in a key folder.

use super::files::{at, holds_root, newest, numbers, one_certificate, put, write_private};
use super::issuing::{self, OwnRoot};
use super::{KeyError, KeyPlace, PublicKey, Use};
use crate::seal::x509::Certificate;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// What a certificate of a key folder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFileKind {
    /// The root of our own.
    Root,
    /// Seals, the key in the same file.
    Seal,
    /// Seals, the key in a token.
    Token,
    /// Time-stamps of the built-in service.
    TimeStamps,
}

/// A certificate of a key folder.
#[derive(Debug)]
pub struct KeyFile {
    /// Name of its file.
    pub name: String,
    /// What it is for.
    pub kind: KeyFileKind,
    /// The certificate.
    pub certificate: Certificate,
    /// The newest of its kind.
    pub is_newest: bool,
}

/// The certificates of a key folder: the root, then by kind, the oldest first. Private keys are not opened.
pub fn overview(folder: &Path) -> Result<Vec<KeyFile>, KeyError> {
    let mut files = vec![KeyFile {
        name: "root.pem".into(),
        kind: KeyFileKind::Root,
        certificate: one_certificate(&folder.join("root.pem"))?,
        is_newest: true,
    }];
    for (for_use, kind) in [
        (Use::Seal, KeyFileKind::Seal),
        (Use::Token, KeyFileKind::Token),
        (Use::Time, KeyFileKind::TimeStamps),
    ] {
        let numbers = numbers(folder, for_use)?;
        for number in &numbers {
            let path = for_use.path(folder, *number);
            files.push(KeyFile {
                name: path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                kind,
                certificate: one_certificate(&path)?,
                is_newest: numbers.last() == Some(number),
            });
        }
    }
    Ok(files)
}

/// Makes a new seal key and a new key for time-stamps, with certificates under the same root; where the seal key is in a
/// token, a new certificate for the key that is in it. The earlier files stay. A running server takes them for its next seal.
///
/// # Errors
/// When there is no root yet, when it is near its end, and when somebody else issues the certificates.
pub fn rotate(
    folder: &Path,
    organisation: &str,
    now: OffsetDateTime,
    place: &KeyPlace,
) -> Result<(), KeyError> {
    let root = one_certificate(&folder.join("root.pem"))?;
    let own = || OwnRoot::open(folder, &root, organisation);
    let next =
        |for_use: Use| Ok::<_, KeyError>(for_use.path(folder, newest(folder, for_use)?.unwrap_or(0) + 1));
    match place {
        KeyPlace::Token { issued: Some(_), .. } => {
            return Err(KeyError::Issued(
                "somebody else issues the certificates of the seal key: have a new one issued, name it there, and start anew",
            ));
        }
        KeyPlace::Token { token, issued: None } => {
            let issued = own()?.issue(&PublicKey(token.public_key()?), Use::Token, now)?;
            let pem = issued.to_pem()?;
            put(folder, &next(Use::Token)?, |aside| write_private(aside, &pem))?;
        }
        KeyPlace::File => {
            let own = own()?;
            put(folder, &next(Use::Seal)?, |aside| {
                own.issue_with_key(aside, Use::Seal, now)
            })?;
        }
    }
    let own = own()?;
    put(folder, &next(Use::Time)?, |aside| {
        own.issue_with_key(aside, Use::Time, now)
    })
}

/// Makes a new root, with new keys under it, and gives the folder in which the old ones are kept. What was sealed under the
/// old root stays provable by it. The new root's fingerprint is to be published as the old one's was; a running server goes
/// on with the old keys until it is started anew.
///
/// # Errors
/// When there is no root yet, and when somebody else issues the certificates.
pub fn new_root(
    folder: &Path,
    organisation: &str,
    now: OffsetDateTime,
    place: &KeyPlace,
) -> Result<PathBuf, KeyError> {
    if let KeyPlace::Token { issued: Some(_), .. } = place {
        return Err(KeyError::Issued(
            "the root of the seal key is not ours to make anew",
        ));
    }
    if !holds_root(folder)? {
        return Err(KeyError::NoSealKey(folder.to_owned()));
    }
    let day = now.date();
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let aside = folder.with_file_name(format!("{name}-until-{day}"));
    if aside.try_exists().map_err(at(&aside))? {
        return Err(KeyError::File {
            error: io::ErrorKind::AlreadyExists.into(),
            path: aside,
        });
    }
    issuing::create(&aside, organisation, now, super::uses_in_files(place))?;
    // The commit point: the two folders change places, so that at no moment there is none, for then a start would make a
    // root of its own.
    renameat_with(CWD, &aside, CWD, folder, RenameFlags::EXCHANGE).map_err(|e| at(folder)(e.into()))?;
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    let above = above.unwrap_or(Path::new("."));
    fs::File::open(above)
        .and_then(|f| f.sync_all())
        .map_err(at(above))?;
    Ok(aside)
}
