//! OpenCode's own door: its composer, filled and entered by requests.

use crate::rig::{OPENCODE, Rig};

const DOOR: &str = "opencode tui";

/// A person who has chosen another mode sees the message run in it.
#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn an_idle_opencode_is_handed_messages_by_its_own_door_in_the_mode_that_the_person_has_chosen() {
    let rig = Rig::new();
    rig.deploy(&[OPENCODE]);
    rig.wait_for_state(OPENCODE, "idle");
    for round in 0..6 {
        let text = format!("round {round}:\n\tREPLY: ok {round}");
        let message = rig.send(OPENCODE, &text);
        assert_eq!(rig.wait_acknowledged(OPENCODE, &message).door, DOOR);
        assert_eq!(rig.body(OPENCODE, &message), text);
        rig.wait_for_state(OPENCODE, "idle");
    }
    assert!(!rig.screen(OPENCODE).contains("▣  Plan · "));
    rig.person_presses(OPENCODE, "Tab");
    rig.until(OPENCODE, "it is in Plan mode", || rig.screen(OPENCODE).contains("┃  Plan · ").then_some(()));
    let message = rig.send(OPENCODE, "plan only");
    assert_eq!(rig.wait_acknowledged(OPENCODE, &message).door, DOOR);
    rig.until(OPENCODE, "it answers as Plan", || rig.screen(OPENCODE).contains("▣  Plan · ").then_some(()));
    rig.audit(OPENCODE);
    println!("by the door: {}", rig.latencies(OPENCODE));
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn an_opencode_that_refuses_at_its_door_is_typed_to() {
    let rig = Rig::new();
    let built_in = include_str!("../../../orc-core/agents/opencode.toml");
    let stranger = built_in.replace("user = \"opencode\"", "user = \"a stranger\"");
    assert_ne!(stranger, built_in);
    let folder = rig.env.config_dir().join("agents");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("opencode.toml"), stranger).expect("a file");
    rig.deploy(&[OPENCODE]);
    for text in ["by the keyboard", "and again"] {
        rig.wait_for_state(OPENCODE, "idle");
        let message = rig.send(OPENCODE, text);
        assert_eq!(rig.wait_acknowledged(OPENCODE, &message).door, "paste");
        assert_eq!(rig.body(OPENCODE, &message), text);
    }
    rig.audit(OPENCODE);
    let events = rig.orc(&["events"]).success().stdout;
    assert!(events.contains(&format!("{DOOR}: it answered 401")), "{events}");
    println!("by the keyboard, after the door: {}", rig.latencies(OPENCODE));
}
