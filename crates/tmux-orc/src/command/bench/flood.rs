//! What stands between an agent and its terminal: how much goes through, and what it adds to an echo.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::Measured;
use super::figure::{Figure, Must, number};
use super::pty::Terminal;
use super::shim::Shim;
use super::times::{Samples, millis, timed};
use super::world::{Effort, Folder, until};
use crate::error::CliError;

const PLAIN: &str = "the quick brown fox jumps over the lazy dog 0123456789\r\n";
const COLOURS: &str = "\x1b[32mthe quick\x1b[0m brown \x1b[1;34mfox\x1b[m jumps over the lazy dog\r\n";
/// A program that answers each byte with the same byte.
const ECHO: &str = "stty raw -echo; printf READY; exec cat";

pub(super) fn measure(effort: &Effort) -> Measured {
    let mut figures = Vec::new();
    for (name, line, must) in
        [("plain text", PLAIN, Must::AtLeast(100.0)), ("coloured text", COLOURS, Must::Anything)]
    {
        figures.push(throughput(effort, name, line, must)?);
    }
    figures.push(echo(effort)?);
    Ok(figures)
}

fn sh(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

#[expect(clippy::cast_precision_loss, reason = "some megabytes")]
fn throughput(effort: &Effort, name: &str, line: &str, must: Must) -> Result<Figure, CliError> {
    let folder = Folder::new(&effort.dir, "orc-bench")?;
    let (text, done) = (folder.0.join("text"), folder.0.join("done"));
    let bytes = effort.pick(100, 30) * 1_000_000;
    std::fs::File::create(&text)?.write_all(line.repeat(bytes / line.len()).as_bytes())?;
    let (shown, over) = (text.display(), done.display());
    // The terminal leaves line ends alone: bytes written are bytes that pass.
    let script =
        format!("stty -echo -opost; printf READY; read go; cat {shown}; : > {over}; exec sleep 9999");
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..effort.pick(7, 3) {
        bare.push(bytes as f64 / 1000.0 / flood(Terminal::run(sh(&script))?, &done)?);
        let mut shim = Shim::run(effort, &script)?;
        ours.push(bytes as f64 / 1000.0 / flood(shim.view()?, &done)?);
        shim.output()?;
    }
    let (ours, bare) = (Samples::new(ours), Samples::new(bare));
    Ok(Figure::new(format!("through a shim with a view, {name}"), ours.median(), "MB/s", must)
        .floor(format!("a bare terminal and its reader {} MB/s", number(bare.median())))
        .note(format!("{} × the floor; {}", number(ours.median() / bare.median()), ours.spread())))
}

/// Milliseconds until the program has written everything.
fn flood(mut terminal: Terminal, done: &Path) -> Result<f64, CliError> {
    drop(std::fs::remove_file(done));
    terminal.read_until(b"READY")?;
    terminal.drain()?;
    let (took, over) = timed(|| {
        terminal.keys(b"\n")?;
        until("the end of the output", || Ok(done.exists()))
    });
    over?;
    Ok(took)
}

fn echo(effort: &Effort) -> Result<Figure, CliError> {
    let (mut added, mut ours, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.pick(9, 3) {
        let floor = echoes(Terminal::run(sh(ECHO))?)?;
        let shim = Shim::run(effort, ECHO)?;
        let through = echoes(shim.view()?)?;
        added.push(through.at(0.95) - floor.at(0.95));
        ours.push(through.at(0.95));
        bare.push(floor.at(0.95));
    }
    let (added, ours, bare) = (Samples::new(added), Samples::new(ours), Samples::new(bare));
    Ok(Figure::new("added to an echo by shim and view, p95", added.median(), "ms", Must::AtMost(1.0))
        .floor(format!("a bare terminal's echo p95 {} ms", number(bare.median())))
        .note(format!("with shim and view p95 {} ms; medians of rounds of 200", number(ours.median()))))
}

/// Milliseconds from a key to its echo.
fn echoes(mut terminal: Terminal) -> Result<Samples, CliError> {
    terminal.read_until(b"READY")?;
    let mut took = Vec::new();
    for _ in 0..200 {
        std::thread::sleep(Duration::from_millis(2));
        let begun = Instant::now();
        terminal.keys(b"x")?;
        terminal.read_until(b"x")?;
        took.push(millis(begun.elapsed()));
    }
    Ok(Samples::new(took))
}
