//! Publishing a change without a forge: everything that is in the way is told at once and nothing is half done; what goes out is
//! the tested commit, never by force; the files hold it whole; what was left out has its trace everywhere. The truth is in git.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use orc_testkit::Output;
use serde_json::Value;

use crate::world::{SOON, World};

pub(crate) const BRANCH: &str = "hotfix/leak";

/// A world with a team, a bare repository as its remote, and a branch with a change.
pub(crate) struct Shop {
    pub(crate) world: World,
    pub(crate) bare: PathBuf,
}

impl Shop {
    /// With a change on a branch that is checked out.
    pub(crate) fn new() -> Self {
        let shop = Self::bare();
        shop.branch(BRANCH, "pool.py", "def give_back(connection):\n    connection.close()\n");
        shop
    }

    /// With a team and a remote that has `main`.
    pub(crate) fn bare() -> Self {
        let mut world = World::new();
        // The manager hears of a change with its digest.
        world.env.set("TMUX_ORC_DIGESTS", "300ms");
        let bare = world.env.root().join("bare.git");
        let shop = Self { world, bare };
        shop.git_in(
            shop.world.env.root(),
            &["init", "--quiet", "--bare", "--initial-branch=main", "bare.git"],
        );
        shop.git(&["remote", "add", "origin", &format!("file://{}", shop.bare.display())]);
        shop.git(&["push", "--quiet", "origin", "main"]);
        shop.world.deploy(2);
        shop
    }

    /// A branch with one commit that adds a file, checked out.
    pub(crate) fn branch(&self, name: &str, file: &str, text: &str) {
        self.git(&["switch", "--quiet", "--create", name, "main"]);
        self.commit(file, text, "Give connections back");
    }

    /// A commit on what is checked out; its id.
    pub(crate) fn commit(&self, file: &str, text: &str, message: &str) -> String {
        fs::write(self.world.repo.join(file), text).expect("a file");
        self.git(&["add", "--", file]);
        self.git(&["commit", "--quiet", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// git in the team's repository; what it prints.
    #[track_caller]
    pub(crate) fn git(&self, words: &[&str]) -> String {
        self.git_in(&self.world.repo, words)
    }

    #[track_caller]
    pub(crate) fn git_in(&self, dir: &Path, words: &[&str]) -> String {
        let mut git = self.world.env.command("git");
        git.current_dir(dir).args(words);
        self.world.env.run(git, Duration::from_secs(60)).success().stdout.trim().to_owned()
    }

    /// What the remote has of a branch; empty when it has none.
    fn pushed(&self, branch: &str) -> String {
        self.git_in(&self.bare, &["for-each-ref", "--format=%(objectname)", &format!("refs/heads/{branch}")])
    }

    pub(crate) fn ship(&self, words: &[&str]) -> Output {
        self.world.orc(&[&["pm", "create-pr", "t"], words].concat())
    }

    /// Publishes as an emergency without any check, and reads the answer.
    #[track_caller]
    fn shipped(&self, words: &[&str]) -> Value {
        let words = [words, &["--emergency", "--skip-full-tests", "--json"]].concat();
        self.ship(&words).success().json()
    }

    /// The problems by which it is refused: codes in their order. Each has a sentence and something to do.
    #[track_caller]
    pub(crate) fn problems(&self, words: &[&str]) -> Vec<String> {
        let refused = self.ship(&[words, &["--json"]].concat()).exits(4).json();
        assert_eq!(refused["error"]["code"], "preflight", "{refused}");
        let found = refused["error"]["found"].as_array().expect("problems");
        let text = |problem: &Value, name: &str| problem[name].as_str().expect("a text").to_owned();
        for problem in found {
            assert!(!text(problem, "message").is_empty() && !text(problem, "hint").is_empty(), "{problem}");
        }
        found.iter().map(|problem| text(problem, "code")).collect()
    }

    fn events(&self) -> Vec<Value> {
        let text = self.world.orc(&["events", "--json"]).success().stdout;
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    #[track_caller]
    fn nothing_was_done(&self) {
        let done: Vec<Value> = self
            .events()
            .into_iter()
            .filter(|event| event["event"]["event"].as_str().expect("a name").starts_with("ship"))
            .collect();
        assert!(done.is_empty(), "{done:?}");
        assert_eq!(self.pushed(BRANCH), "");
    }
}

#[test]
fn without_a_forge_the_branch_is_pushed_and_the_files_hold_the_whole_change() {
    let shop = Shop::new();
    let head = shop.git(&["rev-parse", "HEAD"]);
    let answer = shop.shipped(&["--branch", BRANCH, "--base", "main"]);
    assert_eq!(shop.pushed(BRANCH), head, "{answer}");
    assert_eq!(answer["published"]["action"], "written");
    let files: Vec<PathBuf> = answer["published"]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file.as_str().unwrap().into())
        .collect();
    let file = |name: &str| {
        files.iter().find(|file| file.ends_with(name)).unwrap_or_else(|| panic!("{name}: {answer}"))
    };

    // Each of the two gives the same tree to somebody who has only the base.
    let tree = shop.git(&["rev-parse", "HEAD^{tree}"]);
    for (clone, words) in [
        ("by-patch", vec!["am", "--quiet", file("change.patch").to_str().unwrap()]),
        ("by-bundle", vec!["pull", "--quiet", "--no-edit", file("change.bundle").to_str().unwrap(), BRANCH]),
    ] {
        let dir = shop.world.env.root().join(clone);
        let name = dir.display().to_string();
        shop.git_in(
            shop.world.env.root(),
            &["clone", "--quiet", "--branch=main", &shop.bare.display().to_string(), &name],
        );
        shop.git_in(&dir, &["config", "user.name", "Ada"]);
        shop.git_in(&dir, &["config", "user.email", "ada@example.invalid"]);
        shop.git_in(&dir, &words);
        assert_eq!(shop.git_in(&dir, &["rev-parse", "HEAD^{tree}"]), tree, "{clone}");
    }
    let text = fs::read_to_string(file("PULL_REQUEST.md")).unwrap();
    for part in ["Give connections back", &head, "None on this tree", "no reason was given", "git revert"] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn an_emergency_without_tests_leaves_its_trace_and_tells_the_manager_and_the_author() {
    let shop = Shop::new();
    shop.world.orc(&["incident", "declare", "t", "Logins fail with 500", "--severity", "sev1"]).success();
    let answer = shop.shipped(&[]);
    let waived = &answer["proposal"]["waived"];
    assert!(
        waived["why"].as_str().unwrap().contains("Logins fail with 500"),
        "the record says why: {answer}"
    );
    assert_eq!(answer["follow_ups"].as_array().unwrap().len(), 2, "{answer}");
    assert!(
        answer["proposal"]["title"].as_str().unwrap().starts_with("Logins fail with 500 (INC-"),
        "{answer}"
    );
    let body = answer["body"].as_str().unwrap();
    assert!(body.contains("emergency change") && body.contains("sev1"), "{body}");
    let open = shop.world.json(&["incident", "status", "t"]);
    let said =
        open["statements"].as_array().unwrap().iter().filter(|it| it["fact"]["fact"] == "follow_up_added");
    assert_eq!(said.count(), 2, "{open}");
    assert_eq!(open["changes"][0]["stage"]["is"], "published", "{open}");
    let shown = shop.world.orc(&["incident", "status", "t"]).success().stdout;
    let files = answer["published"]["files"].as_array().unwrap();
    let text =
        files.iter().filter_map(Value::as_str).find(|file| file.ends_with("/PULL_REQUEST.md")).unwrap();
    let head = shop.git(&["rev-parse", "HEAD"]);
    let line = format!("\npatch: {BRANCH} -> main, commit {}  {text}\n", &head[..8]);
    let proof =
        "  No check ran on this very tree. Published without the whole suite, on the word of operator: INC-";
    for part in [line.as_str(), proof] {
        assert!(shown.contains(part), "{part:?} is not in\n{shown}");
    }
    // Both agents of the team have it in their own record: the manager, and who wrote it.
    for agent in ["t:0", "t:pm"] {
        let truth = shop.world.agent_of(&shop.world.status(agent)).truth;
        orc_testkit::wait_until("the agent is told", SOON, || {
            let prompts = truth.prompts();
            let told = prompts.iter().any(|text| text.contains("The whole suite has not passed on it"));
            if told { Ok(()) } else { Err(format!("{prompts:?}")) }
        });
    }
    // Again: the same, and nothing is opened twice.
    let again = shop.shipped(&[]);
    assert_eq!(again["follow_ups"], answer["follow_ups"], "they are the same two");
}

#[test]
fn all_that_is_in_the_way_is_told_at_once_and_nothing_is_done() {
    let shop = Shop::new();
    fs::write(shop.world.repo.join("README.md"), "changed\n").unwrap();
    assert_eq!(shop.problems(&["--emergency"]), ["dirty_tree", "check_missing"]);
    shop.git(&["checkout", "--quiet", "README.md"]);
    assert_eq!(shop.problems(&["--branch", "hotfix/lek", "--emergency"]), ["branch_missing"]);
    let near = shop.ship(&["--branch", "hotfix/lek", "--emergency"]).exits(4).stderr;
    assert!(near.contains("did you mean `hotfix/leak`?"), "{near}");
    assert_eq!(shop.problems(&["--branch", "-x", "--emergency"]), ["branch_name"]);
    let skip = &["--emergency", "--skip-full-tests"][..];
    let with = |words: &[&'static str]| [words, skip].concat();
    assert_eq!(shop.problems(&with(&["--base", "mian"])), ["base_missing"]);
    assert_eq!(shop.problems(&with(&["--base", BRANCH])), ["head_is_base"]);
    assert_eq!(shop.problems(&with(&["--branch", "main"])), ["head_is_base"]);
    assert_eq!(shop.problems(&["--skip-full-tests"]), ["why_missing"], "no emergency");
    assert_eq!(shop.problems(&[]), ["check_missing"]);
    shop.git(&["switch", "--quiet", "--detach"]);
    assert_eq!(shop.problems(skip), ["detached_head"]);
    shop.git(&["switch", "--quiet", "main"]);
    assert_eq!(shop.problems(skip), ["head_is_base"], "nothing but the base is checked out");
    shop.git(&["switch", "--quiet", "--create", "empty"]);
    assert_eq!(shop.problems(skip), ["nothing_ahead"]);
    shop.git(&["remote", "rename", "origin", "one"]);
    shop.git(&["remote", "add", "two", "file:///nowhere"]);
    assert!(shop.problems(skip).contains(&"several_remotes".to_owned()));
    shop.nothing_was_done();
}

#[test]
fn a_directory_without_a_repository_and_one_without_a_commit_are_refused() {
    let world = World::new();
    let dir = world.env.root().join("plain");
    fs::create_dir_all(&dir).unwrap();
    let place = dir.to_str().unwrap();
    let deploy = ["quick-deploy", "backend", "2", "--project-name", "t", "--agent", "scripted"];
    world.orc(&[&deploy[..], &["--project-dir", place, "--wait=60s"]].concat()).success();
    let bare = world.env.root().join("bare.git");
    let shop = Shop { world, bare };
    let words = ["--emergency", "--skip-full-tests"];
    assert_eq!(shop.problems(&words), ["no_repository"]);
    shop.git_in(&dir, &["init", "--quiet", "--initial-branch=hotfix"]);
    assert_eq!(shop.problems(&words)[0], "nothing_ahead", "nothing was committed yet");
}

#[test]
fn without_a_remote_and_with_one_that_is_gone_the_files_are_written_and_that_is_said() {
    let shop = Shop::new();
    fs::rename(&shop.bare, shop.bare.with_extension("away")).unwrap();
    let gone = shop.shipped(&[]);
    assert_eq!(gone["warnings"][0]["code"], "remote_unreachable", "{gone}");
    assert_eq!(gone["published"]["files"].as_array().unwrap().len(), 3);
    shop.git(&["remote", "remove", "origin"]);
    let none = shop.shipped(&[]);
    let code: Vec<&Value> = none["warnings"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert_eq!(code, ["no_remote"], "{none}");
    assert_eq!(none["published"]["action"], "written");
    assert_eq!(none["proposal"].get("remote"), None, "nothing is said to be pushed: {none}");
}

#[test]
fn a_conflict_and_a_branch_that_others_pushed_to_stop_it_and_nothing_is_forced() {
    let shop = Shop::new();
    shop.shipped(&[]);
    let theirs = {
        shop.git(&["switch", "--quiet", "--create", "theirs", BRANCH]);
        let commit = shop.commit("theirs.py", "x = 1\n", "Somebody else's");
        shop.git(&["push", "--quiet", "origin", &format!("theirs:refs/heads/{BRANCH}")]);
        commit
    };
    shop.git(&["switch", "--quiet", BRANCH]);
    shop.commit("own.py", "y = 1\n", "Ours");
    let words = ["--emergency", "--skip-full-tests"];
    assert_eq!(shop.problems(&words), ["remote_differs"]);
    assert_eq!(shop.pushed(BRANCH), theirs, "theirs stays");
    shop.git(&["switch", "--quiet", "main"]);
    shop.commit("pool.py", "def other():\n    pass\n", "The same file");
    shop.git(&["push", "--quiet", "origin", "main"]);
    shop.git(&["switch", "--quiet", "--create", "hotfix/other", "main~1"]);
    shop.commit("pool.py", "def give_back(c):\n    c.close()\n", "Ours again");
    assert_eq!(shop.problems(&words), ["conflict"]);
}

#[test]
fn a_secret_in_any_commit_of_the_range_stops_it_until_a_person_says_it_is_none() {
    let shop = Shop::bare();
    shop.branch(
        BRANCH,
        "settings.py",
        "import os\ntoken = create_token(user)\npassword = os.environ[\"DB_PASSWORD\"]\n",
    );
    let words = ["--emergency", "--skip-full-tests"];
    let clean = shop.ship(&[&words[..], &["--dry-run"]].concat()).success();
    assert!(clean.stdout.contains("## Rollback"), "code that names a secret holds none: {clean:?}");
    // In one commit, and out again in the next: the last state is clean, and the range is not.
    let secret = shop.commit(".env", "DB_PASSWORD=hunter2-of-ada\n", "Try it");
    shop.git(&["rm", "--quiet", ".env"]);
    shop.git(&["commit", "--quiet", "--message", "Try no more"]);
    let refused = shop.ship(&[&words[..], &["--json"]].concat()).exits(4).json();
    let problem = &refused["error"]["found"][0];
    assert_eq!(problem["code"], "secrets", "{refused}");
    let message = problem["message"].as_str().unwrap();
    assert!(message.contains(".env") && message.contains(&secret[..12]), "{message}");
    assert!(!refused.to_string().contains("hunter2"), "the value is nowhere: {refused}");
    shop.nothing_was_done();
    let mark = problem["hint"].as_str().unwrap().split("--no-secret ").nth(1).unwrap().to_owned();
    let allowed = shop.shipped(&["--no-secret", &mark]);
    assert!(allowed["proposal"]["no_secrets"][0].as_str().unwrap().contains(".env"), "{allowed}");
    assert!(allowed["body"].as_str().unwrap().contains("A person says that this is no secret"), "{allowed}");
    // In a message of a commit.
    shop.branch("hotfix/words", "words.py", "x = 1\n");
    shop.git(&[
        "commit",
        "--quiet",
        "--amend",
        "--message",
        "Use ghp_abcdefghijklmnopqrstuvwx0123456789 for now",
    ]);
    assert_eq!(shop.problems(&words), ["secrets"]);
}

#[test]
fn an_agent_says_why_and_says_of_nothing_that_it_is_no_secret() {
    let shop = Shop::new();
    let agent = shop.world.status("t:0")["id"].as_str().unwrap().to_owned();
    let ship = |words: &[&str]| {
        let mut command = shop.world.command(&["pm", "create-pr", "t", "--emergency", "--json"]);
        command.args(words).env("TMUX_ORC_AGENT_ID", &agent);
        shop.world.env.run(command, Duration::from_secs(60))
    };
    let refused = ship(&["--skip-full-tests"]).exits(4).json();
    assert_eq!(refused["error"]["found"][0]["code"], "why_missing", "{refused}");
    ship(&["--skip-full-tests", "--why", "x", "--no-secret", "abc"]).exits(9);
    shop.nothing_was_done();
    let answer = ship(&["--skip-full-tests", "--why", "tried by hand on staging"]).success().json();
    assert_eq!(answer["proposal"]["waived"]["why"], "tried by hand on staging");
    assert_eq!(answer["proposal"]["waived"]["by"]["label"], "t:backend", "{answer}");
}

#[test]
fn a_dry_run_prints_the_text_and_does_nothing() {
    let shop = Shop::new();
    let out = shop.ship(&["--emergency", "--skip-full-tests", "--dry-run"]).success();
    assert!(out.stdout.contains("## Tests not run") && out.stderr.contains("nothing was done"), "{out:?}");
    shop.nothing_was_done();
    assert!(!shop.world.env.state_dir().join("teams/t/change").exists(), "no file was written");
}

#[test]
fn two_at_once_publish_one_after_the_other() {
    let shop = Shop::new();
    std::thread::scope(|scope| {
        let both: Vec<_> = (0..2).map(|_| scope.spawn(|| shop.shipped(&[]))).collect();
        for one in both {
            assert_eq!(one.join().unwrap()["published"]["action"], "written");
        }
    });
    let order: Vec<String> = shop
        .events()
        .iter()
        .map(|event| event["event"]["event"].as_str().unwrap().to_owned())
        .filter(|name| name == "ship_started" || name == "change_published")
        .collect();
    assert_eq!(order, ["ship_started", "change_published", "ship_started", "change_published"]);
}

#[test]
fn a_supervisor_killed_during_the_push_leaves_a_change_that_goes_on_when_it_is_run_again() {
    let shop = Shop::new();
    // The remote stands still in the middle of the first push until it is told to go on.
    let (hook, there) = (shop.bare.join("hooks/pre-receive"), shop.bare.join("there"));
    fs::write(&hook, "#!/bin/sh\n[ -e there ] || { touch there; read word < go; }\n").unwrap();
    for words in [["mkfifo", "go"], ["chmod", "+x"]] {
        let mut command = shop.world.env.command(words[0]);
        command.current_dir(&shop.bare).arg(words[1]);
        if words[0] == "chmod" {
            command.arg(&hook);
        }
        shop.world.env.run(command, Duration::from_secs(10)).success();
    }
    let mut command = shop.world.command(&["pm", "create-pr", "t", "--emergency", "--skip-full-tests"]);
    let mut first = command.spawn().unwrap();
    orc_testkit::wait_until("the push has begun", SOON, || {
        if there.exists() { Ok(()) } else { Err(String::new()) }
    });
    shop.world.kill_supervisor();
    assert!(!first.wait().unwrap().success(), "its supervisor is gone");
    let stage = shop.world.json(&["incident", "status", "t"])["changes"][0]["stage"].clone();
    assert_eq!(stage["is"], "broken_off", "{stage}");
    assert_eq!(stage["step"], "push", "{stage}");
    fs::write(shop.bare.join("go"), "on\n").unwrap();
    let head = shop.git(&["rev-parse", BRANCH]);
    let answer = shop.shipped(&[]);
    assert_eq!(shop.pushed(BRANCH), head, "{answer}");
    let status = shop.world.json(&["incident", "status", "t"]);
    assert_eq!(status["changes"].as_array().unwrap().len(), 1, "it is one change: {status}");
    assert_eq!(status["changes"][0]["stage"]["is"], "published");
}
