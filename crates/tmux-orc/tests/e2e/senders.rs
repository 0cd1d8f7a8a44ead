//! Several senders at once: each message exactly once, each a prompt of its own, each sender's in their order.

use std::thread;

use crate::truth::Truth;
use crate::world::World;

/// So many processes at once, each sending so many messages one after the other to one agent.
#[track_caller]
fn send_all(world: &World, target: &str, senders: usize, each: usize) {
    thread::scope(|scope| {
        for sender in 0..senders {
            scope.spawn(move || {
                for n in 0..each {
                    world.post(target, &format!("sender {sender} message {n}\nand its second line"));
                }
            });
        }
    });
}

#[track_caller]
fn check(truth: &Truth, senders: usize, each: usize) {
    let all = senders * each;
    truth.wait_for_turns(1 + all);
    let bodies = truth.bodies("operator");
    for sender in 0..senders {
        let prefix = format!("sender {sender} ");
        let own: Vec<&str> =
            bodies.iter().map(String::as_str).filter(|body| body.starts_with(&prefix)).collect();
        let sent: Vec<String> =
            (0..each).map(|n| format!("sender {sender} message {n}\nand its second line")).collect();
        assert_eq!(own, sent, "sender {sender}: each once, in order");
    }
    assert_eq!(bodies.len(), all, "and nothing else: {bodies:?}");
}

#[test]
fn two_senders_are_never_merged() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    send_all(&world, &agent.target, 2, 8);
    check(&agent.truth, 2, 8);
}

#[test]
fn fifty_senders_at_once() {
    let world = World::new();
    let agents = world.deploy(2);
    thread::scope(|scope| {
        for agent in &agents {
            scope.spawn(|| send_all(&world, &agent.target, 25, 2));
        }
    });
    for agent in &agents {
        check(&agent.truth, 25, 2);
    }
}

#[test]
fn an_agent_that_sends_is_named_and_gets_its_own_broadcast_not_back() {
    let world = World::new();
    let agents = world.deploy(3);
    world.send("t:0", "DO: send t:2 please review");
    assert_eq!(
        agents[2].truth.wait_for_prompt("please review").lines().next().unwrap().split(" from ").nth(1),
        Some("t:backend:")
    );
    world.send("t:0", "DO: run \"$TMUX_ORC_BIN\" team broadcast t 'from the inside'");
    for other in &agents[1..] {
        other.truth.wait_for_prompt("\nfrom the inside\n");
    }
    agents[0].truth.wait_for_turns(3);
    assert_eq!(agents[0].truth.bodies("t:backend"), [""; 0], "nobody is told what they said themselves");
}

#[test]
fn a_broadcast_reaches_everybody_and_names_the_coordinator() {
    let world = World::new();
    let agents = world.deploy(3);
    let sent = world.json(&["team", "broadcast", "t", "the login fails", "--wait=60s"]);
    assert_eq!(sent["recipients"].as_array().unwrap().len(), 3, "{sent}");
    for (agent, coordinates) in agents.iter().zip([false, false, true]) {
        let prompt = agent.truth.wait_for_prompt("\nthe login fails\n");
        assert_eq!(prompt.contains("you coordinate"), coordinates, "{}: {prompt}", agent.name);
        assert_eq!(agent.truth.bodies("operator").len(), 1);
    }
    world.json(&["agent", "send-all", "t", "each by itself", "--wait=60s"]);
    for agent in &agents {
        assert!(!agent.truth.wait_for_prompt("\neach by itself\n").contains("coordinate"));
    }
}

/// A script that lost the answer repeats its command.
#[test]
fn a_command_repeated_with_its_key_sends_nothing_twice() {
    let world = World::new();
    let agents = world.deploy(2);
    let commands = [
        (["agent", "send", "t:0"], "to one"),
        (["agent", "send-all", "t"], "to each"),
        (["team", "broadcast", "t"], "to all"),
    ];
    for (number, (command, text)) in commands.into_iter().enumerate() {
        let key = format!("--key=deploy-{number}");
        let first = world.json(&[&command[..], &[text, &key]].concat());
        assert_eq!(first["notes"].as_array().map(Vec::len), Some(0), "{first}");
        world.kill_supervisor();
        let again = world.json(&[&command[..], &[text, &key, "--wait=60s"]].concat());
        assert_eq!(again["message"], first["message"]);
        assert!(again["notes"].to_string().contains("nothing was sent now"), "{again}");
        let other = world.orc(&[&command[..], &["another text", &key]].concat()).exits(4);
        assert!(other.stderr.contains(&format!("the key `deploy-{number}` belongs to another")), "{other:?}");
    }
    world.orc(&["agent", "send", "t:1", "to one", "--key=deploy-0"]).exits(4);
    world.orc(&["agent", "send", "t:0", "to one", "--key=not a key"]).exits(2);
    // The same text without a key, or with another, is another message.
    world.send("t:0", "to one");
    world.orc(&["agent", "send", "t:0", "to one", "--key=deploy-9", "--wait=60s"]).success();
    world.wait_until_idle("t");
    assert_eq!(agents[0].truth.bodies("operator"), ["to one", "to each", "to all", "to one", "to one"]);
    assert_eq!(agents[1].truth.bodies("operator"), ["to each", "to all"]);
}
