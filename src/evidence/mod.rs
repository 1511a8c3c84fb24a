//! What becomes of a recording: seal, transparency log, attach, custody, verify, export, access copy.
//!
//! A recording is written in the spool, `<data>/spool/<id>/`, which is the bag in the making: the recorder's folder is
//! `data/<id>/` in it. Sealing completes the bag and moves it to `<data>/objects/recordings/<id>/`. Derived copies
//! lie apart, in `<data>/access/`, and where each chain of custody ends, signed, in `<data>/custody/`. Nothing here can overwrite or shorten a sealed file.
//!
//! Floor 2. Imports `store`, `recorder`, `seal`, `court`, `wire`.

mod access_copy;
mod additions;
mod annotations;
mod authority;
mod beside;
mod condition;
mod custody;
mod disposal;
mod durable;
mod envelope;
mod error;
mod export;
mod facts;
pub mod key;
mod keys;
mod log;
mod log_aside;
mod looks;
mod played;
mod reading;
mod recovery;
mod redaction;
mod releases;
mod reseal;
mod retention;
mod roots;
mod scrub;
mod sealing;
mod second;
mod spool;
mod stamping;
mod troubles;
mod verification;

pub use access_copy::AccessCopyStatus;
pub use annotations::{Annotation, AnnotationError};
pub use authority::{Authority, AuthorityError};
pub use condition::{Condition, Damage};
pub use custody::{Ending as CustodyEnding, Phase as CustodyPhase, phase as custody_phase};
pub use disposal::DisposalFiles;
pub use envelope::Vault;
pub use error::EvidenceError;
pub use export::Handed;
pub use facts::CaseFacts;
pub use log::{Cosigner, CosignerError, LogError, LogPass, LogSettings, LogStanding};
pub use log_aside::LogLine;
pub use played::PlayedEvent;
pub use reading::{Described, SealedFile, SealedList};
pub use redaction::{HandedOut, RedactionFault, Redactions};
pub use releases::Stretch;
pub use reseal::{NewestProof, Resealed};
pub use retention::KeptBy;
pub use scrub::{Damaged, Scrubbed};
pub use sealing::{SealedRecording, Step};
pub use second::{
    BucketSettings, Copying, LockMode, Mended, Parts, Patience, SecondCopy, SecondPlace, SecondRemoval,
    SecondState, StoreFault, probe as probe_second_store,
};
pub use stamping::Stamping;
pub use troubles::Trouble;
pub use verification::Verification;

use crate::court::condition::{CopyFault, EncryptFault, SealFault};
use crate::court::custody::RetentionPolicy;
use crate::court::id::RecordingId;
use crate::seal::bundle;
use crate::seal::digest::Digest;
use crate::store::Store;
use crate::store::objects::Objects;
use key::{KeyPlace, Opened};
use keys::Keys;
use sealing::Bag;
use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use time::OffsetDateTime;
use tokio::sync::Notify;

/// The software that seals, as named in `seal.json`.
pub const SOFTWARE: &str = concat!("oyer/", env!("CARGO_PKG_VERSION"));

/// So many folders of recordings are looked at at once for people who ask how recordings stand.
const LOOKS_AT_ONCE: usize = 2;

/// Evidence: cheap to clone.
#[derive(Clone)]
pub struct Evidence {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    objects: Objects,
    data: PathBuf,
    spools: spool::Spools,
    /// Of the disk on which sealed recordings are kept.
    kept_on: spool::Pulse,
    keys: Keys,
    organisation: String,
    copies: access_copy::Copies,
    verifications: verification::Verifications,
    /// Who stamps seals; none: the built-in service.
    authority: Option<Authority>,
    /// Said when there is something to stamp.
    to_stamp: Notify,
    /// The keys of recordings, where they are encrypted at rest.
    vault: OnceLock<Vault>,
    /// Where everything is kept once more.
    second: OnceLock<second::SecondStore>,
    /// Said when there is something to encrypt.
    to_enclose: Notify,
    /// Recordings that are known to lie in envelopes, with the end of that in their chain of custody.
    enclosed: Mutex<HashSet<RecordingId>>,
    /// Held by whoever reads a whole sealed folder, so that nothing is added to it meanwhile.
    additions: additions::Additions,
    /// The transparency log.
    log: log::Log,
    /// Held by whoever carries a disposal out.
    disposing: tokio::sync::Mutex<()>,
    /// Outcomes of acts that wait to be entered in the chain of custody.
    unentered: custody::acts::Unentered,
    /// Held by whoever signs where a chain of custody ends.
    custody_ends: Arc<tokio::sync::Mutex<()>>,
    /// From which size on films of redacted copies are split, where it is not the ordinary one.
    films_split_over: OnceLock<u64>,
    /// For how long recordings are kept.
    retention: OnceLock<RetentionPolicy>,
    /// What an earlier run left open, and what the seal key has not signed yet or lies on a disk that does not answer.
    left_open: Mutex<VecDeque<RecordingId>>,
    /// Recordings that could not be sealed.
    unsealed: troubles::Troubles<SealFault>,
    /// What could not be copied to the second store.
    uncopied: troubles::Troubles<CopyFault>,
    /// What could not be encrypted where it lies.
    unenclosed: troubles::Troubles<EncryptFault>,
    /// Looks at what of a recording lies here: a few at once, and each for all who ask before it begins.
    looks: looks::Looks<RecordingId, second::LiesHere>,
    /// Held by whoever enters which orders bind a recording.
    binding: tokio::sync::Mutex<()>,
    /// Which orders about other recordings of its hearing bind a recording.
    bound: redaction::Bound,
}

impl Evidence {
    /// Opens evidence below `data`: the seal key in `<data>/keys`, which is made when there is none, recordings in the
    /// making in `<data>/spool`, every root it ever sealed under in `<data>/roots`, sealed ones in `<data>/objects`, copies for watching in `<data>/access`. Seals are
    /// stamped by the built-in service.
    pub fn open(
        store: Store,
        data: &Path,
        organisation: &str,
        now: OffsetDateTime,
    ) -> Result<(Evidence, Opened), EvidenceError> {
        Self::open_with(store, data, organisation, now, None, KeyPlace::File)
    }

    /// Like [`Evidence::open`], with an authority that stamps seals in place of the built-in service, and the seal key in
    /// `place`.
    pub fn open_with(
        store: Store,
        data: &Path,
        organisation: &str,
        now: OffsetDateTime,
        authority: Option<Authority>,
        place: KeyPlace,
    ) -> Result<(Evidence, Opened), EvidenceError> {
        for folder in ["access", "notes", "objects/disposals", "objects/enclosed"] {
            durable::create_folder(&data.join(folder))?;
        }
        custody::ends::open(data)?;
        let objects = Objects::open(data)?;
        let (keys, opened) = Keys::open(data.join("keys"), organisation, now, place)?;
        roots::keep(&data.join("roots"), keys.root())?;
        let inner = Inner {
            store,
            objects,
            data: data.to_path_buf(),
            spools: spool::Spools::open(data.join("spool"))?,
            kept_on: spool::Pulse::of(&data.join("objects")),
            keys,
            organisation: organisation.to_string(),
            copies: access_copy::Copies::default(),
            verifications: verification::Verifications::default(),
            authority,
            to_stamp: Notify::new(),
            vault: OnceLock::new(),
            second: OnceLock::new(),
            to_enclose: Notify::new(),
            enclosed: Mutex::default(),
            additions: additions::Additions::default(),
            log: log::Log::new(data),
            disposing: tokio::sync::Mutex::default(),
            unentered: custody::acts::Unentered::default(),
            custody_ends: Arc::default(),
            films_split_over: OnceLock::new(),
            retention: OnceLock::new(),
            left_open: Mutex::default(),
            unsealed: troubles::Troubles::open(data.join("notes/unsealed"))?,
            uncopied: troubles::Troubles::open(data.join("notes/uncopied"))?,
            unenclosed: troubles::Troubles::open(data.join("notes/unenclosed"))?,
            looks: looks::Looks::at_once(LOOKS_AT_ONCE),
            binding: tokio::sync::Mutex::default(),
            bound: redaction::Bound::default(),
        };
        Ok((
            Evidence {
                inner: Arc::new(inner),
            },
            opened,
        ))
    }

    /// The folder for [`crate::recorder::RecorderConfig::dir`] of a new recording.
    pub fn recorder_dir(&self, recording: RecordingId) -> PathBuf {
        self.spool_dir(recording).join("data").join(recording.to_string())
    }

    /// Fingerprint of the root certificate of the seal: SHA-256 of its DER form. To be published.
    pub fn root_fingerprint(&self) -> Digest {
        self.inner.keys.root().fingerprint()
    }

    /// The root certificate of the seal as PEM: what a verifier is given as `--trust`.
    pub fn root_pem(&self) -> Result<String, EvidenceError> {
        Ok(self.inner.keys.root().to_pem()?)
    }

    fn store(&self) -> &Store {
        &self.inner.store
    }

    fn spool_dir(&self, recording: RecordingId) -> PathBuf {
        self.inner.spools.of(recording)
    }

    /// Where a sealed recording lies: in envelopes, or in clear.
    fn sealed_dir(&self, recording: RecordingId) -> PathBuf {
        let enclosed = self.enclosed_dir(recording);
        match enclosed.join(bundle::MANIFEST_SIGNATURE).is_file() {
            true => enclosed,
            false => self.clear_dir(recording),
        }
    }

    fn clear_dir(&self, recording: RecordingId) -> PathBuf {
        self.inner.objects.recording_dir(recording)
    }

    fn enclosed_dir(&self, recording: RecordingId) -> PathBuf {
        self.inner
            .data
            .join("objects/enclosed")
            .join(recording.to_string())
    }

    /// A sealed recording as it lies now, with its key if it lies in envelopes.
    fn bag(&self, recording: RecordingId) -> Result<Bag, EvidenceError> {
        let folder = self.sealed_dir(recording);
        if folder != self.enclosed_dir(recording) {
            return Ok(Bag::new(folder, recording));
        }
        let vault = self.inner.vault.get().ok_or(EvidenceError::Vault(
            "the recording is encrypted, and no folder of recording keys is configured",
        ))?;
        let key = vault
            .key(recording)?
            .ok_or(EvidenceError::Vault("the key of the recording is missing"))?;
        Ok(Bag::enclosed(folder, recording, Arc::new(key)))
    }
}
