//! A relay: coturn, as Debian has it, over TLS, with credentials from a shared secret.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const SECRET: &str = "shared between relay and court";
const READY_WITHIN: Duration = Duration::from_secs(20);

pub struct Relay {
    child: Child,
    folder: tempfile::TempDir,
    pub url: String,
}

impl Relay {
    /// Listens for TLS at an address, and relays from there.
    pub fn start(address: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
            ])
            .args(["-days", "2", "-subj", "/CN=relay", "-addext"])
            .arg(format!("subjectAltName=IP:{address}"))
            // One that is both root and server, as whoever names it as a root wants it.
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-keyout", &path("key.pem"), "-out", &path("cert.pem")])
            .output()
            .expect("openssl");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        // A port that is free now.
        let port = std::net::TcpListener::bind((address, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let log = std::fs::File::create(path("log")).unwrap();
        let child = Command::new("/usr/bin/turnserver")
            .args([
                "-n",
                "--no-cli",
                "--no-udp",
                "--no-dtls",
                "--no-tcp",
                "--fingerprint",
                "--use-auth-secret",
            ])
            .args(["--static-auth-secret", SECRET, "--realm", "court.example"])
            .args(["--listening-ip", address, "--relay-ip", address])
            .args(["--tls-listening-port", &port.to_string()])
            .args(["--cert", &path("cert.pem"), "--pkey", &path("key.pem")])
            .args([
                "--userdb",
                &path("db"),
                "--pidfile",
                &path("pid"),
                "--log-file",
                "stdout",
                "--simple-log",
            ])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("coturn at /usr/bin/turnserver");
        let relay = Self {
            child,
            url: format!("turns:{address}:{port}?transport=tcp"),
            folder,
        };
        let begun = Instant::now();
        while TcpStream::connect((address, port)).is_err() {
            assert!(begun.elapsed() < READY_WITHIN, "{}", relay.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        relay
    }

    /// The certificate that it shows, which is its own root.
    #[allow(dead_code)]
    pub fn certificate(&self) -> std::path::PathBuf {
        self.folder.path().join("cert.pem")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}
