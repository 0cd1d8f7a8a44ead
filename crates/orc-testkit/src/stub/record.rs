//! The log of the stub: what agents really sent.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// The wire formats of a model that the stub speaks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// Anthropic: `POST …/messages`.
    Anthropic,
    /// `OpenAI`: `POST …/chat/completions`.
    Chat,
    /// `OpenAI`: `POST …/responses`.
    Responses,
}

/// One request as it arrived.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Request {
    /// Place in the order of arrival, from 1.
    pub seq: u64,
    /// When it had arrived whole: milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The HTTP method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Which wire format a call of the model has; `None` for other requests (lists of models, counting, unknown).
    pub api: Option<Api>,
    /// The model that was asked for.
    pub model: String,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// A request of the agent to itself: a title, a suggestion.
    pub side: bool,
    /// The newest thing in the conversation is a tool's result.
    pub after_tool: bool,
    /// What the tool answered, as the agent put it into the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The name of what the stub answers with: `say`, `slow`, `hang`, `cut`, `call`, `fail`.
    pub plan: String,
    /// How many messages the conversation has.
    pub messages: usize,
    /// The text blocks of the last user message, as they came.
    pub last_user: Vec<String>,
    /// Every text block of every user message, oldest first.
    pub users: Vec<String>,
    /// The names of the tools that were offered, sorted.
    pub tools: Vec<String>,
    /// How it ended; `None` while it has not.
    #[serde(skip)]
    pub outcome: Option<Outcome>,
}

impl Request {
    /// See [`crate::StubModel::prompts`].
    pub fn is_prompt(&self) -> bool {
        self.api.is_some() && !self.side && !self.after_tool
    }

    /// What a person or the product typed: the last user message without the blocks that agents add by themselves,
    /// joined by line breaks.
    pub fn typed(&self) -> String {
        super::plan::typed(&self.last_user)
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Outcome {
    /// The request.
    pub seq: u64,
    /// The HTTP status; 0 when the connection ended before there was one.
    pub status: u16,
    /// The connection ended before the answer did.
    pub aborted: bool,
    /// How long it took, in milliseconds.
    pub ms: u64,
}

#[derive(Serialize)]
#[serde(tag = "ev", rename_all = "lowercase")]
enum Line<'a> {
    Request(&'a Request),
    Done(&'a Outcome),
}

/// The log: in memory for the test, in a file for the post-mortem.
#[derive(Debug)]
pub(crate) struct Log(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    file: File,
    requests: Vec<Request>,
}

impl Log {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Mutex::new(Inner { file, requests: Vec::new() })))
    }

    /// Gives the request its number and writes it down.
    pub(crate) fn arrived(&self, mut request: Request) -> u64 {
        let mut inner = self.inner();
        request.seq = inner.requests.len() as u64 + 1;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        request.at_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        inner.write(&Line::Request(&request));
        let seq = request.seq;
        inner.requests.push(request);
        seq
    }

    pub(crate) fn ended(&self, seq: u64, status: u16, aborted: bool, took: Duration) {
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let outcome = Outcome { seq, status, aborted, ms };
        let mut inner = self.inner();
        inner.write(&Line::Done(&outcome));
        if let Some(request) = inner.requests.iter_mut().find(|request| request.seq == seq) {
            request.outcome = Some(outcome);
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.inner().requests.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn write(&mut self, line: &Line<'_>) {
        let mut line = serde_json::to_vec(line).expect("plain values");
        line.push(b'\n');
        self.file.write_all(&line).expect("the log of the stub can be written");
    }
}
