//! The built-in agent profiles against recorded screens.
//!
//! `screens/<agent>/<expected>__<what>.txt` is what a terminal showed. `<expected>` is what the screen rules alone
//! must say of it: a state as rules name it, `draft` (no state, and text in the composer) or `none` (no state). A
//! first line `title: …` is the window title, then `paste: off` says that bracketed paste is off; dim text stands between `⟦` and `⟧`, and so does a single character
//! under a drawn cursor in front of dim text.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "the recorded screens are files")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use orc_core::detect::Detector;
use orc_core::dialog::same;
use orc_core::profile::Profile;
use orc_core::screen::Screen;

/// Every built-in profile: a new file is tested by being there.
static AGENTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = fs::read_dir(root().join("agents")).unwrap();
    let stem = |entry: std::io::Result<fs::DirEntry>| {
        entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()
    };
    let mut names: Vec<String> = folder.map(stem).collect();
    names.sort();
    names
});

fn agents() -> impl Iterator<Item = &'static str> {
    AGENTS.iter().map(String::as_str)
}

/// One recorded screen.
struct Recorded {
    expected: String,
    name: String,
    screen: Screen,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn profile(agent: &str) -> (Profile, Detector) {
    let path = root().join("agents").join(format!("{agent}.toml"));
    let text = fs::read_to_string(&path).unwrap();
    Profile::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Reads a recorded row: its text and the ranges that are dim.
fn row(line: &str) -> (String, Vec<(usize, usize)>) {
    let mut text = String::new();
    let mut ranges = Vec::new();
    let (mut at, mut dim_from) = (0, None);
    for c in line.chars() {
        match c {
            '⟦' => dim_from = Some(at),
            '⟧' => ranges.extend(dim_from.take().map(|from| (from, at))),
            _ => {
                text.push(c);
                at += 1;
            }
        }
    }
    assert!(dim_from.is_none(), "dim text is closed in its row: {line}");
    (text.trim_end().to_owned(), ranges)
}

fn decode(text: &str) -> Screen {
    let (title, body) = match text.strip_prefix("title: ") {
        Some(rest) => rest.split_once('\n').unwrap(),
        None => ("", text),
    };
    let (bracketed_paste, body) = match body.strip_prefix("paste: off\n") {
        Some(rest) => (false, rest),
        None => (true, body),
    };
    let (rows, dim) = body.lines().map(row).unzip();
    Screen { rows, dim, title: title.to_owned(), bracketed_paste, ..Screen::default() }
}

fn recorded(agent: &str) -> Vec<Recorded> {
    let Ok(folder) = fs::read_dir(root().join("tests/screens").join(agent)) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let (expected, name) = stem.split_once("__").expect("a screen is called <expected>__<what>.txt");
        Recorded {
            expected: expected.to_owned(),
            name: format!("{agent}/{name}"),
            screen: decode(&fs::read_to_string(path).unwrap()),
        }
    };
    paths.iter().map(read).collect()
}

/// What the rules say, in the words of the file names.
fn verdict(detector: &Detector, screen: &Screen) -> String {
    match detector.sight(screen).map(|sighting| sighting.says) {
        Some(says) => says.word().to_owned(),
        None if detector.composer(screen).is_some_and(|composer| !composer.text.is_empty()) => {
            "draft".to_owned()
        }
        None => "none".to_owned(),
    }
}

#[test]
fn every_profile_can_be_read_and_is_called_as_its_file() {
    for agent in agents() {
        let (profile, _) = profile(agent);
        assert_eq!(profile.id.as_str(), agent);
        assert!(!profile.binary.is_empty());
    }
}

#[test]
fn the_rules_say_of_every_recorded_screen_what_its_name_says() {
    let mut wrong = Vec::new();
    for agent in agents() {
        let (_, detector) = profile(agent);
        for Recorded { expected, name, screen } in recorded(agent) {
            let said = verdict(&detector, &screen);
            if said != expected {
                let trace = detector.trace(&screen);
                wrong.push(format!("{name}: {said} instead of {expected}\n{trace:#?}\n{}", screen.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_recorded_screens_are_there_of_every_agent_and_state() {
    let mut all = 0;
    for agent in agents().filter(|agent| *agent != "generic") {
        let recorded = recorded(agent);
        let labels: BTreeSet<&str> = recorded.iter().map(|recorded| recorded.expected.as_str()).collect();
        for needed in ["idle", "working", "draft", "permission"] {
            assert!(labels.contains(needed), "{agent}: no screen is {needed}: {labels:?}");
        }
        assert!(recorded.len() >= 7, "{agent}: {} screens", recorded.len());
        all += recorded.len();
    }
    assert!(all >= 190, "{all} screens: some are no longer read");
}

#[test]
fn a_retry_says_in_how_many_seconds_as_the_screen_does() {
    let mut checked = 0;
    for agent in agents() {
        let (_, detector) = profile(agent);
        for Recorded { name, screen, .. } in recorded(agent) {
            let said = detector.sight(&screen).and_then(|sighting| sighting.retry_seconds);
            let text = screen.text();
            let shown = text.rsplit_once("etrying in ").and_then(|(_, rest)| {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().ok()
            });
            if said.is_some() {
                assert_eq!(said, shown, "{name}");
                checked += 1;
            }
        }
    }
    assert!(checked >= 10, "{checked}");
}

#[test]
fn every_rule_that_speaks_of_the_screen_has_a_screen_that_it_matches() {
    for agent in agents() {
        let (profile, detector) = profile(agent);
        let screens = recorded(agent);
        if screens.is_empty() {
            continue;
        }
        let seen: BTreeSet<String> = screens
            .iter()
            .flat_map(|recorded| detector.trace(&recorded.screen))
            .filter_map(|(rule, row)| row.map(|_| rule))
            .collect();
        let unseen: Vec<&String> =
            profile.rules.iter().map(|rule| &rule.name).filter(|name| !seen.contains(*name)).collect();
        assert!(unseen.is_empty(), "{agent}: no recorded screen for {unseen:?}");
    }
}

#[test]
fn no_agent_is_called_idle_by_the_screen_of_another() {
    for agent in agents() {
        let (_, detector) = profile(agent);
        for other in agents().filter(|other| *other != agent) {
            for Recorded { name, screen, .. } in recorded(other) {
                assert_ne!(verdict(&detector, &screen), "idle", "{agent} reads {name} as its own");
            }
        }
    }
}

#[test]
fn a_dialog_quoted_above_an_empty_composer_is_only_text() {
    for agent in agents().filter(|agent| *agent != "generic") {
        let (_, detector) = profile(agent);
        let screens = recorded(agent);
        let idle = screens.iter().find(|recorded| recorded.name.ends_with("/done")).unwrap();
        for dialog in
            screens.iter().filter(|r| !["idle", "working", "draft", "none"].contains(&r.expected.as_str()))
        {
            let quoted: Vec<String> = dialog
                .screen
                .rows
                .iter()
                .filter(|row| !row.is_empty())
                .map(|row| format!("  {row}"))
                .collect();
            let mut screen = idle.screen.clone();
            screen.dim.resize(screen.rows.len(), Vec::new());
            screen.dim.splice(0..0, quoted.iter().map(|_| Vec::new()));
            screen.rows.splice(0..0, quoted);
            assert_eq!(verdict(&detector, &screen), "idle", "{} quoted", dialog.name);
        }
    }
}

#[test]
fn placeholders_and_queues_are_seen_where_they_are_shown() {
    for agent in agents().filter(|agent| *agent != "generic") {
        let (_, detector) = profile(agent);
        for Recorded { name, screen, .. } in recorded(agent) {
            let pasted = name.contains("placeholder");
            assert_eq!(!detector.placeholders(&screen).is_empty(), pasted, "placeholder in {name}");
            let queued = name.contains("queued");
            assert_eq!(detector.queued(&screen).is_some(), queued, "queue in {name}");
        }
    }
}

#[test]
fn what_a_person_typed_is_no_ghost_however_it_reads() {
    for (agent, start, draft) in [
        ("scripted", "› ", "Type a message"),
        ("claude", "❯ ", "Try \"fix lint errors\""),
        ("claude", "❯ ", "Press up to edit queued messages"),
    ] {
        let (_, detector) = profile(agent);
        let mut screen = Screen::from_text(&format!("{start}{draft}\n────────────────\n"));
        assert_eq!(detector.composer(&screen).unwrap().text, "", "{agent}: nobody typed");
        assert_eq!(verdict(&detector, &screen), "idle");
        screen.draft = true;
        assert_eq!(detector.composer(&screen).unwrap().text, draft);
        assert_eq!(verdict(&detector, &screen), "draft");
    }
}

#[test]
fn a_draft_that_only_begins_like_a_ghost_is_a_draft() {
    let (_, detector) = profile("claude");
    let screen = Screen::from_text("❯ Try \"a\" before \"b\" and see\n────────────────\n");
    assert_eq!(verdict(&detector, &screen), "draft");
}

#[test]
fn placeholders_of_earlier_messages_are_not_counted() {
    let (_, detector) = profile("scripted");
    let old = "› [Pasted text #1 +9 lines]\n● done\n────────────────\n";
    let sent = Screen::from_text(&format!("{old}› Type a message\n────────────────\nidle"));
    assert!(detector.placeholders(&sent).is_empty());
    let pasted = Screen::from_text(&format!("{old}› [Pasted text #2 +7 lines]\n────────────────\nidle"));
    assert_eq!(detector.placeholders(&pasted), ["[Pasted text #2 +7 lines]"]);
    let dialog = Screen::from_text("[Pasted text #1 +9 lines]\nEnter to select · Esc to cancel");
    assert!(detector.placeholders(&dialog).is_empty());
}

/// A program that looks like itself in every mode: prompts stay on the screen as they were typed.
const PLAIN: &str = r#"
id = "plain"
name = "Plain"
binary = "plain"

[composer]
start = '^>(?:\s|$)'
end = '^---$'
terminal = "pastes"
footer = '^ready'

[[rules]]
name = "turn"
says = "working"
terminal = "no_pastes"
all = ['^> \S']

[[rules]]
name = "two rows"
says = "failed_turn"
priority = 5
region = { last_block = '^> \S' }
all = ['(?m)^error: (?<text>.+)\nretry by hand$']
"#;

#[test]
fn a_composer_is_one_only_in_its_mode_and_above_its_footer() {
    let (_, detector) = Profile::parse(PLAIN).unwrap();
    let mut screen = Screen::from_text("> an old prompt\n---\nready");
    assert_eq!(detector.composer(&screen).unwrap().text, "an old prompt");
    screen.bracketed_paste = false;
    assert!(detector.composer(&screen).is_none(), "the program does not read now");
    assert_eq!(verdict(&detector, &screen), "working");
    let screen = Screen::from_text("> an old prompt\n---\nan answer");
    assert!(detector.composer(&screen).is_none(), "its footer is gone");
}

#[test]
fn a_pattern_with_a_line_break_reads_across_rows_and_names_its_evidence() {
    let (_, detector) = Profile::parse(PLAIN).unwrap();
    let failed = "> do it\nerror: no more\nretry by hand\n>\n---\nready";
    let seen = detector.sight(&Screen::from_text(failed)).unwrap();
    assert_eq!((seen.says.word(), seen.matched.as_str()), ("failed_turn", "no more"));
    let later = format!("{}\n> again\nfine\n>\n---\nready", failed.trim_end_matches("\n>\n---\nready"));
    assert!(detector.sight(&Screen::from_text(&later)).is_none(), "that was the turn before");
}

/// What the dialog reads: the first line of what it asks, the options, and which is chosen.
type Reading<'a> = (&'a str, &'a [&'a str], Option<usize>);

const CLAUDE_BASH: [&str; 4] = [
    "Yes",
    "Yes, and always allow access to /home/dev from this project",
    "Yes, and switch to auto mode · auto mode handles these prompts for you",
    "No",
];
const CODEX_COMMAND: [&str; 3] = [
    "Yes, proceed (y)",
    "Yes, and don't ask again for commands that start with `touch /home/dev/project.txt` (p)",
    "No, and tell Codex what to do differently (esc)",
];
const OPENCODE: [&str; 3] = ["Allow once", "Allow always", "Reject"];

/// Every recorded dialog whose options can be chosen; the choice of OpenCode has a colour, which is not recorded.
const DIALOGS: [(&str, Reading<'_>); 24] = [
    (
        "claude/bash",
        (
            "Bash command",
            &[
                CLAUDE_BASH[0],
                "Yes, and always allow access to /home/dev/project from this project",
                CLAUDE_BASH[2],
                "No",
            ],
            Some(0),
        ),
    ),
    ("claude/bash_200x50", ("Bash command", &CLAUDE_BASH, Some(0))),
    ("claude/bash_60", ("Bash command", &CLAUDE_BASH, Some(0))),
    (
        "claude/create_file",
        (
            "Create file",
            &[
                "Yes",
                "Yes, and switch to accept edits (auto-approve file edits and common file commands) for this session (shift+tab)",
                "No",
            ],
            Some(0),
        ),
    ),
    (
        "claude/mcp_tool",
        (
            "Tool use",
            &["Yes", "Yes, and don't ask again for stub — Echo commands in /home/dev/project", "No"],
            Some(0),
        ),
    ),
    (
        "claude/ask_user",
        ("☐ Colour", &["Red warm", "Blue cold", "Type something.", "Chat about this"], Some(0)),
    ),
    (
        "claude/auto_mode_offer",
        (
            "Make auto mode your default permission mode?",
            &["Yes, set auto mode as my default permission mode", "No, keep manual mode"],
            Some(0),
        ),
    ),
    ("claude/workspace", ("Accessing workspace:", &["No, exit", "Yes, I trust this folder"], Some(0))),
    (
        "claude/api_key",
        ("Detected a custom API key in your environment", &["Yes", "No (recommended)"], Some(1)),
    ),
    (
        "claude/bypass_warning",
        ("WARNING: Claude Code running in Bypass Permissions mode", &["No, exit", "Yes, I accept"], Some(0)),
    ),
    ("codex/command", ("Would you like to run the following command?", &CODEX_COMMAND, Some(0))),
    ("codex/command_200x50", ("Would you like to run the following command?", &CODEX_COMMAND, Some(0))),
    ("codex/command_60", ("Would you like to run the following command?", &CODEX_COMMAND, Some(0))),
    ("codex/folder", ("Folder access", &["Trust and continue", "Back to Agent Command Center"], Some(0))),
    (
        "codex/hooks",
        (
            "Hooks need review",
            &["Review hooks", "Trust all and continue", "Continue without trusting (hooks won't run)"],
            Some(0),
        ),
    ),
    (
        "codex/mcp_tool",
        (
            "+ Show details",
            &[
                "Allow Run the tool and continue",
                "Allow for this session Run the tool and remember this choice for this session",
                "Always allow Run the tool and remember this choice for future tool calls",
                "Cancel Cancel this tool call",
            ],
            Some(0),
        ),
    ),
    ("opencode/directory_200x50", ("△ Permission required", &OPENCODE, None)),
    ("opencode/always_allow", ("△ Always allow", &["Confirm", "Cancel"], None)),
    ("opencode/bash", ("△ Permission required", &OPENCODE, None)),
    ("opencode/bash_60", ("△ Permission required", &OPENCODE, None)),
    ("opencode/question", ("Which colour?", &["Red warm", "Blue cold", "Type your own answer"], None)),
    ("scripted/question", ("The agent asks:", &["Red", "Light blue", "Grey"], Some(1))),
    (
        "scripted/trust",
        ("Do you trust this directory?", &["No, exit", "Yes, I trust this directory"], Some(0)),
    ),
    ("scripted/permission", ("Do you want to run this command?", &["Yes", "No"], Some(0))),
];

#[test]
fn the_options_of_every_recorded_dialog_are_read() {
    for (name, (text, options, here)) in DIALOGS {
        let agent = name.split('/').next().unwrap();
        let (_, detector) = profile(agent);
        let screens = recorded(agent);
        let screen = &screens.iter().find(|recorded| recorded.name == name).unwrap().screen;
        let shown = detector.dialog(screen).unwrap_or_else(|| panic!("{name} is a dialog"));
        assert_eq!(shown.options, options, "{name}\n{}", screen.text());
        assert_eq!(shown.text.lines().next().map(str::trim), Some(text), "{name}");
        assert_eq!(shown.here, here, "{name}");
    }
}

#[test]
fn only_a_dialog_has_options_and_one_that_nobody_described_has_none() {
    for agent in AGENTS.iter() {
        let (_, detector) = profile(agent);
        for Recorded { expected, name, screen } in recorded(agent) {
            let needs =
                ["permission", "question", "trust", "login", "onboarding"].contains(&expected.as_str());
            assert_eq!(detector.dialog(&screen).is_some(), needs, "{name}");
        }
    }
    for (agent, name) in [("claude", "claude/resume_menu"), ("codex", "codex/browsing_transcript")] {
        let (_, detector) = profile(agent);
        let screens = recorded(agent);
        let screen = &screens.iter().find(|recorded| recorded.name == name).unwrap().screen;
        assert_eq!(detector.dialog(screen).unwrap().options, [""; 0], "{name}");
    }
}

#[test]
fn the_same_dialog_in_a_narrow_terminal_is_the_same() {
    for (agent, wide, narrow) in [
        ("claude", "claude/bash_200x50", "claude/bash_60"),
        ("codex", "codex/command_200x50", "codex/command_60"),
    ] {
        let (_, detector) = profile(agent);
        let screens = recorded(agent);
        let read = |name: &str| {
            let screen = &screens.iter().find(|recorded| recorded.name == name).unwrap().screen;
            let shown = detector.dialog(screen).unwrap();
            (shown.text, shown.options)
        };
        let (wide, narrow) = (read(wide), read(narrow));
        assert!(same((&wide.0, &wide.1), (&narrow.0, &narrow.1)), "{wide:?} {narrow:?}");
    }
}
