//! A team and its incident: declared with the deployment, and what the manager is told of it.

use orc_testkit::wait_until;
use serde_json::Value;

use crate::world::{Agent, SOON, World};

const DEPLOY: [&str; 7] = ["quick-deploy", "backend", "3", "--project-name", "t", "--agent", "scripted"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&DEPLOY[..], more].concat()
}

#[test]
fn an_incident_is_declared_with_its_team_and_its_clock_runs_from_the_request() {
    let world = World::new();
    let incident =
        ["--incident", "Logins fail\x1b[31m", "--severity", "sev1", "--started", "10m ago", "--wait=60s"];
    let dir = ["--project-dir", world.repo.to_str().expect("UTF-8")];
    let out = world.orc(&[&with(&incident)[..], &dir].concat()).success();
    for words in ["incident INC-", "-01 (sev1)", "T+0:", "Logins fail", "root_cause by T+15:00"] {
        assert!(out.stderr.contains(words), "{words:?} is missing in {}", out.stderr);
    }
    world.kill_supervisor();
    let status = world.json(&["incident", "status", "t"]);
    assert_eq!(status["declared"]["severity"], "sev1");
    let took = |name: &str| {
        let metrics = status["metrics"]["metrics"].as_array().expect("metrics");
        let of = metrics.iter().find(|it| it["name"] == name).expect("a metric of this name");
        (of["from"].clone(), of["took_seconds"].as_f64().expect("a duration"))
    };
    let (from, deploy) = took("time to deploy");
    assert_eq!(from, "declared", "the clock of the deployment begins with the request");
    assert!(deploy > 0.0, "{deploy}");
    let (_, detect) = took("time to detect");
    assert!((599.0..601.0).contains(&detect), "ten minutes until it was noticed: {detect}");
    assert_eq!(world.orc(&["incident", "declare", "t", "again"]).code, 4, "one is open");
}

#[test]
fn an_incident_that_cannot_be_so_is_refused_before_anything_is_made() {
    let world = World::new();
    for wrong in [&["--incident", " "][..], &["--incident", "x", "--started", "2999-01-01T00:00:00Z"]] {
        let out = world.orc(&with(wrong));
        assert_eq!(out.code, 4, "{wrong:?}: {out:?}");
        assert!(out.stderr.contains("--"), "it says which argument: {out:?}");
    }
    assert_eq!(world.orc(&with(&["--started", "10m ago"])).code, 2, "of which incident?");
    assert_eq!(world.orc(&with(&["--incident", "x", "--started", "soon"])).code, 2);
    let teams = world.json(&["team", "list"]);
    assert_eq!(teams, serde_json::json!([]), "nothing was made");
}

#[test]
fn a_rehearsed_deployment_declares_nothing() {
    let world = World::new();
    world.orc(&with(&["--incident", "Logins fail", "--dry-run"])).success();
    let json = world.json(&with(&["--incident", "Logins fail", "--no-wait"]));
    assert!(json["incident"]["id"].as_str().expect("an id").ends_with("-01"), "the first of the day: {json}");
    assert_eq!(json["incident"]["severity"], "sev2");
}

/// A world whose managers are told soon.
fn telling(after: &str) -> World {
    let mut world = World::new();
    world.env.set("TMUX_ORC_DIGESTS", after);
    world
}

fn events_of(world: &World, kind: &str) -> Vec<Value> {
    let text = world.orc(&["events", "--json"]).success().stdout;
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    events.filter(|event| event["event"]["event"] == kind).collect()
}

/// Runs a command as this agent would from its shell.
fn as_agent(world: &World, agent: &Agent, arguments: &[&str]) -> std::process::Output {
    world.command(arguments).env("TMUX_ORC_AGENT_ID", &agent.id).output().expect("it runs")
}

/// The digests that the manager took, as it saw them.
fn digests(manager: &Agent) -> Vec<String> {
    manager
        .truth
        .prompts()
        .into_iter()
        .filter(|prompt| prompt.contains("(what happened in the team)"))
        .collect()
}

#[test]
fn the_manager_is_told_of_turns_dialogs_findings_and_ends_once_each() {
    let world = telling("300ms");
    let agents = world.deploy(3);
    let [backend, devops, manager] = &agents[..] else { panic!("three agents") };
    world.send("t:0", "DO: reply the pool leaks in auth_handler.py");
    manager
        .truth
        .wait_for_prompt("t:0 (backend) finished its turn and said: the pool leaks in auth_handler.py");
    let found = as_agent(&world, devops, &["incident", "hypothesis", "t", "the pool is too small"]);
    assert!(found.status.success(), "{found:?}");
    manager.truth.wait_for_prompt("t:devops suspects, as H1: the pool is too small");
    world.post("t:1", "DO: ask systemctl restart auth");
    let told = manager.truth.wait_for_prompt("t:1 (devops) waits for a person (permission)");
    assert!(told.contains("systemctl restart auth"), "{told}");
    crate::world::kill(&backend.process);
    manager.truth.wait_for_prompt("t:0 (backend) ended (signal 9)");
    world.wait_until_idle_of("t:pm");
    let all = digests(manager);
    for words in ["the pool leaks", "as H1", "waits for a person", "ended (signal 9)"] {
        assert_eq!(all.iter().filter(|digest| digest.contains(words)).count(), 1, "{words}: {all:#?}");
    }
    assert!(!all.concat().contains("t:2"), "its own turns are no news: {all:#?}");
    let told: Vec<Value> = events_of(&world, "digest_made")
        .iter()
        .flat_map(|made| made["event"]["told"].as_array().expect("events").clone())
        .collect();
    let once: std::collections::BTreeSet<String> = told.iter().map(ToString::to_string).collect();
    assert_eq!(once.len(), told.len(), "an event was told twice: {told:?}");
}

#[test]
fn a_digest_is_told_once_by_however_many_supervisors() {
    let world = telling("1s");
    let agents = world.deploy(2);
    let manager = &agents[1];
    wait_until("the first turns are told", SOON, || {
        let first = digests(manager);
        if first.concat().contains("t:0 (backend) finished") { Ok(()) } else { Err(format!("{first:?}")) }
    });
    for round in 0..4 {
        let words = format!("finding number {round}");
        let noted = as_agent(&world, &agents[0], &["incident", "note", "t", &words]);
        assert!(noted.status.success(), "{noted:?}");
        world.kill_supervisor();
        world.orc(&["team", "status", "t"]).success();
        manager.truth.wait_for_prompt(&format!("t:backend notes: {words}"));
        // Killed again with the digest made, and perhaps being typed.
        world.kill_supervisor();
    }
    world.wait_until_idle("t");
    let all = digests(manager).concat();
    for round in 0..4 {
        assert_eq!(all.matches(&format!("finding number {round}")).count(), 1, "{all}");
    }
}

#[test]
fn managers_are_told_nothing_where_a_person_wants_that() {
    let world = World::new();
    let agents = world.deploy(2);
    world.send("t:0", "DO: reply found it");
    world.send("t:pm", "anything new?");
    world.wait_until_idle("t");
    assert_eq!(digests(&agents[1]), Vec::<String>::new());
    assert_eq!(events_of(&world, "digest_made"), Vec::<Value>::new());
    let mut other = World::new();
    other.env.set("TMUX_ORC_DIGESTS", "soon");
    let out = other.orc(&["daemon", "run"]);
    assert_eq!(out.code, 78, "{out:?}");
    assert!(out.stderr.contains("`soon`"), "{out:?}");
}
