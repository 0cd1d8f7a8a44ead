//! The command line of running something for a team.

use clap::{Args, Subcommand};
use clap_complete::ArgValueCandidates;

use super::check::Code;
use crate::names;

/// Running something for a team.
#[derive(Debug, Subcommand)]
pub(crate) enum Execute {
    /// Run a team's tests, as `pm quality-check` does: all of them, or only whether it runs at all.
    #[command(after_help = "Example:\n  tmux-orc execute test emergency --smoke-only")]
    Test(Test),
}

/// Run tests.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The team.
    #[arg(add = ArgValueCandidates::new(names::teams))]
    pub(crate) team: String,
    /// Only smoke tests, within a minute.
    #[arg(long)]
    pub(crate) smoke_only: bool,
    #[command(flatten)]
    pub(crate) code: Code,
}
