//! What is left over is found and removed, and nothing else.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use orc_testkit::wait_until;

use crate::world::{Agent, SOON, World};

/// The files of the event log, put elsewhere.
fn copy_log(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for name in ["log.db", "log.db-wal", "log.db-shm"] {
        let copied = fs::copy(from.join(name), to.join(name));
        if copied.is_err() {
            drop(fs::remove_file(to.join(name)));
        }
    }
}

#[track_caller]
fn wait_until_gone(agents: &[Agent]) {
    wait_until("they have ended", SOON, || {
        let alive: Vec<&str> = agents.iter().filter(|a| a.process.is_alive()).map(|a| &*a.target).collect();
        if alive.is_empty() { Ok(()) } else { Err(format!("{alive:?}")) }
    });
}

/// As when a supervisor is killed between the start of an agent and the record of it: the log has no such launch.
#[test]
fn agents_that_the_log_does_not_know_are_ended_and_others_are_left_alone() {
    let mut world = World::new();
    let state = world.env.state_dir();
    world.orc(&["daemon", "start"]).success();
    world.kill_supervisor();
    let before = world.env.root().join("before");
    copy_log(&state, &before);
    let agents = world.deploy(2);
    let shims: Vec<_> = agents.iter().map(Agent::shim).collect();
    world.kill_supervisor();
    // Another supervisor at the same sockets with a state of its own: these agents are not its own.
    world.env.set("TMUX_ORC_STATE_DIR", world.env.root().join("another state"));
    world.orc(&["daemon", "start"]).success();
    world.orc(&["team", "list"]).success();
    assert!(agents.iter().all(|agent| agent.process.is_alive()), "they belong to another state directory");
    world.kill_supervisor();
    world.env.set("TMUX_ORC_STATE_DIR", &state);
    // Their own supervisor knows them.
    world.orc(&["daemon", "start"]).success();
    world.orc(&["team", "list"]).success();
    assert!(agents.iter().all(|agent| agent.process.is_alive()), "the log knows them");
    world.kill_supervisor();
    copy_log(&before, &state);
    let stale = world.env.runtime_dir().join("s/a77.sock");
    drop(std::os::unix::net::UnixListener::bind(&stale).expect("a socket"));
    world.orc(&["daemon", "start"]).success();
    wait_until_gone(&agents);
    wait_until("their shims have ended", SOON, || {
        if shims.iter().any(orc_testkit::Process::is_alive) { Err("one lives".to_owned()) } else { Ok(()) }
    });
    assert!(!stale.exists(), "a socket at which nobody listens");
    // The numbers of those agents are free.
    world.deploy(2);
}

/// The sockets are the same, so the agents have the same numbers: the start fails, and what runs there is not ended for it.
#[test]
fn a_team_that_cannot_start_leaves_the_agents_of_another_state_directory_alone() {
    let mut world = World::new();
    let state = world.env.state_dir();
    let agents = world.deploy(2);
    world.kill_supervisor();
    world.env.set("TMUX_ORC_STATE_DIR", world.env.root().join("another state"));
    let args =
        ["quick-deploy", "backend", "2", "--project-name", "other", "--agent", "scripted", "--wait=60s"];
    let out = world.orc(&args).exits(4);
    assert!(out.stderr.contains("`other` could not be started"), "{out:?}");
    assert!(agents.iter().all(|agent| agent.process.is_alive()), "they belong to another state directory");
    world.kill_supervisor();
    world.env.set("TMUX_ORC_STATE_DIR", &state);
    world.send(&agents[0].target, "still there");
}

/// Makes it and what is directly in it so old.
fn age(path: &Path, hours: u64) {
    let then = SystemTime::now() - Duration::from_secs(hours * 3600);
    let inside = fs::read_dir(path).map(|found| found.flatten().map(|e| e.path()).collect::<Vec<_>>());
    for path in inside.unwrap_or_default().iter().map(std::path::PathBuf::as_path).chain([path]) {
        fs::File::open(path).and_then(|file| file.set_modified(then)).expect("a time");
    }
}

#[test]
fn files_that_nobody_needs_are_removed_a_day_after_their_last_change() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    world
        .feed(crate::texts::lines(400_000).as_bytes(), &["agent", "send", "t:0", "-", "--wait=60s"])
        .success();
    let state = world.env.state_dir();
    let (agents, own) = (state.join("agents"), state.join("agents").join(&agent.id));
    let make = |path: &Path, hours: u64| {
        fs::create_dir_all(path).expect("a folder");
        fs::write(path.join("file"), "x").expect("a file");
        age(path, hours);
    };
    make(&agents.join("a900"), 25);
    make(&agents.join("a901"), 23);
    make(&own.join("launch-0"), 25);
    age(&own.join("launch-1"), 25);
    let messages = state.join("teams/t/messages");
    age(&messages, 25);
    let look_again = || {
        world.kill_supervisor();
        world.orc(&["daemon", "start"]).success();
    };
    look_again();
    wait_until("the old folders are gone", SOON, || {
        let left = [agents.join("a900"), own.join("launch-0")].into_iter().find(|path| path.exists());
        left.map_or(Ok(()), |path| Err(path.display().to_string()))
    });
    for kept in [agents.join("a901"), own.join("launch-1"), messages.clone()] {
        assert!(kept.exists(), "{} is gone", kept.display());
    }
    world.orc(&["team", "stop", "t", "--yes"]).success();
    age(&messages, 25);
    // A team may be named like anything else: what its checks printed stays.
    let (log, cache) = (state.join("checks/repositories/1700000000000"), state.join("repositories/0123"));
    make(&log, 25);
    make(&cache, 25);
    // As when a supervisor stops between the record of an end and the removal of what its shim had left.
    let exit = own.join("exit-1.json");
    fs::write(&exit, "{}").expect("a file");
    look_again();
    wait_until("the record of an end that the log has is gone, however young", SOON, || {
        if exit.exists() { Err("it is there".to_owned()) } else { Ok(()) }
    });
    wait_until("the long messages of a team that has ended are gone", SOON, || {
        if messages.exists() { Err("they are there".to_owned()) } else { Ok(()) }
    });
    assert!(own.join("launch-1").exists(), "the last launch stays with its team");
    assert!(log.exists() && !cache.exists(), "logs of checks are kept, what compilers made is not");
    let record = world.orc(&["agent", "messages", "t", "--export"]).success().stdout;
    assert!(record.len() > 400_000, "their texts are in the log");
}

#[test]
fn the_words_of_supervisors_fill_two_files_of_a_bounded_size_at_the_most() {
    let world = World::new();
    let log = world.env.state_dir().join("supervisor.log");
    let old = world.env.state_dir().join("supervisor.log.1");
    let fill = |word: &str| {
        fs::write(&log, format!("{word} {}\n", "x".repeat(1000)).repeat(6500)).expect("a file");
    };
    for word in ["first", "second"] {
        fill(word);
        world.orc(&["daemon", "start"]).success();
        wait_until("the full file was put aside", SOON, || {
            let aside = fs::read_to_string(&old).is_ok_and(|text| text.starts_with(word));
            let size = fs::metadata(&log).map_or(0, |meta| meta.len());
            if aside && (1..1 << 20).contains(&size) { Ok(()) } else { Err(format!("{aside} {size}")) }
        });
        world.orc(&["daemon", "stop"]).success();
    }
    let shown = world.orc(&["daemon", "logs", "--lines", "1000000"]).success().stdout;
    assert!(shown.starts_with("second") && shown.len() > 6 << 20, "the old file first");
}
