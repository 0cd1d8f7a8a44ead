//! Messages are accepted, handed over and settled.

use super::{Decision, Reply, current, running, talk};
use crate::delivery::{Delivery, MessageKind, Outcome, PASTE, Sender};
use crate::envelope::SafeText;
use crate::error::{Code, Refusal};
use crate::event::Event;
use crate::ids::{AgentId, Generation, MessageId, SendKey, TeamName};
use crate::sent::Sent;
use crate::state::State;
use crate::team::{Evidence, Source};
use crate::time::Timestamp;

#[expect(clippy::too_many_arguments, reason = "the fields of one input, taken apart by the exhaustive match")]
pub(super) fn send(
    state: &State,
    team: &TeamName,
    from: Sender,
    kind: MessageKind,
    to: Vec<AgentId>,
    text: SafeText,
    key: Option<SendKey>,
    now: Timestamp,
) -> Decision {
    // Also when the team has been stopped since: the question is what became of the first command.
    if let Some(known) = key.as_ref().and_then(|key| state.sent.find(team, &from, key)) {
        return known_key(known, kind, &to, &text);
    }
    let found = match running(state, team) {
        Ok(found) => found,
        Err(refusal) => return Decision::refused(refusal),
    };
    if text.text.trim().is_empty() {
        return Decision::refused(Refusal::new(
            Code::BadRequest,
            "the message is empty",
            "give the text as an argument, with --file FILE, or `-` to read standard input",
        ));
    }
    if !found.deployed {
        return Decision::refused(Refusal::new(
            Code::Conflict,
            format!("team `{team}` is still being made"),
            "send it again in a moment",
        ));
    }
    if to.is_empty() || to.iter().any(|id| !found.agents.contains(id)) {
        return Decision::refused(Refusal::new(
            Code::NotFound,
            format!("team `{team}` has no such agent"),
            format!("`tmux-orc team status {team}` lists them"),
        ));
    }
    if let Some(stopped) = talk::refusal(state, found, &from, &to, now) {
        return stopped;
    }
    let message = MessageId(state.last_message + 1);
    let SafeText { text, notes } = text;
    let event = Event::MessageAccepted { message, team: team.clone(), from, kind, to, text, notes, key };
    Decision { events: vec![event], reply: Reply::Accepted(message) }
}

/// The same message is the same; another one under its key is a mistake of whoever made the keys.
fn known_key(known: &Sent, kind: MessageKind, to: &[AgentId], text: &SafeText) -> Decision {
    if known.is(kind, to, &text.text) {
        return Decision { events: Vec::new(), reply: Reply::Repeated(known.message) };
    }
    let message = known.message;
    Decision::refused(Refusal::new(
        Code::Conflict,
        format!("the key `{}` belongs to another message, {message}", known.key),
        "give each message a key of its own; the same command repeated may have the same",
    ))
}

pub(super) fn begin(
    state: &State,
    message: MessageId,
    agent: AgentId,
    generation: Generation,
    door: String,
) -> Decision {
    let Some(found) = current(state, agent, generation) else {
        return Decision::stale();
    };
    let delivery = state.messages.get(&message).and_then(|m| m.recipients.get(&agent));
    match (delivery, found.active, found.queue.front()) {
        (Some(Delivery::Waiting { attempts, .. }), None, Some(first)) if *first == message => {
            let attempt = attempts + 1;
            Decision {
                events: vec![Event::DeliveryStarted { message, agent, attempt, generation, door }],
                reply: Reply::Begin { attempt },
            }
        }
        _ => Decision::stale(),
    }
}

fn attempting(state: &State, message: MessageId, agent: AgentId, attempt: u32) -> bool {
    let delivery = state.messages.get(&message).and_then(|m| m.recipients.get(&agent));
    matches!(delivery, Some(Delivery::Attempting { attempt: current, .. }) if *current == attempt)
}

pub(super) fn refused(
    state: &State,
    message: MessageId,
    agent: AgentId,
    attempt: u32,
    reason: String,
) -> Decision {
    if !attempting(state, message, agent, attempt) {
        return Decision::stale();
    }
    Decision::ok(vec![Event::DeliveryRefused { message, agent, attempt, reason }])
}

#[expect(clippy::too_many_arguments, reason = "the fields of one input, taken apart by the exhaustive match")]
pub(super) fn ended(
    state: &State,
    message: MessageId,
    agent: AgentId,
    attempt: u32,
    outcome: Outcome,
    door: String,
    source: Source,
    detail: String,
    now: Timestamp,
) -> Decision {
    let runs = state.agent(agent).is_some_and(|found| found.launch.is_some());
    let upgrades = match state.messages.get(&message).and_then(|m| m.recipients.get(&agent)) {
        Some(Delivery::Attempting { attempt: current, .. }) => *current == attempt,
        // The queue of an agent that does not run is gone, whoever has seen the message in it before.
        Some(Delivery::Settled { .. }) if outcome == Outcome::Queued && !runs => false,
        Some(Delivery::Settled { outcome: old, .. }) => old.may_become(&outcome),
        Some(Delivery::Waiting { .. }) | None => false,
    };
    if !upgrades {
        return Decision::stale();
    }
    let evidence = Evidence::new(source, detail, now);
    Decision::ok(vec![Event::DeliverySettled { message, agent, attempt, outcome, door, evidence }])
}

/// The agent's own word that it took a prompt. Only a message that has been handed to this agent can be taken:
/// an agent that quotes another's envelope proves nothing.
pub(super) fn taken(
    state: &State,
    agent: AgentId,
    generation: Generation,
    messages: &[MessageId],
    source: Source,
    detail: &str,
    now: Timestamp,
) -> Decision {
    // A hook may be told after the end of the launch that it speaks of, even when the next one runs.
    let Some(found) = state.agent(agent).filter(|found| generation <= found.generation) else {
        return Decision::stale();
    };
    let attempted = found.active.map(|active| active.generation);
    let settle = |message: &MessageId| {
        let (attempt, door) = match state.messages.get(message)?.recipients.get(&agent)? {
            // What an earlier launch took says nothing of what is being typed into this one.
            Delivery::Attempting { attempt, door } if attempted == Some(generation) => {
                (*attempt, door.clone())
            }
            Delivery::Settled { outcome, door, attempt, .. }
                if outcome.may_become(&Outcome::Acknowledged) =>
            {
                (*attempt, door.clone())
            }
            // It was handed over once and taken back as not read: the agent says otherwise, and it must know.
            Delivery::Waiting { attempts: attempts @ 1.., .. } => (*attempts, PASTE.to_owned()),
            Delivery::Waiting { .. } | Delivery::Settled { .. } | Delivery::Attempting { .. } => return None,
        };
        let evidence = Evidence::new(source, detail, now);
        let outcome = Outcome::Acknowledged;
        Some(Event::DeliverySettled { message: *message, agent, attempt, outcome, door, evidence })
    };
    Decision::ok(messages.iter().filter_map(settle).collect())
}
