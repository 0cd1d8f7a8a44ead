//! What a message waits for, and what counts as its receipt.

use crate::house::{House, team};
use crate::step::Step;
use orc_core::decide::Reply;
use orc_core::delivery::Outcome;
use orc_core::ids::{AgentId, Generation, MessageId};
use orc_core::input::Input;
use orc_core::plan::{Effect, plan};
use orc_core::restart::Comeback;
use orc_core::team::{AgentState, Doors, Need, ProviderWait, Source, TeamPhase};
use orc_core::time::Timestamp;
use orc_core::view::recipients;

#[test]
fn a_message_waits_for_a_dialog_a_draft_and_a_start() {
    let mut house = House::new();
    house.step(Step::Send { to_all: false, agent: 1 });
    let delivers = |house: &House| {
        plan(&house.state, &house.world, &house.catalog, 0)
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Deliver { .. }))
    };
    assert!(!delivers(&house), "it is starting");
    let see = |house: &mut House, state| {
        let (agent, generation, source) = (AgentId(1), Generation(1), Source::Status);
        house.input(Input::Seen { agent, generation, state, source, detail: String::new() });
    };
    see(&mut house, AgentState::NeedsPerson { need: Need::Permission });
    assert!(!delivers(&house), "a dialog is open");
    see(&mut house, AgentState::Idle);
    assert!(delivers(&house));
    house.world.live.get_mut(&AgentId(1)).unwrap().draft = true;
    assert!(!delivers(&house), "a person has a draft");
    see(&mut house, AgentState::Working);
    see(&mut house, AgentState::Hung { since: Timestamp(1), proof: "no CPU".into() });
    house.world.live.get_mut(&AgentId(1)).unwrap().draft = false;
    assert!(!delivers(&house), "it hangs");
    see(&mut house, AgentState::Working);
    assert!(delivers(&house), "this agent queues what comes during a turn");
    house.world.live.get_mut(&AgentId(1)).unwrap().ending = true;
    assert!(!delivers(&house), "in a moment it is idle");
    house.world.live.get_mut(&AgentId(1)).unwrap().ending = false;
    let (wait, retry_at, text) = (ProviderWait::RateLimit, None, String::new());
    see(&mut house, AgentState::WaitingOnProvider { wait, retry_at, text });
    assert!(delivers(&house), "and also during one that waits");
    see(&mut house, AgentState::FailedTurn { error: "500".into() });
    assert!(delivers(&house), "after a failed turn the composer is back");
    house.world.live.get_mut(&AgentId(1)).unwrap().draft = true;
    see(&mut house, AgentState::Unknown);
    house.world.live.get_mut(&AgentId(1)).unwrap().draft = false;
    assert!(!delivers(&house), "no evidence is not idle");
}

#[test]
fn a_message_that_is_held_by_nothing_but_others_says_how_many() {
    let mut house = House::new();
    house.input(Input::Seen {
        agent: AgentId(1),
        generation: Generation(1),
        state: AgentState::Idle,
        source: Source::Status,
        detail: String::new(),
    });
    let sent: Vec<MessageId> = (0..3)
        .map(|_| {
            house.step(Step::Send { to_all: false, agent: 1 });
            house.state.messages.keys().next_back().copied().unwrap()
        })
        .collect();
    let holds: Vec<Option<String>> = sent
        .iter()
        .map(|id| recipients(&house.state, &house.world, &house.catalog, *id, 0).remove(0).hold)
        .collect();
    let said = ["one message goes before it", "2 messages go before it"].map(str::to_owned);
    assert_eq!(holds, [None, Some(said[0].clone()), Some(said[1].clone())]);
}

#[test]
fn a_stopped_team_leaves_no_message_open() {
    let mut house = House::new();
    house.step(Step::Send { to_all: true, agent: 1 });
    house.step(Step::Stop);
    house.work(5);
    assert_eq!(house.state.teams[&team()].phase, TeamPhase::Stopped);
    assert!(house.fates().values().all(|outcomes| outcomes.len() == 1));
}

#[test]
fn what_a_stopped_agent_held_in_its_own_queue_was_never_read() {
    let mut house = House::new();
    house.step(Step::Send { to_all: false, agent: 1 });
    let (agent, message) = (AgentId(1), MessageId(1));
    let seen = Input::Seen {
        agent,
        generation: Generation(1),
        state: AgentState::Idle,
        source: Source::Status,
        detail: String::new(),
    };
    house.input(seen);
    let queued = 6;
    house.work(queued);
    assert_eq!(house.state.messages[&message].recipients[&agent].word(), "queued-in-agent");
    house.step(Step::Stop);
    house.work(5);
    assert_eq!(house.state.teams[&team()].phase, TeamPhase::Stopped);
    let late = Input::DeliveryEnded {
        message,
        agent,
        attempt: 1,
        outcome: Outcome::Queued,
        door: "paste".into(),
        source: Source::Screen,
        detail: "it was shown in the queue".into(),
    };
    assert_eq!(house.input(late), Reply::Stale, "who saw it there tells so too late");
    let outcomes = &house.fates()[&(message, agent)];
    let dead = Outcome::Dead { reason: "the team was stopped before the agent read it".into() };
    assert_eq!(outcomes[..], [&Outcome::Queued, &dead]);
}

#[test]
fn what_an_earlier_launch_took_counts_but_not_for_what_is_being_typed() {
    let mut house = House::new();
    let (agent, first, second) = (AgentId(1), Generation(1), Generation(2));
    let idle = |house: &mut House, generation| {
        let (state, source) = (AgentState::Idle, Source::Status);
        house.input(Input::Seen { agent, generation, state, source, detail: String::new() });
    };
    let taken = |house: &mut House, generation| {
        let (source, detail) = (Source::Hook, String::new());
        house.input(Input::Taken { agent, generation, messages: vec![MessageId(1)], source, detail });
    };
    house.step(Step::Send { to_all: false, agent: 1 });
    idle(&mut house, first);
    house.work(1);
    house.restart(agent, Comeback::Fresh);
    house.work(5);
    house.work(5);
    idle(&mut house, second);
    house.input(Input::Restored { agent, generation: second, detail: String::new(), words: None });
    house.work(2);
    assert_eq!(house.state.agents[&agent].active.unwrap().generation, second);
    taken(&mut house, first);
    assert!(house.state.agents[&agent].active.is_some(), "an old word does not end the new attempt");
    taken(&mut house, second);
    assert!(house.state.agents[&agent].active.is_none());
}

#[test]
fn a_hook_counts_once_and_only_one_of_this_launch_speaks_of_the_doors() {
    let mut house = House::new();
    let agent = AgentId(1);
    let hook = |house: &mut House, id: &str, launch, doors| {
        let id = id.to_owned();
        house.input(Input::HookTaken { agent, generation: Generation(launch), id, doors })
    };
    assert_eq!(hook(&mut house, "1", 1, Some(Doors::Shut)), Reply::Ok);
    assert_eq!(hook(&mut house, "1", 1, Some(Doors::Open)), Reply::Stale);
    assert_eq!(house.state.agent(agent).unwrap().doors, Doors::Shut);
    for n in 0..64 {
        assert_eq!(hook(&mut house, &format!("other {n}"), 1, None), Reply::Ok);
    }
    assert_eq!(house.state.agent(agent).unwrap().doors, Doors::Shut);
    assert_eq!(hook(&mut house, "1", 1, None), Reply::Ok, "it was forgotten after 64 others");
    house.restart(agent, Comeback::Fresh);
    house.work(5);
    house.work(5);
    assert_eq!(house.state.agents[&agent].generation, Generation(2));
    assert_eq!(house.state.agent(agent).unwrap().doors, Doors::Open);
    assert_eq!(hook(&mut house, "late", 1, Some(Doors::Shut)), Reply::Ok);
    assert_eq!(house.state.agent(agent).unwrap().doors, Doors::Open, "it speaks of an earlier launch");
}
