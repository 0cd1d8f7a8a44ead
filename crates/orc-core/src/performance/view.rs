//! The figures as they are shown.

use serde::{Deserialize, Serialize};

use super::findings::Finding;
use super::latency::Latency;
use super::ledger::Ledger;
use super::load::{Host, Usage};
use crate::ids::{AgentId, AgentName, TeamName};
use crate::team::{AgentState, TeamPhase};
use crate::time::Timestamp;
use crate::view::{AgentView, TeamView};

/// Figures of teams and of their host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// The host.
    pub host: Host,
    /// The teams.
    pub teams: Vec<TeamPerformance>,
    /// What these figures say is wrong, worst first.
    pub findings: Vec<Finding>,
}

/// Figures of one team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamPerformance {
    /// The team.
    pub team: TeamName,
    /// Where it is in its life.
    pub phase: TeamPhase,
    /// When it was made.
    pub created_at: Timestamp,
    /// What the figures are of: from then to now, or to its end (milliseconds).
    pub window_ms: u64,
    /// Its agents in order.
    pub agents: Vec<AgentPerformance>,
}

/// Figures of one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentPerformance {
    /// Its id.
    pub id: AgentId,
    /// `team:index`.
    pub target: String,
    /// Its name.
    pub name: AgentName,
    /// Its title.
    pub title: String,
    /// Its state.
    pub state: AgentState,
    /// How long it has been in it (milliseconds).
    pub in_state_ms: u64,
    /// How long it has existed (milliseconds); the times of its states add up to this.
    pub age_ms: u64,
    /// The time in each state that it was in, the longest first.
    pub states: Vec<StateTime>,
    /// How long the running turn has lasted (milliseconds), if one runs.
    pub running_ms: Option<u64>,
    /// How long its turns lasted that are over.
    pub turns: Latency,
    /// From the acceptance of a message to the first attempt.
    pub waited: Latency,
    /// From the start of the last attempt to the end of the delivery.
    pub handed_over: Latency,
    /// From the acceptance of a message to the end of its delivery.
    pub delivered: Latency,
    /// Messages that nobody will hand over any more.
    pub dead: usize,
    /// Messages that it does not have yet.
    pub queued: usize,
    /// How long the oldest of them has waited (milliseconds).
    pub oldest_ms: Option<u64>,
    /// Why they wait, if they do.
    pub hold: Option<String>,
    /// Launches after its first.
    pub restarts: usize,
    /// What its process tree uses; nothing when it does not run.
    pub usage: Option<Usage>,
}

/// The time in one state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateTime {
    /// The state's word.
    pub state: String,
    /// How long (milliseconds).
    pub spent_ms: u64,
}

impl AgentPerformance {
    /// The time in the state of this word (milliseconds).
    pub fn spent(&self, word: &str) -> u64 {
        self.states.iter().find(|time| time.state == word).map_or(0, |time| time.spent_ms)
    }
}

/// The figures of a team. `usage` says what an agent's process tree uses, where it was measured.
pub fn figures(
    team: &TeamView,
    ledger: &Ledger,
    usage: impl Fn(AgentId) -> Option<Usage>,
) -> TeamPerformance {
    let of = |agent: &AgentView| figures_of(agent, ledger, usage(agent.id));
    TeamPerformance {
        team: team.team.clone(),
        phase: team.phase,
        created_at: team.created_at,
        window_ms: ledger.now(),
        agents: team.agents.iter().filter_map(of).collect(),
    }
}

fn figures_of(agent: &AgentView, ledger: &Ledger, usage: Option<Usage>) -> Option<AgentPerformance> {
    let (course, now) = (ledger.course(agent.id)?, ledger.now());
    let spent = course.spent(0, now).into_iter();
    let mut states: Vec<StateTime> =
        spent.map(|(word, spent_ms)| StateTime { state: word.to_owned(), spent_ms }).collect();
    states.sort_by_key(|time| std::cmp::Reverse(time.spent_ms));
    let settled = course.settled_since(0);
    Some(AgentPerformance {
        id: agent.id,
        target: agent.target.clone(),
        name: agent.name.clone(),
        title: agent.title.clone(),
        state: course.state().clone(),
        in_state_ms: course.in_state(now),
        age_ms: course.age(now),
        states,
        running_ms: course.running(now),
        turns: course.turn_lengths(),
        waited: Latency::of(settled.iter().map(|one| one.waited)),
        handed_over: Latency::of(settled.iter().map(|one| one.handed_over)),
        delivered: Latency::of(settled.iter().map(|one| one.delivered)),
        dead: course.dead(),
        queued: course.queued(),
        oldest_ms: course.oldest(now),
        hold: agent.hold.clone(),
        restarts: course.restarts_since(0),
        usage,
    })
}
