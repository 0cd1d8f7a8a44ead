//! The supervisor is killed at every moment of a delivery: each message still arrives once.

use orc_testkit::wait_until;

use crate::rig::{KINDS, PATIENCE, Rig};

/// How far the last message is when the supervisor is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    Accepted,
    Started,
    Pasted,
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn each_message_arrives_once_whenever_the_supervisor_is_killed() {
    let rig = Rig::mixed();
    let mut sent = Vec::new();
    for (round, moment) in
        [Moment::Accepted, Moment::Started, Moment::Pasted].into_iter().cycle().take(6).enumerate()
    {
        for kind in KINDS {
            let text = format!("Round {round}: {moment:?}\n  what is the state of {}?", kind.profile);
            let message = rig.send(kind, &text);
            let wanted = match moment {
                Moment::Accepted => 0,
                Moment::Started => 1,
                Moment::Pasted => 2,
            };
            wait_until(&format!("{message} is {moment:?}"), PATIENCE, || {
                let seen = if wanted == 0 { 0 } else { rig.progress(kind, &message) };
                if seen >= wanted { Ok(()) } else { Err(rig.screen(kind)) }
            });
            rig.kill_supervisor();
            sent.push((kind, message, text));
        }
    }
    for (kind, message, text) in &sent {
        rig.wait_acknowledged(*kind, message);
        assert_eq!(rig.body(*kind, message), *text, "{message} at {}", kind.profile);
    }
    for kind in KINDS {
        rig.wait_for_state(kind, "idle");
        rig.audit(kind);
    }
}
