//! The loop: bytes, signals and time to the agent, its effects to the world.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;

use crate::agent::Agent;
use crate::child;
use crate::error::ScriptedError;
use crate::hooks::{Hook, Hooks, command_from_environment};
use crate::keys::{Input, Parser};
use crate::log::{Event, Log};
use crate::options::Options;
use crate::painter::Painter;
use crate::screen;
use crate::script::Script;
use crate::session::{Session, home_from_environment};
use crate::signals::Signals;
use crate::status::{QUERY, QUERY_BODY, Status};
use crate::terminal::Terminal;

mod effects;
mod ending;

/// How long the terminal may take to answer at the start.
const ANSWER: Duration = Duration::from_secs(1);
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
    fn start(options: Options) -> Result<Self, ScriptedError> {
        let script = options
            .script
            .as_deref()
            .map(Script::load)
            .transpose()?
            .unwrap_or_default();
        let mut log = Log::open(options.log.as_deref())?;
        let home = home_from_environment()?;
        let session = match options.resume {
            Some(id) => Session::resume(&home, id)?,
            None => Session::create(&home, options.session_id)?,
        };
        let hook = if options.no_hooks {
            Vec::new()
        } else {
            command_from_environment()?
        };
        let name = options.name.unwrap_or_else(|| "scripted".to_owned());
        let signals = Signals::register()?;
        log.write(&Event::Start {
            pid: std::process::id(),
            name: name.clone(),
            session: session.id.clone(),
            resumed: session.resumed,
        })?;
        let mut player = Self {
            agent: Agent::new(name, script, !hook.is_empty()),
            terminal: Terminal::new(),
            painter: Painter::default(),
            parser: Parser::default(),
            signals,
            log,
            hooks: Hooks::new(hook, session.id.clone(), Some(session.path.clone())),
            session,
            child: None,
            status: None,
            escape_at: None,
            buffer: vec![0; 16 * 1024],
        };
        player.terminal.write("starting…\r\n".as_bytes())?;
        player.delay(Instant::now() + Duration::from_millis(options.start_delay_ms))?;
        player.terminal.enter()?;
        let typed = player.introduce(!options.no_status)?;
        if let Some(messages) = player.session.resumed {
            player
                .agent
                .transcript
                .note(&format!("resumed {messages} messages"));
        }
        player.paint(Instant::now())?;
        let (cols, rows) = player.terminal.size();
        player.log.write(&Event::Ready {
            status: player.status.is_some(),
            cols,
            rows,
        })?;
        player.hooks.push(Hook::SessionStart {
            resumed: player.session.resumed.is_some(),
        });
        player.take(typed, Instant::now());
        Ok(player)
    }

    /// Cooked and deaf, as a slow agent at its start; only a signal ends it.
    fn delay(&mut self, until: Instant) -> Result<(), ScriptedError> {
        while let Some(left) = until
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
        {
            wait(
                &mut [PollFd::from_borrowed_fd(self.signals.fd(), PollFlags::IN)],
                Some(left),
            )?;
            self.signals.drain();
            if let Some(ending) = self.signals.take_ending() {
                crate::signals::die_by(ending.number);
            }
        }
        Ok(())
    }

    /// Asks the terminal what it knows; gives back what was typed meanwhile.
    fn introduce(&mut self, asks: bool) -> Result<Vec<Input>, ScriptedError> {
        let query = if asks { QUERY } else { "" };
        self.terminal.write(format!("{query}\x1b[c").as_bytes())?;
        let until = Instant::now() + ANSWER;
        let (mut typed, mut came) = (Vec::new(), Vec::new());
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let mut fds = [PollFd::from_borrowed_fd(self.terminal.input(), PollFlags::IN)];
            if left.is_zero() || wait(&mut fds, Some(left))? == 0 {
                return Ok(typed);
            }
            let Some(bytes) = self.terminal.read(&mut self.buffer)? else {
                return Ok(typed);
            };
            self.parser.feed(bytes, &mut came);
            let mut answered = false;
            for input in came.drain(..) {
                match input {
                    Input::DeviceAttributes => answered = true,
                    Input::Osc(body) if asks && body == QUERY_BODY && !answered => {
                        self.status = Some(Status::Clear);
                    }
                    other => typed.push(other),
                }
            }
            if answered {
                if self.status.is_some() {
                    self.emit(Status::Idle)?;
                }
                return Ok(typed);
            }
        }
    }

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
                self.agent.record(Event::Key {
                    text: None,
                    key: Some(key),
                });
            }
            if matches!(run[0], Input::Char(_)) {
                run.extend(std::iter::from_fn(|| {
                    inputs.next_if(|next| matches!(next, Input::Char(_)))
                }));
                let text = run.iter().filter_map(Input::character).collect();
                self.agent.record(Event::Key {
                    text: Some(text),
                    key: None,
                });
            }
            for input in run {
                self.agent.input(input, now);
            }
        }
    }

    fn step_hooks(&mut self, now: Instant) -> Result<(), ScriptedError> {
        for ended in self.hooks.step(now) {
            self.log.write(&Event::Hook {
                event: ended.event,
                code: ended.code,
            })?;
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
        let timeout = wakes
            .into_iter()
            .flatten()
            .min()
            .map(|at| at.saturating_duration_since(now));
        let mut fds = vec![
            PollFd::from_borrowed_fd(self.terminal.input(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.signals.fd(), PollFlags::IN),
        ];
        let hook = self
            .hooks
            .wants_write()
            .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::OUT));
        let child = self.child.as_ref().and_then(child::Running::wants_read);
        fds.extend(
            hook.into_iter()
                .chain(child.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))),
        );
        wait(&mut fds, timeout)?;
        Ok(Ready {
            input: !fds[0].revents().is_empty(),
            signals: !fds[1].revents().is_empty(),
        })
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
