//! What sources say of an agent, weighed against what is known.

use super::{Decision, current};
use crate::event::Event;
use crate::ids::{AgentId, Generation};
use crate::state::State;
use crate::team::{Agent, AgentState, Evidence, Said, Source};
use crate::time::Timestamp;
use crate::weigh::objection;

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
    let evidence = Evidence::new(source, detail, now);
    let agrees = found.state.agrees_with(&seen);
    let same = agrees && source <= found.evidence.source;
    if same || objection(found, &seen, source, now).is_some() {
        return match found.said.get(&source) {
            // It no longer contradicts.
            Some(said) if agrees && !found.state.agrees_with(&said.state) && doubts(found, said) => {
                Decision::ok(vec![Event::AgentSighted { agent, generation, state: seen, evidence }])
            }
            Some(said) if said.state.agrees_with(&seen) && doubts(found, said) => Decision::nothing(),
            _ if agrees => Decision::nothing(),
            _ => Decision::ok(vec![Event::AgentSighted { agent, generation, state: seen, evidence }]),
        };
    }
    let ready = seen.takes_prompt() && !found.was_ready;
    let mut events = vec![Event::AgentChanged { agent, generation, state: seen, evidence }];
    if ready {
        events.extend(team_ready(state, found, now));
    }
    Decision::ok(events)
}

/// Whether a source said its last word after that which the state follows: a contradiction, when it says something
/// else.
fn doubts(agent: &Agent, said: &Said) -> bool {
    said.evidence.at >= agent.evidence.at
}

/// The team's milestone, when this agent was the last that was not ready.
fn team_ready(state: &State, last: &Agent, now: Timestamp) -> Option<Event> {
    let team = state.teams.get(&last.team).filter(|team| team.ready_at.is_none())?;
    state
        .agents_of(team)
        .all(|agent| agent.was_ready || agent.id == last.id)
        .then(|| Event::TeamReady { team: team.name.clone(), took_ms: now.millis_since(team.created_at) })
}
