//! Where the document is played: a private world with a service's repository, its remote and its error log, and agents
//! with short scripts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use orc_testkit::{Output, wait_until};

use crate::world::{Agent, BINARY, SOON, World};

/// The path of the document that no machine has.
const NO_SUCH_LOG: &str = "/var/log/auth-service/error.log";

/// The developer makes the branch that it is told to, mends the fault there and commits.
const BACKEND: &str = r#"
[[rule]]
match = "*git checkout -b *"
steps = [
  'set BRANCH sed -n "s/.*git checkout -b \([^ ]*\).*/\1/p" "$PROMPT_FILE" | head -n 1',
  'set MADE git checkout -q -b "$BRANCH"',
  'run sed -i "s/^        raise Unauthorized/        pool.release(connection)\n&/" auth_handler.py',
  'set COMMIT git commit -q -a -m "auth: a refused login gives its connection back" && git rev-parse HEAD',
  'reply The fix is on ${BRANCH}: ${COMMIT}',
]
"#;

/// The manager splits the briefing into tasks.
const MANAGER: &str = r#"
[[rule]]
match = "*you coordinate: split it into tasks*CRITICAL*"
steps = [
  'call assign_task {"to": "backend", "text": "Check auth service code for connection leaks"}',
  'call assign_task {"to": "devops", "text": "Monitor database connections and system resources"}',
  'reply Critical issue identified. Assigning investigation tasks.',
]
"#;

const SERVICE: &str = "def login(pool, name, password):
    connection = pool.acquire()
    if not connection.check(name, password):
        raise Unauthorized(name)
    pool.release(connection)
    return token(name)
";

/// A scene with what was found out so far.
pub(super) struct Set {
    pub(super) world: World,
    /// The hash of the fix.
    pub(super) fix: Option<String>,
    /// What the operator has sent to the team `auth-hotfix`, in order.
    pub(super) sent: Vec<String>,
}

impl Set {
    /// A fresh one, in which nothing runs.
    pub(super) fn new() -> Self {
        let mut world = World::new();
        let scripts = world.env.root().join("scripts");
        fs::create_dir_all(&scripts).expect("a folder");
        fs::write(scripts.join("backend.toml"), BACKEND).expect("a file");
        fs::write(scripts.join("pm.toml"), MANAGER).expect("a file");
        let own = Path::new(BINARY).parent().expect("a folder").to_owned();
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&others)));
        world.env.set("PATH", path.expect("a path"));
        world.env.set("TMUX_ORC_AGENT", "scripted");
        world.env.set("TMUX_ORC_SCRIPT", &scripts);
        let set = Self { world, fix: None, sent: Vec::new() };
        set.write_log();
        set.write_repository();
        set
    }

    /// More lines than are shared, with everything that a shell or a terminal could take for something else.
    fn write_log(&self) {
        let line = |n: usize| {
            format!(
                "14:{:02}:{:02} ERROR \"POST /login\" 500: connection pool exhausted; agent='$(id) `x` \\n' é !\n",
                n / 60,
                n % 60
            )
        };
        fs::write(self.error_log(), (0..150).map(line).collect::<String>()).expect("a file");
    }

    fn write_repository(&self) {
        let repo = &self.world.repo;
        fs::write(repo.join("auth_handler.py"), SERVICE).expect("a file");
        super::checks::write(self);
        let remote = self.world.env.root().join("remote.git");
        let remote = remote.to_str().expect("UTF-8");
        self.git(&["add", "--all"]);
        self.git(&["commit", "-q", "-m", "auth: logins"]);
        self.git(&["init", "-q", "--bare", "--initial-branch=main", remote]);
        self.git(&["remote", "add", "origin", remote]);
        self.git(&["push", "-q", "-u", "origin", "main"]);
    }

    pub(super) fn error_log(&self) -> PathBuf {
        self.world.env.root().join("error.log")
    }

    /// The command as a shell gets it.
    pub(super) fn shell(&self, text: &str) -> Command {
        let log = self.error_log();
        let mut bash = self.world.env.command("bash");
        bash.args(["-c", &text.replace(NO_SUCH_LOG, log.to_str().expect("UTF-8"))]);
        bash.current_dir(&self.world.repo);
        bash
    }

    /// Runs it; it must succeed.
    #[track_caller]
    pub(super) fn run(&self, text: &str) -> Output {
        self.world.env.run(self.shell(text), Duration::from_secs(120)).success()
    }

    /// What git says in the repository.
    #[track_caller]
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        let mut git = self.world.env.command("git");
        git.args(arguments).current_dir(&self.world.repo);
        self.world.env.run(git, SOON).success().stdout.trim_end().to_owned()
    }

    /// The agents of a team.
    #[track_caller]
    pub(super) fn agents(&self, team: &str) -> Vec<Agent> {
        let view = self.world.json(&["team", "status", team]);
        view["agents"].as_array().expect("agents").iter().map(|agent| self.world.agent_of(agent)).collect()
    }

    /// A new team of these titles: each runs, idle, with its brief, and the windows are there.
    #[track_caller]
    pub(super) fn assert_deployed(&self, team: &str, titles: &[&str]) {
        self.world.wait_until_idle(team);
        let view = self.world.json(&["team", "status", team]);
        let shown: Vec<&str> = view["agents"]
            .as_array()
            .expect("agents")
            .iter()
            .filter_map(|agent| agent["title"].as_str())
            .collect();
        assert_eq!(shown, titles);
        for (agent, title) in self.agents(team).iter().zip(titles) {
            assert!(agent.process.is_alive() && agent.shim().is_alive(), "{agent:?}");
            agent.truth.wait_for_turns(1);
            let brief = &agent.truth.prompts()[0];
            assert!(brief.contains("(your brief):") && brief.contains(title), "{brief}");
        }
        let windows = || self.world.tmux(&["list-windows", "-a", "-F", "#{@orc_team}"]);
        wait_until("each has a window", SOON, || {
            let all = windows();
            let count = all.lines().filter(|line| *line == team).count();
            if count == titles.len() { Ok(()) } else { Err(all) }
        });
    }

    /// Waits until every agent of the team has got this text from this sender exactly once, as it was written.
    #[track_caller]
    pub(super) fn assert_each_has(&self, team: &str, from: &str, text: &str) {
        self.world.wait_until_idle(team);
        for agent in self.agents(team) {
            agent.truth.wait_for_prompt(text);
            let count = agent.truth.bodies(from).iter().filter(|body| *body == text).count();
            assert_eq!(count, 1, "{}: {:?}", agent.target, agent.truth.prompts());
        }
    }
}
