//! The vault: the keys of recordings, each wrapped by a master key, in a folder of their own.
//!
//! `master.key` wraps and is never used for anything else. `<recording>.key` is there from before the first encrypted byte until the
//! recording is disposed of. A court keeps this folder on another disk than the recordings, and backs it up apart, for no longer
//! than it may take to destroy a key for good.

use super::super::durable;
use super::super::error::EvidenceError;
use crate::court::id::RecordingId;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

const MAGIC: &[u8; 8] = b"OYERKEY1";
const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;

/// The key of one recording. It is wiped when nobody needs it any more.
pub(in crate::evidence) struct RecordingKey([u8; KEY_BYTES]);

impl RecordingKey {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for RecordingKey {
    fn drop(&mut self) {
        self.0.fill(0);
        // Not to be left out as a write that nobody reads.
        std::hint::black_box(&self.0);
    }
}

/// The keys of recordings.
pub struct Vault {
    folder: PathBuf,
    master: LessSafeKey,
    /// Held while a key is made: two would make two.
    making: Mutex<()>,
}

impl Vault {
    /// Opens the vault in `folder`, and makes it with a fresh master key when there is none. A vault that lost its master key is an
    /// error: a new one would open nothing of what is there.
    pub fn open(folder: &Path) -> Result<Vault, EvidenceError> {
        durable::create_folder(folder)?;
        fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(EvidenceError::io(folder))?;
        let path = folder.join("master.key");
        if !durable::exists(&path)? {
            let mut entries = fs::read_dir(folder).map_err(EvidenceError::io(folder))?;
            if entries.next().is_some() {
                return Err(EvidenceError::Vault(
                    "the master key is missing: restore it from its backup",
                ));
            }
            write_secret(&path, &random::<KEY_BYTES>()?)?;
        }
        let mut bytes = fs::read(&path).map_err(EvidenceError::io(&path))?;
        let master = UnboundKey::new(&AES_256_GCM, &bytes);
        bytes.fill(0);
        let master = master.map_err(|_| EvidenceError::Vault("the master key is not one"))?;
        Ok(Vault {
            folder: folder.to_path_buf(),
            master: LessSafeKey::new(master),
            making: Mutex::new(()),
        })
    }

    /// The key of a recording; none when it was never made, or is destroyed.
    pub(in crate::evidence) fn key(
        &self,
        recording: RecordingId,
    ) -> Result<Option<RecordingKey>, EvidenceError> {
        let path = self.path(recording);
        let stored = match fs::read(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(EvidenceError::io(&path))?,
        };
        let unusable = || EvidenceError::Vault("the key of a recording is not as it was wrapped");
        let rest = stored.strip_prefix(MAGIC).ok_or_else(unusable)?;
        let (nonce, wrapped) = rest.split_at_checked(NONCE_LEN).ok_or_else(unusable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| unusable())?;
        let mut wrapped = wrapped.to_vec();
        let opened = self
            .master
            .open_in_place(nonce, Aad::from(recording.0.as_bytes()), &mut wrapped)
            .map_err(|_| unusable())?;
        let key = <[u8; KEY_BYTES]>::try_from(&*opened).map_err(|_| unusable())?;
        wrapped.fill(0);
        Ok(Some(RecordingKey(key)))
    }

    /// The key of a recording, made when there is none. It is on the disk before anything is encrypted with it.
    pub(super) fn key_or_new(&self, recording: RecordingId) -> Result<RecordingKey, EvidenceError> {
        // Nothing that runs under this lock can panic half-way through a change.
        let _alone = self
            .making
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(key) = self.key(recording)? {
            return Ok(key);
        }
        let key = RecordingKey(random::<KEY_BYTES>()?);
        let nonce = random::<NONCE_LEN>()?;
        let mut wrapped = Vec::with_capacity(KEY_BYTES + TAG_BYTES);
        wrapped.extend_from_slice(&key.0);
        self.master
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(recording.0.as_bytes()),
                &mut wrapped,
            )
            .map_err(|_| EvidenceError::Vault("the key of a recording cannot be wrapped"))?;
        let stored = [MAGIC.as_slice(), &nonce, &wrapped].concat();
        write_secret(&self.path(recording), &stored)?;
        Ok(key)
    }

    /// Destroys the key of a recording: nothing that was encrypted with it can be read again. Says whether there was one.
    pub(in crate::evidence) fn destroy(&self, recording: RecordingId) -> Result<bool, EvidenceError> {
        let path = self.path(recording);
        // Over the old bytes first, as far as the disk does that; then the name.
        match fs::OpenOptions::new().write(true).open(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(e) => return Err(EvidenceError::io(&path)(e)),
            Ok(mut file) => {
                let size = MAGIC.len() + NONCE_LEN + KEY_BYTES + TAG_BYTES;
                io::Write::write_all(&mut file, &vec![0; size])
                    .and_then(|()| file.sync_all())
                    .map_err(EvidenceError::io(&path))?;
            }
        }
        fs::remove_file(&path).map_err(EvidenceError::io(&path))?;
        durable::sync_folder(&self.folder)?;
        Ok(true)
    }

    fn path(&self, recording: RecordingId) -> PathBuf {
        self.folder.join(format!("{recording}.key"))
    }
}

fn random<const N: usize>() -> Result<[u8; N], EvidenceError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| EvidenceError::Vault("the system gives no random numbers"))?;
    Ok(bytes)
}

/// Writes a file that nobody else may read, in one step.
fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), EvidenceError> {
    durable::write(path, &path.with_extension("partial"), bytes)?;
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(EvidenceError::io(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_key_is_made_once_kept_wrapped_and_destroyed_for_good() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("vault");
        let (one, other) = (RecordingId(Uuid::now_v7()), RecordingId(Uuid::now_v7()));
        let vault = Vault::open(&folder).unwrap();
        assert!(vault.key(one).unwrap().is_none());
        let key = vault.key_or_new(one).unwrap();
        assert_eq!(vault.key_or_new(one).unwrap().0, key.0);
        assert_ne!(vault.key_or_new(other).unwrap().0, key.0);
        drop(vault);
        let vault = Vault::open(&folder).unwrap();
        assert_eq!(vault.key(one).unwrap().unwrap().0, key.0);
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o077,
                0,
                "{path:?}"
            );
            let content = fs::read(&path).unwrap();
            assert!(
                !content.windows(KEY_BYTES).any(|w| w == key.0),
                "{path:?} holds the key itself"
            );
        }
        // A key of another recording in its place is not taken.
        fs::copy(vault.path(other), vault.path(one)).unwrap();
        assert!(vault.key(one).is_err());
        assert!(vault.destroy(one).unwrap());
        assert!(!vault.destroy(one).unwrap());
        assert!(vault.key(one).unwrap().is_none());
        fs::remove_file(folder.join("master.key")).unwrap();
        assert!(Vault::open(&folder).is_err(), "no new master key beside old keys");
    }
}
