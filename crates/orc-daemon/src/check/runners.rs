//! What the checks of a repository run with, and whether it is there: asked without a team, and nothing is tested.

use std::path::{Path, PathBuf};
use std::time::Duration;

use orc_check::config::{Config, PATH};
use orc_check::plan::suites;
use orc_check::{End, Finished, Invocation, Machine, Paper, Runner};
use orc_core::check::Counts;

use super::examine::files;
use super::objects::Directory;
use super::tree;
use crate::program::{self, Program};
use crate::worktree::git;

/// A question for a version takes so long at most: an interpreter on a slow disk.
const LIMIT: Duration = Duration::from_secs(20);

/// Runners that a machine has, whatever the project. Those of JavaScript are installed with each.
const EVERYWHERE: [Runner; 6] =
    [Runner::Cargo, Runner::Nextest, Runner::Pytest, Runner::Go, Runner::Make, Runner::Just];

/// A suite of a repository, or a runner that one could have.
#[derive(Debug, Clone)]
pub struct Suite {
    /// Its name: the runner, and the folder where it is not the repository's.
    pub name: String,
    /// Why it is there: the file that says so.
    pub why: String,
    /// The version of what it runs with, or what is missing and what to do about it.
    pub found: Result<String, orc_check::Absent>,
}

/// The suites that the checks of a directory's repository have, as its files are now; nothing when it is in no repository.
/// The programs get this environment. Blocking.
///
/// # Errors
///
/// What is wrong with its configuration of checks.
pub fn repository_suites(
    dir: &Path,
    environment: Vec<(String, String)>,
) -> Result<Option<(PathBuf, Vec<Suite>)>, String> {
    let runtime = runtime()?;
    let dir = dir.to_string_lossy();
    let Ok(root) = runtime.block_on(git(&dir, &["rev-parse", "--show-toplevel"])) else { return Ok(None) };
    let root = root.trim_end_matches('\n').to_owned();
    let files = runtime.block_on(files(&root, "", true)).map_err(|refusal| refusal.message)?;
    let tree = Directory::new(&root, files);
    let config = match std::fs::read_to_string(Path::new(&root).join(PATH)) {
        Ok(text) => Config::parse(&text).map_err(|e| e.to_string())?,
        Err(_) => Config::default(),
    };
    let mut asker = Asker::new(PathBuf::from(&root), environment, runtime);
    let nextest = program::find("cargo-nextest", asker.variable("PATH").as_deref()).is_some();
    let suites = suites(&config, &tree, nextest);
    let suites = suites.into_iter().map(|suite| asker.suite(suite)).collect();
    Ok(Some((PathBuf::from(root), suites)))
}

/// The runners that this machine has for any repository. Blocking.
///
/// # Errors
///
/// No program can be run.
pub fn runners(environment: Vec<(String, String)>) -> Result<Vec<Suite>, String> {
    let mut asker = Asker::new(PathBuf::from("/"), environment, runtime()?);
    Ok(EVERYWHERE.map(|runner| asker.suite(orc_check::Suite::found(runner, "", ""))).into())
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())
}

/// A machine that runners are only asked on.
struct Asker {
    root: PathBuf,
    environment: Vec<(String, String)>,
    runtime: tokio::runtime::Runtime,
}

impl Asker {
    fn new(root: PathBuf, mut environment: Vec<(String, String)>, runtime: tokio::runtime::Runtime) -> Self {
        // What a repository pins is not fetched for a question.
        let quiet = [("GOTOOLCHAIN", "local"), ("RUSTUP_AUTO_INSTALL", "0")];
        environment.extend(quiet.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Self { root, environment, runtime }
    }

    fn suite(&mut self, suite: orc_check::Suite) -> Suite {
        let found = orc_check::ready(&suite, self);
        Suite { name: suite.name, why: suite.why, found }
    }

    fn ask(&self, invocation: &Invocation) -> Result<program::Done, String> {
        let dir = self.root.join(&invocation.dir);
        let (name, args) = invocation.argv.split_first().ok_or("there is nothing to run")?;
        // As a check finds it: a program with a path is one of the tree.
        let found = if name.contains('/') && !name.starts_with('/') {
            Some(tree::program(&self.root, &dir, name))
        } else {
            program::find(name, self.variable("PATH").as_deref())
        };
        let found = found.ok_or_else(|| format!("there is no `{name}`"))?;
        let dir = dir.to_string_lossy();
        let environment = self.environment.clone();
        let program = Program { path: &found, args: args.to_vec(), dir: &dir, environment, limit: LIMIT };
        self.runtime.block_on(program::run(program)).map_err(|e| e.to_string())
    }
}

impl Machine for Asker {
    fn run(&mut self, invocation: &Invocation, _: &mut dyn FnMut(&str) -> Option<Counts>) -> Finished {
        let (end, stdout, tail) = match self.ask(invocation) {
            Ok(done) => (done.status.code().map_or(End::Signal(0), End::Exit), done.stdout, done.stderr),
            Err(why) => (End::NotStarted(why), String::new(), String::new()),
        };
        Finished { end, stdout, tail, took_ms: 0 }
    }

    fn root(&self) -> String {
        self.root.to_string_lossy().into_owned()
    }

    fn local(&self, path: &str) -> Option<String> {
        let path = self.root.join(path);
        path.exists().then(|| path.to_string_lossy().into_owned())
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn suite(&mut self, _: &str) {}

    fn scratch(&mut self, name: &str) -> String {
        Paper.scratch(name)
    }

    fn write(&mut self, name: &str, text: &str) -> String {
        Paper.write(name, text)
    }

    fn read(&mut self, path: &str) -> Option<String> {
        Paper.read(path)
    }

    fn stamp(&mut self, path: &str) -> Option<String> {
        Paper.stamp(path)
    }

    fn cut(&self) -> Option<orc_check::judge::Cut> {
        None
    }
}
