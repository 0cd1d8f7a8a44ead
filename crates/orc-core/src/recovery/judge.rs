//! What the end of an agent, or its standing still, means for recovery.

use super::{Fall, Mode, Recovery};
use crate::state::State;
use crate::team::{Agent, AgentState, Exit, Need, TeamPhase};

/// What is to be done about an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong with it, or somebody else takes care of it.
    Fine,
    /// It is to be restarted.
    Restart(Fall),
    /// It stays as it is until a person acts.
    Leave(Leave),
}

/// Why an agent that does not work is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// It ended with status 0: as far as anybody can tell, somebody wanted that.
    CleanExit,
    /// It ended while it waited for a person at its start: it would ask the same again.
    Setup(Need),
    /// A shell runs in its place: somebody may be at work there.
    Shell,
    /// It was restarted too often.
    BreakerOpen,
}

impl Leave {
    /// In words, for people.
    pub fn describe(self) -> String {
        match self {
            Self::CleanExit => {
                "it ended by itself with status 0, as if somebody had told it to; only emergency mode restarts that"
                    .to_owned()
            }
            Self::Setup(need) => {
                format!("it ended while it waited for a person ({}); a restart would only ask again", need.name())
            }
            Self::Shell => {
                "a shell runs in its place, perhaps with somebody at work in it; only emergency mode ends that".to_owned()
            }
            Self::BreakerOpen => "its breaker is open: only a person restarts it".to_owned(),
        }
    }
}

/// What is to be done about this agent, by the policy of its team.
pub fn verdict(state: &State, recovery: &Recovery, agent: &Agent) -> Verdict {
    let team = state.teams.get(&agent.team);
    let serves = team.is_some_and(|team| team.phase == TeamPhase::Running && team.deployed);
    let idle = !agent.stopping && agent.restart.is_none();
    let Some(policy) = recovery.policy(&agent.team).filter(|_| serves && idle) else {
        return Verdict::Fine;
    };
    let record = recovery.agents.get(&agent.id);
    let fall = match &agent.state {
        AgentState::Exited { exit } => Fall::Ended { exit: *exit },
        AgentState::Hung { proof, .. } => Fall::Hung { proof: proof.clone() },
        AgentState::Replaced { by } => Fall::Replaced { by: by.clone() },
        // A restart mends no dialog, which comes again, no limit, which stays, and no failed turn, which is over.
        AgentState::NeedsPerson { .. }
        | AgentState::WaitingOnProvider { .. }
        | AgentState::FailedTurn { .. }
        | AgentState::Starting
        | AgentState::Idle
        | AgentState::Working
        | AgentState::Unknown => return Verdict::Fine,
    };
    if recovery.breaker(agent.id).is_some() {
        return Verdict::Leave(Leave::BreakerOpen);
    }
    if let Fall::Ended { exit } = fall {
        let from = record.and_then(|record| record.ended.as_ref()).map(|ended| &ended.from);
        if let Some(AgentState::NeedsPerson { need: need @ (Need::Trust | Need::Login | Need::Onboarding) }) =
            from
        {
            return Verdict::Leave(Leave::Setup(*need));
        }
        if exit == Exit::Status(0) && policy.mode == Mode::Normal {
            return Verdict::Leave(Leave::CleanExit);
        }
    }
    if matches!(fall, Fall::Replaced { .. }) && policy.mode == Mode::Normal {
        return Verdict::Leave(Leave::Shell);
    }
    Verdict::Restart(fall)
}
