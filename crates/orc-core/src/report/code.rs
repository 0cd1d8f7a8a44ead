//! What was done to the code: changes, the tests that ran, and those that did not.

use super::clock::{Instant, Seconds};
use super::people::People;
use super::sections::{ChangeRow, CheckRow, NotRun, SuiteRow};
use crate::change::{Action, Change, Stage};
use crate::check::{CheckRun, SuiteRun, Tier};
use crate::incident::Record;

/// The changes, newest last.
pub(super) fn changes(record: &Record) -> Vec<ChangeRow> {
    record.changes.iter().map(change).collect()
}

fn change(change: &Change) -> ChangeRow {
    let proposal = &change.proposal;
    let state = match &change.stage {
        Stage::Published(published) => match published.action {
            Action::Created => "opened".to_owned(),
            Action::Updated => "brought up to date".to_owned(),
            Action::Written => "written as files".to_owned(),
        },
        Stage::UnderWay { .. } => "under way".to_owned(),
        Stage::Failed { reason } => format!("failed: {reason}"),
        Stage::BrokenOff { .. } => "broken off; the command goes on with it".to_owned(),
    };
    let waived = proposal.waived.as_ref().map(|waived| {
        let why = waived.why.as_deref().unwrap_or("no reason was given");
        format!("{} ({why}; by {})", waived.what, People::sender(&waived.by))
    });
    ChangeRow {
        name: change.name(),
        branch: proposal.branch.clone(),
        base: proposal.base.clone(),
        commit: proposal.head.clone(),
        tree: proposal.tree.clone(),
        state,
        url: change.published().map(|published| published.url.clone()).unwrap_or_default(),
        by: People::sender(&change.by),
        emergency: proposal.emergency,
        draft: proposal.draft,
        waived,
        follow_ups: change.follow_ups.iter().map(ToString::to_string).collect(),
    }
}

/// The checks, oldest first.
pub(super) fn checks(runs: &[CheckRun]) -> Vec<CheckRow> {
    runs.iter().map(check).collect()
}

fn check(run: &CheckRun) -> CheckRow {
    let counts = run.counts();
    CheckRow {
        id: run.check.to_string(),
        tier: run.tier.name().to_owned(),
        verdict: run.verdict.name().to_owned(),
        green: run.verdict.is_green(),
        why: run.why.clone(),
        by: People::sender(&run.by),
        at: Instant(run.started_at),
        took: Seconds::of(run.took_ms),
        budget: Seconds::of(run.budget_ms),
        commit: run.tested.commit.clone(),
        tree: run.tested.tree.clone(),
        dirty: run.tested.dirty,
        executed: counts.executed(),
        passed: counts.passed,
        failed: counts.failed,
        errors: counts.errors,
        skipped: counts.skipped,
        flaky: counts.flaky,
        suites: run.suites.iter().map(suite).collect(),
        widened: run.widened.clone(),
    }
}

fn suite(suite: &SuiteRun) -> SuiteRow {
    SuiteRow {
        name: suite.name.clone(),
        selection: suite.selection.clone(),
        discovered: suite.discovered,
        executed: suite.counts.executed(),
        passed: suite.counts.passed,
        failed: suite.counts.failed + suite.counts.errors,
        verdict: suite.verdict.map(|verdict| verdict.name().to_owned()),
        failures: suite.failures.clone(),
    }
}

/// What no check proves of the code that was published, or that was checked last.
pub(super) fn not_run(record: &Record, runs: &[CheckRun]) -> Vec<NotRun> {
    let published = record.changes.last().map(|change| change.proposal.tree.clone());
    let Some(tree) = published.or_else(|| runs.last().map(|run| run.tested.tree.clone())) else {
        return Vec::new();
    };
    let of_tree: Vec<&CheckRun> =
        runs.iter().filter(|run| run.tested.tree == tree && !run.tested.dirty).collect();
    let mut missing = Vec::new();
    let Some(most) = of_tree.iter().max_by_key(|run| run.counts().executed()) else {
        let what = "every test, on the code that was published".to_owned();
        return vec![NotRun { what, tests: None, why: "no check of that git tree is recorded".to_owned() }];
    };
    if !of_tree.iter().any(|run| run.tier == Tier::Full && run.verdict.is_green()) {
        missing.push(NotRun {
            what: "the full suite".to_owned(),
            tests: None,
            why: format!(
                "the most that ran on this git tree is the {} tier, {}",
                most.tier.name(),
                most.check
            ),
        });
    }
    for suite in &most.suites {
        let left = suite.not_run().filter(|left| *left > 0);
        if suite.verdict.is_none() || left.is_some() {
            let why = if suite.verdict.is_none() { suite.why.clone() } else { suite.selection.clone() };
            missing.push(NotRun { what: suite.name.clone(), tests: left.or(suite.discovered), why });
        }
    }
    missing
}
