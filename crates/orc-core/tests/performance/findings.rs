//! Each kind of trouble is named first in a team that has it, with its figure and a command, and not in one that has not.

use orc_core::delivery::{Outcome, Sender};
use orc_core::event::Event;
use orc_core::performance::findings::Figure;
use orc_core::performance::{Finding, Kind, Sample, Usage};
use orc_core::plan::Live;
use orc_core::recovery::{Fall, Mode};
use orc_core::restart::{Cause, Comeback};
use orc_core::team::{AgentState, Exit, Need, ProviderWait};
use orc_core::time::Moment;

use crate::house::{BACKEND, DEVOPS, House, MINUTE, PM, SECOND, team};

/// A team in which things go on as they should.
fn busy() -> House {
    let mut house = House::new();
    house.declares();
    house.task("look at the pool", Some("backend"));
    for _ in 0..3 {
        house.turn(Sender::Operator, PM, "how far is it?", 20 * SECOND);
        house.turn(House::agent(PM), BACKEND, "look at the pool", 40 * SECOND);
        house.turn(House::agent(BACKEND), PM, "it leaks", 10 * SECOND);
        house.turn(House::agent(PM), DEVOPS, "watch the database", 30 * SECOND);
    }
    house.becomes(BACKEND, AgentState::Working);
    house
}

/// The first finding, which must be of this kind.
#[track_caller]
fn first(house: &House, kind: Kind) -> Finding {
    let findings = house.findings();
    let first = findings.first().unwrap_or_else(|| panic!("nothing is named: {:#?}", house.figures()));
    assert_eq!(first.kind, kind, "{findings:#?}");
    first.clone()
}

#[test]
fn in_a_healthy_team_nothing_is_named() {
    assert_eq!(House::new().findings(), [], "a new one");
    let house = busy();
    assert_eq!(house.findings(), []);
    let mut resting = House::new();
    resting.turn(Sender::Operator, BACKEND, "look", MINUTE);
    resting.pass(60 * MINUTE);
    assert_eq!(resting.findings(), [], "nobody has anything to do, and that is no trouble");
}

#[test]
fn blocked_on_a_permission_for_4m12s() {
    let mut house = busy();
    house.asks(DEVOPS, Need::Permission);
    house.pass(4 * MINUTE + 12 * SECOND);
    let found = first(&house, Kind::Blocked);
    assert_eq!(found.text, "DevOps Engineer (t:1) blocked on a permission for 4m12s");
    assert_eq!(found.command, "tmux-orc agent prompts t:1");
    assert_eq!(found.figure, Figure::Lasting { for_ms: 252_000 });
    assert_eq!((found.team, found.agent.as_deref()), (Some(team()), Some("t:1")));
}

#[test]
fn a_dialog_that_has_just_opened_is_no_finding_and_a_login_is_answered_in_the_terminal() {
    let mut house = House::new();
    house.becomes(BACKEND, AgentState::NeedsPerson { need: Need::Login });
    house.pass(SECOND);
    assert_eq!(house.findings(), []);
    house.pass(MINUTE);
    let found = first(&house, Kind::Blocked);
    assert_eq!(found.text, "Senior Backend Developer (t:0) blocked on a login for 1m01s");
    assert_eq!(found.command, "tmux-orc agent attach t:0", "no dialog is listed");
}

#[test]
fn who_has_waited_longest_comes_first() {
    let mut house = House::new();
    house.asks(BACKEND, Need::Question);
    house.pass(MINUTE);
    house.asks(DEVOPS, Need::Permission);
    house.pass(MINUTE);
    let named: Vec<_> = house.findings().into_iter().map(|found| found.agent.unwrap()).collect();
    assert_eq!(named, ["t:0", "t:1"]);
}

#[test]
fn who_rests_while_a_task_is_open_is_starved() {
    let mut house = House::new();
    house.task("find the leak", None);
    house.pass(10 * SECOND);
    assert_eq!(house.findings(), [], "somebody may be about to take it");
    house.pass(20 * SECOND);
    let found = first(&house, Kind::Starved);
    assert!(found.text.contains("while T1 is open and nobody has it"), "{}", found.text);
    assert_eq!(found.command, "tmux-orc task assign t T1 backend");
    let named: Vec<_> = house.findings().into_iter().map(|found| found.agent.unwrap()).collect();
    assert_eq!(named, ["t:0", "t:1"], "a manager that waits for its team is none");
}

#[test]
fn who_forgets_its_own_task_is_asked_for_it() {
    let mut house = House::new();
    house.task("find the leak", Some("devops"));
    house.turn(House::agent(PM), DEVOPS, "T1 is yours", 10 * SECOND);
    house.pass(30 * SECOND);
    let found = first(&house, Kind::Starved);
    assert_eq!(found.text, "DevOps Engineer (t:1) has rested for 30 s while its task T1 is open");
    assert_eq!(house.findings().len(), 1);
}

#[test]
fn who_has_nothing_to_do_in_an_incident_is_named_after_a_while() {
    let mut house = House::new();
    house.declares();
    house.pass(4 * MINUTE);
    assert_eq!(house.findings(), []);
    house.pass(2 * MINUTE);
    let found = first(&house, Kind::Starved);
    assert!(found.command.starts_with("tmux-orc task add t "), "{}", found.command);
    assert_eq!(house.findings().len(), 2);
}

#[test]
fn a_provider_that_lets_wait_is_named_with_what_relieves() {
    let limited = || AgentState::WaitingOnProvider {
        wait: ProviderWait::RateLimit,
        retry_at: None,
        text: "429".into(),
    };
    let mut house = busy();
    house.becomes(BACKEND, limited());
    house.pass(4 * SECOND);
    assert_eq!(house.findings(), []);
    house.pass(20 * SECOND);
    let found = first(&house, Kind::RateLimited);
    assert_eq!(
        found.text,
        "Senior Backend Developer (t:0) has waited for its provider for 24 s (rate limit)"
    );
    assert_eq!(found.command, "tmux-orc task assign t T1 devops", "its task, and who is free");
    // It comes and goes: what counts is how much of the time.
    for _ in 0..5 {
        house.becomes(BACKEND, AgentState::Working);
        house.pass(SECOND);
        house.becomes(BACKEND, limited());
        house.pass(15 * SECOND);
    }
    house.becomes(BACKEND, AgentState::Working);
    let found = first(&house, Kind::RateLimited);
    assert!(found.text.ends_with("waited for its provider for 1m39s of the last 5m00s"), "{}", found.text);
}

#[test]
fn two_agents_that_answer_each_other_are_named() {
    let mut house = House::new();
    for n in 0..4 {
        house.turn(House::agent(BACKEND), DEVOPS, &format!("are you sure of {n}?"), 2 * SECOND);
        house.turn(House::agent(DEVOPS), BACKEND, &format!("quite sure, {n}"), 2 * SECOND);
    }
    let found = first(&house, Kind::Looping);
    assert_eq!(found.text, "backend and devops of t answer each other: 8 messages in 14 s");
    assert!(found.command.starts_with("tmux-orc agent send t:backend "), "{}", found.command);
    house.pass(10 * MINUTE);
    assert_eq!(house.findings(), [], "it is over");
}

#[test]
fn an_agent_that_says_the_same_again_and_again_is_named() {
    let mut house = House::new();
    for n in 0..4 {
        house.turn(House::agent(DEVOPS), PM, &format!("still {n} failures"), 6 * SECOND);
    }
    let found = first(&house, Kind::Looping);
    assert!(found.text.starts_with("devops of t sent pm the same message 4 times"), "{}", found.text);
}

#[test]
fn many_short_turns_are_a_circle_unless_a_person_asks_for_them() {
    let (mut asked, mut alone) = (House::new(), House::new());
    for n in 0..25 {
        let words = ["look at it", "and at that", "what is this", "go on", "why"][n % 5].repeat(n / 5 + 1);
        asked.turn(Sender::Operator, BACKEND, &words, SECOND);
        alone.turn(House::agent(PM), BACKEND, &words, SECOND);
    }
    assert_eq!(asked.findings(), [], "a person asked each time");
    let found = first(&alone, Kind::Looping);
    assert!(found.text.contains("took 25 turns in the last 5m00s"), "{}", found.text);
}

#[test]
fn a_queue_that_grows_is_named_with_what_holds_it() {
    let mut house = House::new();
    house.world.live.insert(BACKEND, Live { connected: true, draft: true, ..Live::default() });
    for n in 0..4 {
        house.accept(Sender::Operator, BACKEND, &format!("message {n}"));
        house.pass(SECOND);
    }
    assert_eq!(house.findings(), [], "it may be about to take them");
    house.pass(20 * SECOND);
    let found = first(&house, Kind::QueueGrowing);
    assert!(
        found
            .text
            .contains("has 4 messages waiting, the oldest for 24 s (a person's draft is in the composer)"),
        "{}",
        found.text
    );
    assert_eq!(found.command, "tmux-orc agent attach t:0");
}

#[test]
fn deliveries_that_take_long_are_named() {
    let mut house = House::new();
    for n in 0..4 {
        let message = house.accept(Sender::Operator, BACKEND, &format!("message {n}"));
        house.hand_over(message, BACKEND, 12 * SECOND, Outcome::Submitted);
    }
    let found = first(&house, Kind::SlowDelivery);
    assert!(found.text.contains("of 4 lately, p95 12 s, took so long to be typed"), "{}", found.text);
    assert_eq!(found.command, "tmux-orc agent messages t:0");
}

#[test]
fn processes_that_hold_far_more_memory_than_the_others_are_named() {
    let usage = |mib: u64| {
        let (memory_bytes, largest_bytes) = (mib << 20, (mib << 20) / 2);
        let now = Sample { processes: 3, memory_bytes, largest: "node".into(), largest_bytes, cpu_ms: 0 };
        Usage { cpu_percent: 0, now }
    };
    let mut house = busy();
    house.host.now.memory_bytes = Some(32 << 30);
    house.usage = [(BACKEND, usage(900)), (DEVOPS, usage(450)), (PM, usage(400))].into();
    assert_eq!(house.findings(), [], "twice as much is nothing");
    house.usage.insert(BACKEND, usage(2048));
    let found = first(&house, Kind::MemoryHungry);
    assert_eq!(
        found.text,
        "Senior Backend Developer (t:0) holds 2.0 GiB of memory in 3 processes, 4 times as much as the others; \
         most in `node` (1.0 GiB)"
    );
    // Where all are as hungry as it, what the host has decides.
    house.usage = [BACKEND, DEVOPS, PM].map(|agent| (agent, usage(2048))).into();
    assert_eq!(house.findings(), []);
    house.host.now.memory_bytes = Some(6 << 30);
    assert_eq!(house.findings().len(), 3);
}

#[test]
fn an_agent_that_is_down_is_named_and_its_other_troubles_are_not() {
    let mut house = busy();
    for n in 0..5 {
        house.accept(Sender::Operator, BACKEND, &format!("message {n}"));
    }
    house.ends(BACKEND, Exit::Signal(9));
    house.pass(MINUTE);
    let found = first(&house, Kind::Down);
    assert_eq!(found.command, "tmux-orc agent restart t:0 --restore-context");
    assert_eq!(house.findings().len(), 1, "{:#?}", house.findings());
    let generation = house.generation(BACKEND).next();
    let (how, cause, why) = (Comeback::Resume, Cause::Asked, String::new());
    house.event(Event::AgentRestarting { agent: BACKEND, generation, how, cause, why });
    assert!(house.findings().iter().all(|found| found.kind != Kind::Down), "somebody brings it back");
}

#[test]
fn a_hang_a_failed_turn_and_a_start_that_does_not_end_are_named() {
    let mut house = busy();
    house.launch(DEVOPS);
    house.becomes(PM, AgentState::FailedTurn { error: "529 overloaded".into() });
    house.pass(2 * MINUTE);
    house.becomes(
        BACKEND,
        AgentState::Hung { since: house.now().at, proof: "no output, no work for 2m00s".into() },
    );
    let found = first(&house, Kind::Hung);
    assert!(found.text.ends_with("no output, no work for 2m00s"), "{}", found.text);
    let kinds: Vec<Kind> = house.findings().into_iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [Kind::Hung, Kind::FailedTurn, Kind::NotReady]);
}

#[test]
fn a_crash_loop_and_an_open_breaker_are_named() {
    let mut house = busy();
    let started = Event::RecoveryStarted {
        team: Some(team()),
        mode: Mode::Emergency,
        hang_after_ms: None,
        by: "human".into(),
    };
    house.event(started);
    for _ in 0..3 {
        house.ends(BACKEND, Exit::Status(3));
        house.launch(BACKEND);
        house.pass(2 * SECOND);
        house.becomes(BACKEND, AgentState::Working);
    }
    let found = first(&house, Kind::CrashLoop);
    assert!(found.text.contains("was started again 3 times"), "{}", found.text);
    assert_eq!(found.command, "tmux-orc recovery status --session t");
    house.ends(BACKEND, Exit::Status(3));
    let at = Moment { boot: String::new(), millis: 1 };
    let generation = house.generation(BACKEND);
    house.event(Event::RestartPlanned {
        agent: BACKEND,
        generation,
        attempt: 4,
        fall: Fall::Ended { exit: Exit::Status(3) },
        delay_ms: 100_000,
        at: at.clone(),
    });
    assert_eq!(first(&house, Kind::CrashLoop).agent.as_deref(), Some("t:0"), "it will be started again");
    let reason = "it ended 8 times".to_owned();
    house.event(Event::BreakerOpened { agent: BACKEND, generation, reason, at });
    let found = first(&house, Kind::BreakerOpen);
    assert!(found.text.contains("it ended 8 times"), "{}", found.text);
    assert_eq!(house.findings().len(), 1, "one word for one trouble: {:#?}", house.findings());
}
