//! The rehearsal with a person's own agents: their models are scripted, everything else is theirs and the product's. The model
//! knows where fault number 0 is; how it is reported, mended, tested, committed and rolled out is by the agents' real tools.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use orc_testkit::{Request, Rule, wait_until};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::coordination::allow_commands;
use crate::rig::{CLAUDE, CODEX, Kind, OPENCODE, PATIENCE, Rig};

/// The longest that it may take on a busy machine.
const WHOLE: Duration = Duration::from_secs(300);
const TEAM: &str = "auth-hotfix";
const BRANCH: &str = "hotfix/auth-connection-leak";
/// What the operator says, by words of it, and how many are told.
const SAID: [(&str, &[&str]); 6] = [
    ("Priority: Fix immediately.", &["backend", "devops", "pm"]),
    ("connection pool exhausted (20 of 20 in use)", &["backend"]),
    ("Implement the fix on this branch", &["backend"]),
    ("Propose it; nothing is rolled out yet.", &["devops"]),
    ("Approved: ", &["devops"]),
    ("Post-mortem scheduled", &["backend", "devops", "pm"]),
];

/// A drill that runs.
struct Drill {
    rig: Rig,
    child: Child,
    /// Its world.
    folder: PathBuf,
    out: PathBuf,
    /// What it has printed.
    said: PathBuf,
}

impl Drill {
    /// Starts it with these choices; its temporary files are in a folder of the test's own.
    fn start(rig: Rig, arguments: &[&str]) -> Self {
        let temporary = rig.env.root().join("t");
        fs::create_dir(&temporary).expect("a folder");
        let (out, said) = (rig.env.root().join("report"), rig.env.root().join("said.txt"));
        let file = File::create(&said).expect("a file");
        let mut command = rig.env.command(env!("CARGO_BIN_EXE_tmux-orc"));
        command.args(["drill", "hotfix", "--out"]).arg(&out).args(arguments).env("TMPDIR", &temporary);
        command.env_remove("TMUX_ORC_DIGESTS").process_group(0).stdin(Stdio::null());
        command.stderr(file.try_clone().expect("a handle")).stdout(file);
        let child = command.spawn().expect("it starts");
        let folder = temporary.join(format!("tmux-orc-drill-{}-0", child.id()));
        Self { rig, child, folder, out, said }
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.said).expect("what it printed")
    }

    /// Looks again and again, as long as it runs.
    fn until<T>(&mut self, what: &str, mut look: impl FnMut(&str) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            let said = self.said();
            if let Some(found) = look(&said) {
                return found;
            }
            let ended = self.child.try_wait().expect("a child");
            assert!(ended.is_none() && begun.elapsed() < WHOLE, "until {what}: {ended:?}\n{said}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn end(&mut self) -> ExitStatus {
        let begun = Instant::now();
        while begun.elapsed() < WHOLE {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("it does not end:\n{}", self.said());
    }

    /// Types the command that the drill printed for the person, the first that holds these words.
    fn type_hint(&mut self, words: &str) {
        let hint = self.until(words, |said| {
            let hint = said.lines().filter_map(|line| line.trim().strip_prefix("-> "));
            hint.into_iter().find(|hint| hint.contains(words)).map(str::to_owned)
        });
        let mut shell = self.rig.env.command("sh");
        shell.args(["-c", &hint]);
        self.rig.env.run(shell, Duration::from_secs(60)).success();
    }

    #[track_caller]
    fn assert_nothing_is_left(&self) {
        wait_until("nothing runs", PATIENCE, || {
            let left = self.rig.env.processes();
            if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
        });
        assert!(!self.folder.exists() && !self.out.exists(), "{}", self.said());
    }

    fn run(&self, program: &str, folder: &Path, arguments: &[&str]) -> String {
        let mut command = self.rig.env.command(program);
        command.current_dir(folder).args(arguments);
        let output = self.rig.env.run(command, Duration::from_secs(60)).success();
        output.stdout + &output.stderr
    }
}

/// What the model of a role does with which prompt.
fn rule(role: &str, prompt: &str, steps: &[&str]) -> Rule {
    let steps = steps.iter().map(|step| (*step).to_owned()).collect();
    Rule { of: format!("(`{TEAM}:{role}`)"), prompt: prompt.to_owned(), steps }
}

/// An engineer's work on fault number 0. The developer is killed while the model thinks about the edit that was just made.
fn work(repository: &Path) -> Vec<Rule> {
    let file = repository.join("auth/auth_handler.py");
    let file = file.display();
    let edit = format!(
        r#"CALL:Edit {{"file_path": "{file}", "old_string": "        raise Unauthorized(\"wrong_password\")", "new_string": "        pool.release(connection)\n        raise Unauthorized(\"wrong_password\")"}}"#
    );
    let read = format!(r#"CALL:Read {{"file_path": "{file}", "offset": 220, "limit": 40}}"#);
    vec![
        rule(
            "pm",
            "Users cannot log in",
            &[
                r#"CALL:assign_task {"to": "backend", "text": "check the login code for connection leaks"}"#,
                r#"CALL:assign_task {"to": "devops", "text": "watch which requests take connections"}"#,
                "REPLY:Investigation is assigned.",
            ],
        ),
        rule(
            "backend",
            "Look how far you got",
            &[
                "TOOL:git status --short --branch && git diff && python3 -m tests",
                "TOOL:git commit -q -a -m 'auth: a refused password gives its connection back'",
                r#"CALL:send_message {"to": "pm", "text": "The fix is committed on the branch, every test passes."}"#,
            ],
        ),
        rule(
            "backend",
            "pool=20/20",
            &[
                r#"CALL:add_evidence {"text": "each POST /login refused as wrong_password keeps a connection", "source": "the error log"}"#,
            ],
        ),
        rule(
            "backend",
            "check the login code for connection leaks",
            &[
                r#"CALL:update_task {"task": "T1", "state": "started"}"#,
                "TOOL:python3 -m tests --tier critical; grep -n 'raise Unauthorized' -B 2 auth/auth_handler.py",
                &read,
                r#"CALL:add_evidence {"text": "login leaves without release", "source": "auth/auth_handler.py:234"}"#,
                r#"CALL:add_hypothesis {"text": "a login with a wrong password keeps its connection"}"#,
                r#"CALL:update_task {"task": "T1", "state": "done", "text": "Found issue: auth/auth_handler.py line 234 keeps a connection, H1."}"#,
            ],
        ),
        rule(
            "pm",
            ": Found issue",
            &[
                r#"CALL:add_hypothesis {"of": "H1", "verdict": "confirmed", "text": "the line says so", "evidence": ["E1"]}"#,
                r#"CALL:incident_mark {"milestone": "root_cause", "text": "a refused password keeps its connection", "hypothesis": "H1"}"#,
            ],
        ),
        rule(
            "backend",
            "git checkout -b ",
            &["TOOL:git checkout -q -b hotfix/auth-connection-leak", &read, &edit, "HANG:600"],
        ),
        rule(
            "devops",
            "watch which requests",
            &[
                r#"CALL:update_task {"task": "T2", "state": "started"}"#,
                r#"CALL:update_task {"task": "T2", "state": "done", "text": "only refused logins take them for good"}"#,
            ],
        ),
        rule(
            "devops",
            "Prepare the rollout of",
            &[
                r#"CALL:propose_action {"action": "deploy the branch to a canary, watch it, widen", "why": "it ends the leak", "reach": "write", "risk": "requests in flight", "rollback": "git revert, deploy again"}"#,
            ],
        ),
        rule(
            "devops",
            "Approved: ",
            &[
                "TOOL:git fetch -q origin && git log -1 --format=%s origin/main",
                r#"TOOL:"$TMUX_ORC_BIN" incident mark auth-hotfix mitigated "the canary is stable" --evidence "commit:$(git rev-parse --short origin/main)""#,
            ],
        ),
    ]
}

/// Plays it whole, and holds everything that came of it against what git and the models have.
fn rehearse(choices: &[&str], who: &dyn Fn(&str) -> Kind) {
    let rig = Rig::untrusting();
    allow_commands(&rig);
    let arguments: Vec<&str> = ["--keep", "--patience", "60s"]
        .into_iter()
        .chain(choices.iter().flat_map(|choice| ["--agent", choice]))
        .collect();
    let mut drill = Drill::start(rig, &arguments);
    drill.rig.stub.play(work(&drill.folder.join("auth-service")));
    // The settings of this person let commands run and ask before an edit: it waits, says so, and goes on when it is answered.
    drill.type_hint("agent answer auth-hotfix:0 1 --prompt ");
    let status = drill.end();
    let said = drill.said();
    assert_eq!(status.code(), Some(0), "{said}");
    for proof in ["once each: 10 of 10 acknowledged", "came back: its own session was resumed"] {
        assert!(said.contains(proof), "{proof}\n{said}");
    }

    let remote = drill.folder.join("remote.git");
    let change = drill.run("git", &remote, &["show", "--format=%s", "--unified=0", "main"]);
    let changed: Vec<&str> = change
        .lines()
        .filter(|line| line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---"))
        .collect();
    assert_eq!(changed, ["+        pool.release(connection)"], "{change}");
    assert!(change.contains("+++ b/auth/auth_handler.py"), "{change}");
    let head = |branch: &str| drill.run("git", &remote, &["rev-parse", branch]);
    assert_eq!(head("main"), head(BRANCH), "the branch is published, and it is what was merged");
    let copy = drill.rig.env.root().join("copy");
    drill.run("git", &remote, &["clone", "-q", ".", copy.to_str().expect("UTF-8")]);
    let tests = drill.run("python3", &copy, &["-m", "tests"]);
    assert!(tests.contains("Ran 19 tests") && tests.contains("\nOK"), "{tests}");

    for (words, roles) in SAID {
        let apis = roles.iter().map(|role| who(role).api);
        let mut apis: Vec<String> = apis.map(|api| format!("{api:?}")).collect();
        apis.sort();
        let of = |prompt: &Request| Some(format!("{:?}", prompt.api?));
        let told = |prompt: &Request| {
            let typed = prompt.typed();
            let message = typed.split_once("Message m").and_then(|(_, rest)| rest.split_once(':'));
            message.is_some_and(|(heading, text)| heading.contains(" from operator") && text.contains(words))
        };
        let prompts = drill.rig.stub.prompts();
        let mut sent: Vec<String> = prompts.iter().filter(|prompt| told(prompt)).filter_map(of).collect();
        sent.sort();
        assert_eq!(sent, apis, "`{words}`: to each of {roles:?} once\n{said}");
    }
    let prompts = drill.rig.stub.prompts();
    let again: Vec<&Request> =
        prompts.iter().filter(|prompt| prompt.typed().contains("Look how far you got")).collect();
    let [again] = again[..] else { panic!("it is told of its crash once: {again:#?}\n{said}") };
    let history = again.users.join("\n");
    for words in ["Priority: Fix immediately.", "check the login code", "Implement the fix on this branch"] {
        assert_eq!(history.matches(words).count(), 1, "{words} is in its session: {history}");
    }
    let commit = drill.run("git", &remote, &["rev-parse", "--short=7", "main"]);
    for file in ["incident-report.md", "incident-report.html"] {
        let report = fs::read_to_string(drill.out.join(file)).expect("the report");
        assert!(report.contains(commit.trim()) && report.contains("Senior Backend Developer"), "{report}");
    }
    assert!(drill.rig.env.processes().is_empty(), "{:?}", drill.rig.env.processes());
    let calls = drill.rig.stub.requests().iter().filter(|request| request.api.is_some()).count();
    let figures = format!("{choices:?}: {} prompts, {calls} calls of a model", prompts.len());
    writeln!(std::io::stdout(), "{figures}").expect("stdout");
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_team_of_claude_goes_through_the_drill_whole() {
    rehearse(&["claude"], &|_| CLAUDE);
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_mixed_team_goes_through_the_drill_whole() {
    rehearse(&["claude", "devops=codex", "pm=opencode"], &|role| match role {
        "backend" => CLAUDE,
        "devops" => CODEX,
        _ => OPENCODE,
    });
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_step_that_no_agent_does_ends_the_drill_with_its_name_and_what_each_does() {
    let mut drill = Drill::start(Rig::untrusting(), &["--agent", "claude", "--patience", "20s"]);
    let status = drill.end();
    let said = drill.said();
    assert_eq!(status.code(), Some(1), "{said}");
    for words in [
        "still waiting for the root cause, for ",
        "pm is idle",
        "Nobody works on it any more. You can say what is missing:",
        "auth-hotfix:2  pm       Project Manager           claude  idle ",
        "$ tmux-orc agent screen auth-hotfix:2",
        "the root cause did not come about within 20",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    drill.assert_nothing_is_left();
}

/// Claude Code is not logged in: it is said at once, with the way to it.
#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn an_agent_that_is_not_logged_in_is_told_of_and_an_interrupt_ends_everything() {
    let mut rig = Rig::untrusting();
    rig.env.set("ANTHROPIC_API_KEY", "");
    let mut drill = Drill::start(rig, &["--agent", "claude"]);
    let told = drill.until("it is told of", |said| {
        let (_, told) = said.split_once("pm waits for your answer (login):\n")?;
        told.contains("/orc agent attach auth-hotfix:2").then(|| told.to_owned())
    });
    assert!(told.lines().next().is_some_and(|line| line.contains("Please run /login")), "{told}");
    let group = i32::try_from(drill.child.id()).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process_group(group, Signal::INT).expect("it runs");
    assert_eq!(drill.end().code(), Some(130), "{}", drill.said());
    drill.assert_nothing_is_left();
}
