//! What the product leaves behind: nothing of the person's configuration is touched.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::rig::{KINDS, Rig};

/// Every file below, with its content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
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
fn the_configuration_of_a_person_is_left_alone_and_no_hook_stays() {
    let rig = Rig::new();
    let home = rig.env.home();
    let before = files(&home);
    rig.deploy(&KINDS);
    for kind in KINDS {
        let message = rig.send(kind, "Good morning.");
        rig.wait_acknowledged(kind, &message);
    }
    rig.orc(&["team", "stop", "t", "--yes"]).success();
    rig.orc(&["daemon", "stop"]).success();
    let left: Vec<String> = rig.env.processes().into_iter().map(|process| process.command).collect();
    let left: Vec<&String> = left.iter().filter(|command| !command.starts_with("tmux ") && *command != "tail -f /dev/null").collect();
    assert!(left.is_empty(), "still running: {left:?}");
    let state = rig.env.state_dir();
    std::fs::remove_dir_all(&state).expect("the state directory");
    let after = files(&home);
    for (path, content) in &before {
        let name = path.strip_prefix(&home).expect("below home").display().to_string();
        let now = after.get(path).unwrap_or_else(|| panic!("{name} is gone"));
        if now != content {
            println!(
                "CHANGED {name}\n{}\n->\n{}",
                String::from_utf8_lossy(content),
                String::from_utf8_lossy(now)
            );
        }
    }
    let state = state.to_str().expect("UTF-8");
    for (path, content) in &after {
        let text = String::from_utf8_lossy(content);
        for trace in [state, "TMUX_ORC_HOOK", "tmux-orc.js"] {
            if text.contains(trace) {
                println!("TRACE {trace} in {}", path.display());
            }
        }
        if !before.contains_key(path) {
            println!("NEW {} {}", path.display(), content.len());
        }
    }
}
