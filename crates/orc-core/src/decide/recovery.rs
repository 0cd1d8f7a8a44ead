//! A person asks that agents are brought back, or that they are not.

use super::{Decision, running};
use crate::event::Event;
use crate::ids::TeamName;
use crate::recovery::Mode;
use crate::state::State;

/// Asking is also the person's word that it may go on where it had stopped by itself.
pub(super) fn start(
    state: &State,
    team: Option<TeamName>,
    mode: Mode,
    hang_after_ms: Option<u64>,
    by: String,
) -> Decision {
    if let Some(Err(refusal)) = team.as_ref().map(|team| running(state, team)) {
        return Decision::refused(refusal);
    }
    let concerns = |name: &TeamName| team.as_ref().is_none_or(|team| team == name);
    let agents = state.agents.values().filter(|agent| concerns(&agent.team));
    let closed = agents
        .filter(|agent| state.recovery.breaker(agent.id).is_some())
        .map(|agent| Event::BreakerClosed { agent: agent.id, by: format!("recovery start by {by}") });
    let resumed = state.recovery.paused.keys().filter(|name| concerns(name));
    let resumed = resumed
        .map(|team| Event::RespawnResumed { team: team.clone(), by: format!("recovery start by {by}") });
    let mut events: Vec<Event> = closed.chain(resumed).collect();
    events.insert(0, Event::RecoveryStarted { team: team.clone(), mode, hang_after_ms, by: by.clone() });
    Decision::ok(events)
}

pub(super) fn stop(state: &State, team: Option<TeamName>, by: String) -> Decision {
    if let Some(Err(refusal)) = team.as_ref().map(|team| running(state, team)) {
        return Decision::refused(refusal);
    }
    let on = match &team {
        Some(team) => state.recovery.policy(team).is_some(),
        None => state.recovery.everywhere.is_some() || state.recovery.teams.values().any(Option::is_some),
    };
    if on { Decision::ok(vec![Event::RecoveryStopped { team, by }]) } else { Decision::nothing() }
}
