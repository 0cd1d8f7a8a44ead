//! Bringing agents back by themselves: which, when, how often, and when not any more. [`Recovery`] is what the log
//! says of it; [`judge`] says what an end means, [`schedule`] what follows from it now.
//!
//! Time is the boot clock ([`Moment`]): a wall clock that jumps neither lets a storm through nor stalls anything.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::{AgentId, Generation, Seq, TeamName};
use crate::team::{Agent, AgentState, Exit};
use crate::time::{Moment, Timestamp};

pub mod hang;
pub mod judge;
pub mod limits;
pub mod schedule;
pub mod view;

pub use limits::Mode;

/// So many automatic restarts are remembered: more than any cap allows within a window.
const REMEMBERED: usize = 4096;

/// Everything that the log says of recovery.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// For every team that has no word of its own, also later ones.
    pub everywhere: Option<Policy>,
    /// By team: its own word, `None` for "not this one".
    pub teams: BTreeMap<TeamName, Option<Policy>>,
    /// What is remembered of single agents.
    pub agents: BTreeMap<AgentId, Record>,
    /// Restarts that were begun without a person, oldest first.
    pub restarts: VecDeque<Restarted>,
    /// Ends that called for a restart, oldest first, since a person last had a look.
    pub falls: VecDeque<Restarted>,
    /// Teams in which nothing is restarted until the cause of a mass death is known.
    pub paused: BTreeMap<TeamName, Pause>,
}

/// What a person asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// How eagerly.
    pub mode: Mode,
    /// No progress for so long is a hang (milliseconds); without it as the mode says.
    pub hang_after_ms: Option<u64>,
    /// Since when.
    pub since: Timestamp,
    /// The same as a position in the log: what had fallen before, the person knew of.
    pub seq: Seq,
    /// Who asked for it.
    pub by: String,
}

impl Policy {
    /// No progress for so long is a hang (milliseconds).
    pub fn hang_after_ms(&self) -> u64 {
        self.hang_after_ms.unwrap_or(self.mode.limits().hang_after_ms)
    }
}

/// What is remembered of one agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// How its last process ended, and from which state.
    pub ended: Option<Ended>,
    /// The restart that follows.
    pub planned: Option<Planned>,
    /// Its automatic restarts since a person last took care of it.
    pub restarts: VecDeque<Moment>,
    /// Launches in a row that failed, or ended before the agent was ready.
    pub stillborn: u32,
    /// Nothing but a person restarts it.
    pub breaker: Option<Breaker>,
}

/// The end of a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// How.
    pub exit: Exit,
    /// What the agent was doing before.
    pub from: AgentState,
    /// The event that says so.
    pub seq: Seq,
}

/// A restart that is going to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The launch that it replaces.
    pub generation: Generation,
    /// Its number within the window, from 1.
    pub attempt: u32,
    /// Why.
    pub fall: Fall,
    /// When it was planned.
    pub at: Moment,
    /// How long it waits from then (milliseconds).
    pub delay_ms: u64,
    /// It has begun: its executor says what becomes of it.
    pub begun: bool,
}

/// Why an agent is restarted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Fall {
    /// Its process ended.
    Ended {
        /// How.
        exit: Exit,
    },
    /// It lives and does not go on.
    Hung {
        /// What proves it.
        proof: String,
    },
    /// It has become another program.
    Replaced {
        /// Which.
        by: String,
    },
}

impl Fall {
    /// Whether it is known for certain why it fell, and that it is over.
    pub fn is_explained(&self) -> bool {
        match self {
            Self::Ended { exit: Exit::HostRestarted } => true,
            Self::Ended { exit: Exit::Status(_) | Exit::Signal(_) | Exit::Unseen }
            | Self::Hung { .. }
            | Self::Replaced { .. } => false,
        }
    }
}

impl std::fmt::Display for Fall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ended { exit } => write!(f, "it ended ({exit})"),
            Self::Hung { proof } => write!(f, "it hung ({proof})"),
            Self::Replaced { by } => write!(f, "a shell took its place ({by})"),
        }
    }
}

/// An open breaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// A team whose agents are not restarted for now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// What was seen.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// The same by the boot clock.
    pub at: Moment,
}

/// One agent at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restarted {
    /// The agent.
    pub agent: AgentId,
    /// Its team.
    pub team: TeamName,
    /// When.
    pub at: Moment,
}

impl Recovery {
    /// What is asked for in this team; nothing when recovery is off.
    pub fn policy(&self, team: &TeamName) -> Option<&Policy> {
        match self.teams.get(team) {
            Some(own) => own.as_ref(),
            None => self.everywhere.as_ref(),
        }
    }

    /// The open breaker of an agent, if it is open.
    pub fn breaker(&self, agent: AgentId) -> Option<&Breaker> {
        self.agents.get(&agent)?.breaker.as_ref()
    }

    /// Whether the agent fell after recovery was asked for.
    fn is_news(&self, agent: AgentId, team: &TeamName) -> bool {
        let ended = self.agents.get(&agent).and_then(|record| record.ended.as_ref());
        let asked = self.policy(team).map(|policy| policy.seq);
        ended.zip(asked).is_none_or(|(ended, asked)| ended.seq > asked)
    }

    fn record(&mut self, agent: AgentId) -> &mut Record {
        self.agents.entry(agent).or_default()
    }

    /// Takes note of event number `seq`, before the rest of the state does. `agent` is the one that it is about.
    pub(crate) fn apply(&mut self, seq: Seq, at: Timestamp, event: &Event, agent: Option<&Agent>) {
        match (event, agent) {
            (Event::RecoveryStarted { team, mode, hang_after_ms, by }, _) => {
                let (mode, hang_after_ms, by) = (*mode, *hang_after_ms, by.clone());
                let policy = Policy { mode, hang_after_ms, since: at, seq, by };
                self.falls.retain(|fall| team.as_ref().is_some_and(|team| *team != fall.team));
                self.set_policy(team.as_ref(), Some(policy));
            }
            (Event::RecoveryStopped { team, .. }, _) => {
                self.set_policy(team.as_ref(), None);
                let stopped = |name: &TeamName| team.as_ref().is_none_or(|team| team == name);
                self.paused.retain(|name, _| !stopped(name));
                self.falls.retain(|fall| !stopped(&fall.team));
            }
            (Event::RestartPlanned { agent: id, generation, attempt, fall, delay_ms, at }, Some(agent)) => {
                if self.is_news(*id, &agent.team) && !fall.is_explained() {
                    self.falls.push_back(Restarted { agent: *id, team: agent.team.clone(), at: at.clone() });
                }
                self.record(*id).planned = Some(Planned {
                    generation: *generation,
                    attempt: *attempt,
                    fall: fall.clone(),
                    at: at.clone(),
                    delay_ms: *delay_ms,
                    begun: false,
                });
            }
            (Event::RestartBegun { agent: id, at, .. }, Some(agent)) => {
                let team = agent.team.clone();
                self.restarts.push_back(Restarted { agent: *id, team, at: at.clone() });
                let record = self.record(*id);
                record.restarts.push_back(at.clone());
                record.planned.iter_mut().for_each(|planned| planned.begun = true);
                self.forget_old(at);
            }
            (Event::BreakerOpened { agent: id, reason, .. }, _) => {
                let record = self.record(*id);
                record.planned = None;
                record.breaker = Some(Breaker { reason: reason.clone(), since: at });
            }
            (Event::BreakerClosed { agent: id, .. }, _) => {
                let record = self.record(*id);
                record.breaker = None;
                record.restarts.clear();
                record.stillborn = 0;
            }
            (Event::RespawnPaused { team, reason, at: moment, .. }, _) => {
                let pause = Pause { reason: reason.clone(), since: at, at: moment.clone() };
                self.paused.insert(team.clone(), pause);
            }
            (Event::RespawnResumed { team, .. }, _) => {
                self.paused.remove(team);
                self.falls.retain(|fall| fall.team != *team);
            }
            (Event::AgentEnded { agent: id, exit, .. }, Some(agent)) => {
                let (from, ready) = (agent.state.clone(), agent.was_ready);
                let record = self.record(*id);
                record.ended = Some(Ended { exit: *exit, from, seq });
                record.stillborn = if ready { 0 } else { record.stillborn + 1 };
            }
            // It could not even be launched; what was launched and ended has its own event.
            (Event::AgentRestartFailed { agent: id, generation, .. }, Some(agent))
                if agent.generation < *generation =>
            {
                self.record(*id).stillborn += 1;
            }
            (Event::AgentLaunched { agent, .. }, _) => {
                let record = self.record(*agent);
                record.planned = None;
                record.ended = None;
            }
            (Event::AgentRemoved { agent, .. }, _) => drop(self.agents.remove(agent)),
            _ => {}
        }
    }

    /// Of a team that is gone only its share in the host's window is kept.
    pub(crate) fn forget(&mut self, team: &TeamName, agents: &[AgentId]) {
        self.teams.remove(team);
        self.paused.remove(team);
        self.falls.retain(|fall| fall.team != *team);
        self.agents.retain(|agent, _| !agents.contains(agent));
    }

    fn set_policy(&mut self, team: Option<&TeamName>, policy: Option<Policy>) {
        if let Some(team) = team {
            self.teams.insert(team.clone(), policy);
        } else {
            self.teams.clear();
            self.everywhere = policy;
        }
        // What was planned under another word is planned anew.
        for record in self.agents.values_mut() {
            if record.planned.as_ref().is_some_and(|planned| !planned.begun) {
                record.planned = None;
            }
        }
    }

    fn forget_old(&mut self, now: &Moment) {
        let old = |at: &Moment| at.boot == now.boot && at.age(now) > limits::WINDOW_MS;
        for list in [&mut self.restarts, &mut self.falls] {
            while list.front().is_some_and(|first| old(&first.at)) || list.len() > REMEMBERED {
                list.pop_front();
            }
        }
        for record in self.agents.values_mut() {
            while record.restarts.front().is_some_and(old) {
                record.restarts.pop_front();
            }
        }
    }
}
