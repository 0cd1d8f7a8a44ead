//! Teams and agents as the log tells of them, and the state of an agent with its evidence.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::ids::{
    AgentId, AgentName, CompositionId, Generation, MessageId, ProfileId, RoleId, Seq, TeamName,
};
use crate::prompt::{Asked, Fate, Prompt};
use crate::restart::{Comeback, Restart};
use crate::time::Timestamp;

/// One team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its name.
    pub name: TeamName,
    /// The composition that it was made from.
    pub kind: CompositionId,
    /// The directory that it works in, absolute.
    pub dir: String,
    /// Where it is in its life.
    pub phase: TeamPhase,
    /// Every process of its deployment was started; false only in the middle of it.
    pub deployed: bool,
    /// Its agents in order: the first is index 0.
    pub agents: Vec<AgentId>,
    /// The event that made it: its record begins here.
    pub first: Seq,
    /// When it was created.
    pub created_at: Timestamp,
    /// When every agent was first ready.
    pub ready_at: Option<Timestamp>,
}

/// Where a team is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamPhase {
    /// It works.
    Running,
    /// Its agents are being ended.
    Stopping,
    /// All its agents have ended; the record stays.
    Stopped,
}

/// One agent of a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// Its team.
    pub team: TeamName,
    /// Its place in the team, from 0.
    pub index: usize,
    /// Its short name, unique in the team.
    pub name: AgentName,
    /// Its title, for example "Senior Backend Developer".
    pub title: String,
    /// Its role.
    pub role: RoleId,
    /// The agent CLI that plays it.
    pub profile: ProfileId,
    /// The directory that it works in, absolute: the team's, or a git worktree of its own.
    pub dir: String,
    /// The current launch; 0 before the first.
    pub generation: Generation,
    /// The running process, if there is one.
    pub launch: Option<Launch>,
    /// The agent's own session id, as it told us.
    pub native_session: Option<String>,
    /// The program that this launch runs, as the kernel said when the agent was first ready.
    #[serde(default)]
    pub program: Option<String>,
    /// Its state and why we say so.
    pub state: AgentState,
    /// The evidence for the state.
    pub evidence: Evidence,
    /// The last word of each source in this launch, also where the state does not follow it.
    #[serde(default)]
    pub said: BTreeMap<Source, Said>,
    /// Since when it is in this state.
    pub since: Timestamp,
    /// Whether this launch has been ready once: only then is it past its start-up.
    pub was_ready: bool,
    /// Messages that wait for it, oldest first.
    pub queue: VecDeque<MessageId>,
    /// The delivery under way, if there is one.
    pub active: Option<ActiveDelivery>,
    /// Messages of this launch that the agent took and has not begun, with the ways that they took.
    pub held: BTreeMap<MessageId, String>,
    /// Someone asked that it ends.
    pub stopping: bool,
    /// The restart that is under way.
    pub restart: Option<Restart>,
    /// The last launch, also when it is over: what it left behind is ended before the next.
    pub last_launch: Option<Launch>,
    /// Every session that it ever had, oldest first: none is forgotten.
    pub sessions: Vec<String>,
    /// The last of its hooks that were taken in, oldest first: each may be told twice.
    #[serde(default)]
    pub hooks: VecDeque<String>,
    /// Whether it still looks at the doors that an interrupt shuts.
    #[serde(default)]
    pub doors: Doors,
    /// The mark of the last words that were read from its screen, until it takes the next message: they are shown for long.
    #[serde(default)]
    pub overheard: Option<u64>,
    /// The dialog that waits for an answer.
    #[serde(default)]
    pub prompt: Option<Prompt>,
    /// What it asked permissions for in this turn, oldest first: the last few.
    #[serde(default)]
    pub asked: VecDeque<Asked>,
    /// What became of the last answer or prompt.
    #[serde(default)]
    pub last_prompt: Option<Fate>,
    /// When the dialog of which the state speaks was seen on the screen, if it was.
    #[serde(default)]
    pub dialog_drawn: Option<Timestamp>,
    /// The person's policy has answered a dialog of this launch: it does so once.
    #[serde(default)]
    pub by_policy: bool,
}

/// What became of an agent's doors that a person's interrupt shuts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doors {
    /// It looks at them.
    #[default]
    Open,
    /// It looks at them again when it has taken a prompt.
    Shut,
}

/// A process as the kernel identifies it: the pid alone can be reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// Start time in clock ticks since boot (`/proc/PID/stat`, field 22).
    pub start: u64,
}

/// One launch of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// The shim.
    pub shim: Process,
    /// The agent.
    pub child: Process,
    /// The session id that we chose for it.
    pub session: String,
    /// The loopback port that we chose for it.
    pub port: u16,
    /// When it was launched.
    pub at: Timestamp,
    /// The kernel's id of the boot that the processes belong to; empty from older versions.
    #[serde(default)]
    pub boot: String,
    /// How it came back; nothing for the first launch.
    #[serde(default)]
    pub how: Option<Comeback>,
    /// What was found out about its context before the start.
    #[serde(default)]
    pub note: String,
}

/// The delivery that is under way to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveDelivery {
    /// The message.
    pub message: MessageId,
    /// The attempt's number, from 1.
    pub attempt: u32,
    /// The launch that it is meant for.
    pub generation: Generation,
}

/// What an agent is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum AgentState {
    /// Launched or about to be; not yet ready for the first time.
    Starting,
    /// It takes a prompt.
    Idle,
    /// A turn is running.
    Working,
    /// A turn is running, and the agent waits until its model provider takes the next try.
    WaitingOnProvider {
        /// Why the provider does not answer.
        wait: ProviderWait,
        /// When the agent tries again, if it says so.
        #[serde(default)]
        retry_at: Option<Timestamp>,
        /// What the agent says of it, in short.
        #[serde(default)]
        text: String,
    },
    /// The last turn ended with an error; the composer is back and takes a prompt.
    FailedTurn {
        /// The error as the agent shows or tells it.
        error: String,
    },
    /// A person must act.
    NeedsPerson {
        /// What for.
        need: Need,
    },
    /// A turn is running and does not go on.
    Hung {
        /// Since when nothing has moved.
        since: Timestamp,
        /// What proves it: never silence alone.
        proof: String,
    },
    /// Its process goes on as another program: a shell. Nothing may be typed into that.
    Replaced {
        /// The program that it has become, as the kernel says.
        by: String,
    },
    /// Its process has ended. [`Exit::Unseen`] is an agent that vanished.
    Exited {
        /// How.
        exit: Exit,
    },
    /// There is no evidence.
    Unknown,
}

/// Seconds of a count-down that may be read differently at two looks (milliseconds).
const SAME_RETRY_MS: u64 = 2500;

impl AgentState {
    /// The word of an agent for which a person must act.
    pub const NEEDS_PERSON: &str = "needs-person";
    /// The word of an agent that waits for its provider.
    pub const WAITING_ON_PROVIDER: &str = "waiting-on-provider";

    /// One word for tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Idle => "idle",
            Self::Working => "working",
            Self::WaitingOnProvider { .. } => Self::WAITING_ON_PROVIDER,
            Self::FailedTurn { .. } => "failed-turn",
            Self::NeedsPerson { .. } => Self::NEEDS_PERSON,
            Self::Hung { .. } => "hung",
            Self::Replaced { .. } => "replaced",
            Self::Exited { exit: Exit::Unseen } => "vanished",
            Self::Exited { .. } => "exited",
            Self::Unknown => "unknown",
        }
    }

    /// Whether a turn is running, as far as is known: also one that waits or does not go on.
    pub fn is_turn(&self) -> bool {
        match self {
            Self::Working | Self::WaitingOnProvider { .. } | Self::Hung { .. } => true,
            Self::Starting
            | Self::Idle
            | Self::FailedTurn { .. }
            | Self::NeedsPerson { .. }
            | Self::Replaced { .. }
            | Self::Exited { .. }
            | Self::Unknown => false,
        }
    }

    /// Whether the composer is there for the next prompt.
    pub fn takes_prompt(&self) -> bool {
        matches!(self, Self::Idle | Self::FailedTurn { .. })
    }

    /// Whether both say the same, in whatever words and with whatever second of a count-down.
    pub fn agrees_with(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::WaitingOnProvider { wait, retry_at, .. },
                Self::WaitingOnProvider { wait: other_wait, retry_at: other_at, .. },
            ) => {
                let close = match (retry_at, other_at) {
                    (Some(one), Some(two)) => {
                        one.millis_since(*two).max(two.millis_since(*one)) <= SAME_RETRY_MS
                    }
                    (None, None) => true,
                    _ => false,
                };
                wait == other_wait && close
            }
            (Self::FailedTurn { .. }, Self::FailedTurn { .. }) | (Self::Hung { .. }, Self::Hung { .. }) => {
                true
            }
            (one, other) => one == other,
        }
    }

    /// The word with what is known besides.
    pub fn describe(&self) -> String {
        match self {
            Self::NeedsPerson { need } => format!("needs-person ({})", need.name()),
            Self::WaitingOnProvider { wait, .. } => format!("waiting-on-provider ({})", wait.words()),
            Self::FailedTurn { error } if !error.is_empty() => format!("failed-turn ({})", brief(error)),
            Self::Hung { proof, .. } => format!("hung ({})", brief(proof)),
            Self::Replaced { by } => format!("replaced (by {})", brief(by)),
            Self::Exited { exit } => format!("{} ({exit})", self.word()),
            other => other.word().to_owned(),
        }
    }
}

/// A text as it fits into a table.
fn brief(text: &str) -> String {
    const SHOWN: usize = 60;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= SHOWN {
        return line.to_owned();
    }
    line.chars().take(SHOWN - 1).chain(['…']).collect()
}

/// Why a model provider does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderWait {
    /// The account has used up its rate or quota for now.
    RateLimit,
    /// The provider has too much to do, or an error of its own.
    Overload,
    /// A request failed and is tried again; why is not said.
    Retrying,
}

impl ProviderWait {
    /// Its name in profiles.
    pub fn name(self) -> &'static str {
        match self {
            Self::RateLimit => "rate_limit",
            Self::Overload => "overload",
            Self::Retrying => "retrying",
        }
    }

    /// In words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::RateLimit => "rate limit",
            Self::Overload => "overload",
            Self::Retrying => "retrying",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::RateLimit, Self::Overload, Self::Retrying].into_iter().find(|wait| wait.name() == name)
    }
}

/// What a person must do for an agent to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Allow or deny an action.
    Permission,
    /// Answer a question.
    Question,
    /// Say whether the directory is trusted.
    Trust,
    /// Log in or give a key.
    Login,
    /// Get through first-run questions.
    Onboarding,
}

impl Need {
    /// Its name in profiles and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Permission => "permission",
            Self::Question => "question",
            Self::Trust => "trust",
            Self::Login => "login",
            Self::Onboarding => "onboarding",
        }
    }

    /// The need of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Permission, Self::Question, Self::Trust, Self::Login, Self::Onboarding]
            .into_iter()
            .find(|need| need.name() == name)
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// With this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// It is gone and nobody saw how: its shim was killed.
    Unseen,
    /// It ended with the host.
    HostRestarted,
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Unseen => f.write_str("shim killed, status not seen"),
            Self::HostRestarted => f.write_str("host restarted"),
        }
    }
}

/// Where a statement about an agent comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Nothing yet.
    None,
    /// A rule over the rendered screen.
    Screen,
    /// A rule over the title of the window.
    Title,
    /// A fact about the process from its shim.
    Process,
    /// One of the agent's hooks.
    Hook,
    /// A file in which the agent keeps its own status.
    File,
    /// The agent's own status: an escape sequence or an answer of its interface.
    Status,
}

/// Why we say what we say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The source.
    pub source: Source,
    /// The rule, hook or field, and what it matched.
    pub detail: String,
    /// When it was seen.
    pub at: Timestamp,
}

impl Evidence {
    /// Evidence from a source.
    pub fn new(source: Source, detail: impl Into<String>, at: Timestamp) -> Self {
        Self { source, detail: detail.into(), at }
    }
}

/// What one source said of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The state that it says.
    pub state: AgentState,
    /// Who says so, why and when.
    pub evidence: Evidence,
}

/// All teams and agents, as maps.
pub type Teams = BTreeMap<TeamName, Team>;
/// All agents by id.
pub type Agents = BTreeMap<AgentId, Agent>;
