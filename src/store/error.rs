//! What can go wrong in the store.

use std::path::PathBuf;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such row.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The row exists already, or its state does not allow the change.
    #[error("{0}")]
    Conflict(&'static str),
    /// A row names something that does not exist.
    #[error("the row refers to something that does not exist")]
    Dangling,
    /// A stored value cannot be read back as what it should be: the database was changed from outside.
    #[error("stored {column} is not readable: {value:?}")]
    Corrupt {
        /// Column of the value.
        column: &'static str,
        /// The value, as text.
        value: String,
    },
    /// The caller's own step inside a transaction refused; nothing was written.
    #[error("refused: {0}")]
    Refused(String),
    /// A path that is not UTF-8, or not allowed as the name of an object.
    #[error("not a usable path: {0:?}")]
    Path(PathBuf),
    /// The database failed.
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("database migration: {0}")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// An object could not be read or written.
    #[error("object store: {0}")]
    Object(#[source] object_store::Error),
    /// A folder could not be made.
    #[error("{path}: {source}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl StoreError {
    /// Sorts an error of an insertion: a key taken becomes [`StoreError::Conflict`] with `taken`, a reference into
    /// the void [`StoreError::Dangling`].
    pub(super) fn of_insert(error: sqlx::Error, taken: &'static str) -> Self {
        match &error {
            sqlx::Error::Database(e) if e.is_unique_violation() => StoreError::Conflict(taken),
            sqlx::Error::Database(e) if e.is_foreign_key_violation() => StoreError::Dangling,
            _ => StoreError::Database(error),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        StoreError::Database(error)
    }
}
