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

/// The first messages that two agents exchange before they are stopped; the limit of the product.
const MOST: usize = 20;

/// Two agents that answer each other for ever, by their scripts.
fn chatting(world: &World) -> Vec<Agent> {
    let scripts = world.env.root().join("scripts");
    std::fs::create_dir_all(&scripts).expect("a folder");
    for (name, other) in [("backend", "devops"), ("devops", "backend")] {
        let rule = format!("[[rule]]\nmatch = \"and you\"\nsteps = [\"send t:{other} and you?\"]\n");
        std::fs::write(scripts.join(format!("{name}.toml")), rule).expect("a file");
    }
    let scripts = scripts.to_str().expect("UTF-8");
    world.profile("chatty", &crate::world::scripted("chatty", &["--script", scripts]));
    world.deploy_with(&["backend", "3", "--project-name", "t", "--agent", "chatty"])
}

#[test]
fn two_agents_that_answer_each_other_for_ever_are_stopped_until_a_person_speaks() {
    let world = telling("300ms");
    let agents = chatting(&world);
    let [backend, devops, manager] = &agents[..] else { panic!("three agents") };
    let exchanged = || backend.truth.bodies("t:devops").len() + devops.truth.bodies("t:backend").len();
    for round in 1..=2 {
        world.post("t:0", "and you?");
        wait_until("they are stopped", SOON, || {
            let limits = events_of(&world, "talk_limited").len();
            if limits == round { Ok(()) } else { Err(format!("{limits} limits, {} messages", exchanged())) }
        });
        world.wait_until_idle_of("t:0");
        world.wait_until_idle_of("t:1");
        assert_eq!(exchanged(), MOST * round, "what was refused reached nobody");
    }
    let refused = as_agent(&world, backend, &["agent", "send", "t:devops", "and you?"]);
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("t:backend and t:devops have exchanged 20 messages"), "{said}");
    assert!(said.contains("any message of a person"), "{said}");
    let pm = as_agent(&world, backend, &["agent", "send", "t:pm", "we are stopped"]);
    assert!(pm.status.success(), "with others they may speak: {pm:?}");
    let status = world.orc(&["team", "status", "t"]).success();
    assert!(status.stderr.contains("t:backend and t:devops answered each other too often"), "{status:?}");
    let transcript = world.orc(&["agent", "messages", "t", "--export"]).success().stdout;
    assert_eq!(
        transcript.matches("t:backend and t:devops were stopped: 20 messages").count(),
        2,
        "{transcript}"
    );
    manager.truth.wait_for_prompt("tmux-orc stopped t:backend and t:devops");
    let task = as_agent(&world, devops, &["task", "add", "t", "say it again", "--to", "backend"]);
    assert_eq!(task.status.code(), Some(4), "a task is no way around it: {task:?}");
}

/// Words of a prompt, and the steps that an agent takes by itself when it reads them.
type Rule = (&'static str, &'static [&'static str]);

/// What each agent does by itself: an incident from its briefing to its fix.
const STORY: [(&str, &[Rule]); 3] = [
    (
        "pm",
        &[
            (
                "Users cannot log in",
                &[
                    r#"call assign_task {"to": "backend", "text": "check the login code for leaks"}"#,
                    r#"call assign_task {"to": "devops", "text": "watch the connections"}"#,
                    "reply Critical issue identified. Assigning investigation tasks.",
                ],
            ),
            (
                "auth_handler.py:234 leaks",
                &[
                    r#"call incident_mark {"milestone": "root_cause", "text": "a connection leaks with each failed login", "hypothesis": "H1"}"#,
                    r#"call assign_task {"to": "backend", "text": "mend the leak and commit it"}"#,
                ],
            ),
            (
                "committed on hotfix/leak",
                &[
                    r#"run "$TMUX_ORC_BIN" incident update t "the fix is committed" --actions "review and roll-out""#,
                    "reply The fix is committed.",
                ],
            ),
        ],
    ),
    (
        "backend",
        &[
            (
                "check the login code for leaks",
                &[
                    r#"call update_task {"task": "T1", "state": "started"}"#,
                    r#"call add_hypothesis {"text": "connections are not released when a login fails"}"#,
                    r#"call add_evidence {"text": "it returns without release", "source": "auth_handler.py:234"}"#,
                    r#"call add_hypothesis {"text": "seen", "of": "H1", "verdict": "confirmed", "evidence": ["E1"]}"#,
                    r#"call update_task {"task": "T1", "state": "done", "text": "auth_handler.py:234 leaks"}"#,
                ],
            ),
            (
                "mend the leak and commit it",
                &[
                    "run git checkout -q -b hotfix/leak && echo release > auth_handler.py && git add -A && git commit -q -m 'auth: release it'",
                    r#"call update_task {"task": "T3", "state": "done", "text": "committed on hotfix/leak"}"#,
                ],
            ),
        ],
    ),
    (
        "devops",
        &[(
            "watch the connections",
            &[
                r#"call update_task {"task": "T2", "state": "done", "text": "98 % of the connections are in use"}"#,
            ],
        )],
    ),
];

fn playing(world: &World) -> Vec<Agent> {
    let scripts = world.env.root().join("scripts");
    std::fs::create_dir_all(&scripts).expect("a folder");
    for (name, rules) in STORY {
        let rule = |(words, steps): &(&str, &[&str])| {
            let steps: Vec<String> = steps.iter().map(|step| format!("'''{step}'''")).collect();
            format!("[[rule]]\nmatch = '{words}'\nsteps = [{}]\n", steps.join(", "))
        };
        let text: Vec<String> = rules.iter().map(rule).collect();
        std::fs::write(scripts.join(format!("{name}.toml")), text.concat()).expect("a file");
    }
    let scripts = scripts.to_str().expect("UTF-8");
    world.profile("player", &crate::world::scripted("player", &["--script", scripts]));
    let incident = ["--incident", "Logins fail with 500", "--severity", "sev1", "--started", "10m ago"];
    world.deploy_with(
        &[&["backend", "3", "--project-name", "t", "--agent", "player"][..], &incident[..]].concat(),
    )
}

#[test]
fn one_broadcast_leads_to_tasks_a_cause_a_fix_and_an_update_without_another_human_word() {
    let world = telling("300ms");
    let agents = playing(&world);
    world.orc(&["team", "broadcast", "t", "CRITICAL: 500 errors.\nUsers cannot log in."]).success();
    let recorded = |fact: &str, by: &str| {
        let of =
            |event: &Value| event["event"]["fact"]["fact"] == fact && event["event"]["by"]["label"] == by;
        events_of(&world, "recorded").iter().filter(|event| of(event)).count()
    };
    wait_until("those who wait were told", SOON, || {
        if recorded("updated", "t:pm") == 1 { Ok(()) } else { Err(world.last_events()) }
    });
    assert_eq!(recorded("task_added", "t:pm"), 3);
    assert_eq!(recorded("hypothesis_judged", "t:backend"), 1);
    let status = world.json(&["incident", "status", "t"]);
    let reached = status["reached"].as_array().expect("milestones");
    let cause = reached.iter().find(|it| it["milestone"] == "root_cause").expect("a cause");
    assert_eq!((&cause["by"]["label"], &cause["evidence"]), (&"t:pm".into(), &serde_json::json!(["E1"])));
    let mut git = world.env.command("git");
    git.args(["-C", world.repo.to_str().expect("UTF-8"), "log", "--format=%s", "-1", "hotfix/leak"]);
    assert_eq!(world.env.run(git, SOON).success().stdout.trim(), "auth: release it");
    let human = events_of(&world, "message_accepted");
    let human = human.iter().filter(|event| event["event"]["from"]["who"] == "operator").count();
    assert_eq!(human, 1, "the broadcast is the only human word");
    let manager = &agents[2];
    let brief = &manager.truth.prompts()[0];
    for words in
        ["The incident (sev1): Logins fail with 500", "tmux-orc task add t", "cause within 15 minutes"]
    {
        assert!(brief.contains(words), "{words:?} is missing in {brief}");
    }
    manager.truth.wait_for_prompt("t:backend suspects, as H1: connections are not released");
    assert!(agents[0].truth.prompts()[0].contains("pm hears of all of it"), "whom it reports to");
    assert_eq!(events_of(&world, "talk_limited"), Vec::<Value>::new(), "who works is not stopped");
}
