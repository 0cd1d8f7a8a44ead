//! A private world: its own home, state, sockets, supervisor and tmux server, all ended and removed with it.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use orc_api::{Client, Request, Response};
use orc_core::catalog::Catalog;
use orc_core::event::Event;
use orc_core::team::{AgentState, Launch};

use super::times::timed;
pub(super) use crate::command::private::{Folder, end_server, failed, heed_interrupts, interrupted};
use crate::command::private::{end_everything, until_within};
use crate::connect::runtime;
use crate::error::CliError;

/// How much to measure.
#[derive(Debug)]
pub(super) struct Effort {
    pub(super) quick: bool,
    pub(super) dir: PathBuf,
}

impl Effort {
    /// One of the two by how thorough it is to be.
    pub(super) fn pick<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }
}

/// Looks until it is so; an error after a minute.
pub(super) fn until(what: &str, so: impl FnMut() -> Result<bool, CliError>) -> Result<(), CliError> {
    until_within(what, Duration::from_secs(60), Duration::from_millis(2), so)
}

/// The world of one figure.
pub(super) struct World {
    pub(super) folder: Folder,
    pub(super) exe: PathBuf,
    runtime: tokio::runtime::Runtime,
}

impl World {
    /// Makes it, with a warm supervisor.
    pub(super) fn new(effort: &Effort) -> Result<Self, CliError> {
        let world = Self {
            folder: Folder::new(&effort.dir, "orc-bench")?,
            exe: std::env::current_exe()?,
            runtime: runtime()?,
        };
        for name in ["home", "state", "run", "config/agents", "work"] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(world.path(name))?;
        }
        world.run(&["daemon", "start"])?;
        Ok(world)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    /// This program within the world.
    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.exe);
        command.args(args).env_clear().current_dir(self.path("work")).stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path("home")).env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
        command.env("TMUX_ORC_AGENT", "scripted");
        for (name, folder) in [("STATE", "state"), ("RUNTIME", "run"), ("CONFIG", "config")] {
            command.env(format!("TMUX_ORC_{name}_DIR"), self.path(folder));
        }
        command
    }

    /// Runs a command to its end and answers how many milliseconds it took.
    pub(super) fn run(&self, args: &[&str]) -> Result<f64, CliError> {
        if interrupted() {
            return Err(failed("interrupted"));
        }
        let (took, done) = timed(|| self.command(args).output());
        let done = done?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr);
            return Err(failed(format!("`tmux-orc {}`: {} {said}", args.join(" "), done.status)));
        }
        Ok(took)
    }

    /// Asks the supervisor of the world.
    pub(super) fn ask(&self, request: &Request) -> Result<Response, CliError> {
        Ok(self.runtime.block_on(self.client().ask(request))?)
    }

    pub(super) fn client(&self) -> Client {
        Client::new(self.path("run/api.sock"))
    }

    /// Makes a team and waits until everybody is idle, with the brief read.
    pub(super) fn team(&self, name: &str, size: usize) -> Result<(), CliError> {
        self.run(&["quick-deploy", "backend", &size.to_string(), "--project-name", name, "--wait=60s"])?;
        self.settled(name)
    }

    /// Waits until everybody in the team is idle and has no mail.
    pub(super) fn settled(&self, team: &str) -> Result<(), CliError> {
        until("an idle team", || {
            let Response::Team(team) = self.ask(&Request::TeamStatus { team: team.to_owned() })? else {
                return Err(super::super::unexpected());
            };
            Ok(team.agents.iter().all(|agent| agent.state == AgentState::Idle && agent.queued == 0))
        })
    }

    pub(super) fn stop(&self, team: &str) -> Result<(), CliError> {
        self.ask(&Request::StopTeam { team: team.to_owned() }).map(drop)
    }

    /// The launches of all agents so far, with the agents' ids.
    pub(super) fn launches(&self) -> Result<Vec<(String, Launch)>, CliError> {
        let request = Request::Events { after: 0, team: None, limit: 10_000, wait_ms: 0 };
        let Response::Events { events } = self.ask(&request)? else { return Err(super::super::unexpected()) };
        let launched = events.into_iter().filter_map(|envelope| match envelope.event {
            Event::AgentLaunched { agent, launch, .. } => Some((agent.to_string(), launch)),
            _ => None,
        });
        Ok(launched.collect())
    }

    /// From now on agents are started that keep a ground-truth log.
    pub(super) fn keep_truth(&self) -> Result<(), CliError> {
        Ok(fs::write(self.path("config/agents/scripted.toml"), scripted_with_log()?)?)
    }

    /// The ground-truth log of an agent.
    pub(super) fn truth(&self, agent: &str) -> PathBuf {
        self.path("state/agents").join(agent).join("launch-1/truth.jsonl")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        end_everything(&self.runtime, &self.path("run"));
    }
}

/// The scripted agent's profile, with a ground-truth log in the folder of each launch.
fn scripted_with_log() -> Result<String, CliError> {
    let catalog = Catalog::built_in().map_err(failed)?;
    let id = "scripted".parse().map_err(failed)?;
    let mut profile = catalog
        .profile(&id)
        .map(|entry| (*entry.profile).clone())
        .ok_or_else(|| failed("no such profile"))?;
    profile.env.insert("TMUX_ORC_SCRIPTED_LOG".to_owned(), "{launch_dir}/truth.jsonl".to_owned());
    toml::to_string(&profile).map_err(failed)
}
