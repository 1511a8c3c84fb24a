//! `oyer serve`: puts the rooms together and opens the doors.

use super::config::Config;
use super::demo;
use crate::evidence::key::Opened;
use crate::evidence::{
    Authority, AuthorityError, Cosigner, CosignerError, Evidence, EvidenceError, LogSettings, Vault,
};
use crate::hearing::Hearings;
use crate::http::connections::{self, Bounds};
use crate::http::{self, App, Limits, Relay, Tickets, TrustedProxies};
use crate::sfu::{Engine, EngineConfig, EngineError};
use crate::store::{Store, StoreError};
use crate::wire::api::Court;
use metrics_exporter_prometheus::PrometheusBuilder;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long connections may take to end once the server stops and the records are sealed.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// How long work on files that is under way may take to end, once all is sealed that could be. What is cut off there is done again
/// at the next start; what hangs would keep the process for ever.
pub const FILES_WITHIN: Duration = Duration::from_secs(5);

/// As many descriptors as a full court needs: connections, sockets, a file a track.
const DESCRIPTORS: u64 = 65_536;

/// Why the server cannot start, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data folder cannot be used.
    #[error(
        "The data folder {path} cannot be used: {source}. Name another with --data, or give this user the right to write there."
    )]
    Data {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is a file where the data folder, or one above it, should be.
    #[error("{0} is a file, and the data need a folder. Name a folder with --data.")]
    NotAFolder(PathBuf),
    /// Others may look into the data folder, and it is not known to be ours to close.
    #[error(
        "The data folder {path} is open to other users of this machine (mode {mode:o}), and holds what is not Oyer's. Name an \
         empty folder with --data, or close it: chmod 700 {path}"
    )]
    Open {
        /// Which.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// There is no data folder of ours.
    #[error(
        "There is no Oyer data in {path}: {missing} is missing. Name the right folder with --data, or, for a new court, start \
         `oyer serve --data {path}` once."
    )]
    NoData {
        /// Where.
        path: PathBuf,
        /// What is not there.
        missing: &'static str,
    },
    /// Another server works in the data folder.
    #[error(
        "Another server is running with the data folder {0}. End it first, or name another folder with --data."
    )]
    Busy(PathBuf),
    /// The address is taken or not ours.
    #[error(
        "Nothing can listen on {address}: {source}. If another server runs there, end it, or name another address with --listen."
    )]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The media engine cannot start.
    #[error(
        "The media engine cannot start: {0}. If another server uses the ports, end it, or name others with --media-port (each \
         worker takes the next) and --media-tcp-port (0 for none)."
    )]
    Engine(#[from] EngineError),
    /// The store cannot be opened.
    #[error(
        "The database cannot be opened: {0}. See --database, and whether its server runs and lets this user in."
    )]
    Store(#[from] StoreError),
    /// Evidence cannot be kept.
    #[error("The evidence store cannot be opened: {0}")]
    Evidence(#[from] EvidenceError),
    /// The file with the root of the time-stamp authority cannot be read.
    #[error(
        "{path}: {source}. Name the file with the time-stamp authority's root certificate with --timestamp-root."
    )]
    TimestampRoot {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The time-stamp authority cannot be used.
    #[error("The time-stamp authority cannot be used: {0}. See --timestamp-url and --timestamp-root.")]
    Authority(#[from] AuthorityError),
    /// A cosigner cannot be used.
    #[error("{0}. See --cosigner.")]
    Cosigner(#[from] CosignerError),
    /// The token with the seal key, or what is said of it.
    #[error(transparent)]
    SealKey(#[from] super::seal_key::SealKeyError),
    /// Metrics cannot be collected.
    #[error("Metrics cannot be collected: {0}")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// The demo case cannot be prepared.
    #[error("The demo case cannot be prepared: {0}")]
    Demo(Box<dyn std::error::Error + Send + Sync>),
    /// The server failed while it ran.
    #[error("The server failed: {0}")]
    Io(#[from] std::io::Error),
}

/// Runs the server until it is asked to stop.
pub async fn run(config: Config, with_demo: bool) -> Result<(), ServeError> {
    let descriptors = raise_descriptors();
    let bounds = Bounds::of_descriptors(descriptors);
    // The ports first: a start that cannot serve leaves nothing behind.
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| ServeError::Listen {
            address: config.listen,
            source,
        })?;
    let bound = listener.local_addr()?;
    let engine = Engine::start(EngineConfig {
        workers: config.workers,
        bind: config.media_address,
        first_port: config.media_port,
        tcp_port: config.media_tcp_port,
        tcp_connections_max: tcp_connections(descriptors),
        public_addresses: config.public_addresses.clone(),
    })?;
    let data = data_folder(&config.data)?;
    let _lock = lock(&data)?;
    let (store, evidence) = open(&config, &data).await?;
    let _claim = store.claim().await?;
    let sealed = evidence.recover_all().await?;
    if sealed > 0 {
        tracing::warn!(
            recordings = sealed,
            "recordings that an earlier run left open were sealed as found"
        );
    }
    let base_url: Arc<str> = match &config.base_url {
        Some(url) => url.as_str().into(),
        None => format!("http://{bound}").into(),
    };
    let hearings = Hearings::new(engine.clone(), store.clone(), evidence.clone());
    let woken = hearings.wake_interrupted().await?;
    if woken > 0 {
        tracing::warn!(
            hearings = woken,
            "hearings that an earlier run left in session are suspended"
        );
    }
    let app = App {
        store: store.clone(),
        hearings: hearings.clone(),
        evidence,
        engine: engine.clone(),
        base_url: base_url.clone(),
        court: Arc::new(Court {
            name: config.court_name.clone(),
            telephone: config.court_telephone.clone(),
        }),
        limits: Arc::new(Limits::default()),
        proxies: Arc::new(TrustedProxies::new(config.trusted_proxies.clone())),
        tickets: Arc::new(Tickets::default()),
        relay: config
            .turn
            .as_ref()
            .map(|(url, secret)| Arc::new(Relay::new(url.clone(), &secret.0))),
        metrics: PrometheusBuilder::new().install_recorder()?,
    };
    tracing::info!(http = %bound, media = ?engine.local_addresses(), media_tcp = ?engine.tcp_address(), "listening");
    if with_demo {
        let demo = demo::prepare(&app, &data).await.map_err(ServeError::Demo)?;
        say(&demo.to_string());
    }
    say(&format!("Oyer is ready: {base_url}"));
    say(&format!(
        "Fingerprint of this court's seal root (SHA-256): {}",
        app.evidence.root_fingerprint()
    ));
    match app.evidence.log_key().await {
        Ok(key) => say(&format!("Key of this court's transparency log: {key}")),
        // The hearings go on without it.
        Err(why) => tracing::error!(%why, "the transparency log cannot be opened: nothing is entered in it"),
    }

    tokio::spawn(forget_expired_sessions(store.clone()));
    tokio::spawn(app.evidence.clone().keep_sealed());
    tokio::spawn(app.evidence.clone().keep_stamped());
    tokio::spawn(app.evidence.clone().keep_logged());
    tokio::spawn(app.evidence.clone().keep_scrubbed());
    tokio::spawn(app.evidence.clone().keep_enclosed());
    tokio::spawn(app.evidence.clone().keep_copied());
    tokio::spawn(http::watch::keep_watch(app.clone()));
    let proxies = app.proxies.clone();
    // Whatever runs on this machine can do worse than hold connections, and is often a proxy.
    let unbounded = move |peer: IpAddr| peer.is_loopback() || proxies.trusts(peer);
    let stop = CancellationToken::new();
    let serving = connections::serve(listener, http::router(app), bounds, unbounded, stop.clone());
    let stopping = async {
        asked_to_stop().await;
        tracing::info!("stopping: running records are ended and sealed");
        hearings.shutdown().await;
        stop.cancel();
        // A request that somebody leaves half said would hold the server for ever.
        tokio::time::sleep(CLOSE_WITHIN).await;
        tracing::warn!("connections that did not end are cut");
    };
    tokio::select! {
        () = serving => {}
        () = stopping => {}
    }
    // An embedded database may lie on the disk that hangs. What it has said to be written is written.
    if timeout(CLOSE_WITHIN, store.close()).await.is_err() {
        tracing::error!("the database does not answer: its connections are cut");
    }
    tracing::info!("stopped");
    Ok(())
}

/// How many descriptors the process may have, once it has asked for all that it is allowed.
fn raise_descriptors() -> u64 {
    let found = getrlimit(Resource::Nofile);
    let wanted = found.maximum.map_or(DESCRIPTORS, |most| most.min(DESCRIPTORS));
    let current = found.current.unwrap_or(u64::MAX);
    if current >= wanted {
        return current;
    }
    let raised = Rlimit {
        current: Some(wanted),
        maximum: found.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => wanted,
        Err(error) => {
            tracing::warn!(%error, descriptors = current, "the limit of open files cannot be raised");
            current
        }
    }
}

/// Media connections over TCP, in all and of one address, of a process with so many descriptors: an eighth of them, beside
/// the half that may go to HTTP. A courthouse behind one address has some four for each person.
fn tcp_connections(descriptors: u64) -> (usize, usize) {
    let all = usize::try_from((descriptors / 8).clamp(16, 4_096)).unwrap_or(16);
    (all, all / 4)
}

/// A line for the operator. Whoever has closed the standard output does not want it: no reason to end.
fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Sessions that have ended are of no use to anybody.
async fn forget_expired_sessions(store: Store) {
    let mut hourly = tokio::time::interval(Duration::from_secs(3600));
    loop {
        hourly.tick().await;
        if let Err(error) = store.purge_expired_sessions(http::now_ms()).await {
            tracing::warn!(%error, "expired sessions could not be removed");
        }
    }
}

/// Opens the store and the evidence service of a data folder.
pub async fn open(config: &Config, data: &Path) -> Result<(Store, Evidence), ServeError> {
    let store = match &config.database {
        Some(url) => Store::open(url).await?,
        None => Store::open_embedded(data).await?,
    };
    let authority = config.timestamp.as_ref().map(authority).transpose()?;
    let (evidence, opened) = Evidence::open_with(
        store.clone(),
        data,
        &config.organisation,
        OffsetDateTime::now_utc(),
        authority,
        super::seal_key::place(config)?,
    )?;
    let cosigners = config.cosigners.iter().map(|line| Cosigner::of_line(line));
    evidence.keep_log(LogSettings {
        origin: config.log_origin.clone(),
        cosigners: cosigners.collect::<Result<_, _>>()?,
    });
    let evidence = match &config.second_spool {
        Some(folder) => evidence.with_second_spool(folder)?,
        None => evidence,
    };
    evidence.set_retention_policy(config.retention);
    if let Some(folder) = &config.recording_keys {
        evidence.use_vault(Vault::open(folder)?);
    }
    if let Some(place) = &config.second_store {
        evidence.use_second_store(place.clone())?;
    }
    if !matches!(opened, Opened::Found) {
        tracing::info!(
            fingerprint = %evidence.root_fingerprint(),
            ?opened,
            "a seal certificate was made for this court"
        );
    }
    Ok((store, evidence))
}

fn authority((url, root): &(String, PathBuf)) -> Result<Authority, ServeError> {
    let pem = std::fs::read(root).map_err(|source| ServeError::TimestampRoot {
        path: root.clone(),
        source,
    })?;
    Ok(Authority::new(url, &pem)?)
}

/// Why the data folder at `path` cannot be used: a file in its way is named.
fn unusable(path: &Path, source: std::io::Error) -> ServeError {
    let in_the_way = path.ancestors().find(|above| above.exists() && !above.is_dir());
    match in_the_way {
        Some(file) => ServeError::NotAFolder(file.to_owned()),
        None => ServeError::Data {
            path: path.to_owned(),
            source,
        },
    }
}

/// The data folder, made if it is not there; only its owner may look inside.
pub fn data_folder(path: &Path) -> Result<PathBuf, ServeError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let failed = |source| unusable(path, source);
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(failed)?;
    let path = path.canonicalize().map_err(failed)?;
    close_to_others(&path)?;
    Ok(path)
}

/// A folder that was there before may be open to others. One that is empty or ours is closed; of any other nobody knows who
/// else needs it.
fn close_to_others(path: &Path) -> Result<(), ServeError> {
    use std::os::unix::fs::PermissionsExt as _;
    let failed = |source| ServeError::Data {
        path: path.to_owned(),
        source,
    };
    let mode = path.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let ours = path.join("keys").is_dir() && path.join("lock").is_file();
    let empty = std::fs::read_dir(path).map_err(failed)?.next().is_none();
    if !ours && !empty {
        return Err(ServeError::Open {
            path: path.to_owned(),
            mode,
        });
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).map_err(failed)
}

/// The data folder, if a server has worked in it; nothing is made.
pub fn existing(config: &Config) -> Result<PathBuf, ServeError> {
    let path = &config.data;
    let failed = |source| unusable(path, source);
    let mut needed = vec![
        ("", "the folder"),
        ("keys/root.pem", "the seal key (keys/root.pem)"),
    ];
    if config.database.is_none() {
        needed.push(("oyer.sqlite", "the database (oyer.sqlite)"));
    }
    for (name, missing) in needed {
        if !path.join(name).try_exists().map_err(failed)? {
            return Err(ServeError::NoData {
                path: path.to_owned(),
                missing,
            });
        }
    }
    path.canonicalize().map_err(failed)
}

/// One server a data folder: two would write one record. The lock goes with the process.
fn lock(data: &Path) -> Result<std::fs::File, ServeError> {
    let failed = |source| ServeError::Data {
        path: data.to_owned(),
        source,
    };
    let file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(data.join("lock"))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(ServeError::Busy(data.to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(error) => {
            tracing::error!(%error, "SIGTERM cannot be awaited");
            // Without it only Ctrl-C ends the server in order.
            let _ = interrupt.await;
        }
    }
}
