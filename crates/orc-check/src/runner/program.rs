//! One program for one tier: a target of `make` or `just`, or what the configuration names.

use super::{Results, Step};
use crate::machine::{Invocation, Machine, Shown};
use crate::plan::Job;
use crate::suite::ResultOf;
use crate::tree::join;

pub(super) fn step(job: &Job, machine: &mut dyn Machine) -> Step {
    let suite = &job.suite;
    let results = match &suite.result {
        ResultOf::Text => Results::Tally,
        ResultOf::ExitCode => Results::ExitCode,
        ResultOf::Junit(path) => {
            let dir = join(&machine.root(), &suite.dir);
            let path =
                if path.starts_with('/') { path.clone() } else { join(dir.trim_end_matches('/'), path) };
            let before = machine.stamp(&path);
            Results::JunitUnless(path, before)
        }
    };
    let run = Invocation {
        argv: suite.command.clone(),
        dir: suite.dir.clone(),
        environment: Vec::new(),
        shown: Shown::All,
        limit_ms: suite.timeout_ms,
        copies: Vec::new(),
    };
    Step { impacted: false, list: None, run, results, empty: &[], empty_lines: &[] }
}
