//! Everything that can be answered.

use serde::{Deserialize, Serialize};

use orc_core::change::{Proposal, Published};
use orc_core::check::{Begun, CheckRun, Counts, SuiteRun, Tested, Tier};
use orc_core::error::{Problem, Refusal};
use orc_core::event::Event;
use orc_core::ids::{AgentId, FollowUpId, MessageId, PromptId, Seq, TeamName};
use orc_core::incident::view::IncidentView;
use orc_core::performance::Performance;
use orc_core::prompt::Choice;
use orc_core::recovery::view::RecoveryView;
use orc_core::report::lint::Finding;
use orc_core::restart::Comeback;
use orc_core::screen::Screen;
use orc_core::team::Said;
use orc_core::time::Timestamp;
use orc_core::transcript;
use orc_core::view::{AgentView, PromptView, RecipientView, TeamView};
use orc_core::weigh::Heard;

/// What comes back on the wire.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It was done.
    Ok(Box<Response>),
    /// It was refused.
    Error(Refusal),
}

/// One answer. Which variant belongs to which request is said there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "response")]
pub enum Response {
    /// To `ping`.
    Pong {
        /// The supervisor's version.
        version: String,
        /// The contract that it speaks.
        contract: u32,
        /// Its process id.
        pid: u32,
    },
    /// To requests that only succeed.
    Done {},
    /// To `deploy` with `dry_run`.
    Preview(Preview),
    /// To `deploy`, `team_status`, `await_ready`.
    Team(TeamView),
    /// To `list_teams`.
    Teams {
        /// All teams.
        teams: Vec<TeamView>,
    },
    /// To `add_agent` and `agent_status`.
    Agent(AgentView),
    /// To `restart_agent`.
    Restarted(Box<Restarted>),
    /// To `send` and `await_message`.
    Message {
        /// The message.
        message: MessageId,
        /// What became of it, by recipient.
        recipients: Vec<RecipientView>,
        /// What was changed to make it safe.
        notes: Vec<String>,
    },
    /// To `screen`.
    Screen {
        /// The agent.
        agent: AgentId,
        /// What is shown.
        screen: Screen,
    },
    /// To `explain`.
    Explanation(Box<Explanation>),
    /// To `prompts`.
    Prompts {
        /// The dialogs that wait.
        prompts: Vec<PromptView>,
    },
    /// To `answer`: the dialog is gone.
    Answered {
        /// The prompt.
        prompt: PromptId,
        /// What was answered.
        answer: Choice,
    },
    /// To `await_state`.
    Awaited(Box<Awaited>),
    /// To `messages`.
    Transcript {
        /// The entries.
        entries: Vec<transcript::Entry>,
        /// The position in the log up to which they are complete.
        seq: Seq,
    },
    /// To `events`.
    Events {
        /// The events.
        events: Vec<Envelope>,
    },
    /// To `verify_log`.
    Verified {
        /// How many entries were read.
        entries: u64,
        /// Hash of the last, hexadecimal.
        head: String,
        /// The first entry that does not fit, with what is wrong.
        bad: Option<(u64, String)>,
    },
    /// To `record`.
    Recorded {
        /// The event that says it.
        seq: Seq,
        /// The number that what it is about was given, for example `H2`.
        id: Option<String>,
        /// It was said before and is not recorded twice.
        again: bool,
        /// What was changed to make it safe.
        notes: Vec<String>,
        /// How the incident stands now.
        incident: Box<IncidentView>,
    },
    /// To `run_check`: it has begun, or waits for another one on the repository.
    CheckBegun {
        /// What is about to run.
        begun: Box<Begun>,
        /// What one should know of it.
        notes: Vec<String>,
    },
    /// To `run_check` with `explain`.
    CheckPlan(Box<CheckPlan>),
    /// To `follow_check`.
    CheckProgress(Box<CheckProgress>),
    /// To `checks`.
    Checks {
        /// Those that run or wait for another one.
        running: Vec<Begun>,
        /// The last ones that have ended, oldest first.
        checks: Vec<CheckRun>,
    },
    /// To `incident`.
    Incident(Box<IncidentView>),
    /// To `create_pr`.
    Shipped(Box<Shipped>),
    /// To `report`.
    Report {
        /// The report as it is written.
        text: String,
        /// Words in it that a reviewer should look at.
        lint: Vec<Finding>,
    },
    /// To `attach`: a program with its arguments.
    Attach {
        /// The words.
        argv: Vec<String>,
    },
    /// To `catalog`.
    Catalog(CatalogView),
    /// To `start_recovery`, `stop_recovery` and `recovery_status`.
    Recovery(RecoveryView),
    /// To `performance`.
    Performance(Box<Performance>),
    /// To `daemon_status`.
    Daemon(DaemonView),
}

/// A change that was published, or would be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shipped {
    /// Nothing was done.
    pub dry_run: bool,
    /// What is published.
    pub proposal: Proposal,
    /// What is there now; nothing when nothing was done.
    pub published: Option<Published>,
    /// Our part of the pull request's body, as Markdown.
    pub body: String,
    /// What is odd and is no obstacle.
    pub warnings: Vec<Problem>,
    /// What was changed in the texts to make them safe.
    pub notes: Vec<String>,
    /// What was opened in the record, to be done after it.
    pub follow_ups: Vec<FollowUpId>,
    /// How long it took (milliseconds).
    pub took_ms: u64,
    /// How long of that git and the forge's tool ran (milliseconds).
    pub programs_ms: u64,
}

/// What a check would run, and why.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckPlan {
    /// How much.
    pub tier: Tier,
    /// Of what.
    pub tested: Tested,
    /// How long it might take (milliseconds).
    pub budget_ms: u64,
    /// Files that differ from where the change began.
    pub changed: Vec<String>,
    /// The suites, with what would be run of each and why.
    pub suites: Vec<SuiteRun>,
    /// What makes it more than its tier, a reason each.
    pub widened: Vec<String>,
    /// What one should know of it.
    pub notes: Vec<String>,
}

/// How far a check is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckProgress {
    /// It waits for another check on the same repository.
    pub queued: bool,
    /// What runs now.
    pub doing: String,
    /// Tests so far.
    pub counts: Counts,
    /// How long it has run (milliseconds).
    pub elapsed_ms: u64,
    /// How long it may run (milliseconds).
    pub budget_ms: u64,
    /// What its log has after the given place.
    pub text: String,
    /// The place up to which that is.
    pub next: u64,
    /// How it ended; nothing while it runs.
    pub ended: Option<Box<CheckRun>>,
}

/// A team that would be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Preview {
    /// Its name.
    pub team: TeamName,
    /// Its directory.
    pub dir: String,
    /// Its members: target, title, role, profile and the program that would run.
    pub members: Vec<PreviewMember>,
    /// What is odd but no obstacle.
    pub warnings: Vec<String>,
}

/// A member of a team that would be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PreviewMember {
    /// `team:index`.
    pub target: String,
    /// The title.
    pub title: String,
    /// The role.
    pub role: String,
    /// The profile.
    pub profile: String,
    /// The program.
    pub program: String,
}

/// An agent that was started again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Restarted {
    /// The agent.
    pub agent: AgentView,
    /// How it came back; nothing while it waits for a person before it is ready.
    pub how: Option<Comeback>,
    /// What came back and how that is known.
    pub detail: String,
    /// What was tried before, in vain.
    pub tried: Vec<String>,
    /// What it was told and what had waited, with what became of each so far.
    pub messages: Vec<(MessageId, RecipientView)>,
}

/// Why an agent is in its state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Explanation {
    /// The agent.
    pub agent: AgentView,
    /// The last word of each source of this launch, first what counts; and what the screen says now.
    pub sources: Vec<Heard>,
    /// Every screen rule in the order tried, with the row that it matched.
    pub rules: Vec<(String, Option<String>)>,
    /// What stands in the composer, if one is shown.
    pub composer: Option<String>,
    /// The title of the window.
    pub title: String,
}

/// What a wait ended with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Awaited {
    /// The agent as it is now.
    pub agent: AgentView,
    /// The state that was waited for, with its evidence; nothing when it did not come in time. The agent may be in
    /// another one by now.
    pub reached: Option<Said>,
    /// The position in the log up to which was looked: where to go on.
    pub seq: Seq,
}

/// An event with everything around it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Envelope {
    /// Its position.
    pub seq: Seq,
    /// When it happened.
    pub at: Timestamp,
    /// Who made it happen.
    pub actor: String,
    /// The door it came through.
    pub door: String,
    /// The team that it belongs to.
    pub team: Option<String>,
    /// The fact.
    pub event: Event,
}

/// Data files in force.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CatalogView {
    /// Agent profiles.
    pub profiles: Vec<CatalogRow>,
    /// Team types.
    pub types: Vec<CatalogRow>,
    /// Roles.
    pub roles: Vec<CatalogRow>,
}

/// One data file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CatalogRow {
    /// Its id.
    pub id: String,
    /// What it is.
    pub about: String,
    /// Its content, as read.
    pub text: String,
    /// `built-in` or the file's path.
    pub origin: String,
}

/// The supervisor's own figures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DaemonView {
    /// Its version.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// When it started.
    pub started_at: Timestamp,
    /// The last event.
    pub seq: Seq,
    /// Its state directory.
    pub state_dir: String,
    /// Its runtime directory.
    pub runtime_dir: String,
    /// Agents that run.
    pub agents: usize,
    /// Of these, with a connected shim.
    pub connected: usize,
    /// Process id of the tmux server of the views, when it runs.
    pub tmux_pid: Option<u32>,
}
