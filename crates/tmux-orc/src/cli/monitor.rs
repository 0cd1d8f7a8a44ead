//! The command line of watching.

use clap::{Args, Subcommand};
use clap_complete::ArgValueCandidates;

use crate::names;

/// Watching teams.
#[derive(Debug, Subcommand)]
pub(crate) enum Monitor {
    /// Where the time goes: states, turns, queues and deliveries of each agent, its processes, and the host.
    #[command(
        after_help = "QUEUED: what waits now, and how long messages waited for their first attempt. DELIVERED: how many arrived, and how long each took from its acceptance.
Times add up from the events of the team, by the clock of the boot.
CPU and MEMORY are of an agent's process tree, from two looks a quarter of a second apart: 100 % is one processor; memory that processes share counts for each.

Examples:\n  tmux-orc monitor performance --session perf-crisis --analyze\n  tmux-orc --json monitor performance | jq .teams[].agents[].turns"
    )]
    Performance(Performance),
}

/// Where the time goes.
#[derive(Debug, Args)]
pub(crate) struct Performance {
    /// Only this team; without it all that run.
    #[arg(long, value_name = "TEAM", add = ArgValueCandidates::new(names::teams))]
    pub(crate) session: Option<String>,
    /// Name what these figures say is wrong, worst first, each with its figure and a command that acts on it.
    #[arg(long)]
    pub(crate) analyze: bool,
}
