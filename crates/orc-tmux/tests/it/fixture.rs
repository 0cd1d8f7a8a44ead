//! A server of its own for each test, ended with the test.

#![expect(clippy::disallowed_methods, reason = "tmux is found on the path of whoever runs the tests")]

use std::ffi::OsString;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use orc_tmux::{Environment, Event, Observation, OpenView, PaneView, Server, ServerConfig};
use tempfile::TempDir;
use tokio::sync::broadcast::Receiver;

const PATIENCE: Duration = Duration::from_secs(20);

/// One private server and the handle to it.
pub(crate) struct Fixture {
    pub(crate) server: Server,
    pub(crate) home: PathBuf,
    directory: TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(|_| {}, &[])
    }

    /// `prepare` fills the home directory; `environment` is added to the usual one.
    pub(crate) fn with(prepare: impl FnOnce(&Path), environment: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("a home");
        std::fs::create_dir(&home).unwrap();
        prepare(&home);
        let mut variables: Vec<(OsString, OsString)> = vec![
            ("PATH".into(), std::env::var_os("PATH").unwrap()),
            ("HOME".into(), home.clone().into()),
            ("TERM".into(), "xterm-256color".into()),
        ];
        variables.extend(environment.iter().map(|(name, value)| (name.into(), value.into())));
        let mut config = ServerConfig::new(directory.path().join("tmux.sock"));
        config.environment = Environment::clean(variables);
        let (server, link) = Server::open(config).unwrap();
        tokio::spawn(link);
        Self { server, home, directory }
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory().join("tmux.sock")
    }

    /// What a person does in a terminal of their own.
    pub(crate) fn by_hand(&self, arguments: &[&str]) -> Output {
        Command::new("tmux").arg("-u").arg("-S").arg(self.socket()).args(arguments).output().unwrap()
    }

    /// The same, with success and the text that it printed.
    pub(crate) fn ask_by_hand(&self, arguments: &[&str]) -> String {
        let output = self.by_hand(arguments);
        assert!(output.status.success(), "tmux {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    pub(crate) async fn panes(&self) -> Vec<PaneView> {
        match self.server.observe().await.unwrap() {
            Observation::Present { panes, .. } => panes,
            Observation::Absent => panic!("the server is absent"),
        }
    }

    /// A view that does nothing, for ever.
    pub(crate) fn view(&self, team: &str, agent: &str) -> OpenView {
        OpenView {
            team: team.into(),
            agent: agent.into(),
            window_name: agent.into(),
            argv: vec!["sleep".into(), "600".into()],
            cwd: self.directory().into(),
            index: None,
        }
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let pid = self.by_hand(&["-N", "display-message", "-p", "#{pid}"]).stdout;
        if let Ok(pid) = String::from_utf8_lossy(&pid).trim().parse::<i32>() {
            kill(pid);
        }
    }
}

/// SIGKILL for a process that this test started.
pub(crate) fn kill(pid: i32) {
    signal(pid, rustix::process::Signal::KILL);
}

pub(crate) fn signal(pid: i32, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
}

/// Looks until `check` gives a value; panics with what was seen last.
pub(crate) async fn wait_until<T, S: Debug>(what: &str, mut check: impl AsyncFnMut() -> Result<T, S>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        match check().await {
            Ok(value) => return value,
            Err(seen) if Instant::now() > end => panic!("waited in vain until {what}; last seen: {seen:?}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

/// Waits for an event that `wanted` accepts, passing over others.
pub(crate) async fn event<T>(
    events: &mut Receiver<Event>,
    what: &str,
    wanted: impl Fn(&Event) -> Option<T>,
) -> T {
    let mut seen = Vec::new();
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            let event = events.recv().await.unwrap();
            if let Some(found) = wanted(&event) {
                return found;
            }
            seen.push(event);
        }
    });
    let found = found.await;
    found.unwrap_or_else(|_| panic!("waited in vain for {what}; came: {seen:?}"))
}
