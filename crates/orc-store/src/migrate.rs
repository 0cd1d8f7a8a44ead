//! Brings a file to the newest format. The format is SQLite's `user_version`; a step is one SQL file and is never
//! edited once released: a new format is a new step. Old files are kept under `tests/fixtures` and opened for ever.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::{Result, StoreError};

/// Marks a file as ours (`application_id`): "orcL".
const APPLICATION_ID: i32 = 0x6f72_634c;

/// Step `n` (counted from 0) turns format `n` into format `n + 1`.
const STEPS: &[&str] = &[include_str!("migrations/0001_log.sql")];

/// Makes or migrates the log in `connection`. Each step is one transaction; two processes may do this at once.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    while (check(connection, path)? as usize) < STEPS.len() {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read again under the lock: another process may have taken this step.
        let format = check(&tx, path)?;
        if let Some(step) = STEPS.get(format as usize) {
            tx.execute_batch(step)?;
            tx.pragma_update(None, "application_id", APPLICATION_ID)?;
            tx.pragma_update(None, "user_version", format + 1)?;
        }
        tx.commit()?;
    }
    Ok(())
}

/// The format of the file; 0 for an empty one. Refuses a newer format, and a database that is not a log.
pub(crate) fn check(connection: &Connection, path: &Path) -> Result<u32> {
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let empty = application == 0 && format == 0 && objects == 0;
    let foreign = || StoreError::Foreign { path: path.to_owned() };
    if !empty && application != APPLICATION_ID {
        return Err(foreign());
    }
    let found = u32::try_from(format).map_err(|_| foreign())?;
    let supported = u32::try_from(STEPS.len()).expect("a handful of steps");
    if found > supported {
        return Err(StoreError::Newer { path: path.to_owned(), found, supported });
    }
    Ok(found)
}
