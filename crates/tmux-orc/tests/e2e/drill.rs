//! The rehearsal: that it goes through whole, wherever the fault is; that it ends what it started, also when it is
//! interrupted. What it says of itself is held against what it left behind.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use orc_testkit::{TestEnv, wait_until};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::world::{BINARY, SOON};

/// The longest that a drill may take on a busy machine, its agents thinking fast.
const WHOLE: Duration = Duration::from_secs(300);

/// A world whose temporary files are its own, so that nothing of a drill can be overlooked.
fn world() -> TestEnv {
    let mut env = TestEnv::new(BINARY);
    let temporary = env.root().join("t");
    fs::create_dir(&temporary).expect("a folder");
    env.set("TMPDIR", &temporary);
    env
}

/// What of drills is there.
fn folders(env: &TestEnv) -> Vec<PathBuf> {
    let entries = fs::read_dir(env.root().join("t")).expect("the folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.to_string_lossy().contains("tmux-orc-drill")).collect()
}

fn git(env: &TestEnv, repository: &Path, arguments: &[&str]) -> String {
    let mut git = env.command("git");
    git.arg("-C").arg(repository).args(arguments);
    env.run(git, SOON).success().stdout
}

/// Two faults in two files: the agents find each, mend it, test it, and it is on the remote's main branch.
#[test]
fn a_drill_goes_through_whole_wherever_the_fault_is() {
    let mut files = Vec::new();
    for seed in ["0", "4"] {
        let env = world();
        let out = env.root().join("report");
        let mut drill = env.command(BINARY);
        drill
            .args(["--json", "drill", "hotfix", "--speed", "3000", "--keep", "--seed", seed, "--out"])
            .arg(&out);
        let said = env.run(drill, WHOLE).success();
        let summary = said.json();
        assert_eq!(summary["passed"], true, "{summary}");
        let kept = PathBuf::from(summary["kept"].as_str().expect("a folder"));

        // What git has: one line more in one file, which gives a connection back in front of a refusal.
        let remote = kept.join("remote.git");
        let change = git(&env, &remote, &["show", "--format=%an", "--unified=1", "main"]);
        let lines = |sign: char| -> Vec<&str> {
            let of = move |line: &&str| {
                line.starts_with(sign) && !line.starts_with("+++") && !line.starts_with("---")
            };
            change.lines().filter(of).collect()
        };
        assert_eq!((lines('+').len(), lines('-').len()), (1, 0), "{change}");
        assert!(lines('+')[0].trim_start_matches('+').trim().starts_with("pool.release("), "{change}");
        assert!(
            change.contains("\n         raise Unauthorized(") || change.contains("\n+        pool"),
            "{change}"
        );
        files.push(change.lines().find_map(|line| line.strip_prefix("+++ b/")).expect("a file").to_owned());

        // What the agents' own logs have: one was killed and started again; the manager heard of the cause and the fix.
        let truth = |name: &str| -> Vec<Value> {
            let text =
                fs::read_to_string(kept.join(format!("truth/auth-hotfix:{name}.jsonl"))).expect("a log");
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
        };
        let starts = |name: &str| truth(name).iter().filter(|event| event["ev"] == "start").count();
        assert_eq!((starts("backend"), starts("devops"), starts("pm")), (2, 1, 1));
        let heard = |part: &str| {
            truth("pm").iter().any(|event| {
                event["ev"] == "prompt" && event["text"].as_str().unwrap_or_default().contains(part)
            })
        };
        assert!(
            heard("Found issue: ") && heard("Fix implemented and tested locally"),
            "{:?}",
            truth("pm").last()
        );

        // What the report says is what happened.
        let commit = git(&env, &remote, &["rev-parse", "--short=7", "main"]);
        let report = fs::read_to_string(out.join("incident-report.md")).expect("the report");
        for part in [commit.trim(), files.last().expect("a file"), "Senior Backend Developer"] {
            assert!(report.contains(part), "{part} is not in the report:\n{report}");
        }
        assert!(
            fs::read_to_string(out.join("incident-report.html")).expect("the page").contains(commit.trim())
        );
        assert!(fs::read_to_string(out.join("incident-log.txt")).expect("the log").contains("Found issue: "));
        assert!(env.processes().is_empty(), "{:?}", env.processes());
    }
    assert_ne!(files[0], files[1], "two faults in two files");
    assert_eq!(files[0], "auth/auth_handler.py");
}

#[test]
fn an_interrupted_drill_ends_what_it_started_and_removes_it() {
    let env = world();
    let mut drill = env.command(BINARY);
    drill.args(["drill", "hotfix", "--speed", "1"]).process_group(0);
    let mut child =
        drill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let agents = || {
        let all = env.processes();
        all.iter().filter(|process| process.command.contains("scripted-agent")).count()
    };
    wait_until("three agents work", SOON, || {
        if agents() == 3 { Ok(()) } else { Err(format!("{:?}", env.processes())) }
    });
    assert_eq!(folders(&env).len(), 2, "its world, and where the report goes");
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process_group(group, Signal::INT).expect("it runs");
    let status = wait_until("it has ended", SOON, || {
        child.try_wait().expect("a child").ok_or_else(|| "it runs".to_owned())
    });
    assert_eq!(status.code(), Some(130));
    wait_until("nothing is left", SOON, || {
        if env.processes().is_empty() { Ok(()) } else { Err(format!("{:?}", env.processes())) }
    });
    assert_eq!(folders(&env), [] as [PathBuf; 0]);
}

#[test]
fn what_is_missing_is_said_before_anything_is_made() {
    let mut env = world();
    let programs = env.root().join("bin");
    fs::create_dir(&programs).expect("a folder");
    for name in ["git", "tmux"] {
        let path = std::env::var_os("PATH").expect("a path");
        let found =
            std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.exists());
        std::os::unix::fs::symlink(found.expect("it is installed"), programs.join(name)).expect("a link");
    }
    env.set("PATH", &programs);
    let out = env.cmd(&["drill", "hotfix"]).exits(4);
    assert!(out.stderr.contains("python3") && out.stderr.contains("apt-get install"), "{out:?}");
    assert_eq!(folders(&env), [] as [PathBuf; 0]);
    assert!(env.processes().is_empty());
}

/// As `quick-deploy` would say it, and nothing but that is said.
#[test]
fn an_agent_that_is_not_installed_is_named_before_anything_is_shown() {
    let env = world();
    fs::create_dir_all(env.config_dir().join("agents")).expect("a folder");
    let profile =
        "id = \"mine\"\nname = \"Mine\"\nbinary = \"no-such-agent\"\ninstall_hint = \"Ask for it.\"\n";
    fs::write(env.config_dir().join("agents/mine.toml"), profile).expect("a profile");
    let out = env.cmd(&["drill", "hotfix", "--agent", "mine"]).exits(4);
    assert!(out.stderr.contains("Mine: `no-such-agent` is not on the PATH; Ask for it."), "{out:?}");
    assert_eq!(out.stdout, "");
    let out = env.cmd(&["drill", "hotfix", "--agent", "mind"]).exits(4);
    assert!(out.stderr.contains("there is no agent profile `mind`; did you mean"), "{out:?}");
    // Its supervisor has answered for the last time, and ends in its own time.
    wait_until("nothing is left", SOON, || {
        if env.processes().is_empty() { Ok(()) } else { Err(format!("{:?}", env.processes())) }
    });
    assert_eq!(folders(&env), [] as [PathBuf; 0]);
}
