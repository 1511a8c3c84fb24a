//! Mending a recording that is damaged in one of the two stores from the other.
//!
//! The second store is not believed. Of what lies below `data/`, only what has the digest that was sealed takes the place of
//! anything; and whatever is put together is verified as a whole, with the code of `oyer verify`, before it does.
//!
//! Here, a recording is mended aside: a new folder is made of the files that are as they were sealed (links to the same bytes, which
//! nobody writes to) and of what the second store has of the others. When that verifies better than the old folder, the two change places
//! in one step, and the old one goes to `objects/damaged/`, with all that is wrong with it. A crash at any point leaves one whole folder
//! in its place, the old or the new, and deletes nothing.

use super::notes::Copied;
use super::tags::is_tag_file;
use super::{SecondStore, StoreFault, Stored, now_seconds};
use crate::court::id::RecordingId;
use crate::evidence::custody::{SERVER, members};
use crate::evidence::error::{EvidenceError, blocking};
use crate::evidence::sealing::{Bag, unix_ms};
use crate::evidence::{Evidence, durable};
use crate::seal::bundle;
use crate::seal::custody::CustodyAct;
use crate::seal::digest::{self, Digest};
use crate::seal::manifest::Manifest;
use crate::seal::verify::{Trust, VerificationReport};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::OffsetDateTime;

/// A file that was put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// Path in the recording.
    pub path: String,
    /// Of what lies there now.
    pub sha256: Digest,
}

/// What is known before a new folder is put together.
struct Plan {
    /// Where the recording lies or lay.
    place: PathBuf,
    form: &'static str,
    partial: PathBuf,
    /// What lies there now: path and size, and nothing where the folder is gone.
    here: Vec<(String, u64)>,
    there: BTreeMap<String, u64>,
    /// What is noted of the copy.
    copied: BTreeMap<String, Copied>,
}

impl Plan {
    /// How long a file there is: by the note, or where there is none by the store's own word. None where it has none.
    fn bytes_of(&self, path: &str) -> Option<u64> {
        let listed = self.there.get(path)?;
        Some(self.copied.get(path).map_or(*listed, |copied| copied.bytes))
    }
}

impl Evidence {
    /// Mends a recording here that is not as it was sealed, of which `failing` checks failed. An empty list: the second store has
    /// nothing that is better; then nothing was touched.
    pub(in crate::evidence) async fn mend_here(
        &self,
        recording: RecordingId,
        trust: Trust,
        failing: &[String],
    ) -> Result<Vec<Mended>, EvidenceError> {
        let Some(second) = self.inner.second.get() else {
            return Ok(Vec::new());
        };
        self.second_store_id(second).await?;
        // Another process may mend the same one.
        let repairs = self.inner.data.join("objects/repairs");
        let lock = blocking(move || {
            durable::create_folder(&repairs)?;
            let path = repairs.join("lock");
            let file = File::create(&path).map_err(EvidenceError::io(&path))?;
            Ok(file.try_lock().is_ok().then_some(file))
        });
        let Some(_lock) = lock.await? else {
            return Err(EvidenceError::Busy(
                "another process mends recordings; try again later",
            ));
        };
        let _alone = self.inner.additions.adding(recording).await;
        // Under the lock, which a disposal holds until the last copy is gone: what was destroyed does not come back.
        if self.is_gone_or_going(recording).await? {
            return Ok(Vec::new());
        }
        self.end_cut_off_repairs(recording).await?;
        let plan = self.plan(second, recording).await?;
        let put_back = self.assemble(second, recording, &plan, &trust, failing).await;
        let (partial, put_back) = (plan.partial.clone(), put_back);
        let mended = match put_back {
            Ok(mended) if !mended.is_empty() => self.change_places(recording, &plan, mended).await,
            other => other,
        };
        // Links and copies: nothing of it is the only one.
        blocking(move || crate::evidence::disposal::take_away(&partial, &partial.with_extension("old")))
            .await?;
        mended
    }

    /// Where a crash fell between the change of places and the putting aside, the damaged folder lies where the new one was made.
    async fn end_cut_off_repairs(&self, recording: RecordingId) -> Result<(), EvidenceError> {
        let evidence = self.clone();
        blocking(move || {
            let (ready, partial) = (
                evidence.repair_dir(recording, "ready"),
                evidence.repair_dir(recording, "partial"),
            );
            evidence.put_damaged_aside(recording, &ready)?;
            crate::evidence::disposal::take_away(&partial, &partial.with_extension("old"))
        })
        .await
    }

    fn repair_dir(&self, recording: RecordingId, stage: &str) -> PathBuf {
        self.inner
            .data
            .join("objects/repairs")
            .join(format!("{recording}.{stage}"))
    }

    /// Folders of this recording that were damaged, and what was left of repairs of it.
    pub(in crate::evidence) fn damaged_dirs(&self, recording: RecordingId) -> Vec<PathBuf> {
        let mut all = vec![
            self.repair_dir(recording, "ready"),
            self.repair_dir(recording, "partial"),
        ];
        all.push(
            self.inner
                .data
                .join("objects/damaged")
                .join(recording.to_string()),
        );
        all
    }

    fn put_damaged_aside(&self, recording: RecordingId, folder: &Path) -> Result<(), EvidenceError> {
        if !durable::exists(folder)? {
            return Ok(());
        }
        let of = self
            .inner
            .data
            .join("objects/damaged")
            .join(recording.to_string());
        durable::create_folder_for_good(&of, 2)?;
        let to = of.join(unix_ms(OffsetDateTime::now_utc()).to_string());
        durable::move_folder(folder, &to)?;
        durable::lock_folder(&to)
    }

    async fn plan(&self, second: &SecondStore, recording: RecordingId) -> Result<Plan, EvidenceError> {
        let (enclosed, clear) = (self.enclosed_dir(recording), self.clear_dir(recording));
        let (e, c) = (enclosed.clone(), clear.clone());
        // The signature itself may be what is missing.
        let (in_envelopes, in_clear) =
            blocking(move || Ok((durable::exists(&e)?, durable::exists(&c)?))).await?;
        let mut form = match (in_envelopes, in_clear) {
            (true, _) => "enclosed",
            _ => "recordings",
        };
        let mut there = second.list(&format!("{form}/{recording}/")).await?;
        if !in_envelopes && !in_clear && there.is_empty() {
            form = "enclosed";
            there = second.list(&format!("{form}/{recording}/")).await?;
        }
        let place = match form {
            "enclosed" => enclosed,
            _ => clear,
        };
        let looked = place.clone();
        let here = blocking(move || listing(&looked)).await?;
        Ok(Plan {
            copied: self.copied_of(recording, form).await?,
            place,
            form,
            partial: self.repair_dir(recording, "partial"),
            here,
            there: there
                .into_iter()
                .map(|Stored { path, bytes }| (path, bytes))
                .collect(),
        })
    }

    fn bag_of(&self, form: &str, folder: PathBuf, recording: RecordingId) -> Result<Bag, EvidenceError> {
        if form != "enclosed" {
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

    /// Puts a new folder together, and says what in it is of the second store; nothing when it would be no better.
    async fn assemble(
        &self,
        second: &SecondStore,
        recording: RecordingId,
        plan: &Plan,
        trust: &Trust,
        failing: &[String],
    ) -> Result<Vec<Mended>, EvidenceError> {
        let partial = plan.partial.clone();
        blocking(move || durable::create_folder(&partial)).await?;
        let attached = self.store().evidence_of_recording(recording).await?;
        let attached = attached
            .ok_or(EvidenceError::NotSealed(recording))?
            .manifest_sha256;
        let mut fetched = BTreeSet::new();
        // The list first: it is the one whose digest the case file has, or nothing is done.
        let (place, partial, expected) = (plan.place.clone(), plan.partial.clone(), attached.clone());
        let is_good = move |folder: &Path| {
            fs::read(folder.join(bundle::MANIFEST)).is_ok_and(|m| Digest::of(&m).to_string() == expected)
        };
        let good = is_good.clone();
        if blocking(move || Ok(good(&place))).await? {
            self.link(plan, bundle::MANIFEST).await?;
        } else {
            self.fetch(second, recording, plan, bundle::MANIFEST).await?;
            if !blocking(move || Ok(is_good(&partial))).await? {
                return Ok(Vec::new());
            }
            fetched.insert(bundle::MANIFEST.to_owned());
        }
        let manifest = plan.partial.join(bundle::MANIFEST);
        let manifest = blocking(move || fs::read(&manifest).map_err(EvidenceError::io(&manifest))).await?;
        let manifest = Manifest::parse(&manifest)?;
        let sealed: Vec<(String, Digest)> = manifest
            .iter()
            .map(|(path, sealed)| (path.to_owned(), sealed))
            .collect();
        for (path, sealed) in sealed {
            let path = path.as_str();
            if self.is_sealed(recording, plan, &plan.place, path, sealed).await {
                self.link(plan, path).await?;
                continue;
            }
            let is_there = self.fetch(second, recording, plan, path).await?;
            if is_there && self.is_sealed(recording, plan, &plan.partial, path, sealed).await {
                fetched.insert(path.to_owned());
                continue;
            }
            // Neither is good: the one that is here stays as it is.
            let copy = plan.partial.join(path);
            blocking(move || match durable::exists(&copy)? {
                true => fs::remove_file(&copy).map_err(EvidenceError::io(&copy)),
                false => Ok(()),
            })
            .await?;
            if plan.here.iter().any(|(here, _)| here == path) {
                self.link(plan, path).await?;
            }
        }
        let beside: Vec<String> = plan.here.iter().map(|(path, _)| path.clone()).collect();
        for path in beside {
            if !path.starts_with(bundle::DATA) && path != bundle::MANIFEST {
                self.link(plan, &path).await?;
            }
        }
        let bag = || self.bag_of(plan.form, plan.partial.clone(), recording);
        let mut left = self.failures_of(bag()?, recording, trust).await?;
        if left > 0 {
            // What is beside the data has no digest in the list. What of it differs is tried, all together: signature, certificates,
            // stamps and proofs belong together.
            let tried = self.replace_beside(second, recording, plan).await?;
            let with = self.failures_of(bag()?, recording, trust).await?;
            if with < left {
                left = with;
                fetched.extend(tried);
            } else {
                for path in tried {
                    self.unlink(plan, &path).await?;
                    if plan.here.iter().any(|(here, _)| *here == path) {
                        self.link(plan, &path).await?;
                    }
                }
            }
        }
        if left >= failing.len() && !(plan.here.is_empty() && left == 0) {
            return Ok(Vec::new());
        }
        let folder = plan.partial.clone();
        blocking(move || {
            let mut mended = Vec::new();
            for path in fetched {
                let full = folder.join(&path);
                let file = File::open(&full).map_err(EvidenceError::io(&full))?;
                let (sha256, _) = digest::of_stream(file).map_err(EvidenceError::io(&full))?;
                mended.push(Mended { path, sha256 });
            }
            Ok(mended)
        })
        .await
    }

    /// Takes of the second store whatever beside the data differs from what is here, or is not here: files that such a folder has, and
    /// where it is noted what was copied, that.
    async fn replace_beside(
        &self,
        second: &SecondStore,
        recording: RecordingId,
        plan: &Plan,
    ) -> Result<Vec<String>, EvidenceError> {
        let mut tried = Vec::new();
        for path in plan.there.keys() {
            if !is_tag_file(path) || path == bundle::MANIFEST {
                continue;
            }
            let bytes = plan.bytes_of(path).unwrap_or_default();
            if bytes > bundle::TAG_FILE_BYTES_MAX {
                continue;
            }
            let key = format!("{}/{recording}/{path}", plan.form);
            let there = second.digest(&key, bytes).await?.map(|(digest, _)| digest);
            let noted = plan.copied.get(path).map(|copied| copied.sha256);
            if noted.is_some() && there != noted {
                continue;
            }
            let full = plan.partial.join(path);
            let here = blocking(move || Ok(File::open(&full).and_then(digest::of_stream).ok())).await?;
            if there.is_some() && here.map(|(digest, _)| digest) != there {
                self.unlink(plan, path).await?;
                self.fetch(second, recording, plan, path).await?;
                tried.push(path.clone());
            }
        }
        Ok(tried)
    }

    async fn failures_of(
        &self,
        bag: Bag,
        recording: RecordingId,
        trust: &Trust,
    ) -> Result<usize, EvidenceError> {
        let report: VerificationReport = self
            .verify_bag(bag, recording, trust.clone(), None, |_| ())
            .await?;
        Ok(report.failures().count())
    }

    /// True when the content of a file below `folder` has the digest that was sealed. One that cannot be read has not.
    async fn is_sealed(
        &self,
        recording: RecordingId,
        plan: &Plan,
        folder: &Path,
        path: &str,
        sealed: Digest,
    ) -> bool {
        let Ok(bag) = self.bag_of(plan.form, folder.to_path_buf(), recording) else {
            return false;
        };
        let path = path.to_owned();
        blocking(move || {
            let content = bag
                .file(&path)
                .and_then(|(content, _)| digest::of_stream(content));
            Ok(content.is_ok_and(|(digest, _)| digest == sealed))
        })
        .await
        .unwrap_or(false)
    }

    async fn link(&self, plan: &Plan, path: &str) -> Result<(), EvidenceError> {
        let (from, to) = (plan.place.join(path), plan.partial.join(path));
        blocking(move || {
            if let Some(above) = to.parent() {
                durable::create_folder(above)?;
            }
            fs::hard_link(&from, &to).map_err(EvidenceError::io(&from))
        })
        .await
    }

    async fn unlink(&self, plan: &Plan, path: &str) -> Result<(), EvidenceError> {
        let full = plan.partial.join(path);
        blocking(move || match durable::exists(&full)? {
            true => fs::remove_file(&full).map_err(EvidenceError::io(&full)),
            false => Ok(()),
        })
        .await
    }

    async fn fetch(
        &self,
        second: &SecondStore,
        recording: RecordingId,
        plan: &Plan,
        path: &str,
    ) -> Result<bool, EvidenceError> {
        let Some(bytes) = plan.bytes_of(path) else {
            return Ok(false);
        };
        let to = plan.partial.join(path);
        let above = to.parent().map(Path::to_path_buf);
        blocking(move || above.map_or(Ok(()), |above| durable::create_folder(&above))).await?;
        let key = format!("{}/{recording}/{path}", plan.form);
        Ok(second.fetch(&key, bytes, &to).await?)
    }

    /// The new folder takes the place of the old one, which is kept aside; between two entries of the chain of custody.
    async fn change_places(
        &self,
        recording: RecordingId,
        plan: &Plan,
        mended: Vec<Mended>,
    ) -> Result<Vec<Mended>, EvidenceError> {
        let files: Vec<_> = mended
            .iter()
            .map(|file| json!({"path": file.path, "sha256": file.sha256}))
            .collect();
        let detail = members([("store", json!("first")), ("files", json!(files))]);
        let open = self
            .open_act(recording, CustodyAct::Repaired, SERVER, detail)
            .await?;
        let (evidence, place, partial, here) = (
            self.clone(),
            plan.place.clone(),
            plan.partial.clone(),
            plan.here.clone(),
        );
        // Another process may dispose of it: the lock is of this one alone.
        let gone = self.is_gone_or_going(recording).await?;
        let done = blocking(move || {
            if gone {
                return Err(EvidenceError::Disposed(recording));
            }
            durable::lock_below(&partial)?;
            // Another process may have added something to the old folder.
            if listing(&place)? != here {
                return Err(EvidenceError::Busy(
                    "something was added to the recording meanwhile",
                ));
            }
            let ready = evidence.repair_dir(recording, "ready");
            fs::rename(&partial, &ready).map_err(EvidenceError::io(&ready))?;
            let how = match durable::exists(&place)? {
                true => RenameFlags::EXCHANGE,
                false => RenameFlags::NOREPLACE,
            };
            durable::create_folder(place.parent().unwrap_or(Path::new(".")))?;
            // The commit point.
            renameat_with(CWD, &ready, CWD, &place, how).map_err(|e| EvidenceError::io(&place)(e.into()))?;
            durable::lock_folder(&place)?;
            for folder in [&ready, &place] {
                durable::sync_folder(folder.parent().unwrap_or(Path::new(".")))?;
            }
            evidence.put_damaged_aside(recording, &ready)
        })
        .await;
        let outcome = match &done {
            Ok(()) => members([("ok", json!(true))]),
            Err(why) => members([("ok", json!(false)), ("why", json!(why.to_string()))]),
        };
        open.complete(outcome).await?;
        done?;
        metrics::counter!("oyer_files_mended_total", "store" => "first").increment(mended.len() as u64);
        Ok(mended)
    }

    /// Reads what was copied of a recording, which is as it was sealed here, and mends there what is not as it was copied. The first list
    /// is of what was mended, the second of what could not be. Both are empty when the recording is disposed of meanwhile.
    pub(in crate::evidence) async fn scrub_second(
        &self,
        recording: RecordingId,
    ) -> Result<(Vec<Mended>, Vec<String>), EvidenceError> {
        let Some(second) = self.inner.second.get() else {
            return Ok((Vec::new(), Vec::new()));
        };
        match self.read_second(second, recording).await {
            Err(_) if self.is_gone_or_going(recording).await? => Ok((Vec::new(), Vec::new())),
            read => read,
        }
    }

    async fn read_second(
        &self,
        second: &SecondStore,
        recording: RecordingId,
    ) -> Result<(Vec<Mended>, Vec<String>), EvidenceError> {
        let store = self.second_store_id(second).await?;
        let mut note = self.note_of(store, recording).await?;
        let (form, here) = self.lies_here(recording).await?;
        let (mut mended, mut left) = (Vec::new(), Vec::new());
        let mut complete = !here.is_empty();
        for file in &here {
            let key = format!("{form}/{recording}/{}", file.path);
            let Some(noted) = note.files.get(&key) else {
                // It waits to be copied.
                complete = false;
                continue;
            };
            if noted.changed_ns != file.changed_ns || noted.bytes != file.bytes {
                complete = false;
                continue;
            }
            // Against what was copied, and not what lies here now: that may be what is damaged.
            let expected = (noted.sha256, noted.bytes);
            let there = match second.digest(&key, file.bytes).await {
                // One file that cannot be read is damage, as by a disk that loses sectors. A store that cannot be read at all says nothing
                // of the recording.
                Err(why @ StoreFault::Io { .. }) => {
                    self.second_store_id(second).await?;
                    tracing::warn!(%recording, %why, "a file in the second store cannot be read");
                    None
                }
                read => read?,
            };
            if there == Some(expected) {
                continue;
            }
            let _put = second.puts.reading(recording).await;
            if self.is_gone_or_going(recording).await? {
                return Ok((Vec::new(), Vec::new()));
            }
            tracing::error!(%recording, "a file in the second store is NOT as it was sealed");
            let files = json!([{"path": file.path, "sha256": expected.0}]);
            let detail = members([("store", json!("second")), ("files", files)]);
            let open = self
                .open_act(recording, CustodyAct::Repaired, SERVER, detail)
                .await?;
            let copied = self.copy_file(second, &key, file, Some(expected.0)).await;
            let outcome = match &copied {
                Ok(_) => members([("ok", json!(true))]),
                Err(why) => members([("ok", json!(false)), ("why", json!(why.to_string()))]),
            };
            open.complete(outcome).await?;
            match copied {
                Ok(copied) => {
                    metrics::counter!("oyer_files_mended_total", "store" => "second").increment(1);
                    note.files.insert(key, copied);
                    mended.push(Mended {
                        path: file.path.clone(),
                        sha256: expected.0,
                    });
                }
                Err(why) => left.push(format!("{}: {why}", file.path)),
            }
        }
        note.damaged = left.clone();
        if complete && left.is_empty() {
            note.verified_at = Some(now_seconds());
        }
        self.write_note(second, recording, &mut note).await?;
        Ok((mended, left))
    }
}

/// Every file below a folder with its size; nothing where there is no folder.
fn listing(folder: &Path) -> Result<Vec<(String, u64)>, EvidenceError> {
    if !durable::exists(folder)? {
        return Ok(Vec::new());
    }
    let found = durable::walk(folder)?;
    Ok(found
        .into_iter()
        .filter(|found| !found.is_folder)
        .map(|found| (found.path, found.bytes))
        .collect())
}
