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

use crate::event::Event;
use crate::ids::Seq;
use crate::state::State;

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
