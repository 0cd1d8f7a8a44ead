//! What can happen to the machine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use orc_testkit::{Process, wait_until};
use serde_json::Value;

use crate::scene::{EMERGENCY, Scene};
use crate::table::Outcome;
use crate::world::{BINARY, SOON, World};

/// A supervisor that was started in a way of our own, ended with the round.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts a supervisor by this shell script, in which `"$0"` is the program, and waits until it listens.
fn supervisor(world: &World, script: &str) -> Started {
    let mut command: Command = world.env.command("bash");
    command.args(["-c", script, BINARY]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Started(command.spawn().expect("it starts"));
    let socket = world.env.runtime_dir().join("api.sock");
    wait_until("the supervisor listens", SOON, || {
        UnixStream::connect(&socket).map(drop).map_err(|error| error.to_string())
    });
    started
}

/// Every folder below, itself included.
fn folders(of: &Path) -> Vec<std::path::PathBuf> {
    let inside = fs::read_dir(of).into_iter().flatten().flatten().map(|entry| entry.path());
    let below = inside.filter(|path| path.is_dir() && !path.is_symlink());
    below.flat_map(|path| folders(&path)).chain([of.to_owned()]).collect()
}

fn set_mode(folder: &Path, mode: u32) {
    for folder in folders(folder) {
        fs::set_permissions(folder, fs::Permissions::from_mode(mode)).expect("our own folder");
    }
}

/// Nothing can be made in the state directory, so no launch succeeds: said, given up, mended by a person.
pub(crate) fn read_only(_: u32) -> Outcome {
    let world = World::new();
    // Root may write everywhere; without these it may not.
    let plain = r#"caps=-dac_override,-dac_read_search,-fowner
        if [ "$(id -u)" = 0 ]; then set -- setpriv --bounding-set=$caps --inh-caps=$caps "$0"; else set -- "$0"; fi
        exec "$@" daemon run --detached"#;
    let started = supervisor(&world, plain);
    let mut scene = Scene::of(world, 3, EMERGENCY);
    let agent = scene.agents[0].clone();
    let state = scene.world.env.state_dir();
    scene.concerns(&agent);
    let others = scene.agents[1..].to_vec();
    let message = scene.post(&agent, "before");
    agent.truth.wait_for_message(&message);
    scene.world.wait_until_idle("t");
    scene.strike(|_| {
        set_mode(&state, 0o555);
        agent.process.kill();
    });
    let detected = scene.told("agent_ended", Some(&agent));
    scene.told("breaker_opened", Some(&agent));
    assert!(others.iter().all(|other| other.process.is_alive()));
    set_mode(&state, 0o755);
    let mended = scene.elapsed();
    scene.world.orc(&[&["recovery", "start"], EMERGENCY].concat()).success();
    let message = scene.post(&agent, "after");
    let recovered = scene.arrived(&agent, &message).saturating_sub(mended);
    let outcome = scene.outcome(Some(detected), Some(recovered));
    drop(started);
    outcome
}

/// The log takes nothing, so nothing is begun: an agent that dies meanwhile comes back when there is space.
pub(crate) fn disk_full(_: u32) -> Outcome {
    let world = World::new();
    // Without the signal a write beyond the limit fails as on a full disk.
    let started = supervisor(&world, r#"trap '' XFSZ; exec "$0" daemon run --detached"#);
    let mut scene = Scene::of(world, 3, EMERGENCY);
    let agent = scene.agents[0].clone();
    let pid = started.0.id().to_string();
    let limit = |world: &World, bytes: &str| {
        let mut prlimit = world.env.command("prlimit");
        prlimit.args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")]);
        world.env.run(prlimit, SOON).success();
    };
    scene.concerns(&agent);
    scene.strike(|world| {
        limit(world, "4096");
        agent.process.kill();
    });
    let refused = scene.world.orc(&["agent", "send", "t:0", "there is no space"]).exits(1);
    assert!(refused.stderr.contains("nothing was accepted"), "{refused:?}");
    // What the log took before the disk was full may still be there.
    let begun =
        |event: &Value| event["event"]["event"].as_str().is_some_and(|kind| kind.starts_with("restart"));
    assert!(!scene.since().iter().any(begun), "nothing is begun that the log cannot take");
    limit(&scene.world, "unlimited");
    let space = scene.elapsed();
    let message = scene.post(&agent, "there is space again");
    let recovered = scene.arrived(&agent, &message).saturating_sub(space);
    let detected = scene.told("agent_ended", Some(&agent)).saturating_sub(space);
    let outcome = scene.outcome(Some(detected), Some(recovered));
    drop(started);
    outcome
}

/// A day forwards or backwards, in the instant of a death.
pub(crate) fn clock_jump(round: u32) -> Outcome {
    const DAY_MS: i64 = 86_400_000;
    let mut world = World::new();
    let file = world.env.root().join("wall-offset");
    fs::write(&file, "0").expect("a file");
    world.env.set("TMUX_ORC_WALL_OFFSET_FILE", &file);
    let mut scene = Scene::of(world, 3, EMERGENCY);
    let agent = scene.agents[0].clone();
    scene.concerns(&agent);
    let jump = if round.is_multiple_of(2) { DAY_MS } else { -DAY_MS };
    scene.strike(|_| {
        fs::write(&file, jump.to_string()).expect("a file");
        agent.process.kill();
    });
    let message = scene.post(&agent, "while it was gone");
    // The agent's own clock has not jumped.
    let recovered = scene.arrived(&agent, &message);
    let ended = scene.since();
    let ended = ended.iter().find(|event| event["event"]["event"] == "agent_ended").expect("an end");
    let at = crate::scene::millis_of(&ended["at"]);
    assert!(
        (at - crate::scene::wall_ms() - jump).abs() < DAY_MS / 2,
        "the clock of the log has jumped: {ended}"
    );
    let detected = scene.after(at - jump);
    scene.outcome(Some(detected), Some(recovered))
}

/// Everything is gone but the state directory, and this is another life of the host.
pub(crate) fn rebooted(_: u32) -> Outcome {
    let mut scene = Scene::new(3, EMERGENCY);
    let agents = scene.agents.clone();
    for agent in &agents {
        scene.concerns(agent);
    }
    for word in ["scripted-agent", " shim", " view ", "daemon run", "tmux -u"] {
        scene.concerns_all(word);
    }
    scene.strike(|world| {
        let all = world.env.processes();
        all.iter().filter(|process| !process.command.ends_with("tmux-orc 600")).for_each(Process::kill);
        world.wait_until_unreachable();
    });
    scene.world.env.set("TMUX_ORC_BOOT_ID", "the next one");
    let up = scene.elapsed();
    let messages: Vec<String> = agents.iter().map(|agent| scene.post(agent, "after the reboot")).collect();
    let recovered = agents.iter().zip(&messages).map(|(agent, message)| scene.arrived(agent, message)).max();
    let detected = scene.told_that("agent_ended", |event| event["event"]["exit"] == "host_restarted");
    let recovered = recovered.map(|recovered| recovered.saturating_sub(up));
    scene.outcome(Some(detected.saturating_sub(up)), recovered)
}
