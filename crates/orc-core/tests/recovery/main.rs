//! The laws of recovery: random histories of crashes, clock jumps, killed supervisors, reboots and people, with a clock
//! that nobody in the house can see and the log as the only thing that survives.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod house;
mod laws;
mod step;

use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation};
use orc_core::input::Input;
use orc_core::recovery::Mode;
use orc_core::recovery::limits::{MASS_OF_TEAM, MASS_WITHIN_MS};
use orc_core::restart::{Cause, Comeback};
use orc_core::team::{AgentState, Exit};

use crate::house::House;
use crate::step::Step;

fn restarted(house: &House, agent: u64) -> bool {
    house.begun(agent) > 0
}

#[test]
fn nothing_is_restarted_that_nobody_wants_restarted() {
    let mut house = House::new();
    house.step(Step::Crash { agent: 1, exit: 0 });
    house.wait(3_600_000);
    assert!(!restarted(&house, 1), "recovery is off by default");
    house.step(Step::Start { team: 2, mode: Mode::Emergency });
    house.wait(3_600_000);
    assert!(!restarted(&house, 1), "it was asked for the other team");
    house.step(Step::Crash { agent: 4, exit: 0 });
    house.wait(1_000);
    assert!(restarted(&house, 4));
    house.step(Step::Start { team: 0, mode: Mode::Normal });
    house.wait(5_000);
    assert!(restarted(&house, 1));
    house.step(Step::Stop { team: 1 });
    house.step(Step::Crash { agent: 2, exit: 0 });
    house.step(Step::Crash { agent: 5, exit: 0 });
    house.wait(60_000);
    assert!(!restarted(&house, 2) && restarted(&house, 5), "one team may be left out");
}

#[test]
fn an_agent_of_a_team_that_a_person_stops_is_not_restarted() {
    let mut house = House::new();
    house.step(Step::Start { team: 0, mode: Mode::Emergency });
    house.step(Step::Crash { agent: 2, exit: 0 });
    house.step(Step::StopTeam);
    for agent in [1, 3] {
        house.step(Step::Crash { agent, exit: 0 });
    }
    house.wait(3_600_000);
    assert_eq!(house.kinds("restart_begun"), 0);
}

/// What a person may have done on purpose is put right in an emergency only.
#[test]
fn a_clean_exit_is_left_alone_except_in_an_emergency() {
    for (mode, comes_back) in [(Mode::Normal, false), (Mode::Emergency, true)] {
        let mut house = House::new();
        house.step(Step::Start { team: 0, mode });
        house.step(Step::Crash { agent: 1, exit: 3 });
        house.wait(3_600_000);
        assert_eq!(restarted(&house, 1), comes_back, "{mode:?}");
    }
}

#[test]
fn what_waits_for_a_person_is_never_mended_by_a_restart() {
    for (need, comes_back) in [(0, false), (1, false), (2, false), (3, true), (4, true)] {
        let mut house = House::new();
        house.step(Step::Start { team: 0, mode: Mode::Emergency });
        house.step(Step::Dialog { agent: 1, need });
        house.wait(3_600_000);
        assert!(!restarted(&house, 1), "while it lives it waits for its person");
        house.step(Step::Crash { agent: 1, exit: 1 });
        house.wait(3_600_000);
        assert_eq!(restarted(&house, 1), comes_back, "need {need}");
    }
}

#[test]
fn a_mass_death_pauses_until_a_person_says_so() {
    for mode in [Mode::Normal, Mode::Emergency] {
        let mut house = House::new();
        house.step(Step::Start { team: 0, mode });
        for agent in 1..=MASS_OF_TEAM as u64 {
            house.end(agent, Exit::Signal(9));
        }
        house.settle();
        house.wait(3_600_000);
        assert_eq!(house.kinds("restart_begun"), 0, "{mode:?}");
        assert_eq!(house.kinds("respawn_paused"), 1);
        assert_eq!(house.told("fell within"), 1, "the manager finds it when it is back");
        house.step(Step::Crash { agent: 4, exit: 0 });
        house.wait(60_000);
        assert!(restarted(&house, 4), "the other team is not concerned");
        house.step(Step::KillSupervisor);
        house.step(Step::Start { team: 1, mode });
        house.wait(60_000);
        assert!((1..=3).all(|agent| house.begun(agent) == 1), "the same death does not pause twice");
    }
}

#[test]
fn deaths_far_apart_are_no_mass_death() {
    let mut house = House::new();
    house.step(Step::Start { team: 0, mode: Mode::Emergency });
    for agent in 1..=3 {
        house.step(Step::Crash { agent, exit: 0 });
        house.wait(MASS_WITHIN_MS);
    }
    assert_eq!(house.kinds("respawn_paused"), 0);
    assert!((1..=3).all(|agent| restarted(&house, agent)));
}

#[test]
fn a_reboot_explains_a_mass_death_that_it_followed() {
    let mut house = House::new();
    house.step(Step::Start { team: 0, mode: Mode::Normal });
    house.step(Step::CrashAll { many: 3 });
    house.wait(1_000);
    assert_eq!(house.kinds("respawn_paused"), 1);
    house.boots += 1;
    house.up = 10_000;
    house.settle();
    house.wait(10_000);
    assert!((1..=3).all(|agent| restarted(&house, agent)));
}

#[test]
fn the_manager_is_told_of_an_open_breaker_and_the_person_sees_why() {
    let mut house = House::new();
    house.step(Step::Start { team: 0, mode: Mode::Emergency });
    for _ in 0..20 {
        house.end(1, Exit::Status(7));
        house.wait(40_000);
    }
    let breaker = house.state.recovery.agents[&AgentId(1)].breaker.clone().unwrap();
    assert!(
        breaker.reason.contains("status 7") && breaker.reason.contains("before it was ready"),
        "{breaker:?}"
    );
    let told: Vec<_> = house
        .log
        .iter()
        .filter_map(|(_, _, event)| match event {
            Event::MessageAccepted { to, text, .. } if text.contains("not restarted any more") => {
                Some((to.clone(), text.clone()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, [AgentId(3)], "the manager");
    assert!(told[0].1.contains("one:0") && told[0].1.contains("status 7"), "{told:?}");
}

/// A person's own restart closes the breaker and begins the count anew.
#[test]
fn a_restart_by_a_person_closes_the_breaker() {
    let mut house = House::new();
    let agent = AgentId(1);
    house.step(Step::Start { team: 0, mode: Mode::Emergency });
    house.broken = Some(agent);
    house.end(1, Exit::Signal(9));
    house.wait(600_000);
    assert!(house.state.recovery.breaker(agent).is_some(), "what cannot be launched is not tried for ever");
    house.broken = None;
    let restart = |cause| Input::Restart { agent, how: Comeback::Brief, cause, why: "looked at".into() };
    house.input(restart(Cause::Asked));
    house.settle();
    house.see(1, AgentState::Idle);
    house.settle();
    assert!(house.state.recovery.breaker(agent).is_none());
    assert!(house.state.agents[&agent].launch.is_some());
    house.end(1, Exit::Signal(9));
    house.wait(1_000);
    assert!(house.state.agents[&agent].launch.is_some(), "it is under recovery again");
}

#[test]
fn agents_that_went_down_with_the_host_come_back_by_themselves() {
    let mut house = House::new();
    house.step(Step::Start { team: 0, mode: Mode::Normal });
    house.boots += 1;
    house.up = 15_000;
    (1..=6).for_each(|agent| house.end(agent, Exit::HostRestarted));
    house.settle();
    house.wait(10_000);
    assert_eq!(house.kinds("respawn_paused"), 0, "the cause is known");
    assert!((1..=6).all(|agent| house.state.agents[&AgentId(agent)].launch.is_some()));
}

#[test]
fn an_agent_that_hangs_is_ended_and_restarted() {
    let mut house = House::new();
    house.step(Step::Start { team: 0, mode: Mode::Normal });
    house.see(1, AgentState::Working);
    house.step(Step::Hang { agent: 1 });
    house.wait(10_000);
    assert!(restarted(&house, 1));
    assert_eq!(house.generation(AgentId(1)), Generation(2));
}
