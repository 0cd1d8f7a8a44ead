//! A shim that stands still (`SIGSTOP`) is not one that has ended.

use std::time::Duration;

use orc_testkit::{Process, wait_until};
use rustix::process::{Pid, Signal, kill_process};

use crate::kills::let_pass;
use crate::texts::lines;
use crate::world::{Agent, SOON, World, scripted, whole};

pub(crate) fn signal(process: &Process, signal: Signal) {
    kill_process(Pid::from_raw(process.pid).expect("a pid"), signal).expect("it lives");
}

impl World {
    /// Lets the agent stand still in the middle of a paste: it shows one, and from now on can neither read nor draw.
    #[track_caller]
    pub(crate) fn stop_in_the_paste(&self, agent: &Agent) {
        let shows = || {
            let screen = self.orc(&["agent", "screen", &agent.target]).stdout;
            if screen.contains("Pasting…") { Ok(()) } else { Err(screen) }
        };
        wait_until("the paste is under way", SOON, shows);
        signal(&agent.process, Signal::STOP);
        assert_eq!(shows(), Ok(()), "it was stopped when the paste was over already");
    }
}

/// What it was given is finished when it goes on, and not typed a second time.
#[test]
fn a_shim_stopped_during_a_delivery_types_it_once() {
    /// Longer than the supervisor waits for one answer.
    const STILL: Duration = Duration::from_secs(7);
    let world = World::new();
    let patient = scripted("scripted", &[]).replace("[paste]", "[paste]\ninline_limit = 8000000");
    world.profile("scripted", &patient);
    let agent = &world.deploy(2)[0];
    let shim = agent.shim();
    let text = lines(2_000_000);
    let out = world.feed(text.as_bytes(), &["agent", "send", "t:0", "-"]).success();
    let id = out.stdout.lines().next().expect("a line");
    wait_until("the paste is under way", SOON, || {
        let screen = world.orc(&["agent", "screen", "t:0"]).stdout;
        if screen.contains("Pasting…") { Ok(()) } else { Err(screen) }
    });
    signal(&shim, Signal::STOP);
    let next = world.post("t:0", "and the next");
    let_pass(STILL);
    signal(&shim, Signal::CONT);
    let prompt = agent.truth.wait_for_prompt(&next);
    assert_eq!(prompt, whole(&next, "operator", "and the next"));
    let prompts = agent.truth.prompts();
    assert_eq!(prompts.len(), 3, "each once: {}", world.last_events());
    assert!(prompts[1] == whole(id, "operator", text.trim_end()), "whole: {:.80}", prompts[1]);
}

/// Its agent is ended without it, and within the bound.
#[test]
fn a_team_ends_although_a_shim_stands_still() {
    let world = World::new();
    let agents = world.deploy(2);
    let shim = agents[0].shim();
    signal(&shim, Signal::STOP);
    world.orc(&["team", "stop", "t", "--yes"]).success();
    for process in [&shim, &agents[0].process, &agents[1].process] {
        wait_until("nothing is left of the team", SOON, || {
            if process.is_alive() { Err(format!("{process:?}")) } else { Ok(()) }
        });
    }
}
