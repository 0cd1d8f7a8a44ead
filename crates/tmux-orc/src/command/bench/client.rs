//! The client as a whole process: the bare start, a question, a message.

use std::io::Write;
use std::process::{Command, Stdio};

use super::Measured;
use super::figure::{Figure, Must, number};
use super::times::{Samples, timed};
use super::world::{Effort, Folder, World, failed};
use crate::error::CliError;

/// Runs a program to its end in milliseconds.
pub(super) fn process(mut command: Command) -> Result<f64, CliError> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let (took, status) = timed(|| command.status());
    if status?.success() { Ok(took) } else { Err(failed(format!("{command:?} failed"))) }
}

fn tmux(args: &[&str]) -> Command {
    let mut command = Command::new("tmux");
    command.args(args);
    command
}

pub(super) fn version(effort: &Effort) -> Measured {
    let exe = std::env::current_exe()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..effort.pick(200, 50) {
        theirs.push(process(tmux(&["-V"]))?);
        let mut own = Command::new(&exe);
        own.arg("--version");
        ours.push(process(own)?);
    }
    let (ours, theirs) = (Samples::new(ours), Samples::new(theirs));
    let floor = format!("tmux -V {} ms", number(theirs.median()));
    Ok(vec![
        Figure::new(
            "tmux-orc --version, against tmux -V",
            ours.median() / theirs.median(),
            "×",
            Must::AtMost(1.2),
        )
        .floor(floor)
        .note(format!("ms: {}", ours.spread())),
    ])
}

pub(super) fn status(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    world.team("fifty", 50)?;
    let socket = world.path("run/tmux.sock");
    let socket = socket.to_string_lossy();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..effort.pick(100, 30) {
        theirs.push(process(tmux(&["-S", &socket, "list-panes", "-a", "-F", "#{window_name} #{pane_pid}"]))?);
        ours.push(world.run(&["team", "status", "fifty"])?);
    }
    let (ours, theirs) = (Samples::new(ours), Samples::new(theirs));
    Ok(vec![
        Figure::new("team status of 50 agents, whole process", ours.median(), "ms", Must::AtMost(10.0))
            .floor(format!("tmux list-panes {} ms", number(theirs.median())))
            .note(ours.spread()),
    ])
}

pub(super) fn send(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    world.team("three", 3)?;
    let folder = Folder::new(&effort.dir, "orc-bench")?;
    let mut file = std::fs::File::create(folder.0.join("fsync"))?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..effort.pick(150, 40) {
        bare.push(synced(&mut file)?);
        ours.push(world.run(&["agent", "send", "three:0", &format!("message {round}")])?);
        if round % 10 == 9 {
            world.settled("three")?;
        }
    }
    let (ours, bare) = (Samples::new(ours), Samples::new(bare));
    let floor = |share: f64| format!("write + fsync {} ms", number(bare.at(share)));
    Ok(vec![
        Figure::new("agent send until durable, whole process, p50", ours.median(), "ms", Must::AtMost(10.0))
            .floor(floor(0.5))
            .note(ours.spread()),
        Figure::new("agent send until durable, whole process, p95", ours.at(0.95), "ms", Must::AtMost(40.0))
            .floor(floor(0.95)),
    ])
}

/// A page appended and brought to the disk, in milliseconds.
fn synced(file: &mut std::fs::File) -> Result<f64, CliError> {
    let (took, done) = timed(|| file.write_all(&[0x61; 4096]).and_then(|()| file.sync_data()));
    done?;
    Ok(took)
}
