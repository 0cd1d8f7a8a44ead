//! Native doors: ways into an agent that do not go through its keyboard.

use serde::{Deserialize, Serialize};

use crate::team::AgentState;

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
    /// When it is used.
    #[serde(default)]
    pub open: Open,
    /// Name of the hook event after which the agent no longer looks at this door, until it has taken a prompt.
    #[serde(default)]
    pub closed_by: Option<String>,
}

/// When a door is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Open {
    /// While the agent is idle.
    #[default]
    WhileIdle,
    /// While a turn runs; an idle agent is typed to, unless the door still holds something.
    WhileWorking,
    /// At any time.
    Always,
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
    /// Whether the door can take a message for an agent in this state; `session`: its session id is known, `shut`: an
    /// event that closes doors was the last that counts.
    pub fn takes(&self, state: &AgentState, session: bool, shut: bool) -> bool {
        let working = state.is_turn();
        let now = match self.open {
            Open::WhileIdle => !working,
            Open::WhileWorking => working,
            Open::Always => true,
        };
        now && (session || !self.needs_session()) && !(shut && self.closed_by.is_some())
    }

    /// Whether the door needs the agent's own session id.
    pub fn needs_session(&self) -> bool {
        match &self.call {
            Call::Command(argv) => argv.iter().any(|word| word.contains("{native_session}")),
            Call::Post { url, .. } => url.contains("{native_session}"),
        }
    }
}
