//! The loop: bytes, signals and time to the agent, its effects to the world.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;

use crate::agent::Agent;
use crate::child;
use crate::error::ScriptedError;
use crate::hooks::Hooks;
use crate::keys::{Input, Parser};
use crate::log::{Event, Log};
use crate::options::Options;
use crate::painter::Painter;
use crate::screen;
use crate::session::Session;
use crate::signals::Signals;
use crate::status::Status;
use crate::terminal::Terminal;

mod effects;
mod ending;
mod start;

/// How long an ESC alone may be the start of a sequence.
const ESCAPE: Duration = Duration::from_millis(30);

/// Plays the agent on stdin and stdout until it ends, and says with which exit code.
///
/// Some endings do not return: a crash by script, and `exit CODE` with the terminal left as it was.
pub fn run(options: Options) -> ExitCode {
    match Player::start(options.or_environment()).and_then(Player::play) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "scripted-agent: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

struct Player {
    agent: Agent,
    terminal: Terminal,
    painter: Painter,
    parser: Parser,
    signals: Signals,
    log: Log,
    session: Session,
    hooks: Hooks,
    child: Option<child::Running>,
    /// The last status that was emitted; `None` while the terminal is not known to want it.
    status: Option<Status>,
    /// When a lone ESC is the Escape key.
    escape_at: Option<Instant>,
    buffer: Vec<u8>,
}

/// What the poll found.
struct Ready {
    input: bool,
    signals: bool,
}

impl Player {
    fn play(mut self) -> Result<u8, ScriptedError> {
        loop {
            let now = Instant::now();
            self.children(now)?;
            if let Some(end) = self.perform(now)? {
                return self.end(end);
            }
            self.paint(now)?;
            let ready = self.wait(now)?;
            let now = Instant::now();
            if ready.signals {
                self.signals.drain();
            }
            if let Some(ending) = self.signals.take_ending() {
                return self.end_by(ending);
            }
            if self.signals.take_resized() {
                self.painter.forget();
            }
            let mut inputs = Vec::new();
            if ready.input {
                let Some(bytes) = self.terminal.read(&mut self.buffer)? else {
                    return self.hung_up();
                };
                self.parser.feed(bytes, &mut inputs);
            }
            self.escape(now, &mut inputs);
            self.take(inputs, now);
            self.agent.tick(now);
        }
    }

    /// A lone ESC becomes the Escape key when nothing follows in time.
    fn escape(&mut self, now: Instant, inputs: &mut Vec<Input>) {
        if !self.parser.waits_after_escape() {
            self.escape_at = None;
        } else if *self.escape_at.get_or_insert(now + ESCAPE) <= now {
            self.parser.flush(inputs);
            self.escape_at = None;
        }
    }

    /// Hands the inputs to the agent, each key and each run of typed text after its line for the log.
    fn take(&mut self, inputs: Vec<Input>, now: Instant) {
        let mut inputs = inputs.into_iter().peekable();
        while let Some(input) = inputs.next() {
            let mut run = vec![input];
            if let Some(key) = run[0].key_name() {
                self.agent.record(Event::Key { text: None, key: Some(key) });
            }
            if matches!(run[0], Input::Char(_)) {
                run.extend(std::iter::from_fn(|| inputs.next_if(|next| matches!(next, Input::Char(_)))));
                let text = run.iter().filter_map(Input::character).collect();
                self.agent.record(Event::Key { text: Some(text), key: None });
            }
            for input in run {
                self.agent.input(input, now);
            }
        }
    }

    fn step_hooks(&mut self, now: Instant) -> Result<(), ScriptedError> {
        for ended in self.hooks.step(now) {
            self.log.write(&Event::Hook { event: ended.event, code: ended.code })?;
        }
        Ok(())
    }

    fn children(&mut self, now: Instant) -> Result<(), ScriptedError> {
        self.step_hooks(now)?;
        if let Some(ended) = self.child.as_mut().and_then(child::Running::step) {
            self.child = None;
            self.agent.child_ended(&ended.output, ended.code, now);
        }
        Ok(())
    }

    fn wait(&self, now: Instant) -> Result<Ready, ScriptedError> {
        let wakes = [self.agent.wake_at(now), self.hooks.wake_at(), self.escape_at];
        let timeout = wakes.into_iter().flatten().min().map(|at| at.saturating_duration_since(now));
        let mut fds = vec![
            PollFd::from_borrowed_fd(self.terminal.input(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.signals.fd(), PollFlags::IN),
        ];
        let hook = self.hooks.wants_write().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::OUT));
        let child = self.child.as_ref().and_then(child::Running::wants_read);
        fds.extend(hook.into_iter().chain(child.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))));
        wait(&mut fds, timeout)?;
        Ok(Ready { input: !fds[0].revents().is_empty(), signals: !fds[1].revents().is_empty() })
    }

    fn paint(&mut self, now: Instant) -> Result<(), ScriptedError> {
        let frame = screen::frame(&self.agent, self.terminal.size(), self.parser.receiving(), now);
        Ok(self.terminal.write(self.painter.paint(frame).as_bytes())?)
    }
}

/// Polls; an interrupting signal counts as a wake-up without anything ready.
fn wait(fds: &mut [PollFd<'_>], timeout: Option<Duration>) -> Result<usize, ScriptedError> {
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    match poll(fds, timeout.as_ref()) {
        Ok(ready) => Ok(ready),
        Err(rustix::io::Errno::INTR) => Ok(0),
        Err(errno) => Err(errno.into()),
    }
}
