//! A bucket over TLS: the court's own root is believed, and no other certificate than one that is right.

use crate::courthouse::Court;
use crate::second::{scrub, sealed};
use oyer::evidence::{BucketSettings, EvidenceError, Parts, SecondPlace, StoreFault};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use time::OffsetDateTime;

/// `moto` over TLS, with a bucket `court`. It ends with the test.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn new(folder: &Path, (certificate, key): (String, String)) -> Server {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools/moto/bin/moto_server");
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let [chain, secret] = ["chain.pem", "key.pem"].map(|name| folder.join(name));
        fs::write(&chain, certificate).unwrap();
        fs::write(&secret, key).unwrap();
        let child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string(), "-c"])
            .arg(chain)
            .arg("-k")
            .arg(secret)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto's server is installed by scripts/setup --test");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let server = Server { child, address };
        // As anybody asks who looks at no certificate, until the server is there.
        let script = "import ssl,sys,urllib.request as u\n\
            r=u.Request(sys.argv[1],method='PUT',headers={'Authorization':'AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0'})\n\
            u.urlopen(r,context=ssl._create_unverified_context())";
        let begun = Instant::now();
        loop {
            let made = Command::new("python3")
                .args(["-c", script, &format!("https://{address}/court")])
                .stderr(Stdio::null())
                .status();
            if made.unwrap().success() {
                return server;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "the server does not come"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn use_for(&self, court: &Court, host: &str, roots: Option<String>) {
        let place = SecondPlace::Bucket(BucketSettings {
            endpoint: format!("https://{host}:{}", self.address.port()),
            roots,
            bucket: "court".into(),
            prefix: None,
            region: "us-east-1".into(),
            key_id: "AK".into(),
            secret: "SK".into(),
            lock: None,
            parts: Parts::default(),
        });
        court.evidence.use_second_store(place).unwrap();
    }
}

/// A root of one's own.
struct Authority(Issuer<'static, KeyPair>, String);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "The court's own root");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().pem();
        Authority(Issuer::new(params, key), root)
    }

    /// Certificate and key of a server, valid for so many days from yesterday on.
    fn server(&self, name: &str, days: i64) -> (String, String) {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = OffsetDateTime::now_utc() - time::Duration::days(2);
        params.not_after = params.not_before + time::Duration::days(1 + days);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_over_tls_is_filled_under_the_root_that_is_named() {
    let (court, authority) = (Court::new().await, Authority::new());
    let server = Server::new(court.folder.path(), authority.server("127.0.0.1", 30));
    server.use_for(&court, "127.0.0.1", Some(authority.1.clone()));
    sealed(&court).await;
    let pass = court.evidence.copy_waiting().await.unwrap();
    assert!(pass.files > 10 && pass.waiting == 0, "{pass:?}");
    assert!(scrub(&court).await.second_unread.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_not_right_is_refused_with_what_to_do() {
    let authority = Authority::new();
    for (name, days, roots, told) in [
        (
            "127.0.0.1",
            30,
            Some(Authority::new().1),
            "not under a root that is believed here",
        ),
        ("127.0.0.1", 30, None, "not under a root that is believed here"),
        (
            "s3.court.example",
            30,
            Some(authority.1.clone()),
            "is for another name",
        ),
        ("127.0.0.1", 0, Some(authority.1.clone()), "has run out"),
    ] {
        let court = Court::new().await;
        let server = Server::new(court.folder.path(), authority.server(name, days));
        server.use_for(&court, "127.0.0.1", roots);
        sealed(&court).await;
        match court.evidence.copy_waiting().await {
            Err(EvidenceError::Second(StoreFault::Unreachable(why))) => {
                assert!(why.contains(told), "{name}, {days}: {why}");
            }
            other => panic!("{name}, {days}: {other:?}"),
        }
        assert!(
            scrub(&court)
                .await
                .second_unread
                .is_some_and(|why| why.contains(told))
        );
    }
}
