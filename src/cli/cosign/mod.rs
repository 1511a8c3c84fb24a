//! `oyer cosign`: a cosigner of courts' transparency logs, run by somebody who is not the court: a bar association, a court of
//! appeal. It signs a head only if it goes on from the one that it signed before, and so a court whose log is cosigned
//! cannot have two pasts. It learns digests and nothing else.

mod state;

use crate::http::connections::{self, Bounds};
use crate::seal::tlog::{REQUEST_BYTES_MAX, Refusal, Submission, VerifierKey};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use clap::Args;
use state::{Signer, StateError};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Connections in all and of one address: a log has one or two.
const CONNECTIONS: (usize, usize) = (256, 32);
/// How long a request may take to be said, and to be answered.
const WITHIN: Duration = Duration::from_secs(10);

/// Cosigns the transparency logs of courts (C2SP tlog-witness): whoever sends a signed head of a log to /add-checkpoint, with
/// the proof that it goes on from the one that was signed before, gets a signature with the time. A log that has become
/// shorter or has another past is refused, and said here.
///
/// Give the court the key that is printed, and the address; the court names them with --cosigner. Whoever verifies a
/// bundle puts the key into the file of --trust-log.
#[derive(Debug, Args)]
pub struct CosignArgs {
    /// Folder for the key and for what was signed last. Never restore an older one
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// File with the keys of the logs that are cosigned, one a line, had from the courts
    #[arg(long, value_name = "FILE")]
    logs: PathBuf,
    /// Name of the cosigner's key, such as bar.example/cosigner, when it is made
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Address to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8088")]
    listen: SocketAddr,
}

/// Why there is no cosigner.
#[derive(Debug, thiserror::Error)]
pub enum CosignError {
    /// The folder, or the key in it.
    #[error(transparent)]
    State(#[from] StateError),
    /// The keys of the logs.
    #[error("{path}: {why}")]
    Logs {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing can listen there.
    #[error("Nothing can listen on {address}: {source}. Name another address with --listen.")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

struct Cosigner {
    logs: Vec<VerifierKey>,
    signer: Arc<Mutex<Signer>>,
}

/// Serves until the process is ended.
pub async fn run(args: CosignArgs) -> Result<(), CosignError> {
    let logs = logs(&args.logs)?;
    let signer = Signer::open(args.dir, args.name.as_deref())?;
    let listen = |source| CosignError::Listen {
        address: args.listen,
        source,
    };
    let listener = TcpListener::bind(args.listen).await.map_err(listen)?;
    let bound = listener.local_addr().map_err(listen)?;
    // Whoever has closed the standard output does not want it.
    let _ = writeln!(std::io::stdout(), "Key of this cosigner: {}", signer.key());
    let _ = writeln!(std::io::stdout(), "Cosigner is ready: http://{bound}");
    let cosigner = Arc::new(Cosigner {
        logs,
        signer: Arc::new(Mutex::new(signer)),
    });
    let router = Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/healthz", get(|| async { "ok\n" }))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(cosigner);
    let bounds = Bounds {
        all: CONNECTIONS.0,
        per_address: CONNECTIONS.1,
        head_within: WITHIN,
    };
    connections::serve(listener, router, bounds, |_| false, CancellationToken::new()).await;
    Ok(())
}

fn logs(path: &std::path::Path) -> Result<Vec<VerifierKey>, CosignError> {
    let failed = |why: String| CosignError::Logs {
        path: path.to_owned(),
        why,
    };
    let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
    let keys =
        VerifierKey::all_from_text(&text).map_err(|(line, why)| failed(format!("line {line}: {why}")))?;
    let logs: Vec<_> = keys
        .into_iter()
        .filter(|key| key.kind() == crate::seal::tlog::Kind::Log)
        .collect();
    match logs.is_empty() {
        true => Err(failed("there is no key of a log in it".into())),
        false => Ok(logs),
    }
}

async fn add_checkpoint(State(cosigner): State<Arc<Cosigner>>, body: Bytes) -> Response {
    match timeout(WITHIN, cosign(&cosigner, &body)).await {
        Ok(answer) => answer,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn cosign(cosigner: &Cosigner, body: &[u8]) -> Response {
    let submission = match Submission::parse(body) {
        Ok(submission) => submission,
        Err(why) => return (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
    };
    let origin = submission.checkpoint.origin().to_owned();
    let log = match log_of(&cosigner.logs, &submission) {
        Ok(log) => log,
        Err(status) => return status.into_response(),
    };
    // Held until the new head is on the disk: two requests at once must not both go on from the same head.
    let mut signer = cosigner.signer.clone().lock_owned().await;
    let now = u64::try_from(OffsetDateTime::now_utc().unix_timestamp()).unwrap_or(0);
    let signing = tokio::task::spawn_blocking(move || signer.cosign(&log, &submission, now));
    match signing.await {
        Ok(Ok(lines)) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], lines).into_response(),
        Ok(Err(StateError::Refused(why))) => refused(&origin, &why),
        Ok(Err(why)) => {
            tracing::error!(log = origin, %why, "a head could not be signed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(why) => {
            tracing::error!(log = origin, %why, "a head could not be signed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The key of the log that signed what was submitted.
fn log_of(logs: &[VerifierKey], submission: &Submission) -> Result<VerifierKey, StatusCode> {
    let mut status = StatusCode::NOT_FOUND;
    for key in logs
        .iter()
        .filter(|key| key.name() == submission.checkpoint.origin())
    {
        if submission.checkpoint.check(key).is_ok() {
            return Ok(key.clone());
        }
        status = StatusCode::FORBIDDEN;
    }
    Err(status)
}

fn refused(origin: &str, why: &Refusal) -> Response {
    let size = |size: u64| {
        let kind = [(header::CONTENT_TYPE, "text/x.tlog.size")];
        (StatusCode::CONFLICT, kind, format!("{size}\n")).into_response()
    };
    match why {
        Refusal::NotSigned(_) => StatusCode::FORBIDDEN.into_response(),
        Refusal::Backwards { .. } => StatusCode::BAD_REQUEST.into_response(),
        // How a log finds out where to go on from.
        Refusal::OldSize(signed) => size(*signed),
        Refusal::Fork(signed) => {
            tracing::error!(log = origin, %why, "refused, and kept as <log>.fork beside what was signed");
            size(*signed)
        }
        Refusal::Inconsistent(_) => {
            tracing::error!(log = origin, %why, "refused: ask the court what became of its log");
            (StatusCode::UNPROCESSABLE_ENTITY, format!("{why}\n")).into_response()
        }
    }
}
