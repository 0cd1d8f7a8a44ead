//! What the product leaves behind: a person's configuration is as it was, and nothing of ours stays.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::rig::{KINDS, Rig};

/// Every file below, with its content; links are not followed.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if let Ok(content) = std::fs::read(&path) {
                found.insert(path, content);
            }
        }
    }
    found
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn the_configuration_of_a_person_is_left_alone_and_no_hook_or_tool_stays() {
    let rig = Rig::new();
    let home = rig.env.home();
    let before = files(&home);
    rig.deploy(&KINDS);
    for kind in KINDS {
        let message = rig.send(kind, r#"CALL:note {"text": "good morning"}"#);
        rig.wait_acknowledged(kind, &message);
        rig.wait_for_state(kind, "idle");
    }
    rig.orc(&["team", "stop", "t", "--yes"]).success();
    rig.orc(&["daemon", "stop"]).success();
    let left: Vec<String> = rig.env.processes().into_iter().map(|process| process.command).collect();
    assert!(left.is_empty(), "still running: {left:#?}");
    std::fs::remove_dir_all(rig.env.state_dir()).expect("the state directory");

    let after = files(&home);
    for (path, content) in &before {
        let name = path.strip_prefix(&home).expect("below home").to_str().expect("UTF-8");
        let now = &after[path];
        match name {
            // Claude Code counts its starts and costs here, and rewrites it each time.
            ".claude.json" => {}
            // Codex adds what its terminal has shown already.
            ".codex/config.toml" => {
                let added = now.strip_prefix(content.as_slice()).expect("Codex only adds");
                let added = String::from_utf8_lossy(added);
                let mut tables = added.lines().filter(|line| line.starts_with('['));
                assert!(tables.all(|table| table.starts_with("[tui")), "{name}: {added}");
            }
            _ => assert_eq!(String::from_utf8_lossy(now), String::from_utf8_lossy(content), "{name}"),
        }
    }
    // Sessions and databases of the agents aside, whatever file they keep knows nothing of us.
    let state = rig.env.state_dir();
    let state = state.to_str().expect("UTF-8");
    let traces = [state, "TMUX_ORC_", "tmux-orc.js", "tmux-orc hook", "mcp.json", "mcp__tmux-orc"];
    let kept = |path: &Path| {
        let record = [".claude/projects", ".codex/sessions", ".local/share/opencode"];
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        record.iter().any(|folder| path.starts_with(home.join(folder))) || ending.starts_with("sqlite")
    };
    for (path, content) in after.iter().filter(|(path, _)| !kept(path)) {
        let text = String::from_utf8_lossy(content);
        let trace = traces.into_iter().find(|trace| text.contains(trace));
        assert_eq!(trace, None, "in {}", path.display());
    }
}
