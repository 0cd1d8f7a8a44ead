//! A private world for one test.

mod leaks;
mod process;
mod repo;
mod run;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

pub use process::Process;
pub use run::Output;

/// How long a command of a test may take when the test does not say.
const PATIENCE: Duration = Duration::from_secs(60);

/// A home, a state, a configuration and a runtime folder for one test, and an environment that points there and
/// holds nothing else of the person's: no `TMUX`, no `XDG_*`, no `TMUX_ORC_*`, no API key.
///
/// The home has a space in its name, because people's homes do. The runtime folder is a short path directly under
/// `/tmp` with mode 0700, because the path of a unix socket holds at most 107 bytes.
///
/// On drop every process that belongs to the test is killed, by id: whatever has one of these folders in its
/// environment, and its descendants. A process that survives that fails the test.
#[derive(Debug)]
pub struct TestEnv {
    binary: PathBuf,
    root: TempDir,
    runtime: TempDir,
    vars: BTreeMap<OsString, OsString>,
}

impl TestEnv {
    /// A fresh world for the `tmux-orc` at `binary` (`env!("CARGO_BIN_EXE_tmux-orc")` in that package's tests).
    #[track_caller]
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        let root = tempfile::Builder::new().prefix("tmux-orc-test-").tempdir().expect("a folder");
        let private = fs::Permissions::from_mode(0o700);
        let runtime = tempfile::Builder::new().prefix("to-").permissions(private).tempdir_in("/tmp");
        let runtime = runtime.expect("a folder in /tmp");
        let mut env = Self { binary: binary.into(), root, runtime, vars: BTreeMap::new() };
        for folder in [env.home(), env.state_dir(), env.config_dir()] {
            fs::create_dir_all(folder).expect("a folder");
        }
        env.set_defaults();
        env
    }

    fn set_defaults(&mut self) {
        for name in ["PATH", "RUST_BACKTRACE", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                self.set(name, value);
            }
        }
        let home = self.home();
        let runtime = self.runtime_dir();
        for (name, value) in [
            ("LANG", OsString::from("C.UTF-8")),
            ("TERM", "xterm-256color".into()),
            ("SHELL", "/bin/sh".into()),
            ("USER", "tester".into()),
            ("LOGNAME", "tester".into()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            // What a test does not ask for no manager is told: what reaches an agent is what the test sends.
            ("TMUX_ORC_DIGESTS", "off".into()),
            ("HOME", home.clone().into()),
            ("XDG_CONFIG_HOME", home.join(".config").into()),
            ("XDG_DATA_HOME", home.join(".local/share").into()),
            ("XDG_STATE_HOME", home.join(".local/state").into()),
            ("XDG_CACHE_HOME", home.join(".cache").into()),
            ("XDG_RUNTIME_DIR", runtime.clone().into()),
            ("TMUX_ORC_STATE_DIR", self.state_dir().into()),
            ("TMUX_ORC_RUNTIME_DIR", runtime.into()),
            ("TMUX_ORC_CONFIG_DIR", self.config_dir().into()),
        ] {
            self.set(name, value);
        }
    }

    /// Sets a variable for the commands that follow.
    pub fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
        self.vars.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
    }

    /// The folder that holds everything but the runtime folder; tests may put their own things there.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// `HOME`.
    pub fn home(&self) -> PathBuf {
        self.root.path().join("home of ada")
    }

    /// `TMUX_ORC_STATE_DIR`.
    pub fn state_dir(&self) -> PathBuf {
        self.root.path().join("state")
    }

    /// `TMUX_ORC_CONFIG_DIR`.
    pub fn config_dir(&self) -> PathBuf {
        self.root.path().join("config")
    }

    /// `TMUX_ORC_RUNTIME_DIR` and `XDG_RUNTIME_DIR`: at most 16 bytes long.
    pub fn runtime_dir(&self) -> PathBuf {
        self.runtime.path().to_owned()
    }

    /// The socket of this world's own tmux server.
    pub fn tmux_socket(&self) -> PathBuf {
        self.runtime.path().join("tmux.sock")
    }

    /// A program in this world's environment, with the home as its folder.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.vars).current_dir(self.home());
        command
    }

    /// Runs `tmux-orc` with these arguments, without input, and waits at most 60 s.
    #[track_caller]
    pub fn cmd<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Output {
        let mut command = self.command(&self.binary);
        command.args(arguments);
        self.run(command, PATIENCE)
    }

    /// Runs a command made by [`TestEnv::command`], without input, and waits at most `timeout`.
    #[track_caller]
    pub fn run(&self, command: Command, timeout: Duration) -> Output {
        run::run(command, timeout)
    }

    /// Runs tmux on this world's own server.
    #[track_caller]
    pub fn tmux<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Output {
        let mut command = self.command("tmux");
        command.args(["-f", "/dev/null", "-S"]).arg(self.tmux_socket()).args(arguments);
        self.run(command, PATIENCE)
    }

    /// Makes a git repository called `name` with one commit of a fixed author and time, and returns its path.
    #[track_caller]
    pub fn init_repo(&self, name: &str) -> PathBuf {
        repo::init(self, &self.root.path().join(name))
    }

    /// Every living process of this world.
    pub fn processes(&self) -> Vec<Process> {
        leaks::of_folders(&[self.root.path(), self.runtime.path()])
    }
}

impl Drop for TestEnv {
    fn drop(&mut self) {
        let left = leaks::kill_all(&[self.root.path(), self.runtime.path()]);
        if self.tmux_socket().exists() {
            let mut command = self.command("tmux");
            command.arg("-S").arg(self.tmux_socket()).arg("kill-server");
            // No server is the usual answer: it was killed above.
            drop(command.stderr(std::process::Stdio::null()).status());
        }
        assert!(left.is_empty() || std::thread::panicking(), "processes survive the test: {left:?}");
    }
}
