//! One line of a digest.

use serde::{Deserialize, Serialize};

use crate::ids::{AgentId, Seq};
use crate::team::{Exit, Need};

/// Something that the manager is to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The events that it stands for, in order.
    pub of: Vec<Seq>,
    /// What happened.
    pub what: What,
}

/// What happened. Of one agent there is at most one of each kind: the newest says it all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum What {
    /// A teammate finished its turn.
    TurnEnded {
        /// Who.
        agent: AgentId,
        /// Its last words, short; empty when they are not known.
        words: String,
        /// Why the turn failed, if it did.
        error: Option<String>,
    },
    /// A teammate cannot go on without a person.
    Blocked {
        /// Who.
        agent: AgentId,
        /// What for.
        need: Need,
        /// What it asks, short; empty when that is not known.
        text: String,
    },
    /// A teammate does not go on: it hangs, or something else runs in its place.
    Stuck {
        /// Who.
        agent: AgentId,
        /// Its state in words.
        state: String,
    },
    /// A teammate's process ended, and nobody wanted it.
    Ended {
        /// Who.
        agent: AgentId,
        /// How.
        exit: Exit,
    },
    /// Somebody else than the manager put something on record.
    Stated {
        /// Who.
        by: String,
        /// What, in words.
        words: String,
    },
}

impl What {
    /// Whether `newer` says all that this one says.
    pub(super) fn is_outdated_by(&self, newer: &What) -> bool {
        match (self, newer) {
            (Self::TurnEnded { agent, .. }, Self::TurnEnded { agent: of, .. })
            | (Self::Blocked { agent, .. }, Self::Blocked { agent: of, .. })
            | (Self::Stuck { agent, .. }, Self::Stuck { agent: of, .. })
            | (Self::Ended { agent, .. }, Self::Ended { agent: of, .. }) => agent == of,
            _ => false,
        }
    }
}
