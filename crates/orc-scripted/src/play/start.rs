//! The start: script, log and session, the cooked delay, then the terminal.

use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::{Player, wait};
use crate::agent::Agent;
use crate::error::ScriptedError;
use crate::hooks::{Hook, Hooks, command_from_environment};
use crate::keys::{Input, Parser};
use crate::log::{Event, Log};
use crate::options::Options;
use crate::painter::Painter;
use crate::script::Script;
use crate::session::{Session, home_from_environment};
use crate::signals::Signals;
use crate::status::{QUERY, QUERY_BODY, Status};
use crate::terminal::Terminal;

/// How many times faster than its script the agent works.
fn pace_from_environment() -> Result<f64, ScriptedError> {
    let Some(text) = std::env::var_os("TMUX_ORC_SCRIPTED_PACE").filter(|value| !value.is_empty()) else {
        return Ok(1.0);
    };
    let pace = text.to_str().and_then(|text| text.parse().ok());
    pace.filter(|pace: &f64| (0.001..=1e9).contains(pace)).ok_or(ScriptedError::Pace)
}

/// How long the terminal may take to answer at the start.
const ANSWER: Duration = Duration::from_secs(1);

impl Player {
    pub(super) fn start(options: Options) -> Result<Self, ScriptedError> {
        let name = options.name.unwrap_or_else(|| "scripted".to_owned());
        let script = options.script.as_deref().map(|path| Script::load_for(path, &name)).transpose()?;
        let script = script.unwrap_or_default();
        let mut log = Log::open(options.log.as_deref(), &name)?;
        let home = home_from_environment()?;
        let session = match options.resume {
            Some(id) => Session::resume(&home, id)?,
            None => Session::create(&home, options.session_id)?,
        };
        let hook = if options.no_hooks { Vec::new() } else { command_from_environment()? };
        let signals = Signals::register()?;
        log.write(&Event::Start {
            pid: std::process::id(),
            name: name.clone(),
            session: session.id.clone(),
            resumed: session.resumed,
        })?;
        let mut player = Self {
            agent: Agent::new(name, script, !hook.is_empty()).at_pace(pace_from_environment()?),
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
            player.agent.transcript.note(&format!("resumed {messages} messages"));
        }
        if options.ask_trust {
            let directory = std::env::current_dir().unwrap_or_default();
            player.agent.ask_trust(&directory.to_string_lossy());
        }
        player.paint(Instant::now())?;
        let (cols, rows) = player.terminal.size();
        player.log.write(&Event::Ready { status: player.status.is_some(), cols, rows })?;
        player.hooks.push(Hook::SessionStart { resumed: player.session.resumed.is_some() });
        player.take(typed, Instant::now());
        Ok(player)
    }

    /// Cooked and deaf, as a slow agent at its start; only a signal ends it.
    fn delay(&mut self, until: Instant) -> Result<(), ScriptedError> {
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            wait(&mut [PollFd::from_borrowed_fd(self.signals.fd(), PollFlags::IN)], Some(left))?;
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
}
