//! Whatever happens, each fact is told once.

use std::collections::{BTreeMap, BTreeSet};

use orc_core::delivery::{MessageKind, Sender};
use orc_core::digest::Reminder;
use orc_core::envelope::make_safe;
use orc_core::event::Event;
use orc_core::ids::{AgentId, Seq};
use orc_core::incident::entry::Entry;
use orc_core::input::Input;
use orc_core::team::{AgentState, Exit};
use orc_core::time::Timestamp;
use proptest::prelude::*;

use crate::house::{House, MANAGER, MINUTE, PACE, agent, team};

/// One thing that can happen.
#[derive(Debug, Clone)]
enum Step {
    Turn(u64),
    Begin(u64),
    Dialog(u64, bool),
    End(u64),
    Start(u64),
    Note(u64),
    Declare,
    /// The wall clock jumps.
    Jump(i32),
    Pass(u64, bool),
    /// Only the log survives.
    KillSupervisor,
    Send(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_u64..4).prop_map(Step::Turn),
        1 => (1_u64..4).prop_map(Step::Begin),
        2 => (1_u64..4, any::<bool>()).prop_map(|(agent, open)| Step::Dialog(agent, open)),
        1 => (1_u64..4).prop_map(Step::End),
        1 => (1_u64..4).prop_map(Step::Start),
        4 => (0_u64..4).prop_map(Step::Note),
        1 => Just(Step::Declare),
        1 => (-4_000_000..4_000_000_i32).prop_map(Step::Jump),
        6 => (1_u64..40_000, any::<bool>()).prop_map(|(millis, reading)| Step::Pass(millis, reading)),
        1 => Just(Step::KillSupervisor),
        1 => (1_u64..4).prop_map(Step::Send),
    ]
}

impl House {
    fn step(&mut self, step: Step, n: usize) {
        match step {
            Step::Turn(of) => self.turn(AgentId(of), &format!("turn {n}")),
            Step::Begin(of) => self.see(AgentId(of), AgentState::Working),
            Step::Dialog(of, open) => {
                let text = format!("dialog {n}");
                self.dialog(AgentId(of), open.then_some(&text));
            }
            Step::End(of) => {
                let (agent, generation) = (AgentId(of), self.generation(AgentId(of)));
                let (exit, last_words) = (Exit::Signal(9), String::new());
                self.input(Input::Ended { agent, generation, exit, last_words });
            }
            Step::Start(of) => {
                // As after a restart that nobody is told of: the launch belongs to a wish in the log.
                let agent = AgentId(of);
                let (how, cause) = (orc_core::restart::Comeback::Fresh, orc_core::restart::Cause::Asked);
                if self.state.agents[&agent].launch.is_none() {
                    self.input(Input::Restart { agent, how, cause, why: "asked".into() });
                    self.launch(agent);
                    let (generation, detail) = (self.generation(agent), String::new());
                    self.input(Input::Restored { agent, generation, detail, words: None });
                }
            }
            Step::Note(by) => {
                let by = if by == 0 { Sender::Operator } else { agent(by) };
                self.state_it(by, Entry::Note { text: format!("note {n}") });
            }
            Step::Declare => self.declare(),
            Step::Jump(by) => self.wall += i64::from(by),
            Step::Pass(millis, reading) => self.pass(millis, reading),
            Step::KillSupervisor => {
                self.state = self.replayed();
                self.world.noticed.clear();
            }
            Step::Send(to) => {
                let (from, kind) = (Sender::Operator, MessageKind::Direct);
                let (to, text) = (vec![AgentId(to)], make_safe("hi"));
                self.input(Input::Send { team: team(), from, kind, to, text, key: None });
            }
        }
    }

    /// The statements that the manager must be told of, found by reading the log alone.
    fn statements(&self) -> BTreeSet<Seq> {
        let of = |(seq, _, event): &(Seq, Timestamp, Event)| match event {
            Event::Recorded { by, fact, .. } => {
                let mine = matches!(by, Sender::Agent { id, .. } if *id == MANAGER);
                let noted = matches!(
                    fact,
                    orc_core::incident::Fact::Noted { .. } | orc_core::incident::Fact::Declared { .. }
                );
                (!mine && noted).then_some(*seq)
            }
            _ => None,
        };
        self.log.iter().filter_map(of).collect()
    }

    /// The ends of teammates' turns, likewise: from a turn to a composer, without another launch in between.
    fn turns(&self) -> BTreeSet<Seq> {
        let mut working = BTreeMap::new();
        let mut ends = BTreeSet::new();
        for (seq, _, event) in &self.log {
            match event {
                Event::AgentChanged { agent, state, .. } if *agent != MANAGER => match state {
                    AgentState::Working => drop(working.insert(*agent, true)),
                    AgentState::Idle if working.insert(*agent, false) == Some(true) => {
                        ends.insert(*seq);
                    }
                    _ => {}
                },
                Event::AgentLaunched { agent, .. } | Event::AgentEnded { agent, .. } => {
                    working.insert(*agent, false);
                }
                _ => {}
            }
        }
        ends
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_fact_is_told_once_and_no_digest_is_the_cause_of_another(steps in prop::collection::vec(step(), 1..60)) {
        let mut house = House::new();
        for (n, step) in steps.into_iter().enumerate() {
            house.step(step, n);
        }
        prop_assert_eq!(house.replayed(), house.state.clone());
        // The manager runs and reads: everything is told.
        house.step(Step::Start(3), 1000);
        house.dialog(MANAGER, None);
        house.see(MANAGER, AgentState::Idle);
        house.pass(2 * MINUTE, true);
        let digests = house.digests();
        let told: Vec<Seq> = digests.iter().flat_map(|(told, ..)| told.iter().copied()).collect();
        let unique: BTreeSet<Seq> = told.iter().copied().collect();
        prop_assert_eq!(told.len(), unique.len(), "something was told twice");
        let more: u64 = digests.iter().map(|(_, more, ..)| more).sum();
        let lost = house.statements().difference(&unique).count() as u64;
        prop_assert_eq!(lost, more, "a statement is lost");
        let turns = house.turns();
        prop_assert!(turns.is_subset(&unique), "{:?} are lost", turns.difference(&unique));
        for pair in digests.windows(2) {
            prop_assert!(pair[1].3 - pair[0].3 >= PACE.apart_ms, "two digests are {} ms apart", pair[1].3 - pair[0].3);
        }
        let reminders: Vec<&Reminder> = digests.iter().flat_map(|(_, _, reminders, _)| reminders.iter()).collect();
        let once: BTreeSet<&Reminder> = reminders.iter().copied().collect();
        prop_assert_eq!(once.len(), reminders.len(), "the manager was reminded of something twice");
        // From here on nothing happens but the manager's own turns: of a thousand minutes only the clock may speak, and it
        // speaks less often than there are reminders.
        let before = house.digests().len();
        house.pass(10 * MINUTE, true);
        for (told, more, reminders, _) in &house.digests()[before..] {
            prop_assert!(told.is_empty() && *more == 0 && !reminders.is_empty(), "a digest without a cause");
        }
    }
}
