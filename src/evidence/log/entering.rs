//! What is entered in the log, and when; and the proof that goes into a bundle.

use super::{LogError, LogStanding, REMEMBERED_MAX, failed};
use crate::court::id::RecordingId;
use crate::court::state::RecordingState;
use crate::evidence::custody::{SERVER, members};
use crate::evidence::error::{EvidenceError, blocking};
use crate::evidence::sealing::Bag;
use crate::evidence::{Evidence, durable};
use crate::seal::bundle;
use crate::seal::custody::{CustodyAct, CustodyEntry};
use crate::seal::digest::Digest;
use crate::seal::instructions::LogSummary;
use crate::seal::tlog::{InclusionProof, Leaf, Receipt};
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// How often it is entered how far recordings have come.
const EVERY: Duration = Duration::from_secs(60);
/// Sealed recordings whose proofs are made up for in one pass.
const LATE_MAX: usize = 64;
/// How often cosigners may fail to sign the head over a seal before its proof is made without them.
const COSIGNED_TRIES: u32 = 5;

/// What a pass came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogPass {
    /// Recordings of which it was entered how far they have come.
    pub heads: usize,
    /// Sealed recordings that have got their proof.
    pub proved: usize,
    /// Sealed recordings that still have none.
    pub waiting: usize,
}

impl Evidence {
    /// Keeps the log for as long as the server runs.
    pub async fn keep_logged(self) {
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = every.tick() => {}
                () = self.inner.log.to_enter.notified() => {}
            }
            self.log_pass().await;
        }
    }

    /// Enters how far each recording that runs has come, has the head cosigned, and adds the proofs that sealed recordings
    /// still lack. What fails is told and tried again by the next pass.
    pub async fn log_pass(&self) -> LogPass {
        let mut pass = LogPass::default();
        match self.enter_heads().await {
            Ok(heads) => pass.heads = heads,
            Err(why) => failed(&why, "how far the recordings have come is not in the log"),
        }
        self.inner.log.collect().await;
        match self.prove_late().await {
            Ok((proved, waiting)) => (pass.proved, pass.waiting) = (proved, waiting),
            Err(why) => failed(&why, "sealed recordings wait to be entered in the log"),
        }
        metrics::gauge!("oyer_log_waiting").set(pass.waiting as f64);
        if let Some(head) = self.inner.log.head() {
            metrics::gauge!("oyer_log_entries").set(head.size() as f64);
        }
        self.tell_age().await;
        pass
    }

    /// When the head of the log was written last. A court that records nothing enters nothing: only beside a recording that runs,
    /// or one that waits, does an old head mean that the log has failed.
    async fn tell_age(&self) {
        let data = self.inner.data.clone();
        let found = tokio::task::spawn_blocking(move || LogStanding::of(&data)).await;
        if let Ok(Ok(Some(standing))) = found {
            let since = standing.written.duration_since(std::time::UNIX_EPOCH);
            metrics::gauge!("oyer_log_head_unix_seconds").set(since.unwrap_or_default().as_secs_f64());
        }
    }

    async fn enter_heads(&self) -> Result<usize, LogError> {
        let store = self.store();
        let running = store
            .recordings_in_states(&[RecordingState::Capturing])
            .await
            .map_err(EvidenceError::from)?;
        let paths: Vec<_> = running
            .iter()
            .map(|row| (row.id, self.recorder_dir(row.id).join(bundle::FRAGMENTS)))
            .collect();
        let found = blocking(move || {
            let mut found = Vec::new();
            for (id, path) in paths {
                match super::heads::last_link(&path) {
                    Ok(Some(link)) => found.push((id, link)),
                    Ok(None) => {}
                    // Its own recorder tells of a disk that fails; the others are entered.
                    Err(why) => {
                        let why = EvidenceError::io(&path)(why).into();
                        failed(&why, "how far a recording has come cannot be read");
                    }
                }
            }
            Ok(found)
        })
        .await?;
        let new: Vec<(RecordingId, Digest)> = {
            let memory = self.inner.log.memory();
            let is_new = |(id, link): &(RecordingId, Digest)| memory.heads.get(id) != Some(link);
            found.into_iter().filter(is_new).collect()
        };
        self.enter(&new, None).await?;
        Ok(new.len())
    }

    /// Enters links of recordings, and a seal after them; gives the proof of the seal.
    async fn enter(
        &self,
        links: &[(RecordingId, Digest)],
        seal: Option<(RecordingId, Digest)>,
    ) -> Result<Option<InclusionProof>, LogError> {
        let of_link = |(id, head): &(RecordingId, Digest)| Leaf::Fragments {
            recording: id.0,
            head: *head,
        };
        let mut leaves: Vec<Leaf> = links.iter().map(of_link).collect();
        leaves.extend(seal.map(|(_, sha256)| Leaf::Manifest { sha256 }));
        if leaves.is_empty() {
            return Ok(None);
        }
        let mut proofs = self.inner.log.append(leaves).await?.into_iter();
        let mut memory = self.inner.log.memory();
        for ((id, head), proof) in links.iter().zip(&mut proofs) {
            memory.heads.insert(*id, *head);
            memory.receipts.insert(*id, Receipt::new(id.0, *head, proof));
        }
        // The name of a recording begins with its time: the oldest are forgotten.
        while memory.heads.len() > REMEMBERED_MAX {
            memory.heads.pop_first();
        }
        while memory.receipts.len() > REMEMBERED_MAX {
            memory.receipts.pop_first();
        }
        let proof = proofs.next();
        if let (Some((id, _)), Some(proof)) = (seal, &proof) {
            if memory.seals.len() >= REMEMBERED_MAX {
                memory.seals.clear();
            }
            memory.seals.insert(id, (proof.index, 0));
        }
        Ok(proof)
    }

    /// Enters a seal as it is made, with the last link of the recording, and puts the proof into its bag; with cosigners the
    /// proof comes when they have signed. Whatever fails is told, and made up for after the seal.
    pub(in crate::evidence) async fn enter_seal(&self, recording: RecordingId, bag: Bag) {
        if let Err(why) = self.try_enter_seal(recording, bag).await {
            failed(
                &why,
                "a recording is sealed that is not in the log yet; it will be entered later",
            );
        }
    }

    async fn try_enter_seal(&self, recording: RecordingId, bag: Bag) -> Result<(), LogError> {
        let (bag, manifest, document, is_there) = blocking(move || {
            let (manifest, document) = (bag.manifest()?, bag.document()?);
            let is_there = summary(&bag)?.is_some();
            Ok((bag, manifest, document, is_there))
        })
        .await?;
        if is_there {
            return Ok(());
        }
        let link = (recording, document.fragments.head);
        let known = self.inner.log.memory().heads.get(&recording) == Some(&link.1);
        let links = match document.fragments.count {
            0 => &[][..],
            _ if known => &[],
            _ => std::slice::from_ref(&link),
        };
        let seal = (recording, Digest::of(&manifest));
        let proof = self.enter(links, Some(seal)).await?;
        if !self.inner.log.settings().cosigners.is_empty() {
            return Ok(());
        }
        let Some(proof) = proof else { return Ok(()) };
        blocking(move || bag.write(&bag.root.join(bundle::LOG_PROOF), proof.to_string().as_bytes())).await?;
        Ok(())
    }

    /// Adds the proofs that sealed recordings lack; how many, and how many are left.
    async fn prove_late(&self) -> Result<(usize, usize), LogError> {
        let waiting = self.without_proof().await?;
        let (mut proved, all) = (0, waiting.len());
        for recording in waiting.into_iter().take(LATE_MAX) {
            match self.prove_one_late(recording).await {
                Ok(done) => proved += usize::from(done),
                Err(why) => {
                    failed(
                        &why,
                        "a sealed recording is not in the log yet; it will be tried again",
                    );
                    if !matches!(why, LogError::Disk(_)) {
                        break;
                    }
                }
            }
        }
        Ok((proved, all - proved))
    }

    async fn without_proof(&self) -> Result<Vec<RecordingId>, LogError> {
        let attached = self
            .store()
            .recordings_in_states(&[RecordingState::Attached])
            .await
            .map_err(EvidenceError::from)?;
        let evidence = self.clone();
        let waiting = blocking(move || {
            let mut waiting = Vec::new();
            for row in attached {
                let root = evidence.sealed_dir(row.id);
                // What is not there any more needs no proof.
                if durable::exists(&root.join(bundle::MANIFEST))?
                    && !durable::exists(&root.join(bundle::LOG_PROOF))?
                {
                    waiting.push(row.id);
                }
            }
            Ok(waiting)
        })
        .await?;
        Ok(waiting)
    }

    /// False when the cosigners have yet to sign.
    async fn prove_one_late(&self, recording: RecordingId) -> Result<bool, LogError> {
        let root = self.sealed_dir(recording);
        let bag = Bag::new(root.clone(), recording);
        let sha256 = Digest::of(&blocking(move || bag.manifest()).await?);
        let entered = self.inner.log.memory().seals.get(&recording).copied();
        let (index, tries) = match entered {
            Some(entered) => entered,
            None => {
                let Some(proof) = self.enter(&[], Some((recording, sha256))).await? else {
                    return Ok(false);
                };
                self.inner.log.collect().await;
                (proof.index, 0)
            }
        };
        let Some(proof) = self.inner.log.prove(Leaf::Manifest { sha256 }, index).await? else {
            return Ok(false);
        };
        let cosigners = &self.inner.log.settings().cosigners;
        let signed =
            |cosigner: &&super::Cosigner| matches!(proof.checkpoint.cosigned_at(cosigner.key()), Ok(Some(_)));
        let cosigned = cosigners.iter().filter(signed).count();
        if cosigned == 0 && !cosigners.is_empty() && tries + 1 < COSIGNED_TRIES {
            self.inner
                .log
                .memory()
                .seals
                .insert(recording, (index, tries + 1));
            return Ok(false);
        }
        if cosigned == 0 && !cosigners.is_empty() {
            tracing::warn!(%recording, "no cosigner signs; the proof that a recording is in the log is made without them");
        }
        self.put_late(recording, proof).await?;
        self.inner.log.memory().seals.remove(&recording);
        Ok(true)
    }

    /// Sees to it that the chain of custody names the proof that lies in a sealed folder, before a disposal: its certificate keeps the
    /// proof, and by the chain everybody notices when somebody leaves it out or exchanges it. A proof that was made with the seal
    /// has no entry until then. One that the chain names, and that is not there as it was, is made anew.
    pub(in crate::evidence) async fn name_log_proof(&self, recording: RecordingId) -> Result<(), LogError> {
        let rows = self
            .store()
            .custody(recording)
            .await
            .map_err(EvidenceError::from)?;
        let mut named = None;
        for row in &rows {
            let entry: CustodyEntry =
                serde_json::from_str(&row.line).map_err(|source| EvidenceError::Json {
                    what: "custody".into(),
                    source,
                })?;
            if entry.act == CustodyAct::Logged {
                named = entry
                    .detail
                    .get("sha256")
                    .and_then(Value::as_str)
                    .map(str::to_owned);
            }
        }
        let bag = Bag::new(self.sealed_dir(recording), recording);
        let manifest = bag.root.join(bundle::MANIFEST);
        if !blocking(move || durable::exists(&manifest)).await? {
            return Ok(()); // disposed of already; whoever carries it out finds that
        }
        let (is_there, found) = blocking(move || {
            let is_there = durable::exists(&bag.root.join(bundle::LOG_PROOF))?;
            Ok((is_there, whole_proof(&bag)?))
        })
        .await?;
        match found {
            None if named.is_none() && !is_there => Ok(()),
            Some((proof, sha256)) if named.is_none() => {
                let detail = proof_members(&proof, sha256);
                self.append_custody(recording, CustodyAct::Logged, SERVER, detail)
                    .await?;
                Ok(())
            }
            Some((_, sha256)) if named == Some(sha256.to_string()) => Ok(()),
            _ => match self.prove_one_late(recording).await? {
                true => Ok(()),
                false => Err(LogError::Uncosigned),
            },
        }
    }

    /// Adds the proof to a sealed folder. Nothing that is there is touched, and the chain of custody knows of it before.
    async fn put_late(&self, recording: RecordingId, proof: InclusionProof) -> Result<(), EvidenceError> {
        let text = proof.to_string();
        let _alone = self.inner.additions.adding(recording).await;
        let root = self.sealed_dir(recording);
        let manifest = root.join(bundle::MANIFEST);
        // A disposal may have been quicker: nothing is said of a proof that has no place any more.
        if !blocking(move || durable::exists(&manifest)).await? {
            return Err(EvidenceError::FolderMissing(recording));
        }
        let detail = proof_members(&proof, Digest::of(text.as_bytes()));
        self.append_custody(recording, CustodyAct::Logged, SERVER, detail)
            .await?;
        let aside = self.inner.data.join("notes").join(format!("{recording}.log"));
        blocking(move || {
            let folder = root.join("seal");
            // Where it is open, somebody else is about to add something, and locks it when that is done.
            let was_open = durable::is_writable(&folder)?;
            if !was_open {
                durable::unlock_folder(&folder)?;
            }
            let written = durable::write_locked(&root.join(bundle::LOG_PROOF), &aside, text.as_bytes());
            if !was_open {
                durable::lock_folder(&folder)?;
            }
            written
        })
        .await
    }
}

/// What the chain of custody says of a proof.
fn proof_members(proof: &InclusionProof, sha256: Digest) -> Map<String, Value> {
    members([
        ("log", json!(proof.checkpoint.origin())),
        ("entry", json!(proof.index.to_string())),
        ("sha256", json!(sha256)),
    ])
}

/// The proof in a bag and the digest of its file; none where there is no proof, or one that does not hold.
fn whole_proof(bag: &Bag) -> Result<Option<(InclusionProof, Digest)>, EvidenceError> {
    let path = bag.root.join(bundle::LOG_PROOF);
    if !durable::exists(&path)? {
        return Ok(None);
    }
    let bytes = std::fs::read(&path).map_err(EvidenceError::io(&path))?;
    let sha256 = Digest::of(&bag.manifest()?);
    let proof = InclusionProof::parse(&bytes).ok();
    let holds = |proof: &InclusionProof| proof.check(Leaf::Manifest { sha256 }.hash()).is_ok();
    Ok(proof.filter(holds).map(|proof| (proof, Digest::of(&bytes))))
}

/// What there is to say about the log in a bag; none where there is no proof, or one that does not hold.
pub(in crate::evidence) fn summary(bag: &Bag) -> Result<Option<LogSummary>, EvidenceError> {
    Ok(whole_proof(bag)?.map(|(proof, _)| LogSummary {
        origin: proof.checkpoint.origin().to_owned(),
        entry: proof.index,
    }))
}
