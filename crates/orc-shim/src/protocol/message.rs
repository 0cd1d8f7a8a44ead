//! What a client says to a shim.

use serde::{Deserialize, Serialize};

use super::codec::{Body, Frame, Raw};

/// What a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Role {
    /// The supervisor: may inject, ask and signal; gets events, not output.
    Control,
    /// A person's terminal: gets output, sends keys.
    View {
        /// Width in cells.
        cols: u16,
        /// Height in cells.
        rows: u16,
    },
}

/// A signal for the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "signal", rename_all = "snake_case")]
pub enum ShimSignal {
    /// Not a signal: these keys, typed as they are (the profile's polite exit).
    Polite {
        /// The keys.
        bytes: Vec<u8>,
    },
    /// SIGINT.
    Int,
    /// SIGTERM.
    Term,
    /// SIGKILL.
    Kill,
}

/// A message to a shim. `seq` is chosen by the client and comes back in the reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToShim {
    /// The first message of every client.
    Hello {
        /// The newest version the client speaks.
        protocol: u32,
        /// The oldest version the client understands.
        min_protocol: u32,
        /// What the client is.
        #[serde(flatten)]
        role: Role,
    },
    /// Keys and replies of a view's terminal; travels as raw bytes.
    #[serde(skip)]
    Input(Vec<u8>),
    /// The view's terminal has a new size.
    Resize {
        /// Width in cells.
        cols: u16,
        /// Height in cells.
        rows: u16,
    },
    /// Pastes a text as one write, and holds the person's keys until `Release`. Never submits.
    Inject {
        /// Comes back in the reply.
        seq: u64,
        /// The caller's name for this injection; the same id is never typed twice.
        id: String,
        /// The text, already made safe by the caller.
        text: String,
        /// Refuse when the person's last key is younger than this (milliseconds).
        #[serde(default)]
        if_quiet_ms: Option<u64>,
        /// Inject although the person has an unfinished draft.
        #[serde(default)]
        allow_draft: bool,
        /// Refuse when the agent has written anything since the screen with this `output_seq`: what was seen there
        /// may no longer be so, and a carriage return may answer a dialog.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_output_seq: Option<u64>,
    },
    /// Sends one carriage return for an injection that is fully written; at most twice per id.
    Submit {
        /// Comes back in the reply.
        seq: u64,
        /// The injection.
        id: String,
        /// Refuse when the agent has written anything since the screen with this `output_seq`: what was seen there
        /// may no longer be so, and a carriage return may answer a dialog.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_output_seq: Option<u64>,
    },
    /// Ends an injection; the held keys go to the agent.
    Release {
        /// Comes back in the reply.
        seq: u64,
        /// The injection.
        id: String,
    },
    /// Asks what was injected.
    GetInjections {
        /// Comes back in the reply.
        seq: u64,
    },
    /// Asks for the rendered screen.
    GetScreen {
        /// Comes back in the reply.
        seq: u64,
    },
    /// Types keys as they are (the answer to a dialog); refused while an injection is open.
    Keys {
        /// Comes back in the reply.
        seq: u64,
        /// The keys.
        bytes: Vec<u8>,
        /// Refuse when the person's last key is younger than this (milliseconds).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_quiet_ms: Option<u64>,
        /// Refuse when the agent has written anything since the screen with this `output_seq`: what was seen there
        /// may no longer be so, and a carriage return may answer a dialog.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_output_seq: Option<u64>,
    },
    /// Signals the agent.
    Signal {
        /// Comes back in the reply.
        seq: u64,
        /// Which.
        #[serde(flatten)]
        signal: ShimSignal,
        /// To the whole process group of the agent, not to its first process alone.
        #[serde(default)]
        group: bool,
    },
    /// Asks for a `Pong`.
    Ping {
        /// Comes back in the reply.
        seq: u64,
    },
    /// The exit was taken note of: the shim may go. Refused while the agent lives.
    Shutdown {
        /// Comes back in the refusal.
        seq: u64,
        /// Kill what the agent left behind in its session (as listed in `Exited`), by pid and start time.
        #[serde(default)]
        end_leftovers: bool,
    },
    /// A message of a newer peer.
    #[serde(other)]
    Unknown,
}

impl Frame for ToShim {
    fn body(&self) -> Body<'_> {
        match self {
            Self::Input(bytes) => Body::Raw(Raw::Input, bytes),
            _ => Body::Json,
        }
    }

    fn from_raw(raw: Raw, bytes: Vec<u8>) -> Option<Self> {
        (raw == Raw::Input).then_some(Self::Input(bytes))
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}
