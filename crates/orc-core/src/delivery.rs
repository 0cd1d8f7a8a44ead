//! A message and what became of it at each of its recipients.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{AgentId, MessageId, TeamName};
use crate::team::Evidence;
use crate::time::Timestamp;

/// Who says something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "who")]
pub enum Sender {
    /// A person at the command line.
    Operator,
    /// An agent of a team.
    Agent {
        /// Its id.
        id: AgentId,
        /// `team:name`, for people and for the recipient.
        label: String,
    },
    /// tmux-orc itself: briefs and digests.
    System,
}

impl Sender {
    /// Whether it is a person.
    pub fn is_person(&self) -> bool {
        match self {
            Self::Operator => true,
            Self::Agent { .. } | Self::System => false,
        }
    }

    /// The name that the recipient reads.
    pub fn label(&self) -> &str {
        match self {
            Self::Operator => "operator",
            Self::Agent { label, .. } => label,
            Self::System => "tmux-orc",
        }
    }
}

/// What kind of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// To one agent.
    Direct,
    /// To each agent by itself.
    Each,
    /// To the team; its manager coordinates the answer.
    Broadcast,
    /// What an agent is told at its start.
    Brief,
    /// What an agent is told that was started again; it comes before everything that waits.
    Restored,
    /// What happened in the team, for its manager.
    Digest,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The team that it belongs to.
    pub team: TeamName,
    /// Who sent it.
    pub from: Sender,
    /// Its kind.
    pub kind: MessageKind,
    /// The safe text; dropped from memory when every recipient is settled (the log keeps it).
    pub text: String,
    /// When it was accepted.
    pub at: Timestamp,
    /// What became of it, by recipient.
    pub recipients: BTreeMap<AgentId, Delivery>,
}

/// The name of the door that is the agent's own keyboard.
pub const PASTE: &str = "paste";

/// What became of a message at one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Delivery {
    /// It waits in the mailbox; nothing has been typed.
    Waiting {
        /// Attempts so far that typed nothing.
        attempts: u32,
        /// Why the last attempt typed nothing; empty before the first.
        why: String,
    },
    /// It is being handed over.
    Attempting {
        /// The attempt's number, from 1.
        attempt: u32,
        /// The way that it takes.
        door: String,
    },
    /// It is over, or in the agent's own hands.
    Settled {
        /// The attempt's number; 0 when there was none.
        attempt: u32,
        /// How it ended.
        outcome: Outcome,
        /// The way it took.
        door: String,
        /// What proves it.
        evidence: Evidence,
    },
}

impl Delivery {
    /// A message that has just been accepted.
    pub fn new() -> Self {
        Self::Waiting { attempts: 0, why: String::new() }
    }

    /// Whether nothing more will happen by itself.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Settled { .. })
    }

    /// Whether the agent provably has it.
    pub fn is_delivered(&self) -> bool {
        matches!(self, Self::Settled { outcome: Outcome::Acknowledged | Outcome::Queued, .. })
    }

    /// One word for tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Attempting { .. } => "delivering",
            Self::Settled { outcome, .. } => outcome.word(),
        }
    }
}

impl Default for Delivery {
    fn default() -> Self {
        Self::new()
    }
}

/// How a delivery ended. Only the first two count as delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// The agent itself confirmed the message by its id.
    Acknowledged,
    /// The agent's own queue shows or confirmed it.
    Queued,
    /// It was typed and a turn began, but the agent has no way to confirm.
    Submitted,
    /// It could not be handed over and will not be tried again by itself.
    Dead {
        /// Why.
        reason: String,
    },
}

impl Outcome {
    /// One word for tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Queued => "queued-in-agent",
            Self::Submitted => "submitted",
            Self::Dead { .. } => "dead-letter",
        }
    }

    /// Whether a report of `newer` may replace this outcome: proof may grow, never shrink. (What a stopped agent held in its own
    /// queue dies with it; nobody reports that, it follows from the end.)
    pub fn may_become(&self, newer: &Outcome) -> bool {
        let rank = |outcome: &Outcome| match outcome {
            Outcome::Dead { .. } => 0,
            Outcome::Submitted => 1,
            Outcome::Queued => 2,
            Outcome::Acknowledged => 3,
        };
        rank(newer) > rank(self)
    }
}
