//! A person at an agent's terminal comes first.

use std::time::{Duration, Instant};

use crate::rig::{KINDS, Kind, Rig};

/// How long nothing may happen to a message that is held.
const CALM: Duration = Duration::from_secs(3);

/// Looks again and again that the message stays away from the model.
#[track_caller]
fn assert_held(rig: &Rig, kind: Kind, message: &str, why: &str) {
    rig.until(kind, &format!("{message} is held"), || (rig.agent(kind)["hold"] == why).then_some(()));
    let start = Instant::now();
    while start.elapsed() < CALM {
        assert!(rig.prompts_with(kind, message).is_empty(), "{message} at {}", kind.profile);
        assert_eq!(rig.agent(kind)["hold"], why, "{}\n{}", kind.profile, rig.screen(kind));
    }
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_message_waits_until_a_person_has_answered_a_permission_dialog() {
    let rig = Rig::mixed();
    let mut waiting = Vec::new();
    for kind in KINDS {
        let proof = rig.repo.join(format!("proof-{}", kind.profile));
        let word = if kind.profile == "codex" { "TOOL+" } else { "TOOL" };
        rig.send(kind, &format!("{word}:touch proof-{}", kind.profile));
        waiting.push((kind, proof));
    }
    let waiting: Vec<_> = waiting
        .into_iter()
        .map(|(kind, proof)| {
            let agent = rig.wait_for_state(kind, "needs_person");
            assert_eq!(agent["state"]["need"], "permission", "{}", kind.profile);
            (kind, proof, rig.send(kind, "Yes. 1\nAnother line."))
        })
        .collect();
    for (kind, proof, message) in &waiting {
        assert_held(&rig, *kind, message, "a dialog waits for a person");
        assert!(!proof.exists(), "the tool of {} ran", kind.profile);
    }
    for (kind, proof, message) in &waiting {
        // Claude Code drops keys in the first moments of a dialog.
        rig.until(*kind, "the tool ran", || {
            if !proof.exists() && rig.agent(*kind)["state"]["is"] == "needs_person" {
                rig.person_presses(*kind, "Enter");
            }
            proof.exists().then_some(())
        });
        rig.wait_acknowledged(*kind, message);
        assert_eq!(rig.body(*kind, message), "Yes. 1\nAnother line.");
        rig.wait_for_state(*kind, "idle");
        rig.audit(*kind);
    }
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_draft_of_a_person_holds_messages_and_is_sent_as_it_was_typed() {
    const DRAFT: &str = "please look at the REPLY:draft";
    let rig = Rig::mixed();
    for kind in KINDS {
        let warm = rig.send(kind, "Good morning.");
        rig.wait_acknowledged(kind, &warm);
        rig.wait_for_state(kind, "idle");
        rig.person_types(kind, DRAFT);
    }
    let waiting: Vec<_> = KINDS
        .into_iter()
        .map(|kind| {
            rig.until(kind, "the draft is shown", || rig.screen(kind).contains(DRAFT).then_some(()));
            (kind, rig.send(kind, "Something else."))
        })
        .collect();
    for (kind, message) in &waiting {
        assert_held(&rig, *kind, message, "a person's draft is in the composer");
        assert!(
            rig.orc(&["agent", "explain", &kind.target()]).stdout.contains(&format!("composer: {DRAFT}"))
        );
    }
    // A new supervisor knows of it too.
    rig.kill_supervisor();
    for (kind, message) in &waiting {
        assert_held(&rig, *kind, message, "a person's draft is in the composer");
        rig.person_presses(*kind, "Enter");
        rig.wait_acknowledged(*kind, message);
        assert_eq!(rig.body(*kind, message), "Something else.");
        let typed: Vec<String> =
            rig.prompts(*kind).iter().map(|prompt| prompt.typed().trim().to_owned()).collect();
        assert_eq!(typed.iter().filter(|typed| *typed == DRAFT).count(), 1, "{}: {typed:?}", kind.profile);
        rig.audit(*kind);
    }
}
