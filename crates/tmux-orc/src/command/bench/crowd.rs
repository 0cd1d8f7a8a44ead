//! What the supervisor costs while many agents do nothing, and while many draw all the time; each under recovery in an
//! emergency, which looks at every process each second.

use std::time::Duration;

use orc_api::request::{Recipients, Send};
use orc_api::{Request, Response};
use orc_core::recovery::Mode;
use orc_core::team::AgentState;

use super::super::unexpected;
use super::Measured;
use super::figure::{Figure, Must, number};
use super::idle::rest;
use super::process::Load;
use super::world::{Effort, World, failed, until};
use crate::error::CliError;

/// Agents of one team at most.
const TEAM: usize = 50;

pub(super) fn measure(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    let (mode, hang_after_ms) = (Mode::Emergency, None);
    world.ask(&Request::StartRecovery { team: None, mode, hang_after_ms })?;
    let mut figures = Vec::new();
    world.team("drawing", TEAM)?;
    figures.push(drawing(&world, effort)?);
    world.stop("drawing")?;
    let teams = effort.pick(4, 1);
    for team in 1..=teams {
        world.team(&format!("idle-{team}"), TEAM)?;
    }
    figures.push(idle(&world, effort, teams * TEAM)?);
    Ok(figures)
}

fn drawing(world: &World, effort: &Effort) -> Result<Figure, CliError> {
    let (to, text) = (Recipients::Each("drawing".to_owned()), "DO: work 36000".to_owned());
    world.ask(&Request::Send(Send { to, text, repaired: 0, sender: None, key: None }))?;
    until("all work", || {
        let Response::Team(team) = world.ask(&Request::TeamStatus { team: "drawing".to_owned() })? else {
            return Err(unexpected());
        };
        Ok(team.agents.iter().all(|agent| agent.state == AgentState::Working))
    })?;
    let (supervisor, tmux, seconds) = load(world, effort)?;
    Ok(Figure::new(
        "supervisor, 50 agents that draw 10 times a second",
        supervisor,
        "% of a core",
        Must::AtMost(10.0),
    )
    .floor(format!("tmux's own {} %", number(tmux)))
    .note(format!("over {seconds} s, recovery in an emergency")))
}

fn idle(world: &World, effort: &Effort, agents: usize) -> Result<Figure, CliError> {
    let (supervisor, tmux, seconds) = load(world, effort)?;
    Ok(Figure::new(format!("supervisor, {agents} idle agents"), supervisor, "% of a core", Must::AtMost(2.0))
        .floor(format!("tmux's own {} %", number(tmux)))
        .note(format!("over {seconds} s, recovery in an emergency")))
}

/// Per cent of a core of the supervisor and of tmux, and over how many seconds.
fn load(world: &World, effort: &Effort) -> Result<(f64, f64, u64), CliError> {
    let Response::Daemon(view) = world.ask(&Request::DaemonStatus {})? else { return Err(unexpected()) };
    let tmux = view.tmux_pid.ok_or_else(|| failed("no tmux server"))?;
    rest(Duration::from_secs(effort.pick(5, 2)));
    let loads = [Load::new(&[view.pid]), Load::new(&[tmux])];
    let window = Duration::from_secs(effort.pick(60, 10));
    rest(window);
    let [supervisor, tmux] = loads.map(|load| load.percent());
    Ok((supervisor, tmux, window.as_secs()))
}
