//! Agents that hang, that are not brought back any more, that fall again and again, and that take long to take anything.

use std::fs;

use crate::recovery::{fragile, halt};
use crate::world::{World, kill, scripted};

#[test]
fn an_agent_that_hangs_is_named_first_and_the_command_brings_it_back() {
    let world = World::new();
    let agents = world.deploy(3);
    world.send("t:1", "DO: ask make deploy");
    world.named(&["blocked"]);
    halt(&agents[0].process);
    let first = world.named(&["hung", "blocked"]);
    let text = first["text"].as_str().expect("a text");
    assert!(text.contains("(t:0) was found to hang ") && text.contains("stopped by a signal"), "{first}");
    assert!(first["figure"]["for_seconds"].is_number(), "{first}");
    world.does(&first);
    world.comes_back(&agents[0], 2);
    assert!(!agents[0].process.is_alive(), "the one that hung is ended");
    world.named(&["blocked"]);
}

#[test]
fn an_open_breaker_is_named_first_and_the_command_closes_it() {
    let world = World::new();
    let (agents, broken) = fragile(&world);
    world.send("t:1", "DO: ask make deploy");
    world.named(&["blocked"]);
    fs::write(&broken, "").expect("a file");
    world.orc(&["recovery", "start", "--emergency", "--session", "t"]).success();
    kill(&agents[0].process);
    world.wait_for_standing(&agents[0], "broken");
    let first = world.named(&["breaker_open", "blocked"]);
    let text = first["text"].as_str().expect("a text");
    assert!(
        text.contains("(t:0) has not been restarted any more") && text.contains("before it was ready"),
        "{first}"
    );
    assert!(first["figure"]["for_seconds"].is_number(), "{first}");
    fs::remove_file(&broken).expect("it was there");
    world.does(&first);
    world.wait_for_standing(&agents[0], "fine");
    world.wait_until_idle_of("t:0");
    world.send("t:0", "well again");
}

#[test]
fn an_agent_that_falls_again_and_again_is_named_first() {
    let world = World::new();
    let agents = world.deploy(3);
    world.orc(&["recovery", "start", "--emergency", "--session", "t"]).success();
    let mut agent = agents[0].clone();
    for launch in 2..=4 {
        kill(&agent.process);
        agent = world.comes_back(&agent, launch);
    }
    let first = world.first_finding("crash_loop", "t:0");
    assert_eq!(first["figure"]["count"], 3, "{first}");
    let shown = world.does(&first);
    assert!(shown.contains("t:0") && shown.contains("3/8"), "{shown}");
}

/// Its hooks do not say that it has taken a message: each one is waited for until nobody believes in that any more.
#[test]
fn messages_that_take_long_to_be_proven_are_named_first() {
    let world = World::new();
    let profile = scripted("scripted", &[]);
    let silent = profile.replace("UserPromptSubmit,PermissionRequest", "PermissionRequest");
    assert_ne!(silent, profile, "the built-in profile has changed");
    world.profile("scripted", &silent.replace("wait_seconds = 10.0", "wait_seconds = 11.0"));
    world.deploy(2);
    for text in ["look", "look again"] {
        world.orc(&["agent", "send", "t:0", text, "--wait=60s"]).exits(8);
    }
    let first = world.first_finding("slow_delivery", "t:0");
    assert!(first["figure"]["for_seconds"].as_f64() >= Some(11.0), "{first}");
    assert!(
        first["text"].as_str().expect("a text").contains("took so long to be typed and proven"),
        "{first}"
    );
    let shown = world.does(&first);
    assert!(shown.contains("no receipt came"), "it says what each one waited for: {shown}");
}
