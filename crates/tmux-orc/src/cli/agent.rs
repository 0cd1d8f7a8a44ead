//! `tmux-orc agent`

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::ArgValueCandidates;

use super::Show;
use super::text::{TEXT_HELP, TeamText, Text};
use crate::names;

const PROMPTS_HELP: &str = "Example:\n  tmux-orc agent prompts auth-hotfix\n\n\
Questions of trust can be answered by a policy of yours, in trust.toml beside the configuration:\n  [[trust]]\n  \
dir = \"~/work\"          # and everything below it\n  agents = [\"claude\"]    # without it every agent CLI";

/// Commands about agents.
#[derive(Debug, Subcommand)]
pub(crate) enum Agent {
    /// Send a message to one agent.
    #[command(after_help = TEXT_HELP)]
    Send(AgentText),
    /// Send a message to each agent of a team by itself.
    #[command(after_help = TEXT_HELP)]
    SendAll(TeamText),
    /// Everything said to, by and between agents, with what became of it.
    #[command(
        after_help = "Examples:\n  tmux-orc agent messages auth-hotfix --follow\n  tmux-orc agent messages auth-hotfix --export > incident-log.txt"
    )]
    Messages(Messages),
    /// Show one agent, a team's agents, or all.
    Status {
        /// An agent or a team.
        #[arg(add = ArgValueCandidates::new(names::teams_and_agents))]
        of: Option<String>,
    },
    /// Start an agent again in its window: what runs of it is ended first, what waits for it is handed over.
    #[command(
        after_help = "Without a flag the agent gets a new session and a brief from the record: who it is, what was said, where the work stands.\nIt asks before it ends an agent that works or holds a person's draft; with --restore-context nothing that the agent knows is lost, so it does not ask.\n\nExample:\n  tmux-orc agent restart auth-hotfix:0 --restore-context"
    )]
    Restart(AgentRestart),
    /// List the dialogs that wait for a person: what is asked, and the options.
    #[command(after_help = PROMPTS_HELP)]
    Prompts {
        /// An agent or a team; without it all.
        #[arg(add = ArgValueCandidates::new(names::teams_and_agents))]
        of: Option<String>,
    },
    /// Answer the dialog of an agent. Exit 4 when it is not open any more, somebody else answers, or a person types there.
    #[command(
        after_help = "Examples:\n  tmux-orc agent answer auth-hotfix:0 1\n  tmux-orc agent answer auth-hotfix:0 no --prompt p7\n  tmux-orc agent answer auth-hotfix:0 --cancel"
    )]
    Answer(Answer),
    /// Say why an agent is in the state that is shown: sources, rules, matched rows.
    Explain {
        /// The agent.
        #[arg(add = ArgValueCandidates::new(names::agents))]
        agent: String,
    },
    /// Print what an agent's terminal shows.
    Screen {
        /// The agent.
        #[arg(add = ArgValueCandidates::new(names::agents))]
        agent: String,
    },
    /// Attach to the team with this agent's window in front (detach: Ctrl-b d).
    Attach {
        /// The agent.
        #[arg(add = ArgValueCandidates::new(names::agents))]
        agent: String,
    },
    /// List the agent profiles, or show one.
    Profiles(Show),
}

/// Start an agent again.
#[derive(Debug, Args)]
pub(crate) struct AgentRestart {
    /// The agent.
    #[arg(add = ArgValueCandidates::new(names::agents))]
    pub(crate) agent: String,
    /// Resume its own session where its transcript is proven to exist, and tell it what it missed; else give it a
    /// brief from the record.
    #[arg(long)]
    pub(crate) restore_context: bool,
    /// A new session that knows its role and nothing else.
    #[arg(long, conflicts_with = "restore_context")]
    pub(crate) fresh: bool,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

/// An answer to a dialog.
#[derive(Debug, Args)]
pub(crate) struct Answer {
    /// TEAM:INDEX, TEAM:NAME or TEAM:ROLE.
    #[arg(add = ArgValueCandidates::new(names::agents_that_ask))]
    pub(crate) agent: String,
    /// The number of an option, its words, or how they begin.
    #[arg(required_unless_present = "cancel")]
    pub(crate) option: Option<String>,
    /// Take no option: press the key that closes the dialog, which denies what it asks for.
    #[arg(long, conflicts_with = "option")]
    pub(crate) cancel: bool,
    /// Only if this prompt is the one that is open.
    #[arg(long, value_name = "PROMPT")]
    pub(crate) prompt: Option<String>,
}

/// A text to an agent.
#[derive(Debug, Args)]
pub(crate) struct AgentText {
    /// TEAM:INDEX, TEAM:NAME or TEAM:ROLE.
    #[arg(add = ArgValueCandidates::new(names::agents))]
    pub(crate) agent: String,
    #[command(flatten)]
    pub(crate) text: Text,
}

/// What was said.
#[derive(Debug, Args)]
pub(crate) struct Messages {
    /// A team, or an agent (TEAM:INDEX, TEAM:NAME, TEAM:ROLE).
    #[arg(add = ArgValueCandidates::new(names::teams_and_agents))]
    pub(crate) of: String,
    /// Go on printing what is said.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Only from then on: `now`, `10m ago`, `14:03`, or RFC 3339.
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Only what this sender said: `operator`, `terminal`, `tmux-orc`, or an agent's name.
    #[arg(long, value_name = "WHO")]
    pub(crate) from: Option<String>,
    /// The whole record, for a file.
    #[arg(long, conflicts_with = "follow")]
    pub(crate) export: bool,
    /// How to write it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// How a transcript is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Plain text.
    Text,
    /// Markdown.
    Md,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Jsonl,
}
