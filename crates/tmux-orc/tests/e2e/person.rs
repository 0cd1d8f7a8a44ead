//! A person at the agent comes first: a draft is neither sent nor destroyed, and nobody's keys are mixed into a paste.

use orc_testkit::wait_until;

use crate::stopped::signal;
use crate::texts::lines;
use crate::world::{SOON, World, scripted, whole};

const DRAFT: &str = "a person's draft is in the composer";

#[test]
fn a_message_waits_until_the_draft_is_sent() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    world.type_text(agent, &pane, "half a thou");
    let id = world.post(&agent.target, "the message");
    world.wait_for_hold(agent, DRAFT);
    assert_eq!(agent.truth.of("paste").len(), 1, "nothing was pasted but the brief");
    assert!(world.orc(&["agent", "status", "t:0"]).success().stdout.contains(DRAFT), "the table says why");
    world.type_text(agent, &pane, "ght");
    world.press(&pane, &["Enter"]);
    assert_eq!(agent.truth.wait_for_message(&id), whole(&id, "operator", "the message"));
    assert_eq!(agent.truth.prompts()[1], "half a thought", "the draft is the person's, whole, and first");
    assert_eq!(agent.truth.prompts().len(), 3);
}

#[test]
fn a_message_waits_until_the_draft_is_deleted() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    world.type_text(agent, &pane, "no");
    let id = world.post(&agent.target, "the message");
    world.wait_for_hold(agent, DRAFT);
    world.press(&pane, &["BSpace", "BSpace"]);
    assert_eq!(agent.truth.wait_for_message(&id), whole(&id, "operator", "the message"));
    assert_eq!(agent.truth.prompts().len(), 2);
}

/// An empty composer shows a hint; a person may type just these words.
#[test]
fn a_draft_that_reads_like_the_hint_is_a_draft() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    world.type_text(agent, &pane, "Type a message");
    let id = world.post(&agent.target, "the message");
    world.wait_for_hold(agent, DRAFT);
    // Longer than a person counts as typing.
    std::thread::sleep(std::time::Duration::from_secs(3));
    world.wait_for_hold(agent, DRAFT);
    assert_eq!(agent.truth.of("paste").len(), 1, "nothing was pasted but the brief");
    world.press(&pane, &["Enter"]);
    assert_eq!(agent.truth.wait_for_message(&id), whole(&id, "operator", "the message"));
    assert_eq!(agent.truth.prompts()[1], "Type a message");
}

/// The draft is known from the screen: who counted the keys has died.
#[test]
fn a_draft_survives_the_supervisor() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    world.type_text(agent, &pane, "unfinished");
    world.kill_supervisor();
    let id = world.post(&agent.target, "the message");
    world.wait_for_hold(agent, DRAFT);
    world.press(&pane, &["C-u"]);
    assert_eq!(agent.truth.wait_for_message(&id), whole(&id, "operator", "the message"));
    assert_eq!(agent.truth.prompts().len(), 2);
}

#[test]
fn keys_typed_during_a_paste_come_after_it() {
    let world = World::new();
    // 4 MB take this agent two seconds to take in.
    let patient = scripted("scripted", &[]).replace("[paste]", "[paste]\ninline_limit = 8000000");
    world.profile("scripted", &patient);
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    let text = lines(4_000_000);
    let out = world.feed(text.as_bytes(), &["agent", "send", "t:0", "-"]).success();
    let id = out.stdout.lines().next().unwrap().to_owned();
    world.stop_in_the_paste(agent);
    world.tmux(&["send-keys", "-t", &pane, "-l", "typed meanwhile"]);
    signal(&agent.process, rustix::process::Signal::CONT);
    let prompt = agent.truth.wait_for_message(&id);
    assert!(prompt == whole(&id, "operator", text.trim_end()), "the message is whole and alone");
    wait_until("the keys have arrived", SOON, || {
        let typed = agent.typed();
        if typed == "typed meanwhile" { Ok(()) } else { Err(typed) }
    });
    let events = agent.truth.events();
    let at = |found: &dyn Fn(&serde_json::Value) -> bool| events.iter().position(found).unwrap();
    assert!(
        at(&|event| event["ev"] == "key" && event["text"] == "typed meanwhile")
            > at(&|event| event["n"] == 2)
    );
}
