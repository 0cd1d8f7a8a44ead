//! The dashboard of a crowd while things happen: what it costs, and how soon it shows.

use std::thread::sleep;
use std::time::{Duration, Instant};

use orc_api::Request;
use orc_api::request::Record;
use orc_core::incident::When;
use orc_core::incident::entry::Entry;

use super::Measured;
use super::figure::{Figure, Must};
use super::process::{Load, resident_mb};
use super::pty::Terminal;
use super::times::{Samples, timed};
use super::world::{Effort, World, interrupted};
use crate::connect::runtime;
use crate::error::CliError;
use crate::tui;

/// Agents of the team.
const AGENTS: usize = 50;
/// Facts that happen in a second.
const RATE: u32 = 20;
/// What the dashboard writes at the end of a frame.
const FRAME: &[u8] = b"\x1b[?2026l";

pub(super) fn measure(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    world.team("fifty", AGENTS)?;
    world.run(&["incident", "declare", "fifty", "The benchmark is slow", "--severity", "sev3"])?;
    let first = first_frame(&world, effort)?;
    let key = key_to_frame(&world, effort)?;
    let busy = busy(&world, effort)?;
    let frames = runtime()?.block_on(tui::frame_times(&world.client(), "fifty", effort.pick(1000, 200)))?;
    let frames = Samples::new(frames);
    Ok(vec![
        Figure::new(
            "dashboard, 50 agents, start to first frame, p95",
            first.at(0.95),
            "ms",
            Must::AtMost(100.0),
        )
        .note(first.spread()),
        Figure::new("dashboard, 50 agents, key to frame, p95", key.at(0.95), "ms", Must::AtMost(30.0))
            .note(key.spread()),
        Figure::new("dashboard, 50 agents, one frame, p95", frames.at(0.95), "ms", Must::AtMost(16.0))
            .note(frames.spread()),
        busy,
    ])
}

fn dashboard(world: &World, refresh: &str) -> Result<Terminal, CliError> {
    Terminal::run(world.command(&["monitor", "dashboard", "--session", "fifty", "--refresh", refresh]))
}

fn first_frame(world: &World, effort: &Effort) -> Result<Samples, CliError> {
    let mut samples = Vec::new();
    for _ in 0..effort.pick(40, 10) {
        let (took, shown) = timed(|| {
            let mut terminal = dashboard(world, "3600")?;
            terminal.read_until(b"AGENTS 50")?;
            Ok::<_, CliError>(terminal)
        });
        drop(shown?);
        samples.push(took);
    }
    Ok(Samples::new(samples))
}

fn key_to_frame(world: &World, effort: &Effort) -> Result<Samples, CliError> {
    let mut terminal = dashboard(world, "3600")?;
    terminal.read_until(b"AGENTS 50")?;
    // What was said before is read, and shown, after the first frame.
    terminal.read_until(FRAME)?;
    sleep(Duration::from_secs(1));
    terminal.keys(b"?")?;
    terminal.read_until(b"Keys")?;
    terminal.read_until(FRAME)?;
    let mut samples = Vec::new();
    for round in 0..effort.pick(400, 100) {
        let key: &[u8] = if round % 2 == 0 { b" " } else { b"?" };
        let (took, done) = timed(|| {
            terminal.keys(key)?;
            terminal.read_until(FRAME)
        });
        done?;
        samples.push(took);
    }
    Ok(Samples::new(samples))
}

/// The load while facts of the team happen all the time.
fn busy(world: &World, effort: &Effort) -> Result<Figure, CliError> {
    let terminal = dashboard(world, "5")?;
    terminal.drain()?;
    sleep(Duration::from_secs(2));
    let load = Load::new(&[terminal.pid()]);
    let (window, began) = (Duration::from_secs(effort.pick(60, 15)), Instant::now());
    let mut facts = 0;
    while began.elapsed() < window && !interrupted() {
        let entry = Entry::Note {
            text: format!("fact {facts} of a busy hour, as long as a sentence of an agent is"),
        };
        let (team, sender, at) = ("fifty".to_owned(), None, When::Now);
        world.ask(&Request::Record(Record { team, sender, at, entry }))?;
        facts += 1;
        sleep((Duration::from_secs(1) / RATE * facts).saturating_sub(began.elapsed()));
    }
    let (percent, memory) = (load.percent(), resident_mb(terminal.pid()));
    Ok(Figure::new("dashboard, 50 agents, 20 facts a second", percent, "% of a core", Must::AtMost(3.0))
        .note(format!("over {} s, {facts} facts, {memory:.0} MB resident", window.as_secs())))
}
