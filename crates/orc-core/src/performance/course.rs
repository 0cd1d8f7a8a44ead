//! One agent's way through its states, turns and deliveries, as its events tell of it.

use std::collections::BTreeMap;

use super::latency::Latency;
use crate::delivery::{Outcome, Sender};
use crate::event::Event;
use crate::ids::MessageId;
use crate::team::AgentState;

/// One agent. Every instant is in milliseconds on the clock of the ledger, which only goes forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    state: AgentState,
    /// Every state in order: since when, and its word. The first one begins with the agent.
    spans: Vec<(u64, &'static str)>,
    /// Since when it is in this state.
    since: u64,
    turn: Option<Turn>,
    turns: Vec<Turn>,
    /// A person's words were handed over since the last turn began.
    by_person: bool,
    waiting: BTreeMap<MessageId, Waiting>,
    accepted: Vec<u64>,
    settled: Vec<Settled>,
    dead: usize,
    launches: Vec<u64>,
    /// It is being started again.
    restarting: bool,
}

/// A turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// When it began.
    pub from: u64,
    /// When it ended; while it runs, when it began.
    pub to: u64,
    /// A person's words began it.
    pub by_person: bool,
}

/// A message that the agent does not have yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Waiting {
    accepted: u64,
    first_try: Option<u64>,
    last_try: Option<u64>,
    by_person: bool,
}

/// A message that the agent has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// When it was settled.
    pub at: u64,
    /// From its acceptance to the first attempt.
    pub waited: u64,
    /// From the start of the last attempt to the end.
    pub handed_over: u64,
    /// From its acceptance to the end.
    pub delivered: u64,
}

impl Course {
    /// An agent that is added at `now`.
    pub(super) fn new(now: u64) -> Self {
        Self {
            state: AgentState::Starting,
            spans: vec![(now, AgentState::Starting.word())],
            since: now,
            turn: None,
            turns: Vec::new(),
            by_person: false,
            waiting: BTreeMap::new(),
            accepted: Vec::new(),
            settled: Vec::new(),
            dead: 0,
            launches: Vec::new(),
            restarting: false,
        }
    }

    /// Takes note of an event that is about this agent.
    pub(super) fn take(&mut self, now: u64, event: &Event) {
        match event {
            Event::AgentLaunched { .. } => {
                self.launches.push(now);
                self.restarting = false;
                self.enter(now, &AgentState::Starting);
            }
            Event::AgentChanged { state, .. } => self.enter(now, state),
            Event::AgentEnded { exit, .. } => self.enter(now, &AgentState::Exited { exit: *exit }),
            Event::AgentRestarting { .. } => self.restarting = true,
            Event::AgentRestartFailed { .. } => self.restarting = false,
            Event::PersonPrompted { .. } => self.by_person = true,
            Event::DeliveryStarted { message, .. } => {
                if let Some(waiting) = self.waiting.get_mut(message) {
                    waiting.first_try.get_or_insert(now);
                    waiting.last_try = Some(now);
                    self.by_person |= waiting.by_person;
                }
            }
            Event::DeliveryReturned { message, .. } => self.waits(*message, now, false),
            Event::DeliverySettled { message, outcome, .. } => self.settle(*message, now, outcome),
            _ => {}
        }
    }

    /// A message for it was accepted.
    pub(super) fn accept(&mut self, message: MessageId, now: u64, from: &Sender) {
        self.accepted.push(now);
        self.waits(message, now, *from == Sender::Operator);
    }

    fn waits(&mut self, message: MessageId, now: u64, by_person: bool) {
        let waiting = Waiting { accepted: now, first_try: None, last_try: None, by_person };
        self.waiting.insert(message, waiting);
    }

    /// Only the first proof counts: that it grows later is no second delivery.
    fn settle(&mut self, message: MessageId, now: u64, outcome: &Outcome) {
        let Some(waiting) = self.waiting.remove(&message) else { return };
        if matches!(outcome, Outcome::Dead { .. }) {
            self.dead += 1;
            return;
        }
        self.settled.push(Settled {
            at: now,
            waited: waiting.first_try.unwrap_or(now) - waiting.accepted,
            handed_over: now - waiting.last_try.unwrap_or(now),
            delivered: now - waiting.accepted,
        });
    }

    fn enter(&mut self, now: u64, state: &AgentState) {
        if !same_kind(&self.state, state) {
            self.spans.push((now, state.word()));
            self.since = now;
        }
        self.state = state.clone();
        // What a person must allow is a part of the turn that asks for it.
        let goes_on = self.turn.is_some() && matches!(state, AgentState::NeedsPerson { .. });
        let runs = state.is_turn() || goes_on;
        self.turn = match (self.turn.take(), runs) {
            (None, true) => {
                let by_person = std::mem::take(&mut self.by_person);
                Some(Turn { from: now, to: now, by_person })
            }
            (Some(turn), false) => {
                self.turns.push(Turn { to: now, ..turn });
                None
            }
            (turn, _) => turn,
        };
    }

    /// The state after the last event.
    pub fn state(&self) -> &AgentState {
        &self.state
    }

    /// Whether it is being started again: what runs of it is ended, and another launch follows.
    pub fn is_restarting(&self) -> bool {
        self.restarting
    }

    /// How long it has been in this state.
    pub fn in_state(&self, now: u64) -> u64 {
        now.saturating_sub(self.since)
    }

    /// How long it was in each state from `from` to `now`: together exactly as long as it was there in that time.
    pub fn spent(&self, from: u64, now: u64) -> BTreeMap<&'static str, u64> {
        let mut spent = BTreeMap::new();
        for (index, (begin, word)) in self.spans.iter().enumerate() {
            let end = self.spans.get(index + 1).map_or(now, |(next, _)| *next).min(now);
            let time = end.saturating_sub((*begin).max(from));
            if time > 0 {
                *spent.entry(*word).or_default() += time;
            }
        }
        spent
    }

    /// How long it exists.
    pub fn age(&self, now: u64) -> u64 {
        now.saturating_sub(self.spans.first().map_or(now, |(begin, _)| *begin))
    }

    /// The turns that ended after `from`, in order.
    pub fn turns_since(&self, from: u64) -> &[Turn] {
        &self.turns[self.turns.partition_point(|turn| turn.to < from)..]
    }

    /// How long the running turn has lasted, if one runs.
    pub fn running(&self, now: u64) -> Option<u64> {
        self.turn.map(|turn| now.saturating_sub(turn.from))
    }

    /// How long its turns lasted that are over.
    pub fn turn_lengths(&self) -> Latency {
        Latency::of(self.turns.iter().map(|turn| turn.to - turn.from))
    }

    /// What it got after `from`, in order.
    pub fn settled_since(&self, from: u64) -> &[Settled] {
        &self.settled[self.settled.partition_point(|settled| settled.at < from)..]
    }

    /// Messages for it that were accepted after `from`.
    pub fn accepted_since(&self, from: u64) -> usize {
        self.accepted.len() - self.accepted.partition_point(|at| *at < from)
    }

    /// Messages that nobody will hand over any more.
    pub fn dead(&self) -> usize {
        self.dead
    }

    /// Messages that it does not have yet.
    pub fn queued(&self) -> usize {
        self.waiting.len()
    }

    /// How long the oldest of them has waited.
    pub fn oldest(&self, now: u64) -> Option<u64> {
        self.waiting.values().map(|waiting| now.saturating_sub(waiting.accepted)).max()
    }

    /// Launches after `from` that were not its first.
    pub fn restarts_since(&self, from: u64) -> usize {
        self.launches.iter().skip(1).filter(|at| **at >= from).count()
    }
}

/// Whether somebody who looks would say that it is in the same state: the words and the seconds of a wait are no other one.
fn same_kind(one: &AgentState, other: &AgentState) -> bool {
    match (one, other) {
        (AgentState::NeedsPerson { need }, AgentState::NeedsPerson { need: other }) => need == other,
        (one, other) => one.word() == other.word(),
    }
}
