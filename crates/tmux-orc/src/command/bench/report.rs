//! A report on an incident of ten thousand events, as a whole process.

use std::fs;

use orc_core::delivery::Sender;
use orc_core::event::Event;
use orc_core::incident::{Fact, Given, Occurred};
use orc_core::time::Timestamp;
use orc_daemon::figures;

use super::Measured;
use super::figure::{Figure, Must, number};
use super::incidents::Incidents;
use super::times::{Samples, timed};
use super::world::{Effort, World, failed};

/// Events of the incident.
const EVENTS: usize = 10_000;
/// Several incidents go on at once: among so many events there are enough of the first one.
const AMONG: usize = 80_000;
/// The first team, and its agents.
const TEAM: &str = "incident-1";
const AGENTS: std::ops::RangeInclusive<u64> = 1..=5;

pub(super) fn measure(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    world.run(&["daemon", "stop"])?;
    for end in ["", "-wal", "-shm"] {
        let file = world.path(&format!("state/log.db{end}"));
        if file.exists() {
            fs::remove_file(file)?;
        }
    }
    // What the agents did, and then what people remarked on it until there are enough.
    let lived = Incidents::new().take(AMONG).filter(of_the_first);
    let events = lived.chain((0..EVENTS).map(remark)).take(EVENTS);
    let log = world.path("state/log.db");
    figures::write_log(&log, events).map_err(failed)?;
    world.run(&["daemon", "start"])?;
    let (mut figures, mut read) = (Vec::new(), Vec::new());
    for format in ["md", "html", "json"] {
        let mut took = Vec::new();
        for _ in 0..effort.pick(15, 5) {
            took.push(world.run(&["pm", "report", TEAM, "--type", "incident", "--format", format])?);
            let (raw, file) = timed(|| fs::read(&log));
            drop(file?);
            read.push(raw);
        }
        let took = Samples::new(took);
        let what = format!("report of {EVENTS} events in {format}, whole process");
        figures.push(Figure::new(what, took.median(), "ms", Must::AtMost(300.0)).note(took.spread()));
    }
    let floor = format!("to read the log's file {} ms", number(Samples::new(read).median()));
    Ok(figures.into_iter().map(|figure| figure.floor(&*floor)).collect())
}

fn of_the_first(event: &Event) -> bool {
    event.team().is_some_and(|team| team.as_str() == TEAM)
        || event.agent().is_some_and(|agent| AGENTS.contains(&agent.0))
}

fn remark(number: usize) -> Event {
    let text = format!("The rate of failed logins is {number} in ten thousand, and the pool holds.");
    Event::Recorded {
        team: TEAM.parse().expect("a plain name"),
        by: Sender::Operator,
        at: Occurred { at: Timestamp(0), given: Given::Live, boot: None },
        fact: Fact::Noted { text },
    }
}
