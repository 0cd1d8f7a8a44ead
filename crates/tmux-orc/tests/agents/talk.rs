//! Messages to agents: each reaches its model once, whole, unaltered, in order.

use crate::corpus::{Text, corpus};
use crate::rig::{CLAUDE, KINDS, Kind, Rig};

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn claude_takes_a_short_text() {
    let rig = Rig::new();
    rig.deploy(&[CLAUDE]);
    let message = rig.send(CLAUDE, "The login is broken since 14:02.");
    let settled = rig.wait_acknowledged(CLAUDE, &message);
    assert_eq!(rig.body(CLAUDE, &message), "The login is broken since 14:02.");
    assert_eq!(settled.detail, "hook UserPromptSubmit");
}

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
        assert_eq!(kept, text.text, "{name}");
    } else {
        assert_eq!(body, text.text.trim_end_matches('\n'), "{name}");
    }
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn idle_agents_take_every_text_once_and_unaltered() {
    let rig = Rig::mixed();
    let mut failures = Vec::new();
    for text in corpus() {
        let messages: Vec<(Kind, String)> =
            KINDS.into_iter().map(|kind| (kind, rig.send(kind, &text.text))).collect();
        for (kind, message) in &messages {
            let arrived = std::panic::AssertUnwindSafe(|| {
                rig.wait_acknowledged(*kind, message);
                assert_arrived(&rig, *kind, message, &text);
                rig.wait_for_state(*kind, "idle");
            });
            if std::panic::catch_unwind(arrived).is_err() {
                failures.push(format!("{} at {}", text.name, kind.profile));
            }
        }
    }
    for kind in KINDS {
        println!("{}", rig.orc(&["agent", "explain", &kind.target()]).stdout);
        for s in rig.settled(kind) {
            println!("{s:?}");
        }
    }
    assert!(failures.is_empty(), "{failures:?}");
}
