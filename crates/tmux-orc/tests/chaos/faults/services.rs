//! What can happen to the supervisor, to tmux, to views.

use std::time::Duration;

use orc_testkit::{Process, wait_until};

use crate::scene::{EMERGENCY, Scene};
use crate::table::Outcome;
use crate::world::SOON;

/// Panes that show an agent, by tmux's own word.
fn shown(scene: &Scene) -> usize {
    let out = scene.world.env.tmux(&["list-panes", "-a", "-F", "#{pane_dead} #{@orc_team} #{@orc_agent}"]);
    out.stdout.lines().filter(|line| line.starts_with("0 t a")).count()
}

/// Waits until every agent of the team has a window again; how long after the fault that was.
fn all_shown(scene: &Scene) -> Duration {
    let wanted = scene.agents.len();
    wait_until("every agent has its window", SOON, || {
        let found = shown(scene);
        if found == wanted { Ok(()) } else { Err(format!("{found} of {wanted}")) }
    });
    scene.elapsed()
}

fn all_alive(scene: &Scene) {
    for agent in &scene.agents {
        assert!(agent.process.is_alive(), "{} has ended", agent.target);
        assert_eq!(agent.truth.of("start").len(), 1, "{} was started once", agent.target);
    }
}

/// A message to every agent, and when the last of them had it.
fn everybody_answers(scene: &mut Scene) -> Duration {
    let agents = scene.agents.clone();
    let messages: Vec<String> = agents.iter().map(|agent| scene.post(agent, "still there?")).collect();
    let times = agents.iter().zip(&messages).map(|(agent, message)| scene.arrived(agent, message));
    times.max().expect("agents")
}

pub(crate) fn supervisor_killed(_: u32) -> Outcome {
    let mut scene = Scene::new(3, EMERGENCY);
    let supervisor = scene.world.supervisor();
    scene.concerns_supervisor(&supervisor);
    scene.strike(|world| {
        supervisor.kill();
        world.wait_until_unreachable();
    });
    let recovered = everybody_answers(&mut scene);
    let detected = scene.told("supervisor_started", None);
    all_alive(&scene);
    scene.outcome(Some(detected), Some(recovered))
}

pub(crate) fn tmux_killed(_: u32) -> Outcome {
    let mut scene = Scene::new(10, EMERGENCY);
    let server = scene.world.tmux_server();
    let views: Vec<Process> = scene
        .world
        .env
        .processes()
        .into_iter()
        .filter(|process| process.command.contains(" view "))
        .collect();
    assert!(views.len() >= 10, "{views:?}");
    scene.concerns_process(&server);
    scene.concerns_all(" view ");
    scene.concerns_all("tmux -u");
    scene.strike(|_| [server].iter().chain(&views).for_each(Process::kill));
    views_come_back(scene, "tmux_server_gone")
}

/// Every agent is shown again and answers, none has ended; the fact is that by which the loss was noticed.
fn views_come_back(mut scene: Scene, noticed: &str) -> Outcome {
    let recovered = all_shown(&scene);
    let detected = scene.told(noticed, None);
    everybody_answers(&mut scene);
    all_alive(&scene);
    scene.outcome(Some(detected), Some(recovered))
}

pub(crate) fn pane_killed(_: u32) -> Outcome {
    let mut scene = Scene::new(3, EMERGENCY);
    let agent = scene.agents[0].clone();
    let pane = scene.world.pane(&agent);
    let view = scene.world.tmux(&["display-message", "-p", "-t", &pane, "#{pane_pid}"]);
    scene.concerns_process(&crate::world::process(&view.parse::<i64>().expect("a number").into()));
    scene.strike(|world| drop(world.tmux(&["kill-pane", "-t", &pane])));
    views_come_back(scene, "views_restored")
}

pub(crate) fn session_renamed(_: u32) -> Outcome {
    let mut scene = Scene::new(3, EMERGENCY);
    let agent = scene.agents[0].clone();
    let pane = scene.world.pane(&agent);
    scene.strike(|world| {
        world.tmux(&["rename-session", "-t", &pane, "my own name"]);
        world.tmux(&["rename-window", "-t", &pane, "mine"]);
    });
    let recovered = everybody_answers(&mut scene);
    all_shown(&scene);
    assert_eq!(scene.world.tmux(&["display-message", "-p", "-t", &pane, "#{session_name}"]), "my own name");
    all_alive(&scene);
    // There is nothing to notice: the team is known by its mark, not by a name.
    scene.outcome(None, Some(recovered))
}

pub(crate) fn two_supervisors(_: u32) -> Outcome {
    let mut scene = Scene::new(3, EMERGENCY);
    let supervisor = scene.world.supervisor();
    scene.concerns_supervisor(&supervisor);
    scene.strike(|world| {
        supervisor.kill();
        world.wait_until_unreachable();
    });
    let start = || scene.world.command(&["daemon", "start"]).spawn().expect("it starts");
    let mut both = [start(), start()];
    for one in &mut both {
        assert!(one.wait().expect("it ends").success(), "who comes second finds the first");
    }
    let recovered = everybody_answers(&mut scene);
    let running = || -> Vec<Process> {
        let daemons = scene.world.env.processes().into_iter();
        daemons.filter(|process| process.command.contains("daemon run")).collect()
    };
    wait_until("one supervisor runs", SOON, || {
        let running = running();
        if running.len() == 1 { Ok(()) } else { Err(format!("{running:?}")) }
    });
    let detected = scene.told("supervisor_started", None);
    all_alive(&scene);
    scene.outcome(Some(detected), Some(recovered))
}
