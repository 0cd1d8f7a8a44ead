//! From the command to the bytes in the agent's hands, by the agent's own log.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use super::Measured;
use super::figure::{Figure, Must, number};
use super::raw::{self, Raw};
use super::times::{Samples, wall};
use super::world::{Effort, World, failed, until};
use crate::error::CliError;

pub(super) fn measure(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    world.keep_truth()?;
    world.team("two", 2)?;
    let agent =
        world.launches()?.first().map(|(agent, _)| agent.clone()).ok_or_else(|| failed("no agent"))?;
    let truth = world.truth(&agent);
    let mut bare = Bare::new(effort, &world)?;
    let (mut from_start, mut from_reply, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..effort.pick(100, 30) {
        let seen = pastes(&truth)?.len();
        let begun = wall();
        world.run(&["agent", "send", "two:0", &format!("latency {round}")])?;
        let accepted = wall();
        let pasted = next_paste(&truth, seen)?;
        from_start.push(pasted - begun);
        from_reply.push(pasted - accepted);
        world.settled("two")?;
        floor.push(bare.paste(round)?);
    }
    let (from_start, from_reply, floor) =
        (Samples::new(from_start), Samples::new(from_reply), Samples::new(floor));
    Ok(vec![
        Figure::new(
            "agent send to the bytes in an idle agent, p50",
            from_start.median(),
            "ms",
            Must::AtMost(30.0),
        )
        .floor(format!("tmux load-buffer, paste-buffer {} ms", number(floor.median())))
        .note(format!("{}; {} after the reply", from_start.spread(), number(from_reply.median()))),
    ])
}

/// When pastes reached an agent, in wall clock milliseconds.
fn pastes(truth: &Path) -> Result<Vec<f64>, CliError> {
    let text = std::fs::read_to_string(truth)?;
    let line = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).ok()?;
        (value["ev"] == "paste").then(|| value["ts_ms"].as_f64()).flatten()
    };
    Ok(text.lines().filter_map(line).collect())
}

fn next_paste(truth: &Path, seen: usize) -> Result<f64, CliError> {
    let mut came = None;
    until("a paste in the agent's log", || {
        came = pastes(truth)?.get(seen).copied();
        Ok(came.is_some())
    })?;
    came.ok_or_else(|| failed("no paste"))
}

/// The same agent in a bare tmux, pasted into by tmux alone.
struct Bare {
    raw: Raw,
    truth: std::path::PathBuf,
}

impl Bare {
    fn new(effort: &Effort, world: &World) -> Result<Self, CliError> {
        let truth = world.path("bare.jsonl");
        let mut raw = Raw::new(effort)?;
        let program = format!("{} scripted-agent --no-hooks --log {}", world.exe.display(), truth.display());
        raw.windows(1, &format!("env HOME={} {program}", world.path("home").display()))?;
        until("a bare agent", || {
            Ok(std::fs::read_to_string(&truth).is_ok_and(|log| log.contains("\"ready\"")))
        })?;
        Ok(Self { raw, truth })
    }

    fn paste(&mut self, round: usize) -> Result<f64, CliError> {
        let seen = pastes(&self.truth)?.len();
        let begun = wall();
        let mut tmux = raw::command(&self.raw.socket());
        tmux.args([
            "load-buffer",
            "-b",
            "x",
            "-",
            ";",
            "paste-buffer",
            "-p",
            "-d",
            "-b",
            "x",
            "-t",
            "=hold:1",
        ]);
        let mut child = tmux.stdin(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(format!("latency {round}").as_bytes())?;
        }
        if !child.wait()?.success() {
            return Err(failed("tmux could not paste"));
        }
        Ok(next_paste(&self.truth, seen)? - begun)
    }
}
