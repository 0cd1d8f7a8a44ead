//! Dialogs and their answers.

use crate::house::{House, code};
use crate::step::Step;
use orc_core::decide::Reply;
use orc_core::error::Code;
use orc_core::ids::{AgentId, Generation, PromptId};
use orc_core::input::Input;
use orc_core::plan::{Effect, plan};
use orc_core::prompt::{Answerer, Wanted};
use orc_core::team::{AgentState, Source};

/// An agent that asks, and a message that waits for it.
fn asking() -> House {
    let mut house = House::new();
    let (agent, generation) = (AgentId(1), Generation(1));
    let (state, source) = (AgentState::Idle, Source::Status);
    house.input(Input::Seen { agent, generation, state, source, detail: String::new() });
    house.step(Step::Send { to_all: false, agent: 1 });
    house.step(Step::Dialog { agent: 1, which: 1 });
    house
}

fn answer(house: &mut House, prompt: Option<u64>, option: &str) -> Reply {
    let (agent, by) = (AgentId(1), Answerer::Person { uid: 1 });
    let wanted = Wanted::Option(option.to_owned());
    house.input(Input::Answer { agent, prompt: prompt.map(PromptId), wanted, by })
}

fn effects_for(house: &House, agent: AgentId) -> Vec<Effect> {
    let plan = plan(&house.state, &house.world, &house.catalog, 0);
    let mine = |effect: &Effect| match effect {
        Effect::Answer { agent: of, .. }
        | Effect::SettleAnswer { agent: of, .. }
        | Effect::Deliver { agent: of, .. } => *of == agent,
        Effect::Watch { .. }
        | Effect::Stop { .. }
        | Effect::Launch { .. }
        | Effect::Restore { .. }
        | Effect::Digest { .. }
        | Effect::Recover => false,
    };
    plan.effects.into_iter().filter(mine).collect()
}

#[test]
fn of_two_answers_at_once_one_wins_and_the_other_is_a_conflict() {
    let mut house = asking();
    assert_eq!(answer(&mut house, Some(1), "1"), Reply::Answering { agent: AgentId(1), prompt: PromptId(1) });
    assert_eq!(code(&answer(&mut house, Some(1), "2")), Some(Code::Conflict));
}

#[test]
fn an_answer_is_for_the_prompt_that_was_listed_and_for_one_of_its_options() {
    let mut house = asking();
    assert_eq!(code(&answer(&mut house, None, "3")), Some(Code::NotFound));
    house.step(Step::Dialog { agent: 1, which: 2 });
    assert_eq!(code(&answer(&mut house, Some(1), "1")), Some(Code::Conflict), "p1 has become p2");
    house.step(Step::Dialog { agent: 1, which: 0 });
    assert_eq!(code(&answer(&mut house, Some(2), "1")), Some(Code::Conflict));
    assert_eq!(code(&answer(&mut house, None, "1")), Some(Code::Conflict), "it asks nothing");
    house.step(Step::Dialog { agent: 1, which: 1 });
    house.step(Step::Crash { agent: 1 });
    assert_eq!(code(&answer(&mut house, None, "1")), Some(Code::Conflict), "it has ended");
}

#[test]
fn an_answer_of_a_killed_supervisor_is_settled_and_not_typed_again() {
    let mut house = asking();
    let (agent, generation, prompt) = (AgentId(1), Generation(1), PromptId(1));
    answer(&mut house, None, "1");
    house.world.live.get_mut(&agent).unwrap().answer = Some(prompt);
    assert_eq!(effects_for(&house, agent), [Effect::Answer { agent, generation, prompt }]);
    house.step(Step::KillSupervisor);
    assert_eq!(effects_for(&house, agent), [Effect::SettleAnswer { agent, generation, prompt }]);
}

#[test]
fn a_message_waits_for_a_prompt_whatever_else_is_said_of_the_state() {
    let mut house = asking();
    assert_eq!(effects_for(&house, AgentId(1)), []);
    house.step(Step::Dialog { agent: 1, which: 0 });
    assert!(matches!(effects_for(&house, AgentId(1))[..], [Effect::Deliver { .. }]));
}
