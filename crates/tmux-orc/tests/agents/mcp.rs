//! The tools of an agent, called by the models of real agents: what they did is in the log of events, and what they answered
//! came back to the model.

use orc_testkit::wait_until;
use serde_json::{Value, json};

use crate::prompts::{answer, prompt_of};
use crate::rig::{CLAUDE, CODEX, KINDS, Kind, OPENCODE, PATIENCE, Rig};

/// Has the agent's model call a tool, and answers what came back to the model.
#[track_caller]
fn call(rig: &Rig, kind: Kind, tool: &str, arguments: &Value) -> String {
    wait_for_tool(rig, kind, tool);
    let before = rig.stub.requests().len();
    let message = rig.send(kind, &format!("CALL:{tool} {arguments}"));
    rig.wait_acknowledged(kind, &message);
    let result = rig.until(kind, &format!("the result of {tool} is back at the model"), || {
        let requests = rig.stub.requests();
        let back = requests[before..].iter().find(|it| it.api == Some(kind.api) && it.after_tool)?;
        Some(back.result.clone().unwrap_or_default())
    });
    rig.wait_for_state(kind, "idle");
    result
}

/// An agent begins a turn whether its servers have answered or not: their tools are there from some turn on.
#[track_caller]
fn wait_for_tool(rig: &Rig, kind: Kind, tool: &str) {
    let offered = || rig.prompts(kind).pop().map(|prompt| prompt.tools).unwrap_or_default();
    for _ in 0..10 {
        if offered().iter().any(|name| name.ends_with(tool)) {
            return;
        }
        let message = rig.send(kind, "Good morning.");
        rig.wait_acknowledged(kind, &message);
        rig.wait_for_state(kind, "idle");
    }
    panic!("{tool} is not among the tools of {}: {:?}", kind.profile, offered());
}

/// What was recorded by tools: who said it and the fact.
fn recorded(rig: &Rig) -> Vec<(String, Value)> {
    let events = rig.orc(&["--json", "events"]).success().stdout;
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let by_tools = events.filter(|event| event["door"] == "mcp" && event["event"]["event"] == "recorded");
    by_tools
        .map(|event| (event["actor"].as_str().expect("a name").to_owned(), event["event"]["fact"].clone()))
        .collect()
}

/// No dialog opens: what only reports is allowed by the launch, whatever else the agent asks for.
#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn models_call_the_tools_and_read_what_they_answer() {
    let rig = Rig::mixed();
    rig.orc(&["incident", "declare", "t", "logins fail", "--severity", "sev1", "--started", "10m ago"])
        .success();
    for (number, kind) in KINDS.into_iter().enumerate() {
        let name = kind.role;
        let suspicion = json!({ "text": format!("{name} suspects a leak") });
        let answer = call(&rig, kind, "add_hypothesis", &suspicion);
        let id = format!("H{}", number + 1);
        assert!(answer.contains(&format!("\"hypothesis\":\"{id}\"")), "{name}: {answer}");
        let mark = json!({
            "milestone": "root_cause", "text": format!("{name}: auth.py:234"), "evidence": ["file:auth.py#L234"],
        });
        let answer = call(&rig, kind, "incident_mark", &mark);
        assert!(answer.contains("\"budget\":\"15:00\""), "{name}: {answer}");
        let first = KINDS[0].role;
        let told = answer.contains(&format!("t:{first} has claimed it before"));
        assert_eq!(told, number > 0, "{name}: {answer}");
        let answer = call(&rig, kind, "incident_status", &json!({}));
        assert!(answer.contains(&format!("{name} suspects a leak")), "{name}: {answer}");
        let wrong = call(&rig, kind, "update_task", &json!({"task": "T9", "state": "done"}));
        assert!(wrong.contains("not_found") && wrong.contains("hint"), "{name}: {wrong}");
    }
    let facts = recorded(&rig);
    let expected = KINDS.map(|kind| {
        let said = format!("t:{}", kind.role);
        [(said.clone(), "hypothesis_opened"), (said, "marked")]
    });
    let found = facts.iter().map(|(who, fact)| (who.clone(), fact["fact"].as_str().expect("a kind")));
    assert_eq!(found.collect::<Vec<_>>(), expected.concat());
    let prompts = rig.orc(&["--json", "agent", "prompts", "t"]).success().json();
    assert_eq!(prompts, json!([]), "no agent asked a person for it");
}

/// A task that one model gives reaches the other's, and its end comes back.
#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_task_that_one_model_gives_is_a_prompt_of_the_other() {
    let rig = Rig::new();
    rig.deploy(&[CLAUDE, CODEX]);
    let task = json!({"to": "backend", "text": "find the leak"});
    let answer = call(&rig, CLAUDE, "assign_task", &task);
    assert!(answer.contains("\"task\":\"T1\""), "{answer}");
    rig.until(CODEX, "the task is a prompt", || {
        rig.prompts(CODEX)
            .into_iter()
            .find(|prompt| prompt.typed().contains("Task T1 is yours: find the leak"))
    });
    rig.wait_for_state(CODEX, "idle");
    let done = json!({"task": "T1", "state": "done", "text": "auth.py:234"});
    call(&rig, CODEX, "update_task", &done);
    rig.until(CLAUDE, "the end of the task is a prompt", || {
        rig.prompts(CLAUDE)
            .into_iter()
            .find(|prompt| prompt.typed().contains("is done, says t:backend: auth.py:234"))
    });
}

/// The servers of a person go on to run beside ours, and what they deny stays denied.
#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn the_servers_and_the_denials_of_a_person_stay() {
    let rig = Rig::new();
    let home = rig.env.home();
    let program = env!("CARGO_BIN_EXE_tmux-orc");
    let change = |file: &str, change: &dyn Fn(&mut Value)| {
        let text = std::fs::read_to_string(home.join(file)).expect("a file");
        let mut value = serde_json::from_str(&text).expect("JSON");
        change(&mut value);
        std::fs::write(home.join(file), value.to_string()).expect("a file");
    };
    change(".claude.json", &|it| {
        it["mcpServers"] = json!({"own": {"command": program, "args": ["mcp"], "alwaysLoad": true}});
    });
    change(".claude/settings.json", &|it| {
        it["permissions"]["deny"] = json!(["mcp__tmux-orc__note"]);
    });
    change(".config/opencode/opencode.json", &|it| {
        it["mcp"] = json!({"own": {"type": "local", "command": [program, "mcp"]}});
        it["permission"]["tmux-orc_note"] = json!("deny");
    });
    let codex = home.join(".codex/config.toml");
    let own = format!(
        "{}\n[mcp_servers.own]\ncommand = \"{program}\"\nargs = [\"mcp\"]\nenv_vars = [\"TMUX_ORC_AGENT_ID\", \"TMUX_ORC_TEAM\"]\n",
        std::fs::read_to_string(&codex).expect("a file")
    );
    std::fs::write(&codex, own).expect("a file");
    rig.deploy(&KINDS);
    for kind in KINDS {
        let message = rig.send(kind, "Good morning.");
        rig.wait_acknowledged(kind, &message);
        let offered = rig.prompts(kind).pop().expect("a prompt").tools;
        let times = offered.iter().filter(|name| name.ends_with("incident_mark")).count();
        // Codex groups its tools by server, and the stub knows them by their own names.
        let servers = if kind == CODEX { 1 } else { 2 };
        assert_eq!(times, servers, "{}: {offered:?}", kind.profile);
        rig.wait_for_state(kind, "idle");
    }
    let servers = || rig.env.processes().iter().filter(|it| it.command.ends_with("tmux-orc mcp")).count();
    wait_until("each agent runs both servers", PATIENCE, || match servers() {
        6 => Ok(()),
        other => Err(format!("{other} servers")),
    });
    for kind in [CLAUDE, OPENCODE] {
        let message = rig.send(kind, "CALL:!tmux-orc_note {\"text\": \"denied\"}");
        rig.wait_acknowledged(kind, &message);
        rig.wait_for_state(kind, "idle");
    }
    assert_eq!(recorded(&rig), [], "what was denied is not done");
}

/// It could be a way around the question for a command: an agent may have written the tests.
#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_person_is_asked_before_an_agent_has_tests_run() {
    let rig = Rig::new();
    // One word for everything: what the launch says of one tool leaves the others as they are.
    let own = rig.env.home().join(".config/opencode/opencode.json");
    let text = std::fs::read_to_string(&own).expect("a file");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    value["permission"] = json!("ask");
    std::fs::write(&own, value.to_string()).expect("a file");
    rig.deploy(&KINDS);
    let command = rig.send(OPENCODE, "TOOL:true");
    rig.wait_acknowledged(OPENCODE, &command);
    prompt_of(&rig, OPENCODE);
    answer(&rig, OPENCODE, "Allow once");
    rig.wait_for_state(OPENCODE, "idle");
    for kind in KINDS {
        let message = rig.send(kind, r#"CALL:run_check {"tier": "full"}"#);
        rig.wait_acknowledged(kind, &message);
        let asked = prompt_of(&rig, kind).to_string();
        assert!(asked.contains("run_check"), "{}: {asked}", kind.profile);
    }
    let events = rig.orc(&["--json", "events"]).success().stdout;
    assert!(!events.contains("check_started"), "nothing runs before the person has answered");
}
