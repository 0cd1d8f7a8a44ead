//! What the scripted agent is started with.

use std::path::PathBuf;

/// The options of [`run`](crate::run), one field per command line flag.
///
/// `script` and `log` fall back to the environment (`TMUX_ORC_SCRIPT`, `TMUX_ORC_SCRIPTED_LOG`). With
/// `TMUX_ORC_SCRIPTED_PACE` set to 10 every `work` takes a tenth of its time. Hooks are
/// spawned when `TMUX_ORC_HOOK_CMD` holds a JSON array of words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// `--script PATH`: what to do with which prompt; in a directory each agent has a file of its own.
    pub script: Option<PathBuf>,
    /// `--log PATH`: the ground-truth log, appended to as JSON lines. In a directory each agent has a file of its
    /// own, called `NAME.jsonl`.
    pub log: Option<PathBuf>,
    /// `--name NAME`: shown in the header; `scripted` when absent.
    pub name: Option<String>,
    /// `--start-delay-ms N`: how long it says `starting…` before the terminal is taken over.
    pub start_delay_ms: u64,
    /// `--ask-trust`: asks first whether the directory is trusted, and leaves when it is not.
    pub ask_trust: bool,
    /// `--no-hooks`: spawn no hook, whatever the environment says.
    pub no_hooks: bool,
    /// `--no-status`: neither ask for nor emit OSC 7501.
    pub no_status: bool,
    /// `--session-id ID`: the id of the session; made up when absent.
    pub session_id: Option<String>,
    /// `--resume ID`: go on with an earlier session; wins over `session_id`.
    pub resume: Option<String>,
}

impl Options {
    /// Fills what was not said on the command line from the environment.
    pub(crate) fn or_environment(mut self) -> Self {
        let path = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        self.script = self.script.or_else(|| path("TMUX_ORC_SCRIPT"));
        self.log = self.log.or_else(|| path("TMUX_ORC_SCRIPTED_LOG"));
        self
    }
}
