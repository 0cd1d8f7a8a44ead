//! What the manager of one team has not been told yet.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::stated::stated;
use super::{Item, Reminder, What};
use crate::event::Event;
use crate::ids::{AgentId, MessageId, Seq};
use crate::incident::Fact;
use crate::state::State;
use crate::team::{AgentState, Need};
use crate::time::Moment;

/// So many statements are told one by one; of further ones only the number.
const KEPT: usize = 40;
/// So much of somebody's words is told (characters).
const SHORT: usize = 280;

/// What is to be told, and what was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// What is to be told, in order.
    pub items: Vec<Item>,
    /// Statements beyond those.
    pub more: u64,
    /// The last digest, and when it was made by the boot clock.
    pub last: Option<(MessageId, Moment)>,
    /// What the manager has been reminded of, in this incident.
    pub reminded: BTreeSet<Reminder>,
    /// Teammates in a turn.
    turns: BTreeSet<AgentId>,
    /// What they said in it.
    words: BTreeMap<AgentId, String>,
    /// Teammates that are known to wait for a person.
    blocked: BTreeSet<AgentId>,
    /// The declaration that comes next stands in the team's briefs.
    #[serde(default)]
    in_briefs: bool,
}

/// Whether an event can change a ledger.
pub(super) fn concerns(event: &Event) -> bool {
    matches!(
        event,
        Event::AgentSaid { .. }
            | Event::AgentChanged { .. }
            | Event::PromptOpened { .. }
            | Event::PromptClosed { .. }
            | Event::AgentLaunched { .. }
            | Event::AgentEnded { .. }
            | Event::AgentRestored { .. }
            | Event::AgentRestartFailed { .. }
            | Event::BreakerOpened { .. }
            | Event::Recorded { .. }
            | Event::CheckFinished { .. }
            | Event::ChangePublished(_)
            | Event::ShipFailed(_)
            | Event::TalkLimited(_)
            | Event::DigestMade(_)
            | Event::TeamDeployed { .. }
    )
}

impl Ledger {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.more == 0
    }

    /// Takes the next event of the team, with the state before it.
    pub(super) fn take(&mut self, state: &State, manager: AgentId, seq: Seq, event: &Event) {
        match event {
            Event::DigestMade(made) => {
                self.items.clear();
                self.more = 0;
                self.last = Some((made.message, made.at.clone()));
                self.reminded.extend(made.reminders.iter().cloned());
            }
            Event::TeamDeployed { declared, .. } => self.in_briefs = *declared,
            Event::Recorded { fact: Fact::Declared { .. }, .. } => {
                self.reminded.clear();
                if !std::mem::take(&mut self.in_briefs) {
                    self.heard(state, manager, seq, event);
                }
            }
            Event::Recorded { .. }
            | Event::CheckFinished { .. }
            | Event::ChangePublished(_)
            | Event::ShipFailed(_)
            | Event::TalkLimited(_) => self.heard(state, manager, seq, event),
            // What the manager does itself it knows.
            _ if event.agent() == Some(manager) => {}
            Event::AgentSaid { agent, text, .. } => self.said(*agent, text),
            Event::AgentChanged { agent, state: now, .. } => {
                let asks = state.agent(*agent).is_some_and(|agent| agent.prompt.is_some());
                self.changed(seq, *agent, now, asks);
            }
            Event::PromptOpened { agent, need, text, .. } => self.block(seq, *agent, *need, text),
            Event::PromptClosed { agent, .. } => self.unblock(*agent),
            Event::AgentLaunched { agent, .. } => self.begin_anew(*agent),
            Event::AgentEnded { agent, exit, .. } => {
                self.begin_anew(*agent);
                let wanted = |agent: &crate::team::Agent| agent.stopping || agent.restart.is_some();
                if !state.agent(*agent).is_none_or(wanted) {
                    self.push(seq, What::Ended { agent: *agent, exit: *exit });
                }
            }
            // The manager is told of these by a message of their own, which says how it had ended.
            Event::AgentRestored { agent, .. }
            | Event::AgentRestartFailed { agent, .. }
            | Event::BreakerOpened { agent, .. } => {
                self.drop_items(|what| matches!(what, What::Ended { agent: of, .. } if of == agent));
            }
            _ => {}
        }
    }

    /// Somebody else than the manager put something on record, tested or published something.
    fn heard(&mut self, state: &State, manager: AgentId, seq: Seq, event: &Event) {
        let record = event.team().and_then(|team| state.records.get(team));
        if let Some((by, words)) = stated(state, record, manager, event) {
            self.push(seq, What::Stated { by, words: short(&words) });
        }
    }

    fn said(&mut self, agent: AgentId, text: &str) {
        // Words that are read from a screen come after the end of the turn that they end.
        let late = self.items.iter_mut().find_map(|item| match &mut item.what {
            What::TurnEnded { agent: of, words, .. } if *of == agent && words.is_empty() => Some(words),
            _ => None,
        });
        match late.filter(|_| !self.turns.contains(&agent)) {
            Some(words) => *words = short(text),
            None => {
                self.words.insert(agent, short(text));
            }
        }
    }

    fn changed(&mut self, seq: Seq, agent: AgentId, now: &AgentState, asks: bool) {
        match now {
            AgentState::Idle | AgentState::FailedTurn { .. } => {
                self.unblock(agent);
                let words = self.words.remove(&agent).unwrap_or_default();
                if self.turns.remove(&agent) {
                    let error = match now {
                        AgentState::FailedTurn { error } => Some(short(error)),
                        _ => None,
                    };
                    self.push(seq, What::TurnEnded { agent, words, error });
                }
            }
            AgentState::NeedsPerson { need } => self.block(seq, agent, *need, ""),
            AgentState::Hung { .. } | AgentState::Replaced { .. } => {
                self.push(seq, What::Stuck { agent, state: now.describe() });
            }
            AgentState::Working | AgentState::WaitingOnProvider { .. } => {
                if !asks {
                    self.unblock(agent);
                }
                self.drop_items(|what| matches!(what, What::Stuck { agent: of, .. } if *of == agent));
                if self.turns.insert(agent) {
                    self.words.remove(&agent);
                }
            }
            AgentState::Starting | AgentState::Exited { .. } | AgentState::Unknown => {}
        }
    }

    /// A teammate waits for a person. A dialog is seen in several ways, and is one fact.
    fn block(&mut self, seq: Seq, agent: AgentId, need: Need, text: &str) {
        let known = !self.blocked.insert(agent);
        let item = self
            .items
            .iter_mut()
            .find(|item| matches!(&item.what, What::Blocked { agent: of, .. } if *of == agent));
        match item {
            Some(item) => {
                item.of.push(seq);
                if !text.is_empty() {
                    item.what = What::Blocked { agent, need, text: short(text) };
                }
            }
            None if known => {}
            None => self.push(seq, What::Blocked { agent, need, text: short(text) }),
        }
    }

    /// It goes on: what nobody has been told yet is not worth a word any more.
    fn unblock(&mut self, agent: AgentId) {
        self.blocked.remove(&agent);
        self.drop_items(|what| matches!(what, What::Blocked { agent: of, .. } if *of == agent));
    }

    fn begin_anew(&mut self, agent: AgentId) {
        self.turns.remove(&agent);
        self.words.remove(&agent);
        self.unblock(agent);
        self.drop_items(|what| matches!(what, What::Stuck { agent: of, .. } if *of == agent));
    }

    fn drop_items(&mut self, which: impl Fn(&What) -> bool) {
        self.items.retain(|item| !which(&item.what));
    }

    fn push(&mut self, seq: Seq, what: What) {
        let mut of = Vec::new();
        if let Some(at) = self.items.iter().position(|item| item.what.is_outdated_by(&what)) {
            of = self.items.remove(at).of;
        }
        let stated = |item: &&Item| matches!(item.what, What::Stated { .. });
        if matches!(what, What::Stated { .. }) && self.items.iter().filter(stated).count() >= KEPT {
            self.more += 1;
            return;
        }
        of.push(seq);
        self.items.push(Item { of, what });
    }
}

/// A text as it fits into a line.
fn short(text: &str) -> String {
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() > SHORT {
        words = words.chars().take(SHORT - 1).chain(['…']).collect();
    }
    words
}
