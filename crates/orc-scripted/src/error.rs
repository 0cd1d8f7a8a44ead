//! Why the scripted agent could not start or go on.

use std::path::PathBuf;

use crate::step::StepError;

/// An error of the scripted agent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptedError {
    /// A file of the agent (script, log, session, prompt) could not be read or written.
    #[error("{what} {path}: {source}")]
    File {
        /// What the file is: `script`, `log`, `session` or `prompt`.
        what: &'static str,
        /// Its path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The script is not TOML of the documented shape.
    #[error("script {path}: {source}")]
    Script {
        /// The script's path.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A step of the script has no meaning.
    #[error("script: {0}")]
    Step(#[from] StepError),
    /// `TMUX_ORC_HOOK_CMD` is not a JSON array of strings with at least one element.
    #[error("TMUX_ORC_HOOK_CMD must be a JSON array of words, with at least one word")]
    HookCommand,
    /// `TMUX_ORC_SCRIPTED_PACE` is no number from 0.001 to 1e9.
    #[error(
        "TMUX_ORC_SCRIPTED_PACE must be a number, 0.001 to 1e9: how many times faster than its script the agent works"
    )]
    Pace,
    /// A session id that cannot be a file name.
    #[error("session id {0:?} may have only letters, digits, '-', '_' and '.', and no '.' in front")]
    SessionId(String),
    /// A session to resume that does not exist.
    #[error("no conversation found with session id {0}")]
    NoSession(String),
    /// Neither `TMUX_ORC_SCRIPTED_HOME` nor `HOME` says where sessions are kept.
    #[error("neither TMUX_ORC_SCRIPTED_HOME nor HOME is set, so there is no place for the session")]
    NoHome,
    /// The terminal failed.
    #[error("terminal: {0}")]
    Terminal(#[from] std::io::Error),
}

impl From<rustix::io::Errno> for ScriptedError {
    fn from(errno: rustix::io::Errno) -> Self {
        Self::Terminal(errno.into())
    }
}

impl ScriptedError {
    /// The process exit code: 78 for configuration, 3 for a session that does not exist, else 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Script { .. }
            | Self::Step(_)
            | Self::HookCommand
            | Self::Pace
            | Self::NoHome
            | Self::File { what: "script", .. } => 78,
            Self::SessionId(_) => 2,
            Self::NoSession(_) => 3,
            Self::File { .. } | Self::Terminal(_) => 1,
        }
    }
}
