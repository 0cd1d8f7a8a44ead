//! A team of real agents in a world of its own, and what their models were sent.

use std::collections::BTreeSet;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use orc_testkit::agents::{self, Agent};
use orc_testkit::{Api, Output, Process, Request, StubModel, TestEnv, wait_until};
use serde_json::Value;

/// Agents are slow to start on a machine that is busy; everything else is quick.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One agent of the mixed team.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Kind {
    /// Its profile.
    pub(crate) profile: &'static str,
    /// The role that it plays.
    pub(crate) role: &'static str,
    /// How it speaks to its model: tells the prompts of the team's agents apart.
    pub(crate) api: Api,
    agent: Agent,
}

pub(crate) const CLAUDE: Kind =
    Kind { profile: "claude", role: "pm", api: Api::Anthropic, agent: agents::CLAUDE };
pub(crate) const CODEX: Kind =
    Kind { profile: "codex", role: "backend", api: Api::Responses, agent: agents::CODEX };
pub(crate) const OPENCODE: Kind =
    Kind { profile: "opencode", role: "devops", api: Api::Chat, agent: agents::OPENCODE };
/// All of them.
pub(crate) const KINDS: [Kind; 3] = [CLAUDE, CODEX, OPENCODE];

impl Kind {
    /// How commands name it.
    pub(crate) fn target(self) -> String {
        format!("t:{}", self.role)
    }
}

/// The world. The stub goes last: agents that lose it try again for minutes.
pub(crate) struct Rig {
    pub(crate) env: TestEnv,
    pub(crate) stub: StubModel,
    pub(crate) repo: PathBuf,
}

impl Rig {
    /// A world with the three agents on the path, set up against the stub and to ask before each command.
    #[track_caller]
    pub(crate) fn new() -> Self {
        Self::with(|repo| vec![repo])
    }

    /// The same, but in a directory that no agent trusts yet.
    #[track_caller]
    pub(crate) fn untrusting() -> Self {
        Self::with(|_| Vec::new())
    }

    #[track_caller]
    fn with(trusted: fn(&PathBuf) -> Vec<&Path>) -> Self {
        let mut env = TestEnv::new(env!("CARGO_BIN_EXE_tmux-orc"));
        let stub = StubModel::start(env.root().join("stub.jsonl"));
        let repo = env.init_repo("a project");
        let mut path = std::env::var("PATH").expect("a path");
        for kind in KINDS {
            path = format!("{}:{path}", kind.agent.folder().display());
        }
        env.set("PATH", path);
        for setup in [agents::claude_home, agents::codex_home, agents::opencode_home] {
            for (name, value) in setup(&env.home(), &trusted(&repo), &stub) {
                env.set(name, value);
            }
        }
        // OpenCode asks for its plugin library, the others for news: nothing leaves this machine.
        env.set("npm_config_registry", stub.url());
        env.set("npm_config_fetch_retries", "0");
        for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
            env.set(proxy, "http://127.0.0.1:9");
        }
        Self { env, stub, repo }
    }

    /// A world with the mixed team, ready.
    #[track_caller]
    pub(crate) fn mixed() -> Self {
        let rig = Self::new();
        rig.deploy(&KINDS);
        rig
    }

    /// Deploys team `t` and does not wait; roles that no agent is given for are played by scripted ones.
    #[track_caller]
    pub(crate) fn deploy_unready(&self, kinds: &[Kind]) {
        let repo = self.repo.to_str().expect("UTF-8");
        let mut command = vec!["quick-deploy", "backend", "3", "--project-name", "t", "--no-wait"];
        let agents: Vec<String> =
            kinds.iter().map(|kind| format!("{}={}", kind.role, kind.profile)).collect();
        command.extend(["--project-dir", repo, "--agent", "scripted"]);
        command.extend(agents.iter().flat_map(|agent| ["--agent", agent]));
        self.orc(&command).success();
    }

    /// Deploys team `t`; roles that no agent is given for are played by the first.
    #[track_caller]
    pub(crate) fn deploy(&self, kinds: &[Kind]) {
        let mut command = vec!["quick-deploy".to_owned(), "backend".into(), "3".into()];
        command.extend(["--project-name".into(), "t".into(), "--wait=60s".into(), "--project-dir".into()]);
        command.push(self.repo.to_str().expect("UTF-8").into());
        for kind in kinds {
            command.extend(["--agent".into(), format!("{}={}", kind.role, kind.profile)]);
        }
        if kinds.len() < KINDS.len() {
            command.extend(["--agent".into(), "scripted".into()]);
        }
        let deployed = self.env.cmd(&command);
        if deployed.code != 0 {
            let screens: Vec<String> = kinds.iter().map(|kind| self.screen(*kind)).collect();
            panic!("not ready: {deployed:#?}\n{}", screens.join("\n=====\n"));
        }
    }

    /// Runs `tmux-orc`.
    #[track_caller]
    pub(crate) fn orc(&self, arguments: &[&str]) -> Output {
        self.env.cmd(arguments)
    }

    /// What the agent's terminal shows.
    pub(crate) fn screen(&self, kind: Kind) -> String {
        self.orc(&["agent", "screen", &kind.target()]).stdout
    }

    /// Sends a text as a file holds it, and answers the message's id.
    #[track_caller]
    pub(crate) fn send(&self, kind: Kind, text: &str) -> String {
        let file = self.env.root().join("message.txt");
        std::fs::write(&file, text).expect("a file");
        let target = kind.target();
        let sent = self.orc(&["--json", "agent", "send", &target, "--file", file.to_str().expect("UTF-8")]);
        sent.success().json()["message"].as_str().expect("an id").to_owned()
    }

    /// Tells the whole team.
    #[track_caller]
    pub(crate) fn broadcast(&self, text: &str) -> String {
        let sent = self.orc(&["--json", "team", "broadcast", "t", text]);
        let message = sent.success().json()["message"].as_str().expect("an id").to_owned();
        for kind in KINDS {
            self.wait_acknowledged(kind, &message);
            assert_eq!(self.body(kind, &message), text, "{}", kind.profile);
        }
        message
    }

    /// How far the newest message is: 1 when its delivery has begun, 2 when it is in the terminal.
    pub(crate) fn progress(&self, kind: Kind, message: &str) -> u8 {
        let events = self.orc(&["--json", "events"]).success().stdout;
        let id = format!("\"message\":\"{message}\"");
        let started = events.lines().any(|line| line.contains("delivery_started") && line.contains(&id));
        let shown = || {
            let screen = self.screen(kind);
            screen.contains(&format!("(end of message {message})")) || screen.contains("[Pasted ")
        };
        if started && (shown() || self.settled(kind).iter().any(|settled| settled.message == message)) {
            2
        } else {
            u8::from(started)
        }
    }

    /// Milliseconds from the acceptance of each message until the model was sent it, sorted.
    pub(crate) fn latencies(&self, kind: Kind) -> String {
        let events = self.orc(&["--json", "agent", "messages", &kind.target()]).success().json();
        let mut latencies: Vec<i64> = Vec::new();
        for entry in events.as_array().expect("a list").iter().filter(|entry| entry["entry"] == "sent") {
            let at: jiff::Timestamp = entry["at"].as_str().expect("a time").parse().expect("a time");
            let prompts = self.prompts_with(kind, entry["message"].as_str().expect("an id"));
            let arrived = prompts.first().map(|prompt| i64::try_from(prompt.at_ms).expect("a time"));
            latencies.extend(arrived.map(|arrived| arrived - at.as_millisecond()));
        }
        latencies.sort_unstable();
        format!("{latencies:?}")
    }

    /// The agent as `agent status` shows it.
    #[track_caller]
    pub(crate) fn agent(&self, kind: Kind) -> Value {
        self.orc(&["--json", "agent", "status", &kind.target()]).success().json()[0].clone()
    }

    /// Looks again and again, not too often: each look runs commands. Panics with what `agent explain` says.
    #[track_caller]
    pub(crate) fn until<T>(&self, kind: Kind, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            if start.elapsed() > PATIENCE {
                let why = self.orc(&["agent", "explain", &kind.target()]).stdout;
                let settled = self.settled(kind);
                panic!("waited until {what} ({}): {settled:#?}\n{why}\n{}", kind.profile, self.screen(kind));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until the agent is in a state.
    #[track_caller]
    pub(crate) fn wait_for_state(&self, kind: Kind, state: &str) -> Value {
        self.until(kind, &format!("it is {state}"), || {
            Some(self.agent(kind)).filter(|agent| agent["state"]["is"] == state)
        })
    }

    /// How far each recipient is with a message: `(target, outcome, door, detail)` of those that are settled.
    #[track_caller]
    pub(crate) fn settled(&self, kind: Kind) -> Vec<Settled> {
        let transcript = self.orc(&["--json", "agent", "messages", &kind.target()]).success().json();
        let entries = transcript.as_array().expect("a list").iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let settled = entries.filter(|entry| entry["entry"] == "settled").map(|entry| Settled {
            message: text(&entry["message"]),
            outcome: text(&entry["outcome"]),
            door: text(&entry["door"]),
            detail: text(&entry["evidence"]["detail"]),
        });
        settled.collect()
    }

    /// Waits until the agent itself has confirmed the message, and until its model was sent it.
    #[track_caller]
    pub(crate) fn wait_acknowledged(&self, kind: Kind, message: &str) -> Settled {
        let settled = self.until(kind, &format!("{message} is acknowledged"), || {
            let last = self.settled(kind).into_iter().rfind(|settled| settled.message == message)?;
            assert_ne!(
                last.outcome,
                "dead-letter",
                "{message} to {}: {last:?}\n{}",
                kind.profile,
                self.screen(kind)
            );
            (last.outcome == "acknowledged").then_some(last)
        });
        let arrived = || (!self.prompts_with(kind, message).is_empty()).then_some(());
        self.until(kind, &format!("the model was sent {message}"), arrived);
        settled
    }

    /// The prompts that the agent's model was sent, oldest first.
    pub(crate) fn prompts(&self, kind: Kind) -> Vec<Request> {
        self.stub.prompts().into_iter().filter(|prompt| prompt.api == Some(kind.api)).collect()
    }

    /// Those with the message in what was typed last.
    pub(crate) fn prompts_with(&self, kind: Kind, message: &str) -> Vec<Request> {
        let opening = format!("Message {message} from ");
        self.prompts(kind).into_iter().filter(|prompt| prompt.typed().contains(&opening)).collect()
    }

    /// The body of the message as the model was sent it: exactly one prompt holds it, and no other message.
    #[track_caller]
    pub(crate) fn body(&self, kind: Kind, message: &str) -> String {
        let prompts = self.prompts_with(kind, message);
        let [prompt] = prompts.as_slice() else {
            panic!("{message} is in {} prompts of {}: {prompts:#?}", prompts.len(), kind.profile)
        };
        let typed = prompt.typed();
        // m999999 is quoted by one of the texts.
        let closings =
            typed.matches("\n(end of message m").count() - typed.matches("message m999999)").count();
        assert_eq!(closings, 1, "messages in one prompt of {}: {typed}", kind.profile);
        // The whole conversation holds it once, too: nothing was queued a second time.
        let opening = format!("Message {message} from ");
        let last = self.prompts(kind).pop().expect("a prompt");
        let times: usize = last.users.iter().map(|text| text.matches(&opening).count()).sum();
        assert_eq!(times, 1, "{message} in the conversation of {}", kind.profile);
        let (_, after) = typed.split_once(&opening).expect("it holds the opening");
        let (_, after) = after.split_once(":\n").expect("an opening line");
        let (body, _) = after.split_once(&format!("\n(end of message {message})")).expect("a closing line");
        body.to_owned()
    }
}

/// Everything that the product says of an agent's messages, against everything that its model was sent.
impl Rig {
    /// Every acknowledged message is in exactly one prompt and every message in a prompt is acknowledged; the prompts
    /// are in the order of sending.
    #[track_caller]
    pub(crate) fn audit(&self, kind: Kind) {
        let mut acknowledged = BTreeSet::new();
        for settled in self.settled(kind) {
            if settled.outcome == "acknowledged" {
                self.body(kind, &settled.message);
                acknowledged.insert(number(&settled.message));
            }
        }
        let opening = |prompt: &Request| {
            let typed = prompt.typed();
            let (_, after) = typed.split_once("Message m")?;
            Some(number(after.split_once(" from ")?.0))
        };
        let sent: Vec<u64> = self.prompts(kind).iter().filter_map(opening).collect();
        assert!(sent.is_sorted(), "the order at {}: {sent:?}", kind.profile);
        assert_eq!(sent.into_iter().collect::<BTreeSet<_>>(), acknowledged, "at {}", kind.profile);
    }

    /// The pane of the agent's view, on the product's own tmux server.
    #[track_caller]
    fn pane(&self, kind: Kind) -> String {
        let name = self.agent(kind)["name"].as_str().expect("a name").to_owned();
        let panes = self.env.tmux(&["list-panes", "-a", "-F", "#{window_name} #{pane_id}"]).success();
        let mut panes = panes.stdout.lines().filter_map(|line| line.rsplit_once(' '));
        let (_, pane) = panes.find(|(window, _)| *window == name).expect("a view of the agent");
        pane.to_owned()
    }

    /// A person types a text into the agent's view.
    #[track_caller]
    pub(crate) fn person_types(&self, kind: Kind, text: &str) {
        self.env.tmux(&["send-keys", "-t", &self.pane(kind), "-l", text]).success();
    }

    /// A person presses a key in the agent's view.
    #[track_caller]
    pub(crate) fn person_presses(&self, kind: Kind, key: &str) {
        self.env.tmux(&["send-keys", "-t", &self.pane(kind), key]).success();
    }

    /// Ends the agent as a crash would.
    #[track_caller]
    pub(crate) fn end_agent(&self, kind: Kind) {
        let pid = self.agent(kind)["process"]["pid"].as_i64().expect("a pid");
        Process::read(i32::try_from(pid).expect("a pid")).expect("it runs").kill();
    }

    /// Ends the supervisor as a crash would.
    #[track_caller]
    pub(crate) fn kill_supervisor(&self) {
        let pid = self.orc(&["--json", "daemon", "status"]).success().json()["pid"].as_i64().expect("a pid");
        let supervisor = Process::read(i32::try_from(pid).expect("a pid")).expect("it runs");
        supervisor.kill();
        // The kernel takes connections for it until its last thread is gone.
        let socket = self.env.runtime_dir().join("api.sock");
        wait_until("the supervisor is gone", PATIENCE, || match UnixStream::connect(&socket) {
            Ok(_) => Err("it is still connected to".to_owned()),
            Err(_) => Ok(()),
        });
    }
}

fn number(message: &str) -> u64 {
    message.trim_start_matches('m').parse().unwrap_or_else(|_| panic!("{message} is no id"))
}

/// What became of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Settled {
    pub(crate) message: String,
    pub(crate) outcome: String,
    pub(crate) door: String,
    pub(crate) detail: String,
}
