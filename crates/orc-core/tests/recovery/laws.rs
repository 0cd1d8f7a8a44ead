//! Whatever happens, restarts keep their limits and come to an end.

use std::collections::BTreeMap;

use orc_core::event::Event;
use orc_core::ids::{AgentId, Seq};
use orc_core::recovery::Mode;
use orc_core::recovery::judge::{Verdict, verdict};
use orc_core::recovery::limits::WINDOW_MS;
use orc_core::recovery::schedule::{Next, next};
use orc_core::state::State;
use orc_core::team::{AgentState, Exit};
use proptest::prelude::*;

use crate::house::{House, team};
use crate::step::{Step, step};

impl House {
    /// Walks through the log with the clock that nobody in the house can see.
    fn check(&self) -> Result<(), TestCaseError> {
        let team_of = |agent: AgentId| if agent.0 <= 3 { team("one") } else { team("two") };
        let mut state = State::default();
        let mut begun: Vec<(u64, AgentId)> = Vec::new();
        let mut cared: BTreeMap<AgentId, u64> = BTreeMap::new();
        let mut planned: BTreeMap<AgentId, (u64, u64)> = BTreeMap::new();
        for (number, (real, at, event)) in self.log.iter().enumerate() {
            if let Event::RestartBegun { agent, attempt, .. } = event {
                let recovery = &state.recovery;
                let own = team_of(*agent);
                let policy = recovery.policy(&own);
                prop_assert!(policy.is_some(), "{agent} is restarted although nobody wants that");
                let limits = policy.unwrap().mode.limits();
                prop_assert!(!recovery.paused.contains_key(&own), "{agent} is restarted during a pause");
                let record = recovery.agents.get(agent);
                let open = record.is_some_and(|record| record.breaker.is_some());
                prop_assert!(!open, "{agent} is restarted over an open breaker");
                let fell =
                    matches!(state.agents[agent].state, AgentState::Exited { .. } | AgentState::Hung { .. });
                prop_assert!(fell, "{agent} works and is restarted");
                begun.push((*real, *agent));
                let fresh = || begun.iter().filter(|(then, _)| real - then < WINDOW_MS);
                let since = cared.get(agent).copied().unwrap_or(0);
                let of_agent = fresh().filter(|(then, one)| one == agent && *then >= since).count();
                // What a person's word and the last restart before it have in common is the instant only.
                let cap = limits.per_agent + usize::from(cared.contains_key(agent));
                prop_assert!(of_agent <= cap, "{agent}: {of_agent} restarts");
                let of_team = fresh().filter(|(_, one)| team_of(*one) == own).count();
                prop_assert!(of_team <= limits.of_team(3), "{own}: {of_team} restarts");
                prop_assert!(fresh().count() <= limits.of_host(6), "the host: {} restarts", fresh().count());
                let (then, delay) = planned[agent];
                prop_assert!(real - then >= delay, "{agent} waited {} ms, not {delay}", real - then);
                prop_assert!(*attempt >= 1);
            }
            match event {
                Event::BreakerClosed { agent, .. } => {
                    cared.insert(*agent, *real);
                }
                Event::RestartPlanned { agent, delay_ms, .. } => {
                    planned.insert(*agent, (*real, *delay_ms));
                }
                _ => {}
            }
            state.apply(Seq(number as u64 + 1), *at, event);
        }
        prop_assert_eq!(&state, &self.state, "replay gives the same");
        // A session that cannot be resumed is tried once more without.
        let launched = self.kinds("agent_launched");
        prop_assert!(launched <= 6 + 2 * begun.len(), "{launched} launches for {} restarts", begun.len());
        for agent in self.state.agents.values() {
            let paused = self.state.recovery.paused.contains_key(&agent.team);
            if matches!(verdict(&self.state, &self.state.recovery, agent), Verdict::Restart(_)) && !paused {
                // Nothing stalls: there is an instant, and it is not far.
                match next(&self.state, &self.now()) {
                    Next::At(at) => prop_assert!(at > self.up && at <= self.up + WINDOW_MS, "{at}"),
                    other => prop_assert!(false, "{} has fallen and {other:?}", agent.id),
                }
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn restarts_never_exceed_the_caps_and_never_stall(steps in prop::collection::vec(step(), 1..120)) {
        let mut house = House::new();
        house.step(Step::Start { team: 0, mode: Mode::Normal });
        for step in steps {
            house.step(step);
        }
        house.check()?;
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Agents that end as soon as they are started, or as soon as they are ready: it comes to an end by itself.
    #[test]
    fn a_storm_stops_and_only_a_person_begins_anew(
        mode in prop_oneof![Just(Mode::Normal), Just(Mode::Emergency)],
        ready in any::<bool>(),
        jumps in prop::collection::vec(-90_000_000_i64..90_000_000, 1..20),
    ) {
        let mut house = House::new();
        house.step(Step::Start { team: 0, mode });
        for jump in jumps.iter().cycle().take(400) {
            for agent in [1, 2, 4, 5] {
                if ready {
                    house.see(agent, AgentState::Idle);
                }
                house.end(agent, Exit::Signal(11));
                house.settle();
                house.step(Step::Jump { millis: *jump });
                house.wait(7_000);
            }
        }
        house.check()?;
        for agent in [1, 2, 4, 5] {
            prop_assert!(house.state.recovery.agents[&AgentId(agent)].breaker.is_some());
            let most = mode.limits().per_agent;
            prop_assert!(house.begun(agent) <= most, "{} restarts of {agent}", house.begun(agent));
        }
        let before = house.log.len();
        house.wait(48 * 3_600_000);
        house.step(Step::Reboot { millis: 100_000 });
        house.wait(48 * 3_600_000);
        let begun = house.log[before..].iter().filter(|(_, _, event)| {
            matches!(event, Event::RestartBegun { agent, .. } if [1, 2, 4, 5].contains(&agent.0))
        });
        prop_assert_eq!(begun.count(), 0, "a breaker holds for days and over a reboot");
        house.step(Step::Start { team: 0, mode });
        house.wait(100_000);
        prop_assert!([1, 2, 4, 5].iter().all(|agent| house.state.agents[&AgentId(*agent)].launch.is_some()));
        house.check()?;
    }
}
