//! A dialog waits for a person: whatever is typed there would answer it, so nothing is.

use std::time::Duration;

use orc_testkit::wait_until;

use crate::world::{Agent, SOON, World, scripted, whole};

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
    assert_eq!(agent.truth.wait_for_message(&id), whole(&id, "operator", "1\n\nthe message"));
    let answers: Vec<_> = agent.truth.of("permission").iter().map(|event| event["answer"].clone()).collect();
    assert_eq!(answers, ["asked", "denied"]);
    assert!(!file.exists(), "the tool was denied");
}

#[test]
fn a_message_waits_for_a_given_permission() {
    let (world, agent, file, id) = asked();
    let pane = world.open_pane(&agent);
    world.press(&pane, &["1"]);
    assert_eq!(agent.truth.wait_for_message(&id), whole(&id, "operator", "1\n\nthe message"));
    assert!(file.exists(), "the person allowed it");
    assert_eq!(agent.truth.of("permission").len(), 2, "asked once, answered once");
}

/// The dialog opens at about the time of the hand-over, each time a little earlier or later.
#[test]
fn a_dialog_that_opens_during_the_hand_over_is_not_answered() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    let file = world.env.root().join("made-by-the-tool");
    for n in 0..10 {
        let order = format!("DO: work 0.{:03}\nDO: ask touch '{}'", 40 * n, file.display());
        world.post(&agent.target, &order);
        world.post(&agent.target, &format!("beside dialog {n}"));
        wait_until("the agent asks", SOON, || {
            let asked =
                agent.truth.of("permission").iter().filter(|event| event["answer"] == "asked").count();
            if asked == n + 1 { Ok(()) } else { Err(format!("{asked} times\n{}", world.last_events())) }
        });
        wait_until("the dialog is seen", SOON, || {
            let status = world.status(&agent.target);
            if status["state"]["is"] == "needs_person" {
                Ok(())
            } else {
                Err(format!("{status}\n{}\n{:#?}", world.last_events(), agent.truth.events()))
            }
        });
        world.press(&pane, &["Escape"]);
        wait_until("the message is settled", SOON, || {
            let status = world.status(&agent.target);
            if status["queued"] == 0 && status["state"]["is"] == "idle" {
                Ok(())
            } else {
                Err(status.to_string())
            }
        });
    }
    let bodies: Vec<String> = agent.truth.bodies("operator");
    let beside: Vec<&String> = bodies.iter().filter(|body| body.starts_with("beside")).collect();
    let all: Vec<String> = (0..10).map(|n| format!("beside dialog {n}")).collect();
    assert!(beside.into_iter().eq(&all), "each message once, in order: {bodies:?}");
    let answers = agent.truth.of("permission");
    assert!(answers.iter().all(|event| event["answer"] != "approved"), "{answers:?}");
    assert!(!file.exists(), "the tool has run");
}

/// A turn may be long; the agent's own queue takes what comes.
#[test]
fn a_busy_agent_gets_its_messages_in_order() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let end = world.env.root().join("the-turn-may-end");
    let long = format!("DO: run until [ -e '{}' ]; do sleep 0.02; done", end.display());
    world.send(&agent.target, &long);
    for n in 0..3 {
        let text = format!("meanwhile {n}");
        let sent = world.json(&["agent", "send", &agent.target, &text, "--wait=60s"]);
        assert_eq!(sent["recipients"][0]["delivery"]["outcome"]["outcome"], "queued", "{sent}");
    }
    assert_eq!(agent.truth.of("turn_end").len(), 1, "they were taken while the turn ran");
    std::fs::write(&end, "").unwrap();
    agent.truth.wait_for_turns(5);
    assert_eq!(agent.truth.bodies("operator"), [&long, "meanwhile 0", "meanwhile 1", "meanwhile 2"]);
}

/// It is never cleared by us, whoever's it is: the person is told what stands there and what to type.
#[test]
fn a_message_that_could_not_be_entered_is_shown_with_what_to_do_and_holds_the_next() {
    let world = World::new();
    // As an agent that never says that it has taken this one text in; in its turn that scrolls out of sight.
    let stuck = "NEVER IN\nDO: run seq 80";
    let never = scripted("scripted", &[]).replace("pending = [", "pending = ['NEVER IN', ");
    world.profile("scripted", &never);
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    let left = world.post("t:0", stuck);
    let next = world.post("t:0", "the next");
    world.wait_for_hold(agent, "an earlier message stands unsent in the composer");
    let hint = "`tmux-orc agent attach t:0`: send the message that stands there with Enter, or clear it";
    for status in [&["agent", "status", "t:0"], &["team", "status", "t"]] {
        let out = world.orc(status).success();
        assert!(out.stdout.contains("1 (an earlier message stands unsent in the composer)"), "{out:?}");
        assert!(out.stderr.contains(hint), "{out:?}");
    }
    world.press(&pane, &["Enter"]);
    agent.truth.wait_for_message(&next);
    let bodies = agent.truth.bodies("operator");
    assert_eq!(bodies, [stuck, "the next"], "each once, by the hand of the person");
    let record = world.orc(&["agent", "messages", "t:0", "--export"]).success().stdout;
    assert!(record.contains(&format!("{left} t:backend: acknowledged")), "{record}");
    assert!(!world.orc(&["agent", "status", "t:0"]).stderr.contains(hint));
}

/// What stands behind the placeholder of a long paste nobody sees: after a dialog it may be the person's own.
#[test]
fn a_draft_that_a_person_pasted_after_a_dialog_is_theirs_to_send() {
    let world = World::new();
    // As an agent that is slow to take in this one text: the dialog opens before it could be entered.
    let slow = scripted("scripted", &[]).replace("pending = [", r"pending = ['\+2\d\d lines', ");
    world.profile("scripted", &slow);
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    world.post(&agent.target, "DO: work 1\nDO: ask true");
    let message = world.post(&agent.target, &crate::texts::lines(15_000));
    let asked = |answer: &str| {
        let asked = agent.truth.of("permission").iter().any(|event| event["answer"] == answer);
        if asked { Ok(()) } else { Err(world.last_events()) }
    };
    wait_until("the agent asks", SOON, || asked("asked"));
    wait_until("the dialog is seen", SOON, || {
        let state = world.status(&agent.target)["state"]["is"].clone();
        if state == "needs_person" { Ok(()) } else { Err(state.to_string()) }
    });
    world.press(&pane, &["Escape"]);
    wait_until("it is denied", SOON, || asked("denied"));
    // Who goes on typing counts as typing, while it is seen that the dialog is gone.
    for _ in 0..6 {
        world.press(&pane, &["C-u"]);
        std::thread::sleep(Duration::from_millis(100));
    }
    let draft = (0..14).map(|row| format!("my own draft, row {row}")).collect::<Vec<_>>().join("\n");
    world.tmux(&["set-buffer", "-b", "draft", &draft]);
    world.tmux(&["paste-buffer", "-p", "-r", "-b", "draft", "-t", &pane]);
    std::thread::sleep(Duration::from_secs(4));
    let sent = |text: &str| agent.truth.prompts().iter().filter(|prompt| prompt.contains(text)).count();
    assert_eq!((sent("my own draft"), sent(&message)), (0, 0), "{:?}", agent.truth.prompts());
    world.press(&pane, &["Enter"]);
    agent.truth.wait_for_prompt("my own draft, row 13");
}
