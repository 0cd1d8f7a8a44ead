//! The tools by the client of the official MCP SDK, which is not ours: every tool, its errors, and what it may not reach.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use orc_testkit::TestEnv;
use orc_testkit::agents::MCP_CLIENT;
use serde_json::{Value, json};

/// What the client was told.
struct Session {
    server: Value,
    tools: Vec<Value>,
    results: Vec<Value>,
}

/// A session in the name of an agent, with these calls.
#[track_caller]
fn session(env: &TestEnv, agent: &str, team: &str, calls: &Value) -> Session {
    let mut node = env.command("node");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/agents/client.mjs");
    node.arg(script).arg(MCP_CLIENT.package()).arg(env!("CARGO_BIN_EXE_tmux-orc")).arg(calls.to_string());
    node.env("TMUX_ORC_AGENT_ID", agent).env("TMUX_ORC_TEAM", team);
    let mut said = env.run(node, Duration::from_secs(60)).success().json();
    let list = |value: Value| value.as_array().cloned().expect("a list");
    Session {
        server: said["server"].take(),
        tools: list(said["tools"].take()),
        results: list(said["results"].take()),
    }
}

/// Teams `t` and `other` of scripted agents; their agents' ids by name.
#[track_caller]
fn two_teams() -> (TestEnv, BTreeMap<String, String>) {
    let env = TestEnv::new(env!("CARGO_BIN_EXE_tmux-orc"));
    let repo = env.init_repo("a project");
    std::fs::write(repo.join("Makefile"), "test:\n\t@echo 2 passed in 0.1s\n").expect("a file");
    for words in [&["add", "--all"][..], &["commit", "--quiet", "--message=tests"]] {
        let mut git = env.command("git");
        git.current_dir(&repo).args(words);
        env.run(git, Duration::from_secs(30)).success();
    }
    let mut ids = BTreeMap::new();
    for team in ["t", "other"] {
        let words =
            ["quick-deploy", "backend", "2", "--project-name", team, "--agent", "scripted", "--wait=60s"];
        let repo = repo.to_str().expect("UTF-8");
        let deployed = env.cmd(&[&words[..], &["--project-dir", repo, "--json"]].concat()).success().json();
        for agent in deployed["agents"].as_array().expect("agents") {
            let text = |name: &str| agent[name].as_str().expect("a text").to_owned();
            ids.insert(format!("{team}:{}", text("name")), text("id"));
        }
    }
    (env, ids)
}

#[test]
#[ignore = "needs the SDK's client: make test-agents"]
fn the_client_of_the_sdk_calls_every_tool() {
    let (env, ids) = two_teams();
    let calls = json!([
        ["team_status", {}],
        ["send_message", {"to": "pm", "text": "hello"}],
        ["read_messages", {"limit": 5}],
        ["assign_task", {"to": "pm", "text": "tell the customers"}],
        ["update_task", {"task": "T1", "state": "started"}],
        ["add_hypothesis", {"text": "a leak"}],
        ["add_evidence", {"text": "the pool is full", "source": "error.log", "content": "50/50"}],
        ["incident_mark", {"milestone": "root_cause", "text": "a leak", "evidence": ["E1"], "hypothesis": "H1"}],
        ["note", {"text": "a remark"}],
        ["propose_action", {"action": "restart it", "why": "frees connections", "reach": "write"}],
        ["incident_status", {}],
        ["run_check", {"tier": "full"}],
        ["run_check", {"check": "C1"}],
    ]);
    let told = session(&env, &ids["t:backend"], "t", &calls);
    assert_eq!(told.server["name"], "tmux-orc");
    assert!(told.server["instructions"].as_str().is_some_and(|text| text.contains("incident_mark")));
    let called = calls.as_array().expect("a list").iter();
    for (call, result) in called.clone().zip(&told.results) {
        assert_eq!(result["isError"], false, "{call}: {result}");
        assert!(result["structuredContent"].is_object(), "{call}: {result}");
    }
    let called: Vec<&Value> = called.map(|call| &call[0]).collect();
    let unknown: Vec<&Value> =
        told.tools.iter().map(|tool| &tool["name"]).filter(|name| !called.contains(name)).collect();
    assert!(unknown.is_empty(), "not called: {unknown:?}");
    let status = &told.results[10]["structuredContent"];
    for (list, id) in [("tasks", "T1"), ("hypotheses", "H1"), ("evidence", "E1"), ("proposed_actions", "A1")]
    {
        assert_eq!(status[list][0]["id"], id, "{status}");
    }
    assert_eq!(
        status["milestones"].as_array().map(|all| all.iter().any(|it| it["by"] == "t:backend")),
        Some(true)
    );
    let ended = &told.results[12]["structuredContent"];
    assert_eq!(
        (&ended["verdict"], &ended["suites"][0]["tests"]["passed"]),
        (&json!("pass"), &json!(2)),
        "{ended}"
    );
    let incident = env.cmd(&["incident", "status", "t"]).success().stdout;
    for said in ["root_cause", "a remark", "A1, proposed (write): restart it", "t:backend"] {
        assert!(incident.contains(said), "{said:?} is not in {incident}");
    }
}

#[test]
#[ignore = "needs the SDK's client: make test-agents"]
fn the_client_of_the_sdk_cannot_be_somebody_else() {
    let (env, ids) = two_teams();
    let code = |result: &Value| {
        assert_eq!(result["isError"], true, "{result}");
        assert!(
            result["content"][0]["text"].as_str().is_some_and(|text| text.contains("\nhint: ")),
            "{result}"
        );
        result["structuredContent"]["error"]["code"].as_str().expect("a code").to_owned()
    };
    let calls = json!([
        ["note", {"text": "forged", "agent": ids["other:backend"]}],
        ["note", {"text": "forged", "team": "other"}],
        ["send_message", {"to": "other:0", "text": "forged"}],
        ["read_messages", {"of": "other:0"}],
        ["incident_mark", {"milestone": "closed", "text": "forged"}],
        ["update_task", {"task": "T7", "state": "done"}],
        ["approve", {}],
    ]);
    let told = session(&env, &ids["t:backend"], "t", &calls);
    let codes: Vec<String> = told.results[..6].iter().map(code).collect();
    assert_eq!(codes, ["bad_request", "bad_request", "denied", "denied", "bad_request", "not_found"]);
    assert_eq!(told.results[6]["protocolError"], -32602, "{}", told.results[6]);

    let look = json!([["team_status", {}], ["incident_status", {}], ["read_messages", {}], ["note", {"text": "forged"}]]);
    for (agent, team) in [(ids["t:backend"].as_str(), "other"), ("a99", "t")] {
        let told = session(&env, agent, team, &look);
        assert_eq!(told.results.iter().map(code).collect::<Vec<_>>(), ["denied"; 4], "{agent} {team}");
    }
    let events = env.cmd(&["events", "--json"]).success().stdout;
    assert!(!events.contains("forged"), "nothing of it is on record");
}
