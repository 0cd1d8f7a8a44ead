//! The scripted agent in a real terminal: in tmux on a private socket, and on a bare pseudo-terminal.
//!
//! The agent is this test binary again: [`play_the_agent`] is what it runs then. What reached the agent is
//! asked of its log, and never of the screen alone.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod agent;
mod delivery;
mod endings;
mod pty;
mod screens;
mod sessions;
mod wait;

use std::process::ExitCode;

use orc_scripted::Options;

/// Not a test: the entry of the agent's process, which gets its options from the environment.
#[test]
#[ignore = "the other tests run it as the agent"]
fn play_the_agent() {
    if std::env::var_os("PLAY").is_none() {
        return;
    }
    let set = |name| std::env::var(name).ok();
    let code = orc_scripted::run(Options {
        name: set("PLAY_NAME"),
        start_delay_ms: set("PLAY_DELAY_MS").map_or(0, |ms| ms.parse().unwrap()),
        session_id: set("PLAY_SESSION"),
        resume: set("PLAY_RESUME"),
        no_status: set("PLAY_NO_STATUS").is_some(),
        ..Options::default()
    });
    let code = (0..=u8::MAX).find(|&number| ExitCode::from(number) == code).unwrap();
    std::process::exit(i32::from(code));
}
