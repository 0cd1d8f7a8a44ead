//! The agent's last word on disk, for a supervisor that was not there to hear it.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::protocol::Exit;

/// Rows of the screen kept.
const ROWS: usize = 40;

/// How an agent ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// The agent's id.
    pub agent: String,
    /// Counts the launches of this agent.
    pub generation: u32,
    /// Status or signal, and what was left behind.
    #[serde(flatten)]
    pub exit: Exit,
    /// When (milliseconds since 1970).
    pub unix_ms: u64,
    /// The last rows of its screen, at most 40, without the empty ones below.
    pub screen: Vec<String>,
}

impl ExitRecord {
    /// A record of now.
    #[expect(clippy::disallowed_methods, reason = "a record for people says when, by the calendar")]
    pub(crate) fn new(agent: &str, generation: u32, exit: Exit, mut lines: Vec<String>) -> Self {
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        let screen = lines.split_off(lines.len().saturating_sub(ROWS));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let unix_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        Self { agent: agent.to_owned(), generation, exit, unix_ms, screen }
    }

    /// Reads a record.
    pub fn read(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(path)?)?)
    }

    /// Writes it so that a reader sees the whole record or none.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let mut half = path.as_os_str().to_owned();
        half.push(".new");
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        let mut file = fs::File::create(&half)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        fs::rename(&half, path)
    }
}
