//! An agent that is started again: the intent, kept until the new launch has been handed what it is to know.

use serde::{Deserialize, Serialize};

use crate::ids::Generation;

/// How an agent comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comeback {
    /// With its own session, if its transcript is proven to exist; else with a brief.
    Resume,
    /// As a new session, with a brief from the record.
    Brief,
    /// As a new session that knows its role and nothing else.
    Fresh,
}

impl Comeback {
    /// What it was, for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Resume => "its own session was resumed",
            Self::Brief => "it has a new session and a brief from the record",
            Self::Fresh => "it has a new session and knows its role only",
        }
    }
}

/// Who wanted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A person or an agent asked for it.
    Asked,
    /// Automatic recovery.
    Recovery,
    /// The session that was to be resumed ended at once: the same again, with a brief.
    ResumeFailed,
}

/// A restart that is not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restart {
    /// The launch that is to be, or is, the new one.
    pub generation: Generation,
    /// How it is wanted.
    pub how: Comeback,
    /// Who wanted it.
    pub cause: Cause,
    /// Why, in words.
    pub why: String,
}
