//! A scripted agent in a pane of a private tmux server, and its log.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::wait::wait_until;

/// The words that make this binary the agent.
pub(crate) fn argv() -> Vec<String> {
    let me = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    [&me, "play_the_agent", "--exact", "--ignored", "--nocapture", "--test-threads=1"]
        .map(str::to_owned)
        .to_vec()
}

pub(crate) struct Agent {
    dir: TempDir,
}

impl Agent {
    /// Starts the agent and waits for its composer.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(environment: &[(&str, &str)]) -> Self {
        let agent = Self::launch(environment);
        agent.await_event("ready");
        agent.await_screen("› Type a message");
        agent
    }

    /// Starts the agent and waits for nothing.
    pub(crate) fn launch(environment: &[(&str, &str)]) -> Self {
        let agent = Self { dir: tempfile::tempdir().unwrap() };
        agent.launch_again(environment);
        agent
    }

    /// Starts it in the same home, where the server of the last one is gone.
    pub(crate) fn launch_again(&self, environment: &[(&str, &str)]) {
        std::fs::write(self.path("tmux.conf"), "set -g remain-on-exit on\nset -g history-limit 100\n")
            .unwrap();
        let _ = std::fs::remove_file(self.path("end"));
        let status = self
            .tmux()
            .args(["-f", self.path("tmux.conf").to_str().unwrap()])
            .args(["new-session", "-d", "-s", "agent", "-x", "100", "-y", "30", "--"])
            .args(["sh", "-c", "\"$@\"; echo $? > end", "sh"])
            .args(argv())
            .env("PLAY", "1")
            .env("TMUX_ORC_SCRIPTED_LOG", self.path("log.jsonl"))
            .envs(environment.iter().copied())
            .status()
            .expect("tmux must be installed");
        assert!(status.success());
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn tmux(&self) -> Command {
        let mut tmux = Command::new("tmux");
        tmux.env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path())
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .current_dir(self.dir.path())
            .args(["-u", "-S", self.path("s").to_str().unwrap()]);
        tmux
    }

    /// Runs one tmux command line and gives back its output.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.tmux().args(arguments).output().expect("tmux must be installed");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Ends the server. One that is still ending would take the next command and fail it.
    pub(crate) fn kill_server(&self) {
        let _ = self.tmux().arg("kill-server").output();
        wait_until("the tmux server has ended", || match UnixStream::connect(self.path("s")) {
            Ok(_) => Err("it still listens".to_owned()),
            Err(_) => Ok(()),
        });
    }

    /// Pastes as a delivery does: bracketed, line feeds kept.
    pub(crate) fn paste(&self, text: &str) {
        std::fs::write(self.path("paste"), text).unwrap();
        self.run(&["load-buffer", "-b", "p", self.path("paste").to_str().unwrap()]);
        self.run(&["paste-buffer", "-p", "-r", "-d", "-b", "p", "-t", "agent"]);
    }

    pub(crate) fn keys(&self, keys: &[&str]) {
        self.run(&[&["send-keys", "-t", "agent"], keys].concat());
    }

    /// Pastes, looks for `sign` on the screen, and only then presses Enter.
    pub(crate) fn submit(&self, text: &str, sign: &str) {
        self.paste(text);
        self.await_screen(sign);
        self.keys(&["Enter"]);
    }

    pub(crate) fn screen(&self) -> String {
        self.run(&["capture-pane", "-p", "-t", "agent"])
    }

    #[track_caller]
    pub(crate) fn await_screen(&self, text: &str) -> String {
        wait_until(&format!("{text:?} on the screen"), || {
            let screen = self.screen();
            if screen.contains(text) { Ok(screen) } else { Err(screen) }
        })
    }

    /// The whole log so far.
    pub(crate) fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path("log.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The events of one kind.
    pub(crate) fn events(&self, kind: &str) -> Vec<Value> {
        self.log().into_iter().filter(|event| event["ev"] == kind).collect()
    }

    #[track_caller]
    pub(crate) fn await_events(&self, kind: &str, count: usize) -> Vec<Value> {
        wait_until(&format!("{count} × {kind} in the log"), || {
            let events = self.events(kind);
            if events.len() >= count {
                Ok(events)
            } else {
                Err(format!("{:#?}\n{}", self.log(), self.screen()))
            }
        })
    }

    #[track_caller]
    pub(crate) fn await_event(&self, kind: &str) -> Value {
        self.await_events(kind, 1).swap_remove(0)
    }

    pub(crate) fn pid(&self) -> rustix::process::Pid {
        let pid = self.events("start").last().unwrap()["pid"].as_i64().unwrap();
        rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
    }

    /// Waits for the end and gives back the exit code as a shell tells it: 128 and more are signals. (Asked
    /// of a shell around the agent: tmux 3.3a at times never says how a pane died.)
    #[track_caller]
    pub(crate) fn await_end(&self) -> u8 {
        wait_until("the end of the agent", || {
            let code = std::fs::read_to_string(self.path("end")).unwrap_or_default();
            code.trim().parse().map_err(|_| format!("{code:?}\n{}", self.screen()))
        })
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.kill_server();
    }
}
