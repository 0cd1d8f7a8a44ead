//! Sessions that are resumed, and hooks.

use serde_json::{Value, json};

use crate::agent::Agent;

#[test]
fn a_session_is_resumed() {
    let agent = Agent::start_with(&[("PLAY_SESSION", "s-1")]);
    agent.submit("remember this", "remember this");
    agent.await_event("turn_end");
    agent.keys(&["C-c", "C-c"]);
    agent.await_end();
    agent.kill_server();
    agent.launch_again(&[("PLAY_RESUME", "s-1")]);
    agent.await_screen("⎿ resumed 2 messages");
    assert_eq!(agent.events("start")[1]["resumed"], 2);
    assert_eq!(agent.events("start")[1]["session"], "s-1");
}

#[test]
fn a_session_that_does_not_exist_is_an_error() {
    let agent = Agent::launch(&[("PLAY_RESUME", "nobody")]);
    assert_eq!(agent.await_end(), 3);
    agent.await_screen("no conversation found with session id nobody");
}

#[test]
fn hooks_tell_the_story() {
    let hook = json!(["sh", "-c", "{ cat; echo; } >> hooks.jsonl", "hook"]).to_string();
    let agent = Agent::start_with(&[("TMUX_ORC_HOOK_CMD", &hook), ("PLAY_SESSION", "s-2")]);
    agent.submit("line 1\nDO: ask true\nDO: reply all good", "DO: reply");
    agent.await_screen("❯ 1. Yes");
    agent.keys(&["Enter"]);
    agent.await_event("turn_end");
    agent.keys(&["C-c", "C-c"]);
    agent.await_end();
    let text = std::fs::read_to_string(agent.path("hooks.jsonl")).unwrap();
    let hooks: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<_> = hooks.iter().map(|hook| hook["hook_event_name"].clone()).collect();
    assert_eq!(names, ["SessionStart", "UserPromptSubmit", "PermissionRequest", "Stop", "SessionEnd"]);
    assert!(hooks.iter().all(|hook| hook["session_id"] == "s-2"));
    assert_eq!(hooks[1]["prompt"], "line 1\nDO: ask true\nDO: reply all good");
    assert_eq!(hooks[2]["tool_input"]["command"], "true");
    assert_eq!(hooks[3]["last_assistant_message"], "all good");
    assert!(agent.events("hook").iter().all(|hook| hook["code"] == 0));
}

#[test]
fn only_the_hooks_that_are_named_fire() {
    let hook = json!(["sh", "-c", "{ cat; echo; } >> hooks.jsonl", "hook"]).to_string();
    let agent = Agent::start_with(&[
        ("TMUX_ORC_HOOK_CMD", &hook),
        ("TMUX_ORC_HOOK_EVENTS", "UserPromptSubmit, Stop"),
    ]);
    agent.submit("DO: reply all good", "DO: reply");
    agent.await_event("turn_end");
    agent.keys(&["C-c", "C-c"]);
    agent.await_end();
    let text = std::fs::read_to_string(agent.path("hooks.jsonl")).unwrap();
    let hooks: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<_> = hooks.iter().map(|hook| hook["hook_event_name"].clone()).collect();
    assert_eq!(names, ["UserPromptSubmit", "Stop"]);
}

#[test]
fn a_crash_comes_after_the_prompt_hook() {
    let hook = json!(["sh", "-c", "cat > hook.json", "hook"]).to_string();
    let agent = Agent::start_with(&[("TMUX_ORC_HOOK_CMD", &hook)]);
    agent.submit("DO: crash", "DO: crash");
    assert_eq!(agent.await_end(), 128 + 9);
    let text = std::fs::read_to_string(agent.path("hook.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["prompt"], "DO: crash");
}
