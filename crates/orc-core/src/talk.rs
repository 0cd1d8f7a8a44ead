//! How often agents answer each other: two that do nothing else are stopped, and a person's word lets them go on.
//!
//! What counts is what agents say to agents. A window slides over it, for each pair in both directions together and for the
//! team as a whole. It is measured by the wall clock: a clock that jumps opens the window once more, and never keeps it shut.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::delivery::{MessageKind, Sender};
use crate::event::Event;
use crate::ids::{AgentId, TeamName};
use crate::state::State;
use crate::team::Team;
use crate::time::Timestamp;

/// The window (milliseconds).
pub const WINDOW_MS: u64 = 10 * 60_000;
/// So many messages may two agents exchange within it, both directions together.
pub const OF_PAIR: usize = 20;
/// So many messages may the agents of a team send within it, for each agent that it has.
pub const OF_TEAM: usize = 15;

/// Who may not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "who")]
pub enum Between {
    /// Two agents with each other.
    Pair {
        /// The one with the lower id.
        one: AgentId,
        /// The other.
        other: AgentId,
    },
    /// The agents of the team with anybody in it.
    Team,
}

impl Between {
    fn pair(from: AgentId, to: AgentId) -> Self {
        Self::Pair { one: from.min(to), other: from.max(to) }
    }

    /// In words, for people and for the manager.
    pub fn describe(self, state: &State) -> String {
        let name = |id: AgentId| match state.agent(id) {
            Some(agent) => format!("{}:{}", agent.team, agent.name),
            None => id.to_string(),
        };
        match self {
            Self::Pair { one, other } => format!("{} and {}", name(one), name(other)),
            Self::Team => "the agents of the team".to_owned(),
        }
    }
}

/// Agents were stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limited {
    /// The team.
    pub team: TeamName,
    /// Who.
    pub between: Between,
    /// Messages within the window.
    pub count: usize,
    /// The window (milliseconds).
    pub within_ms: u64,
}

/// One message from an agent to agents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Spoken {
    at: Timestamp,
    from: AgentId,
    to: Vec<AgentId>,
}

/// What the agents of a team said to each other a short while ago, and who was stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talk {
    recent: VecDeque<Spoken>,
    stopped: BTreeSet<Between>,
}

/// A limit that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Whose.
    pub between: Between,
    /// Messages within the window.
    pub count: usize,
    /// They have been stopped before, and nobody has let them go on.
    pub known: bool,
}

impl Talk {
    /// The limit that one more message meets, if it meets one. Who was stopped stays so until nothing of what they said is
    /// within the window, or a person speaks.
    pub fn limit(&self, team: &Team, from: AgentId, to: &[AgentId], now: Timestamp) -> Option<Limit> {
        let pairs = to.iter().filter(|to| **to != from).map(|to| Between::pair(from, *to));
        let limits = pairs.map(|pair| (pair, OF_PAIR)).chain([(Between::Team, OF_TEAM * team.agents.len())]);
        limits.into_iter().find_map(|(between, most)| {
            let count = self.count(between, now);
            let known = count > 0 && self.stopped.contains(&between);
            (known || count >= most).then_some(Limit { between, count, known })
        })
    }

    /// Who may not go on at the moment.
    pub fn stopped(&self, now: Timestamp) -> impl Iterator<Item = Between> {
        self.stopped.iter().copied().filter(move |between| self.count(*between, now) > 0)
    }

    fn count(&self, between: Between, now: Timestamp) -> usize {
        let of = |said: &&Spoken| match between {
            Between::Team => true,
            Between::Pair { .. } => said.to.iter().any(|to| Between::pair(said.from, *to) == between),
        };
        self.recent.iter().filter(|said| fresh(said.at, now)).filter(of).count()
    }

    /// Takes the next event of the team.
    pub(crate) fn take(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::MessageAccepted { from: Sender::Agent { id, .. }, to, .. } => {
                self.recent.retain(|said| fresh(said.at, at));
                self.recent.push_back(Spoken { at, from: *id, to: to.clone() });
                // It was accepted: nobody who is meant is stopped any more.
                self.stopped.remove(&Between::Team);
                for to in to {
                    self.stopped.remove(&Between::pair(*id, *to));
                }
            }
            Event::MessageAccepted { from: Sender::Operator, to, kind, .. } => match kind {
                MessageKind::Each | MessageKind::Broadcast => *self = Self::default(),
                MessageKind::Direct | MessageKind::Brief | MessageKind::Restored | MessageKind::Digest => {
                    for to in to {
                        self.let_go(*to);
                    }
                }
            },
            Event::PersonPrompted { agent, .. } => self.let_go(*agent),
            Event::TalkLimited(limited) => {
                self.stopped.insert(limited.between);
            }
            _ => {}
        }
    }

    /// A person spoke to this agent: what it said before counts no more, and the team may go on as well.
    fn let_go(&mut self, agent: AgentId) {
        if self.stopped.remove(&Between::Team) {
            self.recent.clear();
        }
        self.recent.retain(|said| said.from != agent && !said.to.contains(&agent));
        self.stopped.retain(|between| match between {
            Between::Pair { one, other } => *one != agent && *other != agent,
            Between::Team => true,
        });
    }
}

/// Whether an instant lies within the window. One of the future was made by a clock that was set back since.
fn fresh(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now.millis_since(at) < WINDOW_MS
}

impl State {
    /// Keeps who speaks with whom.
    pub(crate) fn hear_talk(&mut self, at: Timestamp, event: &Event) {
        let matters = matches!(
            event,
            Event::MessageAccepted { .. } | Event::PersonPrompted { .. } | Event::TalkLimited(_)
        );
        if let Some(team) = self.team_of(event).filter(|team| matters && self.teams.contains_key(team)) {
            self.talk.entry(team).or_default().take(at, event);
        }
    }
}
