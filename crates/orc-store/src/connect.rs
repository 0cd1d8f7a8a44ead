//! How a connection is made: file mode, pragmas, and what is refused before the first statement.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::{Result, StoreError, migrate};

/// How long a connection waits for a lock of another process.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// Opens the log for writing; makes it (mode 0600) and migrates it when needed.
pub(crate) fn writable(path: &Path) -> Result<Connection> {
    prepare_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|e| StoreError::open(path, e))?;
    harden(&connection)?;
    migrate::check(&connection, path)?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::NoWal { path: path.to_owned(), mode });
    }
    // FULL: a commit in the write-ahead log is on the disk before it is acknowledged.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)?;
    migrate::migrate(&mut connection, path)?;
    Ok(connection)
}

/// Opens an existing log for reading.
pub(crate) fn read_only(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| StoreError::open(path, e))?;
    harden(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    if migrate::check(&connection, path)? == 0 {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    Ok(connection)
}

fn harden(connection: &Connection) -> Result<()> {
    connection.busy_timeout(LOCK_WAIT)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // The schema is data of the file: it may not call anything with side effects, nor switch its own checks off.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(())
}

/// Makes the file private before there is anything in it (SQLite gives its side files the same mode), and respects
/// a file that was made read-only, also for root, whom the kernel would let pass.
fn prepare_file(path: &Path) -> Result<()> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match opened {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(StoreError::open(path, error)),
    }
    let metadata = fs::metadata(path).map_err(|e| StoreError::open(path, e))?;
    let mode = metadata.permissions().mode();
    if mode & 0o200 == 0 {
        return Err(StoreError::ReadOnly(io::Error::from(ErrorKind::PermissionDenied).into()));
    }
    if mode & 0o077 != 0 {
        let private = fs::Permissions::from_mode(mode & 0o700);
        fs::set_permissions(path, private).map_err(|e| StoreError::open(path, e))?;
    }
    Ok(())
}
