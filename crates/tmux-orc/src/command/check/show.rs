//! A check for people.

use orc_api::response::{CheckPlan, CheckProgress};
use orc_core::check::{CheckRun, SuiteRun, Tested, Tier, Verdict};

use crate::duration::short;
use crate::error::CliError;
use crate::output;

/// What was tested: the branch and the beginning of the commit's hash.
pub(crate) fn code(tested: &Tested) -> String {
    let commit: String = tested.commit.chars().take(8).collect();
    let branch = tested.branch.as_ref().map_or_else(String::new, |branch| format!("{branch} "));
    let dirty = if tested.dirty { " and what is not committed" } else { "" };
    format!("{branch}{commit}{dirty}")
}

/// A verdict as a word.
pub(crate) fn word(verdict: Verdict) -> String {
    verdict.name().replace('_', "-")
}

/// How far it is, in one line: counts, and the clock against the budget.
pub(super) fn clock(tier: Tier, progress: &CheckProgress) -> String {
    let counts = progress.counts;
    let clock = |millis: u64| format!("{}:{:02}", millis / 60_000, millis / 1000 % 60);
    format!(
        "{}  {} passed, {} failed, {} skipped  {} of {}  {}",
        tier.name(),
        counts.passed,
        counts.failed + counts.errors,
        counts.skipped,
        clock(progress.elapsed_ms),
        clock(progress.budget_ms),
        progress.doing
    )
}

/// What would run.
pub(super) fn plan(plan: &CheckPlan, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(plan);
    }
    let budget = short(plan.budget_ms);
    let what = format!("{} check of {}, within {budget}", plan.tier.name(), code(&plan.tested));
    output::line(&output::plain(&what))?;
    let base = plan.tested.base.as_ref().map(|base| base.chars().take(8).collect::<String>());
    if let Some(base) = base {
        let files = plan.changed.len();
        output::line(&format!("{} commits since {base}, {files} files changed", plan.tested.ahead))?;
    }
    if plan.suites.is_empty() {
        output::line(
            "nothing would run: no runner with tests of this tier was found; say it in .tmux-orc/checks.toml",
        )?;
    } else {
        output::line("")?;
        let row = |suite: &SuiteRun| {
            let required = if suite.required { "yes" } else { "" };
            vec![suite.name.clone(), suite.selection.clone(), required.to_owned(), suite.argv.join(" ")]
        };
        output::table(
            &["suite", "what and why", "required", "command"],
            plan.suites.iter().map(row).collect(),
        )?;
    }
    for reason in &plan.widened {
        output::line(&output::plain(&format!("widened: {reason}")))?;
    }
    for note in &plan.notes {
        output::talk(&output::plain(&format!("note: {note}")));
    }
    Ok(())
}

/// What came out.
pub(super) fn run(run: &CheckRun, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(run);
    }
    let number = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let row = |suite: &SuiteRun| {
        let counts = suite.counts;
        vec![
            suite.name.clone(),
            suite.verdict.map_or_else(|| "not run".to_owned(), word),
            counts.executed().to_string(),
            (counts.failed + counts.errors).to_string(),
            counts.skipped.to_string(),
            counts.flaky.to_string(),
            number(suite.not_run()),
            short(suite.took_ms),
            suite.why.clone(),
        ]
    };
    if !run.suites.is_empty() {
        let head = ["suite", "verdict", "run", "failed", "skipped", "flaky", "not run", "took", "why"];
        output::table(&head, run.suites.iter().map(row).collect())?;
    }
    for suite in &run.suites {
        for name in &suite.failures {
            output::line(&output::plain(&format!("failed: {name}")))?;
        }
        for name in &suite.flaky {
            output::line(&output::plain(&format!("flaky: {name}")))?;
        }
    }
    for reason in &run.widened {
        output::line(&output::plain(&format!("widened: {reason}")))?;
    }
    let what = format!(
        "check {} ({}) of {}: {} in {} of {}: {}",
        run.check,
        run.tier.name(),
        code(&run.tested),
        word(run.verdict),
        short(run.took_ms),
        short(run.budget_ms),
        run.why
    );
    output::line(&output::plain(&what))?;
    output::line(&output::plain(&format!("log: {}", run.log)))
}
