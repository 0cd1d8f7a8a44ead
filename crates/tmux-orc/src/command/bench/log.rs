//! The event log: how fast it grows, and how long a supervisor needs to know again what is in it.

use std::fs;
use std::io::Write;

use orc_daemon::figures;

use super::Measured;
use super::figure::{Figure, Must, number};
use super::incidents::Incidents;
use super::times::{Samples, timed};
use super::world::{Effort, Folder, World, failed};
use crate::connect::runtime;
use crate::error::CliError;

/// People and agents that send at once.
const AUTHORS: usize = 256;

/// Events in group commit: through the supervisor's task, each answered for when it is on the disk.
#[expect(clippy::cast_precision_loss, reason = "some thousands of events")]
pub(super) fn append(effort: &Effort) -> Measured {
    let (mut speeds, mut alone, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.pick(7, 3) {
        for (authors, events, speeds) in
            [(AUTHORS, effort.pick(40_000, 10_000), &mut speeds), (1, 200, &mut alone)]
        {
            let folder = Folder::new(&effort.dir, "orc-bench")?;
            let appended = runtime()?.block_on(figures::append(&folder.0.join("log.db"), authors, events));
            let appended = appended.map_err(failed)?;
            if appended.events < events {
                return Err(failed(format!("{} events of {events} were accepted", appended.events)));
            }
            speeds.push(appended.events as f64 / appended.took.as_secs_f64());
        }
        syncs.push(synced(effort)?);
    }
    let [speeds, alone, syncs] = [speeds, alone, syncs].map(Samples::new);
    let what = format!("events appended by {AUTHORS} authors at once");
    let figure = Figure::new(what, speeds.median(), "events/s", Must::AtLeast(5000.0));
    Ok(vec![figure.floor(format!("a write and fsync of 1 KiB {} ms", number(syncs.median()))).note(format!(
        "{}; by one author alone {}/s",
        speeds.spread(),
        number(alone.median())
    ))])
}

/// How long the disk needs to keep a kibibyte (milliseconds).
fn synced(effort: &Effort) -> Result<f64, CliError> {
    let folder = Folder::new(&effort.dir, "orc-bench")?;
    let mut file = fs::File::create(folder.0.join("floor"))?;
    let mut times = Vec::new();
    for _ in 0..50 {
        let (took, done) = timed(|| file.write_all(&[7; 1024]).and_then(|()| file.sync_data()));
        done?;
        times.push(took);
    }
    Ok(Samples::new(times).median())
}

/// A log of incidents, replayed; and a supervisor that starts over it, until it answers.
pub(super) fn replay(effort: &Effort) -> Measured {
    let count = effort.pick(1_000_000, 100_000);
    let world = World::new(effort)?;
    world.run(&["daemon", "stop"])?;
    let log = world.path("state/log.db");
    for end in ["", "-wal", "-shm"] {
        let file = world.path(&format!("state/log.db{end}"));
        if file.exists() {
            fs::remove_file(file)?;
        }
    }
    figures::write_log(&log, Incidents::new().take(count)).map_err(failed)?;
    let size = fs::metadata(&log)?.len();
    let (mut replayed, mut read, mut started) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.pick(5, 3) {
        let (took, file) = timed(|| fs::read(&log));
        drop(file?);
        read.push(took);
        let (took, events) = timed(|| figures::replay(&log));
        if events.map_err(failed)? < count as u64 {
            return Err(failed("the log is not whole"));
        }
        replayed.push(took);
        started.push(world.run(&["daemon", "start"])?);
        world.run(&["daemon", "stop"])?;
    }
    let [replayed, read, started] = [replayed, read, started].map(Samples::new);
    let share = if effort.quick { 10.0 } else { 1.0 };
    let floor = format!("to read the file's {} MB {} ms", size / 1_000_000, number(read.median()));
    Ok(vec![
        Figure::new(
            format!("replay of {count} events"),
            replayed.median(),
            "ms",
            Must::AtMost(5000.0 / share),
        )
        .floor(&*floor)
        .note(replayed.spread()),
        Figure::new(
            format!("supervisor started over {count} events, until it answers"),
            started.median(),
            "ms",
            Must::AtMost(5000.0 / share),
        )
        .floor(floor)
        .note(started.spread()),
    ])
}
