//! Hooks in the shape of Claude Code's: a command per event, JSON on its stdin.
//!
//! The command is `TMUX_ORC_HOOK_CMD` (a JSON array of words) and the event's name. Hooks run one at a
//! time in the order of their events, each for at most 10 s, beside everything else; only a turn waits for
//! its own `UserPromptSubmit`.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::error::ScriptedError;

/// The longest a hook may run.
const CAP: Duration = Duration::from_secs(10);

/// An event with a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hook {
    SessionStart { resumed: bool },
    UserPromptSubmit { prompt: String },
    PermissionRequest { command: String },
    Stop { message: String },
    StopFailure { error: String },
    SessionEnd { reason: &'static str },
}

impl Hook {
    fn name(&self) -> &'static str {
        match self {
            Self::SessionStart { .. } => "SessionStart",
            Self::UserPromptSubmit { .. } => "UserPromptSubmit",
            Self::PermissionRequest { .. } => "PermissionRequest",
            Self::Stop { .. } => "Stop",
            Self::StopFailure { .. } => "StopFailure",
            Self::SessionEnd { .. } => "SessionEnd",
        }
    }

    fn fields(self) -> Value {
        match self {
            Self::SessionStart { resumed } => json!({"source": if resumed { "resume" } else { "startup" }}),
            Self::UserPromptSubmit { prompt } => json!({"prompt": prompt}),
            Self::PermissionRequest { command } => {
                json!({"tool_name": "Bash", "tool_input": {"command": command}})
            }
            Self::Stop { message } => json!({"last_assistant_message": message, "stop_hook_active": false}),
            Self::StopFailure { error } => json!({"error": "unknown", "error_details": error}),
            Self::SessionEnd { reason } => json!({"reason": reason}),
        }
    }
}

#[derive(Debug)]
struct Running {
    event: &'static str,
    child: Child,
    stdin: Option<ChildStdin>,
    input: Vec<u8>,
    written: usize,
    until: Instant,
}

/// A hook that ended, with its exit code if it had one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) event: &'static str,
    pub(crate) code: Option<i32>,
}

/// The hooks that wait and the one that runs.
#[derive(Debug)]
pub(crate) struct Hooks {
    command: Vec<String>,
    /// Only these events; all when nothing says which.
    events: Option<Vec<String>>,
    session: String,
    transcript: Option<PathBuf>,
    waiting: VecDeque<(&'static str, Vec<u8>)>,
    running: Option<Running>,
}

/// Reads `TMUX_ORC_HOOK_CMD`; empty when it is not set.
pub(crate) fn command_from_environment() -> Result<Vec<String>, ScriptedError> {
    match std::env::var("TMUX_ORC_HOOK_CMD") {
        Ok(text) if !text.is_empty() => {
            let words: Vec<String> = serde_json::from_str(&text).map_err(|_| ScriptedError::HookCommand)?;
            if words.is_empty() { Err(ScriptedError::HookCommand) } else { Ok(words) }
        }
        _ => Ok(Vec::new()),
    }
}

impl Hooks {
    /// Hooks by `command`, none when it is empty, for the events that `TMUX_ORC_HOOK_EVENTS` names (all without it).
    pub(crate) fn new(command: Vec<String>, session: String, transcript: Option<PathBuf>) -> Self {
        let events = std::env::var("TMUX_ORC_HOOK_EVENTS").ok();
        let events = events.map(|names| names.split(',').map(|name| name.trim().to_owned()).collect());
        Self { command, events, session, transcript, waiting: VecDeque::new(), running: None }
    }

    /// Puts the hook of an event into the queue.
    pub(crate) fn push(&mut self, hook: Hook) {
        if self.command.is_empty() {
            return;
        }
        let event = hook.name();
        if self.events.as_ref().is_some_and(|events| !events.iter().any(|name| name == event)) {
            return;
        }
        let mut input = json!({
            "hook_event_name": event,
            "session_id": self.session,
            "transcript_path": self.transcript,
            "cwd": std::env::current_dir().unwrap_or_default(),
        });
        if let (Value::Object(all), Value::Object(fields)) = (&mut input, hook.fields()) {
            all.extend(fields);
        }
        self.waiting.push_back((event, input.to_string().into_bytes()));
    }

    /// Whether none runs or waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty()
    }

    /// When the running one has had its time.
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        self.running.as_ref().map(|running| running.until)
    }

    /// The pipe that still takes input, to be polled for writing.
    pub(crate) fn wants_write(&self) -> Option<BorrowedFd<'_>> {
        self.running.as_ref()?.stdin.as_ref().map(AsFd::as_fd)
    }

    /// Writes, reaps and starts what is possible now; never waits. Call after every wake-up.
    pub(crate) fn step(&mut self, now: Instant) -> Vec<Ended> {
        let mut ended = Vec::new();
        loop {
            if let Some(running) = &mut self.running {
                running.write();
                let Some(code) = running.reap(now) else {
                    return ended;
                };
                ended.push(Ended { event: running.event, code });
                self.running = None;
            }
            let Some((event, input)) = self.waiting.pop_front() else {
                return ended;
            };
            match self.spawn(event, input, now) {
                Ok(running) => self.running = Some(running),
                Err(_) => ended.push(Ended { event, code: None }),
            }
        }
    }

    fn spawn(&self, event: &'static str, input: Vec<u8>, now: Instant) -> std::io::Result<Running> {
        let (program, arguments) = self.command.split_first().ok_or(ErrorKind::InvalidInput)?;
        let mut child = Command::new(program)
            .args(arguments)
            .arg(event)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let stdin = child.stdin.take();
        if let Some(stdin) = &stdin {
            rustix::io::ioctl_fionbio(stdin, true)?;
        }
        Ok(Running { event, child, stdin, input, written: 0, until: now + CAP })
    }
}

impl Running {
    fn write(&mut self) {
        while let Some(stdin) = &mut self.stdin {
            match stdin.write(&self.input[self.written..]) {
                Ok(0) => self.stdin = None,
                Ok(bytes) => self.written += bytes,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // It does not want to read: that is its business.
                Err(_) => self.stdin = None,
            }
        }
    }

    /// The exit code, once it ended by itself or had to be killed.
    #[expect(
        clippy::option_option,
        reason = "outside: whether it ended; inside: whether it had an exit code"
    )]
    fn reap(&mut self, now: Instant) -> Option<Option<i32>> {
        match self.child.try_wait() {
            Ok(Some(status)) => Some(status.code()),
            Ok(None) if now < self.until => None,
            Ok(None) | Err(_) => {
                let _ = self.child.kill();
                let _ = self.child.wait();
                Some(None)
            }
        }
    }
}

#[cfg(test)]
mod tests;
