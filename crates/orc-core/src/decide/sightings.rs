//! What sources say of an agent, weighed against what is known.

use super::{Decision, current};
use crate::event::Event;
use crate::ids::{AgentId, Generation};
use crate::state::State;
use crate::team::{Agent, AgentState, Evidence, Source};
use crate::time::Timestamp;

/// The frames that are drawn this long after the end of a turn (milliseconds) may still show it.
const AFTERGLOW_MS: u64 = 1000;

/// The newest evidence wins, with four exceptions. A screen rule does not overrule the agent's own status, because
/// some agents look idle while they stream; it may still say that the start-up is over or that a dialog is open. A
/// hook does not end a turn of which the status speaks: it fires a moment before the end. The screen shows a turn for a
/// moment after the hook of its end. And a start-up that is over does not come back: some agents blank their screen
/// between two views.
fn outweighs(agent: &Agent, seen: &AgentState, source: Source, now: Timestamp) -> bool {
    let starting = matches!(agent.state, AgentState::Starting | AgentState::Unknown);
    let dialog = matches!(seen, AgentState::NeedsPerson { .. });
    match (source, agent.evidence.source) {
        (Source::Screen, _) if agent.was_ready && *seen == AgentState::Starting => false,
        (Source::Screen, Source::Hook) if agent.state == AgentState::Idle && *seen == AgentState::Working => {
            now.millis_since(agent.evidence.at) > AFTERGLOW_MS
        }
        (Source::Hook, Source::Status) => !(agent.state == AgentState::Working && *seen == AgentState::Idle),
        (Source::Screen | Source::Process, Source::Status) => starting || dialog,
        _ => true,
    }
}

pub(super) fn seen(
    state: &State,
    agent: AgentId,
    generation: Generation,
    seen: AgentState,
    source: Source,
    detail: String,
    now: Timestamp,
) -> Decision {
    let Some(found) = current(state, agent, generation) else {
        return Decision::stale();
    };
    let same = found.state == seen && (found.evidence.source == source || source < found.evidence.source);
    if same || !outweighs(found, &seen, source, now) {
        return Decision::nothing();
    }
    let ready = seen == AgentState::Idle && !found.was_ready;
    let mut events = vec![Event::AgentChanged {
        agent,
        generation,
        state: seen,
        evidence: Evidence::new(source, detail, now),
    }];
    if ready {
        events.extend(team_ready(state, found, now));
    }
    Decision::ok(events)
}

/// The team's milestone, when this agent was the last that was not ready.
fn team_ready(state: &State, last: &Agent, now: Timestamp) -> Option<Event> {
    let team = state.teams.get(&last.team).filter(|team| team.ready_at.is_none())?;
    state
        .agents_of(team)
        .all(|agent| agent.was_ready || agent.id == last.id)
        .then(|| Event::TeamReady { team: team.name.clone(), took_ms: now.millis_since(team.created_at) })
}
