//! The drill's own world: a directory with the repository, its remote, the state, the sockets and the agents' own logs.
//! Nothing of the person's is touched; with the person's own agents only those read what is theirs.

use std::cell::{Cell, RefCell};
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use orc_api::{Client, Request, Response};

use super::share::Span;
use super::stage::{Stage, typed};
use super::{Plan, own, skills};
use crate::command::private::{end_everything, failed, interrupted, new_folder, until_within};
use crate::connect::runtime;
use crate::error::CliError;

/// The longest path of a directory that sockets can be in.
const LONGEST: usize = 40;
/// Between two looks at what a scripted agent or the supervisor does: looking costs a process now and then.
const PAUSE: Duration = Duration::from_millis(20);

/// It and what was done in it.
pub(super) struct World {
    folder: PathBuf,
    keep: bool,
    exe: PathBuf,
    runtime: tokio::runtime::Runtime,
    environment: Vec<(String, PathBuf)>,
    stage: Cell<Stage>,
    pub(super) commands: RefCell<Vec<Span>>,
}

impl World {
    /// Makes it.
    pub(super) fn new(plan: &Plan, stage: Stage) -> Result<Self, CliError> {
        let temporary = std::env::temp_dir();
        let parent = if temporary.as_os_str().len() <= LONGEST { temporary } else { PathBuf::from("/tmp") };
        let mut world = Self {
            folder: new_folder(&parent, "tmux-orc-drill")?,
            keep: plan.keep,
            exe: std::env::current_exe()?,
            runtime: runtime()?,
            environment: Vec::new(),
            stage: Cell::new(stage),
            commands: RefCell::default(),
        };
        for name in ["state", "run", "config", "truth", "sessions", "scripts", "auth-service"] {
            fs::DirBuilder::new().mode(0o700).create(world.path(name))?;
        }
        if plan.has_scripted() {
            skills::write(&world.path("skills"))?;
            skills::write_scripts(&world.path("scripts"))?;
        }
        let path = |name: &str| world.path(name);
        let mut environment: Vec<(String, PathBuf)> = [
            ("TMUX_ORC_STATE_DIR", path("state")),
            ("TMUX_ORC_RUNTIME_DIR", path("run")),
            ("TMUX_ORC_CONFIG_DIR", path("config")),
            ("TMUX_ORC_SCRIPTED_LOG", path("truth")),
            ("TMUX_ORC_SCRIPTED_HOME", path("sessions")),
            ("TMUX_ORC_SCRIPT", path("scripts")),
            ("TMUX_ORC_SCRIPTED_PACE", plan.speed.to_string().into()),
            ("PYTHONDONTWRITEBYTECODE", "1".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec();
        if plan.has_scripted() {
            environment.push(("SKILLS".to_owned(), path("skills")));
        }
        if plan.is_scripted() {
            environment.push(("TMUX_ORC_AGENT".to_owned(), "scripted".into()));
        } else {
            environment.extend(own::default_agent());
            own::configure(&world.path("config"), &world.folder)?;
            own::write_command(&world.command(), &world.exe, &environment)?;
        }
        world.environment = environment;
        Ok(world)
    }

    /// The program that is `tmux-orc` in this world, for a person who wants to look or to answer.
    pub(super) fn command(&self) -> PathBuf {
        self.path("orc")
    }

    /// Who tells the person.
    pub(super) fn stage(&self) -> Stage {
        self.stage.get()
    }

    /// The incident's clock begins.
    pub(super) fn begin(&self) {
        self.stage.set(self.stage().beginning_now());
    }

    /// Everything is in this directory.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The repository that the team works in.
    pub(super) fn repository(&self) -> PathBuf {
        self.path("auth-service")
    }

    /// A program in this world, in the repository, without what belongs to another repository or supervisor.
    pub(super) fn program(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(self.repository()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let ours =
                name.to_str().is_some_and(|name| name.starts_with("TMUX_ORC_") || is_of_a_repository(name));
            if ours {
                command.env_remove(name);
            }
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// This program with these arguments.
    pub(super) fn orc(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(&self.exe);
        command.args(arguments);
        command
    }

    /// Runs a command of ours as the operator, shown with what it prints.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<String, CliError> {
        self.run_as(arguments, &typed(&[&["tmux-orc"], arguments].concat()), 12)
    }

    /// The same, shown as `words`, and of its output so many lines.
    pub(super) fn run_as(&self, arguments: &[&str], words: &str, lines: usize) -> Result<String, CliError> {
        self.stage().command(words);
        let from = now_ms();
        let output = self.orc(arguments).output()?;
        self.commands.borrow_mut().push(Span { from, to: now_ms() });
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = text(&output.stdout) + &text(&output.stderr);
        self.stage().printed(&said, lines);
        succeeded(words, &output)?;
        Ok(text(&output.stdout))
    }

    /// Runs git in the repository; what it prints.
    pub(super) fn git(&self, arguments: &[&str]) -> Result<String, CliError> {
        let mut git = self.program("git");
        // It looks while agents work: it must not hold the lock that their own git wants.
        let output = git.args(arguments).env("GIT_OPTIONAL_LOCKS", "0").output()?;
        succeeded(&format!("git {}", arguments.join(" ")), &output)?;
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// Asks the supervisor of this world.
    pub(super) fn ask(&self, request: &Request) -> Result<Response, CliError> {
        let client = Client::new(self.path("run/api.sock"));
        Ok(self.runtime.block_on(client.ask(request))?)
    }

    /// Ends what still runs.
    pub(super) fn end(&self) {
        end_everything(&self.runtime, &self.path("run"));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.end();
        if !self.keep {
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}

/// Waits for something that an agent or the supervisor does.
pub(super) fn wait(
    what: &str,
    patience: Duration,
    so: impl FnMut() -> Result<bool, CliError>,
) -> Result<(), CliError> {
    until_within(what, patience, PAUSE, so)
}

/// An error with what the command said, if it failed.
fn succeeded(words: &str, output: &Output) -> Result<(), CliError> {
    if interrupted() {
        return Err(failed("interrupted"));
    }
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = words.lines().next().unwrap_or_default();
    Err(failed(format!("`{first}`: {} {}", output.status, said.trim_end())))
}

/// Whether git would take a repository, or its settings, from this variable.
fn is_of_a_repository(name: &str) -> bool {
    name.starts_with("GIT_")
}

/// The wall clock, as the agents' own logs have it.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
