//! The screens that screen rules are written against, captured from a real terminal.
//!
//! `UPDATE_SCREENS=1 cargo test -p orc-scripted screens` writes them anew.

use std::path::Path;

use crate::agent::Agent;

/// Compares the screen with its capture. The spinner is always written as `⠋`, and times as `3s` and `7s`.
#[track_caller]
fn check(name: &str, screen: &str) {
    let spinner = |c: char| ('\u{2801}'..='\u{28ff}').contains(&c);
    let mut seen: String = screen.chars().map(|c| if spinner(c) { '⠋' } else { c }).collect();
    if let Some((before, rest)) = seen.split_once("Working… (") {
        let (_, after) = rest.split_once("s ·").unwrap();
        seen = format!("{before}Working… (3s ·{after}");
    }
    if let Some((before, rest)) = seen.split_once("retrying in ") {
        let (_, after) = rest.split_once("s ·").unwrap();
        seen = format!("{before}retrying in 7s ·{after}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens").join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_SCREENS").is_some() {
        std::fs::write(path, seen).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(seen == expected, "{name} is now\n{seen}");
}

#[test]
fn the_captures_are_true() {
    let agent = Agent::start_with(&[("PLAY_NAME", "team:0")]);
    check("idle", &agent.await_screen("Type a message"));

    agent.keys(&["-l", "please look at the failing test"]);
    check("typed", &agent.await_screen("failing test"));
    agent.keys(&["C-u"]);
    agent.await_screen("Type a message");

    agent.paste(&(1..=12).fold(String::new(), |text, n| text + &format!("line {n}\n")));
    check("pasted", &agent.await_screen("[Pasted text #1 +12 lines]"));
    agent.keys(&["C-u"]);
    agent.await_screen("Type a message");

    agent.submit("fix the flaky test\nDO: reply I found it: the clock.\nDO: work 1000", "DO: work");
    check("working", &agent.await_screen("Working… ("));
    agent.keys(&["Escape"]);
    agent.await_screen("› Type a message");

    agent.submit("DO: work 1000", "› DO: work 1000");
    agent.await_screen("Working…");
    agent.submit("and then the other one", "› and then");
    agent.await_screen("queued: 1");
    agent.submit("DO: ask cargo test --workspace", "› DO: ask");
    agent.await_screen("queued: 2");
    check("queued", &agent.await_screen("Working… ("));
    agent.keys(&["Escape"]);
    check("permission", &agent.await_screen("Do you want to run this command?"));
    agent.keys(&["Escape"]);
    agent.await_screen("› Type a message");

    agent.submit("DO: choose Which colour? | Red | Light blue | Grey", "› DO: choose");
    agent.await_screen("❯ 1. Red");
    agent.keys(&["Down"]);
    check("question", &agent.await_screen("❯ 2. Light blue"));
    agent.keys(&["Enter"]);
    agent.await_screen("● chosen: Light blue");
    assert_eq!(agent.events("question")[1]["number"], 2);

    agent.submit("DO: throttle 1000", "› DO: throttle");
    check("rate-limit", &agent.await_screen("429 rate limit · retrying in"));
}

#[test]
fn a_resize_draws_everything_anew() {
    let agent = Agent::start();
    agent.submit("hello", "› hello");
    agent.await_screen("● ok: hello");
    agent.run(&["resize-window", "-t", "agent", "-x", "60", "-y", "12"]);
    // The old rule, wrapped by tmux, would not have the composer under it.
    let rule = format!("\n{}\n› Type a message", "─".repeat(60));
    let screen = agent.await_screen(&rule);
    let rows: Vec<_> = screen.lines().collect();
    assert_eq!((rows[0], rows[1], rows[2]), ("scripted agent · scripted", "› hello", "● ok: hello"));
    assert_eq!(rows[9], "› Type a message");
    assert_eq!(rows[11], "idle");
}

#[test]
fn a_flood_leaves_a_clean_screen() {
    let agent = Agent::start();
    agent.submit("DO: flood 1000000\nDO: reply through", "DO: flood");
    let screen = agent.await_screen("● through");
    assert!(!screen.contains("flood abc"), "{screen}");
}
