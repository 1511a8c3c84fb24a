//! Cosigners (C2SP tlog-witness): somebody elsewhere who signs a head of the log only if it goes on from the one that they
//! signed before. They learn digests and nothing else, and their signatures prove themselves, so plain HTTP takes nothing
//! from them.

use super::{Log, LogError};
use crate::outside::{self, OutsideError};
use crate::seal::tlog::{Checkpoint, Kind, NOTE_BYTES_MAX, Submission, VerifierKey};
use futures_util::future::join_all;
use reqwest::{Client, StatusCode, Url};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a whole request may take.
const REQUEST: Duration = Duration::from_secs(8);
/// Most cosigners.
pub(super) const COSIGNERS_MAX: usize = 16;

/// Why a cosigner did not sign.
#[derive(Debug, thiserror::Error)]
pub enum CosignerError {
    /// Not a key and an address.
    #[error("{0:?} is not a cosigner's key, a space and an address such as http://cosigner.example")]
    Form(String),
    /// There is no client.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// It cannot be reached, or not in time.
    #[error("no answer: {}", outside::why(.0))]
    Http(#[from] reqwest::Error),
    /// It refuses.
    #[error("it answers with HTTP status {0}")]
    Status(u16),
    /// It has seen another past.
    #[error(
        "it refuses: this head does not go on from the one that it signed before. The log here is a fork of what was shown; begin another log \
         with another key"
    )]
    Inconsistent,
    /// It has signed a longer log than this one.
    #[error(
        "it has signed this log with {theirs} entries, and here it has {ours}: the log here is an older one that was put back, or \
         a fork. Restore the newest log folder, or begin another log with another key"
    )]
    Fork {
        /// Entries that it has seen.
        theirs: u64,
        /// Entries here.
        ours: u64,
    },
    /// Its answer is longer than any.
    #[error("its answer is longer than {NOTE_BYTES_MAX} bytes")]
    TooLong,
    /// Its answer is no signature of its key.
    #[error("its answer is no signature with its key on this head of the log")]
    Signature,
    /// The proof that it needs cannot be made.
    #[error("what it needs to know of the log cannot be read: {0}")]
    Log(Box<LogError>),
}

/// Somebody who is asked to sign the heads of the log.
#[derive(Debug)]
pub struct Cosigner {
    key: VerifierKey,
    url: Url,
    client: Client,
    /// Entries of the log at the head that it signed last, as far as is known here.
    signed: AtomicU64,
}

impl Cosigner {
    /// The cosigner of a line `KEY URL`.
    ///
    /// # Errors
    /// Where it is no such line.
    pub fn of_line(line: &str) -> Result<Self, CosignerError> {
        let bad = || CosignerError::Form(line.to_owned());
        let (key, url) = line.trim().split_once(' ').ok_or_else(bad)?;
        let key: VerifierKey = key.parse().map_err(|_| bad())?;
        let url: Url = format!("{}/add-checkpoint", url.trim().trim_end_matches('/'))
            .parse()
            .map_err(|_| bad())?;
        if key.kind() != Kind::Cosigner
            || !["http", "https"].contains(&url.scheme())
            || url.host_str().is_none()
        {
            return Err(bad());
        }
        let client = outside::client(&url, None)?;
        let client = client.connect_timeout(CONNECT).timeout(REQUEST).build()?;
        Ok(Self {
            key,
            url,
            client,
            signed: AtomicU64::new(0),
        })
    }

    /// Tells the metrics when it signed a head of the log last, by its own clock.
    fn signed_last(&self, head: &Checkpoint) {
        if let Ok(Some(at)) = head.cosigned_at(&self.key) {
            let name = self.key.name().to_owned();
            metrics::gauge!("oyer_log_cosigned_unix_seconds", "cosigner" => name).set(at as f64);
        }
    }

    /// Its key.
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Asks whether somebody is there who takes heads: with nothing, which a cosigner refuses as nothing.
    ///
    /// # Errors
    /// Where nobody answers, or not as a cosigner.
    pub async fn answers(&self) -> Result<(), CosignerError> {
        let response = self.client.post(self.url.clone()).body("").send().await?;
        match response.status() {
            StatusCode::BAD_REQUEST => Ok(()),
            other => Err(CosignerError::Status(other.as_u16())),
        }
    }

    /// Has `head` signed; gives the lines of its signature, which were checked.
    async fn cosign(&self, head: &Checkpoint, log: &Log) -> Result<String, CosignerError> {
        // The second time with what it said that it signed last.
        for _ in 0..2 {
            let old_size = self.signed.load(Ordering::Relaxed).min(head.size());
            let of_head = head.clone();
            let proof = log.with_folder(move |folder| folder.consistency(old_size, &of_head));
            let submission = Submission {
                old_size,
                proof: proof.await.map_err(|why| CosignerError::Log(Box::new(why)))?,
                checkpoint: head.clone(),
            };
            let asked = self.client.post(self.url.clone()).body(submission.to_string());
            let response = asked.send().await?;
            let status = response.status();
            let answer = bounded(response).await?;
            match status {
                StatusCode::OK if head.clone().take_cosignature(&answer, &self.key) => {
                    self.signed.store(head.size(), Ordering::Relaxed);
                    return Ok(answer);
                }
                StatusCode::OK => return Err(CosignerError::Signature),
                StatusCode::CONFLICT => {
                    let theirs = crate::seal::decimal::parse(answer.trim_end());
                    match theirs {
                        Some(theirs) if theirs > head.size() => {
                            let ours = head.size();
                            return Err(CosignerError::Fork { theirs, ours });
                        }
                        Some(theirs) if theirs != old_size => self.signed.store(theirs, Ordering::Relaxed),
                        Some(_) => return Err(CosignerError::Inconsistent),
                        None => return Err(CosignerError::Status(status.as_u16())),
                    }
                }
                StatusCode::UNPROCESSABLE_ENTITY => return Err(CosignerError::Inconsistent),
                other => return Err(CosignerError::Status(other.as_u16())),
            }
        }
        Err(CosignerError::Status(StatusCode::CONFLICT.as_u16()))
    }
}

async fn bounded(mut response: reqwest::Response) -> Result<String, CosignerError> {
    let mut answer = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        answer.extend_from_slice(&chunk);
        if answer.len() as u64 > NOTE_BYTES_MAX {
            return Err(CosignerError::TooLong);
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

impl Log {
    /// Asks the cosigners who have not signed the newest head to do so, all at once, and puts under it what comes. Who does
    /// not sign is told.
    pub(super) async fn collect(&self) {
        let cosigners = &self.settings().cosigners;
        let Some(mut head) = self.head() else { return };
        for cosigner in cosigners {
            cosigner.signed_last(&head);
        }
        let missing: Vec<&Cosigner> = cosigners
            .iter()
            .take(COSIGNERS_MAX)
            .filter(|cosigner| !matches!(head.cosigned_at(&cosigner.key), Ok(Some(_))))
            .collect();
        if missing.is_empty() {
            return;
        }
        let answers = join_all(missing.iter().map(|cosigner| cosigner.cosign(&head, self))).await;
        let mut signed = 0;
        for (cosigner, answer) in missing.iter().zip(answers) {
            match answer {
                Ok(lines) => {
                    signed += usize::from(head.take_cosignature(&lines, &cosigner.key));
                    cosigner.signed_last(&head);
                }
                Err(why) => {
                    metrics::counter!("oyer_log_cosigner_errors_total").increment(1);
                    tracing::warn!(cosigner = cosigner.key.name(), %why, "a cosigner has not signed the head of the log");
                }
            }
        }
        if signed == 0 {
            return;
        }
        let put = self.with_folder(move |folder| folder.put_cosigned(&head)).await;
        if let Err(why) = put {
            super::failed(&why, "cosignatures could not be put under the head of the log");
        }
    }
}
