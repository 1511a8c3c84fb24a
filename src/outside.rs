//! Clients for the few hosts that this server asks of its own accord: a second store, a time-stamp authority, cosigners. TLS is
//! rustls with `ring`, 1.2 or 1.3, under the roots that the system has or those that the operator names; no redirect is followed.
//!
//! Floor 1. Imports nothing of ours.

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Url};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use std::error::Error;
use std::sync::Arc;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// TLS cannot be spoken without knowing whom to believe.
    #[error("no root certificates are installed on this system: install the package ca-certificates")]
    NoRoots,
    /// The roots that were named.
    #[error("the file of root certificates is not one in PEM")]
    Roots,
    /// By the library.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// A client for `url`. Over TLS, `roots` (PEM) are believed in place of the system's.
///
/// # Errors
/// Where TLS is asked for and there is nobody to believe.
pub fn client(url: &Url, roots: Option<&str>) -> Result<ClientBuilder, OutsideError> {
    match url.scheme() {
        "https" => {
            let builder = Client::builder().redirect(Policy::none()).https_only(true);
            Ok(builder.tls_backend_preconfigured(tls(roots)?))
        }
        _ => plain(),
    }
}

/// A client that speaks no TLS.
///
/// # Errors
/// By the library.
pub fn plain() -> Result<ClientBuilder, OutsideError> {
    // Believes nobody. What the library would set up by itself has no cryptography to use.
    let nobody = under(RootCertStore::empty())?;
    Ok(Client::builder()
        .redirect(Policy::none())
        .tls_backend_preconfigured(nobody))
}

fn tls(roots: Option<&str>) -> Result<ClientConfig, OutsideError> {
    let mut store = RootCertStore::empty();
    match roots {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|_| OutsideError::Roots)?;
                store.add(certificate).map_err(|_| OutsideError::Roots)?;
            }
            if store.is_empty() {
                return Err(OutsideError::Roots);
            }
        }
        None => {
            // What of the system's is no certificate is passed over, as everybody does.
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if store.is_empty() {
                return Err(OutsideError::NoRoots);
            }
        }
    }
    under(store)
}

fn under(roots: RootCertStore) -> Result<ClientConfig, OutsideError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Why a request failed, in words that say what to do, without its address.
pub fn why(error: &reqwest::Error) -> String {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    let mut last = None;
    while let Some(found) = cause {
        if let Some(told) = found.downcast_ref::<rustls::Error>().and_then(untrusted) {
            return told.to_owned();
        }
        // An I/O error may hold the error of TLS without calling it its source.
        let inside = found
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if let Some(told) = inside
            .and_then(|e| e.downcast_ref::<rustls::Error>())
            .and_then(untrusted)
        {
            return told.to_owned();
        }
        last = Some(found);
        cause = found.source();
    }
    match last {
        Some(last) if error.source().is_some() => last.to_string(),
        _ => "the request failed".to_owned(),
    }
}

fn untrusted(error: &rustls::Error) -> Option<&'static str> {
    let rustls::Error::InvalidCertificate(why) = error else {
        return None;
    };
    Some(match why {
        CertificateError::UnknownIssuer => {
            "its certificate is not under a root that is believed here: name its root as the file of certificates, or install it"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has run out: it needs a new one, or the clock here is wrong"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet: see whether the clock here is right"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name: write the address that the certificate names"
        }
        _ => "its certificate is not accepted",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_that_are_none_are_refused() {
        let url = "https://s3.court.example".parse().unwrap();
        let own = include_str!("../recordings-schema/vectors/good/closed/seal/certs/root.pem");
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for (roots, good) in [
            ("", false),
            ("no certificate", false),
            (broken, false),
            (own, true),
        ] {
            assert_eq!(client(&url, Some(roots)).is_ok(), good, "{roots}");
        }
    }
}
