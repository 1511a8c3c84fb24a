//! Disposal: the files of a recording are destroyed, and a certificate says so that anybody can verify.
//!
//! Three steps by people: one proposes, another approves, and one of those who may carries it out. Until then a legal hold stops
//! it; the store sees to all of that. From then on there is no way back, and a crash anywhere is made good by the next start: what
//! the certificate will say is written down first, then the folder is taken out of its place in one step, then its files are
//! deleted, those in the second store as well where it lets go of them, and only then the certificate is signed.

mod certificate;

use super::access_copy::CopyOf;
use super::custody::members;
use super::error::{EvidenceError, blocking};
use super::releases::digest_of;
use super::sealing::unix_ms;
use super::{Evidence, durable};
use crate::court::custody::DisposalState;
use crate::court::id::RecordingId;
use crate::seal::bundle;
use crate::seal::custody::{CustodyAct, CustodyEntry};
use crate::seal::digest::Digest;
use crate::seal::disposal::{self, Additions, CustodyHead, DisposalDocument, Rule};
use crate::seal::disposal_certificate;
use crate::seal::timestamp::Timestamp;
use crate::store::{Decided, Disposal, NewDisposal, OTHER_RULE, StoreError};
use certificate::{Gone, write_draft};
use serde_json::{Map, Value, json};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use uuid::Uuid;

/// How far the chain of custody knows of a disposal.
struct Opened {
    /// Number of the entry that opened it.
    entry: u64,
    /// Who made that.
    by: String,
    /// Where the chain ends.
    head: CustodyHead,
    /// What it tells of reseals and notes.
    additions: Additions,
    /// True when the end of the disposal is entered.
    completed: bool,
}

/// The certificate of a disposal: each file with its content.
pub struct DisposalFiles {
    /// `disposal.json`, read.
    pub document: DisposalDocument,
    /// Every file of the certificate, by path.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Evidence {
    /// Proposes to dispose of a recording. The store refuses it before its date, and while a hold is in force.
    pub async fn propose_disposal(&self, new: &NewDisposal) -> Result<(), EvidenceError> {
        self.require_attached(new.recording).await?;
        let detail = members([
            ("disposal", json!(new.id)),
            ("reason_sha256", json!(digest_of(&new.proposed.reason))),
        ]);
        let (store, proposal) = (self.store().clone(), new.clone());
        let work = async move {
            store.propose_disposal(&proposal).await?;
            Ok(((), Map::new()))
        };
        let by = new.proposed.by.as_str();
        self.entered(new.recording, CustodyAct::DisposalProposed, by, detail, work)
            .await
    }

    /// Approves or rejects a disposal. The store refuses an approval by whoever proposed it, and while a hold is in force.
    pub async fn decide_disposal(
        &self,
        of: &Disposal,
        person: crate::court::id::PersonId,
        decided: &Decided,
        approves: bool,
    ) -> Result<(), EvidenceError> {
        let detail = members([
            ("disposal", json!(of.id)),
            ("approves", json!(approves)),
            ("reason_sha256", json!(digest_of(&decided.reason))),
        ]);
        let (evidence, disposal, decision) = (self.clone(), of.clone(), decided.clone());
        let work = async move {
            let (store, id) = (evidence.store(), disposal.id);
            match approves {
                true => {
                    evidence.require_rule_in_force(&disposal).await?;
                    store.approve_disposal(id, person, &decision).await?;
                }
                false => store.reject_disposal(id, person, &decision).await?,
            }
            Ok(((), Map::new()))
        };
        self.entered(
            of.recording,
            CustodyAct::DisposalDecided,
            &decided.by,
            detail,
            work,
        )
        .await
    }

    /// Carries an approved disposal out: destroys the files and writes the certificate. The store refuses it before its date, and
    /// while a hold is in force. Once it has begun it can only be ended: by asking again, or by the next start.
    pub async fn carry_out_disposal(&self, id: Uuid, by: &str) -> Result<(), EvidenceError> {
        self.carry_out_disposal_with(id, by, || ()).await
    }

    /// The same; `at_no_return` is called at the point of no return, before anything is destroyed: to end what serves the recording.
    pub async fn carry_out_disposal_with(
        &self,
        id: Uuid,
        by: &str,
        at_no_return: impl FnOnce() + Send,
    ) -> Result<(), EvidenceError> {
        // One at a time: two would write the same certificate.
        let _alone = self.inner.disposing.lock().await;
        let of = self.disposal(id).await?;
        if of.state != DisposalState::CarryingOut {
            self.require_rule_in_force(&of).await?;
            // While it can still be refused: a certificate without the proof that its chain of custody names would be worth nothing.
            let named = self.name_log_proof(of.recording).await;
            named.map_err(|why| EvidenceError::LogProof(Box::new(why)))?;
            let opening = self.open_act(
                of.recording,
                CustodyAct::Disposed,
                by,
                members([("disposal", json!(id))]),
            );
            // Once the store has taken the next step it can only be ended, and that enters the outcome; whether it has, nobody knows who
            // goes away meanwhile. What nothing ends the next start enters as unknown.
            let begun = opening.await?.goes_on();
            let now = unix_ms(OffsetDateTime::now_utc());
            if let Err(refused) = self.store().begin_disposal(id, now).await {
                let outcome = members([("ok", json!(false))]);
                self.complete_act(of.recording, CustodyAct::Disposed, by, begun, outcome)
                    .await?;
                return Err(refused.into());
            }
        }
        let of = self.disposal(id).await?;
        at_no_return();
        self.destroy(&of).await
    }

    /// An error unless the disposal is by the rule as it is worked out now. That another one was set is refused by the store, in the
    /// transaction of the step; this is for the figures of the configuration, which are others after a start at the earliest.
    async fn require_rule_in_force(&self, of: &Disposal) -> Result<(), EvidenceError> {
        let rule: Rule = serde_json::from_str(&of.rule).map_err(not_json)?;
        match self.kept_by(of.case).await? {
            Some(kept) if kept.rule == rule && kept.due_at == of.due_at => Ok(()),
            _ => Err(StoreError::Conflict(OTHER_RULE).into()),
        }
    }

    /// Ends what a crash or a failure left of disposals that were begun; says how many there were.
    pub(super) async fn finish_disposals(&self) -> Result<usize, EvidenceError> {
        let _alone = self.inner.disposing.lock().await;
        let open = self.store().disposals_under_way().await?;
        let count = open.len();
        for of in open {
            if let Err(why) = self.destroy(&of).await {
                tracing::error!(recording = %of.recording, %why, "a disposal that was begun could not be ended");
            }
        }
        Ok(count)
    }

    /// The certificate of a recording that was disposed of, with its chain of custody as it stands; none when there is none.
    pub async fn disposal_certificate(
        &self,
        recording: RecordingId,
    ) -> Result<Option<DisposalFiles>, EvidenceError> {
        let folder = self.certificate_dir(recording);
        let custody = self.whole_custody(recording).await?;
        blocking(move || {
            if !durable::exists(&folder)? {
                return Ok(None);
            }
            let mut files = vec![(bundle::CUSTODY.to_owned(), custody.into_bytes())];
            for found in durable::walk(&folder)?.into_iter().filter(|f| !f.is_folder) {
                let content = fs::read(&found.full).map_err(EvidenceError::io(&found.full))?;
                files.push((found.path, content));
            }
            files.sort_by(|a, b| a.0.cmp(&b.0));
            let document = files.iter().find(|(path, _)| path == disposal::DOCUMENT);
            let document = parse(document.map_or(&[][..], |(_, content)| content))?;
            Ok(Some(DisposalFiles { document, files }))
        })
        .await
    }

    /// The same as a tar file, everything below a folder named after the disposal.
    pub async fn disposal_tar(&self, recording: RecordingId) -> Result<Option<Vec<u8>>, EvidenceError> {
        let Some(certificate) = self.disposal_certificate(recording).await? else {
            return Ok(None);
        };
        let at = u64::try_from(certificate.document.issued_at.unix_seconds()).unwrap_or_default();
        let mut tar = tar::Builder::new(Vec::new());
        for (path, content) in certificate.files {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o444);
            header.set_mtime(at);
            header.set_size(content.len() as u64);
            let path = format!("disposal-{recording}/{path}");
            tar.append_data(&mut header, path, content.as_slice())
                .map_err(EvidenceError::io(Path::new("certificate.tar")))?;
        }
        let tar = tar.into_inner();
        tar.map(Some)
            .map_err(EvidenceError::io(Path::new("certificate.tar")))
    }

    /// The same for people to read and print: a PDF.
    pub async fn disposal_pdf(&self, recording: RecordingId) -> Result<Option<Vec<u8>>, EvidenceError> {
        let Some(certificate) = self.disposal_certificate(recording).await? else {
            return Ok(None);
        };
        let rows = self.store().custody(recording).await?;
        let custody = entries_of(rows.iter().map(|row| row.line.as_str()))?;
        let now = Timestamp::new(OffsetDateTime::now_utc());
        blocking(move || {
            let text = certificate
                .files
                .iter()
                .find(|(path, _)| path == disposal::DOCUMENT);
            let sha256 = Digest::of(text.map_or(&[][..], |(_, content)| content));
            let paper = disposal_certificate::paper(&certificate.document, sha256, &custody, None, now);
            Ok(Some(paper.pdf()?))
        })
        .await
    }

    fn certificate_dir(&self, recording: RecordingId) -> PathBuf {
        self.inner
            .data
            .join("objects/disposals")
            .join(recording.to_string())
    }

    async fn disposal(&self, id: Uuid) -> Result<Disposal, EvidenceError> {
        let found = self.store().disposal(id).await?;
        found.ok_or(EvidenceError::NotFound("disposal"))
    }

    /// Everything from the point of no return on; each step may have been done before.
    async fn destroy(&self, of: &Disposal) -> Result<(), EvidenceError> {
        let recording = of.recording;
        let certificate = self.certificate_dir(recording);
        let draft = certificate.with_extension("partial");
        // Nothing is added from here on, so that what the chain of custody says is what is destroyed; and until the last copy is gone: a
        // scrub that found the folder empty would mend it from there.
        let unread = self.inner.additions.adding(recording).await;
        let Opened {
            entry,
            by,
            head,
            additions,
            completed,
        } = self.opened_disposal(recording).await?;
        let done = certificate.clone();
        let is_certified = blocking(move || durable::exists(&done)).await?;
        if !is_certified {
            // Gone already where it was cut off later on.
            let folder = self.sealed_dir(recording);
            if blocking(move || durable::exists(&folder)).await? {
                let (bag, to) = (self.bag(recording)?, draft.clone());
                let (of, organisation) = (of.clone(), self.inner.organisation.clone());
                let data = self.inner.data.clone();
                blocking(move || write_draft(&bag, &to, &of, organisation, &Self::roots_of(&data)?)).await?;
            }
            let (enclosed, clear) = (self.enclosed_dir(recording), self.clear_dir(recording));
            let partial = enclosed.with_extension("partial");
            let aside = certificate.with_extension("destroying");
            let (evidence, clear_aside) = (self.clone(), aside.with_extension("destroying-clear"));
            blocking(move || {
                // The key first: from here on the files say nothing to anybody.
                if let Some(vault) = evidence.inner.vault.get() {
                    durable::move_folder(&enclosed, &aside)?;
                    vault.destroy(recording)?;
                }
                take_away(&enclosed, &aside)?;
                take_away(&clear, &clear_aside)?;
                // What an attempt to encrypt it left half-way.
                take_away(&partial, &partial.with_extension("destroying-partial"))?;
                for damaged in evidence.damaged_dirs(recording) {
                    take_away(&damaged, &damaged.with_extension("destroying"))?;
                }
                Ok(())
            })
            .await?;
            self.remove_derived(recording).await?;
        }
        // Here everything is gone by now, and a copy that cannot be deleted yet holds nothing up; but the certificate says so.
        let (second, store) = self.remove_from_second(recording).await?;
        drop(unread);
        if !is_certified {
            let gone = Gone {
                head,
                additions,
                second: second.certified(store),
            };
            self.certify(&draft, &certificate, gone).await?;
        }
        let path = certificate.join(disposal::DOCUMENT);
        let document = blocking(move || fs::read(&path).map_err(EvidenceError::io(&path))).await?;
        let now = unix_ms(OffsetDateTime::now_utc());
        let mut outcome = members([
            ("ok", json!(true)),
            ("certificate_sha256", json!(Digest::of(&document))),
        ]);
        outcome.extend(second.detail());
        // First the chain: a recording that the store calls disposed of has its end in it.
        if !completed {
            self.complete_act(recording, CustodyAct::Disposed, &by, entry, outcome)
                .await?;
        }
        self.store().finish_disposal(of.id, now).await?;
        tracing::info!(%recording, "a recording was disposed of");
        Ok(())
    }

    /// The last entry that opened a disposal, and where the chain of custody ends.
    async fn opened_disposal(&self, recording: RecordingId) -> Result<Opened, EvidenceError> {
        let rows = self.store().custody(recording).await?;
        let entries = entries_of(rows.iter().map(|row| row.line.as_str()))?;
        let is_opening = |entry: &&CustodyEntry| {
            let stage = entry.detail.get("stage").and_then(Value::as_str);
            entry.act == CustodyAct::Disposed && stage == Some("begun")
        };
        let opened = entries.iter().rfind(is_opening);
        match (opened, entries.last()) {
            (Some(opened), Some(last)) => {
                let completes = |entry: &CustodyEntry| {
                    let begun = entry.detail.get("begun").and_then(Value::as_str);
                    let is_done = entry.detail.get("ok") == Some(&Value::Bool(true));
                    is_done && begun == Some(opened.seq.to_string().as_str())
                };
                Ok(Opened {
                    entry: opened.seq,
                    by: opened.by.clone(),
                    head: CustodyHead {
                        entries: last.seq,
                        head: last.hash,
                    },
                    completed: entries.iter().any(completes),
                    additions: entries.iter().fold(Additions::default(), |mut found, entry| {
                        found.take(entry);
                        found
                    }),
                })
            }
            _ => Err(EvidenceError::Ledger(
                "the chain of custody does not know of the disposal".into(),
            )),
        }
    }

    /// What was derived from the recording or noted beside it.
    async fn remove_derived(&self, recording: RecordingId) -> Result<(), EvidenceError> {
        let mut copies = vec![CopyOf::Court(recording), CopyOf::Redacted(recording)];
        // Copies for releases of a redacted copy are by requests for the original.
        let asked_for = self.row(recording).await?.derived_from.unwrap_or(recording);
        let requests = self.store().media_requests(asked_for).await?;
        copies.extend(requests.iter().map(|r| CopyOf::Release(recording, r.id)));
        for copy in copies {
            self.discard_copy(copy).await?;
        }
        let notes = self.inner.data.join("notes");
        blocking(move || {
            for name in ["segments.jsonl", "stamp"] {
                let path = notes.join(format!("{recording}.{name}"));
                match fs::remove_file(&path) {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(EvidenceError::io(&path)(e)),
                    _ => {}
                }
            }
            durable::sync_folder(&notes)
        })
        .await
    }
}

/// Takes the sealed folder out of its place in one step, and deletes it.
pub(super) fn take_away(from: &Path, aside: &Path) -> Result<(), EvidenceError> {
    durable::move_folder(from, aside)?;
    if !durable::exists(aside)? {
        return Ok(());
    }
    durable::unlock_folder(aside)?;
    for found in durable::walk(aside)?.iter().filter(|found| found.is_folder) {
        fs::set_permissions(&found.full, Permissions::from_mode(0o755))
            .map_err(EvidenceError::io(&found.full))?;
    }
    fs::remove_dir_all(aside).map_err(EvidenceError::io(aside))?;
    durable::sync_folder(aside.parent().unwrap_or(Path::new(".")))
}

fn entries_of<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<CustodyEntry>, EvidenceError> {
    let read = lines.map(serde_json::from_str::<CustodyEntry>);
    read.collect::<Result<Vec<_>, _>>()
        .map_err(|source| EvidenceError::Json {
            what: "custody".into(),
            source,
        })
}

fn parse(bytes: &[u8]) -> Result<DisposalDocument, EvidenceError> {
    DisposalDocument::parse(bytes).map_err(not_json)
}

fn not_json(source: serde_json::Error) -> EvidenceError {
    EvidenceError::Json {
        what: disposal::DOCUMENT.into(),
        source,
    }
}
