//! `team stop` ends exactly what we started, and keeps the record.

use std::fs;
use std::process::Stdio;

use orc_testkit::{Process, wait_until};

use crate::world::{Agent, SOON, World};

#[test]
fn stop_ends_the_team_and_nothing_else() {
    let world = World::new();
    let agents = world.deploy(3);
    let others = world.deploy_with(&["backend", "2", "--project-name", "other", "--agent", "scripted"]);
    world.send("t:0", "for the record");
    world.wait_until_idle("t");
    // Of the same name, in the same world, and not ours.
    let decoy = world.env.root().join("tmux-orc");
    fs::copy("/bin/sleep", &decoy).unwrap();
    let mut decoy = world.env.command(decoy).arg("600").stdin(Stdio::null()).spawn().unwrap();
    let shims: Vec<Process> = agents.iter().map(Agent::shim).collect();

    let out = world.orc(&["team", "stop", "t"]).exits(2);
    assert!(out.stderr.contains("--yes"), "{out:?}");
    assert!(agents.iter().all(|agent| agent.process.is_alive()), "without a yes nothing ends");

    world.orc(&["team", "stop", "t", "--yes"]).success();
    for (agent, shim) in agents.iter().zip(&shims) {
        assert!(!agent.process.is_alive(), "{} still runs", agent.target);
        assert_eq!(agent.truth.of("exit")[0]["reason"], "ctrl-c", "{} was asked politely", agent.target);
        wait_until("its shim has ended", SOON, || {
            if shim.is_alive() { Err("it lives".to_owned()) } else { Ok(()) }
        });
    }
    assert!(others.iter().all(|agent| agent.process.is_alive()), "another team goes on");
    assert!(decoy.try_wait().unwrap().is_none(), "the decoy goes on");
    let teams = world.tmux(&["list-windows", "-a", "-F", "#{@orc_team}"]);
    assert!(
        !teams.lines().any(|team| team == "t") && teams.contains("other"),
        "its windows are closed: {teams}"
    );

    assert_eq!(world.json(&["team", "status", "t"])["phase"], "stopped");
    assert!(world.orc(&["agent", "messages", "t", "--export"]).stdout.contains("for the record"));
    let out = world.orc(&["agent", "send", "t:0", "too late"]).exits(4);
    assert!(out.stderr.contains("has been stopped"), "{out:?}");
    world.send("other:0", "you go on");
    // The name is free again, and the new team's record begins with it.
    let again = world.deploy(2);
    assert!(!world.orc(&["agent", "messages", "t", "--export"]).stdout.contains("for the record"));
    world.send(&again[0].target, "a new start");
    decoy.kill().unwrap();
    decoy.wait().unwrap();
}

#[test]
fn an_agent_that_hears_nothing_is_ended_with_what_it_started() {
    let world = World::new();
    let agent = world.deploy(2).swap_remove(0);
    world.send("t:0", "DO: run sleep 611 >/dev/null 2>&1 & nohup sleep 612 >/dev/null 2>&1 &");
    agent.truth.wait_for_turns(2);
    world.post("t:0", "DO: hang deaf");
    agent.truth.wait_for_prompt("DO: hang deaf");
    let shim = agent.shim();
    world.orc(&["team", "stop", "t", "--yes"]).success();
    assert!(!agent.process.is_alive());
    wait_until("nothing of it is left", SOON, || {
        let left: Vec<Process> = world
            .env
            .processes()
            .into_iter()
            .filter(|process| process.command.starts_with("sleep 61"))
            .collect();
        if left.is_empty() && !shim.is_alive() { Ok(()) } else { Err(format!("{left:?}")) }
    });
}

/// Messages that nobody can take any more get a visible end.
#[test]
fn what_waits_when_a_team_is_stopped_becomes_a_dead_letter() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    world.type_text(agent, &pane, "a draft");
    let id = world.post("t:0", "never to be read");
    world.orc(&["team", "stop", "t", "--yes"]).success();
    let record = world.json(&["agent", "messages", "t", "--format", "json"]);
    let fate = record
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["entry"] == "settled" && entry["message"] == *id);
    let fate = fate.expect("a fate");
    assert_eq!(fate["outcome"], "dead-letter");
    assert!(fate["evidence"]["detail"].as_str().unwrap().contains("the team was stopped"), "{fate}");
    assert_eq!(agent.truth.prompts().len(), 1);
}

/// The daemon's own stop is no stop of a team.
#[test]
fn a_supervisor_that_is_stopped_leaves_the_agents_and_finds_them_again() {
    let world = World::new();
    let agents = world.deploy(2);
    let before = world.supervisor();
    world.orc(&["daemon", "stop"]).success();
    assert!(!before.is_alive());
    assert!(agents.iter().all(|agent| agent.process.is_alive()));
    world.send("t:0", "hello again");
    assert_ne!(world.supervisor().pid, before.pid);
    let events = world.orc(&["events"]).stdout;
    assert!(events.contains("supervisor_stopped"), "{events}");
}
