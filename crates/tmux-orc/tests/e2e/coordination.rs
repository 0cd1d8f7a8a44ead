//! A team and its incident: declared with the deployment, and what the manager is told of it.

use crate::world::World;

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
