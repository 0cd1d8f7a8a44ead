//! What tmux-orc itself tells the manager of a team: each fact once, several together, and nothing because of what the
//! manager did itself.
//!
//! Facts gather in a [`Ledger`] as events are applied. When [`due::next`] says so they become one message with an event that
//! names them, and the ledger is empty again: after any crash the log knows what was told. What the manager says, does or
//! answers gathers nothing, so a digest cannot be the cause of the next one.

pub mod due;
mod item;
mod ledger;
pub mod reminder;
mod stated;
mod words;

pub use item::{Item, What};
pub use ledger::Ledger;
pub use reminder::Reminder;
pub use words::digest;

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::{AgentId, MessageId, Seq, TeamName};
use crate::state::State;
use crate::time::Moment;

/// A digest was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The team.
    pub team: TeamName,
    /// The manager.
    pub agent: AgentId,
    /// The message.
    pub message: MessageId,
    /// The events that it tells of: no other digest does.
    pub told: Vec<Seq>,
    /// Statements beyond those, of which it says only how many there are.
    #[serde(default)]
    pub more: u64,
    /// What it reminds of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<Reminder>,
    /// When, by the boot clock.
    pub at: Moment,
}

/// How soon the manager is told, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From the first fact to the digest: what happens meanwhile goes along.
    pub after_ms: u64,
    /// From one digest to the next, at least.
    pub apart_ms: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self::after(3000)
    }
}

impl Pace {
    /// The pace of somebody who wants to hear of a fact after so many milliseconds.
    pub fn after(after_ms: u64) -> Self {
        Self { after_ms, apart_ms: after_ms.saturating_mul(5) }
    }
}

impl State {
    /// Keeps what the manager of the team is to be told of this event; before it is applied, when the agent is still in the
    /// state that it leaves.
    pub(crate) fn keep_for_manager(&mut self, seq: Seq, event: &Event) {
        if !ledger::concerns(event) {
            return;
        }
        let Some(name) = self.team_of(event) else { return };
        let found = self.teams.get(&name);
        let Some(manager) = found.and_then(|team| self.manager_of(team, None)).map(|agent| agent.id) else {
            return;
        };
        let mut ledger = self.digests.remove(&name).unwrap_or_default();
        ledger.take(self, manager, seq, event);
        self.digests.insert(name, ledger);
    }
}
