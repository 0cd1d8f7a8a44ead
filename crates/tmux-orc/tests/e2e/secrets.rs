//! Secrets that people paste and agents say are in nothing that is kept or sent on.

use std::fs;
use std::path::Path;

use crate::world::{World, scripted};

const PLANTED: [&str; 6] = [
    "Tr0ub4dor77",
    "hunter2zzz",
    "abcdef0123456789abcdef",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "SpokenS3cret",
    "LastW0rds99",
];

/// All files below a folder, but for what agents write themselves.
fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            files(&path, found);
        } else if path.is_file() && !name.starts_with("truth") && !name.contains("transcript") {
            found.push(path);
        }
    }
}

#[test]
fn no_planted_secret_is_delivered_stored_shown_or_exported() {
    let world = World::new();
    let script = world.env.root().join("script.toml");
    let steps = "[[rule]]\nmatch = \"tell me\"\nsteps = [\"reply DB_PASSWORD=SpokenS3cret\"]\n\
                 [[rule]]\nmatch = \"fall\"\nsteps = [\"reply postgres://app:LastW0rds99@db/auth\", \"crash\"]\n";
    fs::write(&script, steps).expect("a file");
    world.profile("scripted", &scripted("scripted", &["--script", script.to_str().expect("a path")]));
    let agents = world.deploy(2);
    let log = world.env.root().join("error.log");
    let lines = "connecting to postgres://app:Tr0ub4dor77@db:5432/auth\nDB_PASSWORD=hunter2zzz\n\
                 > Authorization: Bearer abcdef0123456789abcdef\nremote: ghp_abcdefghijklmnopqrstuvwxyz0123456789\npool exhausted\n";
    fs::write(&log, lines).expect("a file");
    let file = log.to_str().expect("a path");
    let sent = world.json(&["agent", "send", "t:0", "--file", file, "--wait=60s"]);
    assert!(sent["notes"].to_string().contains("4 secrets were replaced"), "{sent}");
    let got = agents[0].truth.wait_for_prompt("pool exhausted");
    assert_eq!(got.matches("[REDACTED:").count(), 4, "{got}");
    world.json(&["incident", "evidence", "t", "the log of DB_PASSWORD=hunter2zzz", "--file", file]);
    world.json(&["incident", "note", "t", "it is postgres://app:Tr0ub4dor77@db:5432/auth"]);
    world.json(&["agent", "send", "t:1", "tell me", "--wait=60s"]);
    agents[1].truth.wait_for_turns(2);
    world.wait_until_idle("t");
    let screen = world.orc(&["agent", "screen", "t:1"]).success();
    world.send("t:1", "fall");
    world.orc(&["wait", "t:1", "--until", "ended", "--timeout", "60s"]).success();
    let export = world.orc(&["agent", "messages", "t", "--export"]).success();
    assert!(export.stdout.contains("[REDACTED:url-password#"), "{}", export.stdout);
    let told = [screen.stdout, export.stdout, world.orc(&["events", "--json"]).success().stdout]
        .into_iter()
        .chain([
            world.orc(&["incident", "status", "t"]).success().stdout,
            world.orc(&["agent", "explain", "t:1"]).stdout,
        ]);
    for (index, text) in told.enumerate() {
        for secret in PLANTED {
            assert!(!text.contains(secret), "{secret} is in output {index}:\n{text}");
        }
    }
    let mut kept = Vec::new();
    files(&world.env.state_dir(), &mut kept);
    assert!(kept.len() > 3, "{kept:?}");
    for path in kept {
        let bytes = fs::read(&path).unwrap_or_default();
        for secret in PLANTED {
            let holds = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!holds, "{secret} is in {}", path.display());
        }
    }
}
