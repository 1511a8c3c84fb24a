//! Where each chain of custody ends, signed with the seal key and kept outside the database, in `<data>/custody/<recording>`.
//!
//! The entries are chained by hashes, which anybody can make anew who may write to the database: take out the last entries, or
//! all that follow one, and write others. The signed end stands for every entry before it. What is told by the chain must lead
//! to it; a chain that is shorter, or leads elsewhere, is an alarm of the scrub, fails the server's own verification, and is not
//! handed out. An end may be older than the chain, when the token that signs was away or the server fell in between: it is
//! signed again with the next entry, or when the chain is verified next. Whoever may also write to this folder can put an
//! earlier end back (docs/decisions/0019).

use super::super::error::{EvidenceError, blocking};
use super::super::{Evidence, durable};
use crate::court::id::RecordingId;
use crate::seal::cms;
use crate::seal::custody::{CustodyEntry, Head};
use crate::seal::digest::Digest;
use crate::seal::timestamp::Timestamp;
use crate::seal::x509::Certificate;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;
use time::OffsetDateTime;
use tokio::time::timeout;

/// First line of what is signed.
const FORM: &str = "oyer chain of custody";
/// Before the signature, in Base64 on one line.
const SIGNATURE: &str = "signature ";
/// The largest file that is read: a signature of many certificates fits.
const FILE_MAX: u64 = 64 << 10;
/// So long an entry waits to be signed. Then it is signed with the next one: what people do with evidence waits for no token.
const SIGN_WITHIN: Duration = Duration::from_secs(2);
/// While this file is there, chains without a signed end get one. It is made together with the folder, by a server that finds
/// recordings of an earlier version, and an operator may make it: `docs/evidence.md`.
const ADOPTING: &str = "adopting";

/// What is signed.
fn text(recording: RecordingId, head: Head) -> String {
    format!("{FORM}\n{recording}\n{}\n{}\n", head.seq, head.hash)
}

/// A signed end, as it was found: not yet whether its signature holds.
struct Found {
    head: Head,
    signature: Vec<u8>,
}

impl Found {
    /// None when it is not of this form, or of another recording.
    fn parse(recording: RecordingId, file: &str) -> Option<Found> {
        let mut lines = file.split('\n').skip(2);
        let head = Head {
            seq: lines.next()?.parse().ok()?,
            hash: lines.next()?.parse().ok()?,
        };
        let rest = file.strip_prefix(&text(recording, head))?;
        let signature = rest.strip_prefix(SIGNATURE)?.strip_suffix('\n')?;
        Some(Found {
            head,
            signature: STANDARD.decode(signature).ok()?,
        })
    }

    /// Why it is no word of this court; none if it is.
    fn fault(&self, recording: RecordingId, roots: &[Certificate]) -> Option<String> {
        let signed = match cms::verify(&self.signature, text(recording, self.head).as_bytes()) {
            Ok(signed) => signed,
            Err(why) => return Some(why.to_string()),
        };
        let at = signed.signing_time.at().unix_timestamp();
        let led = signed.certificate.leads_to(roots, &signed.intermediates, at);
        led.err().map(|why| why.to_string())
    }
}

/// The end in this file; none when there is no file.
fn read(path: &Path, recording: RecordingId) -> Result<Option<Result<Found, String>>, EvidenceError> {
    let mut bytes = Vec::new();
    match std::fs::File::open(path).and_then(|file| file.take(FILE_MAX).read_to_end(&mut bytes)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(EvidenceError::io(path))?,
    };
    let found = std::str::from_utf8(&bytes).ok();
    let found = found.and_then(|file| Found::parse(recording, file));
    Ok(Some(
        found.ok_or_else(|| "its signed end cannot be read".to_owned()),
    ))
}

/// What a chain and its signed end come to.
enum Standing {
    /// The chain ends where it is signed.
    Signed,
    /// It leads further, by entries that are not signed yet: here.
    Behind(Head),
    /// Entries were taken out, or written anew.
    Broken(String),
}

/// `ledger` is known to be chained without a break.
fn standing(signed: Option<Head>, adopting: bool, ledger: &str) -> Standing {
    let entries = ledger.lines().count() as u64;
    let hash_of = |seq: u64| match seq.checked_sub(1) {
        None => Some(Digest::ZERO),
        Some(before) => {
            let line = ledger.lines().nth(usize::try_from(before).ok()?)?;
            Some(serde_json::from_str::<CustodyEntry>(line).ok()?.hash)
        }
    };
    let signed = match signed {
        Some(signed) => signed,
        None if adopting || entries == 0 => Head::EMPTY,
        None => return Standing::Broken("its signed end is missing".into()),
    };
    if hash_of(signed.seq) != Some(signed.hash) {
        return Standing::Broken(match entries < signed.seq {
            true => format!(
                "it ends with entry {entries}, and the court has signed entry {}",
                signed.seq
            ),
            false => format!(
                "its entry {} is not the one that the court has signed",
                signed.seq
            ),
        });
    }
    match hash_of(entries) {
        Some(hash) if entries > signed.seq => Standing::Behind(Head { seq: entries, hash }),
        _ => Standing::Signed,
    }
}

/// The folder of signed ends. Where there is none yet, chains of an earlier version may be without one.
pub(in crate::evidence) fn open(data: &Path) -> Result<(), EvidenceError> {
    let folder = data.join("custody");
    if durable::exists(&folder)? {
        return Ok(());
    }
    durable::create_folder_for_good(&folder, 1)?;
    durable::write(&folder.join(ADOPTING), &folder.join("adopting.partial"), b"")
}

impl Evidence {
    fn custody_end(&self, recording: RecordingId) -> PathBuf {
        self.inner.data.join("custody").join(recording.to_string())
    }

    /// Before the first entry: a chain that has begun always has a signed end, so that none can be taken away unseen.
    pub(super) async fn begin_custody(&self, recording: RecordingId) -> Result<(), EvidenceError> {
        let path = self.custody_end(recording);
        if blocking(move || durable::exists(&path)).await? || self.store().has_custody(recording).await? {
            return Ok(());
        }
        self.sign_custody_end(recording, Head::EMPTY).await
    }

    /// After an entry. What fails is told, and made up for with the next entry.
    pub(super) async fn end_custody_with(&self, recording: RecordingId, line: &str) {
        let signed = timeout(SIGN_WITHIN, self.try_end_custody_with(recording, line)).await;
        match signed {
            Ok(Ok(())) => {}
            Ok(Err(why)) => {
                tracing::error!(%recording, %why, "an entry of a chain of custody is not signed yet")
            }
            Err(_) => {
                tracing::error!(%recording, "an entry of a chain of custody is not signed yet: it takes too long")
            }
        }
    }

    async fn try_end_custody_with(&self, recording: RecordingId, line: &str) -> Result<(), EvidenceError> {
        let entry: CustodyEntry =
            serde_json::from_str(line).map_err(|e| EvidenceError::Ledger(format!("custody: {e}")))?;
        let new = Head {
            seq: entry.seq,
            hash: entry.hash,
        };
        let path = self.custody_end(recording);
        match blocking(move || read(&path, recording)).await? {
            // Another entry came meanwhile.
            Some(Ok(found)) if found.head.seq >= new.seq => Ok(()),
            Some(Ok(found)) if found.head.seq + 1 == new.seq && found.head.hash == entry.prev => {
                self.sign_custody_end(recording, new).await
            }
            _ => match self
                .custody_fault(recording, &self.custody_text(recording).await?)
                .await?
            {
                None => Ok(()),
                Some(why) => Err(EvidenceError::Ledger(why)),
            },
        }
    }

    /// What is wrong with this chain, which is known to be unbroken, as against its signed end. Nothing is wrong with entries that
    /// are not signed yet: they are signed now.
    pub(in crate::evidence) async fn custody_fault(
        &self,
        recording: RecordingId,
        ledger: &str,
    ) -> Result<Option<String>, EvidenceError> {
        let (path, data) = (self.custody_end(recording), self.inner.data.clone());
        let (found, fault, adopting) = blocking(move || {
            let found = read(&path, recording)?;
            let fault = match &found {
                Some(Ok(found)) => found.fault(recording, &Evidence::roots_of(&data)?),
                Some(Err(why)) => Some(why.clone()),
                None => None,
            };
            let adopting = durable::exists(&data.join("custody").join(ADOPTING))?;
            Ok((found.and_then(Result::ok), fault, adopting))
        })
        .await?;
        if let Some(why) = fault {
            return Ok(Some(format!("the signature of its end does not hold: {why}")));
        }
        match standing(found.map(|found| found.head), adopting, ledger) {
            Standing::Broken(why) => Ok(Some(why)),
            Standing::Signed => Ok(None),
            Standing::Behind(head) => {
                if let Err(why) = self.sign_custody_end(recording, head).await {
                    tracing::error!(%recording, %why, "the end of a chain of custody is not signed yet");
                }
                Ok(None)
            }
        }
    }

    /// `custody.jsonl` as it stands, to be handed out: not when entries are missing.
    pub(in crate::evidence) async fn whole_custody(
        &self,
        recording: RecordingId,
    ) -> Result<String, EvidenceError> {
        let ledger = self.custody_text(recording).await?;
        match self.custody_fault(recording, &ledger).await? {
            None => Ok(ledger),
            Some(why) => {
                tracing::error!(%recording, "a chain of custody was changed in the database: restore it from a backup");
                Err(EvidenceError::Ledger(format!(
                    "the chain of custody was changed in the database: {why}; restore the database from a backup"
                )))
            }
        }
    }

    async fn sign_custody_end(&self, recording: RecordingId, head: Head) -> Result<(), EvidenceError> {
        let (path, evidence) = (self.custody_end(recording), self.clone());
        // Held until it is written, whoever has given up waiting: two that write would be in each other's way.
        let alone = self.inner.custody_ends.clone().lock_owned().await;
        blocking(move || {
            let _alone = alone;
            // An older one never takes the place of a newer one.
            if let Some(Ok(found)) = read(&path, recording)?
                && found.head.seq > head.seq
            {
                return Ok(());
            }
            let (now, text) = (OffsetDateTime::now_utc(), text(recording, head));
            let key = evidence.inner.keys.at(now)?;
            let signature = key.sign(Digest::of(text.as_bytes()), Timestamp::new(now))?;
            let file = format!("{text}{SIGNATURE}{}\n", STANDARD.encode(signature));
            durable::write(&path, &path.with_extension("partial"), file.as_bytes())
        })
        .await
    }

    /// At the start of a server: chains of an earlier version get their signed ends, once.
    pub(in crate::evidence) async fn adopt_custody(&self) -> Result<(), EvidenceError> {
        let adopting = self.inner.data.join("custody").join(ADOPTING);
        let path = adopting.clone();
        if !blocking(move || durable::exists(&path)).await? {
            return Ok(());
        }
        let mut adopted = 0;
        for recording in self.store().recordings_with_custody().await? {
            let path = self.custody_end(recording);
            if blocking(move || durable::exists(&path)).await? {
                continue;
            }
            // Whether the chain is unbroken is found out, and told, when it is verified.
            if let Some(line) = self.store().custody(recording).await?.last() {
                self.try_end_custody_with(recording, &line.line).await?;
                adopted += 1;
            }
        }
        if adopted > 0 {
            tracing::warn!(
                adopted,
                "chains of custody without a signed end were taken as they are, and signed"
            );
        }
        blocking(move || std::fs::remove_file(&adopting).map_err(EvidenceError::io(&adopting))).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::custody::{CustodyAct, NewEntry, append};
    use uuid::Uuid;

    fn ledger(by: &[&str]) -> (String, Vec<Head>) {
        let (mut text, mut heads) = (String::new(), vec![Head::EMPTY]);
        for by in by {
            let entry = NewEntry {
                at: Timestamp::new(OffsetDateTime::UNIX_EPOCH),
                act: CustodyAct::Viewed,
                by,
                detail: serde_json::Map::new(),
            };
            let (line, head) = append(heads[heads.len() - 1], &entry).unwrap();
            text.push_str(&line);
            heads.push(head);
        }
        (text, heads)
    }

    #[test]
    fn a_chain_leads_to_its_signed_end_or_is_broken() {
        let (three, heads) = ledger(&["a", "b", "c"]);
        let (other, others) = ledger(&["a", "x", "c"]);
        let (one, _) = ledger(&["a"]);
        let told = |signed, ledger: &str| match standing(signed, false, ledger) {
            Standing::Signed => "signed".to_owned(),
            Standing::Behind(head) => format!("behind {}", head.seq),
            Standing::Broken(why) => why,
        };
        assert_eq!(told(Some(heads[3]), &three), "signed");
        assert_eq!(told(Some(heads[1]), &three), "behind 3");
        assert_eq!(told(Some(Head::EMPTY), &three), "behind 3");
        assert_eq!(
            told(Some(heads[1]), &other),
            "behind 3",
            "what is not signed yet is not known"
        );
        assert_eq!(
            told(Some(heads[2]), &other),
            "its entry 2 is not the one that the court has signed"
        );
        assert_eq!(
            told(Some(others[3]), &three),
            "its entry 3 is not the one that the court has signed"
        );
        assert_eq!(
            told(Some(heads[3]), &one),
            "it ends with entry 1, and the court has signed entry 3"
        );
        assert_eq!(
            told(Some(heads[3]), ""),
            "it ends with entry 0, and the court has signed entry 3"
        );
        assert_eq!(told(None, &three), "its signed end is missing");
        assert_eq!(told(None, ""), "signed");
        assert!(matches!(standing(None, true, &three), Standing::Behind(head) if head == heads[3]));
    }

    #[test]
    fn a_file_is_read_as_it_is_written_and_no_other() {
        let (_, heads) = ledger(&["a"]);
        let recording = RecordingId(Uuid::from_u128(7));
        let file = format!("{}{SIGNATURE}AAEC\n", text(recording, heads[1]));
        let found = Found::parse(recording, &file).unwrap();
        assert_eq!((found.head, &found.signature[..]), (heads[1], &[0, 1, 2][..]));
        assert!(Found::parse(RecordingId(Uuid::from_u128(8)), &file).is_none());
        for wrong in [
            "".to_owned(),
            file.replace("oyer", "other"),
            file.replace(SIGNATURE, ""),
            file.replace("\n1\n", "\n01\n"),
            format!("{file}x"),
            file.trim_end().to_owned(),
        ] {
            assert!(Found::parse(recording, &wrong).is_none(), "{wrong:?}");
        }
    }
}
