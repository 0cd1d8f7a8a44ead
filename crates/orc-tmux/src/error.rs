//! Everything that can go wrong between us and tmux, as fields rather than sentences.

use std::path::PathBuf;
use std::time::Duration;

use crate::version::Version;

/// Why a call to tmux did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum TmuxError {
    /// The tmux program could not be run at all.
    #[error("cannot run {}", program.display())]
    Exec {
        /// The program that was tried.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The installed tmux is below the floor.
    #[error("tmux {found} is too old: {floor} or newer is needed")]
    TooOld {
        /// What `tmux -V` said.
        found: Version,
        /// The oldest version that works.
        floor: Version,
    },
    /// `tmux -V` printed something that is not a version.
    #[error("not a tmux version: {output:?}")]
    UnknownVersion {
        /// What was printed, trimmed.
        output: String,
    },
    /// The socket path does not fit into a socket address.
    #[error("the socket path {} has {length} bytes, at most {limit} fit", path.display())]
    SocketPathTooLong {
        /// The path.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
        /// The greatest length that is accepted, in bytes.
        limit: usize,
    },
    /// The socket exists but cannot be connected to (permissions, not a socket).
    #[error("cannot connect to {}", path.display())]
    Socket {
        /// The socket path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A value that tmux cannot be given: control characters, not UTF-8, or empty.
    #[error("{what} is not acceptable to tmux: {value:?}")]
    BadArgument {
        /// Which argument.
        what: &'static str,
        /// The value, lossily decoded.
        value: String,
    },
    /// The server did not start.
    #[error("the tmux server did not start (exit status {status:?}): {stderr}")]
    StartFailed {
        /// The exit status of the starting client; none when it was ended by a signal or by us.
        status: Option<i32>,
        /// What it wrote to standard error.
        stderr: String,
    },
    /// No server listens on our socket.
    #[error("no tmux server on {}", socket.display())]
    ServerAbsent {
        /// Our socket.
        socket: PathBuf,
    },
    /// A server listens but does not answer: nothing is known about its panes.
    #[error("the tmux server on {} does not answer", socket.display())]
    ServerHung {
        /// Our socket.
        socket: PathBuf,
    },
    /// The control connection broke while the call was under way. It may or may not have had its effect.
    #[error("the connection to tmux was lost during the call")]
    ConnectionLost,
    /// No answer in time. The call may or may not have had its effect.
    #[error("no answer from tmux to {what} within {after:?}")]
    TimedOut {
        /// Which call.
        what: &'static str,
        /// How long was waited.
        after: Duration,
    },
    /// tmux refused a command.
    #[error("tmux refused {command}: {message}")]
    Refused {
        /// The tmux command.
        command: &'static str,
        /// tmux's own words.
        message: String,
    },
    /// The session, window or pane does not exist (any more).
    #[error("no such tmux target: {target}")]
    NotFound {
        /// The id that was asked for.
        target: String,
    },
    /// tmux answered with something that cannot be read.
    #[error("unexpected answer of tmux to {command}: {answer:?}")]
    UnexpectedAnswer {
        /// The tmux command.
        command: &'static str,
        /// What came, lossily decoded.
        answer: String,
    },
    /// The server's process is still there after SIGKILL.
    #[error("the tmux server (pid {pid}) is still running")]
    StillRunning {
        /// Its process id.
        pid: u32,
    },
    /// The link future was dropped or never run.
    #[error("the task that owns the tmux connection has ended")]
    LinkStopped,
}

impl TmuxError {
    /// True when the call may have had its effect although it failed: look before trying again.
    pub fn outcome_unknown(&self) -> bool {
        matches!(self, Self::ConnectionLost | Self::TimedOut { .. } | Self::LinkStopped)
    }
}
