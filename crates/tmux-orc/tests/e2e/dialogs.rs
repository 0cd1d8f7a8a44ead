//! A dialog waits for a person: whatever is typed there would answer it, so nothing is.

use crate::world::{Agent, World, whole};

const DIALOG: &str = "a dialog waits for a person";

/// A world whose first agent asks whether it may make a file, and a message for it that must wait.
fn asked() -> (World, Agent, std::path::PathBuf, String) {
    let world = World::new();
    let agent = world.deploy(2).swap_remove(0);
    let file = world.env.root().join("made-by-the-tool");
    world.send(&agent.target, &format!("DO: ask touch '{}'", file.display()));
    let id = world.post(&agent.target, "1\n\nthe message");
    world.wait_for_hold(&agent, DIALOG);
    assert_eq!(agent.truth.of("paste").len(), 2, "nothing was pasted but the brief and the order to ask");
    assert!(!file.exists(), "the tool has run");
    (world, agent, file, id)
}

#[test]
fn a_message_waits_for_a_denied_permission() {
    let (world, agent, file, id) = asked();
    let pane = world.open_pane(&agent);
    world.press(&pane, &["2"]);
    assert_eq!(agent.truth.wait_for_prompt(&id), whole(&id, "operator", "1\n\nthe message"));
    let answers: Vec<_> = agent.truth.of("permission").iter().map(|event| event["answer"].clone()).collect();
    assert_eq!(answers, ["asked", "denied"]);
    assert!(!file.exists(), "the tool was denied");
}

#[test]
fn a_message_waits_for_a_given_permission() {
    let (world, agent, file, id) = asked();
    let pane = world.open_pane(&agent);
    world.press(&pane, &["1"]);
    assert_eq!(agent.truth.wait_for_prompt(&id), whole(&id, "operator", "1\n\nthe message"));
    assert!(file.exists(), "the person allowed it");
    assert_eq!(agent.truth.of("permission").len(), 2, "asked once, answered once");
}

/// A turn may be long; the agent's own queue takes what comes.
#[test]
fn a_busy_agent_gets_its_messages_in_order() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    world.post(&agent.target, "DO: work 3");
    for n in 0..3 {
        let text = format!("meanwhile {n}");
        let sent = world.json(&["agent", "send", &agent.target, &text, "--wait=60s"]);
        assert_eq!(sent["recipients"][0]["delivery"]["outcome"]["outcome"], "queued", "{sent}");
    }
    assert!(agent.truth.of("turn_end").len() < 2, "they were taken while the turn ran");
    agent.truth.wait_for_turns(5);
    assert_eq!(agent.truth.bodies("operator"), ["DO: work 3", "meanwhile 0", "meanwhile 1", "meanwhile 2"]);
}
