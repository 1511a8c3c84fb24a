//! Clients for the few hosts that this server asks of its own accord: a second store, a time-stamp authority, cosigners. TLS is
//! rustls with `ring`, 1.2 or 1.3, under the roots that the system has or those that the operator names; no redirect is followed.
//!
//! Floor 1. Imports nothing of ours.

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Url};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::error::Error;
use std::net::{IpAddr, TcpStream};
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
    /// Whoever sits on the way could answer.
    #[error("http:// is spoken with this machine alone: write https://")]
    Plain,
    /// By the library.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// Whether nobody on the way to an address can read what is sent and answer in its place: over TLS, or on this machine.
///
/// # Errors
/// Where somebody could.
pub fn private(url: &Url) -> Result<(), OutsideError> {
    let host = url.host_str().unwrap_or_default();
    let is_here = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost",
    };
    match url.scheme() == "https" || is_here {
        true => Ok(()),
        false => Err(OutsideError::Plain),
    }
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
        if let Some(told) = found.downcast_ref::<rustls::Error>().and_then(not_spoken) {
            return told.to_owned();
        }
        let ended = found.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if error.is_connect() && ended == Some(std::io::ErrorKind::UnexpectedEof) {
            return ENDED.to_owned();
        }
        last = Some(found);
        // What an I/O error holds is not its source.
        let held = found
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        cause = match held {
            Some(held) => Some(held),
            None => found.source(),
        };
    }
    match last {
        Some(last) if error.source().is_some() => last.to_string(),
        _ => "the request failed".to_owned(),
    }
}

/// TLS over a connection to `host` that is there, for what is not HTTP. The handshake is made with what is first sent.
///
/// # Errors
/// Where there is nobody to believe, and where `host` is no name that a certificate could have.
pub fn over_tls(
    host: &str,
    stream: TcpStream,
) -> Result<StreamOwned<ClientConnection, TcpStream>, OutsideError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| rustls::Error::UnsupportedNameType)?;
    let connection = ClientConnection::new(Arc::new(tls(None)?), name)?;
    Ok(StreamOwned::new(connection, stream))
}

/// Why what went over such a connection failed.
pub fn why_not(error: &std::io::Error) -> String {
    let tls = error
        .get_ref()
        .and_then(|held| held.downcast_ref::<rustls::Error>());
    match tls.and_then(not_spoken) {
        Some(told) => told.to_owned(),
        None => error.to_string(),
    }
}

const NO_TLS: &str =
    "what answers there does not speak TLS: write the port at which it does, or have it speak TLS there";
const ENDED: &str =
    "it ended the connection in the middle of the TLS handshake: see whether it speaks TLS at this port";

fn not_spoken(error: &rustls::Error) -> Option<&'static str> {
    let why = match error {
        // Such as the answer of a server that takes the handshake for a bad request.
        rustls::Error::InvalidMessage(_) => return Some(NO_TLS),
        rustls::Error::InvalidCertificate(why) => why,
        _ => return None,
    };
    Some(match why {
        // Or under another one of the same name.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
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
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn without_tls_only_this_machine_is_spoken_to() {
        for (url, good) in [
            ("https://s3.court.example", true),
            ("https://192.0.2.7:9000", true),
            ("http://127.0.0.1:9000", true),
            ("http://127.3.2.1", true),
            ("http://[::1]:9000", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://LOCALHOST:9000", true),
            ("http://s3.court.example", false),
            ("http://192.0.2.7:9000", false),
            ("http://10.0.0.1", false),
            ("http://[2001:db8::1]", false),
            ("http://[::ffff:192.0.2.7]", false),
            ("http://localhost.court.example", false),
            ("http://127.0.0.1.court.example", false),
            ("http://0.0.0.0:9000", false),
        ] {
            let url: Url = url.parse().unwrap();
            assert_eq!(private(&url).is_ok(), good, "{url}");
        }
    }

    /// Listens, reads what comes, answers so, and ends the connection; gives its port.
    fn listener(answer: &'static [u8]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut hello = [0; 2048];
                let _ = stream.read(&mut hello);
                let _ = stream.write_all(answer);
            }
        });
        port
    }

    #[tokio::test]
    async fn a_server_that_speaks_no_tls_is_said_to_speak_none() {
        let own = include_str!("../recordings-schema/vectors/good/closed/seal/certs/root.pem");
        for (answer, told) in [
            (
                &b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"[..],
                NO_TLS,
            ),
            (
                &b"<!DOCTYPE HTML><html><title>Error response</title></html>"[..],
                NO_TLS,
            ),
            (&b"220 mail.court.example ESMTP\r\n"[..], NO_TLS),
            (&b""[..], ENDED),
        ] {
            let url: Url = format!("https://127.0.0.1:{}/court", listener(answer))
                .parse()
                .unwrap();
            let client = client(&url, Some(own)).unwrap().no_proxy().build().unwrap();
            let failed = client.get(url).send().await.unwrap_err();
            assert_eq!(why(&failed.without_url()), told, "{answer:?}");
        }
    }

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
