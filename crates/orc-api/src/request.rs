//! Everything that can be asked.

mod deploy;
mod effect;

use orc_core::change::Forge;
use orc_core::check::Tier;
use orc_core::incident::When;
use orc_core::incident::entry::Entry;
use orc_core::recovery::Mode;
use orc_core::report;
use orc_core::restart::Comeback;
use orc_core::until::Until;
use serde::{Deserialize, Serialize};

pub use deploy::{AddAgent, AgentChoice, Deploy, Environment};
pub use effect::Effect;

/// One request. Names are stable.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "request")]
pub enum Request {
    /// Is anybody there, and which version?
    Ping {},
    /// Make a team.
    Deploy(Deploy),
    /// Add one agent to a running team.
    AddAgent(AddAgent),
    /// All teams.
    ListTeams {},
    /// One team.
    TeamStatus {
        /// The team.
        team: String,
    },
    /// Wait until every agent of the team has been ready, or one cannot be.
    AwaitReady {
        /// The team.
        team: String,
        /// Longest wait in milliseconds.
        timeout_ms: u64,
    },
    /// End a team: its agents and their views. The record stays.
    StopTeam {
        /// The team.
        team: String,
    },
    /// Start an agent again: what runs of it is ended first.
    RestartAgent {
        /// The agent.
        agent: String,
        /// How it is to come back.
        how: Comeback,
    },
    /// Send a message.
    Send(Send),
    /// Wait until a message is settled at every recipient.
    AwaitMessage {
        /// The message.
        message: String,
        /// Longest wait in milliseconds.
        timeout_ms: u64,
    },
    /// One agent.
    AgentStatus {
        /// `team:index`, `team:name` or `team:role`.
        agent: String,
    },
    /// Wait until an agent is in a state; at once when it is.
    AwaitState {
        /// The agent.
        agent: String,
        /// The state.
        until: Until,
        /// Go on from this position in the log, where an earlier wait ended; without it from now.
        #[serde(default)]
        after: Option<u64>,
        /// Longest wait in milliseconds.
        timeout_ms: u64,
    },
    /// What an agent's terminal shows.
    Screen {
        /// The agent.
        agent: String,
    },
    /// Why an agent is in the state that is shown.
    Explain {
        /// The agent.
        agent: String,
    },
    /// The dialogs that wait for an answer.
    Prompts {
        /// Of a team or an agent only.
        of: Option<String>,
    },
    /// Answer a dialog, for the person.
    Answer(AnswerPrompt),
    /// What was said to, by and between agents.
    Messages {
        /// A team or an agent.
        of: String,
        /// Only entries after this position in the log.
        after: u64,
        /// Wait so many milliseconds for a first entry.
        wait_ms: u64,
    },
    /// Facts of the log.
    Events {
        /// Only events after this position.
        after: u64,
        /// Only of this team.
        team: Option<String>,
        /// At most so many.
        limit: usize,
        /// Wait so many milliseconds for a first one.
        wait_ms: u64,
    },
    /// Check the hash chain of the log.
    VerifyLog {},
    /// How to attach to the terminal of a team or an agent.
    Attach {
        /// A team or an agent.
        to: String,
    },
    /// Data files in force.
    Catalog {},
    /// State something about a team's incident.
    Record(Record),
    /// Run tests on a team's code, or say what would run.
    RunCheck(RunCheck),
    /// How far a check is, and what its runners print.
    FollowCheck {
        /// The team.
        team: String,
        /// The check.
        check: String,
        /// What its log has after so many bytes.
        after: u64,
        /// Wait so many milliseconds for something new.
        wait_ms: u64,
    },
    /// End a check that runs: it comes to no verdict.
    CancelCheck {
        /// The team.
        team: String,
        /// The check.
        check: String,
    },
    /// The checks of a team: those that run, and the last ones that have ended.
    Checks {
        /// The team.
        team: String,
    },
    /// How a team's incident stands.
    Incident {
        /// The team.
        team: String,
    },
    /// One of an agent's tools asks. Sent by `tmux-orc mcp` from inside the agent.
    ByAgent(ByAgent),
    /// Publish a team's change: push it, and open or update its pull request.
    CreatePr(CreatePr),
    /// A report on a team's incident.
    Report(ReportRequest),
    /// One of an agent's hooks fired. Sent by `tmux-orc hook` from inside the agent.
    Hook(Hook),
    /// Bring agents back that fall; also the person's word that it may go on where it had stopped by itself.
    StartRecovery {
        /// In this team; without it in every team, also in later ones.
        team: Option<String>,
        /// How eagerly.
        mode: Mode,
        /// No progress for so long is a hang (milliseconds); without it as the mode says.
        hang_after_ms: Option<u64>,
    },
    /// Bring nothing back by itself any more.
    StopRecovery {
        /// In this team; without it in every team.
        team: Option<String>,
    },
    /// How recovery stands.
    RecoveryStatus {
        /// Only of this team.
        team: Option<String>,
    },
    /// Where the time of teams goes, and what is wrong. Takes a moment: processes are looked at twice.
    Performance {
        /// Only of this team; without it of all that run.
        team: Option<String>,
    },
    /// The supervisor's own figures.
    DaemonStatus {},
    /// End the supervisor; agents go on.
    Shutdown {},
}

/// To whom a message goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipients {
    /// One agent.
    Agent(String),
    /// Each agent of a team by itself.
    Each(String),
    /// The team; its manager coordinates.
    Broadcast(String),
}

/// Send a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Send {
    /// To whom.
    pub to: Recipients,
    /// The text.
    pub text: String,
    /// Bytes that were not valid UTF-8 and were replaced.
    #[serde(default)]
    pub repaired: usize,
    /// The agent that sends, when an agent does: its id from its own environment.
    #[serde(default)]
    pub sender: Option<String>,
    /// The sender's own name of the message: a request that is repeated with it is the same message.
    #[serde(default)]
    pub key: Option<String>,
}

/// Answer a dialog.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerPrompt {
    /// The agent.
    pub agent: String,
    /// The prompt that is meant; without it the one that is open.
    #[serde(default)]
    pub prompt: Option<String>,
    /// The answer.
    pub answer: Answered,
    /// The agent that asks for it, when an agent does: its id from its own environment. It is refused.
    #[serde(default)]
    pub sender: Option<String>,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// The option of this number, or with this label or beginning of one.
    Option(String),
    /// The dialog is closed without any option.
    Cancel,
}

/// State something about a team's incident.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The team.
    pub team: String,
    /// The agent that states it, when an agent does: its id from its own environment.
    #[serde(default)]
    pub sender: Option<String>,
    /// When it happened.
    #[serde(default)]
    pub at: When,
    /// What.
    pub entry: Entry,
}

/// Run tests.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunCheck {
    /// The team.
    pub team: String,
    /// How much is tested.
    pub tier: Tier,
    /// The branch or commit that is tested; without it what the team's directory has checked out.
    #[serde(default)]
    pub branch: Option<String>,
    /// What changed since this commit decides what is impacted; without it since the branch left its base.
    #[serde(default)]
    pub since: Option<String>,
    /// The branch that the change is meant for; without it as configured, else the default branch.
    #[serde(default)]
    pub base: Option<String>,
    /// Test the directory as it is, with what no commit has, and not a commit.
    #[serde(default)]
    pub worktree: bool,
    /// Say what would run and why; run nothing.
    #[serde(default)]
    pub explain: bool,
    /// The agent that asks for it, when an agent does: its id from its own environment.
    #[serde(default)]
    pub sender: Option<String>,
    /// The environment of who asks: the tests run in it.
    pub environment: Environment,
}

/// What an agent asks by one of its tools. Only what concerns its own team is answered, and nothing that ends something
/// or speaks for the person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ByAgent {
    /// The agent's id, from its own environment. A process that runs below another agent is refused.
    pub agent: String,
    /// What is asked: a message or a statement is the agent's own, whoever it names as its sender.
    pub ask: Box<Request>,
}

/// Publish a team's change.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command, independent of the others"
)]
pub struct CreatePr {
    /// The team.
    pub team: String,
    /// The branch; without it the one that the team works on.
    #[serde(default)]
    pub branch: Option<String>,
    /// The branch that it is to go into; without it the forge's own.
    #[serde(default)]
    pub base: Option<String>,
    /// The title; without it the incident's, or that of the newest commit.
    #[serde(default)]
    pub title: Option<String>,
    /// It is an emergency: the fast check is enough.
    #[serde(default)]
    pub emergency: bool,
    /// The whole suite may be missing.
    #[serde(default)]
    pub skip_full_tests: bool,
    /// Why.
    #[serde(default)]
    pub why: Option<String>,
    /// It is not to be reviewed yet.
    #[serde(default)]
    pub draft: bool,
    /// Look at everything and say what would be published; do nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// The forge, when the remote's address does not say enough or another one is meant.
    #[serde(default)]
    pub forge: Option<Forge>,
    /// Marks of finds that a person says are no secrets.
    #[serde(default)]
    pub no_secrets: Vec<String>,
    /// The agent that asks, when an agent does: its id from its own environment.
    #[serde(default)]
    pub sender: Option<String>,
    /// The environment of who asks: git and the forge's tool get it.
    #[serde(default)]
    pub environment: Environment,
}

/// A report on a team's incident.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReportRequest {
    /// The team.
    pub team: String,
    /// Which report.
    pub kind: report::Kind,
    /// How it is written.
    pub format: report::Format,
    /// What people are called.
    #[serde(default)]
    pub names: report::Names,
    /// The id of the incident; without it the team's newest.
    #[serde(default)]
    pub incident: Option<String>,
}

/// A hook of an agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hook {
    /// The agent's id.
    pub agent: String,
    /// Which launch.
    pub generation: u32,
    /// Which firing, unique for the agent: it may arrive twice. Empty from older versions.
    #[serde(default)]
    pub id: String,
    /// The hook's name.
    pub event: String,
    /// What the agent said on the hook's standard input.
    pub payload: serde_json::Value,
}
