//! What became of each agent: its launches, how long it was missing, how many messages it had.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::clock::Seconds;
use crate::delivery::Outcome;
use crate::event::Event;
use crate::ids::{AgentId, MessageId};
use crate::incident::{Occurred, occurred};
use crate::team::AgentState;

/// An agent in the report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AgentRow {
    /// Its name in the team.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its role.
    pub role: String,
    /// The agent CLI that played it.
    pub profile: String,
    /// Its state at the end of the log, in a word.
    pub state: String,
    /// How often it was launched.
    pub launches: u32,
    /// How often its process ended, hung or became another program without anybody asking for it.
    pub falls: u32,
    /// How often it was started again, by whomever.
    pub restarts: u32,
    /// How it came back the last time; nothing when it never had to.
    pub came_back: Option<String>,
    /// How long it was missing (seconds), from each fall or wished end to its next composer.
    pub downtime: Seconds,
    /// It is missing still; that time is not in `downtime`.
    pub missing: bool,
    /// Messages that it has, or may have.
    pub received: u32,
    /// Messages that could not be handed over.
    pub dead: u32,
    /// Messages that it sent to others.
    pub sent: u32,
    /// Turns at whose end it said something.
    pub answers: u32,
}

/// An agent while the log is read.
#[derive(Debug)]
pub(super) struct AgentFold {
    pub(super) id: AgentId,
    pub(super) row: AgentRow,
    missing_since: Option<Occurred>,
    ready_before: bool,
    /// Whether each message that was settled here is a dead letter.
    dead: BTreeMap<MessageId, bool>,
}

impl AgentFold {
    pub(super) fn new(id: AgentId, name: &str, title: &str, role: &str, profile: &str) -> Self {
        let row = AgentRow {
            name: name.to_owned(),
            title: title.to_owned(),
            role: role.to_owned(),
            profile: profile.to_owned(),
            state: AgentState::Starting.word().to_owned(),
            launches: 0,
            falls: 0,
            restarts: 0,
            came_back: None,
            downtime: Seconds(0),
            missing: false,
            received: 0,
            dead: 0,
            sent: 0,
            answers: 0,
        };
        Self { id, row, missing_since: None, ready_before: false, dead: BTreeMap::new() }
    }

    /// Another incident begins: what is counted is counted anew.
    pub(super) fn begin_anew(&mut self) {
        let row = &self.row;
        let fresh = Self::new(self.id, &row.name, &row.title, &row.role, &row.profile).row;
        self.row = AgentRow { state: row.state.clone(), missing: row.missing, ..fresh };
        self.dead.clear();
    }

    /// The row as it is in the end.
    pub(super) fn row(&self) -> AgentRow {
        let dead = self.dead.values().filter(|dead| **dead).count();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        AgentRow { dead: number(dead), received: number(self.dead.len() - dead), ..self.row.clone() }
    }

    /// Takes an event of this agent. `ending` when the team or the agent is meant to end.
    pub(super) fn take(&mut self, at: &Occurred, event: &Event, ending: bool) {
        match event {
            Event::AgentLaunched { .. } => {
                self.row.launches += 1;
                AgentState::Starting.word().clone_into(&mut self.row.state);
            }
            Event::AgentRestarting { .. } => {
                self.row.restarts += 1;
                self.goes(at, false);
            }
            Event::AgentRestored { how, .. } => self.row.came_back = Some(how.describe().to_owned()),
            Event::AgentEnded { exit, .. } => {
                let ended = AgentState::Exited { exit: *exit };
                ended.word().clone_into(&mut self.row.state);
                if !ending {
                    let asked_for = self.missing_since.is_some();
                    self.goes(at, !asked_for);
                }
            }
            Event::AgentChanged { state, .. } => {
                state.word().clone_into(&mut self.row.state);
                match state {
                    AgentState::Hung { .. } | AgentState::Replaced { .. } if self.missing_since.is_none() => {
                        self.goes(at, true);
                    }
                    AgentState::Idle | AgentState::FailedTurn { .. } | AgentState::Working => self.comes(at),
                    _ => {}
                }
            }
            Event::DeliverySettled { message, outcome, .. } => {
                self.dead.insert(*message, matches!(outcome, Outcome::Dead { .. }));
            }
            Event::AgentSaid { .. } => self.row.answers += 1,
            _ => {}
        }
        self.row.missing = self.missing_since.is_some();
    }

    fn goes(&mut self, at: &Occurred, fall: bool) {
        self.row.falls += u32::from(fall);
        if self.ready_before {
            self.missing_since.get_or_insert_with(|| at.clone());
        }
    }

    fn comes(&mut self, at: &Occurred) {
        self.ready_before = true;
        if let Some(since) = self.missing_since.take() {
            self.row.downtime.0 += occurred::span(&since, at).millis.max(0);
        }
    }
}
