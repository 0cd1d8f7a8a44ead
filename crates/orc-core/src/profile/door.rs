//! Native doors: ways into an agent that do not go through its keyboard.

use serde::{Deserialize, Serialize};

use crate::team::{AgentState, Doors};

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
    /// Two POSTs to the agent itself, which fills and enters its own composer: with its mode, its model and its session
    /// as the person sees them. An agent with such a door must have a receipt hook, the only proof of what was entered.
    Post(Post),
}

/// The requests of a [`Call::Post`], to a loopback address.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// Puts the text into the composer.
    pub put: Step,
    /// Enters what stands there.
    pub enter: Step,
    /// The name of the basic authentication.
    pub user: String,
    /// The variable of the agent's own environment that holds the password of this launch. It is read there when it is
    /// needed and kept nowhere else.
    pub password_env: String,
}

/// One request: a 2xx status means done, 4xx that nothing happened; anything else is unclear.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Address with placeholders.
    pub url: String,
    /// JSON with placeholders.
    pub body: String,
}

impl Door {
    /// Whether the door can take a message for an agent in this state; `session`: its session id is known.
    pub fn takes(&self, state: &AgentState, session: bool, doors: Doors) -> bool {
        let working = state.is_turn();
        let now = match self.open {
            Open::WhileIdle => !working,
            Open::WhileWorking => working,
            Open::Always => true,
        };
        now && (session || !self.needs_session()) && !(doors == Doors::Shut && self.closed_by.is_some())
    }

    /// Whether the door needs the agent's own session id.
    pub fn needs_session(&self) -> bool {
        match &self.call {
            Call::Command(argv) => argv.iter().any(|word| word.contains("{native_session}")),
            Call::Post(Post { put, enter, .. }) => {
                [put, enter].into_iter().any(|step| step.url.contains("{native_session}"))
            }
        }
    }

    /// Whether it goes through the agent's composer: what forbids typing forbids it too, and what it put there ends with
    /// the agent.
    pub fn fills_composer(&self) -> bool {
        matches!(self.call, Call::Post(_))
    }
}
