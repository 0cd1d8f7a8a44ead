//! What a check costs over the bare runner: everything but the runner itself and git's worktree.

use std::process::{Command, Stdio};

use super::Measured;
use super::figure::{Figure, Must, number};
use super::times::{Samples, timed};
use super::world::{Effort, World, failed};
use crate::error::CliError;

pub(super) fn measure(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    std::fs::write(world.path("work/Makefile"), "test:\n\t@echo '1 passed in 0.01s'\n")?;
    let git = |words: &[&str]| run(&world, "git", words);
    git(&["init", "--quiet", "--initial-branch=main"])?;
    git(&["add", "Makefile"])?;
    git(&[
        "-c",
        "user.name=bench",
        "-c",
        "user.email=bench@localhost",
        "commit",
        "--quiet",
        "--message=one",
    ])?;
    world.team("t", 2)?;
    let place = world.path("tree").to_string_lossy().into_owned();
    let (mut over, mut bare, mut trees) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.pick(30, 5) {
        let runner = run(&world, "make", &["--silent", "test"])?;
        let tree = git(&["worktree", "add", "--quiet", "--detach", &place, "HEAD"])?;
        git(&["worktree", "remove", "--force", &place])?;
        let ours = world.run(&["pm", "quality-check", "t"])?;
        over.push(ours - runner - tree);
        bare.push(runner);
        trees.push(tree);
    }
    let (over, bare, trees) = (Samples::new(over), Samples::new(bare), Samples::new(trees));
    let floor = format!("make {} ms, git worktree {} ms", number(bare.median()), number(trees.median()));
    let what = "a check, over the bare runner and its worktree";
    let figure = Figure::new(what, over.median(), "ms", Must::AtMost(150.0));
    Ok(vec![figure.floor(floor).note(over.spread())])
}

/// Runs a program in the work folder; how many milliseconds it took.
pub(super) fn run(world: &World, program: &str, words: &[&str]) -> Result<f64, CliError> {
    let mut command = Command::new(program);
    command.args(words).current_dir(world.path("work")).env("HOME", world.path("home"));
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let (took, done) = timed(|| command.status());
    if done?.success() { Ok(took) } else { Err(failed(format!("`{program} {}` failed", words.join(" ")))) }
}
