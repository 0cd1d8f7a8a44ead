//! The command line of rehearsals.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::duration::Wait;

/// Rehearse an incident.
#[derive(Debug, Subcommand)]
pub(crate) enum Drill {
    /// Rehearse a hotfix: a service whose logins fail, from the first message to the incident report.
    #[command(
        after_help = "It makes a small Python service with one real fault, its error log and a remote, in a directory of its own with a \
supervisor of its own, and lets a team work on it by the commands that you would type. One agent is killed in the middle. \
Everything is removed afterwards but the report.\n\n\
With --agent your own agent CLIs play, with your logins, your settings and your profiles, at your cost. What one of them needs you for \
(a permission, a login) is told at once with the commands that answer it, and the drill goes on when it is answered; that they may trust \
the drill's directory is answered for you. What they keep of their sessions stays where they keep it.\n\nExamples:\n  tmux-orc drill hotfix\n  tmux-orc drill hotfix --speed 1         # as long as \
a real one: 25 minutes\n  tmux-orc drill hotfix --agent claude    # with your own agents: nothing of them is scripted\n  \
tmux-orc drill hotfix --agent claude --agent devops=codex\n\n\
Exit status: 0 everything was as it should be, 1 it was not, 4 something is missing, 130 interrupted."
    )]
    Hotfix(Hotfix),
}

/// Rehearse a hotfix.
#[derive(Debug, Args)]
pub(crate) struct Hotfix {
    /// How many times faster than in a real incident the scripted agents think.
    #[arg(long, value_name = "N", default_value_t = 60.0, value_parser = speed)]
    pub(crate) speed: f64,
    /// The agent CLI that plays everybody (PROFILE) or one role (ROLE=PROFILE); may be repeated; without it the built-in
    /// scripted agent. A role that is not named then is played as `quick-deploy` would have it.
    #[arg(long, value_name = "[ROLE=]PROFILE")]
    pub(crate) agent: Vec<String>,
    /// Which fault, and where: each number puts another one at another line. 0 is line 234 of `auth_handler.py`.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Keep everything, and say where.
    #[arg(long)]
    pub(crate) keep: bool,
    /// How long your agents may take for a step before the drill gives up.
    #[arg(long, value_name = "DURATION", default_value = "45m", requires = "agent")]
    pub(crate) patience: Wait,
    /// Where the report goes; without it a new directory among the temporary files.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse::<f64>().ok().filter(|speed| (0.1..=100_000.0).contains(speed));
    speed.ok_or_else(|| "a number from 0.1 to 100000".to_owned())
}
