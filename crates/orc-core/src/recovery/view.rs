//! What clients are shown of recovery: plain projections of state.

use serde::{Deserialize, Serialize};

use super::judge::{Verdict, verdict};
use super::limits::WINDOW_MS;
use super::schedule::{agents_of_host, wait, waiting, within};
use super::{Mode, Policy, Recovery};
use crate::ids::{AgentId, TeamName};
use crate::state::State;
use crate::team::{Agent, Team, TeamPhase};
use crate::time::{Moment, Timestamp};

/// Recovery of the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryView {
    /// What holds for teams that have no word of their own, also for later ones.
    pub everywhere: Option<PolicyView>,
    /// Restarts on the host within the window.
    pub restarts: usize,
    /// The window over which restarts are counted (milliseconds).
    pub window_ms: u64,
    /// The teams that run.
    pub teams: Vec<TeamRecovery>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyView {
    /// How eagerly.
    pub mode: Mode,
    /// Since when.
    pub since: Timestamp,
    /// Who asked for it.
    pub by: String,
    /// No progress for so long is a hang (milliseconds).
    pub hang_after_ms: u64,
}

/// Recovery of one team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRecovery {
    /// The team.
    pub team: TeamName,
    /// What holds for it; nothing when recovery is off.
    pub policy: Option<PolicyView>,
    /// Its restarts within the window.
    pub restarts: usize,
    /// No more than so many.
    pub most: usize,
    /// No more than so many on the whole host while this team is concerned.
    pub most_of_host: usize,
    /// Why nobody of it is restarted for now.
    pub paused: Option<Standstill>,
    /// Its agents.
    pub agents: Vec<AgentRecovery>,
    /// What a person may do next, as commands.
    pub next: Vec<String>,
}

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standstill {
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// Recovery of one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRecovery {
    /// The agent.
    pub id: AgentId,
    /// `team:index`.
    pub target: String,
    /// Its restarts within the window.
    pub restarts: usize,
    /// No more than so many; nothing when recovery is off.
    pub most: Option<usize>,
    /// How it stands.
    pub standing: Standing,
}

/// How an agent stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Standing {
    /// Recovery has nothing to do with it.
    Fine,
    /// It fell and will be restarted.
    Planned {
        /// The restart's number within the window.
        attempt: u32,
        /// Why.
        why: String,
        /// When (milliseconds from now); nothing while the team pauses.
        in_ms: Option<u64>,
    },
    /// It is left alone until a person acts.
    Left {
        /// Why.
        why: String,
    },
    /// It fell too often.
    Broken(Standstill),
}

impl Standing {
    /// For people; empty when there is nothing to say.
    pub fn describe(&self) -> String {
        match self {
            Self::Fine => String::new(),
            Self::Planned { attempt, why, in_ms: Some(ms) } => {
                let (seconds, tenths) = (ms / 1000, ms % 1000 / 100);
                format!("restart {attempt} in {seconds}.{tenths} s: {why}")
            }
            Self::Planned { attempt, why, in_ms: None } => format!("restart {attempt} waits: {why}"),
            Self::Left { why } => format!("left alone: {why}"),
            Self::Broken(still) => format!("breaker open: {}", still.reason),
        }
    }
}

/// Recovery of the host, or of one of its teams.
pub fn host(state: &State, team: Option<&TeamName>, now: &Moment) -> RecoveryView {
    let recovery = &state.recovery;
    let wanted = |one: &&Team| one.phase == TeamPhase::Running && team.is_none_or(|name| *name == one.name);
    RecoveryView {
        everywhere: recovery.everywhere.as_ref().map(policy),
        restarts: within(recovery.restarts.iter().map(|one| &one.at), WINDOW_MS, now),
        window_ms: WINDOW_MS,
        teams: state.teams.values().filter(wanted).map(|team| of_team(state, team, now)).collect(),
    }
}

fn policy(policy: &Policy) -> PolicyView {
    PolicyView {
        mode: policy.mode,
        since: policy.since,
        by: policy.by.clone(),
        hang_after_ms: policy.hang_after_ms(),
    }
}

/// Recovery of one team.
pub fn of_team(state: &State, team: &Team, now: &Moment) -> TeamRecovery {
    let recovery = &state.recovery;
    let own = recovery.policy(&team.name);
    let limits = own.map(|policy| policy.mode.limits());
    let restarts = recovery.restarts.iter().filter(|one| one.team == team.name).map(|one| &one.at);
    let paused = recovery.paused.get(&team.name);
    let agents: Vec<AgentRecovery> =
        state.agents_of(team).map(|agent| of_agent(state, recovery, agent, now)).collect();
    TeamRecovery {
        team: team.name.clone(),
        policy: own.map(policy),
        restarts: within(restarts, WINDOW_MS, now),
        most: limits.map_or(0, |limits| limits.of_team(team.agents.len())),
        most_of_host: limits.map_or(0, |limits| limits.of_host(agents_of_host(state))),
        paused: paused.map(|pause| Standstill { reason: pause.reason.clone(), since: pause.since }),
        next: commands(team, own, paused.is_some(), &agents),
        agents,
    }
}

fn commands(team: &Team, own: Option<&Policy>, paused: bool, agents: &[AgentRecovery]) -> Vec<String> {
    let start = |mode: Mode| {
        let flag = if mode == Mode::Emergency { " --emergency" } else { "" };
        format!("tmux-orc recovery start{flag} --session {}", team.name)
    };
    let Some(policy) = own else { return vec![start(Mode::Normal)] };
    let stuck =
        |agent: &&AgentRecovery| matches!(agent.standing, Standing::Left { .. } | Standing::Broken(_));
    let mut commands: Vec<String> = agents
        .iter()
        .filter(stuck)
        .map(|agent| format!("tmux-orc agent restart {} --restore-context", agent.target))
        .collect();
    if paused {
        commands.insert(0, start(policy.mode));
    }
    commands
}

/// How one agent stands.
pub fn of_agent(state: &State, recovery: &Recovery, agent: &Agent, now: &Moment) -> AgentRecovery {
    let record = recovery.agents.get(&agent.id);
    let limits = recovery.policy(&agent.team).map(|policy| policy.mode.limits());
    let breaker = record.and_then(|record| record.breaker.as_ref());
    let standing = match (verdict(state, recovery, agent), breaker) {
        (_, Some(breaker)) => {
            Standing::Broken(Standstill { reason: breaker.reason.clone(), since: breaker.since })
        }
        (Verdict::Leave(leave), None) => Standing::Left { why: leave.describe() },
        (Verdict::Restart(fall), None) => Standing::Planned {
            attempt: waiting(recovery, agent).map_or(1, |planned| planned.attempt),
            why: fall.to_string(),
            in_ms: wait(state, recovery, agent, now),
        },
        (Verdict::Fine, None) => Standing::Fine,
    };
    AgentRecovery {
        id: agent.id,
        target: format!("{}:{}", agent.team, agent.index),
        restarts: record.map_or(0, |record| within(&record.restarts, WINDOW_MS, now)),
        most: limits.map(|limits| limits.per_agent),
        standing,
    }
}
