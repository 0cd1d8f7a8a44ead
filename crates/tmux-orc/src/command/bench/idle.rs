//! What fifty agents cost that do nothing.

use std::time::{Duration, Instant};

use orc_api::{Request, Response};

use super::super::unexpected;
use super::Measured;
use super::figure::{Figure, Must, number};
use super::process::{Load, private_mb, resident_mb};
use super::raw;
use super::times::Samples;
use super::world::{Effort, World, failed, interrupted};
use crate::error::CliError;

pub(super) fn measure(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    world.team("fifty", 50)?;
    let Response::Daemon(view) = world.ask(&Request::DaemonStatus {})? else { return Err(unexpected()) };
    let tmux = view.tmux_pid.ok_or_else(|| failed("no tmux server"))?;
    let shims: Vec<u32> = world.launches()?.into_iter().map(|(_, launch)| launch.shim.pid).collect();
    let views = views(&world)?;
    // What the start left behind settles first.
    rest(Duration::from_secs(effort.pick(5, 2)));
    let loads = [Load::new(&[view.pid]), Load::new(&[tmux]), Load::new(&shims), Load::new(&views)];
    let window = Duration::from_secs(effort.pick(60, 10));
    rest(window);
    let [supervisor, server, shim_load, view_load] = loads.map(|load| load.percent());
    let [shim_memory, view_memory] =
        [&shims, &views].map(|pids| Samples::new(pids.iter().map(|pid| private_mb(*pid)).collect()));
    let seconds = window.as_secs();
    let of_tmux = |what: String| format!("tmux's own {what}");
    let each = |what: &str, memory: &Samples| {
        Figure::new(
            format!("{what}, private memory (the largest of 50)"),
            memory.at(1.0),
            "MB",
            Must::AtMost(2.0),
        )
        .note(memory.spread())
    };
    let all = |what: &str, load: f64| {
        Figure::new(format!("50 {what}, idle, all together"), load, "% of a core", Must::AtMost(0.05))
            .note(format!("over {seconds} s"))
    };
    Ok(vec![
        Figure::new("supervisor, 50 idle agents", supervisor, "% of a core", Must::AtMost(0.5))
            .floor(of_tmux(format!("{} %", number(server))))
            .note(format!("over {seconds} s")),
        Figure::new("supervisor, resident memory", resident_mb(view.pid), "MB", Must::AtMost(30.0))
            .floor(of_tmux(format!("{} MB", number(resident_mb(tmux))))),
        each("a shim", &shim_memory),
        each("a view", &view_memory),
        all("shims", shim_load),
        all("views", view_load),
    ])
}

/// Lets so much time pass.
pub(super) fn rest(time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until && !interrupted() {
        std::thread::sleep(Duration::from_millis(100).min(time));
    }
}

/// The processes in the panes.
fn views(world: &World) -> Result<Vec<u32>, CliError> {
    let list = raw::command(&world.path("run/tmux.sock"))
        .args(["list-panes", "-a", "-f", "#{@orc_agent}", "-F", "#{pane_pid}"])
        .output()?;
    Ok(String::from_utf8_lossy(&list.stdout).lines().filter_map(|line| line.parse().ok()).collect())
}
