//! What a cosigner must not forget: its key, and the last head of each log that it signed. The head is on the disk before
//! anybody gets the signature, so that a crash cannot make it sign two pasts.

use crate::seal::digest::Digest;
use crate::seal::tlog::{
    Checkpoint, CheckpointError, KeyError, Kind, NoteKey, Refusal, Submission, VerifierKey,
};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const KEY: &str = "cosigner.skey";

/// Why nothing is signed.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file or the folder.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another cosigner works in the folder.
    #[error("another cosigner is running with the folder {0}")]
    Busy(PathBuf),
    /// Others may read the key.
    #[error("{path}: others than the owner may read this private key (mode {mode:o}): chmod 600 {path}")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Permission bits.
        mode: u32,
    },
    /// There is no key yet, and no name for one.
    #[error("there is no key in {0} yet: name it with --name, such as bar.example/cosigner")]
    NoName(PathBuf),
    /// The key in the folder has another name.
    #[error("the key in the folder is called {is}, not {should}; leave --name out")]
    Renamed {
        /// As it was made.
        is: String,
        /// As it was asked for.
        should: String,
    },
    /// The key.
    #[error("the key: {0}")]
    Key(#[from] KeyError),
    /// No randomness.
    #[error("the system gives no random numbers")]
    NoRandomness,
    /// What was signed last cannot be read any more.
    #[error("{path}: {source}: nothing is signed before it is restored")]
    Last {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: CheckpointError,
    },
    /// The head must not be signed.
    #[error(transparent)]
    Refused(Refusal),
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> StateError + '_ {
    move |source| StateError::Io {
        path: path.to_owned(),
        source,
    }
}

/// A cosigner's key and memory.
pub(super) struct Signer {
    dir: PathBuf,
    key: NoteKey,
    _lock: File,
}

impl Signer {
    /// Opens the folder; makes it and a key with that name where there is none.
    pub(super) fn open(dir: PathBuf, name: Option<&str>) -> Result<Self, StateError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)
            .map_err(at(&dir))?;
        let path = dir.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let lock = lock.map_err(at(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StateError::Busy(dir)),
            Err(TryLockError::Error(source)) => return Err(at(&path)(source)),
        }
        let key = key(&dir, name)?;
        let public = format!("{}\n", key.public());
        write(&dir.join("cosigner.vkey"), public.as_bytes())?;
        Ok(Self {
            dir,
            key,
            _lock: lock,
        })
    }

    /// The public key.
    pub(super) fn key(&self) -> &VerifierKey {
        self.key.public()
    }

    /// Signs a head of the log with this key at `now`, in seconds since 1970, if it goes on from what was signed before. Gives
    /// the line of the signature.
    pub(super) fn cosign(
        &mut self,
        log: &VerifierKey,
        submission: &Submission,
        now: u64,
    ) -> Result<String, StateError> {
        // By its name: a log that gets another key has the same past.
        let name = Digest::of(log.name().as_bytes()).to_string();
        let path = self.dir.join(format!("{name}.checkpoint"));
        let last = last(&path)?;
        if let Err(refusal) = submission.check(log, last.as_ref()) {
            if matches!(refusal, Refusal::Fork(_)) {
                keep_fork(&path.with_extension("fork"), &submission.checkpoint)?;
            }
            return Err(StateError::Refused(refusal));
        }
        let mut head = submission.checkpoint.clone();
        head.cosign(&self.key, now);
        // The commit point: what is on the disk was signed, whether or not anybody got the signature.
        write(&path, head.to_string().as_bytes())?;
        Ok(head.note().lines_of(self.key.public()))
    }
}

/// What was signed last; none at first. A file that cannot be read stops the signing: to begin anew would be to forget.
fn last(path: &Path) -> Result<Option<Checkpoint>, StateError> {
    let bytes = match fs::read(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(at(path))?,
    };
    let last = Checkpoint::parse(&bytes).map_err(|source| StateError::Last {
        path: path.to_owned(),
        source,
    });
    last.map(Some)
}

/// The proof of the log's own hand that it has two pasts: the first one stays.
fn keep_fork(path: &Path, head: &Checkpoint) -> Result<(), StateError> {
    match path.try_exists().map_err(at(path))? {
        true => Ok(()),
        false => write(path, head.to_string().as_bytes()),
    }
}

fn key(dir: &Path, name: Option<&str>) -> Result<NoteKey, StateError> {
    let path = dir.join(KEY);
    if path.try_exists().map_err(at(&path))? {
        let mode = fs::metadata(&path).map_err(at(&path))?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(StateError::Exposed { path, mode });
        }
        let key = NoteKey::from_secret_text(&fs::read_to_string(&path).map_err(at(&path))?)?;
        let is = key.public().name();
        return match name.filter(|name| *name != is) {
            Some(should) => Err(StateError::Renamed {
                is: is.to_owned(),
                should: should.to_owned(),
            }),
            None => Ok(key),
        };
    }
    let name = name.ok_or_else(|| StateError::NoName(dir.to_owned()))?;
    let mut seed = [0; 32];
    SystemRandom::new()
        .fill(&mut seed)
        .map_err(|_| StateError::NoRandomness)?;
    let key = NoteKey::from_seed(name, Kind::Cosigner, seed)?;
    write(&path, key.to_secret_text().as_bytes())?;
    Ok(key)
}

/// Writes a file that its owner alone may read, whole or not at all, and sees it onto the disk.
fn write(path: &Path, content: &[u8]) -> Result<(), StateError> {
    let aside = path.with_extension("partial");
    match fs::remove_file(&aside) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(at(&aside)(e)),
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&aside)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        })
        .map_err(at(&aside))?;
    fs::rename(&aside, path).map_err(at(path))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(at(folder))
}
