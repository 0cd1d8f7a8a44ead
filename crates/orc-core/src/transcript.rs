//! Everything said to, by and between the agents, folded from the log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::delivery::{MessageKind, Sender};
use crate::event::Event;
use crate::ids::{AgentId, MessageId, Seq, TeamName};
use crate::talk::Between;
use crate::team::{Evidence, Source};
use crate::time::Timestamp;

/// One line of the transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "entry")]
pub enum Entry {
    /// A message was sent.
    Sent {
        /// Position in the log.
        seq: Seq,
        /// When.
        at: Timestamp,
        /// The message.
        message: MessageId,
        /// Who sent it.
        from: String,
        /// Its kind.
        kind: MessageKind,
        /// The recipients, `team:name`.
        to: Vec<String>,
        /// The text.
        text: String,
        /// What was changed to make it safe.
        notes: Vec<String>,
    },
    /// A message's fate at one recipient became known.
    Settled {
        /// Position in the log.
        seq: Seq,
        /// When.
        at: Timestamp,
        /// The message.
        message: MessageId,
        /// The recipient, `team:name`.
        to: String,
        /// One word.
        outcome: String,
        /// The way it took.
        door: String,
        /// What proves it, or why it failed.
        evidence: Evidence,
    },
    /// A person typed a prompt into an agent's own terminal.
    Typed {
        /// Position in the log.
        seq: Seq,
        /// When.
        at: Timestamp,
        /// The agent, `team:name`.
        to: String,
        /// The prompt.
        text: String,
        /// Where it was read.
        source: Source,
    },
    /// Agents were stopped from answering each other.
    Stopped {
        /// Position in the log.
        seq: Seq,
        /// When.
        at: Timestamp,
        /// Who, `team:name`; the whole team when it is empty.
        between: Vec<String>,
        /// Messages within the window.
        count: usize,
        /// The window (milliseconds).
        within_ms: u64,
    },
    /// An agent said something.
    Said {
        /// Position in the log.
        seq: Seq,
        /// When.
        at: Timestamp,
        /// Who, `team:name`.
        from: String,
        /// Its words.
        text: String,
        /// Where they were read.
        source: Source,
    },
}

/// Turns events of one team into transcript entries.
#[derive(Debug, Clone)]
pub struct Transcript {
    about: About,
    names: BTreeMap<AgentId, String>,
}

/// Which entries are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Everything of a team.
    Team(TeamName),
    /// What was said to and by one agent.
    Agent(AgentId),
}

impl Transcript {
    /// A transcript about a team or an agent, with the names of the team's agents.
    pub fn new(about: About, names: impl IntoIterator<Item = (AgentId, String)>) -> Self {
        Self { about, names: names.into_iter().collect() }
    }

    fn name(&self, id: AgentId) -> String {
        self.names.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    fn wants(&self, agents: &[AgentId]) -> bool {
        match &self.about {
            About::Team(_) => true,
            About::Agent(id) => agents.contains(id),
        }
    }

    /// The entry that an event of the team makes, if it makes one that is wanted.
    pub fn entry(&self, seq: Seq, at: Timestamp, event: &Event) -> Option<Entry> {
        match event {
            Event::MessageAccepted { message, from, kind, to, text, notes, .. } => {
                let mut agents = to.clone();
                if let Sender::Agent { id, .. } = from {
                    agents.push(*id);
                }
                self.wants(&agents).then(|| Entry::Sent {
                    seq,
                    at,
                    message: *message,
                    from: from.label().to_owned(),
                    kind: *kind,
                    to: to.iter().map(|id| self.name(*id)).collect(),
                    text: text.clone(),
                    notes: notes.clone(),
                })
            }
            Event::DeliverySettled { message, agent, outcome, door, evidence, .. } => {
                let evidence = match outcome {
                    crate::delivery::Outcome::Dead { reason } => {
                        Evidence { detail: reason.clone(), ..evidence.clone() }
                    }
                    _ => evidence.clone(),
                };
                self.wants(&[*agent]).then(|| Entry::Settled {
                    seq,
                    at,
                    message: *message,
                    to: self.name(*agent),
                    outcome: outcome.word().to_owned(),
                    door: door.clone(),
                    evidence,
                })
            }
            Event::PersonPrompted { agent, text, source, .. } => self.wants(&[*agent]).then(|| {
                Entry::Typed { seq, at, to: self.name(*agent), text: text.clone(), source: *source }
            }),
            Event::TalkLimited(limited) => {
                let agents = match limited.between {
                    Between::Pair { one, other } => vec![one, other],
                    Between::Team => Vec::new(),
                };
                let wanted = agents.is_empty() || self.wants(&agents);
                wanted.then(|| Entry::Stopped {
                    seq,
                    at,
                    between: agents.iter().map(|id| self.name(*id)).collect(),
                    count: limited.count,
                    within_ms: limited.within_ms,
                })
            }
            Event::AgentSaid { agent, text, source, .. } => self.wants(&[*agent]).then(|| Entry::Said {
                seq,
                at,
                from: self.name(*agent),
                text: text.clone(),
                source: *source,
            }),
            _ => None,
        }
    }
}
