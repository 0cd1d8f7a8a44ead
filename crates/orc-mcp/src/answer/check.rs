//! Checks.

use orc_api::response::CheckProgress;
use orc_core::check::{Begun, CheckRun, Counts, SuiteRun};
use serde_json::{Value, json};

/// A check has begun.
pub(crate) fn begun(begun: &Begun, notes: &[String]) -> Value {
    json!({
        "check": begun.check,
        "tier": begun.tier.name(),
        "commit": begun.tested.commit,
        "branch": begun.tested.branch,
        "budget": super::clock(begun.budget_ms),
        "notes": notes,
        "next": format!("Call run_check with `check`: \"{}\" to learn its verdict.", begun.check),
    })
}

/// How far it is, or what it came to.
pub(crate) fn progress(check: &str, progress: &CheckProgress) -> Value {
    match &progress.ended {
        Some(run) => ended(run),
        None => json!({
            "check": check,
            "running": true,
            "queued": progress.queued,
            "doing": progress.doing,
            "elapsed": super::clock(progress.elapsed_ms),
            "budget": super::clock(progress.budget_ms),
            "tests_so_far": counts(progress.counts),
            "next": "It still runs: call this again, or go on with something else.",
        }),
    }
}

fn ended(run: &CheckRun) -> Value {
    json!({
        "check": run.check,
        "verdict": run.verdict.name(),
        "passes": run.verdict.is_green(),
        "why": run.why,
        "tier": run.tier.name(),
        "commit": run.tested.commit,
        "branch": run.tested.branch,
        "took": super::clock(run.took_ms),
        "suites": run.suites.iter().map(suite).collect::<Vec<_>>(),
        "log": run.log,
    })
}

fn suite(suite: &SuiteRun) -> Value {
    json!({
        "suite": suite.name,
        "verdict": suite.verdict.map(orc_core::check::Verdict::name),
        "why": suite.why,
        "tests": counts(suite.counts),
        "failures": suite.failures,
        "flaky": suite.flaky,
    })
}

fn counts(counts: Counts) -> Value {
    json!({
        "passed": counts.passed, "failed": counts.failed, "errors": counts.errors, "skipped": counts.skipped,
    })
}
