//! Every way to end, each with its truth in the log.

use std::os::unix::process::CommandExt;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::{Player, wait};
use crate::error::ScriptedError;
use crate::hooks::Hook;
use crate::log::Event;
use crate::signals::{Ending, die_by};
use crate::status::Status;
use crate::step::Crash;

/// The longest that all hooks together may hold up the end.
const LAST_HOOKS: Duration = Duration::from_secs(10);

/// An end that the agent itself came to.
#[derive(Debug, Clone)]
pub(super) enum End {
    Left,
    Quiet,
    Become(String),
    Crash(Crash),
}

impl Player {
    pub(super) fn end(mut self, end: End) -> Result<u8, ScriptedError> {
        match end {
            End::Left => self.polite("ctrl-c", "prompt_input_exit", 0),
            End::Quiet => {
                self.stop_child();
                self.terminal.leave();
                self.last_words("quiet-exit", Some(0), None)?;
                Ok(0)
            }
            End::Become(program) => {
                self.stop_child();
                self.terminal.leave();
                self.last_words("become", None, None)?;
                Err(std::process::Command::new(program).exec().into())
            }
            End::Crash(Crash::Exit(code)) => {
                self.last_words("crash", Some(code), None)?;
                // A crash restores nothing, so no destructor may run.
                std::process::exit(i32::from(code))
            }
            End::Crash(Crash::Signal(signal)) => {
                self.last_words("crash", None, Some(signal.as_raw()))?;
                die_by(signal.as_raw())
            }
        }
    }

    pub(super) fn end_by(mut self, ending: Ending) -> Result<u8, ScriptedError> {
        self.log.write(&Event::Signal { signal: ending.name })?;
        let code = 128 + u8::try_from(ending.number).unwrap_or(0);
        self.polite("signal", "other", code)
    }

    /// The terminal is gone.
    pub(super) fn hung_up(mut self) -> Result<u8, ScriptedError> {
        self.polite("hangup", "other", 129)
    }

    fn polite(&mut self, reason: &'static str, told: &'static str, code: u8) -> Result<u8, ScriptedError> {
        self.stop_child();
        self.emit(Status::Clear)?;
        self.terminal.leave();
        self.hooks.push(Hook::SessionEnd { reason: told });
        self.drain_hooks()?;
        self.last_words(reason, Some(code), None)?;
        Ok(code)
    }

    fn drain_hooks(&mut self) -> Result<(), ScriptedError> {
        let until = Instant::now() + LAST_HOOKS;
        loop {
            let now = Instant::now();
            self.step_hooks(now)?;
            if self.hooks.is_idle() || now >= until {
                return Ok(());
            }
            let mut fds = vec![PollFd::from_borrowed_fd(self.signals.fd(), PollFlags::IN)];
            fds.extend(self.hooks.wants_write().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::OUT)));
            wait(&mut fds, Some(until - now))?;
            self.signals.drain();
        }
    }

    fn last_words(
        &mut self,
        reason: &'static str,
        code: Option<u8>,
        signal: Option<i32>,
    ) -> Result<(), ScriptedError> {
        let text = self.agent.composer.text();
        if !text.is_empty() {
            self.log.write(&Event::Draft { bytes: text.len(), text })?;
        }
        self.log.write(&Event::Exit { reason, code, signal, queued: self.agent.queued() })
    }

    /// Reads and draws no more. Unless deaf, a signal still kills, with its default action. The end of the
    /// terminal kills in any case: nothing here may outlive what it was started for.
    pub(super) fn hang(&mut self, deaf: bool) -> Result<(), ScriptedError> {
        self.paint(Instant::now())?;
        loop {
            let mut fds = [
                PollFd::from_borrowed_fd(self.terminal.input(), PollFlags::empty()),
                PollFd::from_borrowed_fd(self.signals.fd(), PollFlags::IN),
            ];
            wait(&mut fds, None)?;
            if !fds[0].revents().is_empty() {
                die_by(signal_hook::consts::SIGHUP);
            }
            self.signals.drain();
            if let Some(ending) = self.signals.take_ending().filter(|_| !deaf) {
                die_by(ending.number);
            }
        }
    }
}
