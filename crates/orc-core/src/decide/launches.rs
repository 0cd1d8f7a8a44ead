//! Processes of agents begin and end.

use super::{Decision, current, restarts, teams};
use crate::delivery::{Delivery, Outcome, PASTE};
use crate::event::Event;
use crate::ids::{AgentId, Generation};
use crate::prompt::{Closed, Prompt};
use crate::restart::Comeback;
use crate::state::State;
use crate::team::{Agent, Evidence, Exit, Launch, Source, TeamPhase};
use crate::time::Timestamp;

pub(super) fn launched(state: &State, agent: AgentId, generation: Generation, launch: Launch) -> Decision {
    // A team that is being stopped takes no new process: who started it ends it again.
    let wanted = |found: &Agent| {
        let phase = state.teams.get(&found.team).map(|team| team.phase);
        // The first launch belongs to the making of the team, every other to an intent that the log holds.
        let meant = match &found.restart {
            Some(restart) => restart.generation == generation,
            None => found.generation == Generation(0),
        };
        !found.stopping && phase == Some(TeamPhase::Running) && meant
    };
    match state.agent(agent) {
        Some(found) if found.launch.is_none() && generation > found.generation && wanted(found) => {
            let mut events = Vec::new();
            if matches!(launch.how, Some(Comeback::Brief | Comeback::Fresh)) {
                events.extend(restarts::kept_by_session(state, agent));
            }
            events.push(Event::AgentLaunched { agent, generation, launch });
            Decision::ok(events)
        }
        _ => Decision::stale(),
    }
}

pub(super) fn session(state: &State, agent: AgentId, generation: Generation, session: String) -> Decision {
    match current(state, agent, generation) {
        Some(found) if found.native_session.as_ref() == Some(&session) => Decision::nothing(),
        Some(_) => Decision::ok(vec![Event::AgentSession { agent, generation, session }]),
        None => Decision::stale(),
    }
}

pub(super) fn program(state: &State, agent: AgentId, generation: Generation, program: String) -> Decision {
    match current(state, agent, generation) {
        Some(found) if found.program.is_none() => {
            Decision::ok(vec![Event::AgentProgram { agent, generation, program }])
        }
        Some(_) => Decision::nothing(),
        None => Decision::stale(),
    }
}

/// Messages that the agent only held in its own queue: they go back to ours. What a native door keeps outlives
/// the process and is not handed over twice.
fn unread(state: &State, agent: AgentId) -> impl Iterator<Item = Event> {
    state.messages.values().filter_map(move |message| match message.recipients.get(&agent)? {
        Delivery::Settled { outcome: Outcome::Queued, door, attempt, .. } if door == PASTE => {
            Some(Event::DeliveryReturned { message: message.id, agent, attempt: *attempt })
        }
        Delivery::Settled { .. } | Delivery::Waiting { .. } | Delivery::Attempting { .. } => None,
    })
}

/// The same for a message to an agent that does not come back.
fn never_read(returned: Event, exit: Exit, now: Timestamp) -> Option<Event> {
    let Event::DeliveryReturned { message, agent, attempt } = returned else { return None };
    let outcome = Outcome::Dead { reason: "the team was stopped before the agent read it".to_owned() };
    let evidence = Evidence::new(Source::Process, exit.to_string(), now);
    Some(Event::DeliverySettled { message, agent, attempt, outcome, door: PASTE.to_owned(), evidence })
}

pub(super) fn ended(
    state: &State,
    agent: AgentId,
    generation: Generation,
    exit: Exit,
    last_words: String,
    now: Timestamp,
) -> Decision {
    let Some(found) = current(state, agent, generation) else {
        return Decision::stale();
    };
    let again = restarts::cut_off(state, found, exit, &last_words);
    let mut events = vec![Event::AgentEnded { agent, generation, exit, last_words }];
    let closed = |prompt: &Prompt| Event::PromptClosed { agent, prompt: prompt.id, how: Closed::AgentEnded };
    events.extend(found.prompt.as_ref().map(closed));
    // What was being handed over when it ended: the executor knows whether a byte was typed and says so; here
    // only what the executor can no longer report is closed, when the team ends.
    if let Some(active) = found.active.filter(|_| found.stopping) {
        events.push(Event::DeliverySettled {
            message: active.message,
            agent,
            attempt: active.attempt,
            outcome: Outcome::Dead { reason: "the team was stopped during the delivery".into() },
            door: "none".into(),
            evidence: Evidence::new(Source::Process, format!("{exit}"), now),
        });
    }
    let left: Vec<Event> = unread(state, agent).collect();
    if found.stopping {
        events.extend(left.into_iter().filter_map(|event| never_read(event, exit, now)));
    } else {
        events.extend(left);
    }
    events.extend(again);
    let mut after = state.clone();
    for event in &events {
        after.apply(state.seq, now, event);
    }
    events.extend(teams::stopped_if_empty(&after, &found.team, Some(agent), now));
    Decision::ok(events)
}
