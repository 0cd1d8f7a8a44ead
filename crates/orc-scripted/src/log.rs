//! The ground-truth log: what really reached the agent and what it did, one JSON object a line.
//!
//! Each line is one write in append mode, so that the line is there when the next thing happens, even if
//! that is a crash, and several agents may share a file. No line is ever rewritten.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::error::ScriptedError;

/// One fact; the field `ev` names the variant in `snake_case`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "ev", rename_all = "snake_case")]
pub(crate) enum Event {
    /// The process runs; what is typed before `ready` is dropped.
    Start { pid: u32, name: String, session: String, resumed: Option<usize> },
    /// The composer is on the screen. `status`: the terminal answered the OSC 7501 query.
    Ready { status: bool, cols: u16, rows: u16 },
    /// Typed text of one read (`text`) or one key (`key`).
    Key {
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// A bracketed paste ended; `into` is `composer` or `dialog` (swallowed).
    Paste { bytes: usize, lines: usize, into: &'static str },
    /// Enter submitted exactly `text`. `busy`: a turn was running.
    Prompt { n: u64, text: String, bytes: usize, busy: bool },
    /// The turn of prompt `n` began.
    TurnStart { n: u64 },
    /// The next step of the turn began; it lasts until the next step or the turn's end.
    Step { n: u64, verb: &'static str },
    /// It ended: `done`, `failed`, `interrupted`, `denied` or `steered`.
    TurnEnd { n: u64, outcome: &'static str, ms: u64 },
    /// A permission dialog was `asked`, `approved` or `denied`.
    Permission { n: u64, command: String, answer: &'static str },
    /// A question was asked (no option), or answered: `number` counts from 1 and is absent when none was taken.
    Question {
        n: u64,
        question: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        number: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        answer: &'static str,
    },
    /// A tool of the agent is called.
    Call { n: u64, tool: String, arguments: serde_json::Value },
    /// What it answered, whole: `ok` unless the tool or the way to it failed.
    Called { n: u64, tool: String, ok: bool, text: String },
    /// The question of trust was `asked`, `trusted` or `refused`.
    Trust { directory: String, answer: &'static str },
    /// A dialog dropped a key without a sign.
    Dropped {},
    /// A key interrupted the turn.
    Interrupt { n: u64, key: &'static str },
    /// A hook ended; `code` is absent when it was killed or could not start.
    Hook { event: &'static str, code: Option<i32> },
    /// The composer was not empty when the agent ended.
    Draft { text: String, bytes: usize },
    /// A signal asked the agent to end.
    Signal { signal: &'static str },
    /// The last line. `queued`: prompts that never got their turn.
    Exit { reason: &'static str, code: Option<u8>, signal: Option<i32>, queued: usize },
}

#[derive(Serialize)]
struct Line<'a> {
    ts_ms: u64,
    #[serde(flatten)]
    event: &'a Event,
}

/// The open log, or nothing when none was asked for.
#[derive(Debug)]
pub(crate) struct Log {
    file: Option<File>,
}

impl Log {
    /// Opens the log at `path` for appending; in a directory, the file of the agent called `name`.
    pub(crate) fn open(path: Option<&Path>, name: &str) -> Result<Self, ScriptedError> {
        let open = |path: &Path| {
            let path = if path.is_dir() { path.join(format!("{name}.jsonl")) } else { path.to_owned() };
            let opened = OpenOptions::new().append(true).create(true).open(&path);
            opened.map_err(|source| ScriptedError::File { what: "log", path, source })
        };
        Ok(Self { file: path.map(open).transpose()? })
    }

    /// Writes one line. A log that cannot be written ends the agent: without it nothing is proved.
    pub(crate) fn write(&mut self, event: &Event) -> Result<(), ScriptedError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ts_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        let mut line = serde_json::to_vec(&Line { ts_ms, event }).map_err(std::io::Error::from)?;
        line.push(b'\n');
        file.write_all(&line)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_flat_and_appended() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.jsonl");
        for n in 1..=2 {
            let mut log = Log::open(Some(&path), "x").unwrap();
            log.write(&Event::Prompt { n, text: "a\nb".into(), bytes: 3, busy: false }).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!((&last["ev"], &last["text"], &last["n"]), (&"prompt".into(), &"a\nb".into(), &2.into()));
        assert!(last["ts_ms"].as_u64().unwrap() > 1_600_000_000_000);
        assert_eq!(text.lines().count(), 2);
    }
    #[test]
    fn a_directory_gets_a_file_for_each_agent() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["team:pm", "team:devops"] {
            let mut log = Log::open(Some(dir.path()), name).unwrap();
            log.write(&Event::Signal { signal: "TERM" }).unwrap();
        }
        for name in ["team:pm.jsonl", "team:devops.jsonl"] {
            assert_eq!(std::fs::read_to_string(dir.path().join(name)).unwrap().lines().count(), 1);
        }
    }
}
