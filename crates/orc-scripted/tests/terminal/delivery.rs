//! What is put in arrives, once and exactly; and the traps of real agents are there.

use crate::agent::Agent;
use crate::wait::wait_until;

#[test]
fn a_paste_and_an_enter_are_one_exact_prompt() {
    let agent = Agent::start();
    let text = "[from: lead] \"quotes\" $(x) `y` \\ é 日本 😀\n\ttab\n#{pane_id} ~\nlast line";
    agent.submit(text, "last line");
    let prompt = agent.await_event("prompt");
    assert_eq!(prompt["text"], text);
    assert_eq!(prompt["bytes"], text.len());
    assert_eq!(prompt["busy"], false);
    assert_eq!(agent.await_event("turn_end")["outcome"], "done");
    agent.await_screen("● ok: [from: lead] \"quotes\"");
    let kinds: Vec<_> = agent.log().iter().map(|event| event["ev"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["start", "ready", "paste", "key", "prompt", "turn_start", "step", "step", "turn_end"]);
}

#[test]
fn a_large_paste_is_folded_and_exact() {
    let agent = Agent::start();
    let text =
        (0..4000).fold(String::new(), |text, n| text + &format!("line {n} of a report that goes on\n"));
    assert!(text.len() > 128 * 1024);
    agent.submit(&text, "[Pasted text #1 +4000 lines]");
    assert_eq!(agent.await_event("prompt")["text"], text);
}

#[test]
fn typed_text_and_alt_enter() {
    let agent = Agent::start();
    agent.keys(&["-l", "wrong"]);
    agent.keys(&["C-u"]);
    agent.keys(&["-l", "one é"]);
    agent.keys(&["Tab", "M-Enter"]);
    agent.keys(&["-l", "two!"]);
    agent.keys(&["BSpace"]);
    agent.await_screen("  two");
    agent.keys(&["Enter"]);
    assert_eq!(agent.await_event("prompt")["text"], "one é\ntwo");
}

#[test]
fn an_enter_while_pasting_loses_the_rest() {
    let agent = Agent::start();
    let text = "0123456789abcde\n".repeat(512 * 1024);
    agent.paste(&text);
    agent.await_event("paste");
    wait_until("a part of the paste to be in", || {
        let screen = agent.screen();
        let part = screen.split_once("Pasting… ").and_then(|(_, rest)| rest.split_once(" KB"));
        part.and_then(|(kb, _)| kb.parse::<usize>().ok()).filter(|&kb| kb > 0).ok_or(screen)
    });
    agent.keys(&["Enter"]);
    let prompt = agent.await_event("prompt")["text"].as_str().unwrap().to_owned();
    assert!(!prompt.is_empty() && prompt.len() < text.len(), "{} of {}", prompt.len(), text.len());
    assert!(text.starts_with(&prompt));
    agent.await_screen("› Type a message");
}

#[test]
fn prompts_while_busy_are_queued_and_run_in_order() {
    let agent = Agent::start();
    let gate = agent.path("gate");
    let first = format!("DO: run until [ -e {} ]; do sleep 0.05; done", gate.display());
    agent.submit(&first, "done");
    agent.await_event("turn_start");
    agent.submit("second", "› second");
    agent.await_screen("queued: 1");
    agent.submit("third", "› third");
    let screen = agent.await_screen("queued: 2");
    assert!(screen.contains("Working… ("), "{screen}");
    std::fs::write(gate, "").unwrap();
    let ends = agent.await_events("turn_end", 3);
    let order: Vec<_> = ends.iter().map(|end| end["n"].as_u64().unwrap()).collect();
    assert_eq!(order, [1, 2, 3]);
    let prompts: Vec<_> =
        agent.events("prompt").iter().map(|p| (p["text"].clone(), p["busy"].clone())).collect();
    assert_eq!(prompts[1..], [("second".into(), true.into()), ("third".into(), true.into())]);
}

#[test]
fn a_script_can_make_enter_steer() {
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), "busy = 'steer'\n[[rule]]\nmatch = 'long'\nsteps = ['work 1000']\n")
        .unwrap();
    let agent = Agent::start_with(&[("TMUX_ORC_SCRIPT", script.path().to_str().unwrap())]);
    agent.submit("a long one", "a long one");
    agent.await_event("turn_start");
    agent.submit("other", "› other");
    let ends = agent.await_events("turn_end", 2);
    assert_eq!((&ends[0]["outcome"], &ends[1]["outcome"]), (&"steered".into(), &"done".into()));
}

#[test]
fn a_message_at_a_permission_prompt_approves_it() {
    let agent = Agent::start();
    let proof = agent.path("proof");
    agent.submit(&format!("DO: ask echo ran; touch {}", proof.display()), "DO: ask");
    let screen = agent.await_screen("Do you want to run this command?");
    assert!(!screen.contains("Type a message"), "{screen}");
    agent.paste("please review\nthe patch");
    assert_eq!(agent.await_event("paste")["into"], "composer");
    assert_eq!(agent.await_events("paste", 2)[1]["into"], "dialog");
    assert!(!proof.exists());
    agent.keys(&["Enter"]);
    agent.await_event("turn_end");
    assert!(proof.exists(), "the command ran");
    assert_eq!(agent.events("prompt").len(), 1, "and the message is lost");
    let answers: Vec<_> = agent.events("permission").iter().map(|event| event["answer"].clone()).collect();
    assert_eq!(answers, ["asked", "approved"]);
    agent.await_screen("⎿ ran");
}

#[test]
fn a_permission_can_be_denied() {
    let agent = Agent::start();
    agent.submit("DO: ask touch proof", "DO: ask");
    agent.await_screen("❯ 1. Yes");
    agent.keys(&["Escape"]);
    assert_eq!(agent.await_event("turn_end")["outcome"], "denied");
    agent.await_screen("› Type a message");
    assert!(!agent.path("proof").exists());
}

#[test]
fn escape_interrupts_a_turn() {
    let agent = Agent::start();
    agent.submit("DO: work 1000", "DO: work");
    agent.await_screen("esc to interrupt");
    agent.keys(&["Escape"]);
    assert_eq!(agent.await_event("turn_end")["outcome"], "interrupted");
    agent.await_screen("› Type a message");
}

#[test]
fn what_is_typed_before_it_is_ready_is_dropped() {
    let agent = Agent::launch(&[("PLAY_DELAY_MS", "3000")]);
    agent.await_screen("starting…");
    agent.paste("too early");
    agent.keys(&["Enter"]);
    assert_eq!(agent.events("ready").len(), 0, "the machine is too slow for this test");
    agent.await_event("ready");
    agent.submit("in time", "› in time");
    assert_eq!(agent.await_event("prompt")["text"], "in time");
}

#[test]
fn a_send_goes_through_our_own_command_line() {
    let fake = tempfile::tempdir().unwrap();
    let program = fake.path().join("orc");
    std::fs::write(&program, "#!/bin/sh\nprintf '<%s>' \"$@\"\n").unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let agent = Agent::start_with(&[("TMUX_ORC_BIN", program.to_str().unwrap())]);
    agent.submit("DO: send team:1 well done, you", "DO: send");
    agent.await_screen("⎿ <agent><send><team:1><well done, you>");
}
