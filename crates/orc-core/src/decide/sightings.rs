//! What sources say of an agent, weighed against what is known.

use super::{Decision, current};
use crate::event::Event;
use crate::ids::{AgentId, Generation};
use crate::state::State;
use crate::team::{Agent, AgentState, Evidence, Need, Said, Source};
use crate::time::Timestamp;

/// The frames that are drawn this long after the end of a turn (milliseconds) may still show it.
const AFTERGLOW_MS: u64 = 1000;

/// The newest evidence wins, with exceptions. What is drawn does not overrule the agent's own status, because some
/// agents look idle while they stream; it may still say that the start-up is over, that a dialog is open, or what a turn
/// waits for. A hook does not end a turn of which the status speaks: it fires a moment before the end. The screen shows
/// a turn for a moment after the hook of its end, and the refused key of the last turn for a moment after the hook of
/// the next; and when the agent itself says that a turn ended well, no words on its screen make it a failed one. A start-up that is over does not come back: some agents blank their
/// screen between two views. That a turn has failed goes on to be true when the agent then says that it rests; and that
/// it hangs is a proof that a screen which shows a turn does not refute. Where another program runs, only what is known
/// of the process counts: all else speaks of the agent that was.
fn outweighs(agent: &Agent, seen: &AgentState, source: Source, now: Timestamp) -> bool {
    let starting = matches!(agent.state, AgentState::Starting | AgentState::Unknown);
    let dialog = matches!(seen, AgentState::NeedsPerson { .. });
    let drawn = matches!(source, Source::Screen | Source::Title);
    let by = agent.evidence.source;
    if drawn && agent.was_ready && *seen == AgentState::Starting {
        return false;
    }
    if matches!(agent.state, AgentState::FailedTurn { .. }) && *seen == AgentState::Idle {
        return drawn && matches!(by, Source::Screen | Source::Title);
    }
    if matches!(agent.state, AgentState::Hung { .. }) && seen.is_turn() {
        return !drawn;
    }
    if matches!(agent.state, AgentState::Replaced { .. }) || matches!(seen, AgentState::Replaced { .. }) {
        return source == Source::Process;
    }
    if matches!(seen, AgentState::Hung { .. }) {
        return !dialog_is_open(agent);
    }
    if drawn && by == Source::Hook && agent.state.takes_prompt() && seen.is_turn() {
        return now.millis_since(agent.evidence.at) > AFTERGLOW_MS;
    }
    let login = *seen == AgentState::NeedsPerson { need: Need::Login };
    if drawn && by == Source::Hook && agent.state.is_turn() && login {
        return now.millis_since(agent.evidence.at) > AFTERGLOW_MS;
    }
    if drawn
        && by > Source::Process
        && agent.state == AgentState::Idle
        && matches!(seen, AgentState::FailedTurn { .. })
    {
        return false;
    }
    let own = agent.said.get(&Source::Status).map(|said| &said.state);
    match source {
        Source::Screen | Source::Title | Source::Process => match own {
            Some(own) if own.is_turn() => {
                starting || dialog || (seen.is_turn() && agent.state != AgentState::Idle)
            }
            _ => by != Source::Status || starting || dialog,
        },
        Source::Hook | Source::File => {
            !(own == Some(&AgentState::Working) && agent.state.is_turn() && *seen == AgentState::Idle)
        }
        Source::Status | Source::None => true,
    }
}

/// It stands still because a person must act, and says so itself.
fn dialog_is_open(agent: &Agent) -> bool {
    matches!(agent.state, AgentState::NeedsPerson { .. })
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
    let evidence = Evidence::new(source, detail, now);
    let agrees = found.state.agrees_with(&seen);
    let same = agrees && source <= found.evidence.source;
    if same || !outweighs(found, &seen, source, now) {
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
