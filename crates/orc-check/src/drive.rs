//! Runs a plan on a machine and says what came out of each suite.

mod driven;
mod results;

use orc_core::check::{Stops, SuiteRun, Verdict};

use crate::config::Flaky;
use crate::machine::{Machine, Paper};
use crate::plan::{Job, Plan};
use crate::runner::steps;
use crate::suite::ResultOf;

/// Runs it. `widened` gets what only the run showed.
pub fn drive(
    plan: &Plan,
    flaky: Flaky,
    machine: &mut dyn Machine,
    widened: &mut Vec<String>,
) -> Vec<SuiteRun> {
    let stops = plan.tier.stops();
    let mut done: Vec<SuiteRun> = Vec::new();
    for job in &plan.jobs {
        let failed = done.iter().find(|suite| suite.verdict.is_some_and(Verdict::refutes));
        let why = match (machine.cut(), failed) {
            (Some(cut), _) => Some(cut.why().to_owned()),
            (None, Some(failed)) if stops != Stops::Never => Some(format!("{} failed", failed.name)),
            _ => None,
        };
        done.push(match why {
            Some(why) => SuiteRun { why, ..empty(job) },
            None => driven::Driven::new(job, stops, machine).run(flaky, widened),
        });
    }
    done
}

/// The programs that would run for each suite, as far as that can be said without running anything.
pub fn on_paper(plan: &Plan) -> Vec<SuiteRun> {
    let words = |job: &Job| {
        let steps = steps(job, &job.parts, plan.tier.stops(), &mut Paper).unwrap_or_default();
        joined(steps.iter().map(|step| step.run.argv.as_slice()))
    };
    plan.jobs.iter().map(|job| SuiteRun { argv: words(job), ..empty(job) }).collect()
}

/// Several programs in one list, `;` between them.
fn joined<'a>(programs: impl Iterator<Item = &'a [String]>) -> Vec<String> {
    programs.collect::<Vec<_>>().join(&";".to_owned())
}

fn empty(job: &Job) -> SuiteRun {
    SuiteRun {
        name: job.suite.name.clone(),
        runner: job.suite.runner.name().to_owned(),
        dir: job.suite.dir.clone(),
        selection: job.selection.clone(),
        files: job.files.clone(),
        required: job.required,
        exit_code_only: job.suite.result == ResultOf::ExitCode,
        ..SuiteRun::default()
    }
}

#[cfg(test)]
mod tests;
