//! One broadcast of a person, and a team of real agents does the rest: their models are scripted, everything between them is
//! the product.

use std::process::Command;

use orc_testkit::Rule;
use serde_json::Value;

use crate::rig::{CLAUDE, CODEX, Kind, Rig};

const BRIEFING: &str = "CRITICAL: Auth service returning 500 errors.\nUsers cannot log in. Started 10 minutes ago.\n\
    Logs show 'connection pool exhausted' errors.\nPriority: Fix immediately.";

/// What the model of an agent does when its prompt holds these words.
fn rule(of: Kind, prompt: &str, steps: &[&str]) -> Rule {
    let steps = steps.iter().map(|step| (*step).to_owned()).collect();
    Rule { of: format!("(`{}`)", of.target()), prompt: prompt.to_owned(), steps }
}

/// The seed's story, as models would tell it.
fn story() -> Vec<Rule> {
    vec![
        rule(
            CLAUDE,
            "Users cannot log in",
            &[
                r#"CALL:assign_task {"to": "backend", "text": "check the login code for connection leaks"}"#,
                r#"CALL:assign_task {"to": "devops", "text": "watch the connections of the database"}"#,
                "REPLY:Critical issue identified. Investigation is assigned.",
            ],
        ),
        rule(
            CODEX,
            "check the login code for connection leaks",
            &[
                r#"CALL:update_task {"task": "T1", "state": "started"}"#,
                r#"CALL:add_hypothesis {"text": "connections are not released when a login fails"}"#,
                r#"CALL:add_evidence {"text": "the error path returns without release", "source": "auth_handler.py:234", "content": "return error(500)"}"#,
                r#"CALL:add_hypothesis {"text": "seen in the code", "of": "H1", "verdict": "confirmed", "evidence": ["E1"]}"#,
                r#"CALL:update_task {"task": "T1", "state": "done", "text": "auth_handler.py:234 leaks a connection for each failed login"}"#,
                "REPLY:Found issue: DB connections not being released in error cases",
            ],
        ),
        rule(
            CLAUDE,
            "auth_handler.py:234 leaks a connection",
            &[
                r#"CALL:incident_mark {"milestone": "root_cause", "text": "a connection leaks with each failed login", "hypothesis": "H1"}"#,
                r#"CALL:assign_task {"to": "backend", "text": "mend the leak on hotfix/auth-connection-leak and commit it"}"#,
                "REPLY:The cause is confirmed. Backend mends it.",
            ],
        ),
        rule(
            CODEX,
            "mend the leak on hotfix/auth-connection-leak",
            &[
                "TOOL:git checkout -q -b hotfix/auth-connection-leak && echo 'pool.release(connection)' > auth_handler.py && git add auth_handler.py && git commit -q -m 'auth: release the connection when a login fails'",
                r#"CALL:update_task {"task": "T3", "state": "done", "text": "committed on hotfix/auth-connection-leak"}"#,
                "REPLY:Fix implemented",
            ],
        ),
        rule(
            CLAUDE,
            "committed on hotfix/auth-connection-leak",
            &[
                r#"TOOL:"$TMUX_ORC_BIN" incident update t "Failed logins leaked connections; the fix is committed" --actions "review and roll-out""#,
                "REPLY:The fix is committed on hotfix/auth-connection-leak. Summary is recorded.",
            ],
        ),
    ]
}

/// The permissions that a person would have given: commands of these agents run without asking.
pub(crate) fn allow_commands(rig: &Rig) {
    let settings = rig.env.home().join(".claude/settings.json");
    let text = std::fs::read_to_string(&settings).expect("settings");
    let mut claude: Value = serde_json::from_str(&text).expect("JSON");
    claude["permissions"]["allow"] = serde_json::json!(["Bash"]);
    std::fs::write(&settings, claude.to_string()).expect("a file");
    let config = rig.env.home().join(".codex/config.toml");
    let text = std::fs::read_to_string(&config).expect("a configuration");
    let text = text
        .replace("approval_policy = \"on-request\"", "approval_policy = \"never\"")
        .replace("sandbox_mode = \"workspace-write\"", "sandbox_mode = \"danger-full-access\"");
    std::fs::write(&config, text).expect("a file");
}

fn events(rig: &Rig) -> Vec<Value> {
    let text = rig.orc(&["--json", "events"]).success().stdout;
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What was put on record, by whom: `t:pm task_added`.
fn facts(rig: &Rig) -> Vec<String> {
    let of = |event: &Value| {
        let by = event["event"]["by"]["label"].as_str().unwrap_or("operator").to_owned();
        format!("{by} {}", event["event"]["fact"]["fact"].as_str().expect("a kind"))
    };
    events(rig).iter().filter(|event| event["event"]["event"] == "recorded").map(of).collect()
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn one_broadcast_leads_to_tasks_a_cause_a_fix_and_a_summary_without_another_human_word() {
    let mut rig = Rig::new();
    rig.env.set("TMUX_ORC_DIGESTS", "1s");
    allow_commands(&rig);
    rig.stub.play(story());
    rig.deploy(&[CLAUDE, CODEX]);
    rig.orc(&[
        "incident",
        "declare",
        "t",
        "Logins fail with 500",
        "--severity",
        "sev1",
        "--started",
        "10m ago",
    ])
    .success();
    rig.orc(&["team", "broadcast", "t", BRIEFING]).success();
    rig.until(CLAUDE, "the manager has told those who wait", || {
        facts(&rig).contains(&"t:pm updated".to_owned()).then_some(())
    });

    let facts = facts(&rig);
    let after_declaration = &facts[3..];
    for fact in [
        "t:backend task_moved",
        "t:backend hypothesis_opened",
        "t:backend evidence_added",
        "t:backend hypothesis_judged",
        "t:pm marked",
        "t:pm updated",
    ] {
        assert!(after_declaration.iter().any(|it| it == fact), "{fact} is missing: {facts:#?}");
    }
    assert_eq!(facts.iter().filter(|it| *it == "t:pm task_added").count(), 3, "{facts:#?}");
    let status = rig.orc(&["--json", "incident", "status", "t"]).success().json();
    let cause =
        status["reached"].as_array().expect("milestones").iter().find(|it| it["milestone"] == "root_cause");
    assert_eq!(cause.expect("a cause")["evidence"], serde_json::json!(["E1"]), "{status}");

    let mut git = Command::new("git");
    git.args(["log", "--format=%s", "-1", "hotfix/auth-connection-leak"]).current_dir(&rig.repo);
    let log = git.output().expect("git runs");
    assert_eq!(
        String::from_utf8_lossy(&log.stdout).trim(),
        "auth: release the connection when a login fails"
    );

    let human = |event: &&Value| {
        let event = &event["event"];
        event["event"] == "person_prompted"
            || event["event"] == "prompt_answered"
            || (event["event"] == "message_accepted" && event["from"]["who"] == "operator")
    };
    let events = events(&rig);
    let human: Vec<&Value> = events.iter().filter(human).collect();
    assert_eq!(human.len(), 1, "the broadcast is the only human word: {human:#?}");
    rig.until(CLAUDE, "findings reach the manager", || {
        let digest = |typed: &str| {
            typed.contains("(what happened in the team)") && typed.contains("t:backend suspects, as H1")
        };
        rig.prompts(CLAUDE).into_iter().find(|prompt| digest(&prompt.typed()))
    });
    assert!(!events.iter().any(|event| event["event"]["event"] == "talk_limited"), "nobody was stopped");
}
