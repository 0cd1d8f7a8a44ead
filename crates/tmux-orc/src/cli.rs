//! The command line as a value.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::ArgValueCandidates;

pub(crate) mod agent;
pub(crate) mod check;
pub(crate) mod drill;
pub(crate) mod execute;
pub(crate) mod incident;
pub(crate) mod monitor;
pub(crate) mod pm;
pub(crate) mod text;

pub(crate) use agent::{Agent, AgentRestart, AgentText, Answer, Format, Messages};
pub(crate) use text::{TeamText, Text};

use crate::duration::Wait;
use crate::names;

/// Deploy, brief and coordinate a team of AI coding agents in tmux, for a production incident.
#[derive(Debug, Parser)]
#[command(name = "tmux-orc", version, disable_help_subcommand = true, arg_required_else_help = true)]
#[command(
    after_help = "Start here:\n  tmux-orc doctor\n  tmux-orc quick-deploy backend 3 --project-name auth-hotfix\n  tmux-orc team broadcast auth-hotfix \"What is broken, since when, what you know\"\n\nExit status: 0 ok, 1 failed, 2 usage, 3 not found, 4 conflict or precondition, 5 supervisor unreachable, 6 timed out, 7 a check that is not green, or a log that was tampered with, 8 partial, 9 denied, 70 internal, 78 configuration, 130 interrupted."
)]
pub(crate) struct Cli {
    /// Print JSON: stable names, RFC 3339 times, durations in seconds.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a team: processes, tmux windows, roles; all of it or nothing.
    QuickDeploy(QuickDeploy),
    /// Teams: add an agent, list, look, attach, talk to, stop.
    #[command(subcommand)]
    Team(Team),
    /// Agents: talk to one, read what was said, look at one.
    #[command(subcommand)]
    Agent(Agent),
    /// Watch: where the time goes, and what holds a team up.
    #[command(subcommand)]
    Monitor(monitor::Monitor),
    /// What is done for the whole team: run its tests, publish its change, report.
    #[command(subcommand)]
    Pm(pm::Pm),
    /// Run something for a team: its tests.
    #[command(subcommand)]
    Execute(execute::Execute),
    /// Bring agents back that crash, hang or vanish, without a storm.
    #[command(subcommand)]
    Recovery(Recovery),
    /// The incident: declare it, mark milestones, keep evidence and decisions, see the clocks.
    #[command(subcommand)]
    Incident(incident::Incident),
    /// Tasks: add, assign, follow.
    #[command(subcommand)]
    Task(incident::Task),
    /// Serve the tools of the agent that calls this, by MCP on standard input and output.
    #[command(
        after_help = "Agents are given it at their launch; nothing has to be set up. Who the agent is comes from the environment that it was launched with, so it is refused elsewhere (exit 9).\n\nExample, from within an agent, with any MCP client:\n  npx @modelcontextprotocol/inspector --cli tmux-orc mcp --method tools/list"
    )]
    Mcp,
    /// Rehearse an incident: with the built-in agents no account, no network, nothing of yours touched.
    #[command(subcommand)]
    Drill(drill::Drill),
    /// Wait until an agent is in a state; at once when it is.
    Wait(WaitFor),
    /// List the roles, or show one.
    Roles(Show),
    /// Check everything that a team needs, each problem with its remedy.
    Doctor,
    /// The configuration: few keys, each with what it does.
    #[command(subcommand)]
    Config(Config),
    /// The supervisor that owns the teams of this host; it starts by itself.
    #[command(subcommand)]
    Daemon(Daemon),
    /// Facts of the event log.
    Events(Events),
    /// The event log itself.
    #[command(subcommand)]
    Log(Log),
    /// Print a completion script for a shell; it completes the names of teams and agents too.
    #[command(
        after_help = "Example:\n  tmux-orc completions bash > ~/.local/share/bash-completion/completions/tmux-orc"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Measure what the product costs, each figure beside the raw floor of this machine.
    #[command(hide = true)]
    Bench(Bench),
    /// Print the JSON schema of what is printed as JSON.
    #[command(after_help = "Example:\n  tmux-orc schema report > report.schema.json")]
    Schema {
        /// Of what.
        #[arg(value_enum)]
        of: Schema,
    },
    /// Write the manual pages into a directory.
    Man {
        /// Where to.
        directory: PathBuf,
    },
}

/// Forms that are published.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Schema {
    /// `pm report --format json`.
    Report,
}

/// Make a team.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tmux-orc quick-deploy backend 3 --project-name auth-hotfix\n  tmux-orc quick-deploy backend 3 --agent pm=claude --agent codex\n  tmux-orc quick-deploy emergency 4 --agent scripted --dry-run\n  tmux-orc quick-deploy backend 3 --project-name auth-hotfix --incident \"Logins fail with 500\" --severity sev1 --started \"10m ago\""
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct QuickDeploy {
    /// Team type: backend, frontend, fullstack, testing, emergency, or one of your own (`tmux-orc team types`).
    #[arg(value_name = "TYPE")]
    pub(crate) kind: String,
    /// How many agents, the manager included.
    #[arg(value_name = "SIZE")]
    pub(crate) size: usize,
    /// The team's name; without it the directory's name.
    #[arg(long, value_name = "TEAM")]
    pub(crate) project_name: Option<String>,
    /// Where the team works; without it the current directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) project_dir: Option<PathBuf>,
    /// The agent CLI that plays everybody (PROFILE) or one role (ROLE=PROFILE); may be repeated.
    #[arg(long, value_name = "[ROLE=]PROFILE")]
    pub(crate) agent: Vec<String>,
    /// The first message to everybody.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, conflicts_with = "brief_file")]
    pub(crate) brief: Option<OsString>,
    /// The same from a file, or from standard input with `-`.
    #[arg(long, value_name = "FILE")]
    pub(crate) brief_file: Option<PathBuf>,
    /// Declare an incident with the team: what is wrong, in a line. The clock begins now.
    #[arg(long, value_name = "TITLE")]
    pub(crate) incident: Option<String>,
    /// How bad the incident is.
    #[arg(long, value_enum, value_name = "SEV", default_value_t = incident::Severity::Sev2, requires = "incident")]
    pub(crate) severity: incident::Severity,
    /// When users began to be affected: `10m ago`, `14:03`, or RFC 3339.
    #[arg(long, value_name = "WHEN", requires = "incident")]
    pub(crate) started: Option<String>,
    /// The incident is a rehearsal.
    #[arg(long, requires = "incident")]
    pub(crate) drill: bool,
    /// Each agent works in a git worktree and on a branch (tmux-orc/TEAM/NAME) of its own.
    #[arg(long)]
    pub(crate) worktrees: bool,
    /// Wait until every agent is ready (the default on a terminal); exit 8 when one is not.
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "2m")]
    pub(crate) wait: Option<Wait>,
    /// Return as soon as everything runs.
    #[arg(long, conflicts_with = "wait")]
    pub(crate) no_wait: bool,
    /// Check everything and say what would be made.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Commands about teams.
#[derive(Debug, Subcommand)]
pub(crate) enum Team {
    /// Add one agent to a running team.
    #[command(after_help = "Example:\n  tmux-orc team add emergency \"Security Expert\" --role security")]
    Add(TeamAdd),
    /// List the teams.
    List,
    /// Show a team: every agent with its state, since when, and why we say so.
    Status {
        /// The team.
        #[arg(add = ArgValueCandidates::new(names::teams))]
        team: String,
    },
    /// Attach to the team's windows (detach: Ctrl-b d).
    Attach {
        /// The team.
        #[arg(add = ArgValueCandidates::new(names::teams))]
        team: String,
    },
    /// End a team: its agents are asked to end, then ended; the record stays.
    Stop {
        /// The team.
        #[arg(add = ArgValueCandidates::new(names::teams))]
        team: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Tell the whole team; the manager coordinates.
    #[command(after_help = text::TEXT_HELP)]
    Broadcast(TeamText),
    /// List the team types, or show one.
    Types(Show),
}

/// Wait for a state.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tmux-orc wait auth-hotfix:0 --until idle --timeout 10m\n  tmux-orc --json wait auth-hotfix:pm --until blocked\n\nExit status: 0 it is or was so, 3 there is no such agent, 4 it has ended for good, 6 not in time."
)]
pub(crate) struct WaitFor {
    /// TEAM:INDEX, TEAM:NAME or TEAM:ROLE.
    #[arg(add = ArgValueCandidates::new(names::agents))]
    pub(crate) agent: String,
    /// idle: its composer takes a prompt, also after a failed turn. working: a turn runs. blocked: a person must act.
    /// ended: its process has ended.
    #[arg(long, value_name = "STATE", value_parser = ["idle", "working", "blocked", "ended"])]
    pub(crate) until: String,
    /// Give up after so long.
    #[arg(long, value_name = "DURATION")]
    pub(crate) timeout: Option<Wait>,
}

/// Add one agent.
#[derive(Debug, Args)]
pub(crate) struct TeamAdd {
    /// The team.
    #[arg(add = ArgValueCandidates::new(names::teams))]
    pub(crate) team: String,
    /// The agent's title.
    pub(crate) title: String,
    /// The agent's role (`tmux-orc roles`).
    #[arg(long)]
    pub(crate) role: String,
    /// The agent CLI that plays it.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) agent: Option<String>,
    /// A file with a brief of its own, in place of the role's; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) brief_file: Option<PathBuf>,
}

/// Commands about recovery.
#[derive(Debug, Subcommand)]
pub(crate) enum Recovery {
    /// Bring back what falls from here on; also the word that it may go on where it had stopped by itself.
    #[command(
        after_help = "Restarts wait ever longer, are counted over 10 minutes for each agent, team and the host, and stop at a cap.\nA missing login, a dialog, a rate limit or a failed turn is never answered by a restart.\n\nExample:\n  tmux-orc recovery start --emergency --session auth-hotfix"
    )]
    Start(RecoveryStart),
    /// Bring nothing back by itself any more.
    Stop {
        /// Only in this team; without it in all teams.
        #[arg(long, value_name = "TEAM", add = ArgValueCandidates::new(names::teams))]
        session: Option<String>,
    },
    /// Show what is brought back, how often, what comes next, and what waits for a person.
    Status {
        /// Only of this team.
        #[arg(long, value_name = "TEAM", add = ArgValueCandidates::new(names::teams))]
        session: Option<String>,
    },
}

/// How agents are brought back.
#[derive(Debug, Args)]
pub(crate) struct RecoveryStart {
    /// Look every second, restart at once, restart more often; also what somebody may have ended on purpose.
    #[arg(long)]
    pub(crate) emergency: bool,
    /// Only this team; without it all teams, also later ones.
    #[arg(long, value_name = "TEAM", add = ArgValueCandidates::new(names::teams))]
    pub(crate) session: Option<String>,
    /// A working agent without any progress for so long hangs; without it 10 minutes, 3 in an emergency.
    #[arg(long, value_name = "DURATION")]
    pub(crate) hang_after: Option<Wait>,
}

/// One of a list, or the list.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Show this one in full.
    pub(crate) name: Option<String>,
}

/// Commands about the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show what is in force: the environment goes before `config.toml`, which is read when the supervisor starts.
    #[command(after_help = "Example:\n  tmux-orc config show --origin")]
    Show {
        /// Say where each value comes from.
        #[arg(long)]
        origin: bool,
    },
}

/// Commands about the supervisor.
#[derive(Debug, Subcommand)]
pub(crate) enum Daemon {
    /// Start it, if it does not run.
    Start,
    /// End it. Agents go on; the next command starts it again.
    Stop,
    /// Show it.
    Status,
    /// Run it in the foreground.
    Run {
        /// Leave the terminal and write to the log file: how it starts by itself.
        #[arg(long, hide = true)]
        detached: bool,
    },
    /// Print its messages.
    Logs {
        /// How many lines.
        #[arg(long, default_value_t = 50)]
        lines: usize,
    },
    /// Print where things are.
    Paths,
}

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Only the figures of this name; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// Fewer rounds and shorter windows.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Where the private state is made, on the disk that is to be measured; without it the temporary directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// Facts of the log.
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Only events after this position.
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    pub(crate) since: u64,
    /// Only events of this team.
    #[arg(long)]
    pub(crate) team: Option<String>,
    /// Go on printing what happens.
    #[arg(long, short)]
    pub(crate) follow: bool,
}

/// Commands about the log.
#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Check that nothing in it was changed, removed or added by another hand.
    Verify,
}
