//! Teams come and go.

use std::collections::BTreeSet;

use super::{Decision, Reply, running};
use crate::delivery::{MessageKind, Outcome, Sender};
use crate::envelope::SafeText;
use crate::error::{Code, Refusal};
use crate::event::Event;
use crate::ids::{AgentId, AgentName, CompositionId, MessageId, TeamName};
use crate::input::NewAgent;
use crate::state::State;
use crate::team::{Agent, Evidence, Source, TeamPhase};
use crate::time::Timestamp;

pub(super) fn create(
    state: &State,
    team: TeamName,
    kind: CompositionId,
    dir: String,
    members: Vec<NewAgent>,
) -> Decision {
    if state.teams.get(&team).is_some_and(|known| known.phase != TeamPhase::Stopped) {
        return Decision::refused(Refusal::new(
            Code::Conflict,
            format!("there is already a team `{team}`"),
            format!("choose another --project-name, or end it: `tmux-orc team stop {team}`"),
        ));
    }
    let mut events = vec![Event::TeamCreated { team: team.clone(), kind, dir }];
    let mut ids = Vec::new();
    for (index, member) in members.into_iter().enumerate() {
        let agent = AgentId(state.last_agent + 1 + index as u64);
        ids.push(agent);
        events.push(added(agent, &team, index, member));
    }
    Decision { events, reply: Reply::Added(ids) }
}

/// The team runs, its incident is declared, and its first messages are accepted, in one step: there is no running team
/// without its brief.
pub(super) fn deployed(
    state: &State,
    team: &TeamName,
    briefs: Vec<(AgentId, SafeText)>,
    broadcast: Option<SafeText>,
    incident: Vec<Event>,
) -> Decision {
    let found = match state.teams.get(team) {
        Some(found) if found.phase == TeamPhase::Running && !found.deployed => found,
        _ => return Decision::stale(),
    };
    let everybody = found.agents.clone();
    let briefs =
        briefs.into_iter().map(|(agent, text)| (Sender::System, MessageKind::Brief, vec![agent], text));
    let broadcast = broadcast.map(|text| (Sender::Operator, MessageKind::Broadcast, everybody, text));
    let accepted =
        |(number, (from, kind, to, text)): (usize, (Sender, MessageKind, Vec<AgentId>, SafeText))| {
            let message = MessageId(state.last_message + 1 + number as u64);
            Event::MessageAccepted {
                message,
                team: team.clone(),
                from,
                kind,
                to,
                text: text.text,
                notes: text.notes,
                key: None,
            }
        };
    let mut events = vec![Event::TeamDeployed { team: team.clone(), declared: !incident.is_empty() }];
    events.extend(incident);
    events.extend(briefs.chain(broadcast).enumerate().map(accepted));
    Decision::ok(events)
}

pub(super) fn add(state: &State, team: &TeamName, mut member: NewAgent) -> Decision {
    let found = match running(state, team) {
        Ok(found) => found,
        Err(refusal) => return Decision::refused(refusal),
    };
    let taken: BTreeSet<&str> = state.agents_of(found).map(|agent| agent.name.as_str()).collect();
    member.name = free_name(&member.name, &taken);
    let index = state.agents_of(found).map(|agent| agent.index + 1).max().unwrap_or(0);
    let agent = AgentId(state.last_agent + 1);
    Decision { events: vec![added(agent, team, index, member)], reply: Reply::Added(vec![agent]) }
}

fn added(agent: AgentId, team: &TeamName, index: usize, member: NewAgent) -> Event {
    let NewAgent { name, title, role, profile, dir } = member;
    Event::AgentAdded { agent, team: team.clone(), index, name, title, role, profile, dir }
}

/// `name`, or `name-2`, `name-3`, … when it is taken.
pub fn free_name(name: &AgentName, taken: &BTreeSet<&str>) -> AgentName {
    let stem: String = name.as_str().chars().take(34).collect();
    let mut free = name.clone();
    let mut number = 1;
    while taken.contains(free.as_str()) {
        number += 1;
        free = format!("{stem}-{number}").parse().expect("a name shortened and numbered is a name");
    }
    free
}

pub(super) fn abort(state: &State, team: &TeamName, reason: String, now: Timestamp) -> Decision {
    let Some(found) = state.teams.get(team) else { return Decision::stale() };
    let mut events = unread(state.agents_of(found), "the team was taken back", now);
    events.push(Event::TeamAborted { team: team.clone(), reason });
    Decision::ok(events)
}

pub(super) fn remove(state: &State, agent: AgentId, reason: String, now: Timestamp) -> Decision {
    let Some(found) = state.agent(agent) else { return Decision::stale() };
    let mut events = unread([found], "the agent was taken back", now);
    events.push(Event::AgentRemoved { agent, team: found.team.clone(), reason });
    Decision::ok(events)
}

/// Messages that these agents will never take become dead letters, which everybody can see.
fn unread<'a>(agents: impl IntoIterator<Item = &'a Agent>, why: &str, now: Timestamp) -> Vec<Event> {
    let dead = |agent: AgentId, message: MessageId, attempt: u32| Event::DeliverySettled {
        message,
        agent,
        attempt,
        outcome: Outcome::Dead { reason: format!("{why} before it was delivered") },
        door: "none".into(),
        evidence: Evidence::new(Source::Process, why, now),
    };
    let of = |agent: &Agent| -> Vec<Event> {
        let attempt = |message| agent.active.filter(|a| a.message == message).map_or(0, |a| a.attempt);
        agent.queue.iter().map(|message| dead(agent.id, *message, attempt(*message))).collect()
    };
    agents.into_iter().flat_map(of).collect()
}

pub(super) fn stop(state: &State, team: &TeamName, now: Timestamp) -> Decision {
    let Some(found) = state.teams.get(team) else {
        return match running(state, team) {
            Ok(_) => Decision::nothing(),
            Err(refusal) => Decision::refused(refusal),
        };
    };
    match found.phase {
        TeamPhase::Stopped | TeamPhase::Stopping => Decision::nothing(),
        TeamPhase::Running => {
            let mut events = vec![Event::TeamStopping { team: team.clone() }];
            let mut after = state.clone();
            after.apply(state.seq, now, &events[0]);
            events.extend(stopped_if_empty(&after, team, None, now));
            Decision::ok(events)
        }
    }
}

/// The closing events of a team that is stopping, when no agent but `leaving` still runs: messages that nobody
/// can take any more become dead letters.
pub(super) fn stopped_if_empty(
    state: &State,
    team: &TeamName,
    leaving: Option<AgentId>,
    now: Timestamp,
) -> Vec<Event> {
    let Some(found) = state.teams.get(team).filter(|found| found.phase == TeamPhase::Stopping) else {
        return Vec::new();
    };
    let agents: Vec<&Agent> = state.agents_of(found).collect();
    if agents.iter().any(|agent| agent.launch.is_some() && Some(agent.id) != leaving) {
        return Vec::new();
    }
    let mut events = unread(agents, "the team was stopped", now);
    events.push(Event::TeamStopped { team: team.clone() });
    events
}
