//! A restart is a wish in the log, an end, a launch and a word.

use crate::house::{House, code};
use crate::step::Step;
use orc_core::decide::Reply;
use orc_core::error::Code;
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, MessageId};
use orc_core::input::Input;
use orc_core::plan::{Effect, plan};
use orc_core::restart::{Cause, Comeback};
use orc_core::team::{AgentState, Exit, Source};

/// The steps of one restart, one by one, with what the manager and the agent are told.
#[test]
fn a_restart_is_an_intent_an_end_a_launch_and_a_word() {
    let mut house = House::new();
    let (agent, next) = (AgentId(1), Generation(2));
    house.step(Step::Send { to_all: false, agent: 1 });
    house.restart(agent, Comeback::Brief);
    house.restart(agent, Comeback::Brief);
    assert_eq!(house.state.agents[&agent].restart.as_ref().unwrap().generation, next, "one wish, not two");
    let planned = |house: &House| plan(&house.state, &house.world, &house.catalog, 0).effects;
    assert!(planned(&house).contains(&Effect::Stop { agent, generation: Generation(1) }));
    house.work(5);
    assert!(planned(&house).contains(&Effect::Launch { agent, generation: next }));
    house.work(5);
    let ready = |house: &mut House| {
        let (state, source) = (AgentState::Idle, Source::Status);
        house.input(Input::Seen { agent, generation: next, state, source, detail: String::new() });
    };
    assert!(!planned(&house).iter().any(|effect| matches!(effect, Effect::Deliver { .. })), "it starts");
    ready(&mut house);
    assert!(!planned(&house).iter().any(|effect| matches!(effect, Effect::Deliver { .. })), "a word first");
    house.work(5);
    assert_eq!(house.state.agents[&agent].queue, [MessageId(2), MessageId(1)], "the word comes first");
    assert!(house.state.agents[&agent].restart.is_none());
}

#[test]
fn a_session_that_cannot_be_resumed_is_followed_by_a_brief_and_then_by_nothing() {
    let mut house = House::new();
    let agent = AgentId(1);
    let session =
        |generation, session: &str| Input::SessionKnown { agent, generation, session: session.into() };
    house.input(session(Generation(1), "own"));
    house.restart(agent, Comeback::Resume);
    house.work(5);
    house.work(5);
    house.end(agent, Generation(2), Exit::Status(1));
    let restart = house.state.agents[&agent].restart.clone().unwrap();
    assert_eq!(
        (restart.generation, restart.how, restart.cause),
        (Generation(3), Comeback::Brief, Cause::ResumeFailed)
    );
    assert!(house.state.agents[&agent].sessions.contains(&"own".to_owned()), "no session is forgotten");
    house.work(5);
    house.end(agent, Generation(3), Exit::Status(1));
    assert!(house.state.agents[&agent].restart.is_none(), "what cannot start is not started for ever");
    assert!(house.log.iter().any(|(_, _, event)| matches!(event, Event::AgentRestartFailed { .. })));
}

#[test]
fn an_agent_that_was_killed_or_was_ready_has_not_refused_its_session() {
    let agent = AgentId(1);
    let ends = [(false, Exit::Signal(9)), (false, Exit::Unseen), (true, Exit::Status(1))];
    for (ready, exit) in ends {
        let mut house = House::new();
        house.restart(agent, Comeback::Resume);
        house.work(5);
        house.work(5);
        if ready {
            let (state, source, generation) = (AgentState::Idle, Source::Status, Generation(2));
            house.input(Input::Seen { agent, generation, state, source, detail: String::new() });
        }
        house.end(agent, Generation(2), exit);
        assert!(house.state.agents[&agent].restart.is_none(), "no brief, and no loop: {exit}");
        assert!(house.log.iter().any(|(_, _, event)| matches!(event, Event::AgentRestartFailed { .. })));
    }
}

#[test]
fn a_restart_that_is_pending_in_another_way_refuses_the_wish() {
    let mut house = House::new();
    let agent = AgentId(1);
    house.restart(agent, Comeback::Resume);
    let ask = |house: &mut House, how| {
        house.input(Input::Restart { agent, how, cause: Cause::Asked, why: "asked".into() })
    };
    assert_eq!(code(&ask(&mut house, Comeback::Fresh)), Some(Code::Conflict));
    assert_eq!(ask(&mut house, Comeback::Resume), Reply::Restarting(Generation(2)));
}
