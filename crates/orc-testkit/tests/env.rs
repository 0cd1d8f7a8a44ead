//! The private world of a test: what is in it, and that nothing of it is left.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;

use orc_testkit::{Process, TestEnv, wait_until};

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn the_environment_is_private_and_clean() {
    let mut env = TestEnv::new("/usr/bin/env");
    env.set("TMUX_ORC_EXTRA", "x");
    let out = env.cmd::<&str>(&[]).success();
    let value = |name: &str| out.stdout.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    assert_eq!(value("HOME"), env.home().to_str());
    assert!(env.home().to_str().unwrap().contains(' '));
    assert_eq!(value("TMUX_ORC_STATE_DIR"), env.state_dir().to_str());
    assert_eq!(value("TMUX_ORC_CONFIG_DIR"), env.config_dir().to_str());
    assert_eq!(value("TMUX_ORC_RUNTIME_DIR"), env.runtime_dir().to_str());
    assert_eq!(value("TMUX_ORC_EXTRA"), Some("x"));
    for name in ["TMUX", "TMUX_PANE", "CARGO_MANIFEST_DIR"] {
        assert_eq!(value(name), None, "{name}");
    }
    assert!(env.runtime_dir().as_os_str().len() <= 16);
    let mode = fs::metadata(env.runtime_dir()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn output_has_code_text_and_json() {
    let env = TestEnv::new("/bin/sh");
    let out = env.cmd(&["-c", r#"echo '{"a": 1}'; echo talk >&2; exit 3"#]);
    assert_eq!((out.code, out.stderr.as_str()), (3, "talk\n"));
    assert_eq!(out.json()["a"], 1);
    assert_eq!(env.cmd(&["-c", "kill -9 $$"]).code, 137);
}

#[test]
#[should_panic(expected = "took longer than")]
fn a_command_that_hangs_is_killed() {
    let env = TestEnv::new("/bin/sh");
    let mut sleep = env.command("sleep");
    sleep.arg("600");
    let _ = env.run(sleep, Duration::from_millis(100));
}

#[test]
fn a_repository_has_one_commit_which_is_always_the_same() {
    let env = TestEnv::new("git");
    let commit = |name: &str| {
        let repo = env.init_repo(name);
        env.cmd(&["-C", repo.to_str().unwrap(), "rev-parse", "HEAD"]).success().stdout
    };
    assert_eq!(commit("one"), commit("two words"));
}

/// Starts a daemon that has left its parent, session and terminal, a child of it without any environment, and an orphan
/// that kept nothing but its home.
fn daemon(env: &TestEnv) -> Vec<Process> {
    const DAEMON: &str = r#"setsid --fork env -i HOME="$HOME" sleep 600; env -i sleep 601 & exec sleep 602"#;
    let mut sh = env.command("setsid");
    sh.args(["--fork", "sh", "-c", DAEMON]);
    sh.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(sh.status().expect("setsid").success());
    wait_until("all three run", PATIENCE, || {
        let found = env.processes();
        let sleeps = found.iter().filter(|process| process.command.starts_with("sleep 60")).count();
        if sleeps == 3 { Ok(found) } else { Err(format!("{found:?}")) }
    })
}

#[test]
fn no_process_outlives_the_world_and_no_other_is_touched() {
    let env = TestEnv::new("true");
    let other = TestEnv::new("true");
    let (mine, others) = (daemon(&env), daemon(&other));
    env.tmux(&["new-session", "-d", "sleep 603"]).success();
    let server = env.processes().into_iter().find(|process| process.command.starts_with("tmux")).unwrap();
    drop(env);
    for process in mine.iter().chain([&server]) {
        assert!(!process.is_alive(), "{process:?}");
    }
    assert!(others.iter().all(Process::is_alive));
}
