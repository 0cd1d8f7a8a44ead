//! What can go wrong in a shim or a view before or while it serves.

use std::io;
use std::path::PathBuf;

/// Why a shim or a view could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ShimError {
    /// The launch description on stdin is not valid JSON of a [`crate::Launch`].
    #[error("the launch description is not valid")]
    Launch(#[source] serde_json::Error),
    /// The launch description has no program to run.
    #[error("the launch description has no {field}")]
    Empty {
        /// The empty field.
        field: &'static str,
    },
    /// Another shim answers on the socket.
    #[error("another shim answers on {}", path.display())]
    SocketInUse {
        /// The socket.
        path: PathBuf,
    },
    /// The socket could not be made or reached.
    #[error("socket {}", path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The program could not be started.
    #[error("cannot start {program}")]
    Spawn {
        /// The program, as given.
        program: String,
        /// The system's reason.
        source: io::Error,
    },
    /// stdin of a view is not a terminal.
    #[error("stdin is not a terminal")]
    NotATerminal,
    /// A system call failed.
    #[error("{doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The system's reason.
        source: io::Error,
    },
}

impl ShimError {
    /// For `map_err`: wraps a system error with what was being done.
    pub(crate) fn io<E: Into<io::Error>>(doing: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Io { doing, source: source.into() }
    }
}
