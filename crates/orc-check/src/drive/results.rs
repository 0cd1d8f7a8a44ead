//! Runs one step and reads what came out of it.

use orc_core::check::Counts;

use crate::machine::{End, Finished, Machine};
use crate::read::{Cargo, Case, Go, Outcome, Tally, Unreadable, jest, junit};
use crate::runner::{Results, Step};

/// What one run came to.
pub(super) struct Ran {
    pub(super) end: End,
    pub(super) took_ms: u64,
    pub(super) outcome: Outcome,
    pub(super) unreadable: Option<String>,
    pub(super) broken: Option<String>,
}

/// What reads along while it runs.
enum Along {
    Cargo(Cargo),
    Go(Go),
    Tally(Tally),
    /// The results are in a file; what is printed only says how far it is.
    File,
}

/// Runs it. `before` is what the suite has counted so far.
pub(super) fn run(step: &Step, before: Counts, machine: &mut dyn Machine) -> Ran {
    let mut along = match step.results {
        Results::Cargo => Along::Cargo(Cargo::default()),
        Results::Go => Along::Go(Go::default()),
        Results::Tally => Along::Tally(Tally::default()),
        Results::Jest(_) | Results::Junit(_) | Results::JunitUnless(..) | Results::ExitCode => Along::File,
    };
    let mut seen = before;
    let mut said_empty = false;
    let done = machine.run(&step.run, &mut |line| {
        said_empty |= step.empty_lines.iter().any(|sign| line.contains(sign));
        let case = match &mut along {
            Along::Cargo(cargo) => cargo.line(line),
            Along::Go(go) => go.line(line),
            Along::Tally(tally) => tally.line(line),
            Along::File => in_passing(line),
        };
        case.map(|case| {
            count(&mut seen, case);
            seen
        })
    });
    read(step, along, done, said_empty, machine)
}

fn read(step: &Step, along: Along, done: Finished, said_empty: bool, machine: &mut dyn Machine) -> Ran {
    let Finished { end, took_ms, .. } = done;
    let mut broken = None;
    let outcome = match (&step.results, along) {
        // A test program that we ended has not failed.
        (_, Along::Cargo(cargo)) if matches!(end, End::Cut(_)) => {
            Ok(Outcome { unnamed: cargo.seen(), ..Outcome::default() })
        }
        (_, Along::Cargo(cargo)) => cargo.finish(),
        (_, Along::Go(go)) => {
            broken = go.broken().map(|what| format!("it could not be built: {what}"));
            go.finish()
        }
        (_, Along::Tally(tally)) if tally.nothing_to_do() => Ok(Outcome::default()),
        (_, Along::Tally(tally)) => tally.finish(),
        (Results::Jest(path), Along::File) => {
            let root = machine.root();
            file(machine, path, said_empty, |text| jest(text, &root))
        }
        (Results::Junit(path), Along::File) => file(machine, path, said_empty, junit),
        (Results::JunitUnless(path, before), Along::File) => {
            if before.is_some() && machine.stamp(path) == *before {
                Err(Unreadable(format!("{path} was there before and is not of this run")))
            } else {
                file(machine, path, said_empty, junit)
            }
        }
        (_, Along::File) => Ok(Outcome::default()),
    };
    match outcome {
        Ok(outcome) => Ran { end, took_ms, outcome, unreadable: None, broken },
        Err(Unreadable(why)) => {
            Ran { end, took_ms, outcome: Outcome::default(), unreadable: Some(why), broken }
        }
    }
}

fn file(
    machine: &mut dyn Machine,
    path: &str,
    said_empty: bool,
    read: impl Fn(&str) -> Result<Outcome, Unreadable>,
) -> Result<Outcome, Unreadable> {
    match machine.read(path) {
        Some(text) => read(&text),
        None if said_empty => Ok(Outcome::default()),
        None => Err(Unreadable("it left no file with results".to_owned())),
    }
}

fn count(counts: &mut Counts, case: Case) {
    match case {
        Case::Passed => counts.passed += 1,
        Case::Flaky => {
            counts.passed += 1;
            counts.flaky += 1;
        }
        Case::Skipped => counts.skipped += 1,
        Case::Failed => counts.failed += 1,
        Case::Error => counts.errors += 1,
    }
}

/// A test's end in what pytest and nextest print, for who watches; it is no result.
fn in_passing(line: &str) -> Option<Case> {
    let bare = line.trim_start();
    if bare.starts_with("PASS [") {
        return Some(Case::Passed);
    }
    if bare.starts_with("FAIL [") {
        return Some(Case::Failed);
    }
    let (_, end) = line.split_once("::")?;
    let word = end.split_whitespace().nth(1)?;
    match word {
        "PASSED" => Some(Case::Passed),
        "FAILED" => Some(Case::Failed),
        "SKIPPED" => Some(Case::Skipped),
        "ERROR" => Some(Case::Error),
        _ => None,
    }
}
