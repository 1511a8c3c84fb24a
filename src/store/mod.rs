//! The store: SQL (SQLite embedded, PostgreSQL by URL) and objects (files on disk).
//!
//! One SQL text serves both databases: identifiers and JSON are TEXT, times are BIGINT Unix milliseconds, booleans
//! are BIGINT 0 or 1. Times and identifiers come in as arguments; nothing here asks a clock or rolls a die.
//! Rows come out as types with the court's identifiers; a row that does not parse is [`StoreError::Corrupt`].
//!
//! Floor 1. Imports `court` only.

pub mod cases;
pub mod court_log;
pub mod custody;
pub mod disposals;
pub mod error;
pub mod hearings;
pub mod invitations;
pub mod media_requests;
pub mod objects;
pub mod people;
pub mod recordings;
pub mod redactions;
pub mod retention;
mod row;
pub mod sessions;
mod text;

pub use cases::{Case, NewCase};
pub use custody::{ACT_IS_OVER, ActEnd};
pub use disposals::{Disposal, NewDisposal};
pub use error::StoreError;
pub use hearings::{Hearing, NewHearing};
pub use invitations::Invitation;
pub use media_requests::{Decided, MediaRequest, NewMediaRequest};
pub use people::{NewParticipant, Participant, Person};
pub use recordings::{Evidence, NewEvidence, Recording};
pub use redactions::{Derivative, NewRedactionOrder, RedactionOrder, TOO_MANY_ORDERS};
pub use retention::{LegalHold, OTHER_RULE, Retention};
pub use sessions::Session;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AnyPool, ConnectOptions, Executor, Row};
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, Instant};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Connections held open to one database. SQLite has one writer at a time, so more would only wait.
const CONNECTIONS_MAX: u32 = 8;

/// How long a call waits for a free connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// A digest of a token or of a link's secret: SHA-256. The secret itself never reaches the store.
pub type TokenHash = [u8; 32];

/// The tables. Cheap to clone; all clones share one pool of connections.
#[derive(Debug, Clone)]
pub struct Store {
    pool: AnyPool,
    is_sqlite: bool,
}

/// A server's claim on its database: no other server works with it meanwhile. It goes with the process.
#[derive(Debug)]
pub struct Claim {
    /// The lock is that of a session.
    _connection: Option<AnyConnection>,
}

/// Of the lock that a server holds; any number that nobody else uses in this database ("oyer").
const CLAIM: i64 = 0x6f79_6572;

/// The session of a server that was killed may live on for a moment.
const CLAIMED_WITHIN: Duration = Duration::from_secs(3);

impl Store {
    /// Opens `<data>/oyer.sqlite`, makes it if there is none, and brings its tables up to date.
    pub async fn open_embedded(data: &Path) -> Result<Store, StoreError> {
        let file = data.join("oyer.sqlite");
        let file = file
            .to_str()
            .ok_or_else(|| StoreError::Path(data.to_path_buf()))?;
        Self::open(&format!("sqlite://{}?mode=rwc", text::percent_encode_path(file))).await
    }

    /// Opens the database at `url` (`sqlite://…` or `postgres://…`) and brings its tables up to date.
    pub async fn open(url: &str) -> Result<Store, StoreError> {
        install_default_drivers();
        let options = AnyConnectOptions::from_str(url)
            .map_err(StoreError::Database)?
            .disable_statement_logging();
        let is_sqlite = url.starts_with("sqlite:");
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if is_sqlite {
                        // FULL: a custody line that was acknowledged survives a power cut.
                        for pragma in [
                            "PRAGMA busy_timeout = 10000",
                            "PRAGMA journal_mode = WAL",
                            "PRAGMA synchronous = FULL",
                            "PRAGMA foreign_keys = ON",
                            // Where SQLite may not open a file for writing it opens it for reading, and says nothing. Such
                            // a connection would refuse every write for as long as it lives: it does not get into the pool.
                            "BEGIN IMMEDIATE",
                            "PRAGMA user_version = 1",
                            "ROLLBACK",
                        ] {
                            connection.execute(pragma).await?;
                        }
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await
            .map_err(StoreError::Database)?;
        MIGRATIONS.run(&pool).await.map_err(StoreError::Migration)?;
        Ok(Store { pool, is_sqlite })
    }

    /// Claims the database for one server; a [`StoreError::Conflict`] if another has it. Beside SQLite in a data folder the
    /// folder's own lock says the same.
    pub async fn claim(&self) -> Result<Claim, StoreError> {
        if self.is_sqlite {
            return Ok(Claim { _connection: None });
        }
        let mut connection = self.pool.acquire().await?.detach();
        let until = Instant::now() + CLAIMED_WITHIN;
        loop {
            let free: bool = sqlx::query("SELECT pg_try_advisory_lock($1)")
                .bind(CLAIM)
                .fetch_one(&mut connection)
                .await?
                .try_get(0)?;
            if free {
                return Ok(Claim {
                    _connection: Some(connection),
                });
            }
            if Instant::now() >= until {
                return Err(StoreError::Conflict("another server works with this database"));
            }
            tokio::time::sleep(CLAIMED_WITHIN / 20).await;
        }
    }

    /// True when the database answers: for `/readyz`.
    pub async fn is_ready(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.pool).await.is_ok()
    }

    /// Closes every connection, after the statements under way.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
