//! How each runner is asked for its tests and made to run them.

mod cargo;
mod go;
mod javascript;
mod program;
mod pytest;
mod ready;

pub use ready::{Absent, ready};

use orc_core::check::Stops;

use crate::machine::{Finished, Invocation, Machine, ask};
use crate::plan::{Job, Part};
use crate::suite::{Runner, Suite};

/// What there is to run of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Tests that there are; nothing where the runner cannot say.
    pub(crate) discovered: Option<u64>,
    /// Tests that are chosen; nothing where the runner cannot say before it runs them.
    pub(crate) selected: Option<u64>,
}

/// Reads what a runner answers to the question for its tests.
pub(crate) type ReadList = Box<dyn Fn(&Finished) -> Result<Listing, String>>;

/// One run of a runner.
pub(crate) struct Step {
    /// It was chosen by what changed.
    pub(crate) impacted: bool,
    /// How it is asked for its tests first.
    pub(crate) list: Option<(Invocation, ReadList)>,
    /// How they are run.
    pub(crate) run: Invocation,
    /// Where the results are.
    pub(crate) results: Results,
    /// Statuses with which it says that it had nothing to run.
    pub(crate) empty: &'static [i32],
    /// Lines with which it says so.
    pub(crate) empty_lines: &'static [&'static str],
}

/// Where the results of a run are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Results {
    /// In the text of `cargo test`.
    Cargo,
    /// In the JSON that `go test` prints.
    Go,
    /// In a JSON file of jest or vitest.
    Jest(String),
    /// In a `JUnit` file.
    Junit(String),
    /// In a `JUnit` file that was there before in this state, which is not the result of this run.
    JunitUnless(String, Option<String>),
    /// In what it prints, if it runs a runner that is known.
    Tally,
    /// Nowhere: its status is all there is.
    ExitCode,
}

/// Why a suite cannot be run at all.
pub(crate) struct Trouble(pub(crate) String);

/// What is run of a suite for its parts.
pub(crate) fn steps(
    job: &Job,
    parts: &[Part],
    stops: Stops,
    machine: &mut dyn Machine,
) -> Result<Vec<Step>, Trouble> {
    match job.suite.runner {
        Runner::Cargo => Ok(cargo::cargo(job, parts, stops)),
        Runner::Nextest => Ok(cargo::nextest(job, parts, stops, machine)),
        Runner::Pytest => Ok(pytest::steps(job, parts, stops, machine)),
        Runner::Go => go::steps(job, parts, stops, machine),
        Runner::Jest | Runner::Vitest => Ok(javascript::steps(job, parts, stops, machine)),
        Runner::Make | Runner::Just | Runner::Command => Ok(vec![program::step(job, machine)]),
    }
}

/// What a runner says of its version.
pub(crate) fn version(suite: &Suite, machine: &mut dyn Machine) -> String {
    match suite.runner {
        Runner::Pytest => pytest::version(suite, machine),
        // What they run is not theirs.
        Runner::Make | Runner::Just | Runner::Command => String::new(),
        _ => says(suite, machine).unwrap_or_default(),
    }
}

/// The first line that the program of a suite says when it is asked for its version; nothing when it does not run.
pub(crate) fn says(suite: &Suite, machine: &mut dyn Machine) -> Option<String> {
    let javascript = javascript::program(suite);
    let question: &[&str] = match suite.runner {
        Runner::Cargo => &["cargo", "--version"],
        Runner::Nextest => &["cargo", "nextest", "--version"],
        Runner::Go => &["go", "version"],
        Runner::Jest | Runner::Vitest => &[&javascript, "--version"],
        Runner::Make => &["make", "--version"],
        Runner::Just => &["just", "--version"],
        Runner::Pytest | Runner::Command => return None,
    };
    let said = ask(machine, &suite.dir, question)?;
    Some(said.lines().next().unwrap_or_default().trim().to_owned())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The last lines of what a program said, in one.
pub(crate) fn last_words(done: &Finished) -> String {
    let lines: Vec<&str> = done.tail.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let error = lines.iter().find(|line| line.starts_with("error") || line.contains("Error: "));
    let chosen = error.or(lines.last()).copied().unwrap_or("it said nothing");
    chosen.chars().take(300).collect()
}
