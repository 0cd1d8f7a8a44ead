//! What can happen to an agent.

use orc_testkit::{Process, wait_until};
use rustix::process::Signal;

use crate::scene::{EMERGENCY, Scene, signal};
use crate::table::Outcome;
use crate::world::{Agent, SOON, World};

/// Everything that a killed agent is owed: seen, started again, its mail handed over.
fn back(scene: Scene, agent: &Agent, message: &str, kind: &str) -> Outcome {
    let recovered = scene.arrived(agent, message);
    let detected = scene.told(kind, Some(agent));
    scene.outcome(Some(detected), Some(recovered))
}

pub(crate) fn killed(_: u32) -> Outcome {
    let mut scene = Scene::new(3, EMERGENCY);
    let agent = scene.agents[0].clone();
    scene.concerns(&agent);
    scene.strike(|_| agent.process.kill());
    let message = scene.post(&agent, "while it was gone");
    back(scene, &agent, &message, "agent_ended")
}

/// In the order that the round says: the agent may die before its supervisor or after it.
pub(crate) fn killed_with_the_supervisor(round: u32) -> Outcome {
    let mut scene = Scene::new(3, EMERGENCY);
    let agent = scene.agents[0].clone();
    let supervisor = scene.world.supervisor();
    scene.concerns(&agent);
    scene.concerns_supervisor(&supervisor);
    let mut victims = [&agent.process, &supervisor];
    victims.rotate_left((round % 2) as usize);
    scene.strike(|world| {
        for process in victims {
            process.kill();
        }
        world.wait_until_unreachable();
    });
    let message = scene.post(&agent, "while it was gone");
    back(scene, &agent, &message, "agent_ended")
}

pub(crate) fn a_pair_killed(_: u32) -> Outcome {
    let mut scene = Scene::new(2, EMERGENCY);
    let agents = scene.agents.clone();
    for agent in &agents {
        scene.concerns(agent);
    }
    scene.strike(|_| agents.iter().for_each(|agent| agent.process.kill()));
    let messages: Vec<String> =
        agents.iter().map(|agent| scene.post(agent, "while everybody was gone")).collect();
    let recovered = agents.iter().zip(&messages).map(|(agent, message)| scene.arrived(agent, message)).max();
    let detected = agents.iter().map(|agent| scene.told("agent_ended", Some(agent))).max();
    scene.outcome(detected, recovered)
}

/// A mass death: seen, not restarted, told, and mended when a person has looked.
fn mass_death(mut scene: Scene, also: Option<Process>) -> Outcome {
    let agents = scene.agents.clone();
    for agent in &agents {
        scene.concerns(agent);
    }
    if let Some(process) = &also {
        scene.concerns_supervisor(process);
    }
    scene.strike(|world| {
        agents.iter().map(|agent| &agent.process).chain(&also).for_each(Process::kill);
        if also.is_some() {
            world.wait_until_unreachable();
        }
    });
    let messages: Vec<String> =
        agents.iter().map(|agent| scene.post(agent, "while everybody was gone")).collect();
    let detected = scene.told("respawn_paused", None);
    let looked = scene.elapsed();
    scene.world.orc(&[&["recovery", "start"], EMERGENCY].concat()).success();
    let recovered = agents.iter().zip(&messages).map(|(agent, message)| scene.arrived(agent, message)).max();
    // A person takes their time; what counts is what follows on their word.
    scene.outcome(Some(detected), recovered.map(|recovered| recovered.saturating_sub(looked)))
}

pub(crate) fn all_killed(_: u32) -> Outcome {
    mass_death(Scene::new(4, EMERGENCY), None)
}

pub(crate) fn all_killed_with_the_supervisor(_: u32) -> Outcome {
    let scene = Scene::new(4, EMERGENCY);
    let supervisor = scene.world.supervisor();
    mass_death(scene, Some(supervisor))
}

pub(crate) fn shim_killed(_: u32) -> Outcome {
    let mut scene = Scene::new(3, EMERGENCY);
    let agent = scene.agents[0].clone();
    let shim = agent.shim();
    scene.concerns(&agent);
    scene.strike(|_| shim.kill());
    let message = scene.post(&agent, "while it was gone");
    back(scene, &agent, &message, "agent_ended")
}

pub(crate) fn stopped(_: u32) -> Outcome {
    let mut scene = Scene::new(3, EMERGENCY);
    let agent = scene.agents[0].clone();
    scene.concerns(&agent);
    scene.strike(|_| signal(&agent.process, Signal::STOP));
    let message = scene.post(&agent, "while it stood still");
    let recovered = scene.arrived(&agent, &message);
    let detected = scene.told_that("agent_changed", |event| {
        event["event"]["agent"] == *agent.id && event["event"]["state"]["is"] == "hung"
    });
    scene.outcome(Some(detected), Some(recovered))
}

pub(crate) fn deaf(_: u32) -> Outcome {
    let patient = [EMERGENCY, &["--hang-after", "2s"]].concat();
    let mut scene = Scene::new(3, &patient);
    let agent = scene.agents[0].clone();
    scene.concerns(&agent);
    scene.strike(|world| drop(world.post(&agent.target, "DO: hang deaf")));
    agent.truth.wait_for_prompt("DO: hang deaf");
    let message = scene.post(&agent, "while it heard nothing");
    let recovered = scene.arrived(&agent, &message);
    let detected = scene.told_that("agent_changed", |event| {
        event["event"]["agent"] == *agent.id && event["event"]["state"]["is"] == "hung"
    });
    assert!(!agent.process.is_alive(), "it was ended although it hears nothing");
    scene.outcome(Some(detected), Some(recovered))
}

pub(crate) fn left(_: u32) -> Outcome {
    let mut scene = Scene::new(3, EMERGENCY);
    let agent = scene.agents[0].clone();
    scene.concerns(&agent);
    scene.strike(|world| drop(world.post(&agent.target, "DO: quiet-exit")));
    wait_until("it has left", SOON, || {
        if agent.process.is_alive() { Err("it lives".to_owned()) } else { Ok(()) }
    });
    let message = scene.post(&agent, "while it was gone");
    back(scene, &agent, &message, "agent_ended")
}

pub(crate) fn replaced(_: u32) -> Outcome {
    let mut scene = Scene::new(3, EMERGENCY);
    let agent = scene.agents[0].clone();
    scene.concerns(&agent);
    wait_until("its program is known", SOON, || {
        let events = scene.events(0);
        let known = |event: &serde_json::Value| {
            event["event"]["event"] == "agent_program" && event["event"]["agent"] == *agent.id
        };
        if events.iter().any(known) { Ok(()) } else { Err(scene.world.last_events()) }
    });
    let agents = scene.world.env.state_dir().join("agents");
    scene.strike(|world| become_a_shell(world, &agent));
    let message = scene.post(&agent, "while a shell was there");
    let recovered = scene.arrived(&agent, &message);
    let detected = scene.told_that("agent_changed", |event| {
        event["event"]["agent"] == *agent.id && event["event"]["state"]["is"] == "replaced"
    });
    let typed: Vec<String> =
        crate::ledger::prompts(&agents, &agent.id).into_iter().map(|prompt| prompt.text).collect();
    assert!(typed.iter().filter(|text| text.contains("while a shell")).count() == 1, "{typed:?}");
    scene.outcome(Some(detected), Some(recovered))
}

/// The fault begins when the shell is there, not when it is asked for.
fn become_a_shell(world: &World, agent: &Agent) {
    world.post(&agent.target, "DO: become sh");
    let program = format!("/proc/{}/exe", agent.process.pid);
    wait_until("the shell is there", SOON, || {
        let now = std::fs::read_link(&program).map_err(|error| error.to_string())?;
        if now.ends_with("tmux-orc") { Err(now.display().to_string()) } else { Ok(()) }
    });
}
