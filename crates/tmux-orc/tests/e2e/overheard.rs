//! A program without a hook: what it answers is read from its screen, and marked so.

use orc_testkit::wait_until;
use serde_json::Value;

use crate::world::{SOON, World};

const GENERIC: &str = include_str!("../../../orc-core/agents/generic.toml");

/// A line-based program that answers each message with how many it has had.
fn counting(world: &World) {
    let program = r#"n=0; while read -r line; do case "$line" in "(end of message m"*) n=$((n+1)); echo "this is"; echo "answer $n";; esac; done"#;
    let own = format!("binary = \"sh\"\nargs = [\"-c\", '''{program}''']");
    let text = GENERIC.replace("id = \"generic\"", "id = \"counting\"").replace("binary = \"cat\"", &own);
    assert!(text.contains(&own), "the built-in profile has changed");
    world.profile("counting", &text);
}

/// What it said, by the record.
fn said(world: &World) -> Vec<(String, String)> {
    let all = world.json(&["agent", "messages", "t:0", "--format", "json"]);
    let said = all.as_array().expect("entries").iter().filter(|entry| entry["entry"] == "said").cloned();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    said.map(|entry| (text(&entry["text"]), text(&entry["source"]))).collect()
}

#[test]
fn the_answers_of_a_program_without_hooks_are_read_from_its_screen_once_each() {
    let world = World::new();
    counting(&world);
    let repo = world.repo.to_str().expect("UTF-8");
    let deploy = ["quick-deploy", "backend", "2", "--project-name", "t", "--agent", "counting"];
    world.orc(&[&deploy[..], &["--project-dir", repo, "--wait=60s"]].concat()).success();
    let expected = |count: usize| -> Vec<(String, String)> {
        (1..=count).map(|n| (format!("this is\nanswer {n}"), "screen".to_owned())).collect()
    };
    for count in 1..4 {
        wait_until("its answer is in the record", SOON, || {
            let said = said(&world);
            if said == expected(count) { Ok(()) } else { Err(format!("{said:?}")) }
        });
        if count == 2 {
            world.kill_supervisor();
            assert_eq!(said(&world), expected(2), "what was heard is not heard again");
        }
        world.post("t:0", &format!("question {count}"));
    }
    let text = world.orc(&["agent", "messages", "t", "--export"]).success().stdout;
    assert!(text.contains("t:backend said (read from its screen)\n    this is\n    answer 2\n"), "{text}");
}
