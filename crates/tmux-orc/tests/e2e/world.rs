//! A private world with a repository, and a team of scripted agents in it whose truth can be read.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use orc_testkit::{Output, Process, TestEnv, wait_until};
use serde_json::Value;

use crate::truth::Truth;

/// The longest that anything may take that should take a moment: the machine may be busy.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// The program under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_tmux-orc");

/// The built-in profile of the scripted agent: the user's own file in these worlds differs by its log only.
const SCRIPTED: &str = include_str!("../../../orc-core/agents/scripted.toml");

/// A private world.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) env: TestEnv,
    pub(crate) repo: PathBuf,
}

/// An agent as the product shows it.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    pub(crate) id: String,
    /// `t:0`
    pub(crate) target: String,
    /// `t:backend`
    pub(crate) name: String,
    pub(crate) process: Process,
    pub(crate) truth: Truth,
}

impl Agent {
    /// The shim around it: its parent.
    pub(crate) fn shim(&self) -> Process {
        let shim = Process::read(self.process.parent).expect("the agent's parent lives");
        assert!(shim.command.ends_with(" shim"), "the agent's parent is its shim, not {shim:?}");
        shim
    }
}

impl World {
    /// A fresh one, in which nothing runs.
    pub(crate) fn new() -> Self {
        let env = TestEnv::new(BINARY);
        let repo = env.init_repo("project");
        let world = Self { env, repo };
        world.profile("scripted", &scripted("scripted", &[]));
        world
    }

    /// Writes a profile of the user.
    pub(crate) fn profile(&self, id: &str, text: &str) {
        let folder = self.env.config_dir().join("agents");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(format!("{id}.toml")), text).expect("a file");
    }

    /// Runs `tmux-orc`.
    #[track_caller]
    pub(crate) fn orc(&self, arguments: &[&str]) -> Output {
        self.env.cmd(arguments)
    }

    /// Runs `tmux-orc … --json` and reads its answer.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.orc(&[arguments, &["--json"]].concat()).success().json()
    }

    /// `tmux-orc`, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.env.command(BINARY);
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs `tmux-orc` with these bytes on its standard input.
    #[track_caller]
    pub(crate) fn feed(&self, input: &[u8], arguments: &[&str]) -> Output {
        let file = self.env.root().join("input");
        fs::write(&file, input).expect("a file");
        let mut command = self.env.command("sh");
        command.args(["-c", r#"exec "$@" < "$0""#]).arg(file).arg(BINARY).args(arguments);
        self.env.run(command, Duration::from_secs(60))
    }

    /// Deploys `backend SIZE` as team `t` and waits until every agent has taken its brief and is idle again.
    #[track_caller]
    pub(crate) fn deploy(&self, size: usize) -> Vec<Agent> {
        let size = size.to_string();
        self.deploy_with(&["backend", &size, "--project-name", "t", "--agent", "scripted"])
    }

    /// The same with other arguments; the team's name is among them.
    #[track_caller]
    pub(crate) fn deploy_with(&self, arguments: &[&str]) -> Vec<Agent> {
        let repo = self.repo.to_str().expect("UTF-8");
        let words = [&["quick-deploy"], arguments, &["--project-dir", repo, "--wait=60s", "--json"]].concat();
        let team = self.orc(&words).success().json();
        let agents: Vec<Agent> =
            team["agents"].as_array().expect("agents").iter().map(|view| self.agent_of(view)).collect();
        for agent in &agents {
            agent.truth.wait_for_turns(1);
        }
        self.wait_until_idle(team["team"].as_str().expect("a name"));
        agents
    }

    /// An agent by its view.
    #[track_caller]
    pub(crate) fn agent_of(&self, view: &Value) -> Agent {
        let text =
            |name: &str| view[name].as_str().unwrap_or_else(|| panic!("no {name} in {view}")).to_owned();
        let pid = view["process"]["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok());
        let pid = pid.unwrap_or_else(|| panic!("no process in {view}"));
        let (id, target) = (text("id"), text("target"));
        let team = target.split(':').next().expect("a team");
        let name = format!("{team}:{}", text("name"));
        let launch = view["generation"].as_u64().expect("a number");
        let truth = self.truth_of(&id, launch);
        Agent { id, target, name, process: Process::read(pid).expect("it runs"), truth }
    }

    /// What really reached an agent in this launch.
    pub(crate) fn truth_of(&self, id: &str, launch: u64) -> Truth {
        Truth::new(self.env.state_dir().join("agents").join(id).join(format!("launch-{launch}/truth.jsonl")))
    }

    /// Waits until no agent of the team has anything left to take or to do.
    #[track_caller]
    pub(crate) fn wait_until_idle(&self, team: &str) {
        wait_until("every agent is idle", SOON, || {
            let view = self.json(&["team", "status", team]);
            let agents = view["agents"].as_array().cloned().unwrap_or_default();
            let idle = agents.iter().all(|agent| agent["state"]["is"] == "idle" && agent["queued"] == 0);
            if idle { Ok(()) } else { Err(view.to_string()) }
        });
    }

    /// Waits until one agent has nothing left to take or to do.
    #[track_caller]
    pub(crate) fn wait_until_idle_of(&self, agent: &str) {
        wait_until(&format!("{agent} is idle"), SOON, || {
            let view = self.status(agent);
            if view["state"]["is"] == "idle" && view["queued"] == 0 { Ok(()) } else { Err(view.to_string()) }
        });
    }

    /// The status of one agent.
    #[track_caller]
    pub(crate) fn status(&self, agent: &str) -> Value {
        self.json(&["agent", "status", agent])[0].clone()
    }

    /// Sends a text and waits until it is acknowledged; the message's id.
    #[track_caller]
    pub(crate) fn send(&self, agent: &str, text: &str) -> String {
        let sent = self.json(&["agent", "send", agent, text, "--wait=60s"]);
        assert_eq!(sent["recipients"][0]["delivery"]["outcome"]["outcome"], "acknowledged", "{sent}");
        sent["message"].as_str().expect("an id").to_owned()
    }

    /// Sends a text and does not wait; the message's id.
    #[track_caller]
    pub(crate) fn post(&self, agent: &str, text: &str) -> String {
        self.json(&["agent", "send", agent, text])["message"].as_str().expect("an id").to_owned()
    }

    /// Kills the supervisor and waits until its socket takes nobody any more: its threads end after each other.
    #[track_caller]
    pub(crate) fn kill_supervisor(&self) {
        kill(&self.supervisor());
        self.wait_until_unreachable();
    }

    /// Waits until nobody listens on the supervisor's socket.
    #[track_caller]
    pub(crate) fn wait_until_unreachable(&self) {
        let socket = self.env.runtime_dir().join("api.sock");
        wait_until("the socket is closed", SOON, || match UnixStream::connect(&socket) {
            Ok(_) => Err("it takes connections".to_owned()),
            Err(_) => Ok(()),
        });
    }

    /// The last facts of the log, for messages.
    pub(crate) fn last_events(&self) -> String {
        let events = self.orc(&["events"]).stdout;
        let lines: Vec<&str> = events.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// The supervisor's process.
    #[track_caller]
    pub(crate) fn supervisor(&self) -> Process {
        let status = self.json(&["daemon", "status"]);
        process(&status["pid"])
    }

    /// The tmux server of the views.
    #[track_caller]
    pub(crate) fn tmux_server(&self) -> Process {
        let out = self.env.tmux(&["display-message", "-p", "#{pid}"]).success();
        process(&out.json())
    }
}

/// Kills exactly this process with `SIGKILL` and waits until it is gone.
#[track_caller]
pub(crate) fn kill(process: &Process) {
    process.kill();
    wait_until(&format!("{process:?} is gone"), SOON, || {
        if process.is_alive() { Err("it lives".to_owned()) } else { Ok(()) }
    });
}

/// The living process of this id.
#[track_caller]
pub(crate) fn process(pid: &Value) -> Process {
    let pid =
        pid.as_i64().and_then(|pid| i32::try_from(pid).ok()).unwrap_or_else(|| panic!("{pid} is no pid"));
    Process::read(pid).unwrap_or_else(|| panic!("process {pid} does not run"))
}

/// The scripted agent's profile under this id, with more arguments; it keeps its truth in its launch folder.
pub(crate) fn scripted(id: &str, more: &[&str]) -> String {
    let given = r#"args = ["scripted-agent", "#;
    assert!(SCRIPTED.contains(given), "the built-in profile has changed");
    let more: Vec<String> = more.iter().map(|word| format!("'{word}', ")).collect();
    let own = format!(r#"{given}"--log", "{{launch_dir}}/truth.jsonl", {}"#, more.concat());
    SCRIPTED.replace(given, &own).replace(r#"id = "scripted""#, &format!("id = \"{id}\""))
}

/// A message as an agent gets it.
pub(crate) fn whole(id: &str, from: &str, body: &str) -> String {
    format!("Message {id} from {from}:\n{body}\n(end of message {id})")
}
