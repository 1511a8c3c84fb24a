//! The key of the log: made once, kept with the other keys, readable by its owner alone.

use super::LogError;
use crate::evidence::durable;
use crate::evidence::error::EvidenceError;
use crate::evidence::key::KeyError;
use crate::seal::tlog::{Kind, NoteKey};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The private key, as other programs for signed notes write it.
const FILE: &str = "log.skey";

/// The key in the folder of keys; made where there is none, with `origin` as its name or, without, one that nobody else has.
pub(super) fn open(keys: &Path, origin: Option<&str>) -> Result<NoteKey, LogError> {
    let path = keys.join(FILE);
    if durable::exists(&path)? {
        let key = read(&path)?;
        if let Some(origin) = origin.filter(|origin| *origin != key.public().name()) {
            return Err(LogError::Renamed {
                is: key.public().name().to_owned(),
                should: origin.to_owned(),
            });
        }
        return Ok(key);
    }
    let (mut seed, mut number) = ([0; 32], [0; 8]);
    for bytes in [&mut seed[..], &mut number[..]] {
        SystemRandom::new()
            .fill(bytes)
            .map_err(|_| LogError::NoRandomness)?;
    }
    let unique = format!("oyer/log/{}", hex::encode(number));
    let key = NoteKey::from_seed(origin.unwrap_or(&unique), Kind::Log, seed)?;
    // A crash leaves the key or none: it has a name when it is whole.
    let aside = keys.join("log.partial");
    match fs::remove_file(&aside) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(EvidenceError::io(&aside)(e).into()),
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&aside)
        .and_then(|mut file| {
            file.write_all(key.to_secret_text().as_bytes())?;
            file.sync_all()
        })
        .map_err(EvidenceError::io(&aside))?;
    fs::rename(&aside, &path).map_err(EvidenceError::io(&path))?;
    durable::sync_folder(keys)?;
    Ok(key)
}

fn read(path: &Path) -> Result<NoteKey, LogError> {
    let meta = fs::metadata(path).map_err(EvidenceError::io(path))?;
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let path = path.to_owned();
        return Err(EvidenceError::from(KeyError::Exposed { path, mode }).into());
    }
    let text = fs::read_to_string(path).map_err(EvidenceError::io(path))?;
    Ok(NoteKey::from_secret_text(&text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_once_private_and_never_renamed() {
        let keys = tempfile::tempdir().unwrap();
        let first = open(keys.path(), Some("court.example/log")).unwrap();
        let mode = fs::metadata(keys.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for origin in [Some("court.example/log"), None] {
            let again = open(keys.path(), origin).unwrap();
            assert_eq!(again.public(), first.public());
        }
        let renamed = open(keys.path(), Some("other.example/log"));
        assert!(matches!(renamed, Err(LogError::Renamed { .. })));
        fs::set_permissions(keys.path().join(FILE), fs::Permissions::from_mode(0o640)).unwrap();
        let exposed = open(keys.path(), None).unwrap_err();
        assert!(exposed.to_string().contains("chmod 600"), "{exposed}");

        let others = tempfile::tempdir().unwrap();
        let other = open(others.path(), None).unwrap();
        assert!(
            other.public().name().starts_with("oyer/log/"),
            "{:?}",
            other.public()
        );
    }
}
