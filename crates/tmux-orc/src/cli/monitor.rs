//! The command line of watching.

use clap::{Args, Subcommand};
use clap_complete::ArgValueCandidates;

use crate::names;

/// Watching teams.
#[derive(Debug, Subcommand)]
pub(crate) enum Monitor {
    /// One team on one screen: what waits for you, what is broken, how late it is; and keys to act on it.
    #[command(
        after_help = "It follows the event log; --refresh is for clocks and ages. In it: ? lists the keys, q leaves, agents go on.\nWithout a terminal, or with --once, one plain frame is printed, as wide as COLUMNS says or 100. With --json it is data.\n\nExamples:\n  tmux-orc monitor dashboard --session auth-hotfix --refresh 5\n  tmux-orc monitor dashboard --once | mail -s status team@example.org"
    )]
    Dashboard(Dashboard),
    /// Where the time goes: states, turns, queues and deliveries of each agent, its processes, and the host.
    #[command(
        after_help = "QUEUED: messages that wait now. DELIVERED: how many arrived; WAITED: how long they waited for their first attempt; TOOK: how long each took from its acceptance. Of two times the first is the median, the second is p95.
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

/// The dashboard.
#[derive(Debug, Args)]
pub(crate) struct Dashboard {
    /// The team; without it the only one, or a list to choose from.
    #[arg(long, value_name = "TEAM", add = ArgValueCandidates::new(names::teams))]
    pub(crate) session: Option<String>,
    /// Look at clocks, ages and holds every so many seconds; what happens is shown at once in any case.
    #[arg(long, value_name = "SECONDS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) refresh: u64,
    /// Print one frame and end.
    #[arg(long)]
    pub(crate) once: bool,
}
