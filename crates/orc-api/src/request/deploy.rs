//! Making a team, or adding to one.

use std::collections::BTreeMap;

use orc_core::incident::entry::Declare;
use serde::{Deserialize, Serialize};

/// An environment for agents. Its values are never printed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Environment(pub BTreeMap<String, String>);

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Environment({} variables)", self.0.len())
    }
}

/// Make a team.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Deploy {
    /// Its composition.
    pub kind: String,
    /// How many agents, manager included.
    pub size: usize,
    /// Its name; without it the directory's name.
    pub team: Option<String>,
    /// Its directory, absolute.
    pub dir: String,
    /// Which profile plays which role.
    pub agents: Vec<AgentChoice>,
    /// The first message to everybody.
    pub brief: Option<String>,
    /// The incident that is declared with the team.
    #[serde(default)]
    pub incident: Option<Declare>,
    /// The environment of the person who asks: the agents get it.
    pub environment: Environment,
    /// Each agent works in a git worktree and on a branch of its own.
    #[serde(default)]
    pub worktrees: bool,
    /// Say what would be done, do nothing.
    pub dry_run: bool,
}

/// Which profile plays a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentChoice {
    /// The role; without it every role that no other choice names.
    pub role: Option<String>,
    /// The profile.
    pub profile: String,
}

/// Add one agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddAgent {
    /// The team.
    pub team: String,
    /// The title, for example "Security Expert".
    pub title: String,
    /// The role.
    pub role: String,
    /// The profile; without it as for a new team.
    pub profile: Option<String>,
    /// A brief in place of the role's own.
    pub brief: Option<String>,
    /// The environment of the person who asks.
    pub environment: Environment,
}
