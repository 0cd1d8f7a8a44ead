//! The command line of running tests.

use clap::Args;
use clap_complete::ArgValueCandidates;

use crate::names;

/// What a check can come to, for help.
pub(crate) const VERDICTS: &str = "Verdicts: pass, pass-flaky (green); fail, nothing-selected, inconclusive, error (exit status 7). Zero executed \
tests are never green.\nWithout .tmux-orc/checks.toml it runs what it finds: cargo and nextest, pytest, go, jest, vitest, and targets \
of make and just that carry the tier's name.\nWhat is tested is the commit, in a worktree of its own; uncommitted changes are not.";

/// Run a team's tests.
#[derive(Debug, Args)]
pub(crate) struct QualityCheck {
    /// The team.
    #[arg(add = ArgValueCandidates::new(names::teams))]
    pub(crate) team: String,
    /// What the change can have broken, what is critical, and smoke tests, within three minutes.
    #[arg(long)]
    pub(crate) fast: bool,
    /// Only what is critical, within two minutes.
    #[arg(long)]
    pub(crate) critical_only: bool,
    #[command(flatten)]
    pub(crate) code: Code,
}

/// What is tested.
#[derive(Debug, Args)]
pub(crate) struct Code {
    /// Say what would run and why, and run nothing.
    #[arg(long)]
    pub(crate) explain: bool,
    /// The branch or commit to test; without it what the team's directory has checked out.
    #[arg(long, value_name = "REF", conflicts_with = "worktree")]
    pub(crate) branch: Option<String>,
    /// What changed since this commit is impacted; without it since the change left its base.
    #[arg(long, value_name = "REF")]
    pub(crate) since: Option<String>,
    /// The branch that the change is meant for; without it as configured, else origin/HEAD, main or master.
    #[arg(long, value_name = "REF")]
    pub(crate) base: Option<String>,
    /// Test the directory as it is, with what is not committed: no evidence for any commit.
    #[arg(long)]
    pub(crate) worktree: bool,
}
