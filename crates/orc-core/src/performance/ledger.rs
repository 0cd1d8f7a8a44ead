//! What a team's events add up to: one pass over the log in its order.

use std::collections::BTreeMap;

use super::course::Course;
use super::loops::Words;
use crate::delivery::Sender;
use crate::event::Event;
use crate::ids::AgentId;
use crate::incident::{Occurred, occurred};

/// Adds up the events of one team, from the one that made it.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// When the last event was recorded.
    last: Option<Occurred>,
    /// Milliseconds from the first event to the last.
    now: u64,
    /// The team has stopped: time does not go on.
    over: bool,
    courses: BTreeMap<AgentId, Course>,
    words: Words,
}

impl Ledger {
    /// Takes note of the next event, recorded at `at`.
    pub fn take(&mut self, at: &Occurred, event: &Event) {
        self.until(at);
        if self.over {
            return;
        }
        let now = self.now;
        match event {
            Event::AgentAdded { agent, .. } => drop(self.courses.insert(*agent, Course::new(now))),
            Event::AgentRemoved { agent, .. } => drop(self.courses.remove(agent)),
            Event::TeamStopped { .. } => self.over = true,
            Event::MessageAccepted { message, from, to, text, .. } => {
                for agent in to {
                    if let Some(course) = self.courses.get_mut(agent) {
                        course.accept(*message, now, from);
                    }
                }
                if let (Sender::Agent { id, .. }, [to]) = (from, to.as_slice()) {
                    self.words.take(now, *id, *to, text);
                }
            }
            _ => {
                let about = event.agent().and_then(|agent| self.courses.get_mut(&agent));
                if let Some(course) = about {
                    course.take(now, event);
                }
            }
        }
    }

    /// Lets the time pass up to an instant: by the clock of the boot, else by the wall clock, and never backwards.
    pub fn until(&mut self, at: &Occurred) {
        if self.over {
            return;
        }
        let passed = self.last.as_ref().map_or(0, |last| occurred::span(last, at).millis);
        self.now += u64::try_from(passed).unwrap_or(0);
        self.last = Some(at.clone());
    }

    /// How long the team has existed, or existed when it stopped (milliseconds); the clock of every [`Course`].
    pub fn now(&self) -> u64 {
        self.now
    }

    /// What is known of an agent.
    pub fn course(&self, agent: AgentId) -> Option<&Course> {
        self.courses.get(&agent)
    }

    /// What the agents said to each other lately.
    pub fn words(&self) -> &Words {
        &self.words
    }
}
