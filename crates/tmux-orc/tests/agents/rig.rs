//! A team of real agents in a world of its own, and what their models were sent.

use std::path::PathBuf;
use std::time::Duration;

use orc_testkit::agents::{self, Agent};
use orc_testkit::{Api, Output, Request, StubModel, TestEnv, wait_until};
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
        let mut env = TestEnv::new(env!("CARGO_BIN_EXE_tmux-orc"));
        let stub = StubModel::start(env.root().join("stub.jsonl"));
        let repo = env.init_repo("a project");
        let mut path = std::env::var("PATH").expect("a path");
        for kind in KINDS {
            path = format!("{}:{path}", kind.agent.folder().display());
        }
        env.set("PATH", path);
        for setup in [agents::claude_home, agents::codex_home, agents::opencode_home] {
            for (name, value) in setup(&env.home(), &[&repo], &stub) {
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

    /// The agent as `agent status` shows it.
    #[track_caller]
    pub(crate) fn agent(&self, kind: Kind) -> Value {
        self.orc(&["--json", "agent", "status", &kind.target()]).success().json()[0].clone()
    }

    /// Waits until the agent is in a state, with what `agent explain` says when it never is.
    #[track_caller]
    pub(crate) fn wait_for_state(&self, kind: Kind, state: &str) -> Value {
        wait_until(&format!("{} is {state}", kind.profile), PATIENCE, || {
            let agent = self.agent(kind);
            if agent["state"]["is"] == state {
                return Ok(agent);
            }
            let why = self.orc(&["agent", "explain", &kind.target()]).stdout;
            Err(format!("{why}\n{}", self.screen(kind)))
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
        let what = format!("{message} is acknowledged by {}", kind.profile);
        let settled = wait_until(&what, PATIENCE, || {
            let all = self.settled(kind);
            let last = all.iter().rfind(|settled| settled.message == message);
            match last {
                Some(settled) if settled.outcome == "acknowledged" => Ok(settled.clone()),
                Some(settled) if settled.outcome == "dead-letter" => {
                    panic!("{message} to {}: {settled:?}\n{}", kind.profile, self.screen(kind))
                }
                other => {
                    let why = self.orc(&["agent", "explain", &kind.target()]).stdout;
                    Err(format!("{other:?}\n{why}\n{}", self.screen(kind)))
                }
            }
        });
        wait_until(&format!("the model of {} was sent {message}", kind.profile), PATIENCE, || {
            if self.prompts_with(kind, message).is_empty() { Err(self.screen(kind)) } else { Ok(()) }
        });
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
        let others = typed.matches("\n(end of message m").count();
        assert_eq!(others, 1, "one message in one prompt of {}: {typed}", kind.profile);
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

/// What became of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Settled {
    pub(crate) message: String,
    pub(crate) outcome: String,
    pub(crate) door: String,
    pub(crate) detail: String,
}
