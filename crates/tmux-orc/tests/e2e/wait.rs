//! Waiting for a state, failed turns, and the chain of evidence.

use std::process::{Child, Stdio};

use orc_testkit::wait_until;
use serde_json::Value;

use crate::world::{SOON, World};

/// Begins to wait in the background.
fn begin(world: &World, agent: &str, until: &str) -> Child {
    let mut command = world.command(&["--json", "wait", agent, "--until", until, "--timeout", "60s"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// What it waited for, when it ended well.
fn reached(child: Child) -> Value {
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str::<Value>(&text).expect("JSON")["reached"].clone()
}

#[test]
fn a_wait_for_what_is_so_returns_at_once_with_its_evidence() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    world.wait_until_idle("t");
    let awaited = world.json(&["wait", &agent.target, "--until", "idle"]);
    assert_eq!(awaited["reached"]["state"]["is"], "idle");
    assert_eq!(awaited["reached"]["evidence"]["source"], "status", "{awaited}");
    let shown = world.orc(&["wait", &agent.target, "--until", "idle"]).success().stdout;
    assert!(shown.starts_with(&format!("{} idle (its own status: ", agent.target)), "{shown}");
}

#[test]
fn a_wait_says_by_its_exit_status_what_it_came_to() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let late = world.orc(&["wait", &agent.target, "--until", "blocked", "--timeout", "100ms"]);
    assert_eq!(late.code, 6, "{late:?}");
    assert!(late.stderr.contains("was not blocked in time: it is idle"), "{late:?}");
    assert_eq!(world.orc(&["wait", "t:9", "--until", "idle"]).code, 3);
    assert_eq!(world.orc(&["wait", &agent.target, "--until", "happy"]).code, 2);
    world.orc(&["team", "stop", "t", "--yes"]).success();
    assert_eq!(world.orc(&["wait", &agent.target, "--until", "idle"]).code, 4, "it will never be");
    let ended = world.json(&["wait", &agent.target, "--until", "ended"]);
    assert_eq!(ended["reached"]["state"]["is"], "exited");
}

#[test]
fn a_state_that_lasts_only_a_moment_ends_a_wait() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    world.wait_until_idle("t");
    let mut waits = begin(&world, &agent.target, "working");
    let mut turns = 0;
    wait_until("the wait ends", SOON, || {
        turns += 1;
        world.send(&agent.target, "DO: reply at once");
        if waits.try_wait().expect("its status").is_some() { Ok(()) } else { Err(format!("{turns} turns")) }
    });
    assert_eq!(reached(waits)["state"]["is"], "working");
}

#[test]
fn a_wait_outlives_the_supervisor() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let file = world.env.root().join("made");
    let waits = begin(&world, &agent.target, "blocked");
    world.kill_supervisor();
    world.send(&agent.target, &format!("DO: ask touch '{}'", file.display()));
    let reached = reached(waits);
    assert_eq!(reached["state"]["need"], "permission", "{reached}");
    assert!(!file.exists());
}

#[test]
fn a_failed_turn_is_said_with_its_error_and_the_next_message_is_delivered() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    world.wait_until_idle("t");
    world.send(&agent.target, "DO: fail 529 overloaded");
    wait_until("the failure is seen", SOON, || {
        let state = world.status(&agent.target)["state"].clone();
        let told = state["is"] == "failed_turn" && state["error"].to_string().contains("529 overloaded");
        if told { Ok(()) } else { Err(state.to_string()) }
    });
    let waited = world.json(&["wait", &agent.target, "--until", "idle"]);
    assert_eq!(waited["reached"]["state"]["is"], "failed_turn", "its composer is back");
    let explained = world.json(&["agent", "explain", &agent.target]);
    assert_eq!(explained["sources"][0]["standing"], "counts", "{explained}");
    assert_eq!(explained["sources"][0]["state"]["is"], "failed_turn", "{explained}");
    let told = world.orc(&["agent", "explain", &agent.target]).success().stdout;
    assert!(told.contains("\n  * "), "{told}");
    let id = world.send(&agent.target, "go on");
    agent.truth.wait_for_message(&id);
    wait_until("it rests", SOON, || {
        let state = world.status(&agent.target)["state"].clone();
        if state["is"] == "idle" { Ok(()) } else { Err(state.to_string()) }
    });
}

/// A program that says nothing to its terminal, with a status file.
const FILED: &str = r#"
id = "filed"
name = "Filed"
binary = "cat"

[exit]
keys = ["C-d"]

[status_file]
paths = ["{NO_SUCH_VARIABLE}/x", "{HOME}/status-{pid}.json"]
state = "/status"
states = { idle = "idle", busy = "working", waiting = "permission" }
text = "/for"
"#;

#[test]
fn a_status_file_is_believed_where_nothing_else_is_told() {
    let world = World::new();
    world.profile("filed", FILED);
    let repo = world.repo.to_str().expect("UTF-8");
    let words = ["--agent", "filed", "--agent", "pm=scripted", "--project-dir", repo, "--wait=60s"];
    world.orc(&[&["quick-deploy", "backend", "2", "--project-name", "t"][..], &words].concat()).success();
    let pid = world.status("t:0")["process"]["pid"].as_i64().expect("a pid");
    let file = world.env.home().join(format!("status-{pid}.json"));
    let says = |text: &str, is: &str| {
        std::fs::write(&file, text).expect("a file");
        let awaited = world.json(&["wait", "t:0", "--until", is, "--timeout", "60s"]);
        assert_eq!(awaited["reached"]["evidence"]["source"], "file", "{awaited}");
        awaited["reached"].clone()
    };
    says(r#"{"status": "busy"}"#, "working");
    let asked = says(r#"{"status": "waiting", "for": "a word"}"#, "blocked");
    assert_eq!(asked["evidence"]["detail"], "its status file: waiting: a word");
    says(r#"{"status": "idle"}"#, "idle");
}
