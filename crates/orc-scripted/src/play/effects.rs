//! What the agent wants done, done.

use std::ffi::OsString;
use std::time::Instant;

use super::Player;
use super::ending::End;
use crate::agent::{Effect, Run};
use crate::child::{self, Kept};
use crate::error::ScriptedError;
use crate::status::Status;

/// The program that the agent belongs to.
fn ours() -> String {
    std::env::var("TMUX_ORC_BIN").unwrap_or_else(|_| "tmux-orc".to_owned())
}

impl Player {
    /// Performs the agent's effects, and those that follow from them, until none is left.
    pub(super) fn perform(&mut self, now: Instant) -> Result<Option<End>, ScriptedError> {
        loop {
            let effects = self.agent.take_effects();
            if effects.is_empty() && !(self.hooks.is_idle() && self.agent.hooks_ended(now)) {
                return Ok(None);
            }
            for effect in effects {
                if let Some(end) = self.effect(effect, now)? {
                    return Ok(Some(end));
                }
            }
            self.step_hooks(now)?;
        }
    }

    fn effect(&mut self, effect: Effect, now: Instant) -> Result<Option<End>, ScriptedError> {
        match effect {
            Effect::Log(event) => self.log.write(&event)?,
            Effect::Hook(hook) => self.hooks.push(hook),
            Effect::Status(status) => self.emit(status)?,
            Effect::Remember(role, text) => self.session.append(role, &text)?,
            Effect::Run(run) => self.run(run, now)?,
            Effect::Send { target, text } => {
                let argv = [ours(), "agent".to_owned(), "send".to_owned(), target, text];
                self.spawn(&argv, Vec::new(), Kept::Shown, now);
            }
            Effect::Call { tool, arguments } => {
                let argv = [ours(), "scripted-call".to_owned(), tool, arguments];
                self.spawn(&argv, Vec::new(), Kept::Whole, now);
            }
            Effect::StopChild => self.stop_child(),
            Effect::Flood(bytes) => self.flood(bytes)?,
            Effect::Hang { deaf } => self.hang(deaf)?,
            Effect::Crash(crash) => return Ok(Some(End::Crash(crash))),
            Effect::Leave => return Ok(Some(End::Left)),
            Effect::QuietExit => return Ok(Some(End::Quiet)),
            Effect::Become(program) => return Ok(Some(End::Become(program))),
        }
        Ok(None)
    }

    /// Emits a status that is new, if the terminal wants to know.
    pub(super) fn emit(&mut self, status: Status) -> Result<(), ScriptedError> {
        if self.status.as_ref().is_some_and(|last| *last != status) {
            self.terminal.write(status.sequence().as_bytes())?;
            self.status = Some(status);
        }
        Ok(())
    }

    /// A command has what is known in its environment, and the prompt in a file, however long both are.
    fn run(&mut self, run: Run, now: Instant) -> Result<(), ScriptedError> {
        let file = self.session.keep_prompt(&run.prompt)?;
        let known = run.known.into_iter().map(|(name, value)| (name, OsString::from(value)));
        let more = known.chain([("PROMPT_FILE".to_owned(), file.into())]).collect();
        self.spawn(&["sh".to_owned(), "-c".to_owned(), run.command], more, Kept::Shown, now);
        Ok(())
    }

    fn spawn(&mut self, argv: &[String], more: Vec<(String, OsString)>, kept: Kept, now: Instant) {
        match child::Running::start(argv, more, kept) {
            Ok(running) => self.child = Some(running),
            Err(error) => self.agent.child_ended(&format!("{}: {error}", argv[0]), None, now),
        }
    }

    pub(super) fn stop_child(&mut self) {
        if let Some(running) = self.child.take() {
            running.stop();
        }
    }

    /// Lines of 64 bytes straight onto the screen, which is then drawn anew.
    fn flood(&mut self, bytes: u64) -> Result<(), ScriptedError> {
        let line = "flood abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 01\r\n";
        let flood: Vec<u8> = line.bytes().cycle().take(usize::try_from(bytes).unwrap_or(0)).collect();
        self.painter.forget();
        Ok(self.terminal.write(&flood)?)
    }
}
