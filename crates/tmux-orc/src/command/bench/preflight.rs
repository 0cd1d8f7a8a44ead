//! What looking at everything in the way of a pull request costs on a large repository, over one `git status` of it.

use super::Measured;
use super::check::run;
use super::figure::{Figure, Must, number};
use super::times::Samples;
use super::world::{Effort, World};

/// Files of the repository, in folders of 200.
const FILES: usize = 50_000;

pub(super) fn measure(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    for folder in 0..FILES / 200 {
        let folder = world.path(&format!("work/d{folder}"));
        std::fs::create_dir_all(&folder)?;
        for file in 0..200 {
            std::fs::write(folder.join(format!("f{file}.py")), format!("x = {file}\n"))?;
        }
    }
    let git = |words: &[&str]| run(&world, "git", words);
    let as_somebody = |words: &[&str]| {
        git(&[&["-c", "user.name=bench", "-c", "user.email=bench@localhost"], words].concat())
    };
    let remote = world.path("remote.git").to_string_lossy().into_owned();
    git(&["init", "--quiet", "--initial-branch=main"])?;
    git(&["add", "--all"])?;
    as_somebody(&["commit", "--quiet", "--message=one"])?;
    git(&["init", "--quiet", "--bare", &remote])?;
    git(&["remote", "add", "origin", &format!("file://{remote}")])?;
    git(&["push", "--quiet", "origin", "main"])?;
    git(&["switch", "--quiet", "--create", "fix"])?;
    std::fs::write(world.path("work/d0/f0.py"), "x = 1\n")?;
    as_somebody(&["commit", "--quiet", "--all", "--message=two"])?;
    world.team("t", 2)?;
    let (mut over, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..effort.pick(15, 5) {
        let status = git(&["status", "--porcelain"])?;
        let ours = world.run(&["pm", "create-pr", "t", "--emergency", "--skip-full-tests", "--dry-run"])?;
        over.push(ours - status);
        bare.push(status);
    }
    let (over, bare) = (Samples::new(over), Samples::new(bare));
    let what = format!("create-pr --dry-run in a repository of {FILES} files, over git's status of it");
    let figure = Figure::new(what, over.median(), "ms", Must::AtMost(1000.0));
    Ok(vec![figure.floor(format!("git status {} ms", number(bare.median()))).note(over.spread())])
}
