//! What can go wrong with the log, told apart by what the caller can do about it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Error, ErrorCode};

/// An error of the log. Cloneable, because one failed commit is the answer to everyone whose entries were in it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The log is not where the caller believed it to be. Nothing was written; read on and decide again.
    #[error("the log is at {actual}, not at {expected}")]
    Conflict {
        /// The last position that the caller named.
        expected: u64,
        /// The last position of the log.
        actual: u64,
    },
    /// The body of an entry is not one JSON value. Nothing of its batch was written.
    #[error("the body of entry {index} of the batch is not JSON")]
    BadBody {
        /// Place in the batch, counted from 0.
        index: usize,
    },
    /// The disk (or the quota) is full. Nothing was written; appends work again once there is space.
    #[error("no space left for the log")]
    Full(#[source] Cause),
    /// Reading or writing failed. Whether the entries of a failed commit are in the log is not known: read it.
    #[error("the log cannot be read or written")]
    Io(#[source] Cause),
    /// The file or its file system does not allow writing.
    #[error("the log is read-only")]
    ReadOnly(#[source] Cause),
    /// The file is damaged, or was changed by something that did not go through the log.
    #[error("the log is damaged")]
    Corrupt(#[source] Cause),
    /// Another process holds the write lock for longer than the store waits (5 s).
    #[error("the log is locked by another process")]
    Locked(#[source] Cause),
    /// The file was written by a newer version of this program; it is left untouched.
    #[error("{path} has format {found}; this version knows formats up to {supported}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this version knows.
        supported: u32,
    },
    /// The file is a database, but not a log of ours; it is left untouched.
    #[error("{path} is not an event log of tmux-orc")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be opened or made.
    #[error("cannot open the log {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: Cause,
    },
    /// The file system cannot hold a write-ahead log (some network file systems).
    #[error("{path} cannot use a write-ahead log (it stays in mode {mode:?})")]
    NoWal {
        /// The file.
        path: PathBuf,
        /// The mode that it stays in.
        mode: String,
    },
    /// The queue of the writer is full; try again when something in it was answered.
    #[error("the queue of the log writer is full ({capacity} batches)")]
    QueueFull {
        /// How many batches the queue holds.
        capacity: usize,
    },
    /// The writer has stopped.
    #[error("the log writer has stopped")]
    Closed,
    /// Anything else that the database refused.
    #[error("the log refused a statement")]
    Refused(#[source] Cause),
}

impl StoreError {
    pub(crate) fn open(path: &Path, cause: impl Into<Cause>) -> Self {
        Self::Open { path: path.to_owned(), cause: cause.into() }
    }

    /// True when the batch itself is at fault: nothing was written for it, and its neighbours are untouched.
    pub(crate) fn is_of_the_batch(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::BadBody { .. })
    }

    /// True when trying the parts of a failed group one by one may save some of them.
    pub(crate) fn may_pass_alone(&self) -> bool {
        matches!(self, Self::Full(_) | Self::Refused(_))
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let code = error.sqlite_error_code();
        let undecodable = matches!(
            error,
            Error::FromSqlConversionFailure(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::InvalidColumnType(..)
                | Error::Utf8Error(..)
        );
        let cause = Cause::from(error);
        match code {
            _ if undecodable => Self::Corrupt(cause),
            Some(ErrorCode::DiskFull) => Self::Full(cause),
            Some(
                ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::FileLockingProtocolFailed,
            ) => Self::Io(cause),
            Some(ErrorCode::ReadOnly) => Self::ReadOnly(cause),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::ConstraintViolation) => {
                Self::Corrupt(cause)
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(cause),
            _ => Self::Refused(cause),
        }
    }
}

/// The reason underneath a [`StoreError`], for logs. Its text is not stable.
#[derive(Clone, Debug)]
pub struct Cause(Arc<dyn std::error::Error + Send + Sync>);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl From<Error> for Cause {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<std::io::Error> for Cause {
    fn from(error: std::io::Error) -> Self {
        Self(Arc::new(error))
    }
}
