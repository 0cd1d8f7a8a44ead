//! `execute`

use std::process::ExitCode;

use orc_core::check::Tier;

use super::check;
use crate::cli::execute::{Execute, Test};
use crate::error::CliError;

pub(super) fn run(verb: Execute, json: bool) -> Result<ExitCode, CliError> {
    match verb {
        Execute::Test(Test { team, smoke_only, code }) => {
            check::run(team, if smoke_only { Tier::Smoke } else { Tier::Full }, code, json)
        }
    }
}
