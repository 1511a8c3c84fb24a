//! The certificate of a disposal: what it will say is written down before anything is destroyed, and signed and stamped when it is true.

use super::super::error::{EvidenceError, blocking};
use super::super::releases::{digest_of, time_of};
use super::super::sealing::Bag;
use super::super::{Evidence, SOFTWARE, beside, durable};
use super::{not_json, parse};
use crate::court::id::RecordingId;
use crate::seal::bundle;
use crate::seal::digest::Digest;
use crate::seal::disposal::{self, Act, Additions, CustodyHead, DestroyedCopy, DisposalDocument, Method};
use crate::seal::document::SealedBy;
use crate::seal::manifest::Manifest;
use crate::seal::timestamp::Timestamp;
use crate::seal::x509::Certificate;
use crate::store::{Decided, Disposal};
use std::fs;
use std::io;
use std::path::Path;
use time::OffsetDateTime;

/// What is known before the files are destroyed.
const DRAFT: &str = "draft.json";

/// What is known when everything is gone.
pub(super) struct Gone {
    /// Where the chain of custody stood.
    pub head: CustodyHead,
    /// What it tells of reseals and notes.
    pub additions: Additions,
    /// What became of the copy in the second store.
    pub second: Option<DestroyedCopy>,
}

impl Evidence {
    /// Signs and stamps what the draft says, now that it is true, and puts the certificate in its place.
    pub(super) async fn certify(&self, draft: &Path, to: &Path, gone: Gone) -> Result<(), EvidenceError> {
        let now = OffsetDateTime::now_utc();
        let path = draft.join(DRAFT);
        let bytes = blocking(move || match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(EvidenceError::io(&path)(e)),
        });
        let Some(bytes) = bytes.await? else {
            // The draft goes last: everything else is in place.
            let (draft, to) = (draft.to_path_buf(), to.to_path_buf());
            return blocking(move || keep(&draft, &to)).await;
        };
        let mut document = parse(&bytes)?;
        if document.method == Method::KeyDestroyed {
            self.require_no_key(RecordingId(document.recording))?;
        }
        document.custody = gone.head;
        document.reseals = gone.additions.reseals;
        document.annotations = gone.additions.annotations;
        document.second_store = gone.second;
        document.issued_at = Timestamp::new(now);
        let document = serde_json::to_vec_pretty(&document).map_err(not_json)?;
        let key = self.inner.keys.at(now)?;
        let signature = key.sign(Digest::of(&document), Timestamp::new(now))?;
        let (stamp, stamp_root) = match self.authority_stamp(&signature).await {
            Some(stamp) => stamp,
            None => {
                let at = Timestamp::new(OffsetDateTime::now_utc());
                (key.stamp(Digest::of(&signature), at)?, key.root().to_pem()?)
            }
        };
        let (draft, to) = (draft.to_path_buf(), to.to_path_buf());
        blocking(move || {
            let aside = draft.join("aside");
            for (name, content) in [
                (disposal::TIME_STAMP_ROOT, stamp_root.as_bytes()),
                (disposal::TIME_STAMP, stamp.as_slice()),
                (disposal::SIGNATURE, signature.as_slice()),
                (disposal::DOCUMENT, document.as_slice()),
            ] {
                durable::write(&draft.join(name), &aside, content)?;
            }
            let notes = draft.join(DRAFT);
            fs::remove_file(&notes).map_err(EvidenceError::io(&notes))?;
            durable::sync_folder(&draft)?;
            keep(&draft, &to)
        })
        .await
    }

    /// What the certificate is about to say is true.
    fn require_no_key(&self, recording: RecordingId) -> Result<(), EvidenceError> {
        let vault = self.inner.vault.get().ok_or(EvidenceError::Vault(
            "the key of the recording is not destroyed: no folder of recording keys is configured",
        ))?;
        match vault.key(recording)? {
            None => Ok(()),
            Some(_) => Err(EvidenceError::Vault("the key of the recording is not destroyed")),
        }
    }

    /// A stamp of the configured authority and its root; none when there is no authority or it does not answer. What is destroyed
    /// cannot wait for a network, and the built-in stamp says whose it is.
    async fn authority_stamp(&self, signature: &[u8]) -> Option<(Vec<u8>, String)> {
        let stamped = self.inner.authority.as_ref()?.stamp(signature).await;
        let stamped = stamped
            .map_err(EvidenceError::from)
            .and_then(|stamp| Ok((stamp.answer, stamp.root.to_pem()?)));
        stamped
            .inspect_err(
                |why| tracing::warn!(%why, "a certificate of disposal is stamped by the built-in service"),
            )
            .ok()
    }
}

/// Writes down, before anything is destroyed, what the certificate will say, with the seal of what is to be destroyed.
pub(super) fn write_draft(
    bag: &Bag,
    draft: &Path,
    of: &Disposal,
    organisation: String,
    roots: &[Certificate],
) -> Result<(), EvidenceError> {
    durable::create_folder_for_good(&draft.join("seal/certs"), 4)?;
    let aside = draft.join("aside");
    let sealed = bag.document()?;
    let manifest = bag.manifest()?;
    let mut bytes: u64 = 0;
    for found in durable::walk(&bag.root.join("data"))?
        .iter()
        .filter(|f| !f.is_folder)
    {
        let file = bag.file(&format!("{}{}", bundle::DATA, found.path));
        bytes = bytes.saturating_add(file.map_err(EvidenceError::io(&found.full))?.1);
    }
    let act = |decided: &Decided| Act {
        by: decided.by.clone(),
        at: time_of(decided.at),
        reason_sha256: digest_of(&decided.reason),
    };
    let approved = of.decided.as_ref().ok_or(EvidenceError::NotFound("approval"))?;
    let document = DisposalDocument {
        schema: disposal::SCHEMA.into(),
        recording: of.recording.0,
        case: sealed.case,
        hearing: sealed.hearing,
        sealed_at: sealed.sealed_at,
        manifest_sha256: Digest::of(&manifest),
        files: Manifest::parse(&manifest)?.len() as u64,
        bytes,
        rule: serde_json::from_str(&of.rule).map_err(not_json)?,
        proposed: act(&of.proposed),
        approved: act(approved),
        method: match bag.is_enclosed() {
            true => Method::KeyDestroyed,
            false => Method::FilesDeleted,
        },
        // Filled in from the chain of custody when the certificate is written.
        reseals: Vec::new(),
        annotations: Vec::new(),
        // Filled in when it is true.
        second_store: None,
        custody: CustodyHead {
            entries: 0,
            head: Digest::ZERO,
        },
        issued_at: time_of(approved.at),
        issued_by: SealedBy {
            software: SOFTWARE.into(),
            organisation,
        },
    };
    let kept = [
        bundle::MANIFEST,
        bundle::MANIFEST_SIGNATURE,
        bundle::ROOT_CERTIFICATE,
        bundle::SEAL_CERTIFICATE,
        bundle::TIME_STAMP,
        bundle::TIME_STAMP_ROOT,
        bundle::LOG_PROOF,
    ];
    for path in kept {
        let from = bag.root.join(path);
        if durable::exists(&from)? {
            let content = fs::read(&from).map_err(EvidenceError::io(&from))?;
            durable::write(&draft.join(path), &aside, &content)?;
        }
    }
    // What stays for ever has the root to which the seal leads, whatever became of the copy beside it.
    if let Ok(root) = beside::root_of_seal(bag, roots)
        && Certificate::all_from_pem(&fs::read(draft.join(bundle::ROOT_CERTIFICATE)).unwrap_or_default())
            .unwrap_or_default()
            != [root.clone()]
    {
        let pem = root.to_pem()?;
        durable::write(&draft.join(bundle::ROOT_CERTIFICATE), &aside, pem.as_bytes())?;
    }
    let document = serde_json::to_vec_pretty(&document).map_err(not_json)?;
    durable::write(&draft.join(DRAFT), &aside, &document)
}

/// Locks a certificate that is whole, and puts it in its place.
fn keep(draft: &Path, to: &Path) -> Result<(), EvidenceError> {
    durable::lock_below(draft)?;
    // The commit point: what lies there is whole.
    fs::rename(draft, to).map_err(EvidenceError::io(to))?;
    durable::sync_folder(to.parent().unwrap_or(Path::new(".")))?;
    durable::lock_folder(to)
}
