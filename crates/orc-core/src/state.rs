//! What the log says of now. [`State::apply`] is the only way it changes.

mod agent;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::change::ship;
use crate::delivery::{Delivery, Message, MessageKind, Outcome};
use crate::digest::Ledger;
use crate::event::Event;
use crate::ids::{AgentId, Generation, MessageId, Seq, TeamName};
use crate::incident::{Fact, Given, Occurred, Record};
use crate::prompt::{Answerer, Answering, End, Fate, Prompt};
use crate::recovery::Recovery;
use crate::restart::Restart;
use crate::sent::{Sent, SentKeys, fingerprint};
use crate::talk::Talk;
use crate::team::{
    ActiveDelivery, Agent, AgentState, Agents, Doors, Evidence, Source, Team, TeamPhase, Teams,
};
use crate::time::Timestamp;

/// So many finished messages are kept; older ones are only in the log.
const KEPT: usize = 512;
/// So many requests for permissions are kept of an agent's turn: several may be open at once.
const KEPT_ASKED: usize = 8;
/// Hooks of one agent that are remembered, to know them again.
const HOOKS: usize = 64;

/// Everything that is known from the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The last event applied.
    pub seq: Seq,
    /// Teams by name: the live ones and the last stopped one of each name.
    pub teams: Teams,
    /// Agents of these teams.
    pub agents: Agents,
    /// Messages that are not settled at every recipient, and the settled ones that may still be acknowledged.
    pub messages: BTreeMap<MessageId, Message>,
    /// Messages that nothing can happen to any more, oldest first: the last few are kept for who asks.
    pub finished: VecDeque<MessageId>,
    /// Messages that were sent under a key of the sender's.
    pub sent: SentKeys,
    /// The incident of each team, as far as anything is on record.
    #[serde(default)]
    pub records: BTreeMap<TeamName, Record>,
    /// What the manager of each team has not been told yet.
    #[serde(default)]
    pub digests: BTreeMap<TeamName, Ledger>,
    /// What the agents of each team said to each other a short while ago.
    #[serde(default)]
    pub talk: BTreeMap<TeamName, Talk>,
    /// Incidents declared so far on the last day on which one was.
    #[serde(default)]
    pub incidents: DayCount,
    /// Highest agent number given so far.
    pub last_agent: u64,
    /// Highest message number given so far.
    pub last_message: u64,
    /// Highest prompt number given so far.
    #[serde(default)]
    pub last_prompt: u64,
    /// How agents that fall are brought back.
    #[serde(default)]
    pub recovery: Recovery,
}

/// How many incidents were declared on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// The day in UTC, `20261122`.
    pub day: String,
    /// How many.
    pub count: u32,
}

impl DayCount {
    /// The day of an instant.
    fn day(at: Timestamp) -> String {
        jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().strftime("%Y%m%d").to_string()
    }
}

impl State {
    /// The agent, if it exists.
    pub fn agent(&self, id: AgentId) -> Option<&Agent> {
        self.agents.get(&id)
    }

    /// The agents of a team in order.
    pub fn agents_of<'a>(&'a self, team: &'a Team) -> impl Iterator<Item = &'a Agent> {
        team.agents.iter().filter_map(|id| self.agents.get(id))
    }

    /// The manager of a team: the first agent in that role, other than `but`.
    pub fn manager_of<'a>(&'a self, team: &'a Team, but: Option<AgentId>) -> Option<&'a Agent> {
        self.agents_of(team).find(|agent| agent.role.as_str() == "pm" && Some(agent.id) != but)
    }

    /// The team that an event belongs to, for filters on the log.
    pub fn team_of(&self, event: &Event) -> Option<TeamName> {
        event.team().cloned().or_else(|| event.agent().and_then(|id| Some(self.agent(id)?.team.clone())))
    }

    /// The id that an incident declared at `now` gets: its day in UTC, and its number on that day.
    pub fn next_incident(&self, now: Timestamp) -> String {
        let day = DayCount::day(now);
        let count = if self.incidents.day == day { self.incidents.count + 1 } else { 1 };
        format!("INC-{day}-{count:02}")
    }

    /// Applies one event, recorded at `at` as number `seq`.
    pub fn apply(&mut self, seq: Seq, at: Timestamp, event: &Event) {
        self.seq = seq;
        let about = event.agent().and_then(|id| self.agents.get(&id));
        self.recovery.apply(seq, at, event, about);
        self.keep_for_manager(seq, event);
        self.hear_talk(at, event);
        self.change(seq, at, event);
        self.take_on_record(seq, at, event);
    }

    fn change(&mut self, seq: Seq, at: Timestamp, event: &Event) {
        match event {
            Event::SupervisorStarted { .. }
            | Event::SupervisorStopped { .. }
            | Event::TmuxServerGone {}
            | Event::ViewsRestored { .. }
            | Event::PersonPrompted { .. }
            | Event::Recorded { .. }
            | Event::ShipStarted(_)
            | Event::ShipStep(_)
            | Event::ChangePublished(_)
            | Event::ShipFailed(_)
            | Event::CheckStarted { .. }
            | Event::CheckFinished { .. }
            | Event::DigestMade(_)
            | Event::TalkLimited(_)
            | Event::RecoveryStarted { .. }
            | Event::RecoveryStopped { .. }
            | Event::RestartPlanned { .. }
            | Event::RestartBegun { .. }
            | Event::BreakerOpened { .. }
            | Event::BreakerClosed { .. }
            | Event::RespawnPaused { .. }
            | Event::RespawnResumed { .. } => {}
            Event::TeamCreated { team, kind, dir } => {
                self.forget(team);
                let made = Team {
                    name: team.clone(),
                    kind: kind.clone(),
                    dir: dir.clone(),
                    phase: TeamPhase::Running,
                    deployed: false,
                    agents: Vec::new(),
                    first: seq,
                    created_at: at,
                    ready_at: None,
                };
                self.teams.insert(team.clone(), made);
            }
            Event::AgentAdded { agent, team, index, name, title, role, profile, dir } => {
                self.last_agent = self.last_agent.max(agent.0);
                let added = Agent {
                    id: *agent,
                    team: team.clone(),
                    index: *index,
                    name: name.clone(),
                    title: title.clone(),
                    role: role.clone(),
                    profile: profile.clone(),
                    dir: dir.clone(),
                    generation: Generation(0),
                    launch: None,
                    native_session: None,
                    program: None,
                    state: AgentState::Starting,
                    evidence: Evidence::new(Source::None, "not launched yet", at),
                    said: BTreeMap::new(),
                    since: at,
                    was_ready: false,
                    queue: std::collections::VecDeque::new(),
                    active: None,
                    held: BTreeMap::new(),
                    stopping: false,
                    restart: None,
                    last_launch: None,
                    sessions: Vec::new(),
                    hooks: VecDeque::new(),
                    doors: Doors::Open,
                    overheard: None,
                    prompt: None,
                    asked: VecDeque::new(),
                    last_prompt: None,
                    dialog_drawn: None,
                    by_policy: false,
                };
                self.agents.insert(*agent, added);
                if let Some(team) = self.teams.get_mut(team) {
                    team.agents.push(*agent);
                }
            }
            Event::TeamAborted { team, .. } => self.forget(team),
            Event::AgentRemoved { agent, team, .. } => {
                self.agents.remove(agent);
                if let Some(team) = self.teams.get_mut(team) {
                    team.agents.retain(|id| id != agent);
                }
            }
            Event::AgentLaunched { agent, generation, launch } => self.with_agent(*agent, |a| {
                a.generation = *generation;
                a.launch = Some(launch.clone());
                a.last_launch = Some(launch.clone());
                a.remember_session(&launch.session);
                a.native_session = None;
                a.program = None;
                a.was_ready = false;
                a.held.clear();
                a.said.clear();
                a.doors = Doors::Open;
                a.overheard = None;
                a.prompt = None;
                a.asked.clear();
                a.by_policy = false;
                a.set_state(AgentState::Starting, Evidence::new(Source::Process, "launched", at));
            }),
            Event::HookTaken { agent, id, doors, .. } => self.with_agent(*agent, |a| {
                if a.hooks.len() == HOOKS {
                    a.hooks.pop_front();
                }
                a.hooks.push_back(id.clone());
                a.doors = doors.unwrap_or(a.doors);
            }),
            Event::AgentSession { agent, session, .. } => {
                self.with_agent(*agent, |a| {
                    a.native_session = Some(session.clone());
                    a.remember_session(session);
                });
            }
            Event::AgentRestarting { agent, generation, how, cause, why } => self.with_agent(*agent, |a| {
                let (generation, how, cause, why) = (*generation, *how, *cause, why.clone());
                a.restart = Some(Restart { generation, how, cause, why });
            }),
            Event::AgentRestored { agent, .. } => self.with_agent(*agent, |a| a.restart = None),
            Event::AgentRestartFailed { agent, generation, .. } => self.with_agent(*agent, |a| {
                a.restart = None;
                // The number is used up: something of that launch may still show itself.
                a.generation = *generation;
            }),
            Event::AgentProgram { agent, program, .. } => {
                self.with_agent(*agent, |a| a.program = Some(program.clone()));
            }
            Event::AgentChanged { agent, state, evidence, .. } => self.with_agent(*agent, |a| {
                a.was_ready |= state.takes_prompt();
                if state.takes_prompt() {
                    a.asked.clear();
                }
                a.hear(state, evidence);
                a.dialog_drawn = a.prompt.as_ref().map(|open| open.at);
                a.set_state(state.clone(), evidence.clone());
            }),
            Event::AgentSighted { agent, state, evidence, .. } => {
                self.with_agent(*agent, |a| a.hear(state, evidence));
            }
            Event::AgentEnded { agent, exit, .. } => self.with_agent(*agent, |a| {
                a.launch = None;
                a.set_state(
                    AgentState::Exited { exit: *exit },
                    Evidence::new(Source::Process, format!("{exit}"), at),
                );
            }),
            Event::PromptOpened { .. }
            | Event::PermissionAsked { .. }
            | Event::AnswerStarted { .. }
            | Event::AnswerFailed { .. }
            | Event::PromptAnswered { .. }
            | Event::PromptClosed { .. } => self.apply_prompt(at, event),
            Event::AgentSaid { agent, text, source, .. } => self.with_agent(*agent, |a| {
                if *source == Source::Screen {
                    a.overheard = Some(fingerprint(text));
                }
            }),
            Event::TeamDeployed { team, .. } => {
                if let Some(team) = self.teams.get_mut(team) {
                    team.deployed = true;
                }
            }
            Event::TeamReady { team, .. } => {
                if let Some(team) = self.teams.get_mut(team) {
                    team.ready_at = Some(at);
                }
            }
            Event::TeamStopping { team } => {
                if let Some(team) = self.teams.get_mut(team) {
                    team.phase = TeamPhase::Stopping;
                    for id in &team.agents {
                        if let Some(agent) = self.agents.get_mut(id) {
                            agent.stopping = true;
                            agent.restart = None;
                        }
                    }
                }
            }
            Event::TeamStopped { team } => {
                if let Some(team) = self.teams.get_mut(team) {
                    team.phase = TeamPhase::Stopped;
                }
            }
            Event::MessageAccepted { message, team, from, kind, to, text, key, .. } => {
                self.last_message = self.last_message.max(message.0);
                if let Some(key) = key {
                    self.sent.remember(Sent::new(team, from, key, *message, *kind, to, text));
                }
                for id in to {
                    self.with_agent(*id, |a| match kind {
                        MessageKind::Restored => a.queue.push_front(*message),
                        MessageKind::Direct
                        | MessageKind::Each
                        | MessageKind::Broadcast
                        | MessageKind::Brief
                        | MessageKind::Digest => a.queue.push_back(*message),
                    });
                }
                let accepted = Message {
                    id: *message,
                    team: team.clone(),
                    from: from.clone(),
                    kind: *kind,
                    text: text.clone(),
                    at,
                    recipients: to.iter().map(|id| (*id, Delivery::new())).collect(),
                };
                self.messages.insert(*message, accepted);
            }
            Event::DeliveryStarted { message, agent, attempt, generation, door } => {
                let started =
                    ActiveDelivery { message: *message, attempt: *attempt, generation: *generation };
                self.with_agent(*agent, |a| {
                    a.active = Some(started);
                    a.overheard = None;
                });
                self.set_delivery(
                    *message,
                    *agent,
                    Delivery::Attempting { attempt: *attempt, door: door.clone() },
                );
            }
            Event::DeliveryRefused { message, agent, attempt, reason } => {
                self.with_agent(*agent, |a| a.active = None);
                let waiting = Delivery::Waiting { attempts: *attempt, why: reason.clone() };
                self.set_delivery(*message, *agent, waiting);
            }
            Event::DeliveryReturned { message, agent, attempt } => {
                self.with_agent(*agent, |a| {
                    a.held.remove(message);
                    let at = a.queue.iter().position(|waiting| waiting > message).unwrap_or(a.queue.len());
                    a.queue.insert(at, *message);
                });
                let why = "the agent ended before it read the message".to_owned();
                self.set_delivery(*message, *agent, Delivery::Waiting { attempts: *attempt, why });
            }
            Event::DeliverySettled { message, agent, attempt, outcome, door, evidence } => {
                self.with_agent(*agent, |a| {
                    a.queue.retain(|queued| queued != message);
                    a.held.remove(message);
                    if *outcome == Outcome::Queued {
                        a.held.insert(*message, door.clone());
                    }
                    if a.active.is_some_and(|active| active.message == *message) {
                        a.active = None;
                    }
                });
                let settled = Delivery::Settled {
                    attempt: *attempt,
                    outcome: outcome.clone(),
                    door: door.clone(),
                    evidence: evidence.clone(),
                };
                self.set_delivery(*message, *agent, settled);
                self.drop_finished(*message);
            }
        }
    }

    fn with_agent(&mut self, id: AgentId, change: impl FnOnce(&mut Agent)) {
        if let Some(agent) = self.agents.get_mut(&id) {
            change(agent);
        }
    }

    /// What the events of dialogs change; all others change nothing here.
    fn apply_prompt(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::PromptOpened { agent, prompt, need, text, options, evidence, .. } => {
                self.last_prompt = self.last_prompt.max(prompt.0);
                let opened = Prompt {
                    id: *prompt,
                    kind: *need,
                    text: text.clone(),
                    options: options.clone(),
                    at,
                    evidence: evidence.clone(),
                    answering: None,
                };
                self.with_agent(*agent, |a| {
                    a.prompt = Some(opened);
                    a.dialog_drawn = Some(at);
                });
            }
            Event::PermissionAsked { agent, asked, .. } => self.with_agent(*agent, |a| {
                if a.asked.len() == KEPT_ASKED {
                    a.asked.pop_front();
                }
                a.asked.push_back(asked.clone());
            }),
            Event::AnswerStarted { agent, answer, by, .. } => self.with_agent(*agent, |a| {
                a.by_policy |= matches!(by, Answerer::Policy { .. });
                if let Some(prompt) = &mut a.prompt {
                    prompt.answering = Some(Answering { choice: answer.clone(), by: by.clone() });
                }
            }),
            Event::AnswerFailed { agent, prompt, reason } => self.with_agent(*agent, |a| {
                if let Some(prompt) = &mut a.prompt {
                    prompt.answering = None;
                }
                a.last_prompt = Some(Fate { prompt: *prompt, end: End::Failed { reason: reason.clone() } });
            }),
            Event::PromptClosed { agent, prompt, how } => self.with_agent(*agent, |a| {
                if let Some(closed) = a.prompt.take() {
                    a.asked.retain(|asked| !asked.is_shown_in(&closed.text));
                }
                a.last_prompt = Some(Fate { prompt: *prompt, end: End::Closed { how: *how } });
            }),
            _ => {}
        }
    }

    fn set_delivery(&mut self, message: MessageId, agent: AgentId, delivery: Delivery) {
        if let Some(at) = self.messages.get_mut(&message).and_then(|m| m.recipients.get_mut(&agent)) {
            *at = delivery;
        }
    }

    /// A message that is settled everywhere needs its text no more; of those that are over only the last few stay.
    fn drop_finished(&mut self, id: MessageId) {
        let Some(message) = self.messages.get_mut(&id) else { return };
        let in_agent = |d: &Delivery| matches!(d, Delivery::Settled { outcome: Outcome::Queued, .. });
        if !message.recipients.values().all(|d| d.is_settled() && !in_agent(d)) {
            return;
        }
        message.text.clear();
        if !self.finished.contains(&id) {
            self.finished.push_back(id);
        }
        while self.finished.len() > KEPT {
            self.finished.pop_front().map(|oldest| self.messages.remove(&oldest));
        }
    }

    fn take_on_record(&mut self, seq: Seq, at: Timestamp, event: &Event) {
        if let Event::Recorded { fact: Fact::Declared { .. }, .. } = event {
            let day = DayCount::day(at);
            let count = if self.incidents.day == day { self.incidents.count + 1 } else { 1 };
            self.incidents = DayCount { day, count };
        }
        if let Event::SupervisorStarted { .. } = event {
            self.records.values_mut().for_each(|record| ship::break_off(&mut record.changes));
        }
        let Some(team) = self.team_of(event).filter(|team| self.teams.contains_key(team)) else {
            return;
        };
        let at = Occurred { at, given: Given::Live, boot: None };
        self.records.entry(team).or_default().take(seq, &at, event);
    }

    fn forget(&mut self, name: &TeamName) {
        self.sent.forget(name);
        self.records.remove(name);
        self.digests.remove(name);
        self.talk.remove(name);
        if let Some(team) = self.teams.remove(name) {
            self.recovery.forget(name, &team.agents);
            for id in &team.agents {
                self.agents.remove(id);
            }
            self.messages.retain(|_, message| message.team != *name);
            self.finished.retain(|id| self.messages.contains_key(id));
        }
    }
}
