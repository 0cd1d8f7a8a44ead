//! How long the agents are without a supervisor that was killed: the next command starts another, which finds them.

use std::time::Instant;

use orc_api::{Request, Response};

use super::super::unexpected;
use super::Measured;
use super::figure::{Figure, Must, number};
use super::times::{Samples, millis};
use super::world::{Effort, World, failed, until};
use crate::error::CliError;

const AGENTS: usize = 50;

pub(super) fn measure(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    world.team("fifty", AGENTS)?;
    let (mut accepted, mut adopted) = (Vec::new(), Vec::new());
    for round in 0..effort.pick(20, 5) {
        kill(&world)?;
        let begun = Instant::now();
        world.run(&["agent", "send", &format!("fifty:{round}"), "are you there?"])?;
        accepted.push(millis(begun.elapsed()));
        until("fifty connected shims", || Ok(connected(&world)? == AGENTS))?;
        adopted.push(millis(begun.elapsed()));
        world.settled("fifty")?;
    }
    let (accepted, adopted) = (Samples::new(accepted), Samples::new(adopted));
    Ok(vec![
        Figure::new(
            "supervisor killed, 50 agents found again and the first send accepted, p95",
            adopted.at(0.95),
            "ms",
            Must::AtMost(500.0),
        )
        .note(format!("{}; the send alone: p95 {}", adopted.spread(), number(accepted.at(0.95)))),
    ])
}

fn connected(world: &World) -> Result<usize, CliError> {
    let Response::Daemon(view) = world.ask(&Request::DaemonStatus {})? else { return Err(unexpected()) };
    Ok(view.connected)
}

/// Kills the supervisor of this world and waits until nobody answers any more.
fn kill(world: &World) -> Result<(), CliError> {
    let Response::Daemon(view) = world.ask(&Request::DaemonStatus {})? else { return Err(unexpected()) };
    let pid = i32::try_from(view.pid).ok().and_then(rustix::process::Pid::from_raw);
    let pid = pid.ok_or_else(|| failed("no process"))?;
    // It answered a moment ago and is of this world.
    rustix::process::kill_process(pid, rustix::process::Signal::KILL)
        .map_err(|error| failed(format!("the supervisor could not be killed: {error}")))?;
    until("the end of the supervisor", || Ok(world.ask(&Request::Ping {}).is_err()))
}
