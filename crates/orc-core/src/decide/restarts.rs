//! Agents are started again: the intent, and what the new launch is handed.

use super::{Decision, Reply, current, running};
use crate::delivery::{Delivery, MessageKind, Outcome, Sender};
use crate::envelope::{SafeText, make_safe};
use crate::error::{Code, Refusal};
use crate::event::Event;
use crate::ids::{AgentId, Generation, MessageId};
use crate::restart::{Cause, Comeback};
use crate::state::State;
use crate::team::{Agent, Evidence, Exit, Source};
use crate::time::Timestamp;

pub(super) fn wanted(state: &State, agent: AgentId, how: Comeback, cause: Cause, why: String) -> Decision {
    let refuse = |code, message: String, hint: &str| Decision::refused(Refusal::new(code, message, hint));
    let Some(found) = state.agent(agent) else {
        return refuse(Code::NotFound, format!("there is no agent {agent}"), "`tmux-orc team list`");
    };
    let team = match running(state, &found.team) {
        Ok(team) => team,
        Err(refusal) => return Decision::refused(refusal),
    };
    if !team.deployed || found.generation == Generation(0) {
        let message = format!("{}:{} is still being made", found.team, found.name);
        return refuse(Code::Conflict, message, "try it again in a moment");
    }
    let pending = found.restart.as_ref();
    if let Some(wish) = pending.filter(|restart| restart.generation > found.generation) {
        // What has been wanted and not begun is the same wish, if it is wanted in the same way.
        if wish.how == how {
            return Decision { events: Vec::new(), reply: Reply::Restarting(wish.generation) };
        }
        let message = format!(
            "{}:{} is about to be started again in another way ({})",
            found.team, found.name, wish.why
        );
        let hint = "wait until `tmux-orc agent status` shows that it is over, then ask again";
        return refuse(Code::Conflict, message, hint);
    }
    let generation = found.generation.next();
    let mut events = vec![Event::AgentRestarting { agent, generation, how, cause, why }];
    if cause == Cause::Asked && state.recovery.breaker(agent).is_some() {
        events.push(Event::BreakerClosed { agent, by: "agent restart".to_owned() });
    }
    Decision { events, reply: Reply::Restarting(generation) }
}

/// Nothing could be started.
pub(super) fn failed(state: &State, agent: AgentId, generation: Generation, reason: String) -> Decision {
    let pending = state.agent(agent).filter(|found| {
        found.generation < generation && found.restart.as_ref().is_some_and(|r| r.generation == generation)
    });
    let Some(found) = pending else { return Decision::stale() };
    Decision::ok(given_up(state, found, generation, reason))
}

/// The restart is over without success: the manager is told.
fn given_up(state: &State, agent: &Agent, generation: Generation, reason: String) -> Vec<Event> {
    let text = format!(
        "{} ({}:{}) could not be started again: {reason}. Messages for it wait.",
        agent.title, agent.team, agent.index
    );
    let failed = Event::AgentRestartFailed { agent: agent.id, generation, reason };
    let told =
        manager(state, agent).map(|to| say(state, 1, agent, MessageKind::Direct, to, make_safe(&text)));
    std::iter::once(failed).chain(told).collect()
}

/// What an end means for the restart that it belongs to: an agent that refused its session, which is one that ended by
/// itself before it was ready, is tried once more with a brief. Anything else is given up, and says nothing about the
/// session: recovery, where it is on, resumes it again within its limits.
pub(super) fn cut_off(state: &State, agent: &Agent, exit: Exit, last_words: &str) -> Vec<Event> {
    let generation = agent.generation;
    let (Some(restart), Some(launch)) = (&agent.restart, &agent.launch) else { return Vec::new() };
    if restart.generation != generation || agent.stopping {
        return Vec::new();
    }
    let word = last_words.lines().rev().map(str::trim).find(|line| !line.is_empty());
    let word = word.map(|word| format!(": {word:.200}")).unwrap_or_default();
    let refused = !agent.was_ready && matches!(exit, Exit::Status(_));
    if launch.how == Some(Comeback::Resume) && refused {
        let why = format!("its session could not be resumed ({exit}{word})");
        let (how, cause) = (Comeback::Brief, Cause::ResumeFailed);
        return vec![Event::AgentRestarting {
            agent: agent.id,
            generation: generation.next(),
            how,
            cause,
            why,
        }];
    }
    let when = if agent.was_ready { "it was told what happened" } else { "it was ready" };
    given_up(state, agent, generation, format!("it ended before {when} ({exit}{word})"))
}

/// What the agent's own queue outside its process holds belongs to a session that is not gone on with.
pub(super) fn kept_by_session(state: &State, agent: AgentId) -> impl Iterator<Item = Event> {
    state.messages.values().filter_map(move |message| match message.recipients.get(&agent)? {
        Delivery::Settled { outcome: Outcome::Queued, attempt, .. } => {
            Some(Event::DeliveryReturned { message: message.id, agent, attempt: *attempt })
        }
        Delivery::Settled { .. } | Delivery::Waiting { .. } | Delivery::Attempting { .. } => None,
    })
}

/// The new launch is ready: what it is told is accepted with the fact, and its manager hears of it.
pub(super) fn restored(
    state: &State,
    agent: AgentId,
    generation: Generation,
    detail: String,
    words: Option<SafeText>,
    now: Timestamp,
) -> Decision {
    let Some(found) = current(state, agent, generation) else { return Decision::stale() };
    let (Some(restart), Some(launch)) = (&found.restart, &found.launch) else { return Decision::stale() };
    if restart.generation != generation {
        return Decision::stale();
    }
    let how = launch.how.unwrap_or(Comeback::Fresh);
    let mut events = outdated(state, found, now);
    events.push(Event::AgentRestored { agent, generation, how, detail: detail.clone() });
    if how == Comeback::Resume && found.native_session.is_none() {
        let session = launch.session.clone();
        events.push(Event::AgentSession { agent, generation, session });
    }
    let mut number = 0;
    if let Some(words) = words {
        number += 1;
        events.push(say(state, number, found, MessageKind::Restored, agent, words));
    }
    if let Some(to) = manager(state, found) {
        number += 1;
        let detail = if detail.is_empty() { detail } else { format!(" ({detail})") };
        let text = format!(
            "{} ({}:{}) was started again ({}): {}{detail}. What waited for it is handed over now.",
            found.title,
            found.team,
            found.index,
            restart.why,
            how.describe(),
        );
        events.push(say(state, number, found, MessageKind::Direct, to, make_safe(&text)));
    }
    Decision::ok(events)
}

/// What an earlier comeback was to be told and has not been: the newer word says it all.
fn outdated(state: &State, agent: &Agent, now: Timestamp) -> Vec<Event> {
    let old = |message: &MessageId| {
        state.messages.get(message).is_some_and(|message| message.kind == MessageKind::Restored)
    };
    let over = |message: &MessageId| Event::DeliverySettled {
        message: *message,
        agent: agent.id,
        attempt: 0,
        outcome: Outcome::Dead { reason: "the agent was started again, a newer one takes its place".into() },
        door: "none".into(),
        evidence: Evidence::new(Source::Process, "started again", now),
    };
    agent.queue.iter().filter(|message| old(message)).map(over).collect()
}

fn manager(state: &State, agent: &Agent) -> Option<AgentId> {
    let team = state.teams.get(&agent.team)?;
    state.manager_of(team, Some(agent.id)).map(|found| found.id)
}

/// The `number`th message that these events accept, from 1.
fn say(
    state: &State,
    number: u64,
    about: &Agent,
    kind: MessageKind,
    to: AgentId,
    SafeText { text, notes }: SafeText,
) -> Event {
    Event::MessageAccepted {
        message: MessageId(state.last_message + number),
        team: about.team.clone(),
        from: Sender::System,
        kind,
        to: vec![to],
        text,
        notes,
        key: None,
    }
}
