//! What a shim says to its clients.

use serde::{Deserialize, Serialize};

use super::codec::{Body, Frame, Raw};
use super::screen::{Person, ProgramStatus, Screen};

/// The shim's answer to a client's hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShimHello {
    /// The newest version the shim speaks.
    pub protocol: u32,
    /// The oldest version the shim understands.
    pub min_protocol: u32,
    /// The agent's id.
    pub agent: String,
    /// Counts the launches of this agent.
    pub generation: u32,
    /// The shim's process id.
    pub shim_pid: u32,
    /// The agent's process id.
    pub child_pid: u32,
    /// The agent's start time in clock ticks since boot.
    pub child_start: u64,
    /// Terminal width in cells.
    pub cols: u16,
    /// Terminal height in cells.
    pub rows: u16,
    /// Age of the agent's process (milliseconds).
    pub started_ms_ago: u64,
    /// The last title the agent set.
    #[serde(default)]
    pub title: String,
    /// The last status the agent reported.
    #[serde(default)]
    pub status: Option<ProgramStatus>,
    /// Output is flowing: `Quiet` will be told.
    #[serde(default)]
    pub flowing: bool,
    /// The supervisor's own words in [`crate::Launch::opaque`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub opaque: String,
}

/// How an injection was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// As a bracketed paste.
    Bracketed,
    /// As it is: the agent has not asked for bracketed paste.
    Bare,
}

/// How far an injection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Not all bytes are in the terminal yet.
    Pasting,
    /// All bytes are in the terminal.
    Pasted,
    /// A carriage return followed.
    Submitted,
    /// Over; the person's keys flow again.
    Released,
}

/// The shim's memory of one injection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Injection {
    /// The caller's name for it.
    pub id: String,
    /// How far it is.
    pub stage: Stage,
    /// Carriage returns sent.
    pub submits: u8,
    /// Length of the text (bytes).
    pub bytes: u64,
    /// How it was written.
    pub mode: Mode,
    /// Whether the shim ended it itself because nobody spoke of it for too long.
    #[serde(default)]
    pub timed_out: bool,
    /// Its age (milliseconds).
    pub ms_ago: u64,
}

/// Why the shim did not do as told. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Refusal {
    /// The person typed a moment ago.
    PersonTyping {
        /// Age of the last key (milliseconds).
        ms: u64,
    },
    /// The person has an unfinished draft.
    Draft,
    /// Another injection is open.
    AnotherInjection {
        /// Which.
        id: String,
    },
    /// No such injection is open.
    NotOpen,
    /// The text is not fully in the terminal yet.
    NotDrained,
    /// The injection had all its carriage returns.
    SubmitLimit,
    /// The text holds `ESC[201~`, which would end the paste.
    UnsafeText,
    /// The agent has written something since the screen that the caller goes by.
    Changed,
    /// Too much input waits for the agent already.
    Backlog,
    /// The agent's process is gone.
    Exited,
    /// The agent's process is still there.
    Running,
    /// The system refused.
    System {
        /// Its reason.
        message: String,
    },
    /// Only the control role may do this.
    NotControl,
    /// The peers have no protocol version in common.
    Protocol,
    /// A reason of a newer shim.
    #[serde(other)]
    Unknown,
}

/// A process that outlived the agent in its session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftover {
    /// Process id.
    pub pid: u32,
    /// Start time in clock ticks since boot.
    pub start: u64,
    /// Command name (`/proc/PID/stat`), not to be trusted.
    pub command: String,
}

/// How the agent ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Exit status, if it exited.
    #[serde(default)]
    pub code: Option<i32>,
    /// Signal number, if a signal ended it.
    #[serde(default)]
    pub signal: Option<i32>,
    /// What it left behind.
    #[serde(default)]
    pub leftovers: Vec<Leftover>,
}

/// A message from a shim: a reply (with the request's `seq`) or an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromShim {
    /// The answer to a hello.
    Hello(ShimHello),
    /// Terminal output for a view; travels as raw bytes.
    #[serde(skip)]
    Output(Vec<u8>),
    /// Terminal output for a view that makes the whole screen anew; travels as raw bytes.
    #[serde(skip)]
    Repaint(Vec<u8>),
    /// Reply to `GetScreen`.
    Screen {
        /// The request's.
        seq: u64,
        /// The rendered screen.
        screen: Box<Screen>,
    },
    /// Reply to `Inject`: the text is on its way; `Pasted` follows.
    Injected {
        /// The request's.
        seq: u64,
        /// Its memory.
        injection: Injection,
    },
    /// Reply to `Inject` with a known id: nothing was written.
    AlreadyInjected {
        /// The request's.
        seq: u64,
        /// Its memory.
        injection: Injection,
    },
    /// Reply to `Submit`.
    Submitted {
        /// The request's.
        seq: u64,
        /// Its memory.
        injection: Injection,
    },
    /// Reply to `Release`.
    Released {
        /// The request's.
        seq: u64,
        /// Its memory.
        injection: Injection,
        /// Keys of the person that were dropped while it was open (bytes).
        #[serde(default)]
        dropped: u64,
    },
    /// Reply to `GetInjections`, oldest first.
    Injections {
        /// The request's.
        seq: u64,
        /// At most 64.
        injections: Vec<Injection>,
    },
    /// Reply to `Keys` and `Signal`.
    Done {
        /// The request's.
        seq: u64,
    },
    /// Reply to anything that was refused.
    Refused {
        /// The request's.
        seq: u64,
        /// Why.
        #[serde(flatten)]
        refusal: Refusal,
    },
    /// Reply to `Ping`.
    Pong {
        /// The request's.
        seq: u64,
    },
    /// Event: all bytes of an injection are in the terminal.
    Pasted {
        /// The injection.
        id: String,
    },
    /// Event: the agent reported its status (OSC 7501).
    Status(ProgramStatus),
    /// Event: the agent set its title.
    Title {
        /// Without control characters.
        title: String,
    },
    /// Event: the agent rang the bell.
    Bell,
    /// Event: output began after a silence.
    Activity,
    /// Event: output stopped.
    Quiet {
        /// For how long (milliseconds).
        ms: u64,
    },
    /// Event: a person began to type, or the draft began or ended.
    Person(Person),
    /// Event: the agent's process is gone.
    Exited(Exit),
    /// A message of a newer shim.
    #[serde(other)]
    Unknown,
}

impl FromShim {
    /// The `seq` of the request that this answers; nothing when it is an event.
    pub fn seq(&self) -> Option<u64> {
        match self {
            Self::Screen { seq, .. }
            | Self::Injected { seq, .. }
            | Self::AlreadyInjected { seq, .. }
            | Self::Submitted { seq, .. }
            | Self::Released { seq, .. }
            | Self::Injections { seq, .. }
            | Self::Done { seq }
            | Self::Refused { seq, .. }
            | Self::Pong { seq } => Some(*seq),
            Self::Hello(_)
            | Self::Output(_)
            | Self::Repaint(_)
            | Self::Pasted { .. }
            | Self::Status(_)
            | Self::Title { .. }
            | Self::Bell
            | Self::Activity
            | Self::Quiet { .. }
            | Self::Person(_)
            | Self::Exited(_)
            | Self::Unknown => None,
        }
    }
}

impl Frame for FromShim {
    fn body(&self) -> Body<'_> {
        match self {
            Self::Output(bytes) => Body::Raw(Raw::Output, bytes),
            Self::Repaint(bytes) => Body::Raw(Raw::Repaint, bytes),
            _ => Body::Json,
        }
    }

    fn from_raw(raw: Raw, bytes: Vec<u8>) -> Option<Self> {
        match raw {
            Raw::Output => Some(Self::Output(bytes)),
            Raw::Repaint => Some(Self::Repaint(bytes)),
            Raw::Input => None,
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}
