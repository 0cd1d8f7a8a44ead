//! Hooks reach the supervisor by two ways, and count once.

use std::fs;

use crate::world::World;

/// It is told again when its process could not wait for the answer.
#[test]
fn a_hook_that_arrives_twice_counts_once() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let hook = |id: &str, text: &str| {
        serde_json::json!({
            "agent": agent.id, "generation": 1, "id": id, "event": "Stop",
            "payload": {"last_assistant_message": text},
        })
    };
    let folder = world.env.state_dir().join("agents").join(&agent.id);
    let (twice, other) = (hook("1-1", "said in vain twice"), hook("1-2", "said besides"));
    fs::write(folder.join("hooks.taking.jsonl"), format!("{twice}\n")).expect("a file");
    fs::write(folder.join("hooks.jsonl"), format!("\n{twice}\n{other}\n")).expect("a file");
    // The next hook takes in what waits.
    world.send(&agent.target, "wake up");
    world.wait_until_idle("t");
    let events = world.orc(&["agent", "messages", "t:0", "--export"]).success().stdout;
    for text in ["said in vain twice", "said besides"] {
        assert_eq!(events.matches(text).count(), 1, "{text}: {events}");
    }
    for name in ["hooks.taking.jsonl", "hooks.jsonl"] {
        assert!(!folder.join(name).exists(), "{name} is left");
    }
}
