//! Agents come back by themselves: what falls is restarted as the person asked, told to those who must know, and what a
//! restart would not mend is left alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use orc_testkit::{Process, wait_until};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde_json::Value;

use crate::truth::Truth;
use crate::world::{Agent, BINARY, SOON, World, kill, scripted};

impl World {
    /// Waits until the agent's new launch is ready; the agent as it is now.
    #[track_caller]
    pub(crate) fn comes_back(&self, agent: &Agent, generation: u64) -> Agent {
        wait_until(&format!("{} is back as launch {generation}", agent.target), SOON, || {
            let status = self.status(&agent.target);
            let back = status["generation"] == generation && status["was_ready"] == true;
            if back { Ok(()) } else { Err(format!("{status}\n{}", self.last_events())) }
        });
        self.agent_of(&self.status(&agent.target))
    }

    /// How an agent stands with recovery.
    #[track_caller]
    fn standing(&self, agent: &Agent) -> Value {
        let view = self.json(&["recovery", "status", "--session", "t"]);
        let agents = view["teams"][0]["agents"].as_array().expect("agents").clone();
        agents.into_iter().find(|one| one["target"] == *agent.target).expect("the agent")["standing"].clone()
    }

    #[track_caller]
    pub(crate) fn wait_for_standing(&self, agent: &Agent, is: &str) -> Value {
        wait_until(&format!("{} is {is}", agent.target), SOON, || {
            let standing = self.standing(agent);
            if standing["is"] == is {
                Ok(standing)
            } else {
                Err(format!("{standing}\n{}", self.last_events()))
            }
        })
    }
}

/// Stops exactly this process with `SIGSTOP`: it lives, and does nothing.
#[track_caller]
pub(crate) fn halt(process: &Process) {
    let pid = Pid::from_raw(process.pid).expect("a process");
    let descriptor = pidfd_open(pid, PidfdFlags::empty()).expect("it lives");
    pidfd_send_signal(descriptor, Signal::STOP).expect("it stops");
}

/// A team `t` of three whose agents end at their start as long as the file is there that this gives.
#[track_caller]
pub(crate) fn fragile(world: &World) -> (Vec<Agent>, PathBuf) {
    let broken = world.env.root().join("broken");
    let program = world.env.root().join("fragile");
    let words = format!("#!/bin/sh\n[ -e '{}' ] && exit 3\nexec '{BINARY}' \"$@\"\n", broken.display());
    fs::write(&program, words).expect("a file");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("its own file");
    let profile = scripted("fragile", &[]);
    world.profile("fragile", &profile.replace("{self}", program.to_str().expect("UTF-8")));
    (world.deploy_with(&["backend", "3", "--project-name", "t", "--agent", "fragile"]), broken)
}

/// The words of the seed, and what they do.
#[test]
fn a_killed_agent_comes_back_with_its_mail_and_the_others_do_not_notice() {
    let world = World::new();
    let agents = world.deploy_with(&["backend", "3", "--project-name", "auth-hotfix", "--agent", "scripted"]);
    let said = world.orc(&["recovery", "start", "--emergency", "--session", "auth-hotfix"]).success().stderr;
    assert!(said.contains("team auth-hotfix: recovery emergency"), "{said}");
    kill(&agents[0].process);
    let id = world.post("auth-hotfix:0", "while it was gone");
    let back = world.comes_back(&agents[0], 2);
    back.truth.wait_for_message(&id);
    world.wait_until_idle("auth-hotfix");
    for other in &agents[1..] {
        assert!(other.process.is_alive());
        assert_eq!(other.truth.of("start").len(), 1);
    }
    let status = world.orc(&["recovery", "status"]).success().stdout;
    let row: Vec<&str> = status.lines().nth(1).expect("a row").split_whitespace().collect();
    assert_eq!(row[..2], ["auth-hotfix", "emergency"], "{status}");
    assert!(row.contains(&"1/30") && status.contains("auth-hotfix:0  1/8"), "{status}");
    let manager = &agents[2];
    let told = manager.truth.bodies("tmux-orc");
    assert!(told.iter().any(|body| body.contains("was started again")), "{told:?}");
}

#[test]
fn nothing_comes_back_that_nobody_asked_for_and_stop_takes_it_back() {
    let world = World::new();
    let agents = world.deploy(3);
    kill(&agents[0].process);
    world.orc(&["recovery", "start"]).success();
    let back = world.comes_back(&agents[0], 2);
    world.orc(&["recovery", "stop"]).success();
    kill(&back.process);
    kill(&agents[1].process);
    wait_until("both ends are seen", SOON, || {
        let states: Vec<Value> =
            ["t:0", "t:1"].iter().map(|a| world.status(a)["state"]["is"].clone()).collect();
        if states.iter().all(|state| state == "exited") { Ok(()) } else { Err(format!("{states:?}")) }
    });
    assert_eq!(world.standing(&agents[0])["is"], "fine");
    let view = world.json(&["recovery", "status"]);
    assert_eq!(view["teams"][0]["policy"], Value::Null);
    world.orc(&["recovery", "start", "--session", "nobody"]).exits(3);
    let events = world.orc(&["events"]).stdout;
    assert_eq!(events.matches("restart_planned").count(), 1, "{events}");
}

/// A status of 0 is what a person makes; only an emergency overrules it.
#[test]
fn a_clean_exit_is_left_alone_until_it_is_an_emergency() {
    let world = World::new();
    let agents = world.deploy(2);
    world.orc(&["recovery", "start", "--session", "t"]).success();
    world.post("t:0", "DO: quiet-exit");
    let standing = world.wait_for_standing(&agents[0], "left");
    assert!(standing["why"].as_str().expect("a reason").contains("status 0"), "{standing}");
    let status = world.orc(&["team", "status", "t"]).success();
    assert!(
        status.stderr.contains("t:0: left alone") && status.stderr.contains("agent restart t:0"),
        "{status:?}"
    );
    world.orc(&["recovery", "start", "--emergency", "--session", "t"]).success();
    world.comes_back(&agents[0], 2);
}

/// An agent that ends whenever it is started: its breaker opens, is told, and only a person closes it.
#[test]
fn a_crash_loop_opens_the_breaker_and_a_person_closes_it() {
    let world = World::new();
    let (agents, broken) = fragile(&world);
    fs::write(&broken, "").expect("a file");
    world.orc(&["recovery", "start", "--emergency", "--session", "t"]).success();
    kill(&agents[0].process);
    let standing = world.wait_for_standing(&agents[0], "broken");
    assert!(standing["reason"].as_str().expect("a reason").contains("before it was ready"), "{standing}");
    let launches = world.status("t:0")["generation"].as_u64().expect("a number");
    let team = world.orc(&["team", "status", "t"]).success().stderr;
    assert!(team.contains("t:0: breaker open") && team.contains("tmux-orc agent restart t:0"), "{team}");
    let manager = &agents[2].truth;
    manager.wait_for_prompt("is not restarted any more");
    // Another supervisor finds it as it was.
    world.kill_supervisor();
    assert_eq!(world.standing(&agents[0])["is"], "broken");
    assert_eq!(world.status("t:0")["generation"], launches, "nothing has begun since");
    fs::remove_file(&broken).expect("it was there");
    world.json(&["agent", "restart", "t:0"]);
    assert_eq!(world.standing(&agents[0])["is"], "fine");
    world.send("t:0", "well again");
}

#[test]
fn a_mass_death_pauses_until_a_person_has_looked() {
    let world = World::new();
    let agents = world.deploy(4);
    world.orc(&["recovery", "start", "--emergency", "--session", "t"]).success();
    for agent in &agents {
        agent.process.kill();
    }
    let paused = wait_until("recovery pauses", SOON, || {
        let view = world.json(&["recovery", "status", "--session", "t"]);
        let paused = view["teams"][0]["paused"].clone();
        if paused.is_null() { Err(view.to_string()) } else { Ok(paused) }
    });
    assert!(paused["reason"].as_str().expect("a reason").contains("one cause"), "{paused}");
    let status = world.orc(&["team", "status", "t"]).success().stderr;
    assert!(
        status.contains("nobody has been restarted") && status.contains("recovery start --emergency"),
        "{status}"
    );
    let launched = |world: &World| world.orc(&["events"]).stdout.matches("agent_launched").count();
    let before = launched(&world);
    assert!(before <= 4 + 2, "at most those that fell before the third did");
    world.orc(&["recovery", "start", "--emergency", "--session", "t"]).success();
    for agent in &agents {
        wait_until(&format!("{} is back", agent.target), SOON, || {
            let status = world.status(&agent.target);
            if status["was_ready"] == true && status["state"]["is"] == "idle" {
                Ok(())
            } else {
                Err(status.to_string())
            }
        });
    }
}

/// In a container the kernel's boot goes on: the container's own life explains what died with it.
#[test]
fn a_mass_death_before_a_restart_of_the_container_pauses_nobody_after_it() {
    let mut world = World::new();
    world.env.set("TMUX_ORC_BOOT_ID", "first");
    let agents = world.deploy(4);
    world.orc(&["recovery", "start", "--emergency", "--session", "t"]).success();
    for agent in &agents {
        agent.process.kill();
    }
    let paused = |world: &World| {
        let view = world.json(&["recovery", "status", "--session", "t"]);
        (!view["teams"][0]["paused"].is_null(), view.to_string())
    };
    wait_until("recovery pauses", SOON, || match paused(&world) {
        (true, _) => Ok(()),
        (false, view) => Err(view),
    });
    world.kill_supervisor();
    world.env.set("TMUX_ORC_BOOT_ID", "second");
    wait_until("recovery goes on", SOON, || match paused(&world) {
        (false, _) => Ok(()),
        (true, view) => Err(view),
    });
}

/// Stopped by a signal is its own proof; the end of it is not polite.
#[test]
fn a_stopped_agent_hangs_and_comes_back() {
    let world = World::new();
    let agents = world.deploy(2);
    world.orc(&["recovery", "start", "--emergency", "--session", "t"]).success();
    halt(&agents[0].process);
    world.comes_back(&agents[0], 2);
    assert!(!agents[0].process.is_alive());
    let events = world.orc(&["events"]).stdout;
    assert!(events.contains("stopped by a signal"), "{events}");
    assert!(agents[1].process.is_alive());
}

/// A turn that neither draws nor computes hangs; one that draws, or computes silently, goes on as long as it likes.
#[test]
fn a_turn_hangs_only_if_nothing_moves() {
    let world = World::new();
    let agents = world.deploy(4);
    world.orc(&["recovery", "start", "--emergency", "--session", "t", "--hang-after", "2s"]).success();
    world.post("t:1", "DO: work 600");
    world.post("t:2", "DO: run while :; do :; done");
    for busy in &agents[1..3] {
        busy.truth.wait_for_prompt("DO: ");
    }
    world.post("t:0", "DO: hang deaf");
    agents[0].truth.wait_for_prompt("DO: hang deaf");
    world.comes_back(&agents[0], 2);
    assert!(!agents[0].process.is_alive(), "one that hears no signal is ended all the same");
    let events = world.orc(&["events"]).stdout;
    assert!(events.contains("no output and no processor time"), "{events}");
    for busy in &agents[1..3] {
        assert!(busy.process.is_alive(), "{} has ended: {events}", busy.target);
        assert_eq!(world.status(&busy.target)["state"]["is"], "working");
    }
}

/// Nothing is typed into a shell, whatever its screen looks like.
#[test]
fn a_shell_in_the_place_of_an_agent_gets_no_message() {
    let world = World::new();
    let agents = world.deploy(2);
    wait_until("its program is known", Duration::from_secs(30), || {
        let events = world.orc(&["events"]).stdout;
        if events.matches("agent_program").count() == 2 { Ok(()) } else { Err(events) }
    });
    world.orc(&["recovery", "start", "--session", "t"]).success();
    world.post("t:0", "DO: become sh");
    wait_until("it is seen", SOON, || {
        let status = world.status("t:0");
        if status["state"]["is"] == "replaced" { Ok(()) } else { Err(status.to_string()) }
    });
    let id = world.post("t:0", "touch never");
    world.wait_for_hold(&agents[0], "a shell runs in the agent's place");
    assert!(agents[0].process.is_alive(), "somebody may be at work in it");
    assert_eq!(world.standing(&agents[0])["is"], "left");
    world.orc(&["recovery", "start", "--emergency", "--session", "t"]).success();
    let back = world.comes_back(&agents[0], 2);
    back.truth.wait_for_message(&id);
    let old: &Truth = &agents[0].truth;
    assert!(!old.prompts().iter().any(|prompt| prompt.contains("touch never")));
}
