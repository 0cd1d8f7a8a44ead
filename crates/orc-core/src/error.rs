//! Refusals of the core: a stable code, a sentence, a hint. The exit status of the client follows from the code.

use serde::{Deserialize, Serialize};

/// What kind of refusal it is. Names are part of the interface and never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request itself is malformed.
    BadRequest,
    /// No such team, agent, message, role, profile or team type.
    NotFound,
    /// The name is taken or the thing is in a state that forbids the request.
    Conflict,
    /// Something that must be true before is not; all such problems are listed.
    Preflight,
    /// A wait ended before what was waited for.
    TimedOut,
    /// Some recipients or agents succeeded, others did not.
    Partial,
    /// The caller may not do this.
    Denied,
    /// It was done too often within a short while.
    Limited,
    /// A configuration or data file is wrong.
    Config,
    /// The event log cannot be written: nothing was accepted.
    Storage,
    /// The supervisor is stopping.
    ShuttingDown,
    /// A defect in this program.
    Internal,
}

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// One sentence that says what is wrong.
    pub message: String,
    /// What to do next; empty when there is nothing to add.
    #[serde(default)]
    pub hint: String,
    /// Further problems found at the same time, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// The same, each with a code and a hint of its own, where the request says which they can be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<Problem>,
}

/// One of the things that are wrong at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Its stable code.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// What to do about it; empty when there is nothing to add.
    #[serde(default)]
    pub hint: String,
}

impl Problem {
    /// With a hint.
    pub fn new(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: hint.into() }
    }
}

impl Refusal {
    /// A refusal with a hint.
    pub fn new(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into(), problems: Vec::new(), found: Vec::new() }
    }

    /// The same refusal with a list of problems.
    #[must_use]
    pub fn with_problems(mut self, problems: Vec<String>) -> Self {
        self.problems = problems;
        self
    }

    /// A refusal of these problems, all of them: the message and the hint of the only one, or a count.
    pub fn of(found: Vec<Problem>, several: impl FnOnce(usize) -> String) -> Self {
        let (message, hint) = match found.as_slice() {
            [one] => (one.message.clone(), one.hint.clone()),
            more => (several(more.len()), String::new()),
        };
        let problems = found.iter().map(|problem| problem.message.clone()).collect();
        Self { code: Code::Preflight, message, hint, problems, found }
    }
}
