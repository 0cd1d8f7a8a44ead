//! `tmux-orc monitor`: watching teams.

use std::process::ExitCode;

use crate::cli::monitor::Monitor;
use crate::error::CliError;

mod dashboard;
mod performance;

pub(super) fn run(verb: Monitor, json: bool) -> Result<ExitCode, CliError> {
    match verb {
        Monitor::Dashboard(args) => dashboard::run(args, json),
        Monitor::Performance(args) => performance::run(args, json),
    }
}
