//! `agent restart`: exactly one process ends, exactly one begins, in the same window, and nothing is lost or doubled.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;

use orc_testkit::{Process, wait_until};
use serde_json::Value;

use crate::kills::let_pass;
use crate::world::{Agent, SOON, World, kill};

impl World {
    /// Starts an agent again and waits until it is ready; the answer, and the agent as it is now.
    #[track_caller]
    pub(crate) fn restart(&self, agent: &str, flags: &[&str]) -> (Value, Agent) {
        let done = self.json(&[&["agent", "restart", agent], flags].concat());
        let now = self.agent_of(&self.status(agent));
        (done, now)
    }

    /// The processes of a scripted agent, by its command line.
    pub(crate) fn played(&self, name: &str) -> Vec<Process> {
        let words = format!(" --name {name} ");
        let of = |process: &Process| process.command.contains(&words);
        self.env.processes().into_iter().filter(of).collect()
    }
}

/// A variable of the environment that a process was started with.
pub(crate) fn variable(process: &Process, name: &str) -> Option<String> {
    let environment = fs::read(format!("/proc/{}/environ", process.pid)).expect("it runs");
    let head = format!("{name}=");
    let text = String::from_utf8_lossy(&environment).into_owned();
    text.split('\0').find_map(|variable| variable.strip_prefix(&head)).map(str::to_owned)
}

#[test]
fn a_restart_keeps_the_window_the_environment_the_directory_and_everybody_else() {
    let mut world = World::new();
    world.env.set("MARK", "of the person");
    let agents = world.deploy(2);
    let pane = world.open_pane(&agents[0]);
    // The next supervisor has another environment than who deployed.
    world.env.set("MARK", "of somebody else");
    world.kill_supervisor();
    let shim = agents[0].shim();
    let (done, again) = world.restart("t:0", &[]);
    assert_eq!(done["how"], "brief", "{done}");
    assert_eq!(done["agent"]["generation"], 2);
    assert!(!agents[0].process.is_alive() && !shim.is_alive(), "the old one is gone");
    assert_eq!(agents[0].truth.of("exit")[0]["reason"], "ctrl-c", "it was asked politely");
    assert!(again.process.is_alive() && agents[1].process.is_alive());
    assert_eq!(agents[1].truth.of("start").len(), 1, "the other one was left alone");
    assert_eq!(variable(&again.process, "MARK").as_deref(), Some("of the person"));
    let dir = fs::read_link(format!("/proc/{}/cwd", again.process.pid)).unwrap();
    assert_eq!(dir, fs::canonicalize(&world.repo).unwrap());
    assert_eq!(world.open_pane(&again), pane, "it is shown where it was");
    world.type_text(&again, &pane, "typed into the new one");
    world.press(&pane, &["C-u"]);
    world.send("t:0", "and it takes messages");
    world.wait_until_idle("t");
    let told = agents[1].truth.bodies("tmux-orc");
    let told: Vec<_> = told.iter().filter(|body| body.contains("was started again")).collect();
    assert_eq!(told.len(), 1, "the manager is told once: {told:?}");
}

#[test]
fn what_waits_arrives_once_and_what_was_acknowledged_not_again() {
    let world = World::new();
    let agents = world.deploy(2);
    let taken = world.send("t:0", "taken before");
    world.post("t:0", "DO: work 600");
    agents[0].truth.wait_for_prompt("DO: work 600");
    // It goes into the agent's own queue, and is lost with it.
    let queued = world.post("t:0", "in its own queue");
    agents[0].truth.wait_for_prompt("in its own queue");
    kill(&agents[0].process);
    let waiting = world.post("t:0", "while it was gone");
    wait_until("its end is seen", SOON, || {
        let state = world.status("t:0")["state"]["is"].clone();
        if state == "exited" { Ok(()) } else { Err(state.to_string()) }
    });
    let (_, again) = world.restart("t:0", &["--fresh"]);
    again.truth.wait_for_message(&waiting);
    world.wait_until_idle("t");
    let prompts = again.truth.prompts();
    let count = |id: &str| prompts.iter().filter(|p| p.starts_with(&format!("Message {id} "))).count();
    assert_eq!((count(&taken), count(&waiting)), (0, 1), "{prompts:?}");
    assert!(count(&queued) <= 1, "{prompts:?}");
    let order: Vec<usize> = [&queued, &waiting]
        .iter()
        .filter_map(|id| prompts.iter().position(|p| p.starts_with(&format!("Message {id} "))))
        .collect();
    assert!(order.is_sorted(), "{prompts:?}");
}

/// Whatever is the matter with it: exactly its processes end, and it is started again.
#[test]
fn one_that_is_gone_stands_still_or_hears_nothing_is_started_again() {
    let world = World::new();
    let agents = world.deploy(4);
    kill(&agents[0].process);
    world.env.run(signal(&world, "-STOP", &agents[1].process), SOON).success();
    world.post("t:2", "DO: hang deaf");
    agents[2].truth.wait_for_prompt("DO: hang deaf");
    for old in &agents[..3] {
        let (done, now) = world.restart(&old.target, &["--yes"]);
        assert_eq!(done["agent"]["generation"], 2, "{done}");
        assert!(!old.process.is_alive(), "{} still runs", old.target);
        assert_eq!(world.played(&old.name), [now.process], "one of it runs");
        world.send(&old.target, "are you there?");
    }
    assert!(agents[3].process.is_alive());
}

fn signal(world: &World, signal: &str, to: &Process) -> std::process::Command {
    let mut command = world.env.command("kill");
    command.args([signal, &to.pid.to_string()]);
    command
}

/// What an agent started belongs to it, also when it has left its group, its session and its shim.
#[test]
fn what_an_agent_left_behind_is_ended_before_it_is_started_again_and_when_its_team_stops() {
    let world = World::new();
    let agent = world.deploy(2).swap_remove(0);
    let others = world.env.command("sleep").arg("616").env("TMUX_ORC_AGENT_ID", "a999").spawn();
    let mut stranger = others.unwrap();
    let left = || -> Vec<Process> {
        let of = |process: &Process| ["sleep 613", "sleep 614"].contains(&process.command.as_str());
        world.env.processes().into_iter().filter(of).collect()
    };
    let start = "setsid sleep 613 >/dev/null 2>&1 & nohup sleep 614 >/dev/null 2>&1 & echo";
    world.send("t:0", &format!("DO: run {start}"));
    let both_run = || {
        wait_until("both run", SOON, || match left() {
            found if found.len() == 2 => Ok(()),
            found => Err(format!("{found:?}")),
        });
    };
    both_run();
    // Nobody is there to end what is in its session.
    kill(&agent.shim());
    kill(&agent.process);
    world.restart("t:0", &[]);
    assert!(left().is_empty(), "{:?}", left());
    world.send("t:0", &format!("DO: run {start}"));
    both_run();
    world.orc(&["team", "stop", "t", "--yes"]).success();
    assert!(left().is_empty(), "{:?}", left());
    assert!(stranger.try_wait().unwrap().is_none(), "what another agent's name stands on is left alone");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

/// At any instant the log knows what was meant: one process comes of one wish.
#[test]
fn a_supervisor_killed_at_any_instant_of_a_restart() {
    const ROUNDS: u64 = 12;
    let world = World::new();
    let agents = world.deploy(2);
    let mut sent = Vec::new();
    for round in 0..ROUNDS {
        let before = world.status("t:0")["generation"].as_u64().unwrap();
        let supervisor = world.supervisor();
        let mut asked = world.command(&["agent", "restart", "t:0", "--fresh"]);
        let mut asked = asked.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let_pass(Duration::from_millis(round * 47 % 500));
        kill(&supervisor);
        world.wait_until_unreachable();
        asked.wait().unwrap();
        sent.push(world.post("t:0", &format!("round {round}")));
        world.wait_until_idle("t");
        let now = world.status("t:0");
        let launches = now["generation"].as_u64().unwrap() - before;
        // A kill before the wish was durable costs the wish; nobody was told that it was taken.
        assert!(launches <= 1, "one wish, {launches} launches: {}", world.last_events());
        let running = world.played(&agents[0].name);
        assert_eq!(running.len(), 1, "{running:?}");
        assert_eq!(now["process"]["pid"], running[0].pid);
    }
    let launches = world.status("t:0")["generation"].as_u64().unwrap();
    assert!(launches > ROUNDS / 2, "the kills hit nothing but beginnings");
    let prompts: Vec<String> =
        (1..=launches).flat_map(|n| world.truth_of(&agents[0].id, n).prompts()).collect();
    for id in sent {
        let times = prompts.iter().filter(|prompt| prompt.starts_with(&format!("Message {id} "))).count();
        assert_eq!(times, 1, "{id}: {prompts:?}");
    }
}

/// Takes the log's lock as soon as the restart is in it, and keeps it as long as its own input is open.
const HOLD: &str = "
import sqlite3, sys, time
log = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
while not log.execute(\"SELECT 1 FROM log WHERE kind = 'agent_restarting'\").fetchone(): time.sleep(0.002)
log.execute('BEGIN IMMEDIATE')
print(log.execute(\"SELECT count(*) FROM log WHERE kind = 'agent_launched'\").fetchone()[0], flush=True)
sys.stdin.read()
";

/// The shim runs, and the log does not know it: who comes next goes on with that very process, and knows its session.
#[test]
fn a_launch_that_no_log_could_take_is_found_again_by_the_next_supervisor() {
    let world = World::new();
    let agent = world.deploy(2).swap_remove(0);
    // What does not go when it is asked to gives the time between the wish and the launch.
    let stays = "trap '' TERM; while :; do sleep 1; done";
    world.send("t:0", &format!("DO: run setsid sh -c \"{stays}\" >/dev/null 2>&1 & echo"));
    wait_until("it runs", SOON, || {
        let own = format!("sh -c {stays}");
        let runs = world.env.processes().iter().any(|process| process.command == own);
        if runs { Ok(()) } else { Err(world.last_events()) }
    });
    kill(&agent.shim());
    kill(&agent.process);
    wait_until("its end is known", SOON, || {
        let state = world.status("t:0")["state"]["is"].clone();
        if state == "exited" { Ok(()) } else { Err(state.to_string()) }
    });
    let mut hold = world.env.command("python3");
    hold.args(["-c", HOLD]).arg(world.env.state_dir().join("log.db"));
    let mut hold = hold.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut asked = world.command(&["agent", "restart", "t:0", "--restore-context"]);
    let mut asked = asked.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(hold.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said.trim(), "2", "the log knows the first launches of both, and takes nothing now");
    wait_until("the next launch runs", SOON, || {
        let found = world.played(&agent.name);
        if found.len() == 1 { Ok(()) } else { Err(format!("{found:?}")) }
    });
    let launched = world.played(&agent.name).swap_remove(0);
    kill(&world.supervisor());
    asked.wait().unwrap();
    drop(hold.stdin.take());
    hold.wait().unwrap();
    let events = world.orc(&["--json", "events"]).success().stdout;
    let count = |kind: &str| {
        let of_agent = |event: &Value| event["event"] == kind && event["agent"] == agent.id.as_str();
        events.lines().filter(|line| of_agent(&serde_json::from_str::<Value>(line).unwrap()["event"])).count()
    };
    assert_eq!(count("agent_restarting"), 1, "{events}");
    world.wait_until_idle("t");
    assert_eq!(world.played(&agent.name), [launched], "it goes on, and nothing was started beside it");
    let now = world.status("t:0");
    assert_eq!(now["generation"], 2, "{now}");
    world.truth_of(&agent.id, 2).wait_for_prompt("This is your own session");
}

#[test]
fn a_restart_asks_before_it_cuts_something_off_and_needs_a_running_team() {
    let world = World::new();
    let agents = world.deploy(2);
    world.post("t:0", "DO: work 600");
    agents[0].truth.wait_for_prompt("DO: work 600");
    wait_until("it works", SOON, || {
        let state = world.status("t:0")["state"]["is"].clone();
        if state == "working" { Ok(()) } else { Err(state.to_string()) }
    });
    let out = world.orc(&["agent", "restart", "t:0", "--fresh"]).exits(2);
    assert!(out.stderr.contains("--yes") && agents[0].process.is_alive(), "{out:?}");
    world.restart("t:0", &["--fresh", "--yes"]);
    assert!(!agents[0].process.is_alive());
    let state = world.env.state_dir();
    let kept = state.join("teams/t/kept.json");
    let brief = ["team", "add", "t", "Scribe", "--role", "scribe", "--brief-file", "-"];
    world.feed(b"Write down what is said.", &brief).success();
    let scribe = world.agent_of(&world.status("t:2"));
    let own = state.join("agents").join(&scribe.id).join("kept.json");
    for file in [&kept, &own] {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    world.orc(&["team", "stop", "t", "--yes"]).success();
    assert!(!kept.exists() && !own.exists(), "what was kept for a launch goes with the team");
    let out = world.orc(&["agent", "restart", "t:0", "--restore-context"]).exits(4);
    assert!(out.stderr.contains("has been stopped"), "{out:?}");
    assert!(world.played(&agents[0].name).is_empty());
    world.orc(&["agent", "restart", "t:9"]).exits(3);
}

/// What cannot be started is said, to who asked and to the manager; when it is mended the agent comes back.
#[test]
fn a_program_that_is_gone_is_said_and_what_waits_goes_on_waiting() {
    let world = World::new();
    let agents = world.deploy(2);
    let profile = crate::world::scripted("scripted", &[]);
    world.profile("scripted", &profile.replace(r#"binary = "{self}""#, r#"binary = "/nowhere/agent""#));
    let out = world.orc(&["agent", "restart", "t:0", "--restore-context"]).exits(4);
    assert!(out.stderr.contains("could not be started again"), "{out:?}");
    let waiting = world.post("t:0", "is anybody there?");
    assert!(agents[1].truth.wait_for_prompt("could not be started again").contains("(t:0)"));
    assert!(world.played(&agents[0].name).is_empty() && agents[1].process.is_alive());
    world.profile("scripted", &profile);
    // Whoever cleans up by hand may take away what it was started with: that is said too.
    fs::remove_file(world.env.state_dir().join("teams/t/kept.json")).unwrap();
    let (done, again) = world.restart("t:0", &["--restore-context"]);
    assert_eq!(done["how"], "resume", "{done}");
    assert!(done["detail"].as_str().unwrap().contains("its environment was not kept"), "{done}");
    again.truth.wait_for_message(&waiting);
    world.wait_until_idle("t");
    let prompts = again.truth.prompts();
    assert_eq!(
        prompts.iter().filter(|p| p.starts_with(&format!("Message {waiting} "))).count(),
        1,
        "{prompts:?}"
    );
}
