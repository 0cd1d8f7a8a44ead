//! Every way to end, as the terminal and the log see it.

use rustix::process::{Signal, kill_process};

use crate::agent::Agent;
use crate::wait::wait_until;

fn end_of(prompt: &str) -> (u8, serde_json::Value) {
    let agent = Agent::start();
    agent.submit(prompt, prompt);
    let end = agent.await_end();
    (end, agent.log().pop().unwrap())
}

#[test]
fn crashes_by_signal_and_by_code() {
    for (prompt, signal) in [("DO: crash", 9), ("DO: crash SEGV", 11), ("DO: crash TERM", 15)] {
        let (end, last) = end_of(prompt);
        assert_eq!((end, &last["reason"], &last["signal"]), (128 + signal, &"crash".into(), &signal.into()));
    }
    let (end, last) = end_of("DO: crash exit 3");
    assert_eq!((end, &last["code"]), (3, &3.into()));
    let (end, last) = end_of("DO: quiet-exit");
    assert_eq!((end, &last["reason"]), (0, &"quiet-exit".into()));
    let (end, last) = end_of("DO: become true");
    assert_eq!((end, &last["reason"]), (0, &"become".into()), "`true` ran in its place");
}

#[test]
fn ctrl_c_twice_leaves() {
    let agent = Agent::start();
    agent.keys(&["-l", "draft"]);
    agent.await_screen("› draft");
    agent.keys(&["C-c", "C-c"]);
    assert_eq!(agent.await_end(), 0);
    let last = agent.log().pop().unwrap();
    assert_eq!((&last["ev"], &last["reason"]), (&"exit".into(), &"ctrl-c".into()));
    assert!(agent.events("draft").is_empty(), "the first one cleared it");
}

#[test]
fn a_signal_tells_of_the_draft() {
    let agent = Agent::start();
    agent.keys(&["-l", "half a thou"]);
    agent.await_screen("half a thou");
    kill_process(agent.pid(), Signal::TERM).unwrap();
    assert_eq!(agent.await_end(), 143);
    assert_eq!(agent.await_event("signal")["signal"], "SIGTERM");
    assert_eq!(agent.await_event("draft")["text"], "half a thou");
}

#[test]
fn a_hang_draws_and_reads_no_more() {
    let agent = Agent::start();
    agent.submit("DO: hang", "DO: hang");
    agent.await_screen("Working…");
    let logged = agent.log().len();
    agent.paste("anybody there?");
    kill_process(agent.pid(), Signal::TERM).unwrap();
    assert_eq!(agent.await_end(), 128 + 15);
    assert_eq!(agent.log().len(), logged, "it did not even notice its end");
}

#[test]
fn a_deaf_hang_needs_sigkill() {
    let agent = Agent::start();
    agent.submit("DO: hang deaf", "DO: hang");
    agent.await_screen("Working…");
    kill_process(agent.pid(), Signal::TERM).unwrap();
    wait_until("the signal to be taken", || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", agent.pid())).unwrap();
        let pending =
            status.lines().any(|line| line.starts_with("ShdPnd:") && !line.ends_with("0000000000000000"));
        if pending { Err(status) } else { Ok(()) }
    });
    kill_process(agent.pid(), Signal::KILL).unwrap();
    assert_eq!(agent.await_end(), 128 + 9);
}

#[test]
fn a_bad_script_is_said_before_the_terminal_is_taken() {
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), "[[rule]]\nmatch = 'x'\nsteps = ['dance']\n").unwrap();
    let agent = Agent::launch(&[("TMUX_ORC_SCRIPT", script.path().to_str().unwrap())]);
    assert_eq!(agent.await_end(), 78);
    agent.await_screen("step \"dance\": is no verb of the scripted agent");
}
