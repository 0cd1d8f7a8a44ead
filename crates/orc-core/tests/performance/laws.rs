//! Times add up, under any order of events and whatever the clocks do.

use orc_core::delivery::{Outcome, Sender};
use orc_core::event::Event;
use orc_core::ids::{AgentId, MessageId};
use orc_core::team::{AgentState, Exit, Need, ProviderWait};
use proptest::prelude::*;

use crate::house::{House, MINUTE, team};

#[derive(Debug, Clone)]
enum Step {
    /// An agent is in another state.
    Becomes(u64, u8),
    Ends(u64),
    Launch(u64),
    Send(u64, bool),
    /// The message of this number is handed over, whatever became of it.
    HandOver(u64, u64, bool),
    Pass(u64),
    /// The wall clock is set.
    Jump(i64),
    /// The machine starts anew and is up for so long.
    Reboot(u16),
    Stop,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_u64..4, 0_u8..9).prop_map(|(agent, state)| Step::Becomes(agent, state)),
        1 => (1_u64..4).prop_map(Step::Ends),
        1 => (1_u64..4).prop_map(Step::Launch),
        3 => (1_u64..4, any::<bool>()).prop_map(|(agent, person)| Step::Send(agent, person)),
        3 => (1_u64..9, 1_u64..4, any::<bool>()).prop_map(|(m, agent, dead)| Step::HandOver(m, agent, dead)),
        6 => (0_u64..10 * MINUTE).prop_map(Step::Pass),
        1 => (-4_000_000..4_000_000_i64).prop_map(Step::Jump),
        1 => any::<u16>().prop_map(Step::Reboot),
        1 => Just(Step::Stop),
    ]
}

fn state(number: u8, house: &House) -> AgentState {
    match number {
        0 | 1 => AgentState::Idle,
        2 | 3 => AgentState::Working,
        4 => AgentState::WaitingOnProvider {
            wait: ProviderWait::RateLimit,
            retry_at: Some(house.now().at),
            text: String::new(),
        },
        5 => AgentState::FailedTurn { error: "no".into() },
        6 => AgentState::NeedsPerson { need: Need::Permission },
        7 => AgentState::NeedsPerson { need: Need::Question },
        _ => AgentState::Hung { since: house.now().at, proof: "nothing moves".into() },
    }
}

fn live(house: &mut House, step: &Step) {
    match *step {
        Step::Becomes(agent, number) => {
            let state = state(number, house);
            house.becomes(AgentId(agent), state);
        }
        Step::Ends(agent) => house.ends(AgentId(agent), Exit::Status(1)),
        Step::Launch(agent) => house.launch(AgentId(agent)),
        Step::Send(agent, person) => {
            let from = if person { Sender::Operator } else { House::agent(AgentId(agent % 3 + 1)) };
            house.accept(from, AgentId(agent), "words");
        }
        Step::HandOver(message, agent, dead) => {
            let outcome = if dead { Outcome::Dead { reason: "no".into() } } else { Outcome::Queued };
            house.hand_over(MessageId(message), AgentId(agent), 500, outcome);
        }
        Step::Pass(millis) => house.pass(millis),
        Step::Jump(millis) => house.wall += millis,
        Step::Reboot(up) => {
            house.boot = (house.boot.0 + 1, i64::from(up));
            house.wall += 30_000;
        }
        Step::Stop => house.event(Event::TeamStopped { team: team() }),
    }
}

proptest! {
    #[test]
    fn the_times_of_an_agent_add_up_to_its_window(
        steps in prop::collection::vec(step(), 0..60),
        from in 0..60 * MINUTE,
    ) {
        let mut house = House::new();
        let mut stopped = false;
        let mut last = 0;
        for step in &steps {
            live(&mut house, step);
            stopped |= matches!(step, Step::Stop);
            let now = house.ledger.now();
            prop_assert!(now >= last, "time goes on");
            last = now;
            let figures = house.figures();
            for agent in &figures.agents {
                let total: u64 = agent.states.iter().map(|time| time.spent_ms).sum();
                prop_assert_eq!(total, agent.age_ms, "{:?}", agent);
                prop_assert!(agent.age_ms <= figures.window_ms);
                prop_assert!(agent.in_state_ms <= agent.spent(agent.state.word()), "{:?}", agent);
                let course = house.ledger.course(agent.id).unwrap();
                let part: u64 = course.spent(from, now).values().sum();
                prop_assert_eq!(part, now.saturating_sub(from.max(now - course.age(now))));
                if !stopped {
                    let known = house.state.agent(agent.id).unwrap();
                    prop_assert_eq!(agent.state.word(), known.state.word(), "both say what the log says");
                    prop_assert_eq!(agent.queued, known.queue.len());
                }
            }
        }
    }

    /// Only the clock of the boot counts, as long as it is the same boot.
    #[test]
    fn a_wall_clock_that_jumps_changes_no_figure(steps in prop::collection::vec(step(), 0..40)) {
        let plain = steps.iter().filter(|step| !matches!(step, Step::Reboot(_)));
        let (mut jumping, mut steady) = (House::new(), House::new());
        for step in plain {
            live(&mut jumping, step);
            if !matches!(step, Step::Jump(_)) {
                live(&mut steady, step);
            }
            // What is waited for is a time of the wall clock, and no figure.
            let (mut one, mut other) = (jumping.figures(), steady.figures());
            for agent in one.agents.iter_mut().chain(&mut other.agents) {
                agent.state = AgentState::Unknown;
            }
            prop_assert_eq!(one, other);
        }
    }
}

#[test]
fn a_team_that_stopped_does_not_age() {
    let mut house = House::new();
    house.turn(Sender::Operator, AgentId(1), "look", MINUTE);
    house.event(Event::TeamStopped { team: team() });
    let before = house.figures();
    house.pass(60 * MINUTE);
    assert_eq!(house.figures(), before);
    assert_eq!(house.findings(), [], "what is over has no trouble");
}

#[test]
fn turns_and_deliveries_are_what_they_took() {
    let mut house = House::new();
    for seconds in [10, 20, 30] {
        house.turn(Sender::Operator, AgentId(1), "look", seconds * 1000);
    }
    let waits = house.accept(Sender::Operator, AgentId(1), "more");
    house.pass(7000);
    house.hand_over(waits, AgentId(1), 1000, Outcome::Acknowledged);
    // The agent says again that it has it.
    house.hand_over(waits, AgentId(1), 1000, Outcome::Acknowledged);
    let agent = &house.figures().agents[0];
    assert_eq!((agent.turns.count, agent.turns.p50_ms, agent.turns.p95_ms), (3, Some(20_000), Some(30_000)));
    assert_eq!((agent.waited.count, agent.waited.p95_ms), (4, Some(7000)));
    assert_eq!((agent.handed_over.p50_ms, agent.handed_over.p95_ms), (Some(50), Some(1000)));
    assert_eq!(agent.delivered.p95_ms, Some(8000));
    assert_eq!((agent.queued, agent.oldest_ms, agent.restarts), (0, None, 0));
}

#[test]
fn what_a_person_must_allow_is_a_part_of_the_turn() {
    let mut house = House::new();
    house.becomes(AgentId(1), AgentState::Working);
    house.pass(1000);
    house.becomes(AgentId(1), AgentState::NeedsPerson { need: Need::Permission });
    house.pass(5000);
    assert_eq!(house.figures().agents[0].running_ms, Some(6000));
    house.becomes(AgentId(1), AgentState::Working);
    house.pass(1000);
    house.becomes(AgentId(1), AgentState::Idle);
    // A dialog outside of a turn is none.
    house.becomes(AgentId(1), AgentState::NeedsPerson { need: Need::Login });
    let agent = &house.figures().agents[0];
    assert_eq!((agent.turns.count, agent.turns.p50_ms, agent.running_ms), (1, Some(7000), None));
    assert_eq!(agent.spent("needs-person"), 5000);
}
