//! What a shim is told at its start, and what it answers.

use std::io::Read;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::ShimError;

/// Everything a shim needs to run one agent: JSON on its stdin, so that nothing of it shows in a process list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Launch {
    /// The agent's id, as the supervisor writes it.
    pub agent: String,
    /// Counts the launches of this agent.
    pub generation: u32,
    /// Where the shim listens. The directory must exist and belong to us alone (0700).
    pub socket: PathBuf,
    /// The agent's program and its arguments.
    pub argv: Vec<String>,
    /// The agent's whole environment; nothing is inherited.
    pub env: Vec<(String, String)>,
    /// The agent's working directory.
    pub cwd: PathBuf,
    /// Terminal width in cells until a view says otherwise.
    #[serde(default = "default_cols")]
    pub cols: u16,
    /// Terminal height in cells until a view says otherwise.
    #[serde(default = "default_rows")]
    pub rows: u16,
    /// Where the exit is recorded ([`crate::ExitRecord`]); its folder is made then.
    pub exit_record: PathBuf,
    /// Words of the supervisor that started it, for one that finds it: told to every client, and not looked into.
    #[serde(default)]
    pub opaque: String,
}

fn default_cols() -> u16 {
    200
}

fn default_rows() -> u16 {
    50
}

impl Launch {
    /// Reads a launch description until the end of the input.
    pub fn read(mut from: impl Read) -> Result<Self, ShimError> {
        let mut json = Vec::new();
        from.read_to_end(&mut json).map_err(ShimError::io("reading the launch description"))?;
        serde_json::from_slice(&json).map_err(ShimError::Launch)
    }
}

/// The one JSON line that a shim writes to its stdout once the agent runs, or once it is clear that it will not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartReport {
    /// Whether the socket listens and the child was spawned.
    pub ok: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The shim's process id.
    #[serde(default)]
    pub shim_pid: u32,
    /// The agent's process id.
    #[serde(default)]
    pub child_pid: u32,
    /// The agent's start time in clock ticks since boot (field 22 of `/proc/PID/stat`).
    #[serde(default)]
    pub child_start: u64,
}
