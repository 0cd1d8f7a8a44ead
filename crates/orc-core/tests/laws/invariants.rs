//! What holds of the house at every moment.

use crate::house::House;
use crate::step::Step;
use orc_core::delivery::{Delivery, MessageKind, Outcome};
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, MessageId, PromptId};
use orc_core::plan::{Effect, plan};
use orc_core::prompt::Answerer;
use orc_core::state::State;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

impl House {
    /// Before a team is aborted its processes are ended.
    pub(crate) fn end_all(&mut self) {
        for agent in 1..4 {
            self.step(Step::Crash { agent });
        }
    }

    pub(crate) fn replayed(&self) -> State {
        let mut state = State::default();
        for (seq, at, event) in &self.log {
            let json = serde_json::to_string(event).unwrap();
            state.apply(*seq, *at, &serde_json::from_str(&json).unwrap());
        }
        state
    }

    /// Every accepted message, at every recipient: what the log says became of it.
    pub(crate) fn fates(&self) -> BTreeMap<(MessageId, AgentId), Vec<&Outcome>> {
        let mut fates: BTreeMap<_, Vec<&Outcome>> = BTreeMap::new();
        for (_, _, event) in &self.log {
            match event {
                Event::MessageAccepted { message, to, .. } => {
                    for agent in to {
                        fates.insert((*message, *agent), Vec::new());
                    }
                }
                Event::DeliveryReturned { message, agent, .. } => {
                    fates.insert((*message, *agent), Vec::new());
                }
                Event::DeliverySettled { message, agent, outcome, .. } => {
                    fates.entry((*message, *agent)).or_default().push(outcome);
                }
                _ => {}
            }
        }
        fates
    }

    pub(crate) fn is_of_comeback(&self, wanted: MessageId) -> bool {
        let of_comeback = |event: &Event| matches!(event, Event::MessageAccepted { message, kind: MessageKind::Restored, .. } if *message == wanted);
        self.log.iter().any(|(_, _, event)| of_comeback(event))
    }

    /// Every prompt: opened once, under a number of its own, closed at most once, and each answer that was typed has
    /// an intent of its own in the log.
    pub(crate) fn check_prompts(&self) -> Result<(), TestCaseError> {
        let (mut opened, mut closed) = (Vec::new(), BTreeSet::new());
        let mut intents: BTreeMap<PromptId, usize> = BTreeMap::new();
        let mut policies: BTreeMap<(AgentId, Generation), usize> = BTreeMap::new();
        for (_, _, event) in &self.log {
            match event {
                Event::PromptOpened { prompt, .. } => opened.push(*prompt),
                Event::PromptClosed { prompt, .. } => prop_assert!(closed.insert(*prompt), "{prompt} twice"),
                Event::AnswerStarted { agent, generation, prompt, by, .. } => {
                    prop_assert!(!closed.contains(prompt), "{prompt} is closed");
                    *intents.entry(*prompt).or_default() += 1;
                    if matches!(by, Answerer::Policy { .. }) {
                        *policies.entry((*agent, *generation)).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
        prop_assert!(opened.is_sorted_by(|one, next| one < next));
        prop_assert!(policies.values().all(|times| *times == 1), "a policy answers once in a launch");
        for (prompt, started) in &intents {
            let typed = self.answered.iter().filter(|typed| *typed == prompt).count();
            prop_assert!(typed <= *started, "{prompt} was typed {typed} times for {started} answers");
        }
        prop_assert!(self.answered.iter().all(|typed| intents.contains_key(typed)));
        Ok(())
    }

    pub(crate) fn check(&self) -> Result<(), TestCaseError> {
        for agent in self.state.agents.values() {
            let attempting = self
                .state
                .messages
                .values()
                .filter(|m| matches!(m.recipients.get(&agent.id), Some(Delivery::Attempting { .. })))
                .count();
            prop_assert!(attempting <= 1, "two deliveries at a time to {}", agent.id);
            prop_assert_eq!(attempting == 1, agent.active.is_some());
        }
        let watched: BTreeSet<AgentId> = plan(&self.state, &self.world, &self.catalog, 0)
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Watch { agent, .. } => Some(*agent),
                Effect::Deliver { .. }
                | Effect::Answer { .. }
                | Effect::SettleAnswer { .. }
                | Effect::Stop { .. }
                | Effect::Launch { .. }
                | Effect::Restore { .. }
                | Effect::Digest { .. }
                | Effect::Recover => None,
            })
            .collect();
        for agent in self.state.agents.values().filter(|agent| agent.launch.is_some()) {
            prop_assert!(watched.contains(&agent.id), "{} runs and nobody watches it", agent.id);
            let process = self.processes.get(&agent.id);
            prop_assert_eq!(process, Some(&agent.generation), "{} is not what runs", agent.id);
        }
        self.check_prompts()?;
        for ((message, agent), outcomes) in self.fates() {
            let waiting = self.state.agent(agent).is_some_and(|a| a.queue.contains(&message));
            prop_assert!(waiting || !outcomes.is_empty(), "{message} to {agent} is lost");
            // An agent's own queue ends with an agent that is stopped: what was in it is known never to be read.
            let unread = |old: &Outcome, new: &Outcome| {
                let stopped = self.state.agent(agent).is_none_or(|found| found.stopping);
                stopped && *old == Outcome::Queued && matches!(new, Outcome::Dead { .. })
            };
            for pair in outcomes.windows(2) {
                let (old, new) = (pair[0], pair[1]);
                prop_assert!(
                    old.may_become(new) || unread(old, new),
                    "proof of {message} shrank: {outcomes:?}"
                );
            }
        }
        for (agent, typed) in &self.typed {
            let all: Vec<_> = typed.iter().chain(self.read.get(agent).into_iter().flatten()).collect();
            let unique: BTreeSet<_> = all.iter().collect();
            prop_assert_eq!(unique.len(), all.len(), "{} read something twice", agent);
            // What it is told when it comes back goes before what waits.
            let in_turn = typed.iter().filter(|message| !self.is_of_comeback(**message));
            prop_assert!(in_turn.is_sorted(), "{agent} was typed out of order: {typed:?}");
        }
        Ok(())
    }
}
