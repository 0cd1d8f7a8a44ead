//! The record of an incident: what people and agents state of it survives the supervisor, and a task reaches who it is for.

use serde_json::Value;

use crate::world::World;

fn metric<'a>(status: &'a Value, name: &str) -> &'a Value {
    let metrics = status["metrics"]["metrics"].as_array().expect("metrics");
    metrics
        .iter()
        .find(|it| it["name"] == name && it["budget_seconds"].is_number())
        .expect("a metric of this name")
}

#[test]
fn an_incident_is_declared_followed_and_closed_and_survives_the_supervisor() {
    let world = World::new();
    world.deploy(2);
    let bare = world.orc(&["incident", "status", "t"]).success();
    assert!(bare.stdout.contains("no incident is declared"), "{bare:?}");
    let declared = ["incident", "declare", "t", "Logins fail", "--severity", "sev1", "--started", "10m ago"];
    let id = world.json(&declared)["id"].as_str().expect("an id").to_owned();
    assert!(id.starts_with("INC-") && id.ends_with("-01"), "{id}");
    let twice = world.orc(&declared);
    assert_eq!(twice.code, 4, "one is open: {twice:?}");
    let log = world.repo.join("error.log");
    std::fs::write(&log, "pool exhausted\n").expect("a file");
    let file = log.to_str().expect("a path");
    let kept = world.json(&["incident", "evidence", "t", "the pool is empty", "--file", file]);
    assert_eq!(kept["id"], "E1");
    let bare = world.orc(&["incident", "mark", "t", "root_cause", "a leak"]);
    assert_eq!(bare.code, 2, "a cause needs evidence: {bare:?}");
    world.orc(&["incident", "mark", "t", "root_cause", "a leak", "--evidence", "E1"]).success();
    world.kill_supervisor();
    world.orc(&["incident", "mark", "t", "mitigated", "rolled back"]).success();
    let early = world.orc(&["incident", "close", "t", "done"]);
    assert_eq!(early.code, 4, "nothing is resolved: {early:?}");
    world.orc(&["incident", "mark", "t", "resolved", "over", "--by-hand", "no error for a minute"]).success();
    let status = world.json(&["incident", "status", "t"]);
    assert_eq!(status["phase"], "resolved");
    let detect = status["metrics"]["metrics"][0]["took_seconds"].as_f64().expect("a duration");
    assert!((599.0..601.5).contains(&detect), "ten minutes until it was noticed: {detect}");
    assert_eq!(metric(&status, "time to fix")["took_seconds"], Value::Null, "nobody recorded a fix");
    assert!(metric(&status, "time to root cause")["took_seconds"].is_number());
    world.orc(&["incident", "close", "t", "the review is written"]).success();
    let shown = world.orc(&["incident", "status", "t"]).success();
    for words in [
        &id,
        "SEV1",
        "closed",
        "a leak [E1]",
        "not recorded",
        "users were affected for 10:0",
        "by hand: no error for a minute",
    ] {
        assert!(shown.stdout.contains(words), "{words} is missing in\n{}", shown.stdout);
    }
}

#[test]
fn a_task_reaches_the_agent_that_it_is_for_and_its_end_who_gave_it() {
    let world = World::new();
    let agents = world.deploy(2);
    let as_agent = |id: &str, arguments: &[&str]| {
        let mut command = world.command(arguments);
        let output = command.env("TMUX_ORC_AGENT_ID", id).output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let said = as_agent(&agents[1].id, &["task", "add", "t", "look for leaks", "--to", "backend"]);
    assert!(said.starts_with("T1"), "{said}");
    let told = agents[0].truth.wait_for_prompt("Task T1 is yours: look for leaks");
    assert!(told.contains("tmux-orc task done t T1"), "{told}");
    as_agent(&agents[0].id, &["task", "done", "t", "T1", "connections leak on failed logins"]);
    agents[1].truth.wait_for_prompt(
        "Task T1 (look for leaks) is done, says t:backend: connections leak on failed logins",
    );
    let listed = world.orc(&["task", "list", "t"]).success();
    assert!(listed.stdout.contains("connections leak"), "{listed:?}");
    let unknown = world.orc(&["task", "add", "t", "x", "--to", "devops"]);
    assert_eq!(unknown.code, 3, "there is no such agent: {unknown:?}");
    let foreign = world.orc(&["task", "done", "t", "T9"]);
    assert_eq!(foreign.code, 3, "{foreign:?}");
}
