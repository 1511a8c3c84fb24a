//! Resealing: a further signature and time-stamp over a sealed recording, in a folder of their own, before the proofs that it
//! has grow weak.
//!
//! Nothing that is there is touched. The recording is verified first, for a reseal says that it is as it was sealed. The
//! folder is put together aside and comes into place in one step: it is there whole or not at all. The chain of custody has
//! an entry before and one with the outcome.

use super::custody::members;
use super::durable;
use super::error::{EvidenceError, blocking};
use super::sealing::Bag;
use super::{Evidence, key::SealKey};
use crate::court::id::RecordingId;
use crate::court::state::RecordingState;
use crate::folder::FolderBundle;
use crate::seal::custody::CustodyAct;
use crate::seal::digest::Digest512;
use crate::seal::manifest::{Manifest, Manifest512};
use crate::seal::reseal::{Certificates, Number, RESEALS_MAX, ResealSummary, Unstamped, covers};
use crate::seal::stamp;
use crate::seal::timestamp::Timestamp;
use crate::seal::verify::{self, OneByOne, Outcome, VerificationReport};
use crate::seal::x509::Certificate;
use crate::seal::{bundle, cms};
use serde_json::json;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

/// A reseal that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resealed {
    /// Its folder.
    pub reseal: String,
    /// When, by the word of whoever stamped it.
    pub at: Timestamp,
    /// SHA-512 of what was stamped: names this very reseal.
    pub stamped_sha512: String,
}

impl Evidence {
    /// Reseals a recording that is part of its case. `every_file`: all its files are covered by SHA-512
    /// as well, so that the proof no longer rests on SHA-256.
    ///
    /// # Errors
    /// When the recording is not as it was sealed, cannot be signed or is not stamped; then nothing was added.
    pub async fn reseal(
        &self,
        recording: RecordingId,
        by: &str,
        every_file: bool,
    ) -> Result<Resealed, EvidenceError> {
        self.require_attached(recording).await?;
        let detail = members([("every_file", json!(every_file))]);
        let open = self.open_act(recording, CustodyAct::Resealed, by, detail).await?;
        let made = self.reseal_stored(recording, every_file).await;
        let detail = match &made {
            Ok(made) => members([
                ("ok", json!(true)),
                ("reseal", json!(made.reseal)),
                ("stamped_at", json!(made.at)),
                ("stamped_sha512", json!(made.stamped_sha512)),
            ]),
            Err(why) => members([("ok", json!(false)), ("why", json!(why.to_string()))]),
        };
        open.complete(detail).await?;
        made
    }

    async fn reseal_stored(
        &self,
        recording: RecordingId,
        every_file: bool,
    ) -> Result<Resealed, EvidenceError> {
        let trust = self.own_trust().await?;
        let report = self.verify_now(recording, trust, None, |_| ()).await?;
        must_hold(&report)?;
        let unchanging = self.inner.additions.reading(recording).await;
        let (made, files) = self.make_reseal(self.bag(recording)?, every_file).await?;
        drop(unchanging);
        let _alone = self.inner.additions.adding(recording).await;
        let root = self.sealed_dir(recording);
        let aside = self.inner.data.join("notes").join(format!("{recording}.reseal"));
        blocking(move || {
            put(&root, &aside, &made.reseal, &files)?;
            Ok(made)
        })
        .await
    }

    /// Reseals a bundle of this court in a folder, such as one that was handed out. Its chain of custody and its list of tag
    /// files are signed and stay as they are: they do not speak of it.
    ///
    /// # Errors
    /// As [`Evidence::reseal`], and when the bundle is not one of this court's.
    pub async fn reseal_bundle(&self, folder: &Path, every_file: bool) -> Result<Resealed, EvidenceError> {
        let trust = self.own_trust().await?;
        let root = folder.to_path_buf();
        let at = Timestamp::new(OffsetDateTime::now_utc());
        blocking(move || {
            let bundle = FolderBundle::open(&root).map_err(EvidenceError::io(&root))?;
            must_hold(&verify::verify_observed(&bundle, &trust, at, &OneByOne, &|_| ()))
        })
        .await?;
        let bag = Bag::new(folder.to_path_buf(), RecordingId(Uuid::nil()));
        let (made, files) = self.make_reseal(bag, every_file).await?;
        let root = folder.to_path_buf();
        blocking(move || {
            let aside = beside(&root)?;
            put(&root, &aside, &made.reseal, &files)?;
            Ok(made)
        })
        .await
    }

    /// The recordings whose newest proof `is_due`, the oldest first; and before them those of which that cannot be read, so that
    /// they are not passed over in silence.
    pub async fn due_for_reseal(
        &self,
        is_due: impl Fn(&NewestProof) -> bool + Send + 'static,
    ) -> Result<Vec<RecordingId>, EvidenceError> {
        let kept = self
            .store()
            .recordings_in_states(&[RecordingState::Attached])
            .await?;
        let evidence = self.clone();
        blocking(move || {
            let mut found = Vec::new();
            for row in kept {
                match NewestProof::of(&evidence.sealed_dir(row.id)) {
                    Ok(proof) if is_due(&proof) => found.push((Some(proof.at), row.id)),
                    Ok(_) => {}
                    Err(why) => {
                        tracing::warn!(recording = %row.id, %why, "its newest proof cannot be read");
                        found.push((None, row.id));
                    }
                }
            }
            found.sort();
            Ok(found.into_iter().map(|(_, id)| id).collect())
        })
        .await
    }

    /// The files of the next reseal of a bundle.
    async fn make_reseal(
        &self,
        bag: Bag,
        every_file: bool,
    ) -> Result<(Resealed, Vec<(String, Vec<u8>)>), EvidenceError> {
        let evidence = self.clone();
        let (number, key, unstamped) = blocking(move || {
            let number = next(&bag.root)?;
            let covered = covered(&bag, number, every_file)?;
            let now = OffsetDateTime::now_utc();
            let key = evidence.inner.keys.at(now)?;
            let unstamped = sign(number, &covered, &key, now)?;
            Ok((number, key, unstamped))
        })
        .await?;
        let to_stamp = unstamped.to_stamp().to_vec();
        let (answer, stamp_root) = self.stamp_reseal(&to_stamp, key).await?;
        let at = stamp::verify(&answer, &to_stamp)?.at;
        let made = Resealed {
            reseal: number.to_string(),
            at,
            stamped_sha512: Digest512::of(&to_stamp).to_string(),
        };
        Ok((made, unstamped.with_stamp(answer, stamp_root)))
    }

    async fn stamp_reseal(
        &self,
        to_stamp: &[u8],
        key: Arc<SealKey>,
    ) -> Result<(Vec<u8>, String), EvidenceError> {
        let imprint = Digest512::of(to_stamp);
        if let Some(authority) = &self.inner.authority {
            let stamp = authority.stamp_by(imprint.into(), to_stamp).await?;
            return Ok((stamp.answer, stamp.root.to_pem()?));
        }
        if !key.stamps() {
            return Err(EvidenceError::NoTimeStamps);
        }
        blocking(move || {
            let at = Timestamp::new(OffsetDateTime::now_utc());
            Ok((key.stamp(imprint, at)?, key.root().to_pem()?))
        })
        .await
    }
}

/// Refuses what is not as it was sealed, or not of this court.
fn must_hold(report: &VerificationReport) -> Result<(), EvidenceError> {
    if report.outcome == Outcome::Proved {
        return Ok(());
    }
    let failed = report.failures().next();
    Err(EvidenceError::Changed {
        file: failed.and_then(|c| c.file.clone()).unwrap_or_default(),
        why: failed.map_or("whose seal it is is not known".into(), |c| c.detail.clone()),
    })
}

/// The number of the next reseal.
fn next(root: &Path) -> Result<Number, EvidenceError> {
    for number in (1..=RESEALS_MAX).map(Number) {
        if !durable::exists(&root.join(number.to_string()))? {
            return Ok(number);
        }
    }
    Err(EvidenceError::Busy(
        "it has as many reseals as a recording can have",
    ))
}

/// The SHA-512 of everything that the reseal covers.
fn covered(bag: &Bag, number: Number, every_file: bool) -> Result<Manifest512, EvidenceError> {
    let root = &bag.root;
    let mut paths = Vec::new();
    for found in durable::walk(root)?.into_iter().filter(|found| !found.is_folder) {
        if covers(number, &found.path) {
            paths.push(found.path);
        }
    }
    if every_file {
        let path = root.join(bundle::MANIFEST);
        let manifest = Manifest::parse(&fs::read(&path).map_err(EvidenceError::io(&path))?)?;
        paths.extend(manifest.iter().map(|(path, _)| path.to_owned()));
    }
    let mut list = Manifest512::new();
    for path in paths {
        let full = root.join(&path);
        let digest = bag
            .file(&path)
            .and_then(|(file, _)| Digest512::of_stream(file, |_| ()))
            .map_err(EvidenceError::io(&full))?;
        list.insert(&path, digest)?;
    }
    Ok(list)
}

fn sign(
    number: Number,
    covered: &Manifest512,
    key: &SealKey,
    now: OffsetDateTime,
) -> Result<Unstamped, EvidenceError> {
    let certificates = Certificates {
        root: key.root().to_pem()?,
        seal: key.certificate().to_pem()?,
    };
    Unstamped::new(number, covered, certificates, |list| {
        Ok::<_, EvidenceError>(key.sign(list, Timestamp::new(now))?)
    })
}

/// The newest thing that shows that a recording was there at a time: the time-stamp of its last reseal, or of its seal, or
/// the signature of its seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewestProof {
    /// When it was made.
    pub at: OffsetDateTime,
    /// Until when the certificate under which it was made is valid.
    pub valid_until: OffsetDateTime,
}

impl NewestProof {
    /// Of a sealed folder.
    fn of(root: &Path) -> Result<Self, EvidenceError> {
        let read = |path: &str| {
            let path = root.join(path);
            fs::read(&path).map_err(EvidenceError::io(&path))
        };
        let stamp = |answer: &str, of: &str| {
            let stamped = stamp::verify(&read(answer)?, &read(of)?)?;
            Ok(Self {
                at: stamped.at.at(),
                valid_until: stamped.certificate.valid_until(),
            })
        };
        if let Some(last) = numbers(root)?.last() {
            return stamp(&last.stamp(), &last.stamped());
        }
        if durable::exists(&root.join(bundle::TIME_STAMP))? {
            return stamp(bundle::TIME_STAMP, bundle::MANIFEST_SIGNATURE);
        }
        let signed = cms::verify(&read(bundle::MANIFEST_SIGNATURE)?, &read(bundle::MANIFEST)?);
        let signed = signed.map_err(|e| EvidenceError::Changed {
            file: bundle::MANIFEST_SIGNATURE.into(),
            why: e.to_string(),
        })?;
        Ok(Self {
            at: signed.signing_time.at(),
            valid_until: signed.certificate.valid_until(),
        })
    }
}

/// The numbers of a sealed folder's reseals.
fn numbers(root: &Path) -> Result<impl Iterator<Item = Number>, EvidenceError> {
    Ok((1..next(root)?.0).map(Number))
}

/// Paths of the files of every reseal of a sealed folder.
pub(super) fn files(root: &Path) -> Result<Vec<String>, EvidenceError> {
    let found = durable::walk(root)?.into_iter().map(|found| found.path);
    Ok(found.filter(|path| Number::of(path).is_some()).collect())
}

/// What there is to say of each reseal of a sealed folder, whose seal is under `seal_root`.
pub(super) fn summaries(root: &Path, seal_root: &Certificate) -> Result<Vec<ResealSummary>, EvidenceError> {
    let read = |path: &str| fs::read(root.join(path)).ok();
    numbers(root)?
        .map(|number| {
            ResealSummary::of(number, seal_root, read).ok_or_else(|| EvidenceError::Changed {
                file: number.to_string(),
                why: "the reseal cannot be read".into(),
            })
        })
        .collect()
}

/// A reseal of which the chain of custody speaks, and which is not in the folder as it was made.
pub(super) fn missing(root: &Path, entered: &[(String, String)]) -> Option<String> {
    entered.iter().find_map(|(folder, expected)| {
        let path = format!("{folder}/stamped-sha512.txt");
        // A folder of another name is none of ours.
        let content = Number::of(&path).and_then(|_| fs::read(root.join(&path)).ok());
        let is_there = content.is_some_and(|content| Digest512::of(&content).to_string() == *expected);
        (!is_there).then(|| format!("it speaks of {folder}, which is not there as it was made"))
    })
}

/// A place on the same disk that is not in the bundle.
fn beside(root: &Path) -> Result<PathBuf, EvidenceError> {
    let root = root.canonicalize().map_err(EvidenceError::io(root))?;
    let name = format!(".reseal-{}", Uuid::now_v7().simple());
    Ok(root.parent().unwrap_or(Path::new("/")).join(name))
}

/// Puts a reseal into its place: written aside, seen onto the disk, locked, and moved there in one step.
fn put(root: &Path, aside: &Path, name: &str, files: &[(String, Vec<u8>)]) -> Result<(), EvidenceError> {
    remove_rest(aside)?;
    for (path, content) in files {
        let inner = path.strip_prefix(name).unwrap_or(path).trim_start_matches('/');
        let full = aside.join(inner);
        durable::create_folder(full.parent().unwrap_or(aside))?;
        fs::write(&full, content).map_err(EvidenceError::io(&full))?;
    }
    durable::lock_below(aside)?;
    // A folder that was handed out is locked or not as whoever has it pleases. In the store, `data` is always locked.
    let locked = !durable::is_writable(&root.join("data"))? || !durable::is_writable(root)?;
    if locked {
        durable::unlock_folder(root)?;
    }
    let to = root.join(name);
    // The commit point. `rename` refuses to replace a folder that has anything in it.
    let moved = fs::rename(aside, &to).map_err(EvidenceError::io(&to));
    let seen = moved.and_then(|()| durable::sync_folder(root));
    if locked {
        lock_all(root);
    }
    seen
}

/// Locks the folder and every reseal in it, also one that an earlier failure left open. Whether it is locked says nothing of the
/// proof: a failure does not undo the reseal, and the next one locks again.
fn lock_all(root: &Path) {
    let reseals = (1..=RESEALS_MAX).map(|number| root.join(Number(number).to_string()));
    let there = reseals.take_while(|folder| folder.is_dir());
    for folder in there.chain([root.to_path_buf()]) {
        if let Err(why) = durable::lock_folder(&folder) {
            tracing::warn!(%why, "a folder of a sealed recording could not be made read-only");
        }
    }
}

/// What a crash left there.
fn remove_rest(aside: &Path) -> Result<(), EvidenceError> {
    if !durable::exists(aside)? {
        return Ok(());
    }
    durable::unlock_folder(aside)?;
    for found in durable::walk(aside)?.iter().filter(|found| found.is_folder) {
        let mode = Permissions::from_mode(0o755);
        fs::set_permissions(&found.full, mode).map_err(EvidenceError::io(&found.full))?;
    }
    fs::remove_dir_all(aside).map_err(EvidenceError::io(aside))
}
