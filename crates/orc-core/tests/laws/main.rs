//! The invariants of the core as laws: random histories of people, agents, executors and kills, with a virtual
//! clock and the log as the only thing that survives.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod house;
mod invariants;
mod messages;
mod prompts;
mod restarts;
mod step;

use crate::house::House;
use crate::step::step;
use orc_core::decide::{Reply, decide};
use orc_core::ids::{AgentId, Generation};
use orc_core::input::Input;
use orc_core::prompt::Closed;
use orc_core::restart::Comeback;
use orc_core::team::{AgentState, Exit, Source};
use orc_core::time::Timestamp;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_is_lost_doubled_or_reordered(launched in 0_u64..4, steps in prop::collection::vec(step(), 1..80)) {
        let mut house = House::with_launched(launched);
        for step in steps {
            house.step(step);
            house.check()?;
        }
        prop_assert_eq!(house.replayed(), house.state.clone());
        // Whatever happened, the house can be brought to rest: everything accepted is settled.
        house.world.live.values_mut().for_each(|live| live.connected = true);
        for agent in (1..4).map(AgentId) {
            match house.state.agent(agent) {
                Some(found) if found.generation == Generation(0) => house.launch(agent),
                Some(found) if found.launch.is_none() => house.restart(agent, Comeback::Resume),
                Some(_) | None => {}
            }
        }
        for _ in 0..100 {
            for agent in 1..4 {
                let (agent, generation) = (AgentId(agent), house.generation(AgentId(agent)));
                let (state, source) = (AgentState::Idle, Source::Status);
                house.input(Input::Seen { agent, generation, state, source, detail: String::new() });
                house.input(Input::DialogSeen { agent, generation, shown: None, gone: Closed::Gone });
            }
            house.work(5);
        }
        house.check()?;
        for ((message, agent), outcomes) in house.fates() {
            prop_assert!(!outcomes.is_empty(), "{} to {} never ends", message, agent);
        }
    }

    #[test]
    fn a_stale_generation_changes_nothing(agent in 1_u64..4, old in 0_u32..1) {
        let house = House::new();
        let (agent, generation) = (AgentId(agent), Generation(old));
        for input in [
            Input::Ended { agent, generation, exit: Exit::Status(0), last_words: String::new() },
            Input::Seen { agent, generation, state: AgentState::Idle, source: Source::Status, detail: String::new() },
            Input::SessionKnown { agent, generation, session: "x".into() },
        ] {
            let decision = decide(&house.state, input, Timestamp(5));
            prop_assert_eq!(decision.reply, Reply::Stale);
            prop_assert!(decision.events.is_empty());
        }
    }
}
