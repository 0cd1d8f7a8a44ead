//! The supervisor is killed at every moment of a delivery: each message still arrives once.

use crate::rig::{CODEX, KINDS, Rig};

/// How far the last message is when the supervisor is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    Accepted,
    Started,
    Pasted,
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_busy_codex_gets_a_message_once_whenever_the_supervisor_is_killed() {
    let rig = Rig::new();
    rig.deploy(&[CODEX]);
    let mut sent = Vec::new();
    for moment in [Moment::Accepted, Moment::Started] {
        let long = rig.send(CODEX, "SLOW:4");
        rig.wait_acknowledged(CODEX, &long);
        rig.wait_for_state(CODEX, "working");
        let message = rig.send(CODEX, &format!("Meanwhile: {moment:?}"));
        rig.until(CODEX, "its delivery has begun", || match moment {
            Moment::Accepted => Some(()),
            Moment::Started | Moment::Pasted => (rig.progress(CODEX, &message) > 0).then_some(()),
        });
        rig.kill_supervisor();
        // The command that hands it over may have died with the supervisor, or not: what is said must be true.
        let outcome = rig.until(CODEX, "it is settled for good", || {
            let settled = rig.settled(CODEX).into_iter().rfind(|settled| settled.message == message)?;
            (settled.outcome != "queued-in-agent").then_some(settled.outcome)
        });
        rig.wait_for_state(CODEX, "idle");
        sent.push((message, outcome));
    }
    for (message, outcome) in sent {
        let times = rig.prompts_with(CODEX, &message).len();
        assert_eq!(times, usize::from(outcome == "acknowledged"), "{message}: {outcome}");
    }
    rig.audit(CODEX);
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
            rig.until(kind, &format!("{message} is {moment:?}"), || {
                (wanted == 0 || rig.progress(kind, &message) >= wanted).then_some(())
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
