//! One message to everybody: from the command to fifty acknowledgements.

use std::process::Command;

use super::Measured;
use super::client::process;
use super::figure::{Figure, Must, number};
use super::times::{Samples, timed};
use super::world::{Effort, World};
use crate::error::CliError;

const AGENTS: usize = 50;

pub(super) fn measure(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    world.team("fifty", AGENTS)?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..effort.pick(20, 6) {
        bare.push(processes(&world)?);
        ours.push(world.run(&["team", "broadcast", "fifty", &format!("broadcast {round}"), "--wait=60s"])?);
        world.settled("fifty")?;
    }
    let (ours, bare) = (Samples::new(ours), Samples::new(bare));
    Ok(vec![
        Figure::new(
            "broadcast to 50 idle agents, all acknowledged, p95",
            ours.at(0.95),
            "ms",
            Must::AtMost(1000.0),
        )
        .floor(format!("50 bare processes (an acknowledgement is one) {} ms", number(bare.median())))
        .note(ours.spread()),
    ])
}

/// As many processes as there are acknowledgements, as many at once as there are processors.
fn processes(world: &World) -> Result<f64, CliError> {
    let lanes = std::thread::available_parallelism().map_or(1, usize::from);
    let lane = |count: usize| {
        (0..count).try_for_each(|_| {
            let mut command = Command::new(&world.exe);
            command.arg("--version");
            process(command).map(drop)
        })
    };
    let (took, done) = timed(|| {
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..lanes).map(|_| scope.spawn(|| lane(AGENTS.div_ceil(lanes)))).collect();
            running.into_iter().try_for_each(|lane| lane.join().unwrap_or(Ok(())))
        })
    });
    done?;
    Ok(took)
}
