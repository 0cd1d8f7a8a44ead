//! Why a supervisor cannot run.

use std::path::PathBuf;

use orc_core::catalog::BadDataFile;
use orc_store::StoreError;

/// Why a supervisor cannot run.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// Another supervisor owns the state directory.
    #[error("another supervisor already runs on {state}")]
    AlreadyRunning {
        /// The state directory.
        state: PathBuf,
    },
    /// The supervisor of another state directory uses the same sockets.
    #[error(
        "the supervisor of another state directory runs on {runtime}: give this one a TMUX_ORC_RUNTIME_DIR of its own"
    )]
    RuntimeInUse {
        /// The runtime directory.
        runtime: PathBuf,
    },
    /// A directory that must be ours alone is not.
    #[error("{path} must belong to us alone (mode 0700): {found}")]
    UnsafeDirectory {
        /// The directory.
        path: PathBuf,
        /// What it is instead.
        found: String,
    },
    /// A file or socket cannot be made or read.
    #[error("{doing} {path}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The event log cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry of the log is not an event that this version knows.
    #[error("entry {seq} of the log is not readable: {reason}")]
    Unreadable {
        /// The entry.
        seq: u64,
        /// What is wrong.
        reason: String,
    },
    /// A data file cannot be used.
    #[error(transparent)]
    DataFile(#[from] BadDataFile),
    /// The task that owns the state has ended by itself: without it nothing is true any more.
    #[error("the owner of the state has ended; the next supervisor reads it anew from the log")]
    OwnerEnded,
    /// The tmux server's connection cannot be set up.
    #[error("tmux: {0}")]
    Tmux(#[from] orc_tmux::TmuxError),
}

impl DaemonError {
    /// Wraps an I/O error.
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> DaemonError {
        let path = path.into();
        move |source| DaemonError::Io { doing, path, source }
    }
}
