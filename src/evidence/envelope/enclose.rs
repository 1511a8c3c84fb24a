//! Putting sealed recordings into envelopes: after the seal, beside everything else, and never in the way of it.
//!
//! The recorder and the seal know nothing of it. When a recording is part of its case, its files are encrypted into a folder
//! beside; everything there is synced, read back, decrypted and compared with the sealed list; then that folder takes its place in one
//! step, and only then the files in clear are deleted. A crash at any point leaves one whole recording, in clear or in envelopes,
//! and the next pass goes on.

use super::super::custody::{Phase, SERVER, members, phase};
use super::super::disposal::take_away;
use super::super::error::{EvidenceError, blocking};
use super::super::sealing::Bag;
use super::super::{Evidence, durable};
use super::{RecordingKey, Vault, seal};
use crate::court::id::RecordingId;
use crate::court::state::RecordingState;
use crate::seal::bundle;
use crate::seal::custody::{CustodyAct, CustodyEntry};
use crate::seal::digest;
use crate::seal::manifest::Manifest;
use serde_json::json;
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

/// How often it is looked for recordings that are not in envelopes, beside at each seal: what failed is tried again.
const LOOK_EVERY: Duration = Duration::from_secs(600);

impl Evidence {
    /// Encrypts recordings at rest from now on, under keys of this vault. Once, before anything is served.
    pub fn use_vault(&self, vault: Vault) {
        // The first one stays: a key must not be looked for in two places.
        let _ = self.inner.vault.set(vault);
    }

    /// Puts every recording that is part of its case into envelopes, if there is a vault; says how many were. One that cannot be is
    /// logged and stays in clear.
    pub async fn enclose_waiting(&self) -> Result<usize, EvidenceError> {
        if self.inner.vault.get().is_none() {
            return Ok(0);
        }
        let attached = self
            .store()
            .recordings_in_states(&[RecordingState::Attached])
            .await?;
        let mut enclosed = 0;
        for row in attached {
            let done = self.enclose(row.id).await;
            self.note_enclosing(row.id, done.as_ref().err()).await;
            match done {
                Ok(done) => enclosed += usize::from(done),
                Err(why) => {
                    tracing::error!(recording = %row.id, %why, "a sealed recording could not be encrypted; it lies in clear");
                }
            }
        }
        Ok(enclosed)
    }

    /// Keeps recordings in envelopes for as long as the server runs; ends at once when there is no vault.
    pub async fn keep_enclosed(self) {
        if self.inner.vault.get().is_none() {
            return;
        }
        loop {
            if let Err(why) = self.enclose_waiting().await {
                tracing::error!(%why, "what is to be encrypted cannot be found out");
            }
            // Either will do.
            let _ = tokio::time::timeout(LOOK_EVERY, self.inner.to_enclose.notified()).await;
        }
    }

    /// Puts one recording into envelopes; false when it was.
    async fn enclose(&self, recording: RecordingId) -> Result<bool, EvidenceError> {
        let (clear, enclosed) = (self.clear_dir(recording), self.enclosed_dir(recording));
        let aside = enclosed.with_extension("clear");
        if self.sealed_dir(recording) == enclosed {
            return self.finish_enclosing(recording).await.map(|()| false);
        }
        // The key is made while nobody can begin to destroy it: a recording that is being destroyed gets none any more.
        let undisturbed = self.inner.additions.reading(recording).await;
        if !self.may_enclose(recording).await? {
            return Ok(false);
        }
        let evidence = self.clone();
        blocking(move || {
            let vault = evidence.inner.vault.get();
            let vault = vault.ok_or(EvidenceError::Vault("there is no folder of recording keys"))?;
            vault.key_or_new(recording).map(drop)
        })
        .await?;
        drop(undisturbed);
        let evidence = self.clone();
        let (from, partial) = (clear.clone(), enclosed.with_extension("partial"));
        let to = partial.clone();
        let open = self
            .open_act(
                recording,
                CustodyAct::Enclosed,
                SERVER,
                members([("algorithm", json!("AES-256-GCM"))]),
            )
            .await?;
        let done: Result<(), EvidenceError> = async {
            let bag = blocking(move || {
                let vault = evidence.inner.vault.get();
                let vault = vault.ok_or(EvidenceError::Vault("there is no folder of recording keys"))?;
                let key = vault.key(recording)?;
                let key = Arc::new(key.ok_or(EvidenceError::Disposed(recording))?);
                remove(&to)?;
                durable::create_folder(&to)?;
                encrypt(&from, &to, &key)?;
                let bag = Bag::enclosed(to, recording, key);
                compare(&Bag::new(from, recording), &bag)?;
                Ok(bag)
            })
            .await?;
            // From here on nobody reads all of it or adds to it: a time-stamp comes before, or after.
            let alone = self.inner.additions.adding(recording).await;
            if !self.may_enclose(recording).await? {
                return Err(EvidenceError::Disposed(recording));
            }
            blocking(move || {
                copy_rest(&clear, &bag.root)?;
                durable::lock_below(&bag.root)?;
                // The commit point: what lies there is whole.
                fs::rename(&bag.root, &enclosed).map_err(EvidenceError::io(&enclosed))?;
                durable::sync_folder(enclosed.parent().unwrap_or(Path::new(".")))?;
                durable::lock_folder(&enclosed)?;
                take_away(&clear, &aside)
            })
            .await?;
            drop(alone);
            Ok(())
        }
        .await;
        if done.is_err() && self.sealed_dir(recording) == self.enclosed_dir(recording) {
            // It lies in envelopes, and something after that failed. The act stays open until the next look ends it.
            open.goes_on();
            return done.map(|()| true);
        }
        if done.is_err() && !self.may_enclose(recording).await? {
            // Destroyed while it was being encrypted: what that wrote goes as well.
            let partial = self.enclosed_dir(recording).with_extension("partial");
            blocking(move || remove(&partial)).await?;
        }
        let outcome = match &done {
            Ok(()) => members([("ok", json!(true))]),
            Err(why) => members([("ok", json!(false)), ("why", json!(why.to_string()))]),
        };
        open.complete(outcome).await?;
        if done.is_ok() {
            self.known_enclosed().insert(recording);
        }
        done.map(|()| true)
    }

    /// True while the recording is part of its case and nobody has begun to destroy it.
    async fn may_enclose(&self, recording: RecordingId) -> Result<bool, EvidenceError> {
        let is_attached = self.row(recording).await?.state == RecordingState::Attached;
        Ok(is_attached && !self.is_being_disposed_of(recording).await?)
    }

    /// Ends what a crash or a failure left after the change of places: what lies in clear is deleted, and the chain of custody
    /// learns of the end.
    async fn finish_enclosing(&self, recording: RecordingId) -> Result<(), EvidenceError> {
        if self.known_enclosed().contains(&recording) {
            return Ok(());
        }
        let (clear, enclosed) = (self.clear_dir(recording), self.enclosed_dir(recording));
        let aside = enclosed.with_extension("clear");
        blocking(move || {
            durable::sync_folder(enclosed.parent().unwrap_or(Path::new(".")))?;
            durable::lock_folder(&enclosed)?;
            take_away(&clear, &aside)
        })
        .await?;
        if let Some(begun) = self.enclosing_left_open(recording).await? {
            let outcome = members([("ok", json!(true))]);
            self.complete_act(recording, CustodyAct::Enclosed, SERVER, begun, outcome)
                .await?;
        }
        self.known_enclosed().insert(recording);
        Ok(())
    }

    /// Number of the entry that opened the last attempt, where its end is not entered.
    async fn enclosing_left_open(&self, recording: RecordingId) -> Result<Option<u64>, EvidenceError> {
        let mut open = None;
        for row in self.store().custody(recording).await? {
            let entry: CustodyEntry =
                serde_json::from_str(&row.line).map_err(|source| EvidenceError::Json {
                    what: "custody".into(),
                    source,
                })?;
            match phase(&entry).filter(|_| entry.act == CustodyAct::Enclosed) {
                Some(Phase::Opened) => open = Some(entry.seq),
                Some(Phase::Completed { opened_by, .. }) if open == Some(opened_by) => open = None,
                _ => {}
            }
        }
        Ok(open)
    }

    fn known_enclosed(&self) -> MutexGuard<'_, HashSet<RecordingId>> {
        let known = self.inner.enclosed.lock();
        known.unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an earlier attempt left, which nobody may write to.
fn remove(partial: &Path) -> Result<(), EvidenceError> {
    match durable::exists(partial)? {
        true => take_away(partial, &partial.with_extension("old")),
        false => Ok(()),
    }
}

/// Everything below `data/`, each file encrypted and synced.
fn encrypt(from: &Path, to: &Path, key: &RecordingKey) -> Result<(), EvidenceError> {
    for found in durable::walk(&from.join("data"))? {
        let path = to.join("data").join(&found.path);
        if found.is_folder {
            durable::create_folder(&path)?;
            continue;
        }
        if let Some(above) = path.parent() {
            durable::create_folder(above)?;
        }
        let clear = File::open(&found.full).map_err(EvidenceError::io(&found.full))?;
        let write = |clear: File| -> io::Result<()> {
            let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
            let mut out = BufWriter::with_capacity(1 << 20, file);
            seal(key.bytes(), clear, found.bytes, &mut out)?;
            out.flush()?;
            out.get_ref().sync_all()
        };
        write(clear).map_err(EvidenceError::io(&path))?;
    }
    Ok(())
}

/// Reads every encrypted file back and compares what is in it with the sealed list: all of that list, and nothing else.
fn compare(clear: &Bag, enclosed: &Bag) -> Result<(), EvidenceError> {
    let manifest = Manifest::parse(&clear.manifest()?)?;
    let found = durable::walk(&enclosed.root.join("data"))?;
    let files = found.iter().filter(|f| !f.is_folder).count();
    let changed = |file: &str, why: &str| EvidenceError::Changed {
        file: file.into(),
        why: why.into(),
    };
    for (path, sealed) in manifest.iter() {
        let full = enclosed.root.join(path);
        let (content, _) = enclosed.file(path).map_err(EvidenceError::io(&full))?;
        let (digest, _) = digest::of_stream(content).map_err(EvidenceError::io(&full))?;
        if digest != sealed {
            return Err(changed(path, "it is not as it was sealed; nothing was replaced"));
        }
    }
    match files == manifest.iter().count() {
        true => Ok(()),
        false => Err(changed(bundle::MANIFEST, "there are files that it does not list")),
    }
}

/// Everything beside `data/` stays in clear: the list of digests, the seal, the time-stamp.
fn copy_rest(from: &Path, to: &Path) -> Result<(), EvidenceError> {
    for found in durable::walk(from)? {
        if found.path == "data" || found.path.starts_with(bundle::DATA) {
            continue;
        }
        let path = to.join(&found.path);
        match found.is_folder {
            true => durable::create_folder(&path)?,
            false => {
                let content = fs::read(&found.full).map_err(EvidenceError::io(&found.full))?;
                if let Some(above) = path.parent() {
                    durable::create_folder(above)?;
                }
                durable::write(&path, &to.join("aside"), &content)?;
            }
        }
    }
    Ok(())
}
