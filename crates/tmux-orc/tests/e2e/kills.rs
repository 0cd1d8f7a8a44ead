//! What is killed with `SIGKILL` costs no agent and no message.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use orc_testkit::{Process, wait_until};
use serde_json::Value;

use crate::texts::lines;
use crate::world::{Agent, SOON, World, kill, scripted, whole};

/// Lets so much time pass: here the instant itself is what is varied, so there is no level to wait for.
pub(crate) fn let_pass(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::thread::yield_now();
    }
}

/// Whatever instant it is killed at, the message is typed exactly once.
#[test]
fn a_supervisor_killed_at_any_instant_of_a_paste() {
    const ROUNDS: u32 = 20;
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let mut sent = Vec::new();
    for round in 0..ROUNDS {
        let text = format!("round {round}\n{}", lines(200_000));
        let out = world.feed(text.as_bytes(), &["agent", "send", "t:0", "-"]).success();
        sent.push((out.stdout.lines().next().expect("a line").to_owned(), text));
        let supervisor = world.supervisor();
        // From at once to well after the hand-over, in uneven steps.
        let_pass(Duration::from_millis(u64::from(round * round * 7 % 700)));
        kill(&supervisor);
        world.wait_until_unreachable();
    }
    world.orc(&["daemon", "start"]).success();
    wait_until("every message has had its turn", SOON, || {
        let turns = agent.truth.of("turn_end").len();
        if turns == 1 + sent.len() { Ok(()) } else { Err(format!("{turns}\n{}", world.last_events())) }
    });
    let prompts = agent.truth.prompts();
    assert_eq!(prompts.len(), 1 + sent.len(), "each once");
    for ((id, text), prompt) in sent.iter().zip(&prompts[1..]) {
        assert!(*prompt == whole(id, "operator", text.trim_end()), "{id}: whole, in order: {prompt:.60}");
    }
    assert_eq!(unacknowledged(&world), [""; 0]);
}

/// What is not acknowledged in the end, of all messages to all agents.
fn unacknowledged(world: &World) -> Vec<String> {
    world.wait_until_idle("t");
    let record = world.json(&["agent", "messages", "t", "--format", "json"]);
    let mut fates = BTreeMap::new();
    for entry in record.as_array().expect("an array") {
        let key = |to: &Value| format!("{} to {to}", entry["message"]);
        match entry["entry"].as_str() {
            Some("sent") => {
                for to in entry["to"].as_array().expect("an array") {
                    fates.insert(key(to), "nothing".to_owned());
                }
            }
            Some("settled") => drop(fates.insert(key(&entry["to"]), entry["outcome"].to_string())),
            _ => {}
        }
    }
    fates
        .into_iter()
        .filter(|(_, fate)| fate != "\"acknowledged\"")
        .map(|(key, fate)| format!("{key}: {fate}"))
        .collect()
}

#[test]
fn a_tmux_server_killed_in_the_middle_of_a_paste() {
    let world = World::new();
    let agents = world.deploy(2);
    let text = lines(200_000);
    let out = world.feed(text.as_bytes(), &["agent", "send", "t:0", "-"]).success();
    kill(&world.tmux_server());
    let id = out.stdout.lines().next().expect("a line");
    let prompt = agents[0].truth.wait_for_message(id);
    let expected = whole(id, "operator", text.trim_end());
    assert!(prompt == expected, "{} bytes, not {}: {prompt:.200}", prompt.len(), expected.len());
    assert_eq!(agents[0].truth.prompts().len(), 2);
    assert_all_live(&agents);
    for agent in &agents {
        world.open_pane(agent);
    }
    let events = world.orc(&["events"]).stdout;
    assert!(
        events.contains("tmux_server_gone") && events.contains("views_restored"),
        "the log tells: {events}"
    );
}

#[track_caller]
fn assert_all_live(agents: &[Agent]) {
    for agent in agents {
        assert!(agent.process.is_alive(), "{} has ended", agent.target);
        assert_eq!(agent.truth.of("start").len(), 1, "{} was started once", agent.target);
    }
}

#[test]
fn everything_but_the_agents_killed_at_once() {
    let world = World::new();
    let agents = world.deploy(3);
    let shims: Vec<Process> = agents.iter().map(Agent::shim).collect();
    for agent in &agents {
        world.open_pane(agent);
        world.post(&agent.target, "DO: work 0.5\nDO: reply still here");
    }
    let spared = |process: &Process| {
        let of = |one: &Process| one.pid == process.pid || one.pid == process.parent;
        shims.iter().any(of) || agents.iter().any(|agent| of(&agent.process))
    };
    let killed: Vec<Process> = world.env.processes().into_iter().filter(|process| !spared(process)).collect();
    assert!(killed.len() >= 2 + agents.len(), "supervisor, tmux server, views: {killed:?}");
    killed.iter().for_each(Process::kill);
    killed.iter().for_each(kill);
    world.wait_until_unreachable();
    assert_all_live(&agents);
    // The next command brings everything back.
    for agent in &agents {
        world.post(&agent.target, "after the fall");
        agent.truth.wait_for_turns(3);
        let bodies = agent.truth.bodies("operator");
        assert_eq!(bodies, ["DO: work 0.5\nDO: reply still here", "after the fall"], "{}", agent.target);
        world.open_pane(agent);
    }
    assert_all_live(&agents);
    assert_eq!(unacknowledged(&world), [""; 0]);
}

#[test]
fn a_view_closed_by_hand_comes_back() {
    let world = World::new();
    let agents = world.deploy(2);
    let pane = world.open_pane(&agents[0]);
    world.tmux(&["kill-pane", "-t", &pane]);
    let again = world.open_pane(&agents[0]);
    assert_ne!(pane, again);
    assert_all_live(&agents);
    world.type_text(&agents[0], &again, "still the same agent");
}

#[test]
fn a_view_process_that_is_killed_comes_back() {
    let world = World::new();
    let agents = world.deploy(2);
    let pane = world.open_pane(&agents[0]);
    let pid = world.tmux(&["display-message", "-p", "-t", &pane, "#{pane_pid}"]);
    kill(&Process::read(pid.parse().unwrap()).unwrap());
    wait_until("another view is there", SOON, || {
        let now = world.pane(&agents[0]);
        let other = world.tmux(&["display-message", "-p", "-t", &now, "#{pane_pid}"]);
        if other == pid { Err(other) } else { Ok(()) }
    });
    world.open_pane(&agents[0]);
    assert_all_live(&agents);
}

/// The agent ends while a message waits for it.
#[test]
fn an_agent_that_ends_before_the_paste_leaves_the_message_in_sight() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    world.type_text(agent, &pane, "a draft that holds the message");
    let id = world.post(&agent.target, "too late");
    kill(&agent.process);
    world.wait_for_hold(agent, "the agent is not running");
    let status = world.orc(&["team", "status", "t"]).success().stdout;
    assert!(
        status.contains("exited (signal 9)") && status.contains("1 (the agent is not running)"),
        "{status}"
    );
    let record = world.orc(&["agent", "messages", "t:0", "--export"]).success().stdout;
    assert!(record.contains(&format!("{id} operator -> t:backend\n    too late\n")), "{record}");
    assert!(!record.contains(&format!("{id} t:backend: ")), "it has no fate yet: {record}");
    assert_eq!(agent.truth.prompts().len(), 1);
    let out = world.orc(&["agent", "send", "t:0", "and one more", "--wait=1s"]).exits(6);
    assert!(out.stdout.contains("the agent is not running"), "{out:?}");
}

/// The agent ends with the text in its composer: nothing was submitted, so the message waits again.
#[test]
fn an_agent_that_ends_during_the_paste_has_not_taken_the_message() {
    let world = World::new();
    let patient = scripted("scripted", &[]).replace("[paste]", "[paste]\ninline_limit = 8000000");
    world.profile("scripted", &patient);
    let agent = &world.deploy(2)[0];
    let out = world.feed(lines(4_000_000).as_bytes(), &["agent", "send", "t:0", "-"]).success();
    let id = out.stdout.lines().next().expect("a line");
    world.stop_in_the_paste(agent);
    kill(&agent.process);
    world.wait_for_hold(agent, "the agent is not running");
    let refused = world.orc(&["events"]).stdout;
    let refused = refused.lines().find(|line| line.contains("delivery_refused") && line.contains(id));
    assert!(refused.is_some_and(|line| line.contains("ended before")), "{refused:?}");
    assert_eq!(agent.truth.prompts().len(), 1);
}

#[test]
fn a_killed_shim_is_the_end_of_its_agent_and_is_said() {
    let world = World::new();
    let agents = world.deploy(2);
    kill(&agents[0].shim());
    wait_until("the end is seen", SOON, || {
        let status = world.status("t:0");
        if status["state"]["exit"] == "unseen" { Ok(()) } else { Err(status.to_string()) }
    });
    wait_until("an agent without its shim, which nobody can drive, is gone too", SOON, || {
        if agents[0].process.is_alive() { Err("it lives".to_owned()) } else { Ok(()) }
    });
    assert!(world.orc(&["team", "status", "t"]).stdout.contains("shim killed, status not seen"));
    assert!(world.orc(&["events"]).stdout.contains("agent_ended"));
    assert!(agents[1].process.is_alive());
    world.send("t:1", "you are alone now");
}
