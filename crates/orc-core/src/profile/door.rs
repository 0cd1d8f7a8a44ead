//! Native doors: ways into an agent that do not go through its keyboard.

use serde::{Deserialize, Serialize};

/// One native door.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    /// Its name in receipts, for example `codex queue`.
    pub name: String,
    /// How it is opened.
    #[serde(flatten)]
    pub call: Call,
    /// Largest text in bytes.
    pub max_bytes: usize,
    /// It takes a message while a turn runs.
    #[serde(default)]
    pub while_working: bool,
}

/// How a door is opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// A command: exit status 0 means taken.
    Command(Vec<String>),
    /// A POST of JSON to a loopback address: a 2xx status means taken.
    Post {
        /// Address with placeholders.
        url: String,
        /// Body with placeholders.
        body: String,
    },
}

impl Door {
    /// Whether the door needs the agent's own session id.
    pub fn needs_session(&self) -> bool {
        match &self.call {
            Call::Command(argv) => argv.iter().any(|word| word.contains("{native_session}")),
            Call::Post { url, .. } => url.contains("{native_session}"),
        }
    }
}

/// How to ask a running agent for its session id.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionProbe {
    /// Address that answers JSON.
    pub url: String,
    /// JSON pointer to the id.
    pub pointer: String,
}
