//! What is killed with `SIGKILL` costs no agent and no message.

use orc_testkit::{Process, wait_until};

use crate::texts::lines;
use crate::world::{Agent, SOON, World, kill, whole};

/// Ids of messages whose fate is not that the agent has acknowledged them.
fn unacknowledged(world: &World) -> Vec<String> {
    let record = world.json(&["agent", "messages", "t", "--format", "json"]);
    let fates =
        record.as_array().expect("a record is a list").iter().filter(|entry| entry["entry"] == "settled");
    fates.filter(|entry| entry["outcome"] != "acknowledged").map(ToString::to_string).collect()
}

#[test]
fn a_tmux_server_killed_in_the_middle_of_a_paste() {
    let world = World::new();
    let agents = world.deploy(2);
    let text = lines(200_000);
    let out = world.feed(text.as_bytes(), &["agent", "send", "t:0", "-"]).success();
    kill(&world.tmux_server());
    let id = out.stdout.lines().next().unwrap();
    let prompt = agents[0].truth.wait_for_prompt(id);
    assert!(prompt == whole(id, "operator", text.trim_end()), "the text is whole");
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
    assert_all_live(&agents);
    // The next command brings everything back.
    for agent in &agents {
        world.send(&agent.target, "after the fall");
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

#[test]
fn an_agent_that_dies_keeps_its_messages_in_sight() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    world.post(&agent.target, "DO: work 0.3\nDO: crash");
    agent.truth.wait_for_prompt("DO: crash");
    let id = world.post(&agent.target, "too late");
    wait_until("the end is seen", SOON, || {
        let status = world.status(&agent.target);
        if status["state"]["exit"]["signal"] == 9 { Ok(()) } else { Err(status.to_string()) }
    });
    world.wait_for_hold(agent, "the agent is not running");
    let status = world.orc(&["team", "status", "t"]).success().stdout;
    assert!(
        status.contains("exited (signal 9)") && status.contains("1 (the agent is not running)"),
        "{status}"
    );
    assert!(agent.truth.prompts().iter().all(|prompt| !prompt.contains("too late")));
    let record = world.orc(&["agent", "messages", "t:0", "--export"]).success().stdout;
    assert!(record.contains(&format!("{id} operator -> t:backend\n    too late\n")), "{record}");
    assert!(!record.contains(&format!("{id} t:backend: ")), "it has no fate yet: {record}");
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
    assert!(!agents[0].process.is_alive(), "an agent without its shim cannot be driven and must not stay");
    assert!(world.orc(&["team", "status", "t"]).stdout.contains("shim killed, status not seen"));
    assert!(world.orc(&["events"]).stdout.contains("agent_ended"));
    assert!(agents[1].process.is_alive());
    world.send("t:1", "you are alone now");
}
