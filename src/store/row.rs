//! Columns read as the types they stand for.

use super::{StoreError, TokenHash};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::str::FromStr;

/// A TEXT column.
pub(super) fn text(row: &AnyRow, column: &'static str) -> Result<String, StoreError> {
    Ok(row.try_get::<String, _>(column)?)
}

/// A TEXT column that may be NULL.
pub(super) fn text_opt(row: &AnyRow, column: &'static str) -> Result<Option<String>, StoreError> {
    Ok(row.try_get::<Option<String>, _>(column)?)
}

/// A BIGINT column.
pub(super) fn int(row: &AnyRow, column: &'static str) -> Result<i64, StoreError> {
    Ok(row.try_get::<i64, _>(column)?)
}

/// A BIGINT column that may be NULL.
pub(super) fn int_opt(row: &AnyRow, column: &'static str) -> Result<Option<i64>, StoreError> {
    Ok(row.try_get::<Option<i64>, _>(column)?)
}

/// A BIGINT column that counts: never negative.
pub(super) fn count(row: &AnyRow, column: &'static str) -> Result<u64, StoreError> {
    let value = int(row, column)?;
    u64::try_from(value).map_err(|_| StoreError::Corrupt {
        column,
        value: value.to_string(),
    })
}

/// A BIGINT column that is 0 or 1.
pub(super) fn flag(row: &AnyRow, column: &'static str) -> Result<bool, StoreError> {
    Ok(int(row, column)? != 0)
}

/// A TEXT column that holds an identifier.
pub(super) fn id<T: FromStr>(row: &AnyRow, column: &'static str) -> Result<T, StoreError> {
    let value = text(row, column)?;
    value.parse().map_err(|_| StoreError::Corrupt { column, value })
}

/// A TEXT column that holds an identifier or NULL.
pub(super) fn id_opt<T: FromStr>(row: &AnyRow, column: &'static str) -> Result<Option<T>, StoreError> {
    match text_opt(row, column)? {
        None => Ok(None),
        Some(value) => match value.parse() {
            Ok(id) => Ok(Some(id)),
            Err(_) => Err(StoreError::Corrupt { column, value }),
        },
    }
}

/// A TEXT column that holds one of a set of names.
pub(super) fn named<T>(
    row: &AnyRow,
    column: &'static str,
    from_name: fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    let value = text(row, column)?;
    from_name(&value).ok_or(StoreError::Corrupt { column, value })
}

/// The stored form of a hash: hexadecimal, lower case.
pub(super) fn hash_text(hash: &TokenHash) -> String {
    hex::encode(hash)
}

/// Reads every row by `read`.
pub(super) fn all<T>(
    rows: Vec<AnyRow>,
    read: fn(&AnyRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    rows.iter().map(read).collect()
}
