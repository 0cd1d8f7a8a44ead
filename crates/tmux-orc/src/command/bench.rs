//! `bench`: what the product costs, each figure beside the raw floor of the same machine in the same run. It works in
//! a private world of its own and ends everything that it started.

use std::process::ExitCode;

use crate::cli::Bench;
use crate::error::CliError;
use crate::output;

mod adopt;
mod broadcast;
mod check;
mod client;
mod crowd;
mod dashboard;
mod deploy;
mod figure;
mod flood;
mod follow;
mod idle;
mod incidents;
mod latency;
mod log;
mod many;
mod preflight;
mod process;
mod pty;
mod raw;
mod redact;
mod report;
mod shim;
mod times;
mod world;

use figure::Figure;
use world::Effort;

type Measured = Result<Vec<Figure>, CliError>;
type Measure = fn(&Effort) -> Measured;

const FIGURES: [(&str, Measure); 19] = [
    ("version", client::version),
    ("status", client::status),
    ("send", client::send),
    ("latency", latency::measure),
    ("deploy", deploy::measure),
    ("broadcast", broadcast::measure),
    ("idle", idle::measure),
    ("adopt", adopt::measure),
    ("crowd", crowd::measure),
    ("shim", flood::measure),
    ("many", many::measure),
    ("redact", redact::measure),
    ("check", check::measure),
    ("preflight", preflight::measure),
    ("dashboard", dashboard::measure),
    ("append", log::append),
    ("replay", log::replay),
    ("report", report::measure),
    ("follow", follow::measure),
];

pub(super) fn run(args: &Bench, json: bool) -> Result<ExitCode, CliError> {
    let names = FIGURES.map(|(name, _)| name);
    if let Some(unknown) = args.only.iter().find(|name| !names.contains(&name.as_str())) {
        return Err(CliError::Usage(format!(
            "there is no figure `{unknown}`; there are: {}",
            names.join(", ")
        )));
    }
    let effort = Effort { quick: args.quick, dir: args.dir.clone().unwrap_or_else(std::env::temp_dir) };
    world::heed_interrupts()?;
    let (mut figures, mut failures) = (Vec::new(), Vec::new());
    for (name, measure) in FIGURES {
        if !args.only.is_empty() && !args.only.iter().any(|only| only == name) {
            continue;
        }
        output::talk(&format!("measuring {name} …"));
        match measure(&effort) {
            Ok(more) => figures.extend(more),
            Err(error) => failures.push((name, error)),
        }
        if world::interrupted() {
            break;
        }
    }
    figure::show(&figures, json)?;
    for (name, error) in &failures {
        output::talk(&format!("{name} could not be measured: {error:?}"));
    }
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
