//! Whatever the person does with the tmux window, delivery does not depend on it.

use std::fs;

use orc_testkit::wait_until;

use crate::world::{SOON, World, whole};

#[test]
fn copy_mode_holds_nothing_up() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    world.tmux(&["copy-mode", "-t", &pane]);
    let id = world.send(&agent.target, "while the person scrolls");
    assert_eq!(agent.truth.wait_for_message(&id), whole(&id, "operator", "while the person scrolls"));
    assert_eq!(
        world.tmux(&["display-message", "-p", "-t", &pane, "#{pane_in_mode}"]),
        "1",
        "still in copy mode"
    );
}

#[test]
fn a_small_window_changes_nothing_in_a_text() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    world.tmux(&["resize-window", "-t", &pane, "-x", "60", "-y", "20"]);
    wait_until("the agent draws 60 columns", SOON, || {
        let screen = world.orc(&["agent", "screen", "t:0"]).stdout;
        let widest = screen.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        if widest == 60 { Ok(()) } else { Err(screen) }
    });
    for text in [
        "a line that is far longer than the sixty columns that the window now has, so it must be broken into rows",
        "1\n2\n3\n4",
    ] {
        let id = world.send(&agent.target, text);
        assert_eq!(agent.truth.wait_for_message(&id), whole(&id, "operator", text));
    }
}

#[test]
fn a_synchronised_neighbour_sees_nothing_of_a_message() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    let file = world.env.root().join("neighbour");
    let cat = format!("stty raw -echo; echo ready; exec cat > '{}'", file.display());
    let neighbour = world.tmux(&["split-window", "-t", &pane, "-P", "-F", "#{pane_id}", "sh", "-c", &cat]);
    wait_until("the neighbour reads", SOON, || {
        let shown = world.tmux(&["capture-pane", "-p", "-t", &neighbour]);
        if shown.contains("ready") && file.exists() { Ok(()) } else { Err(shown) }
    });
    world.tmux(&["set-option", "-w", "-t", &pane, "synchronize-panes", "on"]);
    let id = world.send(&agent.target, "for one agent only");
    assert_eq!(agent.truth.wait_for_message(&id), whole(&id, "operator", "for one agent only"));
    // What a person types goes to both: when the neighbour has that, it would have had the message before.
    world.tmux(&["send-keys", "-t", &pane, "-l", "Z"]);
    wait_until("the neighbour has the key", SOON, || {
        let text = fs::read_to_string(&file).unwrap_or_default();
        if text.contains('Z') { Ok(()) } else { Err(text) }
    });
    assert_eq!(fs::read_to_string(&file).unwrap(), "Z");
}
