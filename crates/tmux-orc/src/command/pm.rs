//! `pm`: what is done for the whole team.

use std::process::ExitCode;

use orc_core::check::Tier;

use super::{check, create_pr, report};
use crate::cli::check::QualityCheck;
use crate::cli::pm::Pm;
use crate::error::CliError;

mod status;

pub(super) fn run(verb: Pm, json: bool) -> Result<ExitCode, CliError> {
    match verb {
        Pm::QualityCheck(QualityCheck { team, fast, critical_only, code }) => {
            let tier = match (critical_only, fast) {
                (true, _) => Tier::Critical,
                (false, true) => Tier::Fast,
                (false, false) => Tier::Full,
            };
            check::run(team, tier, code, json)
        }
        Pm::CreatePr(args) => create_pr::run(args, json),
        Pm::Report(args) => report::run(args, json),
        Pm::Status { team } => status::run(&team, json),
    }
}
