//! One pass over the log: everything that a report needs and that the record of the incident does not hold.

use std::collections::{BTreeMap, BTreeSet};

use super::agents::AgentFold;
use super::quality::Clocks;
use super::sections::MessageCounts;
use super::source::Logged;
use super::timeline::{Answered, Lines, answerer, in_a_line};
use crate::change::ship;
use crate::check::CheckRun;
use crate::delivery::{Outcome, Sender};
use crate::event::Event;
use crate::ids::{AgentId, MessageId, PromptId};
use crate::incident::{Fact, Occurred, Record};
use crate::prompt::Asked;
use crate::redact;
use crate::team::Need;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) record: Record,
    pub(super) agents: Vec<AgentFold>,
    pub(super) lines: Lines,
    pub(super) clocks: Clocks,
    /// Checks that have ended.
    pub(super) checks: Vec<CheckRun>,
    /// Dialogs that were answered.
    pub(super) answered: Vec<(u64, Occurred, Answered)>,
    /// Who was started again, why, and how it came back.
    pub(super) restarts: Vec<Restart>,
    /// When the period begins.
    pub(super) first: Option<(u64, Occurred)>,
    /// How many events of the team there are.
    pub(super) events: u64,
    /// Secrets that were replaced, by rule.
    pub(super) redactions: BTreeMap<String, u64>,
    messages: MessageCounts,
    /// What became of each delivery; nothing while it is open.
    fates: BTreeMap<(MessageId, AgentId), Option<Outcome>>,
    prompts: BTreeMap<PromptId, (Need, String)>,
    asked: BTreeMap<AgentId, Vec<Asked>>,
    deployed: bool,
    stopping: bool,
}

/// An agent that was started again.
#[derive(Debug)]
pub(super) struct Restart {
    pub(super) seq: u64,
    pub(super) at: Occurred,
    agent: AgentId,
    pub(super) name: String,
    pub(super) cause: crate::restart::Cause,
    pub(super) why: String,
    pub(super) outcome: String,
}

impl Gathered {
    /// Reads the log from the team's beginning; of several incidents the newest counts.
    pub(super) fn read(log: &[Logged]) -> Self {
        let mut gathered = Self::default();
        for entry in log {
            gathered.take(entry);
        }
        gathered
    }

    fn take(&mut self, entry: &Logged) {
        let Logged { seq, at, of_team, event } = entry;
        self.clocks.take(seq.0, at, event);
        if !of_team {
            if let Event::SupervisorStarted { .. } = event {
                ship::break_off(&mut self.record.changes);
                if self.first.is_some() {
                    self.lines.supervisor(seq.0, at);
                }
            }
            return;
        }
        if self.declares_anew(event) {
            self.begin_anew();
        }
        self.first.get_or_insert_with(|| (seq.0, at.clone()));
        self.events += 1;
        self.record.take(*seq, at, event);
        self.count(event);
        self.agent(seq.0, at, event);
        let names = |id: AgentId| name_of(&self.agents, id);
        self.lines.take(seq.0, at, event, names);
        match event {
            Event::ChangePublished(_) => self.lines.published(seq.0, at, &self.record),
            Event::CheckFinished { run, .. } => {
                self.lines.checked(seq.0, at, run);
                self.checks.push((**run).clone());
            }
            Event::TeamDeployed { .. } => self.deployed = true,
            Event::TeamStopping { .. } => self.stopping = true,
            _ => {}
        }
    }

    fn declares_anew(&self, event: &Event) -> bool {
        let declares = matches!(event, Event::Recorded { fact: Fact::Declared { .. }, .. });
        declares && self.record.declared.is_some()
    }

    /// Another incident of the same team begins: the earlier one has its own report.
    fn begin_anew(&mut self) {
        self.lines.begin_anew();
        self.clocks.begin_anew();
        self.agents.iter_mut().for_each(AgentFold::begin_anew);
        self.checks.clear();
        self.answered.clear();
        self.restarts.clear();
        self.redactions.clear();
        self.messages = MessageCounts::default();
        self.fates.retain(|_, fate| fate.is_none());
        (self.first, self.events) = (None, 0);
    }

    fn agent(&mut self, seq: u64, at: &Occurred, event: &Event) {
        if let Event::AgentAdded { agent, name, title, role, profile, .. } = event {
            let (name, role, profile) = (name.as_str(), role.as_str(), profile.as_str());
            self.agents.push(AgentFold::new(*agent, name, title, role, profile));
            if self.deployed {
                self.lines.joined(seq, at, name, title);
            }
        }
        let Some(id) = event.agent() else { return };
        if let Some(agent) = self.agents.iter_mut().find(|agent| agent.id == id) {
            agent.take(at, event, self.stopping);
        }
        let name = || name_of(&self.agents, id);
        match event {
            Event::AgentRestarting { cause, why, .. } => self.restarts.push(Restart {
                seq,
                at: at.clone(),
                agent: id,
                name: name(),
                cause: *cause,
                why: in_a_line(why),
                outcome: String::new(),
            }),
            Event::AgentRestored { how, .. } => self.restarted(id, how.describe()),
            Event::AgentRestartFailed { reason, .. } => self.restarted(id, &in_a_line(reason)),
            Event::PromptOpened { prompt, need, text, .. } => {
                self.prompts.insert(*prompt, (*need, text.clone()));
            }
            Event::PermissionAsked { asked, .. } => self.asked.entry(id).or_default().push(asked.clone()),
            Event::PromptAnswered { prompt, answer, by, .. } => {
                let Some((need, text)) = self.prompts.remove(prompt) else { return };
                // What the hook says is asked for is whole; the dialog may show a part of it.
                let known = self.asked.get_mut(&id).map(std::mem::take).unwrap_or_default();
                let asked = known.iter().rev().find(|asked| asked.is_shown_in(&text));
                let asked = asked.and_then(Asked::longest).unwrap_or(text);
                let answered = Answered {
                    agent: name_of(&self.agents, id),
                    need,
                    asked: in_a_line(&asked),
                    answer: answer.describe(),
                    by: answerer(by),
                };
                self.lines.answered(seq, at, &answered);
                self.answered.push((seq, at.clone(), answered));
            }
            _ => {}
        }
    }

    fn restarted(&mut self, id: AgentId, outcome: &str) {
        if let Some(restart) = self.restarts.iter_mut().rfind(|restart| restart.agent == id) {
            outcome.clone_into(&mut restart.outcome);
        }
    }

    fn count(&mut self, event: &Event) {
        match event {
            Event::MessageAccepted { message, from, to, text, .. } => {
                match from {
                    Sender::Operator => self.messages.of_people += 1,
                    Sender::System => self.messages.of_system += 1,
                    Sender::Agent { id, .. } => {
                        self.messages.of_agents += 1;
                        if let Some(agent) = self.agents.iter_mut().find(|agent| agent.id == *id) {
                            agent.row.sent += 1;
                        }
                    }
                }
                self.fates.extend(to.iter().map(|id| ((*message, *id), None)));
                self.redacted(text);
            }
            Event::DeliverySettled { message, agent, outcome, .. } => {
                self.fates.insert((*message, *agent), Some(outcome.clone()));
            }
            Event::DeliveryReturned { message, agent, .. } => {
                self.fates.insert((*message, *agent), None);
            }
            Event::AgentSaid { text, .. }
            | Event::PersonPrompted { text, .. }
            | Event::PromptOpened { text, .. }
            | Event::AgentEnded { last_words: text, .. } => self.redacted(text),
            Event::Recorded { fact, .. } => {
                self.redacted(&serde_json::to_string(fact).unwrap_or_default());
            }
            _ => {}
        }
    }

    fn redacted(&mut self, text: &str) {
        for rule in redact::placeholders(text) {
            *self.redactions.entry(rule.to_owned()).or_default() += 1;
        }
    }

    /// How messages went.
    pub(super) fn messages(&self) -> MessageCounts {
        let mut counts = self.messages.clone();
        for fate in self.fates.values() {
            match fate {
                None => counts.open += 1,
                Some(Outcome::Acknowledged) => counts.acknowledged += 1,
                Some(Outcome::Queued | Outcome::Submitted) => counts.taken += 1,
                Some(Outcome::Dead { .. }) => counts.dead += 1,
            }
        }
        counts
    }

    /// What its agents are called.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.agents.iter().map(|agent| agent.row.name.clone()).collect()
    }

    /// Who coordinates: the first agent in that role.
    pub(super) fn manager(&self) -> Option<&str> {
        let managers = self.agents.iter().filter(|agent| agent.row.role == "pm");
        managers.map(|agent| agent.row.name.as_str()).next()
    }
}

fn name_of(agents: &[AgentFold], id: AgentId) -> String {
    let found = agents.iter().find(|agent| agent.id == id);
    found.map_or_else(|| id.to_string(), |agent| agent.row.name.clone())
}
