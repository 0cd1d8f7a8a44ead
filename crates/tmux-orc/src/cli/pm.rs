//! The command line of what the manager does for the whole team.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::ArgValueCandidates;

use super::check::{QualityCheck, VERDICTS};
use crate::names;

/// What is done for the whole team: run its tests, publish its change, report.
#[derive(Debug, Subcommand)]
pub(crate) enum Pm {
    /// Push the team's change and open its pull request, or bring the one that is there up to date.
    ///
    /// Everything that must be true before is looked at first, and all problems are told at once: nothing is half done. What
    /// is pushed is the very commit that was looked at, never by force. GitHub by `gh`, GitLab by `glab`; without a forge the
    /// branch is pushed if there is a remote, and a patch, a bundle and `PULL_REQUEST.md` are written. Run again, it goes on
    /// where it broke off and never opens a second pull request; what people wrote into its text stays. Nothing is merged.
    #[command(
        after_help = "Examples:\n  tmux-orc pm create-pr auth-hotfix --branch hotfix/auth-connection-leak --base main --emergency\n  tmux-orc pm create-pr auth-hotfix --emergency --dry-run\n  tmux-orc pm create-pr auth-hotfix --emergency --skip-full-tests --why \"the runner is down; tried by hand on staging\"\n\nWithout --emergency the whole suite must have passed on the very tree that is published; with it the fast check\n(`pm quality-check TEAM --fast`). --skip-full-tests is a person's word that it goes out without: it is written into the log,\nthe text, the labels and a follow-up. A check that failed or that executed nothing is in the way until a person gives a --why.\n\nExit status: 0 published, 4 problems before anything was done, or the push was rejected, 6 the forge does not answer, 9 it\nrefuses."
    )]
    CreatePr(CreatePr),
    /// Write the report of an incident, of the last day, or of how it stands now.
    ///
    /// Everything but the sections that somebody wrote (`incident narrative`) is derived from the log: what nobody recorded is
    /// "not recorded". Without a declared incident it is a retroactive record, and says so. The HTML is one file that needs
    /// nothing else. Words that look for somebody to blame are warned of on standard error.
    #[command(
        after_help = "Examples:\n  tmux-orc pm report auth-hotfix --type incident\n  tmux-orc pm report auth-hotfix --type incident --format html --out incident.html\n  tmux-orc pm report auth-hotfix --incident INC-20261122-01\n  tmux-orc pm report auth-hotfix --type incident --format json | jq .metrics\n\nYour own templates (minijinja) take the place of the built-in ones file by file: reports/ beside your configuration\n(`tmux-orc daemon paths`), with incident.md, daily.md, status.md, parts.md, page.html, parts.html, incident.html, daily.html,\nstatus.html, timeline.svg or style.css. A broken one is named with its line, exit status 78.\n`tmux-orc schema report` prints the schema of the JSON, which is also what templates are given, as `report`.\n\nExit status: 0 written, 1 words that blame and --strict, 78 a broken template."
    )]
    Report(Report),
    /// Run a team's tests: all, or what a hotfix needs; the verdict is by what was executed, for exactly one commit.
    #[command(
        after_help = format!("Examples:\n  tmux-orc pm quality-check auth-hotfix --fast\n  tmux-orc pm quality-check auth-hotfix --fast --critical-only\n  tmux-orc pm quality-check auth-hotfix --fast --explain\n  tmux-orc pm quality-check auth-hotfix --fast --branch hotfix/auth-connection-leak --base main\n\n{VERDICTS}")
    )]
    QualityCheck(QualityCheck),
    /// Show where a team's fix stands: its last checks, what it publishes, the milestones.
    #[command(after_help = "Example:\n  tmux-orc pm status auth-hotfix")]
    Status {
        /// The team.
        #[arg(add = ArgValueCandidates::new(names::teams))]
        team: String,
    },
}

/// Publish a change.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct CreatePr {
    /// The team.
    #[arg(add = ArgValueCandidates::new(names::teams))]
    pub(crate) team: String,
    /// The branch; without it the one that the team works on.
    #[arg(long, value_name = "BRANCH", allow_hyphen_values = true)]
    pub(crate) branch: Option<String>,
    /// The branch that it is to go into; without it the forge's or the remote's own, or main.
    #[arg(long, value_name = "BRANCH")]
    pub(crate) base: Option<String>,
    /// An emergency: the fast check is enough, and a second look is left to be done.
    #[arg(long)]
    pub(crate) emergency: bool,
    /// It goes out without the whole suite.
    #[arg(long)]
    pub(crate) skip_full_tests: bool,
    /// Why; asked for on a terminal.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) why: Option<String>,
    /// It is not to be reviewed yet.
    #[arg(long)]
    pub(crate) draft: bool,
    /// The title; without it the incident's, or that of the newest commit.
    #[arg(long, value_name = "TITLE", allow_hyphen_values = true)]
    pub(crate) title: Option<String>,
    /// The forge, when the remote's address does not say which; `none` pushes and writes a patch.
    #[arg(long, value_name = "FORGE")]
    pub(crate) forge: Option<Forge>,
    /// What was found to look like a secret is none: its mark, from the problem that names it; may be repeated.
    #[arg(long, value_name = "MARK")]
    pub(crate) no_secret: Vec<String>,
    /// Look at everything, print the text, and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// A forge.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Forge {
    /// GitHub or GitHub Enterprise.
    Github,
    /// GitLab.
    Gitlab,
    /// None: a patch.
    None,
}

/// Write a report.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// The team.
    #[arg(add = ArgValueCandidates::new(names::teams))]
    pub(crate) team: String,
    /// Which report.
    #[arg(long = "type", value_enum, value_name = "TYPE", default_value_t = ReportType::Incident)]
    pub(crate) kind: ReportType,
    /// An earlier incident of the team, by its id, as it stood when the next one was declared; without it the newest.
    #[arg(long, value_name = "ID")]
    pub(crate) incident: Option<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = ReportFormat::Md)]
    pub(crate) format: ReportFormat,
    /// Into this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Call people by their names; without it by their roles.
    #[arg(long)]
    pub(crate) names: bool,
    /// Fail when the report holds words that blame.
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Reports.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReportType {
    /// The whole of an incident, for those who review it.
    Incident,
    /// What the last 24 hours brought.
    Daily,
    /// How it stands now.
    Status,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// Markdown.
    Md,
    /// One HTML file.
    Html,
    /// The data.
    Json,
}
