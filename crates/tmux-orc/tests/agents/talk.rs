//! Messages to agents: each reaches its model once, whole, unaltered, in order.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::corpus::{Text, corpus};
use crate::rig::{KINDS, Kind, Rig};

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
        println!("{}: {}", kind.profile, rig.latencies(kind));
    }
    assert!(!rig.repo.join("bang-was-run").exists(), "a text ran as a command");
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
