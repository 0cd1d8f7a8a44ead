//! The anchor: the head of the chain as the last transaction left it, kept beside the log.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::{Hash, Head, Result, StoreError};

/// Reads the anchor.
pub(crate) fn read(connection: &Connection) -> Result<Head> {
    let head = connection.query_row("SELECT seq, hash FROM anchor WHERE id = 1", [], head).optional()?;
    // Only something that did not go through the log can have removed it.
    head.ok_or_else(|| StoreError::Corrupt(rusqlite::Error::QueryReturnedNoRows.into()))
}

/// Moves the anchor; the log grows in the same transaction.
pub(crate) fn advance(connection: &Connection, head: Head) -> Result<()> {
    let sql = "UPDATE anchor SET seq = ?1, hash = ?2 WHERE id = 1";
    connection.execute(sql, (position(head.seq), head.hash.0))?;
    Ok(())
}

/// A position as SQLite stores it. A log of 2^63 entries does not exist, so a cursor beyond it is as good as its end.
pub(crate) fn position(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// A position out of column `index`.
pub(crate) fn sequence(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(index)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(index, value))
}

fn head(row: &Row<'_>) -> rusqlite::Result<Head> {
    Ok(Head { seq: sequence(row, 0)?, hash: Hash(row.get(1)?) })
}
