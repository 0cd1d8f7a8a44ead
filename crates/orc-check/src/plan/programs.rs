//! Programs for one tier: targets of `make` and `just`, and what the configuration names. They know nothing of files.

use orc_core::check::Tier;

use super::{Job, Part, Planner};
use crate::config::Include;
use crate::suite::Suite;

/// Whether it is what a folder calls `test`: then it is for the files of this folder that no runner knows. What the
/// configuration names is for the tiers that are written there and for nothing else.
pub(super) fn is_of_its_folder(suite: &Suite) -> bool {
    suite.runner.is_one_program() && !suite.configured && suite.tiers.contains(&Tier::Full)
}

/// Runs all that are for the fast tier; and if nothing that runs is more than a smoke test and nothing else tests what
/// changed, those for everything.
pub(super) fn of_tier(planner: &mut Planner<'_>, changed: &[String]) {
    for (job, _) in &mut planner.jobs {
        let suite = &job.suite;
        if suite.runner.is_one_program() && suite.tiers.contains(&Tier::Fast) && job.parts.is_empty() {
            (job.parts, job.required) = (vec![Part::All], true);
        }
    }
    let more_than_smoke = planner.jobs.iter().any(|(job, _)| {
        !job.suite.runner.is_one_program()
            || (!job.parts.is_empty() && job.suite.tiers.iter().any(|tier| *tier != Tier::Smoke))
    });
    if more_than_smoke || changed.is_empty() {
        return;
    }
    let whole = |job: &Job| job.suite.tiers.contains(&Tier::Full);
    for (job, _) in planner.jobs.iter_mut().filter(|(job, _)| whole(job)) {
        (job.parts, job.required) = (vec![Part::All], true);
        planner.widened.push(format!("{}: nothing tells which tests the change needs", job.suite.name));
    }
}

/// A file belongs to no suite: any `test` of a folder may be the one that tests it.
pub(super) fn every_one(planner: &mut Planner<'_>) {
    let found = |at: &usize| is_of_its_folder(&planner.jobs[*at].0.suite);
    let all: Vec<usize> = (0..planner.jobs.len()).filter(found).collect();
    for at in all {
        run(planner, at);
    }
}

/// Files of a folder that no runner knows: its `test` runs.
pub(super) fn take(planner: &mut Planner<'_>, at: usize, files: Vec<String>) {
    run(planner, at);
    let name = planner.jobs[at].0.suite.name.clone();
    planner
        .widened
        .extend(files.iter().map(|file| format!("{file} is known to no runner, {name} is the nearest")));
    planner.jobs[at].0.files.extend(files);
}

/// Runs the `test` of a folder, unless a part of it that is more than a smoke test is there for the fast tier.
fn run(planner: &mut Planner<'_>, at: usize) {
    let dir = planner.jobs[at].0.suite.dir.clone();
    let critical = planner.config.fast().contains(&Include::Critical);
    let stands_in = |suite: &Suite| {
        let fast = suite.tiers.contains(&Tier::Fast) || (critical && suite.tiers.contains(&Tier::Critical));
        suite.runner.is_one_program() && suite.dir == dir && fast
    };
    if !planner.jobs.iter().any(|(job, _)| stands_in(&job.suite)) {
        let job = &mut planner.jobs[at].0;
        (job.parts, job.required) = (vec![Part::All], true);
    }
}
