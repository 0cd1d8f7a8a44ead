//! From the log to who follows it: `agent messages --follow`, a process of its own.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::mpsc::channel;

use orc_api::Request;
use orc_api::request::{Recipients, Send};

use super::Measured;
use super::figure::{Figure, Must};
use super::times::{Samples, wall};
use super::world::{Effort, World, failed, until};
use crate::error::CliError;

pub(super) fn measure(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    world.team("two", 2)?;
    let mut follow =
        world.command(&["agent", "messages", "two", "--follow", "--format", "jsonl", "--since", "now"]);
    let mut child = follow.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let stdout = child.stdout.take().ok_or_else(|| failed("it has no output"))?;
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send((wall(), line)).is_err() {
                return;
            }
        }
    });
    let rounds = effort.pick(150, 40);
    let mut delays = Vec::new();
    let measured = (0..rounds).try_for_each(|round| {
        let (to, text) = (Recipients::Agent("two:0".to_owned()), format!("follow {round}"));
        world.ask(&Request::Send(Send { to, text, repaired: 0, sender: None, key: None }))?;
        world.settled("two")?;
        // It was sent, and it was settled: both are said.
        until("what was said, at who follows", || {
            while let Ok((came, line)) = lines.try_recv() {
                delays.push(came - recorded(&line)?);
            }
            Ok(delays.len() >= (round + 1) * 2)
        })
    });
    drop(child.kill());
    drop(child.wait());
    measured?;
    let delays = Samples::new(delays);
    let what = "from the log to `agent messages --follow`, p95";
    Ok(vec![Figure::new(what, delays.at(0.95), "ms", Must::AtMost(200.0)).note(delays.spread())])
}

/// When an entry was recorded, in wall clock milliseconds.
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are below 2^52")]
fn recorded(line: &str) -> Result<f64, CliError> {
    let entry: serde_json::Value = serde_json::from_str(line).map_err(failed)?;
    let at = entry["at"].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    at.map(|at| at.as_millisecond() as f64).ok_or_else(|| failed(format!("no time in {line}")))
}
