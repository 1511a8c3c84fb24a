//! A time-stamp authority somewhere else (RFC 3161 over HTTP or HTTPS).
//!
//! It learns the digest of a signature and nothing else. Its answers prove themselves, so plain HTTP takes nothing from
//! them; an answer that does not is refused here, not years later by a verifier.

use crate::outside::{self, OutsideError};
use crate::seal::digest::Digest;
use crate::seal::stamp::{self, Imprint, STAMP_BYTES_MAX, StampError};
use crate::seal::x509::{Certificate, CertificateError};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use std::time::Duration;
use time::OffsetDateTime;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a whole request may take.
const REQUEST: Duration = Duration::from_secs(20);
/// How far the authority's clock may be from ours: a verifier refuses a stamp older than the seal by more than that.
const CLOCK_DIFFERENCE_MAX: time::Duration = time::Duration::days(1);

/// Why there is no stamp.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// Not an address that can be asked.
    #[error(
        "{0} is not an address such as http://tsa.example/stamp (answers are signed; https is not needed)"
    )]
    Url(String),
    /// The authority's root certificate.
    #[error("its root certificate: {0}")]
    Roots(#[from] CertificateError),
    /// The request could not be written.
    #[error("the request cannot be made: {0}")]
    Request(String),
    /// There is no client.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// It cannot be reached, or not in time.
    #[error("no answer: {}", outside::why(.0))]
    Http(#[from] reqwest::Error),
    /// It answers something else than a stamp.
    #[error("it answers with HTTP status {0}")]
    Status(u16),
    /// Its answer is longer than any stamp.
    #[error("its answer is longer than {STAMP_BYTES_MAX} bytes")]
    TooLong,
    /// Its answer is no good stamp.
    #[error(transparent)]
    Stamp(#[from] StampError),
    /// An answer to another request.
    #[error("it answers another request")]
    Nonce,
    /// The stamp is under another root than the one in the configuration.
    #[error("the stamp is not under the root in the configuration: {0}")]
    Untrusted(CertificateError),
    /// One of the two clocks is wrong.
    #[error("its time is {0}, more than a day from the time here: set this server's clock")]
    Clock(crate::seal::timestamp::Timestamp),
}

/// An authority and the roots under which its stamps are accepted.
pub struct Authority {
    url: Url,
    roots: Vec<Certificate>,
    client: Client,
}

/// A stamp that was checked.
pub(super) struct Stamp {
    /// The authority's answer as received.
    pub answer: Vec<u8>,
    /// The root that it leads to.
    pub root: Certificate,
    /// Its time.
    pub at: OffsetDateTime,
}

impl Authority {
    /// The authority at `url`, whose stamps lead to one of the certificates in `roots_pem`.
    pub fn new(url: &str, roots_pem: &[u8]) -> Result<Self, AuthorityError> {
        let bad = || AuthorityError::Url(url.to_string());
        let url: Url = url.parse().map_err(|_| bad())?;
        if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none() {
            return Err(bad());
        }
        let client = outside::client(&url, None)?;
        let client = client.connect_timeout(CONNECT).timeout(REQUEST).build()?;
        Ok(Self {
            url,
            roots: Certificate::all_from_pem(roots_pem)?,
            client,
        })
    }

    /// The accepted roots in PEM form.
    pub(super) fn roots_pem(&self) -> Result<String, CertificateError> {
        self.roots.iter().map(Certificate::to_pem).collect()
    }

    /// Has `content` stamped by its SHA-256. What comes back was checked: over these bytes, for this request, under a known
    /// root.
    pub(super) async fn stamp(&self, content: &[u8]) -> Result<Stamp, AuthorityError> {
        self.stamp_by(Digest::of(content).into(), content).await
    }

    /// Like [`Authority::stamp`], by the digest of `content` that is given.
    pub(super) async fn stamp_by(&self, imprint: Imprint, content: &[u8]) -> Result<Stamp, AuthorityError> {
        let (nonce, _) = uuid::Uuid::new_v4().as_u64_pair();
        let request = stamp::request(imprint, nonce).map_err(|e| AuthorityError::Request(e.to_string()))?;
        let answer = self.ask(request).await?;
        let stamped = stamp::verify(&answer, content)?;
        if !stamped.answers(nonce) {
            return Err(AuthorityError::Nonce);
        }
        let root = stamped
            .root(&self.roots)
            .map_err(AuthorityError::Untrusted)?
            .clone();
        if (stamped.at.at() - OffsetDateTime::now_utc()).abs() > CLOCK_DIFFERENCE_MAX {
            return Err(AuthorityError::Clock(stamped.at));
        }
        let at = stamped.at.at();
        Ok(Stamp { answer, root, at })
    }

    /// How far its clock is ahead of ours, from a stamp over nothing that matters.
    ///
    /// # Errors
    /// Why there is no stamp.
    pub async fn clock_difference(&self) -> Result<time::Duration, AuthorityError> {
        let stamp = self.stamp(b"oyer doctor").await?;
        Ok(stamp.at - OffsetDateTime::now_utc())
    }

    /// The answer to a request (RFC 3161, section 3.4), of bounded length and in bounded time.
    async fn ask(&self, request: Vec<u8>) -> Result<Vec<u8>, AuthorityError> {
        let asked = self.client.post(self.url.clone());
        let asked = asked.header(CONTENT_TYPE, "application/timestamp-query");
        let mut response = asked.body(request).send().await?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(AuthorityError::Status(response.status().as_u16()));
        }
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            answer.extend_from_slice(&chunk);
            if answer.len() as u64 > STAMP_BYTES_MAX {
                return Err(AuthorityError::TooLong);
            }
        }
        Ok(answer)
    }
}
