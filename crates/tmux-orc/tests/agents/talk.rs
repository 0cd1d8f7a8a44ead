//! Messages to agents: each reaches its model once, whole, unaltered, in order.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::corpus::{Text, corpus};
use crate::rig::{CLAUDE, CODEX, KINDS, Kind, OPENCODE, Rig};

/// Asserts that the model was sent the text, or where the profile says so, that it was sent the file's path and
/// that the file holds the text.
#[track_caller]
fn assert_arrived(rig: &Rig, kind: Kind, message: &str, text: &Text) {
    let body = rig.body(kind, message);
    let name = format!("{} ({}) at {}", text.name, message, kind.profile);
    if text.in_a_file.contains(&kind.profile) {
        let path = body.lines().find(|line| line.ends_with(&format!("{message}.txt")));
        let path = path.unwrap_or_else(|| panic!("{name}: no file is named in {body}"));
        let kept = std::fs::read_to_string(path).expect("the file");
        assert_eq!(kept, text.safe(), "{name}");
    } else {
        assert_eq!(body, text.safe().trim_end_matches('\n'), "{name}");
    }
}

/// Waits for all of them at all agents and names those that failed, each with its own panic above.
#[track_caller]
fn assert_all_arrive(rig: &Rig, sent: &[(Kind, String, &Text)]) {
    let mut failures = Vec::new();
    for (kind, message, text) in sent {
        let arrived = AssertUnwindSafe(|| {
            rig.wait_acknowledged(*kind, message);
            assert_arrived(rig, *kind, message, text);
        });
        if catch_unwind(arrived).is_err() {
            failures.push(format!("{} ({message}) at {}", text.name, kind.profile));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn idle_agents_take_every_text_once_and_unaltered() {
    let rig = Rig::mixed();
    rig.broadcast("The login is broken since 14:02. Find out why.");
    for kind in KINDS {
        rig.wait_for_state(kind, "idle");
    }
    for text in corpus() {
        let send = |kind| (kind, rig.send(kind, &text.text), &text);
        let sent: Vec<_> = KINDS.into_iter().map(send).collect();
        assert_all_arrive(&rig, &sent);
        for kind in KINDS {
            rig.wait_for_state(kind, "idle");
        }
    }
    for kind in KINDS {
        rig.audit(kind);
        let why = rig.orc(&["agent", "explain", &kind.target()]).stdout;
        let source = if kind == OPENCODE { "* hook: idle (" } else { "* status: idle (" };
        for wanted in
            ["\nstate: idle since ", source, "= screen: idle (rule empty composer", "\ncomposer: empty\n"]
        {
            assert!(why.contains(wanted), "{wanted:?} is not in {why}");
        }
        println!("{}: {}", kind.profile, rig.latencies(kind));
    }
    assert!(!rig.repo.join("bang-was-run").exists(), "a text ran as a command");
}

/// Claude Code suggests what to type, its first character under a drawn cursor.
#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_suggestion_in_an_empty_composer_is_no_draft() {
    let mut rig = Rig::new();
    rig.env.set("CLAUDE_CODE_MAX_RETRIES", "0");
    rig.deploy(&[CLAUDE]);
    rig.send(CLAUDE, "ERR:429:1");
    let (row, dim) = rig.until(CLAUDE, "a suggestion is shown", || {
        let screen = rig.orc(&["--json", "agent", "screen", &CLAUDE.target()]).success().json();
        let rows = screen["rows"].as_array().expect("rows");
        let at = rows
            .iter()
            .position(|row| row.as_str().is_some_and(|row| row.contains("Resend your message")))?;
        Some((rows[at].as_str()?.to_owned(), screen["dim"][at].clone()))
    });
    assert_eq!(dim, serde_json::json!([[2, row.chars().count()]]), "{row}");
    rig.wait_for_state(CLAUDE, "failed_turn");
    let why = rig.orc(&["agent", "explain", &CLAUDE.target()]).stdout;
    assert!(why.contains("\ncomposer: empty\n"), "{why}");
    let message = rig.send(CLAUDE, "Try again.");
    rig.wait_acknowledged(CLAUDE, &message);
    // Claude Code sends the prompt that failed again with it.
    let [prompt] = &rig.prompts_with(CLAUDE, &message)[..] else { panic!("{message} is sent once") };
    assert!(prompt.typed().ends_with(&format!(":\nTry again.\n(end of message {message})")), "{prompt:#?}");
}

/// After a person's interrupt Codex leaves its queue alone until a prompt is typed.
#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_message_queued_in_an_interrupted_codex_is_followed_by_one_that_is_typed() {
    let rig = Rig::new();
    rig.deploy(&[CODEX]);
    let long = rig.send(CODEX, "SLOW:40");
    rig.wait_acknowledged(CODEX, &long);
    rig.wait_for_state(CODEX, "working");
    let queued = rig.send(CODEX, "Queued.");
    rig.until(CODEX, "it is in the queue of Codex", || {
        let settled = rig.settled(CODEX);
        settled.iter().any(|it| it.message == queued && it.outcome == "queued-in-agent").then_some(())
    });
    rig.person_presses(CODEX, "Escape");
    rig.wait_for_state(CODEX, "idle");
    let typed = rig.send(CODEX, "Typed.");
    assert_eq!(rig.wait_acknowledged(CODEX, &typed).door, "paste");
    assert_eq!(rig.wait_acknowledged(CODEX, &queued).door, "codex queue");
    assert_eq!(rig.body(CODEX, &typed), "Typed.");
    assert_eq!(rig.body(CODEX, &queued), "Queued.");
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn busy_agents_take_every_text_once_and_unaltered() {
    let rig = Rig::mixed();
    let corpus = corpus();
    for kind in KINDS {
        let long = rig.send(kind, "SLOW:6");
        rig.wait_acknowledged(kind, &long);
        rig.wait_for_state(kind, "working");
    }
    let mut sent = Vec::new();
    for text in &corpus {
        for kind in KINDS {
            sent.push((kind, rig.send(kind, &text.text), text));
        }
    }
    assert_all_arrive(&rig, &sent);
    for kind in KINDS {
        rig.wait_for_state(kind, "idle");
        rig.audit(kind);
        // No turn was cut short by what was typed or queued.
        let cut = rig.prompts(kind).iter().filter(|prompt| prompt.outcome.is_some_and(|o| o.aborted)).count();
        assert_eq!(cut, 0, "turns cut short at {}", kind.profile);
    }
}

/// Codex shows such a text without the row that is else below its composer.
#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_text_of_many_short_rows_arrives() {
    let rig = Rig::mixed();
    for rows in [20, 45, 90] {
        let text = (0..rows).map(|row| format!("row {row}")).collect::<Vec<_>>().join("\n\n");
        for kind in KINDS {
            let message = rig.send(kind, &text);
            rig.wait_acknowledged(kind, &message);
            assert_eq!(rig.body(kind, &message), text, "{rows} at {}", kind.profile);
            rig.wait_for_state(kind, "idle");
        }
    }
}
